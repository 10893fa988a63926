/* The only user of libmicrohttpd: collects a request, lets it be answered under the lock, sends the answer. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "server.h"

static struct sandbox_server *server;
static struct MHD_Daemon *daemon_handle;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t orphans_done = PTHREAD_COND_INITIALIZER;
static atomic_bool stopping;
static int orphans; /* requests whose clients have gone and that are still to be carried out */

/* libmicrohttpd tells the URL as it came only here; each connection has its own thread, so it waits in that thread. */
enum { URL_SIZE = 65536 };
static _Thread_local char raw_url[URL_SIZE];

struct sending {
  struct sandbox_exchange exchange; /* first: libmicrohttpd carries a pointer to it as the request's context */
  struct sandbox_fault fault;
  bool faulty;
  bool answered;
  struct osmflow_bytes packed;
  int64_t rate;
  int64_t sending_since_ms;
  uint64_t sent, received;
};

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In slices: a wished delay of an hour must not keep the server from ending. */
static void sleep_ms(int64_t ms) {
  const int64_t end = now_ms() + ms;
  for (int64_t left = ms; left > 0 && !atomic_load(&stopping); left = end - now_ms()) {
    const int64_t slice = left < 50 ? left : 50;
    struct timespec pause = {.tv_sec = 0, .tv_nsec = (long)slice * 1000000};
    nanosleep(&pause, NULL);
  }
}

const char *sandbox_reason(int status) {
  return status == 509 ? "Bandwidth Limit Exceeded" : MHD_get_reason_phrase_for((unsigned)status);
}

static void *remember_url(void *context, const char *url, struct MHD_Connection *connection) {
  (void)context;
  (void)connection;
  snprintf(raw_url, sizeof raw_url, "%s", url);
  return NULL;
}

static char *copy(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(sandbox_reallocate(NULL, size), text, size);
}

static enum MHD_Result copy_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
  (void)kind;
  struct sandbox_exchange *exchange = context;
  sandbox_add_pair(&exchange->headers, &exchange->header_count, &exchange->header_capacity, copy(name),
                   copy(value ? value : ""));
  return MHD_YES;
}

static struct sending *begin(struct MHD_Connection *connection, const char *method) {
  struct sending *sending = calloc(1, sizeof *sending);
  if (!sending)
    sandbox_die("out of memory");
  struct sandbox_exchange *exchange = &sending->exchange;
  snprintf(exchange->method, sizeof exchange->method, "%s", method);
  exchange->url = copy(raw_url);
  exchange->control = strncmp(raw_url, "/sandbox/", 9) == 0;
  MHD_get_connection_values(connection, MHD_HEADER_KIND, copy_header, exchange);
  exchange->started_ms = now_ms();
  pthread_mutex_lock(&lock);
  osmflow_bytes_init(&exchange->received, (size_t)server->state.limits.payload_bytes);
  if (!exchange->control) {
    exchange->number = ++server->log.requests;
    exchange->in_flight = ++server->log.in_flight;
    if (server->log.in_flight > server->log.most_in_flight)
      server->log.most_in_flight = server->log.in_flight;
    sending->faulty = sandbox_fault_take(&server->faults, exchange, &sending->fault);
    exchange->sink = sandbox_open_sink(&server->state, exchange);
  }
  sending->rate = sending->faulty && sending->fault.rate > 0 ? sending->fault.rate : server->settings.rate;
  pthread_mutex_unlock(&lock);
  return sending;
}

static void free_exchange(struct sandbox_exchange *exchange) {
  sandbox_free_pairs(exchange->headers, exchange->header_count);
  sandbox_free_pairs(exchange->parameters, exchange->parameter_count);
  free(exchange->url);
  free(exchange->path);
  osmflow_bytes_clear(&exchange->received);
  osmflow_bytes_clear(&exchange->decoded);
  osmflow_bytes_clear(&exchange->response.body);
  if (exchange->sink)
    exchange->sink->free(exchange->sink);
  if (exchange->stream)
    exchange->stream->free(exchange->stream);
  if (exchange->map) {
    pthread_mutex_lock(&lock);
    sandbox_drop_map(exchange->map);
    pthread_mutex_unlock(&lock);
  }
}

static void release(struct sending *sending) {
  free_exchange(&sending->exchange);
  osmflow_bytes_clear(&sending->packed);
  free(sending);
}

static void complete(void *context, struct MHD_Connection *connection, void **state,
                     enum MHD_RequestTerminationCode code) {
  (void)context;
  (void)connection;
  (void)code;
  struct sending *sending = *state;
  if (!sending)
    return;
  pthread_mutex_lock(&lock);
  if (!sending->exchange.control) {
    server->log.in_flight--;
    sandbox_log_request(&server->log, &sending->exchange, sandbox_now(&server->state),
                        sending->answered ? sending->exchange.response.status : 0, sending->sent);
  }
  pthread_mutex_unlock(&lock);
  release(sending);
  *state = NULL;
}

/* How many of the next `most` bytes may go now. Sleeps as long as the wished rate wants. */
static size_t pace(struct sending *sending, size_t most) {
  if (sending->rate <= 0)
    return most;
  size_t piece = (size_t)(sending->rate / 50 > 0 ? sending->rate / 50 : 1);
  piece = piece < most ? piece : most;
  int64_t due = sending->sending_since_ms + (int64_t)((sending->sent + piece) * 1000 / (uint64_t)sending->rate);
  int64_t now = now_ms();
  if (due > now)
    sleep_ms(due - now);
  return piece;
}

static ssize_t read_answer(void *context, uint64_t position, char *buffer, size_t most) {
  struct sending *sending = context;
  struct sandbox_stream *stream = sending->exchange.stream;
  struct osmflow_text outgoing = sending->exchange.outgoing;
  uint64_t end = stream ? stream->size : outgoing.size;
  const bool breaks = sending->faulty && sending->fault.cut >= 0 && (uint64_t)sending->fault.cut < end;
  if (breaks)
    end = (uint64_t)sending->fault.cut;
  else if (sending->faulty && sending->fault.end >= 0 && (uint64_t)sending->fault.end < end)
    end = (uint64_t)sending->fault.end;
  if (position >= end)
    return breaks ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
  size_t piece = end - position < most ? (size_t)(end - position) : most;
  piece = pace(sending, piece);
  if (stream)
    stream->read(stream, position, buffer, piece);
  else
    memcpy(buffer, outgoing.data + position, piece);
  sending->sent += piece;
  return (ssize_t)piece;
}

static void pack(struct sending *sending) {
  struct sandbox_exchange *exchange = &sending->exchange;
  if (!exchange->chunked || exchange->shared_is_packed || exchange->wrapped || exchange->page || !exchange->encoding ||
      strcmp(exchange->encoding, "identity") == 0 || strcmp(exchange->method, "HEAD") == 0)
    return;
  osmflow_bytes_init(&sending->packed, SIZE_MAX / 4);
  sandbox_compress(exchange->encoding, exchange->outgoing, &sending->packed);
  exchange->outgoing = osmflow_bytes_view(&sending->packed);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct sending *sending) {
  struct sandbox_exchange *exchange = &sending->exchange;
  struct sandbox_response *answer = &exchange->response;
  pack(sending);
  if (sending->faulty && sending->fault.truncate_gzip)
    sending->fault.end = (int64_t)exchange->outgoing.size / 2;
  const uint64_t whole = exchange->stream ? exchange->stream->size : exchange->outgoing.size;
  uint64_t size = exchange->chunked ? MHD_SIZE_UNKNOWN : whole;
  sending->sending_since_ms = now_ms();
  struct MHD_Response *response = MHD_create_response_from_callback(size, 65536, read_answer, sending, NULL);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, "Server", "nginx");
  MHD_add_response_header(response, "Content-Type", answer->content_type);
  for (size_t i = 0; i < answer->extra_headers; i++)
    MHD_add_response_header(response, answer->extra_header_name[i],
                            *answer->extra_header_value[i] ? answer->extra_header_value[i] : " "); /* never empty */
  enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer->status, response);
  MHD_destroy_response(response);
  sending->answered = result == MHD_YES;
  return result;
}

struct orphan {
  struct sandbox_exchange exchange;
  int64_t delay;
};

/* With the lock held: the changeset that the URL names, or NULL. */
static struct sandbox_changeset *changeset_of(const char *url) {
  static const char start[] = "/api/0.6/changeset/";
  const bool named = strncmp(url, start, sizeof start - 1) == 0;
  return named ? sandbox_find_changeset(&server->state, strtoll(url + sizeof start - 1, NULL, 10)) : NULL;
}

static void *run_orphan(void *context) {
  struct orphan *orphan = context;
  sleep_ms(orphan->delay);
  pthread_mutex_lock(&lock);
  orphan->exchange.request.orphaned = true;
  sandbox_answer(&server->state, &orphan->exchange);
  struct sandbox_changeset *changeset = changeset_of(orphan->exchange.url);
  if (changeset)
    changeset->locked = false;
  orphans--;
  pthread_cond_signal(&orphans_done);
  pthread_mutex_unlock(&lock);
  free_exchange(&orphan->exchange);
  free(orphan);
  return NULL;
}

/* The connection is closed now, the request is carried out later by a thread of its own. */
static enum MHD_Result abandon(struct sending *sending) {
  struct orphan *orphan = sandbox_reallocate(NULL, sizeof *orphan);
  struct sandbox_exchange *exchange = &sending->exchange;
  *orphan = (struct orphan){.exchange = *exchange, .delay = sending->fault.orphan};
  *exchange = (struct sandbox_exchange){.url = copy(exchange->url), .number = exchange->number};
  memcpy(exchange->method, orphan->exchange.method, sizeof exchange->method);
  exchange->in_flight = orphan->exchange.in_flight;
  pthread_t thread;
  pthread_mutex_lock(&lock);
  struct sandbox_changeset *changeset = changeset_of(exchange->url);
  if (changeset)
    changeset->locked = true;
  orphans++;
  pthread_mutex_unlock(&lock);
  if (pthread_create(&thread, NULL, run_orphan, orphan) != 0)
    sandbox_die("no thread for a request whose client has gone");
  pthread_detach(thread);
  return MHD_NO;
}

static enum MHD_Result process(struct MHD_Connection *connection, struct sending *sending) {
  const struct sandbox_fault *fault = &sending->fault;
  const bool replaced = sending->faulty && (fault->status > 0 || fault->html);
  if (sending->faulty && fault->drop == SANDBOX_DROP_BEFORE)
    return MHD_NO;
  if (sending->faulty && fault->orphan > 0)
    return abandon(sending);
  if (sending->faulty && fault->delay > 0)
    sleep_ms(fault->delay);
  if (!replaced || fault->after) {
    pthread_mutex_lock(&lock);
    sandbox_answer(&server->state, &sending->exchange);
    pthread_mutex_unlock(&lock);
  } else {
    osmflow_bytes_init(&sending->exchange.response.body, SIZE_MAX / 4);
  }
  if (sending->faulty && fault->drop == SANDBOX_DROP_AFTER)
    return MHD_NO;
  if (replaced)
    sandbox_fault_replace(&sending->exchange, fault);
  else if (sending->faulty && fault->error)
    sandbox_fault_break_document(&sending->exchange);
  return send_answer(connection, sending);
}

static enum MHD_Result take_piece(struct sending *sending, const char *data, size_t size) {
  struct sandbox_exchange *exchange = &sending->exchange;
  sending->received += size;
  if (sending->faulty && sending->fault.request_cut >= 0 && sending->received >= (uint64_t)sending->fault.request_cut)
    return MHD_NO;
  if (exchange->sink)
    exchange->sink->take(exchange->sink, data, size);
  else if (osmflow_bytes_add(&exchange->received, data, size, NULL) != OSMFLOW_OK)
    exchange->too_large = true; /* what is left of it is read and forgotten, so that the client sees the answer */
  return MHD_YES;
}

static enum MHD_Result take_request(void *context, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version, const char *data, size_t *size,
                                    void **state) {
  (void)context;
  (void)url;
  (void)version;
  if (!*state) {
    struct sending *first = *state = begin(connection, method);
    const bool early = first->faulty && first->fault.early && (first->fault.status > 0 || first->fault.html);
    return early ? process(connection, first) : MHD_YES;
  }
  struct sending *sending = *state;
  if (*size == 0)
    return process(connection, sending);
  const size_t taken = *size;
  *size = 0;
  return take_piece(sending, data, taken);
}

bool sandbox_listen(struct sandbox_server *running, int *port) {
  server = running;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)*port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  daemon_handle = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL,
                                   (uint16_t)*port, NULL, NULL, take_request, NULL, MHD_OPTION_SOCK_ADDR,
                                   (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, complete, NULL,
                                   MHD_OPTION_URI_LOG_CALLBACK, remember_url, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                   (size_t)1 << 19, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
  if (!daemon_handle)
    return false;
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon_handle, MHD_DAEMON_INFO_BIND_PORT);
  *port = info ? info->port : *port;
  return true;
}

void sandbox_stop(void) {
  atomic_store(&stopping, true);
  MHD_stop_daemon(daemon_handle);
  pthread_mutex_lock(&lock);
  while (orphans > 0)
    pthread_cond_wait(&orphans_done, &lock);
  pthread_mutex_unlock(&lock);
}
