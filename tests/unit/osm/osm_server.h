/* A small OSM server in the test's own process: a world of nodes on a grid, as strict about limits as the real one,
 * with faults on demand. One world per test; every test resets it. */
#ifndef OSMFLOW_UNIT_OSM_SERVER_H
#define OSMFLOW_UNIT_OSM_SERVER_H

#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "base/bbox.h"
#include "base/number.h"
#include "unit.h"

enum { WORLD_SIDE = 40, WORLD_NODES = WORLD_SIDE * WORLD_SIDE, WORLD_STEP = OSMFLOW_DEGREE / 100 };

static struct world {
  pthread_mutex_t lock;
  pthread_cond_t second_came; /* two requests have been in flight at once */
  struct MHD_Daemon *daemon;
  char root[64];
  int port, run; /* the root's path is the run's number: what an earlier test has left in flight does not count */
  /* limits and faults */
  double area_limit, told_area_limit; /* told: in the capabilities */
  int node_limit;
  int cut_answers; /* so many map answers are cut off, though their framing is whole */
  int fail_from;   /* the map request with this number and all later ones get `fail_status`; 0: none */
  int fail_status;
  const char *fail_text, *retry_after;
  bool ends_with_error;
  bool waits_for_two; /* the second map request is held back until another one is there, for five seconds at most */
  /* what was seen */
  int requests, map_requests, capabilities_requests, in_flight, most_in_flight;
  size_t longest_url;
} world;

static void world_reset(void) {
  pthread_mutex_lock(&world.lock);
  world.run++;
  snprintf(world.root, sizeof world.root, "http://127.0.0.1:%d/run%d", world.port, world.run);
  world.in_flight = 0;
  world.area_limit = world.told_area_limit = 0.25;
  world.node_limit = 50000;
  world.cut_answers = world.fail_from = world.fail_status = 0;
  world.fail_text = "";
  world.retry_after = NULL;
  world.ends_with_error = world.waits_for_two = false;
  world.requests = world.map_requests = world.capabilities_requests = world.most_in_flight = 0;
  world.longest_url = 0;
  pthread_mutex_unlock(&world.lock);
}

/* Node 1 is at 9.0 E 47.0 N; ids go east, then north, a hundredth of a degree apart. */
static void world_place(int64_t id, int32_t *lon, int32_t *lat) {
  *lon = 9 * OSMFLOW_DEGREE + (int32_t)((id - 1) % WORLD_SIDE) * WORLD_STEP;
  *lat = 47 * OSMFLOW_DEGREE + (int32_t)((id - 1) / WORLD_SIDE) * WORLD_STEP;
}

struct page {
  char *text;
  size_t size;
  FILE *stream;
  int status;
  const char *content_type;
};

static void page_open(struct page *page) {
  *page = (struct page){.status = 200, .content_type = "application/xml; charset=utf-8"};
  page->stream = open_memstream(&page->text, &page->size);
}

static void page_fail(struct page *page, int status, const char *text) {
  (void)fclose(page->stream);
  free(page->text);
  page_open(page);
  page->status = status;
  page->content_type = "text/plain";
  (void)fputs(text, page->stream);
}

static void page_node(struct page *page, int64_t id, int version) {
  int32_t lon, lat;
  char x[OSMFLOW_NUMBER_SIZE], y[OSMFLOW_NUMBER_SIZE];
  world_place(id, &lon, &lat);
  osmflow_format_degrees(x, lon);
  osmflow_format_degrees(y, lat);
  fprintf(page->stream,
          "<node id=\"%" PRId64
          "\" visible=\"true\" version=\"%d\" changeset=\"1\" lat=\"%s\" lon=\"%s\">"
          "<tag k=\"name\" v=\"n%" PRId64 "\"/></node>\n",
          id, version, y, x, id);
}

/* Every fourth node begins a way to its eastern neighbour; the way and both its nodes are in the answer when one of
 * them is in the box, as with the real server. */
static bool begins_way(int64_t id) {
  return id % 4 == 0 && id % WORLD_SIDE != 0;
}

static void serve_map(struct page *page, const char *text) {
  struct osmflow_bbox bbox;
  bool inside[WORLD_NODES + 2] = {false}, wanted[WORLD_NODES + 2] = {false};
  char words[256];
  int count = 0;
  if (!text || osmflow_bbox_parse(osmflow_text(text), &bbox, NULL) != OSMFLOW_OK) {
    page_fail(page, 400, "The parameter bbox is required, and must be of the form min_lon,min_lat,max_lon,max_lat.");
    return;
  }
  if (osmflow_bbox_area(&bbox) > world.area_limit) {
    snprintf(words, sizeof words,
             "The maximum bbox size is %f, and your request was too large. Either request a smaller area, or use "
             "planet.osm",
             world.area_limit);
    page_fail(page, 400, words);
    return;
  }
  for (int64_t id = 1; id <= WORLD_NODES; id++) {
    int32_t lon, lat;
    world_place(id, &lon, &lat);
    inside[id] = lon >= bbox.min_lon && lon <= bbox.max_lon && lat >= bbox.min_lat && lat <= bbox.max_lat;
    wanted[id] = wanted[id] || inside[id];
    count += inside[id];
    if (begins_way(id) && inside[id])
      wanted[id + 1] = true;
    if (inside[id] && begins_way(id - 1))
      wanted[id - 1] = true;
  }
  if (count > world.node_limit) {
    snprintf(words, sizeof words,
             "You requested too many nodes (limit is %d). Either request a smaller area, or use planet.osm",
             world.node_limit);
    page_fail(page, 400, words);
    return;
  }
  fprintf(page->stream, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\">\n");
  if (world.cut_answers > 0) { /* what only this attempt holds must not be left */
    world.cut_answers--;
    fprintf(page->stream, "<node id=\"999999\" version=\"1\" lat=\"1\" lon=\"1\"/><node id=\"7\" ver");
    return;
  }
  for (int64_t id = 1; id <= WORLD_NODES; id++)
    if (wanted[id])
      page_node(page, id, 1);
  for (int64_t id = 1; id <= WORLD_NODES; id++)
    if (begins_way(id) && (inside[id] || inside[id + 1]))
      fprintf(page->stream,
              "<way id=\"%" PRId64 "\" visible=\"true\" version=\"3\"><nd ref=\"%" PRId64 "\"/><nd ref=\"%" PRId64
              "\"/><tag k=\"highway\" v=\"path\"/></way>\n",
              id, id, id + 1);
  fprintf(page->stream, "%s</osm>\n", world.ends_with_error ? "<error>database gone</error>" : "");
}

/* Ids up to WORLD_NODES exist, multiples of 100 are deleted, "v2" is the newest version. */
static void serve_nodes(struct page *page, const char *text) {
  struct osmflow_text rest = osmflow_text(text ? text : ""), word;
  fprintf(page->stream, "<osm version=\"0.6\">\n");
  while (osmflow_text_next(&rest, ',', &word)) {
    int64_t id = 0, version = 2;
    const char *mark = memchr(word.data, 'v', word.size);
    struct osmflow_text digits = {word.data, mark ? (size_t)(mark - word.data) : word.size};
    if (mark)
      (void)osmflow_parse_int((struct osmflow_text){mark + 1, word.size - digits.size - 1}, 1, 2, &version);
    if (!osmflow_parse_int(digits, 1, WORLD_NODES, &id)) {
      page_fail(page, 404, "");
      page->content_type = "text/html";
      return;
    }
    if (id % 100 == 0 && !mark)
      fprintf(page->stream, "<node id=\"%" PRId64 "\" visible=\"false\" version=\"2\" changeset=\"1\"/>\n", id);
    else
      page_node(page, id, (int)version);
  }
  fprintf(page->stream, "</osm>\n");
}

static void serve_element(struct page *page, const char *path) {
  static const struct {
    const char *path;
    int status;
    const char *text;
  } answers[] = {{"node/404", 404, ""},
                 {"node/410", 410, ""},
                 {"node/410/history", 404, ""},
                 {"node/5/9", 404, ""},
                 {"node/5/3", 403, "redacted"},
                 {"way/401", 401, "invalid_token"},
                 {"way/200", 200, "<html><body>Log in to this hotel's network</body></html>"},
                 {"changeset/8/download", 404, ""},
                 {"node/5/relations", 200, "<osm version=\"0.6\"></osm>"}};
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
    if (strcmp(path, answers[i].path) == 0) {
      page_fail(page, answers[i].status, answers[i].text);
      return;
    }
  if (strcmp(path, "node/5") == 0)
    serve_nodes(page, "5");
  else if (strcmp(path, "node/5/history") == 0)
    serve_nodes(page, "5v1,5v2");
  else
    page_fail(page, 404, "");
}

/* The part of a URL behind the root of the present run, or NULL. */
static const char *path_of(const char *url) {
  char api[64];
  int size = snprintf(api, sizeof api, "/run%d/api/0.6/", world.run);
  return size > 0 && strncmp(url, api, (size_t)size) == 0 ? url + size : NULL;
}

static void serve(struct page *page, const char *path, const char *bbox, const char *nodes) {
  bool is_map = strcmp(path, "map") == 0;
  world.map_requests += is_map;
  if (world.fail_from > 0 && is_map && world.map_requests >= world.fail_from)
    page_fail(page, world.fail_status, world.fail_text);
  else if (is_map)
    serve_map(page, bbox);
  else if (strcmp(path, "nodes") == 0)
    serve_nodes(page, nodes);
  else if (strcmp(path, "capabilities") == 0) {
    world.capabilities_requests++;
    fprintf(page->stream,
            "<osm version=\"0.6\"><api><version minimum=\"0.6\" maximum=\"0.6\"/><area maximum=\"%f\"/></api></osm>",
            world.told_area_limit);
  } else
    serve_element(page, path);
}

/* A request is in flight here from its coming until its answer is ready, which is never longer than the client thinks.
 */
static void take_off(void) {
  world.requests++;
  world.in_flight++;
  if (world.in_flight > world.most_in_flight)
    world.most_in_flight = world.in_flight;
  if (world.most_in_flight >= 2)
    pthread_cond_broadcast(&world.second_came);
}

static void wait_for_two(int run) {
  struct timespec deadline;
  (void)clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 5;
  while (world.run == run && world.most_in_flight < 2 &&
         pthread_cond_timedwait(&world.second_came, &world.lock, &deadline) == 0)
    continue;
}

static void serve_counted(struct page *page, const char *path, const char *bbox, const char *nodes) {
  size_t length = strlen(world.root) + strlen("/api/0.6/") + strlen(path) +
                  (bbox ? strlen("?bbox=") + strlen(bbox) : 0) + (nodes ? strlen("?nodes=") + strlen(nodes) : 0);
  int run = world.run;
  if (length > world.longest_url)
    world.longest_url = length;
  take_off();
  serve(page, path, bbox, nodes);
  if (world.waits_for_two && world.map_requests >= 2)
    wait_for_two(run);
  world.in_flight -= world.run == run;
}

static enum MHD_Result request_came(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *upload, size_t *upload_size, void **state) {
  struct page page;
  const char *bbox = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "bbox");
  const char *nodes = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "nodes");
  (void)self, (void)method, (void)version, (void)upload, (void)upload_size, (void)state;
  pthread_mutex_lock(&world.lock);
  page_open(&page);
  const char *path = path_of(url), *retry_after = world.retry_after;
  if (path)
    serve_counted(&page, path, bbox, nodes);
  pthread_mutex_unlock(&world.lock);
  (void)fclose(page.stream);
  struct MHD_Response *response = MHD_create_response_from_buffer(page.size, page.text, MHD_RESPMEM_MUST_FREE);
  MHD_add_response_header(response, "Content-Type", page.content_type);
  if (retry_after && page.status >= 400)
    MHD_add_response_header(response, "Retry-After", retry_after);
  enum MHD_Result result = MHD_queue_response(connection, (unsigned)page.status, response);
  MHD_destroy_response(response);
  return result;
}

static bool world_start(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  pthread_mutex_init(&world.lock, NULL);
  pthread_cond_init(&world.second_came, NULL);
  world.daemon =
      MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, request_came,
                       NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_END);
  if (!world.daemon)
    return false;
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(world.daemon, MHD_DAEMON_INFO_BIND_PORT);
  world.port = info->port;
  world_reset();
  return true;
}

static void world_stop(void) {
  MHD_stop_daemon(world.daemon);
  pthread_cond_destroy(&world.second_came);
  pthread_mutex_destroy(&world.lock);
}

#endif
