/* `osmflow mapflow cost|wait`: what a processing would cost, and how far one is. */
#include "base/number.h"
#include "cli/mapflow.h"
#include "cli/run_options.h"
#include "cli/run_watch.h"

enum { TEXT_CEILING = 64 * 1024 };

static enum osmflow_status put_cost(const struct osmflow_run_plan *plan, bool as_json, struct osmflow_error *error) {
  char number[OSMFLOW_NUMBER_SIZE];
  struct osmflow_bytes json;
  if (!as_json && plan->cost < 0)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "the account is not billed by credits");
  osmflow_format_real(number, plan->cost);
  if (!as_json)
    return osmflow_say(error, "%s\n", number);
  osmflow_bytes_init(&json, TEXT_CEILING);
  enum osmflow_status status = osmflow_run_plan_print_json(plan, &json, error);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "{%s}\n", osmflow_bytes_string(&json));
  osmflow_bytes_clear(&json);
  return status;
}

static enum osmflow_status run_cost(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  struct osmflow_run_request request;
  struct osmflow_run_plan plan;
  osmflow_run_request_init(&request);
  osmflow_run_plan_init(&plan);
  enum osmflow_status status = osmflow_run_request_read(environment, arguments, &request, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[OSMFLOW_RUN_AT_SERVER], &mapflow, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_prepare(&mapflow, &request.run, &plan, error);
  if (status == OSMFLOW_OK)
    status = put_cost(&plan, arguments->options[OSMFLOW_RUN_AT_JSON] != NULL, error);
  osmflow_run_plan_clear(&plan);
  osmflow_run_request_clear(&request);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static enum osmflow_status run_wait(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  struct osmflow_run_state state;
  enum osmflow_status status = osmflow_mapflow_check_id("processing", arguments->words[0], error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[0], &mapflow, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_run_watch watch = {.environment = environment, .mapflow = &mapflow, .id = arguments->words[0]};
    status = osmflow_run_watch(&watch, &state, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "%s\n", state.status);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static const struct osmflow_option cost_options[] = {OSMFLOW_RUN_OPTIONS, {NULL, '\0', NULL, NULL}};
static const struct osmflow_option only_server[] = {OSMFLOW_MAPFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_mapflow_cost = {
    .name = "mapflow cost",
    .summary = "Prints how many credits a processing would cost; starts nothing.",
    .words = "",
    .options = cost_options,
    .details = "The options are those of osmflow process.\n",
    .run = run_cost};
const struct osmflow_command osmflow_mapflow_wait = {
    .name = "mapflow wait",
    .summary = "Waits for the end of a processing, and fails when that failed.",
    .words = "ID",
    .least_words = 1,
    .most_words = 1,
    .options = only_server,
    .run = run_wait};
