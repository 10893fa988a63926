#include "base/bytes.h"
#include "osm/rules_private.h"

enum { MOST_CONFIG_BYTES = 1024 * 1024, MOST_COMPUTED = 100, NO_LAYER = -1 };

/* A computed column is declared, typed and given its SQL on different lines; it comes to life at the section's end. */
struct declaration {
  struct osmflow_text name, sql;
  enum osmflow_field_type type;
  size_t line; /* of the SQL */
};

struct reader {
  struct osmflow_rules *rules;
  const char *config_name;
  size_t line;
  int layer; /* enum osmflow_layer_kind or NO_LAYER */
  bool recognised;
  struct declaration computed[MOST_COMPUTED];
  size_t computed_count;
};

enum entry_place { ANYWHERE, IN_LAYER };

struct entry {
  const char *name;
  enum entry_place place;
  enum osmflow_status (*apply)(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                               struct osmflow_error *error);
  struct osmflow_rule_field field;
};

static enum osmflow_status locate(const struct reader *reader, size_t line, enum osmflow_status status,
                                  struct osmflow_error *error) {
  if (status == OSMFLOW_BAD_ARGUMENT)
    osmflow_error_prefix(error, "%s, line %zu: ", reader->config_name, line);
  return status;
}

static enum osmflow_status parse_switch(const struct entry *entry, struct osmflow_text value, bool *on,
                                        struct osmflow_error *error) {
  const bool yes = osmflow_text_is_ignoring_case(value, "yes");
  if (!yes && !osmflow_text_is_ignoring_case(value, "no"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is yes or no, not '%.*s'", entry->name,
                             OSMFLOW_TEXT_ARGUMENTS(value));
  *on = yes;
  return OSMFLOW_OK;
}

/* The next part of a comma-separated list that is not empty. */
static bool next_item(struct osmflow_text *rest, struct osmflow_text *item) {
  while (osmflow_text_next(rest, ',', item)) {
    *item = osmflow_text_trim(*item);
    if (item->size > 0)
      return true;
  }
  return false;
}

/* "highway=platform": whoever meets the key highway has to look at the value too. */
static enum osmflow_status mark_area_pair(struct osmflow_rules *rules, struct osmflow_text item,
                                          struct osmflow_error *error) {
  struct osmflow_text value = item, key;
  struct osmflow_rules_word *word;
  if (!osmflow_text_next(&value, '=', &key) || !value.data)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_rules_word(rules, key, &word, error);
  if (status == OSMFLOW_OK)
    word->begins_area_pair = true;
  return status;
}

static enum osmflow_status apply_areas(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                       struct osmflow_error *error) {
  (void)entry;
  struct osmflow_rules *rules = reader->rules;
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text item;
  while (status == OSMFLOW_OK && next_item(&value, &item)) {
    struct osmflow_rules_word *word;
    status = osmflow_rules_word(rules, item, &word, error);
    if (status == OSMFLOW_OK) {
      word->makes_area = true;
      if (item.size > rules->longest_area_word)
        rules->longest_area_word = item.size;
      status = mark_area_pair(rules, item, error);
    }
  }
  return status;
}

static enum osmflow_status apply_all_tags_everywhere(struct reader *reader, const struct entry *entry,
                                                     struct osmflow_text value, struct osmflow_error *error) {
  bool on = false;
  const enum osmflow_status status = parse_switch(entry, value, &on, error);
  for (size_t i = 0; on && i < reader->rules->pool.count; i++)
    reader->rules->words[i].uninteresting = false;
  return status;
}

static enum osmflow_status apply_all_nodes(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                           struct osmflow_error *error) {
  return parse_switch(entry, value, &reader->rules->reports_all_nodes, error);
}

static enum osmflow_status apply_all_ways(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                          struct osmflow_error *error) {
  return parse_switch(entry, value, &reader->rules->reports_all_ways, error);
}

static enum osmflow_status apply_laundering(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                            struct osmflow_error *error) {
  return parse_switch(entry, value, &reader->rules->launders, error);
}

static enum osmflow_status apply_tags_format(struct reader *reader, const struct entry *entry,
                                             struct osmflow_text value, struct osmflow_error *error) {
  const bool json = osmflow_text_is_ignoring_case(value, "json");
  if (!json && !osmflow_text_is_ignoring_case(value, "hstore"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is hstore or json, not '%.*s'", entry->name,
                             OSMFLOW_TEXT_ARGUMENTS(value));
  reader->rules->tags_format = json ? OSMFLOW_TAGS_JSON : OSMFLOW_TAGS_HSTORE;
  return OSMFLOW_OK;
}

static enum osmflow_status apply_other_tags(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                            struct osmflow_error *error) {
  return parse_switch(entry, value, &reader->rules->layers[reader->layer].has_other_tags, error);
}

static enum osmflow_status apply_all_tags(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                          struct osmflow_error *error) {
  return parse_switch(entry, value, &reader->rules->layers[reader->layer].has_all_tags, error);
}

static enum osmflow_status apply_field(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                       struct osmflow_error *error) {
  static const struct osmflow_rule_field way_id = {"osm_way_id", OSMFLOW_FIELD_STRING, OSMFLOW_FROM_WAY_ID, NULL};
  bool on = false;
  enum osmflow_status status = parse_switch(entry, value, &on, error);
  if (status == OSMFLOW_OK && on)
    status = osmflow_rules_add_field(reader->rules, reader->layer, entry->field, error);
  if (status == OSMFLOW_OK && on && entry->field.source == OSMFLOW_FROM_ID && reader->layer == OSMFLOW_MULTIPOLYGONS)
    status = osmflow_rules_add_field(reader->rules, reader->layer, way_id, error);
  return status;
}

static enum osmflow_status apply_attributes(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                            struct osmflow_error *error) {
  (void)entry;
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text item;
  while (status == OSMFLOW_OK && next_item(&value, &item))
    status = osmflow_rules_add_tag_field(reader->rules, reader->layer, item, reader->rules->launders, error);
  return status;
}

/* Marks the listed keys as without significance, or as ignored, in the section's layer. */
static enum osmflow_status mark_words(struct reader *reader, struct osmflow_text value, bool ignored,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_rules_word *word;
  struct osmflow_text item;
  while (status == OSMFLOW_OK && next_item(&value, &item)) {
    status = osmflow_rules_word(reader->rules, item, &word, error);
    if (status == OSMFLOW_OK)
      *(ignored ? &word->ignored : &word->insignificant) |= (uint8_t)(1U << reader->layer);
  }
  return status;
}

static enum osmflow_status apply_insignificant(struct reader *reader, const struct entry *entry,
                                               struct osmflow_text value, struct osmflow_error *error) {
  (void)entry;
  return mark_words(reader, value, false, error);
}

static enum osmflow_status apply_ignore(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                        struct osmflow_error *error) {
  (void)entry;
  return mark_words(reader, value, true, error);
}

static enum osmflow_status apply_computed(struct reader *reader, const struct entry *entry, struct osmflow_text value,
                                          struct osmflow_error *error) {
  struct osmflow_text item;
  reader->computed_count = 0;
  while (next_item(&value, &item)) {
    if (reader->computed_count == MOST_COMPUTED)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s lists more than %d columns", entry->name,
                               MOST_COMPUTED);
    if (!osmflow_text_is_utf8(item))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name of a computed column is not UTF-8 text");
    const struct declaration declaration = {item, {NULL, 0}, OSMFLOW_FIELD_STRING, 0};
    reader->computed[reader->computed_count++] = declaration;
  }
  return OSMFLOW_OK;
}

#define NO_FIELD \
  { NULL, OSMFLOW_FIELD_STRING, OSMFLOW_FROM_TAG, NULL }
static const struct entry entries[] = {
    {"closed_ways_are_polygons", ANYWHERE, apply_areas, NO_FIELD},
    {"report_all_tags", ANYWHERE, apply_all_tags_everywhere, NO_FIELD},
    {"report_all_nodes", ANYWHERE, apply_all_nodes, NO_FIELD},
    {"report_all_ways", ANYWHERE, apply_all_ways, NO_FIELD},
    {"attribute_name_laundering", ANYWHERE, apply_laundering, NO_FIELD},
    {"tags_format", ANYWHERE, apply_tags_format, NO_FIELD},
    {"other_tags", IN_LAYER, apply_other_tags, NO_FIELD},
    {"all_tags", IN_LAYER, apply_all_tags, NO_FIELD},
    {"osm_id", IN_LAYER, apply_field, {"osm_id", OSMFLOW_FIELD_STRING, OSMFLOW_FROM_ID, NULL}},
    {"osm_version", IN_LAYER, apply_field, {"osm_version", OSMFLOW_FIELD_INTEGER, OSMFLOW_FROM_VERSION, NULL}},
    {"osm_timestamp", IN_LAYER, apply_field, {"osm_timestamp", OSMFLOW_FIELD_DATETIME, OSMFLOW_FROM_TIMESTAMP, NULL}},
    {"osm_uid", IN_LAYER, apply_field, {"osm_uid", OSMFLOW_FIELD_INTEGER, OSMFLOW_FROM_UID, NULL}},
    {"osm_user", IN_LAYER, apply_field, {"osm_user", OSMFLOW_FIELD_STRING, OSMFLOW_FROM_USER, NULL}},
    {"osm_changeset", IN_LAYER, apply_field, {"osm_changeset", OSMFLOW_FIELD_INTEGER, OSMFLOW_FROM_CHANGESET, NULL}},
    {"attributes", IN_LAYER, apply_attributes, NO_FIELD},
    {"unsignificant", IN_LAYER, apply_insignificant, NO_FIELD},
    {"insignificant", IN_LAYER, apply_insignificant, NO_FIELD},
    {"ignore", IN_LAYER, apply_ignore, NO_FIELD},
    {"computed_attributes", IN_LAYER, apply_computed, NO_FIELD}};

static const struct entry *find_entry(struct osmflow_text name) {
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
    if (osmflow_text_is(name, entries[i].name))
      return &entries[i];
  return NULL;
}

static struct declaration *find_declaration(struct reader *reader, struct osmflow_text name) {
  for (size_t i = 0; i < reader->computed_count; i++)
    if (osmflow_text_equal(reader->computed[i].name, name))
      return &reader->computed[i];
  return NULL;
}

/* "foo_type=Integer": of a computed column of this section, else of a column by its shown name. */
static enum osmflow_status apply_type(struct reader *reader, struct osmflow_text column, struct osmflow_text value,
                                      struct osmflow_error *error) {
  static const struct {
    const char *name;
    enum osmflow_field_type type;
  } types[] = {{"Integer", OSMFLOW_FIELD_INTEGER},
               {"Integer64", OSMFLOW_FIELD_INTEGER64},
               {"Real", OSMFLOW_FIELD_REAL},
               {"String", OSMFLOW_FIELD_STRING},
               {"DateTime", OSMFLOW_FIELD_DATETIME}};
  struct osmflow_rules_layer *layer = &reader->rules->layers[reader->layer];
  struct declaration *declaration = find_declaration(reader, column);
  const int field = osmflow_rules_find_field(layer, column);
  if (!declaration && field < 0)
    return OSMFLOW_OK;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (osmflow_text_is_ignoring_case(value, types[i].name)) {
      if (declaration)
        declaration->type = types[i].type;
      else
        layer->fields[field].type = types[i].type;
      return OSMFLOW_OK;
    }
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "the type of %.*s is Integer, Integer64, Real, String or DateTime, not '%.*s'",
                           OSMFLOW_TEXT_ARGUMENTS(column), OSMFLOW_TEXT_ARGUMENTS(value));
}

static void apply_sql(struct reader *reader, struct osmflow_text column, struct osmflow_text value) {
  struct declaration *declaration = find_declaration(reader, column);
  if (!declaration)
    return;
  if (value.data[0] == '"') {
    value.data++;
    value.size--;
    if (value.size > 1 && value.data[value.size - 1] == '"')
      value.size--;
  }
  declaration->sql = value;
  declaration->line = reader->line;
}

static bool cut_suffix(struct osmflow_text *name, const char *suffix) {
  const size_t size = strlen(suffix);
  if (name->size < size || memcmp(name->data + name->size - size, suffix, size) != 0)
    return false;
  name->size -= size;
  return true;
}

static enum osmflow_status read_entry(struct reader *reader, struct osmflow_text line, struct osmflow_error *error) {
  struct osmflow_text value = line, name;
  if (!osmflow_text_next(&value, '=', &name))
    return OSMFLOW_OK;
  name = osmflow_text_trim(name);
  value = osmflow_text_trim(value);
  if (value.size == 0)
    return OSMFLOW_OK;
  const struct entry *entry = find_entry(name);
  if (entry)
    reader->recognised = true;
  if (entry && entry->place == ANYWHERE)
    return entry->apply(reader, entry, value, error);
  if (reader->layer == NO_LAYER)
    return OSMFLOW_OK;
  if (!entry && cut_suffix(&name, "_sql")) {
    apply_sql(reader, name, value);
    return OSMFLOW_OK;
  }
  if (memchr(value.data, '=', value.size))
    return OSMFLOW_OK; /* GDAL takes such a line for none of its own */
  if (entry)
    return entry->apply(reader, entry, value, error);
  return cut_suffix(&name, "_type") ? apply_type(reader, name, value, error) : OSMFLOW_OK;
}

static enum osmflow_status end_section(struct reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < reader->computed_count; i++) {
    const struct declaration *declaration = &reader->computed[i];
    if (declaration->sql.size > 0)
      status = locate(reader, declaration->line,
                      osmflow_rules_add_computed(reader->rules, reader->layer, declaration->name, declaration->type,
                                                 declaration->sql, error),
                      error);
  }
  reader->computed_count = 0;
  return status;
}

static enum osmflow_status begin_section(struct reader *reader, struct osmflow_text name, struct osmflow_error *error) {
  const enum osmflow_status status = end_section(reader, error);
  reader->layer = NO_LAYER;
  for (int kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++)
    if (osmflow_text_is(name, osmflow_layer_name(kind)))
      reader->layer = kind;
  if (reader->layer != NO_LAYER || osmflow_text_is(name, "general"))
    reader->recognised = true;
  return status;
}

static enum osmflow_status read_line(struct reader *reader, struct osmflow_text line, struct osmflow_error *error) {
  line = osmflow_text_trim(line);
  if (line.size == 0 || line.data[0] == '#')
    return OSMFLOW_OK;
  if (line.data[0] == '[' && line.data[line.size - 1] == ']') {
    const struct osmflow_text name = {line.data + 1, line.size - 2};
    return begin_section(reader, name, error);
  }
  return locate(reader, reader->line, read_entry(reader, line, error), error);
}

enum osmflow_status osmflow_rules_read_config(struct osmflow_rules *rules, struct osmflow_text config,
                                              const char *config_name, struct osmflow_error *error) {
  static const char byte_order_mark[] = "\xEF\xBB\xBF";
  struct reader reader = {.rules = rules, .config_name = config_name, .layer = NO_LAYER};
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text line;
  if (config.size > MOST_CONFIG_BYTES)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s, line 1: an osmconf.ini of %zu bytes; more than 1 MiB is not read", config_name,
                             config.size);
  if (config.size >= 3 && memcmp(config.data, byte_order_mark, 3) == 0) {
    config.data += 3;
    config.size -= 3;
  }
  while (status == OSMFLOW_OK && osmflow_text_next(&config, '\n', &line)) {
    reader.line++;
    if (line.size > 0 && memchr(line.data, '\0', line.size))
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s, line %zu: this is not a text file", config_name,
                                 reader.line);
    else
      status = read_line(&reader, line, error);
  }
  if (status == OSMFLOW_OK)
    status = end_section(&reader, error);
  if (status == OSMFLOW_OK && !reader.recognised)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "%s, line 1: this is not an osmconf.ini: it has none of the sections [points], [lines], "
                               "[multilinestrings], [multipolygons], [other_relations]",
                               config_name);
  return status;
}
