#include "base/number.h"
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

OSMFLOW_UNIT_MAIN("base/number", UNIT(parses_whole_numbers_strictly), UNIT(parses_coordinates_exactly),
                  UNIT(reads_and_writes_times), UNIT(writes_reals_shortest))
