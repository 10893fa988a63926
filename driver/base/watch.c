#include "base/watch.h"

static const struct osmflow_environment *inside(void *self) {
  return ((const struct osmflow_watch *)self)->inside;
}

static int64_t monotonic_ms(void *self) {
  return inside(self)->monotonic_ms(inside(self)->self);
}

static int64_t unix_seconds(void *self) {
  return inside(self)->unix_seconds(inside(self)->self);
}

static void sleep_ms(void *self, int64_t milliseconds) {
  inside(self)->sleep_ms(inside(self)->self, milliseconds);
}

static uint32_t random_bits(void *self) {
  return inside(self)->random(inside(self)->self);
}

static const char *option(void *self, const char *name) {
  return inside(self)->option(inside(self)->self, name);
}

static void log_line(void *self, enum osmflow_log_level level, const char *message) {
  inside(self)->log(inside(self)->self, level, message);
}

static bool cancelled(void *self) {
  const struct osmflow_watch *watch = self;
  return watch->cancelled(watch->self) || watch->inside->cancelled(watch->inside->self);
}

void osmflow_watch_init(struct osmflow_watch *watch, const struct osmflow_environment *inside_environment,
                        bool (*is_cancelled)(void *self), void *self) {
  watch->inside = inside_environment;
  watch->cancelled = is_cancelled;
  watch->self = self;
  watch->environment = (struct osmflow_environment){.self = watch,
                                                    .monotonic_ms = monotonic_ms,
                                                    .unix_seconds = unix_seconds,
                                                    .sleep_ms = sleep_ms,
                                                    .random = random_bits,
                                                    .option = option,
                                                    .log = log_line,
                                                    .cancelled = cancelled};
}
