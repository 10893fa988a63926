#include "mapflow/spool.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/watch.h"
#include "mapflow/refusal.h"
#include "mapflow/spool_parts.h"

enum { LONGEST_URL = 16 * 1024, COMPARED = 64 * 1024 };

struct osmflow_spool {
  struct osmflow_watch watch; /* asks the caller's environment, and whether the spool is to end */
  struct osmflow_mapflow client;
  char *path, *cache_folder, *cache_key;
  pthread_mutex_t lock; /* for all below, but what is the thread's own */
  pthread_cond_t changed;
  pthread_t thread;
  bool is_started, is_to_stop, is_whole;
  enum osmflow_status status;
  struct osmflow_error error;
  int64_t arrived; /* bytes in the file */
  int64_t handed;  /* up to here somebody has read */
  struct osmflow_spool_file file;
  /* the thread's own */
  int64_t position; /* of this attempt */
  struct osmflow_spool_scan scan;
  struct osmflow_spool_sum sum;
};

/* The thread asks at least every 200 ms; this is the beat by which those who wait look whether they are to stop. */
static bool is_cancelled(void *self) {
  struct osmflow_spool *spool = self;
  const struct osmflow_environment *environment = spool->watch.inside;
  pthread_mutex_lock(&spool->lock);
  const bool is_to_stop = spool->is_to_stop;
  pthread_cond_broadcast(&spool->changed);
  pthread_mutex_unlock(&spool->lock);
  return is_to_stop || environment->cancelled(environment->self);
}

static enum osmflow_status copy_texts(struct osmflow_spool *spool, const struct osmflow_spool_options *options,
                                      struct osmflow_error *error) {
  const bool is_kept = options->cache_folder && options->cache_key;
  spool->path = strdup(options->path);
  spool->cache_folder = is_kept ? strdup(options->cache_folder) : NULL;
  spool->cache_key = is_kept ? strdup(options->cache_key) : NULL;
  if (!spool->path || (is_kept && (!spool->cache_folder || !spool->cache_key)))
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a download");
  return OSMFLOW_OK;
}

/* The client is made here and handed to the thread: options of the caller's thread hold for it. */
enum osmflow_status osmflow_spool_new(const struct osmflow_spool_options *options, struct osmflow_spool **spool,
                                      struct osmflow_error *error) {
  struct osmflow_spool *made = calloc(1, sizeof *made);
  *spool = NULL;
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a download");
  pthread_mutex_init(&made->lock, NULL);
  pthread_cond_init(&made->changed, NULL);
  osmflow_spool_file_init(&made->file);
  osmflow_watch_init(&made->watch, options->environment, is_cancelled, made);
  enum osmflow_status status = copy_texts(made, options, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_open(&made->client, &made->watch.environment, &options->server, error);
  if (status == OSMFLOW_OK)
    *spool = made;
  else
    osmflow_spool_free(made);
  return status;
}

void osmflow_spool_free(struct osmflow_spool *spool) {
  if (!spool)
    return;
  pthread_mutex_lock(&spool->lock);
  const bool is_started = spool->is_started;
  spool->is_to_stop = true;
  pthread_mutex_unlock(&spool->lock);
  if (is_started)
    pthread_join(spool->thread, NULL);
  osmflow_mapflow_close(&spool->client);
  osmflow_spool_file_close(&spool->file);
  pthread_cond_destroy(&spool->changed);
  pthread_mutex_destroy(&spool->lock);
  free(spool->path);
  free(spool->cache_folder);
  free(spool->cache_key);
  free(spool);
}

static enum osmflow_status sink_begin(void *self, const struct osmflow_http_response *response,
                                      struct osmflow_error *error) {
  struct osmflow_spool *spool = self;
  (void)response;
  (void)error;
  spool->position = 0;
  spool->scan = (struct osmflow_spool_scan){.depth = 0};
  osmflow_spool_sum_init(&spool->sum);
  return OSMFLOW_OK;
}

/* Whether what comes again is what came before. */
static enum osmflow_status compare(struct osmflow_spool *spool, const char *data, size_t size, bool *is_same,
                                   struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  char *before = malloc(COMPARED);
  *is_same = true;
  if (!before)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to compare a result with what came before");
  for (size_t at = 0; status == OSMFLOW_OK && *is_same && at < size; at += COMPARED) {
    const size_t piece = size - at < COMPARED ? size - at : COMPARED;
    status = osmflow_spool_file_read(&spool->file, spool->position + (int64_t)at, before, piece, error);
    *is_same = status == OSMFLOW_OK && memcmp(before, data + at, piece) == 0;
  }
  free(before);
  return status;
}

/* An attempt after the first: *known bytes of the piece are in the file already. */
static enum osmflow_status recognise(struct osmflow_spool *spool, const char *data, size_t size, size_t *known,
                                     struct osmflow_error *error) {
  bool is_same = true;
  const int64_t left = spool->arrived - spool->position; /* only this thread changes it */
  *known = left <= 0 ? 0 : left < (int64_t)size ? (size_t)left : size;
  if (*known == 0)
    return OSMFLOW_OK;
  enum osmflow_status status = compare(spool, data, *known, &is_same, error);
  if (status != OSMFLOW_OK || is_same)
    return status;
  pthread_mutex_lock(&spool->lock);
  if (spool->handed <= spool->position) { /* nobody has seen what was there */
    spool->arrived = spool->position;
    *known = 0;
  } else {
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "the result changed on the server while it was read; please read it again");
  }
  pthread_mutex_unlock(&spool->lock);
  return status;
}

static enum osmflow_status sink_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct osmflow_spool *spool = self;
  const struct osmflow_text piece = osmflow_text_trim((struct osmflow_text){data, size});
  size_t known = 0;
  if (spool->position == 0 && piece.size > 0 && piece.data[0] == '<')
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "a web page came instead of the result; is MAPFLOW_URL right, and does the network ask "
                             "for a login?");
  enum osmflow_status status = recognise(spool, data, size, &known, error);
  if (status == OSMFLOW_OK)
    status = osmflow_spool_file_write(&spool->file, spool->position + (int64_t)known, (const char *)data + known,
                                      size - known, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_spool_scan_feed(&spool->scan, data, size);
  if (spool->cache_folder)
    osmflow_spool_sum_feed(&spool->sum, data, size);
  spool->position += (int64_t)size;
  if (known < size) {
    pthread_mutex_lock(&spool->lock);
    spool->arrived = spool->position;
    pthread_cond_broadcast(&spool->changed);
    pthread_mutex_unlock(&spool->lock);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status sink_finish(void *self, struct osmflow_error *error) {
  const struct osmflow_spool *spool = self;
  if (spool->position < spool->arrived)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "the result ends after %" PRId64 " bytes, though %" PRId64 " came before", spool->position,
                             spool->arrived);
  if (!osmflow_spool_scan_is_whole(&spool->scan))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the result is cut off after %" PRId64 " bytes", spool->position);
  return OSMFLOW_OK;
}

static void warn(const struct osmflow_spool *spool, const struct osmflow_error *error) {
  const struct osmflow_environment *environment = spool->watch.inside;
  char line[OSMFLOW_ERROR_SIZE + 64];
  snprintf(line, sizeof line, "the result is not kept in the cache: %s", error->message);
  environment->log(environment->self, OSMFLOW_LOG_WARNING, line);
}

/* A cache that cannot be used is a pity, not an error. */
static enum osmflow_status create_file(struct osmflow_spool *spool, struct osmflow_error *error) {
  const struct osmflow_environment *environment = spool->watch.inside;
  struct osmflow_error failure;
  if (spool->cache_folder) {
    if (osmflow_spool_file_create(&spool->file, environment, spool->cache_folder, spool->cache_key, &failure) ==
        OSMFLOW_OK)
      return OSMFLOW_OK;
    warn(spool, &failure);
  }
  return osmflow_spool_file_create(&spool->file, environment, NULL, NULL, error);
}

static enum osmflow_status download(struct osmflow_spool *spool, struct osmflow_error *error) {
  struct osmflow_http_response response;
  struct osmflow_bytes url;
  osmflow_http_response_init(&response);
  osmflow_bytes_init(&url, LONGEST_URL);
  enum osmflow_status status = osmflow_bytes_print(&url, error, "%s/%s", spool->client.root, spool->path);
  if (status == OSMFLOW_OK)
    status = create_file(spool, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .authorization = OSMFLOW_HTTP_REQUIRED,
                                                 .repeatable = true,
                                                 .sink = {spool, sink_begin, sink_write, sink_finish}};
    status = osmflow_http_perform(spool->client.http, &request, &response, error);
    if (status != OSMFLOW_OK)
      status = osmflow_mapflow_refusal_explain("GET", spool->path, &response, error);
  }
  osmflow_bytes_clear(&url);
  osmflow_http_response_clear(&response);
  return status;
}

static bool find_kept(struct osmflow_spool *spool) {
  struct osmflow_spool_file file;
  int64_t size = 0;
  if (!spool->cache_folder ||
      !osmflow_spool_file_find(&file, &spool->watch.environment, spool->cache_folder, spool->cache_key, &size))
    return false;
  pthread_mutex_lock(&spool->lock);
  spool->file = file;
  spool->arrived = size;
  pthread_mutex_unlock(&spool->lock);
  return true;
}

static void *run(void *self) {
  struct osmflow_spool *spool = self;
  struct osmflow_error error = {.status = OSMFLOW_OK}, failure;
  enum osmflow_status status = OSMFLOW_OK;
  if (!find_kept(spool)) {
    status = download(spool, &error);
    if (status == OSMFLOW_OK && osmflow_spool_file_keep(&spool->file, spool->position,
                                                        osmflow_spool_sum_end(&spool->sum), &failure) != OSMFLOW_OK)
      warn(spool, &failure);
  }
  pthread_mutex_lock(&spool->lock);
  spool->status = status;
  spool->error = error;
  spool->is_whole = status == OSMFLOW_OK;
  pthread_cond_broadcast(&spool->changed);
  pthread_mutex_unlock(&spool->lock);
  return NULL;
}

/* With the lock held, as in the rest. */
static void start(struct osmflow_spool *spool) {
  if (spool->is_started || spool->status != OSMFLOW_OK)
    return;
  spool->is_started = pthread_create(&spool->thread, NULL, run, spool) == 0;
  if (!spool->is_started)
    spool->status = osmflow_error_set(&spool->error, OSMFLOW_NO_MEMORY, "no thread for a download can be started");
}

/* Until bytes behind `offset` are there, or the document has ended. */
static enum osmflow_status wait_for(struct osmflow_spool *spool, int64_t offset, struct osmflow_error *error) {
  const struct osmflow_environment *environment = spool->watch.inside;
  start(spool);
  while (spool->status == OSMFLOW_OK && !spool->is_whole && spool->arrived <= offset) {
    if (environment->cancelled(environment->self))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while a result was downloaded");
    pthread_cond_wait(&spool->changed, &spool->lock);
  }
  if (spool->status != OSMFLOW_OK && error)
    *error = spool->error;
  return spool->status;
}

enum osmflow_status osmflow_spool_read(struct osmflow_spool *spool, int64_t offset, void *data, size_t size,
                                       size_t *taken, struct osmflow_error *error) {
  *taken = 0;
  pthread_mutex_lock(&spool->lock);
  const enum osmflow_status status = wait_for(spool, offset, error);
  if (status == OSMFLOW_OK && spool->arrived > offset) {
    const int64_t there = spool->arrived - offset;
    *taken = there < (int64_t)size ? (size_t)there : size;
    if (spool->handed < offset + (int64_t)*taken)
      spool->handed = offset + (int64_t)*taken;
  }
  pthread_mutex_unlock(&spool->lock);
  return status == OSMFLOW_OK ? osmflow_spool_file_read(&spool->file, offset, data, *taken, error) : status;
}

enum osmflow_status osmflow_spool_wait(struct osmflow_spool *spool, int64_t *size, struct osmflow_error *error) {
  pthread_mutex_lock(&spool->lock);
  const enum osmflow_status status = wait_for(spool, INT64_MAX, error);
  *size = spool->arrived;
  pthread_mutex_unlock(&spool->lock);
  return status;
}

int64_t osmflow_spool_arrived(struct osmflow_spool *spool, int64_t *total) {
  pthread_mutex_lock(&spool->lock);
  const int64_t arrived = spool->arrived;
  *total = spool->is_whole ? arrived : -1;
  pthread_mutex_unlock(&spool->lock);
  return arrived;
}
