/* OGRLayer as a thin handle on a layer of source/. */
#ifndef OSMFLOW_GDAL_LAYER_H
#define OSMFLOW_GDAL_LAYER_H

#include <ogrsf_frmts.h>

extern "C" {
#include "source/dataset.h"
}

#include "gdal/compat.h"
#include "gdal/report.h"

class OsmflowLayer final : public OGRLayer {
 public:
  OsmflowLayer(struct osmflow_dataset *dataset, struct osmflow_layer *layer);

  void ResetReading() override;
  OGRFeature *GetNextFeature() override;
  OGRFeature *GetFeature(GIntBig fid) override;
  GIntBig GetFeatureCount(int force) override;
  OGRErr DeleteFeature(GIntBig fid) override;
  OGRErr SyncToDisk() override;
  OGRErr StartTransaction() override;
  OGRErr CommitTransaction() override;
  OGRErr RollbackTransaction() override;
#if OSMFLOW_GDAL(3, 9)
  OGRErr CreateField(const OGRFieldDefn *field, int approximately) override;
#else
  OGRErr CreateField(OGRFieldDefn *field, int approximately) override;
#endif
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

 protected:
  OGRErr ICreateFeature(OGRFeature *feature) override;
  OGRErr ISetFeature(OGRFeature *feature) override;
  OGRErr IUpsertFeature(OGRFeature *feature) override;
#if OSMFLOW_GDAL(3, 7)
  OGRErr IUpdateFeature(OGRFeature *feature, int field_count, const int *fields, int geometry_count,
                        const int *geometries, bool style) override;
#endif

 private:
  OGRErr Update(OGRFeature *feature, const struct osmflow_feature_update &update);
  bool ApplyFilters();
  bool KnownExtent(OGREnvelope *extent) const;

  struct osmflow_dataset *dataset_;
  struct osmflow_layer *layer_; /* the dataset's */
  bool filters_applied_ = false;
};

#endif
