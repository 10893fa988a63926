/* The edits of one open dataset: drafts over what was downloaded or last saved, transactions, and saving.
 *
 * Nothing is seen by other handles before it is saved; this handle's own reads see it at once. What is saved becomes
 * the session's newest snapshot. An edit is all or nothing; a save that fails takes back what it did not send, so that
 * the caller can save again. Owner: the dataset. One thread at a time. */
#ifndef OSMFLOW_SOURCE_EDITOR_H
#define OSMFLOW_SOURCE_EDITOR_H

#include <ogr_api.h>

#include "osm/edit.h"
#include "source/session.h"

struct osmflow_editor;

/* Connection, session and rules are the dataset's and outlive it. No network. */
enum osmflow_status osmflow_editor_new(const struct osmflow_connection *connection, struct osmflow_session *session,
                                       const struct osmflow_rules *rules, const char *name,
                                       struct osmflow_editor **editor, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Forgets what was not saved, and closes the changeset, as far as that is possible. NULL is fine. */
void osmflow_editor_free(struct osmflow_editor *editor);

/* Called before each edit: what is edited is here, and no earlier save is in doubt. `label` names the feature in error
 * messages: "lines 123". */
enum osmflow_status osmflow_editor_begin(struct osmflow_editor *editor, const char *label,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* After osmflow_editor_begin. Borrowed until the next save. */
struct osmflow_edit_options osmflow_editor_options(const struct osmflow_editor *editor);
/* What readers of other handles see: as it was before the first edit that is not saved. Borrowed until the next save.
 */
struct osmflow_snapshot *osmflow_editor_committed(const struct osmflow_editor *editor);

bool osmflow_editor_has_edits(const struct osmflow_editor *editor);
/* With the edits in it. The caller holds *held. Only when there are edits. */
enum osmflow_status osmflow_editor_snapshot(struct osmflow_editor *editor, struct osmflow_snapshot **held,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same for one element: it and what it is made of, as far as that is here. */
enum osmflow_status osmflow_editor_part(struct osmflow_editor *editor, enum osmflow_element_type type, int64_t id,
                                        struct osmflow_snapshot **held, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Feature ids as they are with the edits. Borrowed until the next edit; may be NULL. */
const struct osmflow_fids *osmflow_editor_fids(const struct osmflow_editor *editor);
/* The relation is the multipolygons feature `fid` from now on. */
enum osmflow_status osmflow_editor_take_over(struct osmflow_editor *editor, int64_t fid, int64_t relation,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The geometry a feature was given by the last edit of it that is not saved; NULL: none. Borrowed. */
OGRGeometryH osmflow_editor_shown(const struct osmflow_editor *editor, const void *layer, int64_t fid);
enum osmflow_status osmflow_editor_show(struct osmflow_editor *editor, const void *layer, int64_t fid,
                                        OGRGeometryH geometry, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A feature was removed. When the save fails and it is found later that it had arrived, the caller removes it once
 * more: then it is no error that it is not here (osmflow_editor_was_removed). */
enum osmflow_status osmflow_editor_note_removal(struct osmflow_editor *editor, const void *layer, int64_t fid,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
bool osmflow_editor_was_removed(const struct osmflow_editor *editor, const void *layer, int64_t fid);

/* Whether an element, or a node or member of it, is another one than when the session began, or was not there then.
 * After osmflow_editor_begin. */
enum osmflow_status osmflow_editor_was_edited(struct osmflow_editor *editor, enum osmflow_element_type type, int64_t id,
                                              bool *was_edited, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Transactions do not nest. Outside of one, edits wait for osmflow_editor_save. */
enum osmflow_status osmflow_editor_start(struct osmflow_editor *editor, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_editor_commit(struct osmflow_editor *editor,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_editor_rollback(struct osmflow_editor *editor,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
bool osmflow_editor_is_in_transaction(const struct osmflow_editor *editor);
/* Sends, or writes to the OSC file, what was edited; nothing to do when nothing was. Not while a transaction is open:
 * nothing happens then. */
enum osmflow_status osmflow_editor_save(struct osmflow_editor *editor, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Writes the whole change since the session began to the connection's OSC file. */
enum osmflow_status osmflow_editor_write_file(const struct osmflow_connection *connection,
                                              struct osmflow_session *session,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Takes back every edit that is not saved. */
void osmflow_editor_drop(struct osmflow_editor *editor);

/* The edits that are not saved, as an osmChange document. */
enum osmflow_status osmflow_editor_changes(struct osmflow_editor *editor, struct osmflow_bytes *document,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The changeset that is open, else 0; and the last one used. */
int64_t osmflow_editor_changeset(const struct osmflow_editor *editor);
enum osmflow_status osmflow_editor_close_changeset(struct osmflow_editor *editor,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
