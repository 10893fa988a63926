/* What a user saw of a way, and which of its nodes that were. */
#ifndef OSMFLOW_OSM_EDIT_SHOWN_H
#define OSMFLOW_OSM_EDIT_SHOWN_H

#include "osm/edit_parts.h"

/* Nodes and where they are; a ring's without the last, which is the first. */
struct osmflow_edit_path {
  int64_t *ids;
  struct osmflow_position *positions;
  size_t count;
};

/* The id of a vertex that was shown and belongs to no node of the way, neither now nor before. */
#define OSMFLOW_EDIT_NO_NODE INT64_MIN

struct osmflow_edit_shown {
  struct osmflow_edit_path present; /* what the way is */
  struct osmflow_edit_path shown;   /* a ring's from the way's own first node on, in the way's direction */
};
void osmflow_edit_shown_clear(struct osmflow_edit_shown *shown);
/* A way that is incomplete here is refused. */
enum osmflow_status osmflow_edit_shown_load(const struct osmflow_edit_options *options, int64_t way, bool is_ring,
                                            const struct osmflow_position *positions, size_t count,
                                            struct osmflow_edit_shown *shown,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* osmflow_edit_match(), or osmflow_edit_match_ring(); *kept: how many vertices are where they were. */
enum osmflow_status osmflow_edit_match_path(bool is_ring, const struct osmflow_position *from, size_t from_count,
                                            const struct osmflow_position *to, size_t to_count,
                                            struct osmflow_position *turned, size_t *match, size_t *kept,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
