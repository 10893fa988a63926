#include <fcntl.h>

#include "client.h"
#include "raw_server.h"

/* A body of a counted pattern, and what the client did with it. */
struct pattern {
  struct osmflow_http_body body;
  int64_t at;
  int64_t fails_at; /* < 0: never */
  int64_t ends_at;  /* < 0: at its size */
  enum osmflow_status failure;
  int rewinds;
  size_t largest_piece;
};

static enum osmflow_status rewind_pattern(void *self, struct osmflow_error *error) {
  struct pattern *pattern = self;
  (void)error;
  pattern->at = 0;
  pattern->rewinds++;
  return OSMFLOW_OK;
}

static char byte_at(int64_t place) {
  return (char)('a' + place % 23);
}

static enum osmflow_status read_pattern(void *self, void *data, size_t size, size_t *taken,
                                        struct osmflow_error *error) {
  struct pattern *pattern = self;
  char *target = data;
  if (pattern->fails_at >= 0 && pattern->at >= pattern->fails_at)
    return osmflow_error_set(error, pattern->failure, "the disk is gone");
  *taken = 0;
  while (*taken < size && (pattern->ends_at < 0 || pattern->at < pattern->ends_at))
    target[(*taken)++] = byte_at(pattern->at++);
  if (*taken > pattern->largest_piece)
    pattern->largest_piece = *taken;
  return OSMFLOW_OK;
}

static void pattern_init(struct pattern *pattern, int64_t size) {
  *pattern = (struct pattern){.fails_at = -1, .ends_at = -1, .failure = OSMFLOW_IO};
  pattern->body = (struct osmflow_http_body){pattern, size, rewind_pattern, read_pattern};
}

static struct osmflow_http_request post(const char *url, const struct pattern *pattern) {
  return (struct osmflow_http_request){
      .method = "POST", .url = url, .content_type = "image/tiff", .streamed_body = &pattern->body};
}

static struct osmflow_http_options options_for(const char *root) {
  return (struct osmflow_http_options){.root = root, .max_wait_ms = 0, .token_option = "MAPFLOW_TOKEN"};
}

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/* A server for large bodies: counts and checks what comes, and answers `answer` after `answer_after` bytes of the body
 * (< 0: at its end), then closes at once, whatever is still on its way. */
struct swallower {
  int listener;
  char url[64];
  pthread_t thread;
  const char *answer;
  int64_t answer_after;
  int64_t got;
  bool is_as_sent;
  char head[2048];
};

static void swallow(struct swallower *server, int connection) {
  char *buffer = malloc(1 << 16);
  int64_t size = -1;
  size_t used = 0;
  while (buffer && size < 0 && recv(connection, server->head + used, 1, 0) == 1) {
    server->head[++used] = '\0';
    if (strstr(server->head, "\r\n\r\n") || used + 1 == sizeof server->head)
      size = (int64_t)raw_body_size(server->head);
  }
  const int64_t enough = server->answer_after < 0 ? size : server->answer_after;
  ssize_t count = 1;
  server->is_as_sent = true;
  while (buffer && server->got < enough && count > 0) {
    count = recv(connection, buffer, 1 << 16, 0);
    for (ssize_t i = 0; i < count; i++)
      if (buffer[i] != byte_at(server->got++))
        server->is_as_sent = false;
  }
  raw_say(connection, server->answer, strlen(server->answer));
  close(connection);
  free(buffer);
}

static void *swallow_all(void *self) {
  struct swallower *server = self;
  int connection = accept(server->listener, NULL, NULL);
  while (connection >= 0) {
    server->got = 0;
    swallow(server, connection);
    connection = accept(server->listener, NULL, NULL);
  }
  return NULL;
}

static void swallower_start(struct swallower *server, const char *answer, int64_t answer_after) {
  *server = (struct swallower){.answer = answer, .answer_after = answer_after};
  server->listener = raw_bind(server->url);
  if (listen(server->listener, 8) != 0 || pthread_create(&server->thread, NULL, swallow_all, server) != 0)
    abort();
}

static void swallower_stop(struct swallower *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
}

static void sends_every_byte_in_pieces(void) {
  static const int64_t sizes[] = {1, 65536, 5000000, 0};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct swallower server;
    struct pattern pattern;
    struct fake fake;
    struct got got;
    char length[64];
    fake_init(&fake);
    swallower_start(&server, ok, -1);
    pattern_init(&pattern, sizes[i]);
    const struct osmflow_http_options options = options_for(server.url);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, post(server.url, &pattern), &got);
    snprintf(length, sizeof length, "Content-Length: %lld\r\n", (long long)sizes[i]);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
    CU_ASSERT_EQUAL(got.response.status, 200);
    CU_ASSERT_TRUE(got.response.request_sent);
    UNIT_SAME(osmflow_bytes_string(&got.body), "{}", "answer");
    CU_ASSERT(pattern.largest_piece <= 2 << 20);
    got_clear(&got);
    osmflow_http_free(http);
    swallower_stop(&server);
    CU_ASSERT_EQUAL(server.got, sizes[i]);
    CU_ASSERT_TRUE(server.is_as_sent);
    CU_ASSERT_PTR_NOT_NULL(strstr(server.head, length));
    CU_ASSERT_PTR_NOT_NULL(strstr(server.head, "Content-Type: image/tiff\r\n"));
    CU_ASSERT_PTR_NULL(strstr(server.head, "Expect"));
    CU_ASSERT_PTR_NULL(strstr(server.head, "Transfer-Encoding"));
  }
}

/* Servers that look at the head alone answer while the body is on its way, and close: the kernel then tells the sender
 * about a reset, often before it has read the answer. */
static void an_early_answer_is_the_answer(void) {
  static const struct {
    const char *answer;
    int status;
  } cases[] = {
      {"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot today", 413},
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot today", 403},
      {"HTTP/1.1 422 Unprocessable\r\nConnection: close\r\n\r\nnot today", 422},
  };
  static const int64_t places[] = {0, 70000, 3000000};
  int right = 0, all = 0;
  for (int round = 0; round < 20; round++)
    for (size_t c = 0; c < 3; c++)
      for (size_t p = 0; p < 3; p++) {
        struct swallower server;
        struct pattern pattern;
        struct fake fake;
        struct got got;
        fake_init(&fake);
        swallower_start(&server, cases[c].answer, places[p]);
        pattern_init(&pattern, (int64_t)1 << 30);
        const struct osmflow_http_options options = options_for(server.url);
        struct osmflow_http *http = client_new(&fake, &options);
        ask(http, post(server.url, &pattern), &got);
        const bool good = got.response.status == cases[c].status && got.error.http_status == cases[c].status &&
                          got.status != OSMFLOW_NETWORK && strstr(got.error.message, "not today");
        if (!good)
          fprintf(stderr, "\nan early %d was taken for: %s\n", cases[c].status, got.error.message);
        right += good;
        all++;
        got_clear(&got);
        osmflow_http_free(http);
        swallower_stop(&server);
      }
  CU_ASSERT_EQUAL(right, all);
}

static void errors_of_the_body_are_no_network_errors(void) {
  static const struct {
    int64_t fails_at, ends_at;
    enum osmflow_status failure, status;
    const char *words;
  } cases[] = {{0, -1, OSMFLOW_IO, OSMFLOW_IO, "the disk is gone"},
               {1500000, -1, OSMFLOW_IO, OSMFLOW_IO, "the disk is gone"},
               {1500000, -1, OSMFLOW_CANCELLED, OSMFLOW_CANCELLED, "the disk is gone"},
               {-1, 1500000, OSMFLOW_OK, OSMFLOW_IO, "ended after 1500000 of 9000000 bytes"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct swallower server;
    struct pattern pattern;
    struct fake fake;
    struct got got;
    fake_init(&fake);
    swallower_start(&server, "", -1);
    pattern_init(&pattern, 9000000);
    pattern.fails_at = cases[i].fails_at;
    pattern.ends_at = cases[i].ends_at;
    pattern.failure = cases[i].failure;
    struct osmflow_http_options options = options_for(server.url);
    options.max_wait_ms = -1;
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, post(server.url, &pattern), &got);
    CU_ASSERT_EQUAL(got.status, cases[i].status);
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, cases[i].words));
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "POST http://127.0.0.1"));
    CU_ASSERT_EQUAL(pattern.rewinds, 1);
    CU_ASSERT_EQUAL(fake.slept_ms, 0);
    got_clear(&got);
    osmflow_http_free(http);
    swallower_stop(&server);
  }
}

static void starts_anew_with_each_attempt(void) {
  static const char wait[] = "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  const struct raw_reply replies[] = {{wait, RAW_CLOSE, 0}, {ok, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct pattern pattern;
  struct fake fake;
  struct got got;
  fake_init(&fake);
  pattern_init(&pattern, 12);
  struct osmflow_http_options options = options_for(server->url);
  options.max_wait_ms = -1;
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, post(server->url, &pattern), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(got.response.attempts, 2);
  CU_ASSERT_EQUAL(pattern.rewinds, 2);
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[1], "\r\n\r\nabcdefghijkl"));
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

/* The body was sent, the answer is lost: a doubt, so nothing is sent again. */
static void a_lost_answer_is_a_doubt(void) {
  const struct raw_reply replies[] = {{"", RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  char closed_url[64];
  const int closed = raw_bind(closed_url);
  struct pattern pattern;
  struct fake fake;
  struct got got;
  fake_init(&fake);
  pattern_init(&pattern, 12);
  struct osmflow_http_options options = options_for(server->url);
  options.max_wait_ms = -1;
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, post(server->url, &pattern), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_NETWORK);
  CU_ASSERT_TRUE(got.response.request_sent);
  CU_ASSERT_EQUAL(raw_request_count(server), 1);
  got_clear(&got);
  ask(http, post(closed_url, &pattern), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_NETWORK);
  CU_ASSERT_FALSE(got.response.request_sent);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
  close(closed);
}

/* A server that takes nothing more: the kernel's buffers fill, and then time runs out. */
static void a_standstill_while_sending_is_given_up(void) {
  char url[64];
  const int listener = raw_bind(url);
  struct pattern pattern;
  struct fake fake;
  struct got got;
  CU_ASSERT_EQUAL_FATAL(listen(listener, 1), 0);
  fake_init(&fake);
  fake_set(&fake, "GDAL_HTTP_LOW_SPEED_TIME", "1");
  fake_set(&fake, "GDAL_HTTP_LOW_SPEED_LIMIT", "10");
  pattern_init(&pattern, (int64_t)1 << 30);
  const struct osmflow_http_options options = options_for(url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, post(url, &pattern), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_NETWORK);
  CU_ASSERT_TRUE(got.response.request_sent);
  CU_ASSERT(pattern.at < (int64_t)1 << 28);
  got_clear(&got);
  osmflow_http_free(http);
  close(listener);
}

OSMFLOW_UNIT_MAIN("net/body", UNIT(sends_every_byte_in_pieces), UNIT(an_early_answer_is_the_answer),
                  UNIT(errors_of_the_body_are_no_network_errors), UNIT(starts_anew_with_each_attempt),
                  UNIT(a_lost_answer_is_a_doubt), UNIT(a_standstill_while_sending_is_given_up))
