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

OSMFLOW_UNIT_MAIN("base/status", UNIT(long_errors_are_cut_at_a_character))
