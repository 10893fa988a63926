#include "osm/store.h"

#include <stdlib.h>

#include "base/bytes.h"

/* Indexes are 32 bits wide; a process that comes near has other worries. */
enum { MOST_TAGS_OF_ONE = UINT16_MAX };
static const size_t most_items = UINT32_MAX - 1, most_users = OSMFLOW_NO_USER - 1;

const char *const osmflow_element_type_names[OSMFLOW_ELEMENT_TYPES] = {"node", "way", "relation"};

void osmflow_store_init(struct osmflow_store *store, bool keeps_versions) {
  *store = (struct osmflow_store){.keeps_versions = keeps_versions, .last_user = OSMFLOW_NO_USER};
  osmflow_idmap_init(&store->user_by_uid);
  osmflow_pool_init(&store->keys);
  osmflow_pool_init(&store->values);
  osmflow_index_init(&store->by_id[OSMFLOW_NODE], sizeof *store->nodes);
  osmflow_index_init(&store->by_id[OSMFLOW_WAY], sizeof *store->ways);
  osmflow_index_init(&store->by_id[OSMFLOW_RELATION], sizeof *store->relations);
}

void osmflow_store_clear(struct osmflow_store *store) {
  free(store->nodes);
  free(store->ways);
  free(store->relations);
  free(store->tags);
  free(store->refs);
  free(store->members);
  free(store->users);
  osmflow_idmap_clear(&store->user_by_uid);
  osmflow_pool_clear(&store->keys);
  osmflow_pool_clear(&store->values);
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_index_clear(&store->by_id[i]);
  osmflow_store_init(store, store->keeps_versions);
}

static bool is_user(const struct osmflow_store *store, uint32_t user, int64_t uid, struct osmflow_text name) {
  const struct osmflow_user *known = &store->users[user];
  if (known->uid != uid)
    return false;
  return known->name == OSMFLOW_POOL_NONE ? !name.data
                                          : osmflow_text_equal(osmflow_pool_text(&store->values, known->name), name);
}

/* A user who was renamed between two versions is two users here, so that each version keeps its name. */
static enum osmflow_status find_user(struct osmflow_store *store, int64_t uid, struct osmflow_text name, uint32_t *user,
                                     struct osmflow_error *error) {
  *user = OSMFLOW_NO_USER;
  if (uid == 0 && !name.data)
    return OSMFLOW_OK;
  if (store->last_user != OSMFLOW_NO_USER && is_user(store, store->last_user, uid, name)) {
    *user = store->last_user;
    return OSMFLOW_OK;
  }
  enum osmflow_status status = OSMFLOW_OK;
  const uint32_t known = osmflow_idmap_find(&store->user_by_uid, uid);
  if (known != OSMFLOW_IDMAP_NONE && is_user(store, known, uid, name)) {
    *user = known;
  } else {
    struct osmflow_user made = {uid, OSMFLOW_POOL_NONE};
    status = osmflow_array_reserve((void **)&store->users, &store->user_capacity, store->user_count + 1,
                                   sizeof *store->users, most_users, error);
    if (status == OSMFLOW_OK && name.data)
      status = osmflow_pool_add(&store->values, name, &made.name, error);
    if (status == OSMFLOW_OK)
      status = osmflow_idmap_set(&store->user_by_uid, uid, (uint32_t)store->user_count, error);
    if (status == OSMFLOW_OK) {
      *user = (uint32_t)store->user_count;
      store->users[store->user_count++] = made;
    }
  }
  if (status == OSMFLOW_OK)
    store->last_user = *user;
  return status;
}

const struct osmflow_element *osmflow_store_element(const struct osmflow_store *store, enum osmflow_element_type type,
                                                    size_t index) {
  if (type == OSMFLOW_NODE)
    return &store->nodes[index].element;
  return type == OSMFLOW_WAY ? &store->ways[index].element : &store->relations[index].element;
}

static struct osmflow_element *element_at(struct osmflow_store *store, enum osmflow_element_type type, size_t index) {
  return (struct osmflow_element *)osmflow_store_element(store, type, index);
}

static size_t *count_of(struct osmflow_store *store, enum osmflow_element_type type) {
  if (type == OSMFLOW_NODE)
    return &store->node_count;
  return type == OSMFLOW_WAY ? &store->way_count : &store->relation_count;
}

static enum osmflow_status reserve_one(struct osmflow_store *store, enum osmflow_element_type type,
                                       struct osmflow_error *error) {
  switch (type) {
    case OSMFLOW_NODE:
      return osmflow_array_reserve((void **)&store->nodes, &store->node_capacity, store->node_count + 1,
                                   sizeof *store->nodes, most_items, error);
    case OSMFLOW_WAY:
      return osmflow_array_reserve((void **)&store->ways, &store->way_capacity, store->way_count + 1,
                                   sizeof *store->ways, most_items, error);
    case OSMFLOW_RELATION:
    default:
      return osmflow_array_reserve((void **)&store->relations, &store->relation_capacity, store->relation_count + 1,
                                   sizeof *store->relations, most_items, error);
  }
}

static const void *items_of(const struct osmflow_store *store, enum osmflow_element_type type) {
  if (type == OSMFLOW_NODE)
    return store->nodes;
  return type == OSMFLOW_WAY ? (const void *)store->ways : (const void *)store->relations;
}

uint32_t osmflow_store_index(const struct osmflow_store *store, enum osmflow_element_type type, int64_t id) {
  return osmflow_index_find(&store->by_id[type], items_of(store, type), id);
}

/* Where the element goes: a new place, the place of an older version, or nowhere (*index is OSMFLOW_INDEX_NONE). */
static enum osmflow_status choose_place(struct osmflow_store *store, enum osmflow_element_type type,
                                        const struct osmflow_element *element, uint32_t *index,
                                        struct osmflow_error *error) {
  size_t *count = count_of(store, type);
  const uint32_t known = store->keeps_versions ? OSMFLOW_INDEX_NONE : osmflow_store_index(store, type, element->id);
  enum osmflow_status status = OSMFLOW_OK;
  *index = OSMFLOW_INDEX_NONE;
  if (known == OSMFLOW_INDEX_NONE) {
    status = reserve_one(store, type, error);
    if (status == OSMFLOW_OK) {
      element_at(store, type, *count)->id = element->id;
      status = osmflow_index_set(&store->by_id[type], items_of(store, type), (uint32_t)*count, error);
    }
    if (status == OSMFLOW_OK)
      *index = (uint32_t)(*count)++;
  } else if (element->version > element_at(store, type, known)->version) {
    *index = known;
  }
  return status;
}

enum osmflow_status osmflow_store_begin(struct osmflow_store *store, enum osmflow_element_type type,
                                        const struct osmflow_element *element, int64_t uid,
                                        struct osmflow_text user_name, int32_t lon, int32_t lat,
                                        struct osmflow_error *error) {
  uint32_t index = OSMFLOW_INDEX_NONE, user = OSMFLOW_NO_USER;
  store->open = NULL;
  store->open_type = type;
  enum osmflow_status status = find_user(store, uid, user_name, &user, error);
  if (status == OSMFLOW_OK)
    status = choose_place(store, type, element, &index, error);
  if (status != OSMFLOW_OK || index == OSMFLOW_INDEX_NONE)
    return status;
  struct osmflow_element *kept = element_at(store, type, index);
  *kept = *element;
  kept->user = user & OSMFLOW_NO_USER;
  kept->first_tag = (uint32_t)store->tag_count;
  kept->tag_count = 0;
  if (type == OSMFLOW_NODE) {
    store->nodes[index].lon = lon;
    store->nodes[index].lat = lat;
  } else if (type == OSMFLOW_WAY) {
    store->ways[index].first_ref = (uint32_t)store->ref_count;
    store->ways[index].ref_count = 0;
  } else {
    store->relations[index].first_member = (uint32_t)store->member_count;
    store->relations[index].member_count = 0;
  }
  store->open = kept;
  return status;
}

enum osmflow_status osmflow_store_add_tag(struct osmflow_store *store, struct osmflow_text key,
                                          struct osmflow_text value, struct osmflow_error *error) {
  struct osmflow_tag tag = {0, 0};
  if (!store->open)
    return OSMFLOW_OK;
  if (store->open->tag_count == MOST_TAGS_OF_ONE)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "element %lld has more than %d tags", (long long)store->open->id,
                             MOST_TAGS_OF_ONE);
  enum osmflow_status status = osmflow_array_reserve((void **)&store->tags, &store->tag_capacity, store->tag_count + 1,
                                                     sizeof *store->tags, most_items, error);
  if (status == OSMFLOW_OK)
    status = osmflow_pool_add(&store->keys, key, &tag.key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_pool_add(&store->values, value, &tag.value, error);
  if (status == OSMFLOW_OK) {
    store->tags[store->tag_count++] = tag;
    store->open->tag_count++;
  }
  return status;
}

enum osmflow_status osmflow_store_add_ref(struct osmflow_store *store, int64_t node_id, struct osmflow_error *error) {
  if (!store->open || store->open_type != OSMFLOW_WAY)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&store->refs, &store->ref_capacity, store->ref_count + 1, sizeof *store->refs, most_items, error);
  if (status == OSMFLOW_OK) {
    store->refs[store->ref_count++] = node_id;
    ((struct osmflow_way *)store->open)->ref_count++;
  }
  return status;
}

enum osmflow_status osmflow_store_add_member(struct osmflow_store *store, enum osmflow_element_type type, int64_t ref,
                                             struct osmflow_text role, struct osmflow_error *error) {
  struct osmflow_member member = {ref, 0, (uint32_t)type};
  if (!store->open || store->open_type != OSMFLOW_RELATION)
    return OSMFLOW_OK;
  enum osmflow_status status =
      osmflow_array_reserve((void **)&store->members, &store->member_capacity, store->member_count + 1,
                            sizeof *store->members, most_items, error);
  if (status == OSMFLOW_OK)
    status = osmflow_pool_add(&store->values, role, &member.role, error);
  if (status == OSMFLOW_OK) {
    store->members[store->member_count++] = member;
    ((struct osmflow_relation *)store->open)->member_count++;
  }
  return status;
}

void osmflow_store_end(struct osmflow_store *store) {
  store->open = NULL;
}

void osmflow_store_add_bounds(struct osmflow_store *store, const struct osmflow_bbox *bounds) {
  struct osmflow_bbox *all = &store->bounds;
  if (!store->has_bounds)
    *all = *bounds;
  store->has_bounds = true;
  all->min_lon = bounds->min_lon < all->min_lon ? bounds->min_lon : all->min_lon;
  all->min_lat = bounds->min_lat < all->min_lat ? bounds->min_lat : all->min_lat;
  all->max_lon = bounds->max_lon > all->max_lon ? bounds->max_lon : all->max_lon;
  all->max_lat = bounds->max_lat > all->max_lat ? bounds->max_lat : all->max_lat;
}

static enum osmflow_status merge_element(struct osmflow_store *store, const struct osmflow_store *other,
                                         enum osmflow_element_type type, const struct osmflow_element *element,
                                         struct osmflow_error *error) {
  const struct osmflow_node *node = type == OSMFLOW_NODE ? (const struct osmflow_node *)element : NULL;
  const struct osmflow_user *user = element->user == OSMFLOW_NO_USER ? NULL : &other->users[element->user];
  const struct osmflow_text no_name = {NULL, 0};
  enum osmflow_status status = osmflow_store_begin(
      store, type, element, user ? user->uid : 0,
      user && user->name != OSMFLOW_POOL_NONE ? osmflow_pool_text(&other->values, user->name) : no_name,
      node ? node->lon : 0, node ? node->lat : 0, error);
  for (size_t i = 0; status == OSMFLOW_OK && store->open && i < element->tag_count; i++) {
    const struct osmflow_tag tag = other->tags[element->first_tag + i];
    status = osmflow_store_add_tag(store, osmflow_pool_text(&other->keys, tag.key),
                                   osmflow_pool_text(&other->values, tag.value), error);
  }
  return status;
}

enum osmflow_status osmflow_store_merge(struct osmflow_store *store, const struct osmflow_store *other,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < other->node_count; i++)
    status = merge_element(store, other, OSMFLOW_NODE, &other->nodes[i].element, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < other->way_count; i++) {
    const struct osmflow_way *way = &other->ways[i];
    status = merge_element(store, other, OSMFLOW_WAY, &way->element, error);
    for (size_t k = 0; status == OSMFLOW_OK && store->open && k < way->ref_count; k++)
      status = osmflow_store_add_ref(store, other->refs[way->first_ref + k], error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < other->relation_count; i++) {
    const struct osmflow_relation *relation = &other->relations[i];
    status = merge_element(store, other, OSMFLOW_RELATION, &relation->element, error);
    for (size_t k = 0; status == OSMFLOW_OK && store->open && k < relation->member_count; k++) {
      const struct osmflow_member *member = &other->members[relation->first_member + k];
      status = osmflow_store_add_member(store, (enum osmflow_element_type)member->type, member->ref,
                                        osmflow_pool_text(&other->values, member->role), error);
    }
  }
  osmflow_store_end(store);
  if (other->has_bounds)
    osmflow_store_add_bounds(store, &other->bounds);
  return status;
}

static int compare_ids(const void *left, const void *right) {
  const int64_t a = ((const struct osmflow_element *)left)->id, b = ((const struct osmflow_element *)right)->id;
  return a < b ? -1 : a > b;
}

/* The element is the first member of all three structs, so one comparison serves them all. */
static enum osmflow_status sort_elements(struct osmflow_store *store, enum osmflow_element_type type, void *items,
                                         size_t size, struct osmflow_error *error) {
  const size_t count = *count_of(store, type);
  enum osmflow_status status = OSMFLOW_OK;
  bool is_sorted = true;
  for (size_t i = 1; is_sorted && i < count; i++)
    is_sorted = element_at(store, type, i - 1)->id < element_at(store, type, i)->id;
  if (!is_sorted) {
    qsort(items, count, size, compare_ids);
    osmflow_index_clear(&store->by_id[type]);
    for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
      status = osmflow_index_set(&store->by_id[type], items, (uint32_t)i, error);
  }
  return status;
}

enum osmflow_status osmflow_store_finish(struct osmflow_store *store, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_store_end(store);
  if (!store->keeps_versions) {
    status = sort_elements(store, OSMFLOW_NODE, store->nodes, sizeof *store->nodes, error);
    if (status == OSMFLOW_OK)
      status = sort_elements(store, OSMFLOW_WAY, store->ways, sizeof *store->ways, error);
    if (status == OSMFLOW_OK)
      status = sort_elements(store, OSMFLOW_RELATION, store->relations, sizeof *store->relations, error);
  }
  return status;
}

const struct osmflow_node *osmflow_store_node(const struct osmflow_store *store, int64_t id) {
  const uint32_t index = osmflow_index_find(&store->by_id[OSMFLOW_NODE], store->nodes, id);
  return index == OSMFLOW_INDEX_NONE ? NULL : &store->nodes[index];
}

const struct osmflow_way *osmflow_store_way(const struct osmflow_store *store, int64_t id) {
  const uint32_t index = osmflow_index_find(&store->by_id[OSMFLOW_WAY], store->ways, id);
  return index == OSMFLOW_INDEX_NONE ? NULL : &store->ways[index];
}

const struct osmflow_relation *osmflow_store_relation(const struct osmflow_store *store, int64_t id) {
  const uint32_t index = osmflow_index_find(&store->by_id[OSMFLOW_RELATION], store->relations, id);
  return index == OSMFLOW_INDEX_NONE ? NULL : &store->relations[index];
}

const char *osmflow_store_tag(const struct osmflow_store *store, const struct osmflow_element *element,
                              const char *key) {
  const uint32_t number = osmflow_pool_find(&store->keys, osmflow_text(key));
  const char *value = NULL;
  for (size_t i = 0; number != OSMFLOW_POOL_NONE && !value && i < element->tag_count; i++)
    if (store->tags[element->first_tag + i].key == number)
      value = osmflow_pool_string(&store->values, store->tags[element->first_tag + i].value);
  return value;
}
