#include "cli/account.h"

/* The members of two forms of answers: the documented one, and the one that servers give. */
static const char *const emails[] = {"email", "user/email"};
static const char *const credits[] = {"remainingCredits", "user/credits"};

static struct osmflow_text text_at(const struct osmflow_tree_node *top, const char *const paths[2]) {
  struct osmflow_text text = {NULL, 0};
  for (size_t i = 0; text.size == 0 && i < 2; i++) {
    const struct osmflow_tree_node *node = osmflow_tree_at(top, paths[i]);
    if (node && (node->kind == OSMFLOW_TREE_STRING || node->kind == OSMFLOW_TREE_NUMBER))
      text = node->text;
  }
  return text;
}

/* Whether the server did answer, but not with what was asked for: another call may tell. */
static bool is_answer(enum osmflow_status status) {
  return status == OSMFLOW_OK || status == OSMFLOW_NOT_FOUND || status == OSMFLOW_HTTP || status == OSMFLOW_BAD_DATA;
}

/* The default project proves a token of every kind of account and names its owner; servers that have none are asked for
 * the account itself. */
static enum osmflow_status add_email(const struct osmflow_service *service, struct osmflow_http *http, const char *root,
                                     struct osmflow_bytes *name, struct osmflow_error *error) {
  static const char *const paths[] = {"projects/default", "user/status"};
  enum osmflow_status status = OSMFLOW_OK;
  bool is_found = false;
  for (size_t i = 0; !is_found && is_answer(status) && i < sizeof paths / sizeof paths[0]; i++) {
    struct osmflow_tree *tree = NULL;
    const struct osmflow_tree_node *top = NULL;
    status = osmflow_account_get(service, http, root, paths[i], OSMFLOW_TREE_JSON, &tree, &top, error);
    const struct osmflow_text email = text_at(top, emails);
    is_found = status == OSMFLOW_OK && email.size > 0;
    if (is_found)
      status = osmflow_account_add_printable(name, email, error);
    osmflow_tree_free(tree);
  }
  if (status == OSMFLOW_OK && !is_found)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s does not say who the user is: is it a Mapflow server?", root);
  return status;
}

/* Accounts that pay by area, or not at all, have no credits. */
static enum osmflow_status add_credits(const struct osmflow_service *service, struct osmflow_http *http,
                                       const char *root, struct osmflow_bytes *rights, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status =
      osmflow_account_get(service, http, root, "user/status", OSMFLOW_TREE_JSON, &tree, &top, error);
  if (status == OSMFLOW_OK)
    status = osmflow_account_add_printable(rights, text_at(top, credits), error);
  osmflow_tree_free(tree);
  return status;
}

const struct osmflow_account_class osmflow_account_mapflow = {
    .add_name = add_email, .add_rights = add_credits, .rights_label = "credits", .login_tells_rights = true};
