/* Any bytes as the answer to an upload: read alike in one piece and in small ones, and every row is a possible one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "osm/diff_result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_possible(const struct osmflow_diff_row *row) {
  const bool is_deleted = row->new_id == 0 && row->new_version == 0;
  if (row->old_id == 0 || (unsigned)row->type >= OSMFLOW_ELEMENT_TYPES ||
      (!is_deleted && (row->new_id <= 0 || row->new_version == 0)))
    abort();
}

static enum osmflow_status read_in_steps(struct osmflow_diff_result *result, const uint8_t *data, size_t size,
                                         size_t step) {
  const struct osmflow_http_sink sink = osmflow_diff_result_sink(result);
  enum osmflow_status status = sink.begin(sink.self, NULL, NULL);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = sink.write(sink.self, data + i, size - i < step ? size - i : step, NULL);
  return status == OSMFLOW_OK ? sink.finish(sink.self, NULL) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_diff_result whole, pieces;
  osmflow_diff_result_init(&whole);
  osmflow_diff_result_init(&pieces);
  const struct osmflow_text document = {(const char *)data, size};
  const enum osmflow_status status = osmflow_diff_result_read(&whole, document, NULL);
  if (status != read_in_steps(&pieces, data, size, size % 5 + 1) || whole.count != pieces.count ||
      (status != OSMFLOW_OK && whole.count > 0))
    abort();
  for (size_t i = 0; i < whole.count; i++) {
    const struct osmflow_diff_row *one = &whole.rows[i], *other = &pieces.rows[i];
    require_possible(one);
    if (one->type != other->type || one->old_id != other->old_id || one->new_id != other->new_id ||
        one->new_version != other->new_version)
      abort();
  }
  osmflow_diff_result_clear(&whole);
  osmflow_diff_result_clear(&pieces);
  return 0;
}
