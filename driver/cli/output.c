#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum osmflow_status osmflow_output_init(struct osmflow_output *output, const char *path, bool shows_head,
                                        struct osmflow_error *error) {
  struct stat facts;
  *output = (struct osmflow_output){.draft = {-1, NULL, NULL}, .shows_head = shows_head};
  osmflow_whole_init(&output->whole);
  if (!path || strcmp(path, "-") == 0) {
    output->stream = stdout;
  } else if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is a folder; -o names a file", path);
  } else if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode)) {
    output->stream = fopen(path, "wbe");
    output->is_own_stream = true;
    if (!output->stream)
      return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", path, strerror(errno));
  } else {
    output->path = path;
  }
  return OSMFLOW_OK;
}

void osmflow_output_clear(struct osmflow_output *output) {
  osmflow_file_draft_discard(&output->draft);
  osmflow_whole_clear(&output->whole);
  if (output->is_own_stream && output->stream)
    fclose(output->stream);
  output->stream = NULL;
}

static enum osmflow_status put(struct osmflow_output *output, const void *data, size_t size,
                               struct osmflow_error *error) {
  output->written += (int64_t)size;
  if (!output->stream)
    return osmflow_file_draft_write(&output->draft, data, size, error);
  if (fwrite(data, 1, size, output->stream) != size)
    return osmflow_error_set(error, OSMFLOW_IO, "the answer cannot be written: %s", strerror(errno));
  return OSMFLOW_OK;
}

static enum osmflow_status put_head(struct osmflow_output *output, const struct osmflow_http_response *response,
                                    struct osmflow_error *error) {
  enum { HEAD_CEILING = 16 * 1024 };
  struct osmflow_bytes head;
  osmflow_bytes_init(&head, HEAD_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&head, error, "HTTP %d\n", response->status);
  if (status == OSMFLOW_OK && *response->content_type)
    status = osmflow_bytes_print(&head, error, "Content-Type: %s\n", response->content_type);
  if (status == OSMFLOW_OK && *response->error_header)
    status = osmflow_bytes_print(&head, error, "Error: %s\n", response->error_header);
  if (status == OSMFLOW_OK && response->retry_after_seconds >= 0)
    status = osmflow_bytes_print(&head, error, "Retry-After: %" PRId64 "\n", response->retry_after_seconds);
  if (status == OSMFLOW_OK && response->location.size > 0)
    status = osmflow_bytes_print(&head, error, "Location: %s\n", osmflow_bytes_string(&response->location));
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&head, "\n", error);
  if (status == OSMFLOW_OK)
    status = put(output, head.data, head.size, error);
  osmflow_bytes_clear(&head);
  return status;
}

static enum osmflow_status begin(void *self, const struct osmflow_http_response *response,
                                 struct osmflow_error *error) {
  struct osmflow_output *output = self;
  enum osmflow_status status = OSMFLOW_OK;
  if (output->stream && output->written > 0)
    return osmflow_error_set(error, OSMFLOW_IO,
                             "the answer broke off after %" PRId64
                             " bytes, which are on standard output already; with -o FILE it would be asked for again",
                             output->written);
  osmflow_file_draft_discard(&output->draft);
  if (!output->stream)
    status = osmflow_file_draft_open(&output->draft, output->path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_whole_begin(&output->whole, response->content_type, error);
  if (status == OSMFLOW_OK && output->shows_head)
    status = put_head(output, response, error);
  return status;
}

static enum osmflow_status take(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct osmflow_output *output = self;
  osmflow_whole_feed(&output->whole, data, size);
  return put(output, data, size, error);
}

/* OSMFLOW_BAD_DATA means "ask again", and what is on standard output cannot be taken back. */
static enum osmflow_status finish(void *self, struct osmflow_error *error) {
  struct osmflow_output *output = self;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  const enum osmflow_status status = osmflow_whole_finish(&output->whole, &reason);
  const bool is_out = output->stream && output->written > 0;
  return status == OSMFLOW_OK ? OSMFLOW_OK
                              : osmflow_error_set(error, is_out ? OSMFLOW_IO : status, "%s%s", reason.message,
                                                  is_out ? "; with -o FILE it would be asked for again" : "");
}

struct osmflow_http_sink osmflow_output_sink(struct osmflow_output *output) {
  return (struct osmflow_http_sink){output, begin, take, finish};
}

enum osmflow_status osmflow_output_head(struct osmflow_output *output, const struct osmflow_http_response *response,
                                        struct osmflow_error *error) {
  const bool can_write = output->stream || output->draft.descriptor >= 0;
  if (!output->shows_head || output->written > 0 || response->status == 0)
    return OSMFLOW_OK;
  const enum osmflow_status status =
      can_write ? OSMFLOW_OK : osmflow_file_draft_open(&output->draft, output->path, error);
  return status == OSMFLOW_OK ? put_head(output, response, error) : status;
}

/* Drafts are private; what was downloaded is as open as any other file of the user's. */
static void set_mode(const struct osmflow_file_draft *draft) {
  struct stat facts;
  mode_t mode = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
  const mode_t mask = umask(0);
  umask(mask);
  mode &= ~mask;
  if (stat(draft->path, &facts) == 0)
    mode = facts.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
  (void)!fchmod(draft->descriptor, mode);
}

enum osmflow_status osmflow_output_commit(struct osmflow_output *output, struct osmflow_error *error) {
  if (output->stream)
    return fflush(output->stream) == 0
               ? OSMFLOW_OK
               : osmflow_error_set(error, OSMFLOW_IO, "the answer cannot be written: %s", strerror(errno));
  if (output->draft.descriptor < 0)
    return OSMFLOW_OK;
  set_mode(&output->draft);
  return osmflow_file_draft_commit(&output->draft, error);
}

enum osmflow_status osmflow_output_text(const char *path, struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_output output;
  enum osmflow_status status = osmflow_output_init(&output, path, false, error);
  if (status == OSMFLOW_OK && !output.stream)
    status = osmflow_file_draft_open(&output.draft, output.path, error);
  if (status == OSMFLOW_OK && text.size > 0)
    status = put(&output, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_output_commit(&output, error);
  osmflow_output_clear(&output);
  return status;
}
