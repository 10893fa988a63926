/* How the two programs behind the address, and the gateway before them, say no. */
#include <stdarg.h>

#include "mapflow.h"

static void begin(struct mapflow_request *request, int status, const char *type) {
  osmflow_bytes_reset(&request->response->body);
  request->response->extra_headers = 0;
  request->response->status = status;
  snprintf(request->response->content_type, sizeof request->response->content_type, "%s", type);
}

static void finish(struct mapflow_request *request, int status, struct json_object *document) {
  begin(request, status, "application/json");
  mapflow_answer(request, document);
}

void mapflow_refuse(struct mapflow_request *request, int status, const char *code, struct json_object *params,
                    const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  struct json_object *document = json_object_new_object();
  mapflow_set_text(document, "code", code);
  mapflow_set_text(document, "message", message);
  mapflow_set(document, "params", params);
  finish(request, status, document);
}

void mapflow_refuse_body(struct mapflow_request *request, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid value for: body (%s)", message);
}

void mapflow_refuse_data(struct mapflow_request *request, int status, const char *code, struct json_object *parameters,
                         const char *message) {
  struct json_object *document = json_object_new_object(), *detail = json_object_new_object();
  mapflow_set_text(detail, "code", code);
  if (message)
    mapflow_set_text(detail, "message", message);
  if (parameters)
    mapflow_set(detail, "parameters", parameters);
  mapflow_set(document, "detail", detail);
  finish(request, status, document);
}

void mapflow_refuse_detail(struct mapflow_request *request, int status, const char *text) {
  struct json_object *document = json_object_new_object();
  mapflow_set_text(document, "detail", text);
  finish(request, status, document);
  if (status == 401)
    sandbox_add_header(request->response, "WWW-Authenticate", "Bearer");
}

void mapflow_refuse_field(struct mapflow_request *request, const char *where, const char *name, const char *message,
                          const char *type) {
  struct json_object *document = json_object_new_object(), *list = json_object_new_array();
  struct json_object *item = json_object_new_object(), *place = json_object_new_array();
  json_object_array_add(place, json_object_new_string(where));
  if (name)
    json_object_array_add(place, json_object_new_string(name));
  mapflow_set(item, "loc", place);
  mapflow_set_text(item, "msg", message);
  mapflow_set_text(item, "type", type);
  json_object_array_add(list, item);
  mapflow_set(document, "detail", list);
  finish(request, 422, document);
}

void mapflow_refuse_plainly(struct mapflow_request *request, int status, const char *text) {
  begin(request, status, "text/plain; charset=UTF-8");
  sandbox_print(request->response, "%s", text);
}

static struct json_object *instance(const char *kind, const char *id) {
  struct json_object *parameters = json_object_new_object();
  mapflow_set_text(parameters, "instance_type", kind);
  mapflow_set_text(parameters, "uid", id);
  return parameters;
}

void mapflow_refuse_absent(struct mapflow_request *request, const char *kind, const char *id) {
  if (request->is_data)
    mapflow_refuse_data(request, 404, "ItemNotFound", instance(kind, id), NULL);
  else
    mapflow_refuse(request, 404, "NOT_FOUND", NULL, "There is no %s with id %s", kind, id);
}

void mapflow_refuse_right(struct mapflow_request *request, const char *kind, const char *id) {
  if (request->is_data)
    mapflow_refuse_data(request, 403, "AccessDenied", instance(kind, id), NULL);
  else
    mapflow_refuse_plainly(request, 403, "Forbidden");
}

struct mapflow_object *mapflow_take(struct mapflow_request *request, const struct mapflow_list *list, const char *kind,
                                    const char *id) {
  struct mapflow_object *object = mapflow_is_id(id) ? mapflow_find(list, id) : NULL;
  char name[64];
  snprintf(name, sizeof name, request->is_data ? "%s_id" : "%sId", kind);
  if (object && object->owner == request->account)
    return object;
  if (object)
    mapflow_refuse_right(request, kind, id);
  else if (mapflow_is_id(id))
    mapflow_refuse_absent(request, kind, id);
  else if (request->is_data)
    mapflow_refuse_field(request, "path", name, "value is not a valid uuid", "type_error.uuid");
  else
    mapflow_refuse(request, 400, "BAD_REQUEST", NULL, "Invalid value for: path parameter %s", name);
  return NULL;
}
