/* The points of everybody's traces in a box, in pages, as GPX 1.0. Points of traces that their owners did not want to
 * be followed come last, without times, sorted by place, all in one segment. */
#include <stdio.h>
#include <stdlib.h>

#include "traces.h"

struct found {
  const struct trace *trace;
  const struct trace_point *point;
};

static bool is_inside(const struct trace_point *point, const struct osmflow_bbox *bbox) {
  return point->lon >= bbox->min_lon && point->lon <= bbox->max_lon && point->lat >= bbox->min_lat &&
         point->lat <= bbox->max_lat;
}

static int order(int64_t left, int64_t right) {
  return (left > right) - (left < right);
}

static int compare(const void *left, const void *right) {
  const struct found *a = left, *b = right;
  const bool open_a = traces_is_trackable(a->trace), open_b = traces_is_trackable(b->trace);
  if (open_a != open_b)
    return open_a ? -1 : 1;
  int steps[4] = {0};
  if (open_a) {
    steps[0] = order(b->trace->id, a->trace->id);
    steps[1] = order(a->point->segment, b->point->segment);
  } else {
    steps[0] = order(a->point->lat, b->point->lat);
    steps[1] = order(a->point->lon, b->point->lon);
  }
  steps[2] = order(a->point->time, b->point->time);
  steps[3] = (a->point > b->point) - (a->point < b->point);
  for (int i = 0; i < 4; i++)
    if (steps[i])
      return steps[i];
  return 0;
}

static size_t find(const struct sandbox_traces *traces, const struct osmflow_bbox *bbox, struct found **found) {
  size_t count = 0, capacity = 0;
  for (size_t t = 0; t < traces->count; t++) {
    const struct trace *trace = &traces->items[t];
    for (size_t p = 0; p < trace->point_count && !trace->deleted; p++)
      if (is_inside(&trace->points[p], bbox)) {
        sandbox_reserve((void **)found, &capacity, count + 1, sizeof **found);
        (*found)[count++] = (struct found){trace, &trace->points[p]};
      }
  }
  if (count > 1)
    qsort(*found, count, sizeof **found, compare);
  return count;
}

static void open_track(const struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response, const struct trace *trace) {
  sandbox_print(response, "  <trk>\n");
  if (trace->visibility != TRACE_IDENTIFIABLE)
    return;
  char user_url[1024];
  rails_print_element(response, 4, "name", trace->name);
  rails_print_element(response, 4, "desc", trace->description);
  rails_user_url(request, sandbox_find_account(sandbox, trace->uid)->known.name, user_url);
  sandbox_print(response, "    <url>");
  sandbox_print_xml(response, user_url);
  sandbox_print(response, "/traces/%lld</url>\n", (long long)trace->id);
}

static void print_point(struct sandbox_response *response, const struct trace_point *point, bool with_time) {
  char lat[OSMFLOW_NUMBER_SIZE], lon[OSMFLOW_NUMBER_SIZE], when[RAILS_TIME_SIZE];
  osmflow_format_degrees(lat, point->lat);
  osmflow_format_degrees(lon, point->lon);
  rails_format_iso8601(when, point->time);
  if (with_time)
    sandbox_print(response, "      <trkpt lat=\"%s\" lon=\"%s\">\n        <time>%s</time>\n      </trkpt>\n", lat, lon,
                  when);
  else
    sandbox_print(response, "      <trkpt lat=\"%s\" lon=\"%s\"/>\n", lat, lon);
}

static void print_page(const struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response, const struct found *found, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct found *now = &found[i], *before = i > 0 ? &found[i - 1] : NULL;
    const bool open = traces_is_trackable(now->trace);
    const bool new_track = !before || (open ? before->trace != now->trace : traces_is_trackable(before->trace));
    const bool new_segment = new_track || (open && before->point->segment != now->point->segment);
    if (before && new_segment)
      sandbox_print(response, "    </trkseg>\n");
    if (before && new_track)
      sandbox_print(response, "  </trk>\n");
    if (new_track)
      open_track(sandbox, request, response, now->trace);
    if (new_segment)
      sandbox_print(response, "    <trkseg>\n");
    print_point(response, now->point, open);
  }
  if (count > 0)
    sandbox_print(response, "    </trkseg>\n  </trk>\n");
}

void rails_read_trackpoints(struct sandbox *sandbox, const struct sandbox_request *request,
                            struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response))
    return;
  const int64_t page = rails_number(sandbox_parameter(request, "page"));
  if (page < 0) {
    rails_fail(response, 400, "Page number must be greater than or equal to 0");
    return;
  }
  struct osmflow_bbox bbox;
  if (!rails_take_bbox(request, response, sandbox->limits.map_area, &bbox))
    return;
  const size_t per_page = (size_t)sandbox->limits.tracepoints_per_page;
  struct found *found = NULL;
  const size_t count = find(traces_of(sandbox), &bbox, &found);
  const size_t skip = (uint64_t)page > count / per_page ? count : (size_t)page * per_page;
  const size_t left = count - skip;
  rails_answer_plainly(request, response, "application/xml; charset=utf-8");
  sandbox_add_header(response, "Content-Disposition", "attachment; filename=\"tracks.gpx\"");
  sandbox_print(response,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.0\" creator=\"OpenStreetMap.org\" "
                "xmlns=\"http://www.topografix.com/GPX/1/0\">\n");
  if (left > 0)
    print_page(sandbox, request, response, found + skip, left < per_page ? left : per_page);
  sandbox_print(response, "</gpx>\n");
  free(found);
}
