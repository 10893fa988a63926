#include <cpl_vsi.h>
#include <errno.h>
#include <stdlib.h>

#include "osm/fetch_job.h"
#include "osm/read.h"

enum { PIECE = 256 << 10 };

static enum osmflow_status cannot_open(const char *name, struct osmflow_error *error) {
  int reason = errno;
  return osmflow_error_set(error, reason == ENOENT ? OSMFLOW_NOT_FOUND : OSMFLOW_IO,
                           "the file \"%.500s\" cannot be "
                           "opened%s%s",
                           name, reason ? ": " : "", reason ? strerror(reason) : "");
}

static bool is_gzip(VSILFILE *file) {
  unsigned char magic[2] = {0, 0};
  size_t size = VSIFReadL(magic, 1, sizeof magic, file);
  return size == sizeof magic && magic[0] == 0x1F && magic[1] == 0x8B;
}

/* Opens a file, through /vsigzip/ when its first bytes say so. *size: of a file whose position tells the progress,
 * else 0. */
static enum osmflow_status open_file(const char *name, VSILFILE **file, double *size, struct osmflow_error *error) {
  struct osmflow_bytes packed;
  osmflow_bytes_init(&packed, 1 << 16);
  enum osmflow_status status = OSMFLOW_OK;
  *size = 0;
  errno = 0;
  *file = VSIFOpenL(name, "rb");
  if (!*file)
    return cannot_open(name, error);
  if (is_gzip(*file)) {
    (void)VSIFCloseL(*file);
    status = osmflow_bytes_print(&packed, error, "/vsigzip/%s", name);
    *file = status == OSMFLOW_OK ? VSIFOpenL(osmflow_bytes_string(&packed), "rb") : NULL;
    if (status == OSMFLOW_OK && !*file)
      status = cannot_open(name, error);
  } else {
    if (VSIFSeekL(*file, 0, SEEK_END) == 0)
      *size = (double)VSIFTellL(*file);
    if (VSIFSeekL(*file, 0, SEEK_SET) != 0)
      status = osmflow_error_set(error, OSMFLOW_IO, "the file \"%.500s\" cannot be read from its start", name);
  }
  osmflow_bytes_clear(&packed);
  return status;
}

static enum osmflow_status report(const struct osmflow_fetch_progress *progress, double size, int64_t bytes,
                                  struct osmflow_error *error) {
  double done = size > 0 ? (double)bytes / size : -1;
  if (!progress || progress->report(progress->self, done > 1 ? 1 : done, bytes))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_CANCELLED, "cancelled");
}

static enum osmflow_status read_all(VSILFILE *file, double size, struct osmflow_reader *reader,
                                    const struct osmflow_fetch_progress *progress, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  int64_t bytes = 0;
  size_t count = PIECE;
  char *piece = malloc(PIECE);
  if (!piece)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "out of memory");
  while (status == OSMFLOW_OK && count == PIECE) {
    count = VSIFReadL(piece, 1, PIECE, file);
    bytes += (int64_t)count;
    status = osmflow_reader_feed(reader, piece, count, error);
    if (status == OSMFLOW_OK)
      status = report(progress, size, bytes, error);
  }
  free(piece);
  return status == OSMFLOW_OK ? osmflow_reader_finish(reader, error) : status;
}

enum osmflow_status osmflow_fetch_file(const struct osmflow_call *call, struct osmflow_store *store,
                                       const struct osmflow_fetch_progress *progress, struct osmflow_error *error) {
  VSILFILE *file = NULL;
  struct osmflow_reader *reader = NULL;
  double size = 0;
  enum osmflow_status status = open_file(call->file, &file, &size, error);
  if (status != OSMFLOW_OK)
    goto done;
  status = osmflow_reader_new(store, OSMFLOW_READ_AUTO, &reader, error);
  if (status == OSMFLOW_OK)
    status = read_all(file, size, reader, progress, error);
  if (status != OSMFLOW_OK && status != OSMFLOW_CANCELLED)
    osmflow_error_prefix(error, "reading \"%.500s\": ", call->file);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(store, error);
done:
  osmflow_reader_free(reader);
  if (file)
    (void)VSIFCloseL(file);
  return status;
}
