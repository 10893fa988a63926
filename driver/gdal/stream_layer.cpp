#include "gdal/stream_layer.h"

#include <cpl_error.h>

#include <memory>

#include "gdal/report.h"

OsmflowStreamLayer::OsmflowStreamLayer(struct osmflow_stream_layer *layer) : layer_(layer) {
  SetDescription(layer->name);
}

const char *OsmflowStreamLayer::GetName() OSMFLOW_CONST_312 {
  return layer_->name;
}

/* The base class calls this after every change of a filter; what the filters are is looked at when reading begins. */
void OsmflowStreamLayer::ResetReading() {
  filters_applied_ = false;
  osmflow_stream_layer_rewind(layer_);
}

bool OsmflowStreamLayer::ApplyFilters() {
  struct osmflow_error error {};
  const bool has_filters = m_poFilterGeom || m_poAttrQuery;
  if (filters_applied_)
    return true;
  filters_applied_ = (!has_filters && !has_filters_) ||
                     osmflow_stream_layer_filter(layer_, m_poAttrQuery ? m_pszAttrQueryString : nullptr,
                                                 OGRGeometry::ToHandle(m_poFilterGeom), &error) == OSMFLOW_OK;
  has_filters_ = has_filters;
  if (!filters_applied_)
    OsmflowReport(error);
  return filters_applied_;
}

OGRFeature *OsmflowStreamLayer::GetNextFeature() {
  struct osmflow_error error {};
  if (!ApplyFilters())
    return nullptr;
  for (;;) {
    OGRFeatureH handle = nullptr;
    if (osmflow_stream_layer_next(layer_, &handle, &error) != OSMFLOW_OK) {
      OsmflowReport(error);
      return nullptr;
    }
    if (!has_filters_)
      return OGRFeature::FromHandle(handle);
    std::unique_ptr<OGRFeature> feature(OGRFeature::FromHandle(handle));
    if (!feature || ((!m_poFilterGeom || FilterGeometry(feature->GetGeometryRef())) &&
                     (!m_poAttrQuery || m_poAttrQuery->Evaluate(feature.get()))))
      return feature.release();
  }
}

OGRFeature *OsmflowStreamLayer::GetFeature(GIntBig fid) {
  struct osmflow_error error {};
  OGRFeatureH handle = nullptr;
  if (osmflow_stream_layer_feature(layer_, fid, &handle, &error) != OSMFLOW_OK)
    OsmflowReport(error);
  return OGRFeature::FromHandle(handle);
}

GIntBig OsmflowStreamLayer::GetFeatureCount(int force) {
  struct osmflow_error error {};
  int64_t count = -1;
  if (!ApplyFilters())
    return -1;
  if (!has_filters_ && osmflow_stream_layer_count(layer_, !force, &count, &error) != OSMFLOW_OK) {
    OsmflowReport(error);
    return -1;
  }
  return count >= 0 || !force ? count : OGRLayer::GetFeatureCount(force);
}

bool OsmflowStreamLayer::KnownExtent(OGREnvelope *extent, bool force, OGRErr *result) {
  struct osmflow_error error {};
  bool is_known = false;
  *result = OGRERR_NONE;
  if (osmflow_stream_layer_extent(layer_, !force, extent, &is_known, &error) == OSMFLOW_OK)
    return is_known;
  *result = OsmflowResult(error.status, error);
  return true;
}

#if OSMFLOW_HAS_IGETEXTENT
OGRErr OsmflowStreamLayer::IGetExtent(int geometry_field, OGREnvelope *extent, bool force) {
  OGRErr result = OGRERR_NONE;
  return KnownExtent(extent, force, &result) ? result : OGRLayer::IGetExtent(geometry_field, extent, force);
}
#else
OGRErr OsmflowStreamLayer::GetExtent(OGREnvelope *extent, int force) {
  OGRErr result = OGRERR_NONE;
  return KnownExtent(extent, force != 0, &result) ? result : OGRLayer::GetExtent(extent, force);
}
#endif

OGRErr OsmflowStreamLayer::ICreateFeature(OGRFeature *feature) {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_stream_layer_insert(layer_, OGRFeature::ToHandle(feature), &error), error);
}

OGRErr OsmflowStreamLayer::ISetFeature(OGRFeature *feature) {
  struct osmflow_error error {};
  struct osmflow_feature_update update {};
  update.is_whole = true;
  return OsmflowResult(osmflow_stream_layer_update(layer_, OGRFeature::ToHandle(feature), &update, &error), error);
}

#if OSMFLOW_GDAL(3, 7)
OGRErr OsmflowStreamLayer::IUpdateFeature(OGRFeature *feature, int field_count, const int *fields, int geometry_count,
                                          const int *, bool) {
  struct osmflow_error error {};
  struct osmflow_feature_update update {};
  update.fields = fields;
  update.field_count = static_cast<size_t>(field_count);
  update.has_geometry = geometry_count > 0;
  return OsmflowResult(osmflow_stream_layer_update(layer_, OGRFeature::ToHandle(feature), &update, &error), error);
}
#endif

OGRErr OsmflowStreamLayer::DeleteFeature(GIntBig fid) {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_stream_layer_remove(layer_, fid, &error), error);
}

/* Counting a stream takes reading it: what is not known yet is not fast. */
bool OsmflowStreamLayer::KnowsCount() const {
  int64_t count = -1;
  return !m_poFilterGeom && !m_poAttrQuery && osmflow_stream_layer_count(layer_, true, &count, nullptr) == OSMFLOW_OK &&
         count >= 0;
}

int OsmflowStreamLayer::TestCapability(const char *capability) OSMFLOW_CONST_312 {
  if (EQUAL(capability, OLCStringsAsUTF8) || EQUAL(capability, OLCRandomRead) || EQUAL(capability, OLCIgnoreFields))
    return TRUE;
  if (EQUAL(capability, OLCFastFeatureCount))
    return (layer_->counts_fast && !m_poFilterGeom && !m_poAttrQuery) || KnowsCount();
  if (EQUAL(capability, OLCFastGetExtent))
    return layer_->layer_class->extent && KnowsCount();
  if (EQUAL(capability, OLCSequentialWrite))
    return layer_->is_editable && layer_->inserts;
  if (EQUAL(capability, OLCRandomWrite) || EQUAL(capability, "UpdateFeature"))
    return layer_->is_editable && layer_->updates;
  if (EQUAL(capability, OLCDeleteFeature))
    return layer_->is_editable && layer_->removes;
  return FALSE;
}

osmflow_definition_result *OsmflowStreamLayer::GetLayerDefn() OSMFLOW_CONST_312 {
  struct osmflow_error error {};
  OGRFeatureDefnH definition = nullptr;
  {
    /* What is said meanwhile is said, but not this call's failure: for ogr2ogr of 3.13 a warning would be one. */
    const CPLErrorStateBackuper state;
    definition = osmflow_stream_layer_definition(layer_, &error);
  }
  if (error.status != OSMFLOW_OK)
    OsmflowReport(error);
  return OGRFeatureDefn::FromHandle(definition);
}

/* What is known about the data is known with its definition. */
osmflow_metadata_result OsmflowStreamLayer::GetMetadata(const char *domain) {
  if (domain && domain[0])
    return OGRLayer::GetMetadata(domain);
  OsmflowStreamLayer::GetLayerDefn();
  return layer_->metadata;
}

const char *OsmflowStreamLayer::GetMetadataItem(const char *name, const char *domain) {
  if (domain && domain[0])
    return OGRLayer::GetMetadataItem(name, domain);
  return CSLFetchNameValue(OsmflowStreamLayer::GetMetadata(domain), name);
}
