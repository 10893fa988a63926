#include "osm/drafts_index.h"

#include <stdlib.h>

#include "base/bytes.h"

enum { MOST_LINKS = (1 << 30) - 1, LAST_LINK = MOST_LINKS };
static const size_t most_items = UINT32_MAX - 1;

static void clear_links(struct osmflow_drafts_links *links) {
  osmflow_idmap_clear(&links->first);
  free(links->items);
  *links = (struct osmflow_drafts_links){.items = NULL};
}

void osmflow_drafts_index_init(struct osmflow_drafts_index *index, const struct osmflow_store *base) {
  *index = (struct osmflow_drafts_index){.base = base};
  osmflow_index_init(&index->by_position, sizeof *base->nodes);
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_init(&index->children[i].first);
  osmflow_idmap_init(&index->places.first);
}

void osmflow_drafts_index_clear(struct osmflow_drafts_index *index) {
  free(index->uses);
  osmflow_index_clear(&index->by_position);
  free(index->next_there);
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    clear_links(&index->children[i]);
  clear_links(&index->places);
}

void osmflow_parents_init(struct osmflow_parents *parents) {
  *parents = (struct osmflow_parents){NULL, 0, 0};
}

void osmflow_parents_clear(struct osmflow_parents *parents) {
  free(parents->items);
  osmflow_parents_init(parents);
}

static enum osmflow_status add_candidate(struct osmflow_parents *parents, enum osmflow_element_type type, int64_t id,
                                         struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&parents->items, &parents->capacity, parents->count + 1, sizeof *parents->items, most_items, error);
  if (status == OSMFLOW_OK)
    parents->items[parents->count++] = (struct osmflow_parent){type, id};
  return status;
}

/* An element that is linked to the key already stays where it is: the same way is put again and again. */
static enum osmflow_status add_link(struct osmflow_drafts_links *links, int64_t key, enum osmflow_element_type type,
                                    int64_t id, struct osmflow_error *error) {
  const uint32_t first = osmflow_idmap_find(&links->first, key);
  uint32_t known = first == OSMFLOW_IDMAP_NONE ? LAST_LINK : first;
  const uint32_t next = known;
  while (known != LAST_LINK && (links->items[known].id != id || links->items[known].type != (unsigned)type))
    known = links->items[known].next;
  if (known != LAST_LINK)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_array_reserve((void **)&links->items, &links->capacity, links->count + 1,
                                                     sizeof *links->items, MOST_LINKS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_idmap_set(&links->first, key, (uint32_t)links->count, error);
  if (status == OSMFLOW_OK)
    links->items[links->count++] = (struct osmflow_drafts_link){id, next & LAST_LINK, (unsigned)type & 3};
  return status;
}

static enum osmflow_status add_linked(const struct osmflow_drafts_links *links, int64_t key,
                                      struct osmflow_parents *parents, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  uint32_t number = osmflow_idmap_find(&links->first, key);
  number = number == OSMFLOW_IDMAP_NONE ? LAST_LINK : number;
  for (; status == OSMFLOW_OK && number != LAST_LINK; number = links->items[number].next)
    status =
        add_candidate(parents, (enum osmflow_element_type)links->items[number].type, links->items[number].id, error);
  return status;
}

/* The same eight bytes as in struct osmflow_node, where the index of positions finds its keys. */
static int64_t position_key(int32_t lon, int32_t lat) {
  const int32_t position[2] = {lon, lat};
  int64_t key;
  memcpy(&key, position, sizeof key);
  return key;
}
_Static_assert(offsetof(struct osmflow_node, lat) == offsetof(struct osmflow_node, lon) + sizeof(int32_t),
               "longitude and latitude are one key");

static const void *positions_of(const struct osmflow_store *store) {
  return (const char *)store->nodes + offsetof(struct osmflow_node, lon);
}

enum osmflow_status osmflow_drafts_index_add(struct osmflow_drafts_index *index, const struct osmflow_draft *draft,
                                             struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!draft->visible)
    return OSMFLOW_OK;
  if (draft->type == OSMFLOW_NODE && draft->lon != OSMFLOW_NO_POSITION)
    status = add_link(&index->places, position_key(draft->lon, draft->lat), OSMFLOW_NODE, draft->id, error);
  for (size_t i = 0; status == OSMFLOW_OK && draft->type == OSMFLOW_WAY && i < draft->ref_count; i++)
    status = add_link(&index->children[OSMFLOW_NODE], draft->refs[i], OSMFLOW_WAY, draft->id, error);
  for (size_t i = 0; status == OSMFLOW_OK && draft->type == OSMFLOW_RELATION && i < draft->member_count; i++)
    status =
        add_link(&index->children[draft->members[i].type], draft->members[i].ref, OSMFLOW_RELATION, draft->id, error);
  return status;
}

/* Of several versions the last to arrive is the element. */
static bool is_present(const struct osmflow_store *store, enum osmflow_element_type type, size_t place) {
  const struct osmflow_element *element = osmflow_store_element(store, type, place);
  return element->visible && (!store->keeps_versions || osmflow_store_index(store, type, element->id) == place);
}

static int compare_uses(const void *left, const void *right) {
  const struct osmflow_drafts_use *one = left, *other = right;
  if (one->child != other->child)
    return one->child < other->child ? -1 : 1;
  return (one->child_type > other->child_type) - (one->child_type < other->child_type);
}

static enum osmflow_status build_uses(struct osmflow_drafts_index *index, struct osmflow_error *error) {
  const struct osmflow_store *base = index->base;
  const size_t most = base->ref_count + base->member_count;
  size_t count = 0;
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&index->uses, &index->use_capacity, most, sizeof *index->uses, most_items, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < base->way_count; i++)
    for (size_t k = 0; is_present(base, OSMFLOW_WAY, i) && k < base->ways[i].ref_count; k++)
      index->uses[count++] =
          (struct osmflow_drafts_use){base->refs[base->ways[i].first_ref + k], (uint32_t)i, OSMFLOW_NODE, OSMFLOW_WAY};
  for (size_t i = 0; status == OSMFLOW_OK && i < base->relation_count; i++)
    for (size_t k = 0; is_present(base, OSMFLOW_RELATION, i) && k < base->relations[i].member_count; k++) {
      const struct osmflow_member *member = &base->members[base->relations[i].first_member + k];
      index->uses[count++] =
          (struct osmflow_drafts_use){member->ref, (uint32_t)i, (uint8_t)(member->type & 3), OSMFLOW_RELATION};
    }
  if (status == OSMFLOW_OK) {
    if (count > 0)
      qsort(index->uses, count, sizeof *index->uses, compare_uses);
    index->use_count = count;
    index->has_uses = true;
  }
  return status;
}

static size_t first_use(const struct osmflow_drafts_index *index, const struct osmflow_drafts_use *wanted) {
  size_t low = 0, high = index->use_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (compare_uses(&index->uses[middle], wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

enum osmflow_status osmflow_drafts_index_parents(struct osmflow_drafts_index *index, enum osmflow_element_type type,
                                                 int64_t id, struct osmflow_parents *parents, size_t *base_count,
                                                 struct osmflow_error *error) {
  const struct osmflow_drafts_use wanted = {.child = id, .child_type = (uint8_t)type};
  parents->count = 0;
  enum osmflow_status status = index->has_uses ? OSMFLOW_OK : build_uses(index, error);
  for (size_t i = first_use(index, &wanted);
       status == OSMFLOW_OK && i < index->use_count && compare_uses(&index->uses[i], &wanted) == 0; i++) {
    const enum osmflow_element_type parent = (enum osmflow_element_type)index->uses[i].parent_type;
    status =
        add_candidate(parents, parent, osmflow_store_element(index->base, parent, index->uses[i].parent)->id, error);
  }
  *base_count = parents->count;
  if (status == OSMFLOW_OK)
    status = add_linked(&index->children[type], id, parents, error);
  return status;
}

static enum osmflow_status build_positions(struct osmflow_drafts_index *index, struct osmflow_error *error) {
  const struct osmflow_store *base = index->base;
  enum osmflow_status status = OSMFLOW_OK;
  free(index->next_there);
  index->next_there = malloc((base->node_count + 1) * sizeof *index->next_there);
  if (!index->next_there)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the places of %zu nodes", base->node_count);
  osmflow_index_clear(&index->by_position);
  for (size_t i = 0; status == OSMFLOW_OK && i < base->node_count; i++) {
    const struct osmflow_node *node = &base->nodes[i];
    if (node->lon == OSMFLOW_NO_POSITION || !is_present(base, OSMFLOW_NODE, i))
      continue;
    index->next_there[i] =
        osmflow_index_find(&index->by_position, positions_of(base), position_key(node->lon, node->lat));
    status = osmflow_index_set(&index->by_position, positions_of(base), (uint32_t)i, error);
  }
  index->has_positions = status == OSMFLOW_OK;
  return status;
}

enum osmflow_status osmflow_drafts_index_nodes_at(struct osmflow_drafts_index *index, int32_t lon, int32_t lat,
                                                  struct osmflow_parents *nodes, size_t *base_count,
                                                  struct osmflow_error *error) {
  const int64_t key = position_key(lon, lat);
  uint32_t place = OSMFLOW_INDEX_NONE;
  nodes->count = 0;
  enum osmflow_status status = index->has_positions ? OSMFLOW_OK : build_positions(index, error);
  if (status == OSMFLOW_OK && index->base->node_count > 0)
    place = osmflow_index_find(&index->by_position, positions_of(index->base), key);
  for (; status == OSMFLOW_OK && place != OSMFLOW_INDEX_NONE; place = index->next_there[place])
    status = add_candidate(nodes, OSMFLOW_NODE, index->base->nodes[place].element.id, error);
  *base_count = nodes->count;
  if (status == OSMFLOW_OK)
    status = add_linked(&index->places, key, nodes, error);
  return status;
}
