/* Result sets of documents in memory, and results shown as text. */
#ifndef OSMFLOW_UNIT_MAPFLOW_RESULT_H
#define OSMFLOW_UNIT_MAPFLOW_RESULT_H

#include <stdlib.h>

#include "../net/fake.h"
#include "base/bytes.h"
#include "base/number.h"
#include "mapflow/result_parts.h"
#include "unit.h"

#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define DATA(properties) "{\"type\":\"Feature\",\"geometry\":null,\"properties\":" properties "}"
#define AT(x, y, properties) \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[" x "," y "]},\"properties\":" properties "}"

/* Bytes that come in pieces; -1 in `cut`: whole. */
struct memory {
  const char *text;
  size_t size, piece;
  int reads;
};

static enum osmflow_status read_memory(void *self, int64_t offset, void *data, size_t size, size_t *taken,
                                       struct osmflow_error *error) {
  struct memory *memory = self;
  const size_t left = memory->size - (size_t)offset, most = size < memory->piece ? size : memory->piece;
  (void)error;
  *taken = most < left ? most : left;
  memcpy(data, memory->text + offset, *taken);
  memory->reads++;
  return OSMFLOW_OK;
}

static inline struct memory memory_of(const char *text) {
  return (struct memory){.text = text, .size = strlen(text), .piece = SIZE_MAX};
}

static inline struct osmflow_result_set *set_of(struct fake *fake, struct memory *memory,
                                                enum osmflow_result_look look) {
  const struct osmflow_result_given given = {.id = "p1", .source = {memory, read_memory}};
  struct osmflow_result_set *set = NULL;
  fake_init(fake);
  CU_ASSERT_FATAL(osmflow_result_set_new_given(&fake->environment, look, false, &given, 1, &set, NULL) == OSMFLOW_OK);
  return set;
}

static inline void add(struct osmflow_bytes *shown, const char *text) {
  CU_ASSERT(osmflow_bytes_add_string(shown, text, NULL) == OSMFLOW_OK);
}

/* "name:type name:type" */
static inline void show_columns(struct osmflow_bytes *shown, const struct osmflow_result_schema *schema) {
  static const char *const types[] = {"text", "json", "int", "int64", "real", "bool", "time", "date"};
  for (size_t i = 0; i < schema->column_count; i++) {
    add(shown, i > 0 ? " " : "");
    add(shown, schema->columns[i].name);
    add(shown, ":");
    add(shown, types[schema->columns[i].type]);
  }
}

static inline void show_one_value(struct osmflow_bytes *shown, const struct osmflow_value *value,
                                  enum osmflow_field_type type) {
  char number[OSMFLOW_NUMBER_SIZE] = "-";
  if (value->is_null) {
    add(shown, number);
  } else if (type == OSMFLOW_FIELD_STRING || type == OSMFLOW_FIELD_JSON) {
    CU_ASSERT(strlen(value->text.data) == value->text.size);
    add(shown, value->text.data);
  } else {
    if (type == OSMFLOW_FIELD_REAL)
      osmflow_format_real(number, value->real);
    else if (type == OSMFLOW_FIELD_DATETIME || type == OSMFLOW_FIELD_DATE)
      osmflow_format_time(number, value->integer);
    else
      osmflow_format_int(number, value->integer);
    number[type == OSMFLOW_FIELD_DATE ? 10 : sizeof number - 1] = '\0';
    add(shown, number);
    if (type == OSMFLOW_FIELD_DATETIME && value->real > 0)
      CU_ASSERT(osmflow_bytes_print(shown, NULL, "+%.6f", value->real) == OSMFLOW_OK);
  }
}

static inline void show_one_feature(struct osmflow_bytes *shown, const struct osmflow_result_schema *schema,
                                    const struct osmflow_result_feature *feature) {
  CU_ASSERT(osmflow_bytes_print(shown, NULL, "%lld/%u", (long long)feature->number, feature->kind) == OSMFLOW_OK);
  for (size_t i = 0; i < schema->column_count; i++) {
    add(shown, "|");
    show_one_value(shown, &feature->values[i], schema->columns[i].type);
  }
  add(shown, "\n");
}

/* Columns, a line feed, and a line for each feature. */
static inline enum osmflow_status show_set(struct osmflow_result_set *set,
                                           const struct osmflow_result_interest *interest, struct osmflow_bytes *shown,
                                           struct osmflow_error *error) {
  const struct osmflow_result_schema *schema = NULL;
  const struct osmflow_result_feature *feature = NULL;
  struct osmflow_result_reader *reader = NULL;
  osmflow_bytes_reset(shown);
  enum osmflow_status status = osmflow_result_set_schema(set, &schema, error);
  if (status == OSMFLOW_OK) {
    show_columns(shown, schema);
    add(shown, "\n");
    status = osmflow_result_reader_new(set, interest, &reader, error);
  }
  while (status == OSMFLOW_OK && (status = osmflow_result_reader_next(reader, &feature, error)) == OSMFLOW_OK &&
         feature)
    show_one_feature(shown, schema, feature);
  osmflow_result_reader_free(reader);
  return status;
}

#endif
