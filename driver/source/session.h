/* The answer to one call, downloaded once for all datasets and threads of the process that ask for the same.
 *
 * Sessions are counted and found by what is asked (URL and the options that change the answer). One that nobody holds
 * is kept for some time, because QGIS opens, closes and opens again within seconds: the configuration option
 * OSMAPI_KEEP says how many seconds (60 by default, 0: not at all).
 *
 * Threads: everything here may be called from any thread. Loading happens in the thread that first asks, without
 * holding the lock of the session table; the others wait for its end. */
#ifndef OSMFLOW_SOURCE_SESSION_H
#define OSMFLOW_SOURCE_SESSION_H

#include "osm/fetch.h"
#include "source/connection.h"
#include "source/snapshot.h"

struct osmflow_session;

/* No network. `call` may differ from the connection's own (pushed filters). */
enum osmflow_status osmflow_session_acquire(const struct osmflow_connection *connection,
                                            const struct osmflow_call *call, struct osmflow_session **session,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_session_release(struct osmflow_session *session); /* NULL is fine */

/* Downloads unless that is done. A failure is remembered for five seconds, so that a program that asks for five layers
 * does not wait five times for a dead server. `progress` may be NULL. */
enum osmflow_status osmflow_session_load(struct osmflow_session *session, const struct osmflow_fetch_progress *progress,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same, and what was downloaded: the caller holds *held until osmflow_snapshot_release. */
enum osmflow_status osmflow_session_snapshot(struct osmflow_session *session,
                                             const struct osmflow_fetch_progress *progress,
                                             struct osmflow_snapshot **held,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* True while another thread is downloading: asking now would mean waiting. */
bool osmflow_session_is_busy(struct osmflow_session *session);
bool osmflow_session_is_loaded(struct osmflow_session *session);
/* Whoever loads from now on gets data that the server was asked for from now on. Snapshots that are held stay as they
 * are. */
void osmflow_session_refresh(struct osmflow_session *session);
/* What an editor saved: readers get `snapshot` from now on (the session holds it, too), and feature ids stay as it has
 * them. A download that is under way counts as older. */
void osmflow_session_replace(struct osmflow_session *session, struct osmflow_snapshot *snapshot);
/* Between these two no other thread saves: what is read there is what osmflow_session_replace replaces. */
void osmflow_session_begin_save(struct osmflow_session *session);
void osmflow_session_end_save(struct osmflow_session *session);
/* Nothing of what was before counts any more. */
void osmflow_session_restart(struct osmflow_session *session, struct osmflow_snapshot *snapshot);
/* What the session held before the first osmflow_session_replace(); the caller holds *held. */
enum osmflow_status osmflow_session_origin(struct osmflow_session *session, struct osmflow_snapshot **held,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The first id for new elements: those from it downwards are the caller's alone until he gives back what he did not
 * use. Never one that was used in the session, nor one of the snapshot's. */
int64_t osmflow_session_take_placeholders(struct osmflow_session *session, const struct osmflow_snapshot *snapshot);
/* `first`: as it was taken; `next`: the first that was not used. */
void osmflow_session_return_placeholders(struct osmflow_session *session, int64_t first, int64_t next);
/* The connection's OSC file was written by this session; and whether it is as it was written (a file that is not there
 * is not), so that it may be written again. */
bool osmflow_session_is_osc_ours(struct osmflow_session *session);
bool osmflow_session_is_osc_as_written(struct osmflow_session *session, const char *path);
void osmflow_session_set_osc_ours(struct osmflow_session *session, const char *path);
/* A client as downloads use it. */
enum osmflow_status osmflow_session_http(struct osmflow_session *session, struct osmflow_http **http,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Bytes received for the present data; 0 when there is none. */
int64_t osmflow_session_bytes(struct osmflow_session *session);

/* Frees every session nobody holds; at the end of the program. */
void osmflow_session_forget_all(void);

#endif
