#include "source/shared.h"

#include <pthread.h>

#include "source_unit.h"

/* Things are numbers, so that one knows whether it is the same; how often they were made, loaded and destroyed. */
static int made, loaded, destroyed, failures;
static bool makes_nothing;

static enum osmflow_status make(const void *recipe, void **thing, struct osmflow_error *error) {
  int *number = malloc(sizeof *number);
  (void)recipe;
  if (makes_nothing) {
    free(number);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "nothing is made");
  }
  *number = ++made;
  *thing = number;
  return OSMFLOW_OK;
}

static enum osmflow_status load(void *thing, struct osmflow_error *error) {
  (void)thing;
  loaded++;
  return failures-- > 0 ? osmflow_error_set(error, OSMFLOW_NETWORK, "no answer") : OSMFLOW_OK;
}

static void destroy(void *thing) {
  destroyed++;
  free(thing);
}

static const struct osmflow_shared_class things = {"things", make, load, destroy},
                                         others = {"others", make, NULL, destroy};

static void start(void) {
  osmflow_shared_forget_all();
  made = loaded = destroyed = failures = 0;
  makes_nothing = false;
  fake_now_ms = 0;
  fake_set_option("MAPFLOW_KEEP", NULL);
}

static struct osmflow_shared *acquire(const struct osmflow_shared_class *shared_class, const char *key) {
  struct osmflow_shared *shared = NULL;
  struct osmflow_error error = {0};
  CU_ASSERT_EQUAL_FATAL(osmflow_shared_acquire(fake_environment(), shared_class, "group", key, NULL, &shared, &error),
                        OSMFLOW_OK);
  return shared;
}

static int number_of(const struct osmflow_shared *shared) {
  return *(int *)osmflow_shared_thing(shared);
}

/* Acquires, looks which thing it is, and lets go. */
static int look(const char *key) {
  struct osmflow_shared *shared = acquire(&things, key);
  const int number = number_of(shared);
  osmflow_shared_release(shared);
  return number;
}

static void gives_the_same_to_all_who_ask_for_the_same(void) {
  start();
  struct osmflow_shared *one = acquire(&things, "a"), *two = acquire(&things, "a");
  struct osmflow_shared *other_key = acquire(&things, "b"), *other_class = acquire(&others, "a");
  CU_ASSERT_EQUAL(number_of(one), 1);
  CU_ASSERT_EQUAL(number_of(two), 1);
  CU_ASSERT_EQUAL(number_of(other_key), 2);
  CU_ASSERT_EQUAL(number_of(other_class), 3);
  CU_ASSERT_FALSE(osmflow_shared_is_loaded(&things, "a"));
  CU_ASSERT_EQUAL(osmflow_shared_load(one, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_shared_load(two, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_shared_load(other_class, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(loaded, 1);
  CU_ASSERT_TRUE(osmflow_shared_is_loaded(&things, "a"));
  CU_ASSERT_FALSE(osmflow_shared_is_loaded(&things, "c"));
  osmflow_shared_release(one);
  osmflow_shared_release(two);
  osmflow_shared_release(other_key);
  osmflow_shared_release(other_class);
  osmflow_shared_release(NULL);
  CU_ASSERT_EQUAL(destroyed, 0);
  osmflow_shared_forget_all();
  CU_ASSERT_EQUAL(destroyed, 3);
}

static void keeps_them_as_long_as_the_option_says(void) {
  static const struct {
    const char *keep;
    int64_t pause_ms;
    bool is_kept;
  } cases[] = {{NULL, 59999, true}, {NULL, 60000, false}, {"5", 4999, true},
               {"5", 5000, false},  {"0", 0, false},      {"x", 59999, true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    start();
    fake_set_option("MAPFLOW_KEEP", cases[i].keep);
    CU_ASSERT_EQUAL(look("a"), 1);
    fake_now_ms += cases[i].pause_ms;
    CU_ASSERT_EQUAL(look("a"), cases[i].is_kept ? 1 : 2);
  }
  start();
}

static void keeps_not_too_many(void) {
  start();
  for (int i = 0; i < 100; i++) {
    char key[16];
    snprintf(key, sizeof key, "%d", i);
    CU_ASSERT_EQUAL(look(key), i + 1);
  }
  CU_ASSERT_TRUE(destroyed > 50);
  CU_ASSERT_EQUAL(look("99"), 100);
}

static void remembers_failures_for_five_seconds(void) {
  struct osmflow_error error = {0};
  start();
  failures = 1;
  struct osmflow_shared *shared = acquire(&things, "a");
  CU_ASSERT_EQUAL(osmflow_shared_load(shared, &error), OSMFLOW_NETWORK);
  fake_now_ms += 4999;
  error = (struct osmflow_error){0};
  CU_ASSERT_EQUAL(osmflow_shared_load(shared, &error), OSMFLOW_NETWORK);
  UNIT_SAME(error.message, "no answer", "the same failure");
  CU_ASSERT_EQUAL(look("a"), 1);
  CU_ASSERT_EQUAL(loaded, 1);
  fake_now_ms += 1;
  CU_ASSERT_EQUAL(look("a"), 2);
  CU_ASSERT_EQUAL(osmflow_shared_load(shared, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(loaded, 2);
  osmflow_shared_release(shared);
  CU_ASSERT_EQUAL(destroyed, 1);
}

static void gives_another_for_one_that_failed_by_itself(void) {
  start();
  struct osmflow_shared *shared = acquire(&others, "a");
  osmflow_shared_fail(shared);
  struct osmflow_shared *soon = acquire(&others, "a");
  CU_ASSERT_PTR_EQUAL(soon, shared);
  fake_now_ms += 5000;
  struct osmflow_shared *later = acquire(&others, "a");
  CU_ASSERT_PTR_NOT_EQUAL(later, shared);
  osmflow_shared_release(shared);
  osmflow_shared_release(soon);
  CU_ASSERT_EQUAL(destroyed, 1);
  osmflow_shared_release(later);
}

static void forgets_for_whoever_asks_next(void) {
  start();
  struct osmflow_shared *held = acquire(&things, "a");
  osmflow_shared_forget("other group");
  CU_ASSERT_EQUAL(look("a"), 1);
  osmflow_shared_forget("group");
  CU_ASSERT_EQUAL(look("a"), 2);
  CU_ASSERT_EQUAL(number_of(held), 1);
  CU_ASSERT_EQUAL(destroyed, 0);
  osmflow_shared_release(held);
  CU_ASSERT_EQUAL(destroyed, 1);
}

static void leaves_nothing_when_nothing_is_made(void) {
  struct osmflow_shared *shared = NULL;
  struct osmflow_error error = {0};
  start();
  makes_nothing = true;
  CU_ASSERT_EQUAL(osmflow_shared_acquire(fake_environment(), &things, "group", "a", NULL, &shared, &error),
                  OSMFLOW_NO_MEMORY);
  CU_ASSERT_PTR_NULL(shared);
  makes_nothing = false;
  CU_ASSERT_EQUAL(look("a"), 1);
}

static void *load_in_thread(void *shared) {
  return osmflow_shared_load(shared, NULL) == OSMFLOW_OK ? shared : NULL;
}

static void loads_once_for_many_threads(void) {
  enum { THREADS = 8 };
  pthread_t threads[THREADS];
  start();
  struct osmflow_shared *shared = acquire(&things, "a");
  for (size_t i = 0; i < THREADS; i++)
    CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, load_in_thread, shared), 0);
  for (size_t i = 0; i < THREADS; i++) {
    void *result = NULL;
    CU_ASSERT_EQUAL(pthread_join(threads[i], &result), 0);
    CU_ASSERT_PTR_EQUAL(result, shared);
  }
  CU_ASSERT_EQUAL(loaded, 1);
  osmflow_shared_release(shared);
  osmflow_shared_forget_all();
}

OSMFLOW_UNIT_MAIN("source/shared", UNIT(gives_the_same_to_all_who_ask_for_the_same),
                  UNIT(keeps_them_as_long_as_the_option_says), UNIT(keeps_not_too_many),
                  UNIT(remembers_failures_for_five_seconds), UNIT(gives_another_for_one_that_failed_by_itself),
                  UNIT(forgets_for_whoever_asks_next), UNIT(leaves_nothing_when_nothing_is_made),
                  UNIT(loads_once_for_many_threads))
