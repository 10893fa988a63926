#include "format/xml.h"

#include <expat.h>
#include <stdlib.h>

#include "format/xml_plain.h"

enum {
  TOKEN_CEILING = 64 * 1024, /* a longer token is Expat's business: here it would be looked at again with every piece */
  MOST_ATTRIBUTES = 1024,
  ENCODING_SIZE = 4, /* Expat guesses UTF-16 by the first bytes, if only they come together */
  EXPAT_PIECE = 1 << 20
};

struct osmflow_xml_reader {
  struct osmflow_xml_visitor visitor;
  struct osmflow_xml_plain plain;
  struct osmflow_bytes pending; /* the beginning of a token whose end has not arrived */
  XML_Parser expat;             /* NULL while the plain reader is at work */
  bool muted;                   /* Expat is being told about elements that the visitor knows already */
  enum osmflow_status status;   /* sticky */
  struct osmflow_error error;
};

static bool is_stopped(const struct osmflow_xml_reader *reader) {
  return reader->muted || reader->status != OSMFLOW_OK;
}

static void stop_on_error(struct osmflow_xml_reader *reader) {
  if (reader->status != OSMFLOW_OK)
    XML_StopParser(reader->expat, XML_FALSE);
}

static void XMLCALL expat_start(void *self, const XML_Char *name, const XML_Char **values) {
  struct osmflow_xml_reader *reader = self;
  struct osmflow_xml_attribute *attributes = reader->plain.attributes;
  size_t count = 0;
  if (is_stopped(reader))
    return;
  while (values[2 * count])
    count++;
  if (count > MOST_ATTRIBUTES)
    reader->status =
        osmflow_error_set(&reader->error, OSMFLOW_TOO_LARGE, "XML element <%.60s> has %zu attributes", name, count);
  else if (count > OSMFLOW_XML_PLAIN_ATTRIBUTES && !(attributes = malloc(count * sizeof *attributes)))
    reader->status = osmflow_error_set(&reader->error, OSMFLOW_NO_MEMORY, "no memory for %zu attributes", count);
  if (reader->status == OSMFLOW_OK) {
    for (size_t i = 0; i < count; i++) {
      attributes[i].name = osmflow_text(values[2 * i]);
      attributes[i].value = osmflow_text(values[2 * i + 1]);
    }
    reader->status = reader->visitor.start(reader->visitor.self, osmflow_text(name), attributes, count, &reader->error);
  }
  if (attributes != reader->plain.attributes)
    free(attributes);
  stop_on_error(reader);
}

static void XMLCALL expat_end(void *self, const XML_Char *name) {
  struct osmflow_xml_reader *reader = self;
  if (is_stopped(reader))
    return;
  reader->status = reader->visitor.end(reader->visitor.self, osmflow_text(name), &reader->error);
  stop_on_error(reader);
}

static void XMLCALL expat_text(void *self, const XML_Char *data, int size) {
  struct osmflow_xml_reader *reader = self;
  const struct osmflow_text text = {data, (size_t)size};
  if (is_stopped(reader) || !reader->visitor.text)
    return;
  reader->status = reader->visitor.text(reader->visitor.self, text, &reader->error);
  stop_on_error(reader);
}

/* Expat's ways to say that the document stops in the middle. */
static bool is_cut_off(enum XML_Error code) {
  return code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN || code == XML_ERROR_PARTIAL_CHAR ||
         code == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

static enum osmflow_status expat_error(struct osmflow_xml_reader *reader) {
  const enum XML_Error code = XML_GetErrorCode(reader->expat);
  const unsigned long line = (unsigned long)XML_GetCurrentLineNumber64(reader->expat) + reader->plain.lines;
  if (code == XML_ERROR_NO_MEMORY)
    return osmflow_error_set(&reader->error, OSMFLOW_NO_MEMORY, "no memory to read XML at line %lu", line);
  return osmflow_error_set(
      &reader->error, OSMFLOW_BAD_DATA,
      is_cut_off(code) ? "the XML document is cut off: %s at line %lu" : "not well-formed XML: %s at line %lu",
      XML_ErrorString(code), line);
}

static enum osmflow_status feed_expat(struct osmflow_xml_reader *reader, const char *data, size_t size, bool is_final) {
  do {
    const size_t piece = size < EXPAT_PIECE ? size : EXPAT_PIECE;
    if (XML_Parse(reader->expat, data, (int)piece, is_final && piece == size) != XML_STATUS_OK &&
        reader->status == OSMFLOW_OK)
      reader->status = expat_error(reader);
    data += piece;
    size -= piece;
  } while (size > 0 && reader->status == OSMFLOW_OK);
  return reader->status;
}

/* Tells Expat, silently, what the plain reader has seen, so that it stands at the same place with the same open
 * elements. */
static enum osmflow_status hand_over(struct osmflow_xml_reader *reader) {
  static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  const struct osmflow_xml_plain *plain = &reader->plain;
  const bool is_after = plain->place == OSMFLOW_XML_AFTER_ROOT;
  enum osmflow_status status = OSMFLOW_OK;
  reader->expat = XML_ParserCreate(NULL);
  if (!reader->expat)
    return reader->status = osmflow_error_set(&reader->error, OSMFLOW_NO_MEMORY, "no memory for an XML parser");
  XML_SetUserData(reader->expat, reader);
  XML_SetElementHandler(reader->expat, expat_start, expat_end);
  XML_SetCharacterDataHandler(reader->expat, expat_text);
  reader->muted = true;
  if (plain->place != OSMFLOW_XML_AT_START)
    status = feed_expat(reader, declaration, sizeof declaration - 1, false);
  for (size_t i = 0; status == OSMFLOW_OK && i < plain->depth + is_after; i++) {
    char tag[OSMFLOW_XML_PLAIN_NAME + 3] = "<";
    memcpy(tag + 1, plain->open[i].name, plain->open[i].size);
    memcpy(tag + 1 + plain->open[i].size, is_after ? "/>" : ">", is_after ? 2 : 1);
    status = feed_expat(reader, tag, plain->open[i].size + 2 + is_after, false);
  }
  reader->muted = false;
  return status;
}

enum osmflow_status osmflow_xml_reader_new(const struct osmflow_xml_visitor *visitor,
                                           struct osmflow_xml_reader **reader, struct osmflow_error *error) {
  struct osmflow_xml_reader *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an XML reader");
  made->visitor = *visitor;
  osmflow_xml_plain_init(&made->plain, &made->visitor);
  osmflow_bytes_init(&made->pending, SIZE_MAX / 2);
  *reader = made;
  return OSMFLOW_OK;
}

void osmflow_xml_reader_free(struct osmflow_xml_reader *reader) {
  if (reader) {
    if (reader->expat)
      XML_ParserFree(reader->expat);
    osmflow_xml_plain_clear(&reader->plain);
    osmflow_bytes_clear(&reader->pending);
    free(reader);
  }
}

static enum osmflow_status report(const struct osmflow_xml_reader *reader, struct osmflow_error *error) {
  if (reader->status != OSMFLOW_OK && error)
    *error = reader->error;
  return reader->status;
}

/* What is left of `data` behind `used` bytes becomes the pending beginning of the next token. `data` may lie in
 * `pending` itself. */
static enum osmflow_status keep_rest(struct osmflow_xml_reader *reader, const char *data, size_t size, size_t used) {
  struct osmflow_bytes *pending = &reader->pending;
  if (data != pending->data) {
    reader->status = osmflow_bytes_add(pending, data + used, size - used, &reader->error);
  } else if (used > 0) {
    memmove(pending->data, pending->data + used, size - used);
    pending->size = size - used;
  }
  return reader->status;
}

static enum osmflow_status feed_plain(struct osmflow_xml_reader *reader, const char *data, size_t size) {
  size_t used = 0;
  bool odd = false;
  if (reader->plain.place == OSMFLOW_XML_AT_START && size < ENCODING_SIZE)
    return keep_rest(reader, data, size, 0);
  reader->status = osmflow_xml_plain_read(&reader->plain, data, size, &used, &odd, &reader->error);
  if (reader->status == OSMFLOW_OK && (odd || size - used > TOKEN_CEILING)) {
    if (hand_over(reader) == OSMFLOW_OK)
      feed_expat(reader, data + used, size - used, false);
    osmflow_bytes_reset(&reader->pending);
  } else if (reader->status == OSMFLOW_OK) {
    keep_rest(reader, data, size, used);
  }
  return reader->status;
}

enum osmflow_status osmflow_xml_reader_feed(struct osmflow_xml_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) {
  if (reader->status == OSMFLOW_OK && size > 0) {
    if (reader->expat)
      feed_expat(reader, data, size, false);
    else if (reader->pending.size == 0)
      feed_plain(reader, data, size);
    else if ((reader->status = osmflow_bytes_add(&reader->pending, data, size, &reader->error)) == OSMFLOW_OK)
      feed_plain(reader, reader->pending.data, reader->pending.size);
  }
  return report(reader, error);
}

enum osmflow_status osmflow_xml_reader_finish(struct osmflow_xml_reader *reader, struct osmflow_error *error) {
  const bool is_plainly_whole =
      !reader->expat && reader->plain.place == OSMFLOW_XML_AFTER_ROOT && reader->pending.size == 0;
  if (reader->status == OSMFLOW_OK && !is_plainly_whole) {
    if (!reader->expat && hand_over(reader) == OSMFLOW_OK)
      feed_expat(reader, osmflow_bytes_string(&reader->pending), reader->pending.size, false);
    if (reader->status == OSMFLOW_OK)
      feed_expat(reader, "", 0, true);
  }
  return report(reader, error);
}

bool osmflow_xml_reader_is_careful(const struct osmflow_xml_reader *reader) {
  return reader->expat != NULL;
}

void osmflow_xml_reader_be_careful(struct osmflow_xml_reader *reader) {
  if (!reader->expat)
    hand_over(reader);
}

struct osmflow_text osmflow_xml_attribute(const struct osmflow_xml_attribute *attributes, size_t count,
                                          const char *name) {
  struct osmflow_text value = {NULL, 0};
  for (size_t i = 0; i < count && !value.data; i++)
    if (osmflow_text_is(attributes[i].name, name))
      value = attributes[i].value;
  return value;
}
