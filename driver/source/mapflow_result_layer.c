/* Layers of results: features as they come, built as fast as OGR's C API allows. */
#include <cpl_string.h>
#include <ogr_srs_api.h>
#include <stdlib.h>

#include "mapflow/result.h"
#include "source/mapflow_layers.h"
#include "source/mapflow_tags.h"

enum { KEY_CEILING = 1 << 20 };

static const unsigned all_shapes = OSMFLOW_RESULT_POINTS | OSMFLOW_RESULT_LINES | OSMFLOW_RESULT_AREAS;

struct result_layer {
  struct osmflow_stream_layer layer;
  const struct osmflow_mapflow_connection *connection; /* the dataset's */
  unsigned kinds;                                      /* 0: all */
  OGRSpatialReferenceH srs;                            /* a reference of ours */
  struct osmflow_shared *shared;                       /* the set that is read; NULL: none yet */
  const struct osmflow_result_schema *schema;          /* of that set */
  struct osmflow_mapflow_tags *tags;                   /* NULL: columns are those of the result */
  struct osmflow_result_reader *reader;                /* of `next`; NULL: to be made */
  struct osmflow_result_reader *seeker;                /* of features by id; NULL: to be made */
  int64_t seeker_place;                                /* what the seeker gives next */
  bool *wanted, *wanted_by_id;                         /* per column, for the reader and for features by id */
  bool wants_geometry;                                 /* for the reader */
  OGRwkbGeometryType type;
};

static enum osmflow_status make_set(const void *recipe, void **thing, struct osmflow_error *error) {
  const struct osmflow_mapflow_connection *connection = recipe;
  const struct osmflow_result_options options = {
      .environment = connection->environment,
      .server = osmflow_mapflow_connection_server(connection),
      .call = &connection->call,
      .look = connection->is_exact ? OSMFLOW_RESULT_EXACT : OSMFLOW_RESULT_FAST,
      .cache_folder = connection->cache_folder,
  };
  struct osmflow_result_set *set = NULL;
  const enum osmflow_status status = osmflow_result_set_new(&options, &set, error);
  *thing = set;
  return status;
}

static void destroy_set(void *thing) {
  osmflow_result_set_free(thing);
}

static const struct osmflow_shared_class result_class = {"result", make_set, NULL, destroy_set};

static enum osmflow_status print_group(const struct osmflow_mapflow_connection *connection, struct osmflow_bytes *group,
                                       struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_mapflow_connection_group(connection, group, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(group, " results", error) : status;
}

void osmflow_mapflow_results_forget(const struct osmflow_mapflow_connection *connection) {
  struct osmflow_bytes group;
  osmflow_bytes_init(&group, KEY_CEILING);
  if (print_group(connection, &group, NULL) == OSMFLOW_OK)
    osmflow_shared_forget(osmflow_bytes_string(&group));
  osmflow_bytes_clear(&group);
}

static enum osmflow_status acquire(const struct osmflow_mapflow_connection *connection, struct osmflow_shared **shared,
                                   struct osmflow_error *error) {
  struct osmflow_bytes key, group;
  osmflow_bytes_init(&key, KEY_CEILING);
  osmflow_bytes_init(&group, KEY_CEILING);
  enum osmflow_status status = print_group(connection, &group, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connection_key(connection, &key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&key, error, "\n%d %s", connection->is_exact,
                                 connection->cache_folder ? connection->cache_folder : "");
  if (status == OSMFLOW_OK)
    status = osmflow_shared_acquire(connection->environment, &result_class, osmflow_bytes_string(&group),
                                    osmflow_bytes_string(&key), connection, shared, error);
  osmflow_bytes_clear(&key);
  osmflow_bytes_clear(&group);
  return status;
}

static struct osmflow_result_set *set_of(const struct result_layer *self) {
  return osmflow_shared_thing(self->shared);
}

/* Another try later gets another set; a wish to stop says nothing about this one. */
static enum osmflow_status note(const struct result_layer *self, enum osmflow_status status) {
  if (status != OSMFLOW_OK && status != OSMFLOW_CANCELLED)
    osmflow_shared_fail(self->shared);
  return status;
}

static void end_reading(struct result_layer *self) {
  osmflow_result_reader_free(self->reader);
  osmflow_result_reader_free(self->seeker);
  self->reader = self->seeker = NULL;
}

/* One kind of geometry for the whole layer where that is possible without changing a geometry's nature. Points stay
 * points: results have no others. */
static OGRwkbGeometryType choose_type(const struct result_layer *self) {
  const unsigned shown =
      self->kinds ? self->schema->kinds & (self->kinds | OSMFLOW_RESULT_MULTIPLE) : self->schema->kinds;
  const unsigned shapes = self->kinds & all_shapes ? self->kinds & all_shapes : shown & all_shapes;
  const bool has_others = (self->schema->kinds & all_shapes) != OSMFLOW_RESULT_POINTS;
  const bool is_multiple = (shown & OSMFLOW_RESULT_MULTIPLE) || !self->schema->is_exact;
  if (shown & OSMFLOW_RESULT_OTHER)
    return wkbUnknown;
  switch (shapes) {
    case OSMFLOW_RESULT_AREAS:
      return is_multiple ? wkbMultiPolygon : wkbPolygon;
    case OSMFLOW_RESULT_LINES:
      return is_multiple ? wkbMultiLineString : wkbLineString;
    case OSMFLOW_RESULT_POINTS:
      return (shown & OSMFLOW_RESULT_MULTIPLE) && !has_others ? wkbMultiPoint : wkbPoint;
    default:
      return wkbUnknown;
  }
}

static OGRFeatureDefnH make_definition(const struct result_layer *self) {
  OGRFeatureDefnH definition = osmflow_feature_definition_new(self->layer.name, OSMFLOW_GEOMETRY_ANY, self->srs);
  OGR_FD_SetGeomType(definition, choose_type(self));
  if (self->tags)
    osmflow_mapflow_tags_define(self->tags, definition);
  else
    for (size_t i = 0; i < self->schema->column_count; i++)
      osmflow_feature_definition_add(definition, self->schema->columns[i].name, self->schema->columns[i].type);
  return definition;
}

static enum osmflow_status define(struct osmflow_stream_layer *layer, OGRFeatureDefnH *definition,
                                  struct osmflow_error *error) {
  struct result_layer *self = (struct result_layer *)layer;
  const struct osmflow_mapflow_connection *connection = self->connection;
  enum osmflow_status status = acquire(connection, &self->shared, error);
  if (status == OSMFLOW_OK)
    status = note(self, osmflow_result_set_schema(set_of(self), &self->schema, error));
  if (status == OSMFLOW_OK && connection->maps_tags)
    status = osmflow_mapflow_tags_new(connection->tag_file, connection->tag_text, self->schema, &self->tags, error);
  if (status == OSMFLOW_OK) {
    self->wanted = calloc(self->schema->column_count + 1, sizeof *self->wanted);
    self->wanted_by_id = calloc(self->schema->column_count + 1, sizeof *self->wanted_by_id);
    if (!self->wanted || !self->wanted_by_id)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  }
  if (status == OSMFLOW_OK) {
    *definition = make_definition(self);
    self->type = OGR_FD_GetGeomType(*definition);
    for (const char *const *fact = self->schema->facts; fact && *fact; fact++)
      layer->metadata = CSLAddString(layer->metadata, *fact);
  }
  return status;
}

static bool is_same_schema(const struct osmflow_result_schema *left, const struct osmflow_result_schema *right) {
  bool same = left->column_count == right->column_count;
  for (size_t i = 0; same && i < left->column_count; i++)
    same =
        strcmp(left->columns[i].name, right->columns[i].name) == 0 && left->columns[i].type == right->columns[i].type;
  return same;
}

/* After a refresh or a failure there is another set. Its columns must be those that were shown. */
static enum osmflow_status renew(struct result_layer *self, struct osmflow_error *error) {
  const struct osmflow_result_schema *schema = NULL;
  struct osmflow_shared *newest = NULL;
  enum osmflow_status status = acquire(self->connection, &newest, error);
  if (status != OSMFLOW_OK)
    return status;
  if (newest == self->shared) {
    osmflow_shared_release(newest);
    return OSMFLOW_OK;
  }
  status = osmflow_result_set_schema(osmflow_shared_thing(newest), &schema, error);
  if (status != OSMFLOW_OK && status != OSMFLOW_CANCELLED)
    osmflow_shared_fail(newest);
  if (status == OSMFLOW_OK && !is_same_schema(schema, self->schema))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "%s has other columns now than when it was opened: open it again", self->layer.name);
  if (status == OSMFLOW_OK) {
    end_reading(self);
    osmflow_shared_release(self->shared);
    self->shared = newest;
    self->schema = schema;
  } else {
    osmflow_shared_release(newest);
  }
  return status;
}

static void note_wanted(const struct result_layer *self, bool *wanted) {
  if (self->tags)
    osmflow_mapflow_tags_want(self->tags, wanted);
  else
    for (size_t i = 0; i < self->schema->column_count; i++)
      wanted[i] = osmflow_stream_layer_wants_field(&self->layer, (int)i);
}

/* QGIS takes an error in the middle for the end of a layer, and would show a shorter one. It reads without styles,
 * which other programs do not say: it gets the first feature when all have come. */
static enum osmflow_status await_whole(const struct result_layer *self, struct osmflow_error *error) {
  int64_t number = 0;
  return OGR_FD_IsStyleIgnored(self->layer.definition)
             ? note(self, osmflow_result_set_count(set_of(self), 0, &number, error))
             : OSMFLOW_OK;
}

static enum osmflow_status begin(struct result_layer *self, struct osmflow_error *error) {
  enum osmflow_status status = renew(self, error);
  if (status == OSMFLOW_OK)
    status = await_whole(self, error);
  if (status != OSMFLOW_OK)
    return status;
  note_wanted(self, self->wanted);
  self->wants_geometry = osmflow_stream_layer_wants_geometry(&self->layer);
  const OGREnvelope *box = &self->layer.envelope;
  const struct osmflow_result_interest interest = {.columns = self->wanted,
                                                   .without_geometry = !self->wants_geometry && !self->tags,
                                                   .has_box = self->layer.area != NULL,
                                                   .min_x = box->MinX,
                                                   .min_y = box->MinY,
                                                   .max_x = box->MaxX,
                                                   .max_y = box->MaxY,
                                                   .kinds = self->kinds};
  return osmflow_result_reader_new(set_of(self), &interest, &self->reader, error);
}

static OGRGeometryH promote(const struct result_layer *self, OGRGeometryH geometry, unsigned kind) {
  if (kind & OSMFLOW_RESULT_MULTIPLE)
    return geometry;
  if (self->type == wkbMultiPolygon && (kind & OSMFLOW_RESULT_AREAS))
    return OGR_G_ForceToMultiPolygon(geometry);
  if (self->type == wkbMultiLineString && (kind & OSMFLOW_RESULT_LINES))
    return OGR_G_ForceToMultiLineString(geometry);
  return self->type == wkbMultiPoint && (kind & OSMFLOW_RESULT_POINTS) ? OGR_G_ForceToMultiPoint(geometry) : geometry;
}

static enum osmflow_status set_geometry(const struct result_layer *self, const struct osmflow_result_feature *from,
                                        OGRFeatureH feature, struct osmflow_error *error) {
  OGRGeometryH geometry = NULL;
  if (!from->wkb)
    return OSMFLOW_OK;
  if (OGR_G_CreateFromWkb(from->wkb, self->srs, &geometry, (int)from->wkb_size) != OGRERR_NONE)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the geometry of feature %lld cannot be read",
                             (long long)from->number);
  OGR_F_SetGeometryDirectly(feature, promote(self, geometry, from->kind));
  return OSMFLOW_OK;
}

static enum osmflow_status build(const struct result_layer *self, const struct osmflow_result_feature *from,
                                 const bool *wanted, bool wants_geometry, OGRFeatureH *feature,
                                 struct osmflow_error *error) {
  OGRFeatureH made = OGR_F_Create(self->layer.definition);
  enum osmflow_status status = OSMFLOW_OK;
  OGR_F_SetFID(made, from->number);
  if (self->tags)
    status = osmflow_mapflow_tags_set(self->tags, made, error);
  else
    for (size_t i = 0; i < self->schema->column_count; i++)
      if (wanted[i])
        osmflow_feature_set_value(made, (int)i, self->schema->columns[i].type, &from->values[i]);
  if (status == OSMFLOW_OK && wants_geometry)
    status = set_geometry(self, from, made, error);
  if (status == OSMFLOW_OK)
    *feature = made;
  else
    OGR_F_Destroy(made);
  return status;
}

/* What has no geometry or no tag stands for nothing on the map. */
static enum osmflow_status look(const struct result_layer *self, const struct osmflow_result_feature *from,
                                bool *is_shown, struct osmflow_error *error) {
  *is_shown = !self->tags || from->wkb;
  return self->tags && from->wkb ? osmflow_mapflow_tags_apply(self->tags, from->values, is_shown, error) : OSMFLOW_OK;
}

static void rewind_layer(struct osmflow_stream_layer *layer) {
  struct result_layer *self = (struct result_layer *)layer;
  osmflow_result_reader_free(self->reader);
  self->reader = NULL;
}

static enum osmflow_status next(struct osmflow_stream_layer *layer, OGRFeatureH *feature, struct osmflow_error *error) {
  struct result_layer *self = (struct result_layer *)layer;
  const struct osmflow_result_feature *from = NULL;
  enum osmflow_status status = self->reader ? OSMFLOW_OK : begin(self, error);
  bool is_shown = false;
  do {
    if (status == OSMFLOW_OK)
      status = note(self, osmflow_result_reader_next(self->reader, &from, error));
    if (status == OSMFLOW_OK && from)
      status = look(self, from, &is_shown, error);
  } while (status == OSMFLOW_OK && from && !is_shown);
  return status == OSMFLOW_OK && from ? build(self, from, self->wanted, self->wants_geometry, feature, error) : status;
}

static enum osmflow_status seek(struct result_layer *self, int64_t fid, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!self->seeker) {
    status = osmflow_result_reader_new(set_of(self), NULL, &self->seeker, error);
    self->seeker_place = 0;
  }
  if (status == OSMFLOW_OK && self->seeker_place != fid)
    status = note(self, osmflow_result_reader_seek(self->seeker, fid, error));
  return status;
}

static enum osmflow_status find(struct osmflow_stream_layer *layer, int64_t fid, OGRFeatureH *feature,
                                struct osmflow_error *error) {
  struct result_layer *self = (struct result_layer *)layer;
  const struct osmflow_result_feature *from = NULL;
  enum osmflow_status status = seek(self, fid, error);
  if (status == OSMFLOW_OK)
    status = note(self, osmflow_result_reader_next(self->seeker, &from, error));
  self->seeker_place = from ? from->number + 1 : -1;
  if (status != OSMFLOW_OK || !from || from->number != fid)
    return status;
  const unsigned kind = from->kind ? from->kind & ~(unsigned)OSMFLOW_RESULT_MULTIPLE : OSMFLOW_RESULT_NULL;
  bool is_shown = false;
  status = look(self, from, &is_shown, error);
  if (status != OSMFLOW_OK || !is_shown || (self->kinds && !(self->kinds & kind)))
    return status;
  note_wanted(self, self->wanted_by_id);
  return build(self, from, self->wanted_by_id, osmflow_stream_layer_wants_geometry(layer), feature, error);
}

/* What tags leave out is only known by reading. */
static enum osmflow_status count(struct osmflow_stream_layer *layer, bool only_if_known, int64_t *number,
                                 struct osmflow_error *error) {
  struct result_layer *self = (struct result_layer *)layer;
  if (self->tags || (only_if_known && !osmflow_result_set_is_counted(set_of(self))))
    return OSMFLOW_OK;
  return note(self, osmflow_result_set_count(set_of(self), self->kinds, number, error));
}

static enum osmflow_status extent(struct osmflow_stream_layer *layer, bool only_if_known, OGREnvelope *envelope,
                                  bool *is_known, struct osmflow_error *error) {
  struct result_layer *self = (struct result_layer *)layer;
  double box[4] = {0};
  if (self->tags || (only_if_known && !osmflow_result_set_is_counted(set_of(self))))
    return OSMFLOW_OK;
  const enum osmflow_status status =
      note(self, osmflow_result_set_extent(set_of(self), self->kinds, box, is_known, error));
  *envelope = (OGREnvelope){.MinX = box[0], .MinY = box[1], .MaxX = box[2], .MaxY = box[3]};
  return status;
}

static void release(struct osmflow_stream_layer *layer) {
  struct result_layer *self = (struct result_layer *)layer;
  end_reading(self);
  osmflow_mapflow_tags_free(self->tags);
  osmflow_shared_release(self->shared);
  OSRRelease(self->srs);
  free(self->wanted);
  free(self->wanted_by_id);
  free(self);
}

static const struct osmflow_stream_layer_class result_layer_class = {.define = define,
                                                                     .rewind = rewind_layer,
                                                                     .next = next,
                                                                     .feature = find,
                                                                     .count = count,
                                                                     .extent = extent,
                                                                     .release = release};

enum osmflow_status osmflow_mapflow_result_layer_new(const struct osmflow_mapflow_connection *connection,
                                                     const char *name, unsigned kinds, OGRSpatialReferenceH srs,
                                                     struct osmflow_stream_layer **layer, struct osmflow_error *error) {
  struct result_layer *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  self->connection = connection;
  self->kinds = kinds;
  const enum osmflow_status status = osmflow_stream_layer_init(&self->layer, &result_layer_class, name, error);
  if (status == OSMFLOW_OK) {
    OSRReference(srs);
    self->srs = srs;
    *layer = &self->layer;
  } else {
    free(self);
  }
  return status;
}
