#include "osm/rules_private.h"

/* hstore's quoting: a backslash before '"' and '\', everything else as it is. */
static enum osmflow_status add_hstore(struct osmflow_bytes *text, struct osmflow_text part,
                                      struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add(text, "\"", 1, error);
  size_t begin = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < part.size; i++)
    if (part.data[i] == '"' || part.data[i] == '\\') {
      status = osmflow_bytes_add(text, part.data + begin, i - begin, error);
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add(text, "\\", 1, error);
      begin = i;
    }
  if (status == OSMFLOW_OK && part.size > begin)
    status = osmflow_bytes_add(text, part.data + begin, part.size - begin, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(text, "\"", 1, error);
  return status;
}

enum osmflow_status osmflow_rules_add_other_tag(enum osmflow_tags_format format, struct osmflow_bytes *text,
                                                struct osmflow_text key, struct osmflow_text value,
                                                struct osmflow_error *error) {
  const bool json = format == OSMFLOW_TAGS_JSON;
  enum osmflow_status (*add)(struct osmflow_bytes *, struct osmflow_text, struct osmflow_error *) =
      json ? osmflow_bytes_add_json : add_hstore;
  enum osmflow_status status = OSMFLOW_OK;
  if (text->size > 0)
    status = osmflow_bytes_add(text, ",", 1, error);
  else if (json)
    status = osmflow_bytes_add(text, "{", 1, error);
  if (status == OSMFLOW_OK)
    status = add(text, key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(text, json ? ":" : "=>", error);
  if (status == OSMFLOW_OK)
    status = add(text, value, error);
  return status;
}

enum osmflow_status osmflow_rules_finish_other_tags(enum osmflow_tags_format format, struct osmflow_bytes *text,
                                                    struct osmflow_error *error) {
  if (format != OSMFLOW_TAGS_JSON || text->size == 0)
    return OSMFLOW_OK;
  return osmflow_bytes_add(text, "}", 1, error);
}
