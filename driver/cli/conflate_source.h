/* A vector source read once from its beginning to its end: each feature with its geometry in longitude and latitude.
 * Sources whose layers come interleaved (.osm, .pbf) are read in one pass, too.
 * Owner: the caller (_open/_close). One thread at a time. */
#ifndef OSMFLOW_CLI_CONFLATE_SOURCE_H
#define OSMFLOW_CLI_CONFLATE_SOURCE_H

#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <osmflow/environment.h>

struct osmflow_conflate_layer {
  OGRLayerH layer;
  OGRCoordinateTransformationH to_wgs84; /* NULL: it is there already */
};

struct osmflow_conflate_source {
  const struct osmflow_environment *environment;
  const char *name;
  GDALDatasetH dataset;
  OGRSpatialReferenceH wgs84;
  struct osmflow_conflate_layer *layers;
  size_t layer_count;
};

/* `name` is borrowed. */
enum osmflow_status osmflow_conflate_source_open(struct osmflow_conflate_source *source,
                                                 const struct osmflow_environment *environment, const char *name,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_conflate_source_close(struct osmflow_conflate_source *source);

/* OGR SQL WHERE text for all layers. */
enum osmflow_status osmflow_conflate_source_filter(struct osmflow_conflate_source *source, const char *where,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* What all layers cover; false: nothing. May read all of it. */
enum osmflow_status osmflow_conflate_source_extent(struct osmflow_conflate_source *source, OGREnvelope *extent,
                                                   bool *is_empty, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Only what may touch this box is wanted from now on; more may come. */
void osmflow_conflate_source_limit(struct osmflow_conflate_source *source, const OGREnvelope *box);

/* *feature NULL: the end. The feature is the caller's (OGR_F_Destroy); its geometry, which may be NULL, is that of the
 * feature. `layer`: which of source->layers. */
enum osmflow_status osmflow_conflate_source_next(struct osmflow_conflate_source *source, OGRFeatureH *feature,
                                                 size_t *layer, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
