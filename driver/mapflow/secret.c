#include "mapflow/secret.h"

#include <stdlib.h>

#include "net/url.h"

bool osmflow_mapflow_is_secret(struct osmflow_text name) {
  static const char *const secrets[] = {"rasterlogin", "rasterpassword", "password",    "login",
                                        "apitoken",    "token",          "accesstoken", "accesskey",
                                        "secret",      "clientsecret",   "refreshtoken"};
  char plain[24];
  size_t size = 0;
  bool found = false;
  for (size_t i = 0; i < name.size; i++) {
    if (name.data[i] == '_' || name.data[i] == '-')
      continue;
    if (size == sizeof plain)
      return false;
    plain[size++] = name.data[i];
  }
  for (size_t i = 0; !found && i < sizeof secrets / sizeof secrets[0]; i++)
    found = osmflow_text_is_ignoring_case((struct osmflow_text){plain, size}, secrets[i]);
  return found;
}

/* An address is only touched when there is something to hide: showing cuts long ones. */
static bool hides(struct osmflow_text text, char shown[OSMFLOW_URL_SHOWN_SIZE]) {
  bool hidden = false;
  const bool is_address = text.size > 4 && (memchr(text.data, '?', text.size) || memchr(text.data, '@', text.size));
  char *copy = is_address ? strndup(text.data, text.size) : NULL;
  if (copy)
    hidden = osmflow_url_show(copy, shown);
  free(copy);
  return hidden;
}

enum osmflow_status osmflow_mapflow_print_text(struct osmflow_text text, struct osmflow_bytes *bytes,
                                               struct osmflow_error *error) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  return osmflow_bytes_add_text(bytes, hides(text, shown) ? osmflow_text(shown) : text, error);
}

static enum osmflow_status print_members(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                         struct osmflow_error *error) {
  const bool is_object = node->kind == OSMFLOW_TREE_OBJECT;
  bool is_first = true;
  enum osmflow_status status = osmflow_bytes_add(bytes, is_object ? "{" : "[", 1, error);
  for (const struct osmflow_tree_node *child = node->first; status == OSMFLOW_OK && child; child = child->next) {
    if (is_object && osmflow_mapflow_is_secret(child->name))
      continue;
    if (!is_first)
      status = osmflow_bytes_add(bytes, ",", 1, error);
    is_first = false;
    if (status == OSMFLOW_OK && is_object)
      status = osmflow_bytes_add_json(bytes, child->name, error);
    if (status == OSMFLOW_OK && is_object)
      status = osmflow_bytes_add(bytes, ":", 1, error);
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_print_json(child, bytes, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, is_object ? "}" : "]", 1, error) : status;
}

/* The depth of the calls is bounded by the depth of a tree. */
enum osmflow_status osmflow_mapflow_print_json(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                               struct osmflow_error *error) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  if (node->kind == OSMFLOW_TREE_OBJECT || node->kind == OSMFLOW_TREE_ARRAY)
    return print_members(node, bytes, error);
  if (node->kind == OSMFLOW_TREE_STRING && hides(node->text, shown))
    return osmflow_bytes_add_json(bytes, osmflow_text(shown), error);
  return osmflow_tree_print_json(node, bytes, error);
}
