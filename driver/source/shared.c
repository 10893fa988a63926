#include "source/shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { KEEP_SECONDS = 60, REMEMBER_FAILURE_MS = 5000, MOST_KEPT = 16 };
enum state { NEW, LOADING, LOADED, FAILED };

struct osmflow_shared {
  struct osmflow_shared *next;
  const struct osmflow_shared_class *shared_class;
  const struct osmflow_environment *environment;
  char *group, *key;
  void *thing;
  size_t holders;
  int64_t released_ms; /* when the last holder let go */
  bool is_forgotten;   /* not in the table any more */

  pthread_mutex_t lock; /* guards all below; never held while bytes are awaited */
  pthread_cond_t changed;
  enum state state;
  struct osmflow_error failure;
  int64_t failed_ms;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER; /* taken before any other */
static struct osmflow_shared *table;

static int64_t now_ms(const struct osmflow_environment *environment) {
  return environment->monotonic_ms(environment->self);
}

static int64_t keep_ms(const struct osmflow_environment *environment) {
  int64_t seconds = KEEP_SECONDS;
  const char *value = environment->option(environment->self, "MAPFLOW_KEEP");
  if (value)
    (void)osmflow_parse_int(osmflow_text(value), 0, 86400, &seconds);
  return seconds * 1000;
}

static void destroy(struct osmflow_shared *shared) {
  if (shared->thing)
    shared->shared_class->destroy(shared->thing);
  pthread_cond_destroy(&shared->changed);
  pthread_mutex_destroy(&shared->lock);
  free(shared->group);
  free(shared->key);
  free(shared);
}

/* With the table's lock held: takes those out whose time has come. They are freed by the caller without the lock, since
 * ending a download that is under way may take a moment. The table has the newest first. */
static struct osmflow_shared *sweep(const struct osmflow_environment *environment) {
  const int64_t now = now_ms(environment), keep = keep_ms(environment);
  struct osmflow_shared *gone = NULL;
  size_t kept = 0;
  for (struct osmflow_shared **link = &table; *link;) {
    struct osmflow_shared *shared = *link;
    const bool is_idle = shared->holders == 0;
    kept += is_idle;
    if (is_idle && (keep == 0 || now - shared->released_ms >= keep || kept > MOST_KEPT)) {
      *link = shared->next;
      shared->next = gone;
      gone = shared;
    } else {
      link = &shared->next;
    }
  }
  return gone;
}

static void destroy_all(struct osmflow_shared *list) {
  while (list) {
    struct osmflow_shared *next = list->next;
    destroy(list);
    list = next;
  }
}

/* With the table's lock held. One that is held lives on without being found. */
static struct osmflow_shared *take_out(struct osmflow_shared **link, struct osmflow_shared *gone) {
  struct osmflow_shared *shared = *link;
  *link = shared->next;
  shared->is_forgotten = true;
  if (shared->holders > 0)
    return gone;
  shared->next = gone;
  return shared;
}

static bool has_failed_long_ago(struct osmflow_shared *shared) {
  pthread_mutex_lock(&shared->lock);
  const bool is_stale =
      shared->state == FAILED && now_ms(shared->environment) - shared->failed_ms >= REMEMBER_FAILURE_MS;
  pthread_mutex_unlock(&shared->lock);
  return is_stale;
}

static enum osmflow_status make(const struct osmflow_environment *environment,
                                const struct osmflow_shared_class *shared_class, const char *group, const char *key,
                                const void *recipe, struct osmflow_shared **made, struct osmflow_error *error) {
  struct osmflow_shared *shared = calloc(1, sizeof *shared);
  enum osmflow_status status = OSMFLOW_OK;
  if (!shared)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for what datasets share");
  pthread_mutex_init(&shared->lock, NULL);
  pthread_cond_init(&shared->changed, NULL);
  shared->shared_class = shared_class;
  shared->environment = environment;
  shared->group = strdup(group);
  shared->key = strdup(key);
  if (!shared->group || !shared->key)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for what datasets share");
  if (status == OSMFLOW_OK)
    status = shared_class->make(recipe, &shared->thing, error);
  if (status == OSMFLOW_OK)
    *made = shared;
  else
    destroy(shared);
  return status;
}

static struct osmflow_shared **find(const struct osmflow_shared_class *shared_class, const char *key) {
  struct osmflow_shared **link = &table;
  while (*link && ((*link)->shared_class != shared_class || strcmp((*link)->key, key) != 0))
    link = &(*link)->next;
  return link;
}

enum osmflow_status osmflow_shared_acquire(const struct osmflow_environment *environment,
                                           const struct osmflow_shared_class *shared_class, const char *group,
                                           const char *key, const void *recipe, struct osmflow_shared **shared,
                                           struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  pthread_mutex_lock(&table_lock);
  struct osmflow_shared *gone = sweep(environment);
  struct osmflow_shared **link = find(shared_class, key), *found = *link;
  if (found && found->holders == 0)
    found->environment = environment; /* that of the holder before may be gone */
  if (found && has_failed_long_ago(found)) {
    gone = take_out(link, gone);
    found = NULL;
  }
  if (!found) {
    status = make(environment, shared_class, group, key, recipe, &found, error);
    if (status == OSMFLOW_OK) {
      found->next = table;
      table = found;
    }
  }
  if (status == OSMFLOW_OK) {
    found->holders++;
    *shared = found;
  }
  pthread_mutex_unlock(&table_lock);
  destroy_all(gone);
  return status;
}

void osmflow_shared_release(struct osmflow_shared *shared) {
  if (shared) {
    pthread_mutex_lock(&table_lock);
    const struct osmflow_environment *environment = shared->environment;
    shared->released_ms = now_ms(environment);
    shared->holders--;
    struct osmflow_shared *gone = sweep(environment);
    if (shared->is_forgotten && shared->holders == 0) {
      shared->next = gone;
      gone = shared;
    }
    pthread_mutex_unlock(&table_lock);
    destroy_all(gone);
  }
}

void *osmflow_shared_thing(const struct osmflow_shared *shared) {
  return shared->thing;
}

/* With the lock held. A wish to stop is that of one caller, not a failure for the others. */
static void note_failure(struct osmflow_shared *shared, const struct osmflow_error *failure) {
  shared->state = FAILED;
  shared->failure = *failure;
  shared->failed_ms = now_ms(shared->environment) - (failure->status == OSMFLOW_CANCELLED ? REMEMBER_FAILURE_MS : 0);
}

enum osmflow_status osmflow_shared_load(struct osmflow_shared *shared, struct osmflow_error *error) {
  struct osmflow_error failure = {0};
  if (!shared->shared_class->load)
    return OSMFLOW_OK;
  pthread_mutex_lock(&shared->lock);
  while (shared->state == LOADING)
    pthread_cond_wait(&shared->changed, &shared->lock);
  if (shared->state == FAILED && now_ms(shared->environment) - shared->failed_ms < REMEMBER_FAILURE_MS) {
    failure = shared->failure;
  } else if (shared->state != LOADED) {
    shared->state = LOADING;
    pthread_mutex_unlock(&shared->lock);
    const enum osmflow_status status = shared->shared_class->load(shared->thing, &failure);
    pthread_mutex_lock(&shared->lock);
    shared->state = LOADED;
    if (status != OSMFLOW_OK)
      note_failure(shared, &failure);
    pthread_cond_broadcast(&shared->changed);
  }
  pthread_mutex_unlock(&shared->lock);
  if (failure.status != OSMFLOW_OK && error)
    *error = failure;
  return failure.status;
}

void osmflow_shared_fail(struct osmflow_shared *shared) {
  const struct osmflow_error failure = {.status = OSMFLOW_BAD_DATA};
  pthread_mutex_lock(&shared->lock);
  if (shared->state != FAILED)
    note_failure(shared, &failure);
  pthread_mutex_unlock(&shared->lock);
}

bool osmflow_shared_is_loaded(const struct osmflow_shared_class *shared_class, const char *key) {
  bool is_loaded = false;
  pthread_mutex_lock(&table_lock);
  struct osmflow_shared *found = *find(shared_class, key);
  if (found) {
    pthread_mutex_lock(&found->lock);
    is_loaded = found->state == LOADED;
    pthread_mutex_unlock(&found->lock);
  }
  pthread_mutex_unlock(&table_lock);
  return is_loaded;
}

void osmflow_shared_forget(const char *group) {
  struct osmflow_shared *gone = NULL;
  pthread_mutex_lock(&table_lock);
  for (struct osmflow_shared **link = &table; *link;)
    if (strcmp((*link)->group, group) == 0)
      gone = take_out(link, gone);
    else
      link = &(*link)->next;
  pthread_mutex_unlock(&table_lock);
  destroy_all(gone);
}

void osmflow_shared_forget_all(void) {
  struct osmflow_shared *gone = NULL;
  pthread_mutex_lock(&table_lock);
  for (struct osmflow_shared **link = &table; *link;)
    if ((*link)->holders == 0)
      gone = take_out(link, gone);
    else
      link = &(*link)->next;
  pthread_mutex_unlock(&table_lock);
  destroy_all(gone);
}
