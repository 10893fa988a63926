#include "cli/conflate_write.h"

#include <errno.h>
#include <unistd.h>

enum osmflow_status osmflow_conflate_write_init(struct osmflow_conflate_write *write,
                                                const struct osmflow_environment *environment, const char *path,
                                                bool overwrites, const struct osmflow_tagging *tagging,
                                                struct osmflow_error *error) {
  *write = (struct osmflow_conflate_write){.environment = environment, .path = path, .overwrites = overwrites};
  if (!overwrites && access(path, F_OK) == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is there already; --overwrite replaces it", path);
  write->definition = OGR_FD_Create("review");
  OGR_FD_Reference(write->definition);
  OGR_FD_SetGeomType(write->definition, wkbUnknown);
  for (size_t i = 0; i < osmflow_tagging_key_count(tagging); i++) {
    OGRFieldDefnH field = OGR_Fld_Create(osmflow_tagging_key(tagging, i), OFTString);
    OGR_FD_AddFieldDefn(write->definition, field);
    OGR_Fld_Destroy(field);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status create(struct osmflow_conflate_write *write, struct osmflow_error *error) {
  const char *const options[] = {write->overwrites ? "OVERWRITE=YES" : NULL, NULL};
  size_t index = 0;
  enum osmflow_status status = osmflow_dataset_create(write->environment, write->path, options, &write->dataset, error);
  if (status == OSMFLOW_OK)
    status = osmflow_dataset_add_layer(write->dataset, "review", wkbUnknown, NULL, &index, error);
  if (status == OSMFLOW_OK)
    write->layer = osmflow_dataset_layer(write->dataset, index);
  return status;
}

static enum osmflow_status insert(struct osmflow_conflate_write *write, OGRGeometryH geometry,
                                  const struct osmflow_text *tags, struct osmflow_error *error) {
  OGRFeatureH feature = OGR_F_Create(write->definition);
  OGR_F_SetGeometry(feature, geometry);
  OGR_G_AssignSpatialReference(OGR_F_GetGeometryRef(feature), NULL);
  for (int i = 0; i < OGR_FD_GetFieldCount(write->definition); i++)
    if (tags[i].data)
      OGR_F_SetFieldString(feature, i, tags[i].data);
  const enum osmflow_status status = osmflow_layer_insert(write->layer, feature, error);
  OGR_F_Destroy(feature);
  return status;
}

enum osmflow_status osmflow_conflate_write_add(struct osmflow_conflate_write *write, OGRGeometryH geometry,
                                               const struct osmflow_text *tags, struct osmflow_error *error) {
  const OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
  const bool is_many =
      type == wkbMultiPoint || type == wkbMultiLineString || type == wkbMultiPolygon || type == wkbGeometryCollection;
  const int parts = is_many ? OGR_G_GetGeometryCount(geometry) : 1;
  enum osmflow_status status = write->dataset ? OSMFLOW_OK : create(write, error);
  for (int i = 0; status == OSMFLOW_OK && i < parts; i++)
    status = insert(write, is_many ? OGR_G_GetGeometryRef(geometry, i) : geometry, tags, error);
  return status;
}

enum osmflow_status osmflow_conflate_write_save(struct osmflow_conflate_write *write, struct osmflow_error *error) {
  if (!write->dataset && write->overwrites && unlink(write->path) != 0 && errno != ENOENT)
    return osmflow_error_set(error, OSMFLOW_IO, "%s: the file of an earlier run cannot be removed: %s", write->path,
                             strerror(errno));
  const enum osmflow_status status = write->dataset ? osmflow_dataset_save(write->dataset, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && write->dataset) {
    osmflow_dataset_close(write->dataset);
    write->dataset = NULL;
  }
  return status;
}

void osmflow_conflate_write_clear(struct osmflow_conflate_write *write) {
  if (write->dataset) {
    osmflow_dataset_close(write->dataset);
    unlink(write->path);
  }
  if (write->definition)
    OGR_FD_Release(write->definition);
  *write = (struct osmflow_conflate_write){.path = NULL};
}
