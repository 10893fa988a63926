#include "source/cityloader_connection.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

const char osmflow_cityloader_prefix[] = "CITYLOADER:";

static const struct osmflow_open_option table[] = {
    {"CITYLOADER_URL", "string", NULL, "https://v2.3dcityloader.com/api", "CITYLOADER_URL", "Root of the server", 0, 0},
    {"CREATE", "boolean", NULL, "NO", NULL, "Whether an export that does not exist yet is made, which costs money", 0,
     0},
    {"LAYERS", "string-select", "SPLIT MODEL", "SPLIT", NULL, "terrain and buildings, or one layer model", 0, 0},
    {"GEOMETRY", "string-select", "TIN POLYHEDRAL FOOTPRINT", "TIN", NULL,
     "Surfaces of triangles, of facets as they are, or 2D outlines", 0, 0},
    {"ORIGIN", "string", NULL, "AUTO", NULL,
     "What the model's origin is: AUTO, CENTER or SW of its area, NONE, or X,Y in MODEL_CRS", 0, 0},
    {"MODEL_CRS", "string", NULL, "AUTO", NULL, "CRS of the model's numbers", 0, 0},
    {"UNIT", "float", NULL, NULL, NULL, "Metres of one unit of the model", 1e-6, 1e6},
    {"UP", "string-select", "AUTO Z Y", "AUTO", NULL, "Axis of the model that points upwards", 0, 0},
    {"BBOX", "string", NULL, NULL, NULL, "Area of a model that is not known from its request: west,south,east,north", 0,
     0},
    {"HEIGHT_REFERENCE", "string", NULL, "unknown", NULL, "What heights are measured from, for the metadata", 0, 0}};
enum { TABLE_SIZE = sizeof table / sizeof table[0] };

enum osmflow_status osmflow_cityloader_options_print(struct osmflow_bytes *document, struct osmflow_error *error) {
  return osmflow_open_options_print(table, TABLE_SIZE, document, error);
}

void osmflow_cityloader_connection_init(struct osmflow_cityloader_connection *connection) {
  *connection = (struct osmflow_cityloader_connection){.form = OSMFLOW_BODY_TIN};
  osmflow_export_request_init(&connection->request);
}

void osmflow_cityloader_connection_clear(struct osmflow_cityloader_connection *connection) {
  osmflow_export_request_clear(&connection->request);
  free(connection->root);
  free(connection->path);
  free(connection->id);
  free(connection->model_crs);
  free(connection->height_reference);
  osmflow_cityloader_connection_init(connection);
}

static enum osmflow_status copy(char **target, struct osmflow_text text, struct osmflow_error *error) {
  free(*target);
  *target = strndup(text.size ? text.data : "", text.size);
  return *target ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a connection");
}

/* "a%20b" of a connection string. */
static enum osmflow_status set_parameter(struct osmflow_export_request *request, struct osmflow_text pair,
                                         struct osmflow_error *error) {
  struct osmflow_text value = pair, name;
  osmflow_text_next(&value, '=', &name);
  if (!value.data)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" is no NAME=VALUE of an export",
                             OSMFLOW_TEXT_ARGUMENTS(pair));
  char *plain = strndup(value.data, value.size);
  char *decoded = plain ? CPLUnescapeString(plain, NULL, CPLES_URL) : NULL;
  const enum osmflow_status status = decoded
                                         ? osmflow_export_request_set(request, name, osmflow_text(decoded), error)
                                         : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a connection");
  CPLFree(decoded);
  free(plain);
  return status;
}

static enum osmflow_status read_request(struct osmflow_cityloader_connection *connection, struct osmflow_text query,
                                        struct osmflow_error *error) {
  struct osmflow_text pair;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && osmflow_text_next(&query, '&', &pair))
    status = pair.size > 0 ? set_parameter(&connection->request, pair, error) : OSMFLOW_OK;
  return status == OSMFLOW_OK ? osmflow_export_request_check(&connection->request, error) : status;
}

/* What stands behind "export/". */
static enum osmflow_status read_export(struct osmflow_cityloader_connection *connection, struct osmflow_text text,
                                       struct osmflow_error *error) {
  struct osmflow_text query = text, path;
  osmflow_text_next(&query, '?', &path);
  if (osmflow_text_is(path, "simple"))
    return read_request(connection, query.data ? query : (struct osmflow_text){"", 0}, error);
  if (path.size == 0 || query.data || memchr(path.data, '/', path.size))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "\"export/%.*s\" is neither export/{id} nor export/simple?bbox=...",
                             OSMFLOW_TEXT_ARGUMENTS(text));
  return copy(&connection->id, path, error);
}

static enum osmflow_status read_text(struct osmflow_cityloader_connection *connection, const char *text,
                                     struct osmflow_error *error) {
  static const char call[] = "export/";
  const bool is_address = strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
  const char *found = is_address ? strstr(text, "/export/") : NULL;
  if (is_address && !found)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "an address of 3DCityLoader ends in export/{id}");
  if (found) {
    const enum osmflow_status status =
        copy(&connection->root, (struct osmflow_text){text, (size_t)(found - text)}, error);
    return status == OSMFLOW_OK ? read_export(connection, osmflow_text(found + strlen("/export/")), error) : status;
  }
  if (strncmp(text, call, sizeof call - 1) == 0)
    return read_export(connection, osmflow_text(text + sizeof call - 1), error);
  if (*text == '\0')
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s needs what to open: export/{id}, export/simple?bbox=..., or a file",
                             osmflow_cityloader_prefix);
  return copy(&connection->path, osmflow_text(text), error);
}

static enum osmflow_status read_origin(struct osmflow_place_options *place, const char *text,
                                       struct osmflow_error *error) {
  static const struct {
    const char *word;
    enum osmflow_origin origin;
  } words[] = {{"AUTO", OSMFLOW_ORIGIN_AUTO},
               {"CENTER", OSMFLOW_ORIGIN_CENTER},
               {"SW", OSMFLOW_ORIGIN_SW},
               {"NONE", OSMFLOW_ORIGIN_NONE}};
  struct osmflow_text rest = osmflow_text(text), x;
  for (size_t i = 0; text && i < sizeof words / sizeof words[0]; i++)
    if (osmflow_text_is_ignoring_case(rest, words[i].word)) {
      place->origin = words[i].origin;
      return OSMFLOW_OK;
    }
  place->origin = text ? OSMFLOW_ORIGIN_XY : OSMFLOW_ORIGIN_AUTO;
  if (text &&
      (!osmflow_text_next(&rest, ',', &x) || !rest.data || !osmflow_parse_real(osmflow_text_trim(x), &place->x) ||
       !osmflow_parse_real(osmflow_text_trim(rest), &place->y)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "ORIGIN=%.60s: it is AUTO, CENTER, SW, NONE, or two numbers x,y", text);
  return OSMFLOW_OK;
}

/* By the same rules as the bbox of a request. */
static enum osmflow_status read_bbox(struct osmflow_place_options *place, const char *text,
                                     struct osmflow_error *error) {
  struct osmflow_export_request request;
  if (!text)
    return OSMFLOW_OK;
  osmflow_export_request_init(&request);
  enum osmflow_status status = osmflow_export_request_set(&request, osmflow_text("bbox"), osmflow_text(text), error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_request_check(&request, error);
  if (status == OSMFLOW_OK)
    place->has_bbox = osmflow_export_request_area(&request, place->bbox);
  osmflow_export_request_clear(&request);
  return status;
}

static enum osmflow_status read_options(const struct osmflow_open_options *options,
                                        struct osmflow_cityloader_connection *connection, struct osmflow_error *error) {
  size_t layers = 0, form = OSMFLOW_BODY_TIN, up = OSMFLOW_UP_AUTO;
  enum osmflow_status status = OSMFLOW_OK;
  if (!connection->root)
    status = osmflow_open_option_copy(options, "CITYLOADER_URL", &connection->root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_flag(options, "CREATE", &connection->may_create, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_choice(options, "LAYERS", &layers, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_choice(options, "GEOMETRY", &form, error);
  if (status == OSMFLOW_OK)
    status = read_origin(&connection->place, osmflow_open_option_text(options, "ORIGIN"), error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_copy(options, "MODEL_CRS", &connection->model_crs, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_number(options, "UNIT", &connection->place.unit, error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_choice(options, "UP", &up, error);
  if (status == OSMFLOW_OK)
    status = read_bbox(&connection->place, osmflow_open_option_text(options, "BBOX"), error);
  if (status == OSMFLOW_OK)
    status = osmflow_open_option_copy(options, "HEIGHT_REFERENCE", &connection->height_reference, error);
  connection->shows_model = layers == 1;
  connection->form = (enum osmflow_body_form)form;
  connection->place.crs = connection->model_crs;
  connection->place.up = (enum osmflow_up)up;
  return status;
}

enum osmflow_status osmflow_cityloader_connection_parse(const struct osmflow_environment *environment, const char *text,
                                                        const char *const *options,
                                                        struct osmflow_cityloader_connection *connection,
                                                        struct osmflow_error *error) {
  const struct osmflow_open_options given = {environment, table, TABLE_SIZE, options};
  connection->environment = environment;
  enum osmflow_status status = read_text(connection, text + sizeof osmflow_cityloader_prefix - 1, error);
  if (status == OSMFLOW_OK)
    status = read_options(&given, connection, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s: ", text);
  return status;
}
