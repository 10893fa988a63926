/* OGR definitions and feature values, as all layers make them, and what an edit speaks of. */
#ifndef OSMFLOW_SOURCE_FEATURE_VALUE_H
#define OSMFLOW_SOURCE_FEATURE_VALUE_H

#include <ogr_api.h>

#include <osmflow/status.h>

#include "base/field.h"

/* A definition with one reference, which is the caller's (OGR_FD_Release). `srs` may be NULL. */
OGRFeatureDefnH osmflow_feature_definition_new(const char *name, enum osmflow_geometry_type geometry,
                                               OGRSpatialReferenceH srs);
void osmflow_feature_definition_add(OGRFeatureDefnH definition, const char *name, enum osmflow_field_type type);
/* WGS 84 with longitude first. The caller's (OSRRelease). */
OGRSpatialReferenceH osmflow_feature_srs_new(void);

void osmflow_feature_set_time(OGRFeatureH feature, int field, int64_t seconds);
/* What is null is left unset. Texts are NUL-terminated. */
void osmflow_feature_set_value(OGRFeatureH feature, int field, enum osmflow_field_type type,
                               const struct osmflow_value *value);

/* Which parts of a feature an update is about. */
struct osmflow_feature_update {
  bool is_whole; /* all that is set: SetFeature; else just these */
  const int *fields;
  size_t field_count;
  bool has_geometry;
};

/* Whether an update speaks of a field, of the geometry. In a whole feature, what is not set is not said: scripts set
 * what they mean. */
bool osmflow_feature_update_has_field(const struct osmflow_feature_update *update, OGRFeatureH feature, int field);
bool osmflow_feature_update_has_geometry(const struct osmflow_feature_update *update, OGRFeatureH feature);
/* Whether the user wrote something else into a column than `shown` has; a geometry that is another. */
bool osmflow_feature_update_changes(const struct osmflow_feature_update *update, OGRFeatureH feature, OGRFeatureH shown,
                                    const char *column);
bool osmflow_feature_update_moves(const struct osmflow_feature_update *update, OGRFeatureH feature, OGRFeatureH shown);
/* OSMFLOW_BAD_ARGUMENT names a column that is changed though it is not one of `allowed` (ended by NULL). */
enum osmflow_status osmflow_feature_update_check(const struct osmflow_feature_update *update, OGRFeatureH feature,
                                                 OGRFeatureH shown, const char *const *allowed,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Fields are known by their places, so a feature of another layer would say something nobody meant. */
enum osmflow_status osmflow_feature_check_definition(OGRFeatureH feature, OGRFeatureDefnH ours,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The text of a column, NULL when it has none or "". Borrowed until the next question about this feature. */
const char *osmflow_feature_column(OGRFeatureH feature, const char *name);

#endif
