/* An element in full, free of any store: what it was, what an edit wishes it to be, or what the server has by now.
 *
 * A draft is a value: it is never changed, only replaced by another one. Those that the functions below make are one
 * block of memory with all that they point at, freed by osmflow_draft_free; a caller may also put one together on his
 * stack from borrowed parts. Threads: values may be read from anywhere. */
#ifndef OSMFLOW_OSM_DRAFT_H
#define OSMFLOW_OSM_DRAFT_H

#include "osm/store.h"

struct osmflow_draft_member {
  enum osmflow_element_type type;
  int64_t ref;
  struct osmflow_text role;
};

struct osmflow_draft {
  enum osmflow_element_type type;
  int64_t id;                          /* negative: a placeholder, new in this session or in an editor's file */
  uint32_t version;                    /* the version on the server it was made from; 0: new */
  bool visible;                        /* false: deleted, or to be deleted; then all below may be empty */
  int32_t lon, lat;                    /* of a node; 1e-7 degrees; OSMFLOW_NO_POSITION when unknown */
  const struct osmflow_tag_view *tags; /* no key twice */
  size_t tag_count;
  const int64_t *refs; /* of a way: node ids */
  size_t ref_count;
  const struct osmflow_draft_member *members; /* of a relation */
  size_t member_count;
  struct osmflow_text label; /* the feature it is for, in error messages: "lines 123"; may be empty */
};

/* A copy in one block; its texts are NUL-terminated. */
enum osmflow_status osmflow_draft_copy(const struct osmflow_draft *draft, struct osmflow_draft **copy,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The element at an index of a store's array. */
enum osmflow_status osmflow_draft_from_store(const struct osmflow_store *store, enum osmflow_element_type type,
                                             size_t index, struct osmflow_draft **draft,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Adds it to a store (osmflow_store_begin ... _end) with these particulars. */
struct osmflow_draft_particulars {
  int64_t changeset, uid;
  struct osmflow_text user; /* data NULL: unknown */
  uint32_t timestamp;       /* 0: unknown */
};
enum osmflow_status osmflow_draft_to_store(const struct osmflow_draft *draft,
                                           const struct osmflow_draft_particulars *particulars,
                                           struct osmflow_store *store, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_draft_free(struct osmflow_draft *draft); /* NULL is fine */

/* The value of a tag; data NULL when there is none. */
struct osmflow_text osmflow_draft_tag(const struct osmflow_draft *draft, const char *key);
/* Same tags, whatever their order. */
bool osmflow_draft_same_tags(const struct osmflow_draft *left, const struct osmflow_draft *right);
/* Same type, visibility, position, tags, refs and members: sending one where the other is would change nothing. Id,
 * version and label do not count; two deleted ones are equal. */
bool osmflow_draft_equal(const struct osmflow_draft *left, const struct osmflow_draft *right);
/* "way 5", "new node -3": for messages. Returns the buffer. */
enum { OSMFLOW_DRAFT_NAME_SIZE = 48 };
const char *osmflow_draft_name(const struct osmflow_draft *draft, char buffer[OSMFLOW_DRAFT_NAME_SIZE]);

#endif
