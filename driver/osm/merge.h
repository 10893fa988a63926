/* Three-way merge of one element: what it was when the edit began (base), what the user made of it (mine), what the
 * server has by now (theirs). Edits that do not collide are joined: per tag, per place in the node list, per member,
 * and the position as a whole. */
#ifndef OSMFLOW_OSM_MERGE_H
#define OSMFLOW_OSM_MERGE_H

#include "base/bytes.h"
#include "osm/draft.h"

struct osmflow_merge_options {
  bool undelete; /* mine wins over a deletion on the server */
};

/* *merged: one block with theirs' version, visible as it is to be; free it with osmflow_draft_free. It may equal
 * theirs (nothing is left to be sent) or mine. NULL when the edits collide: then `conflict` gets lines that show what,
 * each with base, mine and theirs:
 *   tag name: was "a", you wrote "b", the server has "c"
 * Each line ends with a line break; after the first 20 the rest is only counted. A deletion against a change collides;
 * two deletions do not. `base` may be NULL (unknown): then only what mine and theirs have alike does not collide,
 * unless mine was made from the very version that theirs is. */
enum osmflow_status osmflow_merge(const struct osmflow_draft *base, const struct osmflow_draft *mine,
                                  const struct osmflow_draft *theirs, const struct osmflow_merge_options *options,
                                  struct osmflow_draft **merged, struct osmflow_bytes *conflict,
                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
