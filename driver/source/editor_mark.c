/* What a transaction goes back to when edits were made before it that are not saved. */
#include <stdlib.h>

#include "source/editor_parts.h"

void osmflow_editor_forget_mark(struct osmflow_editor *editor) {
  struct osmflow_editor_mark *mark = &editor->mark;
  for (size_t i = 0; i < mark->shown_count; i++)
    OGR_G_DestroyGeometry(mark->shown[i].geometry);
  free(mark->shown);
  *mark = (struct osmflow_editor_mark){.drafts = 0};
}

enum osmflow_status osmflow_editor_set_mark(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_editor_mark mark = {.drafts = editor->drafts ? osmflow_drafts_mark(editor->drafts) : 0,
                                     .taken = editor->taken_count,
                                     .removals = editor->removal_count,
                                     .shown = calloc(editor->shown_count + 1, sizeof *editor->shown),
                                     .shown_count = editor->shown_count};
  if (!mark.shown)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a transaction");
  for (size_t i = 0; i < mark.shown_count; i++) {
    mark.shown[i] = editor->shown[i];
    mark.shown[i].geometry = OGR_G_Clone(editor->shown[i].geometry);
  }
  editor->mark = mark;
  return OSMFLOW_OK;
}

/* Feature ids as they are without those that the transaction gave away. */
static enum osmflow_status restore_fids(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_fids *fids = NULL;
  if (editor->taken_count == editor->mark.taken)
    return OSMFLOW_OK;
  const enum osmflow_status status =
      osmflow_fids_change(editor->committed->fids, editor->taken, editor->mark.taken, &fids, error);
  if (status == OSMFLOW_OK) {
    editor->taken_count = editor->mark.taken;
    osmflow_fids_release(editor->fids);
    editor->fids = fids;
  }
  return status;
}

/* The geometries that were shown, as they were. There were fewer then, so there is room. */
static enum osmflow_status restore_shown(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_editor_mark *mark = &editor->mark;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < editor->shown_count; i++)
    OGR_G_DestroyGeometry(editor->shown[i].geometry);
  osmflow_idmap_clear(&editor->shown_by_fid);
  if (mark->shown_count > 0)
    memcpy(editor->shown, mark->shown, mark->shown_count * sizeof *editor->shown);
  editor->shown_count = mark->shown_count;
  mark->shown_count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < editor->shown_count; i++)
    status = osmflow_idmap_set(&editor->shown_by_fid, editor->shown[i].fid, (uint32_t)i, error);
  return status;
}

enum osmflow_status osmflow_editor_return_to_mark(struct osmflow_editor *editor, struct osmflow_error *error) {
  enum osmflow_status status = restore_shown(editor, error);
  editor->removal_count = editor->mark.removals;
  if (editor->drafts)
    osmflow_drafts_rollback(editor->drafts, editor->mark.drafts);
  if (status == OSMFLOW_OK && editor->drafts)
    status = restore_fids(editor, error);
  osmflow_editor_forget_mark(editor);
  return status;
}
