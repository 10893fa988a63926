/* What the files of editor.c share. */
#ifndef OSMFLOW_SOURCE_EDITOR_PARTS_H
#define OSMFLOW_SOURCE_EDITOR_PARTS_H

#include "osm/upload.h"
#include "source/editor.h"

struct osmflow_editor_shown {
  const void *layer;
  int64_t fid;
  OGRGeometryH geometry;
  uint32_t next; /* the feature of this fid in another layer; OSMFLOW_IDMAP_NONE: none */
};

struct osmflow_editor_removal {
  const void *layer;
  int64_t fid;
};

struct osmflow_editor_mark {
  size_t drafts, taken, removals;
  struct osmflow_editor_shown *shown;
  size_t shown_count;
};

struct osmflow_editor {
  const struct osmflow_connection *connection;
  struct osmflow_session *session;
  const struct osmflow_rules *rules;
  char *name; /* the connection string */

  struct osmflow_snapshot *committed; /* held; NULL: nothing was edited since the last save */
  struct osmflow_drafts *drafts;      /* over committed->store */
  int64_t first_placeholder;          /* of the drafts */
  struct osmflow_fids *fids;          /* held: committed's, and features that became other elements */
  struct osmflow_fid_change *taken;   /* those features, and new elements that turned out to be known */
  size_t taken_count, taken_capacity;
  struct osmflow_editor_shown *shown; /* geometries of features that were edited */
  size_t shown_count, shown_capacity;
  struct osmflow_idmap shown_by_fid; /* places in `shown`: the first of a chain */

  bool is_in_transaction;
  struct osmflow_editor_mark mark; /* what there was when the transaction started */

  struct osmflow_snapshot *working; /* with the edits of `working_generation`; NULL: none was wanted yet */
  uint64_t working_generation;

  struct osmflow_uploader *uploader; /* NULL before the first upload */
  bool is_in_doubt;                  /* the last upload may have arrived */
  bool has_looked_for_journals;
  struct osmflow_error unsettled;          /* why that could not be found out in this transaction */
  struct osmflow_editor_removal *removals; /* those of failed saves, then those that are not saved */
  size_t removal_count, failed_removal_count, removal_capacity;
};

/* A feature id goes from a new element (placeholder) to another one. */
enum osmflow_status osmflow_editor_is_now(struct osmflow_editor *editor, enum osmflow_element_type type,
                                          int64_t placeholder, int64_t id,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* editor_mark.c: the start of a transaction, and the way back to it. */
enum osmflow_status osmflow_editor_set_mark(struct osmflow_editor *editor,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_editor_return_to_mark(struct osmflow_editor *editor,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_editor_forget_mark(struct osmflow_editor *editor);

/* editor_known.c: new elements that the base has exactly alike (same tags at the same place, same nodes, same members)
 * are taken for those: an import that is run again doubles nothing. */
enum osmflow_status osmflow_editor_drop_known(struct osmflow_editor *editor,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* editor_read.c: who made the version that the store has, and when. */
struct osmflow_draft_particulars osmflow_editor_particulars(const struct osmflow_store *store,
                                                            const struct osmflow_draft *draft);

/* editor_join.c: what other datasets of the same file saved since this one's first edit is joined with its change. */
enum osmflow_status osmflow_editor_join(const struct osmflow_editor *editor, const struct osmflow_snapshot *newest,
                                        struct osmflow_change *change, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* editor_save.c: whether the options are fit for an upload; no network. */
enum osmflow_status osmflow_editor_check_upload(struct osmflow_editor *editor,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Sends or writes a change and makes its result the session's newest snapshot. */
enum osmflow_status osmflow_editor_send(struct osmflow_editor *editor, struct osmflow_change *change,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_editor_write(struct osmflow_editor *editor, struct osmflow_change *change,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* An upload in doubt, of this editor or of one before, is cleared up. */
enum osmflow_status osmflow_editor_settle(struct osmflow_editor *editor,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
