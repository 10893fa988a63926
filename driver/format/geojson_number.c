#include "base/number.h"
#include "format/geojson_parts.h"

/* Decimal texts to doubles. Coordinates are digits with 14 to 16 decimals: an integer of at most 19 digits divided by a
 * power of ten. The division is a multiplication by the reciprocal's first 64 bits, of which the error is known: where
 * it could change the rounding (one in a thousand), and for all other numbers, strtod decides. */

enum { MOST_DIGITS = 19, MOST_DECIMALS = 27, LONGEST = 400, MANTISSA_BITS = 53, EXPONENT_BIAS = 1075 };

/* Of 5^1 to 5^27: floor(2^(63 + bits) / 5^n), and bits: how many 5^n has. */
static const struct {
  uint64_t digits;
  int bits;
} reciprocals[MOST_DECIMALS] = {
    {0xCCCCCCCCCCCCCCCCULL, 3},  {0xA3D70A3D70A3D70AULL, 5},  {0x83126E978D4FDF3BULL, 7},  {0xD1B71758E219652BULL, 10},
    {0xA7C5AC471B478423ULL, 12}, {0x8637BD05AF6C69B5ULL, 14}, {0xD6BF94D5E57A42BCULL, 17}, {0xABCC77118461CEFCULL, 19},
    {0x89705F4136B4A597ULL, 21}, {0xDBE6FECEBDEDD5BEULL, 24}, {0xAFEBFF0BCB24AAFEULL, 26}, {0x8CBCCC096F5088CBULL, 28},
    {0xE12E13424BB40E13ULL, 31}, {0xB424DC35095CD80FULL, 33}, {0x901D7CF73AB0ACD9ULL, 35}, {0xE69594BEC44DE15BULL, 38},
    {0xB877AA3236A4B449ULL, 40}, {0x9392EE8E921D5D07ULL, 42}, {0xEC1E4A7DB69561A5ULL, 45}, {0xBCE5086492111AEAULL, 47},
    {0x971DA05074DA7BEEULL, 49}, {0xF1C90080BAF72CB1ULL, 52}, {0xC16D9A0095928A27ULL, 54}, {0x9ABE14CD44753B52ULL, 56},
    {0xF79687AED3EEC551ULL, 59}, {0xC612062576589DDAULL, 61}, {0x9E74D1B791E07E48ULL, 63},
};

static inline bool is_digit(char character) {
  return (unsigned char)(character - '0') <= 9;
}

/* Eight digits at once; false when they are not all digits. */
static inline bool take_eight(const char *at, uint64_t *value) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  const uint64_t highs = 0xF0F0F0F0F0F0F0F0ULL; /* the digits are 0x30 to 0x39 */
  uint64_t word;
  memcpy(&word, at, sizeof word);
  if (((word & highs) | ((word + 0x0606060606060606ULL) & highs) >> 4) != 0x3333333333333333ULL)
    return false;
  word = (word & 0x0F0F0F0F0F0F0F0FULL) * 2561 >> 8;
  word = (word & 0x00FF00FF00FF00FFULL) * 6553601 >> 16;
  word = (word & 0x0000FFFF0000FFFFULL) * 42949672960001ULL >> 32;
  *value = *value * 100000000 + word;
  return true;
#else
  (void)at;
  (void)value;
  return false;
#endif
}

/* integer / 10^decimals, both at least 1. False: the rounding is in doubt. */
static bool divide(uint64_t integer, unsigned decimals, double *value) {
  __extension__ typedef unsigned __int128 wide;
  const int zeros = __builtin_clzll(integer);
  const uint64_t high = (uint64_t)((wide)(integer << zeros) * reciprocals[decimals - 1].digits >> 64);
  const int shift = high >> 63 ? 64 - MANTISSA_BITS : 63 - MANTISSA_BITS;
  const uint64_t half = 1ULL << (shift - 1);
  const uint64_t rest = high & (2 * half - 1); /* the true one is in [rest, rest + 2) */
  if (rest == half || rest == half - 1)
    return false;
  const uint64_t mantissa = (high >> shift) + (rest > half);
  const int exponent = EXPONENT_BIAS + 1 + shift - reciprocals[decimals - 1].bits - zeros - (int)decimals;
  const uint64_t bits = ((uint64_t)(exponent - 1) << (MANTISSA_BITS - 1)) + mantissa;
  memcpy(value, &bits, sizeof bits);
  return true;
}

/* A number's parts; `at` stands behind it then. */
struct parts {
  uint64_t integer; /* all digits as one number, where there are not too many */
  unsigned digits, decimals;
  bool has_exponent;
};

static inline const char *take_digits(const char *at, uint64_t *integer) {
  while (is_digit(*at))
    *integer = *integer * 10 + (uint64_t)(*at++ - '0');
  return at;
}

/* RFC 8259 without the sign: int [ frac ] [ exp ]. Gives the place behind, or where it is wrong (*is_number). */
static inline const char *scan(const char *at, struct parts *parts, bool *is_number) {
  const char *start = at;
  uint64_t integer = 0;
  *parts = (struct parts){0, 0, 0, false};
  *is_number = is_digit(*at);
  if (*at == '0')
    at++;
  else
    at = take_digits(at, &integer);
  parts->digits = (unsigned)(at - start);
  if (*at == '.' && *is_number) {
    const char *decimals = ++at;
    while (take_eight(at, &integer))
      at += 8;
    at = take_digits(at, &integer);
    *is_number = at > decimals;
    parts->decimals = (unsigned)(at - decimals);
    parts->digits += parts->decimals;
  }
  if ((*at == 'e' || *at == 'E') && *is_number) {
    at++;
    at += *at == '+' || *at == '-';
    const char *exponent = at;
    while (is_digit(*at))
      at++;
    *is_number = at > exponent;
    parts->has_exponent = true;
  }
  parts->integer = integer;
  return at;
}

/* `text` is the whole number, of which the parts are known. */
static inline bool convert(struct osmflow_text text, const struct parts *parts, double *value) {
  if (parts->digits <= MOST_DIGITS && !parts->has_exponent) {
    double magnitude = (double)parts->integer;
    const bool is_sure = parts->decimals == 0 || parts->integer == 0 ||
                         (parts->decimals <= MOST_DECIMALS && divide(parts->integer, parts->decimals, &magnitude));
    if (is_sure) {
      *value = *text.data == '-' ? -magnitude : magnitude;
      return true;
    }
  }
  return osmflow_parse_real(text, value);
}

bool osmflow_geojson_coordinate(struct osmflow_geojson_cursor *cursor, double *value) {
  struct parts parts;
  bool is_number = false;
  osmflow_geojson_blank(cursor);
  char *start = cursor->at;
  const char *end = scan(start + (*start == '-'), &parts, &is_number);
  cursor->at = start + (end - start);
  if (!is_number || end == cursor->end)
    return osmflow_geojson_fault(cursor, "a coordinate that is not a number");
  if (!convert((struct osmflow_text){start, (size_t)(end - start)}, &parts, value)) {
    cursor->at = start;
    return osmflow_geojson_fault(cursor, "a coordinate that is too large or too long");
  }
  return true;
}

bool osmflow_geojson_real(struct osmflow_text literal, double *value) {
  char copy[LONGEST + OSMFLOW_GEOJSON_PADDING] = "";
  struct parts parts;
  bool is_number = false;
  if (literal.size == 0 || literal.size > LONGEST)
    return false;
  memcpy(copy, literal.data, literal.size);
  const char *end = scan(copy + (*copy == '-'), &parts, &is_number);
  return is_number && end == copy + literal.size && convert((struct osmflow_text){copy, literal.size}, &parts, value);
}

bool osmflow_geojson_number(struct osmflow_geojson_cursor *cursor, struct osmflow_text *literal, bool *is_integer) {
  struct parts parts;
  bool is_number = false;
  char *start = cursor->at;
  const char *end = scan(start + (*start == '-'), &parts, &is_number);
  cursor->at = start + (end - start);
  if (!is_number || end == cursor->end)
    return osmflow_geojson_fault(cursor, "something that is not a number");
  *literal = (struct osmflow_text){start, (size_t)(end - start)};
  *is_integer = parts.decimals == 0 && !parts.has_exponent;
  return true;
}
