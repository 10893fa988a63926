#include "cli/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum osmflow_status osmflow_show_line(struct osmflow_bytes *bytes, struct osmflow_text text,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++) {
    const unsigned char byte = (unsigned char)text.data[i];
    const char shown = strchr("\t\n\r", byte) && byte ? ' ' : byte < ' ' || byte == 0x7F ? '?' : (char)byte;
    status = osmflow_bytes_add(bytes, &shown, 1, error);
  }
  return status;
}

/* What a server adds for browsers. */
static bool is_shown(const struct osmflow_tree_node *node) {
  static const char *const hidden[] = {"html", "url", "comment_url", "close_url", "reopen_url", "user_url"};
  bool shown = node->first || node->text.size > 0;
  for (size_t i = 0; shown && i < sizeof hidden / sizeof hidden[0]; i++)
    shown = !osmflow_text_is(node->name, hidden[i]);
  return shown;
}

static enum osmflow_status show_pair(struct osmflow_bytes *bytes, int depth, struct osmflow_text name,
                                     const char *between, struct osmflow_text value, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_print(bytes, error, "%*s", depth * 2, "");
  if (status == OSMFLOW_OK)
    status = osmflow_show_line(bytes, name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(bytes, between, error);
  if (status == OSMFLOW_OK)
    status = osmflow_show_line(bytes, value, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(bytes, "\n", error) : status;
}

/* The depth of the calls is bounded by the depth of a tree. */
static enum osmflow_status show_node(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node, int depth,
                                     struct osmflow_error *error) {
  const struct osmflow_tree_node *key = osmflow_tree_child(node, "k"), *value = osmflow_tree_child(node, "v");
  const struct osmflow_tree_node *id = osmflow_tree_child(node, "id");
  const struct osmflow_text none = {NULL, 0};
  if (!is_shown(node))
    return OSMFLOW_OK;
  if (key && value)
    return show_pair(bytes, depth, key->text, " = ", value->text, error);
  if (!node->first)
    return show_pair(bytes, depth, node->name, ": ", node->text, error);
  enum osmflow_status status = show_pair(bytes, depth, node->name, id ? " " : ":", id ? id->text : none, error);
  for (const struct osmflow_tree_node *child = node->first; child && status == OSMFLOW_OK; child = child->next)
    if (child != id)
      status = show_node(bytes, child, depth + 1, error);
  return status;
}

enum osmflow_status osmflow_show_tree(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node,
                                      struct osmflow_error *error) {
  return show_node(bytes, node, 0, error);
}

enum osmflow_status osmflow_show_row(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node,
                                     const char *const *paths, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && paths[i]; i++) {
    const struct osmflow_tree_node *value = osmflow_tree_at(node, paths[i]);
    if (i > 0)
      status = osmflow_bytes_add_string(bytes, "\t", error);
    if (status == OSMFLOW_OK && value)
      status = osmflow_show_line(bytes, value->text, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(bytes, "\n", error) : status;
}

enum osmflow_status osmflow_show_json(struct osmflow_bytes *bytes, const struct osmflow_tree_node *node,
                                      struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_tree_print_json(node, bytes, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(bytes, "\n", error) : status;
}

enum osmflow_status osmflow_show(const struct osmflow_bytes *bytes, struct osmflow_error *error) {
  if (bytes->size == 0 || fwrite(bytes->data, 1, bytes->size, stdout) == bytes->size)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_IO, "standard output does not take it: %s", strerror(errno));
}
