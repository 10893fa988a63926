/* Rasters that GDAL has open as images of a mosaic, against a small Mapflow in the test's own process. */
#include "../mapflow/upload_server.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>
#include <unistd.h>

#include "source/raster_copy.h"

#define TOKEN "YW5uYUBleGFtcGxlLmNvbTphbm5hLXRva2Vu" /* anna@example.com:anna-token */
#define RESET(steps) world_reset((steps), sizeof(steps) / sizeof(steps)[0])
#define MOSAIC "rasters/mosaic/" WORLD_MOSAIC "/image"

static const struct upload_step no_faults[] = {{UPLOAD_FINE, 0, NULL}};

static char unit_folder[100] = "/tmp/osmflow-raster-unit-XXXXXX";

/* RGB, UTM, pixels of half a metre; what is in it depends on `seed`. The caller frees the path. */
static char *make_raster(const char *name, unsigned seed, int side) {
  const double transform[6] = {500000, 0.5, 0, 4649776, 0, -0.5};
  char *path = CPLStrdup(CPLFormFilename(unit_folder, name, NULL));
  GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, side, side, 3, GDT_Byte, NULL);
  OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
  unsigned char *row = malloc((size_t)side);
  OSRImportFromEPSG(crs, 32631);
  GDALSetSpatialRef(dataset, crs);
  GDALSetGeoTransform(dataset, (double *)transform);
  for (int i = 0; i < 3 * side; i++) {
    for (int x = 0; x < side; x++) {
      seed = seed * 1103515245u + 12345u;
      row[x] = (unsigned char)(seed >> 16);
    }
    if (GDALRasterIO(GDALGetRasterBand(dataset, i / side + 1), GF_Write, 0, i % side, side, 1, row, side, 1, GDT_Byte,
                     0, 0) != CE_None)
      abort();
  }
  free(row);
  OSRRelease(crs);
  GDALClose(dataset);
  return path;
}

struct copying {
  struct fake fake;
  double told;
  bool is_ordered;
  int tells, stop_after; /* 0: never */
  GDALDatasetH copy;
  struct osmflow_error error;
  char connection[300];
};

static bool tell(void *self, double done) {
  struct copying *copying = self;
  copying->is_ordered = copying->is_ordered && done >= copying->told && done <= 1;
  copying->told = done;
  copying->tells++;
  return copying->stop_after == 0 || copying->tells < copying->stop_after;
}

/* `path`: of the API, with its query. */
static void begin(struct copying *copying, const char *path) {
  *copying = (struct copying){.is_ordered = true};
  fake_init(&copying->fake);
  fake_set(&copying->fake, "MAPFLOW_TOKEN", TOKEN);
  fake_set(&copying->fake, "CPL_TMPDIR", unit_folder);
  snprintf(copying->connection, sizeof copying->connection, "MAPFLOW:%s/%s", world.root, path);
}

static enum osmflow_status copy(struct copying *copying, GDALDatasetH source, const char *const *options) {
  const struct osmflow_raster_progress progress = {copying, tell};
  copying->told = 0;
  const enum osmflow_status status = osmflow_raster_copy(&copying->fake.environment, copying->connection, source,
                                                         options, &progress, &copying->copy, &copying->error);
  char **left = VSIReadDir(unit_folder);
  for (char **name = left; name && *name; name++)
    CU_ASSERT(strncmp(*name, "osmflow-", 8) != 0);
  CSLDestroy(left);
  CU_ASSERT_PTR_NULL(strstr(copying->error.message, TOKEN));
  CU_ASSERT(copying->is_ordered);
  return status;
}

static void end(struct copying *copying) {
  if (copying->copy)
    GDALClose(copying->copy);
  copying->copy = NULL;
}

static double first_pixel(GDALDatasetH dataset, int x, int y) {
  double value = -1;
  if (GDALRasterIO(GDALGetRasterBand(dataset, 2), GF_Read, x, y, 1, 1, &value, 1, 1, GDT_Float64, 0, 0) != CE_None)
    return -1;
  return value;
}

static int64_t size_of(const char *path) {
  VSIStatBufL stat;
  return VSIStatL(path, &stat) == 0 ? (int64_t)stat.st_size : -1;
}

static void sends_files_as_they_are(void) {
  struct copying copying;
  char *path = make_raster("ortho.tif", 1, 64);
  RESET(no_faults);
  begin(&copying, MOSAIC);
  GDALDatasetH source = GDALOpen(path, GA_ReadOnly);
  CU_ASSERT_EQUAL(copy(&copying, source, NULL), OSMFLOW_OK);
  UNIT_SAME(copying.error.message, "", "copy");
  CU_ASSERT_EQUAL_FATAL(world.image_count, 1);
  UNIT_SAME(world.images[0].name, "ortho.tif", "its name");
  CU_ASSERT_EQUAL(world.images[0].size, size_of(path));
  CU_ASSERT(copying.copy && first_pixel(copying.copy, 5, 6) == first_pixel(source, 5, 6));
  CU_ASSERT(copying.told == 1);
  end(&copying);
  CU_ASSERT_EQUAL(copy(&copying, source, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(world.image_count, 1);
  end(&copying);
  GDALClose(source);
  VSIUnlink(path);
  CPLFree(path);
}

static GDALDatasetH in_memory(const char *path) {
  GDALDatasetH file = GDALOpen(path, GA_ReadOnly);
  GDALDatasetH memory = GDALCreateCopy(GDALGetDriverByName("MEM"), "", file, FALSE, NULL, NULL, NULL);
  GDALClose(file);
  return memory;
}

/* What is not a file becomes one, which is gone afterwards and yet can be read; the same again is not sent again. */
static void writes_what_is_no_file(void) {
  static const char *const options[] = {"FILENAME=June ortho", "WAIT=YES", NULL};
  struct copying copying;
  char *path = make_raster("large.tif", 2, 1500);
  RESET(no_faults);
  begin(&copying, "rasters/mosaic/image?name=Town%20survey&tags=a&tags=b");
  world.mosaics[0] = NULL;
  GDALDatasetH source = in_memory(path);
  for (int i = 0; i < 2; i++) {
    CU_ASSERT_EQUAL(copy(&copying, source, options), OSMFLOW_OK);
    CU_ASSERT_EQUAL_FATAL(world.image_count, 1);
    CU_ASSERT(copying.copy && first_pixel(copying.copy, 1400, 1300) == first_pixel(source, 1400, 1300));
    end(&copying);
  }
  UNIT_SAME(world.images[0].name, "June ortho.tif", "its name");
  UNIT_SAME(world.made_name, "Town survey", "the mosaic");
  CU_ASSERT(strstr(world.made_body, "\"a\"") && strstr(world.made_body, "\"b\""));
  CU_ASSERT_EQUAL(world.posts, 1);
  GDALClose(source);
  VSIUnlink(path);
  CPLFree(path);
}

/* Georeferencing beside the file, edits in memory, other names: not the file itself. */
static void knows_what_is_not_the_file(void) {
  struct copying copying;
  char *path = make_raster("shifted.tif", 3, 64);
  RESET(no_faults);
  begin(&copying, MOSAIC);
  GDALDatasetH source = GDALOpen(path, GA_ReadOnly);
  const double elsewhere[6] = {500100, 0.5, 0, 4649776, 0, -0.5};
  CPLPushErrorHandler(CPLQuietErrorHandler);
  (void)GDALSetGeoTransform(source, (double *)elsewhere);
  CPLPopErrorHandler();
  double found[6] = {0};
  GDALGetGeoTransform(source, found);
  CU_ASSERT_EQUAL(found[0], 500100);
  CU_ASSERT_EQUAL(copy(&copying, source, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL(copying.copy);
  GDALGetGeoTransform(copying.copy, found);
  CU_ASSERT_EQUAL(found[0], 500100);
  CU_ASSERT_EQUAL_FATAL(world.image_count, 1);
  UNIT_SAME(world.images[0].name, "shifted.tif", "its name");
  CU_ASSERT(world.images[0].size != size_of(path));
  end(&copying);
  GDALClose(source);
  VSIUnlink(path);
  VSIUnlink(CPLSPrintf("%s.aux.xml", path));
  CPLFree(path);
}

static void refuses_with_every_problem_and_fixes(void) {
  static const char *const fix[] = {"FIX=YES", NULL};
  struct copying copying;
  RESET(no_faults);
  begin(&copying, MOSAIC);
  GDALDatasetH source = GDALCreate(GDALGetDriverByName("MEM"), "", 64, 64, 2, GDT_Byte, NULL);
  const double rotated[6] = {500000, 0.4, 0.3, 4649776, 0.3, -0.4};
  OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
  OSRImportFromEPSG(crs, 32631);
  GDALSetSpatialRef(source, crs);
  GDALSetGeoTransform(source, (double *)rotated);
  GDALFillRaster(GDALGetRasterBand(source, 1), 77, 0);
  CU_ASSERT_EQUAL(copy(&copying, source, NULL), OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(copying.error.message, "raster.tif") && strstr(copying.error.message, "2 bands") &&
            strstr(copying.error.message, "rotated") && strstr(copying.error.message, "FIX=YES") &&
            !strstr(copying.error.message, "--fix") && !strstr(copying.error.message, unit_folder));
  CU_ASSERT(world.image_count == 0 && !copying.copy);
  CU_ASSERT_EQUAL(copy(&copying, source, fix), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(world.image_count, 1);
  UNIT_SAME(world.images[0].name, "raster.tif", "its name");
  end(&copying);
  OSRRelease(crs);
  GDALClose(source);
}

static void stops_when_told(void) {
  struct copying copying;
  char *path = make_raster("large.tif", 4, 1500);
  GDALDatasetH source = in_memory(path);
  RESET(no_faults);
  begin(&copying, MOSAIC);
  copying.stop_after = 1;
  CU_ASSERT_EQUAL(copy(&copying, source, NULL), OSMFLOW_CANCELLED);
  CU_ASSERT(world.uploads == 0 && !copying.copy);
  GDALClose(source);
  VSIUnlink(path);
  CPLFree(path);
}

struct bad_wish {
  const char *path, *option, *words;
};

static void refuses_wishes_that_make_no_sense(void) {
  static const struct bad_wish wishes[] = {
      {"rasters/mosaic/image", NULL, "NAME"},
      {"projects", NULL, "rasters/mosaic/{id}/image"},
      {"rasters/mosaic/image?name=a", "NAME=b", "two names"},
      {MOSAIC, "NAME=b", "by its id"},
      {MOSAIC, "TAGS=a,b", "by its id"},
      {MOSAIC, "FIX=perhaps", "FIX"},
      {"rasters/mosaik", NULL, "mosai"},
  };
  GDALDatasetH source = GDALCreate(GDALGetDriverByName("MEM"), "", 4, 4, 1, GDT_Byte, NULL);
  for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
    const char *const options[] = {wishes[i].option, NULL};
    struct copying copying;
    RESET(no_faults);
    begin(&copying, wishes[i].path);
    const bool is_right = copy(&copying, source, options) == OSMFLOW_BAD_ARGUMENT &&
                          strstr(copying.error.message, wishes[i].words) && world.lists == 0 && world.posts == 0;
    if (!is_right)
      fprintf(stderr, "\n%s %s: %s\n", wishes[i].path, wishes[i].option, copying.error.message);
    CU_ASSERT(is_right);
  }
  GDALClose(source);
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(sends_files_as_they_are),
                                           UNIT(writes_what_is_no_file),
                                           UNIT(knows_what_is_not_the_file),
                                           UNIT(refuses_with_every_problem_and_fixes),
                                           UNIT(stops_when_told),
                                           UNIT(refuses_wishes_that_make_no_sense)};
  GDALAllRegister();
  if (!mkdtemp(unit_folder) || !world_start())
    return 1;
  const int result = unit_run("source/raster_copy", tests, sizeof tests / sizeof tests[0]);
  world_stop();
  VSIRmdirRecursive(unit_folder);
  return result;
}
