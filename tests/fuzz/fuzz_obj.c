/* Any bytes as an OBJ file and as its materials, whole and in pieces: both must come to the same. */
#include <stdint.h>
#include <stdlib.h>

#include "cityloader/model.h"
#include "format/obj.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum osmflow_status read(const uint8_t *data, size_t size, size_t piece, struct osmflow_mesh *mesh) {
  struct osmflow_obj_reader *reader = NULL;
  osmflow_mesh_init(mesh);
  enum osmflow_status status = osmflow_obj_reader_new(mesh, &reader, NULL);
  for (size_t at = 0; status == OSMFLOW_OK && at < size; at += piece)
    status = osmflow_obj_reader_feed(reader, data + at, size - at < piece ? size - at : piece, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_obj_reader_finish(reader, NULL);
  osmflow_obj_reader_free(reader);
  return status;
}

/* Facets of many corners are cut into triangles. */
static void cut(const struct osmflow_mesh *mesh) {
  struct osmflow_bodies bodies;
  struct osmflow_place place;
  osmflow_place_init(&place);
  if (osmflow_bodies_find(mesh, OSMFLOW_MODEL_ALL, &bodies, NULL) != OSMFLOW_OK)
    abort();
  for (size_t body = 0; body < bodies.count && body < 4; body++) {
    OGRGeometryH geometry = NULL;
    if (osmflow_body_geometry(mesh, &bodies, body, &place, OSMFLOW_BODY_TIN, &geometry, NULL, NULL) != OSMFLOW_OK)
      abort();
    OGR_G_DestroyGeometry(geometry);
  }
  osmflow_bodies_clear(&bodies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_mesh whole, pieces;
  struct osmflow_obj_materials materials = {.items = NULL};
  if (size < 2 || size > 20000)
    return 0;
  const enum osmflow_status first = read(data + 1, size - 1, size, &whole);
  const enum osmflow_status second = read(data + 1, size - 1, (size_t)data[0] % 61 + 1, &pieces);
  if (first != second || whole.facet_count != pieces.facet_count || whole.group_count != pieces.group_count)
    abort();
  if (first == OSMFLOW_OK)
    cut(&whole);
  if (osmflow_obj_materials_read((struct osmflow_text){(const char *)data, size}, &materials, NULL) != OSMFLOW_OK)
    abort();
  osmflow_obj_materials_clear(&materials);
  osmflow_mesh_clear(&whole);
  osmflow_mesh_clear(&pieces);
  return 0;
}
