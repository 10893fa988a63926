#include "cityloader/export.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../net/fake.h"
#include "../net/raw_server.h"
#include "unit.h"
#include "zip_unit.h"

#define SECRET "s3cr3t-token-0123456789"
#define ID "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
#define JSON(status, body) "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define CREATED JSON("201 Created", "{\"id\":\"" ID "\",\"status\":\"pending\"}")
#define STATE(status) JSON("200 OK", "{\"id\":\"" ID "\",\"status\":\"" status "\"}")

static struct world {
  struct fake fake;
  char folder[64], credentials[96], file[96];
  struct raw_server *server;
  struct osmflow_cityloader cityloader;
} world;

static void open_world(const struct raw_reply *replies, size_t count) {
  struct osmflow_error error = {.message = ""};
  fake_init(&world.fake);
  snprintf(world.folder, sizeof world.folder, "/tmp/osmflow-unit-XXXXXX");
  if (!mkdtemp(world.folder))
    abort();
  snprintf(world.credentials, sizeof world.credentials, "%s/credentials.json", world.folder);
  snprintf(world.file, sizeof world.file, "%s/export.zip", world.folder);
  fake_set(&world.fake, "OSMFLOW_CREDENTIALS", world.credentials);
  world.server = raw_start(replies, count);
  CU_ASSERT_FATAL(osmflow_cityloader_open(&world.cityloader, &world.fake.environment, world.server->url, SECRET,
                                          &error) == OSMFLOW_OK);
}

static void close_world(void) {
  static const char *const names[] = {"exports.json", "exports.json.lock", "export.zip", "export.zip.part"};
  char path[128];
  CU_ASSERT(strstr(world.fake.log, SECRET) == NULL);
  osmflow_cityloader_close(&world.cityloader);
  raw_stop(world.server);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", world.folder, names[i]);
    unlink(path);
  }
  rmdir(world.folder);
}

#define OPEN_WORLD(replies) open_world((replies), sizeof(replies) / sizeof(replies)[0])

static struct osmflow_export_request a_request(void) {
  struct osmflow_export_request request;
  struct osmflow_error error;
  osmflow_export_request_init(&request);
  CU_ASSERT(osmflow_export_request_set(&request, osmflow_text("bbox"), osmflow_text("6.7610,51.2199,6.7713,51.2264"),
                                       &error) == OSMFLOW_OK);
  return request;
}

static enum osmflow_status create(bool may_pay, struct osmflow_export_state *state, bool *is_new,
                                  struct osmflow_error *error) {
  struct osmflow_export_request request = a_request();
  const enum osmflow_status status =
      osmflow_export_find_or_create(&world.cityloader, &request, may_pay, state, is_new, error);
  osmflow_export_request_clear(&request);
  return status;
}

static void nothing_is_created_without_consent(void) {
  static const struct raw_reply replies[] = {{CREATED, RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  bool is_new = true;
  OPEN_WORLD(replies);
  CU_ASSERT(create(false, &state, &is_new, &error) == OSMFLOW_BAD_ARGUMENT && !is_new);
  CU_ASSERT(strstr(error.message, "CREATE=YES") && strstr(error.message, "costs money"));
  CU_ASSERT(raw_request_count(world.server) == 0);
  close_world();
}

static void the_same_request_is_paid_once(void) {
  static const struct raw_reply replies[] = {
      {CREATED, RAW_CLOSE, 0},
      {JSON("200 OK", "{\"id\":\"" ID "\",\"status\":\"done\",\"download_url\":\"http://x/y\"}"), RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  struct stat stat_of;
  char path[128];
  bool is_new = false;
  OPEN_WORLD(replies);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  UNIT_SAME(state.id, ID, "id");
  CU_ASSERT(strstr(world.server->requests[0], "Authorization: Bearer " SECRET) != NULL);
  CU_ASSERT(strstr(world.server->requests[0], "Accept: application/json") != NULL);
  CU_ASSERT(strstr(world.server->requests[0],
                   "{\"bbox\":[6.761,51.2199,6.7713,51.2264],\"format\":\"stl\",\"include\":[\"terrain\"]}") != NULL);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && !is_new);
  CU_ASSERT(state.status == OSMFLOW_EXPORT_DONE && raw_request_count(world.server) == 2);
  CU_ASSERT(strncmp(world.server->requests[1], "GET /export/" ID " ", strlen("GET /export/" ID " ")) == 0);
  snprintf(path, sizeof path, "%s/exports.json", world.folder);
  CU_ASSERT(stat(path, &stat_of) == 0 && (stat_of.st_mode & 077) == 0);
  close_world();
}

static void forget_request(void) {
  struct osmflow_export_request request = a_request();
  struct osmflow_error error;
  CU_ASSERT(osmflow_export_forget(&world.cityloader, &request, &error) == OSMFLOW_OK);
  osmflow_export_request_clear(&request);
}

static void what_the_server_has_no_more_is_created_anew(void) {
  static const struct raw_reply replies[] = {
      {CREATED, RAW_CLOSE, 0},
      {JSON("404 Not Found", "{\"message\":\"No query results\"}"), RAW_CLOSE, 0},
      {CREATED, RAW_CLOSE, 0}};
  /* A page of a gateway does not say that the export is gone. */
  static const struct raw_reply pages[] = {
      {CREATED, RAW_CLOSE, 0},
      {"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>no</html>", RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  bool is_new = false;
  OPEN_WORLD(replies);
  for (int i = 0; i < 2; i++)
    CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  CU_ASSERT(raw_request_count(world.server) == 3);
  close_world();
  OPEN_WORLD(pages);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_HTTP && !is_new);
  CU_ASSERT(raw_request_count(world.server) == 2);
  close_world();
}

static void failed_ones_are_not_paid_again_by_themselves(void) {
  static const struct raw_reply replies[] = {{CREATED, RAW_CLOSE, 0},
                                             {STATE("failed"), RAW_CLOSE, 0},
                                             {STATE("failed"), RAW_CLOSE, 0},
                                             {CREATED, RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  bool is_new = false;
  OPEN_WORLD(replies);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  for (int i = 0; i < 2; i++)
    CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_BAD_DATA && strstr(error.message, "--forget"));
  forget_request();
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  close_world();
}

/* The same user with another token: what the server lets him have is not paid again. */
static void a_new_token_finds_what_the_old_one_made(void) {
  static const struct raw_reply replies[] = {{CREATED, RAW_CLOSE, 0},
                                             {STATE("processing"), RAW_CLOSE, 0},
                                             {JSON("403 Forbidden", "{\"message\":\"No.\"}"), RAW_CLOSE, 0},
                                             {CREATED, RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  bool is_new = false;
  OPEN_WORLD(replies);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  osmflow_cityloader_close(&world.cityloader);
  CU_ASSERT_FATAL(osmflow_cityloader_open(&world.cityloader, &world.fake.environment, world.server->url, "another",
                                          &error) == OSMFLOW_OK);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && !is_new);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  CU_ASSERT(raw_request_count(world.server) == 4);
  close_world();
}

/* Also when the server has nothing any more, and without any network. */
static void what_was_downloaded_is_not_even_asked_for(void) {
  static const struct raw_reply replies[] = {{CREATED, RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  struct osmflow_bytes path;
  bool is_new = false;
  OPEN_WORLD(replies);
  fake_set(&world.fake, "CITYLOADER_CACHE", world.folder);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  osmflow_bytes_init(&path, 4096);
  CU_ASSERT(osmflow_export_path(&world.cityloader, ID, &path, &error) == OSMFLOW_OK);
  fclose(fopen(osmflow_bytes_string(&path), "wb"));
  CU_ASSERT(create(false, &state, &is_new, &error) == OSMFLOW_OK && !is_new);
  CU_ASSERT(state.status == OSMFLOW_EXPORT_DONE && raw_request_count(world.server) == 1);
  UNIT_SAME(state.id, ID, "id");
  unlink(osmflow_bytes_string(&path));
  osmflow_bytes_clear(&path);
  close_world();
}

/* An id becomes part of a file's name. */
static void ids_of_servers_are_not_believed(void) {
  static const char *const bodies[] = {"{\"id\":\"../../evil\",\"status\":\"pending\"}",
                                       "{\"id\":\"a/b\",\"status\":\"pending\"}",
                                       "{\"status\":\"pending\"}",
                                       "{\"id\":\"\",\"status\":\"pending\"}",
                                       "[]",
                                       "{\"id\":{}}"};
  static const struct raw_reply other[] = {{JSON("200 OK", "{\"id\":\"other\",\"status\":\"pending\"}"), RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  bool is_new = false;
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    char text[256];
    snprintf(text, sizeof text, "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n%s", bodies[i]);
    const struct raw_reply reply = {text, RAW_CLOSE, 0};
    open_world(&reply, 1);
    CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_BAD_DATA && !is_new);
    CU_ASSERT(strstr(error.message, "may exist and be charged") != NULL);
    CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_NETWORK && raw_request_count(world.server) == 1);
    close_world();
  }
  OPEN_WORLD(other);
  CU_ASSERT(osmflow_export_look(&world.cityloader, ID, &state, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "another export") != NULL);
  close_world();
}

/* The words of refusals, and that they leave nothing behind. */
static void refusals_say_what_to_do(void) {
  static const struct {
    struct raw_reply reply;
    const char *words;
  } cases[] = {
      {{JSON("401 Unauthorized", "{\"message\":\"Unauthenticated.\"}"), RAW_CLOSE, 0}, "Unauthenticated. - the token"},
      {{JSON("402 Payment Required", "{\"message\":\"Payment required\"}"), RAW_CLOSE, 0}, "export.pay"},
      {{JSON("403 Forbidden", "{\"message\":\"Invalid ability provided.\"}"), RAW_CLOSE, 0},
       "Invalid ability provided."},
      {{JSON("422 Unprocessable Content", "{\"message\":\"The bbox field is required.\",\"errors\":{}}"), RAW_CLOSE, 0},
       "The bbox field is required."},
      {{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>login</html>", RAW_CLOSE, 0},
       "no answer of 3DCityLoader"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_export_state state;
    struct osmflow_error error = {.message = ""};
    bool is_new = false;
    open_world(&cases[i].reply, 1);
    CU_ASSERT(create(true, &state, &is_new, &error) != OSMFLOW_OK && !is_new);
    if (!strstr(error.message, cases[i].words))
      UNIT_SAME(error.message, cases[i].words, "refusal");
    CU_ASSERT(strstr(error.message, SECRET) == NULL && raw_request_count(world.server) == 1);
    close_world();
  }
}

static void a_lost_answer_is_never_repeated_blindly(void) {
  static const struct raw_reply replies[] = {{"", RAW_CLOSE, 0}, {CREATED, RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  bool is_new = false;
  OPEN_WORLD(replies);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_NETWORK);
  CU_ASSERT(strstr(error.message, "may exist and be charged") != NULL);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_NETWORK);
  CU_ASSERT(strstr(error.message, "--forget") != NULL && raw_request_count(world.server) == 1);
  struct osmflow_export_request request = a_request();
  CU_ASSERT(osmflow_export_forget(&world.cityloader, &request, &error) == OSMFLOW_OK);
  osmflow_export_request_clear(&request);
  CU_ASSERT(create(true, &state, &is_new, &error) == OSMFLOW_OK && is_new);
  close_world();
}

static bool count_items(void *self, const struct osmflow_export_memory *item) {
  CU_ASSERT(strcmp(item->id, ID) == 0 && strstr(item->request, "bbox") && item->created_seconds == FAKE_EPOCH);
  ++*(int *)self;
  return true;
}

static void exports_are_listed_and_found_by_id(void) {
  static const struct raw_reply replies[] = {{CREATED, RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  struct osmflow_bytes json;
  bool is_new = false;
  int count = 0;
  OPEN_WORLD(replies);
  osmflow_bytes_init(&json, 1 << 16);
  CU_ASSERT(osmflow_export_list(&world.fake.environment, world.server->url, count_items, &count, &error) == OSMFLOW_OK);
  CU_ASSERT(count == 0 && create(true, &state, &is_new, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_export_list(&world.fake.environment, world.server->url, count_items, &count, &error) == OSMFLOW_OK);
  CU_ASSERT(count == 1);
  CU_ASSERT(osmflow_export_request_of(&world.fake.environment, world.server->url, ID, &json, &error) == OSMFLOW_OK);
  CU_ASSERT(strstr(osmflow_bytes_string(&json), "51.2264") != NULL);
  osmflow_bytes_clear(&json);
  close_world();
}

static bool count_looks(void *self, const struct osmflow_export_state *state) {
  (void)state;
  return ++*(int *)self < 100;
}

static void waits_as_the_api_advises(void) {
  static const struct raw_reply replies[] = {
      {STATE("pending"), RAW_CLOSE, 0},
      {STATE("processing"), RAW_CLOSE, 0},
      {STATE("queued again"), RAW_CLOSE, 0},
      {JSON("200 OK", "{\"id\":\"" ID "\",\"status\":\"done\",\"download_url\":\"http://x/y\"}"), RAW_CLOSE, 0}};
  static const struct raw_reply failing[] = {
      {JSON("200 OK", "{\"id\":\"" ID "\",\"status\":\"failed\",\"message\":\"no data here\"}"), RAW_CLOSE, 0}};
  static const struct raw_reply endless[] = {{STATE("processing"), RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  int looks = 0;
  OPEN_WORLD(replies);
  CU_ASSERT(osmflow_export_wait(&world.cityloader, ID, count_looks, &looks, &state, &error) == OSMFLOW_OK);
  CU_ASSERT(looks == 4 && world.fake.slept_ms == 4000 + 3 * 3000);
  close_world();
  OPEN_WORLD(failing);
  CU_ASSERT(osmflow_export_wait(&world.cityloader, ID, NULL, NULL, &state, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "no data here") != NULL);
  close_world();
  OPEN_WORLD(endless);
  fake_set(&world.fake, "CITYLOADER_TIMEOUT", "60");
  CU_ASSERT(osmflow_export_wait(&world.cityloader, ID, NULL, NULL, &state, &error) == OSMFLOW_NETWORK);
  CU_ASSERT(strstr(error.message, "CITYLOADER_TIMEOUT") != NULL);
  close_world();
}

static void ids_that_are_none_are_not_asked_for(void) {
  static const char *const wrong[] = {
      "",    "../user", "a/b",
      "a?b", "a b",     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  static const struct raw_reply replies[] = {{STATE("done"), RAW_CLOSE, 0}};
  struct osmflow_export_state state;
  struct osmflow_error error;
  OPEN_WORLD(replies);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    CU_ASSERT(osmflow_export_look(&world.cityloader, wrong[i], &state, &error) == OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT(raw_request_count(world.server) == 0);
  close_world();
}

static struct zip_file a_zip, another_zip;

static void make_zips(void) {
  static const struct zip_member member = {.name = "city.stl", .content = "solid a\nendsolid a\n"},
                                 other = {.name = "city.stl", .content = "solid b\nendsolid b\n"};
  zip_make(&a_zip, &member, 1);
  zip_make(&another_zip, &other, 1);
}

static void same_content(const char *path, const struct zip_file *expected) {
  char content[ZIP_SIZE];
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  const size_t size = fread(content, 1, sizeof content, file);
  fclose(file);
  CU_ASSERT(size == expected->size && memcmp(content, expected->bytes, size) == 0);
}

/* Pieces of a ZIP as answers: status line and headers before bytes from..to of it. */
enum { PIECES = 6, PIECE_SIZE = 2048 };
static char pieces[PIECES][PIECE_SIZE];
static struct raw_reply piece(size_t place, const struct zip_file *zip, size_t from, size_t to, bool is_rest) {
  const int head =
      snprintf(pieces[place], PIECE_SIZE, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
               is_rest ? "206 Partial Content" : "200 OK", zip->size - from);
  memcpy(pieces[place] + head, zip->bytes + from, to - from);
  return (struct raw_reply){pieces[place], RAW_CLOSE, (size_t)head + to - from};
}

static enum osmflow_status download(struct osmflow_error *error) {
  struct osmflow_export_state state = {.id = ID, .status = OSMFLOW_EXPORT_DONE};
  snprintf(state.download_url, sizeof state.download_url, "%s/file.zip?signature=TOPSECRET", world.server->url);
  return osmflow_export_download(&world.cityloader, &state, world.file, NULL, NULL, error);
}

static void broken_downloads_go_on_where_they_ended(void) {
  struct osmflow_error error = {.message = ""};
  make_zips();
  const size_t size = a_zip.size;
  const struct raw_reply resumed[] = {piece(0, &a_zip, 0, 40, false), piece(1, &a_zip, 40, size, true)};
  OPEN_WORLD(resumed);
  CU_ASSERT(download(&error) == OSMFLOW_OK);
  same_content(world.file, &a_zip);
  CU_ASSERT(strstr(world.server->requests[1], "Range: bytes=40-") != NULL);
  CU_ASSERT(strstr(world.server->requests[0], "Authorization") == NULL &&
            strstr(world.server->requests[1], SECRET) == NULL);
  CU_ASSERT(download(&error) == OSMFLOW_OK && raw_request_count(world.server) == 2);
  close_world();
  const struct raw_reply anew[] = {piece(0, &a_zip, 0, 40, false), piece(1, &another_zip, 0, size, false)};
  OPEN_WORLD(anew);
  CU_ASSERT(download(&error) == OSMFLOW_OK);
  same_content(world.file, &another_zip);
  close_world();
  const struct raw_reply refused[] = {piece(0, &a_zip, 0, 40, false),
                                      {"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", RAW_CLOSE, 0},
                                      piece(1, &a_zip, 0, size, false)};
  OPEN_WORLD(refused);
  CU_ASSERT(download(&error) == OSMFLOW_OK);
  same_content(world.file, &a_zip);
  close_world();
  const struct raw_reply troubled[] = {{"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", RAW_CLOSE, 0},
                                       piece(0, &a_zip, 0, size, false)};
  OPEN_WORLD(troubled);
  CU_ASSERT(download(&error) == OSMFLOW_OK);
  same_content(world.file, &a_zip);
  close_world();
}

/* The server made the file anew between two tries: pieces of two files are no file. */
static void pieces_of_two_files_are_not_put_together(void) {
  struct osmflow_error error = {.message = ""};
  make_zips();
  const size_t size = a_zip.size;
  const struct raw_reply changed[] = {piece(0, &a_zip, 0, 60, false), piece(1, &another_zip, 60, size, true),
                                      piece(2, &another_zip, 0, size, false)};
  OPEN_WORLD(changed);
  CU_ASSERT(download(&error) == OSMFLOW_OK);
  same_content(world.file, &another_zip);
  CU_ASSERT(strstr(world.server->requests[2], "Range") == NULL);
  close_world();
}

/* What an earlier process left behind: a beginning, a whole file that was not renamed, or something else. */
static void what_is_left_behind_is_used_where_it_can_be(void) {
  static const struct {
    size_t bytes;
    bool is_other, is_junk;
    int requests;
  } cases[] = {{30, false, false, 1},
               {0, false, false, 1},
               {SIZE_MAX, false, false, 0},
               {60, true, false, 2},
               {30, false, true, 2}};
  struct osmflow_error error = {.message = ""};
  make_zips();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct zip_file *left = cases[i].is_other ? &another_zip : &a_zip;
    const size_t bytes = cases[i].bytes < a_zip.size ? cases[i].bytes : a_zip.size;
    const bool resumes = bytes > 0;
    const struct raw_reply replies[] = {piece(0, &a_zip, resumes ? bytes : 0, a_zip.size, resumes),
                                        piece(1, &a_zip, 0, a_zip.size, false)};
    char part[128];
    OPEN_WORLD(replies);
    snprintf(part, sizeof part, "%s.part", world.file);
    FILE *file = fopen(part, "wb");
    for (size_t at = 0; at < bytes; at++)
      fputc(cases[i].is_junk ? 'x' : left->bytes[at], file);
    fclose(file);
    CU_ASSERT(download(&error) == OSMFLOW_OK);
    same_content(world.file, &a_zip);
    CU_ASSERT(raw_request_count(world.server) == cases[i].requests && access(part, F_OK) != 0);
    close_world();
  }
}

static void what_is_no_zip_is_not_kept(void) {
  static const struct raw_reply page[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n<html>please login</html>", RAW_CLOSE, 0}};
  struct osmflow_error error = {.message = ""};
  char part[128];
  OPEN_WORLD(page);
  snprintf(part, sizeof part, "%s.part", world.file);
  CU_ASSERT(download(&error) == OSMFLOW_BAD_DATA && strstr(error.message, "no ZIP"));
  CU_ASSERT(access(world.file, F_OK) != 0 && access(part, F_OK) != 0);
  close_world();
}

static void downloads_that_cannot_be_had_leave_no_file(void) {
  static const struct raw_reply gone[] = {
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nConnection: close\r\n\r\nexpired!\n", RAW_CLOSE, 0}};
  static const struct raw_reply cut[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", RAW_CLOSE, 0}};
  struct osmflow_error error = {.message = ""};
  OPEN_WORLD(gone);
  CU_ASSERT(download(&error) != OSMFLOW_OK && strstr(error.message, "TOPSECRET") == NULL);
  CU_ASSERT(access(world.file, F_OK) != 0);
  close_world();
  OPEN_WORLD(cut);
  CU_ASSERT(download(&error) == OSMFLOW_NETWORK && access(world.file, F_OK) != 0);
  CU_ASSERT(raw_request_count(world.server) == 5);
  close_world();
}

static void redirects_to_other_hosts_get_no_token(void) {
  make_zips();
  const struct raw_reply files[] = {piece(0, &a_zip, 0, a_zip.size, false)};
  struct raw_server *other = RAW_START(files);
  char text[256];
  snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: %s/cdn.zip\r\nContent-Length: 0\r\n\r\n", other->url);
  const struct raw_reply replies[] = {{text, RAW_CLOSE, 0}};
  struct osmflow_error error = {.message = ""};
  OPEN_WORLD(replies);
  CU_ASSERT(download(&error) == OSMFLOW_OK);
  same_content(world.file, &a_zip);
  CU_ASSERT(strstr(other->requests[0], "Authorization") == NULL);
  close_world();
  raw_stop(other);
}

OSMFLOW_UNIT_MAIN("cityloader/export", UNIT(nothing_is_created_without_consent), UNIT(the_same_request_is_paid_once),
                  UNIT(what_the_server_has_no_more_is_created_anew), UNIT(failed_ones_are_not_paid_again_by_themselves),
                  UNIT(a_new_token_finds_what_the_old_one_made), UNIT(what_was_downloaded_is_not_even_asked_for),
                  UNIT(ids_of_servers_are_not_believed), UNIT(refusals_say_what_to_do),
                  UNIT(a_lost_answer_is_never_repeated_blindly), UNIT(exports_are_listed_and_found_by_id),
                  UNIT(waits_as_the_api_advises), UNIT(ids_that_are_none_are_not_asked_for),
                  UNIT(broken_downloads_go_on_where_they_ended), UNIT(pieces_of_two_files_are_not_put_together),
                  UNIT(what_is_left_behind_is_used_where_it_can_be), UNIT(what_is_no_zip_is_not_kept),
                  UNIT(downloads_that_cannot_be_had_leave_no_file), UNIT(redirects_to_other_hosts_get_no_token))
