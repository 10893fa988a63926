/* The tags of a result's features, by a mapping from classes to tags.
 * Owner: the caller (_init/_clear). One thread at a time. */
#ifndef OSMFLOW_CLI_CONFLATE_TAGS_H
#define OSMFLOW_CLI_CONFLATE_TAGS_H

#include "cli/conflate_kinds.h"
#include "cli/conflate_source.h"
#include "mapflow/tagging.h"

struct osmflow_conflate_tags {
  struct osmflow_tagging *tagging;
  size_t key_count, property_count;
  int *columns;                /* property_count of each layer of the source; -1: it has none of that name */
  struct osmflow_text *values; /* of the properties, for the moment */
  struct osmflow_text *tags;   /* of the keys: of the feature that was looked at last */
  size_t *begins;
  struct osmflow_bytes texts, memory;
};

/* `mapping`: a file; NULL: the built-in one. */
enum osmflow_status osmflow_conflate_tags_init(struct osmflow_conflate_tags *tags,
                                               const struct osmflow_environment *environment, const char *mapping,
                                               const struct osmflow_conflate_source *source,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_conflate_tags_clear(struct osmflow_conflate_tags *tags);

/* Fills tags->tags. *count: how many tags the feature has; *kinds: what it is by them. */
enum osmflow_status osmflow_conflate_tags_read(struct osmflow_conflate_tags *tags, size_t layer, OGRFeatureH feature,
                                               size_t *count, osmflow_kinds *kinds,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
