#include "osm/fetch.h"

#include "osm/fetch_job.h"

static enum osmflow_status whole_url(const struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                     struct osmflow_bytes *url, struct osmflow_error *error) {
  (void)piece;
  return osmflow_call_url(job->call, url, error);
}

static enum osmflow_status whole_refused(struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                         const struct osmflow_http_response *response, enum osmflow_status status,
                                         const struct osmflow_error *request_error, struct osmflow_error *error) {
  (void)piece;
  return osmflow_fetch_explain(job->call, response, status, request_error, error);
}

static const struct osmflow_fetch_kind whole = {.url = whole_url, .refused = whole_refused};

enum osmflow_status osmflow_fetch_whole(struct osmflow_http *http, const struct osmflow_call *call,
                                        struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                        struct osmflow_error *error) {
  struct osmflow_fetch_job job;
  struct osmflow_fetch_piece piece = {.share = 1};
  osmflow_fetch_job_init(&job, &whole, call, store, progress);
  enum osmflow_status status = osmflow_fetch_job_add(&job, &piece, error);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_job_run(&job, http, error);
  osmflow_fetch_job_clear(&job);
  return status;
}

/* The calls whose answer may have to be put together from several; all others are one request. */
static const struct {
  const char *path; /* the call's pattern */
  enum osmflow_status (*fetch)(struct osmflow_http *http, const struct osmflow_call *call, struct osmflow_store *store,
                               const struct osmflow_fetch_progress *progress, struct osmflow_error *error);
} put_together[] = {{"map", osmflow_fetch_map},
                    {"nodes", osmflow_fetch_ids},
                    {"ways", osmflow_fetch_ids},
                    {"relations", osmflow_fetch_ids}};

enum osmflow_status osmflow_fetch_elements(struct osmflow_http *http, const struct osmflow_call *call,
                                           struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                           struct osmflow_error *error) {
  const struct osmflow_call_class *call_class = call->call_class;
  if (call->is_file)
    return osmflow_fetch_file(call, store, progress, error);
  if (call_class->answer == OSMFLOW_ANSWER_TABLE || call_class->answer == OSMFLOW_ANSWER_TRACKS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the answer of %s holds no elements", call_class->pattern);
  if (!http)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s needs a connection to a server", call_class->pattern);
  for (size_t i = 0; i < sizeof put_together / sizeof put_together[0]; i++)
    if (strcmp(call_class->pattern, put_together[i].path) == 0)
      return put_together[i].fetch(http, call, store, progress, error);
  return osmflow_fetch_whole(http, call, store, progress, error);
}
