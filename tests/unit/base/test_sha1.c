#include "base/sha1.h"

#include <stdlib.h>

#include "unit.h"

/* The standard's examples (FIPS 180, and NIST's short and long messages), and what stands at the edges of a block. */
static void gives_the_standards_values(void) {
  static const struct {
    const char *text;
    size_t times;
    const char *hex;
  } cases[] = {
      {"", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
       "nopqrstu",
       1, "a49b2446a02c645bf419f995b67091253a04a259"},
      {"a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
      {"0123456701234567012345670123456701234567012345670123456701234567", 10,
       "dea356a2cddd90c7a7ecedc5ebb563934f460452"},
      {"a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
      {"a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
      {"a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
      {"a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
      {"a", 65, "11655326c708d70319be2610e8a57d9a5b959d3b"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_sha1 sha1;
    char hex[OSMFLOW_SHA1_HEX_SIZE];
    osmflow_sha1_init(&sha1);
    for (size_t n = 0; n < cases[i].times; n++)
      osmflow_sha1_add(&sha1, cases[i].text, strlen(cases[i].text));
    osmflow_sha1_finish(&sha1, hex);
    UNIT_SAME(hex, cases[i].hex, cases[i].text);
  }
}

static void pieces_do_not_matter(void) {
  char text[300], whole[OSMFLOW_SHA1_HEX_SIZE], hex[OSMFLOW_SHA1_HEX_SIZE];
  struct osmflow_sha1 sha1;
  for (size_t i = 0; i < sizeof text; i++)
    text[i] = (char)(i * 7 + i / 3);
  osmflow_sha1_init(&sha1);
  osmflow_sha1_add(&sha1, text, sizeof text);
  osmflow_sha1_finish(&sha1, whole);
  for (size_t piece = 1; piece < sizeof text; piece++) {
    osmflow_sha1_init(&sha1);
    for (size_t at = 0; at < sizeof text; at += piece)
      osmflow_sha1_add(&sha1, text + at, at + piece < sizeof text ? piece : sizeof text - at);
    osmflow_sha1_finish(&sha1, hex);
    CU_ASSERT_STRING_EQUAL(hex, whole);
  }
}

OSMFLOW_UNIT_MAIN("base/sha1", UNIT(gives_the_standards_values), UNIT(pieces_do_not_matter))
