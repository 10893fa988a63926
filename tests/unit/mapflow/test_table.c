/* Answers as rows: hostile ones first, then both shapes of the real ones. */
#include "mapflow/table.h"

#include <inttypes.h>

#include "mapflow_documents.h"

enum { SHOWN_SIZE = 1 << 20 };

static char shown[SHOWN_SIZE];

static size_t show_value(char *text, size_t size, enum osmflow_field_type type, const struct osmflow_value *value) {
  switch (type) {
    case OSMFLOW_FIELD_STRING:
    case OSMFLOW_FIELD_JSON:
      CU_ASSERT(value->text.data[value->text.size] == '\0');
      return (size_t)snprintf(text, size, "%s", value->text.data);
    case OSMFLOW_FIELD_REAL:
      return (size_t)snprintf(text, size, "%g", value->real);
    case OSMFLOW_FIELD_DATETIME:
      return (size_t)snprintf(text, size, "%" PRId64 "+%.3f", value->integer, value->real);
    default:
      return (size_t)snprintf(text, size, "%" PRId64, value->integer);
  }
}

/* "a=1;b=x;@GEOMETRY|": of a row the values that are not null. */
static size_t show_row(const struct osmflow_mapflow_schema *schema, const struct osmflow_mapflow_row *row, char *text,
                       size_t size) {
  size_t used = 0;
  CU_ASSERT(row->fid >= 0);
  for (size_t i = 0; i < schema->column_count; i++)
    if (!row->values[i].is_null) {
      used += (size_t)snprintf(text + used, size - used, "%s=", schema->columns[i].name);
      used += show_value(text + used, size - used, schema->columns[i].type, &row->values[i]);
      used += (size_t)snprintf(text + used, size - used, ";");
    }
  if (row->geometry.size > 0)
    used += (size_t)snprintf(text + used, size - used, "@%s", row->geometry.data);
  return used + (size_t)snprintf(text + used, size - used, "|");
}

/* Reads a layer into `shown`; behind an error stands "!message". Returns how many rows came. */
static int64_t read_layer(const char *connection, size_t layer, const struct osmflow_mapflow_wish *wish) {
  struct fake fake;
  struct osmflow_mapflow mapflow;
  struct osmflow_mapflow_call call;
  struct osmflow_mapflow_rows *rows = NULL;
  const struct osmflow_mapflow_row *row = NULL;
  struct osmflow_error error = {.message = ""};
  int64_t count = 0;
  size_t used = 0;
  shown[0] = '\0';
  client_open(&mapflow, &fake);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_call_parse(connection, &call, &error), OSMFLOW_OK);
  const struct osmflow_mapflow_schema *schema = osmflow_mapflow_schema(call.call_class, layer);
  enum osmflow_status status = osmflow_mapflow_rows_new(&mapflow, &call, layer, wish, &rows, &error);
  while (status == OSMFLOW_OK && (status = osmflow_mapflow_rows_next(rows, &row, &error)) == OSMFLOW_OK && row) {
    used += show_row(schema, row, shown + used, SHOWN_SIZE - used);
    count++;
  }
  if (status != OSMFLOW_OK) {
    snprintf(shown + used, SHOWN_SIZE - used, "!%s", error.message);
    CU_ASSERT(!rows || osmflow_mapflow_rows_next(rows, &row, &error) == status); /* and stays so */
  }
  osmflow_mapflow_rows_free(rows);
  osmflow_mapflow_call_clear(&call);
  osmflow_mapflow_close(&mapflow);
  return status == OSMFLOW_OK ? count : -1;
}

static void expect(const char *part, const char *what) {
  if (!strstr(shown, part))
    UNIT_SAME(shown, part, what);
}

static void refuses_what_is_not_an_answer(void) {
  static char deep[10001];
  memset(deep, '[', sizeof deep - 1);
  static const char *const bodies[] = {"<html>login</html>",
                                       "",
                                       "5",
                                       "\"x\"",
                                       "null",
                                       "true",
                                       "{}",
                                       "[1,2]",
                                       "[\"a\"]",
                                       "{\"results\":7}",
                                       "{\"results\":[5]}",
                                       "{\"results\":[{\"id\":\"1\"",
                                       deep};
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    const struct canned answers[] = {{"POST", "projects/page", 200, bodies[i], NULL, 0, false},
                                     {"GET", "rasters/mosaic", 200, bodies[i], NULL, 0, false},
                                     {"GET", "projects/default", 200, bodies[i], NULL, 0, false},
                                     {"GET", "rasters/memory", 200, bodies[i], NULL, 0, false},
                                     {"GET", "user/status", 200, bodies[i], NULL, 0, false},
                                     {"GET", "processings/" PROCESSING "/aois", 200, bodies[i], NULL, 0, false},
                                     {"POST", "processings/stats?type=JSON", 200, bodies[i], NULL, 0, false},
                                     {"POST", "catalog/meta", 200, bodies[i], NULL, 0, false}};
    static const char *const calls[] = {"projects",
                                        "rasters/mosaic",
                                        "projects/default",
                                        "rasters/memory",
                                        "user/status",
                                        "processings/" PROCESSING "/aois",
                                        "catalog/meta?bbox=1,2,3,4"};
    WORLD_SAY(answers);
    for (size_t j = 0; j < sizeof calls / sizeof calls[0]; j++)
      if (read_layer(calls[j], 0, NULL) != -1)
        UNIT_SAME(bodies[i], "an error", calls[j]);
  }
}

static void makes_null_of_wrong_types(void) {
  static const struct canned answers[] = {
      {"GET", "projects", 200,
       "[null,{\"id\":5,\"name\":{\"a\":[1,{\"rasterPassword\":\"hush\"}]},\"area\":\"wide\",\"isDefault\":\"maybe\","
       "\"aoiCount\":99999999999,\"created\":\"soon\",\"updated\":\"2026-13-01\",\"progress\":[],\"processingCounts\":"
       "{\"total\":\"3\",\"failed\":1.5,\"succeeded\":2.0},\"user\":null,\"starred\":\"TRUE\"},{},{\"id\":null}]",
       NULL, 0, false}};
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 3);
  UNIT_SAME(shown, "id=5;name={\"a\":[1,{}]};processings=3;processings_succeeded=2;starred=1;|||", "wrong types");
}

static void reads_projects_of_both_shapes(void) {
  static const struct canned paged[] = {
      {"POST", "projects/page", 200, "{\"results\":[" PROJECT_RECORDED "],\"total\":1,\"count\":1}", NULL, 0, false}};
  static const struct canned plain[] = {
      {"POST", "projects/page", 405, "", NULL, 0, false},
      {"GET", "projects", 200, "[" PROJECT_RECORDED ",{\"id\":\"2\",\"name\":\"Other\"}]", NULL, 0, false},
      {"GET", "projects/default", 200, PROJECT_RECORDED, NULL, 0, false}};
  static const char project[] =
      "id=" PROJECT
      ";name=Urban Analysis;is_default=0;status=OK;percent_completed=100;completed=1771575278+0.883;area="
      "836643;aoi_area=836643;aoi_count=1;processings=3;processings_succeeded=2;processings_failed=1;"
      "processings_refunded=0;processings_cancelled=0;templates=0;starred=0;owner=anna@example.com;aoi_area_limit="
      "2.5e+07;shared_with=[];models=[\"Roads\"];progress=[];created=1770723636+0.980;updated=1771587637+0.174;|";
  WORLD_SAY(paged);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 1);
  UNIT_SAME(shown, project, "recorded");
  UNIT_SAME(world.seen[0].body, "{\"limit\":100,\"offset\":0}", "the request");
  WORLD_SAY(plain);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 2);
  expect(project, "plain list");
  CU_ASSERT_EQUAL(read_layer("projects?filter=OTH", 0, NULL), 1);
  expect("name=Other", "searched here");
  CU_ASSERT_EQUAL(read_layer("projects?offset=1&limit=5", 0, NULL), 1);
  expect("name=Other", "skipped here");
  CU_ASSERT_EQUAL(read_layer("projects/default", 0, NULL), 1);
  UNIT_SAME(shown, project, "one");
}

static void reads_processings_without_credentials(void) {
  static const struct canned answers[] = {
      {"GET", "processings/v2", 200, "[" PROCESSING_RECORDED "," PROCESSING_OWN "," PROCESSING_V1 "]", NULL, 0, false},
      {"GET", "processings/" PROCESSING "/aois", 200, aois_recorded, NULL, 0, false},
      {"GET", "processings/" PROCESSING "/v2", 200,
       "{\"id\":\"" PROCESSING
       "\",\"name\":\"Downtown\",\"status\":\"OK\",\"area\":1200000,\"cost\":150,\"vectorLayer\":{"
       "\"tileUrl\":\"https://app.mapflow.ai/api/layers/{z}/{x}/{y}.pbf\"}}",
       NULL, 0, false}};
  const struct osmflow_mapflow_wish wish = {.with_aois = true};
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(read_layer("processings", 0, NULL), 3);
  CU_ASSERT_PTR_NULL(strstr(shown, "hush"));
  expect("cost=28.5;project_id=" PROJECT ";model_id=" MODEL_ID
         ";model=Buildings;source=provider;provider=Mapbox;zoom=19;",
         "v2");
  expect("rating=5;feedback=good;revision=0;", "rating");
  expect(
      "gdal_raster=<GDAL_WMS><Service name=\"TMS\"><ServerUrl>https://app.mapflow.ai/tiles/${z}/${x}/${y}.png?uri="
      "s3%3A%2F%2Fabc</ServerUrl>",
      "GDAL");
  expect("gdal_result=MAPFLOW:processings/" PROCESSING "/result;created=1770719400+0.782;", "result");
  expect(
      "source=own;zoom=18;source_type=XYZ;source_url=https://example.com/{z}/{x}/{y}.png;source_crs=EPSG:3857;"
      "params={\"sourceParams\":{\"userDefined\":{\"sourceType\":\"XYZ\",\"url\":\"https://example.com/{z}/{x}/{y}."
      "png\",\"zoom\":18,\"crs\":\"EPSG:3857\"}}};",
      "own");
  expect("messages_text=the pixels of the source are too small for the model: 0.0054 m", "words");
  expect("review_status=IN_REVIEW;in_review_until=1772323200+0.000;", "review");
  expect("meta={\"link\":\"https://***@example.com/\"};", "a password in an address");
  expect("status=PAUSED;source=own;zoom=18;source_type=xyz;", "v1");
  CU_ASSERT_EQUAL(read_layer("processings/" PROCESSING "/v2", 0, &wish), 1);
  expect("area=1.2e+06;cost=150;", "spec");
  expect(
      "@{\"type\":\"MultiPolygon\",\"coordinates\":[[[[7.0765,49.3231],[7.0831,49.3231],[7.0831,49.3181],[7.0765,"
      "49.3231]]],[[[1,2],[3,2],[3,4],[1,2]]]]}|",
      "AOIs");
  CU_ASSERT_EQUAL(read_layer("processings/" PROCESSING "/aois", 0, NULL), 3);
  expect(
      "id=44444444-0000-4000-8000-000000000161;status=OK;percent_completed=100;area=270295;messages=[];@{\"type\":"
      "\"Polygon\"",
      "an AOI");
  CU_ASSERT_EQUAL(read_layer("processings?limit=1", 0, NULL), 1);
}

static void reads_the_account_once(void) {
  static const struct canned answers[] = {{"GET", "user/status", 200, user_recorded, NULL, 0, false}};
  static const struct canned spec[] = {{"GET", "user/status", 200, user_spec, NULL, 0, false}};
  static const char *const layers[] = {
      "account", "models", "blocks", "data_providers", "provider_prices", "search_data_providers", "teams"};
  static const int64_t counts[] = {1, 1, 2, 1, 2, 0, 1};
  struct fake fake;
  struct osmflow_mapflow mapflow;
  struct osmflow_mapflow_call call;
  struct osmflow_mapflow_rows *rows = NULL;
  const struct osmflow_mapflow_row *row = NULL;
  WORLD_SAY(answers);
  client_open(&mapflow, &fake);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_call_parse("user/status", &call, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_schema_count(call.call_class), 7);
  CU_ASSERT_EQUAL_FATAL(osmflow_mapflow_rows_new(&mapflow, &call, 0, NULL, &rows, NULL), OSMFLOW_OK);
  for (size_t i = 0; i < 7; i++) {
    int64_t count = 0, told = 0;
    UNIT_SAME(osmflow_mapflow_schema(call.call_class, i)->layer, layers[i], "layer");
    CU_ASSERT_EQUAL(osmflow_mapflow_rows_restart(rows, i, NULL, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_mapflow_rows_count(rows, &told, NULL), OSMFLOW_OK);
    while (osmflow_mapflow_rows_next(rows, &row, NULL) == OSMFLOW_OK && row)
      count++;
    CU_ASSERT_EQUAL(count, counts[i]);
    CU_ASSERT_EQUAL(told, counts[i]);
  }
  CU_ASSERT_EQUAL(world.seen_count, 1);
  osmflow_mapflow_rows_free(rows);
  osmflow_mapflow_call_clear(&call);
  osmflow_mapflow_close(&mapflow);
  (void)read_layer("user/status", 0, NULL);
  expect("email=anna@example.com;credits=2450;billing_type=CREDITS;processed_area=1.12375e+10;", "account");
  (void)read_layer("user/status", 1, NULL);
  expect("min_resolution=0.07;max_resolution=1.5;bands=[1,3,4];min_zoom=17;optional_blocks=[\"Heights\"];", "model");
  (void)read_layer("user/status", 2, NULL);
  expect("|model_id=" MODEL_ID
         ";model=\xF0\x9F\x8F\xA0 Buildings;name=Heights;display_name=Height estimation;optional=1;"
         "default_enabled=0;price=10;|",
         "block");
  (void)read_layer("user/status", 3, NULL);
  expect("${y}.png?a=1&amp;b=2</ServerUrl>", "XML");
  (void)read_layer("user/status", 4, NULL);
  expect("provider=Mapbox Satellite;zoom=19;price_per_sq_km=2;", "price");
  WORLD_SAY(spec);
  (void)read_layer("user/status", 0, NULL);
  expect("email=user@example.com;credits=5000;", "account of the spec");
  CU_ASSERT_EQUAL(read_layer("user/status", 2, NULL), 1);
  expect("name=OSM;", "a block that is a word");
  CU_ASSERT_EQUAL(read_layer("user/status", 6, NULL), 0);
}

static void reads_rasters(void) {
  static const struct canned answers[] = {
      {"GET", "rasters/mosaic?tags=a b&tags=c", 200, "[" MOSAIC_RECORDED "]", NULL, 0, false},
      {"GET", "rasters/mosaic/" MOSAIC, 200, mosaic_spec, NULL, 0, false},
      {"GET", "rasters/mosaic/" MOSAIC "/image", 200, "[" IMAGE_RECORDED "]", NULL, 0, false},
      {"GET", "rasters/mosaic/" MOSAIC "/status", 200,
       "{\"mosaic_id\":\"" MOSAIC "\",\"total_images\":1,\"ready_images\":0,\"images\":[{\"image_id\":\"" IMAGE
       "\",\"filename\":\"o.tif\",\"preprocessing_status\":\"PENDING\",\"data_available\":false}]}",
       NULL, 0, false},
      {"GET", "rasters/memory", 200,
       "{\"memoryLimit\":10737418240,\"memoryUsed\":5368709120,\"memoryFree\":5368709120,\"maxUploadFileSize\":"
       "10737418240,\"maxPixelCount\":65535}",
       NULL, 1, false},
      {"GET", "rasters/memory", 200,
       "{\"used_bytes\":5368709120,\"limit_bytes\":10737418240,\"used_gb\":5.0,\"usage_percent\":50.0}", NULL, 0,
       false},
      {"GET", "version", 200, "2.5.0\n", NULL, 1, false},
      {"GET", "version", 200, "<html>", NULL, 0, false}};
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(read_layer("rasters/mosaic?tags=a+b&tags=c", 0, NULL), 1);
  expect("tags=[\"survey\",\"spring\"];tags_text=survey, spring;size=68417439;image_count=1;", "mosaic");
  expect("@MULTIPOLYGON (((1 2, 3 2, 3 4, 1 2)))|", "footprint");
  CU_ASSERT_EQUAL(read_layer("rasters/mosaic/" MOSAIC, 0, NULL), 1);
  expect("image_count=15;created=1710498600+0.000;|", "mosaic of the spec");
  CU_ASSERT_EQUAL(read_layer("rasters/mosaic/" MOSAIC "/image", 0, NULL), 1);
  expect(
      "file_size=68417439;checksum=9d2d9e9b;crs=EPSG:32631;width=5589;height=4079;band_count=3;dtypes=[\"uint8\","
      "\"uint8\",\"uint8\"];pixel_size_x=0.3;pixel_size_y=0.4;available_for_download=1;",
      "image");
  expect("gdal_preview_s=/vsicurl/https://api.mapflow.ai/rest/rasters/image/1/preview/s;", "preview");
  CU_ASSERT_EQUAL(read_layer("rasters/mosaic/" MOSAIC "/status", 0, NULL), 1);
  CU_ASSERT_EQUAL(read_layer("rasters/mosaic/" MOSAIC "/status", 1, NULL), 1);
  expect("filename=o.tif;preprocessing_status=PENDING;data_available=0;", "status");
  (void)read_layer("rasters/memory", 0, NULL);
  UNIT_SAME(shown,
            "limit_bytes=10737418240;used_bytes=5368709120;free_bytes=5368709120;usage_percent=50;max_upload_file_size="
            "10737418240;max_pixel_count=65535;|",
            "memory");
  (void)read_layer("rasters/memory", 0, NULL);
  UNIT_SAME(shown, "limit_bytes=10737418240;used_bytes=5368709120;free_bytes=5368709120;usage_percent=50;|",
            "memory of the spec");
  (void)read_layer("version", 0, NULL);
  UNIT_SAME(shown, "version=2.5.0;|", "version");
  CU_ASSERT_EQUAL(read_layer("version", 0, NULL), -1);
}

static void searches_the_catalog(void) {
  static const struct canned answers[] = {{"POST", "catalog/meta", 200,
                                           "{\"images\":[" CATALOG_IMAGE "],\"total\":1,\"limit\":100,\"offset\":0}",
                                           NULL, 0, false}};
  static const struct canned spec[] = {{"POST", "catalog/meta", 200, "[" CATALOG_IMAGE "]", NULL, 0, false}};
  static const char area[] = "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}";
  struct osmflow_mapflow_wish wish = {
      .where =
          "acquisition_date >= '2024/01/01 00:00:00' AND acquisition_date < '2024-03-01' AND cloud_cover < 10 AND "
          "provider_name = 'CG' AND off_nadir_angle < 5",
      .order_by = "acquisition_date",
      .is_descending = true,
      .area = area};
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(read_layer("catalog/meta", 0, NULL), -1);
  expect("bbox=", "says what is missing");
  CU_ASSERT_EQUAL(world.seen_count, 0);
  CU_ASSERT_EQUAL(read_layer("catalog/meta?aoi={\"type\":\"Point\",\"coordinates\":[1,2]}", 0, NULL), -1);
  CU_ASSERT_EQUAL(read_layer("catalog/meta?aoi={\"type\":", 0, NULL), -1);
  CU_ASSERT_EQUAL(world.seen_count, 0);
  CU_ASSERT_EQUAL(read_layer("catalog/meta", 0, &wish), 1);
  expect("id=SCN_1;provider_name=Roscosmos;product_type=OPTICAL;acquisition_date=1743606053+0.000;", "image");
  expect("gdal_preview=/vsicurl/https://example.com/p.png;@{\"type\":\"Polygon\"", "preview");
  UNIT_SAME(world.seen[0].body,
            "{\"limit\":100,\"offset\":0,\"aoi\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]},"
            "\"acquisitionDateFrom\":\"2024-01-01T00:00:00Z\",\"acquisitionDateTo\":\"2024-03-01T00:00:01Z\","
            "\"maxCloudCover\":10,\"dataProviders\":[\"CG\"],\"sortBy\":\"ACQUISITION_DATE\",\"sortOrder\":\"DESC\"}",
            "what is pushed");
  WORLD_SAY(spec);
  CU_ASSERT_EQUAL(read_layer("catalog/meta?bbox=1,2,3,4&maxCloudCover=20&hideUnavailable=TRUE&dataProviders=a,b&"
                             "dataProviders=c&limit=10&sortOrder=asc&acquisitionDateFrom=2024-01-01T01:00:00+01:00",
                             0, &wish),
                  1);
  UNIT_SAME(
      world.seen[0].body,
      "{\"limit\":20,\"offset\":0,\"aoi\":{\"type\":\"Polygon\",\"coordinates\":[[[1.0000000,2.0000000],[3.0000000,"
      "2.0000000],[3.0000000,4.0000000],[1.0000000,4.0000000],[1.0000000,2.0000000]]]},\"maxCloudCover\":20,"
      "\"hideUnavailable\":true,\"dataProviders\":[\"a\",\"b\",\"c\"],\"sortOrder\":\"ASC\","
      "\"acquisitionDateFrom\":\"2024-01-01T00:00:00Z\",\"acquisitionDateTo\":\"2024-03-01T00:00:01Z\",\"sortBy\":"
      "\"ACQUISITION_DATE\",\"sortOrder\":\"DESC\"}",
      "parameters of the call come first");
}

static void reads_statistics_in_every_form(void) {
  static const struct canned answers[] = {
      {"POST", "processings/stats?type=JSON", 200, stats_recorded, NULL, 0, false},
      {"POST", "processings/stats?type=CSV", 200,
       "\xEF\xBB\xBFProject Name;Name;E-mail;Area;Cost;Created;Status;Link to map;Colour\r\nTest;\"a;\"\"b\"\"\";anna@"
       "example.com;5.5;0;2025-02-24T13:34:34Z;OK;https://app.mapflow.ai/projects/" PROJECT "/processings/" PROCESSING
       ";red\r\n\r\n",
       NULL, 1, false},
      {"POST", "processings/stats?type=CSV", 200, "Name,Status\na,\"OK", NULL, 0, false}};
  struct osmflow_mapflow_wish wish = {.where = "status = 'OK'", .order_by = "created", .is_descending = true};
  WORLD_SAY(answers);
  CU_ASSERT_EQUAL(read_layer("processings/stats", 0, &wish), 1);
  UNIT_SAME(shown,
            "processing_id=" PROCESSING ";name=test_proc;project_name=Test;project_id=" PROJECT
            ";email=anna@example.com;status=OK;percent_completed=100;area=536680;cost=0;model=Buildings;archived=0;"
            "created=1740404074+0.641;completed=1740404131+0.328;link_to_map=https://app.mapflow.ai/projects/" PROJECT
            "/processings/" PROCESSING ";|",
            "JSON");
  UNIT_SAME(world.seen[0].body, "{\"perPage\":100,\"page\":1,\"filter\":\"status=OK\",\"sort\":\"created:desc\"}",
            "pushed");
  CU_ASSERT_EQUAL(read_layer("processings/stats?type=csv&page=1&perPage=50&sort=cost:asc&filter=x=y", 0, &wish), 1);
  UNIT_SAME(shown,
            "processing_id=" PROCESSING ";name=a;\"b\";project_name=Test;project_id=" PROJECT
            ";email=anna@example.com;status=OK;area=5.5;cost=0;created=1740404074+0.000;link_to_map="
            "https://app.mapflow.ai/projects/" PROJECT "/processings/" PROCESSING ";other={\"Colour\":\"red\"};|",
            "CSV");
  UNIT_SAME(world.seen[1].body, "{\"perPage\":50,\"page\":1,\"sort\":\"cost:asc\",\"filter\":\"x=y\"}", "as told");
  CU_ASSERT_EQUAL(read_layer("processings/stats?type=CSV", 0, NULL), -1);
}

/* Pages made of numbered projects: {"results":[...],"total":N}. */
static const char *page_of(int first, int count, int total) {
  static char pages[32][20000];
  static size_t next;
  char *text = pages[next++ % 32];
  size_t used = (size_t)snprintf(text, 20000, "{\"results\":[");
  for (int i = 0; i < count; i++)
    used +=
        (size_t)snprintf(text + used, 20000 - used, "%s{\"id\":\"p%d\",\"name\":\"n\"}", i > 0 ? "," : "", first + i);
  snprintf(text + used, 20000 - used, total >= 0 ? "],\"total\":%d}" : "]}", total);
  return text;
}

static void reads_all_pages(void) {
  const struct canned whole[] = {{"POST", "projects/page", 200, page_of(0, 100, 250), "\"offset\":0}", 0, false},
                                 {"POST", "projects/page", 200, page_of(100, 100, 250), "\"offset\":100}", 0, false},
                                 {"POST", "projects/page", 200, page_of(200, 50, 250), "\"offset\":200}", 0, false}};
  WORLD_SAY(whole);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 250);
  CU_ASSERT_EQUAL(world.seen_count, 3);
  const struct osmflow_mapflow_wish wish = {.limit = 150};
  CU_ASSERT_EQUAL(read_layer("projects", 0, &wish), 150);
  CU_ASSERT_EQUAL(world.seen_count, 5);
  CU_ASSERT_EQUAL(read_layer("projects?limit=101", 0, &wish), 101);
  CU_ASSERT_EQUAL(read_layer("projects?offset=200", 0, NULL), 50);
}

static void survives_odd_pages(void) {
  const struct canned small[] = {/* the server gives fewer than asked for */
                                 {"POST", "projects/page", 200, page_of(0, 30, 50), "\"offset\":0}", 0, false},
                                 {"POST", "projects/page", 200, page_of(30, 20, 50), "\"offset\":30}", 0, false}};
  const struct canned silent[] = {/* no total */
                                  {"POST", "projects/page", 200, page_of(0, 100, -1), "\"offset\":0}", 0, false},
                                  {"POST", "projects/page", 200, page_of(100, 3, -1), "\"offset\":100}", 0, false}};
  const struct canned repeats[] = {{"POST", "projects/page", 200, page_of(0, 30, 1000), NULL, 0, false}};
  const struct canned lies_high[] = {{"POST", "projects/page", 200, page_of(0, 30, 99), "\"offset\":0}", 0, false},
                                     {"POST", "projects/page", 200, page_of(0, 0, 99), NULL, 0, false}};
  const struct canned lies_low[] = {{"POST", "projects/page", 200, page_of(0, 100, 5), "\"offset\":0}", 0, false},
                                    {"POST", "projects/page", 200, page_of(100, 7, 5), "\"offset\":100}", 0, false}};
  const struct canned grows[] = {/* one was added in front: p99 comes again, p-1 is found by looking again */
                                 {"POST", "projects/page", 200, page_of(0, 100, 120), "\"offset\":0}", 1, false},
                                 {"POST", "projects/page", 200, page_of(99, 21, 121), "\"offset\":100}", 0, false},
                                 {"POST", "projects/page", 200, page_of(-1, 100, 121), "\"offset\":0}", 0, false}};
  const struct canned shrinks[] = {/* p0 was deleted: p100 has moved past */
                                   {"POST", "projects/page", 200, page_of(0, 100, 120), "\"offset\":0}", 1, false},
                                   {"POST", "projects/page", 200, page_of(101, 19, 119), "\"offset\":100}", 0, false},
                                   {"POST", "projects/page", 200, page_of(1, 100, 119), "\"offset\":0}", 0, false}};
  const struct canned ignores[] = {/* all at once, whatever is asked */
                                   {"POST", "projects/page", 200, page_of(0, 150, -1), NULL, 0, false}};
  static char nameless[20000]; /* rows without an id, the same at every page */
  size_t used = (size_t)snprintf(nameless, sizeof nameless, "[");
  for (int i = 0; i < 100; i++)
    used += (size_t)snprintf(nameless + used, sizeof nameless - used, "%s{\"name\":\"n%d\"}", i > 0 ? "," : "", i);
  snprintf(nameless + used, sizeof nameless - used, "]");
  const struct canned anonymous[] = {{"POST", "projects/page", 200, nameless, NULL, 0, false}};
  const struct canned breaks[] = {{"POST", "projects/page", 200, page_of(0, 100, 150), "\"offset\":0}", 0, false},
                                  {"POST", "projects/page", 200, "{\"results\":[{\"id\":\"p1", NULL, 0, false}};
  WORLD_SAY(small);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 50);
  WORLD_SAY(silent);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 103);
  WORLD_SAY(repeats);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), -1);
  expect("1000", "says how many there should be");
  WORLD_SAY(lies_high);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), -1);
  WORLD_SAY(lies_low);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 107);
  WORLD_SAY(grows);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 121);
  WORLD_SAY(shrinks);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 120);
  expect("id=p100;", "what moved past is there");
  WORLD_SAY(ignores);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 150);
  WORLD_SAY(anonymous);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), 100);
  WORLD_SAY(breaks);
  CU_ASSERT_EQUAL(read_layer("projects", 0, NULL), -1);
}

static void tells_wishes_to_the_server(void) {
  static const struct {
    const char *connection, *where, *order, *members;
  } cases[] = {
      {"projects", "name LIKE '%town%'", "updated",
       ",\"filter\":\"town\",\"sortBy\":\"UPDATED\",\"sortOrder\":\"ASC\""},
      {"projects", "name = 'a \"b\"'", NULL, ",\"filter\":\"a \\\"b\\\"\""},
      {"projects", "name LIKE 'a_bcd%e'", NULL, ",\"filter\":\"bcd\""},
      {"projects", "name LIKE '%'", NULL, ""},
      {"projects", "name LIKE 'a' OR id = 'b'", "area", ""},
      {"projects", "name <> 'a'", "no_such", ""},
      {"projects?filter=x", "name = 'y'", NULL, ",\"filter\":\"x\""},
      {"projects?terms=x&sortBy=NAME&sortOrder=desc", NULL, "created",
       ",\"filter\":\"x\",\"sortBy\":\"NAME\",\"sortOrder\":\"DESC\""},
      {"projects/" PROJECT "/processings", "name = 'y' AND status = 'OK'", "cost",
       ",\"terms\":\"y\",\"sortBy\":\"COST\",\"sortOrder\":\"ASC\""},
  };
  const struct canned answers[] = {
      {"POST", "projects/page", 200, page_of(0, 1, 1), NULL, 0, false},
      {"POST", "projects/" PROJECT "/processings/v2/page", 200, page_of(0, 1, 1), NULL, 0, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct osmflow_mapflow_wish wish = {.where = cases[i].where, .order_by = cases[i].order};
    char body[512];
    WORLD_SAY(answers);
    CU_ASSERT_EQUAL(read_layer(cases[i].connection, 0, &wish), 1);
    snprintf(body, sizeof body, "{\"limit\":100,\"offset\":0%s}", cases[i].members);
    UNIT_SAME(world.seen[0].body, body, cases[i].where ? cases[i].where : cases[i].connection);
  }
}

static void has_schemas_for_every_table(void) {
  size_t count = 0;
  const struct osmflow_mapflow_call_class *classes = osmflow_mapflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    const size_t layers = osmflow_mapflow_schema_count(&classes[i]);
    CU_ASSERT_EQUAL(layers > 0, classes[i].answer == OSMFLOW_MAPFLOW_TABLES);
    for (size_t j = 0; j < layers; j++) {
      const struct osmflow_mapflow_schema *schema = osmflow_mapflow_schema(&classes[i], j);
      for (size_t k = 0; k < schema->column_count; k++)
        for (size_t l = 0; l < k; l++)
          CU_ASSERT(strcmp(schema->columns[k].name, schema->columns[l].name) != 0);
      for (size_t k = 0; k < schema->push_count; k++) {
        bool found = false;
        for (size_t l = 0; l < schema->column_count; l++)
          found = found || strcmp(schema->columns[l].name, schema->pushes[k].column) == 0;
        CU_ASSERT(found);
      }
    }
  }
  CU_ASSERT(osmflow_mapflow_fid(osmflow_text(PROJECT)) != osmflow_mapflow_fid(osmflow_text(PROCESSING)));
  CU_ASSERT_EQUAL(osmflow_mapflow_fid(osmflow_text("546D148F-19A1-40D8-8F16-D1E6DABFD204")),
                  osmflow_mapflow_fid(osmflow_text(PROJECT)));
}

MAPFLOW_UNIT_MAIN("mapflow/table", UNIT(refuses_what_is_not_an_answer), UNIT(makes_null_of_wrong_types),
                  UNIT(reads_projects_of_both_shapes), UNIT(reads_processings_without_credentials),
                  UNIT(reads_the_account_once), UNIT(reads_rasters), UNIT(searches_the_catalog),
                  UNIT(reads_statistics_in_every_form), UNIT(reads_all_pages), UNIT(survives_odd_pages),
                  UNIT(tells_wishes_to_the_server), UNIT(has_schemas_for_every_table))
