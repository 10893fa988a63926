/* Tokens as they are pasted. */
#include <stdlib.h>

#include "mapflow/client.h"
#include "net/credentials.h"
#include "unit.h"

#define PAIR "anna@example.com:secret"
#define CODE "YW5uYUBleGFtcGxlLmNvbTpzZWNyZXQ="
#define BARE_CODE "YW5uYUBleGFtcGxlLmNvbTpzZWNyZXQ"
#define WEB "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

struct token_case {
  const char *text;
  enum osmflow_mapflow_scheme scheme;
  const char *token; /* NULL: refused */
  bool is_basic;
};

static const struct token_case cases[] = {
    {"", OSMFLOW_MAPFLOW_AUTO, NULL, false},
    {" \r\n", OSMFLOW_MAPFLOW_AUTO, NULL, false},
    {NULL, OSMFLOW_MAPFLOW_AUTO, NULL, false},
    {"Basic ", OSMFLOW_MAPFLOW_AUTO, "Basic", false}, /* a word is a token as well */
    {"opaque\ttoken\x01", OSMFLOW_MAPFLOW_AUTO, NULL, false},
    {"t\xC3\xB6ken", OSMFLOW_MAPFLOW_AUTO, NULL, false},
    {"not-a-pair", OSMFLOW_MAPFLOW_BASIC, NULL, false},
    {PAIR, OSMFLOW_MAPFLOW_BEARER, NULL, false},
    {PAIR, OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {" " PAIR "\n", OSMFLOW_MAPFLOW_BASIC, CODE, true},
    {CODE, OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {BARE_CODE, OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {"Basic " CODE "\r\n", OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {"basic\t" BARE_CODE, OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {"Authorization: Basic " CODE, OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {"YW5uYUBleGFtcGxl\nLmNvbTpzZWNyZXQ=", OSMFLOW_MAPFLOW_AUTO, CODE, true},
    {WEB, OSMFLOW_MAPFLOW_AUTO, WEB, false},
    {"Bearer " WEB, OSMFLOW_MAPFLOW_AUTO, WEB, false},
    {"Bearer " CODE, OSMFLOW_MAPFLOW_AUTO, CODE, false}, /* as the documentation shows it */
    {CODE, OSMFLOW_MAPFLOW_BEARER, CODE, false},
    {"alice-token", OSMFLOW_MAPFLOW_AUTO, "alice-token", false},
    {"abcde", OSMFLOW_MAPFLOW_AUTO, "abcde", false},
    {"AAEC/w==", OSMFLOW_MAPFLOW_AUTO, "AAEC/w==", false}, /* base64, but of no text */
};

static void reads_what_users_paste(void) {
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {.message = ""};
    char *token = NULL;
    bool is_basic = true;
    const enum osmflow_status status =
        osmflow_mapflow_token_read(cases[i].text, cases[i].scheme, &token, &is_basic, &error);
    if (cases[i].token) {
      UNIT_SAME(status == OSMFLOW_OK ? token : error.message, cases[i].token, cases[i].text);
      CU_ASSERT_EQUAL(is_basic, cases[i].is_basic);
    } else {
      CU_ASSERT_EQUAL(status, OSMFLOW_BAD_ARGUMENT);
      CU_ASSERT_PTR_NULL(token);
      CU_ASSERT_PTR_NULL(strstr(error.message, "secret"));
      CU_ASSERT(!cases[i].text || strlen(cases[i].text) < 4 || !strstr(error.message, cases[i].text));
    }
    osmflow_credentials_wipe(token);
  }
}

static void refuses_what_is_too_long(void) {
  static char text[100000];
  struct osmflow_error error = {.message = ""};
  char *token = NULL;
  bool is_basic = false;
  memset(text, 'A', sizeof text - 1);
  CU_ASSERT_EQUAL(osmflow_mapflow_token_read(text, OSMFLOW_MAPFLOW_AUTO, &token, &is_basic, &error),
                  OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NULL(strstr(error.message, "AAAA"));
}

static void encodes_every_length(void) {
  static const char *const pairs[][2] = {
      {"a:", "YTo="}, {"a:b", "YTpi"}, {"a:bc", "YTpiYw=="}, {"\xC3\xA9:\xC3\xBF", "w6k6w78="}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    char *token = NULL;
    bool is_basic = false;
    CU_ASSERT_EQUAL(osmflow_mapflow_token_read(pairs[i][0], OSMFLOW_MAPFLOW_AUTO, &token, &is_basic, NULL), OSMFLOW_OK);
    UNIT_SAME(token, pairs[i][1], pairs[i][0]);
    CU_ASSERT(is_basic);
    osmflow_credentials_wipe(token);
  }
}

static void reads_schemes(void) {
  static const struct {
    const char *text;
    enum osmflow_status status;
    enum osmflow_mapflow_scheme scheme;
  } schemes[] = {{NULL, OSMFLOW_OK, OSMFLOW_MAPFLOW_AUTO},         {"", OSMFLOW_OK, OSMFLOW_MAPFLOW_AUTO},
                 {"auto", OSMFLOW_OK, OSMFLOW_MAPFLOW_AUTO},       {"Basic", OSMFLOW_OK, OSMFLOW_MAPFLOW_BASIC},
                 {" BEARER ", OSMFLOW_OK, OSMFLOW_MAPFLOW_BEARER}, {"digest", OSMFLOW_BAD_ARGUMENT, 0}};
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    enum osmflow_mapflow_scheme scheme = OSMFLOW_MAPFLOW_AUTO;
    CU_ASSERT_EQUAL(osmflow_mapflow_scheme_parse(schemes[i].text, &scheme, NULL), schemes[i].status);
    CU_ASSERT_EQUAL(scheme, schemes[i].scheme);
  }
}

OSMFLOW_UNIT_MAIN("mapflow/token", UNIT(reads_what_users_paste), UNIT(refuses_what_is_too_long),
                  UNIT(encodes_every_length), UNIT(reads_schemes))
