/* Sends changes to an OSM server exactly once.
 *
 * Before anything: capabilities (status online, limits) and permissions (allow_write_api), asked once per uploader, and
 * osmflow_change_check. Then per changeset: create, uploads of at most what fits, close. Each request that changes
 * something is announced in the journal and synced first. An answer that does not come leaves a doubt, which is settled
 * at once, or, when the network stays away, later: close the changeset until that is final, read changes_count, match
 * its download with what was sent; only what is proved absent is sent again, in a new changeset.
 * Source: osm-wire facts (one transaction per upload; locks; a lost answer is not a lost upload).
 * One thread at a time. */
#ifndef OSMFLOW_OSM_UPLOAD_H
#define OSMFLOW_OSM_UPLOAD_H

#include <osmflow/environment.h>

#include "net/http.h"
#include "osm/change.h"
#include "osm/journal.h"

enum osmflow_conflict_mode {
  OSMFLOW_CONFLICT_MERGE, /* join what does not collide; a collision fails the whole before anything more is sent */
  OSMFLOW_CONFLICT_FAIL,  /* any change by others fails the whole */
  OSMFLOW_CONFLICT_SKIP   /* join what does not collide, leave out what does, send the rest */
};

struct osmflow_upload_options {
  const char *root;
  const char *token;                   /* NULL: from osmflow_credentials_find */
  const char *comment;                 /* needed, unless `changeset` is given */
  const char *source;                  /* NULL: none */
  const struct osmflow_tag_view *tags; /* more tags of the changesets */
  size_t tag_count;
  int64_t changeset; /* use this open one; 0: make one */
  enum osmflow_conflict_mode conflict;
  bool undelete;                     /* what others deleted comes back when the user changed it */
  int64_t chunk;                     /* changes per upload at most; 0: what the server allows */
  int64_t max_wait_ms;               /* as in net/http.h */
  const char *journal;               /* folder; NULL: the usual one */
  const char *connection;            /* whose edits, for the journal */
  const struct osmflow_store *store; /* positions of nodes outside of a change, for dividing by area; may be NULL */
};

/* Holds a changeset open between calls of _send, so that a series of small saves stays in one. */
struct osmflow_uploader;

/* Copies the options (not the store). OSMFLOW_BAD_ARGUMENT: no comment, comment or tags too long. No network. */
enum osmflow_status osmflow_uploader_new(const struct osmflow_environment *environment,
                                         const struct osmflow_upload_options *options,
                                         struct osmflow_uploader **uploader,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_uploader_free(struct osmflow_uploader *uploader); /* closes nothing: see _close */
void osmflow_uploader_set_store(struct osmflow_uploader *uploader, const struct osmflow_store *store);

/* Sends what is pending and writes into each item what became of it (draft, outcome, new_id, new_version, reason).
 * OSMFLOW_OK: nothing is pending; some may be left out (SKIP) or kept. Otherwise the items that were done before say
 * so, the rest stays pending, and the error says per object what is wrong, and where the osmChange file with what was
 * not sent lies. `is_uncertain` tells that an upload may or may not have arrived: the journal stays and must be settled
 * (osmflow_uploader_settle) before the same edits are made again. */
enum osmflow_status osmflow_uploader_send(struct osmflow_uploader *uploader, struct osmflow_change *change,
                                          bool *is_uncertain, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The changeset in use, 0: none; the last one used, closed or not. */
int64_t osmflow_uploader_changeset(const struct osmflow_uploader *uploader);
int64_t osmflow_uploader_last_changeset(const struct osmflow_uploader *uploader);
/* Closes the changeset that is open, unless it is the user's own (CHANGESET=). */
enum osmflow_status osmflow_uploader_close(struct osmflow_uploader *uploader,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Settles the journal this uploader left in doubt: *change gets its items with outcomes (PENDING: proved absent). OK
 * with is_settled true also when there is none. The journal is ended then. */
enum osmflow_status osmflow_uploader_settle(struct osmflow_uploader *uploader, struct osmflow_change *change,
                                            bool *is_settled, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What `osmflow resume` does with one journal file: settles it, and sends the rest unless it was given up (or
 * `only_settle`). Removes the journal when nothing is left to do; keeps the osmChange file of what was not sent. */
struct osmflow_resume_result {
  size_t done, sent, left_out, pending; /* items: already there, sent now, left out, not sent */
  bool is_busy;                         /* another process holds it: nothing was done */
  char change_path[1024];               /* "": none was kept */
};
enum osmflow_status osmflow_upload_resume(const struct osmflow_environment *environment, const char *path,
                                          const struct osmflow_upload_options *options, bool only_settle,
                                          struct osmflow_resume_result *result,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One row per item: type, id, new_id, version, action, outcome, feature, reason. CSV, or JSON when the name ends in
 * .json. */
enum osmflow_status osmflow_upload_report(const struct osmflow_change *change, const char *path,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
