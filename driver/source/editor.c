#include <stdlib.h>

#include "base/number.h"
#include "source/editor_parts.h"

enum { MOST_SHOWN = 0x7FFFFFFF, MOST_NODES = 2000, MOST_MEMBERS = 32000 };

enum osmflow_status osmflow_editor_new(const struct osmflow_connection *connection, struct osmflow_session *session,
                                       const struct osmflow_rules *rules, const char *name,
                                       struct osmflow_editor **editor, struct osmflow_error *error) {
  struct osmflow_editor *made = calloc(1, sizeof *made);
  if (made)
    made->name = strdup(name);
  if (!made || !made->name) {
    free(made);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for editing");
  }
  osmflow_idmap_init(&made->shown_by_fid);
  made->connection = connection;
  made->session = session;
  made->rules = rules;
  const enum osmflow_status status = connection->update.uploads ? osmflow_editor_check_upload(made, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK)
    *editor = made;
  else
    osmflow_editor_free(made);
  return status;
}

static void forget_shown(struct osmflow_editor *editor) {
  for (size_t i = 0; i < editor->shown_count; i++)
    OGR_G_DestroyGeometry(editor->shown[i].geometry);
  editor->shown_count = 0;
  osmflow_idmap_clear(&editor->shown_by_fid);
}

static void forget_working(struct osmflow_editor *editor) {
  osmflow_snapshot_release(editor->working);
  editor->working = NULL;
}

void osmflow_editor_drop(struct osmflow_editor *editor) {
  forget_shown(editor);
  forget_working(editor);
  osmflow_editor_forget_mark(editor);
  if (editor->drafts)
    osmflow_session_return_placeholders(editor->session, editor->first_placeholder,
                                        osmflow_drafts_next_placeholder(editor->drafts));
  osmflow_drafts_free(editor->drafts);
  osmflow_fids_release(editor->fids);
  osmflow_snapshot_release(editor->committed);
  editor->drafts = NULL;
  editor->fids = NULL;
  editor->committed = NULL;
  editor->taken_count = 0;
  editor->removal_count = editor->failed_removal_count;
  editor->is_in_transaction = false;
}

void osmflow_editor_free(struct osmflow_editor *editor) {
  if (editor) {
    struct osmflow_error error = {0};
    const struct osmflow_environment *environment = editor->connection->environment;
    if (osmflow_editor_close_changeset(editor, &error) != OSMFLOW_OK)
      environment->log(environment->self, OSMFLOW_LOG_WARNING, error.message);
    osmflow_editor_drop(editor);
    osmflow_uploader_free(editor->uploader);
    free(editor->removals);
    free(editor->shown);
    free(editor->taken);
    free(editor->name);
    free(editor);
  }
}

/* The drafts stand on what the session has now. */
static enum osmflow_status open_drafts(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_snapshot *snapshot = NULL;
  enum osmflow_status status = osmflow_session_snapshot(editor->session, NULL, &snapshot, error);
  if (status == OSMFLOW_OK) {
    editor->first_placeholder = osmflow_session_take_placeholders(editor->session, snapshot);
    status = osmflow_drafts_new(&snapshot->store, editor->first_placeholder, &editor->drafts, error);
  }
  if (status == OSMFLOW_OK) {
    editor->committed = snapshot;
    editor->fids = osmflow_fids_hold(snapshot->fids);
  } else {
    osmflow_snapshot_release(snapshot);
  }
  return status;
}

/* A server that is away is waited for once per transaction, not once per feature: programs try them all. */
static enum osmflow_status settle(struct osmflow_editor *editor, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (editor->drafts || !editor->connection->update.uploads)
    return OSMFLOW_OK;
  if (!editor->is_in_transaction || editor->unsettled.status == OSMFLOW_OK) {
    editor->unsettled = (struct osmflow_error){0};
    status = osmflow_editor_settle(editor, &editor->unsettled);
  } else {
    status = editor->unsettled.status;
  }
  if (status != OSMFLOW_OK && error)
    *error = editor->unsettled;
  return status;
}

enum osmflow_status osmflow_editor_begin(struct osmflow_editor *editor, const char *label,
                                         struct osmflow_error *error) {
  enum osmflow_status status = settle(editor, error);
  if (status == OSMFLOW_OK && !editor->drafts)
    status = open_drafts(editor, error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_set_label(editor->drafts, label, error);
  return status;
}

struct osmflow_edit_options osmflow_editor_options(const struct osmflow_editor *editor) {
  const struct osmflow_connection *connection = editor->connection;
  return (struct osmflow_edit_options){.drafts = editor->drafts,
                                       .rules = editor->rules,
                                       .shared = connection->update.shared,
                                       .most_way_nodes = MOST_NODES,
                                       .most_members = MOST_MEMBERS,
                                       .has_bounds = connection->update.checks_bounds && connection->call.has_bbox,
                                       .bounds = connection->call.bbox};
}

struct osmflow_snapshot *osmflow_editor_committed(const struct osmflow_editor *editor) {
  return editor->committed;
}

bool osmflow_editor_has_edits(const struct osmflow_editor *editor) {
  return editor->drafts && osmflow_drafts_count(editor->drafts) > 0;
}

const struct osmflow_fids *osmflow_editor_fids(const struct osmflow_editor *editor) {
  return editor->fids;
}

static enum osmflow_status note_fid(struct osmflow_editor *editor, const struct osmflow_fid_change *change,
                                    struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&editor->taken, &editor->taken_capacity, editor->taken_count + 1,
                            sizeof *editor->taken, MOST_SHOWN, error);
  if (status == OSMFLOW_OK)
    editor->taken[editor->taken_count++] = *change;
  return status;
}

enum osmflow_status osmflow_editor_take_over(struct osmflow_editor *editor, int64_t fid, int64_t relation,
                                             struct osmflow_error *error) {
  const struct osmflow_fid_change change = {OSMFLOW_RELATION, relation, 0, fid};
  struct osmflow_fids *fids = NULL;
  enum osmflow_status status = osmflow_fids_change(editor->fids, &change, 1, &fids, error);
  if (status == OSMFLOW_OK)
    status = note_fid(editor, &change, error);
  if (status == OSMFLOW_OK) {
    osmflow_fids_release(editor->fids);
    editor->fids = fids;
  } else {
    osmflow_fids_release(fids);
  }
  return status;
}

/* While saving, so nobody asks for features before the next snapshot, which gets these changes all at once. */
enum osmflow_status osmflow_editor_is_now(struct osmflow_editor *editor, enum osmflow_element_type type,
                                          int64_t placeholder, int64_t id, struct osmflow_error *error) {
  const struct osmflow_fid_change change = {type, id, placeholder, 0};
  return note_fid(editor, &change, error);
}

static struct osmflow_editor_shown *find_shown(const struct osmflow_editor *editor, const void *layer, int64_t fid) {
  uint32_t place = osmflow_idmap_find(&editor->shown_by_fid, fid);
  while (place != OSMFLOW_IDMAP_NONE && editor->shown[place].layer != layer)
    place = editor->shown[place].next;
  return place == OSMFLOW_IDMAP_NONE ? NULL : &editor->shown[place];
}

OGRGeometryH osmflow_editor_shown(const struct osmflow_editor *editor, const void *layer, int64_t fid) {
  const struct osmflow_editor_shown *shown = find_shown(editor, layer, fid);
  return shown ? shown->geometry : NULL;
}

enum osmflow_status osmflow_editor_show(struct osmflow_editor *editor, const void *layer, int64_t fid,
                                        OGRGeometryH geometry, struct osmflow_error *error) {
  struct osmflow_editor_shown *shown = find_shown(editor, layer, fid);
  if (shown) {
    OGR_G_DestroyGeometry(shown->geometry);
    shown->geometry = OGR_G_Clone(geometry);
    return OSMFLOW_OK;
  }
  const uint32_t next = osmflow_idmap_find(&editor->shown_by_fid, fid);
  enum osmflow_status status = osmflow_array_reserve((void **)&editor->shown, &editor->shown_capacity,
                                                     editor->shown_count + 1, sizeof *editor->shown, MOST_SHOWN, error);
  if (status == OSMFLOW_OK)
    status = osmflow_idmap_set(&editor->shown_by_fid, fid, (uint32_t)editor->shown_count, error);
  if (status == OSMFLOW_OK)
    editor->shown[editor->shown_count++] = (struct osmflow_editor_shown){layer, fid, OGR_G_Clone(geometry), next};
  return status;
}

enum osmflow_status osmflow_editor_note_removal(struct osmflow_editor *editor, const void *layer, int64_t fid,
                                                struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&editor->removals, &editor->removal_capacity, editor->removal_count + 1,
                            sizeof *editor->removals, MOST_SHOWN, error);
  if (status == OSMFLOW_OK)
    editor->removals[editor->removal_count++] = (struct osmflow_editor_removal){layer, fid};
  return status;
}

bool osmflow_editor_was_removed(const struct osmflow_editor *editor, const void *layer, int64_t fid) {
  bool found = false;
  for (size_t i = 0; !found && i < editor->failed_removal_count; i++)
    found = editor->removals[i].layer == layer && editor->removals[i].fid == fid;
  return found;
}

/* *present: borrowed until the next edit; NULL: it is not here. */
static enum osmflow_status compare(struct osmflow_editor *editor, const struct osmflow_store *origin,
                                   enum osmflow_element_type type, int64_t id, const struct osmflow_draft **present,
                                   bool *differs, struct osmflow_error *error) {
  const uint32_t index = osmflow_store_index(origin, type, id);
  struct osmflow_draft *was = NULL;
  enum osmflow_status status = osmflow_drafts_get(editor->drafts, type, id, present, error);
  if (status == OSMFLOW_OK && index != OSMFLOW_INDEX_NONE)
    status = osmflow_draft_from_store(origin, type, index, &was, error);
  if (status == OSMFLOW_OK)
    *differs = was ? !*present || !osmflow_draft_equal(was, *present) : *present != NULL;
  osmflow_draft_free(was);
  return status;
}

/* The same, a way's nodes included. */
static enum osmflow_status compare_whole(struct osmflow_editor *editor, const struct osmflow_store *origin,
                                         enum osmflow_element_type type, int64_t id,
                                         const struct osmflow_draft **present, bool *differs,
                                         struct osmflow_error *error) {
  const struct osmflow_draft *node = NULL;
  enum osmflow_status status = compare(editor, origin, type, id, present, differs, error);
  for (size_t i = 0; status == OSMFLOW_OK && *present && !*differs && i < (*present)->ref_count; i++)
    status = compare(editor, origin, OSMFLOW_NODE, (*present)->refs[i], &node, differs, error);
  return status;
}

enum osmflow_status osmflow_editor_was_edited(struct osmflow_editor *editor, enum osmflow_element_type type, int64_t id,
                                              bool *was_edited, struct osmflow_error *error) {
  struct osmflow_snapshot *origin = NULL;
  const struct osmflow_draft *element = NULL, *member = NULL;
  enum osmflow_status status = osmflow_session_origin(editor->session, &origin, error);
  *was_edited = false;
  if (status == OSMFLOW_OK)
    status = compare_whole(editor, &origin->store, type, id, &element, was_edited, error);
  for (size_t i = 0; status == OSMFLOW_OK && element && !*was_edited && i < element->member_count; i++)
    status = compare_whole(editor, &origin->store, element->members[i].type, element->members[i].ref, &member,
                           was_edited, error);
  osmflow_snapshot_release(origin);
  return status;
}

bool osmflow_editor_is_in_transaction(const struct osmflow_editor *editor) {
  return editor->is_in_transaction;
}

enum osmflow_status osmflow_editor_start(struct osmflow_editor *editor, struct osmflow_error *error) {
  if (editor->is_in_transaction)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "a transaction is open already");
  /* The caller reads next what he is going to change, so that must be what the server has by now. When that cannot be
   * found out, the first edit says so. */
  editor->unsettled.status = settle(editor, NULL);
  const enum osmflow_status status = osmflow_editor_set_mark(editor, error);
  editor->is_in_transaction = status == OSMFLOW_OK;
  return status;
}

enum osmflow_status osmflow_editor_rollback(struct osmflow_editor *editor, struct osmflow_error *error) {
  if (!editor->is_in_transaction)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "no transaction is open");
  editor->is_in_transaction = false;
  const enum osmflow_status status = osmflow_editor_return_to_mark(editor, error);
  if (status != OSMFLOW_OK || !osmflow_editor_has_edits(editor))
    osmflow_editor_drop(editor);
  return status;
}

enum osmflow_status osmflow_editor_commit(struct osmflow_editor *editor, struct osmflow_error *error) {
  if (!editor->is_in_transaction)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "no transaction is open");
  editor->is_in_transaction = false;
  osmflow_editor_forget_mark(editor);
  return osmflow_editor_save(editor, error);
}

enum osmflow_status osmflow_editor_save(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_change change;
  if (editor->is_in_transaction || !editor->drafts)
    return OSMFLOW_OK;
  osmflow_change_init(&change);
  enum osmflow_status status = osmflow_editor_drop_known(editor, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_from_drafts(editor->drafts, &change, error);
  /* Also when nothing is left to be sent: features that turned out to be known keep their ids. */
  if (status == OSMFLOW_OK && (change.count > 0 || editor->taken_count > 0))
    status = editor->connection->update.uploads ? osmflow_editor_send(editor, &change, error)
                                                : osmflow_editor_write(editor, &change, error);
  editor->failed_removal_count = status == OSMFLOW_OK ? 0 : editor->removal_count;
  osmflow_editor_drop(editor);
  osmflow_change_clear(&change);
  return status;
}

enum osmflow_status osmflow_editor_changes(struct osmflow_editor *editor, struct osmflow_bytes *document,
                                           struct osmflow_error *error) {
  struct osmflow_change change;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_change_init(&change);
  if (editor->drafts)
    status = osmflow_change_from_drafts(editor->drafts, &change, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_write(&change, 0, change.count, 0, NULL, document, error);
  osmflow_change_clear(&change);
  return status;
}

int64_t osmflow_editor_changeset(const struct osmflow_editor *editor) {
  return editor->uploader ? osmflow_uploader_changeset(editor->uploader) : 0;
}

enum osmflow_status osmflow_editor_close_changeset(struct osmflow_editor *editor, struct osmflow_error *error) {
  return editor->uploader && !editor->is_in_doubt ? osmflow_uploader_close(editor->uploader, error) : OSMFLOW_OK;
}
