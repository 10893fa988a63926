#include "cli/conflate_source.h"

#include <cpl_error.h>
#include <stdlib.h>

#include "cli/plugin.h"
#include "net/url.h"

/* GDAL tells the end and a failure by the same NULL; only its error state knows which it was. */
static void listen(void) {
  CPLPushErrorHandler(CPLQuietErrorHandler);
  CPLErrorReset();
}

static bool has_failed(void) {
  CPLPopErrorHandler();
  return CPLGetLastErrorType() >= CE_Failure;
}

static enum osmflow_status fail(const struct osmflow_conflate_source *source, struct osmflow_error *error) {
  struct osmflow_error what;
  if (osmflow_url_has_secret(source->name))
    return osmflow_error_set(error, OSMFLOW_IO, "the source cannot be read");
  osmflow_error_set(&what, OSMFLOW_IO, "%.300s cannot be read", source->name);
  return osmflow_plugin_failure(OSMFLOW_IO, what.message, error);
}

/* Layers without a coordinate system are taken for longitude and latitude, as GeoJSON has it. */
static enum osmflow_status open_layer(struct osmflow_conflate_source *source, size_t index,
                                      struct osmflow_error *error) {
  struct osmflow_conflate_layer *layer = &source->layers[index];
  layer->layer = GDALDatasetGetLayer(source->dataset, (int)index);
  OGRSpatialReferenceH srs = layer->layer ? OGR_L_GetSpatialRef(layer->layer) : NULL;
  if (!srs || OSRIsSame(srs, source->wgs84))
    return OSMFLOW_OK;
  listen();
  layer->to_wgs84 = OCTNewCoordinateTransformation(srs, source->wgs84);
  return has_failed() || !layer->to_wgs84 ? fail(source, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_conflate_source_open(struct osmflow_conflate_source *source,
                                                 const struct osmflow_environment *environment, const char *name,
                                                 struct osmflow_error *error) {
  *source = (struct osmflow_conflate_source){.environment = environment, .name = name};
  enum osmflow_status status = osmflow_plugin_open_vector(name, NULL, &source->dataset, error);
  if (status != OSMFLOW_OK)
    return status;
  source->wgs84 = OSRNewSpatialReference(NULL);
  OSRImportFromEPSG(source->wgs84, 4326);
  OSRSetAxisMappingStrategy(source->wgs84, OAMS_TRADITIONAL_GIS_ORDER);
  source->layer_count = (size_t)GDALDatasetGetLayerCount(source->dataset);
  source->layers = calloc(source->layer_count + 1, sizeof *source->layers);
  if (!source->layers)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the layers of %.300s", name);
  for (size_t i = 0; status == OSMFLOW_OK && i < source->layer_count; i++)
    status = open_layer(source, i, error);
  return status;
}

void osmflow_conflate_source_close(struct osmflow_conflate_source *source) {
  for (size_t i = 0; source->layers && i < source->layer_count; i++)
    if (source->layers[i].to_wgs84)
      OCTDestroyCoordinateTransformation(source->layers[i].to_wgs84);
  free(source->layers);
  if (source->wgs84)
    OSRRelease(source->wgs84);
  if (source->dataset)
    GDALClose(source->dataset);
  *source = (struct osmflow_conflate_source){.dataset = NULL};
}

enum osmflow_status osmflow_conflate_source_filter(struct osmflow_conflate_source *source, const char *where,
                                                   struct osmflow_error *error) {
  bool good = true;
  listen();
  for (size_t i = 0; good && i < source->layer_count; i++)
    good = OGR_L_SetAttributeFilter(source->layers[i].layer, where) == OGRERR_NONE;
  CPLPopErrorHandler();
  return good ? OSMFLOW_OK : osmflow_plugin_failure(OSMFLOW_BAD_ARGUMENT, "--where", error);
}

static bool transform(OGRCoordinateTransformationH transformation, OGREnvelope *box) {
  enum { PIECES = 21 };
  OGREnvelope out;
  if (!transformation)
    return true;
  if (!OCTTransformBounds(transformation, box->MinX, box->MinY, box->MaxX, box->MaxY, &out.MinX, &out.MinY, &out.MaxX,
                          &out.MaxY, PIECES))
    return false;
  *box = out;
  return true;
}

enum osmflow_status osmflow_conflate_source_extent(struct osmflow_conflate_source *source, OGREnvelope *extent,
                                                   bool *is_empty, struct osmflow_error *error) {
  *is_empty = true;
  for (size_t i = 0; i < source->layer_count; i++) {
    OGREnvelope one;
    listen();
    const bool found = OGR_L_GetExtent(source->layers[i].layer, &one, TRUE) == OGRERR_NONE;
    const bool good = !found || transform(source->layers[i].to_wgs84, &one);
    if (has_failed() || !good) {
      /* An empty layer has no extent, and some drivers call that a failure. */
      if (found || OGR_L_GetFeatureCount(source->layers[i].layer, TRUE) != 0)
        return fail(source, error);
    }
    if (!found)
      continue;
    if (*is_empty || one.MinX < extent->MinX)
      extent->MinX = one.MinX;
    if (*is_empty || one.MinY < extent->MinY)
      extent->MinY = one.MinY;
    if (*is_empty || one.MaxX > extent->MaxX)
      extent->MaxX = one.MaxX;
    if (*is_empty || one.MaxY > extent->MaxY)
      extent->MaxY = one.MaxY;
    *is_empty = false;
  }
  return OSMFLOW_OK;
}

/* A layer whose system cannot tell the box is read whole: that costs time, never a feature. So are files of OSM data:
 * GDAL's driver for them leaves out areas that reach over the box with all their corners outside. */
void osmflow_conflate_source_limit(struct osmflow_conflate_source *source, const OGREnvelope *box) {
  GDALDriverH driver = GDALGetDatasetDriver(source->dataset);
  if (driver && EQUAL(GDALGetDriverShortName(driver), "OSM"))
    return;
  for (size_t i = 0; i < source->layer_count; i++) {
    struct osmflow_conflate_layer *layer = &source->layers[i];
    OGREnvelope own = *box;
    listen();
    OGRCoordinateTransformationH back =
        layer->to_wgs84 ? OCTNewCoordinateTransformation(source->wgs84, OGR_L_GetSpatialRef(layer->layer)) : NULL;
    if (!layer->to_wgs84 || (back && transform(back, &own)))
      OGR_L_SetSpatialFilterRect(layer->layer, own.MinX, own.MinY, own.MaxX, own.MaxY);
    if (back)
      OCTDestroyCoordinateTransformation(back);
    CPLPopErrorHandler();
  }
}

enum osmflow_status osmflow_conflate_source_next(struct osmflow_conflate_source *source, OGRFeatureH *feature,
                                                 size_t *layer, struct osmflow_error *error) {
  OGRLayerH of = NULL;
  *feature = NULL;
  if (source->environment->cancelled(source->environment->self))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; nothing was written");
  listen();
  *feature = GDALDatasetGetNextFeature(source->dataset, &of, NULL, NULL, NULL);
  bool good = !has_failed() || *feature;
  for (*layer = 0; good && *feature && *layer < source->layer_count && source->layers[*layer].layer != of;)
    ++*layer;
  OGRGeometryH geometry = good && *feature ? OGR_F_GetGeometryRef(*feature) : NULL;
  if (geometry && *layer < source->layer_count && source->layers[*layer].to_wgs84) {
    listen();
    good = OGR_G_Transform(geometry, source->layers[*layer].to_wgs84) == OGRERR_NONE;
    CPLPopErrorHandler();
  }
  if (good && *feature && *layer == source->layer_count)
    good = false;
  if (good)
    return OSMFLOW_OK;
  OGR_F_Destroy(*feature);
  *feature = NULL;
  return fail(source, error);
}
