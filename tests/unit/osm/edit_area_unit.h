/* What the random tests of polygons share: dice, rings that are wished, what is assembled from the working copy, and
 * whether the two are the same. */
#ifndef OSMFLOW_UNIT_EDIT_AREA_H
#define OSMFLOW_UNIT_EDIT_AREA_H

#include "edit_unit.h"
#include "osm/area.h"
#include "unit.h"

enum { MOST_RINGS = 64, MOST_WAYS = 128, MOST_VERTICES = 2048, RING_TEXT = 4096 };

static uint64_t seed;

static inline uint32_t dice(uint32_t sides) {
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(seed >> 33) % sides;
}

struct wish {
  struct osmflow_position positions[MOST_VERTICES];
  struct osmflow_edit_part parts[MOST_RINGS];
  struct osmflow_edit_shape shape;
};

static inline void add_ring(struct wish *wish, const struct osmflow_position *ring, size_t count,
                            enum osmflow_part_kind kind, bool turns) {
  const size_t first = wish->shape.position_count, begin = turns ? dice((uint32_t)count) : 0;
  const bool is_reversed = turns && dice(2);
  for (size_t i = 0; i <= count; i++)
    wish->positions[first + i] = ring[(is_reversed ? begin + 2 * count - i : begin + i) % count];
  wish->parts[wish->shape.part_count++] = (struct osmflow_edit_part){kind, first, count + 1};
  wish->shape.position_count += count + 1;
}

/* What the relation is at present, as it would be shown. */
static inline void show(struct edit_unit *unit, struct wish *shown) {
  static struct osmflow_position positions[MOST_VERTICES];
  struct osmflow_area_way ways[MOST_WAYS];
  const struct osmflow_draft *relation = NULL, *way = NULL, *node = NULL;
  struct osmflow_area area;
  size_t used = 0, count = 0;
  osmflow_area_init(&area);
  edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_RELATION, 5, &relation, NULL));
  for (size_t i = 0; i < relation->member_count; i++) {
    edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_WAY, relation->members[i].ref, &way, NULL));
    ways[count++] = (struct osmflow_area_way){positions + used, way->ref_count};
    for (size_t k = 0; k < way->ref_count; k++) {
      edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_NODE, way->refs[k], &node, NULL));
      positions[used++] = (struct osmflow_position){node->lon, node->lat};
    }
  }
  edit_unit_check(osmflow_area_assemble(&area, ways, count, NULL));
  CU_ASSERT_EQUAL(area.problem, OSMFLOW_AREA_FINE);
  shown->shape = (struct osmflow_edit_shape){shown->positions, shown->parts, 0, 0};
  for (size_t i = 0; i < area.ring_count; i++)
    add_ring(shown, area.positions + area.rings[i].first, area.rings[i].count - 1,
             area.rings[i].outer == i ? OSMFLOW_PART_OUTER : OSMFLOW_PART_INNER, false);
  osmflow_area_clear(&area);
}

static inline bool is_before(struct osmflow_position left, struct osmflow_position right) {
  return left.lon < right.lon || (left.lon == right.lon && left.lat < right.lat);
}

/* A ring as text, wherever it begins and whichever way it runs; rings in the order of their first vertices. */
static inline void print_ring(const struct wish *wish, size_t index, char *text) {
  const struct osmflow_edit_part *part = &wish->parts[index];
  const struct osmflow_position *ring = wish->positions + part->first;
  const size_t count = part->count - 1;
  size_t first = 0;
  for (size_t i = 1; i < count; i++)
    if (is_before(ring[i], ring[first]))
      first = i;
  const bool is_reversed = is_before(ring[(first + count - 1) % count], ring[(first + 1) % count]);
  *text++ = part->kind == OSMFLOW_PART_OUTER ? 'O' : 'I';
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_position at = ring[(is_reversed ? first + count - i : first + i) % count];
    text += sprintf(text, " %d %d,", at.lon, at.lat);
  }
}

static inline int compare_text(const void *left, const void *right) {
  return strcmp(left, right);
}

static inline void print_rings(const struct wish *wish, char texts[MOST_RINGS][RING_TEXT]) {
  memset(texts, 0, MOST_RINGS * (size_t)RING_TEXT);
  for (size_t i = 0; i < wish->shape.part_count; i++)
    print_ring(wish, i, texts[i]);
  qsort(texts, wish->shape.part_count, RING_TEXT, compare_text);
}

static inline void check_same(const struct wish *one, const struct wish *other, unsigned round, const char *what) {
  static char left[MOST_RINGS][RING_TEXT], right[MOST_RINGS][RING_TEXT];
  print_rings(one, left);
  print_rings(other, right);
  CU_ASSERT_EQUAL(one->shape.part_count, other->shape.part_count);
  for (size_t i = 0; i < MOST_RINGS; i++)
    if (strcmp(left[i], right[i]) != 0) {
      fprintf(stderr, "\nround %u, %s:\n  %s\n  %s\n", round, what, left[i], right[i]);
      CU_FAIL("the rings are not those wanted");
      return;
    }
}

#endif
