/* What the service tells of itself, and what tests may set of it. */
#include <stdio.h>

#include "rails.h"

enum { CHANGESET_QUERY_LIMIT = 100, NOTE_DEFAULT_LIMIT = 100, NOTE_HIGHEST_LIMIT = 10000, TIMEOUT_SECONDS = 300 };

static const char *const blacklist[] = {
    ".*\\.google(apis)?\\..*/.*",
    "http://xdworld\\.vworld\\.kr:8080/.*",
    ".*\\.here\\.com[/:].*",
    ".*\\.mapy\\.cz.*",
};
enum { BLACKLIST = sizeof blacklist / sizeof blacklist[0] };

static const char *status(const char *word) {
  return word ? word : "online";
}

static void print_xml(const struct sandbox_limits *limits, struct sandbox_response *response) {
  char area[OSMFLOW_NUMBER_SIZE], note_area[OSMFLOW_NUMBER_SIZE];
  osmflow_format_real(area, limits->map_area);
  osmflow_format_real(note_area, limits->note_area);
  rails_open_xml(response);
  sandbox_print(
      response,
      "  <api>\n    <version minimum=\"0.6\" maximum=\"0.6\"/>\n    <area maximum=\"%s\"/>\n"
      "    <note_area maximum=\"%s\"/>\n    <tracepoints per_page=\"%lld\"/>\n    <waynodes maximum=\"%lld\"/>\n"
      "    <relationmembers maximum=\"%lld\"/>\n"
      "    <changesets maximum_elements=\"%lld\" default_query_limit=\"%d\" maximum_query_limit=\"%d\"/>\n"
      "    <notes default_query_limit=\"%d\" maximum_query_limit=\"%d\"/>\n    <timeout seconds=\"%d\"/>\n"
      "    <status database=\"%s\" api=\"%s\" gpx=\"%s\"/>\n  </api>\n  <policy>\n    <imagery>\n",
      area, note_area, (long long)limits->tracepoints_per_page, (long long)limits->way_nodes,
      (long long)limits->relation_members, (long long)limits->changeset_elements, CHANGESET_QUERY_LIMIT,
      CHANGESET_QUERY_LIMIT, NOTE_DEFAULT_LIMIT, NOTE_HIGHEST_LIMIT, TIMEOUT_SECONDS, status(limits->database_status),
      status(limits->api_status), status(limits->gpx_status));
  for (size_t i = 0; i < BLACKLIST; i++)
    sandbox_print(response, "      <blacklist regex=\"%s\"/>\n", blacklist[i]);
  sandbox_print(response, "    </imagery>\n  </policy>\n");
  rails_close_xml(response);
}

static void print_json(const struct sandbox_limits *limits, struct sandbox_response *response) {
  char area[OSMFLOW_NUMBER_SIZE], note_area[OSMFLOW_NUMBER_SIZE];
  osmflow_format_real(area, limits->map_area);
  osmflow_format_real(note_area, limits->note_area);
  rails_open_json(response);
  sandbox_print(response,
                ",\"api\":{\"version\":{\"minimum\":\"0.6\",\"maximum\":\"0.6\"},\"area\":{\"maximum\":%s},"
                "\"note_area\":{\"maximum\":%s},\"tracepoints\":{\"per_page\":%lld},\"waynodes\":{\"maximum\":%lld},"
                "\"relationmembers\":{\"maximum\":%lld},\"changesets\":{\"maximum_elements\":%lld,"
                "\"default_query_limit\":%d,\"maximum_query_limit\":%d},\"notes\":{\"default_query_limit\":%d,"
                "\"maximum_query_limit\":%d},\"timeout\":{\"seconds\":%d},\"status\":{\"database\":\"%s\","
                "\"api\":\"%s\",\"gpx\":\"%s\"}},\"policy\":{\"imagery\":{\"blacklist\":[",
                area, note_area, (long long)limits->tracepoints_per_page, (long long)limits->way_nodes,
                (long long)limits->relation_members, (long long)limits->changeset_elements, CHANGESET_QUERY_LIMIT,
                CHANGESET_QUERY_LIMIT, NOTE_DEFAULT_LIMIT, NOTE_HIGHEST_LIMIT, TIMEOUT_SECONDS,
                status(limits->database_status), status(limits->api_status), status(limits->gpx_status));
  for (size_t i = 0; i < BLACKLIST; i++) {
    sandbox_print(response, i ? ",{\"regex\":" : "{\"regex\":");
    sandbox_print_json(response, blacklist[i]);
    sandbox_print(response, "}");
  }
  sandbox_print(response, "]}}}");
}

/* Answers even when everything else is switched off. */
static void read_capabilities(struct sandbox *sandbox, const struct sandbox_request *request,
                              struct sandbox_response *response) {
  if (request->format == SANDBOX_JSON)
    print_json(&sandbox->limits, response);
  else
    print_xml(&sandbox->limits, response);
}

static void read_versions(struct sandbox *sandbox, const struct sandbox_request *request,
                          struct sandbox_response *response) {
  (void)sandbox;
  if (request->format == SANDBOX_JSON) {
    rails_open_json(response);
    sandbox_print(response, ",\"api\":{\"versions\":[\"0.6\"]}}");
    return;
  }
  rails_open_xml(response);
  sandbox_print(response, "  <api>\n    <version>0.6</version>\n  </api>\n");
  rails_close_xml(response);
}

/* False after 400. */
static bool set_number(const struct sandbox_request *request, struct sandbox_response *response, const char *name,
                       int64_t *value) {
  const char *text = sandbox_parameter(request, name);
  if (!text || osmflow_parse_int(osmflow_text(text), 0, INT64_MAX, value))
    return true;
  rails_fail(response, 400, "%s: \"%s\" is not a whole number that is not negative", name, text);
  return false;
}

static bool set_real(const struct sandbox_request *request, struct sandbox_response *response, const char *name,
                     double *value) {
  const char *text = sandbox_parameter(request, name);
  if (!text || osmflow_parse_real(osmflow_text(text), value))
    return true;
  rails_fail(response, 400, "%s: \"%s\" is not a number", name, text);
  return false;
}

static bool set_status(const struct sandbox_request *request, struct sandbox_response *response, const char *name,
                       const char **value) {
  static const char *const words[] = {"online", "readonly", "offline"};
  const char *text = sandbox_parameter(request, name);
  if (!text)
    return true;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(text, words[i]) == 0) {
      *value = words[i];
      return true;
    }
  rails_fail(response, 400, "%s: \"%s\" is none of online, readonly, offline", name, text);
  return false;
}

static void write_capabilities(struct sandbox *sandbox, const struct sandbox_request *request,
                               struct sandbox_response *response) {
  struct sandbox_limits limits = sandbox->limits;
  const struct {
    const char *name;
    int64_t *value;
  } numbers[] = {
      {"map_nodes", &limits.map_nodes},
      {"tracepoints_per_page", &limits.tracepoints_per_page},
      {"way_nodes", &limits.way_nodes},
      {"relation_members", &limits.relation_members},
      {"changeset_elements", &limits.changeset_elements},
      {"payload_bytes", &limits.payload_bytes},
      {"idle_seconds", &limits.idle_seconds},
      {"open_seconds", &limits.open_seconds},
      {"changes_per_hour", &limits.changes_per_hour},
      {"debt_bytes", &limits.debt_bytes},
      {"debt_rate", &limits.debt_rate},
      {"request_line", &limits.request_line},
  };
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (!set_number(request, response, numbers[i].name, numbers[i].value))
      return;
  if (!set_real(request, response, "map_area", &limits.map_area) ||
      !set_real(request, response, "note_area", &limits.note_area) ||
      !set_real(request, response, "changeset_box", &limits.changeset_box) ||
      !set_status(request, response, "database", &limits.database_status) ||
      !set_status(request, response, "api", &limits.api_status) ||
      !set_status(request, response, "gpx", &limits.gpx_status))
    return;
  sandbox->limits = limits;
  print_xml(&sandbox->limits, response);
  rails_answer_plainly(request, response, "application/xml; charset=utf-8");
}

struct sandbox_routes sandbox_service_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/api/capabilities", read_capabilities, 0, RAILS_XML_JSON},
      {"GET", "/api/0.6/capabilities", read_capabilities, 0, RAILS_XML_JSON},
      {"GET", "/api/versions", read_versions, 0, RAILS_XML_JSON},
      {"PUT", "/sandbox/capabilities", write_capabilities, 0, RAILS_EVERY_FORMAT},
      {"GET", "/sandbox/capabilities", read_capabilities, 0, RAILS_XML_JSON},
      {"POST", "/sandbox/seed", rails_seed, 0, RAILS_EVERY_FORMAT},
      {"GET", "/oauth2/authorize", rails_authorize, 0, RAILS_EVERY_FORMAT},
      {"GET", "/oauth2/authorize/native", rails_show_code, 0, RAILS_EVERY_FORMAT},
      {"POST", "/oauth2/token", rails_issue_token, 0, RAILS_EVERY_FORMAT},
      {"POST", "/oauth2/revoke", rails_revoke_token, 0, RAILS_EVERY_FORMAT},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
