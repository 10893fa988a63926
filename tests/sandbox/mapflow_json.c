/* Reading members of requests with the real servers' words for what is wrong, and writing answers. */
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/number.h"
#include "mapflow.h"

struct json_object *mapflow_parse(const char *text) {
  enum json_tokener_error error;
  struct json_object *object = json_tokener_parse_verbose(text, &error);
  if (!object)
    sandbox_die(json_tokener_error_desc(error));
  return object;
}

struct json_object *mapflow_get(const struct json_object *object, const char *name) {
  struct json_object *value = NULL;
  if (json_object_is_type(object, json_type_object))
    json_object_object_get_ex(object, name, &value);
  return value;
}

const char *mapflow_text(const struct json_object *object, const char *name) {
  struct json_object *value = mapflow_get(object, name);
  return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static bool is_number(const struct json_object *value) {
  return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

double mapflow_real(const struct json_object *object, const char *name, double otherwise) {
  struct json_object *value = mapflow_get(object, name);
  return is_number(value) ? json_object_get_double(value) : otherwise;
}

void mapflow_set(struct json_object *object, const char *name, struct json_object *value) {
  if (json_object_object_add(object, name, value) != 0)
    sandbox_die("out of memory");
}

void mapflow_set_text(struct json_object *object, const char *name, const char *value) {
  mapflow_set(object, name, value ? json_object_new_string(value) : NULL);
}

void mapflow_set_int(struct json_object *object, const char *name, int64_t value) {
  mapflow_set(object, name, json_object_new_int64(value));
}

void mapflow_set_real(struct json_object *object, const char *name, double value) {
  mapflow_set(object, name, mapflow_new_real(value));
}

struct json_object *mapflow_new_real(double value) {
  char text[OSMFLOW_NUMBER_SIZE];
  if (fabs(value) < 1e15 && value == (double)(int64_t)value)
    return json_object_new_int64((int64_t)value);
  osmflow_format_real(text, value);
  return json_object_new_double_s(value, text);
}

struct json_object *mapflow_copy(struct json_object *object) {
  struct json_object *copy = NULL;
  if (object && json_object_deep_copy(object, &copy, NULL) != 0)
    sandbox_die("out of memory");
  return copy;
}

void mapflow_answer(struct mapflow_request *request, struct json_object *document) {
  size_t size;
  const char *text =
      json_object_to_json_string_length(document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
  osmflow_bytes_reset(&request->response->body);
  sandbox_append(request->response, text, size);
  json_object_put(document);
}

static const struct {
  enum json_type type;
  const char *name, *message, *code; /* the decoder's word, FastAPI's message and type */
} types[] = {
    {json_type_string, "string", "str type expected", "type_error.str"},
    {json_type_array, "array", "value is not a valid list", "type_error.list"},
    {json_type_object, "object", "value is not a valid dict", "type_error.dict"},
    {json_type_double, "number", "value is not a valid float", "type_error.float"},
    {json_type_boolean, "true or false", "value could not be parsed to a boolean", "type_error.bool"},
};

static void refuse_type(struct mapflow_request *request, const char *name, enum json_type type,
                        struct json_object *value) {
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (types[i].type == type && request->is_data)
      mapflow_refuse_field(request, "body", name, types[i].message, types[i].code);
    else if (types[i].type == type)
      mapflow_refuse_body(request, "Got value '%.80s' with wrong type, expecting %s at '%s'",
                          json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), types[i].name, name);
}

bool mapflow_take_type(struct mapflow_request *request, const char *name, enum json_type type,
                       struct json_object **value) {
  *value = mapflow_get(request->body, name);
  if (!*value || json_object_is_type(*value, type) || (type == json_type_double && is_number(*value)))
    return true;
  refuse_type(request, name, type, *value);
  return false;
}

bool mapflow_take_text(struct mapflow_request *request, const char *name, const char **value) {
  struct json_object *found;
  *value = NULL;
  if (!mapflow_take_type(request, name, json_type_string, &found))
    return false;
  *value = found ? json_object_get_string(found) : NULL;
  return true;
}

bool mapflow_need_text(struct mapflow_request *request, const char *name, const char **value) {
  if (!mapflow_take_text(request, name, value))
    return false;
  if (*value)
    return true;
  if (request->is_data)
    mapflow_refuse_field(request, "body", name, "field required", "value_error.missing");
  else
    mapflow_refuse_body(request, "Attempt to decode value on failed cursor at '%s'", name);
  return false;
}

bool mapflow_take_number(struct mapflow_request *request, const char *name, double *value) {
  struct json_object *found;
  if (!mapflow_take_type(request, name, json_type_double, &found))
    return false;
  if (found)
    *value = json_object_get_double(found);
  return true;
}

void mapflow_answer_page(struct mapflow_request *request, struct json_object *all, int64_t usual_limit) {
  double limit = (double)usual_limit, offset = 0;
  if (!mapflow_take_number(request, "limit", &limit) || !mapflow_take_number(request, "offset", &offset)) {
    json_object_put(all);
    return;
  }
  const size_t total = json_object_array_length(all);
  struct json_object *results = json_object_new_array(), *page = json_object_new_object();
  const size_t first = offset < (double)total ? (size_t)fmax(offset, 0) : total;
  for (size_t i = first; i < total && (double)i < offset + limit; i++)
    json_object_array_add(results, json_object_get(json_object_array_get_idx(all, i)));
  const size_t count = json_object_array_length(results);
  mapflow_set(page, "results", results);
  mapflow_set_int(page, "total", (int64_t)total);
  mapflow_set_int(page, "count", (int64_t)count);
  json_object_put(all);
  mapflow_answer(request, page);
}

struct sortable {
  struct json_object *item, *value;
  size_t place;
  bool descending;
};

static int compare(const void *left_item, const void *right_item) {
  const struct sortable *left = left_item, *right = right_item;
  int order = 0;
  if (is_number(left->value) && is_number(right->value)) {
    const double a = json_object_get_double(left->value), b = json_object_get_double(right->value);
    order = (a > b) - (a < b);
  } else if (left->value && right->value) {
    order = strcmp(json_object_get_string(left->value), json_object_get_string(right->value));
  } else {
    order = (left->value != NULL) - (right->value != NULL);
  }
  order = left->descending ? -order : order;
  return order ? order : (left->place > right->place) - (left->place < right->place);
}

/* `member` may lead into objects: "workflowDef.name". */
static struct json_object *member_of(struct json_object *item, const char *member) {
  struct osmflow_text rest = osmflow_text(member), part;
  while (item && osmflow_text_next(&rest, '.', &part)) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", OSMFLOW_TEXT_ARGUMENTS(part));
    item = mapflow_get(item, name);
  }
  return item;
}

void mapflow_sort(struct json_object *array, const char *member, bool descending) {
  const size_t count = json_object_array_length(array);
  if (count == 0)
    return;
  struct sortable *items = sandbox_reallocate(NULL, count * sizeof *items);
  for (size_t i = 0; i < count; i++) {
    struct json_object *item = json_object_array_get_idx(array, i);
    items[i] = (struct sortable){json_object_get(item), member_of(item, member), i, descending};
  }
  qsort(items, count, sizeof *items, compare);
  for (size_t i = 0; i < count; i++)
    json_object_array_put_idx(array, i, items[i].item);
  free(items);
}

bool mapflow_contains(const char *text, const char *part) {
  const size_t size = strlen(part);
  for (; strlen(text) >= size; text++)
    if (strncasecmp(text, part, size) == 0)
      return true;
  return false;
}
