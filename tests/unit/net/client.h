/* What the tests of the HTTP client share: a client on a server, and one GET. */
#ifndef OSMFLOW_UNIT_NET_CLIENT_H
#define OSMFLOW_UNIT_NET_CLIENT_H

#include "fake.h"
#include "net/http.h"
#include "unit.h"

#define SECRET "s3cr3t-token-0123456789"

static inline struct osmflow_http *client_new(struct fake *fake, const struct osmflow_http_options *options) {
  struct osmflow_http *http = NULL;
  struct osmflow_error error = {.message = ""};
  if (osmflow_http_new(&fake->environment, options, &http, &error) != OSMFLOW_OK)
    fprintf(stderr, "\nno client: %s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(http);
  return http;
}

/* What one request came to. */
struct got {
  enum osmflow_status status;
  struct osmflow_http_response response;
  struct osmflow_bytes body;
  struct osmflow_error error;
};

static inline void got_clear(struct got *got) {
  osmflow_http_response_clear(&got->response);
  osmflow_bytes_clear(&got->body);
}

/* The request's own sink is used when it has one; else the body is kept in *got. */
static inline void ask(struct osmflow_http *http, struct osmflow_http_request request, struct got *got) {
  *got = (struct got){.status = OSMFLOW_OK};
  osmflow_http_response_init(&got->response);
  osmflow_bytes_init(&got->body, 1 << 24);
  if (!request.sink.write)
    request.sink = osmflow_http_bytes_sink(&got->body);
  got->status = osmflow_http_perform(http, &request, &got->response, &got->error);
}

static inline struct osmflow_http_request get_request(const char *url) {
  return (struct osmflow_http_request){.method = "GET", .url = url, .repeatable = true};
}

#endif
