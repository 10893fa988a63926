/* A Mapflow in the test's own process that says exactly what it is told: a list of answers by method and path, and a
 * log of what it was asked. */
#ifndef OSMFLOW_UNIT_MAPFLOW_SERVER_H
#define OSMFLOW_UNIT_MAPFLOW_SERVER_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

#include "../net/fake.h"
#include "mapflow/client.h"
#include "unit.h"

#define PROJECT "546d148f-19a1-40d8-8f16-d1e6dabfd204"
#define PROCESSING "3fa85f64-5717-4562-b3fc-2c963f66afa6"
#define MOSAIC "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
#define IMAGE "6ae7f9e9-da2d-41e0-b16f-83396003af57"

struct canned {
  const char *method, *path; /* below /rest/, with its query; of several that fit the first that is not used up */
  int status;
  const char *body;
  const char *body_has; /* only for requests whose body holds this; NULL: any */
  int times;            /* so often; 0: always */
  bool is_lost;         /* the connection ends instead of an answer */
};

enum { SEEN_REQUESTS = 64, SEEN_SIZE = 4096, CANNED_MOST = 64 };

struct seen {
  char line[1024]; /* "GET projects?limit=1" */
  char authorization[512];
  char body[SEEN_SIZE];
};

static struct mapflow_world {
  pthread_mutex_t lock;
  struct MHD_Daemon *daemon;
  char root[64];
  const struct canned *answers;
  size_t answer_count;
  int used[CANNED_MOST];
  struct seen seen[SEEN_REQUESTS];
  size_t seen_count;
} world;

struct incoming {
  char *body;
  size_t size;
};

static enum MHD_Result note_argument(void *self, enum MHD_ValueKind kind, const char *name, const char *value) {
  char *line = self;
  const size_t used = strlen(line);
  (void)kind;
  snprintf(line + used, 1024 - used, "%s%s=%s", strchr(line, '?') ? "&" : "?", name, value ? value : "");
  return MHD_YES;
}

static const struct canned *find_canned(const char *line, const char *body) {
  char wanted[1100];
  for (size_t i = 0; i < world.answer_count; i++) {
    const struct canned *answer = &world.answers[i];
    snprintf(wanted, sizeof wanted, "%s %s", answer->method, answer->path);
    if (strcmp(line, wanted) == 0 && (!answer->body_has || strstr(body, answer->body_has)) &&
        (answer->times == 0 || world.used[i] < answer->times)) {
      world.used[i]++;
      return answer;
    }
  }
  return NULL;
}

static const struct canned *note_request(struct MHD_Connection *connection, const char *url, const char *method,
                                         const struct incoming *incoming) {
  static const struct canned absent = {.status = 404, .body = "{\"detail\":\"Not Found\"}"};
  struct seen seen = {.line = ""};
  const char *authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
  snprintf(seen.line, sizeof seen.line, "%s %s", method, strncmp(url, "/rest/", 6) == 0 ? url + 6 : url);
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, note_argument, seen.line);
  snprintf(seen.authorization, sizeof seen.authorization, "%s", authorization ? authorization : "");
  snprintf(seen.body, sizeof seen.body, "%s", incoming->body ? incoming->body : "");
  const struct canned *answer = find_canned(seen.line, seen.body);
  if (world.seen_count < SEEN_REQUESTS)
    world.seen[world.seen_count++] = seen;
  return answer ? answer : &absent;
}

static enum MHD_Result request_came(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *upload, size_t *upload_size, void **state) {
  struct incoming *incoming = *state;
  (void)self, (void)version;
  if (!incoming) {
    *state = calloc(1, sizeof *incoming);
    return *state ? MHD_YES : MHD_NO;
  }
  if (*upload_size > 0) {
    char *longer = realloc(incoming->body, incoming->size + *upload_size + 1);
    if (!longer)
      return MHD_NO;
    memcpy(longer + incoming->size, upload, *upload_size);
    incoming->size += *upload_size;
    longer[incoming->size] = '\0';
    incoming->body = longer;
    *upload_size = 0;
    return MHD_YES;
  }
  pthread_mutex_lock(&world.lock);
  const struct canned *answer = note_request(connection, url, method, incoming);
  pthread_mutex_unlock(&world.lock);
  if (answer->is_lost)
    return MHD_NO;
  struct MHD_Response *response =
      MHD_create_response_from_buffer(strlen(answer->body), (void *)answer->body, MHD_RESPMEM_MUST_COPY);
  const enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer->status, response);
  MHD_destroy_response(response);
  return result;
}

static void request_ended(void *self, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode code) {
  struct incoming *incoming = *state;
  (void)self, (void)connection, (void)code;
  if (incoming)
    free(incoming->body);
  free(incoming);
  *state = NULL;
}

static bool world_start(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  pthread_mutex_init(&world.lock, NULL);
  world.daemon =
      MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, request_came, NULL, MHD_OPTION_SOCK_ADDR,
                       (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, request_ended, NULL, MHD_OPTION_END);
  if (!world.daemon)
    return false;
  snprintf(world.root, sizeof world.root, "http://127.0.0.1:%d/rest",
           MHD_get_daemon_info(world.daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  return true;
}

static void world_stop(void) {
  MHD_stop_daemon(world.daemon);
  pthread_mutex_destroy(&world.lock);
}

static void world_say(const struct canned *answers, size_t count) {
  pthread_mutex_lock(&world.lock);
  CU_ASSERT_FATAL(count <= CANNED_MOST);
  world.answers = answers;
  world.answer_count = count;
  world.seen_count = 0;
  memset(world.used, 0, sizeof world.used);
  pthread_mutex_unlock(&world.lock);
}
#define WORLD_SAY(answers) world_say(answers, sizeof(answers) / sizeof((answers)[0]))

/* The n-th request, "" when there was none. */
static inline const char *seen_line(size_t index) {
  return index < world.seen_count ? world.seen[index].line : "";
}

#define UNIT_EMAIL "anna@example.com"
#define UNIT_TOKEN "anna-s3cr3t-token"
#define UNIT_BASIC "YW5uYUBleGFtcGxlLmNvbTphbm5hLXMzY3IzdC10b2tlbg==" /* of both */

static inline void client_open(struct osmflow_mapflow *mapflow, struct fake *fake) {
  const struct osmflow_mapflow_options options = {.root = world.root, .token = UNIT_EMAIL ":" UNIT_TOKEN};
  struct osmflow_error error = {.message = ""};
  fake_init(fake);
  if (osmflow_mapflow_open(mapflow, &fake->environment, &options, &error) != OSMFLOW_OK)
    fprintf(stderr, "\nno client: %s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mapflow->http);
}

#define MAPFLOW_UNIT_MAIN(suite, ...)                                          \
  int main(void) {                                                             \
    static const struct unit_test tests[] = {__VA_ARGS__};                     \
    if (!world_start())                                                        \
      return 1;                                                                \
    const int result = unit_run(suite, tests, sizeof tests / sizeof tests[0]); \
    world_stop();                                                              \
    return result;                                                             \
  }

#endif
