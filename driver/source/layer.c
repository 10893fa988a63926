#include "source/layer.h"

#include <cpl_conv.h>
#include <ogr_srs_api.h>
#include <stdlib.h>

#include "base/number.h"

enum { UTC = 100 }; /* OGR's zone flag */

void osmflow_layer_free(struct osmflow_layer *layer) {
  if (layer) {
    if (layer->definition)
      OGR_FD_Release(layer->definition);
    free(layer->attribute_filter);
    osmflow_snapshot_release(layer->snapshot);
    layer->layer_class->release(layer);
  }
}

void osmflow_layer_rewind(struct osmflow_layer *layer) {
  layer->place = 0;
}

void osmflow_layer_forget(struct osmflow_layer *layer) {
  osmflow_layer_rewind(layer);
  osmflow_snapshot_release(layer->snapshot);
  layer->snapshot = NULL;
}

/* In the middle of reading it stays with what it reads, so that nothing is left out or comes twice. */
static enum osmflow_status prepare(struct osmflow_layer *layer, struct osmflow_error *error) {
  if (layer->snapshot && layer->place > 0)
    return OSMFLOW_OK;
  struct osmflow_snapshot *newest = NULL;
  struct osmflow_error failure = {0};
  enum osmflow_status status = osmflow_session_snapshot(layer->session, NULL, &newest, &failure);
  if (status != OSMFLOW_OK && layer->layer_class->retreat && layer->layer_class->retreat(layer, &failure))
    status = osmflow_session_snapshot(layer->session, NULL, &newest, &failure);
  if (status != OSMFLOW_OK) {
    if (error)
      *error = failure;
    return status;
  }
  if (newest == layer->snapshot) {
    osmflow_snapshot_release(newest);
  } else {
    osmflow_layer_forget(layer);
    layer->snapshot = newest;
    status = layer->layer_class->prepare(layer, error);
    if (status != OSMFLOW_OK)
      osmflow_layer_forget(layer);
  }
  return status;
}

enum osmflow_status osmflow_layer_next(struct osmflow_layer *layer, OGRFeatureH *feature, struct osmflow_error *error) {
  *feature = NULL;
  enum osmflow_status status = prepare(layer, error);
  if (status == OSMFLOW_OK) {
    const size_t count = layer->layer_class->count(layer);
    while (status == OSMFLOW_OK && !*feature && layer->place < count)
      status = layer->layer_class->build(layer, layer->place++, feature, error);
  }
  return status;
}

enum osmflow_status osmflow_layer_feature(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                          struct osmflow_error *error) {
  *feature = NULL;
  enum osmflow_status status = prepare(layer, error);
  if (status == OSMFLOW_OK) {
    const size_t place = layer->layer_class->find(layer, fid);
    const bool has_filter = layer->has_filter;
    layer->has_filter = false;
    if (place != SIZE_MAX)
      status = layer->layer_class->build(layer, place, feature, error);
    layer->has_filter = has_filter;
  }
  return status;
}

enum osmflow_status osmflow_layer_count(struct osmflow_layer *layer, size_t *count, struct osmflow_error *error) {
  const enum osmflow_status status = prepare(layer, error);
  if (status == OSMFLOW_OK)
    *count = layer->layer_class->count(layer);
  return status;
}

bool osmflow_layer_known_extent(const struct osmflow_layer *layer, struct osmflow_bbox *extent) {
  const struct osmflow_call *call = &layer->connection->call;
  const bool is_known = call->has_bbox && OGR_FD_GetGeomFieldCount(layer->definition) > 0;
  if (is_known)
    *extent = call->bbox;
  return is_known;
}

static enum osmflow_status filters_changed(struct osmflow_layer *layer, struct osmflow_error *error) {
  osmflow_layer_rewind(layer);
  return layer->layer_class->filters_changed ? layer->layer_class->filters_changed(layer, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_layer_set_bbox(struct osmflow_layer *layer, const struct osmflow_bbox *filter,
                                           struct osmflow_error *error) {
  layer->has_filter = filter != NULL;
  if (filter)
    layer->filter = *filter;
  return filters_changed(layer, error);
}

enum osmflow_status osmflow_layer_set_attribute_filter(struct osmflow_layer *layer, const char *where,
                                                       struct osmflow_error *error) {
  char *copy = where ? strdup(where) : NULL;
  if (where && !copy)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a filter");
  free(layer->attribute_filter);
  layer->attribute_filter = copy;
  return filters_changed(layer, error);
}

OGRFeatureDefnH osmflow_layer_definition_new(const char *name, enum osmflow_geometry_type geometry,
                                             OGRSpatialReferenceH srs) {
  static const OGRwkbGeometryType types[] = {
      [OSMFLOW_GEOMETRY_NONE] = wkbNone,
      [OSMFLOW_GEOMETRY_POINT] = wkbPoint,
      [OSMFLOW_GEOMETRY_LINESTRING] = wkbLineString,
      [OSMFLOW_GEOMETRY_MULTILINESTRING] = wkbMultiLineString,
      [OSMFLOW_GEOMETRY_POLYGON] = wkbPolygon,
      [OSMFLOW_GEOMETRY_MULTIPOLYGON] = wkbMultiPolygon,
      [OSMFLOW_GEOMETRY_COLLECTION] = wkbGeometryCollection,
  };
  OGRFeatureDefnH definition = OGR_FD_Create(name);
  OGR_FD_Reference(definition);
  OGR_FD_SetGeomType(definition, types[geometry]);
  if (geometry != OSMFLOW_GEOMETRY_NONE)
    OGR_GFld_SetSpatialRef(OGR_FD_GetGeomFieldDefn(definition, 0), srs);
  return definition;
}

void osmflow_layer_add_field(OGRFeatureDefnH definition, const char *name, enum osmflow_field_type type) {
  static const struct {
    OGRFieldType type;
    OGRFieldSubType subtype;
  } types[] = {
      [OSMFLOW_FIELD_STRING] = {OFTString, OFSTNone},     [OSMFLOW_FIELD_JSON] = {OFTString, OFSTJSON},
      [OSMFLOW_FIELD_INTEGER] = {OFTInteger, OFSTNone},   [OSMFLOW_FIELD_INTEGER64] = {OFTInteger64, OFSTNone},
      [OSMFLOW_FIELD_REAL] = {OFTReal, OFSTNone},         [OSMFLOW_FIELD_BOOLEAN] = {OFTInteger, OFSTBoolean},
      [OSMFLOW_FIELD_DATETIME] = {OFTDateTime, OFSTNone},
  };
  OGRFieldDefnH field = OGR_Fld_Create(name, types[type].type);
  OGR_Fld_SetSubType(field, types[type].subtype);
  OGR_FD_AddFieldDefn(definition, field);
  OGR_Fld_Destroy(field);
}

void osmflow_layer_set_time(OGRFeatureH feature, int field, int64_t seconds) {
  const struct osmflow_date date = osmflow_date_of(seconds);
  OGR_F_SetFieldDateTime(feature, field, date.year, date.month, date.day, date.hour, date.minute, date.second, UTC);
}

bool osmflow_layer_wants_field(const struct osmflow_layer *layer, int field) {
  return !OGR_Fld_IsIgnored(OGR_FD_GetFieldDefn(layer->definition, field));
}

bool osmflow_layer_wants_geometry(const struct osmflow_layer *layer) {
  return OGR_FD_GetGeomFieldCount(layer->definition) > 0 && !OGR_FD_IsGeometryIgnored(layer->definition);
}

OGRGeometryH osmflow_layer_line(OGRwkbGeometryType type, const struct osmflow_position *positions, size_t count) {
  OGRGeometryH line = OGR_G_CreateGeometry(type);
  OGR_G_SetPointCount(line, (int)count);
  for (size_t i = 0; i < count; i++)
    OGR_G_SetPoint_2D(line, (int)i, (double)positions[i].lon / OSMFLOW_DEGREE,
                      (double)positions[i].lat / OSMFLOW_DEGREE);
  return line;
}

OGRGeometryH osmflow_layer_point(struct osmflow_position position) {
  OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
  OGR_G_SetPoint_2D(point, 0, (double)position.lon / OSMFLOW_DEGREE, (double)position.lat / OSMFLOW_DEGREE);
  return point;
}

bool osmflow_layer_touches_filter(const struct osmflow_layer *layer, const struct osmflow_position *positions,
                                  size_t count) {
  if (!layer->has_filter)
    return true;
  int32_t min_lon = INT32_MAX, min_lat = INT32_MAX, max_lon = INT32_MIN, max_lat = INT32_MIN;
  for (size_t i = 0; i < count; i++) {
    min_lon = positions[i].lon < min_lon ? positions[i].lon : min_lon;
    min_lat = positions[i].lat < min_lat ? positions[i].lat : min_lat;
    max_lon = positions[i].lon > max_lon ? positions[i].lon : max_lon;
    max_lat = positions[i].lat > max_lat ? positions[i].lat : max_lat;
  }
  return min_lon <= layer->filter.max_lon && max_lon >= layer->filter.min_lon && min_lat <= layer->filter.max_lat &&
         max_lat >= layer->filter.min_lat;
}
