#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "osm/edit_parts.h"

/* Far more than any element has nodes or members. */
enum { MOST_IDS = 10000000 };
/* A message names these users of an element and counts the rest. */
enum { NAMED_USERS = 3, MOST_NAME = 60, MOST_NAMES = 2000 };

void osmflow_edit_ids_clear(struct osmflow_edit_ids *ids) {
  free(ids->items);
  *ids = (struct osmflow_edit_ids){0};
}

enum osmflow_status osmflow_edit_ids_add(struct osmflow_edit_ids *ids, int64_t id, struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&ids->items, &ids->capacity, ids->count + 1, sizeof *ids->items, MOST_IDS, error);
  if (status == OSMFLOW_OK)
    ids->items[ids->count++] = id;
  return status;
}

enum osmflow_status osmflow_edit_find(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                      int64_t id, const struct osmflow_draft **found, struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_drafts_get(options->drafts, type, id, found, error);
  if (status == OSMFLOW_OK && !*found)
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "%s %lld is not here: it was deleted, or never downloaded",
                             osmflow_element_type_names[type], (long long)id);
  return status;
}

static bool has_empty(const struct osmflow_draft *draft, struct osmflow_text key) {
  for (size_t i = 0; draft && i < draft->tag_count; i++)
    if (osmflow_text_equal(draft->tags[i].key, key))
      return draft->tags[i].value.size == 0;
  return false;
}

static enum osmflow_status add_clean(struct osmflow_tag_view *items, size_t *count, struct osmflow_tag_view tag,
                                     struct osmflow_error *error) {
  for (size_t i = 0; i < *count; i++)
    if (osmflow_text_equal(items[i].key, tag.key)) {
      if (osmflow_text_equal(items[i].value, tag.value))
        return OSMFLOW_OK;
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the tag %.*s is given twice, as \"%.*s\" and as \"%.*s\"",
                               OSMFLOW_TEXT_ARGUMENTS(tag.key), OSMFLOW_TEXT_ARGUMENTS(items[i].value),
                               OSMFLOW_TEXT_ARGUMENTS(tag.value));
    }
  items[(*count)++] = tag;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_edit_clean_tags(const struct osmflow_edit_tags *tags, const struct osmflow_draft *present,
                                            struct osmflow_tag_view **items, size_t *count,
                                            struct osmflow_error *error) {
  const size_t given = tags ? tags->count : 0;
  enum osmflow_status status = OSMFLOW_OK;
  *count = 0;
  *items = malloc((given + 1) * sizeof **items);
  if (!*items)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu tags", given);
  for (size_t i = 0; status == OSMFLOW_OK && i < given; i++)
    if (tags->items[i].value.size > 0 || has_empty(present, tags->items[i].key))
      status = add_clean(*items, count, tags->items[i], error);
  if (status != OSMFLOW_OK) {
    free(*items);
    *items = NULL;
  }
  return status;
}

enum osmflow_status osmflow_edit_set_tags(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                          int64_t id, const struct osmflow_edit_tags *tags,
                                          struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  struct osmflow_tag_view *items = NULL;
  size_t count = 0;
  enum osmflow_status status = osmflow_edit_find(options, type, id, &present, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_clean_tags(tags, present, &items, &count, error);
  if (status == OSMFLOW_OK) {
    struct osmflow_draft wish = *present;
    wish.tags = items;
    wish.tag_count = count;
    if (!osmflow_draft_same_tags(present, &wish))
      status = osmflow_drafts_put(options->drafts, &wish, NULL, error);
  }
  free(items);
  return status;
}

enum osmflow_status osmflow_edit_set_refs(const struct osmflow_edit_options *options, int64_t way, const int64_t *nodes,
                                          size_t count, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  const enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  if (status != OSMFLOW_OK ||
      (count == present->ref_count && (count == 0 || memcmp(nodes, present->refs, count * sizeof *nodes) == 0)))
    return status;
  struct osmflow_draft wish = *present;
  wish.refs = nodes;
  wish.ref_count = count;
  return osmflow_drafts_put(options->drafts, &wish, NULL, error);
}

enum osmflow_status osmflow_edit_make_way(const struct osmflow_edit_options *options,
                                          const struct osmflow_edit_tags *tags, const int64_t *nodes, size_t count,
                                          struct osmflow_edit_ids *ways, struct osmflow_error *error) {
  struct osmflow_draft wish = {.type = OSMFLOW_WAY, .visible = true};
  struct osmflow_tag_view *items = NULL;
  if (count < 2)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a way needs two nodes");
  enum osmflow_status status = osmflow_edit_clean_tags(tags, NULL, &items, &wish.tag_count, error);
  /* Pieces of about the same length, counted in segments. */
  const size_t segments = count - 1, most = options->most_way_nodes > 2 ? options->most_way_nodes - 1 : 1;
  const size_t pieces = (segments + most - 1) / most;
  wish.tags = items;
  for (size_t i = 0; status == OSMFLOW_OK && i < pieces; i++) {
    const size_t begin = segments * i / pieces, end = segments * (i + 1) / pieces;
    int64_t id = 0;
    wish.refs = nodes + begin;
    wish.ref_count = end - begin + 1;
    status = osmflow_drafts_put(options->drafts, &wish, &id, error);
    if (status == OSMFLOW_OK)
      status = osmflow_edit_ids_add(ways, id, error);
  }
  free(items);
  return status;
}

/* Appends "way 7 (Main Street)": with its name, else the kind of relation it is. */
static enum osmflow_status add_name(const struct osmflow_edit_options *options, const struct osmflow_parent *user,
                                    struct osmflow_bytes *text, struct osmflow_error *error) {
  const struct osmflow_draft *draft = NULL;
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  enum osmflow_status status = osmflow_drafts_get(options->drafts, user->type, user->id, &draft, error);
  if (status != OSMFLOW_OK || !draft)
    return status;
  const struct osmflow_text named = osmflow_draft_tag(draft, "name");
  const struct osmflow_text kind =
      user->type == OSMFLOW_RELATION ? osmflow_draft_tag(draft, "type") : (struct osmflow_text){NULL, 0};
  status = osmflow_bytes_print(text, error, "%s%s", text->size > 0 ? ", " : "", osmflow_draft_name(draft, name));
  if (status != OSMFLOW_OK || named.size + kind.size == 0)
    return status;
  const struct osmflow_text parts[] = {kind, osmflow_text(kind.size > 0 && named.size > 0 ? ", " : ""), named};
  status = osmflow_bytes_add_string(text, " (", error);
  for (size_t i = 0; status == OSMFLOW_OK && i < 3; i++) {
    size_t size = parts[i].size < MOST_NAME ? parts[i].size : MOST_NAME;
    while (size < parts[i].size && size > 0 && ((unsigned char)parts[i].data[size] & 0xc0) == 0x80)
      size--;
    status = osmflow_bytes_add_text(text, (struct osmflow_text){parts[i].data, size}, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(text, ")", error) : status;
}

static enum osmflow_status name_users(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                      int64_t id, const struct osmflow_parent *except, bool relations_only,
                                      size_t *count, char names[OSMFLOW_EDIT_USERS_SIZE], struct osmflow_error *error) {
  struct osmflow_parents users;
  struct osmflow_bytes text;
  osmflow_parents_init(&users);
  osmflow_bytes_init(&text, MOST_NAMES);
  *count = 0;
  enum osmflow_status status = osmflow_drafts_parents(options->drafts, type, id, &users, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < users.count; i++) {
    const struct osmflow_parent *user = &users.items[i];
    if ((except && user->type == except->type && user->id == except->id) ||
        (relations_only && user->type != OSMFLOW_RELATION))
      continue;
    if ((*count)++ < NAMED_USERS)
      status = add_name(options, user, &text, error);
  }
  if (status == OSMFLOW_OK && *count > NAMED_USERS)
    status = osmflow_bytes_print(&text, error, " and %zu more", *count - NAMED_USERS);
  if (status == OSMFLOW_OK)
    snprintf(names, OSMFLOW_EDIT_USERS_SIZE, "%s", osmflow_bytes_string(&text));
  osmflow_bytes_clear(&text);
  osmflow_parents_clear(&users);
  return status;
}

enum osmflow_status osmflow_edit_users(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                       int64_t id, const struct osmflow_parent *except, size_t *count,
                                       char names[OSMFLOW_EDIT_USERS_SIZE], struct osmflow_error *error) {
  return name_users(options, type, id, except, false, count, names, error);
}

enum osmflow_status osmflow_edit_check_not_member(const struct osmflow_edit_options *options,
                                                  enum osmflow_element_type type, int64_t id,
                                                  struct osmflow_error *error) {
  char names[OSMFLOW_EDIT_USERS_SIZE];
  size_t count = 0;
  const enum osmflow_status status = name_users(options, type, id, NULL, true, &count, names, error);
  if (status != OSMFLOW_OK || count == 0)
    return status;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s %lld is a member of %s; take it out there first",
                           osmflow_element_type_names[type], (long long)id, names);
}

struct osmflow_edit_tags osmflow_edit_area_tags(const struct osmflow_edit_options *options,
                                                const struct osmflow_edit_tags *tags, struct osmflow_tag_view *room) {
  const struct osmflow_tag_view area = {osmflow_text("area"), osmflow_text("yes")};
  struct osmflow_edit_tags result = {room, tags->count};
  size_t place = tags->count;
  for (size_t i = 0; i < tags->count; i++) {
    room[i] = tags->items[i];
    if (osmflow_text_equal(room[i].key, area.key))
      place = i;
  }
  if (osmflow_rules_is_area(options->rules, tags->items, tags->count))
    return result;
  room[place] = area;
  result.count += place == tags->count;
  return result;
}
