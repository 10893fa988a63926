#include "format/json.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "unit.h"

enum { LOG_SIZE = 1 << 20 };

static enum osmflow_status note(void *self, const char *word, struct osmflow_error *error) {
  return osmflow_bytes_print(self, error, "%s ", word);
}
static enum osmflow_status note_text(void *self, const char *word, struct osmflow_text text,
                                     struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_print(self, error, "%s(", word);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(self, text, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(self, ") ", error) : status;
}
static enum osmflow_status on_object_start(void *self, struct osmflow_error *error) {
  return note(self, "{", error);
}
static enum osmflow_status on_object_end(void *self, struct osmflow_error *error) {
  return note(self, "}", error);
}
static enum osmflow_status on_array_start(void *self, struct osmflow_error *error) {
  return note(self, "[", error);
}
static enum osmflow_status on_array_end(void *self, struct osmflow_error *error) {
  return note(self, "]", error);
}
static enum osmflow_status on_key(void *self, struct osmflow_text key, struct osmflow_error *error) {
  return note_text(self, "key", key, error);
}
static enum osmflow_status on_string(void *self, struct osmflow_text value, struct osmflow_error *error) {
  return note_text(self, "string", value, error);
}
static enum osmflow_status on_number(void *self, struct osmflow_text literal, struct osmflow_error *error) {
  return note_text(self, "number", literal, error);
}
static enum osmflow_status on_boolean(void *self, bool value, struct osmflow_error *error) {
  return note(self, value ? "true" : "false", error);
}
static enum osmflow_status on_null(void *self, struct osmflow_error *error) {
  return note(self, "null", error);
}

/* Reads in pieces of `step` bytes; what the visitor heard goes to `events`. Each piece is a heap block of its own, so
 * that reading past its end is seen by the sanitizer. */
static enum osmflow_status read_document(struct osmflow_text document, size_t step, struct osmflow_bytes *events,
                                         struct osmflow_error *error) {
  const struct osmflow_json_visitor visitor = {events, on_object_start, on_object_end, on_array_start, on_array_end,
                                               on_key, on_string,       on_number,     on_boolean,     on_null};
  struct osmflow_json_reader *reader = NULL;
  enum osmflow_status status = osmflow_json_reader_new(&visitor, &reader, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < document.size; i += step) {
    const size_t size = document.size - i < step ? document.size - i : step;
    char *piece = malloc(size);
    if (!piece)
      abort();
    memcpy(piece, document.data + i, size);
    status = osmflow_json_reader_feed(reader, piece, size, error);
    free(piece);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_json_reader_finish(reader, error);
  osmflow_json_reader_free(reader);
  return status;
}

static const size_t steps[] = {1, 2, 3, 7, 8, 9, 1 << 20};
enum { STEPS = sizeof steps / sizeof steps[0] };

static void tells_every_event_however_the_bytes_arrive(void) {
  static const struct {
    const char *document, *events;
  } cases[] = {
      {"{\"a\":[1,\"x\"]}", "{ key(a) [ number(1) string(x) ] } "},
      {" \r\n\t{ } ", "{ } "},
      {"[]", "[ ] "},
      {"[ [ ] , { } ]", "[ [ ] { } ] "},
      {"true", "true "},
      {"false\n", "false "},
      {"null", "null "},
      {"0", "number(0) "},
      {"-0.50e+10 ", "number(-0.50e+10) "},
      {"[1E5,123456789012345678901234567890,-7]", "[ number(1E5) number(123456789012345678901234567890) number(-7) ] "},
      {"\"\"", "string() "},
      {"\"plain text of more than eight bytes\"", "string(plain text of more than eight bytes) "},
      {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "string(\"\\/\b\f\n\r\t) "},
      {"\"1234567\\n12345678\\n\"", "string(1234567\n12345678\n) "},
      {"\"\\u0041\\u00e4\\u20AC\\uD83D\\uDE00!\"", "string(Aä€😀!) "},
      {"\"Vaduz ä€😀\"", "string(Vaduz ä€😀) "},
      {"{\"k\\u00e4\":{\"\":null},\"k\":false}", "{ key(kä) { key() null } key(k) false } "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    for (size_t j = 0; j < STEPS; j++) {
      struct osmflow_error error = {0};
      struct osmflow_bytes events;
      osmflow_bytes_init(&events, LOG_SIZE);
      CU_ASSERT_EQUAL(read_document(osmflow_text(cases[i].document), steps[j], &events, &error), OSMFLOW_OK);
      UNIT_SAME(osmflow_bytes_string(&events), cases[i].events, cases[i].document);
      osmflow_bytes_clear(&events);
    }
}

static void refuses_what_is_not_json(void) {
  static const struct {
    const char *document, *says;
  } cases[] = {
      {"", "the document is empty"},
      {"  ", "the document is cut off at byte 2"},
      {"{\"a\":1", "the document is cut off at byte 6"},
      {"[1,", "the document is cut off"},
      {"\"abc", "the document is cut off"},
      {"\"abc\\", "the document is cut off"},
      {"\"abc\\u00", "the document is cut off"},
      {"tru", "an unknown word"},
      {"nul1", "an unknown word"},
      {"truefalse", "an unknown word"},
      {"True", "no value"},
      {"{'a':1}", "no name"},
      {"{a:1}", "no name"},
      {"{\"a\" 1}", "no ':'"},
      {"{\"a\":}", "no value"},
      {"{\"a\":1,}", "no name"},
      {"{,}", "no name"},
      {"[1,]", "no value"},
      {"[,1]", "no value"},
      {"[1 2]", "no ','"},
      {"[1}", "no ','"},
      {"{\"a\":1]", "no ','"},
      {"]", "no value"},
      {"[1]]", "after the end"},
      {"{} {}", "after the end of the document at byte 3"},
      {"1 // one", "after the end"},
      {"/* */ 1", "no value"},
      {"NaN", "no value"},
      {"-", "not a number"},
      {"01", "not a number"},
      {"+1", "no value"},
      {"1.", "not a number"},
      {".5", "no value"},
      {"1e", "not a number"},
      {"1e+", "not a number"},
      {"1-2", "not a number"},
      {"[1.e5]", "not a number"},
      {"\"tab\there\"", "a control character"},
      {"\"line\nend\"", "a control character"},
      {"\"\\x41\"", "an unknown escape"},
      {"\"\\u12G4\"", "hexadecimal"},
      {"\"\\uD83D\"", "half of a surrogate pair"},
      {"\"\\uD83Dx\"", "half of a surrogate pair"},
      {"\"\\uD83D\\n\"", "half of a surrogate pair"},
      {"\"\\uD83D\\u0041\"", "half of a surrogate pair"},
      {"\"\\uDE00\"", "half of a surrogate pair"},
      {"\"\xC3\"", "not UTF-8"},
      {"\"\xC3\\u00A9\"", "not UTF-8"},
      {"\"\xED\xA0\x80\"", "not UTF-8"},
      {"{\"k\xFF\":1}", "not UTF-8"},
      {"\xEF\xBB\xBF{}", "no value"},
      {"<osm/>", "no value where one is needed at byte 0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    for (size_t j = 0; j < STEPS; j++) {
      struct osmflow_error error = {0};
      struct osmflow_bytes events;
      osmflow_bytes_init(&events, LOG_SIZE);
      CU_ASSERT_EQUAL(read_document(osmflow_text(cases[i].document), steps[j], &events, &error), OSMFLOW_BAD_DATA);
      if (!strstr(error.message, cases[i].says))
        fprintf(stderr, "\n[%s]: got [%s], expected [%s]\n", cases[i].document, error.message, cases[i].says);
      CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].says));
      osmflow_bytes_clear(&events);
    }
}

static void refuses_a_nul_between_and_inside_of_tokens(void) {
  static const char between[] = "[\0]", inside[] = "\"a\0b\"", escape[] = "\"\\\0\"";
  const struct osmflow_text documents[] = {{between, 3}, {inside, 5}, {escape, 4}};
  for (size_t i = 0; i < 3; i++) {
    struct osmflow_bytes events;
    osmflow_bytes_init(&events, LOG_SIZE);
    CU_ASSERT_EQUAL(read_document(documents[i], 100, &events, NULL), OSMFLOW_BAD_DATA);
    osmflow_bytes_clear(&events);
  }
}

static void finds_the_end_of_a_text_at_every_place_in_a_word(void) {
  for (size_t size = 0; size < 40; size++)
    for (size_t special = 0; special < 3; special++) {
      char document[64], expected[64];
      static const char *const ends[] = {"\"", "\\n\"", "\x7F\""};
      memset(document, 'x', sizeof document);
      document[0] = '"';
      snprintf(document + 1 + size, sizeof document - 1 - size, "%s", ends[special]);
      snprintf(expected, sizeof expected, "string(%.*s%s) ", (int)size, document + 1,
               special == 0   ? ""
               : special == 1 ? "\n"
                              : "\x7F");
      struct osmflow_bytes events;
      osmflow_bytes_init(&events, LOG_SIZE);
      CU_ASSERT_EQUAL(read_document(osmflow_text(document), 1000, &events, NULL), OSMFLOW_OK);
      UNIT_SAME(osmflow_bytes_string(&events), expected, document);
      osmflow_bytes_clear(&events);
    }
}

static enum osmflow_status read_nested(size_t depth) {
  char document[400];
  memset(document, '[', depth);
  memset(document + depth, ']', depth);
  struct osmflow_bytes events;
  osmflow_bytes_init(&events, LOG_SIZE);
  const enum osmflow_status status = read_document((struct osmflow_text){document, 2 * depth}, 5, &events, NULL);
  osmflow_bytes_clear(&events);
  return status;
}

static void allows_64_levels_and_no_more(void) {
  CU_ASSERT_EQUAL(read_nested(64), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_nested(65), OSMFLOW_TOO_LARGE);
  CU_ASSERT_EQUAL(read_nested(200), OSMFLOW_TOO_LARGE);
}

/* A text or number of `size` characters; its quotes are added for a text. */
static enum osmflow_status read_long(size_t size, bool is_number, size_t step) {
  const struct osmflow_json_visitor silent = {0};
  struct osmflow_json_reader *reader = NULL;
  char *document = malloc(size + 2);
  if (!document)
    abort();
  memset(document, '7', size + 2);
  if (!is_number)
    document[0] = document[size + 1] = '"';
  const size_t length = is_number ? size : size + 2;
  enum osmflow_status status = osmflow_json_reader_new(&silent, &reader, NULL);
  for (size_t i = 0; status == OSMFLOW_OK && i < length; i += step)
    status = osmflow_json_reader_feed(reader, document + i, length - i < step ? length - i : step, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_json_reader_finish(reader, NULL);
  osmflow_json_reader_free(reader);
  free(document);
  return status;
}

static void limits_texts_and_numbers_to_16_mebibytes(void) {
  const size_t most = (size_t)16 << 20;
  CU_ASSERT_EQUAL(read_long(most, false, most * 2), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_long(most, false, 100000), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_long(most + 1, false, most * 2), OSMFLOW_TOO_LARGE);
  CU_ASSERT_EQUAL(read_long(most + 1, false, 100000), OSMFLOW_TOO_LARGE);
  CU_ASSERT_EQUAL(read_long(most, true, 100000), OSMFLOW_OK);
  CU_ASSERT_EQUAL(read_long(most + 1, true, 100000), OSMFLOW_TOO_LARGE);
}

static enum osmflow_status refuse_numbers(void *self, struct osmflow_text literal, struct osmflow_error *error) {
  int *calls = self;
  ++*calls;
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "no numbers such as %.*s", OSMFLOW_TEXT_ARGUMENTS(literal));
}

static void stops_where_the_visitor_says_so_and_stays_stopped(void) {
  int calls = 0;
  const struct osmflow_json_visitor visitor = {.self = &calls, .number = refuse_numbers};
  struct osmflow_json_reader *reader = NULL;
  struct osmflow_error error = {0};
  CU_ASSERT_EQUAL_FATAL(osmflow_json_reader_new(&visitor, &reader, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_json_reader_feed(reader, "[5,6]", 5, &error), OSMFLOW_UNSUPPORTED);
  UNIT_SAME(error.message, "no numbers such as 5", "first feed");
  memset(&error, 0, sizeof error);
  CU_ASSERT_EQUAL(osmflow_json_reader_feed(reader, "7", 1, &error), OSMFLOW_UNSUPPORTED);
  UNIT_SAME(error.message, "no numbers such as 5", "second feed");
  CU_ASSERT_EQUAL(osmflow_json_reader_finish(reader, NULL), OSMFLOW_UNSUPPORTED);
  CU_ASSERT_EQUAL(calls, 1);
  osmflow_json_reader_free(reader);
  osmflow_json_reader_free(NULL);
}

OSMFLOW_UNIT_MAIN("format/json", UNIT(tells_every_event_however_the_bytes_arrive), UNIT(refuses_what_is_not_json),
                  UNIT(refuses_a_nul_between_and_inside_of_tokens),
                  UNIT(finds_the_end_of_a_text_at_every_place_in_a_word), UNIT(allows_64_levels_and_no_more),
                  UNIT(limits_texts_and_numbers_to_16_mebibytes),
                  UNIT(stops_where_the_visitor_says_so_and_stays_stopped))
