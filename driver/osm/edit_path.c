#include <stdlib.h>
#include <string.h>

#include "osm/edit_shown.h"
#include "osm/sequence.h"

enum osmflow_status osmflow_edit_place(const struct osmflow_edit_options *options,
                                       const struct osmflow_position *positions, size_t count,
                                       struct osmflow_edit_ids *nodes, struct osmflow_error *error) {
  struct osmflow_idmap states;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_idmap_init(&states);
  for (size_t i = 0; status == OSMFLOW_OK && i < nodes->count; i++)
    status = osmflow_idmap_set(&states, nodes->items[i], OSMFLOW_EDIT_STAYS, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    int64_t node = 0;
    status = osmflow_edit_place_node(options, positions[i], &states, &node, error);
    if (status == OSMFLOW_OK && (nodes->count == 0 || nodes->items[nodes->count - 1] != node))
      status = osmflow_edit_ids_add(nodes, node, error);
  }
  osmflow_idmap_clear(&states);
  return status;
}

/* One change of a way's path. */
struct reshape {
  const struct osmflow_edit_options *options;
  int64_t way;
  bool is_ring;
  struct osmflow_edit_shown seen;
  struct osmflow_position *wanted;
  size_t wanted_count;
  size_t *match;                     /* of `wanted` in what was shown */
  size_t *shown_present;             /* of what was shown in the present path */
  bool *is_extra;                    /* of the present path: not shown, put there by another edit */
  struct osmflow_idmap states;       /* of nodes: OSMFLOW_EDIT_STAYS, OSMFLOW_EDIT_LEAVES */
  struct osmflow_idmap shown_places; /* the vertex shown at a place */
  size_t next;                       /* of the present path: not looked at yet */
  struct osmflow_edit_ids nodes;     /* what the way is to be */
  bool is_first_new, is_last_new;    /* of `nodes` */
};

static void reshape_clear(struct reshape *reshape) {
  osmflow_edit_shown_clear(&reshape->seen);
  free(reshape->wanted);
  free(reshape->match);
  free(reshape->shown_present);
  free(reshape->is_extra);
  osmflow_idmap_clear(&reshape->states);
  osmflow_idmap_clear(&reshape->shown_places);
  osmflow_edit_ids_clear(&reshape->nodes);
}

static enum osmflow_status reshape_reserve(struct reshape *reshape, size_t shown_count, struct osmflow_error *error) {
  const size_t present_count = reshape->seen.present.count;
  reshape->shown_present = malloc((shown_count + 1) * sizeof *reshape->shown_present);
  reshape->is_extra = malloc((present_count + 1) * sizeof *reshape->is_extra);
  if (!reshape->shown_present || !reshape->is_extra)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", shown_count + present_count);
  return OSMFLOW_OK;
}

/* Finds what was shown in the present path, by the nodes. */
static enum osmflow_status find_shown(struct reshape *reshape, struct osmflow_error *error) {
  const struct osmflow_edit_path *present = &reshape->seen.present, *shown = &reshape->seen.shown;
  size_t length;
  enum osmflow_status status = reshape_reserve(reshape, shown->count, error);
  if (status == OSMFLOW_OK)
    status = osmflow_sequence_match(present->ids, present->count, shown->ids, shown->count, reshape->shown_present,
                                    &length, error);
  if (status != OSMFLOW_OK)
    return status;
  memset(reshape->is_extra, true, present->count);
  for (size_t i = 0; status == OSMFLOW_OK && i < shown->count; i++) {
    uint32_t *place;
    if (reshape->shown_present[i] != OSMFLOW_SEQUENCE_NONE)
      reshape->is_extra[reshape->shown_present[i]] = false;
    status = osmflow_idmap_place(&reshape->shown_places, osmflow_edit_pack(shown->positions[i]), &place, error);
    if (status == OSMFLOW_OK && *place == OSMFLOW_IDMAP_NONE)
      *place = (uint32_t)i;
  }
  return status;
}

static bool is_kept(const struct reshape *reshape, size_t vertex) {
  const size_t shown = reshape->match[vertex];
  return shown != OSMFLOW_SEQUENCE_NONE &&
         osmflow_edit_same_place(reshape->wanted[vertex], reshape->seen.shown.positions[shown]);
}

/* The node that was shown at the place of a vertex. */
static int64_t shown_node(const struct reshape *reshape, size_t vertex) {
  const uint32_t shown = osmflow_idmap_find(&reshape->shown_places, osmflow_edit_pack(reshape->wanted[vertex]));
  if (is_kept(reshape, vertex))
    return reshape->seen.shown.ids[reshape->match[vertex]];
  return shown == OSMFLOW_IDMAP_NONE ? OSMFLOW_EDIT_NO_NODE : reshape->seen.shown.ids[shown];
}

/* Which nodes stay where they are, and which are to move. Staying wins where a node comes twice. */
static enum osmflow_status decide_states(struct reshape *reshape, struct osmflow_error *error) {
  const struct osmflow_edit_path *present = &reshape->seen.present, *shown = &reshape->seen.shown;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t j = 0; status == OSMFLOW_OK && j < reshape->wanted_count; j++)
    if (reshape->match[j] != OSMFLOW_SEQUENCE_NONE && shown->ids[reshape->match[j]] != OSMFLOW_EDIT_NO_NODE)
      status = osmflow_idmap_set(&reshape->states, shown->ids[reshape->match[j]], OSMFLOW_EDIT_LEAVES, error);
  for (size_t j = 0; status == OSMFLOW_OK && j < reshape->wanted_count; j++)
    if (shown_node(reshape, j) != OSMFLOW_EDIT_NO_NODE)
      status = osmflow_idmap_set(&reshape->states, shown_node(reshape, j), OSMFLOW_EDIT_STAYS, error);
  for (size_t k = 0; status == OSMFLOW_OK && k < present->count; k++)
    if (reshape->is_extra[k])
      status = osmflow_idmap_set(&reshape->states, present->ids[k], OSMFLOW_EDIT_STAYS, error);
  return status;
}

/* Neighbours that became the same node are one; those that were the same before are left alone. */
static enum osmflow_status add_node(struct reshape *reshape, int64_t node, bool is_new, struct osmflow_error *error) {
  struct osmflow_edit_ids *nodes = &reshape->nodes;
  const bool was_last_new = reshape->is_last_new;
  reshape->is_last_new = is_new;
  if (nodes->count == 0)
    reshape->is_first_new = is_new;
  else if (nodes->items[nodes->count - 1] == node && (is_new || was_last_new))
    return OSMFLOW_OK;
  return osmflow_edit_ids_add(nodes, node, error);
}

static enum osmflow_status pass_extras(struct reshape *reshape, size_t end, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (; status == OSMFLOW_OK && reshape->next < end; reshape->next++)
    if (reshape->is_extra[reshape->next])
      status = add_node(reshape, reshape->seen.present.ids[reshape->next], false, error);
  return status;
}

/* SHARED_NODES: *is_shared tells that the node has to stay for others. */
static enum osmflow_status check_shared(const struct reshape *reshape, int64_t node, bool *is_shared,
                                        struct osmflow_error *error) {
  const struct osmflow_parent self = {OSMFLOW_WAY, reshape->way};
  char names[OSMFLOW_EDIT_USERS_SIZE];
  size_t count = 0;
  *is_shared = false;
  if (reshape->options->shared == OSMFLOW_SHARED_MOVE)
    return OSMFLOW_OK;
  const enum osmflow_status status =
      osmflow_edit_users(reshape->options, OSMFLOW_NODE, node, &self, &count, names, error);
  *is_shared = count > 0;
  if (status == OSMFLOW_OK && *is_shared && reshape->options->shared == OSMFLOW_SHARED_REFUSE)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "node %lld of way %lld is also used by %s, so it is not moved (SHARED_NODES=MOVE moves it "
                             "for all, SHARED_NODES=SPLIT for this feature only)",
                             (long long)node, (long long)reshape->way, names);
  return status;
}

/* A vertex that moved: a node that is there already takes its place, else its own node moves along, unless that has to
 * stay. */
static enum osmflow_status move_vertex(struct reshape *reshape, int64_t node, struct osmflow_position position,
                                       int64_t *result, struct osmflow_error *error) {
  const struct osmflow_edit_options *options = reshape->options;
  const struct osmflow_draft *present = NULL;
  bool found = false, is_shared = false;
  if (osmflow_idmap_find(&reshape->states, node) != OSMFLOW_EDIT_LEAVES)
    return osmflow_edit_place_node(options, position, &reshape->states, result, error);
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_NODE, node, &present, error);
  *result = node;
  if (status == OSMFLOW_OK && !(present->lon == position.lon && present->lat == position.lat)) {
    status = osmflow_edit_find_node(options, position, &reshape->states, result, &found, error);
    if (status == OSMFLOW_OK && !found)
      status = check_shared(reshape, node, &is_shared, error);
    if (status == OSMFLOW_OK && is_shared)
      status = osmflow_edit_make_node(options, position, NULL, result, error);
    else if (status == OSMFLOW_OK && !found)
      status = osmflow_edit_move_node(options, node, position, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_idmap_set(&reshape->states, node, OSMFLOW_EDIT_STAYS, error);
  return status == OSMFLOW_OK ? osmflow_idmap_set(&reshape->states, *result, OSMFLOW_EDIT_STAYS, error) : status;
}

/* A vertex that is new here; where another node was shown, that one is meant, wherever it is by now. */
static enum osmflow_status insert_vertex(struct reshape *reshape, size_t vertex, int64_t *result,
                                         struct osmflow_error *error) {
  const struct osmflow_draft *draft = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  *result = shown_node(reshape, vertex);
  if (*result != OSMFLOW_EDIT_NO_NODE)
    status = osmflow_drafts_get(reshape->options->drafts, OSMFLOW_NODE, *result, &draft, error);
  return status != OSMFLOW_OK || draft
             ? status
             : osmflow_edit_place_node(reshape->options, reshape->wanted[vertex], &reshape->states, result, error);
}

static enum osmflow_status add_vertex(struct reshape *reshape, size_t vertex, struct osmflow_error *error) {
  const size_t shown = reshape->match[vertex];
  const bool was_shown = shown != OSMFLOW_SEQUENCE_NONE, kept = is_kept(reshape, vertex);
  const int64_t shown_id = was_shown ? reshape->seen.shown.ids[shown] : OSMFLOW_EDIT_NO_NODE;
  const size_t place = was_shown ? reshape->shown_present[shown] : OSMFLOW_SEQUENCE_NONE;
  int64_t node = 0;
  enum osmflow_status status = OSMFLOW_OK;
  if (place != OSMFLOW_SEQUENCE_NONE) {
    status = pass_extras(reshape, place, error);
    reshape->next = place + 1;
  } else if (kept && shown_id != OSMFLOW_EDIT_NO_NODE)
    return OSMFLOW_OK; /* another edit took it out, and this one did not touch it */
  if (status != OSMFLOW_OK)
    return status;
  if (kept && place != OSMFLOW_SEQUENCE_NONE)
    return add_node(reshape, shown_id, false, error);
  status = place != OSMFLOW_SEQUENCE_NONE ? move_vertex(reshape, shown_id, reshape->wanted[vertex], &node, error)
                                          : insert_vertex(reshape, vertex, &node, error);
  return status == OSMFLOW_OK ? add_node(reshape, node, true, error) : status;
}

/* Whether there are at least so many different ones (2 or 3). */
static bool has_different(const int64_t *items, size_t count, size_t least) {
  int64_t seen[3];
  size_t different = 0;
  for (size_t i = 0; i < count && different < least; i++) {
    bool is_known = false;
    for (size_t j = 0; j < different; j++)
      is_known = is_known || seen[j] == items[i];
    if (!is_known)
      seen[different++] = items[i];
  }
  return different >= least;
}

/* Gives the way its nodes. */
static enum osmflow_status finish(struct reshape *reshape, struct osmflow_error *error) {
  const struct osmflow_edit_options *options = reshape->options;
  const struct osmflow_edit_path *present = &reshape->seen.present;
  struct osmflow_edit_ids *nodes = &reshape->nodes, pieces = {0};
  const size_t before = present->count + reshape->is_ring;
  int64_t relation = 0;
  enum osmflow_status status = OSMFLOW_OK;
  while (reshape->is_ring && (reshape->is_first_new || reshape->is_last_new) && nodes->count > 1 &&
         nodes->items[0] == nodes->items[nodes->count - 1])
    nodes->count--;
  if (nodes->count == present->count && memcmp(nodes->items, present->ids, nodes->count * sizeof *nodes->items) == 0)
    return OSMFLOW_OK;
  if (!has_different(nodes->items, nodes->count, reshape->is_ring ? 3 : 2))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "way %lld would keep fewer than %d nodes; delete it instead",
                             (long long)reshape->way, reshape->is_ring ? 3 : 2);
  if (reshape->is_ring)
    status = osmflow_edit_ids_add(nodes, nodes->items[0], error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_refs(options, reshape->way, nodes->items, nodes->count, error);
  if (status == OSMFLOW_OK && nodes->count > options->most_way_nodes && nodes->count > before)
    status = osmflow_edit_split(options, reshape->way, &pieces, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_drop_nodes(options, present->ids, present->count, error);
  osmflow_edit_ids_clear(&pieces);
  return status;
}

static enum osmflow_status build(struct reshape *reshape, struct osmflow_error *error) {
  enum osmflow_status status = find_shown(reshape, error);
  if (status == OSMFLOW_OK)
    status = decide_states(reshape, error);
  for (size_t j = 0; status == OSMFLOW_OK && j < reshape->wanted_count; j++)
    status = add_vertex(reshape, j, error);
  if (status == OSMFLOW_OK)
    status = pass_extras(reshape, reshape->seen.present.count, error);
  return status == OSMFLOW_OK ? finish(reshape, error) : status;
}

static enum osmflow_status check_wanted(const struct reshape *reshape, const struct osmflow_position *wanted,
                                        size_t count, struct osmflow_error *error) {
  int64_t *places = malloc((count + 1) * sizeof *places);
  enum osmflow_status status = OSMFLOW_OK;
  if (!places)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", count);
  for (size_t i = 0; i < count; i++)
    places[i] = osmflow_edit_pack(wanted[i]);
  if (reshape->is_ring && !has_different(places, count, 3))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a ring needs three vertices at different places");
  else if (!has_different(places, count, 2))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a line needs two vertices at different places");
  free(places);
  return status;
}

static enum osmflow_status match_wanted(struct reshape *reshape, const struct osmflow_position *shown,
                                        size_t shown_count, const struct osmflow_position *wanted, size_t wanted_count,
                                        size_t *kept, struct osmflow_error *error) {
  return osmflow_edit_match_path(reshape->is_ring, shown, shown_count, wanted, wanted_count, reshape->wanted,
                                 reshape->match, kept, error);
}

static enum osmflow_status start(struct reshape *reshape, size_t wanted_count, struct osmflow_error *error) {
  osmflow_idmap_init(&reshape->states);
  osmflow_idmap_init(&reshape->shown_places);
  reshape->wanted_count = wanted_count;
  reshape->wanted = malloc((wanted_count + 1) * sizeof *reshape->wanted);
  reshape->match = malloc((wanted_count + 1) * sizeof *reshape->match);
  return reshape->wanted && reshape->match
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu vertices", wanted_count);
}

static enum osmflow_status change_path(struct reshape *reshape, const struct osmflow_position *shown,
                                       size_t shown_count, const struct osmflow_position *wanted, size_t wanted_count,
                                       struct osmflow_error *error) {
  const struct osmflow_edit_path *seen = &reshape->seen.shown;
  size_t kept = 0;
  enum osmflow_status status = start(reshape, wanted_count, error);
  if (status == OSMFLOW_OK)
    status = match_wanted(reshape, shown, shown_count, wanted, wanted_count, &kept, error);
  /* A ring that was only turned is the same one. */
  if (status != OSMFLOW_OK || (kept == wanted_count && kept == shown_count))
    return status;
  status = check_wanted(reshape, wanted, wanted_count, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_shown_load(reshape->options, reshape->way, reshape->is_ring, shown, shown_count,
                                     &reshape->seen, error);
  if (status == OSMFLOW_OK)
    status = match_wanted(reshape, seen->positions, seen->count, wanted, wanted_count, &kept, error);
  return status == OSMFLOW_OK ? build(reshape, error) : status;
}

static bool is_closed(const struct osmflow_position *positions, size_t count) {
  return count > 2 && osmflow_edit_same_place(positions[0], positions[count - 1]);
}

static enum osmflow_status reshape_way(const struct osmflow_edit_options *options, int64_t way, bool may_turn,
                                       const struct osmflow_position *shown, size_t shown_count,
                                       const struct osmflow_position *wanted, size_t wanted_count,
                                       struct osmflow_error *error) {
  struct reshape reshape = {.options = options, .way = way};
  const struct osmflow_draft *present = NULL;
  enum osmflow_status status = osmflow_edit_find(options, OSMFLOW_WAY, way, &present, error);
  if (status == OSMFLOW_OK) {
    reshape.is_ring = may_turn && is_closed(shown, shown_count) && is_closed(wanted, wanted_count) &&
                      present->ref_count > 2 && present->refs[0] == present->refs[present->ref_count - 1];
    status = change_path(&reshape, shown, shown_count - reshape.is_ring, wanted, wanted_count - reshape.is_ring, error);
  }
  reshape_clear(&reshape);
  return status;
}

enum osmflow_status osmflow_edit_reshape(const struct osmflow_edit_options *options, int64_t way,
                                         const struct osmflow_position *shown, size_t shown_count,
                                         const struct osmflow_position *wanted, size_t wanted_count,
                                         struct osmflow_error *error) {
  return reshape_way(options, way, true, shown, shown_count, wanted, wanted_count, error);
}

enum osmflow_status osmflow_edit_reshape_line(const struct osmflow_edit_options *options, int64_t way,
                                              const struct osmflow_position *shown, size_t shown_count,
                                              const struct osmflow_position *wanted, size_t wanted_count,
                                              struct osmflow_error *error) {
  return reshape_way(options, way, false, shown, shown_count, wanted, wanted_count, error);
}
