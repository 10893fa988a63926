#include "osm/journal_record.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "osm/journal_json.h"
#include "osm/journal_plan.h"

enum { MOST_ROWS = 16 * 1024 * 1024, ROW_NUMBERS = 4 };

static const char *const kinds[] = {"plan",     "create", "changeset", "send",     "applied", "rejected",
                                    "left out", "close",  "closed",    "given up", "end"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

void osmflow_journal_digest(struct osmflow_text text, char digest[65]) {
  uint8_t bytes[OSMFLOW_SHA256_SIZE];
  osmflow_sha256(text, bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}

/* Whether what is said here can be about the plan in force. Both sides of the file ask it. */
static const char *what_is_wrong(const struct osmflow_journal_record *record, size_t most) {
  const bool is_piece = record->kind == OSMFLOW_JOURNAL_SEND;
  if (record->changeset < 0)
    return "changeset";
  if (record->kind == OSMFLOW_JOURNAL_LEFT_OUT && record->first >= most)
    return "first";
  if (is_piece && (record->first > most || record->count > most - record->first))
    return "first, count";
  return NULL;
}

static void write_rows(struct osmflow_journal_writer *writer, const struct osmflow_journal_record *record) {
  osmflow_journal_put_open(writer, "rows", '[');
  for (size_t i = 0; i < record->count; i++) {
    osmflow_journal_put_int(writer, NULL, record->rows[i].type);
    osmflow_journal_put_int(writer, NULL, record->rows[i].old_id);
    osmflow_journal_put_int(writer, NULL, record->rows[i].new_id);
    osmflow_journal_put_int(writer, NULL, record->rows[i].new_version);
  }
  osmflow_journal_put_close(writer, ']');
}

enum osmflow_status osmflow_journal_record_write(const struct osmflow_journal_record *record,
                                                 const struct osmflow_journal_plan *plan, size_t most,
                                                 struct osmflow_bytes *text, struct osmflow_error *error) {
  struct osmflow_journal_writer writer = {.bytes = text, .error = error};
  const char *wrong = what_is_wrong(record, most);
  if (wrong || (record->kind == OSMFLOW_JOURNAL_PLAN) != (plan != NULL))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a record \"%s\" of a journal with a wrong %s",
                             kinds[record->kind], wrong ? wrong : "kind");
  osmflow_journal_line_begin(&writer);
  osmflow_journal_put_words(&writer, "kind", osmflow_text(kinds[record->kind]));
  if (plan) {
    osmflow_journal_put_int(&writer, "plan", plan->number);
    osmflow_journal_put_words(&writer, "file", osmflow_text(plan->digest));
  }
  if (record->changeset != 0)
    osmflow_journal_put_int(&writer, "changeset", record->changeset);
  if (record->first != 0)
    osmflow_journal_put_int(&writer, "first", (int64_t)record->first);
  if (record->count != 0)
    osmflow_journal_put_int(&writer, "count", (int64_t)record->count);
  if (record->text && *record->text)
    osmflow_journal_put_words(&writer, "text", osmflow_text(record->text));
  if (record->digest && *record->digest)
    osmflow_journal_put_words(&writer, "digest", osmflow_text(record->digest));
  if (record->kind == OSMFLOW_JOURNAL_APPLIED)
    write_rows(&writer, record);
  osmflow_journal_line_end(&writer);
  return writer.status;
}

static enum osmflow_status refuse(const char *what, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "wrong or missing: %s", what);
}

static enum osmflow_status read_rows(const struct osmflow_tree_node *object, struct osmflow_journal_record *record,
                                     struct osmflow_diff_row **rows, struct osmflow_error *error) {
  const struct osmflow_tree_node *item;
  size_t numbers;
  size_t capacity = 0;
  if (!osmflow_journal_get_array(object, "rows", &item, &numbers) || numbers % ROW_NUMBERS != 0 ||
      numbers / ROW_NUMBERS != record->count)
    return refuse("rows", error);
  const enum osmflow_status status =
      osmflow_array_reserve((void **)rows, &capacity, record->count, sizeof **rows, MOST_ROWS, error);
  if (status != OSMFLOW_OK)
    return status;
  for (size_t i = 0; i < record->count; i++) {
    int64_t values[ROW_NUMBERS];
    static const int64_t most[ROW_NUMBERS] = {OSMFLOW_ELEMENT_TYPES - 1, OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, UINT32_MAX};
    static const int64_t least[ROW_NUMBERS] = {0, -OSMFLOW_MOST_ID, 0, 0};
    for (size_t j = 0; j < ROW_NUMBERS; j++, item = item->next)
      if (!osmflow_journal_item_int(item, least[j], most[j], &values[j]))
        return refuse("rows", error);
    (*rows)[i] =
        (struct osmflow_diff_row){(enum osmflow_element_type)values[0], values[1], values[2], (uint32_t)values[3]};
  }
  record->rows = *rows;
  return OSMFLOW_OK;
}

/* A PLAN record puts the plan that it names in force. */
static enum osmflow_status read_plan(const struct osmflow_tree_node *object, size_t count,
                                     struct osmflow_journal_plan *plan, struct osmflow_error *error) {
  struct osmflow_text digest;
  int64_t number;
  if (!osmflow_journal_get_int(object, "plan", plan->number + 1, INT32_MAX, &number) || number == 0)
    return refuse("plan", error);
  if (!osmflow_journal_get_text(object, "file", &digest) || digest.size != sizeof plan->digest - 1)
    return refuse("file", error);
  *plan = (struct osmflow_journal_plan){.number = number, .count = count};
  memcpy(plan->digest, digest.data, digest.size);
  return OSMFLOW_OK;
}

static enum osmflow_status read_kind(const struct osmflow_tree_node *object, enum osmflow_journal_kind *kind,
                                     struct osmflow_error *error) {
  struct osmflow_text word;
  int found = 0;
  if (!osmflow_journal_get_text(object, "kind", &word))
    return refuse("kind", error);
  while (found < KINDS && !osmflow_text_is(word, kinds[found]))
    found++;
  if (found == KINDS)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "an unknown kind of record, \"%.*s\"",
                             OSMFLOW_TEXT_ARGUMENTS(word));
  *kind = (enum osmflow_journal_kind)found;
  return OSMFLOW_OK;
}

static enum osmflow_status read_members(const struct osmflow_tree_node *object, struct osmflow_journal_record *record,
                                        struct osmflow_error *error) {
  struct osmflow_text text;
  struct osmflow_text digest;
  int64_t first;
  int64_t count;
  if (!osmflow_journal_get_int(object, "changeset", 0, INT64_MAX, &record->changeset))
    return refuse("changeset", error);
  if (!osmflow_journal_get_int(object, "first", 0, (int64_t)OSMFLOW_JOURNAL_CEILING, &first) ||
      !osmflow_journal_get_int(object, "count", 0, (int64_t)OSMFLOW_JOURNAL_CEILING, &count))
    return refuse("first, count", error);
  if (!osmflow_journal_get_text(object, "text", &text) || !osmflow_journal_get_text(object, "digest", &digest))
    return refuse("text, digest", error);
  record->first = (size_t)first;
  record->count = (size_t)count;
  record->text = text.data;
  record->digest = digest.data;
  return OSMFLOW_OK;
}

static enum osmflow_status read_record(const struct osmflow_tree_node *object, osmflow_journal_visitor *visitor,
                                       void *self, struct osmflow_journal_plan *plan, struct osmflow_error *error) {
  struct osmflow_journal_record record = {.text = ""};
  struct osmflow_diff_row *rows = NULL;
  enum osmflow_status status = read_kind(object, &record.kind, error);
  if (status == OSMFLOW_OK)
    status = read_members(object, &record, error);
  if (status == OSMFLOW_OK && record.kind == OSMFLOW_JOURNAL_PLAN)
    status = read_plan(object, record.count, plan, error);
  else if (status == OSMFLOW_OK && plan->number == 0)
    status = refuse("plan", error);
  if (status == OSMFLOW_OK && record.kind == OSMFLOW_JOURNAL_APPLIED)
    status = read_rows(object, &record, &rows, error);
  const char *wrong = status == OSMFLOW_OK ? what_is_wrong(&record, plan->count) : NULL;
  if (wrong)
    status = refuse(wrong, error);
  if (status == OSMFLOW_OK && visitor)
    status = visitor(self, &record, error);
  free(rows);
  return status;
}

static enum osmflow_status read_line(struct osmflow_text json, osmflow_journal_visitor *visitor, void *self,
                                     struct osmflow_journal_text *read, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *object;
  if (read->line == 1)
    return osmflow_journal_head_read(json, &read->own, error);
  enum osmflow_status status = osmflow_journal_line_parse(json, &tree, &object, error);
  if (status == OSMFLOW_OK)
    status = read_record(object, visitor, self, &read->plan, error);
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_journal_text_read(struct osmflow_text text, osmflow_journal_visitor *visitor, void *self,
                                              struct osmflow_journal_text *read, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  enum osmflow_journal_line found;
  struct osmflow_text json;
  const char *start = text.data;
  *read = (struct osmflow_journal_text){.line = 1};
  while ((found = osmflow_journal_line_next(&text, &json)) == OSMFLOW_JOURNAL_LINE_GOOD) {
    status = read_line(json, visitor, self, read, error);
    if (status != OSMFLOW_OK)
      break;
    read->whole = (size_t)(text.data - start);
    read->line++;
  }
  if (status == OSMFLOW_OK && found == OSMFLOW_JOURNAL_LINE_DAMAGED)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "damaged");
  /* Head and first plan are there before the file gets its name, so no crash leaves it without them. */
  if (status == OSMFLOW_OK && read->plan.number == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "cut off before the end of the first plan");
  if (status != OSMFLOW_OK)
    osmflow_journal_own_head_clear(&read->own);
  return status;
}
