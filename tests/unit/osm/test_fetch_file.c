#include <cpl_vsi.h>
#include <stdlib.h>
#include <unistd.h>

#include "osm/fetch.h"
#include "unit.h"

static const char document[] =
    "<?xml version=\"1.0\"?><osm version=\"0.6\"><node id=\"1\" lat=\"47.1\" lon=\"9.5\" version=\"1\"/>"
    "<node id=\"2\" lat=\"47.2\" lon=\"9.5\" version=\"1\"/><way id=\"5\" version=\"1\"><nd ref=\"1\"/><nd ref=\"2\"/>"
    "</way></osm>";
static const char change[] =
    "<osmChange version=\"0.6\"><create><node id=\"1\" lat=\"47.1\" lon=\"9.5\" version=\"1\"/></create>"
    "<modify><node id=\"1\" lat=\"47.2\" lon=\"9.5\" version=\"2\"/></modify></osmChange>";

static char folder[] = "/tmp/osmflow_fetch_file_XXXXXX";

static void write_file(const char *name, const char *text, size_t size, char path[256]) {
  snprintf(path, 256, "%s%s/%s", strncmp(name, "gz:", 3) == 0 ? "/vsigzip/" : "", folder,
           strncmp(name, "gz:", 3) == 0 ? name + 3 : name);
  VSILFILE *file = VSIFOpenL(path, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  CU_ASSERT(VSIFWriteL(text, 1, size, file) == size);
  CU_ASSERT(VSIFCloseL(file) == 0);
  snprintf(path, 256, "%s/%s", folder, strncmp(name, "gz:", 3) == 0 ? name + 3 : name);
}

struct seen {
  double last_share;
  int64_t bytes;
  bool cancels;
};

static bool watch(void *self, double done, int64_t bytes) {
  struct seen *seen = self;
  seen->last_share = done;
  seen->bytes = bytes;
  return !seen->cancels;
}

/* Reads a file as a user would: by its name as connection string. */
static enum osmflow_status fetch(const char *path, struct osmflow_store *store, struct seen *seen,
                                 struct osmflow_error *error) {
  struct osmflow_call call;
  struct osmflow_fetch_progress progress = {.self = seen, .report = watch};
  osmflow_call_init(&call);
  enum osmflow_status status = osmflow_call_parse(path, NULL, &call, error);
  osmflow_store_init(store, call.call_class && call.call_class->answer == OSMFLOW_ANSWER_VERSIONS);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_elements(NULL, &call, store, &progress, error);
  osmflow_call_clear(&call);
  return status;
}

static void reads_files_of_every_kind(void) {
  static const struct {
    const char *name, *text;
    size_t nodes, ways;
    bool knows_share;
  } cases[] = {
      {"town.osm", document, 2, 1, true},
      {"gz:town.osm.gz", document, 2, 1, false},
      {"gz:packed.osm", document, 2, 1, false}, /* packed, whatever its name says */
      {"plain.osm.gz", document, 2, 1, true},   /* not packed, whatever its name says */
      {"edits.osc", change, 2, 0, true},        /* both versions are kept */
      {"nothing.osm", "<osm version=\"0.6\"></osm>", 0, 0, true},
      {"town.json", "{\"version\":\"0.6\",\"elements\":[{\"type\":\"node\",\"id\":1,\"lat\":1,\"lon\":2}]}", 1, 0,
       true},
      {"without_ending", document, 2, 1, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char path[256];
    struct osmflow_store store;
    struct osmflow_error error = {0};
    struct seen seen = {0};
    write_file(cases[i].name, cases[i].text, strlen(cases[i].text), path);
    if (fetch(path, &store, &seen, &error) != OSMFLOW_OK) {
      fprintf(stderr, "\n%s: %s\n", cases[i].name, error.message);
      CU_FAIL("not read");
    }
    CU_ASSERT_EQUAL(store.node_count, cases[i].nodes);
    CU_ASSERT_EQUAL(store.way_count, cases[i].ways);
    CU_ASSERT_EQUAL(seen.bytes, (int64_t)strlen(cases[i].text));
    CU_ASSERT(cases[i].knows_share ? seen.last_share == 1 : seen.last_share < 0);
    osmflow_store_clear(&store);
    CU_ASSERT(unlink(path) == 0);
  }
}

static void refuses_every_cut_document(void) {
  size_t size = strlen(document);
  for (size_t cut = 0; cut < size; cut++) {
    char path[256];
    struct osmflow_store store;
    struct osmflow_error error = {0};
    struct seen seen = {0};
    write_file("cut.osm", document, cut, path);
    CU_ASSERT(fetch(path, &store, &seen, &error) == OSMFLOW_BAD_DATA);
    CU_ASSERT(strstr(error.message, "cut.osm") != NULL);
    osmflow_store_clear(&store);
    CU_ASSERT(unlink(path) == 0);
  }
}

static void refuses_a_cut_gzip_file(void) {
  char path[256], text[256];
  struct osmflow_store store;
  struct osmflow_error error = {0};
  struct seen seen = {0};
  write_file("gz:whole.osm.gz", document, strlen(document), path);
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  size_t size = fread(text, 1, sizeof text, file);
  (void)fclose(file);
  CU_ASSERT(unlink(path) == 0);
  write_file("cut.osm.gz", text, size / 2, path);
  CU_ASSERT(fetch(path, &store, &seen, &error) != OSMFLOW_OK);
  osmflow_store_clear(&store);
  CU_ASSERT(unlink(path) == 0);
}

static void says_why_a_file_cannot_be_read(void) {
  struct osmflow_store store;
  struct osmflow_error error = {0};
  struct seen seen = {0};
  char path[256];
  CU_ASSERT(fetch("/nowhere/town.osm", &store, &seen, &error) == OSMFLOW_NOT_FOUND);
  UNIT_SAME(error.message, "the file \"/nowhere/town.osm\" cannot be opened: No such file or directory", "missing");
  osmflow_store_clear(&store);
  write_file("page.osm", "<html><body>no</body></html>", 28, path);
  CU_ASSERT(fetch(path, &store, &seen, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "page.osm") != NULL);
  osmflow_store_clear(&store);
  CU_ASSERT(unlink(path) == 0);
}

static void stops_when_the_user_wants(void) {
  struct osmflow_store store;
  struct osmflow_error error = {0};
  struct seen seen = {.cancels = true};
  char path[256];
  write_file("town.osm", document, strlen(document), path);
  CU_ASSERT(fetch(path, &store, &seen, &error) == OSMFLOW_CANCELLED);
  osmflow_store_clear(&store);
  CU_ASSERT(unlink(path) == 0);
}

/* GDAL's gzip reader may leave a note beside the file; a reader must not write where the user's data is. */
static void leaves_nothing_behind(void) {
  CU_ASSERT(rmdir(folder) == 0);
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(refuses_every_cut_document),     UNIT(refuses_a_cut_gzip_file),
                                           UNIT(says_why_a_file_cannot_be_read), UNIT(reads_files_of_every_kind),
                                           UNIT(stops_when_the_user_wants),      UNIT(leaves_nothing_behind)};
  if (!mkdtemp(folder))
    return 1;
  return unit_run("osm/fetch_file", tests, sizeof tests / sizeof tests[0]);
}
