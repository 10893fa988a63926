/* A growable byte buffer that is born with a ceiling. The bytes are always followed by a NUL that is not counted, so a
 * buffer that holds text can be handed to C functions.
 *
 * Owner: the struct is the caller's (_init/_clear); the memory inside belongs to the struct until _take.
 * Errors: OSMFLOW_TOO_LARGE past the ceiling, OSMFLOW_NO_MEMORY; the content stays as it was. One thread at a time. */
#ifndef OSMFLOW_BASE_BYTES_H
#define OSMFLOW_BASE_BYTES_H

#include <osmflow/status.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct osmflow_bytes {
  char *data; /* NULL while nothing was ever added */
  size_t size;
  size_t capacity;
  size_t ceiling;
};

void osmflow_bytes_init(struct osmflow_bytes *bytes, size_t ceiling);
void osmflow_bytes_clear(struct osmflow_bytes *bytes); /* frees the memory; the ceiling stays, it can be used again */
void osmflow_bytes_reset(struct osmflow_bytes *bytes); /* forgets the content, keeps the memory */

enum osmflow_status osmflow_bytes_add(struct osmflow_bytes *bytes, const void *data, size_t size,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_bytes_add_text(struct osmflow_bytes *bytes, struct osmflow_text text,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_bytes_add_string(struct osmflow_bytes *bytes, const char *string,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_bytes_print(struct osmflow_bytes *bytes, struct osmflow_error *error, const char *format,
                                        ...) OSMFLOW_PRINTF(3, 4) OSMFLOW_MUST_CHECK;
/* Appends text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
enum osmflow_status osmflow_bytes_add_json(struct osmflow_bytes *bytes, struct osmflow_text text,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends text percent-encoded for a URL: all but A-Z a-z 0-9 - . _ ~ and the bytes in `keep` (may be ""). */
enum osmflow_status osmflow_bytes_add_url(struct osmflow_bytes *bytes, struct osmflow_text text, const char *keep,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The content as a NUL-terminated string, "" when empty; borrowed until the next change. */
const char *osmflow_bytes_string(const struct osmflow_bytes *bytes);
struct osmflow_text osmflow_bytes_view(const struct osmflow_bytes *bytes);
/* Hands the memory over (free() it); the buffer is empty afterwards. NULL when it was empty. */
char *osmflow_bytes_take(struct osmflow_bytes *bytes);

/* Makes room in an array that grows: doubles `*items` (of `item_size` bytes each) so that `needed` items fit.
 * Beyond `most` items: OSMFLOW_TOO_LARGE. */
enum osmflow_status osmflow_array_reserve(void **items, size_t *capacity, size_t needed, size_t item_size, size_t most,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
