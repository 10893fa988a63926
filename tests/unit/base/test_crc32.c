#include "base/crc32.h"
#include "unit.h"

/* Values that zlib gives. */
static void is_the_one_of_zip(void) {
  static const struct {
    const char *text;
    uint32_t sum;
  } cases[] = {{"", 0x00000000},
               {"a", 0xE8B7BE43},
               {"123456789", 0xCBF43926},
               {"The quick brown fox jumps over the lazy dog", 0x414FA339},
               {"\xFF\xFF\xFF\xFF", 0xFFFFFFFF}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CU_ASSERT_EQUAL(osmflow_crc32(osmflow_text(cases[i].text)), cases[i].sum);
  CU_ASSERT_EQUAL(osmflow_crc32((struct osmflow_text){"\0\0\0\0", 4}), 0x2144DF1C);
}

static void sees_every_flipped_bit(void) {
  char text[] = "{\"kind\":\"send\",\"changeset\":7}";
  const struct osmflow_text view = {text, sizeof text - 1};
  const uint32_t sum = osmflow_crc32(view);
  for (size_t bit = 0; bit < 8 * view.size; bit++) {
    text[bit / 8] ^= (char)(1 << bit % 8);
    CU_ASSERT_NOT_EQUAL(osmflow_crc32(view), sum);
    text[bit / 8] ^= (char)(1 << bit % 8);
  }
  CU_ASSERT_EQUAL(osmflow_crc32(view), sum);
}

OSMFLOW_UNIT_MAIN("base/crc32", UNIT(is_the_one_of_zip), UNIT(sees_every_flipped_bit))
