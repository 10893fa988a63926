#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "osm/edit_relation_parts.h"

/* A part as it was shown, and its member. */
struct part {
  size_t member; /* index into the relation's members */
  size_t wanted; /* the part it became, or OSMFLOW_SEQUENCE_NONE */
  int64_t ref;   /* what it is afterwards */
};

struct change {
  const struct osmflow_edit_options *options;
  struct osmflow_edit_options unlimited; /* ways that get too long are cut when the members are right */
  const struct osmflow_edit_shape *shown, *wanted;
  struct osmflow_edit_members members; /* as they were */
  size_t *part_of;                     /* for each member: the part it is, or OSMFLOW_SEQUENCE_NONE */
  struct part *parts;                  /* one for each part shown */
  size_t *shown_of;                    /* for each part wanted: what it was, or OSMFLOW_SEQUENCE_NONE */
};

static const struct osmflow_position *positions_of(const struct osmflow_edit_shape *shape, size_t part) {
  return shape->positions + shape->parts[part].first;
}

static bool is_same_part(const struct osmflow_edit_shape *left, size_t left_part,
                         const struct osmflow_edit_shape *right, size_t right_part) {
  const struct osmflow_edit_part *one = &left->parts[left_part], *other = &right->parts[right_part];
  return one->kind == other->kind && osmflow_edit_same_path(positions_of(left, left_part), one->count,
                                                            positions_of(right, right_part), other->count);
}

/* Whether a member is, or was at first, where a part was shown; *has_part false: it has no geometry of its own. */
static enum osmflow_status compare_member(const struct change *change, const struct osmflow_draft_member *member,
                                          bool at_first, size_t part, bool *has_part, bool *fits,
                                          struct osmflow_error *error) {
  const struct osmflow_draft *node = NULL;
  struct osmflow_position *positions = NULL, position;
  size_t count = 0;
  enum osmflow_status status = OSMFLOW_OK;
  if (member->type == OSMFLOW_WAY) {
    status = osmflow_edit_way_positions(change->options, at_first, member->ref, &positions, &count, error);
    *has_part = count >= 2;
  } else if (member->type == OSMFLOW_NODE) {
    status = at_first ? osmflow_drafts_original(change->options->drafts, OSMFLOW_NODE, member->ref, &node, error)
                      : osmflow_drafts_get(change->options->drafts, OSMFLOW_NODE, member->ref, &node, error);
    *has_part = node && node->lon != OSMFLOW_NO_POSITION;
    count = *has_part;
    if (*has_part)
      position = (struct osmflow_position){node->lon, node->lat};
  }
  *fits = false;
  if (status == OSMFLOW_OK && *has_part && part < change->shown->part_count) {
    const struct osmflow_edit_part *shown = &change->shown->parts[part];
    *fits = (shown->kind == OSMFLOW_PART_POINT) == (member->type == OSMFLOW_NODE) &&
            osmflow_edit_same_path(member->type == OSMFLOW_NODE ? &position : positions, count,
                                   positions_of(change->shown, part), shown->count);
  }
  free(positions);
  return status;
}

/* The parts are the members that have a geometry, in their order. */
static enum osmflow_status find_members(struct change *change, bool with_nodes, struct osmflow_error *error) {
  size_t part = 0;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->members.count; i++) {
    const struct osmflow_draft_member *member = &change->members.items[i];
    bool has_part = false, had_part = false, fits = false;
    if (member->type == OSMFLOW_RELATION || (member->type == OSMFLOW_NODE && !with_nodes))
      continue;
    status = compare_member(change, member, false, part, &has_part, &fits, error);
    if (status == OSMFLOW_OK && !fits)
      status = compare_member(change, member, true, part, &had_part, &fits, error);
    if (status == OSMFLOW_OK && (has_part || had_part) && !fits)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "its geometry cannot be changed: %s %" PRId64
                               ", a member of it, is not where it was shown. Read it again.",
                               osmflow_element_type_names[member->type], member->ref);
    if (fits) {
      change->part_of[i] = part;
      change->parts[part++] = (struct part){i, OSMFLOW_SEQUENCE_NONE, member->ref};
    }
  }
  if (status == OSMFLOW_OK && part != change->shown->part_count)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "its geometry cannot be changed: %zu parts were shown, and it has %zu. Read it again.",
                               change->shown->part_count, part);
  return status;
}

static void join(struct change *change, size_t shown, size_t wanted) {
  change->parts[shown].wanted = wanted;
  change->shown_of[wanted] = shown;
}

/* Parts that are as they were, first those in their place. */
static void join_same(struct change *change) {
  const size_t shown_count = change->shown->part_count, wanted_count = change->wanted->part_count;
  for (size_t i = 0; i < shown_count && i < wanted_count; i++)
    if (is_same_part(change->shown, i, change->wanted, i))
      join(change, i, i);
  for (size_t i = 0; i < shown_count; i++)
    for (size_t k = 0; change->parts[i].wanted == OSMFLOW_SEQUENCE_NONE && k < wanted_count; k++)
      if (change->shown_of[k] == OSMFLOW_SEQUENCE_NONE && is_same_part(change->shown, i, change->wanted, k))
        join(change, i, k);
}

/* How many vertices of a wanted part were in a shown one. */
static enum osmflow_status count_common(const struct change *change, size_t shown, size_t wanted, size_t *common,
                                        struct osmflow_error *error) {
  const struct osmflow_edit_part *one = &change->shown->parts[shown], *other = &change->wanted->parts[wanted];
  struct osmflow_idmap places;
  enum osmflow_status status = OSMFLOW_OK;
  *common = 0;
  osmflow_idmap_init(&places);
  for (size_t i = 0; status == OSMFLOW_OK && i < one->count; i++)
    status = osmflow_idmap_set(&places, osmflow_edit_pack(positions_of(change->shown, shown)[i]), 0, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < other->count; i++)
    *common +=
        osmflow_idmap_find(&places, osmflow_edit_pack(positions_of(change->wanted, wanted)[i])) != OSMFLOW_IDMAP_NONE;
  osmflow_idmap_clear(&places);
  return status;
}

/* Parts that have most vertices in common are the same one; each wanted one takes the best that is left. */
static enum osmflow_status join_changed(struct change *change, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t k = 0; status == OSMFLOW_OK && k < change->wanted->part_count; k++) {
    size_t best = 0, best_shown = OSMFLOW_SEQUENCE_NONE, common = 0;
    for (size_t i = 0;
         status == OSMFLOW_OK && change->shown_of[k] == OSMFLOW_SEQUENCE_NONE && i < change->shown->part_count; i++) {
      if (change->parts[i].wanted != OSMFLOW_SEQUENCE_NONE ||
          change->shown->parts[i].kind != change->wanted->parts[k].kind)
        continue;
      status = count_common(change, i, k, &common, error);
      if (common > best) {
        best = common;
        best_shown = i;
      }
    }
    if (best_shown != OSMFLOW_SEQUENCE_NONE)
      join(change, best_shown, k);
  }
  return status;
}

/* What has no vertex in common any more was moved as a whole when it stands in the same place of the list, with as
 * many vertices. */
static void join_moved(struct change *change) {
  const size_t count = change->shown->part_count;
  for (size_t i = 0; count == change->wanted->part_count && i < count; i++) {
    const struct osmflow_edit_part *shown = &change->shown->parts[i], *wanted = &change->wanted->parts[i];
    if (change->parts[i].wanted == OSMFLOW_SEQUENCE_NONE && change->shown_of[i] == OSMFLOW_SEQUENCE_NONE &&
        shown->kind == wanted->kind && shown->count == wanted->count)
      join(change, i, i);
  }
}

static enum osmflow_status reshape_part(struct change *change, size_t index, struct osmflow_error *error) {
  struct part *part = &change->parts[index];
  const struct osmflow_edit_part *shown = &change->shown->parts[index], *wanted = &change->wanted->parts[part->wanted];
  const struct osmflow_position *from = positions_of(change->shown, index);
  const struct osmflow_position *to = positions_of(change->wanted, part->wanted);
  if (shown->kind == OSMFLOW_PART_OUTER)
    return osmflow_edit_reshape(&change->unlimited, part->ref, from, shown->count, to, wanted->count, error);
  if (shown->kind == OSMFLOW_PART_LINE)
    return osmflow_edit_reshape_line(&change->unlimited, part->ref, from, shown->count, to, wanted->count, error);
  const struct osmflow_edit_part point = {OSMFLOW_PART_POINT, 0, 1};
  const struct osmflow_edit_shape before = {from, &point, 1, 1}, after = {to, &point, 1, 1};
  return osmflow_edit_change_point(change->options, &before, &after, &part->ref, error);
}

/* A member that comes several times has to become the same everywhere. */
static enum osmflow_status check_twins(const struct change *change, size_t index, struct osmflow_error *error) {
  const struct part *part = &change->parts[index];
  const struct osmflow_draft_member *member = &change->members.items[part->member];
  for (size_t i = 0; i < change->shown->part_count; i++) {
    const struct osmflow_draft_member *other = &change->members.items[change->parts[i].member];
    if (other->type == member->type && other->ref == member->ref && change->parts[i].wanted != OSMFLOW_SEQUENCE_NONE &&
        !is_same_part(change->wanted, part->wanted, change->wanted, change->parts[i].wanted))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "%s %" PRId64 " is a member more than once: change each of its parts in the same way",
                               osmflow_element_type_names[member->type], member->ref);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status reshape_parts(struct change *change, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->shown->part_count; i++) {
    const size_t wanted = change->parts[i].wanted;
    if (wanted == OSMFLOW_SEQUENCE_NONE || is_same_part(change->shown, i, change->wanted, wanted))
      continue;
    status = check_twins(change, i, error);
    if (status == OSMFLOW_OK)
      status = reshape_part(change, i, error);
  }
  return status;
}

/* Members that are no parts stay behind the one they stand behind, or at the beginning. */
static enum osmflow_status add_followers(const struct change *change, size_t from, struct osmflow_edit_members *members,
                                         struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = from; status == OSMFLOW_OK && i < change->members.count; i++) {
    const size_t part = change->part_of[i];
    if (part != OSMFLOW_SEQUENCE_NONE && change->parts[part].wanted != OSMFLOW_SEQUENCE_NONE)
      break;
    if (part == OSMFLOW_SEQUENCE_NONE)
      status = osmflow_edit_members_insert(members, members->count, &change->members.items[i], error);
  }
  return status;
}

static enum osmflow_status write_members(const struct change *change, int64_t relation, struct osmflow_error *error) {
  struct osmflow_edit_members members = {0};
  enum osmflow_status status = add_followers(change, 0, &members, error);
  for (size_t k = 0; status == OSMFLOW_OK && k < change->wanted->part_count; k++) {
    if (change->shown_of[k] == OSMFLOW_SEQUENCE_NONE) {
      status = osmflow_edit_add_part(change->options, change->wanted, k, &members, error);
      continue;
    }
    const struct part *part = &change->parts[change->shown_of[k]];
    struct osmflow_draft_member member = change->members.items[part->member];
    member.ref = part->ref;
    status = osmflow_edit_members_insert(&members, members.count, &member, error);
    if (status == OSMFLOW_OK)
      status = add_followers(change, part->member + 1, &members, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_edit_set_members(change->options, relation, &members, error);
  osmflow_edit_members_clear(&members);
  return status;
}

/* Members that went are deleted when they are nothing by themselves; ways that grew are cut. */
static enum osmflow_status clean_up(const struct change *change, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < change->shown->part_count; i++) {
    const struct part *part = &change->parts[i];
    const struct osmflow_draft *way = NULL;
    struct osmflow_edit_ids pieces = {0};
    int64_t made = 0;
    if (part->wanted == OSMFLOW_SEQUENCE_NONE) {
      status = change->shown->parts[i].kind == OSMFLOW_PART_POINT
                   ? osmflow_edit_drop_nodes(change->options, &part->ref, 1, error)
                   : osmflow_edit_drop_way(change->options, part->ref, error);
    } else if (change->shown->parts[i].kind != OSMFLOW_PART_POINT) {
      status = osmflow_edit_find(change->options, OSMFLOW_WAY, part->ref, &way, error);
      if (status == OSMFLOW_OK && way->ref_count > change->options->most_way_nodes &&
          change->wanted->parts[part->wanted].count > change->shown->parts[i].count)
        status = osmflow_edit_split(change->options, part->ref, &pieces, &made, error);
    }
    osmflow_edit_ids_clear(&pieces);
  }
  return status;
}

static enum osmflow_status begin(struct change *change, enum osmflow_layer_kind kind, int64_t id,
                                 struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  change->unlimited.most_way_nodes = SIZE_MAX;
  change->parts = calloc(change->shown->part_count + 1, sizeof *change->parts);
  change->shown_of = calloc(change->wanted->part_count + 1, sizeof *change->shown_of);
  if (!change->parts || !change->shown_of)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu parts", change->wanted->part_count);
  for (size_t k = 0; k < change->wanted->part_count; k++)
    change->shown_of[k] = OSMFLOW_SEQUENCE_NONE;
  enum osmflow_status status = osmflow_edit_find(change->options, OSMFLOW_RELATION, id, &relation, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_members_copy(&change->members, relation, error);
  if (status == OSMFLOW_OK)
    change->part_of = calloc(change->members.count + 1, sizeof *change->part_of);
  if (status == OSMFLOW_OK && !change->part_of)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu members", change->members.count);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->members.count; i++)
    change->part_of[i] = OSMFLOW_SEQUENCE_NONE;
  return status == OSMFLOW_OK ? find_members(change, kind == OSMFLOW_OTHER_RELATIONS, error) : status;
}

static bool is_same_shape(const struct osmflow_edit_shape *shown, const struct osmflow_edit_shape *wanted) {
  bool same = shown->part_count == wanted->part_count;
  for (size_t i = 0; same && i < shown->part_count; i++)
    same = is_same_part(shown, i, wanted, i);
  return same;
}

enum osmflow_status osmflow_edit_change_parts(const struct osmflow_edit_options *options, enum osmflow_layer_kind kind,
                                              const struct osmflow_edit_shape *shown,
                                              const struct osmflow_edit_shape *wanted, int64_t relation,
                                              struct osmflow_error *error) {
  struct change change = {.options = options, .unlimited = *options, .shown = shown, .wanted = wanted};
  if (is_same_shape(shown, wanted))
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_edit_check_parts(kind, wanted, error);
  if (status == OSMFLOW_OK)
    status = begin(&change, kind, relation, error);
  if (status == OSMFLOW_OK) {
    join_same(&change);
    status = join_changed(&change, error);
  }
  if (status == OSMFLOW_OK) {
    join_moved(&change);
    status = reshape_parts(&change, error);
  }
  if (status == OSMFLOW_OK)
    status = write_members(&change, relation, error);
  if (status == OSMFLOW_OK)
    status = clean_up(&change, error);
  osmflow_edit_members_clear(&change.members);
  free(change.part_of);
  free(change.parts);
  free(change.shown_of);
  return status;
}
