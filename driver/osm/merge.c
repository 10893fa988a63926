#include "osm/merge.h"

#include <stdlib.h>

#include "osm/merge_parts.h"

/* What comes out of a merge, before it becomes one block. */
struct parts {
  struct osmflow_tag_view *tags;
  int64_t *refs;
  struct osmflow_draft_member *members;
};

/* One of the drafts is the result. */
static enum osmflow_status take(const struct osmflow_merge_work *work, const struct osmflow_draft *chosen,
                                struct osmflow_draft **merged, struct osmflow_error *error) {
  struct osmflow_draft result = *chosen;
  result.id = work->theirs->id;
  result.version = work->theirs->version;
  result.label = work->mine->label;
  return osmflow_draft_copy(&result, merged, error);
}

/* At least one side has deleted the element. */
static enum osmflow_status merge_deletion(struct osmflow_merge_work *work, bool undelete, struct osmflow_draft **merged,
                                          struct osmflow_error *error) {
  const struct osmflow_draft *base = work->base, *mine = work->mine, *theirs = work->theirs;
  if (osmflow_draft_equal(mine, theirs) || (undelete && mine->visible) || (base && osmflow_draft_equal(base, theirs)))
    return take(work, mine, merged, error);
  if (base && osmflow_draft_equal(base, mine))
    return take(work, theirs, merged, error);
  return osmflow_merge_show_deletion(work, error);
}

/* A draft's tags by key. */
struct sorted_tags {
  struct osmflow_tag_view *tags;
  size_t count, next;
};

static int compare_keys(struct osmflow_text left, struct osmflow_text right) {
  const size_t size = left.size < right.size ? left.size : right.size;
  const int order = size > 0 ? memcmp(left.data, right.data, size) : 0;
  return order != 0 ? order : (left.size > right.size) - (left.size < right.size);
}

static int compare_tags(const void *left, const void *right) {
  return compare_keys(((const struct osmflow_tag_view *)left)->key, ((const struct osmflow_tag_view *)right)->key);
}

static enum osmflow_status sort_tags(const struct osmflow_draft *draft, struct sorted_tags *sorted,
                                     struct osmflow_error *error) {
  sorted->tags = calloc(draft->tag_count + 1, sizeof *sorted->tags);
  if (!sorted->tags)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to merge two elements");
  for (size_t i = 0; i < draft->tag_count; i++)
    sorted->tags[sorted->count++] = draft->tags[i];
  qsort(sorted->tags, sorted->count, sizeof *sorted->tags, compare_tags);
  return OSMFLOW_OK;
}

static const struct osmflow_tag_view *first_tag(const struct sorted_tags *sorted) {
  return sorted->next < sorted->count ? &sorted->tags[sorted->next] : NULL;
}

/* The next tag when it has this key. */
static const struct osmflow_tag_view *next_tag(struct sorted_tags *sorted, struct osmflow_text key) {
  const struct osmflow_tag_view *tag = first_tag(sorted);
  if (!tag || !osmflow_text_equal(tag->key, key))
    return NULL;
  sorted->next++;
  return tag;
}

static bool are_same(const struct osmflow_tag_view *left, const struct osmflow_tag_view *right) {
  return left && right ? osmflow_text_equal(left->value, right->value) : left == right;
}

enum { BASE, MINE, THEIRS, SIDES };

static enum osmflow_status merge_sorted(struct osmflow_merge_work *work, struct sorted_tags sides[SIDES],
                                        struct osmflow_tag_view *tags, size_t *count, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK) {
    const struct osmflow_tag_view *least = NULL, *found[SIDES];
    for (size_t i = 0; i < SIDES; i++) {
      const struct osmflow_tag_view *tag = first_tag(&sides[i]);
      least = tag && (!least || compare_keys(tag->key, least->key) < 0) ? tag : least;
    }
    if (!least)
      break;
    for (size_t i = 0; i < SIDES; i++)
      found[i] = next_tag(&sides[i], least->key);
    const struct osmflow_tag_view *chosen = found[MINE];
    if (work->base && are_same(found[MINE], found[BASE]))
      chosen = found[THEIRS];
    else if (!are_same(found[MINE], found[THEIRS]) && !(work->base && are_same(found[THEIRS], found[BASE])))
      status = osmflow_merge_show_tag(work, found[BASE], found[MINE], found[THEIRS], error);
    if (chosen)
      tags[(*count)++] = *chosen;
  }
  return status;
}

static enum osmflow_status merge_tags(struct osmflow_merge_work *work, struct osmflow_tag_view **tags, size_t *count,
                                      struct osmflow_error *error) {
  const struct osmflow_draft *drafts[SIDES] = {work->base, work->mine, work->theirs};
  struct sorted_tags sides[SIDES] = {0};
  enum osmflow_status status = OSMFLOW_OK;
  size_t most = 1;
  for (size_t i = 0; i < SIDES && status == OSMFLOW_OK; i++)
    if (drafts[i]) {
      status = sort_tags(drafts[i], &sides[i], error);
      most += drafts[i]->tag_count;
    }
  if (status == OSMFLOW_OK) {
    *tags = calloc(most, sizeof **tags);
    status = *tags ? merge_sorted(work, sides, *tags, count, error)
                   : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to merge two elements");
  }
  for (size_t i = 0; i < SIDES; i++)
    free(sides[i].tags);
  return status;
}

static bool is_same_place(const struct osmflow_draft *left, const struct osmflow_draft *right) {
  return left->lon == right->lon && left->lat == right->lat;
}

static enum osmflow_status merge_position(struct osmflow_merge_work *work, struct osmflow_draft *result,
                                          struct osmflow_error *error) {
  const struct osmflow_draft *chosen = work->mine;
  enum osmflow_status status = OSMFLOW_OK;
  if (work->base && is_same_place(work->mine, work->base))
    chosen = work->theirs;
  else if (!is_same_place(work->mine, work->theirs) && !(work->base && is_same_place(work->theirs, work->base)))
    status = osmflow_merge_show_position(work, error);
  result->lon = chosen->lon;
  result->lat = chosen->lat;
  return status;
}

static enum osmflow_status merge_content(struct osmflow_merge_work *work, struct osmflow_draft **merged,
                                         struct osmflow_error *error) {
  struct osmflow_draft result = {
      .type = work->theirs->type, .visible = true, .lon = OSMFLOW_NO_POSITION, .lat = OSMFLOW_NO_POSITION};
  struct parts parts = {0};
  enum osmflow_status status = merge_tags(work, &parts.tags, &result.tag_count, error);
  if (status == OSMFLOW_OK && result.type == OSMFLOW_NODE)
    status = merge_position(work, &result, error);
  if (status == OSMFLOW_OK && result.type == OSMFLOW_WAY)
    status = osmflow_merge_refs(work, &parts.refs, &result.ref_count, error);
  if (status == OSMFLOW_OK && result.type == OSMFLOW_RELATION)
    status = osmflow_merge_members(work, &parts.members, &result.member_count, error);
  result.tags = parts.tags;
  result.refs = parts.refs;
  result.members = parts.members;
  if (status == OSMFLOW_OK)
    status = work->collisions == 0 ? take(work, &result, merged, error) : osmflow_merge_show_end(work, error);
  free(parts.tags);
  free(parts.refs);
  free(parts.members);
  return status;
}

enum osmflow_status osmflow_merge(const struct osmflow_draft *base, const struct osmflow_draft *mine,
                                  const struct osmflow_draft *theirs, const struct osmflow_merge_options *options,
                                  struct osmflow_draft **merged, struct osmflow_bytes *conflict,
                                  struct osmflow_error *error) {
  const struct osmflow_draft empty = {.type = theirs->type,
                                      .visible = true,
                                      .version = base ? base->version : 0,
                                      .lon = OSMFLOW_NO_POSITION,
                                      .lat = OSMFLOW_NO_POSITION};
  struct osmflow_merge_work work = {.base = base, .mine = mine, .theirs = theirs, .conflict = conflict};
  *merged = NULL;
  if (!base && mine->version != 0 && mine->version == theirs->version)
    work.base = theirs; /* nobody changed it since */
  if (!mine->visible || !theirs->visible)
    return merge_deletion(&work, options->undelete, merged, error);
  if (work.base && !work.base->visible)
    work.base = &empty; /* what a deleted element still holds is what nobody sees */
  return merge_content(&work, merged, error);
}
