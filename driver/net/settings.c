#include "net/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "net/credentials.h"

enum { DEFAULT_CONNECT_MS = 30000, MOST_SECONDS = 1000000 };

static enum osmflow_status read_text(const struct osmflow_environment *environment, const char *name, char **value,
                                     struct osmflow_error *error) {
  const char *text = environment->option(environment->self, name);
  if (*value || !text || !*text)
    return OSMFLOW_OK;
  *value = strdup(text);
  return *value ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the option %s", name);
}

/* Numbers may have decimals, as GDAL's may; `unit` is what one of them counts here. */
static enum osmflow_status read_number(const struct osmflow_environment *environment, const char *name, double unit,
                                       long *value, struct osmflow_error *error) {
  const char *text = environment->option(environment->self, name);
  double number = 0;
  if (!text || !*text)
    return OSMFLOW_OK;
  if (!osmflow_parse_real(osmflow_text_trim(osmflow_text(text)), &number) || number < 0 || number > MOST_SECONDS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the option %s is \"%.100s\", but it must be a number from 0",
                             name, text);
  *value = (long)(number * unit + 0.5);
  return OSMFLOW_OK;
}

static bool read_boolean(const struct osmflow_environment *environment, const char *name) {
  static const char *const no[] = {"", "NO", "FALSE", "OFF", "0"};
  const char *text = environment->option(environment->self, name);
  bool yes = text != NULL;
  for (size_t i = 0; yes && i < sizeof no / sizeof no[0]; i++)
    yes = !osmflow_text_is_ignoring_case(osmflow_text(text), no[i]);
  return yes;
}

enum osmflow_status osmflow_http_settings_init(struct osmflow_http_settings *settings,
                                               const struct osmflow_environment *environment,
                                               struct osmflow_error *error) {
  *settings = (struct osmflow_http_settings){.connect_ms = DEFAULT_CONNECT_MS, .stall_bytes = 1, .retries = -1};
  const struct {
    const char *name;
    char **value;
  } texts[] = {{"GDAL_HTTP_PROXY", &settings->proxy},
               {"GDAL_HTTPS_PROXY", &settings->https_proxy},
               {"GDAL_HTTP_PROXYUSERPWD", &settings->proxy_login},
               {"CURL_CA_BUNDLE", &settings->ca_file},
               {"SSL_CERT_FILE", &settings->ca_file}};
  const struct {
    const char *name;
    double unit;
    long *value;
  } numbers[] = {{"GDAL_HTTP_CONNECTTIMEOUT", 1000, &settings->connect_ms},
                 {"GDAL_HTTP_TIMEOUT", 1000, &settings->total_ms},
                 {"GDAL_HTTP_LOW_SPEED_TIME", 1, &settings->stall_seconds},
                 {"GDAL_HTTP_LOW_SPEED_LIMIT", 1, &settings->stall_bytes},
                 {"GDAL_HTTP_MAX_RETRY", 1, &settings->retries}};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof texts / sizeof texts[0]; i++)
    status = read_text(environment, texts[i].name, texts[i].value, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof numbers / sizeof numbers[0]; i++)
    status = read_number(environment, numbers[i].name, numbers[i].unit, numbers[i].value, error);
  settings->unsafe_ssl = read_boolean(environment, "GDAL_HTTP_UNSAFESSL");
  return status;
}

void osmflow_http_settings_clear(struct osmflow_http_settings *settings) {
  free(settings->proxy);
  free(settings->https_proxy);
  osmflow_credentials_wipe(settings->proxy_login);
  free(settings->ca_file);
  *settings = (struct osmflow_http_settings){.proxy = NULL};
}
