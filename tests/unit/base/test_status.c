#include <osmflow/status.h>
#include <stdlib.h>

#include "base/text.h"
#include "unit.h"

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

static void messages_can_be_shown(void) {
  static const struct {
    const char *words, *shown, *why;
  } cases[] = {
      {"Z\xC3\xBCrich \xF0\x9F\x97\xBA", "Z\xC3\xBCrich \xF0\x9F\x97\xBA", "UTF-8 stays"},
      {"two\nlines", "two\nlines", "a message may have several lines"},
      {"\x89PNG\r\n\x1A\n", "?PNG \n \n", "a picture"},
      {"\x1B[2Jgone\x7F", " [2Jgone ", "what a terminal would obey"},
      {"\xC3(", "?(", "half a character"},
      {"end\xE2\x82", "end??", "cut off at its end"},
      {"\xED\xA0\x80", "???", "a surrogate"},
      {"\xC0\xAF\xFF", "???", "too long for what it says; never UTF-8"},
  };
  struct osmflow_error error;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    (void)osmflow_error_set(&error, OSMFLOW_BAD_DATA, "%s", cases[i].words);
    UNIT_SAME(error.message, cases[i].shown, cases[i].why);
    (void)osmflow_error_set(&error, OSMFLOW_BAD_DATA, "x");
    osmflow_error_prefix(&error, "%s", cases[i].words);
    CU_ASSERT_TRUE(osmflow_text_is_utf8(osmflow_text(error.message)));
  }
}

OSMFLOW_UNIT_MAIN("base/status", UNIT(long_errors_are_cut_at_a_character), UNIT(messages_can_be_shown))
