/* Rasters made on the fly, good ones but for what a recipe says. They live in GDAL's memory. */
#ifndef OSMFLOW_RASTER_UNIT_H
#define OSMFLOW_RASTER_UNIT_H

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>

#include "mapflow/raster.h"
#include "unit.h"

#define RASTER_FOLDER "/vsimem/rasters/"

/* Zeros are a good file: case.tif, 64 x 48, three bands of bytes, EPSG:32631, pixels of half a metre. */
struct recipe {
  const char *driver, *name, *crs; /* crs "": none */
  const char *colours;             /* a letter per band: R, G, B, A, N; P: one band with a palette */
  const char *const *options;
  GDALDataType type;
  double transform[6];
  bool has_no_transform, has_points, has_rpc, is_empty_file, is_absent, is_all_nodata, has_world_file, has_mask;
  int width, height, bytes_cut, bytes_kept, bytes_damaged;
  double nodata;
  bool has_nodata;
};

static const double usual_transform[6] = {440000, 0.5, 0, 5420000, 0, -0.5};

static inline const char *raster_path(const struct recipe *recipe, char path[200]) {
  snprintf(path, 200, RASTER_FOLDER "%s", recipe->name ? recipe->name : "case.tif");
  return path;
}

/* Band b, column x, row y: distinct, never 0 and below 256. */
static inline double raster_pixel(int band, int x, int y) {
  return 1 + (x * 3 + y * 5 + band * 40) % 250;
}

static inline GDALColorInterp raster_colour(char letter) {
  static const char letters[] = "RGBAPN";
  static const GDALColorInterp colours[] = {GCI_RedBand,   GCI_GreenBand,    GCI_BlueBand,
                                            GCI_AlphaBand, GCI_PaletteIndex, GCI_Undefined};
  const char *at = strchr(letters, letter);
  return at && *at ? colours[at - letters] : GCI_Undefined;
}

static inline void describe_band(const struct recipe *recipe, GDALDatasetH dataset, int band, char letter) {
  GDALRasterBandH target = GDALGetRasterBand(dataset, band);
  if (recipe->colours)
    GDALSetRasterColorInterpretation(target, raster_colour(letter));
  if (recipe->has_nodata)
    GDALSetRasterNoDataValue(target, recipe->nodata);
  if (letter == 'P') {
    GDALColorTableH table = GDALCreateColorTable(GPI_RGB);
    for (int i = 0; i < 256; i++) {
      const GDALColorEntry entry = {(short)i, (short)(255 - i), 7, 255};
      GDALSetColorEntry(table, i, &entry);
    }
    GDALSetRasterColorTable(target, table);
    GDALDestroyColorTable(table);
  }
}

static inline void fill_band(const struct recipe *recipe, GDALDatasetH dataset, int band, char letter) {
  const int width = GDALGetRasterXSize(dataset), height = GDALGetRasterYSize(dataset);
  GDALRasterBandH target = GDALGetRasterBand(dataset, band);
  if (width > 4096)
    return;
  double *values = malloc((size_t)width * sizeof *values);
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++)
      values[x] = recipe->is_all_nodata ? (recipe->has_nodata ? recipe->nodata : 0)
                  : letter == 'A'       ? (x < width / 4 ? 0 : 255)
                                        : raster_pixel(band, x, y);
    if (GDALRasterIO(target, GF_Write, 0, y, width, 1, values, width, 1, GDT_Float64, 0, 0) != CE_None)
      abort();
  }
  free(values);
}

static inline void place_raster(const struct recipe *recipe, GDALDatasetH dataset) {
  const char *crs = recipe->crs ? recipe->crs : "EPSG:32631";
  OGRSpatialReferenceH reference = OSRNewSpatialReference(NULL);
  double transform[6];
  memcpy(transform, recipe->transform[1] != 0 || recipe->transform[2] != 0 ? recipe->transform : usual_transform,
         sizeof transform);
  if (crs[0] && OSRSetFromUserInput(reference, crs) != OGRERR_NONE)
    abort();
  if (recipe->has_points) {
    GDAL_GCP points[4];
    GDALInitGCPs(4, points);
    for (int i = 0; i < 4; i++) {
      points[i].dfGCPPixel = i & 1 ? 64 : 0;
      points[i].dfGCPLine = i & 2 ? 48 : 0;
      points[i].dfGCPX = transform[0] + points[i].dfGCPPixel * transform[1];
      points[i].dfGCPY = transform[3] + points[i].dfGCPLine * transform[5];
    }
    GDALSetGCPs2(dataset, 4, points, reference);
    GDALDeinitGCPs(4, points);
  } else {
    if (crs[0])
      GDALSetSpatialRef(dataset, reference);
    if (!recipe->has_no_transform)
      GDALSetGeoTransform(dataset, transform);
  }
  OSRRelease(reference);
}

static inline void add_rpc(GDALDatasetH dataset) {
  static const char *const names[] = {"LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"};
  static const char *const values[] = {"0 0 -1 0", "1 0 0 0", "0 1 0 0", "1 0 0 0"};
  char **rpc = CSLSetNameValue(NULL, "LINE_OFF", "24"), text[200];
  rpc = CSLSetNameValue(CSLSetNameValue(rpc, "SAMP_OFF", "32"), "LINE_SCALE", "24");
  rpc = CSLSetNameValue(CSLSetNameValue(rpc, "SAMP_SCALE", "32"), "LAT_OFF", "48.93");
  rpc = CSLSetNameValue(CSLSetNameValue(rpc, "LONG_OFF", "2.18"), "HEIGHT_OFF", "0");
  rpc = CSLSetNameValue(CSLSetNameValue(rpc, "LAT_SCALE", "0.0001"), "LONG_SCALE", "0.0002");
  rpc = CSLSetNameValue(rpc, "HEIGHT_SCALE", "100");
  for (int i = 0; i < 4; i++) {
    snprintf(text, sizeof text, "%s 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", values[i]);
    rpc = CSLSetNameValue(rpc, names[i], text);
  }
  GDALSetMetadata(dataset, rpc, "RPC");
  CSLDestroy(rpc);
}

static inline void cut_raster(const struct recipe *recipe, const char *path) {
  VSILFILE *file = VSIFOpenL(path, "r+b");
  VSIFSeekL(file, 0, SEEK_END);
  const vsi_l_offset size = VSIFTellL(file);
  if (recipe->bytes_cut)
    VSIFTruncateL(file, size - (vsi_l_offset)recipe->bytes_cut);
  if (recipe->bytes_kept)
    VSIFTruncateL(file, (vsi_l_offset)recipe->bytes_kept);
  for (int i = 0; i < recipe->bytes_damaged; i++) {
    VSIFSeekL(file, size - 1 - (vsi_l_offset)i, SEEK_SET);
    VSIFWriteL("\x5a", 1, 1, file);
  }
  VSIFCloseL(file);
}

static inline void write_text(const char *path, const char *text) {
  VSILFILE *file = VSIFOpenL(path, "wb");
  VSIFWriteL(text, 1, strlen(text), file);
  VSIFCloseL(file);
}

static inline GDALDatasetH create_raster(const struct recipe *recipe, GDALDriverH driver, const char *path) {
  const char *colours = recipe->colours ? recipe->colours : "RGB";
  const int bands = (int)strlen(colours);
  GDALDatasetH dataset =
      GDALCreate(driver, path, recipe->width ? recipe->width : 64, recipe->height ? recipe->height : 48, bands,
                 recipe->type ? recipe->type : GDT_Byte, (char **)recipe->options);
  if (!dataset)
    abort();
  if (recipe->has_mask)
    GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET);
  place_raster(recipe, dataset);
  if (recipe->has_rpc)
    add_rpc(dataset);
  for (int band = 1; band <= bands; band++)
    describe_band(recipe, dataset, band, colours[band - 1]);
  for (int band = 1; band <= bands; band++)
    fill_band(recipe, dataset, band, colours[band - 1]);
  for (int y = 0; recipe->has_mask && y < 48; y++) {
    unsigned char line[64];
    for (int x = 0; x < 64; x++)
      line[x] = x < 16 ? 0 : 255;
    if (GDALRasterIO(GDALGetMaskBand(GDALGetRasterBand(dataset, 1)), GF_Write, 0, y, 64, 1, line, 64, 1, GDT_Byte, 0,
                     0) != CE_None)
      abort();
  }
  return dataset;
}

/* Made through memory, so that formats that can only be copied are made alike. */
static inline void make_raster(const struct recipe *recipe) {
  char path[200], world[220];
  GDALDriverH driver = GDALGetDriverByName(recipe->driver ? recipe->driver : "GTiff");
  const bool is_copied = recipe->driver != NULL;
  raster_path(recipe, path);
  if (recipe->is_absent)
    return;
  if (recipe->is_empty_file) {
    write_text(path, "");
    return;
  }
  CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
  GDALDatasetH dataset = create_raster(recipe, is_copied ? GDALGetDriverByName("MEM") : driver, is_copied ? "" : path);
  if (is_copied)
    GDALClose(GDALCreateCopy(driver, path, dataset, FALSE, NULL, NULL, NULL));
  GDALClose(dataset);
  if (recipe->has_world_file) {
    snprintf(world, sizeof world, "%.*stfw", (int)strlen(path) - 3, path);
    write_text(world, "0.5\n0\n0\n-0.5\n440000.25\n5419999.75\n");
  }
  if (recipe->bytes_cut || recipe->bytes_kept || recipe->bytes_damaged)
    cut_raster(recipe, path);
}

static inline void drop_rasters(void) {
  VSIRmdirRecursive("/vsimem/rasters");
}

/* What a test would not expect is shown. */
static inline void show_report(const char *what, const struct osmflow_raster_report *report) {
  fprintf(stderr, "\n%s:\n", what);
  for (size_t i = 0; i < report->problem_count; i++)
    fprintf(stderr, "  %s %d: %s\n", report->problems[i].is_error ? "error" : "advice", (int)report->problems[i].kind,
            report->problems[i].text);
}

static int gdal_noise;
static void CPL_STDCALL count_noise(CPLErr level, CPLErrorNum number, const char *message) {
  (void)number;
  if (level >= CE_Warning) {
    gdal_noise++;
    fprintf(stderr, "\nGDAL: %s\n", message);
  }
}

#endif
