#include "gdal/layer.h"

#include <cmath>
#include <memory>

extern "C" {
#include "base/number.h"
}

OsmflowLayer::OsmflowLayer(struct osmflow_dataset *dataset, struct osmflow_layer *layer)
    : dataset_(dataset), layer_(layer) {
  SetDescription(OGR_FD_GetName(layer->definition));
}

/* The base class calls this after every change of a filter; what the filters are is looked at when reading begins. */
void OsmflowLayer::ResetReading() {
  filters_applied_ = false;
  osmflow_layer_rewind(layer_);
}

static int32_t ToUnits(double degrees, int32_t limit, bool up) {
  const double units = up ? std::ceil(degrees * OSMFLOW_DEGREE) : std::floor(degrees * OSMFLOW_DEGREE);
  if (std::isnan(units))
    return up ? limit : -limit;
  if (units > limit)
    return limit;
  return units < -limit ? -limit : static_cast<int32_t>(units);
}

bool OsmflowLayer::ApplyFilters() {
  struct osmflow_error error {};
  if (filters_applied_)
    return true;
  struct osmflow_bbox bbox {};
  if (m_poFilterGeom) {
    bbox.min_lon = ToUnits(m_sFilterEnvelope.MinX, 180 * OSMFLOW_DEGREE, false);
    bbox.min_lat = ToUnits(m_sFilterEnvelope.MinY, 90 * OSMFLOW_DEGREE, false);
    bbox.max_lon = ToUnits(m_sFilterEnvelope.MaxX, 180 * OSMFLOW_DEGREE, true);
    bbox.max_lat = ToUnits(m_sFilterEnvelope.MaxY, 90 * OSMFLOW_DEGREE, true);
  }
  filters_applied_ =
      osmflow_layer_set_bbox(layer_, m_poFilterGeom ? &bbox : nullptr, &error) == OSMFLOW_OK &&
      osmflow_layer_set_attribute_filter(layer_, m_poAttrQuery ? m_pszAttrQueryString : nullptr, &error) == OSMFLOW_OK;
  if (!filters_applied_)
    OsmflowReport(error);
  return filters_applied_;
}

OGRFeature *OsmflowLayer::GetNextFeature() {
  struct osmflow_error error {};
  if (!ApplyFilters())
    return nullptr;
  for (;;) {
    OGRFeatureH handle = nullptr;
    if (osmflow_layer_next(layer_, &handle, &error) != OSMFLOW_OK) {
      OsmflowReport(error);
      return nullptr;
    }
    std::unique_ptr<OGRFeature> feature(OGRFeature::FromHandle(handle));
    if (!feature || ((!m_poFilterGeom || FilterGeometry(feature->GetGeometryRef())) &&
                     (!m_poAttrQuery || m_poAttrQuery->Evaluate(feature.get()))))
      return feature.release();
  }
}

OGRFeature *OsmflowLayer::GetFeature(GIntBig fid) {
  struct osmflow_error error {};
  OGRFeatureH handle = nullptr;
  if (!ApplyFilters())
    return nullptr;
  if (osmflow_layer_feature(layer_, fid, &handle, &error) != OSMFLOW_OK)
    OsmflowReport(error);
  return OGRFeature::FromHandle(handle);
}

/* While another thread downloads, "not known yet" keeps a program's main thread from standing still. */
GIntBig OsmflowLayer::GetFeatureCount(int force) {
  struct osmflow_error error {};
  size_t count = 0;
  if (!ApplyFilters())
    return -1;
  if (osmflow_session_is_busy(layer_->session) || (!force && !osmflow_session_is_loaded(layer_->session)))
    return -1;
  if (m_poFilterGeom || m_poAttrQuery)
    return OGRLayer::GetFeatureCount(force);
  if (osmflow_layer_count(layer_, &count, &error) != OSMFLOW_OK) {
    OsmflowReport(error);
    return -1;
  }
  return static_cast<GIntBig>(count);
}

bool OsmflowLayer::KnownExtent(OGREnvelope *extent) const {
  struct osmflow_bbox bbox {};
  if (!osmflow_layer_known_extent(layer_, &bbox))
    return false;
  extent->MinX = static_cast<double>(bbox.min_lon) / OSMFLOW_DEGREE;
  extent->MinY = static_cast<double>(bbox.min_lat) / OSMFLOW_DEGREE;
  extent->MaxX = static_cast<double>(bbox.max_lon) / OSMFLOW_DEGREE;
  extent->MaxY = static_cast<double>(bbox.max_lat) / OSMFLOW_DEGREE;
  return true;
}

#if OSMFLOW_HAS_IGETEXTENT
OGRErr OsmflowLayer::IGetExtent(int geometry_field, OGREnvelope *extent, bool force) {
  return KnownExtent(extent) ? OGRERR_NONE : OGRLayer::IGetExtent(geometry_field, extent, force);
}
#else
OGRErr OsmflowLayer::GetExtent(OGREnvelope *extent, int force) {
  return KnownExtent(extent) ? OGRERR_NONE : OGRLayer::GetExtent(extent, force);
}
#endif

OGRErr OsmflowLayer::ICreateFeature(OGRFeature *feature) {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_layer_insert(layer_, OGRFeature::ToHandle(feature), &error), error);
}

OGRErr OsmflowLayer::Update(OGRFeature *feature, const struct osmflow_feature_update &update) {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_layer_update(layer_, OGRFeature::ToHandle(feature), &update, &error), error);
}

OGRErr OsmflowLayer::ISetFeature(OGRFeature *feature) {
  struct osmflow_feature_update update {};
  update.is_whole = true;
  return Update(feature, update);
}

/* The key of an upsert is the element's id, where the feature has one, else its feature id. */
OGRErr OsmflowLayer::IUpsertFeature(OGRFeature *feature) {
  struct osmflow_error error {};
  int64_t fid = OGRNullFID;
  if (osmflow_layer_key(layer_, OGRFeature::ToHandle(feature), &fid, &error) != OSMFLOW_OK)
    return OsmflowResult(error.status, error);
  if (fid == OGRNullFID)
    return ICreateFeature(feature);
  feature->SetFID(fid);
  return ISetFeature(feature);
}

#if OSMFLOW_GDAL(3, 7)
OGRErr OsmflowLayer::IUpdateFeature(OGRFeature *feature, int field_count, const int *fields, int geometry_count,
                                    const int *, bool) {
  struct osmflow_feature_update update {};
  update.fields = fields;
  update.field_count = static_cast<size_t>(field_count);
  update.has_geometry = geometry_count > 0;
  return Update(feature, update);
}
#endif

OGRErr OsmflowLayer::DeleteFeature(GIntBig fid) {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_layer_remove(layer_, fid, &error), error);
}

#if OSMFLOW_GDAL(3, 9)
OGRErr OsmflowLayer::CreateField(const OGRFieldDefn *field, int) {
#else
OGRErr OsmflowLayer::CreateField(OGRFieldDefn *field, int) {
#endif
  struct osmflow_error error {};
  return OsmflowResult(
      osmflow_layer_add_new_field(layer_, OGRFieldDefn::ToHandle(const_cast<OGRFieldDefn *>(field)), &error), error);
}

/* Transactions and saving are matters of the whole dataset. */
OGRErr OsmflowLayer::SyncToDisk() {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_dataset_save(dataset_, &error), error);
}

OGRErr OsmflowLayer::StartTransaction() {
  struct osmflow_error error {};
  /* As layers without transactions do: programs start one before they append. */
  if (layer_->is_editable && !layer_->editor)
    return OGRLayer::StartTransaction();
  return OsmflowResult(osmflow_dataset_start(dataset_, &error), error);
}

OGRErr OsmflowLayer::CommitTransaction() {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_dataset_commit(dataset_, &error), error);
}

OGRErr OsmflowLayer::RollbackTransaction() {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_dataset_rollback(dataset_, &error), error);
}

int OsmflowLayer::TestCapability(const char *capability) OSMFLOW_CONST_312 {
  struct osmflow_bbox bbox {};
  if (EQUAL(capability, OLCStringsAsUTF8) || EQUAL(capability, OLCRandomRead) || EQUAL(capability, OLCIgnoreFields))
    return TRUE;
  if (EQUAL(capability, OLCFastGetExtent))
    return osmflow_layer_known_extent(layer_, &bbox);
  /* Once the data is there, which a count brings about; without this ogr2ogr shows no progress. */
  if (EQUAL(capability, OLCFastFeatureCount))
    return !m_poFilterGeom && !m_poAttrQuery;
  if (EQUAL(capability, OLCSequentialWrite))
    return osmflow_layer_can(layer_, true, false, false);
  if (EQUAL(capability, OLCRandomWrite) || EQUAL(capability, "UpdateFeature"))
    return osmflow_layer_can(layer_, false, true, false);
  if (EQUAL(capability, "UpsertFeature"))
    return osmflow_layer_can(layer_, true, true, false);
  if (EQUAL(capability, OLCDeleteFeature))
    return osmflow_layer_can(layer_, false, false, true);
  if (EQUAL(capability, OLCCreateField))
    return layer_->is_editable && layer_->layer_class->add_field;
  if (EQUAL(capability, OLCTransactions))
    return layer_->editor != nullptr;
  return FALSE;
}

osmflow_definition_result *OsmflowLayer::GetLayerDefn() OSMFLOW_CONST_312 {
  return OGRFeatureDefn::FromHandle(layer_->definition);
}
