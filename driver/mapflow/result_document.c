#include <stdio.h>
#include <stdlib.h>

#include "mapflow/result_parts.h"

static int64_t now_of(const struct osmflow_result_set *set) {
  return set->environment->monotonic_ms(set->environment->self);
}

static void note_failure(struct osmflow_result_document *document, enum osmflow_status status) {
  pthread_mutex_lock(&document->set->lock);
  if (!document->has_failed)
    document->failed_ms = now_of(document->set);
  document->has_failed = true;
  document->is_cancelled = status == OSMFLOW_CANCELLED;
  pthread_mutex_unlock(&document->set->lock);
}

/* The server says no more than "forbidden". */
static void explain(struct osmflow_error *error) {
  static const char words[] = " (plans without payment have no results to download)";
  const size_t used = error ? strlen(error->message) : 0;
  if (error && error->http_status == 403)
    snprintf(error->message + used, sizeof error->message - used, "%s", words);
}

static enum osmflow_status read_spool(void *self, int64_t offset, void *data, size_t size, size_t *taken,
                                      struct osmflow_error *error) {
  struct osmflow_result_document *document = self;
  const enum osmflow_status status = osmflow_spool_read(document->spool, offset, data, size, taken, error);
  if (status != OSMFLOW_OK) {
    note_failure(document, status);
    explain(error);
  }
  return status;
}

void osmflow_result_document_blame(const struct osmflow_result_document *document, struct osmflow_error *error) {
  const bool is_named = error && document->id && strstr(error->message, document->id);
  if (error && document->id && (document->set->is_project || !is_named))
    osmflow_error_prefix(error, "processing %s: ", document->id);
}

/* A failed download is begun anew when nobody else reads it, and not at once. */
static bool is_to_renew(const struct osmflow_result_document *document) {
  const struct osmflow_result_set *set = document->set;
  return document->has_failed && set->reader_count <= 1 &&
         (document->is_cancelled || now_of(set) - document->failed_ms >= OSMFLOW_RESULT_PATIENCE_MS);
}

enum osmflow_status osmflow_result_document_open(struct osmflow_result_document *document,
                                                 struct osmflow_error *error) {
  const struct osmflow_result_set *set = document->set;
  const struct osmflow_spool_options options = {.environment = set->environment,
                                                .server = set->server,
                                                .path = document->path,
                                                .cache_folder = document->cache_key ? set->cache_folder : NULL,
                                                .cache_key = document->cache_key};
  enum osmflow_status status = OSMFLOW_OK;
  if (set->is_given)
    return OSMFLOW_OK;
  pthread_mutex_lock(&document->set->lock);
  if (document->spool && is_to_renew(document)) {
    osmflow_spool_free(document->spool);
    document->spool = NULL;
  }
  if (!document->spool) {
    document->has_failed = document->is_cancelled = false;
    document->source = (struct osmflow_geojson_source){document, read_spool};
    status = osmflow_spool_new(&options, &document->spool, error);
  }
  pthread_mutex_unlock(&document->set->lock);
  return status;
}

enum osmflow_status osmflow_result_document_add(struct osmflow_result_set *set,
                                                struct osmflow_result_document **document,
                                                struct osmflow_error *error) {
  enum { MOST_DOCUMENTS = 100000 };
  void *documents = set->documents;
  const enum osmflow_status status = osmflow_array_reserve(&documents, &set->document_capacity, set->document_count + 1,
                                                           sizeof *set->documents, MOST_DOCUMENTS, error);
  set->documents = documents;
  if (status == OSMFLOW_OK) {
    *document = &set->documents[set->document_count++];
    **document = (struct osmflow_result_document){.set = set};
  }
  return status;
}

void osmflow_result_document_set_created(struct osmflow_result_document *document) {
  document->has_created =
      document->created && osmflow_result_time_read(osmflow_text(document->created), &document->created_seconds,
                                                    &document->created_fraction);
}

void osmflow_result_documents_clear(struct osmflow_result_set *set) {
  for (size_t i = 0; i < set->document_count; i++) {
    struct osmflow_result_document *document = &set->documents[i];
    osmflow_spool_free(document->spool);
    free(document->id);
    free(document->name);
    free(document->model);
    free(document->created);
    free(document->updated);
    free(document->path);
    free(document->cache_key);
  }
  free(set->documents);
  set->documents = NULL;
  set->document_count = set->document_capacity = 0;
}
