/* MAPFLOW_SETTLE stretches and shrinks the looks for what a lost answer left. */
#include "mapflow/settle.h"

#include "../net/fake.h"
#include "unit.h"

static void scales_a_series(void) {
  static const struct {
    const char *text; /* NULL: not set */
    int64_t wait_ms, usual_ms, expected;
  } cases[] = {{NULL, 4000, 15000, 4000},   {"", 4000, 15000, 4000},         {"15", 4000, 15000, 4000},
               {"30", 4000, 15000, 8000},   {"0.15", 4000, 15000, 40},       {"0", 4000, 15000, 0},
               {"60", 15000, 60000, 15000}, {"3600", 60000, 60000, 3600000}, {"soon", 4000, 15000, 4000},
               {"5", 4000, 0, 4000}};
  struct fake fake;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fake_init(&fake);
    if (cases[i].text)
      fake_set(&fake, "MAPFLOW_SETTLE", cases[i].text);
    CU_ASSERT_EQUAL(osmflow_mapflow_settle_wait(&fake.environment, cases[i].wait_ms, cases[i].usual_ms),
                    cases[i].expected);
  }
}

static void refuses_what_is_no_time(void) {
  static const char *const bad[] = {"soon", "-1", "-0.5", "3600.5", "1e9", "nan", "inf", "1 s", "0x10"};
  static const char *const good[] = {"", "0", "0.5", "3600", "1e2"};
  struct osmflow_error error;
  struct fake fake;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    fake_init(&fake);
    fake_set(&fake, "MAPFLOW_SETTLE", bad[i]);
    CU_ASSERT_EQUAL(osmflow_mapflow_settle_check(&fake.environment, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, bad[i]));
  }
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    fake_init(&fake);
    fake_set(&fake, "MAPFLOW_SETTLE", good[i]);
    CU_ASSERT_EQUAL(osmflow_mapflow_settle_check(&fake.environment, &error), OSMFLOW_OK);
  }
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(scales_a_series), UNIT(refuses_what_is_no_time)};
  return unit_run("mapflow/settle", tests, sizeof tests / sizeof tests[0]);
}
