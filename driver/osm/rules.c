#include "osm/rules.h"

#include <stdlib.h>

#include "osm/rules_private.h"

enum { MOST_WORDS = 4 * 1024 * 1024, MOST_AREA_WORD = 2048 };

static const char *const layer_names[OSMFLOW_LAYER_KINDS] = {"points", "lines", "multilinestrings", "multipolygons",
                                                             "other_relations"};

static const char *const uninteresting_keys[] = {"area", "created_by", "converted_by", "note",
                                                 "todo", "fixme",      "FIXME"};

static const unsigned char default_config[] = {
#include "osmconf.inc"
};

const char *osmflow_layer_name(enum osmflow_layer_kind kind) {
  return layer_names[kind];
}

struct osmflow_text osmflow_rules_default_config(void) {
  const struct osmflow_text text = {(const char *)default_config, sizeof default_config};
  return text;
}

enum osmflow_status osmflow_rules_word(struct osmflow_rules *rules, struct osmflow_text text,
                                       struct osmflow_rules_word **place, struct osmflow_error *error) {
  const size_t known = rules->pool.count;
  uint32_t number = 0;
  enum osmflow_status status = osmflow_array_reserve((void **)&rules->words, &rules->word_capacity, known + 1,
                                                     sizeof *rules->words, MOST_WORDS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_pool_add(&rules->pool, text, &number, error);
  if (status == OSMFLOW_OK) {
    if (rules->pool.count > known)
      rules->words[number] = (struct osmflow_rules_word){0};
    *place = &rules->words[number];
  }
  return status;
}

static enum osmflow_status mark_uninteresting(struct osmflow_rules *rules, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_rules_word *word;
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof uninteresting_keys / sizeof uninteresting_keys[0]; i++) {
    status = osmflow_rules_word(rules, osmflow_text(uninteresting_keys[i]), &word, error);
    if (status == OSMFLOW_OK)
      word->uninteresting = true;
  }
  return status;
}

enum osmflow_status osmflow_rules_new(const struct osmflow_rules_options *options, struct osmflow_rules **rules,
                                      struct osmflow_error *error) {
  const bool own = !options->config.data;
  const char *name = own ? "the built-in osmconf.ini" : options->config_name ? options->config_name : "osmconf.ini";
  struct osmflow_rules *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the rules of osmconf.ini");
  osmflow_pool_init(&made->pool);
  made->strict = options->strict;
  made->launders = true;
  made->tags_format = OSMFLOW_TAGS_HSTORE;
  for (int kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++)
    made->layers[kind].has_other_tags = true;

  enum osmflow_status status = mark_uninteresting(made, error);
  if (status == OSMFLOW_OK)
    status = osmflow_rules_read_config(made, own ? osmflow_rules_default_config() : options->config, name, error);
  if (status == OSMFLOW_OK && options->tags != OSMFLOW_TAGS_DEFAULT)
    made->tags_format = options->tags;
  if (status == OSMFLOW_OK)
    status = osmflow_rules_finish_schema(made, options, error);
  if (status == OSMFLOW_OK)
    *rules = made;
  else
    osmflow_rules_free(made);
  return status;
}

void osmflow_rules_free(struct osmflow_rules *rules) {
  if (!rules)
    return;
  for (int kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++) {
    struct osmflow_rules_layer *layer = &rules->layers[kind];
    for (size_t i = 0; i < layer->computed_count; i++)
      osmflow_rules_clear_sql(&layer->computed[i]);
    free(layer->computed);
    free(layer->fields);
  }
  osmflow_rules_close_sql(rules->sql);
  osmflow_pool_clear(&rules->pool);
  free(rules->words);
  free(rules);
}

size_t osmflow_rules_field_count(const struct osmflow_rules *rules, enum osmflow_layer_kind kind) {
  return rules->layers[kind].field_count;
}

const struct osmflow_rule_field *osmflow_rules_field(const struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                                     size_t index) {
  return &rules->layers[kind].fields[index];
}

enum osmflow_tags_format osmflow_rules_tags_format(const struct osmflow_rules *rules) {
  return rules->tags_format;
}

static struct osmflow_rules_word find_word(const struct osmflow_rules *rules, struct osmflow_text text) {
  const uint32_t number = text.size ? osmflow_pool_find(&rules->pool, text) : OSMFLOW_POOL_NONE;
  return number == OSMFLOW_POOL_NONE ? (struct osmflow_rules_word){0} : rules->words[number];
}

/* By itself, or by what stands before its first ':'. */
static bool is_ignored(const struct osmflow_rules *rules, struct osmflow_text key, uint8_t layer_bit) {
  const char *colon = key.size ? memchr(key.data, ':', key.size) : NULL;
  if (find_word(rules, key).ignored & layer_bit)
    return true;
  if (!colon)
    return false;
  const struct osmflow_text prefix = {key.data, (size_t)(colon - key.data) + 1};
  return (find_word(rules, prefix).ignored & layer_bit) != 0;
}

struct osmflow_key_rule osmflow_rules_key(const struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                          struct osmflow_text key) {
  const struct osmflow_rules_layer *layer = &rules->layers[kind];
  const uint8_t layer_bit = (uint8_t)(1U << kind);
  const struct osmflow_rules_word word = find_word(rules, key);
  const bool ignored = is_ignored(rules, key, layer_bit);
  struct osmflow_key_rule rule = {.field = -1};
  for (size_t i = 0; rule.field < 0 && i < layer->field_count; i++)
    if (layer->fields[i].key && osmflow_text_is(key, layer->fields[i].key))
      rule.field = (int)i;
  /* GDAL's own columns stay as GDAL fills them: in the strict schema a key of COLUMNS= is shown in both places. */
  const bool leaves = rule.field >= 0 && (!rules->strict || (size_t)rule.field < layer->file_field_count);
  rule.in_other_tags = layer->has_other_tags && !ignored && !leaves;
  rule.in_all_tags = layer->has_all_tags && !ignored;
  rule.significant = !(word.insignificant & layer_bit);
  rule.computes = (word.computes & layer_bit) != 0;
  return rule;
}

/* GDAL passes over keys that are longer than every entry of closed_ways_are_polygons, "area" too: a list that is
 * empty makes lines of all closed ways, and files rely on it. */
static bool is_area_key(const struct osmflow_rules *rules, struct osmflow_text key) {
  return rules->longest_area_word >= 4 && osmflow_text_is(key, "area");
}

static bool pair_makes_area(const struct osmflow_rules *rules, struct osmflow_text key, struct osmflow_text value) {
  char pair[MOST_AREA_WORD];
  const size_t size = key.size + 1 + value.size;
  if (size > rules->longest_area_word || size > sizeof pair)
    return false;
  memcpy(pair, key.data, key.size);
  pair[key.size] = '=';
  if (value.size > 0)
    memcpy(pair + key.size + 1, value.data, value.size);
  const struct osmflow_text text = {pair, size};
  return find_word(rules, text).makes_area;
}

bool osmflow_rules_is_area(const struct osmflow_rules *rules, const struct osmflow_tag_view *tags, size_t count) {
  bool area = false;
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_text key = tags[i].key, value = tags[i].value;
    if (key.size == 0 || key.size > rules->longest_area_word)
      continue;
    if (is_area_key(rules, key) && (osmflow_text_is(value, "yes") || osmflow_text_is(value, "no")))
      return value.size == 3;
    if (area)
      continue;
    const struct osmflow_rules_word word = find_word(rules, key);
    area = word.makes_area || (word.begins_area_pair && pair_makes_area(rules, key, value));
  }
  return area;
}

bool osmflow_rules_key_matters_for_area(const struct osmflow_rules *rules, struct osmflow_text key) {
  const struct osmflow_rules_word word = find_word(rules, key);
  return word.makes_area || word.begins_area_pair || is_area_key(rules, key);
}

bool osmflow_rules_key_is_uninteresting(const struct osmflow_rules *rules, struct osmflow_text key) {
  return find_word(rules, key).uninteresting;
}

enum osmflow_layer_kind osmflow_rules_relation_layer(const struct osmflow_rules *rules, struct osmflow_text type) {
  (void)rules;
  static const struct {
    const char *type;
    enum osmflow_layer_kind kind;
  } kinds[] = {{"multipolygon", OSMFLOW_MULTIPOLYGONS},
               {"boundary", OSMFLOW_MULTIPOLYGONS},
               {"multilinestring", OSMFLOW_MULTILINESTRINGS},
               {"route", OSMFLOW_MULTILINESTRINGS}};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (osmflow_text_is(type, kinds[i].type))
      return kinds[i].kind;
  return OSMFLOW_OTHER_RELATIONS;
}

bool osmflow_rules_report_all_nodes(const struct osmflow_rules *rules) {
  return rules->reports_all_nodes;
}

bool osmflow_rules_report_all_ways(const struct osmflow_rules *rules) {
  return rules->reports_all_ways;
}
