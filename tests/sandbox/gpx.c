/* GPS traces: upload, description, change, deletion, download, list. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "traces.h"

const char *const trace_visibility_names[TRACE_VISIBILITIES] = {"private", "public", "trackable", "identifiable"};

enum { LONGEST = 255 };

struct sandbox_traces *traces_of(struct sandbox *sandbox) {
  if (!sandbox->traces) {
    size_t capacity = 0;
    sandbox_reserve((void **)&sandbox->traces, &capacity, 1, sizeof *sandbox->traces);
    *sandbox->traces = (struct sandbox_traces){0};
  }
  return sandbox->traces;
}

void sandbox_traces_free(struct sandbox_traces *traces) {
  for (size_t i = 0; i < traces->count; i++)
    free(traces->items[i].points);
  free(traces->items);
  free(traces);
}

bool traces_is_public(const struct trace *trace) {
  return trace->visibility == TRACE_PUBLIC || trace->visibility == TRACE_IDENTIFIABLE;
}

bool traces_is_trackable(const struct trace *trace) {
  return trace->visibility == TRACE_TRACKABLE || trace->visibility == TRACE_IDENTIFIABLE;
}

int64_t rails_count_traces(const struct sandbox *sandbox, int64_t uid) {
  int64_t count = 0;
  for (size_t i = 0; sandbox->traces && i < sandbox->traces->count; i++)
    count += sandbox->traces->items[i].uid == uid && !sandbox->traces->items[i].deleted;
  return count;
}

struct point_reading {
  struct trace *trace;
  struct trace_point point;
  bool open, placed, timed;
  bool broken; /* one of the files is */
};

static void take_point(struct point_reading *reading) {
  struct trace *trace = reading->trace;
  reading->open = false;
  if (!reading->placed || !reading->timed)
    return;
  sandbox_reserve((void **)&trace->points, &trace->point_capacity, trace->point_count + 1, sizeof *trace->points);
  trace->points[trace->point_count++] = reading->point;
}

static void visit_point(void *context, const struct rails_element *element) {
  struct point_reading *reading = context;
  const bool is_point = strcmp(element->name, "trkpt") == 0;
  if (is_point && !element->ends) {
    const char *lat = rails_attribute(element, "lat"), *lon = rails_attribute(element, "lon");
    reading->open = true;
    reading->timed = false;
    reading->placed = lat && lon && osmflow_parse_degrees(osmflow_text(lat), &reading->point.lat) &&
                      osmflow_parse_degrees(osmflow_text(lon), &reading->point.lon) &&
                      reading->point.lat >= -90 * OSMFLOW_DEGREE && reading->point.lat <= 90 * OSMFLOW_DEGREE;
  } else if (is_point) {
    take_point(reading);
  } else if (element->ends && reading->open && strcmp(element->name, "time") == 0) {
    reading->timed = rails_time(element->text, &reading->point.time);
  } else if (element->ends && strcmp(element->name, "trkseg") == 0) {
    reading->point.segment++;
  }
}

static void read_points(void *context, struct osmflow_text file) {
  struct point_reading *reading = context;
  char problem[200];
  if (!rails_read_xml(file, visit_point, reading, problem))
    reading->broken = true;
}

const struct trace *traces_add(struct sandbox *sandbox, const struct trace *trace) {
  struct sandbox_traces *traces = traces_of(sandbox);
  sandbox_reserve((void **)&traces->items, &traces->capacity, traces->count + 1, sizeof *traces->items);
  struct trace *added = &traces->items[traces->count++];
  *added = *trace;
  added->id = (int64_t)traces->count;
  added->name = sandbox_keep(sandbox, osmflow_text(trace->name));
  added->description = sandbox_keep(sandbox, osmflow_text(trace->description));
  added->tags = sandbox_keep(sandbox, osmflow_text(trace->tags));
  added->content.data = sandbox_keep(sandbox, trace->content);
  struct point_reading reading = {.trace = added};
  added->deleted =
      !traces_visit_files(trace->content, read_points, &reading) || reading.broken || added->point_count == 0;
  return added;
}

/* The part as text, or the parameter of the query; NULL when absent. */
static const char *form_text(struct sandbox *sandbox, const struct sandbox_request *request, const char *name) {
  struct osmflow_text content;
  char filename[256];
  if (sandbox_form_part(request, name, &content, filename))
    return sandbox_keep(sandbox, content);
  return sandbox_parameter(request, name);
}

/* -1: there is no such visibility. */
static int visibility_by_name(const char *name) {
  for (int i = 0; i < TRACE_VISIBILITIES; i++)
    if (strcmp(name, trace_visibility_names[i]) == 0)
      return i;
  return -1;
}

static void tidy_name(char name[256]) {
  for (char *at = name; *at; at++)
    if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.", *at))
      *at = '_';
}

/* False after 503. */
static bool gpx_is_online(const struct sandbox *sandbox, const struct sandbox_request *request,
                          struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response))
    return false;
  if (!sandbox->limits.gpx_status || strcmp(sandbox->limits.gpx_status, "offline") != 0)
    return true;
  rails_fail(response, 503, "GPX files offline for maintenance");
  return false;
}

static void create_trace(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  if (!gpx_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_GPX))
    return;
  struct trace trace = {.uid = request->user->uid, .created = sandbox_now(sandbox)};
  char filename[256] = "";
  const bool has_file = sandbox_form_part(request, "file", &trace.content, filename) && *filename;
  const char *description = form_text(sandbox, request, "description"), *tags = form_text(sandbox, request, "tags");
  const char *visibility = form_text(sandbox, request, "visibility"), *public = form_text(sandbox, request, "public");
  if (!visibility)
    visibility = rails_number(public) != 0 ? "public" : "private";
  const int chosen = visibility_by_name(visibility);
  if (!has_file || rails_is_blank(description) || rails_count_characters(description) > LONGEST || chosen < 0) {
    sandbox_fail_silently(response, 400);
    return;
  }
  tidy_name(filename);
  trace.name = filename;
  trace.description = description;
  trace.tags = tags ? tags : "";
  trace.visibility = (enum trace_visibility)chosen;
  rails_set_preference(sandbox, trace.uid, "gps.trace.visibility", visibility);
  rails_answer_plainly(request, response, "text/plain; charset=utf-8");
  sandbox_print(response, "%lld", (long long)traces_add(sandbox, &trace)->id);
}

/* NULL after 404. */
static struct trace *find(struct sandbox *sandbox, const struct sandbox_request *request,
                          struct sandbox_response *response) {
  struct sandbox_traces *traces = traces_of(sandbox);
  const int64_t id = request->numbers[0];
  if (id >= 1 && (uint64_t)id <= traces->count && !traces->items[id - 1].deleted)
    return &traces->items[id - 1];
  sandbox_fail_silently(response, 404);
  return NULL;
}

/* NULL after 401, 403 or 404. */
static struct trace *find_own(struct sandbox *sandbox, const struct sandbox_request *request,
                              struct sandbox_response *response) {
  if (!gpx_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_GPX))
    return NULL;
  struct trace *trace = find(sandbox, request, response);
  if (!trace || trace->uid == request->user->uid)
    return trace;
  sandbox_fail_silently(response, 403);
  return NULL;
}

static const struct trace *find_readable(struct sandbox *sandbox, const struct sandbox_request *request,
                                         struct sandbox_response *response) {
  if (!gpx_is_online(sandbox, request, response))
    return NULL;
  const struct trace *trace = find(sandbox, request, response);
  if (!trace || traces_is_public(trace))
    return trace;
  if (!rails_allows(request, response, SANDBOX_READ_GPX))
    return NULL;
  if (trace->uid == request->user->uid)
    return trace;
  sandbox_fail_silently(response, 403);
  return NULL;
}

/* Commas separate tags; where there are none, blanks do. */
static void print_tags(struct sandbox_response *response, const char *tags) {
  struct osmflow_text rest = osmflow_text(tags), tag;
  const char separator = strchr(tags, ',') ? ',' : ' ';
  while (osmflow_text_next(&rest, separator, &tag)) {
    char text[256];
    tag = osmflow_text_trim(tag);
    snprintf(text, sizeof text, "%.*s", (int)(tag.size > LONGEST ? LONGEST : tag.size), tag.data);
    if (tag.size > 0)
      rails_print_element(response, 4, "tag", text);
  }
}

static void print_trace(const struct sandbox *sandbox, struct sandbox_response *response, const struct trace *trace) {
  char when[RAILS_TIME_SIZE];
  rails_format_iso8601(when, trace->created);
  sandbox_print(response, "  <gpx_file id=\"%lld\" name=\"", (long long)trace->id);
  sandbox_print_xml(response, trace->name);
  char lat[OSMFLOW_NUMBER_SIZE], lon[OSMFLOW_NUMBER_SIZE];
  osmflow_format_degrees(lat, trace->points[0].lat);
  osmflow_format_degrees(lon, trace->points[0].lon);
  sandbox_print(response, "\" lat=\"%s\" lon=\"%s\" uid=\"%lld\" user=\"", lat, lon, (long long)trace->uid);
  sandbox_print_xml(response, sandbox_find_account(sandbox, trace->uid)->known.name);
  sandbox_print(response, "\" visibility=\"%s\" pending=\"false\" timestamp=\"%s\">\n",
                trace_visibility_names[trace->visibility], when);
  rails_print_element(response, 4, "description", trace->description);
  print_tags(response, trace->tags);
  sandbox_print(response, "  </gpx_file>\n");
}

static void read_details(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  const struct trace *trace = find_readable(sandbox, request, response);
  if (!trace)
    return;
  rails_open_xml(response);
  print_trace(sandbox, response, trace);
  rails_close_xml(response);
}

static void list_traces(struct sandbox *sandbox, const struct sandbox_request *request,
                        struct sandbox_response *response) {
  if (!gpx_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_READ_GPX))
    return;
  const struct sandbox_traces *traces = traces_of(sandbox);
  rails_open_xml(response);
  for (size_t i = 0; i < traces->count; i++)
    if (traces->items[i].uid == request->user->uid && !traces->items[i].deleted)
      print_trace(sandbox, response, &traces->items[i]);
  rails_close_xml(response);
}

static void name_file(struct sandbox_response *response, const struct trace *trace, const char *extension,
                      const char *type) {
  char disposition[96];
  snprintf(disposition, sizeof disposition, "attachment; filename=\"%lld.%s\"", (long long)trace->id, extension);
  sandbox_add_header(response, "Content-Disposition", disposition);
  snprintf(response->content_type, sizeof response->content_type, "%s", type);
}

static bool wants_gpx(const struct sandbox_request *request) {
  const char *accept = sandbox_header(request, "Accept");
  return strcmp(request->word, "data.gpx") == 0 || (accept && strcmp(accept, "application/gpx+xml") == 0);
}

static void append_file(void *context, struct osmflow_text file) {
  struct sandbox_response *response = context;
  sandbox_append(response, file.data, file.size);
}

static void send_as_uploaded(struct sandbox_response *response, const struct trace *trace) {
  static const struct {
    const char *extension, *type;
  } kinds[] = {[TRACE_PLAIN] = {"gpx", "application/gpx+xml"},
               [TRACE_GZIP] = {"gpx.gz", "application/gzip"},
               [TRACE_TAR] = {"tar", "application/x-tar"},
               [TRACE_ZIP] = {"zip", "application/zip"}};
  const enum trace_archive archive = traces_archive_of(trace->content);
  const bool packed_tar = archive == TRACE_GZIP && strstr(trace->name, ".tar.gz");
  name_file(response, trace, packed_tar ? "tar.gz" : kinds[archive].extension, kinds[archive].type);
  append_file(response, trace->content);
}

/* The format suffix decides whether the file is given as it came, so this call sees the suffix as a part of the path.
 * Several files are given one after the other, which is what the real server does. */
static void read_data(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  const bool wants_xml = strcmp(request->word, "data.xml") == 0;
  if (!wants_xml && strcmp(request->word, "data") != 0 && strcmp(request->word, "data.gpx") != 0) {
    sandbox_fail_silently(response, 404);
    return;
  }
  const struct trace *trace = find_readable(sandbox, request, response);
  if (!trace)
    return;
  rails_answer_plainly(request, response, "application/gpx+xml");
  if (!wants_xml && !wants_gpx(request)) {
    send_as_uploaded(response, trace);
    return;
  }
  name_file(response, trace, wants_xml ? "xml" : "gpx", wants_xml ? "application/xml" : "application/gpx+xml");
  (void)traces_visit_files(trace->content, append_file, response);
}

/* What a document wants to change. */
struct update {
  struct sandbox *sandbox;
  bool found;
  const char *id, *visibility, *description;
  struct osmflow_bytes tags;
};

static const char *keep(struct sandbox *sandbox, const char *text) {
  return text ? sandbox_keep(sandbox, osmflow_text(text)) : NULL;
}

static void visit_update(void *context, const struct rails_element *element) {
  struct update *update = context;
  if (!element->ends && strcmp(element->name, "gpx_file") == 0 && strcmp(element->parent, "osm") == 0) {
    update->found = true;
    update->id = keep(update->sandbox, rails_attribute(element, "id"));
    update->visibility = keep(update->sandbox, rails_attribute(element, "visibility"));
  } else if (element->ends && strcmp(element->parent, "gpx_file") == 0) {
    if (strcmp(element->name, "description") == 0)
      update->description = keep(update->sandbox, element->text);
    else if (strcmp(element->name, "tag") == 0)
      (void)!osmflow_bytes_print(&update->tags, NULL, "%s,", element->text);
  }
}

/* False after 400. */
static bool judge_update(const struct sandbox_request *request, struct sandbox_response *response,
                         const struct update *update, bool well, const char *problem) {
  const char *why = NULL;
  if (!well)
    why = problem;
  else if (!update->found)
    why = "XML doesn't contain an osm/gpx_file element.";
  else if (!update->visibility)
    why = "visibility missing";
  else if (!update->id)
    why = "ID is required when updating.";
  else if (!update->description)
    why = "description missing";
  if (why)
    rails_fail(response, 400, "Cannot parse valid trace from xml string %.*s. %s",
               OSMFLOW_TEXT_ARGUMENTS(request->body), why);
  else if (rails_number(update->id) == 0)
    rails_fail(response, 400, "ID of trace cannot be zero when updating.");
  else if (rails_number(update->id) != request->numbers[0])
    rails_fail(response, 400, "The id in the url (%lld) is not the same as provided in the xml (%lld)",
               (long long)request->numbers[0], (long long)rails_number(update->id));
  else if (visibility_by_name(update->visibility) < 0)
    rails_fail(response, 400, "Trace %lld: visibility: is not included in the list (\"%s\")",
               (long long)request->numbers[0], update->visibility);
  else if (rails_is_blank(update->description))
    rails_fail(response, 400, "Trace %lld: description: is too short (minimum is 1 character) (\"\")",
               (long long)request->numbers[0]);
  return response->status == 200;
}

static void update_trace(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  struct trace *trace = find_own(sandbox, request, response);
  if (!trace)
    return;
  struct update update = {.sandbox = sandbox};
  char problem[200] = "";
  osmflow_bytes_init(&update.tags, request->body.size + 1);
  const bool well = rails_read_xml(request->body, visit_update, &update, problem);
  if (judge_update(request, response, &update, well, problem)) {
    trace->visibility = (enum trace_visibility)visibility_by_name(update.visibility);
    trace->description = update.description;
    trace->tags = sandbox_keep(sandbox, osmflow_text(osmflow_bytes_string(&update.tags)));
    rails_answer_plainly(request, response, "text/plain; charset=utf-8");
  }
  osmflow_bytes_clear(&update.tags);
}

static void delete_trace(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  struct trace *trace = find_own(sandbox, request, response);
  if (!trace)
    return;
  trace->deleted = true;
  rails_answer_plainly(request, response, "text/plain; charset=utf-8");
}

struct sandbox_routes sandbox_gpx_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/api/0.6/trackpoints", rails_read_trackpoints, 0, RAILS_EVERY_FORMAT},
      {"POST", "/api/0.6/gpx/create", create_trace, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/gpx/#/details", read_details, 0, 1 << SANDBOX_XML},
      {"GET", "/api/0.6/gpx/#", read_details, 0, 1 << SANDBOX_XML},
      {"PUT", "/api/0.6/gpx/#", update_trace, 0, RAILS_EVERY_FORMAT},
      {"DELETE", "/api/0.6/gpx/#", delete_trace, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/gpx/#/*", read_data, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/user/gpx_files", list_traces, 0, 1 << SANDBOX_XML},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
