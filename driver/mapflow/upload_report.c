#include <stdlib.h>
#include <string.h>

#include "mapflow/upload_parts.h"

enum { TELL_EVERY_MS = 100 };

void osmflow_batch_tell(struct osmflow_batch *batch, size_t file, enum osmflow_upload_state state, int64_t sent,
                        double done, const char *image_id, const char *message) {
  const struct osmflow_upload *upload = batch->upload;
  const struct osmflow_upload_event event = {.file = file,
                                             .path = upload->files[file],
                                             .state = state,
                                             .sent = sent,
                                             .size = batch->files[file].size,
                                             .done = done,
                                             .image_id = image_id ? image_id : "",
                                             .message = message ? message : ""};
  if (upload->report && !batch->is_stopped && !upload->report(upload->self, &event))
    batch->is_stopped = true;
}

void osmflow_batch_tell_progress(struct osmflow_batch *batch, size_t file, enum osmflow_upload_state state,
                                 int64_t sent, double done) {
  const int64_t now = batch->environment->monotonic_ms(batch->environment->self);
  if (now - batch->told_ms >= TELL_EVERY_MS) {
    batch->told_ms = now;
    osmflow_batch_tell(batch, file, state, sent, done, "", "");
  }
}

/* One line after the other; without memory the words are lost, not the outcome. */
static void add_line(char **text, const char *line) {
  const size_t used = *text ? strlen(*text) + 1 : 0;
  char *longer = realloc(*text, used + strlen(line) + 1);
  if (!longer)
    return;
  if (used > 0)
    longer[used - 1] = '\n';
  memcpy(longer + used, line, strlen(line) + 1);
  *text = longer;
}

static void note_first(struct osmflow_batch *batch, const char *path, const struct osmflow_error *why) {
  if (batch->first.status != OSMFLOW_OK)
    return;
  batch->first = *why;
  osmflow_error_prefix(&batch->first, "%s: ", path);
}

static void tell_outcome(struct osmflow_batch *batch, size_t file, const char *image_id) {
  struct osmflow_batch_file *entry = &batch->files[file];
  struct osmflow_upload_result *result = batch->result;
  const bool is_bad = entry->is_failed || entry->is_refused;
  const enum osmflow_upload_state state = entry->is_failed    ? OSMFLOW_UPLOAD_FAILED
                                          : entry->is_refused ? OSMFLOW_UPLOAD_REFUSED
                                          : entry->has_sent   ? OSMFLOW_UPLOAD_SENT
                                                              : OSMFLOW_UPLOAD_PRESENT;
  result->failed += entry->is_failed;
  result->refused += !entry->is_failed && entry->is_refused;
  result->sent += !is_bad && entry->has_sent;
  result->present += !is_bad && !entry->has_sent;
  osmflow_batch_tell(batch, file, state, is_bad ? 0 : entry->size, is_bad ? 0.0 : 1.0,
                     entry->pieces == 1 ? image_id : "", is_bad ? entry->complaint : entry->advice);
}

/* Only the first complaint of a file's pieces is kept: the others are mostly the same. */
static void complain(struct osmflow_batch *batch, size_t file, enum osmflow_batch_state state,
                     const struct osmflow_error *why) {
  struct osmflow_batch_file *entry = &batch->files[file];
  note_first(batch, entry->path, why);
  entry->is_failed = entry->is_failed || state == OSMFLOW_BATCH_FAILED;
  entry->is_refused = entry->is_refused || state == OSMFLOW_BATCH_REFUSED;
  if (!entry->complaint)
    add_line(&entry->complaint, why->message);
}

void osmflow_batch_refuse(struct osmflow_batch *batch, size_t file, enum osmflow_batch_state state,
                          const struct osmflow_error *why) {
  complain(batch, file, state, why);
  tell_outcome(batch, file, "");
}

/* The server took the file, and could not use it. */
static void take_back(struct osmflow_batch_piece *piece, const struct osmflow_error *why) {
  struct osmflow_batch *batch = piece->batch;
  struct osmflow_batch_file *entry = &batch->files[piece->file];
  if (entry->left == 0 && !entry->is_failed && !entry->is_refused) {
    batch->result->sent -= entry->has_sent;
    batch->result->present -= !entry->has_sent;
    complain(batch, piece->file, OSMFLOW_BATCH_FAILED, why);
    tell_outcome(batch, piece->file, piece->image_id);
  }
}

void osmflow_batch_conclude(struct osmflow_batch_piece *piece, enum osmflow_batch_state state,
                            const struct osmflow_error *why) {
  struct osmflow_batch *batch = piece->batch;
  struct osmflow_batch_file *entry = &batch->files[piece->file];
  const bool is_bad = state == OSMFLOW_BATCH_REFUSED || state == OSMFLOW_BATCH_FAILED;
  piece->state = state;
  if (piece->is_concluded) {
    take_back(piece, why);
    return;
  }
  piece->is_concluded = true;
  entry->has_sent = entry->has_sent || state == OSMFLOW_BATCH_SENT;
  if (is_bad)
    complain(batch, piece->file, state, why);
  if (--entry->left == 0)
    tell_outcome(batch, piece->file, piece->image_id);
}

void osmflow_batch_advise(struct osmflow_batch *batch, size_t file, const char *line) {
  add_line(&batch->files[file].advice, line);
}
