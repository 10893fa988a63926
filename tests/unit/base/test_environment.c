#include <osmflow/environment.h>

#include "base/watch.h"
#include "unit.h"

/* A clock that only moves when somebody sleeps. */
struct fake {
  int64_t slept_ms;
  int64_t longest_slice_ms;
  int64_t cancel_after_ms; /* negative: never */
};

static void fake_sleep(void *self, int64_t milliseconds) {
  struct fake *fake = self;
  fake->slept_ms += milliseconds;
  fake->longest_slice_ms = milliseconds > fake->longest_slice_ms ? milliseconds : fake->longest_slice_ms;
}

static bool fake_cancelled(void *self) {
  const struct fake *fake = self;
  return fake->cancel_after_ms >= 0 && fake->slept_ms >= fake->cancel_after_ms;
}

static void waiting_is_cut_into_slices(void) {
  struct fake fake = {0, 0, -1};
  const struct osmflow_environment environment = {.self = &fake, .sleep_ms = fake_sleep, .cancelled = fake_cancelled};
  CU_ASSERT_TRUE(osmflow_wait(&environment, 1250));
  CU_ASSERT_EQUAL(fake.slept_ms, 1250);
  CU_ASSERT_TRUE(fake.longest_slice_ms <= 100);
}

static void waiting_ends_when_the_user_wants(void) {
  struct fake fake = {0, 0, 300};
  const struct osmflow_environment environment = {.self = &fake, .sleep_ms = fake_sleep, .cancelled = fake_cancelled};
  CU_ASSERT_FALSE(osmflow_wait(&environment, 60000));
  CU_ASSERT_EQUAL(fake.slept_ms, 300);
  CU_ASSERT_FALSE(osmflow_wait(&environment, 0));
}

static void a_watch_asks_both(void) {
  struct fake inside = {0, 0, -1}, outside = {0, 0, -1};
  const struct osmflow_environment environment = {.self = &inside, .sleep_ms = fake_sleep, .cancelled = fake_cancelled};
  struct osmflow_watch watch;
  osmflow_watch_init(&watch, &environment, fake_cancelled, &outside);
  CU_ASSERT_TRUE(osmflow_wait(&watch.environment, 50));
  CU_ASSERT_EQUAL(inside.slept_ms, 50);
  outside.cancel_after_ms = 0;
  CU_ASSERT_FALSE(osmflow_wait(&watch.environment, 50));
  outside.cancel_after_ms = -1;
  inside.cancel_after_ms = 0;
  CU_ASSERT_FALSE(osmflow_wait(&watch.environment, 50));
}

OSMFLOW_UNIT_MAIN("base/environment", UNIT(waiting_is_cut_into_slices), UNIT(waiting_ends_when_the_user_wants),
                  UNIT(a_watch_asks_both))
