/* Threads that open, read, refresh and close datasets at the same time, on a local file that is rewritten meanwhile and
 * on a server. Whatever happens, one reading sees one state of the data, whole, or an error.
 * tests/threads.sh runs it under ThreadSanitizer. */
#include <pthread.h>
#include <unistd.h>

#include "../unit/osm/osm_server.h"
#include "source/dataset.h"

enum { THREADS = 8, ROUNDS = 40, FILE_NODES = 200 };

static char folder[] = "/tmp/osmflow-threads-XXXXXX";
static char file_connection[128], server_connection[128], config_option[128];
static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER;
static int generation;

struct reader {
  pthread_t thread;
  int number;
  bool uses_server;
  int failures;
};

static void expect(struct reader *reader, bool good, const char *what, const char *why) {
  if (!good) {
    reader->failures++;
    fprintf(stderr, "thread %d: %s: %s\n", reader->number, what, why);
  }
}

/* All nodes of a file bear the number of its generation. It appears whole, as files should. */
static void write_file(void) {
  char draft[64], path[64];
  pthread_mutex_lock(&file_lock);
  generation++;
  snprintf(draft, sizeof draft, "%s/draft", folder);
  snprintf(path, sizeof path, "%s/town.osm", folder);
  FILE *file = fopen(draft, "wb");
  fprintf(file, "<osm version='0.6'>");
  for (int i = 1; i <= FILE_NODES; i++)
    fprintf(file, "<node id='%d' lat='%d.5' lon='%d.5'><tag k='name' v='%d'/></node>", i, i % 80, i % 170, generation);
  fprintf(file,
          "<way id='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='1'/><tag k='building' v='yes'/></way>"
          "</osm>");
  CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
  CU_ASSERT_EQUAL_FATAL(rename(draft, path), 0);
  pthread_mutex_unlock(&file_lock);
}

/* Reads a layer from the start to the end; *total is the sum of a computed column of all features. */
static int read_layer(struct reader *reader, struct osmflow_layer *layer, const char **first_name, bool *is_one_state) {
  static _Thread_local char name[64];
  struct osmflow_error error = {0};
  OGRFeatureH feature = NULL;
  int count = 0;
  *is_one_state = true;
  osmflow_layer_rewind(layer);
  do {
    if (osmflow_layer_next(layer, &feature, &error) != OSMFLOW_OK) {
      expect(reader, error.status == OSMFLOW_CANCELLED, "reading", error.message);
      return -1;
    }
    if (feature) {
      const char *value = OGR_F_GetFieldAsString(feature, OGR_F_GetFieldIndex(feature, "name"));
      const char *computed = OGR_F_GetFieldAsString(feature, OGR_F_GetFieldIndex(feature, "twice"));
      char expected[80];
      snprintf(expected, sizeof expected, "%s%s", value, value);
      if (count == 0)
        snprintf(name, sizeof name, "%s", value);
      *is_one_state = *is_one_state && (reader->uses_server || strcmp(name, value) == 0);
      expect(reader, strcmp(computed, expected) == 0, "a computed column", computed);
      count++;
    }
    OGR_F_Destroy(feature);
  } while (feature);
  *first_name = name;
  return count;
}

static bool cancel_at_once(void *self, double done, int64_t bytes) {
  (void)self;
  (void)done;
  (void)bytes;
  return false;
}

static void use_dataset(struct reader *reader, struct osmflow_dataset *dataset, int round) {
  static const struct osmflow_fetch_progress impatient = {NULL, cancel_at_once};
  struct osmflow_layer *points = osmflow_dataset_layer(dataset, 0);
  struct osmflow_error error = {0};
  const char *name = "";
  bool is_one_state = false;
  size_t counted = 0;
  OGRFeatureH feature = NULL;
  if (round % 5 == 4)
    (void)!osmflow_dataset_load(dataset, &impatient, &error);
  if ((round + reader->number) % 4 == 3) {
    if (!reader->uses_server)
      write_file();
    expect(reader, osmflow_dataset_refresh(dataset, &error) == OSMFLOW_OK, "refresh", error.message);
  }
  (void)osmflow_session_is_busy(points->session);
  const int count = read_layer(reader, points, &name, &is_one_state);
  expect(reader, is_one_state, "points of two states", name);
  expect(reader, count == (reader->uses_server ? WORLD_NODES : FILE_NODES), "number of points", name);
  expect(reader, osmflow_layer_count(points, &counted, &error) == OSMFLOW_OK, "count", error.message);
  expect(reader, osmflow_layer_feature(points, 7, &feature, &error) == OSMFLOW_OK && feature, "feature 7",
         error.message);
  OGR_F_Destroy(feature);
  expect(reader, osmflow_layer_count(osmflow_dataset_layer(dataset, 3), &counted, &error) == OSMFLOW_OK, "areas",
         error.message);
  expect(reader, osmflow_dataset_bytes_read(dataset) >= 0, "bytes", "");
}

static void *run_reader(void *self) {
  struct reader *reader = self;
  for (int round = 0; round < ROUNDS; round++) {
    const char *const options[] = {config_option, round % 2 ? "SCHEMA=GDAL" : "LAYERS=nodes,ways", NULL};
    struct osmflow_dataset *dataset = NULL;
    struct osmflow_error error = {0};
    reader->uses_server = (reader->number + round) % 3 == 0;
    if (osmflow_dataset_open(osmflow_environment_gdal(), reader->uses_server ? server_connection : file_connection,
                             options, false, &dataset, &error) != OSMFLOW_OK) {
      expect(reader, false, "open", error.message);
      break;
    }
    use_dataset(reader, dataset, round);
    osmflow_dataset_close(dataset);
  }
  return NULL;
}

static void run_threads(const char *keep) {
  struct reader readers[THREADS] = {0};
  setenv("OSMAPI_KEEP", keep, 1);
  write_file();
  for (int i = 0; i < THREADS; i++) {
    readers[i].number = i;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&readers[i].thread, NULL, run_reader, &readers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    CU_ASSERT_EQUAL(pthread_join(readers[i].thread, NULL), 0);
    CU_ASSERT_EQUAL(readers[i].failures, 0);
  }
  osmflow_session_forget_all();
}

static void sessions_that_are_kept(void) {
  run_threads("60");
}

static void sessions_that_end_with_their_last_holder(void) {
  run_threads("0");
}

static bool prepare(void) {
  static const char config[] =
      "[points]\nosm_id=yes\nattributes=name\ncomputed_attributes=twice\ntwice_type=String\n"
      "twice_sql=\"SELECT [name] || [name]\"\n[lines]\nosm_id=yes\n[multipolygons]\nosm_id=yes\n"
      "[multilinestrings]\nosm_id=yes\n[other_relations]\nosm_id=yes\n";
  char path[64];
  if (!mkdtemp(folder))
    return false;
  snprintf(path, sizeof path, "%s/osmconf.ini", folder);
  snprintf(config_option, sizeof config_option, "CONFIG_FILE=%s", path);
  snprintf(file_connection, sizeof file_connection, "OSMAPI:%s/town.osm", folder);
  FILE *file = fopen(path, "wb");
  const bool written = file && fputs("closed_ways_are_polygons=building\n", file) >= 0 && fputs(config, file) >= 0;
  return written && fclose(file) == 0;
}

static void clean_up(void) {
  static const char *const names[] = {"town.osm", "osmconf.ini"};
  for (size_t i = 0; i < 2; i++) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    (void)unlink(path);
  }
  (void)rmdir(folder);
}

int main(void) {
  static const struct unit_test tests[] = {UNIT(sessions_that_are_kept),
                                           UNIT(sessions_that_end_with_their_last_holder)};
  if (!prepare() || !world_start()) {
    fprintf(stderr, "cannot make a file and start a server\n");
    return 1;
  }
  snprintf(server_connection, sizeof server_connection, "OSMAPI:%s/api/0.6/map?bbox=8.9,46.9,9.4,47.4", world.root);
  const int result = unit_run("threads", tests, sizeof tests / sizeof tests[0]);
  world_stop();
  clean_up();
  return result;
}
