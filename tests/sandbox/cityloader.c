/* The calls of 3DCityLoader: creating exports, looking at them, downloading; and what tests wish of them. */
#include "cityloader.h"

#include <json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static const char root[] = "/city/";

struct sandbox_cityloader *city_of(struct sandbox *sandbox) {
  if (!sandbox->cityloader) {
    sandbox->cityloader = sandbox_reallocate(NULL, sizeof *sandbox->cityloader);
    *sandbox->cityloader = (struct sandbox_cityloader){.next_id = 1, .wishes = {.ready_after = 2, .redirects = 1}};
  }
  return sandbox->cityloader;
}

void sandbox_cityloader_free(struct sandbox_cityloader *cityloader) {
  free(cityloader->exports);
  free(cityloader);
}

bool sandbox_is_cityloader(const char *path) {
  return strncmp(path, root, sizeof root - 1) == 0;
}

static void answer(struct sandbox_response *response, int status, struct json_object *document) {
  response->status = status;
  snprintf(response->content_type, sizeof response->content_type, "application/json");
  sandbox_print(response, "%s",
                json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(document);
}

static void add_text(struct json_object *object, const char *name, const char *text) {
  json_object_object_add(object, name, json_object_new_string(text));
}

static void refuse(struct sandbox_response *response, int status, const char *message) {
  struct json_object *document = json_object_new_object();
  add_text(document, "message", message);
  answer(response, status, document);
}

/* As Laravel does: the first problem as the message, all of them by field. */
static void refuse_field(struct sandbox_response *response, const char *field, const char *message) {
  struct json_object *document = json_object_new_object(), *errors = json_object_new_object(),
                     *list = json_object_new_array();
  add_text(document, "message", message);
  json_object_array_add(list, json_object_new_string(message));
  json_object_object_add(errors, field, list);
  json_object_object_add(document, "errors", errors);
  answer(response, 422, document);
}

enum right { RIGHT_NONE, RIGHT_READ, RIGHT_CREATE, RIGHT_PAY };

static enum right right_of(const struct sandbox_exchange *exchange) {
  static const struct {
    const char *header;
    enum right right;
  } known[] = {{"Bearer alice-token", RIGHT_PAY}, {"Bearer bob-token", RIGHT_CREATE}, {"Bearer mod-token", RIGHT_READ}};
  const char *header = sandbox_header(&exchange->request, "Authorization");
  enum right right = RIGHT_NONE;
  for (size_t i = 0; header && i < sizeof known / sizeof known[0]; i++)
    if (strcmp(header, known[i].header) == 0)
      right = known[i].right;
  return right;
}

static bool read_numbers(struct json_object *array, double *numbers, size_t count) {
  bool good = json_object_is_type(array, json_type_array) && json_object_array_length(array) == count;
  for (size_t i = 0; good && i < count; i++) {
    struct json_object *item = json_object_array_get_idx(array, i);
    good = json_object_is_type(item, json_type_double) || json_object_is_type(item, json_type_int);
    numbers[i] = json_object_get_double(item);
  }
  return good;
}

static void around(const double center[2], const double size[2], double bbox[4]) {
  static const double degree = 111320;
  const double wide = size[0] / 2 / (degree * cos(center[1] * 3.14159265358979323846 / 180)),
               high = size[1] / 2 / degree;
  bbox[0] = center[0] - wide;
  bbox[1] = center[1] - high;
  bbox[2] = center[0] + wide;
  bbox[3] = center[1] + high;
}

/* The middle of Musterstadt is the only address that there is. */
static bool find_place(struct json_object *body, struct sandbox_response *response, double bbox[4]) {
  static const double town[2] = {9.525, 47.1434};
  struct json_object *box = NULL, *center = NULL, *address = NULL, *size = NULL;
  double middle[2] = {town[0], town[1]}, lengths[2] = {500, 500};
  const int places = json_object_object_get_ex(body, "bbox", &box) +
                     json_object_object_get_ex(body, "center", &center) +
                     json_object_object_get_ex(body, "address", &address);
  const char *problem = NULL, *field = "bbox";
  if (places != 1)
    problem = places == 0 ? "The bbox field is required." : "Only one of bbox, center and address may be given.";
  else if (box && (!read_numbers(box, bbox, 4) || bbox[0] >= bbox[2] || bbox[1] >= bbox[3]))
    problem = "The bbox field must be [minLon,minLat,maxLon,maxLat].";
  else if (center && !read_numbers(center, middle, 2))
    field = "center", problem = "The center field must be [lon,lat].";
  else if (json_object_object_get_ex(body, "size", &size) && !read_numbers(size, lengths, 2))
    field = "size", problem = "The size field must be [width,height].";
  else if (address && strncmp(json_object_get_string(address), "Musterstadt", 11) != 0)
    field = "address", problem = "The address could not be found.";
  if (problem)
    refuse_field(response, field, problem);
  else if (!box)
    around(middle, lengths, bbox);
  return !problem;
}

static bool find_parts(struct json_object *body, struct sandbox_response *response, struct city_export *export) {
  struct json_object *format = NULL, *include = NULL, *separate = NULL;
  export->terrain = true;
  if (json_object_object_get_ex(body, "format", &format)) {
    size_t found = CITY_FORMATS;
    for (size_t i = 0; i < CITY_FORMATS; i++)
      if (strcmp(json_object_get_string(format), city_format_names[i]) == 0)
        found = i;
    if (found == CITY_FORMATS) {
      refuse_field(response, "format", "The selected format is invalid.");
      return false;
    }
    export->format = (enum city_format)found;
  }
  if (json_object_object_get_ex(body, "include", &include)) {
    export->terrain = false;
    for (size_t i = 0; json_object_is_type(include, json_type_array) && i < json_object_array_length(include); i++) {
      const char *word = json_object_get_string(json_object_array_get_idx(include, i));
      export->terrain = export->terrain || strcmp(word, "terrain") == 0;
      export->buildings = export->buildings || strcmp(word, "buildings") == 0;
    }
    if (!export->terrain && !export->buildings) {
      refuse_field(response, "include", "The selected include is invalid.");
      return false;
    }
  }
  if (json_object_object_get_ex(body, "separate_files", &separate))
    export->separate = json_object_get_boolean(separate);
  return true;
}

static void create(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  struct sandbox_cityloader *city = city_of(sandbox);
  struct sandbox_response *response = &exchange->response;
  const enum right right = right_of(exchange);
  struct city_export export = {.looks = 0};
  struct json_object *body = json_tokener_parse(osmflow_bytes_string(&exchange->received));
  if (!json_object_is_type(body, json_type_object))
    refuse_field(response, "bbox", "The bbox field is required.");
  else if (right < RIGHT_CREATE)
    refuse(response, 403, "Invalid ability provided.");
  else if (right < RIGHT_PAY)
    refuse(response, 402, "Payment required");
  else if (find_place(body, response, export.bbox) && find_parts(body, response, &export)) {
    struct json_object *document = json_object_new_object();
    snprintf(export.id, sizeof export.id, "9b1deb4d-3b7d-4bad-9bdd-%012llx", (unsigned long long)city->next_id++);
    sandbox_reserve((void **)&city->exports, &city->capacity, city->count + 1, sizeof *city->exports);
    city->exports[city->count++] = export;
    city->created++;
    add_text(document, "id", export.id);
    add_text(document, "status", "pending");
    answer(response, 201, document);
  }
  json_object_put(body);
}

static struct city_export *find(struct sandbox_cityloader *city, const char *id, size_t size) {
  for (size_t i = 0; i < city->count; i++)
    if (strlen(city->exports[i].id) == size && strncmp(city->exports[i].id, id, size) == 0)
      return &city->exports[i];
  return NULL;
}

static void look(struct sandbox *sandbox, struct sandbox_exchange *exchange, const char *id) {
  struct sandbox_cityloader *city = city_of(sandbox);
  struct city_export *export = find(city, id, strlen(id));
  if (!export) {
    refuse(&exchange->response, 404, "No query results for model [App\\Models\\Export].");
    return;
  }
  struct json_object *document = json_object_new_object();
  const bool is_ready = ++export->looks > city->wishes.ready_after;
  city->looks++;
  add_text(document, "id", export->id);
  if (is_ready && city->wishes.fails) {
    add_text(document, "status", "failed");
    add_text(document, "message", "No data available for this area.");
  } else {
    add_text(document, "status", is_ready ? "done" : export->looks > 1 ? "processing" : "pending");
  }
  if (is_ready && !city->wishes.fails) {
    char url[400];
    const char *host = sandbox_header(&exchange->request, "Host");
    snprintf(url, sizeof url, "http://%s/city/download/%s?signature=abc123", host ? host : "127.0.0.1", export->id);
    add_text(document, "download_url", url);
  }
  answer(&exchange->response, 200, document);
}

static void add_member(struct sandbox *sandbox, const struct city_export *export, bool terrain, bool buildings,
                       const char *name, struct city_member *member) {
  const struct city_wishes *wishes = &city_of(sandbox)->wishes;
  struct city_model model;
  city_make(sandbox, export, wishes->origin, terrain, buildings, &model);
  for (size_t i = 0; wishes->y_up && export->format == CITY_OBJ && i < model.point_count; i++) {
    const double y = model.points[i][1];
    model.points[i][1] = model.points[i][2];
    model.points[i][2] = -y;
  }
  osmflow_bytes_init(&member->content, SIZE_MAX / 4);
  city_print(&model, export->format, wishes->ascii, &member->content);
  snprintf(member->name, sizeof member->name, "%s.%s", name, city_format_names[export->format]);
  city_free(&model);
}

static void make_zip(struct sandbox *sandbox, const struct city_export *export, struct osmflow_bytes *zip) {
  struct city_member members[3];
  size_t count = 0;
  if (export->separate && export->terrain)
    add_member(sandbox, export, true, false, "terrain", &members[count++]);
  if (export->separate && export->buildings)
    add_member(sandbox, export, false, true, "buildings", &members[count++]);
  if (!export->separate)
    add_member(sandbox, export, export->terrain, export->buildings, export->id, &members[count++]);
  if (export->format == CITY_OBJ) {
    osmflow_bytes_init(&members[count].content, SIZE_MAX / 4);
    city_print_materials(&members[count].content);
    snprintf(members[count++].name, sizeof members[0].name, "city.mtl");
  }
  city_zip(members, count, city_of(sandbox)->wishes.zip, zip);
  for (size_t i = 0; i < count; i++)
    osmflow_bytes_clear(&members[i].content);
}

/* "Range: bytes=N-" */
static void cut_range(struct sandbox_exchange *exchange, struct osmflow_bytes *body) {
  const char *range = sandbox_header(&exchange->request, "Range");
  int64_t start = 0;
  if (!range || strncmp(range, "bytes=", 6) != 0)
    return;
  const struct osmflow_text number = {range + 6, strcspn(range + 6, "-")};
  if (!osmflow_parse_int(number, 0, INT64_MAX, &start) || (uint64_t)start >= body->size) {
    exchange->response.status = 416;
    osmflow_bytes_reset(body);
    return;
  }
  char header[100];
  snprintf(header, sizeof header, "bytes %lld-%zu/%zu", (long long)start, body->size - 1, body->size);
  sandbox_add_header(&exchange->response, "Content-Range", header);
  exchange->response.status = 206;
  memmove(body->data, body->data + start, body->size - (size_t)start);
  body->size -= (size_t)start;
}

/* What is stored needs no token, and whoever sends one gives it away. */
static void send_file(struct sandbox *sandbox, struct sandbox_exchange *exchange, const char *name) {
  struct sandbox_cityloader *city = city_of(sandbox);
  const struct city_export *export = find(city, name, strcspn(name, "."));
  if (sandbox_header(&exchange->request, "Authorization") || !export) {
    exchange->response.status = export ? 400 : 404;
    sandbox_print(&exchange->response, "%s", export ? "Only one auth mechanism allowed" : "NoSuchKey");
    return;
  }
  snprintf(exchange->response.content_type, sizeof exchange->response.content_type, "application/zip");
  make_zip(sandbox, export, &exchange->response.body);
  cut_range(exchange, &exchange->response.body);
  city->downloads++;
  city->bytes += (int64_t)exchange->response.body.size;
}

static void redirect(struct sandbox *sandbox, struct sandbox_exchange *exchange, const char *id) {
  struct sandbox_cityloader *city = city_of(sandbox);
  const char *host = sandbox_header(&exchange->request, "Host"),
             *signature = sandbox_parameter(&exchange->request, "signature");
  const char *port = host ? strchr(host, ':') : NULL;
  char url[256];
  if (!signature || strcmp(signature, "abc123") != 0) {
    refuse(&exchange->response, 403, "Invalid signature.");
    return;
  }
  if (city->wishes.redirects == 0) {
    send_file(sandbox, exchange, id);
    return;
  }
  exchange->response.status = 302;
  snprintf(url, sizeof url, "http://localhost%s/city/cdn/%.40s.zip", port ? port : "", id);
  sandbox_add_header(&exchange->response, "Location", url);
}

void sandbox_cityloader_answer(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  static const char api[] = "/city/api/export/", download[] = "/city/download/", store[] = "/city/cdn/";
  const bool gets = strcmp(exchange->method, "GET") == 0;
  const char *path = exchange->path;
  exchange->encoding = "identity";
  if (strncmp(path, download, sizeof download - 1) == 0 && gets)
    redirect(sandbox, exchange, path + sizeof download - 1);
  else if (strncmp(path, store, sizeof store - 1) == 0 && gets)
    send_file(sandbox, exchange, path + sizeof store - 1);
  else if (strncmp(path, api, sizeof api - 1) != 0)
    refuse(&exchange->response, 404, "The route could not be found.");
  else if (right_of(exchange) == RIGHT_NONE)
    refuse(&exchange->response, 401, "Unauthenticated.");
  else if (strcmp(path + sizeof api - 1, "simple") == 0 && !gets)
    create(sandbox, exchange);
  else if (gets)
    look(sandbox, exchange, path + sizeof api - 1);
  else
    refuse(&exchange->response, 405, "The method is not supported for this route.");
}

static bool take_word(const char *value, const char *const *words, size_t count, size_t *place) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(value, words[i]) == 0) {
      *place = i;
      return true;
    }
  return false;
}

static bool take_wish(struct sandbox_cityloader *city, const char *name, const char *value) {
  static const char *const zips[CITY_ZIPS] = {"good", "truncated", "traversal", "bomb", "crc", "empty", "html"};
  static const char *const outcomes[] = {"done", "failed"}, *const origins[CITY_ORIGINS] = {"center", "sw", "utm"},
                           *const axes[] = {"z", "y"}, *const flags[] = {"0", "1"};
  size_t place = 0;
  bool good = false;
  if (strcmp(name, "ready_after") == 0)
    good = osmflow_parse_int(osmflow_text(value), 0, 1000000, &city->wishes.ready_after);
  else if (strcmp(name, "redirects") == 0)
    good = osmflow_parse_int(osmflow_text(value), 0, 1, &city->wishes.redirects);
  else if (strcmp(name, "outcome") == 0 && (good = take_word(value, outcomes, 2, &place)))
    city->wishes.fails = place;
  else if (strcmp(name, "origin") == 0 && (good = take_word(value, origins, CITY_ORIGINS, &place)))
    city->wishes.origin = (enum city_origin)place;
  else if (strcmp(name, "up") == 0 && (good = take_word(value, axes, 2, &place)))
    city->wishes.y_up = place;
  else if (strcmp(name, "ascii") == 0 && (good = take_word(value, flags, 2, &place)))
    city->wishes.ascii = place;
  else if (strcmp(name, "zip") == 0 && (good = take_word(value, zips, CITY_ZIPS, &place)))
    city->wishes.zip = (enum city_zip)place;
  else if (strcmp(name, "forget") == 0 && (good = take_word(value, flags, 2, &place)))
    city->count = 0;
  return good;
}

static void change(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  const struct sandbox_exchange *exchange = request->connection;
  for (size_t i = 0; i < exchange->parameter_count; i++)
    if (!take_wish(city_of(sandbox), exchange->parameters[i].name, exchange->parameters[i].value)) {
      sandbox_fail(response, 400, "%s=%s is no wish, or not with this value", exchange->parameters[i].name,
                   exchange->parameters[i].value);
      return;
    }
}

static void tell(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  const struct sandbox_cityloader *city = city_of(sandbox);
  (void)request;
  snprintf(response->content_type, sizeof response->content_type, "application/json; charset=utf-8");
  sandbox_print(response, "{\"created\":%lld,\"looks\":%lld,\"downloads\":%lld,\"bytes\":%lld}\n",
                (long long)city->created, (long long)city->looks, (long long)city->downloads, (long long)city->bytes);
}

struct sandbox_routes sandbox_cityloader_control_routes(void) {
  static const struct sandbox_route routes[] = {{"GET", "/sandbox/cityloader", tell, 0, 0},
                                                {"PUT", "/sandbox/cityloader", change, 0, 0}};
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
