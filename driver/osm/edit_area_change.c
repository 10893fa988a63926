#include <inttypes.h>
#include <stdlib.h>

#include "osm/edit_area_parts.h"

/* One change of a polygon's rings. */
struct change {
  const struct osmflow_edit_options *options;
  const struct osmflow_edit_element *element;
  const struct osmflow_edit_rings *rings;
  const struct osmflow_edit_shape *wanted;
  struct osmflow_edit_ways ways;
  struct osmflow_edit_ids dropped, changed;
};

static const struct osmflow_edit_ring *ring_of(const struct change *change, size_t segment) {
  return &change->rings->shown[change->rings->vertices[segment].ring];
}

/* A ring that went takes its ways along, if they are no part of anything else. */
static enum osmflow_status find_removed(struct change *change, struct osmflow_error *error) {
  char place[OSMFLOW_EDIT_PLACE_SIZE];
  for (size_t i = 0; i < change->ways.count; i++) {
    struct osmflow_edit_way *way = &change->ways.items[i];
    const struct osmflow_edit_stop *stops = change->ways.stops + way->first, *gone = NULL;
    bool has_others = false;
    for (size_t k = 0; k + 1 < way->count; k++) {
      const bool is_of_ring = stops[k].segment != OSMFLOW_SEQUENCE_NONE;
      if (is_of_ring && ring_of(change, stops[k].segment)->other == OSMFLOW_SEQUENCE_NONE)
        gone = &stops[k];
      else
        has_others = true;
    }
    way->is_removed = gone != NULL;
    if (gone && has_others)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the ring at %s cannot be removed: way %" PRId64
                               " is a part of it and of others. Split the way first.",
                               osmflow_edit_place_name(gone->position, place), way->id);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status change_ways(struct change *change, struct osmflow_error *error) {
  int64_t *nodes = calloc(change->rings->position_count + 1, sizeof *nodes);
  enum osmflow_status status = OSMFLOW_OK;
  if (!nodes)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu nodes", change->rings->position_count);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_ways_place(change->options, change->rings, &change->ways, nodes, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_ways_write(change->options, change->rings, &change->ways, nodes, &change->dropped,
                                     &change->changed, error);
  free(nodes);
  return status;
}

static const struct osmflow_edit_way *find_way(const struct change *change, const struct osmflow_draft_member *member) {
  const uint32_t found =
      member->type == OSMFLOW_WAY ? osmflow_idmap_find(&change->ways.by_id, member->ref) : OSMFLOW_IDMAP_NONE;
  return found == OSMFLOW_IDMAP_NONE ? NULL : &change->ways.items[found];
}

/* Roles stay as they are, unless an inner ring became an outer one or the reverse. */
static void change_role(const struct change *change, struct osmflow_draft_member *member) {
  const struct osmflow_edit_way *way = find_way(change, member);
  for (size_t k = 0; way && k + 1 < way->count; k++) {
    const size_t segment = change->ways.stops[way->first + k].segment;
    if (segment == OSMFLOW_SEQUENCE_NONE)
      continue;
    const struct osmflow_edit_ring *ring = ring_of(change, segment);
    const enum osmflow_part_kind kind = change->rings->wanted[ring->other].kind;
    if (kind != ring->kind && osmflow_text_is(member->role, kind == OSMFLOW_PART_INNER ? "outer" : "inner"))
      member->role = osmflow_text(kind == OSMFLOW_PART_INNER ? "inner" : "outer");
    return;
  }
}

static enum osmflow_status change_members(struct change *change, struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  struct osmflow_edit_members members = {0};
  size_t kept = 0;
  enum osmflow_status status =
      osmflow_edit_find(change->options, OSMFLOW_RELATION, change->element->id, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_members_copy(&members, relation, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < members.count; i++) {
    const struct osmflow_edit_way *way = find_way(change, &members.items[i]);
    if (way && way->is_removed)
      continue;
    change_role(change, &members.items[i]);
    members.items[kept++] = members.items[i];
  }
  members.count = kept;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->rings->wanted_count; i++)
    if (change->rings->wanted[i].other == OSMFLOW_SEQUENCE_NONE) {
      const struct osmflow_edit_part *part = &change->wanted->parts[i];
      status = osmflow_edit_add_ring(change->options, change->wanted->positions + part->first, part->count, part->kind,
                                     &members, error);
    }
  if (status == OSMFLOW_OK && members.count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "nothing would be left of it; delete it instead");
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_members(change->options, change->element->id, &members, error);
  osmflow_edit_members_clear(&members);
  return status;
}

/* What is not needed any more, and what became too long. */
static enum osmflow_status clean_up(struct change *change, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->ways.count; i++)
    if (change->ways.items[i].is_removed)
      status = osmflow_edit_drop_way(change->options, change->ways.items[i].id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_drop_nodes(change->options, change->dropped.items, change->dropped.count, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->changed.count; i++) {
    const struct osmflow_draft *way = NULL;
    struct osmflow_edit_ids pieces = {0};
    int64_t made = 0;
    status = osmflow_edit_find(change->options, OSMFLOW_WAY, change->changed.items[i], &way, error);
    if (status == OSMFLOW_OK && way->ref_count > change->options->most_way_nodes)
      status = osmflow_edit_split(change->options, way->id, &pieces, &made, error);
    osmflow_edit_ids_clear(&pieces);
  }
  return status;
}

enum osmflow_status osmflow_edit_change_rings(const struct osmflow_edit_options *options,
                                              const struct osmflow_edit_element *element,
                                              const struct osmflow_edit_rings *rings,
                                              const struct osmflow_edit_shape *wanted, struct osmflow_error *error) {
  struct change change = {.options = options, .element = element, .rings = rings, .wanted = wanted};
  osmflow_edit_ways_init(&change.ways);
  enum osmflow_status status = osmflow_edit_ways_find(options, element, rings, &change.ways, error);
  if (status == OSMFLOW_OK)
    status = find_removed(&change, error);
  if (status == OSMFLOW_OK)
    status = change_ways(&change, error);
  if (status == OSMFLOW_OK && element->type == OSMFLOW_RELATION)
    status = change_members(&change, error);
  if (status == OSMFLOW_OK)
    status = clean_up(&change, error);
  osmflow_edit_ways_clear(&change.ways);
  osmflow_edit_ids_clear(&change.dropped);
  osmflow_edit_ids_clear(&change.changed);
  return status;
}
