/* OGR geometries as shapes in OSM's own units, checked: what cannot be on the map is refused here. */
#ifndef OSMFLOW_SOURCE_SHAPE_H
#define OSMFLOW_SOURCE_SHAPE_H

#include <ogr_api.h>

#include "osm/area.h"
#include "osm/edit.h"

/* A shape that owns its memory; can be used again. */
struct osmflow_shape {
  struct osmflow_edit_shape view; /* of the memory below */
  struct osmflow_position *positions;
  struct osmflow_edit_part *parts;
  size_t position_capacity, part_capacity;
  OGRSpatialReferenceH srs; /* of the last geometry that had to be transformed; a reference of ours, or NULL */
  OGRCoordinateTransformationH transformation;
  struct osmflow_area area;
  struct osmflow_area_way *ways;
  size_t way_capacity;
};

void osmflow_shape_init(struct osmflow_shape *shape);
void osmflow_shape_clear(struct osmflow_shape *shape);

/* Reads a geometry of any kind: curves become lines, Z and M are left out, what is in another coordinate system is
 * transformed to WGS 84. OSMFLOW_BAD_ARGUMENT: empty, not a number, outside of the world. */
enum osmflow_status osmflow_shape_read(struct osmflow_shape *shape, OGRGeometryH geometry,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether the rings make valid polygons: simple, not crossing, each hole in its own outer ring. */
enum osmflow_status osmflow_shape_check_area(struct osmflow_shape *shape,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
bool osmflow_shape_equal(const struct osmflow_edit_shape *left, const struct osmflow_edit_shape *right);
/* The layer that such a shape belongs into when nothing else says so. OSMFLOW_BAD_ARGUMENT: none. */
enum osmflow_status osmflow_shape_kind(const struct osmflow_edit_shape *shape, enum osmflow_layer_kind *kind,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
