#include "client.h"
#include "raw_server.h"

static struct osmflow_http_options options_for(const char *root) {
  return (struct osmflow_http_options){.root = root, .max_wait_ms = 0};
}

static void refuses_what_is_not_http(void) {
  static const char *const answers[] = {"",
                                        "garbage\r\n\r\n",
                                        "HTTP/1.1 abc OK\r\n\r\nx",
                                        "HTTP/1.1\r\n\r\n",
                                        "HTTP/9.9 200 OK\r\n\r\nx",
                                        "SSH-2.0-OpenSSH_9.2\r\n",
                                        "<osm></osm>",
                                        "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
                                        "HTTP/1.1 101 Switching Protocols\r\n\r\nx",
                                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                                        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"};
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    const struct raw_reply replies[] = {{answers[i], RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, get_request(server->url), &got);
    if (got.status == OSMFLOW_OK)
      fprintf(stderr, "\ntaken for an answer: %s\n", answers[i]);
    CU_ASSERT_NOT_EQUAL(got.status, OSMFLOW_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, server->url));
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void tells_what_the_server_said(void) {
  static const struct {
    const char *answer;
    enum osmflow_status status;
    int http_status;
    const char *says, *says_not;
  } cases[] = {
      {"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nError: header words\r\n\r\nbody words", OSMFLOW_HTTP,
       400, "the server answered 400 Bad Request: body words", "header words"},
      {"HTTP/1.1 400 Bad Request\r\nError: header words\r\n\r\n", OSMFLOW_HTTP, 400, "400 Bad Request: header words",
       "body"},
      {"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>nginx</html>", OSMFLOW_HTTP, 502,
       "502 Bad Gateway", "nginx"},
      {"HTTP/1.1 503 Service Unavailable\r\n\r\n<!DOCTYPE HTML PUBLIC>x", OSMFLOW_HTTP, 503, "503 Service", "DOCTYPE"},
      {"HTTP/1.1 401 Unauthorized\r\n\r\ntoken_expired", OSMFLOW_UNAUTHORIZED, 401, "token_expired", "html"},
      {"HTTP/1.1 403 Forbidden\r\n\r\nblocked", OSMFLOW_UNAUTHORIZED, 403, "blocked", "html"},
      {"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n", OSMFLOW_NOT_FOUND, 404, "404 Not Found", ": :"},
      {"HTTP/1.1 410 Gone\r\nError: \r\n\r\n", OSMFLOW_NOT_FOUND, 410, "410 Gone", "Gone:"},
      {"HTTP/1.1 409\r\n\r\na\001b\nc", OSMFLOW_HTTP, 409, "answered 409: a b c", "\n"},
      {"HTTP/1.1 409 Conflict\r\n\r\n\xFF\xFE!", OSMFLOW_HTTP, 409, "409 Conflict: ?\?!", "\xFF"},
      {"HTTP/1.1 304 Not Modified\r\n\r\n", OSMFLOW_HTTP, 304, "304 Not Modified", "redirect"},
      {"HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\ncut off wor", OSMFLOW_HTTP, 409,
       "409 Conflict: cut off wor", "not whole"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{cases[i].answer, RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, get_request(server->url), &got);
    CU_ASSERT_EQUAL(got.status, cases[i].status);
    CU_ASSERT_EQUAL(got.error.status, cases[i].status);
    CU_ASSERT_EQUAL(got.error.http_status, cases[i].http_status);
    CU_ASSERT_EQUAL(got.response.status, cases[i].http_status);
    CU_ASSERT_EQUAL(got.body.size, 0);
    if (!strstr(got.error.message, cases[i].says) || strstr(got.error.message, cases[i].says_not))
      fprintf(stderr, "\ncase %zu says: %s\n", i, got.error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, cases[i].says));
    CU_ASSERT_PTR_NULL(strstr(got.error.message, cases[i].says_not));
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void keeps_at_most_64_kib_of_an_error(void) {
  enum { HEAD = 64, SIZE = 300 * 1024 };
  char *answer = malloc(HEAD + SIZE);
  if (!answer)
    abort();
  const int head = snprintf(answer, HEAD, "HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n", SIZE);
  memset(answer + head, 'x', SIZE);
  const struct raw_reply replies[] = {{answer, RAW_CLOSE, (size_t)head + SIZE}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(server->url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, get_request(server->url), &got);
  CU_ASSERT_EQUAL(got.response.status, 400);
  CU_ASSERT_EQUAL(got.response.error_body.size, 65536);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
  free(answer);
}

OSMFLOW_UNIT_MAIN("net/answer", UNIT(refuses_what_is_not_http), UNIT(tells_what_the_server_said),
                  UNIT(keeps_at_most_64_kib_of_an_error))
