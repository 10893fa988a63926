#ifndef OSMFLOW_SANDBOX_OPTIONS_H
#define OSMFLOW_SANDBOX_OPTIONS_H

#include "server.h"

struct sandbox_options {
  const char *serve_file; /* NULL: none */
  bool exit_with_stdin;
};

/* Fills settings and faults of the server. False after a message on standard error. */
bool sandbox_read_options(struct sandbox_options *options, struct sandbox_server *server, int count, char **arguments);

/* "limit-nodes" and so on, as the options are called. False: no such limit, or no such value. */
bool sandbox_set_limit(struct sandbox_limits *limits, const char *name, const char *value);

#endif
