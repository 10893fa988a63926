/* A surface falls into bodies: what hangs together. One of them may be the ground. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cityloader/bodies_parts.h"
#include "cityloader/model.h"

/* How much of the model's extent the ground covers at least; a closed one nearly all of it. */
static const double least_cover = 0.5, closed_cover = 0.95;
/* An open surface is seen once from above; a closed one twice, its bottom through its top. */
static const double most_seen = 1.5;
/* A facet is a wall when less than this share of its area is seen from above. */
static const double wall_share = 0.2;

void osmflow_bodies_init(struct osmflow_bodies *bodies) {
  *bodies = (struct osmflow_bodies){.items = NULL};
}

void osmflow_bodies_clear(struct osmflow_bodies *bodies) {
  free(bodies->items);
  free(bodies->facets);
  osmflow_bodies_init(bodies);
}

/* Bodies in the order of their first facets; their facets one body after the other. */
static enum osmflow_status divide(const struct osmflow_mesh *mesh, struct osmflow_bodies *bodies, uint32_t *parents,
                                  struct osmflow_error *error) {
  uint32_t *body_of = malloc((mesh->facet_count + 1) * sizeof *body_of);
  size_t capacity = 0;
  enum osmflow_status status =
      body_of ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the bodies of a model");
  for (size_t facet = 0; status == OSMFLOW_OK && facet < mesh->facet_count; facet++) {
    const uint32_t root = osmflow_bodies_root(parents, (uint32_t)facet);
    if (root == facet) {
      status = osmflow_array_reserve((void **)&bodies->items, &capacity, bodies->count + 1, sizeof *bodies->items,
                                     mesh->facet_count, error);
      if (status != OSMFLOW_OK)
        break;
      body_of[facet] = (uint32_t)bodies->count;
      bodies->items[bodies->count++] = (struct osmflow_body){.group = mesh->group_of[facet]};
    } else {
      body_of[facet] = body_of[root];
    }
    bodies->items[body_of[facet]].count++;
  }
  for (size_t i = 1; status == OSMFLOW_OK && i < bodies->count; i++)
    bodies->items[i].first = bodies->items[i - 1].first + bodies->items[i - 1].count;
  for (size_t i = 0; status == OSMFLOW_OK && i < bodies->count; i++)
    bodies->items[i].count = 0;
  for (size_t facet = 0; status == OSMFLOW_OK && facet < mesh->facet_count; facet++) {
    struct osmflow_body *body = &bodies->items[body_of[facet]];
    bodies->facets[body->first + body->count++] = (uint32_t)facet;
  }
  free(body_of);
  return status;
}

static const double *corner(const struct osmflow_mesh *mesh, uint32_t at) {
  return mesh->positions + 3 * (size_t)mesh->corners[at];
}

/* Area of a facet, and of what is seen of it from above. */
static void facet_areas(const struct osmflow_mesh *mesh, uint32_t facet, double *area, double *seen) {
  double normal[3] = {0, 0, 0};
  const double *origin = corner(mesh, mesh->first[facet]);
  for (uint32_t at = mesh->first[facet] + 1; at + 1 < mesh->first[facet + 1]; at++) {
    const double *left = corner(mesh, at), *right = corner(mesh, at + 1);
    const double a[3] = {left[0] - origin[0], left[1] - origin[1], left[2] - origin[2]};
    const double b[3] = {right[0] - origin[0], right[1] - origin[1], right[2] - origin[2]};
    normal[0] += a[1] * b[2] - a[2] * b[1];
    normal[1] += a[2] * b[0] - a[0] * b[2];
    normal[2] += a[0] * b[1] - a[1] * b[0];
  }
  *area = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]) / 2;
  *seen = fabs(normal[2]) / 2;
}

/* What the choice of the ground looks at. */
struct shape {
  double box[4]; /* smallest x, y, largest x, y */
  double area, wall_area, seen_area;
};

static void measure(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies, struct osmflow_body *body,
                    struct shape *shape) {
  *shape = (struct shape){.box = {INFINITY, INFINITY, -INFINITY, -INFINITY}};
  body->low = INFINITY;
  body->high = -INFINITY;
  for (size_t i = 0; i < body->count; i++) {
    const uint32_t facet = bodies->facets[body->first + i];
    double area = 0, seen = 0;
    facet_areas(mesh, facet, &area, &seen);
    shape->area += area;
    shape->seen_area += seen;
    shape->wall_area += seen < wall_share * area ? area : 0;
    for (uint32_t at = mesh->first[facet]; at < mesh->first[facet + 1]; at++) {
      const double *place = corner(mesh, at);
      shape->box[0] = fmin(shape->box[0], place[0]);
      shape->box[1] = fmin(shape->box[1], place[1]);
      shape->box[2] = fmax(shape->box[2], place[0]);
      shape->box[3] = fmax(shape->box[3], place[1]);
      body->low = fmin(body->low, place[2]);
      body->high = fmax(body->high, place[2]);
    }
  }
}

static bool names_ground(const char *name) {
  static const char *const words[] = {"terrain", "ground", "relief", "dtm"};
  bool found = false;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    for (const char *at = name; !found && *at; at++)
      found = strncasecmp(at, words[i], strlen(words[i])) == 0;
  return found;
}

static bool is_named_ground(const struct osmflow_mesh *mesh, const struct osmflow_body *body) {
  const struct osmflow_mesh_group *group = &mesh->groups[body->group];
  return names_ground(group->name) || names_ground(group->material);
}

/* By form: few walls and much of the extent; or nearly all of it, with other bodies upon it. */
static size_t find_ground(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                          const struct shape *shapes) {
  const double whole = (mesh->box[3] - mesh->box[0]) * (mesh->box[4] - mesh->box[1]);
  size_t ground = bodies->count;
  double largest = 0;
  for (size_t i = 0; i < bodies->count; i++) {
    const struct shape *shape = &shapes[i];
    const double own = (shape->box[2] - shape->box[0]) * (shape->box[3] - shape->box[1]);
    const double cover = whole > 0 ? own / whole : 0;
    const bool is_flat =
        shape->wall_area < shape->area / 4 && cover >= least_cover && shape->seen_area < most_seen * own;
    const bool carries_all = bodies->count > 1 && cover >= closed_cover;
    if ((is_flat || carries_all) && cover > largest) {
      largest = cover;
      ground = i;
    }
  }
  return ground;
}

static enum osmflow_status tell_ground(const struct osmflow_mesh *mesh, enum osmflow_model_part part,
                                       struct osmflow_bodies *bodies, struct osmflow_error *error) {
  struct shape *shapes = malloc((bodies->count + 1) * sizeof *shapes);
  bool is_named = false;
  if (!shapes)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the bodies of a model");
  for (size_t i = 0; i < bodies->count; i++) {
    struct osmflow_body *body = &bodies->items[i];
    measure(mesh, bodies, body, &shapes[i]);
    body->is_terrain = part == OSMFLOW_MODEL_TERRAIN || (part == OSMFLOW_MODEL_ALL && is_named_ground(mesh, body));
    is_named = is_named || body->is_terrain;
  }
  if (part == OSMFLOW_MODEL_ALL && !is_named) {
    const size_t ground = find_ground(mesh, bodies, shapes);
    if (ground < bodies->count)
      bodies->items[ground].is_terrain = true;
  }
  free(shapes);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_bodies_find(const struct osmflow_mesh *mesh, enum osmflow_model_part part,
                                        struct osmflow_bodies *bodies, struct osmflow_error *error) {
  uint32_t *parents = malloc((mesh->facet_count + 1) * sizeof *parents);
  osmflow_bodies_init(bodies);
  bodies->facets = malloc((mesh->facet_count + 1) * sizeof *bodies->facets);
  enum osmflow_status status = parents && bodies->facets
                                   ? OSMFLOW_OK
                                   : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the bodies of a model");
  if (status == OSMFLOW_OK)
    status = osmflow_bodies_join(mesh, parents, error);
  if (status == OSMFLOW_OK)
    status = divide(mesh, bodies, parents, error);
  if (status == OSMFLOW_OK)
    status = tell_ground(mesh, part, bodies, error);
  free(parents);
  if (status != OSMFLOW_OK)
    osmflow_bodies_clear(bodies);
  return status;
}
