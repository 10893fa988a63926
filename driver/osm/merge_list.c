/* Lists of nodes and members. A ring has no beginning: it is merged without its closing node, all three lists turned so
 * that they begin at a node that all have, and closed again. */
#include <stdlib.h>

#include "osm/merge_parts.h"
#include "osm/sequence.h"

enum { LEAST_RING = 4, LEAST_CORNERS = 3, MOST_TRIES = 100 };

static enum osmflow_status no_memory(struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to merge two lists");
}

static bool are_equal(const struct osmflow_merge_list *left, const struct osmflow_merge_list *right) {
  return left->count == right->count &&
         (left->count == 0 || memcmp(left->items, right->items, left->count * sizeof *left->items) == 0);
}

static enum osmflow_status copy_list(const struct osmflow_merge_list *list, int64_t **merged, size_t *count,
                                     struct osmflow_error *error) {
  *merged = calloc(list->count + 1, sizeof **merged);
  if (!*merged)
    return no_memory(error);
  if (list->count > 0)
    memcpy(*merged, list->items, list->count * sizeof **merged);
  *count = list->count;
  return OSMFLOW_OK;
}

/* The list that is the result when only one side changed it, or both alike; NULL: both did. */
static const struct osmflow_merge_list *only_changed(const struct osmflow_merge_work *work,
                                                     const struct osmflow_merge_lists *lists) {
  if (are_equal(&lists->mine, &lists->theirs) || (work->base && are_equal(&lists->theirs, &lists->base)))
    return &lists->mine;
  return work->base && are_equal(&lists->mine, &lists->base) ? &lists->theirs : NULL;
}

/* Fewer than `least` items are a collision, too. */
static enum osmflow_status merge_both(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                      size_t least, int64_t **merged, size_t *count, struct osmflow_error *error) {
  bool collides = !work->base;
  enum osmflow_status status = OSMFLOW_OK;
  if (work->base)
    status = osmflow_sequence_merge(lists->base.items, lists->base.count, lists->mine.items, lists->mine.count,
                                    lists->theirs.items, lists->theirs.count, merged, count, &collides, error);
  if (status != OSMFLOW_OK)
    return status;
  if (collides)
    return osmflow_merge_show_lists(work, lists, "both lists changed at the same place", error);
  return *count >= least ? status
                         : osmflow_merge_show_lists(work, lists, "together the two edits leave too few", error);
}

static bool is_ring(const struct osmflow_merge_list *list) {
  return list->count >= LEAST_RING && list->items[0] == list->items[list->count - 1];
}

/* The only place of a node in a list, or SIZE_MAX. */
static size_t only_place(const struct osmflow_merge_list *list, int64_t node) {
  size_t place = SIZE_MAX;
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i] == node) {
      if (place != SIZE_MAX)
        return SIZE_MAX;
      place = i;
    }
  return place;
}

/* A copy that begins at `place`. */
static int64_t *turn(const struct osmflow_merge_list *list, size_t place) {
  int64_t *turned = calloc(list->count + 1, sizeof *turned);
  for (size_t i = 0; turned && i < list->count; i++)
    turned[i] = list->items[(place + i) % list->count];
  return turned;
}

/* Turns the open rings to the first node that all three have once; as they are when none is found soon. */
static enum osmflow_status turn_rings(struct osmflow_merge_lists *open, int64_t *turned[3],
                                      struct osmflow_error *error) {
  struct osmflow_merge_list *const rings[3] = {&open->base, &open->mine, &open->theirs};
  size_t places[3] = {0};
  for (size_t i = 0; i < open->base.count && i < MOST_TRIES; i++) {
    size_t found[3];
    bool is_anchor = true;
    for (size_t ring = 0; is_anchor && ring < 3; ring++) {
      found[ring] = only_place(rings[ring], open->base.items[i]);
      is_anchor = found[ring] != SIZE_MAX;
    }
    if (is_anchor) {
      memcpy(places, found, sizeof places);
      break;
    }
  }
  for (size_t ring = 0; ring < 3; ring++) {
    turned[ring] = turn(rings[ring], places[ring]);
    if (!turned[ring])
      return no_memory(error);
    rings[ring]->items = turned[ring];
  }
  return OSMFLOW_OK;
}

/* The merged ring begins where the side that turned it wants it to, and is closed. */
static enum osmflow_status close_ring(const struct osmflow_merge_lists *lists, int64_t **merged, size_t *count,
                                      struct osmflow_error *error) {
  const struct osmflow_merge_list open = {*merged, *count};
  const bool is_turned = lists->mine.items[0] != lists->base.items[0];
  const int64_t first = is_turned ? lists->mine.items[0] : lists->theirs.items[0];
  const size_t place = only_place(&open, first);
  int64_t *closed = turn(&open, place == SIZE_MAX ? 0 : place);
  if (!closed)
    return no_memory(error);
  closed[(*count)++] = closed[0];
  free(*merged);
  *merged = closed;
  return OSMFLOW_OK;
}

static enum osmflow_status merge_rings(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                       int64_t **merged, size_t *count, struct osmflow_error *error) {
  struct osmflow_merge_lists open = *lists;
  int64_t *turned[3] = {NULL};
  open.base.count--;
  open.mine.count--;
  open.theirs.count--;
  enum osmflow_status status = turn_rings(&open, turned, error);
  if (status == OSMFLOW_OK)
    status = merge_both(work, &open, LEAST_CORNERS, merged, count, error);
  if (status == OSMFLOW_OK && *count >= LEAST_CORNERS)
    status = close_ring(lists, merged, count, error);
  for (size_t ring = 0; ring < 3; ring++)
    free(turned[ring]);
  return status;
}

enum osmflow_status osmflow_merge_refs(struct osmflow_merge_work *work, int64_t **merged, size_t *count,
                                       struct osmflow_error *error) {
  const struct osmflow_merge_lists lists = {
      .base = {work->base ? work->base->refs : NULL, work->base ? work->base->ref_count : 0},
      .mine = {work->mine->refs, work->mine->ref_count},
      .theirs = {work->theirs->refs, work->theirs->ref_count}};
  const struct osmflow_merge_list *one = only_changed(work, &lists);
  if (one)
    return copy_list(one, merged, count, error);
  if (is_ring(&lists.base) && is_ring(&lists.mine) && is_ring(&lists.theirs))
    return merge_rings(work, &lists, merged, count, error);
  return merge_both(work, &lists, 1, merged, count, error);
}

struct numbered_member {
  const struct osmflow_draft_member *member;
  int64_t *number;
};

static int compare_members(const void *left, const void *right) {
  const struct osmflow_draft_member *one = ((const struct numbered_member *)left)->member,
                                    *other = ((const struct numbered_member *)right)->member;
  if (one->type != other->type)
    return one->type < other->type ? -1 : 1;
  if (one->ref != other->ref)
    return one->ref < other->ref ? -1 : 1;
  if (one->role.size != other->role.size)
    return one->role.size < other->role.size ? -1 : 1;
  return one->role.size > 0 ? memcmp(one->role.data, other->role.data, one->role.size) : 0;
}

/* Writes the numbers of all members of the drafts, one draft behind the other; equal members have the same number.
 * members[number] is one of them. */
static enum osmflow_status number_members(const struct osmflow_draft *const drafts[3], int64_t *numbers, size_t count,
                                          struct osmflow_draft_member *members, struct osmflow_error *error) {
  struct numbered_member *sorted = calloc(count + 1, sizeof *sorted);
  size_t next = 0;
  int64_t number = 0;
  if (!sorted)
    return no_memory(error);
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; drafts[i] && j < drafts[i]->member_count; j++, next++)
      sorted[next] = (struct numbered_member){&drafts[i]->members[j], &numbers[next]};
  qsort(sorted, count, sizeof *sorted, compare_members);
  for (size_t i = 0; i < count; i++) {
    number += i > 0 && compare_members(&sorted[i - 1], &sorted[i]) != 0 ? 1 : 0;
    *sorted[i].number = number;
    members[number] = *sorted[i].member;
  }
  free(sorted);
  return OSMFLOW_OK;
}

static enum osmflow_status members_of(const int64_t *numbers, size_t count, const struct osmflow_draft_member *members,
                                      struct osmflow_draft_member **merged, struct osmflow_error *error) {
  *merged = calloc(count + 1, sizeof **merged);
  if (!*merged)
    return no_memory(error);
  for (size_t i = 0; i < count; i++)
    (*merged)[i] = members[numbers[i]];
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_merge_members(struct osmflow_merge_work *work, struct osmflow_draft_member **merged,
                                          size_t *count, struct osmflow_error *error) {
  const struct osmflow_draft *const drafts[3] = {work->base, work->mine, work->theirs};
  const size_t base = work->base ? work->base->member_count : 0, mine = work->mine->member_count,
               all = base + mine + work->theirs->member_count;
  int64_t *numbers = calloc(all + 1, sizeof *numbers), *merged_numbers = NULL;
  struct osmflow_draft_member *members = calloc(all + 1, sizeof *members);
  enum osmflow_status status =
      numbers && members ? number_members(drafts, numbers, all, members, error) : no_memory(error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_merge_lists lists = {.base = {numbers, base},
                                              .mine = {numbers + base, mine},
                                              .theirs = {numbers + base + mine, work->theirs->member_count},
                                              .members = members};
    const struct osmflow_merge_list *one = only_changed(work, &lists);
    status = one ? copy_list(one, &merged_numbers, count, error)
                 : merge_both(work, &lists, 0, &merged_numbers, count, error);
  }
  if (status == OSMFLOW_OK && merged_numbers)
    status = members_of(merged_numbers, *count, members, merged, error);
  free(numbers);
  free(members);
  free(merged_numbers);
  return status;
}
