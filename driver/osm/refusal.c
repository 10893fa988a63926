#include "osm/refusal.h"

#include "base/number.h"

enum { MOST_WORDS = 65536, CUT_WORDS = 250 };

/* Patterns in a server's words, found anywhere, letters of any case. A blank stands for white space; %e: "way -1", the
 * element; %T and %i: its type and id apart; %m, %t: versions, mine and theirs; %O: the others' type, also plural; %l:
 * a list of their ids, "1,2" or "(1,2)"; %c: the changeset. The first that fits counts. */
static const struct {
  int http_status;
  enum osmflow_refusal_kind kind;
  const char *pattern;
} patterns[] = {
    {400, OSMFLOW_REFUSAL_READ_ONLY, "read only mode"},
    {404, OSMFLOW_REFUSAL_UNKNOWN, ""},
    {409, OSMFLOW_REFUSAL_VERSION, "version mismatch: provided %m, server had: %t of %e"},
    {409, OSMFLOW_REFUSAL_CLOSED, "the changeset %c was closed at"},
    {409, OSMFLOW_REFUSAL_LOCKED, "changeset %c is currently locked"},
    {409, OSMFLOW_REFUSAL_OWNER, "user doesn't own that changeset"},
    {410, OSMFLOW_REFUSAL_DELETED, "%T with the id %i has already been deleted"},
    {410, OSMFLOW_REFUSAL_DELETED, ""},
    {412, OSMFLOW_REFUSAL_STILL_USED, "%e is still used by %O %l"},
    {412, OSMFLOW_REFUSAL_STILL_USED, "%e is used in %O %l"},
    {412, OSMFLOW_REFUSAL_MISSING_MEMBERS, "%e requires the %O with id in %l"},
    {412, OSMFLOW_REFUSAL_MISSING_MEMBERS, "%T with id %i cannot be saved due to %O with id %l"},
    {412, OSMFLOW_REFUSAL_EMPTY_WAY, "%e must have at least one node"},
    {413, OSMFLOW_REFUSAL_TOO_WIDE, "bounding box"},
    {413, OSMFLOW_REFUSAL_TOO_WIDE, "size limit exceeded"}, /* Rails, of the bounding box */
    {413, OSMFLOW_REFUSAL_TOO_LARGE, ""},
    {429, OSMFLOW_REFUSAL_RATE, ""},
    {503, OSMFLOW_REFUSAL_READ_ONLY, "read only"},
    {503, OSMFLOW_REFUSAL_READ_ONLY, "offline"},
    {509, OSMFLOW_REFUSAL_RATE, ""},
};

struct cursor {
  const char *at, *end;
  bool may_be_cut; /* the words are as long as a header may be: what stands at the end may go on */
};

static char lower(char character) {
  return (char)(character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character);
}

static bool is_letter(char character) {
  return lower(character) >= 'a' && lower(character) <= 'z';
}

static bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

static bool is_blank(char character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

static bool skip_blanks(struct cursor *cursor) {
  const char *start = cursor->at;
  while (cursor->at < cursor->end && is_blank(*cursor->at))
    cursor->at++;
  return cursor->at > start;
}

static bool read_number(struct cursor *cursor, int64_t least, int64_t *number) {
  const char *start = cursor->at, *at = start;
  if (at < cursor->end && *at == '-')
    at++;
  while (at < cursor->end && is_digit(*at))
    at++;
  const struct osmflow_text digits = {start, (size_t)(at - start)};
  if ((at == cursor->end && cursor->may_be_cut) || !osmflow_parse_int(digits, least, OSMFLOW_MOST_ID, number))
    return false;
  cursor->at = at;
  return true;
}

static bool read_id(struct cursor *cursor, int64_t *id) {
  return read_number(cursor, -OSMFLOW_MOST_ID, id) && *id != 0;
}

/* "node", "Nodes". */
static bool read_type(struct cursor *cursor, enum osmflow_element_type *type) {
  const char *at = cursor->at;
  while (at < cursor->end && is_letter(*at))
    at++;
  struct osmflow_text word = {cursor->at, (size_t)(at - cursor->at)};
  if (word.size > 0 && lower(word.data[word.size - 1]) == 's')
    word.size--;
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    if (osmflow_text_is_ignoring_case(word, osmflow_element_type_names[i])) {
      *type = (enum osmflow_element_type)i;
      cursor->at = at;
      return true;
    }
  return false;
}

/* At least one; those that fit are kept. */
static bool read_list(struct cursor *cursor, struct osmflow_refusal *refusal) {
  int64_t id = 0;
  bool is_any = false;
  if (cursor->at < cursor->end && *cursor->at == '(')
    cursor->at++;
  while (read_id(cursor, &id)) {
    is_any = true;
    if (refusal->others_count < OSMFLOW_REFUSAL_OTHERS)
      refusal->others[refusal->others_count++] = id;
    if (cursor->at == cursor->end || *cursor->at != ',')
      break;
    cursor->at++;
    skip_blanks(cursor);
  }
  return is_any;
}

static bool read_part(struct cursor *cursor, char part, struct osmflow_refusal *refusal) {
  switch (part) {
    case 'e':
      refusal->has_element = read_type(cursor, &refusal->type) && skip_blanks(cursor) && read_id(cursor, &refusal->id);
      return refusal->has_element;
    case 'T':
      return read_type(cursor, &refusal->type);
    case 'i':
      refusal->has_element = read_id(cursor, &refusal->id);
      return refusal->has_element;
    case 'm':
      return read_number(cursor, 0, &refusal->mine);
    case 't':
      return read_number(cursor, 0, &refusal->theirs);
    case 'O':
      return read_type(cursor, &refusal->others_type);
    case 'l':
      return read_list(cursor, refusal);
    default:
      return read_number(cursor, 1, &refusal->changeset);
  }
}

static bool fits_here(struct cursor cursor, const char *pattern, struct osmflow_refusal *refusal) {
  for (; *pattern != '\0'; pattern++) {
    bool is_fine;
    if (*pattern == '%')
      is_fine = read_part(&cursor, *++pattern, refusal);
    else if (*pattern == ' ')
      is_fine = skip_blanks(&cursor);
    else
      is_fine = cursor.at < cursor.end && lower(*cursor.at++) == *pattern;
    if (!is_fine)
      return false;
  }
  return true;
}

/* Only at the beginnings of words: "Subway 5" is no way. */
static bool fits(struct osmflow_text words, const char *pattern, struct osmflow_refusal *refusal) {
  struct cursor cursor = {words.data, words.data + words.size, words.size >= CUT_WORDS};
  bool is_begin = true;
  if (*pattern == '\0')
    return true;
  for (; cursor.at < cursor.end; cursor.at++) {
    struct osmflow_refusal found = {.kind = refusal->kind};
    if (is_begin && fits_here(cursor, pattern, &found)) {
      *refusal = found;
      return true;
    }
    is_begin = !is_letter(*cursor.at) && !is_digit(*cursor.at);
  }
  return false;
}

void osmflow_refusal_parse(int http_status, struct osmflow_text words, struct osmflow_refusal *refusal) {
  words = words.data ? words : osmflow_text("");
  words.size = words.size < MOST_WORDS ? words.size : MOST_WORDS;
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    *refusal = (struct osmflow_refusal){.kind = patterns[i].kind};
    if (patterns[i].http_status == http_status && fits(words, patterns[i].pattern, refusal))
      return;
  }
  *refusal = (struct osmflow_refusal){.kind = OSMFLOW_REFUSAL_OTHER};
}
