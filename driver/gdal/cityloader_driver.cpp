/* The driver CITYLOADER: city models as layers. */
#include <gdal_priv.h>

#include "gdal/driver.h"
#include "gdal/report.h"
#include "gdal/stream_dataset.h"

extern "C" {
#include "source/cityloader_connection.h"
#include "source/cityloader_dataset.h"
#include "source/connection.h"
}

static int Identify(GDALOpenInfo *info) {
  return STARTS_WITH_CI(info->pszFilename, osmflow_cityloader_prefix);
}

static GDALDataset *Open(GDALOpenInfo *info) {
  struct osmflow_error error {};
  struct osmflow_stream_dataset *dataset = nullptr;
  if (!Identify(info) || !(info->nOpenFlags & GDAL_OF_VECTOR))
    return nullptr;
  enum osmflow_status status = OSMFLOW_OK;
  if (info->eAccess == GA_Update)
    status = osmflow_error_set(&error, OSMFLOW_UNSUPPORTED, "%s can be read, but nothing in it can be edited",
                               info->pszFilename);
  else
    status = osmflow_cityloader_dataset_open(osmflow_environment_gdal(), info->pszFilename,
                                             const_cast<const char *const *>(info->papszOpenOptions), &dataset, &error);
  if (status == OSMFLOW_OK)
    return new OsmflowStreamDataset(dataset, info->pszFilename);
  OsmflowReport(error);
  return nullptr;
}

static std::string OpenOptions() {
  struct osmflow_bytes document {};
  osmflow_bytes_init(&document, 1 << 16);
  std::string text;
  if (osmflow_cityloader_options_print(&document, nullptr) == OSMFLOW_OK)
    text = osmflow_bytes_string(&document);
  osmflow_bytes_clear(&document);
  return text;
}

void OsmflowRegisterCityloader() {
  if (GDALGetDriverByName("CITYLOADER"))
    return;
  auto driver = std::make_unique<GDALDriver>();
  driver->SetDescription("CITYLOADER");
  driver->SetMetadataItem(GDAL_DMD_LONGNAME, "3DCityLoader city models");
  driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, osmflow_cityloader_prefix);
  driver->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST, OpenOptions().c_str());
  driver->SetMetadataItem(GDAL_DCAP_OPEN, "YES");
  driver->SetMetadataItem(GDAL_DCAP_VECTOR, "YES");
  driver->SetMetadataItem(GDAL_DCAP_VIRTUALIO, "YES");
  driver->SetMetadataItem(GDAL_DCAP_MULTIPLE_VECTOR_LAYERS, "YES");
  driver->SetMetadataItem("OSMFLOW_VERSION", OSMFLOW_VERSION);
  driver->pfnIdentify = Identify;
  driver->pfnOpen = Open;
  GetGDALDriverManager()->RegisterDriver(driver.release());
}
