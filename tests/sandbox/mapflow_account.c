/* Who one is, what one may, and the service itself. */
#include <math.h>

#include "mapflow.h"

static struct json_object *spec_status(const struct mapflow_request *request) {
  const struct mapflow_account *account = &request->mapflow->accounts[request->account];
  struct json_object *document = json_object_new_object(), *user = json_object_new_object();
  struct json_object *all = request->mapflow->models, *models = json_object_new_array();
  mapflow_set_text(user, "id", account->id);
  mapflow_set_text(user, "email", account->email);
  mapflow_set_real(user, "credits", floor(account->credits));
  for (size_t i = 0; i < json_object_array_length(all); i++)
    json_object_array_add(models,
                          mapflow_show(request->mapflow, MAPFLOW_VIEW_MODEL, json_object_array_get_idx(all, i)));
  mapflow_set(document, "user", user);
  mapflow_set(document, "models", models);
  return document;
}

static void read_status(struct mapflow_request *request) {
  const struct mapflow_account *account = &request->mapflow->accounts[request->account];
  if (request->mapflow->wishes.shape == MAPFLOW_SPEC) {
    mapflow_answer(request, spec_status(request));
    return;
  }
  struct json_object *document = mapflow_user_document();
  mapflow_set_text(document, "id", account->id);
  mapflow_set_text(document, "email", account->email);
  mapflow_set_real(document, "remainingCredits", account->credits);
  mapflow_set_real(document, "personalBalance", account->credits);
  if (account->memory_limit >= 0)
    mapflow_set_int(document, "memoryLimit", account->memory_limit);
  else
    mapflow_set(document, "memoryLimit", NULL);
  mapflow_set(document, "models", json_object_get(request->mapflow->models));
  mapflow_answer(request, document);
}

static void read_memory(struct mapflow_request *request) {
  const struct mapflow_account *account = &request->mapflow->accounts[request->account];
  const struct mapflow_wishes *wishes = &request->mapflow->wishes;
  struct json_object *document = json_object_new_object();
  const double gigabyte = 1073741824;
  if (wishes->shape == MAPFLOW_SPEC) {
    const int64_t limit = account->memory_limit < 0 ? 0 : account->memory_limit;
    mapflow_set_int(document, "used_bytes", account->memory_used);
    mapflow_set_int(document, "limit_bytes", limit);
    mapflow_set_real(document, "used_gb", (double)account->memory_used / gigabyte);
    mapflow_set_real(document, "limit_gb", (double)limit / gigabyte);
    mapflow_set_real(document, "usage_percent", limit ? 100.0 * (double)account->memory_used / (double)limit : 0);
  } else {
    const bool limited = account->memory_limit >= 0;
    mapflow_set(document, "memoryLimit", limited ? json_object_new_int64(account->memory_limit) : NULL);
    mapflow_set_int(document, "memoryUsed", account->memory_used);
    mapflow_set(document, "memoryFree",
                limited ? json_object_new_int64(account->memory_limit - account->memory_used) : NULL);
    mapflow_set_int(document, "maxUploadFileSize", wishes->max_file);
    mapflow_set_int(document, "maxPixelCount", wishes->max_pixels);
  }
  mapflow_answer(request, document);
}

static void read_version(struct mapflow_request *request) {
  mapflow_refuse_plainly(request, 200, "2.5.0");
}

static void read_heartbeat(struct mapflow_request *request) {
  mapflow_refuse_plainly(request, 200, "OK");
}

struct mapflow_routes mapflow_account_routes(void) {
  static const struct mapflow_route routes[] = {
      {"GET", "/user/status", read_status, 0},
      {"GET", "/rasters/memory", read_memory, 0},
      {"GET", "/version", read_version, MAPFLOW_OPEN},
      {"GET", "/heartbeat", read_heartbeat, MAPFLOW_OPEN},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
