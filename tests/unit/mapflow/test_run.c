/* Running a model: nothing is spent unless it was allowed, nothing is started twice. */
#include "mapflow/run.h"

#include <math.h>

#include "base/number.h"
#include "mapflow_server.h"

#define STARTED "11111111-2222-4333-8444-555555555555"
#define OTHER "99999999-2222-4333-8444-555555555555"
#define MARK "00000000000000000000000000000000" /* the fake chance always says 0 */
#define PAGE "projects/" PROJECT "/processings/v2/page"
#define MODELS                                                                                               \
  "\"models\":[{\"id\":\"8cb13006-a299-4df6-b47d-91bd63de947f\",\"name\":\"🏠 Buildings\",\"blocks\":["    \
  "{\"name\":\"Segmentation\",\"optional\":false},"                                                          \
  "{\"name\":\"Heights\",\"displayName\":\"Height estimation\",\"optional\":true,\"defaultEnabled\":false}," \
  "{\"name\":\"OSM\",\"optional\":true,\"defaultEnabled\":true}],"                                           \
  "\"requirements\":{\"sources\":{\"xyz\":{\"recommended\":{\"min_zoom\":18,\"max_zoom\":19},"               \
  "\"required\":{\"min_zoom\":17,\"max_zoom\":20}}}}},"                                                      \
  "{\"id\":\"m2\",\"name\":\"🌲 Forest\",\"blocks\":[]},{\"id\":\"m3\",\"name\":\"🌳 forest\"},"         \
  "{\"id\":\"m4\",\"name\":\"🌾 Лес\"}]"
#define PROVIDERS                                                                                             \
  "\"dataProviders\":[{\"name\":\"Mapbox\",\"displayName\":\"🌎 Mapbox Satellite\",\"sourceType\":\"xyz\"," \
  "\"nominalZoom\":18,\"minAreaSqkm\":null},{\"name\":\"Dear\",\"displayName\":\"Dear One\",\"minAreaSqkm\":50}]"
#define RECORDED                                                                                          \
  "{\"email\":\"anna@example.com\",\"remainingCredits\":2450,\"maxAoisPerProcessing\":2,\"billingType\":" \
  "\"CREDITS\"," MODELS "," PROVIDERS "}"
#define SPEC "{\"user\":{\"id\":\"u\",\"email\":\"user@example.com\",\"credits\":20}," MODELS "}"
#define PROJECT_JSON "{\"id\":\"" PROJECT "\",\"name\":\"Urban Analysis\",\"user\":{\"aoiAreaLimit\":25000000}}"
#define ROW(id, name, meta)                                                                                          \
  "{\"id\":\"" id "\",\"name\":\"" name "\",\"workflowDef\":{\"id\":\"8cb13006-a299-4df6-b47d-91bd63de947f\"}," meta \
  "\"status\":\"OK\"}"
#define OLD ROW(PROCESSING, "old", "\"meta\":{\"source-app\":\"web\"},")
#define LIST(rows) "{\"results\":[" rows "],\"total\":1,\"count\":1}"

#define ACCOUNT_ANSWERS                                                 \
  {"GET", "user/status", 200, RECORDED, NULL, 0, false},                \
      {"GET", "projects/default", 200, PROJECT_JSON, NULL, 0, false}, { \
    "GET", "projects/" PROJECT, 200, PROJECT_JSON, NULL, 0, false       \
  }
#define COST_ANSWER \
  { "POST", "processing/cost/v2", 200, "15.5", NULL, 0, false }

static size_t count_seen(const char *line) {
  size_t count = 0;
  for (size_t i = 0; i < world.seen_count; i++)
    count += strcmp(world.seen[i].line, line) == 0;
  return count;
}

static const char *seen_body(const char *line) {
  const char *body = "";
  for (size_t i = 0; i < world.seen_count; i++)
    if (strcmp(world.seen[i].line, line) == 0)
      body = world.seen[i].body;
  return body;
}

static void small_area(struct osmflow_aoi *aoi) {
  struct osmflow_bbox bbox;
  osmflow_aoi_init(aoi);
  CU_ASSERT_EQUAL_FATAL(osmflow_bbox_parse(osmflow_text("9.52,47.13,9.53,47.14"), &bbox, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_aoi_from_bbox(&bbox, aoi, NULL), OSMFLOW_OK);
}

static const struct osmflow_run plain = {
    .name = "n", .model = "buildings", .source = OSMFLOW_RUN_PROVIDER, .provider = "mapbox", .zoom = -1};

struct outcome {
  enum osmflow_status status;
  struct osmflow_error error;
  char id[64], advice[OSMFLOW_RUN_ADVICE_SIZE], source[512], model[128], name[400];
  double cost, credits, area;
  int64_t slept_ms;
  int warnings;
  bool leaks; /* a secret is in the log */
};

/* Prepares, and starts where `most_cost` is not negative. Without an area of its own, `run` gets a small one. */
static struct outcome do_run(const struct osmflow_run *wish, bool with_area, double most_cost) {
  struct outcome outcome = {.status = OSMFLOW_OK};
  struct osmflow_mapflow mapflow;
  struct osmflow_run_plan plan;
  struct osmflow_run run = *wish;
  struct osmflow_aoi aoi;
  static struct fake fake;
  char *id = NULL;
  small_area(&aoi);
  run.aoi = run.aoi ? run.aoi : with_area ? &aoi : NULL;
  client_open(&mapflow, &fake);
  osmflow_run_plan_init(&plan);
  outcome.status = osmflow_run_prepare(&mapflow, &run, &plan, &outcome.error);
  outcome.cost = plan.cost;
  outcome.credits = plan.credits;
  outcome.area = plan.area;
  memcpy(outcome.advice, plan.advice, sizeof outcome.advice);
  snprintf(outcome.source, sizeof outcome.source, "%s", plan.source ? plan.source : "");
  snprintf(outcome.model, sizeof outcome.model, "%s", plan.model_id ? plan.model_id : "");
  snprintf(outcome.name, sizeof outcome.name, "%s", plan.name ? plan.name : "");
  if (outcome.status == OSMFLOW_OK && most_cost >= 0)
    outcome.status = osmflow_run_start(&mapflow, &plan, most_cost, &id, &outcome.error);
  snprintf(outcome.id, sizeof outcome.id, "%s", id ? id : "");
  outcome.slept_ms = fake.slept_ms;
  outcome.warnings = fake.warnings;
  outcome.leaks = strstr(fake.log, "pa55word") || strstr(outcome.error.message, "pa55word") ||
                  strstr(fake.log, UNIT_TOKEN) || strstr(outcome.source, "pa55word");
  free(id);
  osmflow_run_plan_clear(&plan);
  osmflow_mapflow_close(&mapflow);
  osmflow_aoi_clear(&aoi);
  return outcome;
}

static bool says(const struct outcome *outcome, const char *words) {
  const bool said = strstr(outcome->error.message, words) != NULL;
  if (!said)
    fprintf(stderr, "\n[%s] does not say [%s]\n", outcome->error.message, words);
  return said;
}

static void spends_nothing_without_leave(void) {
  static const struct canned answers[][6] = {
      {ACCOUNT_ANSWERS, COST_ANSWER},
      {ACCOUNT_ANSWERS,
       {"POST", "processing/cost/v2", 400, "{\"code\":\"BAD_REQUEST\",\"message\":\"no\"}", NULL, 0, false}},
      {ACCOUNT_ANSWERS, {"POST", "processing/cost/v2", 200, "null", NULL, 0, false}},
      {ACCOUNT_ANSWERS, {"POST", "processing/cost/v2", 200, "-3", NULL, 0, false}},
      {ACCOUNT_ANSWERS, {"POST", "processing/cost/v2", 200, "\"dear\"", NULL, 0, false}},
      {ACCOUNT_ANSWERS, {"POST", "processing/cost/v2", 0, "", NULL, 0, true}},
      {ACCOUNT_ANSWERS, {"POST", "processing/cost/v2", 200, "3000", NULL, 0, false}},
      {ACCOUNT_ANSWERS, {"POST", "processing/cost/v2", 200, "1e999", NULL, 0, false}},
      {{"GET", "user/status", 200, SPEC, NULL, 0, false},
       {"GET", "projects/default", 200, PROJECT_JSON, NULL, 0, false},
       {"POST", "processing/cost/v2", 200, "20.5", NULL, 0, false}},
      {ACCOUNT_ANSWERS, COST_ANSWER, {"POST", PAGE, 500, "", NULL, 0, false}},
  };
  static const struct {
    double most_cost;
    const char *words;
  } cases[] = {{15, "costs 15.5 credits (16 when rounded up), and 15 were allowed"},
               {HUGE_VAL, "processing/cost/v2"},
               {HUGE_VAL, "does not say what"},
               {HUGE_VAL, "does not say what"},
               {HUGE_VAL, "does not say what"},
               {HUGE_VAL, "processing/cost/v2"},
               {HUGE_VAL, "costs 3000 credits, and the account has 2450 left"},
               {HUGE_VAL, "does not say what"},
               {HUGE_VAL, "costs 20.5 credits, and the account has 20 left"},
               {HUGE_VAL, PAGE}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    size_t count = 0;
    while (count < 6 && answers[i][count].method)
      count++;
    world_say(answers[i], count);
    const struct outcome outcome = do_run(&plain, true, cases[i].most_cost);
    CU_ASSERT_NOT_EQUAL(outcome.status, OSMFLOW_OK);
    CU_ASSERT(says(&outcome, cases[i].words));
    CU_ASSERT_EQUAL(count_seen("POST processings/v2"), 0);
    UNIT_SAME(outcome.id, "", "nothing has an id");
  }
}

static void starts_once(void) {
  static const struct canned answers[] = {ACCOUNT_ANSWERS,
                                          COST_ANSWER,
                                          {"POST", PAGE, 200, LIST(OLD), NULL, 0, false},
                                          {"POST", "processings/v2", 200, "{\"id\":\"" STARTED "\"}", NULL, 0, false}};
  WORLD_SAY(answers);
  /* the server may charge 16 */
  CU_ASSERT(says(&(struct outcome){.error = do_run(&plain, true, 15.9).error}, "and 15.9 were allowed"));
  CU_ASSERT_EQUAL(count_seen("POST processings/v2"), 0);
  const struct outcome outcome = do_run(&plain, true, 16);
  UNIT_SAME(outcome.error.message, "", "no error");
  UNIT_SAME(outcome.id, STARTED, "the id");
  CU_ASSERT_EQUAL(count_seen("POST processings/v2"), 1);
  CU_ASSERT_DOUBLE_EQUAL(outcome.cost, 15.5, 0);
  CU_ASSERT_DOUBLE_EQUAL(outcome.credits, 2450, 0);
  CU_ASSERT_DOUBLE_EQUAL(outcome.area, 843000, 10000);
  const char *body = seen_body("POST processings/v2");
  CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"dataProvider\":{\"providerName\":\"Mapbox\",\"zoom\":18}"));
  CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"projectId\":\"" PROJECT "\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"osmflow-run\":\"" MARK "\""));
  CU_ASSERT_PTR_NULL(strstr(body, "\"blocks\""));
}

/* What became of a start whose answer did not come. `second`: what a second POST would be answered. */
static void settles_lost_answers(void) {
#define LOST \
  { "POST", "processings/v2", 0, "", NULL, 1, true }
#define FAILED \
  { "POST", "processings/v2", 502, "<html>bad gateway</html>", NULL, 1, false }
#define NAMELESS \
  { "POST", "processings/v2", 200, "{\"status\":\"UNPROCESSED\"}", NULL, 1, false }
#define REFUSED                                                                                                       \
  {                                                                                                                   \
    "POST", "processings/v2", 400, "{\"code\":\"BAD_REQUEST\",\"message\":\"You don't have enough limit\"}", NULL, 1, \
        false                                                                                                         \
  }
#define AGAIN \
  { "POST", "processings/v2", 200, "{\"id\":\"" STARTED "\"}", NULL, 0, false }
#define BEFORE \
  { "POST", PAGE, 200, LIST(OLD), NULL, 1, false }
#define LISTED(rows, times) \
  { "POST", PAGE, 200, LIST(rows), NULL, times, false }
#define OURS ROW(STARTED, "n", "\"meta\":{\"osmflow-run\":\"" MARK "\"},")
#define NOT_OURS ROW(OTHER, "n", "\"meta\":{\"osmflow-run\":\"ffffffffffffffffffffffffffffffff\"},")
#define NO_META ROW(STARTED, "n", "")
#define OTHER_NAME ROW(OTHER, "m", "")
  static const struct canned answers[][9] = {
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, LISTED(OURS "," OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, FAILED, AGAIN, BEFORE, LISTED(NOT_OURS "," OURS "," OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, NAMELESS, AGAIN, BEFORE, LISTED(OURS "," OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, LISTED(NO_META "," OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, LISTED(OLD, 2), LISTED(OURS "," OLD, 0)}, /* late */
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, LISTED(OLD, 0)},                          /* not arrived */
      {ACCOUNT_ANSWERS, COST_ANSWER, FAILED, AGAIN, BEFORE, LISTED(NOT_OURS "," OTHER_NAME "," OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, REFUSED, AGAIN, BEFORE, LISTED(OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, {"POST", PAGE, 403, "Forbidden", NULL, 0, false}},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, {"POST", PAGE, 200, "{}", NULL, 0, false}},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, {"POST", "processings/v2", 0, "", NULL, 0, true}, BEFORE, LISTED(OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, REFUSED, BEFORE, LISTED(OLD, 0)},
      {ACCOUNT_ANSWERS, COST_ANSWER, LOST, AGAIN, BEFORE, LISTED(OLD, 4),
       LISTED(ROW(OTHER, "n", "\"meta\":{\"osmflow-run\":\"" MARK "\"},") "," OURS "," OLD, 0)},
  };
  static const struct {
    size_t posts;
    const char *id, *words;
    int warnings;
  } cases[] = {{1, STARTED, "", 0},
               {1, STARTED, "", 0},
               {1, STARTED, "", 0},
               {1, STARTED, "", 0},
               {1, STARTED, "", 0},
               {2, STARTED, "", 0},
               {2, STARTED, "", 0},
               {1, "", "enough", 0},
               {1, "", "it is not known whether", 0},
               {1, "", "it is not known whether", 0},
               {2, "", "processings/v2", 0},
               {2, "", "enough", 0},
               {2, STARTED, "", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    size_t count = 0;
    while (count < 9 && answers[i][count].method)
      count++;
    world_say(answers[i], count);
    const struct outcome outcome = do_run(&plain, true, 100);
    if (count_seen("POST processings/v2") != cases[i].posts || strcmp(outcome.id, cases[i].id) != 0)
      fprintf(stderr, "\ncase %zu: %zu starts, id [%s], %s\n", i, count_seen("POST processings/v2"), outcome.id,
              outcome.error.message);
    CU_ASSERT_EQUAL(count_seen("POST processings/v2"), cases[i].posts);
    UNIT_SAME(outcome.id, cases[i].id, "the id");
    CU_ASSERT_EQUAL(outcome.status == OSMFLOW_OK, *cases[i].id != '\0');
    CU_ASSERT(!*cases[i].words || says(&outcome, cases[i].words));
    CU_ASSERT_EQUAL(outcome.warnings, cases[i].warnings);
  }
}

static void finds_by_name(void) {
  static const struct canned answers[] = {ACCOUNT_ANSWERS, COST_ANSWER};
  static const struct {
    const char *model, *found, *words;
  } cases[] = {
      {"8cb13006-a299-4df6-b47d-91bd63de947f", "8cb13006-a299-4df6-b47d-91bd63de947f", NULL},
      {"🏠 Buildings", "8cb13006-a299-4df6-b47d-91bd63de947f", NULL},
      {" bUILD ings ", "8cb13006-a299-4df6-b47d-91bd63de947f", NULL},
      {"🏡BUILDINGS", "8cb13006-a299-4df6-b47d-91bd63de947f", NULL},
      {"лЕС", "m4", NULL},
      {"🌲 Forest", "m2", NULL},
      {"m3", "m3", NULL},
      {"FOREST", NULL,
       "several models are called \"FOREST\"; give the id of one of them: 🌲 Forest (m2), 🌳 forest (m3)"},
      {"roads", NULL, "there is no model \"roads\"; there is: 🏠 Buildings, 🌲 Forest, 🌳 forest, 🌾 Лес"},
      {"build", NULL, "there is no model"},
      {"🏠", NULL, "there is no model"},
      {"", NULL, "a model is needed"},
      {NULL, NULL, "a model is needed"},
      {"\xff\xfe", NULL, "there is no model"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_run run = plain;
    run.model = cases[i].model;
    WORLD_SAY(answers);
    const struct outcome outcome = do_run(&run, true, -1);
    CU_ASSERT_EQUAL(outcome.status == OSMFLOW_OK, cases[i].found != NULL);
    UNIT_SAME(outcome.model, cases[i].found ? cases[i].found : "", "the model");
    CU_ASSERT(!cases[i].words || says(&outcome, cases[i].words));
  }
}

static void switches_blocks(void) {
  static const struct canned answers[] = {ACCOUNT_ANSWERS, COST_ANSWER};
  static const struct {
    const char *blocks[3], *body, *words;
  } cases[] = {
      {{"heights", NULL}, "[{\"name\":\"Heights\",\"enabled\":true},{\"name\":\"OSM\",\"enabled\":true}]", NULL},
      {{"Height Estimation", "-osm", NULL},
       "[{\"name\":\"Heights\",\"enabled\":true},{\"name\":\"OSM\",\"enabled\":false}]",
       NULL},
      {{"-OSM", NULL}, "[{\"name\":\"Heights\",\"enabled\":false},{\"name\":\"OSM\",\"enabled\":false}]", NULL},
      {{"OSM", "-OSM", NULL}, "{\"name\":\"OSM\",\"enabled\":false}]", NULL},
      {{"Segmentation", NULL}, NULL, "always runs"},
      {{"Crowns", NULL}, NULL, "has no block \"Crowns\" to switch; it has: Heights, OSM"},
      {{"-", NULL}, NULL, "has no block"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_run run = plain;
    run.blocks = cases[i].blocks;
    WORLD_SAY(answers);
    const struct outcome outcome = do_run(&run, true, -1);
    CU_ASSERT_EQUAL(outcome.status == OSMFLOW_OK, cases[i].body != NULL);
    CU_ASSERT(!cases[i].body || strstr(seen_body("POST processing/cost/v2"), cases[i].body));
    CU_ASSERT(!cases[i].words || says(&outcome, cases[i].words));
  }
}

static void knows_sources(void) {
  static const char *const images[] = {IMAGE, NULL}, *const scenes[] = {"SCN_1", NULL}, *const wrong[] = {"x", NULL};
#define FOOTPRINT "\"footprint\":\"POLYGON((1.96 48.77,1.97 48.77,1.97 48.76,1.96 48.76,1.96 48.77))\""
  static const struct canned answers[] = {
      ACCOUNT_ANSWERS,
      COST_ANSWER,
      {"GET", "rasters/mosaic", 200,
       "[{\"id\":\"" MOSAIC "\",\"name\":\"Aerial Survey\"},{\"id\":\"" OTHER "\",\"name\":\"Empty\"}]", NULL, 0,
       false},
      {"GET", "rasters/mosaic/" MOSAIC, 200, "{\"id\":\"" MOSAIC "\"," FOOTPRINT "}", NULL, 0, false},
      {"GET", "rasters/mosaic/" OTHER, 200, "{\"id\":\"" OTHER "\",\"image_count\":0}", NULL, 0, false},
      {"GET", "rasters/mosaic/" OTHER "/image", 200, "[]", NULL, 0, false},
      {"GET", "rasters/image/" IMAGE, 200, "{\"id\":\"" IMAGE "\"," FOOTPRINT "}", NULL, 0, false},
  };
  static const struct {
    struct osmflow_run run;
    bool with_area;
    const char *body, *words;
  } cases[] = {
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "🌎 mapbox satellite", .zoom = 19},
       true,
       "{\"dataProvider\":{\"providerName\":\"Mapbox\",\"zoom\":19}}",
       NULL},
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "Mapbox", .zoom = 16}, true, NULL, "takes 17 to 20"},
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "Mapbox", .zoom = 21}, true, NULL, "takes 17 to 20"},
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "Mapbox", .zoom = 99}, true, NULL, "no zoom level 99"},
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "Bing", .zoom = -1}, true, NULL, "there is: Mapbox, Dear"},
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "Dear", .zoom = 18}, true, NULL, "50.000 km2 at least"},
      {{.source = OSMFLOW_RUN_PROVIDER, .provider = "Mapbox", .zoom = -1}, false, NULL, "area of interest is missing"},
      {{.source = OSMFLOW_RUN_PROVIDER, .zoom = -1}, true, NULL, "provider is needed"},
      {{.source = OSMFLOW_RUN_IMAGERY, .mosaic_id = "aerial survey"},
       false,
       "{\"myImagery\":{\"mosaicId\":\"" MOSAIC "\"}}",
       NULL},
      {{.source = OSMFLOW_RUN_IMAGERY, .mosaic_id = MOSAIC}, false, "[1.96,48.76]", NULL},
      {{.source = OSMFLOW_RUN_IMAGERY, .mosaic_id = MOSAIC, .image_ids = images},
       true,
       "{\"myImagery\":{\"imageIds\":[\"" IMAGE "\"],\"mosaicId\":\"" MOSAIC "\"}}",
       NULL},
      {{.source = OSMFLOW_RUN_IMAGERY, .image_ids = images},
       false,
       "{\"myImagery\":{\"imageIds\":[\"" IMAGE "\"]}}",
       NULL},
      {{.source = OSMFLOW_RUN_IMAGERY, .mosaic_id = "Empty"}, false, NULL, "no footprint"},
      {{.source = OSMFLOW_RUN_IMAGERY, .mosaic_id = "nothing"},
       false,
       NULL,
       "there is no mosaic \"nothing\"; there is: Aerial Survey, Empty"},
      {{.source = OSMFLOW_RUN_IMAGERY, .image_ids = wrong}, false, NULL, "not the id of an image"},
      {{.source = OSMFLOW_RUN_IMAGERY}, false, NULL, "a mosaic or an image is needed"},
      {{.source = OSMFLOW_RUN_SEARCH, .provider = "CG_2022", .image_ids = scenes, .zoom = -1},
       true,
       "{\"imagerySearch\":{\"dataProvider\":\"CG_2022\",\"imageIds\":[\"SCN_1\"]}}",
       NULL},
      {{.source = OSMFLOW_RUN_SEARCH, .provider = "CG_2022", .zoom = -1}, true, NULL, "image of the catalog is needed"},
      {{.source = OSMFLOW_RUN_OWN,
        .source_type = "xyz",
        .url = "https://t.example.com/{z}/{x}/{-y}.png",
        .zoom = 18,
        .login = "anna",
        .password = "pa55word"},
       true,
       "{\"userDefined\":{\"sourceType\":\"XYZ\",\"url\":\"https://t.example.com/{z}/{x}/"
       "{-y}.png\",\"zoom\":18,\"crs\":\"EPSG:3857\"}}",
       NULL},
      {{.source = OSMFLOW_RUN_OWN, .source_type = "WMS", .url = "https://t.example.com/wms?", .zoom = -1},
       true,
       "{\"userDefined\":{\"sourceType\":\"WMS\",\"url\":\"https://t.example.com/wms?\"}}",
       NULL},
      {{.source = OSMFLOW_RUN_OWN, .source_type = "TMS", .url = "https://t.example.com/{z}/{x}.png", .zoom = 18},
       true,
       NULL,
       "needs {y}/{-y}"},
      {{.source = OSMFLOW_RUN_OWN, .source_type = "QUADKEY", .url = "https://t.example.com/{z}", .zoom = 18},
       true,
       NULL,
       "needs {q}"},
      {{.source = OSMFLOW_RUN_OWN, .source_type = "WFS", .url = "https://t.example.com/", .zoom = 18},
       true,
       NULL,
       "not \"WFS\""},
      {{.source = OSMFLOW_RUN_OWN, .source_type = "XYZ", .zoom = 18}, true, NULL, "address of the source"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_run run = cases[i].run;
    run.model = "buildings";
    WORLD_SAY(answers);
    const struct outcome outcome = do_run(&run, cases[i].with_area, -1);
    const char *body = seen_body("POST processing/cost/v2");
    if ((outcome.status == OSMFLOW_OK) != (cases[i].body != NULL) || (cases[i].body && !strstr(body, cases[i].body)))
      fprintf(stderr, "\ncase %zu: %s\n%s\n", i, outcome.error.message, body);
    CU_ASSERT_EQUAL(outcome.status == OSMFLOW_OK, cases[i].body != NULL);
    CU_ASSERT(!cases[i].body || strstr(body, cases[i].body));
    CU_ASSERT(!cases[i].words || says(&outcome, cases[i].words));
    CU_ASSERT(!outcome.leaks);
    CU_ASSERT_PTR_NULL(strstr(body, "pa55word")); /* the cost does not depend on it */
  }
}

/* Login and password go to the server with the start, and nowhere else. */
static void keeps_passwords(void) {
  static const struct canned answers[] = {
      ACCOUNT_ANSWERS,
      COST_ANSWER,
      {"POST", PAGE, 200, LIST(""), NULL, 0, false},
      {"POST", "processings/v2", 400, "{\"code\":\"BAD_REQUEST\",\"message\":\"wrong pa5\"}", NULL, 0, false}};
  struct osmflow_run run = plain;
  run.source = OSMFLOW_RUN_OWN;
  run.source_type = "XYZ";
  run.url = "https://t.example.com/{z}/{x}/{y}.png";
  run.login = "anna";
  run.password = "pa55word\"";
  WORLD_SAY(answers);
  const struct outcome outcome = do_run(&run, true, 100);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_HTTP);
  CU_ASSERT(!outcome.leaks);
  CU_ASSERT_PTR_NOT_NULL(
      strstr(seen_body("POST processings/v2"), "\"rasterLogin\":\"anna\",\"rasterPassword\":\"pa55word\\\"\""));
}

static void advises_on_zoom(void) {
  static const struct canned answers[] = {ACCOUNT_ANSWERS, COST_ANSWER};
  struct osmflow_run run = plain;
  run.zoom = 17;
  WORLD_SAY(answers);
  const struct outcome advised = do_run(&run, true, -1);
  CU_ASSERT_EQUAL(advised.status, OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(advised.advice, "levels 18 to 19 are recommended"));
  run.zoom = 18;
  UNIT_SAME(do_run(&run, true, -1).advice, "", "18 is fine");
}

static void obeys_limits(void) {
  static const char small_account[] =
      "{\"remainingCredits\":100,\"maxAoisPerProcessing\":1,\"billingType\":\"AREA\",\"remainingArea\":500000," MODELS
      "," PROVIDERS "}";
  static const struct canned answers[] = {{"GET", "user/status", 200, small_account, NULL, 0, false},
                                          {"GET", "projects/default", 200, PROJECT_JSON, NULL, 0, false},
                                          COST_ANSWER};
  struct osmflow_run run = plain;
  struct osmflow_aoi aoi;
  struct osmflow_bbox large;
  OGRGeometryH two = NULL;
  char text[] = "MULTIPOLYGON(((9 47,9.001 47,9.001 47.001,9 47)),((8 47,8.001 47,8.001 47.001,8 47)))", *rest = text;
  WORLD_SAY(answers);
  struct outcome outcome = do_run(&run, true, -1);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT(says(&outcome, "has 0.500 km2 left"));
  osmflow_aoi_init(&aoi);
  CU_ASSERT_EQUAL_FATAL(OGR_G_CreateFromWkt(&rest, NULL, &two), OGRERR_NONE);
  CU_ASSERT_EQUAL_FATAL(osmflow_aoi_from_geometry(two, &aoi, NULL), OSMFLOW_OK);
  run.aoi = &aoi;
  outcome = do_run(&run, true, -1);
  CU_ASSERT(says(&outcome, "2 separate polygons"));
  CU_ASSERT_EQUAL(osmflow_bbox_parse(osmflow_text("9,47,9.1,47.1"), &large, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_aoi_from_bbox(&large, &aoi, NULL), OSMFLOW_OK);
  outcome = do_run(&run, true, -1);
  CU_ASSERT(says(&outcome, "allows 25.000 km2"));
  CU_ASSERT_EQUAL(count_seen("POST processing/cost/v2"), 0);
  OGR_G_DestroyGeometry(two);
  osmflow_aoi_clear(&aoi);
}

static void finds_projects(void) {
#define NAMED(id, name) "{\"id\":\"" id "\",\"name\":\"" name "\"}"
  static const struct canned answers[] = {
      ACCOUNT_ANSWERS,
      COST_ANSWER,
      {"POST", "projects/page", 200, LIST(NAMED(OTHER, "Urban Analysis 2") "," NAMED(PROJECT, "Urban Analysis")),
       "Urban Analysis", 0, false},
      {"POST", "projects/page", 200, LIST(NAMED(OTHER, "Twin") "," NAMED(PROJECT, "Twin")), "Twin", 0, false},
      {"POST", "projects/page", 404, "", "Plain", 0, false},
      {"POST", "projects/page", 200, LIST(""), NULL, 0, false},
      {"GET", "projects", 200, "[" NAMED(PROJECT, "plain") "]", NULL, 0, false},
  };
  static const struct {
    const char *project, *words;
  } cases[] = {{NULL, NULL},
               {PROJECT, NULL},
               {"Urban Analysis", NULL},
               {"Plain", NULL},
               {"Twin", "several projects"},
               {"Nothing", "there is no project \"Nothing\""},
               {OTHER, OTHER}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_run run = plain;
    run.project = cases[i].project;
    WORLD_SAY(answers);
    const struct outcome outcome = do_run(&run, true, -1);
    CU_ASSERT_EQUAL(outcome.status == OSMFLOW_OK, cases[i].words == NULL);
    CU_ASSERT(!cases[i].words || says(&outcome, cases[i].words));
  }
}

static void keeps_names_and_meta(void) {
  static const struct canned answers[] = {ACCOUNT_ANSWERS, COST_ANSWER};
  static const char *const good[] = {"job=7=8", NULL}, *const bad[] = {"osmflow-run=1", NULL},
                           *const none[] = {"x", NULL};
  static char long_name[300];
  struct osmflow_run run = plain;
  memset(long_name, 'x', 256);
  WORLD_SAY(answers);
  run.name = NULL;
  run.meta = good;
  UNIT_SAME(do_run(&run, true, -1).name, "🏠 Buildings 2023-11-14", "a name of its own");
  run.meta = bad;
  struct outcome outcome = do_run(&run, true, -1);
  CU_ASSERT(says(&outcome, "KEY=value"));
  run.meta = none;
  outcome = do_run(&run, true, -1);
  CU_ASSERT(says(&outcome, "KEY=value"));
  run.meta = NULL;
  run.name = long_name;
  outcome = do_run(&run, true, -1);
  CU_ASSERT(says(&outcome, "256 characters"));
}

static bool count_looks(void *self, const struct osmflow_run_state *state) {
  (void)state;
  ++*(int *)self;
  return true;
}

static bool stop_at_once(void *self, const struct osmflow_run_state *state) {
  (void)self, (void)state;
  return false;
}

#define STATE(text, times) \
  { "GET", "processings/" PROCESSING "/v2", 200, text, NULL, times, false }

static void waits_until_the_end(void) {
  static const struct canned answers[] = {
      STATE("{\"status\":\"UNPROCESSED\"}", 1),
      STATE("{\"status\":\"IN_PROGRESS\",\"percentCompleted\":45}", 2),
      {"GET", "processings/" PROCESSING "/v2", 0, "", NULL, 6, true}, /* a bad minute */
      STATE("{\"status\":\"SOMETHING_NEW\"}", 1),
      STATE("{\"status\":\"OK\",\"percentCompleted\":100}", 0)};
  struct osmflow_mapflow mapflow;
  struct osmflow_run_state state;
  struct osmflow_error error = {.message = ""};
  static struct fake fake;
  int looks = 0;
  client_open(&mapflow, &fake);
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(osmflow_run_wait(&mapflow, PROCESSING, count_looks, &looks, &state, &error), OSMFLOW_OK);
  UNIT_SAME(error.message, "", "no error");
  CU_ASSERT(state.is_final && state.is_ok && state.percent == 100);
  CU_ASSERT_EQUAL(looks, 5);
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(osmflow_run_wait(&mapflow, PROCESSING, stop_at_once, NULL, &state, &error), OSMFLOW_CANCELLED);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "goes on"));
  osmflow_mapflow_close(&mapflow);
}

static void says_why_it_failed(void) {
  static const struct {
    const char *answer, *words;
    bool is_final;
  } cases[] = {
      {"{\"status\":\"FAILED\",\"messages\":[{\"code\":\"source-validator.PixelSizeTooLow\",\"parameters\":{\"min_"
       "res\":\"0.07\",\"actual_res\":\"0.0054\"}}]}",
       "0.0054", true},
      {"{\"status\":\"FAILED\",\"messages\":[{\"code\":\"what.ever\"}]}", "what.ever", true},
      {"{\"status\":\"CANCELLED\",\"messages\":[]}", "", true},
      {"{\"status\":\"REFUNDED\"}", "", true},
      {"{\"status\":\"AWAITING\"}", "", false},
  };
  struct osmflow_mapflow mapflow;
  static struct fake fake;
  client_open(&mapflow, &fake);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct canned answers[] = {STATE(cases[i].answer, 0)};
    struct osmflow_run_state state;
    struct osmflow_error error = {.message = ""};
    WORLD_SAY(answers);
    CU_ASSERT_EQUAL(osmflow_run_look(&mapflow, PROCESSING, &state, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL(state.is_final, cases[i].is_final);
    CU_ASSERT(!state.is_ok && strlen(state.words) > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(state.words, cases[i].words));
  }
  osmflow_mapflow_close(&mapflow);
}

static void steers_no_terminal(void) {
  static const struct canned answers[] = {STATE("{\"status\":\"N\\u001b[2J\\u00e9 W\"}", 0)};
  struct osmflow_mapflow mapflow;
  struct osmflow_run_state state;
  struct osmflow_error error = {.message = ""};
  static struct fake fake;
  client_open(&mapflow, &fake);
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(osmflow_run_look(&mapflow, PROCESSING, &state, &error), OSMFLOW_OK);
  UNIT_SAME(state.status, "N?[2J???W", "a status with control characters");
  CU_ASSERT_PTR_NULL(strchr(state.words, '\033'));
  osmflow_mapflow_close(&mapflow);
}

static void refuses_to_wait_for_nothing(void) {
  static const struct canned answers[] = {STATE("{}", 0)};
  struct osmflow_mapflow mapflow;
  struct osmflow_run_state state;
  struct osmflow_error error = {.message = ""};
  static struct fake fake;
  client_open(&mapflow, &fake);
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(osmflow_run_wait(&mapflow, PROCESSING, NULL, NULL, &state, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(osmflow_run_wait(&mapflow, OTHER, NULL, NULL, &state, &error), OSMFLOW_NOT_FOUND);
  CU_ASSERT_EQUAL(osmflow_run_wait(&mapflow, "../user", NULL, NULL, &state, &error), OSMFLOW_BAD_ARGUMENT);
  fake_set(&fake, "MAPFLOW_POLL", "often");
  CU_ASSERT_EQUAL(osmflow_run_wait(&mapflow, PROCESSING, NULL, NULL, &state, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "MAPFLOW_POLL=often"));
  osmflow_mapflow_close(&mapflow);
}

MAPFLOW_UNIT_MAIN("mapflow/run", UNIT(spends_nothing_without_leave), UNIT(starts_once), UNIT(settles_lost_answers),
                  UNIT(finds_by_name), UNIT(switches_blocks), UNIT(knows_sources), UNIT(keeps_passwords),
                  UNIT(advises_on_zoom), UNIT(obeys_limits), UNIT(finds_projects), UNIT(keeps_names_and_meta),
                  UNIT(waits_until_the_end), UNIT(says_why_it_failed), UNIT(steers_no_terminal),
                  UNIT(refuses_to_wait_for_nothing))
