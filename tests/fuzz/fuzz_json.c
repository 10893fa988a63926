/* Any bytes: the JSON reader must accept or refuse them alike, in one piece and in small ones. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum_of_events;

static void mix(const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++)
    sum_of_events = (sum_of_events ^ bytes[i]) * 0x100000001B3ULL;
  sum_of_events = (sum_of_events ^ size) * 0x100000001B3ULL;
}

static enum osmflow_status on_event(void *self, struct osmflow_error *error) {
  (void)error;
  mix(self, 1);
  return OSMFLOW_OK;
}

static enum osmflow_status on_text(void *self, struct osmflow_text text, struct osmflow_error *error) {
  (void)self;
  (void)error;
  mix(text.data, text.size);
  return OSMFLOW_OK;
}

static enum osmflow_status on_boolean(void *self, bool value, struct osmflow_error *error) {
  (void)self;
  (void)error;
  mix(&value, 1);
  return OSMFLOW_OK;
}

static enum osmflow_status read_in_steps(const uint8_t *data, size_t size, size_t step) {
  static char name[] = "x";
  const struct osmflow_json_visitor visitor = {name,    on_event, on_event, on_event,   on_event,
                                               on_text, on_text,  on_text,  on_boolean, on_event};
  struct osmflow_json_reader *reader = NULL;
  sum_of_events = 0;
  enum osmflow_status status = osmflow_json_reader_new(&visitor, &reader, NULL);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = osmflow_json_reader_feed(reader, data + i, size - i < step ? size - i : step, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_json_reader_finish(reader, NULL);
  osmflow_json_reader_free(reader);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const enum osmflow_status at_once = read_in_steps(data, size, size + 1);
  const uint64_t events = sum_of_events;
  const enum osmflow_status piecemeal = read_in_steps(data, size, 3);
  if (at_once != piecemeal || events != sum_of_events)
    abort();
  return 0;
}
