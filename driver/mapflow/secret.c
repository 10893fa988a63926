#include "mapflow/secret.h"

#include <stdlib.h>

#include "net/url.h"

bool osmflow_mapflow_is_secret(struct osmflow_text name) {
  static const char *const secrets[] = {"rasterlogin", "rasterpassword", "password",    "login",
                                        "apitoken",    "token",          "accesstoken", "accesskey",
                                        "secret",      "clientsecret",   "refreshtoken"};
  char plain[24];
  size_t size = 0;
  bool found = false;
  for (size_t i = 0; i < name.size; i++) {
    if (name.data[i] == '_' || name.data[i] == '-')
      continue;
    if (size == sizeof plain)
      return false;
    plain[size++] = name.data[i];
  }
  for (size_t i = 0; !found && i < sizeof secrets / sizeof secrets[0]; i++)
    found = osmflow_text_is_ignoring_case((struct osmflow_text){plain, size}, secrets[i]);
  return found;
}

/* An address is only touched when there is something to hide: showing cuts long ones. */
static bool hides(struct osmflow_text text, char shown[OSMFLOW_URL_SHOWN_SIZE]) {
  bool hidden = false;
  const bool is_address = text.size > 4 && (memchr(text.data, '?', text.size) || memchr(text.data, '@', text.size));
  char *copy = is_address ? strndup(text.data, text.size) : NULL;
  if (copy)
    hidden = osmflow_url_show(copy, shown);
  free(copy);
  return hidden;
}

enum osmflow_status osmflow_mapflow_print_text(struct osmflow_text text, struct osmflow_bytes *bytes,
                                               struct osmflow_error *error) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  return osmflow_bytes_add_text(bytes, hides(text, shown) ? osmflow_text(shown) : text, error);
}

static enum osmflow_status print_members(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                         struct osmflow_error *error) {
  const bool is_object = node->kind == OSMFLOW_TREE_OBJECT;
  bool is_first = true;
  enum osmflow_status status = osmflow_bytes_add(bytes, is_object ? "{" : "[", 1, error);
  for (const struct osmflow_tree_node *child = node->first; status == OSMFLOW_OK && child; child = child->next) {
    if (is_object && osmflow_mapflow_is_secret(child->name))
      continue;
    if (!is_first)
      status = osmflow_bytes_add(bytes, ",", 1, error);
    is_first = false;
    if (status == OSMFLOW_OK && is_object)
      status = osmflow_bytes_add_json(bytes, child->name, error);
    if (status == OSMFLOW_OK && is_object)
      status = osmflow_bytes_add(bytes, ":", 1, error);
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_print_json(child, bytes, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, is_object ? "}" : "]", 1, error) : status;
}

/* The depth of the calls is bounded by the depth of a tree. */
enum osmflow_status osmflow_mapflow_print_json(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                               struct osmflow_error *error) {
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  if (node->kind == OSMFLOW_TREE_OBJECT || node->kind == OSMFLOW_TREE_ARRAY)
    return print_members(node, bytes, error);
  if (node->kind == OSMFLOW_TREE_STRING && hides(node->text, shown))
    return osmflow_bytes_add_json(bytes, osmflow_text(shown), error);
  return osmflow_tree_print_json(node, bytes, error);
}

static size_t span(struct osmflow_text text, size_t from, const char *letters, bool among) {
  size_t size = 0;
  while (from + size < text.size && (text.data[from + size] && strchr(letters, text.data[from + size])) == among)
    size++;
  return size;
}

/* From behind a secret's name up to its value: `": "`, `\":\"`, `=`. 0: none follows; "token: expired" is no value. */
static size_t value_begins(struct osmflow_text text, size_t from) {
  static const char gap[] = "\"'\\ ", blank[] = " ";
  const size_t mark = from + span(text, from, gap, true);
  if (mark == text.size || (text.data[mark] != ':' && text.data[mark] != '='))
    return 0;
  const size_t end = mark + 1 + span(text, mark + 1, gap, true);
  const bool is_quoted =
      span(text, from, blank, true) < mark - from || span(text, mark + 1, blank, true) < end - mark - 1;
  return is_quoted || text.data[mark] == '=' ? end - from : 0;
}

/* Up to the quote that ends it, which is escaped as the one before it is; without quotes up to what divides. */
static size_t value_size(struct osmflow_text text, size_t from) {
  const char quote = text.data[from - 1];
  size_t escapes = 0, backslashes = 0;
  if (quote != '"' && quote != '\'')
    return span(text, from, "\"' ,;&}])", false);
  while (escapes + 1 < from && text.data[from - 2 - escapes] == '\\')
    escapes++;
  for (size_t at = from; at < text.size; at++) {
    if (text.data[at] == quote && backslashes == escapes)
      return at - escapes - from;
    backslashes = text.data[at] == '\\' ? backslashes + 1 : 0;
  }
  return text.size - from;
}

enum osmflow_status osmflow_mapflow_print_words(struct osmflow_text text, struct osmflow_bytes *bytes,
                                                struct osmflow_error *error) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
  struct osmflow_bytes plain;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&plain, text.size * 2 + 64);
  for (size_t at = 0; status == OSMFLOW_OK && at < text.size;) {
    const size_t other = span(text, at, letters, false);
    const struct osmflow_text word = {text.data + at + other, span(text, at + other, letters, true)};
    const size_t end = at + other + word.size;
    const size_t gap = word.size > 0 && osmflow_mapflow_is_secret(word) ? value_begins(text, end) : 0;
    status = osmflow_bytes_add(&plain, text.data + at, end + gap - at, error);
    at = end + gap;
    if (status == OSMFLOW_OK && gap > 0) {
      at += value_size(text, at);
      status = osmflow_bytes_add_string(&plain, "***", error);
    }
  }
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_print_text(osmflow_bytes_view(&plain), bytes, error);
  osmflow_bytes_clear(&plain);
  return status;
}
