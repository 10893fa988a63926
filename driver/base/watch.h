/* An environment with another answer to "does the user want to stop?": all else goes to the environment inside.
 * The struct is the caller's and must outlive whatever uses watch->environment. */
#ifndef OSMFLOW_BASE_WATCH_H
#define OSMFLOW_BASE_WATCH_H

#include <osmflow/environment.h>

struct osmflow_watch {
  struct osmflow_environment environment; /* hand this on */
  const struct osmflow_environment *inside;
  bool (*cancelled)(void *self);
  void *self;
};

void osmflow_watch_init(struct osmflow_watch *watch, const struct osmflow_environment *inside,
                        bool (*cancelled)(void *self), void *self);

#endif
