/* The result of a processing as a file of any of GDAL's vector formats, by GDAL's own translation from our driver: the
 * file is what ogr2ogr would have made. */
#ifndef OSMFLOW_CLI_PROCESS_OUTPUT_H
#define OSMFLOW_CLI_PROCESS_OUTPUT_H

#include <osmflow/environment.h>

struct osmflow_process_output {
  const char *path;   /* borrowed */
  const char *format; /* the driver's name; borrowed from GDAL */
};

/* Before anything is spent: the format (NULL: by the file's name), whether GDAL writes it, that the file is not there
 * yet, and that our own driver is there to read the result. */
enum osmflow_status osmflow_process_output_prepare(const char *path, const char *format,
                                                   struct osmflow_process_output *output,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* `root`: the server's. A file that could not be written whole is removed. */
enum osmflow_status osmflow_process_output_write(const struct osmflow_environment *environment,
                                                 const struct osmflow_process_output *output, const char *root,
                                                 const char *id, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
