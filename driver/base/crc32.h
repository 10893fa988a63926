/* CRC-32 as zip and gzip use it (reflected polynomial 0xEDB88320), to find damage in our own files. */
#ifndef OSMFLOW_BASE_CRC32_H
#define OSMFLOW_BASE_CRC32_H

#include <stdint.h>

#include "base/text.h"

uint32_t osmflow_crc32(struct osmflow_text text);
/* Goes on from what came before (0 at first), for bytes that come in pieces. */
uint32_t osmflow_crc32_add(uint32_t crc, struct osmflow_text text);

#endif
