#include "cli/account.h"

/* The service has no call that tells whose a token is. An export that nobody has tells at least whether the token is
 * one: a good token gets "no such export", every other one is refused. */
static enum osmflow_status add_name(const struct osmflow_service *service, struct osmflow_http *http, const char *root,
                                    struct osmflow_bytes *name, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  const enum osmflow_status status = osmflow_account_get(
      service, http, root, "export/00000000-0000-0000-0000-000000000000", OSMFLOW_TREE_JSON, &tree, &top, error);
  osmflow_tree_free(tree);
  return status == OSMFLOW_OK || status == OSMFLOW_NOT_FOUND
             ? osmflow_bytes_add_string(name, "somebody who may read exports: the service does not say who", error)
             : status;
}

static enum osmflow_status add_nothing(const struct osmflow_service *service, struct osmflow_http *http,
                                       const char *root, struct osmflow_bytes *rights, struct osmflow_error *error) {
  (void)service;
  (void)http;
  (void)root;
  (void)rights;
  (void)error;
  return OSMFLOW_OK;
}

const struct osmflow_account_class osmflow_account_cityloader = {.add_name = add_name,
                                                                 .add_rights = add_nothing,
                                                                 .rights_label = "permissions",
                                                                 .nobody = "somebody whose token may not read exports",
                                                                 .nobody_status = "a token that may not read exports"};
