/* Processes that die, and what `osmflow resume` makes of what they left. */
#include "upload_unit.h"

typedef void make(struct osmflow_change *change);

/* A process that sends a change and dies at its n-th look at the world. True: it has lived to its end. */
static bool dies_at(int n, make *make_change) {
  int result = 0;
  const pid_t child = fork();
  if (child == 0) {
    const struct osmflow_upload_options options = usual_options();
    struct osmflow_error error;
    struct osmflow_change change;
    bool is_uncertain = false;
    struct osmflow_uploader *uploader = uploader_of(&options);
    make_change(&change);
    place.checks_until_killed = n;
    (void)send(uploader, &change, &is_uncertain, &error);
    _exit(0);
  }
  (void)waitpid(child, &result, 0);
  return WIFEXITED(result);
}

static struct osmflow_resume_result resume(bool only_settle, enum osmflow_status expected) {
  struct osmflow_upload_options options = usual_options();
  struct osmflow_resume_result result = {.is_busy = false};
  struct osmflow_error error = {.message = ""};
  char path[512];
  options.comment = NULL;
  CU_ASSERT_EQUAL_FATAL(files(".journal", path), 1);
  const enum osmflow_status status =
      osmflow_upload_resume(&place.environment, path, &options, only_settle, &result, &error);
  if (status != expected)
    fprintf(stderr, "\nresume: %d %s\n", status, error.message);
  CU_ASSERT_EQUAL(status, expected);
  return result;
}

/* Makes sure that the change is there, whether the process that died had begun, had left a journal, or was done. */
static bool bring_to_an_end(make *make_change, size_t items) {
  const bool has_journal = files(".journal", NULL) > 0;
  if (has_journal) {
    const struct osmflow_resume_result result = resume(false, OSMFLOW_OK);
    CU_ASSERT_EQUAL(result.pending, 0);
    CU_ASSERT_EQUAL(result.left_out, 0);
    CU_ASSERT_EQUAL(result.done + result.sent, items);
    CU_ASSERT_EQUAL(files("", NULL), 0);
  } else if (requests("POST") == 0) {
    CU_ASSERT_EQUAL(requests("PUT"), 0);
    CU_ASSERT_TRUE(dies_at(-1, make_change));
  }
  return has_journal;
}

static void nothing_is_lost_or_doubled_by_a_death_at_any_moment(void) {
  int with_journal = 0, n = 0;
  for (bool lived = false; !lived; n++) {
    char what[64];
    snprintf(what, sizeof what, "killed at look %d", n);
    begin();
    lived = dies_at(n, small_change);
    with_journal += bring_to_an_end(small_change, 7);
    expect_once(what);
    sweep();
  }
  CU_ASSERT_TRUE(with_journal > 3);
}

/* The same where the server carries the upload out only after the process has gone. */
static void late_uploads_are_waited_for(void) {
  for (int n = 0; n < 60; n += 5) {
    begin();
    place.haste = 20;
    fault("path=*/upload&orphan=150");
    (void)dies_at(n, small_change);
    (void)bring_to_an_end(small_change, 7);
    expect_once("killed while the server is slow");
    sweep();
  }
}

static void make_twenty(struct osmflow_change *change) {
  many_nodes(change, 20, 0.001);
}

/* Several changesets, of which the process has done some, and answers that get lost besides. */
static void goes_on_in_the_middle_of_many_changesets(void) {
  int n = 0;
  for (bool lived = false; !lived; n += 4) {
    begin();
    sandbox("/sandbox/limits?limit-changeset=7");
    if (n % 8 == 0)
      fault("path=*/upload&skip=1&drop=after");
    lived = dies_at(n, make_twenty);
    sandbox("/sandbox/fault/reset");
    (void)bring_to_an_end(make_twenty, 30);
    expect_ways(10);
    sweep();
  }
}

static void make_rename(struct osmflow_change *change) {
  static const struct osmflow_tag_view original[] = {{{"name", 4}, {"one", 3}}},
                                       renamed[] = {{{"name", 4}, {"mine", 4}}};
  struct osmflow_draft base = node(1, 1, 1, 1), draft = base, fresh = node(-1, 0, 2, 2);
  osmflow_change_init(change);
  base.tags = original;
  draft.tags = renamed;
  base.tag_count = draft.tag_count = 1;
  add(change, OSMFLOW_ACTION_CREATE, &fresh, NULL);
  add(change, OSMFLOW_ACTION_MODIFY, &draft, &base);
}

static void goes_on_after_a_merge(void) {
  int n = 0;
  for (bool lived = false; !lived; n += 2) {
    struct osmflow_store store;
    begin();
    others_do(
        "<modify><node id=\"1\" version=\"1\" changeset=\"C\" lat=\"1\" lon=\"1\"><tag k=\"name\" "
        "v=\"one\"/><tag k=\"bob\" v=\"yes\"/></node></modify>");
    settle_log();
    sandbox("/sandbox/log/reset");
    lived = dies_at(n, make_rename);
    (void)bring_to_an_end(make_rename, 2);
    CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 3);
    UNIT_SAME(tag_now(OSMFLOW_NODE, 1, "name"), "mine", "ours");
    UNIT_SAME(tag_now(OSMFLOW_NODE, 1, "bob"), "yes", "theirs");
    load("map?bbox=1.9,1.9,2.1,2.1", &store);
    CU_ASSERT_EQUAL(store.node_count, 1);
    osmflow_store_clear(&store);
    sweep();
  }
}

/* What the caller took back is not sent, only settled; what was not there stays in a file. */
static void what_was_given_up_is_only_settled(void) {
  for (int arrived = 0; arrived < 2; arrived++) {
    const struct osmflow_upload_options options = usual_options();
    struct osmflow_error error;
    struct osmflow_change change;
    char path[512];
    bool is_uncertain = false;
    begin();
    fault(arrived ? "path=*/upload&drop=after" : "path=*/upload&drop=before");
    fault("path=*/close&count=-1&drop=before");
    struct osmflow_uploader *uploader = uploader_of(&options);
    small_change(&change);
    CU_ASSERT_NOT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
    CU_ASSERT_TRUE(is_uncertain);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "osmflow resume"));
    CU_ASSERT_NOT_EQUAL(send(uploader, &change, &is_uncertain, &error), OSMFLOW_OK);
    CU_ASSERT_TRUE(is_uncertain);
    (void)resume(false, OSMFLOW_NETWORK);
    CU_ASSERT_EQUAL(files(".journal", NULL), 1);
    sandbox("/sandbox/fault/reset");
    const struct osmflow_resume_result result = resume(false, OSMFLOW_OK);
    CU_ASSERT_EQUAL(result.done, arrived ? 7 : 0);
    CU_ASSERT_EQUAL(result.pending, arrived ? 0 : 7);
    CU_ASSERT_EQUAL(result.sent, 0);
    CU_ASSERT_EQUAL(files("", path), arrived ? 0 : 1);
    if (!arrived)
      UNIT_SAME(result.change_path, path, "kept");
    CU_ASSERT_EQUAL(requests("/upload"), 1);
    osmflow_uploader_free(uploader);
    osmflow_change_clear(&change);
    sweep();
  }
}

/* Left as a crash leaves it: nothing of it is sent when only settling is wished. */
static void settles_only_when_asked(void) {
  begin();
  fault("path=*/upload&drop=before&count=-1");
  fault("path=*/close&count=-1&delay=300");
  for (int n = 20; files(".journal", NULL) == 0; n++) {
    sweep();
    CU_ASSERT_FALSE_FATAL(dies_at(n, small_change));
  }
  sandbox("/sandbox/fault/reset");
  const struct osmflow_resume_result result = resume(true, OSMFLOW_OK);
  CU_ASSERT_EQUAL(result.pending, 7);
  CU_ASSERT_EQUAL(result.sent + result.done, 0);
  CU_ASSERT_EQUAL(files(".osc", NULL), 1);
  CU_ASSERT_EQUAL(files("", NULL), 1);
  sweep();
}

static void leaves_alone_what_another_process_works_on(void) {
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_resume_result result;
  struct osmflow_journal *journal = NULL;
  struct osmflow_change change;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_journal_head head = {.root = place.root, .connection = "x"};
  char path[512];
  small_change(&change);
  CU_ASSERT_EQUAL(osmflow_journal_new(&place.environment, NULL, &head, &change, &journal, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(files(".journal", path), 1);
  CU_ASSERT_EQUAL(osmflow_upload_resume(&place.environment, path, &options, false, &result, &error), OSMFLOW_OK);
  CU_ASSERT_TRUE(result.is_busy);
  osmflow_journal_free(journal);
  osmflow_change_clear(&change);
  sweep();
}

int main(void) {
  static const struct unit_test tests[] = {
      UNIT(nothing_is_lost_or_doubled_by_a_death_at_any_moment),
      UNIT(late_uploads_are_waited_for),
      UNIT(goes_on_in_the_middle_of_many_changesets),
      UNIT(goes_on_after_a_merge),
      UNIT(what_was_given_up_is_only_settled),
      UNIT(settles_only_when_asked),
      UNIT(leaves_alone_what_another_process_works_on),
  };
  return upload_main("osm/upload_resume", tests, sizeof tests / sizeof tests[0]);
}
