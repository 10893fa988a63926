#include "osm/table_rows.h"

#include <stdlib.h>

#include "base/bytes.h"

enum { MOST_ROWS = 20000000, MOST_VALUES = 200000000, MOST_POSITIONS = 100000000, MOST_TEXT = 1 << 30 };

void osmflow_table_init(struct osmflow_table *table) {
  *table = (struct osmflow_table){0};
}

void osmflow_table_clear(struct osmflow_table *table) {
  for (size_t i = 0; table->layers && i < table->layer_count; i++) {
    free(table->layers[i].rows);
    free(table->layers[i].values);
    free(table->layers[i].parts);
    free(table->layers[i].positions);
  }
  if (table->memory) {
    osmflow_pool_clear(&table->memory->texts);
    for (size_t i = 0; i < OSMFLOW_TABLE_LAYERS; i++)
      osmflow_idmap_clear(&table->memory->seen[i]);
  }
  free(table->memory);
  free(table->layers);
  osmflow_table_init(table);
}

enum osmflow_status osmflow_table_begin(struct osmflow_table *table, const struct osmflow_call_class *call_class,
                                        struct osmflow_error *error) {
  const size_t count = osmflow_table_schema_count(call_class);
  osmflow_table_clear(table);
  if (count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the answer to %s is not a table", call_class->name);
  table->layers = calloc(count, sizeof *table->layers);
  table->memory = calloc(1, sizeof *table->memory);
  if (!table->layers || !table->memory) {
    osmflow_table_clear(table);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a table");
  }
  table->layer_count = count;
  for (size_t i = 0; i < count; i++) {
    table->layers[i].schema = osmflow_table_schema(call_class, i);
    osmflow_idmap_init(&table->memory->seen[i]);
  }
  osmflow_pool_init(&table->memory->texts);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_table_add_row(struct osmflow_table_rows *rows, struct osmflow_error *error) {
  const size_t columns = rows->schema->column_count;
  enum osmflow_status status = osmflow_array_reserve((void **)&rows->rows, &rows->row_capacity, rows->row_count + 1,
                                                     sizeof *rows->rows, MOST_ROWS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&rows->values, &rows->value_capacity, rows->value_count + columns,
                                   sizeof *rows->values, MOST_VALUES, error);
  if (status != OSMFLOW_OK)
    return status;
  for (size_t i = 0; i < columns; i++)
    rows->values[rows->value_count + i] = (struct osmflow_value){.is_null = true, .text = {"", 0}};
  rows->rows[rows->row_count] = (struct osmflow_table_row){
      .fid = (int64_t)rows->row_count, .first_value = rows->value_count, .first_part = rows->part_count};
  rows->row_count++;
  rows->value_count += columns;
  return OSMFLOW_OK;
}

/* FNV-1a, in the 53 bits that every program keeps whole. */
int64_t osmflow_table_fid_of_key(struct osmflow_text key) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < key.size; i++)
    hash = (hash ^ (unsigned char)key.data[i]) * UINT64_C(1099511628211);
  return (int64_t)(hash & ((UINT64_C(1) << 53) - 1));
}

void osmflow_table_drop_row(struct osmflow_table_rows *rows) {
  const struct osmflow_table_row *row = &rows->rows[--rows->row_count];
  if (row->part_count > 0)
    rows->position_count = rows->parts[row->first_part].first;
  rows->value_count = row->first_value;
  rows->part_count = row->first_part;
}

enum osmflow_status osmflow_table_set_id(struct osmflow_table *table, size_t layer, int64_t id, bool *is_new,
                                         struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &table->layers[layer];
  struct osmflow_idmap *seen = &table->memory->seen[layer];
  if (id < 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the id %lld is below 0", rows->schema->layer, (long long)id);
  *is_new = osmflow_idmap_find(seen, id) == OSMFLOW_IDMAP_NONE;
  rows->rows[rows->row_count - 1].fid = id;
  return *is_new ? osmflow_idmap_set(seen, id, (uint32_t)(rows->row_count - 1), error) : OSMFLOW_OK;
}

struct osmflow_value *osmflow_table_value(const struct osmflow_table_rows *rows, size_t column) {
  return &rows->values[rows->rows[rows->row_count - 1].first_value + column];
}

void osmflow_table_set_integer(struct osmflow_table_rows *rows, size_t column, int64_t integer) {
  struct osmflow_value *value = osmflow_table_value(rows, column);
  value->is_null = false;
  value->integer = integer;
}

void osmflow_table_set_real(struct osmflow_table_rows *rows, size_t column, double real) {
  struct osmflow_value *value = osmflow_table_value(rows, column);
  value->is_null = false;
  value->real = real;
}

enum osmflow_status osmflow_table_set_text(struct osmflow_table *table, struct osmflow_table_rows *rows, size_t column,
                                           struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_pool *texts = &table->memory->texts;
  const size_t known = texts->count;
  uint32_t number = 0;
  if (text.size > MOST_TEXT - table->memory->text_size)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "%s: more than %d bytes of text", rows->schema->layer,
                             MOST_TEXT);
  const enum osmflow_status status = osmflow_pool_add(texts, text, &number, error);
  if (status == OSMFLOW_OK) {
    struct osmflow_value *value = osmflow_table_value(rows, column);
    value->is_null = false;
    value->text = osmflow_pool_text(texts, number);
    table->memory->text_size += texts->count > known ? text.size : 0;
  }
  return status;
}

enum osmflow_status osmflow_table_add_part(struct osmflow_table_rows *rows, struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&rows->parts, &rows->part_capacity, rows->part_count + 1, sizeof *rows->parts, MOST_POSITIONS, error);
  if (status == OSMFLOW_OK) {
    rows->parts[rows->part_count++] = (struct osmflow_table_part){rows->position_count, 0};
    rows->rows[rows->row_count - 1].part_count++;
  }
  return status;
}

enum osmflow_status osmflow_table_add_position(struct osmflow_table_rows *rows, struct osmflow_position position,
                                               struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&rows->positions, &rows->position_capacity, rows->position_count + 1,
                            sizeof *rows->positions, MOST_POSITIONS, error);
  if (status == OSMFLOW_OK) {
    rows->positions[rows->position_count++] = position;
    rows->parts[rows->part_count - 1].count++;
  }
  return status;
}

enum osmflow_status osmflow_table_set_point(struct osmflow_table_rows *rows, struct osmflow_position position,
                                            struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_table_add_part(rows, error);
  return status == OSMFLOW_OK ? osmflow_table_add_position(rows, position, error) : status;
}

size_t osmflow_table_column_number(const struct osmflow_table_schema *schema, const char *name) {
  size_t column = 0;
  while (strcmp(schema->columns[column].name, name) != 0)
    column++;
  return column;
}
