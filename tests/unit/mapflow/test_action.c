/* Actions: nothing wrong is sent, and lost answers are settled by looking. */
#include "mapflow/action.h"

#include "mapflow_documents.h"

static struct outcome {
  enum osmflow_status status;
  char id[64];
  struct osmflow_error error;
} outcome;

static void act(const char *name, const char *id, const struct osmflow_mapflow_member *members, size_t count) {
  struct fake fake;
  struct osmflow_mapflow mapflow;
  char *id_made = NULL;
  const struct osmflow_mapflow_action action = {name, id, members, count};
  memset(&outcome, 0, sizeof outcome);
  client_open(&mapflow, &fake);
  outcome.status = osmflow_mapflow_act(&mapflow, &action, &id_made, NULL, &outcome.error);
  snprintf(outcome.id, sizeof outcome.id, "%s", id_made ? id_made : "");
  free(id_made);
  osmflow_mapflow_close(&mapflow);
}

static size_t count_seen(const char *line) {
  size_t count = 0;
  for (size_t i = 0; i < world.seen_count; i++)
    count += strcmp(world.seen[i].line, line) == 0;
  return count;
}

static const char *last_body(const char *line) {
  for (size_t i = world.seen_count; i > 0; i--)
    if (strcmp(world.seen[i - 1].line, line) == 0)
      return world.seen[i - 1].body;
  return "not sent";
}

static void refuses_before_anything_is_sent(void) {
  static char long_name[600];
  memset(long_name, 'x', sizeof long_name - 1);
  static const char *const tags[] = {"\xFF", NULL};
  const struct {
    const char *name, *id;
    struct osmflow_mapflow_member member;
    const char *words;
  } cases[] = {
      {"project/paint", NULL, {"name", "x", NULL}, "no action"},
      {"project/create", NULL, {"name", " ", NULL}, "the name is empty"},
      {"project/create", NULL, {"name", NULL, NULL}, "the name is empty"},
      {"project/create", NULL, {"description", "x", NULL}, "the name is missing"},
      {"project/create", NULL, {"name", long_name, NULL}, "599 characters"},
      {"project/create", NULL, {"name", "a\nb", NULL}, "control character"},
      {"project/create", NULL, {"name", "\xFF", NULL}, "UTF-8"},
      {"project/create", NULL, {"name", NULL, tags}, "a single value"},
      {"project/update", "5", {"name", "x", NULL}, "\"5\" is no id"},
      {"project/update", NULL, {"name", "x", NULL}, "is no id"},
      {"project/update", PROJECT, {"name", "", NULL}, "the name is empty"},
      {"project/update", PROJECT, {"colour", "red", NULL}, "takes these"},
      {"project/delete", PROJECT, {"name", "x", NULL}, "takes these, each once: nothing"},
      {"processing/update", PROCESSING, {"projectId", "mine", NULL}, "not the id of a project"},
      {"processing/rate", PROCESSING, {"rating", "6", NULL}, "from 1 to 5"},
      {"processing/reject", PROCESSING, {"features", "{", NULL}, "the comment is missing"},
      {"mosaic/create", NULL, {"tags", NULL, tags}, "the name is missing"},
      {"mosaic/update", MOSAIC, {"tags", "a,b", NULL}, "a list"},
      {"mosaic/update", MOSAIC, {"tags", NULL, tags}, "UTF-8"},
      {"image/rename", IMAGE, {"name", "", NULL}, "the name is empty"},
  };
  world_say(NULL, 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    act(cases[i].name, cases[i].id, &cases[i].member, 1);
    CU_ASSERT_EQUAL(outcome.status, OSMFLOW_BAD_ARGUMENT);
    if (!strstr(outcome.error.message, cases[i].words))
      UNIT_SAME(outcome.error.message, cases[i].words, cases[i].name);
  }
  act("project/update", PROJECT, NULL, 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error.message, "nothing is to be changed"));
  CU_ASSERT_EQUAL(world.seen_count, 0);
}

static void sends_what_the_table_says(void) {
  static const struct canned answers[] = {
      {"GET", "rasters/mosaic", 200, "[]", NULL, 0, false},
      {"POST", "projects/page", 200, "{\"results\":[],\"total\":0}", NULL, 0, false},
      {"GET", "processings/" PROCESSING "/v2", 200, PROCESSING_RECORDED, NULL, 0, false},
      {"GET", "rasters/mosaic/" MOSAIC "/image", 200, "[]", NULL, 0, false},
      {"POST", "projects", 200, "{\"id\":\"" PROJECT "\",\"name\":\"A\"}", NULL, 0, false},
      {"PUT", "projects/" PROJECT, 200, "{}", NULL, 0, false},
      {"DELETE", "projects/" PROJECT, 200, "", NULL, 0, false},
      {"PUT", "processings/" PROCESSING, 204, "", NULL, 0, false},
      {"PUT", "processings/" PROCESSING "/rate", 200, "", NULL, 0, false},
      {"PUT", "processings/" PROCESSING "/rejection", 200, "", NULL, 0, false},
      {"PUT", "processings/" PROCESSING "/acceptation", 200, "", NULL, 0, false},
      {"POST", "processings/" PROCESSING "/restart", 200, "", NULL, 0, false},
      {"DELETE", "processings/" PROCESSING, 200, "", NULL, 0, false},
      {"POST", "rasters/mosaic", 200, "{\"id\":\"" MOSAIC "\",\"tags\":[],\"name\":\"S\"}", NULL, 0, false},
      {"PUT", "rasters/mosaic/" MOSAIC, 200, "{}", NULL, 0, false},
      {"DELETE", "rasters/mosaic/" MOSAIC, 200, "{\"message\":\"Files deleted\"}", NULL, 0, false},
      {"POST", "rasters/mosaic/" MOSAIC "/link-image", 200, "{\"message\":\"ok\",\"mosaic_id\":\"" MOSAIC "\"}", NULL,
       0, false},
      {"PUT", "rasters/image/" IMAGE "?name=Neuer Name & \xC3\xA4", 200, "{}", NULL, 0, false},
      {"DELETE", "rasters/image/" IMAGE, 200, "{}", NULL, 0, false}};
  static const char *const tags[] = {"a b", "c\"", NULL}, *const none[] = {NULL};
  const struct {
    const char *name, *id;
    struct osmflow_mapflow_member members[3];
    size_t count;
    const char *line, *body, *id_made;
  } cases[] = {
      {"project/create",
       NULL,
       {{"name", "A \"b\"", NULL}, {"description", "d", NULL}},
       2,
       "POST projects",
       "{\"name\":\"A \\\"b\\\"\",\"description\":\"d\"}",
       PROJECT},
      {"project/update",
       PROJECT,
       {{"description", NULL, NULL}},
       1,
       "PUT projects/" PROJECT,
       "{\"description\":null}",
       ""},
      {"project/delete", PROJECT, {{NULL, NULL, NULL}}, 0, "DELETE projects/" PROJECT, "", ""},
      {"processing/update",
       PROCESSING,
       {{"projectId", PROJECT, NULL}, {"name", "n", NULL}},
       2,
       "PUT processings/" PROCESSING,
       "{\"name\":\"n\",\"projectId\":\"" PROJECT "\"}",
       ""},
      {"processing/rate",
       PROCESSING,
       {{"rating", "5", NULL}, {"feedback", "good", NULL}},
       2,
       "PUT processings/" PROCESSING "/rate",
       "{\"rating\":5,\"feedback\":\"good\"}",
       ""},
      {"processing/accept", PROCESSING, {{NULL, NULL, NULL}}, 0, "PUT processings/" PROCESSING "/acceptation", "", ""},
      {"processing/reject",
       PROCESSING,
       {{"comment", "bad", NULL}, {"features", "{\"type\":\"FeatureCollection\"}", NULL}},
       2,
       "PUT processings/" PROCESSING "/rejection",
       "{\"comment\":\"bad\",\"features\":{\"type\":\"FeatureCollection\"}}",
       ""},
      {"processing/restart", PROCESSING, {{NULL, NULL, NULL}}, 0, "POST processings/" PROCESSING "/restart", "", ""},
      {"processing/delete", PROCESSING, {{NULL, NULL, NULL}}, 0, "DELETE processings/" PROCESSING, "", ""},
      {"mosaic/create",
       NULL,
       {{"name", "S", NULL}, {"tags", NULL, tags}},
       2,
       "POST rasters/mosaic",
       "{\"name\":\"S\",\"tags\":[\"a b\",\"c\\\"\"]}",
       MOSAIC},
      {"mosaic/update", MOSAIC, {{"tags", NULL, none}}, 1, "PUT rasters/mosaic/" MOSAIC, "{\"tags\":[]}", ""},
      {"mosaic/delete", MOSAIC, {{NULL, NULL, NULL}}, 0, "DELETE rasters/mosaic/" MOSAIC, "", ""},
      {"mosaic/link-image",
       MOSAIC,
       {{"url", "s3://b/k.tif", NULL}},
       1,
       "POST rasters/mosaic/" MOSAIC "/link-image",
       "{\"url\":\"s3://b/k.tif\"}",
       ""},
      {"image/rename",
       IMAGE,
       {{"name", "Neuer Name & \xC3\xA4", NULL}},
       1,
       "PUT rasters/image/" IMAGE "?name=Neuer Name & \xC3\xA4",
       "",
       ""},
      {"image/delete", IMAGE, {{NULL, NULL, NULL}}, 0, "DELETE rasters/image/" IMAGE, "", ""},
  };
  size_t count = 0;
  (void)osmflow_mapflow_action_classes(&count);
  CU_ASSERT_EQUAL(count, sizeof cases / sizeof cases[0]);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    WORLD_SAY(answers);
    act(cases[i].name, cases[i].id, cases[i].members, cases[i].count);
    UNIT_SAME(outcome.status == OSMFLOW_OK ? "" : outcome.error.message, "", cases[i].name);
    CU_ASSERT_EQUAL(count_seen(cases[i].line), 1);
    UNIT_SAME(last_body(cases[i].line), cases[i].body, cases[i].name);
    UNIT_SAME(outcome.id, cases[i].id_made, cases[i].name);
  }
}

#define NONE "{\"results\":[],\"total\":0}"
#define OTHER_ID "546d148f-19a1-40d8-8f16-d1e6dabfd205"
#define OTHER "{\"id\":\"" OTHER_ID "\",\"name\":\"A\"}"
#define MADE "{\"id\":\"" PROJECT "\",\"name\":\"A\"}"

static void create_project(void) {
  const struct osmflow_mapflow_member name = {"name", "A", NULL};
  act("project/create", NULL, &name, 1);
}

static void settles_lost_creations_by_looking(void) {
  static const struct canned arrived[] = {
      {"POST", "projects/page", 200, "{\"results\":[" OTHER "],\"total\":1}", NULL, 2, false}, /* it takes a moment */
      {"POST", "projects/page", 200, "{\"results\":[" OTHER "," MADE "],\"total\":2}", NULL, 0, false},
      {"POST", "projects", 200, "", NULL, 0, true}};
  static const struct canned absent[] = {{"POST", "projects/page", 200, NONE, NULL, 0, false},
                                         {"POST", "projects", 502, "", NULL, 1, false},
                                         {"POST", "projects", 200, MADE, NULL, 0, false}};
  static const struct canned never[] = {{"POST", "projects/page", 200, NONE, NULL, 0, false},
                                        {"POST", "projects", 502, "", NULL, 0, false}};
  static const struct canned page[] = {
      /* a page of the network in between, though it was made */
      {"POST", "projects/page", 200, NONE, NULL, 1, false},
      {"POST", "projects/page", 200, "{\"results\":[" MADE "],\"total\":1}", NULL, 0, false},
      {"POST", "projects", 200, "<html>proxy</html>", NULL, 0, false}};
  static const struct canned blind[] = {{"POST", "projects/page", 200, NONE, NULL, 1, false},
                                        {"POST", "projects/page", 500, "", NULL, 0, false},
                                        {"POST", "projects", 200, "", NULL, 0, true}};
  static const struct canned forbidden[] = {{"POST", "projects/page", 403, "", NULL, 0, false},
                                            {"POST", "projects", 200, "", NULL, 0, true}};
  static const struct canned refused[] = {
      {"POST", "projects/page", 200, NONE, NULL, 0, false},
      {"POST", "projects", 400, "{\"code\":\"BAD_REQUEST\",\"message\":\"name\"}", NULL, 0, false}};
  WORLD_SAY(arrived);
  create_project();
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_OK);
  UNIT_SAME(outcome.id, PROJECT, "found by looking");
  CU_ASSERT_EQUAL(count_seen("POST projects"), 1);
  WORLD_SAY(absent);
  create_project();
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(count_seen("POST projects"), 2);
  WORLD_SAY(never);
  create_project();
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_HTTP);
  CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error.message, "nothing was changed"));
  CU_ASSERT_EQUAL(count_seen("POST projects"), 3);
  WORLD_SAY(page);
  create_project();
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_OK);
  UNIT_SAME(outcome.id, PROJECT, "behind a page");
  WORLD_SAY(blind);
  create_project();
  CU_ASSERT(outcome.status != OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error.message, "Look before you do it again: projects"));
  CU_ASSERT_EQUAL(count_seen("POST projects"), 1);
  WORLD_SAY(forbidden);
  create_project();
  CU_ASSERT(outcome.status != OSMFLOW_OK);
  CU_ASSERT_EQUAL(count_seen("POST projects"), 1);
  WORLD_SAY(refused);
  create_project();
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_HTTP);
  CU_ASSERT_EQUAL(count_seen("POST projects"), 1);
}

static void settles_lost_restarts_by_state(void) {
#define STATE(status) "{\"id\":\"" PROCESSING "\",\"status\":\"" status "\",\"updated\":\"2026-02-10T10:45:00Z\"}"
  static const struct canned arrived[] = {
      {"GET", "processings/" PROCESSING "/v2", 200, STATE("FAILED"), NULL, 1, false},
      {"GET", "processings/" PROCESSING "/v2", 200, STATE("IN_PROGRESS"), NULL, 0, false},
      {"POST", "processings/" PROCESSING "/restart", 200, "", NULL, 0, true}};
  static const struct canned running[] = {
      {"GET", "processings/" PROCESSING "/v2", 200, STATE("IN_PROGRESS"), NULL, 0, false},
      {"POST", "processings/" PROCESSING "/restart", 502, "", NULL, 0, false}};
  WORLD_SAY(arrived);
  act("processing/restart", PROCESSING, NULL, 0);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(count_seen("POST processings/" PROCESSING "/restart"), 1);
  WORLD_SAY(running);
  act("processing/restart", PROCESSING, NULL, 0);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_HTTP);
  CU_ASSERT_PTR_NOT_NULL(strstr(outcome.error.message, "not known whether"));
  CU_ASSERT_EQUAL(count_seen("POST processings/" PROCESSING "/restart"), 1);
}

static void repeats_what_does_no_harm(void) {
  static const struct canned answers[] = {
      {"DELETE", "rasters/image/" IMAGE, 200, "", NULL, 1, true},
      {"DELETE", "rasters/image/" IMAGE, 404, "{\"detail\":{\"code\":\"ItemNotFound\"}}", NULL, 0, false},
      {"DELETE", "rasters/mosaic/" MOSAIC, 404, "{\"detail\":{\"code\":\"ItemNotFound\"}}", NULL, 0, false},
      {"PUT", "projects/" PROJECT, 502, "", NULL, 2, false},
      {"PUT", "projects/" PROJECT, 200, "", NULL, 0, false},
      {"DELETE", "projects/" PROJECT, 200, "<html>login</html>", NULL, 0, false}};
  const struct osmflow_mapflow_member name = {"name", "A", NULL};
  WORLD_SAY(answers);
  act("image/delete", IMAGE, NULL, 0);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_OK); /* gone is gone */
  CU_ASSERT_EQUAL(count_seen("DELETE rasters/image/" IMAGE), 2);
  act("mosaic/delete", MOSAIC, NULL, 0);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_NOT_FOUND); /* but never having been there is an error */
  act("project/update", PROJECT, &name, 1);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(count_seen("PUT projects/" PROJECT), 3);
  act("project/delete", PROJECT, NULL, 0);
  CU_ASSERT_EQUAL(outcome.status, OSMFLOW_BAD_DATA);
}

/* libcurl repeats by itself what is lost on a connection that was used before: nobody would know of the first attempt.
 */
static void deletes_once_on_a_used_connection(void) {
  static const struct canned answers[] = {
      {"GET", "rasters/image/" IMAGE, 200, "{}", NULL, 0, false},
      {"DELETE", "rasters/image/" IMAGE, 200, "", NULL, 1, true},
      {"DELETE", "rasters/image/" IMAGE, 404, "{\"detail\":{\"code\":\"ItemNotFound\"}}", NULL, 0, false}};
  const struct osmflow_mapflow_action action = {"image/delete", IMAGE, NULL, 0};
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_error error = {.message = ""};
  struct osmflow_tree *tree = NULL;
  struct osmflow_mapflow mapflow;
  struct fake fake;
  WORLD_SAY(answers);
  client_open(&mapflow, &fake);
  CU_ASSERT_EQUAL(osmflow_mapflow_get(&mapflow, "rasters/image/" IMAGE, &tree, &top, &error), OSMFLOW_OK);
  osmflow_tree_free(tree);
  CU_ASSERT_EQUAL(osmflow_mapflow_act(&mapflow, &action, NULL, NULL, &error), OSMFLOW_OK);
  UNIT_SAME(error.message, "", "gone is gone");
  CU_ASSERT_EQUAL(count_seen("DELETE rasters/image/" IMAGE), 2);
  osmflow_mapflow_close(&mapflow);
}

MAPFLOW_UNIT_MAIN("mapflow/action", UNIT(refuses_before_anything_is_sent), UNIT(sends_what_the_table_says),
                  UNIT(settles_lost_creations_by_looking), UNIT(settles_lost_restarts_by_state),
                  UNIT(repeats_what_does_no_harm), UNIT(deletes_once_on_a_used_connection))
