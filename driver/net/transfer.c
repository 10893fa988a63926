#include "net/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/layer.h"
#include "net/url.h"

enum {
  ERROR_BODY_CEILING = 64 * 1024,
  LINE_CEILING = 16 * 1024,
  BUFFER_SIZE = 128 * 1024,
  STALL_SECONDS = 60,
  PATIENT_STALL_SECONDS = 300,
  DIGESTED_PER_SECOND = 10000000 /* bytes of a streamed body that a server works through before it answers */
};

static const char user_agent[] =
    "osmflow/" OSMFLOW_VERSION " (GDAL driver; +https://wiki.openstreetmap.org/wiki/API_v0.6)";

static size_t receive_header(char *data, size_t size, size_t count, void *self) {
  struct osmflow_transfer *transfer = self;
  const struct osmflow_text line = {data, size * count};
  osmflow_http_head_line(&transfer->head, &transfer->response, line,
                         transfer->environment->unix_seconds(transfer->environment->self));
  return size * count;
}

/* The first 64 KiB; a server that goes on is not listened to any longer. */
static size_t keep_error_body(struct osmflow_http_response *response, const char *data, size_t size) {
  const size_t room = ERROR_BODY_CEILING - response->error_body.size;
  const size_t taken = size < room ? size : room;
  const bool kept = osmflow_bytes_add(&response->error_body, data, taken, NULL) == OSMFLOW_OK;
  return kept && taken == size ? size : 0;
}

static void begin_sink(struct osmflow_transfer *transfer) {
  if (!transfer->sink_begun)
    transfer->caller_status = osmflow_http_sink_begin(&transfer->request.sink, &transfer->response, &transfer->error);
  transfer->sink_begun = true;
}

static size_t receive_body(char *data, size_t item_size, size_t count, void *self) {
  struct osmflow_transfer *transfer = self;
  const size_t size = item_size * count;
  if (transfer->response.status < 200)
    return 0;
  if (transfer->response.status >= 300)
    return keep_error_body(&transfer->response, data, size);
  begin_sink(transfer);
  if (transfer->caller_status == OSMFLOW_OK)
    transfer->caller_status = osmflow_http_sink_write(&transfer->request.sink, data, size, &transfer->error);
  transfer->response.body_bytes += (int64_t)size;
  return transfer->caller_status == OSMFLOW_OK ? size : 0;
}

enum osmflow_status osmflow_transfer_init(struct osmflow_transfer *transfer,
                                          const struct osmflow_environment *environment, struct osmflow_error *error) {
  *transfer = (struct osmflow_transfer){.environment = environment, .listening = -1};
  osmflow_http_response_init(&transfer->response);
  transfer->easy = curl_easy_init();
  return transfer->easy ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an HTTP transfer");
}

void osmflow_transfer_release(struct osmflow_transfer *transfer) {
  for (struct curl_slist *header = transfer->headers; header; header = header->next) {
    volatile char *byte = header->data;
    while (*byte)
      *byte++ = '\0';
  }
  curl_slist_free_all(transfer->headers);
  transfer->headers = NULL;
  osmflow_transfer_release_body(transfer);
  osmflow_http_response_clear(&transfer->response);
  transfer->active = false;
}

void osmflow_transfer_clear(struct osmflow_transfer *transfer) {
  osmflow_transfer_release(transfer);
  curl_easy_cleanup(transfer->easy);
  transfer->easy = NULL;
}

/* "name: value"; without a value the header that libcurl would send by itself is left out. */
static enum osmflow_status add_header(struct osmflow_transfer *transfer, const char *name, const char *prefix,
                                      const char *value, struct osmflow_error *error) {
  struct osmflow_bytes line;
  osmflow_bytes_init(&line, LINE_CEILING);
  enum osmflow_status status = value ? osmflow_bytes_print(&line, error, "%s: %s%s", name, prefix, value)
                                     : osmflow_bytes_print(&line, error, "%s:", name);
  struct curl_slist *longer =
      status == OSMFLOW_OK ? curl_slist_append(transfer->headers, osmflow_bytes_string(&line)) : NULL;
  if (longer)
    transfer->headers = longer;
  else if (status == OSMFLOW_OK)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a header line");
  if (line.data)
    memset(line.data, 0, line.size);
  osmflow_bytes_clear(&line);
  return status;
}

static enum osmflow_status add_headers(struct osmflow_transfer *transfer, bool token_is_basic,
                                       struct osmflow_error *error) {
  const struct osmflow_http_request *request = &transfer->request;
  enum osmflow_status status = add_header(transfer, "Expect", "", NULL, error);
  if (status == OSMFLOW_OK)
    status = add_header(transfer, "Accept", "", request->accept ? request->accept : "*/*", error);
  if (status == OSMFLOW_OK)
    status = add_header(transfer, "Content-Type", "", request->content_type, error);
  if (status == OSMFLOW_OK)
    status = add_header(transfer, "Content-Encoding", "", request->content_encoding, error);
  if (status == OSMFLOW_OK && request->range_start > 0) {
    char range[64];
    snprintf(range, sizeof range, "%" PRId64 "-", request->range_start);
    status = add_header(transfer, "Range", "bytes=", range, error);
  }
  if (status == OSMFLOW_OK && request->bearer)
    status = add_header(transfer, "Authorization", token_is_basic ? "Basic " : "Bearer ", request->bearer, error);
  return status;
}

/* A reused connection that breaks makes libcurl send the request again by itself, so what must not be sent twice gets a
 * connection of its own; and so does a deletion, because "not found" is good news only to who knows of an earlier
 * attempt. */
static void set_method(struct osmflow_transfer *transfer) {
  CURL *easy = transfer->easy;
  const struct osmflow_http_request *request = &transfer->request;
  const bool with_body = request->body.size > 0 || strcmp(request->method, "PUT") == 0 ||
                         strcmp(request->method, "POST") == 0 || strcmp(request->method, "PATCH") == 0;
  if (request->streamed_body) {
    osmflow_transfer_set_body(transfer);
  } else if (with_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.size > 0 ? request->body.data : "");
  } else if (strcmp(request->method, "HEAD") == 0) {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
  const bool is_deletion = strcmp(request->method, "DELETE") == 0;
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT,
                   request->repeatable && !request->streamed_body && !is_deletion ? 0L : 1L);
}

static void limit_protocols(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
}

/* How long nothing may move, in seconds. */
static long patience_of(const struct osmflow_http_request *request) {
  const long patience = request->repeatable ? STALL_SECONDS : PATIENT_STALL_SECONDS;
  return patience + (request->streamed_body ? (long)(request->streamed_body->size / DIGESTED_PER_SECOND) : 0);
}

/* A loopback address never goes through a proxy: it would be another machine's loopback, and see the token. */
static void set_connection(CURL *easy, const struct osmflow_http_settings *settings,
                           const struct osmflow_http_request *request) {
  const char *proxy =
      settings->https_proxy && osmflow_url_is_encrypted(request->url) ? settings->https_proxy : settings->proxy;
  if (osmflow_http_is_loopback(request->url))
    proxy = "";
  if (proxy)
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
  if (settings->proxy_login)
    curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, settings->proxy_login);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  if (settings->ca_file)
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
  if (settings->unsafe_ssl) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, settings->connect_ms);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, settings->total_ms);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                   settings->stall_seconds ? settings->stall_seconds : patience_of(request));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, settings->stall_bytes);
}

enum osmflow_status osmflow_transfer_prepare(struct osmflow_transfer *transfer,
                                             const struct osmflow_http_request *request,
                                             const struct osmflow_transfer_rules *rules, struct osmflow_error *error) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  CURL *easy = transfer->easy;
  curl_easy_reset(easy);
  osmflow_http_response_init(&transfer->response);
  transfer->response.attempts = 1;
  transfer->request = *request;
  transfer->head = (struct osmflow_http_head){.complete = false};
  transfer->sink_begun = false;
  transfer->caller_status = OSMFLOW_OK;
  transfer->error = (struct osmflow_error){.status = OSMFLOW_OK};
  transfer->reason[0] = '\0';
  osmflow_url_show(request->url, shown);
  if (!osmflow_url_is_http(request->url))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%s\" is not an http or https address", shown);
  enum osmflow_status status = add_headers(transfer, rules->token_is_basic, error);
  if (status == OSMFLOW_OK)
    status = osmflow_transfer_rewind_body(transfer, error);
  if (status == OSMFLOW_OK && curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%s\" is not an address that can be used", shown);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  if (rules->accept_compressed)
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "deflate, gzip"); /* servers split the list at comma and blank */
  limit_protocols(easy);
  set_method(transfer);
  set_connection(easy, &rules->settings, request);
  return status;
}

/* A failure to connect proves that nothing was done; anything later does not. */
static void read_facts(struct osmflow_transfer *transfer) {
  struct osmflow_http_response *response = &transfer->response;
  const char *token = transfer->request.bearer;
  char *location = NULL;
  long sent = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
  response->request_sent = sent > 0 || response->status != 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
  /* A server must not get the token carried away by writing it into the address. */
  const bool leaks = location && token && *token && strstr(location, token);
  if (location && !leaks && osmflow_bytes_add_string(&response->location, location, NULL) != OSMFLOW_OK)
    osmflow_bytes_reset(&response->location);
  osmflow_http_answer_mask(response, &transfer->head, token);
}

static enum osmflow_status network_error(struct osmflow_transfer *transfer, CURLcode code) {
  static const struct {
    CURLcode code;
    enum osmflow_status status;
    const char *advice;
  } special[] = {
      {CURLE_PEER_FAILED_VERIFICATION, OSMFLOW_UNSUPPORTED,
       " (if this server is to be trusted, CURL_CA_BUNDLE can name a file with its authority's certificate)"},
      {CURLE_SSL_CACERT_BADFILE, OSMFLOW_BAD_ARGUMENT, " (see CURL_CA_BUNDLE and SSL_CERT_FILE)"},
      {CURLE_URL_MALFORMAT, OSMFLOW_BAD_ARGUMENT, ""},
      {CURLE_UNSUPPORTED_PROTOCOL, OSMFLOW_BAD_ARGUMENT, ""},
      {CURLE_OUT_OF_MEMORY, OSMFLOW_NO_MEMORY, ""}};
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  enum osmflow_status status = OSMFLOW_NETWORK;
  const char *advice = "";
  for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
    if (special[i].code == code) {
      status = special[i].status;
      advice = special[i].advice;
    }
  osmflow_url_show(transfer->request.url, shown);
  const char *what = transfer->response.status ? "the answer is not whole" : "there is no answer";
  const char *why = *transfer->reason  ? transfer->reason
                    : code != CURLE_OK ? curl_easy_strerror(code)
                                       : "the connection was closed within the header";
  return osmflow_error_set(&transfer->error, status, "%s %s: %s: %s%s", transfer->request.method, shown, what, why,
                           advice);
}

enum osmflow_status osmflow_transfer_conclude(struct osmflow_transfer *transfer, CURLcode code) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  if (code == CURLE_SEND_ERROR && transfer->response.status == 0)
    osmflow_transfer_listen(transfer);
  read_facts(transfer);
  if (transfer->caller_status == OSMFLOW_OK && transfer->head.complete && transfer->response.status >= 300)
    return osmflow_http_answer_error(&transfer->request, &transfer->response, transfer->head.reason, &transfer->error);
  if (transfer->caller_status == OSMFLOW_OK && (code != CURLE_OK || !transfer->head.complete))
    return network_error(transfer, code);
  if (transfer->caller_status == OSMFLOW_OK && strcmp(transfer->request.method, "HEAD") != 0) {
    begin_sink(transfer);
    if (transfer->caller_status == OSMFLOW_OK)
      transfer->caller_status = osmflow_http_sink_finish(&transfer->request.sink, &transfer->error);
  }
  if (transfer->caller_status != OSMFLOW_OK) {
    osmflow_url_show(transfer->request.url, shown);
    osmflow_error_prefix(&transfer->error, "%s %s: ", transfer->request.method, shown);
  }
  return transfer->caller_status;
}
