/* Any bytes as the answer to any call whose answer is a table, in one piece. The first byte chooses the call. */
#include <stdint.h>
#include <stdlib.h>

#include "osm/table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const calls[] = {"changeset",   "changesets",   "notes",          "note",
                                    "notes/feed",  "users",        "user/details",   "user/preferences",
                                    "permissions", "capabilities", "versions",       "user/gpx_files",
                                    "trackpoints", "gpx/data",     "user/preference"};

/* Reads all that the rows point at, so that a sanitizer sees what is not there. */
static uint64_t walk(const struct osmflow_table_rows *rows) {
  uint64_t sum = 0;
  for (size_t i = 0; i < rows->row_count; i++) {
    const struct osmflow_table_row *row = &rows->rows[i];
    if (row->fid < 0)
      abort();
    for (size_t j = 0; j < rows->schema->column_count; j++) {
      const struct osmflow_text text = rows->values[row->first_value + j].text;
      sum += text.data[text.size] == '\0' ? text.size : 0;
    }
    for (size_t j = 0; j < row->part_count; j++) {
      const struct osmflow_table_part *part = &rows->parts[row->first_part + j];
      for (size_t k = 0; k < part->count; k++)
        sum += (uint64_t)rows->positions[part->first + k].lon;
    }
  }
  return sum;
}

static volatile uint64_t sum_of_all; /* so that nothing of the walk is left out */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_table table;
  if (size == 0)
    return 0;
  const struct osmflow_text document = {(const char *)data + 1, size - 1};
  const struct osmflow_call_class *call = osmflow_call_class(calls[data[0] % (sizeof calls / sizeof calls[0])]);
  osmflow_table_init(&table);
  if (osmflow_table_read(call, osmflow_text("key"), document, &table, NULL) == OSMFLOW_OK)
    for (size_t i = 0; i < table.layer_count; i++)
      sum_of_all += walk(&table.layers[i]);
  osmflow_table_clear(&table);
  return 0;
}
