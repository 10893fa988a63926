#include <inttypes.h>
#include <stdio.h>

#include "net/layer.h"
#include "net/url.h"

struct trace_item {
  struct osmflow_http_item base;
  int64_t start_ms;
};

static bool start(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                  struct osmflow_http_outcome *outcome) {
  (void)outcome;
  ((struct trace_item *)item)->start_ms = wrapper->environment->monotonic_ms(wrapper->environment->self);
  return true;
}

/* One line for each attempt: "GET https://... 200, 4711 bytes, 120 ms". */
static bool again(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                  struct osmflow_http_outcome *outcome) {
  const struct osmflow_environment *environment = wrapper->environment;
  const int64_t milliseconds = environment->monotonic_ms(environment->self) - ((struct trace_item *)item)->start_ms;
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  char line[OSMFLOW_URL_SHOWN_SIZE + 256];
  osmflow_url_show(item->inner.url, shown);
  snprintf(line, sizeof line, "%s %s%s: %d%s%s, %" PRId64 " bytes, %" PRId64 " ms", item->inner.method, shown,
           item->inner.bearer ? " (with token)" : "", outcome->response.status,
           outcome->status == OSMFLOW_OK ? "" : " ",
           outcome->status == OSMFLOW_OK ? "" : osmflow_status_name(outcome->status), outcome->response.body_bytes,
           milliseconds);
  environment->log(environment->self, OSMFLOW_LOG_DEBUG, line);
  return false;
}

enum osmflow_status osmflow_http_trace_new(const struct osmflow_environment *environment,
                                           const struct osmflow_http_options *options, struct osmflow_http *inside,
                                           struct osmflow_http **http, struct osmflow_error *error) {
  static const struct osmflow_http_wrapper_type type = {
      .item_size = sizeof(struct trace_item), .start = start, .again = again};
  (void)options;
  struct osmflow_http_wrapper *trace = osmflow_http_wrapper_new(sizeof *trace, &type, environment, inside, error);
  *http = trace ? &trace->face : NULL;
  return trace ? OSMFLOW_OK : OSMFLOW_NO_MEMORY;
}
