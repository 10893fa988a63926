#include "format/xml_writer.h"

#include "base/number.h"

enum { MOST_DEPTH = sizeof((struct osmflow_xml_writer){0}).open / sizeof(char *) };

static void add(struct osmflow_xml_writer *writer, const char *data, size_t size) {
  if (writer->status == OSMFLOW_OK)
    writer->status = osmflow_bytes_add(writer->bytes, data, size, &writer->error);
}

static void add_string(struct osmflow_xml_writer *writer, const char *string) {
  add(writer, string, strlen(string));
}

static void new_line(struct osmflow_xml_writer *writer) {
  static const char line[] = "\n                ";
  add(writer, line, 1 + 2 * writer->depth);
}

static void close_tag(struct osmflow_xml_writer *writer) {
  if (writer->is_tag_open)
    add(writer, ">", 1);
  writer->is_tag_open = false;
}

void osmflow_xml_writer_init(struct osmflow_xml_writer *writer, struct osmflow_bytes *bytes) {
  *writer = (struct osmflow_xml_writer){.bytes = bytes};
  add_string(writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
}

void osmflow_xml_begin(struct osmflow_xml_writer *writer, const char *name) {
  if (writer->status == OSMFLOW_OK && writer->depth == MOST_DEPTH)
    writer->status = osmflow_error_set(&writer->error, OSMFLOW_BAD_ARGUMENT,
                                       "<%s>: an XML document may be %d elements deep here", name, MOST_DEPTH);
  if (writer->status != OSMFLOW_OK)
    return;
  close_tag(writer);
  new_line(writer);
  add(writer, "<", 1);
  add_string(writer, name);
  writer->open[writer->depth++] = name;
  writer->is_tag_open = true;
}

/* NULL: the byte stands for itself. */
static const char *escape_of(unsigned char byte) {
  switch (byte) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\r':
      return "&#13;";
    default:
      return NULL;
  }
}

/* The text must be UTF-8. U+FFFE and U+FFFF are no characters of XML either. */
static bool is_forbidden(struct osmflow_text text, size_t place) {
  const unsigned char byte = (unsigned char)text.data[place];
  if (byte < ' ')
    return escape_of(byte) == NULL;
  return byte == 0xEF && (unsigned char)text.data[place + 1] == 0xBF && (unsigned char)text.data[place + 2] >= 0xBE;
}

static void add_escaped(struct osmflow_xml_writer *writer, const char *name, struct osmflow_text value) {
  size_t written = 0;
  for (size_t i = 0; i < value.size; i++) {
    if (is_forbidden(value, i)) {
      writer->status = osmflow_error_set(&writer->error, OSMFLOW_BAD_ARGUMENT,
                                         "%s=\"%.*s\": it holds the control character 0x%02X at byte %zu, which cannot "
                                         "be written in XML: take it out",
                                         name, OSMFLOW_TEXT_ARGUMENTS(value), (unsigned char)value.data[i], i + 1);
      return;
    }
    const char *escape = escape_of((unsigned char)value.data[i]);
    if (escape) {
      add(writer, value.data + written, i - written);
      add_string(writer, escape);
      written = i + 1;
    }
  }
  add(writer, value.data + written, value.size - written);
}

static bool is_utf8(struct osmflow_xml_writer *writer, const char *name, struct osmflow_text value) {
  const bool good = osmflow_text_is_utf8(value);
  if (!good)
    writer->status = osmflow_error_set(&writer->error, OSMFLOW_BAD_ARGUMENT,
                                       "%s=\"%.*s\" is not UTF-8: convert the data, or say in which encoding it is",
                                       name, OSMFLOW_TEXT_ARGUMENTS(value));
  return good;
}

void osmflow_xml_attribute_text(struct osmflow_xml_writer *writer, const char *name, struct osmflow_text value) {
  if (writer->status != OSMFLOW_OK)
    return;
  if (!writer->is_tag_open) {
    writer->status = osmflow_error_set(&writer->error, OSMFLOW_BAD_ARGUMENT, "%s=: no XML tag is open here", name);
    return;
  }
  if (!is_utf8(writer, name, value))
    return;
  add(writer, " ", 1);
  add_string(writer, name);
  add(writer, "=\"", 2);
  if (writer->status == OSMFLOW_OK && value.size > 0)
    add_escaped(writer, name, value);
  add(writer, "\"", 1);
}

void osmflow_xml_attribute_int(struct osmflow_xml_writer *writer, const char *name, int64_t value) {
  char digits[OSMFLOW_NUMBER_SIZE];
  const size_t size = osmflow_format_int(digits, value);
  osmflow_xml_attribute_text(writer, name, (struct osmflow_text){digits, size});
}

void osmflow_xml_attribute_degrees(struct osmflow_xml_writer *writer, const char *name, int32_t value) {
  char digits[OSMFLOW_NUMBER_SIZE];
  const size_t size = osmflow_format_degrees(digits, value);
  osmflow_xml_attribute_text(writer, name, (struct osmflow_text){digits, size});
}

void osmflow_xml_end(struct osmflow_xml_writer *writer) {
  if (writer->status == OSMFLOW_OK && writer->depth == 0)
    writer->status = osmflow_error_set(&writer->error, OSMFLOW_BAD_ARGUMENT, "no XML element is open that could end");
  if (writer->status != OSMFLOW_OK)
    return;
  writer->depth--;
  if (writer->is_tag_open) {
    add(writer, "/>", 2);
  } else {
    new_line(writer);
    add(writer, "</", 2);
    add_string(writer, writer->open[writer->depth]);
    add(writer, ">", 1);
  }
  writer->is_tag_open = false;
  if (writer->depth == 0)
    add(writer, "\n", 1);
}

enum osmflow_status osmflow_xml_writer_finish(struct osmflow_xml_writer *writer, struct osmflow_error *error) {
  if (writer->status == OSMFLOW_OK && writer->depth > 0)
    writer->status = osmflow_error_set(&writer->error, OSMFLOW_BAD_ARGUMENT, "the XML element <%s> has not ended",
                                       writer->open[writer->depth - 1]);
  if (writer->status != OSMFLOW_OK && error)
    *error = writer->error;
  return writer->status;
}
