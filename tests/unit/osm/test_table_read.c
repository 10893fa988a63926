#include "osm/table_read.h"

#include "table_unit.h"
#include "unit.h"

enum { SHOWN_SIZE = 1 << 22 };

static enum osmflow_status read_call(const char *call, const char *document, struct osmflow_table *table,
                                     struct osmflow_error *error) {
  return osmflow_table_read(osmflow_call_class(call), osmflow_text("the key"), osmflow_text(document), table, error);
}

/* Reads a document and compares one layer's rows. */
static void expect_rows(const char *call, const char *document, size_t layer, const char *expected) {
  struct osmflow_error error = {0};
  struct osmflow_table table;
  struct osmflow_bytes shown;
  osmflow_bytes_init(&shown, SHOWN_SIZE);
  osmflow_table_init(&table);
  const enum osmflow_status status = read_call(call, document, &table, &error);
  CU_ASSERT_EQUAL(status, OSMFLOW_OK);
  if (status == OSMFLOW_OK) {
    show_layer(&shown, &table.layers[layer]);
    UNIT_SAME(osmflow_bytes_string(&shown), expected, call);
  } else {
    fprintf(stderr, "\n%s: %s\n", call, error.message);
  }
  osmflow_bytes_clear(&shown);
  osmflow_table_clear(&table);
}

static const char changeset_xml[] =
    "<osm version=\"0.6\">\n <changeset id=\"10\" created_at=\"2008-11-08T19:07:39+01:00\" open=\"true\" user=\"fred\" "
    "uid=\"123\" min_lon=\"7.0191821\" min_lat=\"49.2785426\" max_lon=\"7.0197485\" max_lat=\"49.2793101\" "
    "comments_count=\"2\" changes_count=\"10\">\n  <tag k=\"created_by\" v=\"JOSM 1.61\"/>\n  <tag k=\"comment\" "
    "v=\"Just &quot;adding&quot;\"/>\n  <discussion>\n   <comment id=\"1234\" date=\"2015-01-01T18:56:48Z\" "
    "uid=\"1841\" user=\"metaodi\">\n    <text>Did you verify?</text>\n   </comment>\n   <comment id=\"5678\" "
    "date=\"2015-01-01T18:58:03Z\">\n    <text>sure!</text>\n   </comment>\n  </discussion>\n </changeset>\n</osm>\n";

static const char changeset_json[] =
    "{\"version\":\"0.6\",\"changeset\":{\"id\":10,\"created_at\":\"2008-11-08T18:07:39Z\",\"open\":true,"
    "\"comments_count\":2,\"changes_count\":10,\"min_lat\":49.2785426,\"min_lon\":7.0191821,\"max_lat\":49.2793101,"
    "\"max_lon\":7.0197485,\"uid\":123,\"user\":\"fred\",\"tags\":{\"created_by\":\"JOSM 1.61\",\"comment\":\"Just "
    "\\\"adding\\\"\"},\"comments\":[{\"id\":1234,\"date\":\"2015-01-01T18:56:48Z\",\"uid\":1841,"
    "\"user\":\"metaodi\",\"text\":\"Did you verify?\"},{\"id\":5678,\"date\":\"2015-01-01T18:58:03Z\","
    "\"text\":\"sure!\"}]}}";

static void reads_a_changeset_alike_from_xml_and_json(void) {
  static const char changeset[] =
      "10|10|2008-11-08T18:07:39Z|-|1|fred|123|2|10|Just \"adding\"|JOSM 1.61|-|{\"created_by\":\"JOSM "
      "1.61\",\"comment\":\"Just \\\"adding\\\"\"}|[{\"id\":1234,\"date\":\"2015-01-01T18:56:48Z\",\"uid\":1841,"
      "\"user\":\"metaodi\",\"text\":\"Did you verify?\"},{\"id\":5678,\"date\":\"2015-01-01T18:58:03Z\","
      "\"text\":\"sure!\"}] (7.01918 49.2785,7.01975 49.2785,7.01975 49.2793,7.01918 49.2793,7.01918 49.2785)\n";
  static const char comments[] =
      "1234|10|1234|2015-01-01T18:56:48Z|1841|metaodi|-|Did you verify?\n"
      "5678|10|5678|2015-01-01T18:58:03Z|-|-|-|sure!\n";
  expect_rows("changeset", changeset_xml, 0, changeset);
  expect_rows("changeset", changeset_json, 0, changeset);
  expect_rows("changeset", changeset_xml, 1, comments);
  expect_rows("changeset", changeset_json, 1, comments);
}

static void gives_changesets_without_bbox_no_geometry(void) {
  static const char expected[] =
      "5|5|2005-05-01T16:09:37Z|2005-05-01T17:16:44Z|0|-|-|0|0|-|-|-|{}\n"
      "6|6|2005-05-01T16:09:37Z|-|1|x|7|-|-|-|-|survey|{\"source\":\"survey\"}\n";
  expect_rows("changesets",
              "<osm><changeset id='5' created_at='2005-05-01T16:09:37Z' closed_at='2005-05-01T17:16:44Z' open='false' "
              "comments_count='0' changes_count='0'/><changeset id='6' created_at='2005-05-01T16:09:37Z' open='true' "
              "user='x' uid='7'><tag k='source' v='survey'/></changeset></osm>",
              0, expected);
  expect_rows("changesets",
              "{\"changesets\":[{\"id\":5,\"created_at\":\"2005-05-01T16:09:37Z\",\"closed_at\":\"2005-05-01T17:16:44Z"
              "\",\"open\":false,\"comments_count\":0,\"changes_count\":0},{\"id\":6,\"created_at\":\"2005-05-01T16:09:"
              "37Z\",\"open\":true,\"user\":\"x\",\"uid\":7,\"tags\":{\"source\":\"survey\"}}]}",
              0, expected);
  expect_rows("changesets", "<osm/>", 0, "");
  expect_rows("changesets", "{\"changesets\":[]}", 0, "");
}

static void leaves_out_an_object_that_comes_twice(void) {
  expect_rows("user/gpx_files", "<osm><gpx_file id='3' name='a'/><gpx_file id='3' name='b'/><gpx_file id='4'/></osm>",
              0, "3|3|a|-|-|-|-|-|-|[]\n4|4|-|-|-|-|-|-|-|[]\n");
}

static const char notes_xml[] =
    "<osm version=\"0.6\"><note lon=\"0.1000000\" lat=\"51.0000000\"><id>16659</id>"
    "<url>https://x/notes/16659</url><date_created>2019-06-15 08:26:04 UTC</date_created><status>closed</status>"
    "<date_closed>2019-06-16 00:00:00 UTC</date_closed><comments><comment><date>2019-06-15 08:26:04 UTC</date>"
    "<uid>1234</uid><user>userName</user><action>opened</action><text>This &amp; that</text>"
    "<html>&lt;p&gt;x&lt;/p&gt;</html></comment><comment><date>2019-06-16 00:00:00 UTC</date>"
    "<action>closed</action><text></text><html></html></comment></comments></note></osm>";
static const char notes_json[] =
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\","
    "\"coordinates\":[0.1000000,51.0000000]},\"properties\":{\"id\":16659,\"url\":\"https://x/notes/16659\","
    "\"date_created\":\"2019-06-15 08:26:04 UTC\",\"status\":\"closed\",\"closed_at\":\"2019-06-16 00:00:00 UTC\","
    "\"comments\":[{\"date\":\"2019-06-15 08:26:04 UTC\",\"uid\":1234,\"user\":\"userName\",\"action\":\"opened\","
    "\"text\":\"This & that\",\"html\":\"<p>x</p>\"},{\"date\":\"2019-06-16 00:00:00 UTC\",\"action\":\"closed\","
    "\"text\":\"\",\"html\":\"\"}]}}]}";

static void reads_notes_alike_from_xml_and_json(void) {
  static const char notes[] =
      "16659|16659|closed|2019-06-15T08:26:04Z|2019-06-16T00:00:00Z|https://x/notes/16659|This & that|userName|1234|2|"
      "[{\"number\":1,\"date\":\"2019-06-15T08:26:04Z\",\"uid\":1234,\"user\":\"userName\",\"action\":\"opened\","
      "\"text\":\"This & that\",\"html\":\"<p>x</p>\"},{\"number\":2,\"date\":\"2019-06-16T00:00:00Z\","
      "\"action\":\"closed\",\"text\":\"\",\"html\":\"\"}] (0.1 51)\n";
  static const char comments[] =
      "0|16659|1|2019-06-15T08:26:04Z|1234|userName|opened|This & that|<p>x</p> (0.1 51)\n"
      "1|16659|2|2019-06-16T00:00:00Z|-|-|closed|| (0.1 51)\n";
  static const char *const calls[] = {"notes", "notes/search"};
  for (size_t i = 0; i < 2; i++) {
    expect_rows(calls[i], notes_xml, 0, notes);
    expect_rows(calls[i], notes_json, 0, notes);
    expect_rows(calls[i], notes_xml, 1, comments);
    expect_rows(calls[i], notes_json, 1, comments);
  }
  expect_rows("note", notes_xml, 0, notes);
  expect_rows("note",
              "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[-0.5,51]},"
              "\"properties\":{\"id\":7,\"status\":\"open\",\"comments\":[]}}",
              0, "7|7|open|-|-|-|-|-|-|0|[] (-0.5 51)\n");
  expect_rows("notes", "{\"type\":\"FeatureCollection\",\"features\":[]}", 0, "");
}

static void reads_the_feed_of_notes(void) {
  expect_rows("notes/feed",
              "<?xml version='1.0'?><rss version='2.0' xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#'><channel>"
              "<title>OpenStreetMap Notes</title><item><title>opened note (near x)</title><link>https://x/note/1#c2"
              "</link><guid>https://x/note/1#c2</guid><description>a &lt;b&gt;</description><dc:creator>fred"
              "</dc:creator><pubDate>Sat, 15 Jun 2019 08:26:04 +0000</pubDate><geo:lat>51.5</geo:lat>"
              "<geo:long>0.1</geo:long><georss:point>51.5 0.1</georss:point></item>"
              "<item><title>t</title><pubDate>1 Feb 2020 00:00:01 GMT</pubDate><georss:point>-10 20.5</georss:point>"
              "</item><item/></channel></rss>",
              0,
              "0|opened note (near x)|https://x/note/1#c2|https://x/note/1#c2|fred|a <b>|2019-06-15T08:26:04Z (0.1 "
              "51.5)\n1|t|-|-|-|-|2020-02-01T00:00:01Z (20.5 -10)\n2|-|-|-|-|-|-\n");
}

static void reads_users_alike_from_xml_and_json(void) {
  static const char expected[] =
      "1234|1234|Max|2006-07-21T19:28:26Z|About me|1|1|https://x/y.jpg|[\"moderator\"]|4182|513|0|1|68|45|3|[\"de-DE\","
      "\"de\"]|1|0|2 (8.89286 49.4734)\n";
  expect_rows(
      "user/details",
      "<osm><user display_name='Max' account_created='2006-07-21T19:28:26Z' id='1234'><contributor-terms agreed='true' "
      "pd='true'/><img href='https://x/y.jpg'/><roles><moderator/></roles><changesets count='4182'/><traces "
      "count='513'/><blocks><received count='0' active='1'/><issued count='68' active='45'/></blocks><home "
      "lat='49.4733718952806' lon='8.89285988577866' zoom='3'/><description>About me</description><languages>\n "
      "<lang>de-DE</lang>\n <lang>de</lang></languages><messages><received count='1' unread='0'/><sent "
      "count='2'/></messages></user></osm>",
      0, expected);
  expect_rows(
      "user/details",
      "{\"user\":{\"id\":1234,\"display_name\":\"Max\",\"account_created\":\"2006-07-21T19:28:26Z\",\"description\":"
      "\"About me\",\"contributor_terms\":{\"agreed\":true,\"pd\":true},\"img\":{\"href\":\"https://x/y.jpg\"},"
      "\"roles\":[\"moderator\"],\"changesets\":{\"count\":4182},\"traces\":{\"count\":513},\"blocks\":{\"received\":"
      "{\"count\":0,\"active\":1},\"issued\":{\"count\":68,\"active\":45}},\"home\":{\"lat\":49.4733718952806,\"lon\":"
      "8.89285988577866,\"zoom\":3},\"languages\":[\"de-DE\",\"de\"],\"messages\":{\"received\":{\"count\":1,"
      "\"unread\":0},\"sent\":{\"count\":2}}}}",
      0, expected);
  expect_rows("users", "{\"users\":[{\"user\":{\"id\":1,\"display_name\":\"a\",\"roles\":[]}},{\"user\":{\"id\":2}}]}",
              0, "1|1|a|-|-|-|-|-|[]|-|-|-|-|-|-|-|-|-|-|-\n2|2|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-\n");
  expect_rows("users", "<osm><user id='1'/><user id='2'/></osm>", 0,
              "1|1|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-\n2|2|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-\n");
  expect_rows("user", "", 0, "");
  expect_rows("users", "{\"users\":[]}", 0, "");
}

static void reads_preferences(void) {
  static const char expected[] = "5412759489261850|some key|some value\n5720610652376369|error|\n";
  expect_rows("user/preferences",
              "<osm><preferences><preference k='some key' v='some value'/><preference k='error' v=''/></preferences>"
              "</osm>",
              0, expected);
  expect_rows("user/preferences", "{\"preferences\":{\"some key\":\"some value\",\"error\":\"\"}}", 0, expected);
  expect_rows("user/preferences", "<osm><preferences/></osm>", 0, "");
  expect_rows("user/preference", "true\n{<not a document>", 0, "2298345483949043|the key|true\n{<not a document>\n");
  expect_rows("user/preference", "", 0, "2298345483949043|the key|\n");
}

static void tells_of_every_permission_whether_it_is_granted(void) {
  static const char expected[] =
      "0|allow_write_api|1|modify the map\n1|allow_something_new|1|-\n2|allow_read_prefs|0|read user preferences\n"
      "3|allow_write_prefs|0|modify user preferences\n"
      "4|allow_write_diary|0|create diary entries, comments and make friends\n"
      "5|allow_write_redactions|0|redact element versions\n6|allow_read_gpx|0|read private GPS traces\n"
      "7|allow_write_gpx|0|upload GPS traces\n8|allow_write_notes|0|modify notes\n";
  expect_rows("permissions",
              "<osm><permissions><permission name='allow_write_api'/><permission name='allow_something_new'/>"
              "</permissions></osm>",
              0, expected);
  expect_rows("permissions", "{\"permissions\":[\"allow_write_api\",\"allow_something_new\"]}", 0, expected);
}

static void shows_capabilities_as_names_and_values(void) {
  static const char values[] =
      "0|area.maximum|0.25|square degrees|largest area of one map call\n"
      "1|status.api|online|-|online, readonly or offline: reading and writing map data\n2|new.thing|1|-|-\n";
  static const char blacklist[] = "0|.*\\.google\n1|.*x\n";
  static const char xml[] =
      "<osm><api><area maximum='0.25'/><status api='online'/><new thing='1'/></api><policy><imagery><blacklist "
      "regex='.*\\.google'/><blacklist regex='.*x'/></imagery></policy></osm>";
  static const char json[] =
      "{\"api\":{\"area\":{\"maximum\":0.25},\"status\":{\"api\":\"online\"},\"new\":{\"thing\":1}},\"policy\":{"
      "\"imagery\":{\"blacklist\":[{\"regex\":\".*\\\\.google\"},{\"regex\":\".*x\"}]}}}";
  expect_rows("capabilities", xml, 0, values);
  expect_rows("capabilities", json, 0, values);
  expect_rows("capabilities", xml, 1, blacklist);
  expect_rows("capabilities", json, 1, blacklist);
}

static void reads_versions_and_gpx_files(void) {
  expect_rows("versions", "<osm><api><version>0.6</version><version>0.7</version></api></osm>", 0, "0|0.6\n1|0.7\n");
  expect_rows("versions", "{\"version\":\"0.6\",\"api\":{\"versions\":[\"0.6\"]}}", 0, "0|0.6\n");
  expect_rows("gpx",
              "<osm><gpx_file id='836619' name='track.gpx' lat='52.0194' lon='8.51807' uid='1234' user='H' "
              "visibility='public' pending='false' timestamp='2010-10-09T09:24:19Z'><description>PHP upload test"
              "</description><tag>test</tag><tag>php</tag></gpx_file></osm>",
              0,
              "836619|836619|track.gpx|1234|H|public|0|2010-10-09T09:24:19Z|PHP upload test|[\"test\",\"php\"] "
              "(8.51807 52.0194)\n");
}

static void refuses_what_was_not_asked_for(void) {
  static const struct {
    const char *call, *document, *says;
  } cases[] = {
      {"changeset", "", "the answer is empty"},
      {"changeset", "   \n", "the answer is empty"},
      {"changeset", "Bad Gateway", "neither XML nor JSON: \"Bad Gateway\""},
      {"changeset", "<html><body>x</body></html>", "a web page"},
      {"changeset", "<!DOCTYPE html><HTML/>", "a web page"},
      {"changeset", "<osm/>", "the answer holds no \"changeset\""},
      {"changeset", "{\"elements\":[]}", "the answer holds no \"changeset\""},
      {"changeset", "[1]", "not a JSON object"},
      {"changeset", "\"x\"", "neither XML nor JSON"},
      {"changeset", "<osm><changeset id='1'></osm>", "not well-formed XML"},
      {"changeset", "<osm><changeset id='1'/>", "cut off"},
      {"changeset", "{\"changeset\":{\"id\":1}", "cut off"},
      {"changesets", "<osm><changeset id='1'/><error>out of &amp; luck</error></osm>", "its answer: out of & luck"},
      {"changesets", "{\"changesets\":[{\"id\":1},{\"error\":\"not connected\"}]}", "its answer: not connected"},
      {"changesets", "{\"error\":\"gone\"}", "its answer: gone"},
      {"changesets", "{\"changeset\":{\"id\":1}}", "the answer holds no \"changesets\""},
      {"changesets", "<osm><node id='1' lat='1' lon='2'/></osm>", "the answer holds <node> where <changeset> was"},
      {"changesets", "<osmError><status>509</status><message>too much</message></osmError>",
       "the answer is <osmError> where <osm> was expected: too much"},
      {"changesets", "<osm><changeset created_at='2005-05-01T16:09:37Z'/></osm>", "there is one without id"},
      {"changesets", "<osm><changeset id='x'/></osm>", "there is one without id"},
      {"changesets", "<osm><changeset id='-1'/></osm>", "the id -1 is below 0"},
      {"changesets", "<osm><changeset id='99999999999999999999'/></osm>", "there is one without id"},
      {"changesets", "<osm><changeset id='1' uid='1.5'/></osm>", "changesets: uid is \"1.5\", which is not a whole"},
      {"changesets", "<osm><changeset id='1' changes_count='4294967296'/></osm>", "not a whole number"},
      {"changesets", "<osm><changeset id='1' open='maybe'/></osm>", "not true or false"},
      {"changesets", "<osm><changeset id='1' created_at='yesterday'/></osm>", "not a date"},
      {"changesets", "<osm><changeset id='1' min_lon='1' min_lat='91' max_lon='2' max_lat='3'/></osm>",
       "changesets: min_lat is \"91\", which is not a position"},
      {"notes", "{\"features\":[{\"properties\":{\"id\":1},\"geometry\":{\"coordinates\":[\"x\",1]}}]}",
       "not a position"},
      {"notes", "{\"elements\":[]}", "the answer holds no \"features\""},
      {"note", "<osm/>", "the answer holds no \"note\""},
      {"notes/feed", "{\"x\":1}", "JSON where XML"},
      {"notes/feed", "<rss/>", "the answer holds no \"channel\""},
      {"notes/feed", "<osm/>", "where <rss> was expected"},
      {"notes/feed", "<rss><channel><item><pubDate>Sat, 15 Foo 2019 08:26:04 +0000</pubDate></item></channel></rss>",
       "not a date"},
      {"notes/feed", "<rss><channel><item><georss:point>1</georss:point></item></channel></rss>", "not a position"},
      {"user/preferences", "<osm/>", "the answer holds no \"preferences\""},
      {"user/preference", "\xFF", "not UTF-8"},
      {"user/details", "", "the answer is empty"},
      {"capabilities", "<osm/>", "the answer holds no \"api\""},
      {"gpx", "<gpx/>", "where <osm> was expected"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {0};
    struct osmflow_table table;
    osmflow_table_init(&table);
    CU_ASSERT_EQUAL(read_call(cases[i].call, cases[i].document, &table, &error), OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].says))
      fprintf(stderr, "\n%s: got [%s], expected [%s]\n", cases[i].document, error.message, cases[i].says);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].says));
    CU_ASSERT_EQUAL(table.layer_count, 0);
    osmflow_table_clear(&table);
  }
}

/* No beginning of a good answer passes for the whole. */
static void refuses_every_prefix_of_an_answer(void) {
  static const struct {
    const char *call, *document;
  } cases[] = {
      {"changeset", changeset_xml}, {"changeset", changeset_json}, {"notes", notes_xml}, {"notes", notes_json}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *document = cases[i].document;
    const size_t whole = (size_t)(strrchr(document, document[0] == '<' ? '>' : '}') - document) + 1;
    for (size_t size = 0; size < whole; size++) {
      struct osmflow_table table;
      osmflow_table_init(&table);
      CU_ASSERT_EQUAL(osmflow_table_read(osmflow_call_class(cases[i].call), osmflow_text(""),
                                         (struct osmflow_text){document, size}, &table, NULL),
                      OSMFLOW_BAD_DATA);
      osmflow_table_clear(&table);
    }
  }
}

static void knows_the_layers_of_every_call_that_answers_with_rows(void) {
  size_t count = 0;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    const bool is_table = classes[i].answer == OSMFLOW_ANSWER_TABLE || classes[i].answer == OSMFLOW_ANSWER_TRACKS;
    const size_t layers = osmflow_table_schema_count(&classes[i]);
    CU_ASSERT_EQUAL(layers > 0, is_table);
    for (size_t j = 0; j < layers; j++) {
      const struct osmflow_table_schema *schema = osmflow_table_schema(&classes[i], j);
      CU_ASSERT(strlen(schema->layer) > 0 && schema->column_count > 0);
      for (size_t k = 0; k < schema->push_count; k++) {
        size_t column = 0;
        while (column < schema->column_count && strcmp(schema->columns[column].name, schema->pushes[k].column) != 0)
          column++;
        CU_ASSERT(column < schema->column_count);
        CU_ASSERT_PTR_NOT_NULL(strstr(classes[i].parameters, schema->pushes[k].parameter));
      }
      CU_ASSERT(!schema->pushes_bbox || strstr(classes[i].parameters, "bbox"));
    }
  }
}

/* A recorded exchange; false when the recordings are not here. */
static bool read_recording(const char *name, struct osmflow_bytes *body) {
  char path[1000], block[4096];
  const char *shared = getenv("OSMFLOW_SHARED");
  snprintf(path, sizeof path, "%s%s/recordings/osm/%s.http", shared ? shared : OSMFLOW_SOURCE_DIR,
           shared ? "" : "/../shared", name);
  FILE *file = fopen(path, "rb");
  size_t size;
  if (!file)
    return false;
  while ((size = fread(block, 1, sizeof block, file)) > 0)
    if (osmflow_bytes_add(body, block, size, NULL) != OSMFLOW_OK)
      abort();
  fclose(file);
  return true;
}

static void reads_the_recorded_answers(void) {
  static const struct {
    const char *name, *call, *rows;
  } cases[] = {
      {"071-changeset-xml", "changeset",
       "175000009|175000009|2026-11-20T21:10:39Z|2026-11-20T21:10:39Z|0|alice|101|0|2030|geometries|rig "
       "seed|-|{\"comment\":\"geometries\",\"created_by\":\"rig seed\"}|- (10.02 47.52,10.03 47.52,10.03 47.58,10.02 "
       "47.58,10.02 47.52)\n"},
      {"074-changeset-discussion-json", "changeset",
       "175000010|175000010|2026-11-20T21:10:39Z|2026-11-20T21:10:39Z|0|alice|101|2|1|has a discussion|rig "
       "seed|-|{\"comment\":\"has a discussion\",\"created_by\":\"rig "
       "seed\"}|[{\"id\":2,\"date\":\"2026-11-20T21:10:39Z\","
       "\"uid\":101,\"user\":\"alice\",\"visible\":true,\"text\":\"Because.\"},{\"id\":1,\"date\":\"2026-11-20T21:10:"
       "39Z\","
       "\"uid\":102,\"user\":\"bob\",\"visible\":true,\"text\":\"Why? <&>\"}] (10.015 47.515,10.015 47.515,10.015 "
       "47.515,10.015 47.515,10.015 47.515)\n"},
      {"075-changeset-empty-xml", "changeset",
       "175000011|175000011|2026-11-20T21:10:39Z|2026-11-20T21:10:39Z|0|alice|101|0|0|empty one|rig "
       "seed|-|{\"comment\":\"empty one\",\"created_by\":\"rig seed\"}|-\n"},
      {"076-changeset-empty-json", "changeset",
       "175000011|175000011|2026-11-20T21:10:39Z|2026-11-20T21:10:39Z|0|alice|101|0|0|empty one|rig "
       "seed|-|{\"comment\":\"empty one\",\"created_by\":\"rig seed\"}|-\n"},
      {"224-changeset-read-open-xml", "changeset",
       "175000012|175000012|2026-11-20T21:20:23Z|-|1|alice|101|0|0|Test & <record> äöü|GDAL/OGR "
       "3.12|survey|{\"comment\":\"Test & <record> äöü\",\"created_by\":\"GDAL/OGR 3.12\",\"source\":\"survey\"}|-\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes recording;
    osmflow_bytes_init(&recording, SHOWN_SIZE);
    if (!read_recording(cases[i].name, &recording)) {
      printf("SKIPPED: the recordings are not at ../shared/recordings\n");
      osmflow_bytes_clear(&recording);
      return;
    }
    const char *body = strstr(osmflow_bytes_string(&recording), "\r\n\r\n");
    if (!body)
      body = strstr(osmflow_bytes_string(&recording), "\n\n");
    if (!body)
      abort();
    expect_rows(cases[i].call, body + strspn(body, "\r\n"), 0, cases[i].rows);
    osmflow_bytes_clear(&recording);
  }
}

OSMFLOW_UNIT_MAIN("osm/table_read", UNIT(refuses_what_was_not_asked_for), UNIT(refuses_every_prefix_of_an_answer),
                  UNIT(reads_a_changeset_alike_from_xml_and_json), UNIT(gives_changesets_without_bbox_no_geometry),
                  UNIT(leaves_out_an_object_that_comes_twice), UNIT(reads_notes_alike_from_xml_and_json),
                  UNIT(reads_the_feed_of_notes), UNIT(reads_users_alike_from_xml_and_json), UNIT(reads_preferences),
                  UNIT(tells_of_every_permission_whether_it_is_granted), UNIT(shows_capabilities_as_names_and_values),
                  UNIT(reads_versions_and_gpx_files), UNIT(knows_the_layers_of_every_call_that_answers_with_rows),
                  UNIT(reads_the_recorded_answers))
