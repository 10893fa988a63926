/* Bad rasters, each refused with its reason, and good ones that pass. */
#include "raster_unit.h"

struct bad_raster {
  const char *what;
  struct recipe recipe;
  struct osmflow_raster_limits limits;
  enum osmflow_raster_problem_kind kind;
  bool is_error, can_be_fixed;
  const char *words; /* of the text, divided by '|' */
};

static const char *const sparse[] = {"SPARSE_OK=YES", "TILED=YES", NULL};
static const char *const deflated[] = {"COMPRESS=DEFLATE", "TILED=YES", NULL};
static const char *const baseline[] = {"PROFILE=BASELINE", NULL};

static const struct bad_raster bad_rasters[] = {
    {"absent", {.is_absent = true}, {0}, OSMFLOW_RASTER_ABSENT, true, false, "no such file"},
    {"no bytes", {.is_empty_file = true}, {0}, OSMFLOW_RASTER_EMPTY, true, false, "0 bytes"},
    {"cut in its head", {.bytes_kept = 100}, {0}, OSMFLOW_RASTER_UNREADABLE, true, false, "cannot open"},
    {"cut in its pixels",
     {.bytes_cut = 3000},
     {0},
     OSMFLOW_RASTER_UNREADABLE,
     true,
     false,
     "cut off|% of them are missing"},
    {"one byte short", {.bytes_cut = 1}, {0}, OSMFLOW_RASTER_UNREADABLE, true, false, "cut off"},
    {"damaged pixels",
     {.options = deflated, .bytes_damaged = 200},
     {0},
     OSMFLOW_RASTER_UNREADABLE,
     true,
     false,
     "broken|:"},
    {"a PNG", {.driver = "PNG", .name = "case.png"}, {0}, OSMFLOW_RASTER_NOT_GEOTIFF, true, true, "PNG|--fix"},
    {"a PNG by another name", {.driver = "PNG"}, {0}, OSMFLOW_RASTER_NOT_GEOTIFF, true, true, "format PNG"},
    {"another extension", {.name = "case.img"}, {0}, OSMFLOW_RASTER_NAME, true, true, ".tif|--fix"},
    {"no extension", {.name = "case"}, {0}, OSMFLOW_RASTER_NAME, true, true, ".tif"},
    {"no CRS", {.crs = ""}, {0}, OSMFLOW_RASTER_NO_CRS, true, false, "gdal_edit.py -a_srs"},
    {"georeferencing beside it",
     {.has_no_transform = true, .has_world_file = true},
     {0},
     OSMFLOW_RASTER_NO_TRANSFORM,
     true,
     true,
     "beside it|--fix"},
    {"CRS beside it", {.options = baseline}, {0}, OSMFLOW_RASTER_NO_CRS, true, true, "beside it|--fix"},
    {"a local CRS",
     {.crs = "LOCAL_CS[\"site\",UNIT[\"metre\",1]]"},
     {0},
     OSMFLOW_RASTER_BAD_CRS,
     true,
     false,
     "without a place on the earth"},
    {"the moon",
     {.crs = "+proj=longlat +R=1737400 +no_defs", .transform = {2, 0.00001, 0, 48, 0, -0.00001}},
     {0},
     OSMFLOW_RASTER_BAD_CRS,
     true,
     false,
     "not one of the earth"},
    {"geocentric", {.crs = "EPSG:4978"}, {0}, OSMFLOW_RASTER_BAD_CRS, true, false, "geocentric"},
    {"another CRS",
     {.crs = "EPSG:2154", .transform = {650000, 0.5, 0, 6860000, 0, -0.5}},
     {0},
     OSMFLOW_RASTER_OTHER_CRS,
     false,
     true,
     "EPSG:2154|UTM|--fix"},
    {"no geotransform", {.has_no_transform = true}, {0}, OSMFLOW_RASTER_NO_TRANSFORM, true, false, "identity"},
    {"identity", {.transform = {0, 1, 0, 0, 0, 1}}, {0}, OSMFLOW_RASTER_NO_TRANSFORM, true, false, "identity"},
    {"ground control points", {.has_points = true}, {0}, OSMFLOW_RASTER_ONLY_GCPS, true, true, "4 ground|--fix"},
    {"an RPC model",
     {.has_rpc = true, .crs = "", .has_no_transform = true},
     {0},
     OSMFLOW_RASTER_ONLY_GCPS,
     true,
     true,
     "RPC|--fix"},
    {"rotated",
     {.transform = {440000, 0.4, 0.3, 5420000, 0.3, -0.4}},
     {0},
     OSMFLOW_RASTER_ROTATED,
     true,
     true,
     "rotated|36.87 degrees"},
    {"south up", {.transform = {440000, 0.5, 0, 5420000, 0, 0.5}}, {0}, OSMFLOW_RASTER_ROTATED, true, true, "south up"},
    {"two bands", {.colours = "NN"}, {0}, OSMFLOW_RASTER_BANDS, true, true, "2 bands|1, 3 or 4|takes band 1"},
    {"six bands", {.colours = "NBGRNN"}, {0}, OSMFLOW_RASTER_BANDS, true, true, "6 bands|bands 4, 3 and 2"},
    {"a palette", {.colours = "P"}, {0}, OSMFLOW_RASTER_BANDS, true, true, "palette"},
    {"four bands among three",
     {.colours = "RGBN"},
     {.has_norm = true, .norm_bands = 3},
     OSMFLOW_RASTER_BAND_COUNT_DIFFERS,
     true,
     true,
     "4 bands|first image has 3|1, 2 and 3"},
    {"three bands among four",
     {0},
     {.has_norm = true, .norm_bands = 4},
     OSMFLOW_RASTER_BAND_COUNT_DIFFERS,
     true,
     false,
     "3 bands|has 4|another mosaic"},
    {"16 bit", {.type = GDT_UInt16}, {0}, OSMFLOW_RASTER_TYPE, false, true, "uint16|96 %"},
    {"complex numbers", {.type = GDT_CFloat32}, {0}, OSMFLOW_RASTER_TYPE_REFUSED, true, false, "complex"},
    {"too many pixels",
     {.width = 40000, .height = 40000, .options = sparse},
     {.most_pixels = 30000},
     OSMFLOW_RASTER_PIXELS,
     true,
     true,
     "40000 x 40000|30000|tiles"},
    {"too many bytes", {0}, {.most_bytes = 9000}, OSMFLOW_RASTER_BYTES, true, true, "9000 bytes|--fix"},
    {"more than is free", {0}, {.free_bytes = 9000}, OSMFLOW_RASTER_QUOTA, true, false, "9000 bytes|free"},
    {"coarse", {.transform = {440000, 30, 0, 5420000, 0, -30}}, {0}, OSMFLOW_RASTER_COARSE, true, false, "30|20 m"},
    {"coarse in degrees",
     {.crs = "EPSG:4326", .transform = {2, 0.0003, 0, 48, 0, -0.0003}},
     {0},
     OSMFLOW_RASTER_COARSE,
     true,
     false,
     "27.|20 m"},
    {"fine", {.transform = {440000, 0.05, 0, 5420000, 0, -0.05}}, {0}, OSMFLOW_RASTER_FINE, false, true, "5 cm|10 cm"},
    {"too fine for the model", {0}, {.least_meters = 0.6}, OSMFLOW_RASTER_MODEL, true, true, "0.5|0.6|--fix"},
    {"too coarse for the model", {0}, {.most_meters = 0.3}, OSMFLOW_RASTER_MODEL, true, false, "0.5|0.3"},
    {"beyond the earth in degrees",
     {.crs = "EPSG:4326", .transform = {2, 0.00001, 0, 148, 0, -0.00001}},
     {0},
     OSMFLOW_RASTER_OUT_OF_BOUNDS,
     true,
     false,
     "148|beyond the earth"},
    {"longitudes to 360",
     {.crs = "EPSG:4326", .transform = {359, 0.00001, 0, 48, 0, -0.00001}},
     {0},
     OSMFLOW_RASTER_OUT_OF_BOUNDS,
     true,
     false,
     "-180 to 180"},
    {"metres as degrees",
     {.crs = "EPSG:4326", .transform = {440000, 0.5, 0, 5420000, 0, -0.5}},
     {0},
     OSMFLOW_RASTER_OUT_OF_BOUNDS,
     true,
     false,
     "beyond"},
    {"beyond the web's square",
     {.crs = "EPSG:3857", .transform = {30000000, 0.5, 0, 5420000, 0, -0.5}},
     {0},
     OSMFLOW_RASTER_OUT_OF_BOUNDS,
     true,
     false,
     "beyond"},
    {"beyond UTM",
     {.transform = {440000, 0.5, 0, 54200000, 0, -0.5}},
     {0},
     OSMFLOW_RASTER_OUT_OF_BOUNDS,
     true,
     false,
     "beyond"},
    {"half a continent",
     {.crs = "EPSG:4326",
      .transform = {2, 0.0001, 0, 48, 0, -0.0001},
      .width = 40000,
      .height = 40000,
      .options = sparse},
     {0},
     OSMFLOW_RASTER_EXTENT,
     true,
     true,
     "16 square degrees|10 at most"},
    {"nothing but nodata",
     {.has_nodata = true, .nodata = 7, .is_all_nodata = true},
     {0},
     OSMFLOW_RASTER_ALL_NODATA,
     true,
     false,
     "nodata value is 7"},
    {"all transparent",
     {.colours = "RGBA", .is_all_nodata = true},
     {0},
     OSMFLOW_RASTER_ALL_NODATA,
     true,
     false,
     "transparent"},
    {"not the mosaic's CRS",
     {0},
     {.has_norm = true, .norm_bands = 3, .norm_crs = "EPSG:32632"},
     OSMFLOW_RASTER_FIT,
     false,
     true,
     "EPSG:32631|EPSG:32632"},
    {"not the mosaic's CRS, strictly",
     {0},
     {.has_norm = true, .norm_bands = 3, .norm_crs = "EPSG:32632", .is_strict = true},
     OSMFLOW_RASTER_FIT,
     true,
     true,
     "--fix"},
    {"coarser than the mosaic, strictly",
     {0},
     {.has_norm = true, .norm_bands = 3, .norm_crs = "EPSG:32631", .norm_pixel_size = {0.4, 0.4}, .is_strict = true},
     OSMFLOW_RASTER_FIT,
     true,
     false,
     "0.5 x 0.5|0.4 x 0.4|10 %"},
    {"finer than the mosaic",
     {0},
     {.has_norm = true, .norm_bands = 3, .norm_crs = "EPSG:32631", .norm_pixel_size = {0.6, 0.6}},
     OSMFLOW_RASTER_FIT,
     false,
     true,
     "--fix resamples"},
    {"not the mosaic's type",
     {.type = GDT_UInt16},
     {.has_norm = true, .norm_bands = 3, .norm_type = "uint8"},
     OSMFLOW_RASTER_FIT,
     false,
     true,
     "uint16|uint8"},
};

static bool has_words(const char *text, const char *words) {
  struct osmflow_text rest = osmflow_text(words), word;
  char copy[100];
  while (osmflow_text_next(&rest, '|', &word)) {
    snprintf(copy, sizeof copy, "%.*s", OSMFLOW_TEXT_ARGUMENTS(word));
    if (!strstr(text, copy))
      return false;
  }
  return true;
}

static const struct osmflow_raster_problem *find(const struct osmflow_raster_report *report,
                                                 enum osmflow_raster_problem_kind kind) {
  for (size_t i = 0; i < report->problem_count; i++)
    if (report->problems[i].kind == kind)
      return &report->problems[i];
  return NULL;
}

static void check(const struct recipe *recipe, const struct osmflow_raster_limits *limits,
                  struct osmflow_raster_report *report) {
  struct osmflow_error error = {.message = ""};
  char path[200];
  make_raster(recipe);
  gdal_noise = 0;
  CPLPushErrorHandler(count_noise);
  CU_ASSERT_EQUAL_FATAL(osmflow_raster_check(raster_path(recipe, path), limits, report, &error), OSMFLOW_OK);
  CPLPopErrorHandler();
  CU_ASSERT_EQUAL(gdal_noise, 0);
  drop_rasters();
}

static void refuses_bad_rasters(void) {
  for (size_t i = 0; i < sizeof bad_rasters / sizeof bad_rasters[0]; i++) {
    const struct bad_raster *bad = &bad_rasters[i];
    struct osmflow_raster_report report;
    check(&bad->recipe, &bad->limits, &report);
    const struct osmflow_raster_problem *found = find(&report, bad->kind);
    const bool is_right = found && (!bad->is_error || osmflow_raster_can_be_fixed(&report) == bad->can_be_fixed) &&
                          found->is_error == bad->is_error && found->can_be_fixed == bad->can_be_fixed &&
                          has_words(found->text, bad->words) && osmflow_raster_is_accepted(&report) == !bad->is_error &&
                          strlen(found->text) + 1 < sizeof found->text;
    if (!is_right)
      show_report(bad->what, &report);
    CU_ASSERT(is_right);
  }
}

struct good_raster {
  const char *what;
  struct recipe recipe;
  struct osmflow_raster_limits limits;
};

static const struct good_raster good_rasters[] = {
    {"the usual", {0}, {0}},
    {"an upper case name", {.name = "CASE.TIFF"}, {0}},
    {"one band", {.colours = "N"}, {0}},
    {"four bands", {.colours = "RGBA"}, {0}},
    {"compressed", {.options = deflated}, {0}},
    {"ETRS89 / UTM", {.crs = "EPSG:25832"}, {0}},
    {"degrees", {.crs = "EPSG:4326", .transform = {2, 0.00001, 0, 48, 0, -0.00001}}, {0}},
    {"the web's projection", {.crs = "EPSG:3857", .transform = {240000, 0.5, 0, 6250000, 0, -0.5}}, {0}},
    {"a compound CRS", {.crs = "EPSG:32631+5773"}, {0}},
    {"ten centimetres", {.transform = {300000, 0.1, 0, 5420000, 0, -0.1}}, {0}},
    {"twenty metres", {.transform = {500000, 20, 0, 5420000, 0, -20}}, {0}},
    {"holes that were never written", {.options = sparse, .width = 5000, .height = 5000}, {0}},
    {"some nodata", {.has_nodata = true, .nodata = 41}, {0}},
    {"it fits all limits",
     {0},
     {.most_bytes = 20000,
      .free_bytes = 20000,
      .most_pixels = 64,
      .has_norm = true,
      .norm_bands = 3,
      .norm_type = "uint8",
      .norm_crs = "EPSG:32631",
      .norm_pixel_size = {0.54, 0.46},
      .least_meters = 0.3,
      .most_meters = 0.5,
      .is_strict = true}},
    {"a quota without limit", {0}, {.free_bytes = -1}},
};

static void accepts_good_rasters(void) {
  for (size_t i = 0; i < sizeof good_rasters / sizeof good_rasters[0]; i++) {
    struct osmflow_raster_report report;
    check(&good_rasters[i].recipe, &good_rasters[i].limits, &report);
    if (report.problem_count > 0)
      show_report(good_rasters[i].what, &report);
    CU_ASSERT_EQUAL(report.problem_count, 0);
    CU_ASSERT(osmflow_raster_is_accepted(&report) && osmflow_raster_can_be_fixed(&report));
  }
}

static void tells_all_problems_at_once(void) {
  const struct recipe recipe = {
      .name = "case.png", .driver = "PNG", .colours = "NN", .type = GDT_UInt16, .crs = "", .has_no_transform = true};
  const struct osmflow_raster_limits limits = {.most_pixels = 50, .most_bytes = 10, .free_bytes = 10};
  static const enum osmflow_raster_problem_kind kinds[] = {
      OSMFLOW_RASTER_NAME,         OSMFLOW_RASTER_NOT_GEOTIFF, OSMFLOW_RASTER_NO_CRS,
      OSMFLOW_RASTER_NO_TRANSFORM, OSMFLOW_RASTER_BANDS,       OSMFLOW_RASTER_TYPE,
      OSMFLOW_RASTER_PIXELS,       OSMFLOW_RASTER_BYTES,       OSMFLOW_RASTER_QUOTA};
  struct osmflow_raster_report report;
  check(&recipe, &limits, &report);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    CU_ASSERT_PTR_NOT_NULL(find(&report, kinds[i]));
  CU_ASSERT_EQUAL(report.problem_count, sizeof kinds / sizeof kinds[0]);
}

static void tells_the_facts(void) {
  const struct recipe recipe = {
      .colours = "RGBN", .type = GDT_UInt16, .has_nodata = true, .nodata = 9, .width = 80, .crs = "EPSG:32631+5773"};
  struct osmflow_raster_report report;
  check(&recipe, NULL, &report);
  const struct osmflow_raster_facts *facts = &report.facts;
  CU_ASSERT(facts->bytes > 80 * 48 * 8 && facts->bytes < 80 * 48 * 8 + 2000);
  CU_ASSERT(facts->width == 80 && facts->height == 48 && facts->bands == 4);
  UNIT_SAME(facts->driver, "GTiff", "driver");
  UNIT_SAME(facts->type[3], "uint16", "type");
  UNIT_SAME(facts->crs, "EPSG:32631", "crs");
  CU_ASSERT(facts->has_nodata && facts->nodata == 9);
  CU_ASSERT_DOUBLE_EQUAL(facts->pixel_size[0], 0.5, 1e-9);
  CU_ASSERT_DOUBLE_EQUAL(facts->pixel_meters, 0.5, 0.001);
  CU_ASSERT_DOUBLE_EQUAL(facts->box[0], 2.180827, 1e-5);
  CU_ASSERT_DOUBLE_EQUAL(facts->box[3], 48.930021, 1e-5);
  CU_ASSERT(facts->box[2] > facts->box[0] && facts->box[3] > facts->box[1]);
}

/* One pixel of a large raster is enough, wherever it is. */
static void finds_the_only_pixel(void) {
  const struct recipe recipe = {
      .name = "case.tif", .options = sparse, .width = 9000, .height = 9000, .has_nodata = true, .nodata = 0};
  char path[200];
  struct osmflow_raster_report report;
  make_raster(&recipe);
  GDALDatasetH dataset = GDALOpen(raster_path(&recipe, path), GA_Update);
  unsigned char one = 1;
  CU_ASSERT_EQUAL(GDALRasterIO(GDALGetRasterBand(dataset, 2), GF_Write, 8120, 4471, 1, 1, &one, 1, 1, GDT_Byte, 0, 0),
                  CE_None);
  GDALClose(dataset);
  CU_ASSERT_EQUAL(osmflow_raster_check(path, NULL, &report, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(report.problem_count, 0);
  drop_rasters();
}

static void refuses_folders_and_no_names(void) {
  struct osmflow_raster_report report;
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(osmflow_raster_check("", NULL, &report, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(osmflow_raster_check("/tmp", NULL, &report, &error), OSMFLOW_OK);
  CU_ASSERT(report.problem_count == 1 && strstr(report.problems[0].text, "folder"));
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(refuses_bad_rasters),        UNIT(accepts_good_rasters),
                                           UNIT(tells_all_problems_at_once), UNIT(tells_the_facts),
                                           UNIT(finds_the_only_pixel),       UNIT(refuses_folders_and_no_names)};
  GDALAllRegister();
  return unit_run("mapflow/raster_check", tests, sizeof tests / sizeof tests[0]);
}
