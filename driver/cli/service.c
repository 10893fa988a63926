#include "cli/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cityloader/export.h"
#include "cli/account.h"
#include "mapflow/client.h"
#include "net/credentials.h"
#include "net/url.h"
#include "osm/call.h"

enum { LONGEST_WAIT_SECONDS = 7 * 86400 };

/* As the driver reads it, so that both find the same token. */
static enum osmflow_status read_osm_root(const char *text, char **root, struct osmflow_error *error) {
  struct osmflow_call call;
  osmflow_call_init(&call);
  const enum osmflow_status status = osmflow_call_parse("permissions", text, &call, error);
  *root = call.root;
  call.root = NULL;
  osmflow_call_clear(&call);
  if (status != OSMFLOW_OK) {
    free(*root);
    *root = NULL;
  }
  return status;
}

/* "versions.json?..." is known by "versions". */
static struct osmflow_text call_name(struct osmflow_text path) {
  size_t size = 0;
  while (size < path.size && !strchr("?.", path.data[size]))
    size++;
  return (struct osmflow_text){path.data, size};
}

static enum osmflow_status add_osm_base(struct osmflow_text path, struct osmflow_bytes *url,
                                        struct osmflow_error *error) {
  const struct osmflow_text name = call_name(path);
  const struct osmflow_call_class *found = NULL;
  size_t count = 0;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  for (size_t i = 0; !found && i < count; i++)
    if (osmflow_text_is(name, classes[i].pattern))
      found = &classes[i];
  return osmflow_bytes_add_string(url, found && found->unversioned ? "/api/" : "/api/0.6/", error);
}

static enum osmflow_status add_slash(struct osmflow_text path, struct osmflow_bytes *url, struct osmflow_error *error) {
  (void)path;
  return osmflow_bytes_add_string(url, "/", error);
}

static enum osmflow_status read_mapflow_token(const struct osmflow_environment *environment, const char *text,
                                              char **token, bool *is_basic, struct osmflow_error *error) {
  enum osmflow_mapflow_scheme scheme = OSMFLOW_MAPFLOW_AUTO;
  const enum osmflow_status status =
      osmflow_mapflow_scheme_parse(environment->option(environment->self, "MAPFLOW_AUTH"), &scheme, error);
  return status == OSMFLOW_OK ? osmflow_mapflow_token_read(text, scheme, token, is_basic, error) : status;
}

static enum osmflow_status read_cityloader_root(const char *text, char **root, struct osmflow_error *error) {
  return osmflow_url_read_root(text, osmflow_cityloader_default_root, root, error);
}

static const struct osmflow_service services[] = {
    {.name = "osm",
     .url_option = "OSMAPI_URL",
     .token_option = "OSMAPI_TOKEN",
     .client_option = "OSMAPI_CLIENT_ID",
     .wait_option = "OSMAPI_MAX_WAIT",
     .login_command = "osmflow login osm",
     .read_root = read_osm_root,
     .add_base = add_osm_base,
     .account = &osmflow_account_osm},
    {.name = "mapflow",
     .url_option = "MAPFLOW_URL",
     .token_option = "MAPFLOW_TOKEN",
     .wait_option = "MAPFLOW_MAX_WAIT",
     .login_command = "osmflow login mapflow",
     .token_page = "https://app.mapflow.ai/account/api",
     .read_root = osmflow_mapflow_root_read,
     .add_base = add_slash,
     .read_token = read_mapflow_token,
     .account = &osmflow_account_mapflow},
    {.name = "cityloader",
     .url_option = "CITYLOADER_URL",
     .token_option = "CITYLOADER_TOKEN",
     .wait_option = "CITYLOADER_MAX_WAIT",
     .login_command = "osmflow login cityloader",
     .token_page = "https://v2.3dcityloader.com/user/api-tokens",
     .read_root = read_cityloader_root,
     .add_base = add_slash,
     .account = &osmflow_account_cityloader},
};

/* The name is not repeated in the error: it may be a token in the wrong place. */
enum osmflow_status osmflow_service_find(const char *name, const struct osmflow_service **service,
                                         struct osmflow_error *error) {
  enum { NAMES_CEILING = 400 };
  struct osmflow_bytes names;
  osmflow_bytes_init(&names, NAMES_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  *service = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof services / sizeof services[0]; i++) {
    if (strcmp(name, services[i].name) == 0)
      *service = &services[i];
    status = osmflow_bytes_print(&names, error, "%s%s", i > 0 ? ", " : "", services[i].name);
  }
  if (status == OSMFLOW_OK && !*service)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no service of that name; there is: %s",
                               osmflow_bytes_string(&names));
  osmflow_bytes_clear(&names);
  return status;
}

enum osmflow_status osmflow_service_root(const struct osmflow_service *service,
                                         const struct osmflow_environment *environment, const char *server, char **root,
                                         struct osmflow_error *error) {
  const char *text = server ? server : environment->option(environment->self, service->url_option);
  *root = NULL;
  return service->read_root(text, root, error);
}

/* Cuts the root off a whole URL; an address of another server is refused, because the token is not for it. */
static enum osmflow_status cut_root(const char *root, const char **path, struct osmflow_error *error) {
  const size_t size = strlen(root);
  if (strncmp(*path, "http://", 7) != 0 && strncmp(*path, "https://", 8) != 0)
    return OSMFLOW_OK;
  if (strncmp(*path, root, size) != 0 || (*path)[size] != '/')
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the address is not one of %s; give a path such as map?bbox=..., and --server for another "
                             "server",
                             root);
  *path += size;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_service_url(const struct osmflow_service *service, const char *root, const char *path,
                                        struct osmflow_bytes *url, struct osmflow_error *error) {
  static const char kept[] = "!$%&'()*+,/:;=?@[]";
  enum osmflow_status status = cut_root(root, &path, error);
  if (status == OSMFLOW_OK && *path == '\0')
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the path is empty");
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(url, root, error);
  if (status == OSMFLOW_OK && *path != '/')
    status = service->add_base(osmflow_text(path), url, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(url, osmflow_text(path), kept, error);
  return status;
}

enum osmflow_status osmflow_service_max_wait(const struct osmflow_service *service,
                                             const struct osmflow_environment *environment, int64_t *max_wait_ms,
                                             struct osmflow_error *error) {
  int64_t seconds = 0;
  const char *value = environment->option(environment->self, service->wait_option);
  *max_wait_ms = -1;
  if (!value || !*value)
    return OSMFLOW_OK;
  if (!osmflow_parse_int(osmflow_text(value), 0, LONGEST_WAIT_SECONDS, &seconds))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%.60s is not a number of seconds between 0 and %d",
                             service->wait_option, value, LONGEST_WAIT_SECONDS);
  *max_wait_ms = seconds * 1000;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_service_token(const struct osmflow_service *service,
                                          const struct osmflow_environment *environment, const char *text, char **token,
                                          bool *is_basic, struct osmflow_error *error) {
  *token = NULL;
  *is_basic = false;
  if (service->read_token && *text)
    return service->read_token(environment, text, token, is_basic, error);
  *token = strdup(text);
  return *token ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a token");
}

enum osmflow_status osmflow_service_http(const struct osmflow_service *service,
                                         const struct osmflow_environment *environment, const char *root,
                                         const char *token, struct osmflow_http **http, struct osmflow_error *error) {
  char *own = NULL, *sent = NULL;
  bool is_basic = false;
  int64_t max_wait_ms = -1;
  enum osmflow_status status = osmflow_service_max_wait(service, environment, &max_wait_ms, error);
  *http = NULL;
  if (status == OSMFLOW_OK && !token)
    status = osmflow_credentials_find(environment, service->token_option, root, &own, error);
  if (status == OSMFLOW_OK && (token || own))
    status = osmflow_service_token(service, environment, token ? token : own, &sent, &is_basic, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_options options = {.root = root,
                                                 .token = sent,
                                                 .token_is_basic = is_basic,
                                                 .token_option = service->token_option,
                                                 .login_command = service->login_command,
                                                 .max_wait_ms = max_wait_ms,
                                                 .max_wait_option = service->wait_option,
                                                 .accept_compressed = !osmflow_http_is_loopback(root)};
    status = osmflow_http_new(environment, &options, http, error);
  }
  osmflow_credentials_wipe(own);
  osmflow_credentials_wipe(sent);
  return status;
}
