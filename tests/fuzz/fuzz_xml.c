/* Any bytes as XML: the reader must say exactly what Expat alone says of them, events, status and words of the error.
 * Cut into pieces, they must give the same events and status; Expat's own choice of words depends on the cuts. An
 * element <stop> makes the visitor fail, which must end everything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Control characters that no XML document can hold stand between the parts. */
enum { START = 1, ATTRIBUTE, VALUE, END, TEXT };

struct reading {
  struct osmflow_bytes events;
  size_t size_before_text; /* of events, when the last one is a text */
  bool in_text;
  enum osmflow_status status;
  struct osmflow_error error;
};

static void require(bool is_so, const char *what) {
  if (!is_so) {
    fprintf(stderr, "xml: %s\n", what);
    abort();
  }
}

static void add(struct reading *reading, char mark, struct osmflow_text text) {
  reading->size_before_text = reading->events.size;
  require(osmflow_bytes_add(&reading->events, &mark, 1, NULL) == OSMFLOW_OK &&
              osmflow_bytes_add_text(&reading->events, text, NULL) == OSMFLOW_OK,
          "no memory");
  reading->in_text = mark == TEXT;
}

static enum osmflow_status on_start(void *self, struct osmflow_text name,
                                    const struct osmflow_xml_attribute *attributes, size_t count,
                                    struct osmflow_error *error) {
  require(((struct reading *)self)->status == OSMFLOW_OK, "an event after an error");
  add(self, START, name);
  for (size_t i = 0; i < count; i++) {
    add(self, ATTRIBUTE, attributes[i].name);
    add(self, VALUE, attributes[i].value);
  }
  if (osmflow_text_is(name, "stop"))
    return ((struct reading *)self)->status = osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "stopped");
  return OSMFLOW_OK;
}

static enum osmflow_status on_end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  (void)error;
  require(((struct reading *)self)->status == OSMFLOW_OK, "an event after an error");
  add(self, END, name);
  return OSMFLOW_OK;
}

/* How a text is cut into pieces is nobody's promise. */
static enum osmflow_status on_text(void *self, struct osmflow_text text, struct osmflow_error *error) {
  struct reading *reading = self;
  require(reading->status == OSMFLOW_OK, "an event after an error");
  if (!reading->in_text)
    add(reading, TEXT, text);
  else
    require(osmflow_bytes_add_text(&reading->events, text, error) == OSMFLOW_OK, "no memory");
  return OSMFLOW_OK;
}

static void read_document(struct reading *reading, bool is_careful, const uint8_t *data, size_t size, size_t step) {
  const struct osmflow_xml_visitor visitor = {reading, on_start, on_end, on_text};
  struct osmflow_xml_reader *reader = NULL;
  *reading = (struct reading){0};
  osmflow_bytes_init(&reading->events, SIZE_MAX / 2);
  enum osmflow_status status = osmflow_xml_reader_new(&visitor, &reader, NULL);
  require(status == OSMFLOW_OK, "no memory");
  if (is_careful)
    osmflow_xml_reader_be_careful(reader);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = osmflow_xml_reader_feed(reader, data + i, size - i < step ? size - i : step, &reading->error);
  if (status == OSMFLOW_OK)
    status = osmflow_xml_reader_finish(reader, &reading->error);
  if (status != OSMFLOW_OK) {
    struct osmflow_error again = {0};
    require(osmflow_xml_reader_feed(reader, "<a/>", 4, &again) == status &&
                osmflow_xml_reader_finish(reader, NULL) == status && again.status == status &&
                strcmp(again.message, reading->error.message) == 0,
            "an error was forgotten");
  }
  reading->status = status;
  osmflow_xml_reader_free(reader);
}

/* A text that an error cuts off may have come in part: that depends on the pieces with Expat alone, too. */
static struct osmflow_text events_of(const struct reading *reading) {
  struct osmflow_text events = osmflow_bytes_view(&reading->events);
  if (reading->status != OSMFLOW_OK && reading->in_text)
    events.size = reading->size_before_text;
  return events;
}

static void require_same(const struct reading *reading, const struct reading *expected, bool is_at_once) {
  const bool is_same = reading->status == expected->status &&
                       osmflow_text_equal(events_of(reading), events_of(expected)) &&
                       (!is_at_once || strcmp(reading->error.message, expected->error.message) == 0);
  if (!is_same)
    fprintf(stderr, "%s: %s: %s\n%s\nExpat alone: %s: %s\n%s\n", is_at_once ? "at once" : "in pieces",
            osmflow_status_name(reading->status), reading->error.message, osmflow_bytes_string(&reading->events),
            osmflow_status_name(expected->status), expected->error.message, osmflow_bytes_string(&expected->events));
  require(is_same, "not as Expat reads it");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const size_t steps[] = {size + 1, 1, size % 13 + 2};
  struct reading expected, reading;
  read_document(&expected, true, data, size, size + 1);
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    read_document(&reading, false, data, size, steps[i]);
    require_same(&reading, &expected, i == 0);
    osmflow_bytes_clear(&reading.events);
  }
  osmflow_bytes_clear(&expected.events);
  return 0;
}
