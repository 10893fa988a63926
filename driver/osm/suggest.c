#include "osm/suggest.h"

#include <stdio.h>
#include <string.h>

void osmflow_suggestions_offer(struct osmflow_suggestions *suggestions, struct osmflow_text text, size_t distance) {
  if (text.size >= OSMFLOW_SUGGESTION_SIZE)
    return;
  size_t place = 0;
  for (size_t i = 0; i < suggestions->count; i++) {
    if (osmflow_text_is(text, suggestions->items[i].text))
      return;
    if (suggestions->items[i].distance <= distance)
      place = i + 1;
  }
  if (place >= OSMFLOW_SUGGESTIONS)
    return;
  if (suggestions->count < OSMFLOW_SUGGESTIONS)
    suggestions->count++;
  for (size_t i = suggestions->count - 1; i > place; i--)
    suggestions->items[i] = suggestions->items[i - 1];
  struct osmflow_suggestion *item = &suggestions->items[place];
  if (text.size > 0)
    memcpy(item->text, text.data, text.size);
  item->text[text.size] = '\0';
  item->distance = distance;
}

void osmflow_suggestions_offer_words(struct osmflow_suggestions *suggestions, const char *words,
                                     struct osmflow_text name, size_t most) {
  struct osmflow_text rest = osmflow_text(words), word;
  while (osmflow_text_next(&rest, ' ', &word)) {
    if (word.size > 0 && word.data[word.size - 1] == '!')
      word.size--;
    size_t distance = osmflow_text_distance(name, word);
    if (word.size > 0 && distance <= most)
      osmflow_suggestions_offer(suggestions, word, distance);
  }
}

void osmflow_suggestions_format(const struct osmflow_suggestions *suggestions,
                                char buffer[OSMFLOW_SUGGESTION_LIST_SIZE]) {
  size_t length = 0;
  buffer[0] = '\0';
  for (size_t i = 0; i < suggestions->count; i++) {
    const char *separator = i == 0 ? "" : i + 1 == suggestions->count ? " or " : ", ";
    int written = snprintf(buffer + length, OSMFLOW_SUGGESTION_LIST_SIZE - length, "%s\"%s\"", separator,
                           suggestions->items[i].text);
    if (written > 0)
      length += (size_t)written; /* the sizes in the header leave room for all of them */
  }
}
