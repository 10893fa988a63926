/* What the tests of uploads share: small GeoTIFFs, one upload, and what the caller was told. */
#ifndef OSMFLOW_UNIT_UPLOAD_UNIT_H
#define OSMFLOW_UNIT_UPLOAD_UNIT_H

#include "upload_server.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_srs_api.h>
#include <osmflow/mapflow.h>
#include <unistd.h>

#define TOKEN "YW5uYUBleGFtcGxlLmNvbTphbm5hLXRva2Vu" /* anna@example.com:anna-token */

static char unit_folder[256];

static void make_unit_folder(void) {
  GDALAllRegister();
  snprintf(unit_folder, sizeof unit_folder, "/tmp/osmflow-upload-unit-XXXXXX");
  if (!mkdtemp(unit_folder))
    abort();
}

static void remove_unit_folder(void) {
  VSIRmdirRecursive(unit_folder);
}

/* RGB, UTM, pixels of half a metre; what is in it depends on `seed`. The caller frees the path. */
static char *make_raster_of(const char *name, unsigned seed, int side, GDALDataType type) {
  const double transform[6] = {500000, 0.5, 0, 4649776, 0, -0.5};
  char *path = CPLStrdup(CPLFormFilename(unit_folder, name, NULL));
  GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, side, side, 3, type, NULL);
  OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
  char *wkt = NULL;
  unsigned char *row = malloc((size_t)side);
  OSRImportFromEPSG(srs, 32631);
  OSRExportToWkt(srs, &wkt);
  GDALSetProjection(dataset, wkt);
  GDALSetGeoTransform(dataset, (double *)transform);
  for (int band = 1; band <= 3; band++)
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        seed = seed * 1103515245u + 12345u;
        row[x] = (unsigned char)(seed >> 16);
      }
      if (GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, side, 1, row, side, 1, GDT_Byte, 0, 0) !=
          CE_None)
        abort();
    }
  free(row);
  CPLFree(wkt);
  OSRDestroySpatialReference(srs);
  GDALClose(dataset);
  return path;
}

static char *make_raster(const char *name, unsigned seed, int side) {
  return make_raster_of(name, seed, side, GDT_Byte);
}

enum { UNIT_FILES = 8 };

struct told {
  enum osmflow_upload_state state; /* the last one */
  int outcomes;                    /* events that were no progress */
  int64_t sent, size;
  char id[40], message[1024];
};

/* One upload and what came of it. */
struct deed {
  struct fake fake;
  char *paths[UNIT_FILES];
  struct osmflow_upload upload;
  struct osmflow_upload_result result;
  struct osmflow_error error;
  enum osmflow_status status;
  struct told told[UNIT_FILES];
  bool (*meddle)(struct deed *deed, const struct osmflow_upload_event *event); /* NULL: none */
  int meddled;
};

static bool listen_to(void *self, const struct osmflow_upload_event *event) {
  struct deed *deed = self;
  struct told *told = &deed->told[event->file];
  const bool is_progress = event->state == OSMFLOW_UPLOAD_SENDING || event->state == OSMFLOW_UPLOAD_FIXING;
  CU_ASSERT(event->done >= 0 && event->done <= 1 && event->sent <= event->size);
  CU_ASSERT_STRING_EQUAL(event->path, deed->upload.files[event->file]);
  told->state = event->state;
  told->outcomes += !is_progress;
  told->sent = event->sent;
  told->size = event->size;
  snprintf(told->id, sizeof told->id, "%s", event->image_id);
  snprintf(told->message, sizeof told->message, "%s", event->message);
  CU_ASSERT_PTR_NULL(strstr(event->message, TOKEN));
  return deed->meddle ? deed->meddle(deed, event) : true;
}

static void deed_init(struct deed *deed) {
  memset(deed, 0, sizeof *deed);
  fake_init(&deed->fake);
  fake_set(&deed->fake, "MAPFLOW_TOKEN", TOKEN);
  fake_set(&deed->fake, "TMPDIR", unit_folder);
  deed->upload = (struct osmflow_upload){.server = world.root,
                                         .mosaic_name = "Survey",
                                         .files = (const char *const *)deed->paths,
                                         .report = listen_to,
                                         .self = deed};
}

static void add_raster(struct deed *deed, const char *name, unsigned seed) {
  deed->paths[deed->upload.file_count++] = make_raster(name, seed, 64);
}

static void run_deed(struct deed *deed) {
  memset(deed->told, 0, sizeof deed->told);
  deed->error.message[0] = '\0';
  deed->status = osmflow_mapflow_upload(&deed->fake.environment, &deed->upload, &deed->result, &deed->error);
  CU_ASSERT_PTR_NULL(strstr(deed->error.message, TOKEN));
  CU_ASSERT_PTR_NULL(strstr(deed->fake.log, TOKEN));
}

static void deed_clear(struct deed *deed) {
  for (size_t i = 0; i < deed->upload.file_count; i++) {
    VSIUnlink(deed->paths[i]);
    CPLFree(deed->paths[i]);
  }
  /* Nothing of ours is left behind. */
  char **left = VSIReadDir(unit_folder);
  for (char **name = left; name && *name; name++)
    CU_ASSERT(strncmp(*name, "osmflow-upload-", 15) != 0);
  CSLDestroy(left);
}

static void expect(const struct deed *deed, enum osmflow_status status, size_t sent, size_t present, size_t refused,
                   size_t failed) {
  const struct osmflow_upload_result *result = &deed->result;
  if (deed->status != status || result->sent != sent || result->present != present || result->refused != refused ||
      result->failed != failed)
    fprintf(stderr, "\n%s: %s\n  sent %zu present %zu refused %zu failed %zu\n", osmflow_status_name(deed->status),
            deed->error.message, result->sent, result->present, result->refused, result->failed);
  CU_ASSERT_EQUAL(deed->status, status);
  CU_ASSERT_EQUAL(result->sent, sent);
  CU_ASSERT_EQUAL(result->present, present);
  CU_ASSERT_EQUAL(result->refused, refused);
  CU_ASSERT_EQUAL(result->failed, failed);
}

#define RESET(steps) world_reset((steps), sizeof(steps) / sizeof(steps)[0])

#endif
