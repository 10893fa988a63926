/* Downloads that break, change, end too early, stand still, fill the disk; and files that are kept. */
#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "../net/fake.h"
#include "../net/raw_server.h"
#include "mapflow/spool.h"
#include "mapflow/spool_parts.h"
#include "unit.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
#define BODY "{\"type\":\"FeatureCollection\",\"features\":[{\"a\":\"]}\"}]}"
#define LENGTH "Content-Length: 52\r\n\r\n"
#define FIRST_HALF "{\"type\":\"FeatureColl"

static struct fake fake;

static struct osmflow_spool *spool_at(const char *url, const char *cache_folder, const char *cache_key) {
  const struct osmflow_spool_options options = {.environment = &fake.environment,
                                                .server = {.root = url, .token = "a@example.com:secret"},
                                                .path = "processings/1/result",
                                                .cache_folder = cache_folder,
                                                .cache_key = cache_key};
  struct osmflow_spool *spool = NULL;
  struct osmflow_error error = {.message = ""};
  if (osmflow_spool_new(&options, &spool, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(spool);
  return spool;
}

/* The whole document in pieces of a few bytes. */
static enum osmflow_status read_all(struct osmflow_spool *spool, char *text, size_t size, struct osmflow_error *error) {
  size_t used = 0, taken = 1;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && taken > 0 && used + 7 < size) {
    status = osmflow_spool_read(spool, (int64_t)used, text + used, 7, &taken, error);
    used += taken;
  }
  text[used] = '\0';
  return status;
}

static enum osmflow_status ask(const struct raw_reply *replies, size_t count, char *text, size_t size,
                               struct osmflow_error *error, int *requests) {
  fake_init(&fake);
  struct raw_server *server = raw_start(replies, count);
  struct osmflow_spool *spool = spool_at(server->url, NULL, NULL);
  const enum osmflow_status status = read_all(spool, text, size, error);
  osmflow_spool_free(spool);
  *requests = raw_request_count(server);
  CU_ASSERT(strstr(server->requests[0], "GET /processings/1/result ") == server->requests[0]);
  CU_ASSERT_PTR_NULL(strstr(fake.log, "secret"));
  raw_stop(server);
  return status;
}
#define ASK(replies) ask(replies, sizeof(replies) / sizeof(replies)[0], text, sizeof text, &error, &requests)

static void answers_that_end_too_early_are_asked_for_again(void) {
  char text[200];
  struct osmflow_error error = {.message = ""};
  int requests = 0;
  const struct raw_reply cut_framing[] = {{HEAD LENGTH FIRST_HALF, RAW_CLOSE, 0}, {HEAD LENGTH BODY, RAW_CLOSE, 0}};
  CU_ASSERT(ASK(cut_framing) == OSMFLOW_OK && requests == 2);
  UNIT_SAME(text, BODY, "the framing says that something is missing");
  const struct raw_reply cut_behind[] = {{HEAD "Connection: close\r\n\r\n" FIRST_HALF, RAW_CLOSE, 0},
                                         {HEAD "Connection: close\r\n\r\n" FIRST_HALF "ection\"}", RAW_CLOSE, 0}};
  CU_ASSERT(ASK(cut_behind) == OSMFLOW_OK && requests == 2);
  UNIT_SAME(text, FIRST_HALF "ection\"}", "only the brackets say so");
  const struct raw_reply busy[] = {{"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", RAW_CLOSE, 0},
                                   {HEAD LENGTH BODY, RAW_CLOSE, 0}};
  CU_ASSERT(ASK(busy) == OSMFLOW_OK && requests == 2);
  UNIT_SAME(text, BODY, "busy");
}

static void what_cannot_be_had_whole_is_an_error(void) {
  char text[200];
  struct osmflow_error error = {.message = ""};
  int requests = 0;
  const struct raw_reply always_cut[] = {{HEAD "Connection: close\r\n\r\n" FIRST_HALF, RAW_CLOSE, 0}};
  CU_ASSERT(ASK(always_cut) == OSMFLOW_BAD_DATA && requests == 5);
  CU_ASSERT(strstr(error.message, "cut off after 20 bytes") && strstr(error.message, "tried 5 times"));
  const struct raw_reply broken[] = {{HEAD LENGTH FIRST_HALF, RAW_CLOSE, 0}};
  CU_ASSERT(ASK(broken) == OSMFLOW_NETWORK && requests == 5);
  const struct raw_reply shorter[] = {{HEAD "Content-Length: 60\r\n\r\n{}   ", RAW_CLOSE, 0},
                                      {HEAD "Connection: close\r\n\r\n{}", RAW_CLOSE, 0}};
  CU_ASSERT(ASK(shorter) == OSMFLOW_BAD_DATA && strstr(error.message, "though 5 came before"));
  const struct raw_reply refused[] = {{"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nForbidden", RAW_CLOSE, 0}};
  CU_ASSERT(ASK(refused) == OSMFLOW_UNAUTHORIZED && requests == 1);
  CU_ASSERT(error.http_status == 403 && strstr(error.message, "GET processings/1/result: "));
}

/* Not JSON at all: nothing would be better the next time. Of all but pages the reader tells what is wrong. */
static void other_documents_are_not_asked_for_again(void) {
  char text[200];
  struct osmflow_error error = {.message = ""};
  int requests = 0;
  const struct raw_reply page[] = {{HEAD "Content-Length: 6\r\n\r\n<html>", RAW_CLOSE, 0}};
  CU_ASSERT(ASK(page) == OSMFLOW_BAD_DATA && requests == 1);
  CU_ASSERT(strstr(error.message, "processings/1/result: a web page came") && strstr(error.message, "MAPFLOW_URL"));
  const struct raw_reply empty[] = {{HEAD "Content-Length: 0\r\n\r\n", RAW_CLOSE, 0}};
  CU_ASSERT(ASK(empty) == OSMFLOW_OK && requests == 1);
  UNIT_SAME(text, "", "empty");
}

/* The first attempt is held open until the reader has what it sent; then it is another document. */
static void changed_documents_are_noticed(void) {
  const struct raw_reply replies[] = {{HEAD LENGTH FIRST_HALF, RAW_HANG, 0},
                                      {HEAD "Content-Length: 2\r\n\r\n{}", RAW_CLOSE, 0}};
  char text[200];
  size_t taken = 0;
  int64_t size = 0, total = 0;
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  struct raw_server *server = RAW_START(replies);
  struct osmflow_spool *spool = spool_at(server->url, NULL, NULL);
  CU_ASSERT(osmflow_spool_arrived(spool, &total) == 0 && total == -1);
  CU_ASSERT(osmflow_spool_read(spool, 5, text, sizeof text, &taken, &error) == OSMFLOW_OK);
  CU_ASSERT(taken == sizeof FIRST_HALF - 1 - 5 && memcmp(text, &FIRST_HALF[5], taken) == 0);
  CU_ASSERT(osmflow_spool_arrived(spool, &total) == sizeof FIRST_HALF - 1 && total == -1);
  shutdown(server->connections[0].socket, SHUT_RDWR);
  CU_ASSERT(osmflow_spool_wait(spool, &size, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "changed on the server while it was read") != NULL);
  CU_ASSERT(osmflow_spool_read(spool, 0, text, sizeof text, &taken, &error) == OSMFLOW_BAD_DATA);
  osmflow_spool_free(spool);
  raw_stop(server);
}

/* Nobody saw the first one, so the second one is as good. */
static void unseen_changes_do_no_harm(void) {
  const struct raw_reply replies[] = {
      {HEAD LENGTH FIRST_HALF, RAW_CLOSE, 0},
      {HEAD "Content-Length: 40\r\n\r\n{\"an\":\"other document of forty bytes..\"}", RAW_CLOSE, 0}};
  char text[200];
  int64_t size = 0;
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  struct raw_server *server = RAW_START(replies);
  struct osmflow_spool *spool = spool_at(server->url, NULL, NULL);
  CU_ASSERT(osmflow_spool_wait(spool, &size, &error) == OSMFLOW_OK && size == 40);
  CU_ASSERT(read_all(spool, text, sizeof text, &error) == OSMFLOW_OK);
  UNIT_SAME(text, "{\"an\":\"other document of forty bytes..\"}", "second");
  osmflow_spool_free(spool);
  raw_stop(server);
}

static void waiting_can_be_stopped(void) {
  const struct raw_reply replies[] = {{HEAD LENGTH FIRST_HALF, RAW_HANG, 0}};
  char text[200];
  size_t taken = 0;
  int64_t size = 0;
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  struct raw_server *server = RAW_START(replies);
  struct osmflow_spool *spool = spool_at(server->url, NULL, NULL);
  CU_ASSERT(osmflow_spool_read(spool, 0, text, 1, &taken, &error) == OSMFLOW_OK);
  atomic_store(&fake.checks_until_cancelled, 3);
  CU_ASSERT(osmflow_spool_wait(spool, &size, &error) == OSMFLOW_CANCELLED);
  osmflow_spool_free(spool);
  spool = spool_at(server->url, NULL, NULL); /* one that nobody wants any more ends at once */
  atomic_store(&fake.checks_until_cancelled, -1);
  CU_ASSERT(osmflow_spool_read(spool, 0, text, 1, &taken, &error) == OSMFLOW_OK);
  osmflow_spool_free(spool);
  spool = spool_at(server->url, NULL, NULL); /* nor does one that nobody ever read ask */
  osmflow_spool_free(spool);
  CU_ASSERT(raw_request_count(server) == 2);
  raw_stop(server);
}

static void full_disks_are_named(void) {
  const struct raw_reply replies[] = {{HEAD LENGTH BODY, RAW_CLOSE, 0}};
  char text[200];
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  fake_set(&fake, "CPL_TMPDIR", "/nowhere/at/all");
  struct raw_server *server = RAW_START(replies);
  struct osmflow_spool *spool = spool_at(server->url, NULL, NULL);
  CU_ASSERT(read_all(spool, text, sizeof text, &error) == OSMFLOW_IO);
  CU_ASSERT(strstr(error.message, "/nowhere/at/all") != NULL);
  osmflow_spool_free(spool);
  raw_stop(server);
  struct osmflow_spool_file file;
  osmflow_spool_file_init(&file);
  file.descriptor = open("/dev/full", O_RDWR);
  file.folder = strdup("/tmp");
  CU_ASSERT(osmflow_spool_file_write(&file, 0, "x", 1, &error) == OSMFLOW_IO);
  CU_ASSERT(strstr(error.message, "No space left") && strstr(error.message, "CPL_TMPDIR"));
  osmflow_spool_file_close(&file);
}

/* The one file of a folder; false: there is none, or several. */
static bool only_file(const char *folder, char path[512]) {
  DIR *open = opendir(folder);
  int count = 0;
  for (const struct dirent *entry = open ? readdir(open) : NULL; entry; entry = readdir(open))
    if (entry->d_name[0] != '.') {
      snprintf(path, 512, "%s/%.200s", folder, entry->d_name);
      count++;
    }
  if (open)
    closedir(open);
  return count == 1;
}

static void read_kept(struct raw_server *server, const char *folder, const char *key) {
  char text[200];
  struct osmflow_error error = {.message = ""};
  struct osmflow_spool *spool = spool_at(server->url, folder, key);
  CU_ASSERT(read_all(spool, text, sizeof text, &error) == OSMFLOW_OK);
  UNIT_SAME(text, BODY, key);
  osmflow_spool_free(spool);
}

static void damage(const char *path, off_t place) {
  struct stat facts;
  char byte = 0;
  const int file = open(path, O_RDWR);
  CU_ASSERT_FATAL(file >= 0 && fstat(file, &facts) == 0);
  place = place < 0 ? facts.st_size + place : place;
  CU_ASSERT(pread(file, &byte, 1, place) == 1);
  byte ^= 1;
  CU_ASSERT(pwrite(file, &byte, 1, place) == 1);
  close(file);
}

static void whole_documents_are_kept(void) {
  const struct raw_reply replies[] = {{HEAD LENGTH BODY, RAW_CLOSE, 0}};
  char folder[] = "/tmp/osmflow-spool-XXXXXX", path[512], ending[16];
  fake_init(&fake);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  struct raw_server *server = RAW_START(replies);
  read_kept(server, folder, "one");
  CU_ASSERT_FATAL(only_file(folder, path));
  snprintf(ending, sizeof ending, "%s", path + strlen(path) - 8);
  UNIT_SAME(ending, ".osmflow", "so that `osmflow cache clear` finds it");
  read_kept(server, folder, "one");
  CU_ASSERT(raw_request_count(server) == 1);
  static const off_t places[] = {0, 20, 45, 100, 160, -1}; /* head, size, sum, key, document */
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    damage(path, places[i]);
    read_kept(server, folder, "one"); /* is asked for again, and put in its place */
    CU_ASSERT(raw_request_count(server) == 2 + (int)i);
    CU_ASSERT(only_file(folder, path));
  }
  CU_ASSERT(truncate(path, 200) == 0);
  read_kept(server, folder, "one");
  read_kept(server, folder, "two");
  CU_ASSERT(raw_request_count(server) == 9);
  CU_ASSERT(!only_file(folder, path)); /* both are there */
  DIR *open = opendir(folder);
  for (const struct dirent *entry = readdir(open); entry; entry = readdir(open))
    unlinkat(dirfd(open), entry->d_name, 0);
  closedir(open);
  CU_ASSERT(rmdir(folder) == 0);
  raw_stop(server);
}

static void what_is_not_whole_is_not_kept(void) {
  const struct raw_reply replies[] = {{HEAD LENGTH FIRST_HALF, RAW_CLOSE, 0}};
  char folder[] = "/tmp/osmflow-spool-XXXXXX", path[512], text[200];
  struct osmflow_error error = {.message = ""};
  fake_init(&fake);
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  struct raw_server *server = RAW_START(replies);
  struct osmflow_spool *spool = spool_at(server->url, folder, "key");
  CU_ASSERT(read_all(spool, text, sizeof text, &error) == OSMFLOW_NETWORK);
  osmflow_spool_free(spool);
  CU_ASSERT(!only_file(folder, path));
  CU_ASSERT(rmdir(folder) == 0);
  raw_stop(server);
}

static void caches_that_cannot_be_used_do_no_harm(void) {
  const struct raw_reply replies[] = {{HEAD LENGTH BODY, RAW_CLOSE, 0}};
  fake_init(&fake);
  struct raw_server *server = RAW_START(replies);
  read_kept(server, "/dev/null/folder", "key");
  CU_ASSERT(fake.warnings == 1);
  raw_stop(server);
}

/* A plain way to follow the brackets, to compare with. */
static bool is_whole_slowly(const char *text, size_t size) {
  long depth = 0;
  bool is_in_string = false;
  char last = '\0';
  for (size_t i = 0; i < size; i++) {
    last = strchr(" \n\r\t", text[i]) ? last : text[i];
    if (is_in_string && text[i] == '\\') {
      i++;
      last = i < size ? text[i] : '\\';
    } else if (text[i] == '"')
      is_in_string = !is_in_string;
    else if (!is_in_string)
      depth += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
  }
  return depth <= 0 && !is_in_string && last == '}';
}

static void brackets_are_followed(void) {
  static const char letters[] = "{}[]\"\\ ,:1abc\n";
  uint32_t state = 1;
  for (int i = 0; i < 20000; i++) {
    char text[64] = "{";
    const size_t size = 1 + (size_t)(i % 60);
    for (size_t j = 1; j < size; j++) {
      state = state * 1664525 + 1013904223;
      text[j] = letters[(state >> 24) % (i % 3 ? sizeof letters - 1 : 6)];
    }
    struct osmflow_spool_scan scan = {.depth = 0};
    for (size_t at = 0, piece = 1; at < size; at += piece, piece = 1 + (piece * 7 + at) % 23)
      osmflow_spool_scan_feed(&scan, text + at, at + piece < size ? piece : size - at);
    if (osmflow_spool_scan_is_whole(&scan) != is_whole_slowly(text, size))
      UNIT_SAME("another answer", "the same", text);
  }
}

static void sums_do_not_depend_on_pieces(void) {
  unsigned char data[500];
  struct osmflow_spool_sum whole, pieces;
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (unsigned char)(i * 37);
  for (size_t size = 0; size < sizeof data; size += 13) {
    osmflow_spool_sum_init(&whole);
    osmflow_spool_sum_feed(&whole, data, size);
    osmflow_spool_sum_init(&pieces);
    for (size_t at = 0, piece = 1; at < size; at += piece, piece = 1 + (piece * 7 + at) % 23)
      osmflow_spool_sum_feed(&pieces, data + at, at + piece < size ? piece : size - at);
    CU_ASSERT(osmflow_spool_sum_end(&whole) == osmflow_spool_sum_end(&pieces));
    for (size_t i = 0; i < size; i++) {
      data[i] ^= 4;
      osmflow_spool_sum_init(&pieces);
      osmflow_spool_sum_feed(&pieces, data, size);
      CU_ASSERT(osmflow_spool_sum_end(&whole) != osmflow_spool_sum_end(&pieces));
      data[i] ^= 4;
    }
  }
}

OSMFLOW_UNIT_MAIN("mapflow/spool", UNIT(answers_that_end_too_early_are_asked_for_again),
                  UNIT(what_cannot_be_had_whole_is_an_error), UNIT(other_documents_are_not_asked_for_again),
                  UNIT(changed_documents_are_noticed), UNIT(unseen_changes_do_no_harm), UNIT(waiting_can_be_stopped),
                  UNIT(full_disks_are_named), UNIT(whole_documents_are_kept), UNIT(what_is_not_whole_is_not_kept),
                  UNIT(caches_that_cannot_be_used_do_no_harm), UNIT(brackets_are_followed),
                  UNIT(sums_do_not_depend_on_pieces))
