/* `osmflow process`: runs a model. What it costs is shown first, and nothing is spent unless the user said so. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/prompt.h"
#include "cli/run_options.h"
#include "cli/run_watch.h"
#include "cli/show.h"
#include "cli/vector_output.h"
#include "net/url.h"

enum {
  AT_YES = OSMFLOW_RUN_OPTION_COUNT,
  AT_MAX_COST,
  AT_DRY_RUN,
  AT_WAIT,
  AT_OUTPUT,
  AT_FORMAT,
  AT_RESUME,
};
enum { TEXT_CEILING = 64 * 1024 };

struct process {
  const struct osmflow_environment *environment;
  const struct osmflow_arguments *arguments;
  struct osmflow_mapflow mapflow;
  struct osmflow_run_plan plan;
  struct osmflow_vector_output output; /* path NULL: none is wanted */
  struct osmflow_run_state state;
  char *id; /* NULL: nothing was started */
  bool has_plan, is_waited_for, is_written;
};

static bool wants_json(const struct process *process) {
  return process->arguments->options[OSMFLOW_RUN_AT_JSON] != NULL;
}

/* At once, so that the id is known whatever comes. */
static enum osmflow_status say_now(const struct osmflow_bytes *text, FILE *stream, struct osmflow_error *error) {
  if (fwrite(osmflow_bytes_string(text), 1, text->size, stream) != text->size || fflush(stream) != 0)
    return osmflow_error_set(error, OSMFLOW_IO, "standard output does not take it");
  return OSMFLOW_OK;
}

static enum osmflow_status show_plan(const struct process *process, FILE *stream, struct osmflow_error *error) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, TEXT_CEILING);
  enum osmflow_status status = osmflow_run_plan_show(&process->plan, &text, error);
  if (status == OSMFLOW_OK)
    status = say_now(&text, stream, error);
  osmflow_bytes_clear(&text);
  return status;
}

/* *most_cost: what may be spent; -1: the user does not want it. */
static enum osmflow_status ask_leave(const struct process *process, double *most_cost, struct osmflow_error *error) {
  const char *limit = process->arguments->options[AT_MAX_COST];
  bool is_yes = false;
  if (process->arguments->options[AT_YES]) {
    *most_cost = HUGE_VAL;
    return OSMFLOW_OK;
  }
  if (limit)
    return osmflow_parse_real(osmflow_text(limit), most_cost)
               ? OSMFLOW_OK
               : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--max-cost %.40s is not a number", limit);
  if (!isatty(STDIN_FILENO))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "nothing was started: add --max-cost N to start it when it costs at most N credits, or "
                             "--yes to start it whatever it costs");
  if (wants_json(process)) {
    const enum osmflow_status shown = show_plan(process, stderr, error);
    if (shown != OSMFLOW_OK)
      return shown;
  }
  const enum osmflow_status status = osmflow_prompt_yes(process->environment, "Start it? [y/N] ", &is_yes, error);
  *most_cost = is_yes ? osmflow_run_charge(process->plan.cost) : -1;
  return status;
}

static enum osmflow_status check_words(const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const char *const *options = arguments->options;
  double limit = 0;
  if (options[AT_YES] && options[AT_MAX_COST])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--yes and --max-cost exclude each other");
  if (options[AT_MAX_COST] && (!osmflow_parse_real(osmflow_text(options[AT_MAX_COST]), &limit) || limit < 0))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--max-cost %.40s is not a number of credits",
                             options[AT_MAX_COST]);
  if (options[AT_FORMAT] && !options[AT_OUTPUT])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--format needs an -o FILE");
  for (size_t i = 0; options[AT_RESUME] && i < OSMFLOW_RUN_OPTION_COUNT; i++)
    if (options[i] && i != OSMFLOW_RUN_AT_JSON && i != OSMFLOW_RUN_AT_SERVER)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "--resume goes on with a processing that was started already; only -o, --format, --json "
                               "and --server go with it");
  return OSMFLOW_OK;
}

/* A refusal of ours because of the cost is no wrong usage. */
static enum osmflow_status start(struct process *process, double most_cost, struct osmflow_error *error) {
  struct osmflow_bytes text;
  enum osmflow_status status = osmflow_run_start(&process->mapflow, &process->plan, most_cost, &process->id, error);
  if (status == OSMFLOW_BAD_ARGUMENT) {
    status = OSMFLOW_UNSUPPORTED;
    error->status = status;
  }
  osmflow_bytes_init(&text, TEXT_CEILING);
  if (status == OSMFLOW_OK && !wants_json(process))
    status = osmflow_bytes_print(&text, error, "Started:  %s\n", process->id);
  if (status == OSMFLOW_OK)
    status = say_now(&text, stdout, error);
  osmflow_bytes_clear(&text);
  return status;
}

static enum osmflow_status prepare_and_start(struct process *process, struct osmflow_run_request *request,
                                             struct osmflow_error *error) {
  double most_cost = -1;
  enum osmflow_status status = osmflow_run_prepare(&process->mapflow, &request->run, &process->plan, error);
  process->has_plan = status == OSMFLOW_OK;
  if (status == OSMFLOW_OK && !wants_json(process))
    status = show_plan(process, stdout, error);
  if (status != OSMFLOW_OK || process->arguments->options[AT_DRY_RUN])
    return status;
  status = ask_leave(process, &most_cost, error);
  if (status == OSMFLOW_OK && most_cost < 0)
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "nothing was started");
  return status == OSMFLOW_OK ? start(process, most_cost, error) : status;
}

static enum osmflow_status write_output(const struct process *process, struct osmflow_error *error) {
  char name[128], option[16 + OSMFLOW_URL_LONGEST_ROOT];
  const char *const options[] = {option, NULL};
  snprintf(name, sizeof name, "MAPFLOW:processings/%.40s/result", process->id);
  snprintf(option, sizeof option, "MAPFLOW_URL=%s", process->mapflow.root);
  return osmflow_vector_output_write(process->environment, &process->output, name, options, error);
}

static enum osmflow_status finish(struct process *process, struct osmflow_error *error) {
  const struct osmflow_run_watch watch = {.environment = process->environment,
                                          .mapflow = &process->mapflow,
                                          .id = process->id,
                                          .output = process->output.path};
  process->is_waited_for = true;
  enum osmflow_status status = osmflow_run_watch(&watch, &process->state, error);
  if (status != OSMFLOW_OK || !process->output.path)
    return status;
  status = write_output(process, error);
  process->is_written = status == OSMFLOW_OK;
  if (status != OSMFLOW_OK) {
    struct osmflow_error reason = *error;
    return osmflow_error_set(error, status, "%.1500s; the result is still there: osmflow process --resume %s -o %.200s",
                             reason.message, process->id, process->output.path);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status print_json(const struct process *process, struct osmflow_bytes *json,
                                      struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(json, "{", error);
  if (status == OSMFLOW_OK && process->has_plan)
    status = osmflow_run_plan_print_json(&process->plan, json, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(json, error, "%s\"started\":%s,\"id\":", process->has_plan ? "," : "",
                                 process->has_plan && process->id ? "true" : "false");
  if (status == OSMFLOW_OK && process->id)
    status = osmflow_bytes_add_json(json, osmflow_text(process->id), error);
  else if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(json, "null", error);
  if (status == OSMFLOW_OK && process->is_waited_for)
    status = osmflow_bytes_add_string(json, ",\"status\":", error);
  if (status == OSMFLOW_OK && process->is_waited_for)
    status = osmflow_bytes_add_json(json, osmflow_text(process->state.status), error);
  if (status == OSMFLOW_OK && process->is_written)
    status = osmflow_bytes_add_string(json, ",\"output\":", error);
  if (status == OSMFLOW_OK && process->is_written)
    status = osmflow_bytes_add_json(json, osmflow_text(process->output.path), error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, "}\n", error) : status;
}

/* Whatever happened: what was started must be known. */
static enum osmflow_status report(const struct process *process, enum osmflow_status outcome,
                                  struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  struct osmflow_bytes text;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, TEXT_CEILING);
  if (wants_json(process) && (process->has_plan || process->id))
    status = print_json(process, &text, &reason);
  else if (!wants_json(process) && process->is_written)
    status = osmflow_bytes_print(&text, &reason, "Written:  %s\n", process->output.path);
  if (status == OSMFLOW_OK)
    status = say_now(&text, stdout, &reason);
  osmflow_bytes_clear(&text);
  if (outcome == OSMFLOW_OK && status != OSMFLOW_OK)
    *error = reason;
  return outcome == OSMFLOW_OK ? status : outcome;
}

static enum osmflow_status run_all(struct process *process, struct osmflow_run_request *request,
                                   struct osmflow_error *error) {
  const char *const *options = process->arguments->options;
  const struct osmflow_mapflow_options server = {.root = options[OSMFLOW_RUN_AT_SERVER]};
  enum osmflow_status status = check_words(process->arguments, error);
  if (status == OSMFLOW_OK && !options[AT_RESUME])
    status = osmflow_run_request_read(process->environment, process->arguments, request, error);
  if (status == OSMFLOW_OK && options[AT_OUTPUT])
    status = osmflow_vector_output_prepare(options[AT_OUTPUT], options[AT_FORMAT], "MAPFLOW", &process->output, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_open(&process->mapflow, process->environment, &server, error);
  if (status == OSMFLOW_OK && options[AT_RESUME]) {
    process->id = strdup(options[AT_RESUME]);
    status = process->id ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an id");
  } else if (status == OSMFLOW_OK) {
    status = prepare_and_start(process, request, error);
  }
  const bool waits = options[AT_WAIT] || options[AT_OUTPUT] || options[AT_RESUME];
  return status == OSMFLOW_OK && waits && process->id ? finish(process, error) : status;
}

static enum osmflow_status run(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                               struct osmflow_error *error) {
  struct process process = {.environment = environment, .arguments = arguments};
  struct osmflow_run_request request;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  osmflow_run_request_init(&request);
  osmflow_run_plan_init(&process.plan);
  const enum osmflow_status outcome = run_all(&process, &request, &reason);
  const enum osmflow_status status = report(&process, outcome, &reason);
  if (status != OSMFLOW_OK && error)
    *error = reason;
  osmflow_run_request_clear(&request);
  osmflow_run_plan_clear(&process.plan);
  osmflow_mapflow_close(&process.mapflow);
  free(process.id);
  return status;
}

static const struct osmflow_option options[] = {
    OSMFLOW_RUN_OPTIONS,
    [AT_YES] = {"yes", 'y', NULL, "start it, whatever it costs"},
    [AT_MAX_COST] = {"max-cost", '\0', "N", "start it if it costs at most N credits, rounded up"},
    [AT_DRY_RUN] = {"dry-run", '\0', NULL, "only say what it would cost"},
    [AT_WAIT] = {"wait", 'w', NULL, "wait for its end"},
    [AT_OUTPUT] = {"output", 'o', "FILE", "wait, and write the result to a new file"},
    [AT_FORMAT] = {"format", 'f', "F", "of that file, as GDAL calls it; otherwise by its name"},
    [AT_RESUME] = {"resume", '\0', "ID", "wait for a processing that was started before"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_process = {
    .name = "process",
    .summary = "Runs a Mapflow model on an area, with the cost shown first.",
    .words = "",
    .options = options,
    .details =
        "  osmflow process --model Buildings --aoi town.gpkg --provider Mapbox --dry-run\n"
        "  osmflow process --model Buildings --aoi town.gpkg --provider Mapbox --max-cost 50 -o town_ai.gpkg\n"
        "  osmflow process --model Roads --mosaic 'Aerial Survey' --block Heights --wait\n"
        "  osmflow process --resume 3fa85f64-5717-4562-b3fc-2c963f66afa6 -o town_ai.gpkg\n"
        "\n"
        "Polygons of the area are dissolved. With --mosaic or --image it can be left out: their footprint.\n"
        "At a keyboard it asks before it starts; otherwise nothing starts without --yes or --max-cost.\n"
        "When the server's answer to the start is lost, osmflow looks whether the processing is there, and\n"
        "starts it again only if it is not.\n"
        "Mapflow charges whole credits: an estimate of 11.2 needs --max-cost 12.\n"
        "\n"
        "MAPFLOW_POLL         seconds between two looks; otherwise 5, growing to 30\n"
        "MAPFLOW_SETTLE       seconds in which a processing is looked for whose start got no answer; otherwise 15\n"
        "MAPFLOW_SOURCE_LOGIN, MAPFLOW_SOURCE_PASSWORD  of the server at --url, instead of --login-stdin\n",
    .run = run};
