/* How strictly json-c may read a text. */
#ifndef OSMFLOW_BASE_JSON_FLAGS_H
#define OSMFLOW_BASE_JSON_FLAGS_H

#include <json-c/json.h>
#include <stddef.h>

/* Strict, but for letters outside ASCII with json-c 0.18 (Debian 13): there they are control characters when it is. */
static inline int osmflow_json_flags(const char *text, size_t size) {
  enum { MISTAKEN = 18 }; /* 0.18 */
  if (json_c_version_num() >> 8 == MISTAKEN)
    for (size_t i = 0; i < size; i++)
      if ((unsigned char)text[i] > 0x7F)
        return JSON_TOKENER_VALIDATE_UTF8;
  return JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8;
}

#endif
