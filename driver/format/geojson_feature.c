#include "format/geojson_parts.h"

enum { MOST_PROPERTIES = 100000, IN_NAME = 1, IN_TEXT = 2 };

static bool reserve(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_properties *properties) {
  const size_t needed = properties->count + 1;
  if (needed <= properties->capacity && needed <= properties->escape_capacity)
    return true;
  void *items = properties->items, *escapes = properties->escapes;
  enum osmflow_status status =
      osmflow_array_reserve(&items, &properties->capacity, needed, sizeof *properties->items, MOST_PROPERTIES, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve(&escapes, &properties->escape_capacity, needed, sizeof *properties->escapes,
                                   MOST_PROPERTIES, NULL);
  properties->items = items;
  properties->escapes = escapes;
  if (status != OSMFLOW_OK) {
    osmflow_geojson_fault(cursor, "too many properties");
    cursor->status = status;
  }
  return status == OSMFLOW_OK;
}

static bool read_property(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_properties *properties,
                          unsigned depth) {
  struct osmflow_geojson_string name, text;
  if (!reserve(cursor, properties))
    return false;
  struct osmflow_geojson_property *property = &properties->items[properties->count];
  if (!osmflow_geojson_key(cursor, &name) || !osmflow_geojson_value(cursor, depth, &property->kind, &text))
    return false;
  property->name = name.text;
  property->text = text.text;
  properties->escapes[properties->count] = (uint8_t)((name.is_escaped ? IN_NAME : 0) | (text.is_escaped ? IN_TEXT : 0));
  properties->count++;
  return true;
}

static bool read_properties(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_properties *properties,
                            unsigned depth) {
  osmflow_geojson_blank(cursor);
  if (*cursor->at == 'n')
    return osmflow_geojson_skip(cursor, depth);
  if (!osmflow_geojson_take(cursor, '{', "properties that are not an object"))
    return false;
  if (osmflow_geojson_try(cursor, '}'))
    return true;
  do {
    if (!read_property(cursor, properties, depth + 1))
      return false;
  } while (osmflow_geojson_try(cursor, ','));
  return osmflow_geojson_take(cursor, '}', "properties that are not closed");
}

enum { HAS_TYPE = 1, HAS_GEOMETRY = 2, HAS_PROPERTIES = 4 };

static bool read_type(struct osmflow_geojson_cursor *cursor) {
  struct osmflow_geojson_string type;
  osmflow_geojson_blank(cursor);
  if (!osmflow_geojson_string(cursor, &type))
    return false;
  return osmflow_geojson_is(&type, "Feature") ||
         osmflow_geojson_fault(cursor, "something in the list of features whose type is not \"Feature\"");
}

static bool read_member(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_shape *shape,
                        struct osmflow_geojson_properties *properties, unsigned depth, unsigned *seen) {
  struct osmflow_geojson_string key;
  if (!osmflow_geojson_key(cursor, &key))
    return false;
  const unsigned member = osmflow_geojson_is(&key, "type")         ? HAS_TYPE
                          : osmflow_geojson_is(&key, "geometry")   ? HAS_GEOMETRY
                          : osmflow_geojson_is(&key, "properties") ? HAS_PROPERTIES
                                                                   : 0;
  if (*seen & member)
    return osmflow_geojson_fault(cursor, "a feature that has its type, geometry or properties twice");
  *seen |= member;
  switch (member) {
    case HAS_TYPE:
      return read_type(cursor);
    case HAS_GEOMETRY:
      return osmflow_geojson_geometry(cursor, shape, depth);
    case HAS_PROPERTIES:
      return read_properties(cursor, properties, depth);
    default:
      return osmflow_geojson_skip(cursor, depth);
  }
}

bool osmflow_geojson_feature(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_shape *shape,
                             struct osmflow_geojson_properties *properties, unsigned depth) {
  unsigned seen = 0;
  shape->type = 0;
  osmflow_bytes_reset(&shape->wkb);
  properties->count = 0;
  if (!osmflow_geojson_take(cursor, '{', "something in the list of features that is not an object"))
    return false;
  if (!osmflow_geojson_try(cursor, '}')) {
    do {
      if (!read_member(cursor, shape, properties, depth + 1, &seen))
        return false;
    } while (osmflow_geojson_try(cursor, ','));
    if (!osmflow_geojson_take(cursor, '}', "a feature that is not closed"))
      return false;
  }
  return (seen & HAS_TYPE) || osmflow_geojson_fault(cursor, "a feature without a type ends here");
}

static void finish_text(struct osmflow_text *text, bool is_escaped) {
  char *data = (char *)text->data; /* a piece of the window, which is ours */
  if (is_escaped)
    text->size = osmflow_geojson_unescape(data, text->size);
  data[text->size] = '\0';
}

void osmflow_geojson_properties_finish(struct osmflow_geojson_properties *properties) {
  for (size_t i = 0; i < properties->count; i++) {
    finish_text(&properties->items[i].name, properties->escapes[i] & IN_NAME);
    finish_text(&properties->items[i].text, properties->escapes[i] & IN_TEXT);
  }
}
