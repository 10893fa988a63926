/* JSON as events, fed piece by piece while the bytes arrive; bounded memory whatever the document's size.
 *
 * Strict RFC 8259: UTF-8 checked, escapes and surrogate pairs resolved, no trailing commas, no comments, one value,
 * white space after it. Depth at most 64, one string or number at most 16 MiB (OSMFLOW_TOO_LARGE).
 * Calls for {"a":[1,"x"]}: object_start key("a") array_start number("1") string("x") array_end object_end.
 * Views are borrowed for the call. Callbacks may be NULL. One thread at a time. */
#ifndef OSMFLOW_FORMAT_JSON_H
#define OSMFLOW_FORMAT_JSON_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct osmflow_json_visitor {
  void *self;
  enum osmflow_status (*object_start)(void *self, struct osmflow_error *error);
  enum osmflow_status (*object_end)(void *self, struct osmflow_error *error);
  enum osmflow_status (*array_start)(void *self, struct osmflow_error *error);
  enum osmflow_status (*array_end)(void *self, struct osmflow_error *error);
  enum osmflow_status (*key)(void *self, struct osmflow_text key, struct osmflow_error *error);
  enum osmflow_status (*string)(void *self, struct osmflow_text value, struct osmflow_error *error);
  enum osmflow_status (*number)(void *self, struct osmflow_text literal, struct osmflow_error *error);
  enum osmflow_status (*boolean)(void *self, bool value, struct osmflow_error *error);
  enum osmflow_status (*null)(void *self, struct osmflow_error *error);
};

struct osmflow_json_reader;
enum osmflow_status osmflow_json_reader_new(const struct osmflow_json_visitor *visitor,
                                            struct osmflow_json_reader **reader,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_json_reader_free(struct osmflow_json_reader *reader); /* NULL is fine */
enum osmflow_status osmflow_json_reader_feed(struct osmflow_json_reader *reader, const void *data, size_t size,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The document has ended: OSMFLOW_BAD_DATA when its value is not complete. */
enum osmflow_status osmflow_json_reader_finish(struct osmflow_json_reader *reader,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
