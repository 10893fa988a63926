/* Journals that were left: what they say happened is made so again in memory, doubts are settled, the rest is sent. */
#include <stdio.h>
#include <stdlib.h>

#include "osm/upload_parts.h"

/* What came of one upload since the plan in force was written; what was before, the plan's items know. */
struct applied {
  size_t first, count;
  struct osmflow_diff_row *rows;
  size_t row_count;
};

struct replay {
  struct applied *items;
  size_t count, capacity;
  int64_t changeset;
  size_t used;  /* changes in it when it was announced */
  size_t since; /* which of the items came after that */
  bool is_closed, in_doubt, is_given_up;
  struct osmflow_upload_doubt doubt;
  struct osmflow_journal *journal; /* NULL: another process has it, or has ended it */
};

static void forget(struct replay *replay) {
  for (size_t i = 0; i < replay->count; i++)
    free(replay->items[i].rows);
  replay->count = replay->since = replay->used = 0;
  replay->changeset = 0;
  replay->is_closed = replay->in_doubt = false;
}

static void clear(struct replay *replay) {
  forget(replay);
  free(replay->items);
  osmflow_journal_free(replay->journal);
  *replay = (struct replay){.items = NULL};
}

static enum osmflow_status keep_rows(struct replay *replay, const struct osmflow_journal_record *record,
                                     struct osmflow_error *error) {
  struct applied applied = {replay->doubt.first, replay->doubt.count, NULL, record->count};
  size_t capacity = 0;
  enum osmflow_status status = osmflow_array_reserve((void **)&applied.rows, &capacity, record->count,
                                                     sizeof *applied.rows, SIZE_MAX / sizeof *applied.rows, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&replay->items, &replay->capacity, replay->count + 1, sizeof *replay->items,
                                   SIZE_MAX / sizeof *replay->items, error);
  if (status != OSMFLOW_OK) {
    free(applied.rows);
    return status;
  }
  if (record->count > 0)
    memcpy(applied.rows, record->rows, record->count * sizeof *applied.rows);
  replay->items[replay->count++] = applied;
  return OSMFLOW_OK;
}

static enum osmflow_status visit(void *self, const struct osmflow_journal_record *record, struct osmflow_error *error) {
  struct replay *replay = self;
  switch (record->kind) {
    case OSMFLOW_JOURNAL_PLAN:
      forget(replay);
      break;
    case OSMFLOW_JOURNAL_CHANGESET:
      replay->changeset = record->changeset;
      replay->used = record->count;
      replay->since = replay->count;
      replay->is_closed = false;
      break;
    case OSMFLOW_JOURNAL_SEND:
      replay->in_doubt = true;
      replay->doubt = (struct osmflow_upload_doubt){record->changeset, 0, record->first, record->count};
      break;
    case OSMFLOW_JOURNAL_APPLIED:
      replay->in_doubt = false;
      return keep_rows(replay, record, error);
    case OSMFLOW_JOURNAL_REJECTED:
      replay->in_doubt = false;
      break;
    case OSMFLOW_JOURNAL_CLOSED:
      replay->is_closed = replay->is_closed || record->changeset == replay->changeset;
      break;
    case OSMFLOW_JOURNAL_GIVEN_UP:
      replay->is_given_up = true;
      break;
    default:
      break;
  }
  return OSMFLOW_OK;
}

/* Puts a run where the journal says it stood; the run takes the journal over. */
static enum osmflow_status restore(struct replay *replay, struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  int64_t changes = 0;
  enum osmflow_status status = osmflow_upload_known_ids(run, error);
  run->journal = replay->journal;
  replay->journal = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && i < replay->count; i++) {
    const struct applied *applied = &replay->items[i];
    if (i == replay->since)
      changes = 0;
    if (!osmflow_upload_rows_fit(run, applied->first, applied->count, applied->rows, applied->row_count))
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the journal of %s tells of an answer that does not fit to it",
                               osmflow_journal_change_path(run->journal));
    status = osmflow_upload_apply(run, applied->first, applied->count, applied->rows, &changes, error);
  }
  if (replay->since == replay->count)
    changes = 0;
  uploader->last_changeset = replay->changeset;
  uploader->changeset = replay->is_closed ? 0 : replay->changeset;
  uploader->used = (int64_t)replay->used + changes;
  run->is_announced = uploader->changeset != 0;
  run->in_doubt = replay->in_doubt;
  run->doubt = replay->doubt;
  run->doubt.used = uploader->used;
  const bool fits =
      replay->doubt.count <= run->change->count && replay->doubt.first <= run->change->count - replay->doubt.count;
  return status == OSMFLOW_OK && run->in_doubt && !fits
             ? osmflow_error_set(error, OSMFLOW_BAD_DATA, "the journal of %s tells of an upload that it does not hold",
                                 osmflow_journal_change_path(run->journal))
             : status;
}

static enum osmflow_status load(const struct osmflow_environment *environment, const char *path,
                                struct osmflow_change *change, struct replay *replay, struct osmflow_error *error) {
  *replay = (struct replay){.items = NULL};
  return osmflow_journal_open(environment, path, change, visit, replay, &replay->journal, error);
}

enum osmflow_status osmflow_uploader_settle(struct osmflow_uploader *uploader, struct osmflow_change *change,
                                            bool *is_settled, struct osmflow_error *error) {
  struct osmflow_upload_run run;
  struct replay replay;
  *is_settled = uploader->doubted == NULL;
  if (*is_settled)
    return OSMFLOW_OK;
  osmflow_upload_run_init(&run, uploader, change);
  enum osmflow_status status = load(uploader->environment, uploader->doubted, change, &replay, error);
  if (status == OSMFLOW_OK && replay.journal)
    status = osmflow_upload_renew_token(uploader, error);
  if (status == OSMFLOW_OK && !replay.journal)
    status =
        osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                          "%s is not there, or another process works on it (osmflow resume?): what it finds out is "
                          "not known here. Read the data anew before the same edits are made again",
                          uploader->doubted);
  if (status == OSMFLOW_OK)
    status = restore(&replay, &run, error);
  if (status == OSMFLOW_OK && run.in_doubt)
    status = osmflow_upload_settle(&run, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_end(&run, false, error);
  if (status == OSMFLOW_OK) {
    free(uploader->doubted);
    uploader->doubted = NULL;
    *is_settled = true;
  } else {
    osmflow_error_prefix(error, "an earlier upload is still in doubt, so nothing more is sent: ");
  }
  osmflow_upload_run_clear(&run);
  clear(&replay);
  return status;
}

static void count(const struct osmflow_change *change, struct osmflow_resume_result *result) {
  result->pending = result->left_out = 0;
  size_t there = 0;
  for (size_t i = 0; i < change->count; i++) {
    const enum osmflow_outcome outcome = change->items[i].outcome;
    const bool is_out = outcome == OSMFLOW_OUTCOME_CONFLICT || outcome == OSMFLOW_OUTCOME_REFUSED;
    result->pending += outcome == OSMFLOW_OUTCOME_PENDING;
    result->left_out += is_out;
    there += !is_out && outcome != OSMFLOW_OUTCOME_PENDING;
  }
  result->sent = there - result->done;
}

/* Nobody but the file that is kept has these edits any more. */
static void take_back_left_out(struct osmflow_change *change) {
  for (size_t i = 0; i < change->count; i++) {
    struct osmflow_change_item *item = &change->items[i];
    if (item->outcome == OSMFLOW_OUTCOME_CONFLICT || item->outcome == OSMFLOW_OUTCOME_REFUSED)
      item->outcome = OSMFLOW_OUTCOME_PENDING;
  }
}

static enum osmflow_status send_rest(struct osmflow_upload_run *run, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_upload_admission(run->uploader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_check(run->change, &run->uploader->capabilities, error);
  return status == OSMFLOW_OK ? osmflow_upload_rest(run, error) : status;
}

static enum osmflow_status finish(struct osmflow_upload_run *run, struct osmflow_resume_result *result,
                                  struct osmflow_error *error) {
  struct osmflow_error close_error;
  const struct osmflow_environment *environment = run->uploader->environment;
  const bool keeps = result->pending + result->left_out > 0;
  if (osmflow_uploader_close(run->uploader, &close_error) != OSMFLOW_OK)
    environment->log(environment->self, OSMFLOW_LOG_WARNING, close_error.message);
  run->is_announced = false;
  take_back_left_out(run->change);
  if (keeps)
    snprintf(result->change_path, sizeof result->change_path, "%s", osmflow_journal_change_path(run->journal));
  return osmflow_upload_end(run, keeps, error);
}

static enum osmflow_status resume(struct osmflow_upload_run *run, bool only_settle,
                                  struct osmflow_resume_result *result, struct osmflow_error *error) {
  enum osmflow_status status = run->in_doubt ? osmflow_upload_settle(run, error) : OSMFLOW_OK;
  count(run->change, result);
  result->done += result->sent;
  result->sent = 0;
  if (status == OSMFLOW_OK && !run->is_given_up && !only_settle)
    status = send_rest(run, error);
  count(run->change, result);
  if (status == OSMFLOW_OK)
    return finish(run, result, error);
  snprintf(result->change_path, sizeof result->change_path, "%s", osmflow_journal_change_path(run->journal));
  return status;
}

/* The server, the changeset and its tags are the journal's; the rest is the caller's. A token goes to the server it was
 * given for and to no other. */
static enum osmflow_status make_uploader(const struct osmflow_environment *environment,
                                         const struct osmflow_journal_head *head,
                                         const struct osmflow_upload_options *options,
                                         struct osmflow_uploader **uploader, struct osmflow_error *error) {
  struct osmflow_upload_options wish = *options;
  if (options->root && strcmp(options->root, head->root) != 0)
    wish.token = NULL;
  wish.root = head->root;
  wish.connection = head->connection;
  wish.changeset = head->changeset;
  wish.comment = wish.source = NULL;
  wish.tags = head->tags;
  wish.tag_count = head->tag_count;
  for (size_t i = 0; i < head->tag_count; i++)
    if (osmflow_text_is(head->tags[i].key, "comment"))
      wish.comment = head->tags[i].value.data;
  return osmflow_uploader_new(environment, &wish, uploader, error);
}

enum osmflow_status osmflow_upload_resume(const struct osmflow_environment *environment, const char *path,
                                          const struct osmflow_upload_options *options, bool only_settle,
                                          struct osmflow_resume_result *result, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = NULL;
  struct osmflow_upload_run run = {.uploader = NULL};
  struct osmflow_change change;
  struct replay replay;
  *result = (struct osmflow_resume_result){.is_busy = false};
  osmflow_change_init(&change);
  enum osmflow_status status = load(environment, path, &change, &replay, error);
  result->is_busy = status == OSMFLOW_OK && !replay.journal;
  if (status == OSMFLOW_OK && replay.journal) {
    status = make_uploader(environment, osmflow_journal_head(replay.journal), options, &uploader, error);
    if (status == OSMFLOW_OK) {
      osmflow_upload_run_init(&run, uploader, &change);
      run.is_given_up = replay.is_given_up;
      status = restore(&replay, &run, error);
    }
    if (status == OSMFLOW_OK)
      status = resume(&run, only_settle, result, error);
  }
  if (run.uploader)
    osmflow_upload_run_clear(&run);
  clear(&replay);
  osmflow_uploader_free(uploader);
  osmflow_change_clear(&change);
  return status;
}
