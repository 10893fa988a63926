#include <inttypes.h>
#include <stdlib.h>

#include "osm/edit_area_parts.h"

/* What is to become of a node: it stays where any ring wants it to; else it moves to the first place wanted. */
struct plan {
  int64_t node;
  int64_t moved_as; /* itself, or what it was replaced by */
  size_t wanted;    /* the wanted vertex it moves to, or OSMFLOW_SEQUENCE_NONE */
  bool stays;
};

struct plans {
  const struct osmflow_edit_options *options;
  const struct osmflow_edit_rings *rings;
  struct osmflow_edit_ways *ways;
  int64_t *nodes; /* of the wanted vertices */
  struct osmflow_idmap by_node, states;
  struct plan *items;
  size_t count;
};

static enum osmflow_status plan_node(struct plans *plans, struct osmflow_edit_stop *stop,
                                     const struct osmflow_edit_vertex *vertex, struct osmflow_error *error) {
  const int64_t node = stop->node;
  uint32_t *place = NULL;
  const enum osmflow_status status = osmflow_idmap_place(&plans->by_node, node, &place, error);
  if (status != OSMFLOW_OK)
    return status;
  if (*place == OSMFLOW_IDMAP_NONE) {
    *place = (uint32_t)plans->count;
    plans->items[plans->count++] = (struct plan){.node = node, .moved_as = node, .wanted = OSMFLOW_SEQUENCE_NONE};
  }
  struct plan *plan = &plans->items[*place];
  if (vertex->fate == OSMFLOW_EDIT_KEPT) {
    plan->stays = true;
    if (plans->nodes[vertex->wanted] == 0)
      plans->nodes[vertex->wanted] = node;
  } else if (vertex->fate == OSMFLOW_EDIT_MOVED && plan->wanted == OSMFLOW_SEQUENCE_NONE) {
    plan->wanted = vertex->wanted;
  }
  return status;
}

typedef enum osmflow_status visit_vertex(struct plans *plans, struct osmflow_edit_stop *stop,
                                         const struct osmflow_edit_vertex *vertex, struct osmflow_error *error);

/* Visits the vertices at every stop: two where a way runs on from one ring into another one. */
static enum osmflow_status visit(struct plans *plans, visit_vertex *visitor, struct osmflow_error *error) {
  const struct osmflow_edit_vertex *vertices = plans->rings->vertices;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < plans->ways->count; i++) {
    const struct osmflow_edit_way *way = &plans->ways->items[i];
    for (size_t k = 0; status == OSMFLOW_OK && !way->is_removed && k < way->count; k++) {
      struct osmflow_edit_stop *stop = &plans->ways->stops[way->first + k];
      const struct osmflow_edit_sides sides = osmflow_edit_ways_sides(plans->ways, plans->rings, way, k);
      status = osmflow_edit_ways_check(plans->ways, plans->rings, way, k, error);
      if (status == OSMFLOW_OK && sides.before != OSMFLOW_SEQUENCE_NONE)
        status = visitor(plans, stop, &vertices[sides.before], error);
      if (status == OSMFLOW_OK && sides.after != OSMFLOW_SEQUENCE_NONE && sides.after != sides.before)
        status = visitor(plans, stop, &vertices[sides.after], error);
    }
  }
  return status;
}

/* The first thing besides the feature's own ways that uses a node; *found NULL when there is none. */
static enum osmflow_status find_other(const struct plans *plans, int64_t node, struct osmflow_parents *users,
                                      const struct osmflow_parent **found, struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_drafts_parents(plans->options->drafts, OSMFLOW_NODE, node, users, error);
  *found = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && !*found && i < users->count; i++)
    if (users->items[i].type != OSMFLOW_WAY ||
        osmflow_idmap_find(&plans->ways->by_id, users->items[i].id) == OSMFLOW_IDMAP_NONE)
      *found = &users->items[i];
  return status;
}

static enum osmflow_status move(struct plans *plans, struct plan *plan, struct osmflow_error *error) {
  const struct osmflow_edit_options *options = plans->options;
  const struct osmflow_position position = plans->rings->positions[plan->wanted];
  const struct osmflow_draft *present = NULL;
  const struct osmflow_parent *other = NULL;
  struct osmflow_parents users;
  osmflow_parents_init(&users);
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_NODE, plan->node, &present, error);
  const bool is_there = status == OSMFLOW_OK && present->lon == position.lon && present->lat == position.lat;
  if (status == OSMFLOW_OK && !is_there && options->shared != OSMFLOW_SHARED_MOVE)
    status = find_other(plans, plan->node, &users, &other, error);
  if (status == OSMFLOW_OK && other && options->shared == OSMFLOW_SHARED_REFUSE)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "node %" PRId64 " cannot be moved: %s %" PRId64
                               " uses it, too (SHARED_NODES=MOVE or SPLIT says what to do then)",
                               plan->node, osmflow_element_type_names[other->type], other->id);
  else if (status == OSMFLOW_OK && other)
    status = osmflow_edit_place_node(options, position, &plans->states, &plan->moved_as, error);
  else if (status == OSMFLOW_OK)
    status = osmflow_edit_move_node(options, plan->node, position, error);
  if (status == OSMFLOW_OK && plans->nodes[plan->wanted] == 0)
    plans->nodes[plan->wanted] = plan->moved_as;
  osmflow_parents_clear(&users);
  return status;
}

/* Nodes that move do so before any place is looked at for a node that is there. */
static enum osmflow_status move_nodes(struct plans *plans, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < plans->count; i++) {
    const bool leaves = !plans->items[i].stays && plans->items[i].wanted != OSMFLOW_SEQUENCE_NONE;
    if (plans->items[i].stays || leaves)
      status = osmflow_idmap_set(&plans->states, plans->items[i].node,
                                 leaves ? OSMFLOW_EDIT_LEAVES : OSMFLOW_EDIT_STAYS, error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < plans->count; i++) {
    struct plan *plan = &plans->items[i];
    if (plan->stays || plan->wanted == OSMFLOW_SEQUENCE_NONE)
      continue;
    status = move(plans, plan, error);
    if (status == OSMFLOW_OK && plan->moved_as == plan->node)
      status = osmflow_idmap_set(&plans->states, plan->node, OSMFLOW_EDIT_STAYS, error);
  }
  return status;
}

/* A vertex that moves away from others on its node gets a node of its own. */
static enum osmflow_status part(struct plans *plans, struct osmflow_edit_stop *stop,
                                const struct osmflow_edit_vertex *vertex, struct osmflow_error *error) {
  const struct plan *plan = &plans->items[osmflow_idmap_find(&plans->by_node, stop->node)];
  const struct osmflow_position position = plans->rings->positions[vertex->wanted];
  enum osmflow_status status = OSMFLOW_OK;
  if (vertex->fate != OSMFLOW_EDIT_MOVED)
    return status;
  if (!plan->stays && osmflow_edit_same_place(position, plans->rings->positions[plan->wanted]))
    stop->becomes = plan->moved_as;
  else
    status = osmflow_edit_place_node(plans->options, position, &plans->states, &stop->becomes, error);
  if (plans->nodes[vertex->wanted] == 0)
    plans->nodes[vertex->wanted] = stop->becomes;
  return status;
}

static enum osmflow_status place_new(struct plans *plans, struct osmflow_error *error) {
  const struct osmflow_edit_rings *rings = plans->rings;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < rings->vertex_count; i++)
    for (size_t k = 0; status == OSMFLOW_OK && k < rings->vertices[i].inserted_count; k++) {
      const size_t wanted = rings->vertices[i].inserted_first + k;
      status = osmflow_edit_place_node(plans->options, rings->positions[wanted], &plans->states, &plans->nodes[wanted],
                                       error);
    }
  return status;
}

enum osmflow_status osmflow_edit_ways_place(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_rings *rings, struct osmflow_edit_ways *ways,
                                            int64_t *nodes, struct osmflow_error *error) {
  struct plans plans = {.options = options, .rings = rings, .ways = ways, .nodes = nodes};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_idmap_init(&plans.by_node);
  osmflow_idmap_init(&plans.states);
  plans.items = calloc(ways->stop_count + 1, sizeof *plans.items);
  if (!plans.items)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu nodes", ways->stop_count);
  if (status == OSMFLOW_OK)
    status = visit(&plans, plan_node, error);
  if (status == OSMFLOW_OK)
    status = move_nodes(&plans, error);
  if (status == OSMFLOW_OK)
    status = visit(&plans, part, error);
  if (status == OSMFLOW_OK)
    status = place_new(&plans, error);
  free(plans.items);
  osmflow_idmap_clear(&plans.by_node);
  osmflow_idmap_clear(&plans.states);
  return status;
}
