/* What the server has by now: elements by their ids, and what a changeset holds. */
#include <inttypes.h>
#include <stdio.h>

#include "osm/read.h"
#include "osm/upload_parts.h"

enum { BATCH = 350, LONGEST_URL = 1 << 16 };

/* One document on its way into a store of its own. */
struct document {
  struct osmflow_store store;
  struct osmflow_reader *reader;
};

static enum osmflow_status document_begin(void *self, const struct osmflow_http_response *response,
                                          struct osmflow_error *error) {
  struct document *document = self;
  const bool keeps_versions = document->store.keeps_versions;
  (void)response;
  osmflow_reader_free(document->reader);
  document->reader = NULL;
  osmflow_store_clear(&document->store);
  osmflow_store_init(&document->store, keeps_versions);
  return osmflow_reader_new(&document->store, OSMFLOW_READ_XML, &document->reader, error);
}

static enum osmflow_status document_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct document *document = self;
  return osmflow_reader_feed(document->reader, data, size, error);
}

static enum osmflow_status document_finish(void *self, struct osmflow_error *error) {
  struct document *document = self;
  return osmflow_reader_finish(document->reader, error);
}

/* Asks for a document and, when it has come whole, adds it to the store. `http_status` may be NULL. */
static enum osmflow_status get_document(struct osmflow_uploader *uploader, const char *url, struct osmflow_store *store,
                                        int *http_status, struct osmflow_error *error) {
  struct document document = {.reader = NULL};
  struct osmflow_http_response response;
  osmflow_store_init(&document.store, store->keeps_versions);
  osmflow_http_response_init(&response);
  const struct osmflow_http_request request = {.method = "GET",
                                               .url = url,
                                               .authorization = OSMFLOW_HTTP_REQUIRED,
                                               .repeatable = true,
                                               .sink = {&document, document_begin, document_write, document_finish}};
  enum osmflow_status status = osmflow_http_perform(uploader->http, &request, &response, error);
  if (http_status)
    *http_status = response.status;
  if (status == OSMFLOW_OK)
    status = osmflow_store_merge(store, &document.store, error);
  osmflow_reader_free(document.reader);
  osmflow_store_clear(&document.store);
  osmflow_http_response_clear(&response);
  return status;
}

static enum osmflow_status batch_url(const struct osmflow_uploader *uploader, enum osmflow_element_type type,
                                     const struct osmflow_id_list *ids, size_t first, size_t count,
                                     struct osmflow_bytes *url, struct osmflow_error *error) {
  static const char *const names[OSMFLOW_ELEMENT_TYPES] = {"nodes", "ways", "relations"};
  osmflow_bytes_reset(url);
  enum osmflow_status status =
      osmflow_call_format_url(uploader->root, osmflow_call_class(names[type]), names[type], NULL, url, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(url, error, "?%s=", names[type]);
  return status == OSMFLOW_OK ? osmflow_id_list_format(ids, first, count, url, error) : status;
}

/* One unknown id makes the whole answer a 404 that does not say which: the batch is halved until it is found. */
static enum osmflow_status fetch_batch(struct osmflow_uploader *uploader, enum osmflow_element_type type,
                                       const struct osmflow_id_list *ids, size_t first, size_t count,
                                       struct osmflow_store *store, struct osmflow_id_list *unknown,
                                       struct osmflow_error *error) {
  enum { DEEPEST = 16 };
  struct {
    size_t first, count;
  } stack[DEEPEST] = {{first, count}};
  size_t depth = 1;
  struct osmflow_bytes url;
  struct osmflow_error request_error;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&url, LONGEST_URL);
  while (status == OSMFLOW_OK && depth > 0) {
    int http_status = 0;
    depth--;
    const size_t begin = stack[depth].first, size = stack[depth].count, half = size / 2;
    status = batch_url(uploader, type, ids, begin, size, &url, error);
    if (status != OSMFLOW_OK)
      break;
    status = get_document(uploader, osmflow_bytes_string(&url), store, &http_status, &request_error);
    if (http_status == 404 && half == 0) {
      status = osmflow_id_list_add(unknown, &ids->items[begin], error);
    } else if (http_status == 404 && depth + 2 <= DEEPEST) {
      stack[depth].first = begin + half;
      stack[depth++].count = size - half;
      stack[depth].first = begin;
      stack[depth++].count = half;
      status = OSMFLOW_OK;
    } else if (status != OSMFLOW_OK && error) {
      *error = request_error;
    }
  }
  osmflow_bytes_clear(&url);
  return status;
}

enum osmflow_status osmflow_upload_fetch(struct osmflow_uploader *uploader, enum osmflow_element_type type,
                                         const struct osmflow_id_list *ids, struct osmflow_store *store,
                                         struct osmflow_id_list *unknown, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t first = 0; status == OSMFLOW_OK && first < ids->count; first += BATCH) {
    const size_t left = ids->count - first;
    status = fetch_batch(uploader, type, ids, first, left < BATCH ? left : BATCH, store, unknown, error);
  }
  return status;
}

enum osmflow_status osmflow_upload_download(struct osmflow_uploader *uploader, int64_t changeset,
                                            struct osmflow_store *store, struct osmflow_error *error) {
  struct osmflow_bytes url;
  char path[64];
  snprintf(path, sizeof path, "changeset/%" PRId64 "/download", changeset);
  osmflow_bytes_init(&url, LONGEST_URL);
  enum osmflow_status status =
      osmflow_call_format_url(uploader->root, osmflow_call_class("changeset/download"), path, NULL, &url, error);
  if (status == OSMFLOW_OK)
    status = get_document(uploader, osmflow_bytes_string(&url), store, NULL, error);
  osmflow_bytes_clear(&url);
  return status;
}
