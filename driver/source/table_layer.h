/* Layers of rows: what reading (table_layer.c) and editing (table_edit.c) share. */
#ifndef OSMFLOW_SOURCE_TABLE_LAYER_H
#define OSMFLOW_SOURCE_TABLE_LAYER_H

#include "source/layer.h"

struct osmflow_table_layer {
  struct osmflow_layer layer;
  struct osmflow_layer_class own_class; /* with the edits that the API has for these rows */
  size_t index;
  const struct osmflow_table_schema *schema;
  struct osmflow_session *plain_session;  /* the dataset's: without filters */
  struct osmflow_session *pushed_session; /* ours: with filters; NULL while nothing is pushed */
  const struct osmflow_table_rows *rows;  /* NULL until prepared */
};

/* Fills in the edits of the layer of that name; leaves the class as it is when there are none. */
void osmflow_table_edits(const char *layer, struct osmflow_layer_class *layer_class);

#endif
