/* gdal_translate -of MAPFLOW: any raster that GDAL reads becomes an image of a mosaic.
 *
 * A GeoTIFF that was opened as it lies on disk is sent as it is; anything else (other formats, parts, what is in
 * memory) is written to a temporary GeoTIFF first (CPL_TMPDIR). Checks, mending and the upload itself are those of
 * include/osmflow/mapflow.h: the same raster under the same name is never sent twice. */
#ifndef OSMFLOW_SOURCE_RASTER_COPY_H
#define OSMFLOW_SOURCE_RASTER_COPY_H

#include <gdal.h>
#include <osmflow/environment.h>

#include "mapflow/raster.h"

/* The creation options, as GDAL wants them described. */
extern const char osmflow_raster_creation_options[];

/* `connection`: "MAPFLOW:rasters/mosaic/{id}/image", or "MAPFLOW:rasters/mosaic/image?name=...&tags=...&tags=..." for a
 * mosaic of that name, which is made unless there is one. `options`: NAME=VALUE, ended by NULL; may be NULL. *copy
 * (NULL: not wanted) is what was written or sent, opened for reading; GDALClose. A refusal lists every problem. */
enum osmflow_status osmflow_raster_copy(const struct osmflow_environment *environment, const char *connection,
                                        GDALDatasetH source, const char *const *options,
                                        const struct osmflow_raster_progress *progress, GDALDatasetH *copy,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
