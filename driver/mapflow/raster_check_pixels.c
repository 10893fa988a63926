/* Checks of the pixels: bands, types, whether they are all there, whether there is anything in them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/raster_parts.h"

static GDALDatasetH dataset_of(const struct osmflow_raster_file *file) {
  return file->alone ? file->alone : file->whole;
}

static void print_choice(const struct osmflow_raster_choice *choice, char text[80]) {
  if (choice->count == 0)
    snprintf(text, 80, "pick bands with gdal_translate -b");
  else if (choice->is_palette)
    snprintf(text, 80, "--fix makes it red, green and blue");
  else if (choice->count == 1 || choice->bands[0] == choice->bands[1])
    snprintf(text, 80, choice->count == 1 ? "--fix takes band %d" : "--fix takes band %d for each", choice->bands[0]);
  else
    snprintf(text, 80, "--fix takes bands %d, %d and %d", choice->bands[0], choice->bands[1], choice->bands[2]);
}

static void check_bands(const struct osmflow_raster_examination *at) {
  const int bands = at->report->facts.bands;
  const int norm = at->limits->has_norm ? at->limits->norm_bands : 0;
  struct osmflow_raster_choice choice;
  char remedy[80];
  osmflow_raster_choose(dataset_of(at->file), norm, false, &choice);
  print_choice(&choice, remedy);
  const enum osmflow_raster_weight weight = choice.count > 0 ? OSMFLOW_RASTER_MENDABLE : OSMFLOW_RASTER_FATAL;
  if (choice.is_palette)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_BANDS, weight,
                       "its one band holds numbers of a palette, not colours: %s", remedy);
  else if (bands != 1 && bands != 3 && bands != 4)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_BANDS, weight, "it has %d bands, and Mapflow takes 1, 3 or 4: %s",
                       bands, remedy);
  if (norm > 0 && norm != bands)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_BAND_COUNT_DIFFERS, weight,
                       "it has %d band%s, and the mosaic's first image has %d: %s%s", bands, bands == 1 ? "" : "s",
                       norm, remedy, choice.count > 0 ? "" : ", or use another mosaic");
}

static void check_types(const struct osmflow_raster_examination *at) {
  GDALDatasetH dataset = dataset_of(at->file);
  const char *first = osmflow_raster_type_name(GDALGetRasterBand(dataset, 1));
  const char *norm = at->limits->has_norm ? at->limits->norm_type : "";
  for (int band = 1; band <= at->report->facts.bands; band++) {
    const char *type = osmflow_raster_type_name(GDALGetRasterBand(dataset, band));
    if (strncmp(type, "complex", 7) == 0) {
      osmflow_raster_add(at->report, OSMFLOW_RASTER_TYPE_REFUSED, OSMFLOW_RASTER_FATAL,
                         "its pixels are complex numbers (%s): make an image of them first, e.g. their magnitude",
                         type);
      return;
    }
    if (strcmp(type, first) != 0) {
      osmflow_raster_add(at->report, OSMFLOW_RASTER_TYPE_REFUSED, OSMFLOW_RASTER_FATAL,
                         "its bands have different types (band 1 %s, band %d %s): give all the same type first with "
                         "gdal_translate -ot",
                         first, band, type);
      return;
    }
  }
  if (strcmp(first, "uint8") != 0 && strcmp(first, norm) != 0)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_TYPE, OSMFLOW_RASTER_ADVICE,
                       "its pixels are %s, and the server converts them to 8 bit in its own way: --fix stretches the "
                       "middle 96 %% of the values",
                       first);
}

/* A number of the file's own, which may be any: as large as none is, so that a million of them can be added up. */
static int64_t block_fact(GDALRasterBandH band, const char *fact, int column, int row) {
  static const int64_t most = INT64_C(1) << 42;
  char name[64];
  snprintf(name, sizeof name, "BLOCK_%s_%d_%d", fact, column, row);
  const char *text = GDALGetMetadataItem(band, name, "TIFF");
  const int64_t number = text ? strtoll(text, NULL, 10) : 0;
  return number < most ? number : most;
}

/* Where the file must at least end for a band's block to be whole; 0: the block is not in the file. */
static int64_t block_end(GDALRasterBandH band, int column, int row, int64_t *size) {
  const int64_t offset = block_fact(band, "OFFSET", column, row);
  *size = block_fact(band, "SIZE", column, row);
  return offset > 0 ? offset + *size : 0;
}

struct extent {
  int64_t end, bytes, missing;
};

/* GDAL opens what was cut off, and reads zeros or fails only there. */
static void measure_band(GDALRasterBandH band, int64_t file_size, int64_t most_looks, struct extent *extent) {
  int width = 0, height = 0;
  GDALGetBlockSize(band, &width, &height);
  const int64_t columns = (GDALGetRasterBandXSize(band) - 1) / width + 1;
  const int64_t rows = (GDALGetRasterBandYSize(band) - 1) / height + 1, count = columns * rows;
  const int64_t step = count / most_looks + 1;
  for (int64_t i = (count - 1) % step; i < count; i += step) {
    int64_t size = 0;
    const int64_t end = block_end(band, (int)(i % columns), (int)(i / columns), &size);
    extent->bytes += size;
    if (end > file_size)
      extent->missing += end - file_size < size ? end - file_size : size;
    if (end > extent->end)
      extent->end = end;
  }
}

static bool is_cut_off(const struct osmflow_raster_examination *at) {
  enum { MOST_LOOKS = 1 << 20 };
  GDALDatasetH dataset = at->file->alone;
  const int64_t bytes = at->report->facts.bytes;
  struct extent extent = {0, 0, 0};
  if (!dataset)
    return false;
  const char *interleave = GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE");
  const int bands = interleave && strcmp(interleave, "PIXEL") == 0 ? 1 : at->report->facts.bands;
  for (int band = 1; band <= bands; band++)
    measure_band(GDALGetRasterBand(dataset, band), bytes, MOST_LOOKS / bands, &extent);
  if (extent.end <= bytes || extent.bytes <= 0)
    return false;
  osmflow_raster_add(at->report, OSMFLOW_RASTER_UNREADABLE, OSMFLOW_RASTER_FATAL,
                     "it is cut off: it ends after %" PRId64 " bytes, its pixels after %" PRId64
                     " (%.3g %% of them are missing): copy or make it again",
                     bytes, extent.end, 100.0 * (double)extent.missing / (double)extent.bytes);
  return true;
}

/* A few blocks, the last one among them, to see whether they can be decoded. */
static void check_readable(const struct osmflow_raster_examination *at) {
  enum { LOOKS = 3, MOST = 1024, MOST_BANDS_READ = 64 };
  GDALDatasetH dataset = dataset_of(at->file);
  const int width = at->report->facts.width, height = at->report->facts.height;
  const int side[2] = {width < MOST ? width : MOST, height < 64 ? height : 64};
  struct osmflow_raster_complaint complaint;
  if (is_cut_off(at))
    return;
  double *values = malloc((size_t)side[0] * (size_t)side[1] * sizeof *values);
  bool is_good = values != NULL;
  osmflow_raster_listen(&complaint);
  for (int look = 0; look < LOOKS * LOOKS && is_good; look++)
    for (int band = 1; band <= at->report->facts.bands && band <= MOST_BANDS_READ && is_good; band++)
      is_good = GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Read, (width - side[0]) / 2 * (look % LOOKS),
                             (height - side[1]) / 2 * (look / LOOKS), side[0], side[1], values, side[0], side[1],
                             GDT_Float64, 0, 0) == CE_None;
  osmflow_raster_listen_end();
  free(values);
  if (!is_good)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_UNREADABLE, OSMFLOW_RASTER_FATAL,
                       "its pixels are broken%s: copy or make it again", osmflow_raster_complained(&complaint));
}

static void check_emptiness(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_facts *facts = &at->report->facts;
  const struct osmflow_raster_window all = {0, 0, facts->width, facts->height};
  char value[60] = "";
  if (osmflow_raster_find(at->report, OSMFLOW_RASTER_UNREADABLE) ||
      !osmflow_raster_is_empty(dataset_of(at->file), &all))
    return;
  if (facts->has_nodata)
    snprintf(value, sizeof value, " (the nodata value is %.10g)", facts->nodata);
  osmflow_raster_add(at->report, OSMFLOW_RASTER_ALL_NODATA, OSMFLOW_RASTER_FATAL,
                     "there is nothing in it: all pixels are nodata or transparent%s", value);
}

const osmflow_raster_examine osmflow_raster_pixel_checks[] = {check_bands, check_types, check_readable, check_emptiness,
                                                              NULL};
