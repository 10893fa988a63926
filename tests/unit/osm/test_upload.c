#include "upload_unit.h"

static void sends_a_change_in_few_requests(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_error error;
  struct osmflow_change change;
  bool is_uncertain = true;
  begin();
  struct osmflow_uploader *uploader = uploader_of(&options);
  small_change(&change);
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
  UNIT_SAME(error.message, "", "error");
  CU_ASSERT_FALSE(is_uncertain);
  CU_ASSERT_EQUAL(osmflow_uploader_changeset(uploader), 2);
  CU_ASSERT_EQUAL(osmflow_uploader_close(uploader, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_uploader_changeset(uploader), 0);
  CU_ASSERT_EQUAL(osmflow_uploader_last_changeset(uploader), 2);
  CU_ASSERT_EQUAL(requests(""), 5);
  expect_outcomes(&change, "small change");
  CU_ASSERT_EQUAL(files("", NULL), 0);
  osmflow_change_clear(&change);
  osmflow_uploader_free(uploader);
  expect_once("small change");
}

/* Sends it; the words, separated by '|', must all be in the error. NULL: there must be none. */
static struct osmflow_uploader *expect(struct osmflow_change *change, const struct osmflow_upload_options *options,
                                       const char *words) {
  struct osmflow_error error;
  struct osmflow_uploader *uploader = uploader_of(options);
  bool is_uncertain = true;
  const enum osmflow_status status = send(uploader, change, &is_uncertain, &error);
  struct osmflow_text rest = osmflow_text(words), word;
  if ((status == OSMFLOW_OK) != (words == NULL))
    fprintf(stderr, "\n%d: %s\n", status, error.message);
  CU_ASSERT_EQUAL(status == OSMFLOW_OK, words == NULL);
  CU_ASSERT_FALSE(is_uncertain);
  while (words && osmflow_text_next(&rest, '|', &word)) {
    char text[128];
    snprintf(text, sizeof text, "%.*s", OSMFLOW_TEXT_ARGUMENTS(word));
    if (!strstr(error.message, text))
      fprintf(stderr, "\n[%s] is not in [%s]\n", text, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, text));
  }
  CU_ASSERT_EQUAL(files(".journal", NULL), 0);
  sweep();
  return uploader;
}

static size_t count_outcomes(const struct osmflow_change *change, enum osmflow_outcome outcome) {
  size_t count = 0;
  for (size_t i = 0; i < change->count; i++)
    count += change->items[i].outcome == outcome;
  return count;
}

static void close_and_free(struct osmflow_uploader *uploader, struct osmflow_change *change) {
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(osmflow_uploader_close(uploader, &error), OSMFLOW_OK);
  UNIT_SAME(error.message, "", "closing");
  osmflow_uploader_free(uploader);
  osmflow_change_clear(change);
}

static void keeps_the_chunks_the_user_wants(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  options.chunk = 4;
  many_nodes(&change, 20, 0.001);
  close_and_free(expect(&change, &options, NULL), &change);
  CU_ASSERT_EQUAL(requests("/upload"), 8);
  CU_ASSERT_EQUAL(requests("/create"), 1);
  expect_ways(10);
}

/* Placeholders of one changeset are real ids in the next. */
static void goes_on_in_another_changeset_when_one_is_full(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  sandbox("/sandbox/limits?limit-changeset=12");
  many_nodes(&change, 20, 0.001);
  close_and_free(expect(&change, &options, NULL), &change);
  CU_ASSERT_EQUAL(requests("/create"), 3);
  CU_ASSERT_EQUAL(requests("/upload"), 3);
  CU_ASSERT_EQUAL(requests("/close"), 3);
  CU_ASSERT_EQUAL(requests(""), 11);
  expect_ways(10);
}

/* ... also when each second answer is lost. */
static void loses_answers_in_many_changesets(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  sandbox("/sandbox/limits?limit-changeset=7");
  fault("path=*/upload&drop=after");
  fault("path=*/upload&skip=1&drop=before");
  fault("path=*/upload&skip=1&cut=200");
  many_nodes(&change, 20, 0.001);
  close_and_free(expect(&change, &options, NULL), &change);
  expect_ways(10);
}

static void divides_by_area(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  sandbox("/sandbox/limits?limit-box=0.05");
  many_nodes(&change, 20, 0.01);
  close_and_free(expect(&change, &options, NULL), &change);
  CU_ASSERT_TRUE(requests("/create") >= 4);
  expect_ways(10);
  sandbox("/sandbox/limits?limit-box=0.005");
  many_nodes(&change, 2, 0.01);
  close_and_free(expect(&change, &options, "larger area|bounding box"), &change);
}

static void halves_what_is_too_large(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  sandbox("/sandbox/limits?limit-payload=1500");
  many_nodes(&change, 40, 0.001);
  close_and_free(expect(&change, &options, NULL), &change);
  expect_ways(20);
}

static void waits_for_a_locked_changeset(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  bool is_uncertain = false;
  struct osmflow_error error;
  begin();
  many_nodes(&change, 2, 0.001);
  struct osmflow_uploader *uploader = expect(&change, &options, NULL);
  osmflow_change_clear(&change);
  sandbox("/sandbox/lock?changeset=2&on=1");
  many_nodes(&change, 4, 0.001);
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_HTTP);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "locked"));
  CU_ASSERT_FALSE(is_uncertain);
  CU_ASSERT_TRUE(place.slept_ms >= 31000 && place.slept_ms <= 60000);
  sandbox("/sandbox/lock?changeset=2&on=0");
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
  close_and_free(uploader, &change);
  CU_ASSERT_EQUAL(requests("/create"), 1);
  sweep();
}

static void says_what_was_done_when_the_server_wants_no_more(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  options.chunk = 10;
  fault("path=*/upload&skip=1&count=-1&status=429&body=Upload%20has%20been%20blocked%20due%20to%20rate%20limiting.");
  many_nodes(&change, 20, 0.001);
  struct osmflow_uploader *uploader = expect(&change, &options, "rate limiting|10 of 30 changes|20 were not sent|.osc");
  CU_ASSERT_TRUE(place.slept_ms <= 120000);
  CU_ASSERT_EQUAL(count_outcomes(&change, OSMFLOW_OUTCOME_DONE), 10);
  sandbox("/sandbox/fault/reset");
  struct osmflow_error error;
  bool is_uncertain = true;
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
  close_and_free(uploader, &change);
  expect_ways(10);
}

/* Saves one after the other share a changeset, until that has closed itself. */
static void shares_a_changeset_while_it_is_open(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_error error;
  bool is_uncertain = false;
  struct osmflow_change change;
  begin();
  many_nodes(&change, 2, 0.001);
  struct osmflow_uploader *uploader = expect(&change, &options, NULL);
  for (int i = 2; i < 5; i++) {
    osmflow_change_clear(&change);
    many_nodes(&change, 2, 0.01 * i);
    if (i == 4)
      sandbox("/sandbox/clock?add=4000");
    CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_uploader_changeset(uploader), i == 4 ? 3 : 2);
  }
  close_and_free(uploader, &change);
  CU_ASSERT_EQUAL(requests("/create"), 2);
  CU_ASSERT_EQUAL(requests("/permissions"), 1);
  CU_ASSERT_EQUAL(requests("/capabilities"), 1);
  expect_ways(4);
}

static void uses_the_changeset_of_the_user(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  struct osmflow_upload_options first = options;
  many_nodes(&change, 2, 0.001);
  struct osmflow_uploader *other = expect(&change, &first, NULL);
  osmflow_change_clear(&change);
  options.changeset = 2;
  options.comment = NULL;
  many_nodes(&change, 2, 0.002);
  struct osmflow_uploader *uploader = expect(&change, &options, NULL);
  close_and_free(uploader, &change);
  CU_ASSERT_EQUAL(requests("/create"), 1);
  CU_ASSERT_EQUAL(requests("/close"), 0);
  many_nodes(&change, 2, 0.003);
  close_and_free(other, &change);
  many_nodes(&change, 2, 0.003);
  close_and_free(expect(&change, &options, "CHANGESET=2|closed|Nothing was sent"), &change);
  options.changeset = 77;
  many_nodes(&change, 2, 0.003);
  close_and_free(expect(&change, &options, "CHANGESET=77|no such changeset"), &change);
  options.changeset = 1;
  many_nodes(&change, 2, 0.003);
  close_and_free(expect(&change, &options, "CHANGESET=1|closed"), &change);
}

static void says_why_the_server_takes_nothing(void) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  options.token = "wrong-token";
  many_nodes(&change, 2, 0.001);
  close_and_free(expect(&change, &options, "permissions|401|osmflow login osm|.osc"), &change);
  options.token = "";
  many_nodes(&change, 2, 0.001);
  close_and_free(expect(&change, &options, "needs a token|osmflow login osm"), &change);
  options.token = "alice-token";
  sandbox("/sandbox/limits?read-only=1");
  many_nodes(&change, 2, 0.001);
  close_and_free(expect(&change, &options, "read only mode|Nothing was sent"), &change);
  CU_ASSERT_EQUAL(requests("/upload"), 0);
}

static void stops_when_asked(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  struct osmflow_error error;
  bool is_uncertain = true;
  begin();
  struct osmflow_uploader *uploader = uploader_of(&options);
  many_nodes(&change, 2, 0.001);
  place.is_cancelled = true;
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_CANCELLED);
  place.is_cancelled = false;
  CU_ASSERT_FALSE(is_uncertain);
  CU_ASSERT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
  close_and_free(uploader, &change);
  expect_ways(1);
  sweep();
}

static void sends_ten_thousand_changes_at_once(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  osmflow_change_init(&change);
  for (int64_t i = 1; i <= 10000; i++) {
    struct osmflow_draft draft = node(-i, 0, 2 + 0.0000001 * (double)i, 2);
    add(&change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  }
  fault("path=*/upload&drop=after");
  close_and_free(expect(&change, &options, NULL), &change);
  CU_ASSERT_EQUAL(requests("/upload"), 1);
  begin();
  osmflow_change_init(&change);
  for (int64_t i = 1; i <= 10000; i++) {
    struct osmflow_draft draft = node(-i, 0, 2 + 0.0000001 * (double)i, 2);
    add(&change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  }
  close_and_free(expect(&change, &options, NULL), &change);
  CU_ASSERT_EQUAL(requests(""), 5);
}

static void refuses_bad_options(void) {
  static char long_text[300];
  memset(long_text, 'x', sizeof long_text - 1);
  const struct osmflow_tag_view empty_key = {{"", 0}, {"x", 1}};
  const struct {
    const char *comment;
    const struct osmflow_tag_view *tag;
    int64_t changeset;
    const char *words;
  } cases[] = {{NULL, NULL, 0, "COMMENT="},
               {"  ", NULL, 0, "COMMENT="},
               {long_text, NULL, 0, "255"},
               {"x", &empty_key, 0, "key"},
               {"x", NULL, -4, "CHANGESET=-4"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_upload_options options = usual_options();
    struct osmflow_uploader *uploader = NULL;
    struct osmflow_error error = {.message = ""};
    options.comment = cases[i].comment;
    options.tags = cases[i].tag;
    options.tag_count = cases[i].tag ? 1 : 0;
    options.changeset = cases[i].changeset;
    CU_ASSERT_EQUAL(osmflow_uploader_new(&place.environment, &options, &uploader, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NULL(uploader);
    if (!strstr(error.message, cases[i].words))
      fprintf(stderr, "\n[%s] is not in [%s]\n", cases[i].words, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
  }
}

static void reports_what_became_of_each_edit(void) {
  static const char *const expected[] = {
      "type,id,new_id,version,action,outcome,feature,reason\nnode,-1,5,1,create,done,\"points 7\",\"\"\n",
      "[\n{\"type\":\"node\",\"id\":-1,\"new_id\":5,\"version\":1,\"action\":\"create\",\"outcome\":\"done\","
      "\"feature\""
      ":\"points 7\",\"reason\":\"\"},"};
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_change change;
  begin();
  small_change(&change);
  osmflow_uploader_free(expect(&change, &options, NULL));
  for (int i = 0; i < 2; i++) {
    char path[128], text[4096];
    snprintf(path, sizeof path, "%s/report.%s", place.folder, i ? "json" : "csv");
    CU_ASSERT_EQUAL(osmflow_upload_report(&change, path, NULL), OSMFLOW_OK);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    CU_ASSERT_PTR_NOT_NULL(strstr(text, i ? "kept" : ",kept,"));
    text[strlen(expected[i])] = '\0';
    UNIT_SAME(text, expected[i], path);
  }
  sweep();
  osmflow_change_clear(&change);
}

int main(void) {
  static const struct unit_test tests[] = {
      UNIT(refuses_bad_options),
      UNIT(sends_a_change_in_few_requests),
      UNIT(keeps_the_chunks_the_user_wants),
      UNIT(goes_on_in_another_changeset_when_one_is_full),
      UNIT(loses_answers_in_many_changesets),
      UNIT(divides_by_area),
      UNIT(halves_what_is_too_large),
      UNIT(waits_for_a_locked_changeset),
      UNIT(says_what_was_done_when_the_server_wants_no_more),
      UNIT(shares_a_changeset_while_it_is_open),
      UNIT(uses_the_changeset_of_the_user),
      UNIT(says_why_the_server_takes_nothing),
      UNIT(stops_when_asked),
      UNIT(sends_ten_thousand_changes_at_once),
      UNIT(reports_what_became_of_each_edit),
  };
  return upload_main("osm/upload", tests, sizeof tests / sizeof tests[0]);
}
