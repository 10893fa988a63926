/* The map call. */
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "select.h"

/* Degrees as cgimap takes them: four numbers at commas; "nan" is one. False: that is not what came. */
static bool read_numbers(const char *text, double numbers[4]) {
  for (int i = 0; i < 4; i++) {
    char *end;
    numbers[i] = strtod(text, &end);
    if (end == text || *end != (i < 3 ? ',' : '\0'))
      return false;
    text = end + 1;
  }
  return true;
}

static bool read_box(const struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response, struct osmflow_bbox *box) {
  const char *text = sandbox_parameter(request, "bbox");
  double n[4];
  if (!text || !read_numbers(text, n)) {
    sandbox_fail(response, 400,
                 "The parameter bbox is required, and must be of the form min_lon,min_lat,max_lon,max_lat.");
    return false;
  }
  const bool valid = n[0] >= -180 && n[2] <= 180 && n[0] <= n[2] && n[1] >= -90 && n[3] <= 90 && n[1] <= n[3];
  if (!valid) {
    sandbox_fail(response, 400,
                 "The latitudes must be between -90 and 90, longitudes between -180 and 180 and the minima must be "
                 "less than the maxima.");
    return false;
  }
  if ((n[2] - n[0]) * (n[3] - n[1]) > sandbox->limits.map_area) {
    sandbox_fail(response, 400,
                 "The maximum bbox size is %f, and your request was too large. Either request a smaller area, or use "
                 "planet.osm",
                 sandbox->limits.map_area);
    return false;
  }
  *box = (struct osmflow_bbox){(int32_t)lround(n[0] * OSMFLOW_DEGREE), (int32_t)lround(n[1] * OSMFLOW_DEGREE),
                               (int32_t)lround(n[2] * OSMFLOW_DEGREE), (int32_t)lround(n[3] * OSMFLOW_DEGREE)};
  return true;
}

/* One byte per element of each type: 1 when it belongs to the answer. */
struct marks {
  unsigned char *of[SANDBOX_TYPES];
};

static const struct sandbox_version *shown(const struct sandbox *sandbox, enum sandbox_type type, size_t index) {
  const struct sandbox_version *present = sandbox_present(&sandbox->elements[type].items[index]);
  return present && present->visible ? present : NULL;
}

static int64_t mark_nodes(const struct sandbox *sandbox, const struct osmflow_bbox *box, struct marks *marks) {
  int64_t count = 0;
  for (size_t i = 0; i < sandbox->elements[SANDBOX_NODE].count; i++) {
    const struct sandbox_version *node = shown(sandbox, SANDBOX_NODE, i);
    if (!node || node->lat < box->min_lat || node->lat > box->max_lat || node->lon < box->min_lon ||
        node->lon > box->max_lon)
      continue;
    marks->of[SANDBOX_NODE][i] = 1;
    count++;
  }
  return count;
}

static bool is_marked(const struct sandbox *sandbox, const struct marks *marks, enum sandbox_type type, int64_t id) {
  uint32_t index = osmflow_idmap_find(&sandbox->elements[type].by_id, id);
  return index != OSMFLOW_IDMAP_NONE && marks->of[type][index] == 1;
}

/* Ways with a node in the box, then all nodes of these ways. */
static void mark_ways(const struct sandbox *sandbox, struct marks *marks) {
  for (size_t i = 0; i < sandbox->elements[SANDBOX_WAY].count; i++) {
    const struct sandbox_version *way = shown(sandbox, SANDBOX_WAY, i);
    for (uint32_t n = 0; way && n < way->ref_count && !marks->of[SANDBOX_WAY][i]; n++)
      marks->of[SANDBOX_WAY][i] = is_marked(sandbox, marks, SANDBOX_NODE, way->nodes[n]);
  }
  for (size_t i = 0; i < sandbox->elements[SANDBOX_WAY].count; i++) {
    if (!marks->of[SANDBOX_WAY][i])
      continue;
    const struct sandbox_version *way = shown(sandbox, SANDBOX_WAY, i);
    for (uint32_t n = 0; n < way->ref_count; n++) {
      uint32_t index = osmflow_idmap_find(&sandbox->elements[SANDBOX_NODE].by_id, way->nodes[n]);
      if (index != OSMFLOW_IDMAP_NONE && shown(sandbox, SANDBOX_NODE, index))
        marks->of[SANDBOX_NODE][index] = 1;
    }
  }
}

/* Relations of marked nodes and ways; in a second round the relations of these, but not of what that round marks. */
static void mark_relations(const struct sandbox *sandbox, struct marks *marks, bool of_relations) {
  unsigned char *relations = marks->of[SANDBOX_RELATION];
  for (size_t i = 0; i < sandbox->elements[SANDBOX_RELATION].count; i++) {
    const struct sandbox_version *relation = shown(sandbox, SANDBOX_RELATION, i);
    for (uint32_t m = 0; relation && m < relation->ref_count && !relations[i]; m++) {
      const struct sandbox_member *member = &relation->members[m];
      if ((member->type == SANDBOX_RELATION) == of_relations && is_marked(sandbox, marks, member->type, member->id))
        relations[i] = of_relations ? 2 : 1;
    }
  }
}

static void select_marked(const struct sandbox *sandbox, const struct marks *marks,
                          struct sandbox_selection *selection) {
  for (enum sandbox_type type = SANDBOX_NODE; type < SANDBOX_TYPES; type++)
    for (size_t i = 0; i < sandbox->elements[type].count; i++)
      if (marks->of[type][i])
        sandbox_select_version(selection, sandbox, type, (uint32_t)i,
                               sandbox->elements[type].items[i].version_count - 1);
}

static void print_map(const struct sandbox *sandbox, struct sandbox_response *response, enum sandbox_format format,
                      const struct osmflow_bbox *box) {
  struct marks marks;
  for (int type = 0; type < SANDBOX_TYPES; type++) {
    marks.of[type] = calloc(sandbox->elements[type].count + 1, 1);
    if (!marks.of[type])
      sandbox_die("out of memory");
  }
  struct sandbox_selection selection = {0};
  if (mark_nodes(sandbox, box, &marks) > sandbox->limits.map_nodes) {
    sandbox_fail(response, 400,
                 "You requested too many nodes (limit is %lld). Either request a smaller area, or use planet.osm",
                 (long long)sandbox->limits.map_nodes);
  } else {
    mark_ways(sandbox, &marks);
    mark_relations(sandbox, &marks, false);
    mark_relations(sandbox, &marks, true);
    select_marked(sandbox, &marks, &selection);
    sandbox_print_selection(response, sandbox, &selection, format, box);
  }
  sandbox_selection_free(&selection);
  for (int type = 0; type < SANDBOX_TYPES; type++)
    free(marks.of[type]);
}

/* The last answer is kept until an element changes: benchmarks and tilings ask again and again. */
static void print_shared_map(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response, const struct osmflow_bbox *box) {
  struct sandbox_exchange *exchange = request->connection;
  struct sandbox_map_answer *last = sandbox->last_map;
  const bool fresh = last && last->edition == sandbox->edition && last->format == request->format &&
                     memcmp(&last->box, box, sizeof *box) == 0;
  if (!fresh) {
    print_map(sandbox, response, request->format, box);
    if (response->status != 200)
      return;
    sandbox_drop_map(last);
    last = sandbox_reallocate(NULL, sizeof *last);
    *last = (struct sandbox_map_answer){sandbox->edition, request->format, *box, response->body, 1};
    osmflow_bytes_init(&response->body, response->body.ceiling);
    sandbox->last_map = last;
  }
  last->holders++;
  exchange->map = last;
  exchange->shared = osmflow_bytes_view(&last->body);
}

static void serve_file(struct sandbox *sandbox, struct sandbox_exchange *exchange) {
  const bool packed = exchange->encoding && strcmp(exchange->encoding, "gzip") == 0;
  if (packed && sandbox->served_gzip.size == 0)
    sandbox_compress("gzip", osmflow_bytes_view(&sandbox->served), &sandbox->served_gzip);
  exchange->shared = osmflow_bytes_view(packed ? &sandbox->served_gzip : &sandbox->served);
  exchange->shared_is_packed = packed;
}

void sandbox_read_map(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  struct osmflow_bbox box;
  if (sandbox->served.size > 0)
    serve_file(sandbox, request->connection);
  else if (!read_box(sandbox, request, response, &box))
    return;
  else
    print_shared_map(sandbox, request, response, &box);
  if (response->status == 200)
    sandbox_add_header(response, "Content-Disposition", "attachment; filename=\"map.osm\"");
}
