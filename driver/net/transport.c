#include <pthread.h>
#include <stdlib.h>

#include "net/layer.h"
#include "net/transfer.h"

enum { DEFAULT_PARALLEL = 2, MOST_PARALLEL = 64, POLL_MS = 100 };

struct transport {
  struct osmflow_http face;
  const struct osmflow_environment *environment;
  struct osmflow_transfer_rules rules;
  CURLM *multi;
  struct osmflow_transfer *transfers;
  size_t count; /* of transfers: the most requests in flight */
  size_t active;
};

static CURLcode global_result;

static void start_curl(void) {
  global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum osmflow_status report(const struct osmflow_http_queue *queue, struct osmflow_transfer *transfer,
                                  enum osmflow_status status, struct osmflow_error *error) {
  const enum osmflow_status verdict =
      queue->done(queue->self, &transfer->request, &transfer->response, status, &transfer->error, error);
  osmflow_transfer_release(transfer);
  return verdict;
}

static enum osmflow_status start(struct transport *transport, const struct osmflow_http_queue *queue,
                                 struct osmflow_transfer *transfer, const struct osmflow_http_request *request,
                                 struct osmflow_error *error) {
  enum osmflow_status status = osmflow_transfer_prepare(transfer, request, &transport->rules, &transfer->error);
  if (status == OSMFLOW_OK && curl_multi_add_handle(transport->multi, transfer->easy) != CURLM_OK)
    status = osmflow_error_set(&transfer->error, OSMFLOW_NO_MEMORY, "no memory for an HTTP transfer");
  if (status != OSMFLOW_OK)
    return report(queue, transfer, status, error);
  transfer->active = true;
  transport->active++;
  return OSMFLOW_OK;
}

static void stop(struct transport *transport, struct osmflow_transfer *transfer) {
  if (transfer->active) {
    curl_multi_remove_handle(transport->multi, transfer->easy);
    transfer->active = false;
    transport->active--;
  }
}

/* Fills the free places from the queue. */
static enum osmflow_status fill(struct transport *transport, const struct osmflow_http_queue *queue,
                                struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_http_request request = {.method = NULL};
  size_t place = 0;
  while (status == OSMFLOW_OK && place < transport->count) {
    if (transport->transfers[place].active)
      place++;
    else if (queue->next(queue->self, &request))
      status = start(transport, queue, &transport->transfers[place], &request, error);
    else
      place = transport->count;
  }
  return status;
}

/* Reports what has ended. */
static enum osmflow_status collect(struct transport *transport, const struct osmflow_http_queue *queue,
                                   struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  CURLMsg *message = NULL;
  int left = 0;
  while (status == OSMFLOW_OK && (message = curl_multi_info_read(transport->multi, &left)) != NULL) {
    struct osmflow_transfer *transfer = NULL;
    const CURLcode code = message->data.result; /* the message dies with the handle's removal */
    if (message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
    const enum osmflow_status ended = osmflow_transfer_conclude(transfer, code);
    stop(transport, transfer);
    status = report(queue, transfer, ended, error);
  }
  return status;
}

static enum osmflow_status run(struct osmflow_http *self, const struct osmflow_http_queue *queue,
                               struct osmflow_error *error) {
  struct transport *transport = (struct transport *)self;
  const struct osmflow_environment *environment = transport->environment;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK) {
    int running = 0;
    if (environment->cancelled(environment->self))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while waiting for the server");
    if (status == OSMFLOW_OK)
      status = fill(transport, queue, error);
    if (status != OSMFLOW_OK || transport->active == 0)
      break;
    const size_t before = transport->active;
    if (curl_multi_perform(transport->multi, &running) != CURLM_OK)
      status = osmflow_error_set(error, OSMFLOW_NETWORK, "the network transfers cannot go on");
    if (status == OSMFLOW_OK)
      status = collect(transport, queue, error);
    if (status == OSMFLOW_OK && transport->active == before)
      curl_multi_poll(transport->multi, NULL, 0, POLL_MS, NULL);
  }
  for (size_t i = 0; i < transport->count; i++) {
    stop(transport, &transport->transfers[i]);
    osmflow_transfer_release(&transport->transfers[i]);
  }
  return status;
}

static void transport_free(struct osmflow_http *self) {
  struct transport *transport = (struct transport *)self;
  for (size_t i = 0; i < transport->count; i++)
    osmflow_transfer_clear(&transport->transfers[i]);
  free(transport->transfers);
  curl_multi_cleanup(transport->multi);
  osmflow_http_settings_clear(&transport->rules.settings);
  free(transport);
}

static enum osmflow_status make_transfers(struct transport *transport, size_t count, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  transport->multi = curl_multi_init();
  transport->transfers = calloc(count, sizeof *transport->transfers);
  if (!transport->multi || !transport->transfers)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an HTTP client");
  while (status == OSMFLOW_OK && transport->count < count) {
    status = osmflow_transfer_init(&transport->transfers[transport->count], transport->environment, error);
    transport->count++;
  }
  return status;
}

enum osmflow_status osmflow_http_transport_new(const struct osmflow_environment *environment,
                                               const struct osmflow_http_options *options,
                                               struct osmflow_http_settings *settings, struct osmflow_http **http,
                                               struct osmflow_error *error) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start_curl);
  struct transport *transport = calloc(1, sizeof *transport);
  if (!transport)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an HTTP client");
  transport->face = (struct osmflow_http){run, transport_free};
  transport->environment = environment;
  transport->rules = (struct osmflow_transfer_rules){.settings = *settings,
                                                     .accept_compressed = options->accept_compressed,
                                                     .token_is_basic = options->token_is_basic};
  *settings = (struct osmflow_http_settings){.proxy = NULL};
  const int wanted = options->parallel > 0 ? options->parallel : DEFAULT_PARALLEL;
  enum osmflow_status status =
      global_result == CURLE_OK
          ? make_transfers(transport, (size_t)(wanted < MOST_PARALLEL ? wanted : MOST_PARALLEL), error)
          : osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "libcurl cannot be started: %s",
                              curl_easy_strerror(global_result));
  if (status == OSMFLOW_OK)
    *http = &transport->face;
  else
    transport_free(&transport->face);
  return status;
}
