#include "base/index.h"

#include <stdlib.h>
#include <string.h>

void osmflow_index_init(struct osmflow_index *index, size_t item_size) {
  *index = (struct osmflow_index){.item_size = item_size};
}

void osmflow_index_clear(struct osmflow_index *index) {
  free(index->places);
  osmflow_index_init(index, index->item_size);
}

static int64_t id_at(const struct osmflow_index *index, const void *items, uint32_t place) {
  int64_t id;
  memcpy(&id, (const char *)items + place * index->item_size, sizeof id);
  return id;
}

/* Sixteen neighbouring ids stay neighbours, so that reading elements in the order of their ids walks through memory;
 * the sixteens themselves are scattered, so that dense ranges of ids cannot pile up on each other. */
static size_t slot_of(const struct osmflow_index *index, const void *items, int64_t id) {
  uint64_t block = (uint64_t)id >> 4;
  block = (block ^ (block >> 31)) * 0x9E3779B97F4A7C15ULL;
  block ^= block >> 32;
  size_t slot = (size_t)((block << 4 | ((uint64_t)id & 15)) & (index->capacity - 1));
  while (index->places[slot] != OSMFLOW_INDEX_NONE && id_at(index, items, index->places[slot]) != id)
    slot = (slot + 1) & (index->capacity - 1);
  return slot;
}

uint32_t osmflow_index_find(const struct osmflow_index *index, const void *items, int64_t id) {
  return index->capacity ? index->places[slot_of(index, items, id)] : OSMFLOW_INDEX_NONE;
}

static enum osmflow_status grow(struct osmflow_index *index, const void *items, struct osmflow_error *error) {
  struct osmflow_index larger = *index;
  larger.capacity = index->capacity ? index->capacity * 2 : 64;
  larger.places = malloc(larger.capacity * sizeof *larger.places);
  if (!larger.places)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an index of %zu ids", index->count);
  memset(larger.places, 0xFF, larger.capacity * sizeof *larger.places);
  for (size_t i = 0; i < index->capacity; i++)
    if (index->places[i] != OSMFLOW_INDEX_NONE)
      larger.places[slot_of(&larger, items, id_at(index, items, index->places[i]))] = index->places[i];
  free(index->places);
  index->places = larger.places;
  index->capacity = larger.capacity;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_index_set(struct osmflow_index *index, const void *items, uint32_t place,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  /* At most three quarters full: long runs stay rare. */
  if (index->count + 1 > index->capacity / 4 * 3)
    status = grow(index, items, error);
  if (status == OSMFLOW_OK) {
    const size_t slot = slot_of(index, items, id_at(index, items, place));
    index->count += index->places[slot] == OSMFLOW_INDEX_NONE;
    index->places[slot] = place;
  }
  return status;
}
