#include "base/filter.h"

#include "unit.h"

/* Conditions written down as text: "column operator value;" each. */
static void describe(const struct osmflow_filter *filter, char *text, size_t size) {
  static const char *const signs[] = {"=", "<", "<=", ">", ">=", " LIKE "};
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < filter->count; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%s%s;", filter->conditions[i].column,
                             signs[filter->conditions[i].comparison], filter->conditions[i].value);
}

static void takes_apart_what_every_row_must_meet(void) {
  static const struct {
    const char *where, *expected, *why;
  } cases[] = {
      {NULL, "", "no filter"},
      {"", "", "empty filter"},
      {"open = 1 OR uid = 5", "", "not every row must meet either"},
      {"NOT open = 1", "", "a negation"},
      {"uid <> 5", "", "no parameter can say this"},
      {"uid IN (1,2)", "", "a list"},
      {"uid = 5 AND (open = 1 OR open = 0)", "", "an OR inside"},
      {"uid = other_column", "", "no literal"},
      {"uid = 5 AND", "", "cut off"},
      {"uid = 5 garbage", "", "something behind"},
      {"user = 'O''Neill'", "user=O'Neill;", "a doubled quote is one"},
      {"user = 'cut", "", "no closing quote"},
      {"((uid = 5", "", "no closing parenthesis"},
      {"uid = 5", "uid=5;", "plain"},
      {"(\"uid\" = 5) and (\"open\"=1)", "uid=5;open=1;", "as QGIS writes it"},
      {"created_at >= '2020/01/01 00:00:00' AND created_at < '2021-01-01'",
       "created_at>=2020/01/01 00:00:00;created_at<2021-01-01;", "a range"},
      {"id > -5", "id>-5;", "a sign"},
      {"name LIKE '%o''c%' AND id = 5", "name LIKE %o'c%;id=5;", "a pattern"},
      {"(\"name\" ILIKE 'x%')", "name LIKE x%;", "case does not matter to servers"},
      {"name LIKE other", "", "no literal"},
      {"name NOT LIKE 'x'", "", "a negation"},
      {"name LIKE 'x!%' ESCAPE '!'", "", "an escape"},
      {"a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 AND a=1 "
       "AND "
       "a=1 AND a=1 AND a=1",
       "", "too many"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_filter filter;
    char text[2048];
    osmflow_filter_parse(cases[i].where, &filter);
    describe(&filter, text, sizeof text);
    UNIT_SAME(text, cases[i].expected, cases[i].why);
  }
}

OSMFLOW_UNIT_MAIN("base/filter", UNIT(takes_apart_what_every_row_must_meet))
