/* Datasets of Mapflow on a server of the test's own: what is asked, what is sent, what is said when it is refused. */
#include "source/mapflow_dataset.h"

#include <cpl_string.h>
#include <stdlib.h>
#include <unistd.h>

#include "../mapflow/mapflow_documents.h"
#include "mapflow/table.h"
#include "source/shared.h"

#define PAGE(items) "{\"results\":[" items "],\"total\":1,\"count\":1}"
#define MOSAIC_ITEM                                                                              \
  "{\"id\":\"" MOSAIC                                                                            \
  "\",\"name\":\"Aerial\",\"tags\":[\"survey\"],\"created_at\":\"2026-03-15T10:30:00.226866Z\"," \
  "\"footprint\":\"POLYGON ((1 48, 2 48, 2 49, 1 48))\"}"
#define IMAGE_ITEM \
  "{\"id\":\"" IMAGE "\",\"mosaic_id\":\"" MOSAIC "\",\"filename\":\"a.tif\",\"footprint\":\"nonsense\"}"
#define FEATURE(properties) "{\"type\":\"Feature\",\"geometry\":null,\"properties\":" properties "}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static struct fake fake;

static struct osmflow_stream_dataset *open_dataset(const char *text, const char *option, const char *other,
                                                   bool for_update) {
  char url[128];
  const char *const options[] = {url, option ? option : other, option ? other : NULL, NULL};
  struct osmflow_stream_dataset *dataset = NULL;
  struct osmflow_error error = {.message = ""};
  snprintf(url, sizeof url, "MAPFLOW_URL=%s", world.root);
  osmflow_shared_forget_all();
  fake_init(&fake);
  fake.options[0][0] = "MAPFLOW_TOKEN";
  fake.options[0][1] = UNIT_EMAIL ":" UNIT_TOKEN;
  if (osmflow_mapflow_dataset_open(&fake.environment, text, options, for_update, &dataset, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s: %s\n", text, error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
  return dataset;
}

/* How many come before the end or the error, whose message is left in *error. */
static int read_all(struct osmflow_stream_layer *layer, struct osmflow_error *error) {
  OGRFeatureH feature = NULL;
  int number = 0;
  *error = (struct osmflow_error){.message = ""};
  osmflow_stream_layer_rewind(layer);
  while (osmflow_stream_layer_next(layer, &feature, error) == OSMFLOW_OK && feature) {
    OGR_F_Destroy(feature);
    number++;
  }
  return number;
}

static OGRFeatureH feature_of(struct osmflow_stream_layer *layer, const char *id) {
  OGRFeatureH feature = NULL;
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(osmflow_stream_layer_feature(layer, osmflow_mapflow_fid(osmflow_text(id)), &feature, &error),
                  OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL(feature);
  return feature;
}

static void set(OGRFeatureH feature, const char *column, const char *value) {
  const int field = OGR_F_GetFieldIndex(feature, column);
  CU_ASSERT_FATAL(field >= 0);
  if (value)
    OGR_F_SetFieldString(feature, field, value);
  else
    OGR_F_SetFieldNull(feature, field);
}

/* Changes one column of an object and saves it; the error's message, "" when it went well. */
static const char *change(struct osmflow_stream_layer *layer, const char *id, const char *column, const char *value) {
  static char message[OSMFLOW_ERROR_SIZE];
  const struct osmflow_feature_update update = {.is_whole = true};
  struct osmflow_error error = {.message = ""};
  OGRFeatureH feature = feature_of(layer, id);
  set(feature, column, value);
  if (osmflow_stream_layer_update(layer, feature, &update, &error) == OSMFLOW_OK)
    error.message[0] = '\0';
  OGR_F_Destroy(feature);
  return memcpy(message, error.message, sizeof message);
}

/* The first request that is not one of reading. */
static const struct seen *sent(void) {
  for (size_t i = 0; i < world.seen_count; i++)
    if (strncmp(world.seen[i].line, "GET ", 4) != 0 && !strstr(world.seen[i].line, "/page"))
      return &world.seen[i];
  return NULL;
}

static void opens_without_asking(void) {
  static const char *const calls[] = {"MAPFLOW:projects", "MAPFLOW:user/status", "MAPFLOW:rasters/mosaic",
                                      "MAPFLOW:processings/" PROCESSING "/result"};
  static const struct canned answers[] = {{"GET", "version", 200, "1", NULL, 0, false}};
  WORLD_SAY(answers);
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    struct osmflow_stream_dataset *dataset = open_dataset(calls[i], NULL, NULL, false);
    CU_ASSERT_TRUE(dataset->layer_count > 0);
    osmflow_stream_dataset_close(dataset);
  }
  CU_ASSERT_EQUAL(world.seen_count, 0);
}

static void sends_what_was_changed(void) {
  static const struct canned answers[] = {
      {"POST", "projects/page", 200, PAGE(PROJECT_RECORDED), NULL, 0, false},
      {"PUT", "projects/" PROJECT, 200, PROJECT_RECORDED, NULL, 0, false},
      {"GET", "rasters/mosaic", 200, "[" MOSAIC_ITEM "]", NULL, 0, false},
      {"PUT", "rasters/mosaic/" MOSAIC, 200, MOSAIC_ITEM, NULL, 0, false},
      {"GET", "rasters/mosaic/" MOSAIC "/image", 200, "[" IMAGE_ITEM "]", NULL, 0, false},
      {"PUT", "rasters/image/" IMAGE "?name=b.tif", 200, IMAGE_ITEM, NULL, 0, false},
  };
  static const struct {
    const char *call, *id, *column, *value, *line, *body;
  } cases[] = {
      {"projects", PROJECT, "name", "New", "PUT projects/" PROJECT, "\"name\":\"New\""},
      {"projects", PROJECT, "description", "Said", "PUT projects/" PROJECT, "\"description\":\"Said\""},
      {"rasters/mosaic", MOSAIC, "tags", "[\"a\",\"b c\"]", "PUT rasters/mosaic/" MOSAIC, "[\"a\",\"b c\"]"},
      {"rasters/mosaic", MOSAIC, "tags", "a, b c", "PUT rasters/mosaic/" MOSAIC, "[\"a\",\"b c\"]"},
      {"rasters/mosaic", MOSAIC, "tags", "[]", "PUT rasters/mosaic/" MOSAIC, "\"tags\":[]"},
      {"rasters/mosaic/" MOSAIC "/image", IMAGE, "filename", "b.tif", "PUT rasters/image/" IMAGE "?name=b.tif", ""},
      {"projects", PROJECT, "name", "Urban Analysis", NULL, NULL}, /* as it was */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[128];
    snprintf(text, sizeof text, "MAPFLOW:%s", cases[i].call);
    WORLD_SAY(answers);
    struct osmflow_stream_dataset *dataset = open_dataset(text, NULL, NULL, true);
    UNIT_SAME(change(dataset->layers[0], cases[i].id, cases[i].column, cases[i].value), "", cases[i].column);
    const struct seen *request = sent();
    UNIT_SAME(request ? request->line : "nothing", cases[i].line ? cases[i].line : "nothing", cases[i].column);
    CU_ASSERT_TRUE(!request || strstr(request->body, cases[i].body));
    osmflow_stream_dataset_close(dataset);
  }
}

static void refuses_what_the_api_cannot(void) {
  static const struct canned answers[] = {
      {"POST", "projects/page", 200, PAGE(PROJECT_RECORDED), NULL, 0, false},
      {"GET", "rasters/mosaic", 200, "[" MOSAIC_ITEM "]", NULL, 0, false},
      {"PUT", "projects/" PROJECT, 403, "{\"code\":\"FORBIDDEN\",\"message\":\"no\"}", NULL, 0, false},
  };
  struct osmflow_error error = {.message = ""};
  WORLD_SAY(answers);
  struct osmflow_stream_dataset *dataset = open_dataset("MAPFLOW:projects", NULL, NULL, true);
  struct osmflow_stream_layer *layer = dataset->layers[0];
  CU_ASSERT_PTR_NOT_NULL(strstr(change(layer, PROJECT, "area", "5"), "the column area is the server's"));
  CU_ASSERT_PTR_NOT_NULL(strstr(change(layer, PROJECT, "name", NULL), "name"));
  CU_ASSERT_PTR_NULL(sent());
  CU_ASSERT_PTR_NOT_NULL(strstr(change(layer, PROJECT, "name", "x"), "403"));
  CU_ASSERT_EQUAL(osmflow_stream_layer_remove(layer, osmflow_mapflow_fid(osmflow_text(PROJECT)), &error),
                  OSMFLOW_UNSUPPORTED);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "DELETE=YES"));
  osmflow_stream_dataset_close(dataset);

  dataset = open_dataset("MAPFLOW:rasters/mosaic", "DELETE=YES", NULL, true);
  OGRFeatureH feature = feature_of(dataset->layers[0], MOSAIC);
  OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
  OGR_G_SetPoint_2D(point, 0, 1, 1);
  OGR_F_SetGeometryDirectly(feature, point);
  const struct osmflow_feature_update update = {.is_whole = true};
  CU_ASSERT_EQUAL(osmflow_stream_layer_update(dataset->layers[0], feature, &update, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "geometry"));
  OGR_F_Destroy(feature);
  CU_ASSERT_EQUAL(osmflow_stream_layer_remove(dataset->layers[0], 5, &error), OSMFLOW_NOT_FOUND);
  osmflow_stream_dataset_close(dataset);
}

static void starts_nothing_without_leave(void) {
  static const struct canned answers[] = {
      {"POST", "projects/" PROJECT "/processings/v2/page", 200, PAGE(PROCESSING_RECORDED), NULL, 0, false}};
  static const struct {
    const char *option, *other, *model, *provider, *zoom, *words;
  } cases[] = {
      {NULL, NULL, "Buildings", "Mapbox", "18", "RUN=YES"},
      {"RUN=YES", "MAX_COST=5", NULL, "Mapbox", "18", "needs a model"},
      {"RUN=YES", "MAX_COST=5", "Buildings", NULL, "18", "needs imagery"},
      {"RUN=YES", "MAX_COST=5", "Buildings", "Mapbox", "99", "zoom 99"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {.message = ""};
    WORLD_SAY(answers);
    struct osmflow_stream_dataset *dataset =
        open_dataset("MAPFLOW:projects/" PROJECT "/processings", cases[i].option, cases[i].other, true);
    struct osmflow_stream_layer *layer = dataset->layers[0];
    OGRFeatureH feature = OGR_F_Create(osmflow_stream_layer_definition(layer, &error));
    CU_ASSERT_EQUAL(layer->inserts, cases[i].option != NULL);
    CU_ASSERT_EQUAL(OGR_F_GetGeomFieldCount(feature), cases[i].option ? 1 : 0);
    set(feature, "model", cases[i].model);
    set(feature, "provider", cases[i].provider);
    set(feature, "zoom", cases[i].zoom);
    CU_ASSERT_NOT_EQUAL(osmflow_stream_layer_insert(layer, feature, &error), OSMFLOW_OK);
    if (!strstr(error.message, cases[i].words))
      UNIT_SAME(error.message, cases[i].words, "the sentence");
    CU_ASSERT_EQUAL(world.seen_count, 0);
    OGR_F_Destroy(feature);
    osmflow_stream_dataset_close(dataset);
  }
}

static void filters_here_what_the_server_refuses(void) {
  static const struct canned answers[] = {
      {"POST", "projects/page", 400, "{\"code\":\"BAD_REQUEST\",\"message\":\"filter\"}", "\"filter\"", 0, false},
      {"POST", "projects/page", 200, PAGE(PROJECT_RECORDED), NULL, 0, false}};
  struct osmflow_error error = {.message = ""};
  WORLD_SAY(answers);
  struct osmflow_stream_dataset *dataset = open_dataset("MAPFLOW:projects", NULL, NULL, false);
  CU_ASSERT_EQUAL(osmflow_stream_layer_filter(dataset->layers[0], "name = 'Urban Analysis'", NULL, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_all(dataset->layers[0], &error), 1);
  UNIT_SAME(error.message, "", "no error");
  CU_ASSERT_EQUAL(world.seen_count, 2);
  osmflow_stream_dataset_close(dataset);
}

static void asks_once_for_the_same(void) {
  static const struct canned answers[] = {{"POST", "projects/page", 200, PAGE(PROJECT_RECORDED), NULL, 0, false}};
  struct osmflow_error error = {.message = ""};
  int64_t count = 0;
  WORLD_SAY(answers);
  struct osmflow_stream_dataset *one = open_dataset("MAPFLOW:projects", NULL, NULL, false);
  struct osmflow_stream_dataset *two = NULL;
  CU_ASSERT_EQUAL_FATAL(one->dataset_class->again(one, &two, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_stream_layer_count(one->layers[0], true, &count, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(count, -1);
  CU_ASSERT_EQUAL(read_all(one->layers[0], &error), 1);
  CU_ASSERT_EQUAL(read_all(two->layers[0], &error), 1);
  CU_ASSERT_EQUAL(osmflow_stream_layer_filter(two->layers[0], "name = 'x'", NULL, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_all(two->layers[0], &error), 1); /* its caller looks at it again */
  CU_ASSERT_EQUAL(osmflow_stream_layer_count(one->layers[0], true, &count, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(count, 1);
  CU_ASSERT_EQUAL(world.seen_count, 1);
  CU_ASSERT_EQUAL(osmflow_stream_dataset_refresh(two, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_all(one->layers[0], &error), 1);
  CU_ASSERT_EQUAL(world.seen_count, 2);
  osmflow_stream_dataset_close(one);
  osmflow_stream_dataset_close(two);
}

static void shows_no_geometry_that_it_cannot_read(void) {
  static const struct canned answers[] = {
      {"GET", "rasters/mosaic/" MOSAIC "/image", 200, "[" IMAGE_ITEM "]", NULL, 0, false},
      {"GET", "rasters/mosaic", 200, "[" MOSAIC_ITEM "]", NULL, 0, false}};
  WORLD_SAY(answers);
  struct osmflow_stream_dataset *dataset = open_dataset("MAPFLOW:rasters/mosaic/" MOSAIC "/image", NULL, NULL, false);
  OGRFeatureH feature = feature_of(dataset->layers[0], IMAGE);
  CU_ASSERT_PTR_NULL(OGR_F_GetGeometryRef(feature));
  OGR_F_Destroy(feature);
  osmflow_stream_dataset_close(dataset);
  dataset = open_dataset("MAPFLOW:rasters/mosaic", NULL, NULL, false);
  feature = feature_of(dataset->layers[0], MOSAIC);
  CU_ASSERT_EQUAL(OGR_G_GetGeometryType(OGR_F_GetGeometryRef(feature)), wkbMultiPolygon);
  OGR_F_Destroy(feature);
  osmflow_stream_dataset_close(dataset);
}

/* A result, read by real threads: time is the machine's. */
static struct osmflow_stream_dataset *open_result(const char *option) {
  const struct osmflow_environment *environment = osmflow_environment_system();
  char url[128];
  const char *const options[] = {url, option, NULL};
  struct osmflow_stream_dataset *dataset = NULL;
  osmflow_shared_forget_all();
  snprintf(url, sizeof url, "MAPFLOW_URL=%s", world.root);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_dataset_open(environment, "MAPFLOW:processings/" PROCESSING "/result", options,
                                                     false, &dataset, NULL),
                        OSMFLOW_OK);
  return dataset;
}

static void keeps_the_columns_of_a_result(void) {
  static const struct canned before[] = {
      {"GET", "processings/" PROCESSING "/v2", 200, PROCESSING_RECORDED, NULL, 0, false},
      {"GET", "processings/" PROCESSING "/result", 200, COLLECTION(FEATURE("{\"id\":1,\"kind\":\"a\"}")), NULL, 0,
       false}};
  static const struct canned after[] = {
      {"GET", "processings/" PROCESSING "/v2", 200, PROCESSING_RECORDED, NULL, 0, false},
      {"GET", "processings/" PROCESSING "/result", 200, COLLECTION(FEATURE("{\"id\":1,\"other\":\"a\"}")), NULL, 0,
       false}};
  struct osmflow_error error = {.message = ""};
  WORLD_SAY(before);
  struct osmflow_stream_dataset *dataset = open_result(NULL);
  struct osmflow_stream_layer *layer = dataset->layers[0];
  CU_ASSERT_EQUAL(read_all(layer, &error), 1);
  CU_ASSERT_EQUAL(read_all(layer, &error), 1);
  const size_t asked = world.seen_count;
  CU_ASSERT_EQUAL(osmflow_stream_dataset_refresh(dataset, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_all(layer, &error), 1);
  CU_ASSERT_TRUE(world.seen_count > asked);
  UNIT_SAME(CSLFetchNameValue(layer->metadata, "PROCESSING_NAME"), "Downtown Buildings", "what is known of it");
  WORLD_SAY(after);
  CU_ASSERT_EQUAL(osmflow_stream_dataset_refresh(dataset, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_all(layer, &error), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "open it again"));
  osmflow_stream_dataset_close(dataset);
  osmflow_shared_forget_all();
}

static void shows_the_columns_that_rules_make(void) {
  static const struct canned answers[] = {
      {"GET", "processings/" PROCESSING "/v2", 200, PROCESSING_RECORDED, NULL, 0, false},
      {"GET", "processings/" PROCESSING "/result", 200,
       COLLECTION("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[7,49]},\"properties\":"
                  "{\"kind\":\"tree\",\"height\":7.50,\"sure\":true,\"seen\":\"2026-02-10\",\"count\":12}},"
                  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[8,49]},\"properties\":"
                  "{\"kind\":\"car\"}}"),
       NULL, 0, false}};
  char folder[] = "/tmp/osmflow-unit-XXXXXX", path[64], option[96];
  struct osmflow_error error = {.message = ""};
  OGRFeatureH feature = NULL;
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/rules.ini", folder);
  snprintf(option, sizeof option, "TAG_MAPPING=%s", path);
  FILE *file = fopen(path, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fputs("[kind=tree]\nnatural=tree\nheight={height}\nnote={count} {seen} {sure}\n", file);
  fclose(file);
  WORLD_SAY(answers);
  struct osmflow_stream_dataset *dataset = open_result(option);
  struct osmflow_stream_layer *layer = dataset->layers[0];
  CU_ASSERT_EQUAL(osmflow_stream_layer_next(layer, &feature, &error), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL(feature);
  UNIT_SAME(osmflow_feature_column(feature, "natural"), "tree", "a tag");
  UNIT_SAME(osmflow_feature_column(feature, "height"), "7.5", "a number");
  UNIT_SAME(osmflow_feature_column(feature, "note"), "12 2026-02-10 true", "other types");
  OGR_F_Destroy(feature);
  CU_ASSERT_EQUAL(read_all(layer, &error), 1);
  CU_ASSERT_EQUAL(osmflow_stream_layer_feature(layer, 1, &feature, &error), OSMFLOW_OK);
  CU_ASSERT_PTR_NULL(feature); /* no rule says what a car is */
  osmflow_stream_dataset_close(dataset);
  osmflow_shared_forget_all();
  CU_ASSERT_EQUAL(unlink(path), 0);
  CU_ASSERT_EQUAL(rmdir(folder), 0);
}

int main(void) {
  static const struct unit_test tests[] = {
      UNIT(opens_without_asking),
      UNIT(sends_what_was_changed),
      UNIT(refuses_what_the_api_cannot),
      UNIT(starts_nothing_without_leave),
      UNIT(filters_here_what_the_server_refuses),
      UNIT(asks_once_for_the_same),
      UNIT(shows_no_geometry_that_it_cannot_read),
      UNIT(keeps_the_columns_of_a_result),
      UNIT(shows_the_columns_that_rules_make),
  };
  if (setenv("MAPFLOW_TOKEN", UNIT_EMAIL ":" UNIT_TOKEN, 1) != 0 || !world_start())
    return 1;
  const int result = unit_run("source/mapflow_dataset", tests, sizeof tests / sizeof tests[0]);
  osmflow_shared_forget_all();
  world_stop();
  return result;
}
