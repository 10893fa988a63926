#include "source/mapflow_connection.h"

#include <cpl_string.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net/credentials.h"
#include "source/open_option.h"

const char osmflow_mapflow_connection_prefix[] = "MAPFLOW:";

enum { MOST_SECONDS = 604800, MOST_PARALLEL = 8 };

static const struct osmflow_open_option table[] = {
    {"MAPFLOW_URL", "string", NULL, "https://api.mapflow.ai/rest", "MAPFLOW_URL", "Root of the server", 0, 0},
    {"AUTH", "string-select", "AUTO BASIC BEARER", "AUTO", "MAPFLOW_AUTH",
     "How the token is sent; AUTO goes by its look. The token itself is the configuration option MAPFLOW_TOKEN, or "
     "what "
     "'osmflow login mapflow' keeps",
     0, 0},
    {"AOI", "boolean", NULL, "NO", NULL,
     "Processings with their areas of interest as geometry (one request per processing)", 0, 0},
    {"LAYERS", "string-select", "ONE SPLIT", "ONE", NULL,
     "Results as one layer, or as one layer per kind of geometry: points, lines, areas", 0, 0},
    {"SCHEMA", "string-select", "FAST EXACT", "FAST", NULL,
     "Columns of results: by the first 32 MB, or by the whole document, which has to come first", 0, 0},
    {"TAG_MAPPING", "string", NULL, "NO", NULL,
     "YES: columns of results are the tags of OpenStreetMap that their classes stand for; or a file with rules of your "
     "own, like data/mapflow-tags.ini",
     0, 0},
    {"CACHE", "string", NULL, NULL, "MAPFLOW_CACHE", "Folder that keeps results, so that each is downloaded once", 0,
     0},
    {"MAX_WAIT", "int", NULL, "300", "MAPFLOW_MAX_WAIT",
     "Most seconds to wait in all when the server asks to try again later", 0, MOST_SECONDS},
    {"PARALLEL", "int", NULL, "2", NULL, "Requests at the same time", 1, MOST_PARALLEL},
    {"DELETE", "boolean", NULL, "NO", NULL, "Allow to delete: what is deleted is gone, with all that belongs to it", 0,
     0},
    {"RUN", "boolean", NULL, "NO", NULL,
     "New features of processings are started, which costs credits (needs MAX_COST)", 0, 0},
    {"MAX_COST", "float", NULL, NULL, NULL, "Most credits that one new processing may cost, rounded up to whole ones",
     0, 1e9},
};
enum { OPTIONS = sizeof table / sizeof table[0] };

enum osmflow_status osmflow_mapflow_open_options(struct osmflow_bytes *document, struct osmflow_error *error) {
  return osmflow_open_options_print(table, OPTIONS, document, error);
}

void osmflow_mapflow_connection_init(struct osmflow_mapflow_connection *connection) {
  *connection = (struct osmflow_mapflow_connection){.max_cost = -1};
  osmflow_mapflow_call_init(&connection->call);
}

void osmflow_mapflow_connection_clear(struct osmflow_mapflow_connection *connection) {
  osmflow_mapflow_call_clear(&connection->call);
  CSLDestroy(connection->options);
  free(connection->text);
  free(connection->root);
  free(connection->tag_file);
  free(connection->tag_text);
  free(connection->cache_folder);
  osmflow_mapflow_connection_init(connection);
}

/* A whole address in the string counts before the options. */
static enum osmflow_status parse_server(const struct osmflow_open_options *options,
                                        struct osmflow_mapflow_connection *connection, struct osmflow_error *error) {
  const char *root = connection->call.root ? connection->call.root : osmflow_open_option_text(options, "MAPFLOW_URL");
  enum osmflow_status status = osmflow_mapflow_root_read(root, &connection->root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_scheme_parse(osmflow_open_option_text(options, "AUTH"), &connection->scheme, error);
  return status;
}

static enum osmflow_status parse_network(const struct osmflow_open_options *options,
                                         struct osmflow_mapflow_connection *connection, struct osmflow_error *error) {
  double seconds = -1, parallel = 0;
  enum osmflow_status status = osmflow_open_option_number(options, "MAX_WAIT", &seconds, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_number(options, "PARALLEL", &parallel, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_copy(options, "CACHE", &connection->cache_folder, error);
  /* The client takes 0 for its default; what is meant by 0 here is not to wait. */
  connection->max_wait_ms = seconds < 0 ? 0 : seconds < 1 ? 1 : (int64_t)seconds * 1000;
  connection->parallel = (int)parallel;
  return status;
}

static enum osmflow_status parse_tag_mapping(const struct osmflow_open_options *options,
                                             struct osmflow_mapflow_connection *connection,
                                             struct osmflow_error *error) {
  const char *value = osmflow_open_option_text(options, "TAG_MAPPING");
  if (!value || osmflow_open_option_read_flag(value, &connection->maps_tags))
    return OSMFLOW_OK;
  connection->maps_tags = true;
  const enum osmflow_status status = osmflow_open_option_copy(options, "TAG_MAPPING", &connection->tag_file, error);
  return status == OSMFLOW_OK ? osmflow_open_option_file("TAG_MAPPING", value, &connection->tag_text, error) : status;
}

static enum osmflow_status parse_shown(const struct osmflow_open_options *options,
                                       struct osmflow_mapflow_connection *connection, struct osmflow_error *error) {
  size_t layers = 0, schema = 0;
  enum osmflow_status status = osmflow_open_option_flag(options, "AOI", &connection->shows_aois, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_choice(options, "LAYERS", &layers, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_choice(options, "SCHEMA", &schema, error);
  connection->splits = layers == 1;
  connection->is_exact = schema == 1;
  return status == OSMFLOW_OK ? parse_tag_mapping(options, connection, error) : status;
}

static enum osmflow_status parse_edits(const struct osmflow_open_options *options,
                                       struct osmflow_mapflow_connection *connection, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_open_option_flag(options, "RUN", &connection->runs, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_number(options, "MAX_COST", &connection->max_cost, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_flag(options, "DELETE", &connection->deletes, error);
  if (status == OSMFLOW_OK && connection->runs && connection->max_cost < 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "RUN=YES spends credits: it needs MAX_COST, the most that one new processing may cost");
  return status;
}

static enum osmflow_status keep(const char *text, const char *const *options,
                                struct osmflow_mapflow_connection *connection, struct osmflow_error *error) {
  connection->text = strdup(text);
  connection->options = CSLDuplicate((CSLConstList)options);
  return connection->text ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a connection");
}

enum osmflow_status osmflow_mapflow_connection_parse(const struct osmflow_environment *environment, const char *text,
                                                     const char *const *options,
                                                     struct osmflow_mapflow_connection *connection,
                                                     struct osmflow_error *error) {
  const struct osmflow_open_options said = {environment, table, OPTIONS, options};
  const size_t prefix = strlen(osmflow_mapflow_connection_prefix);
  const struct osmflow_text start = {text, strnlen(text, prefix)};
  connection->environment = environment;
  if (!osmflow_text_is_ignoring_case(start, osmflow_mapflow_connection_prefix))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "'%s' does not begin with %s", text,
                             osmflow_mapflow_connection_prefix);
  enum osmflow_status status = keep(text, options, connection, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_call_parse(text + prefix, &connection->call, error);
  if (status == OSMFLOW_OK)
    status = parse_server(&said, connection, error);
  if (status == OSMFLOW_OK)
    status = parse_network(&said, connection, error);
  if (status == OSMFLOW_OK)
    status = parse_shown(&said, connection, error);
  return status == OSMFLOW_OK ? parse_edits(&said, connection, error) : status;
}

struct osmflow_mapflow_options osmflow_mapflow_connection_server(const struct osmflow_mapflow_connection *connection) {
  return (struct osmflow_mapflow_options){.root = connection->root,
                                          .scheme = connection->scheme,
                                          .max_wait_ms = connection->max_wait_ms,
                                          .parallel = connection->parallel};
}

enum osmflow_status osmflow_mapflow_connection_group(const struct osmflow_mapflow_connection *connection,
                                                     struct osmflow_bytes *group, struct osmflow_error *error) {
  uint64_t mark = 0xCBF29CE484222325ULL;
  char *token = NULL;
  if (osmflow_credentials_find(connection->environment, osmflow_mapflow_token_option, connection->root, &token, NULL) ==
      OSMFLOW_OK)
    for (const char *byte = token; byte && *byte; byte++)
      mark = (mark ^ (unsigned char)*byte) * 0x100000001B3ULL; /* FNV-1a */
  osmflow_credentials_wipe(token);
  return osmflow_bytes_print(group, error, "%s %d %" PRIx64, connection->root, (int)connection->scheme, mark);
}

enum osmflow_status osmflow_mapflow_connection_key(const struct osmflow_mapflow_connection *connection,
                                                   struct osmflow_bytes *key, struct osmflow_error *error) {
  const struct osmflow_mapflow_call *call = &connection->call;
  enum osmflow_status status = osmflow_mapflow_connection_group(connection, key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(key, error, "\n%s\n%s", call->call_class->name, call->id ? call->id : "");
  for (size_t i = 0; status == OSMFLOW_OK && i < call->parameter_count; i++)
    status = osmflow_bytes_print(key, error, "\n%s=%s", call->parameters[i].name, call->parameters[i].value);
  return status;
}
