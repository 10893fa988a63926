/* The habits of the Rails port: who may do what, how it reads parameters, how its documents and errors look. */
#include "rails.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

#define COPYRIGHT "OpenStreetMap and contributors"
#define ATTRIBUTION "http://www.openstreetmap.org/copyright"
#define LICENSE "http://opendatacommons.org/licenses/odbl/1-0/"

void rails_fail(struct sandbox_response *response, int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *message = sandbox_reallocate(NULL, (size_t)size + 1);
  vsnprintf(message, (size_t)size + 1, format, again);
  va_end(again);
  sandbox_fail(response, status, "%s", message);
  free(message);
  snprintf(response->content_type, sizeof response->content_type, "text/plain; charset=utf-8");
}

void rails_answer_plainly(const struct sandbox_request *request, struct sandbox_response *response, const char *type) {
  struct sandbox_exchange *exchange = request->connection;
  exchange->acceptable = true;
  snprintf(response->content_type, sizeof response->content_type, "%s", type);
}

static void refuse(struct sandbox_response *response) {
  sandbox_refuse(response, "Couldn't authenticate you");
  response->extra_headers = 0;
}

bool rails_allows(const struct sandbox_request *request, struct sandbox_response *response, uint32_t scope) {
  const struct sandbox_user *user = request->user;
  if (!user) {
    refuse(response);
    return false;
  }
  if (user->blocked) {
    rails_fail(response, 403,
               "Your access to the API has been blocked. Please log-in to the web interface to find out more.");
    return false;
  }
  if ((user->scopes & scope) != scope) {
    rails_fail(response, 403, "You have not permitted the application access to this facility");
    return false;
  }
  return true;
}

bool rails_allows_moderator(const struct sandbox_request *request, struct sandbox_response *response, uint32_t scope) {
  if (!rails_allows(request, response, scope))
    return false;
  if (request->user->moderator)
    return true;
  rails_fail(response, 403, "You have not permitted the application access to this facility");
  return false;
}

static bool status_is(const char *status, const char *word) {
  return status && strcmp(status, word) == 0;
}

bool rails_is_online(const struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response) {
  const struct sandbox_limits *limits = &sandbox->limits;
  const bool write = strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0;
  const bool offline = status_is(limits->database_status, "offline") || status_is(limits->api_status, "offline");
  const bool read_only = status_is(limits->database_status, "readonly") || status_is(limits->api_status, "readonly");
  if (!offline && !(write && read_only))
    return true;
  rails_fail(response, 503, "Database offline for maintenance");
  return false;
}

static double degrees(struct osmflow_text text, double limit) {
  char number[64];
  snprintf(number, sizeof number, "%.*s", OSMFLOW_TEXT_ARGUMENTS(text));
  const double value = strtod(number, NULL);
  if (!(value > -limit)) /* nan, too */
    return -limit;
  return value < limit ? value : limit;
}

static int32_t scaled(double value) {
  return (int32_t)(value * OSMFLOW_DEGREE + (value < 0 ? -0.5 : 0.5));
}

bool rails_take_bbox(const struct sandbox_request *request, struct sandbox_response *response, double largest,
                     struct osmflow_bbox *bbox) {
  const char *text = sandbox_parameter(request, "bbox");
  struct osmflow_text rest = osmflow_text(text ? text : ""), part;
  double sides[4];
  int count = 0;
  while (osmflow_text_next(&rest, ',', &part)) {
    if (count < 4)
      sides[count] = degrees(part, count % 2 == 0 ? 180 : 90);
    count++;
  }
  const char *problem = NULL;
  if (count != 4)
    problem = "The parameter bbox must be of the form min_lon,min_lat,max_lon,max_lat";
  else if (sides[0] > sides[2])
    problem = "The minimum longitude must be less than the maximum longitude, but it wasn't";
  else if (sides[1] > sides[3])
    problem = "The minimum latitude must be less than the maximum latitude, but it wasn't";
  if (problem) {
    rails_fail(response, 400, "%s", problem);
    return false;
  }
  if (largest > 0 && (sides[2] - sides[0]) * (sides[3] - sides[1]) > largest) {
    rails_fail(response, 400,
               "The maximum bbox size is %g, and your request was too large. Either request a smaller area, or use "
               "planet.osm",
               largest);
    return false;
  }
  *bbox = (struct osmflow_bbox){scaled(sides[0]), scaled(sides[1]), scaled(sides[2]), scaled(sides[3])};
  return true;
}

int64_t rails_number(const char *text) {
  return (int64_t)strtoll(text ? text : "", NULL, 10);
}

bool rails_next_id(struct osmflow_text *list, int64_t *id) {
  struct osmflow_text part;
  if (!osmflow_text_next(list, ',', &part))
    return false;
  char number[32];
  snprintf(number, sizeof number, "%.*s", (int)(part.size > 31 ? 31 : part.size), part.data);
  *id = rails_number(number);
  return true;
}

bool rails_time(const char *text, int64_t *seconds) {
  return osmflow_parse_time(osmflow_text_trim(osmflow_text(text)), seconds);
}

bool rails_is_blank(const char *text) {
  return !text || text[strspn(text, " \t\r\n\f\v")] == '\0';
}

size_t rails_count_characters(const char *text) {
  size_t count = 0;
  for (; *text; text++)
    count += ((unsigned char)*text & 0xC0) != 0x80;
  return count;
}

const char *rails_parameter(struct sandbox *sandbox, const struct sandbox_request *request, const char *name) {
  const char *value = sandbox_parameter(request, name);
  if (value || strncmp(request->content_type, "application/json", 16) != 0)
    return value;
  struct osmflow_bytes found;
  osmflow_bytes_init(&found, (size_t)1 << 24);
  if (rails_find_json_member(request->body, name, &found))
    value = sandbox_keep(sandbox, osmflow_text(osmflow_bytes_string(&found)));
  osmflow_bytes_clear(&found);
  return value;
}

void rails_open_xml(struct sandbox_response *response) {
  sandbox_print(response,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"OpenStreetMap server\" "
                "copyright=\"" COPYRIGHT "\" attribution=\"" ATTRIBUTION "\" license=\"" LICENSE "\">\n");
}

void rails_close_xml(struct sandbox_response *response) {
  sandbox_print(response, "</osm>\n");
}

void rails_open_json(struct sandbox_response *response) {
  sandbox_print(response, "{\"version\":\"0.6\",\"generator\":\"OpenStreetMap server\",\"copyright\":\"" COPYRIGHT
                          "\",\"attribution\":\"" ATTRIBUTION "\",\"license\":\"" LICENSE "\"");
}

void rails_print_element(struct sandbox_response *response, int indent, const char *name, const char *text) {
  sandbox_print(response, "%*s<%s>", indent, "", name);
  sandbox_print_xml(response, text);
  sandbox_print(response, "</%s>\n", name);
}

void rails_print_member(struct sandbox_response *response, const char *name, const char *value) {
  sandbox_print(response, ",\"%s\":", name);
  sandbox_print_json(response, value);
}

void rails_base_url(const struct sandbox_request *request, char url[256]) {
  const char *host = sandbox_header(request, "Host");
  snprintf(url, 256, "http://%s", host ? host : "127.0.0.1");
}

void rails_user_url(const struct sandbox_request *request, const char *name, char url[1024]) {
  char base[256];
  rails_base_url(request, base);
  struct osmflow_bytes encoded;
  osmflow_bytes_init(&encoded, 768);
  (void)!osmflow_bytes_add_url(&encoded, osmflow_text(name), "", NULL);
  snprintf(url, 1024, "%s/user/%s", base, osmflow_bytes_string(&encoded));
  osmflow_bytes_clear(&encoded);
}

void rails_format_utc(char text[RAILS_TIME_SIZE], int64_t seconds) {
  const struct osmflow_date date = osmflow_date_of(seconds);
  snprintf(text, RAILS_TIME_SIZE, "%04d-%02d-%02d %02d:%02d:%02d UTC", date.year, date.month, date.day, date.hour,
           date.minute, date.second);
}

void rails_format_rfc822(char text[RAILS_TIME_SIZE], int64_t seconds) {
  static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1970-01-01 was a Thursday */
  static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const struct osmflow_date date = osmflow_date_of(seconds);
  const int64_t day = seconds / 86400 - (seconds % 86400 < 0);
  snprintf(text, RAILS_TIME_SIZE, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[(day % 7 + 7) % 7], date.day,
           months[(date.month + 11) % 12], date.year, date.hour, date.minute, date.second);
}

void rails_format_iso8601(char text[RAILS_TIME_SIZE], int64_t seconds) {
  char buffer[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(buffer, seconds);
  snprintf(text, RAILS_TIME_SIZE, "%s", buffer);
}
