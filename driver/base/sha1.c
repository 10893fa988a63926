#include "base/sha1.h"

#include <string.h>

enum { BLOCK = OSMFLOW_SHA1_BLOCK, ROUNDS = 80, LENGTH_SIZE = 8 };

static inline uint32_t rotate_left(uint32_t word, unsigned count) {
  return word << count | word >> (32 - count);
}

static void fill_schedule(uint32_t schedule[ROUNDS], const uint8_t *block) {
  for (size_t t = 0; t < 16; t++)
    schedule[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 |
                  (uint32_t)block[4 * t + 3];
  for (size_t t = 16; t < ROUNDS; t++)
    schedule[t] = rotate_left(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
}

/* The working variables a to e of the standard, section 6.1.2. */
struct working {
  uint32_t a, b, c, d, e;
};

static inline void step(struct working *v, uint32_t f, uint32_t k, uint32_t word) {
  const uint32_t t = rotate_left(v->a, 5) + f + v->e + k + word;
  *v = (struct working){t, v->a, rotate_left(v->b, 30), v->c, v->d};
}

static void add_block(uint32_t hash[5], const uint8_t *block) {
  uint32_t w[ROUNDS];
  struct working v = {hash[0], hash[1], hash[2], hash[3], hash[4]};
  fill_schedule(w, block);
  for (size_t t = 0; t < 20; t++)
    step(&v, (v.b & v.c) | (~v.b & v.d), 0x5a827999, w[t]);
  for (size_t t = 20; t < 40; t++)
    step(&v, v.b ^ v.c ^ v.d, 0x6ed9eba1, w[t]);
  for (size_t t = 40; t < 60; t++)
    step(&v, (v.b & v.c) | (v.b & v.d) | (v.c & v.d), 0x8f1bbcdc, w[t]);
  for (size_t t = 60; t < 80; t++)
    step(&v, v.b ^ v.c ^ v.d, 0xca62c1d6, w[t]);
  hash[0] += v.a;
  hash[1] += v.b;
  hash[2] += v.c;
  hash[3] += v.d;
  hash[4] += v.e;
}

void osmflow_sha1_init(struct osmflow_sha1 *sha1) {
  *sha1 = (struct osmflow_sha1){.hash = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

void osmflow_sha1_add(struct osmflow_sha1 *sha1, const void *data, size_t size) {
  const uint8_t *bytes = data;
  const size_t used = (size_t)(sha1->size % BLOCK);
  if (size == 0)
    return;
  sha1->size += size;
  if (used > 0) {
    const size_t part = size < BLOCK - used ? size : BLOCK - used;
    memcpy(sha1->block + used, bytes, part);
    bytes += part;
    size -= part;
    if (used + part == BLOCK)
      add_block(sha1->hash, sha1->block);
  }
  for (; size >= BLOCK; bytes += BLOCK, size -= BLOCK)
    add_block(sha1->hash, bytes);
  if (size > 0)
    memcpy(sha1->block, bytes, size);
}

void osmflow_sha1_finish(struct osmflow_sha1 *sha1, char hex[OSMFLOW_SHA1_HEX_SIZE]) {
  static const char digits[] = "0123456789abcdef";
  uint8_t end[BLOCK + LENGTH_SIZE] = {0x80};
  const uint64_t bits = sha1->size * 8;
  const size_t used = (size_t)(sha1->size % BLOCK);
  const size_t padding = (used < BLOCK - LENGTH_SIZE ? BLOCK : 2 * BLOCK) - LENGTH_SIZE - used;
  for (size_t i = 0; i < LENGTH_SIZE; i++)
    end[padding + i] = (uint8_t)(bits >> (56 - 8 * i));
  osmflow_sha1_add(sha1, end, padding + LENGTH_SIZE);
  for (size_t i = 0; i < OSMFLOW_SHA1_HEX_SIZE - 1; i++)
    hex[i] = digits[sha1->hash[i / 8] >> (28 - 4 * (i % 8)) & 15];
  hex[OSMFLOW_SHA1_HEX_SIZE - 1] = '\0';
}
