#include "mapflow/client.h"

#include <stdlib.h>

#include "base/number.h"
#include "mapflow/refusal.h"
#include "mapflow/settle.h"
#include "net/credentials.h"
#include "net/url.h"

enum { LONGEST_URL = 64 * 1024, MOST_WAIT_SECONDS = 604800, DEFAULT_WAIT_MS = 300000 };

const char osmflow_mapflow_default_root[] = "https://api.mapflow.ai/rest";
const char osmflow_mapflow_token_option[] = "MAPFLOW_TOKEN";
const char osmflow_mapflow_login_command[] = "osmflow login mapflow";

enum osmflow_status osmflow_mapflow_root_read(const char *text, char **root, struct osmflow_error *error) {
  return osmflow_url_read_root(text, osmflow_mapflow_default_root, root, error);
}

static const char *option(const struct osmflow_environment *environment, const char *name) {
  const char *value = environment->option(environment->self, name);
  return value && *value ? value : NULL;
}

static enum osmflow_status read_wait(const struct osmflow_environment *environment,
                                     const struct osmflow_mapflow_options *options, int64_t *wait_ms,
                                     struct osmflow_error *error) {
  const char *text = options->max_wait_ms > 0 ? NULL : option(environment, "MAPFLOW_MAX_WAIT");
  int64_t seconds = 0;
  *wait_ms = options->max_wait_ms > 0 ? options->max_wait_ms : DEFAULT_WAIT_MS;
  if (!text)
    return OSMFLOW_OK;
  if (!osmflow_parse_int(osmflow_text_trim(osmflow_text(text)), 0, MOST_WAIT_SECONDS, &seconds))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "MAPFLOW_MAX_WAIT is \"%.40s\", but it must be whole seconds from 0 to %d", text,
                             MOST_WAIT_SECONDS);
  *wait_ms = seconds * 1000;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_mapflow_poll_read(const struct osmflow_environment *environment, int64_t *poll_ms,
                                              struct osmflow_error *error) {
  enum { MOST_SECONDS = 86400 };
  const char *text = option(environment, "MAPFLOW_POLL");
  double seconds = 0;
  *poll_ms = 0;
  if (!text)
    return OSMFLOW_OK;
  if (!osmflow_parse_real(osmflow_text_trim(osmflow_text(text)), &seconds) || !(seconds > 0) || seconds > MOST_SECONDS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "MAPFLOW_POLL=%.40s is not a number of seconds above 0 and up to %d", text, MOST_SECONDS);
  *poll_ms = seconds * 1000 < 1 ? 1 : (int64_t)(seconds * 1000 + 0.5);
  return OSMFLOW_OK;
}

/* *token stays NULL when there is none: what needs one says so when it is asked for. */
static enum osmflow_status read_token(const struct osmflow_mapflow *mapflow,
                                      const struct osmflow_mapflow_options *options, char **token, bool *is_basic,
                                      struct osmflow_error *error) {
  enum osmflow_mapflow_scheme scheme = options->scheme;
  enum osmflow_status status = OSMFLOW_OK;
  char *found = NULL;
  if (scheme == OSMFLOW_MAPFLOW_AUTO)
    status = osmflow_mapflow_scheme_parse(option(mapflow->environment, "MAPFLOW_AUTH"), &scheme, error);
  if (status == OSMFLOW_OK && !options->token)
    status = osmflow_credentials_find(mapflow->environment, osmflow_mapflow_token_option, mapflow->root, &found, error);
  const char *text = options->token ? options->token : found;
  if (status == OSMFLOW_OK && text && *text)
    status = osmflow_mapflow_token_read(text, scheme, token, is_basic, error);
  osmflow_credentials_wipe(found);
  return status;
}

enum osmflow_status osmflow_mapflow_open(struct osmflow_mapflow *mapflow, const struct osmflow_environment *environment,
                                         const struct osmflow_mapflow_options *options, struct osmflow_error *error) {
  static const struct osmflow_mapflow_options defaults = {.root = NULL};
  struct osmflow_http_options http = {.token_option = osmflow_mapflow_token_option,
                                      .login_command = osmflow_mapflow_login_command,
                                      .max_wait_option = "MAPFLOW_MAX_WAIT"};
  char *token = NULL;
  options = options ? options : &defaults;
  *mapflow = (struct osmflow_mapflow){.environment = environment};
  enum osmflow_status status = osmflow_mapflow_root_read(
      options->root && *options->root ? options->root : option(environment, "MAPFLOW_URL"), &mapflow->root, error);
  if (status == OSMFLOW_OK)
    status = read_wait(environment, options, &http.max_wait_ms, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_settle_check(environment, error);
  if (status == OSMFLOW_OK)
    status = read_token(mapflow, options, &token, &http.token_is_basic, error);
  if (status == OSMFLOW_OK) {
    http.root = mapflow->root;
    http.token = token;
    http.parallel = options->parallel;
    http.accept_compressed = !osmflow_http_is_loopback(mapflow->root);
    status = osmflow_http_new(environment, &http, &mapflow->http, error);
  }
  osmflow_credentials_wipe(token);
  if (status != OSMFLOW_OK)
    osmflow_mapflow_close(mapflow);
  return status;
}

void osmflow_mapflow_close(struct osmflow_mapflow *mapflow) {
  osmflow_http_free(mapflow->http);
  free(mapflow->root);
  *mapflow = (struct osmflow_mapflow){.http = NULL};
}

static enum osmflow_status perform(const struct osmflow_mapflow *mapflow, const struct osmflow_mapflow_request *request,
                                   struct osmflow_http_sink sink, struct osmflow_http_response *response,
                                   struct osmflow_error *error) {
  struct osmflow_http_response own;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  struct osmflow_bytes url;
  osmflow_http_response_init(&own);
  osmflow_bytes_init(&url, LONGEST_URL);
  response = response ? response : &own;
  enum osmflow_status status = osmflow_bytes_print(&url, &reason, "%s/%s", mapflow->root, request->path);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request http = {
        .method = request->method,
        .url = osmflow_bytes_string(&url),
        .accept = "application/json, */*;q=0.5",
        .content_type = request->body ? "application/json" : NULL,
        .body = osmflow_text(request->body),
        .authorization = strcmp(request->path, "version") == 0 ? OSMFLOW_HTTP_IF_ANY : OSMFLOW_HTTP_REQUIRED,
        .repeatable = request->is_repeatable,
        .sink = sink};
    status = osmflow_http_perform(mapflow->http, &http, response, &reason);
  }
  if (status != OSMFLOW_OK)
    status = osmflow_mapflow_refusal_explain(request->method, request->path, response, &reason);
  if (status != OSMFLOW_OK && error)
    *error = reason;
  osmflow_bytes_clear(&url);
  osmflow_http_response_clear(&own);
  return status;
}

static enum osmflow_status drop(void *self, const void *data, size_t size, struct osmflow_error *error) {
  (void)self;
  (void)data;
  (void)size;
  (void)error;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_mapflow_send(const struct osmflow_mapflow *mapflow,
                                         const struct osmflow_mapflow_request *request, struct osmflow_bytes *answer,
                                         struct osmflow_http_response *response, struct osmflow_error *error) {
  if (answer)
    osmflow_bytes_reset(answer);
  return perform(mapflow, request, answer ? osmflow_http_bytes_sink(answer) : (struct osmflow_http_sink){.write = drop},
                 response, error);
}

/* A document that grows into a tree while it arrives. */
struct document {
  struct osmflow_tree *tree;
  const struct osmflow_tree_node *top;
  bool is_begun; /* something that is not blank has come */
};

static enum osmflow_status document_begin(void *self, const struct osmflow_http_response *response,
                                          struct osmflow_error *error) {
  struct document *document = self;
  (void)response;
  osmflow_tree_free(document->tree);
  document->tree = NULL;
  document->top = NULL;
  document->is_begun = false;
  return osmflow_tree_new(OSMFLOW_TREE_JSON, &document->tree, error);
}

/* Which request it was stands in front of what a sink says. */
static enum osmflow_status explain(enum osmflow_status status, struct osmflow_error *error) {
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "the answer is not what the API gives: ");
  return status;
}

static enum osmflow_status document_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct document *document = self;
  const struct osmflow_text piece = osmflow_text_trim((struct osmflow_text){data, size});
  if (!document->is_begun && piece.size > 0) {
    document->is_begun = true;
    if (piece.data[0] == '<')
      return explain(osmflow_error_set(error, OSMFLOW_BAD_DATA,
                                       "a web page came instead of JSON; is MAPFLOW_URL right, and does the network "
                                       "ask for a login?"),
                     error);
  }
  return explain(osmflow_tree_feed(document->tree, data, size, error), error);
}

static enum osmflow_status document_finish(void *self, struct osmflow_error *error) {
  struct document *document = self;
  if (!document->is_begun)
    return explain(osmflow_error_set(error, OSMFLOW_BAD_DATA, "it is empty"), error);
  return explain(osmflow_tree_finish(document->tree, &document->top, error), error);
}

enum osmflow_status osmflow_mapflow_ask(const struct osmflow_mapflow *mapflow,
                                        const struct osmflow_mapflow_request *request, struct osmflow_tree **tree,
                                        const struct osmflow_tree_node **top, struct osmflow_error *error) {
  struct document document = {.tree = NULL};
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  const struct osmflow_http_sink sink = {&document, document_begin, document_write, document_finish};
  *tree = NULL;
  *top = NULL;
  enum osmflow_status status = perform(mapflow, request, sink, NULL, error);
  if (status == OSMFLOW_OK && !document.top) {
    osmflow_url_show(request->path, shown);
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s %.300s: the answer is empty", request->method, shown);
  }
  if (status == OSMFLOW_OK) {
    *tree = document.tree;
    *top = document.top;
  } else {
    osmflow_tree_free(document.tree);
  }
  return status;
}

enum osmflow_status osmflow_mapflow_get(const struct osmflow_mapflow *mapflow, const char *path,
                                        struct osmflow_tree **tree, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) {
  const struct osmflow_mapflow_request request = {"GET", path, NULL, true};
  return osmflow_mapflow_ask(mapflow, &request, tree, top, error);
}

bool osmflow_mapflow_is_id(struct osmflow_text text) {
  bool good = text.size == 36;
  for (size_t i = 0; good && i < text.size; i++) {
    const char letter = text.data[i];
    if (i == 8 || i == 13 || i == 18 || i == 23)
      good = letter == '-';
    else
      good = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
  }
  return good;
}
