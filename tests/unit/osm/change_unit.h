/* What the tests of changes share: a change from a few words, and a change as text.
 *
 * Items: "+n-1 5 6 highway=gate|~w10 1,2 < 1,2,3|-r5 < w10:outer|!n3": create, modify, delete if unused, delete; nodes
 * with positions in 1e-7 degrees, ways with node ids, relations with members ("-": none), tags; after "<" what the base
 * was ("x": deleted). Without it the base is unknown. The version of what is not new is 3. */
#ifndef OSMFLOW_UNIT_CHANGE_H
#define OSMFLOW_UNIT_CHANGE_H

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"
#include "osm/change.h"
#include "osm/read.h"
#include "unit.h"

enum { CHANGE_UNIT_PARTS = 64, CHANGE_UNIT_TEXT = 1 << 24 };

static inline void change_unit_must(enum osmflow_status status) {
  if (status != OSMFLOW_OK) {
    fprintf(stderr, "\nthe test itself fails: %s\n", osmflow_status_name(status));
    abort();
  }
}

static inline int64_t change_unit_number(struct osmflow_text text) {
  int64_t number = 0;
  if (!osmflow_parse_int(osmflow_text_trim(text), INT64_MIN, INT64_MAX, &number))
    change_unit_must(OSMFLOW_BAD_ARGUMENT);
  return number;
}

static inline enum osmflow_element_type change_unit_type(char letter) {
  return letter == 'n' ? OSMFLOW_NODE : letter == 'w' ? OSMFLOW_WAY : OSMFLOW_RELATION;
}

/* A draft with room for its parts. */
struct change_unit_draft {
  struct osmflow_draft draft;
  struct osmflow_tag_view tags[CHANGE_UNIT_PARTS];
  int64_t refs[CHANGE_UNIT_PARTS];
  struct osmflow_draft_member members[CHANGE_UNIT_PARTS];
};

static inline void change_unit_parts(struct change_unit_draft *made, struct osmflow_text list) {
  struct osmflow_text part, ref;
  struct osmflow_draft *draft = &made->draft;
  while (!osmflow_text_is(list, "-") && osmflow_text_next(&list, ',', &part)) {
    if (draft->type == OSMFLOW_WAY) {
      made->refs[draft->ref_count++] = change_unit_number(part);
      continue;
    }
    const enum osmflow_element_type type = change_unit_type(part.data[0]);
    part = (struct osmflow_text){part.data + 1, part.size - 1};
    osmflow_text_next(&part, ':', &ref);
    if (!part.data)
      part = osmflow_text("");
    made->members[draft->member_count++] = (struct osmflow_draft_member){type, change_unit_number(ref), part};
  }
}

/* "5 6 k=v", "1,2 k=v", "x" or "". */
static inline void change_unit_content(struct change_unit_draft *made, struct osmflow_text words) {
  struct osmflow_text word;
  struct osmflow_draft *draft = &made->draft;
  draft->tags = made->tags;
  draft->refs = made->refs;
  draft->members = made->members;
  draft->lon = draft->lat = OSMFLOW_NO_POSITION;
  words = osmflow_text_trim(words);
  draft->visible = words.size > 0 && !osmflow_text_is(words, "x");
  if (!draft->visible || !osmflow_text_next(&words, ' ', &word))
    return;
  if (draft->type == OSMFLOW_NODE) {
    draft->lon = (int32_t)change_unit_number(word);
    osmflow_text_next(&words, ' ', &word);
    draft->lat = (int32_t)change_unit_number(word);
  } else {
    change_unit_parts(made, word);
  }
  while (osmflow_text_next(&words, ' ', &word)) {
    struct osmflow_tag_view *tag = &made->tags[draft->tag_count++];
    tag->value = word;
    osmflow_text_next(&tag->value, '=', &tag->key);
  }
}

static inline void change_unit_add(struct osmflow_change *change, struct osmflow_text line) {
  static const char actions[] = "+~-!";
  struct change_unit_draft draft = {0}, base = {0};
  struct osmflow_text id, before = line, now;
  const size_t action = (size_t)(strchr(actions, line.data[0]) - actions);
  osmflow_text_next(&before, '<', &now);
  draft.draft.type = change_unit_type(line.data[1]);
  now = (struct osmflow_text){now.data + 2, now.size - 2};
  osmflow_text_next(&now, ' ', &id);
  draft.draft.id = change_unit_number(id);
  draft.draft.version = action == 0 ? 0 : 3;
  base.draft = draft.draft;
  change_unit_content(&draft, now.data ? now : osmflow_text(""));
  if (before.data)
    change_unit_content(&base, before);
  change_unit_must(osmflow_change_add(change,
                                      action == 0   ? OSMFLOW_ACTION_CREATE
                                      : action == 1 ? OSMFLOW_ACTION_MODIFY
                                                    : OSMFLOW_ACTION_DELETE,
                                      action == 2, &draft.draft, before.data ? &base.draft : NULL, NULL));
}

/* Adds the items, in the order given. */
static inline void change_unit_add_all(struct osmflow_change *change, const char *items) {
  struct osmflow_text rest = osmflow_text(items), line;
  while (osmflow_text_next(&rest, '|', &line))
    if (osmflow_text_trim(line).size > 0)
      change_unit_add(change, osmflow_text_trim(line));
}

/* "+n-1 ~w10 -n3": what is done to what, in order; with `parts`, also to which nodes and members: "+w-1(-1,2)"; items
 * that are not pending are left out. */
static inline void change_unit_show(const struct osmflow_change *change, size_t first, size_t end, bool parts,
                                    struct osmflow_bytes *text) {
  static const char letters[] = "nwr";
  osmflow_bytes_reset(text);
  for (size_t i = first; i < end; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    const struct osmflow_draft *draft = item->draft;
    const char action = item->action == OSMFLOW_ACTION_CREATE   ? '+'
                        : item->action == OSMFLOW_ACTION_MODIFY ? '~'
                        : item->if_unused                       ? '-'
                                                                : '!';
    if (item->outcome != OSMFLOW_OUTCOME_PENDING)
      continue;
    change_unit_must(osmflow_bytes_print(text, NULL, "%s%c%c%" PRId64, text->size > 0 ? " " : "", action,
                                         letters[draft->type], draft->id));
    if (!parts)
      continue;
    change_unit_must(osmflow_bytes_print(text, NULL, "v%u(", draft->version));
    for (size_t k = 0; k < draft->ref_count; k++)
      change_unit_must(osmflow_bytes_print(text, NULL, "%s%" PRId64, k == 0 ? "" : ",", draft->refs[k]));
    for (size_t k = 0; k < draft->member_count; k++)
      change_unit_must(osmflow_bytes_print(text, NULL, "%s%c%" PRId64, k == 0 ? "" : ",",
                                           letters[draft->members[k].type], draft->members[k].ref));
    change_unit_must(osmflow_bytes_print(text, NULL, ")"));
  }
}

/* Reads an OSM document into a store that keeps versions. */
static inline enum osmflow_status change_unit_read(const char *document, size_t size, struct osmflow_store *store,
                                                   struct osmflow_error *error) {
  struct osmflow_reader *reader = NULL;
  osmflow_store_init(store, true);
  enum osmflow_status status = osmflow_reader_new(store, OSMFLOW_READ_XML, &reader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_feed(reader, document, size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_finish(reader, error);
  osmflow_reader_free(reader);
  return status == OSMFLOW_OK ? osmflow_store_finish(store, error) : status;
}

#endif
