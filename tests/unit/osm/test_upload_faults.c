/* Whatever happens to whichever request of an upload: in the end each edit is on the server, once. */
#include "upload_unit.h"

static const char *const places[] = {"*/capabilities", "*/permissions", "*/changeset/create", "*/upload",
                                     "*/changeset/2",  "*/close",       "*/download",         "*/api/0.6/nodes"};

/* What can happen to one request. The first ones happen to it alone, so that going on is possible at once. */
static const char *const faults[] = {
    "drop=before",
    "drop=after",
    "cut=0",
    "cut=30",
    "cut=200",
    "end=0",
    "end=60",
    "end=200",
    "html=1",
    "error=1",
    "status=500",
    "status=500&after=1",
    "status=502",
    "status=502&after=1",
    "status=503",
    "status=503&retry_after=2",
    "status=504&after=1",
    "status=406&after=1",
    "status=429",
    "status=429&retry_after=1",
    "status=509&retry_after=1",
};

/* Sends what is pending again and again, as a user would: after a doubt it is settled first. */
static void send_until_done(struct osmflow_uploader *uploader, struct osmflow_change *change, const char *what) {
  struct osmflow_error error = {.message = ""};
  bool is_uncertain = false, is_settled = true;
  enum osmflow_status status = OSMFLOW_NETWORK;
  for (int attempt = 0; attempt < 4 && status != OSMFLOW_OK; attempt++) {
    if (is_uncertain) {
      struct osmflow_change settled;
      osmflow_change_init(&settled);
      status = osmflow_uploader_settle(uploader, &settled, &is_settled, &error);
      CU_ASSERT_EQUAL(is_settled, status == OSMFLOW_OK);
      if (is_settled) {
        osmflow_change_clear(change);
        *change = settled;
      } else {
        osmflow_change_clear(&settled);
        continue;
      }
    }
    status = send(uploader, change, &is_uncertain, &error);
    if (status != OSMFLOW_OK && is_uncertain != (files(".journal", NULL) > 0))
      fprintf(stderr, "\n%s: uncertain %d, journals %zu: %s\n", what, is_uncertain, files(".journal", NULL),
              error.message);
    CU_ASSERT_TRUE(status == OSMFLOW_OK || is_uncertain == (files(".journal", NULL) > 0));
    CU_ASSERT_PTR_NULL(strstr(error.message, "-token"));
    sandbox("/sandbox/fault/reset");
  }
  if (status != OSMFLOW_OK)
    fprintf(stderr, "\n%s: %s\n", what, error.message);
  CU_ASSERT_EQUAL(status, OSMFLOW_OK);
}

static void one_fault(const char *request, const char *wish, const char *more) {
  char what[256], wishes[256];
  struct osmflow_change change;
  const struct osmflow_upload_options options = usual_options();
  struct osmflow_error error = {.message = ""};
  begin();
  snprintf(what, sizeof what, "%s %s %s", request, wish, more);
  snprintf(wishes, sizeof wishes, "path=%s&%s&%s", request, wish, more);
  fault(wishes);
  /* Settling and its requests are reached by a doubt only. */
  if (!strstr(request, "upload"))
    fault("path=*/upload&drop=after");
  struct osmflow_uploader *uploader = uploader_of(&options);
  small_change(&change);
  send_until_done(uploader, &change, what);
  expect_outcomes(&change, what);
  sandbox("/sandbox/fault/reset");
  CU_ASSERT_EQUAL(osmflow_uploader_close(uploader, &error), OSMFLOW_OK);
  osmflow_uploader_free(uploader);
  osmflow_change_clear(&change);
  expect_once(what);
  CU_ASSERT_EQUAL(files(".journal", NULL), 0);
  sweep();
}

static void survives_one_fault_anywhere(void) {
  for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++)
      one_fault(places[p], faults[f], "count=1");
}

static void survives_faults_that_stay(void) {
  for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++)
      one_fault(places[p], faults[f], "count=-1");
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(survives_one_fault_anywhere), UNIT(survives_faults_that_stay)};
  return upload_main("osm/upload_faults", tests, sizeof tests / sizeof tests[0]);
}
