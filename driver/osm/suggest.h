/* "Did you mean ...?": the nearest few of many offered texts. Owner: the caller; nothing is allocated. */
#ifndef OSMFLOW_OSM_SUGGEST_H
#define OSMFLOW_OSM_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { OSMFLOW_SUGGESTIONS = 3, OSMFLOW_SUGGESTION_SIZE = 96, OSMFLOW_SUGGESTION_LIST_SIZE = 400 };

struct osmflow_suggestions {
  struct osmflow_suggestion {
    char text[OSMFLOW_SUGGESTION_SIZE];
    size_t distance;
  } items[OSMFLOW_SUGGESTIONS]; /* nearest first */
  size_t count;
};

/* Keeps a text when it is among the nearest; equal texts are kept once. */
void osmflow_suggestions_offer(struct osmflow_suggestions *suggestions, struct osmflow_text text, size_t distance);
/* Offers each word of a blank-separated list whose edit distance to `name` is at most `most`. A '!' at a word's end is
 * no part of it. */
void osmflow_suggestions_offer_words(struct osmflow_suggestions *suggestions, const char *words,
                                     struct osmflow_text name, size_t most);
/* Writes: "a", "b" or "c" with the quotes. "" when there are none. */
void osmflow_suggestions_format(const struct osmflow_suggestions *suggestions,
                                char buffer[OSMFLOW_SUGGESTION_LIST_SIZE]);

#endif
