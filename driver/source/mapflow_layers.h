/* What the layers of a Mapflow dataset share. */
#ifndef OSMFLOW_SOURCE_MAPFLOW_LAYERS_H
#define OSMFLOW_SOURCE_MAPFLOW_LAYERS_H

#include "source/mapflow_listing.h"
#include "source/stream.h"

struct osmflow_mapflow_table_layer {
  struct osmflow_stream_layer layer;
  struct osmflow_stream_layer_class own_class;         /* with the edits that the API has for these rows */
  const struct osmflow_mapflow_connection *connection; /* the dataset's */
  const struct osmflow_mapflow_schema *schema;
  size_t index;
  OGRSpatialReferenceH srs;      /* a reference of ours */
  struct osmflow_shared *shared; /* what is being read; NULL: nothing yet */
  bool is_rewound;               /* the next read takes what is newest */
  size_t place;
  char *order_by; /* NULL: as the server has it */
  bool is_descending;
  int64_t limit; /* 0: all */
};

/* Connection and dataset outlive the layers. No network. */
enum osmflow_status osmflow_mapflow_table_layer_new(const struct osmflow_mapflow_connection *connection, size_t index,
                                                    OGRSpatialReferenceH srs, struct osmflow_stream_layer **layer,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* `kinds`: bits of mapflow/result.h, 0: all. */
enum osmflow_status osmflow_mapflow_result_layer_new(const struct osmflow_mapflow_connection *connection,
                                                     const char *name, unsigned kinds, OGRSpatialReferenceH srs,
                                                     struct osmflow_stream_layer **layer,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Results that were read from that server for that account are asked for again. */
void osmflow_mapflow_results_forget(const struct osmflow_mapflow_connection *connection);

/* A row of the newest list as a feature, whatever the filters are. *feature NULL: there is none of that id. */
enum osmflow_status osmflow_mapflow_table_newest(struct osmflow_mapflow_table_layer *layer, int64_t fid,
                                                 OGRFeatureH *feature, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Whether any row of the call can be edited, or made. */
bool osmflow_mapflow_is_editable(const struct osmflow_mapflow_call_class *call_class);
/* Fills in the edits that there are for the layer's rows, and what may be done by the open options. */
void osmflow_mapflow_edits(struct osmflow_mapflow_table_layer *layer);
/* Starts a processing as a new feature says. *id is the caller's. */
enum osmflow_status osmflow_mapflow_edit_run(const struct osmflow_mapflow_table_layer *layer,
                                             const struct osmflow_mapflow *mapflow, OGRFeatureH feature, char **id,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The words of a column that holds a list, as JSON (["a","b"]) or divided by commas; NUL-terminated one after the
 * other. The caller frees *words, which ends with NULL, and clears `memory`. */
enum osmflow_status osmflow_mapflow_edit_words(const char *column, const char *text, struct osmflow_bytes *memory,
                                               const char ***words, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
