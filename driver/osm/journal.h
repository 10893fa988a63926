/* The journal of an upload: what is about to be done, on disk and synced before it is done, so that no crash and no
 * lost answer can lose an edit or send it twice.
 *
 * An upload has three files in the user's state folder. NAME.journal: lines "CRC32 JSON" that are only ever appended
 * to. NAME.plan.N: the change in upload order with all that the program knows of it, put in force by a PLAN record.
 * NAME.osc: what was pending then, for people, JOSM, osmium. A torn last line is what a crash leaves and counts as not
 * written; any other damage is OSMFLOW_BAD_DATA that names file and line. A journal is locked (flock) while a process
 * works on it. No token is ever written.
 * Folder: OSMAPI_JOURNAL, else $XDG_STATE_HOME/osmflow/uploads, else ~/.local/state/osmflow/uploads (0700, files 0600).
 * Owner: the caller. One thread at a time per journal. */
#ifndef OSMFLOW_OSM_JOURNAL_H
#define OSMFLOW_OSM_JOURNAL_H

#include <osmflow/environment.h>

#include "base/bytes.h"
#include "osm/change.h"
#include "osm/diff_result.h"

enum osmflow_journal_kind {
  OSMFLOW_JOURNAL_PLAN,      /* the plan was written: `count` items (first record, and after merging); what follows is
                                about this one. Written by _new and _replan only */
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
  const char *root;       /* "https://api.openstreetmap.org" */
  const char *connection; /* whose edits: the connection string, or the .osc file's path and digest. Passwords and
                             tokens in it (and in root) are left out */
  const struct osmflow_tag_view *tags; /* of changesets that are made for it */
  size_t tag_count;
  int64_t changeset; /* CHANGESET=: the user's own, else 0 */
  int64_t started;   /* seconds since 1970 */
};

struct osmflow_journal;

/* The folder, made if need be. The caller frees it. `folder` (an open option) may be NULL. */
enum osmflow_status osmflow_journal_folder(const struct osmflow_environment *environment, const char *folder,
                                           char **path, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A new journal with its head and plan, locked, synced (files and folder). `folder` as above. Nothing is left behind
 * when it fails. */
enum osmflow_status osmflow_journal_new(const struct osmflow_environment *environment, const char *folder,
                                        const struct osmflow_journal_head *head, const struct osmflow_change *change,
                                        struct osmflow_journal **journal,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Closes the files and lets the lock go; what is on disk stays. NULL is fine. */
void osmflow_journal_free(struct osmflow_journal *journal);
/* Appends and syncs. After a failure the journal takes no more records: what must be announced cannot be done. */
enum osmflow_status osmflow_journal_add(struct osmflow_journal *journal, const struct osmflow_journal_record *record,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Writes the plan anew (beside the old one, then a PLAN record puts it in force), and NAME.osc with what is pending
 * now. Items that are done stay in the plan, with their outcomes. */
enum osmflow_status osmflow_journal_replan(struct osmflow_journal *journal, const struct osmflow_change *change,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Removes the files, or, with keep_change, all but NAME.osc (as the last plan left it: see _replan). Still to be
 * freed. */
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
/* Removes what crashes left of journals that nobody was told of yet, and of those that had ended. An osmChange file
 * that was kept stays. _new does it, too. */
void osmflow_journal_tidy(const char *folder);
/* Opens and locks one: reads head, plan in force (into `change`, which must be empty: drafts, bases, actions,
 * if-unused, labels, in upload order; outcomes, new ids and reasons as they were when that plan was written) and then
 * every record, one after the other, to the visitor: also those before the plan in force, which are about the items of
 * an older one. *journal = NULL when another process holds it, or has just finished it. */
typedef enum osmflow_status osmflow_journal_visitor(void *self, const struct osmflow_journal_record *record,
                                                    struct osmflow_error *error);
enum osmflow_status osmflow_journal_open(const struct osmflow_environment *environment, const char *path,
                                         struct osmflow_change *change, osmflow_journal_visitor *visitor, void *self,
                                         struct osmflow_journal **journal,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The head of a journal that was opened or made. Borrowed. */
const struct osmflow_journal_head *osmflow_journal_head(const struct osmflow_journal *journal);

#endif
