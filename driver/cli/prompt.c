#include "cli/prompt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

enum { SLICE_MS = 100, LINE_SIZE = 8192 };

/* Byte by byte, so that nothing behind the line is taken. False: stopped or not readable. */
static bool read_line(const struct osmflow_environment *environment, char buffer[LINE_SIZE], size_t *size) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  bool ended = false;
  *size = 0;
  while (!ended && *size < LINE_SIZE) {
    if (environment->cancelled(environment->self))
      return false;
    if (poll(&input, 1, SLICE_MS) <= 0)
      continue;
    const ssize_t got = read(STDIN_FILENO, buffer + *size, 1);
    if (got < 0 && errno != EINTR)
      return false;
    ended = got == 0 || (got == 1 && buffer[*size] == '\n');
    if (got == 1)
      ++*size;
  }
  return ended;
}

enum osmflow_status osmflow_prompt(const struct osmflow_environment *environment, const char *question, bool is_secret,
                                   char **line, struct osmflow_error *error) {
  struct termios shown, hidden;
  char buffer[LINE_SIZE];
  size_t size = 0;
  const bool at_keyboard = tcgetattr(STDIN_FILENO, &shown) == 0;
  *line = NULL;
  if (at_keyboard)
    fprintf(stderr, "%s", question);
  if (at_keyboard && is_secret) {
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  const bool good = read_line(environment, buffer, &size);
  if (at_keyboard && is_secret) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fprintf(stderr, "\n");
  }
  const struct osmflow_text text = osmflow_text_trim((struct osmflow_text){buffer, size});
  enum osmflow_status status = OSMFLOW_OK;
  if (environment->cancelled(environment->self))
    status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; nothing was done");
  else if (!good || text.size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "standard input holds no line that could be taken");
  else
    *line = strndup(text.data, text.size);
  if (status == OSMFLOW_OK && !*line)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a line");
  for (volatile char *byte = buffer; byte < buffer + size; byte++)
    *byte = '\0';
  return status;
}

enum osmflow_status osmflow_prompt_yes(const struct osmflow_environment *environment, const char *question,
                                       bool *is_yes, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  char *line = NULL;
  const enum osmflow_status status = osmflow_prompt(environment, question, false, &line, &reason);
  *is_yes = status == OSMFLOW_OK && (osmflow_text_is_ignoring_case(osmflow_text(line), "y") ||
                                     osmflow_text_is_ignoring_case(osmflow_text(line), "yes"));
  free(line);
  if (status == OSMFLOW_CANCELLED && error)
    *error = reason;
  return status == OSMFLOW_CANCELLED ? status : OSMFLOW_OK;
}
