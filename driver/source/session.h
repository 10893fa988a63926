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
#include "osm/store.h"
#include "osm/table.h"
#include "source/connection.h"
#include "source/view.h"

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
/* True while another thread is downloading: asking now would mean waiting. */
bool osmflow_session_is_busy(struct osmflow_session *session);
bool osmflow_session_is_loaded(struct osmflow_session *session);
/* The next load asks the server again. Readers that hold the present data keep it. */
void osmflow_session_refresh(struct osmflow_session *session);

/* After a load, for as long as the session is held and not refreshed. */
const struct osmflow_store *osmflow_session_store(struct osmflow_session *session);
const struct osmflow_table *osmflow_session_table(struct osmflow_session *session);
/* Bytes received for the present data; 0 before the first load. */
int64_t osmflow_session_bytes(struct osmflow_session *session);
/* The elements sorted into layers by the connection's rules; made once per set of rules. Loads first. */
enum osmflow_status osmflow_session_view(struct osmflow_session *session, const struct osmflow_connection *connection,
                                         const struct osmflow_fetch_progress *progress,
                                         const struct osmflow_view **view,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Frees every session nobody holds; at the end of the program. */
void osmflow_session_forget_all(void);

#endif
