/* A listener on this machine that the browser brings the authorization code to (RFC 8252, 7.3): it takes one code and
 * closes. What comes without the right state is sent away, and the wait goes on. */
#ifndef OSMFLOW_CLI_LOOPBACK_H
#define OSMFLOW_CLI_LOOPBACK_H

#include <osmflow/environment.h>

#include "base/bytes.h"

enum { OSMFLOW_LOOPBACK_URL_SIZE = 40 };

struct osmflow_loopback {
  int descriptor;                      /* -1: closed */
  char url[OSMFLOW_LOOPBACK_URL_SIZE]; /* "http://127.0.0.1:41234/" */
};

/* `port`: 0: any that is free. */
enum osmflow_status osmflow_loopback_open(struct osmflow_loopback *loopback, int port,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_loopback_close(struct osmflow_loopback *loopback);
/* Waits for a request with that state and appends its code. OSMFLOW_UNAUTHORIZED with the server's words when the user
 * or the server said no; OSMFLOW_CANCELLED; OSMFLOW_NETWORK when nobody came in time. */
enum osmflow_status osmflow_loopback_wait(struct osmflow_loopback *loopback,
                                          const struct osmflow_environment *environment, const char *state,
                                          int64_t milliseconds, struct osmflow_bytes *code,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
