/* XML as the real server reads it: its words for documents that are not well-formed, and its places in the document.
 * Expat does the work; libxml2, which the real server uses, counts and complains in its own way. */
#ifndef OSMFLOW_SANDBOX_XML_H
#define OSMFLOW_SANDBOX_XML_H

#include "internal.h"

struct sandbox_xml;

struct sandbox_xml_visitor {
  void (*start)(struct sandbox_xml *xml, void *context, const char *name, const char **attributes);
  void (*end)(struct sandbox_xml *xml, void *context, const char *name);
};

enum { SANDBOX_XML_DEPTH = 64 };

struct sandbox_xml {
  void *parser;
  const struct sandbox_xml_visitor *visitor;
  void *context;
  struct osmflow_text document;
  int status; /* 200, or what stop() was told */
  struct {
    char name[64];
    unsigned long line;
  } open[SANDBOX_XML_DEPTH];
  size_t depth;
  bool at_end;        /* the present event is an end tag */
  char message[8192]; /* what is wrong */
};

/* False: xml->status and xml->message say why not. */
bool sandbox_parse_xml(struct sandbox_xml *xml, struct osmflow_text document, const struct sandbox_xml_visitor *visitor,
                       void *context);
/* For visitors: the document is refused with these words (the first ones count). */
void sandbox_xml_refuse(struct sandbox_xml *xml, int status, const char *format, ...) OSMFLOW_PRINTF(3, 4);
/* The same with " at line 4, column 58" behind: 400. */
void sandbox_xml_refuse_here(struct sandbox_xml *xml, const char *format, ...) OSMFLOW_PRINTF(2, 3);
/* The value of an attribute or NULL. */
const char *sandbox_xml_attribute(const char **attributes, const char *name);

#endif
