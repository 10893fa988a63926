#include "osm/suggest.h"

#include "unit.h"

static void keeps_the_nearest_in_order(void) {
  static const struct {
    const char *text;
    size_t distance;
  } offers[] = {{"far", 9}, {"b", 2}, {"c", 2}, {"a", 1}, {"b", 2}, {"farther", 10}, {"", 3}};
  struct osmflow_suggestions suggestions = {0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE];
  osmflow_suggestions_format(&suggestions, list);
  UNIT_SAME(list, "", "none");
  for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++)
    osmflow_suggestions_offer(&suggestions, osmflow_text(offers[i].text), offers[i].distance);
  osmflow_suggestions_format(&suggestions, list);
  UNIT_SAME(list, "\"a\", \"b\" or \"c\"", "nearest first, equals in the order of their coming, none twice");
}

static void leaves_out_what_is_too_long(void) {
  struct osmflow_suggestions suggestions = {0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE], text[OSMFLOW_SUGGESTION_SIZE + 1];
  memset(text, 'x', OSMFLOW_SUGGESTION_SIZE);
  text[OSMFLOW_SUGGESTION_SIZE] = '\0';
  osmflow_suggestions_offer(&suggestions, osmflow_text(text), 0);
  CU_ASSERT_EQUAL(suggestions.count, 0);
  for (size_t i = 0; i < 3; i++) {
    text[0] = "abc"[i];
    osmflow_suggestions_offer(&suggestions, (struct osmflow_text){text, OSMFLOW_SUGGESTION_SIZE - 1}, 0);
  }
  osmflow_suggestions_format(&suggestions, list);
  CU_ASSERT_EQUAL(strlen(list), 3 * (size_t)(OSMFLOW_SUGGESTION_SIZE - 1) + strlen("\"\", \"\" or \"\""));
}

static void finds_words_by_their_distance(void) {
  struct osmflow_suggestions suggestions = {0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE];
  osmflow_suggestions_offer_words(&suggestions, "bbox! limit closed", osmflow_text("limt"), 2);
  osmflow_suggestions_format(&suggestions, list);
  UNIT_SAME(list, "\"limit\"", "one letter missing");
  suggestions = (struct osmflow_suggestions){0};
  osmflow_suggestions_offer_words(&suggestions, "bbox! limit closed", osmflow_text("box"), 1);
  osmflow_suggestions_format(&suggestions, list);
  UNIT_SAME(list, "\"bbox\"", "the mark is no part of the name");
}

OSMFLOW_UNIT_MAIN("osm/suggest", UNIT(keeps_the_nearest_in_order), UNIT(leaves_out_what_is_too_long),
                  UNIT(finds_words_by_their_distance))
