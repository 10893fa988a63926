#include "source/session.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "source_unit.h"

#define NODE(id) "<osm><node id='" id "' lat='1' lon='2'><tag k='shop' v='yes'/></node></osm>"

static struct osmflow_session *acquire(const char *text) {
  struct osmflow_connection connection;
  struct osmflow_session *session = NULL;
  struct osmflow_error error = {0};
  osmflow_connection_init(&connection);
  CU_ASSERT_EQUAL_FATAL(osmflow_connection_parse(fake_environment(), text, NULL, &connection, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_session_acquire(&connection, &connection.call, &session, &error), OSMFLOW_OK);
  osmflow_connection_clear(&connection);
  return session;
}

/* The id of the only node, or what is wrong. */
static const char *read_node(struct osmflow_session *session) {
  static char text[OSMFLOW_ERROR_SIZE];
  struct osmflow_snapshot *held = NULL;
  struct osmflow_error error = {0};
  if (osmflow_session_snapshot(session, NULL, &held, &error) != OSMFLOW_OK)
    return memcpy(text, error.message, sizeof text);
  snprintf(text, sizeof text, "%lld of %zu", held->store.node_count ? (long long)held->store.nodes[0].element.id : 0,
           held->store.node_count);
  osmflow_snapshot_release(held);
  return text;
}

static void is_shared_by_all_who_ask_for_the_same(void) {
  unit_make_file(NODE("1"));
  struct osmflow_session *one = acquire(unit_connection), *two = acquire(unit_connection);
  struct osmflow_session *other = acquire("OSMAPI:way/1");
  CU_ASSERT_PTR_EQUAL(one, two);
  CU_ASSERT_PTR_NOT_EQUAL(one, other);
  CU_ASSERT_FALSE(osmflow_session_is_loaded(one));
  UNIT_SAME(read_node(one), "1 of 1", "the first");
  CU_ASSERT_TRUE(osmflow_session_is_loaded(two));
  CU_ASSERT_FALSE(osmflow_session_is_busy(two));
  CU_ASSERT_TRUE(osmflow_session_bytes(two) > 0);
  osmflow_session_release(one);
  osmflow_session_release(two);
  osmflow_session_release(other);
  osmflow_session_release(NULL);
  unit_remove_file();
}

static void is_kept_as_long_as_the_option_says(void) {
  static const struct {
    const char *keep;
    int64_t pause_ms;
    bool is_kept;
  } cases[] = {{NULL, 59999, true}, {NULL, 60000, false}, {"5", 4999, true},    {"5", 5000, false},
               {"0", 0, false},     {"x", 59999, true},   {"-1", 60000, false}, {"86401", 60000, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fake_set_option("OSMAPI_KEEP", cases[i].keep);
    unit_make_file(NODE("1"));
    struct osmflow_session *session = acquire(unit_connection);
    UNIT_SAME(read_node(session), "1 of 1", "read");
    osmflow_session_release(session);
    fake_now_ms += cases[i].pause_ms;
    session = acquire(unit_connection);
    CU_ASSERT_EQUAL(osmflow_session_is_loaded(session), cases[i].is_kept);
    osmflow_session_release(session);
    unit_remove_file();
  }
  fake_set_option(NULL, NULL);
}

static void remembers_a_failure_for_five_seconds(void) {
  unit_make_file("<osm><node id='1' lat=");
  struct osmflow_session *session = acquire(unit_connection);
  char first[OSMFLOW_ERROR_SIZE];
  snprintf(first, sizeof first, "%s", read_node(session));
  CU_ASSERT_PTR_NOT_NULL(strstr(first, "town.osm"));
  CU_ASSERT_FALSE(osmflow_session_is_loaded(session));
  CU_ASSERT_EQUAL(osmflow_session_bytes(session), 0);
  unit_write(NODE("1"));
  fake_now_ms += 4999;
  UNIT_SAME(read_node(session), first, "still the same sentence");
  fake_now_ms += 1;
  UNIT_SAME(read_node(session), "1 of 1", "asked again");
  osmflow_session_release(session);
  unit_remove_file();
}

static bool cancel(void *self, double done, int64_t bytes) {
  (void)done;
  (void)bytes;
  ++*(int *)self;
  return false;
}

static void a_cancelled_load_is_nobody_elses_failure(void) {
  int asked = 0;
  const struct osmflow_fetch_progress progress = {&asked, cancel};
  struct osmflow_error error = {0};
  unit_make_file(NODE("1"));
  struct osmflow_session *session = acquire(unit_connection);
  CU_ASSERT_EQUAL(osmflow_session_load(session, &progress, &error), OSMFLOW_CANCELLED);
  CU_ASSERT_TRUE(asked > 0);
  UNIT_SAME(read_node(session), "1 of 1", "another caller");
  osmflow_session_release(session);
  unit_remove_file();
}

static void a_refresh_takes_nothing_away_from_a_reader(void) {
  struct osmflow_snapshot *held = NULL;
  unit_make_file(NODE("1"));
  struct osmflow_session *session = acquire(unit_connection);
  CU_ASSERT_EQUAL_FATAL(osmflow_session_snapshot(session, NULL, &held, NULL), OSMFLOW_OK);
  unit_write(NODE("2"));
  UNIT_SAME(read_node(session), "1 of 1", "an open session does not look at the file again by itself");
  osmflow_session_refresh(session);
  CU_ASSERT_FALSE(osmflow_session_is_loaded(session));
  UNIT_SAME(read_node(session), "2 of 1", "refreshed");
  CU_ASSERT_EQUAL(held->store.nodes[0].element.id, 1);
  unit_write("<osm>");
  osmflow_session_refresh(session);
  CU_ASSERT_PTR_NOT_NULL(strstr(read_node(session), "town.osm"));
  CU_ASSERT_EQUAL(held->store.nodes[0].element.id, 1);
  osmflow_snapshot_release(held);
  osmflow_session_release(session);
  unit_remove_file();
}

struct refresher {
  struct osmflow_session *session;
  bool did;
};

/* The file changes, and somebody wishes for newer data, while it is being read. */
static bool change_while_reading(void *self, double done, int64_t bytes) {
  struct refresher *refresher = self;
  (void)done;
  (void)bytes;
  if (!refresher->did) {
    refresher->did = true;
    CU_ASSERT_TRUE(osmflow_session_is_busy(refresher->session));
    unit_write(NODE("2"));
    osmflow_session_refresh(refresher->session);
  }
  return true;
}

static void a_refresh_during_a_download_is_not_lost(void) {
  unit_make_file(NODE("1"));
  struct refresher refresher = {acquire(unit_connection), false};
  const struct osmflow_fetch_progress progress = {&refresher, change_while_reading};
  CU_ASSERT_EQUAL(osmflow_session_load(refresher.session, &progress, NULL), OSMFLOW_OK);
  CU_ASSERT_TRUE(refresher.did);
  CU_ASSERT_FALSE(osmflow_session_is_loaded(refresher.session));
  UNIT_SAME(read_node(refresher.session), "2 of 1", "the next load");
  osmflow_session_release(refresher.session);
  unit_remove_file();
}

/* The clock of a file system may stand still for some milliseconds. */
static void age_file(long milliseconds) {
  struct stat stat_now;
  CU_ASSERT_EQUAL_FATAL(stat(unit_file, &stat_now), 0);
  struct timespec times[2] = {stat_now.st_mtim, stat_now.st_mtim};
  times[1].tv_nsec = milliseconds * 1000000;
  CU_ASSERT_EQUAL_FATAL(utimensat(AT_FDCWD, unit_file, times, 0), 0);
}

static void a_changed_file_is_another_answer(void) {
  unit_make_file(NODE("1"));
  age_file(100);
  struct osmflow_session *before = acquire(unit_connection);
  UNIT_SAME(read_node(before), "1 of 1", "before");
  unit_write(NODE("7"));
  age_file(120);
  struct osmflow_session *after = acquire(unit_connection);
  CU_ASSERT_PTR_NOT_EQUAL(before, after);
  UNIT_SAME(read_node(after), "7 of 1", "written anew within the same second, as long as before");
  UNIT_SAME(read_node(before), "1 of 1", "what is open stays");
  osmflow_session_release(before);
  osmflow_session_release(after);
  unit_remove_file();
}

static void only_some_idle_sessions_are_kept(void) {
  struct osmflow_session *held = acquire("OSMAPI:way/1000");
  char text[64];
  for (int i = 1; i <= 50; i++) {
    snprintf(text, sizeof text, "OSMAPI:way/%d", i);
    osmflow_session_release(acquire(text));
  }
  struct osmflow_session *again = acquire("OSMAPI:way/1000");
  CU_ASSERT_PTR_EQUAL(held, again);
  osmflow_session_release(held);
  osmflow_session_release(again);
  osmflow_session_forget_all();
}

OSMFLOW_UNIT_MAIN("source/session", UNIT(is_shared_by_all_who_ask_for_the_same),
                  UNIT(is_kept_as_long_as_the_option_says), UNIT(remembers_a_failure_for_five_seconds),
                  UNIT(a_cancelled_load_is_nobody_elses_failure), UNIT(a_refresh_takes_nothing_away_from_a_reader),
                  UNIT(a_refresh_during_a_download_is_not_lost), UNIT(a_changed_file_is_another_answer),
                  UNIT(only_some_idle_sessions_are_kept))
