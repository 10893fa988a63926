/* A hash index over an array whose items begin with their 64-bit id: it holds places only, four bytes each, and finds
 * the ids in the array itself. For millions of items this is a third of what a map of ids would take.
 *
 * Owner: the caller (_init/_clear). The array is the caller's and passed to each call, since it may move when it grows.
 * One thread at a time for adding; finds may run side by side. */
#ifndef OSMFLOW_BASE_INDEX_H
#define OSMFLOW_BASE_INDEX_H

#include <osmflow/status.h>
#include <stddef.h>
#include <stdint.h>

#define OSMFLOW_INDEX_NONE UINT32_MAX /* never a place */

struct osmflow_index {
  size_t item_size; /* bytes from one id to the next */
  uint32_t *places; /* OSMFLOW_INDEX_NONE marks a free slot */
  size_t capacity;  /* a power of two, or 0 */
  size_t count;
};

void osmflow_index_init(struct osmflow_index *index, size_t item_size);
void osmflow_index_clear(struct osmflow_index *index);
/* The place of an id, or OSMFLOW_INDEX_NONE. */
uint32_t osmflow_index_find(const struct osmflow_index *index, const void *items, int64_t id);
/* Enters the item at `place`, whose id must stand in the array already; an earlier item of the same id is forgotten. */
enum osmflow_status osmflow_index_set(struct osmflow_index *index, const void *items, uint32_t place,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
