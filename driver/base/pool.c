#include "base/pool.h"

#include <stdlib.h>

#include "base/bytes.h"

/* Pools of one feature are made and thrown away by the thousand, so blocks begin small. */
enum { FIRST_BLOCK = 1024, LARGEST_BLOCK = 256 * 1024, MOST_TEXTS = 0x7FFFFFFF };

struct osmflow_pool_block {
  struct osmflow_pool_block *next;
  size_t size, capacity;
  char data[];
};

void osmflow_pool_init(struct osmflow_pool *pool) {
  *pool = (struct osmflow_pool){0};
}

void osmflow_pool_clear(struct osmflow_pool *pool) {
  while (pool->blocks) {
    struct osmflow_pool_block *next = pool->blocks->next;
    free(pool->blocks);
    pool->blocks = next;
  }
  free(pool->entries);
  free(pool->slots);
  osmflow_pool_init(pool);
}

/* FNV-1a over eight bytes at a time, finished by a mixer: tag texts are short. */
static uint32_t hash_of(struct osmflow_text text) {
  uint64_t hash = 0xCBF29CE484222325ULL ^ text.size;
  const char *data = text.data;
  size_t left = text.size;
  while (left >= 8) {
    uint64_t word;
    memcpy(&word, data, 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 29;
    data += 8;
    left -= 8;
  }
  if (left > 0) {
    uint64_t word = 0;
    memcpy(&word, data, left);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
  }
  return (uint32_t)(hash ^ (hash >> 32));
}

static size_t slot_of(const struct osmflow_pool *pool, struct osmflow_text text, uint32_t hash) {
  size_t slot = hash & (pool->slot_capacity - 1);
  while (pool->slots[slot] != OSMFLOW_POOL_NONE) {
    const struct osmflow_pool_entry *entry = &pool->entries[pool->slots[slot]];
    if (entry->hash == hash && osmflow_text_equal((struct osmflow_text){entry->data, entry->size}, text))
      break;
    slot = (slot + 1) & (pool->slot_capacity - 1);
  }
  return slot;
}

uint32_t osmflow_pool_find(const struct osmflow_pool *pool, struct osmflow_text text) {
  return pool->slot_capacity ? pool->slots[slot_of(pool, text, hash_of(text))] : OSMFLOW_POOL_NONE;
}

static enum osmflow_status grow_slots(struct osmflow_pool *pool, struct osmflow_error *error) {
  const size_t capacity = pool->slot_capacity ? pool->slot_capacity * 2 : 256;
  uint32_t *slots = malloc(capacity * sizeof *slots);
  if (!slots)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a table of %zu texts", pool->count);
  memset(slots, 0xFF, capacity * sizeof *slots);
  for (size_t i = 0; i < pool->count; i++) {
    size_t slot = pool->entries[i].hash & (capacity - 1);
    while (slots[slot] != OSMFLOW_POOL_NONE)
      slot = (slot + 1) & (capacity - 1);
    slots[slot] = (uint32_t)i;
  }
  free(pool->slots);
  pool->slots = slots;
  pool->slot_capacity = capacity;
  return OSMFLOW_OK;
}

static enum osmflow_status keep_text(struct osmflow_pool *pool, struct osmflow_text text, const char **kept,
                                     struct osmflow_error *error) {
  struct osmflow_pool_block *block = pool->blocks;
  if (!block || text.size + 1 > block->capacity - block->size) {
    const size_t usual = !block ? FIRST_BLOCK : block->capacity < LARGEST_BLOCK ? 2 * block->capacity : LARGEST_BLOCK;
    const size_t capacity = text.size + 1 > usual ? text.size + 1 : usual;
    block = malloc(sizeof *block + capacity);
    if (!block)
      return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a text of %zu bytes", text.size);
    block->next = pool->blocks;
    block->size = 0;
    block->capacity = capacity;
    pool->blocks = block;
  }
  char *place = block->data + block->size;
  if (text.size > 0)
    memcpy(place, text.data, text.size);
  place[text.size] = '\0';
  block->size += text.size + 1;
  *kept = place;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_pool_add(struct osmflow_pool *pool, struct osmflow_text text, uint32_t *number,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (text.size > UINT32_MAX)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a text of %zu bytes", text.size);
  if (pool->count + 1 > pool->slot_capacity / 4 * 3)
    status = grow_slots(pool, error);
  if (status != OSMFLOW_OK)
    return status;
  const uint32_t hash = hash_of(text);
  const size_t slot = slot_of(pool, text, hash);
  if (pool->slots[slot] == OSMFLOW_POOL_NONE) {
    const char *kept = NULL;
    status = osmflow_array_reserve((void **)&pool->entries, &pool->entry_capacity, pool->count + 1,
                                   sizeof *pool->entries, MOST_TEXTS, error);
    if (status == OSMFLOW_OK)
      status = keep_text(pool, text, &kept, error);
    if (status == OSMFLOW_OK) {
      const struct osmflow_pool_entry entry = {kept, (uint32_t)text.size, hash};
      pool->entries[pool->count] = entry;
      pool->slots[slot] = (uint32_t)pool->count++;
    }
  }
  if (status == OSMFLOW_OK)
    *number = pool->slots[slot];
  return status;
}
