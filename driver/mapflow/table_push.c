/* What is told to the server: the parameters of the call, and what of a wish it has members for. */
#include <stdio.h>

#include "base/filter.h"
#include "base/number.h"
#include "mapflow/call_parameter.h"
#include "mapflow/table_parts.h"

enum { TEXT_SIZE = OSMFLOW_FILTER_TEXT };

struct pushing {
  const struct osmflow_mapflow_table_class *table_class;
  const struct osmflow_mapflow_schema *schema;
  const struct osmflow_mapflow_call *call;
  const struct osmflow_mapflow_wish *wish;
  struct osmflow_bytes *body;
  bool is_searching;
};

static enum osmflow_status add_name(struct osmflow_bytes *body, const char *name, struct osmflow_error *error) {
  return osmflow_bytes_print(body, error, ",\"%s\":", name);
}

static enum osmflow_status add_string(struct osmflow_bytes *body, const char *name, struct osmflow_text text,
                                      struct osmflow_error *error) {
  const enum osmflow_status status = add_name(body, name, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_json(body, text, error) : status;
}

/* In capital or small letters, as the server's words are. */
static struct osmflow_text change_case(struct osmflow_text text, bool is_capital, char buffer[TEXT_SIZE]) {
  const size_t size = text.size < TEXT_SIZE ? text.size : TEXT_SIZE - 1;
  for (size_t i = 0; i < size; i++) {
    const char letter = text.data[i], base = is_capital ? 'a' : 'A', other = is_capital ? 'A' : 'a';
    buffer[i] = letter >= base && letter <= base + 25 ? (char)(letter - base + other) : letter;
  }
  return (struct osmflow_text){buffer, size};
}

/* OGR writes "2024/01/31 10:00:00". */
static bool read_time(struct osmflow_text text, int64_t *seconds) {
  char copy[TEXT_SIZE];
  if (text.size >= sizeof copy)
    return false;
  for (size_t i = 0; i < text.size; i++)
    copy[i] = text.data[i] == '/' ? '-' : text.data[i];
  return osmflow_parse_time((struct osmflow_text){copy, text.size}, seconds);
}

static enum osmflow_status add_list(const struct pushing *pushing, const char *name, struct osmflow_error *error) {
  bool is_first = true;
  enum osmflow_status status = add_name(pushing->body, name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(pushing->body, "[", 1, error);
  for (size_t i = 0; i < pushing->call->parameter_count; i++) {
    struct osmflow_text rest = osmflow_text(pushing->call->parameters[i].value), item;
    while (status == OSMFLOW_OK && strcmp(pushing->call->parameters[i].name, name) == 0 &&
           osmflow_text_next(&rest, ',', &item)) {
      if (!is_first)
        status = osmflow_bytes_add(pushing->body, ",", 1, error);
      is_first = false;
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_json(pushing->body, osmflow_text_trim(item), error);
    }
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(pushing->body, "]", 1, error) : status;
}

static enum osmflow_status add_time(struct osmflow_bytes *body, const char *name, int64_t seconds,
                                    struct osmflow_error *error) {
  char time[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(time, seconds);
  return add_string(body, name, osmflow_text(time), error);
}

/* One parameter of the call, as the kind of its value wants it. */
static enum osmflow_status add_parameter(const struct pushing *pushing, const char *name, const char *value,
                                         struct osmflow_error *error) {
  const struct osmflow_text text = osmflow_text_trim(osmflow_text(value));
  char buffer[TEXT_SIZE];
  int64_t seconds = 0;
  enum osmflow_status status = OSMFLOW_OK;
  switch (osmflow_mapflow_parameter_kind(name)) {
    case OSMFLOW_MAPFLOW_PARAMETER_WHOLE:
    case OSMFLOW_MAPFLOW_PARAMETER_NUMBER:
      status = add_name(pushing->body, name, error);
      return status == OSMFLOW_OK ? osmflow_bytes_add_text(pushing->body, text, error) : status;
    case OSMFLOW_MAPFLOW_PARAMETER_BOOLEAN:
      status = add_name(pushing->body, name, error);
      return status == OSMFLOW_OK ? osmflow_bytes_add_text(pushing->body, change_case(text, false, buffer), error)
                                  : status;
    case OSMFLOW_MAPFLOW_PARAMETER_CHOICE:
      return add_string(pushing->body, name, change_case(text, true, buffer), error);
    case OSMFLOW_MAPFLOW_PARAMETER_TIME:
      return osmflow_parse_time(text, &seconds) ? add_time(pushing->body, name, seconds, error) : OSMFLOW_OK;
    case OSMFLOW_MAPFLOW_PARAMETER_LIST:
      return add_list(pushing, name, error);
    default:
      return add_string(pushing->body, name, text, error);
  }
}

/* Paging and the area are asked for by those who page. */
static bool is_own(const char *name) {
  static const char *const names[] = {"limit", "offset", "page", "perPage", "type", "bbox", "aoi"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

static enum osmflow_status add_parameters(struct pushing *pushing, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < pushing->call->parameter_count; i++) {
    const struct osmflow_mapflow_parameter *parameter = &pushing->call->parameters[i];
    const bool is_search = strcmp(parameter->name, "filter") == 0 || strcmp(parameter->name, "terms") == 0;
    const char *name = is_search && pushing->table_class->search ? pushing->table_class->search : parameter->name;
    if (is_own(parameter->name) || osmflow_mapflow_call_parameter(pushing->call, parameter->name) != parameter->value)
      continue;
    pushing->is_searching = pushing->is_searching || strncmp(name, "sort", 4) != 0;
    status = add_parameter(pushing, name, parameter->value, error);
  }
  return status;
}

/* The longest part of a pattern that stands in every text that fits. */
static struct osmflow_text longest_part(struct osmflow_text pattern) {
  struct osmflow_text best = {pattern.data, 0};
  size_t start = 0;
  for (size_t i = 0; i <= pattern.size; i++)
    if (i == pattern.size || pattern.data[i] == '%' || pattern.data[i] == '_') {
      if (i - start > best.size)
        best = (struct osmflow_text){pattern.data + start, i - start};
      start = i + 1;
    }
  return best;
}

static bool fits(const struct osmflow_mapflow_push *push, const struct osmflow_condition *condition) {
  if (!osmflow_text_is_ignoring_case(osmflow_text(condition->column), push->column))
    return false;
  switch (push->kind) {
    case OSMFLOW_MAPFLOW_PUSH_EQUAL:
      return condition->comparison == OSMFLOW_EQUAL;
    case OSMFLOW_MAPFLOW_PUSH_LIKE:
      return condition->comparison == OSMFLOW_EQUAL || condition->comparison == OSMFLOW_LIKE;
    case OSMFLOW_MAPFLOW_PUSH_FROM:
      return condition->comparison == OSMFLOW_MORE || condition->comparison == OSMFLOW_MORE_EQUAL ||
             condition->comparison == OSMFLOW_EQUAL;
    case OSMFLOW_MAPFLOW_PUSH_TO:
      return condition->comparison == OSMFLOW_LESS || condition->comparison == OSMFLOW_LESS_EQUAL ||
             condition->comparison == OSMFLOW_EQUAL;
    case OSMFLOW_MAPFLOW_PUSH_SORT:
      break;
  }
  return false;
}

/* A limit is widened, never narrowed: times are cut to whole seconds. */
static enum osmflow_status add_limit(struct pushing *pushing, const struct osmflow_mapflow_push *push,
                                     const char *value, struct osmflow_error *error) {
  char shown[OSMFLOW_NUMBER_SIZE];
  int64_t seconds = 0;
  double number = 0;
  if (osmflow_mapflow_parameter_kind(push->parameter) == OSMFLOW_MAPFLOW_PARAMETER_TIME)
    return read_time(osmflow_text(value), &seconds)
               ? add_time(pushing->body, push->parameter, seconds + (push->kind == OSMFLOW_MAPFLOW_PUSH_TO), error)
               : OSMFLOW_OK;
  if (osmflow_mapflow_parameter_check(push->parameter, osmflow_text(value), NULL) != OSMFLOW_OK ||
      !osmflow_parse_real(osmflow_text(value), &number))
    return OSMFLOW_OK;
  osmflow_format_real(shown, number);
  const enum osmflow_status status = add_name(pushing->body, push->parameter, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(pushing->body, shown, error) : status;
}

static enum osmflow_status add_condition(struct pushing *pushing, const struct osmflow_mapflow_push *push,
                                         const struct osmflow_condition *condition, struct osmflow_error *error) {
  const struct osmflow_text value = osmflow_text(condition->value);
  const struct osmflow_text part = condition->comparison == OSMFLOW_LIKE ? longest_part(value) : value;
  enum osmflow_status status = OSMFLOW_OK;
  if (part.size == 0)
    return OSMFLOW_OK;
  pushing->is_searching = true;
  switch (push->kind) {
    case OSMFLOW_MAPFLOW_PUSH_LIKE:
      return add_string(pushing->body, push->parameter, part, error);
    case OSMFLOW_MAPFLOW_PUSH_EQUAL:
      if (pushing->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS)
        return osmflow_bytes_print(pushing->body, error, ",\"filter\":\"%s=%s\"", push->parameter, condition->value);
      status = add_name(pushing->body, push->parameter, error);
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add(pushing->body, "[", 1, error);
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_json(pushing->body, part, error);
      return status == OSMFLOW_OK ? osmflow_bytes_add(pushing->body, "]", 1, error) : status;
    default:
      return add_limit(pushing, push, condition->value, error);
  }
}

/* Letters and '_' alone: what may stand in an expression of the statistics. */
static bool is_word(const char *text) {
  return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") == strlen(text);
}

static bool is_free(const struct pushing *pushing, const char *member, const bool *used, size_t place) {
  const struct osmflow_mapflow_push *pushes = pushing->schema->pushes;
  bool free = !osmflow_mapflow_call_parameter(pushing->call, member) &&
              (!pushing->table_class->search || (!osmflow_mapflow_call_parameter(pushing->call, "terms") &&
                                                 !osmflow_mapflow_call_parameter(pushing->call, "filter")));
  for (size_t i = 0; free && i < pushing->schema->push_count; i++)
    free = !used[i] || i == place || strcmp(pushes[i].parameter, member) != 0;
  return free && !used[place];
}

static enum osmflow_status add_conditions(struct pushing *pushing, struct osmflow_error *error) {
  const struct osmflow_mapflow_schema *schema = pushing->schema;
  const bool is_stats = pushing->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS;
  struct osmflow_filter filter;
  bool used[32] = {false};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_filter_parse(pushing->wish->where, &filter);
  for (size_t i = 0; i < filter.count; i++)
    for (size_t j = 0; status == OSMFLOW_OK && j < schema->push_count && j < sizeof used; j++) {
      const char *member = is_stats ? "filter" : schema->pushes[j].parameter;
      if (!fits(&schema->pushes[j], &filter.conditions[i]) || !is_free(pushing, member, used, j) ||
          (is_stats && !is_word(filter.conditions[i].value)))
        continue;
      used[j] = true;
      status = add_condition(pushing, &schema->pushes[j], &filter.conditions[i], error);
    }
  return status;
}

static enum osmflow_status add_order(struct pushing *pushing, struct osmflow_error *error) {
  const bool is_stats = pushing->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS;
  const char *order = pushing->wish->order_by;
  if (!order || osmflow_mapflow_call_parameter(pushing->call, "sortBy") ||
      osmflow_mapflow_call_parameter(pushing->call, "sort"))
    return OSMFLOW_OK;
  for (size_t i = 0; i < pushing->schema->push_count; i++) {
    const struct osmflow_mapflow_push *push = &pushing->schema->pushes[i];
    if (push->kind != OSMFLOW_MAPFLOW_PUSH_SORT || !osmflow_text_is_ignoring_case(osmflow_text(order), push->column))
      continue;
    return is_stats ? osmflow_bytes_print(pushing->body, error, ",\"sort\":\"%s:%s\"", push->parameter,
                                          pushing->wish->is_descending ? "desc" : "asc")
                    : osmflow_bytes_print(pushing->body, error, ",\"sortBy\":\"%s\",\"sortOrder\":\"%s\"",
                                          push->parameter, pushing->wish->is_descending ? "DESC" : "ASC");
  }
  return OSMFLOW_OK;
}

/* The geometry of a GeoJSON text that stands for an area, checked. */
static enum osmflow_status add_geometry(struct osmflow_bytes *body, struct osmflow_text text,
                                        struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_parse(OSMFLOW_TREE_JSON, text, &tree, &top, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "aoi: ");
  const struct osmflow_tree_node *inner = osmflow_tree_child(top, "geometry");
  const struct osmflow_tree_node *geometry = inner ? inner : top;
  const struct osmflow_tree_node *type = osmflow_tree_child(geometry, "type");
  const struct osmflow_tree_node *corners = osmflow_tree_child(geometry, "coordinates");
  if (status == OSMFLOW_OK &&
      (!type || (!osmflow_text_is(type->text, "Polygon") && !osmflow_text_is(type->text, "MultiPolygon")) || !corners ||
       !corners->first))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "aoi: it must be a GeoJSON Polygon or MultiPolygon");
  if (status == OSMFLOW_OK)
    status = osmflow_tree_print_json(geometry, body, error);
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status add_box(struct osmflow_bytes *body, struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_bbox box;
  char west[OSMFLOW_NUMBER_SIZE], south[OSMFLOW_NUMBER_SIZE], east[OSMFLOW_NUMBER_SIZE], north[OSMFLOW_NUMBER_SIZE];
  const enum osmflow_status status = osmflow_bbox_parse(text, &box, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_format_degrees(west, box.min_lon);
  osmflow_format_degrees(south, box.min_lat);
  osmflow_format_degrees(east, box.max_lon);
  osmflow_format_degrees(north, box.max_lat);
  return osmflow_bytes_print(body, error,
                             "{\"type\":\"Polygon\",\"coordinates\":[[[%s,%s],[%s,%s],[%s,%s],[%s,%s],[%s,%s]]]}", west,
                             south, east, south, east, north, west, north, west, south);
}

static enum osmflow_status add_area(struct pushing *pushing, struct osmflow_error *error) {
  const char *box = osmflow_mapflow_call_parameter(pushing->call, "bbox");
  const char *area = osmflow_mapflow_call_parameter(pushing->call, "aoi");
  if (!pushing->schema->needs_area)
    return OSMFLOW_OK;
  area = area ? area : pushing->wish->area;
  if (!box && !area)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the catalog is searched within an area: add ?bbox=west,south,east,north or "
                             "?aoi=GEOJSON to catalog/meta, or use a spatial filter (ogr2ogr -spat)");
  const enum osmflow_status status = add_name(pushing->body, "aoi", error);
  if (status != OSMFLOW_OK)
    return status;
  return box ? add_box(pushing->body, osmflow_text(box), error)
             : add_geometry(pushing->body, osmflow_text(area), error);
}

enum osmflow_status osmflow_mapflow_wish_print(const struct osmflow_mapflow_table_class *table_class,
                                               const struct osmflow_mapflow_schema *schema,
                                               const struct osmflow_mapflow_call *call,
                                               const struct osmflow_mapflow_wish *wish, struct osmflow_bytes *body,
                                               bool *is_searching, struct osmflow_error *error) {
  struct pushing pushing = {table_class, schema, call, wish, body, false};
  enum osmflow_status status = add_area(&pushing, error);
  if (status == OSMFLOW_OK)
    status = add_parameters(&pushing, error);
  if (status == OSMFLOW_OK)
    status = add_conditions(&pushing, error);
  if (status == OSMFLOW_OK)
    status = add_order(&pushing, error);
  *is_searching = pushing.is_searching;
  return status;
}
