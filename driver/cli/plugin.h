/* GDAL as the commands use it: its drivers with ours among them, and data sources opened by name.
 *
 * GDAL finds the plugin in GDAL_DRIVER_PATH or its own folder. A program that was built or installed elsewhere brings
 * it along: next to the executable, in ../gdalplugins, or in the gdalplugins folder of its library folder. */
#ifndef OSMFLOW_CLI_PLUGIN_H
#define OSMFLOW_CLI_PLUGIN_H

#include <gdal.h>
#include <osmflow/status.h>

/* All of GDAL's drivers, and ours where the plugin can be found. As often as one likes. */
void osmflow_plugin_load(void);

/* Any source that GDAL reads as vector data, "OSMAPI:...", "MAPFLOW:..." and "CITYLOADER:..." among them; close it with
 * GDALClose. The error has GDAL's words. `options`: open options ended by NULL, or NULL. */
enum osmflow_status osmflow_plugin_open_vector(const char *name, const char *const *options, GDALDatasetH *dataset,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What GDAL said last, as the reason of a failure; `what` says what failed. */
enum osmflow_status osmflow_plugin_failure(enum osmflow_status status, const char *what, struct osmflow_error *error);

#endif
