/* A surface of facets in three dimensions: what STL and OBJ files are read into.
 *
 * Vertices are shared by position: two corners at exactly the same place are one vertex, so that bodies hang together.
 * Units and axes are the file's. Owner: the struct is the caller's (_init/_clear). One thread at a time while it is
 * filled; immutable afterwards. Ceilings: 500 million vertices, 500 million facets (OSMFLOW_TOO_LARGE). Memory: linear,
 * less than 200 bytes a triangle of a closed surface, the index of positions included. */
#ifndef OSMFLOW_FORMAT_MESH_H
#define OSMFLOW_FORMAT_MESH_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct osmflow_mesh_group {
  char *name;     /* "solid" name, "o" or "g" of OBJ; "" when there is none */
  char *material; /* "usemtl"; "" */
};

struct osmflow_mesh {
  double *positions; /* x, y, z of each vertex */
  size_t vertex_count;
  uint32_t *corners; /* vertices of all facets, one facet after the other */
  size_t corner_count;
  uint32_t *first;    /* of each facet: its first corner; first[facet_count] is corner_count */
  uint32_t *group_of; /* of each facet */
  size_t facet_count;
  struct osmflow_mesh_group *groups;
  size_t group_count;
  /* What was left out, and why, for the layer's metadata. */
  size_t degenerate;                /* facets of fewer than three different vertices, or without area */
  double box[6];                    /* smallest x, y, z, largest x, y, z; zeros without vertices */
  struct osmflow_mesh_index *index; /* positions to vertices; freed by osmflow_mesh_close */
  size_t vertex_capacity, corner_capacity, facet_capacity, group_capacity;
};

void osmflow_mesh_init(struct osmflow_mesh *mesh);
void osmflow_mesh_clear(struct osmflow_mesh *mesh);

/* Says that a vertex will be wanted soon, so that the memory it is looked for in is on its way by then. */
void osmflow_mesh_expect(const struct osmflow_mesh *mesh, double x, double y, double z);
/* The vertex at that position. OSMFLOW_BAD_DATA unless all three are finite. */
enum osmflow_status osmflow_mesh_vertex(struct osmflow_mesh *mesh, double x, double y, double z, uint32_t *vertex,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The group of that name and material, made when it is new. */
enum osmflow_status osmflow_mesh_group(struct osmflow_mesh *mesh, struct osmflow_text name,
                                       struct osmflow_text material, uint32_t *group,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A facet of three or more vertices, in order. Repeated neighbours are one; a facet that has fewer than three then, or
 * no area, is counted as degenerate and left out. */
enum osmflow_status osmflow_mesh_facet(struct osmflow_mesh *mesh, const uint32_t *vertices, size_t count,
                                       uint32_t group, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Nothing will be added any more: frees what only adding needs, works out the box. */
enum osmflow_status osmflow_mesh_close(struct osmflow_mesh *mesh, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
