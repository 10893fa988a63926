/* Sends an action, and settles what a lost answer leaves open. */
#include "mapflow/action.h"

#include <stdio.h>
#include <stdlib.h>

#include "mapflow/action_parts.h"
#include "mapflow/settle.h"
#include "mapflow/table_parts.h"

enum {
  TRIES = 3,
  LOOKS = 4,
  FIRST_WAIT_MS = 1000,
  USUAL_MS = 10000,
  LONGEST_ANSWER = 64 * 1024 * 1024,
  LONGEST_BODY = 16 * 1024 * 1024
};

struct acting {
  const struct osmflow_mapflow *mapflow;
  const struct osmflow_mapflow_action_class *action_class;
  const struct osmflow_mapflow_action *action;
  struct osmflow_bytes path, body;
  struct osmflow_bytes *answer;
  struct osmflow_http_response response;
  struct osmflow_mapflow_look before;
  char *id_made;
};

static enum osmflow_status keep_id(struct acting *acting, struct osmflow_text id, struct osmflow_error *error) {
  free(acting->id_made);
  acting->id_made = id.size > 0 ? strndup(id.data, id.size) : NULL;
  return id.size > 0 && !acting->id_made ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an id")
                                         : OSMFLOW_OK;
}

static bool creates(const struct acting *acting) {
  const char *word = strrchr(acting->action->name, '/');
  return word && strcmp(word, "/create") == 0;
}

/* A good status with something else behind it: a page of the network in between, or no id of what was made. */
static enum osmflow_status read_answer(struct acting *acting, struct osmflow_error *error) {
  const struct osmflow_text text = osmflow_text_trim(osmflow_bytes_view(acting->answer));
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  if (text.size > 0 && text.data[0] == '<')
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "%s %s: a web page came instead of the API's answer; does the network ask for a login?",
                             acting->action_class->method, osmflow_bytes_string(&acting->path));
  if (!creates(acting))
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, error);
  const struct osmflow_tree_node *id = status == OSMFLOW_OK ? osmflow_mapflow_find(top, "id|mosaic_id") : NULL;
  if (status == OSMFLOW_OK && (!id || !osmflow_mapflow_is_id(id->text)))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s %s: the answer has no id", acting->action_class->method,
                               osmflow_bytes_string(&acting->path));
  if (status == OSMFLOW_OK)
    status = keep_id(acting, id->text, error);
  osmflow_tree_free(tree);
  return status;
}

/* Whether the server may have done it although we were not told. */
static bool leaves_doubt(enum osmflow_status status, const struct osmflow_http_response *response) {
  if (status == OSMFLOW_OK || status == OSMFLOW_CANCELLED || !response->request_sent)
    return status == OSMFLOW_CANCELLED && response->request_sent;
  return response->status < 300 || (response->status >= 500 && response->retry_after_seconds < 0);
}

static enum osmflow_status send(struct acting *acting, bool *doubt, struct osmflow_error *error) {
  const struct osmflow_mapflow_request request = {acting->action_class->method, osmflow_bytes_string(&acting->path),
                                                  acting->body.size > 0 ? osmflow_bytes_string(&acting->body) : NULL,
                                                  acting->action_class->is_harmless_twice};
  enum osmflow_status status =
      osmflow_mapflow_send(acting->mapflow, &request, acting->answer, &acting->response, error);
  /* gone at a second attempt: the first one did it */
  if (status == OSMFLOW_NOT_FOUND && acting->action_class->destroys && acting->response.attempts > 1) {
    osmflow_bytes_reset(acting->answer);
    status = OSMFLOW_OK;
  }
  if (status == OSMFLOW_OK)
    status = read_answer(acting, error);
  *doubt = leaves_doubt(status, &acting->response);
  return status;
}

/* Looks several times within USUAL_MS: a request may still be on its way through the server when its sender has
 * lost it. *is_done: it has arrived. */
static enum osmflow_status find_arrival(struct acting *acting, bool *is_done, struct osmflow_error *error) {
  struct osmflow_mapflow_look after;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_mapflow_look_init(&after);
  *is_done = false;
  for (int64_t i = 0; status == OSMFLOW_OK && !*is_done && i < LOOKS; i++) {
    const struct osmflow_environment *environment = acting->mapflow->environment;
    if (!osmflow_wait(environment, osmflow_mapflow_settle_wait(environment, i * (i + 1) / 2 * FIRST_WAIT_MS, USUAL_MS)))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped");
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_look_now(acting->mapflow, acting->action, &after, error);
    const char *found = status == OSMFLOW_OK ? osmflow_mapflow_look_new(&acting->before, &after) : NULL;
    *is_done = found != NULL;
    if (found && creates(acting)) {
      osmflow_bytes_reset(acting->answer);
      status = osmflow_bytes_print(acting->answer, error, "{\"id\":\"%s\"}", found);
      if (status == OSMFLOW_OK)
        status = keep_id(acting, osmflow_text(found), error);
    }
  }
  osmflow_mapflow_look_clear(&after);
  return status;
}

static void append(struct osmflow_error *error, const char *words, const char *place) {
  const size_t used = strlen(error->message);
  snprintf(error->message + used, sizeof error->message - used, "%s%s", words, place);
}

static enum osmflow_status perform(struct acting *acting, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool doubt = false;
  for (int i = 0; i < TRIES; i++) {
    struct osmflow_error reason = {.status = OSMFLOW_OK};
    bool is_done = false;
    status = send(acting, &doubt, error);
    if (!doubt || acting->action_class->is_harmless_twice)
      break;
    const bool is_cancelled = status == OSMFLOW_CANCELLED;
    const enum osmflow_status looked =
        !is_cancelled && acting->before.is_settled ? find_arrival(acting, &is_done, &reason) : OSMFLOW_CANCELLED;
    if (is_done && looked == OSMFLOW_OK)
      return OSMFLOW_OK;
    if (looked != OSMFLOW_OK) {
      append(error, "\nIt is not known whether this has arrived. Look before you do it again: ",
             osmflow_mapflow_look_place(acting->action_class));
      return status;
    }
  }
  if (doubt)
    append(error,
           acting->action_class->is_harmless_twice
               ? "\nIt is not known whether this has arrived; doing it again does no harm."
               : "\nIt has not arrived: nothing was changed.",
           "");
  return status;
}

/* A token that may write may not be one that may look: then one goes ahead, and a doubt stays a doubt. */
static enum osmflow_status look_before(struct acting *acting, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  if (acting->action_class->is_harmless_twice)
    return OSMFLOW_OK;
  const enum osmflow_status status =
      osmflow_mapflow_look_now(acting->mapflow, acting->action, &acting->before, &reason);
  if (status == OSMFLOW_OK || reason.http_status == 403)
    return OSMFLOW_OK;
  *error = reason;
  return status;
}

enum osmflow_status osmflow_mapflow_act(const struct osmflow_mapflow *mapflow,
                                        const struct osmflow_mapflow_action *action, char **id_made,
                                        struct osmflow_bytes *answer, struct osmflow_error *error) {
  struct osmflow_error own = {.status = OSMFLOW_OK};
  struct osmflow_bytes own_answer;
  struct acting acting = {.mapflow = mapflow,
                          .action_class = osmflow_mapflow_action_class(action->name),
                          .action = action,
                          .answer = answer ? answer : &own_answer};
  if (id_made)
    *id_made = NULL;
  if (!acting.action_class)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "Mapflow has no action \"%.60s\"", action->name);
  osmflow_bytes_init(&own_answer, LONGEST_ANSWER);
  osmflow_bytes_init(&acting.path, LONGEST_BODY);
  osmflow_bytes_init(&acting.body, LONGEST_BODY);
  osmflow_http_response_init(&acting.response);
  osmflow_mapflow_look_init(&acting.before);
  enum osmflow_status status =
      osmflow_mapflow_action_prepare(acting.action_class, action, &acting.path, &acting.body, &own);
  if (status == OSMFLOW_OK)
    status = look_before(&acting, &own);
  if (status == OSMFLOW_OK)
    status = perform(&acting, &own);
  if (status == OSMFLOW_OK && id_made) {
    *id_made = acting.id_made;
    acting.id_made = NULL;
  }
  if (status != OSMFLOW_OK && error)
    *error = own;
  free(acting.id_made);
  osmflow_mapflow_look_clear(&acting.before);
  osmflow_http_response_clear(&acting.response);
  osmflow_bytes_clear(&acting.body);
  osmflow_bytes_clear(&acting.path);
  osmflow_bytes_clear(&own_answer);
  return status;
}
