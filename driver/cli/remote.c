#include "cli/remote.h"

#include <stdlib.h>

#include "base/number.h"
#include "cli/output.h"

enum { URL_CEILING = 64 * 1024, ANSWER_CEILING = 1024 * 1024 };

enum osmflow_status osmflow_remote_open(struct osmflow_remote *remote, const struct osmflow_environment *environment,
                                        const char *server, struct osmflow_error *error) {
  const struct osmflow_service *service = NULL;
  *remote = (struct osmflow_remote){.environment = environment};
  enum osmflow_status status = osmflow_service_find("osm", &service, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_root(service, environment, server, &remote->root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_http(service, environment, remote->root, NULL, &remote->http, error);
  return status;
}

void osmflow_remote_close(struct osmflow_remote *remote) {
  osmflow_http_free(remote->http);
  free(remote->root);
  *remote = (struct osmflow_remote){.environment = remote->environment};
}

static enum osmflow_status get(const struct osmflow_remote *remote, const char *path, bool needs_token,
                               struct osmflow_http_sink sink, struct osmflow_error *error) {
  struct osmflow_bytes url;
  osmflow_bytes_init(&url, URL_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&url, error, "%s/api/0.6/%s", remote->root, path);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {
        .method = "GET",
        .url = osmflow_bytes_string(&url),
        .authorization = needs_token ? OSMFLOW_HTTP_REQUIRED : OSMFLOW_HTTP_IF_ANY,
        .repeatable = true,
        .sink = sink};
    status = osmflow_http_perform(remote->http, &request, NULL, error);
  }
  osmflow_bytes_clear(&url);
  return status;
}

enum osmflow_status osmflow_remote_copy(const struct osmflow_remote *remote, const char *path, const char *output_path,
                                        bool needs_token, struct osmflow_error *error) {
  struct osmflow_output output;
  enum osmflow_status status = osmflow_output_init(&output, output_path, false, error);
  if (status == OSMFLOW_OK)
    status = get(remote, path, needs_token, osmflow_output_sink(&output), error);
  if (status == OSMFLOW_OK)
    status = osmflow_output_commit(&output, error);
  osmflow_output_clear(&output);
  return status;
}

/* Keeps an answer and reads along whether it is whole. */
struct keeping {
  struct osmflow_bytes *bytes;
  struct osmflow_whole whole;
};

static enum osmflow_status begin(void *self, const struct osmflow_http_response *response,
                                 struct osmflow_error *error) {
  struct keeping *keeping = self;
  osmflow_bytes_reset(keeping->bytes);
  return osmflow_whole_begin(&keeping->whole, response->content_type, error);
}

static enum osmflow_status take(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct keeping *keeping = self;
  osmflow_whole_feed(&keeping->whole, data, size);
  return osmflow_bytes_add(keeping->bytes, data, size, error);
}

static enum osmflow_status finish(void *self, struct osmflow_error *error) {
  struct keeping *keeping = self;
  return osmflow_whole_finish(&keeping->whole, error);
}

enum osmflow_status osmflow_remote_get(const struct osmflow_remote *remote, const char *path,
                                       struct osmflow_bytes *answer, struct osmflow_error *error) {
  struct keeping keeping = {.bytes = answer};
  osmflow_whole_init(&keeping.whole);
  const enum osmflow_status status =
      get(remote, path, false, (struct osmflow_http_sink){&keeping, begin, take, finish}, error);
  osmflow_whole_clear(&keeping.whole);
  return status;
}

enum osmflow_status osmflow_remote_tree(const struct osmflow_remote *remote, const char *path, bool needs_token,
                                        struct osmflow_tree **tree, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) {
  return osmflow_action_get(remote->http, remote->root, path, needs_token ? OSMFLOW_HTTP_REQUIRED : OSMFLOW_HTTP_IF_ANY,
                            tree, top, error);
}

enum osmflow_status osmflow_remote_do(const struct osmflow_remote *remote, const char *name,
                                      const struct osmflow_action *fields, struct osmflow_bytes *answer,
                                      struct osmflow_error *error) {
  struct osmflow_action action = *fields;
  struct osmflow_bytes own;
  osmflow_bytes_init(&own, ANSWER_CEILING);
  action.action_class = osmflow_action_class(name);
  action.root = remote->root;
  const enum osmflow_status status =
      osmflow_action_perform(remote->environment, remote->http, &action, answer ? answer : &own, error);
  osmflow_bytes_clear(&own);
  return status;
}

enum osmflow_status osmflow_remote_do_once(const struct osmflow_environment *environment, const char *server,
                                           const char *name, const struct osmflow_action *fields, int64_t *number,
                                           struct osmflow_error *error) {
  struct osmflow_remote remote;
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  enum osmflow_status status = osmflow_remote_open(&remote, environment, server, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_do(&remote, name, fields, &answer, error);
  if (status == OSMFLOW_OK && number)
    *number = osmflow_action_number(osmflow_action_class(name), &answer);
  osmflow_bytes_clear(&answer);
  osmflow_remote_close(&remote);
  return status;
}

enum osmflow_status osmflow_remote_id(const char *what, const char *word, int64_t *id, struct osmflow_error *error) {
  return osmflow_parse_int(osmflow_text(word), 1, OSMFLOW_MOST_ID, id)
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the id of the %s is a number above 0", what);
}

void osmflow_pairs_clear(struct osmflow_pairs *pairs) {
  free(pairs->items);
  *pairs = (struct osmflow_pairs){NULL, 0, 0};
}

enum osmflow_status osmflow_pairs_add(struct osmflow_pairs *pairs, struct osmflow_text key, struct osmflow_text value,
                                      struct osmflow_error *error) {
  enum { MOST_PAIRS = 100000 };
  const enum osmflow_status status = osmflow_array_reserve((void **)&pairs->items, &pairs->capacity, pairs->count + 1,
                                                           sizeof *pairs->items, MOST_PAIRS, error);
  if (status == OSMFLOW_OK)
    pairs->items[pairs->count++] = (struct osmflow_tag_view){key, value};
  return status;
}

enum osmflow_status osmflow_pairs_read(struct osmflow_pairs *pairs, const char *what, struct osmflow_text text,
                                       struct osmflow_error *error) {
  const char *equals = text.size > 0 ? memchr(text.data, '=', text.size) : NULL;
  if (!equals || equals == text.data)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" is not a %s of the form KEY=VALUE",
                             (int)(text.size > 60 ? 60 : text.size), text.data, what);
  const size_t size = (size_t)(equals - text.data);
  return osmflow_pairs_add(pairs, (struct osmflow_text){text.data, size},
                           (struct osmflow_text){equals + 1, text.size - size - 1}, error);
}

enum osmflow_status osmflow_pairs_changeset(struct osmflow_pairs *pairs, const char *comment, const char *source,
                                            const struct osmflow_arguments *arguments, size_t tag_option,
                                            struct osmflow_error *error) {
  if (!comment || osmflow_text_trim(osmflow_text(comment)).size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "nothing is sent without a comment: --comment \"what is changed, and why\"");
  enum osmflow_status status =
      osmflow_pairs_add(pairs, osmflow_text("created_by"), osmflow_text("osmflow " OSMFLOW_VERSION), error);
  if (status == OSMFLOW_OK)
    status = osmflow_pairs_add(pairs, osmflow_text("comment"), osmflow_text(comment), error);
  if (status == OSMFLOW_OK && source)
    status = osmflow_pairs_add(pairs, osmflow_text("source"), osmflow_text(source), error);
  for (size_t i = 0; status == OSMFLOW_OK && i < arguments->repeat_count; i++)
    if (arguments->repeats[i].option == tag_option)
      status = osmflow_pairs_read(pairs, "tag", osmflow_text(arguments->repeats[i].value), error);
  return status;
}
