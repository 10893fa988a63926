#include "osm/table_path.h"

#include <stdlib.h>

enum { MOST_NODES = 4000000 };

static bool has_name(const struct osmflow_tree_node *node, struct osmflow_text name) {
  return osmflow_text_is(name, "*") || osmflow_text_equal(node->name, name);
}

/* The first node that a step leads to, or NULL. */
static const struct osmflow_tree_node *first_by(const struct osmflow_tree_node *node, struct osmflow_text step) {
  if (osmflow_text_is(step, "."))
    return node;
  if (osmflow_text_is(step, ".."))
    return node->parent;
  if (osmflow_text_is(step, "+"))
    return node->next;
  const struct osmflow_tree_node *child = node->first;
  while (child && !has_name(child, step))
    child = child->next;
  return child;
}

/* The one behind `found` that the same step leads to, or NULL. */
static const struct osmflow_tree_node *next_by(const struct osmflow_tree_node *node,
                                               const struct osmflow_tree_node *found, struct osmflow_text step) {
  if (found->parent != node || osmflow_text_is(step, "+"))
    return NULL;
  const struct osmflow_tree_node *child = found->next;
  while (child && !has_name(child, step))
    child = child->next;
  return child;
}

const struct osmflow_tree_node *osmflow_table_find(const struct osmflow_tree_node *node, const char *path) {
  struct osmflow_text alternatives = osmflow_text(path), alternative, step;
  const struct osmflow_tree_node *at = NULL;
  while (!at && osmflow_text_next(&alternatives, '|', &alternative)) {
    at = node;
    while (at && osmflow_text_next(&alternative, '/', &step))
      at = first_by(at, step);
  }
  return at;
}

static enum osmflow_status add(struct osmflow_table_nodes *nodes, const struct osmflow_tree_node *node,
                               struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_array_reserve((void **)&nodes->nodes, &nodes->capacity, nodes->count + 1,
                                                           sizeof(void *), MOST_NODES, error);
  if (status == OSMFLOW_OK)
    nodes->nodes[nodes->count++] = node;
  return status;
}

/* What one step leads to from each of the nodes. */
static enum osmflow_status follow(const struct osmflow_table_nodes *from, struct osmflow_text step,
                                  struct osmflow_table_nodes *found, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  found->count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < from->count; i++) {
    const struct osmflow_tree_node *node = first_by(from->nodes[i], step);
    while (status == OSMFLOW_OK && node) {
      status = add(found, node, error);
      node = next_by(from->nodes[i], node, step);
    }
  }
  return status;
}

enum osmflow_status osmflow_table_select(const struct osmflow_tree_node *node, const char *path,
                                         struct osmflow_table_nodes *found, struct osmflow_error *error) {
  struct osmflow_text alternatives = osmflow_text(path), alternative, step;
  struct osmflow_table_nodes from = {0};
  enum osmflow_status status = OSMFLOW_OK;
  found->count = 0;
  while (status == OSMFLOW_OK && found->count == 0 && osmflow_text_next(&alternatives, '|', &alternative)) {
    status = add(found, node, error);
    while (status == OSMFLOW_OK && found->count > 0 && osmflow_text_next(&alternative, '/', &step)) {
      const struct osmflow_table_nodes reached = *found;
      *found = from;
      from = reached;
      status = follow(&from, step, found, error);
    }
  }
  osmflow_table_nodes_clear(&from);
  return status;
}

void osmflow_table_nodes_clear(struct osmflow_table_nodes *nodes) {
  free(nodes->nodes);
  *nodes = (struct osmflow_table_nodes){0};
}
