/* Doubt: an upload was sent and no answer says what became of it. As long as the changeset is open, it may still
 * arrive; once the changeset is closed for good, it is there or it will never be. */
#include <inttypes.h>
#include <stdio.h>

#include "osm/upload_parts.h"

/* One attempt to close it for good. Where closing is refused (another token, say), the changeset itself may tell that
 * it is closed. */
static enum osmflow_status close_and_look(struct osmflow_upload_run *run, bool *is_locked,
                                          struct osmflow_upload_changeset *changeset, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  const int64_t id = run->doubt.changeset;
  enum osmflow_upload_closing closing = OSMFLOW_UPLOAD_CLOSED;
  struct osmflow_error close_error = {.message = ""};
  const enum osmflow_status closed = osmflow_upload_close_changeset(uploader, id, &closing, &close_error);
  *changeset = (struct osmflow_upload_changeset){.is_open = true};
  *is_locked = closed == OSMFLOW_OK && closing == OSMFLOW_UPLOAD_LOCKED;
  if (*is_locked)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_upload_get_changeset(uploader, id, changeset, error);
  if (closed != OSMFLOW_OK && (status != OSMFLOW_OK || changeset->is_open)) {
    if (error)
      *error = close_error;
    return closed;
  }
  if (status == OSMFLOW_OK && !changeset->is_there)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server does not know changeset %" PRId64, id);
  return status;
}

/* Until the changeset shows as closed: while the upload still runs it is locked, a copy of the database that is behind
 * shows it open, and what looked like an answer may have come from somewhere on the way. */
static enum osmflow_status close_for_good(struct osmflow_upload_run *run, struct osmflow_upload_changeset *changeset,
                                          struct osmflow_error *error) {
  const int64_t id = run->doubt.changeset;
  bool is_locked = false;
  enum osmflow_status status = osmflow_upload_record(run, OSMFLOW_JOURNAL_CLOSE, id, 0, 0, NULL, error);
  while (status == OSMFLOW_OK) {
    status = close_and_look(run, &is_locked, changeset, error);
    if (status != OSMFLOW_OK || !changeset->is_open)
      break;
    const bool goes_on = osmflow_upload_pause(run);
    if (!goes_on && osmflow_upload_is_cancelled(run->uploader))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "the upload was cancelled while its outcome was looked for");
    else if (!goes_on)
      status = osmflow_error_set(error, OSMFLOW_NETWORK,
                                 is_locked ? "the server still works on the upload that got no answer (changeset "
                                             "%" PRId64 " is locked)"
                                           : "the server shows changeset %" PRId64 " as open, though it was closed",
                                 id);
  }
  return status;
}

/* Its content, complete: reads may come from a copy that is behind. Versions hidden by moderators never come. */
static enum osmflow_status read_content(struct osmflow_upload_run *run, int64_t changes, struct osmflow_store *store,
                                        struct osmflow_error *error) {
  enum { MOST_ROUNDS = 4 };
  enum osmflow_status status = OSMFLOW_OK;
  for (int round = 0; status == OSMFLOW_OK; round++) {
    osmflow_store_clear(store);
    status = osmflow_upload_download(run->uploader, run->doubt.changeset, store, error);
    const size_t count = store->node_count + store->way_count + store->relation_count;
    if (status != OSMFLOW_OK || count >= (size_t)changes || round == MOST_ROUNDS || !osmflow_upload_pause(run))
      break;
  }
  return status;
}

/* Deletions with if-unused that the changeset does not show were skipped: because others use the element, or because it
 * was gone already. What it is now tells which. */
static enum osmflow_status look_at_skipped(struct osmflow_upload_run *run, struct osmflow_diff_result *rows,
                                           struct osmflow_error *error) {
  struct osmflow_store store;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_store_init(&store, false);
  for (int type = 0; status == OSMFLOW_OK && type < OSMFLOW_ELEMENT_TYPES; type++) {
    struct osmflow_id_list ids, unknown;
    osmflow_id_list_init(&ids);
    osmflow_id_list_init(&unknown);
    for (size_t i = 0; status == OSMFLOW_OK && i < rows->count; i++)
      if (rows->rows[i].type == (enum osmflow_element_type)type && rows->rows[i].new_id != 0 &&
          rows->rows[i].new_version == 0)
        status = osmflow_id_list_add(&ids, &(struct osmflow_wanted_id){rows->rows[i].new_id, 0}, error);
    if (status == OSMFLOW_OK)
      status = osmflow_upload_fetch(run->uploader, (enum osmflow_element_type)type, &ids, &store, &unknown, error);
    osmflow_id_list_clear(&ids);
    osmflow_id_list_clear(&unknown);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(&store, error);
  size_t item = run->doubt.first;
  for (size_t i = 0; status == OSMFLOW_OK && i < rows->count; i++, item++) {
    struct osmflow_diff_row *row = &rows->rows[i];
    while (run->change->items[item].outcome != OSMFLOW_OUTCOME_PENDING)
      item++;
    if (row->new_id == 0 || row->new_version != 0)
      continue;
    const uint32_t version = run->change->items[item].draft->version;
    const uint32_t index = osmflow_store_index(&store, row->type, row->new_id);
    const struct osmflow_element *now =
        index == OSMFLOW_INDEX_NONE ? NULL : osmflow_store_element(&store, row->type, index);
    row->new_version = !now || now->visible ? version : now->version > version ? now->version : version + 1;
  }
  osmflow_store_clear(&store);
  return status;
}

static enum osmflow_status compare(struct osmflow_upload_run *run, int64_t changes, enum osmflow_upload_match *match,
                                   struct osmflow_diff_result *rows, struct osmflow_error *error) {
  struct osmflow_store store;
  *match = OSMFLOW_UPLOAD_ABSENT;
  if (changes <= run->doubt.used)
    return OSMFLOW_OK;
  osmflow_store_init(&store, true);
  enum osmflow_status status = read_content(run, changes, &store, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_match(run, &store, match, rows, error);
  if (status == OSMFLOW_OK && *match == OSMFLOW_UPLOAD_PRESENT)
    status = look_at_skipped(run, rows, error);
  osmflow_store_clear(&store);
  return status;
}

static enum osmflow_status unclear(const struct osmflow_upload_run *run, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "changeset %" PRId64
                           " holds changes, but not as they were sent; look at %s/changeset/%" PRId64
                           " before the same edits are made again",
                           run->doubt.changeset, run->uploader->root, run->doubt.changeset);
}

enum osmflow_status osmflow_upload_settle(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  struct osmflow_upload_changeset changeset;
  struct osmflow_diff_result rows;
  enum osmflow_upload_match match = OSMFLOW_UPLOAD_UNCLEAR;
  osmflow_diff_result_init(&rows);
  enum osmflow_status status = close_for_good(run, &changeset, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_record(run, OSMFLOW_JOURNAL_CLOSED, run->doubt.changeset, 0, 0, NULL, error);
  if (status == OSMFLOW_OK && uploader->changeset == run->doubt.changeset) {
    uploader->changeset = 0;
    run->is_announced = false;
  }
  if (status == OSMFLOW_OK)
    status = compare(run, changeset.changes, &match, &rows, error);
  if (status == OSMFLOW_OK && match == OSMFLOW_UPLOAD_UNCLEAR)
    status = unclear(run, error);
  else if (status == OSMFLOW_OK && match == OSMFLOW_UPLOAD_PRESENT)
    status = osmflow_upload_applied(run, &rows, error);
  else if (status == OSMFLOW_OK)
    status = osmflow_upload_record(run, OSMFLOW_JOURNAL_REJECTED, run->doubt.changeset, run->doubt.first,
                                   run->doubt.count, "its changeset is closed and does not hold it", error);
  if (status == OSMFLOW_OK)
    run->in_doubt = false;
  osmflow_diff_result_clear(&rows);
  return status;
}
