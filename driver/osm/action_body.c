/* The documents that actions send. */
#include "format/xml_writer.h"
#include "osm/action_parts.h"

enum { LONGEST_TAG = 255, MOST_PREFERENCES = 150 };

static enum osmflow_status check_pairs(const char *what, const struct osmflow_tag_view *pairs, size_t count,
                                       struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    status = osmflow_action_check_text("a key", pairs[i].key, LONGEST_TAG, error);
    if (status == OSMFLOW_OK && osmflow_text_trim(pairs[i].key).size == 0)
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a %s has no key", what);
    if (status == OSMFLOW_OK)
      status = osmflow_action_check_text("a value", pairs[i].value, LONGEST_TAG, error);
    if (status != OSMFLOW_OK)
      osmflow_error_prefix(error, "%s %.*s: ", what, (int)(pairs[i].key.size > 40 ? 40 : pairs[i].key.size),
                           pairs[i].key.data);
    for (size_t j = 0; status == OSMFLOW_OK && j < i; j++)
      if (osmflow_text_equal(pairs[i].key, pairs[j].key))
        status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s %.*s is there twice", what,
                                   OSMFLOW_TEXT_ARGUMENTS(pairs[i].key));
  }
  return status;
}

static void add_pairs(struct osmflow_xml_writer *writer, const char *name, const struct osmflow_tag_view *pairs,
                      size_t count) {
  for (size_t i = 0; i < count; i++) {
    osmflow_xml_begin(writer, name);
    osmflow_xml_attribute_text(writer, "k", pairs[i].key);
    osmflow_xml_attribute_text(writer, "v", pairs[i].value);
    osmflow_xml_end(writer);
  }
}

static enum osmflow_status write_pairs(const char *outer, const char *inner, const struct osmflow_tag_view *pairs,
                                       size_t count, struct osmflow_bytes *body, struct osmflow_error *error) {
  struct osmflow_xml_writer writer;
  osmflow_xml_writer_init(&writer, body);
  osmflow_xml_begin(&writer, "osm");
  osmflow_xml_begin(&writer, outer);
  add_pairs(&writer, inner, pairs, count);
  osmflow_xml_end(&writer);
  osmflow_xml_end(&writer);
  return osmflow_xml_writer_finish(&writer, error);
}

enum osmflow_status osmflow_action_write_changeset(const struct osmflow_tag_view *tags, size_t count,
                                                   struct osmflow_bytes *body, struct osmflow_error *error) {
  const enum osmflow_status status = check_pairs("tag", tags, count, error);
  return status == OSMFLOW_OK ? write_pairs("changeset", "tag", tags, count, body, error) : status;
}

enum osmflow_status osmflow_action_write_preferences(const struct osmflow_tag_view *preferences, size_t count,
                                                     struct osmflow_bytes *body, struct osmflow_error *error) {
  if (count > MOST_PREFERENCES)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%zu preferences are too many; the server keeps %d", count,
                             MOST_PREFERENCES);
  const enum osmflow_status status = check_pairs("preference", preferences, count, error);
  return status == OSMFLOW_OK ? write_pairs("preferences", "preference", preferences, count, body, error) : status;
}

/* As content of an element. */
static enum osmflow_status add_escaped(struct osmflow_bytes *body, const char *name, struct osmflow_text text,
                                       struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_print(body, error, "<%s>", name);
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++) {
    const char byte = text.data[i];
    status = byte == '&'    ? osmflow_bytes_add_string(body, "&amp;", error)
             : byte == '<'  ? osmflow_bytes_add_string(body, "&lt;", error)
             : byte == '>'  ? osmflow_bytes_add_string(body, "&gt;", error)
             : byte == '"'  ? osmflow_bytes_add_string(body, "&quot;", error)
             : byte == '\r' ? osmflow_bytes_add_string(body, "&#13;", error)
                            : osmflow_bytes_add(body, &byte, 1, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_print(body, error, "</%s>", name) : status;
}

static enum osmflow_status check_trace(const struct osmflow_action_trace *trace, struct osmflow_error *error) {
  static const char *const visibilities[] = {"private", "public", "trackable", "identifiable"};
  bool known = false;
  for (size_t i = 0; i < sizeof visibilities / sizeof visibilities[0]; i++)
    known = known || osmflow_text_is(trace->visibility, visibilities[i]);
  if (!known)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the visibility is private, public, trackable or identifiable");
  if (osmflow_text_trim(trace->description).size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the description is empty");
  return osmflow_action_check_text("the description", trace->description, LONGEST_TAG, error);
}

enum osmflow_status osmflow_action_write_trace(const struct osmflow_action_trace *trace, struct osmflow_bytes *body,
                                               struct osmflow_error *error) {
  struct osmflow_text tags = trace->tags, tag;
  enum osmflow_status status = check_trace(trace, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(body, error, "<osm><gpx_file id=\"%lld\" visibility=\"%.*s\">", (long long)trace->id,
                                 OSMFLOW_TEXT_ARGUMENTS(trace->visibility));
  if (status == OSMFLOW_OK)
    status = add_escaped(body, "description", trace->description, error);
  while (status == OSMFLOW_OK && tags.data && osmflow_text_next(&tags, ',', &tag)) {
    tag = osmflow_text_trim(tag);
    status = osmflow_action_check_text("a tag of the trace", tag, LONGEST_TAG, error);
    if (status == OSMFLOW_OK && tag.size > 0)
      status = add_escaped(body, "tag", tag, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(body, "</gpx_file></osm>", error) : status;
}
