#include "mapflow/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "mapflow/run_parts.h"
#include "net/credentials.h"

static const double SQUARE_KM = 1e6;

void osmflow_run_plan_init(struct osmflow_run_plan *plan) {
  *plan = (struct osmflow_run_plan){.cost = -1, .credits = -1};
  osmflow_bytes_init(&plan->body, OSMFLOW_RUN_BODY_CEILING);
  osmflow_bytes_init(&plan->cost_body, OSMFLOW_RUN_BODY_CEILING);
}

/* The body may hold a password. */
static void wipe(struct osmflow_bytes *bytes) {
  osmflow_credentials_wipe(osmflow_bytes_take(bytes));
}

void osmflow_run_plan_clear(struct osmflow_run_plan *plan) {
  wipe(&plan->body);
  osmflow_bytes_clear(&plan->cost_body);
  free(plan->model_id);
  free(plan->model_name);
  free(plan->project_id);
  free(plan->project_name);
  free(plan->name);
  free(plan->source);
  osmflow_run_plan_init(plan);
}

static void work_init(struct osmflow_run_work *work) {
  osmflow_aoi_init(&work->footprint);
  osmflow_bytes_init(&work->source, OSMFLOW_RUN_TEXT_CEILING);
  osmflow_bytes_init(&work->cost_source, OSMFLOW_RUN_TEXT_CEILING);
  osmflow_bytes_init(&work->blocks, OSMFLOW_RUN_TEXT_CEILING);
}

static void work_clear(struct osmflow_run_work *work) {
  osmflow_tree_free(work->account_tree);
  osmflow_tree_free(work->project_tree);
  osmflow_aoi_clear(&work->footprint);
  wipe(&work->source);
  osmflow_bytes_clear(&work->cost_source);
  osmflow_bytes_clear(&work->blocks);
}

/* Both shapes of the account: flat as recorded, below "user" as the spec has it. */
static enum osmflow_status check_account(struct osmflow_run_work *work, struct osmflow_error *error) {
  struct osmflow_aoi_limits limits = {0, 0, 0};
  const struct osmflow_text billing = osmflow_run_text(work->account, "billingType|user/billingType");
  double number = 0;
  if (osmflow_run_number(work->project, "user/aoiAreaLimit", &number) && number > 0)
    limits.most_area = number;
  if (osmflow_run_number(work->account, "maxAoisPerProcessing|user/maxAoisPerProcessing", &number) && number > 0 &&
      number < INT32_MAX)
    limits.most_polygons = (size_t)number;
  if (osmflow_run_number(work->provider, "minAreaSqkm", &number) && number > 0)
    limits.least_area = number * SQUARE_KM;
  const bool has_credits = billing.size == 0 || osmflow_text_is_ignoring_case(billing, "CREDITS");
  if (has_credits && osmflow_run_number(work->account, "remainingCredits|user/remainingCredits|user/credits", &number))
    work->plan->credits = number;
  const enum osmflow_status status = osmflow_aoi_check(work->aoi, &limits, error);
  if (status == OSMFLOW_OK && osmflow_text_is_ignoring_case(billing, "AREA") &&
      osmflow_run_number(work->account, "remainingArea|user/remainingArea", &number) && work->aoi->area > number)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the area has %.3f km2, and the account has %.3f km2 left",
                             work->aoi->area / SQUARE_KM, number / SQUARE_KM);
  return status;
}

static void make_mark(const struct osmflow_environment *environment, char mark[OSMFLOW_RUN_MARK_SIZE]) {
  enum { NUMBERS = 4, DIGITS = 8 };
  for (size_t i = 0; i < NUMBERS; i++)
    snprintf(mark + i * DIGITS, DIGITS + 1, "%08" PRIx32, environment->random(environment->self));
}

static enum osmflow_status choose_name(struct osmflow_run_work *work, struct osmflow_error *error) {
  enum { MOST_CHARACTERS = 255, NAME_SIZE = 400 };
  const struct osmflow_environment *environment = work->mapflow->environment;
  const struct osmflow_text given = osmflow_text_trim(osmflow_text(work->run->name));
  const struct osmflow_date day = osmflow_date_of(environment->unix_seconds(environment->self));
  char made[NAME_SIZE];
  size_t characters = 0;
  for (size_t i = 0; i < given.size; i++)
    characters += (given.data[i] & 0xC0) != 0x80;
  if (characters > MOST_CHARACTERS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name has %zu characters; %d are allowed", characters,
                             MOST_CHARACTERS);
  if (given.size > 0)
    return osmflow_run_copy(given, &work->plan->name, error);
  snprintf(made, sizeof made, "%.200s %04d-%02d-%02d", work->plan->model_name, day.year, day.month, day.day);
  return osmflow_run_copy(osmflow_text(made), &work->plan->name, error);
}

static enum osmflow_status add_member(struct osmflow_bytes *body, const char *before, const char *text,
                                      struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_bytes_add_string(body, before, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_json(body, osmflow_text(text), error) : status;
}

static enum osmflow_status add_meta(struct osmflow_run_work *work, struct osmflow_error *error) {
  struct osmflow_bytes *body = &work->plan->body;
  enum osmflow_status status = osmflow_bytes_print(
      body, error, ",\"meta\":{\"source-app\":\"osmflow\",\"version\":\"%s\",\"osmflow-run\":\"%s\"", OSMFLOW_VERSION,
      work->plan->mark);
  for (const char *const *pair = work->run->meta; status == OSMFLOW_OK && pair && *pair; pair++) {
    const char *equals = strchr(*pair, '=');
    const struct osmflow_text key = {*pair, equals ? (size_t)(equals - *pair) : 0};
    if (key.size == 0 || osmflow_text_is(key, "source-app") || osmflow_text_is(key, "osmflow-run") ||
        osmflow_text_is(key, "version"))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "\"%.60s\" is not KEY=value with a key of your own (source-app, version and osmflow-run "
                               "are set already)",
                               *pair);
    status = osmflow_bytes_add_string(body, ",", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(body, key, error);
    if (status == OSMFLOW_OK)
      status = add_member(body, ":", equals + 1, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(body, "}", error) : status;
}

/* Model, area, source and blocks are the same for the question and for the start. */
static enum osmflow_status add_common(const struct osmflow_run_work *work, struct osmflow_bytes *body,
                                      const struct osmflow_bytes *source, struct osmflow_error *error) {
  enum osmflow_status status = add_member(body, "\"wdId\":", work->plan->model_id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(body, ",\"geometry\":", error);
  if (status == OSMFLOW_OK)
    status = osmflow_aoi_print(work->aoi, body, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(body, ",\"params\":{\"sourceParams\":", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(body, osmflow_bytes_view(source), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(body, "}", error);
  if (status == OSMFLOW_OK && work->blocks.size > 0)
    status = osmflow_bytes_add_string(body, ",\"blocks\":", error);
  return status == OSMFLOW_OK && work->blocks.size > 0
             ? osmflow_bytes_add_text(body, osmflow_bytes_view(&work->blocks), error)
             : status;
}

static enum osmflow_status write_bodies(struct osmflow_run_work *work, struct osmflow_error *error) {
  struct osmflow_run_plan *plan = work->plan;
  enum osmflow_status status = osmflow_bytes_add_string(&plan->cost_body, "{", error);
  if (status == OSMFLOW_OK)
    status = add_common(work, &plan->cost_body, &work->cost_source, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&plan->cost_body, "}", error);
  if (status == OSMFLOW_OK)
    status = add_member(&plan->body, "{\"name\":", plan->name, error);
  if (status == OSMFLOW_OK && work->run->description)
    status = add_member(&plan->body, ",\"description\":", work->run->description, error);
  if (status == OSMFLOW_OK)
    status = add_member(&plan->body, ",\"projectId\":", plan->project_id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&plan->body, ",", error);
  if (status == OSMFLOW_OK)
    status = add_common(work, &plan->body, &work->source, error);
  if (status == OSMFLOW_OK)
    status = add_meta(work, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(&plan->body, "}", error) : status;
}

/* A bare number; also one in quotes or as {"cost": n}. Only an account that is not billed by credits may get none. */
static enum osmflow_status ask_cost(struct osmflow_run_work *work, struct osmflow_error *error) {
  const struct osmflow_mapflow_request request = {"POST", "processing/cost/v2",
                                                  osmflow_bytes_string(&work->plan->cost_body), true};
  const struct osmflow_text billing = osmflow_run_text(work->account, "billingType|user/billingType");
  const bool needs_cost = billing.size == 0 || osmflow_text_is_ignoring_case(billing, "CREDITS");
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  double cost = -1;
  enum osmflow_status status = osmflow_mapflow_ask(work->mapflow, &request, &tree, &top, error);
  const bool is_told = status == OSMFLOW_OK && (top->first ? osmflow_run_number(top, "cost", &cost)
                                                           : osmflow_parse_real(osmflow_text_trim(top->text), &cost));
  if (is_told && cost >= 0 && isfinite(cost))
    work->plan->cost = cost;
  else if (status == OSMFLOW_OK && (is_told || needs_cost))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "the server does not say what the processing would cost, so nothing is started");
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status prepare(struct osmflow_run_work *work, struct osmflow_error *error) {
  enum osmflow_status status =
      osmflow_mapflow_get(work->mapflow, "user/status", &work->account_tree, &work->account, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_find_model(work, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_choose_blocks(work, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_find_project(work, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_choose_source(work, error);
  if (status == OSMFLOW_OK && !work->aoi)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the area of interest is missing");
  if (status == OSMFLOW_OK)
    status = check_account(work, error);
  if (status == OSMFLOW_OK)
    status = choose_name(work, error);
  if (status != OSMFLOW_OK)
    return status;
  work->plan->area = work->aoi->area;
  make_mark(work->mapflow->environment, work->plan->mark);
  status = write_bodies(work, error);
  return status == OSMFLOW_OK ? ask_cost(work, error) : status;
}

enum osmflow_status osmflow_run_prepare(const struct osmflow_mapflow *mapflow, const struct osmflow_run *run,
                                        struct osmflow_run_plan *plan, struct osmflow_error *error) {
  struct osmflow_run_work work = {.mapflow = mapflow, .run = run, .plan = plan, .aoi = run->aoi};
  osmflow_run_plan_clear(plan);
  work_init(&work);
  const enum osmflow_status status = prepare(&work, error);
  work_clear(&work);
  if (status != OSMFLOW_OK)
    osmflow_run_plan_clear(plan);
  return status;
}
