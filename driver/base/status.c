#include <osmflow/status.h>
#include <stdio.h>
#include <string.h>

const char *osmflow_status_name(enum osmflow_status status) {
  static const char *const names[] = {"fine",      "out of memory",   "too large",    "bad argument",
                                      "bad data",  "network failure", "server error", "not authorised",
                                      "not found", "file failure",    "cancelled",    "not supported"};
  const size_t index = (size_t)status;
  return index < sizeof names / sizeof names[0] ? names[index] : "unknown status";
}

/* A message cut in the middle of a UTF-8 character would be rejected by those who show it. */
static void cut_at_character(char *message, size_t size) {
  size_t end = strlen(message);
  if (end + 1 < size)
    return;
  while (end > 0 && ((unsigned char)message[end - 1] & 0xC0) == 0x80)
    end--;
  if (end > 0 && (unsigned char)message[end - 1] >= 0xC0)
    end--;
  message[end] = '\0';
}

enum osmflow_status osmflow_error_set(struct osmflow_error *error, enum osmflow_status status, const char *format,
                                      ...) {
  if (error) {
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    error->http_status = 0;
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    cut_at_character(error->message, sizeof error->message);
  }
  return status;
}

void osmflow_error_prefix(struct osmflow_error *error, const char *format, ...) {
  if (error) {
    char old[OSMFLOW_ERROR_SIZE];
    va_list arguments;
    memcpy(old, error->message, sizeof old);
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    const size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, "%s", old);
    cut_at_character(error->message, sizeof error->message);
  }
}
