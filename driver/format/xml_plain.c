#include "format/xml_plain.h"

enum { DECODED_CEILING = 1 << 20 };

/* What a token turned out to be. */
enum verdict { WHOLE, NEEDS_MORE, ODD };

enum letter { IN_NAME = 1, STARTS_NAME = 2, IN_VALUE = 4, BLANK = 8 };

/* ASCII only; whatever is 0 here ends a run and is looked at closely: quotes, '&', '<', controls, bytes above 0x7E. */
#define O 0
#define B BLANK
#define S (BLANK | IN_VALUE)
#define V IN_VALUE
#define D (IN_VALUE | IN_NAME)
#define N (IN_VALUE | IN_NAME | STARTS_NAME)
/* clang-format off */
static const unsigned char letters[256] = {
    O, O, O, O, O, O, O, O, O, B, B, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    S, V, O, V, V, V, O, O, V, V, V, V, V, D, D, V,
    D, D, D, D, D, D, D, D, D, D, N, V, O, V, V, V,
    V, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, V, V, V, V, N,
    V, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    N, N, N, N, N, N, N, N, N, N, N, V, V, V, V, O,
};
/* clang-format on */
#undef O
#undef B
#undef S
#undef V
#undef D
#undef N

static inline bool is(char byte, enum letter kind) {
  return (letters[(unsigned char)byte] & kind) != 0;
}

void osmflow_xml_plain_init(struct osmflow_xml_plain *plain, const struct osmflow_xml_visitor *visitor) {
  *plain = (struct osmflow_xml_plain){.visitor = visitor};
  osmflow_bytes_init(&plain->decoded, DECODED_CEILING);
}

void osmflow_xml_plain_clear(struct osmflow_xml_plain *plain) {
  osmflow_bytes_clear(&plain->decoded);
}

/* Characters that XML forbids although UTF-8 can write them: U+FFFE and U+FFFF. */
static bool has_noncharacter(struct osmflow_text text) {
  for (size_t i = 0; i + 2 < text.size; i++)
    if ((unsigned char)text.data[i] == 0xEF && (unsigned char)text.data[i + 1] == 0xBF &&
        (unsigned char)text.data[i + 2] >= 0xBE)
      return true;
  return false;
}

static bool is_good_utf8(struct osmflow_text text) {
  return osmflow_text_is_utf8(text) && !has_noncharacter(text);
}

static size_t encode_character(uint32_t code, char bytes[4]) {
  size_t size = 0;
  if (code < 0x80) {
    bytes[size++] = (char)code;
  } else if (code < 0x800) {
    bytes[size++] = (char)(0xC0 | code >> 6);
    bytes[size++] = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    bytes[size++] = (char)(0xE0 | code >> 12);
    bytes[size++] = (char)(0x80 | (code >> 6 & 0x3F));
    bytes[size++] = (char)(0x80 | (code & 0x3F));
  } else {
    bytes[size++] = (char)(0xF0 | code >> 18);
    bytes[size++] = (char)(0x80 | (code >> 12 & 0x3F));
    bytes[size++] = (char)(0x80 | (code >> 6 & 0x3F));
    bytes[size++] = (char)(0x80 | (code & 0x3F));
  }
  return size;
}

/* "#10" or "#xA" as a character XML allows; 0: none. */
static uint32_t character_reference(struct osmflow_text name) {
  const bool hexadecimal = name.size > 2 && name.data[1] == 'x';
  uint32_t code = 0;
  for (size_t i = hexadecimal ? 2 : 1; i < name.size; i++) {
    const char byte = name.data[i];
    unsigned digit = 99;
    if (byte >= '0' && byte <= '9')
      digit = (unsigned)(byte - '0');
    else if (hexadecimal && byte >= 'a' && byte <= 'f')
      digit = (unsigned)(byte - 'a' + 10);
    else if (hexadecimal && byte >= 'A' && byte <= 'F')
      digit = (unsigned)(byte - 'A' + 10);
    if (digit > 15 || code > 0x10FFFF)
      return 0;
    code = code * (hexadecimal ? 16 : 10) + digit;
  }
  const bool allowed = code == 9 || code == 10 || code == 13 || (code >= 0x20 && code < 0xD800) ||
                       (code >= 0xE000 && code < 0xFFFE) || (code >= 0x10000 && code <= 0x10FFFF);
  return allowed ? code : 0;
}

static uint32_t entity(struct osmflow_text name) {
  static const struct {
    const char *name;
    char character;
  } named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  if (name.size > 1 && name.data[0] == '#')
    return character_reference(name);
  for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
    if (osmflow_text_is(name, named[i].name))
      return (unsigned char)named[i].character;
  return 0;
}

/* Resolves entities into plain->decoded. Views into `decoded` from before may move, so they are kept as offsets by the
 * caller. False: odd. */
static bool decode(struct osmflow_xml_plain *plain, struct osmflow_text raw) {
  bool good = true;
  while (good && raw.size > 0) {
    const char *ampersand = memchr(raw.data, '&', raw.size);
    const size_t plain_size = ampersand ? (size_t)(ampersand - raw.data) : raw.size;
    good = osmflow_bytes_add(&plain->decoded, raw.data, plain_size, NULL) == OSMFLOW_OK;
    raw.data += plain_size;
    raw.size -= plain_size;
    if (good && raw.size > 0) {
      const char *semicolon = memchr(raw.data, ';', raw.size < 12 ? raw.size : 12);
      char bytes[4];
      const struct osmflow_text name = {raw.data + 1, semicolon ? (size_t)(semicolon - raw.data) - 1 : 0};
      const uint32_t code = semicolon ? entity(name) : 0;
      good = code != 0 && osmflow_bytes_add(&plain->decoded, bytes, encode_character(code, bytes), NULL) == OSMFLOW_OK;
      raw.data += name.size + 2;
      raw.size -= good ? name.size + 2 : raw.size;
    }
  }
  return good;
}

/* An attribute's value between quotes at *place; *place is behind the closing quote afterwards. A value with entities
 * gets data NULL and is found in plain->decoded, from where it began there. */
static enum verdict read_value(struct osmflow_xml_plain *plain, const char **place, const char *end,
                               struct osmflow_text *value) {
  const char *at = *place;
  if (at == end)
    return NEEDS_MORE;
  const char quote = *at++;
  if (quote != '"' && quote != '\'')
    return ODD;
  const char *start = at;
  bool has_entity = false, has_high = false;
  for (;;) {
    while (at < end && is(*at, IN_VALUE))
      at++;
    if (at == end)
      return NEEDS_MORE;
    if (*at == quote)
      break;
    has_entity = has_entity || *at == '&';
    has_high = has_high || (*at & 0x80);
    if (*at != '&' && *at != '"' && *at != '\'' && !(*at & 0x80))
      return ODD;
    at++;
  }
  const struct osmflow_text raw = {start, (size_t)(at - start)};
  *place = at + 1;
  *value = raw;
  if (has_high && !is_good_utf8(raw))
    return ODD;
  if (has_entity) {
    const size_t before = plain->decoded.size;
    if (!decode(plain, raw))
      return ODD;
    value->data = NULL;
    value->size = plain->decoded.size - before;
  }
  return WHOLE;
}

static enum verdict read_name(const char **place, const char *end, struct osmflow_text *name) {
  const char *at = *place;
  if (at == end)
    return NEEDS_MORE;
  if (!is(*at, STARTS_NAME))
    return ODD;
  name->data = at;
  while (at < end && is(*at, IN_NAME))
    at++;
  name->size = (size_t)(at - name->data);
  *place = at;
  return at == end ? NEEDS_MORE : name->size < OSMFLOW_XML_PLAIN_NAME ? WHOLE : ODD;
}

static const char *skip_blanks(const char *place, const char *end, size_t *lines) {
  while (place < end && is(*place, BLANK))
    *lines += *place++ == '\n';
  return place;
}

/* Values with entities were left behind in `decoded`, one after the other: point at them now that it stands still. */
static void settle_values(struct osmflow_xml_plain *plain, size_t count) {
  size_t offset = 0;
  for (size_t i = 0; i < count; i++)
    if (!plain->attributes[i].value.data) {
      plain->attributes[i].value.data = osmflow_bytes_string(&plain->decoded) + offset;
      offset += plain->attributes[i].value.size;
    }
}

/* Everything between the element's name and '>' or '/>'. */
static enum verdict read_attributes(struct osmflow_xml_plain *plain, const char **place, const char *end, size_t *lines,
                                    size_t *count, bool *is_empty) {
  enum verdict verdict = WHOLE;
  bool done = false;
  *count = 0;
  plain->decoded.size = 0;
  while (verdict == WHOLE && !done) {
    const char *before = *place;
    *place = skip_blanks(*place, end, lines);
    if (*place == end) {
      verdict = NEEDS_MORE;
    } else if (**place == '>' || **place == '/') {
      *is_empty = **place == '/';
      *place += 1;
      if (*is_empty && *place == end)
        verdict = NEEDS_MORE;
      else if (*is_empty && *(*place)++ != '>')
        verdict = ODD;
      done = true;
    } else if (*place == before || *count == OSMFLOW_XML_PLAIN_ATTRIBUTES) {
      verdict = ODD;
    } else {
      struct osmflow_xml_attribute *attribute = &plain->attributes[*count];
      verdict = read_name(place, end, &attribute->name);
      if (verdict == WHOLE && *(*place)++ != '=')
        verdict = ODD;
      for (size_t i = 0; verdict == WHOLE && i < *count; i++)
        if (osmflow_text_equal(plain->attributes[i].name, attribute->name))
          verdict = ODD;
      if (verdict == WHOLE)
        verdict = read_value(plain, place, end, &attribute->value);
      *count += 1;
    }
  }
  if (verdict == WHOLE && plain->decoded.size > 0)
    settle_values(plain, *count);
  return verdict;
}

static enum verdict read_start(struct osmflow_xml_plain *plain, const char **place, const char *end,
                               enum osmflow_status *status, struct osmflow_error *error) {
  const struct osmflow_xml_visitor *visitor = plain->visitor;
  struct osmflow_text name = {NULL, 0};
  size_t lines = 0, count = 0;
  bool is_empty = false;
  *place += 1;
  enum verdict verdict = read_name(place, end, &name);
  if (verdict == WHOLE && (plain->depth == OSMFLOW_XML_PLAIN_DEPTH || plain->place == OSMFLOW_XML_AFTER_ROOT))
    verdict = ODD;
  if (verdict == WHOLE)
    verdict = read_attributes(plain, place, end, &lines, &count, &is_empty);
  if (verdict == WHOLE) {
    plain->lines += lines;
    plain->place = is_empty && plain->depth == 0 ? OSMFLOW_XML_AFTER_ROOT : OSMFLOW_XML_INSIDE;
    if (!is_empty || plain->depth == 0) {
      memcpy(plain->open[plain->depth].name, name.data, name.size);
      plain->open[plain->depth].size = name.size;
    }
    plain->depth += !is_empty;
    *status = visitor->start(visitor->self, name, plain->attributes, count, error);
    if (*status == OSMFLOW_OK && is_empty)
      *status = visitor->end(visitor->self, name, error);
  }
  return verdict;
}

static enum verdict read_end(struct osmflow_xml_plain *plain, const char **place, const char *end,
                             enum osmflow_status *status, struct osmflow_error *error) {
  const struct osmflow_xml_visitor *visitor = plain->visitor;
  struct osmflow_text name = {NULL, 0};
  size_t lines = 0;
  *place += 2;
  enum verdict verdict = read_name(place, end, &name);
  if (verdict == WHOLE) {
    *place = skip_blanks(*place, end, &lines);
    if (*place == end)
      verdict = NEEDS_MORE;
    else if (*(*place)++ != '>' || plain->depth == 0 || plain->open[plain->depth - 1].size != name.size ||
             memcmp(plain->open[plain->depth - 1].name, name.data, name.size) != 0)
      verdict = ODD;
  }
  if (verdict == WHOLE) {
    plain->lines += lines;
    plain->depth--;
    if (plain->depth == 0)
      plain->place = OSMFLOW_XML_AFTER_ROOT;
    *status = visitor->end(visitor->self, name, error);
  }
  return verdict;
}

/* Character data that is more than white space, up to the next '<'. */
static enum verdict read_words(struct osmflow_xml_plain *plain, struct osmflow_text *text, size_t *lines) {
  for (size_t i = 0; i < text->size; i++) {
    const char byte = text->data[i];
    *lines += byte == '\n';
    if (((unsigned char)byte < 0x20 && !is(byte, BLANK)) || byte == 0x7F || byte == ']')
      return ODD;
  }
  if (plain->place != OSMFLOW_XML_INSIDE || !is_good_utf8(*text))
    return ODD;
  if (memchr(text->data, '&', text->size)) {
    plain->decoded.size = 0;
    if (!decode(plain, *text))
      return ODD;
    *text = osmflow_bytes_view(&plain->decoded);
  }
  return WHOLE;
}

/* Everything up to the next '<': white space in nearly every case. */
static enum verdict read_text(struct osmflow_xml_plain *plain, const char **place, const char *end,
                              enum osmflow_status *status, struct osmflow_error *error) {
  const struct osmflow_xml_visitor *visitor = plain->visitor;
  struct osmflow_text text = {*place, 0};
  size_t lines = 0;
  const char *cut = skip_blanks(*place, end, &lines);
  const bool is_blank = cut == end || *cut == '<';
  if (!is_blank)
    cut = memchr(cut, '<', (size_t)(end - cut));
  if (!cut || (cut == end && plain->place == OSMFLOW_XML_INSIDE))
    return NEEDS_MORE;
  text.size = (size_t)(cut - text.data);
  if (!is_blank) {
    lines = 0;
    if (read_words(plain, &text, &lines) == ODD)
      return ODD;
  }
  *place = cut;
  plain->lines += lines;
  if (visitor->text && plain->place == OSMFLOW_XML_INSIDE)
    *status = visitor->text(visitor->self, text, error);
  return WHOLE;
}

static enum verdict read_declaration(struct osmflow_xml_plain *plain, const char **place, const char *end) {
  static const char *const known[] = {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                                      "<?xml version='1.0' encoding='UTF-8'?>"};
  const size_t size = strlen(known[0]), have = (size_t)(end - *place) < size ? (size_t)(end - *place) : size;
  enum verdict verdict = WHOLE;
  if (have < 2)
    return NEEDS_MORE;
  if ((*place)[1] == '?') {
    if (memcmp(*place, known[0], have) != 0 && memcmp(*place, known[1], have) != 0)
      verdict = ODD;
    else if (have < size)
      verdict = NEEDS_MORE;
    else
      *place += size;
  } else if (!is((*place)[1], STARTS_NAME)) {
    verdict = ODD; /* or UTF-16 */
  }
  if (verdict == WHOLE)
    plain->place = OSMFLOW_XML_BEFORE_ROOT;
  return verdict;
}

enum osmflow_status osmflow_xml_plain_read(struct osmflow_xml_plain *plain, const char *data, size_t size, size_t *used,
                                           bool *odd, struct osmflow_error *error) {
  const char *end = data + size, *place = data;
  enum osmflow_status status = OSMFLOW_OK;
  enum verdict verdict = WHOLE;
  *used = 0;
  while (verdict == WHOLE && status == OSMFLOW_OK && place < end) {
    if (*place != '<')
      verdict = plain->place == OSMFLOW_XML_AT_START ? ODD : read_text(plain, &place, end, &status, error);
    else if (plain->place == OSMFLOW_XML_AT_START)
      verdict = read_declaration(plain, &place, end);
    else if (end - place < 2)
      verdict = NEEDS_MORE;
    else if (place[1] == '/')
      verdict = read_end(plain, &place, end, &status, error);
    else
      verdict = read_start(plain, &place, end, &status, error);
    if (verdict == WHOLE)
      *used = (size_t)(place - data);
  }
  *odd = verdict == ODD;
  return status;
}
