/* Wavefront OBJ files, fed piece by piece into a mesh.
 *
 * Understood: v (also with colours or w behind it), f with v, v/vt, v//vn, v/vt/vn and negative (relative) indices, o,
 * g, usemtl, mtllib, line continuation by a backslash, comments. Read over: vn, vt, vp, s, l, p and other words. Facets
 * of any number of corners stay as they are. An index of no vertex, a facet of fewer than three, numbers that are none
 * or not finite: OSMFLOW_BAD_DATA with the line. Lines of at most 1 MiB. Owner: the caller (_new/_free). */
#ifndef OSMFLOW_FORMAT_OBJ_H
#define OSMFLOW_FORMAT_OBJ_H

#include "format/mesh.h"

struct osmflow_obj_reader;
enum osmflow_status osmflow_obj_reader_new(struct osmflow_mesh *mesh, struct osmflow_obj_reader **reader,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_obj_reader_free(struct osmflow_obj_reader *reader); /* NULL is fine */
enum osmflow_status osmflow_obj_reader_feed(struct osmflow_obj_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The file has ended. Closes the mesh. */
enum osmflow_status osmflow_obj_reader_finish(struct osmflow_obj_reader *reader,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Colours of materials from an .mtl file: "Kd" as "#rrggbb", in the order of the names; unknown words are read over. */
struct osmflow_obj_material {
  char *name;
  char color[8]; /* "" when the file gives none */
};
struct osmflow_obj_materials {
  struct osmflow_obj_material *items;
  size_t count, capacity;
};
enum osmflow_status osmflow_obj_materials_read(struct osmflow_text document, struct osmflow_obj_materials *materials,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_obj_materials_clear(struct osmflow_obj_materials *materials);

#endif
