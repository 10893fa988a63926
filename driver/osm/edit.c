#include "osm/edit.h"

#include "osm/edit_parts.h"

static enum osmflow_status check_shape(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                       const struct osmflow_edit_shape *shape, struct osmflow_error *error) {
  /* Whether it is on Earth; what of it is within the bounds is decided where nodes are made and moved. */
  struct osmflow_edit_options anywhere = *options;
  enum osmflow_status status = OSMFLOW_OK;
  anywhere.has_bounds = false;
  for (size_t i = 0; i < shape->part_count; i++)
    if (shape->parts[i].first > shape->position_count ||
        shape->parts[i].count > shape->position_count - shape->parts[i].first || shape->parts[i].count == 0)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the geometry has a part without vertices");
  for (size_t i = 0; status == OSMFLOW_OK && i < shape->position_count; i++)
    status = osmflow_edit_check_place(&anywhere, shape->positions[i], error);
  if (status == OSMFLOW_OK && kind == OSMFLOW_POINTS &&
      !(shape->part_count == 1 && shape->parts[0].kind == OSMFLOW_PART_POINT && shape->parts[0].count == 1))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a feature of points needs one point as its geometry");
  if (status == OSMFLOW_OK && kind == OSMFLOW_LINES &&
      !(shape->part_count == 1 && shape->parts[0].kind == OSMFLOW_PART_LINE))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a feature of lines needs one line as its geometry");
  if (status == OSMFLOW_OK && shape->part_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no geometry");
  return status;
}

static enum osmflow_status check_element(enum osmflow_layer_kind kind, const struct osmflow_edit_element *element,
                                         struct osmflow_error *error) {
  static const bool fits[OSMFLOW_LAYER_KINDS][OSMFLOW_ELEMENT_TYPES] = {
      [OSMFLOW_POINTS] = {[OSMFLOW_NODE] = true},
      [OSMFLOW_LINES] = {[OSMFLOW_WAY] = true},
      [OSMFLOW_MULTILINESTRINGS] = {[OSMFLOW_RELATION] = true},
      [OSMFLOW_MULTIPOLYGONS] = {[OSMFLOW_WAY] = true, [OSMFLOW_RELATION] = true},
      [OSMFLOW_OTHER_RELATIONS] = {[OSMFLOW_RELATION] = true}};
  if (fits[kind][element->type])
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a %s is no feature of %s",
                           osmflow_element_type_names[element->type], osmflow_layer_name(kind));
}

static enum osmflow_status create_line(const struct osmflow_edit_options *options, const struct osmflow_edit_tags *tags,
                                       const struct osmflow_edit_shape *shape, int64_t *way,
                                       struct osmflow_error *error) {
  struct osmflow_edit_ids nodes = {0}, ways = {0};
  enum osmflow_status status =
      osmflow_edit_place(options, shape->positions + shape->parts[0].first, shape->parts[0].count, &nodes, error);
  if (status == OSMFLOW_OK && nodes.count < 2)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a line needs two vertices at different places");
  if (status == OSMFLOW_OK)
    status = osmflow_edit_make_way(options, tags, nodes.items, nodes.count, &ways, error);
  if (status == OSMFLOW_OK)
    *way = ways.items[0];
  osmflow_edit_ids_clear(&nodes);
  osmflow_edit_ids_clear(&ways);
  return status;
}

enum osmflow_status osmflow_edit_create(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                        const struct osmflow_edit_tags *tags, const struct osmflow_edit_shape *shape,
                                        struct osmflow_edit_element *made, struct osmflow_error *error) {
  const size_t mark = osmflow_drafts_mark(options->drafts);
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  enum osmflow_status status = check_shape(options, kind, shape, error);
  if (status != OSMFLOW_OK)
    return status;
  switch (kind) {
    case OSMFLOW_POINTS:
      status = osmflow_edit_create_point(options, tags, shape->positions[shape->parts[0].first], &element.id, error);
      break;
    case OSMFLOW_LINES:
      element.type = OSMFLOW_WAY;
      status = create_line(options, tags, shape, &element.id, error);
      break;
    case OSMFLOW_MULTIPOLYGONS:
      status = osmflow_edit_create_area(options, tags, shape, &element, error);
      break;
    default:
      status = osmflow_edit_create_relation(options, kind, tags, shape, &element, error);
      break;
  }
  if (status != OSMFLOW_OK)
    osmflow_drafts_rollback(options->drafts, mark);
  else
    *made = element;
  return status;
}

static enum osmflow_status change_line(const struct osmflow_edit_options *options,
                                       const struct osmflow_edit_shape *shown, const struct osmflow_edit_shape *shape,
                                       int64_t way, struct osmflow_error *error) {
  return osmflow_edit_reshape_line(options, way, shown->positions, shown->position_count,
                                   shape->positions + shape->parts[0].first, shape->parts[0].count, error);
}

static enum osmflow_status change_simple(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                         const struct osmflow_edit_tags *tags, const struct osmflow_edit_shape *shown,
                                         const struct osmflow_edit_shape *shape, struct osmflow_edit_element *element,
                                         struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (tags)
    status = osmflow_edit_set_tags(options, element->type, element->id, tags, error);
  if (status != OSMFLOW_OK || !shape)
    return status;
  return kind == OSMFLOW_POINTS ? osmflow_edit_change_point(options, shown, shape, &element->id, error)
                                : change_line(options, shown, shape, element->id, error);
}

enum osmflow_status osmflow_edit_change(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                        const struct osmflow_edit_tags *tags, const struct osmflow_edit_shape *shown,
                                        const struct osmflow_edit_shape *shape, struct osmflow_edit_element *element,
                                        struct osmflow_error *error) {
  const size_t mark = osmflow_drafts_mark(options->drafts);
  struct osmflow_edit_element changed = *element;
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = check_element(kind, element, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_find(options, element->type, element->id, &present, error);
  if (status == OSMFLOW_OK && shape)
    status = check_shape(options, kind, shape, error);
  if (status == OSMFLOW_OK && shape && !shown)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "its geometry cannot be changed: none was shown");
  if (status != OSMFLOW_OK)
    return status;
  if (kind == OSMFLOW_POINTS || kind == OSMFLOW_LINES)
    status = change_simple(options, kind, tags, shown, shape, &changed, error);
  else if (kind == OSMFLOW_MULTIPOLYGONS)
    status = osmflow_edit_change_area(options, tags, shown, shape, &changed, error);
  else
    status = osmflow_edit_change_relation(options, kind, tags, shown, shape, changed.id, error);
  if (status != OSMFLOW_OK)
    osmflow_drafts_rollback(options->drafts, mark);
  else
    *element = changed;
  return status;
}

static enum osmflow_status delete_line(const struct osmflow_edit_options *options, int64_t way,
                                       struct osmflow_error *error) {
  struct osmflow_edit_ids nodes = {0};
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_check_not_member(options, OSMFLOW_WAY, way, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < present->ref_count; i++)
    status = osmflow_edit_ids_add(&nodes, present->refs[i], error);
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_delete(options->drafts, OSMFLOW_WAY, way, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_drop_nodes(options, nodes.items, nodes.count, error);
  osmflow_edit_ids_clear(&nodes);
  return status;
}

enum osmflow_status osmflow_edit_delete(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                        const struct osmflow_edit_element *element, struct osmflow_error *error) {
  const size_t mark = osmflow_drafts_mark(options->drafts);
  enum osmflow_status status = check_element(kind, element, error);
  if (status != OSMFLOW_OK)
    return status;
  if (kind == OSMFLOW_POINTS)
    status = osmflow_edit_delete_point(options, element->id, error);
  else if (kind == OSMFLOW_LINES)
    status = delete_line(options, element->id, error);
  else if (kind == OSMFLOW_MULTIPOLYGONS)
    status = osmflow_edit_delete_area(options, element, error);
  else
    status = osmflow_edit_delete_relation(options, element->id, error);
  if (status != OSMFLOW_OK)
    osmflow_drafts_rollback(options->drafts, mark);
  return status;
}
