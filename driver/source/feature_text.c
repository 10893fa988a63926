#include "source/feature_text.h"

#include <string.h>

#include "base/number.h"

enum { MOST_CHARACTERS = 255 };

bool osmflow_feature_type_fits(OGRFieldType type) {
  static const OGRFieldType types[] = {OFTInteger, OFTInteger64, OFTReal,       OFTString,      OFTDate,
                                       OFTTime,    OFTDateTime,  OFTStringList, OFTIntegerList, OFTInteger64List};
  bool fits = false;
  for (size_t i = 0; !fits && i < sizeof types / sizeof types[0]; i++)
    fits = types[i] == type;
  return fits;
}

static enum osmflow_status add_list(OGRFeatureH feature, int field, struct osmflow_bytes *text,
                                    struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  int count = 0;
  const OGRFieldType type = OGR_Fld_GetType(OGR_F_GetFieldDefnRef(feature, field));
  if (type == OFTStringList) {
    char **items = OGR_F_GetFieldAsStringList(feature, field);
    for (int i = 0; status == OSMFLOW_OK && items && items[i]; i++)
      status = osmflow_bytes_print(text, error, "%s%s", i ? ";" : "", items[i]);
  } else if (type == OFTIntegerList) {
    const int *items = OGR_F_GetFieldAsIntegerList(feature, field, &count);
    for (int i = 0; status == OSMFLOW_OK && i < count; i++)
      status = osmflow_bytes_print(text, error, "%s%d", i ? ";" : "", items[i]);
  } else {
    const GIntBig *items = OGR_F_GetFieldAsInteger64List(feature, field, &count);
    for (int i = 0; status == OSMFLOW_OK && i < count; i++)
      status = osmflow_bytes_print(text, error, "%s%lld", i ? ";" : "", (long long)items[i]);
  }
  return status;
}

static enum osmflow_status add_time(OGRFeatureH feature, int field, OGRFieldType type, struct osmflow_bytes *text,
                                    struct osmflow_error *error) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, zone = 0;
  float second = 0;
  OGR_F_GetFieldAsDateTimeEx(feature, field, &year, &month, &day, &hour, &minute, &second, &zone);
  if (type == OFTDate)
    return osmflow_bytes_print(text, error, "%04d-%02d-%02d", year, month, day);
  if (type == OFTTime)
    return osmflow_bytes_print(text, error, "%02d:%02d:%02d", hour, minute, (int)second);
  return osmflow_bytes_print(text, error, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, hour, minute,
                             (int)second, zone == 100 ? "Z" : "");
}

enum osmflow_status osmflow_feature_text(OGRFeatureH feature, int field, struct osmflow_bytes *text,
                                         struct osmflow_error *error) {
  char number[OSMFLOW_NUMBER_SIZE];
  OGRFieldDefnH definition = OGR_F_GetFieldDefnRef(feature, field);
  const OGRFieldType type = OGR_Fld_GetType(definition);
  switch (type) {
    case OFTReal:
      osmflow_format_real(number, OGR_F_GetFieldAsDouble(feature, field));
      return osmflow_bytes_add_string(text, number, error);
    case OFTInteger:
    case OFTInteger64:
      if (OGR_Fld_GetSubType(definition) == OFSTBoolean)
        return osmflow_bytes_add_string(text, OGR_F_GetFieldAsInteger(feature, field) ? "yes" : "no", error);
      return osmflow_bytes_add_string(text, OGR_F_GetFieldAsString(feature, field), error);
    case OFTString:
      return osmflow_bytes_add_string(text, OGR_F_GetFieldAsString(feature, field), error);
    case OFTDate:
    case OFTTime:
    case OFTDateTime:
      return add_time(feature, field, type, text, error);
    case OFTStringList:
    case OFTIntegerList:
    case OFTInteger64List:
      return add_list(feature, field, text, error);
    default:
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "no tag can hold the field %s (%s)",
                               OGR_Fld_GetNameRef(definition), OGR_GetFieldTypeName(type));
  }
}

/* The two that XML has no place for either. */
static bool has_noncharacter(struct osmflow_text text) {
  bool found = false;
  for (size_t i = 0; !found && i + 2 < text.size; i++)
    found = memcmp(text.data + i, "\xEF\xBF", 2) == 0 && (unsigned char)text.data[i + 2] >= 0xBE;
  return found;
}

enum osmflow_status osmflow_feature_check_text(const char *what, struct osmflow_text text,
                                               struct osmflow_error *error) {
  size_t characters = 0;
  if (!osmflow_text_is_utf8(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is not UTF-8", what);
  for (size_t i = 0; i < text.size; i++) {
    const unsigned char byte = (unsigned char)text.data[i];
    characters += (byte & 0xC0) != 0x80;
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has a control character (0x%02x)", what, byte);
  }
  if (has_noncharacter(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has U+FFFE or U+FFFF, which is no character", what);
  if (characters > MOST_CHARACTERS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has %zu characters; OSM allows %d", what, characters,
                             MOST_CHARACTERS);
  return OSMFLOW_OK;
}

bool osmflow_feature_says(OGRFeatureH feature, int field) {
  const bool is_ignored = OGR_Fld_IsIgnored(OGR_F_GetFieldDefnRef(feature, field)) != 0;
  return is_ignored ? OGR_F_IsFieldSetAndNotNull(feature, field) != 0 : OGR_F_IsFieldSet(feature, field) != 0;
}

bool osmflow_feature_same(OGRFeatureH left, OGRFeatureH right, int field) {
  const bool has_left = OGR_F_IsFieldSetAndNotNull(left, field), has_right = OGR_F_IsFieldSetAndNotNull(right, field);
  if (!has_left || !has_right)
    return has_left == has_right;
  return strcmp(OGR_F_GetFieldAsString(left, field), OGR_F_GetFieldAsString(right, field)) == 0;
}
