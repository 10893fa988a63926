#include "base/text.h"
#include "unit.h"

static void text_helpers(void) {
  struct osmflow_text rest = osmflow_text("a,,b"), part = {0};
  CU_ASSERT_TRUE(osmflow_text_next(&rest, ',', &part) && osmflow_text_is(part, "a"));
  CU_ASSERT_TRUE(osmflow_text_next(&rest, ',', &part) && osmflow_text_is(part, ""));
  CU_ASSERT_TRUE(osmflow_text_next(&rest, ',', &part) && osmflow_text_is(part, "b"));
  CU_ASSERT_FALSE(osmflow_text_next(&rest, ',', &part));
  CU_ASSERT_EQUAL(osmflow_text_distance(osmflow_text("maps"), osmflow_text("Map")), 1);
  CU_ASSERT_EQUAL(osmflow_text_distance(osmflow_text(""), osmflow_text("abc")), 3);
  CU_ASSERT_TRUE(osmflow_text_is_utf8(osmflow_text("\xF0\x9F\x8C\xB2")));
  CU_ASSERT_FALSE(osmflow_text_is_utf8(osmflow_text("\xC0\x80")));
  CU_ASSERT_FALSE(osmflow_text_is_utf8(osmflow_text("\xF4\x90\x80\x80")));
}

OSMFLOW_UNIT_MAIN("base/text", UNIT(text_helpers))
