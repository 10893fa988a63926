/* `osmflow cache`: what lies in a cache folder. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/number.h"
#include "cli/command.h"
#include "net/cache.h"
#include "net/url.h"

enum { DIRECTORY };
static const char directory_option[] = "OSMAPI_CACHE";

struct line {
  int64_t stored_seconds, bytes;
  char *url;
};

struct listing {
  struct line *lines;
  size_t count, capacity;
};

static enum osmflow_status add_line(void *self, const struct osmflow_cache_item *item, struct osmflow_error *error) {
  enum { MOST_LINES = 10000000 };
  struct listing *listing = self;
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  enum osmflow_status status = osmflow_array_reserve((void **)&listing->lines, &listing->capacity, listing->count + 1,
                                                     sizeof *listing->lines, MOST_LINES, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_url_show(item->url, shown);
  struct line *line = &listing->lines[listing->count];
  *line = (struct line){item->stored_seconds, item->bytes, strdup(shown)};
  if (!line->url)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the list");
  listing->count++;
  return OSMFLOW_OK;
}

static int compare(const void *left, const void *right) {
  const struct line *one = left, *other = right;
  if (one->stored_seconds != other->stored_seconds)
    return one->stored_seconds < other->stored_seconds ? -1 : 1;
  return strcmp(one->url, other->url);
}

/* Oldest first, so that the newest stand above the prompt. */
static enum osmflow_status list(const char *directory, struct osmflow_error *error) {
  struct listing listing = {NULL, 0, 0};
  char time[OSMFLOW_NUMBER_SIZE];
  enum osmflow_status status = osmflow_cache_list(directory, add_line, &listing, error);
  if (listing.count > 0)
    qsort(listing.lines, listing.count, sizeof *listing.lines, compare);
  for (size_t i = 0; i < listing.count; i++) {
    const struct line *line = &listing.lines[i];
    osmflow_format_time(time, line->stored_seconds);
    if (status == OSMFLOW_OK)
      status = osmflow_say(error, "%s %10" PRId64 " %s\n", time, line->bytes, line->url);
    free(line->url);
  }
  free(listing.lines);
  return status;
}

static enum osmflow_status size(const char *directory, struct osmflow_error *error) {
  struct osmflow_cache_summary summary;
  char time[OSMFLOW_NUMBER_SIZE] = "";
  const enum osmflow_status status = osmflow_cache_summarize(directory, &summary, error);
  if (status != OSMFLOW_OK)
    return status;
  if (summary.count > 0)
    osmflow_format_time(time, summary.oldest_seconds);
  return osmflow_say(error, "%" PRId64 " answers, %" PRId64 " bytes%s%s\n", summary.count, summary.bytes,
                     *time ? ", oldest of " : "", time);
}

static enum osmflow_status clear(const char *directory, struct osmflow_error *error) {
  struct osmflow_cache_summary summary;
  const enum osmflow_status status = osmflow_cache_clear(directory, &summary, error);
  return status == OSMFLOW_OK
             ? osmflow_say(error, "%" PRId64 " answers removed, %" PRId64 " bytes\n", summary.count, summary.bytes)
             : status;
}

static enum osmflow_status run_cache(const struct osmflow_environment *environment,
                                     const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const struct {
    const char *name;
    enum osmflow_status (*run)(const char *directory, struct osmflow_error *error);
  } actions[] = {{"list", list}, {"size", size}, {"clear", clear}};
  const char *directory = arguments->options[DIRECTORY];
  if (!directory)
    directory = environment->option(environment->self, directory_option);
  for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
    if (strcmp(arguments->words[0], actions[i].name) == 0)
      return directory && *directory
                 ? actions[i].run(directory, error)
                 : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                     "which folder? There is no cache unless one is named: --dir DIR, or the option %s",
                                     directory_option);
  }
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the word behind cache is list, size or clear");
}

static const struct osmflow_option options[] = {
    [DIRECTORY] = {"dir", '\0', "DIR", "the cache's folder, instead of OSMAPI_CACHE"}, {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_cache = {
    .name = "cache",
    .summary = "Lists, measures or empties the folder of kept answers.",
    .words = "list|size|clear",
    .least_words = 1,
    .most_words = 1,
    .options = options,
    .details =
        "The driver keeps answers where the open option CACHE=DIR or the configuration option OSMAPI_CACHE says\n"
        "so. list prints for each: when it came, its bytes, its address. clear removes the answers and no file\n"
        "else.\n",
    .run = run_cache,
};
