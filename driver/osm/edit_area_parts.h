/* What the files of edit_area.c share: the rings of a polygon as they were shown against those that are wanted, and the
 * ways they are made of. */
#ifndef OSMFLOW_OSM_EDIT_AREA_PARTS_H
#define OSMFLOW_OSM_EDIT_AREA_PARTS_H

#include "base/idmap.h"
#include "osm/edit_members.h"
#include "osm/sequence.h"

enum osmflow_edit_fate { OSMFLOW_EDIT_REMOVED, OSMFLOW_EDIT_KEPT, OSMFLOW_EDIT_MOVED };

/* A ring's place in a list of vertices; what closes it is not repeated. */
struct osmflow_edit_ring {
  size_t first, count;
  enum osmflow_part_kind kind;
  size_t other; /* of a shown ring: the wanted one it became, and the reverse; OSMFLOW_SEQUENCE_NONE */
};

/* A vertex of a shown ring, with the segment to the next one. Indexes are those of wanted vertices. */
struct osmflow_edit_vertex {
  struct osmflow_position position;
  size_t ring;
  enum osmflow_edit_fate fate;
  size_t wanted;                         /* what it became, unless it went */
  size_t before, after;                  /* when it went: what is left and right of it now */
  size_t inserted_first, inserted_count; /* what is new on the segment */
};

struct osmflow_edit_rings {
  struct osmflow_edit_ring *shown, *wanted;
  size_t shown_count, wanted_count;
  struct osmflow_edit_vertex *vertices;
  struct osmflow_position *positions; /* of the wanted vertices; a matched ring begins where the shown one does */
  size_t vertex_count, position_count;
  bool is_same; /* nothing changed */
};

/* edit_area_match.c: which ring became which, and what became of each vertex: order, direction and first vertices of
 * rings say nothing. */
enum osmflow_status osmflow_edit_rings_match(const struct osmflow_edit_shape *shown,
                                             const struct osmflow_edit_shape *wanted, struct osmflow_edit_rings *rings,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* edit_area_ring.c: the same for one shown ring that became another one. */
enum osmflow_status osmflow_edit_ring_match(struct osmflow_edit_rings *rings, size_t ring,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_edit_rings_clear(struct osmflow_edit_rings *rings); /* of one that was all zero is fine */
size_t osmflow_edit_rings_next(const struct osmflow_edit_rings *rings, size_t vertex);

/* edit_area.c: makes the rings members, from ways that are there already where they fit. `ring` as in a shape: closed.
 */
enum osmflow_status osmflow_edit_add_ring(const struct osmflow_edit_options *options,
                                          const struct osmflow_position *ring, size_t count,
                                          enum osmflow_part_kind kind, struct osmflow_edit_members *members,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_area_tags.c */
/* What would vanish from its layer as soon as it is read again is not written. */
enum osmflow_status osmflow_edit_check_area(const struct osmflow_edit_shape *shape,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The type tag of an area's relation: what the user gave, else what it has, else multipolygon. */
enum osmflow_status osmflow_edit_area_type(const struct osmflow_edit_options *options,
                                           const struct osmflow_edit_tags *tags, struct osmflow_text before,
                                           struct osmflow_text *type, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Room for so many tags and two more; free() it. */
enum osmflow_status osmflow_edit_room_for_tags(size_t count, struct osmflow_tag_view **room,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Of an old-style multipolygon, which says nothing but its type: the first outer way, which has its tags; else 0. */
enum osmflow_status osmflow_edit_tagged_way(const struct osmflow_edit_options *options,
                                            const struct osmflow_draft *relation, int64_t *way,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_retag_area(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_tags *tags,
                                            const struct osmflow_edit_element *element,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_area_ways.c: the ways of an area as they were when it was shown. */
struct osmflow_edit_way {
  int64_t id;
  size_t first, count; /* of the stops */
  size_t left;         /* how many nodes it will have */
  bool is_closed;
  bool is_removed; /* it makes rings that went, and nothing else */
};
/* A node in a way's list, and the segment to the next one. */
struct osmflow_edit_stop {
  int64_t node, becomes;
  struct osmflow_position position;
  size_t segment;  /* the shown vertex that the segment belongs to, or OSMFLOW_SEQUENCE_NONE */
  bool is_forward; /* the way runs along it as the ring does */
};
struct osmflow_edit_ways {
  struct osmflow_edit_way *items;
  struct osmflow_edit_stop *stops;
  size_t count, capacity, stop_count, stop_capacity;
  struct osmflow_idmap by_id;
};
void osmflow_edit_ways_init(struct osmflow_edit_ways *ways);
void osmflow_edit_ways_clear(struct osmflow_edit_ways *ways);
/* Finds the ways under the shown rings, as they are at present or as they were at first. OSMFLOW_BAD_ARGUMENT where a
 * ring has no way under it. */
enum osmflow_status osmflow_edit_ways_find(const struct osmflow_edit_options *options,
                                           const struct osmflow_edit_element *element,
                                           const struct osmflow_edit_rings *rings, struct osmflow_edit_ways *ways,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The shown vertices that the segments before and after a stop of a way end and begin at; OSMFLOW_SEQUENCE_NONE where
 * there is none, or one of no shown ring. */
struct osmflow_edit_sides {
  size_t before, after;
};
struct osmflow_edit_sides osmflow_edit_ways_sides(const struct osmflow_edit_ways *ways,
                                                  const struct osmflow_edit_rings *rings,
                                                  const struct osmflow_edit_way *way, size_t stop);
/* OSMFLOW_BAD_ARGUMENT where a way runs from one ring on into another one, and they part. */
enum osmflow_status osmflow_edit_ways_check(const struct osmflow_edit_ways *ways,
                                            const struct osmflow_edit_rings *rings, const struct osmflow_edit_way *way,
                                            size_t stop, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_area_nodes.c: moves and makes the nodes: fills stop->becomes, and nodes[], for the wanted vertices of matched
 * rings. */
enum osmflow_status osmflow_edit_ways_place(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_rings *rings, struct osmflow_edit_ways *ways,
                                            int64_t *nodes, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* edit_area_lists.c: gives the ways their new lists of nodes. `dropped` gets the nodes they lost, `changed` the ways.
 */
enum osmflow_status osmflow_edit_ways_write(const struct osmflow_edit_options *options,
                                            const struct osmflow_edit_rings *rings, struct osmflow_edit_ways *ways,
                                            const int64_t *nodes, struct osmflow_edit_ids *dropped,
                                            struct osmflow_edit_ids *changed,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* edit_area_change.c: gives the ways of an area the rings that are wanted (`wanted` is what `rings` was made of); a
 * relation loses and gets members. Rings that are new are left out when the element is a way. */
enum osmflow_status osmflow_edit_change_rings(const struct osmflow_edit_options *options,
                                              const struct osmflow_edit_element *element,
                                              const struct osmflow_edit_rings *rings,
                                              const struct osmflow_edit_shape *wanted,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
