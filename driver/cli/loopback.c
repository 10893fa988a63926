#include "cli/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "osm/call_query.h"

/* A browser may open connections that it then does not use, so none is waited for long. */
enum { SLICE_MS = 100, REQUEST_MS = 2000, REQUEST_SIZE = 16 * 1024, WORDS_CEILING = 500 };

enum osmflow_status osmflow_loopback_open(struct osmflow_loopback *loopback, int port, struct osmflow_error *error) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  loopback->url[0] = '\0';
  loopback->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (loopback->descriptor < 0 || bind(loopback->descriptor, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen(loopback->descriptor, 8) != 0 ||
      getsockname(loopback->descriptor, (struct sockaddr *)&address, &size) != 0) {
    const enum osmflow_status status =
        osmflow_error_set(error, OSMFLOW_IO, "port %d of 127.0.0.1 cannot be listened on: %s", port, strerror(errno));
    osmflow_loopback_close(loopback);
    return status;
  }
  snprintf(loopback->url, sizeof loopback->url, "http://127.0.0.1:%u/", (unsigned)ntohs(address.sin_port));
  return OSMFLOW_OK;
}

void osmflow_loopback_close(struct osmflow_loopback *loopback) {
  if (loopback->descriptor >= 0)
    close(loopback->descriptor);
  loopback->descriptor = -1;
}

/* True when there is something to read before `deadline`; false then, or when the user wants to stop. */
static bool wait_for(int descriptor, const struct osmflow_environment *environment, int64_t deadline) {
  struct pollfd one = {.fd = descriptor, .events = POLLIN};
  int ready = 0;
  while (ready <= 0 && !environment->cancelled(environment->self) &&
         environment->monotonic_ms(environment->self) < deadline)
    ready = poll(&one, 1, SLICE_MS);
  return ready > 0;
}

/* The first line, without its end; size 0 when no request came. */
static struct osmflow_text read_request(int descriptor, const struct osmflow_environment *environment,
                                        char buffer[REQUEST_SIZE]) {
  const int64_t deadline = environment->monotonic_ms(environment->self) + REQUEST_MS;
  size_t size = 0;
  bool complete = false;
  while (!complete && size + 1 < REQUEST_SIZE && wait_for(descriptor, environment, deadline)) {
    const ssize_t got = recv(descriptor, buffer + size, REQUEST_SIZE - 1 - size, 0);
    if (got <= 0)
      break;
    size += (size_t)got;
    buffer[size] = '\0';
    complete = strstr(buffer, "\r\n\r\n") != NULL;
  }
  return (struct osmflow_text){buffer, complete ? strcspn(buffer, "\r\n") : 0};
}

static void answer(int descriptor, const char *status_line, const char *title, const char *text) {
  static const char format[] =
      "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
      "Referrer-Policy: no-referrer\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s";
  char page[512], whole[1024];
  const int page_size = snprintf(page, sizeof page,
                                 "<!DOCTYPE html>\n<html lang=\"en\"><head><title>osmflow: "
                                 "%s</title></head><body><h1>%s</h1><p>%s</p></body></html>\n",
                                 title, title, text);
  const int size = snprintf(whole, sizeof whole, format, status_line, (size_t)page_size, page);
  if (size > 0 && (size_t)size < sizeof whole && send(descriptor, whole, (size_t)size, MSG_NOSIGNAL) == size)
    shutdown(descriptor, SHUT_WR);
}

/* What the browser brings. */
struct message {
  struct osmflow_bytes code, state, error, words;
};

static void message_init(struct message *message) {
  osmflow_bytes_init(&message->code, WORDS_CEILING);
  osmflow_bytes_init(&message->state, WORDS_CEILING);
  osmflow_bytes_init(&message->error, WORDS_CEILING);
  osmflow_bytes_init(&message->words, WORDS_CEILING);
}

static void message_clear(struct message *message) {
  osmflow_bytes_clear(&message->code);
  osmflow_bytes_clear(&message->state);
  osmflow_bytes_clear(&message->error);
  osmflow_bytes_clear(&message->words);
}

/* "GET /?code=...&state=... HTTP/1.1". False for any other request. */
static bool read_message(struct osmflow_text line, struct message *message) {
  struct osmflow_text method, target, path;
  struct osmflow_query_item item;
  if (!osmflow_text_next(&line, ' ', &method) || !osmflow_text_next(&line, ' ', &target) || !line.data ||
      !osmflow_text_is(method, "GET") || !osmflow_text_next(&target, '?', &path) || !osmflow_text_is(path, "/") ||
      !target.data)
    return false;
  const struct {
    const char *name;
    struct osmflow_bytes *value;
  } parts[] = {{"code", &message->code},
               {"state", &message->state},
               {"error", &message->error},
               {"error_description", &message->words}};
  bool good = true;
  while (good && osmflow_query_next(&target, &item))
    for (size_t i = 0; good && i < sizeof parts / sizeof parts[0]; i++)
      if (osmflow_text_is(item.name, parts[i].name))
        good = parts[i].value->size == 0 && osmflow_query_decode(item.value, true, parts[i].value, NULL) == OSMFLOW_OK;
  return good;
}

/* Words from outside go to a terminal. */
static const char *printable(struct osmflow_bytes *words) {
  for (size_t i = 0; i < words->size; i++)
    if ((unsigned char)words->data[i] < ' ' || words->data[i] == 0x7F)
      words->data[i] = '?';
  return osmflow_text_is_utf8(osmflow_bytes_view(words)) ? osmflow_bytes_string(words) : "(unreadable)";
}

/* True when the wait is over; *status says how. */
static bool handle(int descriptor, struct osmflow_text line, const char *state, struct osmflow_bytes *code,
                   enum osmflow_status *status, struct osmflow_error *error) {
  struct message message;
  bool over = false;
  message_init(&message);
  if (!read_message(line, &message)) {
    answer(descriptor, "404 Not Found", "Nothing here", "This address only takes the answer to a login.");
  } else if (!osmflow_text_is(osmflow_bytes_view(&message.state), state)) {
    answer(descriptor, "400 Bad Request", "Not this login", "This is not the answer to the login that is waited for.");
  } else if (message.error.size > 0 || message.code.size == 0) {
    answer(descriptor, "200 OK", "Login refused", "You can close this window; the terminal says why.");
    over = true;
    *status = osmflow_error_set(error, OSMFLOW_UNAUTHORIZED, "the login was refused: %s%s%s",
                                message.error.size > 0 ? printable(&message.error) : "no code came",
                                message.words.size > 0 ? ": " : "", printable(&message.words));
  } else {
    answer(descriptor, "200 OK", "Almost done", "You can close this window; the terminal says how the login ended.");
    over = true;
    *status = osmflow_bytes_add_text(code, osmflow_bytes_view(&message.code), error);
  }
  message_clear(&message);
  return over;
}

enum osmflow_status osmflow_loopback_wait(struct osmflow_loopback *loopback,
                                          const struct osmflow_environment *environment, const char *state,
                                          int64_t milliseconds, struct osmflow_bytes *code,
                                          struct osmflow_error *error) {
  const int64_t deadline = environment->monotonic_ms(environment->self) + milliseconds;
  char buffer[REQUEST_SIZE];
  enum osmflow_status status = OSMFLOW_OK;
  bool over = false;
  while (!over && wait_for(loopback->descriptor, environment, deadline)) {
    const int descriptor = accept(loopback->descriptor, NULL, NULL);
    if (descriptor < 0)
      continue;
    const struct osmflow_text line = read_request(descriptor, environment, buffer);
    if (line.size > 0)
      over = handle(descriptor, line, state, code, &status, error);
    close(descriptor);
  }
  if (over)
    return status;
  return environment->cancelled(environment->self)
             ? osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped; nothing was stored")
             : osmflow_error_set(error, OSMFLOW_NETWORK, "nobody answered the login in %lld minutes",
                                 (long long)(milliseconds / 60000));
}
