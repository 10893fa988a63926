#include "source/fids.h"

#include "../unit.h"

static const int64_t far_up = INT64_C(1) << 60;

static void follow_from_the_element(void) {
  static const struct {
    enum osmflow_layer_kind kind;
    enum osmflow_element_type type;
    int64_t id, fid;
  } cases[] = {
      {OSMFLOW_POINTS, OSMFLOW_NODE, 0, 0},
      {OSMFLOW_POINTS, OSMFLOW_NODE, 5, 5},
      {OSMFLOW_LINES, OSMFLOW_WAY, INT64_C(13000000001), INT64_C(13000000001)},
      {OSMFLOW_MULTIPOLYGONS, OSMFLOW_WAY, 5, 10},
      {OSMFLOW_MULTIPOLYGONS, OSMFLOW_RELATION, 5, 11},
      {OSMFLOW_POINTS, OSMFLOW_NODE, -1, (INT64_C(1) << 60) + 1},
      {OSMFLOW_MULTIPOLYGONS, OSMFLOW_RELATION, -1, ((INT64_C(1) << 60) + 1) * 2 + 1},
      {OSMFLOW_MULTIPOLYGONS, OSMFLOW_WAY, OSMFLOW_MOST_ID, OSMFLOW_MOST_ID * 2},
      {OSMFLOW_MULTIPOLYGONS, OSMFLOW_WAY, -OSMFLOW_MOST_ID, ((INT64_C(1) << 60) + OSMFLOW_MOST_ID) * 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    enum osmflow_element_type type = cases[i].type;
    int64_t id = 1;
    CU_ASSERT_EQUAL(osmflow_fids_of(NULL, cases[i].kind, cases[i].type, cases[i].id), cases[i].fid);
    CU_ASSERT_TRUE(osmflow_fids_element(NULL, cases[i].kind, cases[i].fid, &type, &id));
    CU_ASSERT_EQUAL(type, cases[i].type);
    CU_ASSERT_EQUAL(id, cases[i].id);
  }
}

static void no_negative_ids(void) {
  enum osmflow_element_type type = OSMFLOW_NODE;
  int64_t id = 0;
  CU_ASSERT_FALSE(osmflow_fids_element(NULL, OSMFLOW_POINTS, -1, &type, &id));
  CU_ASSERT_FALSE(osmflow_fids_element(NULL, OSMFLOW_MULTIPOLYGONS, INT64_MIN, &type, &id));
  CU_ASSERT_TRUE(osmflow_fids_element(NULL, OSMFLOW_MULTIPOLYGONS, INT64_MAX, &type, &id));
}

/* A new node is saved, later one more: both keep their ids, and the first value is still as it was. */
static void stay_when_elements_get_their_real_ids(void) {
  const struct osmflow_fid_change first = {OSMFLOW_NODE, 900, -1, 0}, second = {OSMFLOW_NODE, 901, -2, 0};
  struct osmflow_fids *one = NULL, *two = NULL;
  enum osmflow_element_type type = OSMFLOW_NODE;
  int64_t id = 0;
  CU_ASSERT_EQUAL_FATAL(osmflow_fids_change(NULL, &first, 1, &one, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_fids_change(one, &second, 1, &two, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_fids_of(two, OSMFLOW_POINTS, OSMFLOW_NODE, 900), far_up + 1);
  CU_ASSERT_EQUAL(osmflow_fids_of(two, OSMFLOW_POINTS, OSMFLOW_NODE, 901), far_up + 2);
  CU_ASSERT_EQUAL(osmflow_fids_of(one, OSMFLOW_POINTS, OSMFLOW_NODE, 901), 901);
  CU_ASSERT_TRUE(osmflow_fids_element(two, OSMFLOW_POINTS, far_up + 2, &type, &id));
  CU_ASSERT_EQUAL(id, 901);
  CU_ASSERT_EQUAL(osmflow_fids_of(two, OSMFLOW_LINES, OSMFLOW_WAY, 900), 900);
  osmflow_fids_release(one);
  osmflow_fids_release(two);
}

/* Way 5 became part of a new relation that has its feature id from then on, also when the relation gets its real id. */
static void stay_when_a_feature_becomes_another_element(void) {
  const struct osmflow_fid_change taken = {OSMFLOW_RELATION, -7, 0, 10}, saved = {OSMFLOW_RELATION, 70, -7, 0};
  struct osmflow_fids *one = NULL, *two = NULL;
  enum osmflow_element_type type = OSMFLOW_NODE;
  int64_t id = 0;
  CU_ASSERT_EQUAL_FATAL(osmflow_fids_change(NULL, &taken, 1, &one, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_fids_of(one, OSMFLOW_MULTIPOLYGONS, OSMFLOW_RELATION, -7), 10);
  CU_ASSERT_EQUAL_FATAL(osmflow_fids_change(one, &saved, 1, &two, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_fids_of(two, OSMFLOW_MULTIPOLYGONS, OSMFLOW_RELATION, 70), 10);
  CU_ASSERT_TRUE(osmflow_fids_element(two, OSMFLOW_MULTIPOLYGONS, 10, &type, &id));
  CU_ASSERT_EQUAL(type, OSMFLOW_RELATION);
  CU_ASSERT_EQUAL(id, 70);
  osmflow_fids_release(osmflow_fids_hold(two));
  osmflow_fids_release(two);
  osmflow_fids_release(one);
  osmflow_fids_release(NULL);
}

OSMFLOW_UNIT_MAIN("source/fids", UNIT(follow_from_the_element), UNIT(no_negative_ids),
                  UNIT(stay_when_elements_get_their_real_ids), UNIT(stay_when_a_feature_becomes_another_element))
