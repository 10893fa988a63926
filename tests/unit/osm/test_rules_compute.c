#include "base/bytes.h"
#include "rules_unit.h"

static size_t computed_field(const struct osmflow_rules *rules, enum osmflow_layer_kind kind) {
  size_t field = 0;
  while (field < osmflow_rules_field_count(rules, kind) &&
         osmflow_rules_field(rules, kind, field)->source != OSMFLOW_FROM_COMPUTED)
    field++;
  CU_ASSERT_TRUE_FATAL(field < osmflow_rules_field_count(rules, kind));
  return field;
}

static void orders_lines_alike_in_c_and_sql(void) {
  static const struct {
    const char *tags;
    int64_t expected;
  } cases[] = {{"", 0},
               {"highway=motorway", 9},
               {"highway=motorway_link", 9},
               {"highway=trunk", 8},
               {"highway=trunk_link", 8},
               {"highway=primary", 7},
               {"highway=primary_link", 7},
               {"highway=secondary", 6},
               {"highway=secondary_link", 6},
               {"highway=tertiary", 4},
               {"highway=tertiary_link", 4},
               {"highway=residential", 3},
               {"highway=unclassified", 3},
               {"highway=road", 3},
               {"highway=minor", 3},
               {"highway=path", 0},
               {"highway=Motorway", 0},
               {"highway=", 0},
               {"bridge=yes", 10},
               {"bridge=true", 10},
               {"bridge=1", 10},
               {"bridge=viaduct", 0},
               {"bridge=no", 0},
               {"tunnel=yes", -10},
               {"tunnel=true;bridge=1", 0},
               {"railway=no", 5},
               {"railway=", 5},
               {"layer=1", 10},
               {"layer=-2", -20},
               {"layer=+3", 30},
               {"layer= 2", 20},
               {"layer=\t2x", 20},
               {"layer=1.9", 10},
               {"layer=1;2", 10},
               {"layer=", 0},
               {"layer=-", 0},
               {"layer=- 1", 0},
               {"layer=x1", 0},
               {"layer=0x10", 0},
               {"layer=007", 70},
               {"layer=99999999999", INT32_MAX},
               {"layer=-99999999999", INT32_MIN},
               {"layer=99999999999999999999999", INT32_MAX},
               {"layer=-9223372036854775808", INT32_MIN},
               {"highway=primary;layer=1;bridge=yes;railway=tram;name=x", 32}};
  struct osmflow_rules *fast = NULL, *slow = NULL;
  struct osmflow_rules_options options = {.strict = true};
  CU_ASSERT_EQUAL_FATAL(osmflow_rules_new(&options, &fast, NULL), OSMFLOW_OK);

  /* One more blank in the formula and it is just any SQL. */
  const struct osmflow_text usual = osmflow_rules_default_config();
  struct osmflow_text start = {usual.data, 0};
  while (start.size + 7 < usual.size && memcmp(usual.data + start.size, "SELECT ", 7) != 0)
    start.size++;
  const struct osmflow_text end = {usual.data + start.size + 7, usual.size - start.size - 7};
  struct osmflow_bytes config;
  osmflow_bytes_init(&config, 100000);
  CU_ASSERT_EQUAL(osmflow_bytes_add_text(&config, start, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_bytes_add_string(&config, "SELECT  ", NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_bytes_add_text(&config, end, NULL), OSMFLOW_OK);
  options.config = osmflow_bytes_view(&config);
  CU_ASSERT_EQUAL_FATAL(osmflow_rules_new(&options, &slow, NULL), OSMFLOW_OK);

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tag_view tags[MOST_TAGS];
    const size_t count = read_tags(cases[i].tags, tags);
    struct osmflow_computed quick = {.integer = 12345}, careful = {.integer = 54321};
    const size_t field = computed_field(fast, OSMFLOW_LINES);
    CU_ASSERT_EQUAL(osmflow_rules_compute(fast, OSMFLOW_LINES, field, tags, count, &quick, NULL, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_rules_compute(slow, OSMFLOW_LINES, field, tags, count, &careful, NULL, NULL), OSMFLOW_OK);
    if (quick.integer != cases[i].expected || careful.integer != cases[i].expected)
      fprintf(stderr, "\n%s: in C %lld, in SQL %lld\n", cases[i].tags, (long long)quick.integer,
              (long long)careful.integer);
    CU_ASSERT_EQUAL(quick.integer, cases[i].expected);
    CU_ASSERT_EQUAL(careful.integer, cases[i].expected);
    CU_ASSERT(quick.type == OSMFLOW_FIELD_INTEGER && !quick.is_null && !careful.is_null);
  }
  osmflow_rules_free(slow);
  osmflow_rules_free(fast);
  osmflow_bytes_clear(&config);
}

/* "null", or the value as text with its type in front. */
static void show(const struct osmflow_computed *value, const struct osmflow_bytes *text, char *buffer, size_t size) {
  if (value->is_null)
    snprintf(buffer, size, "null");
  else if (value->type == OSMFLOW_FIELD_STRING)
    snprintf(buffer, size, "S %s", osmflow_bytes_string(text));
  else if (value->type == OSMFLOW_FIELD_REAL)
    snprintf(buffer, size, "R %.6f", value->real);
  else
    snprintf(buffer, size, "I %lld", (long long)value->integer);
}

static void runs_sql(void) {
  static const struct {
    const char *type, *sql, *tags, *expected;
  } cases[] = {{"String", "SELECT [name]", "name=O'Neil\"; DROP TABLE x", "S O'Neil\""},
               {"String", "SELECT [name]", "", "null"},
               {"String", "SELECT [name]", "name=", "S "},
               {"String", "\"SELECT upper([a:b]) || 'x'\"", "a:b=q", "S Qx"},
               {"String", "SELECT '\\[name]'", "name=q", "S [name]"},
               {"String", "SELECT 'a\\b'", "", "S ab"},
               {"String", "SELECT 'x[name]'", "name=q", "S x?"},
               {"String", "SELECT 'x[name'", "name=q", "S x[name"},
               {"String", "SELECT 17", "", "S 17"},
               {"String", "SELECT 0.1", "", "S 0.1"},
               {"String", "SELECT x'00'", "", "null"},
               {"String", "SELECT 1 WHERE 0", "", "null"},
               {"String", "SELECT abs(-9223372036854775808)", "", "null"},
               {"Integer", "SELECT [n] + 1", "n=41", "I 42"},
               {"Integer", "SELECT 3000000000", "", "I 2147483647"},
               {"Integer", "SELECT -1e300", "", "I -2147483648"},
               {"Integer", "SELECT 2.9", "", "I 2"},
               {"Integer", "SELECT '12abc'", "", "I 12"},
               {"Integer64", "SELECT 3000000000", "", "I 3000000000"},
               {"Integer64", "SELECT 1e300", "", "I 9223372036854775807"},
               {"Real", "SELECT 1", "", "R 1.000000"},
               {"Real", "SELECT [h] / 2", "h=3.5", "R 1.750000"},
               {"Real", "SELECT [h]", "h=  -3.5e1m", "R -35.000000"},
               {"Real", "SELECT [h]", "h=3.e", "R 3.000000"},
               {"Real", "SELECT [h]", "h=m", "R 0.000000"},
               {"DateTime", "SELECT [t]", "t=1970-01-02T00:00:00Z", "I 86400"},
               {"DateTime", "SELECT [t]", "t=yesterday", "null"},
               {"DateTime", "SELECT datetime(86400, 'unixepoch')", "", "I 86400"},
               {"DateTime", "SELECT '1970-01-02'", "", "I 86400"},
               {"DateTime", "SELECT 5", "", "null"},
               {"Integer", "SELECT typeof([whole]) = 'integer' AND [whole] = 7", "whole=7 storeys", "I 1"},
               {"Integer", "SELECT typeof([part]) = 'real' AND [PART] = 1.5", "part=1.5 m", "I 1"},
               {"Integer", "SELECT [osm_id] * 2", "osm_id=21", "I 42"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char config[500], got[200];
    snprintf(config, sizeof config,
             "[points]\nosm_id=yes\nattributes=whole,part\nwhole_type=Integer\npart_type=Real\n"
             "computed_attributes=c\nc_type=%s\nc_sql=%s\n",
             cases[i].type, cases[i].sql);
    const struct osmflow_rules_options options = {.config = osmflow_text(config), .strict = true};
    struct osmflow_rules *rules = NULL;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL_FATAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_OK);
    struct osmflow_tag_view tags[MOST_TAGS];
    const size_t count = read_tags(cases[i].tags, tags);
    struct osmflow_computed value = {0};
    struct osmflow_bytes text;
    osmflow_bytes_init(&text, 1000);
    /* Twice: nothing of the first run may stay. */
    CU_ASSERT_EQUAL(osmflow_rules_compute(rules, OSMFLOW_POINTS, 3, tags, count, &value, &text, &error), OSMFLOW_OK);
    show(&value, &text, got, sizeof got);
    UNIT_SAME(got, cases[i].expected, cases[i].sql);
    osmflow_bytes_reset(&text);
    CU_ASSERT_EQUAL(osmflow_rules_compute(rules, OSMFLOW_POINTS, 3, tags, count, &value, &text, &error), OSMFLOW_OK);
    show(&value, &text, got, sizeof got);
    UNIT_SAME(got, cases[i].expected, cases[i].sql);
    osmflow_bytes_clear(&text);
    osmflow_rules_free(rules);
  }
}

static void stops_endless_sql(void) {
  static const char config[] =
      "[points]\ncomputed_attributes=c\nc_sql=WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
      "SELECT count(*) FROM n\n";
  const struct osmflow_rules_options options = {.config = osmflow_text(config), .strict = true};
  struct osmflow_rules *rules = NULL;
  struct osmflow_error error = {0};
  struct osmflow_computed value = {0};
  CU_ASSERT_EQUAL_FATAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_rules_compute(rules, OSMFLOW_POINTS, 0, NULL, 0, &value, NULL, &error), OSMFLOW_TOO_LARGE);
  UNIT_SAME(error.message, "the SQL of a computed column takes too many steps", "endless recursion");
  CU_ASSERT_EQUAL(osmflow_rules_compute(rules, OSMFLOW_POINTS, 1, NULL, 0, &value, NULL, &error), OSMFLOW_BAD_ARGUMENT);
  osmflow_rules_free(rules);
}

OSMFLOW_UNIT_MAIN("osm/rules_compute", UNIT(runs_sql), UNIT(stops_endless_sql), UNIT(orders_lines_alike_in_c_and_sql))
