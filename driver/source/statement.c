#include "source/statement.h"

#include <ctype.h>
#include <string.h>

#include "base/number.h"

/* The next word, name in double quotes or sign; "" at the end. False: it is too long, or a quote is not closed. */
static bool next_word(const char **at, char word[OSMFLOW_STATEMENT_WORD], bool *is_quoted) {
  size_t size = 0;
  while (isspace((unsigned char)**at))
    (*at)++;
  *is_quoted = **at == '"';
  const char *begin = *at + (*is_quoted ? 1 : 0), *end = begin;
  if (*is_quoted)
    while (*end && *end != '"')
      end++;
  else
    while (isalnum((unsigned char)*end) || *end == '_' || *end == '.')
      end++;
  if (*is_quoted && !*end)
    return false;
  if (end == begin && *end)
    end++;
  size = (size_t)(end - begin);
  if (size >= OSMFLOW_STATEMENT_WORD)
    return false;
  memcpy(word, begin, size);
  word[size] = '\0';
  *at = end + (*is_quoted ? 1 : 0);
  return true;
}

struct reader {
  const char *at;
  char word[OSMFLOW_STATEMENT_WORD];
  bool is_quoted, is_good;
};

static void step(struct reader *reader) {
  reader->is_good = reader->is_good && next_word(&reader->at, reader->word, &reader->is_quoted);
}

static bool take(struct reader *reader, const char *word) {
  const bool found =
      reader->is_good && !reader->is_quoted && osmflow_text_is_ignoring_case(osmflow_text(reader->word), word);
  if (found)
    step(reader);
  return found;
}

static bool take_name(struct reader *reader, char name[OSMFLOW_STATEMENT_WORD]) {
  const bool is_name = reader->is_good && reader->word[0] &&
                       (reader->is_quoted || isalpha((unsigned char)reader->word[0]) || reader->word[0] == '_');
  if (is_name) {
    memcpy(name, reader->word, OSMFLOW_STATEMENT_WORD);
    step(reader);
  }
  return is_name;
}

/* "*", or names: whatever is worked out over many rows has parentheses. */
static bool take_columns(struct reader *reader) {
  char name[OSMFLOW_STATEMENT_WORD];
  if (!reader->is_quoted && take(reader, "DISTINCT"))
    return false;
  do {
    if (!take(reader, "*") && !take_name(reader, name))
      return false;
  } while (take(reader, ","));
  return true;
}

bool osmflow_statement_parse(const char *text, struct osmflow_statement *statement) {
  struct reader reader = {.at = text, .is_good = true};
  *statement = (struct osmflow_statement){.limit = 0};
  step(&reader);
  if (!take(&reader, "SELECT") || !take_columns(&reader) || !take(&reader, "FROM") ||
      !take_name(&reader, statement->layer))
    return false;
  if (take(&reader, "ORDER")) {
    if (!take(&reader, "BY") || !take_name(&reader, statement->order_by))
      return false;
    statement->is_descending = take(&reader, "DESC");
    if (!statement->is_descending)
      (void)take(&reader, "ASC");
  }
  if (!take(&reader, "LIMIT") || !osmflow_parse_int(osmflow_text(reader.word), 1, INT32_MAX, &statement->limit))
    return false;
  step(&reader);
  (void)take(&reader, ";");
  return reader.is_good && reader.word[0] == '\0';
}
