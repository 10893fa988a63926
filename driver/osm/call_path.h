/* Paths of calls against the table of calls: which row it is, which numbers are in it, and what to say when it is none.
 * Pure computing, nothing is kept. Used by call.c only. */
#ifndef OSMFLOW_OSM_CALL_PATH_H
#define OSMFLOW_OSM_CALL_PATH_H

#include "osm/call.h"

/* Calls of the API that only write: known by name, so that the error can say so. */
struct osmflow_written_path {
  const char *method;
  const char *pattern;
};
const struct osmflow_written_path *osmflow_written_paths(size_t *count);

/* Which of the two roots a path was written under. */
enum osmflow_path_base { OSMFLOW_PATH_BARE, OSMFLOW_PATH_UNVERSIONED, OSMFLOW_PATH_VERSIONED };

enum { OSMFLOW_PATH_WORDS = 6 };

struct osmflow_path {
  struct osmflow_text words[OSMFLOW_PATH_WORDS]; /* still percent-encoded; empty ones are left out */
  size_t count;
  bool too_long;
  enum osmflow_path_base base;
};

struct osmflow_path_match {
  const struct osmflow_call_class *call_class;
  enum osmflow_element_type type;
  int64_t id, version;
  struct osmflow_text suffix; /* ".json"; empty when there was none */
  struct osmflow_text key;    /* what stood at the '*' */
};

/* Cuts a path into words; "api/0.6/" and "api/" in front are taken off and remembered in base. */
void osmflow_path_split(struct osmflow_text text, struct osmflow_path *path);
/* False: no call has this path. */
bool osmflow_path_match(const struct osmflow_path *path, struct osmflow_path_match *match);
/* The sentence for a path that no call has: a bad id, a writing call, or the nearest known ones. */
enum osmflow_status osmflow_path_unknown(const struct osmflow_path *path, struct osmflow_error *error);

#endif
