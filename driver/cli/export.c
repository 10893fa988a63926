/* `osmflow export`: city models of 3DCityLoader. An export costs money, so nothing is made unless the user said so, and
 * what was made once is found again. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cityloader/archive.h"
#include "cityloader/export.h"
#include "cli/command.h"
#include "cli/plugin.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "cli/vector_output.h"

enum {
  AT_BBOX,
  AT_CENTER,
  AT_ADDRESS,
  AT_SIZE,
  AT_FORMAT,
  AT_INCLUDE,
  AT_SEPARATE,
  AT_YES,
  AT_DRY_RUN,
  AT_OUTPUT,
  AT_OUTPUT_FORMAT,
  AT_OPTION,
  AT_ID,
  AT_LIST,
  AT_FORGET,
  AT_SERVER
};

enum { TEXT_CEILING = 64 * 1024, PATH_CEILING = 16 * 1024 };

struct export_command {
  const struct osmflow_environment *environment;
  const struct osmflow_arguments *arguments;
  struct osmflow_cityloader cityloader;
  struct osmflow_export_request request;
  struct osmflow_export_state state;
  struct osmflow_bytes path;           /* of the ZIP */
  struct osmflow_vector_output output; /* path NULL: none is wanted */
  struct osmflow_progress progress;
};

static const char *given(const struct export_command *command, size_t option) {
  return command->arguments->options[option];
}

static enum osmflow_status read_request(struct export_command *command, struct osmflow_error *error) {
  static const struct {
    size_t option;
    const char *name;
  } members[] = {{AT_BBOX, "bbox"}, {AT_CENTER, "center"}, {AT_ADDRESS, "address"},
                 {AT_SIZE, "size"}, {AT_FORMAT, "format"}, {AT_INCLUDE, "include"}};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_export_request_init(&command->request);
  command->request.with_buildings = true;
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof members / sizeof members[0]; i++)
    if (given(command, members[i].option))
      status = osmflow_export_request_set(&command->request, osmflow_text(members[i].name),
                                          osmflow_text(given(command, members[i].option)), error);
  command->request.separate_files = given(command, AT_SEPARATE) != NULL;
  return status == OSMFLOW_OK ? osmflow_export_request_check(&command->request, error) : status;
}

static bool show_item(void *self, const struct osmflow_export_memory *item) {
  char time[OSMFLOW_NUMBER_SIZE];
  enum osmflow_status *status = self;
  osmflow_format_time(time, item->created_seconds);
  *status = osmflow_say(NULL, "%s  %-36s  %s\n", time, *item->id ? item->id : "(its answer was lost)", item->request);
  return *status == OSMFLOW_OK;
}

static enum osmflow_status list(const struct export_command *command, struct osmflow_error *error) {
  enum osmflow_status said = OSMFLOW_OK;
  const enum osmflow_status status =
      osmflow_export_list(command->environment, command->cityloader.root, show_item, &said, error);
  return status == OSMFLOW_OK && said != OSMFLOW_OK
             ? osmflow_error_set(error, said, "standard output does not take the list")
             : status;
}

/* *is_allowed: what the user at his keyboard says to a new export. */
static enum osmflow_status ask(const struct export_command *command, bool *is_allowed, struct osmflow_error *error) {
  struct osmflow_bytes json;
  char *answer = NULL;
  *is_allowed = false;
  osmflow_bytes_init(&json, TEXT_CEILING);
  enum osmflow_status status = osmflow_export_request_print(&command->request, &json, error);
  if (status == OSMFLOW_OK) {
    fprintf(stderr, "%s\nThere is no export of this yet; a new one is charged to your account.\n",
            osmflow_bytes_string(&json));
    const enum osmflow_status said = osmflow_prompt(command->environment, "Make it? [y/N] ", false, &answer, NULL);
    status = said == OSMFLOW_CANCELLED ? osmflow_error_set(error, said, "stopped; nothing was sent") : OSMFLOW_OK;
    *is_allowed = said == OSMFLOW_OK && (osmflow_text_is_ignoring_case(osmflow_text(answer), "y") ||
                                         osmflow_text_is_ignoring_case(osmflow_text(answer), "yes"));
  }
  free(answer);
  osmflow_bytes_clear(&json);
  return status;
}

/* What is there already is found without a question. That nobody allowed a new one is no wrong usage. */
static enum osmflow_status find_or_create(struct export_command *command, struct osmflow_error *error) {
  const bool may_ask = !given(command, AT_YES) && !given(command, AT_DRY_RUN) && isatty(STDIN_FILENO);
  bool is_allowed = given(command, AT_YES) != NULL, is_new = false;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  enum osmflow_status status = osmflow_export_find_or_create(&command->cityloader, &command->request, is_allowed,
                                                             &command->state, &is_new, &reason);
  if (status == OSMFLOW_BAD_ARGUMENT && may_ask && (status = ask(command, &is_allowed, &reason)) == OSMFLOW_OK)
    status = osmflow_export_find_or_create(&command->cityloader, &command->request, is_allowed, &command->state,
                                           &is_new, &reason);
  if (status == OSMFLOW_BAD_ARGUMENT)
    status = reason.status = OSMFLOW_UNSUPPORTED;
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status == OSMFLOW_OK ? osmflow_say(error, "%s export %s\n", is_new ? "New" : "Known", command->state.id)
                              : status;
}

static bool tell_state(void *self, const struct osmflow_export_state *state) {
  fprintf(stderr, "%s: %s\n", state->id, state->status_text);
  (void)self;
  return true;
}

static bool tell_bytes(void *self, int64_t bytes, int64_t total) {
  struct export_command *command = self;
  osmflow_progress_show(&command->progress, bytes, total > 0 ? total : bytes, "download");
  return !command->environment->cancelled(command->environment->self);
}

/* A ZIP that was whole when it came and is not by now is asked for again; it was paid for. */
static enum osmflow_status find_kept(struct export_command *command, const char *id, bool *is_kept,
                                     struct osmflow_error *error) {
  enum osmflow_status status = osmflow_export_path(&command->cityloader, id, &command->path, error);
  *is_kept = status == OSMFLOW_OK && access(osmflow_bytes_string(&command->path), R_OK) == 0;
  if (*is_kept && osmflow_archive_check(osmflow_bytes_string(&command->path), NULL) != OSMFLOW_OK) {
    *is_kept = false;
    unlink(osmflow_bytes_string(&command->path));
    status = osmflow_export_look(&command->cityloader, id, &command->state, error);
  }
  return status;
}

static enum osmflow_status fetch(struct export_command *command, struct osmflow_error *error) {
  char id[sizeof command->state.id];
  bool is_kept = false;
  memcpy(id, command->state.id, sizeof id);
  enum osmflow_status status = find_kept(command, id, &is_kept, error);
  if (status == OSMFLOW_OK && !is_kept && command->state.status != OSMFLOW_EXPORT_DONE)
    status = osmflow_export_wait(&command->cityloader, id, tell_state, NULL, &command->state, error);
  if (status == OSMFLOW_OK && !is_kept) {
    osmflow_progress_init(&command->progress, command->environment);
    status = osmflow_export_download(&command->cityloader, &command->state, osmflow_bytes_string(&command->path),
                                     tell_bytes, command, error);
    osmflow_progress_hide(&command->progress);
  }
  return status == OSMFLOW_OK ? osmflow_say(error, "%s\n", osmflow_bytes_string(&command->path)) : status;
}

static bool is_zip(const char *path) {
  const size_t size = strlen(path);
  return size > 4 && osmflow_text_is_ignoring_case(osmflow_text(path + size - 4), ".zip");
}

/* Words that would be read over otherwise, where somebody might believe that they were obeyed. */
static enum osmflow_status check_words(const struct export_command *command, struct osmflow_error *error) {
  static const struct {
    size_t word, first, last; /* does not go with what lies between */
  } pairs[] = {{AT_LIST, AT_BBOX, AT_ID},     {AT_LIST, AT_FORGET, AT_FORGET},  {AT_ID, AT_BBOX, AT_DRY_RUN},
               {AT_ID, AT_FORGET, AT_FORGET}, {AT_YES, AT_DRY_RUN, AT_DRY_RUN}, {AT_FORGET, AT_YES, AT_OPTION}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    for (size_t other = pairs[i].first; given(command, pairs[i].word) && other <= pairs[i].last; other++)
      if (given(command, other))
        return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--%s and --%s do not go together",
                                 osmflow_command_export.options[pairs[i].word].name,
                                 osmflow_command_export.options[other].name);
  return OSMFLOW_OK;
}

static enum osmflow_status check_copy(const char *path, struct osmflow_error *error) {
  char folder[PATH_CEILING];
  const char *slash = strrchr(path, '/');
  if (access(path, F_OK) == 0)
    return osmflow_error_set(error, OSMFLOW_IO, "%.300s exists already; choose another name, or delete it", path);
  snprintf(folder, sizeof folder, "%.*s", slash && slash != path ? (int)(slash - path) : 1, slash ? path : ".");
  return access(folder, W_OK) == 0
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_IO, "%.300s: its folder does not exist, or takes no files", path);
}

/* Before anything is paid. */
static enum osmflow_status prepare_output(struct export_command *command, struct osmflow_error *error) {
  const char *path = given(command, AT_OUTPUT);
  if (!path && (given(command, AT_OUTPUT_FORMAT) || given(command, AT_OPTION)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--output-format and --option need an -o FILE");
  if (path && is_zip(path) && (given(command, AT_OUTPUT_FORMAT) || given(command, AT_OPTION)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "--output-format and --option change nothing in a ZIP; give -o another name");
  if (path && is_zip(path))
    return check_copy(path, error);
  return path && !is_zip(path) ? osmflow_vector_output_prepare(path, given(command, AT_OUTPUT_FORMAT), "CITYLOADER",
                                                               &command->output, error)
                               : OSMFLOW_OK;
}

/* Reads the model before it is written, so that what is wrong with it is told in its own words, and says where it was
 * placed and why. *dataset holds it meanwhile. */
static enum osmflow_status load_model(const char *name, const char *const *options, GDALDatasetH *dataset,
                                      struct osmflow_error *error) {
  enum osmflow_status status = osmflow_plugin_open_vector(name, options, dataset, error);
  if (status != OSMFLOW_OK)
    return status;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  CPLErrorReset();
  const char *assumption = GDALGetMetadataItem(GDALDatasetGetLayer(*dataset, 0), "PLACE_ASSUMPTION", NULL);
  CPLPopErrorHandler();
  if (assumption)
    fprintf(stderr, "Where it lies: %s\n", assumption);
  else
    status = osmflow_plugin_failure(OSMFLOW_BAD_DATA, "the model cannot be read", error);
  return status;
}

static enum osmflow_status write_output(const struct export_command *command, struct osmflow_error *error) {
  enum { MOST_OPTIONS = OSMFLOW_MOST_REPEATS + 2 };
  const char *options[MOST_OPTIONS] = {NULL};
  char name[128], root[1200];
  size_t count = 0;
  const char *path = given(command, AT_OUTPUT);
  if (!path)
    return OSMFLOW_OK;
  if (is_zip(path) && CPLCopyFile(path, osmflow_bytes_string(&command->path)) != 0) {
    unlink(path);
    return osmflow_error_set(error, OSMFLOW_IO, "%.300s cannot be written", path);
  }
  if (is_zip(path))
    return OSMFLOW_OK;
  snprintf(name, sizeof name, "CITYLOADER:export/%.60s", command->state.id);
  snprintf(root, sizeof root, "CITYLOADER_URL=%.1100s", command->cityloader.root);
  options[count++] = root;
  for (size_t i = 0; i < command->arguments->repeat_count; i++)
    if (command->arguments->repeats[i].option == AT_OPTION)
      options[count++] = command->arguments->repeats[i].value;
  GDALDatasetH dataset = NULL;
  enum osmflow_status status = load_model(name, options, &dataset, error);
  if (status == OSMFLOW_OK)
    status = osmflow_vector_output_write(command->environment, &command->output, name, options, error);
  if (dataset)
    GDALClose(dataset);
  return status;
}

static enum osmflow_status look(struct export_command *command, struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_export_look(&command->cityloader, given(command, AT_ID), &command->state, error);
  return status == OSMFLOW_OK && command->state.status == OSMFLOW_EXPORT_FAILED
             ? osmflow_error_set(error, OSMFLOW_BAD_DATA, "the export %s has failed%s%s", command->state.id,
                                 *command->state.message ? ": " : "", command->state.message)
             : status;
}

static enum osmflow_status perform(struct export_command *command, struct osmflow_error *error) {
  enum osmflow_status status = check_words(command, error);
  if (status == OSMFLOW_OK && given(command, AT_LIST))
    return list(command, error);
  if (status == OSMFLOW_OK && !given(command, AT_ID))
    status = read_request(command, error);
  if (status == OSMFLOW_OK && given(command, AT_FORGET))
    return osmflow_export_forget(&command->cityloader, &command->request, error);
  if (status == OSMFLOW_OK)
    status = prepare_output(command, error);
  if (status == OSMFLOW_OK)
    status = given(command, AT_ID) ? look(command, error) : find_or_create(command, error);
  if (status == OSMFLOW_OK)
    status = fetch(command, error);
  return status == OSMFLOW_OK ? write_output(command, error) : status;
}

static enum osmflow_status run(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                               struct osmflow_error *error) {
  struct export_command command = {.environment = environment, .arguments = arguments};
  osmflow_bytes_init(&command.path, PATH_CEILING);
  osmflow_export_request_init(&command.request);
  enum osmflow_status status =
      osmflow_cityloader_open(&command.cityloader, environment, arguments->options[AT_SERVER], NULL, error);
  if (status == OSMFLOW_OK) {
    status = perform(&command, error);
    osmflow_cityloader_close(&command.cityloader);
  }
  osmflow_export_request_clear(&command.request);
  osmflow_bytes_clear(&command.path);
  return status;
}

static const struct osmflow_option options[] = {
    [AT_BBOX] = {"bbox", '\0', "W,S,E,N", "the area, in degrees"},
    [AT_CENTER] = {"center", '\0', "LON,LAT", "or its middle, with --size"},
    [AT_ADDRESS] = {"address", '\0', "TEXT", "or an address, with --size"},
    [AT_SIZE] = {"size", '\0', "W,H", "metres west-east and south-north; 500,500 if not given"},
    [AT_FORMAT] = {"format", 'f', "F", "stl, obj or dxf; stl if not given"},
    [AT_INCLUDE] = {"include", 'i', "LIST", "terrain, buildings or both; both if not given"},
    [AT_SEPARATE] = {"separate-files", '\0', NULL, "a file for each of them"},
    [AT_YES] = {"yes", 'y', NULL, "make it if there is none yet, which costs money"},
    [AT_DRY_RUN] = {"dry-run", '\0', NULL, "never make one: only find what was made before"},
    [AT_OUTPUT] = {"output", 'o', "FILE", "the ZIP under this name, or the layers in any vector format"},
    [AT_OUTPUT_FORMAT] = {"output-format", '\0', "F", "of that file, as GDAL calls it; otherwise by its name"},
    [AT_OPTION] = {"option", 'O', "K=V...", "an open option of the driver, such as GEOMETRY=FOOTPRINT"},
    [AT_ID] = {"id", '\0', "ID", "an export that is there already"},
    [AT_LIST] = {"list", 'l', NULL, "the exports that were made from here"},
    [AT_FORGET] = {"forget", '\0', NULL, "forget the export of this request, so that it is made anew"},
    [AT_SERVER] = {"server", 's', "URL", "another server than CITYLOADER_URL says"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_export = {
    .name = "export",
    .summary = "Makes, finds and downloads city models of 3DCityLoader.",
    .words = "",
    .options = options,
    .details =
        "  osmflow export --bbox 6.7610,51.2199,6.7713,51.2264 --yes -o city.gpkg\n"
        "  osmflow export --center 6.766,51.223 --size 300,300 --format obj --dry-run\n"
        "  osmflow export --bbox 6.7610,51.2199,6.7713,51.2264 -o outlines.gpkg -O GEOMETRY=FOOTPRINT\n"
        "  osmflow export --list\n"
        "\n"
        "The same request is paid once: what was made is remembered beside the credentials, and its ZIP is\n"
        "kept in CITYLOADER_CACHE (else ~/.cache/osmflow/exports). At a keyboard it asks before it makes one;\n"
        "otherwise nothing is made without --yes. When the answer to that is lost, it may exist and be charged:\n"
        "it is not asked for again until --forget says so.\n"
        "\n"
        "CITYLOADER_TOKEN needs the permissions export.create, export.read and export.pay.\n",
    .run = run};
