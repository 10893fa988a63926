#include "format/stl.h"

#include <math.h>
#include <stdlib.h>

#include "unit.h"

enum { HEAD = 84, FACET = 50, TRIANGLES = 4 };

#define FACET_TEXT "facet normal 0 0 1\n outer loop\n vertex 0 0 0\n vertex 1 0 0\n vertex 0 1 0\n endloop\nendfacet\n"

static void put_float(char *at, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (size_t i = 0; i < 4; i++)
    at[i] = (char)(bits >> (8 * i));
}

/* A tetrahedron. */
static size_t make_binary(char *file, const char *head, uint32_t count) {
  static const float corners[TRIANGLES][9] = {{0, 0, 0, 1, 0, 0, 0, 1, 0},
                                              {0, 0, 0, 0, 1, 0, 0, 0, 1},
                                              {0, 0, 0, 0, 0, 1, 1, 0, 0},
                                              {1, 0, 0, 0, 0, 1, 0, 1, 0}};
  memset(file, 0, HEAD + TRIANGLES * FACET);
  memcpy(file, head, strlen(head));
  for (size_t i = 0; i < 4; i++)
    file[80 + i] = (char)(count >> (8 * i));
  for (size_t facet = 0; facet < TRIANGLES; facet++)
    for (size_t i = 0; i < 9; i++)
      put_float(file + HEAD + FACET * facet + 12 + 4 * i, corners[facet][i]);
  return HEAD + TRIANGLES * FACET;
}

/* Fed in pieces of that size. */
static enum osmflow_status read(const char *data, size_t size, int64_t told, size_t piece, struct osmflow_mesh *mesh,
                                struct osmflow_error *error) {
  struct osmflow_stl_reader *reader = NULL;
  osmflow_mesh_init(mesh);
  enum osmflow_status status = osmflow_stl_reader_new(mesh, told, &reader, error);
  for (size_t at = 0; status == OSMFLOW_OK && at < size; at += piece)
    status = osmflow_stl_reader_feed(reader, data + at, size - at < piece ? size - at : piece, error);
  if (status == OSMFLOW_OK)
    status = osmflow_stl_reader_finish(reader, error);
  osmflow_stl_reader_free(reader);
  return status;
}

static void reads_binary_files_in_pieces_of_any_size(void) {
  static const char *const heads[] = {"made by a test", "solid but binary all the same"};
  char file[HEAD + TRIANGLES * FACET];
  for (size_t head = 0; head < 2; head++)
    for (size_t piece = 1; piece <= sizeof file; piece++)
      for (int known = 0; known < 2; known++) {
        struct osmflow_mesh mesh;
        struct osmflow_error error;
        const size_t size = make_binary(file, heads[head], TRIANGLES);
        CU_ASSERT(read(file, size, known ? (int64_t)size : -1, piece, &mesh, &error) == OSMFLOW_OK);
        CU_ASSERT(mesh.vertex_count == 4 && mesh.facet_count == 4 && mesh.degenerate == 0 && mesh.box[3] == 1);
        osmflow_mesh_clear(&mesh);
      }
}

static void refuses_binary_files_that_are_not_whole(void) {
  char file[HEAD + TRIANGLES * FACET + 1];
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  make_binary(file, "test", TRIANGLES);
  for (size_t size = 0; size < HEAD + TRIANGLES * FACET; size++)
    for (int known = 0; known < 2; known++) {
      CU_ASSERT(read(file, size, known ? (int64_t)size : -1, 17, &mesh, &error) == OSMFLOW_BAD_DATA);
      osmflow_mesh_clear(&mesh);
    }
  for (uint32_t count = 0; count < 10; count++)
    if (count != TRIANGLES) {
      make_binary(file, "test", count);
      CU_ASSERT(read(file, HEAD + TRIANGLES * FACET, -1, 64, &mesh, &error) == OSMFLOW_BAD_DATA);
      CU_ASSERT(strstr(error.message, "facets") != NULL);
      osmflow_mesh_clear(&mesh);
    }
  make_binary(file, "test", TRIANGLES);
  file[HEAD + TRIANGLES * FACET] = 'x';
  CU_ASSERT(read(file, sizeof file, -1, 64, &mesh, &error) == OSMFLOW_BAD_DATA);
  osmflow_mesh_clear(&mesh);
}

static void refuses_vertices_that_are_nowhere(void) {
  char file[HEAD + TRIANGLES * FACET];
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  make_binary(file, "test", TRIANGLES);
  put_float(file + HEAD + FACET + 12, NAN);
  CU_ASSERT(read(file, sizeof file, -1, 64, &mesh, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "facet 2") != NULL);
  osmflow_mesh_clear(&mesh);
}

static void reads_ascii_files(void) {
  static const struct {
    const char *text;
    size_t facets, groups;
    const char *name;
  } cases[] = {
      {"solid\nendsolid\n", 0, 1, ""},
      {"solid two words\n" FACET_TEXT "endsolid two words\n", 1, 1, "two words"},
      {"  solid a\r\n" FACET_TEXT FACET_TEXT "endsolid", 2, 1, "a"},
      {"SOLID a\n" FACET_TEXT "ENDSOLID a\nsolid b\n" FACET_TEXT "endsolid b\n\n\n", 2, 2, "a"},
      {"solid a\nfacet normal nan nan nan\nouter loop\nvertex 0 0 0\nvertex +1 1e0 .5\nvertex -1. 0 0\nendloop\n"
       "endfacet\nendsolid\n",
       1, 1, "a"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    for (size_t piece = 1; piece < 100; piece += 13) {
      struct osmflow_mesh mesh;
      struct osmflow_error error = {.message = ""};
      const size_t size = strlen(cases[i].text);
      CU_ASSERT(read(cases[i].text, size, (int64_t)size, piece, &mesh, &error) == OSMFLOW_OK);
      UNIT_SAME(error.message, "", cases[i].text);
      CU_ASSERT(mesh.facet_count == cases[i].facets && mesh.group_count == cases[i].groups);
      UNIT_SAME(mesh.group_count ? mesh.groups[0].name : "?", cases[i].name, cases[i].text);
      osmflow_mesh_clear(&mesh);
    }
}

static void refuses_ascii_files_that_are_wrong(void) {
  static const struct {
    const char *text, *word;
  } cases[] = {
      {"", "no STL"},
      {"<html>", "no STL"},
      {"solid a\n", "not whole"},
      {"solid a\n" FACET_TEXT, "not whole"},
      {"solid a\nfacet normal 0 0", "not whole"},
      {"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 x", "\"x\" in line 4"},
      {"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 nan", "finite"},
      {"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 inf", "finite"},
      {"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 0 0 1\nendloop\n", "2 corners"},
      {"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 0 0 1\nvertex 0 1 1\nvertex 1 1 1\n", "endloop"},
      {"solid a\nvertex 0 0 0\n", "facet"},
      {"solid a\n" FACET_TEXT "endsolid a\ntrailing", "solid"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_mesh mesh;
    struct osmflow_error error = {.message = ""};
    CU_ASSERT(read(cases[i].text, strlen(cases[i].text), (int64_t)strlen(cases[i].text), 7, &mesh, &error) ==
              OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].word))
      UNIT_SAME(error.message, cases[i].word, cases[i].text);
    osmflow_mesh_clear(&mesh);
  }
}

static void words_without_end_are_refused(void) {
  enum { LONG = 100000 };
  char *text = malloc(LONG);
  struct osmflow_mesh mesh;
  struct osmflow_error error;
  memset(text, 'a', LONG);
  memcpy(text, "solid a\n", 8);
  CU_ASSERT(read(text, LONG, LONG, 4096, &mesh, &error) == OSMFLOW_BAD_DATA);
  osmflow_mesh_clear(&mesh);
  free(text);
}

OSMFLOW_UNIT_MAIN("format/stl", UNIT(reads_binary_files_in_pieces_of_any_size),
                  UNIT(refuses_binary_files_that_are_not_whole), UNIT(refuses_vertices_that_are_nowhere),
                  UNIT(reads_ascii_files), UNIT(refuses_ascii_files_that_are_wrong),
                  UNIT(words_without_end_are_refused))
