#include "osm/diff_result.h"

#include <inttypes.h>
#include <stdlib.h>

#include "unit.h"

enum { SHOWN_SIZE = 1 << 16 };
#define ROOT "<diffResult version='0.6'>"

/* "n-1>5v1 w7>0v0": type, old id, new id, version. */
static void show(const struct osmflow_diff_result *result, char shown[SHOWN_SIZE]) {
  size_t length = 0;
  shown[0] = '\0';
  for (size_t i = 0; i < result->count; i++) {
    const struct osmflow_diff_row *row = &result->rows[i];
    length += (size_t)snprintf(shown + length, SHOWN_SIZE - length, "%s%c%" PRId64 ">%" PRId64 "v%u", i == 0 ? "" : " ",
                               osmflow_element_type_names[row->type][0], row->old_id, row->new_id, row->new_version);
  }
}

/* The error's message, or "" when it was read. */
static const char *read_pieces(struct osmflow_diff_result *result, const char *document, size_t step,
                               struct osmflow_error *error) {
  const struct osmflow_http_sink sink = osmflow_diff_result_sink(result);
  const size_t size = strlen(document);
  struct osmflow_http_response response;
  memset(&response, 0, sizeof response);
  response.status = 200;
  *error = (struct osmflow_error){0};
  enum osmflow_status status = sink.begin(sink.self, &response, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = sink.write(sink.self, document + i, size - i < step ? size - i : step, error);
  if (status == OSMFLOW_OK)
    status = sink.finish(sink.self, error);
  CU_ASSERT_EQUAL(status, error->status);
  return error->message;
}

static void refuses_what_is_no_diff_result(void) {
  static const struct {
    const char *document, *message; /* a part of it */
  } cases[] = {
      {"", "cut off"},
      {" ", "cut off"},
      {"{\"version\":\"0.6\"}", "not well-formed"},
      {"<osm version='0.6'></osm>", "<osm> came instead of <diffResult>"},
      {"<osmError><status>409 Conflict</status></osmError>", "<osmError> came instead"},
      {"<HTML><body/></HTML>", "a web page came"},
      {ROOT, "cut off"},
      {ROOT "<node old_id='1'/>", "cut off"},
      {ROOT "<node old_id='1'/></diffResult", "cut off"},
      {ROOT "</diffResult>x", "not well-formed"},
      {ROOT "<area old_id='1'/></diffResult>", "<area> in a diffResult"},
      {ROOT "<node old_id='1'><tag/></node></diffResult>", "<tag> inside a row"},
      {ROOT "<node old_id='1'/>more</diffResult>", "a text stands between"},
      {ROOT "<error>Could not obtain client encoding: not connected.</error></diffResult>",
       "stopped in the middle of its answer and says: Could not obtain client encoding: not connected."},
      {ROOT "<node/></diffResult>", "row 1, a node: old_id is missing"},
      {ROOT "<node old_id=''/></diffResult>", "old_id is ''"},
      {ROOT "<node old_id='0'/></diffResult>", "old_id is '0'"},
      {ROOT "<node old_id='1 '/></diffResult>", "old_id is '1 '"},
      {ROOT "<node old_id='1.0'/></diffResult>", "old_id is '1.0'"},
      {ROOT "<node old_id='1000000000000000000'/></diffResult>", "old_id is '1000000000000000000'"},
      {ROOT "<way old_id='1'/><way old_id='2' new_id='2'/></diffResult>", "row 2, a way: new_version is missing"},
      {ROOT "<way old_id='1' new_version='2'/></diffResult>", "row 1, a way: new_id is missing"},
      {ROOT "<way old_id='-1' new_id='-1' new_version='1'/></diffResult>", "new_id is '-1'"},
      {ROOT "<way old_id='-1' new_id='0' new_version='1'/></diffResult>", "new_id is '0'"},
      {ROOT "<way old_id='-1' new_id='1' new_version='0'/></diffResult>", "new_version is '0'"},
      {ROOT "<way old_id='-1' new_id='1' new_version='4294967296'/></diffResult>", "new_version is '4294967296'"}};
  struct osmflow_diff_result result;
  struct osmflow_error error;
  osmflow_diff_result_init(&result);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    for (size_t step = 1; step < 1000; step += 399) {
      const char *message = read_pieces(&result, cases[i].document, step, &error);
      if (!strstr(message, cases[i].message))
        UNIT_SAME(message, cases[i].message, cases[i].document);
      CU_ASSERT_EQUAL(error.status, OSMFLOW_BAD_DATA);
      CU_ASSERT_EQUAL(result.count, 0);
    }
  osmflow_diff_result_clear(&result);
}

static void reads_rows(void) {
  static const char *const cases[][2] = {
      {"<diffResult/>", ""},
      {"<?xml version='1.0' encoding='UTF-8'?>\n" ROOT "\n <node old_id='-1' new_id='13000000001' new_version='1'/>\n"
       "</diffResult>\n",
       "n-1>13000000001v1"},
      {ROOT "<relation old_id='5'/><way old_id='5' new_id='5' new_version='4294967295'></way>"
            "<node new_version='2' new_id='999999999999999999' old_id='-999999999999999999'/></diffResult>",
       "r5>0v0 w5>5v4294967295 n-999999999999999999>999999999999999999v2"}};
  struct osmflow_diff_result result;
  struct osmflow_error error;
  char shown[SHOWN_SIZE];
  osmflow_diff_result_init(&result);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    for (size_t step = 1; step < 1000; step += 399) {
      UNIT_SAME(read_pieces(&result, cases[i][0], step, &error), "", cases[i][0]);
      show(&result, shown);
      UNIT_SAME(shown, cases[i][1], cases[i][0]);
    }
  osmflow_diff_result_clear(&result);
}

/* A new attempt of the same request begins in the middle of the first. */
static void begins_anew(void) {
  static const char beginning[] = ROOT "<node old_id='1'/><no";
  struct osmflow_diff_result result;
  struct osmflow_error error;
  char shown[SHOWN_SIZE];
  osmflow_diff_result_init(&result);
  const struct osmflow_http_sink sink = osmflow_diff_result_sink(&result);
  CU_ASSERT_EQUAL(sink.begin(sink.self, NULL, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(sink.write(sink.self, beginning, sizeof beginning - 1, NULL), OSMFLOW_OK);
  read_pieces(&result, ROOT "<node old_id='2'/></diffResult>", 7, &error);
  show(&result, shown);
  UNIT_SAME(shown, "n2>0v0", "the second answer");
  CU_ASSERT_EQUAL(sink.write(sink.self, "x", 1, NULL), OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(sink.finish(sink.self, NULL), OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(sink.begin(sink.self, NULL, NULL), OSMFLOW_OK);
  osmflow_diff_result_clear(&result);
}

/* Each beginning of an answer is what a dying server may leave behind. */
static void no_beginning_is_whole(void) {
  static const char document[] = ROOT "<node old_id='-1' new_id='1' new_version='1'/> <way old_id='7'/></diffResult>";
  struct osmflow_diff_result result;
  osmflow_diff_result_init(&result);
  for (size_t size = 0; size < sizeof document - 1; size++)
    CU_ASSERT_EQUAL(osmflow_diff_result_read(&result, (struct osmflow_text){document, size}, NULL), OSMFLOW_BAD_DATA);
  CU_ASSERT_EQUAL(osmflow_diff_result_read(&result, osmflow_text(document), NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(result.count, 2);
  osmflow_diff_result_clear(&result);
}

static void rows_have_a_ceiling(void) {
  static const char row[] = "<node old_id='1'/>";
  struct osmflow_diff_result result;
  enum osmflow_status status = OSMFLOW_OK;
  size_t rows = 0;
  osmflow_diff_result_init(&result);
  const struct osmflow_http_sink sink = osmflow_diff_result_sink(&result);
  CU_ASSERT_EQUAL(sink.begin(sink.self, NULL, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(sink.write(sink.self, ROOT, sizeof ROOT - 1, NULL), OSMFLOW_OK);
  for (; status == OSMFLOW_OK && rows <= 1000001; rows++)
    status = sink.write(sink.self, row, sizeof row - 1, NULL);
  CU_ASSERT_EQUAL(status, OSMFLOW_TOO_LARGE);
  CU_ASSERT_EQUAL(rows, 1000001);
  osmflow_diff_result_clear(&result);
}

/* The body of a recorded exchange; false when the recordings are not here. */
static bool read_recording(const char *name, char *recording, size_t size) {
  char path[1000];
  const char *shared = getenv("OSMFLOW_SHARED");
  snprintf(path, sizeof path, "%s%s/recordings/osm/%s.http", shared ? shared : OSMFLOW_SOURCE_DIR,
           shared ? "" : "/../shared", name);
  FILE *file = fopen(path, "rb");
  if (!file)
    return false;
  recording[fread(recording, 1, size - 1, file)] = '\0';
  fclose(file);
  return true;
}

static void reads_the_recorded_answers(void) {
  static const char *const cases[][2] = {
      {"286-upload-delete-node-used-if-unused", "n13000002035>13000002035v2"},
      {"288-upload-delete-way-used-if-unused", "w1450000007>1450000007v1"},
      {"232-upload-diffresult-order",
       "r-7>19500009v1 n-5>13000002032v1 n-9>13000002033v1 n-1>13000002034v1 w-3>1450000012v1 r-7>0v0 "
       "n-9>13000002033v2"},
  };
  static char recording[SHOWN_SIZE], shown[SHOWN_SIZE];
  struct osmflow_diff_result result;
  osmflow_diff_result_init(&result);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (!read_recording(cases[i][0], recording, sizeof recording)) {
      printf("SKIPPED: the recordings are not at ../shared/recordings\n");
      break;
    }
    const char *body = strstr(recording, "\r\n\r\n");
    CU_ASSERT_EQUAL(osmflow_diff_result_read(&result, osmflow_text(body ? body + 4 : ""), NULL), OSMFLOW_OK);
    show(&result, shown);
    UNIT_SAME(shown, cases[i][1], cases[i][0]);
  }
  osmflow_diff_result_clear(&result);
}

OSMFLOW_UNIT_MAIN("osm/diff_result", UNIT(refuses_what_is_no_diff_result), UNIT(reads_rows), UNIT(begins_anew),
                  UNIT(no_beginning_is_whole), UNIT(rows_have_a_ceiling), UNIT(reads_the_recorded_answers))
