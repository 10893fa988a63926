#include <stdlib.h>
#include <string.h>

#include "net/layer.h"
#include "net/url.h"

enum { MOST_REDIRECTS = 5 };

struct redirect_item {
  struct osmflow_http_item base;
  char *url; /* where the last redirect pointed */
  int count;
};

static bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static const char *obstacle(const struct redirect_item *item, const struct osmflow_http_response *response) {
  if (strcmp(item->base.outer.method, "GET") != 0)
    return "only GET follows redirects";
  if (response->location.size == 0)
    return "it points to nowhere";
  if (item->count >= MOST_REDIRECTS)
    return "too many redirects";
  if (!osmflow_url_is_http(osmflow_bytes_string(&response->location)))
    return "it points to an address that is neither http nor https";
  return NULL;
}

/* Once a redirect has left the server, no token goes along, not even back. */
static bool again(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *base,
                  struct osmflow_http_outcome *outcome) {
  struct redirect_item *item = (struct redirect_item *)base;
  (void)wrapper;
  if (!is_redirect(outcome->response.status))
    return false;
  const char *reason = obstacle(item, &outcome->response);
  char *url = reason ? NULL : strdup(osmflow_bytes_string(&outcome->response.location));
  if (!url) {
    osmflow_error_prefix(&outcome->error, "a redirect was not followed (%s): ", reason ? reason : "no memory");
    return false;
  }
  if (!osmflow_url_same_origin(base->inner.url, url))
    base->inner.authorization = OSMFLOW_HTTP_ANONYMOUS;
  free(item->url);
  item->url = url;
  item->count++;
  base->inner.url = url;
  return true;
}

static void end(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item) {
  (void)wrapper;
  free(((struct redirect_item *)item)->url);
}

enum osmflow_status osmflow_http_redirect_new(const struct osmflow_environment *environment,
                                              const struct osmflow_http_options *options, struct osmflow_http *inside,
                                              struct osmflow_http **http, struct osmflow_error *error) {
  static const struct osmflow_http_wrapper_type type = {
      .item_size = sizeof(struct redirect_item), .again = again, .end = end};
  (void)options;
  struct osmflow_http_wrapper *redirect = osmflow_http_wrapper_new(sizeof *redirect, &type, environment, inside, error);
  *http = redirect ? &redirect->face : NULL;
  return redirect ? OSMFLOW_OK : OSMFLOW_NO_MEMORY;
}
