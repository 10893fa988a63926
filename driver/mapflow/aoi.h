/* Areas of interest: polygons dissolved, in lon/lat, with their geodesic area.
 *
 * Source: facts 2.3 (limits: the sum of the areas, each polygon's own bounding box, how many). Areas by PROJ's geodesic
 * routines on the WGS 84 ellipsoid. Owner: the struct is the caller's (_init/_clear). */
#ifndef OSMFLOW_MAPFLOW_AOI_H
#define OSMFLOW_MAPFLOW_AOI_H

#include <ogr_api.h>

#include "base/bbox.h"
#include "base/bytes.h"

struct osmflow_aoi {
  OGRGeometryH geometry; /* Polygon or MultiPolygon, lon/lat WGS 84, valid; owned */
  size_t polygon_count;
  double area;             /* square metres */
  double largest_box_area; /* square metres of the largest bounding box of a polygon */
};

void osmflow_aoi_init(struct osmflow_aoi *aoi);
void osmflow_aoi_clear(struct osmflow_aoi *aoi);

/* From any OGR source: a path or connection string, a layer of it (NULL: the only one, or the first with areas), a
 * WHERE text (NULL: all). Points and lines are an error that says so; other CRSs are transformed; what touches or
 * overlaps becomes one; invalid polygons are mended; Z and M are dropped. */
enum osmflow_status osmflow_aoi_read(const char *source, const char *layer, const char *where, struct osmflow_aoi *aoi,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_aoi_from_bbox(const struct osmflow_bbox *bbox, struct osmflow_aoi *aoi,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* `geometry` stays the caller's; its spatial reference is obeyed (none: lon/lat). */
enum osmflow_status osmflow_aoi_from_geometry(OGRGeometryH geometry, struct osmflow_aoi *aoi,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Its GeoJSON (7 decimals, counter-clockwise shells) is appended. */
enum osmflow_status osmflow_aoi_print(const struct osmflow_aoi *aoi, struct osmflow_bytes *json,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

struct osmflow_aoi_limits {
  double most_area;     /* square metres; 0: none */
  size_t most_polygons; /* 0: none */
  double least_area;    /* of a data provider, square metres; 0: none */
};
/* OSMFLOW_BAD_ARGUMENT names the limit, both numbers, and what to do. */
enum osmflow_status osmflow_aoi_check(const struct osmflow_aoi *aoi, const struct osmflow_aoi_limits *limits,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Geodesic area of a lon/lat polygon or multipolygon, square metres. */
double osmflow_geodesic_area(OGRGeometryH geometry);

#endif
