/* What `osmflow upload` tells about each file while it works: lines for people, or JSON, one object a line. */
#ifndef OSMFLOW_CLI_RASTER_SHOW_H
#define OSMFLOW_CLI_RASTER_SHOW_H

#include <osmflow/mapflow.h>

#include "base/bytes.h"
#include "cli/progress.h"

struct osmflow_raster_show_file {
  int64_t sent, size;
  int64_t told_ms; /* when its last line of JSON went out; 0: none */
  bool is_settled; /* nothing of it is to be sent any more */
};

struct osmflow_raster_show {
  const struct osmflow_environment *environment;
  bool is_json, waits; /* waits: for the images, when all of them are sent */
  size_t count;
  struct osmflow_raster_show_file *files; /* count of them */
  int64_t sent, total;
  size_t settled; /* files */
  struct osmflow_progress progress;
  struct osmflow_bytes line;
  enum osmflow_status status; /* of writing: what stops the upload as well */
  struct osmflow_error error;
};

/* `paths` are those of the upload; their sizes make the progress bar's. */
enum osmflow_status osmflow_raster_show_init(struct osmflow_raster_show *show,
                                             const struct osmflow_environment *environment, bool is_json, bool waits,
                                             char *const *paths, size_t count,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_raster_show_clear(struct osmflow_raster_show *show);

/* osmflow_upload.report; `self` is the struct. */
bool osmflow_raster_show_event(void *self, const struct osmflow_upload_event *event);
/* The last line. `outcome` is how the upload ended. */
enum osmflow_status osmflow_raster_show_summary(struct osmflow_raster_show *show,
                                                const struct osmflow_upload_result *result, bool is_dry,
                                                enum osmflow_status outcome, const char *message,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
