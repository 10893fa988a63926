/* `osmflow resume`: finishes what interrupted uploads left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/service.h"
#include "net/credentials.h"
#include "net/url.h"
#include "osm/upload.h"

enum { LIST, ONLY_SETTLE, FOLDER };

struct resume {
  const struct osmflow_environment *environment;
  const struct osmflow_service *service;
  char *usual_root; /* the server that OSMAPI_TOKEN is for */
  int64_t max_wait_ms;
  bool only_settle;
  size_t looked_at, failed, left; /* journals; those with errors; those with edits that are not on the server */
};

/* What a journal says about itself; the numbers are about the plan in force. */
struct state {
  char *root, *connection;
  int64_t started;
  size_t items, sent, left_out;
  bool is_held; /* by another process; then nothing else is known */
  bool in_doubt, is_given_up;
};

static enum osmflow_status visit(void *self, const struct osmflow_journal_record *record, struct osmflow_error *error) {
  struct state *state = self;
  (void)error;
  switch (record->kind) {
    case OSMFLOW_JOURNAL_PLAN:
      state->sent = state->left_out = 0;
      break;
    case OSMFLOW_JOURNAL_SEND:
      state->in_doubt = true;
      break;
    case OSMFLOW_JOURNAL_APPLIED:
      state->in_doubt = false;
      state->sent += record->count;
      break;
    case OSMFLOW_JOURNAL_REJECTED:
      state->in_doubt = false;
      break;
    case OSMFLOW_JOURNAL_LEFT_OUT:
      state->left_out++;
      break;
    case OSMFLOW_JOURNAL_GIVEN_UP:
      state->is_given_up = true;
      break;
    default:
      break;
  }
  return OSMFLOW_OK;
}

static void clear_state(struct state *state) {
  free(state->root);
  free(state->connection);
}

static enum osmflow_status read_state(const struct osmflow_environment *environment, const char *path,
                                      struct state *state, struct osmflow_error *error) {
  struct osmflow_journal *journal = NULL;
  struct osmflow_change change;
  *state = (struct state){.root = NULL};
  osmflow_change_init(&change);
  enum osmflow_status status = osmflow_journal_open(environment, path, &change, visit, state, &journal, error);
  state->is_held = status == OSMFLOW_OK && !journal;
  if (journal) {
    const struct osmflow_journal_head *head = osmflow_journal_head(journal);
    state->root = strdup(head->root);
    state->connection = strdup(head->connection);
    state->started = head->started;
    state->items = change.count;
    for (size_t i = 0; i < change.count; i++) {
      const enum osmflow_outcome outcome = change.items[i].outcome;
      const bool is_out = outcome == OSMFLOW_OUTCOME_CONFLICT || outcome == OSMFLOW_OUTCOME_REFUSED;
      state->left_out += is_out;
      state->sent += !is_out && outcome != OSMFLOW_OUTCOME_PENDING;
    }
    if (!state->root || !state->connection)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a journal");
  }
  osmflow_journal_free(journal);
  osmflow_change_clear(&change);
  return status;
}

static enum osmflow_status list_one(struct resume *resume, const char *path, struct osmflow_error *error) {
  struct state state;
  char time[OSMFLOW_NUMBER_SIZE];
  char root[OSMFLOW_URL_SHOWN_SIZE];
  char connection[OSMFLOW_URL_SHOWN_SIZE];
  enum osmflow_status status = read_state(resume->environment, path, &state, error);
  if (status == OSMFLOW_OK && state.is_held) {
    status = osmflow_say(error, "%s: another process works on it\n", path);
  } else if (status == OSMFLOW_OK) {
    const size_t known = state.sent + state.left_out;
    osmflow_format_time(time, state.started);
    osmflow_url_show(state.root, root);
    osmflow_url_show(state.connection, connection);
    status =
        osmflow_say(error, "%s: %s, %s, %s: %zu items, %zu sent, %zu left out, %zu not sent%s%s\n", path, time, root,
                    connection, state.items, state.sent, state.left_out, state.items > known ? state.items - known : 0,
                    state.in_doubt ? ", the last upload in doubt" : "", state.is_given_up ? ", given up" : "");
  }
  clear_state(&state);
  return status;
}

/* OSMAPI_TOKEN is for the usual server; the journal of another one finds its token in the credentials file alone. */
static enum osmflow_status find_token(const struct resume *resume, const char *root, char **token,
                                      struct osmflow_error *error) {
  const bool is_usual = strcmp(root, resume->usual_root) == 0;
  enum osmflow_status status =
      osmflow_credentials_find(resume->environment, is_usual ? resume->service->token_option : "", root, token, error);
  if (status == OSMFLOW_OK && !*token)
    status = osmflow_error_set(error, OSMFLOW_UNAUTHORIZED, "there is no token for %s: run `%s%s%s`%s", root,
                               resume->service->login_command, is_usual ? "" : " --server ", is_usual ? "" : root,
                               is_usual ? " or set OSMAPI_TOKEN" : "");
  return status;
}

static enum osmflow_status report(struct resume *resume, const char *path, const struct osmflow_resume_result *result,
                                  struct osmflow_error *error) {
  if (result->is_busy) {
    resume->left++;
    return osmflow_say(error, "%s: another process works on it\n", path);
  }
  resume->left += result->left_out + result->pending > 0;
  return osmflow_say(error, "%s: %zu items were there already, %zu sent now, %zu left out, %zu not sent%s%s\n", path,
                     result->done, result->sent, result->left_out, result->pending,
                     *result->change_path ? "; what is not there is in " : "", result->change_path);
}

static enum osmflow_status resume_one(struct resume *resume, const char *path, struct osmflow_error *error) {
  struct osmflow_resume_result result = {.is_busy = true};
  struct state state;
  char *token = NULL;
  enum osmflow_status status = read_state(resume->environment, path, &state, error);
  if (status == OSMFLOW_OK && !state.is_held) {
    status = find_token(resume, state.root, &token, error);
    const struct osmflow_upload_options options = {
        .root = state.root, .token = token, .max_wait_ms = resume->max_wait_ms, .connection = state.connection};
    if (status == OSMFLOW_OK)
      status = osmflow_upload_resume(resume->environment, path, &options, resume->only_settle, &result, error);
  }
  if (status == OSMFLOW_OK)
    status = report(resume, path, &result, error);
  osmflow_credentials_wipe(token);
  clear_state(&state);
  return status;
}

/* One that fails is no reason to leave the others. */
static void do_one(struct resume *resume, bool only_list, const char *path) {
  struct osmflow_error error = {.status = OSMFLOW_OK};
  resume->looked_at++;
  const enum osmflow_status status = only_list ? list_one(resume, path, &error) : resume_one(resume, path, &error);
  if (status != OSMFLOW_OK) {
    resume->failed++;
    fflush(stdout);
    fprintf(stderr, "osmflow resume: %s: %s\n", path, error.message);
  }
}

static bool is_stopped(const struct resume *resume) {
  return resume->environment->cancelled(resume->environment->self);
}

static enum osmflow_status do_folder(struct resume *resume, bool only_list, const char *folder,
                                     struct osmflow_error *error) {
  struct osmflow_journal_paths paths = {.items = NULL};
  char *path = NULL;
  enum osmflow_status status = osmflow_journal_folder(resume->environment, folder, &path, error);
  if (status == OSMFLOW_OK && !only_list)
    osmflow_journal_tidy(path);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_list(path, &paths, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < paths.count && !is_stopped(resume); i++)
    do_one(resume, only_list, paths.items[i]);
  if (status == OSMFLOW_OK && paths.busy > 0) {
    resume->looked_at += paths.busy;
    resume->left += paths.busy;
    status = osmflow_say(error, "%s: other processes work on %zu more\n", path, paths.busy);
  } else if (status == OSMFLOW_OK && paths.count == 0) {
    status = osmflow_say(error, "%s: there is nothing to resume\n", path);
  }
  osmflow_journal_paths_clear(&paths);
  free(path);
  return status;
}

static enum osmflow_status do_all(struct resume *resume, const struct osmflow_arguments *arguments,
                                  struct osmflow_error *error) {
  const bool only_list = arguments->options[LIST] != NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (arguments->words[0] && arguments->options[FOLDER])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--folder and files exclude each other");
  if (only_list && resume->only_settle)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--list and --only-settle exclude each other");
  if (!arguments->words[0])
    status = do_folder(resume, only_list, arguments->options[FOLDER], error);
  for (size_t i = 0; i < OSMFLOW_MOST_WORDS && arguments->words[i] && !is_stopped(resume); i++)
    do_one(resume, only_list, arguments->words[i]);
  if (status == OSMFLOW_OK && is_stopped(resume))
    status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped");
  if (status == OSMFLOW_OK && only_list && resume->failed > 0)
    status =
        osmflow_error_set(error, OSMFLOW_IO, "%zu of %zu journals cannot be read", resume->failed, resume->looked_at);
  else if (status == OSMFLOW_OK && !only_list && resume->left + resume->failed > 0)
    status = osmflow_error_set(error, OSMFLOW_IO,
                               "%zu of %zu journals have edits that are not, or perhaps not, on the "
                               "server",
                               resume->left + resume->failed, resume->looked_at);
  return status;
}

static enum osmflow_status run_resume(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct resume resume = {.environment = environment, .only_settle = arguments->options[ONLY_SETTLE] != NULL};
  enum osmflow_status status = osmflow_service_find("osm", &resume.service, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_root(resume.service, environment, NULL, &resume.usual_root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_max_wait(resume.service, environment, &resume.max_wait_ms, error);
  if (status == OSMFLOW_OK)
    status = do_all(&resume, arguments, error);
  free(resume.usual_root);
  return status;
}

static const struct osmflow_option options[] = {
    [LIST] = {"list", 'l', NULL, "say what there is and do nothing"},
    [ONLY_SETTLE] = {"only-settle", '\0', NULL, "find out what arrived, but send nothing more"},
    [FOLDER] = {"folder", '\0', "DIR", "the journals' folder, instead of OSMAPI_JOURNAL"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_resume = {
    .name = "resume",
    .summary = "Finishes uploads that were interrupted, without sending anything twice.",
    .words = "[FILE...]",
    .most_words = OSMFLOW_MOST_WORDS,
    .options = options,
    .details =
        "An upload keeps a journal until the server has all of it. After a crash, a loss of power or of the\n"
        "network this asks the server what arrived and sends the rest, for the journals that are named, or for\n"
        "all of the folder: OSMAPI_JOURNAL, $XDG_STATE_HOME/osmflow/uploads, ~/.local/state/osmflow/uploads.\n"
        "Edits that the editor took back after an error are not sent; it is only found out if they arrived.\n"
        "For each journal a line is printed. What could not be sent stays as an osmChange file (.osc) beside\n"
        "the journal. The exit code is 1 when edits are left that are not on the server.\n"
        "The token is that of the journal's server: OSMAPI_TOKEN for the server that OSMAPI_URL names, else\n"
        "the one that `osmflow login osm` keeps. OSMAPI_MAX_WAIT is kept to.\n",
    .run = run_resume,
};
