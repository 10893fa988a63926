/* Waiting for an export. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cityloader/export_parts.h"

enum { FIRST_LOOK_MS = 4000, NEXT_LOOK_MS = 3000, DEFAULT_TIMEOUT_MS = 1800000, LONGEST_SECONDS = 604800 };

enum osmflow_status osmflow_export_read_seconds(const struct osmflow_environment *environment, const char *name,
                                                int64_t fallback_ms, int64_t *milliseconds,
                                                struct osmflow_error *error) {
  const char *text = environment->option(environment->self, name);
  double seconds = 0;
  *milliseconds = fallback_ms;
  if (!text || !*text)
    return OSMFLOW_OK;
  if (!osmflow_parse_real(osmflow_text(text), &seconds) || seconds < 0 || seconds > LONGEST_SECONDS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%.60s is not a number of seconds", name, text);
  *milliseconds = (int64_t)(seconds * 1000);
  return OSMFLOW_OK;
}

static enum osmflow_status judge(const struct osmflow_export_state *state, struct osmflow_error *error) {
  if (state->status != OSMFLOW_EXPORT_FAILED)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the export %s has failed%s%s", state->id,
                           *state->message ? ": " : "", state->message);
}

enum osmflow_status osmflow_export_wait(const struct osmflow_cityloader *cityloader, const char *id,
                                        bool (*tell)(void *self, const struct osmflow_export_state *state), void *self,
                                        struct osmflow_export_state *state, struct osmflow_error *error) {
  const struct osmflow_environment *environment = cityloader->environment;
  int64_t first = FIRST_LOOK_MS, next = NEXT_LOOK_MS, timeout = 0;
  enum osmflow_status status =
      osmflow_export_read_seconds(environment, "CITYLOADER_POLL", FIRST_LOOK_MS, &first, error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_read_seconds(environment, "CITYLOADER_POLL", NEXT_LOOK_MS, &next, error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_read_seconds(environment, "CITYLOADER_TIMEOUT", DEFAULT_TIMEOUT_MS, &timeout, error);
  const int64_t end = environment->monotonic_ms(environment->self) + timeout;
  for (int64_t pause = first; status == OSMFLOW_OK; pause = next) {
    if (!osmflow_wait(environment, pause))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the export %s goes on at the server", id);
    status = osmflow_export_look(cityloader, id, state, error);
    if (status == OSMFLOW_OK && tell && !tell(self, state))
      return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; the export %s goes on at the server", id);
    if (status == OSMFLOW_OK)
      status = judge(state, error);
    if (status != OSMFLOW_OK || state->status == OSMFLOW_EXPORT_DONE)
      return status;
    if (environment->monotonic_ms(environment->self) > end)
      return osmflow_error_set(error, OSMFLOW_NETWORK,
                               "the export %s is still \"%s\" after %" PRId64
                               " s; open CITYLOADER:export/%s later, or raise CITYLOADER_TIMEOUT",
                               id, state->status_text, timeout / 1000, id);
  }
  return status;
}
