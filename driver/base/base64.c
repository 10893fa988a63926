#include "base/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_of(char letter) {
  const char *place = letter ? strchr(letters, letter) : NULL;
  return place ? (int)(place - letters) : -1;
}

bool osmflow_base64_decode(struct osmflow_text text, unsigned char *plain, size_t room, size_t *size) {
  unsigned bits = 0, count = 0;
  while (text.size > 0 && text.data[text.size - 1] == '=')
    text.size--;
  *size = 0;
  for (size_t i = 0; i < text.size; i++) {
    const int digit = digit_of(text.data[i]);
    if (digit < 0)
      return false;
    bits = (bits << 6 | (unsigned)digit) & 0xFFFFu;
    count += 6;
    if (count < 8)
      continue;
    if (*size == room)
      return false;
    count -= 8;
    plain[(*size)++] = (unsigned char)(bits >> count & 0xFFu);
  }
  return text.size % 4 != 1;
}

enum osmflow_status osmflow_base64_add(struct osmflow_bytes *code, struct osmflow_text plain,
                                       struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < plain.size; i += 3) {
    const size_t left = plain.size - i;
    const unsigned first = (unsigned char)plain.data[i];
    const unsigned second = left > 1 ? (unsigned char)plain.data[i + 1] : 0;
    const unsigned third = left > 2 ? (unsigned char)plain.data[i + 2] : 0;
    const unsigned bits = first << 16 | second << 8 | third;
    const char four[4] = {letters[bits >> 18], letters[bits >> 12 & 63], left > 1 ? letters[bits >> 6 & 63] : '=',
                          left > 2 ? letters[bits & 63] : '='};
    status = osmflow_bytes_add(code, four, sizeof four, error);
  }
  return status;
}
