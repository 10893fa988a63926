/* Writes XML into a buffer: escapes what must be escaped and refuses what no XML document can hold.
 *
 * Attribute values: & < > " and tab, newline, carriage return (as &#9; &#10; &#13;, because readers turn raw ones into
 * blanks). Text that is not UTF-8 or holds other control characters is OSMFLOW_BAD_ARGUMENT. Each element begins on a
 * line of its own, so that people can read the document, too.
 * The first error stays: later calls do nothing, and osmflow_xml_writer_finish() returns it. */
#ifndef OSMFLOW_FORMAT_XML_WRITER_H
#define OSMFLOW_FORMAT_XML_WRITER_H

#include <stdbool.h>

#include "base/bytes.h"

struct osmflow_xml_writer {
  struct osmflow_bytes *bytes; /* borrowed */
  bool is_tag_open;            /* "<node id="1"" still waits for its ">" */
  const char *open[8];         /* names of the elements around, borrowed */
  size_t depth;
  enum osmflow_status status;
  struct osmflow_error error;
};

/* Writes the XML declaration. */
void osmflow_xml_writer_init(struct osmflow_xml_writer *writer, struct osmflow_bytes *bytes);
void osmflow_xml_begin(struct osmflow_xml_writer *writer, const char *name);
void osmflow_xml_attribute_text(struct osmflow_xml_writer *writer, const char *name, struct osmflow_text value);
void osmflow_xml_attribute_int(struct osmflow_xml_writer *writer, const char *name, int64_t value);
/* 1e-7 degrees, seven decimals. */
void osmflow_xml_attribute_degrees(struct osmflow_xml_writer *writer, const char *name, int32_t value);
void osmflow_xml_end(struct osmflow_xml_writer *writer);
/* Every element must have ended. */
enum osmflow_status osmflow_xml_writer_finish(struct osmflow_xml_writer *writer,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
