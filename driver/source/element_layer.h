/* The five layers: what reading (element_layer.c) and editing (element_edit.c) share. */
#ifndef OSMFLOW_SOURCE_ELEMENT_LAYER_H
#define OSMFLOW_SOURCE_ELEMENT_LAYER_H

#include "base/idmap.h"
#include "source/layer.h"
#include "source/shape.h"

struct osmflow_element_layer {
  struct osmflow_layer layer;
  const struct osmflow_rules *rules; /* the dataset's: like the view's, but computing columns is not for two threads */
  const struct osmflow_view *view;   /* NULL until prepared */
  enum osmflow_layer_kind kind;
  int field_count;    /* of the rules */
  char **new_columns; /* tag keys that were made columns after opening; their fields follow those of the rules */
  size_t new_column_count, new_column_capacity;
  struct osmflow_view_shape shape;
  struct osmflow_bytes other_tags;
  struct osmflow_tag_view *tags; /* for computed fields */
  size_t tag_capacity;
  struct osmflow_shape wished, present, read; /* of an edit; kept because they know their coordinate system */
  struct osmflow_idmap shaped;                /* features that were given a geometry here */
};

bool osmflow_element_layer_element(const struct osmflow_layer *layer, const struct osmflow_fids *fids, int64_t fid,
                                   enum osmflow_element_type *type, int64_t *id);
enum osmflow_status osmflow_element_layer_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_element_layer_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                                 const struct osmflow_feature_update *update,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_element_layer_remove(struct osmflow_layer *layer, int64_t fid,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_element_layer_add_field(struct osmflow_layer *layer, OGRFieldDefnH field,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
