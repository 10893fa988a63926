#include "osm/area.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "osm/area_parts.h"

enum {
  MOST_POSITIONS = 1 << 28,
  MOST_SIMPLE = 33 /* positions of a closed way for which comparing every segment with every other one is cheapest */
};

void osmflow_area_init(struct osmflow_area *area) {
  *area = (struct osmflow_area){0};
}

void osmflow_area_clear(struct osmflow_area *area) {
  struct osmflow_area_workspace *workspace = area->workspace;
  if (workspace) {
    free(workspace->edges);
    free(workspace->ends);
    free(workspace->scratch);
    free(workspace->traces);
    free(workspace->marks);
    free(workspace->stack);
    free(workspace->sequence);
    free(workspace->drafts);
    free(workspace->order.slots);
    free(workspace);
  }
  free(area->positions);
  free(area->rings);
  osmflow_area_init(area);
}

enum osmflow_status osmflow_area_reserve(struct osmflow_area *area, size_t positions, size_t rings,
                                         struct osmflow_error *error) {
  struct osmflow_area_workspace *workspace = area->workspace;
  const enum osmflow_status status = osmflow_array_reserve((void **)&area->positions, &workspace->position_capacity,
                                                           positions, sizeof *area->positions, MOST_POSITIONS, error);
  if (status != OSMFLOW_OK)
    return status;
  return osmflow_array_reserve((void **)&area->rings, &workspace->ring_capacity, rings, sizeof *area->rings,
                               MOST_POSITIONS, error);
}

bool osmflow_area_fail(struct osmflow_area *area, enum osmflow_area_problem problem, uint64_t place) {
  area->problem = problem;
  area->problem_place = osmflow_area_unpack(place);
  return false;
}

const char *osmflow_area_problem_text(enum osmflow_area_problem problem) {
  static const char *const texts[] = {
      [OSMFLOW_AREA_FINE] = "area is fine",
      [OSMFLOW_AREA_NO_RING] = "there is no ring",
      [OSMFLOW_AREA_OPEN_RING] = "ring is open",
      [OSMFLOW_AREA_INTERSECTION] = "segments cross or touch without a common node",
      [OSMFLOW_AREA_OVERLAP] = "segments lie on each other",
  };
  return (size_t)problem < sizeof texts / sizeof texts[0] ? texts[problem] : "unknown problem";
}

/* Whether a closed line of so many segments is a ring as it stands: no point met twice, no segments that meet but where
 * one follows the other. */
static bool is_simple(const uint64_t *points, size_t segments) {
  struct osmflow_area_pair edges[MOST_SIMPLE];
  for (size_t i = 0; i < segments; i++) {
    const uint64_t from = points[i], to = points[i + 1];
    if (from == to)
      return false;
    edges[i] = from < to ? (struct osmflow_area_pair){from, to} : (struct osmflow_area_pair){to, from};
    for (size_t j = 0; j < i; j++)
      if (points[j] == from || osmflow_area_compare(edges[j], edges[i]) != OSMFLOW_AREA_FINE)
        return false;
  }
  return true;
}

/* The usual area, a building: one short closed way that needs no more than the right direction. */
static enum osmflow_status try_simple(struct osmflow_area *area, const struct osmflow_area_way *way,
                                      struct osmflow_error *error) {
  uint64_t points[MOST_SIMPLE];
  if (way->count < 4 || way->count > MOST_SIMPLE)
    return OSMFLOW_OK;
  const size_t segments = way->count - 1;
  size_t lowest = 0;
  for (size_t i = 0; i < way->count; i++) {
    points[i] = osmflow_area_pack(way->positions[i]);
    if (points[i] < points[lowest])
      lowest = i;
  }
  if (points[0] != points[segments] || !is_simple(points, segments))
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_area_reserve(area, way->count, 1, error);
  if (status != OSMFLOW_OK)
    return status;
  const uint64_t before = points[lowest > 0 ? lowest - 1 : segments - 1];
  const bool is_forward = osmflow_area_side(before, points[lowest], points[lowest + 1]) > 0;
  for (size_t i = 0; i < way->count; i++)
    area->positions[i] = way->positions[is_forward ? i : segments - i];
  area->rings[0] = (struct osmflow_area_ring){0, way->count, 0};
  area->position_count = way->count;
  area->ring_count = area->outer_count = 1;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_area_assemble(struct osmflow_area *area, const struct osmflow_area_way *ways, size_t count,
                                          struct osmflow_error *error) {
  area->position_count = area->ring_count = area->outer_count = 0;
  area->problem = OSMFLOW_AREA_FINE;
  area->problem_place = (struct osmflow_position){0, 0};
  if (!area->workspace)
    area->workspace = calloc(1, sizeof *area->workspace);
  if (!area->workspace)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to assemble an area");
  enum osmflow_status status = count == 1 ? try_simple(area, &ways[0], error) : OSMFLOW_OK;
  if (status != OSMFLOW_OK || area->ring_count > 0)
    return status;
  status = osmflow_area_collect(area, ways, count, error);
  if (status == OSMFLOW_OK && area->problem == OSMFLOW_AREA_FINE)
    status = osmflow_area_sweep(area, error);
  if (status == OSMFLOW_OK && area->problem == OSMFLOW_AREA_FINE)
    status = osmflow_area_build(area, error);
  return status;
}
