/* Facets that share an edge are of one body. Where more than two meet at an edge (houses that share a wall, or touch
 * along a corner), those belong together that have the solid between them. What is closed by then is a body; what is
 * open is joined with other open parts by shared vertices as well, because many exporters cut walls and roofs
 * differently. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cityloader/bodies_parts.h"

/* One facet at an edge; edges are found in the list of their smaller vertex. */
struct side {
  uint32_t facet, other; /* the edge's larger vertex */
};

struct joining {
  const struct osmflow_mesh *mesh;
  uint32_t *parents;
  uint32_t *begins; /* of each vertex: its first side; one more at the end */
  struct side *sides;
  bool *is_open; /* of each facet: it has an edge that no other one continues */
};

/* The earlier facet is the root, so that bodies come in the order of their first facets. */
static void join(uint32_t *parents, uint32_t one, uint32_t other) {
  const uint32_t left = osmflow_bodies_root(parents, one), right = osmflow_bodies_root(parents, other);
  parents[left > right ? left : right] = left > right ? right : left;
}

static const double *position(const struct osmflow_mesh *mesh, uint32_t vertex) {
  return mesh->positions + 3 * (size_t)vertex;
}

static uint32_t corner_after(const struct osmflow_mesh *mesh, size_t facet, uint32_t at) {
  return mesh->corners[at + 1 < mesh->first[facet + 1] ? at + 1 : mesh->first[facet]];
}

/* A counting sort: lists begin one place further on than they are told while they grow. */
static void collect_sides(struct joining *joining) {
  const struct osmflow_mesh *mesh = joining->mesh;
  for (size_t facet = 0; facet < mesh->facet_count; facet++)
    for (uint32_t at = mesh->first[facet]; at < mesh->first[facet + 1]; at++) {
      const uint32_t a = mesh->corners[at], b = corner_after(mesh, facet, at);
      joining->begins[(size_t)(a < b ? a : b) + 2]++;
    }
  for (size_t i = 2; i < mesh->vertex_count + 2; i++)
    joining->begins[i] += joining->begins[i - 1];
  for (size_t facet = 0; facet < mesh->facet_count; facet++)
    for (uint32_t at = mesh->first[facet]; at < mesh->first[facet + 1]; at++) {
      const uint32_t a = mesh->corners[at], b = corner_after(mesh, facet, at);
      joining->sides[joining->begins[(size_t)(a < b ? a : b) + 1]++] = (struct side){(uint32_t)facet, a < b ? b : a};
    }
}

static int by_edge(const void *left, const void *right) {
  const struct side *a = left, *b = right;
  if (a->other != b->other)
    return a->other > b->other ? 1 : -1;
  return (a->facet > b->facet) - (a->facet < b->facet);
}

/* Lists are short, but for the tip of a fan. */
static void sort_sides(struct side *sides, size_t count) {
  enum { SHORT = 24 };
  if (count > SHORT) {
    qsort(sides, count, sizeof *sides, by_edge);
    return;
  }
  for (size_t i = 1; i < count; i++) {
    const struct side moved = sides[i];
    size_t at = i;
    for (; at > 0 && by_edge(&sides[at - 1], &moved) > 0; at--)
      sides[at] = sides[at - 1];
    sides[at] = moved;
  }
}

static void cross(const double a[3], const double b[3], double product[3]) {
  product[0] = a[1] * b[2] - a[2] * b[1];
  product[1] = a[2] * b[0] - a[0] * b[2];
  product[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void difference(const double a[3], const double b[3], double result[3]) {
  for (size_t axis = 0; axis < 3; axis++)
    result[axis] = a[axis] - b[axis];
}

static void find_normal(const struct osmflow_mesh *mesh, uint32_t facet, double normal[3]) {
  const double *origin = position(mesh, mesh->corners[mesh->first[facet]]);
  normal[0] = normal[1] = normal[2] = 0;
  for (uint32_t at = mesh->first[facet] + 1; at + 1 < mesh->first[facet + 1]; at++) {
    double a[3], b[3], part[3];
    difference(position(mesh, mesh->corners[at]), origin, a);
    difference(position(mesh, mesh->corners[at + 1]), origin, b);
    cross(a, b, part);
    for (size_t axis = 0; axis < 3; axis++)
      normal[axis] += part[axis];
  }
}

/* A facet as it stands around an edge. */
struct blade {
  double angle;
  uint32_t facet;
  bool is_forward; /* goes along the edge; then the solid is before it, else behind it */
};

static bool goes_along(const struct osmflow_mesh *mesh, uint32_t facet, uint32_t from, uint32_t to) {
  for (uint32_t at = mesh->first[facet]; at < mesh->first[facet + 1]; at++)
    if (mesh->corners[at] == from && corner_after(mesh, facet, at) == to)
      return true;
  return false;
}

static int by_angle(const void *left, const void *right) {
  const struct blade *a = left, *b = right;
  return (a->angle > b->angle) - (a->angle < b->angle);
}

static void find_blades(const struct osmflow_mesh *mesh, uint32_t from, const struct side *sides, size_t count,
                        struct blade *blades) {
  double edge[3], x[3], y[3];
  const double up[3] = {0, 0, 1}, east[3] = {1, 0, 0};
  difference(position(mesh, sides[0].other), position(mesh, from), edge);
  cross(fabs(edge[2]) > fabs(edge[0]) + fabs(edge[1]) ? east : up, edge, x);
  cross(edge, x, y);
  const double unit_x = 1 / sqrt(dot(x, x)), unit_y = 1 / sqrt(dot(y, y));
  for (size_t i = 0; i < count; i++) {
    double normal[3], inward[3];
    find_normal(mesh, sides[i].facet, normal);
    cross(normal, edge, inward);
    const bool is_forward = goes_along(mesh, sides[i].facet, from, sides[i].other);
    const double turn = is_forward ? 1 : -1;
    blades[i] = (struct blade){.angle = atan2(turn * dot(inward, y) * unit_y, turn * dot(inward, x) * unit_x),
                               .facet = sides[i].facet,
                               .is_forward = is_forward};
  }
  qsort(blades, count, sizeof *blades, by_angle);
}

/* Two walls back to back stand at the same angle: the one with the solid before it comes first. */
static void order_pairs(struct blade *blades, size_t count) {
  static const double same = 1e-6, round = 6.283185307179586;
  for (size_t i = 0; i < count; i++) {
    struct blade *one = &blades[i], *next = &blades[(i + 1) % count];
    const double gap = next->angle - one->angle + (i + 1 == count ? round : 0);
    if (gap < same && !one->is_forward && next->is_forward) {
      const struct blade kept = *one;
      *one = *next;
      *next = kept;
    }
  }
}

/* Around an edge of many facets: each one that has the solid behind it goes with the next. */
static void join_around(struct joining *joining, uint32_t from, const struct side *sides, size_t count) {
  enum { MOST_BLADES = 64 };
  struct blade blades[MOST_BLADES];
  bool is_paired[MOST_BLADES] = {false};
  if (count <= MOST_BLADES) {
    find_blades(joining->mesh, from, sides, count, blades);
    order_pairs(blades, count);
    for (size_t i = 0; i < count; i++) {
      const size_t next = (i + 1) % count;
      if (!blades[i].is_forward && blades[next].is_forward) {
        join(joining->parents, blades[i].facet, blades[next].facet);
        is_paired[i] = is_paired[next] = true;
      }
    }
  }
  for (size_t i = 0; i < count; i++)
    if (count > MOST_BLADES)
      joining->is_open[sides[i].facet] = true;
    else if (!is_paired[i])
      joining->is_open[blades[i].facet] = true;
}

static void join_edges(struct joining *joining) {
  for (size_t vertex = 0; vertex < joining->mesh->vertex_count; vertex++) {
    struct side *sides = joining->sides + joining->begins[vertex];
    const size_t count = joining->begins[vertex + 1] - joining->begins[vertex];
    sort_sides(sides, count);
    for (size_t i = 0, next; i < count; i = next) {
      for (next = i + 1; next < count && sides[next].other == sides[i].other;)
        next++;
      if (next - i == 1)
        joining->is_open[sides[i].facet] = true;
      else if (next - i == 2)
        join(joining->parents, sides[i].facet, sides[i + 1].facet);
      else
        join_around(joining, (uint32_t)vertex, sides + i, next - i);
    }
  }
}

/* Needs the edges no more: their lists become the first open facet of each vertex. */
static void join_open(struct joining *joining) {
  const struct osmflow_mesh *mesh = joining->mesh;
  uint32_t *const owners = joining->begins;
  for (size_t i = 0; i < mesh->vertex_count; i++)
    owners[i] = UINT32_MAX;
  for (size_t facet = 0; facet < mesh->facet_count; facet++)
    if (joining->is_open[facet])
      joining->is_open[osmflow_bodies_root(joining->parents, (uint32_t)facet)] = true;
  for (size_t facet = 0; facet < mesh->facet_count; facet++)
    joining->is_open[facet] = joining->is_open[osmflow_bodies_root(joining->parents, (uint32_t)facet)];
  for (size_t facet = 0; facet < mesh->facet_count; facet++)
    for (uint32_t at = mesh->first[facet]; joining->is_open[facet] && at < mesh->first[facet + 1]; at++) {
      uint32_t *owner = &owners[mesh->corners[at]];
      if (*owner == UINT32_MAX)
        *owner = (uint32_t)facet;
      else
        join(joining->parents, *owner, (uint32_t)facet);
    }
}

enum osmflow_status osmflow_bodies_join(const struct osmflow_mesh *mesh, uint32_t *parents,
                                        struct osmflow_error *error) {
  struct joining joining = {.mesh = mesh, .parents = parents};
  joining.begins = calloc(mesh->vertex_count + 2, sizeof *joining.begins);
  joining.sides = malloc((mesh->corner_count + 1) * sizeof *joining.sides);
  joining.is_open = calloc(mesh->facet_count + 1, sizeof *joining.is_open);
  for (size_t i = 0; i < mesh->facet_count; i++)
    parents[i] = (uint32_t)i;
  const bool has_memory = joining.begins && joining.sides && joining.is_open;
  if (has_memory) {
    collect_sides(&joining);
    join_edges(&joining);
    join_open(&joining);
  }
  free(joining.begins);
  free(joining.sides);
  free(joining.is_open);
  return has_memory ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the bodies of a model");
}
