#include "osm/read.h"

#include <stdlib.h>

#include "base/number.h"
#include "osm/read_parts.h"

struct osmflow_reader {
  struct osmflow_store *store;
  enum osmflow_read_format format;
  const struct osmflow_read_format_class *format_class; /* NULL until the format is known */
  void *inner;
};

bool osmflow_read_type(struct osmflow_text word, enum osmflow_element_type *type) {
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    if (osmflow_text_is(word, osmflow_element_type_names[i])) {
      *type = (enum osmflow_element_type)i;
      return true;
    }
  return false;
}

static enum osmflow_status bad_attribute(const char *name, struct osmflow_text value, enum osmflow_element_type type,
                                         const struct osmflow_read_head *head, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s %.*s: %s is '%.*s'", osmflow_element_type_names[type],
                           OSMFLOW_TEXT_ARGUMENTS(head->id), name, OSMFLOW_TEXT_ARGUMENTS(value));
}

static bool parse_optional(struct osmflow_text text, int64_t least, int64_t most, int64_t *value) {
  *value = 0;
  return !text.data || text.size == 0 || osmflow_parse_int(text, least, most, value);
}

static bool parse_timestamp(struct osmflow_text text, uint32_t *value) {
  int64_t seconds = 0;
  *value = 0;
  if (!text.data || text.size == 0)
    return true;
  if (!osmflow_parse_time(text, &seconds) || seconds < 0 || seconds > UINT32_MAX)
    return false;
  *value = (uint32_t)seconds;
  return true;
}

/* Coordinates are missing from deleted nodes only; half of them is never right. */
static bool parse_position(const struct osmflow_read_head *head, int32_t *lon, int32_t *lat) {
  *lon = *lat = OSMFLOW_NO_POSITION;
  if (!head->lat.data && !head->lon.data)
    return true;
  return osmflow_parse_degrees(head->lon, lon) && osmflow_parse_degrees(head->lat, lat) &&
         *lat >= -90 * OSMFLOW_DEGREE && *lat <= 90 * OSMFLOW_DEGREE;
}

enum osmflow_status osmflow_read_begin(struct osmflow_store *store, enum osmflow_element_type type,
                                       enum osmflow_element_action action, const struct osmflow_read_head *head,
                                       struct osmflow_error *error) {
  struct osmflow_element element = {.action = (unsigned)action & 3};
  int64_t uid = 0, version = 0, changeset = 0;
  int32_t lon = OSMFLOW_NO_POSITION, lat = OSMFLOW_NO_POSITION;
  if (!osmflow_parse_int(head->id, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &element.id))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a %s's id is '%.*s', not a number of at most 18 digits",
                             osmflow_element_type_names[type], OSMFLOW_TEXT_ARGUMENTS(head->id));
  if (!parse_optional(head->version, -1, UINT32_MAX, &version))
    return bad_attribute("version", head->version, type, head, error);
  if (!parse_optional(head->changeset, INT64_MIN, OSMFLOW_MOST_CHANGESETS, &changeset))
    return bad_attribute("changeset", head->changeset, type, head, error);
  if (!parse_optional(head->uid, INT64_MIN, INT64_MAX, &uid))
    return bad_attribute("uid", head->uid, type, head, error);
  if (!parse_timestamp(head->timestamp, &element.timestamp))
    return bad_attribute("timestamp", head->timestamp, type, head, error);
  if (type == OSMFLOW_NODE && !parse_position(head, &lon, &lat))
    return osmflow_error_set(
        error, OSMFLOW_BAD_DATA, "node %.*s: its position lat='%.*s' lon='%.*s' is not on the earth",
        OSMFLOW_TEXT_ARGUMENTS(head->id), OSMFLOW_TEXT_ARGUMENTS(head->lat), OSMFLOW_TEXT_ARGUMENTS(head->lon));
  element.changeset = (uint64_t)(changeset < 0 ? 0 : changeset) & OSMFLOW_MOST_CHANGESETS;
  element.version = version < 0 ? 0 : (uint32_t)version;
  element.visible = action != OSMFLOW_ACTION_DELETE && !osmflow_text_is(head->visible, "false");
  if (type == OSMFLOW_NODE && element.visible && lon == OSMFLOW_NO_POSITION)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "node %.*s has no position", OSMFLOW_TEXT_ARGUMENTS(head->id));
  return osmflow_store_begin(store, type, &element, uid, head->user, lon, lat, error);
}

enum osmflow_status osmflow_read_ref(struct osmflow_text text, int64_t *id, struct osmflow_error *error) {
  if (!osmflow_parse_int(text, INT64_MIN, INT64_MAX, id))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a reference to an element is '%.*s', not a number",
                             OSMFLOW_TEXT_ARGUMENTS(text));
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_read_bounds(struct osmflow_store *store, const struct osmflow_text sides[4],
                                        struct osmflow_error *error) {
  struct osmflow_bbox bounds;
  if (!osmflow_parse_degrees(sides[0], &bounds.min_lon) || !osmflow_parse_degrees(sides[1], &bounds.min_lat) ||
      !osmflow_parse_degrees(sides[2], &bounds.max_lon) || !osmflow_parse_degrees(sides[3], &bounds.max_lat))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the document's bounds are not four numbers");
  osmflow_store_add_bounds(store, &bounds);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_read_server_error(struct osmflow_text words, struct osmflow_error *error) {
  words = osmflow_text_trim(words);
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server stopped in the middle of its answer and says: %.*s",
                           OSMFLOW_TEXT_ARGUMENTS(words));
}

enum osmflow_status osmflow_reader_new(struct osmflow_store *store, enum osmflow_read_format format,
                                       struct osmflow_reader **reader, struct osmflow_error *error) {
  struct osmflow_reader *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a reader");
  made->store = store;
  made->format = format;
  *reader = made;
  return OSMFLOW_OK;
}

void osmflow_reader_free(struct osmflow_reader *reader) {
  if (reader) {
    if (reader->inner)
      reader->format_class->release(reader->inner);
    free(reader);
  }
}

static enum osmflow_status choose_format(struct osmflow_reader *reader, struct osmflow_text data,
                                         struct osmflow_error *error) {
  enum osmflow_read_format format = reader->format;
  if (format == OSMFLOW_READ_AUTO)
    format = osmflow_text_trim(data).data[0] == '{' ? OSMFLOW_READ_JSON : OSMFLOW_READ_XML;
  reader->format_class = format == OSMFLOW_READ_JSON ? &osmflow_read_json_class : &osmflow_read_xml_class;
  return reader->format_class->make(reader->store, &reader->inner, error);
}

enum osmflow_status osmflow_reader_feed(struct osmflow_reader *reader, const void *data, size_t size,
                                        struct osmflow_error *error) {
  struct osmflow_text text = {data, size};
  enum osmflow_status status = OSMFLOW_OK;
  if (!reader->inner) {
    /* White space before an XML declaration is an error of the document, but no server's meaning. */
    const struct osmflow_text trimmed = osmflow_text_trim(text);
    if (trimmed.size == 0)
      return OSMFLOW_OK;
    text.size -= (size_t)(trimmed.data - text.data);
    text.data = trimmed.data;
    status = choose_format(reader, text, error);
  }
  return status == OSMFLOW_OK ? reader->format_class->feed(reader->inner, text.data, text.size, error) : status;
}

enum osmflow_status osmflow_reader_finish(struct osmflow_reader *reader, struct osmflow_error *error) {
  if (!reader->inner)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the document is empty");
  const enum osmflow_status status = reader->format_class->finish(reader->inner, error); /* may tell of elements yet */
  osmflow_store_end(reader->store);
  return status;
}
