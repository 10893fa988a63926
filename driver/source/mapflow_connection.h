/* A connection to Mapflow: what to ask whom, and how it is to be shown. Made from a connection string and open options,
 * without any network.
 *
 * Owner: the struct is the caller's (_init/_clear). Immutable after parsing: any number of threads. */
#ifndef OSMFLOW_SOURCE_MAPFLOW_CONNECTION_H
#define OSMFLOW_SOURCE_MAPFLOW_CONNECTION_H

#include "mapflow/call.h"
#include "mapflow/client.h"

/* What stands before a connection: "MAPFLOW:". */
extern const char osmflow_mapflow_connection_prefix[];

/* The open options of the driver MAPFLOW as GDAL and QGIS want them described: an <OpenOptionList>, appended. */
enum osmflow_status osmflow_mapflow_open_options(struct osmflow_bytes *document,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

struct osmflow_mapflow_connection {
  const struct osmflow_environment *environment;
  char *text;     /* the whole connection string, for sentences */
  char **options; /* as given (CSL) */
  struct osmflow_mapflow_call call;
  char *root; /* the server, whoever named it */
  enum osmflow_mapflow_scheme scheme;
  bool shows_aois; /* AOI=YES */
  bool splits;     /* LAYERS=SPLIT */
  bool is_exact;   /* SCHEMA=EXACT */
  bool maps_tags;  /* TAG_MAPPING=YES or a file */
  char *tag_file;  /* its name; NULL: the built-in mapping */
  char *tag_text;  /* its text as it was when the connection was made; NULL: the built-in mapping */
  char *cache_folder;
  int64_t max_wait_ms; /* 0: the client's default */
  int parallel;        /* 0: the client's default */
  bool runs;           /* RUN=YES: new features of processings are started */
  double max_cost;     /* MAX_COST=, credits; negative: not said */
  bool deletes;        /* DELETE=YES */
};

void osmflow_mapflow_connection_init(struct osmflow_mapflow_connection *connection);
void osmflow_mapflow_connection_clear(struct osmflow_mapflow_connection *connection);

/* `text` is the whole connection string with its prefix; `options` a NULL-terminated list of NAME=VALUE (may be NULL).
 */
enum osmflow_status osmflow_mapflow_connection_parse(const struct osmflow_environment *environment, const char *text,
                                                     const char *const *options,
                                                     struct osmflow_mapflow_connection *connection,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* How to talk to the server. Borrows. */
struct osmflow_mapflow_options osmflow_mapflow_connection_server(const struct osmflow_mapflow_connection *connection);
/* Server and account: what osmflow_shared_forget() goes by. Holds no token, but a mark of it. Appended. */
enum osmflow_status osmflow_mapflow_connection_group(const struct osmflow_mapflow_connection *connection,
                                                     struct osmflow_bytes *group,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The group, and all of the call: what makes it another answer. Appended. */
enum osmflow_status osmflow_mapflow_connection_key(const struct osmflow_mapflow_connection *connection,
                                                   struct osmflow_bytes *key,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
