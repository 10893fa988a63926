/* A hash table from 64-bit ids to 32-bit numbers (indexes into an array). Any id may be a key, 0 and negative ones too.
 * Owner: the caller (_init/_clear). One thread at a time for changes; finds may run side by side. */
#ifndef OSMFLOW_BASE_IDMAP_H
#define OSMFLOW_BASE_IDMAP_H

#include <osmflow/status.h>
#include <stddef.h>
#include <stdint.h>

#define OSMFLOW_IDMAP_NONE UINT32_MAX /* never a value */

struct osmflow_idmap {
  int64_t *keys;
  uint32_t *values; /* OSMFLOW_IDMAP_NONE marks a free place */
  size_t capacity;  /* a power of two, or 0 */
  size_t count;
};

void osmflow_idmap_init(struct osmflow_idmap *map);
void osmflow_idmap_clear(struct osmflow_idmap *map);
/* The value of a key, or OSMFLOW_IDMAP_NONE. */
uint32_t osmflow_idmap_find(const struct osmflow_idmap *map, int64_t key);
/* Sets the value of a key, new or not. `value` must not be OSMFLOW_IDMAP_NONE. */
enum osmflow_status osmflow_idmap_set(struct osmflow_idmap *map, int64_t key, uint32_t value,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Finds or adds: *place points at the value of the key (OSMFLOW_IDMAP_NONE when it was just added: the caller must
 * write it before the next call). */
enum osmflow_status osmflow_idmap_place(struct osmflow_idmap *map, int64_t key, uint32_t **place,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
