#include "base/number.h"
#include "osm/rules_private.h"

enum { MOST_COMPUTED = 1000 };

static bool is_blank(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

static bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

int64_t osmflow_rules_leading_integer(struct osmflow_text text) {
  size_t place = 0;
  while (place < text.size && is_blank(text.data[place]))
    place++;
  const bool negative = place < text.size && text.data[place] == '-';
  if (place < text.size && (text.data[place] == '-' || text.data[place] == '+'))
    place++;
  int64_t value = 0; /* negative all the way: that range is the larger one */
  for (; place < text.size && is_digit(text.data[place]); place++) {
    const int digit = text.data[place] - '0';
    if (value < (INT64_MIN + digit) / 10)
      return negative ? INT64_MIN : INT64_MAX;
    value = value * 10 - digit;
  }
  if (negative)
    return value;
  return value == INT64_MIN ? INT64_MAX : -value;
}

static size_t skip_digits(struct osmflow_text text, size_t place) {
  while (place < text.size && is_digit(text.data[place]))
    place++;
  return place;
}

double osmflow_rules_leading_real(struct osmflow_text text) {
  double value = 0;
  size_t begin = 0;
  while (begin < text.size && is_blank(text.data[begin]))
    begin++;
  if (begin < text.size && text.data[begin] == '+')
    begin++;
  size_t end = skip_digits(text, begin + (begin < text.size && text.data[begin] == '-'));
  if (end < text.size && text.data[end] == '.')
    end = skip_digits(text, end + 1);
  if (end < text.size && (text.data[end] == 'e' || text.data[end] == 'E')) {
    const size_t sign = end + 1;
    const size_t digits = sign + (sign < text.size && (text.data[sign] == '-' || text.data[sign] == '+'));
    const size_t after = skip_digits(text, digits);
    end = after > digits ? after : end;
  }
  const struct osmflow_text number = {text.data + begin, end - begin};
  return osmflow_parse_real(number, &value) ? value : 0;
}

int64_t osmflow_rules_clamp(int64_t value, enum osmflow_field_type type) {
  if (type == OSMFLOW_FIELD_INTEGER && value > INT32_MAX)
    return INT32_MAX;
  if (type == OSMFLOW_FIELD_INTEGER && value < INT32_MIN)
    return INT32_MIN;
  return value;
}

/* The formula of the compiled-in file, between its quotes: GDAL's own, which nearly every file has. */
static struct osmflow_text default_formula(void) {
  static const char start[] = "z_order_sql=\"";
  struct osmflow_text config = osmflow_rules_default_config(), line;
  while (osmflow_text_next(&config, '\n', &line))
    if (line.size > sizeof start && memcmp(line.data, start, sizeof start - 1) == 0) {
      line.data += sizeof start - 1;
      line.size -= sizeof start;
      return line;
    }
  return osmflow_text("");
}

static enum osmflow_status mark_z_order_keys(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                             struct osmflow_error *error) {
  static const char *const keys[] = {"highway", "bridge", "tunnel", "railway", "layer"};
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_rules_word *word;
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof keys / sizeof keys[0]; i++) {
    status = osmflow_rules_word(rules, osmflow_text(keys[i]), &word, error);
    if (status == OSMFLOW_OK)
      word->computes |= (uint8_t)(1U << kind);
  }
  return status;
}

enum osmflow_status osmflow_rules_add_computed(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                               struct osmflow_text name, enum osmflow_field_type type,
                                               struct osmflow_text sql, struct osmflow_error *error) {
  struct osmflow_rules_layer *layer = &rules->layers[kind];
  struct osmflow_rule_field field = {NULL, type, OSMFLOW_FROM_COMPUTED, NULL};
  struct osmflow_computed_rule rule = {0};
  if (osmflow_rules_find_field(layer, name) >= 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the computed column %.*s has the name of another column; choose another name",
                             OSMFLOW_TEXT_ARGUMENTS(name));
  if (layer->computed_count == MOST_COMPUTED)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a layer would get more than %d computed columns",
                             MOST_COMPUTED);
  enum osmflow_status status =
      osmflow_array_reserve((void **)&layer->computed, &layer->computed_capacity, layer->computed_count + 1,
                            sizeof *layer->computed, MOST_COMPUTED, error);
  rule.is_z_order = type == OSMFLOW_FIELD_INTEGER && osmflow_text_equal(sql, default_formula());
  if (status == OSMFLOW_OK)
    status = rule.is_z_order ? mark_z_order_keys(rules, kind, error)
                             : osmflow_rules_prepare_sql(rules, kind, &rule, sql, error);
  if (status == OSMFLOW_OK)
    status = osmflow_rules_keep(rules, name, &field.name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_rules_add_field(rules, kind, field, error);
  if (status == OSMFLOW_OK) {
    rule.field = layer->field_count - 1;
    layer->computed[layer->computed_count++] = rule;
  } else {
    osmflow_rules_clear_sql(&rule);
  }
  return status;
}

static int highway_order(struct osmflow_text highway) {
  static const struct {
    struct osmflow_text highway;
    int order;
  } orders[] = {
      {{"residential", 11}, 3}, {{"unclassified", 12}, 3}, {{"tertiary", 8}, 4},        {{"secondary", 9}, 6},
      {{"primary", 7}, 7},      {{"trunk", 5}, 8},         {{"motorway", 8}, 9},        {{"motorway_link", 13}, 9},
      {{"trunk_link", 10}, 8},  {{"primary_link", 12}, 7}, {{"secondary_link", 14}, 6}, {{"tertiary_link", 13}, 4},
      {{"minor", 5}, 3},        {{"road", 4}, 3}};
  for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
    if (osmflow_text_equal(highway, orders[i].highway))
      return orders[i].order;
  return 0;
}

static bool is_affirmed(struct osmflow_text value) {
  return osmflow_text_is(value, "yes") || osmflow_text_is(value, "true") || osmflow_text_is(value, "1");
}

/* Asked for every line of a map: no look-ups, no copies, keys told apart by their size first. */
static int64_t z_order(const struct osmflow_tag_view *tags, size_t count) {
  int64_t order = 0, layer = 0;
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_text key = tags[i].key, value = tags[i].value;
    if (key.size == 7 && memcmp(key.data, "highway", 7) == 0)
      order += highway_order(value);
    else if (key.size == 7 && memcmp(key.data, "railway", 7) == 0)
      order += 5;
    else if (key.size == 6 && memcmp(key.data, "bridge", 6) == 0)
      order += is_affirmed(value) ? 10 : 0;
    else if (key.size == 6 && memcmp(key.data, "tunnel", 6) == 0)
      order -= is_affirmed(value) ? 10 : 0;
    else if (key.size == 5 && memcmp(key.data, "layer", 5) == 0)
      layer = osmflow_rules_leading_integer(value);
  }
  return order + osmflow_rules_clamp(layer, OSMFLOW_FIELD_INTEGER) * 10;
}

enum osmflow_status osmflow_rules_compute(const struct osmflow_rules *rules, enum osmflow_layer_kind kind, size_t field,
                                          const struct osmflow_tag_view *tags, size_t count,
                                          struct osmflow_computed *value, struct osmflow_bytes *text,
                                          struct osmflow_error *error) {
  const struct osmflow_rules_layer *layer = &rules->layers[kind];
  for (size_t i = 0; i < layer->computed_count; i++) {
    const struct osmflow_computed_rule *rule = &layer->computed[i];
    if (rule->field != field)
      continue;
    *value = (struct osmflow_computed){.type = layer->fields[field].type};
    if (!rule->is_z_order)
      return osmflow_rules_run_sql(rules, rule, tags, count, value, text, error);
    value->integer = osmflow_rules_clamp(z_order(tags, count), OSMFLOW_FIELD_INTEGER);
    return OSMFLOW_OK;
  }
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "column %zu of the layer %s is not computed", field,
                           osmflow_layer_name(kind));
}
