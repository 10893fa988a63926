/* The examples of NIST for FIPS 180-4, the lengths around a block's end, and PKCE's own example (RFC 7636, B). */
#include <stdlib.h>

#include "base/sha256.h"
#include "unit.h"

static void format(const uint8_t digest[OSMFLOW_SHA256_SIZE], char text[2 * OSMFLOW_SHA256_SIZE + 1]) {
  for (size_t i = 0; i < OSMFLOW_SHA256_SIZE; i++)
    snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void knows_published_digests(void) {
  static const struct {
    const char *text, *expected, *why;
  } cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "nothing at all"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "NIST: one block"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", "NIST: the length needs a second block"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrst"
       "u",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1", "NIST: two blocks"},
      {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
       "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3", "RFC 7636: the verifier of appendix B"},
  };
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  char text[2 * OSMFLOW_SHA256_SIZE + 1];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    osmflow_sha256(osmflow_text(cases[i].text), digest);
    format(digest, text);
    UNIT_SAME(text, cases[i].expected, cases[i].why);
  }
}

static void knows_lengths_around_a_block(void) {
  static const struct {
    size_t size;
    const char *expected;
  } cases[] = {
      {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
      {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
      {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
      {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
      {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
      {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
      {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
      {1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  char text[2 * OSMFLOW_SHA256_SIZE + 1], what[32];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *letters = malloc(cases[i].size);
    CU_ASSERT_FATAL(letters != NULL);
    memset(letters, 'a', cases[i].size);
    osmflow_sha256((struct osmflow_text){letters, cases[i].size}, digest);
    format(digest, text);
    snprintf(what, sizeof what, "%zu letters", cases[i].size);
    UNIT_SAME(text, cases[i].expected, what);
    free(letters);
  }
}

OSMFLOW_UNIT_MAIN("base/sha256", UNIT(knows_published_digests), UNIT(knows_lengths_around_a_block))
