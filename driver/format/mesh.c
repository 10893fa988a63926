#include "format/mesh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 500 * 1000 * 1000, MOST_GROUPS = 10 * 1000 * 1000, FIRST_PLACES = 1024 };

/* Open addressing; a place holds a vertex + 1, 0 is free. At most two thirds are taken. */
struct osmflow_mesh_index {
  uint32_t *places;
  size_t place_count; /* a power of two */
};

void osmflow_mesh_init(struct osmflow_mesh *mesh) {
  *mesh = (struct osmflow_mesh){.positions = NULL};
}

static void free_index(struct osmflow_mesh *mesh) {
  if (mesh->index) {
    free(mesh->index->places);
    free(mesh->index);
    mesh->index = NULL;
  }
}

void osmflow_mesh_clear(struct osmflow_mesh *mesh) {
  for (size_t i = 0; i < mesh->group_count; i++) {
    free(mesh->groups[i].name);
    free(mesh->groups[i].material);
  }
  free_index(mesh);
  free(mesh->groups);
  free(mesh->positions);
  free(mesh->corners);
  free(mesh->first);
  free(mesh->group_of);
  osmflow_mesh_init(mesh);
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static uint64_t hash(const double position[3]) {
  uint64_t mixed = 0;
  for (size_t i = 0; i < 3; i++) {
    mixed = (mixed ^ bits_of(position[i])) * 0x9E3779B97F4A7C15ULL;
    mixed ^= mixed >> 29;
  }
  return mixed ^ (mixed >> 32);
}

static bool is_at(const struct osmflow_mesh *mesh, uint32_t vertex, const double position[3]) {
  const double *there = mesh->positions + 3 * (size_t)vertex;
  return there[0] == position[0] && there[1] == position[1] && there[2] == position[2];
}

/* The place of that position, or the free one where it belongs. */
static size_t find_place(const struct osmflow_mesh *mesh, const double position[3]) {
  const struct osmflow_mesh_index *index = mesh->index;
  size_t place = (size_t)hash(position) & (index->place_count - 1);
  while (index->places[place] && !is_at(mesh, index->places[place] - 1, position))
    place = (place + 1) & (index->place_count - 1);
  return place;
}

void osmflow_mesh_expect(const struct osmflow_mesh *mesh, double x, double y, double z) {
  const double position[3] = {x + 0.0, y + 0.0, z + 0.0};
  const struct osmflow_mesh_index *index = mesh->index;
#if defined(__GNUC__)
  if (index && index->places)
    __builtin_prefetch(&index->places[(size_t)hash(position) & (index->place_count - 1)]);
#else
  (void)position;
  (void)index;
#endif
}

/* Facets that follow each other share vertices: looking at the latest corners first saves most of the way through the
 * index. */
static bool find_recent(const struct osmflow_mesh *mesh, const double position[3], uint32_t *vertex) {
  enum { LOOKED_AT = 6 };
  const size_t oldest = mesh->corner_count > LOOKED_AT ? mesh->corner_count - LOOKED_AT : 0;
  for (size_t i = mesh->corner_count; i > oldest; i--)
    if (is_at(mesh, mesh->corners[i - 1], position)) {
      *vertex = mesh->corners[i - 1];
      return true;
    }
  return false;
}

/* Room for one more vertex. */
static enum osmflow_status widen_index(struct osmflow_mesh *mesh, struct osmflow_error *error) {
  if (!mesh->index)
    mesh->index = calloc(1, sizeof *mesh->index);
  if (mesh->index && mesh->index->places && (mesh->vertex_count + 1) * 3 <= mesh->index->place_count * 2)
    return OSMFLOW_OK;
  const size_t wanted = mesh->index && mesh->index->place_count ? mesh->index->place_count * 2 : FIRST_PLACES;
  uint32_t *places = mesh->index ? calloc(wanted, sizeof *places) : NULL;
  if (!places)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the %zu vertices of a model", mesh->vertex_count);
  free(mesh->index->places);
  *mesh->index = (struct osmflow_mesh_index){places, wanted};
  for (size_t i = 0; i < mesh->vertex_count; i++)
    places[find_place(mesh, mesh->positions + 3 * i)] = (uint32_t)(i + 1);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_mesh_vertex(struct osmflow_mesh *mesh, double x, double y, double z, uint32_t *vertex,
                                        struct osmflow_error *error) {
  /* Adding 0 makes -0 the same place as 0. */
  const double position[3] = {x + 0.0, y + 0.0, z + 0.0};
  if (!isfinite(x) || !isfinite(y) || !isfinite(z))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a vertex is not at a finite place (%g %g %g)", x, y, z);
  if (find_recent(mesh, position, vertex))
    return OSMFLOW_OK;
  enum osmflow_status status = widen_index(mesh, error);
  if (status != OSMFLOW_OK)
    return status;
  const size_t place = find_place(mesh, position);
  if (!mesh->index->places[place]) {
    status = osmflow_array_reserve((void **)&mesh->positions, &mesh->vertex_capacity, mesh->vertex_count + 1,
                                   3 * sizeof *mesh->positions, MOST, error);
    if (status != OSMFLOW_OK)
      return status;
    memcpy(mesh->positions + 3 * mesh->vertex_count, position, sizeof position);
    mesh->index->places[place] = (uint32_t)++mesh->vertex_count;
  }
  *vertex = mesh->index->places[place] - 1;
  return OSMFLOW_OK;
}

/* The latest first: a file names a group, then its facets. */
enum osmflow_status osmflow_mesh_group(struct osmflow_mesh *mesh, struct osmflow_text name,
                                       struct osmflow_text material, uint32_t *group, struct osmflow_error *error) {
  enum { LOOKED_AT = 64 };
  const size_t oldest = mesh->group_count > LOOKED_AT ? mesh->group_count - LOOKED_AT : 0;
  for (size_t i = mesh->group_count; i > oldest; i--)
    if (osmflow_text_is(name, mesh->groups[i - 1].name) && osmflow_text_is(material, mesh->groups[i - 1].material)) {
      *group = (uint32_t)(i - 1);
      return OSMFLOW_OK;
    }
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&mesh->groups, &mesh->group_capacity, mesh->group_count + 1, sizeof *mesh->groups, MOST_GROUPS, error);
  if (status != OSMFLOW_OK)
    return status;
  struct osmflow_mesh_group *made = &mesh->groups[mesh->group_count];
  *made = (struct osmflow_mesh_group){strndup(name.size ? name.data : "", name.size),
                                      strndup(material.size ? material.data : "", material.size)};
  *group = (uint32_t)mesh->group_count++;
  return made->name && made->material ? OSMFLOW_OK
                                      : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a group's name");
}

/* Newell's formula: right for facets of any number of corners, also those that are not quite flat. */
static bool has_area(const struct osmflow_mesh *mesh, const uint32_t *corners, size_t count) {
  double normal[3] = {0, 0, 0};
  const double *origin = mesh->positions + 3 * (size_t)corners[0];
  for (size_t i = 1; i + 1 < count; i++) {
    const double *left = mesh->positions + 3 * (size_t)corners[i],
                 *right = mesh->positions + 3 * (size_t)corners[i + 1];
    const double a[3] = {left[0] - origin[0], left[1] - origin[1], left[2] - origin[2]};
    const double b[3] = {right[0] - origin[0], right[1] - origin[1], right[2] - origin[2]};
    normal[0] += a[1] * b[2] - a[2] * b[1];
    normal[1] += a[2] * b[0] - a[0] * b[2];
    normal[2] += a[0] * b[1] - a[1] * b[0];
  }
  return normal[0] != 0 || normal[1] != 0 || normal[2] != 0;
}

enum osmflow_status osmflow_mesh_facet(struct osmflow_mesh *mesh, const uint32_t *vertices, size_t count,
                                       uint32_t group, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_array_reserve((void **)&mesh->corners, &mesh->corner_capacity,
                                                     mesh->corner_count + count, sizeof *mesh->corners, MOST, error);
  size_t capacity = mesh->facet_capacity;
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&mesh->first, &capacity, mesh->facet_count + 2, sizeof *mesh->first, MOST,
                                   error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&mesh->group_of, &mesh->facet_capacity, mesh->facet_count + 2,
                                   sizeof *mesh->group_of, MOST, error);
  if (status != OSMFLOW_OK)
    return status;
  uint32_t *corners = mesh->corners + mesh->corner_count;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (kept == 0 || corners[kept - 1] != vertices[i])
      corners[kept++] = vertices[i];
  while (kept > 1 && corners[kept - 1] == corners[0])
    kept--;
  if (kept < 3 || !has_area(mesh, corners, kept)) {
    mesh->degenerate++;
    return OSMFLOW_OK;
  }
  mesh->first[mesh->facet_count] = (uint32_t)mesh->corner_count;
  mesh->group_of[mesh->facet_count++] = group;
  mesh->corner_count += kept;
  mesh->first[mesh->facet_count] = (uint32_t)mesh->corner_count;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_mesh_close(struct osmflow_mesh *mesh, struct osmflow_error *error) {
  free_index(mesh);
  for (size_t axis = 0; axis < 3 && mesh->vertex_count > 0; axis++)
    mesh->box[axis] = mesh->box[axis + 3] = mesh->positions[axis];
  for (size_t i = 3; i < 3 * mesh->vertex_count; i++) {
    const double value = mesh->positions[i];
    double *low = &mesh->box[i % 3], *high = &mesh->box[i % 3 + 3];
    *low = value < *low ? value : *low;
    *high = value > *high ? value : *high;
  }
  if (!mesh->first)
    mesh->first = calloc(1, sizeof *mesh->first);
  return mesh->first ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a model");
}
