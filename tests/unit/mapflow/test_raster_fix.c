/* Rasters that can be mended: mended, checked again, and looked at pixel by pixel. */
#include "raster_unit.h"

#define MENDED "/vsimem/mended"

struct mended {
  const struct recipe *recipe;
  struct osmflow_bytes paths;
  size_t path_count;
  GDALDatasetH dataset; /* the first file */
};

static const char *const deflated[] = {"COMPRESS=DEFLATE", "TILED=YES", NULL};
static const char *const baseline[] = {"PROFILE=BASELINE", NULL};
static const char *const sparse[] = {"SPARSE_OK=YES", "TILED=YES", NULL};

static double pixel(GDALDatasetH dataset, int band, int x, int y) {
  double value = NAN;
  if (GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Read, x, y, 1, 1, &value, 1, 1, GDT_Float64, 0, 0) != CE_None)
    return -1;
  return value;
}

static enum osmflow_status mend(const struct recipe *recipe, const struct osmflow_raster_limits *limits,
                                const struct osmflow_raster_progress *progress, struct mended *mended,
                                struct osmflow_error *error) {
  struct osmflow_raster_report report;
  char path[200];
  raster_path(recipe, path);
  *mended = (struct mended){.recipe = recipe};
  osmflow_bytes_init(&mended->paths, 1 << 20);
  gdal_noise = 0;
  CPLPushErrorHandler(count_noise);
  enum osmflow_status status = osmflow_raster_check(path, limits, &report, error);
  if (status == OSMFLOW_OK)
    status = osmflow_raster_fix(path, &report, limits, MENDED, progress, &mended->paths, error);
  CPLPopErrorHandler();
  CU_ASSERT_EQUAL(gdal_noise, 0);
  for (size_t at = 0; at < mended->paths.size; at += strlen(mended->paths.data + at) + 1)
    mended->path_count++;
  if (status == OSMFLOW_OK)
    mended->dataset = GDALOpen(mended->paths.data, GA_ReadOnly);
  return status;
}

static void drop(struct mended *mended) {
  if (mended->dataset)
    GDALClose(mended->dataset);
  osmflow_bytes_clear(&mended->paths);
  VSIRmdirRecursive(MENDED);
  drop_rasters();
}

static bool all_accepted(const struct mended *mended, const struct osmflow_raster_limits *limits) {
  bool is_accepted = mended->path_count > 0;
  for (size_t at = 0; at < mended->paths.size; at += strlen(mended->paths.data + at) + 1) {
    struct osmflow_raster_report report;
    CU_ASSERT_EQUAL(osmflow_raster_check(mended->paths.data + at, limits, &report, NULL), OSMFLOW_OK);
    if (!osmflow_raster_is_accepted(&report)) {
      show_report(mended->paths.data + at, &report);
      is_accepted = false;
    }
  }
  return is_accepted;
}

static size_t count_files(void) {
  char **names = VSIReadDir(MENDED);
  size_t count = 0;
  for (int i = 0; names && names[i]; i++)
    count += names[i][0] != '.';
  CSLDestroy(names);
  return count;
}

/* What a case is to become: true when it did. */
typedef bool (*look)(const struct mended *mended);

static bool is_same_band(const struct mended *mended, int band, int from) {
  for (int y = 0; y < 48; y += 5)
    for (int x = 0; x < 64; x += 7)
      if (pixel(mended->dataset, band, x, y) != raster_pixel(from, x, y))
        return false;
  return true;
}

static bool is_here(const struct mended *mended, const double expected[6]) {
  double transform[6];
  if (GDALGetGeoTransform(mended->dataset, transform) != CE_None)
    return false;
  for (int i = 0; i < 6; i++)
    if (fabs(transform[i] - expected[i]) > 1e-6)
      return false;
  return true;
}

static bool has_code(const struct mended *mended, const char *code) {
  OGRSpatialReferenceH crs = GDALGetSpatialRef(mended->dataset);
  const char *found = crs ? OSRGetAuthorityCode(crs, NULL) : NULL;
  return found && strcmp(found, code) == 0;
}

static bool is_unchanged(const struct mended *mended) {
  return GDALGetRasterCount(mended->dataset) == 3 && is_same_band(mended, 1, 1) && is_same_band(mended, 2, 2) &&
         is_same_band(mended, 3, 3) && is_here(mended, usual_transform) && has_code(mended, "32631") &&
         mended->path_count == 1;
}

static bool is_same_file(const struct mended *mended) {
  char path[200];
  VSIStatBufL before, after;
  return VSIStatL(raster_path(mended->recipe, path), &before) == 0 && VSIStatL(mended->paths.data, &after) == 0 &&
         before.st_size == after.st_size && is_unchanged(mended) && strcmp(mended->paths.data, MENDED "/case.tif") == 0;
}

/* The values stand where they stood on the earth: where the new pixel's middle falls into the old raster. */
static bool is_in_place(const struct mended *mended) {
  const struct recipe *recipe = mended->recipe;
  const double *old = recipe->transform[1] != 0 ? recipe->transform : usual_transform;
  OGRSpatialReferenceH from = OSRNewSpatialReference(NULL), to = OSRClone(GDALGetSpatialRef(mended->dataset));
  double transform[6], back[6];
  int seen = 0, good = 0;
  OSRSetFromUserInput(from, recipe->crs ? recipe->crs : "EPSG:32631");
  OSRSetAxisMappingStrategy(from, OAMS_TRADITIONAL_GIS_ORDER);
  OSRSetAxisMappingStrategy(to, OAMS_TRADITIONAL_GIS_ORDER);
  OGRCoordinateTransformationH way = OCTNewCoordinateTransformation(to, from);
  GDALGetGeoTransform(mended->dataset, transform);
  CU_ASSERT(transform[2] == 0 && transform[4] == 0 && transform[1] > 0 && transform[5] < 0);
  if (!GDALInvGeoTransform((double *)old, back))
    abort();
  for (int y = 0; y < GDALGetRasterYSize(mended->dataset); y++)
    for (int x = 0; x < GDALGetRasterXSize(mended->dataset); x++) {
      double easting = transform[0] + (x + 0.5) * transform[1], northing = transform[3] + (y + 0.5) * transform[5];
      OCTTransform(way, 1, &easting, &northing, NULL);
      const double column = back[0] + easting * back[1] + northing * back[2] - 0.5;
      const double row = back[3] + easting * back[4] + northing * back[5] - 0.5;
      const double expected = 1 + fmod(column * 3 + row * 5 + 40, 250);
      if (column < 2 || row < 2 || column > 61 || row > 45 || expected < 12 || expected > 238)
        continue;
      seen++;
      good += fabs(pixel(mended->dataset, 1, x, y) - expected) <= 1.5;
    }
  OCTDestroyCoordinateTransformation(way);
  OSRRelease(from);
  OSRRelease(to);
  if (seen < 1000 || good < seen)
    fprintf(stderr, "\n%d of %d pixels are where they were\n", good, seen);
  return seen >= 1000 && good == seen;
}

static bool is_turned(const struct mended *mended) {
  const double expected[6] = {440000, 0.5, 0, 5420024, 0, -0.5};
  for (int y = 0; y < 48; y += 5)
    for (int x = 0; x < 64; x += 7)
      if (pixel(mended->dataset, 2, x, y) != raster_pixel(2, x, 47 - y))
        return false;
  return is_here(mended, expected) && GDALGetRasterXSize(mended->dataset) == 64;
}

static bool is_in_utm(const struct mended *mended) {
  return has_code(mended, "32631") && is_in_place(mended);
}

static bool is_in_zone_32(const struct mended *mended) {
  return has_code(mended, "32632") && is_in_place(mended);
}

static bool is_on_the_seine(const struct mended *mended) {
  double transform[6];
  GDALGetGeoTransform(mended->dataset, transform);
  return has_code(mended, "32631") && fabs(transform[0] - 439940) < 40 && fabs(transform[3] - 5420000) < 40;
}

static bool is_first_band(const struct mended *mended) {
  return GDALGetRasterCount(mended->dataset) == 1 && is_same_band(mended, 1, 1);
}

static bool is_432(const struct mended *mended) {
  return GDALGetRasterCount(mended->dataset) == 3 && is_same_band(mended, 1, 4) && is_same_band(mended, 2, 3) &&
         is_same_band(mended, 3, 2) &&
         GDALGetRasterColorInterpretation(GDALGetRasterBand(mended->dataset, 1)) == GCI_RedBand;
}

static bool is_thrice(const struct mended *mended) {
  return GDALGetRasterCount(mended->dataset) == 3 && is_same_band(mended, 1, 1) && is_same_band(mended, 3, 1);
}

static bool is_coloured(const struct mended *mended) {
  for (int x = 0; x < 64; x++) {
    const double number = raster_pixel(1, x, 9);
    if (pixel(mended->dataset, 1, x, 9) != number || pixel(mended->dataset, 2, x, 9) != 255 - number ||
        pixel(mended->dataset, 3, x, 9) != 7)
      return false;
  }
  return GDALGetRasterCount(mended->dataset) == 3;
}

/* The first quarter was transparent. */
static bool is_nodata_aside(const struct mended *mended) {
  int has_nodata = FALSE;
  const int bands = GDALGetRasterCount(mended->dataset);
  const double nodata = GDALGetRasterNoDataValue(GDALGetRasterBand(mended->dataset, 1), &has_nodata);
  for (int band = 1; band <= bands; band++)
    for (int x = 0; x < 64; x++)
      if (pixel(mended->dataset, band, x, 20) != (x < 16 ? 0 : raster_pixel(band, x, 20)))
        return false;
  return has_nodata && nodata == 0 && (bands == 1 || bands == 3);
}

static bool is_nodata_turned(const struct mended *mended) {
  int has_nodata = FALSE;
  GDALGetRasterNoDataValue(GDALGetRasterBand(mended->dataset, 1), &has_nodata);
  for (int x = 0; x < 64; x++)
    if (pixel(mended->dataset, 1, x, 20) != (x < 16 ? 0 : raster_pixel(1, x, 27)))
      return false;
  return has_nodata && GDALGetRasterCount(mended->dataset) == 3;
}

static bool is_transparent_still(const struct mended *mended) {
  return GDALGetRasterCount(mended->dataset) == 4 && mended->path_count == 4 && pixel(mended->dataset, 4, 3, 3) == 0 &&
         pixel(mended->dataset, 4, 20, 3) == 255 && pixel(mended->dataset, 1, 3, 3) == raster_pixel(1, 3, 3);
}

/* Outside of the turned picture is nothing; its own nodata value stays what it is. */
static bool keeps_nodata(const struct mended *mended) {
  int has_nodata = FALSE;
  const double nodata = GDALGetRasterNoDataValue(GDALGetRasterBand(mended->dataset, 1), &has_nodata);
  return has_nodata && nodata == 255 && pixel(mended->dataset, 1, 0, 0) == 255 && is_in_place(mended);
}

static bool is_nothing_outside(const struct mended *mended) {
  int has_nodata = FALSE;
  const double nodata = GDALGetRasterNoDataValue(GDALGetRasterBand(mended->dataset, 1), &has_nodata);
  return has_nodata && nodata == 0 && GDALGetRasterCount(mended->dataset) == 3 &&
         pixel(mended->dataset, 1, 0, 0) == 0 && is_in_place(mended);
}

static bool is_stretched(const struct mended *mended) {
  int has_nodata = FALSE;
  double low = 255, high = 0;
  GDALGetRasterNoDataValue(GDALGetRasterBand(mended->dataset, 1), &has_nodata);
  for (int y = 0; y < 48; y++)
    for (int x = 0; x < 64; x++) {
      const double value = pixel(mended->dataset, 1, x, y), old = raster_pixel(1, x, y);
      low = fmin(low, value);
      high = fmax(high, value);
      if (fabs(value - fmin(255, fmax(1, 1 + (old - 6) / 239 * 254))) > 3)
        return false;
    }
  return !has_nodata && low == 1 && high == 255 &&
         GDALGetRasterDataType(GDALGetRasterBand(mended->dataset, 1)) == GDT_Byte;
}

/* Six tiles, which put together are the picture. */
static bool is_tiled(const struct mended *mended) {
  static const char *const names[] = {"case_1_1.tif", "case_1_2.tif", "case_1_3.tif",
                                      "case_2_1.tif", "case_2_2.tif", "case_2_3.tif"};
  size_t at = 0;
  for (int i = 0; i < 6 && at < mended->paths.size; i++) {
    const char *path = mended->paths.data + at;
    GDALDatasetH tile = GDALOpen(path, GA_ReadOnly);
    double transform[6];
    GDALGetGeoTransform(tile, transform);
    const int x = (int)((transform[0] - 440000) / 0.5), y = (int)((5420000 - transform[3]) / 0.5);
    const bool is_right = strcmp(path + strlen(MENDED) + 1, names[i]) == 0 && x == 64 * (i % 3) / 3 &&
                          y == 48 * (i / 3) / 2 && GDALGetRasterXSize(tile) <= 30 &&
                          pixel(tile, 3, 4, 5) == raster_pixel(3, x + 4, y + 5);
    GDALClose(tile);
    if (!is_right)
      return false;
    at += strlen(path) + 1;
  }
  return mended->path_count == 6;
}

static bool is_several(const struct mended *mended) {
  return mended->path_count > 1;
}

static bool is_one_metre(const struct mended *mended) {
  double transform[6];
  GDALGetGeoTransform(mended->dataset, transform);
  const double average =
      (raster_pixel(1, 20, 10) + raster_pixel(1, 21, 10) + raster_pixel(1, 20, 11) + raster_pixel(1, 21, 11)) / 4;
  return fabs(transform[1] - 1) < 0.002 && fabs(transform[5] + 1) < 0.002 && fabs(transform[0] - 440000) < 0.25 &&
         fabs(pixel(mended->dataset, 1, 10, 5) - average) <= 1;
}

struct mendable {
  const char *what;
  struct recipe recipe;
  struct osmflow_raster_limits limits;
  look look;
};

#define ROTATED \
  { 440000, 0.4, 0.3, 5420000, 0.3, -0.4 }
#define SOUTH_UP \
  { 440000, 0.5, 0, 5420000, 0, 0.5 }

static const struct mendable mendables[] = {
    {"a PNG", {.driver = "PNG", .name = "case.png"}, {0}, is_unchanged},
    {"a PNG by another name", {.driver = "PNG"}, {0}, is_unchanged},
    {"another extension", {.name = "case.img"}, {0}, is_same_file},
    {"no extension", {.name = "case"}, {0}, is_same_file},
    {"georeferencing beside it", {.has_no_transform = true, .has_world_file = true}, {0}, is_unchanged},
    {"CRS beside it", {.options = baseline}, {0}, is_unchanged},
    {"ground control points", {.has_points = true}, {0}, is_in_utm},
    {"an RPC model", {.has_rpc = true, .crs = "", .has_no_transform = true}, {0}, is_on_the_seine},
    {"rotated", {.transform = ROTATED}, {0}, is_nothing_outside},
    {"rotated, with nodata", {.transform = ROTATED, .has_nodata = true, .nodata = 255}, {0}, keeps_nodata},
    {"south up", {.transform = SOUTH_UP}, {0}, is_turned},
    {"south up, with a mask", {.transform = SOUTH_UP, .has_mask = true}, {0}, is_nodata_turned},
    {"another CRS", {.crs = "EPSG:2154", .transform = {650000, 0.5, 0, 6860000, 0, -0.5}}, {0}, is_in_utm},
    {"a system of Bessel's",
     {.crs = "EPSG:31467", .transform = {3500000, 0.5, 0, 5420000, 0, -0.5}},
     {0},
     is_in_zone_32},
    {"two bands", {.colours = "NN"}, {0}, is_first_band},
    {"grey and alpha", {.colours = "NA"}, {0}, is_nodata_aside},
    {"six bands", {.colours = "NBGRNN"}, {0}, is_432},
    {"a palette", {.colours = "P"}, {0}, is_coloured},
    {"four bands among three", {.colours = "RGBN"}, {.has_norm = true, .norm_bands = 3}, is_unchanged},
    {"alpha among three", {.colours = "RGBA"}, {.has_norm = true, .norm_bands = 3}, is_nodata_aside},
    {"alpha in tiles", {.colours = "RGBA"}, {.most_pixels = 40}, is_transparent_still},
    {"one band among three", {.colours = "N"}, {.has_norm = true, .norm_bands = 3}, is_thrice},
    {"16 bit", {.type = GDT_UInt16}, {0}, is_stretched},
    {"16 bit, signed, in one band", {.type = GDT_Int16, .colours = "N"}, {0}, is_stretched},
    {"32 bit numbers", {.type = GDT_Float32, .options = deflated, .colours = "RGBN"}, {0}, NULL},
    {"too many pixels", {0}, {.most_pixels = 30}, is_tiled},
    {"too many bytes", {.width = 2000, .height = 1500}, {.most_bytes = 50000}, is_several},
    {"not the mosaic's CRS, strictly",
     {.transform = {740000, 0.5, 0, 5420000, 0, -0.5}},
     {.has_norm = true, .norm_bands = 3, .norm_crs = "EPSG:32632", .is_strict = true},
     is_in_zone_32},
    {"finer than the mosaic, strictly",
     {0},
     {.has_norm = true, .norm_bands = 3, .norm_crs = "EPSG:32631", .norm_pixel_size = {1, 1}, .is_strict = true},
     is_one_metre},
    {"too fine for the model", {0}, {.least_meters = 1}, is_one_metre},
    {"not the mosaic's type, strictly",
     {.type = GDT_UInt16},
     {.has_norm = true, .norm_bands = 3, .norm_type = "uint8", .is_strict = true},
     is_stretched},
};

static void mends_what_can_be_mended(void) {
  for (size_t i = 0; i < sizeof mendables / sizeof mendables[0]; i++) {
    const struct mendable *mendable = &mendables[i];
    struct mended mended;
    struct osmflow_error error = {.message = ""};
    make_raster(&mendable->recipe);
    const enum osmflow_status status = mend(&mendable->recipe, &mendable->limits, NULL, &mended, &error);
    bool is_right = status == OSMFLOW_OK && mended.dataset && all_accepted(&mended, &mendable->limits);
    if (is_right && mendable->look)
      is_right = mendable->look(&mended);
    if (is_right)
      is_right = count_files() == mended.path_count;
    if (!is_right)
      fprintf(stderr, "\n%s: %s (%zu files)\n", mendable->what, error.message, mended.path_count);
    CU_ASSERT(is_right);
    drop(&mended);
  }
}

/* 100 x 100 values: 0 to 9999 times ten in the first band, half of that in the second and third. */
static void make_values(const char *path, bool is_turned_aside) {
  const double transform[6] = {440000, 0.5, is_turned_aside ? 0.2 : 0, 5420000, is_turned_aside ? 0.2 : 0, -0.5};
  GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, 100, 100, 3, GDT_Float32, NULL);
  OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
  OSRImportFromEPSG(crs, 32631);
  GDALSetSpatialRef(dataset, crs);
  OSRRelease(crs);
  GDALSetGeoTransform(dataset, (double *)transform);
  for (int band = 1; band <= 3; band++) {
    GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, band), -9999);
    for (int y = 0; y < 100; y++) {
      float line[100];
      for (int x = 0; x < 100; x++)
        line[x] = (float)((y * 100 + x) * (band == 1 ? 10 : 5));
      if (y < 20)
        for (int x = 0; x < 30; x++)
          line[x] = x < 10 ? -9999 : (x < 20 ? NAN : INFINITY);
      if (GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, 100, 1, line, 100, 1, GDT_Float32, 0, 0) !=
          CE_None)
        abort();
    }
  }
  GDALClose(dataset);
}

static void stretches_all_bands_alike(void) {
  const struct recipe recipe = {0};
  const struct osmflow_raster_limits limits = {0};
  struct mended mended;
  struct osmflow_error error = {.message = ""};
  char path[200];
  int ones = 0, most = 0, valid = 0;
  make_values(raster_path(&recipe, path), false);
  CU_ASSERT_EQUAL_FATAL(mend(&recipe, &limits, NULL, &mended, &error), OSMFLOW_OK);
  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 100; x++)
      for (int band = 1; band <= 3; band++) {
        const double value = pixel(mended.dataset, band, x, y);
        CU_ASSERT_EQUAL(value == 0, y < 20 && x < 30);
        valid += value > 0;
        ones += value == 1;
        most += value == 255;
      }
  CU_ASSERT_EQUAL(valid, 3 * 9400);
  CU_ASSERT(ones > valid * 0.02 && ones < valid * 0.026);
  CU_ASSERT(most > valid * 0.02 && most < valid * 0.026);
  /* 60000 stands twice: in the first band, and at no place of the others, which end at half of it. */
  CU_ASSERT_EQUAL(pixel(mended.dataset, 1, 50, 40), pixel(mended.dataset, 2, 0, 81));
  CU_ASSERT_EQUAL(pixel(mended.dataset, 2, 50, 60), pixel(mended.dataset, 3, 50, 60));
  CU_ASSERT(all_accepted(&mended, &limits));
  drop(&mended);
}

/* Neither the frame of a turned raster nor nodata may bleed into what is valid. */
static void nodata_stays_nodata_when_warped(void) {
  const struct recipe recipe = {0};
  const struct osmflow_raster_limits limits = {0};
  struct mended mended;
  struct osmflow_error error = {.message = ""};
  char path[200];
  double transform[6];
  int nothing = 0, something = 0;
  make_values(raster_path(&recipe, path), true);
  CU_ASSERT_EQUAL_FATAL(mend(&recipe, &limits, NULL, &mended, &error), OSMFLOW_OK);
  GDALGetGeoTransform(mended.dataset, transform);
  for (int y = 0; y < GDALGetRasterYSize(mended.dataset); y++)
    for (int x = 0; x < GDALGetRasterXSize(mended.dataset); x++) {
      const double east = transform[0] + (x + 0.5) * transform[1] - 440000;
      const double south = 5420000 - transform[3] - (y + 0.5) * transform[5];
      const double column = (0.5 * east - 0.2 * south) / 0.29, row = (0.5 * south + 0.2 * east) / 0.29;
      const bool is_outside = column < -1 || row < -1 || column > 101 || row > 101;
      const bool is_hole = column > 2 && column < 8 && row > 2 && row < 18;
      const bool is_inside = column > 33 && column < 98 && row > 23 && row < 98;
      nothing += (is_outside || is_hole) && pixel(mended.dataset, 1, x, y) == 0;
      something += is_inside && pixel(mended.dataset, 1, x, y) > 0;
      CU_ASSERT(!is_outside || pixel(mended.dataset, 1, x, y) == 0);
      CU_ASSERT(!is_inside || pixel(mended.dataset, 1, x, y) > 0);
    }
  CU_ASSERT(nothing > 500 && something > 2000);
  CU_ASSERT(all_accepted(&mended, &limits));
  drop(&mended);
}

static void cuts_half_a_continent(void) {
  const struct recipe recipe = {.crs = "EPSG:4326",
                                .transform = {2, 0.00018, 0, 48, 0, -0.00018},
                                .colours = "N",
                                .width = 20000,
                                .height = 17500,
                                .options = sparse};
  const struct osmflow_raster_limits limits = {.most_pixels = 65535};
  struct mended mended;
  struct osmflow_error error = {.message = ""};
  make_raster(&recipe);
  CU_ASSERT_EQUAL_FATAL(mend(&recipe, &limits, NULL, &mended, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(mended.path_count, 2);
  CU_ASSERT(all_accepted(&mended, &limits));
  drop(&mended);
}

static void leaves_out_tiles_of_nothing(void) {
  const struct recipe recipe = {.has_nodata = true, .nodata = 0, .is_all_nodata = true};
  const struct osmflow_raster_limits limits = {.most_pixels = 30};
  struct mended mended;
  struct osmflow_error error = {.message = ""};
  char path[200];
  unsigned char one = 9;
  make_raster(&recipe);
  GDALDatasetH dataset = GDALOpen(raster_path(&recipe, path), GA_Update);
  CU_ASSERT_EQUAL(GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 63, 47, 1, 1, &one, 1, 1, GDT_Byte, 0, 0),
                  CE_None);
  GDALClose(dataset);
  CU_ASSERT_EQUAL_FATAL(mend(&recipe, &limits, NULL, &mended, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(mended.path_count, 1);
  UNIT_SAME(mended.paths.data, MENDED "/case_2_3.tif", "the only tile");
  drop(&mended);
}

static void says_what_cannot_be_mended(void) {
  const struct recipe recipe = {.crs = "", .colours = "NN"};
  const struct osmflow_raster_limits limits = {.free_bytes = 10};
  struct mended mended;
  struct osmflow_error error = {.message = ""};
  make_raster(&recipe);
  CU_ASSERT_EQUAL(mend(&recipe, &limits, NULL, &mended, &error), OSMFLOW_UNSUPPORTED);
  CU_ASSERT(strstr(error.message, "case.tif") && strstr(error.message, "no coordinate reference system") &&
            strstr(error.message, "free") && !strstr(error.message, "2 bands"));
  CU_ASSERT_EQUAL(count_files(), 0);
  drop(&mended);
}

struct telling {
  int calls, stop_after;
  double last;
  bool is_ordered;
};

static bool tell(void *self, double done) {
  struct telling *telling = self;
  telling->is_ordered = telling->is_ordered && done >= telling->last && done <= 1 + 1e-9;
  telling->last = done;
  return ++telling->calls < telling->stop_after;
}

static void tells_how_far_it_is_and_stops(void) {
  static const struct recipe recipes[] = {
      {.transform = ROTATED}, {.colours = "P"}, {.name = "case.img"}, {.type = GDT_UInt16}};
  const struct osmflow_raster_limits limits = {.most_pixels = 0};
  for (size_t i = 0; i < 2 * (sizeof recipes / sizeof recipes[0]); i++) {
    const bool stops = i % 2;
    struct telling telling = {.stop_after = stops ? 1 : 1000000, .is_ordered = true};
    const struct osmflow_raster_progress progress = {&telling, tell};
    struct mended mended;
    struct osmflow_error error = {.message = ""};
    make_raster(&recipes[i / 2]);
    CU_ASSERT_EQUAL(mend(&recipes[i / 2], &limits, &progress, &mended, &error), stops ? OSMFLOW_CANCELLED : OSMFLOW_OK);
    CU_ASSERT_EQUAL(count_files(), stops ? 0 : 1);
    CU_ASSERT_EQUAL(mended.path_count, stops ? 0 : 1);
    CU_ASSERT(telling.is_ordered && telling.calls > 0 && (stops || fabs(telling.last - 1) < 1e-9));
    drop(&mended);
  }
}

static void overwrites_nothing(void) {
  const struct recipe recipe = {.name = "case.tif", .colours = "P"};
  struct osmflow_raster_report report;
  struct osmflow_bytes paths;
  struct osmflow_error error = {.message = ""};
  char path[200];
  VSIStatBufL before, after;
  osmflow_bytes_init(&paths, 1000);
  make_raster(&recipe);
  raster_path(&recipe, path);
  CU_ASSERT_EQUAL(VSIStatL(path, &before), 0);
  CU_ASSERT_EQUAL(osmflow_raster_check(path, NULL, &report, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_raster_fix(path, &report, NULL, "/vsimem/rasters", NULL, &paths, &error),
                  OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT(strstr(error.message, "there already") && VSIStatL(path, &after) == 0 && before.st_size == after.st_size);
  CU_ASSERT_EQUAL(paths.size, 0);
  osmflow_bytes_clear(&paths);
  drop_rasters();
}

static void says_when_writing_fails(void) {
  const struct recipe recipe = {.colours = "P"};
  struct osmflow_raster_report report;
  struct osmflow_bytes paths;
  struct osmflow_error error = {.message = ""};
  char path[200];
  osmflow_bytes_init(&paths, 1000);
  make_raster(&recipe);
  CU_ASSERT_EQUAL(osmflow_raster_check(raster_path(&recipe, path), NULL, &report, &error), OSMFLOW_OK);
  gdal_noise = 0;
  CPLPushErrorHandler(count_noise);
  CU_ASSERT_EQUAL(osmflow_raster_fix(path, &report, NULL, "/no/such/folder", NULL, &paths, &error), OSMFLOW_IO);
  CPLPopErrorHandler();
  CU_ASSERT_EQUAL(gdal_noise, 0);
  CU_ASSERT(strstr(error.message, "/no/such/folder/case.tif") && strstr(error.message, "failed:"));
  osmflow_bytes_clear(&paths);
  drop_rasters();
}

int main(void) {
  static const struct unit_test tests[] = {
      UNIT(mends_what_can_be_mended),      UNIT(stretches_all_bands_alike),   UNIT(nodata_stays_nodata_when_warped),
      UNIT(cuts_half_a_continent),         UNIT(leaves_out_tiles_of_nothing), UNIT(says_what_cannot_be_mended),
      UNIT(tells_how_far_it_is_and_stops), UNIT(overwrites_nothing),          UNIT(says_when_writing_fails)};
  GDALAllRegister();
  return unit_run("mapflow/raster_fix", tests, sizeof tests / sizeof tests[0]);
}
