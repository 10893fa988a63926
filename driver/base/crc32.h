/* CRC-32 as zip and gzip use it (reflected polynomial 0xEDB88320), to find damage in our own files. */
#ifndef OSMFLOW_BASE_CRC32_H
#define OSMFLOW_BASE_CRC32_H

#include <stdint.h>

#include "base/text.h"

uint32_t osmflow_crc32(struct osmflow_text text);

#endif
