/* Small XML documents, by Expat. */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "rails.h"

enum { DEPTH = 64, NAME = 64 };

struct reading {
  rails_visitor *visitor;
  void *context;
  char names[DEPTH][NAME];
  size_t starts[DEPTH]; /* where the text of each open element begins */
  int depth;
  struct osmflow_bytes text;
  XML_Parser parser;
};

static const char *local_name(const char *name) {
  const char *colon = strrchr(name, ':');
  return colon ? colon + 1 : name;
}

static void visit(struct reading *reading, const char **attributes, const char *text, bool ends) {
  const int depth = reading->depth;
  struct rails_element element = {reading->names[depth - 1], depth > 1 ? reading->names[depth - 2] : "", attributes,
                                  text, ends};
  reading->visitor(reading->context, &element);
}

static void start(void *context, const char *name, const char **attributes) {
  struct reading *reading = context;
  if (reading->depth == DEPTH) {
    XML_StopParser(reading->parser, XML_FALSE);
    return;
  }
  snprintf(reading->names[reading->depth], NAME, "%s", local_name(name));
  reading->starts[reading->depth++] = reading->text.size;
  visit(reading, attributes, "", false);
}

static void end(void *context, const char *name) {
  (void)name;
  struct reading *reading = context;
  const size_t from = reading->starts[reading->depth - 1];
  visit(reading, NULL, osmflow_bytes_string(&reading->text) + from, true);
  if (reading->text.data) {
    reading->text.size = from;
    reading->text.data[from] = '\0';
  }
  reading->depth--;
}

static void characters(void *context, const char *text, int size) {
  struct reading *reading = context;
  if (osmflow_bytes_add(&reading->text, text, (size_t)size, NULL) != OSMFLOW_OK)
    XML_StopParser(reading->parser, XML_FALSE);
}

bool rails_read_xml(struct osmflow_text document, rails_visitor *visitor, void *context, char problem[200]) {
  struct reading *reading = calloc(1, sizeof *reading);
  XML_Parser parser = XML_ParserCreate(NULL);
  if (!reading || !parser)
    sandbox_die("out of memory");
  reading->visitor = visitor;
  reading->context = context;
  reading->parser = parser;
  osmflow_bytes_init(&reading->text, document.size + 1);
  XML_SetUserData(parser, reading);
  XML_SetElementHandler(parser, start, end);
  XML_SetCharacterDataHandler(parser, characters);
  const bool well = document.size < INT32_MAX &&
                    XML_Parse(parser, document.data ? document.data : "", (int)document.size, 1) == XML_STATUS_OK;
  if (!well)
    snprintf(problem, 200, "%s at line %lu", XML_ErrorString(XML_GetErrorCode(parser)),
             (unsigned long)XML_GetCurrentLineNumber64(parser));
  XML_ParserFree(parser);
  osmflow_bytes_clear(&reading->text);
  free(reading);
  return well;
}

const char *rails_attribute(const struct rails_element *element, const char *name) {
  for (size_t i = 0; element->attributes && element->attributes[i]; i += 2)
    if (strcmp(element->attributes[i], name) == 0)
      return element->attributes[i + 1];
  return NULL;
}
