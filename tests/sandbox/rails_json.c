/* Reads one member of a flat JSON object: all that the Rails port is ever sent as JSON is {"lat":..,"lon":..,"text":..}
 */
#include <stdlib.h>

#include "internal.h"
#include "rails.h"

struct reader {
  const char *at, *end;
};

static void skip_blanks(struct reader *reader) {
  while (reader->at < reader->end && strchr(" \t\r\n", *reader->at))
    reader->at++;
}

static bool take(struct reader *reader, char sign) {
  skip_blanks(reader);
  if (reader->at == reader->end || *reader->at != sign)
    return false;
  reader->at++;
  return true;
}

static void add(struct osmflow_bytes *bytes, const void *data, size_t size) {
  if (osmflow_bytes_add(bytes, data, size, NULL) != OSMFLOW_OK)
    sandbox_die("a JSON value is too long");
}

static void add_code_point(struct osmflow_bytes *bytes, uint32_t code) {
  char utf8[4];
  size_t size = 0;
  if (code < 0x80) {
    utf8[size++] = (char)code;
  } else if (code < 0x800) {
    utf8[size++] = (char)(0xC0 | code >> 6);
    utf8[size++] = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    utf8[size++] = (char)(0xE0 | code >> 12);
    utf8[size++] = (char)(0x80 | (code >> 6 & 0x3F));
    utf8[size++] = (char)(0x80 | (code & 0x3F));
  } else {
    utf8[size++] = (char)(0xF0 | code >> 18);
    utf8[size++] = (char)(0x80 | (code >> 12 & 0x3F));
    utf8[size++] = (char)(0x80 | (code >> 6 & 0x3F));
    utf8[size++] = (char)(0x80 | (code & 0x3F));
  }
  add(bytes, utf8, size);
}

static bool read_hex(struct reader *reader, uint32_t *code) {
  if (reader->end - reader->at < 4)
    return false;
  char digits[5] = {reader->at[0], reader->at[1], reader->at[2], reader->at[3], '\0'}, *stop;
  *code = (uint32_t)strtoul(digits, &stop, 16);
  reader->at += 4;
  return stop == digits + 4;
}

static bool read_escape(struct reader *reader, struct osmflow_bytes *text) {
  static const char signs[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
  if (reader->at == reader->end)
    return false;
  const char sign = *reader->at++;
  if (sign == 'u') {
    uint32_t code, low;
    if (!read_hex(reader, &code))
      return false;
    if (code >= 0xD800 && code < 0xDC00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' &&
        reader->at[1] == 'u') {
      reader->at += 2;
      if (!read_hex(reader, &low))
        return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    add_code_point(text, code);
    return true;
  }
  const char *place = strchr(signs, sign);
  if (!place || !*place)
    return false;
  add(text, &means[place - signs], 1);
  return true;
}

static bool read_string(struct reader *reader, struct osmflow_bytes *text) {
  osmflow_bytes_reset(text);
  add(text, "", 0);
  if (!take(reader, '"'))
    return false;
  while (reader->at < reader->end && *reader->at != '"') {
    if (*reader->at == '\\') {
      reader->at++;
      if (!read_escape(reader, text))
        return false;
    } else {
      add(text, reader->at++, 1);
    }
  }
  return take(reader, '"');
}

static bool read_value(struct reader *reader, struct osmflow_bytes *text) {
  skip_blanks(reader);
  if (reader->at < reader->end && *reader->at == '"')
    return read_string(reader, text);
  osmflow_bytes_reset(text);
  while (reader->at < reader->end && !strchr(",}] \t\r\n", *reader->at))
    add(text, reader->at++, 1);
  return text->size > 0 && text->data[0] != '{' && text->data[0] != '[';
}

bool rails_find_json_member(struct osmflow_text object, const char *name, struct osmflow_bytes *value) {
  struct reader reader = {object.data, object.data ? object.data + object.size : NULL};
  struct osmflow_bytes key;
  osmflow_bytes_init(&key, object.size + 1);
  bool found = false, more = take(&reader, '{');
  while (more && !found) {
    more = read_string(&reader, &key) && take(&reader, ':') && read_value(&reader, value);
    found = more && osmflow_text_is(osmflow_bytes_view(&key), name);
    more = more && take(&reader, ',');
  }
  osmflow_bytes_clear(&key);
  return found && !osmflow_text_is(osmflow_bytes_view(value), "null");
}
