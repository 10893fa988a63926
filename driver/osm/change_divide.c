#include <stdlib.h>

#include "osm/change_parts.h"

/* Items that need each other go together: a group. */
struct group {
  uint32_t root; /* the item that stands for it */
  size_t size;
  bool has_place;
  struct osmflow_bbox bbox;
};

struct division {
  struct osmflow_change *change;
  const struct osmflow_store *store;
  size_t first, pending; /* first .. first + pending - 1 are the pending ones of those to be divided */
  struct osmflow_change_index index;
  struct osmflow_change_links links;
  uint32_t *parents;    /* per item, from `first` on: union-find */
  uint32_t *group_of;   /* per item, from `first` on; valid for roots only */
  struct group *groups; /* those without a place first, then along the longer axis */
  size_t group_count;
};

static uint32_t find_root(struct division *division, uint32_t item) {
  uint32_t *parents = division->parents;
  while (parents[item] != item) {
    parents[item] = parents[parents[item]];
    item = parents[item];
  }
  return item;
}

static void unite(struct division *division, uint32_t left, uint32_t right) {
  const uint32_t a = find_root(division, left), b = find_root(division, right);
  /* The lower place is the root, so that the result does not depend on the order of the links. */
  if (a < b)
    division->parents[b] = a;
  else
    division->parents[a] = b;
}

static void widen(struct group *group, int32_t lon, int32_t lat) {
  struct osmflow_bbox *bbox = &group->bbox;
  if (lon == OSMFLOW_NO_POSITION || lat == OSMFLOW_NO_POSITION)
    return;
  if (!group->has_place)
    *bbox = (struct osmflow_bbox){lon, lat, lon, lat};
  group->has_place = true;
  bbox->min_lon = lon < bbox->min_lon ? lon : bbox->min_lon;
  bbox->min_lat = lat < bbox->min_lat ? lat : bbox->min_lat;
  bbox->max_lon = lon > bbox->max_lon ? lon : bbox->max_lon;
  bbox->max_lat = lat > bbox->max_lat ? lat : bbox->max_lat;
}

static void widen_by_node(const struct division *division, struct group *group, int64_t id) {
  const uint32_t place = osmflow_idmap_find(&division->index.by_id[OSMFLOW_NODE], id);
  const struct osmflow_draft *draft = place == OSMFLOW_IDMAP_NONE ? NULL : division->change->items[place].draft;
  const struct osmflow_node *node = division->store ? osmflow_store_node(division->store, id) : NULL;
  if (draft && draft->lon != OSMFLOW_NO_POSITION)
    widen(group, draft->lon, draft->lat);
  else if (node)
    widen(group, node->lon, node->lat);
}

static void widen_by_way(const struct division *division, struct group *group, int64_t id) {
  const uint32_t place = osmflow_idmap_find(&division->index.by_id[OSMFLOW_WAY], id);
  const struct osmflow_draft *draft = place == OSMFLOW_IDMAP_NONE ? NULL : division->change->items[place].draft;
  const struct osmflow_way *way = division->store ? osmflow_store_way(division->store, id) : NULL;
  if (draft && draft->ref_count > 0) {
    for (size_t i = 0; i < draft->ref_count; i++)
      widen_by_node(division, group, draft->refs[i]);
  } else if (way) {
    for (size_t i = 0; i < way->ref_count; i++)
      widen_by_node(division, group, division->store->refs[way->first_ref + i]);
  }
}

/* The server counts both where an element was and where it is to be; of a relation, its nodes and ways. */
static void widen_by_draft(const struct division *division, struct group *group, const struct osmflow_draft *draft) {
  if (draft->type == OSMFLOW_NODE)
    widen(group, draft->lon, draft->lat);
  for (size_t i = 0; i < draft->ref_count; i++)
    widen_by_node(division, group, draft->refs[i]);
  for (size_t i = 0; i < draft->member_count; i++)
    if (draft->members[i].type == OSMFLOW_NODE)
      widen_by_node(division, group, draft->members[i].ref);
    else if (draft->members[i].type == OSMFLOW_WAY)
      widen_by_way(division, group, draft->members[i].ref);
}

/* A deletion may tell no more than its id. */
static void widen_by_item(const struct division *division, struct group *group,
                          const struct osmflow_change_item *item) {
  widen_by_draft(division, group, item->draft);
  if (item->base)
    widen_by_draft(division, group, item->base);
  if (item->draft->type == OSMFLOW_NODE && item->draft->lon == OSMFLOW_NO_POSITION)
    widen_by_node(division, group, item->draft->id);
  if (item->draft->type == OSMFLOW_WAY && item->draft->ref_count == 0)
    widen_by_way(division, group, item->draft->id);
}

static void make_groups(struct division *division) {
  const size_t first = division->first;
  for (size_t i = 0; i < division->links.count; i++)
    unite(division, (uint32_t)(division->links.items[i].item - first),
          (uint32_t)(division->links.items[i].needs - first));
  for (uint32_t i = 0; i < division->pending; i++) {
    const uint32_t root = find_root(division, i);
    if (root == i) {
      division->group_of[i] = (uint32_t)division->group_count;
      division->groups[division->group_count++] = (struct group){.root = i};
    }
    struct group *group = &division->groups[division->group_of[root]];
    group->size++;
    widen_by_item(division, group, &division->change->items[first + i]);
  }
}

static int64_t middle_of(const struct group *group, bool by_lat) {
  const struct osmflow_bbox *bbox = &group->bbox;
  return by_lat ? (int64_t)bbox->min_lat + bbox->max_lat : (int64_t)bbox->min_lon + bbox->max_lon;
}

static int compare_groups(const struct group *left, const struct group *right, bool by_lat) {
  const int64_t a = middle_of(left, by_lat), b = middle_of(right, by_lat);
  if (left->has_place != right->has_place)
    return left->has_place ? 1 : -1;
  if (left->has_place && a != b)
    return a < b ? -1 : 1;
  return (left->root > right->root) - (left->root < right->root);
}

static int compare_lon(const void *left, const void *right) {
  return compare_groups(left, right, false);
}

static int compare_lat(const void *left, const void *right) {
  return compare_groups(left, right, true);
}

static void sort_groups(struct division *division) {
  struct group all = {0};
  for (size_t i = 0; i < division->group_count; i++)
    if (division->groups[i].has_place) {
      const struct osmflow_bbox *bbox = &division->groups[i].bbox;
      widen(&all, bbox->min_lon, bbox->min_lat);
      widen(&all, bbox->max_lon, bbox->max_lat);
    }
  const bool by_lat = (int64_t)all.bbox.max_lat - all.bbox.min_lat > (int64_t)all.bbox.max_lon - all.bbox.min_lon;
  qsort(division->groups, division->group_count, sizeof *division->groups, by_lat ? compare_lat : compare_lon);
}

/* How many groups, and items, the first half has: 0 when there are no two groups with a place. */
static size_t choose_half(const struct division *division, size_t *items) {
  const struct group *groups = division->groups;
  size_t placeless = 0, half = 0;
  *items = 0;
  while (placeless < division->group_count && !groups[placeless].has_place)
    placeless++;
  if (division->group_count - placeless < 2)
    return 0;
  while (half <= placeless ||
         (half + 1 < division->group_count && *items + groups[half].size / 2 < division->pending / 2))
    *items += groups[half++].size;
  return half;
}

/* Moves the items that are pending before the others. */
static enum osmflow_status gather_pending(struct division *division, size_t end, struct osmflow_error *error) {
  const size_t count = end - division->first;
  struct osmflow_change_item *items = division->change->items + division->first,
                             *others = malloc((count + 1) * sizeof *others);
  size_t other_count = 0;
  if (!others)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to divide %zu changes", count);
  for (size_t i = 0; i < count; i++)
    if (items[i].outcome == OSMFLOW_OUTCOME_PENDING)
      items[division->pending++] = items[i];
    else
      others[other_count++] = items[i];
  memcpy(items + division->pending, others, other_count * sizeof *others);
  free(others);
  return OSMFLOW_OK;
}

/* Puts the items of the first `half` groups before those of the others. */
static enum osmflow_status separate(struct division *division, size_t half, struct osmflow_error *error) {
  const size_t pending = division->pending;
  struct osmflow_change_item *items = division->change->items + division->first,
                             *second = malloc((pending + 1) * sizeof *second);
  size_t first_count = 0, second_count = 0;
  if (!second)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to divide %zu changes", pending);
  for (size_t i = 0; i < division->group_count; i++)
    division->group_of[division->groups[i].root] = (uint32_t)i;
  for (uint32_t i = 0; i < pending; i++)
    if (division->group_of[find_root(division, i)] < half)
      items[first_count++] = items[i];
    else
      second[second_count++] = items[i];
  memcpy(items + first_count, second, second_count * sizeof *second);
  free(second);
  return OSMFLOW_OK;
}

static enum osmflow_status prepare(struct division *division, struct osmflow_error *error) {
  const size_t size = division->pending + 1;
  const struct osmflow_change_range range = {division->first, division->first + division->pending, NULL};
  enum osmflow_status status = osmflow_change_index_fill(&division->index, division->change, &range, error);
  division->parents = malloc(size * sizeof *division->parents);
  division->group_of = malloc(size * sizeof *division->group_of);
  division->groups = malloc(size * sizeof *division->groups);
  if (status == OSMFLOW_OK && (!division->parents || !division->group_of || !division->groups))
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to divide %zu changes", division->pending);
  if (status == OSMFLOW_OK)
    status = osmflow_change_links_fill(&division->links, division->change, &division->index, &range, error);
  for (uint32_t i = 0; status == OSMFLOW_OK && i < division->pending; i++)
    division->parents[i] = i;
  return status;
}

enum osmflow_status osmflow_change_divide(struct osmflow_change *change, size_t first,
                                          const struct osmflow_store *store, size_t *end, bool *divided,
                                          struct osmflow_error *error) {
  struct division division = {.change = change, .store = store, .first = first};
  const size_t all = *end > first && *end < change->count ? *end : change->count;
  size_t half = 0, items = 0;
  *divided = false;
  *end = all;
  if (all <= first)
    return OSMFLOW_OK;
  enum osmflow_status status = gather_pending(&division, all, error);
  if (status == OSMFLOW_OK)
    status = prepare(&division, error);
  if (status == OSMFLOW_OK) {
    make_groups(&division);
    sort_groups(&division);
    half = choose_half(&division, &items);
  }
  if (status == OSMFLOW_OK && half > 0) {
    status = separate(&division, half, error);
    if (status == OSMFLOW_OK)
      status = osmflow_change_sort(change, first, first + items, error);
    if (status == OSMFLOW_OK)
      status = osmflow_change_sort(change, first + items, first + division.pending, error);
    *end = first + items;
    *divided = status == OSMFLOW_OK;
  }
  osmflow_change_index_clear(&division.index);
  free(division.links.items);
  free(division.parents);
  free(division.group_of);
  free(division.groups);
  return status;
}
