#include <osmflow/environment.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLICE_MS = 100 };

static int64_t read_clock(clockid_t clock, int64_t per_second) {
  struct timespec now = {0, 0};
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

static int64_t system_monotonic_ms(void *self) {
  (void)self;
  return read_clock(CLOCK_MONOTONIC, 1000);
}

static int64_t system_unix_seconds(void *self) {
  (void)self;
  return read_clock(CLOCK_REALTIME, 1);
}

static void system_sleep_ms(void *self, int64_t milliseconds) {
  (void)self;
  const struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

/* Jitter only: a clock and an address differ between processes, and that is all that is needed. */
static uint32_t system_random(void *self) {
  (void)self;
  uint64_t state = (uint64_t)read_clock(CLOCK_MONOTONIC, 1000000000) ^ ((uint64_t)(uintptr_t)&state << 16) ^
                   ((uint64_t)getpid() << 40);
  state = (state ^ (state >> 33)) * 0xFF51AFD7ED558CCDULL;
  state = (state ^ (state >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return (uint32_t)(state ^ (state >> 33));
}

static const char *system_option(void *self, const char *name) {
  (void)self;
  return getenv(name);
}

static void system_log(void *self, enum osmflow_log_level level, const char *message) {
  (void)self;
  const char *debug = getenv("OSMFLOW_DEBUG");
  if (level == OSMFLOW_LOG_WARNING || (debug && strcmp(debug, "YES") == 0))
    fprintf(stderr, "osmflow: %s\n", message);
}

static bool system_cancelled(void *self) {
  (void)self;
  return false;
}

const struct osmflow_environment *osmflow_environment_system(void) {
  static const struct osmflow_environment environment = {
      .monotonic_ms = system_monotonic_ms,
      .unix_seconds = system_unix_seconds,
      .sleep_ms = system_sleep_ms,
      .random = system_random,
      .option = system_option,
      .log = system_log,
      .cancelled = system_cancelled,
  };
  return &environment;
}

bool osmflow_wait(const struct osmflow_environment *environment, int64_t milliseconds) {
  bool wanted = !environment->cancelled(environment->self);
  while (wanted && milliseconds > 0) {
    const int64_t slice = milliseconds < SLICE_MS ? milliseconds : SLICE_MS;
    environment->sleep_ms(environment->self, slice);
    milliseconds -= slice;
    wanted = !environment->cancelled(environment->self);
  }
  return wanted;
}
