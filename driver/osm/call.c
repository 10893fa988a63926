#include "osm/call.h"

#include <stdlib.h>

#include "osm/call_file.h"
#include "osm/call_parameter.h"
#include "osm/call_path.h"
#include "osm/call_query.h"

enum { LONGEST_CONNECTION = 1 << 20, LONGEST_URL = 8 << 20 };

static const char default_server[] = "https://api.openstreetmap.org";

void osmflow_call_init(struct osmflow_call *call) {
  memset(call, 0, sizeof *call);
}

void osmflow_call_clear(struct osmflow_call *call) {
  free(call->file);
  free(call->root);
  free(call->path);
  free(call->query);
  osmflow_call_init(call);
}

static enum osmflow_status copy(struct osmflow_text text, char **string, struct osmflow_error *error) {
  free(*string);
  *string = malloc(text.size + 1);
  if (!*string)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "out of memory");
  if (text.size > 0)
    memcpy(*string, text.data, text.size);
  (*string)[text.size] = '\0';
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_call_copy(const struct osmflow_call *from, struct osmflow_call *to,
                                      struct osmflow_error *error) {
  const char *const texts[] = {from->file, from->root, from->path, from->query};
  struct osmflow_call made = *from;
  char **const copies[] = {&made.file, &made.root, &made.path, &made.query};
  const size_t count = sizeof texts / sizeof texts[0];
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < count; i++)
    *copies[i] = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    if (texts[i])
      status = copy(osmflow_text(texts[i]), copies[i], error);
  osmflow_call_clear(status == OSMFLOW_OK ? to : &made);
  if (status == OSMFLOW_OK)
    *to = made;
  return status;
}

static size_t find_byte(struct osmflow_text text, size_t from, const char *bytes) {
  while (from < text.size && !strchr(bytes, text.data[from]))
    from++;
  return from;
}

static struct osmflow_text part_of(struct osmflow_text text, size_t from, size_t to) {
  struct osmflow_text part = {text.data + from, to - from};
  return part;
}

static bool has_scheme(struct osmflow_text text, size_t *scheme_size) {
  static const char *const schemes[] = {"http://", "https://"};
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    *scheme_size = strlen(schemes[i]);
    if (text.size >= *scheme_size && osmflow_text_is_ignoring_case(part_of(text, 0, *scheme_size), schemes[i]))
      return true;
  }
  return false;
}

static enum osmflow_status check_text(struct osmflow_text text, struct osmflow_error *error) {
  if (text.size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the connection string is empty; after OSMAPI: stands a call of the OSM API, for example "
                             "OSMAPI:map?bbox=9.52,47.13,9.53,47.14, or the name of an .osm file");
  if (text.size > LONGEST_CONNECTION)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "the connection string is longer than %d bytes",
                             LONGEST_CONNECTION);
  for (size_t i = 0; i < text.size; i++)
    if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the connection string holds a control character (byte %zu)", i + 1);
  if (!osmflow_text_is_utf8(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the connection string is not UTF-8 text");
  return OSMFLOW_OK;
}

/* Scheme and host are there, and nothing that would be kept in projects and shown in logs. */
static enum osmflow_status check_authority(struct osmflow_text url, size_t scheme_size, size_t end,
                                           struct osmflow_error *error) {
  struct osmflow_text authority = part_of(url, scheme_size, end);
  if (authority.size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the URL names no server");
  if (find_byte(authority, 0, "@") < authority.size)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the URL holds a user name or password; put a token into OSMAPI_TOKEN, or run: osmflow "
                             "login osm");
  if (find_byte(authority, 0, " \"<>\\^`{|}") < authority.size)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" is not the name of a server",
                             authority.size > 100 ? 100 : (int)authority.size, authority.data);
  return OSMFLOW_OK;
}

static struct osmflow_text cut_end(struct osmflow_text text, const char *end) {
  size_t size = strlen(end);
  if (text.size >= size && osmflow_text_is(part_of(text, text.size - size, text.size), end))
    text.size -= size;
  return text;
}

/* The server's root as the user wrote it in an option. */
static enum osmflow_status set_root(struct osmflow_call *call, const char *root, struct osmflow_error *error) {
  struct osmflow_text text = osmflow_text_trim(osmflow_text(root && *root ? root : default_server));
  size_t scheme_size;
  if (!has_scheme(text, &scheme_size))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the server's URL (OSMAPI_URL) must begin with https:// or http://");
  enum osmflow_status status = check_text(text, error);
  if (status == OSMFLOW_OK)
    status = check_authority(text, scheme_size, find_byte(text, scheme_size, "/?#"), error);
  if (status == OSMFLOW_OK && find_byte(text, 0, "?# ") < text.size)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the server's URL (OSMAPI_URL) must be its root only, like %s", default_server);
  if (status != OSMFLOW_OK)
    return status;
  while (text.size > 0 && text.data[text.size - 1] == '/')
    text.size--;
  text = cut_end(cut_end(text, "/0.6"), "/api");
  return copy(text, &call->root, error);
}

static enum osmflow_status set_file(struct osmflow_call *call, struct osmflow_text name,
                                    const struct osmflow_call_class *call_class, struct osmflow_error *error) {
  call->is_file = true;
  call->call_class = call_class ? call_class : osmflow_call_class("file");
  enum osmflow_status status = copy(name, &call->file, error);
  if (status == OSMFLOW_OK)
    status = copy(osmflow_text(""), &call->path, error);
  if (status == OSMFLOW_OK)
    status = copy(osmflow_text(""), &call->query, error);
  return status;
}

/* Which suffixes the path keeps. XML is what comes anyway, and a note is the same in each of its four forms. */
static enum osmflow_status check_suffix(struct osmflow_path_match *match, struct osmflow_error *error) {
  const struct osmflow_call_class *call_class = match->call_class;
  struct osmflow_text suffix = match->suffix;
  bool fits;
  if (suffix.size == 0)
    return OSMFLOW_OK;
  if (call_class->accept)
    fits = osmflow_text_is(suffix, call_class->accept);
  else if (osmflow_text_is(suffix, ".json"))
    fits = call_class->has_json;
  else if (osmflow_text_is(suffix, ".xml"))
    fits = true;
  else
    fits = strncmp(call_class->name, "note", 4) == 0 || call_class->answer == OSMFLOW_ANSWER_TRACKS;
  if (!fits)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no form \"%.*s\"; leave it out", call_class->pattern,
                             (int)suffix.size, suffix.data);
  if (!osmflow_text_is(suffix, ".json"))
    match->suffix.size = 0;
  return OSMFLOW_OK;
}

static enum osmflow_status set_path(struct osmflow_call *call, const struct osmflow_path *path,
                                    const struct osmflow_path_match *match, struct osmflow_text cut,
                                    struct osmflow_error *error) {
  struct osmflow_bytes plain, encoded;
  osmflow_bytes_init(&plain, LONGEST_CONNECTION);
  osmflow_bytes_init(&encoded, LONGEST_URL);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < path->count && status == OSMFLOW_OK; i++) {
    struct osmflow_text word = path->words[i];
    if (i + 1 == path->count)
      word.size -= cut.size;
    osmflow_bytes_reset(&plain);
    status = osmflow_query_decode(word, false, &plain, error);
    if (status == OSMFLOW_OK && i > 0)
      status = osmflow_bytes_add_string(&encoded, "/", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_url(&encoded, osmflow_bytes_view(&plain), "!$&'()*+,;=:@", error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(&encoded, match->suffix, error);
  if (status == OSMFLOW_OK)
    status = copy(osmflow_bytes_view(&encoded), &call->path, error);
  osmflow_bytes_clear(&plain);
  osmflow_bytes_clear(&encoded);
  return status;
}

static const struct osmflow_call_class *versions_of(const struct osmflow_call_class *call_class) {
  char name[40] = "";
  size_t size = strlen(call_class->name);
  if (size + sizeof "/versions" > sizeof name)
    return call_class;
  memcpy(name, call_class->name, size);
  memcpy(name + size, "/versions", sizeof "/versions");
  return osmflow_call_class(name);
}

static enum osmflow_status set_query(struct osmflow_call *call, struct osmflow_text raw, struct osmflow_error *error) {
  struct osmflow_bytes query;
  struct osmflow_parameter_facts facts;
  osmflow_bytes_init(&query, LONGEST_URL);
  enum osmflow_status status = osmflow_parameters_check(call->call_class, raw, &query, &facts, error);
  if (status == OSMFLOW_OK)
    status = copy(osmflow_bytes_view(&query), &call->query, error);
  osmflow_bytes_clear(&query);
  if (status != OSMFLOW_OK)
    return status;
  call->has_bbox = facts.has_bbox;
  call->bbox = facts.bbox;
  if (facts.repeats_ids && call->call_class->answer == OSMFLOW_ANSWER_ELEMENTS)
    call->call_class = versions_of(call->call_class);
  struct osmflow_bytes value;
  osmflow_bytes_init(&value, LONGEST_URL);
  if (strcmp(call->call_class->name, "changeset") == 0 && !osmflow_call_parameter(call, "include_discussion", &value))
    status = osmflow_call_set_parameter(call, "include_discussion", osmflow_text("true"), error);
  osmflow_bytes_clear(&value);
  return status;
}

static enum osmflow_status set_call(struct osmflow_call *call, const struct osmflow_path *path,
                                    struct osmflow_path_match *match, struct osmflow_text query,
                                    struct osmflow_error *error) {
  struct osmflow_text given = match->suffix;
  call->call_class = match->call_class;
  call->type = match->type;
  call->id = match->id;
  call->version = match->version;
  enum osmflow_status status = check_suffix(match, error);
  if (status == OSMFLOW_OK)
    status = set_path(call, path, match, given, error);
  if (status == OSMFLOW_OK)
    status = set_query(call, query, error);
  return status;
}

/* Where the server's root ends in a URL: before "/api/", else before the first word from which on it is a call. */
static size_t find_root_end(struct osmflow_text url, size_t authority_end, size_t path_end) {
  struct osmflow_path path;
  struct osmflow_path_match match;
  for (size_t i = authority_end; i + 5 <= path_end; i++)
    if (memcmp(url.data + i, "/api/", 5) == 0)
      return i;
  for (size_t i = authority_end; i < path_end; i++) {
    if (url.data[i] != '/')
      continue;
    osmflow_path_split(part_of(url, i, path_end), &path);
    if (osmflow_path_match(&path, &match))
      return i;
  }
  return authority_end;
}

static enum osmflow_status parse_url(struct osmflow_call *call, struct osmflow_text url, size_t scheme_size,
                                     struct osmflow_error *error) {
  size_t authority_end = find_byte(url, scheme_size, "/?#");
  size_t path_end = find_byte(url, authority_end, "?#");
  struct osmflow_path path;
  struct osmflow_path_match match;
  char name[256] = "";
  enum osmflow_status status = check_authority(url, scheme_size, authority_end, error);
  if (status != OSMFLOW_OK)
    return status;
  size_t root_end = find_root_end(url, authority_end, path_end);
  status = copy(part_of(url, 0, root_end), &call->root, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_path_split(part_of(url, root_end, path_end), &path);
  if (path.count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the URL names a server but no call; add one, for example "
                             "%.200s/api/0.6/map?bbox=9.52,47.13,9.53,47.14",
                             call->root);
  if (osmflow_path_match(&path, &match)) {
    bool has_query = path_end < url.size && url.data[path_end] == '?';
    struct osmflow_text query = has_query ? part_of(url, path_end + 1, url.size) : (struct osmflow_text){"", 0};
    return set_call(call, &path, &match, query, error);
  }
  if (path_end < sizeof name) {
    const struct osmflow_call_class *file_class;
    memcpy(name, url.data, path_end);
    status = osmflow_file_class_by_name(name, &file_class, error);
    if (status == OSMFLOW_OK && file_class)
      return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                               "this URL is a file and no call of the OSM API; read it as OSMAPI:/vsicurl/%s", name);
  }
  return osmflow_path_unknown(&path, error);
}

/* Numbers and commas, in whatever order: meant as a bbox, so that its errors are those of a bbox. */
static bool looks_like_bbox(struct osmflow_text text) {
  bool has_separator = false;
  for (size_t i = 0; i < text.size; i++) {
    if (!strchr("0123456789+-.,;eE% Cc", text.data[i]))
      return false;
    has_separator = has_separator || strchr(",;%", text.data[i]);
  }
  return has_separator && strchr("0123456789+-.,", text.data[0]);
}

static enum osmflow_status parse_bbox(struct osmflow_call *call, struct osmflow_text text,
                                      struct osmflow_error *error) {
  struct osmflow_bytes query;
  osmflow_bytes_init(&query, LONGEST_URL);
  call->call_class = osmflow_call_class("map");
  enum osmflow_status status = copy(osmflow_text("map"), &call->path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&query, error, "bbox=");
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(&query, text, error);
  if (status == OSMFLOW_OK)
    status = set_query(call, osmflow_bytes_view(&query), error);
  osmflow_bytes_clear(&query);
  return status;
}

static enum osmflow_status parse_name(struct osmflow_call *call, const char *name, struct osmflow_error *error) {
  struct osmflow_text text = osmflow_text(name);
  size_t path_end = find_byte(text, 0, "?");
  struct osmflow_text query =
      path_end < text.size ? part_of(text, path_end + 1, text.size) : (struct osmflow_text){"", 0};
  const struct osmflow_call_class *file_class = NULL;
  struct osmflow_path path;
  struct osmflow_path_match match;
  osmflow_path_split(part_of(text, 0, path_end), &path);
  if (!osmflow_file_is_virtual(name) && osmflow_path_match(&path, &match))
    return set_call(call, &path, &match, query, error);
  enum osmflow_status status = osmflow_file_class_by_name(name, &file_class, error);
  if (status != OSMFLOW_OK)
    return status;
  if (file_class || osmflow_file_is_virtual(name) || osmflow_file_exists(name))
    return set_file(call, text, file_class, error);
  return osmflow_path_unknown(&path, error);
}

enum osmflow_status osmflow_call_parse(const char *connection, const char *default_root, struct osmflow_call *call,
                                       struct osmflow_error *error) {
  struct osmflow_text text = osmflow_text_trim(osmflow_text(connection));
  char *name = NULL;
  size_t scheme_size;
  osmflow_call_clear(call);
  enum osmflow_status status = check_text(text, error);
  if (status == OSMFLOW_OK)
    status = copy(text, &name, error);
  if (status != OSMFLOW_OK)
    goto done;
  if (has_scheme(text, &scheme_size)) {
    status = parse_url(call, text, scheme_size, error);
    goto done;
  }
  status = set_root(call, default_root, error);
  if (status != OSMFLOW_OK)
    goto done;
  status = looks_like_bbox(text) ? parse_bbox(call, text, error) : parse_name(call, name, error);
done:
  free(name);
  if (status != OSMFLOW_OK)
    osmflow_call_clear(call);
  return status;
}

bool osmflow_call_parameter(const struct osmflow_call *call, const char *name, struct osmflow_bytes *value) {
  struct osmflow_text rest = osmflow_text(call->query ? call->query : "");
  struct osmflow_query_item item;
  while (osmflow_query_next(&rest, &item))
    if (osmflow_text_is(item.name, name))
      return osmflow_query_decode(item.value, true, value, NULL) == OSMFLOW_OK;
  return false;
}

enum osmflow_status osmflow_call_set_parameter(struct osmflow_call *call, const char *name, struct osmflow_text value,
                                               struct osmflow_error *error) {
  struct osmflow_bytes query;
  struct osmflow_text rest = osmflow_text(call->query ? call->query : "");
  struct osmflow_query_item item;
  bool is_bbox = strcmp(name, "bbox") == 0;
  osmflow_bytes_init(&query, LONGEST_URL);
  enum osmflow_status status = is_bbox ? osmflow_bbox_parse(value, &call->bbox, error) : OSMFLOW_OK;
  while (status == OSMFLOW_OK && osmflow_query_next(&rest, &item)) {
    if (osmflow_text_is(item.name, name))
      continue;
    if (query.size > 0)
      status = osmflow_bytes_add_string(&query, "&", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_print(&query, error, "%.*s=", OSMFLOW_TEXT_ARGUMENTS(item.name));
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(&query, item.value, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_query_add(&query, osmflow_text(name), value, error);
  if (status == OSMFLOW_OK)
    status = copy(osmflow_bytes_view(&query), &call->query, error);
  if (status == OSMFLOW_OK && is_bbox)
    call->has_bbox = true;
  osmflow_bytes_clear(&query);
  return status;
}

enum osmflow_status osmflow_call_format_url(const char *root, const struct osmflow_call_class *call_class,
                                            const char *path, const char *query, struct osmflow_bytes *url,
                                            struct osmflow_error *error) {
  const char *suffix = call_class->accept ? call_class->accept : "";
  size_t path_size = strlen(path), suffix_size = strlen(suffix);
  if (path_size >= suffix_size && strcmp(path + path_size - suffix_size, suffix) == 0)
    suffix = "";
  bool has_query = query && *query;
  return osmflow_bytes_print(url, error, "%s%s%s%s%s%s", root, call_class->unversioned ? "/api/" : "/api/0.6/", path,
                             suffix, has_query ? "?" : "", has_query ? query : "");
}

enum osmflow_status osmflow_call_url(const struct osmflow_call *call, struct osmflow_bytes *url,
                                     struct osmflow_error *error) {
  return osmflow_call_format_url(call->root, call->call_class, call->path, call->query, url, error);
}
