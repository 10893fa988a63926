#include "source/fids.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"

/* Far above every real id, so that the negative ids of new elements become unique feature ids. */
static const int64_t negative_base = INT64_C(1) << 60;

struct osmflow_fids {
  pthread_mutex_t lock; /* guards holders */
  size_t holders;
  struct osmflow_fid_change *changes;
  size_t count;
  struct osmflow_idmap by_id[OSMFLOW_ELEMENT_TYPES];          /* the element's present id -> place in changes */
  struct osmflow_idmap by_placeholder[OSMFLOW_ELEMENT_TYPES]; /* the id it had before */
  struct osmflow_idmap by_fid, areas;                         /* given feature ids, and the relations that have them */
};

static int64_t natural(enum osmflow_layer_kind kind, enum osmflow_element_type type, int64_t id) {
  const int64_t unique = id >= 0 ? id : negative_base - id;
  return kind == OSMFLOW_MULTIPOLYGONS ? unique * 2 + (type == OSMFLOW_RELATION) : unique;
}

static void free_fids(struct osmflow_fids *fids) {
  for (size_t type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_idmap_clear(&fids->by_id[type]);
    osmflow_idmap_clear(&fids->by_placeholder[type]);
  }
  osmflow_idmap_clear(&fids->by_fid);
  osmflow_idmap_clear(&fids->areas);
  pthread_mutex_destroy(&fids->lock);
  free(fids->changes);
  free(fids);
}

static enum osmflow_status enter(struct osmflow_fids *fids, uint32_t place, struct osmflow_error *error) {
  const struct osmflow_fid_change *change = &fids->changes[place];
  enum osmflow_status status = OSMFLOW_OK;
  if (change->placeholder) {
    status = osmflow_idmap_set(&fids->by_id[change->type], change->id, place, error);
    if (status == OSMFLOW_OK)
      status = osmflow_idmap_set(&fids->by_placeholder[change->type], change->placeholder, place, error);
  } else {
    status = osmflow_idmap_set(&fids->areas, change->id, place, error);
    if (status == OSMFLOW_OK)
      status = osmflow_idmap_set(&fids->by_fid, change->fid, place, error);
  }
  return status;
}

/* A relation that took over a feature id while it was new has a real id now. */
static void rename_areas(struct osmflow_fids *fids, const struct osmflow_fid_change *changes, size_t count) {
  for (size_t i = 0; i < fids->count; i++)
    for (size_t k = 0; !fids->changes[i].placeholder && k < count; k++)
      if (changes[k].type == OSMFLOW_RELATION && changes[k].placeholder == fids->changes[i].id)
        fids->changes[i].id = changes[k].id;
}

enum osmflow_status osmflow_fids_change(const struct osmflow_fids *before, const struct osmflow_fid_change *changes,
                                        size_t count, struct osmflow_fids **fids, struct osmflow_error *error) {
  const size_t kept = before ? before->count : 0;
  struct osmflow_fids *made = calloc(1, sizeof *made);
  if (made)
    made->changes = calloc(kept + count + 1, sizeof *made->changes);
  if (!made || !made->changes) {
    free(made);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu feature ids", kept + count);
  }
  pthread_mutex_init(&made->lock, NULL);
  made->holders = 1;
  if (kept > 0)
    memcpy(made->changes, before->changes, kept * sizeof *changes);
  if (count > 0)
    memcpy(made->changes + kept, changes, count * sizeof *changes);
  made->count = kept + count;
  rename_areas(made, changes, count);
  for (size_t type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_idmap_init(&made->by_id[type]);
    osmflow_idmap_init(&made->by_placeholder[type]);
  }
  osmflow_idmap_init(&made->by_fid);
  osmflow_idmap_init(&made->areas);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < made->count; i++)
    status = enter(made, (uint32_t)i, error);
  if (status == OSMFLOW_OK)
    *fids = made;
  else
    free_fids(made);
  return status;
}

struct osmflow_fids *osmflow_fids_hold(struct osmflow_fids *fids) {
  if (fids) {
    pthread_mutex_lock(&fids->lock);
    fids->holders++;
    pthread_mutex_unlock(&fids->lock);
  }
  return fids;
}

void osmflow_fids_release(struct osmflow_fids *fids) {
  if (fids) {
    pthread_mutex_lock(&fids->lock);
    const bool is_last = --fids->holders == 0;
    pthread_mutex_unlock(&fids->lock);
    if (is_last)
      free_fids(fids);
  }
}

static const struct osmflow_fid_change *find(const struct osmflow_fids *fids, const struct osmflow_idmap *map,
                                             int64_t key) {
  const uint32_t place = osmflow_idmap_find(map, key);
  return place == OSMFLOW_IDMAP_NONE ? NULL : &fids->changes[place];
}

int64_t osmflow_fids_of(const struct osmflow_fids *fids, enum osmflow_layer_kind kind, enum osmflow_element_type type,
                        int64_t id) {
  if (fids && kind == OSMFLOW_MULTIPOLYGONS && type == OSMFLOW_RELATION) {
    const struct osmflow_fid_change *area = find(fids, &fids->areas, id);
    if (area)
      return area->fid;
  }
  const struct osmflow_fid_change *change = fids ? find(fids, &fids->by_id[type], id) : NULL;
  return natural(kind, type, change ? change->placeholder : id);
}

bool osmflow_fids_element(const struct osmflow_fids *fids, enum osmflow_layer_kind kind, int64_t fid,
                          enum osmflow_element_type *type, int64_t *id) {
  const bool has_two = kind == OSMFLOW_MULTIPOLYGONS;
  if (fid < 0)
    return false;
  if (fids && has_two) {
    const struct osmflow_fid_change *area = find(fids, &fids->by_fid, fid);
    if (area) {
      *type = OSMFLOW_RELATION;
      *id = area->id;
      return true;
    }
  }
  const int64_t unique = has_two ? fid / 2 : fid;
  if (has_two)
    *type = fid % 2 ? OSMFLOW_RELATION : OSMFLOW_WAY;
  *id = unique > negative_base ? negative_base - unique : unique;
  const struct osmflow_fid_change *change = fids ? find(fids, &fids->by_placeholder[*type], *id) : NULL;
  if (change)
    *id = change->id;
  return true;
}
