/* The command line of osmflow-sandbox. */
#include "options.h"

#include <stdlib.h>

#include "base/number.h"

static const char usage[] =
    "usage: osmflow-sandbox [options]\n"
    "  --port N              listen on 127.0.0.1:N; 0 (the default): any free port\n"
    "  --load FILE           an .osm, .osm.gz or .osc file; may be given again; --seed-file is the same\n"
    "  --serve-file FILE     answer every map call with this file's bytes\n"
    "  --users NAME:TOKEN:SCOPES[,...]   scopes joined by '+', or 'all'; instead of alice, bob and mod\n"
    "  --log FILE            write a line per request\n"
    "  --fault A=B&C=D       as PUT /sandbox/fault\n"
    "  --rate N              bytes per second of every answer\n"
    "  --limit-nodes N --limit-area N --limit-changeset N --limit-payload N --limit-idle SECONDS\n"
    "  --limit-changes-per-hour N --limit-box DEGREES --limit-debt BYTES --debt-rate BYTES_PER_SECOND\n"
    "  --read-only           refuse every write\n"
    "  --exit-with-stdin     end when standard input ends\n"
    "  --print-url           (it always prints one line with its URL when it is ready)\n"
    "Tokens of the default users: alice-token, bob-token, mod-token. Mapflow is below /rest, for anna@example.com:\n"
    "anna-token; README.md beside the source tells what it has.\n";

struct limit_option {
  const char *name;
  size_t offset;
};

static const struct limit_option whole_limits[] = {
    {"limit-nodes", offsetof(struct sandbox_limits, map_nodes)},
    {"limit-way-nodes", offsetof(struct sandbox_limits, way_nodes)},
    {"limit-members", offsetof(struct sandbox_limits, relation_members)},
    {"limit-changeset", offsetof(struct sandbox_limits, changeset_elements)},
    {"limit-payload", offsetof(struct sandbox_limits, payload_bytes)},
    {"limit-idle", offsetof(struct sandbox_limits, idle_seconds)},
    {"limit-open", offsetof(struct sandbox_limits, open_seconds)},
    {"limit-changes-per-hour", offsetof(struct sandbox_limits, changes_per_hour)},
    {"limit-debt", offsetof(struct sandbox_limits, debt_bytes)},
    {"debt-rate", offsetof(struct sandbox_limits, debt_rate)},
    {"limit-trackpoints", offsetof(struct sandbox_limits, tracepoints_per_page)},
};

static const struct limit_option real_limits[] = {
    {"limit-area", offsetof(struct sandbox_limits, map_area)},
    {"limit-note-area", offsetof(struct sandbox_limits, note_area)},
    {"limit-box", offsetof(struct sandbox_limits, changeset_box)},
};

bool sandbox_set_limit(struct sandbox_limits *limits, const char *name, const char *value) {
  struct osmflow_text text = osmflow_text(value);
  for (size_t i = 0; i < sizeof whole_limits / sizeof whole_limits[0]; i++)
    if (strcmp(name, whole_limits[i].name) == 0)
      return osmflow_parse_int(text, 0, INT64_MAX, (int64_t *)(void *)((char *)limits + whole_limits[i].offset));
  for (size_t i = 0; i < sizeof real_limits / sizeof real_limits[0]; i++)
    if (strcmp(name, real_limits[i].name) == 0)
      return osmflow_parse_real(text, (double *)(void *)((char *)limits + real_limits[i].offset));
  return false;
}

static bool set_number(const char *value, int64_t most, int64_t *number) {
  return osmflow_parse_int(osmflow_text(value), 0, most, number);
}

/* NULL: taken; else what is wrong. */
static const char *take_option(struct sandbox_options *options, struct sandbox_server *server, const char *name,
                               const char *value) {
  struct sandbox_settings *settings = &server->settings;
  int64_t port = 0;
  if (strcmp(name, "--port") == 0) {
    const bool good = set_number(value, 65535, &port);
    settings->port = (int)port;
    return good ? NULL : "the port is a number up to 65535";
  }
  if (strcmp(name, "--load") == 0 || strcmp(name, "--seed-file") == 0) {
    sandbox_reserve((void **)&settings->loads, &settings->load_capacity, settings->load_count + 1, sizeof value);
    settings->loads[settings->load_count++] = value;
    return NULL;
  }
  if (strcmp(name, "--serve-file") == 0)
    options->serve_file = value;
  else if (strcmp(name, "--users") == 0)
    settings->users = value;
  else if (strcmp(name, "--log") == 0)
    settings->log_path = value;
  else if (strcmp(name, "--rate") == 0)
    return set_number(value, INT64_MAX, &settings->rate) ? NULL : "the rate is a number of bytes per second";
  else if (strcmp(name, "--fault") == 0) {
    struct sandbox_exchange pairs = {0};
    sandbox_parse_parameters(&pairs, osmflow_text(value));
    const char *problem = sandbox_fault_add(&server->faults, pairs.parameters, pairs.parameter_count);
    sandbox_free_pairs(pairs.parameters, pairs.parameter_count);
    return problem;
  } else if (strncmp(name, "--", 2) != 0 || !sandbox_set_limit(&settings->limits, name + 2, value)) {
    return "no such option, or not with this value";
  }
  return NULL;
}

bool sandbox_read_options(struct sandbox_options *options, struct sandbox_server *server, int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    const char *name = arguments[i];
    if (strcmp(name, "--help") == 0) {
      fputs(usage, stdout);
      exit(0);
    }
    if (strcmp(name, "--print-url") == 0)
      continue;
    if (strcmp(name, "--exit-with-stdin") == 0) {
      options->exit_with_stdin = true;
      continue;
    }
    if (strcmp(name, "--read-only") == 0) {
      server->settings.limits.read_only = true;
      continue;
    }
    const char *problem =
        i + 1 < count ? take_option(options, server, name, arguments[i + 1]) : "it needs a value, or does not exist";
    if (problem) {
      fprintf(stderr, "osmflow-sandbox: %s: %s\n%s", name, problem, usage);
      return false;
    }
    i++;
  }
  return true;
}
