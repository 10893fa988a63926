/* Areas from ways: the rings of a multipolygon relation or of a closed way.
 *
 * As good as libosmium's assembler: roles are ignored (they are often wrong); segments that appear an even number of
 * times cancel out; rings may touch themselves or each other in points (they are split so that each ring is simple);
 * inner rings that share segments are joined; nesting (islands in lakes) gives several outer rings. Ways may come in
 * any order and direction and may be cut anywhere; one that is named twice counts once. Nodes at the same position are
 * one point, whatever their ids. The result is a valid OGC multipolygon or nothing. Owner: the struct is the caller's
 * (_init/_clear) and can be used again. One thread at a time per struct. */
#ifndef OSMFLOW_OSM_AREA_H
#define OSMFLOW_OSM_AREA_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/field.h"

/* A member way: the positions of its nodes in order; a way with fewer than two nodes is ignored. */
struct osmflow_area_way {
  const struct osmflow_position *positions;
  size_t count;
};

enum osmflow_area_problem {
  OSMFLOW_AREA_FINE,
  OSMFLOW_AREA_NO_RING,      /* nothing to build from */
  OSMFLOW_AREA_OPEN_RING,    /* an end without a continuation, at `problem_place` */
  OSMFLOW_AREA_INTERSECTION, /* two segments cross, or touch where one has no node, at `problem_place` */
  OSMFLOW_AREA_OVERLAP       /* segments lie on each other, or there is nothing but lines, at `problem_place` */
};

struct osmflow_area_ring {
  size_t first, count; /* positions[first .. first + count - 1]; first and last are equal */
  size_t outer;        /* index of the outer ring it lies in; its own index for an outer ring */
};

/* Outer rings are counter-clockwise, inner rings clockwise. Rings are ordered: each outer ring is followed by its inner
 * rings; their positions may lie in another order. */
struct osmflow_area {
  struct osmflow_position *positions;
  struct osmflow_area_ring *rings;
  size_t position_count, ring_count, outer_count;
  enum osmflow_area_problem problem;
  struct osmflow_position problem_place;
  struct osmflow_area_workspace *workspace; /* memory kept between calls */
};

void osmflow_area_init(struct osmflow_area *area);
void osmflow_area_clear(struct osmflow_area *area);

/* OSMFLOW_OK with area->problem set when no valid area can be made (ring_count is 0 then); errors are only those of
 * memory and ceilings. */
enum osmflow_status osmflow_area_assemble(struct osmflow_area *area, const struct osmflow_area_way *ways, size_t count,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* "ring is open", ... Never NULL. */
const char *osmflow_area_problem_text(enum osmflow_area_problem problem);

#endif
