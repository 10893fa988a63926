/* What the files action*.c share: from an action to a request, and what settles a doubt. Used by them only. */
#ifndef OSMFLOW_OSM_ACTION_PARTS_H
#define OSMFLOW_OSM_ACTION_PARTS_H

#include "osm/action.h"

struct osmflow_action_request {
  struct osmflow_bytes url, body;
  char content_type[96]; /* "": none */
};
void osmflow_action_request_init(struct osmflow_action_request *request);
void osmflow_action_request_clear(struct osmflow_action_request *request);
/* Checks every word and parameter, and writes URL and body. */
enum osmflow_status osmflow_action_prepare(const struct osmflow_environment *environment,
                                           const struct osmflow_action *action, struct osmflow_action_request *request,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Characters of UTF-8. */
size_t osmflow_action_length(struct osmflow_text text);
struct osmflow_text osmflow_action_parameter(const struct osmflow_action *action,
                                             const char *name); /* data NULL: none */

/* Things on the server that look like what the action makes, by numbers that no other of them has. */
struct osmflow_action_found {
  int64_t *ids;
  size_t count, capacity;
};
void osmflow_action_found_clear(struct osmflow_action_found *found);

/* How a doubt about an action is settled. */
struct osmflow_action_settlement {
  const char *name;
  /* Looks; NULL: the action is simply sent again. Replaces what `found` holds. */
  enum osmflow_status (*look)(const struct osmflow_action *action, struct osmflow_http *http,
                              struct osmflow_action_found *found, struct osmflow_error *error);
  bool compares;         /* what was there before is not ours, so one has to look first, too */
  const char *where;     /* path of what is looked at, for the user; each '#' is the next word */
  const char *document;  /* path of the document that is the answer; '#' as above, '$' the number found */
  int done_status;       /* what the server says to a repetition when the first one has arrived; 0: nothing special */
  const char *done_word; /* in its words; NULL: whatever they are */
};
const struct osmflow_action_settlement *osmflow_action_settlement(const struct osmflow_action_class *action_class);

#endif
