#include "net/answer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/number.h"
#include "net/url.h"

enum { WORDS_SIZE = 900, LONGEST_DELAY = 1000000000, LONGEST_TOKEN = 8 * 1024, SHORTEST_SECRET = 4 };

/* Copies what can be shown: blanks for control characters, whole UTF-8 characters only. */
static void copy_words(char *target, size_t target_size, struct osmflow_text words) {
  const bool plain_only = !osmflow_text_is_utf8(words);
  size_t size = words.size < target_size - 1 ? words.size : target_size - 1;
  while (!plain_only && size < words.size && size > 0 && ((unsigned char)words.data[size] & 0xC0) == 0x80)
    size--;
  for (size_t i = 0; i < size; i++) {
    const unsigned char byte = (unsigned char)words.data[i];
    target[i] = byte < ' ' || byte == 0x7F ? ' ' : plain_only && byte > 0x7F ? '?' : (char)byte;
  }
  target[size] = '\0';
}

/* "120" or "Sat, 21 Nov 2026 11:40:08 GMT". */
static int64_t read_retry_after(struct osmflow_text value, int64_t now) {
  char date[64];
  int64_t seconds = -1;
  if (!osmflow_parse_int(value, 0, LONGEST_DELAY, &seconds) && value.size < sizeof date) {
    copy_words(date, sizeof date, value);
    const int64_t moment = curl_getdate(date, NULL);
    if (moment >= 0)
      seconds = moment > now ? moment - now : 0;
  }
  return seconds;
}

static void start_answer(struct osmflow_http_head *head, struct osmflow_http_response *response,
                         struct osmflow_text line) {
  struct osmflow_text part = {NULL, 0};
  int64_t status = 0;
  osmflow_text_next(&line, ' ', &part);
  if (osmflow_text_next(&line, ' ', &part))
    osmflow_parse_int(part, 100, 999, &status);
  response->status = (int)status;
  response->content_type[0] = '\0';
  response->error_header[0] = '\0';
  response->retry_after_seconds = -1;
  response->content_length = -1;
  head->is_packed = false;
  copy_words(head->reason, sizeof head->reason, line);
  head->complete = false;
}

/* Of a packed body the header tells another length than what arrives here. */
static void read_length(struct osmflow_http_head *head, struct osmflow_http_response *response,
                        struct osmflow_text name, struct osmflow_text value) {
  if (osmflow_text_is_ignoring_case(name, "Content-Encoding"))
    head->is_packed = !osmflow_text_is_ignoring_case(value, "identity");
  else if (osmflow_text_is_ignoring_case(name, "Content-Length"))
    osmflow_parse_int(value, 0, INT64_MAX, &response->content_length);
  if (head->is_packed)
    response->content_length = -1;
}

void osmflow_http_head_line(struct osmflow_http_head *head, struct osmflow_http_response *response,
                            struct osmflow_text line, int64_t now) {
  static const char status_line[] = "HTTP/";
  struct osmflow_text name = {NULL, 0};
  const bool is_whole = line.size > 0 && line.data[line.size - 1] == '\n'; /* newer libcurl shows a cut off line, too */
  line = osmflow_text_trim(line);
  if (head->complete)
    return;
  if (line.size >= sizeof status_line - 1 && memcmp(line.data, status_line, sizeof status_line - 1) == 0) {
    start_answer(head, response, line);
  } else if (line.size == 0) {
    head->complete = is_whole && response->status >= 200;
  } else if (osmflow_text_next(&line, ':', &name) && line.data) {
    const struct osmflow_text value = osmflow_text_trim(line);
    if (osmflow_text_is_ignoring_case(name, "Content-Type"))
      copy_words(response->content_type, sizeof response->content_type, value);
    else if (osmflow_text_is_ignoring_case(name, "Error"))
      copy_words(response->error_header, sizeof response->error_header, value);
    else if (osmflow_text_is_ignoring_case(name, "Retry-After"))
      response->retry_after_seconds = read_retry_after(value, now);
    else
      read_length(head, response, name, value);
  }
}

static bool starts_with(struct osmflow_text text, const char *start) {
  const struct osmflow_text head = {text.data, strlen(start)};
  return text.size >= head.size && osmflow_text_is_ignoring_case(head, start);
}

static bool is_html(const struct osmflow_http_response *response, struct osmflow_text body) {
  return starts_with(osmflow_text(response->content_type), "text/html") || starts_with(body, "<!doctype html") ||
         starts_with(body, "<html");
}

static enum osmflow_status class_of(int status) {
  static const struct {
    int status;
    enum osmflow_status class;
  } classes[] = {
      {401, OSMFLOW_UNAUTHORIZED}, {403, OSMFLOW_UNAUTHORIZED}, {404, OSMFLOW_NOT_FOUND}, {410, OSMFLOW_NOT_FOUND}};
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (classes[i].status == status)
      return classes[i].class;
  return OSMFLOW_HTTP;
}

enum osmflow_status osmflow_http_answer_error(const struct osmflow_http_request *request,
                                              const struct osmflow_http_response *response, const char *reason,
                                              struct osmflow_error *error) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  char words[WORDS_SIZE];
  const struct osmflow_text body = osmflow_text_trim(osmflow_bytes_view(&response->error_body));
  const bool use_body = body.size > 0 && !is_html(response, body);
  copy_words(words, sizeof words, use_body ? body : osmflow_text(response->error_header));
  osmflow_url_show(request->url, shown);
  const enum osmflow_status status =
      osmflow_error_set(error, class_of(response->status), "%s %s: the server answered %d%s%s%s%s", request->method,
                        shown, response->status, *reason ? " " : "", reason, *words ? ": " : "", words);
  if (error)
    error->http_status = response->status;
  return status;
}

static void mask(char *text, size_t size, const char *token, size_t token_size) {
  for (size_t i = 0; i + token_size <= size; i++)
    if (memcmp(text + i, token, token_size) == 0)
      memset(text + i, '*', token_size);
}

static void mask_everywhere(struct osmflow_http_response *response, struct osmflow_http_head *head,
                            const char *secret) {
  const size_t size = strlen(secret);
  mask(head->reason, strlen(head->reason), secret, size);
  mask(response->content_type, strlen(response->content_type), secret, size);
  mask(response->error_header, strlen(response->error_header), secret, size);
  mask(response->error_body.data, response->error_body.size, secret, size);
}

/* What a Basic token holds is "name:secret", and a server may repeat the secret alone. */
void osmflow_http_answer_mask(struct osmflow_http_response *response, struct osmflow_http_head *head,
                              const char *token) {
  unsigned char plain[LONGEST_TOKEN + 1] = "";
  size_t size = 0;
  if (!token || !*token)
    return;
  mask_everywhere(response, head, token);
  if (!osmflow_base64_decode(osmflow_text(token), plain, LONGEST_TOKEN, &size))
    size = 0;
  plain[size] = '\0';
  const char *colon = strchr((const char *)plain, ':');
  if (colon && strlen(colon + 1) >= SHORTEST_SECRET)
    mask_everywhere(response, head, colon + 1);
  for (volatile unsigned char *byte = plain; byte < plain + sizeof plain; byte++)
    *byte = '\0';
}
