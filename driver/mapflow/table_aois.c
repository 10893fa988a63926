/* The AOIs of one processing as one geometry. */
#include <stdio.h>

#include "mapflow/table_parts.h"

enum { LONGEST_PATH = 80 };

static const struct osmflow_tree_node *geometry_of(const struct osmflow_tree_node *aoi) {
  const struct osmflow_tree_node *geometry = osmflow_tree_child(aoi, "geometry");
  const struct osmflow_tree_node *corners = osmflow_tree_child(geometry, "coordinates");
  return corners && corners->kind == OSMFLOW_TREE_ARRAY && corners->first ? geometry : NULL;
}

static bool has_type(const struct osmflow_tree_node *geometry, const char *type) {
  const struct osmflow_tree_node *node = osmflow_tree_child(geometry, "type");
  return node && osmflow_text_is(node->text, type);
}

/* The coordinates of one polygon, or of each of several, divided by commas. */
static enum osmflow_status add_polygons(const struct osmflow_tree_node *geometry, bool *is_first,
                                        struct osmflow_bytes *text, struct osmflow_error *error) {
  const struct osmflow_tree_node *corners = osmflow_tree_child(geometry, "coordinates");
  const bool is_one = has_type(geometry, "Polygon");
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *polygon = is_one ? corners : corners->first; status == OSMFLOW_OK && polygon;
       polygon = is_one ? NULL : polygon->next) {
    status = osmflow_bytes_add_string(text, *is_first ? "" : ",", error);
    *is_first = false;
    if (status == OSMFLOW_OK)
      status = osmflow_tree_print_json(polygon, text, error);
  }
  return status;
}

static enum osmflow_status add_all(const struct osmflow_tree_node *list, struct osmflow_bytes *text,
                                   struct osmflow_error *error) {
  size_t areas = 0, others = 0;
  bool is_first = true;
  for (const struct osmflow_tree_node *aoi = list->first; aoi; aoi = aoi->next) {
    const struct osmflow_tree_node *geometry = geometry_of(aoi);
    const bool is_area = geometry && (has_type(geometry, "Polygon") || has_type(geometry, "MultiPolygon"));
    areas += is_area;
    others += geometry && !is_area;
  }
  if (areas == 0 && others == 0)
    return OSMFLOW_OK;
  enum osmflow_status status =
      osmflow_bytes_add_string(text,
                               others == 0 ? "{\"type\":\"MultiPolygon\",\"coordinates\":["
                                           : "{\"type\":\"GeometryCollection\",\"geometries\":[",
                               error);
  for (const struct osmflow_tree_node *aoi = list->first; status == OSMFLOW_OK && aoi; aoi = aoi->next) {
    const struct osmflow_tree_node *geometry = geometry_of(aoi);
    if (!geometry)
      continue;
    if (others == 0) {
      status = add_polygons(geometry, &is_first, text, error);
      continue;
    }
    status = osmflow_bytes_add_string(text, is_first ? "" : ",", error);
    is_first = false;
    if (status == OSMFLOW_OK)
      status = osmflow_tree_print_json(geometry, text, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(text, "]}", error) : status;
}

enum osmflow_status osmflow_mapflow_aois_print(const struct osmflow_mapflow *mapflow, struct osmflow_text id,
                                               struct osmflow_bytes *geometry, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  char path[LONGEST_PATH];
  if (!osmflow_mapflow_is_id(id))
    return OSMFLOW_OK;
  snprintf(path, sizeof path, "processings/%.36s/aois", id.data);
  enum osmflow_status status = osmflow_mapflow_get(mapflow, path, &tree, &top, &reason);
  if (status == OSMFLOW_NOT_FOUND) /* deleted meanwhile */
    return OSMFLOW_OK;
  if (status == OSMFLOW_OK && top->kind == OSMFLOW_TREE_OBJECT)
    top = osmflow_mapflow_find(top, "results|aois");
  if (status == OSMFLOW_OK && (!top || top->kind != OSMFLOW_TREE_ARRAY))
    status = osmflow_error_set(&reason, OSMFLOW_BAD_DATA, "GET %s: the answer is no list", path);
  if (status == OSMFLOW_OK)
    status = add_all(top, geometry, &reason);
  if (status != OSMFLOW_OK && error)
    *error = reason;
  osmflow_tree_free(tree);
  return status;
}
