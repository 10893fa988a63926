/* What the files of edit.c share. */
#ifndef OSMFLOW_OSM_EDIT_PARTS_H
#define OSMFLOW_OSM_EDIT_PARTS_H

#include "base/idmap.h"
#include "osm/edit.h"

/* edit_element.c. A list of node ids, or of any ids. */
struct osmflow_edit_ids {
  int64_t *items;
  size_t count, capacity;
};
void osmflow_edit_ids_clear(struct osmflow_edit_ids *ids);
enum osmflow_status osmflow_edit_ids_add(struct osmflow_edit_ids *ids, int64_t id,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_node.c: single nodes. */
/* Where the nodes of a way or list that is being made are: their ids to one of these. */
enum { OSMFLOW_EDIT_STAYS = 1, OSMFLOW_EDIT_LEAVES = 2 };
/* Whether a node may be made at, or moved to, this place. */
enum osmflow_status osmflow_edit_check_place(const struct osmflow_edit_options *options,
                                             struct osmflow_position position,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The node to take for a vertex at this place, *found false when there is none: rather one that `states` knows, then
 * one that ways use; never one that leaves. */
enum osmflow_status osmflow_edit_find_node(const struct osmflow_edit_options *options, struct osmflow_position position,
                                           const struct osmflow_idmap *states, int64_t *node, bool *found,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same, or a new one; it stays in `states` from now on. */
enum osmflow_status osmflow_edit_place_node(const struct osmflow_edit_options *options,
                                            struct osmflow_position position, struct osmflow_idmap *states,
                                            int64_t *node, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_make_node(const struct osmflow_edit_options *options, struct osmflow_position position,
                                           const struct osmflow_edit_tags *tags, int64_t *node,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_move_node(const struct osmflow_edit_options *options, int64_t node,
                                           struct osmflow_position position,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Deletes those of the nodes that have no tags and that nothing uses any more. */
enum osmflow_status osmflow_edit_drop_nodes(const struct osmflow_edit_options *options, const int64_t *nodes,
                                            size_t count, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_path.c: lists of nodes.
 * Appends nodes for these positions: those that are there already, else new ones. Within one list a position that comes
 * twice is the same node; equal neighbours become one. */
enum osmflow_status osmflow_edit_place(const struct osmflow_edit_options *options,
                                       const struct osmflow_position *positions, size_t count,
                                       struct osmflow_edit_ids *nodes, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Changes a way's node list so that its vertices, seen as `shown`, become `wanted`; a ring (all three closed) may come
 * with another first vertex or in the other direction than the way has, which keeps its own. Unused untagged nodes are
 * deleted. A way that gets more nodes than it may have is split (edit_split.c). A way with nodes that are not here
 * (incomplete) is refused. */
enum osmflow_status osmflow_edit_reshape(const struct osmflow_edit_options *options, int64_t way,
                                         const struct osmflow_position *shown, size_t shown_count,
                                         const struct osmflow_position *wanted, size_t wanted_count,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same for a line, whose direction and first vertex are `wanted`'s, also when it is closed: they mean something. */
enum osmflow_status osmflow_edit_reshape_line(const struct osmflow_edit_options *options, int64_t way,
                                              const struct osmflow_position *shown, size_t shown_count,
                                              const struct osmflow_position *wanted, size_t wanted_count,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_match.c: what a vertex of an old line or ring became: wanted[i] was shown[match[i]], or is new
 * (OSMFLOW_SEQUENCE_NONE). Moved vertices are paired with the nearest of those that went, in order. A vertex that is
 * new in its place may lie where another of `shown` lies. */
enum osmflow_status osmflow_edit_match(const struct osmflow_position *shown, size_t shown_count,
                                       const struct osmflow_position *wanted, size_t wanted_count, size_t *match,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same for rings, both without their last vertex, which is the first again; neither is empty. `turned` (room for
 * wanted_count) is `wanted` in the direction of `shown`, beginning with the first vertex of `shown` that is left. */
enum osmflow_status osmflow_edit_match_ring(const struct osmflow_position *shown, size_t shown_count,
                                            const struct osmflow_position *wanted, size_t wanted_count,
                                            struct osmflow_position *turned, size_t *match,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A position as one number. */
static inline int64_t osmflow_edit_pack(struct osmflow_position position) {
  return (int64_t)((uint64_t)(uint32_t)position.lon << 32 | (uint32_t)position.lat);
}
static inline bool osmflow_edit_same_place(struct osmflow_position left, struct osmflow_position right) {
  return left.lon == right.lon && left.lat == right.lat;
}

/* edit_element.c: elements as wholes.
 * The present state; OSMFLOW_NOT_FOUND when it is not here. */
enum osmflow_status osmflow_edit_find(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                      int64_t id, const struct osmflow_draft **found,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A way with these tags and nodes (more than one way may have: several, each beginning where the one before ends). */
enum osmflow_status osmflow_edit_make_way(const struct osmflow_edit_options *options,
                                          const struct osmflow_edit_tags *tags, const int64_t *nodes, size_t count,
                                          struct osmflow_edit_ids *ways,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_set_tags(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                          int64_t id, const struct osmflow_edit_tags *tags,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_set_refs(const struct osmflow_edit_options *options, int64_t way, const int64_t *nodes,
                                          size_t count, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The tags an element is to have, as it may have them: an empty value means no tag, unless the element (`present`, may
 * be NULL) has it like that. *items: free() it; they borrow their texts. */
enum osmflow_status osmflow_edit_clean_tags(const struct osmflow_edit_tags *tags, const struct osmflow_draft *present,
                                            struct osmflow_tag_view **items, size_t *count,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* OSMFLOW_BAD_ARGUMENT: the element is a member of a relation here, which is named. */
enum osmflow_status osmflow_edit_check_not_member(const struct osmflow_edit_options *options,
                                                  enum osmflow_element_type type, int64_t id,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Those that use an element, besides `except` (may be NULL): their number, and their names for a message: "way 7
 * (Main Street), relation 5 (route) and 3 more". */
enum { OSMFLOW_EDIT_USERS_SIZE = 400 };
enum osmflow_status osmflow_edit_users(const struct osmflow_edit_options *options, enum osmflow_element_type type,
                                       int64_t id, const struct osmflow_parent *except, size_t *count,
                                       char names[OSMFLOW_EDIT_USERS_SIZE],
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The tags with area=yes added where the rules would not take them for an area otherwise. `room` has count + 1 places.
 */
struct osmflow_edit_tags osmflow_edit_area_tags(const struct osmflow_edit_options *options,
                                                const struct osmflow_edit_tags *tags, struct osmflow_tag_view *room);

/* edit_point.c */
enum osmflow_status osmflow_edit_create_point(const struct osmflow_edit_options *options,
                                              const struct osmflow_edit_tags *tags, struct osmflow_position position,
                                              int64_t *node, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* *node becomes another one where SHARED_NODES=SPLIT takes the point away from the ways. */
enum osmflow_status osmflow_edit_change_point(const struct osmflow_edit_options *options,
                                              const struct osmflow_edit_shape *shown,
                                              const struct osmflow_edit_shape *shape, int64_t *node,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_delete_point(const struct osmflow_edit_options *options, int64_t node,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_area.c */
enum osmflow_status osmflow_edit_create_area(const struct osmflow_edit_options *options,
                                             const struct osmflow_edit_tags *tags,
                                             const struct osmflow_edit_shape *shape, struct osmflow_edit_element *made,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_change_area(const struct osmflow_edit_options *options,
                                             const struct osmflow_edit_tags *tags,
                                             const struct osmflow_edit_shape *shown,
                                             const struct osmflow_edit_shape *shape,
                                             struct osmflow_edit_element *element,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_delete_area(const struct osmflow_edit_options *options,
                                             const struct osmflow_edit_element *element,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_relation.c: multilinestrings and other_relations. */
enum osmflow_status osmflow_edit_create_relation(const struct osmflow_edit_options *options,
                                                 enum osmflow_layer_kind kind, const struct osmflow_edit_tags *tags,
                                                 const struct osmflow_edit_shape *shape,
                                                 struct osmflow_edit_element *made,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_change_relation(const struct osmflow_edit_options *options,
                                                 enum osmflow_layer_kind kind, const struct osmflow_edit_tags *tags,
                                                 const struct osmflow_edit_shape *shown,
                                                 const struct osmflow_edit_shape *shape, int64_t relation,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_delete_relation(const struct osmflow_edit_options *options, int64_t relation,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_split.c: cuts a way that has more nodes than it may have; the first piece keeps the id. Relations that have it
 * as a member get the pieces in its place, in the order of its direction there, with its role. A closed way becomes the
 * outer ways of a new multipolygon relation that takes over its tags (*relation; 0 otherwise); where that cannot be
 * done it is refused with the reason. `pieces` gets the ways in order. */
enum osmflow_status osmflow_edit_split(const struct osmflow_edit_options *options, int64_t way,
                                       struct osmflow_edit_ids *pieces, int64_t *relation,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
