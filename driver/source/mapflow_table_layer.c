/* Layers of Mapflow's objects. What of filters, order and limits the API has words for is told to the server. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <strings.h>

#include "source/mapflow_layers.h"

static bool mentions(const char *text, const char *word) {
  const size_t size = strlen(word);
  bool found = false;
  for (; !found && *text; text++)
    found = strncasecmp(text, word, size) == 0;
  return found;
}

/* A WHERE of which nothing can be pushed would only make the same list come twice. */
static bool is_where_pushed(const struct osmflow_mapflow_table_layer *self) {
  const struct osmflow_mapflow_schema *schema = self->schema;
  bool found = false;
  for (size_t i = 0; self->layer.where && !found && i < schema->push_count; i++)
    found =
        schema->pushes[i].kind != OSMFLOW_MAPFLOW_PUSH_SORT && mentions(self->layer.where, schema->pushes[i].column);
  return found;
}

static OGRGeometryH make_box(const OGREnvelope *envelope) {
  const double x[] = {envelope->MinX, envelope->MaxX, envelope->MaxX, envelope->MinX, envelope->MinX};
  const double y[] = {envelope->MinY, envelope->MinY, envelope->MaxY, envelope->MaxY, envelope->MinY};
  OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing), polygon = OGR_G_CreateGeometry(wkbPolygon);
  for (size_t i = 0; i < sizeof x / sizeof x[0]; i++)
    OGR_G_AddPoint_2D(ring, x[i], y[i]);
  OGR_G_AddGeometryDirectly(polygon, ring);
  return polygon;
}

static bool is_polygon(OGRGeometryH geometry) {
  const OGRwkbGeometryType type = geometry ? OGR_GT_Flatten(OGR_G_GetGeometryType(geometry)) : wkbNone;
  return (type == wkbPolygon || type == wkbMultiPolygon) && !OGR_G_IsEmpty(geometry);
}

/* The spatial filter as the server wants it; what programs ask for may reach beyond the earth. NULL: nothing is left.
 */
static char *make_area(const struct osmflow_mapflow_table_layer *self) {
  const OGREnvelope earth = {.MinX = -180, .MaxX = 180, .MinY = -90, .MaxY = 90}, *wanted = &self->layer.envelope;
  const OGREnvelope clipped = {.MinX = wanted->MinX < earth.MinX ? earth.MinX : wanted->MinX,
                               .MaxX = wanted->MaxX > earth.MaxX ? earth.MaxX : wanted->MaxX,
                               .MinY = wanted->MinY < earth.MinY ? earth.MinY : wanted->MinY,
                               .MaxY = wanted->MaxY > earth.MaxY ? earth.MaxY : wanted->MaxY};
  if (!(clipped.MinX < clipped.MaxX && clipped.MinY < clipped.MaxY))
    return NULL;
  OGRGeometryH box = make_box(&clipped), area = NULL;
  if (is_polygon(self->layer.area))
    area = OGR_G_Intersection(self->layer.area, box);
  char *json = OGR_G_ExportToJson(is_polygon(area) ? area : box);
  OGR_G_DestroyGeometry(area);
  OGR_G_DestroyGeometry(box);
  return json;
}

/* *area is to be freed after the wish has been used. A list that is there in full needs no other one. */
static struct osmflow_mapflow_wish make_wish(const struct osmflow_mapflow_table_layer *self, bool is_plain,
                                             char **area) {
  struct osmflow_mapflow_wish wish = {.with_aois = self->connection->shows_aois};
  *area = NULL;
  if (!is_plain && self->layer.area && self->schema->pushes_area)
    wish.area = *area = make_area(self);
  if (!is_plain && is_where_pushed(self) && !osmflow_mapflow_listing_is_loaded(self->connection, &wish))
    wish.where = self->layer.where;
  if (!is_plain && !self->layer.where && !self->layer.area) {
    wish.order_by = self->order_by;
    wish.is_descending = self->is_descending;
    wish.limit = self->limit;
  }
  return wish;
}

static enum osmflow_status acquire(const struct osmflow_mapflow_table_layer *self, bool is_plain,
                                   struct osmflow_shared **shared, bool *is_pushed, struct osmflow_error *error) {
  char *area = NULL;
  const struct osmflow_mapflow_wish wish = make_wish(self, is_plain, &area);
  *is_pushed = wish.where || wish.area || wish.order_by || wish.limit > 0;
  const enum osmflow_status status = osmflow_mapflow_listing_acquire(self->connection, &wish, shared, error);
  CPLFree(area);
  return status;
}

/* A filter may ask what the server refuses; then it is applied here, to all there is. */
static bool is_refused(const struct osmflow_error *failure) {
  return failure->http_status == 400 || failure->http_status == 404 || failure->http_status == 422;
}

/* The newest list for the layer's filters; *shared is the caller's. */
static enum osmflow_status load(const struct osmflow_mapflow_table_layer *self, struct osmflow_shared **shared,
                                const struct osmflow_mapflow_listing **listing, struct osmflow_error *error) {
  struct osmflow_error failure = {0};
  bool is_pushed = false;
  *shared = NULL;
  enum osmflow_status status = acquire(self, false, shared, &is_pushed, &failure);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_listing_load(*shared, listing, &failure);
  if (status != OSMFLOW_OK && is_pushed && !self->schema->needs_area && is_refused(&failure)) {
    osmflow_shared_release(*shared);
    *shared = NULL;
    status = acquire(self, true, shared, &is_pushed, &failure);
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_listing_load(*shared, listing, &failure);
  }
  if (status != OSMFLOW_OK) {
    osmflow_shared_release(*shared);
    *shared = NULL;
    if (error)
      *error = failure;
  }
  return status;
}

/* In the middle of reading it stays with what it reads, so that nothing is left out or comes twice. */
static enum osmflow_status prepare(struct osmflow_mapflow_table_layer *self,
                                   const struct osmflow_mapflow_listing **listing, struct osmflow_error *error) {
  struct osmflow_shared *newest = NULL;
  if (self->shared && !self->is_rewound)
    return osmflow_mapflow_listing_load(self->shared, listing, error);
  const enum osmflow_status status = load(self, &newest, listing, error);
  osmflow_shared_release(self->shared);
  self->shared = newest;
  self->is_rewound = status != OSMFLOW_OK;
  self->place = 0;
  return status;
}

static void rewind_layer(struct osmflow_stream_layer *layer) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  self->is_rewound = true;
}

/* WKT or GeoJSON. What cannot be read, or is empty, is no geometry. */
static OGRGeometryH read_geometry(const struct osmflow_mapflow_table_layer *self, struct osmflow_text text) {
  OGRGeometryH geometry = NULL;
  char *wkt = (char *)text.data;
  if (text.size == 0)
    return NULL;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  if (text.data[0] == '{')
    geometry = OGR_G_CreateGeometryFromJson(text.data);
  else if (OGR_G_CreateFromWkt(&wkt, NULL, &geometry) != OGRERR_NONE)
    geometry = NULL;
  CPLPopErrorHandler();
  if (geometry && OGR_G_IsEmpty(geometry)) {
    OGR_G_DestroyGeometry(geometry);
    geometry = NULL;
  }
  if (geometry && OGR_GT_Flatten(OGR_G_GetGeometryType(geometry)) == wkbPolygon &&
      OGR_FD_GetGeomType(self->layer.definition) == wkbMultiPolygon)
    geometry = OGR_G_ForceToMultiPolygon(geometry);
  if (geometry)
    OGR_G_AssignSpatialReference(geometry, self->srs);
  return geometry;
}

static OGRFeatureH build(const struct osmflow_mapflow_table_layer *self, const struct osmflow_mapflow_row *row) {
  OGRFeatureH feature = OGR_F_Create(self->layer.definition);
  OGR_F_SetFID(feature, row->fid);
  for (size_t i = 0; i < self->schema->column_count; i++)
    if (osmflow_stream_layer_wants_field(&self->layer, (int)i))
      osmflow_feature_set_value(feature, (int)i, self->schema->columns[i].type, &row->values[i]);
  if (osmflow_stream_layer_wants_geometry(&self->layer))
    OGR_F_SetGeometryDirectly(feature, read_geometry(self, row->geometry));
  return feature;
}

static enum osmflow_status next(struct osmflow_stream_layer *layer, OGRFeatureH *feature, struct osmflow_error *error) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  const struct osmflow_mapflow_listing *listing = NULL;
  const enum osmflow_status status = prepare(self, &listing, error);
  const struct osmflow_mapflow_row *row =
      status == OSMFLOW_OK ? osmflow_mapflow_listing_row(listing, self->index, self->place) : NULL;
  if (row) {
    self->place++;
    *feature = build(self, row);
  }
  return status;
}

/* By its id there is also what the filters leave out, but for lists that the server gives for an area alone. */
static enum osmflow_status find(struct osmflow_stream_layer *layer, int64_t fid, OGRFeatureH *feature,
                                struct osmflow_error *error) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  const struct osmflow_mapflow_listing *listing = NULL;
  const struct osmflow_mapflow_row *row = NULL;
  struct osmflow_shared *newest = NULL;
  if (!self->schema->needs_area)
    return osmflow_mapflow_table_newest(self, fid, feature, error);
  const enum osmflow_status status = load(self, &newest, &listing, error);
  row = status == OSMFLOW_OK ? osmflow_mapflow_listing_find(listing, self->index, fid) : NULL;
  if (row)
    *feature = build(self, row);
  osmflow_shared_release(newest);
  return status;
}

enum osmflow_status osmflow_mapflow_table_newest(struct osmflow_mapflow_table_layer *layer, int64_t fid,
                                                 OGRFeatureH *feature, struct osmflow_error *error) {
  const struct osmflow_mapflow_listing *listing = NULL;
  struct osmflow_shared *newest = NULL;
  bool is_pushed = false;
  enum osmflow_status status = acquire(layer, true, &newest, &is_pushed, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_listing_load(newest, &listing, error);
  const struct osmflow_mapflow_row *row =
      status == OSMFLOW_OK ? osmflow_mapflow_listing_find(listing, layer->index, fid) : NULL;
  *feature = row ? build(layer, row) : NULL;
  osmflow_shared_release(newest);
  return status;
}

static enum osmflow_status count(struct osmflow_stream_layer *layer, bool only_if_known, int64_t *number,
                                 struct osmflow_error *error) {
  const struct osmflow_mapflow_table_layer *self = (const struct osmflow_mapflow_table_layer *)layer;
  const struct osmflow_mapflow_listing *listing = NULL;
  struct osmflow_shared *newest = NULL;
  char *area = NULL;
  const struct osmflow_mapflow_wish wish = make_wish(self, false, &area);
  const bool is_loaded = osmflow_mapflow_listing_is_loaded(self->connection, &wish);
  CPLFree(area);
  if (only_if_known && !is_loaded)
    return OSMFLOW_OK;
  const enum osmflow_status status = load(self, &newest, &listing, error);
  if (status == OSMFLOW_OK)
    *number = (int64_t)osmflow_mapflow_listing_count(listing, self->index);
  osmflow_shared_release(newest);
  return status;
}

/* Texts are left to GDAL: where letters stand in an order is not the same everywhere. */
static bool sorts_alike(const struct osmflow_mapflow_table_layer *self, const char *column) {
  const struct osmflow_mapflow_schema *schema = self->schema;
  bool is_pushed = false, is_text = true;
  for (size_t i = 0; i < schema->push_count; i++)
    is_pushed = is_pushed || (schema->pushes[i].kind == OSMFLOW_MAPFLOW_PUSH_SORT &&
                              strcasecmp(schema->pushes[i].column, column) == 0);
  for (size_t i = 0; i < schema->column_count; i++)
    if (strcasecmp(schema->columns[i].name, column) == 0)
      is_text = schema->columns[i].type == OSMFLOW_FIELD_STRING || schema->columns[i].type == OSMFLOW_FIELD_JSON;
  return is_pushed && !is_text;
}

static bool limit(struct osmflow_stream_layer *layer, const char *order_by, bool is_descending, int64_t most) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  char *column = order_by && sorts_alike(self, order_by) ? strdup(order_by) : NULL;
  if ((order_by && !column) || osmflow_mapflow_schema_count(self->connection->call.call_class) > 1) {
    free(column);
    return false;
  }
  free(self->order_by);
  self->order_by = column;
  self->is_descending = is_descending;
  self->limit = most;
  self->is_rewound = true;
  return true;
}

/* New processings are made with an area, so where they may be made there is a geometry to put it into. */
static enum osmflow_status define(struct osmflow_stream_layer *layer, OGRFeatureDefnH *definition,
                                  struct osmflow_error *error) {
  const struct osmflow_mapflow_table_layer *self = (const struct osmflow_mapflow_table_layer *)layer;
  const struct osmflow_mapflow_schema *schema = self->schema;
  const bool is_processing = schema->kind && strcmp(schema->kind, "processing") == 0;
  const bool shows_aois = is_processing && (self->connection->shows_aois || self->connection->runs);
  (void)error;
  *definition = osmflow_feature_definition_new(
      layer->name, shows_aois ? OSMFLOW_GEOMETRY_MULTIPOLYGON : schema->geometry, self->srs);
  if (schema->geometry == OSMFLOW_GEOMETRY_MULTIPOLYGON && is_processing && !shows_aois)
    OGR_FD_SetGeomType(*definition, wkbNone);
  for (size_t i = 0; i < schema->column_count; i++)
    osmflow_feature_definition_add(*definition, schema->columns[i].name, schema->columns[i].type);
  return OSMFLOW_OK;
}

static void release(struct osmflow_stream_layer *layer) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  osmflow_shared_release(self->shared);
  OSRRelease(self->srs);
  free(self->order_by);
  free(self);
}

static const struct osmflow_stream_layer_class table_layer_class = {.define = define,
                                                                    .rewind = rewind_layer,
                                                                    .next = next,
                                                                    .feature = find,
                                                                    .count = count,
                                                                    .limit = limit,
                                                                    .release = release};

enum osmflow_status osmflow_mapflow_table_layer_new(const struct osmflow_mapflow_connection *connection, size_t index,
                                                    OGRSpatialReferenceH srs, struct osmflow_stream_layer **layer,
                                                    struct osmflow_error *error) {
  struct osmflow_mapflow_table_layer *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  self->connection = connection;
  self->index = index;
  self->schema = osmflow_mapflow_schema(connection->call.call_class, index);
  self->own_class = table_layer_class;
  self->is_rewound = true;
  const enum osmflow_status status =
      osmflow_stream_layer_init(&self->layer, &self->own_class, self->schema->layer, error);
  if (status == OSMFLOW_OK) {
    OSRReference(srs);
    self->srs = srs;
    self->layer.counts_fast = true;
    osmflow_mapflow_edits(self);
    *layer = &self->layer;
  } else {
    free(self);
  }
  return status;
}
