/* Any words of a server, the first byte chooses its status: what is understood of them is possible, and the words can
 * be understood in another case of letters alike. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "osm/refusal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int statuses[] = {409, 412, 410, 413, 400, 404, 429, 503, 509, 500};

static void require(bool is_so) {
  if (!is_so)
    abort();
}

static bool is_id(int64_t id) {
  return id != 0 && id >= -OSMFLOW_MOST_ID && id <= OSMFLOW_MOST_ID;
}

static void require_possible(const struct osmflow_refusal *refusal) {
  require(refusal->kind >= OSMFLOW_REFUSAL_OTHER && refusal->kind <= OSMFLOW_REFUSAL_READ_ONLY);
  require(!refusal->has_element || ((unsigned)refusal->type < OSMFLOW_ELEMENT_TYPES && is_id(refusal->id)));
  require(refusal->mine >= 0 && refusal->theirs >= 0 && refusal->changeset >= 0);
  require(refusal->others_count <= OSMFLOW_REFUSAL_OTHERS && (unsigned)refusal->others_type < OSMFLOW_ELEMENT_TYPES);
  for (size_t i = 0; i < refusal->others_count; i++)
    require(is_id(refusal->others[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_refusal refusal, again;
  if (size == 0)
    return 0;
  char *words = malloc(size);
  require(words != NULL);
  for (size_t i = 1; i < size; i++)
    words[i - 1] = (char)(data[i] >= 'a' && data[i] <= 'z' ? data[i] - ('a' - 'A') : data[i]);
  const int status = statuses[data[0] % (sizeof statuses / sizeof statuses[0])];
  osmflow_refusal_parse(status, (struct osmflow_text){(const char *)data + 1, size - 1}, &refusal);
  require_possible(&refusal);
  osmflow_refusal_parse(status, (struct osmflow_text){words, size - 1}, &again);
  require(refusal.kind == again.kind && refusal.has_element == again.has_element && refusal.id == again.id &&
          refusal.mine == again.mine && refusal.theirs == again.theirs && refusal.changeset == again.changeset &&
          refusal.others_count == again.others_count);
  free(words);
  return 0;
}
