#include "cli/run_options.h"

#include <stdlib.h>

#include "base/number.h"
#include "cli/plugin.h"
#include "cli/prompt.h"
#include "cli/show.h"
#include "net/credentials.h"

void osmflow_run_request_init(struct osmflow_run_request *request) {
  *request = (struct osmflow_run_request){.run = {.zoom = -1}};
  osmflow_aoi_init(&request->aoi);
}

void osmflow_run_request_clear(struct osmflow_run_request *request) {
  osmflow_credentials_wipe(request->login);
  osmflow_credentials_wipe(request->password);
  osmflow_aoi_clear(&request->aoi);
  osmflow_run_request_init(request);
}

/* Which options belong to which kind of source; exactly one of the first ones must be there. */
static const struct {
  enum osmflow_run_source source;
  size_t key, other_key;           /* their places in the table; the same twice: there is one */
  enum osmflow_run_option also[6]; /* what else goes with it; ended by OSMFLOW_RUN_OPTION_COUNT */
} sources[] = {
    {OSMFLOW_RUN_SEARCH,
     OSMFLOW_RUN_AT_SCENE,
     OSMFLOW_RUN_AT_SCENE,
     {OSMFLOW_RUN_AT_PROVIDER, OSMFLOW_RUN_AT_ZOOM, OSMFLOW_RUN_OPTION_COUNT}},
    {OSMFLOW_RUN_IMAGERY, OSMFLOW_RUN_AT_MOSAIC, OSMFLOW_RUN_AT_IMAGE, {OSMFLOW_RUN_OPTION_COUNT}},
    {OSMFLOW_RUN_OWN,
     OSMFLOW_RUN_AT_URL,
     OSMFLOW_RUN_AT_URL,
     {OSMFLOW_RUN_AT_TYPE, OSMFLOW_RUN_AT_CRS, OSMFLOW_RUN_AT_LOGIN, OSMFLOW_RUN_AT_ZOOM, OSMFLOW_RUN_OPTION_COUNT}},
    {OSMFLOW_RUN_PROVIDER,
     OSMFLOW_RUN_AT_PROVIDER,
     OSMFLOW_RUN_AT_PROVIDER,
     {OSMFLOW_RUN_AT_ZOOM, OSMFLOW_RUN_OPTION_COUNT}},
};

static const char *const option_names[OSMFLOW_RUN_OPTION_COUNT] = {[OSMFLOW_RUN_AT_PROVIDER] = "--provider",
                                                                   [OSMFLOW_RUN_AT_ZOOM] = "--zoom",
                                                                   [OSMFLOW_RUN_AT_MOSAIC] = "--mosaic",
                                                                   [OSMFLOW_RUN_AT_IMAGE] = "--image",
                                                                   [OSMFLOW_RUN_AT_URL] = "--url",
                                                                   [OSMFLOW_RUN_AT_TYPE] = "--source-type",
                                                                   [OSMFLOW_RUN_AT_CRS] = "--crs",
                                                                   [OSMFLOW_RUN_AT_LOGIN] = "--login-stdin",
                                                                   [OSMFLOW_RUN_AT_SCENE] = "--catalog-image"};

static bool belongs(size_t kind, size_t option) {
  bool found = option == sources[kind].key || option == sources[kind].other_key;
  for (size_t i = 0; !found && sources[kind].also[i] != OSMFLOW_RUN_OPTION_COUNT; i++)
    found = sources[kind].also[i] == option;
  return found;
}

/* The first kind of source whose key option is there; then no option of another kind may be. */
static enum osmflow_status choose_source(const struct osmflow_arguments *arguments, struct osmflow_run *run,
                                         struct osmflow_error *error) {
  const size_t count = sizeof sources / sizeof sources[0];
  size_t kind = 0;
  while (kind < count && !arguments->options[sources[kind].key] && !arguments->options[sources[kind].other_key])
    kind++;
  if (kind == count)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the imagery is missing: --provider P, --mosaic ID, --image ID, --url U --source-type T, "
                             "or --catalog-image ID --provider P");
  for (size_t i = 0; i < OSMFLOW_RUN_OPTION_COUNT; i++)
    if (option_names[i] && arguments->options[i] && !belongs(kind, i))
      return osmflow_error_set(
          error, OSMFLOW_BAD_ARGUMENT, "%s does not go with %s", option_names[i],
          option_names[arguments->options[sources[kind].key] ? sources[kind].key : sources[kind].other_key]);
  run->source = sources[kind].source;
  if (run->source == OSMFLOW_RUN_SEARCH && !arguments->options[OSMFLOW_RUN_AT_PROVIDER])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "--catalog-image needs the --provider that the catalog names with it");
  if (run->source == OSMFLOW_RUN_OWN && !arguments->options[OSMFLOW_RUN_AT_TYPE])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--url needs a --source-type, for example XYZ");
  return OSMFLOW_OK;
}

/* The values of an option that may be given again, ended by NULL. */
static enum osmflow_status collect(const struct osmflow_arguments *arguments, size_t option,
                                   const char *values[OSMFLOW_RUN_MOST_LISTED + 1], struct osmflow_error *error) {
  size_t count = 0;
  for (size_t i = 0; i < arguments->repeat_count; i++) {
    if (arguments->repeats[i].option != option)
      continue;
    if (count == OSMFLOW_RUN_MOST_LISTED)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "an option is given more than %d times",
                               OSMFLOW_RUN_MOST_LISTED);
    values[count++] = arguments->repeats[i].value;
  }
  values[count] = NULL;
  return OSMFLOW_OK;
}

static enum osmflow_status read_area(const struct osmflow_arguments *arguments, struct osmflow_run_request *request,
                                     struct osmflow_error *error) {
  const char *source = arguments->options[OSMFLOW_RUN_AT_AOI], *box = arguments->options[OSMFLOW_RUN_AT_BBOX];
  const char *layer = arguments->options[OSMFLOW_RUN_AT_LAYER], *where = arguments->options[OSMFLOW_RUN_AT_WHERE];
  struct osmflow_bbox bbox;
  enum osmflow_status status = OSMFLOW_OK;
  if (source && box)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the area is --aoi or --bbox, not both");
  if (!source && (layer || where))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--layer and --where need an --aoi");
  if (!source && !box && request->run.source != OSMFLOW_RUN_IMAGERY)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the area is missing: --aoi SOURCE or --bbox W,S,E,N");
  if (source) {
    osmflow_plugin_load();
    status = osmflow_aoi_read(source, layer, where, &request->aoi, error);
  } else if (box) {
    status = osmflow_bbox_parse(osmflow_text(box), &bbox, error);
    if (status == OSMFLOW_OK)
      status = osmflow_aoi_from_bbox(&bbox, &request->aoi, error);
  }
  request->run.aoi = source || box ? &request->aoi : NULL;
  return status;
}

static enum osmflow_status copy_option(const struct osmflow_environment *environment, const char *name, char **copy,
                                       struct osmflow_error *error) {
  const char *value = environment->option(environment->self, name);
  if (!value || !*value)
    return OSMFLOW_OK;
  *copy = strdup(value);
  return *copy ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s", name);
}

static enum osmflow_status read_login(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_run_request *request,
                                      struct osmflow_error *error) {
  const bool by_hand = arguments->options[OSMFLOW_RUN_AT_LOGIN] != NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (request->run.source != OSMFLOW_RUN_OWN)
    return OSMFLOW_OK;
  status = by_hand ? osmflow_prompt(environment, "Login of the source: ", false, &request->login, error)
                   : copy_option(environment, "MAPFLOW_SOURCE_LOGIN", &request->login, error);
  if (status == OSMFLOW_OK)
    status = by_hand ? osmflow_prompt(environment, "Password of the source: ", true, &request->password, error)
                     : copy_option(environment, "MAPFLOW_SOURCE_PASSWORD", &request->password, error);
  request->run.login = request->login;
  request->run.password = request->password;
  return status;
}

static enum osmflow_status read_zoom(const char *text, int *zoom, struct osmflow_error *error) {
  int64_t number = -1;
  if (text && !osmflow_parse_int(osmflow_text(text), 0, OSMFLOW_RUN_DEEPEST_ZOOM, &number))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--zoom %.20s is not a zoom level from 0 to %d", text,
                             OSMFLOW_RUN_DEEPEST_ZOOM);
  *zoom = (int)number;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_run_request_read(const struct osmflow_environment *environment,
                                             const struct osmflow_arguments *arguments,
                                             struct osmflow_run_request *request, struct osmflow_error *error) {
  const char *const *options = arguments->options;
  struct osmflow_run *run = &request->run;
  if (!options[OSMFLOW_RUN_AT_MODEL])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the --model is missing; osmflow mapflow list models shows them");
  enum osmflow_status status = choose_source(arguments, run, error);
  run->model = options[OSMFLOW_RUN_AT_MODEL];
  run->name = options[OSMFLOW_RUN_AT_NAME];
  run->description = options[OSMFLOW_RUN_AT_DESCRIPTION];
  run->project = options[OSMFLOW_RUN_AT_PROJECT];
  run->provider = options[OSMFLOW_RUN_AT_PROVIDER];
  run->mosaic_id = options[OSMFLOW_RUN_AT_MOSAIC];
  run->url = options[OSMFLOW_RUN_AT_URL];
  run->source_type = options[OSMFLOW_RUN_AT_TYPE];
  run->crs = options[OSMFLOW_RUN_AT_CRS];
  run->image_ids = request->images;
  run->blocks = request->blocks;
  run->meta = request->meta;
  if (status == OSMFLOW_OK)
    status = read_zoom(options[OSMFLOW_RUN_AT_ZOOM], &run->zoom, error);
  if (status == OSMFLOW_OK)
    status = collect(arguments, run->source == OSMFLOW_RUN_SEARCH ? OSMFLOW_RUN_AT_SCENE : OSMFLOW_RUN_AT_IMAGE,
                     request->images, error);
  if (status == OSMFLOW_OK)
    status = collect(arguments, OSMFLOW_RUN_AT_BLOCK, request->blocks, error);
  if (status == OSMFLOW_OK)
    status = collect(arguments, OSMFLOW_RUN_AT_META, request->meta, error);
  if (status == OSMFLOW_OK)
    status = read_area(arguments, request, error);
  return status == OSMFLOW_OK ? read_login(environment, arguments, request, error) : status;
}

static enum osmflow_status show_line(struct osmflow_bytes *text, const char *label, const char *value,
                                     struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_print(text, error, "%-9s ", label);
  if (status == OSMFLOW_OK)
    status = osmflow_show_line(text, osmflow_text(value), error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(text, "\n", error) : status;
}

static const double SQUARE_KM = 1e6;

enum osmflow_status osmflow_run_plan_show(const struct osmflow_run_plan *plan, struct osmflow_bytes *text,
                                          struct osmflow_error *error) {
  char area[64], cost[64] = "not told: the account is not billed by credits", credits[64];
  snprintf(area, sizeof area, "%.4f km2", plan->area / SQUARE_KM);
  if (plan->cost >= 0)
    snprintf(cost, sizeof cost, "%.10g credits", plan->cost);
  if (plan->cost > 0 && osmflow_run_charge(plan->cost) > plan->cost)
    snprintf(cost, sizeof cost, "%.10g credits (%.10g when rounded up)", plan->cost, osmflow_run_charge(plan->cost));
  snprintf(credits, sizeof credits, "%.10g in the account", plan->credits);
  const struct {
    const char *label, *value;
  } lines[] = {{"Name:", plan->name},
               {"Project:", plan->project_name},
               {"Model:", plan->model_name},
               {"Source:", plan->source},
               {"Area:", area},
               {"Cost:", cost},
               {"Credits:", plan->credits >= 0 ? credits : NULL},
               {"Note:", *plan->advice ? plan->advice : NULL}};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0] && status == OSMFLOW_OK; i++)
    if (lines[i].value)
      status = show_line(text, lines[i].label, lines[i].value, error);
  return status;
}

static enum osmflow_status print_number(struct osmflow_bytes *json, const char *name, double number, bool is_known,
                                        struct osmflow_error *error) {
  char text[OSMFLOW_NUMBER_SIZE];
  osmflow_format_real(text, number);
  return osmflow_bytes_print(json, error, ",\"%s\":%s", name, is_known ? text : "null");
}

enum osmflow_status osmflow_run_plan_print_json(const struct osmflow_run_plan *plan, struct osmflow_bytes *json,
                                                struct osmflow_error *error) {
  const struct {
    const char *name, *value;
  } texts[] = {{"name", plan->name},         {"project_id", plan->project_id}, {"project", plan->project_name},
               {"model_id", plan->model_id}, {"model", plan->model_name},      {"source", plan->source},
               {"advice", plan->advice}};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == OSMFLOW_OK; i++) {
    status = osmflow_bytes_print(json, error, "%s\"%s\":", i > 0 ? "," : "", texts[i].name);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(json, osmflow_text(texts[i].value), error);
  }
  if (status == OSMFLOW_OK)
    status = print_number(json, "area_sq_km", plan->area / SQUARE_KM, true, error);
  if (status == OSMFLOW_OK)
    status = print_number(json, "cost", plan->cost, plan->cost >= 0, error);
  return status == OSMFLOW_OK ? print_number(json, "credits", plan->credits, plan->credits >= 0, error) : status;
}
