/* Everything that reaches a program from outside its own memory: clocks, sleep, chance, options, the log, the wish to
 * stop. It is passed in, so that tests drive it and no room reads a clock or an environment variable by itself.
 *
 * Owner: the caller; it must outlive everything that was given a pointer to it. Threads: every function may be called
 * from several threads at once. */
#ifndef OSMFLOW_ENVIRONMENT_H
#define OSMFLOW_ENVIRONMENT_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum osmflow_log_level { OSMFLOW_LOG_DEBUG, OSMFLOW_LOG_WARNING };

struct osmflow_environment {
  void *self;
  int64_t (*monotonic_ms)(void *self);                /* a clock that never goes back; origin unspecified */
  int64_t (*unix_seconds)(void *self);                /* seconds since 1970-01-01T00:00:00Z */
  void (*sleep_ms)(void *self, int64_t milliseconds); /* callers sleep in slices of at most 100 ms, see osmflow_wait */
  uint32_t (*random)(void *self);                     /* 32 evenly distributed bits; not for secrets */
  const char *(*option)(
      void *self,
      const char *name); /* value of a configuration option or NULL; valid until the next call in this thread */
  void (*log)(void *self, enum osmflow_log_level level, const char *message); /* message never holds a token */
  bool (*cancelled)(void *self);                                              /* true once the user wants to stop */
};

/* The environment of a plain process: system clocks, getenv() for options, warnings to standard error, debug messages
 * only when the option OSMFLOW_DEBUG is YES, never cancelled. Static; nothing to free. */
OSMFLOW_API const struct osmflow_environment *osmflow_environment_system(void);

/* Sleeps for that long in small slices. Returns false at once when cancelled() turns true. */
OSMFLOW_API bool osmflow_wait(const struct osmflow_environment *environment, int64_t milliseconds);

#ifdef __cplusplus
}
#endif

#endif
