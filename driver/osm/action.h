/* The API's calls that change something besides the elements of a changeset, as data: changesets' own matters, single
 * elements, notes, traces, preferences. Used by the commands of the program and by the layers that can be edited.
 *
 * Each is sent once. When its answer is lost, those that do no harm twice are sent again; those that would happen twice
 * (a note, a comment, a trace, a single element) look: what the server has by then and did not have before tells
 * whether it arrived. Only what is absent is sent once more. When even looking fails, the error says so.
 * Source: spec "API v0.6"; osm-wire facts. */
#ifndef OSMFLOW_OSM_ACTION_H
#define OSMFLOW_OSM_ACTION_H

#include <osmflow/environment.h>

#include "format/tree.h"
#include "net/http.h"
#include "osm/element.h"

enum osmflow_action_body {
  OSMFLOW_ACTION_BODY_NONE,  /* parameters go into the query */
  OSMFLOW_ACTION_BODY_FORM,  /* parameters go into a form */
  OSMFLOW_ACTION_BODY_PLAIN, /* `body` as text/plain */
  OSMFLOW_ACTION_BODY_XML,   /* `body` as text/xml */
  OSMFLOW_ACTION_BODY_FILE   /* a multipart form: parameters and `body` as its file */
};

enum osmflow_action_answer {
  OSMFLOW_ACTION_ANSWER_NOTHING, /* or something that tells nothing */
  OSMFLOW_ACTION_ANSWER_NUMBER,  /* an id or a version, and nothing else */
  OSMFLOW_ACTION_ANSWER_DOCUMENT /* <osm> with the note or changeset as it is now */
};

/* One row of the API's list. */
struct osmflow_action_class {
  const char *name;    /* "note/create": stable */
  const char *method;  /* "POST" */
  const char *pattern; /* "notes/#id/comment": '#x' stands for a number, '*x' and '[a|b]' for a word */
  const char *title;   /* as in the spec's headings */
  enum osmflow_action_body body;
  enum osmflow_action_answer answer;
  const char *parameters; /* blank-separated names it takes; "!" after a name: needed; NULL: none */
  const char *scope;      /* that the token needs */
  size_t longest_text;    /* characters of the parameter text at most */
  bool for_moderators;
};
const struct osmflow_action_class *osmflow_action_classes(size_t *count);
const struct osmflow_action_class *osmflow_action_class(const char *name); /* NULL: none */

struct osmflow_action {
  const struct osmflow_action_class *action_class;
  const char *root;
  const char *words[3];                      /* what stands for '#x', '*x' and '[a|b]', in order */
  const struct osmflow_tag_view *parameters; /* text= and so on, plain */
  size_t parameter_count;
  struct osmflow_text body;
  const char *file_name; /* of a FILE body */
  bool anonymous;        /* without a token: only notes can be made so */
};

/* The server's answer replaces what `answer` holds (ceiling of the caller's; 1 MiB is plenty). OSMFLOW_BAD_ARGUMENT: a
 * word or parameter is missing or wrong; nothing is sent then. */
enum osmflow_status osmflow_action_perform(const struct osmflow_environment *environment, struct osmflow_http *http,
                                           const struct osmflow_action *action, struct osmflow_bytes *answer,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The number of an ANSWER_NUMBER; the note's id of a note's document; else 0. */
int64_t osmflow_action_number(const struct osmflow_action_class *action_class, const struct osmflow_bytes *answer);

/* OSMFLOW_BAD_ARGUMENT unless it is UTF-8 of at most `most` characters without control characters but tab and line
 * ends. */
enum osmflow_status osmflow_action_check_text(const char *name, struct osmflow_text text, size_t most,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Bodies, appended to `body`; OSMFLOW_BAD_ARGUMENT names what the API does not take. Tags and preferences: keys and
 * values of 255 characters at most, no empty key, no key twice. */
enum osmflow_status osmflow_action_write_changeset(const struct osmflow_tag_view *tags, size_t count,
                                                   struct osmflow_bytes *body,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_action_write_preferences(const struct osmflow_tag_view *preferences, size_t count,
                                                     struct osmflow_bytes *body,
                                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The description of a trace, as gpx/update wants it: whole. `tags`: separated by commas. */
struct osmflow_action_trace {
  int64_t id;
  struct osmflow_text visibility, description, tags;
};
enum osmflow_status osmflow_action_write_trace(const struct osmflow_action_trace *trace, struct osmflow_bytes *body,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What an action works on: GET of a path below {root}/api/0.6/, into a tree of XML that the caller frees. An answer
 * that holds an <error> is OSMFLOW_BAD_DATA. */
enum osmflow_status osmflow_action_get(struct osmflow_http *http, const char *root, const char *path,
                                       enum osmflow_http_authorization authorization, struct osmflow_tree **tree,
                                       const struct osmflow_tree_node **top,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
