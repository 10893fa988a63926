/* /sandbox/...: what tests and demonstrations ask of the server itself. These calls are neither logged nor counted.
 *
 *   GET  /sandbox/log             a line per request (see server.h)
 *   PUT  /sandbox/log/reset       forgets the log and the counts
 *   GET  /sandbox/stats           {"requests":3,"in_flight":0,"most_in_flight":2}
 *   PUT  /sandbox/fault?...       the next requests go wrong as wished (see server.h); PUT /sandbox/fault/reset ends it
 *   PUT  /sandbox/clock?add=3600  the sandbox's clock goes forward
 *   PUT  /sandbox/clock?run=0     it stands still (1: it goes on), so that a test does not depend on when a second ends
 *   PUT  /sandbox/limits?limit-nodes=5  limits by the names of their options, until the next reset
 *   PUT  /sandbox/lock?changeset=5&on=1    as if another process held the changeset
 *   GET, PUT /sandbox/mapflow     the Mapflow half: see mapflow_control.c and README.md
 *   PUT  /sandbox/reset           the state of the beginning: files loaded again, faults and log forgotten
 * POST does the same as PUT. */
#include <stdlib.h>

#include "base/number.h"
#include "options.h"
#include "server.h"

static struct sandbox_server *server_of(struct sandbox *sandbox) {
  return (struct sandbox_server *)(void *)sandbox; /* the state is its first member */
}

static void print_log(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  (void)request;
  const struct osmflow_bytes *lines = &server_of(sandbox)->log.lines;
  sandbox_append(response, osmflow_bytes_string(lines), lines->size);
}

static void reset_log(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  (void)request;
  (void)response;
  sandbox_log_reset(&server_of(sandbox)->log);
}

static void print_stats(struct sandbox *sandbox, const struct sandbox_request *request,
                        struct sandbox_response *response) {
  (void)request;
  const struct sandbox_log *log = &server_of(sandbox)->log;
  snprintf(response->content_type, sizeof response->content_type, "application/json; charset=utf-8");
  sandbox_print(response, "{\"requests\":%llu,\"in_flight\":%d,\"most_in_flight\":%d}\n",
                (unsigned long long)log->requests, log->in_flight, log->most_in_flight);
}

static void add_fault(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  const struct sandbox_exchange *exchange = request->connection;
  const char *problem = sandbox_fault_add(&server_of(sandbox)->faults, exchange->parameters, exchange->parameter_count);
  if (problem)
    sandbox_fail(response, 400, "%s", problem);
}

static void reset_faults(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  (void)request;
  (void)response;
  server_of(sandbox)->faults.count = 0;
}

static bool number_parameter(const struct sandbox_request *request, const char *name, int64_t *value) {
  const char *text = sandbox_parameter(request, name);
  return text && osmflow_parse_int(osmflow_text(text), INT64_MIN, INT64_MAX, value);
}

static void set_clock(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  int64_t seconds = 0, runs = 1;
  const bool shifts = number_parameter(request, "add", &seconds);
  const bool stands = number_parameter(request, "run", &runs);
  if (!shifts && !stands) {
    sandbox_fail(response, 400, "add=SECONDS or run=0 or run=1 is needed");
    return;
  }
  sandbox->clock_shift += seconds;
  if (stands) {
    sandbox->clock_stands = 0;
    sandbox->clock_stands = runs ? 0 : sandbox_now(sandbox) - sandbox->clock_shift;
  }
  sandbox_print(response, "%lld\n", (long long)sandbox_now(sandbox));
}

static void set_limits(struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response) {
  const struct sandbox_exchange *exchange = request->connection;
  for (size_t i = 0; i < exchange->parameter_count; i++) {
    const struct sandbox_header *pair = &exchange->parameters[i];
    if (strcmp(pair->name, "read-only") == 0)
      sandbox->limits.read_only = strcmp(pair->value, "0") != 0;
    else if (!sandbox_set_limit(&sandbox->limits, pair->name, pair->value)) {
      sandbox_fail(response, 400, "%s=%s is no limit; they are called as the options are, without the dashes",
                   pair->name, pair->value);
      return;
    }
  }
}

static void lock_changeset(struct sandbox *sandbox, const struct sandbox_request *request,
                           struct sandbox_response *response) {
  int64_t id = 0, on = 1;
  struct sandbox_changeset *changeset =
      number_parameter(request, "changeset", &id) ? sandbox_find_changeset(sandbox, id) : NULL;
  (void)number_parameter(request, "on", &on);
  if (changeset)
    changeset->locked = on != 0;
  else
    sandbox_fail(response, 404, "no changeset %lld", (long long)id);
}

static void reset(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  (void)request;
  struct sandbox_server *server = server_of(sandbox);
  struct osmflow_error error;
  sandbox_clear(sandbox);
  server->faults.count = 0;
  sandbox_log_reset(&server->log);
  if (!sandbox_start_state(sandbox, &server->settings, &error))
    sandbox_fail(response, 500, "%s", error.message);
}

struct sandbox_routes sandbox_control_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/sandbox/log", print_log, 0, 0},
      {"GET", "/sandbox/stats", print_stats, 0, 0},
      {"PUT", "/sandbox/log/reset", reset_log, 0, 0},
      {"POST", "/sandbox/log/reset", reset_log, 0, 0},
      {"PUT", "/sandbox/fault", add_fault, 0, 0},
      {"POST", "/sandbox/fault", add_fault, 0, 0},
      {"PUT", "/sandbox/fault/reset", reset_faults, 0, 0},
      {"POST", "/sandbox/fault/reset", reset_faults, 0, 0},
      {"PUT", "/sandbox/clock", set_clock, 0, 0},
      {"POST", "/sandbox/clock", set_clock, 0, 0},
      {"PUT", "/sandbox/limits", set_limits, 0, 0},
      {"POST", "/sandbox/limits", set_limits, 0, 0},
      {"PUT", "/sandbox/lock", lock_changeset, 0, 0},
      {"POST", "/sandbox/lock", lock_changeset, 0, 0},
      {"PUT", "/sandbox/reset", reset, 0, 0},
      {"POST", "/sandbox/reset", reset, 0, 0},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
