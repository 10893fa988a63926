/* One client: options, tokens, JSON in and out, errors in words. */
#include "mapflow/client.h"

#include "mapflow_server.h"

static enum osmflow_status get(const char *path, char *name, size_t size, struct osmflow_error *error) {
  struct fake fake;
  struct osmflow_mapflow mapflow;
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  client_open(&mapflow, &fake);
  const enum osmflow_status status = osmflow_mapflow_get(&mapflow, path, &tree, &top, error);
  const struct osmflow_tree_node *found = osmflow_tree_child(top, "name");
  snprintf(name, size, "%s", found ? found->text.data : "");
  CU_ASSERT_PTR_NULL(strstr(fake.log, UNIT_BASIC));
  CU_ASSERT_PTR_NULL(strstr(fake.log, UNIT_TOKEN));
  osmflow_tree_free(tree);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static void refuses_what_is_not_json(void) {
  static char deep[10001];
  memset(deep, '[', sizeof deep - 1);
  const struct canned answers[] = {
      {"GET", "html", 200, "  <!doctype html><title>Hotel</title>", NULL, 0, false},
      {"GET", "empty", 200, "", NULL, 0, false},
      {"GET", "blank", 200, " \n", NULL, 0, false},
      {"GET", "half", 200, "{\"name\":\"x\"", NULL, 0, false},
      {"GET", "deep", 200, deep, NULL, 0, false},
      {"GET", "words", 200, "Unauthorized", NULL, 0, false},
  };
  static const struct {
    const char *path, *words;
  } cases[] = {{"html", "web page"},
               {"empty", "empty"},
               {"blank", "empty"},
               {"half", "/rest/half: the answer"},
               {"deep", "/rest/deep: the answer"},
               {"words", "/rest/words: the answer"}};
  WORLD_SAY(answers);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {.message = ""};
    char name[32];
    const enum osmflow_status status = get(cases[i].path, name, sizeof name, &error);
    CU_ASSERT(status == OSMFLOW_BAD_DATA || status == OSMFLOW_TOO_LARGE);
    if (!strstr(error.message, cases[i].words))
      UNIT_SAME(error.message, cases[i].words, cases[i].path);
  }
}

static void explains_refusals(void) {
  static const struct canned answers[] = {
      {"GET", "secret", 401, "Unauthorized", NULL, 0, false},
      {"GET", "mine", 403, "{\"detail\":{\"code\":\"AccessDenied\",\"parameters\":{\"uid\":\"1\"}}}", NULL, 0, false},
      {"GET", "flaky", 502, "<html></html>", NULL, 2, false},
      {"GET", "flaky", 200, "{\"name\":\"there\"}", NULL, 0, false},
      {"GET", "down", 502, "<html></html>", NULL, 0, false},
      {"GET", "cut", 200, "{\"name\":\"th", NULL, 1, false},
      {"GET", "cut", 200, "{\"name\":\"whole\"}", NULL, 0, false},
  };
  struct osmflow_error error = {.message = ""};
  char name[32];
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(get("secret", name, sizeof name, &error), OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_EQUAL(error.http_status, 401);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "GET secret: the token is refused"));
  CU_ASSERT_PTR_NULL(strstr(error.message, UNIT_BASIC));
  CU_ASSERT_EQUAL(world.seen_count, 1); /* no other scheme is tried */
  UNIT_SAME(world.seen[0].authorization, "Basic " UNIT_BASIC, "the header");
  CU_ASSERT_EQUAL(get("mine", name, sizeof name, &error), OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "(HTTP 403 AccessDenied)"));
  CU_ASSERT_EQUAL(get("flaky", name, sizeof name, &error), OSMFLOW_OK);
  UNIT_SAME(name, "there", "after two failures");
  CU_ASSERT_EQUAL(get("down", name, sizeof name, &error), OSMFLOW_HTTP);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "tried 5 times"));
  CU_ASSERT_EQUAL(get("cut", name, sizeof name, &error), OSMFLOW_OK);
  UNIT_SAME(name, "whole", "a document cut off is asked for again");
}

static void sends_bodies_once(void) {
  static const struct canned answers[] = {{"POST", "projects", 502, "", NULL, 1, false},
                                          {"POST", "projects", 200, "{\"id\":\"1\"}", NULL, 0, false}};
  struct fake fake;
  struct osmflow_mapflow mapflow;
  struct osmflow_bytes answer;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_mapflow_request request = {"POST", "projects", "{\"name\":\"x\"}", false};
  osmflow_bytes_init(&answer, 1000);
  WORLD_SAY(answers);
  client_open(&mapflow, &fake);
  CU_ASSERT_EQUAL(osmflow_mapflow_send(&mapflow, &request, &answer, NULL, &error), OSMFLOW_HTTP);
  CU_ASSERT_EQUAL(world.seen_count, 1);
  UNIT_SAME(world.seen[0].body, "{\"name\":\"x\"}", "the body");
  CU_ASSERT_EQUAL(osmflow_mapflow_send(&mapflow, &request, &answer, NULL, &error), OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&answer), "{\"id\":\"1\"}", "the answer");
  CU_ASSERT_EQUAL(osmflow_mapflow_send(&mapflow, &request, NULL, NULL, &error), OSMFLOW_OK);
  osmflow_bytes_clear(&answer);
  osmflow_mapflow_close(&mapflow);
}

static void asks_for_a_token(void) {
  static const struct canned answers[] = {{"GET", "version", 200, "\"2.5.0\"", NULL, 0, false}};
  struct fake fake;
  struct osmflow_mapflow mapflow;
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_error error = {.message = ""};
  WORLD_SAY(answers);
  fake_init(&fake);
  fake_set(&fake, "MAPFLOW_URL", world.root);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_open(&mapflow, &fake.environment, NULL, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_mapflow_get(&mapflow, "projects", &tree, &top, &error), OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "osmflow login mapflow"));
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "MAPFLOW_TOKEN"));
  CU_ASSERT_EQUAL(world.seen_count, 0);
  CU_ASSERT_EQUAL(osmflow_mapflow_get(&mapflow, "version", &tree, &top, &error), OSMFLOW_OK);
  osmflow_tree_free(tree);
  osmflow_mapflow_close(&mapflow);
}

static void obeys_options(void) {
  static const struct {
    const char *name, *value, *words;
  } bad[] = {{"MAPFLOW_URL", "ftp://example.com", "MAPFLOW_URL"},
             {"MAPFLOW_URL", "https://user:hush@example.com/rest", "***@"},
             {"MAPFLOW_URL", "https://example.com/rest?x=1", "parameters"},
             {"MAPFLOW_MAX_WAIT", "soon", "MAPFLOW_MAX_WAIT"},
             {"MAPFLOW_SETTLE", "soon", "MAPFLOW_SETTLE=soon"},
             {"MAPFLOW_SETTLE", "-1", "from 0 to 3600"},
             {"MAPFLOW_SETTLE", "3601", "from 0 to 3600"},
             {"MAPFLOW_AUTH", "digest", "MAPFLOW_AUTH"},
             {"MAPFLOW_TOKEN", "t\x01k", "MAPFLOW_AUTH"}};
  struct fake fake;
  struct osmflow_mapflow mapflow;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct osmflow_error error = {.message = ""};
    fake_init(&fake);
    fake_set(&fake, bad[i].name, bad[i].value);
    if (strcmp(bad[i].name, "MAPFLOW_URL") != 0)
      fake_set(&fake, "MAPFLOW_URL", world.root);
    CU_ASSERT_EQUAL(osmflow_mapflow_open(&mapflow, &fake.environment, NULL, &error), OSMFLOW_BAD_ARGUMENT);
    if (!strstr(error.message, bad[i].words) && strcmp(bad[i].name, "MAPFLOW_URL") != 0)
      UNIT_SAME(error.message, bad[i].words, bad[i].value);
    CU_ASSERT_PTR_NULL(strstr(error.message, "hush"));
    CU_ASSERT_PTR_NULL(mapflow.http);
  }
  fake_init(&fake);
  fake_set(&fake, "MAPFLOW_URL", "https://example.com/rest//");
  CU_ASSERT_EQUAL(osmflow_mapflow_open(&mapflow, &fake.environment, NULL, NULL), OSMFLOW_OK);
  UNIT_SAME(mapflow.root, "https://example.com/rest", "no '/' at the end");
  osmflow_mapflow_close(&mapflow);
  fake_init(&fake);
  CU_ASSERT_EQUAL(osmflow_mapflow_open(&mapflow, &fake.environment, NULL, NULL), OSMFLOW_OK);
  UNIT_SAME(mapflow.root, osmflow_mapflow_default_root, "the default");
  osmflow_mapflow_close(&mapflow);
}

static void knows_ids(void) {
  CU_ASSERT(osmflow_mapflow_is_id(osmflow_text(PROJECT)));
  CU_ASSERT(osmflow_mapflow_is_id(osmflow_text("546D148F-19A1-40D8-8F16-D1E6DABFD204")));
  CU_ASSERT(!osmflow_mapflow_is_id(osmflow_text("")));
  CU_ASSERT(!osmflow_mapflow_is_id(osmflow_text(PROJECT "0")));
  CU_ASSERT(!osmflow_mapflow_is_id(osmflow_text("546d148f119a1-40d8-8f16-d1e6dabfd204")));
  CU_ASSERT(!osmflow_mapflow_is_id(osmflow_text("546d148g-19a1-40d8-8f16-d1e6dabfd204")));
}

MAPFLOW_UNIT_MAIN("mapflow/client", UNIT(refuses_what_is_not_json), UNIT(explains_refusals), UNIT(sends_bodies_once),
                  UNIT(asks_for_a_token), UNIT(obeys_options), UNIT(knows_ids))
