/* The calls of the OSM API v0.6 as data: which paths exist, what they take, what they answer.
 *
 * A connection string after "OSMAPI:" is parsed into a call: "map?bbox=...", "way/5/full", "notes/search?q=...", a bare
 * bbox (the map call), a full URL of any server, or a local file. Parsing does no I/O except looking whether a name is
 * a file. Source: spec "API v0.6". Owner: the struct is the caller's (_init/_clear). */
#ifndef OSMFLOW_OSM_CALL_H
#define OSMFLOW_OSM_CALL_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bbox.h"
#include "base/bytes.h"
#include "net/http.h"
#include "osm/element.h"

/* What an answer is made of, and so which layers it has. */
enum osmflow_call_answer {
  OSMFLOW_ANSWER_MAP,      /* elements with their nodes: the five layers (map, full, .osm files) */
  OSMFLOW_ANSWER_ELEMENTS, /* elements as such: the five layers and the raw layers (read, multi-fetch, ways, relations)
                            */
  OSMFLOW_ANSWER_VERSIONS, /* every version that comes: raw layers only (version, history, changeset download, .osc
                              files) */
  OSMFLOW_ANSWER_TABLE,    /* rows: osm/table.h */
  OSMFLOW_ANSWER_TRACKS    /* GPX: osm/table.h as well */
};

/* One row of the API's list. Two rows share a name where one call has two paths (capabilities, gpx). */
struct osmflow_call_class {
  const char *name;    /* "map", "element/history", "changesets": stable, for tables and tests */
  const char *pattern; /* "[node|way|relation]/#id/#version": '#x' stands for a number, '*x' for a word */
  const char *title;   /* as in the spec's headings, for documentation */
  enum osmflow_call_answer answer;
  enum osmflow_http_authorization authorization;
  const char
      *accept; /* how the path asks for its format: NULL: as is; ".json": suffix appended when the user gave none */
  const char *parameters; /* blank-separated names it takes; "!" after a name: needed; NULL: none */
  bool unversioned;       /* under {root}/api/ instead of {root}/api/0.6/ */
  bool has_json;          /* the spec offers a JSON form */
};
const struct osmflow_call_class *osmflow_call_classes(size_t *count);
/* By name, also those that are no path of their own: "file", "file/changes", and "nodes/versions" (ways, relations): a
 * multi fetch that wants an element in several versions. NULL when there is none. */
const struct osmflow_call_class *osmflow_call_class(const char *name);

struct osmflow_call {
  const struct osmflow_call_class *call_class;
  bool is_file;
  char *file;  /* is_file: the path (for GDAL's VSI functions) */
  char *root;  /* "https://api.openstreetmap.org": no slash at the end */
  char *path;  /* "way/5/full": below {root}/api/0.6/, no slash in front, without a format suffix unless the user gave
                  one */
  char *query; /* "bbox=...", "" when there is none; checked and written in one form: encoded, ids sorted, none twice.
                  A changeset is asked for with include_discussion=true unless that parameter was given. */
  enum osmflow_element_type type; /* of the element asked for, where there is one */
  int64_t id;                     /* of the element, changeset, note, gpx, user; 0 when there is none */
  int64_t version;
  bool has_bbox;
  struct osmflow_bbox bbox;
};

void osmflow_call_init(struct osmflow_call *call);
void osmflow_call_clear(struct osmflow_call *call);

/* `connection`: what follows the prefix. `default_root`: used unless it holds a full URL. OSMFLOW_BAD_ARGUMENT,
 * OSMFLOW_NOT_FOUND: the message lists the nearest known paths, the parameter that is wrong or missing and what it must
 * look like. */
enum osmflow_status osmflow_call_parse(const char *connection, const char *default_root, struct osmflow_call *call,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* `to` becomes a call of its own that asks the same. */
enum osmflow_status osmflow_call_copy(const struct osmflow_call *from, struct osmflow_call *to,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The value of a query parameter, percent-decoded, appended to `value`; false when it is not there. */
bool osmflow_call_parameter(const struct osmflow_call *call, const char *name, struct osmflow_bytes *value);
/* Sets (or replaces) a query parameter; value is plain text, encoded here, and not judged, except that a bbox must be
 * one and goes into call->bbox as well. */
enum osmflow_status osmflow_call_set_parameter(struct osmflow_call *call, const char *name, struct osmflow_text value,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends the absolute URL. */
enum osmflow_status osmflow_call_url(const struct osmflow_call *call, struct osmflow_bytes *url,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends "{root}/api/0.6/{path}" (or /api/{path}) for a path of ours; `query` may be NULL. */
enum osmflow_status osmflow_call_format_url(const char *root, const struct osmflow_call_class *call_class,
                                            const char *path, const char *query, struct osmflow_bytes *url,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
