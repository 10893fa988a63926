/* Writing a part of a view as a GeoTIFF: by GDAL's translate when pixels stay as they are, else value by value. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal_utils.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/raster_fix_parts.h"

bool osmflow_raster_tell(struct osmflow_raster_writing *writing, double fraction) {
  const struct osmflow_raster_progress *progress = writing->progress;
  if (progress && progress->tell && !progress->tell(progress->self, writing->done + writing->share * fraction))
    writing->is_stopped = true;
  return !writing->is_stopped;
}

static int CPL_STDCALL follow(double fraction, const char *message, void *self) {
  (void)message;
  return osmflow_raster_tell(self, fraction);
}

static bool is_float(GDALDatasetH view) {
  return strncmp(osmflow_raster_type_name(GDALGetRasterBand(view, 1)), "float", 5) == 0;
}

static char **creation_options(const struct osmflow_raster_writing *writing) {
  static const char *const words[] = {"TILED=YES",        "BLOCKXSIZE=512",   "BLOCKYSIZE=512",
                                      "COMPRESS=DEFLATE", "BIGTIFF=IF_SAFER", "NUM_THREADS=ALL_CPUS"};
  char **options = NULL;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    options = CSLAddString(options, words[i]);
  return CSLAddString(options, is_float(writing->view) && !writing->plan->stretches ? "PREDICTOR=3" : "PREDICTOR=2");
}

static bool translate(struct osmflow_raster_writing *writing, const struct osmflow_raster_window *part,
                      const char *path) {
  const int numbers[] = {part->x, part->y, part->width, part->height};
  char **options = creation_options(writing), text[32];
  char **arguments = CSLAddString(CSLAddString(NULL, "-of"), "GTiff");
  arguments = CSLAddString(arguments, "-srcwin");
  for (int i = 0; i < 4; i++) {
    snprintf(text, sizeof text, "%d", numbers[i]);
    arguments = CSLAddString(arguments, text);
  }
  for (int i = 0; options[i]; i++)
    arguments = CSLAddString(CSLAddString(arguments, "-co"), options[i]);
  GDALTranslateOptions *how = GDALTranslateOptionsNew(arguments, NULL);
  if (how)
    GDALTranslateOptionsSetProgress(how, follow, writing);
  GDALDatasetH dataset = how ? GDALTranslate(path, writing->view, how, NULL) : NULL;
  GDALTranslateOptionsFree(how);
  CSLDestroy(arguments);
  CSLDestroy(options);
  if (dataset)
    GDALClose(dataset);
  return dataset != NULL;
}

/* Valid values become 1 to 255, what is nothing becomes 0. Pixels that are not stretched give way where they are 0. */
static void convert(const struct osmflow_raster_plan *plan, double *values, size_t count) {
  const double width = plan->high - plan->low;
  for (size_t i = 0; i < count; i++) {
    if (isnan(values[i]))
      values[i] = 0;
    else if (!plan->stretches)
      values[i] = values[i] == 0 ? 1 : values[i];
    else if (!(width > 0))
      values[i] = 128;
    else
      values[i] = fmin(255, fmax(1, 1 + round((values[i] - plan->low) / width * 254)));
  }
}

struct copying {
  GDALDatasetH target;
  double *values;
  unsigned char *mask;
};

static bool copy_piece(const struct osmflow_raster_writing *writing, const struct copying *copying,
                       const struct osmflow_raster_window *from, const struct osmflow_raster_window *to) {
  const int alpha = osmflow_raster_alpha(writing->view);
  for (int band = 1; band <= writing->plan->choice.count; band++) {
    if (!osmflow_raster_values(GDALGetRasterBand(writing->view, band), from, copying->values, copying->mask))
      return false;
    for (int i = 0; band == alpha && i < from->width * from->height; i++)
      copying->values[i] = copying->values[i] > 0 ? 255 : 0;
    if (band != alpha)
      convert(writing->plan, copying->values, (size_t)from->width * (size_t)from->height);
    if (GDALRasterIO(GDALGetRasterBand(copying->target, band), GF_Write, to->x, to->y, to->width, to->height,
                     copying->values, to->width, to->height, GDT_Float64, 0, 0) != CE_None)
      return false;
  }
  return true;
}

static bool copy_pieces(struct osmflow_raster_writing *writing, const struct osmflow_raster_window *part,
                        GDALDatasetH target) {
  struct copying copying = {target, malloc(OSMFLOW_RASTER_PIECE * sizeof(double)), malloc(OSMFLOW_RASTER_PIECE)};
  struct osmflow_raster_window to;
  bool is_good = copying.values && copying.mask;
  for (size_t i = 0; is_good && osmflow_raster_piece(part->width, part->height, i, &to); i++) {
    const struct osmflow_raster_window from = {part->x + to.x, part->y + to.y, to.width, to.height};
    is_good = copy_piece(writing, &copying, &from, &to) &&
              osmflow_raster_tell(writing, (double)to.y / part->height +
                                               (double)to.height / part->height * (to.x + to.width) / part->width);
  }
  free(copying.values);
  free(copying.mask);
  return is_good;
}

/* Alpha that is kept as the fourth band says by itself what is nothing. */
static bool keeps_alpha(const struct osmflow_raster_writing *writing) {
  const int alpha = osmflow_raster_alpha(writing->view);
  return alpha > 0 && alpha <= writing->plan->choice.count;
}

static void describe(const struct osmflow_raster_writing *writing, const struct osmflow_raster_window *part,
                     GDALDatasetH target) {
  double transform[6];
  bool may_lack_data = false;
  if (GDALGetGeoTransform(writing->view, transform) == CE_None) {
    transform[0] += part->x * transform[1] + part->y * transform[2];
    transform[3] += part->x * transform[4] + part->y * transform[5];
    GDALSetGeoTransform(target, transform);
  }
  GDALSetSpatialRef(target, GDALGetSpatialRef(writing->view));
  for (int band = 1; band <= writing->plan->choice.count; band++)
    may_lack_data = may_lack_data || osmflow_raster_may_lack_data(GDALGetRasterBand(writing->view, band));
  for (int band = 1; band <= writing->plan->choice.count; band++) {
    GDALRasterBandH from = GDALGetRasterBand(writing->view, band), to = GDALGetRasterBand(target, band);
    if (writing->plan->choice.count > 1)
      GDALSetRasterColorInterpretation(to, GDALGetRasterColorInterpretation(from));
    if (may_lack_data && !keeps_alpha(writing))
      GDALSetRasterNoDataValue(to, 0);
  }
}

static bool convert_part(struct osmflow_raster_writing *writing, const struct osmflow_raster_window *part,
                         const char *path) {
  char **options = creation_options(writing);
  const int count = writing->plan->choice.count;
  const GDALDataType type =
      writing->plan->stretches ? GDT_Byte : GDALGetRasterDataType(GDALGetRasterBand(writing->view, 1));
  if (count >= 3)
    options = CSLAddString(options, "PHOTOMETRIC=RGB");
  if (count == 4 && !keeps_alpha(writing))
    options = CSLAddString(options, "ALPHA=UNSPECIFIED");
  GDALDatasetH target = GDALCreate(GDALGetDriverByName("GTiff"), path, part->width, part->height, count, type, options);
  CSLDestroy(options);
  if (!target)
    return false;
  describe(writing, part, target);
  const bool is_good = copy_pieces(writing, part, target);
  GDALClose(target);
  return is_good;
}

/* A mask or an alpha band that is not among the bands to be written becomes nodata. */
static bool converts(const struct osmflow_raster_writing *writing) {
  return writing->plan->stretches ||
         (osmflow_raster_has_mask(GDALGetRasterBand(writing->view, 1)) && !keeps_alpha(writing));
}

bool osmflow_raster_write(struct osmflow_raster_writing *writing, const struct osmflow_raster_window *part,
                          const char *path) {
  return converts(writing) ? convert_part(writing, part, path) : translate(writing, part, path);
}
