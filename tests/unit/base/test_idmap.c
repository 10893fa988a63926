#include <stdbool.h>

#include "base/idmap.h"
#include "unit.h"

static void idmap_keeps_every_id(void) {
  struct osmflow_idmap map;
  osmflow_idmap_init(&map);
  CU_ASSERT_EQUAL(osmflow_idmap_find(&map, 0), OSMFLOW_IDMAP_NONE);
  for (int64_t i = -50000; i < 50000; i++)
    CU_ASSERT_EQUAL_FATAL(osmflow_idmap_set(&map, i * 4294967296 + i % 7, (uint32_t)(i + 50000), NULL), OSMFLOW_OK);
  bool all = true;
  for (int64_t i = -50000; i < 50000; i++)
    all = all && osmflow_idmap_find(&map, i * 4294967296 + i % 7) == (uint32_t)(i + 50000);
  CU_ASSERT_TRUE(all);
  CU_ASSERT_EQUAL(map.count, 100000);
  CU_ASSERT_EQUAL(osmflow_idmap_find(&map, 5), OSMFLOW_IDMAP_NONE);
  CU_ASSERT_EQUAL(osmflow_idmap_set(&map, INT64_MIN, 5, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_idmap_find(&map, INT64_MIN), 5);
  osmflow_idmap_clear(&map);
}

OSMFLOW_UNIT_MAIN("base/idmap", UNIT(idmap_keeps_every_id))
