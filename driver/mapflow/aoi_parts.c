#include "mapflow/aoi_parts.h"

#include <cpl_error.h>
#include <math.h>
#include <ogr_srs_api.h>

enum { MOST_POLYGONS = 100000, MOST_DEPTH = 16 };

void osmflow_aoi_parts_init(struct osmflow_aoi_parts *parts) {
  parts->polygons = OGR_G_CreateGeometry(wkbMultiPolygon);
}

void osmflow_aoi_parts_clear(struct osmflow_aoi_parts *parts) {
  if (parts->polygons)
    OGR_G_DestroyGeometry(parts->polygons);
  parts->polygons = NULL;
}

static enum osmflow_status transform(OGRGeometryH geometry, OGRSpatialReferenceH srs, const char *what,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  OGRSpatialReferenceH target = OSRNewSpatialReference(NULL);
  OSRSetFromUserInput(target, "EPSG:4326");
  OSRSetAxisMappingStrategy(target, OAMS_TRADITIONAL_GIS_ORDER);
  CPLErrorReset();
  OGRCoordinateTransformationH way = OCTNewCoordinateTransformation(srs, target);
  if (!way || OGR_G_Transform(geometry, way) != OGRERR_NONE)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "%s: its coordinates cannot be transformed to longitude and latitude%s%.300s", what,
                               *CPLGetLastErrorMsg() ? ": " : "", CPLGetLastErrorMsg());
  if (way)
    OCTDestroyCoordinateTransformation(way);
  OSRRelease(target);
  return status;
}

/* A side that jumps from one end of the map to the other went over the 180th meridian the short way. */
static bool jumps(OGRGeometryH polygon) {
  bool found = false;
  for (int i = 0; !found && i < OGR_G_GetGeometryCount(polygon); i++) {
    OGRGeometryH ring = OGR_G_GetGeometryRef(polygon, i);
    for (int j = 0; !found && j + 1 < OGR_G_GetPointCount(ring); j++)
      found = fabs(OGR_G_GetX(ring, j + 1) - OGR_G_GetX(ring, j)) > 180;
  }
  return found;
}

static enum osmflow_status check_position(OGRGeometryH polygon, const char *what, struct osmflow_error *error) {
  OGREnvelope box;
  OGR_G_GetEnvelope(polygon, &box);
  if (!(isfinite(box.MinX) && isfinite(box.MaxX) && isfinite(box.MinY) && isfinite(box.MaxY)) || box.MinX < -360 ||
      box.MaxX > 360 || box.MinY < -90 || box.MaxY > 90)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s: %g,%g,%g,%g are no longitudes and latitudes; if the source has another coordinate "
                             "system, it does not say so: set it there (ogr2ogr -a_srs EPSG:...)",
                             what, box.MinX, box.MinY, box.MaxX, box.MaxY);
  if (jumps(polygon))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s crosses the 180th meridian; divide it there into a western and an eastern polygon",
                             what);
  return OSMFLOW_OK;
}

static void shift(OGRGeometryH polygon, double degrees) {
  for (int i = 0; i < OGR_G_GetGeometryCount(polygon); i++) {
    OGRGeometryH ring = OGR_G_GetGeometryRef(polygon, i);
    for (int j = 0; j < OGR_G_GetPointCount(ring); j++)
      OGR_G_SetPoint_2D(ring, j, OGR_G_GetX(ring, j) + degrees, OGR_G_GetY(ring, j));
  }
}

/* Adds the polygons of what GEOS made: collections may hold lines and points, which have no area. `shift_by` brings
 * them back onto the map. */
static void take_polygons(OGRGeometryH target, OGRGeometryH made, double shift_by, int depth) {
  const OGRwkbGeometryType type = made ? wkbFlatten(OGR_G_GetGeometryType(made)) : wkbUnknown;
  if (type == wkbPolygon && !OGR_G_IsEmpty(made)) {
    OGRGeometryH copy = OGR_G_Clone(made);
    shift(copy, shift_by);
    OGR_G_AddGeometryDirectly(target, copy);
  } else if ((type == wkbMultiPolygon || type == wkbGeometryCollection) && depth < MOST_DEPTH) {
    for (int i = 0; i < OGR_G_GetGeometryCount(made); i++)
      take_polygons(target, OGR_G_GetGeometryRef(made, i), shift_by, depth + 1);
  }
}

static OGRGeometryH window(double west, double east) {
  OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon), ring = OGR_G_CreateGeometry(wkbLinearRing);
  OGR_G_AddPoint_2D(ring, west, -90);
  OGR_G_AddPoint_2D(ring, east, -90);
  OGR_G_AddPoint_2D(ring, east, 90);
  OGR_G_AddPoint_2D(ring, west, 90);
  OGR_G_AddPoint_2D(ring, west, -90);
  OGR_G_AddGeometryDirectly(polygon, ring);
  return polygon;
}

/* What goes on beyond 180 degrees (179 to 181) comes back on the other side. */
static void take_in_windows(OGRGeometryH target, OGRGeometryH valid) {
  OGREnvelope box;
  OGR_G_GetEnvelope(valid, &box);
  if (box.MinX >= -180 && box.MaxX <= 180) {
    take_polygons(target, valid, 0, 0);
    return;
  }
  for (int turn = -1; turn <= 1; turn++) {
    OGRGeometryH frame = window(turn * 360 - 180, turn * 360 + 180), part = OGR_G_Intersection(valid, frame);
    take_polygons(target, part, turn * -360.0, 0);
    if (part)
      OGR_G_DestroyGeometry(part);
    OGR_G_DestroyGeometry(frame);
  }
}

static enum osmflow_status add_polygon(struct osmflow_aoi_parts *parts, OGRGeometryH polygon, const char *what,
                                       struct osmflow_error *error) {
  if (OGR_G_IsEmpty(polygon))
    return OSMFLOW_OK;
  enum osmflow_status status = check_position(polygon, what, error);
  if (status == OSMFLOW_OK && OGR_G_GetGeometryCount(parts->polygons) >= MOST_POLYGONS)
    status = osmflow_error_set(error, OSMFLOW_TOO_LARGE, "%s: there are more than %d polygons; dissolve them first",
                               what, MOST_POLYGONS);
  if (status != OSMFLOW_OK)
    return status;
  OGRGeometryH valid = OGR_G_IsValid(polygon) ? OGR_G_Clone(polygon) : OGR_G_MakeValid(polygon);
  if (!valid)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is not a valid polygon and cannot be mended", what);
  take_in_windows(parts->polygons, valid);
  OGR_G_DestroyGeometry(valid);
  return OSMFLOW_OK;
}

/* `geometry` is ours: flat, linear, in lon/lat. */
static enum osmflow_status add_flat(struct osmflow_aoi_parts *parts, OGRGeometryH geometry, const char *what, int depth,
                                    struct osmflow_error *error) {
  const OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
  enum osmflow_status status = OSMFLOW_OK;
  if (type == wkbPolygon)
    return add_polygon(parts, geometry, what, error);
  if ((type != wkbMultiPolygon && type != wkbGeometryCollection) || depth >= MOST_DEPTH)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s is a %s, and an area of interest is made of polygons; draw polygons, or make some of "
                             "it (a buffer, a hull)",
                             what, OGRGeometryTypeToName(type));
  for (int i = 0; i < OGR_G_GetGeometryCount(geometry) && status == OSMFLOW_OK; i++)
    status = add_flat(parts, OGR_G_GetGeometryRef(geometry, i), what, depth + 1, error);
  return status;
}

enum osmflow_status osmflow_aoi_parts_add(struct osmflow_aoi_parts *parts, OGRGeometryH geometry,
                                          OGRSpatialReferenceH srs, const char *what, struct osmflow_error *error) {
  OGRGeometryH flat =
      OGR_G_HasCurveGeometry(geometry, FALSE) ? OGR_G_GetLinearGeometry(geometry, 0, NULL) : OGR_G_Clone(geometry);
  if (!flat)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s", what);
  CPLPushErrorHandler(CPLQuietErrorHandler);
  OGR_G_FlattenTo2D(flat);
  enum osmflow_status status = srs ? transform(flat, srs, what, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK)
    status = add_flat(parts, flat, what, 0, error);
  CPLErrorReset(); /* what GEOS had to say about it is no error of the source's */
  CPLPopErrorHandler();
  OGR_G_DestroyGeometry(flat);
  return status;
}

enum osmflow_status osmflow_aoi_parts_dissolve(struct osmflow_aoi_parts *parts, OGRGeometryH *whole,
                                               struct osmflow_error *error) {
  OGRGeometryH clean = OGR_G_CreateGeometry(wkbMultiPolygon);
  CPLPushErrorHandler(CPLQuietErrorHandler);
  OGRGeometryH joined = OGR_G_IsEmpty(parts->polygons) ? NULL : OGR_G_UnionCascaded(parts->polygons);
  CPLPopErrorHandler();
  take_polygons(clean, joined, 0, 0);
  if (joined)
    OGR_G_DestroyGeometry(joined);
  *whole = NULL;
  if (OGR_G_GetGeometryCount(clean) == 0) {
    OGR_G_DestroyGeometry(clean);
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the area of interest is empty: no polygon with an area");
  }
  if (OGR_G_GetGeometryCount(clean) == 1) {
    *whole = OGR_G_Clone(OGR_G_GetGeometryRef(clean, 0));
    OGR_G_DestroyGeometry(clean);
  } else {
    *whole = clean;
  }
  return OSMFLOW_OK;
}
