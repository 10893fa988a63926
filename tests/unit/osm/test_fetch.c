#include "osm/fetch.h"

#include "osm_server.h"

/* Time passes at once when the client waits. */
static int64_t skipped_ms;

static int64_t fake_monotonic_ms(void *self) {
  (void)self;
  return osmflow_environment_system()->monotonic_ms(NULL) + skipped_ms;
}

static void fake_sleep_ms(void *self, int64_t milliseconds) {
  (void)self;
  skipped_ms += milliseconds;
}

static const char *no_option(void *self, const char *name) {
  (void)self;
  (void)name;
  return NULL;
}

static void no_log(void *self, enum osmflow_log_level level, const char *message) {
  (void)self;
  (void)level;
  (void)message;
}

struct seen {
  double last_share;
  int64_t last_bytes;
  bool went_back, cancels;
};

static bool watch(void *self, double done, int64_t bytes) {
  struct seen *seen = self;
  seen->went_back = seen->went_back || (done >= 0 && done < seen->last_share) || bytes < seen->last_bytes;
  if (done >= 0)
    seen->last_share = done;
  seen->last_bytes = bytes;
  return !seen->cancels;
}

/* Reads a call as a user would, into a store that the caller clears. */
static enum osmflow_status fetch_from(const char *root, const char *connection, struct osmflow_store *store,
                                      struct seen *seen, struct osmflow_error *error) {
  struct osmflow_environment environment = *osmflow_environment_system();
  struct osmflow_http_options options = {.root = root,
                                         .token_option = "OSMAPI_TOKEN",
                                         .login_command = "osmflow login osm",
                                         .max_wait_ms = 60000,
                                         .max_attempts = 3};
  struct osmflow_fetch_progress progress = {.self = seen, .report = watch};
  struct osmflow_http *http = NULL;
  struct osmflow_call call;
  environment.monotonic_ms = fake_monotonic_ms;
  environment.sleep_ms = fake_sleep_ms;
  environment.option = no_option;
  environment.log = no_log;
  *error = (struct osmflow_error){0};
  osmflow_call_init(&call);
  enum osmflow_status status = osmflow_call_parse(connection, root, &call, error);
  osmflow_store_init(store, call.call_class && call.call_class->answer == OSMFLOW_ANSWER_VERSIONS);
  if (status == OSMFLOW_OK)
    status = osmflow_http_new(&environment, &options, &http, error);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_elements(http, &call, store, seen ? &progress : NULL, error);
  osmflow_http_free(http);
  osmflow_call_clear(&call);
  return status;
}

static enum osmflow_status fetch(const char *connection, struct osmflow_store *store, struct seen *seen,
                                 struct osmflow_error *error) {
  return fetch_from(world.root, connection, store, seen, error);
}

/* The message of a call that must fail. */
static void check_failure(const char *connection, enum osmflow_status expected, const char *format) {
  struct osmflow_store store;
  struct osmflow_error error;
  char message[OSMFLOW_ERROR_SIZE];
  enum osmflow_status status = fetch(connection, &store, NULL, &error);
  CU_ASSERT_EQUAL(status, expected);
  const char *place = strstr(format, "ROOT");
  if (place)
    snprintf(message, sizeof message, "%.*s%s%s", (int)(place - format), format, world.root, place + 4);
  else
    snprintf(message, sizeof message, "%s", format);
  UNIT_SAME(error.message, message, format);
  osmflow_store_clear(&store);
}

/* Exactly the world's elements, each of them once and whole. */
static void check_world(const struct osmflow_store *store) {
  size_t ways = 0;
  CU_ASSERT_EQUAL(store->node_count, WORLD_NODES);
  for (int64_t id = 1; id <= WORLD_NODES; id++) {
    const struct osmflow_node *node = osmflow_store_node(store, id);
    int32_t lon, lat;
    world_place(id, &lon, &lat);
    CU_ASSERT(store->nodes[id - 1].element.id == id);
    CU_ASSERT(node && node->lon == lon && node->lat == lat && node->element.tag_count == 1);
    if (!begins_way(id))
      continue;
    const struct osmflow_way *way = osmflow_store_way(store, id);
    ways++;
    CU_ASSERT(way && way->ref_count == 2 && store->refs[way->first_ref] == id &&
              store->refs[way->first_ref + 1] == id + 1);
  }
  CU_ASSERT_EQUAL(store->way_count, ways);
  CU_ASSERT_PTR_NULL(osmflow_store_node(store, 999999));
}

static const char all[] = "8.9999,46.9999,9.4,47.4";

static void a_small_map_is_one_request(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  struct seen seen = {0};
  world_reset();
  CU_ASSERT(fetch(all, &store, &seen, &error) == OSMFLOW_OK);
  check_world(&store);
  CU_ASSERT_EQUAL(world.requests, 1);
  CU_ASSERT(seen.last_bytes > 100000 && !seen.went_back);
  osmflow_store_clear(&store);
}

static void a_crowded_map_is_cut_where_it_is_crowded(void) {
  static const int limits[] = {800, 100, 7};
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    struct osmflow_store store;
    struct osmflow_error error;
    struct seen seen = {0};
    world_reset();
    world.node_limit = limits[i];
    world.waits_for_two = true;
    CU_ASSERT(fetch(all, &store, &seen, &error) == OSMFLOW_OK);
    check_world(&store);
    CU_ASSERT(world.requests >= WORLD_NODES / limits[i]);
    CU_ASSERT(world.most_in_flight == 2);
    CU_ASSERT(seen.last_share > 0.999999 && seen.last_share < 1.000001 && !seen.went_back);
    osmflow_store_clear(&store);
  }
}

static void a_large_map_is_cut_as_the_capabilities_say(void) {
  static const struct {
    double told, real;
    int capabilities, most_requests;
    const char *why;
  } cases[] = {
      {0.25, 0.25, 1, 7, "the usual limit"},
      {0.05, 0.05, 1, 45, "a strict server"},
      {100, 100, 1, 2, "a generous server: no tiles at all"},
      {0.25, 0.05, 1, 64, "a server that refuses more than it says, and says by how much"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_store store;
    struct osmflow_error error;
    world_reset();
    world.told_area_limit = cases[i].told;
    world.area_limit = cases[i].real;
    CU_ASSERT(fetch("map?bbox=8.5,46.5,9.5,47.5", &store, NULL, &error) == OSMFLOW_OK);
    check_world(&store);
    if (world.requests > cases[i].most_requests)
      fprintf(stderr, "\n%s: %d requests\n", cases[i].why, world.requests);
    CU_ASSERT(world.requests <= cases[i].most_requests && world.capabilities_requests == cases[i].capabilities);
    CU_ASSERT(world.most_in_flight <= 2);
    osmflow_store_clear(&store);
  }
}

static void a_small_map_on_a_stricter_server_is_cut_as_it_says(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  world_reset();
  world.area_limit = 0.01;
  CU_ASSERT(fetch(all, &store, NULL, &error) == OSMFLOW_OK);
  check_world(&store);
  CU_ASSERT(world.capabilities_requests == 0 && world.requests <= 1 + 25);
  osmflow_store_clear(&store);
}

static void hopeless_maps_are_refused_with_reasons(void) {
  world_reset();
  check_failure("-180,-90,180,90", OSMFLOW_TOO_LARGE,
                "the bbox has 64800 square degrees, and the server sends 0.25 at a time: that would be 259560 requests "
                "(at most 10000 are made); ask for a smaller bbox, or take an extract (for example from "
                "download.geofabrik.de) for areas of this size");
  CU_ASSERT(world.map_requests == 0);
  world.node_limit = 0;
  check_failure(
      "9,47,9.00003,47.00003", OSMFLOW_TOO_LARGE,
      "ROOT refuses even the bbox 9,47,9.000015,47.000015, which is only about a metre wide and cannot be cut "
      "any further: You requested too many nodes (limit is 0). Either request a smaller area, or use "
      "planet.osm");
}

static void answers_that_were_cut_leave_nothing_behind(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  struct seen seen = {0};
  world_reset();
  world.cut_answers = 1;
  CU_ASSERT(fetch(all, &store, NULL, &error) == OSMFLOW_OK);
  check_world(&store);
  CU_ASSERT_EQUAL(world.requests, 2);
  osmflow_store_clear(&store);

  world_reset();
  world.node_limit = 500;
  world.cut_answers = 2;
  CU_ASSERT(fetch(all, &store, &seen, &error) == OSMFLOW_OK);
  check_world(&store);
  CU_ASSERT(!seen.went_back);
  osmflow_store_clear(&store);

  world_reset();
  world.cut_answers = 1000;
  CU_ASSERT(fetch(all, &store, NULL, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(world.requests, 3);
  osmflow_store_clear(&store);

  world_reset();
  world.ends_with_error = true;
  CU_ASSERT(fetch(all, &store, NULL, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "database gone") != NULL);
  osmflow_store_clear(&store);
}

static void one_failing_tile_ends_everything(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  world_reset();
  world.node_limit = 100;
  world.fail_from = 12;
  world.fail_status = 400;
  world.fail_text = "Something else is wrong";
  CU_ASSERT(fetch(all, &store, NULL, &error) == OSMFLOW_HTTP);
  CU_ASSERT(error.http_status == 400 && strstr(error.message, "Something else is wrong") != NULL);
  CU_ASSERT(strstr(error.message, "bbox=") != NULL);
  CU_ASSERT(world.map_requests <= 14);
  osmflow_store_clear(&store);
}

static void the_download_limit_is_explained(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  world_reset();
  world.fail_from = 1;
  world.fail_status = 509;
  world.fail_text = "You have downloaded too much data. Please try again in 3600 seconds.";
  world.retry_after = "3600";
  CU_ASSERT(fetch(all, &store, NULL, &error) == OSMFLOW_HTTP);
  CU_ASSERT(error.http_status == 509 && world.requests == 1);
  CU_ASSERT(strstr(error.message, "has sent as much as it allows for now: try again in 3600 seconds") != NULL);
  CU_ASSERT(strstr(error.message, "osmflow login osm") != NULL);
  osmflow_store_clear(&store);
}

static void elements_that_are_not_there_are_explained(void) {
  world_reset();
  check_failure("node/404", OSMFLOW_NOT_FOUND, "node 404 does not exist on ROOT");
  check_failure("node/410", OSMFLOW_NOT_FOUND,
                "node 410 has been deleted on ROOT; \"node/410/history\" shows its versions, \"nodes?nodes=410\" who "
                "deleted it and when");
  check_failure("node/5/9", OSMFLOW_NOT_FOUND,
                "version 9 of node 5 does not exist on ROOT, or is hidden there (redacted)");
  check_failure("node/5/3", OSMFLOW_UNAUTHORIZED,
                "version 3 of node 5 is hidden on ROOT (redacted); only moderators can read it");
  check_failure("changeset/8/download", OSMFLOW_NOT_FOUND, "changeset 8 does not exist on ROOT");
  check_failure("ways?ways=1", OSMFLOW_NOT_FOUND, "1 of the 1 ways asked for does not exist on ROOT: 1; leave it out");
  check_failure("permissions", OSMFLOW_BAD_ARGUMENT, "the answer of permissions holds no elements");
}

static void answers_of_other_kinds_are_refused(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  world_reset();
  CU_ASSERT(fetch("way/200", &store, NULL, &error) == OSMFLOW_BAD_DATA);
  osmflow_store_clear(&store);
  CU_ASSERT(fetch("way/401", &store, NULL, &error) == OSMFLOW_UNAUTHORIZED);
  CU_ASSERT(error.http_status == 401 && strstr(error.message, "OSMAPI_TOKEN") != NULL);
  osmflow_store_clear(&store);
  CU_ASSERT(fetch_from("http://127.0.0.1:9", "node/5", &store, NULL, &error) == OSMFLOW_NETWORK);
  CU_ASSERT(strstr(error.message, "127.0.0.1:9") != NULL && strstr(error.message, "OSMAPI_URL") != NULL);
  osmflow_store_clear(&store);
}

static void single_calls_fill_the_store(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  world_reset();
  CU_ASSERT(fetch("node/5", &store, NULL, &error) == OSMFLOW_OK);
  CU_ASSERT(store.node_count == 1 && store.nodes[0].element.version == 2);
  osmflow_store_clear(&store);
  CU_ASSERT(fetch("node/5/history", &store, NULL, &error) == OSMFLOW_OK);
  CU_ASSERT(store.node_count == 2 && store.nodes[0].element.version == 1);
  osmflow_store_clear(&store);
  CU_ASSERT(fetch("node/5/relations", &store, NULL, &error) == OSMFLOW_OK);
  CU_ASSERT(store.relation_count == 0);
  osmflow_store_clear(&store);
}

/* "nodes?nodes=" with the ids first .. last, then more. */
static void write_list(char *text, size_t size, int first, int last, const char *more) {
  size_t length = (size_t)snprintf(text, size, "nodes?nodes=");
  for (int id = last; id >= first; id--)
    length += (size_t)snprintf(text + length, size - length, "%s%d", id == last ? "" : ",", id);
  snprintf(text + length, size - length, "%s", more);
}

static void long_lists_go_in_batches(void) {
  static char list[40000];
  struct osmflow_store store;
  struct osmflow_error error;
  struct seen seen = {0};
  world_reset();
  write_list(list, sizeof list, 1, WORLD_NODES, ",5,5,7");
  CU_ASSERT(fetch(list, &store, &seen, &error) == OSMFLOW_OK);
  CU_ASSERT(store.node_count == WORLD_NODES && store.nodes[9].element.id == 10);
  CU_ASSERT(world.longest_url <= 8000 && world.requests == 1);
  const struct osmflow_node *deleted = osmflow_store_node(&store, 100);
  CU_ASSERT(deleted && !deleted->element.visible && deleted->lon == OSMFLOW_NO_POSITION);
  osmflow_store_clear(&store);

  world_reset();
  size_t length = (size_t)snprintf(list, sizeof list, "nodes?nodes=1");
  for (int id = 2; id <= WORLD_NODES; id++)
    length += (size_t)snprintf(list + length, sizeof list - length, ",%dv1,%dv2", id, id);
  CU_ASSERT(fetch(list, &store, &seen, &error) == OSMFLOW_OK);
  CU_ASSERT(store.node_count == 2 * WORLD_NODES - 1);
  CU_ASSERT(world.longest_url <= 8000 && world.requests == 3 && world.most_in_flight <= 2);
  CU_ASSERT(seen.last_share > 0.999999);
  osmflow_store_clear(&store);
}

static void unknown_ids_are_found_and_named(void) {
  static char list[40000];
  static const struct {
    const char *more, *expected;
  } cases[] = {
      {",5000", "1 of the 1501 nodes asked for does not exist on ROOT: 5000; leave it out"},
      {",6000v2,5000", "2 of the 1502 nodes asked for do not exist on ROOT: 5000,6000v2; leave them out"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    world_reset();
    write_list(list, sizeof list, 1, 1500, cases[i].more);
    check_failure(list, OSMFLOW_NOT_FOUND, cases[i].expected);
    CU_ASSERT(world.requests < 60);
  }
  struct osmflow_store store;
  struct osmflow_error error;
  world_reset();
  CU_ASSERT(fetch("nodes?nodes=9001,9002,9003,9004,9005,9006,9007,9008,9009,9010,9011,9012", &store, NULL, &error) ==
            OSMFLOW_NOT_FOUND);
  CU_ASSERT(strncmp(error.message, "at least 10 of the 12 nodes asked for do not exist on", 53) == 0);
  CU_ASSERT(strstr(error.message, " and maybe more; leave them out") != NULL && world.requests < 30);
  osmflow_store_clear(&store);
}

static void stops_when_the_user_wants(void) {
  struct osmflow_store store;
  struct osmflow_error error;
  struct seen seen = {.cancels = true};
  world_reset();
  CU_ASSERT(fetch(all, &store, &seen, &error) == OSMFLOW_CANCELLED);
  osmflow_store_clear(&store);
  world.node_limit = 100;
  CU_ASSERT(fetch(all, &store, &seen, &error) == OSMFLOW_CANCELLED);
  CU_ASSERT(world.requests < 20);
  osmflow_store_clear(&store);
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(hopeless_maps_are_refused_with_reasons),
                                           UNIT(answers_that_were_cut_leave_nothing_behind),
                                           UNIT(one_failing_tile_ends_everything),
                                           UNIT(the_download_limit_is_explained),
                                           UNIT(elements_that_are_not_there_are_explained),
                                           UNIT(answers_of_other_kinds_are_refused),
                                           UNIT(unknown_ids_are_found_and_named),
                                           UNIT(stops_when_the_user_wants),
                                           UNIT(single_calls_fill_the_store),
                                           UNIT(long_lists_go_in_batches),
                                           UNIT(a_small_map_is_one_request),
                                           UNIT(a_crowded_map_is_cut_where_it_is_crowded),
                                           UNIT(a_large_map_is_cut_as_the_capabilities_say),
                                           UNIT(a_small_map_on_a_stricter_server_is_cut_as_it_says)};
  if (!world_start())
    return 1;
  int result = unit_run("osm/fetch", tests, sizeof tests / sizeof tests[0]);
  world_stop();
  return result;
}
