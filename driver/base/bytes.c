#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

void osmflow_bytes_init(struct osmflow_bytes *bytes, size_t ceiling) {
  *bytes = (struct osmflow_bytes){.ceiling = ceiling};
}

void osmflow_bytes_clear(struct osmflow_bytes *bytes) {
  free(bytes->data);
  osmflow_bytes_init(bytes, bytes->ceiling);
}

void osmflow_bytes_reset(struct osmflow_bytes *bytes) {
  bytes->size = 0;
  if (bytes->data)
    bytes->data[0] = '\0';
}

static enum osmflow_status reserve(struct osmflow_bytes *bytes, size_t more, struct osmflow_error *error) {
  if (more > bytes->ceiling || bytes->size > bytes->ceiling - more)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a text would grow beyond its limit of %zu bytes",
                             bytes->ceiling);
  const size_t needed = bytes->size + more + 1;
  if (needed > bytes->capacity) {
    size_t capacity = bytes->capacity ? bytes->capacity * 2 : 64;
    if (capacity < needed)
      capacity = needed;
    char *data = realloc(bytes->data, capacity);
    if (!data)
      return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a text of %zu bytes", capacity);
    bytes->data = data;
    bytes->capacity = capacity;
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_bytes_add(struct osmflow_bytes *bytes, const void *data, size_t size,
                                      struct osmflow_error *error) {
  const enum osmflow_status status = reserve(bytes, size, error);
  if (status == OSMFLOW_OK) {
    if (size > 0)
      memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
  }
  return status;
}

enum osmflow_status osmflow_bytes_add_text(struct osmflow_bytes *bytes, struct osmflow_text text,
                                           struct osmflow_error *error) {
  return osmflow_bytes_add(bytes, text.data, text.size, error);
}

enum osmflow_status osmflow_bytes_add_string(struct osmflow_bytes *bytes, const char *string,
                                             struct osmflow_error *error) {
  return osmflow_bytes_add(bytes, string, strlen(string), error);
}

enum osmflow_status osmflow_bytes_print(struct osmflow_bytes *bytes, struct osmflow_error *error, const char *format,
                                        ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a text could not be formatted");
  const enum osmflow_status status = reserve(bytes, (size_t)length, error);
  if (status == OSMFLOW_OK) {
    va_start(arguments, format);
    vsnprintf(bytes->data + bytes->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    bytes->size += (size_t)length;
  }
  return status;
}

static enum osmflow_status add_json_character(struct osmflow_bytes *bytes, struct osmflow_text text, size_t *place,
                                              struct osmflow_error *error) {
  static const char replacement[] = "\xEF\xBF\xBD";
  const unsigned char first = (unsigned char)text.data[*place];
  size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (first == '"' || first == '\\') {
    const char pair[2] = {'\\', (char)first};
    *place += 1;
    return osmflow_bytes_add(bytes, pair, 2, error);
  }
  if (first < 0x20) {
    static const char names[] = "btn?fr";
    *place += 1;
    if (first >= 8 && first <= 13 && first != 11)
      return osmflow_bytes_print(bytes, error, "\\%c", names[first - 8]);
    return osmflow_bytes_print(bytes, error, "\\u%04x", first);
  }
  if (size > text.size - *place)
    size = text.size - *place;
  const struct osmflow_text character = {text.data + *place, size};
  if (osmflow_text_is_utf8(character)) {
    *place += size;
    return osmflow_bytes_add_text(bytes, character, error);
  }
  *place += 1;
  return osmflow_bytes_add(bytes, replacement, 3, error);
}

enum osmflow_status osmflow_bytes_add_json(struct osmflow_bytes *bytes, struct osmflow_text text,
                                           struct osmflow_error *error) {
  const size_t before = bytes->size;
  enum osmflow_status status = osmflow_bytes_add(bytes, "\"", 1, error);
  size_t place = 0;
  while (status == OSMFLOW_OK && place < text.size) {
    size_t run = place;
    while (run < text.size && (unsigned char)text.data[run] >= 0x20 && (unsigned char)text.data[run] < 0x80 &&
           text.data[run] != '"' && text.data[run] != '\\')
      run++;
    if (run > place) {
      status = osmflow_bytes_add(bytes, text.data + place, run - place, error);
      place = run;
    } else {
      status = add_json_character(bytes, text, &place, error);
    }
  }
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(bytes, "\"", 1, error);
  if (status != OSMFLOW_OK)
    bytes->size = before;
  return status;
}

enum osmflow_status osmflow_bytes_add_url(struct osmflow_bytes *bytes, struct osmflow_text text, const char *keep,
                                          struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++) {
    const unsigned char byte = (unsigned char)text.data[i];
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       (byte && (strchr("-._~", byte) || strchr(keep, byte)));
    status =
        plain ? osmflow_bytes_add(bytes, &text.data[i], 1, error) : osmflow_bytes_print(bytes, error, "%%%02X", byte);
  }
  return status;
}

const char *osmflow_bytes_string(const struct osmflow_bytes *bytes) {
  return bytes->data ? bytes->data : "";
}

struct osmflow_text osmflow_bytes_view(const struct osmflow_bytes *bytes) {
  const struct osmflow_text text = {osmflow_bytes_string(bytes), bytes->size};
  return text;
}

char *osmflow_bytes_take(struct osmflow_bytes *bytes) {
  char *data = bytes->data;
  osmflow_bytes_init(bytes, bytes->ceiling);
  return data;
}

enum osmflow_status osmflow_array_reserve(void **items, size_t *capacity, size_t needed, size_t item_size, size_t most,
                                          struct osmflow_error *error) {
  if (needed <= *capacity)
    return OSMFLOW_OK;
  if (needed > most)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "more than %zu items of one kind", most);
  size_t grown = *capacity ? *capacity + *capacity / 2 : 16;
  if (grown < needed)
    grown = needed;
  if (grown > most)
    grown = most;
  void *data = grown <= SIZE_MAX / item_size ? realloc(*items, grown * item_size) : NULL;
  if (!data)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu items of %zu bytes", grown, item_size);
  *items = data;
  *capacity = grown;
  return OSMFLOW_OK;
}
