#include "mapflow/tagging.h"

#include <stdlib.h>

#include "unit.h"

static struct osmflow_tagging *make(const char *text) {
  struct osmflow_tagging *tagging = NULL;
  struct osmflow_error error = {0};
  if (osmflow_tagging_new("my.ini", text, &tagging, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(tagging);
  return tagging;
}

/* The value of "name" in "name=value;name=value"; false: it is not there. */
static bool find(const char *properties, const char *name, struct osmflow_text *value) {
  struct osmflow_text rest = osmflow_text(properties), part, key;
  while (osmflow_text_next(&rest, ';', &part)) {
    *value = part;
    if (osmflow_text_next(value, '=', &key) && osmflow_text_is(key, name) && value->data)
      return true;
  }
  return false;
}

/* The tags of a feature with these properties: "key=value;key=value", in the mapping's order. */
static void tags_of(const struct osmflow_tagging *tagging, const char *properties, char *shown, size_t size) {
  struct osmflow_text values[100], tags[200];
  struct osmflow_bytes memory, text;
  osmflow_bytes_init(&memory, 100000);
  osmflow_bytes_init(&text, size - 1);
  for (size_t i = 0; i < osmflow_tagging_property_count(tagging); i++)
    if (!find(properties, osmflow_tagging_property(tagging, i), &values[i]))
      values[i] = (struct osmflow_text){NULL, 0};
  CU_ASSERT_EQUAL(osmflow_tagging_apply(tagging, values, tags, &memory, NULL), OSMFLOW_OK);
  for (size_t i = 0; i < osmflow_tagging_key_count(tagging); i++)
    if (tags[i].data) {
      CU_ASSERT_EQUAL(strlen(tags[i].data), tags[i].size);
      CU_ASSERT_EQUAL(osmflow_bytes_print(&text, NULL, "%s%s=%s", text.size > 0 ? ";" : "",
                                          osmflow_tagging_key(tagging, i), tags[i].data),
                      OSMFLOW_OK);
    }
  snprintf(shown, size, "%s", osmflow_bytes_string(&text));
  osmflow_bytes_clear(&memory);
  osmflow_bytes_clear(&text);
}

static void refuses_what_is_no_mapping(void) {
  static const struct {
    const char *text, *message;
  } cases[] = {
      {"", "my.ini: this is no mapping of classes to tags: it has no section with a tag"},
      {"[*]\n# nothing\n", "my.ini: this is no mapping of classes to tags: it has no section with a tag"},
      {"\xFF\xFE[*]\na=b\n", "my.ini: this is no UTF-8 text of at most 1 MiB"},
      {"<html>\n", "my.ini, line 1: a tag before the first section, such as [object_type=roads]"},
      {"a=b\n", "my.ini, line 1: a tag before the first section, such as [object_type=roads]"},
      {"\n[*]\nyes\n", "my.ini, line 3: this is no section, no key=value and no # remark"},
      {"[*\na=b\n", "my.ini, line 1: a section ends with ]"},
      {"[", "my.ini, line 1: a section ends with ]"},
      {"[]\na=b\n", "my.ini, line 1: a section needs a condition, or [*]"},
      {"[ \t]\na=b\n", "my.ini, line 1: a section needs a condition, or [*]"},
      {"[=5]\na=b\n", "my.ini, line 1: the name of a property has 1 to 255 bytes"},
      {"[a=]\na=b\n", "my.ini, line 1: the condition on a has an empty value"},
      {"[a=1,,2]\na=b\n", "my.ini, line 1: the condition on a has an empty value"},
      {"[a=1]\r\n=b\r\n", "my.ini, line 2: the name of a key has 1 to 255 bytes"},
      {"[a=1]\nb={c\n", "my.ini, line 2: a property in a value is written {name}"},
      {"[a=1]\nb=c}\n", "my.ini, line 2: a property in a value is written {name}"},
      {"[a=1]\nb={c}}\n", "my.ini, line 2: a property in a value is written {name}"},
      {"[a=1]\nb={}\n", "my.ini, line 2: the name of a property has 1 to 255 bytes"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tagging *tagging = NULL;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(osmflow_tagging_new("my.ini", cases[i].text, &tagging, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NULL(tagging);
    UNIT_SAME(error.message, cases[i].message, cases[i].text);
  }
}

static void add_lines(struct osmflow_bytes *text, const char *format, int count) {
  for (int i = 0; i < count; i++)
    CU_ASSERT_EQUAL(osmflow_bytes_print(text, NULL, format, i), OSMFLOW_OK);
}

static void refuses_too_much(void) {
  static const struct {
    const char *line, *message;
    int most;
  } cases[] = {{"k%d=v\n", "my.ini, line 202: more than 200 different names of a key", 200},
               {"k={p%d}\n", "my.ini, line 102: more than 100 different names of a property", 100}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tagging *tagging = NULL;
    struct osmflow_error error = {0};
    struct osmflow_bytes text;
    osmflow_bytes_init(&text, 4 * 1024 * 1024);
    CU_ASSERT_EQUAL(osmflow_bytes_add_string(&text, "[*]\n", NULL), OSMFLOW_OK);
    add_lines(&text, cases[i].line, cases[i].most);
    CU_ASSERT_EQUAL(osmflow_tagging_new("my.ini", osmflow_bytes_string(&text), &tagging, &error), OSMFLOW_OK);
    osmflow_tagging_free(tagging);
    osmflow_bytes_clear(&text);
    CU_ASSERT_EQUAL(osmflow_bytes_add_string(&text, "[*]\n", NULL), OSMFLOW_OK);
    add_lines(&text, cases[i].line, cases[i].most + 1);
    CU_ASSERT_EQUAL(osmflow_tagging_new("my.ini", osmflow_bytes_string(&text), &tagging, &error), OSMFLOW_BAD_ARGUMENT);
    UNIT_SAME(error.message, cases[i].message, cases[i].line);
    add_lines(&text, "[a=%d]\nb=c\n", 100000);
    CU_ASSERT_EQUAL(osmflow_tagging_new("my.ini", osmflow_bytes_string(&text), &tagging, &error), OSMFLOW_BAD_ARGUMENT);
    UNIT_SAME(error.message, "my.ini: this is no UTF-8 text of at most 1 MiB", "size");
    osmflow_bytes_clear(&text);
  }
}

static void maps_by_rules_of_its_own(void) {
  static const struct {
    const char *text, *properties, *expected, *why;
  } cases[] = {
      {"[*]\na=b\n", "", "a=b", "a bare * always holds"},
      {"[*]\na=b c = d\n", "", "a=b c = d", "the first = divides"},
      {"\xEF\xBB\xBF[*]\r\n  a =  b  \r\n", "", "a=b", "blanks, line ends of Windows, byte order mark"},
      {"[x=1]\na=b\n", "x=1", "a=b", "one value"},
      {"[x=1]\na=b\n", "x=10", "", "not that value"},
      {"[x=1]\na=b\n", "x=", "", "an empty one"},
      {"[x=1]\na=b\n", "", "", "a missing one"},
      {"[x=ab,CD]\na=b\n", "x=cd", "a=b", "one of several, case ignored"},
      {"[x=1=2]\na=b\n", "x=1=2", "a=b", "a value with ="},
      {"[x]\na=b\n", "x=5", "a=b", "it is there"},
      {"[x]\na=b\n", "x=", "", "it is there, but empty"},
      {"[x=1   y=2]\na=b\n", "x=1;y=2", "a=b", "both hold"},
      {"[x=1 y=2]\na=b\n", "x=1;y=3", "", "one of both"},
      {"[*]\na=1\nc=5\n[x=1]\na=2\n", "x=1", "a=2;c=5", "a later section replaces"},
      {"[x=1]\na=2\n[*]\na=1\n", "x=1", "a=1", "later means later, not more special"},
      {"[*]\na=1\nb=2\n[x=1]\na=\n", "x=1", "b=2", "a key without a value takes the tag away"},
      {"[*]\nh={x}\n", "x=7.5", "h=7.5", "a property's value"},
      {"[*]\nh=~{x} m, {y}\n", "x=7.5;y=2", "h=~7.5 m, 2", "text and properties by turns"},
      {"[*]\nh={x}{x}\n", "x=\xC3\xA4", "h=\xC3\xA4\xC3\xA4", "the same one twice"},
      {"[*]\nh={x}\na=b\n", "", "a=b", "a missing property leaves the line out"},
      {"[*]\nh=5\n[*]\nh={x}\n", "x=", "h=5", "a line that does not count replaces nothing"},
      {"[*]\n#a=b\nc=#d\n", "", "c=#d", "remarks are lines"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char shown[400];
    struct osmflow_tagging *tagging = make(cases[i].text);
    tags_of(tagging, cases[i].properties, shown, sizeof shown);
    UNIT_SAME(shown, cases[i].expected, cases[i].why);
    osmflow_tagging_free(tagging);
  }
}

static void maps_results_by_the_built_in_rules(void) {
  static const struct {
    const char *properties, *expected;
  } cases[] = {
      {"object_type=building;@geometry=area", "building=yes"},
      {"object_type=buildings;class_id=101;building_height=21;@geometry=area", "building=apartments;height=21"},
      {"object_type=building;class_id=102;@geometry=area", "building=house"},
      {"class_id=103;@geometry=area", "building=industrial"},
      {"object_type=building;class_id=104;@geometry=area", "building=commercial"},
      {"object_type=building;class_id=105;building_height=7.5;@geometry=area", "building=yes;height=7.5"},
      {"object_type=building;class_id=999;@geometry=area", "building=yes"},
      {"object_type=roads;@geometry=area", "area:highway=road"},
      {"object_type=roads;@geometry=line", "highway=road"},
      {"object_type=roads;subtype=rail;@geometry=line", "railway=rail"},
      {"object_type=roads", ""},
      {"object_type=forest;class_id=04m-10m;@geometry=area", "natural=wood"},
      {"object_type=forest;class_id=00m-04m;@geometry=area", "natural=scrub"},
      {"object_type=crown;max_height=11.2;@geometry=point", "height=11.2;natural=tree"},
      {"object_type=crown;max_height=11.2;@geometry=area", ""},
      {"object_type=waterbodies;@geometry=area", "natural=water"},
      {"object_type=waterbodies;subtype=pond;@geometry=area", "natural=water;water=pond"},
      {"object_type=waterbodies;subtype=stream;@geometry=line", "waterway=stream"},
      {"object_type=landuse;subtype=residential;@geometry=area", "landuse=residential"},
      {"object_type=landuse;subtype=agriculture;@geometry=area", "landuse=farmland"},
      {"object_type=landuse;subtype=park;@geometry=area", "leisure=park"},
      {"object_type=landuse;subtype=developed;@geometry=area", ""},
      {"object_type=solar_panel;class_id=7;@geometry=area", ""},
      {"", ""},
  };
  struct osmflow_tagging *tagging = make(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char shown[400];
    tags_of(tagging, cases[i].properties, shown, sizeof shown);
    UNIT_SAME(shown, cases[i].expected, cases[i].properties);
  }
  osmflow_tagging_free(tagging);
}

/* What a feature says never makes the memory grow past its ceiling. */
static void stops_at_the_ceiling(void) {
  struct osmflow_tagging *tagging = make("[*]\na={x}{x}{x}\n");
  const struct osmflow_text value = osmflow_text("0123456789");
  struct osmflow_text tag;
  struct osmflow_bytes memory;
  struct osmflow_error error = {0};
  osmflow_bytes_init(&memory, 30);
  CU_ASSERT_EQUAL(osmflow_tagging_apply(tagging, &value, &tag, &memory, &error), OSMFLOW_TOO_LARGE);
  osmflow_bytes_clear(&memory);
  osmflow_tagging_free(tagging);
  osmflow_tagging_free(NULL);
}

OSMFLOW_UNIT_MAIN("mapflow/tagging", UNIT(refuses_what_is_no_mapping), UNIT(refuses_too_much),
                  UNIT(maps_by_rules_of_its_own), UNIT(maps_results_by_the_built_in_rules), UNIT(stops_at_the_ceiling))
