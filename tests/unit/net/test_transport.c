#include <microhttpd.h>
#include <pthread.h>
#include <time.h>

#include "client.h"
#include "raw_server.h"

static const char whole[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n0123456789";
static const char chunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n";

static struct osmflow_http_options options_for(const char *root) {
  return (struct osmflow_http_options){.root = root, .max_wait_ms = 0, .token_option = "OSMAPI_TOKEN"};
}

static void every_cut_is_an_error(void) {
  static const char *const answers[] = {whole, chunked};
  /* The line end behind the last chunk ("0") carries nothing: the body is whole without it. */
  const size_t needed[] = {strlen(whole), strlen(chunked) - 2};
  for (size_t a = 0; a < sizeof answers / sizeof answers[0]; a++) {
    const size_t size = strlen(answers[a]);
    for (size_t cut = 1; cut <= size; cut++) {
      const struct raw_reply replies[] = {{answers[a], RAW_CLOSE, cut}};
      struct raw_server *server = RAW_START(replies);
      struct fake fake;
      struct got got;
      fake_init(&fake);
      const struct osmflow_http_options options = options_for(server->url);
      struct osmflow_http *http = client_new(&fake, &options);
      ask(http, get_request(server->url), &got);
      if (cut < needed[a] && got.status != OSMFLOW_NETWORK)
        fprintf(stderr, "\nanswer %zu cut at %zu of %zu was taken for whole\n", a, cut, size);
      CU_ASSERT(cut >= needed[a] || got.status == OSMFLOW_NETWORK);
      CU_ASSERT(cut < size || got.status == OSMFLOW_OK);
      CU_ASSERT(cut < size || osmflow_text_is(osmflow_bytes_view(&got.body), "0123456789"));
      got_clear(&got);
      osmflow_http_free(http);
      raw_stop(server);
    }
  }
}

/* A document that ends in "</osm>" is whole. */
static enum osmflow_status add_to_document(void *self, const void *data, size_t size, struct osmflow_error *error) {
  return osmflow_bytes_add(self, data, size, error);
}

static enum osmflow_status end_document(void *self, struct osmflow_error *error) {
  const struct osmflow_bytes *bytes = self;
  const bool good = bytes->size > 6 && memcmp(bytes->data + bytes->size - 6, "</osm>", 6) == 0;
  return good ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_BAD_DATA, "cut off");
}

/* Front ends end a chunked body properly even when the program behind them died, and libcurl is content with half of a
 * compressed document: only the sink's `finish` knows. */
static void lets_the_sink_judge_compressed_answers(void) {
  /* <osm>, 20 times 0123456789, </osm> */
  static const char packed[] =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\xc9\x2f\xce\xb5\x33\x30\x34\x32\x36\x31\x35\x33\xb7\xb0"
      "\x1c\xda\x2c\x1b\x7d\x90\x6f\x00\x2b\x8a\xf8\xcb\xd3\x00\x00\x00";
  const size_t whole_size = sizeof packed - 1;
  for (size_t cut = 0; cut <= whole_size; cut++) {
    char answer[256];
    const int head = snprintf(answer, sizeof answer,
                              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", cut);
    memcpy(answer + head, packed, cut);
    const struct raw_reply replies[] = {{answer, RAW_CLOSE, (size_t)head + cut}};
    struct raw_server *server = RAW_START(replies);
    struct osmflow_bytes document;
    struct fake fake;
    struct got got;
    fake_init(&fake);
    osmflow_bytes_init(&document, 1000);
    struct osmflow_http_options options = options_for(server->url);
    options.accept_compressed = true;
    struct osmflow_http *http = client_new(&fake, &options);
    struct osmflow_http_request request = get_request(server->url);
    request.sink = (struct osmflow_http_sink){&document, NULL, add_to_document, end_document};
    ask(http, request, &got);
    CU_ASSERT(cut < whole_size || got.status == OSMFLOW_OK);
    CU_ASSERT(got.status != OSMFLOW_OK || document.size == 211);
    CU_ASSERT(got.status == OSMFLOW_OK || got.error.message[0] != '\0');
    got_clear(&got);
    osmflow_bytes_clear(&document);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void uses_the_proxy_but_not_for_this_machine(void) {
  const struct raw_reply replies[] = {{whole, RAW_CLOSE, 0}};
  struct raw_server *proxy = RAW_START(replies);
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  fake_set(&fake, "GDAL_HTTP_PROXY", proxy->url);
  fake_set(&fake, "GDAL_HTTP_PROXYUSERPWD", "ann:secret");
  const struct osmflow_http_options options = options_for(server->url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, get_request("http://example.invalid/x"), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(proxy->requests[0], "GET http://example.invalid/x HTTP/1.1\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(proxy->requests[0], "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n"));
  got_clear(&got);
  ask(http, get_request(server->url), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(raw_request_count(proxy), 1);
  CU_ASSERT_EQUAL(raw_request_count(server), 1);
  CU_ASSERT_PTR_NULL(strstr(server->requests[0], "Proxy-Authorization"));
  CU_ASSERT_PTR_NULL(strstr(fake.log, "secret"));
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
  raw_stop(proxy);
}

static void sends_what_it_is_told(void) {
  const struct raw_reply replies[] = {
      {"HTTP/1.1 100 Continue\r\nContent-Type: wrong/one\r\n\r\nHTTP/1.1 200 OK\r\n"
       "Content-Type: application/xml; charset=utf-8\r\nContent-Length: 2\r\n\r\n42",
       RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  struct osmflow_http_options options = options_for(server->url);
  options.accept_compressed = true;
  struct osmflow_http *http = client_new(&fake, &options);
  struct osmflow_http_request request = get_request(server->url);
  request.accept = "application/json";
  ask(http, request, &got);
  UNIT_SAME(osmflow_bytes_string(&got.body), "42", "GET");
  UNIT_SAME(got.response.content_type, "application/xml; charset=utf-8", "content type");
  CU_ASSERT_EQUAL(got.response.body_bytes, 2);
  CU_ASSERT_EQUAL(got.response.attempts, 1);
  CU_ASSERT_TRUE(got.response.request_sent);
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[0], "GET / HTTP/1.1\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[0], "Accept: application/json\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[0], "Accept-Encoding: deflate, gzip\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[0], "User-Agent: osmflow/"));
  CU_ASSERT_PTR_NULL(strstr(server->requests[0], "Authorization"));
  got_clear(&got);
  request = (struct osmflow_http_request){.method = "PUT", .url = server->url};
  ask(http, request, &got);
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[1], "PUT / HTTP/1.1\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[1], "Content-Length: 0\r\n"));
  CU_ASSERT_PTR_NULL(strstr(server->requests[1], "Content-Type"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[1], "Accept: */*\r\n"));
  got_clear(&got);
  request.method = "DELETE";
  request.content_type = "text/xml";
  request.body = osmflow_text("<osm/>");
  ask(http, request, &got);
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[2], "DELETE / HTTP/1.1\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[2], "Content-Type: text/xml\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(server->requests[2], "\r\n\r\n<osm/>"));
  CU_ASSERT_PTR_NULL(strstr(server->requests[2], "Expect"));
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

static void never_sends_a_doubtful_request_twice(void) {
  /* The first answer leaves a connection behind that the server closes under the second request. */
  const struct raw_reply replies[] = {{whole, RAW_KEEP, 0}, {"", RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  struct osmflow_http_options options = options_for(server->url);
  options.max_wait_ms = -1;
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, get_request(server->url), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  got_clear(&got);
  const struct osmflow_http_request request = {
      .method = "POST", .url = server->url, .body = osmflow_text("<osmChange/>")};
  ask(http, request, &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_NETWORK);
  CU_ASSERT_TRUE(got.response.request_sent);
  CU_ASSERT_EQUAL(raw_request_count(server), 2);
  CU_ASSERT_EQUAL(fake.slept_ms, 0);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

static void knows_that_nothing_was_sent(void) {
  char url[64];
  const int closed = raw_bind(url);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, get_request(url), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_NETWORK);
  CU_ASSERT_FALSE(got.response.request_sent);
  CU_ASSERT_EQUAL(got.response.status, 0);
  got_clear(&got);
  ask(http, get_request("file:///etc/hostname"), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_BAD_ARGUMENT);
  got_clear(&got);
  osmflow_http_free(http);
  close(closed);
}

static enum osmflow_status refuse(void *self, const void *data, size_t size, struct osmflow_error *error) {
  (void)data;
  (void)size;
  *(int *)self += 1;
  return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "enough");
}

static void stops_when_the_sink_says_so(void) {
  const struct raw_reply replies[] = {{whole, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  int calls = 0;
  fake_init(&fake);
  struct osmflow_http_options options = options_for(server->url);
  options.max_wait_ms = -1;
  struct osmflow_http *http = client_new(&fake, &options);
  struct osmflow_http_request request = get_request(server->url);
  request.sink = (struct osmflow_http_sink){&calls, NULL, refuse, NULL};
  ask(http, request, &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_TOO_LARGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "enough"));
  CU_ASSERT_EQUAL(calls, 1);
  CU_ASSERT_EQUAL(raw_request_count(server), 1);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void gives_up_and_stops_in_time(void) {
  static const struct {
    const char *start;
    bool cancel;
    enum osmflow_status status;
  } cases[] = {{"", false, OSMFLOW_NETWORK},
               {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012", false, OSMFLOW_NETWORK},
               {"", true, OSMFLOW_CANCELLED},
               {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012", true, OSMFLOW_CANCELLED}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{cases[i].start, RAW_HANG, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    fake_set(&fake, "GDAL_HTTP_TIMEOUT", cases[i].cancel ? "60" : "0.3");
    const struct osmflow_http_options options = options_for(server->url);
    struct osmflow_http *http = client_new(&fake, &options);
    if (cases[i].cancel)
      atomic_store(&fake.checks_until_cancelled, 4);
    const double before = seconds_now();
    ask(http, get_request(server->url), &got);
    CU_ASSERT_EQUAL(got.status, cases[i].status);
    CU_ASSERT(seconds_now() - before < 5);
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

/* A queue that grows while it is worked on: each answered page names two more until all are asked for. */
struct pages {
  char urls[40][96];
  int count, next, done, most;
  int fail_at; /* < 0: never */
};

static void add_page(struct pages *pages, const char *root) {
  if (pages->count < pages->most) {
    snprintf(pages->urls[pages->count], sizeof pages->urls[0], "%s/%d", root, pages->count);
    pages->count++;
  }
}

static bool pages_next(void *self, struct osmflow_http_request *request) {
  struct pages *pages = self;
  if (pages->next == pages->count)
    return false;
  *request = get_request(pages->urls[pages->next]);
  request->tag = pages->urls[pages->next++];
  return true;
}

static enum osmflow_status pages_done(void *self, const struct osmflow_http_request *request,
                                      const struct osmflow_http_response *response, enum osmflow_status status,
                                      const struct osmflow_error *request_error, struct osmflow_error *error) {
  struct pages *pages = self;
  char root[64];
  (void)request_error;
  CU_ASSERT_EQUAL(status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(response->status, 200);
  CU_ASSERT_PTR_EQUAL(request->tag, request->url);
  const char *slash = strrchr(request->url, '/');
  snprintf(root, sizeof root, "%.*s", (int)(slash - request->url), request->url);
  add_page(pages, root);
  add_page(pages, root);
  if (pages->done++ == pages->fail_at)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "that will do");
  return OSMFLOW_OK;
}

/* A server whose first requests wait for each other, until as many as expected are there at the same time. */
struct crowd {
  pthread_mutex_t lock;
  pthread_cond_t change;
  int expected, present, most, served, connections;
};

static void count_connection(void *self, struct MHD_Connection *connection, void **state,
                             enum MHD_ConnectionNotificationCode code) {
  struct crowd *crowd = self;
  (void)connection;
  (void)state;
  pthread_mutex_lock(&crowd->lock);
  crowd->connections += code == MHD_CONNECTION_NOTIFY_STARTED;
  pthread_mutex_unlock(&crowd->lock);
}

static void meet(struct crowd *crowd) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 5;
  pthread_mutex_lock(&crowd->lock);
  crowd->present++;
  if (crowd->present > crowd->most)
    crowd->most = crowd->present;
  pthread_cond_broadcast(&crowd->change);
  int result = 0;
  while (crowd->most < crowd->expected && result == 0)
    result = pthread_cond_timedwait(&crowd->change, &crowd->lock, &limit);
  crowd->present--;
  crowd->served++;
  pthread_mutex_unlock(&crowd->lock);
}

static enum MHD_Result crowd_answer(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *data, size_t *size, void **state) {
  (void)url;
  (void)method;
  (void)version;
  (void)data;
  (void)size;
  if (!*state) {
    *state = self;
    return MHD_YES;
  }
  meet(self);
  struct MHD_Response *response = MHD_create_response_from_buffer(2, (void *)"ok", MHD_RESPMEM_PERSISTENT);
  const enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

static enum osmflow_status crawl(struct crowd *crowd, struct pages *pages, int parallel, struct osmflow_error *error) {
  struct fake fake;
  char root[64];
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL,
                                               NULL, crowd_answer, crowd, MHD_OPTION_SOCK_ADDR, &address,
                                               MHD_OPTION_NOTIFY_CONNECTION, count_connection, crowd, MHD_OPTION_END);
  CU_ASSERT_PTR_NOT_NULL_FATAL(daemon);
  snprintf(root, sizeof root, "http://127.0.0.1:%d", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fake_init(&fake);
  pthread_mutex_init(&crowd->lock, NULL);
  pthread_cond_init(&crowd->change, NULL);
  struct osmflow_http_options options = options_for(root);
  options.parallel = parallel;
  struct osmflow_http *http = client_new(&fake, &options);
  const struct osmflow_http_queue queue = {pages, pages_next, pages_done};
  add_page(pages, root);
  add_page(pages, root);
  const enum osmflow_status status = osmflow_http_run(http, &queue, error);
  osmflow_http_free(http);
  MHD_stop_daemon(daemon);
  pthread_cond_destroy(&crowd->change);
  pthread_mutex_destroy(&crowd->lock);
  return status;
}

static void works_on_a_growing_queue_two_at_a_time(void) {
  struct crowd crowd = {.expected = 2};
  struct pages pages = {.most = 40, .fail_at = -1};
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(crawl(&crowd, &pages, 0, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(pages.done, 40);
  CU_ASSERT_EQUAL(crowd.served, 40);
  CU_ASSERT_EQUAL(crowd.most, 2);
  CU_ASSERT_EQUAL(crowd.connections, 2);
}

static void obeys_the_wish_for_one_at_a_time(void) {
  struct crowd crowd = {0};
  struct pages pages = {.most = 10, .fail_at = -1};
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(crawl(&crowd, &pages, 1, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(crowd.served, 10);
  CU_ASSERT_EQUAL(crowd.most, 1);
  CU_ASSERT_EQUAL(crowd.connections, 1);
}

static void ends_the_run_when_done_says_so(void) {
  struct crowd crowd = {0};
  struct pages pages = {.most = 40, .fail_at = 5};
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(crawl(&crowd, &pages, 2, &error), OSMFLOW_TOO_LARGE);
  UNIT_SAME(error.message, "that will do", "the caller's own error");
  CU_ASSERT_EQUAL(pages.done, 6);
}

static void refuses_settings_that_make_no_sense(void) {
  static const struct {
    const char *option, *value;
  } cases[] = {{"GDAL_HTTP_TIMEOUT", "soon"},
               {"GDAL_HTTP_CONNECTTIMEOUT", "-1"},
               {"GDAL_HTTP_LOW_SPEED_TIME", "1,5"},
               {"GDAL_HTTP_MAX_RETRY", "1e99"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake fake;
    struct osmflow_http *http = NULL;
    struct osmflow_error error = {.message = ""};
    fake_init(&fake);
    fake_set(&fake, cases[i].option, cases[i].value);
    const struct osmflow_http_options options = options_for("https://example.org");
    CU_ASSERT_EQUAL(osmflow_http_new(&fake.environment, &options, &http, &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NULL(http);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].option));
  }
}

OSMFLOW_UNIT_MAIN("net/transport", UNIT(every_cut_is_an_error), UNIT(lets_the_sink_judge_compressed_answers),
                  UNIT(uses_the_proxy_but_not_for_this_machine), UNIT(sends_what_it_is_told),
                  UNIT(never_sends_a_doubtful_request_twice), UNIT(knows_that_nothing_was_sent),
                  UNIT(stops_when_the_sink_says_so), UNIT(gives_up_and_stops_in_time),
                  UNIT(works_on_a_growing_queue_two_at_a_time), UNIT(obeys_the_wish_for_one_at_a_time),
                  UNIT(ends_the_run_when_done_says_so), UNIT(refuses_settings_that_make_no_sense))
