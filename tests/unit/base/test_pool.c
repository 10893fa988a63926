#include "base/pool.h"
#include "unit.h"

static void pool_keeps_each_text_once(void) {
  struct osmflow_pool pool;
  char text[40];
  uint32_t number = 0, again = 0;
  osmflow_pool_init(&pool);
  CU_ASSERT_EQUAL(osmflow_pool_find(&pool, osmflow_text("x")), OSMFLOW_POOL_NONE);
  for (int i = 0; i < 20000; i++) {
    snprintf(text, sizeof text, "text number %d", i);
    CU_ASSERT_EQUAL_FATAL(osmflow_pool_add(&pool, osmflow_text(text), &number, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL_FATAL(number, (uint32_t)i);
  }
  CU_ASSERT_EQUAL(osmflow_pool_add(&pool, osmflow_text("text number 777"), &again, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(again, 777);
  UNIT_SAME(osmflow_pool_string(&pool, 777), "text number 777", "kept text");
  const struct osmflow_text nul = {"a\0b", 3};
  CU_ASSERT_EQUAL(osmflow_pool_add(&pool, nul, &number, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_pool_text(&pool, number).size, 3);
  osmflow_pool_clear(&pool);
}

OSMFLOW_UNIT_MAIN("base/pool", UNIT(pool_keeps_each_text_once))
