#include "source/feature_text.h"

#include "../unit.h"

static OGRFeatureDefnH definition;

static OGRFeatureH make(OGRFieldType type, OGRFieldSubType subtype) {
  OGRFieldDefnH field = OGR_Fld_Create("field", type);
  OGR_Fld_SetSubType(field, subtype);
  definition = OGR_FD_Create("layer");
  OGR_FD_Reference(definition);
  OGR_FD_AddFieldDefn(definition, field);
  OGR_Fld_Destroy(field);
  return OGR_F_Create(definition);
}

static void expect(OGRFeatureH feature, const char *expected, const char *what) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 4096);
  CU_ASSERT_EQUAL(osmflow_feature_text(feature, 0, &text, NULL), OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&text), expected, what);
  osmflow_bytes_clear(&text);
  OGR_F_Destroy(feature);
  OGR_FD_Release(definition);
}

static void refuses_texts_that_no_tag_can_hold(void) {
  char long_text[1025];
  struct osmflow_error error;
  memset(long_text, 'x', 256);
  long_text[256] = '\0';
  CU_ASSERT_EQUAL(osmflow_feature_check_text("the value", osmflow_text(long_text), &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "256 characters"));
  long_text[255] = '\0';
  CU_ASSERT_EQUAL(osmflow_feature_check_text("the value", osmflow_text(long_text), NULL), OSMFLOW_OK);
  for (size_t i = 0; i < 255; i++)
    memcpy(long_text + 4 * i, "\xF0\x9F\x98\x80", 5);
  CU_ASSERT_EQUAL(osmflow_feature_check_text("255 emoji", osmflow_text(long_text), NULL), OSMFLOW_OK);
  static const char *const bad[] = {"a\x01z", "a\x7Fz", "\xFF", "\xC0\x80", "caf\xE9", "\xED\xA0\x80", "a\x1Bz"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CU_ASSERT_EQUAL(osmflow_feature_check_text("the value", osmflow_text(bad[i]), NULL), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(osmflow_feature_check_text("lines", osmflow_text("a\tb\nc \xC3\xBC"), NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_feature_check_text("nothing", osmflow_text(""), NULL), OSMFLOW_OK);
}

static void refuses_types_that_no_tag_can_hold(void) {
  struct osmflow_bytes text;
  struct osmflow_error error;
  OGRFeatureH feature = make(OFTBinary, OFSTNone);
  OGR_F_SetFieldBinary(feature, 0, 2, "ab");
  osmflow_bytes_init(&text, 4096);
  CU_ASSERT_EQUAL(osmflow_feature_text(feature, 0, &text, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "no tag can hold the field field (Binary)"));
  CU_ASSERT_FALSE(osmflow_feature_type_fits(OFTBinary));
  CU_ASSERT_TRUE(osmflow_feature_type_fits(OFTString) && osmflow_feature_type_fits(OFTDateTime));
  osmflow_bytes_clear(&text);
  OGR_F_Destroy(feature);
  OGR_FD_Release(definition);
}

static void writes_values_as_mappers_do(void) {
  OGRFeatureH feature = make(OFTReal, OFSTNone);
  OGR_F_SetFieldDouble(feature, 0, 3.0);
  expect(feature, "3", "a whole number in a real column");
  feature = make(OFTReal, OFSTNone);
  OGR_F_SetFieldDouble(feature, 0, 0.1);
  expect(feature, "0.1", "the shortest form");
  feature = make(OFTInteger, OFSTBoolean);
  OGR_F_SetFieldInteger(feature, 0, 1);
  expect(feature, "yes", "a boolean");
  feature = make(OFTInteger, OFSTBoolean);
  OGR_F_SetFieldInteger(feature, 0, 0);
  expect(feature, "no", "a boolean");
  feature = make(OFTInteger64, OFSTNone);
  OGR_F_SetFieldInteger64(feature, 0, INT64_C(9007199254740993));
  expect(feature, "9007199254740993", "a large number");
  feature = make(OFTDate, OFSTNone);
  OGR_F_SetFieldDateTime(feature, 0, 2026, 3, 1, 0, 0, 0, 0);
  expect(feature, "2026-03-01", "a date");
  feature = make(OFTDateTime, OFSTNone);
  OGR_F_SetFieldDateTime(feature, 0, 2026, 3, 1, 4, 5, 6, 100);
  expect(feature, "2026-03-01T04:05:06Z", "a time in UTC");
  feature = make(OFTIntegerList, OFSTNone);
  OGR_F_SetFieldIntegerList(feature, 0, 2, (const int[]){50, 70});
  expect(feature, "50;70", "a list");
}

static void compares_what_is_shown(void) {
  OGRFeatureH left = make(OFTString, OFSTNone), right = OGR_F_Create(definition);
  CU_ASSERT_TRUE(osmflow_feature_same(left, right, 0));
  OGR_F_SetFieldNull(left, 0);
  CU_ASSERT_TRUE(osmflow_feature_same(left, right, 0));
  OGR_F_SetFieldString(left, 0, "a");
  CU_ASSERT_FALSE(osmflow_feature_same(left, right, 0));
  OGR_F_SetFieldString(right, 0, "b");
  CU_ASSERT_FALSE(osmflow_feature_same(left, right, 0));
  OGR_F_SetFieldString(right, 0, "a");
  CU_ASSERT_TRUE(osmflow_feature_same(left, right, 0));
  OGR_F_Destroy(left);
  OGR_F_Destroy(right);
  OGR_FD_Release(definition);
}

OSMFLOW_UNIT_MAIN("source/feature_text", UNIT(refuses_texts_that_no_tag_can_hold),
                  UNIT(refuses_types_that_no_tag_can_hold), UNIT(writes_values_as_mappers_do),
                  UNIT(compares_what_is_shown))
