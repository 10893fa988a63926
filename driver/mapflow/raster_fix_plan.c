/* What has to be done to a raster. */
#include <cpl_conv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/raster_fix_parts.h"

static const double least_pixel_meters = 0.1, most_square_degrees = 10;

void osmflow_raster_plan_clear(struct osmflow_raster_plan *plan) {
  CPLFree(plan->crs);
  *plan = (struct osmflow_raster_plan){.crs = NULL};
}

static bool has(const struct osmflow_raster_report *report, enum osmflow_raster_problem_kind kind) {
  return osmflow_raster_find(report, kind) != NULL;
}

static bool find_middle(const struct osmflow_raster_file *file, double *lon, double *lat) {
  const int count = GDALGetGCPCount(file->whole);
  const GDAL_GCP *points = GDALGetGCPs(file->whole);
  if (file->place.has_transform)
    return osmflow_raster_lonlat(file, file->facts.width / 2.0, file->facts.height / 2.0, lon, lat);
  *lon = *lat = 0;
  for (int i = 0; i < count; i++) {
    *lon += points[i].dfGCPX / count;
    *lat += points[i].dfGCPY / count;
  }
  if (count > 0)
    return file->to_lonlat && OCTTransform(file->to_lonlat, 1, lon, lat, NULL);
  const char *east = GDALGetMetadataItem(file->whole, "LONG_OFF", "RPC");
  const char *north = GDALGetMetadataItem(file->whole, "LAT_OFF", "RPC");
  if (east && north) {
    *lon = CPLAtof(east);
    *lat = CPLAtof(north);
  }
  return east && north;
}

/* UTM ends at 84 degrees; beyond it is polar stereographic. */
static char *find_utm(double lon, double lat) {
  const int zone = (int)floor((lon + 180) / 6) + 1;
  char text[40];
  if (fabs(lat) > 84)
    snprintf(text, sizeof text, "EPSG:%d", lat > 0 ? 32661 : 32761);
  else
    snprintf(text, sizeof text, "EPSG:%d", (lat < 0 ? 32700 : 32600) + (zone < 1 ? 1 : zone > 60 ? 60 : zone));
  return CPLStrdup(text);
}

static bool needs_other_crs(const struct osmflow_raster_file *file, const struct osmflow_raster_limits *limits) {
  const bool has_norm = limits->has_norm && limits->norm_crs[0];
  if (!file->place.crs)
    return true;
  if (has_norm)
    return strcmp(file->facts.crs, limits->norm_crs) != 0;
  return !osmflow_raster_crs_is_advised(file->place.crs, file->facts.crs);
}

static char *choose_crs(const struct osmflow_raster_file *file, const struct osmflow_raster_limits *limits) {
  double lon = 0, lat = 0;
  char *text = NULL;
  if (limits->has_norm && limits->norm_crs[0])
    return CPLStrdup(limits->norm_crs);
  if (needs_other_crs(file, limits))
    return find_middle(file, &lon, &lat) ? find_utm(lon, lat) : NULL;
  OSRExportToWkt(file->place.crs, &text);
  return text;
}

/* How many times larger pixels have to become. */
static double find_factor(const struct osmflow_raster_file *file, const struct osmflow_raster_report *report,
                          const struct osmflow_raster_limits *limits) {
  const double meters = file->facts.pixel_meters;
  double factor = 1;
  if (meters <= 0)
    return 1;
  if (meters < least_pixel_meters && (has(report, OSMFLOW_RASTER_PIXELS) || has(report, OSMFLOW_RASTER_BYTES)))
    factor = least_pixel_meters / meters;
  if (has(report, OSMFLOW_RASTER_MODEL) && limits->least_meters > meters * factor)
    factor = limits->least_meters / meters;
  return factor;
}

/* Sizes in the unit of the CRS that it has and keeps. */
static void plan_same_crs(const struct osmflow_raster_file *file, const struct osmflow_raster_report *report,
                          const struct osmflow_raster_limits *limits, struct osmflow_raster_plan *plan) {
  const double factor = find_factor(file, report, limits);
  const double *size = file->facts.pixel_size, *norm = limits->norm_pixel_size;
  const bool is_finer =
      limits->has_norm && norm[0] > 0 && norm[1] > 0 && size[0] <= norm[0] * 1.05 && size[1] <= norm[1] * 1.05 &&
      (osmflow_raster_sizes_differ(size[0], norm[0]) || osmflow_raster_sizes_differ(size[1], norm[1]));
  const enum osmflow_raster_turn turn = osmflow_raster_turn(&file->place);
  for (int i = 0; i < 2 && (is_finer || factor > 1); i++)
    plan->pixel_size[i] = is_finer && norm[i] > size[i] * factor ? norm[i] : size[i] * factor;
  plan->averages = is_finer || factor > 1;
  plan->mirrors = turn == OSMFLOW_RASTER_MIRRORED && !plan->averages;
  plan->warps = turn != OSMFLOW_RASTER_NORTH_UP || plan->averages;
}

/* GDAL suggests a pixel size for another CRS; what would be finer than the norm, or than the model takes, gets those.
 */
static bool plan_other_crs(const struct osmflow_raster_file *file, const struct osmflow_raster_report *report,
                           const struct osmflow_raster_limits *limits, struct osmflow_raster_plan *plan) {
  const double factor = find_factor(file, report, limits), *norm = limits->norm_pixel_size;
  struct osmflow_raster_view view = {.top = file->whole};
  const bool is_good = osmflow_raster_view_warp(&view, plan, file->place.has_rpc);
  double transform[6] = {0};
  if (is_good && GDALGetGeoTransform(view.top, transform) == CE_None) {
    const double size[2] = {fabs(transform[1]) * factor, fabs(transform[5]) * factor};
    const bool fits_norm =
        limits->has_norm && norm[0] > 0 && norm[1] > 0 && size[0] < norm[0] * 1.05 && size[1] < norm[1] * 1.05;
    plan->averages = factor > 1.2 || (fits_norm && norm[0] > size[0] * 1.2);
    for (int i = 0; i < 2 && (factor > 1 || fits_norm); i++)
      plan->pixel_size[i] = fits_norm ? norm[i] : size[i];
  }
  osmflow_raster_view_clear(&view);
  return is_good;
}

static bool is_stretched(const struct osmflow_raster_file *file, const struct osmflow_raster_limits *limits) {
  const char *type = osmflow_raster_type_name(GDALGetRasterBand(file->whole, 1));
  return strcmp(type, "uint8") != 0 && !(limits->has_norm && strcmp(type, limits->norm_type) == 0);
}

enum osmflow_status osmflow_raster_plan(const struct osmflow_raster_file *file,
                                        const struct osmflow_raster_report *report,
                                        const struct osmflow_raster_limits *limits, struct osmflow_raster_plan *plan,
                                        struct osmflow_error *error) {
  *plan = (struct osmflow_raster_plan){.columns = 1, .rows = 1, .stretches = is_stretched(file, limits)};
  osmflow_raster_choose(file->whole, limits->has_norm ? limits->norm_bands : 0, plan->stretches, &plan->choice);
  if (plan->choice.count == 0)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s: its bands cannot be made those of the mosaic",
                             file->path);
  plan->crs = choose_crs(file, limits);
  if (!plan->crs)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s: nothing says where on the earth it lies", file->path);
  if (needs_other_crs(file, limits) || osmflow_raster_needs_warp(&file->place)) {
    plan->warps = true;
    if (!plan_other_crs(file, report, limits, plan))
      return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s: it cannot be warped", file->path);
  } else {
    plan_same_crs(file, report, limits, plan);
  }
  plan->rewrites = plan->choice.changes_bands || plan->stretches || plan->warps ||
                   has(report, OSMFLOW_RASTER_NOT_GEOTIFF) || has(report, OSMFLOW_RASTER_NO_CRS) ||
                   has(report, OSMFLOW_RASTER_NO_TRANSFORM) || has(report, OSMFLOW_RASTER_BYTES) ||
                   has(report, OSMFLOW_RASTER_PIXELS) || has(report, OSMFLOW_RASTER_EXTENT);
  return OSMFLOW_OK;
}

static int divided(int length, int most) {
  return most > 0 ? (length - 1) / most + 1 : 1;
}

void osmflow_raster_plan_tiles(const struct osmflow_raster_facts *facts, const struct osmflow_raster_limits *limits,
                               GDALDatasetH view, struct osmflow_raster_plan *plan) {
  const double *box = facts->box;
  const double area = (box[2] - box[0] + (box[2] < box[0] ? 360 : 0)) * (box[3] - box[1]);
  const int width = GDALGetRasterXSize(view), height = GDALGetRasterYSize(view);
  plan->columns = divided(width, limits->most_pixels);
  plan->rows = divided(height, limits->most_pixels);
  /* A little less, since tiles are boxes of another CRS. */
  while (area / plan->columns / plan->rows > most_square_degrees * (area > most_square_degrees ? 0.9 : 1) &&
         plan->columns < width && plan->rows < height) {
    if (width / plan->columns >= height / plan->rows)
      plan->columns++;
    else
      plan->rows++;
  }
}
