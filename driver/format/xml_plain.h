/* The plain half of the XML reader: see format/xml.h for what it is allowed to accept. Used by xml.c alone. */
#ifndef OSMFLOW_FORMAT_XML_PLAIN_H
#define OSMFLOW_FORMAT_XML_PLAIN_H

#include "base/bytes.h"
#include "format/xml.h"

enum { OSMFLOW_XML_PLAIN_DEPTH = 32, OSMFLOW_XML_PLAIN_ATTRIBUTES = 32, OSMFLOW_XML_PLAIN_NAME = 64 };

enum osmflow_xml_place { OSMFLOW_XML_AT_START, OSMFLOW_XML_BEFORE_ROOT, OSMFLOW_XML_INSIDE, OSMFLOW_XML_AFTER_ROOT };

struct osmflow_xml_plain {
  const struct osmflow_xml_visitor *visitor;
  enum osmflow_xml_place place;
  size_t depth;
  struct {
    char name[OSMFLOW_XML_PLAIN_NAME];
    size_t size;
  } open[OSMFLOW_XML_PLAIN_DEPTH]; /* open[0] is the root, also after it was closed */
  size_t lines;                    /* line ends in what was consumed */
  struct osmflow_bytes decoded;    /* attribute values and texts that held entities */
  struct osmflow_xml_attribute attributes[OSMFLOW_XML_PLAIN_ATTRIBUTES];
};

void osmflow_xml_plain_init(struct osmflow_xml_plain *plain, const struct osmflow_xml_visitor *visitor);
void osmflow_xml_plain_clear(struct osmflow_xml_plain *plain);

/* Consumes whole tokens; *used tells how many bytes. *odd becomes true when the token at *used is not plain XML: Expat
 * must go on there. Otherwise the rest is the beginning of a token that needs more bytes. */
enum osmflow_status osmflow_xml_plain_read(struct osmflow_xml_plain *plain, const char *data, size_t size, size_t *used,
                                           bool *odd, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
