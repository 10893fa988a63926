/* A layer of an open dataset: what it looks like, and its features one after the other, built through OGR's C API.
 *
 * A layer is a table of functions and a position. It belongs to one dataset handle and so to one thread at a time; the
 * data behind it is shared. What another handle's refresh brings is seen from the next rewind on.
 * Owner: the dataset (source/dataset.h). Features handed out are the caller's (OGR_F_Destroy). */
#ifndef OSMFLOW_SOURCE_LAYER_H
#define OSMFLOW_SOURCE_LAYER_H

#include <ogr_api.h>

#include "base/bbox.h"
#include "base/bytes.h"
#include "source/editor.h"
#include "source/feature_value.h"
#include "source/session.h"

struct osmflow_layer;

struct osmflow_layer_class {
  /* layer->snapshot is another one than before; called before everything below. */
  enum osmflow_status (*prepare)(struct osmflow_layer *layer, struct osmflow_error *error);
  /* Number of candidates: places 0 .. count - 1 may be built. */
  size_t (*count)(const struct osmflow_layer *layer);
  /* Builds the feature at a place; *feature stays NULL when the layer's bbox filter excludes it. */
  enum osmflow_status (*build)(struct osmflow_layer *layer, size_t place, OGRFeatureH *feature,
                               struct osmflow_error *error);
  /* The place of a feature id, or SIZE_MAX. */
  size_t (*find)(const struct osmflow_layer *layer, int64_t fid);
  /* The attribute or spatial filter changed; may be NULL. */
  enum osmflow_status (*filters_changed)(struct osmflow_layer *layer, struct osmflow_error *error);
  /* The element of a feature id, for layers whose features are elements; else NULL. */
  bool (*element)(const struct osmflow_layer *layer, const struct osmflow_fids *fids, int64_t fid,
                  enum osmflow_element_type *type, int64_t *id);
  /* Edits, NULL where there are none. `insert` sets the feature's id. Called after osmflow_editor_begin where the layer
   * has an editor. */
  enum osmflow_status (*insert)(struct osmflow_layer *layer, OGRFeatureH feature, struct osmflow_error *error);
  enum osmflow_status (*update)(struct osmflow_layer *layer, OGRFeatureH feature,
                                const struct osmflow_feature_update *update, struct osmflow_error *error);
  enum osmflow_status (*remove)(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error);
  bool takes_any_definition; /* `insert` goes by the names of the feature's fields, whatever layer it was made for */
  /* A field of that name and type can be written from now on; NULL: it cannot. */
  enum osmflow_status (*add_field)(struct osmflow_layer *layer, OGRFieldDefnH field, struct osmflow_error *error);
  /* The session's data could not be loaded; true: layer->session is another one now, which is asked instead. May be
   * NULL. */
  bool (*retreat)(struct osmflow_layer *layer, const struct osmflow_error *failure);
  void (*release)(struct osmflow_layer *layer);
};

struct osmflow_layer {
  const struct osmflow_layer_class *layer_class;
  const struct osmflow_connection *connection; /* the dataset's */
  struct osmflow_session *session;             /* the dataset's, or the layer's own */
  struct osmflow_snapshot *snapshot; /* held: what is read until the next rewind; NULL before the first read */
  struct osmflow_editor *editor;     /* the dataset's; NULL: read only, or a table */
  bool is_editable;
  bool is_editing;            /* an edit is under way: it needs features with all they have, ignored fields or not */
  OGRFeatureDefnH definition; /* a reference of ours */
  size_t place;               /* of the next feature */
  bool has_filter;
  struct osmflow_bbox filter; /* only what meets it is wanted; candidates outside may be left out early */
  char *attribute_filter;     /* OGR SQL WHERE text, NULL: none; for pushing to the server only */
};

/* The three kinds. Connection, session and rules are the dataset's and outlive the layer; `index` is the table's number
 * among those of its call. */
enum osmflow_status osmflow_element_layer_new(const struct osmflow_connection *connection,
                                              struct osmflow_session *session, const struct osmflow_rules *rules,
                                              enum osmflow_layer_kind kind, OGRSpatialReferenceH srs,
                                              struct osmflow_layer **layer,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_raw_layer_new(const struct osmflow_connection *connection, struct osmflow_session *session,
                                          enum osmflow_raw_layer raw, OGRSpatialReferenceH srs,
                                          struct osmflow_layer **layer, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_table_layer_new(const struct osmflow_connection *connection,
                                            struct osmflow_session *session, size_t index, OGRSpatialReferenceH srs,
                                            struct osmflow_layer **layer,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether any layer of a call of rows can be edited. */
bool osmflow_table_is_editable(const struct osmflow_call_class *call_class);
/* A layer that is only written to: any fields become tags, and each feature goes to where its geometry belongs. `srs`
 * may be NULL. */
enum osmflow_status osmflow_new_layer_new(const struct osmflow_connection *connection, struct osmflow_session *session,
                                          const char *name, OGRwkbGeometryType type, OGRSpatialReferenceH srs,
                                          struct osmflow_layer **layer, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_layer_free(struct osmflow_layer *layer); /* NULL is fine */

void osmflow_layer_rewind(struct osmflow_layer *layer);
/* Rewinds, and lets the data go that was read. */
void osmflow_layer_forget(struct osmflow_layer *layer);
/* *feature = NULL at the end. */
enum osmflow_status osmflow_layer_next(struct osmflow_layer *layer, OGRFeatureH *feature,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* *feature = NULL when there is no such id. */
enum osmflow_status osmflow_layer_feature(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same from a snapshot, and with the edits of the layer's editor (for layers whose features are elements). */
enum osmflow_status osmflow_layer_feature_in(struct osmflow_layer *layer, struct osmflow_snapshot *snapshot,
                                             int64_t fid, OGRFeatureH *feature,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_layer_feature_with_edits(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *feature,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* All features, filters aside. */
enum osmflow_status osmflow_layer_count(struct osmflow_layer *layer, size_t *count,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The connection's bbox, which is known without asking; false when it has none. */
bool osmflow_layer_known_extent(const struct osmflow_layer *layer, struct osmflow_bbox *extent);
/* `filter` NULL: none. Both rewind. */
enum osmflow_status osmflow_layer_set_bbox(struct osmflow_layer *layer, const struct osmflow_bbox *filter,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_layer_set_attribute_filter(struct osmflow_layer *layer, const char *where,
                                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Edits. OSMFLOW_UNSUPPORTED where the layer, or the dataset, is read only; OSMFLOW_NOT_FOUND where there is no feature
 * of that id. The error names the feature. */
enum osmflow_status osmflow_layer_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_layer_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                         const struct osmflow_feature_update *update,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_layer_remove(struct osmflow_layer *layer, int64_t fid,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_layer_add_new_field(struct osmflow_layer *layer, OGRFieldDefnH field,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The feature id of the feature that an upsert is about: of the element whose osm_id (osm_way_id) it has, else its own,
 * else -1 for a new one. OSMFLOW_NOT_FOUND: the id is not here. */
enum osmflow_status osmflow_layer_key(struct osmflow_layer *layer, OGRFeatureH feature, int64_t *fid,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether features can be added; the others follow from is_editable alone. */
bool osmflow_layer_can(const struct osmflow_layer *layer, bool insert, bool update, bool remove);

/* For the kinds. */
bool osmflow_layer_wants_field(const struct osmflow_layer *layer, int field);
bool osmflow_layer_wants_geometry(const struct osmflow_layer *layer);
/* A line or ring of positions in 1e-7 degrees as an OGR geometry (wkbLineString or wkbLinearRing). */
OGRGeometryH osmflow_layer_line(OGRwkbGeometryType type, const struct osmflow_position *positions, size_t count);
OGRGeometryH osmflow_layer_point(struct osmflow_position position);
bool osmflow_layer_touches_filter(const struct osmflow_layer *layer, const struct osmflow_position *positions,
                                  size_t count);

#endif
