/* The search for satellite imagery. Whatever area is asked for, the same scenes lie over it, some of them only in part.
 */
#include <math.h>

#include "base/number.h"
#include "mapflow.h"

enum { SCENES = 60 };
static const double search_limit = 1e10; /* m² */

/* Numbers of the request, and what they are compared with. */
struct wishes {
  double min_resolution, max_resolution, max_cloud, min_angle, max_angle, min_overlap, limit, offset;
  bool hides;
  int64_t from, to;
  const char *sort, *order;
  struct json_object *aoi, *providers, *types;
};

static const struct {
  const char *name, *type, *shown_type, *preview;
} providers[] = {{"Roscosmos", "IMAGE", "Scene", "png"},
                 {"Pleiades", "IMAGE", "Scene", "jpg"},
                 {"CG_mosaic_2022", "MOSAIC", "Mosaic", "xyz"}};

static const struct {
  const char *name, *member;
} orders[] = {{"PROVIDER_NAME", "providerName"},       {"SAT_ID", "satId"},
              {"CLOUD_COVER", "cloudCover"},           {"OFF_NADIR_ANGLE", "offNadirAngle"},
              {"ACQUISITION_DATE", "acquisitionDate"}, {"ZOOM", "zoom"},
              {"PIXEL_RESOLUTION", "pixelResolution"}};

/* False after 400. */
static bool take_numbers(struct mapflow_request *request, struct wishes *wishes) {
  const struct {
    const char *name;
    double *value, least, most;
  } numbers[] = {{"minResolution", &wishes->min_resolution, 0, 1e6},
                 {"maxResolution", &wishes->max_resolution, 0, 1e6},
                 {"maxCloudCover", &wishes->max_cloud, 0, 100},
                 {"minOffNadirAngle", &wishes->min_angle, -90, 90},
                 {"maxOffNadirAngle", &wishes->max_angle, -90, 90},
                 {"minAoiIntersectionPercent", &wishes->min_overlap, 0, 100},
                 {"limit", &wishes->limit, 1, 1000},
                 {"offset", &wishes->offset, 0, 1e9}};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if (!mapflow_take_number(request, numbers[i].name, numbers[i].value))
      return false;
    if (mapflow_get(request->body, numbers[i].name) &&
        (*numbers[i].value < numbers[i].least || *numbers[i].value > numbers[i].most)) {
      mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "%s should be between %g and %g", numbers[i].name,
                     numbers[i].least, numbers[i].most);
      return false;
    }
  }
  return true;
}

static bool take_date(struct mapflow_request *request, const char *name, int64_t *value) {
  const char *text;
  if (!mapflow_take_text(request, name, &text))
    return false;
  if (!text || osmflow_parse_time(osmflow_text(text), value))
    return true;
  mapflow_refuse_body(request, "Got value '\"%.60s\"' with wrong type, expecting date and time at '%s'", text, name);
  return false;
}

static bool take_texts(struct mapflow_request *request, const char *name, const char *words,
                       struct json_object **value) {
  if (!mapflow_take_type(request, name, json_type_array, value))
    return false;
  for (size_t i = 0; *value && i < json_object_array_length(*value); i++) {
    const char *text = json_object_get_string(json_object_array_get_idx(*value, i));
    if (!json_object_is_type(json_object_array_get_idx(*value, i), json_type_string) ||
        (words && !strstr(words, text))) {
      mapflow_refuse_body(request, "Enum value '%.60s' is unknown at '%s[%zu]'", text, name, i);
      return false;
    }
  }
  return true;
}

static bool take_order(struct mapflow_request *request, struct wishes *wishes) {
  const char *sort, *order;
  if (!mapflow_take_text(request, "sortBy", &sort) || !mapflow_take_text(request, "sortOrder", &order))
    return false;
  wishes->sort = sort ? NULL : "acquisitionDate";
  wishes->order = order ? order : sort ? "ASC" : "DESC";
  for (size_t i = 0; sort && i < sizeof orders / sizeof orders[0]; i++)
    if (strcmp(sort, orders[i].name) == 0)
      wishes->sort = orders[i].member;
  const bool known = strcmp(wishes->order, "ASC") == 0 || strcmp(wishes->order, "DESC") == 0;
  if (wishes->sort && known)
    return true;
  mapflow_refuse_body(request, "Enum value '%.60s' is unknown at '%s'", wishes->sort ? order : sort,
                      wishes->sort ? "sortOrder" : "sortBy");
  return false;
}

static bool take_aoi(struct mapflow_request *request, struct wishes *wishes) {
  if (!mapflow_take_type(request, "aoi", json_type_object, &wishes->aoi))
    return false;
  if (!wishes->aoi) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid value for: body");
    return false;
  }
  const char *problem = mapflow_geometry_problem(wishes->aoi);
  const double area = problem ? 0 : mapflow_geometry_area(wishes->aoi);
  if (problem)
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid geometry: %s", problem);
  else if (area > search_limit)
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Search area %.0f sq.m. is larger than %.0f sq.m.", area,
                   search_limit);
  return !problem && area <= search_limit;
}

static bool take_wishes(struct mapflow_request *request, struct wishes *wishes) {
  struct json_object *hides;
  *wishes = (struct wishes){.max_resolution = 1e6,
                            .max_cloud = 100,
                            .min_angle = -90,
                            .max_angle = 90,
                            .limit = 100,
                            .from = INT64_MIN,
                            .to = INT64_MAX};
  if (!take_aoi(request, wishes) || !take_numbers(request, wishes) ||
      !take_date(request, "acquisitionDateFrom", &wishes->from) ||
      !take_date(request, "acquisitionDateTo", &wishes->to) ||
      !take_texts(request, "dataProviders", NULL, &wishes->providers) ||
      !take_texts(request, "productTypes", "IMAGE MOSAIC", &wishes->types) || !take_order(request, wishes) ||
      !mapflow_take_type(request, "hideUnavailable", json_type_boolean, &hides))
    return false;
  wishes->hides = json_object_get_boolean(hides);
  return true;
}

static bool holds(const struct json_object *array, const char *text) {
  for (size_t i = 0; array && i < json_object_array_length(array); i++)
    if (strcmp(json_object_get_string(json_object_array_get_idx(array, i)), text) == 0)
      return true;
  return !array;
}

struct scene {
  int number, provider;
  double resolution, cloud, angle, overlap;
  int64_t time;
};

static struct scene scene_of(int number) {
  return (struct scene){.number = number,
                        .provider = number % 3,
                        .resolution = 0.3 + number % 8 * 0.1,
                        .cloud = number * 7 % 100 + 0.5,
                        .angle = number * 5 % 41 - 20 + 0.09,
                        .overlap = 100 - number % 4 * 25,
                        .time = 1764000000 - number * (int64_t)172800};
}

static bool fits(const struct scene *scene, const struct wishes *wishes) {
  return scene->resolution >= wishes->min_resolution && scene->resolution <= wishes->max_resolution &&
         scene->cloud <= wishes->max_cloud && scene->angle >= wishes->min_angle && scene->angle <= wishes->max_angle &&
         scene->overlap >= wishes->min_overlap && scene->time >= wishes->from && scene->time <= wishes->to &&
         (!wishes->hides || scene->number % 10 != 9) && holds(wishes->providers, providers[scene->provider].name) &&
         holds(wishes->types, providers[scene->provider].type);
}

/* The AOI's box, shifted to the east by what it does not overlap. */
static struct json_object *footprint_of(const struct scene *scene, const struct json_object *aoi, bool multi) {
  const struct mapflow_box box = mapflow_polygon_box(mapflow_polygon(aoi, 0));
  const double west = box.min_x + (box.max_x - box.min_x) * (1 - scene->overlap / 100);
  const double east = west + box.max_x - box.min_x;
  char text[400];
  snprintf(text, sizeof text,
           "{\"type\":\"%s\",\"coordinates\":%s[[[%.10g,%.10g],[%.10g,%.10g],[%.10g,%.10g],[%.10g,%.10g],[%.10g,%.10g]"
           "]]%s}",
           multi ? "MultiPolygon" : "Polygon", multi ? "[" : "", west, box.max_y, east, box.max_y, east, box.min_y,
           west, box.min_y, west, box.max_y, multi ? "]" : "");
  return mapflow_parse(text);
}

static struct json_object *describe(const struct mapflow_request *request, const struct scene *scene,
                                    const struct json_object *aoi) {
  const bool recorded = request->mapflow->wishes.shape == MAPFLOW_RECORDED;
  char text[1200], date[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(date, scene->time);
  const bool tiles = strcmp(providers[scene->provider].preview, "xyz") == 0;
  snprintf(text, sizeof text,
           "{\"id\":\"SCN_%04d\",\"satId\":\"SAT-%d\",\"footprint\":null,\"pixelResolution\":%.10g,"
           "\"acquisitionDate\":\"%s\",\"productType\":\"%s\",\"sensor\":\"GTNL1\",\"colorBandOrder\":\"%s\","
           "\"cloudCover\":%.10g,\"offNadirAngle\":%.10g,\"previewType\":\"%s\",\"previewUrl\":\"%s\","
           "\"providerName\":\"%s\",\"zoom\":%s,\"sunAzimuth\":178.97,\"sunElevation\":43.85,"
           "\"satelliteAzimuth\":345.97,\"previews\":[{\"geometry\":null,\"url\":\"https://example.com/p.png\"}],"
           "\"aoiIntersectionPercent\":%.1f,\"minAreaSqkm\":1.0,\"isNew\":null}",
           scene->number, scene->number % 5, scene->resolution, date,
           recorded ? "OPTICAL" : providers[scene->provider].shown_type, tiles ? "RGB" : "R,G,B,NIR,PAN", scene->cloud,
           scene->angle, providers[scene->provider].preview,
           tiles ? "https://example.com/tiles/{z}/{x}/{-y}.png" : "https://example.com/p.png",
           providers[scene->provider].name, tiles ? "18" : "null", scene->overlap);
  struct json_object *document = mapflow_parse(text);
  mapflow_set(document, "footprint", footprint_of(scene, aoi, recorded || tiles));
  mapflow_set(json_object_array_get_idx(mapflow_get(document, "previews"), 0), "geometry",
              footprint_of(scene, aoi, true));
  return document;
}

static void search(struct mapflow_request *request) {
  struct wishes wishes;
  if (!take_wishes(request, &wishes))
    return;
  struct json_object *all = json_object_new_array(), *images = json_object_new_array();
  for (int i = 0; i < SCENES; i++) {
    const struct scene scene = scene_of(i);
    if (fits(&scene, &wishes))
      json_object_array_add(all, describe(request, &scene, wishes.aoi));
  }
  mapflow_sort(all, wishes.sort, strcmp(wishes.order, "DESC") == 0);
  const size_t total = json_object_array_length(all);
  for (size_t i = (size_t)wishes.offset; i < total && (double)i < wishes.offset + wishes.limit; i++)
    json_object_array_add(images,
                          mapflow_show(request->mapflow, MAPFLOW_VIEW_SCENE, json_object_array_get_idx(all, i)));
  json_object_put(all);
  if (request->mapflow->wishes.shape == MAPFLOW_SPEC) {
    mapflow_answer(request, images);
    return;
  }
  struct json_object *page = json_object_new_object();
  mapflow_set(page, "images", images);
  mapflow_set_int(page, "total", (int64_t)total);
  mapflow_set_int(page, "limit", (int64_t)wishes.limit);
  mapflow_set_int(page, "offset", (int64_t)wishes.offset);
  mapflow_answer(request, page);
}

struct mapflow_routes mapflow_catalog_routes(void) {
  static const struct mapflow_route routes[] = {
      {"POST", "/catalog/meta", search, MAPFLOW_JSON},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
