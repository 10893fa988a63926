/* Names of models, blocks, providers and projects as people write them: without emoji, in any case. */
#include <stdint.h>

#include "base/number.h"
#include "mapflow/run_parts.h"

enum { CASE_STEP = 0x20, CYRILLIC_STEP = 0x50, LIST_CEILING = 1500 };

/* Letters of the scripts that names of models come in; other letters keep their case. */
static uint32_t fold_case(uint32_t code) {
  const bool is_latin = (code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xDE && code != 0xD7);
  if (is_latin || (code >= 0x391 && code <= 0x3A9) || (code >= 0x410 && code <= 0x42F))
    return code + CASE_STEP;
  if (code >= 0x400 && code <= 0x40F)
    return code + CYRILLIC_STEP;
  return code >= 0x100 && code <= 0x137 && code % 2 == 0 ? code + 1 : code;
}

/* Letters and digits; punctuation, symbols, emoji and what only joins them do not tell names apart. */
static bool counts(uint32_t code) {
  static const struct {
    uint32_t first, last;
  } others[] = {{0x80, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},       {0x300, 0x36F},     {0x2000, 0x2BFF},
                {0x3000, 0x303F}, {0xFE00, 0xFE0F}, {0x1F000, 0x1FAFF}, {0xE0000, 0xE0FFF}, {0xFEFF, 0xFEFF}};
  if (code < 0x80)
    return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  bool counted = true;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    counted = counted && (code < others[i].first || code > others[i].last);
  return counted;
}

/* The next code point; bytes that are not UTF-8 count as themselves. */
static uint32_t decode(struct osmflow_text *rest) {
  const unsigned char *byte = (const unsigned char *)rest->data;
  const size_t size = byte[0] < 0xC0 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
  static const uint32_t masks[] = {0, 0xFF, 0x1F, 0x0F, 0x07};
  const size_t taken = size <= rest->size ? size : 1;
  uint32_t code = byte[0] & masks[taken];
  for (size_t i = 1; i < taken; i++)
    code = code << 6 | (byte[i] & 0x3F);
  *rest = (struct osmflow_text){rest->data + taken, rest->size - taken};
  return code;
}

/* The next character that counts; 0 at the end. */
static uint32_t next_letter(struct osmflow_text *rest) {
  while (rest->size > 0) {
    const uint32_t code = decode(rest);
    if (counts(code))
      return fold_case(code);
  }
  return 0;
}

bool osmflow_run_is_same_name(struct osmflow_text left, struct osmflow_text right) {
  uint32_t code = 1;
  size_t letters = 0;
  while (code != 0) {
    code = next_letter(&left);
    if (code != next_letter(&right))
      return false;
    letters += code != 0;
  }
  return letters > 0;
}

/* How well a row fits: 3 by id, 2 by its exact name, 1 nearly, 0 not. */
static int fit(const struct osmflow_tree_node *row, struct osmflow_text wish) {
  const struct osmflow_text id = osmflow_run_text(row, "id"), name = osmflow_run_text(row, "name");
  const struct osmflow_text shown = osmflow_run_text(row, "displayName");
  if (id.size > 0 && osmflow_text_equal(id, wish))
    return 3;
  if (osmflow_text_equal(name, wish) || (shown.size > 0 && osmflow_text_equal(shown, wish)))
    return 2;
  return osmflow_run_is_same_name(name, wish) || osmflow_run_is_same_name(shown, wish) ? 1 : 0;
}

static int best_fit(const struct osmflow_tree_node *list, struct osmflow_text wish) {
  int best = 0;
  for (const struct osmflow_tree_node *row = list ? list->first : NULL; row; row = row->next)
    best = fit(row, wish) > best ? fit(row, wish) : best;
  return best;
}

enum osmflow_run_match osmflow_run_find(const struct osmflow_tree_node *list, const char *wish,
                                        const struct osmflow_tree_node **found) {
  const struct osmflow_text text = osmflow_text_trim(osmflow_text(wish));
  const int best = best_fit(list, text);
  size_t count = 0;
  *found = NULL;
  for (const struct osmflow_tree_node *row = list && best > 0 ? list->first : NULL; row; row = row->next) {
    if (fit(row, text) == best) {
      *found = row;
      count++;
    }
  }
  return count == 0 ? OSMFLOW_RUN_NONE : count == 1 ? OSMFLOW_RUN_ONE : OSMFLOW_RUN_SEVERAL;
}

enum osmflow_status osmflow_run_list(const struct osmflow_tree_node *list, const char *wish, bool with_ids,
                                     struct osmflow_bytes *names, struct osmflow_error *error) {
  const struct osmflow_text text = osmflow_text_trim(osmflow_text(wish));
  const int best = wish ? best_fit(list, text) : 0;
  enum osmflow_status status = OSMFLOW_OK;
  size_t count = 0;
  for (const struct osmflow_tree_node *row = list ? list->first : NULL; row && status == OSMFLOW_OK; row = row->next) {
    const struct osmflow_text id = osmflow_run_text(row, "id"), name = osmflow_run_text(row, "name");
    if (names->size >= LIST_CEILING)
      return osmflow_bytes_add_string(names, ", ...", error);
    if (wish && fit(row, text) != best)
      continue;
    status = osmflow_bytes_print(names, error, "%s%.*s", count++ > 0 ? ", " : "", OSMFLOW_TEXT_ARGUMENTS(name));
    if (status == OSMFLOW_OK && with_ids)
      status = osmflow_bytes_print(names, error, " (%.*s)", OSMFLOW_TEXT_ARGUMENTS(id));
  }
  return status == OSMFLOW_OK && count == 0 ? osmflow_bytes_add_string(names, "none", error) : status;
}

struct osmflow_text osmflow_run_text(const struct osmflow_tree_node *node, const char *places) {
  enum { PATH_SIZE = 96 };
  struct osmflow_text rest = osmflow_text(places), place, found = {NULL, 0};
  while (!found.data && osmflow_text_next(&rest, '|', &place)) {
    char path[PATH_SIZE] = "";
    if (place.size < sizeof path)
      memcpy(path, place.data, place.size);
    const struct osmflow_tree_node *value = osmflow_tree_at(node, path);
    if (value && value->kind != OSMFLOW_TREE_NULL && !value->first)
      found = value->text;
  }
  return found;
}

bool osmflow_run_number(const struct osmflow_tree_node *node, const char *places, double *number) {
  return osmflow_parse_real(osmflow_text_trim(osmflow_run_text(node, places)), number);
}
