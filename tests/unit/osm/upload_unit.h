/* What the tests of uploads share: a sandbox in a process of its own, with a few elements to begin with, and an
 * environment whose waiting passes quickly. */
#ifndef OSMFLOW_UNIT_UPLOAD_UNIT_H
#define OSMFLOW_UNIT_UPLOAD_UNIT_H

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "osm/fetch.h"
#include "osm/upload.h"
#include "unit.h"

enum { HASTE = 500 }; /* so many times quicker than the clock on the wall time passes while waiting */

static struct place {
  pid_t sandbox;
  int input; /* of the sandbox: it ends with it */
  char root[64], folder[64];
  struct osmflow_environment environment;
  struct osmflow_http *http; /* of the test itself */
  int64_t slept_ms;
  int haste;
  int checks_until_killed; /* < 0: never */
  bool is_cancelled;
  char log[4096];
} place;

/* Asked for all the time, so that these are good moments to die at. */
static inline void look(void) {
  if (place.checks_until_killed >= 0 && place.checks_until_killed-- == 0)
    (void)kill(getpid(), SIGKILL);
}

static inline int64_t place_monotonic(void *self) {
  struct timespec now;
  (void)self;
  look();
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + place.slept_ms;
}

static inline void place_sleep(void *self, int64_t milliseconds) {
  const struct timespec pause = {0, milliseconds * 1000000 / place.haste};
  (void)self;
  place.slept_ms += milliseconds;
  (void)nanosleep(&pause, NULL);
}

static inline const char *place_option(void *self, const char *name) {
  (void)self;
  return strcmp(name, "OSMAPI_JOURNAL") == 0 ? place.folder : NULL;
}

static inline void place_log(void *self, enum osmflow_log_level level, const char *message) {
  (void)self;
  if (level == OSMFLOW_LOG_WARNING)
    snprintf(place.log, sizeof place.log, "%s", message);
}

static inline bool place_cancelled(void *self) {
  (void)self;
  look();
  return place.is_cancelled;
}

static inline void start_sandbox(int input[2], int output[2]) {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 64);
  path[size > 0 ? size : 0] = '\0';
  for (int i = 0; i < 2 && strrchr(path, '/'); i++)
    *strrchr(path, '/') = '\0';
  snprintf(path + strlen(path), 64, "/bin/osmflow-sandbox");
  (void)dup2(input[0], 0);
  (void)dup2(output[1], 1);
  close(input[1]);
  close(output[0]);
  (void)execl(path, path, "--exit-with-stdin", (char *)NULL);
  _exit(127);
}

static inline void call(const char *method, const char *path, const char *body, struct osmflow_bytes *answer) {
  char url[1024];
  struct osmflow_http_response response;
  struct osmflow_error error = {.message = ""};
  snprintf(url, sizeof url, "%s%s", place.root, path);
  osmflow_http_response_init(&response);
  const struct osmflow_http_request request = {
      .method = method,
      .url = url,
      .body = osmflow_text(body ? body : ""),
      .authorization = strstr(path, "/sandbox/") ? OSMFLOW_HTTP_ANONYMOUS : OSMFLOW_HTTP_REQUIRED,
      .sink = answer ? osmflow_http_bytes_sink(answer) : (struct osmflow_http_sink){0}};
  const enum osmflow_status status = osmflow_http_perform(place.http, &request, &response, &error);
  if (status != OSMFLOW_OK)
    fprintf(stderr, "\n%s %s: %s\n", method, path, error.message);
  CU_ASSERT_EQUAL(status, OSMFLOW_OK);
  osmflow_http_response_clear(&response);
}

static inline void sandbox(const char *path) {
  call("PUT", path, NULL, NULL);
}

static inline void fault(const char *wishes) {
  char path[512];
  snprintf(path, sizeof path, "/sandbox/fault?%s", wishes);
  sandbox(path);
}

/* A request is logged when its last byte is sent or its client is seen to be gone, which may be after the client knows
 * it. */
static inline void settle_log(void) {
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, 1 << 12);
  do {
    call("GET", "/sandbox/stats", NULL, &answer);
  } while (!strstr(osmflow_bytes_string(&answer), "\"in_flight\":0"));
  osmflow_bytes_clear(&answer);
}

/* Another user's edits (bob's), in a changeset of their own. The elements say changeset="C". */
static inline void others_do(const char *changes) {
  char path[128], name[32] = "", text[4096] = "<osmChange version=\"0.6\">";
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, 1 << 20);
  call("PUT", "/api/0.6/changeset/create", "<osm><changeset/></osm>", &answer);
  snprintf(name, sizeof name, "%s", osmflow_bytes_string(&answer));
  for (const char *rest = changes; *rest;) {
    const char *mark = strstr(rest, "\"C\"");
    const size_t size = mark ? (size_t)(mark - rest) : strlen(rest), used = strlen(text);
    snprintf(text + used, sizeof text - used, "%.*s%s%s%s", (int)size, rest, mark ? "\"" : "", mark ? name : "",
             mark ? "\"" : "");
    rest += mark ? size + 3 : size;
  }
  snprintf(text + strlen(text), sizeof text - strlen(text), "</osmChange>");
  snprintf(path, sizeof path, "/api/0.6/changeset/%s/upload", name);
  call("POST", path, text, &answer);
  snprintf(path, sizeof path, "/api/0.6/changeset/%s/close", name);
  call("PUT", path, NULL, NULL);
  osmflow_bytes_clear(&answer);
}

/* Nodes 1 to 4, way 1 of nodes 1 and 2, relation 1 of way 1; node 4 is alone, node 3 too. */
static inline void begin(void) {
  settle_log();
  sandbox("/sandbox/reset");
  others_do(
      "<create><node id=\"-1\" changeset=\"C\" lat=\"1\" lon=\"1\"><tag k=\"name\" v=\"one\"/></node>"
      "<node id=\"-2\" changeset=\"C\" lat=\"1\" lon=\"1.001\"/><node id=\"-3\" changeset=\"C\" lat=\"1\" "
      "lon=\"1.002\"/><node id=\"-4\" changeset=\"C\" lat=\"1\" lon=\"1.003\"/><way id=\"-1\" changeset=\"C\">"
      "<nd ref=\"-1\"/><nd ref=\"-2\"/><tag k=\"highway\" v=\"path\"/></way><relation id=\"-1\" "
      "changeset=\"C\"><member type=\"way\" ref=\"-1\" role=\"x\"/></relation></create>");
  settle_log();
  sandbox("/sandbox/log/reset");
  place.slept_ms = 0;
  place.haste = HASTE;
  place.is_cancelled = false;
  place.checks_until_killed = -1;
}

static inline bool place_start(void) {
  int input[2], output[2];
  if (pipe(input) != 0 || pipe(output) != 0)
    return false;
  place.sandbox = fork();
  if (place.sandbox == 0)
    start_sandbox(input, output);
  close(input[0]);
  close(output[1]);
  place.input = input[1];
  const ssize_t size = read(output[0], place.root, sizeof place.root - 1);
  close(output[0]);
  place.root[size > 0 ? size : 0] = '\0';
  place.root[strcspn(place.root, "\n")] = '\0';
  /* In memory where that is possible: each upload waits for the disk ten times. */
  const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(place.folder, sizeof place.folder, "%s/osmflow-upload-XXXXXX", folder);
  place.checks_until_killed = -1;
  place.haste = HASTE;
  place.environment = *osmflow_environment_system();
  place.environment.monotonic_ms = place_monotonic;
  place.environment.sleep_ms = place_sleep;
  place.environment.option = place_option;
  place.environment.log = place_log;
  place.environment.cancelled = place_cancelled;
  const struct osmflow_http_options options = {.root = place.root, .token = "bob-token", .max_wait_ms = -1};
  return size > 0 && mkdtemp(place.folder) &&
         osmflow_http_new(&place.environment, &options, &place.http, NULL) == OSMFLOW_OK;
}

static inline void place_stop(void) {
  osmflow_http_free(place.http);
  close(place.input);
  (void)waitpid(place.sandbox, NULL, 0);
}

/* Names in the journal folder that end so. */
static inline size_t files(const char *ending, char first[512]) {
  size_t count = 0;
  DIR *folder = opendir(place.folder);
  for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
    const size_t size = strlen(entry->d_name), ending_size = strlen(ending);
    if (entry->d_name[0] == '.' || size < ending_size || strcmp(entry->d_name + size - ending_size, ending) != 0)
      continue;
    if (count++ == 0 && first)
      snprintf(first, 512, "%s/%s", place.folder, entry->d_name);
  }
  if (folder)
    (void)closedir(folder);
  return count;
}

static inline void sweep(void) {
  char path[512];
  while (files("", path) > 0)
    (void)unlink(path);
}

/* Requests of the log that hold a word; the sandbox's own controls are not in it. */
static inline int requests(const char *word) {
  struct osmflow_bytes answer;
  int count = 0;
  osmflow_bytes_init(&answer, 1 << 24);
  settle_log();
  call("GET", "/sandbox/log", NULL, &answer);
  for (const char *at = osmflow_bytes_string(&answer); *at;) {
    const size_t size = strcspn(at, "\n");
    char line[512];
    snprintf(line, sizeof line, "%.*s", (int)size, at);
    count += strstr(line, word) != NULL;
    at += size + (at[size] == '\n');
  }
  osmflow_bytes_clear(&answer);
  return count;
}

static inline void load(const char *path, struct osmflow_store *store) {
  struct osmflow_call asked;
  struct osmflow_error error = {.message = ""};
  osmflow_call_init(&asked);
  osmflow_store_init(store, false);
  CU_ASSERT_EQUAL(osmflow_call_parse(path, place.root, &asked, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_fetch_elements(place.http, &asked, store, NULL, &error), OSMFLOW_OK);
  if (error.message[0])
    fprintf(stderr, "\n%s: %s\n", path, error.message);
  osmflow_call_clear(&asked);
}

/* The version of an element now; negative when it is deleted. */
static inline int version_now(enum osmflow_element_type type, int64_t id) {
  static const char *const names[] = {"nodes", "ways", "relations"};
  struct osmflow_store store;
  char path[128];
  snprintf(path, sizeof path, "%s?%s=%" PRId64, names[type], names[type], id);
  load(path, &store);
  const uint32_t index = osmflow_store_index(&store, type, id);
  int version = 0;
  if (index != OSMFLOW_INDEX_NONE) {
    const struct osmflow_element *element = osmflow_store_element(&store, type, index);
    version = element->visible ? (int)element->version : -(int)element->version;
  }
  osmflow_store_clear(&store);
  return version;
}

/* The value a tag has now, in a static buffer; "" when there is none. */
static inline const char *tag_now(enum osmflow_element_type type, int64_t id, const char *key) {
  static const char *const names[] = {"nodes", "ways", "relations"};
  static char value[256];
  struct osmflow_store store;
  char path[128];
  snprintf(path, sizeof path, "%s?%s=%" PRId64, names[type], names[type], id);
  load(path, &store);
  const uint32_t index = osmflow_store_index(&store, type, id);
  const char *found =
      index == OSMFLOW_INDEX_NONE ? NULL : osmflow_store_tag(&store, osmflow_store_element(&store, type, index), key);
  snprintf(value, sizeof value, "%s", found ? found : "");
  osmflow_store_clear(&store);
  return value;
}

static inline struct osmflow_tag_view tag(const char *key, const char *value) {
  return (struct osmflow_tag_view){osmflow_text(key), osmflow_text(value)};
}

static inline void add(struct osmflow_change *change, enum osmflow_element_action action,
                       const struct osmflow_draft *draft, const struct osmflow_draft *base) {
  struct osmflow_error error = {.message = ""};
  const bool is_delete = action == OSMFLOW_ACTION_DELETE;
  if (osmflow_change_add(change, action, is_delete, draft, base, &error) != OSMFLOW_OK)
    CU_FAIL("an item could not be added");
}

static inline struct osmflow_draft node(int64_t id, uint32_t version, double lon, double lat) {
  return (struct osmflow_draft){.type = OSMFLOW_NODE,
                                .id = id,
                                .version = version,
                                .visible = true,
                                .lon = (int32_t)(lon * 10000000),
                                .lat = (int32_t)(lat * 10000000)};
}

static inline struct osmflow_draft way(int64_t id, uint32_t version, const int64_t *refs, size_t count) {
  return (struct osmflow_draft){.type = OSMFLOW_WAY,
                                .id = id,
                                .version = version,
                                .visible = true,
                                .lon = OSMFLOW_NO_POSITION,
                                .lat = OSMFLOW_NO_POSITION,
                                .refs = refs,
                                .ref_count = count};
}

static inline struct osmflow_upload_options usual_options(void) {
  return (struct osmflow_upload_options){
      .root = place.root, .token = "alice-token", .comment = "A test", .max_wait_ms = 60000, .connection = "test"};
}

static inline struct osmflow_uploader *uploader_of(const struct osmflow_upload_options *options) {
  struct osmflow_uploader *uploader = NULL;
  struct osmflow_error error = {.message = ""};
  if (osmflow_uploader_new(&place.environment, options, &uploader, &error) != OSMFLOW_OK)
    fprintf(stderr, "\nno uploader: %s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(uploader);
  return uploader;
}

static const struct osmflow_tag_view probe[] = {{{"name", 4}, {"new", 3}}, {{"probe", 5}, {"1", 1}}};

/* Two new nodes, a way of them and node 1, a relation of it; node 1 gets a tag, nodes 3 and 2 go: 2 is still used. */
static inline void small_change(struct osmflow_change *change) {
  static const int64_t refs[] = {-1, -2, 1};
  static const struct osmflow_draft_member members[] = {{OSMFLOW_WAY, -1, {"x", 1}}, {OSMFLOW_NODE, 4, {"", 0}}};
  static const struct osmflow_tag_view changed[] = {{{"name", 4}, {"one", 3}}, {{"probe", 5}, {"2", 1}}};
  struct osmflow_draft draft, base;
  osmflow_change_init(change);
  draft = node(-1, 0, 1.01, 1.01);
  draft.tags = probe;
  draft.tag_count = 2;
  draft.label = osmflow_text("points 7");
  add(change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  draft = node(-2, 0, 1.02, 1.01);
  add(change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  draft = way(-1, 0, refs, 3);
  draft.tags = probe;
  draft.tag_count = 2;
  add(change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  draft = (struct osmflow_draft){.type = OSMFLOW_RELATION,
                                 .id = -1,
                                 .visible = true,
                                 .lon = OSMFLOW_NO_POSITION,
                                 .lat = OSMFLOW_NO_POSITION,
                                 .members = members,
                                 .member_count = 2};
  add(change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  base = node(1, 1, 1, 1);
  base.tags = changed;
  base.tag_count = 1;
  draft = base;
  draft.tag_count = 2;
  add(change, OSMFLOW_ACTION_MODIFY, &draft, &base);
  base = node(3, 1, 1.002, 1);
  add(change, OSMFLOW_ACTION_DELETE, &base, &base);
  base = node(2, 1, 1.001, 1);
  add(change, OSMFLOW_ACTION_DELETE, &base, &base);
  CU_ASSERT_EQUAL(osmflow_change_order(change, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(change->count, 7);
}

/* The world after the small change was made exactly once. */
static inline void expect_once(const char *what) {
  struct osmflow_store store;
  size_t made = 0;
  load("map?bbox=0.9,0.9,1.2,1.2", &store);
  for (size_t i = 0; i < store.node_count; i++)
    made += store.nodes[i].element.id > 4;
  const bool good = made == 2 && store.way_count == 2 && store.relation_count == 2 && store.node_count == 5;
  if (!good)
    fprintf(stderr, "\n%s: %zu nodes, %zu of them new, %zu ways, %zu relations\n", what, store.node_count, made,
            store.way_count, store.relation_count);
  CU_ASSERT_TRUE(good);
  const struct osmflow_way *found = osmflow_store_way(&store, 2);
  CU_ASSERT_TRUE(found && found->ref_count == 3 && store.refs[found->first_ref] == 5 &&
                 store.refs[found->first_ref + 1] == 6 && store.refs[found->first_ref + 2] == 1);
  osmflow_store_clear(&store);
  UNIT_SAME(tag_now(OSMFLOW_NODE, 1, "probe"), "2", what);
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 1), 2);
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 2), 1);
  CU_ASSERT_EQUAL(version_now(OSMFLOW_NODE, 3), -2);
}

static inline void expect_outcomes(const struct osmflow_change *change, const char *what) {
  for (size_t i = 0; i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    const bool is_kept = item->action == OSMFLOW_ACTION_DELETE && item->draft->id == 2;
    char text[320];
    snprintf(text, sizeof text, "%s: item %zu", what, i);
    UNIT_SAME(osmflow_outcome_names[item->outcome], is_kept ? "kept" : "done", text);
    CU_ASSERT_TRUE(item->new_id > 0);
  }
}

/* New nodes in a row, each at its own place, and a way of each two. */
static inline void many_nodes(struct osmflow_change *change, int64_t count, double step) {
  osmflow_change_init(change);
  for (int64_t i = 1; i <= count; i++) {
    struct osmflow_draft draft = node(-i, 0, 2 + step * (double)i, 2);
    add(change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  }
  for (int64_t i = 1; i < count; i += 2) {
    const int64_t refs[] = {-i, -i - 1};
    struct osmflow_draft draft = way(-i, 0, refs, 2);
    draft.tags = probe;
    draft.tag_count = 2;
    add(change, OSMFLOW_ACTION_CREATE, &draft, NULL);
  }
  CU_ASSERT_EQUAL(osmflow_change_order(change, NULL), OSMFLOW_OK);
}

static inline void expect_ways(size_t ways) {
  struct osmflow_store store;
  load("map?bbox=1.9,1.9,2.35,2.1", &store);
  CU_ASSERT_EQUAL(store.way_count, ways);
  CU_ASSERT_EQUAL(store.node_count, 2 * ways);
  for (size_t i = 0; i < store.way_count; i++)
    CU_ASSERT_EQUAL(store.ways[i].ref_count, 2);
  osmflow_store_clear(&store);
}

static inline enum osmflow_status send(struct osmflow_uploader *uploader, struct osmflow_change *change,
                                       bool *is_uncertain, struct osmflow_error *error) {
  *error = (struct osmflow_error){.message = ""};
  return osmflow_uploader_send(uploader, change, is_uncertain, error);
}

/* The main function of a test of uploads. */
static inline int upload_main(const char *suite, const struct unit_test *tests, size_t count) {
  if (!place_start()) {
    fprintf(stderr, "the sandbox does not start\n");
    return 1;
  }
  const int result = unit_run(suite, tests, count);
  sweep();
  (void)rmdir(place.folder);
  place_stop();
  return result;
}

#endif
