/* Mending a raster: plan, view, tiles, files. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/raster_fix_parts.h"

enum { MOST_TILES = 10000, MOST_PATHS = 1 << 22, MOST_TRIES = 8, PATH = 4096, COPIED = 1 << 20 };

struct fixing {
  struct osmflow_raster_file file;
  const struct osmflow_raster_report *report;
  const struct osmflow_raster_limits *limits;
  const char *folder;
  struct osmflow_raster_plan plan;
  struct osmflow_raster_view view;
  struct osmflow_raster_writing writing;
  struct osmflow_bytes made; /* paths, each with its NUL */
  struct osmflow_error *error;
};

static enum osmflow_status refuse_unmendable(const char *path, const struct osmflow_raster_report *report,
                                             struct osmflow_error *error) {
  char text[OSMFLOW_ERROR_SIZE];
  size_t used = (size_t)snprintf(text, sizeof text, "%.500s cannot be mended", path);
  for (size_t i = 0; i < report->problem_count && used < sizeof text; i++)
    if (report->problems[i].is_error && !report->problems[i].can_be_fixed)
      used += (size_t)snprintf(text + used, sizeof text - used, "\n%s", report->problems[i].text);
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s", text);
}

static void delete_made(struct fixing *fixing) {
  for (size_t at = 0; at < fixing->made.size; at += strlen(fixing->made.data + at) + 1)
    VSIUnlink(fixing->made.data + at);
  osmflow_bytes_reset(&fixing->made);
}

/* The file's own name, ".tif" put where it does not end like a GeoTIFF; row and column of a tile when there are some.
 */
static enum osmflow_status add_path(struct fixing *fixing, int row, int column) {
  char tile[40] = "", path[PATH];
  VSIStatBufL stat;
  struct osmflow_text stem, extension;
  osmflow_raster_name(fixing->file.path, &stem, &extension);
  if (!osmflow_text_is_ignoring_case(extension, "tif") && !osmflow_text_is_ignoring_case(extension, "tiff"))
    extension = osmflow_text("tif");
  if (fixing->plan.columns * fixing->plan.rows > 1)
    snprintf(tile, sizeof tile, "_%d_%d", row + 1, column + 1);
  const int length = snprintf(path, sizeof path, "%s/%.*s%s.%.*s", fixing->folder, OSMFLOW_TEXT_ARGUMENTS(stem), tile,
                              OSMFLOW_TEXT_ARGUMENTS(extension));
  if (length >= (int)sizeof path)
    return osmflow_error_set(fixing->error, OSMFLOW_TOO_LARGE, "the name of %.200s... is too long", fixing->file.path);
  if (VSIStatL(path, &stat) == 0)
    return osmflow_error_set(fixing->error, OSMFLOW_BAD_ARGUMENT,
                             "%s is there already: the mended file needs a folder without it", path);
  return osmflow_bytes_add(&fixing->made, path, (size_t)length + 1, fixing->error);
}

static enum osmflow_status failure(struct fixing *fixing, const char *path,
                                   const struct osmflow_raster_complaint *complaint) {
  if (fixing->writing.is_stopped)
    return osmflow_error_set(fixing->error, OSMFLOW_CANCELLED, "%s: stopped while it was mended", fixing->file.path);
  return osmflow_error_set(fixing->error, OSMFLOW_IO, "%s: writing %s failed%s", fixing->file.path, path,
                           osmflow_raster_complained(complaint));
}

/* Part of `length` that belongs to an index, all parts nearly alike. */
static int cut(int length, int parts, int index) {
  return (int)((int64_t)length * index / parts);
}

static struct osmflow_raster_window tile(const struct fixing *fixing, int row, int column) {
  const int width = GDALGetRasterXSize(fixing->view.top), height = GDALGetRasterYSize(fixing->view.top);
  const int x = cut(width, fixing->plan.columns, column), y = cut(height, fixing->plan.rows, row);
  return (struct osmflow_raster_window){x, y, cut(width, fixing->plan.columns, column + 1) - x,
                                        cut(height, fixing->plan.rows, row + 1) - y};
}

/* *bytes 0: there is nothing in that tile, and no file. */
static enum osmflow_status write_tile(struct fixing *fixing, int row, int column, int64_t *bytes) {
  const int tiles = fixing->plan.columns * fixing->plan.rows;
  const struct osmflow_raster_window part = tile(fixing, row, column);
  struct osmflow_raster_complaint complaint;
  VSIStatBufL stat;
  *bytes = 0;
  if (tiles > 1 && osmflow_raster_is_empty(fixing->view.top, &part))
    return OSMFLOW_OK;
  const size_t before = fixing->made.size;
  enum osmflow_status status = add_path(fixing, row, column);
  if (status != OSMFLOW_OK)
    return status;
  const char *path = fixing->made.data + before;
  fixing->writing.share = 1.0 / tiles;
  fixing->writing.done = (row * fixing->plan.columns + column) * fixing->writing.share;
  osmflow_raster_listen(&complaint);
  const bool is_good = osmflow_raster_write(&fixing->writing, &part, path) && !complaint.is_failure;
  osmflow_raster_listen_end();
  if (!is_good || VSIStatL(path, &stat) != 0)
    return failure(fixing, path, &complaint);
  *bytes = (int64_t)stat.st_size;
  return OSMFLOW_OK;
}

static bool is_too_large(const struct fixing *fixing, int64_t bytes) {
  return fixing->limits->most_bytes > 0 && bytes > fixing->limits->most_bytes;
}

static enum osmflow_status write_tiles(struct fixing *fixing, int64_t *largest) {
  enum osmflow_status status = OSMFLOW_OK;
  *largest = 0;
  for (int row = 0; row < fixing->plan.rows; row++)
    for (int column = 0; column < fixing->plan.columns; column++) {
      int64_t bytes = 0;
      status = write_tile(fixing, row, column, &bytes);
      *largest = bytes > *largest ? bytes : *largest;
      if (status != OSMFLOW_OK || is_too_large(fixing, *largest))
        return status;
    }
  return status;
}

/* How large a tile gets is only known when it is written, since it is compressed. */
static enum osmflow_status write_all(struct fixing *fixing) {
  const int width = GDALGetRasterXSize(fixing->view.top), height = GDALGetRasterYSize(fixing->view.top);
  for (int tries = 0; tries < MOST_TRIES && (double)fixing->plan.columns * fixing->plan.rows <= MOST_TILES; tries++) {
    int64_t largest = 0;
    const enum osmflow_status status = write_tiles(fixing, &largest);
    if (status != OSMFLOW_OK || !is_too_large(fixing, largest))
      return status;
    const double times = 1.1 * (double)largest / (double)fixing->limits->most_bytes;
    const double wanted = times * fixing->plan.columns * fixing->plan.rows;
    delete_made(fixing);
    if (wanted > MOST_TILES || wanted > (double)width * height / 2)
      break;
    while (fixing->plan.columns * fixing->plan.rows < wanted) {
      if (width / fixing->plan.columns >= height / fixing->plan.rows)
        fixing->plan.columns++;
      else
        fixing->plan.rows++;
    }
  }
  return osmflow_error_set(fixing->error, OSMFLOW_UNSUPPORTED,
                           "%s (%d x %d pixels) cannot be cut into %d tiles that are small enough", fixing->file.path,
                           width, height, MOST_TILES);
}

static enum osmflow_status build_view(struct fixing *fixing) {
  const struct osmflow_raster_plan *plan = &fixing->plan;
  struct osmflow_raster_complaint complaint;
  bool is_good = true;
  fixing->view.top = fixing->file.whole;
  osmflow_raster_listen(&complaint);
  is_good = osmflow_raster_view_bands(&fixing->view, &plan->choice);
  if (is_good && plan->stretches)
    is_good = osmflow_raster_range(fixing->view.top, plan->choice.count, &fixing->plan.low, &fixing->plan.high);
  if (is_good && plan->warps)
    is_good = osmflow_raster_view_warp(&fixing->view, plan, fixing->file.place.has_rpc);
  osmflow_raster_listen_end();
  fixing->writing.view = fixing->view.top;
  if (is_good)
    return OSMFLOW_OK;
  return osmflow_error_set(fixing->error, OSMFLOW_BAD_DATA, "%s: GDAL cannot convert it%s", fixing->file.path,
                           osmflow_raster_complained(&complaint));
}

static bool copy_bytes(struct fixing *fixing, VSILFILE *from, VSILFILE *to) {
  const double size = (double)fixing->report->facts.bytes;
  char *buffer = malloc(COPIED);
  double copied = 0;
  bool is_good = buffer && from && to;
  for (size_t count = COPIED; is_good && count == COPIED;) {
    count = VSIFReadL(buffer, 1, COPIED, from);
    copied += (double)count;
    is_good = VSIFWriteL(buffer, 1, count, to) == count &&
              osmflow_raster_tell(&fixing->writing, size > 0 && copied < size ? copied / size : 1);
  }
  free(buffer);
  return is_good;
}

/* Only the name is wrong. */
static enum osmflow_status copy_file(struct fixing *fixing) {
  struct osmflow_raster_complaint complaint;
  enum osmflow_status status = add_path(fixing, 0, 0);
  if (status != OSMFLOW_OK)
    return status;
  fixing->writing.share = 1;
  osmflow_raster_listen(&complaint);
  VSILFILE *from = VSIFOpenL(fixing->file.path, "rb"), *to = VSIFOpenL(fixing->made.data, "wb");
  bool is_good = copy_bytes(fixing, from, to);
  if (from)
    VSIFCloseL(from);
  if (to && VSIFCloseL(to) != 0)
    is_good = false;
  osmflow_raster_listen_end();
  return is_good ? OSMFLOW_OK : failure(fixing, fixing->made.data, &complaint);
}

static enum osmflow_status open_file(struct fixing *fixing, const char *path) {
  const struct osmflow_raster_report *report = fixing->report;
  const bool is_beside = osmflow_raster_find(report, OSMFLOW_RASTER_NOT_GEOTIFF) ||
                         osmflow_raster_find(report, OSMFLOW_RASTER_NO_CRS) ||
                         osmflow_raster_find(report, OSMFLOW_RASTER_NO_TRANSFORM);
  struct osmflow_raster_complaint complaint;
  osmflow_raster_listen(&complaint);
  osmflow_raster_file_open_whole(&fixing->file, path, is_beside);
  enum osmflow_status status = OSMFLOW_OK;
  if (!fixing->file.whole) {
    status = osmflow_error_set(fixing->error, OSMFLOW_IO, "%s cannot be opened%s", path,
                               osmflow_raster_complained(&complaint));
  } else {
    osmflow_raster_facts_read(&fixing->file);
    status = osmflow_raster_plan(&fixing->file, report, fixing->limits, &fixing->plan, fixing->error);
  }
  osmflow_raster_listen_end();
  return status;
}

/* What GDAL would write into .aux.xml files beside the new ones is not wanted there. */
static enum osmflow_status write_without_files_beside(struct fixing *fixing) {
  char *before = CPLStrdup(CPLGetThreadLocalConfigOption("GDAL_PAM_ENABLED", ""));
  CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "NO");
  osmflow_raster_plan_tiles(&fixing->file.facts, fixing->limits, fixing->view.top, &fixing->plan);
  const enum osmflow_status status = write_all(fixing);
  CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", before[0] ? before : NULL);
  CPLFree(before);
  return status;
}

enum osmflow_status osmflow_raster_fix(const char *path, const struct osmflow_raster_report *report,
                                       const struct osmflow_raster_limits *limits, const char *folder,
                                       const struct osmflow_raster_progress *progress, struct osmflow_bytes *paths,
                                       struct osmflow_error *error) {
  static const struct osmflow_raster_limits without_limits = {.free_bytes = -1};
  struct fixing fixing = {
      .report = report, .limits = limits ? limits : &without_limits, .folder = folder, .error = error};
  if (!osmflow_raster_can_be_fixed(report))
    return refuse_unmendable(path, report, error);
  fixing.writing = (struct osmflow_raster_writing){.plan = &fixing.plan, .progress = progress};
  osmflow_bytes_init(&fixing.made, MOST_PATHS);
  enum osmflow_status status = open_file(&fixing, path);
  if (status == OSMFLOW_OK && !fixing.plan.rewrites) {
    status = copy_file(&fixing);
  } else if (status == OSMFLOW_OK) {
    status = build_view(&fixing);
    if (status == OSMFLOW_OK)
      status = write_without_files_beside(&fixing);
  }
  if (status == OSMFLOW_OK && fixing.made.size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: there is nothing in it", path);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(paths, fixing.made.data, fixing.made.size, error);
  if (status != OSMFLOW_OK)
    delete_made(&fixing);
  osmflow_raster_view_clear(&fixing.view);
  osmflow_raster_plan_clear(&fixing.plan);
  osmflow_raster_file_close(&fixing.file);
  osmflow_bytes_clear(&fixing.made);
  return status;
}
