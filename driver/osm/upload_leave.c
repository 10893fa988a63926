/* Items that are not sent: which one a refusal means, leaving it out or failing because of it, and telling the journal.
 */
#include "osm/upload_parts.h"

size_t osmflow_upload_named(const struct osmflow_upload_run *run, const struct osmflow_refusal *refusal, size_t first,
                            size_t end) {
  for (size_t i = first; refusal->has_element && i < end; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    if (item->outcome == OSMFLOW_OUTCOME_PENDING && item->draft->type == refusal->type &&
        (item->draft->id == refusal->id || osmflow_upload_id(run, item) == refusal->id))
      return i;
  }
  return SIZE_MAX;
}

enum osmflow_status osmflow_upload_leave_out(struct osmflow_upload_run *run, size_t index, enum osmflow_outcome outcome,
                                             const char *reason, struct osmflow_error *error) {
  struct osmflow_change_item *item = &run->change->items[index];
  char name[OSMFLOW_UPLOAD_NAME_SIZE];
  size_t left_out = 0;
  enum osmflow_status status = osmflow_upload_set_reason(item, reason, error);
  if (status == OSMFLOW_OK && run->uploader->conflict != OSMFLOW_CONFLICT_SKIP && outcome != OSMFLOW_OUTCOME_KEPT)
    return osmflow_error_set(error, outcome == OSMFLOW_OUTCOME_CONFLICT ? OSMFLOW_BAD_ARGUMENT : OSMFLOW_HTTP,
                             "%s: %s. CONFLICT=SKIP would leave it out and send the rest",
                             osmflow_upload_name(item, name), reason);
  if (status == OSMFLOW_OK) {
    item->outcome = outcome;
    item->new_id = outcome == OSMFLOW_OUTCOME_KEPT ? osmflow_upload_id(run, item) : 0;
    item->new_version = outcome == OSMFLOW_OUTCOME_KEPT ? item->draft->version : 0;
    run->rounds = 0;
    if (outcome != OSMFLOW_OUTCOME_KEPT)
      status = osmflow_change_leave_out(run->change, index, &left_out, error);
  }
  return status == OSMFLOW_OK ? osmflow_upload_replan(run, error) : status;
}

/* What came before a plan is forgotten with it, the changeset in use as well. */
enum osmflow_status osmflow_upload_replan(struct osmflow_upload_run *run, struct osmflow_error *error) {
  const struct osmflow_uploader *uploader = run->uploader;
  const enum osmflow_status status = osmflow_journal_replan(run->journal, run->change, error);
  if (status != OSMFLOW_OK || !run->is_announced)
    return status;
  return osmflow_upload_record(run, OSMFLOW_JOURNAL_CHANGESET, uploader->changeset, 0, (size_t)uploader->used, NULL,
                               error);
}
