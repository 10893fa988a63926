/* Talking to Mapflow: one server, one token, JSON in and out, and errors in words.
 *
 * Source: spec "Mapflow API"; facts 1 (authentication, hosts) and 1.1 (error bodies). Both ways to send a token are
 * understood: what the account page shows is base64("email:token") and goes out as Basic; an OAuth 2.0 access token
 * (three parts divided by dots, "eyJ...") as Bearer. A token is never part of an error or of a log line.
 *
 * Owner: the struct is the caller's (_open/_close). One thread at a time; several clients may live side by side. */
#ifndef OSMFLOW_MAPFLOW_CLIENT_H
#define OSMFLOW_MAPFLOW_CLIENT_H

#include <osmflow/environment.h>

#include "format/tree.h"
#include "net/http.h"

extern const char osmflow_mapflow_default_root[];  /* "https://api.mapflow.ai/rest" */
extern const char osmflow_mapflow_token_option[];  /* "MAPFLOW_TOKEN" */
extern const char osmflow_mapflow_login_command[]; /* "osmflow login mapflow" */

enum osmflow_mapflow_scheme { OSMFLOW_MAPFLOW_AUTO, OSMFLOW_MAPFLOW_BASIC, OSMFLOW_MAPFLOW_BEARER };
/* "AUTO", "BASIC", "BEARER", case ignored; the option is called MAPFLOW_AUTH. NULL and "" are AUTO. */
enum osmflow_status osmflow_mapflow_scheme_parse(const char *text, enum osmflow_mapflow_scheme *scheme,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A token as a user pasted it, as it goes into the header: without blanks and line ends, without a "Basic " or "Bearer
 * " in front; "email:token" is encoded; missing '=' are added. *is_basic tells how to send it. *token is the caller's
 * (osmflow_credentials_wipe). OSMFLOW_BAD_ARGUMENT never repeats it. */
enum osmflow_status osmflow_mapflow_token_read(const char *text, enum osmflow_mapflow_scheme scheme, char **token,
                                               bool *is_basic, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The server's root from what a user wrote (NULL or "": the default): an http or https address, no '/' at its end. The
 * caller frees it. */
enum osmflow_status osmflow_mapflow_root_read(const char *text, char **root,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Everything is copied. Zeros are the defaults. */
struct osmflow_mapflow_options {
  const char *root;                   /* NULL: MAPFLOW_URL, else the default */
  const char *token;                  /* NULL: MAPFLOW_TOKEN, else the credentials file */
  enum osmflow_mapflow_scheme scheme; /* AUTO: what MAPFLOW_AUTH says, else by the token's look */
  int64_t max_wait_ms;                /* of all waiting between attempts; 0: MAPFLOW_MAX_WAIT (seconds), else 300 s */
  int parallel;                       /* requests in flight at most; 0: 2 */
};

struct osmflow_mapflow {
  const struct osmflow_environment *environment;
  char *root;
  struct osmflow_http *http;
};

/* No network. */
enum osmflow_status osmflow_mapflow_open(struct osmflow_mapflow *mapflow, const struct osmflow_environment *environment,
                                         const struct osmflow_mapflow_options *options,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_mapflow_close(struct osmflow_mapflow *mapflow);

/* MAPFLOW_POLL: the seconds between two looks at what takes its time, a fraction is fine. *poll_ms 0: not set. */
enum osmflow_status osmflow_mapflow_poll_read(const struct osmflow_environment *environment, int64_t *poll_ms,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One request. `path` stands below the root, without a '/' in front, encoded as it goes out ("projects/page"). `body`
 * is JSON, NULL: none. Asking (GET, and the POST calls that only list: page, stats, cost, meta) is repeatable; what
 * changes something is sent once, see mapflow/action.h. *answer is replaced (its ceiling holds); it may be NULL.
 * Errors: status, http_status, and a message of method, path and the server's words put plainly (mapflow/refusal.h). */
struct osmflow_mapflow_request {
  const char *method;
  const char *path;
  const char *body;
  bool is_repeatable;
};
enum osmflow_status osmflow_mapflow_send(const struct osmflow_mapflow *mapflow,
                                         const struct osmflow_mapflow_request *request, struct osmflow_bytes *answer,
                                         struct osmflow_http_response *response, /* may be NULL */
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The answer as a tree that the caller frees, and its top. What is not JSON (a page of a gateway) is OSMFLOW_BAD_DATA.
 */
enum osmflow_status osmflow_mapflow_ask(const struct osmflow_mapflow *mapflow,
                                        const struct osmflow_mapflow_request *request, struct osmflow_tree **tree,
                                        const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* GET, as above. */
enum osmflow_status osmflow_mapflow_get(const struct osmflow_mapflow *mapflow, const char *path,
                                        struct osmflow_tree **tree, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Whether a text is a UUID, as all ids of Mapflow are. */
bool osmflow_mapflow_is_id(struct osmflow_text text);

#endif
