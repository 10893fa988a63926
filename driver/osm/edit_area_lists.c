#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "osm/edit_area_parts.h"

/* An open way's end at a vertex that went: the joint of ways moves to one of its neighbours. */
struct joint {
  size_t way, vertex;
  bool is_last;   /* the way's last node */
  bool is_before; /* the way's segment leads to the vertex, as the ring runs */
  bool is_decided;
  int64_t added; /* the node the way gets there; 0: it just gets shorter */
};

struct lists {
  const struct osmflow_edit_options *options;
  const struct osmflow_edit_rings *rings;
  struct osmflow_edit_ways *ways;
  const int64_t *nodes;
  struct joint *joints;
  size_t joint_count;
};

static bool is_gone(const struct lists *lists, const struct osmflow_edit_way *way, size_t stop) {
  const struct osmflow_edit_sides sides = osmflow_edit_ways_sides(lists->ways, lists->rings, way, stop);
  const size_t vertex = sides.before == OSMFLOW_SEQUENCE_NONE ? sides.after : sides.before;
  return vertex != OSMFLOW_SEQUENCE_NONE && lists->rings->vertices[vertex].fate == OSMFLOW_EDIT_REMOVED;
}

static void add_joint(struct lists *lists, size_t index, bool is_last) {
  const struct osmflow_edit_way *way = &lists->ways->items[index];
  const struct osmflow_edit_sides sides =
      osmflow_edit_ways_sides(lists->ways, lists->rings, way, is_last ? way->count - 1 : 0);
  const struct osmflow_edit_stop *stop = &lists->ways->stops[way->first + (is_last ? way->count - 2 : 0)];
  const size_t vertex = is_last ? sides.before : sides.after;
  lists->joints[lists->joint_count++] =
      (struct joint){.way = index, .vertex = vertex, .is_last = is_last, .is_before = stop->segment != vertex};
}

/* Counts what the ways keep, and finds the joints that go. */
static void survey(struct lists *lists) {
  for (size_t i = 0; i < lists->ways->count; i++) {
    struct osmflow_edit_way *way = &lists->ways->items[i];
    const size_t count = way->is_closed ? way->count - 1 : way->count;
    for (size_t k = 0; !way->is_removed && k < count; k++) {
      const struct osmflow_edit_stop *stop = &lists->ways->stops[way->first + k];
      way->left += !is_gone(lists, way, k);
      if (stop->segment != OSMFLOW_SEQUENCE_NONE)
        way->left += lists->rings->vertices[stop->segment].inserted_count;
    }
    if (way->is_removed || way->is_closed || way->count < 2)
      continue;
    if (is_gone(lists, way, 0))
      add_joint(lists, i, false);
    if (is_gone(lists, way, way->count - 1))
      add_joint(lists, i, true);
  }
}

/* Whether the ways on one side of a vertex that goes can do without it. */
static bool can_shorten(const struct lists *lists, size_t vertex, bool is_before) {
  bool can = true;
  for (size_t i = 0; i < lists->joint_count; i++) {
    const struct joint *joint = &lists->joints[i];
    if (joint->vertex == vertex && joint->is_before == is_before)
      can = can && lists->ways->items[joint->way].left >= 2;
  }
  return can;
}

static enum osmflow_status move_joints(struct lists *lists, struct osmflow_error *error) {
  char place[OSMFLOW_EDIT_PLACE_SIZE];
  for (size_t i = 0; i < lists->joint_count; i++) {
    const size_t number = lists->joints[i].vertex;
    const struct osmflow_edit_vertex *vertex = &lists->rings->vertices[number];
    if (lists->joints[i].is_decided)
      continue;
    const bool to_before = can_shorten(lists, number, true);
    if (!to_before && !can_shorten(lists, number, false))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the vertex at %s cannot be removed: way %" PRId64 " would be left with one node",
                               osmflow_edit_place_name(vertex->position, place),
                               lists->ways->items[lists->joints[i].way].id);
    for (size_t k = i; k < lists->joint_count; k++) {
      struct joint *joint = &lists->joints[k];
      if (joint->vertex != number)
        continue;
      joint->is_decided = true;
      if (joint->is_before != to_before) {
        joint->added = lists->nodes[to_before ? vertex->before : vertex->after];
        lists->ways->items[joint->way].left++;
        if (joint->added == 0)
          return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                   "the vertex at %s cannot be removed: there is nothing left to tie way %" PRId64
                                   " to",
                                   osmflow_edit_place_name(vertex->position, place), lists->ways->items[joint->way].id);
      }
    }
  }
  return OSMFLOW_OK;
}

static enum osmflow_status add_node(struct osmflow_edit_ids *list, int64_t node, struct osmflow_error *error) {
  const bool is_there = node == 0 || (list->count > 0 && list->items[list->count - 1] == node);
  return is_there ? OSMFLOW_OK : osmflow_edit_ids_add(list, node, error);
}

static enum osmflow_status add_inserted(const struct lists *lists, const struct osmflow_edit_stop *stop,
                                        struct osmflow_edit_ids *list, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (stop->segment == OSMFLOW_SEQUENCE_NONE)
    return status;
  const struct osmflow_edit_vertex *vertex = &lists->rings->vertices[stop->segment];
  const int64_t *nodes = lists->nodes + vertex->inserted_first;
  for (size_t i = 0; status == OSMFLOW_OK && i < vertex->inserted_count; i++)
    status = add_node(list, nodes[stop->is_forward ? i : vertex->inserted_count - 1 - i], error);
  return status;
}

static int64_t added_at(const struct lists *lists, size_t way, bool is_last) {
  for (size_t i = 0; i < lists->joint_count; i++)
    if (lists->joints[i].way == way && lists->joints[i].is_last == is_last)
      return lists->joints[i].added;
  return 0;
}

static enum osmflow_status list_nodes(const struct lists *lists, size_t index, struct osmflow_edit_ids *list,
                                      struct osmflow_error *error) {
  const struct osmflow_edit_way *way = &lists->ways->items[index];
  const size_t count = way->is_closed ? way->count - 1 : way->count, least = way->is_closed ? 4 : 2;
  enum osmflow_status status = add_node(list, added_at(lists, index, false), error);
  for (size_t k = 0; status == OSMFLOW_OK && k < count; k++) {
    const struct osmflow_edit_stop *stop = &lists->ways->stops[way->first + k];
    if (!is_gone(lists, way, k))
      status = add_node(list, stop->becomes, error);
    if (status == OSMFLOW_OK)
      status = add_inserted(lists, stop, list, error);
  }
  if (status == OSMFLOW_OK)
    status = add_node(list, way->is_closed && list->count > 0 ? list->items[0] : added_at(lists, index, true), error);
  if (status == OSMFLOW_OK && list->count < least)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "its geometry cannot be changed: way %" PRId64 " would be left with %zu nodes", way->id,
                               list->count);
  return status;
}

/* What other edits made of the way since it was shown stays. */
static enum osmflow_status merge(const struct lists *lists, const struct osmflow_edit_way *way, const int64_t *before,
                                 struct osmflow_edit_ids *list, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  int64_t *merged = NULL;
  size_t count = 0;
  bool collides = false;
  enum osmflow_status status = osmflow_edit_find(lists->options, OSMFLOW_WAY, way->id, &present, error);
  if (status != OSMFLOW_OK || (present->ref_count == way->count &&
                               (way->count == 0 || memcmp(present->refs, before, way->count * sizeof *before) == 0)))
    return status;
  status = osmflow_sequence_merge(before, way->count, list->items, list->count, present->refs, present->ref_count,
                                  &merged, &count, &collides, error);
  if (status == OSMFLOW_OK && (collides || osmflow_edit_is_closed(merged, count) != way->is_closed))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "its geometry cannot be changed: way %" PRId64
                               " was changed otherwise at the same place since it was read. Read it again.",
                               way->id);
  list->count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    status = osmflow_edit_ids_add(list, merged[i], error);
  free(merged);
  return status;
}

static bool is_untouched(const struct lists *lists, const struct osmflow_edit_way *way) {
  bool untouched = true;
  for (size_t k = 0; untouched && k < way->count; k++) {
    const struct osmflow_edit_stop *stop = &lists->ways->stops[way->first + k];
    untouched = stop->becomes == stop->node && !is_gone(lists, way, k) &&
                (stop->segment == OSMFLOW_SEQUENCE_NONE || lists->rings->vertices[stop->segment].inserted_count == 0);
  }
  return untouched;
}

static enum osmflow_status write_way(const struct lists *lists, size_t index, struct osmflow_edit_ids *dropped,
                                     struct osmflow_edit_ids *changed, struct osmflow_error *error) {
  const struct osmflow_edit_way *way = &lists->ways->items[index];
  struct osmflow_edit_ids before = {0}, list = {0};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t k = 0; status == OSMFLOW_OK && k < way->count; k++)
    status = osmflow_edit_ids_add(&before, lists->ways->stops[way->first + k].node, error);
  if (status == OSMFLOW_OK)
    status = list_nodes(lists, index, &list, error);
  if (status == OSMFLOW_OK) {
    status = merge(lists, way, before.items, &list, error);
    if (status == OSMFLOW_OK)
      status = osmflow_edit_set_refs(lists->options, way->id, list.items, list.count, error);
    if (status == OSMFLOW_OK)
      status = osmflow_edit_ids_add(changed, way->id, error);
    for (size_t k = 0; status == OSMFLOW_OK && k < before.count; k++)
      status = osmflow_edit_ids_add(dropped, before.items[k], error);
  }
  osmflow_edit_ids_clear(&before);
  osmflow_edit_ids_clear(&list);
  return status;
}

enum osmflow_status osmflow_edit_ways_write(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_rings *rings, struct osmflow_edit_ways *ways,
                                            const int64_t *nodes, struct osmflow_edit_ids *dropped,
                                            struct osmflow_edit_ids *changed, struct osmflow_error *error) {
  struct lists lists = {.options = options, .rings = rings, .ways = ways, .nodes = nodes};
  lists.joints = calloc(2 * ways->count + 1, sizeof *lists.joints);
  if (!lists.joints)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu ways", ways->count);
  survey(&lists);
  enum osmflow_status status = move_joints(&lists, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < ways->count; i++)
    if (!ways->items[i].is_removed && !is_untouched(&lists, &ways->items[i]))
      status = write_way(&lists, i, dropped, changed, error);
  free(lists.joints);
  return status;
}
