#include <string.h>

#include "mapflow/refusal.h"
#include "mapflow/upload_parts.h"

/* After that long what has arrived is told about, which needs a listing, which needs the client. */
enum { LONGEST_RUN_MS = 20000, PATH_SIZE = 128 };

/* One run of requests. */
struct run {
  struct osmflow_batch *batch;
  size_t left; /* files that may still be started */
};

/* What a refusal means for the file and for those behind it. */
static const struct verdict {
  enum osmflow_mapflow_refusal_kind kind;
  enum osmflow_batch_state state;
  bool stops;
} verdicts[] = {{OSMFLOW_MAPFLOW_REFUSED_TOKEN, OSMFLOW_BATCH_FAILED, true},
                {OSMFLOW_MAPFLOW_REFUSED_RIGHT, OSMFLOW_BATCH_FAILED, true},
                {OSMFLOW_MAPFLOW_REFUSED_ABSENT, OSMFLOW_BATCH_FAILED, true},
                {OSMFLOW_MAPFLOW_REFUSED_QUOTA, OSMFLOW_BATCH_REFUSED, true},
                {OSMFLOW_MAPFLOW_REFUSED_SIZE, OSMFLOW_BATCH_REFUSED, false},
                {OSMFLOW_MAPFLOW_REFUSED_CONTENT, OSMFLOW_BATCH_REFUSED, false},
                {OSMFLOW_MAPFLOW_REFUSED_LATER, OSMFLOW_BATCH_DOUBT, false},
                {OSMFLOW_MAPFLOW_REFUSED_OTHER, OSMFLOW_BATCH_FAILED, false}};

static const struct verdict *verdict_of(enum osmflow_mapflow_refusal_kind kind) {
  const struct verdict *verdict = verdicts;
  while (verdict->kind != kind && verdict->kind != OSMFLOW_MAPFLOW_REFUSED_OTHER)
    verdict++;
  return verdict;
}

static struct osmflow_batch_piece *next_open(struct osmflow_batch *batch) {
  for (size_t i = 0; i < batch->piece_count; i++)
    if (batch->pieces[i].state == OSMFLOW_BATCH_OPEN)
      return &batch->pieces[i];
  return NULL;
}

static bool may_start(const struct run *run) {
  const struct osmflow_batch *batch = run->batch;
  const int64_t now = batch->environment->monotonic_ms(batch->environment->self);
  return run->left > 0 && batch->stop.status == OSMFLOW_OK &&
         (batch->unsettled == 0 || now - batch->run_ms < LONGEST_RUN_MS);
}

static bool next_request(void *self, struct osmflow_http_request *request) {
  struct run *run = self;
  struct osmflow_batch_piece *piece = NULL;
  struct osmflow_error error;
  bool is_ready = false;
  while (!is_ready && may_start(run) && (piece = next_open(run->batch)) != NULL) {
    is_ready = osmflow_batch_body_open(piece, &error) == OSMFLOW_OK;
    if (!is_ready)
      osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &error);
  }
  if (!is_ready)
    return false;
  run->left--;
  piece->state = OSMFLOW_BATCH_FLYING;
  piece->attempts++;
  *request = (struct osmflow_http_request){.method = "POST",
                                           .url = run->batch->url,
                                           .accept = "application/json",
                                           .content_type = piece->content_type,
                                           .streamed_body = &piece->body,
                                           .authorization = OSMFLOW_HTTP_REQUIRED,
                                           .sink = osmflow_http_bytes_sink(&piece->answer),
                                           .tag = piece};
  return true;
}

/* The spec's answer has the image's id, the recorded one has not. False: it is no answer of Mapflow's at all. */
static bool read_answer(struct osmflow_batch_piece *piece) {
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_tree *tree = NULL;
  const bool is_answer =
      osmflow_tree_parse(OSMFLOW_TREE_JSON, osmflow_bytes_view(&piece->answer), &tree, &top, NULL) == OSMFLOW_OK &&
      top->kind == OSMFLOW_TREE_OBJECT;
  const struct osmflow_tree_node *id = is_answer ? osmflow_tree_child(top, "id") : NULL;
  if (id && osmflow_mapflow_is_id(id->text) && id->text.size < sizeof piece->image_id)
    memcpy(piece->image_id, id->text.data, id->text.size + 1);
  osmflow_tree_free(tree);
  return is_answer;
}

static void take_success(struct osmflow_batch_piece *piece) {
  struct osmflow_batch *batch = piece->batch;
  if (!read_answer(piece)) {
    osmflow_error_set(&piece->last, OSMFLOW_BAD_DATA,
                      "POST rasters/mosaic/%s/image: the answer is not Mapflow's (is there a login page of the network "
                      "in between?)",
                      batch->mosaic_id);
    piece->state = OSMFLOW_BATCH_DOUBT;
    return;
  }
  piece->state = OSMFLOW_BATCH_SENT;
  batch->unsettled++;
  batch->result->bytes += piece->stamp.size;
}

static void stop(struct osmflow_batch *batch, enum osmflow_batch_state state, const struct osmflow_error *why) {
  if (batch->stop.status != OSMFLOW_OK)
    return;
  batch->stop = *why;
  batch->stop_state = state;
}

/* A proxy that lost patience says 502 or 504 while the server still works on what it got. */
static bool may_be_late(int http_status) {
  return http_status == 502 || http_status == 504 || http_status == 524;
}

static void take_refusal(struct osmflow_batch_piece *piece, const struct osmflow_http_response *response) {
  struct osmflow_batch *batch = piece->batch;
  struct osmflow_mapflow_refusal refusal;
  char path[PATH_SIZE];
  osmflow_mapflow_refusal_read(response->status, osmflow_bytes_view(&response->error_body), &refusal);
  const struct verdict *verdict = verdict_of(refusal.kind);
  (void)snprintf(path, sizeof path, "rasters/mosaic/%s/image", batch->mosaic_id);
  (void)osmflow_mapflow_refusal_explain("POST", path, response, &piece->last);
  if (refusal.kind == OSMFLOW_MAPFLOW_REFUSED_ABSENT)
    osmflow_error_prefix(&piece->last, "the mosaic %s is not there any more, somebody deleted it: ", batch->mosaic_id);
  if (verdict->stops)
    stop(batch, verdict->state, &piece->last);
  if (verdict->state == OSMFLOW_BATCH_DOUBT) {
    piece->may_have_arrived = piece->may_have_arrived && may_be_late(response->status);
    piece->state = OSMFLOW_BATCH_DOUBT;
  } else {
    osmflow_batch_conclude(piece, verdict->state, &piece->last);
  }
}

/* No answer, or one that cannot be made out: a doubt. What went wrong on our side is the file's end. */
static void take_failure(struct osmflow_batch_piece *piece, const struct osmflow_http_response *response,
                         enum osmflow_status status) {
  if (status == OSMFLOW_UNAUTHORIZED)
    stop(piece->batch, OSMFLOW_BATCH_FAILED, &piece->last);
  if (status == OSMFLOW_NETWORK || response->status >= 200)
    piece->state = OSMFLOW_BATCH_DOUBT;
  else
    osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &piece->last);
}

static enum osmflow_status request_done(void *self, const struct osmflow_http_request *request,
                                        const struct osmflow_http_response *response, enum osmflow_status status,
                                        const struct osmflow_error *request_error, struct osmflow_error *error) {
  struct osmflow_batch_piece *piece = request->tag;
  (void)self;
  (void)error;
  piece->may_have_arrived = response->request_sent && piece->at >= piece->body.size;
  if (status == OSMFLOW_OK) {
    take_success(piece);
  } else {
    piece->last = *request_error;
    if (response->status >= 300)
      take_refusal(piece, response);
    else
      take_failure(piece, response, status);
  }
  osmflow_batch_body_close(piece);
  return OSMFLOW_OK;
}

static bool is_empty(const struct osmflow_batch *batch) {
  bool has_image = batch->images.count > 0;
  for (size_t i = 0; !has_image && i < batch->piece_count; i++)
    has_image = batch->pieces[i].state == OSMFLOW_BATCH_SENT;
  return !has_image;
}

/* The first image of a mosaic is the norm of all others, so it goes alone. */
static enum osmflow_status send_some(struct osmflow_batch *batch, struct osmflow_error *error) {
  struct run run = {batch, is_empty(batch) ? 1 : SIZE_MAX};
  const struct osmflow_http_queue queue = {&run, next_request, request_done};
  batch->unsettled = 0;
  batch->run_ms = batch->environment->monotonic_ms(batch->environment->self);
  return osmflow_http_run(batch->mapflow.http, &queue, error);
}

static void give_up_rest(struct osmflow_batch *batch) {
  struct osmflow_error why = batch->stop;
  osmflow_error_prefix(&why, "not sent, because of what the server said before: ");
  for (size_t i = 0; i < batch->piece_count; i++)
    if (batch->pieces[i].state == OSMFLOW_BATCH_OPEN)
      osmflow_batch_conclude(&batch->pieces[i], batch->stop_state, &why);
}

enum osmflow_status osmflow_batch_send(struct osmflow_batch *batch, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && batch->stop.status == OSMFLOW_OK && next_open(batch)) {
    status = send_some(batch, error);
    if (status == OSMFLOW_OK)
      status = osmflow_batch_settle(batch, error);
  }
  /* After a stop these are told without their ids. */
  for (size_t i = 0; i < batch->piece_count; i++)
    if (batch->pieces[i].state == OSMFLOW_BATCH_SENT && !batch->pieces[i].is_concluded)
      osmflow_batch_conclude(&batch->pieces[i], OSMFLOW_BATCH_SENT, NULL);
  if (status == OSMFLOW_OK && batch->stop.status != OSMFLOW_OK)
    give_up_rest(batch);
  return status;
}
