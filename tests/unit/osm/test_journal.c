#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "journal_unit.h"

#define ROOT "https://api.openstreetmap.org"

static const struct osmflow_tag_view changeset_tags[] = {{JOURNAL_TEXT("comment"), JOURNAL_TEXT("Caf\xC3\xA9 \"1\"")},
                                                         {JOURNAL_TEXT("source"), JOURNAL_TEXT("")}};
static const struct osmflow_journal_head plain_head = {.root = ROOT,
                                                       .connection = "OSMAPI:map?bbox=1,2,3,4",
                                                       .tags = changeset_tags,
                                                       .tag_count = 2,
                                                       .started = 1700000000};

static struct osmflow_journal *new_journal(struct journal_unit *unit, const struct osmflow_change *change) {
  struct osmflow_journal *journal = NULL;
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(osmflow_journal_new(&unit->fake.environment, unit->folder, &plain_head, change, &journal, &error),
                  OSMFLOW_OK);
  UNIT_SAME(error.message, "", "new");
  CU_ASSERT_PTR_NOT_NULL_FATAL(journal);
  return journal;
}

static void add(struct osmflow_journal *journal, struct osmflow_journal_record record) {
  CU_ASSERT_EQUAL(osmflow_journal_add(journal, &record, NULL), OSMFLOW_OK);
}

/* The path of the only journal; the caller frees it. */
static char *only_path(const struct journal_unit *unit) {
  struct osmflow_journal_paths paths;
  CU_ASSERT_EQUAL(osmflow_journal_list(unit->folder, &paths, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(paths.count, 1);
  char *path = strdup(paths.items[0]);
  osmflow_journal_paths_clear(&paths);
  return path;
}

static void comes_back_as_it_was(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_change again;
  struct journal_unit_log log = {.size = 0};
  struct osmflow_error error = {.message = ""};
  const struct osmflow_diff_row rows[] = {{OSMFLOW_NODE, -1, OSMFLOW_MOST_ID, 1}, {OSMFLOW_RELATION, 9, 0, 0}};
  journal_unit_init(&unit);
  journal_unit_change(&change);
  osmflow_change_init(&again);
  struct osmflow_journal *journal = new_journal(&unit, &change);
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CREATE, .text = NULL});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CHANGESET, .changeset = 7, .count = 3});
  add(journal,
      (struct osmflow_journal_record){OSMFLOW_JOURNAL_SEND, .changeset = 7, .count = 5, .first = 0, .digest = "ab12"});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_APPLIED, .changeset = 7, .count = 2, .rows = rows});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_APPLIED, .changeset = 7});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_REJECTED, .text = "line 1\nline \"2\" \xFF"});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_LEFT_OUT, .first = 4, .text = "why"});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CLOSE, .changeset = INT64_MAX});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CLOSED, .changeset = 7});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_GIVEN_UP, .text = ""});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_END, .text = ""});
  osmflow_journal_free(journal);

  char *path = only_path(&unit);
  CU_ASSERT_EQUAL(
      osmflow_journal_open(&unit.fake.environment, path, &again, journal_unit_visit, &log, &journal, &error),
      OSMFLOW_OK);
  UNIT_SAME(error.message, "", "open");
  CU_ASSERT_PTR_NOT_NULL_FATAL(journal);
  CU_ASSERT(journal_unit_same(&change, &again));
  UNIT_SAME(log.text,
            "0 0 0+5 [] []\n1 0 0+0 [] []\n2 7 0+3 [] []\n3 7 0+5 [] [ab12]\n"
            "4 7 0+2 [] [] 0:-1>999999999999999999.1 2:9>0.0\n4 7 0+0 [] []\n"
            "5 0 0+0 [line 1\nline \"2\" \xEF\xBF\xBD] []\n6 0 4+0 [why] []\n7 9223372036854775807 0+0 [] []\n"
            "8 7 0+0 [] []\n9 0 0+0 [] []\n10 0 0+0 [] []\n",
            "records");
  const struct osmflow_journal_head *head = osmflow_journal_head(journal);
  UNIT_SAME(head->root, ROOT, "root");
  UNIT_SAME(head->connection, plain_head.connection, "connection");
  CU_ASSERT_EQUAL(head->started, 1700000000);
  CU_ASSERT_EQUAL_FATAL(head->tag_count, 2);
  CU_ASSERT(osmflow_text_equal(head->tags[0].value, changeset_tags[0].value));
  CU_ASSERT(osmflow_text_equal(head->tags[1].key, changeset_tags[1].key));
  CU_ASSERT_EQUAL(access(osmflow_journal_change_path(journal), R_OK), 0);
  osmflow_journal_free(journal);
  free(path);
  osmflow_change_clear(&again);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

static void set_outcome(struct osmflow_change_item *item, enum osmflow_outcome outcome, int64_t new_id,
                        uint32_t new_version, const char *reason) {
  item->outcome = outcome;
  item->new_id = new_id;
  item->new_version = new_version;
  item->reason = reason ? strdup(reason) : NULL;
}

/* After a merge: other contents, another order, outcomes. */
static void plans_anew(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_change again;
  struct journal_unit_log log = {.size = 0};
  journal_unit_init(&unit);
  journal_unit_change(&change);
  osmflow_change_init(&again);
  struct osmflow_journal *journal = new_journal(&unit, &change);
  set_outcome(&change.items[0], OSMFLOW_OUTCOME_DONE, 4711, 1, NULL);
  set_outcome(&change.items[2], OSMFLOW_OUTCOME_CONFLICT, 0, 0, "somebody \"else\"\nwas faster");
  set_outcome(&change.items[3], OSMFLOW_OUTCOME_KEPT, OSMFLOW_MOST_ID, UINT32_MAX, "");
  const struct osmflow_change_item last = change.items[4];
  change.items[4] = change.items[3];
  change.items[3] = last;
  CU_ASSERT_EQUAL(osmflow_journal_replan(journal, &change, NULL), OSMFLOW_OK);
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_SEND, .first = 1, .count = 4});
  char *document = journal_unit_read(osmflow_journal_change_path(journal), NULL);
  CU_ASSERT_PTR_NOT_NULL(strstr(document, "ref=\"4711\"")); /* the way's node has its id by now */
  CU_ASSERT_PTR_NULL(strstr(document, "somebody"));
  CU_ASSERT_PTR_NULL(strstr(document, "<relation"));
  free(document);
  osmflow_journal_free(journal);
  CU_ASSERT_EQUAL(journal_unit_files(&unit, ".plan.1", false), 0);
  CU_ASSERT_EQUAL(journal_unit_files(&unit, "", false), 3);
  char *path = only_path(&unit);
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, journal_unit_visit, &log, &journal, NULL),
                  OSMFLOW_OK);
  CU_ASSERT(journal_unit_same(&change, &again));
  CU_ASSERT_EQUAL(log.records, 3);
  osmflow_journal_free(journal);
  free(path);
  osmflow_change_clear(&again);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

/* A crash between the new plan's file and its record. */
static void keeps_the_old_plan_until_the_record(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_change again;
  size_t size;
  size_t plan_size;
  char plan_path[128];
  journal_unit_init(&unit);
  journal_unit_change(&change);
  osmflow_change_init(&again);
  osmflow_journal_free(new_journal(&unit, &change));
  char *path = only_path(&unit);
  snprintf(plan_path, sizeof plan_path, "%.*s.plan.1", (int)(strlen(path) - 8), path);
  char *text = journal_unit_read(path, &size);
  char *plan = journal_unit_read(plan_path, &plan_size);
  struct osmflow_journal *journal;
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, NULL, NULL, &journal, NULL), OSMFLOW_OK);
  set_outcome(&again.items[0], OSMFLOW_OUTCOME_DONE, 4711, 1, NULL);
  CU_ASSERT_EQUAL(osmflow_journal_replan(journal, &again, NULL), OSMFLOW_OK);
  osmflow_journal_free(journal);
  osmflow_change_clear(&again);
  journal_unit_write(path, text, size);
  journal_unit_write(plan_path, plan, plan_size);
  for (int i = 0; i < 2; i++) { /* and the left-over file is no obstacle for planning again */
    CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, NULL, NULL, &journal, NULL), OSMFLOW_OK);
    CU_ASSERT(journal_unit_same(&change, &again));
    CU_ASSERT_EQUAL(osmflow_journal_replan(journal, &again, NULL), OSMFLOW_OK);
    osmflow_journal_free(journal);
    osmflow_change_clear(&again);
  }
  CU_ASSERT_EQUAL(journal_unit_files(&unit, "", false), 3);
  free(text);
  free(plan);
  free(path);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

static void is_one_process_alone(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_change again;
  struct osmflow_journal_paths paths;
  int ready[2];
  int done[2];
  char byte = 0;
  journal_unit_init(&unit);
  journal_unit_change(&change);
  osmflow_change_init(&again);
  osmflow_journal_free(new_journal(&unit, &change));
  char *path = only_path(&unit);
  CU_ASSERT_EQUAL_FATAL(pipe(ready) | pipe(done), 0);
  const pid_t child = fork();
  if (child == 0) {
    struct osmflow_journal *held = NULL;
    byte = osmflow_journal_open(&unit.fake.environment, path, &again, NULL, NULL, &held, NULL) == OSMFLOW_OK && held;
    close(done[1]);
    if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 0)
      _exit(1);
    _exit(0); /* like a kill: nothing is closed in order */
  }
  close(ready[1]);
  close(done[0]);
  struct osmflow_journal *journal = NULL;
  CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
  CU_ASSERT_EQUAL(byte, 1);
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, NULL, NULL, &journal, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NULL(journal);
  CU_ASSERT_EQUAL(again.count, 0);
  CU_ASSERT_EQUAL(osmflow_journal_list(unit.folder, &paths, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(paths.count, 0);
  CU_ASSERT_EQUAL(paths.busy, 1);
  osmflow_journal_paths_clear(&paths);
  close(done[1]);
  int status = 1;
  CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
  CU_ASSERT_EQUAL(status, 0);
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, NULL, NULL, &journal, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL(journal);
  struct osmflow_journal *second = NULL;
  struct osmflow_change none;
  osmflow_change_init(&none);
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &none, NULL, NULL, &second, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NULL(second);
  osmflow_journal_free(journal);
  close(ready[0]);
  free(path);
  osmflow_change_clear(&again);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

static void finds_its_folder(void) {
  static const struct {
    const char *argument, *option, *value, *expected;
  } cases[] = {{NULL, "HOME", "", "/.local/state/osmflow/uploads"},
               {"", "XDG_STATE_HOME", "/state", "/state/osmflow/uploads"},
               {NULL, "OSMAPI_JOURNAL", "/a/b", "/a/b"},
               {"/option", "OSMAPI_JOURNAL", "/a", "/option"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct journal_unit unit;
    struct stat facts;
    char value[128];
    char argument[128];
    char expected[160];
    char *path = NULL;
    journal_unit_init(&unit);
    snprintf(value, sizeof value, "%s%s", unit.folder, cases[i].value);
    snprintf(argument, sizeof argument, "%s%s", unit.folder, cases[i].argument ? cases[i].argument : "");
    snprintf(expected, sizeof expected, "%s%s", unit.folder, cases[i].expected);
    fake_set(&unit.fake, "HOME", unit.folder);
    fake_set(&unit.fake, cases[i].option, value);
    const mode_t before = umask(0);
    CU_ASSERT_EQUAL(
        osmflow_journal_folder(&unit.fake.environment,
                               cases[i].argument && *cases[i].argument ? argument : cases[i].argument, &path, NULL),
        OSMFLOW_OK);
    umask(before);
    UNIT_SAME(path, expected, cases[i].option);
    CU_ASSERT_EQUAL(stat(expected, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 07777, 0700);
    free(path);
    while (strlen(expected) > strlen(unit.folder)) {
      CU_ASSERT_EQUAL(rmdir(expected), 0);
      *strrchr(expected, '/') = '\0';
    }
    journal_unit_clear(&unit);
  }
}

static void says_that_there_is_no_folder(void) {
  struct journal_unit unit;
  struct osmflow_error error = {.message = ""};
  char *path = NULL;
  journal_unit_init(&unit);
  CU_ASSERT_EQUAL(osmflow_journal_folder(&unit.fake.environment, NULL, &path, &error), OSMFLOW_NOT_FOUND);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "OSMAPI_JOURNAL"));
  char file[96];
  snprintf(file, sizeof file, "%s/file", unit.folder);
  journal_unit_write(file, "", 0);
  CU_ASSERT_EQUAL(osmflow_journal_folder(&unit.fake.environment, file, &path, &error), OSMFLOW_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, file));
  CU_ASSERT_PTR_NULL(path);
  journal_unit_clear(&unit);
}

/* The clock stands still and chance always says the same. */
static void has_names_of_its_own(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_journal *journals[4];
  journal_unit_init(&unit);
  journal_unit_change(&change);
  const mode_t before = umask(0);
  for (size_t i = 0; i < 4; i++)
    journals[i] = new_journal(&unit, &change);
  umask(before);
  CU_ASSERT_EQUAL(journal_unit_files(&unit, "", false), 12);
  char *kept = strdup(osmflow_journal_change_path(journals[1]));
  struct stat facts;
  CU_ASSERT_EQUAL(stat(kept, &facts), 0);
  CU_ASSERT_EQUAL(facts.st_mode & 07777, 0600);
  CU_ASSERT_EQUAL(osmflow_journal_remove(journals[1], true, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_journal_remove(journals[2], false, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(journal_unit_files(&unit, "", false), 7);
  CU_ASSERT_EQUAL(journal_unit_files(&unit, ".osc", false), 3);
  CU_ASSERT_EQUAL(journal_unit_files(&unit, ".journal", false), 2);
  journal_unit_write(kept, "mine", 4);
  osmflow_journal_free(journals[1]);
  osmflow_journal_free(journals[2]);
  journals[1] = new_journal(&unit, &change);
  journals[2] = new_journal(&unit, &change);
  char *text = journal_unit_read(kept, NULL);
  UNIT_SAME(text, "mine", "the change that was kept");
  for (size_t i = 0; i < 4; i++)
    osmflow_journal_free(journals[i]);
  struct osmflow_journal_paths paths;
  CU_ASSERT_EQUAL(osmflow_journal_list(unit.folder, &paths, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(paths.count, 4);
  for (size_t i = 0; i < paths.count; i++)
    CU_ASSERT(stat(paths.items[i], &facts) == 0 && (facts.st_mode & 07777) == 0600);
  osmflow_journal_paths_clear(&paths);
  free(text);
  free(kept);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

static void lists_the_oldest_first(void) {
  static const char *const others[] = {"b.osc", "c.journal.part", "d.plan.1", ".journal", ".e.journal", "journal"};
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_journal_paths paths;
  char path[128];
  journal_unit_init(&unit);
  journal_unit_change(&change);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", unit.folder, others[i]);
    journal_unit_write(path, "", 0);
  }
  for (int i = 0; i < 3; i++) {
    osmflow_journal_free(new_journal(&unit, &change));
    unit.fake.now_ms += 86400000;
  }
  CU_ASSERT_EQUAL(osmflow_journal_list(unit.folder, &paths, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(paths.count, 3);
  CU_ASSERT(strcmp(paths.items[0], paths.items[1]) < 0 && strcmp(paths.items[1], paths.items[2]) < 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(paths.items[0], "/20231114T221320Z-"));
  osmflow_journal_paths_clear(&paths);
  snprintf(path, sizeof path, "%s/none", unit.folder);
  CU_ASSERT_EQUAL(osmflow_journal_list(path, &paths, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(paths.count, 0);
  snprintf(path, sizeof path, "%s/b.osc", unit.folder);
  CU_ASSERT_EQUAL(osmflow_journal_list(path, &paths, NULL), OSMFLOW_IO);
  osmflow_change_clear(&change);
  snprintf(path, sizeof path, "%s/.journal", unit.folder);
  unlink(path);
  snprintf(path, sizeof path, "%s/.e.journal", unit.folder);
  unlink(path);
  journal_unit_clear(&unit);
}

static void never_holds_secrets(void) {
  static const struct {
    const char *given, *kept;
  } cases[] = {{"OSMAPI:https://me:hidden@host/api/0.6/map?bbox=1,2", "OSMAPI:https://host/api/0.6/map?bbox=1,2"},
               {"https://a@hidden@host", "https://host"},
               {"map?token=hidden", "map?token=***"},
               {"map?access_token=hidden&bbox=1", "map?access_token=***&bbox=1"},
               {"map?bbox=1&ACCESS_TOKEN=hidden;x=1", "map?bbox=1&ACCESS_TOKEN=***;x=1"},
               {"OSMAPI_TOKEN=hidden UPLOAD=YES", "OSMAPI_TOKEN=*** UPLOAD=YES"},
               {"map?password=hidden#a", "map?password=***#a"},
               {"map?token=", "map?token=***"},
               {"map?tokens=3&k=a@b", "map?tokens=3&k=a@b"},
               {"way/1?x=http://u:hidden@h/&y=//a@b", "way/1?x=http://h/&y=//a@b"},
               {"", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct journal_unit unit;
    struct osmflow_change change;
    struct osmflow_journal_head head = plain_head;
    struct osmflow_journal *journal = NULL;
    head.connection = cases[i].given;
    head.root = "https://me:hidden@host:3000";
    journal_unit_init(&unit);
    journal_unit_change(&change);
    CU_ASSERT_EQUAL(osmflow_journal_new(&unit.fake.environment, unit.folder, &head, &change, &journal, NULL),
                    OSMFLOW_OK);
    UNIT_SAME(osmflow_journal_head(journal)->connection, cases[i].kept, cases[i].given);
    UNIT_SAME(osmflow_journal_head(journal)->root, "https://host:3000", "root");
    osmflow_journal_free(journal);
    char *path = only_path(&unit);
    char *text = journal_unit_read(path, NULL);
    CU_ASSERT_PTR_NULL(strstr(text, "hidden"));
    free(text);
    free(path);
    osmflow_change_clear(&change);
    journal_unit_clear(&unit);
  }
}

static void refuses_wrong_records(void) {
  static const struct osmflow_journal_record records[] = {
      {.kind = OSMFLOW_JOURNAL_PLAN, .count = 5},
      {.kind = OSMFLOW_JOURNAL_SEND, .changeset = 1, .first = 0, .count = 6},
      {.kind = OSMFLOW_JOURNAL_SEND, .changeset = 1, .first = 6, .count = 0},
      {.kind = OSMFLOW_JOURNAL_SEND, .changeset = 1, .first = 5, .count = SIZE_MAX},
      {.kind = OSMFLOW_JOURNAL_SEND, .changeset = -1, .first = 0, .count = 1},
      {.kind = OSMFLOW_JOURNAL_LEFT_OUT, .first = 5}};
  struct journal_unit unit;
  struct osmflow_change change;
  journal_unit_init(&unit);
  journal_unit_change(&change);
  struct osmflow_journal *journal = new_journal(&unit, &change);
  for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
    CU_ASSERT_EQUAL(osmflow_journal_add(journal, &records[i], NULL), OSMFLOW_BAD_ARGUMENT);
  add(journal, (struct osmflow_journal_record){.kind = OSMFLOW_JOURNAL_END}); /* the journal is as good as before */
  osmflow_journal_free(journal);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

static void leaves_nothing_behind_when_it_fails(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_journal *journal = NULL;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_tag_view bad = {JOURNAL_TEXT("name"), JOURNAL_TEXT("\xFF")};
  const struct osmflow_draft node = {OSMFLOW_NODE, -1, 0, true, 1, 1, &bad, 1, NULL, 0, NULL, 0, JOURNAL_TEXT("")};
  journal_unit_init(&unit);
  osmflow_change_init(&change);
  journal_unit_add(&change, OSMFLOW_ACTION_CREATE, false, &node, NULL);
  CU_ASSERT_EQUAL(osmflow_journal_new(&unit.fake.environment, unit.folder, &plain_head, &change, &journal, &error),
                  OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NULL(journal);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "nothing was sent"));
  CU_ASSERT_EQUAL(journal_unit_files(&unit, "", false), 0);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

/* A full disk, played by a limit for the size of files. */
static void stops_when_the_disk_is_full(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_change again;
  struct stat facts;
  struct rlimit before;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_journal_record record = {.kind = OSMFLOW_JOURNAL_SEND, .changeset = 7, .count = 1};
  journal_unit_init(&unit);
  journal_unit_change(&change);
  osmflow_change_init(&again);
  struct osmflow_journal *journal = new_journal(&unit, &change);
  add(journal, record);
  osmflow_journal_free(journal);
  char *path = only_path(&unit);
  CU_ASSERT_EQUAL(stat(path, &facts), 0);
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, NULL, NULL, &journal, NULL), OSMFLOW_OK);
  getrlimit(RLIMIT_FSIZE, &before);
  const struct rlimit small = {(rlim_t)facts.st_size + 10, before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  CU_ASSERT_EQUAL(osmflow_journal_add(journal, &record, &error), OSMFLOW_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, path));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_DFL);
  CU_ASSERT_EQUAL(osmflow_journal_add(journal, &record, &error), OSMFLOW_IO);
  osmflow_journal_free(journal);
  osmflow_change_clear(&again);
  struct journal_unit_log log = {.size = 0};
  CU_ASSERT_EQUAL(osmflow_journal_open(&unit.fake.environment, path, &again, journal_unit_visit, &log, &journal, NULL),
                  OSMFLOW_OK);
  CU_ASSERT_EQUAL(log.records, 2);
  add(journal, record);
  osmflow_journal_free(journal);
  osmflow_change_clear(&again);
  osmflow_change_clear(&change);
  free(path);
  journal_unit_clear(&unit);
}

static enum osmflow_status refuse(void *self, const struct osmflow_journal_record *record,
                                  struct osmflow_error *error) {
  (void)self;
  return osmflow_error_set(error, OSMFLOW_CANCELLED, "record %d is not liked", (int)record->kind);
}

static void opens_only_journals(void) {
  struct journal_unit unit;
  struct osmflow_change change;
  struct osmflow_change again;
  struct osmflow_journal *journal = NULL;
  struct osmflow_error error = {.message = ""};
  journal_unit_init(&unit);
  journal_unit_change(&change);
  osmflow_change_init(&again);
  struct osmflow_journal *made = new_journal(&unit, &change);
  const struct osmflow_environment *environment = &unit.fake.environment;
  CU_ASSERT_EQUAL(
      osmflow_journal_open(environment, osmflow_journal_change_path(made), &again, NULL, NULL, &journal, &error),
      OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(osmflow_journal_open(environment, ".journal", &again, NULL, NULL, &journal, &error),
                  OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(osmflow_journal_open(environment, "/tmp/none/none.journal", &again, NULL, NULL, &journal, &error),
                  OSMFLOW_NOT_FOUND);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "/tmp/none/none.journal"));
  osmflow_journal_free(made);
  char *path = only_path(&unit);
  CU_ASSERT_EQUAL(osmflow_journal_open(environment, path, &again, refuse, NULL, &journal, &error), OSMFLOW_CANCELLED);
  UNIT_SAME(error.message, "record 0 is not liked", "visitor");
  CU_ASSERT_PTR_NULL(journal);
  CU_ASSERT_EQUAL(again.count, 0);
  chmod(path, 0620);
  CU_ASSERT_EQUAL(osmflow_journal_open(environment, path, &again, NULL, NULL, &journal, &error), OSMFLOW_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "chmod 600"));
  unlink(path);
  CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
  CU_ASSERT_EQUAL(osmflow_journal_open(environment, path, &again, NULL, NULL, &journal, &error), OSMFLOW_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not a plain file"));
  free(path);
  osmflow_change_clear(&change);
  journal_unit_clear(&unit);
}

OSMFLOW_UNIT_MAIN("osm/journal", UNIT(comes_back_as_it_was), UNIT(plans_anew),
                  UNIT(keeps_the_old_plan_until_the_record), UNIT(is_one_process_alone), UNIT(finds_its_folder),
                  UNIT(says_that_there_is_no_folder), UNIT(has_names_of_its_own), UNIT(lists_the_oldest_first),
                  UNIT(never_holds_secrets), UNIT(refuses_wrong_records), UNIT(leaves_nothing_behind_when_it_fails),
                  UNIT(stops_when_the_disk_is_full), UNIT(opens_only_journals))
