/* Processes that die, and what `osmflow resume` makes of what they left. */
#include "upload_unit.h"

/* A process that sends the small change and dies at its n-th look at the world. True: it has lived to its end. */
static bool dies_at(int n) {
  int result = 0;
  const pid_t child = fork();
  if (child == 0) {
    const struct osmflow_upload_options options = usual_options();
    struct osmflow_error error;
    struct osmflow_change change;
    bool is_uncertain = false;
    struct osmflow_uploader *uploader = uploader_of(&options);
    small_change(&change);
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

static void nothing_is_lost_or_doubled_by_a_death_at_any_moment(void) {
  int with_journal = 0, n = 0;
  for (bool lived = false; !lived; n++) {
    char what[64];
    snprintf(what, sizeof what, "killed at look %d", n);
    begin();
    lived = dies_at(n);
    if (files(".journal", NULL) > 0) {
      const struct osmflow_resume_result result = resume(false, OSMFLOW_OK);
      CU_ASSERT_EQUAL(result.pending, 0);
      CU_ASSERT_EQUAL(result.done + result.sent, 7);
      CU_ASSERT_EQUAL(files("", NULL), 0);
      with_journal++;
    } else if (requests("POST") == 0) { /* it had not even begun */
      CU_ASSERT_EQUAL(requests("PUT"), 0);
      CU_ASSERT_TRUE(dies_at(-1));
    }
    expect_once(what);
    sweep();
  }
  CU_ASSERT_TRUE(with_journal > 3);
}

/* The same where the server carries the upload out only after the process has gone. */
static void late_uploads_are_waited_for(void) {
  for (int n = 0; n < 40; n += 3) {
    begin();
    place.haste = 20;
    fault("path=*/upload&orphan=150");
    (void)dies_at(n);
    if (files(".journal", NULL) > 0)
      (void)resume(false, OSMFLOW_OK);
    else if (requests("POST") == 0)
      CU_ASSERT_TRUE(dies_at(-1));
    expect_once("killed while the server is slow");
    sweep();
  }
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(nothing_is_lost_or_doubled_by_a_death_at_any_moment),
                                           UNIT(late_uploads_are_waited_for)};
  return upload_main("osm/upload_resume", tests, sizeof tests / sizeof tests[0]);
}
