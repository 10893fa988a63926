/* Open options as a const table: described to GDAL and QGIS, and read strictly: on a live service a doubt is an error.
 */
#ifndef OSMFLOW_SOURCE_OPEN_OPTION_H
#define OSMFLOW_SOURCE_OPEN_OPTION_H

#include <osmflow/environment.h>

#include "base/bytes.h"

struct osmflow_open_option {
  const char *name;
  const char *type;          /* "boolean", "string", "int", "float", "string-select" */
  const char *choices;       /* of a string-select, blank-separated; NULL: none */
  const char *standard;      /* what it is when nothing is said, for the description; NULL: none */
  const char *configuration; /* the configuration option that counts where it is not given; NULL: none */
  const char *description;
  double least, most; /* of numbers */
};

/* The <OpenOptionList> document of a table, appended. */
enum osmflow_status osmflow_open_options_print(const struct osmflow_open_option *table, size_t count,
                                               struct osmflow_bytes *document,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Where options are looked up. */
struct osmflow_open_options {
  const struct osmflow_environment *environment;
  const struct osmflow_open_option *table;
  size_t count;
  const char *const *list; /* NAME=VALUE, ended by NULL; may be NULL */
};

/* NULL: not said, or "". Borrowed; of a configuration option until the next question. */
const char *osmflow_open_option_text(const struct osmflow_open_options *options, const char *name);
/* These leave the value as it is where nothing is said. */
enum osmflow_status osmflow_open_option_copy(const struct osmflow_open_options *options, const char *name, char **value,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_open_option_flag(const struct osmflow_open_options *options, const char *name, bool *value,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* *value is the place among the choices. */
enum osmflow_status osmflow_open_option_choice(const struct osmflow_open_options *options, const char *name,
                                               size_t *value, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_open_option_number(const struct osmflow_open_options *options, const char *name,
                                               double *value, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The text of the file that the option names; the caller's. OSMFLOW_IO: it cannot be read. */
enum osmflow_status osmflow_open_option_file(const char *name, const char *path, char **text,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A word that means yes or no. False: it is neither. */
bool osmflow_open_option_read_flag(const char *text, bool *value);

#endif
