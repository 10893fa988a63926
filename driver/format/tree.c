#include "format/tree.h"

#include <stdlib.h>

#include "base/pool.h"
#include "format/json.h"
#include "format/xml.h"

enum {
  MOST_NODES = 4000000,
  MOST_TEXT = 256 * 1024 * 1024,
  DEEPEST = 64,
  NODES_PER_BLOCK = 512,
  TEXT_BLOCK = 64 * 1024
};

/* A node with what only the building of it needs; every node of a tree is the first member of one. */
struct grown_node {
  struct osmflow_tree_node node;
  size_t text_capacity; /* room at node.text.data, the NUL included; 0: the text is borrowed */
};

struct node_block {
  struct node_block *next;
  size_t count;
  struct grown_node nodes[NODES_PER_BLOCK];
};

struct text_block {
  struct text_block *next;
  size_t size, capacity;
  char data[];
};

struct osmflow_tree {
  struct osmflow_xml_reader *xml;
  struct osmflow_json_reader *json;
  struct osmflow_pool names;
  struct node_block *node_blocks;
  struct text_block *text_blocks;
  size_t node_count, text_size;
  size_t depth;
  struct osmflow_text key; /* the JSON name that waits for its value */
  struct osmflow_tree_node *root, *open;
};

static enum osmflow_status reserve_room(struct osmflow_tree *tree, size_t size, struct osmflow_error *error) {
  struct text_block *block = tree->text_blocks;
  if (size > MOST_TEXT || tree->text_size > MOST_TEXT - size)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a document with more than %d bytes of text", MOST_TEXT);
  if (!block || size > block->capacity - block->size) {
    const size_t capacity = size > TEXT_BLOCK ? size : TEXT_BLOCK;
    block = malloc(sizeof *block + capacity);
    if (!block)
      return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a text of %zu bytes", size);
    block->next = tree->text_blocks;
    block->size = 0;
    block->capacity = capacity;
    tree->text_blocks = block;
  }
  return OSMFLOW_OK;
}

/* What reserve_room() has made sure of. */
static char *take_room(struct osmflow_tree *tree, size_t size) {
  char *place = tree->text_blocks->data + tree->text_blocks->size;
  tree->text_blocks->size += size;
  tree->text_size += size;
  return place;
}

static enum osmflow_status keep_text(struct osmflow_tree *tree, struct osmflow_text text, struct osmflow_text *kept,
                                     struct osmflow_error *error) {
  if (text.size == 0) {
    *kept = osmflow_text("");
    return OSMFLOW_OK;
  }
  const enum osmflow_status status = reserve_room(tree, text.size + 1, error);
  if (status == OSMFLOW_OK) {
    char *place = take_room(tree, text.size + 1);
    memcpy(place, text.data, text.size);
    place[text.size] = '\0';
    *kept = (struct osmflow_text){place, text.size};
  }
  return status;
}

static enum osmflow_status keep_name(struct osmflow_tree *tree, struct osmflow_text name, struct osmflow_text *kept,
                                     struct osmflow_error *error) {
  uint32_t number = 0;
  const enum osmflow_status status = osmflow_pool_add(&tree->names, name, &number, error);
  if (status == OSMFLOW_OK)
    *kept = osmflow_pool_text(&tree->names, number);
  return status;
}

/* Adds a node under the open one. `name` belongs to the tree already. */
static enum osmflow_status add_node(struct osmflow_tree *tree, enum osmflow_tree_kind kind, struct osmflow_text name,
                                    struct osmflow_text text, struct osmflow_tree_node **added,
                                    struct osmflow_error *error) {
  struct node_block *block = tree->node_blocks;
  if (tree->node_count == MOST_NODES)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a document with more than %d parts", MOST_NODES);
  if (!block || block->count == NODES_PER_BLOCK) {
    block = malloc(sizeof *block);
    if (!block)
      return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a document of %zu parts", tree->node_count);
    block->next = tree->node_blocks;
    block->count = 0;
    tree->node_blocks = block;
  }
  struct grown_node *grown = &block->nodes[block->count];
  *grown = (struct grown_node){.node = {.kind = kind, .name = name, .parent = tree->open}};
  const enum osmflow_status status = keep_text(tree, text, &grown->node.text, error);
  if (status != OSMFLOW_OK)
    return status;
  block->count++;
  tree->node_count++;
  if (!tree->open)
    tree->root = &grown->node;
  else if (tree->open->last)
    tree->open->last = tree->open->last->next = &grown->node;
  else
    tree->open->first = tree->open->last = &grown->node;
  *added = &grown->node;
  return OSMFLOW_OK;
}

static enum osmflow_status open_node(struct osmflow_tree *tree, enum osmflow_tree_kind kind, struct osmflow_text name,
                                     struct osmflow_error *error) {
  struct osmflow_tree_node *added = NULL;
  if (tree->depth == DEEPEST)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a document with more than %d levels", DEEPEST);
  const enum osmflow_status status = add_node(tree, kind, name, osmflow_text(""), &added, error);
  if (status == OSMFLOW_OK) {
    tree->open = added;
    tree->depth++;
  }
  return status;
}

static void close_node(struct osmflow_tree *tree) {
  tree->open = tree->open->parent;
  tree->depth--;
}

static enum osmflow_status on_start(void *self, struct osmflow_text name,
                                    const struct osmflow_xml_attribute *attributes, size_t count,
                                    struct osmflow_error *error) {
  struct osmflow_tree *tree = self;
  struct osmflow_text kept;
  struct osmflow_tree_node *added;
  enum osmflow_status status = keep_name(tree, name, &kept, error);
  if (status == OSMFLOW_OK)
    status = open_node(tree, OSMFLOW_TREE_ELEMENT, kept, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    status = keep_name(tree, attributes[i].name, &kept, error);
    if (status == OSMFLOW_OK)
      status = add_node(tree, OSMFLOW_TREE_STRING, kept, attributes[i].value, &added, error);
  }
  return status;
}

/* White space between child elements is layout, not text. */
static enum osmflow_status on_end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct osmflow_tree *tree = self;
  (void)name;
  (void)error;
  if (tree->open->last && tree->open->last->kind == OSMFLOW_TREE_ELEMENT &&
      osmflow_text_trim(tree->open->text).size == 0)
    tree->open->text = osmflow_text("");
  close_node(tree);
  return OSMFLOW_OK;
}

/* Character data comes in pieces, with child elements between them: room is doubled, so that it is copied rarely. */
static enum osmflow_status on_characters(void *self, struct osmflow_text piece, struct osmflow_error *error) {
  struct osmflow_tree *tree = self;
  struct grown_node *open = (struct grown_node *)tree->open;
  if (!open || piece.size == 0)
    return OSMFLOW_OK;
  const size_t size = open->node.text.size + piece.size;
  char *place = (char *)open->node.text.data;
  if (size + 1 > open->text_capacity) {
    const size_t capacity = open->text_capacity > 0 ? 2 * (size + 1) : size + 1;
    const enum osmflow_status status = reserve_room(tree, capacity, error);
    if (status != OSMFLOW_OK)
      return status;
    place = take_room(tree, capacity);
    memcpy(place, open->node.text.data, open->node.text.size);
    open->text_capacity = capacity;
  }
  memcpy(place + open->node.text.size, piece.data, piece.size);
  place[size] = '\0';
  open->node.text = (struct osmflow_text){place, size};
  return OSMFLOW_OK;
}

/* The name of the next JSON value; it is used up. */
static struct osmflow_text take_key(struct osmflow_tree *tree) {
  const struct osmflow_text key = tree->key;
  tree->key = osmflow_text("");
  return key;
}

static enum osmflow_status add_value(struct osmflow_tree *tree, enum osmflow_tree_kind kind, struct osmflow_text text,
                                     struct osmflow_error *error) {
  struct osmflow_tree_node *added;
  return add_node(tree, kind, take_key(tree), text, &added, error);
}

static enum osmflow_status on_object_start(void *self, struct osmflow_error *error) {
  return open_node(self, OSMFLOW_TREE_OBJECT, take_key(self), error);
}

static enum osmflow_status on_array_start(void *self, struct osmflow_error *error) {
  return open_node(self, OSMFLOW_TREE_ARRAY, take_key(self), error);
}

static enum osmflow_status on_close(void *self, struct osmflow_error *error) {
  (void)error;
  close_node(self);
  return OSMFLOW_OK;
}

static enum osmflow_status on_key(void *self, struct osmflow_text key, struct osmflow_error *error) {
  struct osmflow_tree *tree = self;
  return keep_name(tree, key, &tree->key, error);
}

static enum osmflow_status on_string(void *self, struct osmflow_text value, struct osmflow_error *error) {
  return add_value(self, OSMFLOW_TREE_STRING, value, error);
}

static enum osmflow_status on_number(void *self, struct osmflow_text literal, struct osmflow_error *error) {
  return add_value(self, OSMFLOW_TREE_NUMBER, literal, error);
}

static enum osmflow_status on_boolean(void *self, bool value, struct osmflow_error *error) {
  return add_value(self, OSMFLOW_TREE_BOOLEAN, osmflow_text(value ? "true" : "false"), error);
}

static enum osmflow_status on_null(void *self, struct osmflow_error *error) {
  return add_value(self, OSMFLOW_TREE_NULL, osmflow_text(""), error);
}

enum osmflow_status osmflow_tree_new(enum osmflow_tree_format format, struct osmflow_tree **tree,
                                     struct osmflow_error *error) {
  enum osmflow_status status;
  struct osmflow_tree *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a document");
  osmflow_pool_init(&made->names);
  made->key = osmflow_text("");
  if (format == OSMFLOW_TREE_XML) {
    const struct osmflow_xml_visitor visitor = {made, on_start, on_end, on_characters};
    status = osmflow_xml_reader_new(&visitor, &made->xml, error);
  } else {
    const struct osmflow_json_visitor visitor = {made,   on_object_start, on_close,  on_array_start, on_close,
                                                 on_key, on_string,       on_number, on_boolean,     on_null};
    status = osmflow_json_reader_new(&visitor, &made->json, error);
  }
  if (status == OSMFLOW_OK)
    *tree = made;
  else
    osmflow_tree_free(made);
  return status;
}

void osmflow_tree_free(struct osmflow_tree *tree) {
  if (!tree)
    return;
  osmflow_xml_reader_free(tree->xml);
  osmflow_json_reader_free(tree->json);
  osmflow_pool_clear(&tree->names);
  while (tree->node_blocks) {
    struct node_block *next = tree->node_blocks->next;
    free(tree->node_blocks);
    tree->node_blocks = next;
  }
  while (tree->text_blocks) {
    struct text_block *next = tree->text_blocks->next;
    free(tree->text_blocks);
    tree->text_blocks = next;
  }
  free(tree);
}

enum osmflow_status osmflow_tree_feed(struct osmflow_tree *tree, const void *data, size_t size,
                                      struct osmflow_error *error) {
  return tree->xml ? osmflow_xml_reader_feed(tree->xml, data, size, error)
                   : osmflow_json_reader_feed(tree->json, data, size, error);
}

enum osmflow_status osmflow_tree_finish(struct osmflow_tree *tree, const struct osmflow_tree_node **root,
                                        struct osmflow_error *error) {
  const enum osmflow_status status =
      tree->xml ? osmflow_xml_reader_finish(tree->xml, error) : osmflow_json_reader_finish(tree->json, error);
  if (status == OSMFLOW_OK)
    *root = tree->root;
  return status;
}

enum osmflow_status osmflow_tree_parse(enum osmflow_tree_format format, struct osmflow_text document,
                                       struct osmflow_tree **tree, const struct osmflow_tree_node **root,
                                       struct osmflow_error *error) {
  enum osmflow_status status = osmflow_tree_new(format, tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(*tree, document.data, document.size, error);
  return status == OSMFLOW_OK ? osmflow_tree_finish(*tree, root, error) : status;
}

static const struct osmflow_tree_node *child_named(const struct osmflow_tree_node *node, struct osmflow_text name) {
  const struct osmflow_tree_node *child = node ? node->first : NULL;
  while (child && !osmflow_text_equal(child->name, name))
    child = child->next;
  return child;
}

const struct osmflow_tree_node *osmflow_tree_child(const struct osmflow_tree_node *node, const char *name) {
  return child_named(node, osmflow_text(name));
}

const struct osmflow_tree_node *osmflow_tree_at(const struct osmflow_tree_node *node, const char *path) {
  struct osmflow_text rest = osmflow_text(path), step;
  while (node && osmflow_text_next(&rest, '/', &step))
    node = child_named(node, step);
  return node;
}
