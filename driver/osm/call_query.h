/* Query strings: cut into parameters, percent-decoded, and written again. Pure computing. */
#ifndef OSMFLOW_OSM_CALL_QUERY_H
#define OSMFLOW_OSM_CALL_QUERY_H

#include "base/bytes.h"

struct osmflow_query_item {
  struct osmflow_text name, value; /* still percent-encoded */
  bool has_equals_sign;
};
/* The next "name=value" of a query; empty ones are left out. False when there is none. */
bool osmflow_query_next(struct osmflow_text *rest, struct osmflow_query_item *item);

/* Resolves %XX ('%' that starts no such triple stays) and, if told so, '+' into blanks. */
enum osmflow_status osmflow_query_decode(struct osmflow_text text, bool plus_is_blank, struct osmflow_bytes *decoded,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends "name=value" (with '&' in front where needed); `value` is plain text. */
enum osmflow_status osmflow_query_add(struct osmflow_bytes *query, struct osmflow_text name, struct osmflow_text value,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
