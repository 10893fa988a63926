/* Base64 as in RFC 4648, section 4: with '+' and '/'. */
#ifndef OSMFLOW_BASE_BASE64_H
#define OSMFLOW_BASE_BASE64_H

#include <stdbool.h>

#include "base/bytes.h"

/* The '=' at the end may be missing. False: it is no base64, or longer than `room` bytes; what is in `plain` then means
 * nothing. */
bool osmflow_base64_decode(struct osmflow_text text, unsigned char *plain, size_t room, size_t *size);
/* Appends it with its '='. */
enum osmflow_status osmflow_base64_add(struct osmflow_bytes *code, struct osmflow_text plain,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
