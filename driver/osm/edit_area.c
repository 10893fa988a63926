#include <stdlib.h>

#include "osm/edit_area_parts.h"

static const struct osmflow_text nothing = {NULL, 0};

/* The closed list of nodes of a ring. */
static enum osmflow_status place_ring(const struct osmflow_edit_options *options, const struct osmflow_position *ring,
                                      size_t count, struct osmflow_edit_ids *nodes, struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_edit_place(options, ring, count, nodes, error);
  if (status == OSMFLOW_OK && (nodes->count < 4 || !osmflow_edit_is_closed(nodes->items, nodes->count)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a ring has fewer than 3 vertices at different places");
  return status;
}

static bool has_way(const struct osmflow_edit_members *members, int64_t way) {
  bool found = false;
  for (size_t i = 0; !found && i < members->count; i++)
    found = members->items[i].type == OSMFLOW_WAY && members->items[i].ref == way;
  return found;
}

enum osmflow_status osmflow_edit_add_ring(const struct osmflow_edit_options *options,
                                          const struct osmflow_position *ring, size_t count,
                                          enum osmflow_part_kind kind, struct osmflow_edit_members *members,
                                          struct osmflow_error *error) {
  const struct osmflow_edit_tags no_tags = {NULL, 0};
  const char *role = kind == OSMFLOW_PART_INNER ? "inner" : "outer";
  struct osmflow_edit_ids nodes = {0}, ways = {0};
  int64_t way = 0;
  enum osmflow_status status = osmflow_edit_find_way(options, ring, count, &way, error);
  if (status == OSMFLOW_OK && way == 0)
    status = place_ring(options, ring, count, &nodes, error);
  if (status == OSMFLOW_OK)
    status = way ? osmflow_edit_ids_add(&ways, way, error)
                 : osmflow_edit_make_way(options, &no_tags, nodes.items, nodes.count, &ways, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < ways.count; i++)
    if (!has_way(members, ways.items[i]))
      status = osmflow_edit_members_add(members, OSMFLOW_WAY, ways.items[i], role, error);
  osmflow_edit_ids_clear(&nodes);
  osmflow_edit_ids_clear(&ways);
  return status;
}

static enum osmflow_status create_relation(const struct osmflow_edit_options *options,
                                           const struct osmflow_edit_tags *tags, const struct osmflow_edit_shape *shape,
                                           struct osmflow_edit_element *made, struct osmflow_error *error) {
  struct osmflow_edit_members members = {0};
  struct osmflow_tag_view *room = NULL;
  struct osmflow_text type = nothing;
  enum osmflow_status status = osmflow_edit_area_type(options, tags, nothing, &type, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < shape->part_count; i++) {
    const struct osmflow_edit_part *part = &shape->parts[i];
    status = osmflow_edit_add_ring(options, shape->positions + part->first, part->count, part->kind, &members, error);
  }
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags all = osmflow_edit_tags_with(tags, NULL, "type", type, room);
    made->type = OSMFLOW_RELATION;
    status = osmflow_edit_make_relation(options, &all, &members, &made->id, error);
  }
  free(room);
  osmflow_edit_members_clear(&members);
  return status;
}

/* type=multipolygon says nothing on a way. */
static enum osmflow_status create_way(const struct osmflow_edit_options *options, const struct osmflow_edit_tags *tags,
                                      const struct osmflow_edit_ids *nodes, struct osmflow_edit_element *made,
                                      struct osmflow_error *error) {
  struct osmflow_tag_view *plain_room = NULL, *room = NULL;
  struct osmflow_edit_ids ways = {0};
  enum osmflow_status status = osmflow_edit_room_for_tags(tags->count, &plain_room, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags plain = osmflow_edit_tags_with(tags, NULL, "type", nothing, plain_room);
    const bool says_multipolygon = osmflow_text_is(osmflow_edit_tag(tags, "type"), "multipolygon");
    const struct osmflow_edit_tags all = osmflow_edit_area_tags(options, says_multipolygon ? &plain : tags, room);
    status = osmflow_edit_make_way(options, &all, nodes->items, nodes->count, &ways, error);
  }
  if (status == OSMFLOW_OK)
    *made = (struct osmflow_edit_element){OSMFLOW_WAY, ways.items[0]};
  free(plain_room);
  free(room);
  osmflow_edit_ids_clear(&ways);
  return status;
}

/* A type that only relations have (boundary) asks for one, as does a ring that is too long for one way. */
enum osmflow_status osmflow_edit_create_area(const struct osmflow_edit_options *options,
                                             const struct osmflow_edit_tags *tags,
                                             const struct osmflow_edit_shape *shape, struct osmflow_edit_element *made,
                                             struct osmflow_error *error) {
  const struct osmflow_text type = osmflow_edit_tag(tags, "type");
  const bool wants_relation = type.size > 0 && !osmflow_text_is(type, "multipolygon") &&
                              osmflow_rules_relation_layer(options->rules, type) == OSMFLOW_MULTIPOLYGONS;
  struct osmflow_edit_ids nodes = {0};
  enum osmflow_status status = osmflow_edit_check_area(shape, error);
  if (status == OSMFLOW_OK && shape->part_count == 1 && !wants_relation)
    status = place_ring(options, shape->positions + shape->parts[0].first, shape->parts[0].count, &nodes, error);
  if (status == OSMFLOW_OK && nodes.count > 0 && nodes.count <= options->most_way_nodes)
    status = create_way(options, tags, &nodes, made, error);
  else if (status == OSMFLOW_OK)
    status = create_relation(options, tags, shape, made, error);
  osmflow_edit_ids_clear(&nodes);
  return status;
}

enum osmflow_status osmflow_edit_delete_area(const struct osmflow_edit_options *options,
                                             const struct osmflow_edit_element *element, struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  struct osmflow_edit_ids ways = {0};
  int64_t tagged = 0;
  enum osmflow_status status = osmflow_edit_check_not_member(options, element->type, element->id, error);
  if (status == OSMFLOW_OK && element->type == OSMFLOW_WAY)
    return osmflow_edit_delete_way(options, element->id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_find(options, OSMFLOW_RELATION, element->id, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_tagged_way(options, relation, &tagged, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++)
    if (relation->members[i].type == OSMFLOW_WAY)
      status = osmflow_edit_ids_add(&ways, relation->members[i].ref, error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_delete(options->drafts, OSMFLOW_RELATION, element->id, error);
  /* The tags of an old-style multipolygon go with it, or its way would be what is left of the polygon. */
  if (status == OSMFLOW_OK && tagged) {
    const struct osmflow_edit_tags no_tags = {NULL, 0};
    status = osmflow_edit_set_tags(options, OSMFLOW_WAY, tagged, &no_tags, error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < ways.count; i++)
    status = osmflow_edit_drop_way(options, ways.items[i], error);
  osmflow_edit_ids_clear(&ways);
  return status;
}

/* A way that was split may be the outer way of a new relation, which is the feature then. */
static enum osmflow_status follow_split(const struct osmflow_edit_options *options, int64_t first_new,
                                        struct osmflow_edit_element *element, struct osmflow_error *error) {
  struct osmflow_parents users;
  const struct osmflow_draft *way = NULL;
  osmflow_parents_init(&users);
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, element->id, &way, error);
  const bool is_closed = status == OSMFLOW_OK && osmflow_edit_is_closed(way->refs, way->ref_count);
  if (status == OSMFLOW_OK && !is_closed)
    status = osmflow_drafts_parents(options->drafts, OSMFLOW_WAY, element->id, &users, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < users.count; i++)
    if (users.items[i].type == OSMFLOW_RELATION && users.items[i].id <= first_new)
      *element = (struct osmflow_edit_element){OSMFLOW_RELATION, users.items[i].id};
  osmflow_parents_clear(&users);
  return status;
}

static enum osmflow_status reshape_way(const struct osmflow_edit_options *options,
                                       const struct osmflow_edit_shape *shown, const struct osmflow_edit_rings *rings,
                                       const struct osmflow_edit_shape *wanted, int64_t way,
                                       struct osmflow_error *error) {
  const struct osmflow_edit_element element = {OSMFLOW_WAY, way};
  if (shown->part_count > 1)
    return osmflow_edit_change_rings(options, &element, rings, wanted, error);
  const struct osmflow_edit_part *before = &shown->parts[0], *after = &wanted->parts[rings->shown[0].other];
  return osmflow_edit_reshape(options, way, shown->positions + before->first, before->count,
                              wanted->positions + after->first, after->count, error);
}

/* The relation that takes over the tags of a way; the way is its first member. */
static enum osmflow_status make_relation_of(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_tags *tags, int64_t way, const char *role,
                                            int64_t *relation, struct osmflow_error *error) {
  const struct osmflow_edit_tags no_tags = {NULL, 0};
  struct osmflow_edit_members members = {0};
  struct osmflow_tag_view *room = NULL;
  struct osmflow_text type = nothing;
  enum osmflow_status status = osmflow_edit_area_type(options, tags, nothing, &type, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_members_add(&members, OSMFLOW_WAY, way, role, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_text area = osmflow_edit_tag(tags, "area");
    const struct osmflow_edit_tags all =
        osmflow_edit_tags_with(tags, osmflow_text_is(area, "yes") ? "area" : NULL, "type", type, room);
    status = osmflow_edit_make_relation(options, &all, &members, relation, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_tags(options, OSMFLOW_WAY, way, &no_tags, error);
  free(room);
  osmflow_edit_members_clear(&members);
  return status;
}

static enum osmflow_status add_new_rings(const struct osmflow_edit_options *options,
                                         const struct osmflow_edit_rings *rings,
                                         const struct osmflow_edit_shape *wanted, int64_t id,
                                         struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  struct osmflow_edit_members members = {0};
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_RELATION, id, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_members_copy(&members, relation, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->wanted_count; i++) {
    const struct osmflow_edit_part *part = &wanted->parts[i];
    if (rings->wanted[i].other == OSMFLOW_SEQUENCE_NONE)
      status =
          osmflow_edit_add_ring(options, wanted->positions + part->first, part->count, part->kind, &members, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_members(options, id, &members, error);
  osmflow_edit_members_clear(&members);
  return status;
}

/* A closed way: it stays one, or becomes a member of a new relation. */
static enum osmflow_status change_way(const struct osmflow_edit_options *options, const struct osmflow_edit_tags *tags,
                                      const struct osmflow_edit_shape *shown, struct osmflow_edit_rings *rings,
                                      const struct osmflow_edit_shape *wanted, struct osmflow_edit_element *element,
                                      struct osmflow_error *error) {
  const int64_t way = element->id, first_new = osmflow_drafts_next_placeholder(options->drafts);
  const struct osmflow_draft *present = NULL;
  bool has_new = false;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  for (size_t i = 0; i < rings->wanted_count; i++)
    has_new = has_new || rings->wanted[i].other == OSMFLOW_SEQUENCE_NONE;
  if (status == OSMFLOW_OK && !has_new) {
    if (tags)
      status = osmflow_edit_retag_area(options, tags, element, error);
    if (status == OSMFLOW_OK)
      status = reshape_way(options, shown, rings, wanted, way, error);
    return status == OSMFLOW_OK ? follow_split(options, first_new, element, error) : status;
  }
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags before = {present->tags, present->tag_count};
    const bool is_inner = rings->wanted[rings->shown[0].other].kind == OSMFLOW_PART_INNER;
    element->type = OSMFLOW_RELATION;
    status = make_relation_of(options, tags ? tags : &before, way, is_inner ? "inner" : "outer", &element->id, error);
  }
  if (status == OSMFLOW_OK)
    status = reshape_way(options, shown, rings, wanted, way, error);
  return status == OSMFLOW_OK ? add_new_rings(options, rings, wanted, element->id, error) : status;
}

/* A way is always one of the rings, whatever its shape was; of several that touch, none can go. */
static enum osmflow_status keep_way(struct osmflow_edit_rings *rings, struct osmflow_error *error) {
  char place[OSMFLOW_EDIT_PLACE_SIZE];
  size_t wanted = 0;
  for (size_t i = 0; rings->shown_count > 1 && i < rings->shown_count; i++)
    if (rings->shown[i].other == OSMFLOW_SEQUENCE_NONE)
      return osmflow_error_set(
          error, OSMFLOW_BAD_ARGUMENT,
          "the ring at %s cannot be removed: one way makes it and others that it touches. Split the way first.",
          osmflow_edit_place_name(rings->vertices[rings->shown[i].first].position, place));
  if (rings->shown[0].other != OSMFLOW_SEQUENCE_NONE)
    return OSMFLOW_OK;
  while (rings->wanted[wanted].kind != OSMFLOW_PART_OUTER && wanted + 1 < rings->wanted_count)
    wanted++;
  rings->shown[0].other = wanted;
  rings->wanted[wanted].other = 0;
  return osmflow_edit_ring_match(rings, 0, error);
}

enum osmflow_status osmflow_edit_change_area(const struct osmflow_edit_options *options,
                                             const struct osmflow_edit_tags *tags,
                                             const struct osmflow_edit_shape *shown,
                                             const struct osmflow_edit_shape *shape,
                                             struct osmflow_edit_element *element, struct osmflow_error *error) {
  struct osmflow_edit_rings rings = {0};
  enum osmflow_status status = OSMFLOW_OK;
  if (shape && shown->part_count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "its geometry cannot be changed: none was shown");
  if (shape)
    status = osmflow_edit_rings_match(shown, shape, &rings, error);
  const bool is_same = !shape || rings.is_same;
  if (status == OSMFLOW_OK && !is_same)
    status = osmflow_edit_check_area(shape, error);
  if (status == OSMFLOW_OK && !is_same && element->type == OSMFLOW_WAY) {
    status = keep_way(&rings, error);
    if (status == OSMFLOW_OK)
      status = change_way(options, tags, shown, &rings, shape, element, error);
  } else {
    if (status == OSMFLOW_OK && tags)
      status = osmflow_edit_retag_area(options, tags, element, error);
    if (status == OSMFLOW_OK && !is_same)
      status = osmflow_edit_change_rings(options, element, &rings, shape, error);
  }
  osmflow_edit_rings_clear(&rings);
  return status;
}
