#include "format/mesh.h"

#include <math.h>

#include "unit.h"

static void corners_at_one_place_are_one_vertex(void) {
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  uint32_t first = 0, again = 0, other = 0;
  osmflow_mesh_init(&mesh);
  CU_ASSERT(osmflow_mesh_vertex(&mesh, 0.0, 1.5, -2, &first, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_mesh_vertex(&mesh, 0.0, 1.5, -2.0000001, &other, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_mesh_vertex(&mesh, -0.0, 1.5, -2, &again, &error) == OSMFLOW_OK);
  CU_ASSERT(first == again && first != other && mesh.vertex_count == 2);
  for (uint32_t i = 0; i < 5000; i++)
    CU_ASSERT(osmflow_mesh_vertex(&mesh, i, i, i, &other, &error) == OSMFLOW_OK && other == i + 2);
  for (uint32_t i = 0; i < 5000; i++)
    CU_ASSERT(osmflow_mesh_vertex(&mesh, i, i, i, &other, &error) == OSMFLOW_OK && other == i + 2);
  osmflow_mesh_clear(&mesh);
}

static void places_that_are_none_are_refused(void) {
  static const double wrong[] = {NAN, INFINITY, -INFINITY};
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  uint32_t vertex = 0;
  osmflow_mesh_init(&mesh);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    for (size_t axis = 0; axis < 3; axis++)
      CU_ASSERT(osmflow_mesh_vertex(&mesh, axis == 0 ? wrong[i] : 1, axis == 1 ? wrong[i] : 1, axis == 2 ? wrong[i] : 1,
                                    &vertex, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(mesh.vertex_count == 0);
  osmflow_mesh_clear(&mesh);
}

static void facets_without_area_are_counted_and_left_out(void) {
  static const double places[][3] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {0, 1, 5}};
  static const struct {
    uint32_t corners[5];
    size_t count, kept; /* corners; 0: degenerate */
  } cases[] = {{{0, 1, 3}, 3, 3},    {{0, 1, 2}, 3, 0},       {{0, 0, 3}, 3, 0}, {{0, 1, 0}, 3, 0},
               {{0, 1, 2, 3}, 4, 4}, {{0, 1, 1, 3, 0}, 5, 3}, {{3, 3, 3}, 3, 0}, {{0, 1}, 2, 0}};
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  uint32_t vertex = 0, group = 0;
  osmflow_mesh_init(&mesh);
  for (size_t i = 0; i < 4; i++)
    CU_ASSERT(osmflow_mesh_vertex(&mesh, places[i][0], places[i][1], places[i][2], &vertex, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_mesh_group(&mesh, osmflow_text("a"), osmflow_text(""), &group, &error) == OSMFLOW_OK);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const size_t before = mesh.facet_count, degenerate = mesh.degenerate;
    CU_ASSERT(osmflow_mesh_facet(&mesh, cases[i].corners, cases[i].count, group, &error) == OSMFLOW_OK);
    CU_ASSERT(mesh.facet_count - before == (cases[i].kept > 0) && mesh.degenerate - degenerate == (cases[i].kept == 0));
    if (mesh.facet_count > before)
      CU_ASSERT(mesh.first[before + 1] - mesh.first[before] == cases[i].kept);
  }
  CU_ASSERT(osmflow_mesh_close(&mesh, &error) == OSMFLOW_OK);
  CU_ASSERT(mesh.box[0] == 0 && mesh.box[3] == 2 && mesh.box[4] == 1 && mesh.box[2] == 0 && mesh.box[5] == 5);
  osmflow_mesh_clear(&mesh);
}

static void groups_are_made_once(void) {
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  uint32_t first = 9, second = 9, again = 9;
  osmflow_mesh_init(&mesh);
  CU_ASSERT(osmflow_mesh_group(&mesh, osmflow_text("roof"), osmflow_text("red"), &first, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_mesh_group(&mesh, osmflow_text("roof"), osmflow_text("grey"), &second, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_mesh_group(&mesh, osmflow_text("roof"), osmflow_text("red"), &again, &error) == OSMFLOW_OK);
  CU_ASSERT(first == again && first != second && mesh.group_count == 2);
  UNIT_SAME(mesh.groups[second].material, "grey", "material");
  osmflow_mesh_clear(&mesh);
}

static void an_empty_mesh_can_be_read(void) {
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  osmflow_mesh_init(&mesh);
  CU_ASSERT(osmflow_mesh_close(&mesh, &error) == OSMFLOW_OK);
  CU_ASSERT(mesh.facet_count == 0 && mesh.first[0] == 0 && mesh.box[5] == 0);
  osmflow_mesh_clear(&mesh);
}

OSMFLOW_UNIT_MAIN("format/mesh", UNIT(corners_at_one_place_are_one_vertex), UNIT(places_that_are_none_are_refused),
                  UNIT(facets_without_area_are_counted_and_left_out), UNIT(groups_are_made_once),
                  UNIT(an_empty_mesh_can_be_read))
