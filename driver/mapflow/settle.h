/* How long to look for what a lost answer may have left on the server, before it is believed that nothing is there.
 *
 * Each kind of change has its own series of looks: 10 s for what action.h changes, 15 s for a start (run.h), 60 s for
 * an upload. MAPFLOW_SETTLE (seconds) stretches or shrinks all of them, with every wait in between: longer for a server
 * that is slow to list what it took, shorter where one knows that it is not. What shows up only afterwards is done
 * twice. */
#ifndef OSMFLOW_MAPFLOW_SETTLE_H
#define OSMFLOW_MAPFLOW_SETTLE_H

#include <osmflow/environment.h>
#include <osmflow/status.h>

/* OSMFLOW_BAD_ARGUMENT: MAPFLOW_SETTLE is no number of seconds. */
enum osmflow_status osmflow_mapflow_settle_check(const struct osmflow_environment *environment,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A wait within a series that takes `usual_ms` in all. */
int64_t osmflow_mapflow_settle_wait(const struct osmflow_environment *environment, int64_t wait_ms, int64_t usual_ms);

#endif
