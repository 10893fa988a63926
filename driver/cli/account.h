/* Whose token it is and what it allows, as the server tells; and the same for OpenStreetMap in account.c, for Mapflow
 * in account_mapflow.c, for 3DCityLoader in account_cityloader.c. */
#ifndef OSMFLOW_CLI_ACCOUNT_H
#define OSMFLOW_CLI_ACCOUNT_H

#include "base/bytes.h"
#include "cli/service.h"
#include "format/tree.h"

/* What each service tells about the user of a token. The texts are appended to buffers of the caller's. */
struct osmflow_account_class {
  /* "NAME (user ID)". OSMFLOW_UNAUTHORIZED with http_status 403 when the token is good but may not tell. */
  enum osmflow_status (*add_name)(const struct osmflow_service *service, struct osmflow_http *http, const char *root,
                                  struct osmflow_bytes *name, struct osmflow_error *error);
  /* What the token is good for: the granted permissions, blank-separated; the credits. Nothing when there are none. */
  enum osmflow_status (*add_rights)(const struct osmflow_service *service, struct osmflow_http *http, const char *root,
                                    struct osmflow_bytes *rights, struct osmflow_error *error);
  const char *rights_label;  /* "scopes" */
  bool login_tells_rights;   /* they are worth a word after a login */
  const char *nobody;        /* the name, where a token may not tell it, after a login; NULL: that is an error */
  const char *nobody_status; /* the same for --status */
};

extern const struct osmflow_account_class osmflow_account_osm, osmflow_account_mapflow, osmflow_account_cityloader;

/* The answer to a GET with the token, as a tree that the caller frees. */
enum osmflow_status osmflow_account_get(const struct osmflow_service *service, struct osmflow_http *http,
                                        const char *root, const char *path, enum osmflow_tree_format format,
                                        struct osmflow_tree **tree, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends a stranger's text. What people put into names is not to steer a terminal. */
enum osmflow_status osmflow_account_add_printable(struct osmflow_bytes *bytes, struct osmflow_text text,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
