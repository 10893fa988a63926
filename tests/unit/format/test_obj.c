#include "format/obj.h"

#include <stdlib.h>

#include "unit.h"

#define SQUARE "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"

static enum osmflow_status read(const char *text, size_t piece, struct osmflow_mesh *mesh,
                                struct osmflow_error *error) {
  struct osmflow_obj_reader *reader = NULL;
  const size_t size = strlen(text);
  osmflow_mesh_init(mesh);
  enum osmflow_status status = osmflow_obj_reader_new(mesh, &reader, error);
  for (size_t at = 0; status == OSMFLOW_OK && at < size; at += piece)
    status = osmflow_obj_reader_feed(reader, text + at, size - at < piece ? size - at : piece, error);
  if (status == OSMFLOW_OK)
    status = osmflow_obj_reader_finish(reader, error);
  osmflow_obj_reader_free(reader);
  return status;
}

static void reads_what_exporters_write(void) {
  static const struct {
    const char *text;
    size_t vertices, facets, corners, groups;
    const char *name, *material;
  } cases[] = {
      {SQUARE "f 1 2 3 4\n", 4, 1, 4, 1, "", ""},
      {SQUARE "f 1 2 3\nf 1 3 4", 4, 2, 6, 1, "", ""},
      {SQUARE "f -4 -3 -2 -1\n", 4, 1, 4, 1, "", ""},
      {SQUARE "vt 0 0\nvn 0 0 1\nf 1/1 2/1 3/1\nf 1//1 3//1 4//1\nf 1/1/1 2/1/1 4/1/1\n", 4, 3, 9, 1, "", ""},
      {"# town\nmtllib town.mtl\no House 7\r\n" SQUARE "usemtl roof\r\nf 1 2 3\r\n", 4, 1, 3, 1, "House 7", "roof"},
      {SQUARE "g a\nf 1 2 3\ng b\nf 1 3 4\ng a\nf 1 2 4\n", 4, 3, 9, 2, "a", ""},
      {SQUARE "f 1 2 \\\n3 4\n", 4, 1, 4, 1, "", ""},
      {"v 0 0 0 1.0\nv 1 0 0 0.5 0.5 0.5\nv\t0 1 0\nf 1 2 3\n", 3, 1, 3, 1, "", ""},
      {SQUARE "v 0 0 0\nf 5 2 3\n", 4, 1, 3, 1, "", ""},
      {SQUARE "s off\nl 1 2\np 1\nf 1 2 3 3\n", 4, 1, 3, 1, "", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    for (size_t piece = 1; piece < 60; piece += 11) {
      struct osmflow_mesh mesh;
      struct osmflow_error error = {.message = ""};
      CU_ASSERT(read(cases[i].text, piece, &mesh, &error) == OSMFLOW_OK);
      UNIT_SAME(error.message, "", cases[i].text);
      CU_ASSERT(mesh.vertex_count == cases[i].vertices && mesh.facet_count == cases[i].facets);
      CU_ASSERT(mesh.corner_count == cases[i].corners && mesh.group_count == cases[i].groups);
      UNIT_SAME(mesh.group_count ? mesh.groups[0].name : "?", cases[i].name, cases[i].text);
      UNIT_SAME(mesh.group_count ? mesh.groups[0].material : "?", cases[i].material, cases[i].text);
      osmflow_mesh_clear(&mesh);
    }
}

static void refuses_what_is_wrong_and_says_where(void) {
  static const struct {
    const char *text, *word;
  } cases[] = {{"", "no OBJ"},
               {"<html></html>", "no OBJ"},
               {SQUARE "f 1 2\n", "line 5"},
               {SQUARE "f 1 2 5\n", "\"5\""},
               {SQUARE "f 1 2 0\n", "\"0\""},
               {SQUARE "f 1 2 -5\n", "\"-5\""},
               {SQUARE "f 1 2 3x\n", "\"3x\""},
               {SQUARE "f 1 2 99999999999999999999\n", "line 5"},
               {"v 0 0\n", "line 1"},
               {"v 0 0 nan\n", "\"nan\""},
               {"v 0 0 inf\n", "\"inf\""},
               {"v 0 0 1e999\n", "1e999"},
               {"v 0 0 0,5\n", "0,5"},
               {"f 1 2 3\n" SQUARE, "line 1"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_mesh mesh;
    struct osmflow_error error = {.message = ""};
    CU_ASSERT(read(cases[i].text, 5, &mesh, &error) == OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].word))
      UNIT_SAME(error.message, cases[i].word, cases[i].text);
    osmflow_mesh_clear(&mesh);
  }
}

static void lines_without_end_are_refused(void) {
  enum { LONG = 2 * 1024 * 1024 };
  char *text = malloc(LONG + 1);
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  memset(text, ' ', LONG);
  text[LONG] = '\0';
  CU_ASSERT(read(text, 4096, &mesh, &error) == OSMFLOW_BAD_DATA);
  osmflow_mesh_clear(&mesh);
  free(text);
}

static void reads_colours_of_materials(void) {
  static const char text[] =
      "# m\r\nnewmtl red roof\r\nKd 1 0 0\r\nNs 10\r\nnewmtl wall\nKd 0.5 0.5 2\nnewmtl grey\n Kd 0.5 0.5 0.5\nKd x\n";
  static const char *const expected[][2] = {{"red roof", "#ff0000"}, {"wall", ""}, {"grey", "#808080"}};
  struct osmflow_obj_materials materials = {.items = NULL};
  struct osmflow_error error;
  CU_ASSERT(osmflow_obj_materials_read(osmflow_text("Kd 1 1 1"), &materials, &error) == OSMFLOW_OK);
  CU_ASSERT(materials.count == 0);
  CU_ASSERT(osmflow_obj_materials_read(osmflow_text(text), &materials, &error) == OSMFLOW_OK);
  CU_ASSERT_FATAL(materials.count == 3);
  for (size_t i = 0; i < 3; i++) {
    UNIT_SAME(materials.items[i].name, expected[i][0], "name");
    UNIT_SAME(materials.items[i].color, expected[i][1], expected[i][0]);
  }
  osmflow_obj_materials_clear(&materials);
}

OSMFLOW_UNIT_MAIN("format/obj", UNIT(reads_what_exporters_write), UNIT(refuses_what_is_wrong_and_says_where),
                  UNIT(lines_without_end_are_refused), UNIT(reads_colours_of_materials))
