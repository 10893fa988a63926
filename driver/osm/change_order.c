#include <stdlib.h>

#include "osm/change_parts.h"

/* Which part of the order an item belongs to. Within a part the given order stays, but for relations. */
enum part {
  CREATE_NODE,
  UNDELETE_NODE,
  CREATE_WAY,
  UNDELETE_WAY,
  MAKE_RELATION, /* creates and undeletions mixed: either may refer to the other */
  MODIFY_NODE,
  MODIFY_WAY,
  MODIFY_RELATION,
  DELETE_RELATION,
  DELETE_WAY,
  DELETE_NODE,
  PARTS
};

static enum part part_of(const struct osmflow_change_item *item) {
  const enum osmflow_element_type type = item->draft->type;
  const bool undeletes =
      osmflow_change_item_undeletes(item) || (osmflow_change_item_is_unknown(item) && type != OSMFLOW_RELATION);
  if (item->action == OSMFLOW_ACTION_DELETE)
    return type == OSMFLOW_NODE ? DELETE_NODE : type == OSMFLOW_WAY ? DELETE_WAY : DELETE_RELATION;
  if (item->action == OSMFLOW_ACTION_CREATE)
    return type == OSMFLOW_NODE ? CREATE_NODE : type == OSMFLOW_WAY ? CREATE_WAY : MAKE_RELATION;
  if (undeletes)
    return type == OSMFLOW_NODE ? UNDELETE_NODE : type == OSMFLOW_WAY ? UNDELETE_WAY : MAKE_RELATION;
  return type == OSMFLOW_NODE ? MODIFY_NODE : type == OSMFLOW_WAY ? MODIFY_WAY : MODIFY_RELATION;
}

/* A walk through relations and their members, without recursion: chains may be long. */
struct step {
  uint32_t relation; /* place among those to be sorted */
  uint32_t member;   /* the next one to look at */
};
struct walk {
  const struct osmflow_change_item *items;
  struct osmflow_idmap places; /* id -> place among those to be sorted */
  const uint32_t *given;
  uint32_t *sorted;
  size_t sorted_count;
  struct step *stack;
  bool *is_seen;
};

static void visit(struct walk *walk, uint32_t relation) {
  size_t depth = 0;
  walk->is_seen[relation] = true;
  walk->stack[depth++] = (struct step){relation, 0};
  while (depth > 0) {
    struct step *step = &walk->stack[depth - 1];
    const struct osmflow_change_item *item = &walk->items[walk->given[step->relation]];
    const struct osmflow_draft *draft =
        item->action == OSMFLOW_ACTION_DELETE ? osmflow_change_item_before(item) : item->draft;
    if (step->member == draft->member_count) {
      walk->sorted[walk->sorted_count++] = walk->given[step->relation];
      depth--;
      continue;
    }
    const struct osmflow_draft_member *member = &draft->members[step->member++];
    if (member->type != OSMFLOW_RELATION)
      continue;
    const uint32_t found = osmflow_idmap_find(&walk->places, member->ref);
    if (found != OSMFLOW_IDMAP_NONE && !walk->is_seen[found]) {
      walk->is_seen[found] = true;
      walk->stack[depth++] = (struct step){found, 0};
    }
  }
}

static void reverse(uint32_t *places, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    const uint32_t other = places[count - 1 - i];
    places[count - 1 - i] = places[i];
    places[i] = other;
  }
}

/* Members before the relations that have them; the other way round when they are deleted. */
static enum osmflow_status sort_relations(const struct osmflow_change_item *items, uint32_t *places, size_t count,
                                          bool parents_first, struct osmflow_error *error) {
  struct walk walk = {.items = items, .given = places};
  enum osmflow_status status = OSMFLOW_OK;
  if (count < 2)
    return OSMFLOW_OK;
  osmflow_idmap_init(&walk.places);
  walk.sorted = malloc(count * sizeof *walk.sorted);
  walk.stack = malloc(count * sizeof *walk.stack);
  walk.is_seen = calloc(count, sizeof *walk.is_seen);
  if (!walk.sorted || !walk.stack || !walk.is_seen)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to sort %zu relations", count);
  if (parents_first)
    reverse(places, count);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    status = osmflow_idmap_set(&walk.places, items[places[i]].draft->id, (uint32_t)i, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    if (!walk.is_seen[i])
      visit(&walk, (uint32_t)i);
  if (status == OSMFLOW_OK) {
    memcpy(places, walk.sorted, count * sizeof *places);
    if (parents_first)
      reverse(places, count);
  }
  osmflow_idmap_clear(&walk.places);
  free(walk.sorted);
  free(walk.stack);
  free(walk.is_seen);
  return status;
}

/* places[i]: which item comes i-th. */
static enum osmflow_status find_order(const struct osmflow_change_item *items, size_t count, uint32_t *places,
                                      struct osmflow_error *error) {
  size_t ends[PARTS + 1] = {0};
  for (size_t i = 0; i < count; i++)
    ends[part_of(&items[i]) + 1]++;
  for (size_t part = 0; part < PARTS; part++)
    ends[part + 1] += ends[part];
  /* Now ends[part] is where the part begins, and after this loop where it ends. */
  for (size_t i = 0; i < count; i++)
    places[ends[part_of(&items[i])]++] = (uint32_t)i;
  const enum osmflow_status status = sort_relations(items, places + ends[MAKE_RELATION - 1],
                                                    ends[MAKE_RELATION] - ends[MAKE_RELATION - 1], false, error);
  return status == OSMFLOW_OK ? sort_relations(items, places + ends[DELETE_RELATION - 1],
                                               ends[DELETE_RELATION] - ends[DELETE_RELATION - 1], true, error)
                              : status;
}

enum osmflow_status osmflow_change_sort(struct osmflow_change *change, size_t first, size_t end,
                                        struct osmflow_error *error) {
  const size_t count = end - first;
  enum osmflow_status status = OSMFLOW_OK;
  if (count < 2)
    return OSMFLOW_OK;
  struct osmflow_change_item *items = change->items + first;
  uint32_t *places = malloc(count * sizeof *places);
  struct osmflow_change_item *sorted = malloc(count * sizeof *sorted);
  if (!places || !sorted)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to sort %zu changes", count);
  if (status == OSMFLOW_OK)
    status = find_order(items, count, places, error);
  if (status == OSMFLOW_OK) {
    for (size_t i = 0; i < count; i++)
      sorted[i] = items[places[i]];
    memcpy(items, sorted, count * sizeof *items);
  }
  free(places);
  free(sorted);
  return status;
}

/* Whether the member is a relation that this change brings into being only later, or the relation itself. */
static bool comes_too_early(const struct osmflow_idmap *made, const struct osmflow_draft_member *member,
                            size_t relation) {
  const uint32_t found = member->type == OSMFLOW_RELATION ? osmflow_idmap_find(made, member->ref) : OSMFLOW_IDMAP_NONE;
  return found != OSMFLOW_IDMAP_NONE && found >= relation;
}

/* The item keeps the members that are there by then; a second step that has all of them is added. */
static enum osmflow_status split_steps(struct osmflow_change *change, size_t index, const struct osmflow_idmap *made,
                                       struct osmflow_error *error) {
  struct osmflow_draft whole = *change->items[index].draft, part = whole, *first_step = NULL;
  struct osmflow_draft_member *kept = malloc(whole.member_count * sizeof *kept);
  size_t count = 0;
  if (!kept)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu members", whole.member_count);
  for (size_t i = 0; i < whole.member_count; i++)
    if (!comes_too_early(made, &whole.members[i], index))
      kept[count++] = whole.members[i];
  part.members = kept;
  part.member_count = count;
  enum osmflow_status status = osmflow_draft_copy(&part, &first_step, error);
  whole.version++;
  part.version++;
  if (status == OSMFLOW_OK)
    status = osmflow_change_add(change, OSMFLOW_ACTION_MODIFY, false, &whole, &part, error);
  if (status == OSMFLOW_OK) {
    osmflow_draft_free(change->items[index].draft);
    change->items[index].draft = first_step;
  } else {
    osmflow_draft_free(first_step);
  }
  free(kept);
  return status;
}

/* The items are sorted already: only the members that close a circle stand before what they refer to. */
static enum osmflow_status break_circles(struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_idmap made;
  enum osmflow_status status = OSMFLOW_OK;
  const size_t count = change->count;
  osmflow_idmap_init(&made);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    if (part_of(&change->items[i]) == MAKE_RELATION)
      status = osmflow_idmap_set(&made, change->items[i].draft->id, (uint32_t)i, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const struct osmflow_draft *draft = change->items[i].draft;
    bool is_circle = false;
    if (part_of(&change->items[i]) == MAKE_RELATION)
      for (size_t k = 0; !is_circle && k < draft->member_count; k++)
        is_circle = comes_too_early(&made, &draft->members[k], i);
    if (is_circle)
      status = split_steps(change, i, &made, error);
  }
  osmflow_idmap_clear(&made);
  return status;
}

enum osmflow_status osmflow_change_order(struct osmflow_change *change, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_change_sort(change, 0, change->count, error);
  const size_t count = change->count;
  if (status == OSMFLOW_OK)
    status = break_circles(change, error);
  if (status == OSMFLOW_OK && change->count > count)
    status = osmflow_change_sort(change, 0, change->count, error);
  return status;
}
