/* The change that undoes a changeset.
 *
 * For each element: what it was before the changeset against what it is now. Where nobody has changed it since, it
 * becomes what it was; where somebody has, both are joined, or they collide. */
#ifndef OSMFLOW_CLI_REVERT_H
#define OSMFLOW_CLI_REVERT_H

#include "cli/remote.h"
#include "osm/change.h"

struct osmflow_revert {
  const struct osmflow_remote *remote;
  int64_t id;
  struct osmflow_change change; /* what collides is in it, left out, with all that depends on it */
  size_t collisions;
  struct osmflow_bytes list;              /* of the first of them, for people */
  struct osmflow_store made, before, now; /* versions of the changeset, those before it, the present ones */
};

void osmflow_revert_init(struct osmflow_revert *revert);
void osmflow_revert_clear(struct osmflow_revert *revert);
/* Asks the server and fills `change`. OSMFLOW_BAD_ARGUMENT: the changeset is still open, or empty. */
enum osmflow_status osmflow_revert_build(struct osmflow_revert *revert, const struct osmflow_remote *remote, int64_t id,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Anew, because the server has changed. */
enum osmflow_status osmflow_revert_again(struct osmflow_revert *revert, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
