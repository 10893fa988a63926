/* What the files of edit_relation.c share: a relation's parts are its members that have a geometry. */
#ifndef OSMFLOW_OSM_EDIT_RELATION_PARTS_H
#define OSMFLOW_OSM_EDIT_RELATION_PARTS_H

#include "osm/edit_area_parts.h"

enum osmflow_status osmflow_edit_check_parts(enum osmflow_layer_kind kind, const struct osmflow_edit_shape *shape,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Adds a part as a member: the node or way that is there already, else a new one (several ways for a long line). */
enum osmflow_status osmflow_edit_add_part(const struct osmflow_edit_options *options,
                                          const struct osmflow_edit_shape *shape, size_t index,
                                          struct osmflow_edit_members *members,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* edit_relation_change.c: gives the relation the parts that are wanted. */
enum osmflow_status osmflow_edit_change_parts(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                              const struct osmflow_edit_shape *shown,
                                              const struct osmflow_edit_shape *wanted, int64_t relation,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
