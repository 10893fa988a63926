#include <stdbool.h>
#include <stdlib.h>

#include "base/index.h"
#include "unit.h"

static void index_finds_every_item(void) {
  struct item {
    int64_t id;
    int payload;
  };
  enum { COUNT = 100000 };
  struct osmflow_index index;
  struct item *items = calloc(COUNT, sizeof *items);
  bool all = true;
  CU_ASSERT_PTR_NOT_NULL_FATAL(items);
  osmflow_index_init(&index, sizeof *items);
  CU_ASSERT_EQUAL(osmflow_index_find(&index, items, 0), OSMFLOW_INDEX_NONE);
  for (uint32_t i = 0; i < COUNT; i++) {
    items[i].id = i % 2 ? (int64_t)i : -(int64_t)i * 10000000;
    CU_ASSERT_EQUAL_FATAL(osmflow_index_set(&index, items, i, NULL), OSMFLOW_OK);
  }
  for (uint32_t i = 0; i < COUNT; i++)
    all = all && osmflow_index_find(&index, items, items[i].id) == i;
  CU_ASSERT_TRUE(all);
  CU_ASSERT_EQUAL(osmflow_index_find(&index, items, 2), OSMFLOW_INDEX_NONE);
  items[7].id = items[5].id;
  CU_ASSERT_EQUAL(osmflow_index_set(&index, items, 7, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_index_find(&index, items, 5), 7);
  osmflow_index_clear(&index);
  free(items);
}

OSMFLOW_UNIT_MAIN("base/index", UNIT(index_finds_every_item))
