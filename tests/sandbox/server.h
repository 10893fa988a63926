/* The server around the state: the request log, the faults on demand, the sockets. */
#ifndef OSMFLOW_SANDBOX_SERVER_H
#define OSMFLOW_SANDBOX_SERVER_H

#include <stdio.h>

#include "internal.h"

/* log.c ---------------------------------------------------------------------------------------------------------- */

struct sandbox_log {
  struct osmflow_bytes lines;
  FILE *file; /* NULL: only in memory */
  uint64_t requests;
  int in_flight, most_in_flight;
};

/* "<number> <time> <method> <path and query> <status> <bytes> <in flight> <most in flight>\n"; status 0: no answer. */
void sandbox_log_request(struct sandbox_log *log, const struct sandbox_exchange *exchange, int64_t now, int status,
                         uint64_t bytes);
void sandbox_log_reset(struct sandbox_log *log);

/* fault.c -------------------------------------------------------------------------------------------------------- */

enum sandbox_drop { SANDBOX_DROP_NEVER, SANDBOX_DROP_BEFORE, SANDBOX_DROP_AFTER };

/* What shall go wrong with the next `count` requests that fit `method` and `path`. Numbers are -1 when not wished. */
struct sandbox_fault {
  char method[16];     /* "*": every method */
  char path[256];      /* a glob on the path, or on path and query */
  int64_t count;       /* -1: for good */
  int64_t skip;        /* so many fitting requests go well first */
  int64_t cut;         /* the body breaks off here and the connection is closed */
  int64_t end;         /* the body ends here, with a proper end of the framing */
  int64_t request_cut; /* the connection is closed when so many bytes of the request's body have come */
  int64_t delay;       /* ms before the answer */
  int64_t orphan; /* the connection is closed at once; the request is carried out so many ms later, its changeset is
                     locked meanwhile */
  int64_t rate;   /* bytes per second */
  int64_t status; /* this status instead of the answer */
  int64_t retry_after;
  enum sandbox_drop drop;
  bool after;         /* `status` and `html` come after the request was carried out */
  bool early;         /* `status` and `html` come before the request's body was read */
  bool error;         /* the document ends with <error> behind the nodes */
  bool html;          /* an HTML page with status 200 */
  bool truncate_gzip; /* half of the compressed body, properly framed */
  char body[1024];    /* text for `status` */
};

struct sandbox_faults {
  struct sandbox_fault *items;
  size_t count, capacity;
};

/* Adds one from pairs such as method=GET, path=/api/0.6/map*, count=1, cut=1000. NULL, or what is wrong with them. */
const char *sandbox_fault_add(struct sandbox_faults *faults, const struct sandbox_header *pairs, size_t count);
/* The fault for this request, counted down; false when there is none. */
bool sandbox_fault_take(struct sandbox_faults *faults, const struct sandbox_exchange *exchange,
                        struct sandbox_fault *fault);
/* Replaces the answer by the fault's status or page. */
void sandbox_fault_replace(struct sandbox_exchange *exchange, const struct sandbox_fault *fault);
/* Lets a document end as the real server's does when it loses its database after the nodes. */
void sandbox_fault_break_document(struct sandbox_exchange *exchange);

/* main.c --------------------------------------------------------------------------------------------------------- */

/* What was asked for on the command line, to be able to start from there again. */
struct sandbox_settings {
  struct sandbox_limits limits;
  const char **loads; /* files in order: .osm, .osm.gz, .osc and seed files */
  size_t load_count, load_capacity;
  const char *users; /* NULL: the default ones */
  int port;
  int64_t rate; /* bytes per second of every answer, 0: as fast as it goes */
  const char *log_path;
};

/* Fills an empty state as the command line says. False: the message says why not. */
bool sandbox_start_state(struct sandbox *sandbox, const struct sandbox_settings *settings, struct osmflow_error *error);

/* http.c --------------------------------------------------------------------------------------------------------- */

struct sandbox_server {
  struct sandbox state; /* first, so that the handlers of control.c find the server around the state they get */
  struct sandbox_settings settings;
  struct sandbox_log log;
  struct sandbox_faults faults;
};

/* Listens on 127.0.0.1; *port is the port it got. False when it cannot. */
bool sandbox_listen(struct sandbox_server *server, int *port);
void sandbox_stop(void);

#endif
