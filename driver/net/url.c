#include "net/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/text.h"
#include "net/http.h"

static const char *const secret_parameters[] = {"token",
                                                "access_token",
                                                "refresh_token",
                                                "oauth_token",
                                                "key",
                                                "api_key",
                                                "apikey",
                                                "client_secret",
                                                "password",
                                                "signature",
                                                "sig",
                                                "code",
                                                "x-amz-signature",
                                                "x-amz-credential",
                                                "x-amz-security-token",
                                                "x-goog-signature"};

static bool is_secret(struct osmflow_text name) {
  bool found = false;
  for (size_t i = 0; !found && i < sizeof secret_parameters / sizeof secret_parameters[0]; i++)
    found = osmflow_text_is_ignoring_case(name, secret_parameters[i]);
  return found;
}

struct writer {
  char *buffer;
  size_t used;
};

static void show(struct writer *writer, const char *data, size_t size) {
  static const char more[] = "...";
  for (size_t i = 0; i < size && writer->used + sizeof more < OSMFLOW_URL_SHOWN_SIZE; i++) {
    const unsigned char byte = (unsigned char)data[i];
    writer->buffer[writer->used++] = byte > ' ' && byte < 0x7F ? (char)byte : '?';
    if (writer->used + sizeof more == OSMFLOW_URL_SHOWN_SIZE) {
      memcpy(writer->buffer + writer->used, more, sizeof more - 1);
      writer->used += sizeof more - 1;
    }
  }
}

/* "user:password@" of the authority; size 0 without one. */
static struct osmflow_text user_info(const char *url) {
  struct osmflow_text info = {url, 0};
  const char *authority = strstr(url, "//");
  if (authority) {
    authority += 2;
    const size_t size = strcspn(authority, "/?#");
    info.data = authority;
    for (size_t i = 0; i < size; i++)
      if (authority[i] == '@')
        info.size = i + 1;
  }
  return info;
}

bool osmflow_url_show(const char *url, char shown[OSMFLOW_URL_SHOWN_SIZE]) {
  struct writer writer = {shown, 0};
  const struct osmflow_text info = user_info(url);
  bool hidden = info.size > 0;
  show(&writer, url, (size_t)(info.data - url));
  if (hidden)
    show(&writer, "***@", 4);
  const char *rest = info.data + info.size;
  size_t size = strcspn(rest, "?#");
  show(&writer, rest, size);
  rest += size;
  while (*rest) {
    size = 1 + strcspn(rest + 1, "?&;#");
    const char *equals = memchr(rest, '=', size);
    const struct osmflow_text name = {rest + 1, equals ? (size_t)(equals - rest) - 1 : 0};
    if (equals && is_secret(name)) {
      show(&writer, rest, (size_t)(equals - rest) + 1);
      show(&writer, "***", 3);
      hidden = true;
    } else {
      show(&writer, rest, size);
    }
    rest += size;
  }
  shown[writer.used] = '\0';
  return hidden;
}

struct origin {
  char *scheme, *host, *port;
};

static void origin_clear(struct origin *origin) {
  curl_free(origin->scheme);
  curl_free(origin->host);
  curl_free(origin->port);
}

/* Whether it is an http or https URL; *origin is to be cleared either way. */
static bool origin_init(struct origin *origin, const char *url) {
  *origin = (struct origin){NULL, NULL, NULL};
  CURLU *parsed = curl_url();
  const bool good = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
                    curl_url_get(parsed, CURLUPART_SCHEME, &origin->scheme, 0) == CURLUE_OK &&
                    curl_url_get(parsed, CURLUPART_HOST, &origin->host, 0) == CURLUE_OK &&
                    curl_url_get(parsed, CURLUPART_PORT, &origin->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
  curl_url_cleanup(parsed);
  return good && (osmflow_text_is_ignoring_case(osmflow_text(origin->scheme), "http") ||
                  osmflow_text_is_ignoring_case(osmflow_text(origin->scheme), "https"));
}

bool osmflow_url_is_http(const char *url) {
  struct origin origin;
  const bool good = origin_init(&origin, url);
  origin_clear(&origin);
  return good;
}

bool osmflow_url_is_encrypted(const char *url) {
  struct origin origin;
  const bool encrypted =
      origin_init(&origin, url) && osmflow_text_is_ignoring_case(osmflow_text(origin.scheme), "https");
  origin_clear(&origin);
  return encrypted;
}

bool osmflow_url_same_origin(const char *left, const char *right) {
  struct origin one;
  struct origin other;
  const bool good_left = origin_init(&one, left);
  const bool good_right = origin_init(&other, right);
  const bool same = good_left && good_right && osmflow_text_is_ignoring_case(osmflow_text(one.host), other.host) &&
                    strcmp(one.port, other.port) == 0;
  origin_clear(&one);
  origin_clear(&other);
  return same;
}

static bool is_loopback_ipv4(struct osmflow_text host) {
  struct osmflow_text part;
  int64_t number = 0;
  int parts = 0;
  bool good = true;
  while (good && osmflow_text_next(&host, '.', &part)) {
    good = osmflow_parse_int(part, 0, 255, &number) && (parts > 0 || number == 127);
    parts++;
  }
  return good && parts == 4;
}

bool osmflow_http_is_loopback(const char *url) {
  struct origin origin;
  const bool loopback =
      origin_init(&origin, url) && (osmflow_text_is_ignoring_case(osmflow_text(origin.host), "localhost") ||
                                    strcmp(origin.host, "[::1]") == 0 || is_loopback_ipv4(osmflow_text(origin.host)));
  origin_clear(&origin);
  return loopback;
}

bool osmflow_url_has_secret(const char *source) {
  static const char *const words[] = {"password", "passwd", "pwd=", "token", "key=", "@"};
  bool found = false;
  for (const char *place = source; *place && !found; place++)
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
      found = found || strncasecmp(place, words[i], strlen(words[i])) == 0;
  return found;
}

enum osmflow_status osmflow_url_read_root(const char *text, const char *fallback, char **root,
                                          struct osmflow_error *error) {
  struct osmflow_text view = osmflow_text_trim(osmflow_text(text));
  char shown[OSMFLOW_URL_SHOWN_SIZE];
  if (view.size == 0)
    view = osmflow_text(fallback);
  while (view.size > 0 && view.data[view.size - 1] == '/')
    view.size--;
  *root = view.size <= OSMFLOW_URL_LONGEST_ROOT ? strndup(view.data, view.size) : NULL;
  if (!*root)
    return view.size > OSMFLOW_URL_LONGEST_ROOT
               ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the server address is too long: %zu bytes", view.size)
               : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an address");
  if (osmflow_url_is_http(*root) && !strpbrk(*root, "?#@ "))
    return OSMFLOW_OK;
  osmflow_url_show(*root, shown);
  free(*root);
  *root = NULL;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "the server address \"%s\" must be like %s, without name, password or parameters", shown,
                           fallback);
}
