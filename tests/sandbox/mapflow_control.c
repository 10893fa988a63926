/* /sandbox/mapflow: what tests ask of the Mapflow half itself. The wishes stand in README.md. */
#include <stdlib.h>

#include "base/number.h"
#include "mapflow.h"

/* Each wish takes its value and says whether it understood it. */
struct wish {
  const char *name;
  bool (*take)(struct sandbox_mapflow *mapflow, const char *value, size_t offset);
  size_t offset;
};

static bool number_of(const char *value, int64_t least, int64_t *number) {
  return osmflow_parse_int(osmflow_text(value), least, INT64_MAX, number);
}

static bool take_number(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  return number_of(value, -1, (int64_t *)(void *)((char *)mapflow + offset));
}

static bool take_switch(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  *(bool *)((char *)mapflow + offset) = strcmp(value, "0") != 0;
  return true;
}

static bool take_shape(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  (void)offset;
  mapflow->wishes.shape = strcmp(value, "spec") == 0 ? MAPFLOW_SPEC : MAPFLOW_RECORDED;
  return strcmp(value, "spec") == 0 || strcmp(value, "recorded") == 0;
}

static bool take_outcome(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  (void)offset;
  snprintf(mapflow->wishes.outcome, sizeof mapflow->wishes.outcome, "%s", value);
  return *value != '\0' && strlen(value) < sizeof mapflow->wishes.outcome;
}

static bool take_credits(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  (void)offset;
  return osmflow_parse_real(osmflow_text(value), &mapflow->accounts[0].credits);
}

/* "null": no limit. */
static bool take_memory(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  struct mapflow_account *account = &mapflow->accounts[0];
  int64_t left = 0;
  (void)offset;
  if (strcmp(value, "null") == 0) {
    account->memory_limit = -1;
    return true;
  }
  const bool good = number_of(value, 0, &left) && left < INT64_MAX / 4;
  account->memory_limit = good ? account->memory_used + left : account->memory_limit;
  return good;
}

static bool take_projects(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  int64_t count = 0;
  (void)offset;
  const bool good = number_of(value, 0, &count) && count <= 100000;
  if (good)
    mapflow_add_projects(mapflow, count);
  return good;
}

static bool forget(struct sandbox_mapflow *mapflow, const char *value, size_t offset) {
  (void)value;
  (void)offset;
  memset(mapflow->calls, 0, sizeof mapflow->calls);
  memset(mapflow->created, 0, sizeof mapflow->created);
  mapflow->started = mapflow->restarted = 0;
  mapflow->upload_count = 0;
  mapflow->accounts[0].spent = 0;
  return true;
}

static const struct wish wishes[] = {
    {"shape", take_shape, 0},
    {"credits", take_credits, 0},
    {"memory_free", take_memory, 0},
    {"max_file", take_number, offsetof(struct sandbox_mapflow, wishes.max_file)},
    {"max_pixels", take_number, offsetof(struct sandbox_mapflow, wishes.max_pixels)},
    {"finish_after", take_number, offsetof(struct sandbox_mapflow, wishes.finish_after)},
    {"outcome", take_outcome, 0},
    {"looks_until_ready", take_number, offsetof(struct sandbox_mapflow, wishes.looks_until_ready)},
    {"strict", take_switch, offsetof(struct sandbox_mapflow, wishes.strict)},
    {"hash", take_switch, offsetof(struct sandbox_mapflow, wishes.hash)},
    {"gzip", take_switch, offsetof(struct sandbox_mapflow, wishes.gzip)},
    {"content_length", take_switch, offsetof(struct sandbox_mapflow, wishes.content_length)},
    {"projects", take_projects, 0},
    {"forget", forget, 0},
};

/* Wishes that go together: result=ID&features=N&kind=..., processing=ID&status=..., processings=N&project=ID. */
static const char *const joined[] = {"result", "features", "kind", "processing", "status", "processings", "project"};

static bool is_joined(const char *name) {
  for (size_t i = 0; i < sizeof joined / sizeof joined[0]; i++)
    if (strcmp(name, joined[i]) == 0)
      return true;
  return false;
}

static void set_document(struct mapflow_processing *processing, struct osmflow_text document) {
  char *copy = sandbox_reallocate(processing->own_result, document.size + 1);
  memcpy(copy, document.data, document.size);
  copy[document.size] = '\0';
  processing->result = processing->own_result = copy;
  processing->features = -1;
}

/* NULL, or what is wrong. */
static const char *set_result(struct sandbox_mapflow *mapflow, const struct sandbox_request *request) {
  const char *id = sandbox_parameter(request, "result"), *count = sandbox_parameter(request, "features");
  const char *kind = sandbox_parameter(request, "kind");
  int64_t features;
  if (!id)
    return NULL;
  struct mapflow_processing *processing = (struct mapflow_processing *)mapflow_find(&mapflow->processings, id);
  if (!processing)
    return "there is no processing of this id";
  if (request->body.size > 0) {
    set_document(processing, request->body);
    return NULL;
  }
  if (!count || !osmflow_parse_int(osmflow_text(count), 0, 200000000, &features))
    return "features is a number up to 200000000";
  size_t found = kind ? 0 : MAPFLOW_BUILDINGS;
  while (kind && found < MAPFLOW_KINDS && strcmp(kind, mapflow_kind_names[found]) != 0)
    found++;
  if (found == MAPFLOW_KINDS)
    return "kind is buildings, forest, roads, opendata or mixed";
  processing->features = features;
  processing->kind = (enum mapflow_kind)found;
  return NULL;
}

static const char *set_status(struct sandbox_mapflow *mapflow, const struct sandbox_request *request) {
  const char *id = sandbox_parameter(request, "processing"), *status = sandbox_parameter(request, "status");
  if (!id)
    return NULL;
  struct mapflow_processing *processing = (struct mapflow_processing *)mapflow_find(&mapflow->processings, id);
  if (!processing || !status)
    return "processing=ID&status=WORD: there is no such processing, or no status";
  processing->runs = false;
  mapflow_set_text(processing->object.document, "status", status);
  mapflow_set_int(processing->object.document, "percentCompleted", strcmp(status, "OK") == 0 ? 100 : 0);
  return NULL;
}

static const char *add_processings(struct sandbox_mapflow *mapflow, const struct sandbox_request *request) {
  const char *count = sandbox_parameter(request, "processings"), *project = sandbox_parameter(request, "project");
  int64_t number;
  if (!count)
    return NULL;
  if (!osmflow_parse_int(osmflow_text(count), 0, 100000, &number))
    return "processings is a number up to 100000";
  if (project && !mapflow_find(&mapflow->projects, project))
    return "there is no project of this id";
  mapflow_add_processings(mapflow, project, number);
  return NULL;
}

static void change(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct sandbox_mapflow *mapflow = mapflow_of(sandbox);
  const struct sandbox_exchange *exchange = request->connection;
  for (size_t i = 0; i < exchange->parameter_count; i++) {
    const struct sandbox_header *pair = &exchange->parameters[i];
    bool known = is_joined(pair->name);
    for (size_t w = 0; w < sizeof wishes / sizeof wishes[0]; w++)
      if (strcmp(pair->name, wishes[w].name) == 0)
        known = wishes[w].take(mapflow, pair->value, wishes[w].offset);
    if (!known) {
      sandbox_fail(response, 400, "%s=%s is no wish, or not with this value", pair->name, pair->value);
      return;
    }
  }
  const char *problem = set_result(mapflow, request);
  problem = problem ? problem : set_status(mapflow, request);
  problem = problem ? problem : add_processings(mapflow, request);
  if (problem)
    sandbox_fail(response, 400, "%s", problem);
}

static struct json_object *describe_uploads(const struct sandbox_mapflow *mapflow) {
  struct json_object *uploads = json_object_new_array();
  for (size_t i = 0; i < mapflow->upload_count; i++) {
    const struct mapflow_upload_note *note = &mapflow->uploads[i];
    struct json_object *item = json_object_new_object();
    mapflow_set_text(item, "name", note->name);
    mapflow_set_int(item, "size", note->size);
    mapflow_set_text(item, "sha1", note->sha1);
    mapflow_set_text(item, "mosaic", note->mosaic);
    mapflow_set_text(item, "image", note->image);
    json_object_array_add(uploads, item);
  }
  return uploads;
}

static struct json_object *describe_calls(const struct sandbox_mapflow *mapflow) {
  struct json_object *calls = json_object_new_object();
  size_t place = 0;
  for (size_t family = 0; mapflow_routes_of(family).count > 0; family++) {
    const struct mapflow_routes routes = mapflow_routes_of(family);
    for (size_t i = 0; i < routes.count; i++, place++) {
      char name[128];
      snprintf(name, sizeof name, "%s %s", routes.routes[i].method, routes.routes[i].pattern);
      if (place < MAPFLOW_CALLS && mapflow->calls[place])
        mapflow_set_int(calls, name, (int64_t)mapflow->calls[place]);
    }
  }
  return calls;
}

static void tell(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  static const char *const names[] = {"projects", "processings", "mosaics", "images"};
  (void)request;
  const struct sandbox_mapflow *mapflow = mapflow_of(sandbox);
  struct json_object *document = json_object_new_object(), *created = json_object_new_object();
  mapflow_set_text(document, "shape", mapflow->wishes.shape == MAPFLOW_SPEC ? "spec" : "recorded");
  mapflow_set_real(document, "credits", mapflow->accounts[0].credits);
  mapflow_set_real(document, "spent", mapflow->accounts[0].spent);
  mapflow_set_int(document, "memory_used", mapflow->accounts[0].memory_used);
  for (size_t i = 0; i < 4; i++)
    mapflow_set_int(created, names[i], mapflow->created[i]);
  mapflow_set(document, "created", created);
  mapflow_set_int(document, "started", mapflow->started);
  mapflow_set_int(document, "restarted", mapflow->restarted);
  mapflow_set(document, "uploads", describe_uploads(mapflow));
  mapflow_set(document, "requests", describe_calls(mapflow));
  snprintf(response->content_type, sizeof response->content_type, "application/json; charset=utf-8");
  sandbox_print(response, "%s\n",
                json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(document);
}

struct sandbox_routes sandbox_mapflow_control_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/sandbox/mapflow", tell, 0, 0},
      {"PUT", "/sandbox/mapflow", change, 0, 0},
      {"POST", "/sandbox/mapflow", change, 0, 0},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
