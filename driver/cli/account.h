/* Whose token it is and what it allows, as the server tells. */
#ifndef OSMFLOW_CLI_ACCOUNT_H
#define OSMFLOW_CLI_ACCOUNT_H

#include "base/bytes.h"
#include "cli/service.h"

/* Appends "NAME (user ID)". OSMFLOW_UNAUTHORIZED with http_status 403 when the token is good but may not tell. */
enum osmflow_status osmflow_account_name(const struct osmflow_service *service, struct osmflow_http *http,
                                         const char *root, struct osmflow_bytes *name,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends the granted permissions by their scopes' names, blank-separated; nothing when there are none. */
enum osmflow_status osmflow_account_scopes(const struct osmflow_service *service, struct osmflow_http *http,
                                           const char *root, struct osmflow_bytes *scopes,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
