#include "format/geojson_parts.h"

/* The run of plain characters of a string, eight bytes at a time. The word test may also stop at a byte behind a
 * special one, never too late; the byte loop finds the exact place. The window's end is a special byte. */
static inline char *skip_plain(char *at, uint64_t *seen) {
  const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
  for (;;) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    const uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    const uint64_t special =
        ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    if (special & highs)
      break;
    *seen |= word;
    at += sizeof word;
  }
  while ((unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
    *seen |= (unsigned char)*at++;
  return at;
}

static int hex_digit(char character) {
  if (character >= '0' && character <= '9')
    return character - '0';
  const char lower = (char)(character | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four digits behind "\u"; cursor->at moves to the first that is none. */
static bool take_unicode(struct osmflow_geojson_cursor *cursor, unsigned *unicode) {
  *unicode = 0;
  for (int i = 0; i < 4; i++) {
    const int digit = hex_digit(*cursor->at);
    if (digit < 0)
      return osmflow_geojson_fault(cursor, "\\u without four hexadecimal digits");
    *unicode = *unicode << 4 | (unsigned)digit;
    cursor->at++;
  }
  return true;
}

static bool take_exactly(struct osmflow_geojson_cursor *cursor, char wanted) {
  if (*cursor->at != wanted)
    return osmflow_geojson_fault(cursor, "half of a surrogate pair in a text");
  cursor->at++;
  return true;
}

/* Behind a backslash. */
static bool check_escape(struct osmflow_geojson_cursor *cursor) {
  unsigned unicode = 0, second = 0;
  const char letter = *cursor->at;
  if (letter == '\0' || !strchr("\"\\/bfnrtu", letter))
    return osmflow_geojson_fault(cursor, "an unknown escape sequence in a text");
  cursor->at++;
  if (letter != 'u')
    return true;
  if (!take_unicode(cursor, &unicode))
    return false;
  if (unicode < 0xD800 || unicode > 0xDFFF)
    return true;
  if (unicode > 0xDBFF)
    return osmflow_geojson_fault(cursor, "half of a surrogate pair in a text");
  if (!take_exactly(cursor, '\\') || !take_exactly(cursor, 'u') || !take_unicode(cursor, &second))
    return false;
  return (second >= 0xDC00 && second <= 0xDFFF) || osmflow_geojson_fault(cursor, "half of a surrogate pair in a text");
}

bool osmflow_geojson_string(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_string *string) {
  uint64_t seen = 0;
  if (*cursor->at != '"')
    return osmflow_geojson_fault(cursor, "no text where one is needed");
  char *start = ++cursor->at;
  string->is_escaped = false;
  for (;;) {
    cursor->at = skip_plain(cursor->at, &seen);
    if (*cursor->at == '"')
      break;
    if (*cursor->at != '\\')
      return osmflow_geojson_fault(cursor, "a control character inside of a text");
    cursor->at++;
    string->is_escaped = true;
    if (!check_escape(cursor))
      return false;
  }
  string->text = (struct osmflow_text){start, (size_t)(cursor->at - start)};
  if ((seen & 0x8080808080808080ULL) && !osmflow_text_is_utf8(string->text))
    return osmflow_geojson_fault(cursor, "a text that is not UTF-8 ends here");
  cursor->at++;
  return true;
}

bool osmflow_geojson_key(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_string *key) {
  osmflow_geojson_blank(cursor);
  if (*cursor->at != '"')
    return osmflow_geojson_fault(cursor, "no name where one is needed");
  return osmflow_geojson_string(cursor, key) && osmflow_geojson_take(cursor, ':', "no colon behind a name");
}

static bool take_word(struct osmflow_geojson_cursor *cursor, const char *word) {
  for (; *word; word++, cursor->at++)
    if (*cursor->at != *word)
      return osmflow_geojson_fault(cursor, "an unknown word");
  return true;
}

static bool skip_object(struct osmflow_geojson_cursor *cursor, unsigned depth) {
  struct osmflow_geojson_string key;
  cursor->at++;
  if (osmflow_geojson_try(cursor, '}'))
    return true;
  do {
    if (!osmflow_geojson_key(cursor, &key) || !osmflow_geojson_skip(cursor, depth))
      return false;
  } while (osmflow_geojson_try(cursor, ','));
  return osmflow_geojson_take(cursor, '}', "an object that is not closed");
}

static bool skip_array(struct osmflow_geojson_cursor *cursor, unsigned depth) {
  cursor->at++;
  if (osmflow_geojson_try(cursor, ']'))
    return true;
  do {
    if (!osmflow_geojson_skip(cursor, depth))
      return false;
  } while (osmflow_geojson_try(cursor, ','));
  return osmflow_geojson_take(cursor, ']', "a list that is not closed");
}

bool osmflow_geojson_value(struct osmflow_geojson_cursor *cursor, unsigned depth, enum osmflow_geojson_kind *kind,
                           struct osmflow_geojson_string *text) {
  bool is_good, is_integer = false;
  osmflow_geojson_blank(cursor);
  char *start = cursor->at;
  text->is_escaped = false;
  switch (*start) {
    case '"':
      *kind = OSMFLOW_GEOJSON_STRING;
      return osmflow_geojson_string(cursor, text);
    case '{':
    case '[':
      if (depth >= OSMFLOW_GEOJSON_DEEPEST)
        return osmflow_geojson_fault(cursor, "more than 64 levels of objects and lists");
      *kind = *start == '{' ? OSMFLOW_GEOJSON_OBJECT : OSMFLOW_GEOJSON_ARRAY;
      is_good = *start == '{' ? skip_object(cursor, depth + 1) : skip_array(cursor, depth + 1);
      break;
    case 't':
    case 'f':
      *kind = OSMFLOW_GEOJSON_BOOLEAN;
      is_good = take_word(cursor, *start == 't' ? "true" : "false");
      break;
    case 'n':
      *kind = OSMFLOW_GEOJSON_NULL;
      is_good = take_word(cursor, "null");
      break;
    default:
      if (*start != '-' && (*start < '0' || *start > '9'))
        return osmflow_geojson_fault(cursor, "no value where one is needed");
      is_good = osmflow_geojson_number(cursor, &text->text, &is_integer);
      *kind = is_integer ? OSMFLOW_GEOJSON_INTEGER : OSMFLOW_GEOJSON_REAL;
  }
  text->text = (struct osmflow_text){start, (size_t)(cursor->at - start)};
  return is_good;
}

bool osmflow_geojson_skip(struct osmflow_geojson_cursor *cursor, unsigned depth) {
  enum osmflow_geojson_kind kind;
  struct osmflow_geojson_string text;
  return osmflow_geojson_value(cursor, depth, &kind, &text);
}

static unsigned read_unicode(const char *digits) {
  unsigned unicode = 0;
  for (int i = 0; i < 4; i++)
    unicode = unicode << 4 | (unsigned)hex_digit(digits[i]);
  return unicode;
}

/* What was checked before: each escape is whole and known. */
size_t osmflow_geojson_unescape(char *text, size_t size) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  size_t from = 0, to = 0;
  while (from < size) {
    if (text[from] != '\\') {
      text[to++] = text[from++];
    } else if (text[from + 1] != 'u') {
      text[to++] = meanings[strchr(letters, text[from + 1]) - letters];
      from += 2;
    } else {
      unsigned character = read_unicode(text + from + 2);
      from += 6;
      if (character >= 0xD800 && character <= 0xDBFF) {
        character = 0x10000 + ((character - 0xD800) << 10) + (read_unicode(text + from + 2) - 0xDC00);
        from += 6;
      }
      to += osmflow_text_encode(character ? character : 0xFFFD, text + to); /* C strings end at a NUL */
    }
  }
  return to;
}

bool osmflow_geojson_is(const struct osmflow_geojson_string *string, const char *word) {
  enum { LONGEST_WORD = 20, LONGEST_ESCAPE = 6 };
  char copy[LONGEST_WORD * LONGEST_ESCAPE];
  if (!string->is_escaped)
    return osmflow_text_is(string->text, word);
  if (string->text.size > sizeof copy)
    return false;
  memcpy(copy, string->text.data, string->text.size);
  return osmflow_text_is((struct osmflow_text){copy, osmflow_geojson_unescape(copy, string->text.size)}, word);
}
