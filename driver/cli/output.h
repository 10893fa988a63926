/* Where an answer goes: straight to standard output, or into a file that appears whole or not at all. */
#ifndef OSMFLOW_CLI_OUTPUT_H
#define OSMFLOW_CLI_OUTPUT_H

#include <stdio.h>

#include "cli/whole.h"
#include "net/file.h"
#include "net/http.h"

struct osmflow_output {
  FILE *stream;       /* NULL: a draft */
  bool is_own_stream; /* to be closed */
  const char *path;   /* of the draft; borrowed */
  struct osmflow_file_draft draft;
  struct osmflow_whole whole;
  bool shows_head;
  int64_t written;
};

/* `path`: NULL or "-": standard output. A device or pipe is written to straight away as well. `shows_head`: status and
 * headers come first. Must stay at its place until _clear. */
enum osmflow_status osmflow_output_init(struct osmflow_output *output, const char *path, bool shows_head,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
struct osmflow_http_sink osmflow_output_sink(struct osmflow_output *output);
/* Status and headers of an answer that did not go to the sink; nothing when they are not wanted. */
enum osmflow_status osmflow_output_head(struct osmflow_output *output, const struct osmflow_http_response *response,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The answer is there: the file takes its place. */
enum osmflow_status osmflow_output_commit(struct osmflow_output *output,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_output_clear(struct osmflow_output *output);

/* Puts out what is in memory. */
enum osmflow_status osmflow_output_text(const char *path, struct osmflow_text text,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
