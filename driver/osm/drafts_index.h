/* Who uses what, and which nodes are where: candidates for osmflow_drafts_parents and osmflow_drafts_nodes_at.
 *
 * What the base says is sorted once, when it is first asked for. What drafts say is only ever added, so that nothing
 * needs to be taken out when a draft is replaced or rolled back: whoever asks checks each candidate against the present
 * state. Owner: the working copy. */
#ifndef OSMFLOW_OSM_DRAFTS_INDEX_H
#define OSMFLOW_OSM_DRAFTS_INDEX_H

#include "osm/drafts.h"

/* One key's elements are a list through `next`. */
struct osmflow_drafts_link {
  int64_t id;
  uint32_t next : 30, type : 2;
};
struct osmflow_drafts_links {
  struct osmflow_idmap first; /* id or packed position -> number of a link */
  struct osmflow_drafts_link *items;
  size_t count, capacity;
};

/* A way or relation of the base uses something. */
struct osmflow_drafts_use {
  int64_t child;
  uint32_t parent; /* index in the base */
  uint8_t child_type, parent_type;
};

struct osmflow_drafts_index {
  const struct osmflow_store *base;
  struct osmflow_drafts_use *uses; /* sorted by child */
  size_t use_count, use_capacity;
  struct osmflow_index by_position; /* of the base's nodes: one for each place */
  uint32_t *next_there;             /* for each node of the base: another one at its place, or OSMFLOW_INDEX_NONE */
  bool has_uses, has_positions;
  struct osmflow_drafts_links children[OSMFLOW_ELEMENT_TYPES], places;
};

void osmflow_drafts_index_init(struct osmflow_drafts_index *index, const struct osmflow_store *base);
void osmflow_drafts_index_clear(struct osmflow_drafts_index *index);
/* Notes what a draft uses and where it is. */
enum osmflow_status osmflow_drafts_index_add(struct osmflow_drafts_index *index, const struct osmflow_draft *draft,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Replaces the list by the candidates: the first *base_count of them are true in the base, the others are or were true
 * in drafts. Both may hold the same element. */
enum osmflow_status osmflow_drafts_index_parents(struct osmflow_drafts_index *index, enum osmflow_element_type type,
                                                 int64_t id, struct osmflow_parents *parents, size_t *base_count,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_drafts_index_nodes_at(struct osmflow_drafts_index *index, int32_t lon, int32_t lat,
                                                  struct osmflow_parents *nodes, size_t *base_count,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
