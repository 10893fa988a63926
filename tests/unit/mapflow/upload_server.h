/* A small Mapflow in the test's own process that keeps what is uploaded, with faults on demand: a table says what is
 * done with the first upload, the second and so on. */
#ifndef OSMFLOW_UNIT_UPLOAD_SERVER_H
#define OSMFLOW_UNIT_UPLOAD_SERVER_H

#define _GNU_SOURCE /* memmem */
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../net/fake.h"
#include "base/sha1.h"
#include "unit.h"

enum upload_fault {
  UPLOAD_FINE,
  UPLOAD_ARRIVES_UNSAID, /* kept, and the connection ends instead of an answer */
  UPLOAD_LOST,           /* read to its end, not kept, no answer */
  UPLOAD_CUT,            /* the connection ends in the middle */
  UPLOAD_LATE,           /* no answer; kept only when the listing was looked at so often: `value` */
  UPLOAD_REFUSED,        /* read to its end; `value` is the status, `body` the words */
  UPLOAD_REFUSED_EARLY,  /* before the body is read */
  UPLOAD_MOSAIC_GONE     /* somebody deletes the mosaic */
};

struct upload_step {
  enum upload_fault fault;
  int value;
  const char *body;
};

enum { WORLD_IMAGES = 32, WORLD_MOSAICS = 8, WORLD_STEPS = 8 };
#define WORLD_MOSAIC "6ee95ae6-f26e-41bd-8cb1-39bea5451190"

static struct upload_world {
  pthread_mutex_t lock;
  struct MHD_Daemon *daemon;
  char root[64];
  const struct upload_step *steps;
  size_t step_count;
  bool is_spec;    /* the spec's shape: ids in answers, no checksums, no status */
  bool has_status; /* rasters/mosaic/{id}/status */
  const char *memory;
  const char *fate;     /* preprocessing_status, state of all images */
  int looks_until_fate; /* so many looks at the status say PENDING */
  /* what is there */
  const char *mosaics[WORLD_MOSAICS]; /* names; NULL: none; their ids end in their number */
  char made_name[256], made_body[1024];
  bool is_gone;
  int lost_posts, refused_posts; /* answers to new mosaics that get lost, behind those that are 500 */
  struct {
    char name[256], sha1[OSMFLOW_SHA1_HEX_SIZE];
    int64_t size;
    int hidden_looks;
  } images[WORLD_IMAGES];
  size_t image_count;
  /* what was seen */
  int uploads, lists, statuses, posts, in_flight, most_in_flight;
  char authorization[256], head[512];
} world;

struct upload_request {
  char *body;
  size_t size;
  bool is_upload, ends_early;
  struct upload_step step;
};

static void world_reset(const struct upload_step *steps, size_t step_count) {
  pthread_mutex_lock(&world.lock);
  world.steps = steps;
  world.step_count = step_count;
  world.is_spec = false;
  world.has_status = true;
  world.memory =
      "{\"memoryLimit\":null,\"memoryUsed\":5,\"memoryFree\":null,\"maxUploadFileSize\":10737418240,"
      "\"maxPixelCount\":65535}";
  world.fate = "COMPLETED";
  world.looks_until_fate = 1;
  memset(world.mosaics, 0, sizeof world.mosaics);
  world.mosaics[0] = "Survey";
  world.made_name[0] = world.made_body[0] = world.authorization[0] = world.head[0] = '\0';
  world.is_gone = false;
  world.lost_posts = world.refused_posts = 0;
  world.image_count = 0;
  world.uploads = world.lists = world.statuses = world.posts = world.in_flight = world.most_in_flight = 0;
  pthread_mutex_unlock(&world.lock);
}

static void world_keep(const char *name, const char *data, size_t size, int hidden_looks) {
  struct osmflow_sha1 sha1;
  size_t place = world.image_count;
  if (place == WORLD_IMAGES)
    return;
  snprintf(world.images[place].name, sizeof world.images[place].name, "%s", name);
  osmflow_sha1_init(&sha1);
  osmflow_sha1_add(&sha1, data, size);
  osmflow_sha1_finish(&sha1, world.images[place].sha1);
  world.images[place].size = (int64_t)size;
  world.images[place].hidden_looks = hidden_looks;
  world.image_count++;
}

/* A multipart body with one file: between the empty line and the closing boundary. */
static void keep_upload(const struct upload_request *request, int hidden_looks) {
  const char *start = memmem(request->body, request->size, "\r\n\r\n", 4);
  const char *boundary_end = memmem(request->body, request->size, "\r\n", 2);
  const char *name = memmem(request->body, request->size, "filename=\"", 10);
  if (!start || !boundary_end || !name)
    return;
  const size_t boundary = (size_t)(boundary_end - request->body);
  const size_t head = (size_t)(start + 4 - request->body);
  char tail[128], file[256];
  snprintf(tail, sizeof tail, "\r\n%.*s--\r\n", (int)boundary, request->body);
  const size_t tail_size = strlen(tail);
  if (request->size < head + tail_size || memcmp(request->body + request->size - tail_size, tail, tail_size) != 0)
    return;
  snprintf(file, sizeof file, "%.*s", (int)strcspn(name + 10, "\""), name + 10);
  snprintf(world.head, sizeof world.head, "%.*s", (int)(head < 511 ? head : 511), request->body);
  world_keep(file, start + 4, request->size - head - tail_size, hidden_looks);
}

static void print_image(FILE *stream, size_t i) {
  fprintf(stream,
          "{\"id\":\"aaaaaaaa-0000-4000-8000-%012zu\",\"filename\":\"%s\",\"file_size\":%" PRId64
          ",\"uploaded_at\":\"2026-03-15T10:35:%02zuZ\",\"meta_data\":{\"crs\":\"EPSG:32631\",\"count\":3,\"width\":64,"
          "\"height\":64,\"dtypes\":[\"uint8\",\"uint8\",\"uint8\"],\"pixel_size\":[0.5,0.5]}",
          i, world.images[i].name, world.images[i].size, i);
  if (!world.is_spec)
    fprintf(stream, ",\"checksum\":\"%s\",\"state\":\"%s\"", world.images[i].sha1,
            world.lists > world.looks_until_fate ? (strcmp(world.fate, "COMPLETED") == 0 ? "READY" : world.fate)
                                                 : "PENDING");
  fprintf(stream, "}");
}

static void print_list(FILE *stream) {
  const char *comma = "";
  fprintf(stream, "[");
  world.lists++;
  for (size_t i = 0; i < world.image_count; i++) {
    if (world.images[i].hidden_looks > 0) {
      world.images[i].hidden_looks--;
      continue;
    }
    fprintf(stream, "%s", comma);
    print_image(stream, i);
    comma = ",";
  }
  fprintf(stream, "]");
}

static void print_status(FILE *stream) {
  world.statuses++;
  const bool is_done = world.statuses > world.looks_until_fate;
  fprintf(stream, "{\"mosaic_id\":\"" WORLD_MOSAIC "\",\"images\":[");
  for (size_t i = 0; i < world.image_count; i++)
    fprintf(stream,
            "%s{\"image_id\":\"aaaaaaaa-0000-4000-8000-%012zu\",\"filename\":\"%s\",\"preprocessing_status\":\"%s\","
            "\"preprocessing_error\":%s,\"data_available\":%s}",
            i ? "," : "", i, world.images[i].name, is_done ? world.fate : "PENDING",
            is_done && strcmp(world.fate, "FAILED") == 0 ? "\"the tiles are broken\"" : "null",
            is_done && strcmp(world.fate, "COMPLETED") == 0 ? "true" : "false");
  fprintf(stream, "]}");
}

static void print_mosaics(FILE *stream) {
  const char *comma = "";
  fprintf(stream, "[");
  for (size_t i = 0; i < WORLD_MOSAICS; i++)
    if (world.mosaics[i]) {
      fprintf(stream, "%s{\"id\":\"6ee95ae6-f26e-41bd-8cb1-39bea545119%zu\",\"name\":\"%s\",\"tags\":[]}", comma, i,
              world.mosaics[i]);
      comma = ",";
    }
  fprintf(stream, "]");
}

static unsigned make_mosaic(FILE *stream, const struct upload_request *request) {
  world.posts++;
  if (world.refused_posts-- > 0) {
    fprintf(stream, "{\"detail\":\"Internal Server Error\"}");
    return 500;
  }
  snprintf(world.made_body, sizeof world.made_body, "%.*s", (int)request->size, request->body ? request->body : "");
  const char *name = strstr(world.made_body, "\"name\":");
  name = name ? strchr(name + 7, '"') : NULL;
  snprintf(world.made_name, sizeof world.made_name, "%.*s", name ? (int)strcspn(name + 1, "\"") : 0,
           name ? name + 1 : "");
  world.mosaics[0] = world.made_name;
  fprintf(stream, "{\"id\":\"" WORLD_MOSAIC "\",\"tags\":[],\"name\":\"%s\"}", world.made_name);
  return world.lost_posts-- > 0 ? 0 : 200;
}

static unsigned finish_upload(FILE *stream, const struct upload_request *request) {
  const struct upload_step *step = &request->step;
  world.in_flight--;
  switch (step->fault) {
    case UPLOAD_ARRIVES_UNSAID:
      keep_upload(request, 0);
      return 0;
    case UPLOAD_LATE:
      keep_upload(request, step->value);
      return 0;
    case UPLOAD_LOST:
    case UPLOAD_CUT:
      return 0;
    case UPLOAD_REFUSED:
    case UPLOAD_REFUSED_EARLY:
      fprintf(stream, "%s", step->body);
      return (unsigned)step->value;
    case UPLOAD_MOSAIC_GONE:
      world.is_gone = true;
      fprintf(stream, "{\"detail\":{\"code\":\"ItemNotFound\",\"parameters\":{\"instance_type\":\"mosaic\"}}}");
      return 404;
    default:
      keep_upload(request, 0);
      if (world.is_spec)
        fprintf(stream, "{\"id\":\"aaaaaaaa-0000-4000-8000-%012zu\",\"mosaic_id\":\"" WORLD_MOSAIC "\"}",
                world.image_count - 1);
      else
        fprintf(stream, "{\"message\":\"Files successfully uploaded\",\"mosaic_id\":\"" WORLD_MOSAIC "\"}");
      return 200;
  }
}

/* 0: the connection ends. */
static unsigned serve(FILE *stream, const char *url, const char *method, const struct upload_request *request) {
  static const char mosaic[] = "/rest/rasters/mosaic/" WORLD_MOSAIC;
  const bool is_post = strcmp(method, "POST") == 0;
  const char *rest = strncmp(url, mosaic, strlen(mosaic)) == 0 ? url + strlen(mosaic) : NULL;
  if (request->is_upload)
    return finish_upload(stream, request);
  if (strcmp(url, "/rest/rasters/memory") == 0 && world.memory)
    fprintf(stream, "%s", world.memory);
  else if (strcmp(url, "/rest/rasters/mosaic") == 0 && is_post)
    return make_mosaic(stream, request);
  else if (strcmp(url, "/rest/rasters/mosaic") == 0)
    print_mosaics(stream);
  else if (rest && !*rest && !world.is_gone && world.mosaics[0])
    fprintf(stream, "{\"id\":\"" WORLD_MOSAIC "\",\"name\":\"%s\"}", world.mosaics[0]);
  else if (rest && strcmp(rest, "/image") == 0 && !world.is_gone)
    print_list(stream);
  else if (rest && strcmp(rest, "/status") == 0 && !world.is_gone && world.has_status)
    print_status(stream);
  else {
    fprintf(stream, "{\"detail\":\"Not Found\"}");
    return 404;
  }
  return 200;
}

static void begin_request(struct upload_request *request, struct MHD_Connection *connection, const char *url,
                          const char *method) {
  static const char images[] = "/rest/rasters/mosaic/" WORLD_MOSAIC "/image";
  const char *authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
  snprintf(world.authorization, sizeof world.authorization, "%s", authorization ? authorization : "");
  request->is_upload = strcmp(method, "POST") == 0 && strcmp(url, images) == 0;
  if (!request->is_upload)
    return;
  const size_t number = (size_t)world.uploads++;
  request->step = number < world.step_count ? world.steps[number] : (struct upload_step){UPLOAD_FINE, 0, NULL};
  request->ends_early = request->step.fault == UPLOAD_REFUSED_EARLY;
  world.in_flight++;
  if (world.in_flight > world.most_in_flight)
    world.most_in_flight = world.in_flight;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *text, size_t size) {
  struct MHD_Response *response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
  MHD_add_response_header(response, "Content-Type", "application/json");
  const enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result request_came(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *upload, size_t *upload_size, void **state) {
  struct upload_request *request = *state;
  const bool is_new = !request;
  char *text = NULL;
  size_t size = 0;
  (void)self, (void)version;
  if (is_new) {
    request = calloc(1, sizeof *request);
    *state = request;
    pthread_mutex_lock(&world.lock);
    begin_request(request, connection, url, method);
    pthread_mutex_unlock(&world.lock);
    if (!request->ends_early)
      return MHD_YES;
  }
  if (*upload_size > 0 && !request->ends_early) {
    request->body = realloc(request->body, request->size + *upload_size);
    memcpy(request->body + request->size, upload, *upload_size);
    request->size += *upload_size;
    *upload_size = 0;
    const bool is_cut = request->step.fault == UPLOAD_CUT && request->size >= (size_t)request->step.value;
    return is_cut ? MHD_NO : MHD_YES;
  }
  FILE *stream = open_memstream(&text, &size);
  pthread_mutex_lock(&world.lock);
  const unsigned status = serve(stream, url, method, request);
  pthread_mutex_unlock(&world.lock);
  (void)fclose(stream);
  if (status == 0) {
    free(text);
    return MHD_NO;
  }
  return answer(connection, status, text, size);
}

static void request_over(void *self, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
  struct upload_request *request = *state;
  (void)self, (void)connection, (void)code;
  if (request)
    free(request->body);
  free(request);
  *state = NULL;
}

static bool world_start(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  pthread_mutex_init(&world.lock, NULL);
  world.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL,
                                  request_came, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                                  MHD_OPTION_NOTIFY_COMPLETED, request_over, NULL, MHD_OPTION_END);
  if (!world.daemon)
    return false;
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(world.daemon, MHD_DAEMON_INFO_BIND_PORT);
  snprintf(world.root, sizeof world.root, "http://127.0.0.1:%d/rest", info->port);
  return true;
}

static void world_stop(void) {
  MHD_stop_daemon(world.daemon);
  pthread_mutex_destroy(&world.lock);
}

#endif
