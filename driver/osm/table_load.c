#include "osm/table_load.h"

#include "osm/table_calls.h"

enum { LONGEST_URL = 1 << 20 };

static enum osmflow_status get(void *self, const struct osmflow_call *call, const char *accept,
                               const struct osmflow_http_sink *sink, struct osmflow_error *error) {
  struct osmflow_bytes url;
  struct osmflow_http_response response;
  const bool is_private = call->call_class->authorization == OSMFLOW_HTTP_REQUIRED ||
                          osmflow_table_call(call->call_class)->lists_permissions; /* never into a cache */
  osmflow_bytes_init(&url, LONGEST_URL);
  osmflow_http_response_init(&response);
  enum osmflow_status status = osmflow_call_url(call, &url, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .accept = accept,
                                                 .authorization = call->call_class->authorization,
                                                 .repeatable = true,
                                                 .cacheable = !is_private,
                                                 .sink = *sink};
    status = osmflow_http_perform(self, &request, &response, error);
  }
  osmflow_http_response_clear(&response);
  osmflow_bytes_clear(&url);
  return status;
}

static enum osmflow_status limits(void *self, const char *root, struct osmflow_capabilities *capabilities,
                                  struct osmflow_error *error) {
  return osmflow_capabilities_get(self, root, capabilities, error);
}

enum osmflow_status osmflow_table_load(struct osmflow_http *http, const struct osmflow_call *call,
                                       struct osmflow_table *table, const struct osmflow_fetch_progress *progress,
                                       struct osmflow_error *error) {
  const struct osmflow_table_server server = {http, get, limits};
  return osmflow_table_load_from(&server, call, table, progress, error);
}
