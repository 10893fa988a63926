/* HTTP: requests in, answers streamed out. The only user of libcurl.
 *
 * A client is made of layers with one face (struct osmflow_http): transport (libcurl), then trace, authorisation, retry
 * and cache around it, put together by osmflow_http_new(). Callers only ever see the face.
 *
 * Bodies are streamed: the answer's bytes go to the request's sink while they arrive and are kept nowhere else. A sink
 * learns about every attempt: begin -> write* -> finish. A failed attempt that is tried again starts with begin anew.
 *
 * Tokens: sent as "Authorization: Bearer" (or Basic), over https or to loopback only, to the host of the client's root
 * only, never carried along by a redirect, never logged, never part of an error.
 *
 * Threads: a client belongs to one thread at a time. Several clients may live side by side.
 * Source of the rules: RFC 9110; the service's behaviour as measured (compression lists need a blank after the comma;
 * error statuses carry their words in the body; a truncated gzip body can look complete, so only `finish` knows). */
#ifndef OSMFLOW_NET_HTTP_H
#define OSMFLOW_NET_HTTP_H

#include <osmflow/environment.h>
#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

struct osmflow_http_response {
  int status;                  /* the final answer's status; 0 when none came */
  char content_type[128];      /* "" when absent */
  char error_header[256];      /* the "Error:" header of OSM servers; "" when absent */
  int64_t retry_after_seconds; /* -1 when absent; a date was turned into seconds from now */
  int64_t content_length;      /* as the header tells it; -1 when absent or the body is packed */
  int64_t body_bytes;          /* bytes handed to the sink in the last attempt, after decompression */
  int attempts;
  bool from_cache;
  bool request_sent;               /* false: nothing of the request reached a server, so nothing can have been done */
  struct osmflow_bytes location;   /* where a redirect (3xx) points, absolute; empty otherwise */
  struct osmflow_bytes error_body; /* the first 64 KiB of a body that did not go to the sink (status >= 300) */
};

void osmflow_http_response_init(struct osmflow_http_response *response);
void osmflow_http_response_clear(struct osmflow_http_response *response);

/* Where a 2xx body goes. Returning anything but OSMFLOW_OK stops the transfer with that error. */
struct osmflow_http_sink {
  void *self;
  /* A (new) answer starts: forget what came before. `response` holds status and headers. May be NULL. */
  enum osmflow_status (*begin)(void *self, const struct osmflow_http_response *response, struct osmflow_error *error);
  enum osmflow_status (*write)(void *self, const void *data, size_t size, struct osmflow_error *error);
  /* The transfer ended without a network error: OSMFLOW_OK when the document is whole. OSMFLOW_BAD_DATA makes the
   * retry layer ask again (an answer cut off behind our back). May be NULL. */
  enum osmflow_status (*finish)(void *self, struct osmflow_error *error);
};

/* A body that is read while it is sent, for what is too large for memory. Owner: the caller, until the answer is there.
 * Called from the thread that runs the client. */
struct osmflow_http_body {
  void *self;
  int64_t size; /* bytes, known beforehand: sent as Content-Length */
  /* From the first byte on, before each attempt. */
  enum osmflow_status (*rewind)(void *self, struct osmflow_error *error);
  /* Up to `size` bytes into `data`. *taken 0: the body has ended, which before `size` bytes is an error (OSMFLOW_IO).
   * Returning anything but OSMFLOW_OK ends the request with that status and those words. */
  enum osmflow_status (*read)(void *self, void *data, size_t size, size_t *taken, struct osmflow_error *error);
};

enum osmflow_http_authorization {
  OSMFLOW_HTTP_ANONYMOUS, /* never send the token */
  OSMFLOW_HTTP_IF_ANY,    /* send it when there is one; on 401 ask once more without it */
  OSMFLOW_HTTP_REQUIRED   /* without one: OSMFLOW_UNAUTHORIZED, and nothing is sent */
};

struct osmflow_http_request {
  const char *method;           /* "GET"; NUL-terminated, as are all strings here; borrowed until the answer is there */
  const char *url;              /* absolute */
  const char *accept;           /* NULL: any type */
  const char *content_type;     /* NULL: none */
  const char *content_encoding; /* "gzip" when the body is packed; NULL: as it is */
  struct osmflow_text body;     /* sent with Content-Length; size 0 with a PUT/POST sends "Content-Length: 0" */
  const struct osmflow_http_body *streamed_body; /* instead of `body`; NULL: none */
  int64_t range_start; /* ask for the bytes from there on; 206: they come, 200: all come. 0: not asked */
  enum osmflow_http_authorization authorization;
  /* True: may be sent again after a doubt (GET, HEAD). False: sent once; only answers that prove that nothing was done
   * (429, 503 with Retry-After, a refused connection) are waited for and repeated. */
  bool repeatable;
  bool cacheable;
  struct osmflow_http_sink sink;
  void *tag;          /* the caller's own */
  const char *bearer; /* the authorisation layer's own: callers leave it NULL */
};

/* A list of requests that may grow while it is worked on. */
struct osmflow_http_queue {
  void *self;
  /* The next request, called whenever a place is free. False: none for now (asked again at least after each `done`).
   * The strings must stay valid until its `done`. */
  bool (*next)(void *self, struct osmflow_http_request *request);
  /* One request has ended, well (OSMFLOW_OK) or not; what status and error are is told at osmflow_http_perform.
   * Returning anything but OSMFLOW_OK ends the whole run with it and cancels what is still in flight, without a `done`
   * for it. Never called from two threads at once. */
  enum osmflow_status (*done)(void *self, const struct osmflow_http_request *request,
                              const struct osmflow_http_response *response, enum osmflow_status status,
                              const struct osmflow_error *request_error, struct osmflow_error *error);
};

struct osmflow_http_options {
  const char *root;          /* "https://api.openstreetmap.org": where the token may go; also the cache's name space */
  const char *token;         /* NULL or "": none. Copied, wiped when the client is freed */
  bool token_is_basic;       /* sent as "Authorization: Basic TOKEN", as it is; else as Bearer */
  const char *token_option;  /* its option's name for error texts ("OSMAPI_TOKEN") */
  const char *login_command; /* for error texts ("osmflow login osm") */
  int parallel;              /* requests in flight at most; 0 = 2 */
  int64_t max_wait_ms; /* ceiling of all waiting between attempts of one run; < 0 = default (300 s), 0 = never wait */
  const char *max_wait_option; /* its option's name for error texts ("OSMAPI_MAX_WAIT"); NULL: not named */
  int max_attempts;            /* per request; 0 = what GDAL_HTTP_MAX_RETRY says, else 5 */
  const char *cache_directory; /* NULL: no disk cache */
  int64_t cache_ttl_seconds;   /* <= 0: kept for ever */
  bool cache_is_outdated;      /* what was kept is not used but replaced */
  bool accept_compressed;      /* ask for gzip; off is right for loopback, where it only costs processor time */
};

/* What the environment's options GDAL_HTTP_PROXY, GDAL_HTTPS_PROXY, GDAL_HTTP_PROXYUSERPWD, GDAL_HTTP_TIMEOUT,
 * GDAL_HTTP_CONNECTTIMEOUT, GDAL_HTTP_LOW_SPEED_TIME, GDAL_HTTP_LOW_SPEED_LIMIT, GDAL_HTTP_UNSAFESSL,
 * GDAL_HTTP_MAX_RETRY (attempts - 1), CURL_CA_BUNDLE and SSL_CERT_FILE say is obeyed as GDAL does. Without them:
 * connecting takes 30 s at most, and an answer that stands still for 60 s is given up (300 s where the request is not
 * repeatable: a doubt costs more; for a streamed body 1 s more for each 10 MB, as servers work through what they got
 * before they answer); there is no limit on a transfer that makes progress. */
struct osmflow_http;
enum osmflow_status osmflow_http_new(const struct osmflow_environment *environment,
                                     const struct osmflow_http_options *options, struct osmflow_http **http,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_http_free(struct osmflow_http *http); /* NULL is fine */

/* Works on the queue until it is empty and nothing is in flight. `done` decides what an error of a single request
 * means. Returns OSMFLOW_CANCELLED when the environment says so (looked at at least every 200 ms). */
enum osmflow_status osmflow_http_run(struct osmflow_http *http, const struct osmflow_http_queue *queue,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One request. An answer >= 300 is OSMFLOW_HTTP (OSMFLOW_UNAUTHORIZED for 401 and 403, OSMFLOW_NOT_FOUND for 404 and
 * 410), error->http_status is set and the message holds method, URL and the server's own words (body, or Error header,
 * or the reason; HTML is not shown). */
enum osmflow_status osmflow_http_perform(struct osmflow_http *http, const struct osmflow_http_request *request,
                                         struct osmflow_http_response *response,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A sink that keeps the body in memory. */
struct osmflow_http_sink osmflow_http_bytes_sink(struct osmflow_bytes *bytes);

/* Whether the host of a URL is this machine: localhost, 127.0.0.0/8 or [::1]. */
bool osmflow_http_is_loopback(const char *url);

#endif
