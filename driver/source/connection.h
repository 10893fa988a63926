/* A connection: what to ask whom, and how it is to be shown. Made from a connection string and open options, without
 * any network.
 *
 * Owner: the struct is the caller's (_init/_clear). Immutable after parsing: any number of threads. */
#ifndef OSMFLOW_SOURCE_CONNECTION_H
#define OSMFLOW_SOURCE_CONNECTION_H

#include <osmflow/environment.h>

#include "osm/call.h"
#include "osm/rules.h"
#include "source/update_options.h"

/* GDAL's configuration options, debug messages and warnings as an environment. Static. */
const struct osmflow_environment *osmflow_environment_gdal(void);

/* The open options of the driver OSMAPI, as GDAL and QGIS want them described: an <OpenOptionList> document. */
extern const char osmflow_open_options[];
/* What stands before a connection: "OSMAPI:". */
extern const char osmflow_connection_prefix[];

enum osmflow_raw_layer { OSMFLOW_RAW_NODES, OSMFLOW_RAW_WAYS, OSMFLOW_RAW_RELATIONS, OSMFLOW_RAW_MEMBERS };
enum { OSMFLOW_RAW_LAYERS = 4 };
extern const char *const osmflow_raw_layer_names[OSMFLOW_RAW_LAYERS];

struct osmflow_connection {
  const struct osmflow_environment *environment;
  struct osmflow_call call;
  bool shows_five_layers;
  bool shows_raw[OSMFLOW_RAW_LAYERS];
  bool is_strict;    /* SCHEMA=GDAL */
  char *columns;     /* COLUMNS=, NULL: none */
  char *config_file; /* CONFIG_FILE=, NULL: the built-in rules */
  char *config;      /* its text as it was when the connection was made, where rules are needed; else NULL */
  enum osmflow_tags_format tags;
  char *cache_directory;     /* CACHE=, NULL: none */
  int64_t cache_ttl_seconds; /* 0: for ever */
  int64_t max_wait_ms;       /* negative: the default */
  int parallel;              /* 0: the default */
  struct osmflow_update_options update;
  bool is_new_file; /* an osmChange file that is being made: every element in it is new */
};

void osmflow_connection_init(struct osmflow_connection *connection);
void osmflow_connection_clear(struct osmflow_connection *connection);

/* `text` is the whole connection string with its prefix; `options` a NULL-terminated list of NAME=VALUE (may be NULL).
 */
enum osmflow_status osmflow_connection_parse(const struct osmflow_environment *environment, const char *text,
                                             const char *const *options, struct osmflow_connection *connection,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The rules the connection asks for, made anew: the caller frees them. */
enum osmflow_status osmflow_connection_rules(const struct osmflow_connection *connection, struct osmflow_rules **rules,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
