/* Mosaics, images, storage, catalog. Source: spec "Data API"; facts 2.5, 7.7 to 7.9. */
#include "mapflow/table_columns.h"

static const struct osmflow_mapflow_column mosaic_columns[] = {
    TEXT("id", "id"),
    TEXT_CHANGES("name", "name"),
    JSON_CHANGES("tags", "tags"),
    TEXT("tags_text", ":joined tags"),
    BIG("size", "sizeInBytes"),
    INTEGER("image_count", "status_summary/total|image_count"),
    INTEGER("images_ready", "status_summary/ready"),
    INTEGER("images_pending", "status_summary/pending"),
    INTEGER("images_in_progress", "status_summary/in_progress"),
    INTEGER("images_failed", "status_summary/failed"),
    INTEGER("images_loading", "status_summary/loading"),
    TEXT("tile_url", "rasterLayer/tileUrl"),
    TEXT("tilejson_url", "rasterLayer/tileJsonUrl"),
    TEXT("gdal_raster", ":tiles rasterLayer/tileUrl"),
    TIME("created", "created_at|createdAt"),
};

#define MOSAIC_PARTS                                                                                                   \
  .geometry = OSMFLOW_GEOMETRY_MULTIPOLYGON, .geometry_place = "footprint", .id_place = "id", COLUMNS(mosaic_columns), \
  .kind = "mosaic"

static const struct osmflow_mapflow_schema mosaics[] = {{.layer = "mosaics", .rows = "results|mosaics", MOSAIC_PARTS}};
static const struct osmflow_mapflow_schema mosaic[] = {{.layer = "mosaic", .rows = "", MOSAIC_PARTS}};

static const struct osmflow_mapflow_column image_columns[] = {
    TEXT("id", "id|image_id"),
    TEXT("mosaic_id", "mosaic_id"),
    TEXT_CHANGES("filename", "filename|name"),
    TEXT("state", "state|preprocessing_status"),
    BIG("file_size", "file_size"),
    TEXT("checksum", "checksum"),
    TEXT("crs", "meta_data/crs"),
    INTEGER("width", "meta_data/width"),
    INTEGER("height", "meta_data/height"),
    INTEGER("band_count", "meta_data/count"),
    JSON("dtypes", "meta_data/dtypes"),
    REAL("pixel_size_x", "meta_data/pixel_size/0|meta_data/pixel_size"),
    REAL("pixel_size_y", "meta_data/pixel_size/1|meta_data/pixel_size"),
    REAL("nodata", "meta_data/nodata"),
    BOOLEAN("available_for_download", "available_for_download"),
    TEXT("preview_url_s", "preview_url_s"),
    TEXT("preview_url_l", "preview_url_l"),
    TEXT("gdal_preview_s", ":vsicurl preview_url_s"),
    TEXT("gdal_preview_l", ":vsicurl preview_url_l"),
    TEXT("image_url", "image_url"),
    TEXT("cog_link", "cog_link"),
    JSON("meta_data", "meta_data"),
    TIME("uploaded", "uploaded_at"),
};

#define IMAGE_PARTS                                                                               \
  .geometry = OSMFLOW_GEOMETRY_POLYGON, .geometry_place = "footprint", .id_place = "id|image_id", \
  COLUMNS(image_columns), .kind = "image"

static const struct osmflow_mapflow_schema images[] = {{.layer = "images", .rows = "results|images", IMAGE_PARTS}};
static const struct osmflow_mapflow_schema image[] = {{.layer = "image", .rows = "", IMAGE_PARTS}};

static const struct osmflow_mapflow_column mosaic_status_columns[] = {
    TEXT("mosaic_id", "mosaic_id"),
    INTEGER("total_images", "total_images"),
    INTEGER("ready_images", "ready_images"),
    INTEGER("pending_images", "pending_images"),
    INTEGER("in_progress_images", "in_progress_images"),
    INTEGER("failed_images", "failed_images"),
};

static const struct osmflow_mapflow_column image_status_columns[] = {
    TEXT("image_id", "image_id|id"),
    TEXT("filename", "filename"),
    TEXT("preprocessing_status", "preprocessing_status|state"),
    TEXT("preprocessing_error", "preprocessing_error"),
    BOOLEAN("data_available", "data_available"),
    TIME("uploaded", "uploaded_at"),
};

static const struct osmflow_mapflow_schema mosaic_status[] = {
    {.layer = "status", .rows = "", .id_place = "mosaic_id", COLUMNS(mosaic_status_columns)},
    {.layer = "images", .rows = "images", .id_place = "image_id|id", COLUMNS(image_status_columns)}};
static const struct osmflow_mapflow_schema image_status[] = {
    {.layer = "status", .rows = "", .id_place = "image_id|id", COLUMNS(image_status_columns)}};

static const struct osmflow_mapflow_column memory_columns[] = {
    BIG("limit_bytes", "memoryLimit|limit_bytes"),
    BIG("used_bytes", "memoryUsed|used_bytes"),
    BIG("free_bytes", "memoryFree|:difference limit_bytes used_bytes"),
    REAL("usage_percent", "usage_percent|:percent memoryUsed memoryLimit"),
    BIG("max_upload_file_size", "maxUploadFileSize"),
    BIG("max_pixel_count", "maxPixelCount"),
};
static const struct osmflow_mapflow_schema memory[] = {{.layer = "memory", .rows = "", COLUMNS(memory_columns)}};

static const struct osmflow_mapflow_column catalog_columns[] = {
    TEXT("id", "id"),
    TEXT("provider_name", "providerName"),
    TEXT("product_type", "productType"),
    TIME("acquisition_date", "acquisitionDate"),
    TEXT("sensor", "sensor"),
    TEXT("satellite_id", "satId"),
    REAL("pixel_resolution", "pixelResolution"),
    REAL("cloud_cover", "cloudCover"),
    REAL("off_nadir_angle", "offNadirAngle"),
    REAL("sun_azimuth", "sunAzimuth"),
    REAL("sun_elevation", "sunElevation"),
    REAL("satellite_azimuth", "satelliteAzimuth"),
    REAL("aoi_intersection_percent", "aoiIntersectionPercent"),
    REAL("min_area_sq_km", "minAreaSqkm"),
    INTEGER("zoom", "zoom"),
    TEXT("color_band_order", "colorBandOrder"),
    TEXT("preview_type", "previewType"),
    TEXT("preview_url", "previewUrl"),
    TEXT("gdal_preview", ":preview"),
    JSON("previews", "previews"),
    BOOLEAN("is_new", "isNew"),
};

/* Angles have a sign here, and nothing says that the server's limits have one: they are not pushed. */
static const struct osmflow_mapflow_push catalog_pushes[] = {
    {OSMFLOW_MAPFLOW_PUSH_FROM, "acquisition_date", "acquisitionDateFrom"},
    {OSMFLOW_MAPFLOW_PUSH_TO, "acquisition_date", "acquisitionDateTo"},
    {OSMFLOW_MAPFLOW_PUSH_FROM, "pixel_resolution", "minResolution"},
    {OSMFLOW_MAPFLOW_PUSH_TO, "pixel_resolution", "maxResolution"},
    {OSMFLOW_MAPFLOW_PUSH_TO, "cloud_cover", "maxCloudCover"},
    {OSMFLOW_MAPFLOW_PUSH_FROM, "aoi_intersection_percent", "minAoiIntersectionPercent"},
    {OSMFLOW_MAPFLOW_PUSH_EQUAL, "provider_name", "dataProviders"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "provider_name", "PROVIDER_NAME"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "satellite_id", "SAT_ID"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "cloud_cover", "CLOUD_COVER"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "off_nadir_angle", "OFF_NADIR_ANGLE"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "acquisition_date", "ACQUISITION_DATE"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "zoom", "ZOOM"},
    {OSMFLOW_MAPFLOW_PUSH_SORT, "pixel_resolution", "PIXEL_RESOLUTION"},
};

static const struct osmflow_mapflow_schema catalog[] = {{.layer = "images",
                                                         .rows = "images|results",
                                                         .geometry = OSMFLOW_GEOMETRY_MULTIPOLYGON,
                                                         .geometry_place = "footprint",
                                                         .id_place = "id",
                                                         COLUMNS(catalog_columns),
                                                         PUSHES(catalog_pushes),
                                                         .pushes_area = true,
                                                         .needs_area = true}};

static const struct osmflow_mapflow_table_class classes[] = {
    {.call = "rasters/mosaic", .path = "rasters/mosaic", SCHEMAS(mosaics)},
    {.call = "rasters/mosaic/{id}", .path = "rasters/mosaic/*", .is_single = true, SCHEMAS(mosaic)},
    {.call = "rasters/mosaic/{id}/image", .path = "rasters/mosaic/*/image", SCHEMAS(images)},
    {.call = "rasters/mosaic/{id}/status",
     .path = "rasters/mosaic/*/status",
     .is_single = true,
     SCHEMAS(mosaic_status)},
    {.call = "rasters/image/{id}", .path = "rasters/image/*", .is_single = true, SCHEMAS(image)},
    {.call = "rasters/image/{id}/status", .path = "rasters/image/*/status", .is_single = true, SCHEMAS(image_status)},
    {.call = "rasters/memory", .path = "rasters/memory", .is_single = true, SCHEMAS(memory)},
    {.call = "catalog/meta", .asking = OSMFLOW_MAPFLOW_ASK_CATALOG, .page_path = "catalog/meta", SCHEMAS(catalog)},
};

const struct osmflow_mapflow_table_class *osmflow_mapflow_table_rasters(size_t *count) {
  *count = COUNT_OF(classes);
  return classes;
}
