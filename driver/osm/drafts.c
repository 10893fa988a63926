#include "osm/drafts.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "osm/drafts_index.h"

enum { BLOCK = 256 };
static const uint32_t no_place = UINT32_MAX, label_entry = UINT32_MAX;
static const size_t most_items = UINT32_MAX - 1;

/* An element that was asked for or put. */
struct entry {
  int64_t id; /* first: the index looks for it there */
  struct osmflow_draft *original;
  struct osmflow_draft *draft; /* NULL: not put, taken back, or new and deleted again */
  uint32_t place;              /* in the order of first changes; no_place: not put, or taken back */
  enum osmflow_element_type type;
};

/* How it was before a change: whoever still holds the draft that was replaced may go on reading it. */
struct undo {
  void *previous; /* the entry's draft; for label_entry: the label */
  uint32_t entry;
  bool is_first; /* the entry was never put before */
};

struct osmflow_drafts {
  const struct osmflow_store *base;
  int64_t first_placeholder, next_placeholder;
  struct entry *entries;
  size_t entry_count, entry_capacity;
  struct osmflow_index by_id[OSMFLOW_ELEMENT_TYPES];
  struct undo *undo;
  size_t undo_count, undo_capacity;
  uint32_t *order; /* entries by their first change */
  size_t order_count, order_capacity;
  uint32_t *gone; /* for each BLOCK of the order: how many are new and deleted again */
  size_t gone_capacity, gone_count;
  char *label;
  uint64_t generation;
  struct osmflow_drafts_index index;
};

/* New ids must not meet an id that the base has or refers to. */
static int64_t below_all(const struct osmflow_store *base, int64_t id) {
  for (size_t i = 0; i < base->node_count; i++)
    id = base->nodes[i].element.id <= id ? base->nodes[i].element.id - 1 : id;
  for (size_t i = 0; i < base->way_count; i++)
    id = base->ways[i].element.id <= id ? base->ways[i].element.id - 1 : id;
  for (size_t i = 0; i < base->relation_count; i++)
    id = base->relations[i].element.id <= id ? base->relations[i].element.id - 1 : id;
  for (size_t i = 0; i < base->ref_count; i++)
    id = base->refs[i] <= id ? base->refs[i] - 1 : id;
  for (size_t i = 0; i < base->member_count; i++)
    id = base->members[i].ref <= id ? base->members[i].ref - 1 : id;
  return id;
}

enum osmflow_status osmflow_drafts_new(const struct osmflow_store *base, int64_t first_placeholder,
                                       struct osmflow_drafts **drafts, struct osmflow_error *error) {
  *drafts = NULL;
  if (first_placeholder >= 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "ids of new elements are negative, unlike %lld",
                             (long long)first_placeholder);
  struct osmflow_drafts *made = calloc(1, sizeof *made);
  char *label = calloc(1, 1);
  if (!made || !label) {
    free(made);
    free(label);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a working copy");
  }
  made->base = base;
  made->label = label;
  made->first_placeholder = made->next_placeholder = below_all(base, first_placeholder);
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_index_init(&made->by_id[i], sizeof *made->entries);
  osmflow_drafts_index_init(&made->index, base);
  *drafts = made;
  return OSMFLOW_OK;
}

void osmflow_drafts_free(struct osmflow_drafts *drafts) {
  if (!drafts)
    return;
  for (size_t i = 0; i < drafts->entry_count; i++) {
    osmflow_draft_free(drafts->entries[i].original);
    osmflow_draft_free(drafts->entries[i].draft);
  }
  for (size_t i = 0; i < drafts->undo_count; i++)
    free(drafts->undo[i].previous);
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_index_clear(&drafts->by_id[i]);
  osmflow_drafts_index_clear(&drafts->index);
  free(drafts->entries);
  free(drafts->undo);
  free(drafts->order);
  free(drafts->gone);
  free(drafts->label);
  free(drafts);
}

const struct osmflow_store *osmflow_drafts_base(const struct osmflow_drafts *drafts) {
  return drafts->base;
}

int64_t osmflow_drafts_next_placeholder(const struct osmflow_drafts *drafts) {
  return drafts->next_placeholder;
}

uint64_t osmflow_drafts_generation(const struct osmflow_drafts *drafts) {
  return drafts->generation;
}

static bool was_put(const struct entry *entry) {
  return entry->place != no_place;
}

static struct osmflow_draft *present_of(const struct entry *entry) {
  return was_put(entry) ? entry->draft : entry->original;
}

static const struct entry *find_entry(const struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id) {
  const uint32_t number = osmflow_index_find(&drafts->by_id[type], drafts->entries, id);
  return number == OSMFLOW_INDEX_NONE ? NULL : &drafts->entries[number];
}

/* Takes `original` over when it succeeds. */
static enum osmflow_status add_entry(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                     struct osmflow_draft *original, uint32_t *number, struct osmflow_error *error) {
  enum osmflow_status status =
      osmflow_array_reserve((void **)&drafts->entries, &drafts->entry_capacity, drafts->entry_count + 1,
                            sizeof *drafts->entries, most_items, error);
  if (status == OSMFLOW_OK) {
    *number = (uint32_t)drafts->entry_count;
    drafts->entries[*number] = (struct entry){id, original, NULL, no_place, type};
    status = osmflow_index_set(&drafts->by_id[type], drafts->entries, *number, error);
  }
  if (status == OSMFLOW_OK)
    drafts->entry_count++;
  return status;
}

/* The entry of an element that was put or that the base has; *number = no_place when there is no such element. */
static enum osmflow_status look_up(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                   uint32_t *number, struct osmflow_error *error) {
  struct osmflow_draft *original = NULL;
  *number = osmflow_index_find(&drafts->by_id[type], drafts->entries, id);
  if (*number != OSMFLOW_INDEX_NONE)
    return OSMFLOW_OK;
  *number = no_place;
  const uint32_t place = osmflow_store_index(drafts->base, type, id);
  if (place == OSMFLOW_INDEX_NONE)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_draft_from_store(drafts->base, type, place, &original, error);
  if (status == OSMFLOW_OK)
    status = add_entry(drafts, type, id, original, number, error);
  if (status != OSMFLOW_OK)
    osmflow_draft_free(original);
  return status;
}

enum osmflow_status osmflow_drafts_get(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                       const struct osmflow_draft **found, struct osmflow_error *error) {
  uint32_t number = no_place;
  *found = NULL;
  const enum osmflow_status status = look_up(drafts, type, id, &number, error);
  if (status == OSMFLOW_OK && number != no_place) {
    const struct osmflow_draft *present = present_of(&drafts->entries[number]);
    *found = present && present->visible ? present : NULL;
  }
  return status;
}

enum osmflow_status osmflow_drafts_original(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                            const struct osmflow_draft **found, struct osmflow_error *error) {
  uint32_t number = no_place;
  *found = NULL;
  const enum osmflow_status status = look_up(drafts, type, id, &number, error);
  if (status == OSMFLOW_OK && number != no_place)
    *found = drafts->entries[number].original;
  return status;
}

static enum osmflow_status reserve_undo(struct osmflow_drafts *drafts, struct osmflow_error *error) {
  return osmflow_array_reserve((void **)&drafts->undo, &drafts->undo_capacity, drafts->undo_count + 1,
                               sizeof *drafts->undo, most_items, error);
}

enum osmflow_status osmflow_drafts_set_label(struct osmflow_drafts *drafts, const char *label,
                                             struct osmflow_error *error) {
  if (strcmp(drafts->label, label) == 0)
    return OSMFLOW_OK;
  const size_t size = strlen(label) + 1;
  char *copy = malloc(size);
  if (!copy)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a label of %zu bytes", size);
  const enum osmflow_status status = reserve_undo(drafts, error);
  if (status == OSMFLOW_OK) {
    memcpy(copy, label, size);
    drafts->undo[drafts->undo_count++] = (struct undo){drafts->label, label_entry, false};
    drafts->label = copy;
  } else {
    free(copy);
  }
  return status;
}

static enum osmflow_status reserve_change(struct osmflow_drafts *drafts, struct osmflow_error *error) {
  const size_t blocks = drafts->order_count / BLOCK + 1;
  enum osmflow_status status = reserve_undo(drafts, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&drafts->order, &drafts->order_capacity, drafts->order_count + 1,
                                   sizeof *drafts->order, most_items, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&drafts->gone, &drafts->gone_capacity, blocks, sizeof *drafts->gone,
                                   most_items, error);
  return status;
}

/* Sets what the entry has now and keeps the count of those without. */
static void set_draft(struct osmflow_drafts *drafts, struct entry *entry, struct osmflow_draft *draft) {
  if (entry->draft && !draft) {
    drafts->gone[entry->place / BLOCK]++;
    drafts->gone_count++;
  } else if (!entry->draft && draft) {
    drafts->gone[entry->place / BLOCK]--;
    drafts->gone_count--;
  }
  entry->draft = draft;
}

/* An entry comes into the order without a draft, and leaves it so. */
static void enter_order(struct osmflow_drafts *drafts, uint32_t number) {
  const size_t place = drafts->order_count++;
  if (place % BLOCK == 0)
    drafts->gone[place / BLOCK] = 0;
  drafts->entries[number].place = (uint32_t)place;
  drafts->order[place] = number;
  drafts->gone[place / BLOCK]++;
  drafts->gone_count++;
}

static void leave_order(struct osmflow_drafts *drafts, struct entry *entry) {
  drafts->gone[entry->place / BLOCK]--;
  drafts->gone_count--;
  drafts->order_count--;
  entry->place = no_place;
}

/* Takes the draft over (NULL: nothing is left of a new element). Room was made by reserve_change. */
static void change(struct osmflow_drafts *drafts, uint32_t number, struct osmflow_draft *draft) {
  struct entry *entry = &drafts->entries[number];
  drafts->undo[drafts->undo_count++] = (struct undo){entry->draft, number, !was_put(entry)};
  if (!was_put(entry))
    enter_order(drafts, number);
  set_draft(drafts, entry, draft);
  drafts->generation++;
}

static enum osmflow_status replace(struct osmflow_drafts *drafts, uint32_t number, struct osmflow_draft wish,
                                   struct osmflow_error *error) {
  const struct entry *entry = &drafts->entries[number];
  struct osmflow_draft *copy = NULL;
  wish.id = entry->id;
  wish.version = entry->original ? entry->original->version : 0;
  wish.label = entry->draft && entry->draft->label.size > 0 ? entry->draft->label : osmflow_text(drafts->label);
  enum osmflow_status status = osmflow_draft_copy(&wish, &copy, error);
  if (status == OSMFLOW_OK)
    status = reserve_change(drafts, error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_index_add(&drafts->index, copy, error);
  if (status == OSMFLOW_OK)
    change(drafts, number, copy);
  else
    osmflow_draft_free(copy);
  return status;
}

/* Deleting what is deleted already changes nothing. */
static enum osmflow_status erase(struct osmflow_drafts *drafts, uint32_t number, struct osmflow_error *error) {
  const struct entry *entry = &drafts->entries[number];
  const struct osmflow_draft *present = present_of(entry),
                             wish = {.type = entry->type, .lon = OSMFLOW_NO_POSITION, .lat = OSMFLOW_NO_POSITION};
  enum osmflow_status status = OSMFLOW_OK;
  if (present && present->visible && entry->original) {
    status = replace(drafts, number, wish, error);
  } else if (present && !entry->original) {
    status = reserve_change(drafts, error);
    if (status == OSMFLOW_OK)
      change(drafts, number, NULL);
  }
  return status;
}

static enum osmflow_status add_new(struct osmflow_drafts *drafts, const struct osmflow_draft *wish, uint32_t *number,
                                   struct osmflow_error *error) {
  const char *type = osmflow_element_type_names[wish->type];
  if (!wish->visible)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a %s without an id cannot be deleted", type);
  if (drafts->next_placeholder < -OSMFLOW_MOST_ID)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "there is no id left for a new %s", type);
  const enum osmflow_status status = add_entry(drafts, wish->type, drafts->next_placeholder, NULL, number, error);
  if (status == OSMFLOW_OK)
    drafts->next_placeholder--;
  return status;
}

enum osmflow_status osmflow_drafts_put(struct osmflow_drafts *drafts, const struct osmflow_draft *wish, int64_t *id,
                                       struct osmflow_error *error) {
  uint32_t number = no_place;
  enum osmflow_status status =
      wish->id == 0 ? add_new(drafts, wish, &number, error) : look_up(drafts, wish->type, wish->id, &number, error);
  if (status == OSMFLOW_OK && wish->id != 0 &&
      (number == no_place || (!drafts->entries[number].original && !was_put(&drafts->entries[number]))))
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "%s %lld is not part of what was downloaded",
                               osmflow_element_type_names[wish->type], (long long)wish->id);
  if (status == OSMFLOW_OK)
    status = wish->visible ? replace(drafts, number, *wish, error) : erase(drafts, number, error);
  if (status == OSMFLOW_OK && id)
    *id = drafts->entries[number].id;
  return status;
}

enum osmflow_status osmflow_drafts_delete(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                          struct osmflow_error *error) {
  const struct osmflow_draft wish = {.type = type, .id = id};
  return osmflow_drafts_put(drafts, &wish, NULL, error);
}

static bool uses(const struct osmflow_draft *parent, enum osmflow_element_type type, int64_t id) {
  bool found = false;
  for (size_t i = 0; !found && parent->type == OSMFLOW_WAY && type == OSMFLOW_NODE && i < parent->ref_count; i++)
    found = parent->refs[i] == id;
  for (size_t i = 0; !found && parent->type == OSMFLOW_RELATION && i < parent->member_count; i++)
    found = parent->members[i].type == type && parent->members[i].ref == id;
  return found;
}

static void drop_doubles(struct osmflow_parents *list) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (kept == 0 || list->items[i].type != list->items[kept - 1].type || list->items[i].id != list->items[kept - 1].id)
      list->items[kept++] = list->items[i];
  list->count = kept;
}

static int compare_parents(const void *left, const void *right) {
  const struct osmflow_parent *one = left, *other = right;
  if (one->type != other->type)
    return one->type < other->type ? -1 : 1;
  return (one->id > other->id) - (one->id < other->id);
}

enum osmflow_status osmflow_drafts_parents(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                           struct osmflow_parents *parents, struct osmflow_error *error) {
  size_t base_count = 0, kept = 0;
  const enum osmflow_status status =
      osmflow_drafts_index_parents(&drafts->index, type, id, parents, &base_count, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < parents->count; i++) {
    const struct entry *entry = find_entry(drafts, parents->items[i].type, parents->items[i].id);
    if (entry && entry->draft ? uses(entry->draft, type, id) : i < base_count)
      parents->items[kept++] = parents->items[i];
  }
  parents->count = kept;
  if (kept > 1)
    qsort(parents->items, kept, sizeof *parents->items, compare_parents);
  drop_doubles(parents);
  return status;
}

static uint64_t size_of_id(int64_t id) {
  return id < 0 ? 0 - (uint64_t)id : (uint64_t)id;
}

static int compare_nodes(const void *left, const void *right) {
  const int64_t one = ((const struct osmflow_parent *)left)->id, other = ((const struct osmflow_parent *)right)->id;
  const uint64_t a = size_of_id(one), b = size_of_id(other);
  if (a != b)
    return a < b ? -1 : 1;
  return (one < other) - (one > other);
}

/* New ids are below all of the base's. */
static void sort_nodes(struct osmflow_parents *nodes, int64_t first_placeholder) {
  size_t base_count = 0;
  for (size_t i = 0; i < nodes->count; i++)
    if (nodes->items[i].id > first_placeholder) {
      const struct osmflow_parent other = nodes->items[base_count];
      nodes->items[base_count++] = nodes->items[i];
      nodes->items[i] = other;
    }
  if (base_count > 1)
    qsort(nodes->items, base_count, sizeof *nodes->items, compare_nodes);
  if (nodes->count - base_count > 1)
    qsort(nodes->items + base_count, nodes->count - base_count, sizeof *nodes->items, compare_nodes);
}

enum osmflow_status osmflow_drafts_nodes_at(struct osmflow_drafts *drafts, int32_t lon, int32_t lat,
                                            struct osmflow_parents *nodes, struct osmflow_error *error) {
  size_t base_count = 0, kept = 0;
  const enum osmflow_status status = osmflow_drafts_index_nodes_at(&drafts->index, lon, lat, nodes, &base_count, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < nodes->count; i++) {
    const struct entry *entry = find_entry(drafts, OSMFLOW_NODE, nodes->items[i].id);
    const struct osmflow_draft *draft = entry ? entry->draft : NULL;
    const bool is_there = draft && draft->visible && draft->lon == lon && draft->lat == lat;
    if (draft ? is_there : i < base_count)
      nodes->items[kept++] = nodes->items[i];
  }
  nodes->count = kept;
  sort_nodes(nodes, drafts->first_placeholder);
  drop_doubles(nodes);
  return status;
}

size_t osmflow_drafts_mark(const struct osmflow_drafts *drafts) {
  return drafts->undo_count;
}

void osmflow_drafts_rollback(struct osmflow_drafts *drafts, size_t mark) {
  bool has_changed = false;
  while (drafts->undo_count > mark) {
    const struct undo undo = drafts->undo[--drafts->undo_count];
    if (undo.entry == label_entry) {
      free(drafts->label);
      drafts->label = undo.previous;
    } else {
      struct entry *entry = &drafts->entries[undo.entry];
      struct osmflow_draft *replaced = entry->draft;
      set_draft(drafts, entry, undo.previous);
      osmflow_draft_free(replaced);
      if (undo.is_first)
        leave_order(drafts, entry);
      has_changed = true;
    }
  }
  drafts->generation += has_changed;
}

size_t osmflow_drafts_count(const struct osmflow_drafts *drafts) {
  return drafts->order_count - drafts->gone_count;
}

void osmflow_drafts_at(const struct osmflow_drafts *drafts, size_t index, const struct osmflow_draft **original,
                       const struct osmflow_draft **present) {
  size_t place = index;
  *original = *present = NULL;
  if (index >= osmflow_drafts_count(drafts))
    return;
  if (drafts->gone_count > 0) {
    size_t left = index, here;
    for (place = 0; left >= (here = BLOCK - drafts->gone[place / BLOCK]); place += BLOCK)
      left -= here;
    while (!drafts->entries[drafts->order[place]].draft || left-- > 0)
      place++;
  }
  const struct entry *entry = &drafts->entries[drafts->order[place]];
  *original = entry->original;
  *present = entry->draft;
}

bool osmflow_drafts_touches(const struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id) {
  const struct entry *entry = find_entry(drafts, type, id);
  return entry && was_put(entry);
}
