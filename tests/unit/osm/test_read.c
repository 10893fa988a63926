#include <stdlib.h>

#include "osm/read.h"
#include "unit.h"

static enum osmflow_status read_text(const char *document, size_t size, size_t piece, struct osmflow_store *store,
                                     struct osmflow_error *error) {
  struct osmflow_reader *reader = NULL;
  enum osmflow_status status = osmflow_reader_new(store, OSMFLOW_READ_AUTO, &reader, error);
  for (size_t at = 0; status == OSMFLOW_OK && at < size; at += piece)
    status = osmflow_reader_feed(reader, document + at, size - at < piece ? size - at : piece, error);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_finish(reader, error);
  osmflow_reader_free(reader);
  return status;
}

static const char xml_document[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"x\">\n"
    " <bounds minlat=\"47.1\" minlon=\"9.5\" maxlat=\"47.2\" maxlon=\"9.6\"/>\n"
    " <node id=\"13000000001\" visible=\"true\" version=\"3\" changeset=\"175000003\" "
    "timestamp=\"2026-11-20T21:10:39Z\" user=\"a&lt;b\" uid=\"101\" lat=\"47.5001000\" lon=\"10.0002000\">\n"
    "  <tag k=\"name\" v=\"\xC3\x84lpli\"/>\n </node>\n"
    " <node id=\"2\" visible=\"false\" version=\"2\"/>\n"
    " <way id=\"5\" version=\"1\"><nd ref=\"2\"/><nd ref=\"13000000001\"/><tag k=\"highway\" v=\"\"/></way>\n"
    " <relation id=\"6\" version=\"1\"><member type=\"way\" ref=\"5\" role=\"outer\"/>"
    "<member type=\"node\" ref=\"2\" role=\"\"/></relation>\n</osm>\n";

static const char json_document[] =
    "{\"version\":\"0.6\",\"bounds\":{\"minlat\":47.1,\"minlon\":9.5,\"maxlat\":47.2,\"maxlon\":9.6},\"elements\":["
    "{\"tags\":{\"name\":\"\xC3\x84lpli\"},\"type\":\"node\",\"id\":13000000001,\"lat\":47.5001000,\"lon\":10.0002000,"
    "\"timestamp\":\"2026-11-20T21:10:39Z\",\"version\":3,\"changeset\":175000003,\"user\":\"a<b\",\"uid\":101},"
    "{\"type\":\"node\",\"id\":2,\"visible\":false,\"version\":2},"
    "{\"type\":\"way\",\"id\":5,\"version\":1,\"nodes\":[2,13000000001],\"tags\":{\"highway\":\"\"}},"
    "{\"type\":\"relation\",\"id\":6,\"version\":1,\"members\":[{\"type\":\"way\",\"ref\":5,\"role\":\"outer\"},"
    "{\"type\":\"node\",\"ref\":2,\"role\":\"\"}]}]}";

static void check_document(const char *document, size_t size, size_t piece) {
  struct osmflow_store store;
  struct osmflow_error error = {0};
  osmflow_store_init(&store, false);
  const enum osmflow_status status = read_text(document, size, piece, &store, &error);
  CU_ASSERT_EQUAL_FATAL(status, OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(store.node_count, 2);
  const struct osmflow_node *node = osmflow_store_node(&store, 13000000001);
  CU_ASSERT_PTR_NOT_NULL_FATAL(node);
  CU_ASSERT_EQUAL(node->lat, 475001000);
  CU_ASSERT_EQUAL(node->lon, 100002000);
  CU_ASSERT_EQUAL(node->element.version, 3);
  CU_ASSERT_EQUAL(node->element.changeset, 175000003);
  CU_ASSERT_EQUAL(node->element.timestamp, 1795209039);
  CU_ASSERT_EQUAL(store.users[node->element.user].uid, 101);
  UNIT_SAME(osmflow_pool_string(&store.values, store.users[node->element.user].name), "a<b", "user");
  UNIT_SAME(osmflow_store_tag(&store, &node->element, "name"), "\xC3\x84lpli", "tag");
  const struct osmflow_node *deleted = osmflow_store_node(&store, 2);
  CU_ASSERT_FALSE(deleted->element.visible);
  CU_ASSERT_EQUAL(deleted->lon, OSMFLOW_NO_POSITION);
  CU_ASSERT_EQUAL(deleted->element.user, OSMFLOW_NO_USER);
  CU_ASSERT_EQUAL(store.ways[0].ref_count, 2);
  CU_ASSERT_EQUAL(store.refs[1], 13000000001);
  UNIT_SAME(osmflow_store_tag(&store, &store.ways[0].element, "highway"), "", "empty value");
  CU_ASSERT_EQUAL(store.relations[0].member_count, 2);
  CU_ASSERT_EQUAL(store.members[0].type, OSMFLOW_WAY);
  CU_ASSERT_EQUAL(store.members[1].ref, 2);
  CU_ASSERT_TRUE(store.has_bounds);
  CU_ASSERT_EQUAL(store.bounds.max_lon, 96000000);
  osmflow_store_clear(&store);
}

static void both_formats_give_the_same(void) {
  for (size_t piece = 1; piece < 100; piece += 7) {
    check_document(xml_document, sizeof xml_document - 1, piece);
    check_document(json_document, sizeof json_document - 1, piece);
  }
}

/* Newer versions of Expat wait with a token that came in small pieces, and tell of it only when the document ends. */
static void what_comes_at_the_very_end_is_kept(void) {
  static const char document[] =
      "<!-- not plain --><osm><node id=\"1\" lat=\"1\" lon=\"2\"><tag k=\"description\" "
      "v=\"A value that is long enough for the rest of the document to come while the parser still waits for it, so "
      "that nothing of what follows has been told when the last piece of the document has been handed over\"/>"
      "<tag k=\"name\" v=\"Last\"/></node></osm>";
  for (size_t piece = 1; piece < sizeof document; piece++) {
    struct osmflow_store store;
    struct osmflow_error error = {0};
    osmflow_store_init(&store, false);
    CU_ASSERT_EQUAL_FATAL(read_text(document, sizeof document - 1, piece, &store, &error), OSMFLOW_OK);
    CU_ASSERT_EQUAL_FATAL(store.node_count, 1);
    UNIT_SAME(osmflow_store_tag(&store, &store.nodes[0].element, "name"), "Last", "the last tag");
    osmflow_store_clear(&store);
  }
}

static void every_prefix_is_an_error(void) {
  static const struct {
    const char *text;
    size_t size;
  } documents[] = {{xml_document, sizeof xml_document - 2}, {json_document, sizeof json_document - 1}};
  for (size_t i = 0; i < 2; i++)
    for (size_t size = 0; size < documents[i].size; size++) {
      struct osmflow_store store;
      osmflow_store_init(&store, false);
      CU_ASSERT_EQUAL(read_text(documents[i].text, size, 50, &store, NULL), OSMFLOW_BAD_DATA);
      osmflow_store_clear(&store);
    }
}

static void bad_documents_say_what_is_wrong(void) {
  static const struct {
    const char *document, *words;
  } cases[] = {
      {"", "empty"},
      {"  \n", "empty"},
      {"<html><body/></html>", "web page"},
      {"<!DOCTYPE html><html></html>", "web page"},
      {"<gpx/>", "<gpx>"},
      {"[]", "not well-formed"},
      {"{}", "no \"elements\""},
      {"{\"elements\":[1]}", "where an object belongs"},
      {"{\"elements\":[{\"type\":\"area\",\"id\":1}]}", "type 'area'"},
      {"{\"elements\":[{\"type\":\"node\",\"id\":1,\"lat\":1,\"lon\":2},{\"error\":\"lost\"}]}", "says: lost"},
      {"<osm><node id=\"1\" lat=\"1\" lon=\"2\"/><error>Could not obtain</error></osm>", "says: Could not obtain"},
      {"<osmChange><error>x</error></osmChange>", "says: x"},
      {"<osm><node id=\"a\" lat=\"1\" lon=\"2\"/></osm>", "id is 'a'"},
      {"<osm><node id=\"1000000000000000000\" lat=\"1\" lon=\"2\"/></osm>", "not a number of at most 18 digits"},
      {"<osm><node id=\"99999999999999999999\" lat=\"1\" lon=\"2\"/></osm>", "id is"},
      {"<osm><node lat=\"1\" lon=\"2\"/></osm>", "id is ''"},
      {"<osm><node id=\"1\"/></osm>", "no position"},
      {"<osm><node id=\"1\" lat=\"1\"/></osm>", "position"},
      {"<osm><node id=\"1\" lat=\"91\" lon=\"2\"/></osm>", "not on the earth"},
      {"<osm><node id=\"1\" lat=\"nan\" lon=\"2\"/></osm>", "not on the earth"},
      {"<osm><node id=\"1\" lat=\"1,5\" lon=\"2\"/></osm>", "not on the earth"},
      {"<osm><node id=\"1\" lat=\"1\" lon=\"2\" version=\"x\"/></osm>", "version is 'x'"},
      {"<osm><node id=\"1\" lat=\"1\" lon=\"2\" timestamp=\"soon\"/></osm>", "timestamp is 'soon'"},
      {"<osm><way id=\"1\"><nd ref=\"\"/></way></osm>", "reference"},
      {"<osm><way id=\"1\"><nd/></way></osm>", "reference"},
      {"<osm><way id=\"1\"><tag k=\"a\"/></way></osm>", "without k or v"},
      {"<osm><relation id=\"1\"><member type=\"area\" ref=\"1\"/></relation></osm>", "type 'area'"},
      {"<osmChange><rename/></osmChange>", "<rename>"},
      {"<osm><bounds minlat=\"a\"/></osm>", "bounds"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_store store;
    struct osmflow_error error = {0};
    osmflow_store_init(&store, false);
    CU_ASSERT_EQUAL(read_text(cases[i].document, strlen(cases[i].document), 9, &store, &error), OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].words))
      fprintf(stderr, "\n%s: %s\n", cases[i].document, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
    osmflow_store_clear(&store);
  }
}

static void changes_keep_their_action(void) {
  static const char document[] =
      "<osmChange version=\"0.6\"><create><node id=\"-1\" lat=\"0\" lon=\"0\"/></create>"
      "<modify><way id=\"1\" version=\"2\"><nd ref=\"-1\"/></way></modify>"
      "<delete if-unused=\"true\"><node id=\"3\" version=\"4\"/><relation id=\"5\" "
      "version=\"6\"/></delete></osmChange>";
  struct osmflow_store store;
  osmflow_store_init(&store, true);
  CU_ASSERT_EQUAL(read_text(document, sizeof document - 1, 11, &store, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(store.nodes[0].element.action, OSMFLOW_ACTION_CREATE);
  CU_ASSERT_EQUAL(store.nodes[0].lat, 0);
  CU_ASSERT_EQUAL(store.ways[0].element.action, OSMFLOW_ACTION_MODIFY);
  CU_ASSERT_EQUAL(store.nodes[1].element.action, OSMFLOW_ACTION_DELETE);
  CU_ASSERT_FALSE(store.nodes[1].element.visible);
  CU_ASSERT_FALSE(store.relations[0].element.visible);
  osmflow_store_clear(&store);
}

static void unknown_parts_are_passed_over(void) {
  static const char document[] =
      "<osm><note>by Overpass</note><meta osm_base=\"x\"/><node id=\"1\" lat=\"1\" lon=\"2\" action=\"modify\">"
      "<extra><tag k=\"a\" v=\"b\"/></extra><tag k=\"c\" v=\"d\"/></node><remark>r</remark></osm>";
  struct osmflow_store store;
  osmflow_store_init(&store, false);
  CU_ASSERT_EQUAL(read_text(document, sizeof document - 1, 13, &store, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(store.nodes[0].element.tag_count, 1);
  osmflow_store_clear(&store);
}

OSMFLOW_UNIT_MAIN("osm/read", UNIT(both_formats_give_the_same), UNIT(what_comes_at_the_very_end_is_kept),
                  UNIT(every_prefix_is_an_error), UNIT(bad_documents_say_what_is_wrong),
                  UNIT(changes_keep_their_action), UNIT(unknown_parts_are_passed_over))
