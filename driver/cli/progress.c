#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DRAW_MS = 200, LOOK_MS = 1000, BAR = 20, NARROW = 60, USUAL_WIDTH = 80, LINE_SIZE = 400 };

void osmflow_progress_init(struct osmflow_progress *progress, const struct osmflow_environment *environment) {
  struct winsize size = {.ws_col = 0};
  *progress = (struct osmflow_progress){.environment = environment, .drawn_ms = INT64_MIN, .looked_ms = -1};
  progress->is_terminal = isatty(STDERR_FILENO) == 1;
  if (progress->is_terminal && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
    progress->width = size.ws_col;
  if (progress->width <= 0)
    progress->width = USUAL_WIDTH;
}

const char *osmflow_progress_size(char text[OSMFLOW_SIZE_TEXT], double bytes) {
  static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < sizeof units / sizeof units[0]; unit++)
    bytes /= 1000;
  snprintf(text, OSMFLOW_SIZE_TEXT, bytes < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
  return text;
}

/* "1:05:09", "5:09". */
static void print_time(char text[OSMFLOW_SIZE_TEXT], int64_t seconds) {
  const long long hours = seconds / 3600;
  const int minutes = (int)(seconds / 60 % 60), rest = (int)(seconds % 60);
  if (hours > 0)
    snprintf(text, OSMFLOW_SIZE_TEXT, "%lld:%02d:%02d", hours, minutes, rest);
  else
    snprintf(text, OSMFLOW_SIZE_TEXT, "%d:%02d", minutes, rest);
}

/* The rate of the last seconds rather than of the whole time: lines get slower and faster. */
static void look(struct osmflow_progress *progress, int64_t now, int64_t bytes) {
  static const double kept = 0.7;
  const int64_t passed = now - progress->looked_ms;
  if (progress->looked_ms < 0 || bytes < progress->looked_bytes) {
    progress->looked_ms = now;
    progress->looked_bytes = bytes;
  } else if (passed >= LOOK_MS) {
    const double latest = (double)(bytes - progress->looked_bytes) * 1000.0 / (double)passed;
    progress->rate = progress->rate > 0 ? kept * progress->rate + (1 - kept) * latest : latest;
    progress->looked_ms = now;
    progress->looked_bytes = bytes;
  }
}

/* "42 %, 120 MB of 1.2 GB, 23 MB/s, 1:10 left". */
static void print_facts(const struct osmflow_progress *progress, int64_t bytes, int64_t total, int percent, char *text,
                        size_t size) {
  enum { MOST_SECONDS = 100 * 3600 };
  char done[OSMFLOW_SIZE_TEXT], all[OSMFLOW_SIZE_TEXT], rate[OSMFLOW_SIZE_TEXT], left[OSMFLOW_SIZE_TEXT];
  const double seconds = progress->rate > 0 ? (double)(total - bytes) / progress->rate : -1;
  int used = snprintf(text, size, "%3d %%, %s of %s", percent, osmflow_progress_size(done, (double)bytes),
                      osmflow_progress_size(all, (double)total));
  if (progress->rate > 0 && used > 0 && (size_t)used < size)
    used += snprintf(text + used, size - (size_t)used, ", %s/s", osmflow_progress_size(rate, progress->rate));
  if (seconds >= 0 && seconds < MOST_SECONDS && used > 0 && (size_t)used < size) {
    print_time(left, (int64_t)(seconds + 0.5));
    snprintf(text + used, size - (size_t)used, ", %s left", left);
  }
}

/* No more than `room` columns, taking each character of UTF-8 for one. */
static size_t fitting(const char *text, int room) {
  size_t size = 0;
  int columns = 0;
  for (; text[size]; size++) {
    const bool begins = ((unsigned char)text[size] & 0xC0) != 0x80;
    if (begins && columns == room)
      break;
    columns += begins;
  }
  return size;
}

static void draw(struct osmflow_progress *progress, const char *facts, int percent, const char *what) {
  char bar[BAR + 1];
  for (int i = 0; i < BAR; i++)
    bar[i] = i * 100 < percent * BAR ? '=' : ' ';
  bar[BAR] = '\0';
  const bool has_bar = progress->width >= NARROW;
  const int room = progress->width - 1 - (int)strlen(facts) - (has_bar ? BAR + 3 : 0) - 2;
  fprintf(stderr, "\r\033[K%s%s%s%s", has_bar ? "[" : "", has_bar ? bar : "", has_bar ? "] " : "", facts);
  if (room > 8)
    fprintf(stderr, "  %.*s", (int)fitting(what, room), what);
  fflush(stderr);
  progress->is_shown = true;
}

void osmflow_progress_show(struct osmflow_progress *progress, int64_t bytes, int64_t total, const char *what) {
  char facts[LINE_SIZE];
  const int64_t now = progress->environment->monotonic_ms(progress->environment->self);
  const int percent = total > 0 ? (int)((double)bytes * 100.0 / (double)total) : 0;
  look(progress, now, bytes);
  if (progress->is_terminal) {
    if (progress->drawn_ms != INT64_MIN && now - progress->drawn_ms < DRAW_MS)
      return;
    progress->drawn_ms = now;
    print_facts(progress, bytes, total, percent, facts, sizeof facts);
    draw(progress, facts, percent, what);
  } else if (percent / 10 > progress->step) {
    progress->step = percent / 10;
    print_facts(progress, bytes, total, percent, facts, sizeof facts);
    fprintf(stderr, "%s\n", facts);
  }
}

void osmflow_progress_hide(struct osmflow_progress *progress) {
  if (progress->is_shown)
    fprintf(stderr, "\r\033[K");
  progress->is_shown = false;
  progress->drawn_ms = INT64_MIN;
}
