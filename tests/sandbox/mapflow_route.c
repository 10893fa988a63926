/* Which call a path means, who asks, and the body as JSON; from there on the call's own file answers. */
#include "mapflow.h"

#include <strings.h>

#include "base/json_flags.h"

static const char root[] = "/rest", storage[] = "/storage/";

static struct mapflow_routes (*const families[])(void) = {
    mapflow_account_routes, mapflow_project_routes, mapflow_processing_routes, mapflow_review_routes,
    mapflow_cost_routes,    mapflow_run_routes,     mapflow_result_routes,     mapflow_stats_routes,
    mapflow_mosaic_routes,  mapflow_image_routes,   mapflow_upload_routes,     mapflow_catalog_routes};

struct mapflow_routes mapflow_routes_of(size_t family) {
  return family < sizeof families / sizeof families[0] ? families[family]() : (struct mapflow_routes){NULL, 0};
}

bool sandbox_is_mapflow(const char *path) {
  const size_t size = sizeof root - 1;
  return (strncmp(path, root, size) == 0 && (path[size] == '/' || path[size] == '\0')) ||
         strncmp(path, storage, sizeof storage - 1) == 0;
}

/* '*' takes anything up to the next slash, but not nothing. */
static bool pattern_takes(const char *pattern, const char *path, char words[2][256]) {
  size_t word = 0;
  for (; *pattern; pattern++) {
    if (*pattern != '*') {
      if (*path++ != *pattern)
        return false;
      continue;
    }
    const size_t size = strcspn(path, "/");
    if (size == 0 || size > 255 || word == 2)
      return false;
    memcpy(words[word], path, size);
    words[word++][size] = '\0';
    path += size;
  }
  return *path == '\0';
}

/* NULL: none. A path without a '*' wins over one that has it: "projects/default" is not a project's id. */
static const struct mapflow_route *find_route(struct mapflow_request *request, const char *path, bool *wrong_method) {
  const struct mapflow_route *found = NULL;
  size_t place = 0, found_place = 0;
  bool exact = false;
  for (size_t family = 0; mapflow_routes_of(family).count > 0; family++) {
    const struct mapflow_routes routes = mapflow_routes_of(family);
    for (size_t i = 0; i < routes.count; i++, place++) {
      char words[2][256] = {"", ""};
      const struct mapflow_route *route = &routes.routes[i];
      const bool plain = !strchr(route->pattern, '*');
      if ((exact && !plain) || !pattern_takes(route->pattern, path, words))
        continue;
      if (plain && !exact)
        found = NULL;
      exact |= plain;
      *wrong_method = true;
      if (strcmp(route->method, request->exchange->method) != 0)
        continue;
      found = route;
      found_place = place;
      memcpy(request->words, words, sizeof words);
    }
  }
  if (found && found_place < MAPFLOW_CALLS)
    request->mapflow->calls[found_place]++;
  return found;
}

/* The account page gives base64("email:token") for Basic; Bearer is for the access tokens of a login. */
static int account_of(const struct sandbox_exchange *exchange) {
  static const struct {
    const char *header;
    int account;
  } known[] = {
      {"Basic YW5uYUBleGFtcGxlLmNvbTphbm5hLXRva2Vu", 0},
      {"Bearer alice-token", 0},
      {"Basic YmVuQGV4YW1wbGUuY29tOmJlbi10b2tlbg==", 1},
  };
  const char *header = sandbox_header(&exchange->request, "Authorization");
  for (size_t i = 0; header && i < sizeof known / sizeof known[0]; i++)
    if (strcmp(header, known[i].header) == 0)
      return known[i].account;
  return -1;
}

/* False after 400 or 422. */
static bool take_body(struct mapflow_request *request) {
  const struct osmflow_text text = osmflow_bytes_view(&request->exchange->received);
  if (osmflow_text_trim(text).size == 0) {
    if (request->is_data)
      mapflow_refuse_field(request, "body", NULL, "field required", "value_error.missing");
    else
      mapflow_refuse_body(request, "exhausted input");
    return false;
  }
  const char *type = sandbox_header(&request->exchange->request, "Content-Type");
  struct json_tokener *tokener = json_tokener_new();
  if (!tokener)
    sandbox_die("out of memory");
  json_tokener_set_flags(tokener, osmflow_json_flags(text.data, text.size));
  request->body = json_tokener_parse_ex(tokener, text.data, (int)text.size + 1);
  const bool good = json_tokener_get_error(tokener) == json_tokener_success;
  const int place = (int)json_tokener_get_parse_end(tokener);
  json_tokener_free(tokener);
  const bool typed = !request->is_data || (type && strncasecmp(type, "application/json", 16) == 0);
  if (good && typed && json_object_is_type(request->body, json_type_object))
    return true;
  if (request->is_data)
    mapflow_refuse_field(request, "body", NULL, good ? "value is not a valid dict" : "Expecting value",
                         good ? "type_error.dict" : "value_error.jsondecode");
  else if (good)
    mapflow_refuse_body(request, "Got value '%.60s' with wrong type, expecting object",
                        json_object_to_json_string_ext(request->body, JSON_C_TO_STRING_PLAIN));
  else
    mapflow_refuse_body(request, "expected json value got '%.20s' (line 1, column %d)",
                        place < (int)text.size ? text.data + place : "", place + 1);
  return false;
}

static void refuse_login(struct mapflow_request *request) {
  if (request->is_data)
    mapflow_refuse_detail(request, 401, "Not authenticated");
  else
    mapflow_refuse_plainly(request, 401, "Unauthorized");
}

static void refuse_path(struct mapflow_request *request, int status) {
  if (request->is_data)
    mapflow_refuse_detail(request, status, status == 404 ? "Not Found" : "Method Not Allowed");
  else
    mapflow_refuse_plainly(request, status, status == 404 ? "Not Found" : "Method Not Allowed");
}

static void pack(struct mapflow_request *request) {
  struct osmflow_bytes *body = &request->response->body, packed;
  const char *accept = sandbox_header(&request->exchange->request, "Accept-Encoding");
  if (!request->mapflow->wishes.gzip || !accept || !strstr(accept, "gzip") || body->size < 1000 ||
      request->exchange->stream || strncmp(request->response->content_type, "image/", 6) == 0)
    return;
  osmflow_bytes_init(&packed, SIZE_MAX / 4);
  sandbox_compress("gzip", osmflow_bytes_view(body), &packed);
  osmflow_bytes_clear(body);
  *body = packed;
  sandbox_add_header(request->response, "Content-Encoding", "gzip");
}

void sandbox_mapflow_answer(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  struct mapflow_request request = {.mapflow = mapflow_of(sandbox),
                                    .sandbox = sandbox,
                                    .exchange = exchange,
                                    .response = &exchange->response,
                                    .account = account_of(exchange)};
  const bool stored = strncmp(exchange->path, storage, sizeof storage - 1) == 0;
  const char *path = stored ? exchange->path : exchange->path + sizeof root - 1;
  bool wrong_method = false;
  exchange->encoding = "identity";
  request.is_data = strncmp(path, "/rasters", 8) == 0;
  snprintf(exchange->response.content_type, sizeof exchange->response.content_type, "application/json");
  const struct mapflow_route *route = find_route(&request, path, &wrong_method);
  if (!route)
    refuse_path(&request, wrong_method ? 405 : 404);
  else if (request.account < 0 && !(route->flags & MAPFLOW_OPEN))
    refuse_login(&request);
  else if (!(route->flags & MAPFLOW_JSON) || take_body(&request))
    route->handler(&request);
  json_object_put(request.body);
  pack(&request);
}
