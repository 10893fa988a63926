/* One request on the wire: a libcurl handle, what it is to send and what has come so far. Reused for one request after
 * the other. */
#ifndef OSMFLOW_NET_TRANSFER_H
#define OSMFLOW_NET_TRANSFER_H

#include <curl/curl.h>

#include "net/answer.h"
#include "net/http.h"
#include "net/settings.h"

struct osmflow_transfer {
  CURL *easy;
  struct curl_slist *headers;
  bool active;
  const struct osmflow_environment *environment;
  struct osmflow_http_request request;
  struct osmflow_http_head head;
  struct osmflow_http_response response;
  int64_t body_taken; /* bytes of a streamed body that libcurl has */
  int listening;      /* a second handle of the socket while a body is sent in plain http; -1: none */
  bool sink_begun;
  enum osmflow_status caller_status; /* why the caller's sink or body stopped the transfer, its words in `error` */
  struct osmflow_error error;
  char reason[CURL_ERROR_SIZE]; /* libcurl's words */
};

enum osmflow_status osmflow_transfer_init(struct osmflow_transfer *transfer,
                                          const struct osmflow_environment *environment,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_transfer_clear(struct osmflow_transfer *transfer);

/* What is the same for all transfers of a client. */
struct osmflow_transfer_rules {
  struct osmflow_http_settings settings;
  bool accept_compressed;
  bool token_is_basic;
};

/* Makes the handle ready for a request. */
enum osmflow_status osmflow_transfer_prepare(struct osmflow_transfer *transfer,
                                             const struct osmflow_http_request *request,
                                             const struct osmflow_transfer_rules *rules,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* What came of it: status, with transfer->response and transfer->error filled in. */
enum osmflow_status osmflow_transfer_conclude(struct osmflow_transfer *transfer, CURLcode code);
/* Before the first byte of a streamed body; nothing to do when there is none. */
enum osmflow_status osmflow_transfer_rewind_body(struct osmflow_transfer *transfer,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_transfer_set_body(struct osmflow_transfer *transfer);
/* Sending failed: the answer that a server gave before it closed the connection is read after all, if there is one. */
void osmflow_transfer_listen(struct osmflow_transfer *transfer);
void osmflow_transfer_release_body(struct osmflow_transfer *transfer);
/* Forgets the request; the token in the header lines is overwritten. */
void osmflow_transfer_release(struct osmflow_transfer *transfer);

#endif
