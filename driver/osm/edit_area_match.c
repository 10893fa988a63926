#include <stdlib.h>

#include "base/bytes.h"
#include "base/idmap.h"
#include "osm/edit_area_parts.h"
#include "osm/sequence.h"

enum { MOST_ITEMS = 0x7FFFFFFE };

void osmflow_edit_rings_clear(struct osmflow_edit_rings *rings) {
  free(rings->shown);
  free(rings->wanted);
  free(rings->vertices);
  free(rings->positions);
  *rings = (struct osmflow_edit_rings){0};
}

size_t osmflow_edit_rings_next(const struct osmflow_edit_rings *rings, size_t vertex) {
  const struct osmflow_edit_ring *ring = &rings->shown[rings->vertices[vertex].ring];
  return vertex + 1 < ring->first + ring->count ? vertex + 1 : ring->first;
}

/* Copies the rings of a shape, without what closes them and without equal neighbours. */
static enum osmflow_status copy_rings(const struct osmflow_edit_shape *shape, struct osmflow_edit_ring *rings,
                                      struct osmflow_position *positions, size_t *used, struct osmflow_error *error) {
  *used = 0;
  for (size_t i = 0; i < shape->part_count; i++) {
    const struct osmflow_edit_part *part = &shape->parts[i];
    const struct osmflow_position *from = shape->positions + part->first;
    struct osmflow_position *to = positions + *used;
    size_t count = 0;
    for (size_t k = 0; k < part->count; k++)
      if (count == 0 || !osmflow_edit_same_place(from[k], to[count - 1]))
        to[count++] = from[k];
    while (count > 1 && osmflow_edit_same_place(to[0], to[count - 1]))
      count--;
    if (count < 3)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a ring has fewer than 3 vertices at different places");
    rings[i] = (struct osmflow_edit_ring){*used, count, part->kind, OSMFLOW_SEQUENCE_NONE};
    *used += count;
  }
  return OSMFLOW_OK;
}

static enum osmflow_status copy_shapes(const struct osmflow_edit_shape *shown, const struct osmflow_edit_shape *wanted,
                                       struct osmflow_edit_rings *rings, struct osmflow_error *error) {
  struct osmflow_position *positions = calloc(shown->position_count + 1, sizeof *positions);
  rings->shown = calloc(shown->part_count + 1, sizeof *rings->shown);
  rings->wanted = calloc(wanted->part_count + 1, sizeof *rings->wanted);
  rings->vertices = calloc(shown->position_count + 1, sizeof *rings->vertices);
  rings->positions = calloc(wanted->position_count + 1, sizeof *rings->positions);
  rings->shown_count = shown->part_count;
  rings->wanted_count = wanted->part_count;
  enum osmflow_status status = OSMFLOW_OK;
  if (!positions || !rings->shown || !rings->wanted || !rings->vertices || !rings->positions ||
      shown->position_count > MOST_ITEMS || wanted->position_count > MOST_ITEMS)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a polygon with %zu vertices",
                               wanted->position_count);
  if (status == OSMFLOW_OK)
    status = copy_rings(shown, rings->shown, positions, &rings->vertex_count, error);
  if (status == OSMFLOW_OK)
    status = copy_rings(wanted, rings->wanted, rings->positions, &rings->position_count, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->shown_count; i++)
    for (size_t k = 0; k < rings->shown[i].count; k++)
      rings->vertices[rings->shown[i].first + k] =
          (struct osmflow_edit_vertex){.position = positions[rings->shown[i].first + k], .ring = i};
  free(positions);
  return status;
}

/* How many vertices a shown and a wanted ring have in common. */
struct pair {
  size_t shown, wanted, common;
  bool is_same_kind;
};
struct pairs {
  struct pair *items;
  size_t count, capacity;
};

static int compare_pairs(const void *left, const void *right) {
  const struct pair *one = left, *other = right;
  if (one->is_same_kind != other->is_same_kind)
    return one->is_same_kind ? -1 : 1;
  if (one->common != other->common)
    return one->common > other->common ? -1 : 1;
  if (one->shown != other->shown)
    return one->shown < other->shown ? -1 : 1;
  return one->wanted < other->wanted ? -1 : one->wanted > other->wanted;
}

/* The shown vertices by place: `first` has one of each place, `next` leads to the others, which are of other rings. */
struct places {
  struct osmflow_idmap first;
  uint32_t *next;
};

static enum osmflow_status learn_places(const struct osmflow_edit_rings *rings, struct places *places,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_idmap_init(&places->first);
  places->next = calloc(rings->vertex_count + 1, sizeof *places->next);
  if (!places->next)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", rings->vertex_count);
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->vertex_count; i++) {
    uint32_t *first = NULL;
    status = osmflow_idmap_place(&places->first, osmflow_edit_pack(rings->vertices[i].position), &first, error);
    if (status == OSMFLOW_OK) {
      places->next[i] = *first;
      *first = (uint32_t)i;
    }
  }
  return status;
}

static enum osmflow_status count_common(const struct osmflow_edit_rings *rings, const struct places *places,
                                        size_t wanted, size_t *counts, struct pairs *pairs,
                                        struct osmflow_error *error) {
  const struct osmflow_edit_ring *ring = &rings->wanted[wanted];
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t i = 0; status == OSMFLOW_OK && i < ring->count; i++) {
      uint32_t vertex = osmflow_idmap_find(&places->first, osmflow_edit_pack(rings->positions[ring->first + i]));
      for (; status == OSMFLOW_OK && vertex != OSMFLOW_IDMAP_NONE; vertex = places->next[vertex]) {
        const size_t shown = rings->vertices[vertex].ring;
        if (pass == 0) {
          counts[shown]++;
        } else if (counts[shown] > 0) {
          status = osmflow_array_reserve((void **)&pairs->items, &pairs->capacity, pairs->count + 1,
                                         sizeof *pairs->items, MOST_ITEMS, error);
          if (status == OSMFLOW_OK)
            pairs->items[pairs->count++] =
                (struct pair){shown, wanted, counts[shown], rings->shown[shown].kind == ring->kind};
          counts[shown] = 0;
        }
      }
    }
  return status;
}

static void join(struct osmflow_edit_rings *rings, size_t shown, size_t wanted) {
  if (rings->shown[shown].other == OSMFLOW_SEQUENCE_NONE && rings->wanted[wanted].other == OSMFLOW_SEQUENCE_NONE) {
    rings->shown[shown].other = wanted;
    rings->wanted[wanted].other = shown;
  }
}

static bool overlap(const struct osmflow_edit_rings *rings, const struct osmflow_edit_ring *shown,
                    const struct osmflow_edit_ring *wanted) {
  struct osmflow_bbox left = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN}, right = left;
  for (size_t i = 0; i < shown->count + wanted->count; i++) {
    struct osmflow_bbox *box = i < shown->count ? &left : &right;
    const struct osmflow_position position = i < shown->count ? rings->vertices[shown->first + i].position
                                                              : rings->positions[wanted->first + i - shown->count];
    box->min_lon = position.lon < box->min_lon ? position.lon : box->min_lon;
    box->max_lon = position.lon > box->max_lon ? position.lon : box->max_lon;
    box->min_lat = position.lat < box->min_lat ? position.lat : box->min_lat;
    box->max_lat = position.lat > box->max_lat ? position.lat : box->max_lat;
  }
  return left.min_lon <= right.max_lon && right.min_lon <= left.max_lon && left.min_lat <= right.max_lat &&
         right.min_lat <= left.max_lat;
}

/* A ring without any vertex of its old ones was moved as a whole when it has as many and lies over them. */
static void join_moved(struct osmflow_edit_rings *rings) {
  for (size_t i = 0; i < rings->shown_count; i++)
    for (size_t k = 0; rings->shown[i].other == OSMFLOW_SEQUENCE_NONE && k < rings->wanted_count; k++) {
      const struct osmflow_edit_ring *shown = &rings->shown[i], *wanted = &rings->wanted[k];
      if (wanted->other == OSMFLOW_SEQUENCE_NONE && shown->kind == wanted->kind && shown->count == wanted->count &&
          overlap(rings, shown, wanted))
        join(rings, i, k);
    }
}

static enum osmflow_status join_rings(struct osmflow_edit_rings *rings, struct osmflow_error *error) {
  struct places places = {.next = NULL};
  struct pairs pairs = {0};
  size_t *counts = calloc(rings->shown_count + 1, sizeof *counts);
  enum osmflow_status status = learn_places(rings, &places, error);
  if (status == OSMFLOW_OK && !counts)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu rings", rings->shown_count);
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->wanted_count; i++)
    status = count_common(rings, &places, i, counts, &pairs, error);
  if (status == OSMFLOW_OK && pairs.count > 0)
    qsort(pairs.items, pairs.count, sizeof *pairs.items, compare_pairs);
  for (size_t i = 0; status == OSMFLOW_OK && i < pairs.count; i++)
    join(rings, pairs.items[i].shown, pairs.items[i].wanted);
  if (status == OSMFLOW_OK)
    join_moved(rings);
  free(counts);
  free(pairs.items);
  free(places.next);
  osmflow_idmap_clear(&places.first);
  return status;
}

enum osmflow_status osmflow_edit_rings_match(const struct osmflow_edit_shape *shown,
                                             const struct osmflow_edit_shape *wanted, struct osmflow_edit_rings *rings,
                                             struct osmflow_error *error) {
  *rings = (struct osmflow_edit_rings){0};
  enum osmflow_status status = copy_shapes(shown, wanted, rings, error);
  if (status == OSMFLOW_OK)
    status = join_rings(rings, error);
  rings->is_same = rings->shown_count == rings->wanted_count;
  for (size_t i = 0; i < rings->shown_count; i++) {
    if (status == OSMFLOW_OK && rings->shown[i].other != OSMFLOW_SEQUENCE_NONE)
      status = osmflow_edit_ring_match(rings, i, error);
    else
      rings->is_same = false;
  }
  return status;
}
