/* Projects: containers of processings. */
#include "mapflow.h"

static const struct {
  const char *status, *count;
} counted[MAPFLOW_COUNTED] = {
    {"OK", "succeeded"}, {"FAILED", "failed"}, {"REFUNDED", "refunded"}, {"CANCELLED", "canceled"}};

/* What projects tell of their processings is counted when they are shown: for all of them in one go. */
static void count_processings(const struct sandbox_mapflow *mapflow) {
  for (size_t i = 0; i < mapflow->projects.count; i++) {
    struct mapflow_project *project = (struct mapflow_project *)mapflow->projects.items[i];
    project->total = project->area = project->aois = 0;
    memset(project->counts, 0, sizeof project->counts);
  }
  for (size_t i = 0; i < mapflow->processings.count; i++) {
    const struct json_object *document = mapflow->processings.items[i]->document;
    struct mapflow_project *project = ((struct mapflow_processing *)mapflow->processings.items[i])->project;
    const char *status = mapflow_text(document, "status");
    project->total++;
    project->area += (int64_t)mapflow_real(document, "area", 0);
    project->aois += (int64_t)mapflow_real(document, "aoiCount", 0);
    for (size_t k = 0; k < MAPFLOW_COUNTED; k++)
      project->counts[k] += strcmp(status, counted[k].status) == 0;
  }
}

static void tell_counts(const struct mapflow_project *project) {
  struct json_object *document = project->object.document, *shown = json_object_new_object();
  mapflow_set_int(shown, "total", project->total);
  for (size_t k = 0; k < MAPFLOW_COUNTED; k++)
    mapflow_set_int(shown, counted[k].count, project->counts[k]);
  mapflow_set(document, "processingCounts", shown);
  mapflow_set_int(document, "area", project->area);
  mapflow_set_int(document, "aoiArea", project->area);
  mapflow_set_int(document, "aoiCount", project->aois);
  if (project->total == 0)
    return;
  struct json_object *progress = mapflow_get(document, "progress");
  const bool all_good = project->counts[0] == project->total;
  mapflow_set_text(progress, "status", all_good ? "OK" : project->counts[1] ? "FAILED" : "IN_PROGRESS");
  mapflow_set_int(progress, "percentCompleted", project->counts[0] * 100 / project->total);
}

static struct json_object *show(struct mapflow_request *request, const struct mapflow_object *project) {
  count_processings(request->mapflow);
  tell_counts((const struct mapflow_project *)project);
  return mapflow_show(request->mapflow, MAPFLOW_VIEW_PROJECT, project->document);
}

static struct mapflow_object *take(struct mapflow_request *request) {
  return mapflow_take(request, &request->mapflow->projects, "project", request->words[0]);
}

/* Documents of the account's projects, with their counts; `filter` is a part of their names, or NULL. */
static struct json_object *all_of(struct mapflow_request *request, const char *filter) {
  struct json_object *all = json_object_new_array();
  const struct mapflow_list *projects = &request->mapflow->projects;
  count_processings(request->mapflow);
  for (size_t i = 0; i < projects->count; i++) {
    const struct mapflow_object *project = projects->items[i];
    if (project->owner != request->account ||
        (filter && !mapflow_contains(mapflow_text(project->document, "name"), filter)))
      continue;
    tell_counts((const struct mapflow_project *)project);
    json_object_array_add(all, json_object_get(project->document));
  }
  return all;
}

/* The documents of an array become what is shown of them. */
static void show_all(struct mapflow_request *request, struct json_object *array) {
  for (size_t i = 0; i < json_object_array_length(array); i++)
    json_object_array_put_idx(
        array, i, mapflow_show(request->mapflow, MAPFLOW_VIEW_PROJECT, json_object_array_get_idx(array, i)));
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
  show_all(request, all);
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

struct mapflow_object *mapflow_new_project(struct sandbox_mapflow *mapflow, int owner, const char *id,
                                           const char *name) {
  struct mapflow_project *project = sandbox_reallocate(NULL, sizeof *project);
  struct json_object *document = mapflow_project_document(mapflow, owner);
  *project = (struct mapflow_project){.object = {.owner = owner, .document = document}};
  if (id)
    snprintf(project->object.id, sizeof project->object.id, "%s", id);
  else
    mapflow_new_id(mapflow, project->object.id);
  struct json_object *owners = mapflow_get(mapflow_get(document, "shareProject"), "owners");
  mapflow_set_text(json_object_array_get_idx(owners, 0), "projectId", project->object.id);
  mapflow_set_text(document, "id", project->object.id);
  mapflow_set_text(document, "name", name);
  mapflow_list_add(&mapflow->projects, &project->object);
  return &project->object;
}

static void create(struct mapflow_request *request) {
  const char *name, *description;
  if (!mapflow_need_text(request, "name", &name) || !mapflow_take_text(request, "description", &description))
    return;
  if (!*name) {
    mapflow_refuse_body(request, "expected name to have length greater than or equal to 1, but got: \"\"");
    return;
  }
  struct mapflow_object *project = mapflow_new_project(request->mapflow, request->account, NULL, name);
  char now[40];
  mapflow_now(request->sandbox, now);
  mapflow_set_text(project->document, "description", description);
  mapflow_set_text(project->document, "created", now);
  mapflow_set_text(project->document, "updated", now);
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
    if (&((struct mapflow_processing *)processing)->project->object != project)
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
