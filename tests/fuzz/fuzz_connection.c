/* Connection strings: whatever is accepted has a URL, and that URL is the same call again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "osm/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parses and appends the URL; false when the string was refused or names a file. */
static bool parse(const char *connection, struct osmflow_bytes *url) {
  struct osmflow_call call;
  struct osmflow_error error;
  bool is_call = false;
  osmflow_call_init(&call);
  enum osmflow_status status = osmflow_call_parse(connection, "https://osm.example", &call, &error);
  if (status != OSMFLOW_OK && error.message[0] == '\0')
    abort();
  if (status == OSMFLOW_OK && !call.is_file) {
    is_call = true;
    if (osmflow_call_url(&call, url, &error) != OSMFLOW_OK)
      abort();
  }
  osmflow_call_clear(&call);
  return is_call;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_bytes connection, url, again;
  osmflow_bytes_init(&connection, size + 1);
  osmflow_bytes_init(&url, 64 << 20);
  osmflow_bytes_init(&again, 64 << 20);
  if (osmflow_bytes_add(&connection, data, size, NULL) == OSMFLOW_OK &&
      parse(osmflow_bytes_string(&connection), &url) && url.size < 1 << 20 &&
      (!parse(osmflow_bytes_string(&url), &again) ||
       !osmflow_text_equal(osmflow_bytes_view(&url), osmflow_bytes_view(&again))))
    abort();
  osmflow_bytes_clear(&connection);
  osmflow_bytes_clear(&url);
  osmflow_bytes_clear(&again);
  return 0;
}
