#include "base/bbox.h"

#include "base/number.h"

enum { LONGEST_BBOX = 200 };

/* Commas may arrive percent-encoded from URLs. */
static size_t decode_commas(struct osmflow_text text, char decoded[LONGEST_BBOX + 1]) {
  size_t size = 0;
  for (size_t i = 0; i < text.size && size < LONGEST_BBOX; i++) {
    const bool encoded = i + 2 < text.size && text.data[i] == '%' && text.data[i + 1] == '2' &&
                         (text.data[i + 2] == 'C' || text.data[i + 2] == 'c');
    decoded[size++] = encoded ? ',' : text.data[i];
    i += encoded ? 2 : 0;
  }
  decoded[size] = '\0';
  return size;
}

static enum osmflow_status parse_number(struct osmflow_text part, size_t index, int32_t *value,
                                        struct osmflow_error *error) {
  static const char *const names[] = {"min_lon", "min_lat", "max_lon", "max_lat"};
  const int32_t limit = index % 2 ? 90 * OSMFLOW_DEGREE : 180 * OSMFLOW_DEGREE;
  double real = 0;
  if (!osmflow_parse_real(part, &real))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "bbox: %s is '%.*s', which is not a number; write it as min_lon,min_lat,max_lon,max_lat "
                             "in degrees, for example 9.52,47.13,9.53,47.14",
                             names[index], OSMFLOW_TEXT_ARGUMENTS(part));
  if (!osmflow_parse_degrees(part, value) || *value < -limit || *value > limit)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "bbox: %s is %.*s, which is outside of -%d to %d degrees%s",
                             names[index], OSMFLOW_TEXT_ARGUMENTS(part), limit / OSMFLOW_DEGREE, limit / OSMFLOW_DEGREE,
                             index % 2 ? " (is the order min_lon,min_lat,max_lon,max_lat?)" : "");
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_bbox_parse(struct osmflow_text text, struct osmflow_bbox *bbox,
                                       struct osmflow_error *error) {
  char decoded[LONGEST_BBOX + 1];
  struct osmflow_text parts[9], rest = {decoded, decode_commas(text, decoded)};
  int32_t values[4] = {0, 0, 0, 0};
  size_t count = 0;
  enum osmflow_status status = OSMFLOW_OK;
  while (count < 9 && osmflow_text_next(&rest, ',', &parts[count])) {
    parts[count] = osmflow_text_trim(parts[count]);
    count++;
  }
  if (count == 8)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "bbox '%s' has eight numbers: write decimals with a point, not with a comma "
                             "(9.52,47.13,9.53,47.14)",
                             decoded);
  if (count != 4)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "bbox '%s' has %s numbers where four are needed: min_lon,min_lat,max_lon,max_lat", decoded,
                             count < 4 ? "too few" : "too many");
  for (size_t i = 0; status == OSMFLOW_OK && i < 4; i++)
    status = parse_number(parts[i], i, &values[i], error);
  if (status == OSMFLOW_OK && (values[0] > values[2] || values[1] > values[3]))
    status = osmflow_error_set(
        error, OSMFLOW_BAD_ARGUMENT, "bbox '%s': %s is larger than %s; the order is min_lon,min_lat,max_lon,max_lat",
        decoded, values[0] > values[2] ? "min_lon" : "min_lat", values[0] > values[2] ? "max_lon" : "max_lat");
  if (status == OSMFLOW_OK)
    *bbox = (struct osmflow_bbox){values[0], values[1], values[2], values[3]};
  return status;
}

size_t osmflow_bbox_format(char buffer[OSMFLOW_BBOX_SIZE], const struct osmflow_bbox *bbox) {
  const int32_t values[4] = {bbox->min_lon, bbox->min_lat, bbox->max_lon, bbox->max_lat};
  size_t size = 0;
  for (size_t i = 0; i < 4; i++) {
    char number[OSMFLOW_NUMBER_SIZE];
    size_t length = osmflow_format_degrees(number, values[i]);
    while (number[length - 1] == '0')
      length--;
    if (number[length - 1] == '.')
      length--;
    if (i > 0)
      buffer[size++] = ',';
    memcpy(buffer + size, number, length);
    size += length;
  }
  buffer[size] = '\0';
  return size;
}

double osmflow_bbox_area(const struct osmflow_bbox *bbox) {
  return ((double)bbox->max_lon - bbox->min_lon) / OSMFLOW_DEGREE *
         (((double)bbox->max_lat - bbox->min_lat) / OSMFLOW_DEGREE);
}
