#include <stdlib.h>
#include <string.h>

#include "net/layer.h"
#include "net/settings.h"
#include "net/url.h"

enum { ERROR_BODY_CEILING = 64 * 1024, LOCATION_CEILING = 8 * 1024 };

void osmflow_http_response_init(struct osmflow_http_response *response) {
  *response = (struct osmflow_http_response){.retry_after_seconds = -1, .content_length = -1};
  osmflow_bytes_init(&response->error_body, ERROR_BODY_CEILING);
  osmflow_bytes_init(&response->location, LOCATION_CEILING);
}

void osmflow_http_response_clear(struct osmflow_http_response *response) {
  osmflow_bytes_clear(&response->error_body);
  osmflow_bytes_clear(&response->location);
  osmflow_http_response_init(response);
}

enum osmflow_status osmflow_http_sink_begin(const struct osmflow_http_sink *sink,
                                            const struct osmflow_http_response *response, struct osmflow_error *error) {
  return sink->begin ? sink->begin(sink->self, response, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_http_sink_write(const struct osmflow_http_sink *sink, const void *data, size_t size,
                                            struct osmflow_error *error) {
  return sink->write ? sink->write(sink->self, data, size, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_http_sink_finish(const struct osmflow_http_sink *sink, struct osmflow_error *error) {
  return sink->finish ? sink->finish(sink->self, error) : OSMFLOW_OK;
}

static enum osmflow_status keep_begin(void *self, const struct osmflow_http_response *response,
                                      struct osmflow_error *error) {
  (void)response;
  (void)error;
  osmflow_bytes_reset(self);
  return OSMFLOW_OK;
}

static enum osmflow_status keep_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  return osmflow_bytes_add(self, data, size, error);
}

struct osmflow_http_sink osmflow_http_bytes_sink(struct osmflow_bytes *bytes) {
  return (struct osmflow_http_sink){bytes, keep_begin, keep_write, NULL};
}

typedef enum osmflow_status (*layer_new)(const struct osmflow_environment *environment,
                                         const struct osmflow_http_options *options, struct osmflow_http *inside,
                                         struct osmflow_http **http, struct osmflow_error *error);

enum osmflow_status osmflow_http_new(const struct osmflow_environment *environment,
                                     const struct osmflow_http_options *options, struct osmflow_http **http,
                                     struct osmflow_error *error) {
  /* From the inside to the outside: each attempt is traced and authorised, each hop of a redirect is authorised anew,
   * and what the cache has needs none of it. */
  static const layer_new layers[] = {osmflow_http_trace_new, osmflow_http_authorization_new, osmflow_http_redirect_new,
                                     osmflow_http_retry_new, osmflow_http_cache_new};
  struct osmflow_http_settings settings;
  struct osmflow_http_options completed = *options;
  struct osmflow_http *client = NULL;
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  *http = NULL;
  enum osmflow_status status = osmflow_http_settings_init(&settings, environment, error);
  if (status == OSMFLOW_OK && (!options->root || !osmflow_url_is_http(options->root))) {
    osmflow_url_show(options->root ? options->root : "", shown);
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the server address \"%s\" is not an http or https address",
                               shown);
  }
  if (completed.max_attempts <= 0 && settings.retries >= 0)
    completed.max_attempts = (int)settings.retries + 1;
  if (status == OSMFLOW_OK)
    status = osmflow_http_transport_new(environment, &completed, &settings, &client, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof layers / sizeof layers[0]; i++) {
    if (layers[i] != osmflow_http_cache_new || completed.cache_directory)
      status = layers[i](environment, &completed, client, &client, error);
  }
  if (status == OSMFLOW_OK)
    *http = client;
  osmflow_http_settings_clear(&settings);
  return status;
}

void osmflow_http_free(struct osmflow_http *http) {
  if (http)
    http->free(http);
}

enum osmflow_status osmflow_http_run(struct osmflow_http *http, const struct osmflow_http_queue *queue,
                                     struct osmflow_error *error) {
  return http->run(http, queue, error);
}

/* A queue of one request. */
struct single {
  const struct osmflow_http_request *request;
  struct osmflow_http_response *response;
  struct osmflow_error *error;
  enum osmflow_status status;
  bool taken;
};

static bool single_next(void *self, struct osmflow_http_request *request) {
  struct single *single = self;
  const bool fresh = !single->taken;
  single->taken = true;
  if (fresh)
    *request = *single->request;
  return fresh;
}

static enum osmflow_status copy_response(struct osmflow_http_response *target,
                                         const struct osmflow_http_response *source, struct osmflow_error *error) {
  struct osmflow_http_response copy = *source;
  osmflow_bytes_init(&copy.error_body, ERROR_BODY_CEILING);
  osmflow_bytes_init(&copy.location, LOCATION_CEILING);
  enum osmflow_status status = osmflow_bytes_add_text(&copy.error_body, osmflow_bytes_view(&source->error_body), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(&copy.location, osmflow_bytes_view(&source->location), error);
  osmflow_http_response_clear(target);
  *target = copy;
  return status;
}

static enum osmflow_status single_done(void *self, const struct osmflow_http_request *request,
                                       const struct osmflow_http_response *response, enum osmflow_status status,
                                       const struct osmflow_error *request_error, struct osmflow_error *error) {
  struct single *single = self;
  (void)request;
  single->status = status;
  if (status != OSMFLOW_OK && single->error)
    *single->error = *request_error;
  return single->response ? copy_response(single->response, response, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_http_perform(struct osmflow_http *http, const struct osmflow_http_request *request,
                                         struct osmflow_http_response *response, struct osmflow_error *error) {
  struct single single = {request, response, error, OSMFLOW_OK, false};
  const struct osmflow_http_queue queue = {&single, single_next, single_done};
  if (response)
    osmflow_http_response_clear(response);
  const enum osmflow_status status = osmflow_http_run(http, &queue, error);
  return status == OSMFLOW_OK ? single.status : status;
}
