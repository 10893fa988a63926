#include "mapflow/tagging.h"

#include <stdlib.h>

#include "base/pool.h"

enum {
  MOST_TEXT = 1024 * 1024,
  MOST_ITEMS = 100000, /* sections, conditions, values, lines, parts: more than a text of that size can hold */
  MOST_KEYS = 200,
  MOST_PROPERTIES = 100,
  LONGEST_KEY = 255
};

const char osmflow_tagging_geometry[] = "@geometry";

static const char default_text[] = {
#include "mapflow-tags.inc"
    '\0'};

/* Pieces of a value: text, or a property to be put there. */
struct part {
  const char *text; /* NULL: the property */
  size_t size;
  uint32_t property;
};

struct tag_line {
  uint32_t key;
  size_t first_part, part_count; /* none: the tag is taken away */
};

struct condition {
  uint32_t property;
  size_t first_value, value_count; /* none: the property is there */
};

struct section {
  size_t first_condition, condition_count;
  size_t first_line, line_count;
};

struct list {
  void *items;
  size_t count, capacity;
};

struct osmflow_tagging {
  char *text; /* a copy, cut into pieces that end with a NUL */
  struct osmflow_pool keys, properties;
  struct list sections, conditions, values, lines, parts;
};

/* Items of `size` bytes each; the new one is zero. */
static enum osmflow_status add(struct list *list, size_t size, void **item, struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve(&list->items, &list->capacity, list->count + 1, size, MOST_ITEMS, error);
  if (status == OSMFLOW_OK) {
    *item = (char *)list->items + list->count++ * size;
    memset(*item, 0, size);
  }
  return status;
}

static enum osmflow_status add_name(struct osmflow_pool *pool, size_t most, const char *what, const char *name,
                                    uint32_t *number, struct osmflow_error *error) {
  if (!*name || strlen(name) > LONGEST_KEY)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name of a %s has 1 to %d bytes", what, LONGEST_KEY);
  const enum osmflow_status status = osmflow_pool_add(pool, osmflow_text(name), number, error);
  if (status == OSMFLOW_OK && pool->count > most)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "more than %zu different names of a %s", most, what);
  return status;
}

static enum osmflow_status add_property(struct osmflow_tagging *tagging, const char *name, uint32_t *number,
                                        struct osmflow_error *error) {
  return add_name(&tagging->properties, MOST_PROPERTIES, "property", name, number, error);
}

/* Cuts the blanks off both ends of a piece that may be written into. */
static char *trim(char *piece) {
  const struct osmflow_text text = osmflow_text_trim(osmflow_text(piece));
  char *begin = piece + (text.size > 0 ? (size_t)(text.data - piece) : strlen(piece));
  begin[text.size] = '\0';
  return begin;
}

/* Cuts the part before a separator off *rest; NULL at the end. */
static char *cut(char **rest, char separator) {
  char *piece = *rest;
  char *end = piece ? strchr(piece, separator) : NULL;
  if (end)
    *end = '\0';
  *rest = end ? end + 1 : NULL;
  return piece;
}

/* "class_id=101,102", "building_height". */
static enum osmflow_status read_condition(struct osmflow_tagging *tagging, char *text, struct section *section,
                                          struct osmflow_error *error) {
  struct condition *condition = NULL;
  char *values = text, *value;
  char *name = cut(&values, '=');
  uint32_t property = 0;
  enum osmflow_status status = add_property(tagging, name, &property, error);
  if (status == OSMFLOW_OK)
    status = add(&tagging->conditions, sizeof *condition, (void **)&condition, error);
  if (status != OSMFLOW_OK)
    return status;
  section->condition_count++;
  condition->property = property;
  condition->first_value = tagging->values.count;
  while (status == OSMFLOW_OK && (value = cut(&values, ','))) {
    const char **place = NULL;
    if (!*value)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the condition on %s has an empty value", name);
    status = add(&tagging->values, sizeof *place, (void **)&place, error);
    if (status == OSMFLOW_OK) {
      *place = value;
      condition->value_count++;
    }
  }
  return status;
}

/* "[object_type=building class_id=101]". */
static enum osmflow_status read_section(struct osmflow_tagging *tagging, char *line, struct osmflow_error *error) {
  struct section *section = NULL;
  const size_t size = strlen(line);
  if (line[size - 1] != ']')
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a section ends with ]");
  line[size - 1] = '\0';
  char *rest = trim(line + 1), *condition;
  if (!*rest)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a section needs a condition, or [*]");
  enum osmflow_status status = add(&tagging->sections, sizeof *section, (void **)&section, error);
  if (status != OSMFLOW_OK)
    return status;
  section->first_condition = tagging->conditions.count;
  section->first_line = tagging->lines.count;
  if (strcmp(rest, "*") == 0)
    return OSMFLOW_OK;
  while (status == OSMFLOW_OK && (condition = cut(&rest, ' ')))
    if (*trim(condition))
      status = read_condition(tagging, trim(condition), section, error);
  return status;
}

static enum osmflow_status add_part(struct osmflow_tagging *tagging, struct tag_line *line, const char *text,
                                    uint32_t property, struct osmflow_error *error) {
  struct part *part = NULL;
  if (text && !*text)
    return OSMFLOW_OK;
  const enum osmflow_status status = add(&tagging->parts, sizeof *part, (void **)&part, error);
  if (status == OSMFLOW_OK) {
    *part = (struct part){text, text ? strlen(text) : 0, property};
    line->part_count++;
  }
  return status;
}

/* "{building_height} m": text and properties by turns. */
static enum osmflow_status read_value(struct osmflow_tagging *tagging, char *value, struct tag_line *line,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && value) {
    uint32_t property = 0;
    char *text = cut(&value, '{');
    if (strchr(text, '}') || (value && !strchr(value, '}')))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a property in a value is written {name}");
    status = add_part(tagging, line, text, 0, error);
    if (status == OSMFLOW_OK && value)
      status = add_property(tagging, cut(&value, '}'), &property, error);
    else
      break;
    if (status == OSMFLOW_OK)
      status = add_part(tagging, line, NULL, property, error);
  }
  return status;
}

/* "building=yes". */
static enum osmflow_status read_tag(struct osmflow_tagging *tagging, char *text, struct osmflow_error *error) {
  struct section *sections = tagging->sections.items;
  struct tag_line *line = NULL;
  if (tagging->sections.count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "a tag before the first section, such as [object_type=roads]");
  char *value = text;
  char *key = trim(cut(&value, '='));
  if (!value)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "this is no section, no key=value and no # remark");
  enum osmflow_status status = add(&tagging->lines, sizeof *line, (void **)&line, error);
  if (status != OSMFLOW_OK)
    return status;
  line->first_part = tagging->parts.count;
  sections[tagging->sections.count - 1].line_count++;
  status = add_name(&tagging->keys, MOST_KEYS, "key", key, &line->key, error);
  return status == OSMFLOW_OK ? read_value(tagging, trim(value), line, error) : status;
}

static enum osmflow_status read_text(struct osmflow_tagging *tagging, const char *name, struct osmflow_error *error) {
  static const char byte_order_mark[] = "\xEF\xBB\xBF";
  char *rest = tagging->text, *line;
  size_t number = 0;
  enum osmflow_status status = OSMFLOW_OK;
  if (strncmp(rest, byte_order_mark, sizeof byte_order_mark - 1) == 0)
    rest += sizeof byte_order_mark - 1;
  while (status == OSMFLOW_OK && (line = cut(&rest, '\n'))) {
    number++;
    line = trim(line);
    if (*line == '[')
      status = read_section(tagging, line, error);
    else if (*line && *line != '#')
      status = read_tag(tagging, line, error);
  }
  if (status == OSMFLOW_BAD_ARGUMENT)
    osmflow_error_prefix(error, "%s, line %zu: ", name, number);
  else if (status == OSMFLOW_OK && tagging->lines.count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "%s: this is no mapping of classes to tags: it has no section with a tag", name);
  return status;
}

enum osmflow_status osmflow_tagging_new(const char *name, const char *text, struct osmflow_tagging **tagging,
                                        struct osmflow_error *error) {
  const size_t size = text ? strlen(text) : sizeof default_text - 1;
  *tagging = NULL;
  if (!text)
    name = "the built-in mapflow-tags.ini";
  if (size > MOST_TEXT || !osmflow_text_is_utf8((struct osmflow_text){text ? text : default_text, size}))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: this is no UTF-8 text of at most 1 MiB", name);
  struct osmflow_tagging *made = calloc(1, sizeof *made);
  if (made)
    made->text = strdup(text ? text : default_text);
  if (!made || !made->text) {
    free(made);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s", name);
  }
  osmflow_pool_init(&made->keys);
  osmflow_pool_init(&made->properties);
  const enum osmflow_status status = read_text(made, name, error);
  if (status == OSMFLOW_OK)
    *tagging = made;
  else
    osmflow_tagging_free(made);
  return status;
}

void osmflow_tagging_free(struct osmflow_tagging *tagging) {
  if (!tagging)
    return;
  osmflow_pool_clear(&tagging->keys);
  osmflow_pool_clear(&tagging->properties);
  free(tagging->sections.items);
  free(tagging->conditions.items);
  free(tagging->values.items);
  free(tagging->lines.items);
  free(tagging->parts.items);
  free(tagging->text);
  free(tagging);
}

size_t osmflow_tagging_key_count(const struct osmflow_tagging *tagging) {
  return tagging->keys.count;
}

const char *osmflow_tagging_key(const struct osmflow_tagging *tagging, size_t index) {
  return osmflow_pool_string(&tagging->keys, (uint32_t)index);
}

size_t osmflow_tagging_property_count(const struct osmflow_tagging *tagging) {
  return tagging->properties.count;
}

const char *osmflow_tagging_property(const struct osmflow_tagging *tagging, size_t index) {
  return osmflow_pool_string(&tagging->properties, (uint32_t)index);
}

static bool condition_holds(const struct osmflow_tagging *tagging, const struct condition *condition,
                            const struct osmflow_text *values) {
  const char *const *wanted = tagging->values.items;
  const struct osmflow_text value = values[condition->property];
  bool holds = condition->value_count == 0 && value.size > 0;
  for (size_t i = 0; !holds && value.data && i < condition->value_count; i++)
    holds = osmflow_text_is_ignoring_case(value, wanted[condition->first_value + i]);
  return holds;
}

static bool section_holds(const struct osmflow_tagging *tagging, const struct section *section,
                          const struct osmflow_text *values) {
  const struct condition *conditions = tagging->conditions.items;
  bool holds = true;
  for (size_t i = 0; holds && i < section->condition_count; i++)
    holds = condition_holds(tagging, &conditions[section->first_condition + i], values);
  return holds;
}

/* Whether each property of a line's value is there. */
static bool is_complete(const struct osmflow_tagging *tagging, const struct tag_line *line,
                        const struct osmflow_text *values) {
  const struct part *part = tagging->parts.items;
  bool complete = true;
  for (size_t i = line->first_part; complete && i < line->first_part + line->part_count; i++)
    complete = part[i].text || values[part[i].property].size > 0;
  return complete;
}

static void choose_lines(const struct osmflow_tagging *tagging, const struct section *section,
                         const struct osmflow_text *values, const struct tag_line **chosen) {
  const struct tag_line *line = (const struct tag_line *)tagging->lines.items + section->first_line;
  for (size_t i = 0; i < section->line_count; i++, line++)
    if (is_complete(tagging, line, values))
      chosen[line->key] = line;
}

static enum osmflow_status print_value(const struct osmflow_tagging *tagging, const struct tag_line *line,
                                       const struct osmflow_text *values, struct osmflow_bytes *memory,
                                       struct osmflow_error *error) {
  const struct part *part = tagging->parts.items;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = line->first_part; status == OSMFLOW_OK && i < line->first_part + line->part_count; i++)
    status = part[i].text ? osmflow_bytes_add(memory, part[i].text, part[i].size, error)
                          : osmflow_bytes_add_text(memory, values[part[i].property], error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(memory, "", 1, error) : status;
}

enum osmflow_status osmflow_tagging_apply(const struct osmflow_tagging *tagging, const struct osmflow_text *values,
                                          struct osmflow_text *tags, struct osmflow_bytes *memory,
                                          struct osmflow_error *error) {
  const struct section *sections = tagging->sections.items;
  const struct tag_line *chosen[MOST_KEYS] = {NULL};
  size_t begins[MOST_KEYS + 1] = {0};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < tagging->sections.count; i++)
    if (section_holds(tagging, &sections[i], values))
      choose_lines(tagging, &sections[i], values, chosen);
  osmflow_bytes_reset(memory);
  for (size_t key = 0; status == OSMFLOW_OK && key < tagging->keys.count; key++) {
    if (chosen[key] && chosen[key]->part_count > 0)
      status = print_value(tagging, chosen[key], values, memory, error);
    begins[key + 1] = memory->size;
  }
  /* The memory may have moved while it grew, so the pointers come last. */
  for (size_t key = 0; status == OSMFLOW_OK && key < tagging->keys.count; key++) {
    const size_t size = begins[key + 1] - begins[key];
    tags[key] = size > 0 ? (struct osmflow_text){memory->data + begins[key], size - 1} : (struct osmflow_text){NULL, 0};
  }
  return status;
}
