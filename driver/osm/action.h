/* The API's calls that change something besides the elements of a changeset, as data: changesets' own matters, single
 * elements, notes, traces, preferences. Used by the commands of the program and by the layers that can be edited.
 *
 * Each is sent once. Those that would happen twice if they were sent again (a note, a comment, a trace, a single
 * element) settle a lost answer by looking: what the server has by then tells whether it arrived.
 * Source: spec "API v0.6"; osm-wire facts. */
#ifndef OSMFLOW_OSM_ACTION_H
#define OSMFLOW_OSM_ACTION_H

#include <osmflow/environment.h>

#include "net/http.h"
#include "osm/element.h"

enum osmflow_action_body {
  OSMFLOW_ACTION_BODY_NONE,  /* parameters go into the query */
  OSMFLOW_ACTION_BODY_FORM,  /* parameters go into a form */
  OSMFLOW_ACTION_BODY_PLAIN, /* `body` as text/plain */
  OSMFLOW_ACTION_BODY_XML,   /* `body` as text/xml */
  OSMFLOW_ACTION_BODY_FILE   /* a multipart form: parameters and `body` as its file */
};

/* One row of the API's list. */
struct osmflow_action_class {
  const char *name;    /* "note/create": stable */
  const char *method;  /* "POST" */
  const char *pattern; /* "notes/#id/comment": '#x' stands for a number, '*x' for a word */
  const char *title;   /* as in the spec's headings */
  enum osmflow_action_body body;
  const char *parameters; /* blank-separated names it takes; "!" after a name: needed; NULL: none */
};
const struct osmflow_action_class *osmflow_action_classes(size_t *count);
const struct osmflow_action_class *osmflow_action_class(const char *name); /* NULL: none */

struct osmflow_action {
  const struct osmflow_action_class *action_class;
  const char *root;
  const char *words[3];                      /* what stands for '#x' and '*x', in order */
  const struct osmflow_tag_view *parameters; /* text= and so on, plain */
  size_t parameter_count;
  struct osmflow_text body;
  const char *file_name; /* of a FILE body */
};

/* Appends the server's answer to `answer` (ceiling of the caller's). OSMFLOW_BAD_ARGUMENT: a word or parameter is
 * missing or wrong; nothing is sent then. */
enum osmflow_status osmflow_action_perform(const struct osmflow_environment *environment, struct osmflow_http *http,
                                           const struct osmflow_action *action, struct osmflow_bytes *answer,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
