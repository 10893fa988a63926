#include <inttypes.h>
#include <string.h>

#include "mapflow/settle.h"
#include "mapflow/upload_parts.h"

enum {
  MOST_ATTEMPTS = 4,
  FIRST_WAIT_MS = 2000,
  LONGEST_WAIT_MS = 15000,
  PATIENCE_MS = 60000,    /* for a file that was sent to its end */
  DIGESTED_PER_MS = 10000 /* and so many of its bytes take one more */
};

static size_t count_doubts(const struct osmflow_batch *batch) {
  size_t count = 0;
  for (size_t i = 0; i < batch->piece_count; i++)
    count += batch->pieces[i].state == OSMFLOW_BATCH_DOUBT;
  return count;
}

/* How long to look for what may still be on its way into the listing: a server works on a large file for a while. What
 * was cut off before its end cannot appear any more. */
static int64_t patience_of(const struct osmflow_batch *batch) {
  int64_t patience = 0;
  for (size_t i = 0; i < batch->piece_count; i++) {
    const struct osmflow_batch_piece *piece = &batch->pieces[i];
    const int64_t own = PATIENCE_MS + piece->stamp.size / DIGESTED_PER_MS;
    if (piece->state == OSMFLOW_BATCH_DOUBT && piece->may_have_arrived && own > patience)
      patience = own;
  }
  return patience;
}

static int64_t first_wait(const struct osmflow_batch *batch) {
  int64_t wait = FIRST_WAIT_MS;
  for (size_t i = 0; i < batch->piece_count; i++)
    for (int n = 1; batch->pieces[i].state == OSMFLOW_BATCH_DOUBT && n < batch->pieces[i].attempts; n++)
      if (wait < (int64_t)FIRST_WAIT_MS << n)
        wait = (int64_t)FIRST_WAIT_MS << n;
  return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}

static enum osmflow_status look(struct osmflow_batch *batch, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_batch_list(batch, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < batch->piece_count; i++) {
    struct osmflow_batch_piece *piece = &batch->pieces[i];
    const struct osmflow_batch_image *image = NULL;
    struct osmflow_error failure;
    if (piece->state != OSMFLOW_BATCH_DOUBT)
      continue;
    const enum osmflow_status found = osmflow_batch_find_image(piece, true, &image, &failure);
    if (found == OSMFLOW_CANCELLED)
      status = osmflow_error_set(error, found, "%s", failure.message);
    else if (found != OSMFLOW_OK)
      osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &failure);
    if (image) {
      memcpy(piece->image_id, image->id, sizeof piece->image_id);
      piece->state = OSMFLOW_BATCH_SENT;
      batch->result->bytes += piece->stamp.size;
    }
  }
  return status;
}

/* Nobody can tell, and sending again could make a second image. */
static void leave_open(struct osmflow_batch *batch, const struct osmflow_error *why) {
  for (size_t i = 0; i < batch->piece_count; i++) {
    struct osmflow_batch_piece *piece = &batch->pieces[i];
    struct osmflow_error words;
    if (piece->state != OSMFLOW_BATCH_DOUBT)
      continue;
    osmflow_error_set(&words, piece->last.status,
                      "it is not known whether it arrived: %.700s; and the mosaic could not be looked at: %.700s. Run "
                      "the same upload again: what is there is not sent twice",
                      piece->last.message, why->message);
    osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &words);
  }
}

static void open_again(struct osmflow_batch *batch) {
  for (size_t i = 0; i < batch->piece_count; i++) {
    struct osmflow_batch_piece *piece = &batch->pieces[i];
    if (piece->state != OSMFLOW_BATCH_DOUBT)
      continue;
    piece->state = OSMFLOW_BATCH_OPEN;
    if (piece->attempts >= MOST_ATTEMPTS || batch->stop.status != OSMFLOW_OK) {
      osmflow_error_prefix(&piece->last, "after %d attempts it is not in the mosaic: ", piece->attempts);
      osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &piece->last);
    }
  }
}

static enum osmflow_status settle_doubts(struct osmflow_batch *batch, struct osmflow_error *error) {
  struct osmflow_error failure = {.status = OSMFLOW_OK};
  enum osmflow_status status = OSMFLOW_OK;
  int64_t waited = 0, wait = first_wait(batch);
  do {
    if (!osmflow_wait(batch->environment, osmflow_mapflow_settle_wait(batch->environment, wait, PATIENCE_MS)))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped before it was clear what had arrived");
    waited += wait;
    wait = 2 * wait < LONGEST_WAIT_MS ? 2 * wait : LONGEST_WAIT_MS;
    status = look(batch, &failure);
  } while (status == OSMFLOW_OK && waited < patience_of(batch));
  if (status == OSMFLOW_CANCELLED) {
    if (error)
      *error = failure;
    return status;
  }
  if (status != OSMFLOW_OK)
    leave_open(batch, &failure);
  if (status == OSMFLOW_NOT_FOUND || status == OSMFLOW_UNAUTHORIZED) {
    batch->stop = batch->stop.status != OSMFLOW_OK ? batch->stop : failure;
    batch->stop_state = OSMFLOW_BATCH_FAILED;
  }
  open_again(batch);
  return OSMFLOW_OK;
}

static bool is_nameless(const struct osmflow_batch_piece *piece) {
  return piece->state == OSMFLOW_BATCH_SENT && !piece->is_concluded && !piece->image_id[0];
}

/* What the listing cannot tell is not worth an error: the server has said that it has the files. But a mosaic that is
 * gone has taken them along. */
static enum osmflow_status find_ids(struct osmflow_batch *batch, struct osmflow_error *error) {
  struct osmflow_error failure = {.status = OSMFLOW_OK};
  size_t nameless = 0;
  for (size_t i = 0; i < batch->piece_count; i++)
    nameless += is_nameless(&batch->pieces[i]);
  enum osmflow_status status = nameless > 0 ? osmflow_batch_list(batch, &failure) : OSMFLOW_OK;
  for (size_t i = 0; i < batch->piece_count; i++) {
    struct osmflow_batch_piece *piece = &batch->pieces[i];
    const struct osmflow_batch_image *image = NULL;
    if (status == OSMFLOW_NOT_FOUND && is_nameless(piece)) {
      osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &failure);
      continue;
    }
    if (status == OSMFLOW_OK && is_nameless(piece) &&
        osmflow_batch_find_image(piece, false, &image, NULL) == OSMFLOW_OK && image)
      memcpy(piece->image_id, image->id, sizeof piece->image_id);
    if (piece->state == OSMFLOW_BATCH_SENT && !piece->is_concluded)
      osmflow_batch_conclude(piece, OSMFLOW_BATCH_SENT, NULL);
  }
  if (status == OSMFLOW_NOT_FOUND && batch->stop.status == OSMFLOW_OK) {
    batch->stop = failure;
    batch->stop_state = OSMFLOW_BATCH_FAILED;
  }
  if (status == OSMFLOW_CANCELLED && error)
    *error = failure;
  return status == OSMFLOW_CANCELLED ? status : OSMFLOW_OK;
}

enum osmflow_status osmflow_batch_settle(struct osmflow_batch *batch, struct osmflow_error *error) {
  enum osmflow_status status = find_ids(batch, error);
  if (status == OSMFLOW_OK && count_doubts(batch) > 0) {
    status = settle_doubts(batch, error);
    if (status == OSMFLOW_OK)
      status = find_ids(batch, error);
  }
  return status;
}
