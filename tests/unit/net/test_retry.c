#include "client.h"
#include "raw_server.h"

#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<osm>"
#define STATUS(number, header) "HTTP/1.1 " number " No\r\n" header "Content-Length: 0\r\n\r\n"

static struct osmflow_http_options options_for(const char *root) {
  return (struct osmflow_http_options){
      .root = root, .max_wait_ms = -1, .token_option = "OSMAPI_TOKEN", .max_wait_option = "OSMAPI_MAX_WAIT"};
}

static struct osmflow_http_request request_for(const char *url, bool repeatable) {
  return (struct osmflow_http_request){
      .method = repeatable ? "GET" : "POST", .url = url, .repeatable = repeatable, .body = osmflow_text(NULL)};
}

static void waits_as_it_is_told(void) {
  static const struct {
    const char *why, *first;
    bool repeatable;
    int asked;             /* requests that the server saw */
    int least_ms, most_ms; /* waited */
    enum osmflow_status status;
  } cases[] = {
      {"429 is always repeated", STATUS("429", "Retry-After: 7\r\n"), true, 2, 7000, 8000, OSMFLOW_OK},
      {"429 without a time", STATUS("429", ""), true, 2, 500, 1000, OSMFLOW_OK},
      {"503 with a time", STATUS("503", "Retry-After: 120\r\n"), true, 2, 120000, 121000, OSMFLOW_OK},
      {"509 with a time", STATUS("509", "Retry-After: 3\r\n"), true, 2, 3000, 4000, OSMFLOW_OK},
      {"any error with a time", STATUS("418", "Retry-After: 3\r\n"), true, 2, 3000, 4000, OSMFLOW_OK},
      {"a date, 100 s ahead", STATUS("503", "Retry-After: Tue, 14 Nov 2023 22:15:00 GMT\r\n"), true, 2, 100000, 101000,
       OSMFLOW_OK},
      {"a date that is over", STATUS("503", "Retry-After: Tue, 14 Nov 2000 22:15:00 GMT\r\n"), true, 2, 500, 1000,
       OSMFLOW_OK},
      {"not a time", STATUS("503", "Retry-After: soon\r\n"), true, 2, 500, 1000, OSMFLOW_OK},
      {"a negative time", STATUS("503", "Retry-After: -5\r\n"), true, 2, 500, 1000, OSMFLOW_OK},
      {"500", STATUS("500", ""), true, 2, 500, 1000, OSMFLOW_OK},
      {"502", STATUS("502", ""), true, 2, 500, 1000, OSMFLOW_OK},
      {"504", STATUS("504", ""), true, 2, 500, 1000, OSMFLOW_OK},
      {"no answer at all", "", true, 2, 500, 1000, OSMFLOW_OK},
      {"an answer that is cut off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<os", true, 2, 500, 1000, OSMFLOW_OK},
      {"400 is final", STATUS("400", ""), true, 1, 0, 0, OSMFLOW_HTTP},
      {"404 is final", STATUS("404", ""), true, 1, 0, 0, OSMFLOW_NOT_FOUND},
      {"409 is final", STATUS("409", ""), true, 1, 0, 0, OSMFLOW_HTTP},
      {"upload: 429 proves that nothing was done", STATUS("429", ""), false, 2, 500, 1000, OSMFLOW_OK},
      {"upload: 503 with a time", STATUS("503", "Retry-After: 4\r\n"), false, 2, 4000, 5000, OSMFLOW_OK},
      {"upload: 503 of a front end", STATUS("503", ""), false, 1, 0, 0, OSMFLOW_HTTP},
      {"upload: 500 may have been applied", STATUS("500", ""), false, 1, 0, 0, OSMFLOW_HTTP},
      {"upload: 500 with a time, too", STATUS("500", "Retry-After: 4\r\n"), false, 1, 0, 0, OSMFLOW_HTTP},
      {"upload: a lost answer", "", false, 1, 0, 0, OSMFLOW_NETWORK},
      {"upload: a cut answer", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<os", false, 1, 0, 0, OSMFLOW_NETWORK},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{cases[i].first, RAW_CLOSE, 0}, {GOOD, RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url);
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, request_for(server->url, cases[i].repeatable), &got);
    const bool right = got.status == cases[i].status && raw_request_count(server) == cases[i].asked &&
                       fake.slept_ms >= cases[i].least_ms && fake.slept_ms <= cases[i].most_ms;
    if (!right)
      fprintf(stderr, "\n%s: status %d, %d requests, %lld ms\n", cases[i].why, got.status, raw_request_count(server),
              (long long)fake.slept_ms);
    CU_ASSERT(right);
    CU_ASSERT_EQUAL(got.response.attempts, cases[i].asked);
    UNIT_SAME(osmflow_bytes_string(&got.body), got.status == OSMFLOW_OK ? "<osm>" : osmflow_bytes_string(&got.body),
              "nothing of the first attempt is left");
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void asks_several_times_with_growing_patience(void) {
  /* As after a restart of the database: each of the server's workers fails once. */
  const struct raw_reply replies[] = {{STATUS("500", ""), RAW_CLOSE, 0},
                                      {STATUS("500", ""), RAW_CLOSE, 0},
                                      {STATUS("500", ""), RAW_CLOSE, 0},
                                      {STATUS("500", ""), RAW_CLOSE, 0},
                                      {GOOD, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(server->url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(server->url, true), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(got.response.attempts, 5);
  CU_ASSERT_EQUAL(fake.slept_ms, 500 + 1000 + 2000 + 4000); /* the fake chance always says 0 */
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

static void gives_up_after_the_last_attempt(void) {
  const struct raw_reply replies[] = {{STATUS("500", "Error: database gone\r\n"), RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  static const struct {
    const char *option;
    int wanted, asked;
  } cases[] = {{NULL, 0, 5}, {NULL, 3, 3}, {NULL, 1, 1}, {"1", 0, 2}, {"0", 0, 1}, {"0", 4, 4}};
  int before = 0;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake fake;
    struct got got;
    char words[64];
    fake_init(&fake);
    fake_set(&fake, "GDAL_HTTP_MAX_RETRY", cases[i].option);
    struct osmflow_http_options options = options_for(server->url);
    options.max_attempts = cases[i].wanted;
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, request_for(server->url, true), &got);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_HTTP);
    CU_ASSERT_EQUAL(got.error.http_status, 500);
    CU_ASSERT_EQUAL(raw_request_count(server) - before, cases[i].asked);
    snprintf(words, sizeof words, "database gone (tried %d times)", cases[i].asked);
    CU_ASSERT_EQUAL(strstr(got.error.message, words) != NULL, cases[i].asked > 1);
    before = raw_request_count(server);
    got_clear(&got);
    osmflow_http_free(http);
  }
  raw_stop(server);
}

static void waits_no_longer_than_allowed(void) {
  const struct raw_reply replies[] = {{STATUS("509", "Retry-After: 40\r\n"), RAW_CLOSE, 0}};
  static const struct {
    int max_wait_ms, asked, least_ms, most_ms;
    const char *says;
  } cases[] = {{0, 1, 0, 0, "limited to 0 s"},
               {39999, 1, 0, 0, "asks to wait 40 s"},
               {100000, 3, 80000, 82000, "the option OSMAPI_MAX_WAIT raises it"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    fake_init(&fake);
    struct osmflow_http_options options = options_for(server->url);
    options.max_wait_ms = cases[i].max_wait_ms;
    struct osmflow_http *http = client_new(&fake, &options);
    ask(http, request_for(server->url, true), &got);
    CU_ASSERT_EQUAL(got.status, OSMFLOW_HTTP);
    CU_ASSERT_EQUAL(raw_request_count(server), cases[i].asked);
    CU_ASSERT(fake.slept_ms >= cases[i].least_ms && fake.slept_ms <= cases[i].most_ms);
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, cases[i].says));
    CU_ASSERT_PTR_NOT_NULL(strstr(got.error.message, "OSMAPI_MAX_WAIT"));
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void tries_again_when_the_door_is_slammed(void) {
  const struct raw_reply replies[] = {{GOOD, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  raw_slam(server, 2);
  const struct osmflow_http_options options = options_for(server->url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(server->url, true), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(got.response.attempts, 3);
  CU_ASSERT_EQUAL(raw_request_count(server), 1);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

/* A refused connection proves that nothing was done, so even an upload may wait for the server to come up. */
static void waits_for_a_server_that_is_not_up(void) {
  char url[64];
  const int closed = raw_bind(url);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  const struct osmflow_http_options options = options_for(url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(url, false), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_NETWORK);
  CU_ASSERT_EQUAL(got.response.attempts, 5);
  CU_ASSERT_EQUAL(fake.slept_ms, 7500);
  got_clear(&got);
  osmflow_http_free(http);
  close(closed);
}

/* Remembers what a sink was told, one letter for each call. */
struct diary {
  char calls[64];
  int bad; /* so many times the document is found cut off */
};

static void note(struct diary *diary, char call) {
  const size_t used = strlen(diary->calls);
  if (used + 1 < sizeof diary->calls)
    diary->calls[used] = call;
}

static enum osmflow_status diary_begin(void *self, const struct osmflow_http_response *response,
                                       struct osmflow_error *error) {
  (void)error;
  CU_ASSERT_EQUAL(response->status, 200);
  note(self, 'b');
  return OSMFLOW_OK;
}

static enum osmflow_status diary_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  (void)data;
  (void)size;
  (void)error;
  note(self, 'w');
  return OSMFLOW_OK;
}

static enum osmflow_status diary_finish(void *self, struct osmflow_error *error) {
  struct diary *diary = self;
  note(diary, 'f');
  return diary->bad-- > 0 ? osmflow_error_set(error, OSMFLOW_BAD_DATA, "the document ends too early") : OSMFLOW_OK;
}

static void tells_the_sink_each_attempt(void) {
  static const struct {
    const char *why, *first;
    int bad;
    bool repeatable;
    const char *calls;
    enum osmflow_status status;
  } cases[] = {{"good at once", GOOD, 0, true, "bwf", OSMFLOW_OK},
               {"an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, true, "bf", OSMFLOW_OK},
               {"an error first", STATUS("500", ""), 0, true, "bwf", OSMFLOW_OK},
               {"cut off first", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<os", 0, true, "bwbwf", OSMFLOW_OK},
               {"whole for HTTP, but not for the sink", GOOD, 1, true, "bwfbwf", OSMFLOW_OK},
               {"never whole", GOOD, 9, true, "bwfbwfbwfbwfbwf", OSMFLOW_BAD_DATA},
               {"not whole, and not repeatable", GOOD, 1, false, "bwf", OSMFLOW_BAD_DATA}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{cases[i].first, RAW_CLOSE, 0}, {GOOD, RAW_CLOSE, 0}};
    struct raw_server *server = RAW_START(replies);
    struct fake fake;
    struct got got;
    struct diary diary = {.bad = cases[i].bad};
    fake_init(&fake);
    const struct osmflow_http_options options = options_for(server->url);
    struct osmflow_http *http = client_new(&fake, &options);
    struct osmflow_http_request request = request_for(server->url, cases[i].repeatable);
    request.sink = (struct osmflow_http_sink){&diary, diary_begin, diary_write, diary_finish};
    ask(http, request, &got);
    CU_ASSERT_EQUAL(got.status, cases[i].status);
    UNIT_SAME(diary.calls, cases[i].calls, cases[i].why);
    CU_ASSERT_EQUAL(strstr(got.error.message, "ends too early") != NULL, cases[i].status == OSMFLOW_BAD_DATA);
    got_clear(&got);
    osmflow_http_free(http);
    raw_stop(server);
  }
}

static void stops_waiting_when_cancelled(void) {
  const struct raw_reply replies[] = {{STATUS("503", "Retry-After: 200\r\n"), RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct got got;
  fake_init(&fake);
  atomic_store(&fake.checks_until_cancelled, 200);
  const struct osmflow_http_options options = options_for(server->url);
  struct osmflow_http *http = client_new(&fake, &options);
  ask(http, request_for(server->url, true), &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_CANCELLED);
  CU_ASSERT(fake.slept_ms > 1000 && fake.slept_ms < 200000);
  CU_ASSERT_EQUAL(raw_request_count(server), 1);
  got_clear(&got);
  osmflow_http_free(http);
  raw_stop(server);
}

/* Several requests, one of them sent away: the others wait with it, and all are answered in the end. */
struct list {
  const char *url;
  int left, good;
};

static bool list_next(void *self, struct osmflow_http_request *request) {
  struct list *list = self;
  const bool more = list->left > 0;
  if (more)
    *request = request_for(list->url, true);
  list->left -= more;
  return more;
}

static enum osmflow_status list_done(void *self, const struct osmflow_http_request *request,
                                     const struct osmflow_http_response *response, enum osmflow_status status,
                                     const struct osmflow_error *request_error, struct osmflow_error *error) {
  (void)request;
  (void)response;
  (void)request_error;
  (void)error;
  ((struct list *)self)->good += status == OSMFLOW_OK;
  return OSMFLOW_OK;
}

static void holds_all_requests_back_while_one_waits(void) {
  /* The two that are sent at once are both sent away. */
  const struct raw_reply replies[] = {{STATUS("509", "Retry-After: 30\r\n"), RAW_CLOSE, 0},
                                      {STATUS("509", "Retry-After: 30\r\n"), RAW_CLOSE, 0},
                                      {GOOD, RAW_CLOSE, 0}};
  struct raw_server *server = RAW_START(replies);
  struct fake fake;
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  struct osmflow_http_options options = options_for(server->url);
  options.max_wait_ms = 40000; /* two that wait at the same time count once */
  struct osmflow_http *http = client_new(&fake, &options);
  struct list list = {server->url, 9, 0};
  const struct osmflow_http_queue queue = {&list, list_next, list_done};
  CU_ASSERT_EQUAL(osmflow_http_run(http, &queue, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(list.good, 9);
  CU_ASSERT_EQUAL(raw_request_count(server), 11);
  CU_ASSERT(fake.slept_ms >= 30000 && fake.slept_ms <= 31000);
  osmflow_http_free(http);
  raw_stop(server);
}

OSMFLOW_UNIT_MAIN("net/retry", UNIT(waits_as_it_is_told), UNIT(asks_several_times_with_growing_patience),
                  UNIT(gives_up_after_the_last_attempt), UNIT(waits_no_longer_than_allowed),
                  UNIT(tries_again_when_the_door_is_slammed), UNIT(waits_for_a_server_that_is_not_up),
                  UNIT(tells_the_sink_each_attempt), UNIT(stops_waiting_when_cancelled),
                  UNIT(holds_all_requests_back_while_one_waits))
