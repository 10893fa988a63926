/* The raster as it is to be, as datasets that hold no pixels: GDAL computes them when they are written. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal_utils.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mapflow/raster_fix_parts.h"

enum { ARGUMENT = 64 };

void osmflow_raster_view_clear(struct osmflow_raster_view *view) {
  while (view->layer_count > 0)
    GDALClose(view->layers[--view->layer_count]);
  view->top = NULL;
}

static bool put_on_top(struct osmflow_raster_view *view, GDALDatasetH dataset) {
  if (!dataset)
    return false;
  view->layers[view->layer_count++] = dataset;
  view->top = dataset;
  return true;
}

static char **add_number(char **arguments, double number) {
  char text[ARGUMENT];
  CPLsnprintf(text, sizeof text, "%.17g", number);
  return CSLAddString(arguments, text);
}

static bool translate(struct osmflow_raster_view *view, char **arguments) {
  GDALTranslateOptions *options = GDALTranslateOptionsNew(arguments, NULL);
  GDALDatasetH dataset = options ? GDALTranslate("", view->top, options, NULL) : NULL;
  GDALTranslateOptionsFree(options);
  return put_on_top(view, dataset);
}

static bool has_clear_colours(GDALDatasetH dataset) {
  GDALColorTableH table = GDALGetRasterColorTable(GDALGetRasterBand(dataset, 1));
  for (int i = 0; i < GDALGetColorEntryCount(table); i++)
    if (GDALGetColorEntry(table, i)->c4 < 255)
      return true;
  return false;
}

bool osmflow_raster_view_bands(struct osmflow_raster_view *view, const struct osmflow_raster_choice *choice) {
  static const char *const colours[] = {"red", "green", "blue"};
  char **arguments = CSLAddString(CSLAddString(NULL, "-of"), "VRT"), text[ARGUMENT];
  bool has_alpha = false;
  if (!choice->changes_bands)
    return CSLDestroy(arguments), true;
  if (choice->is_palette) {
    arguments = CSLAddString(CSLAddString(arguments, "-expand"), has_clear_colours(view->top) ? "rgba" : "rgb");
  } else {
    for (int i = 0; i < choice->count; i++) {
      snprintf(text, sizeof text, "%d", choice->bands[i]);
      arguments = CSLAddString(CSLAddString(arguments, "-b"), text);
      has_alpha = has_alpha || choice->bands[i] == choice->alpha;
      if (choice->count == 3) {
        snprintf(text, sizeof text, "-colorinterp_%d", i + 1);
        arguments = CSLAddString(CSLAddString(arguments, text), colours[i]);
      }
    }
    if (choice->alpha && !has_alpha) {
      snprintf(text, sizeof text, "%d", choice->alpha);
      arguments = CSLAddString(CSLAddString(arguments, "-b"), text);
    }
  }
  const bool is_good = translate(view, arguments);
  CSLDestroy(arguments);
  return is_good;
}

/* What is outside of the turned raster must be nothing: its nodata value, NaN, or an alpha band. */
static char **say_nothing(GDALDatasetH source, char **arguments) {
  GDALRasterBandH band = GDALGetRasterBand(source, 1);
  int has_nodata = FALSE;
  GDALGetRasterNoDataValue(band, &has_nodata);
  if (has_nodata && !osmflow_raster_has_mask(band))
    return arguments;
  if (!has_nodata && strncmp(osmflow_raster_type_name(band), "float", 5) == 0) {
    static const char *const words[] = {"-srcnodata", "nan", "-dstnodata", "nan"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
      arguments = CSLAddString(arguments, words[i]);
    return arguments;
  }
  return osmflow_raster_alpha(source) ? arguments : CSLAddString(arguments, "-dstalpha");
}

static char **say_extent(GDALDatasetH source, char **arguments) {
  double transform[6] = {0};
  GDALGetGeoTransform(source, transform);
  const int width = GDALGetRasterXSize(source), height = GDALGetRasterYSize(source);
  const double x[2] = {transform[0], transform[0] + width * transform[1]};
  const double y[2] = {transform[3], transform[3] + height * transform[5]};
  const double box[4] = {fmin(x[0], x[1]), fmin(y[0], y[1]), fmax(x[0], x[1]), fmax(y[0], y[1])};
  arguments = CSLAddString(arguments, "-te");
  for (int i = 0; i < 4; i++)
    arguments = add_number(arguments, box[i]);
  arguments = CSLAddString(arguments, "-ts");
  return add_number(add_number(arguments, width), height);
}

bool osmflow_raster_view_warp(struct osmflow_raster_view *view, const struct osmflow_raster_plan *plan, bool has_rpc) {
  char **arguments = CSLAddString(CSLAddString(NULL, "-of"), "VRT");
  double transform[6];
  arguments = CSLAddString(CSLAddString(arguments, "-t_srs"), plan->crs);
  arguments =
      CSLAddString(CSLAddString(arguments, "-r"), plan->mirrors ? "near" : (plan->averages ? "average" : "bilinear"));
  if (has_rpc && GDALGetGeoTransform(view->top, transform) != CE_None && GDALGetGCPCount(view->top) == 0)
    arguments = CSLAddString(arguments, "-rpc");
  if (plan->mirrors) {
    arguments = say_extent(view->top, arguments);
  } else if (plan->pixel_size[0] > 0) {
    arguments = CSLAddString(arguments, "-tr");
    arguments = add_number(add_number(arguments, plan->pixel_size[0]), plan->pixel_size[1]);
  }
  if (!plan->mirrors || osmflow_raster_has_mask(GDALGetRasterBand(view->top, 1)))
    arguments = say_nothing(view->top, arguments);
  GDALWarpAppOptions *options = GDALWarpAppOptionsNew(arguments, NULL);
  int misused = FALSE;
  GDALDatasetH dataset = options ? GDALWarp("", NULL, 1, &view->top, options, &misused) : NULL;
  GDALWarpAppOptionsFree(options);
  CSLDestroy(arguments);
  return put_on_top(view, dataset);
}
