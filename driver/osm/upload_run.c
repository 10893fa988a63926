/* The straight way: from the front of a change to its end, piece by piece, changeset by changeset. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "osm/upload_parts.h"

enum {
  LARGEST_PIECE = 45000000, /* bytes; servers take 50,000,000 */
  LARGEST_DOCUMENT = 49999999,
  USUAL_WAIT_MS = 300000,
  FIRST_PAUSE_MS = 1000,
  LONGEST_PAUSE_MS = 60000,
  MOST_LOSSES = 5,
  DIGEST_SIZE = 2 * OSMFLOW_SHA256_SIZE + 1
};

void osmflow_upload_run_init(struct osmflow_upload_run *run, struct osmflow_uploader *uploader,
                             struct osmflow_change *change) {
  *run = (struct osmflow_upload_run){.uploader = uploader, .change = change, .pause_ms = FIRST_PAUSE_MS};
  run->wait_left_ms = uploader->max_wait_ms < 0 ? USUAL_WAIT_MS : uploader->max_wait_ms;
  osmflow_new_ids_init(&run->new_ids);
}

void osmflow_upload_run_clear(struct osmflow_upload_run *run) {
  osmflow_new_ids_clear(&run->new_ids);
  osmflow_journal_free(run->journal);
  run->journal = NULL;
}

bool osmflow_upload_is_cancelled(const struct osmflow_uploader *uploader) {
  return uploader->environment->cancelled(uploader->environment->self);
}

bool osmflow_upload_pause(struct osmflow_upload_run *run) {
  const int64_t pause = run->pause_ms < LONGEST_PAUSE_MS ? run->pause_ms : LONGEST_PAUSE_MS;
  if (pause > run->wait_left_ms)
    return false;
  run->wait_left_ms -= pause;
  run->pause_ms = 2 * pause;
  return osmflow_wait(run->uploader->environment, pause);
}

enum osmflow_status osmflow_upload_record(struct osmflow_upload_run *run, enum osmflow_journal_kind kind,
                                          int64_t changeset, size_t first, size_t count, const char *text,
                                          struct osmflow_error *error) {
  const struct osmflow_journal_record record = {
      .kind = kind, .changeset = changeset, .first = first, .count = count, .text = text ? text : "", .digest = ""};
  return osmflow_journal_add(run->journal, &record, error);
}

enum osmflow_status osmflow_upload_finish_changeset(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  const int64_t changeset = uploader->changeset;
  enum osmflow_upload_closing closing = OSMFLOW_UPLOAD_LOCKED;
  enum osmflow_status status = osmflow_upload_record(run, OSMFLOW_JOURNAL_CLOSE, changeset, 0, 0, NULL, error);
  while (status == OSMFLOW_OK && closing == OSMFLOW_UPLOAD_LOCKED) {
    status = osmflow_upload_close_changeset(uploader, changeset, &closing, error);
    if (status == OSMFLOW_OK && closing == OSMFLOW_UPLOAD_LOCKED && !osmflow_upload_pause(run))
      status = osmflow_error_set(error, OSMFLOW_HTTP,
                                 "changeset %" PRId64
                                 " cannot be closed: another request still works on it; try again "
                                 "later",
                                 changeset);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_upload_record(run, OSMFLOW_JOURNAL_CLOSED, changeset, 0, 0, NULL, error);
  if (status == OSMFLOW_OK) {
    uploader->changeset = 0;
    run->is_announced = false;
  }
  return status;
}

static enum osmflow_status use_own_changeset(struct osmflow_uploader *uploader, struct osmflow_error *error) {
  const int64_t id = uploader->own_changeset;
  struct osmflow_upload_changeset changeset;
  const enum osmflow_status status = osmflow_upload_get_changeset(uploader, id, &changeset, error);
  if (status != OSMFLOW_OK)
    return status;
  if (!changeset.is_there)
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "CHANGESET=%" PRId64 ": %s has no such changeset", id,
                             uploader->root);
  if (!changeset.is_open)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "CHANGESET=%" PRId64
                             " is closed, nothing can be added to it; name another one, or COMMENT "
                             "for a new one",
                             id);
  uploader->changeset = id;
  uploader->used = changeset.changes;
  return OSMFLOW_OK;
}

static enum osmflow_status new_changeset(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  int64_t id = 0;
  enum osmflow_status status = osmflow_upload_record(run, OSMFLOW_JOURNAL_CREATE, 0, 0, 0, NULL, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_create_changeset(uploader, &id, error);
  if (status == OSMFLOW_OK) {
    uploader->changeset = id;
    uploader->used = 0;
  }
  return status;
}

/* Sees to it that there is an open changeset with room, and that the journal knows it. */
static enum osmflow_status ready_changeset(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  enum osmflow_status status = OSMFLOW_OK;
  const bool is_full = uploader->changeset != 0 && uploader->used >= uploader->capabilities.changeset_elements;
  if (is_full && uploader->own_changeset != 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "CHANGESET=%" PRId64 " is full (%" PRId64
                             " changes); name another one, or COMMENT for a "
                             "new one",
                             uploader->changeset, uploader->used);
  if (is_full)
    status = osmflow_upload_finish_changeset(run, error);
  if (status == OSMFLOW_OK && uploader->changeset == 0)
    status = uploader->own_changeset != 0 ? use_own_changeset(uploader, error) : new_changeset(run, error);
  if (status != OSMFLOW_OK || run->is_announced)
    return status;
  uploader->last_changeset = uploader->changeset;
  status = osmflow_upload_record(run, OSMFLOW_JOURNAL_CHANGESET, uploader->changeset, 0, (size_t)uploader->used, NULL,
                                 error);
  run->is_announced = status == OSMFLOW_OK;
  return status;
}

/* The end of the next piece: what fits into the changeset, into one request, and before the next barrier. */
static size_t end_of_piece(const struct osmflow_upload_run *run) {
  const struct osmflow_uploader *uploader = run->uploader;
  size_t most = (size_t)(uploader->capabilities.changeset_elements - uploader->used);
  if (uploader->chunk > 0 && (uint64_t)uploader->chunk < most)
    most = (size_t)uploader->chunk;
  if (run->most_items > 0 && run->most_items < most)
    most = run->most_items;
  const size_t end = osmflow_change_piece(run->change, run->position, most, LARGEST_PIECE);
  const size_t barrier = run->barrier_count > 0 ? run->barriers[run->barrier_count - 1] : end;
  return barrier < end ? barrier : end;
}

static void write_digest(struct osmflow_text document, char text[DIGEST_SIZE]) {
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  osmflow_sha256(document, digest);
  for (size_t i = 0; i < OSMFLOW_SHA256_SIZE; i++)
    snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static enum osmflow_status announce(struct osmflow_upload_run *run, size_t end, struct osmflow_text document,
                                    struct osmflow_error *error) {
  char digest[DIGEST_SIZE];
  write_digest(document, digest);
  const struct osmflow_journal_record record = {.kind = OSMFLOW_JOURNAL_SEND,
                                                .changeset = run->uploader->changeset,
                                                .first = run->position,
                                                .count = end - run->position,
                                                .text = "",
                                                .digest = digest};
  const enum osmflow_status status = osmflow_journal_add(run->journal, &record, error);
  run->in_doubt = status == OSMFLOW_OK;
  run->doubt = (struct osmflow_upload_doubt){record.changeset, run->uploader->used, record.first, record.count};
  return status;
}

/* The journal learns of it last: what is known here is known, even when the disk is full. */
enum osmflow_status osmflow_upload_applied(struct osmflow_upload_run *run, const struct osmflow_diff_result *result,
                                           struct osmflow_error *error) {
  int64_t changes = 0;
  const struct osmflow_journal_record record = {.kind = OSMFLOW_JOURNAL_APPLIED,
                                                .changeset = run->doubt.changeset,
                                                .first = run->doubt.first,
                                                .count = result->count,
                                                .text = "",
                                                .digest = "",
                                                .rows = result->rows};
  enum osmflow_status status =
      osmflow_upload_apply(run, run->doubt.first, run->doubt.count, result->rows, &changes, error);
  run->uploader->used += changes;
  run->in_doubt = status != OSMFLOW_OK;
  run->rounds = run->losses = 0;
  run->pause_ms = FIRST_PAUSE_MS;
  return status == OSMFLOW_OK ? osmflow_journal_add(run->journal, &record, error) : status;
}

/* What was lost and is proved absent is sent again, but not for ever. */
static enum osmflow_status lost(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                struct osmflow_error *error) {
  const size_t before = run->position;
  const enum osmflow_status status = osmflow_upload_settle(run, error);
  if (status != OSMFLOW_OK || run->position != before)
    return status;
  if (run->uploader->own_changeset != 0)
    return osmflow_error_set(error, OSMFLOW_NETWORK,
                             "an upload got lost, and to make sure of it CHANGESET=%" PRId64
                             " had to be closed; name "
                             "another one, or COMMENT for a new one (%.400s)",
                             run->uploader->own_changeset, reply->error.message);
  run->losses++;
  if (run->losses < MOST_LOSSES && (run->losses == 1 || osmflow_upload_pause(run)))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_NETWORK, "the upload got lost %d times, which is certain: %.1000s",
                           run->losses, reply->error.message);
}

static enum osmflow_status answered(struct osmflow_upload_run *run, struct osmflow_upload_reply *reply, size_t end,
                                    const struct osmflow_diff_result *result, struct osmflow_error *error) {
  const size_t first = run->position;
  if (reply->answer == OSMFLOW_UPLOAD_DONE &&
      !osmflow_upload_rows_fit(run, first, end - first, result->rows, result->count)) {
    reply->answer = OSMFLOW_UPLOAD_LOST;
    (void)osmflow_error_set(&reply->error, OSMFLOW_BAD_DATA, "the answer to an upload belongs to another one");
  }
  if (reply->answer == OSMFLOW_UPLOAD_DONE)
    return osmflow_upload_applied(run, result, error);
  if (reply->answer == OSMFLOW_UPLOAD_LOST)
    return lost(run, reply, error);
  run->in_doubt = false;
  const enum osmflow_status status =
      osmflow_upload_record(run, OSMFLOW_JOURNAL_REJECTED, run->doubt.changeset, first, end - first,
                            reply->words[0] ? reply->words : reply->error.message, error);
  if (status == OSMFLOW_OK && reply->answer == OSMFLOW_UPLOAD_REFUSED)
    return osmflow_upload_refused(run, reply, first, end, error);
  if (status == OSMFLOW_OK && error)
    *error = reply->error;
  return status == OSMFLOW_OK ? reply->error.status : status;
}

static enum osmflow_status send_piece(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_bytes document;
  struct osmflow_diff_result result;
  struct osmflow_upload_reply reply;
  const size_t end = end_of_piece(run);
  osmflow_bytes_init(&document, LARGEST_DOCUMENT);
  osmflow_diff_result_init(&result);
  enum osmflow_status status =
      osmflow_change_write(run->change, run->position, end, run->uploader->changeset, &run->new_ids, &document, error);
  if (status == OSMFLOW_OK)
    status = announce(run, end, osmflow_bytes_view(&document), error);
  if (status == OSMFLOW_OK) {
    osmflow_upload_post(run->uploader, run->uploader->changeset, osmflow_bytes_view(&document), &result, &reply);
    osmflow_bytes_clear(&document);
    status = answered(run, &reply, end, &result, error);
  }
  osmflow_diff_result_clear(&result);
  osmflow_bytes_clear(&document);
  return status;
}

/* Passes over what needs no sending. What lies behind a barrier goes into a changeset of its own. */
static enum osmflow_status walk(struct osmflow_upload_run *run, struct osmflow_error *error) {
  const struct osmflow_change *change = run->change;
  bool passed = false;
  while (run->position < change->count && change->items[run->position].outcome != OSMFLOW_OUTCOME_PENDING)
    run->position++;
  while (run->barrier_count > 0 && run->barriers[run->barrier_count - 1] <= run->position) {
    run->barrier_count--;
    passed = true;
  }
  const bool needs_new = passed && run->position < change->count && run->uploader->changeset != 0;
  return needs_new && run->uploader->used > 0 ? osmflow_upload_finish_changeset(run, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_upload_rest(struct osmflow_upload_run *run, struct osmflow_error *error) {
  enum osmflow_status status = walk(run, error);
  while (status == OSMFLOW_OK && run->position < run->change->count) {
    if (osmflow_upload_is_cancelled(run->uploader))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "the upload was cancelled");
    status = ready_changeset(run, error);
    if (status == OSMFLOW_OK)
      status = send_piece(run, error);
    if (status == OSMFLOW_OK)
      status = walk(run, error);
  }
  return status;
}
