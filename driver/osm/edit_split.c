#include <inttypes.h>
#include <stdlib.h>

#include "osm/edit_area_parts.h"

static const struct osmflow_text nothing = {NULL, 0};

struct split {
  const struct osmflow_edit_options *options;
  int64_t way;
  struct osmflow_edit_ids nodes; /* as they were */
  struct osmflow_edit_ids *pieces;
  struct osmflow_parents users;
  int64_t tagged; /* the old-style multipolygon whose tags the way has, or 0 */
  int64_t made;   /* the relation that takes over the tags of an area, or 0 */
  bool is_area;
};

static bool has_end(const struct osmflow_draft *way, int64_t node) {
  const bool is_closed = osmflow_edit_is_closed(way->refs, way->ref_count);
  bool found = false;
  for (size_t i = 0; !found && i < way->ref_count; i++)
    found = way->refs[i] == node && (is_closed || i == 0 || i == way->ref_count - 1);
  return found;
}

/* Whether a neighbour in a relation meets the way's first or last node: 1, -1; 0: neither, or both. */
static enum osmflow_status meet(const struct split *split, const struct osmflow_draft_member *neighbour, int *meeting,
                                struct osmflow_error *error) {
  const struct osmflow_draft *way = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  *meeting = 0;
  if (neighbour->type == OSMFLOW_WAY && neighbour->ref != split->way)
    status = osmflow_drafts_get(split->options->drafts, OSMFLOW_WAY, neighbour->ref, &way, error);
  if (status == OSMFLOW_OK && way)
    *meeting = has_end(way, split->nodes.items[0]) - has_end(way, split->nodes.items[split->nodes.count - 1]);
  return status;
}

/* Whether a relation runs along the way from its last node to its first one. */
static enum osmflow_status find_direction(const struct split *split, const struct osmflow_draft *relation, size_t place,
                                          bool *is_backward, struct osmflow_error *error) {
  int meeting = 0;
  enum osmflow_status status = OSMFLOW_OK;
  if (place > 0)
    status = meet(split, &relation->members[place - 1], &meeting, error);
  *is_backward = meeting < 0;
  if (status == OSMFLOW_OK && meeting == 0 && place + 1 < relation->member_count) {
    status = meet(split, &relation->members[place + 1], &meeting, error);
    *is_backward = meeting > 0;
  }
  return status;
}

static enum osmflow_status check_role(const struct split *split, const struct osmflow_draft *relation,
                                      const struct osmflow_draft_member *member, struct osmflow_error *error) {
  const bool is_turn = osmflow_text_is(member->role, "from") || osmflow_text_is(member->role, "via") ||
                       osmflow_text_is(member->role, "to");
  if (is_turn && osmflow_text_is(osmflow_draft_tag(relation, "type"), "restriction"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "way %" PRId64
                             " would have %zu nodes, more than the %zu a way may have, and it cannot be "
                             "split: it is \"%.*s\" in the turn restriction relation %" PRId64,
                             split->way, split->nodes.count, split->options->most_way_nodes,
                             OSMFLOW_TEXT_ARGUMENTS(member->role), relation->id);
  return OSMFLOW_OK;
}

/* Where the way stands for its area, the relation that is the area now takes its place; else its pieces do. */
static enum osmflow_status replace_member(const struct split *split, const struct osmflow_draft *relation, size_t place,
                                          struct osmflow_edit_members *members, struct osmflow_error *error) {
  const struct osmflow_text type = osmflow_draft_tag(relation, "type");
  struct osmflow_draft_member piece = relation->members[place];
  const size_t count = split->pieces->count, begin = members->count;
  bool is_backward = false;
  enum osmflow_status status = check_role(split, relation, &piece, error);
  if (status == OSMFLOW_OK && split->made &&
      osmflow_rules_relation_layer(split->options->rules, type) != OSMFLOW_MULTIPOLYGONS) {
    piece.type = OSMFLOW_RELATION;
    piece.ref = split->made;
    return osmflow_edit_members_insert(members, begin, &piece, error);
  }
  if (status == OSMFLOW_OK)
    status = find_direction(split, relation, place, &is_backward, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    piece.ref = split->pieces->items[is_backward ? count - 1 - i : i];
    status = osmflow_edit_members_insert(members, begin + i, &piece, error);
  }
  return status;
}

static enum osmflow_status change_relation(const struct split *split, int64_t id, struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  struct osmflow_edit_members members = {0};
  enum osmflow_status status = osmflow_edit_find(split->options, OSMFLOW_RELATION, id, &relation, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++) {
    if (relation->members[i].type == OSMFLOW_WAY && relation->members[i].ref == split->way)
      status = replace_member(split, relation, i, &members, error);
    else
      status = osmflow_edit_members_insert(&members, members.count, &relation->members[i], error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_members(split->options, id, &members, error);
  osmflow_edit_members_clear(&members);
  return status;
}

/* An old-style multipolygon takes over the tags of its way; any other area becomes a new relation. */
static enum osmflow_status move_tags(struct split *split, struct osmflow_error *error) {
  const struct osmflow_draft *way = NULL, *relation = NULL;
  struct osmflow_edit_members members = {0};
  struct osmflow_tag_view *room = NULL;
  struct osmflow_text type = nothing;
  enum osmflow_status status = osmflow_edit_find(split->options, OSMFLOW_WAY, split->way, &way, error);
  if (status == OSMFLOW_OK && split->tagged)
    status = osmflow_edit_find(split->options, OSMFLOW_RELATION, split->tagged, &relation, error);
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_edit_tags tags = {way->tags, way->tag_count};
  if (relation)
    type = osmflow_draft_tag(relation, "type");
  else
    status = osmflow_edit_area_type(split->options, &tags, nothing, &type, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags.count, &room, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < split->pieces->count; i++)
    status = osmflow_edit_members_add(&members, OSMFLOW_WAY, split->pieces->items[i], "outer", error);
  if (status == OSMFLOW_OK) {
    const char *left_out = osmflow_text_is(osmflow_edit_tag(&tags, "area"), "yes") ? "area" : NULL;
    const struct osmflow_edit_tags all = osmflow_edit_tags_with(&tags, left_out, "type", type, room);
    status = relation ? osmflow_edit_set_tags(split->options, OSMFLOW_RELATION, relation->id, &all, error)
                      : osmflow_edit_make_relation(split->options, &all, &members, &split->made, error);
  }
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags no_tags = {NULL, 0};
    status = osmflow_edit_set_tags(split->options, OSMFLOW_WAY, split->way, &no_tags, error);
  }
  free(room);
  osmflow_edit_members_clear(&members);
  return status;
}

/* Pieces of about the same length; the way itself is the first. */
static enum osmflow_status cut(struct split *split, struct osmflow_error *error) {
  const struct osmflow_draft *way = NULL;
  const size_t segments = split->nodes.count - 1, most = split->options->most_way_nodes - 1;
  const size_t count = (segments + most - 1) / most;
  enum osmflow_status status = osmflow_edit_find(split->options, OSMFLOW_WAY, split->way, &way, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_ids_add(split->pieces, split->way, error);
  for (size_t i = 1; status == OSMFLOW_OK && i < count; i++) {
    const size_t begin = segments * i / count, end = segments * (i + 1) / count;
    int64_t piece = 0;
    const struct osmflow_draft wish = {.type = OSMFLOW_WAY,
                                       .visible = true,
                                       .tags = split->is_area ? NULL : way->tags,
                                       .tag_count = split->is_area ? 0 : way->tag_count,
                                       .refs = split->nodes.items + begin,
                                       .ref_count = end - begin + 1};
    status = osmflow_drafts_put(split->options->drafts, &wish, &piece, error);
    if (status == OSMFLOW_OK)
      status = osmflow_edit_ids_add(split->pieces, piece, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_refs(split->options, split->way, split->nodes.items, segments / count + 1, error);
  return status;
}

static enum osmflow_status survey(struct split *split, const struct osmflow_draft *way, struct osmflow_error *error) {
  const bool is_closed = osmflow_edit_is_closed(way->refs, way->ref_count);
  enum osmflow_status status = OSMFLOW_OK;
  split->is_area = is_closed && osmflow_rules_is_area(split->options->rules, way->tags, way->tag_count);
  for (size_t i = 0; status == OSMFLOW_OK && i < way->ref_count; i++)
    status = osmflow_edit_ids_add(&split->nodes, way->refs[i], error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_parents(split->options->drafts, OSMFLOW_WAY, split->way, &split->users, error);
  for (size_t i = 0; status == OSMFLOW_OK && is_closed && i < split->users.count; i++) {
    const struct osmflow_draft *relation = NULL;
    int64_t tagged = 0;
    status = osmflow_edit_find(split->options, OSMFLOW_RELATION, split->users.items[i].id, &relation, error);
    if (status == OSMFLOW_OK &&
        osmflow_rules_relation_layer(split->options->rules, osmflow_draft_tag(relation, "type")) ==
            OSMFLOW_MULTIPOLYGONS)
      status = osmflow_edit_tagged_way(split->options, relation, &tagged, error);
    if (tagged == split->way) {
      split->tagged = relation->id;
      split->is_area = true;
    }
  }
  return status;
}

enum osmflow_status osmflow_edit_split(const struct osmflow_edit_options *options, int64_t way,
                                       struct osmflow_edit_ids *pieces, int64_t *relation,
                                       struct osmflow_error *error) {
  struct split split = {.options = options, .way = way, .pieces = pieces};
  const struct osmflow_draft *present = NULL;
  *relation = 0;
  pieces->count = 0;
  osmflow_parents_init(&split.users);
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  if (status == OSMFLOW_OK && present->ref_count <= options->most_way_nodes)
    return osmflow_edit_ids_add(pieces, way, error);
  if (status == OSMFLOW_OK)
    status = survey(&split, present, error);
  if (status == OSMFLOW_OK)
    status = cut(&split, error);
  if (status == OSMFLOW_OK && split.is_area)
    status = move_tags(&split, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < split.users.count; i++)
    status = change_relation(&split, split.users.items[i].id, error);
  *relation = status == OSMFLOW_OK ? split.made : 0;
  osmflow_parents_clear(&split.users);
  osmflow_edit_ids_clear(&split.nodes);
  return status;
}
