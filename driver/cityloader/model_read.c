/* Members of an archive into meshes: STL and OBJ piece by piece, DXF through GDAL. */
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "cityloader/model.h"
#include "format/obj.h"
#include "format/stl.h"

enum { PIECE_SIZE = 256 * 1024, DEEPEST_GEOMETRY = 16 };

/* Where the pieces of a file go. */
struct target {
  struct osmflow_stl_reader *stl;
  struct osmflow_obj_reader *obj;
};

static enum osmflow_status begin(const struct osmflow_archive_member *member, struct osmflow_mesh *mesh,
                                 struct target *target, struct osmflow_error *error) {
  if (member->format == OSMFLOW_MODEL_STL)
    return osmflow_stl_reader_new(mesh, member->size, &target->stl, error);
  return member->format == OSMFLOW_MODEL_OBJ ? osmflow_obj_reader_new(mesh, &target->obj, error) : OSMFLOW_OK;
}

static enum osmflow_status feed(const struct target *target, const void *data, size_t size,
                                struct osmflow_error *error) {
  if (target->stl)
    return osmflow_stl_reader_feed(target->stl, data, size, error);
  return target->obj ? osmflow_obj_reader_feed(target->obj, data, size, error) : OSMFLOW_OK;
}

static enum osmflow_status finish(const struct target *target, struct osmflow_error *error) {
  if (target->stl)
    return osmflow_stl_reader_finish(target->stl, error);
  return target->obj ? osmflow_obj_reader_finish(target->obj, error) : OSMFLOW_OK;
}

/* Size and checksum are what the directory of the ZIP promised, or nothing of the member counts. */
static enum osmflow_status check(const struct osmflow_archive_member *member, int64_t size, uint32_t crc,
                                 struct osmflow_error *error) {
  if (size == member->size && (!member->has_crc || crc == member->crc))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s is damaged: %s; download it again", member->name,
                           size == member->size ? "its checksum is wrong" : "it is not as long as the ZIP says");
}

static enum osmflow_status read_pieces(const struct osmflow_archive_member *member, VSILFILE *file,
                                       const struct target *target, struct osmflow_error *error) {
  char *piece = malloc(PIECE_SIZE);
  int64_t size = 0;
  uint32_t crc = 0;
  size_t taken = 1;
  enum osmflow_status status =
      piece ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for reading %s", member->name);
  while (status == OSMFLOW_OK && taken > 0) {
    taken = VSIFReadL(piece, 1, PIECE_SIZE, file);
    size += (int64_t)taken;
    if (member->has_crc)
      crc = osmflow_crc32_add(crc, (struct osmflow_text){piece, taken});
    status = size > member->size ? check(member, size, crc, error) : feed(target, piece, taken, error);
  }
  free(piece);
  return status == OSMFLOW_OK ? check(member, size, crc, error) : status;
}

/* Damage is told before what the reader makes of damaged bytes, so a DXF file is read through once for it alone. */
static enum osmflow_status read_file(const struct osmflow_archive_member *member, struct osmflow_mesh *mesh,
                                     struct osmflow_error *error) {
  struct target target = {NULL, NULL};
  CPLPushErrorHandler(CPLQuietErrorHandler);
  VSILFILE *file = VSIFOpenL(member->path, "rb");
  enum osmflow_status status = file ? begin(member, mesh, &target, error)
                                    : osmflow_error_set(error, OSMFLOW_IO, "%s cannot be opened", member->name);
  if (status == OSMFLOW_OK)
    status = read_pieces(member, file, &target, error);
  if (status == OSMFLOW_OK)
    status = finish(&target, error);
  if (file)
    VSIFCloseL(file);
  osmflow_stl_reader_free(target.stl);
  osmflow_obj_reader_free(target.obj);
  CPLPopErrorHandler();
  CPLErrorReset();
  return status;
}

static enum osmflow_status add_ring(OGRGeometryH ring, uint32_t group, struct osmflow_mesh *mesh,
                                    struct osmflow_error *error) {
  enum { MOST_CORNERS = 1000000 };
  const int count = OGR_G_GetPointCount(ring);
  uint32_t *corners = count > 0 && count <= MOST_CORNERS ? malloc((size_t)count * sizeof *corners) : NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (!corners)
    return count <= 0 ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_TOO_LARGE, "a facet has %d corners", count);
  for (int i = 0; status == OSMFLOW_OK && i < count; i++)
    status =
        osmflow_mesh_vertex(mesh, OGR_G_GetX(ring, i), OGR_G_GetY(ring, i), OGR_G_GetZ(ring, i), &corners[i], error);
  if (status == OSMFLOW_OK)
    status = osmflow_mesh_facet(mesh, corners, (size_t)count, group, error);
  free(corners);
  return status;
}

/* Facets are polygons without holes, alone or in surfaces and collections; what else a drawing has is no surface. */
static enum osmflow_status add_geometry(OGRGeometryH geometry, uint32_t group, int depth, struct osmflow_mesh *mesh,
                                        struct osmflow_error *error) {
  const OGRwkbGeometryType type = OGR_GT_Flatten(OGR_G_GetGeometryType(geometry));
  enum osmflow_status status = OSMFLOW_OK;
  if (type == wkbPolygon || type == wkbTriangle)
    return OGR_G_GetGeometryCount(geometry) > 0 ? add_ring(OGR_G_GetGeometryRef(geometry, 0), group, mesh, error)
                                                : OSMFLOW_OK;
  if (type == wkbLineString || type == wkbPoint || depth >= DEEPEST_GEOMETRY)
    return OSMFLOW_OK;
  const int count = OGR_G_GetGeometryCount(geometry);
  for (int i = 0; status == OSMFLOW_OK && i < count; i++)
    status = add_geometry(OGR_G_GetGeometryRef(geometry, i), group, depth + 1, mesh, error);
  return status;
}

static enum osmflow_status add_features(OGRLayerH layer, struct osmflow_mesh *mesh, struct osmflow_error *error) {
  const int name = OGR_FD_GetFieldIndex(OGR_L_GetLayerDefn(layer), "Layer");
  enum osmflow_status status = OSMFLOW_OK;
  OGRFeatureH feature;
  while (status == OSMFLOW_OK && (feature = OGR_L_GetNextFeature(layer)) != NULL) {
    uint32_t group = 0;
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
    status = osmflow_mesh_group(mesh, osmflow_text(name >= 0 ? OGR_F_GetFieldAsString(feature, name) : ""),
                                osmflow_text(""), &group, error);
    if (status == OSMFLOW_OK && geometry)
      status = add_geometry(geometry, group, 0, mesh, error);
    OGR_F_Destroy(feature);
  }
  return status;
}

static enum osmflow_status read_dxf(const struct osmflow_archive_member *member, struct osmflow_mesh *mesh,
                                    struct osmflow_error *error) {
  static const char *const drivers[] = {"DXF", NULL};
  char reason[400];
  CPLPushErrorHandler(CPLQuietErrorHandler);
  CPLErrorReset();
  GDALDatasetH dataset = GDALOpenEx(member->path, GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, NULL, NULL);
  enum osmflow_status status = OSMFLOW_OK;
  for (int i = 0; status == OSMFLOW_OK && dataset && i < GDALDatasetGetLayerCount(dataset); i++)
    status = add_features(GDALDatasetGetLayer(dataset, i), mesh, error);
  const bool is_whole = dataset && CPLGetLastErrorType() != CE_Failure;
  strncpy(reason, CPLGetLastErrorMsg(), sizeof reason - 1);
  reason[sizeof reason - 1] = '\0';
  GDALClose(dataset);
  CPLPopErrorHandler();
  CPLErrorReset();
  if (status == OSMFLOW_OK && !is_whole)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s", *reason ? reason : "this is no DXF file");
  if (status == OSMFLOW_OK && mesh->facet_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "this DXF file holds no surface");
  return status == OSMFLOW_OK ? osmflow_mesh_close(mesh, error) : status;
}

enum osmflow_status osmflow_model_read(const struct osmflow_archive_member *member, struct osmflow_mesh *mesh,
                                       struct osmflow_error *error) {
  enum osmflow_status status = read_file(member, mesh, error);
  if (status == OSMFLOW_OK && member->format == OSMFLOW_MODEL_DXF)
    status = read_dxf(member, mesh, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s: ", member->name);
  return status;
}
