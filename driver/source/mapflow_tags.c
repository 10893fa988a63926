#include "source/mapflow_tags.h"

#include <stdlib.h>

#include "base/number.h"
#include "mapflow/tagging.h"

enum { MEMORY_CEILING = 1 << 24 };

struct osmflow_mapflow_tags {
  struct osmflow_tagging *tagging;
  const struct osmflow_result_schema *schema;
  size_t key_count, property_count;
  size_t *columns;                      /* per property; SIZE_MAX: the result has none of that name */
  char (*numbers)[OSMFLOW_NUMBER_SIZE]; /* per property: room for a number as text */
  struct osmflow_text *values;          /* per property */
  struct osmflow_text *tags;            /* per key */
  struct osmflow_bytes memory, text;
};

static size_t find_column(const struct osmflow_result_schema *schema, const char *name) {
  size_t at = 0;
  while (at < schema->column_count && strcmp(schema->columns[at].name, name) != 0)
    at++;
  return at < schema->column_count ? at : SIZE_MAX;
}

static bool allocate(struct osmflow_mapflow_tags *self) {
  self->columns = calloc(self->property_count + 1, sizeof *self->columns);
  self->numbers = calloc(self->property_count + 1, sizeof *self->numbers);
  self->values = calloc(self->property_count + 1, sizeof *self->values);
  self->tags = calloc(self->key_count + 1, sizeof *self->tags);
  return self->columns && self->numbers && self->values && self->tags;
}

enum osmflow_status osmflow_mapflow_tags_new(const char *file, const char *text,
                                             const struct osmflow_result_schema *schema,
                                             struct osmflow_mapflow_tags **tags, struct osmflow_error *error) {
  struct osmflow_mapflow_tags *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for tags");
  osmflow_bytes_init(&self->memory, MEMORY_CEILING);
  osmflow_bytes_init(&self->text, MEMORY_CEILING);
  self->schema = schema;
  enum osmflow_status status =
      osmflow_tagging_new(file ? file : "the built-in tag mapping", text, &self->tagging, error);
  if (status == OSMFLOW_OK) {
    self->key_count = osmflow_tagging_key_count(self->tagging);
    self->property_count = osmflow_tagging_property_count(self->tagging);
    if (!allocate(self))
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for tags");
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < self->property_count; i++)
    self->columns[i] = find_column(schema, osmflow_tagging_property(self->tagging, i));
  if (status == OSMFLOW_OK)
    *tags = self;
  else
    osmflow_mapflow_tags_free(self);
  return status;
}

void osmflow_mapflow_tags_free(struct osmflow_mapflow_tags *tags) {
  if (tags) {
    osmflow_tagging_free(tags->tagging);
    osmflow_bytes_clear(&tags->memory);
    osmflow_bytes_clear(&tags->text);
    free(tags->columns);
    free(tags->numbers);
    free(tags->values);
    free(tags->tags);
    free(tags);
  }
}

void osmflow_mapflow_tags_define(const struct osmflow_mapflow_tags *tags, OGRFeatureDefnH definition) {
  for (size_t i = 0; i < tags->key_count; i++)
    osmflow_feature_definition_add(definition, osmflow_tagging_key(tags->tagging, i), OSMFLOW_FIELD_STRING);
}

void osmflow_mapflow_tags_want(const struct osmflow_mapflow_tags *tags, bool *wanted) {
  for (size_t i = 0; i < tags->schema->column_count; i++)
    wanted[i] = false;
  for (size_t i = 0; i < tags->property_count; i++)
    if (tags->columns[i] != SIZE_MAX)
      wanted[tags->columns[i]] = true;
}

static struct osmflow_text print_value(enum osmflow_field_type type, const struct osmflow_value *value,
                                       char number[OSMFLOW_NUMBER_SIZE]) {
  struct osmflow_text text = {number, 0};
  if (value->is_null)
    return (struct osmflow_text){NULL, 0};
  switch (type) {
    case OSMFLOW_FIELD_STRING:
    case OSMFLOW_FIELD_JSON:
      text = value->text;
      break;
    case OSMFLOW_FIELD_REAL:
      text.size = osmflow_format_real(number, value->real);
      break;
    case OSMFLOW_FIELD_BOOLEAN:
      text = osmflow_text(value->integer ? "true" : "false");
      break;
    case OSMFLOW_FIELD_DATETIME:
      text.size = osmflow_format_time(number, value->integer);
      break;
    case OSMFLOW_FIELD_DATE:
      text.size = strlen("2026-01-31");
      (void)osmflow_format_time(number, value->integer);
      break;
    case OSMFLOW_FIELD_INTEGER:
    case OSMFLOW_FIELD_INTEGER64:
    default:
      text.size = osmflow_format_int(number, value->integer);
      break;
  }
  return text;
}

enum osmflow_status osmflow_mapflow_tags_apply(struct osmflow_mapflow_tags *tags, const struct osmflow_value *values,
                                               bool *is_any, struct osmflow_error *error) {
  for (size_t i = 0; i < tags->property_count; i++) {
    const size_t column = tags->columns[i];
    tags->values[i] = column == SIZE_MAX
                          ? (struct osmflow_text){NULL, 0}
                          : print_value(tags->schema->columns[column].type, &values[column], tags->numbers[i]);
  }
  const enum osmflow_status status =
      osmflow_tagging_apply(tags->tagging, tags->values, tags->tags, &tags->memory, error);
  *is_any = false;
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->key_count; i++)
    *is_any = *is_any || tags->tags[i].data;
  return status;
}

enum osmflow_status osmflow_mapflow_tags_set(struct osmflow_mapflow_tags *tags, OGRFeatureH feature,
                                             struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->key_count; i++)
    if (tags->tags[i].data) {
      osmflow_bytes_reset(&tags->text);
      status = osmflow_bytes_add_text(&tags->text, tags->tags[i], error);
      if (status == OSMFLOW_OK)
        OGR_F_SetFieldString(feature, (int)i, osmflow_bytes_string(&tags->text));
    }
  return status;
}
