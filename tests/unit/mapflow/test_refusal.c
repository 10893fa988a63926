/* Error bodies of every shape, hostile ones first. */
#include "mapflow/refusal.h"

#include <stdlib.h>

#include "unit.h"

static const char *const kinds[] = {"other", "token", "right", "quota", "size", "content", "absent", "later"};

struct body_case {
  int status;
  const char *body, *kind, *code;
  const char *parts[3]; /* that the sentence holds */
};

static bool is_clean(const char *text) {
  bool clean = osmflow_text_is_utf8(osmflow_text(text));
  for (; *text; text++)
    clean = clean && (unsigned char)*text >= ' ' && *text != 0x7F;
  return clean;
}

static void read_exactly(int status, const char *body, size_t size, struct osmflow_mapflow_refusal *refusal) {
  /* in memory of exactly that size, so that a sanitizer sees who looks beyond it */
  char *copy = malloc(size + 1);
  if (!copy)
    abort();
  memcpy(copy + 1, body, size);
  memset(refusal, 0x55, sizeof *refusal);
  osmflow_mapflow_refusal_read(status, (struct osmflow_text){copy + 1, size}, refusal);
  free(copy);
  CU_ASSERT(refusal->sentence[0] != '\0');
  CU_ASSERT(is_clean(refusal->sentence) && is_clean(refusal->code));
}

static void try_cases(const struct body_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct osmflow_mapflow_refusal refusal;
    read_exactly(cases[i].status, cases[i].body, strlen(cases[i].body), &refusal);
    UNIT_SAME(kinds[refusal.kind], cases[i].kind, cases[i].body);
    UNIT_SAME(refusal.code, cases[i].code, cases[i].body);
    for (size_t j = 0; j < 3 && cases[i].parts[j]; j++)
      if (!strstr(refusal.sentence, cases[i].parts[j]))
        UNIT_SAME(refusal.sentence, cases[i].parts[j], cases[i].body);
  }
}

static void makes_a_sentence_of_anything(void) {
  static const struct body_case cases[] = {
      {500, "", "later", "", {"failed"}},
      {0, "", "other", "", {"refused"}},
      {599, "null", "later", "", {"failed"}},
      {302, "", "other", "", {"MAPFLOW_URL"}},
      {413, "<html>Request Entity Too Large</html>", "size", "", {"too large"}},
      {502, "<html><body><h1>502 Bad Gateway</h1></body></html>", "later", "", {"cannot be reached"}},
      {403, "{", "right", "", {"not allowed", "{"}},
      {403, "[]", "right", "", {"not allowed"}},
      {403, "42", "right", "", {"not allowed"}},
      {422, "{\"detail\":[{}]}", "content", "", {"{}"}},
      {422, "{\"detail\":[null,1,\"x\"]}", "content", "", {"does not take"}},
      {422, "{\"detail\":{\"code\":null,\"parameters\":[1]}}", "content", "", {"does not take"}},
      {422, "{\"detail\":{\"code\":{\"a\":1}}}", "content", "", {"does not take"}},
      {403,
       "{\"detail\":{\"code\":\"FileTooBig\",\"parameters\":null}}",
       "size",
       "FileTooBig",
       {"too large; compress"}},
      {403,
       "{\"detail\":{\"code\":\"FileTooBig\",\"parameters\":{\"max_file_size\":\"many\",\"actual_file_size\":{}}}}",
       "size",
       "FileTooBig",
       {"too large; compress"}},
      {400, "{\"code\":\"\\u001b[31m\\u0007\",\"message\":\"\\u009b2J\\n\"}", "content", " [31m ", {"does not take"}},
      {400, "\x1B[31mred", "content", "", {"[31mred"}},
      {400, "\xFF\xFE", "content", "", {"does not take"}},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

static void survives_size_and_depth(void) {
  enum { SIZE = 200000 };
  struct osmflow_mapflow_refusal refusal;
  char *body = malloc(SIZE);
  if (!body)
    abort();
  for (int letter = 0; letter < 256; letter++) {
    memset(body, letter, SIZE);
    read_exactly(403, body, SIZE, &refusal);
    read_exactly(403, body, 65536, &refusal);
    CU_ASSERT(strlen(refusal.sentence) < sizeof refusal.sentence);
  }
  /* one long text of characters of several bytes is cut between two of them */
  for (size_t i = 0; i + 2 < SIZE; i += 3)
    memcpy(body + i, "\xE2\x82\xAC", 3);
  for (size_t size = 60000; size < 60012; size++)
    read_exactly(400, body, size, &refusal);
  memset(body, '9', SIZE);
  memcpy(body, "{\"code\":\"", 9);
  memcpy(body + 60000, "\"}", 2);
  read_exactly(400, body, 60002, &refusal);
  CU_ASSERT(strlen(refusal.code) < sizeof refusal.code);
  free(body);
}

static void reads_recorded_bodies(void) {
  static const struct body_case cases[] = {
      {400,
       "{\"code\":\"BAD_REQUEST\",\"message\":\"Invalid value for: body (Attempt to decode value on failed cursor at "
       "'wdId')\",\"params\":null}",
       "content",
       "BAD_REQUEST",
       {"does not understand", "'wdId'"}},
      {400,
       "{\"code\":\"BAD_REQUEST\",\"message\":\"You don't have enough limit, please contact admin!\",\"params\":null}",
       "quota",
       "BAD_REQUEST",
       {"not enough", "please contact admin"}},
      {400,
       "{\"code\":\"TOO_LARGE_PROCESSING\",\"message\":\"Processings larger than 2500000 sq.m. are prohibited. Area: "
       "9000000\",\"params\":{\"area\":\"9000000\",\"aoiAreaLimit\":\"2500000\"}}",
       "size",
       "TOO_LARGE_PROCESSING",
       {"9.00 km", "2.50 km"}},
      {400,
       "{\"code\":\"ProviderMinAreaError\",\"params\":{\"aoiArea\":0.5,\"providerName\":\"X\",\"providerMinArea\":25}}",
       "size",
       "ProviderMinAreaError",
       {"provider X", "0.50 km", "25.00 km"}},
      {400,
       "{\"code\":\"BAD_REQUEST\",\"message\":\"Search area 32547955027 sq.m. is larger than 10000000000 sq.m.\"}",
       "size",
       "BAD_REQUEST",
       {"make it smaller", "32547955027"}},
      {401, "Unauthorized", "token", "", {"osmflow login mapflow"}},
      {401, "{\"detail\":\"Not authenticated\"}", "token", "", {"the token is refused"}},
      {403, "Forbidden", "right", "", {"not allowed"}},
      {403, "{\"detail\":\"Forbidden\"}", "right", "", {"not allowed"}},
      {500, "{\"detail\":\"Internal Server Error\"}", "later", "", {"the server failed; try again later"}},
      {403,
       "{\"detail\":{\"code\":\"MemoryLimitExceeded\",\"message\":\"Available disk space remained: 100\","
       "\"parameters\":{\"available_memory\":100,\"memory_requested\":200}}}",
       "quota",
       "MemoryLimitExceeded",
       {"200 bytes were to come, 100 bytes are free"}},
      {403,
       "{\"detail\":{\"code\":\"FileTooBig\",\"parameters\":{\"max_file_size\":10737418240,\"actual_file_size\":"
       "21474836480}}}",
       "size",
       "FileTooBig",
       {"20.00 GiB, while at most 10.00 GiB"}},
      {404,
       "{\"detail\":{\"code\":\"ItemNotFound\",\"parameters\":{\"instance_type\":\"mosaic\",\"uid\":\"6ee95ae6\"}}}",
       "absent",
       "ItemNotFound",
       {"no such mosaic 6ee95ae6"}},
      {409, "{\"detail\":{\"code\":\"DataNotAvailable\"}}", "later", "DataNotAvailable", {"not ready"}},
      {422,
       "{\"detail\":{\"code\":\"FileCheckFailed\",\"parameters\":{\"filename\":\"a.tif\",\"bad_parameters\":[\"crs\","
       "\"transform\"],\"crs\":\"None\",\"transform\":\"None\",\"width\":100,\"height\":100}}}",
       "content",
       "FileCheckFailed",
       {"a.tif", "crs, transform", "100 x 100"}},
      {422,
       "{\"detail\":{\"code\":\"FileValidationFailed\",\"parameters\":{\"filename\":\"b.tif\",\"mosaic_id\":\"6ee9\","
       "\"param_name\":\"count\",\"got_param\":4,\"expected_param\":3}}}",
       "content",
       "FileValidationFailed",
       {"b.tif", "its count is 4, that of the images there is 3"}},
      {422,
       "{\"detail\":[{\"loc\":[\"body\",\"file\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"}]}",
       "content",
       "",
       {"body/file field required"}},
      {418,
       "{\"code\":\"NewCode\",\"message\":\"words\",\"params\":{\"a\":1,\"b\":[\"x\",2]}}",
       "other",
       "NewCode",
       {"words (a: 1, b: x, 2)"}},
      {400,
       "{\"message\":\"no login: token expired, \\\"zoom\\\": 18 = x\"}",
       "content",
       "",
       {"no login: token expired, \"zoom\": 18 = x"}},
      {401, "{\"error\":\"invalid_token\",\"error_description\":\"Token expired\"}", "token", "", {"Token expired"}},
  };
  try_cases(cases, sizeof cases / sizeof cases[0]);
}

static void never_shows_credentials(void) {
  static const char *const bodies[] = {
      "{\"code\":\"X\",\"params\":{\"rasterLogin\":\"hush\",\"raster_password\":\"hush\",\"a\":{\"rasterPassword\":"
      "\"hush\"}}}",
      "{\"code\":\"source-validator.UrlBlacklisted\",\"params\":{\"url\":\"https://u:hush@example.com/\"}}",
      "{\"code\":\"X\",\"message\":\"https://example.com/?access_token=hush\"}",
      "{\"detail\":[{\"rasterPassword\":\"hush\"}]}",
      "{\"message\":\"Got value '{\\\"rasterLogin\\\":\\\"hush\\\",\\\"raster_password\\\" : \\\"hush\\\"}'\"}",
      "{\"message\":\"no place for {'rasterPassword': 'hush', 'zoom': 18}, token=hush&x=1\"}",
      "{\"message\":\"{\\\\\\\"rasterPassword\\\\\\\":\\\\\\\"hush\\\\\\\"}\"}",
      "{\"message\":\"{\\\"rasterPassword\\\":\\\"a, b} \\\\\\\"hush\\\",\\\"zoom\\\":18}\"}",
      "rejected: rasterPassword=hush",
      "rejected: rasterPassword=",
      "rejected: rasterPassword=\"",
      "rasterPassword:\"\"",
      "{\"message\":\"rasterLogin=\\\"hush\"}"};
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    struct osmflow_mapflow_refusal refusal;
    read_exactly(400, bodies[i], strlen(bodies[i]), &refusal);
    if (strstr(refusal.sentence, "hush"))
      UNIT_SAME(refusal.sentence, "", bodies[i]);
  }
}

static void print_messages(const char *json, const char *expected) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, 1 << 20);
  CU_ASSERT_EQUAL_FATAL(osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_tree_feed(tree, json, strlen(json), NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_tree_finish(tree, &top, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_mapflow_messages_print(top, &text, NULL), OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&text), expected, json);
  osmflow_bytes_clear(&text);
  osmflow_tree_free(tree);
}

static void puts_messages_into_words(void) {
  print_messages("[]", "");
  print_messages("null", "");
  print_messages("[null,7,{}]", "; 7; {}");
  print_messages("{\"code\":\"dataloader.NoDataTile\"}",
                 "the data provider has no imagery in the area; take another one");
  print_messages(
      "[{\"code\":\"source-validator.PixelSizeTooLow\",\"parameters\":{\"min_res\":\"0.07\",\"actual_res\":"
      "\"0.0054\"}}]",
      "the pixels of the source are too small for the model: 0.0054 m, while it takes 0.07 m or more; "
      "resample the image, or take a lower zoom");
  print_messages("[{\"code\":\"source-validator.PixelSizeTooLow\"}]",
                 "the pixels of the source are too small for the model; resample the image, or take a lower zoom");
  print_messages(
      "[{\"code\":\"dataloader.TileNotLoaded\",\"parameters\":{\"status\":404}},{\"code\":\"new.thing\","
      "\"parameters\":{\"x\":true}}]",
      "a tile of the source could not be loaded; its server answered 404; new.thing (x: true)");
  print_messages("[{\"code\":\"brand-new.internalError\"}]",
                 "the server failed in the middle of the processing; start it again later, and write to the support of "
                 "Mapflow when it fails again");
  print_messages("[{\"code\":\"source-validator.XYZLinkFormatError\"}]",
                 "an XYZ address needs the placeholders {x}, {y} and {z}");
}

static void names_statuses(void) {
  UNIT_SAME(osmflow_mapflow_status_words(osmflow_text("OK")), "finished", "OK");
  UNIT_SAME(osmflow_mapflow_status_words(osmflow_text("PAUSED")), "PAUSED", "unknown");
  CU_ASSERT_PTR_NOT_NULL(osmflow_mapflow_status_words(osmflow_text(NULL)));
}

OSMFLOW_UNIT_MAIN("mapflow/refusal", UNIT(makes_a_sentence_of_anything), UNIT(survives_size_and_depth),
                  UNIT(reads_recorded_bodies), UNIT(never_shows_credentials), UNIT(puts_messages_into_words),
                  UNIT(names_statuses))
