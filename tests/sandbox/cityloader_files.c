/* A model as STL (binary or ascii), OBJ with materials, or DXF. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cityloader.h"

const char *const city_format_names[CITY_FORMATS] = {"stl", "obj", "dxf"};

void city_add(struct osmflow_bytes *bytes, const void *data, size_t size) {
  if (osmflow_bytes_add(bytes, data, size, NULL) != OSMFLOW_OK)
    sandbox_die("out of memory");
}

void city_printf(struct osmflow_bytes *bytes, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  const int size = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (size < 0 || (size_t)size >= sizeof text)
    sandbox_die("a line is too long");
  city_add(bytes, text, (size_t)size);
}

struct writer {
  const double (*points)[3]; /* of the facet */
  const struct city_facet *facet;
  struct osmflow_bytes *file;
  uint32_t triangles;
};

static void add_float(struct osmflow_bytes *file, double value) {
  const float single = (float)value;
  uint32_t bits;
  unsigned char bytes[4];
  memcpy(&bits, &single, sizeof bits);
  for (size_t i = 0; i < 4; i++)
    bytes[i] = (unsigned char)(bits >> (8 * i));
  city_add(file, bytes, sizeof bytes);
}

static void add_binary(void *self, const size_t places[3]) {
  struct writer *writer = self;
  for (size_t i = 0; i < 3; i++)
    add_float(writer->file, 0);
  for (size_t i = 0; i < 9; i++)
    add_float(writer->file, writer->points[places[i / 3]][i % 3]);
  city_add(writer->file, "\0\0", 2);
  writer->triangles++;
}

static void add_ascii(void *self, const size_t places[3]) {
  struct writer *writer = self;
  city_printf(writer->file, "  facet normal 0 0 0\n    outer loop\n");
  for (size_t i = 0; i < 3; i++) {
    const double *at = writer->points[places[i]];
    city_printf(writer->file, "      vertex %.6f %.6f %.6f\n", at[0], at[1], at[2]);
  }
  city_printf(writer->file, "    endloop\n  endfacet\n");
}

/* 3DFACE has four corners; of a triangle the last comes twice. */
static void add_face(void *self, const size_t places[3]) {
  struct writer *writer = self;
  city_printf(writer->file, "0\n3DFACE\n8\n%s\n", writer->facet->object ? "buildings" : "terrain");
  for (int i = 0; i < 4; i++) {
    const double *at = writer->points[places[i < 3 ? i : 2]];
    city_printf(writer->file, "%d\n%.6f\n%d\n%.6f\n%d\n%.6f\n", 10 + i, at[0], 20 + i, at[1], 30 + i, at[2]);
  }
}

static void cut_all(const struct city_model *model, struct writer *writer,
                    void (*take)(void *self, const size_t places[3])) {
  for (size_t i = 0; i < model->facet_count; i++) {
    writer->facet = &model->facets[i];
    writer->points = (const double(*)[3])(model->points + writer->facet->first);
    city_cut(writer->points, writer->facet->count, take, writer);
  }
}

static void print_stl(const struct city_model *model, bool ascii, struct osmflow_bytes *file) {
  enum { HEAD = 80 };
  static const char head[HEAD] = "solid? no, binary: made by the sandbox";
  struct writer writer = {.file = file};
  if (ascii) {
    city_printf(file, "solid city\n");
    cut_all(model, &writer, add_ascii);
    city_printf(file, "endsolid city\n");
    return;
  }
  city_add(file, head, HEAD);
  city_add(file, "\0\0\0\0", 4);
  cut_all(model, &writer, add_binary);
  for (size_t i = 0; i < 4; i++)
    file->data[HEAD + i] = (char)(writer.triangles >> (8 * i));
}

static void print_obj(const struct city_model *model, struct osmflow_bytes *file) {
  size_t object = SIZE_MAX;
  city_printf(file, "# made by the sandbox\nmtllib city.mtl\n");
  for (size_t i = 0; i < model->facet_count; i++) {
    const struct city_facet *facet = &model->facets[i];
    for (size_t at = 0; at < facet->count; at++) {
      const double *point = model->points[facet->first + at];
      city_printf(file, "v %.6f %.6f %.6f\n", point[0], point[1], point[2]);
    }
    if (facet->object != object)
      city_printf(file, facet->object ? "o building_%zu\n" : "o terrain\n", facet->object);
    object = facet->object;
    city_printf(file, "usemtl %s\nf", !facet->object ? "ground" : facet->is_roof ? "roof" : "wall");
    for (size_t at = facet->count; at > 0; at--)
      city_printf(file, " -%zu", at);
    city_printf(file, "\n");
  }
}

void city_print_materials(struct osmflow_bytes *file) {
  city_printf(file, "newmtl ground\nKd 0.4 0.6 0.3\nnewmtl wall\nKd 0.9 0.9 0.85\nnewmtl roof\nKd 0.7 0.2 0.1\n");
}

void city_print(const struct city_model *model, enum city_format format, bool ascii, struct osmflow_bytes *file) {
  struct writer writer = {.file = file};
  if (format == CITY_STL) {
    print_stl(model, ascii, file);
  } else if (format == CITY_OBJ) {
    print_obj(model, file);
  } else {
    city_printf(file, "0\nSECTION\n2\nENTITIES\n");
    cut_all(model, &writer, add_face);
    city_printf(file, "0\nENDSEC\n0\nEOF\n");
  }
}
