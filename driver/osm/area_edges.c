#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "osm/area_parts.h"

enum { SORTED_BY_INSERTION = 12 };

static bool is_less(struct osmflow_area_pair left, struct osmflow_area_pair right) {
  return left.first < right.first || (left.first == right.first && left.second < right.second);
}

static void sort_by_insertion(struct osmflow_area_pair *pairs, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const struct osmflow_area_pair pair = pairs[i];
    size_t place = i;
    for (; place > 0 && is_less(pair, pairs[place - 1]); place--)
      pairs[place] = pairs[place - 1];
    pairs[place] = pair;
  }
}

static void merge(const struct osmflow_area_pair *source, size_t middle, size_t count,
                  struct osmflow_area_pair *target) {
  size_t left = 0, right = middle;
  if (middle < count && is_less(source[middle], source[middle - 1])) {
    while (left < middle && right < count)
      *target++ = is_less(source[right], source[left]) ? source[right++] : source[left++];
    memcpy(target, source + left, (middle - left) * sizeof *target);
    memcpy(target + (middle - left), source + right, (count - right) * sizeof *target);
  } else {
    memcpy(target, source, count * sizeof *target);
  }
}

/* Merge sort: bounded by n log n whatever the input; qsort() would spend most of its time in calls. */
static void sort_pairs(struct osmflow_area_pair *pairs, struct osmflow_area_pair *scratch, size_t count) {
  struct osmflow_area_pair *source = pairs, *target = scratch;
  for (size_t first = 0; first < count; first += SORTED_BY_INSERTION)
    sort_by_insertion(pairs + first, count - first < SORTED_BY_INSERTION ? count - first : SORTED_BY_INSERTION);
  for (size_t width = SORTED_BY_INSERTION; width < count; width *= 2) {
    for (size_t first = 0; first < count; first += 2 * width) {
      const size_t rest = count - first;
      merge(source + first, rest < width ? rest : width, rest < 2 * width ? rest : 2 * width, target + first);
    }
    struct osmflow_area_pair *const swapped = source;
    source = target;
    target = swapped;
  }
  if (source != pairs)
    memcpy(pairs, source, count * sizeof *pairs);
}

static enum osmflow_status reserve_pairs(struct osmflow_area_workspace *workspace, size_t count,
                                         struct osmflow_error *error) {
  const size_t size = sizeof(struct osmflow_area_pair);
  enum osmflow_status status = osmflow_array_reserve((void **)&workspace->edges, &workspace->edge_capacity, count, size,
                                                     OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&workspace->ends, &workspace->end_capacity, count, size,
                                   OSMFLOW_AREA_MOST_EDGES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&workspace->scratch, &workspace->scratch_capacity, count, size,
                                   OSMFLOW_AREA_MOST_EDGES, error);
  return status;
}

static void add_way(struct osmflow_area_workspace *workspace, const struct osmflow_area_way *way) {
  uint64_t previous = osmflow_area_pack(way->positions[0]);
  for (size_t i = 1; i < way->count; i++) {
    const uint64_t point = osmflow_area_pack(way->positions[i]);
    struct osmflow_area_pair *edge = &workspace->edges[workspace->edge_count];
    edge->first = point < previous ? point : previous;
    edge->second = point < previous ? previous : point;
    workspace->edge_count += point != previous;
    previous = point;
  }
}

static uint64_t hash_way(const struct osmflow_area_way *way) {
  uint64_t hash = way->count;
  for (size_t i = 0; i < way->count; i++)
    hash = ((hash ^ (hash >> 29)) + osmflow_area_pack(way->positions[i])) * UINT64_C(0x9e3779b97f4a7c15);
  return hash;
}

static bool is_same_way(const struct osmflow_area_way *left, const struct osmflow_area_way *right) {
  return left->count == right->count &&
         (left->count == 0 || memcmp(left->positions, right->positions, left->count * sizeof *left->positions) == 0);
}

/* A way that a relation names twice is meant once; its segments must not cancel each other. */
static void add_ways(struct osmflow_area_workspace *workspace, const struct osmflow_area_way *ways, size_t count) {
  struct osmflow_area_pair *hashes = workspace->ends;
  for (size_t i = 0; i < count; i++)
    hashes[i] = (struct osmflow_area_pair){count > 1 ? hash_way(&ways[i]) : 0, i};
  sort_pairs(hashes, workspace->scratch, count);
  workspace->edge_count = 0;
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_area_way *way = &ways[hashes[i].second];
    const bool is_repeated =
        i > 0 && hashes[i].first == hashes[i - 1].first && is_same_way(way, &ways[hashes[i - 1].second]);
    if (way->count >= 2 && !is_repeated)
      add_way(workspace, way);
  }
}

/* Segments on both sides of which there is the same (a border between two inner rings, a spike) are no border. */
static void cancel_pairs(struct osmflow_area_workspace *workspace) {
  struct osmflow_area_pair *edges = workspace->edges;
  size_t kept = 0;
  for (size_t i = 0, next = 0; i < workspace->edge_count; i = next) {
    while (next < workspace->edge_count && edges[next].first == edges[i].first && edges[next].second == edges[i].second)
      next++;
    if ((next - i) % 2 == 1)
      edges[kept++] = edges[i];
  }
  workspace->edge_count = kept;
}

static int compare_slopes(const void *left, const void *right) {
  const struct osmflow_area_pair *low = left, *high = right;
  return -osmflow_area_side(low->first, low->second, high->second);
}

/* Orders the edges that begin in the same point from south to north. */
static bool sort_slopes(struct osmflow_area *area) {
  struct osmflow_area_workspace *workspace = area->workspace;
  struct osmflow_area_pair *edges = workspace->edges;
  for (size_t i = 0, next = 1; i < workspace->edge_count; i = next++) {
    while (next < workspace->edge_count && edges[next].first == edges[i].first)
      next++;
    if (next - i < 2)
      continue;
    qsort(&edges[i], next - i, sizeof *edges, compare_slopes);
    for (size_t above = i + 1; above < next; above++)
      if (compare_slopes(&edges[above - 1], &edges[above]) == 0)
        return osmflow_area_fail(area, OSMFLOW_AREA_OVERLAP, edges[i].first);
  }
  return true;
}

/* A ring leaves every point as often as it comes to it. */
static bool check_degrees(struct osmflow_area *area) {
  const struct osmflow_area_workspace *workspace = area->workspace;
  const size_t count = workspace->edge_count;
  for (size_t start = 0, end = 0; start < count || end < count;) {
    const uint64_t point = end == count || (start < count && workspace->edges[start].first < workspace->ends[end].first)
                               ? workspace->edges[start].first
                               : workspace->ends[end].first;
    size_t degree = 0;
    for (; start < count && workspace->edges[start].first == point; start++)
      degree++;
    for (; end < count && workspace->ends[end].first == point; end++)
      degree++;
    if (degree % 2 == 1)
      return osmflow_area_fail(area, OSMFLOW_AREA_OPEN_RING, point);
  }
  return true;
}

enum osmflow_status osmflow_area_collect(struct osmflow_area *area, const struct osmflow_area_way *ways, size_t count,
                                         struct osmflow_error *error) {
  struct osmflow_area_workspace *workspace = area->workspace;
  size_t most = count;
  for (size_t i = 0; i < count; i++)
    most += ways[i].count;
  const enum osmflow_status status = reserve_pairs(workspace, most, error);
  if (status != OSMFLOW_OK)
    return status;
  add_ways(workspace, ways, count);
  if (workspace->edge_count == 0) {
    osmflow_area_fail(area, OSMFLOW_AREA_NO_RING, osmflow_area_pack((struct osmflow_position){0, 0}));
    return OSMFLOW_OK;
  }
  sort_pairs(workspace->edges, workspace->scratch, workspace->edge_count);
  const uint64_t somewhere = workspace->edges[0].first;
  cancel_pairs(workspace);
  if (workspace->edge_count == 0) {
    osmflow_area_fail(area, OSMFLOW_AREA_OVERLAP, somewhere);
    return OSMFLOW_OK;
  }
  if (!sort_slopes(area))
    return OSMFLOW_OK;
  for (size_t i = 0; i < workspace->edge_count; i++)
    workspace->ends[i] = (struct osmflow_area_pair){workspace->edges[i].second, i};
  sort_pairs(workspace->ends, workspace->scratch, workspace->edge_count);
  check_degrees(area);
  return OSMFLOW_OK;
}
