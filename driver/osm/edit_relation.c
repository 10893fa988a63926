#include <stdlib.h>

#include "osm/edit_relation_parts.h"

static const struct osmflow_text nothing = {NULL, 0};

/* A relation is in the layer that its type says: it needs one that says this layer. */
static enum osmflow_status choose_type(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                       const struct osmflow_edit_tags *tags, struct osmflow_text before,
                                       struct osmflow_text *type, struct osmflow_error *error) {
  *type = osmflow_edit_tag(tags, "type");
  if (type->size == 0)
    *type = before;
  if (type->size == 0 && kind == OSMFLOW_MULTILINESTRINGS)
    *type = osmflow_text("multilinestring");
  if (type->size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "a relation needs the tag type, which says what it is (type=site, type=restriction, ...)");
  const enum osmflow_layer_kind layer = osmflow_rules_relation_layer(options->rules, *type);
  if (layer != kind)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "relations with type=%.*s belong to the layer %s, not to %s",
                             OSMFLOW_TEXT_ARGUMENTS(*type), osmflow_layer_name(layer), osmflow_layer_name(kind));
  return OSMFLOW_OK;
}

static enum osmflow_status check_part(enum osmflow_layer_kind kind, const struct osmflow_edit_part *part,
                                      struct osmflow_error *error) {
  if (part->kind == OSMFLOW_PART_INNER)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "a polygon with holes cannot be a part of it: make it a feature of multipolygons");
  if (kind == OSMFLOW_MULTILINESTRINGS && part->kind != OSMFLOW_PART_LINE)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the layer %s takes lines only", osmflow_layer_name(kind));
  const size_t least = part->kind == OSMFLOW_PART_POINT ? 1 : part->kind == OSMFLOW_PART_LINE ? 2 : 4;
  if (part->count < least)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a part of it has %zu vertices only", part->count);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_edit_check_parts(enum osmflow_layer_kind kind, const struct osmflow_edit_shape *shape,
                                             struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (shape->part_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "its geometry is empty");
  for (size_t i = 0; status == OSMFLOW_OK && i < shape->part_count; i++)
    status = check_part(kind, &shape->parts[i], error);
  return status;
}

/* A ring is a closed way that says it is an area, or it would be read as a line. */
static enum osmflow_status make_way(const struct osmflow_edit_options *options, const struct osmflow_edit_part *part,
                                    const struct osmflow_position *positions, struct osmflow_edit_ids *ways,
                                    struct osmflow_error *error) {
  const struct osmflow_edit_tags no_tags = {NULL, 0};
  struct osmflow_tag_view room[1];
  const struct osmflow_edit_tags tags =
      part->kind == OSMFLOW_PART_OUTER ? osmflow_edit_area_tags(options, &no_tags, room) : no_tags;
  const size_t least = part->kind == OSMFLOW_PART_OUTER ? 4 : 2;
  struct osmflow_edit_ids nodes = {0};
  enum osmflow_status status = osmflow_edit_place(options, positions, part->count, &nodes, error);
  if (status == OSMFLOW_OK && nodes.count < least)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a part of it has fewer than %zu vertices at different places",
                          least == 4 ? least - 1 : least);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_make_way(options, &tags, nodes.items, nodes.count, ways, error);
  osmflow_edit_ids_clear(&nodes);
  return status;
}

enum osmflow_status osmflow_edit_add_part(const struct osmflow_edit_options *options,
                                          const struct osmflow_edit_shape *shape, size_t index,
                                          struct osmflow_edit_members *members, struct osmflow_error *error) {
  const struct osmflow_edit_part *part = &shape->parts[index];
  const struct osmflow_position *positions = shape->positions + part->first;
  const bool is_point = part->kind == OSMFLOW_PART_POINT;
  struct osmflow_edit_ids made = {0};
  enum osmflow_status status = OSMFLOW_OK;
  int64_t way = 0;
  if (is_point)
    status = osmflow_edit_place(options, positions, 1, &made, error);
  else
    status = osmflow_edit_find_way(options, positions, part->count, &way, error);
  if (status == OSMFLOW_OK && way)
    status = osmflow_edit_ids_add(&made, way, error);
  else if (status == OSMFLOW_OK && !is_point)
    status = make_way(options, part, positions, &made, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < made.count; i++)
    status = osmflow_edit_members_add(members, is_point ? OSMFLOW_NODE : OSMFLOW_WAY, made.items[i], "", error);
  osmflow_edit_ids_clear(&made);
  return status;
}

enum osmflow_status osmflow_edit_create_relation(const struct osmflow_edit_options *options,
                                                 enum osmflow_layer_kind kind, const struct osmflow_edit_tags *tags,
                                                 const struct osmflow_edit_shape *shape,
                                                 struct osmflow_edit_element *made, struct osmflow_error *error) {
  struct osmflow_edit_members members = {0};
  struct osmflow_tag_view *room = NULL;
  struct osmflow_text type = nothing;
  enum osmflow_status status = choose_type(options, kind, tags, nothing, &type, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_check_parts(kind, shape, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < shape->part_count; i++)
    status = osmflow_edit_add_part(options, shape, i, &members, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags all = osmflow_edit_tags_with(tags, NULL, "type", type, room);
    made->type = OSMFLOW_RELATION;
    status = osmflow_edit_make_relation(options, &all, &members, &made->id, error);
  }
  free(room);
  osmflow_edit_members_clear(&members);
  return status;
}

static enum osmflow_status retag(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                 const struct osmflow_edit_tags *tags, int64_t id, struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  struct osmflow_tag_view *room = NULL;
  struct osmflow_text type = nothing;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_RELATION, id, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  /* Some relations have no type at all; they may stay so. */
  const bool has_type =
      status == OSMFLOW_OK && (osmflow_draft_tag(relation, "type").size > 0 || osmflow_edit_tag(tags, "type").size > 0);
  if (has_type)
    status = choose_type(options, kind, tags, osmflow_draft_tag(relation, "type"), &type, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags all = osmflow_edit_tags_with(tags, NULL, "type", type, room);
    status = osmflow_edit_set_tags(options, OSMFLOW_RELATION, id, &all, error);
  }
  free(room);
  return status;
}

enum osmflow_status osmflow_edit_change_relation(const struct osmflow_edit_options *options,
                                                 enum osmflow_layer_kind kind, const struct osmflow_edit_tags *tags,
                                                 const struct osmflow_edit_shape *shown,
                                                 const struct osmflow_edit_shape *shape, int64_t relation,
                                                 struct osmflow_error *error) {
  enum osmflow_status status = tags ? retag(options, kind, tags, relation, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && shape)
    status = osmflow_edit_change_parts(options, kind, shown, shape, relation, error);
  return status;
}

/* Its members are features of their own. */
enum osmflow_status osmflow_edit_delete_relation(const struct osmflow_edit_options *options, int64_t relation,
                                                 struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = osmflow_edit_check_not_member(options, OSMFLOW_RELATION, relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_find(options, OSMFLOW_RELATION, relation, &present, error);
  return status == OSMFLOW_OK ? osmflow_drafts_delete(options->drafts, OSMFLOW_RELATION, relation, error) : status;
}
