#include "source/stream.h"

#include <cpl_string.h>
#include <stdlib.h>
#include <string.h>

void osmflow_stream_dataset_close(struct osmflow_stream_dataset *dataset) {
  if (dataset) {
    for (size_t i = 0; i < dataset->layer_count; i++) {
      struct osmflow_stream_layer *layer = dataset->layers[i];
      if (layer->definition)
        OGR_FD_Release(layer->definition);
      OGR_G_DestroyGeometry(layer->area);
      CSLDestroy(layer->metadata);
      free(layer->where);
      free(layer->name);
      layer->layer_class->release(layer);
    }
    dataset->dataset_class->release(dataset);
  }
}

enum osmflow_status osmflow_stream_dataset_refresh(struct osmflow_stream_dataset *dataset,
                                                   struct osmflow_error *error) {
  for (size_t i = 0; i < dataset->layer_count; i++)
    osmflow_stream_layer_rewind(dataset->layers[i]);
  return dataset->dataset_class->refresh(dataset, error);
}

enum osmflow_status osmflow_stream_layer_init(struct osmflow_stream_layer *layer,
                                              const struct osmflow_stream_layer_class *layer_class, const char *name,
                                              struct osmflow_error *error) {
  *layer = (struct osmflow_stream_layer){.layer_class = layer_class, .name = strdup(name)};
  return layer->name ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
}

static void define(struct osmflow_stream_layer *layer) {
  struct osmflow_error failure = {0};
  OGRFeatureDefnH definition = NULL;
  if (layer->layer_class->define(layer, &definition, &failure) != OSMFLOW_OK) {
    layer->failure = failure;
    definition = osmflow_feature_definition_new(layer->name, OSMFLOW_GEOMETRY_NONE, NULL);
  }
  layer->definition = definition;
}

OGRFeatureDefnH osmflow_stream_layer_definition(struct osmflow_stream_layer *layer, struct osmflow_error *error) {
  if (!layer->definition) {
    define(layer);
    if (error)
      *error = layer->failure;
  }
  return layer->definition;
}

static enum osmflow_status prepare(struct osmflow_stream_layer *layer, struct osmflow_error *error) {
  if (!layer->definition)
    define(layer);
  if (layer->failure.status != OSMFLOW_OK && error)
    *error = layer->failure;
  return layer->failure.status;
}

void osmflow_stream_layer_rewind(struct osmflow_stream_layer *layer) {
  layer->layer_class->rewind(layer);
}

enum osmflow_status osmflow_stream_layer_filter(struct osmflow_stream_layer *layer, const char *where,
                                                OGRGeometryH area, struct osmflow_error *error) {
  char *text = where ? strdup(where) : NULL;
  OGRGeometryH copy = area ? OGR_G_Clone(area) : NULL;
  if ((where && !text) || (area && !copy)) {
    free(text);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a filter");
  }
  free(layer->where);
  OGR_G_DestroyGeometry(layer->area);
  layer->where = text;
  layer->area = copy;
  if (copy)
    OGR_G_GetEnvelope(copy, &layer->envelope);
  osmflow_stream_layer_rewind(layer);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_stream_layer_next(struct osmflow_stream_layer *layer, OGRFeatureH *feature,
                                              struct osmflow_error *error) {
  *feature = NULL;
  const enum osmflow_status status = prepare(layer, error);
  return status == OSMFLOW_OK ? layer->layer_class->next(layer, feature, error) : status;
}

enum osmflow_status osmflow_stream_layer_feature(struct osmflow_stream_layer *layer, int64_t fid, OGRFeatureH *feature,
                                                 struct osmflow_error *error) {
  *feature = NULL;
  const enum osmflow_status status = prepare(layer, error);
  return status == OSMFLOW_OK && fid >= 0 ? layer->layer_class->feature(layer, fid, feature, error) : status;
}

enum osmflow_status osmflow_stream_layer_count(struct osmflow_stream_layer *layer, bool only_if_known, int64_t *count,
                                               struct osmflow_error *error) {
  *count = -1;
  if (only_if_known && !layer->definition)
    return OSMFLOW_OK;
  const enum osmflow_status status = prepare(layer, error);
  return status == OSMFLOW_OK ? layer->layer_class->count(layer, only_if_known, count, error) : status;
}

enum osmflow_status osmflow_stream_layer_extent(struct osmflow_stream_layer *layer, bool only_if_known,
                                                OGREnvelope *extent, bool *is_known, struct osmflow_error *error) {
  *is_known = false;
  if (!layer->layer_class->extent || (only_if_known && !layer->definition))
    return OSMFLOW_OK;
  const enum osmflow_status status = prepare(layer, error);
  return status == OSMFLOW_OK ? layer->layer_class->extent(layer, only_if_known, extent, is_known, error) : status;
}

static enum osmflow_status check_edit(struct osmflow_stream_layer *layer, bool is_possible,
                                      struct osmflow_error *error) {
  if (!layer->is_editable)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "it was opened for reading only");
  if (!is_possible)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "the API has no such edit for these features");
  return prepare(layer, error);
}

static enum osmflow_status name_feature(const struct osmflow_stream_layer *layer, int64_t fid,
                                        enum osmflow_status status, struct osmflow_error *error) {
  if (status != OSMFLOW_OK && fid >= 0)
    osmflow_error_prefix(error, "%s, feature %lld: ", layer->name, (long long)fid);
  else if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s, new feature: ", layer->name);
  return status;
}

enum osmflow_status osmflow_stream_layer_insert(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                                struct osmflow_error *error) {
  enum osmflow_status status = check_edit(layer, layer->layer_class->insert != NULL, error);
  layer->is_editing = true;
  if (status == OSMFLOW_OK)
    status = osmflow_feature_check_definition(feature, layer->definition, error);
  if (status == OSMFLOW_OK)
    status = layer->layer_class->insert(layer, feature, error);
  layer->is_editing = false;
  return name_feature(layer, -1, status, error);
}

enum osmflow_status osmflow_stream_layer_update(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                                const struct osmflow_feature_update *update,
                                                struct osmflow_error *error) {
  enum osmflow_status status = check_edit(layer, layer->layer_class->update != NULL, error);
  layer->is_editing = true;
  if (status == OSMFLOW_OK)
    status = osmflow_feature_check_definition(feature, layer->definition, error);
  if (status == OSMFLOW_OK)
    status = layer->layer_class->update(layer, feature, update, error);
  layer->is_editing = false;
  return name_feature(layer, OGR_F_GetFID(feature), status, error);
}

enum osmflow_status osmflow_stream_layer_remove(struct osmflow_stream_layer *layer, int64_t fid,
                                                struct osmflow_error *error) {
  enum osmflow_status status = check_edit(layer, layer->layer_class->remove != NULL, error);
  layer->is_editing = true;
  if (status == OSMFLOW_OK)
    status = layer->layer_class->remove(layer, fid, error);
  layer->is_editing = false;
  return name_feature(layer, fid, status, error);
}

bool osmflow_stream_layer_wants_field(const struct osmflow_stream_layer *layer, int field) {
  return layer->is_editing || !OGR_Fld_IsIgnored(OGR_FD_GetFieldDefn(layer->definition, field));
}

bool osmflow_stream_layer_wants_geometry(const struct osmflow_stream_layer *layer) {
  return OGR_FD_GetGeomFieldCount(layer->definition) > 0 &&
         (layer->is_editing || layer->area || !OGR_FD_IsGeometryIgnored(layer->definition));
}
