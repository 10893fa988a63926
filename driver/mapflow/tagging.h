/* From classes to tags: which OpenStreetMap tags the features of a result stand for.
 *
 * The mapping is a text file that users edit (data/mapflow-tags.ini; the same is compiled in): sections are conditions
 * on properties, their lines the tags.
 *
 *   [object_type=building,buildings class_id=101]
 *   building=apartments
 *   height={building_height}
 *
 * A section's conditions must all hold (values divided by commas, ASCII case ignored: any of them; NAME alone: the
 * property is there; a bare [*] always holds). All sections that hold count, in order; a later one's tag replaces an
 * earlier one's, an empty value takes it away. {name} is the property's value; a line whose property is missing or
 * empty does not count. Lines that begin with '#' are comments. The property @geometry is none of the feature's own:
 * callers give it as what the feature is, "point", "line" or "area". Owner: see each. Immutable once read: any number
 * of threads. */
#ifndef OSMFLOW_MAPFLOW_TAGGING_H
#define OSMFLOW_MAPFLOW_TAGGING_H

#include "base/bytes.h"
#include "base/field.h"

extern const char osmflow_tagging_geometry[]; /* "@geometry" */

struct osmflow_tagging;
/* `text`: the file's content, NULL: the built-in one. `name` is for error texts ("mapflow-tags.ini"), which name the
 * line. */
enum osmflow_status osmflow_tagging_new(const char *name, const char *text, struct osmflow_tagging **tagging,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_tagging_free(struct osmflow_tagging *tagging); /* NULL is fine */

/* Every key that the mapping can give, in order, once each. Borrowed. */
size_t osmflow_tagging_key_count(const struct osmflow_tagging *tagging);
const char *osmflow_tagging_key(const struct osmflow_tagging *tagging, size_t index);
/* The properties that the mapping looks at. */
size_t osmflow_tagging_property_count(const struct osmflow_tagging *tagging);
const char *osmflow_tagging_property(const struct osmflow_tagging *tagging, size_t index);

/* `values`: one text per property of osmflow_tagging_property, data NULL: it is missing. tags: one per key, to be
 * filled: data NULL: no such tag. Texts are borrowed from `memory` (which is reset at each call) or from the mapping.
 * Both are NUL-terminated. */
enum osmflow_status osmflow_tagging_apply(const struct osmflow_tagging *tagging, const struct osmflow_text *values,
                                          struct osmflow_text *tags, struct osmflow_bytes *memory,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
