#include <stdlib.h>
#include <string.h>

#include "net/cache_entry.h"
#include "net/layer.h"
#include "net/url.h"

enum { BLOCK_SIZE = 64 * 1024 };

struct cache {
  struct osmflow_http_wrapper wrapper;
  char *directory;
  int64_t ttl_seconds;
  bool is_outdated;
  bool has_token;
  bool warned;
};

/* A request on its way whose answer is written down. */
struct cache_item {
  struct osmflow_http_item base;
  struct cache *cache;
  struct osmflow_cache_writer writer;
  bool writing;
};

/* What is asked for with a token may be for its owner's eyes only, and a URL with a secret does not belong on a disk.
 */
static bool is_usable(const struct cache *cache, const struct osmflow_http_request *request) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  const bool anonymous = request->authorization == OSMFLOW_HTTP_ANONYMOUS ||
                         (request->authorization == OSMFLOW_HTTP_IF_ANY && !cache->has_token);
  return request->cacheable && anonymous && strcmp(request->method, "GET") == 0 && request->body.size == 0 &&
         !strchr(request->url, '\n') && !osmflow_url_show(request->url, shown);
}

static struct osmflow_cache_key key_of(const struct osmflow_http_request *request) {
  return (struct osmflow_cache_key){request->url, request->accept};
}

static int64_t now_of(const struct cache *cache) {
  return cache->wrapper.environment->unix_seconds(cache->wrapper.environment->self);
}

/* The cache is a convenience: when it fails, the answer still counts. */
static void stop_writing(struct cache_item *item, const struct osmflow_error *error) {
  const struct osmflow_environment *environment = item->cache->wrapper.environment;
  struct osmflow_error warning = *error;
  osmflow_cache_writer_discard(&item->writer);
  item->writing = false;
  osmflow_error_prefix(&warning, "an answer was not kept in the cache: ");
  if (!item->cache->warned)
    environment->log(environment->self, OSMFLOW_LOG_WARNING, warning.message);
  item->cache->warned = true;
}

static enum osmflow_status sink_begin(void *self, const struct osmflow_http_response *response,
                                      struct osmflow_error *error) {
  struct cache_item *item = self;
  struct osmflow_error failure;
  const struct osmflow_cache_key key = key_of(&item->base.outer);
  if (item->writing)
    osmflow_cache_writer_discard(&item->writer);
  item->writing = true;
  if (osmflow_cache_writer_open(&item->writer, item->cache->directory, &key, response, &failure) != OSMFLOW_OK)
    stop_writing(item, &failure);
  return osmflow_http_sink_begin(&item->base.outer.sink, response, error);
}

static enum osmflow_status sink_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct cache_item *item = self;
  struct osmflow_error failure;
  if (item->writing && osmflow_cache_writer_add(&item->writer, data, size, &failure) != OSMFLOW_OK)
    stop_writing(item, &failure);
  return osmflow_http_sink_write(&item->base.outer.sink, data, size, error);
}

static enum osmflow_status sink_finish(void *self, struct osmflow_error *error) {
  const struct cache_item *item = self;
  return osmflow_http_sink_finish(&item->base.outer.sink, error);
}

static enum osmflow_status pour(struct cache *cache, struct osmflow_cache_reader *reader,
                                const struct osmflow_http_sink *sink, struct osmflow_http_outcome *outcome) {
  const struct osmflow_environment *environment = cache->wrapper.environment;
  struct osmflow_error *error = &outcome->error;
  int64_t size = 0;
  char *block = malloc(BLOCK_SIZE);
  enum osmflow_status status = block ? osmflow_http_sink_begin(sink, &outcome->response, error)
                                     : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to read the cache");
  while (status == OSMFLOW_OK && (size = osmflow_cache_reader_next(reader, block, BLOCK_SIZE)) > 0) {
    status = osmflow_http_sink_write(sink, block, (size_t)size, error);
    outcome->response.body_bytes += size;
    if (status == OSMFLOW_OK && environment->cancelled(environment->self))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while reading the cache");
  }
  if (status == OSMFLOW_OK && size < 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "a cache entry cannot be read");
  if (status == OSMFLOW_OK)
    status = osmflow_http_sink_finish(sink, error);
  free(block);
  return status;
}

/* Whether the answer came from the cache. An entry that the sink does not like is forgotten, and the server is asked.
 */
static bool answer_from_cache(struct cache *cache, const struct osmflow_http_request *request,
                              struct osmflow_http_outcome *outcome) {
  const struct osmflow_cache_key key = key_of(request);
  struct osmflow_cache_reader reader;
  if (!osmflow_cache_reader_open(&reader, cache->directory, &key, &outcome->response))
    return false;
  const int64_t age = now_of(cache) - reader.stored_seconds;
  const bool fresh = cache->ttl_seconds <= 0 || (age >= 0 && age < cache->ttl_seconds);
  bool answered = false;
  if (fresh) {
    outcome->response.from_cache = true;
    outcome->status = pour(cache, &reader, &request->sink, outcome);
    answered = outcome->status != OSMFLOW_BAD_DATA;
    if (!answered)
      osmflow_cache_entry_remove(cache->directory, &key);
  }
  osmflow_cache_reader_close(&reader);
  return answered;
}

static bool start(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *base,
                  struct osmflow_http_outcome *outcome) {
  struct cache *cache = (struct cache *)wrapper;
  struct cache_item *item = (struct cache_item *)base;
  item->cache = cache;
  item->writer.draft.descriptor = -1;
  if (!is_usable(cache, &base->outer))
    return true;
  if (!cache->is_outdated && answer_from_cache(cache, &base->outer, outcome))
    return false;
  base->inner.sink = (struct osmflow_http_sink){item, sink_begin, sink_write, sink_finish};
  return true;
}

/* An outcome that is fine has gone through the sink's finish, so the answer is whole. */
static bool again(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *base,
                  struct osmflow_http_outcome *outcome) {
  struct cache_item *item = (struct cache_item *)base;
  struct osmflow_error failure;
  (void)wrapper;
  if (item->writing && outcome->status == OSMFLOW_OK) {
    if (osmflow_cache_writer_commit(&item->writer, now_of(item->cache), &failure) != OSMFLOW_OK)
      stop_writing(item, &failure);
    item->writing = false;
  }
  return false;
}

static void end(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item) {
  (void)wrapper;
  osmflow_cache_writer_discard(&((struct cache_item *)item)->writer);
}

static void clear(struct osmflow_http_wrapper *wrapper) {
  free(((struct cache *)wrapper)->directory);
}

enum osmflow_status osmflow_http_cache_new(const struct osmflow_environment *environment,
                                           const struct osmflow_http_options *options, struct osmflow_http *inside,
                                           struct osmflow_http **http, struct osmflow_error *error) {
  static const struct osmflow_http_wrapper_type type = {
      .item_size = sizeof(struct cache_item), .start = start, .again = again, .end = end, .clear = clear};
  struct cache *cache = osmflow_http_wrapper_new(sizeof *cache, &type, environment, inside, error);
  if (!cache)
    return OSMFLOW_NO_MEMORY;
  cache->directory = strdup(options->cache_directory);
  cache->ttl_seconds = options->cache_ttl_seconds;
  cache->is_outdated = options->cache_is_outdated;
  cache->has_token = options->token && *options->token;
  enum osmflow_status status = cache->directory ? osmflow_folder_make(cache->directory, error)
                                                : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a path");
  if (status == OSMFLOW_OK)
    *http = &cache->wrapper.face;
  else
    osmflow_http_free(&cache->wrapper.face);
  return status;
}
