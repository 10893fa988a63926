#include "source/dataset.h"

#include "source_unit.h"

static struct osmflow_dataset *open_dataset(const char *connection, const char *option) {
  const char *options[] = {option, NULL};
  struct osmflow_dataset *dataset = NULL;
  struct osmflow_error error = {0};
  if (osmflow_dataset_open(fake_environment(), connection, options, false, &dataset, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s: %s\n", connection, error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
  return dataset;
}

/* "name(geometry)columns ..." of all layers. */
static const char *layers(const struct osmflow_dataset *dataset) {
  static char text[1024];
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < osmflow_dataset_layer_count(dataset); i++) {
    OGRFeatureDefnH definition = osmflow_dataset_layer(dataset, i)->definition;
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s(%s)%d", i ? " " : "", OGR_FD_GetName(definition),
                             OGRGeometryTypeToName(OGR_FD_GetGeomType(definition)), OGR_FD_GetFieldCount(definition));
  }
  return text;
}

/* The server's name does not resolve: whoever asks it fails. */
static void opening_asks_nobody(void) {
  static const struct {
    const char *connection, *option, *expected;
  } cases[] = {
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "SCHEMA=GDAL",
       "points(Point)10 lines(Line String)10 multilinestrings(Multi Line String)4 multipolygons(Multi Polygon)25 "
       "other_relations(Geometry Collection)4"},
      {"OSMAPI:map?bbox=9,47,9.1,47.1", "COLUMNS=height,a b",
       "points(Point)18 lines(Line String)18 multilinestrings(Multi Line String)12 multipolygons(Multi Polygon)33 "
       "other_relations(Geometry Collection)12"},
      {"OSMAPI:node/1/history", NULL, "nodes(Point)9 ways(Line String)11 relations(None)10 members(None)6"},
      {"OSMAPI:user/preferences", NULL, "preferences(None)2"},
  };
  fake_set_option("OSMAPI_URL", "https://no-such-server.invalid");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_dataset *dataset = open_dataset(cases[i].connection, cases[i].option);
    UNIT_SAME(layers(dataset), cases[i].expected, cases[i].connection);
    CU_ASSERT_EQUAL(osmflow_dataset_bytes_read(dataset), 0);
    CU_ASSERT_PTR_NULL(osmflow_dataset_layer(dataset, osmflow_dataset_layer_count(dataset)));
    UNIT_SAME(osmflow_dataset_config_path(dataset), "(built-in)", "rules");
    osmflow_dataset_close(dataset);
  }
  fake_set_option(NULL, NULL);
  osmflow_session_forget_all();
}

static void every_call_of_the_api_has_layers(void) {
  size_t count = 0, opened = 0;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    const bool is_table = classes[i].answer == OSMFLOW_ANSWER_TABLE || classes[i].answer == OSMFLOW_ANSWER_TRACKS;
    opened += !is_table || osmflow_table_schema_count(&classes[i]) > 0;
  }
  CU_ASSERT_EQUAL(opened, count);
}

static void says_at_once_what_cannot_be(void) {
  static const struct {
    const char *connection;
    bool for_update;
    enum osmflow_status status;
    const char *words;
  } cases[] = {
      {"OSMAPI:/no/such/town.osm", false, OSMFLOW_NOT_FOUND, "there is no file /no/such/town.osm"},
      {"OSMAPI:way/1/full", true, OSMFLOW_BAD_ARGUMENT, "say where the edits go"},
      {"OSMAPI:capabilities", true, OSMFLOW_UNSUPPORTED, "nothing in it can be edited"},
      {"OSMAPI:notes?bbox=9,47,9.1,47.1", true, OSMFLOW_BAD_ARGUMENT, "UPLOAD=YES"},
      {"OSMAPI:wey/1/full", false, OSMFLOW_NOT_FOUND, "way/"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_dataset *dataset = NULL;
    struct osmflow_error error = {0};
    const enum osmflow_status status =
        osmflow_dataset_open(fake_environment(), cases[i].connection, NULL, cases[i].for_update, &dataset, &error);
    CU_ASSERT_PTR_NULL(dataset);
    CU_ASSERT_EQUAL(error.status, status);
    CU_ASSERT_TRUE(status == cases[i].status || status == OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
    if (!strstr(error.message, cases[i].words))
      fprintf(stderr, "\n%s: %d [%s]\n", cases[i].connection, (int)status, error.message);
  }
  osmflow_dataset_close(NULL);
}

static size_t points(struct osmflow_dataset *dataset) {
  size_t count = 0;
  struct osmflow_error error = {0};
  if (osmflow_layer_count(osmflow_dataset_layer(dataset, 0), &count, &error) != OSMFLOW_OK)
    return SIZE_MAX;
  return count;
}

#define SHOP(id) "<node id='" id "' lat='1' lon='2'><tag k='shop' v='yes'/></node>"

static void a_refresh_is_for_all_handles(void) {
  struct osmflow_error error = {0};
  unit_make_file("<osm>" SHOP("1") "</osm>");
  struct osmflow_dataset *one = open_dataset(unit_connection, NULL), *two = open_dataset(unit_connection, NULL);
  CU_ASSERT_EQUAL(osmflow_dataset_load(one, NULL, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(points(two), 1);
  CU_ASSERT_TRUE(osmflow_dataset_bytes_read(two) > 0);
  unit_write("<osm>" SHOP("1") SHOP("2") "</osm>");
  CU_ASSERT_EQUAL(osmflow_dataset_refresh(one, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(points(one), 2);
  CU_ASSERT_EQUAL(points(two), 2);
  unit_write("<osm>" SHOP("1"));
  CU_ASSERT_EQUAL(osmflow_dataset_refresh(one, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(points(one), SIZE_MAX);
  CU_ASSERT_EQUAL(points(two), SIZE_MAX);
  osmflow_dataset_close(one);
  osmflow_dataset_close(two);
  unit_remove_file();
}

OSMFLOW_UNIT_MAIN("source/dataset", UNIT(opening_asks_nobody), UNIT(every_call_of_the_api_has_layers),
                  UNIT(says_at_once_what_cannot_be), UNIT(a_refresh_is_for_all_handles))
