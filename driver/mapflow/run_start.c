/* Starting a processing once. What is in doubt is settled by the project's listing: what was there before is known
 * before anything is sent, and our own mark goes along, so that a start that arrived is found and never repeated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapflow/run_parts.h"
#include "mapflow/settle.h"

enum {
  PAGE = 30,
  MOST_PAGES = 40,
  PATH_SIZE = 96,
  BODY_SIZE = 160,
  MOST_KNOWN = PAGE,
  ANSWER_CEILING = 16 * 1024 * 1024
};

struct start {
  const struct osmflow_mapflow *mapflow;
  const struct osmflow_run_plan *plan;
  char *known[MOST_KNOWN]; /* the newest processings of the project before the start */
  size_t known_count;
  char *id;     /* of ours, once it is known */
  size_t found; /* how many bear our mark */
  bool is_warned;
};

static void start_clear(struct start *start) {
  for (size_t i = 0; i < start->known_count; i++)
    free(start->known[i]);
  free(start->id);
}

static bool is_known(const struct start *start, struct osmflow_text id) {
  bool known = false;
  for (size_t i = 0; i < start->known_count && !known; i++)
    known = osmflow_text_is(id, start->known[i]);
  return known;
}

static bool has_same_name(const struct start *start, const struct osmflow_tree_node *row) {
  const struct osmflow_text model = osmflow_run_text(row, "workflowDef/id");
  return osmflow_text_is(osmflow_run_text(row, "name"), start->plan->name) &&
         (model.size == 0 || osmflow_text_is(model, start->plan->model_id));
}

/* By our mark; where the server does not hand back what was sent along, by name and model. */
static bool is_ours(const struct start *start, const struct osmflow_tree_node *row) {
  const struct osmflow_tree_node *meta = osmflow_tree_child(row, "meta");
  if (meta && meta->first)
    return osmflow_text_is(osmflow_run_text(meta, "osmflow-run"), start->plan->mark);
  return has_same_name(start, row);
}

static enum osmflow_status ask_page(const struct start *start, int offset, struct osmflow_tree **tree,
                                    const struct osmflow_tree_node **rows, struct osmflow_error *error) {
  char path[PATH_SIZE], body[BODY_SIZE];
  const struct osmflow_tree_node *top = NULL;
  const struct osmflow_mapflow_request request = {"POST", path, body, true};
  snprintf(path, sizeof path, "projects/%.40s/processings/v2/page", start->plan->project_id);
  snprintf(body, sizeof body, "{\"limit\":%d,\"offset\":%d,\"sortBy\":\"CREATED\",\"sortOrder\":\"DESC\"}", PAGE,
           offset);
  enum osmflow_status status = osmflow_mapflow_ask(start->mapflow, &request, tree, &top, error);
  *rows = status == OSMFLOW_OK ? osmflow_run_rows(top) : NULL;
  if (status == OSMFLOW_OK && !*rows)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "POST %s: the answer is no list of processings", path);
  return status;
}

/* Whoever runs the same again, because an earlier run ended early, must hear of what that one has started. */
static void warn_of_elder(struct start *start, const struct osmflow_tree_node *row) {
  static const char *const unfinished[] = {"UNPROCESSED", "IN_PROGRESS", "AWAITING"};
  const struct osmflow_environment *environment = start->mapflow->environment;
  const struct osmflow_text status = osmflow_run_text(row, "status"), id = osmflow_run_text(row, "id");
  bool is_unfinished = false;
  char words[512];
  for (size_t i = 0; i < sizeof unfinished / sizeof unfinished[0]; i++)
    is_unfinished = is_unfinished || osmflow_text_is(status, unfinished[i]);
  if (!is_unfinished || start->is_warned || !has_same_name(start, row))
    return;
  start->is_warned = true;
  snprintf(words, sizeof words,
           "a processing \"%.120s\" of the same model has been started before and has not ended; if it is the one that "
           "is meant: osmflow process --resume %.40s",
           start->plan->name, id.data);
  environment->log(environment->self, OSMFLOW_LOG_WARNING, words);
}

static enum osmflow_status remember(struct start *start, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *rows = NULL;
  enum osmflow_status status = ask_page(start, 0, &tree, &rows, error);
  for (const struct osmflow_tree_node *row = rows ? rows->first : NULL;
       row && status == OSMFLOW_OK && start->known_count < MOST_KNOWN; row = row->next) {
    start->known[start->known_count] = NULL;
    status = osmflow_run_copy(osmflow_run_text(row, "id"), &start->known[start->known_count], error);
    start->known_count += status == OSMFLOW_OK;
    warn_of_elder(start, row);
  }
  osmflow_tree_free(tree);
  return status;
}

/* Counts ours on a page. *is_end: something on it was there before, or there are no more pages. The rest of the page is
 * looked at all the same: what was made at the same moment comes in any order. */
static enum osmflow_status look_at_page(struct start *start, const struct osmflow_tree_node *rows, bool *is_end,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  int count = 0;
  for (const struct osmflow_tree_node *row = rows->first; row && status == OSMFLOW_OK; row = row->next) {
    const struct osmflow_text id = osmflow_run_text(row, "id");
    count++;
    if (is_known(start, id)) {
      *is_end = true;
    } else if (is_ours(start, row)) {
      start->found++;
      if (!start->id)
        status = osmflow_run_copy(id, &start->id, error);
    }
  }
  *is_end = *is_end || count < PAGE;
  return status;
}

static enum osmflow_status look(struct start *start, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool is_end = false;
  start->found = 0;
  for (int page = 0; status == OSMFLOW_OK && !is_end && page < MOST_PAGES; page++) {
    struct osmflow_tree *tree = NULL;
    const struct osmflow_tree_node *rows = NULL;
    status = ask_page(start, page * PAGE, &tree, &rows, error);
    if (status == OSMFLOW_OK)
      status = look_at_page(start, rows, &is_end, error);
    osmflow_tree_free(tree);
  }
  return status;
}

/* A server that was slow to answer may be slow to list: absence counts when it was seen several times. */
static enum osmflow_status settle(struct start *start, struct osmflow_error *error) {
  static const int64_t waits_ms[] = {1000, 4000, 10000}, usual_ms = 15000;
  const struct osmflow_environment *environment = start->mapflow->environment;
  enum osmflow_status status = look(start, error);
  for (size_t i = 0; status == OSMFLOW_OK && !start->id && i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
    if (!osmflow_wait(environment, osmflow_mapflow_settle_wait(environment, waits_ms[i], usual_ms)))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped");
    status = look(start, error);
  }
  return status;
}

/* The answer's id, where it can be read. */
static void read_id(struct start *start, const struct osmflow_bytes *answer) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, answer->data, answer->size, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, NULL);
  if (status == OSMFLOW_OK && osmflow_mapflow_is_id(osmflow_run_text(top, "id")))
    (void)!osmflow_run_copy(osmflow_run_text(top, "id"), &start->id, NULL);
  osmflow_tree_free(tree);
}

/* Refusals prove that nothing was started: all answers of the kind 4xx but "request timeout". */
static bool is_refusal(const struct osmflow_http_response *response) {
  enum { FIRST = 400, LAST = 499, TIMEOUT = 408 };
  return response->status >= FIRST && response->status <= LAST && response->status != TIMEOUT;
}

/* One attempt. *in_doubt: it is not known whether it was started. */
static enum osmflow_status send(struct start *start, bool *in_doubt, struct osmflow_error *error) {
  const struct osmflow_mapflow_request request = {"POST", "processings/v2", osmflow_bytes_string(&start->plan->body),
                                                  false};
  struct osmflow_http_response response;
  struct osmflow_bytes answer;
  osmflow_http_response_init(&response);
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  enum osmflow_status status = osmflow_mapflow_send(start->mapflow, &request, &answer, &response, error);
  *in_doubt = status != OSMFLOW_OK && response.request_sent && !is_refusal(&response);
  if (status == OSMFLOW_OK) {
    read_id(start, &answer);
    *in_doubt = !start->id;
  }
  if (status == OSMFLOW_OK && *in_doubt)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "POST processings/v2: the answer does not name the processing");
  osmflow_bytes_clear(&answer);
  osmflow_http_response_clear(&response);
  return status;
}

static enum osmflow_status say_doubt(const struct start *start, const struct osmflow_error *first,
                                     const struct osmflow_error *second, struct osmflow_error *error) {
  return osmflow_error_set(error, first->status,
                           "it is not known whether the processing \"%.120s\" was started: %.500s; and looking for it "
                           "failed: %.500s. Before starting it again, look with: osmflow mapflow list processings %s",
                           start->plan->name, first->message, second->message, start->plan->project_id);
}

/* Both the first attempt and the second may have arrived after all: the user must hear of it. */
static void warn_of_twins(struct start *start) {
  const struct osmflow_environment *environment = start->mapflow->environment;
  char words[256];
  if (look(start, NULL) != OSMFLOW_OK || start->found < 2)
    return;
  snprintf(words, sizeof words,
           "the processing was started %zu times, because the server took the first request after all; delete what "
           "is too much: osmflow mapflow list processings %s",
           start->found, start->plan->project_id);
  environment->log(environment->self, OSMFLOW_LOG_WARNING, words);
}

static enum osmflow_status start_once(struct start *start, struct osmflow_error *error) {
  struct osmflow_error first = {.status = OSMFLOW_OK}, second = {.status = OSMFLOW_OK};
  bool in_doubt = false;
  enum osmflow_status status = send(start, &in_doubt, &first);
  for (int attempt = 0; in_doubt && attempt < 2; attempt++) {
    if (settle(start, &second) != OSMFLOW_OK)
      return say_doubt(start, &first, &second, error);
    in_doubt = false;
    if (start->id)
      return OSMFLOW_OK;
    if (attempt == 0)
      status = send(start, &in_doubt, &first);
    if (attempt == 0 && status == OSMFLOW_OK)
      warn_of_twins(start);
  }
  if (status != OSMFLOW_OK && error)
    *error = first;
  return status;
}

double osmflow_run_charge(double cost) {
  return cost > 0 ? ceil(cost) : 0;
}

static enum osmflow_status check_cost(const struct osmflow_run_plan *plan, double most_cost,
                                      struct osmflow_error *error) {
  const double cost = plan->cost > 0 ? plan->cost : 0, charged = osmflow_run_charge(cost);
  char rounded[48] = "";
  if (charged > cost)
    snprintf(rounded, sizeof rounded, " (%.10g when rounded up)", charged);
  if (!(charged <= most_cost))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the processing costs %.10g credits%s, and %.10g were allowed; nothing was started", cost,
                             rounded, most_cost);
  if (plan->credits >= 0 && cost > plan->credits)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the processing costs %.10g credits, and the account has %.10g left; nothing was started",
                             cost, plan->credits);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_run_start(const struct osmflow_mapflow *mapflow, const struct osmflow_run_plan *plan,
                                      double most_cost, char **id, struct osmflow_error *error) {
  struct start start = {.mapflow = mapflow, .plan = plan};
  *id = NULL;
  enum osmflow_status status = check_cost(plan, most_cost, error);
  if (status == OSMFLOW_OK)
    status = remember(&start, error);
  if (status == OSMFLOW_OK)
    status = start_once(&start, error);
  if (status == OSMFLOW_OK) {
    *id = start.id;
    start.id = NULL;
  }
  start_clear(&start);
  return status;
}
