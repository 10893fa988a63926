#include "source/cityloader_dataset.h"

#include <cpl_string.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "source/cityloader_model.h"

enum { KEY_CEILING = 64 * 1024, NUMBER_TEXT = 64 };

enum column { NAME, MATERIAL, COLOR, HEIGHT, BASE_HEIGHT, TOP_HEIGHT, FOOTPRINT_AREA, FACET_COUNT, FILE_NAME, COLUMNS };
static const struct {
  const char *name;
  enum osmflow_field_type type;
} columns[COLUMNS] = {[NAME] = {"name", OSMFLOW_FIELD_STRING},
                      [MATERIAL] = {"material", OSMFLOW_FIELD_STRING},
                      [COLOR] = {"color", OSMFLOW_FIELD_STRING},
                      [HEIGHT] = {"height", OSMFLOW_FIELD_REAL},
                      [BASE_HEIGHT] = {"base_height", OSMFLOW_FIELD_REAL},
                      [TOP_HEIGHT] = {"top_height", OSMFLOW_FIELD_REAL},
                      [FOOTPRINT_AREA] = {"footprint_area", OSMFLOW_FIELD_REAL},
                      [FACET_COUNT] = {"facet_count", OSMFLOW_FIELD_INTEGER64},
                      [FILE_NAME] = {"file", OSMFLOW_FIELD_STRING}};

enum shown { SHOWS_TERRAIN, SHOWS_BUILDINGS, SHOWS_ALL };

struct dataset {
  struct osmflow_stream_dataset stream;
  struct osmflow_cityloader_connection connection;
  char *key, *text;
  char **options; /* as they were given */
};

struct layer {
  struct osmflow_stream_layer stream;
  struct dataset *dataset;
  struct osmflow_shared *shared; /* held while its model is read: a refresh brings another */
  enum shown shown;
  size_t part, body; /* of the next feature */
  int64_t number;    /* of it in this layer */
};

static const struct osmflow_city *city_of(const struct layer *layer) {
  return osmflow_shared_thing(layer->shared);
}

static bool shows(const struct layer *layer, const struct osmflow_body *body) {
  return layer->shown == SHOWS_ALL || body->is_terrain == (layer->shown == SHOWS_TERRAIN);
}

static void add_fact(struct layer *layer, const char *name, const char *value) {
  layer->stream.metadata = CSLSetNameValue(layer->stream.metadata, name, value);
}

static void add_facts(struct layer *layer) {
  const struct osmflow_city *city = city_of(layer);
  char number[NUMBER_TEXT];
  size_t degenerate = 0;
  for (size_t i = 0; i < city->part_count; i++)
    degenerate += city->parts[i].mesh.degenerate;
  if (*city->id)
    add_fact(layer, "EXPORT_ID", city->id);
  if (city->request.size > 0)
    add_fact(layer, "REQUEST", osmflow_bytes_string(&city->request));
  add_fact(layer, "PLACED", city->place.crs ? "YES" : "NO");
  add_fact(layer, "PLACE_ASSUMPTION", city->place.assumption);
  add_fact(layer, "UP_AXIS", city->is_y_up ? "Y" : "Z");
  add_fact(layer, "HEIGHT_REFERENCE",
           city->connection.height_reference ? city->connection.height_reference : "unknown");
  osmflow_format_int(number, (int64_t)degenerate);
  add_fact(layer, "DEGENERATE_FACETS_LEFT_OUT", number);
}

static enum osmflow_status define(struct osmflow_stream_layer *stream, OGRFeatureDefnH *definition,
                                  struct osmflow_error *error) {
  static const OGRwkbGeometryType types[] = {[OSMFLOW_BODY_TIN] = wkbTINZ,
                                             [OSMFLOW_BODY_POLYHEDRAL] = wkbPolyhedralSurfaceZ,
                                             [OSMFLOW_BODY_FOOTPRINT] = wkbMultiPolygon};
  struct layer *layer = (struct layer *)stream;
  enum osmflow_status status =
      osmflow_city_acquire(layer->dataset->key, &layer->dataset->connection, &layer->shared, error);
  if (status == OSMFLOW_OK)
    status = osmflow_shared_load(layer->shared, error);
  if (status != OSMFLOW_OK)
    return status;
  *definition = osmflow_feature_definition_new(stream->name, OSMFLOW_GEOMETRY_ANY, city_of(layer)->place.crs);
  OGR_FD_SetGeomType(*definition, types[layer->dataset->connection.form]);
  for (size_t i = 0; i < COLUMNS; i++)
    osmflow_feature_definition_add(*definition, columns[i].name, columns[i].type);
  add_facts(layer);
  return OSMFLOW_OK;
}

static void rewind_layer(struct osmflow_stream_layer *stream) {
  struct layer *layer = (struct layer *)stream;
  layer->part = layer->body = 0;
  layer->number = 0;
}

static void set_text(OGRFeatureH feature, enum column column, const char *text) {
  if (text && *text)
    OGR_F_SetFieldString(feature, column, text);
}

static void set_fields(const struct osmflow_city *city, const struct osmflow_city_part *part,
                       const struct osmflow_body *body, OGRFeatureH feature) {
  const struct osmflow_mesh_group *group = &part->mesh.groups[body->group];
  const double low = body->low * city->place.scale + city->place.shift[2];
  const double high = body->high * city->place.scale + city->place.shift[2];
  set_text(feature, NAME, group->name);
  set_text(feature, MATERIAL, group->material);
  set_text(feature, COLOR, osmflow_city_color(city, group->material));
  set_text(feature, FILE_NAME, part->file);
  OGR_F_SetFieldDouble(feature, HEIGHT, high - low);
  OGR_F_SetFieldDouble(feature, BASE_HEIGHT, low);
  OGR_F_SetFieldDouble(feature, TOP_HEIGHT, high);
  OGR_F_SetFieldInteger64(feature, FACET_COUNT, (GIntBig)body->count);
}

static enum osmflow_status build(const struct layer *layer, const struct osmflow_city_part *part, size_t body,
                                 int64_t fid, OGRFeatureH *feature, struct osmflow_error *error) {
  const struct osmflow_city *city = city_of(layer);
  const bool wants_geometry = osmflow_stream_layer_wants_geometry(&layer->stream);
  const bool wants_area = osmflow_stream_layer_wants_field(&layer->stream, FOOTPRINT_AREA);
  OGRGeometryH geometry = NULL;
  double area = 0;
  enum osmflow_status status = OSMFLOW_OK;
  if (wants_geometry || wants_area)
    status = osmflow_body_geometry(&part->mesh, &part->bodies, body, &city->place,
                                   wants_geometry ? layer->dataset->connection.form : OSMFLOW_BODY_FOOTPRINT, &geometry,
                                   wants_area ? &area : NULL, error);
  if (status != OSMFLOW_OK)
    return status;
  *feature = OGR_F_Create(layer->stream.definition);
  OGR_F_SetFID(*feature, fid);
  set_fields(city, part, &part->bodies.items[body], *feature);
  if (wants_area)
    OGR_F_SetFieldDouble(*feature, FOOTPRINT_AREA, area);
  if (wants_geometry)
    OGR_F_SetGeometryDirectly(*feature, geometry);
  else
    OGR_G_DestroyGeometry(geometry);
  return OSMFLOW_OK;
}

/* The next body that the layer shows, from a place on; false: there is none. */
static bool find_body(const struct layer *layer, size_t *part, size_t *body) {
  const struct osmflow_city *city = city_of(layer);
  for (; *part < city->part_count; ++*part, *body = 0)
    for (const struct osmflow_bodies *bodies = &city->parts[*part].bodies; *body < bodies->count; ++*body)
      if (shows(layer, &bodies->items[*body]))
        return true;
  return false;
}

static enum osmflow_status next(struct osmflow_stream_layer *stream, OGRFeatureH *feature,
                                struct osmflow_error *error) {
  struct layer *layer = (struct layer *)stream;
  if (!find_body(layer, &layer->part, &layer->body))
    return OSMFLOW_OK;
  const struct osmflow_city_part *part = &city_of(layer)->parts[layer->part];
  return build(layer, part, layer->body++, layer->number++, feature, error);
}

static enum osmflow_status feature_of(struct osmflow_stream_layer *stream, int64_t fid, OGRFeatureH *feature,
                                      struct osmflow_error *error) {
  const struct layer *layer = (const struct layer *)stream;
  size_t part = 0, body = 0;
  bool found = fid >= 0 && find_body(layer, &part, &body);
  for (int64_t number = 0; found && number < fid; number++) {
    body++;
    found = find_body(layer, &part, &body);
  }
  return found ? build(layer, &city_of(layer)->parts[part], body, fid, feature, error) : OSMFLOW_OK;
}

static enum osmflow_status count(struct osmflow_stream_layer *stream, bool only_if_known, int64_t *number,
                                 struct osmflow_error *error) {
  const struct layer *layer = (const struct layer *)stream;
  size_t part = 0, body = 0;
  (void)only_if_known;
  (void)error;
  for (*number = 0; find_body(layer, &part, &body); body++)
    ++*number;
  return OSMFLOW_OK;
}

static void release_layer(struct osmflow_stream_layer *stream) {
  struct layer *layer = (struct layer *)stream;
  osmflow_shared_release(layer->shared);
  free(layer);
}

static const struct osmflow_stream_layer_class layer_class = {.define = define,
                                                              .rewind = rewind_layer,
                                                              .next = next,
                                                              .feature = feature_of,
                                                              .count = count,
                                                              .release = release_layer};

static enum osmflow_status add_layer(struct dataset *dataset, const char *name, enum shown shown,
                                     struct osmflow_error *error) {
  struct layer *layer = calloc(1, sizeof *layer);
  if (!layer)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  const enum osmflow_status status = osmflow_stream_layer_init(&layer->stream, &layer_class, name, error);
  layer->dataset = dataset;
  layer->shown = shown;
  dataset->stream.layers[dataset->stream.layer_count++] = &layer->stream;
  return status;
}

/* What makes two connections the same model: all that is said, and the options that change how it is read. */
static enum osmflow_status make_key(struct dataset *dataset, const char *text, const char *const *options,
                                    struct osmflow_error *error) {
  struct osmflow_bytes key;
  osmflow_bytes_init(&key, KEY_CEILING);
  enum osmflow_status status =
      osmflow_bytes_print(&key, error, "%s\n%s", dataset->connection.root ? dataset->connection.root : "", text);
  for (size_t i = 0; status == OSMFLOW_OK && options && options[i]; i++)
    status = osmflow_bytes_print(&key, error, "\n%s", options[i]);
  dataset->key = status == OSMFLOW_OK ? osmflow_bytes_take(&key) : NULL;
  osmflow_bytes_clear(&key);
  return status;
}

static enum osmflow_status again(const struct osmflow_stream_dataset *stream, struct osmflow_stream_dataset **made,
                                 struct osmflow_error *error) {
  const struct dataset *dataset = (const struct dataset *)stream;
  return osmflow_cityloader_dataset_open(dataset->connection.environment, dataset->text,
                                         (const char *const *)dataset->options, made, error);
}

static enum osmflow_status refresh(struct osmflow_stream_dataset *stream, struct osmflow_error *error) {
  (void)error;
  osmflow_shared_forget(((struct dataset *)stream)->key);
  return OSMFLOW_OK;
}

static void release(struct osmflow_stream_dataset *stream) {
  struct dataset *dataset = (struct dataset *)stream;
  osmflow_cityloader_connection_clear(&dataset->connection);
  CSLDestroy(dataset->options);
  free(dataset->text);
  free(dataset->key);
  free(dataset);
}

static const struct osmflow_stream_dataset_class dataset_class = {again, refresh, release};

enum osmflow_status osmflow_cityloader_dataset_open(const struct osmflow_environment *environment, const char *text,
                                                    const char *const *options, struct osmflow_stream_dataset **dataset,
                                                    struct osmflow_error *error) {
  struct dataset *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a dataset");
  made->stream.dataset_class = &dataset_class;
  osmflow_cityloader_connection_init(&made->connection);
  made->text = strdup(text);
  made->options = CSLDuplicate((CSLConstList)options);
  enum osmflow_status status =
      made->text ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a connection");
  if (status == OSMFLOW_OK)
    status = osmflow_cityloader_connection_parse(environment, text, options, &made->connection, error);
  if (status == OSMFLOW_OK)
    status = make_key(made, text, options, error);
  if (status == OSMFLOW_OK && made->connection.shows_model)
    status = add_layer(made, "model", SHOWS_ALL, error);
  if (status == OSMFLOW_OK && !made->connection.shows_model)
    status = add_layer(made, "terrain", SHOWS_TERRAIN, error);
  if (status == OSMFLOW_OK && !made->connection.shows_model)
    status = add_layer(made, "buildings", SHOWS_BUILDINGS, error);
  if (status == OSMFLOW_OK)
    *dataset = &made->stream;
  else
    osmflow_stream_dataset_close(&made->stream);
  return status;
}
