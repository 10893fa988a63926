/* What the layers need to know about URLs: which may be shown, and where a token may go. Parsed by libcurl itself, so
 * that what is judged is what is connected to. */
#ifndef OSMFLOW_NET_URL_H
#define OSMFLOW_NET_URL_H

#include <osmflow/status.h>
#include <stdbool.h>

enum { OSMFLOW_URL_SHOWN_SIZE = 1024 };
/* Writes the URL as it may be shown and logged: user names and passwords, and the values of parameters that can be
 * secrets, are "***"; control characters are "?"; what is too long is cut. True when a secret was left out. */
bool osmflow_url_show(const char *url, char shown[OSMFLOW_URL_SHOWN_SIZE]);

/* Whether the name of a source of data may hold a password, as connection strings of databases do: neither the name
 * nor what others say of it is shown then. */
bool osmflow_url_has_secret(const char *source);

/* An absolute http or https URL with a host. */
bool osmflow_url_is_http(const char *url);
bool osmflow_url_is_encrypted(const char *url);
/* Same host and port. False when one of them is no http or https URL. */
bool osmflow_url_same_origin(const char *left, const char *right);
enum { OSMFLOW_URL_LONGEST_ROOT = 2048 };
/* A server's root from what a user wrote (NULL, "": `fallback`): an http or https address without name, password and
 * parameters; '/' at its end does not matter. The caller frees it. */
enum osmflow_status osmflow_url_read_root(const char *text, const char *fallback, char **root,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
