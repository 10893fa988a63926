/* How areas of interest are put together: polygons collected in lon/lat, then dissolved. For the aoi*.c files alone. */
#ifndef OSMFLOW_MAPFLOW_AOI_PARTS_H
#define OSMFLOW_MAPFLOW_AOI_PARTS_H

#include "mapflow/aoi.h"

struct osmflow_aoi_parts {
  OGRGeometryH polygons; /* a MultiPolygon, lon/lat; owned */
};
void osmflow_aoi_parts_init(struct osmflow_aoi_parts *parts);
void osmflow_aoi_parts_clear(struct osmflow_aoi_parts *parts);

/* The polygons of a geometry, transformed, mended, cut at the 180th meridian. `srs` NULL: lon/lat already. `what` is
 * for error texts ("feature 5 of areas.gpkg"). */
enum osmflow_status osmflow_aoi_parts_add(struct osmflow_aoi_parts *parts, OGRGeometryH geometry,
                                          OGRSpatialReferenceH srs, const char *what,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* *whole: a Polygon or MultiPolygon, the caller's. OSMFLOW_BAD_ARGUMENT when there is no area. */
enum osmflow_status osmflow_aoi_parts_dissolve(struct osmflow_aoi_parts *parts, OGRGeometryH *whole,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Replaces *aoi by what the parts make. */
enum osmflow_status osmflow_aoi_finish(struct osmflow_aoi_parts *parts, struct osmflow_aoi *aoi,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
