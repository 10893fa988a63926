/* What `osmflow process` and `osmflow mapflow cost` are told: options into a run, and the plan in words. */
#ifndef OSMFLOW_CLI_RUN_OPTIONS_H
#define OSMFLOW_CLI_RUN_OPTIONS_H

#include <stdio.h>

#include "cli/command.h"
#include "mapflow/run.h"

enum osmflow_run_option {
  OSMFLOW_RUN_AT_MODEL,
  OSMFLOW_RUN_AT_AOI,
  OSMFLOW_RUN_AT_LAYER,
  OSMFLOW_RUN_AT_WHERE,
  OSMFLOW_RUN_AT_BBOX,
  OSMFLOW_RUN_AT_PROVIDER,
  OSMFLOW_RUN_AT_ZOOM,
  OSMFLOW_RUN_AT_MOSAIC,
  OSMFLOW_RUN_AT_IMAGE,
  OSMFLOW_RUN_AT_URL,
  OSMFLOW_RUN_AT_TYPE,
  OSMFLOW_RUN_AT_CRS,
  OSMFLOW_RUN_AT_LOGIN,
  OSMFLOW_RUN_AT_SCENE,
  OSMFLOW_RUN_AT_BLOCK,
  OSMFLOW_RUN_AT_NAME,
  OSMFLOW_RUN_AT_DESCRIPTION,
  OSMFLOW_RUN_AT_PROJECT,
  OSMFLOW_RUN_AT_META,
  OSMFLOW_RUN_AT_JSON,
  OSMFLOW_RUN_AT_SERVER,
  OSMFLOW_RUN_OPTION_COUNT
};

/* The first rows of both tables, in the order of the enumeration. */
#define OSMFLOW_RUN_OPTIONS                                                                                            \
  [OSMFLOW_RUN_AT_MODEL] = {"model", 'm', "M", "name or id; emoji, case and blanks do not matter"},                    \
  [OSMFLOW_RUN_AT_AOI] = {"aoi", '\0', "SOURCE", "the area: polygons of anything that GDAL reads"},                    \
  [OSMFLOW_RUN_AT_LAYER] = {"layer", '\0', "L", "which layer of it"},                                                  \
  [OSMFLOW_RUN_AT_WHERE] = {"where", '\0', "W", "only polygons that meet this condition"},                             \
  [OSMFLOW_RUN_AT_BBOX] = {"bbox", '\0', "W,S,E,N", "the area as a box, in degrees"},                                  \
  [OSMFLOW_RUN_AT_PROVIDER] = {"provider", 'p', "P", "imagery of this data provider"},                                 \
  [OSMFLOW_RUN_AT_ZOOM] = {"zoom", 'z', "Z", "its zoom level; otherwise the provider's own"},                          \
  [OSMFLOW_RUN_AT_MOSAIC] = {"mosaic", '\0', "ID", "imagery of your own: a mosaic, by id or name"},                    \
  [OSMFLOW_RUN_AT_IMAGE] = {"image", '\0', "ID...", "imagery of your own: an image; may be given again"},              \
  [OSMFLOW_RUN_AT_URL] = {"url", '\0', "U", "imagery from an address of your own"},                                    \
  [OSMFLOW_RUN_AT_TYPE] = {"source-type", '\0', "T", "of --url: XYZ, TMS, QUADKEY, WMS, SENTINEL_L2A, LOCAL"},         \
  [OSMFLOW_RUN_AT_CRS] = {"crs", '\0', "C", "of --url, EPSG:3857 if not given"},                                       \
  [OSMFLOW_RUN_AT_LOGIN] = {"login-stdin", '\0', NULL, "of --url: login and password, two lines of standard input"},   \
  [OSMFLOW_RUN_AT_SCENE] = {"catalog-image", '\0', "ID...", "an image that the catalog has; needs --provider"},        \
  [OSMFLOW_RUN_AT_BLOCK] = {"block", 'b', "B...", "switch a block of the model on (\"-B\": off); may be given again"}, \
  [OSMFLOW_RUN_AT_NAME] = {"name", 'n', "N", "what it is called; otherwise the model and the day"},                    \
  [OSMFLOW_RUN_AT_DESCRIPTION] = {"description", '\0', "D", "what it is about"},                                       \
  [OSMFLOW_RUN_AT_PROJECT] = {"project", '\0', "P", "id or name; otherwise the default project"},                      \
  [OSMFLOW_RUN_AT_META] = {"meta", '\0', "K=V...", "a note that the server keeps with it; may be given again"},        \
  [OSMFLOW_RUN_AT_JSON] = {"json", '\0', NULL, "answer as JSON"},                                                      \
  [OSMFLOW_RUN_AT_SERVER] = {"server", 's', "URL", "another server than MAPFLOW_URL says"}

enum { OSMFLOW_RUN_MOST_LISTED = 100 };

/* Owner: the caller (_init/_clear). */
struct osmflow_run_request {
  struct osmflow_run run;
  struct osmflow_aoi aoi;
  const char *images[OSMFLOW_RUN_MOST_LISTED + 1], *blocks[OSMFLOW_RUN_MOST_LISTED + 1],
      *meta[OSMFLOW_RUN_MOST_LISTED + 1];
  char *login, *password;
};
void osmflow_run_request_init(struct osmflow_run_request *request);
void osmflow_run_request_clear(struct osmflow_run_request *request);

/* OSMFLOW_BAD_ARGUMENT: options are missing or exclude each other; nothing was asked then. Reads the area, and login
 * and password where they are wanted (--login-stdin, else MAPFLOW_SOURCE_LOGIN and MAPFLOW_SOURCE_PASSWORD). */
enum osmflow_status osmflow_run_request_read(const struct osmflow_environment *environment,
                                             const struct osmflow_arguments *arguments,
                                             struct osmflow_run_request *request,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What would be started, for people and for programs (members of a JSON object, without its braces). */
enum osmflow_status osmflow_run_plan_show(const struct osmflow_run_plan *plan, struct osmflow_bytes *text,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_run_plan_print_json(const struct osmflow_run_plan *plan, struct osmflow_bytes *json,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
