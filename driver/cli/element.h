/* The one element of a document, to be sent as it is. */
#ifndef OSMFLOW_CLI_ELEMENT_H
#define OSMFLOW_CLI_ELEMENT_H

#include "format/tree.h"
#include "osm/element.h"

struct osmflow_single {
  const char *call; /* "element/create", "element/update", "element/delete" */
  enum osmflow_element_type type;
  int64_t id, version; /* 0: new */
  struct osmflow_tree *tree;
  const struct osmflow_tree_node *element;
};

/* OSMFLOW_BAD_ARGUMENT: it holds none, or several, or something that is not meant to be sent alone. */
enum osmflow_status osmflow_single_read(struct osmflow_single *single, struct osmflow_text document,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_single_clear(struct osmflow_single *single);
/* Appends the document for the call. */
enum osmflow_status osmflow_single_write(const struct osmflow_single *single, int64_t changeset,
                                         struct osmflow_bytes *body, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
