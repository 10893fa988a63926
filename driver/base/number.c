#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t plain_locale;

static void make_plain_locale(void) {
  plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* A host program may have set a locale with decimal commas; ours holds for this thread and this call. */
static locale_t enter_plain_locale(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_plain_locale);
  return plain_locale ? uselocale(plain_locale) : (locale_t)0;
}

static void leave_plain_locale(locale_t before) {
  if (before)
    uselocale(before);
}

bool osmflow_parse_int(struct osmflow_text text, int64_t least, int64_t most, int64_t *value) {
  const bool negative = text.size > 0 && text.data[0] == '-';
  uint64_t magnitude = 0;
  size_t i = negative ? 1 : 0;
  if (i == text.size)
    return false;
  for (; i < text.size; i++) {
    const unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
    if (digit > 9 || magnitude > (UINT64_MAX - digit) / 10)
      return false;
    magnitude = magnitude * 10 + digit;
  }
  if (magnitude > (uint64_t)INT64_MAX + negative)
    return false;
  const int64_t parsed =
      negative ? (magnitude == (uint64_t)INT64_MAX + 1 ? INT64_MIN : -(int64_t)magnitude) : (int64_t)magnitude;
  if (parsed < least || parsed > most)
    return false;
  *value = parsed;
  return true;
}

static size_t skip_digits(struct osmflow_text text, size_t place) {
  while (place < text.size && text.data[place] >= '0' && text.data[place] <= '9')
    place++;
  return place;
}

/* -12.5e-3: sign, digits with at most one point and at least one digit, exponent. */
static bool is_decimal(struct osmflow_text text) {
  size_t place = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
  const size_t start = place;
  place = skip_digits(text, place);
  size_t digits = place - start;
  if (place < text.size && text.data[place] == '.') {
    const size_t fraction = place + 1;
    place = skip_digits(text, fraction);
    digits += place - fraction;
  }
  if (digits > 0 && place < text.size && (text.data[place] == 'e' || text.data[place] == 'E')) {
    size_t exponent = place + 1;
    if (exponent < text.size && (text.data[exponent] == '-' || text.data[exponent] == '+'))
      exponent++;
    place = skip_digits(text, exponent);
    digits = place > exponent ? digits : 0;
  }
  return digits > 0 && place == text.size;
}

bool osmflow_parse_real(struct osmflow_text text, double *value) {
  enum { LONGEST = 400 };
  char copy[LONGEST + 1];
  if (text.size > LONGEST || !is_decimal(text))
    return false;
  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  const locale_t before = enter_plain_locale();
  const double parsed = strtod(copy, NULL);
  leave_plain_locale(before);
  if (!isfinite(parsed))
    return false;
  *value = parsed;
  return true;
}

/* What servers write: optional '-', one to three digits, a point, one to seven digits. */
static bool parse_plain_degrees(struct osmflow_text text, int64_t *value) {
  const char *place = text.data, *end = text.data + text.size;
  int64_t number = 0;
  const bool negative = place < end && *place == '-';
  place += negative;
  const char *digits = place;
  while (place < end && (unsigned char)(*place - '0') <= 9)
    number = number * 10 + (*place++ - '0');
  if (place == digits || place - digits > 3)
    return false;
  int64_t scale = OSMFLOW_DEGREE;
  if (place < end && *place == '.') {
    place++;
    if (end - place < 1 || end - place > 7)
      return false;
    while (place < end && (unsigned char)(*place - '0') <= 9) {
      number = number * 10 + (*place++ - '0');
      scale /= 10;
    }
  }
  if (place != end)
    return false;
  *value = negative ? -number * scale : number * scale;
  return true;
}

bool osmflow_parse_degrees(struct osmflow_text text, int32_t *value) {
  const int64_t most = 180LL * OSMFLOW_DEGREE;
  int64_t number = 0;
  double real = 0;
  if (text.size == 0 || text.size > 12 || !parse_plain_degrees(text, &number)) {
    if (!osmflow_parse_real(text, &real) || real < -180.0 || real > 180.0)
      return false;
    number = llround(real * OSMFLOW_DEGREE);
  }
  if (number < -most || number > most)
    return false;
  *value = (int32_t)number;
  return true;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar (years count from March, so that leap days come last). */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

static bool take_digits(struct osmflow_text *text, size_t count, int64_t most, int64_t *value) {
  if (text->size < count)
    return false;
  *value = 0;
  for (size_t i = 0; i < count; i++) {
    const unsigned digit = (unsigned)(unsigned char)text->data[i] - '0';
    if (digit > 9)
      return false;
    *value = *value * 10 + digit;
  }
  text->data += count;
  text->size -= count;
  return *value <= most;
}

static bool take(struct osmflow_text *text, const char *any_of) {
  const bool found = text->size > 0 && text->data[0] != '\0' && strchr(any_of, text->data[0]);
  if (found) {
    text->data++;
    text->size--;
  }
  return found;
}

/* "", "Z", " UTC", "+01:00", "+0100", "+01". */
static bool take_zone(struct osmflow_text *text, int64_t *offset) {
  int64_t hours = 0, minutes = 0;
  *offset = 0;
  if (text->size == 0 || osmflow_text_is(*text, "Z") || osmflow_text_is(*text, " UTC")) {
    text->size = 0;
    return true;
  }
  take(text, " ");
  const bool west = text->size > 0 && text->data[0] == '-';
  if (!take(text, "+-") || !take_digits(text, 2, 14, &hours))
    return false;
  take(text, ":");
  if (text->size > 0 && !take_digits(text, 2, 59, &minutes))
    return false;
  *offset = (hours * 60 + minutes) * (west ? -60 : 60);
  return text->size == 0;
}

bool osmflow_parse_time(struct osmflow_text text, int64_t *seconds) {
  static const int8_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t year, month, day, hour = 0, minute = 0, second = 0, offset = 0;
  if (!take_digits(&text, 4, 9999, &year) || !take(&text, "-") || !take_digits(&text, 2, 12, &month) || month < 1 ||
      !take(&text, "-") || !take_digits(&text, 2, 31, &day) || day < 1 || day > month_days[month - 1])
    return false;
  if (text.size > 0) {
    if (!take(&text, "T ") || !take_digits(&text, 2, 23, &hour) || !take(&text, ":") ||
        !take_digits(&text, 2, 59, &minute))
      return false;
    if (take(&text, ":") && !take_digits(&text, 2, 60, &second))
      return false;
    if (take(&text, ".")) {
      const size_t digits = skip_digits(text, 0);
      text.data += digits;
      text.size -= digits;
    }
    if (!take_zone(&text, &offset))
      return false;
  }
  *seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  return true;
}

size_t osmflow_format_int(char buffer[OSMFLOW_NUMBER_SIZE], int64_t value) {
  char digits[OSMFLOW_NUMBER_SIZE];
  uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
  size_t count = 0, size = 0;
  do {
    digits[count++] = (char)('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude > 0);
  if (value < 0)
    buffer[size++] = '-';
  while (count > 0)
    buffer[size++] = digits[--count];
  buffer[size] = '\0';
  return size;
}

size_t osmflow_format_degrees(char buffer[OSMFLOW_NUMBER_SIZE], int32_t value) {
  const int64_t magnitude = value < 0 ? -(int64_t)value : value;
  return (size_t)snprintf(buffer, OSMFLOW_NUMBER_SIZE, "%s%d.%07d", value < 0 ? "-" : "",
                          (int)(magnitude / OSMFLOW_DEGREE), (int)(magnitude % OSMFLOW_DEGREE));
}

size_t osmflow_format_real(char buffer[OSMFLOW_NUMBER_SIZE], double value) {
  int size = 1;
  buffer[0] = '0';
  buffer[1] = '\0';
  if (isfinite(value)) {
    const locale_t before = enter_plain_locale();
    for (int digits = DBL_DIG; digits <= 17; digits++) {
      size = snprintf(buffer, OSMFLOW_NUMBER_SIZE, "%.*g", digits, value);
      if (strtod(buffer, NULL) == value)
        break;
    }
    leave_plain_locale(before);
  }
  return (size_t)size;
}

struct osmflow_date osmflow_date_of(int64_t seconds) {
  const int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
  const int64_t of_day = seconds - days * 86400;
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int month = (int)(month_from_march + (month_from_march < 10 ? 3 : -9));
  const struct osmflow_date date = {.year = (int)(year_of_era + era * 400) + (month <= 2),
                                    .month = month,
                                    .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
                                    .hour = (int)(of_day / 3600),
                                    .minute = (int)(of_day / 60 % 60),
                                    .second = (int)(of_day % 60)};
  return date;
}

size_t osmflow_format_time(char buffer[OSMFLOW_NUMBER_SIZE], int64_t seconds) {
  const struct osmflow_date date = osmflow_date_of(seconds);
  return (size_t)snprintf(buffer, OSMFLOW_NUMBER_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", date.year % 10000, date.month,
                          date.day, date.hour, date.minute, date.second);
}
