/* OSM elements as they lie in the store. Ids are 64-bit and may be negative in files of editors. */
#ifndef OSMFLOW_OSM_ELEMENT_H
#define OSMFLOW_OSM_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Ids have 18 digits at most, so that feature ids, which are made of them, fit into 64 bits as well. */
#define OSMFLOW_MOST_ID INT64_C(999999999999999999)

enum osmflow_element_type { OSMFLOW_NODE, OSMFLOW_WAY, OSMFLOW_RELATION };
enum { OSMFLOW_ELEMENT_TYPES = 3 };
extern const char *const osmflow_element_type_names[OSMFLOW_ELEMENT_TYPES]; /* "node", "way", "relation" */

/* What an osmChange document does to an element; OSMFLOW_ACTION_NONE outside of such documents. */
enum osmflow_element_action {
  OSMFLOW_ACTION_NONE,
  OSMFLOW_ACTION_CREATE,
  OSMFLOW_ACTION_MODIFY,
  OSMFLOW_ACTION_DELETE
};

struct osmflow_tag {
  uint32_t key;   /* number in the store's pool of keys */
  uint32_t value; /* number in the store's pool of values */
};

/* A tag by name: a view on somebody else's storage. */
struct osmflow_tag_view {
  struct osmflow_text key, value;
};

/* What all three types have, packed into 32 bytes because there are millions of nodes. 0 stands for "not given" in
 * version, changeset and timestamp. */
struct osmflow_element {
  int64_t id;
  uint64_t changeset : 48;
  uint64_t tag_count : 16;
  uint32_t timestamp; /* seconds since 1970-01-01T00:00:00Z */
  uint32_t version;
  uint32_t first_tag;   /* index into the store's tags */
  uint32_t user : 29;   /* index into the store's users, or OSMFLOW_NO_USER */
  uint32_t visible : 1; /* 0: deleted */
  uint32_t action : 2;  /* enum osmflow_element_action */
};
#define OSMFLOW_NO_USER ((UINT32_C(1) << 29) - 1)
#define OSMFLOW_MOST_CHANGESETS ((INT64_C(1) << 48) - 1)

struct osmflow_node {
  struct osmflow_element element;
  int32_t lon, lat; /* 1e-7 degrees; both OSMFLOW_NO_POSITION when unknown (deleted nodes) */
};
enum { OSMFLOW_NO_POSITION = INT32_MAX };

struct osmflow_way {
  struct osmflow_element element;
  uint32_t first_ref; /* index into the store's refs: node ids */
  uint32_t ref_count;
};

struct osmflow_relation {
  struct osmflow_element element;
  uint32_t first_member;
  uint32_t member_count;
};

struct osmflow_member {
  int64_t ref;
  uint32_t role; /* number in the store's pool of values */
  uint32_t type; /* enum osmflow_element_type */
};

#endif
