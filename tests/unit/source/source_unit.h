/* What the tests of connections, sessions and datasets share: an environment whose clock and options are the test's,
 * and local files to read. */
#ifndef OSMFLOW_UNIT_SOURCE_H
#define OSMFLOW_UNIT_SOURCE_H

#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "source/dataset.h"
#include "unit.h"

static int64_t fake_now_ms;
static const char *fake_options[8][2]; /* name, value; name NULL: the end */

static int64_t fake_monotonic_ms(void *self) {
  (void)self;
  return fake_now_ms;
}

static const char *fake_option(void *self, const char *name) {
  (void)self;
  for (size_t i = 0; fake_options[i][0]; i++)
    if (strcmp(fake_options[i][0], name) == 0)
      return fake_options[i][1];
  return NULL;
}

static const struct osmflow_environment *fake_environment(void) {
  static struct osmflow_environment environment;
  environment = *osmflow_environment_gdal();
  environment.monotonic_ms = fake_monotonic_ms;
  environment.option = fake_option;
  return &environment;
}

static inline void fake_set_option(const char *name, const char *value) {
  fake_options[0][0] = value ? name : NULL;
  fake_options[0][1] = value;
}

/* A file of the test's own in a folder of its own. */
static char unit_folder[64], unit_file[96], unit_connection[128];

static inline void unit_write(const char *text) {
  FILE *file = fopen(unit_file, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  CU_ASSERT_TRUE_FATAL(fputs(text, file) >= 0);
  CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

static inline void unit_make_file(const char *text) {
  snprintf(unit_folder, sizeof unit_folder, "/tmp/osmflow-unit-XXXXXX");
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(unit_folder));
  snprintf(unit_file, sizeof unit_file, "%s/town.osm", unit_folder);
  snprintf(unit_connection, sizeof unit_connection, "OSMAPI:%s", unit_file);
  unit_write(text);
}

static inline void unit_remove_file(void) {
  (void)unlink(unit_file);
  CU_ASSERT_EQUAL(rmdir(unit_folder), 0);
  osmflow_session_forget_all();
}

#endif
