#include <stdlib.h>

#include "base/number.h"
#include "osm/edit_parts.h"

enum { MOST_LONGITUDE = 180 * OSMFLOW_DEGREE, MOST_LATITUDE = 90 * OSMFLOW_DEGREE };

enum osmflow_status osmflow_edit_check_place(const struct osmflow_edit_options *options,
                                             struct osmflow_position position, struct osmflow_error *error) {
  const struct osmflow_bbox *bounds = &options->bounds;
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE], shown[OSMFLOW_BBOX_SIZE];
  const bool is_on_earth = position.lon >= -MOST_LONGITUDE && position.lon <= MOST_LONGITUDE &&
                           position.lat >= -MOST_LATITUDE && position.lat <= MOST_LATITUDE;
  if (is_on_earth && (!options->has_bounds || (position.lon >= bounds->min_lon && position.lon <= bounds->max_lon &&
                                               position.lat >= bounds->min_lat && position.lat <= bounds->max_lat)))
    return OSMFLOW_OK;
  osmflow_format_degrees(lon, position.lon);
  osmflow_format_degrees(lat, position.lat);
  if (!is_on_earth)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "there is no such place as longitude %s, latitude %s (-180 to 180, -90 to 90)", lon, lat);
  osmflow_bbox_format(shown, bounds);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "longitude %s, latitude %s is outside of what is here (bbox %s), so it cannot be seen what "
                           "is there already; BOUNDS_CHECK=NO allows it",
                           lon, lat, shown);
}

/* 0 for the best; PASS for one that must not be taken. */
enum { RANK_OWN, RANK_OF_WAYS, RANK_ALONE, RANK_PASS };

static enum osmflow_status rank_node(const struct osmflow_edit_options *options, int64_t node,
                                     const struct osmflow_idmap *states, int *rank, struct osmflow_error *error) {
  const uint32_t state = osmflow_idmap_find(states, node);
  struct osmflow_parents users;
  *rank = state == OSMFLOW_EDIT_LEAVES ? RANK_PASS : RANK_OWN;
  if (state != OSMFLOW_IDMAP_NONE)
    return OSMFLOW_OK;
  osmflow_parents_init(&users);
  const enum osmflow_status status = osmflow_drafts_parents(options->drafts, OSMFLOW_NODE, node, &users, error);
  *rank = RANK_ALONE;
  for (size_t i = 0; i < users.count; i++)
    if (users.items[i].type == OSMFLOW_WAY)
      *rank = RANK_OF_WAYS;
  osmflow_parents_clear(&users);
  return status;
}

enum osmflow_status osmflow_edit_find_node(const struct osmflow_edit_options *options, struct osmflow_position position,
                                           const struct osmflow_idmap *states, int64_t *node, bool *found,
                                           struct osmflow_error *error) {
  struct osmflow_parents nodes;
  int best = RANK_PASS, rank = RANK_PASS;
  osmflow_parents_init(&nodes);
  enum osmflow_status status = osmflow_drafts_nodes_at(options->drafts, position.lon, position.lat, &nodes, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < nodes.count; i++) {
    status = rank_node(options, nodes.items[i].id, states, &rank, error);
    if (status == OSMFLOW_OK && rank < best) {
      best = rank;
      *node = nodes.items[i].id;
    }
  }
  *found = best < RANK_PASS;
  osmflow_parents_clear(&nodes);
  return status;
}

enum osmflow_status osmflow_edit_make_node(const struct osmflow_edit_options *options, struct osmflow_position position,
                                           const struct osmflow_edit_tags *tags, int64_t *node,
                                           struct osmflow_error *error) {
  struct osmflow_draft wish = {.type = OSMFLOW_NODE, .visible = true, .lon = position.lon, .lat = position.lat};
  struct osmflow_tag_view *items = NULL;
  enum osmflow_status status = osmflow_edit_check_place(options, position, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_clean_tags(tags, NULL, &items, &wish.tag_count, error);
  wish.tags = items;
  if (status == OSMFLOW_OK)
    status = osmflow_drafts_put(options->drafts, &wish, node, error);
  free(items);
  return status;
}

enum osmflow_status osmflow_edit_place_node(const struct osmflow_edit_options *options,
                                            struct osmflow_position position, struct osmflow_idmap *states,
                                            int64_t *node, struct osmflow_error *error) {
  bool found = false;
  enum osmflow_status status = osmflow_edit_find_node(options, position, states, node, &found, error);
  if (status == OSMFLOW_OK && !found)
    status = osmflow_edit_make_node(options, position, NULL, node, error);
  return status == OSMFLOW_OK ? osmflow_idmap_set(states, *node, OSMFLOW_EDIT_STAYS, error) : status;
}

enum osmflow_status osmflow_edit_move_node(const struct osmflow_edit_options *options, int64_t node,
                                           struct osmflow_position position, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_NODE, node, &present, error);
  if (status != OSMFLOW_OK || (present->lon == position.lon && present->lat == position.lat))
    return status;
  status = osmflow_edit_check_place(options, position, error);
  if (status != OSMFLOW_OK)
    return status;
  struct osmflow_draft wish = *present;
  wish.lon = position.lon;
  wish.lat = position.lat;
  return osmflow_drafts_put(options->drafts, &wish, NULL, error);
}

enum osmflow_status osmflow_edit_drop_nodes(const struct osmflow_edit_options *options, const int64_t *nodes,
                                            size_t count, struct osmflow_error *error) {
  struct osmflow_parents users;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_parents_init(&users);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const struct osmflow_draft *node = NULL;
    status = osmflow_drafts_get(options->drafts, OSMFLOW_NODE, nodes[i], &node, error);
    if (status != OSMFLOW_OK || !node || node->tag_count > 0)
      continue;
    status = osmflow_drafts_parents(options->drafts, OSMFLOW_NODE, nodes[i], &users, error);
    if (status == OSMFLOW_OK && users.count == 0)
      status = osmflow_drafts_delete(options->drafts, OSMFLOW_NODE, nodes[i], error);
  }
  osmflow_parents_clear(&users);
  return status;
}
