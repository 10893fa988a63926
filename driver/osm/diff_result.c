#include "osm/diff_result.h"

#include <stdlib.h>

#include "base/number.h"
#include "format/xml.h"
#include "osm/read_parts.h"

enum { MOST_ROWS = 1000000, SERVER_WORDS = 4096 };

struct osmflow_diff_reader {
  struct osmflow_diff_result *result;
  struct osmflow_xml_reader *xml;
  size_t depth;
  bool in_error; /* <error>: the server failed after it had begun to answer */
  struct osmflow_bytes server_words;
};

static void free_reader(struct osmflow_diff_result *result) {
  if (!result->reader)
    return;
  osmflow_xml_reader_free(result->reader->xml);
  osmflow_bytes_clear(&result->reader->server_words);
  free(result->reader);
  result->reader = NULL;
}

static enum osmflow_status start_root(struct osmflow_text name, struct osmflow_error *error) {
  if (osmflow_text_is(name, "diffResult"))
    return OSMFLOW_OK;
  if (osmflow_text_is_ignoring_case(name, "html"))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "a web page came instead of a diffResult: is this the address of an OSM API server, or "
                             "does a proxy or login page stand in between?");
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "<%.*s> came instead of <diffResult>",
                           OSMFLOW_TEXT_ARGUMENTS(name));
}

static enum osmflow_status bad_row(struct osmflow_text name, size_t number, const char *attribute,
                                   struct osmflow_text value, struct osmflow_error *error) {
  if (!value.data)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "row %zu, a %.*s: %s is missing", number,
                             OSMFLOW_TEXT_ARGUMENTS(name), attribute);
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "row %zu, a %.*s: %s is '%.*s'", number,
                           OSMFLOW_TEXT_ARGUMENTS(name), attribute, OSMFLOW_TEXT_ARGUMENTS(value));
}

static enum osmflow_status add_row(struct osmflow_diff_result *result, const struct osmflow_diff_row *row,
                                   struct osmflow_error *error) {
  void *rows = result->rows;
  const enum osmflow_status status =
      osmflow_array_reserve(&rows, &result->capacity, result->count + 1, sizeof *result->rows, MOST_ROWS, error);
  result->rows = rows;
  if (status == OSMFLOW_OK)
    result->rows[result->count++] = *row;
  return status;
}

static enum osmflow_status start_row(struct osmflow_diff_result *result, struct osmflow_text name,
                                     const struct osmflow_xml_attribute *attributes, size_t count,
                                     struct osmflow_error *error) {
  const struct osmflow_text old_id = osmflow_xml_attribute(attributes, count, "old_id");
  const struct osmflow_text new_id = osmflow_xml_attribute(attributes, count, "new_id");
  const struct osmflow_text new_version = osmflow_xml_attribute(attributes, count, "new_version");
  struct osmflow_diff_row row = {0};
  int64_t version = 0;
  if (!osmflow_read_type(name, &row.type))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "<%.*s> in a diffResult, which has node, way and relation",
                             OSMFLOW_TEXT_ARGUMENTS(name));
  if (!osmflow_parse_int(old_id, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &row.old_id) || row.old_id == 0)
    return bad_row(name, result->count + 1, "old_id", old_id, error);
  if (new_id.data || new_version.data) {
    if (!osmflow_parse_int(new_id, 1, OSMFLOW_MOST_ID, &row.new_id))
      return bad_row(name, result->count + 1, "new_id", new_id, error);
    if (!osmflow_parse_int(new_version, 1, UINT32_MAX, &version))
      return bad_row(name, result->count + 1, "new_version", new_version, error);
  }
  row.new_version = (uint32_t)version;
  return add_row(result, &row, error);
}

static enum osmflow_status start(void *self, struct osmflow_text name, const struct osmflow_xml_attribute *attributes,
                                 size_t count, struct osmflow_error *error) {
  struct osmflow_diff_reader *reader = self;
  const size_t depth = reader->depth++;
  if (depth == 0)
    return start_root(name, error);
  if (depth > 1)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "<%.*s> inside a row", OSMFLOW_TEXT_ARGUMENTS(name));
  reader->in_error = osmflow_text_is(name, "error");
  return reader->in_error ? OSMFLOW_OK : start_row(reader->result, name, attributes, count, error);
}

static enum osmflow_status end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct osmflow_diff_reader *reader = self;
  (void)name;
  reader->depth--;
  return reader->in_error ? osmflow_read_server_error(osmflow_bytes_view(&reader->server_words), error) : OSMFLOW_OK;
}

static enum osmflow_status text(void *self, struct osmflow_text words, struct osmflow_error *error) {
  struct osmflow_diff_reader *reader = self;
  const size_t room = SERVER_WORDS - reader->server_words.size;
  if (reader->in_error) {
    words.size = words.size < room ? words.size : room;
    return osmflow_bytes_add_text(&reader->server_words, words, error);
  }
  if (osmflow_text_trim(words).size > 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "a text stands between the rows of a diffResult");
  return OSMFLOW_OK;
}

/* What came so far is no result: a caller who missed the error finds nothing. */
static enum osmflow_status give_up(struct osmflow_diff_result *result, enum osmflow_status status,
                                   struct osmflow_error *error) {
  free_reader(result);
  result->count = 0;
  osmflow_error_prefix(error, "the answer to the upload: ");
  return status;
}

static enum osmflow_status begin(void *self, const struct osmflow_http_response *response,
                                 struct osmflow_error *error) {
  struct osmflow_diff_result *result = self;
  (void)response;
  free_reader(result);
  result->count = 0;
  result->reader = calloc(1, sizeof *result->reader);
  if (!result->reader)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a reader");
  result->reader->result = result;
  osmflow_bytes_init(&result->reader->server_words, SERVER_WORDS);
  const struct osmflow_xml_visitor visitor = {result->reader, start, end, text};
  const enum osmflow_status status = osmflow_xml_reader_new(&visitor, &result->reader->xml, error);
  return status == OSMFLOW_OK ? status : give_up(result, status, error);
}

static enum osmflow_status no_reader(struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer to the upload was already found to be wrong");
}

static enum osmflow_status feed(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct osmflow_diff_result *result = self;
  if (!result->reader)
    return no_reader(error);
  const enum osmflow_status status = osmflow_xml_reader_feed(result->reader->xml, data, size, error);
  return status == OSMFLOW_OK ? status : give_up(result, status, error);
}

static enum osmflow_status finish(void *self, struct osmflow_error *error) {
  struct osmflow_diff_result *result = self;
  if (!result->reader)
    return no_reader(error);
  const enum osmflow_status status = osmflow_xml_reader_finish(result->reader->xml, error);
  if (status != OSMFLOW_OK)
    return give_up(result, status, error);
  free_reader(result);
  return status;
}

void osmflow_diff_result_init(struct osmflow_diff_result *result) {
  *result = (struct osmflow_diff_result){0};
}

void osmflow_diff_result_clear(struct osmflow_diff_result *result) {
  free_reader(result);
  free(result->rows);
  osmflow_diff_result_init(result);
}

struct osmflow_http_sink osmflow_diff_result_sink(struct osmflow_diff_result *result) {
  return (struct osmflow_http_sink){result, begin, feed, finish};
}

enum osmflow_status osmflow_diff_result_read(struct osmflow_diff_result *result, struct osmflow_text document,
                                             struct osmflow_error *error) {
  enum osmflow_status status = begin(result, NULL, error);
  if (status == OSMFLOW_OK && document.size > 0)
    status = feed(result, document.data, document.size, error);
  return status == OSMFLOW_OK ? finish(result, error) : status;
}
