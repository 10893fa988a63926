/* Saving: to an osmChange file or to the server, and what is known afterwards. */
#include <stdlib.h>

#include "net/http.h"
#include "source/editor_parts.h"

enum { LIST_CEILING = 8 << 20, WARNING_CEILING = 1500 };

static bool is_on_server(const struct osmflow_change_item *item) {
  return item->outcome == OSMFLOW_OUTCOME_DONE || item->outcome == OSMFLOW_OUTCOME_MERGED ||
         item->outcome == OSMFLOW_OUTCOME_NOT_NEEDED;
}

/* What the server holds by now is not what is here: left out, kept, or joined with another's edit. */
static bool is_surprise(const struct osmflow_change_item *item) {
  return item->draft->id > 0 && (item->outcome == OSMFLOW_OUTCOME_CONFLICT ||
                                 item->outcome == OSMFLOW_OUTCOME_REFUSED || item->outcome == OSMFLOW_OUTCOME_KEPT);
}

static enum osmflow_status learn_new_ids(const struct osmflow_change *change, struct osmflow_new_ids *ids,
                                         struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    if (item->draft->id < 0 && item->new_id > 0 && is_on_server(item))
      status = osmflow_new_ids_add(ids, item->draft->type, item->draft->id, item->new_id, error);
  }
  return status;
}

/* One item as the server has it now. */
static enum osmflow_status add_item(const struct osmflow_change_item *item, const struct osmflow_new_ids *ids,
                                    const struct osmflow_draft_particulars *particulars, bool is_sent,
                                    struct osmflow_store *store, struct osmflow_error *error) {
  struct osmflow_draft saved = *item->draft;
  int64_t *refs = malloc((saved.ref_count + 1) * sizeof *refs);
  struct osmflow_draft_member *members = malloc((saved.member_count + 1) * sizeof *members);
  enum osmflow_status status =
      refs && members ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for what was saved");
  if (status == OSMFLOW_OK) {
    saved.id = osmflow_new_ids_find(ids, saved.type, saved.id);
    saved.visible = item->action != OSMFLOW_ACTION_DELETE;
    saved.version = item->new_version ? item->new_version : saved.version + is_sent;
    for (size_t i = 0; i < saved.ref_count; i++)
      refs[i] = osmflow_new_ids_find(ids, OSMFLOW_NODE, saved.refs[i]);
    for (size_t i = 0; i < saved.member_count; i++) {
      members[i] = saved.members[i];
      members[i].ref = osmflow_new_ids_find(ids, members[i].type, members[i].ref);
    }
    saved.refs = refs;
    saved.members = members;
    status = osmflow_draft_to_store(&saved, particulars, store, error);
  }
  free(refs);
  free(members);
  return status;
}

/* The feature ids of new elements stay when they have real ids. */
static enum osmflow_status change_fids(const struct osmflow_editor *editor, const struct osmflow_change *change,
                                       const struct osmflow_snapshot *newest, struct osmflow_fids **fids,
                                       struct osmflow_error *error) {
  struct osmflow_fid_change *changes = calloc(change->count + editor->taken_count + 1, sizeof *changes);
  size_t count = editor->taken_count;
  if (!changes)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for feature ids");
  if (count > 0)
    memcpy(changes, editor->taken, count * sizeof *changes);
  for (size_t i = 0; i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    if (item->action == OSMFLOW_ACTION_CREATE && item->new_id > 0 && is_on_server(item))
      changes[count++] = (struct osmflow_fid_change){item->draft->type, item->new_id, item->draft->id, 0};
  }
  const enum osmflow_status status =
      count > 0 ? osmflow_fids_change(newest->fids, changes, count, fids, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && count == 0)
    *fids = osmflow_fids_hold(newest->fids);
  free(changes);
  return status;
}

/* `add`: whether an item belongs in. `fresh`: elements that were asked for again; NULL: none. */
static enum osmflow_status fold(struct osmflow_editor *editor, const struct osmflow_change *change,
                                bool (*add)(const struct osmflow_change_item *), int64_t changeset,
                                const struct osmflow_store *fresh, struct osmflow_error *error) {
  const struct osmflow_environment *environment = editor->connection->environment;
  const struct osmflow_draft_particulars particulars = {
      .changeset = changeset, .timestamp = changeset ? (uint32_t)environment->unix_seconds(environment->self) : 0};
  struct osmflow_snapshot *newest = NULL, *made = NULL;
  struct osmflow_new_ids ids;
  osmflow_new_ids_init(&ids);
  enum osmflow_status status = osmflow_session_snapshot(editor->session, NULL, &newest, error);
  if (status == OSMFLOW_OK)
    status = osmflow_snapshot_new(false, &made, error);
  if (status == OSMFLOW_OK)
    status = learn_new_ids(change, &ids, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++)
    if (add(&change->items[i])) {
      const struct osmflow_draft_particulars before =
          osmflow_editor_particulars(&newest->store, change->items[i].draft);
      status =
          add_item(&change->items[i], &ids, changeset ? &particulars : &before, changeset != 0, &made->store, error);
    }
  if (status == OSMFLOW_OK && fresh)
    status = osmflow_store_merge(&made->store, fresh, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_merge(&made->store, &newest->store, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(&made->store, error);
  if (status == OSMFLOW_OK)
    status = change_fids(editor, change, newest, &made->fids, error);
  if (status == OSMFLOW_OK) {
    made->bytes = newest->bytes;
    osmflow_session_replace(editor->session, made);
  }
  osmflow_snapshot_release(made);
  osmflow_snapshot_release(newest);
  osmflow_new_ids_clear(&ids);
  return status;
}

static bool is_any(const struct osmflow_change_item *item) {
  return item->action != OSMFLOW_ACTION_NONE;
}

enum osmflow_status osmflow_editor_write(struct osmflow_editor *editor, struct osmflow_change *change,
                                         struct osmflow_error *error) {
  struct osmflow_snapshot *before = NULL;
  osmflow_session_begin_save(editor->session);
  enum osmflow_status status = osmflow_session_snapshot(editor->session, NULL, &before, error);
  if (status == OSMFLOW_OK)
    status = osmflow_editor_join(editor, before, change, error);
  if (status == OSMFLOW_OK)
    status = fold(editor, change, is_any, 0, NULL, error);
  if (status == OSMFLOW_OK) {
    status = osmflow_editor_write_file(editor->connection, editor->session, error);
    if (status != OSMFLOW_OK)
      osmflow_session_replace(editor->session, before);
  }
  osmflow_session_end_save(editor->session);
  osmflow_snapshot_release(before);
  return status;
}

static enum osmflow_status add_id(struct osmflow_bytes *list, const char *name, int64_t id,
                                  struct osmflow_error *error) {
  return list->size == 0 ? osmflow_bytes_print(list, error, "%s?%s=%lld", name, name, (long long)id)
                         : osmflow_bytes_print(list, error, ",%lld", (long long)id);
}

/* A fetch fills a store of its own, which an attempt that fails may clear. */
static enum osmflow_status fetch_list(struct osmflow_http *http, const char *root, const struct osmflow_bytes *list,
                                      struct osmflow_store *store, struct osmflow_error *error) {
  struct osmflow_call call;
  struct osmflow_store part;
  if (list->size == 0)
    return OSMFLOW_OK;
  osmflow_call_init(&call);
  osmflow_store_init(&part, false);
  enum osmflow_status status = osmflow_call_parse(osmflow_bytes_string(list), root, &call, error);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_elements(http, &call, &part, NULL, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_merge(store, &part, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(store, error);
  osmflow_store_clear(&part);
  osmflow_call_clear(&call);
  return status;
}

/* Elements others have changed, and nodes that came with them, as the server has them now. */
static enum osmflow_status fetch_surprises(struct osmflow_editor *editor, const struct osmflow_change *change,
                                           struct osmflow_store *fresh, struct osmflow_error *error) {
  static const char *const names[OSMFLOW_ELEMENT_TYPES] = {"nodes", "ways", "relations"};
  const char *root = editor->connection->call.root;
  struct osmflow_bytes lists[OSMFLOW_ELEMENT_TYPES], nodes;
  struct osmflow_http *http = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&nodes, LIST_CEILING);
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_bytes_init(&lists[type], LIST_CEILING);
  bool any = false;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    const struct osmflow_draft *draft = item->draft;
    if (is_surprise(item))
      status = add_id(&lists[draft->type], names[draft->type], draft->id, error);
    for (size_t k = 0; status == OSMFLOW_OK && item->outcome == OSMFLOW_OUTCOME_MERGED && k < draft->ref_count; k++)
      if (draft->refs[k] > 0 && !osmflow_store_node(&editor->committed->store, draft->refs[k]))
        status = add_id(&nodes, "nodes", draft->refs[k], error);
    any = any || is_surprise(item) || nodes.size > 0;
  }
  if (status == OSMFLOW_OK && any)
    status = osmflow_session_http(editor->session, &http, error);
  for (int type = 0; status == OSMFLOW_OK && any && type < OSMFLOW_ELEMENT_TYPES; type++)
    status = fetch_list(http, root, &lists[type], fresh, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < fresh->way_count; i++)
    for (size_t k = 0; status == OSMFLOW_OK && k < fresh->ways[i].ref_count; k++) {
      const int64_t ref = fresh->refs[fresh->ways[i].first_ref + k];
      if (!osmflow_store_node(&editor->committed->store, ref) && !osmflow_store_node(fresh, ref))
        status = add_id(&nodes, "nodes", ref, error);
    }
  if (status == OSMFLOW_OK && any)
    status = fetch_list(http, root, &nodes, fresh, error);
  osmflow_http_free(http);
  osmflow_bytes_clear(&nodes);
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_bytes_clear(&lists[type]);
  return status;
}

/* What was left out or kept is no error where the user asked to skip it, but he hears of it. */
static void warn(const struct osmflow_editor *editor, const struct osmflow_change *change) {
  const struct osmflow_environment *environment = editor->connection->environment;
  struct osmflow_bytes text;
  size_t count = 0;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, WARNING_CEILING);
  for (size_t i = 0; i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    char name[OSMFLOW_DRAFT_NAME_SIZE];
    if (item->outcome != OSMFLOW_OUTCOME_CONFLICT && item->outcome != OSMFLOW_OUTCOME_REFUSED &&
        item->outcome != OSMFLOW_OUTCOME_KEPT)
      continue;
    count++;
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_print(&text, NULL, "\n%s (%.60s): %s: %.300s", osmflow_draft_name(item->draft, name),
                                   item->draft->label.size ? item->draft->label.data : "no feature",
                                   osmflow_outcome_names[item->outcome], item->reason ? item->reason : "");
  }
  if (count > 0) {
    struct osmflow_error message;
    osmflow_error_set(&message, OSMFLOW_HTTP, "%zu of %zu changes were not made:%s%s", count, change->count,
                      osmflow_bytes_string(&text), status == OSMFLOW_OK ? "" : "\n...");
    environment->log(environment->self, OSMFLOW_LOG_WARNING, message.message);
  }
  osmflow_bytes_clear(&text);
}

static enum osmflow_status make_uploader(struct osmflow_editor *editor, struct osmflow_error *error) {
  const struct osmflow_update_options *update = &editor->connection->update;
  const struct osmflow_upload_options options = {.root = editor->connection->call.root,
                                                 .comment = update->comment,
                                                 .source = update->source,
                                                 .tags = update->changeset_tags.items,
                                                 .tag_count = update->changeset_tags.count,
                                                 .changeset = update->changeset,
                                                 .conflict = update->conflict,
                                                 .undelete = update->undeletes,
                                                 .chunk = update->chunk,
                                                 .max_wait_ms = editor->connection->max_wait_ms,
                                                 .journal = update->journal,
                                                 .connection = editor->name};
  return editor->uploader ? OSMFLOW_OK
                          : osmflow_uploader_new(editor->connection->environment, &options, &editor->uploader, error);
}

enum osmflow_status osmflow_editor_check_upload(struct osmflow_editor *editor, struct osmflow_error *error) {
  const enum osmflow_status status = make_uploader(editor, error);
  osmflow_uploader_free(editor->uploader);
  editor->uploader = NULL;
  return status;
}

/* What is on the server is made the newest snapshot; when that fails, the server is asked again. */
static void take_results(struct osmflow_editor *editor, const struct osmflow_change *change) {
  struct osmflow_store fresh;
  struct osmflow_error error = {0};
  osmflow_store_init(&fresh, false);
  enum osmflow_status status = fetch_surprises(editor, change, &fresh, &error);
  osmflow_session_begin_save(editor->session);
  if (status == OSMFLOW_OK)
    status = fold(editor, change, is_on_server, osmflow_uploader_last_changeset(editor->uploader), &fresh, &error);
  osmflow_session_end_save(editor->session);
  if (status != OSMFLOW_OK)
    osmflow_session_refresh(editor->session);
  osmflow_store_clear(&fresh);
}

enum osmflow_status osmflow_editor_send(struct osmflow_editor *editor, struct osmflow_change *change,
                                        struct osmflow_error *error) {
  enum osmflow_status status = make_uploader(editor, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_uploader_set_store(editor->uploader, &editor->committed->store);
  status = osmflow_uploader_send(editor->uploader, change, &editor->is_in_doubt, error);
  osmflow_uploader_set_store(editor->uploader, NULL);
  take_results(editor, change);
  /* The next attempt asks anew what the server takes and looks for the token again: it may be there by then. */
  if (status != OSMFLOW_OK && !editor->is_in_doubt && osmflow_uploader_changeset(editor->uploader) == 0) {
    osmflow_uploader_free(editor->uploader);
    editor->uploader = NULL;
  }
  if (status == OSMFLOW_OK)
    warn(editor, change);
  if (editor->connection->update.report) {
    const struct osmflow_environment *environment = editor->connection->environment;
    struct osmflow_error failure = {0};
    /* No error: whoever hears of one saves again. */
    if (osmflow_upload_report(change, editor->connection->update.report, &failure) != OSMFLOW_OK)
      environment->log(environment->self, OSMFLOW_LOG_WARNING, failure.message);
  }
  return status;
}

/* Journals of earlier runs for this server: what arrived is on the server now, so what is here is asked for again. */
static enum osmflow_status settle_earlier(struct osmflow_editor *editor, struct osmflow_error *error) {
  const struct osmflow_environment *environment = editor->connection->environment;
  const struct osmflow_update_options *update = &editor->connection->update;
  const struct osmflow_upload_options options = {.root = editor->connection->call.root,
                                                 .max_wait_ms = editor->connection->max_wait_ms,
                                                 .journal = update->journal};
  struct osmflow_journal_paths paths = {.count = 0};
  char *folder = NULL;
  enum osmflow_status status = osmflow_journal_folder(environment, update->journal, &folder, error);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_list(folder, &paths, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < paths.count; i++) {
    struct osmflow_resume_result result = {0};
    status = osmflow_upload_resume(environment, paths.items[i], &options, true, &result, error);
    if (status == OSMFLOW_OK && !result.is_busy)
      osmflow_session_refresh(editor->session);
    if (status == OSMFLOW_OK && result.pending > 0) {
      struct osmflow_error message;
      osmflow_error_set(&message, OSMFLOW_HTTP,
                        "an earlier upload did not finish: %zu of its changes were not sent; they are in %s, and "
                        "'osmflow resume' sends them",
                        result.pending, result.change_path);
      environment->log(environment->self, OSMFLOW_LOG_WARNING, message.message);
    }
  }
  osmflow_journal_paths_clear(&paths);
  free(folder);
  return status;
}

/* Whether another process works on any journal just now. */
static bool is_any_busy(const struct osmflow_editor *editor) {
  struct osmflow_journal_paths paths = {.count = 0};
  char *folder = NULL;
  const bool is_known = osmflow_journal_folder(editor->connection->environment, editor->connection->update.journal,
                                               &folder, NULL) == OSMFLOW_OK &&
                        osmflow_journal_list(folder, &paths, NULL) == OSMFLOW_OK;
  const bool is_busy = !is_known || paths.busy > 0;
  osmflow_journal_paths_clear(&paths);
  free(folder);
  return is_busy;
}

/* The journal may be gone because `osmflow resume` was quicker: then what it did is on the server. */
static enum osmflow_status settle_own(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_change change;
  bool is_settled = false;
  osmflow_change_init(&change);
  enum osmflow_status status = osmflow_uploader_settle(editor->uploader, &change, &is_settled, error);
  if (status == OSMFLOW_NOT_FOUND && !is_any_busy(editor)) {
    osmflow_uploader_free(editor->uploader);
    editor->uploader = NULL;
    is_settled = true;
    status = OSMFLOW_OK;
  }
  if (status == OSMFLOW_OK && is_settled) {
    editor->is_in_doubt = false;
    osmflow_session_refresh(editor->session);
  }
  osmflow_change_clear(&change);
  return status;
}

enum osmflow_status osmflow_editor_settle(struct osmflow_editor *editor, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (editor->is_in_doubt) {
    status = settle_own(editor, error);
  } else if (!editor->has_looked_for_journals) {
    status = settle_earlier(editor, error);
    editor->has_looked_for_journals = status == OSMFLOW_OK;
  }
  return status;
}
