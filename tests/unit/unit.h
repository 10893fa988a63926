/* What every CUnit program here shares: one table of tests, one main, an exit code that tells.
 *
 *   static void reads_numbers(void) { ... }
 *   OSMFLOW_UNIT_MAIN("base/number", UNIT(reads_numbers), UNIT(refuses_garbage)) */
#ifndef OSMFLOW_UNIT_H
#define OSMFLOW_UNIT_H

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

struct unit_test {
  const char *name;
  void (*run)(void);
};
#define UNIT(function) \
  { #function, function }

/* Like CU_ASSERT_STRING_EQUAL, but shows both strings, and which case of a table it was. */
#define UNIT_SAME(actual, expected, what)                                                                              \
  do {                                                                                                                 \
    const char *unit_actual = (actual), *unit_expected = (expected);                                                   \
    if (!unit_actual || strcmp(unit_actual, unit_expected) != 0)                                                       \
      fprintf(stderr, "\n%s: got [%s]\n  expected [%s]\n", (what), unit_actual ? unit_actual : "NULL", unit_expected); \
    CU_ASSERT(unit_actual &&strcmp(unit_actual, unit_expected) == 0);                                                  \
  } while (0)

static inline int unit_run(const char *suite_name, const struct unit_test *tests, size_t count) {
  unsigned failures = 1;
  if (CU_initialize_registry() == CUE_SUCCESS) {
    CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
    for (size_t i = 0; suite && i < count; i++)
      if (!CU_add_test(suite, tests[i].name, tests[i].run))
        suite = NULL;
    if (suite) {
      CU_basic_set_mode(CU_BRM_NORMAL);
      CU_basic_run_tests();
      failures = CU_get_number_of_failures() + CU_get_number_of_tests_failed();
    }
    CU_cleanup_registry();
  }
  return failures == 0 ? 0 : 1;
}

#define OSMFLOW_UNIT_MAIN(suite, ...)                              \
  int main(void) {                                                 \
    static const struct unit_test tests[] = {__VA_ARGS__};         \
    return unit_run(suite, tests, sizeof tests / sizeof tests[0]); \
  }

#endif
