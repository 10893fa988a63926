/* A line moves from west to east over the edges. It keeps those that it crosses in order; two edges that meet where
 * they should not are neighbours in that order at the latest just before they meet, so comparing new neighbours finds
 * every fault. Between two neighbours it is inside or outside in turn: that gives each edge its inner side, and around
 * each point the pairs of edges that border the same part of the inside. */
#include "base/bytes.h"
#include "osm/area_parts.h"

struct vertex {
  uint64_t point;
  uint32_t number;
  uint32_t first_start, start_count; /* edges that begin here, in workspace->edges */
  uint32_t first_end, end_count;     /* edges that end here, in workspace->ends */
};

enum osmflow_area_problem osmflow_area_compare(struct osmflow_area_pair left, struct osmflow_area_pair right) {
  if (left.first == right.first)
    return osmflow_area_side(left.first, left.second, right.second) == 0 ? OSMFLOW_AREA_OVERLAP : OSMFLOW_AREA_FINE;
  if (left.second == right.second)
    return osmflow_area_side(left.first, left.second, right.first) == 0 ? OSMFLOW_AREA_OVERLAP : OSMFLOW_AREA_FINE;
  if (left.second <= right.first || right.second <= left.first)
    return OSMFLOW_AREA_FINE;
  const int first = osmflow_area_side(left.first, left.second, right.first);
  const int second = osmflow_area_side(left.first, left.second, right.second);
  if (first == 0 && second == 0)
    return OSMFLOW_AREA_OVERLAP;
  if (first * second > 0)
    return OSMFLOW_AREA_FINE;
  const int third = osmflow_area_side(right.first, right.second, left.first);
  const int fourth = osmflow_area_side(right.first, right.second, left.second);
  return third * fourth > 0 ? OSMFLOW_AREA_FINE : OSMFLOW_AREA_INTERSECTION;
}

/* Where two edges that are known to meet do so, to the nearest unit. */
static uint64_t meeting_place(struct osmflow_area_pair left, struct osmflow_area_pair right) {
  const double lon = (double)osmflow_area_lon(left.first), lat = (double)osmflow_area_lat(left.first);
  const double left_lon = (double)osmflow_area_lon(left.second) - lon;
  const double left_lat = (double)osmflow_area_lat(left.second) - lat;
  const double right_lon = (double)(osmflow_area_lon(right.second) - osmflow_area_lon(right.first));
  const double right_lat = (double)(osmflow_area_lat(right.second) - osmflow_area_lat(right.first));
  const double across = left_lon * right_lat - left_lat * right_lon;
  if (across == 0)
    return left.first > right.first ? left.first : right.first;
  double part = (((double)osmflow_area_lon(right.first) - lon) * right_lat -
                 ((double)osmflow_area_lat(right.first) - lat) * right_lon) /
                across;
  part = part > 0 ? part < 1 ? part : 1 : 0;
  const double found_lon = lon + part * left_lon, found_lat = lat + part * left_lat;
  return osmflow_area_pack((struct osmflow_position){(int32_t)(found_lon + (found_lon < 0 ? -0.5 : 0.5)),
                                                     (int32_t)(found_lat + (found_lat < 0 ? -0.5 : 0.5))});
}

static bool check_neighbours(struct osmflow_area *area, uint32_t low, uint32_t high) {
  const struct osmflow_area_workspace *workspace = area->workspace;
  if (low == 0 || high == 0)
    return true;
  const struct osmflow_area_pair left = workspace->edges[workspace->order.slots[low].edge];
  const struct osmflow_area_pair right = workspace->edges[workspace->order.slots[high].edge];
  const enum osmflow_area_problem problem = osmflow_area_compare(left, right);
  return problem == OSMFLOW_AREA_FINE || osmflow_area_fail(area, problem, meeting_place(left, right));
}

/* The highest slot below a point where no edge ends; NONE when an edge runs through the point. */
static uint32_t find_below(const struct osmflow_area_workspace *workspace, uint64_t point) {
  const struct osmflow_area_slot *slots = workspace->order.slots;
  uint32_t below = 0;
  for (uint32_t slot = slots[0].right; slot != OSMFLOW_AREA_NONE;) {
    const struct osmflow_area_pair edge = workspace->edges[slots[slot].edge];
    const int side = osmflow_area_side(edge.first, edge.second, point);
    if (side == 0)
      return OSMFLOW_AREA_NONE;
    if (side > 0)
      below = slot;
    slot = side > 0 ? slots[slot].right : slots[slot].left;
  }
  return below;
}

static bool ends_at(const struct osmflow_area_workspace *workspace, uint32_t slot, uint64_t point) {
  return slot != 0 && workspace->edges[workspace->order.slots[slot].edge].second == point;
}

/* The slot below the lowest of the edges that end in a vertex. */
static uint32_t find_below_ends(const struct osmflow_area_workspace *workspace, const struct vertex *vertex) {
  const uint32_t edge = (uint32_t)workspace->ends[vertex->first_end].second;
  uint32_t below = workspace->order.slots[workspace->traces[edge].slot].previous;
  while (ends_at(workspace, below, vertex->point))
    below = workspace->order.slots[below].previous;
  return below;
}

/* Puts the edges of a vertex on the stack, counter-clockwise from south: beginning ones upwards, ending ones
 * downwards. False when edges that do not belong to the vertex lie between them. */
static bool gather_around(struct osmflow_area_workspace *workspace, const struct vertex *vertex, uint32_t below) {
  for (uint32_t i = 0; i < vertex->start_count; i++)
    workspace->stack[i] = vertex->first_start + i;
  uint32_t slot = below;
  for (uint32_t i = vertex->start_count + vertex->end_count; i > vertex->start_count; i--) {
    slot = workspace->order.slots[slot].next;
    if (!ends_at(workspace, slot, vertex->point))
      return false;
    workspace->stack[i - 1] = workspace->order.slots[slot].edge;
    workspace->traces[workspace->order.slots[slot].edge].second_vertex = vertex->number;
  }
  return true;
}

static void begin_traces(struct osmflow_area_workspace *workspace, const struct vertex *vertex, uint32_t below) {
  const uint32_t edge_below = workspace->order.slots[below].edge;
  bool inside = below != 0 && workspace->traces[edge_below].inside_above;
  for (uint32_t i = 0; i < vertex->start_count; i++) {
    struct osmflow_area_trace *trace = &workspace->traces[vertex->first_start + i];
    inside = !inside;
    trace->inside_above = inside;
    trace->first_vertex = vertex->number;
    trace->below = edge_below;
    trace->polygon = OSMFLOW_AREA_NONE;
  }
}

/* An edge that comes to the vertex with the inside on its left is followed by its neighbour in clockwise direction:
 * between the two there is nothing but inside. */
static void link_around(struct osmflow_area_workspace *workspace, const struct vertex *vertex) {
  const uint32_t degree = vertex->start_count + vertex->end_count;
  uint32_t previous = workspace->stack[degree - 1];
  for (uint32_t i = 0; i < degree; i++) {
    const uint32_t edge = workspace->stack[i];
    struct osmflow_area_trace *trace = &workspace->traces[edge];
    const bool ends_here = i >= vertex->start_count;
    if (trace->inside_above == ends_here)
      trace->following = previous;
    previous = edge;
  }
}

/* Takes the ending edges out of the order and puts the beginning ones in. Returns the slot of the highest of them. */
static uint32_t replace_edges(struct osmflow_area_workspace *workspace, const struct vertex *vertex, uint32_t below) {
  struct osmflow_area_order *order = &workspace->order;
  uint32_t slot = below;
  for (uint32_t i = 0; i < vertex->start_count; i++) {
    const uint32_t edge = vertex->first_start + i;
    if (i < vertex->end_count) {
      slot = order->slots[slot].next;
      order->slots[slot].edge = edge;
    } else {
      slot = osmflow_area_order_insert(order, slot, edge);
    }
    workspace->traces[edge].slot = slot;
  }
  for (uint32_t i = vertex->start_count; i < vertex->end_count; i++)
    osmflow_area_order_remove(order, order->slots[slot].next);
  return slot;
}

static bool visit(struct osmflow_area *area, const struct vertex *vertex) {
  struct osmflow_area_workspace *workspace = area->workspace;
  const uint32_t below =
      vertex->end_count > 0 ? find_below_ends(workspace, vertex) : find_below(workspace, vertex->point);
  if (below == OSMFLOW_AREA_NONE || !gather_around(workspace, vertex, below))
    return osmflow_area_fail(area, OSMFLOW_AREA_INTERSECTION, vertex->point);
  begin_traces(workspace, vertex, below);
  link_around(workspace, vertex);
  const uint32_t highest = replace_edges(workspace, vertex, below);
  const struct osmflow_area_slot *slots = workspace->order.slots;
  return check_neighbours(area, below, slots[below].next) &&
         (highest == below || check_neighbours(area, highest, slots[highest].next));
}

static enum osmflow_status reserve_traces(struct osmflow_area_workspace *workspace, struct osmflow_error *error) {
  const size_t count = workspace->edge_count;
  enum osmflow_status status = osmflow_array_reserve((void **)&workspace->traces, &workspace->trace_capacity, count,
                                                     sizeof *workspace->traces, OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&workspace->stack, &workspace->stack_capacity, count,
                                   sizeof *workspace->stack, OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_area_order_start(&workspace->order, count, error);
  return status;
}

enum osmflow_status osmflow_area_sweep(struct osmflow_area *area, struct osmflow_error *error) {
  struct osmflow_area_workspace *workspace = area->workspace;
  const enum osmflow_status status = reserve_traces(workspace, error);
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_area_pair *edges = workspace->edges, *ends = workspace->ends;
  const uint32_t count = (uint32_t)workspace->edge_count;
  /* The last point of all is where edges end, so no edge begins after the last one has ended. */
  for (struct vertex vertex = {0}; vertex.first_end < count; vertex.number++) {
    vertex.point = ends[vertex.first_end].first;
    if (vertex.first_start < count && edges[vertex.first_start].first < vertex.point)
      vertex.point = edges[vertex.first_start].first;
    vertex.start_count = vertex.end_count = 0;
    while (vertex.first_start + vertex.start_count < count &&
           edges[vertex.first_start + vertex.start_count].first == vertex.point)
      vertex.start_count++;
    while (vertex.first_end + vertex.end_count < count &&
           ends[vertex.first_end + vertex.end_count].first == vertex.point)
      vertex.end_count++;
    if (!visit(area, &vertex))
      break;
    vertex.first_start += vertex.start_count;
    vertex.first_end += vertex.end_count;
  }
  return OSMFLOW_OK;
}
