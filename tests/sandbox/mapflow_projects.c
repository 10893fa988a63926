/* Projects: containers of processings. */
#include "mapflow.h"

/* What a project tells of its processings is counted when it is shown. */
static void count_processings(struct mapflow_request *request, const char *id, struct json_object *document) {
  static const struct {
    const char *status, *count;
  } kinds[] = {{"OK", "succeeded"}, {"FAILED", "failed"}, {"REFUNDED", "refunded"}, {"CANCELLED", "canceled"}};
  const struct mapflow_list *all = &request->mapflow->processings;
  int64_t total = 0, area = 0, aois = 0, counts[4] = {0};
  for (size_t i = 0; i < all->count; i++) {
    const struct json_object *processing = all->items[i]->document;
    if (strcmp(mapflow_text(processing, "projectId"), id) != 0)
      continue;
    total++;
    area += (int64_t)mapflow_real(processing, "area", 0);
    aois += (int64_t)mapflow_real(processing, "aoiCount", 0);
    for (size_t k = 0; k < 4; k++)
      counts[k] += strcmp(mapflow_text(processing, "status"), kinds[k].status) == 0;
  }
  struct json_object *shown = json_object_new_object(), *progress = mapflow_get(document, "progress");
  mapflow_set_int(shown, "total", total);
  for (size_t k = 0; k < 4; k++)
    mapflow_set_int(shown, kinds[k].count, counts[k]);
  mapflow_set(document, "processingCounts", shown);
  mapflow_set_int(document, "area", area);
  mapflow_set_int(document, "aoiArea", area);
  mapflow_set_int(document, "aoiCount", aois);
  if (total > 0) {
    const bool all_good = counts[0] == total;
    mapflow_set_text(progress, "status", all_good ? "OK" : counts[1] ? "FAILED" : "IN_PROGRESS");
    mapflow_set_int(progress, "percentCompleted", counts[0] * 100 / total);
  }
}

static struct json_object *show(struct mapflow_request *request, const struct mapflow_object *project) {
  if (request->mapflow->wishes.shape == MAPFLOW_RECORDED)
    count_processings(request, project->id, project->document);
  return mapflow_show(request->mapflow, MAPFLOW_VIEW_PROJECT, project->document);
}

static struct mapflow_object *take(struct mapflow_request *request) {
  return mapflow_take(request, &request->mapflow->projects, "project", request->words[0]);
}

static struct json_object *all_of(struct mapflow_request *request, const char *filter) {
  struct json_object *all = json_object_new_array();
  const struct mapflow_list *projects = &request->mapflow->projects;
  for (size_t i = 0; i < projects->count; i++) {
    const struct mapflow_object *project = projects->items[i];
    if (project->owner == request->account &&
        (!filter || mapflow_contains(mapflow_text(project->document, "name"), filter)))
      json_object_array_add(all, json_object_get(project->document));
  }
  return all;
}

/* The documents of an array become what is shown of them. */
static void show_all(struct mapflow_request *request, struct json_object *array) {
  for (size_t i = 0; i < json_object_array_length(array); i++) {
    const char *id = mapflow_text(json_object_array_get_idx(array, i), "id");
    json_object_array_put_idx(array, i, show(request, mapflow_find(&request->mapflow->projects, id)));
  }
}

static void list(struct mapflow_request *request) {
  struct json_object *all = all_of(request, NULL);
  show_all(request, all);
  mapflow_answer(request, all);
}

static void page(struct mapflow_request *request) {
  static const struct {
    const char *name, *member;
  } orders[] = {{"NAME", "name"}, {"CREATED", "created"}, {"UPDATED", "updated"}};
  const char *filter, *sort, *order, *member = NULL;
  if (!mapflow_take_text(request, "filter", &filter) || !mapflow_take_text(request, "sortBy", &sort) ||
      !mapflow_take_text(request, "sortOrder", &order))
    return;
  for (size_t i = 0; sort && i < 3; i++)
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
  struct json_object *all = all_of(request, filter);
  mapflow_sort(all, member ? member : "updated", order ? strcmp(order, "DESC") == 0 : !member);
  if (request->mapflow->wishes.shape == MAPFLOW_SPEC)
    show_all(request, all);
  for (size_t i = 0; request->mapflow->wishes.shape == MAPFLOW_RECORDED && i < json_object_array_length(all); i++) {
    struct json_object *document = json_object_array_get_idx(all, i);
    count_processings(request, mapflow_text(document, "id"), document);
  }
  mapflow_answer_page(request, all, 20);
}

static void read_default(struct mapflow_request *request) {
  const struct mapflow_list *projects = &request->mapflow->projects;
  for (size_t i = 0; i < projects->count; i++)
    if (projects->items[i]->owner == request->account &&
        json_object_get_boolean(mapflow_get(projects->items[i]->document, "isDefault"))) {
      mapflow_answer(request, show(request, projects->items[i]));
      return;
    }
  mapflow_refuse_absent(request, "project", "default");
}

static void read_one(struct mapflow_request *request) {
  const struct mapflow_object *project = take(request);
  if (project)
    mapflow_answer(request, show(request, project));
}

static void create(struct mapflow_request *request) {
  const char *name, *description;
  if (!mapflow_need_text(request, "name", &name) || !mapflow_take_text(request, "description", &description))
    return;
  if (!*name) {
    mapflow_refuse_body(request, "expected name to have length greater than or equal to 1, but got: \"\"");
    return;
  }
  struct mapflow_object *project = sandbox_reallocate(NULL, sizeof *project);
  char now[40];
  *project = (struct mapflow_object){.owner = request->account,
                                     .document = mapflow_project_document(request->mapflow, request->account)};
  mapflow_new_id(request->mapflow, project->id);
  mapflow_now(request->sandbox, now);
  mapflow_set_text(project->document, "id", project->id);
  mapflow_set_text(project->document, "name", name);
  mapflow_set_text(project->document, "description", description);
  mapflow_set_text(project->document, "created", now);
  mapflow_set_text(project->document, "updated", now);
  struct json_object *owners = mapflow_get(mapflow_get(project->document, "shareProject"), "owners");
  mapflow_set_text(json_object_array_get_idx(owners, 0), "projectId", project->id);
  mapflow_list_add(&request->mapflow->projects, project);
  request->mapflow->created[0]++;
  mapflow_answer(request, show(request, project));
}

static void update(struct mapflow_request *request) {
  struct mapflow_object *project = take(request);
  const char *name, *description;
  if (!project || !mapflow_take_text(request, "name", &name) ||
      !mapflow_take_text(request, "description", &description))
    return;
  char now[40];
  mapflow_now(request->sandbox, now);
  if (name)
    mapflow_set_text(project->document, "name", name);
  if (description)
    mapflow_set_text(project->document, "description", description);
  mapflow_set_text(project->document, "updated", now);
  mapflow_answer(request, show(request, project));
}

/* With all its processings. */
static void delete (struct mapflow_request *request) {
  struct mapflow_object *project = take(request);
  struct mapflow_list *processings = &request->mapflow->processings;
  if (!project)
    return;
  if (json_object_get_boolean(mapflow_get(project->document, "isDefault"))) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Default project can't be deleted");
    return;
  }
  for (size_t i = processings->count; i-- > 0;) {
    struct mapflow_object *processing = processings->items[i];
    if (strcmp(mapflow_text(processing->document, "projectId"), project->id) != 0)
      continue;
    mapflow_list_remove(processings, processing);
    mapflow_free_processing(processing);
  }
  mapflow_list_remove(&request->mapflow->projects, project);
  mapflow_free_object(project);
  mapflow_refuse_plainly(request, 200, "");
}

struct mapflow_routes mapflow_project_routes(void) {
  static const struct mapflow_route routes[] = {
      {"GET", "/projects", list, 0},
      {"POST", "/projects", create, MAPFLOW_JSON},
      {"POST", "/projects/page", page, MAPFLOW_JSON},
      {"GET", "/projects/default", read_default, 0},
      {"GET", "/projects/*", read_one, 0},
      {"PUT", "/projects/*", update, MAPFLOW_JSON},
      {"DELETE", "/projects/*", delete, 0},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
