#include "gdal/stream_dataset.h"

#include "gdal/report.h"

extern "C" {
#include "source/statement.h"
}

OsmflowStreamDataset::OsmflowStreamDataset(struct osmflow_stream_dataset *dataset, const char *name)
    : dataset_(dataset) {
  SetDescription(name);
  for (size_t i = 0; i < dataset->layer_count; i++)
    layers_.push_back(std::make_unique<OsmflowStreamLayer>(dataset->layers[i]));
}

OsmflowStreamDataset::~OsmflowStreamDataset() {
  limited_.clear();
  layers_.clear();
  osmflow_stream_dataset_close(dataset_);
}

int OsmflowStreamDataset::GetLayerCount() OSMFLOW_CONST_312 {
  return static_cast<int>(layers_.size());
}

osmflow_layer_result *OsmflowStreamDataset::GetLayer(int index) OSMFLOW_CONST_312 {
  return index >= 0 && static_cast<size_t>(index) < layers_.size() ? layers_[static_cast<size_t>(index)].get()
                                                                   : nullptr;
}

int OsmflowStreamDataset::TestCapability(const char *capability) OSMFLOW_CONST_312 {
  return EQUAL(capability, ODsCRandomLayerWrite) && dataset_->is_editable;
}

/* A dataset of its own whose layer asks for what the statement needs and no more; GDAL does the statement on it.
 * NULL: the statement is not that simple. */
std::unique_ptr<OsmflowStreamDataset> OsmflowStreamDataset::MakeLimited(const char *statement) {
  struct osmflow_statement simple {};
  struct osmflow_stream_dataset *made = nullptr;
  if (!osmflow_statement_parse(statement, &simple) ||
      dataset_->dataset_class->again(dataset_, &made, nullptr) != OSMFLOW_OK)
    return nullptr;
  auto limited = std::make_unique<OsmflowStreamDataset>(made, GetDescription());
  for (size_t i = 0; i < made->layer_count; i++) {
    struct osmflow_stream_layer *layer = made->layers[i];
    if (EQUAL(layer->name, simple.layer) && layer->layer_class->limit &&
        layer->layer_class->limit(layer, simple.order_by[0] ? simple.order_by : nullptr, simple.is_descending,
                                  simple.limit))
      return limited;
  }
  return nullptr;
}

OGRLayer *OsmflowStreamDataset::ExecuteSQL(const char *statement, OGRGeometry *spatial_filter, const char *dialect) {
  struct osmflow_error error {};
  if (EQUAL(statement, "REFRESH")) {
    if (osmflow_stream_dataset_refresh(dataset_, &error) != OSMFLOW_OK)
      OsmflowReport(error);
    return nullptr;
  }
  std::unique_ptr<OsmflowStreamDataset> limited = spatial_filter ? nullptr : MakeLimited(statement);
  if (!limited)
    return GDALDataset::ExecuteSQL(statement, spatial_filter, dialect);
  OGRLayer *answer = limited->GDALDataset::ExecuteSQL(statement, nullptr, dialect);
  if (answer)
    limited_[answer] = std::move(limited);
  return answer;
}

void OsmflowStreamDataset::ReleaseResultSet(OGRLayer *layer) {
  const auto found = limited_.find(layer);
  if (found == limited_.end()) {
    GDALDataset::ReleaseResultSet(layer);
  } else {
    found->second->GDALDataset::ReleaseResultSet(layer);
    limited_.erase(found);
  }
}
