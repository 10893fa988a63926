/* What the files of the sandbox's core share with each other; handlers of single calls need only sandbox.h, state.h. */
#ifndef OSMFLOW_SANDBOX_INTERNAL_H
#define OSMFLOW_SANDBOX_INTERNAL_H

#include "state.h"

_Noreturn void sandbox_die(const char *why);
void *sandbox_reallocate(void *memory, size_t size); /* never NULL */
void sandbox_index(struct osmflow_idmap *map, int64_t id, size_t index);

bool sandbox_type_by_name(const char *name, enum sandbox_type *type); /* case does not matter */
void sandbox_add_change(struct sandbox_changeset *changeset, enum sandbox_type type, uint32_t element,
                        uint32_t version);

struct sandbox_header {
  char *name, *value;
};

/* A body that is made while it is sent, of which any piece can be asked for. */
struct sandbox_stream {
  uint64_t size;
  void (*read)(struct sandbox_stream *stream, uint64_t position, char *buffer, size_t size);
  void (*free)(struct sandbox_stream *stream);
};

/* Takes the body of a request while it comes, so that it is never in memory as a whole. Called without the lock. */
struct sandbox_sink {
  void (*take)(struct sandbox_sink *sink, const char *data, size_t size);
  void (*free)(struct sandbox_sink *sink);
};

/* One request on its way, free of libmicrohttpd: a thread of its own may finish it when the client is gone. */
struct sandbox_exchange {
  struct sandbox_request request;
  struct sandbox_response response;
  char method[16];
  char *url;  /* as it came: path and query */
  char *path; /* percent-decoded */
  struct sandbox_header *headers;
  size_t header_count, header_capacity;
  struct sandbox_header *parameters; /* query first, then form */
  size_t parameter_count, parameter_capacity;
  struct osmflow_bytes received;  /* the body as it came */
  struct osmflow_bytes decoded;   /* the body after gzip or deflate */
  struct sandbox_sink *sink;      /* takes the body instead of `received`; NULL: none */
  struct sandbox_stream *stream;  /* instead of the response's body; NULL: none */
  bool too_large;                 /* more came than any call takes: the rest was thrown away */
  bool acceptable;                /* a format was found that the client takes */
  const char *formats;            /* "application/xml application/json": what the call could answer */
  struct sandbox_user user;       /* with the scopes of the token that was used */
  const char *suffix;             /* of the path: "", "json", ... */
  const char *encoding;           /* chosen for the answer; NULL: none is acceptable */
  struct osmflow_text outgoing;   /* the bytes to send: the body, or shared ones that outlive everything */
  struct sandbox_map_answer *map; /* held while it is sent; NULL: none */
  struct osmflow_text shared;     /* instead of the response's body, when it is not empty */
  bool shared_is_packed;          /* it is already as `encoding` says */
  bool chunked;                   /* answers of the application are; errors and static pages are not */
  bool wrapped;                   /* an error as a 200 document */
  bool preflight;                 /* the answer to a browser's question before a cross-origin request */
  bool page;                      /* an HTML page of the front end */
  bool control;                   /* a /sandbox/ call: not logged, not counted, no faults */
  uint64_t number;
  int64_t started_ms;
  int in_flight;
};

/* response.c */
void sandbox_append(struct sandbox_response *response, const char *text, size_t size);
void sandbox_print_page(struct sandbox_response *response, int status, const char *title); /* as nginx does */
const char *sandbox_reason(int status);                                                    /* http.c: "Conflict" */

/* form.c */
char *sandbox_percent_decode(const char *text, size_t size, bool plus_is_blank);
void sandbox_add_pair(struct sandbox_header **pairs, size_t *count, size_t *capacity, char *name, char *value);
void sandbox_free_pairs(struct sandbox_header *pairs, size_t count);
void sandbox_parse_parameters(struct sandbox_exchange *exchange, struct osmflow_text form);

/* encode.c: "identity", "gzip", "deflate", or NULL when nothing the client takes can be given. */
const char *sandbox_choose_encoding(const char *accept_encoding);
void sandbox_compress(const char *encoding, struct osmflow_text plain, struct osmflow_bytes *packed);
enum sandbox_inflated { SANDBOX_INFLATED, SANDBOX_INFLATE_BROKEN, SANDBOX_INFLATE_TOO_LARGE };
enum sandbox_inflated sandbox_inflate(struct osmflow_text packed, struct osmflow_bytes *plain);

/* route.c */
struct sandbox_match {
  const struct sandbox_route *route; /* NULL: no such path */
  bool wrong_method;
  const char *suffix; /* "", "json", "xml", "rss", "gpx" */
  char allow[96];     /* with wrong_method */
};
void sandbox_find_route(struct sandbox_exchange *exchange, struct sandbox_match *match);
void sandbox_negotiate(struct sandbox_exchange *exchange, const struct sandbox_match *match);

sandbox_handler sandbox_read_map; /* map.c */

/* mapflow_receive.c: what takes the body of this request while it comes, or NULL: it is collected. */
struct sandbox_sink *sandbox_open_sink(struct sandbox *sandbox, const struct sandbox_exchange *exchange);
/* mapflow_route.c: whether a path is of the Mapflow half, and the answer to it. */
bool sandbox_is_mapflow(const char *path);
void sandbox_mapflow_answer(struct sandbox *sandbox, struct sandbox_exchange *exchange);
/* cityloader.c: the same of 3DCityLoader's part. */
bool sandbox_is_cityloader(const char *path);
void sandbox_cityloader_answer(struct sandbox *sandbox, struct sandbox_exchange *exchange);

/* answer.c: from a whole request to a whole answer. The lock is the caller's. */
void sandbox_answer(struct sandbox *sandbox, struct sandbox_exchange *exchange);
/* False after 400: cgimap's calls that take a body want its length, even when it is empty. */
bool sandbox_has_length(const struct sandbox_request *request, struct sandbox_response *response);

#endif
