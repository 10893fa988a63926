#include "source/connection.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <stdlib.h>

#include "base/number.h"
#include "source/open_option.h"

const char osmflow_connection_prefix[] = "OSMAPI:";
const char *const osmflow_raw_layer_names[OSMFLOW_RAW_LAYERS] = {"nodes", "ways", "relations", "members"};

const char osmflow_open_options[] =
    "<OpenOptionList>"
    "<Option name='SCHEMA' type='string-select' default='EXTENDED' description='Columns: those of the OSM driver of "
    "GDAL "
    "alone, or with version, time, user, changeset and completeness behind them'>"
    "<Value>EXTENDED</Value><Value>GDAL</Value></Option>"
    "<Option name='COLUMNS' type='string' description='Tag keys that become columns under their true names, "
    "separated by commas: addr:street,building:levels'/>"
    "<Option name='TAGS' type='string-select' description='Form of the column other_tags'>"
    "<Value>HSTORE</Value><Value>JSON</Value></Option>"
    "<Option name='LAYERS' type='string' description='Raw layers to add, separated by commas: "
    "nodes,ways,relations,members'/>"
    "<Option name='CONFIG_FILE' type='string' description='An osmconf.ini to use instead of the built-in rules'/>"
    "<Option name='OSMAPI_URL' type='string' default='https://api.openstreetmap.org' description='Root of the server'/>"
    "<Option name='MAX_WAIT' type='int' default='300' description='Most seconds to wait in all when the server asks to "
    "try again later'/>"
    "<Option name='PARALLEL' type='int' min='1' max='2' default='2' description='Requests at the same time'/>"
    "<Option name='CACHE' type='string' description='Folder that keeps answers, so that a script can run again without "
    "asking the server'/>"
    "<Option name='CACHE_TTL' type='int' min='1' description='Seconds after which a kept answer is asked for again "
    "(for ever "
    "when "
    "not given)'/>"
    "<Option name='TAGS_FORMAT' type='string-select' description='Same as TAGS, as in the OSM driver of GDAL'>"
    "<Value>HSTORE</Value><Value>JSON</Value></Option>"
    "<Option name='USE_CUSTOM_INDEXING' type='boolean' description='Accepted for the OSM driver of GDAL, without "
    "effect'/>"
    "<Option name='COMPRESS_NODES' type='boolean' description='Accepted for the OSM driver of GDAL, without effect'/>"
    "<Option name='MAX_TMPFILE_SIZE' type='int' description='Accepted for the OSM driver of GDAL, without effect'/>"
    "<Option name='INTERLEAVED_READING' type='boolean' description='Accepted for the OSM driver of GDAL, without "
    "effect: "
    "layers can be read in any order'/>" OSMFLOW_UPDATE_OPTION_LIST "</OpenOptionList>";

static int64_t gdal_monotonic_ms(void *self) {
  return osmflow_environment_system()->monotonic_ms(self);
}

static int64_t gdal_unix_seconds(void *self) {
  return osmflow_environment_system()->unix_seconds(self);
}

static void gdal_sleep_ms(void *self, int64_t milliseconds) {
  osmflow_environment_system()->sleep_ms(self, milliseconds);
}

static uint32_t gdal_random(void *self) {
  return osmflow_environment_system()->random(self);
}

static const char *gdal_option(void *self, const char *name) {
  (void)self;
  return CPLGetConfigOption(name, NULL);
}

static void gdal_log(void *self, enum osmflow_log_level level, const char *message) {
  (void)self;
  if (level == OSMFLOW_LOG_WARNING)
    CPLError(CE_Warning, CPLE_AppDefined, "%s", message);
  else
    CPLDebug("OSMAPI", "%s", message);
}

static bool gdal_cancelled(void *self) {
  (void)self;
  return false;
}

const struct osmflow_environment *osmflow_environment_gdal(void) {
  static const struct osmflow_environment environment = {
      .monotonic_ms = gdal_monotonic_ms,
      .unix_seconds = gdal_unix_seconds,
      .sleep_ms = gdal_sleep_ms,
      .random = gdal_random,
      .option = gdal_option,
      .log = gdal_log,
      .cancelled = gdal_cancelled,
  };
  return &environment;
}

void osmflow_connection_init(struct osmflow_connection *connection) {
  *connection = (struct osmflow_connection){.max_wait_ms = -1};
  osmflow_call_init(&connection->call);
  osmflow_update_options_init(&connection->update);
}

void osmflow_connection_clear(struct osmflow_connection *connection) {
  osmflow_call_clear(&connection->call);
  free(connection->columns);
  free(connection->config_file);
  free(connection->config);
  free(connection->cache_directory);
  osmflow_update_options_clear(&connection->update);
  osmflow_connection_init(connection);
}

/* An open option, else the configuration option of the same or the other name, else NULL. */
static const char *option(const struct osmflow_connection *connection, const char *const *options, const char *name,
                          const char *configuration) {
  const char *value = CSLFetchNameValue((CSLConstList)options, name);
  if (!value && configuration)
    value = connection->environment->option(connection->environment->self, configuration);
  return value && value[0] ? value : NULL;
}

static enum osmflow_status copy(const char *value, char **copied, struct osmflow_error *error) {
  *copied = value ? strdup(value) : NULL;
  return value && !*copied ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an open option") : OSMFLOW_OK;
}

static enum osmflow_status parse_number(const char *name, const char *value, int64_t least, int64_t most,
                                        int64_t *number, struct osmflow_error *error) {
  if (value && !osmflow_parse_int(osmflow_text(value), least, most, number))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s is not a whole number between %lld and %lld", name,
                             value, (long long)least, (long long)most);
  return OSMFLOW_OK;
}

static enum osmflow_status parse_raw_layers(struct osmflow_connection *connection, const char *value,
                                            struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(value), part;
  while (value && osmflow_text_next(&rest, ',', &part)) {
    size_t raw = 0;
    part = osmflow_text_trim(part);
    while (raw < OSMFLOW_RAW_LAYERS && !osmflow_text_is_ignoring_case(part, osmflow_raw_layer_names[raw]))
      raw++;
    if (raw == OSMFLOW_RAW_LAYERS)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "LAYERS=%s: there is no raw layer '%.*s'; there are nodes, ways, relations and members",
                               value, OSMFLOW_TEXT_ARGUMENTS(part));
    connection->shows_raw[raw] = true;
  }
  return OSMFLOW_OK;
}

static enum osmflow_status parse_choice(const char *name, const char *value, const char *const *choices, size_t *choice,
                                        struct osmflow_error *error) {
  for (*choice = 0; value && choices[*choice]; *choice += 1)
    if (osmflow_text_is_ignoring_case(osmflow_text(value), choices[*choice]))
      return OSMFLOW_OK;
  return value ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s: it is %s or %s", name, value, choices[0],
                                   choices[1])
               : OSMFLOW_OK;
}

static enum osmflow_status parse_columns(struct osmflow_connection *connection, const char *const *options,
                                         struct osmflow_error *error) {
  static const char *const schemas[] = {"EXTENDED", "GDAL", NULL}, *const formats[] = {"HSTORE", "JSON", NULL};
  const char *tags_name = option(connection, options, "TAGS", NULL) ? "TAGS" : "TAGS_FORMAT";
  const char *tags = option(connection, options, tags_name, NULL);
  size_t schema = 0, format = 0;
  enum osmflow_status status =
      parse_choice("SCHEMA", option(connection, options, "SCHEMA", "OSMAPI_SCHEMA"), schemas, &schema, error);
  connection->is_strict = schema == 1;
  if (status == OSMFLOW_OK)
    status = parse_choice(tags_name, tags, formats, &format, error);
  if (status == OSMFLOW_OK && tags)
    connection->tags = format == 1 ? OSMFLOW_TAGS_JSON : OSMFLOW_TAGS_HSTORE;
  if (status == OSMFLOW_OK)
    status = copy(option(connection, options, "COLUMNS", NULL), &connection->columns, error);
  if (status == OSMFLOW_OK)
    status = copy(option(connection, options, "CONFIG_FILE", "OSM_CONFIG_FILE"), &connection->config_file, error);
  return status == OSMFLOW_OK ? parse_raw_layers(connection, option(connection, options, "LAYERS", NULL), error)
                              : status;
}

static enum osmflow_status parse_network(struct osmflow_connection *connection, const char *const *options,
                                         struct osmflow_error *error) {
  int64_t max_wait = -1, parallel = 0;
  enum osmflow_status status = parse_number("MAX_WAIT", option(connection, options, "MAX_WAIT", "OSMAPI_MAX_WAIT"), 0,
                                            INT64_C(604800), &max_wait, error);
  if (status == OSMFLOW_OK)
    status = parse_number("PARALLEL", option(connection, options, "PARALLEL", NULL), 1, 2, &parallel, error);
  if (status == OSMFLOW_OK)
    status = parse_number("CACHE_TTL", option(connection, options, "CACHE_TTL", "OSMAPI_CACHE_TTL"), 1, INT32_MAX,
                          &connection->cache_ttl_seconds, error);
  if (status == OSMFLOW_OK)
    status = copy(option(connection, options, "CACHE", "OSMAPI_CACHE"), &connection->cache_directory, error);
  connection->max_wait_ms = max_wait < 0 ? -1 : max_wait * 1000;
  connection->parallel = (int)parallel;
  return status;
}

/* Which layers there are when nothing is said follows from what the call answers. */
static void choose_layers(struct osmflow_connection *connection) {
  const enum osmflow_call_answer answer = connection->call.call_class->answer;
  connection->shows_five_layers = answer == OSMFLOW_ANSWER_MAP || answer == OSMFLOW_ANSWER_ELEMENTS;
  if (answer == OSMFLOW_ANSWER_ELEMENTS || answer == OSMFLOW_ANSWER_VERSIONS)
    for (size_t i = 0; i < OSMFLOW_RAW_LAYERS; i++)
      connection->shows_raw[i] = true;
}

enum osmflow_status osmflow_connection_parse(const struct osmflow_environment *environment, const char *text,
                                             const char *const *options, struct osmflow_connection *connection,
                                             struct osmflow_error *error) {
  static const char default_root[] = "https://api.openstreetmap.org";
  connection->environment = environment;
  const char *root = option(connection, options, "OSMAPI_URL", "OSMAPI_URL");
  const size_t prefix = strlen(osmflow_connection_prefix);
  const struct osmflow_text start = {text, strnlen(text, prefix)};
  if (!osmflow_text_is_ignoring_case(start, osmflow_connection_prefix))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "'%s' does not begin with %s", text,
                             osmflow_connection_prefix);
  enum osmflow_status status = osmflow_call_parse(text + prefix, root ? root : default_root, &connection->call, error);
  if (status == OSMFLOW_OK)
    status = parse_columns(connection, options, error);
  if (status == OSMFLOW_OK)
    status = parse_network(connection, options, error);
  if (status == OSMFLOW_OK)
    status = osmflow_update_options_parse(options, &connection->update, error);
  if (status == OSMFLOW_OK)
    choose_layers(connection);
  if (status == OSMFLOW_OK && connection->shows_five_layers && connection->config_file)
    status = osmflow_open_option_file("CONFIG_FILE", connection->config_file, &connection->config, error);
  return status;
}

enum osmflow_status osmflow_connection_rules(const struct osmflow_connection *connection, struct osmflow_rules **rules,
                                             struct osmflow_error *error) {
  const struct osmflow_rules_options options = {.config = osmflow_text(connection->config),
                                                .config_name = connection->config_file,
                                                .strict = connection->is_strict,
                                                .columns = connection->columns,
                                                .tags = connection->tags};
  return osmflow_rules_new(&options, rules, error);
}
