/* Results: fixed documents, ones made of the AOI, and ones of any size that are made while they are sent. */
#include <math.h>

#include "mapflow.h"

enum { MOST_IN_AOI = 400, GROUND_OF_ONE = 4000 /* m² */ };

/* A small square, or what the kind has in its place. */
static void print_geometry(struct sandbox_response *response, enum mapflow_kind kind, int64_t number, double x,
                           double y) {
  const double d = 0.00005;
  if (kind == MAPFLOW_FOREST && number % 2)
    sandbox_print(response, "{\"type\":\"Point\",\"coordinates\":[%.14g,%.14g]}", x, y);
  else if (kind == MAPFLOW_OPEN_DATA || (kind == MAPFLOW_ROADS && number % 2))
    sandbox_print(response, "{\"type\":\"LineString\",\"coordinates\":[[%.14g,%.14g],[%.14g,%.14g]]}", x - d, y, x + d,
                  y + d);
  else
    sandbox_print(response,
                  "{\"type\":\"Polygon\",\"coordinates\":[[[%.14g,%.14g],[%.14g,%.14g],[%.14g,%.14g],[%.14g,%.14g],"
                  "[%.14g,%.14g]]]}",
                  x - d, y + d, x + d, y + d, x + d, y - d, x - d, y - d, x - d, y + d);
}

static void print_feature(struct sandbox_response *response, enum mapflow_kind kind, int64_t number, double x,
                          double y) {
  static const int classes[] = {101, 102, 103, 104, 105};
  if (kind == MAPFLOW_MIXED)
    kind = (enum mapflow_kind)(number % MAPFLOW_MIXED);
  sandbox_print(response, "%s{\"type\":\"Feature\",\"geometry\":", number ? "," : "");
  print_geometry(response, kind, number, x, y);
  sandbox_print(response, ",\"properties\":{\"id\":%lld", (long long)number + 1);
  if (kind == MAPFLOW_BUILDINGS)
    sandbox_print(response,
                  ",\"area\":%lld,\"object_type\":\"building\",\"class_id\":\"%d\",\"shape_type\":\"RECTANGLE\","
                  "\"building_height\":%.1f,\"processing_date\":\"2026-02-10\"}}",
                  80 + (long long)number % 40, classes[number % 5], 3 + 0.5 * (double)(number % 20));
  else if (kind == MAPFLOW_FOREST && number % 2)
    sandbox_print(response, ",\"object_type\":\"crown\",\"max_height\":11.2,\"area\":20,\"radius\":2.5}}");
  else if (kind == MAPFLOW_FOREST)
    sandbox_print(response, ",\"object_type\":\"forest\",\"class_id\":\"04m-10m\",\"area\":96}}");
  else if (kind == MAPFLOW_ROADS)
    sandbox_print(response, ",\"object_type\":\"roads\",\"area\":64,\"processing_date\":\"2026-02-10\"}}");
  else
    sandbox_print(response,
                  ",\"object_type\":\"roads\",\"subtype\":\"road\",\"bbox\":{\"xmin\":%.8g,\"xmax\":%.8g,\"ymin\":"
                  "%.8g,\"ymax\":%.8g}}}",
                  x - 0.00005, x + 0.00005, y, y + 0.00005);
}

/* One object for each GROUND_OF_ONE, on a grid, where the grid's place lies in the AOI; at least one in each. */
static int64_t print_aoi(struct sandbox_response *response, enum mapflow_kind kind, const struct json_object *polygon,
                         int64_t number) {
  const struct mapflow_box box = mapflow_polygon_box(polygon);
  const double wish = fmin(fmax(mapflow_box_area(&box) / GROUND_OF_ONE, 1), MOST_IN_AOI);
  const int side = (int)ceil(sqrt(wish));
  const int64_t first = number;
  for (int row = 0; row < side; row++)
    for (int column = 0; column < side; column++) {
      const double x = box.min_x + (column + 0.5) / side * (box.max_x - box.min_x);
      const double y = box.min_y + (row + 0.5) / side * (box.max_y - box.min_y);
      if (mapflow_polygon_holds(polygon, x, y))
        print_feature(response, kind, number++, x, y);
    }
  if (number == first)
    print_feature(response, kind, number++, (box.min_x + box.max_x) / 2, (box.min_y + box.max_y) / 2);
  return number;
}

static void print_aois(struct mapflow_request *request, const struct mapflow_processing *processing,
                       const char *aoi_id) {
  struct sandbox_response *response = request->response;
  int64_t number = 0;
  sandbox_print(response, "{\"type\":\"FeatureCollection\",\"name\":");
  sandbox_print_json(response, mapflow_text(processing->object.document, "name"));
  sandbox_print(response, ",\"features\":[");
  for (size_t i = 0; i < json_object_array_length(processing->aois); i++) {
    const struct json_object *aoi = json_object_array_get_idx(processing->aois, i);
    if (!aoi_id || strcmp(mapflow_text(aoi, "id"), aoi_id) == 0)
      number = print_aoi(response, processing->kind, mapflow_polygon(mapflow_get(aoi, "geometry"), 0), number);
  }
  sandbox_print(response, "]}");
}

/* The AOI's place among the processing's; -1 after the refusal. All of them have equal parts of a result of N. */
static int64_t find_aoi(struct mapflow_request *request, const struct mapflow_processing *processing, const char *id) {
  for (size_t i = 0; i < json_object_array_length(processing->aois); i++)
    if (strcmp(mapflow_text(json_object_array_get_idx(processing->aois, i), "id"), id) == 0)
      return (int64_t)i;
  if (mapflow_is_id(id))
    mapflow_refuse_absent(request, "aoi", id);
  else
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid value for: query parameter aoiId");
  return -1;
}

static void stream(struct mapflow_request *request, const struct mapflow_processing *processing, int64_t aoi) {
  const int64_t aois = (int64_t)json_object_array_length(processing->aois), all = processing->features;
  const int64_t from = aoi < 0 ? 0 : all * aoi / aois, to = aoi < 0 ? all : all * (aoi + 1) / aois;
  struct sandbox_exchange *exchange = request->exchange;
  exchange->stream = mapflow_stream_new(processing->kind, mapflow_text(processing->object.document, "name"),
                                        (uint64_t)from, (uint64_t)(to - from));
}

static void read_result(struct mapflow_request *request) {
  struct mapflow_object *object =
      mapflow_take(request, &request->mapflow->processings, "processing", request->words[0]);
  const struct mapflow_processing *processing = (struct mapflow_processing *)object;
  const char *aoi_id = sandbox_parameter(&request->exchange->request, "aoiId");
  if (!processing)
    return;
  if (strcmp(mapflow_text(object->document, "status"), "OK") != 0) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Processing is not completed");
    return;
  }
  const int64_t aoi = aoi_id ? find_aoi(request, processing, aoi_id) : -1;
  if (aoi_id && aoi < 0)
    return;
  snprintf(request->response->content_type, sizeof request->response->content_type, "application/octet-stream");
  if (processing->features >= 0)
    stream(request, processing, aoi);
  else if (processing->result)
    sandbox_print(request->response, "%s", processing->result);
  else
    print_aois(request, processing, aoi_id);
  request->exchange->chunked = !request->mapflow->wishes.content_length;
}

struct mapflow_routes mapflow_result_routes(void) {
  static const struct mapflow_route routes[] = {
      {"GET", "/processings/*/result", read_result, 0},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
