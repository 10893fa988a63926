#include "osm/fetch_job.h"

#include <stdlib.h>

#include "osm/read.h"

enum { MOST_PIECES = 10000000, LONGEST_URL = 8 << 20 };

/* One request in flight. */
struct osmflow_fetch_download {
  struct osmflow_fetch_download *next;
  struct osmflow_fetch_job *job;
  struct osmflow_fetch_piece piece;
  struct osmflow_store own;
  struct osmflow_store *store; /* `own`, or the job's */
  struct osmflow_reader *reader;
  struct osmflow_bytes url;
};

void osmflow_fetch_job_init(struct osmflow_fetch_job *job, const struct osmflow_fetch_kind *kind,
                            const struct osmflow_call *call, struct osmflow_store *store,
                            const struct osmflow_fetch_progress *progress) {
  *job = (struct osmflow_fetch_job){
      .kind = kind, .call = call, .store = store, .progress = progress, .keeps_versions = store->keeps_versions};
  osmflow_id_list_init(&job->ids);
  osmflow_id_list_init(&job->unknown_ids);
}

static void free_download(struct osmflow_fetch_job *job, struct osmflow_fetch_download *download) {
  struct osmflow_fetch_download **place = &job->downloads;
  while (*place && *place != download)
    place = &(*place)->next;
  if (*place)
    *place = download->next;
  osmflow_reader_free(download->reader);
  osmflow_store_clear(&download->own);
  osmflow_bytes_clear(&download->url);
  free(download);
}

void osmflow_fetch_job_clear(struct osmflow_fetch_job *job) {
  while (job->downloads)
    free_download(job, job->downloads);
  free(job->pending);
  osmflow_id_list_clear(&job->ids);
  osmflow_id_list_clear(&job->unknown_ids);
  job->pending = NULL;
  job->pending_count = job->pending_capacity = 0;
}

enum osmflow_status osmflow_fetch_job_add(struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                          struct osmflow_error *error) {
  void *pending = job->pending;
  enum osmflow_status status = osmflow_array_reserve(&pending, &job->pending_capacity, job->pending_count + 1,
                                                     sizeof job->pending[0], MOST_PIECES, error);
  job->pending = pending;
  if (status == OSMFLOW_OK)
    job->pending[job->pending_count++] = *piece;
  return status;
}

static enum osmflow_status report(struct osmflow_fetch_job *job, struct osmflow_error *error) {
  if (!job->progress || job->progress->report(job->progress->self, job->is_single ? -1 : job->share_done, job->bytes))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_CANCELLED, "cancelled");
}

/* An answer starts, for the first time or again: nothing may be left of an earlier one. */
static enum osmflow_status begin_answer(void *self, const struct osmflow_http_response *response,
                                        struct osmflow_error *error) {
  struct osmflow_fetch_download *download = self;
  (void)response;
  osmflow_reader_free(download->reader);
  download->reader = NULL;
  osmflow_store_clear(download->store);
  osmflow_store_init(download->store, download->job->keeps_versions);
  return osmflow_reader_new(download->store, OSMFLOW_READ_AUTO, &download->reader, error);
}

static enum osmflow_status take_bytes(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct osmflow_fetch_download *download = self;
  download->job->bytes += (int64_t)size;
  enum osmflow_status status = osmflow_reader_feed(download->reader, data, size, error);
  return status == OSMFLOW_OK ? report(download->job, error) : status;
}

static enum osmflow_status finish_answer(void *self, struct osmflow_error *error) {
  struct osmflow_fetch_download *download = self;
  return osmflow_reader_finish(download->reader, error);
}

static enum osmflow_status start_download(struct osmflow_fetch_job *job, struct osmflow_http_request *request,
                                          struct osmflow_error *error) {
  struct osmflow_fetch_download *download = calloc(1, sizeof *download);
  if (!download)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "out of memory");
  download->job = job;
  download->piece = job->pending[--job->pending_count];
  osmflow_store_init(&download->own, job->keeps_versions);
  download->store = job->is_single ? job->store : &download->own;
  osmflow_bytes_init(&download->url, LONGEST_URL);
  download->next = job->downloads;
  job->downloads = download;
  enum osmflow_status status = job->kind->url(job, &download->piece, &download->url, error);
  if (status != OSMFLOW_OK) {
    free_download(job, download);
    return status;
  }
  *request = (struct osmflow_http_request){
      .method = "GET",
      .url = osmflow_bytes_string(&download->url),
      .authorization = job->call->call_class->authorization,
      .repeatable = true,
      .cacheable = true,
      .sink = {.self = download, .begin = begin_answer, .write = take_bytes, .finish = finish_answer},
      .tag = download};
  return OSMFLOW_OK;
}

static bool next_request(void *self, struct osmflow_http_request *request) {
  struct osmflow_fetch_job *job = self;
  if (job->pending_count == 0 || job->failure.status != OSMFLOW_OK)
    return false;
  return start_download(job, request, &job->failure) == OSMFLOW_OK;
}

static enum osmflow_status request_refused(struct osmflow_fetch_job *job, struct osmflow_fetch_download *download,
                                           const struct osmflow_http_response *response, enum osmflow_status status,
                                           const struct osmflow_error *request_error, struct osmflow_error *error) {
  struct osmflow_fetch_piece piece = download->piece;
  free_download(job, download);
  if (job->is_single) {
    job->is_single = false;
    osmflow_store_clear(job->store); /* an attempt before the refused one may have begun to fill it */
    osmflow_store_init(job->store, job->keeps_versions);
  }
  return job->kind->refused(job, &piece, response, status, request_error, error);
}

static enum osmflow_status request_done(void *self, const struct osmflow_http_request *request,
                                        const struct osmflow_http_response *response, enum osmflow_status status,
                                        const struct osmflow_error *request_error, struct osmflow_error *error) {
  struct osmflow_fetch_job *job = self;
  struct osmflow_fetch_download *download = request->tag;
  if (status != OSMFLOW_OK)
    return request_refused(job, download, response, status, request_error, error);
  if (download->store != job->store)
    status = osmflow_store_merge(job->store, &download->own, error);
  job->share_done += download->piece.share;
  free_download(job, download);
  return status == OSMFLOW_OK ? report(job, error) : status;
}

enum osmflow_status osmflow_fetch_job_run(struct osmflow_fetch_job *job, struct osmflow_http *http,
                                          struct osmflow_error *error) {
  struct osmflow_http_queue queue = {.self = job, .next = next_request, .done = request_done};
  job->is_single = job->pending_count == 1;
  enum osmflow_status status = osmflow_http_run(http, &queue, error);
  if (status == OSMFLOW_OK && job->failure.status != OSMFLOW_OK) {
    status = job->failure.status;
    if (error)
      *error = job->failure;
  }
  return status == OSMFLOW_OK ? osmflow_store_finish(job->store, error) : status;
}
