#include "osm/call_query.h"

bool osmflow_query_next(struct osmflow_text *rest, struct osmflow_query_item *item) {
  struct osmflow_text part;
  while (osmflow_text_next(rest, '&', &part)) {
    if (part.size == 0)
      continue;
    struct osmflow_text value = part;
    (void)osmflow_text_next(&value, '=', &item->name);
    item->has_equals_sign = value.data != NULL;
    item->value = value.data ? value : (struct osmflow_text){"", 0};
    return true;
  }
  return false;
}

static int hexadecimal(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

enum osmflow_status osmflow_query_decode(struct osmflow_text text, bool plus_is_blank, struct osmflow_bytes *decoded,
                                         struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < text.size && status == OSMFLOW_OK; i++) {
    char byte = text.data[i];
    int high = byte == '%' && i + 2 < text.size ? hexadecimal(text.data[i + 1]) : -1;
    int low = high >= 0 ? hexadecimal(text.data[i + 2]) : -1;
    if (low >= 0) {
      byte = (char)(high * 16 + low);
      i += 2;
    } else if (byte == '+' && plus_is_blank)
      byte = ' ';
    status = osmflow_bytes_add(decoded, &byte, 1, error);
  }
  return status;
}

enum osmflow_status osmflow_query_add(struct osmflow_bytes *query, struct osmflow_text name, struct osmflow_text value,
                                      struct osmflow_error *error) {
  enum osmflow_status status = query->size > 0 ? osmflow_bytes_add_string(query, "&", error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(query, name, "", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(query, "=", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(query, value, ",:", error);
  return status;
}
