/* What the user hands in as a file. */
#ifndef OSMFLOW_CLI_INPUT_H
#define OSMFLOW_CLI_INPUT_H

#include <osmflow/environment.h>

#include "base/bytes.h"

/* Appends a file, or "-": standard input, up to the ceiling of `bytes`. Stops when the environment says so. */
enum osmflow_status osmflow_input_read(const struct osmflow_environment *environment, const char *path,
                                       struct osmflow_bytes *bytes, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
