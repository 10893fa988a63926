/* Which files were applied to which server already, so that doing it a second time is a decision and no accident: what
 * a file creates would be there twice. Beside the journals, a small file for each. */
#ifndef OSMFLOW_CLI_APPLIED_H
#define OSMFLOW_CLI_APPLIED_H

#include <osmflow/environment.h>

#include "base/bytes.h"

struct osmflow_applied {
  char *path;
};

/* `key` is made of lower case letters and digits. */
enum osmflow_status osmflow_applied_open(struct osmflow_applied *applied, const struct osmflow_environment *environment,
                                         const char *key, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_applied_clear(struct osmflow_applied *applied);
/* What is remembered; empty: nothing. */
enum osmflow_status osmflow_applied_read(const struct osmflow_applied *applied,
                                         const struct osmflow_environment *environment, struct osmflow_bytes *words,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* NULL: forgets. */
enum osmflow_status osmflow_applied_write(const struct osmflow_applied *applied, const char *words,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
