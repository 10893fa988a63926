#include "source/layer.h"

#include <cpl_conv.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "source/feature_text.h"

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
  enum osmflow_status status = layer->editor && osmflow_editor_has_edits(layer->editor)
                                   ? osmflow_editor_snapshot(layer->editor, &newest, &failure)
                                   : osmflow_session_snapshot(layer->session, NULL, &newest, &failure);
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

static enum osmflow_status build_one(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                     struct osmflow_error *error) {
  const size_t place = layer->layer_class->find(layer, fid);
  const bool has_filter = layer->has_filter;
  enum osmflow_status status = OSMFLOW_OK;
  layer->has_filter = false;
  if (place != SIZE_MAX)
    status = layer->layer_class->build(layer, place, feature, error);
  layer->has_filter = has_filter;
  return status;
}

/* Reads one feature from another snapshot than the one that is being read. */
static enum osmflow_status build_from(struct osmflow_layer *layer, struct osmflow_snapshot *snapshot, int64_t fid,
                                      OGRFeatureH *feature, struct osmflow_error *error) {
  struct osmflow_snapshot *present = layer->snapshot;
  layer->snapshot = snapshot;
  enum osmflow_status status = layer->layer_class->prepare(layer, error);
  if (status == OSMFLOW_OK)
    status = build_one(layer, fid, feature, error);
  layer->snapshot = present;
  if (present && layer->layer_class->prepare(layer, NULL) != OSMFLOW_OK)
    osmflow_layer_forget(layer);
  return status;
}

enum osmflow_status osmflow_layer_feature_in(struct osmflow_layer *layer, struct osmflow_snapshot *snapshot,
                                             int64_t fid, OGRFeatureH *feature, struct osmflow_error *error) {
  *feature = NULL;
  return build_from(layer, snapshot, fid, feature, error);
}

enum osmflow_status osmflow_layer_feature_with_edits(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                                     struct osmflow_error *error) {
  enum osmflow_element_type type = OSMFLOW_NODE;
  struct osmflow_snapshot *part = NULL;
  int64_t id = 0;
  *feature = NULL;
  if (!layer->layer_class->element(layer, osmflow_editor_fids(layer->editor), fid, &type, &id))
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_editor_part(layer->editor, type, id, &part, error);
  if (status == OSMFLOW_OK)
    status = build_from(layer, part, fid, feature, error);
  osmflow_snapshot_release(part);
  return status;
}

/* What was saved in the middle of reading is found by its id, though the reading goes on in what it began with. */
static enum osmflow_status feature_in_newest(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                             struct osmflow_error *error) {
  struct osmflow_snapshot *newest = NULL;
  enum osmflow_status status = osmflow_session_snapshot(layer->session, NULL, &newest, error);
  if (status == OSMFLOW_OK)
    status = newest == layer->snapshot ? build_one(layer, fid, feature, error)
                                       : build_from(layer, newest, fid, feature, error);
  osmflow_snapshot_release(newest);
  return status;
}

/* In the middle of many edits one feature is put together from its own elements alone. */
enum osmflow_status osmflow_layer_feature(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                          struct osmflow_error *error) {
  *feature = NULL;
  if (layer->editor && osmflow_editor_has_edits(layer->editor) && layer->layer_class->element)
    return osmflow_layer_feature_with_edits(layer, fid, feature, error);
  if (layer->place > 0 && layer->layer_class->element)
    return feature_in_newest(layer, fid, feature, error);
  const enum osmflow_status status = prepare(layer, error);
  return status == OSMFLOW_OK ? build_one(layer, fid, feature, error) : status;
}

/* What there is now, also in the middle of reading what there was. */
enum osmflow_status osmflow_layer_count(struct osmflow_layer *layer, size_t *count, struct osmflow_error *error) {
  struct osmflow_snapshot *reading = layer->snapshot;
  const size_t place = layer->place;
  layer->snapshot = NULL;
  layer->place = 0;
  enum osmflow_status status = prepare(layer, error);
  if (status == OSMFLOW_OK)
    *count = layer->layer_class->count(layer);
  if (place > 0 && reading) {
    osmflow_snapshot_release(layer->snapshot);
    layer->snapshot = reading;
    layer->place = place;
    if (layer->layer_class->prepare(layer, NULL) != OSMFLOW_OK)
      osmflow_layer_forget(layer);
  } else {
    osmflow_snapshot_release(reading);
  }
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

bool osmflow_layer_can(const struct osmflow_layer *layer, bool insert, bool update, bool remove) {
  const struct osmflow_layer_class *layer_class = layer->layer_class;
  return layer->is_editable && (!insert || layer_class->insert) && (!update || layer_class->update) &&
         (!remove || layer_class->remove);
}

static enum osmflow_status begin(struct osmflow_layer *layer, bool is_possible, int64_t fid,
                                 struct osmflow_error *error) {
  char label[128];
  const char *name = OGR_FD_GetName(layer->definition);
  if (!layer->is_editable)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "layer %s was opened for reading only", name);
  if (!is_possible)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "the API has no such edit for features of layer %s", name);
  if (fid >= 0)
    snprintf(label, sizeof label, "%.60s %lld", name, (long long)fid);
  else
    snprintf(label, sizeof label, "%.60s, new feature", name);
  return layer->editor ? osmflow_editor_begin(layer->editor, label, error) : OSMFLOW_OK;
}

static enum osmflow_status name_feature(const struct osmflow_layer *layer, int64_t fid, enum osmflow_status status,
                                        struct osmflow_error *error) {
  const char *name = OGR_FD_GetName(layer->definition);
  if (status != OSMFLOW_OK && fid >= 0)
    osmflow_error_prefix(error, "%s, feature %lld: ", name, (long long)fid);
  else if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s, new feature: ", name);
  return status;
}

static enum osmflow_status check_definition(const struct osmflow_layer *layer, OGRFeatureH feature,
                                            struct osmflow_error *error) {
  return layer->layer_class->takes_any_definition ? OSMFLOW_OK
                                                  : osmflow_feature_check_definition(feature, layer->definition, error);
}

enum osmflow_status osmflow_layer_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                         struct osmflow_error *error) {
  enum osmflow_status status = begin(layer, layer->layer_class->insert != NULL, -1, error);
  if (status == OSMFLOW_OK)
    status = name_feature(layer, -1, check_definition(layer, feature, error), error);
  layer->is_editing = true;
  if (status == OSMFLOW_OK)
    status = name_feature(layer, -1, layer->layer_class->insert(layer, feature, error), error);
  layer->is_editing = false;
  return status;
}

enum osmflow_status osmflow_layer_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                         const struct osmflow_feature_update *update, struct osmflow_error *error) {
  const int64_t fid = OGR_F_GetFID(feature);
  enum osmflow_status status = begin(layer, layer->layer_class->update != NULL, fid < 0 ? 0 : fid, error);
  if (status == OSMFLOW_OK)
    status = name_feature(layer, fid, check_definition(layer, feature, error), error);
  layer->is_editing = true;
  if (status == OSMFLOW_OK)
    status = name_feature(layer, fid, layer->layer_class->update(layer, feature, update, error), error);
  layer->is_editing = false;
  return status;
}

enum osmflow_status osmflow_layer_remove(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error) {
  enum osmflow_status status = begin(layer, layer->layer_class->remove != NULL, fid < 0 ? 0 : fid, error);
  layer->is_editing = true;
  if (status == OSMFLOW_OK)
    status = name_feature(layer, fid, layer->layer_class->remove(layer, fid, error), error);
  layer->is_editing = false;
  return status;
}

/* Layers say what they hold: osm_id is of a relation in multipolygons, osm_way_id of a way. */
static int64_t fid_of_column(const struct osmflow_layer *layer, OGRFeatureH feature, const char *column) {
  const int field = OGR_FD_GetFieldIndex(layer->definition, column);
  const char *name = OGR_FD_GetName(layer->definition);
  const bool is_area = strcmp(name, osmflow_layer_name(OSMFLOW_MULTIPOLYGONS)) == 0;
  const bool is_way = strcmp(column, "osm_way_id") == 0;
  if (field < 0 || !OGR_F_IsFieldSetAndNotNull(feature, field) || OGR_F_GetFieldAsInteger64(feature, field) == 0)
    return -1;
  const int64_t id = OGR_F_GetFieldAsInteger64(feature, field);
  enum osmflow_element_type type = is_way ? OSMFLOW_WAY : OSMFLOW_RELATION;
  if (!is_area)
    (void)layer->layer_class->element(layer, NULL, 0, &type, &(int64_t){0});
  const struct osmflow_fids *fids = layer->editor ? osmflow_editor_fids(layer->editor) : NULL;
  return osmflow_fids_of(fids, is_area ? OSMFLOW_MULTIPOLYGONS : OSMFLOW_POINTS, type, id);
}

enum osmflow_status osmflow_layer_key(struct osmflow_layer *layer, OGRFeatureH feature, int64_t *fid,
                                      struct osmflow_error *error) {
  OGRFeatureH found = NULL;
  enum osmflow_status status = begin(layer, layer->layer_class->update != NULL, 0, error);
  *fid = -1;
  if (status == OSMFLOW_OK && layer->layer_class->element) {
    *fid = fid_of_column(layer, feature, "osm_id");
    *fid = *fid < 0 ? fid_of_column(layer, feature, "osm_way_id") : *fid;
  }
  if (status == OSMFLOW_OK && *fid < 0)
    *fid = OGR_F_GetFID(feature);
  else if (status == OSMFLOW_OK)
    status = osmflow_layer_feature(layer, *fid, &found, error);
  if (status == OSMFLOW_OK && *fid >= 0 && !found && *fid != OGR_F_GetFID(feature))
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                               "layer %s has no element of the id that the feature names (osm_id, osm_way_id)",
                               OGR_FD_GetName(layer->definition));
  OGR_F_Destroy(found);
  return status;
}

enum osmflow_status osmflow_layer_add_new_field(struct osmflow_layer *layer, OGRFieldDefnH field,
                                                struct osmflow_error *error) {
  const enum osmflow_status status = begin(layer, layer->layer_class->add_field != NULL, -1, error);
  return status == OSMFLOW_OK ? layer->layer_class->add_field(layer, field, error) : status;
}

bool osmflow_layer_wants_field(const struct osmflow_layer *layer, int field) {
  return layer->is_editing || !OGR_Fld_IsIgnored(OGR_FD_GetFieldDefn(layer->definition, field));
}

bool osmflow_layer_wants_geometry(const struct osmflow_layer *layer) {
  return OGR_FD_GetGeomFieldCount(layer->definition) > 0 &&
         (layer->is_editing || !OGR_FD_IsGeometryIgnored(layer->definition));
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
