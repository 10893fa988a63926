#include "upload_unit.h"

#define QUOTA \
  "{\"detail\":{\"code\":\"MemoryLimitExceeded\",\"parameters\":{\"available_memory\":5,\"memory_requested\":12345}}}"
#define TOO_BIG "{\"detail\":{\"code\":\"FileTooBig\",\"parameters\":{\"max_file_size\":5,\"actual_file_size\":12345}}}"
#define BAD_FILE                                                                                                      \
  "{\"detail\":{\"code\":\"FileValidationFailed\",\"parameters\":{\"filename\":\"two.tif\",\"param_name\":\"count\"," \
  "\"got_param\":\"4\",\"expected_param\":\"3\"}}}"

static void deed_of_three(struct deed *deed) {
  deed_init(deed);
  add_raster(deed, "one.tif", 1);
  add_raster(deed, "two.tif", 2);
  add_raster(deed, "three.tif", 3);
  deed->upload.parallel = 1;
}

/* Whatever becomes of the answer, the file is there once. */
static void a_lost_answer_makes_no_second_image(void) {
  static const struct {
    struct upload_step step;
    int uploads;
  } cases[] = {{{UPLOAD_ARRIVES_UNSAID, 0, NULL}, 1},
               {{UPLOAD_LOST, 0, NULL}, 2},
               {{UPLOAD_CUT, 1, NULL}, 2},
               {{UPLOAD_CUT, 6000, NULL}, 2},
               {{UPLOAD_LATE, 4, NULL}, 1},
               {{UPLOAD_REFUSED, 500, "Internal Server Error"}, 2},
               {{UPLOAD_REFUSED, 504, "<html>"}, 2},
               {{UPLOAD_REFUSED, 503, ""}, 2},
               {{UPLOAD_REFUSED, 200, "<html>Welcome to our hotel</html>"}, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct deed deed;
    world_reset(&cases[i].step, 1);
    deed_init(&deed);
    add_raster(&deed, "one.tif", 1);
    run_deed(&deed);
    expect(&deed, OSMFLOW_OK, 1, 0, 0, 0);
    if (world.image_count != 1 || world.uploads != cases[i].uploads)
      fprintf(stderr, "\ncase %zu: %zu images after %d uploads\n", i, world.image_count, world.uploads);
    CU_ASSERT_EQUAL(world.image_count, 1);
    CU_ASSERT_EQUAL(world.uploads, cases[i].uploads);
    CU_ASSERT_EQUAL(strlen(deed.told[0].id), 36);
    CU_ASSERT(deed.fake.slept_ms >= 2000);
    deed_clear(&deed);
  }
}

static void a_mosaic_is_made_once(void) {
  static const struct { int refused, lost, posts; } cases[] = {{0, 1, 1}, {1, 0, 2}, {2, 1, 3}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct deed deed;
    world_reset(NULL, 0);
    world.mosaics[0] = NULL;
    world.refused_posts = cases[i].refused;
    world.lost_posts = cases[i].lost;
    deed_init(&deed);
    add_raster(&deed, "one.tif", 1);
    run_deed(&deed);
    expect(&deed, OSMFLOW_OK, 1, 0, 0, 0);
    CU_ASSERT_TRUE(deed.result.is_mosaic_new);
    CU_ASSERT_EQUAL(world.posts, cases[i].posts);
    deed_clear(&deed);
  }
}

static void gives_up_after_some_attempts(void) {
  static const struct upload_step steps[] = {{UPLOAD_CUT, 1, NULL}, {UPLOAD_CUT, 1, NULL}, {UPLOAD_CUT, 1, NULL},
                                             {UPLOAD_CUT, 1, NULL}, {UPLOAD_CUT, 1, NULL}, {UPLOAD_CUT, 1, NULL}};
  struct deed deed;
  RESET(steps);
  deed_init(&deed);
  add_raster(&deed, "one.tif", 1);
  run_deed(&deed);
  expect(&deed, OSMFLOW_NETWORK, 0, 0, 0, 1);
  CU_ASSERT_EQUAL(world.uploads, 4);
  CU_ASSERT_EQUAL(world.image_count, 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.error.message, "one.tif"));
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.error.message, "4 attempts"));
  deed_clear(&deed);
}

static void refusals_of_a_file_are_its_own(void) {
  static const struct {
    struct upload_step step;
    const char *words;
  } cases[] = {
      {{UPLOAD_REFUSED, 422, BAD_FILE}, "two.tif"},
      {{UPLOAD_REFUSED, 403, TOO_BIG}, "FileTooBig"},
      {{UPLOAD_REFUSED_EARLY, 413, "<html>413 Request Entity Too Large</html>"}, "413"},
      {{UPLOAD_REFUSED_EARLY, 422, BAD_FILE}, "FileValidationFailed"},
      {{UPLOAD_REFUSED, 400, "{\"code\":\"BAD_REQUEST\",\"message\":\"no tiff\",\"params\":null}"}, "no tiff"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct upload_step steps[] = {{UPLOAD_FINE, 0, NULL}, cases[i].step};
    struct deed deed;
    RESET(steps);
    deed_of_three(&deed);
    run_deed(&deed);
    CU_ASSERT_NOT_EQUAL(deed.status, OSMFLOW_OK);
    expect(&deed, deed.status, 2, 0, 1, 0);
    CU_ASSERT_EQUAL(deed.told[1].state, OSMFLOW_UPLOAD_REFUSED);
    if (!strstr(deed.told[1].message, cases[i].words))
      fprintf(stderr, "\n[%s] is not in: %s\n", cases[i].words, deed.told[1].message);
    CU_ASSERT_PTR_NOT_NULL(strstr(deed.told[1].message, cases[i].words));
    CU_ASSERT_EQUAL(deed.told[2].state, OSMFLOW_UPLOAD_SENT);
    CU_ASSERT_EQUAL(world.image_count, 2);
    CU_ASSERT_EQUAL(world.uploads, 3);
    deed_clear(&deed);
  }
}

static void some_refusals_end_the_batch(void) {
  static const struct {
    struct upload_step step;
    size_t refused, failed;
    enum osmflow_status status;
  } cases[] = {{{UPLOAD_REFUSED, 401, "{\"detail\":\"Not authenticated\"}"}, 0, 2, OSMFLOW_UNAUTHORIZED},
               {{UPLOAD_REFUSED_EARLY, 401, "Unauthorized"}, 0, 2, OSMFLOW_UNAUTHORIZED},
               {{UPLOAD_REFUSED, 403, QUOTA}, 2, 0, OSMFLOW_UNAUTHORIZED},
               {{UPLOAD_MOSAIC_GONE, 0, NULL}, 0, 2, OSMFLOW_NOT_FOUND}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct upload_step steps[] = {{UPLOAD_FINE, 0, NULL}, cases[i].step};
    struct deed deed;
    RESET(steps);
    deed_of_three(&deed);
    run_deed(&deed);
    expect(&deed, cases[i].status, 1, 0, cases[i].refused, cases[i].failed);
    CU_ASSERT_EQUAL(world.uploads, 2);
    CU_ASSERT_EQUAL(deed.told[0].state, OSMFLOW_UPLOAD_SENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(deed.told[2].message, "not sent"));
    CU_ASSERT(strstr(deed.error.message, "HTTP") != NULL);
    deed_clear(&deed);
  }
}

static bool write_into_it(struct deed *deed, const struct osmflow_upload_event *event) {
  if (event->state == OSMFLOW_UPLOAD_SENDING && deed->meddled++ == 0) {
    VSILFILE *file = VSIFOpenL(event->path, "ab");
    VSIFWriteL("more", 1, 4, file);
    VSIFCloseL(file);
  }
  return true;
}

static void a_file_that_changes_is_not_sent(void) {
  struct deed deed;
  world_reset(NULL, 0);
  deed_init(&deed);
  deed.paths[deed.upload.file_count++] = make_raster("large.tif", 1, 1500); /* more than the sockets hold */
  add_raster(&deed, "one.tif", 2);
  deed.fake.now_ms = 5000;
  deed.meddle = write_into_it;
  run_deed(&deed);
  expect(&deed, OSMFLOW_IO, 1, 0, 0, 1);
  CU_ASSERT_EQUAL(world.image_count, 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.told[0].message, "was changed while"));
  deed_clear(&deed);
}

static bool stop_at(struct deed *deed, const struct osmflow_upload_event *event) {
  return event->state != (enum osmflow_upload_state)deed->meddled;
}

static void stopping_leaves_nothing_behind(void) {
  static const enum osmflow_upload_state states[] = {OSMFLOW_UPLOAD_SENDING, OSMFLOW_UPLOAD_SENT};
  for (size_t i = 0; i < 2; i++) {
    struct deed deed;
    world_reset(NULL, 0);
    deed_of_three(&deed);
    deed.fake.now_ms = 5000;
    deed.meddle = stop_at;
    deed.meddled = (int)states[i];
    run_deed(&deed);
    CU_ASSERT_EQUAL(deed.status, OSMFLOW_CANCELLED);
    CU_ASSERT(world.uploads <= 2);
    deed_clear(&deed);
  }
}

static void a_wrong_token_is_known_before_the_files_are_read(void) {
  struct deed deed;
  world_reset(NULL, 0);
  deed_init(&deed);
  fake_set(&deed.fake, "MAPFLOW_TOKEN", "");
  fake_set(&deed.fake, "XDG_CONFIG_HOME", unit_folder);
  fake_set(&deed.fake, "HOME", unit_folder);
  add_raster(&deed, "one.tif", 1);
  run_deed(&deed);
  CU_ASSERT_EQUAL(deed.status, OSMFLOW_UNAUTHORIZED);
  CU_ASSERT_PTR_NOT_NULL(strstr(deed.error.message, "osmflow login mapflow"));
  CU_ASSERT_EQUAL(deed.told[0].outcomes, 0);
  deed_clear(&deed);
}

int main(void) {
  static const struct unit_test tests[] = {
      UNIT(a_lost_answer_makes_no_second_image), UNIT(a_mosaic_is_made_once),
      UNIT(gives_up_after_some_attempts),        UNIT(refusals_of_a_file_are_its_own),
      UNIT(some_refusals_end_the_batch),         UNIT(a_file_that_changes_is_not_sent),
      UNIT(stopping_leaves_nothing_behind),      UNIT(a_wrong_token_is_known_before_the_files_are_read)};
  make_unit_folder();
  if (!world_start())
    return 1;
  const int result = unit_run("mapflow/upload_faults", tests, sizeof tests / sizeof tests[0]);
  world_stop();
  remove_unit_folder();
  return result;
}
