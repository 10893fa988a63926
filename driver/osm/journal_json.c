#include "osm/journal_json.h"

#include <inttypes.h>

#include "base/crc32.h"
#include "base/number.h"

enum { CHECKSUM_DIGITS = 8, PREFIX = CHECKSUM_DIGITS + 1 };

static void add(struct osmflow_journal_writer *writer, const char *data, size_t size) {
  if (writer->status == OSMFLOW_OK)
    writer->status = osmflow_bytes_add(writer->bytes, data, size, writer->error);
}

static void format_checksum(struct osmflow_text text, char digits[CHECKSUM_DIGITS]) {
  static const char hexadecimal[] = "0123456789abcdef";
  uint32_t sum = osmflow_crc32(text);
  for (size_t i = CHECKSUM_DIGITS; i-- > 0; sum >>= 4)
    digits[i] = hexadecimal[sum & 15];
}

void osmflow_journal_line_begin(struct osmflow_journal_writer *writer) {
  writer->line_start = writer->bytes->size;
  writer->needs_comma = false;
  add(writer, "-------- ", PREFIX);
  osmflow_journal_put_open(writer, NULL, '{');
}

void osmflow_journal_line_end(struct osmflow_journal_writer *writer) {
  osmflow_journal_put_close(writer, '}');
  if (writer->status != OSMFLOW_OK)
    return;
  char *line = writer->bytes->data + writer->line_start;
  const struct osmflow_text json = {line + PREFIX, writer->bytes->size - writer->line_start - PREFIX};
  if (json.size > OSMFLOW_JOURNAL_LINE_CEILING - PREFIX - 1)
    writer->status = osmflow_error_set(writer->error, OSMFLOW_TOO_LARGE, "a line of a journal with more than %d bytes",
                                       OSMFLOW_JOURNAL_LINE_CEILING);
  else
    format_checksum(json, line);
  add(writer, "\n", 1);
}

static void put_name(struct osmflow_journal_writer *writer, const char *name) {
  if (writer->needs_comma)
    add(writer, ",", 1);
  writer->needs_comma = true;
  if (name && writer->status == OSMFLOW_OK)
    writer->status = osmflow_bytes_print(writer->bytes, writer->error, "\"%s\":", name);
}

void osmflow_journal_put_open(struct osmflow_journal_writer *writer, const char *name, char bracket) {
  put_name(writer, name);
  add(writer, &bracket, 1);
  writer->needs_comma = false;
}

void osmflow_journal_put_close(struct osmflow_journal_writer *writer, char bracket) {
  add(writer, &bracket, 1);
  writer->needs_comma = true;
}

void osmflow_journal_put_int(struct osmflow_journal_writer *writer, const char *name, int64_t value) {
  put_name(writer, name);
  if (writer->status == OSMFLOW_OK)
    writer->status = osmflow_bytes_print(writer->bytes, writer->error, "%" PRId64, value);
}

void osmflow_journal_put_words(struct osmflow_journal_writer *writer, const char *name, struct osmflow_text text) {
  put_name(writer, name);
  if (writer->status == OSMFLOW_OK)
    writer->status = osmflow_bytes_add_json(writer->bytes, text, writer->error);
}

void osmflow_journal_put_text(struct osmflow_journal_writer *writer, const char *name, struct osmflow_text text) {
  if (writer->status == OSMFLOW_OK && !osmflow_text_is_utf8(text))
    writer->status = osmflow_error_set(writer->error, OSMFLOW_BAD_ARGUMENT, "a text that is not UTF-8: \"%.*s\"",
                                       OSMFLOW_TEXT_ARGUMENTS(text));
  osmflow_journal_put_words(writer, name, text);
}

/* Blocks of a file that did not reach the disk read as zeros. One single zero byte is no such block. */
static bool holds_lost_block(struct osmflow_text line) {
  bool found = false;
  for (size_t i = 1; !found && i < line.size; i++)
    found = line.data[i] == '\0' && line.data[i - 1] == '\0';
  return found;
}

enum osmflow_journal_line osmflow_journal_line_next(struct osmflow_text *rest, struct osmflow_text *json) {
  char digits[CHECKSUM_DIGITS];
  if (rest->size == 0)
    return OSMFLOW_JOURNAL_LINE_NONE;
  const char *end = memchr(rest->data, '\n', rest->size);
  if (!end)
    return OSMFLOW_JOURNAL_LINE_TORN;
  const struct osmflow_text line = {rest->data, (size_t)(end - rest->data)};
  rest->data += line.size + 1;
  rest->size -= line.size + 1;
  if (line.size > PREFIX && line.size < OSMFLOW_JOURNAL_LINE_CEILING && line.data[CHECKSUM_DIGITS] == ' ') {
    *json = (struct osmflow_text){line.data + PREFIX, line.size - PREFIX};
    format_checksum(*json, digits);
    if (memcmp(digits, line.data, CHECKSUM_DIGITS) == 0)
      return OSMFLOW_JOURNAL_LINE_GOOD;
  }
  return rest->size == 0 && holds_lost_block(line) ? OSMFLOW_JOURNAL_LINE_TORN : OSMFLOW_JOURNAL_LINE_DAMAGED;
}

enum osmflow_status osmflow_journal_line_parse(struct osmflow_text json, struct osmflow_tree **tree,
                                               const struct osmflow_tree_node **object, struct osmflow_error *error) {
  *tree = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(*tree, json.data, json.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(*tree, object, error);
  if (status == OSMFLOW_OK && (*object)->kind != OSMFLOW_TREE_OBJECT)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "no JSON object");
  if (status != OSMFLOW_OK) {
    osmflow_tree_free(*tree);
    *tree = NULL;
  }
  return status;
}

bool osmflow_journal_item_int(const struct osmflow_tree_node *item, int64_t least, int64_t most, int64_t *value) {
  return item && item->kind == OSMFLOW_TREE_NUMBER && osmflow_parse_int(item->text, least, most, value);
}

bool osmflow_journal_item_text(const struct osmflow_tree_node *item, struct osmflow_text *text) {
  if (!item || item->kind != OSMFLOW_TREE_STRING)
    return false;
  *text = item->text;
  return true;
}

bool osmflow_journal_get_int(const struct osmflow_tree_node *object, const char *name, int64_t least, int64_t most,
                             int64_t *value) {
  const struct osmflow_tree_node *member = osmflow_tree_child(object, name);
  *value = 0;
  return !member || osmflow_journal_item_int(member, least, most, value);
}

bool osmflow_journal_get_text(const struct osmflow_tree_node *object, const char *name, struct osmflow_text *text) {
  const struct osmflow_tree_node *member = osmflow_tree_child(object, name);
  *text = osmflow_text("");
  return !member || osmflow_journal_item_text(member, text);
}

bool osmflow_journal_get_array(const struct osmflow_tree_node *object, const char *name,
                               const struct osmflow_tree_node **first, size_t *count) {
  const struct osmflow_tree_node *member = osmflow_tree_child(object, name);
  *first = member ? member->first : NULL;
  *count = 0;
  for (const struct osmflow_tree_node *item = *first; item; item = item->next)
    ++*count;
  return !member || member->kind == OSMFLOW_TREE_ARRAY;
}
