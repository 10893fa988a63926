/* Members of relations: what edit_area.c, edit_relation.c and edit_split.c share. */
#ifndef OSMFLOW_OSM_EDIT_MEMBERS_H
#define OSMFLOW_OSM_EDIT_MEMBERS_H

#include "osm/edit_parts.h"

/* The members of a relation while they are put together; the roles are borrowed. */
struct osmflow_edit_members {
  struct osmflow_draft_member *items;
  size_t count, capacity;
};
void osmflow_edit_members_clear(struct osmflow_edit_members *members);
enum osmflow_status osmflow_edit_members_add(struct osmflow_edit_members *members, enum osmflow_element_type type,
                                             int64_t ref, const char *role,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_members_insert(struct osmflow_edit_members *members, size_t place,
                                                const struct osmflow_draft_member *member,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_edit_members_copy(struct osmflow_edit_members *members,
                                              const struct osmflow_draft *relation,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A new relation. */
enum osmflow_status osmflow_edit_make_relation(const struct osmflow_edit_options *options,
                                               const struct osmflow_edit_tags *tags,
                                               const struct osmflow_edit_members *members, int64_t *relation,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Nothing is changed where the relation has these members already. */
enum osmflow_status osmflow_edit_set_members(const struct osmflow_edit_options *options, int64_t relation,
                                             const struct osmflow_edit_members *members,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Whether two lines are the same in either direction, or two closed ones whatever vertex they begin with. */
bool osmflow_edit_same_path(const struct osmflow_position *left, size_t left_count,
                            const struct osmflow_position *right, size_t right_count);
/* Where the known nodes of a way are, or were at first; none when there is no such way. free() them. */
enum osmflow_status osmflow_edit_way_positions(const struct osmflow_edit_options *options, bool at_first, int64_t way,
                                               struct osmflow_position **positions, size_t *count,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* An existing way that is the same path; 0 when there is none. */
enum osmflow_status osmflow_edit_find_way(const struct osmflow_edit_options *options,
                                          const struct osmflow_position *positions, size_t count, int64_t *way,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Deletes a way with its unused untagged nodes, whatever uses the way. */
enum osmflow_status osmflow_edit_delete_way(const struct osmflow_edit_options *options, int64_t way,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Deletes a way in the same manner, if it has no tags and nothing uses it. */
enum osmflow_status osmflow_edit_drop_way(const struct osmflow_edit_options *options, int64_t way,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The value of a tag, data NULL when there is none. */
struct osmflow_text osmflow_edit_tag(const struct osmflow_edit_tags *tags, const char *key);
/* The tags without `left_out` (may be NULL) and with `key` set to `value` (data NULL: without it). `room` has
 * count + 1 places. */
struct osmflow_edit_tags osmflow_edit_tags_with(const struct osmflow_edit_tags *tags, const char *left_out,
                                                const char *key, struct osmflow_text value,
                                                struct osmflow_tag_view *room);
bool osmflow_edit_is_closed(const int64_t *nodes, size_t count);
/* "9.5200000,47.1300000": for messages. Returns the buffer. */
enum { OSMFLOW_EDIT_PLACE_SIZE = 72 };
const char *osmflow_edit_place_name(struct osmflow_position position, char buffer[OSMFLOW_EDIT_PLACE_SIZE]);

#endif
