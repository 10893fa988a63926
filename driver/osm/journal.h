/* The journal of an upload: what is about to be done, on disk and synced before it is done, so that no crash and no
 * lost answer can lose an edit or send it twice.
 *
 * An upload has two files in the user's state folder, NAME.osc: the change in upload order, and NAME.journal: lines
 * "CRC32 JSON" that are only ever appended to. A torn last line is what a crash leaves and counts as not written; any
 * other damage is OSMFLOW_BAD_DATA that names the file. A journal is locked (flock) while a process works on it. No
 * token is ever written.
 * Folder: OSMAPI_JOURNAL, else $XDG_STATE_HOME/osmflow/uploads, else ~/.local/state/osmflow/uploads (0700, files 0600).
 * Owner: the caller. One thread at a time per journal. */
#ifndef OSMFLOW_OSM_JOURNAL_H
#define OSMFLOW_OSM_JOURNAL_H

#include <osmflow/environment.h>

#include "base/bytes.h"
#include "osm/change.h"
#include "osm/diff_result.h"

enum osmflow_journal_kind {
  OSMFLOW_JOURNAL_PLAN,      /* NAME.osc was written anew: `count` items (first record, and after merging) */
  OSMFLOW_JOURNAL_CREATE,    /* about to create a changeset */
  OSMFLOW_JOURNAL_CHANGESET, /* `changeset` is open and ours to use; `count`: changes in it already */
  OSMFLOW_JOURNAL_SEND,      /* about to send the items first .. first + count - 1 of the plan to `changeset`; `digest`
                                of the document */
  OSMFLOW_JOURNAL_APPLIED,   /* the last SEND was done: `rows` */
  OSMFLOW_JOURNAL_REJECTED,  /* the last SEND was certainly not done; `text`: why */
  OSMFLOW_JOURNAL_LEFT_OUT,  /* item `first` of the plan was left out; `text`: why */
  OSMFLOW_JOURNAL_CLOSE,     /* about to close `changeset` */
  OSMFLOW_JOURNAL_CLOSED,    /* `changeset` is closed */
  OSMFLOW_JOURNAL_GIVEN_UP,  /* the caller was told that it failed and took its edits back: nothing more may be sent; a
                                SEND in doubt may still be settled */
  OSMFLOW_JOURNAL_END        /* nothing is left to do or to find out */
};

struct osmflow_journal_record {
  enum osmflow_journal_kind kind;
  int64_t changeset;
  size_t first, count;
  const char *text;                    /* "" when there is none; borrowed */
  const char *digest;                  /* SHA-256 in hexadecimal; "" when there is none; borrowed */
  const struct osmflow_diff_row *rows; /* APPLIED: `count` of them; borrowed */
};

/* What an upload is for; the first line of its journal. */
struct osmflow_journal_head {
  const char *root;                    /* "https://api.openstreetmap.org" */
  const char *connection;              /* whose edits: the connection string, or the .osc file's path and digest */
  const struct osmflow_tag_view *tags; /* of changesets that are made for it */
  size_t tag_count;
  int64_t changeset; /* CHANGESET=: the user's own, else 0 */
  int64_t started;   /* seconds since 1970 */
};

struct osmflow_journal;

/* The folder, made if need be. The caller frees it. `folder` (an open option) may be NULL. */
enum osmflow_status osmflow_journal_folder(const struct osmflow_environment *environment, const char *folder,
                                           char **path, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A new journal with its head and plan, locked, synced (files and folder). */
enum osmflow_status osmflow_journal_new(const struct osmflow_environment *environment, const char *folder,
                                        const struct osmflow_journal_head *head, const struct osmflow_change *change,
                                        struct osmflow_journal **journal,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Closes the files and lets the lock go; what is on disk stays. NULL is fine. */
void osmflow_journal_free(struct osmflow_journal *journal);
/* Appends and syncs. */
enum osmflow_status osmflow_journal_add(struct osmflow_journal *journal, const struct osmflow_journal_record *record,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Writes the plan anew (atomically, beside the old one, then a PLAN record). Items that are done stay in it. */
enum osmflow_status osmflow_journal_replan(struct osmflow_journal *journal, const struct osmflow_change *change,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Removes both files, or, with keep_change, only the journal. */
enum osmflow_status osmflow_journal_remove(struct osmflow_journal *journal, bool keep_change,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The path of the osmChange file, for messages. Borrowed. */
const char *osmflow_journal_change_path(const struct osmflow_journal *journal);

/* Journals that a folder holds, oldest first: their paths. Those that another process works on are skipped and counted
 * in *busy. `paths` are freed by osmflow_journal_paths_clear. */
struct osmflow_journal_paths {
  char **items;
  size_t count, capacity, busy;
};
void osmflow_journal_paths_clear(struct osmflow_journal_paths *paths);
enum osmflow_status osmflow_journal_list(const char *folder, struct osmflow_journal_paths *paths,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Opens and locks one: reads head, plan (into `change`: drafts, bases, actions, if-unused, labels, in upload order) and
 * every record, one after the other, to the visitor. *journal = NULL when another process holds it. */
typedef enum osmflow_status osmflow_journal_visitor(void *self, const struct osmflow_journal_record *record,
                                                    struct osmflow_error *error);
enum osmflow_status osmflow_journal_open(const struct osmflow_environment *environment, const char *path,
                                         struct osmflow_change *change, osmflow_journal_visitor *visitor, void *self,
                                         struct osmflow_journal **journal,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The head of a journal that was opened or made. Borrowed. */
const struct osmflow_journal_head *osmflow_journal_head(const struct osmflow_journal *journal);

#endif
