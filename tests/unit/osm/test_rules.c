#include "osm/rules.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "rules_unit.h"

static struct osmflow_rules *make(const char *config, bool strict, const char *columns) {
  const struct osmflow_rules_options options = {
      .config = osmflow_text(config), .config_name = "my.ini", .strict = strict, .columns = columns};
  struct osmflow_rules *rules = NULL;
  struct osmflow_error error = {0};
  if (osmflow_rules_new(&options, &rules, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(rules);
  return rules;
}

/* "name:type name:type" with S, J, I, L, R, B, D for the types. */
static void show_fields(const struct osmflow_rules *rules, enum osmflow_layer_kind kind, struct osmflow_bytes *text) {
  osmflow_bytes_reset(text);
  for (size_t i = 0; i < osmflow_rules_field_count(rules, kind); i++) {
    const struct osmflow_rule_field *field = osmflow_rules_field(rules, kind, i);
    CU_ASSERT_EQUAL(osmflow_bytes_print(text, NULL, "%s%s:%c", i ? " " : "", field->name, "SJILRBD"[field->type]),
                    OSMFLOW_OK);
  }
}

static void builds_the_columns(void) {
  static const struct {
    const char *config, *columns;
    bool strict;
    enum osmflow_layer_kind kind;
    const char *expected, *why;
  } cases[] = {
      {NULL, NULL, true, OSMFLOW_POINTS,
       "osm_id:S name:S barrier:S highway:S ref:S address:S is_in:S place:S man_made:S other_tags:S", "GDAL's points"},
      {NULL, NULL, true, OSMFLOW_LINES,
       "osm_id:S name:S highway:S waterway:S aerialway:S barrier:S man_made:S railway:S z_order:I other_tags:S",
       "GDAL's lines"},
      {NULL, NULL, true, OSMFLOW_MULTIPOLYGONS,
       "osm_id:S osm_way_id:S name:S type:S aeroway:S amenity:S admin_level:S barrier:S boundary:S building:S craft:S "
       "geological:S historic:S land_area:S landuse:S leisure:S man_made:S military:S natural:S office:S place:S "
       "shop:S sport:S tourism:S other_tags:S",
       "GDAL's multipolygons"},
      {NULL, NULL, false, OSMFLOW_OTHER_RELATIONS,
       "osm_id:S name:S type:S other_tags:S osm_version:I osm_timestamp:D osm_uid:L osm_user:S osm_changeset:L "
       "complete:B",
       "ours come after other_tags"},
      {NULL, " addr:street,,name,addr:street, building:levels ", false, OSMFLOW_OTHER_RELATIONS,
       "osm_id:S name:S type:S other_tags:S addr:street:S building:levels:S osm_version:I osm_timestamp:D osm_uid:L "
       "osm_user:S osm_changeset:L complete:B",
       "COLUMNS under true names, once each"},
      {NULL, "osm_id,complete,osm_user", false, OSMFLOW_OTHER_RELATIONS,
       "osm_id:S name:S type:S other_tags:S osm_version:I osm_timestamp:D osm_uid:L osm_user:S osm_changeset:L "
       "complete:B",
       "COLUMNS may name what is shown anyway"},
      {NULL, "ele", true, OSMFLOW_OTHER_RELATIONS, "osm_id:S name:S type:S other_tags:S ele:S", "strict with COLUMNS"},
      {"[points]\nosm_changeset=yes\nosm_id=yes\nattributes=a,complete\n", NULL, false, OSMFLOW_POINTS,
       "osm_changeset:I osm_id:S a:S complete:S other_tags:S osm_version:I osm_timestamp:D osm_uid:L osm_user:S",
       "the file's columns win, in the file's order"},
      {"[points]\nattributes=addr:street,a:b:c\n", NULL, true, OSMFLOW_POINTS, "addr_street:S a_b_c:S other_tags:S",
       "laundering"},
      {"attribute_name_laundering=no\n[points]\nattributes=addr:street\n", NULL, true, OSMFLOW_POINTS,
       "addr:street:S other_tags:S", "no laundering"},
      {"[points]\nattributes=addr:street\n", "addr:street,addr_street", true, OSMFLOW_POINTS,
       "addr_street:S other_tags:S", "COLUMNS of a key or name that the file shows"},
      {"[points]\nattributes=a,b,a\nattributes=c,b\n", NULL, true, OSMFLOW_POINTS, "a:S b:S c:S other_tags:S",
       "a key twice is one column"},
      {"[points]\nattributes=a,b,c,d,e\na_type=Integer\nb_type=integer64\nC_TYPE=Real\nc_type=REAL\nd_type=DateTime\n"
       "e_type=String\n",
       NULL, true, OSMFLOW_POINTS, "a:I b:L c:R d:D e:S other_tags:S", "types"},
      {"[points]\nother_tags=no\nosm_id=yes\n", NULL, true, OSMFLOW_POINTS, "osm_id:S", "no other_tags"},
      {"[points]\nall_tags=yes\n", NULL, true, OSMFLOW_POINTS, "all_tags:S", "all_tags instead of other_tags"},
      {"tags_format=json\n[points]\n", NULL, true, OSMFLOW_POINTS, "other_tags:J", "JSON"},
      {"\xEF\xBB\xBF[points]\r\n# x\r\n  attributes = a , b \r\nosm_id=no\r\n[nonsense]\r\nattributes=z\r\nx\r\n=\r\n",
       NULL, true, OSMFLOW_POINTS, "a:S b:S other_tags:S", "byte order mark, CRLF, blanks, unknown things"},
      {"[points]\ncomputed_attributes=a,b,c\na_type=Real\na_sql=\"SELECT 1\"\nc_sql=SELECT 2\nattributes=d\n", NULL,
       true, OSMFLOW_POINTS, "d:S a:R c:S other_tags:S",
       "computed columns come at the section's end, if they have SQL"},
      {"[points]\nattributes=a\n[lines]\n[points]\nattributes=b\n", NULL, true, OSMFLOW_POINTS, "a:S b:S other_tags:S",
       "a section in two pieces"},
      {"[general]\n", NULL, true, OSMFLOW_LINES, "other_tags:S", "a file that says nothing"}};
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 4096);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_rules *rules = make(cases[i].config, cases[i].strict, cases[i].columns);
    show_fields(rules, cases[i].kind, &text);
    UNIT_SAME(osmflow_bytes_string(&text), cases[i].expected, cases[i].why);
    osmflow_rules_free(rules);
  }
  osmflow_bytes_clear(&text);
}

static void refuses_bad_files(void) {
  static const struct {
    const char *config, *columns, *expected;
  } cases[] = {
      {"", NULL, "my.ini, line 1: this is not an osmconf.ini: "},
      {"<html>\n<body>\n", NULL, "my.ini, line 1: this is not an osmconf.ini: "},
      {"[nodes]\nname=x\n", NULL, "my.ini, line 1: this is not an osmconf.ini: "},
      {"[points]\n\nosm_id=maybe\n", NULL, "my.ini, line 3: osm_id is yes or no, not 'maybe'"},
      {"report_all_nodes=1\n", NULL, "my.ini, line 1: report_all_nodes is yes or no, not '1'"},
      {"tags_format=xml\n", NULL, "my.ini, line 1: tags_format is hstore or json, not 'xml'"},
      {"[lines]\nattributes=a\na_type=Float\n", NULL,
       "my.ini, line 3: the type of a is Integer, Integer64, Real, String or DateTime, not 'Float'"},
      {"[lines]\nattributes=a\xFF\n", NULL, "my.ini, line 2: the name of a key is not UTF-8 text"},
      {"[lines]\ncomputed_attributes=a\xFF\n", NULL, "my.ini, line 2: the name of a computed column is not UTF-8 text"},
      {"[lines]\ncomputed_attributes=a\na_sql=SELEKT 1\na_type=Real\n", NULL,
       "my.ini, line 3: SQLite refuses the SQL: near \"SELEKT\": syntax error"},
      {"[lines]\ncomputed_attributes=a\na_sql=SELECT 1, 2\n", NULL,
       "my.ini, line 3: the SQL is not a SELECT of one value"},
      {"[lines]\ncomputed_attributes=a\na_sql=-- nothing\n", NULL,
       "my.ini, line 3: the SQL is not a SELECT of one value"},
      {"[lines]\ncomputed_attributes=a\na_sql=ATTACH '/tmp/x' AS x\n", NULL,
       "my.ini, line 3: SQLite refuses the SQL: not authorized"},
      {"[lines]\ncomputed_attributes=a\na_sql=CREATE TABLE t (x)\n", NULL,
       "my.ini, line 3: SQLite refuses the SQL: not authorized"},
      {"[lines]\ncomputed_attributes=a\na_sql=PRAGMA database_list\n", NULL,
       "my.ini, line 3: SQLite refuses the SQL: not authorized"},
      {"[lines]\nattributes=a\ncomputed_attributes=a\na_sql=SELECT 1\n", NULL,
       "my.ini, line 4: the computed column a has the name of another column; choose another name"},
      {"[lines]\n", "ok,\xC3", "COLUMNS=: the name of a key is not UTF-8 text"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct osmflow_rules_options options = {
        .config = osmflow_text(cases[i].config), .config_name = "my.ini", .columns = cases[i].columns};
    struct osmflow_rules *rules = NULL;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NULL(rules);
    error.message[strlen(cases[i].expected) < sizeof error.message ? strlen(cases[i].expected) : 0] = '\0';
    UNIT_SAME(error.message, cases[i].expected, cases[i].config);
  }
}

static void refuses_files_that_are_no_text_or_too_large(void) {
  static const char binary[] = "[points]\nosm\0id";
  const size_t large_size = 1024 * 1024 + 1;
  char *large = malloc(large_size);
  if (!large) {
    CU_FAIL("no memory");
    return;
  }
  for (size_t i = 0; i < large_size; i++)
    large[i] = i < 9 ? "[points]\n"[i] : '#';
  struct osmflow_rules_options options = {.config = {binary, sizeof binary - 1}, .config_name = NULL};
  struct osmflow_rules *rules = NULL;
  struct osmflow_error error = {0};
  CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message, "osmconf.ini, line 2: this is not a text file", "NUL");
  options.config = (struct osmflow_text){large, large_size};
  CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message, "osmconf.ini, line 1: an osmconf.ini of 1048577 bytes; more than 1 MiB is not read",
            "large");
  options.config.size--;
  CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_OK);
  osmflow_rules_free(rules);
  free(large);
}

enum { MEGABYTE = 1024 * 1024 };

/* Files of nearly a megabyte that would take minutes or gigabytes if any of their lists were read carelessly. */
static void bounds_its_work(void) {
  static const struct {
    const char *head, *pattern;
    enum osmflow_status expected;
  } cases[] = {{"closed_ways_are_polygons=", "=", OSMFLOW_OK},
               {"[points]\ncomputed_attributes=a\na_sql=SELECT ", "[", OSMFLOW_BAD_ARGUMENT},
               {"[points]\ncomputed_attributes=a\na_sql=SELECT 1", "+[x]", OSMFLOW_BAD_ARGUMENT},
               {"[points]\ncomputed_attributes=a\na_sql=SELECT ", "(", OSMFLOW_BAD_ARGUMENT},
               {"[points]\nattributes=a\n", "a_type=Real\n", OSMFLOW_OK},
               {"[points]\n", "[lines]\n", OSMFLOW_OK},
               {"[points]\nattributes=", "a,", OSMFLOW_OK}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes config;
    osmflow_bytes_init(&config, MEGABYTE);
    enum osmflow_status status = osmflow_bytes_add_string(&config, cases[i].head, NULL);
    while (status == OSMFLOW_OK && config.size < MEGABYTE - 16)
      status = osmflow_bytes_add_string(&config, cases[i].pattern, NULL);
    const struct osmflow_rules_options options = {.config = osmflow_bytes_view(&config)};
    struct osmflow_rules *rules = NULL;
    CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, NULL), cases[i].expected);
    osmflow_rules_free(rules);
    osmflow_bytes_clear(&config);
  }
}

static void refuses_too_many_columns(void) {
  struct osmflow_bytes config;
  struct osmflow_rules *rules = NULL;
  struct osmflow_error error = {0};
  osmflow_bytes_init(&config, MEGABYTE);
  CU_ASSERT_EQUAL(osmflow_bytes_add_string(&config, "[points]\nattributes=", NULL), OSMFLOW_OK);
  for (int i = 0; i < 2001; i++)
    CU_ASSERT_EQUAL(osmflow_bytes_print(&config, NULL, "k%d,", i), OSMFLOW_OK);
  const struct osmflow_rules_options options = {.config = osmflow_bytes_view(&config), .config_name = "my.ini"};
  CU_ASSERT_EQUAL(osmflow_rules_new(&options, &rules, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message, "my.ini, line 2: a layer would get more than 2000 columns", "2001 columns");
  osmflow_bytes_clear(&config);
}

static void says_what_keys_mean(void) {
  static const char strange[] =
      "[points]\nattributes=name,addr:street\nignore=secret:,note\nunsignificant=source\ninsignificant=ele\n"
      "[lines]\nall_tags=yes\nattributes=name\nignore=note\n"
      "[multipolygons]\nother_tags=no\n";
  static const struct {
    const char *config, *columns;
    bool strict;
    enum osmflow_layer_kind kind;
    const char *key;
    struct osmflow_key_rule expected;
  } cases[] = {{NULL, NULL, false, OSMFLOW_POINTS, "name", {1, false, false, true, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "shop", {-1, true, false, true, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "created_by", {-1, false, false, false, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "attribution", {-1, true, false, false, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "openGeoDB:loc_id", {-1, false, false, true, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "openGeoDB", {-1, true, false, true, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "x:openGeoDB:y", {-1, true, false, true, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "osm_id", {-1, true, false, true, false}},
               {NULL, NULL, false, OSMFLOW_POINTS, "", {-1, true, false, true, false}},
               {NULL, NULL, false, OSMFLOW_LINES, "highway", {2, false, false, true, true}},
               {NULL, NULL, false, OSMFLOW_LINES, "layer", {-1, true, false, true, true}},
               {NULL, NULL, false, OSMFLOW_LINES, "area", {-1, true, false, true, false}},
               {NULL, NULL, false, OSMFLOW_MULTIPOLYGONS, "area", {-1, false, false, true, false}},
               {NULL, "shop", false, OSMFLOW_POINTS, "shop", {10, false, false, true, false}},
               {NULL, "shop", true, OSMFLOW_POINTS, "shop", {10, true, false, true, false}},
               {NULL, "note", true, OSMFLOW_POINTS, "note", {10, false, false, true, false}},
               {NULL, "name", true, OSMFLOW_POINTS, "name", {1, false, false, true, false}},
               {strange, NULL, true, OSMFLOW_POINTS, "addr:street", {1, false, false, true, false}},
               {strange, NULL, true, OSMFLOW_POINTS, "addr_street", {-1, true, false, true, false}},
               {strange, NULL, true, OSMFLOW_POINTS, "secret:x:y", {-1, false, false, true, false}},
               {strange, NULL, true, OSMFLOW_POINTS, "source", {-1, true, false, false, false}},
               {strange, NULL, true, OSMFLOW_POINTS, "ele", {-1, true, false, false, false}},
               {strange, NULL, true, OSMFLOW_LINES, "name", {0, false, true, true, false}},
               {strange, NULL, true, OSMFLOW_LINES, "note", {-1, false, false, true, false}},
               {strange, NULL, true, OSMFLOW_MULTIPOLYGONS, "name", {-1, false, false, true, false}}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_rules *rules = make(cases[i].config, cases[i].strict, cases[i].columns);
    const struct osmflow_key_rule got = osmflow_rules_key(rules, cases[i].kind, osmflow_text(cases[i].key));
    const struct osmflow_key_rule want = cases[i].expected;
    const bool same = got.field == want.field && got.in_other_tags == want.in_other_tags &&
                      got.in_all_tags == want.in_all_tags && got.significant == want.significant &&
                      got.computes == want.computes;
    if (!same)
      fprintf(stderr, "\ncase %zu, %s: %d %d %d %d %d\n", i, cases[i].key, got.field, got.in_other_tags,
              got.in_all_tags, got.significant, got.computes);
    CU_ASSERT(same);
    osmflow_rules_free(rules);
  }
}

static void tells_areas_from_lines(void) {
  static const char pairs[] = "closed_ways_are_polygons=highway=platform,building:part,a=b=c,=x\n";
  static const struct {
    const char *config, *tags;
    bool expected;
  } cases[] = {{NULL, "", false},
               {NULL, "building=yes", true},
               {NULL, "building=no", true},
               {NULL, "highway=platform", true},
               {NULL, "highway=service", false},
               {NULL, "highway=platform2", false},
               {NULL, "highway=", false},
               {NULL, "area=yes", true},
               {NULL, "area=maybe", false},
               {NULL, "building=yes;area=no", false},
               {NULL, "area=no;building=yes", false},
               {NULL, "highway=service;area=yes", true},
               {NULL, "Building=yes", false},
               {NULL, "name=building", false},
               {pairs, "building=yes", false},
               {pairs, "building:part=yes", true},
               {pairs, "a=b=c", true},
               {pairs, "a=b", false},
               {pairs, "area=yes", true},
               {"closed_ways_are_polygons=\n[points]\n", "area=yes", false},
               {"closed_ways_are_polygons=abc\n", "area=yes", false},
               {"closed_ways_are_polygons=abcd\n", "area=yes", true},
               {"closed_ways_are_polygons=abc\nclosed_ways_are_polygons=x\n", "abc=1", true},
               {"closed_ways_are_polygons=area\n", "area=maybe", true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_rules *rules = make(cases[i].config, true, NULL);
    struct osmflow_tag_view tags[MOST_TAGS];
    const size_t count = read_tags(cases[i].tags, tags);
    const bool area = osmflow_rules_is_area(rules, tags, count);
    bool matters = false;
    for (size_t t = 0; t < count; t++)
      matters = matters || osmflow_rules_key_matters_for_area(rules, tags[t].key);
    if (area != cases[i].expected)
      fprintf(stderr, "\n%s with %s\n", cases[i].tags, cases[i].config ? cases[i].config : "the defaults");
    CU_ASSERT_EQUAL(area, cases[i].expected);
    CU_ASSERT_TRUE(matters || !area);
    osmflow_rules_free(rules);
  }
}

static void knows_uninteresting_keys(void) {
  static const struct {
    const char *config, *columns, *key;
    bool expected;
  } cases[] = {{NULL, NULL, "area", true},
               {NULL, NULL, "FIXME", true},
               {NULL, NULL, "name", false},
               {NULL, NULL, "source", false},
               {"report_all_tags=yes\n", NULL, "note", false},
               {"report_all_tags=no\n", NULL, "note", true},
               {"[points]\nattributes=note\n", NULL, "note", false},
               {"[points]\nattributes=note\n", NULL, "todo", true},
               {NULL, "area", "area", false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_rules *rules = make(cases[i].config, true, cases[i].columns);
    CU_ASSERT_EQUAL(osmflow_rules_key_is_uninteresting(rules, osmflow_text(cases[i].key)), cases[i].expected);
    osmflow_rules_free(rules);
  }
}

static void sorts_relations_and_switches(void) {
  struct osmflow_rules *rules = make("report_all_nodes=yes\n[points]\nreport_all_ways=YES\n", true, NULL);
  CU_ASSERT_EQUAL(osmflow_rules_relation_layer(rules, osmflow_text("multipolygon")), OSMFLOW_MULTIPOLYGONS);
  CU_ASSERT_EQUAL(osmflow_rules_relation_layer(rules, osmflow_text("boundary")), OSMFLOW_MULTIPOLYGONS);
  CU_ASSERT_EQUAL(osmflow_rules_relation_layer(rules, osmflow_text("route")), OSMFLOW_MULTILINESTRINGS);
  CU_ASSERT_EQUAL(osmflow_rules_relation_layer(rules, osmflow_text("multilinestring")), OSMFLOW_MULTILINESTRINGS);
  CU_ASSERT_EQUAL(osmflow_rules_relation_layer(rules, osmflow_text("Route")), OSMFLOW_OTHER_RELATIONS);
  CU_ASSERT_EQUAL(osmflow_rules_relation_layer(rules, osmflow_text(NULL)), OSMFLOW_OTHER_RELATIONS);
  CU_ASSERT_TRUE(osmflow_rules_report_all_nodes(rules));
  CU_ASSERT_TRUE(osmflow_rules_report_all_ways(rules));
  osmflow_rules_free(rules);
  rules = make(NULL, true, NULL);
  CU_ASSERT_FALSE(osmflow_rules_report_all_nodes(rules));
  CU_ASSERT_FALSE(osmflow_rules_report_all_ways(rules));
  osmflow_rules_free(rules);
}

static void writes_other_tags(void) {
  static const struct {
    enum osmflow_tags_format format;
    const char *tags, *expected;
  } cases[] = {{OSMFLOW_TAGS_HSTORE, "", ""},
               {OSMFLOW_TAGS_JSON, "", ""},
               {OSMFLOW_TAGS_HSTORE, "a=1;b:c=x,y", "\"a\"=>\"1\",\"b:c\"=>\"x,y\""},
               {OSMFLOW_TAGS_HSTORE, "a\"\\=\\\\\"\n;b=", "\"a\\\"\\\\\"=>\"\\\\\\\\\\\"\n\",\"b\"=>\"\""},
               {OSMFLOW_TAGS_JSON, "a=1;b=\"\\\t", "{\"a\":\"1\",\"b\":\"\\\"\\\\\\t\"}"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tag_view tags[MOST_TAGS];
    struct osmflow_bytes text;
    osmflow_bytes_init(&text, 1000);
    const size_t count = read_tags(cases[i].tags, tags);
    for (size_t t = 0; t < count; t++)
      CU_ASSERT_EQUAL(osmflow_rules_add_other_tag(cases[i].format, &text, tags[t].key, tags[t].value, NULL),
                      OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_rules_finish_other_tags(cases[i].format, &text, NULL), OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&text), cases[i].expected, cases[i].tags);
    osmflow_bytes_clear(&text);
  }
  struct osmflow_rules *rules = NULL;
  const struct osmflow_rules_options options = {.config = osmflow_text("tags_format=hstore\n"),
                                                .tags = OSMFLOW_TAGS_JSON};
  CU_ASSERT_EQUAL_FATAL(osmflow_rules_new(&options, &rules, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_rules_tags_format(rules), OSMFLOW_TAGS_JSON);
  CU_ASSERT_EQUAL(osmflow_rules_field(rules, OSMFLOW_POINTS, 0)->type, OSMFLOW_FIELD_JSON);
  osmflow_rules_free(rules);
}

OSMFLOW_UNIT_MAIN("osm/rules", UNIT(refuses_bad_files), UNIT(refuses_files_that_are_no_text_or_too_large),
                  UNIT(bounds_its_work), UNIT(refuses_too_many_columns), UNIT(builds_the_columns),
                  UNIT(says_what_keys_mean), UNIT(tells_areas_from_lines), UNIT(knows_uninteresting_keys),
                  UNIT(sorts_relations_and_switches), UNIT(writes_other_tags))
