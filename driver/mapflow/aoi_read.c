/* Areas of interest from any OGR source. */
#include <cpl_error.h>
#include <gdal.h>
#include <inttypes.h>
#include <stdio.h>

#include "mapflow/aoi_parts.h"
#include "net/url.h"

enum { SHOWN_SIZE = 240, WHAT_SIZE = 320 };

static bool is_area(OGRwkbGeometryType type) {
  const OGRwkbGeometryType flat = wkbFlatten(type);
  return flat == wkbPolygon || flat == wkbMultiPolygon || flat == wkbCurvePolygon || flat == wkbMultiSurface;
}

/* The layer of that name; without one the only one, else the first with areas, else one that may have some. */
static OGRLayerH find_layer(GDALDatasetH dataset, const char *name) {
  OGRLayerH first_area = NULL, perhaps = NULL;
  const int count = GDALDatasetGetLayerCount(dataset);
  if (name)
    return GDALDatasetGetLayerByName(dataset, name);
  if (count == 1)
    return GDALDatasetGetLayer(dataset, 0);
  for (int i = 0; i < count; i++) {
    OGRLayerH layer = GDALDatasetGetLayer(dataset, i);
    const OGRwkbGeometryType type = wkbFlatten(OGR_L_GetGeomType(layer));
    if (!first_area && is_area(type))
      first_area = layer;
    if (!perhaps && (type == wkbUnknown || type == wkbGeometryCollection))
      perhaps = layer;
  }
  return first_area ? first_area : perhaps;
}

static enum osmflow_status refuse_layer(GDALDatasetH dataset, const char *shown, const char *name,
                                        struct osmflow_error *error) {
  enum { LIST_CEILING = 800, MOST_NAMES = 20 };
  struct osmflow_bytes list;
  osmflow_bytes_init(&list, LIST_CEILING);
  enum osmflow_status fits = OSMFLOW_OK;
  for (int i = 0; fits == OSMFLOW_OK && i < GDALDatasetGetLayerCount(dataset) && i < MOST_NAMES; i++)
    fits = osmflow_bytes_print(&list, NULL, "%s%s", i > 0 ? ", " : "", OGR_L_GetName(GDALDatasetGetLayer(dataset, i)));
  const enum osmflow_status status =
      name ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no layer \"%.80s\"; it has: %s", shown, name,
                               osmflow_bytes_string(&list))
           : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no layer of polygons; it has: %s", shown,
                               osmflow_bytes_string(&list));
  osmflow_bytes_clear(&list);
  return status;
}

static enum osmflow_status read_layer(OGRLayerH layer, const char *shown, bool is_secret, const char *where,
                                      struct osmflow_aoi_parts *parts, struct osmflow_error *error) {
  OGRFeatureH feature = NULL;
  OGRSpatialReferenceH srs = OGR_L_GetSpatialRef(layer);
  enum osmflow_status status = OSMFLOW_OK;
  CPLErrorReset();
  if (where && OGR_L_SetAttributeFilter(layer, where) != OGRERR_NONE)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the condition \"%.200s\" does not fit layer %.80s: %.300s",
                             where, OGR_L_GetName(layer), CPLGetLastErrorMsg());
  OGR_L_ResetReading(layer);
  while (status == OSMFLOW_OK && (feature = OGR_L_GetNextFeature(layer))) {
    char what[WHAT_SIZE];
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
    snprintf(what, sizeof what, "feature %" PRId64 " of %s", (int64_t)OGR_F_GetFID(feature), shown);
    if (geometry)
      status = osmflow_aoi_parts_add(parts, geometry, srs, what, error);
    OGR_F_Destroy(feature);
  }
  if (status == OSMFLOW_OK && CPLGetLastErrorType() >= CE_Failure)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s could not be read to its end%s%.300s", shown,
                               is_secret ? "" : ": ", is_secret ? "" : CPLGetLastErrorMsg());
  return status;
}

enum osmflow_status osmflow_aoi_read(const char *source, const char *layer, const char *where, struct osmflow_aoi *aoi,
                                     struct osmflow_error *error) {
  const bool is_secret = osmflow_url_has_secret(source);
  struct osmflow_aoi_parts parts;
  char shown[SHOWN_SIZE];
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_aoi_parts_init(&parts);
  snprintf(shown, sizeof shown, "%s", is_secret ? "the source of the area" : source);
  CPLPushErrorHandler(CPLQuietErrorHandler);
  CPLErrorReset();
  GDALDatasetH dataset =
      GDALOpenEx(source, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
  if (!dataset)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s cannot be opened%s%.300s", shown, is_secret ? "" : ": ",
                               is_secret ? "" : CPLGetLastErrorMsg());
  OGRLayerH found = dataset ? find_layer(dataset, layer) : NULL;
  if (status == OSMFLOW_OK && !found)
    status = refuse_layer(dataset, shown, layer, error);
  if (status == OSMFLOW_OK)
    status = read_layer(found, shown, is_secret, where, &parts, error);
  if (status == OSMFLOW_OK)
    status = osmflow_aoi_finish(&parts, aoi, error);
  if (status == OSMFLOW_BAD_ARGUMENT && found && where && OGR_G_IsEmpty(parts.polygons))
    osmflow_error_prefix(error, "%s: ", shown);
  if (dataset)
    GDALClose(dataset);
  CPLPopErrorHandler();
  osmflow_aoi_parts_clear(&parts);
  return status;
}
