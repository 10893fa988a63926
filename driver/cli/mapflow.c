/* `osmflow mapflow`: everything that Mapflow's API can do and that is not reading layers, uploading or running. */
#include "cli/mapflow.h"

#include <stdio.h>
#include <stdlib.h>

static const struct osmflow_mapflow_kind kinds[] = {
    {"project", "projects", "projects", NULL, NULL, "id name status processings updated", "projects/%s", "name"},
    {"processing", "processings", "processings", "projects/%s/processings", NULL,
     "id status percent_completed cost model name created", "processings/%s/v2", "name"},
    {"aoi", "aois", NULL, "processings/%s/aois", NULL, "id status percent_completed area messages_text", NULL, NULL},
    {"mosaic", "mosaics", "rasters/mosaic", NULL, NULL, "id image_count size name tags_text created",
     "rasters/mosaic/%s", "name"},
    {"image", "images", NULL, "rasters/mosaic/%s/image", NULL, "id state file_size filename uploaded",
     "rasters/image/%s", "filename"},
    {"image-status", "image-statuses", NULL, "rasters/mosaic/%s/status", "images",
     "image_id preprocessing_status data_available filename preprocessing_error", "rasters/image/%s/status", NULL},
    {"model", "models", "user/status", NULL, "models", "id price_per_sq_km name optional_blocks", NULL, NULL},
    {"block", "blocks", "user/status", NULL, "blocks", "model name optional default_enabled price", NULL, NULL},
    {"provider", "providers", "user/status", NULL, "data_providers", "name source_type nominal_zoom display_name", NULL,
     NULL},
    {"search-provider", "search-providers", "user/status", NULL, "search_data_providers", "name display_name", NULL,
     NULL},
    {"price", "prices", "user/status", NULL, "provider_prices", "provider zoom price_per_sq_km", NULL, NULL},
    {"team", "teams", "user/status", NULL, "teams", "id name role credits_limit", NULL, NULL},
    {"catalog", "catalog", "catalog/meta", NULL, NULL,
     "id provider_name product_type acquisition_date pixel_resolution cloud_cover aoi_intersection_percent", NULL,
     NULL},
};

const struct osmflow_mapflow_kind *osmflow_mapflow_kinds(size_t *count) {
  *count = sizeof kinds / sizeof kinds[0];
  return kinds;
}

enum osmflow_status osmflow_mapflow_kind_find(const char *word, const struct osmflow_mapflow_kind **kind,
                                              struct osmflow_error *error) {
  enum { LIST_CEILING = 600 };
  struct osmflow_bytes list;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&list, LIST_CEILING);
  *kind = NULL;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && status == OSMFLOW_OK; i++) {
    if (strcmp(word, kinds[i].word) == 0 || strcmp(word, kinds[i].plural) == 0)
      *kind = &kinds[i];
    status = osmflow_bytes_print(&list, error, "%s%s", i > 0 ? ", " : "", kinds[i].plural);
  }
  if (status == OSMFLOW_OK && !*kind)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no kind of thing called \"%.40s\"; there are: %s",
                               word, osmflow_bytes_string(&list));
  osmflow_bytes_clear(&list);
  return status;
}

void osmflow_mapflow_kind_call(const struct osmflow_mapflow_kind *kind, const char *id, char *call, size_t size) {
  const char *place = strstr(kind->one, "%s");
  snprintf(call, size, "%.*s%.60s%s", (int)(place - kind->one), kind->one, id, place + 2);
}

enum osmflow_status osmflow_mapflow_connect(const struct osmflow_environment *environment, const char *server,
                                            struct osmflow_mapflow *mapflow, struct osmflow_error *error) {
  const struct osmflow_mapflow_options options = {.root = server};
  return osmflow_mapflow_open(mapflow, environment, &options, error);
}

enum osmflow_status osmflow_mapflow_check_id(const char *what, const char *word, struct osmflow_error *error) {
  if (osmflow_mapflow_is_id(osmflow_text(word)))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "\"%.60s\" is not the id of the %s; an id looks like 546d148f-19a1-40d8-8f16-d1e6dabfd204",
                           word, what);
}

enum osmflow_status osmflow_mapflow_act_once(const struct osmflow_environment *environment, const char *server,
                                             const struct osmflow_mapflow_action *action, bool made,
                                             struct osmflow_error *error) {
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  char *id = NULL;
  enum osmflow_status status = osmflow_mapflow_connect(environment, server, &mapflow, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_act(&mapflow, action, &id, NULL, error);
  if (status == OSMFLOW_OK && made && id)
    status = osmflow_say(error, "%s\n", id);
  free(id);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static const struct osmflow_command *const subcommands[] = {
    &osmflow_mapflow_list,    &osmflow_mapflow_show,    &osmflow_mapflow_status_command,
    &osmflow_mapflow_create,  &osmflow_mapflow_rename,  &osmflow_mapflow_describe,
    &osmflow_mapflow_move,    &osmflow_mapflow_tag,     &osmflow_mapflow_link,
    &osmflow_mapflow_delete,  &osmflow_mapflow_cost,    &osmflow_mapflow_wait,
    &osmflow_mapflow_restart, &osmflow_mapflow_rate,    &osmflow_mapflow_accept,
    &osmflow_mapflow_reject,  &osmflow_mapflow_preview, &osmflow_mapflow_download,
    &osmflow_mapflow_stats,   &osmflow_mapflow_version, NULL};

const struct osmflow_command osmflow_command_mapflow = {
    .name = "mapflow",
    .summary = "Projects, processings, mosaics and images of Mapflow: lists, changes, cost.",
    .subcommands = subcommands,
    .details =
        "GeoTIFFs are sent by osmflow upload, models are run by osmflow process, and results are layers:\n"
        "  ogr2ogr town.gpkg MAPFLOW:processings/ID/result\n"};
