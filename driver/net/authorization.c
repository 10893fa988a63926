#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/credentials.h"
#include "net/layer.h"
#include "net/url.h"

struct authorization {
  struct osmflow_http_wrapper wrapper;
  char *root, *token, *token_option, *login_command;
  bool refused; /* the server did not want the token where it was not needed either: not sent again on IF_ANY */
};

/* Why the token must not go to a URL, or NULL. */
static const char *obstacle(const struct authorization *self, const char *url) {
  if (!osmflow_url_same_origin(self->root, url))
    return "the token is for another server";
  if (!osmflow_url_is_encrypted(url) && !osmflow_http_is_loopback(url))
    return "a token is never sent over plain http; use https";
  return NULL;
}

static bool start(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                  struct osmflow_http_outcome *outcome) {
  const struct authorization *self = (const struct authorization *)wrapper;
  const bool required = item->outer.authorization == OSMFLOW_HTTP_REQUIRED;
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  item->inner.bearer = NULL;
  if (item->outer.authorization == OSMFLOW_HTTP_ANONYMOUS || (self->refused && !required))
    return true;
  const char *reason = self->token ? obstacle(self, item->outer.url) : NULL;
  if (self->token && !reason)
    item->inner.bearer = self->token;
  if (item->inner.bearer || !required)
    return true;
  osmflow_url_show(item->outer.url, shown);
  outcome->status = self->token
                        ? osmflow_error_set(&outcome->error, OSMFLOW_UNAUTHORIZED, "%s %s needs a token, but %s (%s)",
                                            item->outer.method, shown, reason, self->root)
                        : osmflow_error_set(&outcome->error, OSMFLOW_UNAUTHORIZED,
                                            "%s %s needs a token: run `%s` or set the option %s", item->outer.method,
                                            shown, self->login_command, self->token_option);
  return false;
}

static void warn(const struct authorization *self, const char *url) {
  const struct osmflow_environment *environment = self->wrapper.environment;
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  char line[OSMFLOW_URL_SHOWN_SIZE + 512];
  osmflow_url_show(url, shown);
  snprintf(line, sizeof line,
           "%s: the server refused the token (%.100s); going on without it. `%.100s` gets a new one.", shown,
           self->token_option, self->login_command);
  environment->log(environment->self, OSMFLOW_LOG_WARNING, line);
}

static void advise(const struct authorization *self, bool with_token, struct osmflow_error *error) {
  const size_t used = strlen(error->message);
  snprintf(error->message + used, sizeof error->message - used,
           with_token ? " (the token that was sent is refused: run `%.100s` or set the option %.100s anew)"
                      : " (no token was sent: run `%.100s` or set the option %.100s)",
           self->login_command, self->token_option);
}

static bool again(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                  struct osmflow_http_outcome *outcome) {
  struct authorization *self = (struct authorization *)wrapper;
  const bool with_token = item->inner.bearer != NULL;
  if (outcome->response.status != 401)
    return false;
  if (with_token && item->outer.authorization == OSMFLOW_HTTP_IF_ANY) {
    if (!self->refused)
      warn(self, item->inner.url);
    self->refused = true;
    item->inner.bearer = NULL;
    return true;
  }
  advise(self, with_token, &outcome->error);
  return false;
}

static void clear(struct osmflow_http_wrapper *wrapper) {
  struct authorization *self = (struct authorization *)wrapper;
  osmflow_credentials_wipe(self->token);
  free(self->root);
  free(self->token_option);
  free(self->login_command);
}

/* A line break inside a token would become a header line of its own. */
static enum osmflow_status take_token(struct authorization *self, const struct osmflow_http_options *options,
                                      struct osmflow_error *error) {
  const struct osmflow_text token = osmflow_text_trim(osmflow_text(options->token));
  for (size_t i = 0; i < token.size; i++)
    if (token.data[i] <= ' ' || token.data[i] >= 0x7F)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the token in %s holds blanks or other characters that no token has; copy it again",
                               self->token_option);
  if (token.size > 0) {
    self->token = strndup(token.data, token.size);
    if (!self->token)
      return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a token");
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_http_authorization_new(const struct osmflow_environment *environment,
                                                   const struct osmflow_http_options *options,
                                                   struct osmflow_http *inside, struct osmflow_http **http,
                                                   struct osmflow_error *error) {
  static const struct osmflow_http_wrapper_type type = {
      .item_size = sizeof(struct osmflow_http_item), .start = start, .again = again, .clear = clear};
  struct authorization *self = osmflow_http_wrapper_new(sizeof *self, &type, environment, inside, error);
  if (!self)
    return OSMFLOW_NO_MEMORY;
  self->root = strdup(options->root);
  self->token_option = strdup(options->token_option ? options->token_option : "for the token");
  self->login_command = strdup(options->login_command ? options->login_command : "osmflow login");
  enum osmflow_status status = self->root && self->token_option && self->login_command
                                   ? take_token(self, options, error)
                                   : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an HTTP client");
  if (status == OSMFLOW_OK)
    *http = &self->wrapper.face;
  else
    osmflow_http_free(&self->wrapper.face);
  return status;
}
