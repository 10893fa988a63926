/* Query strings, form bodies and multipart bodies. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "internal.h"

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

char *sandbox_percent_decode(const char *text, size_t size, bool plus_is_blank) {
  char *decoded = sandbox_reallocate(NULL, size + 1);
  size_t length = 0;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '%' && i + 2 < size && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      decoded[length++] = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded[length++] = (char)(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  decoded[length] = '\0';
  return decoded;
}

void sandbox_add_pair(struct sandbox_header **pairs, size_t *count, size_t *capacity, char *name, char *value) {
  sandbox_reserve((void **)pairs, capacity, *count + 1, sizeof **pairs);
  (*pairs)[(*count)++] = (struct sandbox_header){name, value};
}

void sandbox_free_pairs(struct sandbox_header *pairs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(pairs[i].name);
    free(pairs[i].value);
  }
  free(pairs);
}

void sandbox_parse_parameters(struct sandbox_exchange *exchange, struct osmflow_text form) {
  struct osmflow_text part;
  while (osmflow_text_next(&form, '&', &part)) {
    if (part.size == 0)
      continue;
    const char *equals = memchr(part.data, '=', part.size);
    size_t name_size = equals ? (size_t)(equals - part.data) : part.size;
    size_t value_size = equals ? part.size - name_size - 1 : 0;
    sandbox_add_pair(&exchange->parameters, &exchange->parameter_count, &exchange->parameter_capacity,
                     sandbox_percent_decode(part.data, name_size, true),
                     sandbox_percent_decode(equals ? equals + 1 : "", value_size, true));
  }
}

const char *sandbox_header(const struct sandbox_request *request, const char *name) {
  const struct sandbox_exchange *exchange = request->connection;
  for (size_t i = 0; i < exchange->header_count; i++)
    if (strcasecmp(exchange->headers[i].name, name) == 0)
      return exchange->headers[i].value;
  return NULL;
}

const char *sandbox_parameter(const struct sandbox_request *request, const char *name) {
  const struct sandbox_exchange *exchange = request->connection;
  for (size_t i = 0; i < exchange->parameter_count; i++)
    if (strcmp(exchange->parameters[i].name, name) == 0)
      return exchange->parameters[i].value;
  return NULL;
}

/* The position of `needle` in text from `from` on, or text.size. */
static size_t find(struct osmflow_text text, size_t from, const char *needle) {
  size_t size = strlen(needle);
  for (; from + size <= text.size; from++)
    if (memcmp(text.data + from, needle, size) == 0)
      return from;
  return text.size;
}

/* The value of an attribute such as name="file" in a part's head, "" when absent. */
static void read_attribute(struct osmflow_text head, const char *attribute, char value[256]) {
  char start[32];
  snprintf(start, sizeof start, "; %s=\"", attribute);
  size_t from = find(head, 0, start);
  value[0] = '\0';
  if (from == head.size)
    return;
  from += strlen(start);
  size_t end = find(head, from, "\"");
  size_t size = end - from < 255 ? end - from : 255;
  memcpy(value, head.data + from, size);
  value[size] = '\0';
}

bool sandbox_form_part(const struct sandbox_request *request, const char *name, struct osmflow_text *content,
                       char filename[256]) {
  const char *boundary = strstr(request->content_type, "boundary=");
  if (strncasecmp(request->content_type, "multipart/form-data", 19) != 0 || !boundary)
    return false;
  boundary += strlen("boundary=");
  size_t length = strcspn(boundary, ";\r\n");
  if (length >= 2 && boundary[0] == '"') {
    boundary++;
    length -= 2;
  }
  char line[128];
  snprintf(line, sizeof line, "--%.*s", (int)(length > 100 ? 100 : length), boundary);
  struct osmflow_text body = request->body;
  size_t at = find(body, 0, line);
  while (at < body.size) {
    size_t head_start = at + strlen(line), head_end = find(body, head_start, "\r\n\r\n");
    if (head_end == body.size)
      return false;
    struct osmflow_text head = {body.data + head_start, head_end - head_start};
    at = find(body, head_end, line);
    char found[256];
    read_attribute(head, "name", found);
    if (strcmp(found, name) == 0 && at >= head_end + 6) {
      *content = (struct osmflow_text){body.data + head_end + 4, at - head_end - 6};
      read_attribute(head, "filename", filename);
      return true;
    }
  }
  return false;
}
