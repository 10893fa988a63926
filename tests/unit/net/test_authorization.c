#include "client.h"
#include "raw_server.h"

#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define REFUSED "HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\ninvalid_token"

static struct osmflow_http_options options_for(const char *root, const char *token) {
  return (struct osmflow_http_options){.root = root,
                                       .token = token,
                                       .token_option = "OSMAPI_TOKEN",
                                       .login_command = "osmflow login osm",
                                       .max_wait_ms = 0};
}

static struct osmflow_http_request request_for(const char *url, enum osmflow_http_authorization authorization) {
  struct osmflow_http_request request = get_request(url);
  request.authorization = authorization;
  return request;
}

static bool carries_token(struct raw_server *server, int request) {
  return strstr(server->requests[request], "\r\nAuthorization: Bearer " SECRET "\r\n") != NULL;
}

/* Neither in what the user is told nor in what is logged. */
static void expect_no_leak(const struct fake *fake, const struct got *got) {
  CU_ASSERT_PTR_NULL(strstr(fake->log, SECRET));
  CU_ASSERT_PTR_NULL(strstr(got->error.message, SECRET));
  CU_ASSERT_PTR_NULL(strstr(osmflow_bytes_string(&got->response.error_body), SECRET));
  CU_ASSERT_PTR_NULL(strstr(osmflow_bytes_string(&got->response.location), SECRET));
  CU_ASSERT_PTR_NULL(strstr(got->response.error_header, SECRET));
  CU_ASSERT_PTR_NULL(strstr(got->response.content_type, SECRET));
}

static void sends_the_token_where_it_may(void) {
  static const struct {
    enum osmflow_http_authorization authorization;
    const char *token;
    int sent, with_token;
  } cases[] = {{OSMFLOW_HTTP_ANONYMOUS, SECRET, true, false},
               {OSMFLOW_HTTP_IF_ANY, SECRET, true, true},
               {OSMFLOW_HTTP_IF_ANY, " " SECRET "\n", true, true},
               {OSMFLOW_HTTP_IF_ANY, NULL, true, false},
               {OSMFLOW_HTTP_IF_ANY, "", true, false},
               {OSMFLOW_HTTP_REQUIRED, SECRET, true, true},
               {OSMFLOW_HTTP_REQUIRED, NULL, false, false},
               {OSMFLOW_HTTP_REQUIRED, " ", false, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{GOOD, RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url, cases[i].token);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, request_for(server->url, cases[i].authorization), &got);
    CU_ASSERT_EQUAL(got.status, cases[i].sent ? OSMFLOW_OK : OSMFLOW_UNAUTHORIZED);
    CU_ASSERT_EQUAL(raw_request_count(server), cases[i].sent);
    CU_ASSERT_EQUAL(cases[i].sent && carries_token(server, 0), cases[i].with_token);
    if (!cases[i].sent) {
      CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "OSMAPI_TOKEN"));
      CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "osmflow login osm"));
    }
    expect_no_leak(&fake, &got);
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

/* As it is: what is encoded there is the token's business. */
static void sends_basic_tokens_as_they_are(void) {
  const struct raw_reply replies[] = {{GOOD, RAW_CLOSE, 0}, {REFUSED, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  struct osmflow_http_options options = options_for(server->url, SECRET);
  options.token_is_basic = true;
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(server->url, OSMFLOW_HTTP_REQUIRED), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[0], "\r\nAuthorization: Basic " SECRET "\r\n"));
  CU_ASSERT_PTR_NULL(strstr(server->requests[0], "Bearer"));
  got_clear(&got);
  ask(http, request_for(server->url, OSMFLOW_HTTP_REQUIRED), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "osmflow login osm"));
  expect_no_leak(&fake, &got);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

static void refuses_tokens_that_could_break_a_header(void) {
  static const char *const tokens[] = {"a\r\nX-Evil: 1", "two words", "tab\there", "\x7F", "caf\xC3\xA9"};
  for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
    struct fake fake;
    struct osmflow_http *http = NULL;
    struct osmflow_error error = {.message = ""};
    fake_init(&fake);
    const struct osmflow_http_options options = options_for("https://example.org", tokens[i]);
    CU_ASSERT_EQUAL(osmflow_http_new(&fake.environment, &options, &http, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NULL(http);
    CU_ASSERT_PTR_NULL(strstr(error.message, tokens[i]));
  }
}

static void keeps_the_token_from_other_servers(void) {
  const struct raw_reply replies[] = {{GOOD, RAW_CLOSE, 0}};
  struct raw_server *other = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for("https://api.example.org", SECRET);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(other->url, OSMFLOW_HTTP_IF_ANY), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_FALSE(carries_token(other, 0));
  got_clear(&got);
  ask(http, request_for(other->url, OSMFLOW_HTTP_REQUIRED), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_EQUAL(raw_request_count(other), 1);
  expect_no_leak(&fake, &got);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(other);
}

static void keeps_the_token_from_plain_http(void) {
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for("http://api.example.org", SECRET);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for("http://api.example.org/x", OSMFLOW_HTTP_REQUIRED), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_FALSE(got.response.request_sent);
  CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "https"));
  expect_no_leak(&fake, &got);
  got_clear(&got);
  osmflow_http_free(http);
}

static void goes_on_without_a_token_that_is_refused(void) {
  const struct raw_reply replies[] = {{REFUSED, RAW_CLOSE, 0}, {GOOD, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(server->url, SECRET);
  struct osmflow_http *http = client_new(&fake, &options);
  for (int i = 0; i < 2; i++) {
    ask(http, request_for(server->url, OSMFLOW_HTTP_IF_ANY), &got);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
    expect_no_leak(&fake, &got);
    got_clear(&got);
  }
  CU_ASSERT_EQUAL(raw_request_count(server), 3); /* with, without; then at once without */
  CU_ASSERT_TRUE(carries_token(server, 0));
  CU_ASSERT_FALSE(carries_token(server, 1));
  CU_ASSERT_FALSE(carries_token(server, 2));
  CU_ASSERT_EQUAL(fake.warnings, 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "osmflow login osm"));
  osmflow_http_free(http);
  raw_stop(server);
}

static void says_what_to_do_about_401(void) {
  static const struct {
    enum osmflow_http_authorization authorization;
    const char *token, *says;
    int asked;
  } cases[] = {{OSMFLOW_HTTP_REQUIRED, SECRET, "invalid_token (the token that was sent is refused", 1},
               {OSMFLOW_HTTP_IF_ANY, SECRET, "(no token was sent", 2},
               {OSMFLOW_HTTP_ANONYMOUS, SECRET, "(no token was sent", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{REFUSED, RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url, cases[i].token);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, request_for(server->url, cases[i].authorization), &got);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_UNAUTHORIZED);
    CU_ASSERT_EQUAL(got.error.http_status, 401);
    CU_ASSERT_EQUAL(raw_request_count(server), cases[i].asked);
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, cases[i].says));
    expect_no_leak(&fake, &got);
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void hides_a_token_that_the_server_repeats(void) {
  const struct raw_reply replies[] = {{"HTTP/1.1 403 " SECRET "\r\nError: no " SECRET "\r\nContent-Type: " SECRET
                                       "\r\n\r\nBearer " SECRET " " SECRET " is blocked",
                                       RAW_CLOSE, 0},
                                      {"HTTP/1.1 302 Found\r\nLocation: /x?t=" SECRET "\r\n\r\n", RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(server->url, SECRET);
  struct osmflow_http *http = client_new(&fake, &options);
  for (int i = 0; i < 2; i++) {
    char url[128];
    snprintf(url, sizeof url, "%s/?access_token=" SECRET, server->url);
    ask(http, request_for(url, OSMFLOW_HTTP_REQUIRED), &got);
    CU_ASSERT_NOT_EQUAL(got.status, OSMFLOW_OK);
    expect_no_leak(&fake, &got);
    got_clear(&got);
  }
  CU_ASSERT_EQUAL(raw_request_count(server), 2);
  CU_ASSERT_PTR_NOT_NULL(strstr(fake.log, "access_token=***"));
  osmflow_http_free(http);
  raw_stop(server);
}

static void hides_what_a_basic_token_holds(void) {
  /* anna@example.com:anna-token */
  static const char token[] = "YW5uYUBleGFtcGxlLmNvbTphbm5hLXRva2Vu";
  const struct raw_reply replies[] = {
      {"HTTP/1.1 403 no anna-token\r\nError: anna-token\r\n\r\n"
       "anna@example.com:anna-token is not YW5uYUBleGFtcGxlLmNvbTphbm5hLXRva2Vu",
       RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  struct osmflow_http_options options = options_for(server->url, token);
  options.token_is_basic = true;
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(server->url, OSMFLOW_HTTP_REQUIRED), &got);
  CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "anna@example.com:**********"));
  CU_ASSERT_PTR_NULL(strstr(got.error.message, "anna-token"));
  CU_ASSERT_PTR_NULL(strstr(got.error.message, token));
  CU_ASSERT_PTR_NULL(strstr(got.response.error_header, "anna-token"));
  CU_ASSERT_PTR_NULL(strstr(osmflow_bytes_string(&got.response.error_body), "anna-token"));
  CU_ASSERT_PTR_NULL(strstr(fake.log, "anna-token"));
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

static void follows_redirects_without_the_token(void) {
  static const char *const reasons[] = {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"};
  for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
    char there[256];
    char back[256];
    struct raw_reply target_replies[] = {{back, RAW_CLOSE, 0}};
    struct raw_reply replies[] = {
        {"HTTP/1.1 302 Found\r\nLocation: /inside\r\n\r\n", RAW_CLOSE, 0}, {there, RAW_CLOSE, 0}, {GOOD, RAW_CLOSE, 0}};
    struct raw_server *target = RAW_START(target_replies);
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    snprintf(there, sizeof there, "HTTP/1.1 %s\r\nLocation: %s/outside\r\n\r\nmoved", reasons[i], target->url);
    snprintf(back, sizeof back, "HTTP/1.1 %s\r\nLocation: %s/back\r\n\r\nmoved", reasons[i], server->url);
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url, SECRET);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, request_for(server->url, OSMFLOW_HTTP_REQUIRED), &got);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&got.body), "ok", reasons[i]);
    CU_ASSERT_TRUE(carries_token(server, 0));
    CU_ASSERT_TRUE(carries_token(server, 1)); /* still the same server */
    CU_ASSERT_EQUAL(raw_request_count(target), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(target->requests[0], "GET /outside"));
    CU_ASSERT_PTR_NULL(strstr(target->requests[0], "Authorization"));
    CU_ASSERT_PTR_NULL(strstr(target->requests[0], SECRET));
    CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[2], "GET /back"));
    CU_ASSERT_FALSE(carries_token(server, 2)); /* what the other server asks for is not asked in the user's name */
    expect_no_leak(&fake, &got);
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
    raw_stop(target);
  }
}

static void follows_no_bad_redirect(void) {
  static const struct {
    const char *why, *method, *answer;
    int asked;
  } cases[] = {{"only GET", "POST", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 1},
               {"nowhere", "GET", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 1},
               {"a file", "GET", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", 1},
               {"another protocol", "GET", "HTTP/1.1 302 Found\r\nLocation: ftp://h/x\r\nContent-Length: 0\r\n\r\n", 1},
               {"round in circles", "GET", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 6},
               {"300 is a list", "GET", "HTTP/1.1 300 Choices\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{cases[i].answer, RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url, NULL);
    struct osmflow_http *http = client_new(&fake, &options);
    struct osmflow_http_request request = get_request(server->url);
    request.method = cases[i].method;
    ask(http, request, &got);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_HTTP);
    CU_ASSERT_EQUAL(got.body.size, 0);
    if (raw_request_count(server) != cases[i].asked)
      fprintf(stderr, "\n%s: %d requests\n", cases[i].why, raw_request_count(server));
    CU_ASSERT_EQUAL(raw_request_count(server), cases[i].asked);
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void traces_each_attempt(void) {
  const struct raw_reply replies[] = {
      {"HTTP/1.1 302 Found\r\nLocation: /there?code=hide\r\nContent-Length: 0\r\n\r\n", RAW_CLOSE, 0},
      {GOOD, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  char line[256];
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(server->url, NULL);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, get_request(server->url), &got);
  snprintf(line, sizeof line, "GET %s: 302 server error, 0 bytes, 0 ms\nGET %s/there?code=***: 200, 2 bytes, 0 ms\n",
           server->url, server->url);
  UNIT_SAME(fake.log, line, "the log");
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

OSMFLOW_UNIT_MAIN("net/authorization", UNIT(sends_the_token_where_it_may), UNIT(sends_basic_tokens_as_they_are),
                  UNIT(refuses_tokens_that_could_break_a_header), UNIT(keeps_the_token_from_other_servers),
                  UNIT(keeps_the_token_from_plain_http), UNIT(goes_on_without_a_token_that_is_refused),
                  UNIT(says_what_to_do_about_401), UNIT(hides_a_token_that_the_server_repeats),
                  UNIT(hides_what_a_basic_token_holds), UNIT(follows_redirects_without_the_token),
                  UNIT(follows_no_bad_redirect), UNIT(traces_each_attempt))
