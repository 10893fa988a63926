/* How handlers write their answers. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

void sandbox_add_header(struct sandbox_response *response, const char *name, const char *value) {
  if (response->extra_headers == sizeof response->extra_header_name / sizeof response->extra_header_name[0])
    sandbox_die("more extra headers than an answer has places for");
  size_t place = response->extra_headers++;
  snprintf(response->extra_header_name[place], sizeof response->extra_header_name[place], "%s", name);
  snprintf(response->extra_header_value[place], sizeof response->extra_header_value[place], "%s", value);
}

static void print_list(struct sandbox_response *response, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  char shortly[512], *text = shortly;
  int size = vsnprintf(shortly, sizeof shortly, format, arguments);
  if (size >= (int)sizeof shortly) {
    text = sandbox_reallocate(NULL, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
  }
  va_end(again);
  sandbox_append(response, text, (size_t)size);
  if (text != shortly)
    free(text);
}

void sandbox_append(struct sandbox_response *response, const char *text, size_t size) {
  struct osmflow_error error;
  if (osmflow_bytes_add(&response->body, text, size, &error) != OSMFLOW_OK)
    sandbox_die(error.message);
}

void sandbox_print(struct sandbox_response *response, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_list(response, format, arguments);
  va_end(arguments);
}

static void forget(struct sandbox_response *response, int status, const char *content_type) {
  osmflow_bytes_reset(&response->body);
  response->extra_headers = 0;
  response->status = status;
  snprintf(response->content_type, sizeof response->content_type, "%s", content_type);
}

void sandbox_fail(struct sandbox_response *response, int status, const char *format, ...) {
  forget(response, status, "text/plain");
  va_list arguments;
  va_start(arguments, format);
  print_list(response, format, arguments);
  va_end(arguments);
  char start[251];
  snprintf(start, sizeof start, "%s", osmflow_bytes_string(&response->body));
  for (char *at = start; *at; at++)
    if (*at == '\n')
      *at = ' ';
  for (size_t size = strlen(start); size > 0 && start[size - 1] == ' '; size--)
    start[size - 1] = '\0';
  sandbox_add_header(response, "Error", start);
}

void sandbox_fail_silently(struct sandbox_response *response, int status) {
  forget(response, status, status == 410 ? "text/plain" : "text/html; charset=utf-8");
  if (status == 410)
    sandbox_add_header(response, "Error", "");
  if (status == 405)
    snprintf(response->content_type, sizeof response->content_type, "text/html");
}

void sandbox_refuse(struct sandbox_response *response, const char *text) {
  forget(response, 401, "text/plain; charset=utf-8");
  sandbox_print(response, "%s", text);
  sandbox_add_header(response, "WWW-Authenticate", "Basic realm=\"Web Password\", charset=\"UTF-8\"");
}

void sandbox_print_page(struct sandbox_response *response, int status, const char *title) {
  forget(response, status, "text/html");
  sandbox_print(response,
                "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n"
                "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
                status, title, status, title);
}

/* What the real server escapes; the apostrophe stays, and UTF-8 is passed on as it is. */
void sandbox_print_xml(struct sandbox_response *response, const char *text) {
  for (const char *at = text;; at++) {
    size_t plain = strcspn(at, "&<>\"\n\t\r");
    if (plain > 0)
      sandbox_append(response, at, plain);
    at += plain;
    switch (*at) {
      case '&':
        sandbox_append(response, "&amp;", 5);
        break;
      case '<':
        sandbox_append(response, "&lt;", 4);
        break;
      case '>':
        sandbox_append(response, "&gt;", 4);
        break;
      case '"':
        sandbox_append(response, "&quot;", 6);
        break;
      case '\n':
        sandbox_append(response, "&#10;", 5);
        break;
      case '\t':
        sandbox_append(response, "&#9;", 4);
        break;
      case '\r':
        sandbox_append(response, "&#13;", 5);
        break;
      default:
        return;
    }
  }
}

void sandbox_print_json(struct sandbox_response *response, const char *text) {
  struct osmflow_error error;
  if (osmflow_bytes_add_json(&response->body, osmflow_text(text), &error) != OSMFLOW_OK)
    sandbox_die(error.message);
}
