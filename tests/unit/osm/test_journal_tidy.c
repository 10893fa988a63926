#include <fcntl.h>
#include <sys/file.h>

#include "journal_unit.h"

#define STEM "20260101T000000Z-0123456789abcdef"
#define OTHER "20260102T000000Z-0123456789abcdef"

enum { MOST_FILES = 8, PATH_SIZE = 256 };

/* What lies in the folder, and what is left of it. `held`: the file another process works on. */
static const struct {
  const char *what, *held;
  const char *files[MOST_FILES], *left[MOST_FILES];
} cases[] = {
    {"nothing", NULL, {NULL}, {NULL}},
    {"a journal in force",
     NULL,
     {STEM ".journal", STEM ".plan.1", STEM ".osc", STEM ".plan.2.part-aBcDeF"},
     {STEM ".journal", STEM ".plan.1", STEM ".osc", STEM ".plan.2.part-aBcDeF"}},
    {"its maker died early", NULL, {STEM ".journal.part", STEM ".plan.1.part-aBcDeF"}, {NULL}},
    {"its maker died late", NULL, {STEM ".journal.part", STEM ".plan.1", STEM ".osc"}, {NULL}},
    {"its maker is at work",
     STEM ".journal.part",
     {STEM ".journal.part", STEM ".plan.1", STEM ".osc.part-aBcDeF"},
     {STEM ".journal.part", STEM ".plan.1", STEM ".osc.part-aBcDeF"}},
    {"a draft beside a journal of that name",
     NULL,
     {STEM ".journal.part", STEM ".journal", STEM ".plan.1"},
     {STEM ".journal.part", STEM ".journal", STEM ".plan.1"}},
    {"removing was interrupted", NULL, {STEM ".plan.1", STEM ".plan.12"}, {NULL}},
    {"the change was kept", NULL, {STEM ".plan.2", STEM ".osc"}, {STEM ".osc"}},
    {"each on its own",
     NULL,
     {STEM ".plan.1", OTHER ".journal", OTHER ".plan.1", OTHER ".osc"},
     {OTHER ".journal", OTHER ".plan.1", OTHER ".osc"}},
    {"files of others",
     NULL,
     {"x.journal.part", "20260101T000000Z-0123456789abcdeg.plan.1", "20260101T000000Z-0123456789abcdef",
      STEM "x.plan.1", STEM ".txt", "2026"},
     {"x.journal.part", "20260101T000000Z-0123456789abcdeg.plan.1", "20260101T000000Z-0123456789abcdef",
      STEM "x.plan.1", STEM ".txt", "2026"}},
};

static void make_path(const struct journal_unit *unit, const char *name, char path[PATH_SIZE]) {
  snprintf(path, PATH_SIZE, "%s/%s", unit->folder, name);
}

static bool is_left(const char *const left[MOST_FILES], const char *name) {
  bool found = false;
  for (size_t i = 0; !found && i < MOST_FILES && left[i]; i++)
    found = strcmp(left[i], name) == 0;
  return found;
}

static void removes_what_means_nothing(void) {
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    struct journal_unit unit;
    char path[PATH_SIZE];
    int held = -1;
    journal_unit_init(&unit);
    for (size_t i = 0; i < MOST_FILES && cases[c].files[i]; i++) {
      make_path(&unit, cases[c].files[i], path);
      close(open(path, O_WRONLY | O_CREAT, 0600));
    }
    if (cases[c].held) {
      make_path(&unit, cases[c].held, path);
      held = open(path, O_RDONLY);
      CU_ASSERT_EQUAL(flock(held, LOCK_EX), 0);
    }
    osmflow_journal_tidy(unit.folder);
    for (size_t i = 0; i < MOST_FILES && cases[c].files[i]; i++) {
      make_path(&unit, cases[c].files[i], path);
      if ((access(path, F_OK) == 0) != is_left(cases[c].left, cases[c].files[i]))
        printf("%s: %s\n", cases[c].what, cases[c].files[i]);
      CU_ASSERT_EQUAL(access(path, F_OK) == 0, is_left(cases[c].left, cases[c].files[i]));
    }
    if (held >= 0)
      close(held);
    journal_unit_clear(&unit);
  }
}

static void needs_no_folder(void) {
  osmflow_journal_tidy("/tmp/no such folder");
}

OSMFLOW_UNIT_MAIN("osm/journal_tidy", UNIT(removes_what_means_nothing), UNIT(needs_no_folder))
