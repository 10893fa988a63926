#include <stdlib.h>

#include "base/bytes.h"
#include "osm/change_parts.h"

static const size_t most_links = SIZE_MAX / sizeof(struct osmflow_change_link);

void osmflow_change_index_clear(struct osmflow_change_index *index) {
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_clear(&index->by_id[i]);
}

static bool is_in(const struct osmflow_change *change, const struct osmflow_change_range *range, size_t place) {
  return (range->also && range->also[place]) ||
         (place >= range->first && place < range->end && change->items[place].outcome == OSMFLOW_OUTCOME_PENDING);
}

enum osmflow_status osmflow_change_index_fill(struct osmflow_change_index *index, const struct osmflow_change *change,
                                              const struct osmflow_change_range *range, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_init(&index->by_id[i]);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_draft *draft = change->items[i].draft;
    uint32_t *place = NULL;
    if (!is_in(change, range, i))
      continue;
    status = osmflow_idmap_place(&index->by_id[draft->type], draft->id, &place, error);
    if (status == OSMFLOW_OK && *place == OSMFLOW_IDMAP_NONE)
      *place = (uint32_t)i;
  }
  return status;
}

struct linking {
  struct osmflow_change_links *links;
  const struct osmflow_change *change;
  const struct osmflow_change_index *index;
  uint32_t unknown; /* the first way or relation to be modified whose base is unknown */
};

static enum osmflow_status add_link(struct linking *linking, uint32_t item, uint32_t needs, bool is_certain,
                                    struct osmflow_error *error) {
  struct osmflow_change_links *links = linking->links;
  if (item == needs)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_array_reserve((void **)&links->items, &links->capacity, links->count + 1,
                                                           sizeof *links->items, most_links, error);
  if (status == OSMFLOW_OK)
    links->items[links->count++] = (struct osmflow_change_link){item, needs, is_certain};
  return status;
}

/* The item is to refer to the element: one that comes into being must be there before. */
static enum osmflow_status link_use(struct linking *linking, uint32_t item, enum osmflow_element_type type, int64_t ref,
                                    struct osmflow_error *error) {
  const uint32_t used = osmflow_idmap_find(&linking->index->by_id[type], ref);
  if (used == OSMFLOW_IDMAP_NONE)
    return OSMFLOW_OK;
  const struct osmflow_change_item *other = &linking->change->items[used];
  if (osmflow_change_item_makes(other))
    return add_link(linking, item, used, true, error);
  return osmflow_change_item_is_unknown(other) ? add_link(linking, item, used, false, error) : OSMFLOW_OK;
}

/* The item's element refers to the other one on the server: a deletion of that has to wait for the item. */
static enum osmflow_status link_release(struct linking *linking, uint32_t item, enum osmflow_element_type type,
                                        int64_t ref, struct osmflow_error *error) {
  const uint32_t used = osmflow_idmap_find(&linking->index->by_id[type], ref);
  if (used == OSMFLOW_IDMAP_NONE || linking->change->items[used].action != OSMFLOW_ACTION_DELETE)
    return OSMFLOW_OK;
  return add_link(linking, used, item, true, error);
}

typedef enum osmflow_status link_function(struct linking *linking, uint32_t item, enum osmflow_element_type type,
                                          int64_t ref, struct osmflow_error *error);

static enum osmflow_status link_each(struct linking *linking, uint32_t item, const struct osmflow_draft *draft,
                                     link_function *link, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->ref_count; i++)
    status = link(linking, item, OSMFLOW_NODE, draft->refs[i], error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->member_count; i++)
    status = link(linking, item, draft->members[i].type, draft->members[i].ref, error);
  return status;
}

/* What a modify lets go of is not known without its base, so any deletion may wait for it. One link to the first of
 * them from each ties all together. */
static enum osmflow_status link_unknown(struct linking *linking, uint32_t item, struct osmflow_error *error) {
  const struct osmflow_change_item *change_item = &linking->change->items[item];
  const bool may_release = osmflow_change_item_is_unknown(change_item) && change_item->draft->type != OSMFLOW_NODE;
  if (linking->unknown == OSMFLOW_IDMAP_NONE || (!may_release && change_item->action != OSMFLOW_ACTION_DELETE))
    return OSMFLOW_OK;
  return add_link(linking, item, linking->unknown, false, error);
}

static enum osmflow_status link_item(struct linking *linking, uint32_t item, struct osmflow_error *error) {
  const struct osmflow_change_item *change_item = &linking->change->items[item];
  const struct osmflow_draft *draft = change_item->draft, *before = osmflow_change_item_before(change_item);
  /* The second step on an element needs the first. */
  const uint32_t first_step = osmflow_idmap_find(&linking->index->by_id[draft->type], draft->id);
  enum osmflow_status status = add_link(linking, item, first_step, true, error);
  if (status == OSMFLOW_OK && change_item->action != OSMFLOW_ACTION_DELETE)
    status = link_each(linking, item, draft, link_use, error);
  if (status == OSMFLOW_OK && before)
    status = link_each(linking, item, before, link_release, error);
  return status == OSMFLOW_OK ? link_unknown(linking, item, error) : status;
}

static uint32_t first_unknown(const struct osmflow_change *change, const struct osmflow_change_range *range) {
  for (size_t i = 0; i < change->count; i++)
    if (is_in(change, range, i) && osmflow_change_item_is_unknown(&change->items[i]) &&
        change->items[i].draft->type != OSMFLOW_NODE)
      return (uint32_t)i;
  return OSMFLOW_IDMAP_NONE;
}

enum osmflow_status osmflow_change_links_fill(struct osmflow_change_links *links, const struct osmflow_change *change,
                                              const struct osmflow_change_index *index,
                                              const struct osmflow_change_range *range, struct osmflow_error *error) {
  struct linking linking = {links, change, index, first_unknown(change, range)};
  enum osmflow_status status = OSMFLOW_OK;
  *links = (struct osmflow_change_links){0};
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++)
    if (is_in(change, range, i))
      status = link_item(&linking, (uint32_t)i, error);
  return status;
}
