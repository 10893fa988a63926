/* Tokens as users paste them: which scheme they are for, and what goes into the header. */
#include <stdlib.h>

#include "base/base64.h"
#include "mapflow/client.h"
#include "net/credentials.h"

enum { LONGEST_TOKEN = 8 * 1024 };

enum osmflow_status osmflow_mapflow_scheme_parse(const char *text, enum osmflow_mapflow_scheme *scheme,
                                                 struct osmflow_error *error) {
  static const char *const names[] = {"AUTO", "BASIC", "BEARER"};
  const struct osmflow_text name = osmflow_text_trim(osmflow_text(text ? text : ""));
  *scheme = OSMFLOW_MAPFLOW_AUTO;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (name.size == 0 || osmflow_text_is_ignoring_case(name, names[i])) {
      *scheme = (enum osmflow_mapflow_scheme)i;
      return OSMFLOW_OK;
    }
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "MAPFLOW_AUTH is \"%.40s\", but it is AUTO, BASIC or BEARER",
                           text);
}

static bool is_blank(char letter) {
  return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

/* Takes a word and the blanks behind it off the front; it must be a word of its own. */
static bool take_word(struct osmflow_text *text, const char *word) {
  const struct osmflow_text head = {text->data, strlen(word)};
  const char last = word[head.size - 1];
  if (text->size <= head.size || !osmflow_text_is_ignoring_case(head, word) ||
      (last != ':' && !is_blank(text->data[head.size])))
    return false;
  text->data += head.size;
  text->size -= head.size;
  *text = osmflow_text_trim(*text);
  return true;
}

/* What was pasted as a whole header says its scheme by itself. */
static enum osmflow_mapflow_scheme take_scheme(struct osmflow_text *text, enum osmflow_mapflow_scheme scheme) {
  (void)take_word(text, "Authorization:");
  if (take_word(text, "Basic"))
    return OSMFLOW_MAPFLOW_BASIC;
  return take_word(text, "Bearer") ? OSMFLOW_MAPFLOW_BEARER : scheme;
}

static enum osmflow_status copy_without_blanks(struct osmflow_text text, struct osmflow_bytes *copy,
                                               struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (text.size > LONGEST_TOKEN)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the token of Mapflow has %zu bytes; no token is that long",
                             text.size);
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++)
    if (!is_blank(text.data[i]))
      status = osmflow_bytes_add(copy, text.data + i, 1, error);
  return status;
}

/* Whether it is base64 of "name:something". */
static bool holds_pair(struct osmflow_text text) {
  unsigned char plain[LONGEST_TOKEN];
  size_t size = 0;
  bool found = false, is_text = osmflow_base64_decode(text, plain, sizeof plain, &size);
  for (size_t i = 0; is_text && i < size; i++) {
    is_text = plain[i] >= ' ' && plain[i] != 0x7F;
    found = found || (plain[i] == ':' && i > 0);
  }
  is_text = is_text && osmflow_text_is_utf8((struct osmflow_text){(const char *)plain, size});
  for (volatile unsigned char *byte = plain; byte < plain + size; byte++)
    *byte = 0;
  return is_text && found;
}

static bool is_web_token(struct osmflow_text text) {
  size_t dots = 0;
  for (size_t i = 0; i < text.size; i++)
    dots += text.data[i] == '.';
  return dots == 2 && text.size > 3 && memcmp(text.data, "eyJ", 3) == 0;
}

static enum osmflow_status pad(struct osmflow_text text, struct osmflow_bytes *code, struct osmflow_error *error) {
  while (text.size > 0 && text.data[text.size - 1] == '=')
    text.size--;
  enum osmflow_status status = osmflow_bytes_add_text(code, text, error);
  for (size_t i = text.size; status == OSMFLOW_OK && i % 4 != 0; i++)
    status = osmflow_bytes_add(code, "=", 1, error);
  return status;
}

static enum osmflow_status write_basic(struct osmflow_text text, struct osmflow_bytes *code,
                                       struct osmflow_error *error) {
  if (memchr(text.data, ':', text.size))
    return osmflow_base64_add(code, text, error);
  if (!holds_pair(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the token of Mapflow is neither \"email:token\" nor base64 of it; copy it again from "
                             "app.mapflow.ai/account/api, or set MAPFLOW_AUTH=BEARER for an OAuth token");
  return pad(text, code, error);
}

static enum osmflow_status write_bearer(struct osmflow_text text, struct osmflow_bytes *code,
                                        struct osmflow_error *error) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] <= ' ' || text.data[i] >= 0x7F || text.data[i] == ':')
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the token of Mapflow holds characters that no OAuth token has; copy it again, or set "
                               "MAPFLOW_AUTH=BASIC for one from app.mapflow.ai/account/api");
  return osmflow_bytes_add_text(code, text, error);
}

enum osmflow_status osmflow_mapflow_token_read(const char *text, enum osmflow_mapflow_scheme scheme, char **token,
                                               bool *is_basic, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text_trim(osmflow_text(text ? text : ""));
  struct osmflow_bytes bare, code;
  osmflow_bytes_init(&bare, LONGEST_TOKEN);
  osmflow_bytes_init(&code, (size_t)2 * LONGEST_TOKEN);
  *token = NULL;
  *is_basic = false;
  const enum osmflow_mapflow_scheme said = take_scheme(&rest, scheme);
  scheme = scheme == OSMFLOW_MAPFLOW_AUTO ? said : scheme;
  enum osmflow_status status = copy_without_blanks(rest, &bare, error);
  const struct osmflow_text view = osmflow_bytes_view(&bare);
  if (status == OSMFLOW_OK && view.size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the token of Mapflow is empty");
  if (status == OSMFLOW_OK) {
    const bool is_pair = memchr(view.data, ':', view.size) || (!is_web_token(view) && holds_pair(view));
    *is_basic = scheme == OSMFLOW_MAPFLOW_BASIC || (scheme == OSMFLOW_MAPFLOW_AUTO && is_pair);
    status = *is_basic ? write_basic(view, &code, error) : write_bearer(view, &code, error);
  }
  if (status == OSMFLOW_OK)
    *token = osmflow_bytes_take(&code);
  osmflow_credentials_wipe(osmflow_bytes_take(&bare));
  osmflow_credentials_wipe(osmflow_bytes_take(&code));
  return status;
}
