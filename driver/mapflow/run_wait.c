/* How far a processing is, and waiting for its end. */
#include <stdio.h>

#include "mapflow/refusal.h"
#include "mapflow/run_parts.h"

enum { PATH_SIZE = 96, FIRST_STEP_MS = 5000, LONGEST_STEP_MS = 30000, MOST_FAILURES = 5 };

static const struct {
  const char *status;
  bool is_ok;
} finals[] = {{"OK", true}, {"FAILED", false}, {"CANCELLED", false}, {"REFUNDED", false}};

static enum osmflow_status read_words(const struct osmflow_tree_node *top, struct osmflow_run_state *state,
                                      struct osmflow_error *error) {
  struct osmflow_bytes words;
  osmflow_bytes_init(&words, OSMFLOW_RUN_TEXT_CEILING);
  const struct osmflow_tree_node *messages = osmflow_tree_child(top, "messages");
  enum osmflow_status status =
      osmflow_bytes_add_string(&words, osmflow_mapflow_status_words(osmflow_text(state->status)), error);
  if (status == OSMFLOW_OK && messages && messages->first)
    status = osmflow_bytes_add_string(&words, ": ", error);
  if (status == OSMFLOW_OK && messages && messages->first)
    status = osmflow_mapflow_messages_print(messages, &words, error);
  snprintf(state->words, sizeof state->words, "%s", osmflow_bytes_string(&words));
  osmflow_bytes_clear(&words);
  return status;
}

/* A stranger's word: what a terminal would obey is taken out. */
static void copy_status(char *target, size_t size, struct osmflow_text word) {
  const size_t count = word.size < size ? word.size : size - 1;
  for (size_t i = 0; i < count; i++)
    target[i] = (char)(word.data[i] > ' ' && word.data[i] < 0x7F ? word.data[i] : '?');
  target[count] = '\0';
}

enum osmflow_status osmflow_run_look(const struct osmflow_mapflow *mapflow, const char *id,
                                     struct osmflow_run_state *state, struct osmflow_error *error) {
  char path[PATH_SIZE];
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  double percent = -1;
  *state = (struct osmflow_run_state){.percent = -1};
  if (!osmflow_mapflow_is_id(osmflow_text(id)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.60s\" is not the id of a processing", id);
  snprintf(path, sizeof path, "processings/%s/v2", id);
  enum osmflow_status status = osmflow_mapflow_get(mapflow, path, &tree, &top, error);
  const struct osmflow_text told = status == OSMFLOW_OK ? osmflow_run_text(top, "status") : osmflow_text(NULL);
  if (status == OSMFLOW_OK && told.size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "GET %s: the answer has no status", path);
  if (status == OSMFLOW_OK) {
    copy_status(state->status, sizeof state->status, told);
    if (osmflow_run_number(top, "percentCompleted", &percent) && percent >= 0 && percent <= 100)
      state->percent = (int)percent;
    for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++)
      if (osmflow_text_is(told, finals[i].status)) {
        state->is_final = true;
        state->is_ok = finals[i].is_ok;
      }
    status = state->is_ok ? OSMFLOW_OK : read_words(top, state, error);
  }
  osmflow_tree_free(tree);
  return status;
}

/* A processing takes hours, a server's bad minute must not end the waiting for it. */
static bool may_pass(enum osmflow_status status, const struct osmflow_error *reason) {
  enum { SERVER_ERRORS = 500, TOO_MANY = 429 };
  return status == OSMFLOW_NETWORK ||
         (status == OSMFLOW_HTTP && (reason->http_status >= SERVER_ERRORS || reason->http_status == TOO_MANY));
}

static int64_t next_step(int64_t step_ms) {
  const int64_t longer = step_ms + step_ms / 2;
  return longer < LONGEST_STEP_MS ? longer : LONGEST_STEP_MS;
}

enum osmflow_status osmflow_run_wait(const struct osmflow_mapflow *mapflow, const char *id,
                                     bool (*tell)(void *self, const struct osmflow_run_state *state), void *self,
                                     struct osmflow_run_state *state, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  int64_t own_step_ms = 0, step_ms = FIRST_STEP_MS;
  int failures = 0;
  bool goes_on = true;
  enum osmflow_status status = osmflow_mapflow_poll_read(mapflow->environment, &own_step_ms, error);
  while (status == OSMFLOW_OK && goes_on) {
    const enum osmflow_status looked = osmflow_run_look(mapflow, id, state, &reason);
    failures = looked == OSMFLOW_OK ? 0 : failures + 1;
    if (looked != OSMFLOW_OK && (!may_pass(looked, &reason) || failures > MOST_FAILURES)) {
      if (error)
        *error = reason;
      return looked;
    }
    goes_on = looked != OSMFLOW_OK || !state->is_final;
    if (looked == OSMFLOW_OK && tell && !tell(self, state) && goes_on)
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped waiting; the processing %s goes on", id);
    if (goes_on && !osmflow_wait(mapflow->environment, own_step_ms > 0 ? own_step_ms : step_ms))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped waiting; the processing %s goes on", id);
    step_ms = next_step(step_ms);
  }
  return status;
}
