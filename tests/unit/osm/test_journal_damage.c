/* Journals that a crash, a disk or somebody has damaged. */
#include "base/crc32.h"
#include "journal_unit.h"

/* A journal with a few records, as bytes, with its plan. */
struct sample {
  struct journal_unit unit;
  struct osmflow_change change;
  char *path, *plan_path;
  char *text, *plan;
  size_t size, plan_size;
  size_t start; /* the bytes of head and first plan */
  struct journal_unit_log log;
};

static void add(struct osmflow_journal *journal, struct osmflow_journal_record record) {
  CU_ASSERT_EQUAL(osmflow_journal_add(journal, &record, NULL), OSMFLOW_OK);
}

static void sample_init(struct sample *sample) {
  static const struct osmflow_tag_view tag = {JOURNAL_TEXT("comment"), JOURNAL_TEXT("x")};
  const struct osmflow_journal_head head = {"https://api.openstreetmap.org", "map?bbox=1,2,3,4", &tag, 1, 0, 1};
  const struct osmflow_diff_row row = {OSMFLOW_NODE, -1, 5, 1};
  struct osmflow_journal *journal = NULL;
  struct osmflow_journal_paths paths;
  memset(sample, 0, sizeof *sample);
  journal_unit_init(&sample->unit);
  journal_unit_change(&sample->change);
  CU_ASSERT_EQUAL_FATAL(
      osmflow_journal_new(&sample->unit.fake.environment, sample->unit.folder, &head, &sample->change, &journal, NULL),
      OSMFLOW_OK);
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CREATE, .text = ""});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CHANGESET, .changeset = 7});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_SEND, .changeset = 7, .count = 1, .digest = "ab"});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_APPLIED, .changeset = 7, .count = 1, .rows = &row});
  add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_SEND, .changeset = 7, .first = 1, .count = 2});
  osmflow_journal_free(journal);
  CU_ASSERT_EQUAL(osmflow_journal_list(sample->unit.folder, &paths, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(paths.count, 1);
  sample->path = strdup(paths.items[0]);
  sample->plan_path = malloc(strlen(sample->path) + 8);
  snprintf(sample->plan_path, strlen(sample->path) + 8, "%.*s.plan.1", (int)(strlen(sample->path) - 8), sample->path);
  osmflow_journal_paths_clear(&paths);
  sample->text = journal_unit_read(sample->path, &sample->size);
  sample->plan = journal_unit_read(sample->plan_path, &sample->plan_size);
  sample->start = (size_t)(strchr(strchr(sample->text, '\n') + 1, '\n') + 1 - sample->text);
}

static void sample_clear(struct sample *sample) {
  free(sample->text);
  free(sample->plan);
  free(sample->path);
  free(sample->plan_path);
  osmflow_change_clear(&sample->change);
  journal_unit_clear(&sample->unit);
}

/* Opens what is on the disk now; the log tells what was read. *same: the plan came back as it was. */
static enum osmflow_status try_open(struct sample *sample, struct osmflow_journal **journal, bool *same,
                                    struct osmflow_error *error) {
  struct osmflow_change again;
  osmflow_change_init(&again);
  sample->log = (struct journal_unit_log){.size = 0};
  const enum osmflow_status status = osmflow_journal_open(&sample->unit.fake.environment, sample->path, &again,
                                                          journal_unit_visit, &sample->log, journal, error);
  *same = journal_unit_same(&sample->change, &again);
  if (status != OSMFLOW_OK)
    CU_ASSERT(!*journal && again.count == 0);
  osmflow_change_clear(&again);
  return status;
}

/* Opens the text as a journal. */
static enum osmflow_status try_text(struct sample *sample, const char *text, size_t size, struct osmflow_error *error) {
  struct osmflow_journal *journal = NULL;
  bool same = false;
  journal_unit_write(sample->path, text, size);
  const enum osmflow_status status = try_open(sample, &journal, &same, error);
  CU_ASSERT_EQUAL(same, status == OSMFLOW_OK);
  osmflow_journal_free(journal);
  return status;
}

static size_t count_lines(const char *text, size_t size) {
  size_t count = 0;
  for (size_t i = 0; i < size; i++)
    count += text[i] == '\n';
  return count;
}

static void opens_after_a_crash_at_any_byte(void) {
  struct sample sample;
  sample_init(&sample);
  for (size_t size = 0; size <= sample.size; size++) {
    struct osmflow_journal *journal = NULL;
    struct osmflow_error error = {.message = ""};
    bool same = false;
    journal_unit_write(sample.path, sample.text, size);
    const enum osmflow_status status = try_open(&sample, &journal, &same, &error);
    if (size < sample.start) { /* no crash leaves this: the file gets its name later */
      CU_ASSERT_EQUAL(status, OSMFLOW_BAD_DATA);
      continue;
    }
    const size_t lines = count_lines(sample.text, size);
    CU_ASSERT_EQUAL_FATAL(status, OSMFLOW_OK);
    CU_ASSERT(same);
    CU_ASSERT_EQUAL(sample.log.records, lines - 1);
    add(journal, (struct osmflow_journal_record){OSMFLOW_JOURNAL_CLOSED, .changeset = (int64_t)size + 1});
    osmflow_journal_free(journal);
    CU_ASSERT_EQUAL(try_open(&sample, &journal, &same, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL(sample.log.records, lines);
    osmflow_journal_free(journal);
  }
  sample_clear(&sample);
}

/* The end of the log for the whole journal without its last record. */
static void expect_all_or_all_but_the_last(const struct sample *sample, const char *whole, size_t without_last) {
  CU_ASSERT(strcmp(sample->log.text, whole) == 0 ||
            (sample->log.size == without_last && strncmp(sample->log.text, whole, without_last) == 0));
}

static void accepts_no_flipped_bit(void) {
  struct sample sample;
  struct osmflow_error error = {.message = ""};
  char whole[sizeof sample.log.text];
  sample_init(&sample);
  CU_ASSERT_EQUAL(try_text(&sample, sample.text, sample.size, &error), OSMFLOW_OK);
  snprintf(whole, sizeof whole, "%s", sample.log.text);
  size_t without_last = sample.log.size - 1;
  while (whole[without_last - 1] != '\n')
    without_last--;
  for (size_t bit = 0; bit < 8 * sample.size; bit++) {
    sample.text[bit / 8] ^= (char)(1 << bit % 8);
    const enum osmflow_status status = try_text(&sample, sample.text, sample.size, &error);
    sample.text[bit / 8] ^= (char)(1 << bit % 8);
    if (bit / 8 + 1 < sample.size) {
      CU_ASSERT_EQUAL(status, OSMFLOW_BAD_DATA);
      CU_ASSERT_PTR_NOT_NULL(strstr(error.message, sample.path));
    } else { /* the end of the last line: as if it were torn */
      CU_ASSERT_EQUAL(status, OSMFLOW_OK);
      expect_all_or_all_but_the_last(&sample, whole, without_last);
    }
  }
  sample_clear(&sample);
}

static void accepts_no_changed_plan(void) {
  struct sample sample;
  struct osmflow_error error = {.message = ""};
  struct osmflow_journal *journal = NULL;
  bool same = false;
  sample_init(&sample);
  for (size_t bit = 0; bit < 8 * sample.plan_size; bit++) {
    sample.plan[bit / 8] ^= (char)(1 << bit % 8);
    journal_unit_write(sample.plan_path, sample.plan, sample.plan_size);
    sample.plan[bit / 8] ^= (char)(1 << bit % 8);
    CU_ASSERT_EQUAL(try_open(&sample, &journal, &same, &error), OSMFLOW_BAD_DATA);
  }
  for (size_t size = 0; size < sample.plan_size; size++) {
    journal_unit_write(sample.plan_path, sample.plan, size);
    CU_ASSERT_EQUAL(try_open(&sample, &journal, &same, &error), OSMFLOW_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, sample.plan_path));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, ".osc"));
  }
  unlink(sample.plan_path);
  CU_ASSERT_EQUAL(try_open(&sample, &journal, &same, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "missing"));
  sample_clear(&sample);
}

/* What a loss of power leaves of the last write: blocks that read as zeros. */
static void drops_lost_blocks_at_the_end(void) {
  struct sample sample;
  struct osmflow_error error = {.message = ""};
  char text[8192];
  sample_init(&sample);
  const size_t records = count_lines(sample.text, sample.size) - 1;
  memcpy(text, sample.text, sample.size);
  memset(text + sample.size, 0, sizeof text - sample.size);
  CU_ASSERT_EQUAL(try_text(&sample, text, sizeof text, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(sample.log.records, records);
  text[sizeof text - 1] = '\n';
  CU_ASSERT_EQUAL(try_text(&sample, text, sizeof text, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(sample.log.records, records);
  memset(text + sample.size - 10, 0, 9); /* the last line lost its second block */
  CU_ASSERT_EQUAL(try_text(&sample, text, sample.size, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(sample.log.records, records - 1);
  memset(text + sample.start + 20, 0, 9); /* one in the middle: the disk is broken */
  CU_ASSERT_EQUAL(try_text(&sample, text, sample.size, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "line 3: damaged"));
  sample_clear(&sample);
}

static size_t add_line(char *text, size_t size, const char *json) {
  return size + (size_t)sprintf(text + size, "%08x %s\n", (unsigned)osmflow_crc32(osmflow_text(json)), json);
}

/* Lines whose checksum is right. */
static void refuses_wrong_records(void) {
  static const struct {
    const char *json, *expected;
  } cases[] = {{"{\"kind\":\"dance\"}", "unknown kind of record, \"dance\""},
               {"{\"kind\":\"SEND\"}", "unknown kind"},
               {"{}", "unknown kind"},
               {"{\"kind\":4}", "kind"},
               {"[]", "no JSON object"},
               {"{\"kind\":\"end\"", "JSON"},
               {"{\"kind\":\"end\"}}", "JSON"},
               {"{\"kind\":\"send\",\"first\":0,\"count\":6}", "first, count"},
               {"{\"kind\":\"send\",\"first\":6,\"count\":0}", "first, count"},
               {"{\"kind\":\"send\",\"first\":-1,\"count\":1}", "first, count"},
               {"{\"kind\":\"send\",\"first\":1,\"count\":18446744073709551615}", "first, count"},
               {"{\"kind\":\"send\",\"first\":1e0,\"count\":1}", "first, count"},
               {"{\"kind\":\"send\",\"first\":\"1\",\"count\":1}", "first, count"},
               {"{\"kind\":\"send\",\"changeset\":-7}", "changeset"},
               {"{\"kind\":\"send\",\"changeset\":9223372036854775808}", "changeset"},
               {"{\"kind\":\"send\",\"digest\":7}", "digest"},
               {"{\"kind\":\"left out\",\"first\":5}", "first"},
               {"{\"kind\":\"applied\",\"count\":1}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":[0,-1,5]}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":[0,-1,5,1,0,-1,5,1]}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":[3,-1,5,1]}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":[0,-1,-5,1]}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":[0,-1,5,4294967296]}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":[0,null,5,1]}", "rows"},
               {"{\"kind\":\"applied\",\"count\":1,\"rows\":{\"a\":0,\"b\":1,\"c\":2,\"d\":3}}", "rows"},
               {"{\"kind\":\"plan\",\"plan\":1,\"count\":5}", "plan"},
               {"{\"kind\":\"plan\",\"plan\":2,\"count\":5,\"file\":\"ab\"}", "file"},
               {"{\"kind\":\"plan\",\"plan\":9,\"count\":5,"
                "\"file\":\"0123456789012345678901234567890123456789012345678901234567890123\"}",
                "missing"}};
  struct sample sample;
  sample_init(&sample);
  char *text = malloc(sample.size + 4096);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {.message = ""};
    memcpy(text, sample.text, sample.start);
    size_t size = add_line(text, sample.start, cases[i].json);
    CU_ASSERT_EQUAL(try_text(&sample, text, size, &error), OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].expected))
      UNIT_SAME(error.message, cases[i].expected, cases[i].json);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, ".osc"));
    if (i + 1 < sizeof cases / sizeof cases[0])
      CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "line 3: "));
  }
  free(text);
  sample_clear(&sample);
}

static void refuses_wrong_heads(void) {
  static const struct {
    const char *json, *expected;
  } cases[] = {{"{\"osmflow-journal\":2,\"root\":\"http://a\"}", "newer osmflow"},
               {"{\"osmflow-journal\":0,\"root\":\"http://a\"}", "no journal"},
               {"{\"root\":\"http://a\"}", "no journal"},
               {"{\"osmflow-journal\":1}", "root"},
               {"{\"osmflow-journal\":1,\"root\":5}", "root"},
               {"{\"osmflow-journal\":1,\"root\":\"a\",\"started\":-1}", "started"},
               {"{\"osmflow-journal\":1,\"root\":\"a\",\"tags\":[\"a\"]}", "tags"},
               {"{\"osmflow-journal\":1,\"root\":\"a\",\"tags\":[\"a\",1]}", "tags"}};
  struct sample sample;
  sample_init(&sample);
  char *text = malloc(sample.size + 4096);
  const char *rest = strchr(sample.text, '\n') + 1;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {.message = ""};
    size_t size = add_line(text, 0, cases[i].json);
    memcpy(text + size, rest, strlen(rest) + 1);
    CU_ASSERT_EQUAL(try_text(&sample, text, size + strlen(rest), &error), OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].expected))
      UNIT_SAME(error.message, cases[i].expected, cases[i].json);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "line 1: "));
  }
  free(text);
  sample_clear(&sample);
}

/* A plan that is whole, but not the one that belongs to this journal. */
static void refuses_the_plan_of_another(void) {
  struct sample sample;
  struct osmflow_error error = {.message = ""};
  struct osmflow_journal *journal = NULL;
  bool same = false;
  size_t size;
  sample_init(&sample);
  sample.change.items[0].if_unused = true;
  char *before = strdup(sample.plan_path);
  CU_ASSERT_EQUAL(try_open(&sample, &journal, &same, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_journal_replan(journal, &sample.change, NULL), OSMFLOW_OK);
  osmflow_journal_free(journal);
  sample.plan_path[strlen(sample.plan_path) - 1] = '2';
  char *other = journal_unit_read(sample.plan_path, &size);
  journal_unit_write(before, other, size);
  journal_unit_write(sample.path, sample.text, sample.size);
  CU_ASSERT_EQUAL(try_open(&sample, &journal, &same, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not the plan that the journal names"));
  free(other);
  free(before);
  sample_clear(&sample);
}

OSMFLOW_UNIT_MAIN("osm/journal_damage", UNIT(opens_after_a_crash_at_any_byte), UNIT(accepts_no_flipped_bit),
                  UNIT(accepts_no_changed_plan), UNIT(drops_lost_blocks_at_the_end), UNIT(refuses_wrong_records),
                  UNIT(refuses_wrong_heads), UNIT(refuses_the_plan_of_another))
