#include "cli/whole.h"

enum { WORDS_CEILING = 500 };

void osmflow_whole_init(struct osmflow_whole *whole) {
  *whole = (struct osmflow_whole){.status = OSMFLOW_OK};
  osmflow_bytes_init(&whole->words, WORDS_CEILING);
}

void osmflow_whole_clear(struct osmflow_whole *whole) {
  osmflow_xml_reader_free(whole->xml);
  osmflow_json_reader_free(whole->json);
  osmflow_bytes_clear(&whole->words);
  osmflow_whole_init(whole);
}

/* An <error> stands in the root, or in a block of an osmChange document. */
static enum osmflow_status start(void *self, struct osmflow_text name, const struct osmflow_xml_attribute *attributes,
                                 size_t count, struct osmflow_error *error) {
  struct osmflow_whole *whole = self;
  (void)attributes;
  (void)count;
  (void)error;
  if ((whole->depth == 1 || whole->depth == 2) && osmflow_text_is(name, "error"))
    whole->has_error = whole->in_error = true;
  whole->depth++;
  return OSMFLOW_OK;
}

static enum osmflow_status end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct osmflow_whole *whole = self;
  (void)name;
  (void)error;
  whole->depth--;
  whole->in_error = false;
  return OSMFLOW_OK;
}

static enum osmflow_status text(void *self, struct osmflow_text words, struct osmflow_error *error) {
  struct osmflow_whole *whole = self;
  (void)error;
  /* More than fits is not needed. */
  if (whole->in_error && osmflow_bytes_add_text(&whole->words, words, NULL) != OSMFLOW_OK)
    whole->in_error = false;
  return OSMFLOW_OK;
}

static bool names(const char *content_type, const char *format) {
  struct osmflow_text rest = osmflow_text(content_type), type;
  const size_t size = strlen(format);
  osmflow_text_next(&rest, ';', &type);
  type = osmflow_text_trim(type);
  if (type.size <= size || !strchr("/+", type.data[type.size - size - 1]))
    return false;
  return osmflow_text_is_ignoring_case((struct osmflow_text){type.data + type.size - size, size}, format);
}

enum osmflow_status osmflow_whole_begin(struct osmflow_whole *whole, const char *content_type,
                                        struct osmflow_error *error) {
  const struct osmflow_xml_visitor xml = {whole, start, end, text};
  const struct osmflow_json_visitor json = {.self = NULL};
  osmflow_whole_clear(whole);
  if (names(content_type, "xml"))
    return osmflow_xml_reader_new(&xml, &whole->xml, error);
  if (names(content_type, "json"))
    return osmflow_json_reader_new(&json, &whole->json, error);
  return OSMFLOW_OK;
}

void osmflow_whole_feed(struct osmflow_whole *whole, const void *data, size_t size) {
  if (whole->status == OSMFLOW_OK && whole->xml)
    whole->status = osmflow_xml_reader_feed(whole->xml, data, size, &whole->error);
  else if (whole->status == OSMFLOW_OK && whole->json)
    whole->status = osmflow_json_reader_feed(whole->json, data, size, &whole->error);
}

enum osmflow_status osmflow_whole_finish(struct osmflow_whole *whole, struct osmflow_error *error) {
  const struct osmflow_text words = osmflow_text_trim(osmflow_bytes_view(&whole->words));
  if (whole->status == OSMFLOW_OK && whole->xml)
    whole->status = osmflow_xml_reader_finish(whole->xml, &whole->error);
  else if (whole->status == OSMFLOW_OK && whole->json)
    whole->status = osmflow_json_reader_finish(whole->json, &whole->error);
  if (whole->has_error)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server stopped in the middle of its answer: %.*s",
                             OSMFLOW_TEXT_ARGUMENTS(words));
  if (whole->status != OSMFLOW_OK)
    return osmflow_error_set(error, whole->status, "the answer is not whole: %s", whole->error.message);
  return OSMFLOW_OK;
}
