/* What kind of thing a feature is by its tags, because only things of one kind can be the same thing twice: a building
 * is compared with buildings, not with the wood around it. */
#ifndef OSMFLOW_CLI_CONFLATE_KINDS_H
#define OSMFLOW_CLI_CONFLATE_KINDS_H

#include <ogr_api.h>
#include <stdint.h>

#include "osm/tag_list.h"

/* Bits, one for each kind; a feature may be of several. 0: of none that is known. */
typedef uint32_t osmflow_kinds;

/* Of one tag. */
osmflow_kinds osmflow_kinds_of(struct osmflow_text key, struct osmflow_text value);

/* Which columns of a layer hold the tags: those that are called like a key, and other_tags or all_tags (hstore or
 * JSON). Owner: the caller; nothing is allocated. */
enum { OSMFLOW_KIND_KEYS = 16 };
struct osmflow_kind_columns {
  int keys[OSMFLOW_KIND_KEYS]; /* -1: none */
  int other_tags, all_tags;
};
void osmflow_kind_columns_init(struct osmflow_kind_columns *columns, OGRFeatureDefnH definition);
enum osmflow_status osmflow_kinds_of_feature(const struct osmflow_kind_columns *columns, OGRFeatureH feature,
                                             osmflow_kinds *kinds, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
