/* What has become of the items of an upload: from the server's rows to outcomes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "osm/upload_parts.h"

int64_t osmflow_upload_id(const struct osmflow_upload_run *run, const struct osmflow_change_item *item) {
  return osmflow_new_ids_find(&run->new_ids, item->draft->type, item->draft->id);
}

enum osmflow_status osmflow_upload_known_ids(struct osmflow_upload_run *run, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < run->change->count; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    if (item->action == OSMFLOW_ACTION_CREATE && item->draft->id < 0 && item->new_id > 0)
      status = osmflow_new_ids_add(&run->new_ids, item->draft->type, item->draft->id, item->new_id, error);
  }
  return status;
}

const char *osmflow_upload_name(const struct osmflow_change_item *item, char buffer[OSMFLOW_UPLOAD_NAME_SIZE]) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  const struct osmflow_text label = item->draft->label;
  osmflow_draft_name(item->draft, name);
  if (label.size > 0)
    snprintf(buffer, OSMFLOW_UPLOAD_NAME_SIZE, "%.*s (%s)", (int)(label.size < 80 ? label.size : 80), label.data, name);
  else
    snprintf(buffer, OSMFLOW_UPLOAD_NAME_SIZE, "%s", name);
  return buffer;
}

enum osmflow_status osmflow_upload_set_reason(struct osmflow_change_item *item, const char *reason,
                                              struct osmflow_error *error) {
  const size_t size = reason ? strlen(reason) : 0;
  char *copy = reason ? strndup(reason, size > 0 && reason[size - 1] == '\n' ? size - 1 : size) : NULL;
  if (reason && !copy)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for what became of an edit");
  free(item->reason);
  item->reason = copy;
  return OSMFLOW_OK;
}

static bool row_fits(const struct osmflow_upload_run *run, const struct osmflow_change_item *item,
                     const struct osmflow_diff_row *row) {
  const int64_t id = osmflow_upload_id(run, item);
  if (row->type != item->draft->type || row->old_id != id)
    return false;
  switch (item->action) {
    case OSMFLOW_ACTION_CREATE:
      return row->new_id > 0 && row->new_version > 0;
    case OSMFLOW_ACTION_MODIFY:
      return row->new_id > 0 && (id < 0 || row->new_id == id) && row->new_version > 0;
    default:
      return row->new_id == 0 || (row->new_version > 0 && (id < 0 || row->new_id == id));
  }
}

bool osmflow_upload_rows_fit(const struct osmflow_upload_run *run, size_t first, size_t count,
                             const struct osmflow_diff_row *rows, size_t row_count) {
  size_t at = 0;
  if (count > run->change->count || first > run->change->count - count)
    return false;
  for (size_t i = first; i < first + count; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    if (item->outcome != OSMFLOW_OUTCOME_PENDING)
      continue;
    if (at >= row_count || !row_fits(run, item, &rows[at]))
      return false;
    at++;
  }
  return at == row_count;
}

/* A deletion that was skipped: either others use the element, or somebody else deleted it, which makes a version. */
static enum osmflow_status skipped(struct osmflow_change_item *item, const struct osmflow_diff_row *row,
                                   struct osmflow_error *error) {
  const bool is_gone = row->new_version > item->draft->version;
  item->outcome = is_gone ? OSMFLOW_OUTCOME_NOT_NEEDED : OSMFLOW_OUTCOME_KEPT;
  item->new_id = row->new_id;
  item->new_version = is_gone ? 0 : row->new_version;
  return osmflow_upload_set_reason(item, is_gone ? "somebody else deleted it" : "not deleted: others use it", error);
}

static enum osmflow_status done(struct osmflow_upload_run *run, struct osmflow_change_item *item,
                                const struct osmflow_diff_row *row, struct osmflow_error *error) {
  if (item->action == OSMFLOW_ACTION_DELETE && row->new_id != 0)
    return skipped(item, row, error);
  /* Before it is sent, the reason of an item is what it was joined with. */
  item->outcome = item->reason ? OSMFLOW_OUTCOME_MERGED : OSMFLOW_OUTCOME_DONE;
  item->new_id = item->action == OSMFLOW_ACTION_DELETE ? osmflow_upload_id(run, item) : row->new_id;
  item->new_version = row->new_version;
  return item->action == OSMFLOW_ACTION_CREATE && item->draft->id < 0
             ? osmflow_new_ids_add(&run->new_ids, item->draft->type, item->draft->id, row->new_id, error)
             : OSMFLOW_OK;
}

enum osmflow_status osmflow_upload_apply(struct osmflow_upload_run *run, size_t first, size_t count,
                                         const struct osmflow_diff_row *rows, int64_t *changes,
                                         struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  size_t at = 0;
  for (size_t i = first; status == OSMFLOW_OK && i < first + count; i++) {
    struct osmflow_change_item *item = &run->change->items[i];
    if (item->outcome != OSMFLOW_OUTCOME_PENDING)
      continue;
    status = done(run, item, &rows[at++], error);
    *changes += item->outcome == OSMFLOW_OUTCOME_DONE || item->outcome == OSMFLOW_OUTCOME_MERGED;
  }
  if (status == OSMFLOW_OK && run->position < first + count)
    run->position = first + count;
  return status;
}
