/* New elements that are there already. */
#include <stdlib.h>

#include "source/editor_parts.h"

enum { MOST_FOUND = 0x7FFFFFFF };

struct known {
  enum osmflow_element_type type;
  int64_t placeholder, id;
};

static bool same_members(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  bool same = left->member_count == right->member_count;
  for (size_t i = 0; same && i < left->member_count; i++)
    same = left->members[i].type == right->members[i].type && left->members[i].ref == right->members[i].ref &&
           osmflow_text_equal(left->members[i].role, right->members[i].role);
  return same;
}

static bool is_same(const struct osmflow_draft *made, const struct osmflow_draft *there) {
  bool same = osmflow_draft_same_tags(made, there);
  if (made->type == OSMFLOW_NODE)
    return same && made->lon == there->lon && made->lat == there->lat;
  if (made->type == OSMFLOW_WAY)
    return same && made->ref_count == there->ref_count &&
           memcmp(made->refs, there->refs, made->ref_count * sizeof *made->refs) == 0;
  return same && same_members(made, there);
}

/* Whatever is the same shares the place, or the first node or member. Nodes without tags are no features. */
static enum osmflow_status find_candidates(struct osmflow_editor *editor, const struct osmflow_draft *made,
                                           struct osmflow_parents *candidates, struct osmflow_error *error) {
  candidates->count = 0;
  if (made->type == OSMFLOW_NODE)
    return made->tag_count > 0 ? osmflow_drafts_nodes_at(editor->drafts, made->lon, made->lat, candidates, error)
                               : OSMFLOW_OK;
  if (made->type == OSMFLOW_WAY)
    return made->ref_count > 0 ? osmflow_drafts_parents(editor->drafts, OSMFLOW_NODE, made->refs[0], candidates, error)
                               : OSMFLOW_OK;
  return made->member_count > 0
             ? osmflow_drafts_parents(editor->drafts, made->members[0].type, made->members[0].ref, candidates, error)
             : OSMFLOW_OK;
}

static enum osmflow_status find_known(struct osmflow_editor *editor, const struct osmflow_draft *made,
                                      struct osmflow_parents *candidates, int64_t *id, struct osmflow_error *error) {
  enum osmflow_status status = find_candidates(editor, made, candidates, error);
  *id = 0;
  for (size_t i = 0; status == OSMFLOW_OK && *id == 0 && i < candidates->count; i++) {
    const struct osmflow_draft *there = NULL, *present = NULL;
    if (candidates->items[i].type == made->type && candidates->items[i].id != made->id)
      status = osmflow_drafts_original(editor->drafts, made->type, candidates->items[i].id, &there, error);
    if (status == OSMFLOW_OK && there && there->visible && is_same(made, there))
      status = osmflow_drafts_get(editor->drafts, made->type, candidates->items[i].id, &present, error);
    /* One that was changed or deleted in the same save is not what the user made beside it. */
    if (status == OSMFLOW_OK && present && is_same(made, present))
      *id = present->id;
  }
  return status;
}

/* One of the users of the new element refers to the known one instead. */
static enum osmflow_status redirect(struct osmflow_editor *editor, const struct osmflow_parent *parent,
                                    const struct known *known, struct osmflow_error *error) {
  const struct osmflow_draft *user = NULL;
  enum osmflow_status status = osmflow_drafts_get(editor->drafts, parent->type, parent->id, &user, error);
  if (status != OSMFLOW_OK || !user)
    return status;
  struct osmflow_draft wish = *user;
  int64_t *refs = malloc((user->ref_count + 1) * sizeof *refs);
  struct osmflow_draft_member *members = malloc((user->member_count + 1) * sizeof *members);
  if (!refs || !members)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a node list");
  for (size_t i = 0; status == OSMFLOW_OK && i < user->ref_count; i++)
    refs[i] = user->refs[i] == known->placeholder ? known->id : user->refs[i];
  for (size_t i = 0; status == OSMFLOW_OK && i < user->member_count; i++) {
    members[i] = user->members[i];
    if (members[i].type == known->type && members[i].ref == known->placeholder)
      members[i].ref = known->id;
  }
  wish.refs = refs;
  wish.members = members;
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_put(editor->drafts, &wish, NULL, error);
  free(refs);
  free(members);
  return status;
}

static enum osmflow_status take_known(struct osmflow_editor *editor, const struct known *known,
                                      struct osmflow_parents *users, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_drafts_parents(editor->drafts, known->type, known->placeholder, users, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < users->count; i++)
    status = redirect(editor, &users->items[i], known, error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_delete(editor->drafts, known->type, known->placeholder, error);
  if (status == OSMFLOW_OK)
    status = osmflow_editor_is_now(editor, known->type, known->placeholder, known->id, error);
  return status;
}

/* The new elements of a type, before any of them is changed here. */
static enum osmflow_status list_new(const struct osmflow_editor *editor, enum osmflow_element_type type,
                                    struct osmflow_parents *made, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const size_t count = osmflow_drafts_count(editor->drafts);
  made->count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const struct osmflow_draft *original = NULL, *present = NULL;
    osmflow_drafts_at(editor->drafts, i, &original, &present);
    if (original || present->type != type)
      continue;
    status = osmflow_array_reserve((void **)&made->items, &made->capacity, made->count + 1, sizeof *made->items,
                                   MOST_FOUND, error);
    if (status == OSMFLOW_OK)
      made->items[made->count++] = (struct osmflow_parent){type, present->id};
  }
  return status;
}

enum osmflow_status osmflow_editor_drop_known(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_parents made, found;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_parents_init(&made);
  osmflow_parents_init(&found);
  for (int type = OSMFLOW_NODE; status == OSMFLOW_OK && type < OSMFLOW_ELEMENT_TYPES; type++) {
    status = list_new(editor, (enum osmflow_element_type)type, &made, error);
    for (size_t i = 0; status == OSMFLOW_OK && i < made.count; i++) {
      const struct osmflow_draft *element = NULL;
      struct known known = {made.items[i].type, made.items[i].id, 0};
      status = osmflow_drafts_get(editor->drafts, known.type, known.placeholder, &element, error);
      if (status == OSMFLOW_OK && element)
        status = find_known(editor, element, &found, &known.id, error);
      if (status == OSMFLOW_OK && known.id != 0)
        status = take_known(editor, &known, &found, error);
    }
  }
  osmflow_parents_clear(&made);
  osmflow_parents_clear(&found);
  return status;
}
