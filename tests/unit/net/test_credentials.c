#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "net/credentials.h"
#include "unit.h"

#define ROOT "https://api.openstreetmap.org"

/* A home of its own for each test. */
struct home {
  struct fake fake;
  char folder[64];
  char path[128];
};

static void home_init(struct home *home) {
  fake_init(&home->fake);
  memcpy(home->folder, "/tmp/osmflow-unit-XXXXXX", 25);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(home->folder));
  snprintf(home->path, sizeof home->path, "%s/osmflow/credentials.json", home->folder);
  fake_set(&home->fake, "XDG_CONFIG_HOME", home->folder);
}

static void home_clear(struct home *home) {
  char folder[128];
  snprintf(folder, sizeof folder, "%s/osmflow", home->folder);
  unlink(home->path);
  rmdir(folder);
  CU_ASSERT_EQUAL(rmdir(home->folder), 0); /* nothing else was left behind */
}

static void write_file(const struct home *home, const char *text, mode_t mode) {
  char folder[128];
  snprintf(folder, sizeof folder, "%s/osmflow", home->folder);
  mkdir(folder, 0700);
  FILE *file = fopen(home->path, "w");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fputs(text, file);
  fclose(file);
  chmod(home->path, mode);
}

static void expect_token(struct home *home, const char *root, const char *expected) {
  char *token = NULL;
  struct osmflow_error error = {.message = ""};
  CU_ASSERT_EQUAL(osmflow_credentials_find(&home->fake.environment, "OSMAPI_TOKEN", root, &token, &error), OSMFLOW_OK);
  if (expected)
    UNIT_SAME(token, expected, root);
  else
    CU_ASSERT_PTR_NULL(token);
  osmflow_credentials_wipe(token);
}

static void refuses_damaged_files(void) {
  static const char *const texts[] = {"{", "[]", "\"x\"", "{} {}", "{\"a\":1,}", "null", "{\"\xFF\": 1}"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct home home;
    char *token = NULL;
    struct osmflow_error error = {.message = ""};
    home_init(&home);
    write_file(&home, texts[i], 0600);
    CU_ASSERT_EQUAL(osmflow_credentials_find(&home.fake.environment, "OSMAPI_TOKEN", ROOT, &token, &error),
                    OSMFLOW_BAD_DATA);
    CU_ASSERT_PTR_NULL(token);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, home.path));
    CU_ASSERT_EQUAL(osmflow_credentials_store(&home.fake.environment, ROOT, "new", &error), OSMFLOW_BAD_DATA);
    home_clear(&home);
  }
}

static void takes_odd_entries_for_none(void) {
  static const char *const texts[] = {"",
                                      "{}",
                                      "{\"" ROOT "\": 1}",
                                      "{\"" ROOT "\": {\"token\": 5}}",
                                      "{\"" ROOT "\": {\"token\": \"\"}}",
                                      "{\"" ROOT "\": null}"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct home home;
    home_init(&home);
    write_file(&home, texts[i], 0600);
    expect_token(&home, ROOT, NULL);
    home_clear(&home);
  }
}

static void reads_letters_outside_ascii(void) {
  struct home home;
  home_init(&home);
  write_file(&home,
             "{\"https://b\xC3\xBC"
             "cher.example\": {\"token\": \"other\"}, \"" ROOT "\": {\"token\": \"mine\"}}",
             0600);
  expect_token(&home, ROOT, "mine");
  home_clear(&home);
}

static void refuses_files_that_others_can_read(void) {
  static const mode_t modes[] = {0644, 0640, 0604, 0620, 0602, 0601};
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    struct home home;
    char *token = NULL;
    struct osmflow_error error = {.message = ""};
    home_init(&home);
    write_file(&home, "{\"" ROOT "\": {\"token\": \"hidden\"}}", modes[i]);
    CU_ASSERT_EQUAL(osmflow_credentials_find(&home.fake.environment, "OSMAPI_TOKEN", ROOT, &token, &error), OSMFLOW_IO);
    CU_ASSERT_PTR_NULL(token);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "chmod 600"));
    CU_ASSERT_PTR_NULL(strstr(error.message, "hidden"));
    home_clear(&home);
  }
}

static void stores_finds_and_removes(void) {
  struct home home;
  struct stat facts;
  char folder[128];
  home_init(&home);
  const struct osmflow_environment *environment = &home.fake.environment;
  struct osmflow_error error = {.message = ""};
  const mode_t before = umask(0);
  CU_ASSERT_EQUAL(osmflow_credentials_store(environment, ROOT "/", "one \"quoted\"", &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_credentials_store(environment, "http://localhost:3000", "two", &error), OSMFLOW_OK);
  umask(before);
  CU_ASSERT_EQUAL(stat(home.path, &facts), 0);
  CU_ASSERT_EQUAL(facts.st_mode & 07777, 0600);
  snprintf(folder, sizeof folder, "%s/osmflow", home.folder);
  CU_ASSERT_EQUAL(stat(folder, &facts), 0);
  CU_ASSERT_EQUAL(facts.st_mode & 07777, 0700);
  expect_token(&home, ROOT, "one \"quoted\"");
  expect_token(&home, ROOT "/", "one \"quoted\"");
  expect_token(&home, "http://localhost:3000/", "two");
  expect_token(&home, "http://localhost:3001", NULL);
  CU_ASSERT_EQUAL(osmflow_credentials_store(environment, ROOT, NULL, &error), OSMFLOW_OK);
  expect_token(&home, ROOT, NULL);
  expect_token(&home, "http://localhost:3000", "two");
  home_clear(&home);
}

static void prefers_the_option(void) {
  struct home home;
  home_init(&home);
  write_file(&home, "{\"" ROOT "\": {\"token\": \"file\"}}", 0600);
  fake_set(&home.fake, "OSMAPI_TOKEN", "option");
  expect_token(&home, ROOT, "option");
  fake_set(&home.fake, "OSMAPI_TOKEN", "");
  expect_token(&home, ROOT, "file");
  home_clear(&home);
}

static void knows_where_the_file_is(void) {
  static const struct {
    const char *option, *value, *path;
  } cases[] = {{"HOME", "/home/ann", "/home/ann/.config/osmflow/credentials.json"},
               {"XDG_CONFIG_HOME", "/cfg", "/cfg/osmflow/credentials.json"},
               {"OSMFLOW_CREDENTIALS", "/elsewhere/c.json", "/elsewhere/c.json"}};
  struct fake fake;
  struct osmflow_error error = {.message = ""};
  char *path = NULL;
  fake_init(&fake);
  CU_ASSERT_EQUAL(osmflow_credentials_path(&fake.environment, &path, &error), OSMFLOW_NOT_FOUND);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fake_set(&fake, cases[i].option, cases[i].value);
    CU_ASSERT_EQUAL(osmflow_credentials_path(&fake.environment, &path, &error), OSMFLOW_OK);
    UNIT_SAME(path, cases[i].path, cases[i].option);
    free(path);
  }
}

static void does_without_a_home(void) {
  struct fake fake;
  char *token = NULL;
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  CU_ASSERT_EQUAL(osmflow_credentials_find(&fake.environment, "OSMAPI_TOKEN", ROOT, &token, &error), OSMFLOW_OK);
  CU_ASSERT_PTR_NULL(token);
  osmflow_credentials_wipe(NULL);
}

OSMFLOW_UNIT_MAIN("net/credentials", UNIT(refuses_damaged_files), UNIT(takes_odd_entries_for_none),
                  UNIT(reads_letters_outside_ascii), UNIT(refuses_files_that_others_can_read),
                  UNIT(stores_finds_and_removes), UNIT(prefers_the_option), UNIT(knows_where_the_file_is),
                  UNIT(does_without_a_home))
