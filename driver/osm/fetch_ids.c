#include <inttypes.h>
#include <stdio.h>

#include "osm/fetch_job.h"

enum { LONGEST_BATCH_URL = 8000, LONGEST_LIST = 8 << 20, MOST_UNKNOWN = 10 };

/* "nodes", "ways" or "relations": the path's name (without a suffix of the user) and the parameter's. */
static const char *parameter_of(const struct osmflow_call *call) {
  static const char *const names[OSMFLOW_ELEMENT_TYPES] = {"nodes", "ways", "relations"};
  return names[call->type];
}

static enum osmflow_status batch_url(const struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                     struct osmflow_bytes *url, struct osmflow_error *error) {
  const struct osmflow_call *call = job->call;
  enum osmflow_status status = osmflow_call_format_url(call->root, call->call_class, call->path, NULL, url, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(url, error, "?%s=", parameter_of(call));
  if (status == OSMFLOW_OK)
    status = osmflow_id_list_format(&job->ids, piece->first, piece->count, url, error);
  return status;
}

static enum osmflow_status add_batch(struct osmflow_fetch_job *job, size_t first, size_t count,
                                     struct osmflow_error *error) {
  struct osmflow_fetch_piece piece = {.first = first, .count = count, .share = (double)count / (double)job->ids.count};
  return osmflow_fetch_job_add(job, &piece, error);
}

/* The error that names every unknown element found so far. */
static enum osmflow_status name_unknown(const struct osmflow_fetch_job *job, bool is_all, struct osmflow_error *error) {
  struct osmflow_bytes list;
  size_t count = job->unknown_ids.count;
  osmflow_bytes_init(&list, OSMFLOW_ERROR_SIZE);
  enum osmflow_status status = osmflow_id_list_format(&job->unknown_ids, 0, count, &list, error);
  if (status == OSMFLOW_OK) {
    status = osmflow_error_set(
        error, OSMFLOW_NOT_FOUND, "%s%zu of the %zu %s asked for %s not exist on %s: %s%s; leave %s out",
        is_all ? "" : "at least ", count, job->ids.count, parameter_of(job->call), count == 1 ? "does" : "do",
        job->call->root, osmflow_bytes_string(&list), is_all ? "" : " and maybe more", count == 1 ? "it" : "them");
    if (error)
      error->http_status = 404;
  }
  osmflow_bytes_clear(&list);
  return status;
}

static enum osmflow_status remember_unknown(struct osmflow_fetch_job *job, size_t index, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_id_list_add(&job->unknown_ids, &job->ids.items[index], error);
  if (status == OSMFLOW_OK && job->unknown_ids.count >= MOST_UNKNOWN)
    status = name_unknown(job, false, error);
  return status;
}

/* 404 says that an id is unknown, but not which; 414 that this server takes shorter URLs. Half of them tells more. */
static enum osmflow_status batch_refused(struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                         const struct osmflow_http_response *response, enum osmflow_status status,
                                         const struct osmflow_error *request_error, struct osmflow_error *error) {
  size_t half = piece->count / 2;
  bool is_halved = response->status == 404 || response->status == 414;
  if (!is_halved || (response->status == 414 && half == 0))
    return osmflow_fetch_explain(job->call, response, status, request_error, error);
  if (half == 0)
    return remember_unknown(job, piece->first, error);
  status = add_batch(job, piece->first + half, piece->count - half, error);
  return status == OSMFLOW_OK ? add_batch(job, piece->first, half, error) : status;
}

static const struct osmflow_fetch_kind batches = {.url = batch_url, .refused = batch_refused};

static size_t item_length(const struct osmflow_wanted_id *item) {
  int length = item->version ? snprintf(NULL, 0, "%" PRId64 "v%" PRIu32 ",", item->id, item->version)
                             : snprintf(NULL, 0, "%" PRId64 ",", item->id);
  return length > 0 ? (size_t)length : 0;
}

/* Cuts the list into batches whose URLs are short enough for every server; the first batch is asked for first. */
static enum osmflow_status add_batches(struct osmflow_fetch_job *job, struct osmflow_error *error) {
  struct osmflow_fetch_piece none = {0};
  struct osmflow_bytes url;
  osmflow_bytes_init(&url, LONGEST_LIST);
  enum osmflow_status status = batch_url(job, &none, &url, error);
  size_t used = url.size, end = job->ids.count;
  for (size_t i = job->ids.count; i > 0 && status == OSMFLOW_OK; i--) {
    size_t length = item_length(&job->ids.items[i - 1]);
    if (i < end && used + length > LONGEST_BATCH_URL) {
      status = add_batch(job, i, end - i, error);
      end = i;
      used = url.size;
    }
    used += length;
  }
  if (status == OSMFLOW_OK)
    status = add_batch(job, 0, end, error);
  osmflow_bytes_clear(&url);
  return status;
}

enum osmflow_status osmflow_fetch_ids(struct osmflow_http *http, const struct osmflow_call *call,
                                      struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                      struct osmflow_error *error) {
  struct osmflow_fetch_job job;
  struct osmflow_bytes list;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&list, LONGEST_LIST);
  osmflow_fetch_job_init(&job, &batches, call, store, progress);
  if (!osmflow_call_parameter(call, parameter_of(call), &list)) {
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the call has no list of %s", parameter_of(call));
    goto done;
  }
  status = osmflow_id_list_parse(&job.ids, osmflow_bytes_view(&list), true, error);
  if (status == OSMFLOW_OK)
    status = add_batches(&job, error);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_job_run(&job, http, error);
  if (status == OSMFLOW_OK && job.unknown_ids.count > 0)
    status = name_unknown(&job, true, error);
done:
  osmflow_bytes_clear(&list);
  osmflow_fetch_job_clear(&job);
  return status;
}
