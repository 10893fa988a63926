/* Which facets hang together: used by bodies.c alone. */
#ifndef OSMFLOW_CITYLOADER_BODIES_PARTS_H
#define OSMFLOW_CITYLOADER_BODIES_PARTS_H

#include "format/mesh.h"

/* The first facet of the body of a facet; the way there becomes shorter each time. */
static inline uint32_t osmflow_bodies_root(uint32_t *parents, uint32_t facet) {
  while (parents[facet] != facet) {
    parents[facet] = parents[parents[facet]];
    facet = parents[facet];
  }
  return facet;
}

/* `parents`: of each facet another one of its body, an earlier one, or itself. */
enum osmflow_status osmflow_bodies_join(const struct osmflow_mesh *mesh, uint32_t *parents,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
