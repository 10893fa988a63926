#include <stdlib.h>

#include "base/bytes.h"
#include "format/xml.h"
#include "unit.h"

/* Events are written down as text; adjacent character data is joined, so that only its content counts. */
struct record {
  struct osmflow_bytes log;
  bool in_text;
};

static enum osmflow_status record_start(void *self, struct osmflow_text name,
                                        const struct osmflow_xml_attribute *attributes, size_t count,
                                        struct osmflow_error *error) {
  struct record *record = self;
  record->in_text = false;
  enum osmflow_status status = osmflow_bytes_print(&record->log, error, "(%.*s", OSMFLOW_TEXT_ARGUMENTS(name));
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    status = osmflow_bytes_print(&record->log, error, " %.*s=[%.*s]", OSMFLOW_TEXT_ARGUMENTS(attributes[i].name),
                                 OSMFLOW_TEXT_ARGUMENTS(attributes[i].value));
  return status;
}

static enum osmflow_status record_end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct record *record = self;
  record->in_text = false;
  if (osmflow_text_is(name, "stop"))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped");
  return osmflow_bytes_print(&record->log, error, "%.*s)", OSMFLOW_TEXT_ARGUMENTS(name));
}

static enum osmflow_status record_text(void *self, struct osmflow_text text, struct osmflow_error *error) {
  struct record *record = self;
  enum osmflow_status status = record->in_text ? OSMFLOW_OK : osmflow_bytes_add_string(&record->log, "~", error);
  record->in_text = true;
  return status == OSMFLOW_OK ? osmflow_bytes_add_text(&record->log, text, error) : status;
}

static enum osmflow_status run(const char *document, size_t size, size_t piece, bool careful, struct record *record,
                               bool *was_careful, struct osmflow_error *error) {
  const struct osmflow_xml_visitor visitor = {record, record_start, record_end, record_text};
  struct osmflow_xml_reader *reader = NULL;
  record->in_text = false;
  osmflow_bytes_init(&record->log, 1 << 20);
  enum osmflow_status status = osmflow_xml_reader_new(&visitor, &reader, error);
  if (status == OSMFLOW_OK && careful)
    osmflow_xml_reader_be_careful(reader);
  for (size_t at = 0; status == OSMFLOW_OK && at < size; at += piece)
    status = osmflow_xml_reader_feed(reader, document + at, size - at < piece ? size - at : piece, error);
  if (status == OSMFLOW_OK)
    status = osmflow_xml_reader_finish(reader, error);
  if (was_careful && reader)
    *was_careful = osmflow_xml_reader_is_careful(reader);
  osmflow_xml_reader_free(reader);
  return status;
}

static const char *const documents[] = {
    "",
    " ",
    "x",
    "<",
    "<a",
    "<a>",
    "<a/>",
    "<a/>\n",
    "<a/>x",
    "<a/><b/>",
    "<a></b>",
    "<a><b></a></b>",
    "<a b/>",
    "<a b=c/>",
    "<a b='1' b='2'/>",
    "<a b='1'c='2'/>",
    "<a b=\"1'2\" c='3\"4'/>",
    "<a b='<'/>",
    "<a b='>'>></a>",
    "<a b='&amp;&lt;&gt;&quot;&apos;&#10;&#x41;&#xe4;&#x1F332;' c='&#9;x' d='y'>&amp;&#65;</a>",
    "<a b='&#0;'/>",
    "<a b='&#xFFFE;'/>",
    "<a b='&nope;'/>",
    "<a b='&amp'/>",
    "<a b='&'/>",
    "<a b='x\ty\nz'/>",
    "<a\tb='1'\nc='2'\n/>",
    "<a >t</a >",
    "< a/>",
    "<a>]]></a>",
    "<a>\r\n</a>",
    "<a>\x01</a>",
    "<a b='\x01'/>",
    "<a b='\xC3\xA4'>\xC3\xA4</a>",
    "<a b='\xC3'/>",
    "<a b='\xEF\xBF\xBE'/>",
    "<a b='\xEF\xBF\xBD'/>",
    "<a>\xED\xA0\x80</a>",
    "<\xC3\xA4 b='1'/>",
    "<a><!-- c --><b/></a>",
    "<a><![CDATA[<x>]]></a>",
    "<a><?pi x?></a>",
    "<!DOCTYPE a [<!ENTITY e 'v'>]><a b='&e;'>&e;</a>",
    "<!-- c --><a/>",
    "<a/><!-- c -->",
    "<a/><?pi?>\n<!-- c --> ",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\">\n <node id=\"1\"/>\n</osm>\n",
    "<?xml version='1.0' encoding='UTF-8'?><osm/>",
    "<?xml version='1.0'?><osm/>",
    "<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xE4'/>",
    " <?xml version='1.0' encoding='UTF-8'?><osm/>",
    "<?xml version='1.0' encoding='UTF-8'?> <?xml version='1.0' encoding='UTF-8'?><osm/>",
    "\xEF\xBB\xBF<osm/>",
    "<a:b c:d='1' xmlns:c='u'/>",
    "<osm><stop/></osm>",
    "<a><b><c><d><e><f><g><h></h></g></f></e></d></c></b></a>",
    "<a b='1\"/>",
    "</a>",
    "<a></a></a>",
    "<a/",
    "<a/ >",
    "<a><b/><c>text<d/>more</c></a>",
};

/* The claim of the header: never read differently than by Expat alone, wherever the pieces are cut. */
static void agrees_with_expat_in_every_cut(void) {
  for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
    struct record expected;
    struct osmflow_error expected_error = {0};
    const size_t size = strlen(documents[i]);
    const enum osmflow_status expected_status =
        run(documents[i], size, SIZE_MAX / 2, true, &expected, NULL, &expected_error);
    for (size_t piece = 1; piece <= size + 1; piece++) {
      struct record record;
      struct osmflow_error error = {0};
      const enum osmflow_status status = run(documents[i], size, piece, false, &record, NULL, &error);
      CU_ASSERT_EQUAL(status, expected_status);
      if (status == OSMFLOW_OK)
        UNIT_SAME(osmflow_bytes_string(&record.log), osmflow_bytes_string(&expected.log), documents[i]);
      else
        UNIT_SAME(error.message, expected_error.message, documents[i]);
      osmflow_bytes_clear(&record.log);
    }
    osmflow_bytes_clear(&expected.log);
  }
}

static void plain_documents_need_no_expat(void) {
  static const char document[] =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"x (1)\">\n"
      " <node id=\"1\" user=\"J&quot;&amp;\xC3\xA4\" lat=\"47.1\"/>\n <way id=\"2\">\n  <nd ref=\"1\"/>\n "
      "</way>\n</osm>\n";
  struct record record;
  bool careful = true;
  CU_ASSERT_EQUAL(run(document, sizeof document - 1, 7, false, &record, &careful, NULL), OSMFLOW_OK);
  CU_ASSERT_FALSE(careful);
  CU_ASSERT_PTR_NOT_NULL(strstr(osmflow_bytes_string(&record.log), "user=[J\"&\xC3\xA4]"));
  osmflow_bytes_clear(&record.log);
}

static void every_prefix_is_an_error(void) {
  static const char document[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm>\n <node id=\"1\"/>t</osm>";
  for (size_t size = 0; size < sizeof document - 1; size++) {
    struct record record;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(run(document, size, 5, false, &record, NULL, &error), OSMFLOW_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "cut off"));
    osmflow_bytes_clear(&record.log);
  }
}

static void errors_tell_the_line(void) {
  struct record record;
  struct osmflow_error error = {0};
  static const char document[] = "<osm>\n<a/>\n<b/>\n\n<c></d>\n</osm>";
  CU_ASSERT_EQUAL(run(document, sizeof document - 1, 3, false, &record, NULL, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "line 5"));
  osmflow_bytes_clear(&record.log);
}

static void long_tokens_are_read_too(void) {
  const size_t size = 300000;
  char *document = malloc(size + 100);
  struct record record;
  CU_ASSERT_PTR_NOT_NULL_FATAL(document);
  memcpy(document, "<a b='", 6);
  memset(document + 6, 'x', size);
  memcpy(document + 6 + size, "'/>", 4);
  CU_ASSERT_EQUAL(run(document, size + 9, 1000, false, &record, NULL, NULL), OSMFLOW_OK);
  osmflow_bytes_clear(&record.log);
  free(document);
}

OSMFLOW_UNIT_MAIN("format/xml", UNIT(agrees_with_expat_in_every_cut), UNIT(plain_documents_need_no_expat),
                  UNIT(every_prefix_is_an_error), UNIT(errors_tell_the_line), UNIT(long_tokens_are_read_too))
