/* Whether an answer is whole: bytes that pass by are read along as XML or JSON, and nothing of them is kept. A server
 * that has to stop in the middle closes the document with an <error>, or just ends it; both must not go unnoticed. */
#ifndef OSMFLOW_CLI_WHOLE_H
#define OSMFLOW_CLI_WHOLE_H

#include <osmflow/status.h>

#include "base/bytes.h"
#include "format/json.h"
#include "format/xml.h"

struct osmflow_whole {
  struct osmflow_xml_reader *xml;
  struct osmflow_json_reader *json; /* both NULL: a type that cannot be judged */
  size_t depth;
  bool has_error, in_error;
  struct osmflow_bytes words; /* of the server's <error> */
  enum osmflow_status status; /* of what passed by so far */
  struct osmflow_error error;
};

/* Must stay at its place until _clear. */
void osmflow_whole_init(struct osmflow_whole *whole);
void osmflow_whole_clear(struct osmflow_whole *whole);
/* An answer of that type begins. */
enum osmflow_status osmflow_whole_begin(struct osmflow_whole *whole, const char *content_type,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Never fails: what is wrong is told at the end, so that the bytes can be handed on as they are. */
void osmflow_whole_feed(struct osmflow_whole *whole, const void *data, size_t size);
/* OSMFLOW_BAD_DATA: the answer was cut off, is damaged, or holds the server's words about why it stopped. */
enum osmflow_status osmflow_whole_finish(struct osmflow_whole *whole, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
