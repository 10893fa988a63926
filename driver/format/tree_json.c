/* A tree as JSON text. XML elements become objects, so their children of one name are brought together first. */
#include <stdlib.h>

#include "format/tree.h"

/* A child of an element, to be sorted. */
struct member {
  const struct osmflow_tree_node *node;
  size_t place; /* among all children */
  size_t group; /* the place of the first child of its name */
};

static int compare_numbers(size_t left, size_t right) {
  return (left > right) - (left < right);
}

static int compare_names(const void *left, const void *right) {
  const struct member *a = left, *b = right;
  const size_t size = a->node->name.size < b->node->name.size ? a->node->name.size : b->node->name.size;
  int order = size > 0 ? memcmp(a->node->name.data, b->node->name.data, size) : 0;
  if (order == 0)
    order = compare_numbers(a->node->name.size, b->node->name.size);
  return order != 0 ? order : compare_numbers(a->place, b->place);
}

static int compare_groups(const void *left, const void *right) {
  const struct member *a = left, *b = right;
  const int order = compare_numbers(a->group, b->group);
  return order != 0 ? order : compare_numbers(a->place, b->place);
}

/* The children of an element in document order, but those of one name right behind the first of them. */
static enum osmflow_status group_members(const struct osmflow_tree_node *node, struct member **members, size_t *count,
                                         struct osmflow_error *error) {
  size_t children = 0;
  for (const struct osmflow_tree_node *child = node->first; child; child = child->next)
    children++;
  struct member *made = malloc((children + 1) * sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to print %zu parts as JSON", children);
  size_t place = 0;
  for (const struct osmflow_tree_node *child = node->first; child; child = child->next, place++)
    made[place] = (struct member){child, place, place};
  qsort(made, children, sizeof *made, compare_names);
  for (size_t i = 1; i < children; i++)
    if (osmflow_text_equal(made[i].node->name, made[i - 1].node->name))
      made[i].group = made[i - 1].group;
  qsort(made, children, sizeof *made, compare_groups);
  *members = made;
  *count = children;
  return OSMFLOW_OK;
}

static enum osmflow_status print_name(struct osmflow_text name, bool is_first, struct osmflow_bytes *bytes,
                                      struct osmflow_error *error) {
  enum osmflow_status status = is_first ? OSMFLOW_OK : osmflow_bytes_add(bytes, ",", 1, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(bytes, name, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, ":", 1, error) : status;
}

static enum osmflow_status print_members(const struct osmflow_tree_node *node, const struct member *members,
                                         size_t count, struct osmflow_bytes *bytes, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add(bytes, "{", 1, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const bool starts = i == 0 || members[i].group != members[i - 1].group;
    const bool ends = i + 1 == count || members[i].group != members[i + 1].group;
    if (starts)
      status = print_name(members[i].node->name, i == 0, bytes, error);
    if (status == OSMFLOW_OK && (!starts || !ends))
      status = osmflow_bytes_add(bytes, starts ? "[" : ",", 1, error);
    if (status == OSMFLOW_OK)
      status = osmflow_tree_print_json(members[i].node, bytes, error);
    if (status == OSMFLOW_OK && !starts && ends)
      status = osmflow_bytes_add(bytes, "]", 1, error);
  }
  if (status == OSMFLOW_OK && node->text.size > 0) {
    status = print_name(osmflow_text("#text"), count == 0, bytes, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(bytes, node->text, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, "}", 1, error) : status;
}

/* An element that holds nothing but text is that text. */
static enum osmflow_status print_element(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                         struct osmflow_error *error) {
  struct member *members = NULL;
  size_t count = 0;
  if (!node->first)
    return osmflow_bytes_add_json(bytes, node->text, error);
  enum osmflow_status status = group_members(node, &members, &count, error);
  if (status == OSMFLOW_OK)
    status = print_members(node, members, count, bytes, error);
  free(members);
  return status;
}

static enum osmflow_status print_items(const struct osmflow_tree_node *node, bool is_object,
                                       struct osmflow_bytes *bytes, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add(bytes, is_object ? "{" : "[", 1, error);
  for (const struct osmflow_tree_node *child = node->first; status == OSMFLOW_OK && child; child = child->next) {
    if (is_object)
      status = print_name(child->name, child == node->first, bytes, error);
    else if (child != node->first)
      status = osmflow_bytes_add(bytes, ",", 1, error);
    if (status == OSMFLOW_OK)
      status = osmflow_tree_print_json(child, bytes, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, is_object ? "}" : "]", 1, error) : status;
}

/* The depth of the calls is bounded by the depth of a tree. */
enum osmflow_status osmflow_tree_print_json(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                            struct osmflow_error *error) {
  switch (node->kind) {
    case OSMFLOW_TREE_ELEMENT:
      return print_element(node, bytes, error);
    case OSMFLOW_TREE_OBJECT:
    case OSMFLOW_TREE_ARRAY:
      return print_items(node, node->kind == OSMFLOW_TREE_OBJECT, bytes, error);
    case OSMFLOW_TREE_STRING:
      return osmflow_bytes_add_json(bytes, node->text, error);
    case OSMFLOW_TREE_NUMBER:
    case OSMFLOW_TREE_BOOLEAN:
      return osmflow_bytes_add_text(bytes, node->text, error);
    case OSMFLOW_TREE_NULL:
      break;
  }
  return osmflow_bytes_add_string(bytes, "null", error);
}
