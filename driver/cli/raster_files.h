/* The files that `osmflow upload` is about: what stands on the command line, folders and patterns resolved. */
#ifndef OSMFLOW_CLI_RASTER_FILES_H
#define OSMFLOW_CLI_RASTER_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"

struct osmflow_raster_files {
  char **paths;
  size_t count, capacity;
};

/* A folder stands for the .tif and .tiff files in it, a pattern (*, ?, []) that is no file's name for what it matches,
 * both in the order of their names; a path twice is taken once. Whether a file is there and any good is looked at
 * later. OSMFLOW_BAD_ARGUMENT where a folder or a pattern has nothing. */
enum osmflow_status osmflow_raster_files_read(struct osmflow_raster_files *files, const char *const *words,
                                              size_t count, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_raster_files_clear(struct osmflow_raster_files *files);

#endif
