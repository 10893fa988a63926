/* Areas of interest: areas that are known, what is dissolved, mended, transformed or refused. */
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "mapflow/aoi.h"
#include "unit.h"

static OGRGeometryH from_wkt(const char *wkt) {
  OGRGeometryH geometry = NULL;
  char *text = strdup(wkt), *rest = text;
  if (OGR_G_CreateFromWkt(&rest, NULL, &geometry) != OGRERR_NONE)
    abort();
  free(text);
  return geometry;
}

/* The AOI of a WKT, in a CRS (NULL: none). */
static enum osmflow_status make(const char *wkt, const char *crs, struct osmflow_aoi *aoi,
                                struct osmflow_error *error) {
  OGRGeometryH geometry = from_wkt(wkt);
  OGRSpatialReferenceH srs = crs ? OSRNewSpatialReference(NULL) : NULL;
  if (srs) {
    OSRSetFromUserInput(srs, crs);
    OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    OGR_G_AssignSpatialReference(geometry, srs);
  }
  const enum osmflow_status status = osmflow_aoi_from_geometry(geometry, aoi, error);
  OGR_G_DestroyGeometry(geometry);
  if (srs)
    OSRRelease(srs);
  return status;
}

static bool is_near(double value, double wanted, double share) {
  const bool near = fabs(value - wanted) <= fabs(wanted) * share;
  if (!near)
    fprintf(stderr, "\ngot %.10g, expected %.10g\n", value, wanted);
  return near;
}

/* One degree at the equator and at 60 N: PROJ's own `geod`-checked numbers, and the zone formula on the ellipsoid. */
static void knows_areas(void) {
  static const struct {
    const char *wkt, *crs;
    double area;
    size_t polygons;
  } cases[] = {
      {"POLYGON((0 0,1 0,1 1,0 1,0 0))", NULL, 12308778361.469, 1},
      {"POLYGON((0 0,0 1,1 1,1 0,0 0))", "EPSG:4326", 12308778361.469, 1},
      {"POLYGON Z((0 0 5,1 0 5,1 1 5,0 1 5,0 0 5))", NULL, 12308778361.469, 1},
      {"MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((0.5 0,1 0,1 1,0.5 1,0.5 0)))", NULL, 12308778361.469, 1},
      {"MULTIPOLYGON(((0 0,0.5 0,0.5 1,0 1,0 0)),((0.5 0,1 0,1 1,0.5 1,0.5 0)))", NULL, 12308778361.469, 1},
      {"GEOMETRYCOLLECTION(POLYGON((0 0,1 0,1 1,0 1,0 0)),POLYGON EMPTY)", NULL, 12308778361.469, 1},
      {"POLYGON((500000 0,500100 0,500100 100,500000 100,500000 0))", "EPSG:32631", 10008.0, 1},
      {"CURVEPOLYGON(CIRCULARSTRING(9 47,9.001 47.001,9.002 47,9.001 46.999,9 47))", NULL, 26540, 1},
      {"POLYGON((9 47,9.01 47.01,9.01 47,9 47.01,9 47))", NULL, 422800, 2}, /* a bow-tie: two triangles */
      {"POLYGON((179 0,181 0,181 1,179 1,179 0))", NULL, 2 * 12308778361.469, 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_aoi aoi;
    struct osmflow_error error = {.message = ""};
    osmflow_aoi_init(&aoi);
    CU_ASSERT_EQUAL(make(cases[i].wkt, cases[i].crs, &aoi, &error), OSMFLOW_OK);
    UNIT_SAME(error.message, "", cases[i].wkt);
    CU_ASSERT(is_near(aoi.area, cases[i].area, 0.005));
    CU_ASSERT_EQUAL(aoi.polygon_count, cases[i].polygons);
    osmflow_aoi_clear(&aoi);
  }
}

static void takes_holes_off(void) {
  struct osmflow_aoi aoi;
  struct osmflow_error error = {.message = ""};
  osmflow_aoi_init(&aoi);
  CU_ASSERT_EQUAL(
      make("POLYGON((0 0,1 0,1 1,0 1,0 0),(0.25 0.25,0.75 0.25,0.75 0.75,0.25 0.75,0.25 0.25))", NULL, &aoi, &error),
      OSMFLOW_OK);
  CU_ASSERT(is_near(aoi.area, 12308778361.469 * 0.75, 0.001));
  CU_ASSERT(is_near(aoi.largest_box_area, 12308778361.469, 1e-9));
  osmflow_aoi_clear(&aoi);
}

/* A diagonal strip is small, its box is not. */
static void measures_boxes(void) {
  struct osmflow_aoi aoi;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_aoi_limits limits = {.most_area = 1e9};
  osmflow_aoi_init(&aoi);
  CU_ASSERT_EQUAL(make("POLYGON((0 0,0.01 0,1 1,0.99 1,0 0))", NULL, &aoi, &error), OSMFLOW_OK);
  CU_ASSERT(aoi.area < 2e8 && aoi.largest_box_area > 1.2e10);
  CU_ASSERT_EQUAL(osmflow_aoi_check(&aoi, &limits, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "bounding box"));
  osmflow_aoi_clear(&aoi);
}

static void refuses_what_is_no_area(void) {
  static const struct {
    const char *wkt, *crs, *words;
  } cases[] = {
      {"POINT(9 47)", NULL, "Point"},
      {"LINESTRING(9 47,9.1 47.1)", NULL, "made of polygons"},
      {"GEOMETRYCOLLECTION(POLYGON((0 0,1 0,1 1,0 0)),POINT(1 1))", NULL, "Point"},
      {"POLYGON EMPTY", NULL, "empty"},
      {"GEOMETRYCOLLECTION EMPTY", NULL, "empty"},
      {"POLYGON((0 0,1 1,0 0,0 0))", NULL, "empty"},
      {"POLYGON((500000 5000000,500100 5000000,500100 5000100,500000 5000000))", NULL, "longitudes and latitudes"},
      {"POLYGON((0 89,1 89,1 91,0 91,0 89))", NULL, "longitudes and latitudes"},
      {"POLYGON((179 0,-179 0,-179 1,179 1,179 0))", NULL, "180th meridian"},
      {"POLYGON((1e300 0,2e300 0,2e300 1e300,1e300 0))", "EPSG:32631", "the area"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_aoi aoi;
    struct osmflow_error error = {.message = ""};
    osmflow_aoi_init(&aoi);
    CU_ASSERT_EQUAL(make(cases[i].wkt, cases[i].crs, &aoi, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
    if (!strstr(error.message, cases[i].words))
      fprintf(stderr, "\n%s: %s\n", cases[i].wkt, error.message);
    CU_ASSERT_PTR_NULL(aoi.geometry);
    osmflow_aoi_clear(&aoi);
  }
}

static void prints_geojson(void) {
  static const struct {
    const char *wkt, *json;
  } cases[] = {
      {"POLYGON((0 0,0 1,1 1,1 0,0 0))", "{\"type\":\"Polygon\",\"coordinates\":[[["},
      {"MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))", "{\"type\":\"MultiPolygon\",\"coordinates\":[[[["},
      {"POLYGON((9.12345678901 47,9.2 47,9.2 47.1,9.12345678901 47))", "9.1234568,47"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_aoi aoi;
    struct osmflow_bytes json;
    struct osmflow_error error = {.message = ""};
    osmflow_aoi_init(&aoi);
    osmflow_bytes_init(&json, 10000);
    CU_ASSERT_EQUAL(make(cases[i].wkt, NULL, &aoi, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_aoi_print(&aoi, &json, &error), OSMFLOW_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(osmflow_bytes_string(&json), cases[i].json));
    OGRGeometryH again = OGR_G_CreateGeometryFromJson(osmflow_bytes_string(&json));
    CU_ASSERT_PTR_NOT_NULL_FATAL(again);
    OGRGeometryH shell = OGR_G_GetGeometryRef(again, 0);
    CU_ASSERT_FALSE(OGR_G_IsEmpty(shell));
    CU_ASSERT(is_near(osmflow_geodesic_area(again), aoi.area, 1e-5));
    OGR_G_DestroyGeometry(again);
    osmflow_bytes_clear(&json);
    osmflow_aoi_clear(&aoi);
  }
}

/* RFC 7946: shells counter-clockwise, holes clockwise, whatever the source has. */
static void turns_rings(void) {
  static const char *const both[] = {"POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1))",
                                     "POLYGON((0 0,0 4,4 4,4 0,0 0),(1 1,1 2,2 2,2 1,1 1))"};
  for (size_t i = 0; i < 2; i++) {
    struct osmflow_aoi aoi;
    struct osmflow_bytes json;
    osmflow_aoi_init(&aoi);
    osmflow_bytes_init(&json, 10000);
    CU_ASSERT_EQUAL(make(both[i], NULL, &aoi, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_aoi_print(&aoi, &json, NULL), OSMFLOW_OK);
    OGRGeometryH again = OGR_G_CreateGeometryFromJson(osmflow_bytes_string(&json));
    for (int ring = 0; ring < 2; ring++) {
      OGRGeometryH line = OGR_G_GetGeometryRef(again, ring);
      double twice = 0;
      for (int j = 0; j + 1 < OGR_G_GetPointCount(line); j++)
        twice += OGR_G_GetX(line, j) * OGR_G_GetY(line, j + 1) - OGR_G_GetX(line, j + 1) * OGR_G_GetY(line, j);
      CU_ASSERT(ring == 0 ? twice > 0 : twice < 0);
    }
    OGR_G_DestroyGeometry(again);
    osmflow_bytes_clear(&json);
    osmflow_aoi_clear(&aoi);
  }
}

static void checks_limits(void) {
  static const struct {
    struct osmflow_aoi_limits limits;
    const char *words;
  } cases[] = {
      {{.most_area = 1e5}, "0.100 km2"},
      {{.most_polygons = 1}, "2 separate polygons"},
      {{.least_area = 5e9, .most_area = 1e15}, "5000.000 km2 at least"},
      {{.most_area = 1e15, .most_polygons = 2, .least_area = 1}, NULL},
      {{0, 0, 0}, NULL},
  };
  struct osmflow_aoi aoi;
  osmflow_aoi_init(&aoi);
  CU_ASSERT_EQUAL(
      make("MULTIPOLYGON(((9 47,9.01 47,9.01 47.01,9 47)),((8 47,8.01 47,8.01 47.01,8 47)))", NULL, &aoi, NULL),
      OSMFLOW_OK);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {.message = ""};
    const enum osmflow_status status = osmflow_aoi_check(&aoi, &cases[i].limits, &error);
    CU_ASSERT_EQUAL(status, cases[i].words ? OSMFLOW_BAD_ARGUMENT : OSMFLOW_OK);
    CU_ASSERT(!cases[i].words || strstr(error.message, cases[i].words));
  }
  osmflow_aoi_clear(&aoi);
}

static void makes_boxes(void) {
  const struct osmflow_bbox bbox = {0, 0, OSMFLOW_DEGREE, OSMFLOW_DEGREE}, flat = {0, 0, OSMFLOW_DEGREE, 0};
  struct osmflow_aoi aoi;
  osmflow_aoi_init(&aoi);
  CU_ASSERT_EQUAL(osmflow_aoi_from_bbox(&bbox, &aoi, NULL), OSMFLOW_OK);
  CU_ASSERT(is_near(aoi.area, 12308778361.469, 1e-9));
  CU_ASSERT_EQUAL(osmflow_aoi_from_bbox(&flat, &aoi, NULL), OSMFLOW_BAD_ARGUMENT);
  osmflow_aoi_clear(&aoi);
}

static const char areas[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"properties\":{\"a\":1},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],"
    "[1,1],[0,1],[0,0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"a\":2},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,0],[2,0],"
    "[2,1],[1,1],[1,0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"a\":3},\"geometry\":null},"
    "{\"type\":\"Feature\",\"properties\":{\"a\":4},\"geometry\":{\"type\":\"Point\",\"coordinates\":[5,5]}}]}";

static void reads_sources(void) {
  static const struct {
    const char *source, *layer, *where, *words;
    double area;
  } cases[] = {
      {areas, NULL, "a < 4", NULL, 2 * 12308778361.469},
      {areas, NULL, "a = 2", NULL, 12308778361.469},
      {areas, NULL, NULL, "feature 3 of", 0},
      {areas, NULL, "a = 3", "empty", 0},
      {areas, NULL, "nothing = 3", "does not fit layer", 0},
      {areas, "other", NULL, "has no layer \"other\"", 0},
      {"/nowhere/areas.gpkg", NULL, NULL, "cannot be opened", 0},
      {"PG:dbname=x password=hush", NULL, NULL, "the source of the area cannot be opened", 0},
  };
  GDALAllRegister();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_aoi aoi;
    struct osmflow_error error = {.message = ""};
    osmflow_aoi_init(&aoi);
    const enum osmflow_status status = osmflow_aoi_read(cases[i].source, cases[i].layer, cases[i].where, &aoi, &error);
    CU_ASSERT_EQUAL(status, cases[i].words ? OSMFLOW_BAD_ARGUMENT : OSMFLOW_OK);
    if (cases[i].words && !strstr(error.message, cases[i].words))
      fprintf(stderr, "\ncase %zu: [%s]\n", i, error.message);
    CU_ASSERT(!cases[i].words || strstr(error.message, cases[i].words));
    CU_ASSERT_PTR_NULL(strstr(error.message, "hush"));
    CU_ASSERT(cases[i].words || is_near(aoi.area, cases[i].area, 1e-6));
    osmflow_aoi_clear(&aoi);
  }
}

OSMFLOW_UNIT_MAIN("mapflow/aoi", UNIT(knows_areas), UNIT(takes_holes_off), UNIT(measures_boxes),
                  UNIT(refuses_what_is_no_area), UNIT(prints_geojson), UNIT(turns_rings), UNIT(checks_limits),
                  UNIT(makes_boxes), UNIT(reads_sources))
