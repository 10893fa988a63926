/* What to do about a refusal: a changeset that is full or closed, an upload too large or too wide, a server that wants
 * to be left in peace. Other people's edits are in upload_conflict.c. */
#include <inttypes.h>
#include <stdio.h>

#include "osm/upload_parts.h"

enum { MOST_ROUNDS = 6 };

static enum osmflow_status say(const struct osmflow_upload_reply *reply, enum osmflow_status status, const char *what,
                               struct osmflow_error *error) {
  status = osmflow_error_set(error, status, "%s: %s", what, reply->words[0] ? reply->words : reply->error.message);
  if (error)
    error->http_status = reply->error.http_status;
  return status;
}

/* The same text stands for closed, idle for too long, and full; only the changeset itself tells which. */
static enum osmflow_status closed(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                  size_t items, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  struct osmflow_upload_changeset changeset;
  enum osmflow_status status = osmflow_upload_get_changeset(uploader, uploader->changeset, &changeset, error);
  if (status != OSMFLOW_OK)
    return status;
  if (uploader->own_changeset != 0)
    return say(reply, OSMFLOW_BAD_ARGUMENT,
               changeset.is_open
                   ? "the changeset named by CHANGESET has no room for this; name another one, or COMMENT "
                     "for a new one"
                   : "the changeset named by CHANGESET is closed; name another one, or COMMENT for a new "
                     "one",
               error);
  /* An empty changeset that is too small: the server allows less than it says. */
  if (changeset.is_open && changeset.changes == 0) {
    if (items < 2)
      return say(reply, OSMFLOW_HTTP, "the server does not even take a single change", error);
    run->most_items = items / 2;
    return OSMFLOW_OK;
  }
  if (changeset.is_open)
    return osmflow_upload_finish_changeset(run, error);
  uploader->changeset = 0;
  run->is_announced = false;
  return OSMFLOW_OK;
}

static enum osmflow_status again_later(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                       const char *what, struct osmflow_error *error) {
  /* With Retry-After the client has waited already, for as long as it may. */
  run->wait_left_ms -= reply->took_ms;
  if (reply->retry_after_seconds < 0 && osmflow_upload_pause(run))
    return OSMFLOW_OK;
  if (osmflow_upload_is_cancelled(run->uploader))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "the upload was cancelled");
  if (reply->retry_after_seconds < 0)
    return say(reply, OSMFLOW_HTTP, what, error);
  char told[300];
  snprintf(told, sizeof told,
           "%s (it says: in %" PRId64 " seconds, and OSMAPI_MAX_WAIT does not allow to wait for so long)", what,
           reply->retry_after_seconds);
  return say(reply, OSMFLOW_HTTP, told, error);
}

static enum osmflow_status too_large(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                     size_t items, struct osmflow_error *error) {
  if (items < 2)
    return say(reply, OSMFLOW_HTTP, "one change alone is too large for this server", error);
  run->most_items = items / 2;
  return OSMFLOW_OK;
}

/* What earlier uploads have put into the changeset counts, too: a new one may do. Else the area is divided, and what
 * lies behind the barrier goes into a changeset of its own. */
static enum osmflow_status too_wide(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                    struct osmflow_error *error) {
  static const char advice[] = "the edits cover a larger area than this server allows for one changeset";
  size_t end = run->barrier_count > 0 ? run->barriers[run->barrier_count - 1] : 0;
  bool divided = false;
  if (run->uploader->own_changeset != 0)
    return say(reply, OSMFLOW_HTTP, "the changeset named by CHANGESET would cover too large an area", error);
  if (run->uploader->used > 0)
    return osmflow_upload_finish_changeset(run, error);
  if (run->barrier_count == OSMFLOW_UPLOAD_BARRIERS)
    return say(reply, OSMFLOW_HTTP, advice, error);
  enum osmflow_status status =
      osmflow_change_divide(run->change, run->position, run->uploader->store, &end, &divided, error);
  if (status == OSMFLOW_OK && !divided)
    return say(reply, OSMFLOW_HTTP, advice, error);
  if (status == OSMFLOW_OK) {
    run->barriers[run->barrier_count++] = end;
    run->rounds = 0;
    status = osmflow_upload_replan(run, error);
  }
  return status;
}

/* Nothing but the server's words says what is wrong with it. */
static enum osmflow_status other(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply, size_t first,
                                 size_t end, struct osmflow_error *error) {
  const int http_status = reply->error.http_status;
  if (reply->was_packed && (http_status == 400 || http_status == 415) && !reply->refusal.has_element) {
    run->uploader->is_plain = true;
    return OSMFLOW_OK;
  }
  const size_t index = osmflow_upload_named(run, &reply->refusal, first, end);
  if (index == SIZE_MAX) {
    if (error)
      *error = reply->error;
    return reply->error.status;
  }
  char reason[600];
  snprintf(reason, sizeof reason, "the server refuses it: %s", reply->words);
  return osmflow_upload_leave_out(run, index, OSMFLOW_OUTCOME_REFUSED, reason, error);
}

/* A changeset of ours that belongs to somebody else was never ours: its number was misread. */
static enum osmflow_status wrong_owner(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                       struct osmflow_error *error) {
  if (run->uploader->own_changeset != 0 || run->uploader->used > 0 || run->rounds > 1)
    return say(reply, OSMFLOW_UNAUTHORIZED, "the changeset belongs to another user", error);
  run->uploader->changeset = 0;
  run->is_announced = false;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_upload_refused(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                           size_t first, size_t end, struct osmflow_error *error) {
  const enum osmflow_refusal_kind kind = reply->refusal.kind;
  size_t items = 0;
  for (size_t i = first; i < end; i++)
    items += run->change->items[i].outcome == OSMFLOW_OUTCOME_PENDING;
  if (kind == OSMFLOW_REFUSAL_LOCKED)
    return again_later(run, reply, "another request works on the changeset, for longer than waiting is allowed for",
                       error);
  if (kind == OSMFLOW_REFUSAL_RATE)
    return again_later(run, reply, "the server takes no more edits from this user for now; try again later", error);
  run->rounds++;
  if (run->rounds > MOST_ROUNDS)
    return say(reply, OSMFLOW_HTTP, "the server goes on refusing, whatever is done about it", error);
  switch (kind) {
    case OSMFLOW_REFUSAL_CLOSED:
      return closed(run, reply, items, error);
    case OSMFLOW_REFUSAL_OWNER:
      return wrong_owner(run, reply, error);
    case OSMFLOW_REFUSAL_TOO_LARGE:
      run->rounds = 0;
      return too_large(run, reply, items, error);
    case OSMFLOW_REFUSAL_TOO_WIDE:
      return too_wide(run, reply, error);
    case OSMFLOW_REFUSAL_READ_ONLY:
      return say(reply, OSMFLOW_UNSUPPORTED, "the server takes no edits at the moment; try again later", error);
    case OSMFLOW_REFUSAL_VERSION:
    case OSMFLOW_REFUSAL_DELETED:
    case OSMFLOW_REFUSAL_STILL_USED:
    case OSMFLOW_REFUSAL_MISSING_MEMBERS:
    case OSMFLOW_REFUSAL_UNKNOWN:
      return osmflow_upload_reconcile(run, reply, first, end, error);
    default:
      return other(run, reply, first, end, error);
  }
}
