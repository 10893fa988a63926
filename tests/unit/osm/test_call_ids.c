#include "osm/call_ids.h"

#include "unit.h"

static void check(const char *text, bool with_versions, const char *expected, bool repeats) {
  struct osmflow_id_list list;
  struct osmflow_bytes written;
  struct osmflow_error error;
  osmflow_id_list_init(&list);
  osmflow_bytes_init(&written, 10000);
  if (osmflow_id_list_parse(&list, osmflow_text(text), with_versions, &error) == OSMFLOW_OK) {
    CU_ASSERT(osmflow_id_list_format(&list, 0, list.count, &written, &error) == OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&written), expected, text);
    CU_ASSERT_EQUAL(osmflow_id_list_repeats_ids(&list), repeats);
  } else {
    UNIT_SAME(error.message, expected, text);
    CU_ASSERT_EQUAL(list.count, 0);
  }
  osmflow_bytes_clear(&written);
  osmflow_id_list_clear(&list);
}

static void refuses_what_is_no_id(void) {
  check("", true, "\"\" is not an id (nor an id with a version)", false);
  check("1,", false, "\"\" is not an id", false);
  check("0", false, "\"0\" is not an id", false);
  check("-1", false, "\"-1\" is not an id", false);
  check("1v2", false, "\"1v2\" is not an id", false);
  check("1v", true, "\"1v\" is not an id (nor an id with a version)", false);
  check("1v-1", true, "\"1v-1\" is not an id (nor an id with a version)", false);
  check("v2", true, "\"v2\" is not an id (nor an id with a version)", false);
  check("1v4294967296", true, "\"1v4294967296\" is not an id (nor an id with a version)", false);
  check("9223372036854775808", true, "\"9223372036854775808\" is not an id (nor an id with a version)", false);
  check("1 2", true, "\"1 2\" is not an id (nor an id with a version)", false);
}

static void sorts_and_drops_doubles(void) {
  check("7", false, "7", false);
  check("3, 1 ,2,1", false, "1,2,3", false);
  check("5v2,5v10,5,5v2", true, "5,5v2,5v10", true);
  check("9223372036854775807v4294967295", true, "9223372036854775807v4294967295", false);
}

static void adds_at_the_right_place(void) {
  struct osmflow_id_list list;
  struct osmflow_bytes written;
  static const struct osmflow_wanted_id items[] = {{5, 0}, {2, 1}, {9, 0}, {5, 0}};
  osmflow_id_list_init(&list);
  osmflow_bytes_init(&written, 100);
  for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
    CU_ASSERT(osmflow_id_list_add(&list, &items[i], NULL) == OSMFLOW_OK);
  CU_ASSERT(osmflow_id_list_format(&list, 1, 2, &written, NULL) == OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&written), "5,9", "a part of the list");
  osmflow_bytes_clear(&written);
  osmflow_id_list_clear(&list);
}

OSMFLOW_UNIT_MAIN("osm/call_ids", UNIT(refuses_what_is_no_id), UNIT(sorts_and_drops_doubles),
                  UNIT(adds_at_the_right_place))
