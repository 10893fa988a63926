/* New features into an osmChange file, which is made with the first of them and appears with all of them.
 * Owner: the caller (_init/_clear). One thread at a time. */
#ifndef OSMFLOW_CLI_CONFLATE_WRITE_H
#define OSMFLOW_CLI_CONFLATE_WRITE_H

#include "cli/conflate_tags.h"
#include "source/dataset.h"

struct osmflow_conflate_write {
  const struct osmflow_environment *environment;
  const char *path; /* borrowed */
  bool overwrites;
  struct osmflow_dataset *dataset; /* NULL: nothing was written yet */
  struct osmflow_layer *layer;
  OGRFeatureDefnH definition;
};

/* OSMFLOW_BAD_ARGUMENT when there is a file and it must not be replaced. */
enum osmflow_status osmflow_conflate_write_init(struct osmflow_conflate_write *write,
                                                const struct osmflow_environment *environment, const char *path,
                                                bool overwrites, const struct osmflow_tagging *tagging,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Takes an unfinished file away. */
void osmflow_conflate_write_clear(struct osmflow_conflate_write *write);

/* A feature with these tags for each part of the geometry (longitude and latitude). OSMFLOW_BAD_ARGUMENT: OpenStreetMap
 * cannot hold it; the file stays as it was. */
enum osmflow_status osmflow_conflate_write_add(struct osmflow_conflate_write *write, OGRGeometryH geometry,
                                               const struct osmflow_text *tags,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Without a feature there is no file, and one that was to be replaced is gone. */
enum osmflow_status osmflow_conflate_write_save(struct osmflow_conflate_write *write,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
