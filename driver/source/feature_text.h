/* Values of OGR fields as the texts of tags. */
#ifndef OSMFLOW_SOURCE_FEATURE_TEXT_H
#define OSMFLOW_SOURCE_FEATURE_TEXT_H

#include <ogr_api.h>
#include <stdbool.h>

#include "base/bytes.h"

/* Appends the text a tag of this value has: numbers in their shortest form, booleans as yes and no, times in ISO 8601,
 * lists joined by ';' as is usual in OSM. OSMFLOW_BAD_ARGUMENT: no tag can hold it. The field must be set. */
enum osmflow_status osmflow_feature_text(OGRFeatureH feature, int field, struct osmflow_bytes *text,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether a field type can become a tag at all. */
bool osmflow_feature_type_fits(OGRFieldType type);
/* Key or value of a tag, role: UTF-8, no control characters but tab and line ends, 255 characters at most. `what` is
 * for the sentence: "the value of name". */
enum osmflow_status osmflow_feature_check_text(const char *what, struct osmflow_text text,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether two features have the same in a field, as text; not set and NULL are the same. */
bool osmflow_feature_same(OGRFeatureH left, OGRFeatureH right, int field);

/* Whether a whole feature says something about a field: what is not set is not said, since scripts set what they mean,
 * and NULL in a field that the layer was told to ignore stands for not read (SQLite writes it back). */
bool osmflow_feature_says(OGRFeatureH feature, int field);

#endif
