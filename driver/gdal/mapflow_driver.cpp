/* The driver MAPFLOW. */
#include <gdal_priv.h>

#include "gdal/driver.h"
#include "gdal/mapflow_raster.h"
#include "gdal/report.h"
#include "gdal/stream_dataset.h"

extern "C" {
#include "source/connection.h"
#include "source/mapflow_dataset.h"
#include "source/shared.h"
}

static bool IsConnection(const char *name) {
  return STARTS_WITH_CI(name, osmflow_mapflow_connection_prefix);
}

static int Identify(GDALOpenInfo *info) {
  return IsConnection(info->pszFilename);
}

/* Nothing is deleted as a whole. Without a message, since GDAL calls this before it makes a copy. */
static CPLErr Delete(const char *name) {
  CPLDebug("MAPFLOW", "%s is not deleted", name);
  return CE_Failure;
}

static GDALDataset *Open(GDALOpenInfo *info) {
  struct osmflow_error error {};
  struct osmflow_stream_dataset *dataset = nullptr;
  if (!IsConnection(info->pszFilename) || !(info->nOpenFlags & GDAL_OF_VECTOR))
    return nullptr;
  if (osmflow_mapflow_dataset_open(osmflow_environment_gdal(), info->pszFilename,
                                   const_cast<const char *const *>(info->papszOpenOptions), info->eAccess == GA_Update,
                                   &dataset, &error) != OSMFLOW_OK) {
    OsmflowReport(error);
    return nullptr;
  }
  /* Columns of tables are known; those of a result are asked for here, because QGIS does not look at errors later on:
   * it would show an empty table without a word. */
  osmflow_stream_layer_definition(dataset->layers[0], &error);
  if (error.status != OSMFLOW_OK) {
    OsmflowReport(error);
    osmflow_stream_dataset_close(dataset);
    return nullptr;
  }
  return new OsmflowStreamDataset(dataset, info->pszFilename);
}

/* Programs that want to write vector data come here, too: there is no other way to create something. */
static GDALDataset *CreateCopy(const char *name, GDALDataset *source, int strict, osmflow_options options,
                               GDALProgressFunc progress, void *progress_data) {
  if (source->GetRasterCount() > 0)
    return OsmflowMapflowCreateCopy(name, source, strict, options, progress, progress_data);
  CPLError(
      CE_Failure, CPLE_NotSupported,
      "%s is not created as a whole: open it for update and add to its layers (ogr2ogr -append \"MAPFLOW:projects\" "
      "new.csv -nln projects)",
      name);
  return nullptr;
}

static void Unload(GDALDriver *) {
  osmflow_shared_forget_all();
}

static void SetOpenOptions(GDALDriver *driver) {
  struct osmflow_error error {};
  struct osmflow_bytes document {};
  osmflow_bytes_init(&document, 1 << 16);
  if (osmflow_mapflow_open_options(&document, &error) == OSMFLOW_OK)
    driver->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST, osmflow_bytes_string(&document));
  osmflow_bytes_clear(&document);
}

void OsmflowRegisterMapflow() {
  if (GDALGetDriverByName("MAPFLOW"))
    return;
  auto driver = std::make_unique<GDALDriver>();
  driver->SetDescription("MAPFLOW");
  driver->SetMetadataItem(GDAL_DMD_LONGNAME, "Mapflow (AI mapping)");
  driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, osmflow_mapflow_connection_prefix);
  SetOpenOptions(driver.get());
  driver->SetMetadataItem(GDAL_DCAP_OPEN, "YES");
  driver->SetMetadataItem(GDAL_DCAP_VECTOR, "YES");
  /* Rasters are uploaded only: what is opened are tables and results. */
  driver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
  driver->SetMetadataItem(GDAL_DCAP_CREATECOPY, "YES");
  driver->SetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST, osmflow_raster_creation_options);
  driver->SetMetadataItem("DCAP_UPDATE", "YES");
  driver->SetMetadataItem("DCAP_APPEND", "YES");
  driver->SetMetadataItem("DMD_UPDATE_ITEMS", "Features");
  driver->SetMetadataItem(GDAL_DCAP_MULTIPLE_VECTOR_LAYERS, "YES");
  driver->SetMetadataItem(GDAL_DMD_SUPPORTED_SQL_DIALECTS, "OGRSQL SQLITE");
  driver->SetMetadataItem("OSMFLOW_VERSION", OSMFLOW_VERSION);
  driver->pfnIdentify = Identify;
  driver->pfnOpen = Open;
  driver->pfnCreateCopy = CreateCopy;
  driver->pfnDelete = Delete;
  driver->pfnUnloadDriver = Unload;
  GetGDALDriverManager()->RegisterDriver(driver.release());
}
