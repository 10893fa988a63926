#include "source/mapflow_connection.h"

#include "source_unit.h"

#define ID "3fa85f64-5717-4562-b3fc-2c963f66afa6"

/* What a connection with one option means, in words, or why it is none. */
static void describe(const char *text, const char *option, char *shown, size_t size) {
  const char *const options[] = {option, NULL};
  struct osmflow_mapflow_connection connection;
  struct osmflow_error error = {.message = ""};
  osmflow_mapflow_connection_init(&connection);
  if (osmflow_mapflow_connection_parse(fake_environment(), text, options, &connection, &error) == OSMFLOW_OK)
    snprintf(shown, size, "%s %s%s%s%s%s%s%s wait=%lld parallel=%d cache=%s", connection.root,
             connection.call.call_class->name, connection.shows_aois ? " aois" : "", connection.splits ? " split" : "",
             connection.is_exact ? " exact" : "", connection.maps_tags ? " tags" : "",
             connection.deletes ? " deletes" : "", connection.scheme == OSMFLOW_MAPFLOW_BEARER ? " bearer" : "",
             (long long)connection.max_wait_ms, connection.parallel,
             connection.cache_folder ? connection.cache_folder : "");
  else
    snprintf(shown, size, "%s", error.message);
  osmflow_mapflow_connection_clear(&connection);
}

static void refuses_what_is_wrong(void) {
  static const struct {
    const char *text, *option, *words;
  } cases[] = {
      {"OSMAPI:projects", "AOI=NO", "does not begin with MAPFLOW:"},
      {"MAPFLOW:", "AOI=NO", "no call"},
      {"MAPFLOW:projcts", "AOI=NO", "did you mean"},
      {"MAPFLOW:projects", "MAPFLOW_URL=ftp://host/rest", "ftp://host/rest"},
      {"MAPFLOW:projects", "AUTH=DIGEST", "DIGEST"},
      {"MAPFLOW:processings", "AOI=oui", "AOI=oui: it is YES or NO"},
      {"MAPFLOW:processings", "LAYERS=THREE", "LAYERS=THREE: it is one of ONE SPLIT"},
      {"MAPFLOW:processings", "SCHEMA=SLOW", "SCHEMA=SLOW: it is one of FAST EXACT"},
      {"MAPFLOW:processings", "TAG_MAPPING=/nowhere/rules.ini", "TAG_MAPPING=/nowhere/rules.ini cannot be opened"},
      {"MAPFLOW:processings", "MAX_WAIT=-1", "MAX_WAIT=-1 is not a whole number"},
      {"MAPFLOW:processings", "PARALLEL=0", "PARALLEL=0 is not a whole number"},
      {"MAPFLOW:processings", "MAX_COST=free", "MAX_COST=free is not a number"},
      {"MAPFLOW:processings", "RUN=YES", "needs MAX_COST"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char shown[OSMFLOW_ERROR_SIZE];
    describe(cases[i].text, cases[i].option, shown, sizeof shown);
    if (!strstr(shown, cases[i].words))
      UNIT_SAME(shown, cases[i].words, cases[i].option);
    CU_ASSERT_PTR_NOT_NULL(strstr(shown, cases[i].words));
  }
}

static void reads_options(void) {
  static const struct {
    const char *text, *option, *expected;
  } cases[] = {
      {"mapflow:projects", NULL, "https://api.mapflow.ai/rest projects wait=0 parallel=0 cache="},
      {"MAPFLOW:projects", "MAPFLOW_URL=http://127.0.0.1:5/rest/",
       "http://127.0.0.1:5/rest projects wait=0 parallel=0 cache="},
      {"MAPFLOW:http://127.0.0.1:6/rest/projects", "MAPFLOW_URL=http://127.0.0.1:5/rest",
       "http://127.0.0.1:6/rest projects wait=0 parallel=0 cache="},
      {"MAPFLOW:projects", "AUTH=bearer", "https://api.mapflow.ai/rest projects bearer wait=0 parallel=0 cache="},
      {"MAPFLOW:processings", "AOI=YES", "https://api.mapflow.ai/rest processings aois wait=0 parallel=0 cache="},
      {"MAPFLOW:processings/" ID "/result", "LAYERS=split",
       "https://api.mapflow.ai/rest processings/{id}/result split wait=0 parallel=0 cache="},
      {"MAPFLOW:processings/" ID "/result", "SCHEMA=EXACT",
       "https://api.mapflow.ai/rest processings/{id}/result exact wait=0 parallel=0 cache="},
      {"MAPFLOW:processings/" ID "/result", "TAG_MAPPING=YES",
       "https://api.mapflow.ai/rest processings/{id}/result tags wait=0 parallel=0 cache="},
      {"MAPFLOW:processings/" ID "/result", "TAG_MAPPING=NO",
       "https://api.mapflow.ai/rest processings/{id}/result wait=0 parallel=0 cache="},
      {"MAPFLOW:projects", "MAX_WAIT=7", "https://api.mapflow.ai/rest projects wait=7000 parallel=0 cache="},
      {"MAPFLOW:projects", "MAX_WAIT=0", "https://api.mapflow.ai/rest projects wait=1 parallel=0 cache="},
      {"MAPFLOW:projects", "PARALLEL=3", "https://api.mapflow.ai/rest projects wait=0 parallel=3 cache="},
      {"MAPFLOW:projects", "CACHE=/tmp/x", "https://api.mapflow.ai/rest projects wait=0 parallel=0 cache=/tmp/x"},
      {"MAPFLOW:projects", "DELETE=YES", "https://api.mapflow.ai/rest projects deletes wait=0 parallel=0 cache="},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char shown[OSMFLOW_ERROR_SIZE];
    describe(cases[i].text, cases[i].option, shown, sizeof shown);
    UNIT_SAME(shown, cases[i].expected, cases[i].option ? cases[i].option : cases[i].text);
  }
}

static void takes_configuration_options(void) {
  char shown[OSMFLOW_ERROR_SIZE];
  fake_set_option("MAPFLOW_URL", "http://127.0.0.1:7/rest");
  describe("MAPFLOW:projects", NULL, shown, sizeof shown);
  UNIT_SAME(shown, "http://127.0.0.1:7/rest projects wait=0 parallel=0 cache=", "the server");
  fake_set_option("MAPFLOW_CACHE", "/tmp/results");
  describe("MAPFLOW:projects", NULL, shown, sizeof shown);
  UNIT_SAME(shown, "https://api.mapflow.ai/rest projects wait=0 parallel=0 cache=/tmp/results", "the cache");
  fake_set_option("MAPFLOW_CACHE", NULL);
}

static void key_of(const char *text, const char *token, struct osmflow_bytes *key) {
  struct osmflow_mapflow_connection connection;
  struct osmflow_error error = {0};
  osmflow_bytes_init(key, 1 << 16);
  osmflow_mapflow_connection_init(&connection);
  fake_set_option("MAPFLOW_TOKEN", token);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_connection_parse(fake_environment(), text, NULL, &connection, &error),
                        OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_mapflow_connection_key(&connection, key, &error), OSMFLOW_OK);
  osmflow_mapflow_connection_clear(&connection);
  fake_set_option("MAPFLOW_TOKEN", NULL);
}

static void tells_answers_apart_without_naming_tokens(void) {
  static const struct {
    const char *left, *left_token, *right, *right_token;
    bool same;
  } cases[] = {
      {"MAPFLOW:projects", "a-token", "mapflow:projects", "a-token", true},
      {"MAPFLOW:projects", "a-token", "MAPFLOW:projects", "b-token", false},
      {"MAPFLOW:projects", "a-token", "MAPFLOW:processings", "a-token", false},
      {"MAPFLOW:projects?limit=5", "a-token", "MAPFLOW:projects?limit=6", "a-token", false},
      {"MAPFLOW:http://127.0.0.1:5/rest/projects", "a-token", "MAPFLOW:http://127.0.0.1:6/rest/projects", "a-token",
       false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes left, right;
    key_of(cases[i].left, cases[i].left_token, &left);
    key_of(cases[i].right, cases[i].right_token, &right);
    CU_ASSERT_EQUAL(strcmp(osmflow_bytes_string(&left), osmflow_bytes_string(&right)) == 0, cases[i].same);
    CU_ASSERT_PTR_NULL(strstr(osmflow_bytes_string(&left), "token"));
    osmflow_bytes_clear(&left);
    osmflow_bytes_clear(&right);
  }
}

OSMFLOW_UNIT_MAIN("source/mapflow_connection", UNIT(refuses_what_is_wrong), UNIT(reads_options),
                  UNIT(takes_configuration_options), UNIT(tells_answers_apart_without_naming_tokens))
