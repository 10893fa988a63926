/* The fixed data that every sandbox starts with, see README.md. */
#include "mapflow.h"

static const char urban[] = "546d148f-19a1-40d8-8f16-d1e6dabfd204";
static const char archive[] = "546d148f-19a1-40d8-8f16-d1e6dabfd205";
static const char mosaic_id[] = "6ee95ae6-f26e-41bd-8cb1-39bea545119f";
static const char image_id[] = "6ae7f9e9-da2d-41e0-b16f-83396003af57";
enum { MORE_PROJECTS = 38, ARCHIVED = 65 };

#define SOURCE(search, own, provider, tiles)                                                         \
  "{\"sourceParams\":{\"imagerySearch\":" search ",\"myImagery\":" own ",\"dataProvider\":" provider \
  ",\"userDefined\":" tiles "},\"inferenceParams\":null}"
#define MAPBOX SOURCE("null", "null", "{\"providerName\":\"Mapbox\",\"zoom\":19}", "null")
#define OWN                                                          \
  SOURCE("null",                                                     \
         "{\"imageIds\":[\"6ae7f9e9-da2d-41e0-b16f-83396003af57\"]," \
         "\"mosaicId\":\"6ee95ae6-f26e-41bd-8cb1-39bea545119f\"}",   \
         "null", "null")
#define SEARCH \
  SOURCE("{\"dataProvider\":\"Roscosmos\",\"imageIds\":[\"SCN_0000\"],\"zoom\":null}", "null", "null", "null")
#define SECRET_TILES                                                                                  \
  SOURCE("null", "null", "null",                                                                      \
         "{\"sourceType\":\"XYZ\",\"url\":\"https://tiles.example.com/{z}/{x}/{y}.png\",\"zoom\":18," \
         "\"crs\":\"epsg:3857\",\"rasterLogin\":\"s3cret-login\",\"rasterPassword\":\"s3cret-password\"}")
#define OLD                                                                                         \
  "{\"url\":\"https://tiles.example.com/{z}/{x}/{y}.png\",\"zoom\":\"18\",\"source_type\":\"xyz\"," \
  "\"raster_login\":\"s3cret-login\",\"raster_password\":\"s3cret-password\"}"

static const char downtown[] =
    "{\"type\":\"FeatureCollection\",\"name\":\"Downtown Buildings\",\"features\":[\n"
    "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[7.0771,49.3200],[7.0773,49.3200],"
    "[7.0773,49.3202],[7.0771,49.3202],[7.0771,49.3200]]]},\"properties\":{\"id\":256899,\"area\":312,"
    "\"object_type\":\"building\",\"class_id\":\"105\",\"shape_type\":\"RECTANGLE\","
    "\"simplification_confidence_score\":0.87,\"building_height\":7.5,\"GAN\":\"False\","
    "\"processing_date\":\"2026-02-10\"}},\n"
    "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[7.0781,49.3200],"
    "[7.0783,49.3200],[7.0783,49.3202],[7.0781,49.3200]]]]},\"properties\":{\"id\":256900,\"area\":150,"
    "\"object_type\":\"building\",\"class_id\":103,\"processing_date\":\"2026-02-10\"}},\n"
    "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"id\":256901,\"area\":0,\"object_type\":\"building\","
    "\"class_id\":null}}]}";
#define CROWN                                                                                                      \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[7.07,49.32]},\"properties\":{\"id\":1," \
  "\"object_type\":\"crown\",\"max_height\":11.2,\"area\":20,\"radius\":2.5}}"
#define WOOD                                                                                                   \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[7.07,49.32],[7.08,49.32],"      \
  "[7.08,49.33],[7.07,49.32]]]},\"properties\":{\"id\":2,\"object_type\":\"forest\",\"class_id\":\"04m-10m\"," \
  "\"area\":5120}}"
#define ROAD                                                                                                       \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[7.07,49.32],[7.08,49.32],"          \
  "[7.08,49.3201],[7.07,49.3201],[7.07,49.32]]]},\"properties\":{\"id\":4,\"object_type\":\"roads\",\"area\":800," \
  "\"processing_date\":\"2026-02-10\"}}"
#define OPEN_ROAD                                                                                               \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[38.87,44.96],[39.11,45.05]]}," \
  "\"properties\":{\"id\":3,\"object_type\":\"roads\",\"subtype\":\"road\",\"bbox\":{\"xmin\":38.87,"           \
  "\"xmax\":39.11,\"ymin\":44.96,\"ymax\":45.05}}}"
#define WATER                                                                                                      \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiLineString\",\"coordinates\":[[[7.07,49.32],[7.08,49.33]]," \
  "[[7.08,49.33],[7.09,49.34]]]},\"properties\":{\"id\":\"w5\",\"object_type\":\"waterbodies\","                   \
  "\"subtype\":\"river\",\"built_year\":\"1987\"}}"
#define HOUSE                                                                                                  \
  "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[7.0771,49.32],[7.0773,49.32],"  \
  "[7.0773,49.3202],[7.0771,49.3202],[7.0771,49.32]]]},\"properties\":{\"id\":5,\"object_type\":\"building\"," \
  "\"class_id\":101,\"area\":312,\"built_year\":1987}}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

#define BUILDINGS "8cb13006-a299-4df6-b47d-91bd63de947f"
#define FOREST "8cb13006-a299-4df6-b47d-91bd63de9402"
#define ROADS "8cb13006-a299-4df6-b47d-91bd63de9403"
#define MULTI "8cb13006-a299-4df6-b47d-91bd63de9404"
#define OPEN_DATA "8cb13006-a299-4df6-b47d-91bd63de9405"

static const struct fixed {
  const char *tail, *name, *status, *model, *params, *result; /* result NULL: made of the AOI */
  int percent, cost, aois;
} fixed[] = {
    {"a6", "Downtown Buildings", "OK", BUILDINGS, MAPBOX, downtown, 100, 28, 1},
    {"02", "Old Town", "IN_PROGRESS", BUILDINGS, MAPBOX, NULL, 45, 12, 1},
    {"03", "Drone Flight", "FAILED", BUILDINGS, OWN, NULL, 0, 10, 1},
    {"04", "Satellite Order", "AWAITING", BUILDINGS, SEARCH, NULL, 0, 10, 1},
    {"05", "Called Off", "CANCELLED", ROADS, MAPBOX, NULL, 0, 0, 1},
    {"06", "Money Back", "REFUNDED", ROADS, MAPBOX, NULL, 100, 0, 1},
    {"07", "Strange State", "ARCHIVING", ROADS, MAPBOX, NULL, 100, 5, 1},
    {"08", "City Forest", "OK", FOREST, MAPBOX, COLLECTION(CROWN "," WOOD), 100, 8, 1},
    {"09", "Ring Road", "OK", ROADS, MAPBOX, COLLECTION(ROAD), 100, 5, 1},
    {"10", "Open Data Extract", "OK", OPEN_DATA, MAPBOX, COLLECTION(OPEN_ROAD), 100, 0, 1},
    {"11", "Everything at Once", "OK", MULTI, MAPBOX,
     COLLECTION(HOUSE "," CROWN "," WOOD "," ROAD "," OPEN_ROAD "," WATER), 100, 23, 1},
    {"12", "Empty Field", "OK", BUILDINGS, MAPBOX, COLLECTION(), 100, 10, 1},
    {"13", "Legacy Run", "OK", BUILDINGS, OLD, NULL, 100, 10, 1},
    {"14", "Private Tiles", "OK", BUILDINGS, SECRET_TILES, NULL, 100, 10, 1},
    {"15", "Not Begun", "UNPROCESSED", BUILDINGS, MAPBOX, NULL, 0, 10, 1},
    {"16", "Three Districts", "OK", BUILDINGS, OWN, NULL, 100, 30, 3},
};

static void add_project(struct sandbox_mapflow *mapflow, int owner, const char *id, const char *name, bool is_default,
                        int month) {
  struct mapflow_object *project = mapflow_new_project(mapflow, owner, id, name);
  char date[40];
  mapflow_set(project->document, "isDefault", json_object_new_boolean(is_default));
  snprintf(date, sizeof date, "20%02d-%02d-10T11:40:36.979799Z", 20 + month / 12, 1 + month % 12);
  mapflow_set_text(project->document, "created", date);
  snprintf(date, sizeof date, "20%02d-%02d-20T11:40:37.174455Z", 20 + month / 12, 1 + month % 12);
  mapflow_set_text(project->document, "updated", date);
}

/* Boxes side by side, twenty in a row, the first where the recorded one is. */
static struct json_object *make_ground(int number, int polygons) {
  char text[1024];
  size_t used = (size_t)snprintf(text, sizeof text, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
  const int row = number / 20;
  for (int i = 0; i < polygons; i++) {
    const double west = 7.0765 + number % 20 * 0.02, south = 49.3181 + row * 0.01 + i * 0.006;
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "%s[[[%.10g,%.10g],[%.10g,%.10g],[%.10g,%.10g],[%.10g,%.10g],[%.10g,%.10g]]]",
                             i ? "," : "", west, south + 0.005, west + 0.0066, south + 0.005, west + 0.0066, south,
                             west, south, west, south + 0.005);
  }
  snprintf(text + used, sizeof text - used, "]}");
  return mapflow_parse(text);
}

static struct mapflow_processing *add_processing(struct sandbox_mapflow *mapflow, const char *id, const char *project,
                                                 const struct fixed *item, int number) {
  struct mapflow_processing *processing = sandbox_reallocate(NULL, sizeof *processing);
  struct json_object *document = mapflow_processing_document(), *ground = make_ground(number, item->aois);
  char date[40];
  *processing =
      (struct mapflow_processing){.object = {.document = document},
                                  .project = (struct mapflow_project *)mapflow_find(&mapflow->projects, project),
                                  .aois = mapflow_make_aois(mapflow, ground, item->status, item->percent),
                                  .kind = mapflow_kind_of_model(item->model),
                                  .features = -1,
                                  .result = item->result};
  const double area = mapflow_geometry_area(ground);
  json_object_put(ground);
  if (id)
    snprintf(processing->object.id, MAPFLOW_ID, "%s", id);
  else
    mapflow_new_id(mapflow, processing->object.id);
  mapflow_set_text(document, "id", processing->object.id);
  mapflow_set_text(document, "name", item->name);
  mapflow_set_text(document, "projectId", project);
  mapflow_name_layer(document, processing->object.id, item->name);
  mapflow_set(document, "workflowDef", mapflow_model(mapflow, item->model));
  mapflow_set_int(document, "aoiCount", item->aois);
  mapflow_set_int(document, "area", (int64_t)area);
  mapflow_set_int(document, "aoiArea", (int64_t)area);
  mapflow_set_int(document, "cost", item->cost);
  mapflow_set_text(document, "status", item->status);
  mapflow_set_int(document, "percentCompleted", item->percent);
  mapflow_set(document, "params", mapflow_parse(item->params));
  mapflow_set(document, "meta", mapflow_parse("{\"source-app\":\"web\"}"));
  if (strcmp(item->status, "OK") == 0)
    mapflow_set_int(document, "currentRevision", 0);
  snprintf(date, sizeof date, "2026-02-%02dT10:%02d:00.781909Z", 10 - number / 60 % 10, 59 - number % 60);
  mapflow_set_text(document, "created", number ? date : "2026-02-10T10:30:00.781909Z");
  mapflow_list_add(&mapflow->processings, &processing->object);
  return processing;
}

/* What single ones have that the table does not tell. */
static void add_particulars(struct sandbox_mapflow *mapflow) {
  static const struct {
    const char *tail, *member, *value;
  } particulars[] = {
      {"a6", "rating", "{\"rating\":5,\"feedback\":\"good\"}"},
      {"a6", "blocks", "[{\"name\":\"Heights\",\"enabled\":true,\"displayName\":\"Height estimation\"}]"},
      {"03", "messages",
       "[{\"code\":\"source-validator.PixelSizeTooLow\",\"parameters\":{\"min_res\":\"0.07\","
       "\"actual_res\":\"0.0054\"}}]"},
      {"06", "reviewStatus", "{\"reviewStatus\":\"REFUNDED\",\"feedback\":\"clouds\",\"inReviewUntil\":null}"},
      {"14", "reviewStatus",
       "{\"reviewStatus\":\"IN_REVIEW\",\"feedback\":null,\"inReviewUntil\":\"2026-03-01T00:00:00Z\"}"},
  };
  for (size_t i = 0; i < sizeof particulars / sizeof particulars[0]; i++) {
    char id[MAPFLOW_ID];
    snprintf(id, sizeof id, "3fa85f64-5717-4562-b3fc-2c963f66af%s", particulars[i].tail);
    mapflow_set(mapflow_find(&mapflow->processings, id)->document, particulars[i].member,
                mapflow_parse(particulars[i].value));
  }
  struct mapflow_object *first = mapflow_find(&mapflow->processings, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
  mapflow_set_text(json_object_array_get_idx(((struct mapflow_processing *)first)->aois, 0), "id",
                   "44444444-0000-4000-8000-000000000161");
  struct mapflow_object *failed = mapflow_find(&mapflow->processings, "3fa85f64-5717-4562-b3fc-2c963f66af03");
  struct json_object *aoi = json_object_array_get_idx(((struct mapflow_processing *)failed)->aois, 0);
  mapflow_set(aoi, "messages", json_object_get(mapflow_get(failed->document, "messages")));
}

static void add_imagery(struct sandbox_mapflow *mapflow) {
  struct mapflow_object *mosaic = sandbox_reallocate(NULL, sizeof *mosaic);
  struct mapflow_image *image = sandbox_reallocate(NULL, sizeof *image);
  *mosaic = (struct mapflow_object){
      .document = mapflow_parse("{\"id\":\"6ee95ae6-f26e-41bd-8cb1-39bea545119f\",\"tags\":[\"survey\"],"
                                "\"name\":\"Aerial Survey\",\"created_at\":\"2026-03-15T10:30:00.226866Z\"}")};
  snprintf(mosaic->id, sizeof mosaic->id, "%s", mosaic_id);
  *image = (struct mapflow_image){.object = {.document = mapflow_image_document()}};
  snprintf(image->object.id, sizeof image->object.id, "%s", image_id);
  snprintf(image->mosaic, sizeof image->mosaic, "%s", mosaic_id);
  osmflow_bytes_init(&image->content, MAPFLOW_HEAD);
  struct json_object *document = image->object.document;
  mapflow_set_text(document, "id", image_id);
  mapflow_set_text(document, "mosaic_id", mosaic_id);
  mapflow_set_text(document, "image_url", "s3://users-data/anna/6ee9/6ae7.tif");
  mapflow_set_int(document, "file_size", 68417439);
  mapflow_set_text(document, "filename", "orthophoto.tif");
  mapflow_set_text(document, "checksum", "9d2d9e9bd347fc5204e5fd1add0982aadff21f17");
  mapflow_list_add(&mapflow->mosaics, mosaic);
  mapflow_list_add(&mapflow->images, &image->object);
}

void mapflow_add_projects(struct sandbox_mapflow *mapflow, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "Survey %02lld", (long long)i + 1);
    add_project(mapflow, 0, NULL, name, false, (int)(i % 60));
  }
}

void mapflow_add_processings(struct sandbox_mapflow *mapflow, const char *project, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "Archived %02lld", (long long)i + 1);
    const struct fixed item = {"", name, "OK", i % 2 ? ROADS : BUILDINGS, MAPBOX, NULL, 100, 10 + (int)(i % 7), 1};
    add_processing(mapflow, NULL, project ? project : archive, &item, 20 + (int)(i % 1000));
  }
}

void mapflow_seed(struct sandbox_mapflow *mapflow) {
  add_project(mapflow, 0, "546d148f-19a1-40d8-8f16-d1e6dabfd201", "Default", true, 16);
  add_project(mapflow, 0, urban, "Urban Analysis", false, 73);
  add_project(mapflow, 0, archive, "Archive", false, 12);
  add_project(mapflow, 1, "546d148f-19a1-40d8-8f16-d1e6dabfd2be", "Default", true, 60);
  mapflow_add_projects(mapflow, MORE_PROJECTS);
  for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
    char id[MAPFLOW_ID];
    snprintf(id, sizeof id, "3fa85f64-5717-4562-b3fc-2c963f66af%s", fixed[i].tail);
    add_processing(mapflow, id, urban, &fixed[i], (int)i);
  }
  add_particulars(mapflow);
  mapflow_add_processings(mapflow, archive, ARCHIVED);
  add_imagery(mapflow);
}
