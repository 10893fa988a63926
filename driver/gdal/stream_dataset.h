/* GDALDataset as a thin handle on a dataset of streams. */
#ifndef OSMFLOW_GDAL_STREAM_DATASET_H
#define OSMFLOW_GDAL_STREAM_DATASET_H

#include <gdal_priv.h>

#include <map>
#include <memory>
#include <vector>

#include "gdal/stream_layer.h"

class OsmflowStreamDataset final : public GDALDataset {
 public:
  OsmflowStreamDataset(struct osmflow_stream_dataset *dataset, const char *name);
  ~OsmflowStreamDataset() override;

  int GetLayerCount() OSMFLOW_CONST_312 override;
  osmflow_layer_result *GetLayer(int index) OSMFLOW_CONST_312 override;
  int TestCapability(const char *capability) OSMFLOW_CONST_312 override;
  OGRLayer *ExecuteSQL(const char *statement, OGRGeometry *spatial_filter, const char *dialect) override;
  void ReleaseResultSet(OGRLayer *layer) override;

 private:
  std::unique_ptr<OsmflowStreamDataset> MakeLimited(const char *statement);

  struct osmflow_stream_dataset *dataset_;
  std::vector<std::unique_ptr<OsmflowStreamLayer>> layers_;
  std::map<OGRLayer *, std::unique_ptr<OsmflowStreamDataset>> limited_; /* what result sets read from */
};

#endif
