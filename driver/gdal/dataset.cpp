#include "gdal/dataset.h"

#include <gdal_priv.h>

OsmflowDataset::OsmflowDataset(struct osmflow_dataset *dataset) : dataset_(dataset) {
  for (size_t i = 0; i < osmflow_dataset_layer_count(dataset); i++)
    layers_.push_back(std::make_unique<OsmflowLayer>(dataset, osmflow_dataset_layer(dataset, i)));
}

/* Programs that know no transactions expect that what they wrote is there after closing. */
OsmflowDataset::~OsmflowDataset() {
  if (dataset_)
    OsmflowDataset::FlushCache(true);
  Release();
}

void OsmflowDataset::Release() {
  layers_.clear();
  osmflow_dataset_close(dataset_);
  dataset_ = nullptr;
}

#if OSMFLOW_GDAL(3, 7)
/* Unlike the destructor it can tell its caller that saving failed. */
CPLErr OsmflowDataset::Close(OSMFLOW_CLOSE_PARAMETERS) {
  const CPLErr saved = dataset_ ? OsmflowDataset::FlushCache(true) : CE_None;
  Release();
  const CPLErr closed = GDALDataset::Close(OSMFLOW_CLOSE_ARGUMENTS);
  return saved == CE_None ? closed : saved;
}
#endif

int OsmflowDataset::GetLayerCount() OSMFLOW_CONST_312 {
  return static_cast<int>(layers_.size());
}

osmflow_layer_result *OsmflowDataset::GetLayer(int index) OSMFLOW_CONST_312 {
  return index >= 0 && static_cast<size_t>(index) < layers_.size() ? layers_[static_cast<size_t>(index)].get()
                                                                   : nullptr;
}

int OsmflowDataset::TestCapability(const char *capability) OSMFLOW_CONST_312 {
  if (EQUAL(capability, ODsCRandomLayerWrite))
    return osmflow_dataset_is_editable(dataset_);
  return (EQUAL(capability, ODsCTransactions) || EQUAL(capability, ODsCCreateLayer)) &&
         osmflow_dataset_editor(dataset_);
}

#if OSMFLOW_GDAL(3, 7)
CPLErr OsmflowDataset::FlushCache(bool) {
#else
void OsmflowDataset::FlushCache(bool) {
#endif
  struct osmflow_error error {};
  const OGRErr result = OsmflowResult(osmflow_dataset_save(dataset_, &error), error);
#if OSMFLOW_GDAL(3, 7)
  return result == OGRERR_NONE ? CE_None : CE_Failure;
#else
  static_cast<void>(result);
#endif
}

OGRErr OsmflowDataset::StartTransaction(int) {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_dataset_start(dataset_, &error), error);
}

OGRErr OsmflowDataset::CommitTransaction() {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_dataset_commit(dataset_, &error), error);
}

OGRErr OsmflowDataset::RollbackTransaction() {
  struct osmflow_error error {};
  return OsmflowResult(osmflow_dataset_rollback(dataset_, &error), error);
}

OGRLayer *OsmflowDataset::AddLayer(const char *name, OGRwkbGeometryType type, const OGRSpatialReference *srs) {
  struct osmflow_error error {};
  size_t index = 0;
  if (osmflow_dataset_add_layer(dataset_, name, type,
                                OGRSpatialReference::ToHandle(const_cast<OGRSpatialReference *>(srs)), &index,
                                &error) != OSMFLOW_OK) {
    OsmflowReport(error);
    return nullptr;
  }
  if (index == layers_.size())
    layers_.push_back(std::make_unique<OsmflowLayer>(dataset_, osmflow_dataset_layer(dataset_, index)));
  return layers_[index].get();
}

#if OSMFLOW_GDAL(3, 9)
OGRLayer *OsmflowDataset::ICreateLayer(const char *name, const OGRGeomFieldDefn *geometry, CSLConstList) {
  return AddLayer(name, geometry ? geometry->GetType() : wkbNone, geometry ? geometry->GetSpatialRef() : nullptr);
}
#elif OSMFLOW_GDAL(3, 8)
OGRLayer *OsmflowDataset::ICreateLayer(const char *name, const OGRSpatialReference *srs, OGRwkbGeometryType type,
                                       char **) {
  return AddLayer(name, type, srs);
}
#else
OGRLayer *OsmflowDataset::ICreateLayer(const char *name, OGRSpatialReference *srs, OGRwkbGeometryType type, char **) {
  return AddLayer(name, type, srs);
}
#endif

namespace {
struct Progress {
  GDALProgressFunc report;
  void *data;
};
} /* namespace */

static bool ReportProgress(void *self, double done, int64_t bytes) {
  const auto *progress = static_cast<const Progress *>(self);
  const double megabytes = static_cast<double>(bytes) / 1e6;
  /* Without a known end the bar creeps towards it. */
  const double shown = done >= 0 ? done : megabytes / (megabytes + 10);
  return progress->report(shown, nullptr, progress->data) != FALSE;
}

/* The download is what takes time, so it is what the caller's progress function hears about and can cancel. */
OGRFeature *OsmflowDataset::GetNextFeature(OGRLayer **layer, double *progress_done, GDALProgressFunc progress,
                                           void *progress_data) {
  if (progress) {
    struct osmflow_error error {};
    Progress target{progress, progress_data};
    const struct osmflow_fetch_progress report { &target, ReportProgress };
    if (osmflow_dataset_load(dataset_, &report, &error) != OSMFLOW_OK) {
      OsmflowReport(error);
      if (layer)
        *layer = nullptr;
      return nullptr;
    }
  }
  return GDALDataset::GetNextFeature(layer, progress_done, progress, progress_data);
}

/* A result set of one row and one column. */
OGRLayer *OsmflowDataset::Answer(const char *column, const char *value) {
  auto definition = new OGRFeatureDefn("result");
  OGRFieldDefn field(column, OFTString);
  definition->SetGeomType(wkbNone);
  definition->AddFieldDefn(&field);
  class AnswerLayer final : public OGRLayer {
   public:
    AnswerLayer(OGRFeatureDefn *definition, const char *value) : definition_(definition), value_(value) {
      definition_->Reference();
      SetDescription(definition_->GetName());
    }
    ~AnswerLayer() override {
      definition_->Release();
    }
    void ResetReading() override {
      done_ = false;
    }
    OGRFeature *GetNextFeature() override {
      if (done_)
        return nullptr;
      done_ = true;
      auto feature = std::make_unique<OGRFeature>(definition_);
      feature->SetField(0, value_.c_str());
      feature->SetFID(0);
      return feature.release();
    }
    int TestCapability(const char *) OSMFLOW_CONST_312 override {
      return FALSE;
    }
    osmflow_definition_result *GetLayerDefn() OSMFLOW_CONST_312 override {
      return definition_;
    }

   private:
    OGRFeatureDefn *definition_;
    std::string value_;
    bool done_ = false;
  };
  return new AnswerLayer(definition, value);
}

/* The verbs of scripts: what SQL has no words for. */
bool OsmflowDataset::ExecuteVerb(const char *statement, OGRLayer **answer) {
  struct osmflow_error error {};
  struct osmflow_bytes text {};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, static_cast<size_t>(1) << 30);
  *answer = nullptr;
  bool is_verb = true;
  if (EQUAL(statement, "REFRESH"))
    status = osmflow_dataset_refresh(dataset_, &error);
  else if (EQUAL(statement, "UPLOAD") || EQUAL(statement, "SAVE"))
    status = osmflow_dataset_save(dataset_, &error);
  else if (EQUAL(statement, "ROLLBACK"))
    status = osmflow_dataset_drop(dataset_, &error);
  else if (EQUAL(statement, "CLOSE CHANGESET"))
    status = osmflow_dataset_close_changeset(dataset_, &error);
  else if (EQUAL(statement, "SHOW CHANGES"))
    status = osmflow_dataset_changes(dataset_, &text, &error);
  else if (EQUAL(statement, "SHOW CHANGESET"))
    *answer = Answer("changeset", CPLSPrintf("%lld", static_cast<long long>(osmflow_dataset_changeset(dataset_))));
  else
    is_verb = false;
  if (is_verb && status != OSMFLOW_OK)
    OsmflowReport(error);
  else if (is_verb && text.size > 0)
    *answer = Answer("changes", osmflow_bytes_string(&text));
  osmflow_bytes_clear(&text);
  return is_verb;
}

/* The special statements of GDAL's OSM driver are accepted, too. */
OGRLayer *OsmflowDataset::ExecuteSQL(const char *statement, OGRGeometry *spatial_filter, const char *dialect) {
  OGRLayer *answer = nullptr;
  if (STARTS_WITH_CI(statement, "SET interest_layers"))
    return nullptr;
  if (EQUAL(statement, "SHOW config_file_path"))
    return Answer("config_file_path", osmflow_dataset_config_path(dataset_));
  if (EQUAL(statement, "GetBytesRead()"))
    return Answer("bytes_read", CPLSPrintf("%lld", static_cast<long long>(osmflow_dataset_bytes_read(dataset_))));
  return ExecuteVerb(statement, &answer) ? answer : GDALDataset::ExecuteSQL(statement, spatial_filter, dialect);
}

void OsmflowDataset::ReleaseResultSet(OGRLayer *layer) {
  delete layer;
}
