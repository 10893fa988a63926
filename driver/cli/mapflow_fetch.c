/* `osmflow mapflow preview|download|stats|version`: answers that are no JSON, or that are somewhere else. */
#include <stdio.h>

#include "base/number.h"
#include "cli/mapflow.h"
#include "cli/output.h"
#include "cli/show.h"
#include "mapflow/refusal.h"
#include "net/url.h"

enum { PATH_SIZE = 128, URL_CEILING = 16 * 1024, ANSWER_CEILING = 64 * 1024 * 1024, LONGEST_PAGE = 1000 };

/* One GET into a file that appears whole or not at all. `shown`: what an error names. */
static enum osmflow_status fetch(struct osmflow_http *http, const char *url, bool with_token, const char *shown,
                                 const char *path, struct osmflow_error *error) {
  struct osmflow_http_response response;
  struct osmflow_output output;
  osmflow_http_response_init(&response);
  enum osmflow_status status = osmflow_output_init(&output, path, false, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {
        .method = "GET",
        .url = url,
        .authorization = with_token ? OSMFLOW_HTTP_REQUIRED : OSMFLOW_HTTP_ANONYMOUS,
        .repeatable = true,
        .sink = osmflow_output_sink(&output)};
    status = osmflow_http_perform(http, &request, &response, error);
  }
  if (status != OSMFLOW_OK && response.status >= 300)
    status = osmflow_mapflow_refusal_explain("GET", shown, &response, error);
  if (status == OSMFLOW_OK)
    status = osmflow_output_commit(&output, error);
  osmflow_output_clear(&output);
  osmflow_http_response_clear(&response);
  return status;
}

enum { FETCH_OUTPUT, FETCH_SERVER };

static enum osmflow_status check_output(const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return arguments->options[FETCH_OUTPUT]
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "where to? -o FILE, or -o - for standard output");
}

static enum osmflow_status run_preview(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const char *size = arguments->words[1] ? arguments->words[1] : "s";
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  struct osmflow_bytes url;
  char path[PATH_SIZE];
  osmflow_bytes_init(&url, URL_CEILING);
  enum osmflow_status status = check_output(arguments, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_check_id("image", arguments->words[0], error);
  if (status == OSMFLOW_OK && strcmp(size, "s") != 0 && strcmp(size, "l") != 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the size is s (256 pixels) or l (1024 pixels), not \"%.20s\"", size);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[FETCH_SERVER], &mapflow, error);
  snprintf(path, sizeof path, "rasters/image/%.40s/preview/%.1s", arguments->words[0], size);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&url, error, "%s/%s", mapflow.root, path);
  if (status == OSMFLOW_OK)
    status = fetch(mapflow.http, osmflow_bytes_string(&url), true, path, arguments->options[FETCH_OUTPUT], error);
  osmflow_bytes_clear(&url);
  osmflow_mapflow_close(&mapflow);
  return status;
}

/* The image lies on another server, at an address that is a secret itself; our token is not for it. */
static enum osmflow_status fetch_elsewhere(const struct osmflow_environment *environment, const char *url,
                                           const char *output, struct osmflow_error *error) {
  const struct osmflow_http_options options = {.root = url, .max_wait_ms = -1};
  struct osmflow_http *http = NULL;
  if (!osmflow_url_is_http(url))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server gives no address for the image that could be used");
  enum osmflow_status status = osmflow_http_new(environment, &options, &http, error);
  if (status == OSMFLOW_OK)
    status = fetch(http, url, false, "the image's file", output, error);
  osmflow_http_free(http);
  return status;
}

static enum osmflow_status run_download(const struct osmflow_environment *environment,
                                        const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const char *id = arguments->words[arguments->word_count - 1];
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  char path[PATH_SIZE];
  enum osmflow_status status = check_output(arguments, error);
  if (status == OSMFLOW_OK && arguments->word_count == 2 && strcmp(arguments->words[0], "image") != 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "an image can be downloaded; results are read by ogr2ogr from MAPFLOW:processings/ID/"
                               "result");
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_check_id("image", id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[FETCH_SERVER], &mapflow, error);
  snprintf(path, sizeof path, "rasters/image/%.40s/download", id);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_get(&mapflow, path, &tree, &top, error);
  const struct osmflow_tree_node *url = status == OSMFLOW_OK ? osmflow_tree_child(top, "download_url") : NULL;
  if (status == OSMFLOW_OK)
    status = fetch_elsewhere(environment, url ? url->text.data : "", arguments->options[FETCH_OUTPUT], error);
  osmflow_tree_free(tree);
  osmflow_mapflow_close(&mapflow);
  return status;
}

enum { STATS_CSV, STATS_FILTER, STATS_SORT, STATS_LIMIT, STATS_PAGE, STATS_JSON, STATS_SERVER };

static enum osmflow_status read_number(const char *text, const char *name, int64_t most, int64_t *number,
                                       struct osmflow_error *error) {
  if (text && !osmflow_parse_int(osmflow_text(text), 1, most, number))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--%s %.40s is not a number from 1 to %lld", name, text,
                             (long long)most);
  return OSMFLOW_OK;
}

static enum osmflow_status add_member(struct osmflow_bytes *body, const char *name, const char *value,
                                      struct osmflow_error *error) {
  enum osmflow_status status = value ? osmflow_bytes_print(body, error, ",\"%s\":", name) : OSMFLOW_OK;
  return status == OSMFLOW_OK && value ? osmflow_bytes_add_json(body, osmflow_text(value), error) : status;
}

/* Anything else that comes with a good status is not passed on: a page of the network in between, JSON, nothing. */
static enum osmflow_status check_csv(const struct osmflow_bytes *answer, struct osmflow_error *error) {
  const struct osmflow_text text = osmflow_text_trim(osmflow_bytes_view(answer));
  const char first = text.size > 0 ? text.data[0] : '\0';
  if (first == '<')
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "POST processings/stats: a web page came instead of CSV; is MAPFLOW_URL right, and does "
                             "the network ask for a login?");
  if (first == '{' || first == '[' || !memchr(text.data ? text.data : "", ',', text.size))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "POST processings/stats: the answer is %s; try it without --csv",
                             text.size > 0 ? "no CSV" : "empty");
  return OSMFLOW_OK;
}

/* The server's own CSV, page by page as it gives it. */
static enum osmflow_status put_csv(const struct osmflow_mapflow *mapflow, const struct osmflow_arguments *arguments,
                                   int64_t page, int64_t limit, struct osmflow_error *error) {
  struct osmflow_bytes body, answer;
  osmflow_bytes_init(&body, URL_CEILING);
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&body, error, "{\"page\":%lld,\"perPage\":%lld", (long long)page,
                                                   (long long)(limit > 0 ? limit : LONGEST_PAGE));
  if (status == OSMFLOW_OK)
    status = add_member(&body, "sort", arguments->options[STATS_SORT], error);
  if (status == OSMFLOW_OK)
    status = add_member(&body, "filter", arguments->options[STATS_FILTER], error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&body, "}", error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_mapflow_request request = {"POST", "processings/stats?type=CSV", osmflow_bytes_string(&body),
                                                    true};
    status = osmflow_mapflow_send(mapflow, &request, &answer, NULL, error);
  }
  if (status == OSMFLOW_OK)
    status = check_csv(&answer, error);
  if (status == OSMFLOW_OK)
    status = osmflow_show(&answer, error);
  osmflow_bytes_clear(&answer);
  osmflow_bytes_clear(&body);
  return status;
}

static enum osmflow_status put_stats(const struct osmflow_mapflow *mapflow, const struct osmflow_arguments *arguments,
                                     int64_t limit, struct osmflow_error *error) {
  const struct osmflow_mapflow_wish wish = {.limit = limit};
  const struct osmflow_mapflow_view view = {.columns = "processing_id status cost area created name model",
                                            .as_json = arguments->options[STATS_JSON] != NULL,
                                            .wish = &wish,
                                            .limit = limit};
  const struct {
    const char *name, *value;
  } parameters[] = {{"sort", arguments->options[STATS_SORT]},
                    {"filter", arguments->options[STATS_FILTER]},
                    {"page", arguments->options[STATS_PAGE]}};
  struct osmflow_bytes call;
  osmflow_bytes_init(&call, URL_CEILING);
  enum osmflow_status status = osmflow_bytes_add_string(&call, "processings/stats", error);
  for (size_t i = 0; i < sizeof parameters / sizeof parameters[0] && status == OSMFLOW_OK; i++) {
    if (!parameters[i].value)
      continue;
    const char *before = strchr(osmflow_bytes_string(&call), '?') ? "&" : "?";
    status = osmflow_bytes_print(&call, error, "%s%s=", before, parameters[i].name);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_url(&call, osmflow_text(parameters[i].value), "", error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_put_rows(mapflow, osmflow_bytes_string(&call), &view, error);
  osmflow_bytes_clear(&call);
  return status;
}

static enum osmflow_status run_stats(const struct osmflow_environment *environment,
                                     const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const bool as_csv = arguments->options[STATS_CSV] != NULL;
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  int64_t page = 1, limit = 0;
  enum osmflow_status status = read_number(arguments->options[STATS_PAGE], "page", INT32_MAX, &page, error);
  if (status == OSMFLOW_OK)
    status = read_number(arguments->options[STATS_LIMIT], "limit", as_csv ? LONGEST_PAGE : INT32_MAX, &limit, error);
  if (status == OSMFLOW_OK && as_csv && arguments->options[STATS_JSON])
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--csv and --json exclude each other");
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[STATS_SERVER], &mapflow, error);
  if (status == OSMFLOW_OK)
    status = as_csv ? put_csv(&mapflow, arguments, page, limit, error) : put_stats(&mapflow, arguments, limit, error);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static enum osmflow_status run_version(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const struct osmflow_mapflow_view view = {.columns = "version", .is_single = true};
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  enum osmflow_status status = osmflow_mapflow_connect(environment, arguments->options[0], &mapflow, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_put_rows(&mapflow, "version", &view, error);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static const struct osmflow_option fetch_options[] = {
    [FETCH_OUTPUT] = {"output", 'o', "FILE", "the file, -: standard output"},
    [FETCH_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option stats_options[] = {
    [STATS_CSV] = {"csv", '\0', NULL, "the server's own CSV, one page of it"},
    [STATS_FILTER] = {"filter", '\0', "F", "as the API takes it, for example status=OK"},
    [STATS_SORT] = {"sort", '\0', "S", "as the API takes it, for example created:desc"},
    [STATS_LIMIT] = {"limit", '\0', "N", "at most so many"},
    [STATS_PAGE] = {"page", '\0', "N", "which page of --csv, of N lines, or else of 1000"},
    [STATS_JSON] = OSMFLOW_MAPFLOW_JSON_OPTION,
    [STATS_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option only_server[] = {OSMFLOW_MAPFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_mapflow_preview = {.name = "mapflow preview",
                                                        .summary =
                                                            "Fetches the small (s) or large (l) preview of an "
                                                            "image, a JPEG.",
                                                        .words = "ID [s|l]",
                                                        .least_words = 1,
                                                        .most_words = 2,
                                                        .options = fetch_options,
                                                        .run = run_preview};
const struct osmflow_command osmflow_mapflow_download = {.name = "mapflow download",
                                                         .summary = "Fetches the file of an image.",
                                                         .words = "[image] ID",
                                                         .least_words = 1,
                                                         .most_words = 2,
                                                         .options = fetch_options,
                                                         .run = run_download};
const struct osmflow_command osmflow_mapflow_stats = {.name = "mapflow stats",
                                                      .summary = "Lists what was processed and what it cost.",
                                                      .words = "",
                                                      .options = stats_options,
                                                      .run = run_stats};
const struct osmflow_command osmflow_mapflow_version = {.name = "mapflow version",
                                                        .summary = "Prints the version of the server.",
                                                        .words = "",
                                                        .options = only_server,
                                                        .run = run_version};
