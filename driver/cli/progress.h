/* How far a transfer is, on standard error: one line that is drawn over and over on a terminal, else a line every ten
 * percent. Owner: the caller; nothing is allocated. One thread. */
#ifndef OSMFLOW_CLI_PROGRESS_H
#define OSMFLOW_CLI_PROGRESS_H

#include <osmflow/environment.h>
#include <stdint.h>

struct osmflow_progress {
  const struct osmflow_environment *environment;
  bool is_terminal, is_shown;
  int width;        /* of the terminal */
  int64_t drawn_ms; /* when the line was drawn last */
  int64_t looked_ms, looked_bytes;
  double rate; /* bytes per second, lately; 0: not known yet */
  int step;    /* tenths that were told */
};

void osmflow_progress_init(struct osmflow_progress *progress, const struct osmflow_environment *environment);
/* `bytes` of `total` are done; `what` is said as well: the file, in UTF-8. Called as often as one likes. */
void osmflow_progress_show(struct osmflow_progress *progress, int64_t bytes, int64_t total, const char *what);
/* Takes the line away, before anything else is written. */
void osmflow_progress_hide(struct osmflow_progress *progress);

enum { OSMFLOW_SIZE_TEXT = 32 };
/* "1.2 GB". */
const char *osmflow_progress_size(char text[OSMFLOW_SIZE_TEXT], double bytes);

#endif
