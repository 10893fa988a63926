/* What GDAL's configuration options say about connections. */
#ifndef OSMFLOW_NET_SETTINGS_H
#define OSMFLOW_NET_SETTINGS_H

#include <osmflow/environment.h>
#include <osmflow/status.h>
#include <stdbool.h>

struct osmflow_http_settings {
  char *proxy; /* NULL in these four: not set */
  char *https_proxy;
  char *proxy_login; /* "user:password" */
  char *ca_file;
  long connect_ms;
  long total_ms;      /* 0: no limit */
  long stall_seconds; /* 0: not set by the user */
  long stall_bytes;   /* bytes per second that count as standing still */
  bool unsafe_ssl;
  long retries; /* -1: not set */
};

/* To be cleared also after an error. BAD_ARGUMENT names the option whose value makes no sense. */
enum osmflow_status osmflow_http_settings_init(struct osmflow_http_settings *settings,
                                               const struct osmflow_environment *environment,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_http_settings_clear(struct osmflow_http_settings *settings);

#endif
