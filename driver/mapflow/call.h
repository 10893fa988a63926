/* The reading calls of Mapflow as connection strings: what stands after "MAPFLOW:" is the path and query of the API.
 *
 * The calls are one const table (call_classes.c). Opening does no network. Source: PRODUCT 2 and 5; spec "API
 * Reference"; facts 2 for the paged listings that clients use.
 * Owner: the struct is the caller's (_init/_clear). Immutable after parsing. */
#ifndef OSMFLOW_MAPFLOW_CALL_H
#define OSMFLOW_MAPFLOW_CALL_H

#include <osmflow/status.h>
#include <stdbool.h>

#include "base/text.h"

enum osmflow_mapflow_answer {
  OSMFLOW_MAPFLOW_TABLES,  /* objects: mapflow/table.h */
  OSMFLOW_MAPFLOW_RESULT,  /* processings/{id}/result: mapflow/result.h */
  OSMFLOW_MAPFLOW_RESULTS, /* projects/{id}/results: ours, all finished results of a project */
  OSMFLOW_MAPFLOW_UPLOADS  /* rasters/mosaic/{id}/image as the target of a raster; its reading side is TABLES */
};

struct osmflow_mapflow_call_class {
  const char *name;       /* "projects/{id}/processings": stable, as in README.md */
  const char *pattern;    /* words divided by '/'; "*" stands for an id */
  const char *parameters; /* blank-separated names of the query's; NULL: none */
  enum osmflow_mapflow_answer answer;
};
const struct osmflow_mapflow_call_class *osmflow_mapflow_call_classes(size_t *count);

struct osmflow_mapflow_parameter {
  char *name, *value; /* decoded */
};

enum { OSMFLOW_MAPFLOW_MOST_PARAMETERS = 40 };

struct osmflow_mapflow_call {
  const struct osmflow_mapflow_call_class *call_class;
  char *root; /* the server; NULL: not told in the string */
  char *id;   /* NULL: the call has none */
  struct osmflow_mapflow_parameter parameters[OSMFLOW_MAPFLOW_MOST_PARAMETERS]; /* names may come again (tags) */
  size_t parameter_count;
};

void osmflow_mapflow_call_init(struct osmflow_mapflow_call *call);
void osmflow_mapflow_call_clear(struct osmflow_mapflow_call *call);

/* `text` without the prefix: "processings/3fa85f64-.../result?aoiId=..." or a whole address
 * ("https://host/rest/projects"). Version words of the API ("processings/{id}/v2") are understood. OSMFLOW_BAD_ARGUMENT
 * says which word is wrong and what there is instead ("did you mean"). */
enum osmflow_status osmflow_mapflow_call_parse(const char *text, struct osmflow_mapflow_call *call,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The value of a parameter, NULL when it is not there. */
const char *osmflow_mapflow_call_parameter(const struct osmflow_mapflow_call *call, const char *name);

#endif
