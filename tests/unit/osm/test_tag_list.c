#include "osm/tag_list.h"

#include "../unit.h"

/* The list as "k=v|k=v". */
static const char *show(const struct osmflow_tag_list *list) {
  static char text[1024];
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < list->count; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s", i ? "|" : "", list->items[i].key.data,
                             list->items[i].value.data);
  return text;
}

static void refuses_what_is_no_list_of_tags(void) {
  static const char *const cases[] = {
      "name",         "name=>",     "=>x",           "\"name\"=>\"x", "\"name\"=\"x\"",    "a=>b c=>d",
      "a=>b,=>",      "{",          "{\"a\":}",      "{\"a\":[1]}",   "{\"a\":{\"b\":1}}", "{\"a\":\"b\"} x",
      "{\"a\":\"b\"", "a=>b,,c=>d", "\"a\"\"b\"=>c",
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tag_list list;
    struct osmflow_error error = {0};
    osmflow_tag_list_init(&list);
    const enum osmflow_status status = osmflow_tag_list_parse(&list, osmflow_text(cases[i]), &error);
    if (status != OSMFLOW_BAD_ARGUMENT)
      fprintf(stderr, "%s was taken as [%s]\n", cases[i], show(&list));
    CU_ASSERT_EQUAL(status, OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "is not what tags are written as"));
    osmflow_tag_list_clear(&list);
  }
}

static void reads_both_forms(void) {
  static const struct {
    const char *text, *tags;
  } cases[] = {
      {"", ""},
      {"  ", ""},
      {"{}", ""},
      {"\"name\"=>\"Vaduz\"", "name=Vaduz"},
      {"\"a\"=>\"1\",\"b\"=>\"2\"", "a=1|b=2"},
      {" a => b , \"c d\" => \"e,f=>g\" ", "a=b|c d=e,f=>g"},
      {"\"q\"=>\"say \\\"hi\\\" \\\\\"", "q=say \"hi\" \\"},
      {"a=>NULL,b=>\"NULL\"", "b=NULL"},
      {"\"a\"=>\"\"", "a="},
      {"a=>b,a=>c", "a=c"},
      {"a=>b,", "a=b"},
      {"{\"a\":\"b\",\"c\":\"\\u00fc\"}", "a=b|c=\xC3\xBC"},
      {"{\"lanes\":2,\"oneway\":true,\"gone\":null}", "lanes=2|oneway=true"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tag_list list;
    struct osmflow_error error = {0};
    osmflow_tag_list_init(&list);
    CU_ASSERT_EQUAL(osmflow_tag_list_parse(&list, osmflow_text(cases[i].text), &error), OSMFLOW_OK);
    UNIT_SAME(show(&list), cases[i].tags, cases[i].text);
    osmflow_tag_list_clear(&list);
  }
}

static void keeps_each_key_once(void) {
  const struct osmflow_tag_view tags[] = {{osmflow_text("a"), osmflow_text("1")},
                                          {osmflow_text("b"), osmflow_text("2")}};
  struct osmflow_tag_list list;
  osmflow_tag_list_init(&list);
  CU_ASSERT_EQUAL(osmflow_tag_list_copy(&list, tags, 2, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_tag_list_set(&list, osmflow_text("a"), osmflow_text("3"), NULL), OSMFLOW_OK);
  UNIT_SAME(show(&list), "a=3|b=2", "set again");
  osmflow_tag_list_remove(&list, osmflow_text("a"));
  osmflow_tag_list_remove(&list, osmflow_text("z"));
  UNIT_SAME(show(&list), "b=2", "removed");
  CU_ASSERT_PTR_NULL(osmflow_tag_list_find(&list, osmflow_text("a")));
  CU_ASSERT_PTR_NOT_NULL(osmflow_tag_list_find(&list, osmflow_text("b")));
  osmflow_tag_list_clear(&list);
}

OSMFLOW_UNIT_MAIN("osm/tag_list", UNIT(refuses_what_is_no_list_of_tags), UNIT(reads_both_forms),
                  UNIT(keeps_each_key_once))
