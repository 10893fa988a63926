/* GDALDataset as a thin handle on a dataset of source/. */
#ifndef OSMFLOW_GDAL_DATASET_H
#define OSMFLOW_GDAL_DATASET_H

#include <memory>
#include <vector>

#include "gdal/layer.h"

class OsmflowDataset final : public GDALDataset {
 public:
  explicit OsmflowDataset(struct osmflow_dataset *dataset);
  ~OsmflowDataset() override;

  int GetLayerCount() OSMFLOW_CONST_312 override;
  osmflow_layer_result *GetLayer(int index) OSMFLOW_CONST_312 override;
  int TestCapability(const char *capability) OSMFLOW_CONST_312 override;
#if OSMFLOW_GDAL(3, 7)
  CPLErr FlushCache(bool at_closing) override;
  CPLErr Close(OSMFLOW_CLOSE_PARAMETERS) override;
#else
  void FlushCache(bool at_closing) override;
#endif
  OGRErr StartTransaction(int force) override;
  OGRErr CommitTransaction() override;
  OGRErr RollbackTransaction() override;
#if OSMFLOW_GDAL(3, 9)
  OGRLayer *ICreateLayer(const char *name, const OGRGeomFieldDefn *geometry, CSLConstList options) override;
#elif OSMFLOW_GDAL(3, 8)
  OGRLayer *ICreateLayer(const char *name, const OGRSpatialReference *srs, OGRwkbGeometryType type,
                         char **options) override;
#else
  OGRLayer *ICreateLayer(const char *name, OGRSpatialReference *srs, OGRwkbGeometryType type, char **options) override;
#endif
  OGRFeature *GetNextFeature(OGRLayer **layer, double *progress_done, GDALProgressFunc progress,
                             void *progress_data) override;
  OGRLayer *ExecuteSQL(const char *statement, OGRGeometry *spatial_filter, const char *dialect) override;
  void ReleaseResultSet(OGRLayer *layer) override;

 private:
  void Release();
  OGRLayer *Answer(const char *column, const char *value);
  OGRLayer *AddLayer(const char *name, OGRwkbGeometryType type, const OGRSpatialReference *srs);
  bool ExecuteVerb(const char *statement, OGRLayer **answer);

  struct osmflow_dataset *dataset_;
  std::vector<std::unique_ptr<OsmflowLayer>> layers_;
};

#endif
