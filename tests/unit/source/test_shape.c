#include "source/shape.h"

#include <math.h>
#include <ogr_srs_api.h>

#include "../unit.h"

static struct osmflow_shape shape;
static struct osmflow_error error;

static enum osmflow_status read_wkt(const char *text) {
  char *rest = (char *)(uintptr_t)text;
  OGRGeometryH geometry = NULL;
  OGR_G_CreateFromWkt(&rest, NULL, &geometry);
  const enum osmflow_status status = osmflow_shape_read(&shape, geometry, &error);
  OGR_G_DestroyGeometry(geometry);
  return status;
}

static void refuses_what_is_not_on_earth(void) {
  static const struct {
    const char *wkt, *words;
  } cases[] = {
      {"POINT EMPTY", "no geometry"},
      {"POLYGON EMPTY", "no geometry"},
      {"GEOMETRYCOLLECTION EMPTY", "no geometry"},
      {"POINT (181 0)", "outside of the world"},
      {"POINT (0 -90.1)", "outside of the world"},
      {"LINESTRING (2600000 1200000,2600001 1200000)", "outside of the world"},
      {"GEOMETRYCOLLECTION (POINT (1 1),LINESTRING EMPTY)", "empty"},
  };
  osmflow_shape_init(&shape);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CU_ASSERT_EQUAL(read_wkt(cases[i].wkt), OSMFLOW_BAD_ARGUMENT);
    if (!strstr(error.message, cases[i].words))
      fprintf(stderr, "%s: %s\n", cases[i].wkt, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
  }
  CU_ASSERT_EQUAL(osmflow_shape_read(&shape, NULL, &error), OSMFLOW_BAD_ARGUMENT);
  for (int is_infinite = 0; is_infinite < 2; is_infinite++) {
    OGRGeometryH line = OGR_G_CreateGeometry(wkbLineString);
    OGR_G_AddPoint_2D(line, 1, 1);
    OGR_G_AddPoint_2D(line, is_infinite ? (double)INFINITY : (double)NAN, 1);
    CU_ASSERT_EQUAL(osmflow_shape_read(&shape, line, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not a number"));
    OGR_G_DestroyGeometry(line);
  }
  osmflow_shape_clear(&shape);
}

static void refuses_areas_that_are_none(void) {
  static const struct {
    const char *wkt;
    bool is_valid;
  } cases[] = {
      {"POLYGON ((0 0,1 0,1 1,0 1,0 0))", true},
      {"POLYGON ((0 0,1 1,1 0,0 1,0 0))", false},
      {"POLYGON ((0 0,1 0,0 0))", false},
      {"POLYGON ((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1))", true},
      {"POLYGON ((0 0,4 0,4 4,0 4,0 0),(5 5,6 5,6 6,5 6,5 5))", false},
      {"POLYGON ((0 0,4 0,4 4,0 4,0 0),(3 3,6 3,6 6,3 6,3 3))", false},
      {"MULTIPOLYGON (((0 0,1 0,1 1,0 1,0 0)),((2 2,3 2,3 3,2 3,2 2)))", true},
      {"MULTIPOLYGON (((0 0,1 0,1 1,0 1,0 0)),((1 0,2 0,2 1,1 1,1 0)))", false},
      {"POLYGON ((0 0,2 2,4 0,4 4,2 2,0 4,0 0))", false},
  };
  osmflow_shape_init(&shape);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CU_ASSERT_EQUAL_FATAL(read_wkt(cases[i].wkt), OSMFLOW_OK);
    const enum osmflow_status status = osmflow_shape_check_area(&shape, &error);
    if ((status == OSMFLOW_OK) != cases[i].is_valid)
      fprintf(stderr, "%s\n", cases[i].wkt);
    CU_ASSERT_EQUAL(status == OSMFLOW_OK, cases[i].is_valid);
  }
  osmflow_shape_clear(&shape);
}

static void finds_the_layer_of_a_geometry(void) {
  static const struct {
    const char *wkt;
    int kind; /* -1: none */
  } cases[] = {
      {"POINT (1 2)", OSMFLOW_POINTS},
      {"MULTIPOINT (1 2)", OSMFLOW_POINTS},
      {"MULTIPOINT (1 2,3 4)", -1},
      {"LINESTRING (1 2,3 4)", OSMFLOW_LINES},
      {"MULTILINESTRING ((1 2,3 4))", OSMFLOW_LINES},
      {"MULTILINESTRING ((1 2,3 4),(5 6,7 8))", OSMFLOW_MULTILINESTRINGS},
      {"POLYGON Z ((0 0 1,1 0 1,1 1 1,0 0 1))", OSMFLOW_MULTIPOLYGONS},
      {"CURVEPOLYGON (CIRCULARSTRING (0 0,1 1,2 0,1 -1,0 0))", OSMFLOW_MULTIPOLYGONS},
      {"GEOMETRYCOLLECTION (POINT (1 1),LINESTRING (1 2,3 4))", OSMFLOW_OTHER_RELATIONS},
  };
  osmflow_shape_init(&shape);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    enum osmflow_layer_kind kind = OSMFLOW_POINTS;
    CU_ASSERT_EQUAL_FATAL(read_wkt(cases[i].wkt), OSMFLOW_OK);
    const enum osmflow_status status = osmflow_shape_kind(&shape.view, &kind, &error);
    CU_ASSERT_EQUAL(status == OSMFLOW_OK ? (int)kind : -1, cases[i].kind);
  }
  osmflow_shape_clear(&shape);
}

/* Swiss coordinates of Vaduz's church, as a plan has them. */
static void brings_other_coordinates_home(void) {
  OGRSpatialReferenceH swiss = OSRNewSpatialReference(NULL);
  CU_ASSERT_EQUAL_FATAL(OSRImportFromEPSG(swiss, 2056), OGRERR_NONE);
  OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
  OGR_G_SetPoint_2D(point, 0, 2758000, 1223000);
  OGR_G_AssignSpatialReference(point, swiss);
  osmflow_shape_init(&shape);
  for (int twice = 0; twice < 2; twice++) {
    CU_ASSERT_EQUAL_FATAL(osmflow_shape_read(&shape, point, &error), OSMFLOW_OK);
    CU_ASSERT_TRUE(shape.positions[0].lon > 95000000 && shape.positions[0].lon < 95500000);
    CU_ASSERT_TRUE(shape.positions[0].lat > 471000000 && shape.positions[0].lat < 472000000);
  }
  osmflow_shape_clear(&shape);
  OGR_G_DestroyGeometry(point);
  OSRRelease(swiss);
}

static void closes_rings_and_rounds(void) {
  osmflow_shape_init(&shape);
  CU_ASSERT_EQUAL_FATAL(read_wkt("POINT (9.52123456 47.00000004)"), OSMFLOW_OK);
  CU_ASSERT_EQUAL(shape.positions[0].lon, 95212346);
  CU_ASSERT_EQUAL(shape.positions[0].lat, 470000000);
  CU_ASSERT_EQUAL_FATAL(read_wkt("POINT (-180 90)"), OSMFLOW_OK);
  CU_ASSERT_EQUAL(shape.positions[0].lon, -1800000000);
  OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing), polygon = OGR_G_CreateGeometry(wkbPolygon);
  for (int i = 0; i < 3; i++)
    OGR_G_AddPoint_2D(ring, i == 1, i == 2);
  OGR_G_AddGeometryDirectly(polygon, ring);
  CU_ASSERT_EQUAL_FATAL(osmflow_shape_read(&shape, polygon, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(shape.view.parts[0].count, 4);
  OGR_G_DestroyGeometry(polygon);
  osmflow_shape_clear(&shape);
}

OSMFLOW_UNIT_MAIN("source/shape", UNIT(refuses_what_is_not_on_earth), UNIT(refuses_areas_that_are_none),
                  UNIT(finds_the_layer_of_a_geometry), UNIT(brings_other_coordinates_home),
                  UNIT(closes_rings_and_rounds))
