/* The sandbox: a local server that behaves like the real ones, in memory, for tests and demonstrations.
 *
 * One process, one state, one mutex: a request is answered under the lock from its first to its last effect, so every
 * handler is plain sequential code. main.c parses the command line, http.c is the only user of libmicrohttpd (routing,
 * authorisation, content negotiation, compression, faults, the request log), and every other file is a set of handlers
 * with their const table of routes.
 *
 * It is written from the recordings and facts, not from the driver: it shares only driver/base with it. */
#ifndef OSMFLOW_SANDBOX_H
#define OSMFLOW_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

struct sandbox; /* the state: see state.h */

struct sandbox_user {
  int64_t uid;
  char name[256];
  char token[128];
  bool moderator, blocked, data_public;
  uint32_t scopes; /* enum sandbox_scope, or-ed */
};

enum sandbox_scope {
  SANDBOX_READ_PREFS = 1,
  SANDBOX_WRITE_PREFS = 2,
  SANDBOX_WRITE_API = 4,
  SANDBOX_READ_GPX = 8,
  SANDBOX_WRITE_GPX = 16,
  SANDBOX_WRITE_NOTES = 32,
  SANDBOX_WRITE_DIARY = 64,
  SANDBOX_WRITE_REDACTIONS = 128,
  SANDBOX_ALL_SCOPES = 255
};

enum sandbox_format {
  SANDBOX_XML,
  SANDBOX_JSON,
  SANDBOX_RSS,
  SANDBOX_GPX
}; /* negotiated: suffix, else Accept, else XML */

struct sandbox_request {
  const char *method;
  const char *path; /* percent-decoded, without the format suffix: "/api/0.6/node/5" */
  struct osmflow_text raw_query;
  struct osmflow_text body; /* decompressed */
  const char *content_type; /* "" when absent */
  enum sandbox_format format;
  const struct sandbox_user *user; /* NULL: no token */
  int64_t numbers[4];              /* what stood at the '#' places of the route's pattern */
  char word[256];                  /* what stood at the '*' place */
  bool orphaned;                   /* the client has gone; the changeset is locked for the sake of this very request */
  void *connection;                /* http.c's own */
};

/* Header of the request (NULL when absent) and decoded query or form parameter (NULL when absent). Borrowed. */
const char *sandbox_header(const struct sandbox_request *request, const char *name);
const char *sandbox_parameter(const struct sandbox_request *request, const char *name);
/* A part of a multipart/form-data body: false when absent. */
bool sandbox_form_part(const struct sandbox_request *request, const char *name, struct osmflow_text *content,
                       char filename[256]);

struct sandbox_response {
  int status; /* 200 unless the handler says otherwise */
  char content_type[96];
  char extra_header_name[12][48], extra_header_value[12][256];
  size_t extra_headers;
  struct osmflow_bytes body;
};

void sandbox_add_header(struct sandbox_response *response, const char *name, const char *value);
/* Formats and codings that the client does not take become 406 after the handler, as in cgimap; before it the content
 * type is set from the format, to "text/plain; charset=utf-8" for routes with `formats` 0. */
/* cgimap's way to say no: text/plain, "Error:" header, body = message, "Cache-Control: no-cache". */
void sandbox_fail(struct sandbox_response *response, int status, const char *format, ...) OSMFLOW_PRINTF(3, 4);
/* 404 and 410 as the real server: without words. */
void sandbox_fail_silently(struct sandbox_response *response, int status);
/* 401 with the real server's WWW-Authenticate. */
void sandbox_refuse(struct sandbox_response *response, const char *text);
/* Growing a body: aborts the process when memory is out, which keeps handlers readable. */
void sandbox_print(struct sandbox_response *response, const char *format, ...) OSMFLOW_PRINTF(2, 3);
void sandbox_print_xml(struct sandbox_response *response, const char *text);  /* escaped as the real server does */
void sandbox_print_json(struct sandbox_response *response, const char *text); /* with quotes */

typedef void sandbox_handler(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response);

struct sandbox_route {
  const char *method;
  const char *pattern; /* "/api/0.6/node/#/ways"; '#' a number, '*' a word */
  sandbox_handler *handler;
  uint32_t scope;   /* 0: nobody needs to log in; else the scope the token must have (401 with the real words) */
  uint32_t formats; /* bits 1 << enum sandbox_format that the suffix or Accept may choose; else 406 */
};

/* Each file of handlers offers its routes; route.c tries them, and does without those that are not linked. */
struct sandbox_routes {
  const struct sandbox_route *routes;
  size_t count;
};
struct sandbox_routes sandbox_element_routes(void);   /* elements.c: reads of nodes, ways, relations, map */
struct sandbox_routes sandbox_changeset_routes(void); /* changesets.c: create, read, update, close, upload, download */
struct sandbox_routes sandbox_single_routes(void);    /* single.c: PUT/DELETE of single elements, redaction */
struct sandbox_routes sandbox_query_routes(void); /* query.c: changesets query, discussion: comment, subscribe, hide */
struct sandbox_routes sandbox_note_routes(void);  /* notes.c */
struct sandbox_routes sandbox_gpx_routes(void);   /* gpx.c: trackpoints and traces */
struct sandbox_routes sandbox_user_routes(void);  /* users.c: users, preferences, permissions */
struct sandbox_routes sandbox_service_routes(void);            /* service.c: capabilities, versions, oauth2 */
struct sandbox_routes sandbox_control_routes(void);            /* control.c: /sandbox/log, stats, fault, clock, reset */
struct sandbox_routes sandbox_mapflow_control_routes(void);    /* mapflow_control.c: /sandbox/mapflow */
struct sandbox_routes sandbox_cityloader_control_routes(void); /* cityloader.c: /sandbox/cityloader */

/* The clock of the sandbox: real time plus what /sandbox/clock added, so tests need not sleep. */
int64_t sandbox_now(const struct sandbox *sandbox);

#endif
