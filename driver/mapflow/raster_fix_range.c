/* The range of values that a stretch to 8 bit keeps: percentiles of a sample. */
#include <math.h>
#include <stdlib.h>

#include "mapflow/raster_fix_parts.h"

enum { MOST_VALUES = 1 << 20 };

static int compare(const void *left, const void *right) {
  const double first = *(const double *)left, second = *(const double *)right;
  return (first > second) - (first < second);
}

struct samples {
  double *values, *window;
  unsigned char *mask;
  size_t count, step, passed;
};

static void collect(struct samples *samples, size_t count) {
  for (size_t i = 0; i < count && samples->count < MOST_VALUES; i++)
    if (!isnan(samples->window[i]) && samples->passed++ % samples->step == 0)
      samples->values[samples->count++] = samples->window[i];
}

static bool read_samples(GDALDatasetH dataset, int bands, struct samples *samples) {
  const int width = GDALGetRasterXSize(dataset), height = GDALGetRasterYSize(dataset);
  const int alpha = osmflow_raster_alpha(dataset);
  struct osmflow_raster_window window;
  size_t pixels = 0;
  for (size_t i = 0; osmflow_raster_sample(width, height, i, &window); i++)
    pixels += (size_t)window.width * (size_t)window.height;
  samples->step = (pixels * (size_t)bands / MOST_VALUES + 1) | 1;
  for (size_t i = 0; osmflow_raster_sample(width, height, i, &window); i++)
    for (int band = 1; band <= bands; band++) {
      if (band == alpha)
        continue;
      if (!osmflow_raster_values(GDALGetRasterBand(dataset, band), &window, samples->window, samples->mask))
        return false;
      collect(samples, (size_t)window.width * (size_t)window.height);
    }
  return samples->count > 0;
}

bool osmflow_raster_range(GDALDatasetH dataset, int bands, double *low, double *high) {
  struct samples samples = {.values = malloc(MOST_VALUES * sizeof(double)),
                            .window = malloc(OSMFLOW_RASTER_PIECE * sizeof(double)),
                            .mask = malloc(OSMFLOW_RASTER_PIECE)};
  const bool is_good = samples.values && samples.window && samples.mask && read_samples(dataset, bands, &samples);
  if (is_good) {
    const double last = (double)(samples.count - 1);
    qsort(samples.values, samples.count, sizeof samples.values[0], compare);
    *low = samples.values[(size_t)(last * 0.02 + 0.5)];
    *high = samples.values[(size_t)(last * 0.98 + 0.5)];
    if (*low == *high) {
      *low = samples.values[0];
      *high = samples.values[samples.count - 1];
    }
  }
  free(samples.values);
  free(samples.window);
  free(samples.mask);
  return is_good;
}
