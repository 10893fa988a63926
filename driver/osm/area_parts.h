/* What the files of area assembly share: packed points, edges, the sweep's order, the workspace.
 *
 * area_edges.c  ways -> edges: every segment that counts once, sorted, with an even number of edges at every point
 * area_sweep.c  edges -> which side is inside, which edge follows which; finds every crossing
 * area_order.c  the edges under the sweep line, from south to north
 * area_rings.c  edges that follow each other -> simple rings -> the area */
#ifndef OSMFLOW_OSM_AREA_PARTS_H
#define OSMFLOW_OSM_AREA_PARTS_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osm/area.h"

#define OSMFLOW_AREA_NONE UINT32_MAX
enum { OSMFLOW_AREA_MOST_EDGES = 1 << 27 }; /* twice what 32,000 members of 2,000 nodes have */

/* A position as one number. Its order is by longitude, then latitude: the order in which the sweep meets points. */
static inline uint64_t osmflow_area_pack(struct osmflow_position position) {
  return (uint64_t)((uint32_t)position.lon ^ 0x80000000U) << 32 | ((uint32_t)position.lat ^ 0x80000000U);
}

static inline int64_t osmflow_area_lon(uint64_t point) {
  return (int64_t)(point >> 32) - INT64_C(0x80000000);
}

static inline int64_t osmflow_area_lat(uint64_t point) {
  return (int64_t)(point & UINT32_MAX) - INT64_C(0x80000000);
}

static inline struct osmflow_position osmflow_area_unpack(uint64_t point) {
  return (struct osmflow_position){(int32_t)osmflow_area_lon(point), (int32_t)osmflow_area_lat(point)};
}

/* 1: the point lies to the left of the line from -> to, -1: to the right, 0: on it. Exact: the products of two
 * differences of 33 bits need more than 64. */
static inline int osmflow_area_side(uint64_t from, uint64_t to, uint64_t point) {
  __extension__ typedef __int128 wide;
  const int64_t lon = osmflow_area_lon(from), lat = osmflow_area_lat(from);
  const wide left = (wide)(osmflow_area_lon(to) - lon) * (osmflow_area_lat(point) - lat);
  const wide right = (wide)(osmflow_area_lat(to) - lat) * (osmflow_area_lon(point) - lon);
  return (left > right) - (left < right);
}

/* Sorted by both numbers. An edge is the pair of its points, first < second. */
struct osmflow_area_pair {
  uint64_t first, second;
};

struct osmflow_area_trace {
  uint32_t first_vertex, second_vertex; /* vertices are numbered in the order of the sweep */
  uint32_t following;                   /* the next edge with the same part of the inside on its left */
  uint32_t below;                       /* edge next to the south of the first point, for the lowest edge there */
  uint32_t slot;                        /* place in the order while under the sweep line */
  uint32_t polygon;                     /* NONE until the rings are walked */
  bool inside_above; /* the inside is on the left of first -> second; otherwise on the left of second -> first */
};

/* A place in the order: a node of a balanced tree (a treap), also linked with its neighbours. Slot 0 stands below all
 * others and is the root; its `next` is the lowest, its `previous` the highest. */
struct osmflow_area_slot {
  uint32_t edge;
  uint32_t previous, next;
  uint32_t parent, left, right; /* left is lower; NONE where there is none */
  uint32_t priority;            /* never above the parent's */
};

struct osmflow_area_order {
  struct osmflow_area_slot *slots;
  size_t capacity;
  uint32_t used, free; /* slots ever used; head of the list of free ones, linked by next */
  uint32_t seed;
};

struct osmflow_area_draft {
  size_t first, count; /* numbers of edges in workspace->sequence */
  uint32_t polygon;
  bool is_outer;
};

struct osmflow_area_workspace {
  struct osmflow_area_pair *edges, *ends, *scratch; /* ends: second point of an edge, number of the edge */
  size_t edge_capacity, end_capacity, scratch_capacity;
  struct osmflow_area_trace *traces;
  size_t trace_capacity;
  uint32_t *marks, *stack, *sequence; /* stack also holds the edges around a vertex during the sweep */
  size_t mark_capacity, stack_capacity, sequence_capacity;
  struct osmflow_area_draft *drafts;
  size_t draft_capacity;
  struct osmflow_area_order order;
  size_t edge_count, draft_count, polygon_count;
  size_t position_capacity, ring_capacity; /* of the area's own arrays */
};

/* Makes room for a result in area->positions and area->rings. */
enum osmflow_status osmflow_area_reserve(struct osmflow_area *area, size_t positions, size_t rings,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Notes a problem and returns false, so that it can stand after `return`. */
bool osmflow_area_fail(struct osmflow_area *area, enum osmflow_area_problem problem, uint64_t place);

/* Fills workspace->edges and ends, or notes a problem. */
enum osmflow_status osmflow_area_collect(struct osmflow_area *area, const struct osmflow_area_way *ways, size_t count,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether two edges meet anywhere but in a point that is an end of both. */
enum osmflow_area_problem osmflow_area_compare(struct osmflow_area_pair left, struct osmflow_area_pair right);

/* Fills workspace->traces up to `following`, or notes a problem. */
enum osmflow_status osmflow_area_sweep(struct osmflow_area *area, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Cannot fail before `edges` + 1 slots are in use. */
enum osmflow_status osmflow_area_order_start(struct osmflow_area_order *order, size_t edges,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
uint32_t osmflow_area_order_insert(struct osmflow_area_order *order, uint32_t previous, uint32_t edge);
void osmflow_area_order_remove(struct osmflow_area_order *order, uint32_t slot);

/* Turns the traces into area->rings. */
enum osmflow_status osmflow_area_build(struct osmflow_area *area, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
