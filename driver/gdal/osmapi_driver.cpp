/* The driver OSMAPI. */
#include <gdal_priv.h>
#include <cstring>

#include "gdal/dataset.h"
#include "gdal/driver.h"

static bool IsConnection(const char *name) {
  return STARTS_WITH_CI(name, osmflow_connection_prefix);
}

static bool IsChangeFile(const GDALOpenInfo *info) {
  const size_t size = strlen(info->pszFilename);
  return info->bStatOK && !info->bIsDirectory && size > 4 && EQUAL(info->pszFilename + size - 4, ".osc");
}

/* Called for every file that any program opens: no I/O, no allocation. An osmChange file is ours so that GDAL asks us
 * before it is written anew: GDAL deletes what is there before it calls Create, see Delete. */
static int Identify(GDALOpenInfo *info) {
  return IsConnection(info->pszFilename) || IsChangeFile(info);
}

/* Nothing is deleted as a whole. Without a message, since GDAL calls this before each Create, which says what is wrong.
 */
static CPLErr Delete(const char *name) {
  CPLDebug("OSMAPI", "%s is not deleted", name);
  return CE_Failure;
}

static GDALDataset *Wrap(struct osmflow_dataset *dataset, const char *name) {
  auto opened = std::make_unique<OsmflowDataset>(dataset);
  opened->SetDescription(name);
  return opened.release();
}

static GDALDataset *Open(GDALOpenInfo *info) {
  struct osmflow_error error {};
  struct osmflow_dataset *dataset = nullptr;
  if (!IsConnection(info->pszFilename) || !(info->nOpenFlags & GDAL_OF_VECTOR))
    return nullptr;
  if (osmflow_dataset_open(osmflow_environment_gdal(), info->pszFilename,
                           const_cast<const char *const *>(info->papszOpenOptions), info->eAccess == GA_Update,
                           &dataset, &error) != OSMFLOW_OK) {
    OsmflowReport(error);
    return nullptr;
  }
  return Wrap(dataset, info->pszFilename);
}

/* A new osmChange file. */
#if OSMFLOW_GDAL(3, 13)
static GDALDataset *Create(const char *name, int, int, int, GDALDataType, CSLConstList options) {
#else
static GDALDataset *Create(const char *name, int, int, int, GDALDataType, char **options) {
#endif
  struct osmflow_error error {};
  struct osmflow_dataset *dataset = nullptr;
  enum osmflow_status status = OSMFLOW_OK;
  if (IsConnection(name))
    status = osmflow_error_set(&error, OSMFLOW_BAD_ARGUMENT,
                               "%s is there already: open it for update (ogr2ogr: -append) with UPLOAD=YES and "
                               "COMMENT=..., or write edits to a file (ogr2ogr -f OSMAPI new.osc ...)",
                               name);
  else
    status = osmflow_dataset_create(osmflow_environment_gdal(), name, const_cast<const char *const *>(options),
                                    &dataset, &error);
  if (status != OSMFLOW_OK) {
    OsmflowReport(error);
    return nullptr;
  }
  return Wrap(dataset, name);
}

static void Unload(GDALDriver *) {
  osmflow_session_forget_all();
}

void OsmflowRegisterOsmapi() {
  if (GDALGetDriverByName("OSMAPI"))
    return;
  auto driver = std::make_unique<GDALDriver>();
  driver->SetDescription("OSMAPI");
  driver->SetMetadataItem(GDAL_DMD_LONGNAME, "OpenStreetMap editing API v0.6");
  /* Programs put https://gdal.org/ in front of it. The layers, rules and most options are those of GDAL's own driver.
   */
  driver->SetMetadataItem(GDAL_DMD_HELPTOPIC, "drivers/vector/osm.html");
  driver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, osmflow_connection_prefix);
  driver->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST, osmflow_open_options);
  driver->SetMetadataItem(GDAL_DCAP_OPEN, "YES");
  driver->SetMetadataItem(GDAL_DCAP_VECTOR, "YES");
  driver->SetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST,
                          "<CreationOptionList>" OSMFLOW_CREATION_OPTION_LIST "</CreationOptionList>");
  driver->SetMetadataItem(GDAL_DMD_CREATIONFIELDDATATYPES,
                          "Integer Integer64 Real String Date Time DateTime StringList IntegerList Integer64List");
  driver->SetMetadataItem(GDAL_DMD_CREATIONFIELDDATASUBTYPES, "Boolean JSON");
  driver->SetMetadataItem(GDAL_DCAP_CREATE, "YES");
  driver->SetMetadataItem(GDAL_DCAP_CREATE_LAYER, "YES");
  driver->SetMetadataItem(GDAL_DCAP_CREATE_FIELD, "YES");
  driver->SetMetadataItem("DCAP_UPDATE", "YES");
  driver->SetMetadataItem("DCAP_APPEND", "YES");
  driver->SetMetadataItem("DCAP_UPSERT", "YES");
  driver->SetMetadataItem("DMD_UPDATE_ITEMS", "Features");
  driver->SetMetadataItem(GDAL_DMD_EXTENSION, "osc");
  driver->SetMetadataItem(GDAL_DCAP_VIRTUALIO, "YES");
  driver->SetMetadataItem(GDAL_DCAP_MULTIPLE_VECTOR_LAYERS, "YES");
  driver->SetMetadataItem(GDAL_DMD_SUPPORTED_SQL_DIALECTS, "OGRSQL SQLITE");
  driver->SetMetadataItem("OSMFLOW_VERSION", OSMFLOW_VERSION);
  driver->pfnIdentify = Identify;
  driver->pfnOpen = Open;
  driver->pfnCreate = Create;
  driver->pfnDelete = Delete;
  driver->pfnUnloadDriver = Unload;
  GetGDALDriverManager()->RegisterDriver(driver.release());
}
