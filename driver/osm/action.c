/* Sends an action, once, and settles what a lost answer leaves open. */
#include "osm/action.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/number.h"
#include "osm/action_parts.h"

enum { TRIES = 2, REPEATED_TRIES = 4, FIRST_WAIT_MS = 1000, LOOKS = 4, ANSWER_TEXT = 400 };

struct performing {
  const struct osmflow_environment *environment;
  struct osmflow_http *http;
  const struct osmflow_action *action;
  const struct osmflow_action_settlement *settlement;
  struct osmflow_action_request request;
  struct osmflow_http_response response;
  struct osmflow_bytes *answer;
  struct osmflow_action_found before;
  bool knows_before; /* what was there before, or that it does not matter */
};

static void append(struct osmflow_error *error, const char *format, ...) OSMFLOW_PRINTF(2, 3);
static void append(struct osmflow_error *error, const char *format, ...) {
  if (!error)
    return;
  const size_t used = strlen(error->message);
  va_list values;
  va_start(values, format);
  vsnprintf(error->message + used, sizeof error->message - used, format, values);
  va_end(values);
}

/* A path of the settlement's with its words filled in. */
static void fill_path(const struct performing *performing, const char *pattern, int64_t number,
                      char path[ANSWER_TEXT]) {
  size_t used = 0, word = 0;
  for (; *pattern && used + 40 < ANSWER_TEXT; pattern++) {
    if (*pattern == '#')
      used += (size_t)snprintf(path + used, 40, "%.30s", performing->action->words[word++]);
    else if (*pattern == '$')
      used += (size_t)snprintf(path + used, 40, "%" PRId64, number);
    else
      path[used++] = *pattern;
  }
  path[used] = '\0';
}

static bool is_page(struct osmflow_text answer) {
  static const char *const starts[] = {"<!doctype html", "<html"};
  answer = osmflow_text_trim(answer);
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
    const struct osmflow_text start = {answer.data, strlen(starts[i])};
    if (answer.size >= start.size && osmflow_text_is_ignoring_case(start, starts[i]))
      return true;
  }
  return false;
}

static enum osmflow_status read_document(struct osmflow_text text, const char *path, int64_t *number,
                                         struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_XML, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, error);
  if (status == OSMFLOW_OK && !osmflow_text_is(top->name, "osm"))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is not a document of OpenStreetMap");
  const struct osmflow_tree_node *found = status == OSMFLOW_OK ? osmflow_tree_at(top, path) : NULL;
  *number = 0;
  if (found)
    osmflow_parse_int(osmflow_text_trim(found->text), 1, OSMFLOW_MOST_ID, number);
  osmflow_tree_free(tree);
  return status;
}

int64_t osmflow_action_number(const struct osmflow_action_class *action_class, const struct osmflow_bytes *answer) {
  int64_t number = 0;
  const struct osmflow_text text = osmflow_text_trim(osmflow_bytes_view(answer));
  if (action_class->answer == OSMFLOW_ACTION_ANSWER_NUMBER)
    osmflow_parse_int(text, 1, OSMFLOW_MOST_ID, &number);
  else if (action_class->answer == OSMFLOW_ACTION_ANSWER_DOCUMENT &&
           read_document(text, "note/id", &number, NULL) != OSMFLOW_OK)
    number = 0;
  return number;
}

/* A good status with something else behind it: a page of the network in between, or half a document. */
static enum osmflow_status check_answer(const struct performing *performing, struct osmflow_error *error) {
  const struct osmflow_text text = osmflow_bytes_view(performing->answer);
  const struct osmflow_action_class *action_class = performing->action->action_class;
  int64_t number = 0;
  if (is_page(text))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "%s: a web page came instead of the API's answer; does the network ask for a login?",
                             osmflow_bytes_string(&performing->request.url));
  if (action_class->answer == OSMFLOW_ACTION_ANSWER_NUMBER &&
      osmflow_action_number(action_class, performing->answer) == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the answer \"%.60s\" is not a number",
                             osmflow_bytes_string(&performing->request.url), osmflow_bytes_string(performing->answer));
  if (action_class->answer == OSMFLOW_ACTION_ANSWER_DOCUMENT)
    return read_document(text, "note/id", &number, error);
  return OSMFLOW_OK;
}

/* Whether the server may have done it although we were not told. */
static bool leaves_doubt(enum osmflow_status status, const struct osmflow_http_response *response) {
  if (status == OSMFLOW_OK || status == OSMFLOW_CANCELLED || !response->request_sent)
    return status == OSMFLOW_CANCELLED;
  const bool told_to_wait = response->retry_after_seconds >= 0 || response->status == 509;
  return response->status < 300 || (response->status >= 500 && !told_to_wait);
}

/* *doubt: it may have been done all the same. */
static enum osmflow_status send(struct performing *performing, bool *doubt, struct osmflow_error *error) {
  const struct osmflow_action *action = performing->action;
  const struct osmflow_action_request *parts = &performing->request;
  const struct osmflow_http_request request = {
      .method = action->action_class->method,
      .url = osmflow_bytes_string(&parts->url),
      .content_type = *parts->content_type ? parts->content_type : NULL,
      .body = osmflow_bytes_view(&parts->body),
      .authorization = action->anonymous ? OSMFLOW_HTTP_ANONYMOUS : OSMFLOW_HTTP_REQUIRED,
      .repeatable = false,
      .sink = osmflow_http_bytes_sink(performing->answer)};
  osmflow_bytes_reset(performing->answer);
  enum osmflow_status status = osmflow_http_perform(performing->http, &request, &performing->response, error);
  if (status == OSMFLOW_OK)
    status = check_answer(performing, error);
  *doubt = leaves_doubt(status, &performing->response);
  return status;
}

static enum osmflow_status look(struct performing *performing, struct osmflow_action_found *found,
                                struct osmflow_error *error) {
  osmflow_action_found_clear(found);
  return performing->settlement->look(performing->action, performing->http, found, error);
}

/* A token that may write may not be one that may look: then one goes ahead, and a doubt stays a doubt. */
static enum osmflow_status look_before(struct performing *performing, struct osmflow_error *error) {
  performing->knows_before = true;
  if (!performing->settlement->compares)
    return OSMFLOW_OK;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  const enum osmflow_status status = look(performing, &performing->before, &reason);
  if (status == OSMFLOW_UNAUTHORIZED && reason.http_status == 403) {
    performing->knows_before = false;
    return OSMFLOW_OK;
  }
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status;
}

/* What is there now and was not before; 0: nothing. */
static int64_t new_one(const struct osmflow_action_found *before, const struct osmflow_action_found *after) {
  for (size_t i = 0; i < after->count; i++) {
    bool known = false;
    for (size_t j = 0; !known && j < before->count; j++)
      known = before->ids[j] == after->ids[i];
    if (!known)
      return after->ids[i];
  }
  return 0;
}

/* The answer that was lost, as the server gives it to those who ask. */
static enum osmflow_status fetch_answer(struct performing *performing, int64_t number, struct osmflow_error *error) {
  struct osmflow_bytes url;
  char path[ANSWER_TEXT];
  osmflow_bytes_reset(performing->answer);
  if (!performing->settlement->document)
    return osmflow_bytes_print(performing->answer, error, "%" PRId64, number);
  fill_path(performing, performing->settlement->document, number, path);
  osmflow_bytes_init(&url, performing->request.url.ceiling);
  enum osmflow_status status = osmflow_bytes_print(&url, error, "%s/api/0.6/%s", performing->action->root, path);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .authorization = OSMFLOW_HTTP_IF_ANY,
                                                 .repeatable = true,
                                                 .sink = osmflow_http_bytes_sink(performing->answer)};
    status = osmflow_http_perform(performing->http, &request, NULL, error);
  }
  osmflow_bytes_clear(&url);
  return status;
}

/* Looks several times within ten seconds: a request may still be on its way through the server when its sender has
 * lost it.
 * OSMFLOW_OK with *number = 0: it is absent. */
static enum osmflow_status find_arrival(struct performing *performing, int64_t *number, struct osmflow_error *error) {
  struct osmflow_action_found after = {NULL, 0, 0};
  enum osmflow_status status = OSMFLOW_OK;
  *number = 0;
  for (int64_t i = 0; status == OSMFLOW_OK && *number == 0 && i < LOOKS; i++) {
    if (!osmflow_wait(performing->environment, i * (i + 1) / 2 * FIRST_WAIT_MS))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped");
    if (status == OSMFLOW_OK)
      status = look(performing, &after, error);
    if (status == OSMFLOW_OK)
      *number = new_one(&performing->before, &after);
  }
  osmflow_action_found_clear(&after);
  return status;
}

static void tell_doubt(const struct performing *performing, struct osmflow_error *error) {
  char path[ANSWER_TEXT];
  if (performing->settlement->look) {
    fill_path(performing, performing->settlement->where, 0, path);
    append(error, "\nIt is not known whether this has arrived. Look before you do it again: %s/api/0.6/%s",
           performing->action->root, path);
  } else {
    append(error, "\nIt is not known whether this has arrived; doing it again does no harm.");
  }
}

/* OSMFLOW_OK: settled, *done tells how. Otherwise the doubt stays, and the error says so. */
static enum osmflow_status settle(struct performing *performing, bool *done, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  int64_t number = 0;
  *done = false;
  if (error && error->status == OSMFLOW_CANCELLED)
    return OSMFLOW_CANCELLED;
  if (!performing->settlement->look)
    return osmflow_wait(performing->environment, FIRST_WAIT_MS) ? OSMFLOW_OK : OSMFLOW_CANCELLED;
  enum osmflow_status status = performing->knows_before ? find_arrival(performing, &number, &reason) : OSMFLOW_NETWORK;
  if (status == OSMFLOW_OK && number > 0) {
    *done = true;
    status = fetch_answer(performing, number, error);
  }
  return status;
}

/* "Already closed" to a repetition means that the first one did it. */
static bool is_already(const struct performing *performing) {
  const struct osmflow_action_settlement *settlement = performing->settlement;
  const char *words = osmflow_bytes_string(&performing->response.error_body);
  return settlement->done_status > 0 && performing->response.status == settlement->done_status &&
         (!settlement->done_word || strstr(words, settlement->done_word));
}

static void explain(const struct performing *performing, struct osmflow_error *error) {
  const struct osmflow_action_class *action_class = performing->action->action_class;
  if (error && (error->http_status == 401 || error->http_status == 403))
    append(error, "\nThis needs the scope %s%s; `osmflow login osm --status` shows what the token may do.",
           action_class->scope, action_class->for_moderators ? " and the rights of a moderator" : "");
}

static enum osmflow_status perform(struct performing *performing, struct osmflow_error *error) {
  const int tries = performing->settlement->look ? TRIES : REPEATED_TRIES;
  enum osmflow_status status = OSMFLOW_OK;
  bool doubt = false, done = false;
  for (int i = 0; i < tries; i++) {
    const bool is_repetition = i > 0;
    status = send(performing, &doubt, error);
    if (!doubt && is_repetition && status != OSMFLOW_OK && is_already(performing)) {
      osmflow_bytes_reset(performing->answer);
      status = OSMFLOW_OK;
    }
    if (!doubt)
      break;
    const enum osmflow_status settled = settle(performing, &done, error);
    if (done)
      return settled;
    if (settled != OSMFLOW_OK || (!performing->settlement->look && i + 1 == tries)) {
      tell_doubt(performing, error);
      return status;
    }
  }
  if (doubt)
    append(error, "\nIt has not arrived: nothing was changed.");
  else if (status != OSMFLOW_OK)
    explain(performing, error);
  return status;
}

enum osmflow_status osmflow_action_perform(const struct osmflow_environment *environment, struct osmflow_http *http,
                                           const struct osmflow_action *action, struct osmflow_bytes *answer,
                                           struct osmflow_error *error) {
  struct osmflow_error own = {.status = OSMFLOW_OK};
  struct performing performing = {.environment = environment,
                                  .http = http,
                                  .action = action,
                                  .settlement = osmflow_action_settlement(action->action_class),
                                  .answer = answer};
  osmflow_action_request_init(&performing.request);
  osmflow_http_response_init(&performing.response);
  enum osmflow_status status = osmflow_action_prepare(environment, action, &performing.request, &own);
  if (status == OSMFLOW_OK)
    status = look_before(&performing, &own);
  if (status == OSMFLOW_OK)
    status = perform(&performing, &own);
  if (status != OSMFLOW_OK && error)
    *error = own;
  osmflow_action_found_clear(&performing.before);
  osmflow_http_response_clear(&performing.response);
  osmflow_action_request_clear(&performing.request);
  return status;
}
