/* One open dataset: a thin handle on a session, with its layers.
 *
 * Opening does no network: the layers' definitions follow from the connection alone. A handle belongs to one thread at
 * a time; any number of handles may share a session. */
#ifndef OSMFLOW_SOURCE_DATASET_H
#define OSMFLOW_SOURCE_DATASET_H

#include "source/layer.h"

struct osmflow_dataset;

enum osmflow_status osmflow_dataset_open(const struct osmflow_environment *environment, const char *connection,
                                         const char *const *options, bool for_update, struct osmflow_dataset **dataset,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_dataset_close(struct osmflow_dataset *dataset); /* NULL is fine */

size_t osmflow_dataset_layer_count(const struct osmflow_dataset *dataset);
struct osmflow_layer *osmflow_dataset_layer(const struct osmflow_dataset *dataset, size_t index);
/* Downloads now, with progress; otherwise the first read does. */
enum osmflow_status osmflow_dataset_load(struct osmflow_dataset *dataset, const struct osmflow_fetch_progress *progress,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Forgets what was downloaded, for all handles of the connection: the next read asks the server. */
enum osmflow_status osmflow_dataset_refresh(struct osmflow_dataset *dataset,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Bytes of the answers so far, for the statement GetBytesRead() of GDAL's OSM driver. */
int64_t osmflow_dataset_bytes_read(const struct osmflow_dataset *dataset);
/* The osmconf.ini in force: a path, or "(built-in)". Borrowed. */
const char *osmflow_dataset_config_path(const struct osmflow_dataset *dataset);

#endif
