/* Edits of the table of members: each row is one member of one relation. Rows are counted as they were before the first
 * edit that is not saved, so that ids stay the same while several of them are changed. */
#include <stdlib.h>

#include "base/number.h"
#include "osm/sequence.h"
#include "source/feature_text.h"
#include "source/raw_layer.h"

struct place {
  int64_t relation;
  struct osmflow_draft_member member; /* as it was */
  int64_t sequence;
  bool is_single; /* none was alike in its relation */
};

/* A number for a member: alike ones have the same. */
static int64_t mark_of(const struct osmflow_draft_member *member) {
  uint64_t mark = 0xCBF29CE484222325ULL ^ ((uint64_t)member->ref * OSMFLOW_ELEMENT_TYPES + (uint64_t)member->type);
  for (size_t i = 0; i < member->role.size; i++)
    mark = (mark ^ (unsigned char)member->role.data[i]) * 0x100000001B3ULL; /* FNV-1a */
  return (int64_t)mark;
}

static bool is_same(const struct osmflow_draft_member *left, const struct osmflow_draft_member *right) {
  return left->type == right->type && left->ref == right->ref && osmflow_text_equal(left->role, right->role);
}

static enum osmflow_status find_place(const struct osmflow_layer *layer, int64_t fid, struct place *place,
                                      struct osmflow_error *error) {
  const struct osmflow_store *store = &osmflow_editor_committed(layer->editor)->store;
  int64_t row = fid;
  for (size_t i = 0; row >= 0 && i < store->relation_count; i++) {
    const struct osmflow_relation *relation = &store->relations[i];
    const int64_t count = relation->member_count;
    if (row < count) {
      place->relation = relation->element.id;
      place->sequence = row;
      place->is_single = true;
      for (int64_t k = 0; k < count; k++) {
        const struct osmflow_member *at = &store->members[relation->first_member + (size_t)k];
        const struct osmflow_member *mine = &store->members[relation->first_member + (size_t)row];
        if (k != row && at->type == mine->type && at->ref == mine->ref && at->role == mine->role)
          place->is_single = false;
        if (k == row)
          place->member = (struct osmflow_draft_member){(enum osmflow_element_type)at->type, at->ref,
                                                        osmflow_pool_text(&store->values, at->role)};
      }
      return OSMFLOW_OK;
    }
    row -= count;
  }
  return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
}

/* Where the member stands in the relation as it is now; the count when it is gone. Of several that are alike (a bus
 * passes a street twice) it is found by those around them. */
static enum osmflow_status find_member(const struct osmflow_layer *layer, const struct osmflow_draft *relation,
                                       const struct place *place, size_t *found, struct osmflow_error *error) {
  const struct osmflow_draft *original = NULL;
  size_t alike = 0, length = 0;
  *found = relation->member_count;
  enum osmflow_status status = osmflow_drafts_original(osmflow_editor_options(layer->editor).drafts, OSMFLOW_RELATION,
                                                       place->relation, &original, error);
  const size_t before = original ? original->member_count : 0;
  int64_t *marks = calloc(before + relation->member_count + 1, sizeof *marks);
  size_t *match = calloc(relation->member_count + 1, sizeof *match);
  if (status == OSMFLOW_OK && (!marks || !match))
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for members");
  for (size_t i = 0; status == OSMFLOW_OK && i < before; i++)
    marks[i] = mark_of(&original->members[i]);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++) {
    marks[before + i] = mark_of(&relation->members[i]);
    alike += is_same(&relation->members[i], &place->member);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_sequence_match(marks, before, marks + before, relation->member_count, match, &length, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++)
    if (is_same(&relation->members[i], &place->member) &&
        (match[i] == (size_t)place->sequence || (alike == 1 && place->is_single)))
      *found = i;
  free(marks);
  free(match);
  return status;
}

/* A relation's members as a list that can be changed. */
static enum osmflow_status open_relation(const struct osmflow_layer *layer, int64_t id, struct osmflow_draft *wish,
                                         struct osmflow_draft_member **members, struct osmflow_error *error) {
  const struct osmflow_draft *relation = NULL;
  struct osmflow_drafts *drafts = osmflow_editor_options(layer->editor).drafts;
  enum osmflow_status status = osmflow_drafts_get(drafts, OSMFLOW_RELATION, id, &relation, error);
  if (status == OSMFLOW_OK && !relation)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no relation %lld here", (long long)id);
  if (status == OSMFLOW_OK) {
    *members = calloc(relation->member_count + 1, sizeof **members);
    if (!*members)
      return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for members");
    if (relation->member_count > 0)
      memcpy(*members, relation->members, relation->member_count * sizeof **members);
    *wish = *relation;
    wish->members = *members;
  }
  return status;
}

static bool says(OGRFeatureH feature, const struct osmflow_feature_update *update, int field) {
  return (!update || osmflow_feature_update_has_field(update, feature, field)) &&
         OGR_F_IsFieldSetAndNotNull(feature, field);
}

/* What the row says now: type, ref and role, where NULL is the empty one. `update` NULL: a new one. */
static enum osmflow_status read_member(OGRFeatureH feature, const struct osmflow_feature_update *update,
                                       struct osmflow_draft_member *member, struct osmflow_error *error) {
  if (says(feature, update, OSMFLOW_RAW_MEMBER_TYPE)) {
    const char *type = OGR_F_GetFieldAsString(feature, OSMFLOW_RAW_MEMBER_TYPE);
    int found = 0;
    while (found < OSMFLOW_ELEMENT_TYPES && strcmp(type, osmflow_element_type_names[found]) != 0)
      found++;
    if (found == OSMFLOW_ELEMENT_TYPES)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the type of a member is node, way or relation, not %.40s",
                               type);
    member->type = (enum osmflow_element_type)found;
  }
  if (says(feature, update, OSMFLOW_RAW_MEMBER_REF))
    member->ref = OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_MEMBER_REF);
  if (!update || osmflow_feature_update_has_field(update, feature, OSMFLOW_RAW_MEMBER_ROLE))
    member->role = osmflow_text(OGR_F_GetFieldAsString(feature, OSMFLOW_RAW_MEMBER_ROLE));
  return osmflow_feature_check_text("the role", member->role, error);
}

static enum osmflow_status put(const struct osmflow_layer *layer, const struct osmflow_draft *wish,
                               struct osmflow_error *error) {
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  return osmflow_edit_put(&options, wish, NULL, error);
}

static void move(struct osmflow_draft_member *members, size_t from, size_t to) {
  const struct osmflow_draft_member moved = members[from];
  if (from < to)
    memmove(members + from, members + from + 1, (to - from) * sizeof *members);
  else
    memmove(members + to + 1, members + to, (from - to) * sizeof *members);
  members[to] = moved;
}

enum osmflow_status osmflow_raw_member_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                              struct osmflow_error *error) {
  struct osmflow_draft wish = {.type = OSMFLOW_RELATION};
  struct osmflow_draft_member *members = NULL, added = {OSMFLOW_NODE, 0, osmflow_text("")};
  if (!OGR_F_IsFieldSetAndNotNull(feature, OSMFLOW_RAW_MEMBER_RELATION) ||
      !OGR_F_IsFieldSetAndNotNull(feature, OSMFLOW_RAW_MEMBER_TYPE) ||
      !OGR_F_IsFieldSetAndNotNull(feature, OSMFLOW_RAW_MEMBER_REF))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a member needs relation_id, type and ref");
  enum osmflow_status status =
      open_relation(layer, OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_MEMBER_RELATION), &wish, &members, error);
  if (status == OSMFLOW_OK)
    status = read_member(feature, NULL, &added, error);
  if (status == OSMFLOW_OK) {
    const size_t last = wish.member_count;
    const int64_t sequence = OGR_F_IsFieldSetAndNotNull(feature, OSMFLOW_RAW_MEMBER_SEQUENCE)
                                 ? OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_MEMBER_SEQUENCE)
                                 : (int64_t)last;
    members[last] = added;
    wish.member_count++;
    if (sequence >= 0 && (uint64_t)sequence < last)
      move(members, last, (size_t)sequence);
    status = put(layer, &wish, error);
  }
  /* Rows are numbered anew when they are read again; until then this one has a number of its own. */
  if (status == OSMFLOW_OK)
    OGR_F_SetFID(feature,
                 (INT64_C(1) << 60) + (int64_t)osmflow_drafts_generation(osmflow_editor_options(layer->editor).drafts));
  free(members);
  return status;
}

enum osmflow_status osmflow_raw_member_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                              const struct osmflow_feature_update *update,
                                              struct osmflow_error *error) {
  struct osmflow_draft wish = {.type = OSMFLOW_RELATION};
  struct osmflow_draft_member *members = NULL;
  struct place place = {0};
  enum osmflow_status status = find_place(layer, OGR_F_GetFID(feature), &place, error);
  if (status == OSMFLOW_OK)
    status = open_relation(layer, place.relation, &wish, &members, error);
  if (status == OSMFLOW_OK) {
    size_t at = 0;
    status = find_member(layer, &wish, &place, &at, error);
    if (status == OSMFLOW_OK && at == wish.member_count)
      status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "this member was changed or taken out already; save first");
    if (status == OSMFLOW_OK && says(feature, update, OSMFLOW_RAW_MEMBER_RELATION) &&
        OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_MEMBER_RELATION) != place.relation)
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                 "a member does not move to another relation: delete it here and add it there");
    if (status == OSMFLOW_OK)
      status = read_member(feature, update, &members[at], error);
    if (status == OSMFLOW_OK && says(feature, update, OSMFLOW_RAW_MEMBER_SEQUENCE)) {
      const int64_t wanted = OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_MEMBER_SEQUENCE);
      if (wanted != place.sequence && wanted >= 0 && (uint64_t)wanted < wish.member_count)
        move(members, at, (size_t)wanted);
    }
    if (status == OSMFLOW_OK)
      status = put(layer, &wish, error);
  }
  free(members);
  return status;
}

enum osmflow_status osmflow_raw_member_remove(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error) {
  struct osmflow_draft wish = {.type = OSMFLOW_RELATION};
  struct osmflow_draft_member *members = NULL;
  struct place place = {0};
  enum osmflow_status status = find_place(layer, fid, &place, error);
  if (status == OSMFLOW_OK)
    status = open_relation(layer, place.relation, &wish, &members, error);
  if (status == OSMFLOW_OK) {
    size_t at = 0;
    status = find_member(layer, &wish, &place, &at, error);
    if (status == OSMFLOW_OK && at == wish.member_count)
      status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
    if (status == OSMFLOW_OK) {
      memmove(members + at, members + at + 1, (wish.member_count - at - 1) * sizeof *members);
      wish.member_count--;
      status = put(layer, &wish, error);
    }
  }
  free(members);
  return status;
}
