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

/* A new osmChange file: an empty dataset that can be edited. `options` as for opening; OSC is `path`. */
enum osmflow_status osmflow_dataset_create(const struct osmflow_environment *environment, const char *path,
                                           const char *const *options, struct osmflow_dataset **dataset,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* NULL: read only. */
struct osmflow_editor *osmflow_dataset_editor(struct osmflow_dataset *dataset);
bool osmflow_dataset_is_editable(const struct osmflow_dataset *dataset);
/* Transactions and saving: source/editor.h. Nothing happens in a dataset that is read only, or whose edits are sent one
 * by one (tables). */
enum osmflow_status osmflow_dataset_start(struct osmflow_dataset *dataset,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_dataset_commit(struct osmflow_dataset *dataset,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_dataset_rollback(struct osmflow_dataset *dataset,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_dataset_save(struct osmflow_dataset *dataset,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Takes back every edit that is not saved. */
enum osmflow_status osmflow_dataset_drop(struct osmflow_dataset *dataset,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_dataset_changes(struct osmflow_dataset *dataset, struct osmflow_bytes *document,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_dataset_close_changeset(struct osmflow_dataset *dataset,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The changeset that is open for the edits; 0: none. */
int64_t osmflow_dataset_changeset(const struct osmflow_dataset *dataset);
/* The layer of that name where it is one of those that are there; else a new one that is written to. */
enum osmflow_status osmflow_dataset_add_layer(struct osmflow_dataset *dataset, const char *name,
                                              OGRwkbGeometryType type, OGRSpatialReferenceH srs, size_t *index,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

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
