/* One value out of a row's object. */
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "mapflow/secret.h"
#include "mapflow/table_parts.h"

enum { LONGEST_WORD = 128 };

static const struct osmflow_tree_node *take_step(const struct osmflow_tree_node *node, struct osmflow_text step) {
  int64_t index = 0;
  if (osmflow_text_is(step, ".."))
    return node->parent;
  const struct osmflow_tree_node *child = node->first;
  if (node->kind == OSMFLOW_TREE_ARRAY) {
    if (!osmflow_parse_int(step, 0, INT32_MAX, &index))
      return NULL;
    while (child && index-- > 0)
      child = child->next;
    return child;
  }
  while (child && !osmflow_text_equal(child->name, step))
    child = child->next;
  return child;
}

const struct osmflow_tree_node *osmflow_mapflow_find(const struct osmflow_tree_node *node, const char *places) {
  struct osmflow_text alternatives = osmflow_text(places), place, step;
  while (osmflow_text_next(&alternatives, '|', &place)) {
    const struct osmflow_tree_node *found = node;
    while (found && osmflow_text_next(&place, '/', &step))
      found = take_step(found, step);
    if (found && found->kind != OSMFLOW_TREE_NULL)
      return found;
  }
  return NULL;
}

/* "2026-02-10T10:30:00.781909Z": the part of a second, which osmflow_parse_time passes over. */
static double fraction_of(struct osmflow_text text) {
  const char *point = memchr(text.data, '.', text.size);
  double fraction = 0, unit = 0.1;
  if (!point)
    return 0;
  for (const char *digit = point + 1; digit < text.data + text.size && *digit >= '0' && *digit <= '9'; digit++) {
    fraction += unit * (*digit - '0');
    unit /= 10;
  }
  return fraction < 1 ? fraction : 0;
}

static bool set_boolean(struct osmflow_value *value, struct osmflow_text text) {
  static const char *const words[] = {"false", "true", "0", "1", "no", "yes"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (osmflow_text_is_ignoring_case(text, words[i])) {
      value->integer = (int64_t)(i % 2);
      return true;
    }
  return false;
}

/* Also "5.0" and "1e3", which are whole. */
static bool set_integer(struct osmflow_value *value, struct osmflow_text text, bool is_small) {
  const int64_t least = is_small ? INT32_MIN : INT64_MIN, most = is_small ? INT32_MAX : INT64_MAX;
  double real = 0;
  if (osmflow_parse_int(text, least, most, &value->integer))
    return true;
  if (!osmflow_parse_real(text, &real) || fabs(real) > (is_small ? 2147483647.0 : 9007199254740992.0) ||
      floor(real) != real)
    return false;
  value->integer = (int64_t)real;
  return true;
}

static bool set_scalar(struct osmflow_value *value, enum osmflow_field_type type, struct osmflow_text text) {
  text = osmflow_text_trim(text);
  switch (type) {
    case OSMFLOW_FIELD_INTEGER:
    case OSMFLOW_FIELD_INTEGER64:
      return set_integer(value, text, type == OSMFLOW_FIELD_INTEGER);
    case OSMFLOW_FIELD_REAL:
      return osmflow_parse_real(text, &value->real) && isfinite(value->real);
    case OSMFLOW_FIELD_BOOLEAN:
      return set_boolean(value, text);
    case OSMFLOW_FIELD_DATETIME:
    case OSMFLOW_FIELD_DATE:
      if (!osmflow_parse_time(text, &value->integer))
        return false;
      value->real = fraction_of(text);
      return true;
    case OSMFLOW_FIELD_STRING:
    case OSMFLOW_FIELD_JSON:
      break;
  }
  return false;
}

static bool is_text(enum osmflow_field_type type) {
  return type == OSMFLOW_FIELD_STRING || type == OSMFLOW_FIELD_JSON;
}

/* A text in the buffer may still move: its place is kept until all values are read. */
static enum osmflow_status end_made(struct osmflow_mapflow_cells *cells, struct osmflow_value *value, size_t start,
                                    struct osmflow_error *error) {
  *value =
      (struct osmflow_value){.is_null = false, .integer = (int64_t)start, .text = {NULL, cells->buffer.size - start}};
  return osmflow_bytes_add(&cells->buffer, "", 1, error);
}

static void place_made(struct osmflow_mapflow_cells *cells) {
  for (size_t i = 0; i < cells->schema->column_count; i++) {
    struct osmflow_value *value = &cells->values[i];
    if (is_text(cells->schema->columns[i].type) && !value->is_null && !value->text.data) {
      value->text.data = cells->buffer.data + value->integer;
      value->integer = 0;
    }
  }
}

static enum osmflow_status set_from_node(struct osmflow_mapflow_cells *cells, struct osmflow_value *value,
                                         enum osmflow_field_type type, const struct osmflow_tree_node *node,
                                         struct osmflow_error *error) {
  const bool is_tree = node->kind == OSMFLOW_TREE_OBJECT || node->kind == OSMFLOW_TREE_ARRAY;
  const size_t start = cells->buffer.size;
  if (type == OSMFLOW_FIELD_JSON || (type == OSMFLOW_FIELD_STRING && is_tree)) {
    const enum osmflow_status status = osmflow_mapflow_print_json(node, &cells->buffer, error);
    return status == OSMFLOW_OK ? end_made(cells, value, start, error) : status;
  }
  if (is_tree)
    return OSMFLOW_OK;
  if (type == OSMFLOW_FIELD_STRING)
    *value = (struct osmflow_value){.text = node->text};
  else
    value->is_null = !set_scalar(value, type, node->text);
  return OSMFLOW_OK;
}

/* One of the words of table_words.c; *value stays null when it has nothing to say. */
static enum osmflow_status set_from_word(struct osmflow_mapflow_cells *cells, struct osmflow_value *value,
                                         enum osmflow_field_type type, struct osmflow_text place,
                                         const struct osmflow_tree_node *node, struct osmflow_error *error) {
  char word[LONGEST_WORD] = "";
  const size_t start = cells->buffer.size;
  if (place.size < sizeof word) {
    memcpy(word, place.data, place.size);
    word[place.size] = '\0';
  }
  const enum osmflow_status status = osmflow_mapflow_word_print(word, node, &cells->buffer, error);
  if (status != OSMFLOW_OK || cells->buffer.size == start)
    return status;
  if (is_text(type))
    return end_made(cells, value, start, error);
  value->is_null =
      !set_scalar(value, type, (struct osmflow_text){cells->buffer.data + start, cells->buffer.size - start});
  return OSMFLOW_OK;
}

static enum osmflow_status read_value(struct osmflow_mapflow_cells *cells, size_t index,
                                      const struct osmflow_tree_node *node, struct osmflow_error *error) {
  const struct osmflow_mapflow_column *column = &cells->schema->columns[index];
  struct osmflow_text alternatives = osmflow_text(column->places), place;
  struct osmflow_value *value = &cells->values[index];
  enum osmflow_status status = OSMFLOW_OK;
  char path[LONGEST_WORD];
  *value = (struct osmflow_value){.is_null = true};
  while (status == OSMFLOW_OK && value->is_null && osmflow_text_next(&alternatives, '|', &place)) {
    if (place.size >= sizeof path)
      continue;
    memcpy(path, place.data, place.size);
    path[place.size] = '\0';
    const struct osmflow_tree_node *found = *path == ':' ? NULL : osmflow_mapflow_find(node, path);
    if (*path == ':')
      status = set_from_word(cells, value, column->type, place, node, error);
    else if (found)
      status = set_from_node(cells, value, column->type, found, error);
  }
  if (value->is_null)
    *value = (struct osmflow_value){.is_null = true};
  return status;
}

enum osmflow_status osmflow_mapflow_values_read(struct osmflow_mapflow_cells *cells,
                                                const struct osmflow_tree_node *node, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < cells->schema->column_count; i++)
    status = read_value(cells, i, node, error);
  place_made(cells);
  return status;
}
