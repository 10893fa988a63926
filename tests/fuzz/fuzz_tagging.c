/* Any bytes as a mapping from classes to tags: a clear error, or tags that are whole. Half of the properties are there.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mapflow/tagging.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_PROPERTIES = 100, MOST_KEYS = 200, MEMORY = 4 * 1024 * 1024 };

static void ask(const struct osmflow_tagging *tagging, size_t missing) {
  struct osmflow_text values[MOST_PROPERTIES], tags[MOST_KEYS];
  struct osmflow_bytes memory;
  const size_t properties = osmflow_tagging_property_count(tagging), keys = osmflow_tagging_key_count(tagging);
  if (properties > MOST_PROPERTIES || keys > MOST_KEYS)
    abort();
  for (size_t i = 0; i < properties; i++)
    values[i] = i % 2 == missing ? (struct osmflow_text){NULL, 0} : osmflow_text("101");
  osmflow_bytes_init(&memory, MEMORY);
  const enum osmflow_status status = osmflow_tagging_apply(tagging, values, tags, &memory, NULL);
  if (status != OSMFLOW_OK && status != OSMFLOW_TOO_LARGE)
    abort();
  for (size_t i = 0; status == OSMFLOW_OK && i < keys; i++)
    if (tags[i].data && (strlen(tags[i].data) != tags[i].size || !*osmflow_tagging_key(tagging, i)))
      abort();
  osmflow_bytes_clear(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_tagging *tagging = NULL;
  struct osmflow_error error = {0};
  char *text = malloc(size + 1);
  if (!text)
    return 0;
  if (size > 0)
    memcpy(text, data, size);
  text[size] = '\0';
  const enum osmflow_status status = osmflow_tagging_new("fuzz.ini", text, &tagging, &error);
  if (status != OSMFLOW_OK && (status != OSMFLOW_BAD_ARGUMENT || !error.message[0] || tagging))
    abort();
  for (size_t missing = 0; tagging && missing < 2; missing++)
    ask(tagging, missing);
  osmflow_tagging_free(tagging);
  free(text);
  return 0;
}
