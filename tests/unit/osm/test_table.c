/* Paging, against a server made of an array of changesets, or of prepared pages. */
#include "osm/table.h"

#include "base/number.h"
#include "osm/table_load.h"
#include "table_unit.h"
#include "unit.h"

enum { BODY_SIZE = 1 << 22, MOST_CHANGESETS = 20000, MOST_REQUESTS = 1000 };

struct fake_changeset {
  int64_t id, created_at;
};

struct fake_server {
  struct fake_changeset changesets[MOST_CHANGESETS]; /* newest first */
  size_t changeset_count;
  size_t page_limit; /* of changesets */
  const char *const *pages;
  size_t page_count;
  enum osmflow_status limits_status;
  size_t cut_first_answer; /* bytes to send before the first answer is begun anew; 0: none */
  char queries[MOST_REQUESTS][200];
  char accepts[MOST_REQUESTS][40];
  size_t requests, limit_requests;
};

static int64_t parameter(const struct osmflow_call *call, const char *name, bool is_time, int64_t otherwise) {
  struct osmflow_bytes value;
  int64_t number = otherwise;
  osmflow_bytes_init(&value, 1000);
  if (osmflow_call_parameter(call, name, &value) &&
      !(is_time ? osmflow_parse_time(osmflow_bytes_view(&value), &number)
                : osmflow_parse_int(osmflow_bytes_view(&value), INT64_MIN, INT64_MAX, &number)))
    abort();
  osmflow_bytes_clear(&value);
  return number;
}

static void print_changesets(const struct fake_server *fake, const struct osmflow_call *call,
                             struct osmflow_bytes *body) {
  const int64_t from = parameter(call, "from", true, INT64_MIN), limit = parameter(call, "limit", false, 100);
  const int64_t to = from == INT64_MIN ? INT64_MAX : parameter(call, "to", true, INT64_MAX);
  const bool oldest_first = strstr(call->query, "order=oldest");
  size_t sent = 0;
  if (limit < 1 || limit > (int64_t)fake->page_limit || osmflow_bytes_add_string(body, "<osm>", NULL) != OSMFLOW_OK)
    abort();
  for (size_t i = 0; i < fake->changeset_count && sent < (size_t)limit; i++) {
    const struct fake_changeset *changeset = &fake->changesets[oldest_first ? fake->changeset_count - 1 - i : i];
    char created_at[OSMFLOW_NUMBER_SIZE];
    if (changeset->created_at < from || changeset->created_at >= to)
      continue;
    osmflow_format_time(created_at, changeset->created_at);
    if (osmflow_bytes_print(body, NULL, "<changeset id='%lld' created_at='%s'/>", (long long)changeset->id,
                            created_at) != OSMFLOW_OK)
      abort();
    sent++;
  }
  if (osmflow_bytes_add_string(body, "</osm>", NULL) != OSMFLOW_OK)
    abort();
}

static enum osmflow_status send_body(const struct osmflow_http_sink *sink, struct osmflow_text body, bool is_whole,
                                     struct osmflow_error *error) {
  struct osmflow_http_response response;
  memset(&response, 0, sizeof response);
  response.status = 200;
  enum osmflow_status status = sink->begin(sink->self, &response, error);
  if (status == OSMFLOW_OK && body.size > 0)
    status = sink->write(sink->self, body.data, body.size, error);
  return status == OSMFLOW_OK && is_whole ? sink->finish(sink->self, error) : status;
}

static enum osmflow_status fake_get(void *self, const struct osmflow_call *call, const char *accept,
                                    const struct osmflow_http_sink *sink, struct osmflow_error *error) {
  struct fake_server *fake = self;
  struct osmflow_bytes body;
  osmflow_bytes_init(&body, BODY_SIZE);
  if (fake->requests == MOST_REQUESTS)
    abort();
  snprintf(fake->queries[fake->requests], sizeof fake->queries[0], "%s", call->query);
  snprintf(fake->accepts[fake->requests], sizeof fake->accepts[0], "%s", accept ? accept : "-");
  enum osmflow_status status = OSMFLOW_OK;
  if (!fake->pages)
    print_changesets(fake, call, &body);
  else if (osmflow_bytes_add_string(
               &body, fake->pages[fake->requests < fake->page_count ? fake->requests : fake->page_count - 1], NULL) !=
           OSMFLOW_OK)
    abort();
  if (fake->requests == 0 && fake->cut_first_answer > 0)
    status = send_body(sink, (struct osmflow_text){body.data, fake->cut_first_answer}, false, error);
  fake->requests++;
  if (status == OSMFLOW_OK)
    status = send_body(sink, osmflow_bytes_view(&body), true, error);
  osmflow_bytes_clear(&body);
  return status;
}

static enum osmflow_status fake_limits(void *self, const char *root, struct osmflow_capabilities *capabilities,
                                       struct osmflow_error *error) {
  struct fake_server *fake = self;
  (void)root;
  fake->limit_requests++;
  osmflow_capabilities_default(capabilities);
  if (fake->page_limit > 0)
    capabilities->changesets_limit = (int64_t)fake->page_limit;
  capabilities->trackpoints_page = 2;
  capabilities->notes_limit = 3;
  return fake->limits_status == OSMFLOW_OK ? OSMFLOW_OK : osmflow_error_set(error, fake->limits_status, "no limits");
}

static enum osmflow_status load(struct fake_server *fake, const char *connection, struct osmflow_table *table,
                                struct osmflow_error *error) {
  const struct osmflow_table_server server = {fake, fake_get, fake_limits};
  struct osmflow_call call;
  osmflow_call_init(&call);
  osmflow_table_init(table);
  CU_ASSERT_EQUAL_FATAL(osmflow_call_parse(connection, NULL, &call, NULL), OSMFLOW_OK);
  const enum osmflow_status status = osmflow_table_load_from(&server, &call, table, NULL, error);
  osmflow_call_clear(&call);
  return status;
}

static struct fake_server *new_server(size_t count, int64_t per_second) {
  struct fake_server *fake = calloc(1, sizeof *fake);
  if (!fake)
    abort();
  fake->changeset_count = count;
  fake->page_limit = 100;
  for (size_t i = 0; i < count; i++)
    fake->changesets[i] = (struct fake_changeset){(int64_t)(count - i), 1500000000 + (int64_t)(count - i) / per_second};
  return fake;
}

static void walks_through_time_until_all_changesets_are_there(void) {
  static const struct {
    size_t there;
    int64_t per_second;
    const char *connection;
    size_t expected, requests;
    const char *why;
  } cases[] = {
      {0, 1, "changesets?user=5", 0, 1, "none"},
      {99, 1, "changesets?user=5", 99, 1, "a page that is not full is the last"},
      {100, 1, "changesets?user=5", 100, 2, "a full page may not be the last"},
      {250, 1, "changesets?user=5", 250, 3, "each page begins with the second of the last one"},
      {250, 7, "changesets?user=5", 250, 3, "several in one second come twice and are kept once"},
      {250, 99, "changesets?user=5", 250, 4, "nearly a page in one second"},
      {250, 7, "changesets?user=5&order=oldest", 250, 3, "the other way"},
      {5000, 3, "changesets?limit=250", 250, 3, "as many as the user wants"},
      {5000, 3, "changesets?limit=100", 100, 1, "a page is enough"},
      {5000, 3, "changesets?limit=7", 7, 1, "less than a page"},
      {5000, 3, "changesets?limit=7&order=oldest", 7, 1, "less than a page, from the other end"},
      {5000, 3, "changesets", 1000, 11, "of the whole world, the newest"},
      {5000, 3, "changesets?from=2017-07-14T02:41:00Z&to=2017-07-14T02:42:00Z", 180, 2, "inside of from and to"},
      {10000, 5, "changesets?bbox=1,2,3,4", 10000, 107, "as many as are read without limit="},
      {20000, 5, "changesets?limit=15000", 15000, 159, "more when asked for"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake_server *fake = new_server(cases[i].there, cases[i].per_second);
    struct osmflow_table table;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(load(fake, cases[i].connection, &table, &error), OSMFLOW_OK);
    if (table.layer_count == 0 || table.layers[0].row_count != cases[i].expected || fake->requests > cases[i].requests)
      fprintf(stderr, "\n%s, %s: %zu rows in %zu requests %s\n", cases[i].connection, cases[i].why,
              table.layer_count ? table.layers[0].row_count : 0, fake->requests, error.message);
    CU_ASSERT(table.layer_count == 1 && table.layers[0].row_count == cases[i].expected);
    CU_ASSERT(fake->requests <= cases[i].requests);
    const int64_t step = strstr(cases[i].connection, "oldest") ? 1 : -1;
    for (size_t j = 1; table.layer_count > 0 && j < table.layers[0].row_count; j++)
      CU_ASSERT_EQUAL(table.layers[0].rows[j].fid, table.layers[0].rows[j - 1].fid + step);
    osmflow_table_clear(&table);
    free(fake);
  }
}

static void refuses_a_part_of_the_changesets(void) {
  static const struct {
    size_t there;
    int64_t per_second;
    const char *connection, *says;
  } cases[] = {
      {10001, 5, "changesets?user=5", "more than 10000 fit; narrow the query"},
      {300, 250, "changesets?user=5", "more than 100 were created at 2017-07-14T02:40:00Z"},
      {300, 250, "changesets?user=5&order=oldest", "more than 100 were created at 2017-07-14T02:40:00Z"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake_server *fake = new_server(cases[i].there, cases[i].per_second);
    struct osmflow_table table;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(load(fake, cases[i].connection, &table, &error), OSMFLOW_TOO_LARGE);
    if (!strstr(error.message, cases[i].says))
      fprintf(stderr, "\n%s: got [%s]\n", cases[i].connection, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].says));
    CU_ASSERT_EQUAL(table.layer_count, 0);
    free(fake);
  }
}

static void asks_for_capabilities_only_where_they_matter(void) {
  static const struct {
    const char *connection;
    size_t expected;
  } cases[] = {{"changesets?user=5", 1}, {"changesets?limit=100", 0}, {"changesets?limit=101", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake_server *fake = new_server(3, 1);
    struct osmflow_table table;
    CU_ASSERT_EQUAL(load(fake, cases[i].connection, &table, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(fake->limit_requests, cases[i].expected);
    osmflow_table_clear(&table);
    free(fake);
  }
}

#define TRACK(lon) \
  "<gpx><trk><name>n</name><trkseg><trkpt lat='1' lon='" lon "'/><trkpt lat='2' lon='" lon "'/></trkseg></trk></gpx>"
#define HALF "<gpx><trk><name>n</name><trkseg><trkpt lat='1' lon='9'/></trkseg></trk></gpx>"

static void reads_trackpoints_until_a_page_is_not_full(void) {
  static const char *const pages[] = {TRACK("1"), TRACK("2"), HALF};
  static const char *const full_pages[] = {TRACK("1"), TRACK("2"), "<gpx/>"};
  static const struct {
    const char *const *pages;
    const char *connection;
    enum osmflow_status limits_status;
    size_t cut, points, requests;
    const char *last_query;
  } cases[] = {
      {pages, "trackpoints?bbox=1,2,3,4", OSMFLOW_OK, 0, 5, 3, "page=2"},
      {pages, "trackpoints?bbox=1,2,3,4", OSMFLOW_OK, 60, 5, 3, "page=2"},
      {full_pages, "trackpoints?bbox=1,2,3,4", OSMFLOW_OK, 0, 4, 3, "page=2"},
      {full_pages, "trackpoints?bbox=1,2,3,4", OSMFLOW_NOT_FOUND, 0, 4, 3, "page=2"},
      {pages, "trackpoints?bbox=1,2,3,4&page=1", OSMFLOW_OK, 0, 2, 1, "page=1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake_server *fake = new_server(0, 1);
    struct osmflow_table table;
    fake->pages = cases[i].pages;
    fake->page_count = 3;
    fake->limits_status = cases[i].limits_status;
    fake->cut_first_answer = cases[i].cut;
    CU_ASSERT_EQUAL(load(fake, cases[i].connection, &table, NULL), OSMFLOW_OK);
    CU_ASSERT(table.layer_count == 2 && table.layers[1].row_count == cases[i].points);
    CU_ASSERT(table.layer_count == 2 && table.layers[0].row_count == 1);
    CU_ASSERT_EQUAL(fake->requests, cases[i].requests);
    CU_ASSERT_PTR_NOT_NULL(strstr(fake->queries[fake->requests - 1], cases[i].last_query));
    osmflow_table_clear(&table);
    free(fake);
  }
}

#define NOTE(id) "<note lon='1' lat='2'><id>" id "</id></note>"

static void raises_the_limit_of_notes(void) {
  static const char *const two[] = {"<osm>" NOTE("1") NOTE("2") "</osm>"};
  static const char *const three[] = {"<osm>" NOTE("1") NOTE("2") NOTE("3") "</osm>"};
  static const struct {
    const char *const *pages;
    const char *connection;
    enum osmflow_status status;
    size_t rows;
    const char *query;
  } cases[] = {
      {two, "notes?bbox=1,2,3,4", OSMFLOW_OK, 2, "limit=3"},
      {three, "notes?bbox=1,2,3,4", OSMFLOW_TOO_LARGE, 0, "limit=3"},
      {three, "notes?bbox=1,2,3,4&limit=50", OSMFLOW_OK, 3, "limit=50"},
      {three, "notes/search?q=x", OSMFLOW_OK, 3, "limit=3"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake_server *fake = new_server(0, 1);
    struct osmflow_table table;
    fake->pages = cases[i].pages;
    fake->page_count = 1;
    CU_ASSERT_EQUAL(load(fake, cases[i].connection, &table, NULL), cases[i].status);
    CU_ASSERT_EQUAL(table.layer_count > 0 ? table.layers[0].row_count : 0, cases[i].rows);
    CU_ASSERT_PTR_NOT_NULL(strstr(fake->queries[0], cases[i].query));
    UNIT_SAME(fake->accepts[0], "application/json", "the form that is asked for");
    osmflow_table_clear(&table);
    free(fake);
  }
}

static void asks_for_the_form_that_loses_nothing(void) {
  static const char *const page[] = {"{\"changeset\":{\"id\":7},\"permissions\":[],\"user\":{\"id\":5}}"};
  static const char *const value[] = {"blue"};
  static const struct {
    const char *connection;
    const char *const *page;
    const char *accept;
  } cases[] = {
      {"changeset/7", page, "application/json"},      {"changeset/7.json", page, "-"},
      {"permissions", page, "application/json"},      {"user/5", page, "application/json"},
      {"user/preferences/some%20colour", value, "-"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake_server *fake = new_server(0, 1);
    struct osmflow_table table;
    fake->pages = cases[i].page;
    fake->page_count = 1;
    CU_ASSERT_EQUAL(load(fake, cases[i].connection, &table, NULL), OSMFLOW_OK);
    UNIT_SAME(fake->accepts[0], cases[i].accept, cases[i].connection);
    if (cases[i].page == value && table.layer_count == 1)
      UNIT_SAME(table.layers[0].values[0].text.data, "some colour", "the key");
    osmflow_table_clear(&table);
    free(fake);
  }
}

static enum osmflow_status answer_with_html(void *self, const struct osmflow_call *call, const char *accept,
                                            const struct osmflow_http_sink *sink, struct osmflow_error *error) {
  struct osmflow_http_response response;
  (void)self;
  (void)call;
  (void)accept;
  memset(&response, 0, sizeof response);
  snprintf(response.content_type, sizeof response.content_type, "text/html; charset=utf-8");
  return sink->begin(sink->self, &response, error);
}

static void refuses_a_web_page(void) {
  const struct osmflow_table_server server = {NULL, answer_with_html, fake_limits};
  struct osmflow_call call;
  struct osmflow_table table;
  struct osmflow_error error = {0};
  osmflow_call_init(&call);
  osmflow_table_init(&table);
  CU_ASSERT_EQUAL_FATAL(osmflow_call_parse("permissions", NULL, &call, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_table_load_from(&server, &call, &table, NULL, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "web page"));
  osmflow_call_clear(&call);
}

static bool stop(void *self, double done, int64_t bytes) {
  int *calls = self;
  CU_ASSERT(done < 0 && bytes > 0);
  return ++*calls < 2;
}

static void stops_when_the_user_wants(void) {
  struct fake_server *fake = new_server(500, 1);
  const struct osmflow_table_server server = {fake, fake_get, fake_limits};
  int calls = 0;
  const struct osmflow_fetch_progress progress = {&calls, stop};
  struct osmflow_call call;
  struct osmflow_table table;
  osmflow_call_init(&call);
  osmflow_table_init(&table);
  CU_ASSERT_EQUAL_FATAL(osmflow_call_parse("changesets?user=5", NULL, &call, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_table_load_from(&server, &call, &table, &progress, NULL), OSMFLOW_CANCELLED);
  CU_ASSERT_EQUAL(fake->requests, 2);
  CU_ASSERT_EQUAL(table.layer_count, 0);
  osmflow_call_clear(&call);
  free(fake);
}

OSMFLOW_UNIT_MAIN("osm/table", UNIT(walks_through_time_until_all_changesets_are_there),
                  UNIT(refuses_a_part_of_the_changesets), UNIT(asks_for_capabilities_only_where_they_matter),
                  UNIT(reads_trackpoints_until_a_page_is_not_full), UNIT(raises_the_limit_of_notes),
                  UNIT(asks_for_the_form_that_loses_nothing), UNIT(refuses_a_web_page), UNIT(stops_when_the_user_wants))
