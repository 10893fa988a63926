#include <limits.h>
#include <osmflow/environment.h>
#include <stdlib.h>

#include "base/bbox.h"
#include "base/bytes.h"
#include "base/idmap.h"
#include "base/index.h"
#include "base/number.h"
#include "base/pool.h"
#include "unit.h"

static void parses_whole_numbers_strictly(void) {
  static const struct {
    const char *input;
    bool good;
    int64_t value;
  } cases[] = {{"", false, 0},
               {"-", false, 0},
               {"+1", false, 0},
               {" 1", false, 0},
               {"1 ", false, 0},
               {"1.0", false, 0},
               {"0x1", false, 0},
               {"9223372036854775808", false, 0},
               {"99999999999999999999999", false, 0},
               {"9223372036854775807", true, INT64_MAX},
               {"-9223372036854775808", true, INT64_MIN},
               {"-9223372036854775809", false, 0},
               {"007", true, 7},
               {"13000000001", true, 13000000001}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t value = 42;
    const bool good = osmflow_parse_int(osmflow_text(cases[i].input), INT64_MIN, INT64_MAX, &value);
    CU_ASSERT_EQUAL(good, cases[i].good);
    CU_ASSERT_EQUAL(value, cases[i].good ? cases[i].value : 42);
  }
  int64_t value = 0;
  CU_ASSERT_FALSE(osmflow_parse_int(osmflow_text("11"), 0, 10, &value));
}

static void parses_coordinates_exactly(void) {
  static const struct {
    const char *input;
    bool good;
    int32_t value;
  } cases[] = {{"", false, 0},
               {"nan", false, 0},
               {"inf", false, 0},
               {"47,1", false, 0},
               {"47.1abc", false, 0},
               {"0x10", false, 0},
               {"180.0000001", false, 0},
               {"-1e99", false, 0},
               {".", false, 0},
               {"-", false, 0},
               {"--1", false, 0},
               {"1e", false, 0},
               {"47.5000000", true, 475000000},
               {"-0.0000001", true, -1},
               {"0", true, 0},
               {"-180", true, -1800000000},
               {"180", true, 1800000000},
               {"9.52", true, 95200000},
               {"4.71e1", true, 471000000},
               {"9.520000000000000123", true, 95200000},
               {"0.00000005", true, 1},
               {"0.00000004", true, 0},
               {".5", true, 5000000},
               {"007.5", true, 75000000},
               {"1234", false, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int32_t value = 42;
    const bool good = osmflow_parse_degrees(osmflow_text(cases[i].input), &value);
    if (good != cases[i].good || value != (good ? cases[i].value : 42))
      fprintf(stderr, "\n[%s] gave %d %d\n", cases[i].input, good, value);
    CU_ASSERT_EQUAL(good, cases[i].good);
    CU_ASSERT_EQUAL(value, cases[i].good ? cases[i].value : 42);
  }
  char buffer[OSMFLOW_NUMBER_SIZE];
  osmflow_format_degrees(buffer, -1);
  UNIT_SAME(buffer, "-0.0000001", "smallest step");
  osmflow_format_degrees(buffer, -1800000000);
  UNIT_SAME(buffer, "-180.0000000", "western edge");
  osmflow_format_degrees(buffer, 475000000);
  UNIT_SAME(buffer, "47.5000000", "seven decimals");
}

static void reads_and_writes_times(void) {
  static const struct {
    const char *input, *expected;
  } cases[] = {{"2013-06-20T13:45:07Z", "2013-06-20T13:45:07Z"},
               {"2005-07-30T14:27:12+01:00", "2005-07-30T13:27:12Z"},
               {"2019-06-15 08:26:04 UTC", "2019-06-15T08:26:04Z"},
               {"2024-02-29T00:00:00.123Z", "2024-02-29T00:00:00Z"},
               {"1970-01-01", "1970-01-01T00:00:00Z"},
               {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
               {"2013-13-01T00:00:00Z", NULL},
               {"2013-02-30T00:00:00Z", NULL},
               {"2013-06-20T25:00:00Z", NULL},
               {"2013-06-20T13:45:07X", NULL},
               {"yesterday", NULL},
               {"", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t seconds = 0;
    const bool good = osmflow_parse_time(osmflow_text(cases[i].input), &seconds);
    CU_ASSERT_EQUAL(good, cases[i].expected != NULL);
    if (good && cases[i].expected) {
      char buffer[OSMFLOW_NUMBER_SIZE];
      osmflow_format_time(buffer, seconds);
      UNIT_SAME(buffer, cases[i].expected, cases[i].input);
    }
  }
}

static void writes_reals_shortest(void) {
  char buffer[OSMFLOW_NUMBER_SIZE];
  osmflow_format_real(buffer, 0.1);
  UNIT_SAME(buffer, "0.1", "no noise digits");
  osmflow_format_real(buffer, 1.0 / 3);
  UNIT_SAME(buffer, "0.3333333333333333", "all that is needed");
}

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

static void long_errors_are_cut_at_a_character(void) {
  struct osmflow_error error;
  char *text = malloc(3 * OSMFLOW_ERROR_SIZE);
  CU_ASSERT_PTR_NOT_NULL_FATAL(text);
  for (size_t i = 0; i < 3 * OSMFLOW_ERROR_SIZE; i++)
    text[i] = i % 2 ? '\xA4' : '\xC3';
  text[3 * OSMFLOW_ERROR_SIZE - 1] = '\0';
  CU_ASSERT_EQUAL(osmflow_error_set(&error, OSMFLOW_BAD_DATA, "%s", text), OSMFLOW_BAD_DATA);
  CU_ASSERT_TRUE(osmflow_text_is_utf8(osmflow_text(error.message)));
  osmflow_error_prefix(&error, "%s: ", "way 5");
  CU_ASSERT_EQUAL(strncmp(error.message, "way 5: ", 7), 0);
  CU_ASSERT_TRUE(osmflow_text_is_utf8(osmflow_text(error.message)));
  CU_ASSERT_EQUAL(osmflow_error_set(NULL, OSMFLOW_IO, "nowhere to write"), OSMFLOW_IO);
  free(text);
}

OSMFLOW_UNIT_MAIN("base", UNIT(parses_whole_numbers_strictly), UNIT(parses_coordinates_exactly),
                  UNIT(reads_and_writes_times), UNIT(writes_reals_shortest), UNIT(bbox_errors_say_what_is_wrong),
                  UNIT(buffers_keep_their_ceiling), UNIT(json_text_is_always_valid), UNIT(idmap_keeps_every_id),
                  UNIT(index_finds_every_item), UNIT(pool_keeps_each_text_once), UNIT(text_helpers),
                  UNIT(long_errors_are_cut_at_a_character))
