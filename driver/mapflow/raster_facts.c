/* What is known of a raster: its size, types, CRS code, the size of its pixels on the ground, its box. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/raster_parts.h"

static const double pi = 3.14159265358979323846;

const char *osmflow_raster_type_name(GDALRasterBandH band) {
  static const struct {
    const char *gdal, *server;
  } names[] = {{"Byte", "uint8"},         {"UInt8", "uint8"},         {"Int8", "int8"},
               {"UInt16", "uint16"},      {"Int16", "int16"},         {"UInt32", "uint32"},
               {"Int32", "int32"},        {"UInt64", "uint64"},       {"Int64", "int64"},
               {"Float16", "float16"},    {"Float32", "float32"},     {"Float64", "float64"},
               {"CFloat32", "complex64"}, {"CFloat64", "complex128"}, {"CInt16", "complex_int16"}};
  /* A GDAL that has the type (since 3.7) does not use the item, and says so whenever it is asked. */
  const bool has_int8 = GDALGetDataTypeByName("Int8") != GDT_Unknown;
  const char *sign = has_int8 ? NULL : GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
  const char *name = GDALGetDataTypeName(GDALGetRasterDataType(band));
  if (sign && strcmp(sign, "SIGNEDBYTE") == 0)
    return "int8";
  for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i].gdal, name) == 0)
      return names[i].server;
  return "complex";
}

bool osmflow_raster_crs_is_advised(OGRSpatialReferenceH crs, const char *code) {
  /* The last two take the place of UTM beyond 84 degrees. */
  static const char *const codes[] = {"EPSG:4326", "EPSG:3857", "EPSG:32661", "EPSG:32761"};
  int is_north = 0;
  OGRErr failure = OGRERR_NONE;
  const double flattening = OSRGetInvFlattening(crs, &failure);
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (strcmp(code, codes[i]) == 0)
      return true;
  return OSRGetUTMZone(crs, &is_north) != 0 && failure == OGRERR_NONE && fabs(flattening - 298.2572) < 0.001;
}

static void read_code(OGRSpatialReferenceH crs, struct osmflow_raster_facts *facts) {
  const char *authority = OSRGetAuthorityName(crs, NULL), *code = OSRGetAuthorityCode(crs, NULL);
  if (!code && OSRAutoIdentifyEPSG(crs) == OGRERR_NONE) {
    authority = OSRGetAuthorityName(crs, NULL);
    code = OSRGetAuthorityCode(crs, NULL);
  }
  if (authority && code)
    snprintf(facts->crs, sizeof facts->crs, "%.30s:%.30s", authority, code);
}

bool osmflow_raster_lonlat(const struct osmflow_raster_file *file, double column, double row, double *lon,
                           double *lat) {
  const double *transform = file->place.transform;
  int is_good = FALSE;
  *lon = transform[0] + column * transform[1] + row * transform[2];
  *lat = transform[3] + column * transform[4] + row * transform[5];
  return file->to_lonlat && OCTTransformEx(file->to_lonlat, 1, lon, lat, NULL, &is_good) && is_good && isfinite(*lon) &&
         isfinite(*lat);
}

/* Metres between two near places, by the radii of curvature there. */
static double distance(double lon, double lat, double other_lon, double other_lat) {
  static const double axis = 6378137.0, squared_eccentricity = 0.00669437999014;
  const double middle = (lat + other_lat) / 2 * pi / 180;
  const double bend = sqrt(1 - squared_eccentricity * sin(middle) * sin(middle));
  const double north = (other_lat - lat) * pi / 180 * axis * (1 - squared_eccentricity) / (bend * bend * bend);
  const double east = (other_lon - lon) * pi / 180 * axis / bend * cos(middle);
  return hypot(north, east);
}

/* Ten pixels are measured, so that rounding in the projection does not count. */
static double measure(const struct osmflow_raster_file *file, double columns, double rows) {
  const double column = file->facts.width / 2.0, row = file->facts.height / 2.0;
  double lon = 0, lat = 0, other_lon = 0, other_lat = 0;
  if (!osmflow_raster_lonlat(file, column - columns * 5, row - rows * 5, &lon, &lat) ||
      !osmflow_raster_lonlat(file, column + columns * 5, row + rows * 5, &other_lon, &other_lat))
    return 0;
  return distance(lon, lat, other_lon, other_lat) / 10;
}

static void read_box(const struct osmflow_raster_file *file, double box[4]) {
  const double *transform = file->place.transform;
  const double columns[] = {0, file->facts.width}, rows[] = {0, file->facts.height};
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (int i = 0; i < 4; i++) {
    const double x = transform[0] + columns[i & 1] * transform[1] + rows[i >> 1] * transform[2];
    const double y = transform[3] + columns[i & 1] * transform[4] + rows[i >> 1] * transform[5];
    low[0] = fmin(low[0], x), high[0] = fmax(high[0], x);
    low[1] = fmin(low[1], y), high[1] = fmax(high[1], y);
  }
  if (!OCTTransformBounds(file->to_lonlat, low[0], low[1], high[0], high[1], &box[0], &box[1], &box[2], &box[3], 21) ||
      !isfinite(box[0]) || !isfinite(box[1]) || !isfinite(box[2]) || !isfinite(box[3]))
    memset(box, 0, 4 * sizeof box[0]);
}

void osmflow_raster_facts_read(struct osmflow_raster_file *file) {
  struct osmflow_raster_facts *facts = &file->facts;
  GDALDatasetH dataset = file->alone ? file->alone : file->whole;
  int has_nodata = FALSE;
  snprintf(facts->driver, sizeof facts->driver, "%s", GDALGetDriverShortName(GDALGetDatasetDriver(file->whole)));
  facts->width = GDALGetRasterXSize(dataset);
  facts->height = GDALGetRasterYSize(dataset);
  facts->bands = GDALGetRasterCount(dataset);
  for (int i = 0; i < facts->bands && i < OSMFLOW_RASTER_MOST_BANDS; i++)
    snprintf(facts->type[i], sizeof facts->type[i], "%s", osmflow_raster_type_name(GDALGetRasterBand(dataset, i + 1)));
  if (facts->bands > 0)
    facts->nodata = GDALGetRasterNoDataValue(GDALGetRasterBand(dataset, 1), &has_nodata);
  facts->has_nodata = has_nodata;
  if (file->place.crs)
    read_code(file->place.crs, facts);
  if (!file->place.has_transform)
    return;
  facts->pixel_size[0] = hypot(file->place.transform[1], file->place.transform[4]);
  facts->pixel_size[1] = hypot(file->place.transform[2], file->place.transform[5]);
  if (!file->to_lonlat)
    return;
  facts->pixel_meters = sqrt(measure(file, 1, 0) * measure(file, 0, 1));
  read_box(file, facts->box);
}
