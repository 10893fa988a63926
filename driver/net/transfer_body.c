#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/transfer.h"
#include "net/url.h"

enum { UPLOAD_BUFFER = 512 * 1024, EARLY_ANSWER = 64 * 1024 };

enum osmflow_status osmflow_transfer_rewind_body(struct osmflow_transfer *transfer, struct osmflow_error *error) {
  const struct osmflow_http_body *body = transfer->request.streamed_body;
  transfer->body_taken = 0;
  return body ? body->rewind(body->self, error) : OSMFLOW_OK;
}

static size_t send_body(char *data, size_t item_size, size_t count, void *self) {
  struct osmflow_transfer *transfer = self;
  const struct osmflow_http_body *body = transfer->request.streamed_body;
  const int64_t left = body->size - transfer->body_taken;
  const size_t room = item_size * count;
  size_t taken = 0;
  if (left <= 0)
    return 0;
  const size_t wanted = (int64_t)room < left ? room : (size_t)left;
  transfer->caller_status = body->read(body->self, data, wanted, &taken, &transfer->error);
  if (transfer->caller_status == OSMFLOW_OK && (taken == 0 || taken > wanted))
    transfer->caller_status = osmflow_error_set(&transfer->error, OSMFLOW_IO,
                                                "what is to be sent ended after %" PRId64 " of %" PRId64 " bytes",
                                                transfer->body_taken, body->size);
  if (transfer->caller_status != OSMFLOW_OK)
    return CURL_READFUNC_ABORT;
  transfer->body_taken += (int64_t)taken;
  return taken;
}

/* libcurl asks for the start only, when it has to say everything again. */
static int seek_body(void *self, curl_off_t offset, int origin) {
  struct osmflow_transfer *transfer = self;
  if (offset != 0 || origin != SEEK_SET)
    return CURL_SEEKFUNC_CANTSEEK;
  transfer->caller_status = osmflow_transfer_rewind_body(transfer, &transfer->error);
  return transfer->caller_status == OSMFLOW_OK ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* A server that closes while a body is sent makes the next send fail, and libcurl then closes the socket although the
 * answer is waiting in it. */
static int keep_socket(void *self, curl_socket_t socket, curlsocktype purpose) {
  struct osmflow_transfer *transfer = self;
  osmflow_transfer_release_body(transfer);
  if (purpose == CURLSOCKTYPE_IPCXN && !osmflow_url_is_encrypted(transfer->request.url))
    transfer->listening = dup(socket);
  return CURL_SOCKOPT_OK;
}

void osmflow_transfer_release_body(struct osmflow_transfer *transfer) {
  if (transfer->listening >= 0)
    close(transfer->listening);
  transfer->listening = -1;
}

/* Whether the rest is a body as it is, and not in pieces with sizes between them. */
static bool read_head(struct osmflow_transfer *transfer, struct osmflow_text *rest) {
  const int64_t now = transfer->environment->unix_seconds(transfer->environment->self);
  bool is_plain = true;
  while (!transfer->head.complete && rest->size > 0) {
    const char *end = memchr(rest->data, '\n', rest->size);
    const struct osmflow_text line = {rest->data, end ? (size_t)(end - rest->data) + 1 : rest->size};
    struct osmflow_text value = line, name = {NULL, 0};
    if (osmflow_text_next(&value, ':', &name) && osmflow_text_is_ignoring_case(name, "Transfer-Encoding"))
      is_plain = false;
    osmflow_http_head_line(&transfer->head, &transfer->response, line, now);
    *rest = (struct osmflow_text){rest->data + line.size, rest->size - line.size};
  }
  return is_plain;
}

void osmflow_transfer_listen(struct osmflow_transfer *transfer) {
  struct osmflow_bytes answer;
  char piece[4096];
  ssize_t count = transfer->listening < 0 ? -1 : recv(transfer->listening, piece, sizeof piece, MSG_DONTWAIT);
  osmflow_bytes_init(&answer, EARLY_ANSWER);
  while (count > 0 && osmflow_bytes_add(&answer, piece, (size_t)count, NULL) == OSMFLOW_OK)
    count = recv(transfer->listening, piece, sizeof piece, MSG_DONTWAIT);
  struct osmflow_text rest = osmflow_bytes_view(&answer);
  const bool is_plain = read_head(transfer, &rest);
  /* What says that all went well cannot be true of half a body. */
  if (transfer->response.status < 300)
    transfer->response.status = 0;
  else if (!is_plain || osmflow_bytes_add_text(&transfer->response.error_body, rest, NULL) != OSMFLOW_OK)
    osmflow_bytes_reset(&transfer->response.error_body);
  transfer->head.complete = transfer->head.complete && transfer->response.status >= 300;
  osmflow_bytes_clear(&answer);
}

void osmflow_transfer_set_body(struct osmflow_transfer *transfer) {
  CURL *easy = transfer->easy;
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->request.streamed_body->size);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, send_body);
  curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, keep_socket);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
}
