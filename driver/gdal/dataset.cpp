#include "gdal/dataset.h"

#include <gdal_priv.h>

OsmflowDataset::OsmflowDataset(struct osmflow_dataset *dataset) : dataset_(dataset) {
  for (size_t i = 0; i < osmflow_dataset_layer_count(dataset); i++)
    layers_.push_back(std::make_unique<OsmflowLayer>(osmflow_dataset_layer(dataset, i)));
}

OsmflowDataset::~OsmflowDataset() {
  layers_.clear();
  osmflow_dataset_close(dataset_);
}

int OsmflowDataset::GetLayerCount() OSMFLOW_CONST_312 {
  return static_cast<int>(layers_.size());
}

osmflow_layer_result *OsmflowDataset::GetLayer(int index) OSMFLOW_CONST_312 {
  return index >= 0 && static_cast<size_t>(index) < layers_.size() ? layers_[static_cast<size_t>(index)].get()
                                                                   : nullptr;
}

int OsmflowDataset::TestCapability(const char *) OSMFLOW_CONST_312 {
  return FALSE;
}

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

/* The special statements of GDAL's OSM driver are accepted, and REFRESH asks the server again. */
OGRLayer *OsmflowDataset::ExecuteSQL(const char *statement, OGRGeometry *spatial_filter, const char *dialect) {
  if (STARTS_WITH_CI(statement, "SET interest_layers"))
    return nullptr;
  if (EQUAL(statement, "SHOW config_file_path"))
    return Answer("config_file_path", osmflow_dataset_config_path(dataset_));
  if (EQUAL(statement, "GetBytesRead()"))
    return Answer("bytes_read", CPLSPrintf("%lld", static_cast<long long>(osmflow_dataset_bytes_read(dataset_))));
  if (EQUAL(statement, "REFRESH")) {
    struct osmflow_error error {};
    if (osmflow_dataset_refresh(dataset_, &error) != OSMFLOW_OK)
      OsmflowReport(error);
    return nullptr;
  }
  return GDALDataset::ExecuteSQL(statement, spatial_filter, dialect);
}

void OsmflowDataset::ReleaseResultSet(OGRLayer *layer) {
  delete layer;
}
