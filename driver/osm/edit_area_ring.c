#include <stdlib.h>

#include "osm/edit_area_parts.h"

/* What lies between two vertices that stay is new; where vertices went as well, it is new before they went. */
static void write_fates(struct osmflow_edit_rings *rings, const struct osmflow_edit_ring *shown, const size_t *match) {
  const struct osmflow_edit_ring *wanted = &rings->wanted[shown->other];
  size_t done = 0;
  while (done < wanted->count) {
    const size_t here = match[done];
    struct osmflow_edit_vertex *kept = &rings->vertices[shown->first + here];
    const bool stays = osmflow_edit_same_place(kept->position, rings->positions[wanted->first + done]);
    kept->fate = stays ? OSMFLOW_EDIT_KEPT : OSMFLOW_EDIT_MOVED;
    kept->wanted = wanted->first + done++;
    kept->inserted_first = wanted->first + done;
    while (done < wanted->count && match[done] == OSMFLOW_SEQUENCE_NONE)
      done++;
    kept->inserted_count = wanted->first + done - kept->inserted_first;
    const size_t there = match[done < wanted->count ? done : 0], next = here + 1 < shown->count ? here + 1 : 0;
    for (size_t gone = next; gone != there; gone = gone + 1 < shown->count ? gone + 1 : 0) {
      struct osmflow_edit_vertex *removed = &rings->vertices[shown->first + gone];
      removed->before = wanted->first + done - 1;
      removed->after = wanted->first + (done < wanted->count ? done : 0);
    }
    rings->is_same = rings->is_same && stays && kept->inserted_count == 0 && there == next;
  }
}

enum osmflow_status osmflow_edit_ring_match(struct osmflow_edit_rings *rings, size_t ring,
                                            struct osmflow_error *error) {
  const struct osmflow_edit_ring *shown = &rings->shown[ring], *wanted = &rings->wanted[shown->other];
  struct osmflow_position *before = calloc(shown->count + 1, sizeof *before);
  struct osmflow_position *turned = calloc(wanted->count + 1, sizeof *turned);
  size_t *match = calloc(wanted->count + 1, sizeof *match);
  enum osmflow_status status = OSMFLOW_OK;
  if (!before || !turned || !match)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a ring with %zu vertices", wanted->count);
  for (size_t i = 0; status == OSMFLOW_OK && i < shown->count; i++)
    before[i] = rings->vertices[shown->first + i].position;
  if (status == OSMFLOW_OK)
    status = osmflow_edit_match_ring(before, shown->count, rings->positions + wanted->first, wanted->count, turned,
                                     match, error);
  if (status == OSMFLOW_OK) {
    memcpy(rings->positions + wanted->first, turned, wanted->count * sizeof *turned);
    if (match[0] == OSMFLOW_SEQUENCE_NONE)
      match[0] = 0;
    write_fates(rings, shown, match);
  }
  free(before);
  free(turned);
  free(match);
  return status;
}
