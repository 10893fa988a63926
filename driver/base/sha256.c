#include "base/sha256.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, LENGTH_SIZE = 8 };

/* The names of the functions are those of the standard, section 4.1.2. */
static uint32_t rotate_right(uint32_t word, unsigned count) {
  return word >> count | word << (32 - count);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z) {
  return (x & y) ^ (~x & z);
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z) {
  return (x & y) ^ (x & z) ^ (y & z);
}

static uint32_t big_sigma_0(uint32_t x) {
  return rotate_right(x, 2) ^ rotate_right(x, 13) ^ rotate_right(x, 22);
}

static uint32_t big_sigma_1(uint32_t x) {
  return rotate_right(x, 6) ^ rotate_right(x, 11) ^ rotate_right(x, 25);
}

static uint32_t small_sigma_0(uint32_t x) {
  return rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
}

static uint32_t small_sigma_1(uint32_t x) {
  return rotate_right(x, 17) ^ rotate_right(x, 19) ^ x >> 10;
}

static void fill_schedule(uint32_t schedule[ROUNDS], const uint8_t block[BLOCK]) {
  for (size_t t = 0; t < 16; t++)
    schedule[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 |
                  (uint32_t)block[4 * t + 3];
  for (size_t t = 16; t < ROUNDS; t++)
    schedule[t] = small_sigma_1(schedule[t - 2]) + schedule[t - 7] + small_sigma_0(schedule[t - 15]) + schedule[t - 16];
}

static void add_block(uint32_t hash[8], const uint8_t block[BLOCK]) {
  /* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
  static const uint32_t k[ROUNDS] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
      0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
      0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
      0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
      0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
      0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  };
  uint32_t schedule[ROUNDS];
  uint32_t v[8]; /* a to h */
  fill_schedule(schedule, block);
  memcpy(v, hash, sizeof v);
  for (size_t t = 0; t < ROUNDS; t++) {
    const uint32_t t1 = v[7] + big_sigma_1(v[4]) + choose(v[4], v[5], v[6]) + k[t] + schedule[t];
    const uint32_t t2 = big_sigma_0(v[0]) + majority(v[0], v[1], v[2]);
    memmove(v + 1, v, 7 * sizeof v[0]);
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (size_t i = 0; i < 8; i++)
    hash[i] += v[i];
}

void osmflow_sha256(struct osmflow_text text, uint8_t digest[OSMFLOW_SHA256_SIZE]) {
  /* The first 32 bits of the fractional parts of the square roots of the first 8 primes. */
  uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t end[2 * BLOCK] = {0};
  const size_t whole = text.size - text.size % BLOCK;
  const size_t rest = text.size - whole;
  const size_t end_size = rest + 1 + LENGTH_SIZE <= BLOCK ? BLOCK : 2 * BLOCK;
  for (size_t at = 0; at < whole; at += BLOCK)
    add_block(hash, (const uint8_t *)text.data + at);
  if (rest > 0)
    memcpy(end, text.data + whole, rest);
  end[rest] = 0x80;
  for (size_t i = 0; i < LENGTH_SIZE; i++)
    end[end_size - 1 - i] = (uint8_t)((uint64_t)text.size * 8 >> 8 * i);
  for (size_t at = 0; at < end_size; at += BLOCK)
    add_block(hash, end + at);
  for (size_t i = 0; i < OSMFLOW_SHA256_SIZE; i++)
    digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}
