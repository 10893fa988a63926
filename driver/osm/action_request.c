/* From an action to a request: every word and parameter is checked before anything is sent. */
#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "osm/action_parts.h"

enum {
  LONGEST_WORD = 255,
  LONGEST_LINE = 8000,
  LONGEST_LINE_ROOM = 64 * 1024,
  BODY_CEILING = 80 * 1024 * 1024,
  MOST_WORDS = 3
};

void osmflow_action_request_init(struct osmflow_action_request *request) {
  *request = (struct osmflow_action_request){.content_type = ""};
  osmflow_bytes_init(&request->url, LONGEST_LINE_ROOM);
  osmflow_bytes_init(&request->body, BODY_CEILING);
}

void osmflow_action_request_clear(struct osmflow_action_request *request) {
  osmflow_bytes_clear(&request->url);
  osmflow_bytes_clear(&request->body);
}

size_t osmflow_action_length(struct osmflow_text text) {
  size_t length = 0;
  for (size_t i = 0; i < text.size; i++)
    length += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return length;
}

enum osmflow_status osmflow_action_check_text(const char *name, struct osmflow_text text, size_t most,
                                              struct osmflow_error *error) {
  if (!osmflow_text_is_utf8(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is not UTF-8", name);
  for (size_t i = 0; i < text.size; i++)
    if (((unsigned char)text.data[i] < ' ' && !strchr("\t\n\r", text.data[i])) || text.data[i] == 0x7F ||
        text.data[i] == '\0')
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s holds a control character at byte %zu", name, i + 1);
  const size_t length = osmflow_action_length(text);
  return length <= most
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                 "%s is too long: it has %zu characters, and the server takes %zu", name, length, most);
}

struct osmflow_text osmflow_action_parameter(const struct osmflow_action *action, const char *name) {
  for (size_t i = 0; i < action->parameter_count; i++)
    if (osmflow_text_is(action->parameters[i].key, name))
      return action->parameters[i].value;
  return (struct osmflow_text){NULL, 0};
}

/* "[node|way|relation]" against a word. */
static bool is_one_of(struct osmflow_text choices, const char *word) {
  struct osmflow_text choice;
  while (osmflow_text_next(&choices, '|', &choice))
    if (osmflow_text_is(choice, word))
      return true;
  return false;
}

/* `part` is a piece of the pattern between slashes that stands for a word. */
static enum osmflow_status add_word(struct osmflow_bytes *url, struct osmflow_text part, const char *word,
                                    struct osmflow_error *error) {
  const struct osmflow_text name = {part.data + 1, part.size - 1}, choices = {part.data + 1, part.size - 2};
  char shown[24], number[OSMFLOW_NUMBER_SIZE];
  int64_t id = 0;
  snprintf(shown, sizeof shown, "%.*s", (int)name.size, name.data);
  if (!word || !*word)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s is missing", *part.data == '[' ? "type" : shown);
  if (*part.data == '[')
    return is_one_of(choices, word) ? osmflow_bytes_add_string(url, word, error)
                                    : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.60s\" is not one of %.*s",
                                                        word, (int)choices.size, choices.data);
  if (*part.data == '#') {
    if (!osmflow_parse_int(osmflow_text(word), 1, OSMFLOW_MOST_ID, &id))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s \"%.60s\" is not a number above 0", shown, word);
    osmflow_format_int(number, id);
    return osmflow_bytes_add_string(url, number, error);
  }
  if (strcmp(word, ".") == 0 || strcmp(word, "..") == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s \"%s\" cannot be a part of an address", shown, word);
  const enum osmflow_status status = osmflow_action_check_text(shown, osmflow_text(word), LONGEST_WORD, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_url(url, osmflow_text(word), "", error) : status;
}

static enum osmflow_status add_path(const struct osmflow_action *action, struct osmflow_bytes *url,
                                    struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(action->action_class->pattern), part;
  size_t used = 0;
  enum osmflow_status status = osmflow_bytes_print(url, error, "%s/api/0.6", action->root);
  while (status == OSMFLOW_OK && osmflow_text_next(&rest, '/', &part)) {
    status = osmflow_bytes_add_string(url, "/", error);
    if (status == OSMFLOW_OK && strchr("#*[", *part.data) && used < MOST_WORDS)
      status = add_word(url, part, action->words[used++], error);
    else if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(url, part, error);
  }
  return status;
}

static enum osmflow_status check_degrees(const char *name, struct osmflow_text value, int32_t most,
                                         struct osmflow_error *error) {
  int32_t degrees = 0;
  if (osmflow_parse_degrees(value, &degrees) && degrees >= -most && degrees <= most)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%.*s is not a number of degrees between -%d and %d", name,
                           (int)(value.size > 60 ? 60 : value.size), value.data, most / OSMFLOW_DEGREE,
                           most / OSMFLOW_DEGREE);
}

static enum osmflow_status check_tags(struct osmflow_text list, struct osmflow_error *error) {
  struct osmflow_text tag;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && osmflow_text_next(&list, ',', &tag))
    status = osmflow_action_check_text("a tag of the trace", osmflow_text_trim(tag), LONGEST_WORD, error);
  return status;
}

static enum osmflow_status check_value(const struct osmflow_action_class *action_class, const char *name,
                                       struct osmflow_text value, struct osmflow_error *error) {
  static const char visibilities[] = "private|public|trackable|identifiable";
  char word[24];
  int64_t number = 0;
  if (strcmp(name, "lat") == 0)
    return check_degrees(name, value, 90 * OSMFLOW_DEGREE, error);
  if (strcmp(name, "lon") == 0)
    return check_degrees(name, value, 180 * OSMFLOW_DEGREE, error);
  if (strcmp(name, "text") == 0)
    return osmflow_action_check_text("the text", value, action_class->longest_text, error);
  if (strcmp(name, "description") == 0)
    return osmflow_action_check_text("the description", value, LONGEST_WORD, error);
  if (strcmp(name, "tags") == 0)
    return check_tags(value, error);
  if (strcmp(name, "redaction") == 0)
    return osmflow_parse_int(value, 1, OSMFLOW_MOST_ID, &number)
               ? OSMFLOW_OK
               : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the redaction is a number above 0");
  snprintf(word, sizeof word, "%.*s", (int)(value.size > 23 ? 23 : value.size), value.data);
  return is_one_of(osmflow_text(visibilities), word)
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the visibility \"%s\" is not one of %s", word,
                                 visibilities);
}

/* Every parameter that is needed is there and not blank, and what is there is known and right. */
static enum osmflow_status check_parameters(const struct osmflow_action *action, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(action->action_class->parameters), word;
  enum osmflow_status status = OSMFLOW_OK;
  size_t known = 0;
  while (status == OSMFLOW_OK && action->action_class->parameters && osmflow_text_next(&rest, ' ', &word)) {
    const bool needed = word.data[word.size - 1] == '!';
    char name[24];
    snprintf(name, sizeof name, "%.*s", (int)(word.size - needed), word.data);
    const struct osmflow_text value = osmflow_action_parameter(action, name);
    known += value.data != NULL;
    if (needed && osmflow_text_trim(value).size == 0)
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s is empty", name);
    else if (value.data)
      status = check_value(action->action_class, name, value, error);
  }
  if (status == OSMFLOW_OK && known < action->parameter_count)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s takes these parameters, each once: %s",
                               action->action_class->name,
                               action->action_class->parameters ? action->action_class->parameters : "none");
  return status;
}

static enum osmflow_status add_form(const struct osmflow_action *action, struct osmflow_bytes *form,
                                    struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < action->parameter_count; i++) {
    status = osmflow_bytes_print(form, error, "%s%.*s=", i > 0 ? "&" : "", (int)action->parameters[i].key.size,
                                 action->parameters[i].key.data);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_url(form, action->parameters[i].value, "", error);
  }
  return status;
}

static bool holds(struct osmflow_text text, const char *word) {
  const size_t size = strlen(word);
  for (size_t i = 0; i + size <= text.size; i++)
    if (text.data[i] == *word && memcmp(text.data + i, word, size) == 0)
      return true;
  return false;
}

/* As browsers write names in this header. */
static enum osmflow_status add_file_name(const char *name, struct osmflow_bytes *body, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (; status == OSMFLOW_OK && *name; name++) {
    const unsigned char byte = (unsigned char)*name;
    if (byte < ' ' || byte == '"' || byte == 0x7F)
      status = osmflow_bytes_print(body, error, "%%%02X", byte);
    else
      status = osmflow_bytes_add(body, name, 1, error);
  }
  return status;
}

static enum osmflow_status add_multipart(const struct osmflow_environment *environment,
                                         const struct osmflow_action *action, struct osmflow_action_request *request,
                                         struct osmflow_error *error) {
  char boundary[48];
  struct osmflow_bytes *body = &request->body;
  do {
    uint32_t chance[4];
    for (size_t i = 0; i < 4; i++)
      chance[i] = environment->random(environment->self);
    snprintf(boundary, sizeof boundary, "osmflow-%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32, chance[0],
             chance[1], chance[2], chance[3]);
  } while (holds(action->body, boundary));
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < action->parameter_count; i++) {
    const struct osmflow_tag_view *parameter = &action->parameters[i];
    status = osmflow_bytes_print(body, error, "--%s\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n", boundary,
                                 (int)parameter->key.size, parameter->key.data);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(body, parameter->value, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(body, "\r\n", error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(body, error, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"",
                                 boundary);
  if (status == OSMFLOW_OK)
    status = add_file_name(action->file_name, body, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(body, "\"\r\nContent-Type: application/octet-stream\r\n\r\n", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(body, action->body, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(body, error, "\r\n--%s--\r\n", boundary);
  snprintf(request->content_type, sizeof request->content_type, "multipart/form-data; boundary=%s", boundary);
  return status;
}

static enum osmflow_status add_body(const struct osmflow_environment *environment, const struct osmflow_action *action,
                                    struct osmflow_action_request *request, struct osmflow_error *error) {
  static const char *const types[] = {[OSMFLOW_ACTION_BODY_FORM] = "application/x-www-form-urlencoded",
                                      [OSMFLOW_ACTION_BODY_PLAIN] = "text/plain; charset=utf-8",
                                      [OSMFLOW_ACTION_BODY_XML] = "text/xml; charset=utf-8"};
  const enum osmflow_action_body kind = action->action_class->body;
  if (kind == OSMFLOW_ACTION_BODY_NONE && action->parameter_count == 0)
    return OSMFLOW_OK;
  if (kind == OSMFLOW_ACTION_BODY_NONE) {
    const enum osmflow_status status = osmflow_bytes_add_string(&request->url, "?", error);
    return status == OSMFLOW_OK ? add_form(action, &request->url, error) : status;
  }
  if (kind == OSMFLOW_ACTION_BODY_FILE && (!action->file_name || !*action->file_name || action->body.size == 0))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the file is empty or has no name");
  if (kind == OSMFLOW_ACTION_BODY_FILE)
    return add_multipart(environment, action, request, error);
  snprintf(request->content_type, sizeof request->content_type, "%s", types[kind]);
  if (kind == OSMFLOW_ACTION_BODY_FORM)
    return add_form(action, &request->body, error);
  if (kind == OSMFLOW_ACTION_BODY_PLAIN) {
    const enum osmflow_status status = osmflow_action_check_text("the value", action->body, LONGEST_WORD, error);
    if (status != OSMFLOW_OK)
      return status;
  }
  return osmflow_bytes_add_text(&request->body, action->body, error);
}

enum osmflow_status osmflow_action_prepare(const struct osmflow_environment *environment,
                                           const struct osmflow_action *action, struct osmflow_action_request *request,
                                           struct osmflow_error *error) {
  enum osmflow_status status = check_parameters(action, error);
  if (status == OSMFLOW_OK)
    status = add_path(action, &request->url, error);
  if (status == OSMFLOW_OK)
    status = add_body(environment, action, request, error);
  if (status == OSMFLOW_OK && request->url.size > LONGEST_LINE)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the text is too long: this call sends it within the address, which has room for about "
                               "%d bytes of encoded text",
                               LONGEST_LINE);
  return status;
}
