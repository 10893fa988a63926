#include "format/xml_writer.h"

#include "format/xml.h"
#include "unit.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static enum osmflow_status write_value(struct osmflow_bytes *bytes, struct osmflow_text value,
                                       struct osmflow_error *error) {
  struct osmflow_xml_writer writer;
  osmflow_xml_writer_init(&writer, bytes);
  osmflow_xml_begin(&writer, "tag");
  osmflow_xml_attribute_text(&writer, "v", value);
  osmflow_xml_end(&writer);
  return osmflow_xml_writer_finish(&writer, error);
}

static void refuses_what_xml_cannot_hold(void) {
  static const struct osmflow_text values[] = {
      {"a\0b", 3},         {"\x01", 1},          {"x\x1F", 2},    {"\x08", 1},         {"\x0B", 1},
      {"\xC3", 1},         {"caf\xE9", 4},       {"\xC0\x80", 2}, {"\xED\xA0\x80", 3}, {"\xF4\x90\x80\x80", 4},
      {"\xEF\xBF\xBE", 3}, {"x\xEF\xBF\xBF", 4}, {"\xE2\x82", 2},
  };
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    struct osmflow_bytes bytes;
    struct osmflow_error error = {0};
    osmflow_bytes_init(&bytes, 1000);
    CU_ASSERT_EQUAL(write_value(&bytes, values[i], &error), OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "v=\""));
    osmflow_bytes_clear(&bytes);
  }
}

static void escapes_values(void) {
  static const struct {
    const char *value, *written;
  } cases[] = {
      {"", ""},
      {"a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e'f"},
      {"\t\n\r\n", "&#9;&#10;&#13;&#10;"},
      {"&amp;", "&amp;amp;"},
      {" blanks stay ", " blanks stay "},
      {"]]>", "]]&gt;"},
      {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\xB2\xEF\xBF\xBD\xEE\x80\x80",
       "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8C\xB2\xEF\xBF\xBD\xEE\x80\x80"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes bytes;
    char expected[200];
    osmflow_bytes_init(&bytes, 1000);
    snprintf(expected, sizeof expected, HEAD "<tag v=\"%s\"/>\n", cases[i].written);
    CU_ASSERT_EQUAL(write_value(&bytes, osmflow_text(cases[i].value), NULL), OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&bytes), expected, cases[i].value);
    osmflow_bytes_clear(&bytes);
  }
}

static enum osmflow_status keep_value(void *self, struct osmflow_text name,
                                      const struct osmflow_xml_attribute *attributes, size_t count,
                                      struct osmflow_error *error) {
  (void)name;
  return osmflow_bytes_add_text(self, osmflow_xml_attribute(attributes, count, "v"), error);
}

static enum osmflow_status ignore_end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  (void)self;
  (void)name;
  (void)error;
  return OSMFLOW_OK;
}

static enum osmflow_status ignore_text(void *self, struct osmflow_text text, struct osmflow_error *error) {
  (void)self;
  (void)text;
  (void)error;
  return OSMFLOW_OK;
}

static void every_value_reads_back(void) {
  char value[0x80];
  struct osmflow_bytes bytes, read;
  struct osmflow_xml_reader *reader = NULL;
  const struct osmflow_xml_visitor visitor = {&read, keep_value, ignore_end, ignore_text};
  size_t size = 0;
  for (int byte = '\t'; byte < 0x80; byte++)
    if (byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r')
      value[size++] = (char)byte;
  osmflow_bytes_init(&bytes, 1000);
  osmflow_bytes_init(&read, 1000);
  CU_ASSERT_EQUAL(write_value(&bytes, (struct osmflow_text){value, size}, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_xml_reader_new(&visitor, &reader, NULL), OSMFLOW_OK);
  osmflow_xml_reader_be_careful(reader);
  CU_ASSERT_EQUAL(osmflow_xml_reader_feed(reader, bytes.data, bytes.size, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_xml_reader_finish(reader, NULL), OSMFLOW_OK);
  CU_ASSERT(osmflow_text_equal(osmflow_bytes_view(&read), (struct osmflow_text){value, size}));
  osmflow_xml_reader_free(reader);
  osmflow_bytes_clear(&read);
  osmflow_bytes_clear(&bytes);
}

static void writes_numbers_and_nests(void) {
  struct osmflow_bytes bytes;
  struct osmflow_xml_writer writer;
  osmflow_bytes_init(&bytes, 1000);
  osmflow_xml_writer_init(&writer, &bytes);
  osmflow_xml_begin(&writer, "a");
  osmflow_xml_begin(&writer, "node");
  osmflow_xml_attribute_int(&writer, "id", INT64_MIN);
  osmflow_xml_attribute_degrees(&writer, "lat", -1);
  osmflow_xml_attribute_degrees(&writer, "lon", 1800000000);
  osmflow_xml_begin(&writer, "tag");
  osmflow_xml_end(&writer);
  osmflow_xml_end(&writer);
  osmflow_xml_begin(&writer, "b");
  osmflow_xml_end(&writer);
  osmflow_xml_end(&writer);
  CU_ASSERT_EQUAL(osmflow_xml_writer_finish(&writer, NULL), OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&bytes),
            HEAD
            "<a>\n  <node id=\"-9223372036854775808\" lat=\"-0.0000001\" lon=\"180.0000000\">\n    <tag/>\n"
            "  </node>\n  <b/>\n</a>\n",
            "document");
  osmflow_bytes_clear(&bytes);
}

static void the_first_error_stays(void) {
  struct osmflow_bytes bytes;
  struct osmflow_xml_writer writer;
  struct osmflow_error error = {0};
  osmflow_bytes_init(&bytes, 1000);
  osmflow_xml_writer_init(&writer, &bytes);
  osmflow_xml_begin(&writer, "a");
  osmflow_xml_attribute_text(&writer, "first", osmflow_text("\x02"));
  const size_t size = bytes.size;
  osmflow_xml_attribute_text(&writer, "second", osmflow_text("\x03"));
  osmflow_xml_begin(&writer, "b");
  osmflow_xml_end(&writer);
  osmflow_xml_end(&writer);
  CU_ASSERT_EQUAL(bytes.size, size);
  CU_ASSERT_EQUAL(osmflow_xml_writer_finish(&writer, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(error.status, OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "first"));
  osmflow_bytes_clear(&bytes);
}

static void write_unended(struct osmflow_xml_writer *writer) {
  osmflow_xml_begin(writer, "a");
}

static void write_end_too_many(struct osmflow_xml_writer *writer) {
  osmflow_xml_end(writer);
}

static void write_attribute_nowhere(struct osmflow_xml_writer *writer) {
  osmflow_xml_begin(writer, "a");
  osmflow_xml_begin(writer, "b");
  osmflow_xml_end(writer);
  osmflow_xml_attribute_int(writer, "c", 1);
  osmflow_xml_end(writer);
}

static void write_too_deep(struct osmflow_xml_writer *writer) {
  for (int i = 0; i < 9; i++)
    osmflow_xml_begin(writer, "a");
  for (int i = 0; i < 9; i++)
    osmflow_xml_end(writer);
}

static void refuses_what_is_not_well_formed(void) {
  static void (*const cases[])(struct osmflow_xml_writer *) = {write_unended, write_end_too_many,
                                                               write_attribute_nowhere, write_too_deep};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes bytes;
    struct osmflow_xml_writer writer;
    osmflow_bytes_init(&bytes, 1000);
    osmflow_xml_writer_init(&writer, &bytes);
    cases[i](&writer);
    CU_ASSERT_EQUAL(osmflow_xml_writer_finish(&writer, NULL), OSMFLOW_BAD_ARGUMENT);
    osmflow_bytes_clear(&bytes);
  }
}

static void tells_when_the_buffer_is_full(void) {
  for (size_t ceiling = 0; ceiling < sizeof HEAD "<tag v=\"value\"/>\n" - 1; ceiling++) {
    struct osmflow_bytes bytes;
    struct osmflow_error error = {0};
    osmflow_bytes_init(&bytes, ceiling);
    CU_ASSERT_EQUAL(write_value(&bytes, osmflow_text("value"), &error), OSMFLOW_TOO_LARGE);
    CU_ASSERT_EQUAL(error.status, OSMFLOW_TOO_LARGE);
    osmflow_bytes_clear(&bytes);
  }
}

OSMFLOW_UNIT_MAIN("format/xml_writer", UNIT(refuses_what_xml_cannot_hold), UNIT(refuses_what_is_not_well_formed),
                  UNIT(the_first_error_stays), UNIT(tells_when_the_buffer_is_full), UNIT(escapes_values),
                  UNIT(every_value_reads_back), UNIT(writes_numbers_and_nests))
