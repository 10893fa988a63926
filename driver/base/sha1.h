/* SHA-1 (FIPS 180-4), fed piece by piece: Mapflow's listings name it as the checksum of what was uploaded. Not for
 * secrets. Owner: the struct is the caller's; it holds no memory. */
#ifndef OSMFLOW_BASE_SHA1_H
#define OSMFLOW_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { OSMFLOW_SHA1_BLOCK = 64, OSMFLOW_SHA1_HEX_SIZE = 41 };

struct osmflow_sha1 {
  uint32_t hash[5];
  uint64_t size; /* bytes so far */
  uint8_t block[OSMFLOW_SHA1_BLOCK];
};

void osmflow_sha1_init(struct osmflow_sha1 *sha1);
void osmflow_sha1_add(struct osmflow_sha1 *sha1, const void *data, size_t size);
/* 40 lower case hexadecimal digits and a NUL. Nothing can be added afterwards. */
void osmflow_sha1_finish(struct osmflow_sha1 *sha1, char hex[OSMFLOW_SHA1_HEX_SIZE]);

#endif
