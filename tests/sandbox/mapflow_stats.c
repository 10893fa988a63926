/* The history of an account's processings. */
#include <strings.h>

#include "mapflow.h"

static struct json_object *describe(const struct mapflow_request *request, const struct mapflow_object *object) {
  const struct json_object *processing = object->document;
  const struct mapflow_object *project = &((const struct mapflow_processing *)object)->project->object;
  const struct json_object *source =
      mapflow_get(mapflow_get(mapflow_get(processing, "params"), "sourceParams"), "dataProvider");
  struct json_object *document = json_object_new_object();
  const bool ended = mapflow_real(processing, "percentCompleted", 0) == 100;
  char link[200];
  snprintf(link, sizeof link, "https://app.mapflow.ai/projects/%s/processings/%s", project->id, object->id);
  mapflow_set_text(document, "projectName", mapflow_text(project->document, "name"));
  mapflow_set_text(document, "name", mapflow_text(processing, "name"));
  mapflow_set_text(document, "email", request->mapflow->accounts[object->owner].email);
  mapflow_set(document, "area", json_object_get(mapflow_get(processing, "area")));
  mapflow_set(document, "cost", json_object_get(mapflow_get(processing, "cost")));
  mapflow_set_text(document, "created", mapflow_text(processing, "created"));
  mapflow_set_text(document, "completionDate", ended ? mapflow_text(processing, "updated") : NULL);
  mapflow_set_text(document, "status", mapflow_text(processing, "status"));
  mapflow_set(document, "percentCompleted", json_object_get(mapflow_get(processing, "percentCompleted")));
  mapflow_set(document, "archived", json_object_new_boolean(false));
  mapflow_set_text(document, "dataProvider", source ? mapflow_text(source, "providerName") : NULL);
  mapflow_set_text(document, "linkToMap", link);
  mapflow_set_text(document, "scenario", mapflow_text(mapflow_get(processing, "workflowDef"), "name"));
  return document;
}

/* "status=OK": a member and its value; NULL or "": all. False: it is written in another way. */
static bool read_filter(const char *filter, char name[64], char value[256]) {
  const char *equals = filter ? strchr(filter, '=') : NULL;
  name[0] = value[0] = '\0';
  if (!filter || !*filter)
    return true;
  if (!equals || equals == filter || equals - filter > 63)
    return false;
  snprintf(name, 64, "%.*s", (int)(equals - filter), filter);
  snprintf(value, 256, "%s", equals + 1);
  return true;
}

/* "created:desc" as the guide writes it, "created,desc" as older pages do. */
static bool read_sort(const char *sort, char name[64], bool *descending) {
  const char *mark = sort ? strpbrk(sort, ":,") : NULL;
  snprintf(name, 64, "%.*s", (int)(mark ? mark - sort : 0), sort ? sort : "");
  *descending = mark && strcasecmp(mark + 1, "desc") == 0;
  return !sort || (mark && mark != sort && (*descending || strcasecmp(mark + 1, "asc") == 0));
}

static const char *const columns[] = {
    "projectName",      "name",     "email",        "area",      "cost",    "created", "completionDate", "status",
    "percentCompleted", "archived", "dataProvider", "linkToMap", "scenario"};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void print_csv(struct mapflow_request *request, const struct json_object *rows) {
  struct sandbox_response *response = request->response;
  snprintf(response->content_type, sizeof response->content_type, "text/csv; charset=UTF-8");
  for (size_t c = 0; c < COLUMNS; c++)
    sandbox_print(response, "%s%s", c ? "," : "", columns[c]);
  for (size_t i = 0; i < json_object_array_length(rows); i++)
    for (size_t c = 0; c < COLUMNS; c++) {
      struct json_object *value = mapflow_get(json_object_array_get_idx(rows, i), columns[c]);
      const char *text = value ? json_object_get_string(value) : "";
      const char *quote = strpbrk(text, ",\"\n") ? "\"" : "";
      sandbox_print(response, "%s%s", c ? "," : "\r\n", quote);
      for (; *text; text++)
        sandbox_print(response, *text == '"' ? "\"\"" : "%c", *text);
      sandbox_print(response, "%s", quote);
    }
  sandbox_print(response, "\r\n");
}

static struct json_object *all_of(const struct mapflow_request *request, const char *name, const char *value) {
  struct json_object *all = json_object_new_array();
  const struct mapflow_list *list = &request->mapflow->processings;
  for (size_t i = 0; i < list->count; i++) {
    if (list->items[i]->owner != request->account)
      continue;
    struct json_object *row = describe(request, list->items[i]);
    struct json_object *found = *name ? mapflow_get(row, name) : NULL;
    if (!*name || (found && strcmp(json_object_get_string(found), value) == 0))
      json_object_array_add(all, row);
    else
      json_object_put(row);
  }
  return all;
}

static struct json_object *make_page(const struct json_object *all, double page, double per_page) {
  struct json_object *document = json_object_new_object(), *results = json_object_new_array();
  double cost = 0, area = 0;
  const size_t total = json_object_array_length(all);
  for (size_t i = 0; i < total; i++) {
    struct json_object *row = json_object_array_get_idx(all, i);
    cost += mapflow_real(row, "cost", 0);
    area += mapflow_real(row, "area", 0);
    if ((double)i >= (page - 1) * per_page && (double)i < page * per_page)
      json_object_array_add(results, json_object_get(row));
  }
  const size_t count = json_object_array_length(results);
  mapflow_set(document, "results", results);
  mapflow_set_int(document, "total", (int64_t)total);
  mapflow_set_int(document, "count", (int64_t)count);
  mapflow_set_real(document, "totalCost", cost);
  mapflow_set_real(document, "totalArea", area);
  return document;
}

static void read_stats(struct mapflow_request *request) {
  const char *type = sandbox_parameter(&request->exchange->request, "type"), *sort, *filter;
  double page = 1, per_page = 50;
  char name[64], value[256], member[64];
  bool descending;
  if (type && strcasecmp(type, "json") != 0 && strcasecmp(type, "csv") != 0) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid value for: query parameter type");
    return;
  }
  if (!mapflow_take_number(request, "page", &page) || !mapflow_take_number(request, "perPage", &per_page) ||
      !mapflow_take_text(request, "sort", &sort) || !mapflow_take_text(request, "filter", &filter))
    return;
  if (page < 1 || per_page < 1 || !read_filter(filter, name, value) || !read_sort(sort, member, &descending)) {
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid page, sort or filter");
    return;
  }
  struct json_object *all = all_of(request, name, value);
  mapflow_sort(all, sort ? member : "created", sort ? descending : true);
  struct json_object *document = make_page(all, page, per_page);
  json_object_put(all);
  if (type && strcasecmp(type, "csv") == 0) {
    print_csv(request, mapflow_get(document, "results"));
    json_object_put(document);
  } else {
    mapflow_answer(request, document);
  }
}

struct mapflow_routes mapflow_stats_routes(void) {
  static const struct mapflow_route routes[] = {
      {"POST", "/processings/stats", read_stats, MAPFLOW_JSON},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
