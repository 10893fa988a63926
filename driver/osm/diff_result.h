/* The answer to an upload: what became of each element of it, in the order of the upload.
 * Source: spec "Diff upload"; measured: exactly one row per element, old_id alone for a deletion, and for one that was
 * skipped because of if-unused the same id again with the present version. */
#ifndef OSMFLOW_OSM_DIFF_RESULT_H
#define OSMFLOW_OSM_DIFF_RESULT_H

#include "net/http.h"
#include "osm/element.h"

struct osmflow_diff_row {
  enum osmflow_element_type type;
  int64_t old_id;
  int64_t new_id;       /* 0: deleted */
  uint32_t new_version; /* 0: deleted */
};

struct osmflow_diff_result {
  struct osmflow_diff_row *rows;
  size_t count, capacity;
  struct osmflow_diff_reader *reader; /* while an answer arrives */
};

void osmflow_diff_result_init(struct osmflow_diff_result *result);
void osmflow_diff_result_clear(struct osmflow_diff_result *result);
/* Reads an answer while it arrives; `finish` is OSMFLOW_BAD_DATA unless the document is a whole <diffResult>. */
struct osmflow_http_sink osmflow_diff_result_sink(struct osmflow_diff_result *result);
/* The same from memory. */
enum osmflow_status osmflow_diff_result_read(struct osmflow_diff_result *result, struct osmflow_text document,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
