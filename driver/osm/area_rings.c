/* The edges that follow each other border one connected part of the inside, so that part is one polygon: rings that
 * touch in several points can never cut its inside in two. Where such a walk meets a point again, it is cut into
 * simple rings; the one through its westernmost point and there lowest edge is the outer ring if the inside is above
 * that edge, all others are inner rings. */
#include "base/bytes.h"
#include "osm/area_parts.h"

/* Where an edge begins when it is walked with the inside on the left. */
static uint32_t tail_vertex(const struct osmflow_area_trace *trace) {
  return trace->inside_above ? trace->first_vertex : trace->second_vertex;
}

static struct osmflow_position tail_position(const struct osmflow_area_workspace *workspace, uint32_t edge) {
  const bool is_first = workspace->traces[edge].inside_above;
  return osmflow_area_unpack(is_first ? workspace->edges[edge].first : workspace->edges[edge].second);
}

/* Makes a ring of the upper part of the stack. */
static void cut_ring(struct osmflow_area_workspace *workspace, size_t bottom, size_t top, size_t *sequence_size,
                     bool is_outer) {
  struct osmflow_area_draft *draft = &workspace->drafts[workspace->draft_count++];
  draft->first = *sequence_size;
  draft->count = top - bottom;
  draft->polygon = workspace->traces[workspace->stack[bottom]].polygon;
  draft->is_outer = is_outer;
  for (size_t i = bottom; i < top; i++) {
    const uint32_t edge = workspace->stack[i];
    workspace->marks[tail_vertex(&workspace->traces[edge])] = OSMFLOW_AREA_NONE;
    workspace->sequence[(*sequence_size)++] = edge;
  }
}

/* Walks from an edge until it comes again. Edges are sorted by their western points, so the first edge of a walk that
 * is seen begins in its westernmost point, and the edge below that point was walked before. */
static void walk(struct osmflow_area_workspace *workspace, uint32_t first, size_t *sequence_size) {
  struct osmflow_area_trace *traces = workspace->traces;
  const bool has_outer = traces[first].inside_above;
  const uint32_t polygon = has_outer ? (uint32_t)workspace->polygon_count++ : traces[traces[first].below].polygon;
  size_t size = 0;
  uint32_t edge = first;
  do {
    const uint32_t vertex = tail_vertex(&traces[edge]);
    const uint32_t met = workspace->marks[vertex];
    if (met != OSMFLOW_AREA_NONE) {
      cut_ring(workspace, met, size, sequence_size, has_outer && workspace->stack[met] == first);
      size = met;
    }
    workspace->marks[vertex] = (uint32_t)size;
    workspace->stack[size++] = edge;
    traces[edge].polygon = polygon;
    edge = traces[edge].following;
  } while (edge != first);
  cut_ring(workspace, 0, size, sequence_size, has_outer && workspace->stack[0] == first);
}

/* Puts each outer ring before its inner rings. */
static void write_rings(struct osmflow_area *area) {
  const struct osmflow_area_workspace *workspace = area->workspace;
  uint32_t *outers = workspace->marks,
           *inners = workspace->stack; /* by polygon: place of the outer, of the next inner */
  for (size_t i = 0; i < workspace->polygon_count; i++)
    inners[i] = 0;
  for (size_t i = 0; i < workspace->draft_count; i++)
    inners[workspace->drafts[i].polygon]++;
  for (size_t i = 0, place = 0; i < workspace->polygon_count; i++) {
    outers[i] = (uint32_t)place;
    place += inners[i];
    inners[i] = outers[i] + 1;
  }
  for (size_t i = 0; i < workspace->draft_count; i++) {
    const struct osmflow_area_draft *draft = &workspace->drafts[i];
    const uint32_t outer = outers[draft->polygon];
    const size_t first = area->position_count;
    for (size_t j = 0; j < draft->count; j++)
      area->positions[area->position_count++] = tail_position(workspace, workspace->sequence[draft->first + j]);
    area->positions[area->position_count++] = area->positions[first];
    area->rings[draft->is_outer ? outer : inners[draft->polygon]++] =
        (struct osmflow_area_ring){first, draft->count + 1, outer};
  }
  area->ring_count = workspace->draft_count;
  area->outer_count = workspace->polygon_count;
}

static enum osmflow_status reserve_rings(struct osmflow_area *area, struct osmflow_error *error) {
  struct osmflow_area_workspace *workspace = area->workspace;
  const size_t count = workspace->edge_count;
  enum osmflow_status status = osmflow_array_reserve((void **)&workspace->marks, &workspace->mark_capacity, count,
                                                     sizeof *workspace->marks, OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&workspace->sequence, &workspace->sequence_capacity, count,
                                   sizeof *workspace->sequence, OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&workspace->drafts, &workspace->draft_capacity, count / 3,
                                   sizeof *workspace->drafts, OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_area_reserve(area, count + count / 3, count / 3, error);
  return status;
}

enum osmflow_status osmflow_area_build(struct osmflow_area *area, struct osmflow_error *error) {
  struct osmflow_area_workspace *workspace = area->workspace;
  const enum osmflow_status status = reserve_rings(area, error);
  if (status != OSMFLOW_OK)
    return status;
  const uint32_t count = (uint32_t)workspace->edge_count;
  for (uint32_t i = 0; i < count; i++)
    workspace->marks[i] = OSMFLOW_AREA_NONE;
  workspace->draft_count = workspace->polygon_count = 0;
  size_t sequence_size = 0;
  for (uint32_t edge = 0; edge < count; edge++)
    if (workspace->traces[edge].polygon == OSMFLOW_AREA_NONE)
      walk(workspace, edge, &sequence_size);
  write_rings(area);
  return OSMFLOW_OK;
}
