/* The working copy of one editor: drafts over a base that is not changed (what was downloaded or last saved).
 *
 * Everything asked here is the present state: the draft where there is one, else the base. Each change is kept in an
 * undo list, so that a transaction, or one edit that fails half way, can be taken back.
 * Owner: the caller (_new/_free); the base store must outlive it. One thread at a time. */
#ifndef OSMFLOW_OSM_DRAFTS_H
#define OSMFLOW_OSM_DRAFTS_H

#include "osm/draft.h"

struct osmflow_drafts;

/* New elements get the ids `first_placeholder`, `first_placeholder` - 1, ...; where the base has, or refers to, ids as
 * low as that, they begin below those. No id is given twice, not even after a rollback. */
enum osmflow_status osmflow_drafts_new(const struct osmflow_store *base, int64_t first_placeholder,
                                       struct osmflow_drafts **drafts, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_drafts_free(struct osmflow_drafts *drafts); /* NULL is fine */
const struct osmflow_store *osmflow_drafts_base(const struct osmflow_drafts *drafts);
/* The placeholder the next new element gets. */
int64_t osmflow_drafts_next_placeholder(const struct osmflow_drafts *drafts);

/* The present state; *found = NULL when there is no such element here, or it is deleted. Borrowed until the working
 * copy changes that element. */
enum osmflow_status osmflow_drafts_get(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                       const struct osmflow_draft **found,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The base's state, the same way; borrowed as long as the working copy lives. */
enum osmflow_status osmflow_drafts_original(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                            const struct osmflow_draft **found,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What labels the drafts of the following changes (copied): "lines 123". */
enum osmflow_status osmflow_drafts_set_label(struct osmflow_drafts *drafts, const char *label,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Makes a copy of `wish` the present state. wish->id 0: a new element, *id is its placeholder; else *id = wish->id.
 * The version is taken from the base, whatever `wish` says; the label is the one set, unless the element has one
 * already. `id` may be NULL. A wish with visible = false deletes: an element of the base becomes a draft to be deleted,
 * a new one is forgotten; deleting what is deleted already changes nothing. OSMFLOW_NOT_FOUND: neither the base nor
 * the drafts have wish->id. */
enum osmflow_status osmflow_drafts_put(struct osmflow_drafts *drafts, const struct osmflow_draft *wish, int64_t *id,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_drafts_delete(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The ways and relations that use an element at present, each once, by type and id. */
struct osmflow_parent {
  enum osmflow_element_type type;
  int64_t id;
};
struct osmflow_parents {
  struct osmflow_parent *items;
  size_t count, capacity;
};
void osmflow_parents_init(struct osmflow_parents *parents);
void osmflow_parents_clear(struct osmflow_parents *parents);
/* Replaces the list. */
enum osmflow_status osmflow_drafts_parents(struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id,
                                           struct osmflow_parents *parents,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The nodes at exactly this place at present, ascending by |id| with the base's first. Replaces the list; the parents'
 * type is OSMFLOW_NODE. */
enum osmflow_status osmflow_drafts_nodes_at(struct osmflow_drafts *drafts, int32_t lon, int32_t lat,
                                            struct osmflow_parents *nodes,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A mark that osmflow_drafts_rollback() goes back to; marks after it become void then. */
size_t osmflow_drafts_mark(const struct osmflow_drafts *drafts);
void osmflow_drafts_rollback(struct osmflow_drafts *drafts, size_t mark);
/* Grows with every change and every rollback that took something back. */
uint64_t osmflow_drafts_generation(const struct osmflow_drafts *drafts);

/* The elements that were ever put, in the order of their first change: `original` NULL for a new one, `present` with
 * visible = false for a deleted one. New ones that were deleted again, and those taken back, are left out; those whose
 * content is the original's again are not. Both are borrowed until the next change. */
size_t osmflow_drafts_count(const struct osmflow_drafts *drafts);
void osmflow_drafts_at(const struct osmflow_drafts *drafts, size_t index, const struct osmflow_draft **original,
                       const struct osmflow_draft **present);
/* Whether the element was put and not taken back. */
bool osmflow_drafts_touches(const struct osmflow_drafts *drafts, enum osmflow_element_type type, int64_t id);

#endif
