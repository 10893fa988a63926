#include <inttypes.h>

#include "base/number.h"
#include "osm/capabilities.h"
#include "osm/fetch_job.h"
#include "osm/fetch_tile.h"

/* Beyond this many tiles nobody waits for the end, and the server's operators ask for other ways. */
enum { MOST_TILES = 10000 };

static enum osmflow_status add_tiles(struct osmflow_fetch_job *job, const struct osmflow_bbox *bbox, double area,
                                     double share, struct osmflow_error *error) {
  struct osmflow_tile_grid grid = osmflow_tile_grid(bbox, area);
  int64_t count = grid.columns * grid.rows;
  enum osmflow_status status = OSMFLOW_OK;
  if (count > MOST_TILES)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                             "the bbox has %.6g square degrees, and the server sends %.6g at a time: that would be "
                             "%" PRId64
                             " requests (at most %d are made); ask for a smaller bbox, or take an extract "
                             "(for example from download.geofabrik.de) for areas of this size",
                             osmflow_bbox_area(bbox), area, count, MOST_TILES);
  for (int64_t i = count - 1; i >= 0 && status == OSMFLOW_OK; i--) {
    struct osmflow_fetch_piece piece = {.tile = osmflow_tile_of(&grid, i), .share = share / (double)count};
    status = osmflow_fetch_job_add(job, &piece, error);
  }
  return status;
}

static enum osmflow_status tile_url(const struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                    struct osmflow_bytes *url, struct osmflow_error *error) {
  char query[OSMFLOW_BBOX_SIZE + sizeof "bbox="] = "bbox=";
  (void)osmflow_bbox_format(query + strlen(query), &piece->tile);
  return osmflow_call_format_url(job->call->root, job->call->call_class, job->call->path, query, url, error);
}

/* The limit that stands in "The maximum bbox size is 0.250000, and your request was too large."; 0 when none does. */
static double told_limit(const char *words) {
  static const char before[] = "maximum bbox size is ";
  const char *place = strstr(words, before);
  double limit = 0;
  if (!place)
    return 0;
  place += strlen(before);
  struct osmflow_text number = {place, strspn(place, "0123456789.")};
  while (number.size > 0 && number.data[number.size - 1] == '.')
    number.size--;
  return osmflow_parse_real(number, &limit) && limit > 0 ? limit : 0;
}

static enum osmflow_status tile_refused(struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                        const struct osmflow_http_response *response, enum osmflow_status status,
                                        const struct osmflow_error *request_error, struct osmflow_error *error) {
  const char *words = osmflow_bytes_string(&response->error_body);
  bool has_many_nodes = response->status == 400 && strstr(words, "too many nodes");
  bool is_large = response->status == 400 && strstr(words, "maximum bbox size");
  double limit = is_large ? told_limit(words) : 0;
  struct osmflow_bbox parts[4];
  if (!has_many_nodes && !is_large)
    return osmflow_fetch_explain(job->call, response, status, request_error, error);
  if (limit > 0 && osmflow_bbox_area(&piece->tile) > limit)
    return add_tiles(job, &piece->tile, limit, piece->share, error);
  size_t count = osmflow_tile_split(&piece->tile, parts);
  if (count == 0) {
    char text[OSMFLOW_BBOX_SIZE];
    (void)osmflow_bbox_format(text, &piece->tile);
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                             "%s refuses even the bbox %s, which is only about a metre wide and cannot be cut any "
                             "further: %.300s",
                             job->call->root, text, words);
  }
  status = OSMFLOW_OK;
  for (size_t i = count; i > 0 && status == OSMFLOW_OK; i--) {
    struct osmflow_fetch_piece part = {.tile = parts[i - 1], .share = piece->share / (double)count};
    status = osmflow_fetch_job_add(job, &part, error);
  }
  return status;
}

static const struct osmflow_fetch_kind tiles = {.url = tile_url, .refused = tile_refused};

/* Only a bbox above the usual limit is worth the question; a server with a lower one says so when it refuses. */
static enum osmflow_status find_limit(struct osmflow_http *http, const struct osmflow_call *call, double *limit,
                                      struct osmflow_error *error) {
  struct osmflow_capabilities capabilities;
  osmflow_capabilities_default(&capabilities);
  enum osmflow_status status = OSMFLOW_OK;
  if (osmflow_bbox_area(&call->bbox) > capabilities.map_area) {
    status = osmflow_capabilities_get(http, call->root, &capabilities, error);
    if (status == OSMFLOW_NOT_FOUND) { /* not every server has that call */
      osmflow_capabilities_default(&capabilities);
      status = OSMFLOW_OK;
    }
  }
  *limit = capabilities.map_area;
  return status;
}

enum osmflow_status osmflow_fetch_map(struct osmflow_http *http, const struct osmflow_call *call,
                                      struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                      struct osmflow_error *error) {
  struct osmflow_fetch_job job;
  double limit = 0;
  osmflow_fetch_job_init(&job, &tiles, call, store, progress);
  enum osmflow_status status = find_limit(http, call, &limit, error);
  struct osmflow_fetch_piece whole = {.tile = call->bbox, .share = 1};
  if (status != OSMFLOW_OK)
    goto done;
  if (osmflow_bbox_area(&call->bbox) <= limit)
    status = osmflow_fetch_job_add(&job, &whole, error);
  else
    status = add_tiles(&job, &call->bbox, limit, 1, error);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_job_run(&job, http, error);
done:
  osmflow_fetch_job_clear(&job);
  return status;
}
