/* What became of each edit, as a table for people and programs. */
#include <inttypes.h>
#include <stdio.h>

#include "net/file.h"
#include "osm/upload.h"

#define LONGEST_REPORT ((size_t)1 << 30)

static const char *const columns[] = {"type", "id", "new_id", "version", "action", "outcome", "feature", "reason"};
enum { COLUMNS = sizeof columns / sizeof columns[0], NUMBERS = 4 };

static const char *const actions[] = {"none", "create", "modify", "delete"};

/* The numbers stand from the second column on. */
static void read_item(const struct osmflow_change_item *item, struct osmflow_text texts[COLUMNS],
                      char numbers[NUMBERS][24]) {
  snprintf(numbers[1], sizeof numbers[1], "%" PRId64, item->draft->id);
  snprintf(numbers[2], sizeof numbers[2], "%" PRId64, item->new_id);
  snprintf(numbers[3], sizeof numbers[3], "%" PRIu32, item->new_version);
  texts[0] = osmflow_text(osmflow_element_type_names[item->draft->type]);
  for (int i = 1; i < NUMBERS; i++)
    texts[i] = osmflow_text(numbers[i]);
  texts[4] = osmflow_text(actions[item->action]);
  texts[5] = osmflow_text(osmflow_outcome_names[item->outcome]);
  texts[6] = item->draft->label;
  texts[7] = osmflow_text(item->reason ? item->reason : "");
}

static enum osmflow_status add_csv_text(struct osmflow_bytes *report, struct osmflow_text text,
                                        struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(report, "\"", error);
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++)
    status =
        osmflow_bytes_add(report, text.data[i] == '"' ? "\"\"" : text.data + i, text.data[i] == '"' ? 2 : 1, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(report, "\"", error) : status;
}

static enum osmflow_status write_csv(const struct osmflow_change *change, struct osmflow_bytes *report,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (int c = 0; status == OSMFLOW_OK && c < COLUMNS; c++)
    status = osmflow_bytes_print(report, error, "%s%s", c > 0 ? "," : "", columns[c]);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    struct osmflow_text texts[COLUMNS];
    char numbers[NUMBERS][24];
    read_item(&change->items[i], texts, numbers);
    status = osmflow_bytes_add_string(report, "\n", error);
    for (int c = 0; status == OSMFLOW_OK && c < COLUMNS; c++) {
      if (c > 0)
        status = osmflow_bytes_add_string(report, ",", error);
      if (status == OSMFLOW_OK)
        status =
            c < COLUMNS - 2 ? osmflow_bytes_add_text(report, texts[c], error) : add_csv_text(report, texts[c], error);
    }
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(report, "\n", error) : status;
}

static enum osmflow_status write_json(const struct osmflow_change *change, struct osmflow_bytes *report,
                                      struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(report, "[", error);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    struct osmflow_text texts[COLUMNS];
    char numbers[NUMBERS][24];
    read_item(&change->items[i], texts, numbers);
    status = osmflow_bytes_add_string(report, i > 0 ? ",\n{" : "\n{", error);
    for (int c = 0; status == OSMFLOW_OK && c < COLUMNS; c++) {
      status = osmflow_bytes_print(report, error, "%s\"%s\":", c > 0 ? "," : "", columns[c]);
      if (status == OSMFLOW_OK)
        status = c > 0 && c < NUMBERS ? osmflow_bytes_add_text(report, texts[c], error)
                                      : osmflow_bytes_add_json(report, texts[c], error);
    }
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(report, "}", error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(report, "\n]\n", error) : status;
}

static enum osmflow_status write_file(const char *path, struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_file_draft draft;
  enum osmflow_status status = osmflow_file_draft_open(&draft, path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&draft, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    return osmflow_file_draft_commit(&draft, error);
  osmflow_file_draft_discard(&draft);
  return status;
}

enum osmflow_status osmflow_upload_report(const struct osmflow_change *change, const char *path,
                                          struct osmflow_error *error) {
  const size_t size = strlen(path);
  const bool is_json = size >= 5 && osmflow_text_is_ignoring_case((struct osmflow_text){path + size - 5, 5}, ".json");
  struct osmflow_bytes report;
  osmflow_bytes_init(&report, LONGEST_REPORT);
  enum osmflow_status status = is_json ? write_json(change, &report, error) : write_csv(change, &report, error);
  if (status == OSMFLOW_OK)
    status = write_file(path, osmflow_bytes_view(&report), error);
  osmflow_bytes_clear(&report);
  return status;
}
