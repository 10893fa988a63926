/* What a server says when it refuses an upload, in words of its own, turned into what happened to which element.
 * Source: cgimap's and Rails' texts (both spellings: "requires the nodes with id in 1,2" and "in (1,2)"). Unknown texts
 * are OSMFLOW_REFUSAL_OTHER. */
#ifndef OSMFLOW_OSM_REFUSAL_H
#define OSMFLOW_OSM_REFUSAL_H

#include <stdbool.h>

#include "base/text.h"
#include "osm/element.h"

enum osmflow_refusal_kind {
  OSMFLOW_REFUSAL_OTHER,
  OSMFLOW_REFUSAL_VERSION,         /* 409: another version is there; theirs = the server's, mine = what was sent */
  OSMFLOW_REFUSAL_CLOSED,          /* 409: the changeset was closed, or would hold too many changes */
  OSMFLOW_REFUSAL_LOCKED,          /* 409: another request works on the changeset */
  OSMFLOW_REFUSAL_OWNER,           /* 409: the changeset is another user's */
  OSMFLOW_REFUSAL_DELETED,         /* 410: already deleted */
  OSMFLOW_REFUSAL_STILL_USED,      /* 412: deleting what others use; `others` are the users */
  OSMFLOW_REFUSAL_MISSING_MEMBERS, /* 412: what it refers to does not exist or is deleted; `others` are those */
  OSMFLOW_REFUSAL_EMPTY_WAY,       /* 412: at least one node */
  OSMFLOW_REFUSAL_UNKNOWN,         /* 404: an element or the changeset is not there; nothing says which */
  OSMFLOW_REFUSAL_TOO_LARGE,       /* 413: too many bytes */
  OSMFLOW_REFUSAL_TOO_WIDE,        /* 413: the changeset's bounding box */
  OSMFLOW_REFUSAL_RATE,            /* 429, 509 */
  OSMFLOW_REFUSAL_READ_ONLY        /* 400, 503: read only mode, offline */
};

enum { OSMFLOW_REFUSAL_OTHERS = 64 };

struct osmflow_refusal {
  enum osmflow_refusal_kind kind;
  bool has_element; /* type and id say which; a placeholder is negative */
  enum osmflow_element_type type;
  int64_t id;
  int64_t mine, theirs; /* versions, or 0 */
  enum osmflow_element_type others_type;
  int64_t others[OSMFLOW_REFUSAL_OTHERS];
  size_t others_count; /* those that fit */
  int64_t changeset;   /* CLOSED, LOCKED: where the text names it, else 0 */
};

void osmflow_refusal_parse(int http_status, struct osmflow_text words, struct osmflow_refusal *refusal);

#endif
