#include <stdlib.h>

#include "osm/area.h"
#include "osm/edit_area_parts.h"

static const struct osmflow_text nothing = {NULL, 0};

enum osmflow_status osmflow_edit_check_area(const struct osmflow_edit_shape *shape, struct osmflow_error *error) {
  struct osmflow_area area;
  char place[OSMFLOW_EDIT_PLACE_SIZE];
  struct osmflow_area_way *ways = calloc(shape->part_count + 1, sizeof *ways);
  osmflow_area_init(&area);
  enum osmflow_status status =
      ways ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu rings", shape->part_count);
  if (status == OSMFLOW_OK && shape->part_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the polygon is empty");
  for (size_t i = 0; status == OSMFLOW_OK && i < shape->part_count; i++) {
    const struct osmflow_edit_part *part = &shape->parts[i];
    const bool is_ring = part->kind == OSMFLOW_PART_OUTER || part->kind == OSMFLOW_PART_INNER;
    ways[i] = (struct osmflow_area_way){shape->positions + part->first, part->count};
    if (!is_ring || part->count < 4 ||
        memcmp(&ways[i].positions[0], &ways[i].positions[part->count - 1], sizeof *ways[i].positions) != 0)
      status =
          osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a polygon is made of closed rings of 3 vertices or more");
  }
  if (status == OSMFLOW_OK)
    status = osmflow_area_assemble(&area, ways, shape->part_count, error);
  if (status == OSMFLOW_OK && area.problem != OSMFLOW_AREA_FINE)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the polygon is not valid: %s at %s",
                          osmflow_area_problem_text(area.problem), osmflow_edit_place_name(area.problem_place, place));
  osmflow_area_clear(&area);
  free(ways);
  return status;
}

enum osmflow_status osmflow_edit_area_type(const struct osmflow_edit_options *options,
                                           const struct osmflow_edit_tags *tags, struct osmflow_text before,
                                           struct osmflow_text *type, struct osmflow_error *error) {
  *type = osmflow_edit_tag(tags, "type");
  if (type->size == 0)
    *type = before.size > 0 ? before : osmflow_text("multipolygon");
  const enum osmflow_layer_kind kind = osmflow_rules_relation_layer(options->rules, *type);
  if (kind != OSMFLOW_MULTIPOLYGONS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the tag type=%.*s is not for polygons with several rings: it belongs to the layer %s",
                             OSMFLOW_TEXT_ARGUMENTS(*type), osmflow_layer_name(kind));
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_edit_room_for_tags(size_t count, struct osmflow_tag_view **room,
                                               struct osmflow_error *error) {
  *room = calloc(count + 2, sizeof **room);
  return *room ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu tags", count);
}

enum osmflow_status osmflow_edit_tagged_way(const struct osmflow_edit_options *options,
                                            const struct osmflow_draft *relation, int64_t *way,
                                            struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const struct osmflow_draft *found = NULL;
  *way = 0;
  for (size_t i = 0; i < relation->tag_count; i++)
    if (!osmflow_text_is(relation->tags[i].key, "type"))
      return OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && !found && i < relation->member_count; i++) {
    const struct osmflow_draft_member *member = &relation->members[i];
    if (member->type == OSMFLOW_WAY && osmflow_text_is(member->role, "outer"))
      status = osmflow_drafts_get(options->drafts, OSMFLOW_WAY, member->ref, &found, error);
  }
  if (status == OSMFLOW_OK && found && found->tag_count > 0)
    *way = found->id;
  return status;
}

/* A way that needed area=yes keeps it: its layer does not show that tag. */
static enum osmflow_status retag_way(const struct osmflow_edit_options *options, const struct osmflow_edit_tags *tags,
                                     int64_t id, struct osmflow_error *error) {
  const struct osmflow_draft *way = NULL;
  struct osmflow_tag_view *kept_room = NULL, *room = NULL;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, id, &way, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &kept_room, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  if (status == OSMFLOW_OK) {
    const bool keeps_area =
        osmflow_text_is(osmflow_draft_tag(way, "area"), "yes") && !osmflow_edit_tag(tags, "area").data;
    const struct osmflow_edit_tags kept =
        keeps_area ? osmflow_edit_tags_with(tags, NULL, "area", osmflow_text("yes"), kept_room) : *tags;
    const struct osmflow_edit_tags all = osmflow_edit_area_tags(options, &kept, room);
    status = osmflow_edit_set_tags(options, OSMFLOW_WAY, id, &all, error);
  }
  free(kept_room);
  free(room);
  return status;
}

/* The tags of an old-style multipolygon are changed where they are; its type stays the relation's. */
static enum osmflow_status retag_relation(const struct osmflow_edit_options *options,
                                          const struct osmflow_edit_tags *tags, int64_t id,
                                          struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL, *way = NULL;
  struct osmflow_tag_view *room = NULL;
  struct osmflow_text type = nothing;
  int64_t tagged = 0;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_RELATION, id, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_area_type(options, tags, osmflow_draft_tag(relation, "type"), &type, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_tagged_way(options, relation, &tagged, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_room_for_tags(tags->count, &room, error);
  if (status == OSMFLOW_OK && tagged)
    status = osmflow_edit_find(options, OSMFLOW_WAY, tagged, &way, error);
  if (status == OSMFLOW_OK && tagged) {
    const struct osmflow_edit_tags all =
        osmflow_edit_tags_with(tags, NULL, "type", osmflow_draft_tag(way, "type"), room);
    status = osmflow_edit_set_tags(options, OSMFLOW_WAY, tagged, &all, error);
  }
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags no_tags = {NULL, 0};
    const struct osmflow_edit_tags all = osmflow_edit_tags_with(tagged ? &no_tags : tags, NULL, "type", type, room);
    status = osmflow_edit_set_tags(options, OSMFLOW_RELATION, id, &all, error);
  }
  free(room);
  return status;
}

enum osmflow_status osmflow_edit_retag_area(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_tags *tags,
                                            const struct osmflow_edit_element *element, struct osmflow_error *error) {
  return element->type == OSMFLOW_WAY ? retag_way(options, tags, element->id, error)
                                      : retag_relation(options, tags, element->id, error);
}
