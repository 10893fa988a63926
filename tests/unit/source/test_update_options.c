#include "source/update_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit.h"

static struct osmflow_update_options options;
static struct osmflow_error error;

static enum osmflow_status parse(const char *const *list) {
  osmflow_update_options_clear(&options);
  return osmflow_update_options_parse(list, &options, &error);
}

static void refuses_what_could_be_meant_otherwise(void) {
  static const struct {
    const char *option, *words;
  } cases[] = {
      {"UPLOAD=MAYBE", "UPLOAD=MAYBE: it is YES or NO"},
      {"UPLOAD=JA", "YES or NO"},
      {"OVERWRITE=2", "YES or NO"},
      {"CONFLICT=IGNORE", "it is MERGE, FAIL or SKIP"},
      {"SHARED_NODES=KEEP", "it is MOVE, SPLIT or REFUSE"},
      {"CHANGESET=0", "between 1 and"},
      {"CHANGESET=7x", "between 1 and"},
      {"CHUNK=-1", "between 1 and 100000"},
      {"CHANGESET_TAGS=hello", "CHANGESET_TAGS: "},
      {"CHANGESET_TAGS={\"a\":", "CHANGESET_TAGS: "},
  };
  osmflow_update_options_init(&options);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *const list[] = {cases[i].option, NULL};
    CU_ASSERT_EQUAL(parse(list), OSMFLOW_BAD_ARGUMENT);
    if (!strstr(error.message, cases[i].words))
      fprintf(stderr, "%s: %s\n", cases[i].option, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
  }
  osmflow_update_options_clear(&options);
}

static void reads_them_all(void) {
  const char *const list[] = {"UPLOAD=yes",
                              "COMMENT=Bus stops",
                              "SOURCE=survey",
                              "CHANGESET=7",
                              "CHANGESET_TAGS={\"import\":\"yes\"}",
                              "CONFLICT=skip",
                              "CHUNK=500",
                              "BOUNDS_CHECK=NO",
                              "SHARED_NODES=SPLIT",
                              "UNDELETE=ON",
                              "REPORT=/tmp/r.csv",
                              "JOURNAL=/tmp/j",
                              "COMMENTS=other",
                              NULL};
  osmflow_update_options_init(&options);
  CU_ASSERT_EQUAL_FATAL(parse(list), OSMFLOW_OK);
  CU_ASSERT_TRUE(options.uploads && options.undeletes && !options.overwrites && !options.checks_bounds);
  UNIT_SAME(options.comment, "Bus stops", "comment");
  UNIT_SAME(options.source, "survey", "source");
  UNIT_SAME(options.report, "/tmp/r.csv", "report");
  UNIT_SAME(options.journal, "/tmp/j", "journal");
  CU_ASSERT_PTR_NULL(options.osc);
  CU_ASSERT_EQUAL(options.changeset, 7);
  CU_ASSERT_EQUAL(options.chunk, 500);
  CU_ASSERT_EQUAL(options.conflict, OSMFLOW_CONFLICT_SKIP);
  CU_ASSERT_EQUAL(options.shared, OSMFLOW_SHARED_SPLIT);
  CU_ASSERT_EQUAL(options.changeset_tags.count, 1);
  CU_ASSERT_EQUAL(parse(NULL), OSMFLOW_OK);
  CU_ASSERT_TRUE(!options.uploads && options.checks_bounds && options.conflict == OSMFLOW_CONFLICT_MERGE &&
                 options.shared == OSMFLOW_SHARED_MOVE);
  osmflow_update_options_clear(&options);
}

/* Nothing is sent, and nothing overwritten, unless the user said so in full. */
static void says_what_is_missing(void) {
  char there[] = "/tmp/osmflow_update_XXXXXX";
  char osc[128];
  const int file = mkstemp(there);
  CU_ASSERT_TRUE_FATAL(file >= 0);
  close(file);
  snprintf(osc, sizeof osc, "OSC=%s", there);
  const struct {
    const char *list[4];
    bool is_table, is_ours;
    const char *words; /* NULL: fine */
  } cases[] = {
      {{NULL}, false, false, "say where the edits go"},
      {{"COMMENT=x", NULL}, false, false, "say where the edits go"},
      {{"UPLOAD=NO", "COMMENT=x", NULL}, false, false, "say where the edits go"},
      {{"UPLOAD=YES", NULL}, false, false, "needs COMMENT"},
      {{"UPLOAD=YES", "COMMENT=", NULL}, false, false, "needs COMMENT"},
      {{"UPLOAD=YES", "CHANGESET=5", NULL}, false, false, NULL},
      {{"UPLOAD=YES", "COMMENT=x", "OSC=/tmp/none.osc", NULL}, false, false, "exclude each other"},
      {{osc, NULL}, false, false, "is there already"},
      {{osc, NULL}, false, true, NULL},
      {{osc, "OVERWRITE=YES", NULL}, false, false, NULL},
      {{"OSC=/tmp/osmflow_is_not_there.osc", NULL}, false, false, NULL},
      {{NULL}, true, false, "UPLOAD=YES"},
      {{"OSC=/tmp/osmflow_is_not_there.osc", NULL}, true, false, "UPLOAD=YES"},
      {{"UPLOAD=YES", NULL}, true, false, NULL},
  };
  osmflow_update_options_init(&options);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CU_ASSERT_EQUAL_FATAL(parse(cases[i].list), OSMFLOW_OK);
    const enum osmflow_status status =
        osmflow_update_options_check(&options, "OSMAPI:map", cases[i].is_table, cases[i].is_ours, &error);
    CU_ASSERT_EQUAL(status, cases[i].words ? OSMFLOW_BAD_ARGUMENT : OSMFLOW_OK);
    if (cases[i].words)
      CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
  }
  osmflow_update_options_clear(&options);
  unlink(there);
}

OSMFLOW_UNIT_MAIN("source/update_options", UNIT(refuses_what_could_be_meant_otherwise), UNIT(reads_them_all),
                  UNIT(says_what_is_missing))
