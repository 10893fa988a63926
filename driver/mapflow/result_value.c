#include "base/number.h"
#include "mapflow/result_parts.h"

enum { DATE_SIZE = 10, SHORT_INTEGER = 15 };

static bool read_date(struct osmflow_text text, int64_t *seconds) {
  return text.size == DATE_SIZE && osmflow_parse_time(text, seconds);
}

static double read_fraction(struct osmflow_text digits) {
  double value = 0, scale = 1;
  for (size_t i = 0; i < digits.size && digits.data[i] >= '0' && digits.data[i] <= '9'; i++) {
    scale /= 10;
    value += scale * (digits.data[i] - '0');
  }
  return value;
}

/* YYYY-MM-DDThh:mm:ss, perhaps with a fraction, and always with a zone: without one nobody knows when it was. */
bool osmflow_result_time_read(struct osmflow_text text, int64_t *seconds, double *fraction) {
  enum { SHORTEST = 20, FRACTION_AT = 19, ZONE_SIZE = 6 };
  if (text.size < SHORTEST || text.data[DATE_SIZE] != 'T')
    return false;
  const char *zone = text.data + text.size - ZONE_SIZE;
  const bool has_zone = text.data[text.size - 1] == 'Z' || ((*zone == '+' || *zone == '-') && zone[3] == ':');
  const bool has_fraction = text.data[FRACTION_AT] == '.';
  if (!has_zone || !osmflow_parse_time(text, seconds))
    return false;
  const struct osmflow_text digits = {text.data + FRACTION_AT + 1, text.size - FRACTION_AT - 1};
  *fraction = has_fraction ? read_fraction(digits) : 0;
  return true;
}

static bool is_exact_as_real(struct osmflow_text literal) {
  const int64_t most = INT64_C(1) << 53;
  int64_t value = 0;
  return literal.size <= SHORT_INTEGER || osmflow_parse_int(literal, -most, most, &value);
}

static unsigned mask_of_text(struct osmflow_text text) {
  int64_t seconds = 0;
  double fraction = 0;
  if (text.size < DATE_SIZE || text.data[4] != '-')
    return OSMFLOW_RESULT_IS_TEXT;
  if (read_date(text, &seconds))
    return OSMFLOW_RESULT_IS_DATE;
  return osmflow_result_time_read(text, &seconds, &fraction) ? OSMFLOW_RESULT_IS_TIME : OSMFLOW_RESULT_IS_TEXT;
}

unsigned osmflow_result_mask_of(const struct osmflow_geojson_property *property) {
  int64_t integer = 0;
  double real = 0;
  switch (property->kind) {
    case OSMFLOW_GEOJSON_NULL:
      return 0;
    case OSMFLOW_GEOJSON_BOOLEAN:
      return OSMFLOW_RESULT_IS_BOOLEAN;
    case OSMFLOW_GEOJSON_INTEGER: /* one that fits nowhere is kept as it is written */
      if (is_exact_as_real(property->text))
        return OSMFLOW_RESULT_IS_INTEGER;
      return osmflow_parse_int(property->text, INT64_MIN, INT64_MAX, &integer)
                 ? OSMFLOW_RESULT_IS_INTEGER | OSMFLOW_RESULT_IS_LARGE
                 : OSMFLOW_RESULT_IS_TEXT;
    case OSMFLOW_GEOJSON_REAL:
      return osmflow_geojson_real(property->text, &real) ? OSMFLOW_RESULT_IS_REAL : OSMFLOW_RESULT_IS_TEXT;
    case OSMFLOW_GEOJSON_STRING:
      return mask_of_text(property->text);
    default:
      return OSMFLOW_RESULT_IS_JSON;
  }
}

bool osmflow_result_value_read(enum osmflow_field_type type, const struct osmflow_geojson_property *property,
                               struct osmflow_value *value) {
  const enum osmflow_geojson_kind kind = property->kind;
  bool fits = kind == OSMFLOW_GEOJSON_NULL;
  value->is_null = true;
  if (fits)
    return true;
  switch (type) {
    case OSMFLOW_FIELD_STRING:
      value->text = property->text;
      fits = true;
      break;
    case OSMFLOW_FIELD_JSON:
      value->text = property->text;
      fits = kind == OSMFLOW_GEOJSON_OBJECT || kind == OSMFLOW_GEOJSON_ARRAY;
      break;
    case OSMFLOW_FIELD_REAL:
      fits = (kind == OSMFLOW_GEOJSON_REAL || (kind == OSMFLOW_GEOJSON_INTEGER && is_exact_as_real(property->text))) &&
             osmflow_geojson_real(property->text, &value->real);
      break;
    case OSMFLOW_FIELD_BOOLEAN:
      value->integer = property->text.data[0] == 't';
      fits = kind == OSMFLOW_GEOJSON_BOOLEAN;
      break;
    case OSMFLOW_FIELD_DATE:
      fits = kind == OSMFLOW_GEOJSON_STRING && read_date(property->text, &value->integer);
      break;
    case OSMFLOW_FIELD_DATETIME:
      fits = kind == OSMFLOW_GEOJSON_STRING && osmflow_result_time_read(property->text, &value->integer, &value->real);
      break;
    default:
      fits =
          kind == OSMFLOW_GEOJSON_INTEGER && osmflow_parse_int(property->text, INT64_MIN, INT64_MAX, &value->integer);
  }
  value->is_null = !fits;
  return fits;
}

const char *osmflow_result_class_name(struct osmflow_text class_id) {
  static const struct {
    const char *id, *name;
  } classes[] = {{"101", "apartment building"},
                 {"102", "house"},
                 {"103", "industrial"},
                 {"104", "commercial"},
                 {"105", "other non-residential"}};
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (osmflow_text_is(class_id, classes[i].id))
      return classes[i].name;
  return NULL;
}
