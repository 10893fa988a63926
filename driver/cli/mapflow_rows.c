/* Rows of mapflow/table.h for people (lines with tabs, or one value a line) and for programs (JSON). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/number.h"
#include "cli/mapflow.h"
#include "cli/show.h"

enum { TEXT_CEILING = 256 * 1024 * 1024, FLUSH_SIZE = 64 * 1024, NOT_THERE = -1 };

/* A call, its rows and how they look. */
struct table {
  struct osmflow_mapflow_call call;
  struct osmflow_mapflow_rows *rows;
  const struct osmflow_mapflow_schema *schema;
};

static void table_clear(struct table *table) {
  osmflow_mapflow_rows_free(table->rows);
  osmflow_mapflow_call_clear(&table->call);
}

static enum osmflow_status table_open(struct table *table, const struct osmflow_mapflow *mapflow, const char *call,
                                      const char *layer, const struct osmflow_mapflow_wish *wish,
                                      struct osmflow_error *error) {
  static const struct osmflow_mapflow_wish none = {.where = NULL};
  size_t index = 0;
  *table = (struct table){.rows = NULL};
  osmflow_mapflow_call_init(&table->call);
  enum osmflow_status status = osmflow_mapflow_call_parse(call, &table->call, error);
  if (status != OSMFLOW_OK)
    return status;
  const size_t count = osmflow_mapflow_schema_count(table->call.call_class);
  while (layer && index + 1 < count && strcmp(osmflow_mapflow_schema(table->call.call_class, index)->layer, layer) != 0)
    index++;
  if (count == 0)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s is no table", call);
  table->schema = osmflow_mapflow_schema(table->call.call_class, index);
  return osmflow_mapflow_rows_new(mapflow, &table->call, index, wish ? wish : &none, &table->rows, error);
}

static int find_column(const struct osmflow_mapflow_schema *schema, struct osmflow_text name) {
  int found = NOT_THERE;
  for (size_t i = 0; i < schema->column_count && found == NOT_THERE; i++)
    if (osmflow_text_is(name, schema->columns[i].name))
      found = (int)i;
  return found;
}

/* Numbers and times as they are written everywhere; texts of others cannot steer a terminal. */
static enum osmflow_status add_text(struct osmflow_bytes *bytes, enum osmflow_field_type type,
                                    const struct osmflow_value *value, struct osmflow_error *error) {
  char text[OSMFLOW_NUMBER_SIZE];
  switch (type) {
    case OSMFLOW_FIELD_INTEGER:
    case OSMFLOW_FIELD_INTEGER64:
      osmflow_format_int(text, value->integer);
      break;
    case OSMFLOW_FIELD_REAL:
      osmflow_format_real(text, value->real);
      break;
    case OSMFLOW_FIELD_BOOLEAN:
      snprintf(text, sizeof text, "%s", value->integer ? "yes" : "no");
      break;
    case OSMFLOW_FIELD_DATETIME:
    case OSMFLOW_FIELD_DATE:
      osmflow_format_time(text, value->integer);
      break;
    default:
      return osmflow_show_line(bytes, value->text, error);
  }
  return osmflow_bytes_add_string(bytes, text, error);
}

static enum osmflow_status add_json(struct osmflow_bytes *bytes, enum osmflow_field_type type,
                                    const struct osmflow_value *value, struct osmflow_error *error) {
  char text[OSMFLOW_NUMBER_SIZE];
  if (value->is_null)
    return osmflow_bytes_add_string(bytes, "null", error);
  if (type == OSMFLOW_FIELD_JSON)
    return osmflow_bytes_add_text(bytes, value->text, error);
  if (type == OSMFLOW_FIELD_STRING)
    return osmflow_bytes_add_json(bytes, value->text, error);
  if (type == OSMFLOW_FIELD_BOOLEAN)
    return osmflow_bytes_add_string(bytes, value->integer ? "true" : "false", error);
  if (type == OSMFLOW_FIELD_INTEGER || type == OSMFLOW_FIELD_INTEGER64 || type == OSMFLOW_FIELD_REAL)
    return add_text(bytes, type, value, error);
  osmflow_format_time(text, value->integer);
  return osmflow_bytes_print(bytes, error, "\"%s\"", text);
}

static enum osmflow_status add_geometry(struct osmflow_bytes *bytes, struct osmflow_text geometry,
                                        struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(bytes, ",\"geometry\":", error);
  if (status == OSMFLOW_OK && geometry.size == 0)
    return osmflow_bytes_add_string(bytes, "null", error);
  if (status == OSMFLOW_OK && geometry.data[0] == '{')
    return osmflow_bytes_add_text(bytes, geometry, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_json(bytes, geometry, error) : status;
}

static enum osmflow_status add_object(struct osmflow_bytes *bytes, const struct osmflow_mapflow_schema *schema,
                                      const struct osmflow_mapflow_row *row, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(bytes, "{", error);
  for (size_t i = 0; i < schema->column_count && status == OSMFLOW_OK; i++) {
    status = osmflow_bytes_print(bytes, error, "%s\"%s\":", i > 0 ? "," : "", schema->columns[i].name);
    if (status == OSMFLOW_OK)
      status = add_json(bytes, schema->columns[i].type, &row->values[i], error);
  }
  if (status == OSMFLOW_OK && schema->geometry != OSMFLOW_GEOMETRY_NONE)
    status = add_geometry(bytes, row->geometry, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(bytes, "}", error) : status;
}

/* All that is there, a line each. */
static enum osmflow_status add_lines(struct osmflow_bytes *bytes, const struct osmflow_mapflow_schema *schema,
                                     const struct osmflow_mapflow_row *row, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < schema->column_count && status == OSMFLOW_OK; i++) {
    if (row->values[i].is_null)
      continue;
    status = osmflow_bytes_print(bytes, error, "%s: ", schema->columns[i].name);
    if (status == OSMFLOW_OK)
      status = add_text(bytes, schema->columns[i].type, &row->values[i], error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(bytes, "\n", error);
  }
  return status;
}

static enum osmflow_status add_cells(struct osmflow_bytes *bytes, const struct osmflow_mapflow_schema *schema,
                                     const struct osmflow_mapflow_row *row, const char *columns,
                                     struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(columns), name;
  enum osmflow_status status = OSMFLOW_OK;
  bool is_first = true;
  while (status == OSMFLOW_OK && osmflow_text_next(&rest, ' ', &name)) {
    const int column = find_column(schema, name);
    if (!is_first)
      status = osmflow_bytes_add_string(bytes, "\t", error);
    is_first = false;
    if (status == OSMFLOW_OK && column != NOT_THERE && !row->values[column].is_null)
      status = add_text(bytes, schema->columns[column].type, &row->values[column], error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(bytes, "\n", error) : status;
}

static bool is_wanted(const struct osmflow_mapflow_view *view, const struct osmflow_mapflow_schema *schema,
                      const struct osmflow_mapflow_row *row) {
  const int column = view->only_column ? find_column(schema, osmflow_text(view->only_column)) : NOT_THERE;
  return !view->only_column || (column != NOT_THERE && !row->values[column].is_null &&
                                osmflow_text_is_ignoring_case(row->values[column].text, view->only_value));
}

static enum osmflow_status flush(struct osmflow_bytes *bytes, bool is_last, struct osmflow_error *error) {
  if (!is_last && bytes->size < FLUSH_SIZE)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_show(bytes, error);
  osmflow_bytes_reset(bytes);
  return status;
}

static enum osmflow_status put_row(struct osmflow_bytes *bytes, const struct osmflow_mapflow_view *view,
                                   const struct osmflow_mapflow_schema *schema, const struct osmflow_mapflow_row *row,
                                   bool is_first, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!is_first && (view->as_json || !view->columns))
    status = osmflow_bytes_add_string(bytes, view->as_json ? ",\n" : "\n", error);
  if (status != OSMFLOW_OK)
    return status;
  return view->as_json   ? add_object(bytes, schema, row, error)
         : view->columns ? add_cells(bytes, schema, row, view->columns, error)
                         : add_lines(bytes, schema, row, error);
}

static enum osmflow_status put_all(struct table *table, const struct osmflow_mapflow_view *view,
                                   struct osmflow_error *error) {
  const struct osmflow_mapflow_row *row = NULL;
  struct osmflow_bytes bytes;
  bool is_first = true, goes_on = true;
  int64_t count = 0;
  osmflow_bytes_init(&bytes, TEXT_CEILING);
  enum osmflow_status status =
      view->as_json && !view->is_single ? osmflow_bytes_add_string(&bytes, "[", error) : OSMFLOW_OK;
  while (status == OSMFLOW_OK && goes_on) {
    status = osmflow_mapflow_rows_next(table->rows, &row, error);
    goes_on = status == OSMFLOW_OK && row;
    if (goes_on && is_wanted(view, table->schema, row)) {
      status = put_row(&bytes, view, table->schema, row, is_first, error);
      is_first = false;
      goes_on = ++count != view->limit && !view->is_single;
    }
    if (status == OSMFLOW_OK)
      status = flush(&bytes, false, error);
  }
  if (status == OSMFLOW_OK && view->is_single && is_first)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "the server's answer is empty");
  if (status == OSMFLOW_OK && view->as_json)
    status = osmflow_bytes_add_string(&bytes, view->is_single ? "\n" : "]\n", error);
  if (status == OSMFLOW_OK)
    status = flush(&bytes, true, error);
  osmflow_bytes_clear(&bytes);
  return status;
}

enum osmflow_status osmflow_mapflow_put_rows(const struct osmflow_mapflow *mapflow, const char *call,
                                             const struct osmflow_mapflow_view *view, struct osmflow_error *error) {
  struct table table;
  enum osmflow_status status = table_open(&table, mapflow, call, view->layer, view->wish, error);
  if (status == OSMFLOW_OK)
    status = put_all(&table, view, error);
  table_clear(&table);
  return status;
}

enum osmflow_status osmflow_mapflow_peek(const struct osmflow_mapflow *mapflow, const char *call,
                                         const char *const *columns, char **values, size_t count,
                                         struct osmflow_error *error) {
  struct table table;
  const struct osmflow_mapflow_row *row = NULL;
  memset(values, 0, count * sizeof *values);
  enum osmflow_status status = table_open(&table, mapflow, call, NULL, NULL, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_rows_next(table.rows, &row, error);
  for (size_t i = 0; i < count && status == OSMFLOW_OK && row; i++) {
    const int column = columns[i] ? find_column(table.schema, osmflow_text(columns[i])) : NOT_THERE;
    struct osmflow_bytes text;
    osmflow_bytes_init(&text, TEXT_CEILING);
    if (column != NOT_THERE && !row->values[column].is_null)
      status = add_text(&text, table.schema->columns[column].type, &row->values[column], error);
    values[i] = osmflow_bytes_take(&text);
  }
  table_clear(&table);
  return status;
}
