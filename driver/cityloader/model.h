/* City models: files become surfaces on the earth, and surfaces become buildings.
 *
 * Owner: see each. Uses PROJ for placing and GDAL for DXF. Immutable once read: any number of readers. */
#ifndef OSMFLOW_CITYLOADER_MODEL_H
#define OSMFLOW_CITYLOADER_MODEL_H

#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "cityloader/archive.h"
#include "format/mesh.h"

/* Where the model's numbers lie on the earth. Rule of the automatic choice (facts 6): vertices within the bbox as its
 * UTM zone (or a neighbour's) has it: UTM; extent about that of the bbox in metres and spanning both sides of 0: a
 * local transverse Mercator at the bbox's centre; smallest near 0: the same with its south-west corner as origin; else
 * it is not placed, which is told. */
enum osmflow_origin {
  OSMFLOW_ORIGIN_AUTO,
  OSMFLOW_ORIGIN_CENTER,
  OSMFLOW_ORIGIN_SW,
  OSMFLOW_ORIGIN_NONE,
  OSMFLOW_ORIGIN_XY
};
enum osmflow_up { OSMFLOW_UP_AUTO, OSMFLOW_UP_Z, OSMFLOW_UP_Y };
struct osmflow_place_options {
  enum osmflow_origin origin; /* ORIGIN= */
  double x, y;                /* of XY: added to the model's numbers, in MODEL_CRS */
  const char *crs;            /* MODEL_CRS=, NULL or "auto": by the rule */
  double unit;                /* metres of one unit of the model; 0: found by the size, metres, cm or mm */
  enum osmflow_up up;         /* UP=: the axis that points upwards; AUTO: z unless only y fits the area */
  bool has_bbox;
  double bbox[4]; /* of the request, degrees; without it only MODEL_CRS can place the model */
};
struct osmflow_place {
  OGRSpatialReferenceH crs; /* what the vertices are in after placing; NULL: not placed; owned */
  double shift[3], scale;   /* vertex * scale + shift */
  char assumption[400];     /* a sentence for the metadata: what was chosen and why */
};
/* Whether y is the axis that points upwards, as in many OBJ files; then the mesh is turned before anything else. */
bool osmflow_place_is_y_up(const struct osmflow_place_options *options, const double box[6]);
void osmflow_mesh_turn_y_up(struct osmflow_mesh *mesh);

void osmflow_place_init(struct osmflow_place *place);
void osmflow_place_clear(struct osmflow_place *place);
/* `box` as in the mesh. OSMFLOW_BAD_ARGUMENT for options that cannot be. */
enum osmflow_status osmflow_place_choose(const struct osmflow_place_options *options, const double box[6],
                                         struct osmflow_place *place, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One member of an archive as a mesh. */
enum osmflow_status osmflow_model_read(const struct osmflow_archive_member *member, struct osmflow_mesh *mesh,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Which facets are terrain and which are bodies: by the group's names, else by form (the largest connected surface that
 * is seen once from above, has few walls and covers most of the extent; or one that others stand upon everywhere). */
struct osmflow_body {
  size_t first, count; /* in `facets` */
  bool is_terrain;
  uint32_t group;   /* of its first facet */
  double low, high; /* z */
};
struct osmflow_bodies {
  struct osmflow_body *items;
  size_t count;
  uint32_t *facets; /* of the mesh, body by body */
};
void osmflow_bodies_init(struct osmflow_bodies *bodies);
void osmflow_bodies_clear(struct osmflow_bodies *bodies);
/* Connected by shared edges; see bodies_join.c for houses that touch, and for surfaces that are not closed. `part` ALL:
 * terrain is looked for; otherwise it is said. */
enum osmflow_status osmflow_bodies_find(const struct osmflow_mesh *mesh, enum osmflow_model_part part,
                                        struct osmflow_bodies *bodies, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

enum osmflow_body_form { OSMFLOW_BODY_TIN, OSMFLOW_BODY_POLYHEDRAL, OSMFLOW_BODY_FOOTPRINT };
/* A body as geometry (TIN Z, PolyhedralSurface Z, or MultiPolygon of its outline seen from above, in 2D); the caller
 * destroys it. Facets of more than three corners are cut into triangles for a TIN. *area: of the footprint, in the
 * CRS's square units; may be NULL. */
enum osmflow_status osmflow_body_geometry(const struct osmflow_mesh *mesh, const struct osmflow_bodies *bodies,
                                          size_t body, const struct osmflow_place *place, enum osmflow_body_form form,
                                          OGRGeometryH *geometry, double *area,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
