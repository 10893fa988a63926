/* The statistics as CSV, turned into the JSON of the same call. The header is undocumented: names are compared without
 * case, blanks and signs, and what is not known is kept under "other". */
#include <stdio.h>

#include "mapflow/table_parts.h"

enum { MOST_FIELDS = 100, LONGEST_NAME = 64, LONGEST_FIELD = 1024 * 1024 };

struct reader {
  const char *at, *end;
  char separator;
};

struct header {
  const char *members[MOST_FIELDS]; /* NULL: not known */
  char names[MOST_FIELDS][LONGEST_NAME];
  size_t count;
};

static const char *member_of(const char *name) {
  static const struct {
    const char *plain, *member;
  } names[] = {{"id", "id"},
               {"processingid", "id"},
               {"name", "name"},
               {"processing", "name"},
               {"processingname", "name"},
               {"project", "projectName"},
               {"projectname", "projectName"},
               {"projectid", "projectId"},
               {"email", "email"},
               {"user", "email"},
               {"useremail", "email"},
               {"area", "area"},
               {"cost", "cost"},
               {"created", "created"},
               {"createdat", "created"},
               {"creationdate", "created"},
               {"completiondate", "completionDate"},
               {"completed", "completionDate"},
               {"status", "status"},
               {"percentcompleted", "percentCompleted"},
               {"progress", "percentCompleted"},
               {"archived", "archived"},
               {"dataprovider", "dataProvider"},
               {"provider", "dataProvider"},
               {"linktomap", "linkToMap"},
               {"link", "linkToMap"},
               {"scenario", "scenario"},
               {"model", "scenario"},
               {"workflow", "scenario"}};
  char plain[LONGEST_NAME];
  size_t size = 0;
  for (; *name && size + 1 < sizeof plain; name++) {
    const char letter = (char)(*name >= 'A' && *name <= 'Z' ? *name + ('a' - 'A') : *name);
    if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || (unsigned char)letter >= 0x80)
      plain[size++] = letter;
  }
  plain[size] = '\0';
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i].plain, plain) == 0)
      return names[i].member;
  return NULL;
}

/* One field; *ends_row: a line's end, or the text's, is behind it. */
static enum osmflow_status take_field(struct reader *reader, struct osmflow_bytes *field, bool *ends_row,
                                      struct osmflow_error *error) {
  const bool is_quoted = reader->at < reader->end && *reader->at == '"';
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(field);
  reader->at += is_quoted;
  bool is_open = is_quoted;
  while (status == OSMFLOW_OK && reader->at < reader->end) {
    const char letter = *reader->at;
    const bool is_double = letter == '"' && reader->at + 1 < reader->end && reader->at[1] == '"';
    if (!is_open && (letter == reader->separator || letter == '\n'))
      break;
    reader->at += is_quoted && is_double ? 2 : 1;
    if (is_open && letter == '"' && !is_double)
      is_open = false;
    else if (is_open || letter != '\r')
      status = osmflow_bytes_add(field, &letter, 1, error);
  }
  if (status == OSMFLOW_OK && is_open)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "processings/stats: the CSV is cut off within quotes");
  *ends_row = reader->at == reader->end || *reader->at == '\n';
  reader->at += reader->at < reader->end;
  return status;
}

static enum osmflow_status read_header(struct reader *reader, struct osmflow_bytes *field, struct header *header,
                                       struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool ends_row = false;
  while (status == OSMFLOW_OK && !ends_row) {
    status = take_field(reader, field, &ends_row, error);
    if (status == OSMFLOW_OK && header->count == MOST_FIELDS)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "processings/stats: the CSV has more than %d columns",
                               MOST_FIELDS);
    if (status == OSMFLOW_OK) {
      snprintf(header->names[header->count], LONGEST_NAME, "%s", osmflow_bytes_string(field));
      header->members[header->count] = member_of(header->names[header->count]);
      header->count++;
    }
  }
  size_t known = 0;
  for (size_t i = 0; i < header->count; i++)
    known += header->members[i] != NULL;
  if (status == OSMFLOW_OK && known == 0 && header->count < 2)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "processings/stats: the answer is neither JSON nor CSV");
  return status;
}

static enum osmflow_status add_member(struct osmflow_bytes *json, const char *name, struct osmflow_text value,
                                      struct osmflow_error *error) {
  const char last = json->size > 0 ? json->data[json->size - 1] : '{';
  enum osmflow_status status = last == '{' ? OSMFLOW_OK : osmflow_bytes_add(json, ",", 1, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(json, osmflow_text(name), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(json, ":", 1, error);
  if (status == OSMFLOW_OK)
    status =
        value.size > 0 ? osmflow_bytes_add_json(json, value, error) : osmflow_bytes_add_string(json, "null", error);
  return status;
}

static enum osmflow_status read_row(struct reader *reader, const struct header *header, struct osmflow_bytes *field,
                                    struct osmflow_bytes *json, struct osmflow_error *error) {
  struct osmflow_bytes other;
  enum osmflow_status status = osmflow_bytes_add(json, "{", 1, error);
  bool ends_row = false;
  osmflow_bytes_init(&other, json->ceiling);
  for (size_t i = 0; status == OSMFLOW_OK && !ends_row; i++) {
    status = take_field(reader, field, &ends_row, error);
    const struct osmflow_text value = osmflow_text_trim(osmflow_bytes_view(field));
    if (status != OSMFLOW_OK || i >= header->count)
      continue;
    status = header->members[i] ? add_member(json, header->members[i], value, error)
                                : osmflow_bytes_add_string(&other, other.size == 0 ? "{" : "", error);
    if (status == OSMFLOW_OK && !header->members[i])
      status = add_member(&other, header->names[i], value, error);
  }
  if (status == OSMFLOW_OK && other.size > 0)
    status = osmflow_bytes_print(json, error, "%s\"other\":%s}", json->data[json->size - 1] == '{' ? "" : ",",
                                 osmflow_bytes_string(&other));
  osmflow_bytes_clear(&other);
  return status == OSMFLOW_OK ? osmflow_bytes_add(json, "}", 1, error) : status;
}

static bool is_blank_line(const struct reader *reader) {
  const char *at = reader->at;
  while (at < reader->end && (*at == ' ' || *at == '\r'))
    at++;
  return at == reader->end || *at == '\n';
}

enum osmflow_status osmflow_mapflow_csv_to_json(struct osmflow_text csv, struct osmflow_bytes *json,
                                                struct osmflow_error *error) {
  struct reader reader = {csv.data, csv.data + csv.size, ','};
  struct header header = {.count = 0};
  struct osmflow_bytes field;
  size_t rows = 0;
  if (csv.size >= 3 && memcmp(csv.data, "\xEF\xBB\xBF", 3) == 0)
    reader.at += 3;
  const char *line_end = csv.size > 0 ? memchr(csv.data, '\n', csv.size) : NULL;
  const size_t line = line_end ? (size_t)(line_end - csv.data) : csv.size;
  if (line > 0 && !memchr(csv.data, ',', line) && memchr(csv.data, ';', line))
    reader.separator = ';';
  osmflow_bytes_init(&field, LONGEST_FIELD);
  enum osmflow_status status = read_header(&reader, &field, &header, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(json, "{\"results\":[", error);
  while (status == OSMFLOW_OK && reader.at < reader.end) {
    if (is_blank_line(&reader)) {
      const char *next = memchr(reader.at, '\n', (size_t)(reader.end - reader.at));
      reader.at = next ? next + 1 : reader.end;
      continue;
    }
    status = osmflow_bytes_add_string(json, rows++ > 0 ? "," : "", error);
    if (status == OSMFLOW_OK)
      status = read_row(&reader, &header, &field, json, error);
  }
  osmflow_bytes_clear(&field);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, "]}", error) : status;
}
