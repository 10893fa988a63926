#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "osm/edit_area_parts.h"

enum { MOST_ITEMS = 0x7FFFFFFE };

/* The shown segments by the places of their ends. */
struct segments {
  struct osmflow_idmap places, by_ends;
};

void osmflow_edit_ways_init(struct osmflow_edit_ways *ways) {
  *ways = (struct osmflow_edit_ways){0};
  osmflow_idmap_init(&ways->by_id);
}

void osmflow_edit_ways_clear(struct osmflow_edit_ways *ways) {
  free(ways->items);
  free(ways->stops);
  osmflow_idmap_clear(&ways->by_id);
  osmflow_edit_ways_init(ways);
}

static int64_t pack_ends(uint32_t one, uint32_t other) {
  return one < other ? (int64_t)((uint64_t)one << 32 | other) : (int64_t)((uint64_t)other << 32 | one);
}

static enum osmflow_status learn_segments(const struct osmflow_edit_rings *rings, struct segments *segments,
                                          struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_idmap_init(&segments->places);
  osmflow_idmap_init(&segments->by_ends);
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->vertex_count; i++)
    status = osmflow_idmap_set(&segments->places, osmflow_edit_pack(rings->vertices[i].position), (uint32_t)i, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->vertex_count; i++) {
    const struct osmflow_position next = rings->vertices[osmflow_edit_rings_next(rings, i)].position;
    const uint32_t one = osmflow_idmap_find(&segments->places, osmflow_edit_pack(rings->vertices[i].position));
    status = osmflow_idmap_set(&segments->by_ends,
                               pack_ends(one, osmflow_idmap_find(&segments->places, osmflow_edit_pack(next))),
                               (uint32_t)i, error);
  }
  return status;
}

static size_t find_segment(const struct segments *segments, struct osmflow_position from, struct osmflow_position to) {
  const uint32_t one = osmflow_idmap_find(&segments->places, osmflow_edit_pack(from));
  const uint32_t other = osmflow_idmap_find(&segments->places, osmflow_edit_pack(to));
  if (one == OSMFLOW_IDMAP_NONE || other == OSMFLOW_IDMAP_NONE)
    return OSMFLOW_SEQUENCE_NONE;
  const uint32_t found = osmflow_idmap_find(&segments->by_ends, pack_ends(one, other));
  return found == OSMFLOW_IDMAP_NONE ? OSMFLOW_SEQUENCE_NONE : found;
}

/* An element at present, or as it was at first. */
static enum osmflow_status look_up(const struct osmflow_edit_options *options, bool at_first,
                                   enum osmflow_element_type type, int64_t id, const struct osmflow_draft **found,
                                   struct osmflow_error *error) {
  return at_first ? osmflow_drafts_original(options->drafts, type, id, found, error)
                  : osmflow_drafts_get(options->drafts, type, id, found, error);
}

static enum osmflow_status add_stops(const struct osmflow_edit_options *options, bool at_first,
                                     const struct osmflow_draft *way, struct osmflow_edit_ways *ways,
                                     struct osmflow_error *error) {
  enum osmflow_status status =
      osmflow_array_reserve((void **)&ways->stops, &ways->stop_capacity, ways->stop_count + way->ref_count,
                            sizeof *ways->stops, MOST_ITEMS, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < way->ref_count; i++) {
    const struct osmflow_draft *node = NULL;
    status = look_up(options, at_first, OSMFLOW_NODE, way->refs[i], &node, error);
    if (status == OSMFLOW_OK && (!node || node->lon == OSMFLOW_NO_POSITION))
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                 "its geometry cannot be changed: node %" PRId64 " of way %" PRId64
                                 " is not here. Download the whole of it first.",
                                 way->refs[i], way->id);
    if (status == OSMFLOW_OK)
      ways->stops[ways->stop_count++] = (struct osmflow_edit_stop){.node = way->refs[i],
                                                                   .becomes = way->refs[i],
                                                                   .position = {node->lon, node->lat},
                                                                   .segment = OSMFLOW_SEQUENCE_NONE};
  }
  return status;
}

static enum osmflow_status add_way(const struct osmflow_edit_options *options, bool at_first, int64_t id,
                                   struct osmflow_edit_ways *ways, struct osmflow_error *error) {
  const struct osmflow_draft *way = NULL;
  enum osmflow_status status = look_up(options, at_first, OSMFLOW_WAY, id, &way, error);
  if (status == OSMFLOW_OK && !way)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "its geometry cannot be changed: way %" PRId64
                             ", a part of it, is not here. Download the whole of it first.",
                             id);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&ways->items, &ways->capacity, ways->count + 1, sizeof *ways->items,
                                   MOST_ITEMS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_idmap_set(&ways->by_id, id, (uint32_t)ways->count, error);
  if (status == OSMFLOW_OK) {
    ways->items[ways->count++] =
        (struct osmflow_edit_way){.id = id,
                                  .first = ways->stop_count,
                                  .count = way->ref_count,
                                  .is_closed = osmflow_edit_is_closed(way->refs, way->ref_count)};
    status = add_stops(options, at_first, way, ways, error);
  }
  return status;
}

static enum osmflow_status add_ways(const struct osmflow_edit_options *options, bool at_first,
                                    const struct osmflow_edit_element *element, struct osmflow_edit_ways *ways,
                                    struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  if (element->type == OSMFLOW_WAY)
    return add_way(options, at_first, element->id, ways, error);
  enum osmflow_status status = look_up(options, at_first, OSMFLOW_RELATION, element->id, &relation, error);
  if (status == OSMFLOW_OK && !relation)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "relation %" PRId64 " is not here, or deleted", element->id);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++) {
    const struct osmflow_draft_member *member = &relation->members[i];
    if (member->type == OSMFLOW_WAY && !osmflow_text_is(member->role, "subarea") &&
        osmflow_idmap_find(&ways->by_id, member->ref) == OSMFLOW_IDMAP_NONE)
      status = add_way(options, at_first, member->ref, ways, error);
  }
  return status;
}

static enum osmflow_status lay_on_rings(const struct segments *segments, const struct osmflow_edit_rings *rings,
                                        struct osmflow_edit_ways *ways, struct osmflow_error *error) {
  bool *is_covered = calloc(rings->vertex_count + 1, sizeof *is_covered);
  char place[OSMFLOW_EDIT_PLACE_SIZE];
  enum osmflow_status status = OSMFLOW_OK;
  if (!is_covered)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", rings->vertex_count);
  for (size_t i = 0; i < ways->count; i++)
    for (size_t k = ways->items[i].first; k + 1 < ways->items[i].first + ways->items[i].count; k++) {
      struct osmflow_edit_stop *stop = &ways->stops[k];
      stop->segment = find_segment(segments, stop->position, ways->stops[k + 1].position);
      if (stop->segment != OSMFLOW_SEQUENCE_NONE) {
        stop->is_forward =
            osmflow_edit_pack(rings->vertices[stop->segment].position) == osmflow_edit_pack(stop->position);
        is_covered[stop->segment] = true;
      }
    }
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->vertex_count; i++)
    if (!is_covered[i])
      status = osmflow_error_set(
          error, OSMFLOW_BAD_ARGUMENT,
          "its geometry cannot be changed: no way of it runs on from %s as it was shown. Read it again.",
          osmflow_edit_place_name(rings->vertices[i].position, place));
  free(is_covered);
  return status;
}

/* A feature that was read before other edits moved what it is made of is taken as it was then. */
enum osmflow_status osmflow_edit_ways_find(const struct osmflow_edit_options *options,
                                           const struct osmflow_edit_element *element,
                                           const struct osmflow_edit_rings *rings, struct osmflow_edit_ways *ways,
                                           struct osmflow_error *error) {
  struct segments segments;
  enum osmflow_status status = learn_segments(rings, &segments, error);
  if (status == OSMFLOW_OK)
    status = add_ways(options, false, element, ways, error);
  if (status == OSMFLOW_OK)
    status = lay_on_rings(&segments, rings, ways, error);
  if (status == OSMFLOW_BAD_ARGUMENT) {
    struct osmflow_edit_ways before;
    osmflow_edit_ways_init(&before);
    enum osmflow_status again = add_ways(options, true, element, &before, NULL);
    if (again == OSMFLOW_OK)
      again = lay_on_rings(&segments, rings, &before, NULL);
    if (again == OSMFLOW_OK) {
      osmflow_edit_ways_clear(ways);
      *ways = before;
      status = OSMFLOW_OK;
    } else {
      osmflow_edit_ways_clear(&before);
    }
  }
  osmflow_idmap_clear(&segments.places);
  osmflow_idmap_clear(&segments.by_ends);
  return status;
}

struct osmflow_edit_sides osmflow_edit_ways_sides(const struct osmflow_edit_ways *ways,
                                                  const struct osmflow_edit_rings *rings,
                                                  const struct osmflow_edit_way *way, size_t stop) {
  struct osmflow_edit_sides sides = {OSMFLOW_SEQUENCE_NONE, OSMFLOW_SEQUENCE_NONE};
  const size_t last = way->count - 1;
  const size_t at_before = stop > 0 ? stop - 1 : way->is_closed ? last - 1 : OSMFLOW_SEQUENCE_NONE;
  const size_t at_after = stop < last ? stop : way->is_closed ? 0 : OSMFLOW_SEQUENCE_NONE;
  if (at_before != OSMFLOW_SEQUENCE_NONE) {
    const struct osmflow_edit_stop *before = &ways->stops[way->first + at_before];
    if (before->segment != OSMFLOW_SEQUENCE_NONE)
      sides.before = before->is_forward ? osmflow_edit_rings_next(rings, before->segment) : before->segment;
  }
  if (at_after != OSMFLOW_SEQUENCE_NONE) {
    const struct osmflow_edit_stop *after = &ways->stops[way->first + at_after];
    if (after->segment != OSMFLOW_SEQUENCE_NONE)
      sides.after = after->is_forward ? after->segment : osmflow_edit_rings_next(rings, after->segment);
  }
  return sides;
}

/* Whether two rings that touch in a vertex do so afterwards, or go on as if they did. */
static bool stay_together(const struct osmflow_edit_rings *rings, const struct osmflow_edit_vertex *one,
                          const struct osmflow_edit_vertex *other) {
  if (one->fate == OSMFLOW_EDIT_REMOVED || other->fate == OSMFLOW_EDIT_REMOVED)
    return false;
  return osmflow_edit_pack(rings->positions[one->wanted]) == osmflow_edit_pack(rings->positions[other->wanted]);
}

enum osmflow_status osmflow_edit_ways_check(const struct osmflow_edit_ways *ways,
                                            const struct osmflow_edit_rings *rings, const struct osmflow_edit_way *way,
                                            size_t stop, struct osmflow_error *error) {
  const struct osmflow_edit_sides sides = osmflow_edit_ways_sides(ways, rings, way, stop);
  const bool is_end = !way->is_closed && (stop == 0 || stop == way->count - 1);
  const bool has_both = sides.before != OSMFLOW_SEQUENCE_NONE && sides.after != OSMFLOW_SEQUENCE_NONE;
  char place[OSMFLOW_EDIT_PLACE_SIZE];
  if (is_end || sides.before == sides.after)
    return OSMFLOW_OK;
  const struct osmflow_edit_vertex *here =
      &rings->vertices[sides.before == OSMFLOW_SEQUENCE_NONE ? sides.after : sides.before];
  if (has_both ? stay_together(rings, here, &rings->vertices[sides.after]) : here->fate != OSMFLOW_EDIT_REMOVED)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "its geometry cannot be changed at %s: way %" PRId64
                           " runs through there from one ring into another one. Split the way there first.",
                           osmflow_edit_place_name(here->position, place), way->id);
}
