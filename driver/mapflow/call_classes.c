/* The table of the reading calls. Words that are no ids come before those that may be. */
#include "mapflow/call.h"

#define LISTING "limit offset filter terms sortBy sortOrder"

static const struct osmflow_mapflow_call_class classes[] = {
    {"version", "version", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"user/status", "user/status", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"projects", "projects", LISTING, OSMFLOW_MAPFLOW_TABLES},
    {"projects/default", "projects/default", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"projects/{id}", "projects/*", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"projects/{id}/processings", "projects/*/processings", LISTING, OSMFLOW_MAPFLOW_TABLES},
    {"projects/{id}/results", "projects/*/results", NULL, OSMFLOW_MAPFLOW_RESULTS},
    {"processings", "processings", "limit offset", OSMFLOW_MAPFLOW_TABLES},
    {"processings/stats", "processings/stats", "type page perPage sort filter", OSMFLOW_MAPFLOW_TABLES},
    {"processings/{id}", "processings/*", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"processings/{id}/v2", "processings/*/v2", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"processings/{id}/aois", "processings/*/aois", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"processings/{id}/result", "processings/*/result", "aoiId", OSMFLOW_MAPFLOW_RESULT},
    {"rasters/mosaic", "rasters/mosaic", "tags", OSMFLOW_MAPFLOW_TABLES},
    {"rasters/mosaic/image", "rasters/mosaic/image", "name tags", OSMFLOW_MAPFLOW_UPLOADS},
    {"rasters/mosaic/{id}", "rasters/mosaic/*", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"rasters/mosaic/{id}/image", "rasters/mosaic/*/image", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"rasters/mosaic/{id}/status", "rasters/mosaic/*/status", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"rasters/image/{id}", "rasters/image/*", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"rasters/image/{id}/status", "rasters/image/*/status", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"rasters/memory", "rasters/memory", NULL, OSMFLOW_MAPFLOW_TABLES},
    {"catalog/meta", "catalog/meta",
     "bbox aoi acquisitionDateFrom acquisitionDateTo minResolution maxResolution maxCloudCover minOffNadirAngle "
     "maxOffNadirAngle minAoiIntersectionPercent limit offset sortBy sortOrder hideUnavailable dataProviders "
     "productTypes",
     OSMFLOW_MAPFLOW_TABLES},
};

const struct osmflow_mapflow_call_class *osmflow_mapflow_call_classes(size_t *count) {
  *count = sizeof classes / sizeof classes[0];
  return classes;
}
