/* OGRLayer as a thin handle on a stream of source/. */
#ifndef OSMFLOW_GDAL_STREAM_LAYER_H
#define OSMFLOW_GDAL_STREAM_LAYER_H

#include <ogrsf_frmts.h>

extern "C" {
#include "source/stream.h"
}

#include "gdal/compat.h"

class OsmflowStreamLayer final : public OGRLayer {
 public:
  explicit OsmflowStreamLayer(struct osmflow_stream_layer *layer);

  const char *GetName() OSMFLOW_CONST_312 override; /* known without the definition, which takes asking */
  void ResetReading() override;
  OGRFeature *GetNextFeature() override;
  OGRFeature *GetFeature(GIntBig fid) override;
  GIntBig GetFeatureCount(int force) override;
  OGRErr DeleteFeature(GIntBig fid) override;
  int TestCapability(const char *capability) OSMFLOW_CONST_312 override;
  osmflow_definition_result *GetLayerDefn() OSMFLOW_CONST_312 override;
  osmflow_metadata_result GetMetadata(const char *domain) override;
  const char *GetMetadataItem(const char *name, const char *domain) override;

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
#if OSMFLOW_GDAL(3, 7)
  OGRErr IUpdateFeature(OGRFeature *feature, int field_count, const int *fields, int geometry_count,
                        const int *geometries, bool style) override;
#endif

 private:
  bool ApplyFilters();
  bool KnowsCount() const;
  /* True: the answer (or its error) is in *result. */
  bool KnownExtent(OGREnvelope *extent, bool force, OGRErr *result);

  struct osmflow_stream_layer *layer_; /* the dataset's */
  bool filters_applied_ = false;
  bool has_filters_ = false; /* the stream's */
};

#endif
