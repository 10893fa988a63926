#include <stdlib.h>

#include "base/bytes.h"
#include "osm/change.h"

static const size_t most_ids = OSMFLOW_IDMAP_NONE - 1;

void osmflow_new_ids_init(struct osmflow_new_ids *ids) {
  *ids = (struct osmflow_new_ids){0};
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_init(&ids->places[i]);
}

void osmflow_new_ids_clear(struct osmflow_new_ids *ids) {
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_clear(&ids->places[i]);
  free(ids->ids);
  osmflow_new_ids_init(ids);
}

enum osmflow_status osmflow_new_ids_add(struct osmflow_new_ids *ids, enum osmflow_element_type type,
                                        int64_t placeholder, int64_t id, struct osmflow_error *error) {
  const uint32_t known = osmflow_idmap_find(&ids->places[type], placeholder);
  if (known != OSMFLOW_IDMAP_NONE) {
    ids->ids[known] = id;
    return OSMFLOW_OK;
  }
  enum osmflow_status status =
      osmflow_array_reserve((void **)&ids->ids, &ids->capacity, ids->count + 1, sizeof *ids->ids, most_ids, error);
  if (status == OSMFLOW_OK)
    status = osmflow_idmap_set(&ids->places[type], placeholder, (uint32_t)ids->count, error);
  if (status == OSMFLOW_OK)
    ids->ids[ids->count++] = id;
  return status;
}

int64_t osmflow_new_ids_find(const struct osmflow_new_ids *ids, enum osmflow_element_type type, int64_t id) {
  const uint32_t known = osmflow_idmap_find(&ids->places[type], id);
  return known == OSMFLOW_IDMAP_NONE ? id : ids->ids[known];
}
