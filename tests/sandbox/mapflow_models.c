/* The models that an account may use, as recorded: prices, optional blocks, what imagery they take. */
#include "mapflow.h"

const char mapflow_default_model[] = "8cb13006-a299-4df6-b47d-91bd63de947f";

struct block {
  const char *name, *title;
  double price;
};

static const struct model {
  const char *id, *name, *title, *description, *style;
  double price, least_pixel, largest_pixel;
  int least_zoom, largest_zoom; /* 0: none */
  enum mapflow_kind kind;
  struct block blocks[6]; /* the optional ones */
} models[] = {
    {"8cb13006-a299-4df6-b47d-91bd63de947f",
     "🏠 Buildings",
     "🏠 Buildings",
     "Default model: segmentation of buildings",
     NULL,
     10,
     0.07,
     1.5,
     17,
     0,
     MAPFLOW_BUILDINGS,
     {{"OSM", "Merge with OpenStreetMap", 0},
      {"Classification", "Classification", 0},
      {"Heights", "Height estimation", 10}}},
    {"8cb13006-a299-4df6-b47d-91bd63de9402",
     "🌲 Forest and trees",
     "🌲 Forest and trees",
     NULL,
     "forest",
     8,
     0.05,
     0.65,
     18,
     20,
     MAPFLOW_FOREST,
     {{"CrownsPolygons", "Crowns of trees", 5},
      {"CrownsPoints", "Trees as points", 5},
      {"ForestHeights", "Heights of trees", 10}}},
    {"8cb13006-a299-4df6-b47d-91bd63de9403",
     "🚗 Roads",
     "🚗 Roads",
     NULL,
     "roads",
     5,
     0.07,
     1.2,
     17,
     0,
     MAPFLOW_ROADS,
     {{NULL, NULL, 0}}},
    {"8cb13006-a299-4df6-b47d-91bd63de9404",
     "[multi] Buildings + Roads + Forest",
     "Buildings + Roads + Forest",
     NULL,
     NULL,
     23,
     0.07,
     0.75,
     18,
     0,
     MAPFLOW_MIXED,
     {{"Overture-Water-bodies", "Water bodies", 0},
      {"CrownsPolygons", "Crowns of trees", 5},
      {"Classification", "Classification", 0},
      {"OSM", "Merge with OpenStreetMap", 0},
      {"BuildingHeights", "Heights of buildings", 10},
      {"ForestHeights", "Heights of trees", 10}}},
    {"8cb13006-a299-4df6-b47d-91bd63de9405",
     "Download Open Data",
     "Open data",
     NULL,
     "open_data",
     0,
     0,
     0,
     0,
     0,
     MAPFLOW_OPEN_DATA,
     {{"Overture-Buildings", "Buildings", 0},
      {"Overture-Roads", "Roads", 0},
      {"Overture-Landuse", "Land use", 0},
      {"Overture-Water-bodies", "Water bodies", 0}}},
};
enum { MODELS = sizeof models / sizeof models[0] };

static struct json_object *describe_block(const struct block *block, bool optional) {
  struct json_object *document = json_object_new_object();
  char price[32];
  snprintf(price, sizeof price, "%.1f", block->price);
  mapflow_set_text(document, "name", block->name);
  mapflow_set_text(document, "displayName", block->title);
  mapflow_set(document, "optional", json_object_new_boolean(optional));
  mapflow_set(document, "price", json_object_new_double_s(block->price, price));
  mapflow_set_text(document, "description", optional ? block->title : NULL);
  mapflow_set(document, "defaultEnabled", json_object_new_boolean(!optional));
  return document;
}

static struct json_object *describe_imagery(const struct model *model) {
  char text[600], largest_zoom[32] = "";
  if (model->least_zoom == 0)
    return NULL;
  if (model->largest_zoom)
    snprintf(largest_zoom, sizeof largest_zoom, ",\"max_zoom\":%d", model->largest_zoom);
  snprintf(text, sizeof text,
           "{\"version\":1.0,\"sources\":{\"xyz\":{\"recommended\":{\"min_zoom\":19,\"max_zoom\":19},\"required\":{"
           "\"min_zoom\":%d%s}},\"local\":{\"recommended\":{\"min_res\":0.3,\"max_res\":0.6,\"nchannels\":3},"
           "\"required\":{\"max_res\":%g,\"min_res\":%g,\"nchannels\":[1,3,4]}},\"orbview_zip\":null,"
           "\"roskosmos_tif\":null}}",
           model->least_zoom, largest_zoom, model->largest_pixel, model->least_pixel);
  return mapflow_parse(text);
}

static struct json_object *describe(const struct model *model) {
  static const struct block step = {"Segmentation", "Segmentation", 0};
  struct json_object *document = json_object_new_object(), *blocks = json_object_new_array();
  char price[32];
  snprintf(price, sizeof price, "%.1f", model->price);
  mapflow_set_text(document, "id", model->id);
  mapflow_set_text(document, "name", model->name);
  mapflow_set_text(document, "displayName", model->title);
  mapflow_set_text(document, "description", model->description);
  mapflow_set_text(document, "created", "2023-02-01T08:17:03.871690Z");
  mapflow_set_text(document, "updated", "2026-07-29T10:36:17.605306Z");
  mapflow_set(document, "pricePerSqKm", json_object_new_double_s(model->price, price));
  if (model->blocks[0].name)
    json_object_array_add(blocks, describe_block(&step, false));
  for (size_t i = 0; i < 6 && model->blocks[i].name; i++)
    json_object_array_add(blocks, describe_block(&model->blocks[i], true));
  mapflow_set(document, "blocks", blocks);
  mapflow_set(document, "requirements", describe_imagery(model));
  mapflow_set_text(document, "styleName", model->style);
  return document;
}

struct json_object *mapflow_models(void) {
  struct json_object *array = json_object_new_array();
  for (size_t i = 0; i < MODELS; i++)
    json_object_array_add(array, describe(&models[i]));
  return array;
}

struct json_object *mapflow_model(const struct sandbox_mapflow *mapflow, const char *id_or_name) {
  for (size_t i = 0; i < MODELS; i++)
    if (strcmp(models[i].id, id_or_name) == 0 || strcmp(models[i].name, id_or_name) == 0)
      return json_object_get(json_object_array_get_idx(mapflow->models, i));
  return NULL;
}

enum mapflow_kind mapflow_kind_of_model(const char *id) {
  for (size_t i = 0; i < MODELS; i++)
    if (strcmp(models[i].id, id) == 0)
      return models[i].kind;
  return MAPFLOW_BUILDINGS;
}
