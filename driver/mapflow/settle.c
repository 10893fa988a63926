#include "mapflow/settle.h"

#include "base/number.h"

enum { MOST_SECONDS = 3600, MS_PER_SECOND = 1000 };

static const char option_name[] = "MAPFLOW_SETTLE";

/* False: it says something else. *seconds < 0: it says nothing. */
static bool read_seconds(const struct osmflow_environment *environment, const char **text, double *seconds) {
  *text = environment->option(environment->self, option_name);
  *seconds = -1;
  return !*text || !**text ||
         (osmflow_parse_real(osmflow_text(*text), seconds) && *seconds >= 0 && *seconds <= MOST_SECONDS);
}

enum osmflow_status osmflow_mapflow_settle_check(const struct osmflow_environment *environment,
                                                 struct osmflow_error *error) {
  const char *text = NULL;
  double seconds = 0;
  if (read_seconds(environment, &text, &seconds))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%.40s is not a number of seconds from 0 to %d", option_name,
                           text, MOST_SECONDS);
}

int64_t osmflow_mapflow_settle_wait(const struct osmflow_environment *environment, int64_t wait_ms, int64_t usual_ms) {
  const char *text = NULL;
  double seconds = 0;
  if (!read_seconds(environment, &text, &seconds) || seconds < 0 || usual_ms <= 0)
    return wait_ms;
  return (int64_t)((double)wait_ms * seconds * MS_PER_SECOND / (double)usual_ms);
}
