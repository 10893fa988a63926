/* Features of results as tags of OpenStreetMap: the rules of mapflow/tagging.h on the columns of one result. */
#ifndef OSMFLOW_SOURCE_MAPFLOW_TAGS_H
#define OSMFLOW_SOURCE_MAPFLOW_TAGS_H

#include "mapflow/result.h"
#include "source/feature_value.h"

struct osmflow_mapflow_tags;

/* `file` names the rules in errors; `text` NULL: the built-in rules. `schema` is borrowed. */
enum osmflow_status osmflow_mapflow_tags_new(const char *file, const char *text,
                                             const struct osmflow_result_schema *schema,
                                             struct osmflow_mapflow_tags **tags,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_mapflow_tags_free(struct osmflow_mapflow_tags *tags); /* NULL is fine */

/* One text column per key that the rules can give. */
void osmflow_mapflow_tags_define(const struct osmflow_mapflow_tags *tags, OGRFeatureDefnH definition);
/* Which columns of the result the rules look at. */
void osmflow_mapflow_tags_want(const struct osmflow_mapflow_tags *tags, bool *wanted);
/* Works out the tags of one feature; *is_any: it has some. */
enum osmflow_status osmflow_mapflow_tags_apply(struct osmflow_mapflow_tags *tags, const struct osmflow_value *values,
                                               bool *is_any, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Those that were worked out last, as fields. */
enum osmflow_status osmflow_mapflow_tags_set(struct osmflow_mapflow_tags *tags, OGRFeatureH feature,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
