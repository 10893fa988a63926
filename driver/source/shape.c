#include "source/shape.h"

#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"

enum { MOST_POSITIONS = 50000000 };

void osmflow_shape_init(struct osmflow_shape *shape) {
  *shape = (struct osmflow_shape){.srs = NULL};
  osmflow_area_init(&shape->area);
}

void osmflow_shape_clear(struct osmflow_shape *shape) {
  if (shape->transformation)
    OCTDestroyCoordinateTransformation(shape->transformation);
  if (shape->srs)
    OSRRelease(shape->srs);
  osmflow_area_clear(&shape->area);
  free(shape->ways);
  free(shape->positions);
  free(shape->parts);
  osmflow_shape_init(shape);
}

static enum osmflow_status to_units(double degrees, int32_t limit, int32_t *units, struct osmflow_error *error) {
  if (!isfinite(degrees))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a coordinate of its geometry is not a number");
  if (fabs(degrees) > limit)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the coordinate %.7g lies outside of the world (180 degrees of longitude, 90 of "
                             "latitude); in another coordinate system, say so to the program (ogr2ogr: -s_srs, -t_srs "
                             "EPSG:4326)",
                             degrees);
  *units = (int32_t)lround(degrees * OSMFLOW_DEGREE);
  return OSMFLOW_OK;
}

static enum osmflow_status add_part(struct osmflow_shape *shape, OGRGeometryH points, enum osmflow_part_kind kind,
                                    struct osmflow_error *error) {
  const int count = OGR_G_GetPointCount(points);
  const size_t first = shape->view.position_count;
  enum osmflow_status status =
      osmflow_array_reserve((void **)&shape->positions, &shape->position_capacity, first + (size_t)count + 1,
                            sizeof *shape->positions, MOST_POSITIONS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&shape->parts, &shape->part_capacity, shape->view.part_count + 1,
                                   sizeof *shape->parts, MOST_POSITIONS, error);
  for (int i = 0; status == OSMFLOW_OK && i < count; i++) {
    struct osmflow_position *position = &shape->positions[first + (size_t)i];
    status = to_units(OGR_G_GetX(points, i), 180, &position->lon, error);
    if (status == OSMFLOW_OK)
      status = to_units(OGR_G_GetY(points, i), 90, &position->lat, error);
  }
  if (status == OSMFLOW_OK && count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a part of its geometry is empty");
  if (status == OSMFLOW_OK) {
    shape->parts[shape->view.part_count++] = (struct osmflow_edit_part){kind, first, (size_t)count};
    shape->view.position_count += (size_t)count;
  }
  return status;
}

/* Rings of other programs may come open. */
static enum osmflow_status add_ring(struct osmflow_shape *shape, OGRGeometryH ring, enum osmflow_part_kind kind,
                                    struct osmflow_error *error) {
  const enum osmflow_status status = add_part(shape, ring, kind, error);
  if (status == OSMFLOW_OK) {
    struct osmflow_edit_part *part = &shape->parts[shape->view.part_count - 1];
    const struct osmflow_position start = shape->positions[part->first];
    const struct osmflow_position end = shape->positions[part->first + part->count - 1];
    if (start.lon != end.lon || start.lat != end.lat) {
      shape->positions[shape->view.position_count++] = start;
      part->count++;
    }
  }
  return status;
}

static enum osmflow_status add_geometry(struct osmflow_shape *shape, OGRGeometryH geometry,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const int count = OGR_G_GetGeometryCount(geometry);
  switch (wkbFlatten(OGR_G_GetGeometryType(geometry))) {
    case wkbPoint:
      return add_part(shape, geometry, OSMFLOW_PART_POINT, error);
    case wkbLineString:
      return add_part(shape, geometry, OSMFLOW_PART_LINE, error);
    case wkbPolygon:
    case wkbTriangle:
      for (int i = 0; status == OSMFLOW_OK && i < count; i++)
        status = add_ring(shape, OGR_G_GetGeometryRef(geometry, i), i ? OSMFLOW_PART_INNER : OSMFLOW_PART_OUTER, error);
      return status;
    case wkbMultiPoint:
    case wkbMultiLineString:
    case wkbMultiPolygon:
    case wkbGeometryCollection:
    case wkbPolyhedralSurface:
    case wkbTIN:
      for (int i = 0; status == OSMFLOW_OK && i < count; i++)
        status = add_geometry(shape, OGR_G_GetGeometryRef(geometry, i), error);
      return status;
    default:
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the map cannot hold a geometry of type %s",
                               OGR_G_GetGeometryName(geometry));
  }
}

static bool is_wgs84(OGRSpatialReferenceH srs) {
  OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(NULL);
  OSRSetWellKnownGeogCS(wgs84, "WGS84");
  OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
  const bool same = OSRIsSame(srs, wgs84) != 0;
  OSRRelease(wgs84);
  return same;
}

/* Looked at once for all the features that come with the same coordinate system. */
static enum osmflow_status prepare_transformation(struct osmflow_shape *shape, OGRSpatialReferenceH srs,
                                                  struct osmflow_error *error) {
  if (srs == shape->srs)
    return OSMFLOW_OK;
  if (shape->transformation)
    OCTDestroyCoordinateTransformation(shape->transformation);
  if (shape->srs)
    OSRRelease(shape->srs);
  shape->transformation = NULL;
  shape->srs = srs;
  OSRReference(srs);
  if (is_wgs84(srs))
    return OSMFLOW_OK;
  OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(NULL);
  OSRSetWellKnownGeogCS(wgs84, "WGS84");
  OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
  shape->transformation = OCTNewCoordinateTransformation(srs, wgs84);
  OSRRelease(wgs84);
  if (shape->transformation)
    return OSMFLOW_OK;
  OSRRelease(shape->srs);
  shape->srs = NULL;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "its coordinate system cannot be turned into WGS 84");
}

enum osmflow_status osmflow_shape_read(struct osmflow_shape *shape, OGRGeometryH geometry,
                                       struct osmflow_error *error) {
  shape->view = (struct osmflow_edit_shape){.position_count = 0};
  if (!geometry || OGR_G_IsEmpty(geometry))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "it has no geometry");
  OGRSpatialReferenceH srs = OGR_G_GetSpatialReference(geometry);
  enum osmflow_status status = srs ? prepare_transformation(shape, srs, error) : OSMFLOW_OK;
  OGRGeometryH linear = OGR_G_GetLinearGeometry(geometry, 0, NULL);
  if (status == OSMFLOW_OK && srs && shape->transformation &&
      OGR_G_Transform(linear, shape->transformation) != OGRERR_NONE)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "its coordinates cannot be turned into WGS 84");
  if (status == OSMFLOW_OK)
    status = add_geometry(shape, linear, error);
  OGR_G_DestroyGeometry(linear);
  shape->view.positions = shape->positions;
  shape->view.parts = shape->parts;
  return status;
}

static size_t count_rings(const struct osmflow_edit_shape *shape, enum osmflow_part_kind kind) {
  size_t count = 0;
  for (size_t i = 0; i < shape->part_count; i++)
    count += shape->parts[i].kind == kind;
  return count;
}

/* What would be read back from the map must be what was meant. */
enum osmflow_status osmflow_shape_check_area(struct osmflow_shape *shape, struct osmflow_error *error) {
  const struct osmflow_edit_shape *view = &shape->view;
  enum osmflow_status status = osmflow_array_reserve((void **)&shape->ways, &shape->way_capacity, view->part_count + 1,
                                                     sizeof *shape->ways, MOST_POSITIONS, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < view->part_count; i++)
    shape->ways[i] = (struct osmflow_area_way){view->positions + view->parts[i].first, view->parts[i].count};
  if (status == OSMFLOW_OK)
    status = osmflow_area_assemble(&shape->area, shape->ways, view->part_count, error);
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_area *area = &shape->area;
  if (area->problem != OSMFLOW_AREA_FINE)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "its polygon is not valid: %s near %.7f %.7f",
                             osmflow_area_problem_text(area->problem), (double)area->problem_place.lon / OSMFLOW_DEGREE,
                             (double)area->problem_place.lat / OSMFLOW_DEGREE);
  if (area->ring_count != view->part_count || area->outer_count != count_rings(view, OSMFLOW_PART_OUTER))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "its polygon is not valid: a ring touches itself, or a hole does not lie in its polygon");
  return OSMFLOW_OK;
}

bool osmflow_shape_equal(const struct osmflow_edit_shape *left, const struct osmflow_edit_shape *right) {
  bool same = left->part_count == right->part_count && left->position_count == right->position_count;
  for (size_t i = 0; same && i < left->part_count; i++)
    same = left->parts[i].kind == right->parts[i].kind && left->parts[i].count == right->parts[i].count;
  return same && (left->position_count == 0 ||
                  memcmp(left->positions, right->positions, left->position_count * sizeof *left->positions) == 0);
}

enum osmflow_status osmflow_shape_kind(const struct osmflow_edit_shape *shape, enum osmflow_layer_kind *kind,
                                       struct osmflow_error *error) {
  const size_t points = count_rings(shape, OSMFLOW_PART_POINT), lines = count_rings(shape, OSMFLOW_PART_LINE);
  const size_t rings = shape->part_count - points - lines;
  if (points > 1 && lines + rings == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the map has no features of several points: make single points of them (ogr2ogr: "
                             "-explodecollections)");
  if (points + lines == 0)
    *kind = OSMFLOW_MULTIPOLYGONS;
  else if (points + rings == 0)
    *kind = lines == 1 ? OSMFLOW_LINES : OSMFLOW_MULTILINESTRINGS;
  else
    *kind = points == 1 && lines + rings == 0 ? OSMFLOW_POINTS : OSMFLOW_OTHER_RELATIONS;
  return OSMFLOW_OK;
}
