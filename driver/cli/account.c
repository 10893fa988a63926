#include "cli/account.h"

enum { URL_CEILING = 64 * 1024, ANSWER_CEILING = 16 * 1024 * 1024 };

enum osmflow_status osmflow_account_get(const struct osmflow_service *service, struct osmflow_http *http,
                                        const char *root, const char *path, enum osmflow_tree_format format,
                                        struct osmflow_tree **tree, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) {
  struct osmflow_bytes url, answer;
  osmflow_bytes_init(&url, URL_CEILING);
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  *tree = NULL;
  enum osmflow_status status = osmflow_service_url(service, root, path, &url, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .authorization = OSMFLOW_HTTP_REQUIRED,
                                                 .repeatable = true,
                                                 .sink = osmflow_http_bytes_sink(&answer)};
    status = osmflow_http_perform(http, &request, NULL, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_tree_parse(format, osmflow_bytes_view(&answer), tree, top, error);
  osmflow_bytes_clear(&answer);
  osmflow_bytes_clear(&url);
  return status;
}

static struct osmflow_text text_of(const struct osmflow_tree_node *node, const char *name) {
  const struct osmflow_tree_node *child = osmflow_tree_child(node, name);
  return child ? child->text : (struct osmflow_text){NULL, 0};
}

enum osmflow_status osmflow_account_add_printable(struct osmflow_bytes *bytes, struct osmflow_text text,
                                                  struct osmflow_error *error) {
  const size_t from = bytes->size;
  const enum osmflow_status status = osmflow_bytes_add_text(bytes, text, error);
  for (size_t i = from; i < bytes->size; i++)
    if ((unsigned char)bytes->data[i] < ' ' || bytes->data[i] == 0x7F)
      bytes->data[i] = '?';
  return status;
}

static enum osmflow_status add_name(const struct osmflow_service *service, struct osmflow_http *http, const char *root,
                                    struct osmflow_bytes *name, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status =
      osmflow_account_get(service, http, root, "user/details", OSMFLOW_TREE_XML, &tree, &top, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_tree_node *user = osmflow_tree_child(top, "user");
    const struct osmflow_text shown = text_of(user, "display_name");
    const struct osmflow_text id = text_of(user, "id");
    if (id.size == 0)
      status =
          osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s does not say who the user is: is it an OSM API server?", root);
    if (status == OSMFLOW_OK)
      status = osmflow_account_add_printable(name, shown, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(name, " (user ", error);
    if (status == OSMFLOW_OK)
      status = osmflow_account_add_printable(name, id, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(name, ")", error);
  }
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status add_scopes(const struct osmflow_service *service, struct osmflow_http *http,
                                      const char *root, struct osmflow_bytes *scopes, struct osmflow_error *error) {
  static const char prefix[] = "allow_";
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status =
      osmflow_account_get(service, http, root, "permissions", OSMFLOW_TREE_XML, &tree, &top, error);
  const struct osmflow_tree_node *list = osmflow_tree_child(top, "permissions");
  for (const struct osmflow_tree_node *node = list ? list->first : NULL; status == OSMFLOW_OK && node;
       node = node->next) {
    struct osmflow_text name = text_of(node, "name");
    if (name.size < sizeof prefix || memcmp(name.data, prefix, sizeof prefix - 1) != 0)
      continue;
    name.data += sizeof prefix - 1;
    name.size -= sizeof prefix - 1;
    if (scopes->size > 0)
      status = osmflow_bytes_add_string(scopes, " ", error);
    if (status == OSMFLOW_OK)
      status = osmflow_account_add_printable(scopes, name, error);
  }
  osmflow_tree_free(tree);
  return status;
}

const struct osmflow_account_class osmflow_account_osm = {
    .add_name = add_name,
    .add_rights = add_scopes,
    .rights_label = "scopes",
    .nobody = "somebody: without the scope read_prefs the server does not say who",
    .nobody_status = "not told without the scope read_prefs"};
