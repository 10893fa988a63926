/* Documents of the server as lines for people. What others wrote cannot steer a terminal. */
#ifndef OSMFLOW_CLI_SHOW_H
#define OSMFLOW_CLI_SHOW_H

#include "format/tree.h"

/* Appends text of others on one line: blanks for line ends, '?' for other control characters. */
enum osmflow_status osmflow_show_line(struct osmflow_bytes *bytes, struct osmflow_text text,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends an element and what is in it, a line for each value, deeper ones further in. */
enum osmflow_status osmflow_show_tree(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends a line of an element's values, separated by tabs. `paths`: where they are, ended by NULL. */
enum osmflow_status osmflow_show_row(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node,
                                     const char *const *paths, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends the element as JSON and a line end. */
enum osmflow_status osmflow_show_json(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* To standard output. */
enum osmflow_status osmflow_show(const struct osmflow_bytes *bytes, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
