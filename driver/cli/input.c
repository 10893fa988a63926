#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { SLICE_MS = 100 };

/* Looks up from the wait now and then: a signal that comes just before read() would not interrupt it. */
static enum osmflow_status read_all(int descriptor, const char *name, const struct osmflow_environment *environment,
                                    struct osmflow_bytes *bytes, struct osmflow_error *error) {
  struct pollfd input = {.fd = descriptor, .events = POLLIN};
  enum osmflow_status status = OSMFLOW_OK;
  char block[16384];
  ssize_t size = 1;
  while (status == OSMFLOW_OK && size != 0) {
    if (environment->cancelled(environment->self))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped before anything was sent");
    if (poll(&input, 1, SLICE_MS) <= 0)
      continue;
    size = read(descriptor, block, sizeof block);
    if (size > 0)
      status = osmflow_bytes_add(bytes, block, (size_t)size, error);
    else if (size < 0 && errno != EINTR)
      status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be read: %s", name, strerror(errno));
  }
  if (status == OSMFLOW_TOO_LARGE)
    status = osmflow_error_set(error, status, "%s is too large: more than %zu bytes", name, bytes->ceiling);
  return status;
}

enum osmflow_status osmflow_input_read(const struct osmflow_environment *environment, const char *path,
                                       struct osmflow_bytes *bytes, struct osmflow_error *error) {
  if (strcmp(path, "-") == 0)
    return read_all(STDIN_FILENO, "standard input", environment, bytes, error);
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be read: %s", path, strerror(errno));
  const enum osmflow_status status = read_all(descriptor, path, environment, bytes, error);
  close(descriptor);
  return status;
}
