/* Stands in for the parts of edits that are not here yet. */
#include "osm/edit_parts.h"

__attribute__((weak)) enum osmflow_status osmflow_edit_create_relation(
    const struct osmflow_edit_options *options, enum osmflow_layer_kind kind, const struct osmflow_edit_tags *tags,
    const struct osmflow_edit_shape *shape, struct osmflow_edit_element *made, struct osmflow_error *error) {
  (void)options;
  (void)kind;
  (void)tags;
  (void)shape;
  (void)made;
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "this cannot be edited yet");
}

__attribute__((weak)) enum osmflow_status osmflow_edit_change_relation(const struct osmflow_edit_options *options,
                                                                       enum osmflow_layer_kind kind,
                                                                       const struct osmflow_edit_tags *tags,
                                                                       const struct osmflow_edit_shape *shown,
                                                                       const struct osmflow_edit_shape *shape,
                                                                       int64_t relation, struct osmflow_error *error) {
  (void)options;
  (void)kind;
  (void)tags;
  (void)shown;
  (void)shape;
  (void)relation;
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "this cannot be edited yet");
}

__attribute__((weak)) enum osmflow_status osmflow_edit_delete_relation(const struct osmflow_edit_options *options,
                                                                       int64_t relation, struct osmflow_error *error) {
  (void)options;
  (void)relation;
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "this cannot be edited yet");
}
