/* `osmflow upload`: GeoTIFFs into a Mapflow mosaic. */
#include <osmflow/mapflow.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/plugin.h"
#include "cli/raster_files.h"
#include "cli/raster_show.h"

enum { MOSAIC, NAME, TAG, FIX, STRICT, WAIT, DRY_RUN, JSON, PARALLEL, SERVER };

struct uploading {
  struct osmflow_upload upload;
  struct osmflow_raster_files files;
  const char *tags[OSMFLOW_MOST_REPEATS];
};

static enum osmflow_status read_options(struct uploading *uploading, const struct osmflow_arguments *arguments,
                                        struct osmflow_error *error) {
  const char *const *given = arguments->options;
  int64_t parallel = 0;
  if ((given[MOSAIC] != NULL) == (given[NAME] != NULL))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "where the images go is told by --mosaic ID or --name NAME");
  if (given[NAME] && !*given[NAME])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--name is the name of a mosaic");
  if (given[MOSAIC] && given[TAG])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "--tag is for a mosaic that is made: --name NAME; one that is there keeps its tags");
  if (given[PARALLEL] && !osmflow_parse_int(osmflow_text(given[PARALLEL]), 1, OSMFLOW_UPLOAD_MOST_PARALLEL, &parallel))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--parallel is a number between 1 and %d",
                             OSMFLOW_UPLOAD_MOST_PARALLEL);
  for (size_t i = 0; i < arguments->repeat_count; i++)
    if (arguments->repeats[i].option == TAG)
      uploading->tags[uploading->upload.tag_count++] = arguments->repeats[i].value;
  uploading->upload.server = given[SERVER];
  uploading->upload.mosaic_id = given[MOSAIC];
  uploading->upload.mosaic_name = given[NAME];
  uploading->upload.tags = uploading->tags;
  uploading->upload.fix = given[FIX] != NULL;
  uploading->upload.strict = given[STRICT] != NULL;
  uploading->upload.wait = given[WAIT] != NULL;
  uploading->upload.dry_run = given[DRY_RUN] != NULL;
  uploading->upload.parallel = (int)parallel;
  return OSMFLOW_OK;
}

/* What a batch ended with is said file by file above; here stands what to do next. */
static enum osmflow_status judge(const struct uploading *uploading, const struct osmflow_upload_result *result,
                                 enum osmflow_status status, struct osmflow_error *error) {
  const size_t bad = result->refused + result->failed, count = uploading->files.count;
  if (status == OSMFLOW_CANCELLED)
    return osmflow_error_set(error, status,
                             "stopped; what has arrived stays there, and the same command again goes on with the rest");
  if (status == OSMFLOW_OK || status == OSMFLOW_UNAUTHORIZED || bad == 0)
    return status;
  if (uploading->upload.dry_run)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "refused: %zu of %zu files%s", bad, count,
                             uploading->upload.fix ? "" : "; --fix mends what can be mended");
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "not in the mosaic: %zu of %zu files; the same command again sends only what is missing",
                           bad, count);
}

static enum osmflow_status upload(struct uploading *uploading, const struct osmflow_environment *environment,
                                  struct osmflow_raster_show *show, struct osmflow_error *error) {
  struct osmflow_upload_result result = {.mosaic_id = ""};
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  uploading->upload.files = (const char *const *)uploading->files.paths;
  uploading->upload.file_count = uploading->files.count;
  uploading->upload.report = osmflow_raster_show_event;
  uploading->upload.self = show;
  osmflow_plugin_load();
  enum osmflow_status status = osmflow_mapflow_upload(environment, &uploading->upload, &result, &reason);
  if (show->status != OSMFLOW_OK) {
    reason = show->error;
    status = show->status;
  }
  status = judge(uploading, &result, status, &reason);
  const enum osmflow_status shown = osmflow_raster_show_summary(show, &result, uploading->upload.dry_run, status,
                                                                reason.message, status == OSMFLOW_OK ? error : NULL);
  if (status == OSMFLOW_OK)
    return shown;
  if (error)
    *error = reason;
  return status;
}

static enum osmflow_status run_upload(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct uploading uploading = {.files = {NULL, 0, 0}};
  struct osmflow_raster_show show = {.files = NULL};
  enum osmflow_status status = read_options(&uploading, arguments, error);
  if (status == OSMFLOW_OK)
    status = osmflow_raster_files_read(&uploading.files, arguments->words, arguments->word_count, error);
  if (status == OSMFLOW_OK)
    status = osmflow_raster_show_init(&show, environment, arguments->options[JSON] != NULL,
                                      uploading.upload.wait && !uploading.upload.dry_run, uploading.files.paths,
                                      uploading.files.count, error);
  if (status == OSMFLOW_OK)
    status = upload(&uploading, environment, &show, error);
  osmflow_raster_show_clear(&show);
  osmflow_raster_files_clear(&uploading.files);
  return status;
}

static const struct osmflow_option options[] = {
    [MOSAIC] = {"mosaic", '\0', "ID", "the mosaic that the images go into"},
    [NAME] = {"name", '\0', "NAME", "the mosaic of that name, which is made unless there is one"},
    [TAG] = {"tag", '\0', "TAG...", "a tag of a mosaic that is made; may be given again"},
    [FIX] = {"fix", '\0', NULL, "mend what can be mended, in a temporary folder"},
    [STRICT] = {"strict", '\0', NULL, "refuse what differs from the mosaic's first image"},
    [WAIT] = {"wait", '\0', NULL, "until the images can be used"},
    [DRY_RUN] = {"dry-run", '\0', NULL, "check only: nothing is made, nothing is sent"},
    [JSON] = {"json", '\0', NULL, "one JSON object a line on standard output, a summary last"},
    [PARALLEL] = {"parallel", '\0', "N", "files at the same time; 2 without it"},
    [SERVER] = {"server", '\0', "URL", "another server's root, instead of MAPFLOW_URL"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_upload = {
    .name = "upload",
    .summary = "Sends GeoTIFFs to a Mapflow mosaic: checked first, each one once.",
    .words = "FILE...",
    .least_words = 1,
    .most_words = OSMFLOW_MOST_FILES,
    .options = options,
    .details =
        "FILE is a GeoTIFF, a folder (the .tif and .tiff files in it) or a pattern in quotes ('flight/*.tif').\n"
        "Every file is checked before a byte is sent: format, coordinate system, geotransform, bands, type, size,\n"
        "storage left, and whether it fits the first image of the mosaic. All problems of all files are listed; a\n"
        "refused file does not stop the others. --fix converts to 8 bit, warps and picks bands where that helps; the\n"
        "files themselves stay as they are.\n"
        "\n"
        "  osmflow upload --name Survey --tag 2026 --wait flight/\n"
        "  osmflow upload --mosaic 6ee95ae6-f26e-41bd-8cb1-39bea545119f --dry-run ortho_*.tif\n"
        "\n"
        "What the mosaic has already (name, size and SHA-1) is not sent again: after a failure or Ctrl-C, run the\n"
        "same command again. Progress goes to standard error.\n"
        "With --json: "
        "{\"event\":\"checked|refused|fixing|sending|present|sent|ready|failed\",\"file\",\"sent\",\"size\",\n"
        "\"image_id\",\"messages\"} and at last "
        "{\"event\":\"summary\",\"mosaic_id\",\"sent\",\"present\",\"refused\",\n"
        "\"failed\",\"bytes\",\"status\",\"message\"}.\n"
        "Exit codes: 0 all files are there (or would be), 1 something was refused or failed, 2 wrong usage.\n"
        "\n"
        "The token is MAPFLOW_TOKEN or what `osmflow login mapflow` keeps.\n",
    .run = run_upload,
};
