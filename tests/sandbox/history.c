/* Elements with their history, and changesets: how they come to be and how references are counted. */
#include <stdlib.h>

#include "internal.h"

struct sandbox_element *sandbox_find_element(const struct sandbox *sandbox, enum sandbox_type type, int64_t id) {
  const struct sandbox_elements *elements = &sandbox->elements[type];
  uint32_t index = osmflow_idmap_find(&elements->by_id, id);
  return index == OSMFLOW_IDMAP_NONE ? NULL : &elements->items[index];
}

uint32_t sandbox_place_element(struct sandbox *sandbox, enum sandbox_type type, int64_t id) {
  struct sandbox_elements *elements = &sandbox->elements[type];
  uint32_t index = osmflow_idmap_find(&elements->by_id, id);
  if (index != OSMFLOW_IDMAP_NONE)
    return index;
  sandbox_reserve((void **)&elements->items, &elements->capacity, elements->count + 1, sizeof(struct sandbox_element));
  index = (uint32_t)elements->count++;
  elements->items[index] = (struct sandbox_element){.id = id};
  sandbox_index(&elements->by_id, id, index);
  if (id >= elements->next_id)
    elements->next_id = id + 1;
  return index;
}

const struct sandbox_version *sandbox_present(const struct sandbox_element *element) {
  return element && element->version_count ? &element->versions[element->version_count - 1] : NULL;
}

/* Counts (by +1 or -1) what a version refers to; a deletion refers to nothing. */
static void count_references(struct sandbox *sandbox, enum sandbox_type type, const struct sandbox_version *version,
                             int step) {
  if (!version || !version->visible)
    return;
  for (uint32_t i = 0; type == SANDBOX_WAY && i < version->ref_count; i++) {
    uint32_t node = sandbox_place_element(sandbox, SANDBOX_NODE, version->nodes[i]);
    sandbox->elements[SANDBOX_NODE].items[node].used_by_ways += (uint32_t)step;
  }
  for (uint32_t i = 0; type == SANDBOX_RELATION && i < version->ref_count; i++) {
    const struct sandbox_member *member = &version->members[i];
    uint32_t index = sandbox_place_element(sandbox, member->type, member->id);
    sandbox->elements[member->type].items[index].used_by_relations += (uint32_t)step;
  }
}

void sandbox_push_version(struct sandbox *sandbox, enum sandbox_type type, uint32_t index,
                          const struct sandbox_version *version) {
  struct sandbox_elements *elements = &sandbox->elements[type];
  count_references(sandbox, type, sandbox_present(&elements->items[index]), -1);
  count_references(sandbox, type, version, 1);
  struct sandbox_element *element = &elements->items[index];
  uint32_t count = element->version_count;
  if ((count & (count - 1)) == 0) /* 0, 1, 2, 4, ...: full; most elements have one version, so no spare room */
    element->versions =
        sandbox_reallocate(element->versions, (count ? 2 * (size_t)count : 1) * sizeof *element->versions);
  element->versions[element->version_count++] = *version;
  sandbox->edition++;
}

void sandbox_pop_version(struct sandbox *sandbox, enum sandbox_type type, uint32_t index) {
  struct sandbox_element *element = &sandbox->elements[type].items[index];
  struct sandbox_version *last = &element->versions[element->version_count - 1];
  count_references(sandbox, type, last, -1);
  element = &sandbox->elements[type].items[index];
  free(last->tags);
  free(last->nodes);
  free(last->members);
  element->version_count--;
  count_references(sandbox, type, sandbox_present(element), 1);
  sandbox->edition++;
}

static int compare_tags(const void *left, const void *right) {
  return strcmp(((const struct sandbox_tag *)left)->key, ((const struct sandbox_tag *)right)->key);
}

void sandbox_sort_tags(struct sandbox_tag *tags, size_t count) {
  if (count > 1)
    qsort(tags, count, sizeof *tags, compare_tags);
}

struct sandbox_changeset *sandbox_find_changeset(const struct sandbox *sandbox, int64_t id) {
  uint32_t index = osmflow_idmap_find(&sandbox->changesets_by_id, id);
  return index == OSMFLOW_IDMAP_NONE ? NULL : &sandbox->changesets[index];
}

struct sandbox_changeset *sandbox_add_changeset(struct sandbox *sandbox, int64_t id, int64_t uid) {
  if (id == 0)
    id = sandbox->next_changeset;
  if (id >= sandbox->next_changeset)
    sandbox->next_changeset = id + 1;
  sandbox_reserve((void **)&sandbox->changesets, &sandbox->changeset_capacity, sandbox->changeset_count + 1,
                  sizeof(struct sandbox_changeset));
  sandbox_index(&sandbox->changesets_by_id, id, sandbox->changeset_count);
  struct sandbox_changeset *changeset = &sandbox->changesets[sandbox->changeset_count++];
  int64_t now = sandbox_now(sandbox);
  *changeset =
      (struct sandbox_changeset){.id = id, .uid = uid, .created = now, .closes = now + sandbox->limits.idle_seconds};
  sandbox_reserve((void **)&changeset->subscribers, &changeset->subscriber_capacity, 1, sizeof(int64_t));
  changeset->subscribers[changeset->subscriber_count++] = uid;
  return changeset;
}

bool sandbox_changeset_is_open(const struct sandbox *sandbox, const struct sandbox_changeset *changeset) {
  return changeset->closes > sandbox_now(sandbox);
}

struct sandbox_comment *sandbox_add_comment(struct sandbox *sandbox, struct sandbox_changeset *changeset, int64_t uid,
                                            const char *text) {
  sandbox_reserve((void **)&changeset->comments, &changeset->comment_capacity, changeset->comment_count + 1,
                  sizeof(struct sandbox_comment));
  struct sandbox_comment *comment = &changeset->comments[changeset->comment_count++];
  *comment = (struct sandbox_comment){.id = sandbox->next_comment++,
                                      .uid = uid,
                                      .created = sandbox_now(sandbox),
                                      .visible = true,
                                      .text = sandbox_keep(sandbox, osmflow_text(text))};
  return comment;
}

void sandbox_add_change(struct sandbox_changeset *changeset, enum sandbox_type type, uint32_t element,
                        uint32_t version) {
  sandbox_reserve((void **)&changeset->changes, &changeset->change_capacity, changeset->change_count + 1,
                  sizeof(struct sandbox_change));
  changeset->changes[changeset->change_count++] = (struct sandbox_change){type, element, version};
}

void sandbox_widen(struct sandbox_changeset *changeset, int32_t lat, int32_t lon) {
  struct osmflow_bbox *box = &changeset->box;
  if (!changeset->has_box)
    *box = (struct osmflow_bbox){lon, lat, lon, lat};
  changeset->has_box = true;
  box->min_lon = lon < box->min_lon ? lon : box->min_lon;
  box->min_lat = lat < box->min_lat ? lat : box->min_lat;
  box->max_lon = lon > box->max_lon ? lon : box->max_lon;
  box->max_lat = lat > box->max_lat ? lat : box->max_lat;
}
