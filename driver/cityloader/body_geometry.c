/* Bodies as geometries: surfaces through WKB, footprints as what is seen from above. */
#include <cpl_error.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cityloader/model.h"

enum {
  WKB_TIN_Z = 1016,
  WKB_TRIANGLE_Z = 1017,
  WKB_SURFACE_Z = 1015,
  WKB_POLYGON_Z = 1003,
  LITTLE_ENDIAN_MARK = 1,
  SURFACE_HEAD = 9,
  PART_HEAD = 13,
  POINT_SIZE = 24
};
/* Above that many facets a footprint without a rim is the hull of the body. */
static const size_t most_united = 50000;

static enum osmflow_status out_of_memory(struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the geometry of a body");
}

static void put_number(unsigned char *at, uint32_t number) {
  for (size_t i = 0; i < 4; i++)
    at[i] = (unsigned char)(number >> (8 * i));
}

static void put_real(unsigned char *at, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_number(at, (uint32_t)bits);
  put_number(at + 4, (uint32_t)(bits >> 32));
}

static void placed(const struct osmflow_mesh *mesh, const struct osmflow_place *place, uint32_t vertex, double at[3]) {
  for (size_t axis = 0; axis < 3; axis++)
    at[axis] = mesh->positions[3 * (size_t)vertex + axis] * place->scale + place->shift[axis];
}

/* Corners of one facet; `cut` of them are wanted (the rest was cut off as triangles). */
struct facet {
  uint32_t *corners;
  size_t count, capacity;
};

static enum osmflow_status take_facet(const struct osmflow_mesh *mesh, uint32_t number, struct facet *facet,
                                      struct osmflow_error *error) {
  const size_t count = mesh->first[number + 1] - mesh->first[number];
  const enum osmflow_status status = osmflow_array_reserve((void **)&facet->corners, &facet->capacity, count,
                                                           sizeof *facet->corners, SIZE_MAX / 8, error);
  if (status == OSMFLOW_OK)
    memcpy(facet->corners, mesh->corners + mesh->first[number], count * sizeof *facet->corners);
  facet->count = count;
  return status;
}

/* The two axes in which a facet is seen best, so that it can be cut in the plane; its turn there. */
struct plane {
  size_t x, y;
  double turn; /* twice its signed area */
};

static const double *position(const struct osmflow_mesh *mesh, uint32_t vertex) {
  return mesh->positions + 3 * (size_t)vertex;
}

static struct plane plane_of(const struct osmflow_mesh *mesh, const struct facet *facet) {
  static const size_t axes[3][2] = {{1, 2}, {2, 0}, {0, 1}};
  struct plane best = {0, 1, 0};
  const double *origin = position(mesh, facet->corners[0]);
  for (size_t i = 0; i < 3; i++) {
    const size_t x = axes[i][0], y = axes[i][1];
    double turn = 0;
    for (size_t at = 1; at + 1 < facet->count; at++) {
      const double *left = position(mesh, facet->corners[at]), *right = position(mesh, facet->corners[at + 1]);
      turn += (left[x] - origin[x]) * (right[y] - origin[y]) - (left[y] - origin[y]) * (right[x] - origin[x]);
    }
    if (fabs(turn) > fabs(best.turn))
      best = (struct plane){x, y, turn};
  }
  return best;
}

static double turn_at(const struct plane *plane, const double *a, const double *b, const double *c) {
  const double turn = (b[plane->x] - a[plane->x]) * (c[plane->y] - a[plane->y]) -
                      (b[plane->y] - a[plane->y]) * (c[plane->x] - a[plane->x]);
  return plane->turn < 0 ? -turn : turn;
}

/* A corner that can be cut off: it turns the right way and no other corner is within its triangle. */
static bool is_ear(const struct osmflow_mesh *mesh, const struct plane *plane, const struct facet *facet, size_t at) {
  const size_t before = (at + facet->count - 1) % facet->count, behind = (at + 1) % facet->count;
  const double *a = position(mesh, facet->corners[before]), *b = position(mesh, facet->corners[at]),
               *c = position(mesh, facet->corners[behind]);
  bool is = turn_at(plane, a, b, c) > 0;
  for (size_t i = 0; is && i < facet->count; i++) {
    const double *p = position(mesh, facet->corners[i]);
    if (i != before && i != at && i != behind)
      is = turn_at(plane, a, b, p) < 0 || turn_at(plane, b, c, p) < 0 || turn_at(plane, c, a, p) < 0;
  }
  return is;
}

/* Which corner is cut off next; where none is an ear (a facet that crosses itself), the first. */
static size_t find_ear(const struct osmflow_mesh *mesh, const struct facet *facet) {
  const struct plane plane = plane_of(mesh, facet);
  size_t at = 0;
  while (at < facet->count && !is_ear(mesh, &plane, facet, at))
    at++;
  return at < facet->count ? at : 0;
}

/* A surface while it is written, into memory of just its size. */
struct surface {
  const struct osmflow_mesh *mesh;
  const struct osmflow_place *place;
  unsigned char *wkb, *at; /* all of it; where the next part goes */
  uint32_t parts, part_type;
};

static void add_point(struct surface *surface, uint32_t corner) {
  double place[3];
  placed(surface->mesh, surface->place, corner, place);
  for (size_t axis = 0; axis < 3; axis++)
    put_real(surface->at + 8 * axis, place[axis]);
  surface->at += POINT_SIZE;
}

static void add_part(struct surface *surface, const uint32_t *corners, size_t count) {
  surface->at[0] = LITTLE_ENDIAN_MARK;
  put_number(surface->at + 1, surface->part_type);
  put_number(surface->at + 5, 1);
  put_number(surface->at + 9, (uint32_t)count + 1);
  surface->at += PART_HEAD;
  for (size_t i = 0; i < count; i++)
    add_point(surface, corners[i]);
  add_point(surface, corners[0]);
  surface->parts++;
}

static void add_triangles(struct surface *surface, struct facet *facet) {
  while (facet->count > 3) {
    const size_t ear = find_ear(surface->mesh, facet);
    const uint32_t triangle[3] = {facet->corners[(ear + facet->count - 1) % facet->count], facet->corners[ear],
                                  facet->corners[(ear + 1) % facet->count]};
    add_part(surface, triangle, 3);
    memmove(facet->corners + ear, facet->corners + ear + 1, (facet->count - ear - 1) * sizeof *facet->corners);
    facet->count--;
  }
  add_part(surface, facet->corners, 3);
}

/* `facet` is where facets are taken apart. */
static enum osmflow_status add_facet(struct surface *surface, uint32_t number, bool is_tin, struct facet *facet,
                                     struct osmflow_error *error) {
  const struct osmflow_mesh *mesh = surface->mesh;
  const size_t count = mesh->first[number + 1] - mesh->first[number];
  if (!is_tin || count == 3) {
    add_part(surface, mesh->corners + mesh->first[number], count);
    return OSMFLOW_OK;
  }
  const enum osmflow_status status = take_facet(mesh, number, facet, error);
  if (status == OSMFLOW_OK)
    add_triangles(surface, facet);
  return status;
}

/* The size of the surface: each part has a head and a corner more than the facet. */
static size_t surface_size(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                           const struct osmflow_body *body, bool is_tin) {
  enum { TRIANGLE = PART_HEAD + 4 * POINT_SIZE };
  size_t size = SURFACE_HEAD;
  for (size_t i = 0; i < body->count; i++) {
    const uint32_t facet = bodies->facets[body->first + i];
    const size_t corners = mesh->first[facet + 1] - mesh->first[facet];
    size += is_tin ? (corners - 2) * TRIANGLE : PART_HEAD + (corners + 1) * POINT_SIZE;
  }
  return size;
}

static enum osmflow_status make_surface(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                        const struct osmflow_body *body, const struct osmflow_place *place, bool is_tin,
                                        OGRGeometryH *geometry, struct osmflow_error *error) {
  struct surface surface = {.mesh = mesh, .place = place, .part_type = is_tin ? WKB_TRIANGLE_Z : WKB_POLYGON_Z};
  struct facet facet = {NULL, 0, 0};
  const size_t size = surface_size(mesh, bodies, body, is_tin);
  surface.wkb = malloc(size);
  if (!surface.wkb)
    return out_of_memory(error);
  surface.at = surface.wkb + SURFACE_HEAD;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < body->count; i++)
    status = add_facet(&surface, bodies->facets[body->first + i], is_tin, &facet, error);
  surface.wkb[0] = LITTLE_ENDIAN_MARK;
  put_number(surface.wkb + 1, is_tin ? WKB_TIN_Z : WKB_SURFACE_Z);
  put_number(surface.wkb + 5, surface.parts);
  if (status == OSMFLOW_OK && OGR_G_CreateFromWkbEx(surface.wkb, NULL, geometry, size) != OGRERR_NONE)
    status = out_of_memory(error);
  free(facet.corners);
  free(surface.wkb);
  return status;
}

static int by_value(const void *left, const void *right) {
  const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static OGRGeometryH make_edge(const struct osmflow_mesh *mesh, const struct osmflow_place *place, uint64_t edge) {
  OGRGeometryH line = OGR_G_CreateGeometry(wkbLineString);
  double at[3];
  placed(mesh, place, (uint32_t)(edge >> 32), at);
  OGR_G_AddPoint_2D(line, at[0], at[1]);
  placed(mesh, place, (uint32_t)edge, at);
  OGR_G_AddPoint_2D(line, at[0], at[1]);
  return line;
}

/* The rim of an open surface: edges that only one facet has. */
static enum osmflow_status collect_rim(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                       const struct osmflow_body *body, const struct osmflow_place *place,
                                       OGRGeometryH lines, struct osmflow_error *error) {
  size_t count = 0, most = 0;
  for (size_t i = 0; i < body->count; i++) {
    const uint32_t facet = bodies->facets[body->first + i];
    most += mesh->first[facet + 1] - mesh->first[facet];
  }
  uint64_t *edges = malloc((most + 1) * sizeof *edges);
  if (!edges)
    return out_of_memory(error);
  for (size_t i = 0; i < body->count; i++) {
    const uint32_t facet = bodies->facets[body->first + i], first = mesh->first[facet], last = mesh->first[facet + 1];
    for (uint32_t at = first; at < last; at++) {
      const uint32_t a = mesh->corners[at], b = mesh->corners[at + 1 < last ? at + 1 : first];
      edges[count++] = (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a);
    }
  }
  qsort(edges, count, sizeof *edges, by_value);
  for (size_t i = 0, next; i < count; i = next) {
    for (next = i + 1; next < count && edges[next] == edges[i];)
      next++;
    if (next - i == 1)
      OGR_G_AddGeometryDirectly(lines, make_edge(mesh, place, edges[i]));
  }
  free(edges);
  return OSMFLOW_OK;
}

/* What is seen from above, facet by facet; walls have no area there. */
static OGRGeometryH make_shadow(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                const struct osmflow_body *body, const struct osmflow_place *place) {
  OGRGeometryH shadow = OGR_G_CreateGeometry(wkbMultiPolygon);
  for (size_t i = 0; i < body->count; i++) {
    const uint32_t number = bodies->facets[body->first + i];
    OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing), polygon = OGR_G_CreateGeometry(wkbPolygon);
    for (uint32_t at = mesh->first[number]; at < mesh->first[number + 1]; at++) {
      double here[3];
      placed(mesh, place, mesh->corners[at], here);
      OGR_G_AddPoint_2D(ring, here[0], here[1]);
    }
    OGR_G_CloseRings(ring);
    const double area = OGR_G_Area(ring);
    OGR_G_AddGeometryDirectly(polygon, ring);
    if (area > 0)
      OGR_G_AddGeometryDirectly(shadow, polygon);
    else
      OGR_G_DestroyGeometry(polygon);
  }
  return shadow;
}

/* One geometry out of many; the many are destroyed. NULL when there is none. Facets that are not flat may cross
 * themselves as seen from above: they are mended then, or what lies around all is taken. */
static OGRGeometryH unite(OGRGeometryH parts) {
  OGRGeometryH whole = OGR_G_UnionCascaded(parts);
  if (!whole) {
    OGRGeometryH valid = OGR_G_MakeValid(parts);
    whole = valid ? OGR_G_Buffer(valid, 0, 1) : NULL;
    OGR_G_DestroyGeometry(valid);
  }
  if (!whole)
    whole = OGR_G_ConvexHull(parts);
  OGR_G_DestroyGeometry(parts);
  if (whole && OGR_G_IsEmpty(whole)) {
    OGR_G_DestroyGeometry(whole);
    whole = NULL;
  }
  return whole;
}

static enum osmflow_status outline_by_rim(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                          const struct osmflow_body *body, const struct osmflow_place *place,
                                          OGRGeometryH *outline, struct osmflow_error *error) {
  OGRGeometryH lines = OGR_G_CreateGeometry(wkbMultiLineString);
  const enum osmflow_status status = collect_rim(mesh, bodies, body, place, lines, error);
  OGRGeometryH areas = status == OSMFLOW_OK && !OGR_G_IsEmpty(lines) ? OGR_G_Polygonize(lines) : NULL;
  OGRGeometryH many = areas ? OGR_G_ForceToMultiPolygon(areas) : NULL;
  *outline = many ? unite(many) : NULL;
  OGR_G_DestroyGeometry(lines);
  return status;
}

static enum osmflow_status make_footprint(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                          const struct osmflow_body *body, const struct osmflow_place *place,
                                          OGRGeometryH *geometry, struct osmflow_error *error) {
  OGRGeometryH outline = NULL;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  enum osmflow_status status =
      body->is_terrain ? outline_by_rim(mesh, bodies, body, place, &outline, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && !outline) {
    OGRGeometryH shadow = make_shadow(mesh, bodies, body, place);
    if (body->count > most_united) {
      outline = OGR_G_ConvexHull(shadow);
      OGR_G_DestroyGeometry(shadow);
    } else {
      outline = unite(shadow);
    }
  }
  CPLPopErrorHandler();
  CPLErrorReset();
  *geometry = outline ? OGR_G_ForceToMultiPolygon(outline) : NULL;
  return status;
}

enum osmflow_status osmflow_body_geometry(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                          size_t body, const struct osmflow_place *place, enum osmflow_body_form form,
                                          OGRGeometryH *geometry, double *area, struct osmflow_error *error) {
  const struct osmflow_body *wanted = &bodies->items[body];
  OGRGeometryH footprint = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  *geometry = NULL;
  if (area || form == OSMFLOW_BODY_FOOTPRINT)
    status = make_footprint(mesh, bodies, wanted, place, &footprint, error);
  if (area)
    *area = footprint ? OGR_G_Area(footprint) : 0;
  if (status == OSMFLOW_OK && form == OSMFLOW_BODY_FOOTPRINT)
    *geometry = footprint;
  else if (footprint)
    OGR_G_DestroyGeometry(footprint);
  if (status == OSMFLOW_OK && form != OSMFLOW_BODY_FOOTPRINT)
    status = make_surface(mesh, bodies, wanted, place, form == OSMFLOW_BODY_TIN, geometry, error);
  if (status == OSMFLOW_OK && *geometry && place->crs)
    OGR_G_AssignSpatialReference(*geometry, place->crs);
  return status;
}
