#include "cityloader/model.h"

#include <cpl_vsi.h>
#include <gdal.h>
#include <math.h>

#include "unit.h"

static void add_facet(struct osmflow_mesh *mesh, const double *places, size_t count, uint32_t group) {
  uint32_t corners[16];
  struct osmflow_error error;
  for (size_t i = 0; i < count; i++)
    CU_ASSERT(osmflow_mesh_vertex(mesh, places[3 * i], places[3 * i + 1], places[3 * i + 2], &corners[i], &error) ==
              OSMFLOW_OK);
  CU_ASSERT(osmflow_mesh_facet(mesh, corners, count, group, &error) == OSMFLOW_OK);
}

/* A house: walls, roof, floor as quadrangles. */
static void add_box(struct osmflow_mesh *mesh, double x, double y, double z, double width, double depth, double height,
                    uint32_t group) {
  static const int sides[6][4][3] = {
      {{0, 0, 0}, {0, 1, 0}, {1, 1, 0}, {1, 0, 0}}, {{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}},
      {{0, 0, 0}, {1, 0, 0}, {1, 0, 1}, {0, 0, 1}}, {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 0, 1}},
      {{1, 1, 0}, {0, 1, 0}, {0, 1, 1}, {1, 1, 1}}, {{0, 1, 0}, {0, 0, 0}, {0, 0, 1}, {0, 1, 1}}};
  for (size_t side = 0; side < 6; side++) {
    double places[12];
    for (size_t i = 0; i < 4; i++) {
      places[3 * i] = x + width * sides[side][i][0];
      places[3 * i + 1] = y + depth * sides[side][i][1];
      places[3 * i + 2] = z + height * sides[side][i][2];
    }
    add_facet(mesh, places, 4, group);
  }
}

/* Rolling ground of squares with a side of 10. */
static void add_ground(struct osmflow_mesh *mesh, double x, double y, size_t side, uint32_t group) {
  for (size_t i = 0; i < side; i++)
    for (size_t j = 0; j < side; j++) {
      const double west = x + 10.0 * (double)i, south = y + 10.0 * (double)j;
      const double places[12] = {
          west,      south,      sin(west / 30),        west + 10, south,      sin((west + 10) / 30),
          west + 10, south + 10, sin((west + 10) / 30), west,      south + 10, sin(west / 30)};
      add_facet(mesh, places, 4, group);
    }
}

static uint32_t add_group(struct osmflow_mesh *mesh, const char *name) {
  uint32_t group = 0;
  struct osmflow_error error;
  CU_ASSERT(osmflow_mesh_group(mesh, osmflow_text(name), osmflow_text(""), &group, &error) == OSMFLOW_OK);
  return group;
}

static void close_mesh(struct osmflow_mesh *mesh) {
  struct osmflow_error error;
  CU_ASSERT(osmflow_mesh_close(mesh, &error) == OSMFLOW_OK);
}

static void bodies_are_what_hangs_together(void) {
  static const struct {
    const char *ground_name;
    bool has_ground;
    enum osmflow_model_part part;
    size_t terrain; /* bodies */
  } cases[] = {{"", true, OSMFLOW_MODEL_ALL, 1},
               {"Terrain", true, OSMFLOW_MODEL_ALL, 1},
               {"", false, OSMFLOW_MODEL_ALL, 0},
               {"", true, OSMFLOW_MODEL_BUILDINGS, 0},
               {"", true, OSMFLOW_MODEL_TERRAIN, 4}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_mesh mesh;
    struct osmflow_bodies bodies;
    struct osmflow_error error;
    osmflow_mesh_init(&mesh);
    const uint32_t group = add_group(&mesh, "");
    add_box(&mesh, 10, 10, 5, 10, 8, 6, group);
    if (cases[i].has_ground)
      add_ground(&mesh, 0, 0, 12, add_group(&mesh, cases[i].ground_name));
    add_box(&mesh, 40, 40, 5, 10, 8, 9, group);
    add_box(&mesh, 80, 80, 5, 10, 8, 3, group);
    close_mesh(&mesh);
    CU_ASSERT_FATAL(osmflow_bodies_find(&mesh, cases[i].part, &bodies, &error) == OSMFLOW_OK);
    CU_ASSERT(bodies.count == (cases[i].has_ground ? 4u : 3u));
    size_t terrain = 0, facets = 0;
    for (size_t body = 0; body < bodies.count; body++) {
      terrain += bodies.items[body].is_terrain;
      facets += bodies.items[body].count;
    }
    CU_ASSERT(terrain == cases[i].terrain && facets == mesh.facet_count);
    CU_ASSERT(bodies.items[0].count == 6 && bodies.items[0].low == 5 && bodies.items[0].high == 11);
    CU_ASSERT(bodies.items[0].is_terrain == (cases[i].part == OSMFLOW_MODEL_TERRAIN));
    osmflow_bodies_clear(&bodies);
    osmflow_mesh_clear(&mesh);
  }
}

/* Houses that share a wall, an edge, a corner; and one without a floor, whose walls share no edge with its roof. */
static void houses_that_touch_are_houses(void) {
  static const struct {
    double x, y, z, height;
    size_t bodies;
  } cases[] = {{10, 0, 0, 6, 2}, {10, 0, 0, 9, 2},   {10, 8, 0, 6, 2},  {10, 8, 6, 6, 2},
               {10, 0, 6, 6, 2}, {0, 0, 6, 3, 2},    {-10, 0, 0, 6, 2}, {0, 8, 0, 6, 2},
               {0, -8, 0, 6, 2}, {-10, -8, 0, 6, 2}, {10, -8, 0, 6, 2}, {30, 0, 0, 6, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_mesh mesh;
    struct osmflow_bodies bodies;
    struct osmflow_error error;
    osmflow_mesh_init(&mesh);
    const uint32_t group = add_group(&mesh, "");
    add_box(&mesh, 0, 0, 0, 10, 8, 6, group);
    add_box(&mesh, cases[i].x, cases[i].y, cases[i].z, 10, 8, cases[i].height, group);
    close_mesh(&mesh);
    CU_ASSERT_FATAL(osmflow_bodies_find(&mesh, OSMFLOW_MODEL_BUILDINGS, &bodies, &error) == OSMFLOW_OK);
    CU_ASSERT(bodies.count == cases[i].bodies && bodies.items[0].count == 6);
    for (size_t at = 0; bodies.count == 2 && at < 6; at++)
      CU_ASSERT(bodies.facets[at] == at);
    osmflow_bodies_clear(&bodies);
    osmflow_mesh_clear(&mesh);
  }
}

static void open_surfaces_hang_together_by_vertices(void) {
  static const double wall[] = {0, 0, 0, 10, 0, 0, 10, 0, 5, 0, 0, 5}, half[] = {0, 0, 5, 5, 0, 5, 5, 4, 8, 0, 4, 8},
                      other[] = {5, 0, 5, 10, 0, 5, 10, 4, 8, 5, 4, 8}, far[] = {50, 0, 5, 60, 0, 5, 60, 4, 8};
  struct osmflow_mesh mesh;
  struct osmflow_bodies bodies;
  struct osmflow_error error;
  osmflow_mesh_init(&mesh);
  const uint32_t group = add_group(&mesh, "");
  add_facet(&mesh, wall, 4, group);
  add_facet(&mesh, half, 4, group);
  add_facet(&mesh, other, 4, group);
  add_facet(&mesh, far, 3, group);
  close_mesh(&mesh);
  CU_ASSERT_FATAL(osmflow_bodies_find(&mesh, OSMFLOW_MODEL_BUILDINGS, &bodies, &error) == OSMFLOW_OK);
  CU_ASSERT(bodies.count == 2 && bodies.items[0].count == 3 && bodies.items[1].count == 1);
  osmflow_bodies_clear(&bodies);
  osmflow_mesh_clear(&mesh);
}

/* Few walls, and as wide as the model: but it has a bottom. */
static void a_large_hall_is_no_ground(void) {
  struct osmflow_mesh mesh;
  struct osmflow_bodies bodies;
  struct osmflow_error error;
  osmflow_mesh_init(&mesh);
  const uint32_t group = add_group(&mesh, "");
  add_box(&mesh, 0, 0, 0, 100, 80, 6, group);
  add_box(&mesh, 110, 10, 0, 10, 8, 6, group);
  close_mesh(&mesh);
  CU_ASSERT_FATAL(osmflow_bodies_find(&mesh, OSMFLOW_MODEL_ALL, &bodies, &error) == OSMFLOW_OK && bodies.count == 2);
  CU_ASSERT(!bodies.items[0].is_terrain && !bodies.items[1].is_terrain);
  osmflow_bodies_clear(&bodies);
  osmflow_mesh_clear(&mesh);
}

static void geometry_has_the_form_that_is_wanted(void) {
  struct osmflow_mesh mesh;
  struct osmflow_bodies bodies;
  struct osmflow_place place;
  struct osmflow_error error;
  OGRGeometryH geometry = NULL;
  double area = 0;
  osmflow_mesh_init(&mesh);
  add_box(&mesh, 10, 20, 5, 10, 8, 6, add_group(&mesh, ""));
  add_ground(&mesh, 0, 0, 12, add_group(&mesh, "terrain"));
  close_mesh(&mesh);
  osmflow_place_init(&place);
  place.scale = 2;
  place.shift[0] = 1000;
  CU_ASSERT_FATAL(osmflow_bodies_find(&mesh, OSMFLOW_MODEL_ALL, &bodies, &error) == OSMFLOW_OK && bodies.count == 2);
  CU_ASSERT(osmflow_body_geometry(&mesh, &bodies, 0, &place, OSMFLOW_BODY_TIN, &geometry, &area, &error) == OSMFLOW_OK);
  CU_ASSERT(OGR_G_GetGeometryType(geometry) == wkbTINZ && OGR_G_GetGeometryCount(geometry) == 12);
  CU_ASSERT_DOUBLE_EQUAL(area, 20 * 16, 1e-9);
  OGREnvelope3D box;
  OGR_G_GetEnvelope3D(geometry, &box);
  CU_ASSERT(box.MinX == 1020 && box.MaxX == 1040 && box.MinY == 40 && box.MaxY == 56 && box.MinZ == 10 &&
            box.MaxZ == 22);
  OGR_G_DestroyGeometry(geometry);
  CU_ASSERT(osmflow_body_geometry(&mesh, &bodies, 0, &place, OSMFLOW_BODY_POLYHEDRAL, &geometry, NULL, &error) ==
            OSMFLOW_OK);
  CU_ASSERT(OGR_G_GetGeometryType(geometry) == wkbPolyhedralSurfaceZ && OGR_G_GetGeometryCount(geometry) == 6);
  OGR_G_DestroyGeometry(geometry);
  CU_ASSERT(osmflow_body_geometry(&mesh, &bodies, 0, &place, OSMFLOW_BODY_FOOTPRINT, &geometry, &area, &error) ==
            OSMFLOW_OK);
  CU_ASSERT(OGR_G_GetGeometryType(geometry) == wkbMultiPolygon);
  CU_ASSERT_DOUBLE_EQUAL(OGR_G_Area(geometry), 20 * 16, 1e-9);
  OGR_G_DestroyGeometry(geometry);
  CU_ASSERT(osmflow_body_geometry(&mesh, &bodies, 1, &place, OSMFLOW_BODY_FOOTPRINT, &geometry, &area, &error) ==
            OSMFLOW_OK);
  CU_ASSERT_DOUBLE_EQUAL(area, 240 * 240, 1e-6);
  OGR_G_DestroyGeometry(geometry);
  osmflow_bodies_clear(&bodies);
  osmflow_mesh_clear(&mesh);
}

/* An L-shaped roof, both ways round: a fan from its first corner would cover what is not there. */
static void concave_facets_are_cut_within_themselves(void) {
  static const double corners[18] = {10, 10, 7, 10, 5, 7, 5, 5, 7, 5, 0, 7, 0, 0, 7, 0, 10, 7};
  for (int turn = 0; turn < 2; turn++) {
    double places[18];
    struct osmflow_mesh mesh;
    struct osmflow_bodies bodies;
    struct osmflow_place place;
    struct osmflow_error error;
    OGRGeometryH geometry = NULL;
    for (size_t i = 0; i < 6; i++)
      memcpy(places + 3 * i, corners + 3 * (turn ? 5 - i : i), 3 * sizeof *places);
    osmflow_mesh_init(&mesh);
    osmflow_place_init(&place);
    add_facet(&mesh, places, 6, add_group(&mesh, ""));
    close_mesh(&mesh);
    CU_ASSERT_FATAL(osmflow_bodies_find(&mesh, OSMFLOW_MODEL_BUILDINGS, &bodies, &error) == OSMFLOW_OK);
    CU_ASSERT(osmflow_body_geometry(&mesh, &bodies, 0, &place, OSMFLOW_BODY_TIN, &geometry, NULL, &error) ==
              OSMFLOW_OK);
    double area = 0;
    for (int i = 0; i < OGR_G_GetGeometryCount(geometry); i++)
      area += OGR_G_Area(OGR_G_GetGeometryRef(geometry, i));
    CU_ASSERT(OGR_G_GetGeometryCount(geometry) == 4);
    CU_ASSERT_DOUBLE_EQUAL(area, 75, 1e-9);
    OGR_G_DestroyGeometry(geometry);
    osmflow_bodies_clear(&bodies);
    osmflow_mesh_clear(&mesh);
  }
}

#define BBOX .has_bbox = true, .bbox = {6.7610, 51.2199, 6.7713, 51.2264}

#define SOUTH .has_bbox = true, .bbox = {151.2088, -33.8713, 151.2188, -33.8623}

static void models_are_placed_by_the_rule(void) {
  static const struct {
    struct osmflow_place_options options;
    double box[6];
    const char *words;
    double scale;
  } cases[] = {
      {{BBOX}, {-360, -360, 0, 360, 360, 50}, "the centre", 1},
      {{BBOX}, {0, 0, 30, 719, 723, 90}, "south-west corner", 1},
      {{BBOX}, {343700, 5676400, 30, 344400, 5677100, 90}, "EPSG:32632", 1},
      {{BBOX}, {-360000, -360000, 0, 360000, 360000, 50000}, "1 unit = 0.001 m", 0.001},
      {{BBOX}, {5000, 5000, 0, 5720, 5720, 50}, "not placed", 1},
      {{BBOX}, {762370, 5680990, 30, 763100, 5681720, 90}, "EPSG:32631", 1},
      {{BBOX}, {-1100, -1100, 0, 1100, 1100, 90}, "not placed", 1},
      {{SOUTH}, {334400, 6250300, 30, 335300, 6251300, 90}, "EPSG:32756", 1},
      {{SOUTH}, {334400, -3749700, 30, 335300, -3748700, 90}, "EPSG:32656", 1},
      {{SOUTH}, {-460, -500, 30, 460, 500, 90}, "the centre", 1},
      {{BBOX}, {-3, -3, 0, 3, 3, 1}, "not placed", 1},
      {{.has_bbox = false}, {-360, -360, 0, 360, 360, 50}, "not placed", 1},
      {{BBOX, .origin = OSMFLOW_ORIGIN_NONE}, {-360, -360, 0, 360, 360, 50}, "ORIGIN=none", 1},
      {{BBOX, .origin = OSMFLOW_ORIGIN_SW}, {-360, -360, 0, 360, 360, 50}, "south-west corner", 1},
      {{BBOX, .origin = OSMFLOW_ORIGIN_CENTER, .crs = "EPSG:32632"}, {-360, -360, 0, 360, 360, 50}, "MODEL_CRS", 1},
      {{.crs = "EPSG:25832"}, {0, 0, 0, 1, 1, 1}, "EPSG:25832", 1},
      {{.crs = "EPSG:25832", .unit = 0.3048}, {0, 0, 0, 1, 1, 1}, "EPSG:25832", 0.3048}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_place place;
    struct osmflow_error error = {.message = ""};
    CU_ASSERT(osmflow_place_choose(&cases[i].options, cases[i].box, &place, &error) == OSMFLOW_OK);
    if (!strstr(place.assumption, cases[i].words))
      UNIT_SAME(place.assumption, cases[i].words, error.message);
    CU_ASSERT(place.scale == cases[i].scale);
    CU_ASSERT((place.crs == NULL) == (strstr(place.assumption, "not placed") != NULL));
    osmflow_place_clear(&place);
  }
}

static void the_axis_that_points_upwards(void) {
  static const struct {
    struct osmflow_place_options options;
    double box[6];
    bool is_y_up;
  } cases[] = {{{BBOX}, {-360, -360, 0, 360, 360, 50}, false},
               {{BBOX}, {-360, 0, -360, 360, 50, 360}, true},
               {{BBOX}, {-360000, 0, -360000, 360000, 50000, 360000}, true},
               {{BBOX, .up = OSMFLOW_UP_Z}, {-360, 0, -360, 360, 50, 360}, false},
               {{BBOX, .up = OSMFLOW_UP_Y}, {-360, -360, 0, 360, 360, 50}, true},
               {{.has_bbox = false}, {-360, 0, -360, 360, 50, 360}, false},
               {{BBOX}, {-3, -3, -3, 3, 3, 3}, false}};
  struct osmflow_mesh mesh;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CU_ASSERT(osmflow_place_is_y_up(&cases[i].options, cases[i].box) == cases[i].is_y_up);
  osmflow_mesh_init(&mesh);
  add_facet(&mesh, (const double[]){1, 20, 3, 4, 20, 3, 4, 25, 9}, 3, add_group(&mesh, ""));
  close_mesh(&mesh);
  osmflow_mesh_turn_y_up(&mesh);
  CU_ASSERT(mesh.positions[0] == 1 && mesh.positions[1] == -3 && mesh.positions[2] == 20);
  CU_ASSERT(mesh.box[0] == 1 && mesh.box[1] == -9 && mesh.box[2] == 20);
  CU_ASSERT(mesh.box[3] == 4 && mesh.box[4] == -3 && mesh.box[5] == 25);
  osmflow_mesh_clear(&mesh);
}

/* The middle of the model comes out at the middle of the area, wherever its origin was said to be. */
static void placed_models_lie_in_their_area(void) {
  static const struct {
    struct osmflow_place_options options;
    double box[6];
  } cases[] = {{{BBOX}, {-360, -362, 0, 360, 362, 50}},
               {{BBOX}, {0, 0, 30, 719.5, 723, 90}},
               {{BBOX, .origin = OSMFLOW_ORIGIN_CENTER, .crs = "EPSG:25832"}, {-360, -362, 0, 360, 362, 50}}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_place place;
    struct osmflow_error error;
    const double *box = cases[i].box;
    CU_ASSERT_FATAL(osmflow_place_choose(&cases[i].options, box, &place, &error) == OSMFLOW_OK);
    OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(NULL);
    OSRSetFromUserInput(wgs84, "EPSG:4326");
    OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
    OGRCoordinateTransformationH back = OCTNewCoordinateTransformation(place.crs, wgs84);
    double x = (box[0] + box[3]) / 2 * place.scale + place.shift[0];
    double y = (box[1] + box[4]) / 2 * place.scale + place.shift[1];
    CU_ASSERT(OCTTransform(back, 1, &x, &y, NULL));
    CU_ASSERT_DOUBLE_EQUAL(x, 6.76615, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(y, 51.22315, 1e-5);
    OCTDestroyCoordinateTransformation(back);
    OSRRelease(wgs84);
    osmflow_place_clear(&place);
  }
}

static void places_that_cannot_be_are_refused(void) {
  static const struct {
    struct osmflow_place_options options;
    const char *word;
  } cases[] = {{{.origin = OSMFLOW_ORIGIN_CENTER}, "BBOX"},
               {{.origin = OSMFLOW_ORIGIN_XY, .x = 1, .y = 2}, "MODEL_CRS"},
               {{.crs = "EPSG:999999"}, "no CRS"},
               {{.crs = "nonsense"}, "no CRS"}};
  static const double box[6] = {0, 0, 0, 1, 1, 1};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_place place;
    struct osmflow_error error = {.message = ""};
    CU_ASSERT(osmflow_place_choose(&cases[i].options, box, &place, &error) == OSMFLOW_BAD_ARGUMENT && !place.crs);
    if (!strstr(error.message, cases[i].word))
      UNIT_SAME(error.message, cases[i].word, "refusal");
  }
}

static void reads_surfaces_of_drawings(void) {
  static const char drawing[] =
      "0\nSECTION\n2\nENTITIES\n0\n3DFACE\n8\nbuildings\n10\n0\n20\n0\n30\n0\n11\n4\n21\n0\n31\n0\n12\n4\n22\n3\n32\n2"
      "\n"
      "13\n0\n23\n3\n33\n2\n0\nENDSEC\n0\nEOF\n";
  const struct osmflow_archive_member member = {.path = "/vsimem/unit.dxf",
                                                .name = "unit.dxf",
                                                .size = (int64_t)strlen(drawing),
                                                .is_model = true,
                                                .format = OSMFLOW_MODEL_DXF};
  struct osmflow_mesh mesh;
  struct osmflow_error error = {.message = ""};
  GDALAllRegister();
  osmflow_mesh_init(&mesh);
  VSIFCloseL(VSIFileFromMemBuffer(member.path, (GByte *)drawing, strlen(drawing), 0));
  CU_ASSERT(osmflow_model_read(&member, &mesh, &error) == OSMFLOW_OK);
  UNIT_SAME(error.message, "", "read");
  CU_ASSERT(mesh.facet_count == 1 && mesh.vertex_count == 4 && mesh.box[5] == 2);
  UNIT_SAME(mesh.group_count ? mesh.groups[0].name : "", "buildings", "layer");
  osmflow_mesh_clear(&mesh);
  VSIUnlink(member.path);
}

OSMFLOW_UNIT_MAIN("cityloader/model", UNIT(bodies_are_what_hangs_together), UNIT(houses_that_touch_are_houses),
                  UNIT(open_surfaces_hang_together_by_vertices), UNIT(a_large_hall_is_no_ground),
                  UNIT(the_axis_that_points_upwards), UNIT(geometry_has_the_form_that_is_wanted),
                  UNIT(concave_facets_are_cut_within_themselves), UNIT(models_are_placed_by_the_rule),
                  UNIT(placed_models_lie_in_their_area), UNIT(places_that_cannot_be_are_refused),
                  UNIT(reads_surfaces_of_drawings))
