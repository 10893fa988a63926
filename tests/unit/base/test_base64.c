#include "base/base64.h"
#include "unit.h"

static void refuses_what_is_none(void) {
  static const char *const texts[] = {"A", "AAAAA", "AA-A", "AA_A", "A AA", "=A", "é"};
  unsigned char plain[8];
  size_t size = 0;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    CU_ASSERT_FALSE(osmflow_base64_decode(osmflow_text(texts[i]), plain, sizeof plain, &size));
  CU_ASSERT_FALSE(osmflow_base64_decode((struct osmflow_text){"A\0AA", 4}, plain, sizeof plain, &size));
}

/* RFC 4648, section 10. */
static void goes_there_and_back(void) {
  static const struct {
    const char *plain, *code, *bare;
  } cases[] = {{"", "", ""},
               {"f", "Zg==", "Zg"},
               {"fo", "Zm8=", "Zm8"},
               {"foo", "Zm9v", "Zm9v"},
               {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
               {"\xFF\xEF\xBE", "/+++", "/+++"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes code;
    unsigned char plain[8] = "";
    size_t size = 0;
    osmflow_bytes_init(&code, 100);
    CU_ASSERT_EQUAL(osmflow_base64_add(&code, osmflow_text(cases[i].plain), NULL), OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&code), cases[i].code, cases[i].plain);
    CU_ASSERT_TRUE(osmflow_base64_decode(osmflow_text(cases[i].bare), plain, sizeof plain, &size));
    CU_ASSERT_TRUE(osmflow_text_is((struct osmflow_text){(const char *)plain, size}, cases[i].plain));
    osmflow_bytes_clear(&code);
  }
}

static void keeps_to_the_room(void) {
  unsigned char plain[4] = {0, 0, 0, 0x5A};
  size_t size = 0;
  CU_ASSERT_TRUE(osmflow_base64_decode(osmflow_text("Zm9v"), plain, 3, &size));
  CU_ASSERT_EQUAL(size, 3);
  CU_ASSERT_FALSE(osmflow_base64_decode(osmflow_text("Zm9vYg=="), plain, 3, &size));
  CU_ASSERT_EQUAL(plain[3], 0x5A);
}

OSMFLOW_UNIT_MAIN("base/base64", UNIT(refuses_what_is_none), UNIT(goes_there_and_back), UNIT(keeps_to_the_room))
