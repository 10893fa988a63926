/* Opening a raster file in its two views, and catching what GDAL says meanwhile. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <math.h>
#include <stdio.h>

#include "mapflow/raster_parts.h"

static void CPL_STDCALL hear(CPLErr level, CPLErrorNum number, const char *message) {
  struct osmflow_raster_complaint *complaint = CPLGetErrorHandlerUserData();
  (void)number;
  if (level < CE_Warning || complaint->is_failure || (complaint->text[0] && level == CE_Warning))
    return;
  complaint->is_failure = level >= CE_Failure;
  snprintf(complaint->text, sizeof complaint->text, ": %s", message);
  for (char *at = complaint->text; *at; at++)
    if ((unsigned char)*at < ' ')
      *at = ' ';
}

void osmflow_raster_listen(struct osmflow_raster_complaint *complaint) {
  *complaint = (struct osmflow_raster_complaint){.is_failure = false};
  CPLPushErrorHandlerEx(hear, complaint);
  CPLSetCurrentErrorHandlerCatchDebug(FALSE);
}

void osmflow_raster_listen_end(void) {
  CPLPopErrorHandler();
}

const char *osmflow_raster_complained(const struct osmflow_raster_complaint *complaint) {
  return complaint->text;
}

static bool is_useful(const double transform[6]) {
  for (int i = 0; i < 6; i++)
    if (!isfinite(transform[i]))
      return false;
  const bool is_identity = transform[0] == 0 && transform[1] == 1 && transform[2] == 0 && transform[3] == 0 &&
                           transform[4] == 0 && fabs(transform[5]) == 1;
  return !is_identity && fabs(transform[1] * transform[5] - transform[2] * transform[4]) > 0;
}

static OGRSpatialReferenceH horizontal(OGRSpatialReferenceH crs) {
  OGRSpatialReferenceH copy = crs ? OSRClone(crs) : NULL;
  if (copy && OSRIsCompound(copy))
    OSRStripVertical(copy);
  if (copy)
    OSRSetAxisMappingStrategy(copy, OAMS_TRADITIONAL_GIS_ORDER);
  return copy;
}

static void read_place(GDALDatasetH dataset, struct osmflow_raster_place *place) {
  place->has_transform = GDALGetGeoTransform(dataset, place->transform) == CE_None && is_useful(place->transform);
  place->point_count = GDALGetGCPCount(dataset);
  place->has_rpc = CSLCount(GDALGetMetadata(dataset, "RPC")) > 0;
  place->crs = horizontal(GDALGetSpatialRef(dataset));
  if (!place->crs && place->point_count > 0)
    place->crs = horizontal(GDALGetGCPSpatialRef(dataset));
}

OGRSpatialReferenceH osmflow_raster_lonlat_crs(void) {
  OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
  if (crs && OSRImportFromEPSG(crs, 4326) == OGRERR_NONE)
    OSRSetAxisMappingStrategy(crs, OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

bool osmflow_raster_needs_warp(const struct osmflow_raster_place *place) {
  return !place->has_transform && (place->point_count > 0 || place->has_rpc);
}

enum osmflow_raster_turn osmflow_raster_turn(const struct osmflow_raster_place *place) {
  const double *transform = place->transform;
  const double most = 1e-9 * (hypot(transform[1], transform[4]) + hypot(transform[2], transform[5]));
  if (!place->has_transform)
    return OSMFLOW_RASTER_NORTH_UP;
  if (fabs(transform[2]) > most || fabs(transform[4]) > most)
    return OSMFLOW_RASTER_TURNED;
  return transform[5] > 0 || transform[1] < 0 ? OSMFLOW_RASTER_MIRRORED : OSMFLOW_RASTER_NORTH_UP;
}

static bool is_geotiff(GDALDatasetH dataset) {
  return EQUAL(GDALGetDriverShortName(GDALGetDatasetDriver(dataset)), "GTiff");
}

static const char *const geotiff[] = {"GTiff", NULL}, *const own_place[] = {"GEOREF_SOURCES=INTERNAL", NULL};

static void find_lonlat(struct osmflow_raster_file *file) {
  if (!file->place.crs)
    return;
  OGRSpatialReferenceH lonlat = osmflow_raster_lonlat_crs();
  if (!lonlat)
    return;
  file->to_lonlat = OCTNewCoordinateTransformation(file->place.crs, lonlat);
  OSRRelease(lonlat);
}

void osmflow_raster_file_open(struct osmflow_raster_file *file, const char *path) {
  static const char *const nothing_beside[] = {NULL};
  *file = (struct osmflow_raster_file){.path = path};
  file->whole = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
  if (!file->whole)
    return;
  read_place(file->whole, &file->whole_place);
  if (is_geotiff(file->whole))
    file->alone = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, geotiff, own_place, nothing_beside);
  read_place(file->alone ? file->alone : file->whole, &file->place);
  find_lonlat(file);
}

void osmflow_raster_file_open_whole(struct osmflow_raster_file *file, const char *path, bool is_beside) {
  *file = (struct osmflow_raster_file){.path = path};
  file->whole = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, is_beside ? NULL : geotiff,
                           is_beside ? NULL : own_place, NULL);
  if (!file->whole)
    return;
  read_place(file->whole, &file->place);
  find_lonlat(file);
}

void osmflow_raster_file_close(struct osmflow_raster_file *file) {
  if (file->to_lonlat)
    OCTDestroyCoordinateTransformation(file->to_lonlat);
  if (file->place.crs)
    OSRRelease(file->place.crs);
  if (file->whole_place.crs)
    OSRRelease(file->whole_place.crs);
  if (file->alone)
    GDALClose(file->alone);
  if (file->whole)
    GDALClose(file->whole);
  *file = (struct osmflow_raster_file){.path = NULL};
}
