/* SHA-256 as FIPS 180-4 describes it: the sandbox checks PKCE's S256 challenge without a library for one function. */
#include <stdlib.h>

#include "internal.h"
#include "rails.h"

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t value, int bits) {
  return value >> bits | value << (32 - bits);
}

static void add_block(uint32_t state[8], const uint8_t block[64]) {
  uint32_t words[64], sums[8];
  for (size_t i = 0; i < 16; i++)
    words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    const uint32_t early = words[i - 15], late = words[i - 2];
    words[i] = words[i - 16] + (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) + words[i - 7] +
               (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
  }
  memcpy(sums, state, sizeof sums);
  for (int i = 0; i < 64; i++) {
    const uint32_t a = sums[0], e = sums[4];
    const uint32_t choice = (e & sums[5]) ^ (~e & sums[6]);
    const uint32_t majority = (a & sums[1]) ^ (a & sums[2]) ^ (sums[1] & sums[2]);
    const uint32_t first = sums[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + constants[i] + words[i];
    const uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
    memmove(sums + 1, sums, 7 * sizeof *sums);
    sums[4] += first;
    sums[0] = first + second;
  }
  for (int i = 0; i < 8; i++)
    state[i] += sums[i];
}

void rails_sha256(struct osmflow_text text, uint8_t digest[32]) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const size_t size = (text.size + 9 + 63) / 64 * 64;
  uint8_t *padded = calloc(size, 1);
  if (!padded)
    sandbox_die("out of memory");
  if (text.size > 0)
    memcpy(padded, text.data, text.size);
  padded[text.size] = 0x80;
  for (int i = 0; i < 8; i++)
    padded[size - 1 - (size_t)i] = (uint8_t)((uint64_t)text.size * 8 >> 8 * i);
  for (size_t at = 0; at < size; at += 64)
    add_block(state, padded + at);
  free(padded);
  for (int i = 0; i < 32; i++)
    digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}
