/* Pixels as numbers, window by window: never a whole raster in memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/raster_parts.h"

enum { SAMPLE_SIDE = 256, MOST_SAMPLES_A_SIDE = 24 };
/* More than the server takes in one image: such a raster is refused for its size, and not looked at to its end. */
static const double most_values = 4.0 * 65536 * 65536;

static int sample_count(int length) {
  const int count = (length - 1) / SAMPLE_SIDE + 1;
  return count < MOST_SAMPLES_A_SIDE ? count : MOST_SAMPLES_A_SIDE;
}

/* The start of a window: side by side when they cover all, else spread evenly, the last one at the end. */
static int sample_start(int length, int index) {
  const int count = sample_count(length);
  if ((int64_t)count * SAMPLE_SIDE >= length)
    return index * SAMPLE_SIDE;
  return (int)((int64_t)(length - SAMPLE_SIDE) * index / (count - 1));
}

static int smaller(int left, int right) {
  return left < right ? left : right;
}

bool osmflow_raster_sample(int width, int height, size_t index, struct osmflow_raster_window *window) {
  const size_t columns = (size_t)sample_count(width), rows = (size_t)sample_count(height);
  if (index >= columns * rows)
    return false;
  window->x = sample_start(width, (int)(index % columns));
  window->y = sample_start(height, (int)(index / columns));
  window->width = smaller(SAMPLE_SIDE, width - window->x);
  window->height = smaller(SAMPLE_SIDE, height - window->y);
  return true;
}

bool osmflow_raster_piece(int width, int height, size_t index, struct osmflow_raster_window *window) {
  const size_t columns = (size_t)(width - 1) / OSMFLOW_RASTER_PIECE_WIDTH + 1;
  const size_t rows = (size_t)(height - 1) / OSMFLOW_RASTER_PIECE_HEIGHT + 1;
  if (index >= columns * rows)
    return false;
  window->x = (int)(index % columns) * OSMFLOW_RASTER_PIECE_WIDTH;
  window->y = (int)(index / columns) * OSMFLOW_RASTER_PIECE_HEIGHT;
  window->width = smaller(OSMFLOW_RASTER_PIECE_WIDTH, width - window->x);
  window->height = smaller(OSMFLOW_RASTER_PIECE_HEIGHT, height - window->y);
  return true;
}

static bool is_float(GDALRasterBandH band) {
  return strncmp(osmflow_raster_type_name(band), "float", 5) == 0;
}

int osmflow_raster_alpha(GDALDatasetH dataset) {
  for (int number = 1; number <= GDALGetRasterCount(dataset); number++) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, number);
    if (GDALGetRasterColorInterpretation(band) == GCI_AlphaBand && !is_float(band))
      return number;
  }
  return 0;
}

/* GDAL itself knows alpha only as the last of two or four bands. */
static GDALRasterBandH alpha_of(GDALRasterBandH band) {
  GDALDatasetH dataset = GDALGetBandDataset(band);
  const int alpha = dataset ? osmflow_raster_alpha(dataset) : 0;
  return alpha && alpha != GDALGetBandNumber(band) ? GDALGetRasterBand(dataset, alpha) : NULL;
}

bool osmflow_raster_has_mask(GDALRasterBandH band) {
  return alpha_of(band) || (GDALGetMaskFlags(band) & (GMF_PER_DATASET | GMF_ALPHA));
}

bool osmflow_raster_may_lack_data(GDALRasterBandH band) {
  return alpha_of(band) || !(GDALGetMaskFlags(band) & GMF_ALL_VALID) || is_float(band);
}

static bool read_bytes(GDALRasterBandH band, const struct osmflow_raster_window *window, unsigned char *bytes) {
  return GDALRasterIO(band, GF_Read, window->x, window->y, window->width, window->height, bytes, window->width,
                      window->height, GDT_Byte, 0, 0) == CE_None;
}

static bool remove_masked(GDALRasterBandH mask_band, const struct osmflow_raster_window *window, double *values,
                          unsigned char *mask) {
  const size_t count = (size_t)window->width * (size_t)window->height;
  if (!read_bytes(mask_band, window, mask))
    return false;
  for (size_t i = 0; i < count; i++)
    if (mask[i] == 0)
      values[i] = NAN;
  return true;
}

bool osmflow_raster_values(GDALRasterBandH band, const struct osmflow_raster_window *window, double *values,
                           unsigned char *mask) {
  const int width = window->width, height = window->height, flags = GDALGetMaskFlags(band);
  const size_t count = (size_t)width * (size_t)height;
  const bool is_signed_byte =
      GDALGetRasterDataType(band) == GDT_Byte && strcmp(osmflow_raster_type_name(band), "int8") == 0;
  GDALRasterBandH alpha = alpha_of(band);
  if (GDALRasterIO(band, GF_Read, window->x, window->y, width, height, values, width, height, GDT_Float64, 0, 0) !=
      CE_None)
    return false;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(values[i]))
      values[i] = NAN;
    else if (is_signed_byte && values[i] > 127)
      values[i] -= 256;
  }
  if (!(flags & (GMF_ALL_VALID | GMF_ALPHA)) && !remove_masked(GDALGetMaskBand(band), window, values, mask))
    return false;
  return !alpha || remove_masked(alpha, window, values, mask);
}

typedef bool (*next_window)(int width, int height, size_t index, struct osmflow_raster_window *window);

/* Parts of a file that were never written are known to be empty without reading them. */
static bool was_never_written(GDALRasterBandH band, const struct osmflow_raster_window *window) {
  int has_nodata = FALSE;
  GDALGetRasterNoDataValue(band, &has_nodata);
  return has_nodata && GDALGetDataCoverageStatus(band, window->x, window->y, window->width, window->height, 0, NULL) ==
                           GDAL_DATA_COVERAGE_STATUS_EMPTY;
}

static bool has_value(GDALDatasetH dataset, const struct osmflow_raster_window *part, next_window next, double *values,
                      unsigned char *mask) {
  struct osmflow_raster_window window;
  const int alpha = osmflow_raster_alpha(dataset);
  for (size_t i = 0; next(part->width, part->height, i, &window); i++) {
    const size_t count = (size_t)window.width * (size_t)window.height;
    window.x += part->x;
    window.y += part->y;
    for (int band = 1; band <= GDALGetRasterCount(dataset); band++) {
      if (band == alpha || was_never_written(GDALGetRasterBand(dataset, band), &window))
        continue;
      if (!osmflow_raster_values(GDALGetRasterBand(dataset, band), &window, values, mask))
        return true;
      for (size_t k = 0; k < count; k++)
        if (!isnan(values[k]))
          return true;
    }
  }
  return false;
}

bool osmflow_raster_is_empty(GDALDatasetH dataset, const struct osmflow_raster_window *part) {
  const int alpha = osmflow_raster_alpha(dataset);
  for (int band = 1; band <= GDALGetRasterCount(dataset); band++)
    if (band != alpha && !osmflow_raster_may_lack_data(GDALGetRasterBand(dataset, band)))
      return false;
  if ((double)part->width * part->height * GDALGetRasterCount(dataset) > most_values)
    return false;
  double *values = malloc(OSMFLOW_RASTER_PIECE * sizeof *values);
  unsigned char *mask = malloc(OSMFLOW_RASTER_PIECE);
  const bool is_empty = values && mask && !has_value(dataset, part, osmflow_raster_sample, values, mask) &&
                        !has_value(dataset, part, osmflow_raster_piece, values, mask);
  free(values);
  free(mask);
  return is_empty;
}
