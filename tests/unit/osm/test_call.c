#include "osm/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static const char server[] = "https://osm.example";

/* "class URL" of what a connection string is parsed into, or the error's message. */
static void describe(const char *connection, char text[4096]) {
  struct osmflow_call call;
  struct osmflow_error error = {0};
  struct osmflow_bytes url;
  osmflow_call_init(&call);
  osmflow_bytes_init(&url, 1 << 20);
  if (osmflow_call_parse(connection, server, &call, &error) != OSMFLOW_OK)
    snprintf(text, 4096, "%s", error.message);
  else if (call.is_file)
    snprintf(text, 4096, "%s %s", call.call_class->name, call.file);
  else {
    CU_ASSERT(osmflow_call_url(&call, &url, &error) == OSMFLOW_OK);
    snprintf(text, 4096, "%s %s", call.call_class->name, osmflow_bytes_string(&url));
  }
  osmflow_bytes_clear(&url);
  osmflow_call_clear(&call);
}

struct call_case {
  const char *connection, *expected, *why;
};

static void check_cases(const struct call_case *cases, size_t count) {
  char text[4096];
  for (size_t i = 0; i < count; i++) {
    describe(cases[i].connection, text);
    UNIT_SAME(text, cases[i].expected, cases[i].why);
  }
}

#define API "https://osm.example/api/0.6/"

static void knows_every_call(void) {
  static const struct call_case cases[] = {
      {"map?bbox=9.52,47.13,9.53,47.14", "map " API "map?bbox=9.52,47.13,9.53,47.14", "map"},
      {"versions", "versions https://osm.example/api/versions", "versions stand outside of 0.6"},
      {"capabilities", "capabilities " API "capabilities", "the one that is not deprecated"},
      {"api/capabilities", "capabilities https://osm.example/api/capabilities", "the deprecated one, when asked for"},
      {"permissions", "permissions " API "permissions", "permissions"},
      {"changeset/7", "changeset " API "changeset/7?include_discussion=true", "with its discussion unless told not to"},
      {"changeset/7?include_discussion=", "changeset " API "changeset/7?include_discussion=", "told not to"},
      {"changeset/7/download", "changeset/download " API "changeset/7/download", "download"},
      {"changesets?user=5&open=true", "changesets " API "changesets?user=5&open=true", "query"},
      {"node/1", "element " API "node/1", "read"},
      {"way/2/history", "element/history " API "way/2/history", "history"},
      {"relation/3/4", "element/version " API "relation/3/4", "version"},
      {"nodes?nodes=1,2v3", "nodes " API "nodes?nodes=1,2v3", "multi fetch"},
      {"ways?ways=1", "ways " API "ways?ways=1", "multi fetch"},
      {"relations?relations=1", "relations " API "relations?relations=1", "multi fetch"},
      {"node/1/relations", "element/relations " API "node/1/relations", "relations"},
      {"node/1/ways", "element/ways " API "node/1/ways", "ways"},
      {"way/2/full", "element/full " API "way/2/full", "full"},
      {"relation/2/full", "element/full " API "relation/2/full", "full"},
      {"trackpoints?bbox=0,51.5,0.25,51.75&page=1", "trackpoints " API "trackpoints?bbox=0,51.5,0.25,51.75&page=1",
       "trackpoints"},
      {"gpx/9", "gpx " API "gpx/9", "gpx"},
      {"gpx/9/details", "gpx " API "gpx/9/details", "gpx"},
      {"gpx/9/data", "gpx/data " API "gpx/9/data.gpx", "the suffix makes it GPX whatever was uploaded"},
      {"user/gpx_files", "user/gpx_files " API "user/gpx_files", "own traces"},
      {"user/12023", "user " API "user/12023", "user"},
      {"users?users=1,2", "users " API "users?users=1,2", "users"},
      {"user/details", "user/details " API "user/details", "own details"},
      {"user/preferences", "user/preferences " API "user/preferences", "preferences"},
      {"user/preferences/josm.key", "user/preference " API "user/preferences/josm.key", "one preference"},
      {"notes?bbox=1,2,3,4&closed=-1", "notes " API "notes?bbox=1,2,3,4&closed=-1", "notes"},
      {"notes/5", "note " API "notes/5", "note"},
      {"notes/search?q=spam&limit=20", "notes/search " API "notes/search?q=spam&limit=20", "search"},
      {"notes/feed?bbox=1,2,3,4", "notes/feed " API "notes/feed?bbox=1,2,3,4", "feed"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
  size_t count;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    bool is_covered = false;
    for (size_t j = 0; j < sizeof cases / sizeof cases[0]; j++) {
      size_t size = strlen(classes[i].name);
      is_covered =
          is_covered || (strncmp(cases[j].expected, classes[i].name, size) == 0 && cases[j].expected[size] == ' ');
    }
    CU_ASSERT(is_covered);
    CU_ASSERT_PTR_NOT_NULL(osmflow_call_class(classes[i].name));
  }
  CU_ASSERT_PTR_NULL(osmflow_call_class("no such call"));
}

static void understands_every_way_of_writing_a_call(void) {
  static const struct call_case cases[] = {
      {"9.52,47.13,9.53,47.14", "map " API "map?bbox=9.52,47.13,9.53,47.14", "a bare bbox is the map"},
      {" 9.52, 47.13, 9.53, 47.140 ", "map " API "map?bbox=9.52,47.13,9.53,47.14", "blanks and zeros"},
      {"9.52%2C47.13%2C9.53%2C47.14", "map " API "map?bbox=9.52,47.13,9.53,47.14", "encoded commas"},
      {"-1e1,-2,3,4", "map " API "map?bbox=-10,-2,3,4", "exponents"},
      {"map?bbox=9.52%2c47.13%2c9.53%2c47.14", "map " API "map?bbox=9.52,47.13,9.53,47.14", "encoded commas"},
      {"/api/0.6/way/5/full/", "element/full " API "way/5/full", "slashes and roots around a path"},
      {"0.6/way/5", "element " API "way/5", "version in front"},
      {"map.json?bbox=1,2,3,4", "map " API "map.json?bbox=1,2,3,4", "the user's own form"},
      {"map.xml?bbox=1,2,3,4", "map " API "map?bbox=1,2,3,4", "XML comes anyway"},
      {"node/5.json", "element " API "node/5.json", "the user's own form"},
      {"notes/5.rss", "note " API "notes/5", "a note is the same in each form"},
      {"gpx/9/data.gpx", "gpx/data " API "gpx/9/data.gpx", "not twice"},
      {"http://localhost:3000/api/0.6/map?bbox=1,2,3,4", "map http://localhost:3000/api/0.6/map?bbox=1,2,3,4",
       "full URL"},
      {"http://localhost:3000/map?bbox=1,2,3,4", "map http://localhost:3000/api/0.6/map?bbox=1,2,3,4",
       "full URL without api"},
      {"https://host/osm/api/versions", "versions https://host/osm/api/versions", "a root with a path"},
      {"https://host/osm/way/5/full", "element/full https://host/osm/api/0.6/way/5/full", "a root with a path"},
      {"https://host/api/capabilities", "capabilities https://host/api/capabilities", "unversioned"},
      {"https://www.openstreetmap.org/node/123#map=19/47.1/9.5",
       "element https://www.openstreetmap.org/api/0.6/node/123", "the address bar of the web site"},
      {"notes/search?q=caf\xc3\xa9 bar #tag&display_name=a+b",
       "notes/search " API "notes/search?q=caf%C3%A9%20bar%20%23tag&display_name=a%20b", "what must be encoded is"},
      {"notes/search?q=100%25+50%", "notes/search " API "notes/search?q=100%25%2050%25", "a lone percent sign"},
      {"user/preferences/a key", "user/preference " API "user/preferences/a%20key", "keys too"},
      {"user/preferences/a%2Fb", "user/preference " API "user/preferences/a%2Fb", "an encoded slash stays one"},
      {"user/preferences/x.json", "user/preference " API "user/preferences/x.json", "a key may look like a suffix"},
      {"changesets?time=2024-01-01T00:00:00+01:00", "changesets " API "changesets?time=2024-01-01T00:00:00%2B01:00",
       "the plus of a time zone is no blank"},
      {"nodes?nodes=3, 1,2,3,1v2", "nodes/versions " API "nodes?nodes=1,1v2,2,3",
       "sorted, without doubles; one id in two versions needs a layer of versions"},
      {"nodes?nodes=3,3", "nodes " API "nodes?nodes=3", "doubles are no versions"},
      {"changesets?&user=5&", "changesets " API "changesets?user=5", "stray separators"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
}

static void tells_files_from_calls(void) {
  static const struct call_case cases[] = {
      {"data/town.osm", "file data/town.osm", "by its ending"},
      {"/tmp/Town.OSM.GZ", "file /tmp/Town.OSM.GZ", "by its ending"},
      {"edits.osc", "file/changes edits.osc", "osmChange"},
      {"edits.osc.gz", "file/changes edits.osc.gz", "osmChange"},
      {"overpass.json", "file overpass.json", "JSON"},
      {"9.5,47.1.osm", "file 9.5,47.1.osm", "numbers in a name"},
      {"/vsizip/town.zip/town", "file /vsizip/town.zip/town", "GDAL's own paths"},
      {"/vsicurl/https://x.example/a.osm", "file /vsicurl/https://x.example/a.osm", "GDAL's own paths"},
      {"x.osm.pbf",
       "\"x.osm.pbf\" cannot be read here: PBF files are read by GDAL's own OSM driver: open it without the prefix "
       "OSMAPI:",
       "PBF"},
      {"x.osm.bz2",
       "\"x.osm.bz2\" cannot be read here: it is packed with bzip2; unpack it first (bunzip2), or pack it with gzip",
       "bzip2"},
      {"https://x.example/a.osm",
       "this URL is a file and no call of the OSM API; read it as OSMAPI:/vsicurl/https://x.example/a.osm",
       "a file on a web server"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
  char name[] = "/tmp/osmflow_test_call_XXXXXX", text[4096], expected[64];
  int file = mkstemp(name);
  CU_ASSERT_FATAL(file >= 0);
  describe(name, text);
  snprintf(expected, sizeof expected, "file %s", name);
  UNIT_SAME(text, expected, "a file without an ending is found by looking");
  CU_ASSERT(remove(name) == 0);
  describe(name, text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "neither a file nor a call"));
}

static void says_what_is_wrong(void) {
  static const struct call_case cases[] = {
      {"mpa?bbox=1,2,3,4", "\"mpa\" is neither a file nor a call of the OSM API v0.6; did you mean \"map\"?",
       "typing error"},
      {"wya/5/ful", "\"wya/5/ful\" is neither a file nor a call of the OSM API v0.6; did you mean \"way/5/full\"?",
       "typing errors, numbers are kept"},
      {"user/detials",
       "\"user/detials\" is neither a file nor a call of the OSM API v0.6; did you mean \"user/details\" or "
       "\"user/#id\"?",
       "a word where a number could be"},
      {"way/abc/full",
       "\"abc\" in \"way/abc/full\" is not a number that an id or a version can be (whole, above 0); the form is "
       "[way|relation]/#id/full",
       "not a number"},
      {"node/-5",
       "\"-5\" in \"node/-5\" is not a number that an id or a version can be (whole, above 0); the form is "
       "[node|way|relation]/#id",
       "negative"},
      {"node/99999999999999999999",
       "\"99999999999999999999\" in \"node/99999999999999999999\" is not a number that an id or a version can be "
       "(whole, above 0); the form is [node|way|relation]/#id",
       "beyond 64 bits"},
      {"changeset/7/upload",
       "\"changeset/7/upload\" is a call that writes (POST), so it is not a dataset; use: osmflow api osm POST "
       "changeset/7/upload",
       "writing calls"},
      {"map",
       "map needs the parameter bbox: write map?bbox=min_lon,min_lat,max_lon,max_lat in degrees, for example "
       "bbox=9.52,47.13,9.53,47.14",
       "missing"},
      {"map?9,5,3,4",
       "\"9,5,3,4\" in map has no name; write bbox=min_lon,min_lat,max_lon,max_lat in degrees, for example "
       "bbox=9.52,47.13,9.53,47.14",
       "nameless"},
      {"map?box=1,2,3,4", "map has no parameter \"box\"; did you mean \"bbox\"? (it takes: bbox!; ! = needed)",
       "unknown"},
      {"node/5?x=1", "[node|way|relation]/#id takes no parameters, but \"x\" was given", "takes none"},
      {"map?bbox=1,2,3,4&bbox=1,2,3,4", "bbox was given twice", "twice"},
      {"nodes?nodes=1,2x",
       "the form is nodes=1,2,3v2 (ids; v2: that version), but \"2x\" is not an id (nor an id with a version)",
       "not an id"},
      {"nodes?nodes=1v0",
       "the form is nodes=1,2,3v2 (ids; v2: that version), but \"1v0\" is not an id (nor an id with a version)",
       "versions begin at 1"},
      {"nodes?nodes=",
       "the form is nodes=1,2,3v2 (ids; v2: that version), but \"\" is not an id (nor an id with a version)", "empty"},
      {"users?users=1v2", "the form is users=1,2,3 (numbers of users), but \"1v2\" is not an id",
       "users have no versions"},
      {"changesets?limit=1000001", "limit must be a whole number from 1 to 1000000, not \"1000001\"", "out of range"},
      {"notes?bbox=1,2,3,4&limit=0", "limit must be a whole number from 1 to 10000, not \"0\"", "out of range"},
      {"changesets?open=false", "open: \"false\" is not what it can be; the form is open=true",
       "the server would read it as true"},
      {"changesets?order=up", "order: \"up\" is not what it can be; the form is order=newest or order=oldest",
       "choice"},
      {"changesets?user=fred",
       "user: \"fred\" is not what it can be; the form is user=123 (the number of a user; a name goes into "
       "display_name=)",
       "a name"},
      {"changesets?from=yesterday", "from: \"yesterday\" is not what it can be; the form is from=2024-01-31T00:00:00Z",
       "time"},
      {"changesets?user=1&display_name=x",
       "changesets: user does not go together with display_name=: they say the same thing in two ways", "both"},
      {"changesets?to=2024-01-01", "changesets: to needs from=: alone it has no effect", "half a range"},
      {"changesets?order=oldest&time=2024-01-01",
       "changesets: order=oldest does not go together with time=: the API refuses that; use from= and to= instead of "
       "time=",
       "refused by the server"},
      {"changeset/7/download.json", "changeset/#id/download has no form \".json\"; leave it out", "XML only"},
      {"gpx/9/data.xml", "gpx/#id/data has no form \".xml\"; leave it out", "undocumented form"},
      {"notes/search?q=%FF", "the value of q is not UTF-8 text", "not UTF-8"},
      {"notes/search?q=%00", "the value of q is not UTF-8 text", "NUL"},
      {"http://localhost:3000/",
       "the URL names a server but no call; add one, for example "
       "http://localhost:3000/api/0.6/map?bbox=9.52,47.13,9.53,47.14",
       "no call"},
      {"http:///map?bbox=1,2,3,4", "the URL names no server", "no host"},
      {"",
       "the connection string is empty; after OSMAPI: stands a call of the OSM API, for example "
       "OSMAPI:map?bbox=9.52,47.13,9.53,47.14, or the name of an .osm file",
       "empty"},
      {"node/5\n", "element " API "node/5", "a line end that came along is no error"},
      {"node/5\nx", "the connection string holds a control character (byte 7)", "control character"},
      {"node/\xff", "the connection string is not UTF-8 text", "not UTF-8"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
}

static void says_which_number_of_a_bbox_is_wrong(void) {
  static const struct {
    const char *connection, *expected;
  } cases[] = {
      {"9,52,47,13,9,53,47,14", "decimals with a point"},
      {"map?bbox=9,52,47,13,9,53,47,14", "decimals with a point"},
      {"9.53,47.13,9.52,47.14", "min_lon is larger than max_lon"},
      {"47.13,9.52,147.14,91", "max_lat is 91"},
      {"181,0,182,1", "min_lon is 181"},
      {"map?bbox=a,0,1,1", "not a number"},
      {"1,2,3", "too few"},
      {"9.5;47.1;9.6;47.2", "bbox"},
      {"9,52;47,13;9,53;47,14", "bbox"},
  };
  char text[4096];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    describe(cases[i].connection, text);
    if (!strstr(text, cases[i].expected))
      fprintf(stderr, "\n%s: got [%s]\n", cases[i].connection, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].expected));
  }
}

static void lists_all_calls_when_nothing_is_near(void) {
  char text[4096];
  describe("interpreter?data=x", text);
  CU_ASSERT_PTR_NOT_NULL(
      strstr(text, "\"interpreter\" is neither a file nor a call of the OSM API v0.6. The calls are: map"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "notes/feed"));
}

static void never_shows_a_password(void) {
  char text[4096];
  describe("https://fred:secret@host/api/0.6/map?bbox=1,2,3,4", text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "OSMAPI_TOKEN"));
  CU_ASSERT_PTR_NULL(strstr(text, "secret"));
  describe("map?bbox=1,2,3,4&access_token=secret", text);
  CU_ASSERT_PTR_NULL(strstr(text, "secret"));
}

static void takes_the_server_from_the_option(void) {
  static const struct {
    const char *root, *expected;
  } cases[] = {
      {NULL, "https://api.openstreetmap.org"},
      {"", "https://api.openstreetmap.org"},
      {"http://localhost:3000/", "http://localhost:3000"},
      {"http://localhost:3000/api/0.6/", "http://localhost:3000"},
      {"https://host/osm/api", "https://host/osm"},
      {"localhost:3000", "the server's URL (OSMAPI_URL) must begin with https:// or http://"},
      {"https://host/?x", "the server's URL (OSMAPI_URL) must be its root only, like https://api.openstreetmap.org"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_call call;
    struct osmflow_error error = {0};
    osmflow_call_init(&call);
    enum osmflow_status status = osmflow_call_parse("permissions", cases[i].root, &call, &error);
    UNIT_SAME(status == OSMFLOW_OK ? call.root : error.message, cases[i].expected, "root");
    osmflow_call_clear(&call);
  }
}

static void a_copy_asks_the_same_and_is_independent(void) {
  static const char *const connections[] = {"changesets?user=5", "map?bbox=9,47,9.1,47.1", "way/5/full", "town.osm"};
  for (size_t i = 0; i < sizeof connections / sizeof connections[0]; i++) {
    struct osmflow_call call, copy;
    struct osmflow_error error = {0};
    char expected[64];
    osmflow_call_init(&call);
    osmflow_call_init(&copy);
    CU_ASSERT_EQUAL(osmflow_call_parse(connections[i], "https://x.example", &call, &error), OSMFLOW_OK);
    snprintf(expected, sizeof expected, "%s?%s %s", call.path ? call.path : "", call.query ? call.query : "",
             call.file ? call.file : "");
    CU_ASSERT_EQUAL(osmflow_call_copy(&call, &copy, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_call_copy(&call, &copy, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_call_set_parameter(&call, "page", osmflow_text("7"), &error), OSMFLOW_OK);
    osmflow_call_clear(&call);
    char got[64];
    snprintf(got, sizeof got, "%s?%s %s", copy.path ? copy.path : "", copy.query ? copy.query : "",
             copy.file ? copy.file : "");
    UNIT_SAME(got, expected, connections[i]);
    CU_ASSERT_EQUAL(copy.has_bbox, i == 1);
    osmflow_call_clear(&copy);
  }
}

static void keeps_numbers_and_parameters(void) {
  struct osmflow_call call;
  struct osmflow_error error;
  struct osmflow_bytes value;
  osmflow_call_init(&call);
  osmflow_bytes_init(&value, 1000);
  CU_ASSERT(osmflow_call_parse("relation/5/7", server, &call, &error) == OSMFLOW_OK);
  CU_ASSERT(call.type == OSMFLOW_RELATION && call.id == 5 && call.version == 7 && !call.has_bbox);
  CU_ASSERT(osmflow_call_parse("ways?ways=5", server, &call, &error) == OSMFLOW_OK);
  CU_ASSERT(call.type == OSMFLOW_WAY && call.id == 0);
  CU_ASSERT(osmflow_call_parse("notes/search?q=a%20b%26c&bbox=1,2,3,4", server, &call, &error) == OSMFLOW_OK);
  CU_ASSERT(call.has_bbox && call.bbox.min_lon == 10000000 && call.bbox.max_lat == 40000000);
  CU_ASSERT(osmflow_call_parameter(&call, "q", &value));
  UNIT_SAME(osmflow_bytes_string(&value), "a b&c", "decoded");
  CU_ASSERT_FALSE(osmflow_call_parameter(&call, "limit", &value));
  CU_ASSERT(osmflow_call_set_parameter(&call, "q", osmflow_text("x&y=\xc3\xa4"), &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_call_set_parameter(&call, "bbox", osmflow_text("5,6,7,8"), &error) == OSMFLOW_OK);
  UNIT_SAME(call.query, "q=x%26y%3D%C3%A4&bbox=5,6,7,8", "replaced and encoded");
  CU_ASSERT(call.bbox.min_lon == 50000000);
  CU_ASSERT(osmflow_call_set_parameter(&call, "bbox", osmflow_text("5,6"), &error) == OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT(osmflow_call_parse("map?bbox=1", server, &call, &error) == OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT(call.path == NULL && call.call_class == NULL);
  osmflow_bytes_clear(&value);
  osmflow_call_clear(&call);
}

static void refuses_huge_connections(void) {
  enum { SIZE = (1 << 20) + 1 };
  static char text[SIZE + 1];
  struct osmflow_call call;
  struct osmflow_error error;
  memset(text, '1', SIZE);
  text[SIZE] = '\0';
  osmflow_call_init(&call);
  CU_ASSERT(osmflow_call_parse(text, server, &call, &error) == OSMFLOW_TOO_LARGE);
  memset(text, '/', SIZE - 1);
  text[SIZE - 1] = '\0';
  CU_ASSERT(osmflow_call_parse(text, server, &call, NULL) == OSMFLOW_NOT_FOUND);
  osmflow_call_clear(&call);
}

OSMFLOW_UNIT_MAIN("osm/call", UNIT(says_what_is_wrong), UNIT(says_which_number_of_a_bbox_is_wrong),
                  UNIT(lists_all_calls_when_nothing_is_near), UNIT(never_shows_a_password),
                  UNIT(refuses_huge_connections), UNIT(knows_every_call), UNIT(understands_every_way_of_writing_a_call),
                  UNIT(tells_files_from_calls), UNIT(takes_the_server_from_the_option),
                  UNIT(a_copy_asks_the_same_and_is_independent), UNIT(keeps_numbers_and_parameters))
