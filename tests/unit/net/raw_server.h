/* A server on a loopback socket that says exactly what it is told, however wrong: it answers the n-th request with the
 * n-th reply of a script (the last one again and again) and remembers what it was asked. */
#ifndef OSMFLOW_UNIT_NET_RAW_SERVER_H
#define OSMFLOW_UNIT_NET_RAW_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum raw_action {
  RAW_CLOSE, /* says it and closes */
  RAW_KEEP,  /* says it and waits for the next request on this connection */
  RAW_HANG   /* says it and then nothing any more */
};

struct raw_reply {
  const char *text;
  enum raw_action action;
  size_t size; /* 0: all of the text */
};

enum { RAW_CONNECTIONS = 2048, RAW_REQUESTS = 16, RAW_REQUEST_SIZE = 4096 };

struct raw_connection {
  struct raw_server *server;
  pthread_t thread;
  int socket;
};

struct raw_server {
  int listener;
  char url[64];
  pthread_t thread;
  pthread_mutex_t lock;
  const struct raw_reply *replies;
  size_t reply_count;
  int slams;         /* so many connections are closed before anything is read */
  int request_count; /* of requests that were read to their end */
  char requests[RAW_REQUESTS][RAW_REQUEST_SIZE];
  int connection_count;
  struct raw_connection connections[RAW_CONNECTIONS];
};

static inline size_t raw_body_size(const char *head) {
  const char *header = strstr(head, "Content-Length: ");
  return header ? (size_t)strtoul(header + 16, NULL, 10) : 0;
}

/* Reads one request; false when the connection ended first. */
static inline bool raw_read(int socket, char *request) {
  size_t used = 0;
  request[0] = '\0';
  for (;;) {
    const char *end = strstr(request, "\r\n\r\n");
    if (end && used >= (size_t)(end - request) + 4 + raw_body_size(request))
      return true;
    const ssize_t got = used + 1 < RAW_REQUEST_SIZE ? recv(socket, request + used, RAW_REQUEST_SIZE - used - 1, 0) : 0;
    if (got <= 0)
      return false;
    used += (size_t)got;
    request[used] = '\0';
  }
}

static inline void raw_say(int socket, const char *text, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(socket, text, size, MSG_NOSIGNAL);
    if (sent <= 0)
      return;
    text += sent;
    size -= (size_t)sent;
  }
}

static inline struct raw_reply raw_take_reply(struct raw_server *server, const char *request) {
  pthread_mutex_lock(&server->lock);
  const size_t index = (size_t)server->request_count++;
  if (index < RAW_REQUESTS)
    memcpy(server->requests[index], request, strlen(request) + 1);
  const struct raw_reply reply = server->replies[index < server->reply_count ? index : server->reply_count - 1];
  pthread_mutex_unlock(&server->lock);
  return reply;
}

static inline void raw_slam(struct raw_server *server, int count) {
  pthread_mutex_lock(&server->lock);
  server->slams = count;
  pthread_mutex_unlock(&server->lock);
}

static inline bool raw_takes_slam(struct raw_server *server) {
  pthread_mutex_lock(&server->lock);
  const bool slam = server->slams > 0;
  server->slams -= slam;
  pthread_mutex_unlock(&server->lock);
  return slam;
}

static inline void *raw_serve(void *argument) {
  struct raw_connection *connection = argument;
  char request[RAW_REQUEST_SIZE];
  char byte;
  bool more = !raw_takes_slam(connection->server);
  while (more && raw_read(connection->socket, request)) {
    const struct raw_reply reply = raw_take_reply(connection->server, request);
    raw_say(connection->socket, reply.text, reply.size ? reply.size : strlen(reply.text));
    more = reply.action == RAW_KEEP;
    if (reply.action == RAW_HANG)
      while (recv(connection->socket, &byte, 1, 0) > 0) {
      }
  }
  shutdown(connection->socket, SHUT_RDWR);
  return NULL;
}

static inline void *raw_accept(void *argument) {
  struct raw_server *server = argument;
  int socket = accept(server->listener, NULL, NULL);
  while (socket >= 0 && server->connection_count < RAW_CONNECTIONS) {
    struct raw_connection *connection = &server->connections[server->connection_count];
    *connection = (struct raw_connection){.server = server, .socket = socket};
    if (pthread_create(&connection->thread, NULL, raw_serve, connection) != 0)
      abort();
    server->connection_count++;
    socket = accept(server->listener, NULL, NULL);
  }
  if (socket >= 0)
    close(socket);
  return NULL;
}

/* A loopback socket with a port of its own; who connects is refused until it listens. */
static inline int raw_bind(char url[64]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const int bound = socket(AF_INET, SOCK_STREAM, 0);
  if (bound < 0 || bind(bound, (struct sockaddr *)&address, sizeof address) != 0 ||
      getsockname(bound, (struct sockaddr *)&address, &size) != 0)
    abort();
  snprintf(url, 64, "http://127.0.0.1:%d", ntohs(address.sin_port));
  return bound;
}

static inline struct raw_server *raw_start(const struct raw_reply *replies, size_t reply_count) {
  struct raw_server *server = calloc(1, sizeof *server);
  if (!server)
    abort();
  server->replies = replies;
  server->reply_count = reply_count;
  pthread_mutex_init(&server->lock, NULL);
  server->listener = raw_bind(server->url);
  if (listen(server->listener, 64) != 0 || pthread_create(&server->thread, NULL, raw_accept, server) != 0)
    abort();
  return server;
}

static inline int raw_request_count(struct raw_server *server) {
  pthread_mutex_lock(&server->lock);
  const int count = server->request_count;
  pthread_mutex_unlock(&server->lock);
  return count;
}

static inline void raw_stop(struct raw_server *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  for (int i = 0; i < server->connection_count; i++) {
    shutdown(server->connections[i].socket, SHUT_RDWR);
    pthread_join(server->connections[i].thread, NULL);
    close(server->connections[i].socket);
  }
  pthread_mutex_destroy(&server->lock);
  free(server);
}

#define RAW_START(replies) raw_start((replies), sizeof(replies) / sizeof(replies)[0])

#endif
