/* Which results there are, and why not: processings and projects as the server tells of them. */
#include "mapflow_server.h"
#include "result_unit.h"

#define PROCESSING_OK(id, name, created)                                                                       \
  "{\"id\":\"" id "\",\"name\":\"" name "\",\"projectId\":\"" PROJECT                                          \
  "\",\"vectorLayer\":{\"tileUrl\":\"https://app.mapflow.ai/api/layers/1/tiles/{z}/{x}/{y}.vector.pbf\"},"     \
  "\"currentRevision\":0,\"workflowDef\":{\"name\":\"Buildings\"},\"status\":\"OK\",\"percentCompleted\":100," \
  "\"messages\":[],\"created\":\"" created "\",\"updated\":\"2026-02-10T10:45:00.248063Z\"}"
#define PROCESSING_NOT(id, name, status)                                                                     \
  "{\"id\":\"" id "\",\"name\":\"" name "\",\"status\":\"" status                                            \
  "\",\"percentCompleted\":45,\"messages\":[{\"code\":\"source-validator.PixelSizeTooLow\",\"parameters\":{" \
  "\"min_res\":\"0.07\",\"actual_res\":\"0.0054\"}}],\"created\":\"2026-02-09T10:45:00Z\",\"updated\":\"2026\"}"
#define ASKED "processings/" PROCESSING "/v2"
#define RESULT "processings/" PROCESSING "/result"
#define CREATED "2026-02-10T10:30:00.781909Z"

static struct osmflow_result_set *set_for(struct fake *fake, const char *text, const char *cache_folder) {
  struct osmflow_mapflow_call call;
  struct osmflow_result_set *set = NULL;
  struct osmflow_error error = {.message = ""};
  osmflow_mapflow_call_init(&call);
  CU_ASSERT_FATAL(osmflow_mapflow_call_parse(text, &call, &error) == OSMFLOW_OK);
  const struct osmflow_result_options options = {.environment = &fake->environment,
                                                 .server = {.root = world.root, .token = UNIT_EMAIL ":" UNIT_TOKEN},
                                                 .call = &call,
                                                 .cache_folder = cache_folder};
  fake_init(fake);
  CU_ASSERT_FATAL(osmflow_result_set_new(&options, &set, &error) == OSMFLOW_OK);
  osmflow_mapflow_call_clear(&call);
  return set;
}

static enum osmflow_status read_set(const char *text, struct fake *fake, char *shown, size_t size,
                                    struct osmflow_error *error) {
  struct osmflow_bytes bytes;
  struct osmflow_result_set *set = set_for(fake, text, NULL);
  osmflow_bytes_init(&bytes, 1 << 20);
  *error = (struct osmflow_error){.status = OSMFLOW_OK};
  const enum osmflow_status status = show_set(set, NULL, &bytes, error);
  snprintf(shown, size, "%s", osmflow_bytes_string(&bytes));
  CU_ASSERT_PTR_NULL(strstr(error->message, UNIT_TOKEN));
  CU_ASSERT_PTR_NULL(strstr(error->message, UNIT_BASIC));
  CU_ASSERT_PTR_NULL(strstr(fake->log, UNIT_TOKEN));
  osmflow_bytes_clear(&bytes);
  osmflow_result_set_free(set);
  return status;
}

static void why_there_is_no_result(void) {
  static const struct {
    struct canned answers[2];
    enum osmflow_status status;
    const char *words[4];
  } cases[] = {
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_NOT("x", "Town", "IN_PROGRESS")}},
       OSMFLOW_UNSUPPORTED,
       {"\"Town\" has no result", "IN_PROGRESS (45 %)", "still running", "0.07"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_NOT("x", "Town", "FAILED")}},
       OSMFLOW_UNSUPPORTED,
       {"status is FAILED:", "0.0054", "pixel"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_NOT("x", "Town", "BAKED")}},
       OSMFLOW_UNSUPPORTED,
       {"status is BAKED:"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = "{\"detail\":\"x\"}"}},
       OSMFLOW_BAD_DATA,
       {"no processing", PROCESSING}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = "<html></html>"}}, OSMFLOW_BAD_DATA, {ASKED}},
      {{{.method = "GET", .path = ASKED, .status = 404, .body = ""}}, OSMFLOW_NOT_FOUND, {ASKED}},
      {{{.method = "GET", .path = ASKED, .status = 401, .body = "Unauthorized"}},
       OSMFLOW_UNAUTHORIZED,
       {"osmflow login mapflow"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
        {.method = "GET", .path = RESULT, .status = 403, .body = "Forbidden"}},
       OSMFLOW_UNAUTHORIZED,
       {RESULT, "plan", "403"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
        {.method = "GET", .path = RESULT, .status = 200, .body = "<html></html>"}},
       OSMFLOW_BAD_DATA,
       {RESULT, "a web page", "MAPFLOW_URL"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
        {.method = "GET", .path = RESULT, .status = 200, .body = "[]"}},
       OSMFLOW_BAD_DATA,
       {PROCESSING, "not a JSON object"}},
      {{{.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
        {.method = "GET", .path = RESULT, .status = 200, .body = "{\"type\":\"FeatureCollection\",\"features\":["}},
       OSMFLOW_BAD_DATA,
       {"cut off", "tried 5 times"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake fake;
    struct osmflow_error error;
    char shown[500];
    WORLD_SAY(cases[i].answers);
    CU_ASSERT(read_set(RESULT, &fake, shown, sizeof shown, &error) == cases[i].status);
    for (size_t j = 0; j < 4 && cases[i].words[j]; j++)
      if (!strstr(error.message, cases[i].words[j]))
        UNIT_SAME(error.message, cases[i].words[j], "words");
  }
}

static void one_processing(void) {
  static const struct canned answers[] = {
      {.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
      {.method = "GET", .path = RESULT, .status = 200, .body = COLLECTION(AT("1", "2", "{\"id\":7}"))},
      {.method = "GET", .path = RESULT "?aoiId=" IMAGE, .status = 200, .body = COLLECTION("")}};
  struct fake fake;
  struct osmflow_error error;
  char shown[500];
  WORLD_SAY(answers);
  CU_ASSERT(read_set(RESULT, &fake, shown, sizeof shown, &error) == OSMFLOW_OK);
  UNIT_SAME(shown, "id:int64\n0/1|7\n", "result");
  CU_ASSERT(world.seen_count == 2);
  UNIT_SAME(seen_line(1), "GET " RESULT, "request");
  UNIT_SAME(world.seen[1].authorization, "Basic " UNIT_BASIC, "token");
  CU_ASSERT(read_set(RESULT "?aoiId=" IMAGE, &fake, shown, sizeof shown, &error) == OSMFLOW_OK);
  UNIT_SAME(seen_line(3), "GET " RESULT "?aoiId=" IMAGE, "request");
}

static bool has_fact(const struct osmflow_result_schema *schema, const char *fact) {
  bool is_there = false;
  for (const char *const *at = schema->facts; *at; at++)
    is_there = is_there || strcmp(*at, fact) == 0;
  return is_there;
}

static void what_is_known_of_it(void) {
  static const struct canned answers[] = {
      {.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
      {.method = "GET", .path = RESULT, .status = 200, .body = COLLECTION("")}};
  struct fake fake;
  const struct osmflow_result_schema *schema = NULL;
  WORLD_SAY(answers);
  struct osmflow_result_set *set = set_for(&fake, RESULT, NULL);
  CU_ASSERT_FATAL(osmflow_result_set_schema(set, &schema, NULL) == OSMFLOW_OK);
  CU_ASSERT(has_fact(schema, "PROCESSING_ID=" PROCESSING) && has_fact(schema, "PROCESSING_NAME=Town"));
  CU_ASSERT(has_fact(schema, "MODEL=Buildings") && has_fact(schema, "PROCESSING_STATUS=OK"));
  CU_ASSERT(has_fact(schema, "REVISION=0") && has_fact(schema, "PROCESSING_CREATED=" CREATED));
  CU_ASSERT(has_fact(schema, "TILE_URL=https://app.mapflow.ai/api/layers/1/tiles/{z}/{x}/{y}.vector.pbf"));
  osmflow_result_set_free(set);
}

#define LISTED "projects/" PROJECT "/processings/v2"
#define EXPECTED                                                                          \
  "processing_id:text processing_name:text model:text processing_created:time id:int64\n" \
  "0/1|p2|Two|Buildings|2026-01-01T00:00:00Z|2\n1/1|p1|One|Buildings|2026-02-01T00:00:00Z|1\n"
#define P1 PROCESSING_OK("p1", "One", "2026-02-01T00:00:00Z")
#define P2 PROCESSING_OK("p2", "Two", "2026-01-01T00:00:00Z")
#define P3 PROCESSING_NOT("p3", "Three", "AWAITING")
#define R1 \
  { .method = "GET", .path = "processings/p1/result", .status = 200, .body = COLLECTION(AT("1", "1", "{\"id\":1}")) }
#define R2 \
  { .method = "GET", .path = "processings/p2/result", .status = 200, .body = COLLECTION(AT("2", "2", "{\"id\":2}")) }

static void results_of_a_project(void) {
  static const struct {
    const char *name;
    struct canned answers[6];
    size_t requests;
  } cases[] = {
      {"one page",
       {{.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .body = "{\"results\":[" P1 "," P3 "," P2 "],\"total\":3,\"count\":3}"},
        R1,
        R2},
       3},
      {"two pages, of which the second repeats one",
       {{.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .body_has = "\"offset\":0",
         .body = "{\"results\":[" P1 "," P3 "],\"total\":3,\"count\":2}"},
        {.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .body_has = "\"offset\":2",
         .body = "{\"results\":[" P3 "," P2 "],\"total\":3,\"count\":2}"},
        R1,
        R2},
       4},
      {"what was deleted meanwhile moved others past us",
       {{.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .times = 1,
         .body = "{\"results\":[" P1 "," P3 "],\"total\":4}"},
        {.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .body_has = "\"offset\":2",
         .body = "{\"results\":[],\"total\":3}"},
        {.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .body_has = "\"offset\":0",
         .body = "{\"results\":[" P1 "," P3 "," P2 "],\"total\":3}"},
        R1,
        R2},
       5},
      {"no total: until a page brings nothing new",
       {{.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"results\":[" P1 "," P3 "," P2 "]}"},
        R1,
        R2},
       4},
      {"a plain list, when there are no pages",
       {{.method = "POST", .path = LISTED "/page", .status = 405, .body = ""},
        {.method = "GET", .path = LISTED, .status = 200, .body = "[" P1 "," P3 "," P2 "]"},
        R1,
        R2},
       4},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake fake;
    struct osmflow_error error;
    char shown[1000];
    WORLD_SAY(cases[i].answers);
    CU_ASSERT(read_set("projects/" PROJECT "/results", &fake, shown, sizeof shown, &error) == OSMFLOW_OK);
    UNIT_SAME(shown, EXPECTED, cases[i].name);
    UNIT_SAME(error.message, "", cases[i].name);
    CU_ASSERT(world.seen_count == cases[i].requests);
    CU_ASSERT(fake.warnings == 1 && strstr(fake.log, "\"Three\" (AWAITING)"));
  }
}

static void projects_without_results(void) {
  static const struct {
    struct canned answers[3];
    enum osmflow_status status;
    const char *words;
  } cases[] = {
      {{{.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"results\":[],\"total\":0}"}},
       OSMFLOW_OK,
       ""},
      {{{.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"results\":[" P3 "],\"total\":1}"}},
       OSMFLOW_OK,
       ""},
      {{{.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"total\":1}"}},
       OSMFLOW_BAD_DATA,
       "no list of processings"},
      {{{.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"results\":[7],\"total\":1}"}},
       OSMFLOW_BAD_DATA,
       "no processing"},
      {{{.method = "POST",
         .path = LISTED "/page",
         .status = 200,
         .body_has = "\"offset\":0",
         .body = "{\"results\":[" P1 "],\"total\":3}"},
        {.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"results\":[],\"total\":3}"}},
       OSMFLOW_BAD_DATA,
       "3 processings, but its pages end after 1"},
      {{{.method = "POST", .path = LISTED "/page", .status = 404, .body = ""}}, OSMFLOW_NOT_FOUND, "GET " LISTED},
      {{{.method = "POST", .path = LISTED "/page", .status = 403, .body = "{\"detail\":\"Forbidden\"}"}},
       OSMFLOW_UNAUTHORIZED,
       "403"},
      {{{.method = "POST", .path = LISTED "/page", .status = 200, .body = "{\"results\":[" P1 "," P2 "],\"total\":2}"},
        R2,
        {.method = "GET", .path = "processings/p1/result", .status = 404, .body = ""}},
       OSMFLOW_NOT_FOUND,
       "processing p1: "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake fake;
    struct osmflow_error error;
    char shown[1000];
    WORLD_SAY(cases[i].answers);
    CU_ASSERT(read_set("projects/" PROJECT "/results", &fake, shown, sizeof shown, &error) == cases[i].status);
    if (!strstr(error.message, cases[i].words))
      UNIT_SAME(error.message, cases[i].words, "words");
  }
}

static void downloads_are_made_anew_after_five_seconds(void) {
  static const struct canned answers[] = {
      {.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
      {.method = "GET", .path = RESULT, .status = 404, .body = "", .times = 1},
      {.method = "GET", .path = RESULT, .status = 200, .body = COLLECTION("")}};
  struct fake fake;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_result_schema *schema = NULL;
  WORLD_SAY(answers);
  struct osmflow_result_set *set = set_for(&fake, RESULT, NULL);
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_NOT_FOUND);
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_NOT_FOUND);
  CU_ASSERT(world.seen_count == 2);
  fake.now_ms += 5000;
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_OK);
  CU_ASSERT(world.seen_count == 4);
  osmflow_result_set_free(set);
}

static void results_are_kept_by_their_revision(void) {
  static const struct canned answers[] = {
      {.method = "GET", .path = ASKED, .status = 200, .body = PROCESSING_OK("x", "Town", CREATED)},
      {.method = "GET", .path = RESULT, .status = 200, .body = COLLECTION(AT("1", "2", "{\"id\":7}")), .times = 1}};
  char folder[] = "/tmp/osmflow-result-XXXXXX", command[64];
  struct fake fake;
  struct osmflow_bytes shown;
  osmflow_bytes_init(&shown, 1 << 20);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  WORLD_SAY(answers);
  for (int i = 0; i < 2; i++) { /* the server would not say it again */
    struct osmflow_result_set *set = set_for(&fake, RESULT, folder);
    CU_ASSERT(show_set(set, NULL, &shown, NULL) == OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&shown), "id:int64\n0/1|7\n", "kept");
    osmflow_result_set_free(set);
  }
  CU_ASSERT(world.seen_count == 3);
  snprintf(command, sizeof command, "rm -r %s", folder);
  CU_ASSERT(system(command) == 0);
  osmflow_bytes_clear(&shown);
}

static void other_calls_have_no_result(void) {
  struct osmflow_mapflow_call call;
  struct osmflow_result_set *set = NULL;
  struct fake fake;
  fake_init(&fake);
  osmflow_mapflow_call_init(&call);
  CU_ASSERT(osmflow_mapflow_call_parse("projects", &call, NULL) == OSMFLOW_OK);
  const struct osmflow_result_options options = {.environment = &fake.environment, .call = &call};
  CU_ASSERT(osmflow_result_set_new(&options, &set, NULL) == OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NULL(set);
  osmflow_mapflow_call_clear(&call);
}

MAPFLOW_UNIT_MAIN("mapflow/result_ask", UNIT(why_there_is_no_result), UNIT(projects_without_results),
                  UNIT(other_calls_have_no_result), UNIT(one_processing), UNIT(what_is_known_of_it),
                  UNIT(results_of_a_project), UNIT(downloads_are_made_anew_after_five_seconds),
                  UNIT(results_are_kept_by_their_revision))
