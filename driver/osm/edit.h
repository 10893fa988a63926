/* Feature edits become element edits: points, lines and polygons on one side, nodes, ways and relations on the other.
 *
 * Every function is all or nothing: when it fails, the working copy is as before. The error says what cannot be done
 * and why, without the feature's name, which the caller puts in front.
 * Rules: PRODUCT.md 4. Nodes keep their ids: a vertex that moved moves its node (SHARED_NODES says what happens to the
 * other features on it), a new vertex takes a node that is already at exactly its place or makes one, a vertex that
 * went deletes its node when it has no tags and nothing else uses it. One thread at a time per working copy. */
#ifndef OSMFLOW_OSM_EDIT_H
#define OSMFLOW_OSM_EDIT_H

#include "base/field.h"
#include "osm/drafts.h"
#include "osm/rules.h"

enum osmflow_shared_nodes {
  OSMFLOW_SHARED_MOVE,  /* the node moves, and with it all that uses it */
  OSMFLOW_SHARED_SPLIT, /* the feature gets a node of its own; the others stay */
  OSMFLOW_SHARED_REFUSE /* an error */
};

struct osmflow_edit_options {
  struct osmflow_drafts *drafts;
  const struct osmflow_rules *rules;
  enum osmflow_shared_nodes shared;
  size_t most_way_nodes; /* 2000 */
  size_t most_members;   /* 32000 */
  bool has_bounds;       /* BOUNDS_CHECK: nodes are made in and moved to places within `bounds` only */
  struct osmflow_bbox bounds;
};

/* A geometry in OSM's own units. Parts in order: a line; a ring, the first of each polygon being its outer ring (rings
 * are closed: first position = last); a point. */
enum osmflow_part_kind { OSMFLOW_PART_POINT, OSMFLOW_PART_LINE, OSMFLOW_PART_OUTER, OSMFLOW_PART_INNER };
struct osmflow_edit_part {
  enum osmflow_part_kind kind;
  size_t first, count; /* of positions */
};
struct osmflow_edit_shape {
  const struct osmflow_position *positions;
  const struct osmflow_edit_part *parts;
  size_t position_count, part_count;
};

struct osmflow_edit_tags {
  const struct osmflow_tag_view *items; /* all tags the element is to have */
  size_t count;
};

/* What a feature is made of. */
struct osmflow_edit_element {
  enum osmflow_element_type type;
  int64_t id;
};

/* A feature of one of the five layers. points: a node; lines: a way (several with the same tags where there are more
 * vertices than a way may have; `made` is the first); multipolygons: a closed way for one ring, else a relation
 * type=multipolygon whose rings are ways, taken from those that run the same way already where they have the same
 * nodes; area=yes is added where the tags do not say area; multilinestrings, other_relations: a relation whose members
 * are existing ways and nodes of the same geometry or new ones; it needs a type tag of its layer
 * (multilinestring is added in multilinestrings when there is none). */
enum osmflow_status osmflow_edit_create(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                        const struct osmflow_edit_tags *tags, const struct osmflow_edit_shape *shape,
                                        struct osmflow_edit_element *made,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* `tags`, `shape`: NULL: as they are. `shown` is the geometry the user saw and changed: vertices that are in `shape` as
 * they were in `shown` are left alone, wherever they are by now. *element may become another one: a way whose polygon
 * got a hole is a member of a new relation afterwards. Old-style multipolygons keep their tags where they are. */
enum osmflow_status osmflow_edit_change(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                        const struct osmflow_edit_tags *tags, const struct osmflow_edit_shape *shown,
                                        const struct osmflow_edit_shape *shape, struct osmflow_edit_element *element,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Deletes the element and its untagged nodes that nothing else uses (of a multipolygon: also its untagged member ways
 * that nothing else uses). A node that ways use loses its tags only. A member of a relation is refused, with the
 * relation's name. */
enum osmflow_status osmflow_edit_delete(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                        const struct osmflow_edit_element *element,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The raw layers: an element as it is to be (id 0: new, *id tells its placeholder; `id` may be NULL). What it refers to
 * must exist, as far as that can be known here: a reference the base has not got is fine only when the element had it
 * before. */
enum osmflow_status osmflow_edit_put(const struct osmflow_edit_options *options, const struct osmflow_draft *wish,
                                     int64_t *id, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Deletes just this element; refused when something here uses it. */
enum osmflow_status osmflow_edit_remove(const struct osmflow_edit_options *options,
                                        const struct osmflow_edit_element *element,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
