/* What the files of osm/change.h share. Used by change*.c alone. */
#ifndef OSMFLOW_OSM_CHANGE_PARTS_H
#define OSMFLOW_OSM_CHANGE_PARTS_H

#include "osm/change.h"

/* Places of items are 32 bits wide in the tables here. */
#define OSMFLOW_MOST_CHANGE_ITEMS ((size_t)UINT32_MAX - 1)

/* Adds an item and takes both drafts over, also when it fails. */
enum osmflow_status osmflow_change_take(struct osmflow_change *change, enum osmflow_element_action action,
                                        bool if_unused, struct osmflow_draft *draft, struct osmflow_draft *base,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* It brings an element into being: those that refer to it come later. */
static inline bool osmflow_change_item_undeletes(const struct osmflow_change_item *item) {
  return item->action == OSMFLOW_ACTION_MODIFY && item->base && !item->base->visible;
}
static inline bool osmflow_change_item_makes(const struct osmflow_change_item *item) {
  return item->action == OSMFLOW_ACTION_CREATE || osmflow_change_item_undeletes(item);
}
/* A modify of which nobody knows what it starts from: perhaps it undeletes. */
static inline bool osmflow_change_item_is_unknown(const struct osmflow_change_item *item) {
  return item->action == OSMFLOW_ACTION_MODIFY && !item->base && item->draft->id > 0;
}
/* What the element is on the server, as far as it is known. */
static inline const struct osmflow_draft *osmflow_change_item_before(const struct osmflow_change_item *item) {
  return item->base || item->action != OSMFLOW_ACTION_DELETE ? item->base : item->draft;
}

/* Sorts the items first .. end - 1 by the order of osm/change.h. Leaves circles of new relations as they are. */
enum osmflow_status osmflow_change_sort(struct osmflow_change *change, size_t first, size_t end,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Where an element's item is: the first one of its id. */
struct osmflow_change_index {
  struct osmflow_idmap by_id[OSMFLOW_ELEMENT_TYPES];
};
void osmflow_change_index_clear(struct osmflow_change_index *index);
/* The items that are looked at: the pending ones among first .. end - 1, and those that `also` marks (NULL: none). */
struct osmflow_change_range {
  size_t first, end;
  const bool *also;
};
enum osmflow_status osmflow_change_index_fill(struct osmflow_change_index *index, const struct osmflow_change *change,
                                              const struct osmflow_change_range *range,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* `item` cannot be sent unless `needs` is sent with it or before it. */
struct osmflow_change_link {
  uint32_t item, needs;
  bool is_certain; /* false: only if a modify whose base is unknown is an undeletion, or lets go of a deleted element */
};
struct osmflow_change_links {
  struct osmflow_change_link *items;
  size_t count, capacity;
};
/* Among the items of the range, which the index was filled from. */
enum osmflow_status osmflow_change_links_fill(struct osmflow_change_links *links, const struct osmflow_change *change,
                                              const struct osmflow_change_index *index,
                                              const struct osmflow_change_range *range,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
