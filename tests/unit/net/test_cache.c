#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "client.h"
#include "net/cache.h"
#include "raw_server.h"

#define GOOD(text) "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n" text

/* A server that counts its answers, and a client with a cache of its own. */
struct desk {
  struct fake fake;
  struct raw_server *server;
  char folder[64];
  char cache[96];
  struct osmflow_http_options options;
  struct osmflow_http *http;
};

static void desk_init(struct desk *desk, const struct raw_reply *replies, size_t count, int64_t ttl,
                      const char *token) {
  fake_init(&desk->fake);
  desk->server = raw_start(replies, count);
  memcpy(desk->folder, "/tmp/osmflow-unit-XXXXXX", 25);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(desk->folder));
  snprintf(desk->cache, sizeof desk->cache, "%s/made/here", desk->folder);
  desk->options = (struct osmflow_http_options){.root = desk->server->url,
                                                .token = token,
                                                .token_option = "OSMAPI_TOKEN",
                                                .max_wait_ms = 0,
                                                .cache_directory = desk->cache,
                                                .cache_ttl_seconds = ttl};
  desk->http = client_new(&desk->fake, &desk->options);
}

/* Also checks that nothing was left behind but entries. */
static void desk_clear(struct desk *desk) {
  char made[96];
  struct osmflow_cache_summary summary;
  struct osmflow_error error = {.message = ""};
  osmflow_http_free(desk->http);
  raw_stop(desk->server);
  CU_ASSERT_EQUAL(osmflow_cache_clear(desk->cache, &summary, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(rmdir(desk->cache), 0);
  snprintf(made, sizeof made, "%s/made", desk->folder);
  rmdir(made);
  CU_ASSERT_EQUAL(rmdir(desk->folder), 0);
}

static struct osmflow_http_request cacheable(const struct desk *desk) {
  struct osmflow_http_request request = get_request(desk->server->url);
  request.cacheable = true;
  return request;
}

static void expect(struct desk *desk, struct osmflow_http_request request, const char *body, bool from_cache,
                   const char *why) {
  struct got got;
  ask(desk->http, request, &got);
  UNIT_SAME(osmflow_bytes_string(&got.body), body, why);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(got.response.from_cache, from_cache);
  CU_ASSERT_EQUAL(got.response.status, 200);
  CU_ASSERT_EQUAL(got.response.body_bytes, 5);
  UNIT_SAME(got.response.content_type, "text/plain", why);
  got_clear(&got);
}

static int64_t entries(const struct desk *desk) {
  struct osmflow_cache_summary summary = {-1, 0, 0};
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(osmflow_cache_summarize(desk->cache, &summary, &error), OSMFLOW_OK);
  return summary.count;
}

/* The path of the only file in the cache. */
static void only_entry(const struct desk *desk, char path[256]) {
  DIR *folder = opendir(desk->cache);
  const struct dirent *entry = NULL;
  if (!folder)
    abort();
  path[0] = '\0';
  while ((entry = readdir(folder)) != NULL)
    if (entry->d_name[0] != '.')
      snprintf(path, 256, "%.96s/%.100s", desk->cache, entry->d_name);
  closedir(folder);
}

static const struct raw_reply two_answers[] = {{GOOD("first"), RAW_CLOSE, 0}, {GOOD("later"), RAW_CLOSE, 0}};

static void answers_again_without_the_server(void) {
  struct desk desk;
  desk_init(&desk, two_answers, 2, 0, NULL);
  expect(&desk, cacheable(&desk), "first", false, "a miss");
  expect(&desk, cacheable(&desk), "first", true, "a hit");
  desk.fake.now_ms += 1000LL * 3600 * 24 * 365 * 10;
  expect(&desk, cacheable(&desk), "first", true, "kept for ever");
  CU_ASSERT_EQUAL(raw_request_count(desk.server), 1);
  struct osmflow_http_request request = cacheable(&desk);
  request.accept = "application/json";
  expect(&desk, request, "later", false, "another form of the answer");
  CU_ASSERT_EQUAL(entries(&desk), 2);
  desk_clear(&desk);
}

static enum osmflow_status write_line(void *self, const struct osmflow_cache_item *item, struct osmflow_error *error) {
  CU_ASSERT(item->stored_seconds > 0);
  return osmflow_bytes_print(self, error, "%s|%s|%d\n", strrchr(item->url, '/'), item->accept, (int)item->bytes);
}

static void lists_what_it_has(void) {
  struct desk desk;
  struct osmflow_error error = {.message = ""};
  struct osmflow_bytes lines;
  char path[256];
  osmflow_bytes_init(&lines, 4096);
  desk_init(&desk, two_answers, 1, 0, NULL);
  CU_ASSERT_EQUAL(osmflow_cache_list("/nowhere/at/all", write_line, &lines, &error), OSMFLOW_OK);
  struct osmflow_http_request request = cacheable(&desk);
  request.accept = "plainly";
  expect(&desk, request, "first", false, "a miss");
  CU_ASSERT_EQUAL(osmflow_cache_list(desk.cache, write_line, &lines, &error), OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&lines), strrchr(osmflow_bytes_string(&lines), '/'), "one entry");
  CU_ASSERT(strstr(osmflow_bytes_string(&lines), "|plainly|5\n") != NULL);
  only_entry(&desk, path);
  osmflow_bytes_reset(&lines);
  for (int size = 150; size >= 0; size -= 10) {
    CU_ASSERT_EQUAL(truncate(path, size), 0);
    osmflow_bytes_reset(&lines);
    CU_ASSERT_EQUAL(osmflow_cache_list(desk.cache, write_line, &lines, &error), OSMFLOW_OK);
    CU_ASSERT(size > 100 || lines.size == 0);
  }
  osmflow_bytes_clear(&lines);
  desk_clear(&desk);
}

static void asks_again_when_the_time_is_over(void) {
  struct desk desk;
  desk_init(&desk, two_answers, 2, 60, NULL);
  expect(&desk, cacheable(&desk), "first", false, "a miss");
  desk.fake.now_ms += 59000;
  expect(&desk, cacheable(&desk), "first", true, "still fresh");
  desk.fake.now_ms += 1000;
  expect(&desk, cacheable(&desk), "later", false, "too old");
  expect(&desk, cacheable(&desk), "later", true, "replaced");
  desk.fake.now_ms -= 30000;
  expect(&desk, cacheable(&desk), "later", false, "from the future: a clock was wrong");
  CU_ASSERT_EQUAL(entries(&desk), 1);
  desk_clear(&desk);
}

static void replaces_what_is_said_to_be_outdated(void) {
  struct desk desk;
  desk_init(&desk, two_answers, 2, 0, NULL);
  expect(&desk, cacheable(&desk), "first", false, "from the server");
  osmflow_http_free(desk.http);
  desk.options.cache_is_outdated = true;
  desk.http = client_new(&desk.fake, &desk.options);
  expect(&desk, cacheable(&desk), "later", false, "from the server once more");
  osmflow_http_free(desk.http);
  desk.options.cache_is_outdated = false;
  desk.http = client_new(&desk.fake, &desk.options);
  expect(&desk, cacheable(&desk), "later", true, "the newer one was kept");
  CU_ASSERT_EQUAL(entries(&desk), 1);
  desk_clear(&desk);
}

static void believes_no_damaged_entry(void) {
  char original[1024];
  char path[256];
  struct desk desk;
  desk_init(&desk, two_answers, 2, 0, NULL);
  expect(&desk, cacheable(&desk), "first", false, "a miss");
  only_entry(&desk, path);
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  const size_t size = fread(original, 1, sizeof original, file);
  fclose(file);
  CU_ASSERT(size > 100 && size < sizeof original);
  /* Cut at each place, then each byte changed; the blanks that fill the first line carry nothing. */
  for (size_t i = 0; i < 2 * size; i++) {
    const bool cut = i < size;
    const size_t place = cut ? i : i - size;
    file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fwrite(original, 1, cut ? place : size, file);
    if (!cut && fseek(file, (long)place, SEEK_SET) == 0)
      fputc(original[place] ^ 0x10, file);
    fclose(file);
    struct got got;
    ask(desk.http, cacheable(&desk), &got);
    if (got.response.from_cache)
      fprintf(stderr, "\nbelieved with %s at %zu\n", cut ? "a cut" : "a change", place);
    CU_ASSERT_FALSE(got.response.from_cache);
    UNIT_SAME(osmflow_bytes_string(&got.body), "later", "from the server");
    got_clear(&got);
  }
  expect(&desk, cacheable(&desk), "later", true, "the damaged entry was replaced");
  desk_clear(&desk);
}

static void keeps_only_what_is_whole_and_public(void) {
  static const struct {
    const char *why, *answer, *token, *query;
    const char *method;
    enum osmflow_http_authorization authorization;
    bool cacheable;
  } cases[] = {
      {"not wanted", GOOD("first"), NULL, "", "GET", OSMFLOW_HTTP_IF_ANY, false},
      {"not a GET", GOOD("first"), NULL, "", "POST", OSMFLOW_HTTP_IF_ANY, true},
      {"sent with a token", GOOD("first"), SECRET, "", "GET", OSMFLOW_HTTP_IF_ANY, true},
      {"for its owner", GOOD("first"), SECRET, "", "GET", OSMFLOW_HTTP_REQUIRED, true},
      {"a secret in the URL", GOOD("first"), NULL, "/?token=1", "GET", OSMFLOW_HTTP_ANONYMOUS, true},
      {"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst", NULL, "", "GET", OSMFLOW_HTTP_ANONYMOUS, true},
      {"an error", "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nfirst", NULL, "", "GET", OSMFLOW_HTTP_ANONYMOUS, true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct raw_reply replies[] = {{cases[i].answer, RAW_CLOSE, 0}};
    struct desk desk;
    char url[128];
    desk_init(&desk, replies, 1, 0, cases[i].token);
    snprintf(url, sizeof url, "%s%s", desk.server->url, cases[i].query);
    for (int round = 0; round < 2; round++) {
      struct got got;
      struct osmflow_http_request request = get_request(url);
      request.method = cases[i].method;
      request.authorization = cases[i].authorization;
      request.cacheable = cases[i].cacheable;
      ask(desk.http, request, &got);
      CU_ASSERT_FALSE(got.response.from_cache);
      got_clear(&got);
    }
    if (entries(&desk) != 0 || raw_request_count(desk.server) != 2)
      fprintf(stderr, "\n%s: kept\n", cases[i].why);
    CU_ASSERT_EQUAL(entries(&desk), 0);
    CU_ASSERT_EQUAL(raw_request_count(desk.server), 2);
    desk_clear(&desk);
  }
}

/* A sink that finds the first `bad` documents cut off. */
struct judge {
  struct osmflow_bytes body;
  int bad;
};

static enum osmflow_status judge_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  return osmflow_bytes_add(&((struct judge *)self)->body, data, size, error);
}

static enum osmflow_status judge_begin(void *self, const struct osmflow_http_response *response,
                                       struct osmflow_error *error) {
  (void)response;
  (void)error;
  osmflow_bytes_reset(&((struct judge *)self)->body);
  return OSMFLOW_OK;
}

static enum osmflow_status judge_finish(void *self, struct osmflow_error *error) {
  return ((struct judge *)self)->bad-- > 0 ? osmflow_error_set(error, OSMFLOW_BAD_DATA, "cut off") : OSMFLOW_OK;
}

static void keeps_nothing_that_the_sink_refuses(void) {
  struct desk desk;
  struct got got;
  struct judge judge = {.bad = 1};
  osmflow_bytes_init(&judge.body, 1000);
  desk_init(&desk, two_answers, 2, 0, NULL);
  struct osmflow_http_request request = cacheable(&desk);
  request.sink = (struct osmflow_http_sink){&judge, judge_begin, judge_write, judge_finish};
  ask(desk.http, request, &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(entries(&desk), 0);
  got_clear(&got);
  ask(desk.http, request, &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_EQUAL(entries(&desk), 1);
  got_clear(&got);
  judge.bad = 1; /* an entry that is refused later makes the client ask the server */
  ask(desk.http, request, &got);
  CU_ASSERT_EQUAL(got.status, OSMFLOW_OK);
  CU_ASSERT_FALSE(got.response.from_cache);
  CU_ASSERT_EQUAL(raw_request_count(desk.server), 3);
  UNIT_SAME(osmflow_bytes_string(&judge.body), "later", "begun anew");
  got_clear(&got);
  osmflow_bytes_clear(&judge.body);
  desk_clear(&desk);
}

static void goes_on_when_the_cache_cannot_be_written(void) {
  struct desk desk;
  char made[96];
  desk_init(&desk, two_answers, 2, 0, NULL);
  CU_ASSERT_EQUAL(rmdir(desk.cache), 0);
  expect(&desk, cacheable(&desk), "first", false, "no folder any more");
  expect(&desk, cacheable(&desk), "later", false, "no folder any more");
  CU_ASSERT_EQUAL(desk.fake.warnings, 1);
  CU_ASSERT_EQUAL(entries(&desk), 0);
  snprintf(made, sizeof made, "%s/made", desk.folder);
  CU_ASSERT_EQUAL(mkdir(desk.cache, 0700), 0);
  desk_clear(&desk);
}

static void refuses_a_cache_that_is_no_folder(void) {
  struct fake fake;
  struct osmflow_http *http = NULL;
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  const struct osmflow_http_options options = {.root = "https://example.org", .cache_directory = "/dev/null/cache"};
  CU_ASSERT_EQUAL(osmflow_http_new(&fake.environment, &options, &http, &error), OSMFLOW_IO);
  CU_ASSERT_PTR_NULL(http);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "/dev/null"));
}

static void counts_and_clears_only_its_own(void) {
  static const char *const foreign[] = {"notes.txt", "0123456789abcdef", "0123456789abcdeg.osmflow",
                                        "0123456789abcdef.osmflow.bak"};
  struct desk desk;
  struct osmflow_cache_summary summary;
  struct osmflow_error error = {.message = ""};
  char path[256];
  desk_init(&desk, two_answers, 2, 0, NULL);
  expect(&desk, cacheable(&desk), "first", false, "a miss");
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", desk.cache, foreign[i]);
    close(open(path, O_CREAT | O_WRONLY, 0600));
  }
  snprintf(path, sizeof path, "%s/%s", desk.cache, "0123456789abcdef.osmflow.part-abcdef");
  close(open(path, O_CREAT | O_WRONLY, 0600));
  CU_ASSERT_EQUAL(osmflow_cache_summarize(desk.cache, &summary, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(summary.count, 1);
  CU_ASSERT(summary.bytes > 5);
  CU_ASSERT(summary.oldest_seconds > 0);
  CU_ASSERT_EQUAL(osmflow_cache_clear(desk.cache, &summary, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(summary.count, 1);
  CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0); /* the interrupted draft is gone, too */
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", desk.cache, foreign[i]);
    CU_ASSERT_EQUAL(unlink(path), 0);
  }
  CU_ASSERT_EQUAL(osmflow_cache_summarize("/nowhere/at/all", &summary, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(summary.count, 0);
  desk_clear(&desk);
}

OSMFLOW_UNIT_MAIN("net/cache", UNIT(answers_again_without_the_server), UNIT(lists_what_it_has),
                  UNIT(asks_again_when_the_time_is_over), UNIT(replaces_what_is_said_to_be_outdated),
                  UNIT(believes_no_damaged_entry), UNIT(keeps_only_what_is_whole_and_public),
                  UNIT(keeps_nothing_that_the_sink_refuses), UNIT(goes_on_when_the_cache_cannot_be_written),
                  UNIT(refuses_a_cache_that_is_no_folder), UNIT(counts_and_clears_only_its_own))
