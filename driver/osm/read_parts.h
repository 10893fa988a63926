/* What the XML and the JSON reader of OSM documents share. Used by read.c, read_xml.c and read_json.c alone. */
#ifndef OSMFLOW_OSM_READ_PARTS_H
#define OSMFLOW_OSM_READ_PARTS_H

#include "base/text.h"
#include "osm/store.h"

/* An element's attributes as they come in, texts still to be parsed. */
struct osmflow_read_head {
  struct osmflow_text id, version, changeset, timestamp, uid, user, visible, lat, lon;
  struct osmflow_text action; /* JOSM's: modify or delete */
};

/* Parses the attributes strictly and begins the element in the store. */
enum osmflow_status osmflow_read_begin(struct osmflow_store *store, enum osmflow_element_type type,
                                       enum osmflow_element_action action, const struct osmflow_read_head *head,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* "node", "way", "relation". False: another word. */
bool osmflow_read_type(struct osmflow_text word, enum osmflow_element_type *type);
enum osmflow_status osmflow_read_ref(struct osmflow_text text, int64_t *id,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The four sides of <bounds>. */
enum osmflow_status osmflow_read_bounds(struct osmflow_store *store, const struct osmflow_text sides[4],
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* "the server stopped in the middle of its answer: ..." */
enum osmflow_status osmflow_read_server_error(struct osmflow_text words, struct osmflow_error *error);

/* One format's reader: made, fed and finished by read.c. */
struct osmflow_read_format_class {
  enum osmflow_status (*make)(struct osmflow_store *store, void **reader, struct osmflow_error *error);
  enum osmflow_status (*feed)(void *reader, const void *data, size_t size, struct osmflow_error *error);
  enum osmflow_status (*finish)(void *reader, struct osmflow_error *error);
  void (*release)(void *reader);
};
extern const struct osmflow_read_format_class osmflow_read_xml_class, osmflow_read_json_class;

#endif
