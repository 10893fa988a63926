/* OGRLayer as a thin handle on a layer of source/. */
#ifndef OSMFLOW_GDAL_LAYER_H
#define OSMFLOW_GDAL_LAYER_H

#include <ogrsf_frmts.h>

extern "C" {
#include "source/dataset.h"
}

#include "gdal/compat.h"

class OsmflowLayer final : public OGRLayer {
 public:
  explicit OsmflowLayer(struct osmflow_layer *layer);

  void ResetReading() override;
  OGRFeature *GetNextFeature() override;
  OGRFeature *GetFeature(GIntBig fid) override;
  GIntBig GetFeatureCount(int force) override;
  int TestCapability(const char *capability) OSMFLOW_CONST_312 override;
  osmflow_definition_result *GetLayerDefn() OSMFLOW_CONST_312 override;

#if OSMFLOW_HAS_IGETEXTENT
  OGRErr IGetExtent(int geometry_field, OGREnvelope *extent, bool force) override;
#else
  OGRErr GetExtent(OGREnvelope *extent, int force) override;
  OGRErr GetExtent(int geometry_field, OGREnvelope *extent, int force) override {
    return OGRLayer::GetExtent(geometry_field, extent, force);
  }
#endif

 private:
  bool ApplyFilters();
  bool KnownExtent(OGREnvelope *extent) const;

  struct osmflow_layer *layer_; /* the dataset's */
  bool filters_applied_ = false;
};

/* Reports an error as CPLError(CE_Failure). */
void OsmflowReport(const struct osmflow_error &error);

#endif
