/* XML as events, fed piece by piece while the bytes arrive.
 *
 * Two readers behind one face. The plain reader understands the XML that OSM servers and tools write (elements,
 * double or single quoted attributes, character data, the five named and the numeric entities, UTF-8, one XML
 * declaration) and nothing else; it judges nothing. At the first token it does not know, or finds odd in any way, it
 * hands the rest of the document over to Expat, which has the last word on what is well-formed. So no document is
 * accepted or read differently than by Expat alone.
 *
 * Calls for <osm v="1"><x/>t</osm>: start(osm, {v=1}) start(x) end(x) text("t") end(osm). Text may come in several
 * pieces. All views are borrowed for the call. Owner: the caller (_new/_free). One thread at a time. Errors:
 * OSMFLOW_BAD_DATA "not well-formed XML: ... at line L" or whatever the visitor returned; after an error every feed
 * returns it again. */
#ifndef OSMFLOW_FORMAT_XML_H
#define OSMFLOW_FORMAT_XML_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct osmflow_xml_attribute {
  struct osmflow_text name;
  struct osmflow_text value; /* entities resolved, white space normalised, UTF-8 */
};

struct osmflow_xml_visitor {
  void *self;
  enum osmflow_status (*start)(void *self, struct osmflow_text name, const struct osmflow_xml_attribute *attributes,
                               size_t count, struct osmflow_error *error);
  enum osmflow_status (*end)(void *self, struct osmflow_text name, struct osmflow_error *error);
  enum osmflow_status (*text)(void *self, struct osmflow_text text, struct osmflow_error *error); /* may be NULL */
};

struct osmflow_xml_reader;
enum osmflow_status osmflow_xml_reader_new(const struct osmflow_xml_visitor *visitor,
                                           struct osmflow_xml_reader **reader,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_xml_reader_free(struct osmflow_xml_reader *reader); /* NULL is fine */
enum osmflow_status osmflow_xml_reader_feed(struct osmflow_xml_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The document has ended: OSMFLOW_BAD_DATA when its root element has not been closed. */
enum osmflow_status osmflow_xml_reader_finish(struct osmflow_xml_reader *reader,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether Expat has taken over (for tests and measurements). */
bool osmflow_xml_reader_is_careful(const struct osmflow_xml_reader *reader);
/* For tests: gives the document to Expat from its first byte. */
void osmflow_xml_reader_be_careful(struct osmflow_xml_reader *reader);

/* The value of an attribute, or a text with data NULL. */
struct osmflow_text osmflow_xml_attribute(const struct osmflow_xml_attribute *attributes, size_t count,
                                          const char *name);

#endif
