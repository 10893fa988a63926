#include <osmflow/status.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

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

/* A server's bytes may stand in a message: a terminal must not obey them, and Python shows nothing unless it is UTF-8.
 */
static void make_readable(char *message) {
  size_t left = strlen(message), size = 1;
  for (; left > 0; message += size, left -= size) {
    const unsigned char first = (unsigned char)*message;
    const bool is_control = (first < ' ' && first != '\n') || first == 0x7F;
    size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (is_control) {
      *message = ' ';
    } else if (size > left || !osmflow_text_is_utf8((struct osmflow_text){message, size})) {
      *message = '?';
      size = 1;
    }
  }
}

#undef osmflow_error_set /* static analysis has it as a macro */
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
    make_readable(error->message);
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
    make_readable(error->message);
  }
}
