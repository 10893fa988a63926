/* One value or position of a row, out of the tree of an answer. */
#ifndef OSMFLOW_OSM_TABLE_VALUE_H
#define OSMFLOW_OSM_TABLE_VALUE_H

#include "base/bytes.h"
#include "format/tree.h"
#include "osm/table_calls.h"

/* Where the last row of a layer comes from. */
struct osmflow_table_source {
  const struct osmflow_table_layer *layers; /* of the call */
  size_t layer;                             /* of the row */
  const struct osmflow_tree_node *node;
  bool is_json;
  int64_t number;               /* of the row among its siblings, from 1 */
  size_t first_of_next;         /* the first row of the next layer that belongs to this one */
  struct osmflow_bytes *buffer; /* to work in */
};

/* Sets every value of the last row. OSMFLOW_BAD_DATA names layer, column and what stands there. */
enum osmflow_status osmflow_table_read_values(struct osmflow_table *table, const struct osmflow_table_source *source,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Sets its geometry, where the answer has one. */
enum osmflow_status osmflow_table_read_geometry(struct osmflow_table *table, const struct osmflow_table_source *source,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The date of RSS feeds ("Sat, 15 Jun 2019 08:26:04 +0000") into seconds since 1970-01-01T00:00:00Z. */
bool osmflow_table_parse_feed_time(struct osmflow_text text, int64_t *seconds);

#endif
