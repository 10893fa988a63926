#include "source/view.h"

#include <stdlib.h>

#include "base/bytes.h"

enum { AREA_TAGS = 64, MOST_ITEMS = 0x7FFFFFFF };
/* view->key_flags */
enum { MATTERS_FOR_AREA = 1, UNINTERESTING = 2 };

const struct osmflow_element *osmflow_view_element(const struct osmflow_view *view,
                                                   const struct osmflow_view_entry *entry) {
  return osmflow_store_element(view->store, (enum osmflow_element_type)entry->type, entry->index);
}

/* Entries of one type stand in the order of their ids, multipolygons in two such runs. */
const struct osmflow_view_entry *osmflow_view_find(const struct osmflow_view *view, enum osmflow_layer_kind kind,
                                                   enum osmflow_element_type type, int64_t id) {
  const struct osmflow_view_entry *entries = view->entries[kind];
  size_t first = 0, end = view->entry_count[kind];
  if (kind == OSMFLOW_MULTIPOLYGONS) {
    size_t relations = 0;
    while (relations < end && entries[relations].type == OSMFLOW_RELATION)
      relations++;
    first = type == OSMFLOW_RELATION ? 0 : relations;
    end = type == OSMFLOW_RELATION ? relations : end;
  }
  while (first < end) {
    const size_t middle = first + (end - first) / 2;
    const int64_t found = osmflow_view_element(view, &entries[middle])->id;
    if (found == id)
      return entries[middle].type == (uint32_t)type ? &entries[middle] : NULL;
    if (found < id)
      first = middle + 1;
    else
      end = middle;
  }
  return NULL;
}

void osmflow_view_shape_init(struct osmflow_view_shape *shape) {
  *shape = (struct osmflow_view_shape){.is_complete = true};
  osmflow_area_init(&shape->area);
}

void osmflow_view_shape_clear(struct osmflow_view_shape *shape) {
  osmflow_area_clear(&shape->area);
  free(shape->ways);
  free(shape->positions);
  osmflow_view_shape_init(shape);
}

void osmflow_view_shape_reset(struct osmflow_view_shape *shape) {
  shape->way_count = shape->position_count = 0;
  shape->is_complete = true;
}

/* Growing moves the positions of the ways before. */
static void point_at_positions(struct osmflow_view_shape *shape) {
  size_t first = 0;
  for (size_t i = 0; i < shape->way_count; i++) {
    shape->ways[i].positions = shape->positions + first;
    first += shape->ways[i].count;
  }
}

enum osmflow_status osmflow_view_add_way(const struct osmflow_store *store, const struct osmflow_way *way,
                                         struct osmflow_view_shape *shape, struct osmflow_error *error) {
  const size_t needed = shape->position_count + way->ref_count;
  const struct osmflow_position *before = shape->positions;
  enum osmflow_status status = osmflow_array_reserve((void **)&shape->ways, &shape->way_capacity, shape->way_count + 1,
                                                     sizeof *shape->ways, MOST_ITEMS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&shape->positions, &shape->position_capacity, needed,
                                   sizeof *shape->positions, MOST_ITEMS, error);
  if (status != OSMFLOW_OK)
    return status;
  size_t count = 0;
  struct osmflow_position *positions = shape->positions + shape->position_count;
  for (size_t i = 0; i < way->ref_count; i++) {
    const struct osmflow_node *node = osmflow_store_node(store, store->refs[way->first_ref + i]);
    if (node && node->lon != OSMFLOW_NO_POSITION) {
      positions[count++] = (struct osmflow_position){node->lon, node->lat};
    }
  }
  shape->is_complete = shape->is_complete && count == way->ref_count;
  shape->ways[shape->way_count++] = (struct osmflow_area_way){positions, count};
  shape->position_count += count;
  if (before != shape->positions)
    point_at_positions(shape);
  return status;
}

static bool is_closed(const struct osmflow_store *store, const struct osmflow_way *way) {
  const int64_t *refs = store->refs + way->first_ref;
  return way->ref_count > 2 && refs[0] == refs[way->ref_count - 1];
}

/* Rules look at a handful of tags at a time, and at area= each time, which overrules all others. */
bool osmflow_view_is_area_way(const struct osmflow_view *view, const struct osmflow_way *way) {
  struct osmflow_tag_view tags[AREA_TAGS];
  const struct osmflow_store *store = view->store;
  const char *area = way->element.tag_count > AREA_TAGS ? osmflow_store_tag(store, &way->element, "area") : NULL;
  const size_t first = area != NULL;
  bool is_area = false;
  if (!is_closed(store, way))
    return false;
  if (area)
    tags[0] = (struct osmflow_tag_view){osmflow_text("area"), osmflow_text(area)};
  size_t count = first;
  for (size_t i = 0; i < way->element.tag_count; i++) {
    const struct osmflow_tag tag = store->tags[way->element.first_tag + i];
    if (count == AREA_TAGS) {
      is_area = is_area || osmflow_rules_is_area(view->rules, tags, count);
      count = first;
    }
    if (view->key_flags[tag.key] & MATTERS_FOR_AREA)
      tags[count++] = (struct osmflow_tag_view){osmflow_pool_text(&store->keys, tag.key),
                                                osmflow_pool_text(&store->values, tag.value)};
  }
  return is_area || (count > 0 && osmflow_rules_is_area(view->rules, tags, count));
}

static enum osmflow_status add_members(const struct osmflow_view *view, const struct osmflow_relation *relation,
                                       struct osmflow_view_shape *shape, struct osmflow_error *error) {
  const struct osmflow_store *store = view->store;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && shape->is_complete && i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    const struct osmflow_text role = osmflow_pool_text(&store->values, member->role);
    if (member->type != OSMFLOW_WAY || osmflow_text_is(role, "subarea"))
      continue;
    const struct osmflow_way *way = osmflow_store_way(store, member->ref);
    if (way && way->element.visible)
      status = osmflow_view_add_way(store, way, shape, error);
    else
      shape->is_complete = false;
  }
  return status;
}

/* A relation with a missing member way has no area: what could be built would pass for the whole. */
enum osmflow_status osmflow_view_area(const struct osmflow_view *view, const struct osmflow_view_entry *entry,
                                      struct osmflow_view_shape *shape, struct osmflow_error *error) {
  const struct osmflow_store *store = view->store;
  osmflow_view_shape_reset(shape);
  enum osmflow_status status = entry->type == OSMFLOW_WAY
                                   ? osmflow_view_add_way(store, &store->ways[entry->index], shape, error)
                                   : add_members(view, &store->relations[entry->index], shape, error);
  if (status == OSMFLOW_OK)
    status = osmflow_area_assemble(&shape->area, shape->ways, shape->is_complete ? shape->way_count : 0, error);
  return status;
}

static enum osmflow_status add_entry(struct osmflow_view *view, enum osmflow_layer_kind kind,
                                     enum osmflow_element_type type, size_t index, uint32_t tags_of_way,
                                     struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&view->entries[kind], &view->entry_capacity[kind], view->entry_count[kind] + 1,
                            sizeof *view->entries[kind], MOST_ITEMS, error);
  if (status == OSMFLOW_OK)
    view->entries[kind][view->entry_count[kind]++] =
        (struct osmflow_view_entry){(uint32_t)index, (uint32_t)type, tags_of_way};
  return status;
}

static enum osmflow_status learn_keys(struct osmflow_view *view, struct osmflow_error *error) {
  const struct osmflow_pool *keys = &view->store->keys;
  const size_t count = keys->count + 1; /* never zero bytes */
  view->key_flags = calloc(count, 1);
  bool good = view->key_flags != NULL;
  for (size_t kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++) {
    view->key_rules[kind] = calloc(count, sizeof *view->key_rules[kind]);
    good = good && view->key_rules[kind];
  }
  if (!good)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the rules of %zu keys", count);
  for (size_t i = 0; i < keys->count; i++) {
    const struct osmflow_text key = osmflow_pool_text(keys, (uint32_t)i);
    for (size_t kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++)
      view->key_rules[kind][i] = osmflow_rules_key(view->rules, (enum osmflow_layer_kind)kind, key);
    view->key_flags[i] = (uint8_t)((osmflow_rules_key_matters_for_area(view->rules, key) ? MATTERS_FOR_AREA : 0) |
                                   (osmflow_rules_key_is_uninteresting(view->rules, key) ? UNINTERESTING : 0));
  }
  return OSMFLOW_OK;
}

static enum osmflow_status sort_nodes(struct osmflow_view *view, struct osmflow_error *error) {
  const struct osmflow_store *store = view->store;
  const struct osmflow_key_rule *rules = view->key_rules[OSMFLOW_POINTS];
  const bool all = osmflow_rules_report_all_nodes(view->rules);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < store->node_count; i++) {
    const struct osmflow_element *element = &store->nodes[i].element;
    bool is_point = all;
    for (size_t k = 0; !is_point && k < element->tag_count; k++)
      is_point = rules[store->tags[element->first_tag + k].key].significant;
    if (is_point && element->visible)
      status = add_entry(view, OSMFLOW_POINTS, OSMFLOW_NODE, i, OSMFLOW_IDMAP_NONE, error);
  }
  return status;
}

static bool has_tag(const struct osmflow_store *store, const struct osmflow_element *element,
                    struct osmflow_tag wanted) {
  bool found = false;
  for (size_t i = 0; !found && i < element->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[element->first_tag + i];
    found = tag.key == wanted.key && tag.value == wanted.value;
  }
  return found;
}

/* Whether the way says something that the relation does not say for it. */
static bool has_tags_of_its_own(const struct osmflow_view *view, const struct osmflow_element *way,
                                const struct osmflow_element *relation) {
  bool own = false;
  for (size_t i = 0; !own && i < way->tag_count; i++) {
    const struct osmflow_tag tag = view->store->tags[way->first_tag + i];
    own = !(view->key_flags[tag.key] & UNINTERESTING) && !has_tag(view->store, relation, tag);
  }
  return own;
}

/* An old-style multipolygon says nothing but its type: its tags are on its first outer way. */
static uint32_t old_style_way(const struct osmflow_view *view, const struct osmflow_relation *relation) {
  const struct osmflow_store *store = view->store;
  for (size_t i = 0; i < relation->element.tag_count; i++) {
    const struct osmflow_tag tag = store->tags[relation->element.first_tag + i];
    if (!osmflow_text_is(osmflow_pool_text(&store->keys, tag.key), "type"))
      return OSMFLOW_IDMAP_NONE;
  }
  for (size_t i = 0; i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    const struct osmflow_way *way = member->type == OSMFLOW_WAY ? osmflow_store_way(store, member->ref) : NULL;
    if (way && osmflow_text_is(osmflow_pool_text(&store->values, member->role), "outer"))
      return way->element.tag_count > 0 ? (uint32_t)(way - store->ways) : OSMFLOW_IDMAP_NONE;
  }
  return OSMFLOW_IDMAP_NONE;
}

/* Closed outer ways whose tags the relation's area carries are no areas once more. */
static void absorb_outer_ways(const struct osmflow_view *view, const struct osmflow_relation *relation,
                              uint32_t tags_of_way, uint8_t *absorbed) {
  const struct osmflow_store *store = view->store;
  const struct osmflow_element *tags =
      tags_of_way == OSMFLOW_IDMAP_NONE ? &relation->element : &store->ways[tags_of_way].element;
  for (size_t i = 0; i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    const struct osmflow_way *way = member->type == OSMFLOW_WAY ? osmflow_store_way(store, member->ref) : NULL;
    if (way && osmflow_text_is(osmflow_pool_text(&store->values, member->role), "outer") &&
        !has_tags_of_its_own(view, &way->element, tags))
      absorbed[way - store->ways] = 1;
  }
}

static enum osmflow_status sort_multipolygon(struct osmflow_view *view, size_t index, struct osmflow_view_shape *shape,
                                             uint8_t *absorbed, struct osmflow_error *error) {
  const struct osmflow_relation *relation = &view->store->relations[index];
  const struct osmflow_view_entry entry = {(uint32_t)index, OSMFLOW_RELATION, old_style_way(view, relation)};
  enum osmflow_status status = osmflow_view_area(view, &entry, shape, error);
  if (status == OSMFLOW_OK && shape->area.ring_count > 0) {
    absorb_outer_ways(view, relation, entry.tags_of_way, absorbed);
    status = add_entry(view, OSMFLOW_MULTIPOLYGONS, OSMFLOW_RELATION, index, entry.tags_of_way, error);
  }
  return status;
}

/* A way with fewer than two known nodes has no geometry. */
static bool has_length(const struct osmflow_store *store, const struct osmflow_way *way) {
  size_t known = 0;
  for (size_t i = 0; i < way->ref_count && known < 2; i++) {
    const struct osmflow_node *node = osmflow_store_node(store, store->refs[way->first_ref + i]);
    known += node && node->lon != OSMFLOW_NO_POSITION;
  }
  return known >= 2;
}

/* Whether a relation has any member that has a geometry here: one of a kind that its layer shows. */
static bool has_geometry(const struct osmflow_store *store, const struct osmflow_relation *relation, bool with_nodes) {
  bool found = false;
  for (size_t i = 0; !found && i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    if (member->type == OSMFLOW_NODE && with_nodes) {
      const struct osmflow_node *node = osmflow_store_node(store, member->ref);
      found = node && node->lon != OSMFLOW_NO_POSITION;
    } else if (member->type == OSMFLOW_WAY) {
      const struct osmflow_way *way = osmflow_store_way(store, member->ref);
      found = way && has_length(store, way);
    }
  }
  return found;
}

static enum osmflow_status sort_relations(struct osmflow_view *view, struct osmflow_view_shape *shape,
                                          uint8_t *absorbed, struct osmflow_error *error) {
  const struct osmflow_store *store = view->store;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < store->relation_count; i++) {
    const struct osmflow_relation *relation = &store->relations[i];
    const char *type = osmflow_store_tag(store, &relation->element, "type");
    const enum osmflow_layer_kind kind = osmflow_rules_relation_layer(view->rules, osmflow_text(type));
    if (!relation->element.visible)
      continue;
    if (kind == OSMFLOW_MULTIPOLYGONS)
      status = sort_multipolygon(view, i, shape, absorbed, error);
    else if (has_geometry(store, relation, kind == OSMFLOW_OTHER_RELATIONS))
      status = add_entry(view, kind, OSMFLOW_RELATION, i, OSMFLOW_IDMAP_NONE, error);
  }
  return status;
}

/* A closed way that is tagged as an area but crosses itself stays a line: its tags are not lost. */
static enum osmflow_status sort_way(struct osmflow_view *view, size_t index, bool is_absorbed,
                                    struct osmflow_view_shape *shape, struct osmflow_error *error) {
  const struct osmflow_store *store = view->store;
  const struct osmflow_way *way = &store->ways[index];
  const bool is_wanted = osmflow_rules_report_all_ways(view->rules) || way->element.tag_count > 0;
  enum osmflow_layer_kind kind = OSMFLOW_LINES;
  enum osmflow_status status = OSMFLOW_OK;
  if (!way->element.visible || way->ref_count < 2 || !is_wanted)
    return OSMFLOW_OK;
  if (osmflow_view_is_area_way(view, way)) {
    const struct osmflow_view_entry entry = {(uint32_t)index, OSMFLOW_WAY, OSMFLOW_IDMAP_NONE};
    if (is_absorbed)
      return OSMFLOW_OK;
    status = osmflow_view_area(view, &entry, shape, error);
    if (shape->area.ring_count > 0)
      kind = OSMFLOW_MULTIPOLYGONS;
  }
  if (status == OSMFLOW_OK && has_length(store, way))
    status = add_entry(view, kind, OSMFLOW_WAY, index, OSMFLOW_IDMAP_NONE, error);
  return status;
}

static enum osmflow_status sort_elements(struct osmflow_view *view, struct osmflow_error *error) {
  const struct osmflow_store *store = view->store;
  struct osmflow_view_shape shape;
  uint8_t *absorbed = calloc(store->way_count + 1, 1);
  osmflow_view_shape_init(&shape);
  enum osmflow_status status =
      absorbed ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu ways", store->way_count);
  if (status == OSMFLOW_OK)
    status = sort_nodes(view, error);
  if (status == OSMFLOW_OK)
    status = sort_relations(view, &shape, absorbed, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < store->way_count; i++)
    status = sort_way(view, i, absorbed[i] != 0, &shape, error);
  osmflow_view_shape_clear(&shape);
  free(absorbed);
  return status;
}

enum osmflow_status osmflow_view_new(const struct osmflow_store *store, const struct osmflow_rules *rules,
                                     struct osmflow_view **view, struct osmflow_error *error) {
  struct osmflow_view *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a view");
  made->store = store;
  made->rules = rules;
  enum osmflow_status status = learn_keys(made, error);
  if (status == OSMFLOW_OK)
    status = sort_elements(made, error);
  if (status == OSMFLOW_OK)
    *view = made;
  else
    osmflow_view_free(made);
  return status;
}

void osmflow_view_free(struct osmflow_view *view) {
  if (view) {
    for (size_t kind = 0; kind < OSMFLOW_LAYER_KINDS; kind++) {
      free(view->entries[kind]);
      free(view->key_rules[kind]);
    }
    free(view->key_flags);
    free(view);
  }
}
