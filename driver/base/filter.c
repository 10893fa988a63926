#include "base/filter.h"

#include <string.h>

#include "base/text.h"

struct cursor {
  const char *at;
  bool good;
};

static void skip_blanks(struct cursor *cursor) {
  cursor->at += strspn(cursor->at, " \t\r\n");
}

static bool take(struct cursor *cursor, const char *word) {
  const struct osmflow_text text = {cursor->at, strnlen(cursor->at, strlen(word))};
  const bool found = osmflow_text_is_ignoring_case(text, word);
  if (found) {
    cursor->at += strlen(word);
    skip_blanks(cursor);
  }
  return found;
}

static void keep(struct cursor *cursor, char *buffer, size_t size, size_t *used, char letter) {
  if (*used + 1 < size)
    buffer[(*used)++] = letter;
  else
    cursor->good = false;
}

/* Between two equal quotes; a doubled quote stands for one. */
static void take_quoted(struct cursor *cursor, char *buffer, size_t size) {
  const char quote = *cursor->at++;
  size_t used = 0;
  while (*cursor->at && (*cursor->at != quote || cursor->at[1] == quote)) {
    cursor->at += *cursor->at == quote;
    keep(cursor, buffer, size, &used, *cursor->at++);
  }
  buffer[used] = '\0';
  cursor->good = cursor->good && *cursor->at == quote;
  cursor->at += *cursor->at == quote;
  skip_blanks(cursor);
}

static void take_bare(struct cursor *cursor, char *buffer, size_t size, const char *letters) {
  size_t used = 0;
  for (size_t left = strspn(cursor->at, letters); left > 0; left--)
    keep(cursor, buffer, size, &used, *cursor->at++);
  buffer[used] = '\0';
  cursor->good = cursor->good && used > 0;
  skip_blanks(cursor);
}

static void take_comparison(struct cursor *cursor, enum osmflow_comparison *comparison) {
  static const struct {
    const char *sign;
    enum osmflow_comparison comparison;
  } signs[] = {{"<=", OSMFLOW_LESS_EQUAL}, {">=", OSMFLOW_MORE_EQUAL}, {"=", OSMFLOW_EQUAL},   {"<", OSMFLOW_LESS},
               {">", OSMFLOW_MORE},        {"LIKE", OSMFLOW_LIKE},     {"ILIKE", OSMFLOW_LIKE}};
  const bool is_unequal = cursor->at[0] == '<' && cursor->at[1] == '>';
  bool found = false;
  for (size_t i = 0; !found && !is_unequal && i < sizeof signs / sizeof signs[0]; i++)
    if (take(cursor, signs[i].sign)) {
      *comparison = signs[i].comparison;
      found = true;
    }
  cursor->good = cursor->good && found;
}

static void take_condition(struct cursor *cursor, struct osmflow_filter *filter) {
  static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  struct osmflow_condition *condition = &filter->conditions[filter->count];
  size_t parentheses = 0;
  while (take(cursor, "("))
    parentheses++;
  if (*cursor->at == '"')
    take_quoted(cursor, condition->column, sizeof condition->column);
  else
    take_bare(cursor, condition->column, sizeof condition->column, name_letters);
  take_comparison(cursor, &condition->comparison);
  if (*cursor->at == '\'')
    take_quoted(cursor, condition->value, sizeof condition->value);
  else if (condition->comparison == OSMFLOW_LIKE)
    cursor->good = false;
  else
    take_bare(cursor, condition->value, sizeof condition->value, "0123456789.-");
  while (parentheses > 0 && take(cursor, ")"))
    parentheses--;
  cursor->good = cursor->good && parentheses == 0;
  filter->count += cursor->good;
}

void osmflow_filter_parse(const char *where, struct osmflow_filter *filter) {
  struct cursor cursor = {where ? where : "", true};
  filter->count = 0;
  skip_blanks(&cursor);
  bool more = *cursor.at != '\0';
  while (more) {
    take_condition(&cursor, filter);
    more = cursor.good && take(&cursor, "AND");
    cursor.good = cursor.good && (!more || filter->count < OSMFLOW_FILTER_CONDITIONS);
    more = more && cursor.good;
  }
  if (!cursor.good || *cursor.at != '\0')
    filter->count = 0;
}
