#include "mapflow/aoi.h"

#include <geodesic.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>

#include "base/number.h"
#include "mapflow/aoi_parts.h"

static const double WGS84_AXIS = 6378137, WGS84_FLATTENING = 1 / 298.257223563;

void osmflow_aoi_init(struct osmflow_aoi *aoi) {
  *aoi = (struct osmflow_aoi){NULL, 0, 0, 0};
}

void osmflow_aoi_clear(struct osmflow_aoi *aoi) {
  if (aoi->geometry)
    OGR_G_DestroyGeometry(aoi->geometry);
  osmflow_aoi_init(aoi);
}

static bool is_multiple(OGRGeometryH geometry) {
  return wkbFlatten(OGR_G_GetGeometryType(geometry)) == wkbMultiPolygon;
}

static double ring_area(const struct geod_geodesic *earth, OGRGeometryH ring) {
  struct geod_polygon polygon;
  double area = 0;
  geod_polygon_init(&polygon, 0);
  for (int i = 0; i + 1 < OGR_G_GetPointCount(ring); i++)
    geod_polygon_addpoint(earth, &polygon, OGR_G_GetY(ring, i), OGR_G_GetX(ring, i));
  geod_polygon_compute(earth, &polygon, 0, 1, &area, NULL);
  return fabs(area);
}

static double polygon_area(const struct geod_geodesic *earth, OGRGeometryH polygon) {
  double area = 0;
  for (int i = 0; i < OGR_G_GetGeometryCount(polygon); i++)
    area += (i == 0 ? 1 : -1) * ring_area(earth, OGR_G_GetGeometryRef(polygon, i));
  return area;
}

double osmflow_geodesic_area(OGRGeometryH geometry) {
  struct geod_geodesic earth;
  double area = 0;
  geod_init(&earth, WGS84_AXIS, WGS84_FLATTENING);
  if (!is_multiple(geometry))
    return polygon_area(&earth, geometry);
  for (int i = 0; i < OGR_G_GetGeometryCount(geometry); i++)
    area += polygon_area(&earth, OGR_G_GetGeometryRef(geometry, i));
  return area;
}

static double box_area(OGRGeometryH polygon) {
  struct geod_geodesic earth;
  struct geod_polygon box;
  OGREnvelope envelope;
  double area = 0;
  OGR_G_GetEnvelope(polygon, &envelope);
  geod_init(&earth, WGS84_AXIS, WGS84_FLATTENING);
  geod_polygon_init(&box, 0);
  geod_polygon_addpoint(&earth, &box, envelope.MinY, envelope.MinX);
  geod_polygon_addpoint(&earth, &box, envelope.MinY, envelope.MaxX);
  geod_polygon_addpoint(&earth, &box, envelope.MaxY, envelope.MaxX);
  geod_polygon_addpoint(&earth, &box, envelope.MaxY, envelope.MinX);
  geod_polygon_compute(&earth, &box, 0, 1, &area, NULL);
  return fabs(area);
}

enum osmflow_status osmflow_aoi_finish(struct osmflow_aoi_parts *parts, struct osmflow_aoi *aoi,
                                       struct osmflow_error *error) {
  OGRGeometryH whole = NULL;
  enum osmflow_status status = osmflow_aoi_parts_dissolve(parts, &whole, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_aoi_clear(aoi);
  aoi->geometry = whole;
  aoi->polygon_count = is_multiple(whole) ? (size_t)OGR_G_GetGeometryCount(whole) : 1;
  aoi->area = osmflow_geodesic_area(whole);
  for (size_t i = 0; i < aoi->polygon_count; i++) {
    const double area = box_area(is_multiple(whole) ? OGR_G_GetGeometryRef(whole, (int)i) : whole);
    aoi->largest_box_area = area > aoi->largest_box_area ? area : aoi->largest_box_area;
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_aoi_from_geometry(OGRGeometryH geometry, struct osmflow_aoi *aoi,
                                              struct osmflow_error *error) {
  struct osmflow_aoi_parts parts;
  osmflow_aoi_parts_init(&parts);
  enum osmflow_status status =
      osmflow_aoi_parts_add(&parts, geometry, OGR_G_GetSpatialReference(geometry), "the area", error);
  if (status == OSMFLOW_OK)
    status = osmflow_aoi_finish(&parts, aoi, error);
  osmflow_aoi_parts_clear(&parts);
  return status;
}

enum osmflow_status osmflow_aoi_from_bbox(const struct osmflow_bbox *bbox, struct osmflow_aoi *aoi,
                                          struct osmflow_error *error) {
  const double west = bbox->min_lon / (double)OSMFLOW_DEGREE, south = bbox->min_lat / (double)OSMFLOW_DEGREE;
  const double east = bbox->max_lon / (double)OSMFLOW_DEGREE, north = bbox->max_lat / (double)OSMFLOW_DEGREE;
  OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon), ring = OGR_G_CreateGeometry(wkbLinearRing);
  OGR_G_AddPoint_2D(ring, west, south);
  OGR_G_AddPoint_2D(ring, east, south);
  OGR_G_AddPoint_2D(ring, east, north);
  OGR_G_AddPoint_2D(ring, west, north);
  OGR_G_AddPoint_2D(ring, west, south);
  OGR_G_AddGeometryDirectly(polygon, ring);
  const enum osmflow_status status = osmflow_aoi_from_geometry(polygon, aoi, error);
  OGR_G_DestroyGeometry(polygon);
  return status;
}

static double rounded(double degrees) {
  return round(degrees * OSMFLOW_DEGREE) / OSMFLOW_DEGREE;
}

static enum osmflow_status print_position(double lon, double lat, bool is_first, struct osmflow_bytes *json,
                                          struct osmflow_error *error) {
  char x[OSMFLOW_NUMBER_SIZE], y[OSMFLOW_NUMBER_SIZE];
  osmflow_format_real(x, rounded(lon));
  osmflow_format_real(y, rounded(lat));
  return osmflow_bytes_print(json, error, "%s[%s,%s]", is_first ? "" : ",", x, y);
}

static bool is_counter_clockwise(OGRGeometryH ring) {
  double sum = 0;
  for (int i = 0; i + 1 < OGR_G_GetPointCount(ring); i++)
    sum += (OGR_G_GetX(ring, i + 1) - OGR_G_GetX(ring, i)) * (OGR_G_GetY(ring, i + 1) + OGR_G_GetY(ring, i));
  return sum < 0;
}

static enum osmflow_status print_ring(OGRGeometryH ring, bool is_shell, struct osmflow_bytes *json,
                                      struct osmflow_error *error) {
  const int count = OGR_G_GetPointCount(ring);
  const bool is_turned = is_counter_clockwise(ring) != is_shell;
  enum osmflow_status status = osmflow_bytes_add_string(json, is_shell ? "[" : ",[", error);
  for (int i = 0; i < count && status == OSMFLOW_OK; i++) {
    const int place = is_turned ? count - 1 - i : i;
    status = print_position(OGR_G_GetX(ring, place), OGR_G_GetY(ring, place), i == 0, json, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, "]", error) : status;
}

static enum osmflow_status print_polygon(OGRGeometryH polygon, struct osmflow_bytes *json,
                                         struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(json, "[", error);
  for (int i = 0; i < OGR_G_GetGeometryCount(polygon) && status == OSMFLOW_OK; i++)
    status = print_ring(OGR_G_GetGeometryRef(polygon, i), i == 0, json, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, "]", error) : status;
}

enum osmflow_status osmflow_aoi_print(const struct osmflow_aoi *aoi, struct osmflow_bytes *json,
                                      struct osmflow_error *error) {
  const bool multiple = is_multiple(aoi->geometry);
  enum osmflow_status status = osmflow_bytes_print(json, error, "{\"type\":\"%s\",\"coordinates\":%s",
                                                   multiple ? "MultiPolygon" : "Polygon", multiple ? "[" : "");
  for (int i = 0; multiple && i < OGR_G_GetGeometryCount(aoi->geometry) && status == OSMFLOW_OK; i++) {
    if (i > 0)
      status = osmflow_bytes_add_string(json, ",", error);
    if (status == OSMFLOW_OK)
      status = print_polygon(OGR_G_GetGeometryRef(aoi->geometry, i), json, error);
  }
  if (!multiple && status == OSMFLOW_OK)
    status = print_polygon(aoi->geometry, json, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, multiple ? "]}" : "}", error) : status;
}

static double square_km(double square_meters) {
  return square_meters / 1e6;
}

enum osmflow_status osmflow_aoi_check(const struct osmflow_aoi *aoi, const struct osmflow_aoi_limits *limits,
                                      struct osmflow_error *error) {
  if (limits->most_polygons > 0 && aoi->polygon_count > limits->most_polygons)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the area has %zu separate polygons, and the account allows %zu for a processing; leave "
                             "some out, or start several processings",
                             aoi->polygon_count, limits->most_polygons);
  if (limits->most_area > 0 && aoi->area > limits->most_area)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the area has %.3f km2, and the account allows %.3f km2 for a processing; make it "
                             "smaller, or start several processings",
                             square_km(aoi->area), square_km(limits->most_area));
  if (limits->most_area > 0 && aoi->largest_box_area > limits->most_area)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the bounding box of a polygon has %.3f km2, and the account allows %.3f km2 (the box "
                             "counts, not the polygon in it); cut the polygon into pieces",
                             square_km(aoi->largest_box_area), square_km(limits->most_area));
  if (limits->least_area > 0 && aoi->area < limits->least_area)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the area has %.3f km2, and the data provider takes %.3f km2 at least; make it larger, or "
                             "choose another provider",
                             square_km(aoi->area), square_km(limits->least_area));
  return OSMFLOW_OK;
}
