/* Waiting for an export, and its ZIP to disk. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/sha256.h"
#include "cityloader/export_parts.h"
#include "net/file.h"

enum {
  FIRST_LOOK_MS = 4000,
  NEXT_LOOK_MS = 3000,
  DEFAULT_TIMEOUT_MS = 1800000,
  LONGEST_SECONDS = 604800,
  MOST_BREAKS = 5
};
static const int64_t largest_download = (int64_t)16 << 30;

static enum osmflow_status read_seconds(const struct osmflow_environment *environment, const char *name,
                                        int64_t fallback_ms, int64_t *milliseconds, struct osmflow_error *error) {
  const char *text = environment->option(environment->self, name);
  double seconds = 0;
  *milliseconds = fallback_ms;
  if (!text || !*text)
    return OSMFLOW_OK;
  if (!osmflow_parse_real(osmflow_text(text), &seconds) || seconds < 0 || seconds > LONGEST_SECONDS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%.60s is not a number of seconds", name, text);
  *milliseconds = (int64_t)(seconds * 1000);
  return OSMFLOW_OK;
}

static enum osmflow_status judge(const struct osmflow_export_state *state, struct osmflow_error *error) {
  if (state->status != OSMFLOW_EXPORT_FAILED)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the export %s has failed%s%s", state->id,
                           *state->message ? ": " : "", state->message);
}

enum osmflow_status osmflow_export_wait(const struct osmflow_cityloader *cityloader, const char *id,
                                        bool (*tell)(void *self, const struct osmflow_export_state *state), void *self,
                                        struct osmflow_export_state *state, struct osmflow_error *error) {
  const struct osmflow_environment *environment = cityloader->environment;
  int64_t first = FIRST_LOOK_MS, next = NEXT_LOOK_MS, timeout = 0;
  enum osmflow_status status = read_seconds(environment, "CITYLOADER_POLL", FIRST_LOOK_MS, &first, error);
  if (status == OSMFLOW_OK)
    status = read_seconds(environment, "CITYLOADER_POLL", NEXT_LOOK_MS, &next, error);
  if (status == OSMFLOW_OK)
    status = read_seconds(environment, "CITYLOADER_TIMEOUT", DEFAULT_TIMEOUT_MS, &timeout, error);
  const int64_t end = environment->monotonic_ms(environment->self) + timeout;
  for (int64_t pause = first; status == OSMFLOW_OK; pause = next) {
    if (!osmflow_wait(environment, pause))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the export %s goes on at the server", id);
    status = osmflow_export_look(cityloader, id, state, error);
    if (status == OSMFLOW_OK && tell && !tell(self, state))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the export %s goes on at the server", id);
    if (status == OSMFLOW_OK)
      status = judge(state, error);
    if (status != OSMFLOW_OK || state->status == OSMFLOW_EXPORT_DONE)
      return status;
    if (environment->monotonic_ms(environment->self) > end)
      return osmflow_error_set(error, OSMFLOW_NETWORK,
                               "the export %s is still \"%s\" after %" PRId64
                               " s; open CITYLOADER:export/%s later, or raise CITYLOADER_TIMEOUT",
                               id, state->status_text, timeout / 1000, id);
  }
  return status;
}

/* A download while it goes on. */
struct download {
  FILE *file;
  const char *path;
  int64_t start; /* bytes that an earlier try brought */
  int64_t bytes, total;
  bool (*tell)(void *self, int64_t bytes, int64_t total);
  void *self;
};

/* 206: the rest comes; 200: all of it comes once more. */
static enum osmflow_status begin(void *self, const struct osmflow_http_response *response,
                                 struct osmflow_error *error) {
  struct download *download = self;
  const int64_t place = response->status == 206 ? download->start : 0;
  if (fflush(download->file) != 0 || ftruncate(fileno(download->file), place) != 0 ||
      fseeko(download->file, place, SEEK_SET) != 0)
    return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", download->path, strerror(errno));
  download->bytes = place;
  download->total = response->content_length < 0 ? -1 : place + response->content_length;
  return OSMFLOW_OK;
}

static enum osmflow_status receive(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct download *download = self;
  if (fwrite(data, 1, size, download->file) != size)
    return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", download->path, strerror(errno));
  download->bytes += (int64_t)size;
  if (download->bytes > largest_download)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "the export is larger than %" PRId64 " bytes", largest_download);
  if (download->tell && !download->tell(download->self, download->bytes, download->total))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the next download goes on at byte %" PRId64,
                             download->bytes);
  return OSMFLOW_OK;
}

static enum osmflow_status fetch(const struct osmflow_cityloader *cityloader, const char *url,
                                 struct download *download, int *http_status, struct osmflow_error *error) {
  struct osmflow_http_response response;
  const struct osmflow_http_request request = {.method = "GET",
                                               .url = url,
                                               .authorization = OSMFLOW_HTTP_ANONYMOUS,
                                               .range_start = download->start,
                                               .sink = {download, begin, receive, NULL}};
  osmflow_http_response_init(&response);
  const enum osmflow_status status = osmflow_http_perform(cityloader->http, &request, &response, error);
  *http_status = response.status;
  osmflow_http_response_clear(&response);
  return status;
}

/* A range that is behind the end (the file was whole already, or is another by now) is begun anew. */
static enum osmflow_status fetch_all(const struct osmflow_cityloader *cityloader, const char *url,
                                     struct download *download, struct osmflow_error *error) {
  enum { RANGE_REFUSED = 416, PAUSE_MS = 1000 };
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  enum osmflow_status status = OSMFLOW_NETWORK;
  for (int breaks = 0; status == OSMFLOW_NETWORK && breaks < MOST_BREAKS; breaks++) {
    int http_status = 0;
    if (breaks > 0 && !osmflow_wait(cityloader->environment, PAUSE_MS))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the next download goes on where this one ended");
    const int64_t before = download->start;
    status = fetch(cityloader, url, download, &http_status, &reason);
    if (http_status == RANGE_REFUSED && before > 0) {
      download->start = 0;
      status = OSMFLOW_NETWORK;
    } else if (status == OSMFLOW_NETWORK) {
      download->start = download->bytes;
      breaks = download->bytes > before ? 0 : breaks;
    }
  }
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status;
}

enum osmflow_status osmflow_export_download(const struct osmflow_cityloader *cityloader,
                                            const struct osmflow_export_state *state, const char *path,
                                            bool (*tell)(void *self, int64_t bytes, int64_t total), void *self,
                                            struct osmflow_error *error) {
  enum { PATH_CEILING = 16 * 1024 };
  struct download download = {.tell = tell, .self = self, .total = -1};
  struct osmflow_bytes part;
  osmflow_bytes_init(&part, PATH_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&part, error, "%s.part", path);
  if (status == OSMFLOW_OK) {
    download.path = osmflow_bytes_string(&part);
    download.file = fopen(download.path, "abe");
    if (!download.file)
      status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", download.path, strerror(errno));
  }
  if (download.file && fseeko(download.file, 0, SEEK_END) == 0)
    download.bytes = download.start = ftello(download.file);
  if (status == OSMFLOW_OK)
    status = fetch_all(cityloader, state->download_url, &download, error);
  if (download.file && fclose(download.file) != 0 && status == OSMFLOW_OK)
    status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", download.path, strerror(errno));
  if (status == OSMFLOW_OK && rename(osmflow_bytes_string(&part), path) != 0)
    status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", path, strerror(errno));
  osmflow_bytes_clear(&part);
  return status;
}

static enum osmflow_status find_folder(const struct osmflow_environment *environment, struct osmflow_bytes *folder,
                                       struct osmflow_error *error) {
  static const struct {
    const char *option, *below;
  } places[] = {{"CITYLOADER_CACHE", ""}, {"XDG_CACHE_HOME", "/osmflow/exports"}, {"HOME", "/.cache/osmflow/exports"}};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    const char *place = environment->option(environment->self, places[i].option);
    if (place && *place)
      return osmflow_bytes_print(folder, error, "%s%s", place, places[i].below);
  }
  return osmflow_error_set(error, OSMFLOW_IO, "there is no folder for downloaded exports: set CITYLOADER_CACHE");
}

/* Two servers may give the same id, so some digits of the server's checksum stand in front. */
enum osmflow_status osmflow_export_path(const struct osmflow_cityloader *cityloader, const char *id,
                                        struct osmflow_bytes *path, struct osmflow_error *error) {
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  osmflow_sha256(osmflow_text(cityloader->root), digest);
  enum osmflow_status status = find_folder(cityloader->environment, path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_folder_make(osmflow_bytes_string(path), error);
  return status == OSMFLOW_OK ? osmflow_bytes_print(path, error, "/%02x%02x%02x%02x-%s.zip", digest[0], digest[1],
                                                    digest[2], digest[3], id)
                              : status;
}
