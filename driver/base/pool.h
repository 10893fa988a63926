/* Interned strings: each different text is kept once, NUL-terminated, under a small number that counts from 0.
 * Texts stay where they are as long as the pool lives. Owner: the caller. One thread at a time for adding. */
#ifndef OSMFLOW_BASE_POOL_H
#define OSMFLOW_BASE_POOL_H

#include <osmflow/status.h>
#include <stdint.h>

#include "base/text.h"

struct osmflow_pool {
  struct osmflow_pool_entry *entries;
  size_t count;
  size_t entry_capacity;
  uint32_t *slots;
  size_t slot_capacity;
  struct osmflow_pool_block *blocks;
};

struct osmflow_pool_entry {
  const char *data;
  uint32_t size;
  uint32_t hash;
};

#define OSMFLOW_POOL_NONE UINT32_MAX

void osmflow_pool_init(struct osmflow_pool *pool);
void osmflow_pool_clear(struct osmflow_pool *pool);
enum osmflow_status osmflow_pool_add(struct osmflow_pool *pool, struct osmflow_text text, uint32_t *number,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The number of a text that is in the pool, or OSMFLOW_POOL_NONE. */
uint32_t osmflow_pool_find(const struct osmflow_pool *pool, struct osmflow_text text);

static inline struct osmflow_text osmflow_pool_text(const struct osmflow_pool *pool, uint32_t number) {
  struct osmflow_text text = {pool->entries[number].data, pool->entries[number].size};
  return text;
}
static inline const char *osmflow_pool_string(const struct osmflow_pool *pool, uint32_t number) {
  return pool->entries[number].data;
}

#endif
