/* The sentences that show a collision. What servers and users wrote is cut and kept on one line. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "osm/merge_parts.h"
#include "osm/sequence.h"

enum { MOST_SHOWN = 20, MOST_CHARACTERS = 80, MOST_ITEMS = 5, VERSIONS_SIZE = 64 };

static enum osmflow_status add(struct osmflow_merge_work *work, const char *string, struct osmflow_error *error) {
  return osmflow_bytes_add_string(work->conflict, string, error);
}

/* Whether one more collision is shown. */
static bool is_shown(struct osmflow_merge_work *work) {
  return work->collisions++ < MOST_SHOWN;
}

/* Its first characters. */
static enum osmflow_status add_cut(struct osmflow_merge_work *work, struct osmflow_text text,
                                   struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  size_t characters = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++) {
    const unsigned char byte = (unsigned char)text.data[i];
    characters += (byte & 0xC0) != 0x80 ? 1 : 0;
    if (characters > MOST_CHARACTERS)
      return add(work, "...", error);
    status = osmflow_bytes_add(work->conflict, byte < ' ' || byte == 0x7F ? " " : &text.data[i], 1, error);
  }
  return status;
}

static enum osmflow_status add_value(struct osmflow_merge_work *work, const char *before,
                                     const struct osmflow_tag_view *tag, struct osmflow_error *error) {
  enum osmflow_status status = add(work, before, error);
  if (status == OSMFLOW_OK)
    status = add(work, tag ? "\"" : "nothing", error);
  if (status == OSMFLOW_OK && tag)
    status = add_cut(work, tag->value, error);
  return status == OSMFLOW_OK && tag ? add(work, "\"", error) : status;
}

enum osmflow_status osmflow_merge_show_tag(struct osmflow_merge_work *work, const struct osmflow_tag_view *was,
                                           const struct osmflow_tag_view *wrote, const struct osmflow_tag_view *has,
                                           struct osmflow_error *error) {
  if (!is_shown(work))
    return OSMFLOW_OK;
  enum osmflow_status status = add(work, "tag ", error);
  if (status == OSMFLOW_OK)
    status = add_cut(work, wrote ? wrote->key : has->key, error);
  if (status == OSMFLOW_OK && work->base)
    status = add_value(work, ": was ", was, error);
  if (status == OSMFLOW_OK)
    status = add_value(work, work->base ? ", you wrote " : ": you wrote ", wrote, error);
  if (status == OSMFLOW_OK)
    status = add_value(work, ", the server has ", has, error);
  return status == OSMFLOW_OK ? add(work, "\n", error) : status;
}

/* "47.1", not "47.1000000". */
static size_t format_short(char buffer[OSMFLOW_NUMBER_SIZE], int32_t value) {
  size_t length = osmflow_format_degrees(buffer, value);
  while (length > 2 && buffer[length - 1] == '0' && buffer[length - 2] != '.')
    buffer[--length] = '\0';
  return length;
}

static enum osmflow_status add_position(struct osmflow_merge_work *work, const char *before,
                                        const struct osmflow_draft *draft, struct osmflow_error *error) {
  char lat[OSMFLOW_NUMBER_SIZE], lon[OSMFLOW_NUMBER_SIZE];
  if (draft->lon == OSMFLOW_NO_POSITION || draft->lat == OSMFLOW_NO_POSITION)
    return osmflow_bytes_print(work->conflict, error, "%snothing", before);
  format_short(lat, draft->lat);
  format_short(lon, draft->lon);
  return osmflow_bytes_print(work->conflict, error, "%s%s %s", before, lat, lon);
}

enum osmflow_status osmflow_merge_show_position(struct osmflow_merge_work *work, struct osmflow_error *error) {
  if (!is_shown(work))
    return OSMFLOW_OK;
  enum osmflow_status status = add(work, "position: ", error);
  if (status == OSMFLOW_OK && work->base)
    status = add_position(work, "was ", work->base, error);
  if (status == OSMFLOW_OK)
    status = add_position(work, work->base ? ", you wrote " : "you wrote ", work->mine, error);
  if (status == OSMFLOW_OK)
    status = add_position(work, ", the server has ", work->theirs, error);
  return status == OSMFLOW_OK ? add(work, "\n", error) : status;
}

static enum osmflow_status add_item(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                    int64_t item, struct osmflow_error *error) {
  if (!lists->members)
    return osmflow_bytes_print(work->conflict, error, " %lld", (long long)item);
  const struct osmflow_draft_member *member = &lists->members[item];
  enum osmflow_status status = osmflow_bytes_print(work->conflict, error, " %s %lld",
                                                   osmflow_element_type_names[member->type], (long long)member->ref);
  if (status != OSMFLOW_OK || member->role.size == 0)
    return status;
  status = add(work, " \"", error);
  if (status == OSMFLOW_OK)
    status = add_cut(work, member->role, error);
  return status == OSMFLOW_OK ? add(work, "\"", error) : status;
}

/* " added 7 8": those of a list that are marked. */
static enum osmflow_status add_items(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                     const char *word, const struct osmflow_merge_list *list, const bool *is_kept,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  size_t found = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < list->count; i++) {
    if (is_kept[i])
      continue;
    if (found++ == 0)
      status = add(work, word, error);
    if (status == OSMFLOW_OK && found <= MOST_ITEMS)
      status = add_item(work, lists, list->items[i], error);
  }
  if (status == OSMFLOW_OK && found > MOST_ITEMS)
    status = osmflow_bytes_print(work->conflict, error, " and %zu more", found - MOST_ITEMS);
  return status;
}

/* "removed 5 added 7": what one side did to the list. */
static enum osmflow_status add_changes(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                       const char *who, const struct osmflow_merge_list *side,
                                       struct osmflow_error *error) {
  const struct osmflow_merge_list *base = &lists->base;
  size_t *match = calloc(side->count + 1, sizeof *match), length = 0;
  bool *is_kept = calloc(side->count + 1, sizeof *is_kept), *stays = calloc(base->count + 1, sizeof *stays);
  enum osmflow_status status =
      match && is_kept && stays
          ? osmflow_sequence_match(base->items, base->count, side->items, side->count, match, &length, error)
          : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to show what collides");
  if (status == OSMFLOW_OK) {
    for (size_t i = 0; i < side->count; i++)
      if (match[i] != OSMFLOW_SEQUENCE_NONE)
        is_kept[i] = stays[match[i]] = true;
    status = add(work, who, error);
  }
  if (status == OSMFLOW_OK)
    status = add_items(work, lists, " removed", base, stays, error);
  if (status == OSMFLOW_OK)
    status = add_items(work, lists, " added", side, is_kept, error);
  free(match);
  free(is_kept);
  free(stays);
  return status;
}

enum osmflow_status osmflow_merge_show_lists(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                             const char *what, struct osmflow_error *error) {
  const char *name = lists->members ? "members" : "nodes";
  if (!is_shown(work))
    return OSMFLOW_OK;
  if (!work->base)
    return osmflow_bytes_print(work->conflict, error,
                               "%s: you wrote a list of %zu, the server has another one of %zu\n", name,
                               lists->mine.count, lists->theirs.count);
  enum osmflow_status status = osmflow_bytes_print(work->conflict, error, "%s: %s (", name, what);
  if (status == OSMFLOW_OK)
    status = add_changes(work, lists, "you:", &lists->mine, error);
  if (status == OSMFLOW_OK)
    status = add_changes(work, lists, ", server:", &lists->theirs, error);
  return status == OSMFLOW_OK ? add(work, ")\n", error) : status;
}

enum osmflow_status osmflow_merge_show_deletion(struct osmflow_merge_work *work, struct osmflow_error *error) {
  const uint32_t before = work->base && work->base->version > 0 ? work->base->version : work->mine->version;
  char versions[VERSIONS_SIZE];
  work->collisions++;
  if (before > 0)
    snprintf(versions, sizeof versions, "(version %u -> %u)", before, work->theirs->version);
  else
    snprintf(versions, sizeof versions, "(version %u)", work->theirs->version);
  return osmflow_bytes_print(
      work->conflict, error,
      work->mine->visible ? "changed by you, deleted on the server %s\n" : "deleted by you, changed on the server %s\n",
      versions);
}

enum osmflow_status osmflow_merge_show_end(struct osmflow_merge_work *work, struct osmflow_error *error) {
  return work->collisions > MOST_SHOWN
             ? osmflow_bytes_print(work->conflict, error, "and %zu more collisions\n", work->collisions - MOST_SHOWN)
             : OSMFLOW_OK;
}
