/* Processings that are started here, and how they come to their end: by being looked at. */
#include <math.h>

#include "mapflow.h"

struct json_object *mapflow_make_aois(struct sandbox_mapflow *mapflow, const struct json_object *geometry,
                                      const char *status, int percent) {
  struct json_object *aois = json_object_new_array();
  for (size_t i = 0; i < mapflow_polygon_count(geometry); i++) {
    struct json_object *polygon = mapflow_polygon(geometry, i);
    struct json_object *aoi = json_object_new_object(), *shape = json_object_new_object();
    char id[MAPFLOW_ID];
    mapflow_new_id(mapflow, id);
    mapflow_set_text(shape, "type", "Polygon");
    mapflow_set(shape, "coordinates", mapflow_copy(polygon));
    mapflow_set_text(aoi, "id", id);
    mapflow_set_text(aoi, "status", status);
    mapflow_set_int(aoi, "percentCompleted", percent);
    mapflow_set(aoi, "geometry", shape);
    mapflow_set_int(aoi, "area", (int64_t)mapflow_polygon_area(polygon));
    mapflow_set(aoi, "messages", json_object_new_array());
    json_object_array_add(aois, aoi);
  }
  return aois;
}

static struct json_object *failure(void) {
  return mapflow_parse(
      "[{\"code\":\"source-validator.PixelSizeTooLow\",\"parameters\":{\"min_res\":\"0.07\","
      "\"actual_res\":\"0.0054\"}}]");
}

static void set_state(struct mapflow_processing *processing, const char *status, int64_t percent) {
  struct json_object *document = processing->object.document;
  const bool failed = strcmp(status, "FAILED") == 0;
  mapflow_set_text(document, "status", status);
  mapflow_set_int(document, "percentCompleted", percent);
  mapflow_set(document, "messages", failed ? failure() : json_object_new_array());
  for (size_t i = 0; i < json_object_array_length(processing->aois); i++) {
    struct json_object *aoi = json_object_array_get_idx(processing->aois, i);
    mapflow_set_text(aoi, "status", status);
    mapflow_set_int(aoi, "percentCompleted", percent);
    mapflow_set(aoi, "messages", failed ? failure() : json_object_new_array());
  }
}

void mapflow_look(struct mapflow_request *request, struct mapflow_processing *processing) {
  const struct mapflow_wishes *wishes = &request->mapflow->wishes;
  char now[40];
  if (!processing->runs)
    return;
  processing->looks++;
  mapflow_now(request->sandbox, now);
  mapflow_set_text(processing->object.document, "updated", now);
  if (processing->looks < wishes->finish_after) {
    set_state(processing, "IN_PROGRESS", processing->looks * 100 / wishes->finish_after);
    return;
  }
  const bool good = strcmp(wishes->outcome, "OK") == 0;
  processing->runs = false;
  set_state(processing, wishes->outcome, good ? 100 : 0);
  if (good)
    mapflow_set_int(processing->object.document, "currentRevision", 0);
}

void mapflow_name_layer(struct json_object *document, const char *id, const char *name) {
  struct json_object *layer = mapflow_get(document, "vectorLayer");
  char text[200], key[MAPFLOW_ID];
  snprintf(key, sizeof key, "33333333%s", id + 8);
  mapflow_set_text(layer, "id", key);
  mapflow_set_text(layer, "name", name);
  snprintf(text, sizeof text, "https://app.mapflow.ai/api/layers/11111111%s.json", id + 8);
  mapflow_set_text(layer, "tileJsonUrl", text);
  snprintf(text, sizeof text, "https://app.mapflow.ai/api/layers/11111111%s/tiles/{z}/{x}/{y}.vector.pbf", id + 8);
  mapflow_set_text(layer, "tileUrl", text);
}

static struct mapflow_processing *add(struct mapflow_request *request, struct mapflow_object *project,
                                      const struct mapflow_order *order) {
  struct sandbox_mapflow *mapflow = request->mapflow;
  struct mapflow_processing *processing = sandbox_reallocate(NULL, sizeof *processing);
  struct json_object *document = mapflow_processing_document();
  char now[40];
  mapflow_now(request->sandbox, now);
  *processing = (struct mapflow_processing){.object = {.owner = request->account, .document = document},
                                            .project = (struct mapflow_project *)project,
                                            .aois = mapflow_make_aois(mapflow, order->geometry, "IN_PROGRESS", 0),
                                            .runs = true,
                                            .kind = mapflow_kind_of_model(mapflow_text(order->model, "id")),
                                            .features = -1};
  mapflow_new_id(mapflow, processing->object.id);
  mapflow_set_text(document, "id", processing->object.id);
  mapflow_name_layer(document, processing->object.id, mapflow_text(request->body, "name"));
  mapflow_set(document, "workflowDef", json_object_get(order->model));
  mapflow_set(document, "params", json_object_get(order->params));
  mapflow_set(document, "blocks", json_object_get(order->blocks));
  mapflow_set_int(document, "area", (int64_t)order->area);
  mapflow_set_int(document, "aoiArea", (int64_t)order->area);
  mapflow_set_int(document, "aoiCount", (int64_t)mapflow_polygon_count(order->geometry));
  mapflow_set_int(document, "cost", (int64_t)ceil(order->cost));
  mapflow_set_text(document, "status", "IN_PROGRESS");
  mapflow_set_text(document, "created", now);
  mapflow_set_text(document, "updated", now);
  mapflow_list_add(&mapflow->processings, &processing->object);
  mapflow->created[1]++;
  return processing;
}

/* False after the refusal. */
static bool charge(struct mapflow_request *request, double cost) {
  struct mapflow_account *account = &request->mapflow->accounts[request->account];
  if (account->credits < cost) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "You don't have enough limit, please contact admin!");
    return false;
  }
  account->credits -= cost;
  account->spent += cost;
  return true;
}

static void start(struct mapflow_request *request) {
  const char *name, *project, *description;
  struct json_object *meta;
  struct mapflow_order order = {0};
  struct mapflow_object *target = NULL;
  if (mapflow_need_text(request, "name", &name) && mapflow_need_text(request, "projectId", &project) &&
      mapflow_take_text(request, "description", &description) &&
      mapflow_take_type(request, "meta", json_type_object, &meta) &&
      (target = mapflow_take(request, &request->mapflow->projects, "project", project)) &&
      mapflow_take_order(request, true, &order) && charge(request, ceil(order.cost))) {
    struct json_object *document = add(request, target, &order)->object.document;
    mapflow_set_text(document, "name", name);
    mapflow_set_text(document, "projectId", target->id);
    mapflow_set_text(document, "description", description);
    mapflow_set(document, "meta", meta ? json_object_get(meta) : json_object_new_object());
    request->mapflow->started++;
    mapflow_answer(request, mapflow_show(request->mapflow, MAPFLOW_VIEW_NEW_PROCESSING, document));
  }
  mapflow_order_clear(&order);
}

/* Only what failed is done again, and for nothing. */
static void restart(struct mapflow_request *request) {
  struct mapflow_object *object =
      mapflow_take(request, &request->mapflow->processings, "processing", request->words[0]);
  struct mapflow_processing *processing = (struct mapflow_processing *)object;
  if (!processing)
    return;
  if (strcmp(mapflow_text(object->document, "status"), "FAILED") != 0) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Processing has no failed partitions");
    return;
  }
  processing->runs = true;
  processing->looks = 0;
  set_state(processing, "IN_PROGRESS", 0);
  request->mapflow->restarted++;
  mapflow_answer(request, mapflow_show(request->mapflow, MAPFLOW_VIEW_NEW_PROCESSING, object->document));
}

struct mapflow_routes mapflow_run_routes(void) {
  static const struct mapflow_route routes[] = {
      {"POST", "/processings/v2", start, MAPFLOW_JSON},
      {"POST", "/processings/*/restart", restart, 0},
      {"POST", "/processings/*/restart/v2", restart, 0},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
