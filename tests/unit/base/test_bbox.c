#include "base/bbox.h"
#include "unit.h"

static void bbox_errors_say_what_is_wrong(void) {
  static const struct {
    const char *input, *words;
  } cases[] = {{"", "too few"},
               {"1,2,3", "too few"},
               {"1,2,3,4,5", "too many"},
               {"9,52,47,13,9,53,47,14", "not with a comma"},
               {"a,2,3,4", "min_lon is 'a'"},
               {"1,nan,3,4", "min_lat is 'nan'"},
               {"181,2,182,4", "outside of -180"},
               {"1,91,3,92", "outside of -90"},
               {"3,2,1,4", "min_lon is larger than max_lon"},
               {"1,4,3,2", "min_lat is larger than max_lat"}};
  struct osmflow_bbox bbox = {1, 2, 3, 4};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(osmflow_bbox_parse(osmflow_text(cases[i].input), &bbox, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
    CU_ASSERT_EQUAL(bbox.min_lon, 1);
  }
  CU_ASSERT_EQUAL(osmflow_bbox_parse(osmflow_text("9.52%2C47.13%2c9.53, 47.14"), &bbox, NULL), OSMFLOW_OK);
  char buffer[OSMFLOW_BBOX_SIZE];
  osmflow_bbox_format(buffer, &bbox);
  UNIT_SAME(buffer, "9.52,47.13,9.53,47.14", "shortest form");
  CU_ASSERT_DOUBLE_EQUAL(osmflow_bbox_area(&bbox), 0.0001, 1e-12);
}

OSMFLOW_UNIT_MAIN("base/bbox", UNIT(bbox_errors_say_what_is_wrong))
