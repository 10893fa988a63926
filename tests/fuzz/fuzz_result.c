/* Any bytes as a result: read at once and in small pieces, features and errors must be the same. What is accepted must
 * be JSON for the reader that knows nothing of features, geometries must be WKB of just their size, and each feature
 * must be found again by its number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "mapflow/result_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
  const uint8_t *data;
  size_t size, piece;
};

static void require(bool is_so, const char *what) {
  if (!is_so) {
    fprintf(stderr, "result: %s\n", what);
    abort();
  }
}

static enum osmflow_status read_input(void *self, int64_t offset, void *data, size_t size, size_t *taken,
                                      struct osmflow_error *error) {
  const struct input *input = self;
  const size_t left = input->size - (size_t)offset, most = size < input->piece ? size : input->piece;
  (void)error;
  *taken = most < left ? most : left;
  if (*taken > 0)
    memcpy(data, input->data + offset, *taken);
  return OSMFLOW_OK;
}

static uint64_t mix(uint64_t sum, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++)
    sum = (sum ^ bytes[i]) * 0x100000001B3ULL;
  return (sum ^ size) * 0x100000001B3ULL;
}

static uint32_t read_u32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* The place behind one geometry. */
static const unsigned char *walk(const unsigned char *at, const unsigned char *end, unsigned depth) {
  enum { HEADER = 5 };
  require(end - at >= HEADER && *at == 1 && depth < 64, "the head of a geometry");
  const uint32_t type = read_u32(at + 1) % 1000, position = read_u32(at + 1) >= 1000 ? 24 : 16;
  at += HEADER;
  if (type == 1) {
    require(end - at >= (ptrdiff_t)position, "a point");
    return at + position;
  }
  require(type >= 2 && type <= 7 && end - at >= 4, "the type of a geometry");
  uint32_t count = read_u32(at);
  at += 4;
  for (; count > 0; count--) {
    if (type == 2) {
      at += position;
    } else if (type == 3) {
      require(end - at >= 4, "a ring");
      at += 4 + (size_t)read_u32(at) * position;
    } else {
      at = walk(at, end, depth + 1);
    }
    require(at <= end, "the size of a geometry");
  }
  return at;
}

static uint64_t sum_of(const struct osmflow_result_schema *schema, const struct osmflow_result_feature *feature) {
  const unsigned char *wkb = feature->wkb;
  uint64_t sum = mix(1, &feature->number, sizeof feature->number);
  if (wkb)
    require(walk(wkb, wkb + feature->wkb_size, 0) == wkb + feature->wkb_size, "the end of a geometry");
  sum = mix(sum, wkb ? feature->wkb : "", feature->wkb_size);
  for (size_t i = 0; i < schema->column_count; i++) {
    const struct osmflow_value *value = &feature->values[i];
    const enum osmflow_field_type type = schema->columns[i].type;
    if (value->is_null)
      continue;
    sum = mix(sum, &i, sizeof i);
    if (type == OSMFLOW_FIELD_STRING || type == OSMFLOW_FIELD_JSON) {
      require(strlen(value->text.data) == value->text.size, "a text's end");
      sum = mix(sum, value->text.data, value->text.size);
    } else if (type == OSMFLOW_FIELD_REAL) {
      sum = mix(sum, &value->real, sizeof value->real);
    } else {
      sum = mix(sum, &value->integer, sizeof value->integer);
    }
  }
  return sum;
}

static void find_again(struct osmflow_result_reader *reader, const struct osmflow_result_schema *schema, int64_t number,
                       uint64_t sum) {
  const struct osmflow_result_feature *feature = NULL;
  require(osmflow_result_reader_seek(reader, number, NULL) == OSMFLOW_OK &&
              osmflow_result_reader_next(reader, &feature, NULL) == OSMFLOW_OK && feature &&
              sum_of(schema, feature) == sum,
          "a feature is not found again");
}

static enum osmflow_status read_all(struct input *input, uint64_t *sum) {
  const struct osmflow_result_given given = {.id = "p", .source = {input, read_input}};
  const struct osmflow_result_schema *schema = NULL;
  const struct osmflow_result_feature *feature = NULL;
  struct osmflow_result_set *set = NULL;
  struct osmflow_result_reader *reader = NULL;
  struct osmflow_error error = {.message = ""};
  uint64_t middle = 0;
  int64_t count = 0;
  *sum = 0;
  enum osmflow_status status =
      osmflow_result_set_new_given(osmflow_environment_system(), OSMFLOW_RESULT_FAST, false, &given, 1, &set, &error);
  if (status == OSMFLOW_OK)
    status = osmflow_result_set_schema(set, &schema, &error);
  if (status == OSMFLOW_OK)
    status = osmflow_result_reader_new(set, NULL, &reader, &error);
  while (status == OSMFLOW_OK && (status = osmflow_result_reader_next(reader, &feature, &error)) == OSMFLOW_OK &&
         feature) {
    const uint64_t own = sum_of(schema, feature);
    middle = count == 1 ? own : middle;
    *sum = mix(*sum, &own, sizeof own);
    count++;
  }
  if (status == OSMFLOW_OK && count > 1)
    find_again(reader, schema, 1, middle);
  if (status != OSMFLOW_OK)
    *sum = mix(*sum, error.message, strlen(error.message));
  osmflow_result_reader_free(reader);
  osmflow_result_set_free(set);
  return status;
}

static enum osmflow_status read_as_json(const uint8_t *data, size_t size) {
  static const struct osmflow_json_visitor nobody;
  struct osmflow_json_reader *reader = NULL;
  enum osmflow_status status = osmflow_json_reader_new(&nobody, &reader, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_json_reader_feed(reader, data, size, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_json_reader_finish(reader, NULL);
  osmflow_json_reader_free(reader);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input whole = {data, size, SIZE_MAX}, pieces = {data, size, 3};
  uint64_t sum_of_whole = 0, sum_of_pieces = 0;
  const enum osmflow_status status = read_all(&whole, &sum_of_whole);
  require(read_all(&pieces, &sum_of_pieces) == status, "another status in pieces");
  require(sum_of_whole == sum_of_pieces, "other features in pieces");
  if (status == OSMFLOW_OK)
    require(read_as_json(data, size) == OSMFLOW_OK, "accepted, though it is no JSON");
  return 0;
}
