#include "gdal/mapflow_raster.h"

#include "gdal/report.h"

extern "C" {
#include "source/connection.h"
}

namespace {
struct Listener {
  GDALProgressFunc function;
  void *data;
};

bool Tell(void *self, double done) {
  const auto *listener = static_cast<const Listener *>(self);
  return !listener->function || listener->function(done, "", listener->data);
}
}  // namespace

GDALDataset *OsmflowMapflowCreateCopy(const char *name, GDALDataset *source, int, osmflow_options options,
                                      GDALProgressFunc progress, void *progress_data) {
  Listener listener{progress, progress_data};
  const struct osmflow_raster_progress teller = {&listener, Tell};
  struct osmflow_error error {};
  GDALDatasetH copy = nullptr;
  if (osmflow_raster_copy(osmflow_environment_gdal(), name, GDALDataset::ToHandle(source),
                          const_cast<const char *const *>(options), &teller, &copy, &error) != OSMFLOW_OK) {
    OsmflowReport(error);
    return nullptr;
  }
  return GDALDataset::FromHandle(copy);
}
