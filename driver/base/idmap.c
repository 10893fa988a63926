#include "base/idmap.h"

#include <stdlib.h>
#include <string.h>

void osmflow_idmap_init(struct osmflow_idmap *map) {
  *map = (struct osmflow_idmap){0};
}

void osmflow_idmap_clear(struct osmflow_idmap *map) {
  free(map->keys);
  free(map->values);
  osmflow_idmap_init(map);
}

/* Sixteen neighbouring ids stay neighbours, so that reading elements in the order of their ids walks through memory;
 * the sixteens themselves are scattered, so that dense ranges of ids cannot pile up on each other. */
static size_t first_place(const struct osmflow_idmap *map, int64_t key) {
  uint64_t block = (uint64_t)key >> 4;
  block = (block ^ (block >> 31)) * 0x9E3779B97F4A7C15ULL;
  block ^= block >> 32;
  return (size_t)((block << 4 | ((uint64_t)key & 15)) & (map->capacity - 1));
}

static size_t place_of(const struct osmflow_idmap *map, int64_t key) {
  size_t place = first_place(map, key);
  while (map->values[place] != OSMFLOW_IDMAP_NONE && map->keys[place] != key)
    place = (place + 1) & (map->capacity - 1);
  return place;
}

uint32_t osmflow_idmap_find(const struct osmflow_idmap *map, int64_t key) {
  return map->capacity ? map->values[place_of(map, key)] : OSMFLOW_IDMAP_NONE;
}

static enum osmflow_status grow(struct osmflow_idmap *map, struct osmflow_error *error) {
  struct osmflow_idmap larger = {.capacity = map->capacity ? map->capacity * 2 : 64, .count = map->count};
  larger.keys = malloc(larger.capacity * sizeof *larger.keys);
  larger.values = malloc(larger.capacity * sizeof *larger.values);
  if (!larger.keys || !larger.values) {
    osmflow_idmap_clear(&larger);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a table of %zu ids", map->count);
  }
  memset(larger.values, 0xFF, larger.capacity * sizeof *larger.values);
  for (size_t i = 0; i < map->capacity; i++)
    if (map->values[i] != OSMFLOW_IDMAP_NONE) {
      const size_t place = place_of(&larger, map->keys[i]);
      larger.keys[place] = map->keys[i];
      larger.values[place] = map->values[i];
    }
  struct osmflow_idmap smaller = *map;
  *map = larger;
  osmflow_idmap_clear(&smaller);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_idmap_place(struct osmflow_idmap *map, int64_t key, uint32_t **place,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  /* At most three quarters full: long runs stay rare. */
  if (map->count + 1 > map->capacity / 4 * 3)
    status = grow(map, error);
  if (status == OSMFLOW_OK) {
    const size_t found = place_of(map, key);
    if (map->values[found] == OSMFLOW_IDMAP_NONE) {
      map->keys[found] = key;
      map->count++;
    }
    *place = &map->values[found];
  }
  return status;
}

enum osmflow_status osmflow_idmap_set(struct osmflow_idmap *map, int64_t key, uint32_t value,
                                      struct osmflow_error *error) {
  uint32_t *place = NULL;
  const enum osmflow_status status = osmflow_idmap_place(map, key, &place, error);
  if (status == OSMFLOW_OK)
    *place = value;
  return status;
}
