/* Loading a table page by page, from whatever answers. */
#ifndef OSMFLOW_OSM_TABLE_LOAD_H
#define OSMFLOW_OSM_TABLE_LOAD_H

#include "osm/capabilities.h"
#include "osm/table.h"

/* Who is asked: the server, or a test. */
struct osmflow_table_server {
  void *self;
  /* Sends a GET; `accept` may be NULL. */
  enum osmflow_status (*get)(void *self, const struct osmflow_call *call, const char *accept,
                             const struct osmflow_http_sink *sink, struct osmflow_error *error);
  enum osmflow_status (*limits)(void *self, const char *root, struct osmflow_capabilities *capabilities,
                                struct osmflow_error *error);
};

/* As osmflow_table_load(). */
enum osmflow_status osmflow_table_load_from(const struct osmflow_table_server *server, const struct osmflow_call *call,
                                            struct osmflow_table *table, const struct osmflow_fetch_progress *progress,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
