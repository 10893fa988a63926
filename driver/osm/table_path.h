/* Paths through the tree of an answer, as the const tables of columns use them.
 *
 * Steps between '/': a name = the first child of that name (every such child when many are wanted), "" = an item of an
 * array, "*" = any child, ".." = the parent, "+" = the next sibling. "." alone is the node itself. '|' separates
 * alternatives: the first that leads anywhere counts. */
#ifndef OSMFLOW_OSM_TABLE_PATH_H
#define OSMFLOW_OSM_TABLE_PATH_H

#include "format/tree.h"

/* NULL when the path leads nowhere. */
const struct osmflow_tree_node *osmflow_table_find(const struct osmflow_tree_node *node, const char *path);

struct osmflow_table_nodes {
  const struct osmflow_tree_node **nodes;
  size_t count, capacity;
};
/* Every node that the path leads to, in document order. Owner: the caller (zero-initialised; _clear). */
enum osmflow_status osmflow_table_select(const struct osmflow_tree_node *node, const char *path,
                                         struct osmflow_table_nodes *found,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_table_nodes_clear(struct osmflow_table_nodes *nodes);

#endif
