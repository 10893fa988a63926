/* Any bytes as osmconf.ini: a clear error, or rules that answer every question. The first byte chooses the schema. */
#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "osm/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT(literal) \
  { literal, sizeof literal - 1 }
static const struct osmflow_tag_view tags[] = {{TEXT("highway"), TEXT("platform")},
                                               {TEXT("layer"), TEXT(" -12;3")},
                                               {TEXT("addr:street"), TEXT("O'Neil \"\\")},
                                               {TEXT("a"), TEXT("1e5")},
                                               {TEXT("area"), TEXT("no")}};
enum { TAGS = sizeof tags / sizeof tags[0] };

static void ask(const struct osmflow_rules *rules, enum osmflow_layer_kind kind, struct osmflow_bytes *text) {
  struct osmflow_error error;
  const size_t count = osmflow_rules_field_count(rules, kind);
  for (size_t i = 0; i < TAGS; i++) {
    const struct osmflow_key_rule rule = osmflow_rules_key(rules, kind, tags[i].key);
    if (rule.field >= (int)count || (rule.field >= 0 && !osmflow_rules_field(rules, kind, (size_t)rule.field)->key))
      abort();
  }
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_rule_field *field = osmflow_rules_field(rules, kind, i);
    struct osmflow_computed value;
    if (!osmflow_text_is_utf8(osmflow_text(field->name)))
      abort();
    osmflow_bytes_reset(text);
    if (field->source == OSMFLOW_FROM_COMPUTED &&
        osmflow_rules_compute(rules, kind, i, tags, TAGS, &value, text, &error) == OSMFLOW_BAD_ARGUMENT)
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const struct osmflow_rules_options options = {.config = {(const char *)data + 1, size - 1},
                                                .config_name = "fuzz.ini",
                                                .strict = data[0] & 1,
                                                .columns = data[0] & 2 ? "addr:street,osm_id,a,complete" : NULL,
                                                .tags = data[0] % 3};
  struct osmflow_rules *rules = NULL;
  struct osmflow_error error = {0};
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 2 * 1024 * 1024);
  const enum osmflow_status status = osmflow_rules_new(&options, &rules, &error);
  if (status != OSMFLOW_OK && (status != OSMFLOW_BAD_ARGUMENT || !error.message[0]))
    abort();
  for (int kind = 0; rules && kind < OSMFLOW_LAYER_KINDS; kind++)
    ask(rules, kind, &text);
  if (rules && osmflow_rules_key_matters_for_area(rules, tags[TAGS - 1].key) &&
      osmflow_rules_is_area(rules, tags, TAGS))
    abort(); /* in spite of area=no */
  osmflow_rules_free(rules);
  osmflow_bytes_clear(&text);
  return 0;
}
