/* A small document (XML or JSON) as one tree, for the calls whose answers are tables: users, notes, changesets, ...
 *
 * XML: an element is an object; its attributes come first as children of kind STRING, then its child elements; `text`
 * is its character data. JSON: as it is; array items have the name "". Both are built from the streaming readers, so a
 * document is never held twice. Ceiling: 4 million nodes, 256 MiB of text, 64 levels. Owner: the caller. One thread at
 * a time. */
#ifndef OSMFLOW_FORMAT_TREE_H
#define OSMFLOW_FORMAT_TREE_H

#include <osmflow/status.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/text.h"

enum osmflow_tree_kind {
  OSMFLOW_TREE_ELEMENT, /* XML element */
  OSMFLOW_TREE_OBJECT,
  OSMFLOW_TREE_ARRAY,
  OSMFLOW_TREE_STRING,  /* JSON string, XML attribute */
  OSMFLOW_TREE_NUMBER,  /* text is the literal */
  OSMFLOW_TREE_BOOLEAN, /* text is "true" or "false" */
  OSMFLOW_TREE_NULL
};

struct osmflow_tree_node {
  enum osmflow_tree_kind kind;
  struct osmflow_text name; /* NUL-terminated as well, like text */
  struct osmflow_text text;
  struct osmflow_tree_node *parent, *first, *last, *next; /* children in document order */
};

struct osmflow_tree;
enum osmflow_tree_format { OSMFLOW_TREE_XML, OSMFLOW_TREE_JSON };
/* An empty tree, to be fed. */
enum osmflow_status osmflow_tree_new(enum osmflow_tree_format format, struct osmflow_tree **tree,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_tree_free(struct osmflow_tree *tree); /* NULL is fine */
enum osmflow_status osmflow_tree_feed(struct osmflow_tree *tree, const void *data, size_t size,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Checks that the document is whole and gives its root (owned by the tree). */
enum osmflow_status osmflow_tree_finish(struct osmflow_tree *tree, const struct osmflow_tree_node **root,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A document that is there as a whole: all three of them. *tree is the caller's in any case, also half of one. */
enum osmflow_status osmflow_tree_parse(enum osmflow_tree_format format, struct osmflow_text document,
                                       struct osmflow_tree **tree, const struct osmflow_tree_node **root,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The first child of that name, or NULL. node may be NULL. */
const struct osmflow_tree_node *osmflow_tree_child(const struct osmflow_tree_node *node, const char *name);
/* Follows a path of names separated by '/' ("blocks/received/count"). NULL when a step is missing. */
const struct osmflow_tree_node *osmflow_tree_at(const struct osmflow_tree_node *node, const char *path);
/* Appends the node as JSON text. XML elements become objects, repeated names become arrays, an element that holds
 * nothing but text becomes a string, text beside children is the member "#text". */
enum osmflow_status osmflow_tree_print_json(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
