#include <stdlib.h>

#include "base/bytes.h"
#include "format/json.h"
#include "osm/read_parts.h"

enum { DEEPEST = 64, TEXT_CEILING = 64 << 20, MOST_PARTS = 10000000 };

/* Where in the document a value stands. */
enum place { OUTSIDE, ROOT, ELEMENTS, ELEMENT, TAGS, NODES, MEMBERS, MEMBER, BOUNDS, ELSEWHERE };

/* A piece of reader->texts; members of an object come in any order, so an element is gathered before it is stored. */
struct piece {
  size_t first, size;
  bool is_set;
};

struct gathered_tag {
  struct piece key, value;
};

struct gathered_member {
  struct piece type, ref, role;
};

enum head_field { ID, VERSION, CHANGESET, TIMESTAMP, UID, USER, VISIBLE, LAT, LON, TYPE, ERROR, HEAD_FIELDS };
static const char *const head_names[HEAD_FIELDS] = {"id",      "version", "changeset", "timestamp", "uid",  "user",
                                                    "visible", "lat",     "lon",       "type",      "error"};
static const char *const side_names[4] = {"minlon", "minlat", "maxlon", "maxlat"};

struct json_reader {
  struct osmflow_store *store;
  struct osmflow_json_reader *json;
  enum place places[DEEPEST + 2];
  size_t depth;
  bool has_elements;
  struct osmflow_bytes key;   /* the key before the value that comes next */
  struct osmflow_bytes texts; /* of the element being gathered */
  struct piece head[HEAD_FIELDS], sides[4];
  struct gathered_tag *tags;
  struct gathered_member *members;
  struct piece *refs;
  size_t tag_count, member_count, ref_count, tag_capacity, member_capacity, ref_capacity;
};

static enum place here(const struct json_reader *reader) {
  return reader->places[reader->depth];
}

static struct osmflow_text text_of(const struct json_reader *reader, struct piece piece) {
  const struct osmflow_text text = {piece.is_set ? osmflow_bytes_string(&reader->texts) + piece.first : NULL,
                                    piece.is_set ? piece.size : 0};
  return text;
}

static enum osmflow_status keep(struct json_reader *reader, struct osmflow_text text, struct piece *piece,
                                struct osmflow_error *error) {
  piece->first = reader->texts.size;
  piece->size = text.size;
  piece->is_set = true;
  return osmflow_bytes_add_text(&reader->texts, text, error);
}

static void forget_element(struct json_reader *reader) {
  osmflow_bytes_reset(&reader->texts);
  memset(reader->head, 0, sizeof reader->head);
  memset(reader->sides, 0, sizeof reader->sides);
  reader->tag_count = reader->member_count = reader->ref_count = 0;
}

static enum osmflow_status store_parts(struct json_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < reader->ref_count; i++) {
    int64_t ref = 0;
    status = osmflow_read_ref(text_of(reader, reader->refs[i]), &ref, error);
    if (status == OSMFLOW_OK)
      status = osmflow_store_add_ref(reader->store, ref, error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < reader->member_count; i++) {
    const struct gathered_member *member = &reader->members[i];
    const struct osmflow_text type_name = text_of(reader, member->type);
    enum osmflow_element_type type;
    int64_t ref = 0;
    if (!osmflow_read_type(type_name, &type))
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a relation's member has the type '%.*s'",
                               OSMFLOW_TEXT_ARGUMENTS(type_name));
    status = osmflow_read_ref(text_of(reader, member->ref), &ref, error);
    if (status == OSMFLOW_OK)
      status = osmflow_store_add_member(reader->store, type, ref,
                                        member->role.is_set ? text_of(reader, member->role) : osmflow_text(""), error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < reader->tag_count; i++)
    status = osmflow_store_add_tag(reader->store, text_of(reader, reader->tags[i].key),
                                   text_of(reader, reader->tags[i].value), error);
  return status;
}

static enum osmflow_status store_element(struct json_reader *reader, struct osmflow_error *error) {
  enum osmflow_element_type type;
  struct osmflow_read_head head;
  if (reader->head[ERROR].is_set)
    return osmflow_read_server_error(text_of(reader, reader->head[ERROR]), error);
  if (!osmflow_read_type(text_of(reader, reader->head[TYPE]), &type))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "an element of the JSON document has the type '%.*s'",
                             OSMFLOW_TEXT_ARGUMENTS(text_of(reader, reader->head[TYPE])));
  head.id = text_of(reader, reader->head[ID]);
  head.version = text_of(reader, reader->head[VERSION]);
  head.changeset = text_of(reader, reader->head[CHANGESET]);
  head.timestamp = text_of(reader, reader->head[TIMESTAMP]);
  head.uid = text_of(reader, reader->head[UID]);
  head.user = text_of(reader, reader->head[USER]);
  head.visible = text_of(reader, reader->head[VISIBLE]);
  head.lat = text_of(reader, reader->head[LAT]);
  head.lon = text_of(reader, reader->head[LON]);
  enum osmflow_status status = osmflow_read_begin(reader->store, type, OSMFLOW_ACTION_NONE, &head, error);
  if (status == OSMFLOW_OK)
    status = store_parts(reader, error);
  osmflow_store_end(reader->store);
  return status;
}

static enum osmflow_status new_tag(struct json_reader *reader, struct osmflow_text value, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_array_reserve((void **)&reader->tags, &reader->tag_capacity,
                                                     reader->tag_count + 1, sizeof *reader->tags, MOST_PARTS, error);
  if (status == OSMFLOW_OK)
    status = keep(reader, osmflow_bytes_view(&reader->key), &reader->tags[reader->tag_count].key, error);
  if (status == OSMFLOW_OK)
    status = keep(reader, value, &reader->tags[reader->tag_count++].value, error);
  return status;
}

static enum osmflow_status new_ref(struct json_reader *reader, struct osmflow_text value, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_array_reserve((void **)&reader->refs, &reader->ref_capacity,
                                                     reader->ref_count + 1, sizeof *reader->refs, MOST_PARTS, error);
  if (status == OSMFLOW_OK)
    status = keep(reader, value, &reader->refs[reader->ref_count++], error);
  return status;
}

static enum osmflow_status member_value(struct json_reader *reader, struct osmflow_text value,
                                        struct osmflow_error *error) {
  struct gathered_member *member = &reader->members[reader->member_count - 1];
  const struct osmflow_text key = osmflow_bytes_view(&reader->key);
  if (osmflow_text_is(key, "type"))
    return keep(reader, value, &member->type, error);
  if (osmflow_text_is(key, "ref"))
    return keep(reader, value, &member->ref, error);
  return osmflow_text_is(key, "role") ? keep(reader, value, &member->role, error) : OSMFLOW_OK;
}

static enum osmflow_status named_value(struct json_reader *reader, const char *const *names, struct piece *pieces,
                                       size_t count, struct osmflow_text value, struct osmflow_error *error) {
  for (size_t i = 0; i < count; i++)
    if (osmflow_text_is(osmflow_bytes_view(&reader->key), names[i]))
      return keep(reader, value, &pieces[i], error);
  return OSMFLOW_OK;
}

/* Strings, numbers and booleans alike: what they must be is checked where they are used. */
static enum osmflow_status scalar(void *self, struct osmflow_text value, struct osmflow_error *error) {
  struct json_reader *reader = self;
  switch (here(reader)) {
    case ROOT:
      return osmflow_text_is(osmflow_bytes_view(&reader->key), "error") ? osmflow_read_server_error(value, error)
                                                                        : OSMFLOW_OK;
    case ELEMENT:
      return named_value(reader, head_names, reader->head, HEAD_FIELDS, value, error);
    case BOUNDS:
      return named_value(reader, side_names, reader->sides, 4, value, error);
    case TAGS:
      return new_tag(reader, value, error);
    case NODES:
      return new_ref(reader, value, error);
    case MEMBER:
      return member_value(reader, value, error);
    case ELEMENTS:
    case MEMBERS:
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the JSON document holds '%.*s' where an object belongs",
                               OSMFLOW_TEXT_ARGUMENTS(value));
    case OUTSIDE:
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the JSON document is no OSM data: it is not an object");
    case ELSEWHERE:
    default:
      return OSMFLOW_OK;
  }
}

static enum osmflow_status boolean(void *self, bool value, struct osmflow_error *error) {
  return scalar(self, osmflow_text(value ? "true" : "false"), error);
}

static enum osmflow_status enter(struct json_reader *reader, enum place place, struct osmflow_error *error) {
  if (reader->depth > DEEPEST)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "the JSON document is nested too deeply");
  reader->places[++reader->depth] = place;
  return OSMFLOW_OK;
}

static bool key_is(const struct json_reader *reader, const char *name) {
  return osmflow_text_is(osmflow_bytes_view(&reader->key), name);
}

static enum osmflow_status object_start(void *self, struct osmflow_error *error) {
  struct json_reader *reader = self;
  enum place place = ELSEWHERE;
  if (here(reader) == OUTSIDE)
    place = ROOT;
  else if (here(reader) == ROOT && key_is(reader, "bounds"))
    place = BOUNDS;
  else if (here(reader) == ELEMENTS)
    place = ELEMENT;
  else if (here(reader) == ELEMENT && key_is(reader, "tags"))
    place = TAGS;
  else if (here(reader) == MEMBERS)
    place = MEMBER;
  if (place == ELEMENT || place == BOUNDS)
    forget_element(reader);
  if (place == MEMBER) {
    const enum osmflow_status status =
        osmflow_array_reserve((void **)&reader->members, &reader->member_capacity, reader->member_count + 1,
                              sizeof *reader->members, MOST_PARTS, error);
    if (status != OSMFLOW_OK)
      return status;
    memset(&reader->members[reader->member_count++], 0, sizeof *reader->members);
  }
  return enter(reader, place, error);
}

static enum osmflow_status array_start(void *self, struct osmflow_error *error) {
  struct json_reader *reader = self;
  enum place place = ELSEWHERE;
  if (here(reader) == OUTSIDE)
    return scalar(reader, osmflow_text("["), error);
  if (here(reader) == ROOT && key_is(reader, "elements")) {
    place = ELEMENTS;
    reader->has_elements = true;
  } else if (here(reader) == ELEMENT && key_is(reader, "nodes")) {
    place = NODES;
  } else if (here(reader) == ELEMENT && key_is(reader, "members")) {
    place = MEMBERS;
  }
  return enter(reader, place, error);
}

static enum osmflow_status leave(void *self, struct osmflow_error *error) {
  struct json_reader *reader = self;
  const enum place left = here(reader);
  reader->depth--;
  if (left == ELEMENT)
    return store_element(reader, error);
  if (left == BOUNDS) {
    const struct osmflow_text sides[4] = {text_of(reader, reader->sides[0]), text_of(reader, reader->sides[1]),
                                          text_of(reader, reader->sides[2]), text_of(reader, reader->sides[3])};
    return osmflow_read_bounds(reader->store, sides, error);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status key(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct json_reader *reader = self;
  osmflow_bytes_reset(&reader->key);
  return osmflow_bytes_add_text(&reader->key, name, error);
}

static void release(void *self) {
  struct json_reader *reader = self;
  osmflow_json_reader_free(reader->json);
  osmflow_bytes_clear(&reader->key);
  osmflow_bytes_clear(&reader->texts);
  free(reader->tags);
  free(reader->members);
  free(reader->refs);
  free(reader);
}

static enum osmflow_status make(struct osmflow_store *store, void **made, struct osmflow_error *error) {
  struct json_reader *reader = calloc(1, sizeof *reader);
  if (!reader)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a reader");
  reader->store = store;
  osmflow_bytes_init(&reader->key, TEXT_CEILING);
  osmflow_bytes_init(&reader->texts, TEXT_CEILING);
  const struct osmflow_json_visitor visitor = {.self = reader,
                                               .object_start = object_start,
                                               .object_end = leave,
                                               .array_start = array_start,
                                               .array_end = leave,
                                               .key = key,
                                               .string = scalar,
                                               .number = scalar,
                                               .boolean = boolean};
  const enum osmflow_status status = osmflow_json_reader_new(&visitor, &reader->json, error);
  if (status == OSMFLOW_OK)
    *made = reader;
  else
    release(reader);
  return status;
}

static enum osmflow_status feed(void *self, const void *data, size_t size, struct osmflow_error *error) {
  return osmflow_json_reader_feed(((struct json_reader *)self)->json, data, size, error);
}

static enum osmflow_status finish(void *self, struct osmflow_error *error) {
  struct json_reader *reader = self;
  enum osmflow_status status = osmflow_json_reader_finish(reader->json, error);
  if (status == OSMFLOW_OK && !reader->has_elements)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the JSON document is no OSM data: it has no \"elements\"");
  return status;
}

const struct osmflow_read_format_class osmflow_read_json_class = {make, feed, finish, release};
