/* What the files of merge.c share. */
#ifndef OSMFLOW_OSM_MERGE_PARTS_H
#define OSMFLOW_OSM_MERGE_PARTS_H

#include "osm/merge.h"

struct osmflow_merge_work {
  const struct osmflow_draft *base; /* NULL: unknown */
  const struct osmflow_draft *mine, *theirs;
  struct osmflow_bytes *conflict;
  size_t collisions;
};

/* Lists of node ids, or of members as numbers: members[number]. */
struct osmflow_merge_list {
  const int64_t *items;
  size_t count;
};
struct osmflow_merge_lists {
  struct osmflow_merge_list base, mine, theirs;
  const struct osmflow_draft_member *members; /* NULL: node ids */
};

/* merge_text.c: one collision each. Only the first few are shown; the end says how many more there are. */
enum osmflow_status osmflow_merge_show_tag(struct osmflow_merge_work *work, const struct osmflow_tag_view *was,
                                           const struct osmflow_tag_view *wrote, const struct osmflow_tag_view *has,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_merge_show_position(struct osmflow_merge_work *work,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_merge_show_lists(struct osmflow_merge_work *work, const struct osmflow_merge_lists *lists,
                                             const char *what, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_merge_show_deletion(struct osmflow_merge_work *work,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_merge_show_end(struct osmflow_merge_work *work,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* merge_list.c: *merged (free() it), unless it collides. A ring stays a ring. */
enum osmflow_status osmflow_merge_refs(struct osmflow_merge_work *work, int64_t **merged, size_t *count,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_merge_members(struct osmflow_merge_work *work, struct osmflow_draft_member **merged,
                                          size_t *count, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
