/* The web services that commands talk to, as data: where they are, what their options are called, how a path becomes a
 * URL. */
#ifndef OSMFLOW_CLI_SERVICE_H
#define OSMFLOW_CLI_SERVICE_H

#include <osmflow/environment.h>

#include "net/http.h"

struct osmflow_account_class;

struct osmflow_service {
  const char *name;          /* "osm" */
  const char *url_option;    /* "OSMAPI_URL" */
  const char *token_option;  /* "OSMAPI_TOKEN" */
  const char *client_option; /* "OSMAPI_CLIENT_ID"; NULL: no login by OAuth, tokens are pasted */
  const char *wait_option;   /* "OSMAPI_MAX_WAIT" */
  const char *login_command; /* "osmflow login osm" */
  const char *token_page;    /* where a user makes and ends tokens; NULL: a page of the server's own */
  /* The server's root in the form that tokens are kept under, from what the user wrote (NULL: the default). The caller
   * frees it. */
  enum osmflow_status (*read_root)(const char *text, char **root, struct osmflow_error *error);
  /* Appends what stands between the root and a path ("map?bbox=..."): "/api/0.6/". */
  enum osmflow_status (*add_base)(struct osmflow_text path, struct osmflow_bytes *url, struct osmflow_error *error);
  /* A token as it goes into the header, from what the user has; the caller wipes it. NULL: as it is, as Bearer. */
  enum osmflow_status (*read_token)(const struct osmflow_environment *environment, const char *text, char **token,
                                    bool *is_basic, struct osmflow_error *error);
  const struct osmflow_account_class *account; /* cli/account.h */
};

/* OSMFLOW_BAD_ARGUMENT names those that there are. */
enum osmflow_status osmflow_service_find(const char *name, const struct osmflow_service **service,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The root: what --server says (NULL: not given), else the service's option, else the default. The caller frees it. */
enum osmflow_status osmflow_service_root(const struct osmflow_service *service,
                                         const struct osmflow_environment *environment, const char *server, char **root,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Appends the URL of a path as the user wrote it: "map?bbox=..." below the API, "/oauth2/..." below the root, or a
 * whole URL of this server. Blanks and other bytes that no URL has are encoded; '%' stays. */
enum osmflow_status osmflow_service_url(const struct osmflow_service *service, const char *root, const char *path,
                                        struct osmflow_bytes *url, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* How long to wait for a server at most, from the service's option; -1: the default. */
enum osmflow_status osmflow_service_max_wait(const struct osmflow_service *service,
                                             const struct osmflow_environment *environment, int64_t *max_wait_ms,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A token in the form that it is kept and sent in. The caller wipes it. */
enum osmflow_status osmflow_service_token(const struct osmflow_service *service,
                                          const struct osmflow_environment *environment, const char *text, char **token,
                                          bool *is_basic, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A client for that server. `token`: NULL: the user's own, from the option or the credentials file. */
enum osmflow_status osmflow_service_http(const struct osmflow_service *service,
                                         const struct osmflow_environment *environment, const char *root,
                                         const char *token, struct osmflow_http **http,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
