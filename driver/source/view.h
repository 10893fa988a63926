/* A store seen through rules: which elements are features of which of the five layers, and with which tags.
 *
 * Made once after loading, immutable afterwards: any number of threads. What counts as a feature is decided here for
 * good (areas are tried), so that counts are exact. Geometries are built when they are read. Source of the rules: the
 * facts about GDAL's OSM driver; PRODUCT.md 3 where GDAL is wrong. */
#ifndef OSMFLOW_SOURCE_VIEW_H
#define OSMFLOW_SOURCE_VIEW_H

#include "osm/area.h"
#include "osm/rules.h"
#include "osm/store.h"

/* An element of a layer. In multipolygons relations come first, then closed ways, as GDAL has them. */
struct osmflow_view_entry {
  uint32_t index;       /* into the store's nodes, ways or relations */
  uint32_t type;        /* enum osmflow_element_type */
  uint32_t tags_of_way; /* old-style multipolygon: the outer way whose tags it takes; OSMFLOW_IDMAP_NONE: its own */
};

struct osmflow_view {
  const struct osmflow_store *store;
  const struct osmflow_rules *rules;
  struct osmflow_view_entry *entries[OSMFLOW_LAYER_KINDS];
  size_t entry_count[OSMFLOW_LAYER_KINDS], entry_capacity[OSMFLOW_LAYER_KINDS];
  struct osmflow_key_rule *key_rules[OSMFLOW_LAYER_KINDS]; /* by the store's number of the key */
  uint8_t *key_flags;                                      /* by the store's number of the key: see view.c */
};

/* Store and rules must outlive the view. */
enum osmflow_status osmflow_view_new(const struct osmflow_store *store, const struct osmflow_rules *rules,
                                     struct osmflow_view **view, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_view_free(struct osmflow_view *view); /* NULL is fine */

const struct osmflow_element *osmflow_view_element(const struct osmflow_view *view,
                                                   const struct osmflow_view_entry *entry);
/* The entry of an element in a layer, or NULL. */
const struct osmflow_view_entry *osmflow_view_find(const struct osmflow_view *view, enum osmflow_layer_kind kind,
                                                   enum osmflow_element_type type, int64_t id);

/* Memory for building geometries, one per reader. */
struct osmflow_view_shape {
  struct osmflow_area area;
  struct osmflow_area_way *ways;
  struct osmflow_position *positions;
  size_t way_count, way_capacity, position_count, position_capacity;
  bool is_complete; /* every node and member was there */
};
void osmflow_view_shape_init(struct osmflow_view_shape *shape);
void osmflow_view_shape_clear(struct osmflow_view_shape *shape);

/* Appends the known positions of a way as one more of shape->ways; is_complete becomes false when one is missing. */
enum osmflow_status osmflow_view_add_way(const struct osmflow_store *store, const struct osmflow_way *way,
                                         struct osmflow_view_shape *shape,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_view_shape_reset(struct osmflow_view_shape *shape);
/* Assembles the area of a multipolygon entry into shape->area (problem set when there is none). */
enum osmflow_status osmflow_view_area(const struct osmflow_view *view, const struct osmflow_view_entry *entry,
                                      struct osmflow_view_shape *shape, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether a closed way is tagged as an area. */
bool osmflow_view_is_area_way(const struct osmflow_view *view, const struct osmflow_way *way);

#endif
