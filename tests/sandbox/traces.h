/* GPS traces: what the sandbox keeps of them, shared by gpx.c, trackpoints.c and seed.c. */
#ifndef OSMFLOW_SANDBOX_TRACES_H
#define OSMFLOW_SANDBOX_TRACES_H

#include "rails.h"

enum trace_visibility { TRACE_PRIVATE, TRACE_PUBLIC, TRACE_TRACKABLE, TRACE_IDENTIFIABLE, TRACE_VISIBILITIES };
extern const char *const trace_visibility_names[TRACE_VISIBILITIES];

struct trace_point {
  int32_t lon, lat;
  int64_t time;
  uint32_t segment;
};

struct trace {
  int64_t id, uid, created;
  enum trace_visibility visibility;
  bool deleted;
  const char *name, *description;
  const char *tags;            /* comma or blank separated, "" for none */
  struct osmflow_text content; /* the file as it was uploaded; borrowed from the sandbox's strings */
  struct trace_point *points;
  size_t point_count, point_capacity;
};

struct sandbox_traces {
  struct trace *items; /* the trace with the id n stands at n - 1 */
  size_t count, capacity;
};

struct sandbox_traces *traces_of(struct sandbox *sandbox); /* never NULL */
/* Copies what `trace` tells (not id and points), reads the points from the content. A file without any usable point is
 * forgotten at once, as the real server does some time after the upload; its id is used up nevertheless. */
const struct trace *traces_add(struct sandbox *sandbox, const struct trace *trace);
bool traces_is_public(const struct trace *trace);    /* anyone may look at it */
bool traces_is_trackable(const struct trace *trace); /* its points are given in order and with times */

/* gpx_archive.c -------------------------------------------------------------------------------------------------- */

enum trace_archive { TRACE_PLAIN, TRACE_GZIP, TRACE_TAR, TRACE_ZIP };
enum trace_archive traces_archive_of(struct osmflow_text content);
typedef void trace_file_visitor(void *context, struct osmflow_text file);
/* Calls back for each file in the upload; false when it is broken. */
bool traces_visit_files(struct osmflow_text content, trace_file_visitor *visitor, void *context);

#endif
