/* Any bytes as an STL file, whole and in pieces: both must come to the same. The first byte tells the size of the
 * pieces, and whether the file's size is known. */
#include <stdint.h>
#include <stdlib.h>

#include "cityloader/model.h"
#include "format/stl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum osmflow_status read(const uint8_t *data, size_t size, bool is_known, size_t piece,
                                struct osmflow_mesh *mesh) {
  struct osmflow_stl_reader *reader = NULL;
  osmflow_mesh_init(mesh);
  enum osmflow_status status = osmflow_stl_reader_new(mesh, is_known ? (int64_t)size : -1, &reader, NULL);
  for (size_t at = 0; status == OSMFLOW_OK && at < size; at += piece)
    status = osmflow_stl_reader_feed(reader, data + at, size - at < piece ? size - at : piece, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_stl_reader_finish(reader, NULL);
  osmflow_stl_reader_free(reader);
  return status;
}

/* What is read can be taken apart and shown. */
static void show(const struct osmflow_mesh *mesh) {
  static const enum osmflow_body_form forms[] = {OSMFLOW_BODY_TIN, OSMFLOW_BODY_POLYHEDRAL, OSMFLOW_BODY_FOOTPRINT};
  struct osmflow_bodies bodies;
  struct osmflow_place place;
  osmflow_place_init(&place);
  if (osmflow_bodies_find(mesh, OSMFLOW_MODEL_ALL, &bodies, NULL) != OSMFLOW_OK)
    abort();
  for (size_t body = 0; body < bodies.count && body < 4; body++)
    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++) {
      OGRGeometryH geometry = NULL;
      double area = 0;
      if (osmflow_body_geometry(mesh, &bodies, body, &place, forms[form], &geometry, &area, NULL) != OSMFLOW_OK)
        abort();
      OGR_G_DestroyGeometry(geometry);
    }
  osmflow_bodies_clear(&bodies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_mesh whole, pieces;
  if (size < 2 || size > 20000)
    return 0;
  const bool is_known = data[0] & 1;
  const enum osmflow_status first = read(data + 1, size - 1, is_known, size, &whole);
  const enum osmflow_status second = read(data + 1, size - 1, is_known, (size_t)(data[0] >> 1) % 61 + 1, &pieces);
  if (first != second || whole.facet_count != pieces.facet_count || whole.vertex_count != pieces.vertex_count)
    abort();
  if (first == OSMFLOW_OK)
    show(&whole);
  osmflow_mesh_clear(&whole);
  osmflow_mesh_clear(&pieces);
  return 0;
}
