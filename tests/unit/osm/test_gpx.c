#include "osm/gpx.h"

#include "osm/table_read.h"
#include "osm/table_rows.h"
#include "table_unit.h"
#include "unit.h"

enum { SHOWN_SIZE = 1 << 22 };

/* One page, in pieces of `step` bytes. */
static enum osmflow_status read_page(struct osmflow_gpx_reader *reader, const char *document, size_t step,
                                     struct osmflow_error *error) {
  const size_t size = strlen(document);
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_gpx_reader_begin(reader);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = osmflow_gpx_reader_feed(reader, document + i, size - i < step ? size - i : step, error);
  return status == OSMFLOW_OK ? osmflow_gpx_reader_finish(reader, error) : status;
}

static void expect_layer(const struct osmflow_table *table, size_t layer, const char *expected, const char *what) {
  struct osmflow_bytes shown;
  osmflow_bytes_init(&shown, SHOWN_SIZE);
  show_layer(&shown, &table->layers[layer]);
  UNIT_SAME(osmflow_bytes_string(&shown), expected, what);
  osmflow_bytes_clear(&shown);
}

static void start(const char *call, struct osmflow_table *table, struct osmflow_gpx_reader **reader) {
  osmflow_table_init(table);
  CU_ASSERT_EQUAL_FATAL(osmflow_table_begin(table, osmflow_call_class(call), NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_gpx_reader_new(table, reader, NULL), OSMFLOW_OK);
}

static const char gpx_10[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.0\" xmlns=\"http://www.topografix.com/GPX/1/0\">\n"
    "<wpt lat=\"47.1\" lon=\"9.5\"><ele>450.5</ele><time>2019-06-26T14:00:00Z</time><name> Peak &amp; hut </name>"
    "<cmt>c</cmt><sym>Summit</sym><url>https://x/1</url></wpt>\n"
    "<trk>\n<name>20190626.gpx</name><desc>Footpaths</desc><url>https://x/traces/3031013</url><number>7</number>\n"
    "<trkseg><trkpt lat=\"51.66161\" lon=\"0.053456\"><ele>12.5</ele><time>2019-06-26T14:27:58Z</time></trkpt>"
    "<trkpt lat=\"51.7\" lon=\"0.1\"><time>2019-06-26T14:27:50Z</time></trkpt></trkseg>\n"
    "<trkseg><trkpt lat=\"1\" lon=\"2\"/></trkseg><trkseg/></trk>\n<trk/></gpx>\n";

static void reads_gpx_1_0(void) {
  static const size_t steps[] = {1, 2, 7, 100000};
  for (size_t i = 0; i < 4; i++) {
    struct osmflow_table table;
    struct osmflow_gpx_reader *reader;
    start("gpx/data", &table, &reader);
    CU_ASSERT_EQUAL(read_page(reader, gpx_10, steps[i], NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_gpx_reader_keep(reader), 3);
    expect_layer(&table, OSMFLOW_GPX_TRACKS,
                 "0|20190626.gpx|Footpaths|https://x/traces/3031013|3|3|2019-06-26T14:27:50Z|2019-06-26T14:27:58Z "
                 "(0.053456 51.6616,0.1 51.7)\n1|-|-|-|0|0|-|-\n",
                 "tracks");
    expect_layer(&table, OSMFLOW_GPX_POINTS,
                 "0|0|1|1|2019-06-26T14:27:58Z|12.5 (0.053456 51.6616)\n1|0|1|2|2019-06-26T14:27:50Z|- (0.1 51.7)\n"
                 "2|0|2|1|-|- (2 1)\n",
                 "points");
    expect_layer(&table, OSMFLOW_GPX_WAYPOINTS,
                 "0|Peak & hut|-|c|Summit|-|https://x/1|2019-06-26T14:00:00Z|450.5 (9.5 47.1)\n", "waypoints");
    osmflow_gpx_reader_free(reader);
    osmflow_table_clear(&table);
  }
}

static void reads_gpx_1_1_and_skips_extensions(void) {
  struct osmflow_table table;
  struct osmflow_gpx_reader *reader;
  start("gpx/data", &table, &reader);
  CU_ASSERT_EQUAL(
      read_page(reader,
                "<g:gpx version='1.1' xmlns:g='http://www.topografix.com/GPX/1/1'><g:metadata><name>not a track</name>"
                "</g:metadata><g:trk><g:name>t</g:name><g:link href='https://x/t'><g:text>shown</g:text></g:link>"
                "<g:trkseg><g:trkpt lat='1.5' lon='2.5'><g:extensions><g:ele>999</g:ele><trkpt lat='x'/>"
                "</g:extensions><g:ele>NaN</g:ele><g:time>half past two</g:time></g:trkpt></g:trkseg></g:trk></g:gpx>",
                50, NULL),
      OSMFLOW_OK);
  expect_layer(&table, OSMFLOW_GPX_TRACKS, "0|t|-|https://x/t|1|1|-|-\n", "tracks");
  expect_layer(&table, OSMFLOW_GPX_POINTS, "0|0|1|1|-|- (2.5 1.5)\n", "points");
  osmflow_gpx_reader_free(reader);
  osmflow_table_clear(&table);
}

static void reads_several_documents_one_after_another(void) {
  static const size_t steps[] = {1, 3, 1000};
  for (size_t i = 0; i < 3; i++) {
    struct osmflow_table table;
    struct osmflow_gpx_reader *reader;
    start("gpx/data", &table, &reader);
    CU_ASSERT_EQUAL(
        read_page(reader,
                  "<?xml version='1.0'?><gpx><trk><name>a</name></trk><!-- </gpx>  ></gpx>--><![CDATA[]</gpx>]]></gpx>"
                  "<?xml version='1.0'?>\n<gpx><trk><name>b</name></trk></gpx >\n\n"
                  "<x:gpx><trk><name>c</name></trk></x:gpx>",
                  steps[i], NULL),
        OSMFLOW_OK);
    expect_layer(&table, OSMFLOW_GPX_TRACKS, "0|a|-|-|0|0|-|-\n1|b|-|-|0|0|-|-\n2|c|-|-|0|0|-|-\n", "tracks");
    osmflow_gpx_reader_free(reader);
    osmflow_table_clear(&table);
  }
}

#define POINT(lon) "<trkpt lat='1' lon='" lon "'/>"
static const char first_page[] =
    "<gpx><trk><name>n</name><url>u</url><trkseg>" POINT("1") POINT("2") "</trkseg></trk></gpx>";
static const char second_page[] =
    "<gpx><trk><name>n</name><url>u</url><trkseg>" POINT("3") POINT("4") "</trkseg></trk><trk><name>n</name>"
    "<url>u</url><trkseg>" POINT("5") POINT("6") "</trkseg></trk></gpx>";
static const char both_pages[] = "0|n|-|u|2|4|-|- (1 1,2 1) (3 1,4 1)\n1|n|-|u|1|2|-|- (5 1,6 1)\n";

static void continues_the_last_track_on_the_next_page(void) {
  struct osmflow_table table;
  struct osmflow_gpx_reader *reader;
  start("trackpoints", &table, &reader);
  CU_ASSERT_EQUAL(read_page(reader, first_page, 1000, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_gpx_reader_keep(reader), 2);
  CU_ASSERT_EQUAL(read_page(reader, second_page, 1000, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_gpx_reader_keep(reader), 4);
  expect_layer(&table, OSMFLOW_GPX_TRACKS, both_pages, "tracks");
  expect_layer(&table, OSMFLOW_GPX_POINTS,
               "0|0|1|1|-|- (1 1)\n1|0|1|2|-|- (2 1)\n2|0|2|1|-|- (3 1)\n3|0|2|2|-|- (4 1)\n4|1|1|1|-|- (5 1)\n"
               "5|1|1|2|-|- (6 1)\n",
               "points");
  osmflow_gpx_reader_free(reader);
  osmflow_table_clear(&table);
}

/* An answer that breaks off anywhere and is asked for again leaves no trace. */
static void forgets_a_page_that_was_not_whole(void) {
  for (size_t size = 0; size < sizeof second_page - 1; size++) {
    char cut[sizeof second_page] = "";
    struct osmflow_table table;
    struct osmflow_gpx_reader *reader;
    memcpy(cut, second_page, size);
    start("trackpoints", &table, &reader);
    CU_ASSERT_EQUAL(read_page(reader, first_page, 1000, NULL), OSMFLOW_OK);
    osmflow_gpx_reader_keep(reader);
    CU_ASSERT_EQUAL(read_page(reader, cut, 1000, NULL), OSMFLOW_BAD_DATA);
    CU_ASSERT_EQUAL(read_page(reader, second_page, 1000, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_gpx_reader_keep(reader), 4);
    expect_layer(&table, OSMFLOW_GPX_TRACKS, both_pages, cut);
    osmflow_gpx_reader_free(reader);
    osmflow_table_clear(&table);
  }
}

static void refuses_what_is_not_gpx(void) {
  static const struct {
    const char *document, *says;
  } cases[] = {
      {"", "the answer is empty"},
      {"\x1F\x8B\x08", "not a GPX document"},
      {"PK\x03\x04", "not a GPX document"},
      {"BZh91AY", "not a GPX document"},
      {"<osm/>", "the answer is <osm> where <gpx> was expected"},
      {"<html><body/></html>", "the answer is <html> where <gpx>"},
      {"<gpx><trk></gpx>", "not well-formed"},
      {"<gpx><trk>", "cut off"},
      {"<gpx></gpx><gpx>", "cut off"},
      {"<gpx></gpx>rubbish", "not a GPX document"},
      {"<gpx><error>no luck</error></gpx>", "in the middle of its answer: no luck"},
      {"<gpx><trk><trkseg><trkpt lat='1'/></trkseg></trk></gpx>", "nowhere on earth"},
      {"<gpx><trk><trkseg><trkpt lat='91' lon='1'/></trkseg></trk></gpx>", "lat=\"91\" lon=\"1\" is nowhere"},
      {"<gpx><wpt lat='1' lon='1,5'/></gpx>", "nowhere on earth"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {0};
    struct osmflow_table table;
    osmflow_table_init(&table);
    CU_ASSERT_EQUAL(osmflow_table_read(osmflow_call_class("gpx/data"), osmflow_text(""),
                                       osmflow_text(cases[i].document), &table, &error),
                    OSMFLOW_BAD_DATA);
    if (!strstr(error.message, cases[i].says))
      fprintf(stderr, "\n%s: got [%s], expected [%s]\n", cases[i].document, error.message, cases[i].says);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].says));
    osmflow_table_clear(&table);
  }
}

OSMFLOW_UNIT_MAIN("osm/gpx", UNIT(refuses_what_is_not_gpx), UNIT(reads_gpx_1_0),
                  UNIT(reads_gpx_1_1_and_skips_extensions), UNIT(reads_several_documents_one_after_another),
                  UNIT(continues_the_last_track_on_the_next_page), UNIT(forgets_a_page_that_was_not_whole))
