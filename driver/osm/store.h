/* The elements of one connection, in memory, as compact arrays. Filled by one thread, then read by any number.
 *
 * Two ways of keeping: the newest version of each element (map, full, ...; a later arrival with a lower version is
 * ignored), or every version that arrives, in order (history, changeset download, osmChange files).
 *
 * Owner: the caller (_init/_clear). Everything handed out is borrowed until the store changes. */
#ifndef OSMFLOW_OSM_STORE_H
#define OSMFLOW_OSM_STORE_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bbox.h"
#include "base/idmap.h"
#include "base/index.h"
#include "base/pool.h"
#include "osm/element.h"

struct osmflow_user {
  int64_t uid;
  uint32_t name; /* number in the pool of values, or OSMFLOW_POOL_NONE */
};

struct osmflow_store {
  struct osmflow_node *nodes;
  struct osmflow_way *ways;
  struct osmflow_relation *relations;
  size_t node_count, way_count, relation_count;
  size_t node_capacity, way_capacity, relation_capacity;

  struct osmflow_tag *tags;
  int64_t *refs;
  struct osmflow_member *members;
  size_t tag_count, ref_count, member_count;
  size_t tag_capacity, ref_capacity, member_capacity;

  struct osmflow_user *users;
  size_t user_count, user_capacity;
  struct osmflow_idmap user_by_uid;

  struct osmflow_pool keys, values;
  struct osmflow_index by_id[OSMFLOW_ELEMENT_TYPES];
  bool keeps_versions;
  bool has_bounds;
  struct osmflow_bbox bounds; /* the union of the documents' <bounds> */

  struct osmflow_element *open; /* the element between begin and end; NULL when its parts are to be dropped */
  enum osmflow_element_type open_type;
  uint32_t last_user; /* the user of the element before, who is often the user of the next */
};

void osmflow_store_init(struct osmflow_store *store, bool keeps_versions);
void osmflow_store_clear(struct osmflow_store *store);

/* Adding an element: begin, then its parts in document order, then end. `element` is copied; its user, first_tag and
 * tag_count are filled in here. `user_name` may be a text with data NULL. */
enum osmflow_status osmflow_store_begin(struct osmflow_store *store, enum osmflow_element_type type,
                                        const struct osmflow_element *element, int64_t uid,
                                        struct osmflow_text user_name, int32_t lon, int32_t lat,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_store_add_tag(struct osmflow_store *store, struct osmflow_text key,
                                          struct osmflow_text value, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_store_add_ref(struct osmflow_store *store, int64_t node_id,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_store_add_member(struct osmflow_store *store, enum osmflow_element_type type, int64_t ref,
                                             struct osmflow_text role, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_store_end(struct osmflow_store *store);

/* Copies every element of `other` into `store` by the rule above (newest version wins). */
enum osmflow_status osmflow_store_merge(struct osmflow_store *store, const struct osmflow_store *other,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* After the last element: sorts by id where the arrivals were not in that order (not in a store that keeps versions).
 */
enum osmflow_status osmflow_store_finish(struct osmflow_store *store, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Widens the bounds. */
void osmflow_store_add_bounds(struct osmflow_store *store, const struct osmflow_bbox *bounds);

/* The index of an element in its array, or OSMFLOW_INDEX_NONE. In a store that keeps versions: of the last to arrive.
 */
uint32_t osmflow_store_index(const struct osmflow_store *store, enum osmflow_element_type type, int64_t id);
/* What the element at an index of its array has in common with the others. */
const struct osmflow_element *osmflow_store_element(const struct osmflow_store *store, enum osmflow_element_type type,
                                                    size_t index);
/* NULL when it is not there. In a store that keeps versions: the one that arrived last. */
const struct osmflow_node *osmflow_store_node(const struct osmflow_store *store, int64_t id);
const struct osmflow_way *osmflow_store_way(const struct osmflow_store *store, int64_t id);
const struct osmflow_relation *osmflow_store_relation(const struct osmflow_store *store, int64_t id);

/* The value of a tag as NUL-terminated string, or NULL. */
const char *osmflow_store_tag(const struct osmflow_store *store, const struct osmflow_element *element,
                              const char *key);

#endif
