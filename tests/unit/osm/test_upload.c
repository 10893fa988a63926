#include "upload_unit.h"

static void sends_a_change_in_few_requests(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_error error;
  struct osmflow_change change;
  bool is_uncertain = true;
  begin();
  struct osmflow_uploader *uploader = uploader_of(&options);
  small_change(&change);
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
  UNIT_SAME(error.message, "", "error");
  CU_ASSERT_FALSE(is_uncertain);
  CU_ASSERT_EQUAL(osmflow_uploader_changeset(uploader), 2);
  CU_ASSERT_EQUAL(osmflow_uploader_close(uploader, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_uploader_changeset(uploader), 0);
  CU_ASSERT_EQUAL(osmflow_uploader_last_changeset(uploader), 2);
  CU_ASSERT_EQUAL(requests(""), 5);
  expect_outcomes(&change, "small change");
  CU_ASSERT_EQUAL(files("", NULL), 0);
  osmflow_change_clear(&change);
  osmflow_uploader_free(uploader);
  expect_once("small change");
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(sends_a_change_in_few_requests)};
  return upload_main("osm/upload", tests, sizeof tests / sizeof tests[0]);
}
