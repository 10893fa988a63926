#include "xml.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *sandbox_xml_attribute(const char **attributes, const char *name) {
  for (; *attributes; attributes += 2)
    if (strcmp(attributes[0], name) == 0)
      return attributes[1];
  return NULL;
}

struct place {
  unsigned long line, column;
};

/* Line and column, counted from 1 in characters, of the byte at `offset`. */
static struct place place_of(struct osmflow_text document, size_t offset) {
  struct place place = {1, 1};
  for (size_t i = 0; i < offset && i < document.size; i++) {
    unsigned char byte = (unsigned char)document.data[i];
    if (byte == '\n')
      place = (struct place){place.line + 1, 1};
    else if ((byte & 0xC0) != 0x80)
      place.column++;
  }
  return place;
}

/* libxml2 reports a start tag from the place before its ">" or "/>", an end tag from behind it. */
static struct place event_place(const struct sandbox_xml *xml) {
  size_t start = (size_t)XML_GetCurrentByteIndex64(xml->parser);
  size_t end = start + (size_t)XML_GetCurrentByteCount64(xml->parser);
  if (end > xml->document.size)
    end = xml->document.size;
  if (!xml->at_end && end > start + 2)
    end -= xml->document.data[end - 2] == '/' ? 2 : 1;
  return place_of(xml->document, end);
}

static void refuse(struct sandbox_xml *xml, int status, const char *format, va_list arguments) {
  if (xml->status != 200)
    return;
  xml->status = status;
  vsnprintf(xml->message, sizeof xml->message, format, arguments);
  if (xml->parser)
    XML_StopParser(xml->parser, XML_FALSE);
}

void sandbox_xml_refuse(struct sandbox_xml *xml, int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  refuse(xml, status, format, arguments);
  va_end(arguments);
}

void sandbox_xml_refuse_here(struct sandbox_xml *xml, const char *format, ...) {
  if (xml->status != 200)
    return;
  struct place place = event_place(xml);
  va_list arguments;
  va_start(arguments, format);
  refuse(xml, 400, format, arguments);
  va_end(arguments);
  size_t used = strlen(xml->message);
  snprintf(xml->message + used, sizeof xml->message - used, " at line %lu, column %lu", place.line, place.column);
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
  struct sandbox_xml *xml = context;
  if (xml->status != 200)
    return;
  if (xml->depth == SANDBOX_XML_DEPTH) {
    sandbox_xml_refuse(xml, 400, "Document is nested too deeply.");
    return;
  }
  snprintf(xml->open[xml->depth].name, sizeof xml->open[0].name, "%s", name);
  xml->open[xml->depth].line = XML_GetCurrentLineNumber64(xml->parser);
  xml->depth++;
  xml->at_end = false;
  xml->visitor->start(xml, xml->context, name, attributes);
}

static void on_end(void *context, const XML_Char *name) {
  struct sandbox_xml *xml = context;
  if (xml->status != 200)
    return;
  xml->depth--;
  xml->at_end = true;
  xml->visitor->end(xml, xml->context, name);
}

static void print_problem(struct sandbox_xml *xml, size_t offset, const char *words) {
  struct place place = place_of(xml->document, offset);
  snprintf(xml->message, sizeof xml->message, "Document not well-formed.\nLine %lu, column %lu (fatal):\n%s\n",
           place.line, place.column, words);
}

/* The first byte from `offset` on that is not UTF-8. */
static size_t find_bad_byte(struct osmflow_text document, size_t offset) {
  size_t end = document.size;
  while (offset < end) {
    size_t size = 1;
    unsigned char byte = (unsigned char)document.data[offset];
    if (byte >= 0xC0)
      size = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    struct osmflow_text character = {document.data + offset, size <= end - offset ? size : end - offset};
    if (!osmflow_text_is_utf8(character))
      break;
    offset += character.size;
  }
  return offset;
}

static void tell_bad_byte(struct sandbox_xml *xml, size_t offset) {
  size_t bad = find_bad_byte(xml->document, offset);
  char words[128];
  int used = snprintf(words, sizeof words, "Input is not proper UTF-8, indicate encoding !\nBytes:");
  for (size_t i = bad; i < bad + 4 && i < xml->document.size; i++)
    used += snprintf(words + used, sizeof words - (size_t)used, " 0x%02X", (unsigned char)xml->document.data[i]);
  print_problem(xml, bad, words);
}

static void tell_bad_reference(struct sandbox_xml *xml, size_t offset) {
  struct osmflow_text document = xml->document;
  while (offset + 1 < document.size && !(document.data[offset] == '&' && document.data[offset + 1] == '#'))
    offset++;
  const bool hexadecimal = offset + 2 < document.size && document.data[offset + 2] == 'x';
  unsigned long value = strtoul(document.data + offset + (hexadecimal ? 3 : 2), NULL, hexadecimal ? 16 : 10);
  while (offset < document.size && document.data[offset] != ';')
    offset++;
  char words[96];
  snprintf(words, sizeof words, "xmlParseCharRef: invalid xmlChar value %lu", value);
  print_problem(xml, offset + 1, words);
}

/* libxml2 goes on after an end tag that does not fit and tells only of the last thing it met: the end of the input
 * while an outer element is open. */
static void tell_end_of_data(struct sandbox_xml *xml, bool wrong_end_tag) {
  if (wrong_end_tag && xml->depth > 0)
    xml->depth--;
  char words[160] = "Extra content at the end of the document";
  if (xml->depth > 0)
    snprintf(words, sizeof words, "Premature end of data in tag %s line %lu", xml->open[xml->depth - 1].name,
             xml->open[xml->depth - 1].line);
  print_problem(xml, xml->document.size, words);
}

static void tell_problem(struct sandbox_xml *xml) {
  size_t offset = (size_t)XML_GetCurrentByteIndex64(xml->parser);
  enum XML_Error error = XML_GetErrorCode(xml->parser);
  const bool ends_in_end_tag =
      offset + 1 < xml->document.size && xml->document.data[offset] == '<' && xml->document.data[offset + 1] == '/';
  xml->status = 400;
  if (xml->depth == 0 && (xml->document.data[0] != '<'))
    print_problem(xml, 0, "Start tag expected, '<' not found");
  else if (error == XML_ERROR_TAG_MISMATCH || error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN)
    tell_end_of_data(xml, error == XML_ERROR_TAG_MISMATCH || ends_in_end_tag);
  else if (error == XML_ERROR_BAD_CHAR_REF)
    tell_bad_reference(xml, offset);
  else if (find_bad_byte(xml->document, offset) < xml->document.size)
    tell_bad_byte(xml, offset);
  else
    print_problem(xml, offset, XML_ErrorString(error));
}

bool sandbox_parse_xml(struct sandbox_xml *xml, struct osmflow_text document, const struct sandbox_xml_visitor *visitor,
                       void *context) {
  *xml = (struct sandbox_xml){.visitor = visitor, .context = context, .document = document, .status = 200};
  if (document.size == 0) {
    sandbox_xml_refuse(xml, 400, "Parser context not created.");
    return false;
  }
  XML_Parser parser = XML_ParserCreate(NULL);
  if (!parser)
    sandbox_die("out of memory");
  xml->parser = parser;
  XML_SetUserData(parser, xml);
  XML_SetElementHandler(parser, on_start, on_end);
  const size_t most = (size_t)1 << 28;
  enum XML_Status status = XML_STATUS_OK;
  for (size_t at = 0; status == XML_STATUS_OK && at < document.size; at += most) {
    size_t piece = document.size - at < most ? document.size - at : most;
    status = XML_Parse(parser, document.data + at, (int)piece, at + piece == document.size);
  }
  if (status != XML_STATUS_OK && xml->status == 200)
    tell_problem(xml);
  XML_ParserFree(parser);
  xml->parser = NULL;
  return xml->status == 200;
}
