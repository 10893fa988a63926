#include "osm/edit_parts.h"

/* The untagged node at exactly this place that a new point becomes: rather one that ways use. */
static enum osmflow_status find_untagged(const struct osmflow_edit_options *options, struct osmflow_position position,
                                         int64_t *node, bool *found, struct osmflow_error *error) {
  struct osmflow_parents nodes, users;
  bool is_used = false;
  osmflow_parents_init(&nodes);
  osmflow_parents_init(&users);
  *found = false;
  enum osmflow_status status = osmflow_drafts_nodes_at(options->drafts, position.lon, position.lat, &nodes, error);
  for (size_t i = 0; status == OSMFLOW_OK && !is_used && i < nodes.count; i++) {
    const struct osmflow_draft *draft = NULL;
    status = osmflow_drafts_get(options->drafts, OSMFLOW_NODE, nodes.items[i].id, &draft, error);
    if (status != OSMFLOW_OK || !draft || draft->tag_count > 0)
      continue;
    status = osmflow_drafts_parents(options->drafts, OSMFLOW_NODE, nodes.items[i].id, &users, error);
    for (size_t j = 0; j < users.count; j++)
      is_used = is_used || users.items[j].type == OSMFLOW_WAY;
    if (!*found || is_used)
      *node = nodes.items[i].id;
    *found = true;
  }
  osmflow_parents_clear(&nodes);
  osmflow_parents_clear(&users);
  return status;
}

enum osmflow_status osmflow_edit_create_point(const struct osmflow_edit_options *options,
                                              const struct osmflow_edit_tags *tags, struct osmflow_position position,
                                              int64_t *node, struct osmflow_error *error) {
  bool found = false;
  const enum osmflow_status status = find_untagged(options, position, node, &found, error);
  if (status != OSMFLOW_OK)
    return status;
  return found ? osmflow_edit_set_tags(options, OSMFLOW_NODE, *node, tags, error)
               : osmflow_edit_make_node(options, position, tags, node, error);
}

/* The ways that use a node, as SHARED_NODES sees them: *has_to_leave tells that the point gets a node of its own. */
static enum osmflow_status check_shared_point(const struct osmflow_edit_options *options, int64_t node,
                                              bool *has_to_leave, struct osmflow_error *error) {
  struct osmflow_parents users;
  char names[OSMFLOW_EDIT_USERS_SIZE];
  size_t count = 0;
  bool is_used = false;
  *has_to_leave = false;
  if (options->shared == OSMFLOW_SHARED_MOVE)
    return OSMFLOW_OK;
  osmflow_parents_init(&users);
  enum osmflow_status status = osmflow_drafts_parents(options->drafts, OSMFLOW_NODE, node, &users, error);
  for (size_t i = 0; i < users.count; i++)
    is_used = is_used || users.items[i].type == OSMFLOW_WAY;
  osmflow_parents_clear(&users);
  if (status == OSMFLOW_OK && is_used && options->shared == OSMFLOW_SHARED_REFUSE) {
    status = osmflow_edit_users(options, OSMFLOW_NODE, node, NULL, &count, names, error);
    if (status == OSMFLOW_OK)
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                 "node %lld is also used by %s, so it is not moved (SHARED_NODES=MOVE moves it for "
                                 "all, SHARED_NODES=SPLIT for this feature only)",
                                 (long long)node, names);
  }
  *has_to_leave = is_used;
  return status == OSMFLOW_OK && is_used ? osmflow_edit_check_not_member(options, OSMFLOW_NODE, node, error) : status;
}

/* The node's tags go to a node of their own. */
static enum osmflow_status leave_node(const struct osmflow_edit_options *options, struct osmflow_position position,
                                      int64_t *node, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  const struct osmflow_edit_tags none = {NULL, 0};
  const int64_t old = *node;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_NODE, old, &present, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_edit_tags tags = {present->tags, present->tag_count};
    status = osmflow_edit_create_point(options, &tags, position, node, error);
  }
  return status == OSMFLOW_OK ? osmflow_edit_set_tags(options, OSMFLOW_NODE, old, &none, error) : status;
}

enum osmflow_status osmflow_edit_change_point(const struct osmflow_edit_options *options,
                                              const struct osmflow_edit_shape *shown,
                                              const struct osmflow_edit_shape *shape, int64_t *node,
                                              struct osmflow_error *error) {
  const struct osmflow_position position = shape->positions[shape->parts[0].first];
  const struct osmflow_draft *present = NULL;
  bool has_to_leave = false;
  if (shown->position_count == 1 && osmflow_edit_same_place(shown->positions[0], position))
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_NODE, *node, &present, error);
  if (status != OSMFLOW_OK || (present->lon == position.lon && present->lat == position.lat))
    return status;
  status = check_shared_point(options, *node, &has_to_leave, error);
  if (status != OSMFLOW_OK)
    return status;
  return has_to_leave ? leave_node(options, position, node, error)
                      : osmflow_edit_move_node(options, *node, position, error);
}

enum osmflow_status osmflow_edit_delete_point(const struct osmflow_edit_options *options, int64_t node,
                                              struct osmflow_error *error) {
  const struct osmflow_edit_tags none = {NULL, 0};
  const struct osmflow_draft *present = NULL;
  char names[OSMFLOW_EDIT_USERS_SIZE];
  size_t count = 0;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_NODE, node, &present, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_check_not_member(options, OSMFLOW_NODE, node, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_users(options, OSMFLOW_NODE, node, NULL, &count, names, error);
  if (status != OSMFLOW_OK)
    return status;
  if (count == 0)
    return osmflow_drafts_delete(options->drafts, OSMFLOW_NODE, node, error);
  if (present->tag_count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "node %lld has no tags to delete, and %s needs it",
                             (long long)node, names);
  return osmflow_edit_set_tags(options, OSMFLOW_NODE, node, &none, error);
}
