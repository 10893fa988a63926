/* An environment that the tests drive: time passes only by sleeping, options are a table, the log is kept. */
#ifndef OSMFLOW_UNIT_NET_FAKE_H
#define OSMFLOW_UNIT_NET_FAKE_H

#include <osmflow/environment.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FAKE_OPTIONS = 8, FAKE_LOG_SIZE = 256 * 1024, FAKE_EPOCH = 1700000000 };

struct fake {
  struct osmflow_environment environment;
  int64_t now_ms;
  int64_t slept_ms;
  const char *options[FAKE_OPTIONS][2];
  char log[FAKE_LOG_SIZE];
  int warnings;
  atomic_int checks_until_cancelled; /* < 0: never */
};

static inline int64_t fake_monotonic_ms(void *self) {
  return ((struct fake *)self)->now_ms;
}

static inline int64_t fake_unix_seconds(void *self) {
  return FAKE_EPOCH + ((struct fake *)self)->now_ms / 1000;
}

static inline void fake_sleep_ms(void *self, int64_t milliseconds) {
  ((struct fake *)self)->now_ms += milliseconds;
  ((struct fake *)self)->slept_ms += milliseconds;
}

static inline uint32_t fake_random(void *self) {
  (void)self;
  return 0;
}

static inline const char *fake_option(void *self, const char *name) {
  struct fake *fake = self;
  for (size_t i = 0; i < FAKE_OPTIONS; i++)
    if (fake->options[i][0] && strcmp(fake->options[i][0], name) == 0)
      return fake->options[i][1];
  return NULL;
}

static inline void fake_log(void *self, enum osmflow_log_level level, const char *message) {
  struct fake *fake = self;
  const size_t used = strlen(fake->log);
  snprintf(fake->log + used, sizeof fake->log - used, "%s\n", message);
  fake->warnings += level == OSMFLOW_LOG_WARNING;
}

static inline bool fake_cancelled(void *self) {
  struct fake *fake = self;
  const int left = atomic_load(&fake->checks_until_cancelled);
  if (left > 0)
    atomic_store(&fake->checks_until_cancelled, left - 1);
  return left == 0;
}

static inline void fake_init(struct fake *fake) {
  memset(fake, 0, sizeof *fake);
  atomic_store(&fake->checks_until_cancelled, -1);
  fake->environment = (struct osmflow_environment){.self = fake,
                                                   .monotonic_ms = fake_monotonic_ms,
                                                   .unix_seconds = fake_unix_seconds,
                                                   .sleep_ms = fake_sleep_ms,
                                                   .random = fake_random,
                                                   .option = fake_option,
                                                   .log = fake_log,
                                                   .cancelled = fake_cancelled};
}

static inline void fake_set(struct fake *fake, const char *name, const char *value) {
  for (size_t i = 0; i < FAKE_OPTIONS; i++)
    if (!fake->options[i][0] || strcmp(fake->options[i][0], name) == 0) {
      fake->options[i][0] = name;
      fake->options[i][1] = value;
      return;
    }
}

#endif
