#include "source/connection.h"

#include "source_unit.h"

/* The connection of a text and up to one option of each kind; *message is "" when all is well. */
static void parse(const char *text, const char *open_option, const char *name, const char *value,
                  struct osmflow_connection *connection, char message[OSMFLOW_ERROR_SIZE]) {
  const char *options[] = {open_option, NULL};
  struct osmflow_error error = {0};
  fake_set_option(name, value);
  osmflow_connection_init(connection);
  message[0] = '\0';
  if (osmflow_connection_parse(fake_environment(), text, open_option ? options : NULL, connection, &error) !=
      OSMFLOW_OK)
    snprintf(message, OSMFLOW_ERROR_SIZE, "%s", error.message);
  fake_set_option(NULL, NULL);
}

/* Everything a connection says, in words. */
static const char *describe(const struct osmflow_connection *connection) {
  static char text[1024];
  const char raw[] = {connection->shows_raw[0] ? 'n' : '-', connection->shows_raw[1] ? 'w' : '-',
                      connection->shows_raw[2] ? 'r' : '-', connection->shows_raw[3] ? 'm' : '-', '\0'};
  snprintf(
      text, sizeof text, "%s five=%d raw=%s strict=%d columns=%s config=%s tags=%d cache=%s ttl=%lld wait=%lld p=%d",
      connection->call.root ? connection->call.root : "-", connection->shows_five_layers, raw, connection->is_strict,
      connection->columns ? connection->columns : "-", connection->config_file ? connection->config_file : "-",
      (int)connection->tags, connection->cache_directory ? connection->cache_directory : "-",
      (long long)connection->cache_ttl_seconds, (long long)connection->max_wait_ms, connection->parallel);
  return text;
}

static void understands_every_option(void) {
  static const struct {
    const char *option, *name, *value, *expected;
  } cases[] = {
      {NULL, NULL, NULL, "strict=0 columns=- config=- tags=0 cache=- ttl=0 wait=-1 p=0"},
      {"SCHEMA=GDAL", NULL, NULL, "strict=1"},
      {"schema=gdal", NULL, NULL, "strict=1"},
      {"SCHEMA=EXTENDED", "OSMAPI_SCHEMA", "GDAL", "strict=0"},
      {NULL, "OSMAPI_SCHEMA", "GDAL", "strict=1"},
      {"COLUMNS=addr:street,a b", NULL, NULL, "columns=addr:street,a b"},
      {"TAGS=JSON", NULL, NULL, "tags=2"},
      {"TAGS_FORMAT=HSTORE", NULL, NULL, "tags=1"},
      {"LAYERS=nodes, WAYS ,nodes", NULL, NULL, "raw=nw--"},
      {"LAYERS=", NULL, NULL, "raw=----"},
      {"MAX_WAIT=0", NULL, NULL, "wait=0"},
      {NULL, "OSMAPI_MAX_WAIT", "604800", "wait=604800000"},
      {"PARALLEL=1", NULL, NULL, "p=1"},
      {"CACHE=/c", NULL, NULL, "cache=/c"},
      {NULL, "OSMAPI_CACHE", "/c", "cache=/c"},
      {NULL, "OSMAPI_CACHE_TTL", "60", "ttl=60"},
      {"OSMAPI_URL=http://localhost:3000/", NULL, NULL, "http://localhost:3000 "},
      {NULL, "OSMAPI_URL", "http://localhost:3000", "http://localhost:3000 "},
      {"OSMAPI_URL=", NULL, NULL, "https://api.openstreetmap.org "},
      {"USE_CUSTOM_INDEXING=NO", NULL, NULL, "strict=0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_connection connection;
    char message[OSMFLOW_ERROR_SIZE];
    parse("OSMAPI:map?bbox=9,47,9.1,47.1", cases[i].option, cases[i].name, cases[i].value, &connection, message);
    UNIT_SAME(message, "", cases[i].expected);
    const char *found = strstr(describe(&connection), cases[i].expected);
    CU_ASSERT_PTR_NOT_NULL(found);
    if (!found)
      fprintf(stderr, "\n%s: %s\n", cases[i].expected, describe(&connection));
    osmflow_connection_clear(&connection);
  }
}

static void refuses_what_is_wrong_and_says_what(void) {
  static const struct {
    const char *text, *option, *words;
  } cases[] = {
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "SCHEMA=OGR", "SCHEMA=OGR: it is EXTENDED or GDAL"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "TAGS=XML", "TAGS=XML: it is HSTORE or JSON"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "TAGS_FORMAT=XML", "TAGS_FORMAT=XML"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "LAYERS=points", "no raw layer 'points'"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "LAYERS=nodes,,ways", "no raw layer ''"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "MAX_WAIT=-1", "MAX_WAIT=-1"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "MAX_WAIT=1e3", "MAX_WAIT=1e3"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "PARALLEL=3", "between 1 and 2"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "CACHE_TTL=99999999999999999999", "CACHE_TTL"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "CACHE_TTL=0", "between 1 and"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "CONFIG_FILE=/no/such.ini", "CONFIG_FILE=/no/such.ini cannot be opened"},
      {"OSMAPI:map?bbox=9.1,47,9,47.1", NULL, "bbox"},
      {"OSMAPI:mapp", NULL, "map"},
      {"OSMAPX:map?bbox=9,47,9.1,47.1", NULL, "does not begin with OSMAPI:"},
      {"OSM", NULL, "does not begin with OSMAPI:"},
      {"OSMAPI:", NULL, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_connection connection;
    char message[OSMFLOW_ERROR_SIZE];
    parse(cases[i].text, cases[i].option, NULL, NULL, &connection, message);
    CU_ASSERT_STRING_NOT_EQUAL(message, "");
    CU_ASSERT_PTR_NOT_NULL(strstr(message, cases[i].words));
    if (!strstr(message, cases[i].words))
      fprintf(stderr, "\n%s: got [%s]\n", cases[i].words, message);
    osmflow_connection_clear(&connection);
  }
}

static void shows_the_layers_that_an_answer_has(void) {
  static const struct {
    const char *text, *expected;
  } cases[] = {
      {"OSMAPI:9,47,9.1,47.1", "five=1 raw=----"},
      {"osmapi:way/1/full", "five=1 raw=----"},
      {"OSMAPI:way/1", "five=1 raw=nwrm"},
      {"OSMAPI:nodes?nodes=1,2", "five=1 raw=nwrm"},
      {"OSMAPI:nodes?nodes=1v1,1v2", "five=0 raw=nwrm"},
      {"OSMAPI:node/1/history", "five=0 raw=nwrm"},
      {"OSMAPI:changeset/1/download", "five=0 raw=nwrm"},
      {"OSMAPI:changesets?user=1", "five=0 raw=----"},
      {"OSMAPI:gpx/1/data", "five=0 raw=----"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_connection connection;
    char message[OSMFLOW_ERROR_SIZE];
    parse(cases[i].text, NULL, NULL, NULL, &connection, message);
    UNIT_SAME(message, "", cases[i].text);
    const char *found = strstr(describe(&connection), cases[i].expected);
    CU_ASSERT_PTR_NOT_NULL(found);
    if (!found)
      fprintf(stderr, "\n%s: %s\n", cases[i].text, describe(&connection));
    osmflow_connection_clear(&connection);
  }
}

static void rules_stay_those_of_the_file_as_it_was(void) {
  struct osmflow_connection connection;
  struct osmflow_rules *rules = NULL;
  char message[OSMFLOW_ERROR_SIZE], option[128];
  unit_make_file("[points]\nosm_id=no\nattributes=name,shop\n");
  snprintf(option, sizeof option, "CONFIG_FILE=%s", unit_file);
  parse("OSMAPI:9,47,9.1,47.1", option, NULL, NULL, &connection, message);
  UNIT_SAME(message, "", "a file of rules");
  unit_write("[points]\nosm_id=no\nattributes=height\n");
  CU_ASSERT_EQUAL_FATAL(osmflow_connection_rules(&connection, &rules, NULL), OSMFLOW_OK);
  UNIT_SAME(osmflow_rules_field(rules, OSMFLOW_POINTS, 1)->name, "shop", "the second column");
  osmflow_rules_free(rules);
  osmflow_connection_clear(&connection);
  parse("OSMAPI:changesets?user=1", "CONFIG_FILE=/no/such.ini", NULL, NULL, &connection, message);
  UNIT_SAME(message, "", "a table needs no rules");
  osmflow_connection_clear(&connection);
  unit_remove_file();
}

OSMFLOW_UNIT_MAIN("source/connection", UNIT(understands_every_option), UNIT(refuses_what_is_wrong_and_says_what),
                  UNIT(shows_the_layers_that_an_answer_has), UNIT(rules_stay_those_of_the_file_as_it_was))
