/* Processings: listings, one, changes of what is kept of them. */
#include "mapflow.h"

/* The old form of an object differs in its params alone: flat, all texts. */
static struct json_object *flat_params(const struct json_object *params) {
  static const struct {
    const char *from, *to;
  } names[] = {{"url", "url"},
               {"zoom", "zoom"},
               {"crs", "projection"},
               {"sourceType", "source_type"},
               {"rasterLogin", "raster_login"},
               {"rasterPassword", "raster_password"},
               {"providerName", "data_provider"}};
  struct json_object *source = mapflow_get(params, "sourceParams"), *flat = json_object_new_object();
  static const char *const kinds[] = {"dataProvider", "userDefined", "imagerySearch"};
  for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      struct json_object *value = mapflow_get(mapflow_get(source, kinds[k]), names[i].from);
      if (value)
        mapflow_set_text(flat, names[i].to, json_object_get_string(value));
    }
  return flat;
}

static struct json_object *show_old(struct json_object *document) {
  struct json_object *copy = mapflow_copy(document);
  if (mapflow_get(mapflow_get(copy, "params"), "sourceParams"))
    mapflow_set(copy, "params", flat_params(mapflow_get(copy, "params")));
  return copy;
}

static struct mapflow_processing *take(struct mapflow_request *request) {
  struct mapflow_object *object =
      mapflow_take(request, &request->mapflow->processings, "processing", request->words[0]);
  return (struct mapflow_processing *)object;
}

/* Those of a project, or of all of the account's projects (NULL), each looked at. */
static struct json_object *all_of(struct mapflow_request *request, const struct mapflow_object *project,
                                  const char *terms) {
  struct json_object *all = json_object_new_array();
  const struct mapflow_list *list = &request->mapflow->processings;
  for (size_t i = 0; i < list->count; i++) {
    struct mapflow_object *object = list->items[i];
    if (object->owner != request->account ||
        (project && &((struct mapflow_processing *)object)->project->object != project) ||
        (terms && !mapflow_contains(mapflow_text(object->document, "name"), terms)))
      continue;
    mapflow_look(request, (struct mapflow_processing *)object);
    json_object_array_add(all, json_object_get(object->document));
  }
  return all;
}

static void show_all(struct mapflow_request *request, struct json_object *array) {
  for (size_t i = 0; i < json_object_array_length(array); i++)
    json_object_array_put_idx(
        array, i, mapflow_show(request->mapflow, MAPFLOW_VIEW_LISTED_PROCESSING, json_object_array_get_idx(array, i)));
}

static void answer_list(struct mapflow_request *request, const struct mapflow_object *project, bool old) {
  struct json_object *all = all_of(request, project, NULL);
  if (old)
    for (size_t i = 0; i < json_object_array_length(all); i++)
      json_object_array_put_idx(all, i, show_old(json_object_array_get_idx(all, i)));
  show_all(request, all);
  mapflow_answer(request, all);
}

static void list(struct mapflow_request *request) {
  answer_list(request, NULL, false);
}

static void list_old(struct mapflow_request *request) {
  answer_list(request, NULL, true);
}

static const struct mapflow_object *take_project(struct mapflow_request *request) {
  return mapflow_take(request, &request->mapflow->projects, "project", request->words[0]);
}

static void list_of_project(struct mapflow_request *request) {
  const struct mapflow_object *project = take_project(request);
  if (project)
    answer_list(request, project, false);
}

static void list_of_project_old(struct mapflow_request *request) {
  const struct mapflow_object *project = take_project(request);
  if (project)
    answer_list(request, project, true);
}

static void page(struct mapflow_request *request) {
  static const struct {
    const char *name, *member;
  } orders[] = {{"SCENARIO", "workflowDef.name"},
                {"NAME", "name"},
                {"PROJECT", "projectId"},
                {"EMAIL", "email"},
                {"CREATED", "created"},
                {"STATUS", "status"},
                {"PROGRESS", "percentCompleted"},
                {"COMPLETED", "updated"},
                {"COST", "cost"},
                {"AREA", "area"},
                {"PROVIDER", "params.sourceParams.dataProvider.providerName"}};
  const char *terms, *sort, *order, *member = NULL;
  const struct mapflow_object *project = take_project(request);
  if (!project || !mapflow_take_text(request, "terms", &terms) || !mapflow_take_text(request, "sortBy", &sort) ||
      !mapflow_take_text(request, "sortOrder", &order))
    return;
  for (size_t i = 0; sort && i < sizeof orders / sizeof orders[0]; i++)
    if (strcmp(sort, orders[i].name) == 0)
      member = orders[i].member;
  if (sort && !member) {
    mapflow_refuse_body(request, "Enum value '%s' is unknown at 'sortBy'", sort);
    return;
  }
  if (order && strcmp(order, "ASC") != 0 && strcmp(order, "DESC") != 0) {
    mapflow_refuse_body(request, "Enum value '%s' is unknown at 'sortOrder'", order);
    return;
  }
  struct json_object *all = all_of(request, project, terms);
  mapflow_sort(all, member ? member : "created", order ? strcmp(order, "DESC") == 0 : !member);
  show_all(request, all);
  mapflow_answer_page(request, all, 30);
}

static void read_one(struct mapflow_request *request) {
  struct mapflow_processing *processing = take(request);
  if (!processing)
    return;
  mapflow_look(request, processing);
  mapflow_answer(request, mapflow_show(request->mapflow, MAPFLOW_VIEW_PROCESSING, processing->object.document));
}

static void read_old(struct mapflow_request *request) {
  struct mapflow_processing *processing = take(request);
  if (!processing)
    return;
  mapflow_look(request, processing);
  struct json_object *old = show_old(processing->object.document);
  mapflow_answer(request, mapflow_show(request->mapflow, MAPFLOW_VIEW_PROCESSING, old));
  json_object_put(old);
}

static void update(struct mapflow_request *request) {
  struct mapflow_processing *processing = take(request);
  const char *name, *description, *project;
  char now[40];
  if (!processing || !mapflow_take_text(request, "name", &name) ||
      !mapflow_take_text(request, "description", &description) || !mapflow_take_text(request, "projectId", &project))
    return;
  if (mapflow_get(request->body, "geometry")) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Geometry updates are not supported");
    return;
  }
  struct mapflow_object *target = NULL;
  if (project && !(target = mapflow_take(request, &request->mapflow->projects, "project", project)))
    return;
  struct json_object *document = processing->object.document;
  mapflow_now(request->sandbox, now);
  if (name)
    mapflow_set_text(document, "name", name);
  if (description)
    mapflow_set_text(document, "description", description);
  if (target) {
    processing->project = (struct mapflow_project *)target;
    mapflow_set_text(document, "projectId", target->id);
  }
  mapflow_set_text(document, "updated", now);
  mapflow_answer(request, mapflow_show(request->mapflow, MAPFLOW_VIEW_PROCESSING, document));
}

static void delete (struct mapflow_request *request) {
  struct mapflow_processing *processing = take(request);
  if (!processing)
    return;
  mapflow_list_remove(&request->mapflow->processings, &processing->object);
  mapflow_free_processing(&processing->object);
  mapflow_refuse_plainly(request, 200, "");
}

struct mapflow_routes mapflow_processing_routes(void) {
  static const struct mapflow_route routes[] = {
      {"GET", "/processings", list_old, 0},
      {"GET", "/processings/v2", list, 0},
      {"GET", "/projects/*/processings", list_of_project_old, 0},
      {"GET", "/projects/*/processings/v2", list_of_project, 0},
      {"POST", "/projects/*/processings/v2/page", page, MAPFLOW_JSON},
      {"GET", "/processings/*", read_old, 0},
      {"GET", "/processings/*/v2", read_one, 0},
      {"PUT", "/processings/*", update, MAPFLOW_JSON},
      {"DELETE", "/processings/*", delete, 0},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
