/* OSM documents (<osm>, <osmChange>, and the JSON form) into a store, piece by piece while the bytes arrive.
 *
 * An answer with an <error> element (JSON: an element with "error"), of another kind than asked, or without its end is
 * OSMFLOW_BAD_DATA: the caller must throw the store away.
 * Source: the API's "Internal errors while generating a response"; OSM XML and OSM JSON formats. */
#ifndef OSMFLOW_OSM_READ_H
#define OSMFLOW_OSM_READ_H

#include "osm/store.h"

enum osmflow_read_format {
  OSMFLOW_READ_AUTO, /* by the first byte that is not white space: '{' is JSON, '<' is XML */
  OSMFLOW_READ_XML,
  OSMFLOW_READ_JSON
};

struct osmflow_reader;
enum osmflow_status osmflow_reader_new(struct osmflow_store *store, enum osmflow_read_format format,
                                       struct osmflow_reader **reader, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_reader_free(struct osmflow_reader *reader); /* NULL is fine */
enum osmflow_status osmflow_reader_feed(struct osmflow_reader *reader, const void *data, size_t size,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_reader_finish(struct osmflow_reader *reader,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
