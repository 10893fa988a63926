/* From a whole request to a whole answer: who asks, what for, may they, in which form. The order of the checks is
 * cgimap's: a bad token fails even a read, formats and encodings are looked at after a write was carried out. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "internal.h"

/* Long enough, and of the letters that a bearer token has; anything else is taken for no token at all. */
static bool is_bearer(const char *text) {
  return *text && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")] == '\0';
}

/* False: the answer is 401. */
static bool authenticate(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  const char *header = sandbox_header(&exchange->request, "Authorization");
  if (!header || strncmp(header, "Bearer ", 7) != 0 || !is_bearer(header + 7))
    return true;
  for (size_t i = 0; i < sandbox->token_count; i++) {
    const struct sandbox_token *token = &sandbox->tokens[i];
    if (strcmp(token->text, header + 7) != 0)
      continue;
    if (token->state != SANDBOX_TOKEN_VALID) {
      sandbox_refuse(&exchange->response, token->state == SANDBOX_TOKEN_EXPIRED ? "token_expired" : "token_revoked");
      return false;
    }
    exchange->user = sandbox_find_account(sandbox, token->uid)->known;
    exchange->user.scopes = token->scopes;
    exchange->request.user = &exchange->user;
    return true;
  }
  sandbox_refuse(&exchange->response, "invalid_token");
  return false;
}

static struct sandbox_debt *debt_of(struct sandbox *sandbox, const struct sandbox_exchange *exchange) {
  return exchange->request.user ? &sandbox_find_account(sandbox, exchange->user.uid)->debt : &sandbox->anonymous_debt;
}

/* False: the answer is 509. */
static bool within_budget(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  const struct sandbox_limits *limits = &sandbox->limits;
  if (limits->debt_bytes == 0 || exchange->control)
    return true;
  struct sandbox_debt *debt = debt_of(sandbox, exchange);
  int64_t now = sandbox_now(sandbox);
  debt->bytes -= (now - debt->since) * limits->debt_rate;
  debt->bytes = debt->bytes < 0 ? 0 : debt->bytes;
  debt->since = now;
  if (debt->bytes <= limits->debt_bytes)
    return true;
  char seconds[32];
  snprintf(seconds, sizeof seconds, "%lld",
           (long long)((debt->bytes - limits->debt_bytes + limits->debt_rate - 1) / limits->debt_rate));
  sandbox_fail(&exchange->response, 509, "You have downloaded too much data. Please try again in %s seconds.", seconds);
  sandbox_add_header(&exchange->response, "Retry-After", seconds);
  return false;
}

static const char *scope_refusal(uint32_t scope) {
  switch (scope) {
    case SANDBOX_WRITE_API:
      return "You have not granted the modify map permission";
    default:
      return "You have not granted the permission that this call needs";
  }
}

/* False: the answer is 400, 401 or 403. */
static bool authorise(const struct sandbox *sandbox, struct sandbox_exchange *exchange,
                      const struct sandbox_route *route) {
  struct sandbox_response *response = &exchange->response;
  const bool write = strcmp(route->method, "GET") != 0 && !exchange->control;
  if (write && sandbox->limits.read_only) {
    sandbox_fail(response, 400, "Server is currently in read only mode, no database changes allowed at this time");
    return false;
  }
  if (route->scope == 0)
    return true;
  if (!exchange->request.user) {
    sandbox_refuse(response, "User is not authorized");
    return false;
  }
  if ((exchange->user.scopes & route->scope) == 0) {
    sandbox_refuse(response, scope_refusal(route->scope));
    return false;
  }
  if (write && exchange->user.blocked) {
    sandbox_fail(response, 403,
                 "Your access to the API has been blocked. Please log-in to the web interface to find out more.");
    return false;
  }
  if (write && sandbox_find_account(sandbox, exchange->user.uid)->inactive) {
    sandbox_fail(response, 403, "You have not permitted the application access to this facility");
    return false;
  }
  return true;
}

/* False after 400, 413 or 415: what cgimap says of a body that it cannot take. */
static bool take_body(const struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  const struct sandbox_request *request = &exchange->request;
  struct sandbox_response *response = &exchange->response;
  const long long limit = sandbox->limits.payload_bytes;
  if (exchange->too_large || exchange->received.size > (size_t)limit) {
    sandbox_fail(response, 413, "CONTENT_LENGTH exceeds limit of %lld bytes", limit);
    return false;
  }
  exchange->request.body = osmflow_bytes_view(&exchange->received);
  const char *encoding = sandbox_header(request, "Content-Encoding");
  if (!encoding || strcmp(encoding, "identity") == 0)
    return true;
  if (strcmp(encoding, "gzip") != 0 && strcmp(encoding, "deflate") != 0) {
    sandbox_refuse(response, "Supported Content-Encodings include 'gzip' and 'deflate'");
    response->status = 415;
    response->extra_headers = 0;
    sandbox_add_header(response, "Accept-Encoding", "gzip, deflate");
    return false;
  }
  osmflow_bytes_init(&exchange->decoded, (size_t)limit);
  enum sandbox_inflated outcome = sandbox_inflate(exchange->request.body, &exchange->decoded);
  if (outcome == SANDBOX_INFLATE_BROKEN)
    sandbox_fail(response, 400, "Payload cannot be decompressed according to Content-Encoding");
  if (outcome == SANDBOX_INFLATE_TOO_LARGE)
    sandbox_fail(response, 413, "Payload exceeds limit of %lld bytes", limit);
  exchange->request.body = osmflow_bytes_view(&exchange->decoded);
  return outcome == SANDBOX_INFLATED;
}

bool sandbox_has_length(const struct sandbox_request *request, struct sandbox_response *response) {
  if (sandbox_header(request, "Content-Length") || sandbox_header(request, "Transfer-Encoding"))
    return true;
  sandbox_fail(response, 400, "CONTENT_LENGTH not a decimal number");
  return false;
}

static void read_url(struct sandbox_exchange *exchange) {
  const char *query = strchr(exchange->url, '?');
  size_t size = query ? (size_t)(query - exchange->url) : strlen(exchange->url);
  exchange->path = sandbox_percent_decode(exchange->url, size, false);
  exchange->request.raw_query = osmflow_text(query ? query + 1 : "");
  sandbox_parse_parameters(exchange, exchange->request.raw_query);
  const char *type = sandbox_header(&exchange->request, "Content-Type");
  exchange->request.content_type = type ? type : "";
  exchange->control = strncmp(exchange->path, "/sandbox/", 9) == 0;
}

/* Cross-origin requests of a browser: permitted for every origin that names itself. */
static void allow_origin(struct sandbox_exchange *exchange, const char *allow) {
  const char *origin = sandbox_header(&exchange->request, "Origin");
  if (!origin)
    return;
  sandbox_add_header(&exchange->response, "Access-Control-Allow-Credentials", "true");
  sandbox_add_header(&exchange->response, "Access-Control-Allow-Methods", allow);
  sandbox_add_header(&exchange->response, "Access-Control-Allow-Origin", origin);
  sandbox_add_header(&exchange->response, "Access-Control-Max-Age", "1728000");
}

static void answer_options(struct sandbox_exchange *exchange, const struct sandbox_match *match) {
  struct sandbox_response *response = &exchange->response;
  const char *wanted = sandbox_header(&exchange->request, "Access-Control-Request-Headers");
  if (!sandbox_header(&exchange->request, "Origin") ||
      !sandbox_header(&exchange->request, "Access-Control-Request-Method")) {
    sandbox_fail_silently(response, 405);
    sandbox_add_header(response, "Allow", match->allow);
    return;
  }
  snprintf(response->content_type, sizeof response->content_type, "text/plain");
  exchange->preflight = true;
  allow_origin(exchange, match->allow);
  if (wanted)
    sandbox_add_header(response, "Access-Control-Allow-Headers", wanted);
}

static bool is_known_method(const char *method) {
  static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strcmp(method, known[i]) == 0)
      return true;
  return false;
}

static void call_handler(struct sandbox *sandbox, struct sandbox_exchange *exchange,
                         const struct sandbox_match *match) {
  struct sandbox_response *response = &exchange->response;
  if (!authorise(sandbox, exchange, match->route))
    return;
  sandbox_negotiate(exchange, match);
  if (strncasecmp(exchange->request.content_type, "application/x-www-form-urlencoded", 33) == 0)
    sandbox_parse_parameters(exchange, osmflow_bytes_view(&exchange->received));
  if (exchange->received.size > 0 || exchange->too_large)
    if (!take_body(sandbox, exchange))
      return;
  exchange->request.path = exchange->path;
  exchange->suffix = match->suffix;
  match->route->handler(sandbox, &exchange->request, response);
  if (response->status != 200)
    return;
  if (!exchange->acceptable)
    sandbox_fail(response, 406, "Acceptable formats for %s%s%s are: %s", exchange->path, *match->suffix ? "." : "",
                 match->suffix, exchange->formats);
  else if (!exchange->encoding)
    sandbox_fail(response, 406, "No acceptable content encoding found. Only identity and gzip are supported.");
  else
    allow_origin(exchange, "GET, HEAD, OPTIONS");
}

static void dispatch(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  struct sandbox_response *response = &exchange->response;
  struct sandbox_match match;
  sandbox_find_route(exchange, &match);
  if ((!match.route && !match.wrong_method) || !is_known_method(exchange->method))
    sandbox_fail_silently(response, 404);
  else if (strcmp(exchange->method, "OPTIONS") == 0)
    answer_options(exchange, &match);
  else if (match.wrong_method) {
    sandbox_fail_silently(response, 405);
    sandbox_add_header(response, "Allow", match.allow);
  } else
    call_handler(sandbox, exchange, &match);
}

/* The client asked for errors as 200 documents. The message is not escaped: so does the real server. */
static void wrap_error(struct sandbox_exchange *exchange) {
  struct sandbox_response *response = &exchange->response;
  const char *wish = sandbox_header(&exchange->request, "X-Error-Format");
  if (!wish || strcasecmp(wish, "xml") != 0 || response->status == 200 || response->status == 401 ||
      response->status == 404 || response->status == 405)
    return;
  char *message = osmflow_bytes_take(&response->body);
  sandbox_print(response,
                "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n<osmError>\r\n<status>%d %s</status>\r\n"
                "<message>%s</message>\r\n</osmError>\r\n",
                response->status, sandbox_reason(response->status), message ? message : "");
  free(message);
  response->status = 200;
  response->extra_headers = 0;
  snprintf(response->content_type, sizeof response->content_type, "application/xml; charset=utf-8");
  exchange->wrapped = true;
}

static void choose_framing(struct sandbox_exchange *exchange) {
  struct sandbox_response *response = &exchange->response;
  exchange->chunked = response->status == 200 && !exchange->control;
  if (response->status == 200 && !exchange->wrapped && !exchange->preflight && !exchange->control)
    sandbox_add_header(response, "Content-Encoding", exchange->encoding);
  const bool fresh = response->status == 200 && strcmp(exchange->method, "HEAD") != 0;
  if (!exchange->wrapped && !exchange->preflight && !exchange->page)
    sandbox_add_header(response, "Cache-Control", fresh ? "private, max-age=0, must-revalidate" : "no-cache");
}

void sandbox_answer(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  struct sandbox_response *response = &exchange->response;
  exchange->request.method = exchange->method;
  exchange->request.connection = exchange;
  response->status = 200;
  osmflow_bytes_init(&response->body, SIZE_MAX / 4);
  read_url(exchange);
  exchange->encoding = sandbox_choose_encoding(sandbox_header(&exchange->request, "Accept-Encoding"));
  const size_t line = strlen(exchange->method) + strlen(exchange->url) + strlen("  HTTP/1.1");
  exchange->page = true;
  if (line > (size_t)sandbox->limits.request_line)
    sandbox_print_page(response, 414, "Request-URI Too Large");
  else if (strncmp(exchange->path, "/api/", 5) == 0 && exchange->path[5] == '0' &&
           strncmp(exchange->path, "/api/0.6/", 9) != 0)
    sandbox_print_page(response, 404, "Not Found");
  else if (sandbox_is_mapflow(exchange->path) || sandbox_is_cityloader(exchange->path)) {
    exchange->page = false;
    (sandbox_is_mapflow(exchange->path) ? sandbox_mapflow_answer : sandbox_cityloader_answer)(sandbox, exchange);
    exchange->outgoing = osmflow_bytes_view(&response->body);
    return;
  } else {
    exchange->page = false;
    if (authenticate(sandbox, exchange) && within_budget(sandbox, exchange))
      dispatch(sandbox, exchange);
  }
  wrap_error(exchange);
  choose_framing(exchange);
  const bool shared = response->status == 200 && exchange->shared.size > 0;
  exchange->outgoing = shared ? exchange->shared : osmflow_bytes_view(&response->body);
  if (response->status == 200 && !exchange->control)
    debt_of(sandbox, exchange)->bytes += (int64_t)exchange->outgoing.size;
}
