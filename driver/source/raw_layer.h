/* The raw layers: what reading (raw_layer.c) and editing (raw_edit.c) share. */
#ifndef OSMFLOW_SOURCE_RAW_LAYER_H
#define OSMFLOW_SOURCE_RAW_LAYER_H

#include "source/layer.h"

/* Columns that all three kinds of elements have, in this order. */
enum osmflow_raw_field {
  OSMFLOW_RAW_ID,
  OSMFLOW_RAW_VERSION,
  OSMFLOW_RAW_TIMESTAMP,
  OSMFLOW_RAW_UID,
  OSMFLOW_RAW_USER,
  OSMFLOW_RAW_CHANGESET,
  OSMFLOW_RAW_VISIBLE,
  OSMFLOW_RAW_ACTION,
  OSMFLOW_RAW_TAGS,
  OSMFLOW_RAW_TOPOLOGY, /* ways: nodes; relations: members */
  OSMFLOW_RAW_COMPLETE  /* ways */
};

/* Columns of the members. */
enum osmflow_raw_member_field {
  OSMFLOW_RAW_MEMBER_RELATION,
  OSMFLOW_RAW_MEMBER_VERSION,
  OSMFLOW_RAW_MEMBER_SEQUENCE,
  OSMFLOW_RAW_MEMBER_TYPE,
  OSMFLOW_RAW_MEMBER_REF,
  OSMFLOW_RAW_MEMBER_ROLE
};

struct osmflow_raw_layer_state {
  struct osmflow_layer layer;
  enum osmflow_raw_layer raw;
  const struct osmflow_store *store; /* NULL until prepared */
  size_t *member_starts;             /* row of the first member of each relation, and the total behind the last */
  struct osmflow_view_shape shape;
  struct osmflow_bytes text;
};

bool osmflow_raw_layer_element(const struct osmflow_layer *layer, const struct osmflow_fids *fids, int64_t fid,
                               enum osmflow_element_type *type, int64_t *id);
enum osmflow_status osmflow_raw_layer_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_raw_layer_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                             const struct osmflow_feature_update *update,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_raw_layer_remove(struct osmflow_layer *layer, int64_t fid,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The rows of the members: raw_members.c. */
enum osmflow_status osmflow_raw_member_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_raw_member_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                              const struct osmflow_feature_update *update,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_raw_member_remove(struct osmflow_layer *layer, int64_t fid,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
