/* What the files of mapflow/action share: the request, and the looks that settle lost answers. */
#ifndef OSMFLOW_MAPFLOW_ACTION_PARTS_H
#define OSMFLOW_MAPFLOW_ACTION_PARTS_H

#include "mapflow/action.h"

/* Checks members and id, and writes path and body; nothing is sent. */
enum osmflow_status osmflow_mapflow_action_prepare(const struct osmflow_mapflow_action_class *action_class,
                                                   const struct osmflow_mapflow_action *action,
                                                   struct osmflow_bytes *path, struct osmflow_bytes *body,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What a listing has that an action could have made: ids, one behind each NUL; of a restart the state. */
struct osmflow_mapflow_look {
  struct osmflow_bytes found;
  bool is_settled; /* false: what is there before says nothing about what comes */
};
void osmflow_mapflow_look_init(struct osmflow_mapflow_look *look);
void osmflow_mapflow_look_clear(struct osmflow_mapflow_look *look);
enum osmflow_status osmflow_mapflow_look_now(const struct osmflow_mapflow *mapflow,
                                             const struct osmflow_mapflow_action *action,
                                             struct osmflow_mapflow_look *look,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* What is in `after` and not in `before`; NULL: nothing. Borrowed from `after`. */
const char *osmflow_mapflow_look_new(const struct osmflow_mapflow_look *before,
                                     const struct osmflow_mapflow_look *after);
/* Where a user looks by himself ("projects"). */
const char *osmflow_mapflow_look_place(const struct osmflow_mapflow_action_class *action_class);

const struct osmflow_mapflow_member *osmflow_mapflow_member(const struct osmflow_mapflow_action *action,
                                                            const char *name);

#endif
