#include "osm/edit_members.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"

enum { MOST_MEMBERS = 1 << 24 };

void osmflow_edit_members_clear(struct osmflow_edit_members *members) {
  free(members->items);
  *members = (struct osmflow_edit_members){0};
}

enum osmflow_status osmflow_edit_members_insert(struct osmflow_edit_members *members, size_t place,
                                                const struct osmflow_draft_member *member,
                                                struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&members->items, &members->capacity, members->count + 1, sizeof *members->items, MOST_MEMBERS, error);
  if (status != OSMFLOW_OK)
    return status;
  memmove(&members->items[place + 1], &members->items[place], (members->count - place) * sizeof *members->items);
  members->items[place] = *member;
  members->count++;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_edit_members_add(struct osmflow_edit_members *members, enum osmflow_element_type type,
                                             int64_t ref, const char *role, struct osmflow_error *error) {
  const struct osmflow_draft_member member = {type, ref, osmflow_text(role)};
  return osmflow_edit_members_insert(members, members->count, &member, error);
}

enum osmflow_status osmflow_edit_members_copy(struct osmflow_edit_members *members,
                                              const struct osmflow_draft *relation, struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&members->items, &members->capacity, relation->member_count + 1,
                            sizeof *members->items, MOST_MEMBERS, error);
  members->count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++)
    members->items[members->count++] = relation->members[i];
  return status;
}

static enum osmflow_status check_count(const struct osmflow_edit_options *options,
                                       const struct osmflow_edit_members *members, struct osmflow_error *error) {
  if (members->count > options->most_members)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "it needs a relation with %zu members; a relation can have %zu. Divide it.",
                             members->count, options->most_members);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_edit_make_relation(const struct osmflow_edit_options *options,
                                               const struct osmflow_edit_tags *tags,
                                               const struct osmflow_edit_members *members, int64_t *relation,
                                               struct osmflow_error *error) {
  struct osmflow_draft wish = {
      .type = OSMFLOW_RELATION, .visible = true, .members = members->items, .member_count = members->count};
  struct osmflow_tag_view *items = NULL;
  enum osmflow_status status = check_count(options, members, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_clean_tags(tags, NULL, &items, &wish.tag_count, error);
  wish.tags = items;
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_put(options->drafts, &wish, relation, error);
  free(items);
  return status;
}

static bool has_members(const struct osmflow_draft *relation, const struct osmflow_edit_members *members) {
  bool same = relation->member_count == members->count;
  for (size_t i = 0; same && i < members->count; i++) {
    const struct osmflow_draft_member *left = &relation->members[i], *right = &members->items[i];
    same = left->type == right->type && left->ref == right->ref && osmflow_text_equal(left->role, right->role);
  }
  return same;
}

enum osmflow_status osmflow_edit_set_members(const struct osmflow_edit_options *options, int64_t relation,
                                             const struct osmflow_edit_members *members, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_RELATION, relation, &present, error);
  if (status != OSMFLOW_OK || has_members(present, members))
    return status;
  /* A relation that is above the limit already may get shorter. */
  if (members->count > present->member_count)
    status = check_count(options, members, error);
  struct osmflow_draft wish = *present;
  wish.members = members->items;
  wish.member_count = members->count;
  return status == OSMFLOW_OK ? osmflow_drafts_put(options->drafts, &wish, NULL, error) : status;
}

bool osmflow_edit_is_closed(const int64_t *nodes, size_t count) {
  return count > 2 && nodes[0] == nodes[count - 1];
}

bool osmflow_edit_same_path(const struct osmflow_position *left, size_t left_count,
                            const struct osmflow_position *right, size_t right_count) {
  const bool closed = left_count > 2 && osmflow_edit_same_place(left[0], left[left_count - 1]);
  const size_t count = closed ? left_count - 1 : left_count;
  bool forward = false, backward = false;
  if (left_count != right_count || left_count == 0 ||
      closed != (right_count > 2 && osmflow_edit_same_place(right[0], right[right_count - 1])))
    return false;
  for (size_t first = 0; first < count && !forward && !backward; first++) {
    if (!osmflow_edit_same_place(left[first], right[0]))
      continue;
    forward = closed || first == 0;
    backward = closed || first == count - 1;
    for (size_t i = 0; i < count && (forward || backward); i++) {
      forward = forward && osmflow_edit_same_place(left[(first + i) % count], right[i]);
      backward = backward && osmflow_edit_same_place(left[(first + count - i) % count], right[i]);
    }
  }
  return forward || backward;
}

enum osmflow_status osmflow_edit_way_positions(const struct osmflow_edit_options *options, bool at_first, int64_t way,
                                               struct osmflow_position **positions, size_t *count,
                                               struct osmflow_error *error) {
  const struct osmflow_draft *found = NULL;
  *positions = NULL;
  *count = 0;
  enum osmflow_status status = at_first ? osmflow_drafts_original(options->drafts, OSMFLOW_WAY, way, &found, error)
                                        : osmflow_drafts_get(options->drafts, OSMFLOW_WAY, way, &found, error);
  if (status != OSMFLOW_OK || !found)
    return status;
  *positions = calloc(found->ref_count + 1, sizeof **positions);
  if (!*positions)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu nodes", found->ref_count);
  for (size_t i = 0; status == OSMFLOW_OK && i < found->ref_count; i++) {
    const struct osmflow_draft *node = NULL;
    status = at_first ? osmflow_drafts_original(options->drafts, OSMFLOW_NODE, found->refs[i], &node, error)
                      : osmflow_drafts_get(options->drafts, OSMFLOW_NODE, found->refs[i], &node, error);
    if (status == OSMFLOW_OK && node && node->lon != OSMFLOW_NO_POSITION)
      (*positions)[(*count)++] = (struct osmflow_position){node->lon, node->lat};
  }
  return status;
}

static enum osmflow_status try_way(const struct osmflow_edit_options *options, int64_t id,
                                   const struct osmflow_position *positions, size_t count, int64_t *way,
                                   struct osmflow_error *error) {
  const struct osmflow_draft *draft = NULL;
  struct osmflow_position *found = NULL;
  size_t found_count = 0;
  const bool is_closed = count > 2 && osmflow_edit_same_place(positions[0], positions[count - 1]);
  enum osmflow_status status = osmflow_drafts_get(options->drafts, OSMFLOW_WAY, id, &draft, error);
  if (status != OSMFLOW_OK || !draft || draft->ref_count != count ||
      is_closed != osmflow_edit_is_closed(draft->refs, count))
    return status;
  status = osmflow_edit_way_positions(options, false, id, &found, &found_count, error);
  if (status == OSMFLOW_OK && osmflow_edit_same_path(found, found_count, positions, count))
    *way = id;
  free(found);
  return status;
}

enum osmflow_status osmflow_edit_find_way(const struct osmflow_edit_options *options,
                                          const struct osmflow_position *positions, size_t count, int64_t *way,
                                          struct osmflow_error *error) {
  struct osmflow_parents nodes, users;
  *way = 0;
  osmflow_parents_init(&nodes);
  osmflow_parents_init(&users);
  enum osmflow_status status =
      osmflow_drafts_nodes_at(options->drafts, positions[0].lon, positions[0].lat, &nodes, error);
  for (size_t i = 0; status == OSMFLOW_OK && *way == 0 && i < nodes.count; i++) {
    status = osmflow_drafts_parents(options->drafts, OSMFLOW_NODE, nodes.items[i].id, &users, error);
    for (size_t k = 0; status == OSMFLOW_OK && *way == 0 && k < users.count; k++)
      if (users.items[k].type == OSMFLOW_WAY)
        status = try_way(options, users.items[k].id, positions, count, way, error);
  }
  osmflow_parents_clear(&nodes);
  osmflow_parents_clear(&users);
  return status;
}

enum osmflow_status osmflow_edit_delete_way(const struct osmflow_edit_options *options, int64_t way,
                                            struct osmflow_error *error) {
  struct osmflow_edit_ids nodes = {0};
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < present->ref_count; i++)
    status = osmflow_edit_ids_add(&nodes, present->refs[i], error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_delete(options->drafts, OSMFLOW_WAY, way, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_drop_nodes(options, nodes.items, nodes.count, error);
  osmflow_edit_ids_clear(&nodes);
  return status;
}

enum osmflow_status osmflow_edit_drop_way(const struct osmflow_edit_options *options, int64_t way,
                                          struct osmflow_error *error) {
  struct osmflow_parents parents;
  const struct osmflow_draft *present = NULL;
  osmflow_parents_init(&parents);
  enum osmflow_status status = osmflow_drafts_get(options->drafts, OSMFLOW_WAY, way, &present, error);
  if (status == OSMFLOW_OK && present && present->tag_count == 0) {
    status = osmflow_drafts_parents(options->drafts, OSMFLOW_WAY, way, &parents, error);
    if (status == OSMFLOW_OK && parents.count == 0)
      status = osmflow_edit_delete_way(options, way, error);
  }
  osmflow_parents_clear(&parents);
  return status;
}

struct osmflow_text osmflow_edit_tag(const struct osmflow_edit_tags *tags, const char *key) {
  for (size_t i = 0; i < tags->count; i++)
    if (osmflow_text_is(tags->items[i].key, key))
      return tags->items[i].value;
  return (struct osmflow_text){NULL, 0};
}

struct osmflow_edit_tags osmflow_edit_tags_with(const struct osmflow_edit_tags *tags, const char *left_out,
                                                const char *key, struct osmflow_text value,
                                                struct osmflow_tag_view *room) {
  struct osmflow_edit_tags made = {room, 0};
  for (size_t i = 0; i < tags->count; i++)
    if (!osmflow_text_is(tags->items[i].key, key) && !(left_out && osmflow_text_is(tags->items[i].key, left_out)))
      room[made.count++] = tags->items[i];
  if (value.data)
    room[made.count++] = (struct osmflow_tag_view){osmflow_text(key), value};
  return made;
}

const char *osmflow_edit_place_name(struct osmflow_position position, char buffer[OSMFLOW_EDIT_PLACE_SIZE]) {
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE];
  osmflow_format_degrees(lon, position.lon);
  osmflow_format_degrees(lat, position.lat);
  snprintf(buffer, OSMFLOW_EDIT_PLACE_SIZE, "%s,%s", lon, lat);
  return buffer;
}
