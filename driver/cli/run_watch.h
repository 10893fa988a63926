/* Waiting for a processing, with its progress on standard error. */
#ifndef OSMFLOW_CLI_RUN_WATCH_H
#define OSMFLOW_CLI_RUN_WATCH_H

#include "mapflow/run.h"

struct osmflow_run_watch {
  const struct osmflow_environment *environment;
  const struct osmflow_mapflow *mapflow;
  const char *id;
  const char *output; /* the file that is to come of it, for the words on how to go on; NULL: none */
};
/* OSMFLOW_BAD_DATA with the server's words when it ended badly; OSMFLOW_CANCELLED says that it goes on. */
enum osmflow_status osmflow_run_watch(const struct osmflow_run_watch *watch, struct osmflow_run_state *state,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
