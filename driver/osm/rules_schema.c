#include "osm/rules_private.h"

/* A row of a table in a file or a program's form; more than this is a mistake. */
enum { MOST_FIELDS = 2000 };

enum osmflow_status osmflow_rules_keep(struct osmflow_rules *rules, struct osmflow_text text, const char **kept,
                                       struct osmflow_error *error) {
  struct osmflow_rules_word *word;
  const enum osmflow_status status = osmflow_rules_word(rules, text, &word, error);
  if (status == OSMFLOW_OK)
    *kept = osmflow_pool_string(&rules->pool, (uint32_t)(word - rules->words));
  return status;
}

int osmflow_rules_find_field(const struct osmflow_rules_layer *layer, struct osmflow_text name) {
  for (size_t i = 0; i < layer->field_count; i++)
    if (osmflow_text_is_ignoring_case(name, layer->fields[i].name))
      return (int)i;
  return -1;
}

static enum osmflow_status append_field(struct osmflow_rules_layer *layer, struct osmflow_rule_field field,
                                        struct osmflow_error *error) {
  if (layer->field_count >= MOST_FIELDS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a layer would get more than %d columns", MOST_FIELDS);
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&layer->fields, &layer->field_capacity, layer->field_count + 1,
                            sizeof *layer->fields, MOST_FIELDS, error);
  if (status == OSMFLOW_OK)
    layer->fields[layer->field_count++] = field;
  return status;
}

enum osmflow_status osmflow_rules_add_field(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                            struct osmflow_rule_field field, struct osmflow_error *error) {
  struct osmflow_rules_layer *layer = &rules->layers[kind];
  for (size_t i = 0; i < layer->field_count; i++)
    if (osmflow_text_is(osmflow_text(layer->fields[i].name), field.name)) {
      if (layer->fields[i].source == OSMFLOW_FROM_TAG)
        layer->fields[i] = field;
      return OSMFLOW_OK;
    }
  return append_field(layer, field, error);
}

static enum osmflow_status launder(struct osmflow_rules *rules, const char **name, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, strlen(*name) + 1);
  struct osmflow_text rest = osmflow_text(*name), part;
  for (bool first = true; status == OSMFLOW_OK && osmflow_text_next(&rest, ':', &part); first = false) {
    if (!first)
      status = osmflow_bytes_add_string(&bytes, "_", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(&bytes, part, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_rules_keep(rules, osmflow_bytes_view(&bytes), name, error);
  osmflow_bytes_clear(&bytes);
  return status;
}

enum osmflow_status osmflow_rules_add_tag_field(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                                struct osmflow_text key, bool launder_name,
                                                struct osmflow_error *error) {
  struct osmflow_rules_layer *layer = &rules->layers[kind];
  struct osmflow_rule_field field = {NULL, OSMFLOW_FIELD_STRING, OSMFLOW_FROM_TAG, NULL};
  for (size_t i = 0; i < layer->field_count; i++) {
    const struct osmflow_rule_field *old = &layer->fields[i];
    if (osmflow_text_is(key, old->key ? old->key : old->name))
      return OSMFLOW_OK;
  }
  if (!osmflow_text_is_utf8(key))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name of a key is not UTF-8 text");
  struct osmflow_rules_word *word;
  enum osmflow_status status = osmflow_rules_word(rules, key, &word, error);
  if (status == OSMFLOW_OK) {
    word->uninteresting = false; /* who names a key wants to see it */
    field.key = field.name = osmflow_pool_string(&rules->pool, (uint32_t)(word - rules->words));
  }
  if (status == OSMFLOW_OK && launder_name && strchr(field.key, ':'))
    status = launder(rules, &field.name, error);
  if (status == OSMFLOW_OK)
    status = append_field(layer, field, error);
  return status;
}

static enum osmflow_status add_tags_field(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                          struct osmflow_error *error) {
  struct osmflow_rules_layer *layer = &rules->layers[kind];
  const enum osmflow_field_type type =
      rules->tags_format == OSMFLOW_TAGS_JSON ? OSMFLOW_FIELD_JSON : OSMFLOW_FIELD_STRING;
  const struct osmflow_rule_field all = {"all_tags", type, OSMFLOW_FROM_ALL_TAGS, NULL};
  const struct osmflow_rule_field other = {"other_tags", type, OSMFLOW_FROM_OTHER_TAGS, NULL};
  if (layer->has_all_tags) {
    layer->has_other_tags = false;
    return osmflow_rules_add_field(rules, kind, all, error);
  }
  return layer->has_other_tags ? osmflow_rules_add_field(rules, kind, other, error) : OSMFLOW_OK;
}

static const struct osmflow_rule_field extended_fields[] = {
    {"osm_version", OSMFLOW_FIELD_INTEGER, OSMFLOW_FROM_VERSION, NULL},
    {"osm_timestamp", OSMFLOW_FIELD_DATETIME, OSMFLOW_FROM_TIMESTAMP, NULL},
    {"osm_uid", OSMFLOW_FIELD_INTEGER64, OSMFLOW_FROM_UID, NULL},
    {"osm_user", OSMFLOW_FIELD_STRING, OSMFLOW_FROM_USER, NULL},
    {"osm_changeset", OSMFLOW_FIELD_INTEGER64, OSMFLOW_FROM_CHANGESET, NULL},
    {"complete", OSMFLOW_FIELD_BOOLEAN, OSMFLOW_FROM_COMPLETE, NULL}};
enum { EXTENDED_FIELDS = sizeof extended_fields / sizeof extended_fields[0] };

static enum osmflow_status add_extended_fields(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                               struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < EXTENDED_FIELDS; i++)
    if (osmflow_rules_find_field(&rules->layers[kind], osmflow_text(extended_fields[i].name)) < 0)
      status = append_field(&rules->layers[kind], extended_fields[i], error);
  return status;
}

/* Whether a key of COLUMNS= names a column that is there, or comes, without it. */
static bool is_shown_anyway(const struct osmflow_rules_layer *layer, struct osmflow_text key, bool strict) {
  bool shown = false;
  for (size_t i = 0; !strict && i < EXTENDED_FIELDS; i++)
    shown = shown || osmflow_text_is(key, extended_fields[i].name);
  for (size_t i = 0; !shown && i < layer->field_count; i++)
    shown = osmflow_text_is(key, layer->fields[i].name);
  return shown;
}

static enum osmflow_status add_wanted_columns(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                              const struct osmflow_rules_options *options,
                                              struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text rest = osmflow_text(options->columns), key;
  while (status == OSMFLOW_OK && osmflow_text_next(&rest, ',', &key)) {
    key = osmflow_text_trim(key);
    if (key.size > 0 && !is_shown_anyway(&rules->layers[kind], key, options->strict))
      status = osmflow_rules_add_tag_field(rules, kind, key, false, error);
  }
  if (status == OSMFLOW_BAD_ARGUMENT)
    osmflow_error_prefix(error, "COLUMNS=: ");
  return status;
}

enum osmflow_status osmflow_rules_finish_schema(struct osmflow_rules *rules,
                                                const struct osmflow_rules_options *options,
                                                struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (int kind = 0; status == OSMFLOW_OK && kind < OSMFLOW_LAYER_KINDS; kind++) {
    status = add_tags_field(rules, kind, error);
    rules->layers[kind].file_field_count = rules->layers[kind].field_count;
    if (status == OSMFLOW_OK)
      status = add_wanted_columns(rules, kind, options, error);
    if (status == OSMFLOW_OK && !options->strict)
      status = add_extended_fields(rules, kind, error);
  }
  return status;
}
