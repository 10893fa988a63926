#include <stdlib.h>

#include "base/bytes.h"
#include "format/xml.h"
#include "osm/read_parts.h"

enum { SERVER_WORDS = 4096 };

struct xml_reader {
  struct osmflow_store *store;
  struct osmflow_xml_reader *xml;
  enum osmflow_element_action action;
  size_t depth;
  bool is_change; /* <osmChange>: elements are one level deeper */
  bool in_element;
  bool in_error;
  enum osmflow_element_type type;
  struct osmflow_bytes server_words;
};

static enum osmflow_status start_root(struct xml_reader *reader, struct osmflow_text name,
                                      struct osmflow_error *error) {
  reader->is_change = osmflow_text_is(name, "osmChange");
  if (reader->is_change || osmflow_text_is(name, "osm"))
    return OSMFLOW_OK;
  if (osmflow_text_is_ignoring_case(name, "html"))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "the answer is a web page instead of OSM data: is this the address of an OSM API server, "
                             "or does a proxy or login page stand in between?");
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the document is <%.*s>, not OSM data (<osm> or <osmChange>)",
                           OSMFLOW_TEXT_ARGUMENTS(name));
}

/* The attributes' names differ in length or first letter, so a glance tells which one it is. */
static void read_head(const struct osmflow_xml_attribute *attributes, size_t count, struct osmflow_read_head *head) {
  *head = (struct osmflow_read_head){0};
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_text name = attributes[i].name, value = attributes[i].value;
    switch (name.size) {
      case 2:
        if (name.data[0] == 'i' && name.data[1] == 'd')
          head->id = value;
        break;
      case 3:
        if (memcmp(name.data, "lat", 3) == 0)
          head->lat = value;
        else if (memcmp(name.data, "lon", 3) == 0)
          head->lon = value;
        else if (memcmp(name.data, "uid", 3) == 0)
          head->uid = value;
        break;
      case 4:
        if (memcmp(name.data, "user", 4) == 0)
          head->user = value;
        break;
      case 6:
        if (memcmp(name.data, "action", 6) == 0)
          head->action = value;
        break;
      case 7:
        if (memcmp(name.data, "version", 7) == 0)
          head->version = value;
        else if (memcmp(name.data, "visible", 7) == 0)
          head->visible = value;
        break;
      case 9:
        if (memcmp(name.data, "changeset", 9) == 0)
          head->changeset = value;
        else if (memcmp(name.data, "timestamp", 9) == 0)
          head->timestamp = value;
        break;
      default:
        break;
    }
  }
}

static enum osmflow_status start_bounds(struct xml_reader *reader, const struct osmflow_xml_attribute *attributes,
                                        size_t count, struct osmflow_error *error) {
  const struct osmflow_text sides[4] = {
      osmflow_xml_attribute(attributes, count, "minlon"), osmflow_xml_attribute(attributes, count, "minlat"),
      osmflow_xml_attribute(attributes, count, "maxlon"), osmflow_xml_attribute(attributes, count, "maxlat")};
  return osmflow_read_bounds(reader->store, sides, error);
}

/* OSMFLOW_ACTION_NONE for any other word. */
static enum osmflow_element_action action_of(struct osmflow_text word) {
  static const char *const names[] = {"", "create", "modify", "delete"};
  size_t action = OSMFLOW_ACTION_DELETE;
  while (action > OSMFLOW_ACTION_NONE && !osmflow_text_is(word, names[action]))
    action--;
  return (enum osmflow_element_action)action;
}

/* In osmChange the block says what is done, in files of JOSM an attribute. */
static enum osmflow_status start_top(struct xml_reader *reader, struct osmflow_text name,
                                     const struct osmflow_xml_attribute *attributes, size_t count,
                                     struct osmflow_error *error) {
  struct osmflow_read_head head;
  if (osmflow_read_type(name, &reader->type)) {
    reader->in_element = true;
    read_head(attributes, count, &head);
    return osmflow_read_begin(reader->store, reader->type, reader->is_change ? reader->action : action_of(head.action),
                              &head, error);
  }
  if (osmflow_text_is(name, "bounds"))
    return start_bounds(reader, attributes, count, error);
  reader->in_error = osmflow_text_is(name, "error");
  return OSMFLOW_OK;
}

static enum osmflow_status start_block(struct xml_reader *reader, struct osmflow_text name,
                                       struct osmflow_error *error) {
  reader->action = action_of(name);
  if (reader->action != OSMFLOW_ACTION_NONE)
    return OSMFLOW_OK;
  reader->in_error = osmflow_text_is(name, "error");
  if (reader->in_error || osmflow_text_is(name, "bounds"))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "<%.*s> in an osmChange document, which has create, modify, delete",
                           OSMFLOW_TEXT_ARGUMENTS(name));
}

static enum osmflow_status start_member(struct xml_reader *reader, const struct osmflow_xml_attribute *attributes,
                                        size_t count, struct osmflow_error *error) {
  const struct osmflow_text type_name = osmflow_xml_attribute(attributes, count, "type");
  struct osmflow_text role = osmflow_xml_attribute(attributes, count, "role");
  enum osmflow_element_type type;
  int64_t ref = 0;
  if (!osmflow_read_type(type_name, &type))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a relation's member has the type '%.*s'",
                             OSMFLOW_TEXT_ARGUMENTS(type_name));
  if (!role.data)
    role = osmflow_text("");
  const enum osmflow_status status = osmflow_read_ref(osmflow_xml_attribute(attributes, count, "ref"), &ref, error);
  return status == OSMFLOW_OK ? osmflow_store_add_member(reader->store, type, ref, role, error) : status;
}

static enum osmflow_status start_part(struct xml_reader *reader, struct osmflow_text name,
                                      const struct osmflow_xml_attribute *attributes, size_t count,
                                      struct osmflow_error *error) {
  if (osmflow_text_is(name, "nd")) {
    int64_t ref = 0;
    const enum osmflow_status status = osmflow_read_ref(osmflow_xml_attribute(attributes, count, "ref"), &ref, error);
    return status == OSMFLOW_OK ? osmflow_store_add_ref(reader->store, ref, error) : status;
  }
  if (osmflow_text_is(name, "tag")) {
    const struct osmflow_text key = osmflow_xml_attribute(attributes, count, "k"),
                              value = osmflow_xml_attribute(attributes, count, "v");
    if (!key.data || !value.data)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a <tag> without k or v");
    return osmflow_store_add_tag(reader->store, key, value, error);
  }
  return osmflow_text_is(name, "member") ? start_member(reader, attributes, count, error) : OSMFLOW_OK;
}

static enum osmflow_status start(void *self, struct osmflow_text name, const struct osmflow_xml_attribute *attributes,
                                 size_t count, struct osmflow_error *error) {
  struct xml_reader *reader = self;
  const size_t depth = reader->depth++;
  if (depth == 0)
    return start_root(reader, name, error);
  if (depth == 1 && reader->is_change)
    return start_block(reader, name, error);
  const size_t top = reader->is_change ? 2 : 1;
  if (depth == top)
    return start_top(reader, name, attributes, count, error);
  return depth == top + 1 && reader->in_element ? start_part(reader, name, attributes, count, error) : OSMFLOW_OK;
}

static enum osmflow_status end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct xml_reader *reader = self;
  (void)name;
  reader->depth--;
  if (reader->in_error && reader->depth <= (reader->is_change ? 2U : 1U))
    return osmflow_read_server_error(osmflow_bytes_view(&reader->server_words), error);
  if (reader->in_element && reader->depth == (reader->is_change ? 2U : 1U)) {
    reader->in_element = false;
    osmflow_store_end(reader->store);
  }
  if (reader->is_change && reader->depth == 1)
    reader->action = OSMFLOW_ACTION_NONE;
  return OSMFLOW_OK;
}

static enum osmflow_status text(void *self, struct osmflow_text words, struct osmflow_error *error) {
  struct xml_reader *reader = self;
  const size_t room = SERVER_WORDS - reader->server_words.size;
  if (!reader->in_error)
    return OSMFLOW_OK;
  words.size = words.size < room ? words.size : room;
  return osmflow_bytes_add_text(&reader->server_words, words, error);
}

static void release(void *self) {
  struct xml_reader *reader = self;
  osmflow_xml_reader_free(reader->xml);
  osmflow_bytes_clear(&reader->server_words);
  free(reader);
}

static enum osmflow_status make(struct osmflow_store *store, void **made, struct osmflow_error *error) {
  struct xml_reader *reader = calloc(1, sizeof *reader);
  if (!reader)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a reader");
  reader->store = store;
  osmflow_bytes_init(&reader->server_words, SERVER_WORDS);
  const struct osmflow_xml_visitor visitor = {reader, start, end, text};
  const enum osmflow_status status = osmflow_xml_reader_new(&visitor, &reader->xml, error);
  if (status == OSMFLOW_OK)
    *made = reader;
  else
    release(reader);
  return status;
}

static enum osmflow_status feed(void *self, const void *data, size_t size, struct osmflow_error *error) {
  return osmflow_xml_reader_feed(((struct xml_reader *)self)->xml, data, size, error);
}

static enum osmflow_status finish(void *self, struct osmflow_error *error) {
  return osmflow_xml_reader_finish(((struct xml_reader *)self)->xml, error);
}

const struct osmflow_read_format_class osmflow_read_xml_class = {make, feed, finish, release};
