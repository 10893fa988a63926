#include <stdlib.h>

#include "osm/store.h"
#include "unit.h"

static const struct osmflow_text no_name = {NULL, 0};

static void add_node(struct osmflow_store *store, int64_t id, uint32_t version, int32_t lon, const char *name) {
  const struct osmflow_element element = {.id = id, .version = version, .visible = 1};
  CU_ASSERT_EQUAL(osmflow_store_begin(store, OSMFLOW_NODE, &element, 7, osmflow_text("eve"), lon, 2, NULL), OSMFLOW_OK);
  if (name)
    CU_ASSERT_EQUAL(osmflow_store_add_tag(store, osmflow_text("name"), osmflow_text(name), NULL), OSMFLOW_OK);
  osmflow_store_end(store);
}

static void newest_version_wins_in_any_order(void) {
  struct osmflow_store store;
  osmflow_store_init(&store, false);
  add_node(&store, 5, 2, 20, "two");
  add_node(&store, 5, 1, 10, "one");
  add_node(&store, 5, 2, 99, "two again");
  CU_ASSERT_EQUAL(store.node_count, 1);
  CU_ASSERT_EQUAL(store.nodes[0].lon, 20);
  UNIT_SAME(osmflow_store_tag(&store, &store.nodes[0].element, "name"), "two", "older and equal versions are ignored");
  add_node(&store, 5, 3, 30, NULL);
  CU_ASSERT_EQUAL(store.nodes[0].lon, 30);
  CU_ASSERT_PTR_NULL(osmflow_store_tag(&store, &store.nodes[0].element, "name"));
  osmflow_store_clear(&store);
}

static void every_version_stays_where_wanted(void) {
  struct osmflow_store store;
  osmflow_store_init(&store, true);
  add_node(&store, 5, 1, 10, "one");
  add_node(&store, 5, 2, 20, "two");
  CU_ASSERT_EQUAL(osmflow_store_finish(&store, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(store.node_count, 2);
  CU_ASSERT_EQUAL(osmflow_store_node(&store, 5)->lon, 20);
  osmflow_store_clear(&store);
}

static void finishing_sorts_by_id(void) {
  struct osmflow_store store;
  osmflow_store_init(&store, false);
  add_node(&store, 30, 1, 3, NULL);
  add_node(&store, -1, 1, 0, NULL);
  add_node(&store, 13000000001, 1, 4, NULL);
  add_node(&store, 20, 1, 2, "named");
  CU_ASSERT_EQUAL(osmflow_store_finish(&store, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(store.nodes[0].element.id, -1);
  CU_ASSERT_EQUAL(store.nodes[1].element.id, 20);
  CU_ASSERT_EQUAL(store.nodes[3].element.id, 13000000001);
  CU_ASSERT_EQUAL(osmflow_store_node(&store, 30)->lon, 3);
  UNIT_SAME(osmflow_store_tag(&store, &osmflow_store_node(&store, 20)->element, "name"), "named", "tags follow");
  osmflow_store_clear(&store);
}

static void merging_copies_all_parts(void) {
  struct osmflow_store store, tile;
  const struct osmflow_element way = {.id = 8, .version = 1, .visible = 1},
                               relation = {.id = 9, .version = 4, .visible = 1};
  osmflow_store_init(&store, false);
  osmflow_store_init(&tile, false);
  add_node(&store, 5, 1, 10, "old");
  add_node(&tile, 5, 2, 20, "new");
  add_node(&tile, 6, 1, 21, NULL);
  CU_ASSERT_EQUAL(osmflow_store_begin(&tile, OSMFLOW_WAY, &way, 0, no_name, 0, 0, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_store_add_ref(&tile, 5, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_store_add_ref(&tile, 6, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_store_begin(&tile, OSMFLOW_RELATION, &relation, 0, no_name, 0, 0, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_store_add_member(&tile, OSMFLOW_WAY, 8, osmflow_text("outer"), NULL), OSMFLOW_OK);
  osmflow_store_end(&tile);
  for (int i = 0; i < 2; i++) /* the second time changes nothing */
    CU_ASSERT_EQUAL(osmflow_store_merge(&store, &tile, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(store.node_count, 2);
  UNIT_SAME(osmflow_store_tag(&store, &osmflow_store_node(&store, 5)->element, "name"), "new", "newer version");
  const struct osmflow_way *merged = osmflow_store_way(&store, 8);
  CU_ASSERT_PTR_NOT_NULL_FATAL(merged);
  CU_ASSERT_EQUAL(merged->ref_count, 2);
  CU_ASSERT_EQUAL(store.refs[merged->first_ref + 1], 6);
  CU_ASSERT_EQUAL(store.ref_count, 2);
  const struct osmflow_relation *group = osmflow_store_relation(&store, 9);
  CU_ASSERT_PTR_NOT_NULL_FATAL(group);
  UNIT_SAME(osmflow_pool_string(&store.values, store.members[group->first_member].role), "outer", "role");
  UNIT_SAME(osmflow_pool_string(&store.values, store.users[store.nodes[0].element.user].name), "eve", "user");
  osmflow_store_clear(&store);
  osmflow_store_clear(&tile);
}

static void an_element_has_a_limit_of_tags(void) {
  struct osmflow_store store;
  struct osmflow_error error = {0};
  const struct osmflow_element element = {.id = 1};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_store_init(&store, false);
  CU_ASSERT_EQUAL(osmflow_store_begin(&store, OSMFLOW_NODE, &element, 0, no_name, 0, 0, NULL), OSMFLOW_OK);
  for (int i = 0; i <= 70000 && status == OSMFLOW_OK; i++)
    status = osmflow_store_add_tag(&store, osmflow_text("k"), osmflow_text("v"), &error);
  CU_ASSERT_EQUAL(status, OSMFLOW_TOO_LARGE);
  osmflow_store_clear(&store);
}

OSMFLOW_UNIT_MAIN("osm/store", UNIT(newest_version_wins_in_any_order), UNIT(every_version_stays_where_wanted),
                  UNIT(finishing_sorts_by_id), UNIT(merging_copies_all_parts), UNIT(an_element_has_a_limit_of_tags))
