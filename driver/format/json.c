#include "format/json.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"

enum { DEEPEST = 64, LONGEST_TOKEN = 16 * 1024 * 1024, LONGEST_WORD = 5, NO_SURROGATE = 0 };

/* What may come next, outside of a token. */
enum expectation {
  EXPECT_VALUE,
  EXPECT_FIRST_ITEM, /* a value or ']' */
  EXPECT_FIRST_KEY,  /* a key or '}' */
  EXPECT_KEY,
  EXPECT_COLON,
  EXPECT_COMMA, /* or the closing bracket */
  EXPECT_END    /* white space only */
};

/* The token that the last piece of the document ended in. */
enum token { TOKEN_NONE, TOKEN_STRING, TOKEN_ESCAPE, TOKEN_UNICODE, TOKEN_NUMBER, TOKEN_WORD };

struct osmflow_json_reader {
  struct osmflow_json_visitor visitor;
  enum expectation expectation;
  enum token token;
  size_t depth;
  bool is_object[DEEPEST];
  bool is_key;         /* the string being read is a key */
  bool has_high_bytes; /* it holds bytes above 127, so it must be checked */
  unsigned unicode, unicode_digits;
  unsigned high_surrogate; /* waiting for its second half; NO_SURROGATE: none */
  char word[LONGEST_WORD + 1];
  size_t word_size;
  struct osmflow_bytes text; /* the part of a token from before this piece, or that holds escapes */
  uint64_t consumed;         /* bytes in the pieces before this one */
  struct osmflow_error error;
};

/* One piece of the document. */
struct piece {
  const char *start, *at, *end;
};

enum osmflow_status osmflow_json_reader_new(const struct osmflow_json_visitor *visitor,
                                            struct osmflow_json_reader **reader, struct osmflow_error *error) {
  struct osmflow_json_reader *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a JSON reader");
  made->visitor = *visitor;
  osmflow_bytes_init(&made->text, LONGEST_TOKEN);
  *reader = made;
  return OSMFLOW_OK;
}

void osmflow_json_reader_free(struct osmflow_json_reader *reader) {
  if (reader) {
    osmflow_bytes_clear(&reader->text);
    free(reader);
  }
}

static enum osmflow_status refuse(const struct osmflow_json_reader *reader, const struct piece *piece,
                                  const char *reason, struct osmflow_error *error) {
  const uint64_t place = reader->consumed + (uint64_t)(piece->at - piece->start);
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "not well-formed JSON: %s at byte %" PRIu64, reason, place);
}

static enum osmflow_status keep(struct osmflow_json_reader *reader, const char *data, size_t size,
                                struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_bytes_add(&reader->text, data, size, NULL);
  if (status == OSMFLOW_TOO_LARGE)
    return osmflow_error_set(error, status, "JSON: a text or number of more than %d bytes", LONGEST_TOKEN);
  return status == OSMFLOW_OK ? status : osmflow_error_set(error, status, "no memory for a JSON text");
}

static enum osmflow_status tell_text(enum osmflow_status (*call)(void *, struct osmflow_text, struct osmflow_error *),
                                     void *self, struct osmflow_text text, struct osmflow_error *error) {
  return call ? call(self, text, error) : OSMFLOW_OK;
}

static enum osmflow_status tell(enum osmflow_status (*call)(void *, struct osmflow_error *), void *self,
                                struct osmflow_error *error) {
  return call ? call(self, error) : OSMFLOW_OK;
}

static void end_value(struct osmflow_json_reader *reader) {
  reader->token = TOKEN_NONE;
  reader->expectation = reader->depth > 0 ? EXPECT_COMMA : EXPECT_END;
}

/* The run of plain characters of a string, eight bytes at a time. The word test may also stop at a byte behind a
 * special one, never too late; the byte loop finds the exact place. */
static const char *skip_plain(const char *at, const char *end, bool *has_high_bytes) {
  const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
  uint64_t seen = 0;
  while (end - at >= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    const uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    const uint64_t special =
        ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    if (special & highs)
      break;
    seen |= word;
    at += 8;
  }
  while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
    seen |= (unsigned char)*at++;
  if (seen & highs)
    *has_high_bytes = true;
  return at;
}

static enum osmflow_status end_string(struct osmflow_json_reader *reader, const struct piece *piece,
                                      struct osmflow_text text, struct osmflow_error *error) {
  if (text.size > LONGEST_TOKEN)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "JSON: a text or number of more than %d bytes", LONGEST_TOKEN);
  if (reader->has_high_bytes && !osmflow_text_is_utf8(text))
    return refuse(reader, piece, "a text that is not UTF-8 ends", error);
  enum osmflow_status status;
  if (reader->is_key) {
    reader->token = TOKEN_NONE;
    reader->expectation = EXPECT_COLON;
    status = tell_text(reader->visitor.key, reader->visitor.self, text, error);
  } else {
    end_value(reader);
    status = tell_text(reader->visitor.string, reader->visitor.self, text, error);
  }
  osmflow_bytes_reset(&reader->text);
  return status;
}

static enum osmflow_status read_string(struct osmflow_json_reader *reader, struct piece *piece,
                                       struct osmflow_error *error) {
  const char *start = piece->at;
  if (reader->high_surrogate != NO_SURROGATE && *start != '\\')
    return refuse(reader, piece, "half of a surrogate pair", error);
  piece->at = skip_plain(start, piece->end, &reader->has_high_bytes);
  const size_t size = (size_t)(piece->at - start);
  if (piece->at == piece->end)
    return keep(reader, start, size, error);
  if ((unsigned char)*piece->at < 0x20)
    return refuse(reader, piece, "a control character inside of a text", error);
  if (*piece->at == '"' && reader->text.size == 0) {
    piece->at++;
    return end_string(reader, piece, (struct osmflow_text){start, size}, error);
  }
  enum osmflow_status status = keep(reader, start, size, error);
  if (status == OSMFLOW_OK && *piece->at++ == '"')
    status = end_string(reader, piece, osmflow_bytes_view(&reader->text), error);
  else
    reader->token = TOKEN_ESCAPE;
  return status;
}

static enum osmflow_status read_escape(struct osmflow_json_reader *reader, struct piece *piece,
                                       struct osmflow_error *error) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char letter = *piece->at;
  const char *found = letter ? strchr(letters, letter) : NULL;
  if (reader->high_surrogate != NO_SURROGATE && letter != 'u')
    return refuse(reader, piece, "half of a surrogate pair", error);
  if (letter == 'u') {
    reader->unicode = 0;
    reader->unicode_digits = 0;
    reader->token = TOKEN_UNICODE;
  } else if (found) {
    reader->token = TOKEN_STRING;
  } else {
    return refuse(reader, piece, "an unknown escape sequence", error);
  }
  piece->at++;
  return found ? keep(reader, &meanings[found - letters], 1, error) : OSMFLOW_OK;
}

static enum osmflow_status end_unicode(struct osmflow_json_reader *reader, const struct piece *piece,
                                       struct osmflow_error *error) {
  char utf8[4];
  unsigned character = reader->unicode;
  const bool is_low = character >= 0xDC00 && character <= 0xDFFF;
  reader->token = TOKEN_STRING;
  if (is_low != (reader->high_surrogate != NO_SURROGATE))
    return refuse(reader, piece, "half of a surrogate pair", error);
  if (character >= 0xD800 && character <= 0xDBFF) {
    reader->high_surrogate = character;
    return OSMFLOW_OK;
  }
  if (is_low)
    character = 0x10000 + ((reader->high_surrogate - 0xD800) << 10) + (character - 0xDC00);
  reader->high_surrogate = NO_SURROGATE;
  return keep(reader, utf8, osmflow_text_encode(character, utf8), error);
}

static enum osmflow_status read_unicode(struct osmflow_json_reader *reader, struct piece *piece,
                                        struct osmflow_error *error) {
  while (piece->at < piece->end && reader->unicode_digits < 4) {
    const char digit = *piece->at;
    unsigned value;
    if (digit >= '0' && digit <= '9')
      value = (unsigned)(digit - '0');
    else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
      value = (unsigned)((digit | 0x20) - 'a') + 10;
    else
      return refuse(reader, piece, "\\u without four hexadecimal digits", error);
    reader->unicode = reader->unicode << 4 | value;
    reader->unicode_digits++;
    piece->at++;
  }
  return reader->unicode_digits == 4 ? end_unicode(reader, piece, error) : OSMFLOW_OK;
}

static bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

static const char *skip_digits(const char *at, const char *end) {
  while (at < end && is_digit(*at))
    at++;
  return at;
}

/* RFC 8259: [ "-" ] int [ frac ] [ exp ]. */
static bool is_number(struct osmflow_text text) {
  const char *at = text.data, *end = text.data + text.size, *digits;
  if (at < end && *at == '-')
    at++;
  digits = at;
  at = skip_digits(at, end);
  if (at == digits || (*digits == '0' && at > digits + 1))
    return false;
  if (at < end && *at == '.') {
    digits = ++at;
    at = skip_digits(at, end);
    if (at == digits)
      return false;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-'))
      at++;
    digits = at;
    at = skip_digits(at, end);
    if (at == digits)
      return false;
  }
  return at == end;
}

static enum osmflow_status end_number(struct osmflow_json_reader *reader, const struct piece *piece,
                                      struct osmflow_text literal, struct osmflow_error *error) {
  if (literal.size > LONGEST_TOKEN)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "JSON: a text or number of more than %d bytes", LONGEST_TOKEN);
  if (!is_number(literal))
    return refuse(reader, piece, "something that is not a number ends", error);
  end_value(reader);
  const enum osmflow_status status = tell_text(reader->visitor.number, reader->visitor.self, literal, error);
  osmflow_bytes_reset(&reader->text);
  return status;
}

static enum osmflow_status read_number(struct osmflow_json_reader *reader, struct piece *piece,
                                       struct osmflow_error *error) {
  const char *start = piece->at;
  while (piece->at < piece->end && (is_digit(*piece->at) || *piece->at == '.' || *piece->at == '-' ||
                                    *piece->at == '+' || *piece->at == 'e' || *piece->at == 'E'))
    piece->at++;
  const struct osmflow_text text = {start, (size_t)(piece->at - start)};
  if (piece->at < piece->end && reader->text.size == 0)
    return end_number(reader, piece, text, error);
  enum osmflow_status status = keep(reader, text.data, text.size, error);
  if (status == OSMFLOW_OK && piece->at < piece->end)
    status = end_number(reader, piece, osmflow_bytes_view(&reader->text), error);
  return status;
}

static enum osmflow_status end_word(struct osmflow_json_reader *reader, const struct piece *piece,
                                    struct osmflow_error *error) {
  const struct osmflow_text word = {reader->word, reader->word_size};
  const struct osmflow_json_visitor *visitor = &reader->visitor;
  const bool is_true = osmflow_text_is(word, "true");
  if (!is_true && !osmflow_text_is(word, "false") && !osmflow_text_is(word, "null"))
    return refuse(reader, piece, "an unknown word ends", error);
  end_value(reader);
  if (word.data[0] == 'n')
    return tell(visitor->null, visitor->self, error);
  return visitor->boolean ? visitor->boolean(visitor->self, is_true, error) : OSMFLOW_OK;
}

static enum osmflow_status read_word(struct osmflow_json_reader *reader, struct piece *piece,
                                     struct osmflow_error *error) {
  while (piece->at < piece->end && *piece->at >= 'a' && *piece->at <= 'z') {
    if (reader->word_size == LONGEST_WORD)
      return refuse(reader, piece, "an unknown word", error);
    reader->word[reader->word_size++] = *piece->at++;
  }
  return piece->at < piece->end ? end_word(reader, piece, error) : OSMFLOW_OK;
}

static enum osmflow_status open_bracket(struct osmflow_json_reader *reader, bool is_object,
                                        struct osmflow_error *error) {
  if (reader->depth == DEEPEST)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "JSON: more than %d levels of objects and arrays", DEEPEST);
  reader->is_object[reader->depth++] = is_object;
  reader->expectation = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ITEM;
  return tell(is_object ? reader->visitor.object_start : reader->visitor.array_start, reader->visitor.self, error);
}

static enum osmflow_status close_bracket(struct osmflow_json_reader *reader, struct osmflow_error *error) {
  const bool is_object = reader->is_object[--reader->depth];
  end_value(reader);
  return tell(is_object ? reader->visitor.object_end : reader->visitor.array_end, reader->visitor.self, error);
}

static void start_string(struct osmflow_json_reader *reader, bool is_key) {
  reader->token = TOKEN_STRING;
  reader->is_key = is_key;
  reader->has_high_bytes = false;
}

/* The character that starts a value. */
static enum osmflow_status start_value(struct osmflow_json_reader *reader, struct piece *piece,
                                       struct osmflow_error *error) {
  const char character = *piece->at;
  if (character == '{' || character == '[') {
    piece->at++;
    return open_bracket(reader, character == '{', error);
  }
  if (character == '"') {
    piece->at++;
    start_string(reader, false);
  } else if (character == '-' || is_digit(character)) {
    reader->token = TOKEN_NUMBER;
  } else if (character == 't' || character == 'f' || character == 'n') {
    reader->token = TOKEN_WORD;
    reader->word_size = 0;
  } else {
    return refuse(reader, piece, "no value where one is needed", error);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status read_key(struct osmflow_json_reader *reader, struct piece *piece,
                                    struct osmflow_error *error) {
  if (*piece->at != '"')
    return refuse(reader, piece, "no name where one is needed", error);
  piece->at++;
  start_string(reader, true);
  return OSMFLOW_OK;
}

/* One character between tokens. */
static enum osmflow_status read_structure(struct osmflow_json_reader *reader, struct piece *piece,
                                          struct osmflow_error *error) {
  const char character = *piece->at;
  if (character == ' ' || character == '\n' || character == '\t' || character == '\r') {
    piece->at++;
    return OSMFLOW_OK;
  }
  const enum expectation expectation = reader->expectation;
  const bool may_close =
      expectation == EXPECT_COMMA || expectation == EXPECT_FIRST_ITEM || expectation == EXPECT_FIRST_KEY;
  if (may_close && character == (reader->is_object[reader->depth - 1] ? '}' : ']')) {
    piece->at++;
    return close_bracket(reader, error);
  }
  switch (expectation) {
    case EXPECT_VALUE:
    case EXPECT_FIRST_ITEM:
      return start_value(reader, piece, error);
    case EXPECT_FIRST_KEY:
    case EXPECT_KEY:
      return read_key(reader, piece, error);
    case EXPECT_COLON:
      if (character != ':')
        return refuse(reader, piece, "no ':' after a name", error);
      reader->expectation = EXPECT_VALUE;
      break;
    case EXPECT_COMMA:
      if (character != ',')
        return refuse(reader, piece, "no ',' and no closing bracket after a value", error);
      reader->expectation = reader->is_object[reader->depth - 1] ? EXPECT_KEY : EXPECT_VALUE;
      break;
    case EXPECT_END:
      return refuse(reader, piece, "something after the end of the document", error);
  }
  piece->at++;
  return OSMFLOW_OK;
}

static enum osmflow_status read_piece(struct osmflow_json_reader *reader, struct piece *piece,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && piece->at < piece->end) {
    switch (reader->token) {
      case TOKEN_NONE:
        status = read_structure(reader, piece, error);
        break;
      case TOKEN_STRING:
        status = read_string(reader, piece, error);
        break;
      case TOKEN_ESCAPE:
        status = read_escape(reader, piece, error);
        break;
      case TOKEN_UNICODE:
        status = read_unicode(reader, piece, error);
        break;
      case TOKEN_NUMBER:
        status = read_number(reader, piece, error);
        break;
      case TOKEN_WORD:
        status = read_word(reader, piece, error);
        break;
    }
  }
  return status;
}

/* After an error every call returns it again. */
static enum osmflow_status report(struct osmflow_json_reader *reader, struct osmflow_error *error) {
  if (error && reader->error.status != OSMFLOW_OK)
    *error = reader->error;
  return reader->error.status;
}

static void remember(struct osmflow_json_reader *reader, enum osmflow_status status) {
  if (status != OSMFLOW_OK && reader->error.status != status)
    osmflow_error_set(&reader->error, status, "JSON: stopped by its reader");
}

enum osmflow_status osmflow_json_reader_feed(struct osmflow_json_reader *reader, const void *data, size_t size,
                                             struct osmflow_error *error) {
  if (reader->error.status == OSMFLOW_OK && size > 0) {
    struct piece piece = {data, data, (const char *)data + size};
    remember(reader, read_piece(reader, &piece, &reader->error));
    reader->consumed += size;
  }
  return report(reader, error);
}

enum osmflow_status osmflow_json_reader_finish(struct osmflow_json_reader *reader, struct osmflow_error *error) {
  const struct piece nothing = {"", "", ""};
  enum osmflow_status status = reader->error.status;
  if (status == OSMFLOW_OK && reader->token == TOKEN_NUMBER)
    status = end_number(reader, &nothing, osmflow_bytes_view(&reader->text), &reader->error);
  else if (status == OSMFLOW_OK && reader->token == TOKEN_WORD)
    status = end_word(reader, &nothing, &reader->error);
  if (status == OSMFLOW_OK && (reader->token != TOKEN_NONE || reader->expectation != EXPECT_END))
    status = reader->consumed == 0
                 ? osmflow_error_set(&reader->error, OSMFLOW_BAD_DATA, "not well-formed JSON: the document is empty")
                 : refuse(reader, &nothing, "the document is cut off", &reader->error);
  remember(reader, status);
  return report(reader, error);
}
