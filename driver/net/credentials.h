/* Tokens: looked up in options, else in the credentials file that `osmflow login` writes.
 *
 * The file is JSON, {"https://api.openstreetmap.org": {"token": "..."}, ...}, in $OSMFLOW_CREDENTIALS or
 * $XDG_CONFIG_HOME/osmflow/credentials.json or ~/.config/osmflow/credentials.json; mode 0600, folder 0700. A file that
 * others can read is refused with the chmod that mends it. */
#ifndef OSMFLOW_NET_CREDENTIALS_H
#define OSMFLOW_NET_CREDENTIALS_H

#include <osmflow/environment.h>
#include <osmflow/status.h>

/* The token for a server root, or *token = NULL when there is none. `option_name`: "OSMAPI_TOKEN". *token is the
 * caller's: wipe it with osmflow_credentials_wipe. */
enum osmflow_status osmflow_credentials_find(const struct osmflow_environment *environment, const char *option_name,
                                             const char *root, char **token,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Writes (token != NULL) or removes the entry of a root; the file is replaced atomically. */
enum osmflow_status osmflow_credentials_store(const struct osmflow_environment *environment, const char *root,
                                              const char *token, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Overwrites and frees. NULL is fine. */
void osmflow_credentials_wipe(char *token);
/* The file's path; the caller frees it. */
enum osmflow_status osmflow_credentials_path(const struct osmflow_environment *environment, char **path,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
