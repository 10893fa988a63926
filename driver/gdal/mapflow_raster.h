/* Rasters into Mapflow's mosaics (gdal_translate -of MAPFLOW). */
#ifndef OSMFLOW_GDAL_MAPFLOW_RASTER_H
#define OSMFLOW_GDAL_MAPFLOW_RASTER_H

#include <gdal_priv.h>

#include "gdal/compat.h"

extern "C" {
#include "source/raster_copy.h"
}

/* Of GDALDriver::pfnCreateCopy; its options are described by osmflow_raster_creation_options. */
GDALDataset *OsmflowMapflowCreateCopy(const char *name, GDALDataset *source, int strict, osmflow_options options,
                                      GDALProgressFunc progress, void *progress_data);

#endif
