/* Which handler a path means, and in which format it shall answer. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/number.h"
#include "internal.h"

/* Weak: a file of handlers that is not linked has no routes. */
__attribute__((weak)) struct sandbox_routes sandbox_element_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_changeset_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_query_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_note_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_gpx_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_user_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_service_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_single_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_control_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_mapflow_control_routes(void);
__attribute__((weak)) struct sandbox_routes sandbox_cityloader_control_routes(void);

enum { FAMILIES = 11, SINGLE = 7 };
static struct sandbox_routes family(size_t number) {
  struct sandbox_routes (*const all[FAMILIES])(void) = {sandbox_element_routes,
                                                        sandbox_changeset_routes,
                                                        sandbox_query_routes,
                                                        sandbox_note_routes,
                                                        sandbox_gpx_routes,
                                                        sandbox_user_routes,
                                                        sandbox_service_routes,
                                                        sandbox_single_routes,
                                                        sandbox_control_routes,
                                                        sandbox_mapflow_control_routes,
                                                        sandbox_cityloader_control_routes};
  return all[number] ? all[number]() : (struct sandbox_routes){NULL, 0};
}

/* '#' takes digits and '*' anything up to the next slash; both must take something. */
static bool pattern_takes(const char *pattern, const char *path, size_t path_size, int64_t numbers[4], char word[256]) {
  const char *end = path + path_size;
  size_t number_count = 0;
  for (; *pattern; pattern++) {
    if (*pattern == '#') {
      const char *start = path;
      while (path < end && *path >= '0' && *path <= '9')
        path++;
      struct osmflow_text digits = {start, (size_t)(path - start)};
      if (number_count == 4 || !osmflow_parse_int(digits, 0, INT64_MAX, &numbers[number_count++]))
        return false;
    } else if (*pattern == '*') {
      const char *start = path;
      while (path < end && *path != '/')
        path++;
      size_t size = (size_t)(path - start);
      if (size == 0 || size > 255)
        return false;
      memcpy(word, start, size);
      word[size] = '\0';
    } else if (path == end || *path++ != *pattern) {
      return false;
    }
  }
  return path == end;
}

static const char *suffix_of(const char *path, size_t *stem_size) {
  static const char *const suffixes[] = {"json", "xml", "rss", "gpx"};
  const char *dot = strrchr(path, '.');
  *stem_size = strlen(path);
  for (size_t i = 0; dot && i < sizeof suffixes / sizeof suffixes[0]; i++)
    if (strcmp(dot + 1, suffixes[i]) == 0) {
      *stem_size = (size_t)(dot - path);
      return suffixes[i];
    }
  return "";
}

static void add_method(char allow[96], const char *method) {
  if (strstr(allow, method))
    return;
  size_t used = strlen(allow);
  snprintf(allow + used, 96 - used, "%s%s", used ? ", " : "", method);
}

static bool method_fits(const char *wanted, const char *method) {
  return strcmp(wanted, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(wanted, "GET") == 0);
}

static bool try_route(struct sandbox_exchange *exchange, struct sandbox_match *match, const struct sandbox_route *route,
                      size_t stem_size) {
  const bool ends_with_word = strchr(route->pattern, '*') != NULL;
  size_t size = ends_with_word ? strlen(exchange->path) : stem_size;
  struct sandbox_request *request = &exchange->request;
  if (!pattern_takes(route->pattern, exchange->path, size, request->numbers, request->word))
    return false;
  match->wrong_method = true;
  if (!method_fits(route->method, exchange->method))
    return false;
  match->route = route;
  if (ends_with_word)
    match->suffix = "";
  else
    exchange->path[stem_size] = '\0';
  return true;
}

/* The calls on single elements (SINGLE) belong to the real server's other half, so its "Allow" does not tell of them.
 */
void sandbox_find_route(struct sandbox_exchange *exchange, struct sandbox_match *match) {
  static const char *const order[] = {"GET", "POST", "PUT", "DELETE"};
  *match = (struct sandbox_match){0};
  size_t stem_size;
  match->suffix = suffix_of(exchange->path, &stem_size);
  bool offered[4] = {false};
  for (size_t number = 0; number < FAMILIES; number++) {
    struct sandbox_routes routes = family(number);
    for (size_t i = 0; i < routes.count; i++) {
      bool before = match->wrong_method;
      match->wrong_method = false;
      if (try_route(exchange, match, &routes.routes[i], stem_size)) {
        match->wrong_method = false;
        return;
      }
      for (size_t m = 0; match->wrong_method && number != SINGLE && m < 4; m++)
        offered[m] |= strcmp(routes.routes[i].method, order[m]) == 0;
      match->wrong_method |= before;
    }
  }
  for (size_t m = 0; m < 4; m++)
    if (offered[m]) {
      add_method(match->allow, order[m]);
      if (m == 0)
        add_method(match->allow, "HEAD");
    }
  add_method(match->allow, "OPTIONS");
}

static const struct {
  const char *suffix, *type, *other_type;
} formats[] = {
    [SANDBOX_XML] = {"xml", "application/xml", "text/xml"},
    [SANDBOX_JSON] = {"json", "application/json", ""},
    [SANDBOX_RSS] = {"rss", "application/rss+xml", ""},
    [SANDBOX_GPX] = {"gpx", "application/gpx+xml", ""},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

/* How much the client wants a media type, 0 to 1; as cgimap reads it: items at commas, parameters at semicolons. */
static double quality_of(const char *accept, const char *type) {
  if (!accept || !*accept)
    return 1;
  double best = 0;
  struct osmflow_text rest = osmflow_text(accept), item;
  while (osmflow_text_next(&rest, ',', &item)) {
    struct osmflow_text parts = item, name, parameter;
    (void)osmflow_text_next(&parts, ';', &name);
    name = osmflow_text_trim(name);
    double quality = 1;
    while (osmflow_text_next(&parts, ';', &parameter)) {
      parameter = osmflow_text_trim(parameter);
      if (parameter.size > 2 && parameter.data[0] == 'q' && parameter.data[1] == '=')
        quality = strtod(parameter.data + 2, NULL);
    }
    size_t main_type = strcspn(type, "/");
    bool fits =
        osmflow_text_is(name, type) || osmflow_text_is(name, "*/*") || osmflow_text_is(name, "*") ||
        (name.size == main_type + 2 && strncmp(name.data, type, main_type + 1) == 0 && name.data[name.size - 1] == '*');
    if (fits && quality > best)
      best = quality;
  }
  return best;
}

static void default_type(struct sandbox_exchange *exchange, const char *type) {
  snprintf(exchange->response.content_type, sizeof exchange->response.content_type, "%s; charset=utf-8", type);
}

void sandbox_negotiate(struct sandbox_exchange *exchange, const struct sandbox_match *match) {
  const char *accept = sandbox_header(&exchange->request, "Accept");
  exchange->formats = "text/plain";
  exchange->request.format = SANDBOX_XML;
  if (match->route->formats == 0) {
    default_type(exchange, "text/plain");
    exchange->acceptable = exchange->control || (!*match->suffix && quality_of(accept, "text/plain") > 0);
    return;
  }
  double best = 0;
  exchange->formats = "application/xml";
  for (size_t format = 0; format < FORMATS; format++) {
    bool offered = (match->route->formats & (1U << format)) != 0;
    if (!offered || (*match->suffix && strcmp(match->suffix, formats[format].suffix) != 0))
      continue;
    double quality = quality_of(accept, formats[format].type);
    if (quality == 0 && *formats[format].other_type)
      quality = quality_of(accept, formats[format].other_type);
    if (best == 0)
      exchange->formats = formats[format].type;
    if (quality > best) {
      best = quality;
      exchange->request.format = (enum sandbox_format)format;
    }
  }
  exchange->acceptable = best > 0;
  default_type(exchange, formats[exchange->request.format].type);
}
