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
  OGRFeature *GetNextFeature(OGRLayer **layer, double *progress_done, GDALProgressFunc progress,
                             void *progress_data) override;
  OGRLayer *ExecuteSQL(const char *statement, OGRGeometry *spatial_filter, const char *dialect) override;
  void ReleaseResultSet(OGRLayer *layer) override;

 private:
  OGRLayer *Answer(const char *column, const char *value);

  struct osmflow_dataset *dataset_;
  std::vector<std::unique_ptr<OsmflowLayer>> layers_;
};

#endif
