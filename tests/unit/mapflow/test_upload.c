#include "upload_unit.h"

static const char *id_of(size_t image) {
  static char id[40];
  snprintf(id, sizeof id, "aaaaaaaa-0000-4000-8000-%012zu", image);
  return id;
}

static void sends_into_a_new_mosaic_and_waits(void) {
  static const char *const tags[] = {"spring", "a,b"};
  struct deed deed;
  world_reset(NULL, 0);
  world.mosaics[0] = NULL;
  world.mosaics[1] = "survey"; /* another name: case counts */
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  add_raster(&deed, "two.tif", 2);
  add_raster(&deed, "three.tif", 3);
  deed.upload.tags = tags;
  deed.upload.tag_count = 2;
  deed.upload.wait = true;
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 3, 0, 0, 0);
  CU_ASSERT_TRUE(deed.result.is_mosaic_new);
  UNIT_SAME(deed.result.mosaic_id, WORLD_MOSAIC, "mosaic");
  UNIT_SAME(world.made_name, "Survey", "name");
  CU_ASSERT_PTR_NOT_NULL(strstr(world.made_body, "\"a,b\""));
  CU_ASSERT_EQUAL(world.image_count, 3);
  CU_ASSERT_EQUAL(world.uploads, 3);
  UNIT_SAME(world.images[0].name, "one.tif", "the first goes alone");
  UNIT_SAME(world.authorization, "Basic " TOKEN, "authorization");
  for (size_t i = 0; i < 3; i++) {
    CU_ASSERT_EQUAL(deed.told[i].state, OSMFLOW_UPLOAD_READY);
    CU_ASSERT_EQUAL(deed.told[i].outcomes, 2);
    CU_ASSERT_EQUAL(strlen(deed.told[i].id), 36);
  }
  CU_ASSERT(deed.result.bytes == world.images[0].size * 3);
  CU_ASSERT(deed.fake.slept_ms >= 2000 && deed.fake.slept_ms < 4000);
  CU_ASSERT_PTR_NOT_NULL(strstr(world.head, "Content-Disposition: form-data; name=\"file\"; filename=\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(world.head, "\r\nContent-Type: image/tiff\r\n"));
  run_deed(&deed); /* again: nothing is sent */
  expect(&deed, OSMFLOW_OK, 0, 3, 0, 0);
  CU_ASSERT_EQUAL(world.uploads, 3);
  CU_ASSERT_EQUAL(deed.told[2].state, OSMFLOW_UPLOAD_READY);
  deed_clear(&deed);
}

/* A name with everything that can break a header, and one that is not ASCII. */
static void names_arrive_as_they_are(void) {
  static const char *const names[] = {"say \"hi\".tif", "Küste 海岸.tiff", "flight 2024.06"};
  struct deed deed;
  world_reset(NULL, 0);
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  add_raster(&deed, "two.tif", 2);
  add_raster(&deed, "three.dat", 3);
  deed.upload.names = names;
  deed.upload.parallel = 1;
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 3, 0, 0, 0);
  UNIT_SAME(world.images[2].name, "flight 2024.06.tif", "no end of a GeoTIFF");
  UNIT_SAME(world.images[0].name, "say %22hi%22.tif", "quotes");
  UNIT_SAME(world.images[1].name, "Küste 海岸.tiff", "not ASCII");
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 0, 3, 0, 0);
  deed_clear(&deed);
}

static void tells_files_of_one_name_apart(void) {
  static const char *const names[] = {"same.tif", "same.tif", "same.tif"};
  struct deed deed;
  world_reset(NULL, 0);
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  add_raster(&deed, "two.tif", 2);
  add_raster(&deed, "again.tif", 1); /* the first one's content */
  deed.upload.names = names;
  run_deed(&deed);
  expect(&deed, OSMFLOW_BAD_DATA, 2, 0, 1, 0);
  CU_ASSERT_EQUAL(world.image_count, 2);
  CU_ASSERT_EQUAL(deed.told[2].state, OSMFLOW_UPLOAD_REFUSED);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.told[2].message, "already"));
  deed_clear(&deed);
}

static void understands_the_spec(void) {
  struct deed deed;
  world_reset(NULL, 0);
  world.is_spec = true;
  world.has_status = false;
  world.memory = "{\"used_bytes\":5,\"limit_bytes\":10737418240,\"used_gb\":0.0}";
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  add_raster(&deed, "two.tif", 2);
  deed.upload.wait = true;
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 2, 0, 0, 0);
  UNIT_SAME(deed.told[0].id, id_of(0), "id");
  CU_ASSERT_EQUAL(deed.told[1].state, OSMFLOW_UPLOAD_READY);
  run_deed(&deed); /* name and size are all there is */
  expect(&deed, OSMFLOW_OK, 0, 2, 0, 0);
  CU_ASSERT_EQUAL(world.uploads, 2);
  deed_clear(&deed);
}

static void a_dry_run_changes_nothing(void) {
  struct deed deed;
  world_reset(NULL, 0);
  world.mosaics[0] = NULL;
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  deed.upload.dry_run = true;
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 0, 0, 0, 0);
  CU_ASSERT_EQUAL(deed.told[0].state, OSMFLOW_UPLOAD_CHECKED);
  CU_ASSERT_EQUAL(world.posts + world.uploads, 0);
  UNIT_SAME(deed.result.mosaic_id, "", "mosaic");
  deed_clear(&deed);
}

static void a_bad_file_does_not_stop_the_others(void) {
  struct deed deed;
  world_reset(NULL, 0);
  deed_init(&deed);
  deed.paths[deed.upload.file_count++] = CPLStrdup(CPLFormFilename(unit_folder, "absent.tif", NULL));
  add_raster(&deed, "one.tif", 1);
  run_deed(&deed);
  CU_ASSERT_NOT_EQUAL(deed.status, OSMFLOW_OK);
  expect(&deed, deed.status, 1, 0, 1, 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.error.message, "absent.tif"));
  CU_ASSERT_EQUAL(deed.told[0].state, OSMFLOW_UPLOAD_REFUSED);
  deed_clear(&deed);
}

static bool stop_mending(struct deed *deed, const struct osmflow_upload_event *event) {
  (void)deed;
  return event->state != OSMFLOW_UPLOAD_FIXING;
}

static void mended_files_take_the_place_of_others(void) {
  struct deed deed;
  world_reset(NULL, 0);
  deed_init(&deed);
  deed.paths[deed.upload.file_count++] = make_raster_of("deep.tif", 1, 64, GDT_UInt16);
  deed.upload.fix = true;
  deed.meddle = stop_mending;
  run_deed(&deed);
  CU_ASSERT_EQUAL(deed.status, OSMFLOW_CANCELLED);
  CU_ASSERT_EQUAL(world.uploads, 0);
  deed.meddle = NULL;
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 1, 0, 0, 0);
  UNIT_SAME(world.images[0].name, "deep.tif", "name");
  CU_ASSERT(world.images[0].size < 64 * 64 * 3 * 2); /* 8 bit now */
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 0, 1, 0, 0);
  CU_ASSERT_EQUAL(world.uploads, 1);
  deed_clear(&deed);
}

static void room_is_counted_before_anything_is_sent(void) {
  struct deed deed;
  char memory[128];
  world_reset(NULL, 0);
  world.mosaics[0] = NULL;
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  add_raster(&deed, "two.tif", 2);
  VSIStatBufL facts;
  CU_ASSERT_EQUAL_FATAL(VSIStatL(deed.paths[0], &facts), 0);
  world.memory = memory;
  snprintf(memory, sizeof memory, "{\"memoryLimit\":99,\"memoryUsed\":1,\"memoryFree\":0}");
  run_deed(&deed);
  expect(&deed, OSMFLOW_BAD_DATA, 0, 0, 2, 0);
  CU_ASSERT_EQUAL(world.posts + world.uploads, 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.told[0].message, "storage"));
  snprintf(memory, sizeof memory, "{\"memoryFree\":%lld}", (long long)facts.st_size * 3 / 2);
  run_deed(&deed); /* one of them fits */
  expect(&deed, OSMFLOW_BAD_DATA, 1, 0, 1, 0);
  CU_ASSERT_EQUAL(deed.told[1].state, OSMFLOW_UPLOAD_REFUSED);
  snprintf(memory, sizeof memory, "{\"memoryFree\":0}");
  deed.upload.file_count = 1; /* what is there already needs no room */
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 0, 1, 0, 0);
  deed.upload.file_count = 2;
  deed_clear(&deed);
}

static void mosaics_are_named_without_doubt(void) {
  static const struct {
    const char *id, *name, *words;
    enum osmflow_status status;
  } cases[] = {{NULL, "Twice", "-8cb1-39bea5451193, ", OSMFLOW_BAD_ARGUMENT},
               {NULL, NULL, "needs a mosaic", OSMFLOW_BAD_ARGUMENT},
               {NULL, "", "needs a mosaic", OSMFLOW_BAD_ARGUMENT},
               {WORLD_MOSAIC, "Survey", "not by both", OSMFLOW_BAD_ARGUMENT},
               {"../../projects", NULL, "not the id", OSMFLOW_BAD_ARGUMENT},
               {"00000000-0000-4000-8000-000000000000", NULL, "", OSMFLOW_NOT_FOUND}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct deed deed;
    world_reset(NULL, 0);
    world.mosaics[3] = world.mosaics[5] = "Twice";
    deed_init(&deed);
    add_raster(&deed, "one.tif", 1);
    deed.upload.mosaic_id = cases[i].id;
    deed.upload.mosaic_name = cases[i].name;
    run_deed(&deed);
    CU_ASSERT_EQUAL(deed.status, cases[i].status);
    CU_ASSERT_PTR_NOT_NULL(strstr(deed.error.message, cases[i].words));
    CU_ASSERT_EQUAL(world.posts + world.uploads, 0);
    deed_clear(&deed);
  }
}

static void waiting_tells_what_failed(void) {
  struct deed deed;
  world_reset(NULL, 0);
  world.fate = "FAILED";
  world.looks_until_fate = 8;
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  deed.upload.wait = true;
  run_deed(&deed);
  expect(&deed, OSMFLOW_BAD_DATA, 0, 0, 0, 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.told[0].message, "the tiles are broken"));
  CU_ASSERT(deed.fake.slept_ms > 50000 && deed.fake.slept_ms < 120000); /* growing steps, 15 s at most */
  deed_clear(&deed);
}

static void waiting_goes_by_the_listing_where_there_is_no_status(void) {
  struct deed deed;
  world_reset(NULL, 0);
  world.has_status = false;
  world.looks_until_fate = 6;
  deed_init(&deed);
  fake_set(&deed.fake, "MAPFLOW_POLL", "0.5");
  add_raster(&deed, "one.tif", 1);
  deed.upload.wait = true;
  run_deed(&deed);
  expect(&deed, OSMFLOW_OK, 1, 0, 0, 0);
  CU_ASSERT_EQUAL(deed.told[0].state, OSMFLOW_UPLOAD_READY);
  CU_ASSERT(deed.fake.slept_ms >= 1000 && deed.fake.slept_ms <= 3000);
  deed_clear(&deed);
  world_reset(NULL, 0);
  world.fate = "SOMETHING_NEW";
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  deed.upload.wait = true;
  run_deed(&deed); /* for ever is too long */
  expect(&deed, OSMFLOW_NETWORK, 0, 0, 0, 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.error.message, "an hour"));
  deed_clear(&deed);
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(sends_into_a_new_mosaic_and_waits),
                                           UNIT(names_arrive_as_they_are),
                                           UNIT(tells_files_of_one_name_apart),
                                           UNIT(understands_the_spec),
                                           UNIT(a_dry_run_changes_nothing),
                                           UNIT(a_bad_file_does_not_stop_the_others),
                                           UNIT(mended_files_take_the_place_of_others),
                                           UNIT(room_is_counted_before_anything_is_sent),
                                           UNIT(mosaics_are_named_without_doubt),
                                           UNIT(waiting_tells_what_failed),
                                           UNIT(waiting_goes_by_the_listing_where_there_is_no_status)};
  make_unit_folder();
  if (!world_start())
    return 1;
  const int result = unit_run("mapflow/upload", tests, sizeof tests / sizeof tests[0]);
  world_stop();
  remove_unit_folder();
  return result;
}
