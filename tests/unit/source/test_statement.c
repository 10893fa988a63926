#include "source/statement.h"

#include "unit.h"

static void describe(const char *text, char *out, size_t size) {
  struct osmflow_statement statement;
  if (osmflow_statement_parse(text, &statement))
    snprintf(out, size, "%s|%s|%s|%lld", statement.layer, statement.order_by, statement.is_descending ? "desc" : "asc",
             (long long)statement.limit);
  else
    snprintf(out, size, "no");
}

static void knows_the_first_rows_of_a_layer(void) {
  static const struct {
    const char *text, *expected, *why;
  } cases[] = {
      {"", "no", "nothing"},
      {"SELECT", "no", "cut off"},
      {"SELECT * FROM", "no", "cut off before the layer"},
      {"SELECT * FROM processings", "no", "no limit: there is nothing to gain"},
      {"SELECT * FROM processings ORDER BY created", "no", "all rows, which GDAL sorts"},
      {"SELECT * FROM processings LIMIT", "no", "no number"},
      {"SELECT * FROM processings LIMIT 0", "no", "no row: the server would give all"},
      {"SELECT * FROM processings LIMIT -1", "no", "a sign"},
      {"SELECT * FROM processings LIMIT 99999999999", "no", "too large"},
      {"SELECT * FROM processings LIMIT 5 OFFSET 5", "no", "not the first rows"},
      {"SELECT * FROM processings WHERE status='OK' LIMIT 5", "no", "the first rows may not be among the wanted"},
      {"SELECT COUNT(*) FROM processings LIMIT 5", "no", "looks at all rows"},
      {"SELECT DISTINCT status FROM processings LIMIT 5", "no", "looks at all rows"},
      {"SELECT * FROM a JOIN b ON a.id=b.id LIMIT 5", "no", "two layers"},
      {"SELECT * FROM a, b LIMIT 5", "no", "two layers"},
      {"SELECT * FROM a UNION ALL SELECT * FROM b LIMIT 5", "no", "two layers"},
      {"SELECT * FROM processings ORDER BY created, name LIMIT 5", "no", "two columns"},
      {"SELECT * FROM \"processings LIMIT 5", "no", "an open quote"},
      {"UPDATE processings SET name='x'", "no", "no reading"},
      {"SELECT * FROM x1234567890123456789012345678901234567890123456789012345678901234 LIMIT 5", "no", "a long name"},
      {"SELECT * FROM processings LIMIT 5", "processings||asc|5", "plain"},
      {"select id, \"name\" from \"processings\" order by \"created\" desc limit 10;", "processings|created|desc|10",
       "names in quotes"},
      {"  SELECT *\nFROM processings ORDER BY created ASC LIMIT 1", "processings|created|asc|1", "lines"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[256];
    describe(cases[i].text, text, sizeof text);
    UNIT_SAME(text, cases[i].expected, cases[i].why);
  }
}

OSMFLOW_UNIT_MAIN("source/statement", UNIT(knows_the_first_rows_of_a_layer))
