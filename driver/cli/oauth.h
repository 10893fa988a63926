/* OAuth 2.0, as programs on a user's machine do it: authorization code with PKCE (RFC 6749, 7636, 8252).
 *
 * Secrets (verifier, code, token) are in no message and in no URL that is shown; what holds them is wiped. */
#ifndef OSMFLOW_CLI_OAUTH_H
#define OSMFLOW_CLI_OAUTH_H

#include <osmflow/status.h>

#include "base/bytes.h"
#include "net/http.h"

/* The redirect of a program that cannot be called: the user copies the code from the page. */
extern const char osmflow_oauth_out_of_band[];

enum { OSMFLOW_OAUTH_SECRET_SIZE = 44 }; /* 256 bits in base64url, and a NUL */

struct osmflow_oauth {
  const char *root; /* of the web site: {root}/oauth2/authorize */
  const char *client_id;
  const char *scopes;   /* separated by blanks */
  const char *redirect; /* where the browser is sent to */
  char verifier[OSMFLOW_OAUTH_SECRET_SIZE];
  char state[OSMFLOW_OAUTH_SECRET_SIZE];
};

/* New secrets for one login. */
enum osmflow_status osmflow_oauth_start(struct osmflow_oauth *oauth, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_oauth_wipe(struct osmflow_oauth *oauth);
/* Appends the address that the user's browser is to open. */
enum osmflow_status osmflow_oauth_url(const struct osmflow_oauth *oauth, struct osmflow_bytes *url,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Turns the code into a token. *token is the caller's: osmflow_credentials_wipe. `scopes` gets what was granted. */
enum osmflow_status osmflow_oauth_redeem(const struct osmflow_oauth *oauth, struct osmflow_http *http, const char *code,
                                         char **token, struct osmflow_bytes *scopes,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Makes a token worthless. */
enum osmflow_status osmflow_oauth_revoke(const char *root, const char *client_id, struct osmflow_http *http,
                                         const char *token, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
