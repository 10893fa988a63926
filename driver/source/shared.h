/* What several datasets of the process use together: downloaded once for all who ask for the same.
 *
 * Things are counted and found by a text: what is asked and the options that change the answer. One that nobody holds
 * is kept for some time, because QGIS opens, closes and opens again within seconds: MAPFLOW_KEEP says how many seconds
 * (60 by default, 0: not at all). A thing never changes once it is loaded: whoever holds it reads it to its end, and
 * newer data is another thing.
 *
 * Threads: everything here may be called from any thread. Loading happens in the thread that first asks, without any
 * lock held; the others wait for its end. */
#ifndef OSMFLOW_SOURCE_SHARED_H
#define OSMFLOW_SOURCE_SHARED_H

#include <osmflow/environment.h>

struct osmflow_shared;

struct osmflow_shared_class {
  const char *name; /* two classes may have things of the same key */
  /* No network. `recipe` is the caller's, for this call. */
  enum osmflow_status (*make)(const void *recipe, void **thing, struct osmflow_error *error);
  /* Asks for what the thing shall hold. NULL: there is nothing to load. */
  enum osmflow_status (*load)(void *thing, struct osmflow_error *error);
  void (*destroy)(void *thing);
};

/* `group` names what osmflow_shared_forget() forgets together. The environment must outlive the holders. */
enum osmflow_status osmflow_shared_acquire(const struct osmflow_environment *environment,
                                           const struct osmflow_shared_class *shared_class, const char *group,
                                           const char *key, const void *recipe, struct osmflow_shared **shared,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_shared_release(struct osmflow_shared *shared); /* NULL is fine */
void *osmflow_shared_thing(const struct osmflow_shared *shared);

/* Loads unless that is done. A failure is the answer for five seconds, so that a program that asks for five layers does
 * not wait five times for a dead server. */
enum osmflow_status osmflow_shared_load(struct osmflow_shared *shared, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A thing that loads itself could not be had: after five seconds whoever asks for it gets another one. */
void osmflow_shared_fail(struct osmflow_shared *shared);
/* Whether the same is there, loaded and held or kept. */
bool osmflow_shared_is_loaded(const struct osmflow_shared_class *shared_class, const char *key);

/* Whoever asks from now on for something of that group gets data that the server was asked for from now on. */
void osmflow_shared_forget(const char *group);
/* Frees all that nobody holds; at the end of the program. */
void osmflow_shared_forget_all(void);

#endif
