/* SHA-256 (FIPS 180-4) of a text that is in memory, for what is no secret: PKCE's challenge. */
#ifndef OSMFLOW_BASE_SHA256_H
#define OSMFLOW_BASE_SHA256_H

#include <stdint.h>

#include "base/text.h"

enum { OSMFLOW_SHA256_SIZE = 32 };

void osmflow_sha256(struct osmflow_text text, uint8_t digest[OSMFLOW_SHA256_SIZE]);

#endif
