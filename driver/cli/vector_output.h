/* What one of our drivers reads as a file of any of GDAL's vector formats, by GDAL's own translation: the file is what
 * ogr2ogr would have made. */
#ifndef OSMFLOW_CLI_VECTOR_OUTPUT_H
#define OSMFLOW_CLI_VECTOR_OUTPUT_H

#include <osmflow/environment.h>

struct osmflow_vector_output {
  const char *path;   /* borrowed */
  const char *format; /* the driver's name; borrowed from GDAL */
};

/* Before anything is spent: the format (NULL: by the file's name), whether GDAL writes it, that the file is not there
 * yet, and that our own driver ("MAPFLOW") is there to read. */
enum osmflow_status osmflow_vector_output_prepare(const char *path, const char *format, const char *driver,
                                                  struct osmflow_vector_output *output,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* `source`: "MAPFLOW:processings/ID/result"; `options`: open options for it, ended by NULL. A file that could not be
 * written whole is removed. */
enum osmflow_status osmflow_vector_output_write(const struct osmflow_environment *environment,
                                                const struct osmflow_vector_output *output, const char *source,
                                                const char *const *options,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
