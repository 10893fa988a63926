#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "cityloader/export_parts.h"
#include "net/credentials.h"
#include "net/url.h"

const char osmflow_cityloader_default_root[] = "https://v2.3dcityloader.com/api";
const char osmflow_cityloader_token_option[] = "CITYLOADER_TOKEN";

enum { LONGEST_URL = 8 * 1024 };

/* A few digits of its checksum stand for the token, so that accounts are told apart and nothing is given away. */
static void name_account(const char *token, char account[24]) {
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  enum { SHOWN = 8 };
  osmflow_sha256(osmflow_text(token), digest);
  for (size_t i = 0; i < SHOWN; i++)
    snprintf(account + 2 * i, 3, "%02x", digest[i]);
}

enum osmflow_status osmflow_cityloader_open(struct osmflow_cityloader *cityloader,
                                            const struct osmflow_environment *environment, const char *root,
                                            const char *token, struct osmflow_error *error) {
  struct osmflow_http_options options = {.token_option = osmflow_cityloader_token_option,
                                         .login_command = "osmflow login cityloader",
                                         .max_wait_ms = -1,
                                         .max_wait_option = "CITYLOADER_MAX_WAIT"};
  char *own = NULL;
  *cityloader = (struct osmflow_cityloader){.environment = environment};
  enum osmflow_status status =
      osmflow_url_read_root(root && *root ? root : environment->option(environment->self, "CITYLOADER_URL"),
                            osmflow_cityloader_default_root, &cityloader->root, error);
  if (status == OSMFLOW_OK && !token)
    status = osmflow_credentials_find(environment, osmflow_cityloader_token_option, cityloader->root, &own, error);
  if (status == OSMFLOW_OK) {
    options.root = cityloader->root;
    options.token = token ? token : own;
    options.accept_compressed = false;
    if (options.token)
      name_account(options.token, cityloader->account);
    status = osmflow_http_new(environment, &options, &cityloader->http, error);
  }
  osmflow_credentials_wipe(own);
  if (status != OSMFLOW_OK)
    osmflow_cityloader_close(cityloader);
  return status;
}

void osmflow_cityloader_close(struct osmflow_cityloader *cityloader) {
  osmflow_http_free(cityloader->http);
  free(cityloader->root);
  *cityloader = (struct osmflow_cityloader){.http = NULL};
}

/* Laravel's errors: {"message": "..."}, with a list per field for what is wrong with a request; the first of each field
 * is in the message already. */
static void find_words(const struct osmflow_http_response *response, char *words, size_t size) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  *words = '\0';
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, osmflow_bytes_string(&response->error_body), response->error_body.size, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, NULL);
  const struct osmflow_tree_node *message = status == OSMFLOW_OK ? osmflow_tree_child(top, "message") : NULL;
  if (message)
    snprintf(words, size, "%.*s", OSMFLOW_TEXT_ARGUMENTS(message->text));
  for (char *at = words; *at; at++)
    *at = (unsigned char)*at < ' ' ? ' ' : *at;
  osmflow_tree_free(tree);
}

static const struct {
  int status;
  const char *advice;
} advices[] = {
    {401,
     "the token is missing or not accepted: make one at https://v2.3dcityloader.com/user/api-tokens, then run "
     "`osmflow login cityloader` or set CITYLOADER_TOKEN"},
    {402,
     "the account has no valid payment method, or the token may not pay (permission export.pay); nothing was created"},
    {403, "the token lacks a permission: exports need export.create, export.read and export.pay; nothing was created"},
    {404, "the server has no such export, or it is another account's, or it is too old"},
    {422, "the request is not accepted as it is"},
    {429, "too many requests: wait a while"}};

enum osmflow_status osmflow_export_explain(const struct osmflow_http_response *response, const char *what,
                                           struct osmflow_error *error) {
  char words[600];
  const char *advice = NULL;
  if (!error || response->status < 300)
    return error ? error->status : OSMFLOW_HTTP;
  find_words(response, words, sizeof words);
  for (size_t i = 0; !advice && i < sizeof advices / sizeof advices[0]; i++)
    if (advices[i].status == response->status)
      advice = advices[i].advice;
  if (!advice && !*words)
    return error->status;
  /* Only the service's own words prove that an export is gone: a page of a gateway proves nothing. */
  if (error->status == OSMFLOW_NOT_FOUND && !*words) {
    osmflow_error_prefix(error, "this is no answer of 3DCityLoader (is CITYLOADER_URL right?): ");
    return error->status = OSMFLOW_HTTP;
  }
  const enum osmflow_status status = error->status;
  osmflow_error_set(error, status, "%s: %s%s%s (HTTP %d)", what, words, *words && advice ? " - " : "",
                    advice ? advice : "", response->status);
  error->http_status = response->status;
  return status;
}

static void copy_text(const struct osmflow_tree_node *top, const char *name, char *target, size_t size) {
  const struct osmflow_tree_node *node = osmflow_tree_child(top, name);
  target[0] = '\0';
  if (node && (node->kind == OSMFLOW_TREE_STRING || node->kind == OSMFLOW_TREE_NUMBER) && node->text.size < size)
    memcpy(target, node->text.data, node->text.size + 1);
  for (char *at = target; *at; at++)
    *at = (unsigned char)*at < ' ' || *at == 0x7F ? ' ' : *at;
}

bool osmflow_export_is_id(const char *id) {
  static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  return *id && strlen(id) < sizeof((struct osmflow_export_state *)NULL)->id && strspn(id, allowed) == strlen(id);
}

static enum osmflow_export_status read_status(const char *text) {
  static const struct {
    const char *word;
    enum osmflow_export_status status;
  } words[] = {{"pending", OSMFLOW_EXPORT_PENDING},
               {"processing", OSMFLOW_EXPORT_PROCESSING},
               {"done", OSMFLOW_EXPORT_DONE},
               {"failed", OSMFLOW_EXPORT_FAILED}};
  enum osmflow_export_status status = OSMFLOW_EXPORT_UNKNOWN;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(text, words[i].word) == 0)
      status = words[i].status;
  return status;
}

static enum osmflow_status read_state(const struct osmflow_bytes *answer, struct osmflow_export_state *state,
                                      struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, osmflow_bytes_string(answer), answer->size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, error);
  if (status == OSMFLOW_OK) {
    copy_text(top, "id", state->id, sizeof state->id);
    copy_text(top, "status", state->status_text, sizeof state->status_text);
    copy_text(top, "download_url", state->download_url, sizeof state->download_url);
    copy_text(top, "message", state->message, sizeof state->message);
    state->status = read_status(state->status_text);
    if (!osmflow_export_is_id(state->id))
      status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer has no id");
    else if (state->status == OSMFLOW_EXPORT_DONE && !*state->download_url)
      status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the export is done, but the answer has no download_url");
  }
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_export_ask(const struct osmflow_cityloader *cityloader, const char *path, const char *body,
                                       struct osmflow_http_response *response, struct osmflow_export_state *state,
                                       struct osmflow_error *error) {
  struct osmflow_bytes url, answer;
  osmflow_bytes_init(&url, LONGEST_URL);
  osmflow_bytes_init(&answer, OSMFLOW_EXPORT_ANSWER_CEILING);
  *state = (struct osmflow_export_state){.status = OSMFLOW_EXPORT_UNKNOWN};
  enum osmflow_status status = osmflow_bytes_print(&url, error, "%s/%s", cityloader->root, path);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = body ? "POST" : "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .accept = "application/json",
                                                 .content_type = "application/json",
                                                 .body = osmflow_text(body),
                                                 .authorization = OSMFLOW_HTTP_REQUIRED,
                                                 .repeatable = !body,
                                                 .sink = osmflow_http_bytes_sink(&answer)};
    status = osmflow_http_perform(cityloader->http, &request, response, error);
    if (status != OSMFLOW_OK)
      status = osmflow_export_explain(response, path, error);
    else if ((status = read_state(&answer, state, error)) != OSMFLOW_OK)
      osmflow_error_prefix(error, "%s: this is no answer of 3DCityLoader (is CITYLOADER_URL right?): ", path);
  }
  osmflow_bytes_clear(&url);
  osmflow_bytes_clear(&answer);
  return status;
}

enum osmflow_status osmflow_export_look(const struct osmflow_cityloader *cityloader, const char *id,
                                        struct osmflow_export_state *state, struct osmflow_error *error) {
  char path[128];
  struct osmflow_http_response response;
  osmflow_http_response_init(&response);
  if (!osmflow_export_is_id(id))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.60s\" is no id of an export", id);
  snprintf(path, sizeof path, "export/%s", id);
  enum osmflow_status status = osmflow_export_ask(cityloader, path, NULL, &response, state, error);
  if (status == OSMFLOW_OK && strcmp(state->id, id) != 0)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the server answered with another export, %s", path, state->id);
  osmflow_http_response_clear(&response);
  return status;
}
