#include "source/open_option.h"

#include "source_unit.h"

static const struct osmflow_open_option table[] = {
    {"WORD", "string", NULL, NULL, "UNIT_WORD", "Any <word>", 0, 0},
    {"KIND", "string-select", "ONE TWO", "ONE", NULL, "One's kind", 0, 0},
    {"COUNT", "int", NULL, NULL, NULL, "A count", 1, 8},
    {"COST", "float", NULL, NULL, NULL, "A cost", 0, 100},
    {"YES", "boolean", NULL, "NO", NULL, "A flag", 0, 0},
};

/* What is read from one option, as text. */
static void describe(const char *option, char *text, size_t size) {
  const char *const list[] = {option, NULL};
  const struct osmflow_open_options options = {fake_environment(), table, sizeof table / sizeof table[0], list};
  struct osmflow_error error = {0};
  char *word = NULL;
  size_t kind = 0;
  double count = -1, cost = -1;
  bool yes = false;
  enum osmflow_status status = osmflow_open_option_copy(&options, "WORD", &word, &error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_choice(&options, "KIND", &kind, &error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_number(&options, "COUNT", &count, &error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_number(&options, "COST", &cost, &error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_flag(&options, "YES", &yes, &error);
  if (status == OSMFLOW_OK)
    snprintf(text, size, "%s %zu %g %g %d", word ? word : "-", kind, count, cost, yes);
  else
    snprintf(text, size, "%s", error.message);
  free(word);
}

static void reads_them_strictly(void) {
  static const struct {
    const char *option, *expected;
  } cases[] = {
      {"KIND=THREE", "KIND=THREE: it is one of ONE TWO"},
      {"COUNT=0", "COUNT=0 is not a whole number between 1 and 8"},
      {"COUNT=9", "COUNT=9 is not a whole number between 1 and 8"},
      {"COUNT=1.5", "COUNT=1.5 is not a whole number between 1 and 8"},
      {"COUNT=two", "COUNT=two is not a whole number between 1 and 8"},
      {"COST=nan", "COST=nan is not a number between 0 and 100"},
      {"COST=-1", "COST=-1 is not a number between 0 and 100"},
      {"YES=oui", "YES=oui: it is YES or NO"},
      {"YES=", "- 0 -1 -1 0"},
      {"OTHER=1", "- 0 -1 -1 0"},
      {"WORD=a", "a 0 -1 -1 0"},
      {"kind=two", "- 1 -1 -1 0"},
      {"COUNT=8", "- 0 8 -1 0"},
      {"COST=15.5", "- 0 -1 15.5 0"},
      {"YES=on", "- 0 -1 -1 1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[OSMFLOW_ERROR_SIZE];
    describe(cases[i].option, text, sizeof text);
    UNIT_SAME(text, cases[i].expected, cases[i].option);
  }
}

static void falls_back_to_the_configuration(void) {
  char text[OSMFLOW_ERROR_SIZE];
  fake_set_option("UNIT_WORD", "configured");
  describe("YES=1", text, sizeof text);
  UNIT_SAME(text, "configured 0 -1 -1 1", "the configuration option");
  describe("WORD=said", text, sizeof text);
  UNIT_SAME(text, "said 0 -1 -1 0", "an open option counts before it");
  fake_set_option("UNIT_WORD", NULL);
}

static void describes_them_to_programs(void) {
  struct osmflow_bytes document;
  struct osmflow_error error = {0};
  osmflow_bytes_init(&document, 1 << 16);
  CU_ASSERT_EQUAL(osmflow_open_options_print(table, 3, &document, &error), OSMFLOW_OK);
  UNIT_SAME(
      osmflow_bytes_string(&document),
      "<OpenOptionList><Option name='WORD' type='string' description=\"Any &lt;word&gt;\"></Option>"
      "<Option name='KIND' type='string-select' default='ONE' description=\"One's kind\"><Value>ONE</Value>"
      "<Value>TWO</Value></Option><Option name='COUNT' type='int' min='1' max='8' description=\"A count\"></Option>"
      "</OpenOptionList>",
      "the document");
  osmflow_bytes_clear(&document);
}

static void reads_files_that_options_name(void) {
  struct osmflow_error error = {0};
  char *text = NULL;
  CU_ASSERT_EQUAL(osmflow_open_option_file("FILE", "/nowhere/at/all", &text, &error), OSMFLOW_IO);
  UNIT_SAME(error.message, "FILE=/nowhere/at/all cannot be opened", "no file");
  unit_make_file("");
  CU_ASSERT_EQUAL(osmflow_open_option_file("FILE", unit_file, &text, &error), OSMFLOW_OK);
  UNIT_SAME(text, "", "an empty file");
  free(text);
  unit_write("[*]\nnote=here\n");
  CU_ASSERT_EQUAL(osmflow_open_option_file("FILE", unit_file, &text, &error), OSMFLOW_OK);
  UNIT_SAME(text, "[*]\nnote=here\n", "its text");
  free(text);
  unit_remove_file();
  CU_ASSERT_EQUAL(osmflow_open_option_file("FILE", "/dev/zero", &text, &error), OSMFLOW_TOO_LARGE);
}

OSMFLOW_UNIT_MAIN("source/open_option", UNIT(reads_them_strictly), UNIT(falls_back_to_the_configuration),
                  UNIT(describes_them_to_programs), UNIT(reads_files_that_options_name))
