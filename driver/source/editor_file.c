/* The osmChange file that edits are written to: everything since the dataset was opened, merged. */
#include <cpl_vsi.h>
#include <stdlib.h>

#include "source/editor_parts.h"

enum { PATH_CEILING = 1 << 16 };

/* Compares what the session began with and what it holds now: the whole change since the file was begun. Elements of an
 * editor's file that have no real id yet are new to the server, so what is changed or referred to of them is created.
 */
static enum osmflow_status add_if_changed(const struct osmflow_store *origin, const struct osmflow_store *newest,
                                          enum osmflow_element_type type, size_t index, bool is_needed,
                                          struct osmflow_change *change, struct osmflow_error *error) {
  const int64_t id = osmflow_store_element(newest, type, index)->id;
  const uint32_t before = osmflow_store_index(origin, type, id);
  struct osmflow_draft *was = NULL, *is = NULL;
  enum osmflow_status status = osmflow_draft_from_store(newest, type, index, &is, error);
  if (status == OSMFLOW_OK && before != OSMFLOW_INDEX_NONE)
    status = osmflow_draft_from_store(origin, type, before, &was, error);
  const bool differs = status == OSMFLOW_OK && (was ? !osmflow_draft_equal(was, is) : is->visible);
  if (differs || (is_needed && status == OSMFLOW_OK)) {
    const bool is_new = !was || id < 0;
    if (is_new && is->visible)
      status = osmflow_change_add(change, OSMFLOW_ACTION_CREATE, false, is, NULL, error);
    else if (!is_new)
      status = osmflow_change_add(change, is->visible ? OSMFLOW_ACTION_MODIFY : OSMFLOW_ACTION_DELETE, !is->visible,
                                  is->visible ? is : was, was, error);
  }
  osmflow_draft_free(was);
  osmflow_draft_free(is);
  return status;
}

/* An element without a real id that the file has not got yet goes into it. `done`: those it has. */
static enum osmflow_status add_if_missing(const struct osmflow_store *origin, const struct osmflow_store *newest,
                                          enum osmflow_element_type type, int64_t id, struct osmflow_idmap *done,
                                          struct osmflow_change *change, struct osmflow_error *error) {
  const uint32_t index = id < 0 ? osmflow_store_index(newest, type, id) : OSMFLOW_INDEX_NONE;
  if (index == OSMFLOW_INDEX_NONE || osmflow_idmap_find(&done[type], id) != OSMFLOW_IDMAP_NONE)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_idmap_set(&done[type], id, index, error);
  return status == OSMFLOW_OK ? add_if_changed(origin, newest, type, index, true, change, error) : status;
}

/* New elements of the origin that items refer to, and those that these refer to: the list grows on the way. */
static enum osmflow_status add_needed(const struct osmflow_store *origin, const struct osmflow_store *newest,
                                      struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_idmap done[OSMFLOW_ELEMENT_TYPES];
  enum osmflow_status status = OSMFLOW_OK;
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_idmap_init(&done[type]);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++)
    status = osmflow_idmap_set(&done[change->items[i].draft->type], change->items[i].draft->id, 0, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_draft *draft = change->items[i].draft;
    for (size_t k = 0; status == OSMFLOW_OK && k < draft->ref_count; k++)
      status = add_if_missing(origin, newest, OSMFLOW_NODE, draft->refs[k], done, change, error);
    for (size_t k = 0; status == OSMFLOW_OK && k < draft->member_count; k++)
      status = add_if_missing(origin, newest, draft->members[k].type, draft->members[k].ref, done, change, error);
  }
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_idmap_clear(&done[type]);
  return status;
}

static enum osmflow_status whole_change(const struct osmflow_store *origin, const struct osmflow_store *newest,
                                        struct osmflow_change *change, struct osmflow_error *error) {
  const size_t counts[OSMFLOW_ELEMENT_TYPES] = {newest->node_count, newest->way_count, newest->relation_count};
  enum osmflow_status status = OSMFLOW_OK;
  for (int type = OSMFLOW_NODE; type < OSMFLOW_ELEMENT_TYPES; type++)
    for (size_t i = 0; status == OSMFLOW_OK && i < counts[type]; i++)
      status = add_if_changed(origin, newest, (enum osmflow_element_type)type, i, false, change, error);
  if (status == OSMFLOW_OK)
    status = add_needed(origin, newest, change, error);
  return status == OSMFLOW_OK ? osmflow_change_order(change, error) : status;
}

/* Somebody may have written the file since: another process, or the user in his editor. */
static enum osmflow_status check_file(const struct osmflow_connection *connection, struct osmflow_session *session,
                                      struct osmflow_error *error) {
  const char *path = connection->update.osc;
  VSIStatBufL stat;
  if (connection->update.overwrites || VSIStatL(path, &stat) != 0 || osmflow_session_is_osc_as_written(session, path))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "OSC=%s was written by another program meanwhile, and that would be lost: rename it, then "
                           "save again, or say OVERWRITE=YES",
                           path);
}

/* The file appears whole or not at all. */
static enum osmflow_status write_file(const char *path, const struct osmflow_bytes *document,
                                      struct osmflow_error *error) {
  struct osmflow_bytes draft;
  osmflow_bytes_init(&draft, PATH_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&draft, error, "%s.part", path);
  VSILFILE *file = status == OSMFLOW_OK ? VSIFOpenL(osmflow_bytes_string(&draft), "wb") : NULL;
  bool good = file && VSIFWriteL(document->data, 1, document->size, file) == document->size;
  if (file)
    good = VSIFCloseL(file) == 0 && good;
  if (status == OSMFLOW_OK && (!good || VSIRename(osmflow_bytes_string(&draft), path) != 0)) {
    VSIUnlink(osmflow_bytes_string(&draft));
    status = osmflow_error_set(error, OSMFLOW_IO, "OSC=%s cannot be written", path);
  }
  osmflow_bytes_clear(&draft);
  return status;
}

enum osmflow_status osmflow_editor_write_file(const struct osmflow_connection *connection,
                                              struct osmflow_session *session, struct osmflow_error *error) {
  struct osmflow_snapshot *newest = NULL, *origin = NULL;
  struct osmflow_change whole;
  struct osmflow_bytes document;
  struct osmflow_capabilities capabilities;
  osmflow_change_init(&whole);
  osmflow_bytes_init(&document, SIZE_MAX / 2);
  osmflow_capabilities_default(&capabilities);
  enum osmflow_status status = osmflow_session_snapshot(session, NULL, &newest, error);
  if (status == OSMFLOW_OK)
    status = osmflow_session_origin(session, &origin, error);
  if (status == OSMFLOW_OK)
    status = whole_change(&origin->store, &newest->store, &whole, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_check(&whole, &capabilities, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_write(&whole, 0, whole.count, 0, NULL, &document, error);
  if (status == OSMFLOW_OK)
    status = check_file(connection, session, error);
  if (status == OSMFLOW_OK)
    status = write_file(connection->update.osc, &document, error);
  if (status == OSMFLOW_OK)
    osmflow_session_set_osc_ours(session, connection->update.osc);
  osmflow_snapshot_release(newest);
  osmflow_snapshot_release(origin);
  osmflow_bytes_clear(&document);
  osmflow_change_clear(&whole);
  return status;
}
