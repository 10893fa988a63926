#include "format/stl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { HEAD_SIZE = 84, FACET_SIZE = 50, AHEAD_SIZE = 8 * FACET_SIZE, COUNT_PLACE = 80, LONGEST_WORD = 1024 };

enum form { FORM_UNKNOWN, FORM_BINARY, FORM_ASCII };

/* What an ascii file must say next. */
enum step {
  STEP_SOLID,
  STEP_SOLID_NAME, /* to the end of the line */
  STEP_FACET,      /* or endsolid */
  STEP_NORMAL,
  STEP_NORMAL_NUMBERS,
  STEP_OUTER,
  STEP_LOOP,
  STEP_VERTEX, /* or endloop */
  STEP_VERTEX_NUMBERS,
  STEP_ENDFACET,
  STEP_ENDSOLID_NAME
};

struct osmflow_stl_reader {
  struct osmflow_mesh *mesh;
  int64_t size; /* -1: not known */
  enum form form;
  struct osmflow_bytes rest; /* the beginning of what needs more bytes */
  uint32_t group;
  uint64_t count, facets; /* binary: promised; read so far */
  enum step step;
  uint64_t line;
  double numbers[3];
  size_t number_count, corner_count;
  uint32_t corners[3];
};

enum osmflow_status osmflow_stl_reader_new(struct osmflow_mesh *mesh, int64_t size, struct osmflow_stl_reader **reader,
                                           struct osmflow_error *error) {
  *reader = calloc(1, sizeof **reader);
  if (!*reader)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an STL reader");
  **reader = (struct osmflow_stl_reader){.mesh = mesh, .size = size, .line = 1};
  osmflow_bytes_init(&(*reader)->rest, LONGEST_WORD);
  return OSMFLOW_OK;
}

void osmflow_stl_reader_free(struct osmflow_stl_reader *reader) {
  if (reader) {
    osmflow_bytes_clear(&reader->rest);
    free(reader);
  }
}

static uint32_t little_endian(const char *data) {
  const unsigned char *bytes = (const unsigned char *)data;
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static float float_at(const char *data) {
  const uint32_t bits = little_endian(data);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void expect_facet(const struct osmflow_stl_reader *reader, const char *data) {
  enum { FIRST_VERTEX = 12, VERTEX_SIZE = 12 };
  for (size_t i = 0; i < 3; i++) {
    const char *at = data + FIRST_VERTEX + VERTEX_SIZE * i;
    osmflow_mesh_expect(reader->mesh, (double)float_at(at), (double)float_at(at + 4), (double)float_at(at + 8));
  }
}

static enum osmflow_status read_binary_facet(struct osmflow_stl_reader *reader, const char *data,
                                             struct osmflow_error *error) {
  enum { NORMAL_SIZE = 12, VERTEX_SIZE = 12 };
  uint32_t corners[3] = {0, 0, 0};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < 3; i++) {
    const char *at = data + NORMAL_SIZE + VERTEX_SIZE * i;
    status = osmflow_mesh_vertex(reader->mesh, (double)float_at(at), (double)float_at(at + 4), (double)float_at(at + 8),
                                 &corners[i], error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_mesh_facet(reader->mesh, corners, 3, reader->group, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "STL facet %" PRIu64 ": ", reader->facets + 1);
  reader->facets++;
  return status;
}

static enum osmflow_status refuse_more(const struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "this STL file goes on behind the last of the %" PRIu64
                           " facets that it says it has: its count is wrong, or it is damaged",
                           reader->count);
}

static enum osmflow_status feed_binary(struct osmflow_stl_reader *reader, const char *data, size_t size,
                                       struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && size > 0) {
    const size_t missing = FACET_SIZE - reader->rest.size;
    if (reader->facets == reader->count)
      return refuse_more(reader, error);
    if (reader->rest.size == 0 && size >= FACET_SIZE) {
      if (size >= AHEAD_SIZE + FACET_SIZE)
        expect_facet(reader, data + AHEAD_SIZE);
      status = read_binary_facet(reader, data, error);
      data += FACET_SIZE;
      size -= FACET_SIZE;
      continue;
    }
    const size_t taken = size < missing ? size : missing;
    status = osmflow_bytes_add(&reader->rest, data, taken, error);
    data += taken;
    size -= taken;
    if (status == OSMFLOW_OK && reader->rest.size == FACET_SIZE) {
      status = read_binary_facet(reader, reader->rest.data, error);
      osmflow_bytes_reset(&reader->rest);
    }
  }
  return status;
}

static enum osmflow_status refuse_word(const struct osmflow_stl_reader *reader, struct osmflow_text word,
                                       const char *expected, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "this STL file says \"%.60s\" in line %" PRIu64 " instead of %s",
                           word.size > 0 ? word.data : "", reader->line, expected);
}

static enum osmflow_status end_numbers(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  reader->number_count = 0;
  if (reader->step == STEP_NORMAL_NUMBERS) {
    reader->step = STEP_OUTER;
    return OSMFLOW_OK;
  }
  const double *at = reader->numbers;
  const enum osmflow_status status =
      osmflow_mesh_vertex(reader->mesh, at[0], at[1], at[2], &reader->corners[reader->corner_count++], error);
  reader->step = STEP_VERTEX;
  return status;
}

/* Normals are not used, so what they say does not matter: exporters write NaN for degenerate facets. */
static enum osmflow_status read_number(struct osmflow_stl_reader *reader, struct osmflow_text word,
                                       struct osmflow_error *error) {
  double value = 0;
  if (!osmflow_parse_real(word, &value) && reader->step == STEP_VERTEX_NUMBERS)
    return refuse_word(reader, word, "a finite number", error);
  reader->numbers[reader->number_count++] = value;
  return reader->number_count == 3 ? end_numbers(reader, error) : OSMFLOW_OK;
}

static enum osmflow_status end_loop(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  if (reader->corner_count != 3)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "this STL file has a facet of %zu corners instead of 3 before line %" PRIu64,
                             reader->corner_count, reader->line);
  reader->facets++;
  reader->corner_count = 0;
  reader->step = STEP_ENDFACET;
  return osmflow_mesh_facet(reader->mesh, reader->corners, 3, reader->group, error);
}

static enum osmflow_status expect(struct osmflow_stl_reader *reader, struct osmflow_text word, const char *expected,
                                  enum step next, struct osmflow_error *error) {
  if (!osmflow_text_is_ignoring_case(word, expected))
    return refuse_word(reader, word, expected, error);
  reader->step = next;
  return OSMFLOW_OK;
}

static enum osmflow_status read_word(struct osmflow_stl_reader *reader, struct osmflow_text word,
                                     struct osmflow_error *error) {
  switch (reader->step) {
    case STEP_SOLID:
      return expect(reader, word, "solid", STEP_SOLID_NAME, error);
    case STEP_FACET:
      if (osmflow_text_is_ignoring_case(word, "endsolid"))
        return expect(reader, word, "endsolid", STEP_ENDSOLID_NAME, error);
      return expect(reader, word, "facet", STEP_NORMAL, error);
    case STEP_NORMAL:
      return expect(reader, word, "normal", STEP_NORMAL_NUMBERS, error);
    case STEP_OUTER:
      return expect(reader, word, "outer", STEP_LOOP, error);
    case STEP_LOOP:
      return expect(reader, word, "loop", STEP_VERTEX, error);
    case STEP_VERTEX:
      if (osmflow_text_is_ignoring_case(word, "endloop"))
        return end_loop(reader, error);
      if (reader->corner_count == 3)
        return refuse_word(reader, word, "endloop", error);
      return expect(reader, word, "vertex", STEP_VERTEX_NUMBERS, error);
    case STEP_NORMAL_NUMBERS:
    case STEP_VERTEX_NUMBERS:
      return read_number(reader, word, error);
    case STEP_ENDFACET:
      return expect(reader, word, "endfacet", STEP_FACET, error);
    case STEP_SOLID_NAME:
    case STEP_ENDSOLID_NAME:
      break;
  }
  return OSMFLOW_OK;
}

/* The name of a solid goes to the end of its line. */
static enum osmflow_status end_line(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (reader->step == STEP_SOLID_NAME) {
    status = osmflow_mesh_group(reader->mesh, osmflow_text_trim(osmflow_bytes_view(&reader->rest)), osmflow_text(""),
                                &reader->group, error);
    reader->step = STEP_FACET;
  } else if (reader->step == STEP_ENDSOLID_NAME) {
    reader->step = STEP_SOLID;
  }
  osmflow_bytes_reset(&reader->rest);
  return status;
}

static bool is_name(const struct osmflow_stl_reader *reader) {
  return reader->step == STEP_SOLID_NAME || reader->step == STEP_ENDSOLID_NAME;
}

static enum osmflow_status end_word(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (reader->rest.size > 0 && !is_name(reader)) {
    status = read_word(reader, osmflow_bytes_view(&reader->rest), error);
    osmflow_bytes_reset(&reader->rest);
  }
  return status;
}

static enum osmflow_status feed_ascii(struct osmflow_stl_reader *reader, const char *data, size_t size,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i++) {
    const bool ends_line = data[i] == '\n' || data[i] == '\r';
    if (ends_line || data[i] == ' ' || data[i] == '\t') {
      status = end_word(reader, error);
      if (status == OSMFLOW_OK && ends_line)
        status = end_line(reader, error);
      else if (status == OSMFLOW_OK && is_name(reader))
        status = osmflow_bytes_add(&reader->rest, " ", 1, error);
      reader->line += data[i] == '\n';
    } else if (osmflow_bytes_add(&reader->rest, &data[i], 1, NULL) != OSMFLOW_OK || data[i] == '\0') {
      status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "line %" PRIu64 " of this STL file is no text", reader->line);
    }
  }
  return status;
}

static bool begins_with_solid(struct osmflow_text head) {
  head = osmflow_text_trim(head);
  return head.size >= 5 && osmflow_text_is_ignoring_case((struct osmflow_text){head.data, 5}, "solid");
}

/* Binary files may begin with "solid", too; bytes that no text has give those of unknown size away. */
static bool is_binary(const struct osmflow_stl_reader *reader, struct osmflow_text head) {
  const uint64_t count = head.size == HEAD_SIZE ? little_endian(head.data + COUNT_PLACE) : 0;
  if (head.size < HEAD_SIZE)
    return false;
  if (reader->size >= 0 && (uint64_t)reader->size == HEAD_SIZE + FACET_SIZE * count)
    return true;
  return !begins_with_solid(head) || memchr(head.data, '\0', head.size);
}

static enum osmflow_status begin_binary(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  reader->form = FORM_BINARY;
  reader->count = little_endian(reader->rest.data + COUNT_PLACE);
  osmflow_bytes_reset(&reader->rest);
  const uint64_t expected = HEAD_SIZE + FACET_SIZE * reader->count;
  if (reader->size >= 0 && (uint64_t)reader->size != expected)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "this is no STL file, or it is damaged: a binary one of %" PRIu64 " facets has %" PRIu64
                             " bytes, this one has %" PRId64,
                             reader->count, expected, reader->size);
  return osmflow_mesh_group(reader->mesh, osmflow_text(""), osmflow_text(""), &reader->group, error);
}

static enum osmflow_status begin_ascii(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  char head[HEAD_SIZE];
  const size_t size = reader->rest.size;
  if (!begins_with_solid(osmflow_bytes_view(&reader->rest)))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "this is no STL file: it has %zu bytes and no \"solid\"", size);
  memcpy(head, reader->rest.data, size);
  osmflow_bytes_reset(&reader->rest);
  reader->form = FORM_ASCII;
  return feed_ascii(reader, head, size, error);
}

static enum osmflow_status begin(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  return is_binary(reader, osmflow_bytes_view(&reader->rest)) ? begin_binary(reader, error)
                                                              : begin_ascii(reader, error);
}

enum osmflow_status osmflow_stl_reader_feed(struct osmflow_stl_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) {
  const char *at = data;
  enum osmflow_status status = OSMFLOW_OK;
  if (reader->form == FORM_UNKNOWN) {
    const size_t missing = HEAD_SIZE - reader->rest.size, taken = size < missing ? size : missing;
    status = osmflow_bytes_add(&reader->rest, at, taken, error);
    at += taken;
    size -= taken;
    if (status == OSMFLOW_OK && reader->rest.size == HEAD_SIZE)
      status = begin(reader, error);
  }
  if (status == OSMFLOW_OK && size > 0)
    status = reader->form == FORM_BINARY ? feed_binary(reader, at, size, error) : feed_ascii(reader, at, size, error);
  return status;
}

static enum osmflow_status finish_ascii(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = end_word(reader, error);
  if (status == OSMFLOW_OK)
    status = end_line(reader, error);
  if (status == OSMFLOW_OK && reader->step != STEP_SOLID)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "this STL file is not whole: it ends in line %" PRIu64
                               " without \"endsolid\", after %" PRIu64 " facets",
                               reader->line, reader->facets);
  return status;
}

enum osmflow_status osmflow_stl_reader_finish(struct osmflow_stl_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = reader->form == FORM_UNKNOWN ? begin(reader, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && reader->form == FORM_ASCII)
    status = finish_ascii(reader, error);
  if (status == OSMFLOW_OK && reader->form == FORM_BINARY && reader->facets != reader->count)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "this STL file is not whole: it ends after %" PRIu64 " of %" PRIu64 " facets",
                               reader->facets, reader->count);
  return status == OSMFLOW_OK ? osmflow_mesh_close(reader->mesh, error) : status;
}
