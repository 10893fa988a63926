#include "base/text.h"

#include <stdint.h>

static char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool osmflow_text_is_ignoring_case(struct osmflow_text text, const char *string) {
  bool same = text.size == strlen(string);
  for (size_t i = 0; same && i < text.size; i++)
    same = lower(text.data[i]) == lower(string[i]);
  return same;
}

static bool is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

struct osmflow_text osmflow_text_trim(struct osmflow_text text) {
  while (text.size > 0 && is_blank(text.data[0])) {
    text.data++;
    text.size--;
  }
  while (text.size > 0 && is_blank(text.data[text.size - 1]))
    text.size--;
  return text;
}

bool osmflow_text_next(struct osmflow_text *rest, char separator, struct osmflow_text *part) {
  if (!rest->data)
    return false;
  const char *cut = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
  part->data = rest->data;
  part->size = cut ? (size_t)(cut - rest->data) : rest->size;
  if (cut) {
    rest->size -= part->size + 1;
    rest->data = cut + 1;
  } else {
    rest->data = NULL;
    rest->size = 0;
  }
  return true;
}

/* Bytes of the well-formed character at the start, 0 when there is none (Unicode, table 3-7). */
static size_t character_size(const unsigned char *bytes, size_t size) {
  const unsigned char first = bytes[0];
  size_t need = 0;
  unsigned char least = 0x80, most = 0xBF;
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF) {
    need = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    need = 3;
    least = first == 0xE0 ? 0xA0 : 0x80;
    most = first == 0xED ? 0x9F : 0xBF;
  } else if (first >= 0xF0 && first <= 0xF4) {
    need = 4;
    least = first == 0xF0 ? 0x90 : 0x80;
    most = first == 0xF4 ? 0x8F : 0xBF;
  }
  if (need == 0 || size < need || bytes[1] < least || bytes[1] > most)
    return 0;
  for (size_t i = 2; i < need; i++)
    if ((bytes[i] & 0xC0) != 0x80)
      return 0;
  return need;
}

bool osmflow_text_is_utf8(struct osmflow_text text) {
  size_t place = 0;
  while (place < text.size) {
    const size_t size = character_size((const unsigned char *)text.data + place, text.size - place);
    if (size == 0)
      return false;
    place += size;
  }
  return true;
}

size_t osmflow_text_distance(struct osmflow_text left, struct osmflow_text right) {
  enum { LONGEST = 63 };
  size_t row[LONGEST + 1];
  if (left.size > LONGEST || right.size > LONGEST)
    return SIZE_MAX;
  for (size_t j = 0; j <= right.size; j++)
    row[j] = j;
  for (size_t i = 1; i <= left.size; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= right.size; j++) {
      const size_t replace = diagonal + (lower(left.data[i - 1]) != lower(right.data[j - 1]));
      const size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
      diagonal = row[j];
      row[j] = replace < least ? replace : least;
    }
  }
  return row[right.size];
}

size_t osmflow_text_encode(unsigned character, char utf8[4]) {
  if (character < 0x80) {
    utf8[0] = (char)character;
    return 1;
  }
  const size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; i--) {
    utf8[i] = (char)(0x80 | (character & 0x3F));
    character >>= 6;
  }
  utf8[0] = (char)((0xF00u >> size & 0xF0u) | character);
  return size;
}
