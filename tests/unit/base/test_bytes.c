#include "base/bytes.h"
#include "unit.h"

static void buffers_keep_their_ceiling(void) {
  struct osmflow_bytes bytes;
  struct osmflow_error error = {0};
  osmflow_bytes_init(&bytes, 10);
  UNIT_SAME(osmflow_bytes_string(&bytes), "", "empty buffer is a string");
  CU_ASSERT_EQUAL(osmflow_bytes_add_string(&bytes, "12345678", NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_bytes_add_string(&bytes, "901", &error), OSMFLOW_TOO_LARGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "10 bytes"));
  UNIT_SAME(osmflow_bytes_string(&bytes), "12345678", "content survives");
  osmflow_bytes_clear(&bytes);
}

static void json_text_is_always_valid(void) {
  static const struct {
    const char *input, *expected;
  } cases[] = {{"", "\"\""},
               {"a\"b\\c", "\"a\\\"b\\\\c\""},
               {"\n\t\r\b\f\x01\x0b", "\"\\n\\t\\r\\b\\f\\u0001\\u000b\""},
               {"\xC3\xA4\xF0\x9F\x8C\xB2", "\"\xC3\xA4\xF0\x9F\x8C\xB2\""},
               {"x\xC3", "\"x\xEF\xBF\xBD\""},
               {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
               {"\x80y", "\"\xEF\xBF\xBDy\""}};
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, 1000);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    osmflow_bytes_reset(&bytes);
    CU_ASSERT_EQUAL(osmflow_bytes_add_json(&bytes, osmflow_text(cases[i].input), NULL), OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&bytes), cases[i].expected, "json");
  }
  osmflow_bytes_reset(&bytes);
  CU_ASSERT_EQUAL(osmflow_bytes_add_url(&bytes, osmflow_text("a b#\xC3\xA4,"), ",", NULL), OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&bytes), "a%20b%23%C3%A4,", "url");
  osmflow_bytes_clear(&bytes);
}

OSMFLOW_UNIT_MAIN("base/bytes", UNIT(buffers_keep_their_ceiling), UNIT(json_text_is_always_valid))
