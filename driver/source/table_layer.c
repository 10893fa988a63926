/* Layers of calls whose answers are rows; filters become query parameters where the API has one for them. */
#include <stdlib.h>

#include "base/filter.h"
#include "base/number.h"
#include "source/table_layer.h"

/* A filter may ask what the server refuses: a user who does not exist or is written with other capitals, both user and
 * uid, a box too large for it. Then it is applied here, to all there is. */
static bool retreat(struct osmflow_layer *layer, const struct osmflow_error *failure) {
  struct osmflow_table_layer *self = (struct osmflow_table_layer *)layer;
  const bool is_refused = self->pushed_session && (failure->http_status == 400 || failure->http_status == 404);
  if (is_refused) {
    osmflow_session_release(self->pushed_session);
    self->pushed_session = NULL;
    layer->session = self->plain_session;
  }
  return is_refused;
}

static enum osmflow_status prepare(struct osmflow_layer *layer, struct osmflow_error *error) {
  struct osmflow_table_layer *self = (struct osmflow_table_layer *)layer;
  (void)error;
  self->rows = &layer->snapshot->table.layers[self->index];
  return OSMFLOW_OK;
}

static size_t count(const struct osmflow_layer *layer) {
  return ((const struct osmflow_table_layer *)layer)->rows->row_count;
}

static size_t find(const struct osmflow_layer *layer, int64_t fid) {
  const struct osmflow_table_rows *rows = ((const struct osmflow_table_layer *)layer)->rows;
  size_t place = 0;
  while (place < rows->row_count && rows->rows[place].fid != fid)
    place++;
  return place < rows->row_count ? place : SIZE_MAX;
}

static void release(struct osmflow_layer *layer) {
  struct osmflow_table_layer *self = (struct osmflow_table_layer *)layer;
  osmflow_session_release(self->pushed_session);
  free(self);
}

static const struct osmflow_table_push *push_for(const struct osmflow_table_schema *schema,
                                                 const struct osmflow_condition *condition) {
  for (size_t i = 0; i < schema->push_count; i++) {
    const struct osmflow_table_push *push = &schema->pushes[i];
    const bool fits = (push->kind == OSMFLOW_PUSH_EQUAL && condition->comparison == OSMFLOW_EQUAL) ||
                      (push->kind == OSMFLOW_PUSH_WHEN && condition->comparison == OSMFLOW_EQUAL &&
                       strcmp(condition->value, push->when) == 0) ||
                      (push->kind == OSMFLOW_PUSH_FROM &&
                       (condition->comparison == OSMFLOW_MORE || condition->comparison == OSMFLOW_MORE_EQUAL)) ||
                      (push->kind == OSMFLOW_PUSH_TO && condition->comparison == OSMFLOW_LESS);
    if (fits && osmflow_text_is_ignoring_case(osmflow_text(condition->column), push->column))
      return push;
  }
  return NULL;
}

/* OGR writes 2020/01/31 12:00:00+00; the API wants ISO 8601. */
static enum osmflow_status set_pushed(struct osmflow_call *call, const struct osmflow_table_push *push,
                                      const char *value, struct osmflow_error *error) {
  char text[OSMFLOW_FILTER_TEXT], time[OSMFLOW_NUMBER_SIZE];
  int64_t seconds = 0;
  memcpy(text, value, strlen(value) + 1);
  if (push->kind == OSMFLOW_PUSH_WHEN)
    return osmflow_call_set_parameter(call, push->parameter, osmflow_text(push->says), error);
  if (push->kind == OSMFLOW_PUSH_EQUAL)
    return osmflow_call_set_parameter(call, push->parameter, osmflow_text(text), error);
  for (size_t i = 0; i < 10 && text[i]; i++)
    text[i] = text[i] == '/' ? '-' : text[i];
  if (!osmflow_parse_time(osmflow_text(text), &seconds))
    return OSMFLOW_OK;
  osmflow_format_time(time, seconds);
  return osmflow_call_set_parameter(call, push->parameter, osmflow_text(time), error);
}

/* A parameter that the user wrote into the connection himself is never overruled. */
static enum osmflow_status push_conditions(const struct osmflow_table_layer *self, struct osmflow_call *call,
                                           bool *pushed, struct osmflow_error *error) {
  struct osmflow_filter filter;
  enum osmflow_status status = OSMFLOW_OK;
  bool has_from = false;
  osmflow_filter_parse(self->layer.attribute_filter, &filter);
  for (size_t i = 0; i < filter.count; i++) {
    const struct osmflow_table_push *push = push_for(self->schema, &filter.conditions[i]);
    has_from = has_from || (push && push->kind == OSMFLOW_PUSH_FROM);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < filter.count; i++) {
    const struct osmflow_table_push *push = push_for(self->schema, &filter.conditions[i]);
    struct osmflow_bytes present;
    osmflow_bytes_init(&present, 1 << 16);
    if (push && (push->kind != OSMFLOW_PUSH_TO || has_from) &&
        !osmflow_call_parameter(call, push->parameter, &present)) {
      status = set_pushed(call, push, filter.conditions[i].value, error);
      *pushed = true;
    }
    osmflow_bytes_clear(&present);
  }
  return status;
}

/* A connection with a bbox is downloaded once and filtered here: QGIS asks for every canvas and its eight neighbours.
 */
static enum osmflow_status push_bbox(const struct osmflow_table_layer *self, struct osmflow_call *call, bool *pushed,
                                     struct osmflow_error *error) {
  char text[OSMFLOW_BBOX_SIZE];
  if (!self->layer.has_filter || !self->schema->pushes_bbox || call->has_bbox)
    return OSMFLOW_OK;
  osmflow_bbox_format(text, &self->layer.filter);
  *pushed = true;
  return osmflow_call_set_parameter(call, "bbox", osmflow_text(text), error);
}

static enum osmflow_status filters_changed(struct osmflow_layer *layer, struct osmflow_error *error) {
  struct osmflow_table_layer *self = (struct osmflow_table_layer *)layer;
  struct osmflow_call call;
  bool pushed = false;
  osmflow_call_init(&call);
  osmflow_session_release(self->pushed_session);
  self->pushed_session = NULL;
  layer->session = self->plain_session;
  enum osmflow_status status = osmflow_call_copy(&layer->connection->call, &call, error);
  if (status == OSMFLOW_OK)
    status = push_conditions(self, &call, &pushed, error);
  if (status == OSMFLOW_OK)
    status = push_bbox(self, &call, &pushed, error);
  if (status == OSMFLOW_OK && pushed)
    status = osmflow_session_acquire(layer->connection, &call, &self->pushed_session, error);
  if (status == OSMFLOW_OK && pushed)
    layer->session = self->pushed_session;
  if (status == OSMFLOW_BAD_ARGUMENT) /* the API has no words for it (uid = -5, both user and uid): filtered here */
    status = OSMFLOW_OK;
  osmflow_call_clear(&call);
  return status;
}

static OGRGeometryH part_geometry(const struct osmflow_table_layer *self, const struct osmflow_table_part *part) {
  const struct osmflow_position *positions = self->rows->positions + part->first;
  switch (self->schema->geometry) {
    case OSMFLOW_GEOMETRY_POINT:
      return osmflow_layer_point(positions[0]);
    case OSMFLOW_GEOMETRY_POLYGON: {
      OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
      OGR_G_AddGeometryDirectly(polygon, osmflow_layer_line(wkbLinearRing, positions, part->count));
      return polygon;
    }
    case OSMFLOW_GEOMETRY_LINESTRING:
    case OSMFLOW_GEOMETRY_MULTILINESTRING:
    case OSMFLOW_GEOMETRY_MULTIPOLYGON:
    case OSMFLOW_GEOMETRY_COLLECTION:
    case OSMFLOW_GEOMETRY_MULTIPOINT:
    case OSMFLOW_GEOMETRY_ANY:
    case OSMFLOW_GEOMETRY_NONE:
    default:
      return osmflow_layer_line(wkbLineString, positions, part->count);
  }
}

static OGRGeometryH row_geometry(const struct osmflow_table_layer *self, const struct osmflow_table_row *row) {
  const struct osmflow_table_part *parts = self->rows->parts + row->first_part;
  OGRGeometryH geometry = NULL;
  if (row->part_count > 0 && self->schema->geometry == OSMFLOW_GEOMETRY_MULTILINESTRING) {
    geometry = OGR_G_CreateGeometry(wkbMultiLineString);
    for (size_t i = 0; i < row->part_count; i++)
      OGR_G_AddGeometryDirectly(geometry, part_geometry(self, &parts[i]));
  } else if (row->part_count > 0) {
    geometry = part_geometry(self, &parts[0]);
  }
  if (geometry)
    OGR_G_AssignSpatialReference(geometry, OGR_GFld_GetSpatialRef(OGR_FD_GetGeomFieldDefn(self->layer.definition, 0)));
  return geometry;
}

static enum osmflow_status build(struct osmflow_layer *layer, size_t place, OGRFeatureH *feature,
                                 struct osmflow_error *error) {
  struct osmflow_table_layer *self = (struct osmflow_table_layer *)layer;
  const struct osmflow_table_row *row = &self->rows->rows[place];
  const struct osmflow_value *values = self->rows->values + row->first_value;
  (void)error;
  *feature = OGR_F_Create(layer->definition);
  OGR_F_SetFID(*feature, row->fid);
  for (size_t i = 0; i < self->schema->column_count; i++)
    if (osmflow_layer_wants_field(layer, (int)i))
      osmflow_feature_set_value(*feature, (int)i, self->schema->columns[i].type, &values[i]);
  if (osmflow_layer_wants_geometry(layer))
    OGR_F_SetGeometryDirectly(*feature, row_geometry(self, row));
  return OSMFLOW_OK;
}

static const struct osmflow_layer_class table_layer_class = {.prepare = prepare,
                                                             .count = count,
                                                             .build = build,
                                                             .find = find,
                                                             .filters_changed = filters_changed,
                                                             .retreat = retreat,
                                                             .release = release};

enum osmflow_status osmflow_table_layer_new(const struct osmflow_connection *connection,
                                            struct osmflow_session *session, size_t index, OGRSpatialReferenceH srs,
                                            struct osmflow_layer **layer, struct osmflow_error *error) {
  struct osmflow_table_layer *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  self->index = index;
  self->schema = osmflow_table_schema(connection->call.call_class, index);
  self->plain_session = session;
  self->own_class = table_layer_class;
  osmflow_table_edits(self->schema->layer, &self->own_class);
  self->layer.layer_class = &self->own_class;
  self->layer.connection = connection;
  self->layer.session = session;
  self->layer.definition = osmflow_feature_definition_new(self->schema->layer, self->schema->geometry, srs);
  for (size_t i = 0; i < self->schema->column_count; i++)
    osmflow_feature_definition_add(self->layer.definition, self->schema->columns[i].name,
                                   self->schema->columns[i].type);
  *layer = &self->layer;
  return OSMFLOW_OK;
}
