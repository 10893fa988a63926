#include <stdlib.h>
#include "net/http.h"
#include "net/url.h"

#include "unit.h"

static void shows_no_secret(void) {
  static const struct {
    const char *url, *shown;
    bool hidden;
  } cases[] = {
      {"https://u:p@host/x?token=abc", "https://***@host/x?token=***", true},
      {"https://a@b@host/x", "https://***@host/x", true},
      {"https://host/x?a=1&ACCESS_TOKEN=abc&b=2", "https://host/x?a=1&ACCESS_TOKEN=***&b=2", true},
      {"https://host/x?code=a=b#key=q", "https://host/x?code=***#key=***", true},
      {"https://host/x?X-Amz-Signature=00", "https://host/x?X-Amz-Signature=***", true},
      {"https://host/p?x=a@b&tokens=3", "https://host/p?x=a@b&tokens=3", false},
      {"https://host/token=1?key", "https://host/token=1?key", false},
      {"https://host/a\r\nX: y", "https://host/a??X:?y", false},
      {"", "", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char shown[OSMFLOW_URL_SHOWN_SIZE];
    CU_ASSERT_EQUAL(osmflow_url_show(cases[i].url, shown), cases[i].hidden);
    UNIT_SAME(shown, cases[i].shown, cases[i].url);
  }
}

static void cuts_long_urls(void) {
  char url[5000];
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  memset(url, 'a', sizeof url);
  memcpy(url, "https://h/", 10);
  url[sizeof url - 1] = '\0';
  osmflow_url_show(url, shown);
  CU_ASSERT_EQUAL(strlen(shown), OSMFLOW_URL_SHOWN_SIZE - 1);
  UNIT_SAME(shown + strlen(shown) - 4, "a...", "the end of a long URL");
}

static void knows_this_machine(void) {
  static const struct {
    const char *url;
    bool loopback;
  } cases[] = {{"http://127.0.0.1.evil.org/", false},
               {"http://localhost.evil.org/", false},
               {"http://localhost@evil.org/", false},
               {"http://evil.org/#@localhost", false},
               {"http://128.0.0.1/", false},
               {"http://[::2]/", false},
               {"ftp://localhost/", false},
               {"localhost", false},
               {"", false},
               {"http://evil.org\\@localhost/", true}, /* libcurl takes all before @ for a user and goes to localhost */
               {"http://localhost", true},
               {"http://LOCALHOST:8080/x", true},
               {"http://127.0.0.1:1/x", true},
               {"http://127.255.3.4/", true},
               {"https://[::1]:99/", true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (osmflow_http_is_loopback(cases[i].url) != cases[i].loopback)
      fprintf(stderr, "\nloopback of %s\n", cases[i].url);
    CU_ASSERT_EQUAL(osmflow_http_is_loopback(cases[i].url), cases[i].loopback);
  }
}

static void compares_servers(void) {
  static const struct {
    const char *left, *right;
    bool same;
  } cases[] = {
      {"https://a.org", "https://a.org.evil.net/", false}, {"https://a.org", "https://a.org@evil.net/", false},
      {"https://a.org", "https://sub.a.org/", false},      {"https://a.org", "https://a.org:8443/", false},
      {"https://a.org", "http://a.org/", false},           {"https://a.org", "file:///a.org", false},
      {"https://a.org", "https://A.ORG:443/x", true},      {"http://127.0.0.1:80/api", "http://127.0.0.1/y", true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (osmflow_url_same_origin(cases[i].left, cases[i].right) != cases[i].same)
      fprintf(stderr, "\norigin of %s and %s\n", cases[i].left, cases[i].right);
    CU_ASSERT_EQUAL(osmflow_url_same_origin(cases[i].left, cases[i].right), cases[i].same);
  }
}

static void knows_sources_that_may_hold_a_password(void) {
  static const struct {
    const char *source;
    bool has;
  } cases[] = {{"town.gpkg", false},
               {"OSMAPI:map?bbox=9.5,47.1,9.6,47.2", false},
               {"PG:dbname=x Password=y", true},
               {"MSSQL:server=a;PWD=b", true},
               {"https://me:secret@a.org/x.json", true},
               {"https://a.org/x.json?access_token=1", true}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CU_ASSERT_EQUAL(osmflow_url_has_secret(cases[i].source), cases[i].has);
}

static void reads_roots(void) {
  static const struct {
    const char *text, *root; /* NULL: refused */
  } cases[] = {{NULL, "https://a.org/api"},
               {"", "https://a.org/api"},
               {" http://b.org// ", "http://b.org"},
               {"https://b.org/rest", "https://b.org/rest"},
               {"b.org", NULL},
               {"ftp://b.org", NULL},
               {"https://me@b.org", NULL},
               {"https://b.org?x=1", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *root = NULL;
    struct osmflow_error error = {.message = ""};
    const enum osmflow_status status = osmflow_url_read_root(cases[i].text, "https://a.org/api", &root, &error);
    CU_ASSERT_EQUAL(status, cases[i].root ? OSMFLOW_OK : OSMFLOW_BAD_ARGUMENT);
    UNIT_SAME(root ? root : "none", cases[i].root ? cases[i].root : "none", error.message);
    free(root);
  }
}

OSMFLOW_UNIT_MAIN("net/url", UNIT(knows_sources_that_may_hold_a_password), UNIT(reads_roots), UNIT(shows_no_secret),
                  UNIT(cuts_long_urls), UNIT(knows_this_machine), UNIT(compares_servers))
