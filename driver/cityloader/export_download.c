/* The ZIP of an export to disk: whole and checked, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "cityloader/archive.h"
#include "cityloader/export_parts.h"
#include "net/file.h"

enum { MOST_BREAKS = 5 };
static const int64_t largest_download = (int64_t)16 << 30;

/* A download while it goes on. */
struct download {
  int file; /* of the .part, locked */
  const char *path;
  int64_t start; /* bytes that an earlier try brought */
  int64_t bytes, total;
  bool is_pieced; /* of more than one answer */
  bool (*tell)(void *self, int64_t bytes, int64_t total);
  void *self;
};

/* 206: the rest comes; 200: all of it comes once more. */
static enum osmflow_status begin(void *self, const struct osmflow_http_response *response,
                                 struct osmflow_error *error) {
  struct download *download = self;
  const int64_t place = response->status == 206 ? download->start : 0;
  if (ftruncate(download->file, place) != 0 || lseek(download->file, place, SEEK_SET) < 0)
    return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", download->path, strerror(errno));
  download->is_pieced = place > 0;
  download->bytes = place;
  download->total = response->content_length < 0 ? -1 : place + response->content_length;
  return OSMFLOW_OK;
}

static enum osmflow_status receive(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct download *download = self;
  const char *rest = data;
  for (size_t left = size; left > 0;) {
    const ssize_t written = write(download->file, rest, left);
    if (written < 0 && errno != EINTR)
      return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", download->path, strerror(errno));
    rest += written > 0 ? written : 0;
    left -= written > 0 ? (size_t)written : 0;
  }
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

/* Whether a try that broke off may go better the next time. */
static bool is_passing(enum osmflow_status status, int http_status) {
  enum { SERVER_IN_TROUBLE = 500 };
  return status == OSMFLOW_NETWORK || (status != OSMFLOW_OK && http_status >= SERVER_IN_TROUBLE);
}

/* A range that is behind the end (the file was whole already, or is another by now) is begun anew. */
static enum osmflow_status fetch_all(const struct osmflow_cityloader *cityloader, const char *url,
                                     struct download *download, struct osmflow_error *error) {
  enum { RANGE_REFUSED = 416, PAUSE_MS = 1000, LEAST_PROGRESS = 16 * 1024 };
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  int64_t pause = PAUSE_MS;
  bool goes_on = true;
  enum osmflow_status status =
      osmflow_export_read_seconds(cityloader->environment, "CITYLOADER_POLL", PAUSE_MS, &pause, error);
  if (status != OSMFLOW_OK)
    return status;
  for (int breaks = 0; goes_on && breaks < MOST_BREAKS; breaks++) {
    int http_status = 0;
    if (breaks > 0 && !osmflow_wait(cityloader->environment, pause << (breaks - 1)))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the next download goes on where this one ended");
    const int64_t before = download->start;
    status = fetch(cityloader, url, download, &http_status, &reason);
    goes_on = is_passing(status, http_status);
    if (http_status == RANGE_REFUSED && before > 0) {
      download->start = download->bytes = 0;
      goes_on = true;
    } else if (goes_on) {
      breaks = download->bytes >= before + LEAST_PROGRESS ? 0 : breaks;
      download->start = download->bytes;
    }
  }
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status;
}

static bool is_there(const char *path) {
  return access(path, R_OK) == 0;
}

/* Whether an open file is still the one of that name: whoever had its lock before may have given it another. */
static bool is_same(int file, const char *path) {
  struct stat open_one, named;
  return fstat(file, &open_one) == 0 && stat(path, &named) == 0 && open_one.st_ino == named.st_ino &&
         open_one.st_dev == named.st_dev;
}

/* Opens and locks the .part; *file stays -1 when somebody else has brought the whole file meanwhile. */
static enum osmflow_status open_part(const struct osmflow_environment *environment, const char *part, const char *path,
                                     int *file, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  *file = -1;
  while (status == OSMFLOW_OK && *file < 0 && !is_there(path)) {
    *file = open(part, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (*file < 0)
      return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", part, strerror(errno));
    status = osmflow_export_lock_file(environment, *file, part, error);
    if (status != OSMFLOW_OK || !is_same(*file, part)) {
      close(*file);
      *file = -1;
    }
  }
  if (*file >= 0 && is_there(path)) {
    unlink(part);
    close(*file);
    *file = -1;
  }
  return status;
}

/* Pieces of different tries may be of different files: then it is begun anew, once. What is not whole even so is not
 * kept. */
static enum osmflow_status fetch_checked(const struct osmflow_cityloader *cityloader, const char *url,
                                         struct download *download, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  const off_t old = lseek(download->file, 0, SEEK_END);
  if (old > 0 && osmflow_archive_check(download->path, NULL) == OSMFLOW_OK)
    return OSMFLOW_OK;
  download->bytes = download->start = old > 0 ? old : 0;
  enum osmflow_status status = fetch_all(cityloader, url, download, error);
  if (status != OSMFLOW_OK)
    return status;
  status = osmflow_archive_check(download->path, &reason);
  if (status == OSMFLOW_BAD_DATA && download->is_pieced) {
    download->bytes = download->start = 0;
    download->is_pieced = false;
    status = fetch_all(cityloader, url, download, error);
    if (status != OSMFLOW_OK)
      return status;
    status = osmflow_archive_check(download->path, &reason);
  }
  if (status == OSMFLOW_BAD_DATA)
    unlink(download->path);
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status;
}

enum osmflow_status osmflow_export_download(const struct osmflow_cityloader *cityloader,
                                            const struct osmflow_export_state *state, const char *path,
                                            bool (*tell)(void *self, int64_t bytes, int64_t total), void *self,
                                            struct osmflow_error *error) {
  enum { PATH_CEILING = 16 * 1024 };
  struct download download = {.file = -1, .tell = tell, .self = self, .total = -1};
  struct osmflow_bytes part;
  osmflow_bytes_init(&part, PATH_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&part, error, "%s.part", path);
  download.path = osmflow_bytes_string(&part);
  if (status == OSMFLOW_OK)
    status = open_part(cityloader->environment, download.path, path, &download.file, error);
  if (status == OSMFLOW_OK && download.file >= 0) {
    status = fetch_checked(cityloader, state->download_url, &download, error);
    if (status == OSMFLOW_OK && (fsync(download.file) != 0 || rename(download.path, path) != 0))
      status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", path, strerror(errno));
  }
  if (download.file >= 0)
    close(download.file);
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
