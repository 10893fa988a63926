/* `osmflow mapflow list|show|status|stats`: what there is. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/mapflow.h"
#include "cli/plugin.h"
#include "cli/show.h"
#include "mapflow/aoi.h"

enum { TEXT_CEILING = 16 * 1024 * 1024, PATH_SIZE = 256 };

enum {
  LIST_SEARCH,
  LIST_SORT,
  LIST_DESCENDING,
  LIST_STATUS,
  LIST_TAG,
  LIST_BBOX,
  LIST_AOI,
  LIST_PARAMETER,
  LIST_LIMIT,
  LIST_JSON,
  LIST_SERVER
};

static enum osmflow_status add_parameter(struct osmflow_bytes *call, struct osmflow_text name,
                                         struct osmflow_text value, struct osmflow_error *error) {
  const char *before = strchr(osmflow_bytes_string(call), '?') ? "&" : "?";
  enum osmflow_status status = osmflow_bytes_add_string(call, before, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(call, name, "", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(call, "=", error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_url(call, value, ",", error) : status;
}

/* --tag and --parameter, as often as they are given. */
static enum osmflow_status add_repeats(struct osmflow_bytes *call, const struct osmflow_arguments *arguments,
                                       struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < arguments->repeat_count && status == OSMFLOW_OK; i++) {
    struct osmflow_text value = osmflow_text(arguments->repeats[i].value), name = osmflow_text("tags");
    if (arguments->repeats[i].option == LIST_PARAMETER &&
        (!osmflow_text_next(&value, '=', &name) || !value.data || name.size == 0))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--parameter %.60s is not NAME=VALUE",
                               arguments->repeats[i].value);
    status = add_parameter(call, name, value, error);
  }
  return status;
}

static enum osmflow_status write_call(const struct osmflow_mapflow_kind *kind,
                                      const struct osmflow_arguments *arguments, struct osmflow_bytes *call,
                                      struct osmflow_error *error) {
  const char *id = arguments->words[1];
  const bool is_projects = strcmp(kind->word, "project") == 0;
  const struct {
    const char *name, *value;
  } parameters[] = {{is_projects ? "filter" : "terms", arguments->options[LIST_SEARCH]},
                    {"sortBy", arguments->options[LIST_SORT]},
                    {"sortOrder", arguments->options[LIST_DESCENDING] ? "DESC" : NULL},
                    {"bbox", arguments->options[LIST_BBOX]}};
  if (id && !kind->list_in)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s are listed without an id", kind->plural);
  if (!id && !kind->list)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "whose %s? The id of the %s comes behind the word",
                             kind->plural, strcmp(kind->word, "aoi") == 0 ? "processing" : "mosaic");
  if (strcmp(kind->word, "catalog") == 0 && !arguments->options[LIST_BBOX] && !arguments->options[LIST_AOI])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the catalog is searched within an area: --bbox W,S,E,N or --aoi SOURCE");
  enum osmflow_status status = id ? osmflow_mapflow_check_id("object", id, error) : OSMFLOW_OK;
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "%s", id ? kind->list_in : kind->list);
  char *place = strstr(path, "%s");
  if (status == OSMFLOW_OK && place)
    status = osmflow_bytes_print(call, error, "%.*s%s%s", (int)(place - path), path, id, place + 2);
  else if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(call, path, error);
  for (size_t i = 0; i < sizeof parameters / sizeof parameters[0] && status == OSMFLOW_OK; i++)
    if (parameters[i].value)
      status = add_parameter(call, osmflow_text(parameters[i].name), osmflow_text(parameters[i].value), error);
  return status == OSMFLOW_OK ? add_repeats(call, arguments, error) : status;
}

/* The area of --aoi as GeoJSON. */
static enum osmflow_status read_area(const char *source, struct osmflow_bytes *area, struct osmflow_error *error) {
  struct osmflow_aoi aoi;
  osmflow_aoi_init(&aoi);
  osmflow_plugin_load();
  enum osmflow_status status = osmflow_aoi_read(source, NULL, NULL, &aoi, error);
  if (status == OSMFLOW_OK)
    status = osmflow_aoi_print(&aoi, area, error);
  osmflow_aoi_clear(&aoi);
  return status;
}

static enum osmflow_status read_limit(const char *text, int64_t *limit, struct osmflow_error *error) {
  *limit = 0;
  if (text && !osmflow_parse_int(osmflow_text(text), 1, INT32_MAX, limit))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--limit %.40s is not a number above 0", text);
  return OSMFLOW_OK;
}

static enum osmflow_status run_list(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const char *const *options = arguments->options;
  const struct osmflow_mapflow_kind *kind = NULL;
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  struct osmflow_mapflow_wish wish = {.where = NULL};
  struct osmflow_bytes call, area;
  int64_t limit = 0;
  osmflow_bytes_init(&call, TEXT_CEILING);
  osmflow_bytes_init(&area, TEXT_CEILING);
  enum osmflow_status status = osmflow_mapflow_kind_find(arguments->words[0], &kind, error);
  if (status == OSMFLOW_OK)
    status = read_limit(options[LIST_LIMIT], &limit, error);
  if (status == OSMFLOW_OK)
    status = write_call(kind, arguments, &call, error);
  if (status == OSMFLOW_OK && options[LIST_AOI])
    status = read_area(options[LIST_AOI], &area, error);
  wish.area = area.size > 0 ? osmflow_bytes_string(&area) : NULL;
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, options[LIST_SERVER], &mapflow, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_mapflow_view view = {.layer = kind->layer,
                                              .columns = kind->columns,
                                              .as_json = options[LIST_JSON] != NULL,
                                              .only_column = options[LIST_STATUS] ? "status" : NULL,
                                              .only_value = options[LIST_STATUS],
                                              .wish = &wish,
                                              .limit = limit};
    wish.limit = options[LIST_STATUS] ? 0 : limit; /* the server does not know that one: all must be looked at */
    status = osmflow_mapflow_put_rows(&mapflow, osmflow_bytes_string(&call), &view, error);
  }
  osmflow_mapflow_close(&mapflow);
  osmflow_bytes_clear(&area);
  osmflow_bytes_clear(&call);
  return status;
}

enum { SHOW_JSON, SHOW_SERVER };

static enum osmflow_status run_show(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const struct osmflow_mapflow_kind *kind = NULL;
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  const struct osmflow_mapflow_view view = {.as_json = arguments->options[SHOW_JSON] != NULL, .is_single = true};
  char call[PATH_SIZE];
  enum osmflow_status status = osmflow_mapflow_kind_find(arguments->words[0], &kind, error);
  if (status == OSMFLOW_OK && !kind->one)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s have no call for one alone; osmflow mapflow list %s",
                               kind->plural, kind->plural);
  const bool is_default =
      status == OSMFLOW_OK && strcmp(kind->word, "project") == 0 && strcmp(arguments->words[1], "default") == 0;
  if (status == OSMFLOW_OK && !is_default)
    status = osmflow_mapflow_check_id(kind->word, arguments->words[1], error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[SHOW_SERVER], &mapflow, error);
  if (status == OSMFLOW_OK) {
    osmflow_mapflow_kind_call(kind, arguments->words[1], call, sizeof call);
    status = osmflow_mapflow_put_rows(&mapflow, call, &view, error);
  }
  osmflow_mapflow_close(&mapflow);
  return status;
}

/* Account and storage; as JSON both in one object. */
static enum osmflow_status run_status(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const struct {
    const char *name, *call, *layer;
  } parts[] = {{"account", "user/status", "account"}, {"storage", "rasters/memory", NULL}};
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  const bool as_json = arguments->options[SHOW_JSON] != NULL;
  enum osmflow_status status = osmflow_mapflow_connect(environment, arguments->options[SHOW_SERVER], &mapflow, error);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == OSMFLOW_OK; i++) {
    const struct osmflow_mapflow_view view = {.layer = parts[i].layer, .as_json = as_json, .is_single = true};
    if (as_json)
      status = osmflow_say(error, "%s\"%s\":", i > 0 ? "," : "{", parts[i].name);
    else if (i > 0)
      status = osmflow_say(error, "\n");
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_put_rows(&mapflow, parts[i].call, &view, error);
  }
  osmflow_mapflow_close(&mapflow);
  return status == OSMFLOW_OK && as_json ? osmflow_say(error, "}\n") : status;
}

static const struct osmflow_option list_options[] = {
    [LIST_SEARCH] = {"search", 'q', "TEXT", "projects, processings: those with this text"},
    [LIST_SORT] = {"sort", '\0', "FIELD", "projects: NAME, CREATED, UPDATED; processings: also STATUS, COST and so on"},
    [LIST_DESCENDING] = {"descending", '\0', NULL, "from the last to the first"},
    [LIST_STATUS] = {"status", '\0', "S", "only those of that status, for example FAILED"},
    [LIST_TAG] = {"tag", '\0', "T...", "mosaics with this tag; may be given again"},
    [LIST_BBOX] = {"bbox", '\0', "W,S,E,N", "catalog: the area, in degrees"},
    [LIST_AOI] = {"aoi", '\0', "SOURCE", "catalog: the area, polygons of anything that GDAL reads"},
    [LIST_PARAMETER] = {"parameter", 'P', "K=V...", "a parameter of the API, for example maxCloudCover=10"},
    [LIST_LIMIT] = {"limit", '\0', "N", "at most so many"},
    [LIST_JSON] = OSMFLOW_MAPFLOW_JSON_OPTION,
    [LIST_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_mapflow_list = {
    .name = "mapflow list",
    .summary = "Lists things of a kind, a line each, divided by tabs.",
    .words = "KIND [ID]",
    .least_words = 1,
    .most_words = 2,
    .options = list_options,
    .details =
        "KIND: projects, processings [PROJECT], aois PROCESSING, mosaics, images MOSAIC, image-statuses MOSAIC,\n"
        "models, blocks, providers, search-providers, prices, teams, catalog\n"
        "\n"
        "  osmflow mapflow list processings 546d148f-19a1-40d8-8f16-d1e6dabfd204 --status FAILED\n"
        "  osmflow mapflow list catalog --aoi town.gpkg -P maxCloudCover=10 -P sortBy=ACQUISITION_DATE\n",
    .run = run_list};

static const struct osmflow_option show_options[] = {
    [SHOW_JSON] = OSMFLOW_MAPFLOW_JSON_OPTION, [SHOW_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_mapflow_show = {.name = "mapflow show",
                                                     .summary = "Prints one project, processing, mosaic or image.",
                                                     .words = "KIND ID|default",
                                                     .least_words = 2,
                                                     .most_words = 2,
                                                     .options = show_options,
                                                     .run = run_show};

const struct osmflow_command osmflow_mapflow_status_command = {
    .name = "mapflow status",
    .summary = "Prints the account, its credits and storage.",
    .words = "",
    .options = show_options,
    .run = run_status};
