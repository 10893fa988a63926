/* The inside of an HTTP client: the face that every layer shows, and the mechanics that the layers around the transport
 * share.
 *
 * A layer is asked to run a queue. A wrapper hands a queue of its own to the layer inside: requests pass inwards
 * through its `start`, answers pass outwards through its `again`, which may send a request inwards once more. */
#ifndef OSMFLOW_NET_LAYER_H
#define OSMFLOW_NET_LAYER_H

#include "net/http.h"

struct osmflow_http {
  enum osmflow_status (*run)(struct osmflow_http *self, const struct osmflow_http_queue *queue,
                             struct osmflow_error *error);
  void (*free)(struct osmflow_http *self);
};

/* How a request ended. The memory inside `response` is borrowed from the layer that made it. */
struct osmflow_http_outcome {
  enum osmflow_status status;
  struct osmflow_http_response response;
  struct osmflow_error error;
};

/* A request on its way through a wrapper. */
struct osmflow_http_item {
  struct osmflow_http_request outer; /* as it came */
  struct osmflow_http_request inner; /* as it is passed on */
  bool waiting;                      /* for its next attempt */
  struct osmflow_http_item *next;
};

struct osmflow_http_wrapper;

/* What makes a wrapper a retry layer, a cache and so on. All functions but `again` may be NULL. */
struct osmflow_http_wrapper_type {
  size_t item_size; /* of a struct that begins with a struct osmflow_http_item; its other members start as zeros */
  /* A request comes in and may change item->inner. False: `outcome` is the end of it, nothing is passed inwards. */
  bool (*start)(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                struct osmflow_http_outcome *outcome);
  /* An answer comes out and may be changed. True: pass item->inner inwards again instead. */
  bool (*again)(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                struct osmflow_http_outcome *outcome);
  void (*end)(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item); /* frees what the item owns */
  int64_t (*resume_ms)(struct osmflow_http_wrapper *wrapper); /* before that moment nothing is passed inwards */
  void (*begin_run)(struct osmflow_http_wrapper *wrapper);
  void (*clear)(struct osmflow_http_wrapper *wrapper); /* frees what the wrapper owns */
};

struct osmflow_http_wrapper {
  struct osmflow_http face; /* first: a wrapper is a client */
  const struct osmflow_http_wrapper_type *type;
  const struct osmflow_environment *environment;
  struct osmflow_http *inside; /* owned */
  /* of the present run */
  const struct osmflow_http_queue *queue;
  struct osmflow_http_item *items;
  struct osmflow_http_outcome ended; /* an error of the caller's that came up while a request was being fetched */
};

/* `size` bytes of zeros that begin with a ready wrapper around `inside`; NULL without memory. */
void *osmflow_http_wrapper_new(size_t size, const struct osmflow_http_wrapper_type *type,
                               const struct osmflow_environment *environment, struct osmflow_http *inside,
                               struct osmflow_error *error);

/* The layers, from the inside to the outside. Each takes `inside` over, also when it fails. */
struct osmflow_http_settings;
enum osmflow_status osmflow_http_transport_new(const struct osmflow_environment *environment,
                                               const struct osmflow_http_options *options,
                                               struct osmflow_http_settings *settings, struct osmflow_http **http,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_trace_new(const struct osmflow_environment *environment,
                                           const struct osmflow_http_options *options, struct osmflow_http *inside,
                                           struct osmflow_http **http, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_authorization_new(const struct osmflow_environment *environment,
                                                   const struct osmflow_http_options *options,
                                                   struct osmflow_http *inside, struct osmflow_http **http,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_redirect_new(const struct osmflow_environment *environment,
                                              const struct osmflow_http_options *options, struct osmflow_http *inside,
                                              struct osmflow_http **http,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_retry_new(const struct osmflow_environment *environment,
                                           const struct osmflow_http_options *options, struct osmflow_http *inside,
                                           struct osmflow_http **http, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_cache_new(const struct osmflow_environment *environment,
                                           const struct osmflow_http_options *options, struct osmflow_http *inside,
                                           struct osmflow_http **http, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The functions of a sink, any of which may be missing. */
enum osmflow_status osmflow_http_sink_begin(const struct osmflow_http_sink *sink,
                                            const struct osmflow_http_response *response,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_sink_write(const struct osmflow_http_sink *sink, const void *data, size_t size,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_http_sink_finish(const struct osmflow_http_sink *sink,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
