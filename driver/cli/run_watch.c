#include "cli/run_watch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct progress {
  char last[96];
  bool at_keyboard;
};

/* One line that changes at a keyboard; elsewhere a line for each change. */
static bool show(void *self, const struct osmflow_run_state *state) {
  struct progress *progress = self;
  char line[96], percent[16] = "";
  if (state->percent >= 0)
    snprintf(percent, sizeof percent, " %d %%", state->percent);
  snprintf(line, sizeof line, "%s%s", state->status, percent);
  if (strcmp(line, progress->last) != 0)
    fprintf(stderr, progress->at_keyboard ? "\r%-40s" : "%s\n", line);
  fflush(stderr);
  memcpy(progress->last, line, sizeof line);
  return true;
}

enum osmflow_status osmflow_run_watch(const struct osmflow_run_watch *watch, struct osmflow_run_state *state,
                                      struct osmflow_error *error) {
  struct progress progress = {.at_keyboard = isatty(STDERR_FILENO) == 1};
  enum osmflow_status status = osmflow_run_wait(watch->mapflow, watch->id, show, &progress, state, error);
  if (progress.at_keyboard && *progress.last)
    fprintf(stderr, "\n");
  if (status == OSMFLOW_CANCELLED && watch->output)
    return osmflow_error_set(
        error, status, "stopped waiting; the processing goes on. Go on with: osmflow process --resume %s -o %.300s",
        watch->id, watch->output);
  if (status == OSMFLOW_CANCELLED)
    return osmflow_error_set(error, status,
                             "stopped waiting; the processing goes on. Go on with: osmflow mapflow wait %s", watch->id);
  if (status == OSMFLOW_OK && !state->is_ok)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the processing %s: %s", watch->id, state->words);
  return status;
}
