/* The parts of an uploader; used by upload*.c only.
 *
 * A run is one change on its way: sent now, or replayed from its journal. It walks from the front of the change to its
 * end; what lies before `position` is done or left out. Between the SEND record of an upload and the record of what
 * came of it there is a doubt, and nothing but settling it may happen. */
#ifndef OSMFLOW_OSM_UPLOAD_PARTS_H
#define OSMFLOW_OSM_UPLOAD_PARTS_H

#include "osm/call.h"
#include "osm/call_ids.h"
#include "osm/refusal.h"
#include "osm/upload.h"

struct osmflow_uploader {
  const struct osmflow_environment *environment;
  char *root, *connection, *journal_folder; /* the last two may be NULL */
  struct osmflow_draft *tags;               /* the changesets' tags, held by a draft that is nothing else */
  enum osmflow_conflict_mode conflict;
  bool undelete;
  int64_t chunk, max_wait_ms;
  const struct osmflow_store *store;
  struct osmflow_http *http;
  struct osmflow_capabilities capabilities;
  bool has_own_token; /* the caller gave one; else it is looked up */
  bool was_refused;   /* the last thing ended with a missing or bad token: another one may be there by now */
  bool is_admitted;   /* capabilities and permissions were asked */
  bool is_plain;      /* this server does not take packed bodies */
  int64_t own_changeset;
  int64_t changeset, last_changeset;
  int64_t used;  /* changes in the changeset */
  char *doubted; /* the path of the journal whose upload is in doubt; NULL: none */
};

/* ---- calls ---- */

enum osmflow_upload_answer {
  OSMFLOW_UPLOAD_DONE,
  OSMFLOW_UPLOAD_REFUSED,  /* the server has proved that nothing was done */
  OSMFLOW_UPLOAD_NOT_SENT, /* it never reached a server */
  OSMFLOW_UPLOAD_LOST      /* nobody knows */
};

struct osmflow_upload_reply {
  enum osmflow_upload_answer answer;
  bool was_packed;
  int64_t retry_after_seconds, took_ms; /* REFUSED */
  struct osmflow_refusal refusal;       /* REFUSED */
  char words[512];                      /* the server's, in one line */
  struct osmflow_error error;           /* unless DONE */
};

struct osmflow_upload_changeset {
  bool is_there, is_open;
  int64_t changes;
};

enum osmflow_upload_closing { OSMFLOW_UPLOAD_CLOSED, OSMFLOW_UPLOAD_LOCKED };

/* Whether the server works and lets us write; asked once. */
/* Looks the token up anew when it was refused before: the user may have logged in since. */
enum osmflow_status osmflow_upload_renew_token(struct osmflow_uploader *uploader,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_upload_admission(struct osmflow_uploader *uploader,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_upload_create_changeset(struct osmflow_uploader *uploader, int64_t *id,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_upload_get_changeset(struct osmflow_uploader *uploader, int64_t id,
                                                 struct osmflow_upload_changeset *changeset,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* One request. A changeset that is closed already is CLOSED as well. */
enum osmflow_status osmflow_upload_close_changeset(struct osmflow_uploader *uploader, int64_t id,
                                                   enum osmflow_upload_closing *closing,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_upload_post(struct osmflow_uploader *uploader, int64_t changeset, struct osmflow_text document,
                         struct osmflow_diff_result *result, struct osmflow_upload_reply *reply);

/* The elements of one type, in any number, into a store that holds the newest version; `unknown` gets those that the
 * server does not have (or shows to nobody). An id may be asked for in one version only. */
enum osmflow_status osmflow_upload_fetch(struct osmflow_uploader *uploader, enum osmflow_element_type type,
                                         const struct osmflow_id_list *ids, struct osmflow_store *store,
                                         struct osmflow_id_list *unknown,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Every version that was made in a changeset, into a store that keeps versions. */
enum osmflow_status osmflow_upload_download(struct osmflow_uploader *uploader, int64_t changeset,
                                            struct osmflow_store *store,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* ---- the run ---- */

enum { OSMFLOW_UPLOAD_BARRIERS = 64 };

struct osmflow_upload_doubt {
  int64_t changeset;
  int64_t used; /* changes that were in it before */
  size_t first, count;
};

struct osmflow_upload_run {
  struct osmflow_uploader *uploader;
  struct osmflow_change *change;
  struct osmflow_journal *journal;
  struct osmflow_new_ids new_ids;
  size_t position;
  bool in_doubt;
  struct osmflow_upload_doubt doubt;
  bool is_announced;                        /* the journal knows the changeset in use */
  bool is_given_up;                         /* replayed: the caller took the edits back */
  size_t most_items;                        /* of one upload, after the server found one too large; 0: no limit */
  size_t barriers[OSMFLOW_UPLOAD_BARRIERS]; /* what lies before and behind one goes into different changesets */
  size_t barrier_count;
  int rounds;           /* refusals in a row */
  int losses;           /* uploads in a row that never arrived */
  int64_t pause_ms;     /* the next one */
  int64_t wait_left_ms; /* what the user grants */
};

void osmflow_upload_run_init(struct osmflow_upload_run *run, struct osmflow_uploader *uploader,
                             struct osmflow_change *change);
void osmflow_upload_run_clear(struct osmflow_upload_run *run); /* frees the journal, too */
/* Sends what is pending. */
enum osmflow_status osmflow_upload_rest(struct osmflow_upload_run *run, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Closes the changeset in use and forgets it. */
enum osmflow_status osmflow_upload_finish_changeset(struct osmflow_upload_run *run,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Waits 1, 2, 4, ... seconds. False: the user does not want to wait that long, or not at all any more. */
bool osmflow_upload_pause(struct osmflow_upload_run *run);
bool osmflow_upload_is_cancelled(const struct osmflow_uploader *uploader);
/* A record without rows; `text` may be NULL. */
enum osmflow_status osmflow_upload_record(struct osmflow_upload_run *run, enum osmflow_journal_kind kind,
                                          int64_t changeset, size_t first, size_t count, const char *text,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The upload in doubt was done: items and journal learn of it, the doubt ends. */
enum osmflow_status osmflow_upload_applied(struct osmflow_upload_run *run, const struct osmflow_diff_result *result,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether the rows are an answer to exactly the pending ones among items[first .. first + count - 1]. */
bool osmflow_upload_rows_fit(const struct osmflow_upload_run *run, size_t first, size_t count,
                             const struct osmflow_diff_row *rows, size_t row_count);
/* Writes into these items what rows that fit say. `changes` grows by what the changeset now holds more. */
enum osmflow_status osmflow_upload_apply(struct osmflow_upload_run *run, size_t first, size_t count,
                                         const struct osmflow_diff_row *rows, int64_t *changes,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The new ids that the items themselves tell of. */
enum osmflow_status osmflow_upload_known_ids(struct osmflow_upload_run *run,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The id an item has on the server; a placeholder while it has none. */
int64_t osmflow_upload_id(const struct osmflow_upload_run *run, const struct osmflow_change_item *item);
/* "lines 12 (way 5)", "way 5". Returns the buffer. */
enum { OSMFLOW_UPLOAD_NAME_SIZE = 160 };
const char *osmflow_upload_name(const struct osmflow_change_item *item, char buffer[OSMFLOW_UPLOAD_NAME_SIZE]);

/* The server refused the items first .. end - 1: OSMFLOW_OK when something was done about it and sending may go on. */
enum osmflow_status osmflow_upload_refused(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                           size_t first, size_t end, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same where other people's edits are the reason. */
enum osmflow_status osmflow_upload_reconcile(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                             size_t first, size_t end, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Leaves an item out, with what depends on it, or, unless the user wants that, fails with what is wrong. */
enum osmflow_status osmflow_upload_leave_out(struct osmflow_upload_run *run, size_t index, enum osmflow_outcome outcome,
                                             const char *reason, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Tells the journal of a changed plan: other drafts, another order, items left out. Never in doubt. */
enum osmflow_status osmflow_upload_replan(struct osmflow_upload_run *run,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The pending item that a refusal names, or SIZE_MAX. */
size_t osmflow_upload_named(const struct osmflow_upload_run *run, const struct osmflow_refusal *refusal, size_t first,
                            size_t end);
enum osmflow_status osmflow_upload_set_reason(struct osmflow_change_item *item, const char *reason,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Finds out what became of the upload in doubt. OSMFLOW_OK: there is no doubt any more; what was done is done, what is
 * pending is proved absent. Else the doubt stays. */
enum osmflow_status osmflow_upload_settle(struct osmflow_upload_run *run,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_upload_match { OSMFLOW_UPLOAD_PRESENT, OSMFLOW_UPLOAD_ABSENT, OSMFLOW_UPLOAD_UNCLEAR };
/* Compares the items in doubt with what the changeset holds. PRESENT: `rows` is what the server's answer would have
 * been; skipped deletions have new_id = old_id and version 0. */
enum osmflow_status osmflow_upload_match(const struct osmflow_upload_run *run, const struct osmflow_store *download,
                                         enum osmflow_upload_match *match, struct osmflow_diff_result *rows,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Ends the journal of a run: nothing is pending, or what is stays in an osmChange file. */
enum osmflow_status osmflow_upload_end(struct osmflow_upload_run *run, bool keep_change,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
