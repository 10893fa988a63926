/* Datasets whose layers are streams: features one after the other from a service, in the order it gives them.
 *
 * The face between the services (Mapflow's tables and results, and others to come) and GDAL: a table of functions and
 * data, as source/layer.h is for OpenStreetMap's elements, but without places, snapshots and an editor.
 *
 * Opening does no network. A layer's definition is made when somebody first wants it, which may mean asking the server;
 * where that fails, the definition is empty, stays so, and every read gives the error.
 * Filters: the layer may use them to ask for less, never must: its caller looks at every feature again. Fields and the
 * geometry that are marked as ignored in the definition need not be made.
 * Ownership: layers are the dataset's; features handed out are the caller's (OGR_F_Destroy); the rest is borrowed.
 * Threads: a dataset and its layers belong to one thread at a time; what they share lies in source/shared.h.
 * Errors: the message is a whole sentence. A stream that breaks off gives an error at `next`, never its end. */
#ifndef OSMFLOW_SOURCE_STREAM_H
#define OSMFLOW_SOURCE_STREAM_H

#include <osmflow/environment.h>

#include "source/feature_value.h"

struct osmflow_stream_layer;
struct osmflow_stream_dataset;

/* Functions may be NULL where it says so; those that ask for data are only called when the definition is there. */
struct osmflow_stream_layer_class {
  /* Makes the definition, with one reference. Called until it was made or failed. */
  enum osmflow_status (*define)(struct osmflow_stream_layer *layer, OGRFeatureDefnH *definition,
                                struct osmflow_error *error);
  /* From the first feature on; filters and ignored fields may be others than before. */
  void (*rewind)(struct osmflow_stream_layer *layer);
  /* *feature stays NULL at the end. */
  enum osmflow_status (*next)(struct osmflow_stream_layer *layer, OGRFeatureH *feature, struct osmflow_error *error);
  /* *feature stays NULL when there is no such id. Does not disturb `next`. */
  enum osmflow_status (*feature)(struct osmflow_stream_layer *layer, int64_t fid, OGRFeatureH *feature,
                                 struct osmflow_error *error);
  /* Of all features, filters aside; -1: it takes reading them. With `only_if_known` -1 when it would take time. */
  enum osmflow_status (*count)(struct osmflow_stream_layer *layer, bool only_if_known, int64_t *count,
                               struct osmflow_error *error);
  /* Of all features, filters aside; *is_known false: it takes reading them, or would take time; NULL: it always does.
   */
  enum osmflow_status (*extent)(struct osmflow_stream_layer *layer, bool only_if_known, OGREnvelope *extent,
                                bool *is_known, struct osmflow_error *error);
  /* From now on only the first `limit` features (0: all) in the order of a column (NULL: the server's) are wanted.
   * False: the layer cannot ask for
   * that, and gives all. NULL: it never can. */
  bool (*limit)(struct osmflow_stream_layer *layer, const char *order_by, bool is_descending, int64_t limit);
  /* Edits; NULL where the service has none. Each is sent at once. `insert` sets the feature's id. */
  enum osmflow_status (*insert)(struct osmflow_stream_layer *layer, OGRFeatureH feature, struct osmflow_error *error);
  enum osmflow_status (*update)(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                const struct osmflow_feature_update *update, struct osmflow_error *error);
  enum osmflow_status (*remove)(struct osmflow_stream_layer *layer, int64_t fid, struct osmflow_error *error);
  void (*release)(struct osmflow_stream_layer *layer);
};

struct osmflow_stream_layer {
  const struct osmflow_stream_layer_class *layer_class;
  char *name;
  OGRFeatureDefnH definition;     /* ours; NULL: not made yet */
  struct osmflow_error failure;   /* of making it; OSMFLOW_OK: none */
  char **metadata;                /* NAME=VALUE, CSL; complete when the definition is there */
  bool inserts, updates, removes; /* what may be done: also a matter of open options */
  bool counts_fast;               /* counting costs no more than beginning to read */
  bool is_editable;
  bool is_editing;      /* an edit is under way: it needs features with all they have, ignored fields or not */
  char *where;          /* OGR SQL WHERE text, NULL: none */
  OGRGeometryH area;    /* spatial filter, NULL: none */
  OGREnvelope envelope; /* of `area` */
};

struct osmflow_stream_dataset_class {
  /* Another handle on the same. No network. */
  enum osmflow_status (*again)(const struct osmflow_stream_dataset *dataset, struct osmflow_stream_dataset **made,
                               struct osmflow_error *error);
  /* Forgets what is known, for everybody: the next read asks the server. */
  enum osmflow_status (*refresh)(struct osmflow_stream_dataset *dataset, struct osmflow_error *error);
  void (*release)(struct osmflow_stream_dataset *dataset);
};

enum { OSMFLOW_STREAM_MOST_LAYERS = 16 };

struct osmflow_stream_dataset {
  const struct osmflow_stream_dataset_class *dataset_class;
  struct osmflow_stream_layer *layers[OSMFLOW_STREAM_MOST_LAYERS];
  size_t layer_count;
  bool is_editable;
};

void osmflow_stream_dataset_close(struct osmflow_stream_dataset *dataset); /* NULL is fine */
enum osmflow_status osmflow_stream_dataset_refresh(struct osmflow_stream_dataset *dataset,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Never NULL. The error says why it is empty, at the first question only. */
OGRFeatureDefnH osmflow_stream_layer_definition(struct osmflow_stream_layer *layer, struct osmflow_error *error);
/* Filters: NULL is none. `area` is copied. Both rewind. */
enum osmflow_status osmflow_stream_layer_filter(struct osmflow_stream_layer *layer, const char *where,
                                                OGRGeometryH area, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_stream_layer_rewind(struct osmflow_stream_layer *layer);
enum osmflow_status osmflow_stream_layer_next(struct osmflow_stream_layer *layer, OGRFeatureH *feature,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_stream_layer_feature(struct osmflow_stream_layer *layer, int64_t fid, OGRFeatureH *feature,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_stream_layer_count(struct osmflow_stream_layer *layer, bool only_if_known, int64_t *count,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_stream_layer_extent(struct osmflow_stream_layer *layer, bool only_if_known,
                                                OGREnvelope *extent, bool *is_known,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* OSMFLOW_UNSUPPORTED where nothing can be edited. The error names layer and feature. */
enum osmflow_status osmflow_stream_layer_insert(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_stream_layer_update(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                                const struct osmflow_feature_update *update,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_stream_layer_remove(struct osmflow_stream_layer *layer, int64_t fid,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* For the kinds. */
enum osmflow_status osmflow_stream_layer_init(struct osmflow_stream_layer *layer,
                                              const struct osmflow_stream_layer_class *layer_class, const char *name,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
bool osmflow_stream_layer_wants_field(const struct osmflow_stream_layer *layer, int field);
/* A spatial filter needs the geometry though nobody wants to see it. */
bool osmflow_stream_layer_wants_geometry(const struct osmflow_stream_layer *layer);

#endif
