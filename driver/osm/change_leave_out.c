#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "osm/change_parts.h"

struct leaving {
  struct osmflow_change *change;
  struct osmflow_change_index index;
  struct osmflow_change_links links; /* by what they need */
  bool *is_root;                     /* per item: whether it was left out to begin with */
  uint32_t *root_of;                 /* per item that is left out: because of which of those */
  uint32_t *users;                   /* per item: how many references to it are still to be sent */
  uint32_t *queue;                   /* items that are left out, in the order they were found */
  size_t queued, taken;
};

static int compare_needs(const void *left, const void *right) {
  const struct osmflow_change_link *a = left, *b = right;
  if (a->needs != b->needs)
    return a->needs < b->needs ? -1 : 1;
  return (a->item > b->item) - (a->item < b->item);
}

/* The first link whose `needs` is not below `needs`. */
static size_t find_needs(const struct osmflow_change_links *links, uint32_t needs) {
  size_t low = 0, high = links->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (links->items[middle].needs < needs)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

enum { NAME_SIZE = 160 };

static const char *full_name(const struct osmflow_draft *draft, char buffer[NAME_SIZE]) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  osmflow_draft_name(draft, name);
  if (draft->label.size > 0)
    snprintf(buffer, NAME_SIZE, "%s (%.*s)", name, OSMFLOW_TEXT_ARGUMENTS(draft->label));
  else
    snprintf(buffer, NAME_SIZE, "%s", name);
  return buffer;
}

/* Refuses `item` because of `other`, which was left out itself, perhaps because of a third. */
static enum osmflow_status refuse(struct leaving *leaving, uint32_t item, const char *relation, uint32_t other,
                                  struct osmflow_error *error) {
  struct osmflow_change_item *left_out = &leaving->change->items[item];
  char name[NAME_SIZE], cause[NAME_SIZE];
  struct osmflow_bytes reason;
  if (leaving->is_root[item] || left_out->outcome != OSMFLOW_OUTCOME_PENDING)
    return OSMFLOW_OK;
  osmflow_bytes_init(&reason, 4 * (size_t)NAME_SIZE);
  enum osmflow_status status = osmflow_bytes_print(&reason, error, "%s %s, which was left out", relation,
                                                   full_name(leaving->change->items[other].draft, name));
  if (status == OSMFLOW_OK && !leaving->is_root[other])
    status = osmflow_bytes_print(&reason, error, " because of %s",
                                 full_name(leaving->change->items[leaving->root_of[other]].draft, cause));
  if (status == OSMFLOW_OK) {
    free(left_out->reason);
    left_out->reason = osmflow_bytes_take(&reason);
    left_out->outcome = OSMFLOW_OUTCOME_REFUSED;
    leaving->root_of[item] = leaving->root_of[other];
    leaving->queue[leaving->queued++] = item;
  }
  osmflow_bytes_clear(&reason);
  return status;
}

static enum osmflow_status leave_dependents(struct leaving *leaving, uint32_t item, struct osmflow_error *error) {
  const struct osmflow_change_links *links = &leaving->links;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = find_needs(links, item); status == OSMFLOW_OK && i < links->count && links->items[i].needs == item;
       i++) {
    const bool is_delete = leaving->change->items[links->items[i].item].action == OSMFLOW_ACTION_DELETE;
    if (links->items[i].is_certain)
      status = refuse(leaving, links->items[i].item, is_delete ? "still used by" : "needs", item, error);
  }
  return status;
}

/* New nodes and ways without tags have no meaning of their own. */
static bool is_mere_part(const struct osmflow_change_item *item) {
  return item->action == OSMFLOW_ACTION_CREATE && item->draft->tag_count == 0 && item->draft->type != OSMFLOW_RELATION;
}

/* Gives a place for each thing the item refers to, as far as it is in the index: `at` counts refs, then members. */
static uint32_t place_of_part(const struct leaving *leaving, const struct osmflow_draft *draft, size_t at) {
  if (at < draft->ref_count)
    return osmflow_idmap_find(&leaving->index.by_id[OSMFLOW_NODE], draft->refs[at]);
  const struct osmflow_draft_member *member = &draft->members[at - draft->ref_count];
  return osmflow_idmap_find(&leaving->index.by_id[member->type], member->ref);
}

static enum osmflow_status leave_parts(struct leaving *leaving, uint32_t item, struct osmflow_error *error) {
  const struct osmflow_draft *draft = leaving->change->items[item].draft;
  enum osmflow_status status = OSMFLOW_OK;
  if (leaving->change->items[item].action == OSMFLOW_ACTION_DELETE)
    return OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->ref_count + draft->member_count; i++) {
    const uint32_t part = place_of_part(leaving, draft, i);
    if (part == OSMFLOW_IDMAP_NONE || leaving->users[part] == 0)
      continue;
    leaving->users[part]--;
    if (leaving->users[part] == 0 && is_mere_part(&leaving->change->items[part]))
      status = refuse(leaving, part, "only for", item, error);
  }
  return status;
}

static void count_users(struct leaving *leaving) {
  const struct osmflow_change *change = leaving->change;
  for (size_t i = 0; i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    const struct osmflow_draft *draft = item->draft;
    if (item->action == OSMFLOW_ACTION_DELETE || (item->outcome != OSMFLOW_OUTCOME_PENDING && !leaving->is_root[i]))
      continue;
    for (size_t k = 0; k < draft->ref_count + draft->member_count; k++) {
      const uint32_t part = place_of_part(leaving, draft, k);
      if (part != OSMFLOW_IDMAP_NONE)
        leaving->users[part]++;
    }
  }
}

static enum osmflow_status prepare(struct leaving *leaving, const size_t *items, size_t item_count,
                                   struct osmflow_error *error) {
  const size_t count = leaving->change->count;
  leaving->is_root = calloc(count + 1, sizeof *leaving->is_root);
  leaving->root_of = malloc((count + 1) * sizeof *leaving->root_of);
  leaving->users = calloc(count + 1, sizeof *leaving->users);
  leaving->queue = malloc((count + 1) * sizeof *leaving->queue);
  if (!leaving->is_root || !leaving->root_of || !leaving->users || !leaving->queue)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu changes", count);
  for (size_t i = 0; i < item_count; i++)
    if (!leaving->is_root[items[i]]) {
      leaving->is_root[items[i]] = true;
      leaving->root_of[items[i]] = leaving->queue[leaving->queued++] = (uint32_t)items[i];
    }
  const struct osmflow_change_range range = {0, count, leaving->is_root};
  enum osmflow_status status = osmflow_change_index_fill(&leaving->index, leaving->change, &range, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_links_fill(&leaving->links, leaving->change, &leaving->index, &range, error);
  if (status == OSMFLOW_OK && leaving->links.count > 0)
    qsort(leaving->links.items, leaving->links.count, sizeof *leaving->links.items, compare_needs);
  return status;
}

enum osmflow_status osmflow_change_leave_out_all(struct osmflow_change *change, const size_t *items, size_t count,
                                                 size_t *left_out, struct osmflow_error *error) {
  struct leaving leaving = {.change = change};
  enum osmflow_status status = prepare(&leaving, items, count, error);
  const size_t roots = leaving.queued;
  if (status == OSMFLOW_OK)
    count_users(&leaving);
  while (status == OSMFLOW_OK && leaving.taken < leaving.queued) {
    const uint32_t next = leaving.queue[leaving.taken++];
    status = leave_dependents(&leaving, next, error);
    if (status == OSMFLOW_OK)
      status = leave_parts(&leaving, next, error);
  }
  *left_out += leaving.queued - roots;
  osmflow_change_index_clear(&leaving.index);
  free(leaving.links.items);
  free(leaving.is_root);
  free(leaving.root_of);
  free(leaving.users);
  free(leaving.queue);
  return status;
}

enum osmflow_status osmflow_change_leave_out(struct osmflow_change *change, size_t item, size_t *left_out,
                                             struct osmflow_error *error) {
  return osmflow_change_leave_out_all(change, &item, 1, left_out, error);
}
