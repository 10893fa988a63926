/* A change: elements to be created, modified and deleted, in an order the server accepts.
 *
 * Order: creates (nodes, ways, relations; relations after those they refer to), with undeletions at the same places,
 * then modifies (nodes, ways, relations), then deletes (relations, parents before their members, then ways, nodes).
 * Modifies of nodes and ways whose base is unknown stand where undeletions do, since they may be some.
 * Relations that refer to each other in a circle are created without the members that come later and completed by a
 * modify of the new element (version 1) behind the creates. So any piece from the front can be sent before the rest.
 * Relations of a circle that are to be deleted stay: the server skips them (if-unused).
 * Owner: the caller (_init/_clear). One thread at a time. Source: osmChange; measured rules of cgimap. */
#ifndef OSMFLOW_OSM_CHANGE_H
#define OSMFLOW_OSM_CHANGE_H

#include "osm/capabilities.h"
#include "osm/drafts.h"

/* What has become of an item. */
enum osmflow_outcome {
  OSMFLOW_OUTCOME_PENDING,
  OSMFLOW_OUTCOME_DONE,       /* on the server as sent */
  OSMFLOW_OUTCOME_MERGED,     /* on the server, joined with somebody else's edit */
  OSMFLOW_OUTCOME_NOT_NEEDED, /* the server already has it so: nothing sent */
  OSMFLOW_OUTCOME_KEPT,       /* a deletion that the server skipped: others use the element */
  OSMFLOW_OUTCOME_CONFLICT,   /* left out: collides with somebody else's edit; `reason` says how */
  OSMFLOW_OUTCOME_REFUSED,    /* left out: the server refuses it, or what it depends on was left out */
};
extern const char *const osmflow_outcome_names[]; /* "pending", "done", "merged", "not needed", ... */

struct osmflow_change_item {
  enum osmflow_element_action action;
  bool if_unused;
  struct osmflow_draft *draft; /* owned: what is to be sent; draft->version: of the element as known, 0 for a create */
  struct osmflow_draft *base;  /* owned: what it was before; NULL for a create, or when unknown */
  enum osmflow_outcome outcome;
  int64_t new_id;       /* DONE, MERGED, NOT_NEEDED: of the element; else 0 */
  uint32_t new_version; /* 0: deleted */
  char *reason;         /* owned; NULL: none */
};

struct osmflow_change {
  struct osmflow_change_item *items; /* in upload order */
  size_t count, capacity;
};

void osmflow_change_init(struct osmflow_change *change);
void osmflow_change_clear(struct osmflow_change *change);

/* What the working copy holds beyond its base, smallest form: an element whose content is the original's again is left
 * out, as is one that is new and deleted again. Deletes are if-unused. */
enum osmflow_status osmflow_change_from_drafts(const struct osmflow_drafts *drafts, struct osmflow_change *change,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* From an osmChange file read into a store that keeps versions. Several steps on one element become one (create and
 * modify: create; create and delete: nothing; modify and delete: delete). Bases are unknown. All deletes are if-unused:
 * a store does not tell which of them the file means so. OSMFLOW_BAD_DATA names the element: no action, a modify or
 * delete without version, a create with an id of the server, a placeholder that nothing creates, a way without nodes,
 * two tags of one key. */
enum osmflow_status osmflow_change_from_store(const struct osmflow_store *store, struct osmflow_change *change,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Adds an item (drafts are copied; `base` may be NULL); osmflow_change_order() afterwards. */
enum osmflow_status osmflow_change_add(struct osmflow_change *change, enum osmflow_element_action action,
                                       bool if_unused, const struct osmflow_draft *draft,
                                       const struct osmflow_draft *base,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Puts the items into the order above; may add the second steps of circles. */
enum osmflow_status osmflow_change_order(struct osmflow_change *change, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Every limit of the API, for every item: the problems as lines, each with the label of its feature and what to do,
 * at most 20 and a count of the rest. OSMFLOW_BAD_ARGUMENT when there is any. Tag: keys and values 255 characters at
 * most, no empty key, no key twice, UTF-8 without control characters but tab and newline; role; coordinates within the
 * world; ways 1 to way_nodes nodes; relations relation_members. */
enum osmflow_status osmflow_change_check(const struct osmflow_change *change,
                                         const struct osmflow_capabilities *capabilities,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Ids that the server gave to placeholders so far, per type. */
struct osmflow_new_ids {
  struct osmflow_idmap places[OSMFLOW_ELEMENT_TYPES]; /* placeholder -> place in `ids` */
  int64_t *ids;
  size_t count, capacity;
};
void osmflow_new_ids_init(struct osmflow_new_ids *ids);
void osmflow_new_ids_clear(struct osmflow_new_ids *ids);
enum osmflow_status osmflow_new_ids_add(struct osmflow_new_ids *ids, enum osmflow_element_type type,
                                        int64_t placeholder, int64_t id,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The real id, or the id itself when nothing is known. */
int64_t osmflow_new_ids_find(const struct osmflow_new_ids *ids, enum osmflow_element_type type, int64_t id);

/* Appends an osmChange document of the PENDING ones among items[first .. end - 1], ids translated. `changeset` 0: for a
 * file: no changeset attributes; `new_ids` may be NULL. For a file, deleted nodes keep their position, ways their
 * nodes, relations their members, so that JOSM can show them and _from_store can order them. Items of one action stand
 * in one block; if-unused deletes in blocks of their own. Creates have no version. */
enum osmflow_status osmflow_change_write(const struct osmflow_change *change, size_t first, size_t end,
                                         int64_t changeset, const struct osmflow_new_ids *new_ids,
                                         struct osmflow_bytes *document,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The end of the piece that begins at `first` and has at most `most_items` pending items and about `most_bytes` bytes
 * of XML; at least one item. */
size_t osmflow_change_piece(const struct osmflow_change *change, size_t first, size_t most_items, size_t most_bytes);

/* Reorders the pending items among first .. *end - 1 (*end is 0: all from `first` on) so that those before the new *end
 * lie in one half of the area that all of them cover and can be sent without the others, and can be followed by them.
 * Each half is in upload order; items without a position are in the first. False: they cannot be divided. Positions of
 * nodes that are not part of the change come from `store` (may be NULL). */
enum osmflow_status osmflow_change_divide(struct osmflow_change *change, size_t first,
                                          const struct osmflow_store *store, size_t *end, bool *divided,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Leaves out what cannot be sent without `item` (it was left out): sets their outcome REFUSED with a reason that names
 * it. *left_out grows by their number. A relation or way that loses a created element by it is left out as a whole; so
 * are deletions of what it still uses, and new nodes and ways without tags that were for it alone. */
enum osmflow_status osmflow_change_leave_out(struct osmflow_change *change, size_t item, size_t *left_out,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same for several items at once, which takes hardly longer than for one. */
enum osmflow_status osmflow_change_leave_out_all(struct osmflow_change *change, const size_t *items, size_t count,
                                                 size_t *left_out, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
