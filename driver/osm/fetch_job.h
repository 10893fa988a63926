/* Pieces of a call (tiles, batches of ids, or the whole) fetched over one client, each into a store of its own that is
 * merged when its answer has proved whole; a piece that the server refuses may be cut into smaller ones.
 * Used by fetch*.c only. Owner: the caller (_init/_clear). One thread. */
#ifndef OSMFLOW_OSM_FETCH_JOB_H
#define OSMFLOW_OSM_FETCH_JOB_H

#include "osm/call_ids.h"
#include "osm/fetch.h"

struct osmflow_fetch_piece {
  struct osmflow_bbox tile; /* tiles */
  size_t first, count;      /* batches: items of the list of ids */
  double share;             /* of the whole work, for the progress */
};

struct osmflow_fetch_job {
  const struct osmflow_fetch_kind *kind;
  const struct osmflow_call *call;
  struct osmflow_store *store;
  const struct osmflow_fetch_progress *progress;
  struct osmflow_fetch_piece *pending; /* the last one is next */
  size_t pending_count, pending_capacity;
  struct osmflow_fetch_download *downloads; /* in flight */
  double share_done;
  int64_t bytes;
  bool is_single; /* one piece, whose share is not known before its end; it goes into the store itself */
  bool keeps_versions;
  struct osmflow_id_list ids, unknown_ids; /* batches */
  struct osmflow_error failure;            /* of handing out a request */
};

/* What the pieces of a kind are. */
struct osmflow_fetch_kind {
  enum osmflow_status (*url)(const struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                             struct osmflow_bytes *url, struct osmflow_error *error);
  /* The server refused a piece: adds smaller ones to the job (OSMFLOW_OK) or says why the whole work has failed. */
  enum osmflow_status (*refused)(struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                 const struct osmflow_http_response *response, enum osmflow_status status,
                                 const struct osmflow_error *request_error, struct osmflow_error *error);
};

void osmflow_fetch_job_init(struct osmflow_fetch_job *job, const struct osmflow_fetch_kind *kind,
                            const struct osmflow_call *call, struct osmflow_store *store,
                            const struct osmflow_fetch_progress *progress);
void osmflow_fetch_job_clear(struct osmflow_fetch_job *job);
enum osmflow_status osmflow_fetch_job_add(struct osmflow_fetch_job *job, const struct osmflow_fetch_piece *piece,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_fetch_job_run(struct osmflow_fetch_job *job, struct osmflow_http *http,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The kinds: the call's own URL; a map call of any size; a multi fetch of any length. */
enum osmflow_status osmflow_fetch_whole(struct osmflow_http *http, const struct osmflow_call *call,
                                        struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_fetch_map(struct osmflow_http *http, const struct osmflow_call *call,
                                      struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_fetch_ids(struct osmflow_http *http, const struct osmflow_call *call,
                                      struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_fetch_file(const struct osmflow_call *call, struct osmflow_store *store,
                                       const struct osmflow_fetch_progress *progress,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The sentence for an answer that ends the work: what it means for this call and what to do. Returns status. */
enum osmflow_status osmflow_fetch_explain(const struct osmflow_call *call, const struct osmflow_http_response *response,
                                          enum osmflow_status status, const struct osmflow_error *request_error,
                                          struct osmflow_error *error);

#endif
