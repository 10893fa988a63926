/* Faults on demand. */
#include <fnmatch.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/number.h"
#include "server.h"

static const struct {
  const char *name;
  size_t offset;
} number_wishes[] = {
    {"count", offsetof(struct sandbox_fault, count)},
    {"skip", offsetof(struct sandbox_fault, skip)},
    {"cut", offsetof(struct sandbox_fault, cut)},
    {"end", offsetof(struct sandbox_fault, end)},
    {"request_cut", offsetof(struct sandbox_fault, request_cut)},
    {"delay", offsetof(struct sandbox_fault, delay)},
    {"orphan", offsetof(struct sandbox_fault, orphan)},
    {"rate", offsetof(struct sandbox_fault, rate)},
    {"status", offsetof(struct sandbox_fault, status)},
    {"retry_after", offsetof(struct sandbox_fault, retry_after)},
};

static const struct {
  const char *name;
  size_t offset;
} yes_wishes[] = {
    {"after", offsetof(struct sandbox_fault, after)},
    {"early", offsetof(struct sandbox_fault, early)},
    {"error", offsetof(struct sandbox_fault, error)},
    {"html", offsetof(struct sandbox_fault, html)},
    {"truncate_gzip", offsetof(struct sandbox_fault, truncate_gzip)},
};

static const char *take_pair(struct sandbox_fault *fault, const char *name, const char *value) {
  for (size_t i = 0; i < sizeof number_wishes / sizeof number_wishes[0]; i++)
    if (strcmp(name, number_wishes[i].name) == 0)
      return osmflow_parse_int(osmflow_text(value), -1, INT64_MAX,
                               (int64_t *)(void *)((char *)fault + number_wishes[i].offset))
                 ? NULL
                 : "a wish that is a number has another value";
  for (size_t i = 0; i < sizeof yes_wishes / sizeof yes_wishes[0]; i++)
    if (strcmp(name, yes_wishes[i].name) == 0) {
      *(bool *)((char *)fault + yes_wishes[i].offset) = strcmp(value, "0") != 0;
      return NULL;
    }
  if (strcmp(name, "method") == 0)
    snprintf(fault->method, sizeof fault->method, "%s", value);
  else if (strcmp(name, "path") == 0)
    snprintf(fault->path, sizeof fault->path, "%s", value);
  else if (strcmp(name, "body") == 0)
    snprintf(fault->body, sizeof fault->body, "%s", value);
  else if (strcmp(name, "drop") == 0 && strcmp(value, "before") == 0)
    fault->drop = SANDBOX_DROP_BEFORE;
  else if (strcmp(name, "drop") == 0 && strcmp(value, "after") == 0)
    fault->drop = SANDBOX_DROP_AFTER;
  else
    return "unknown wish; there are method, path, count, skip, cut, end, request_cut, drop=before|after, delay, "
           "orphan, "
           "rate, status, retry_after, body, after, early, error, html, truncate_gzip";
  return NULL;
}

const char *sandbox_fault_add(struct sandbox_faults *faults, const struct sandbox_header *pairs, size_t count) {
  struct sandbox_fault fault = {
      .method = "*", .path = "*", .count = 1, .cut = -1, .end = -1, .request_cut = -1, .retry_after = -1};
  for (size_t i = 0; i < count; i++) {
    const char *problem = take_pair(&fault, pairs[i].name, pairs[i].value);
    if (problem)
      return problem;
  }
  sandbox_reserve((void **)&faults->items, &faults->capacity, faults->count + 1, sizeof fault);
  faults->items[faults->count++] = fault;
  return NULL;
}

bool sandbox_fault_take(struct sandbox_faults *faults, const struct sandbox_exchange *exchange,
                        struct sandbox_fault *fault) {
  char path[512];
  snprintf(path, sizeof path, "%.*s", (int)strcspn(exchange->url, "?"), exchange->url);
  for (size_t i = 0; i < faults->count; i++) {
    struct sandbox_fault *item = &faults->items[i];
    if (item->count == 0 || (strcmp(item->method, "*") != 0 && strcmp(item->method, exchange->method) != 0))
      continue;
    if (fnmatch(item->path, path, 0) != 0 && fnmatch(item->path, exchange->url, 0) != 0)
      continue;
    if (item->skip > 0) {
      item->skip--;
      continue;
    }
    if (item->count > 0)
      item->count--;
    *fault = *item;
    return true;
  }
  return false;
}

/* What Mapflow's gateway says by itself is a page; what its programs say is JSON or plain text. */
static void refuse_as_mapflow(struct sandbox_response *response, const struct sandbox_fault *fault) {
  const int status = (int)fault->status;
  if (status == 413 && !*fault->body) {
    sandbox_print_page(response, status, "Request Entity Too Large");
    return;
  }
  sandbox_fail(response, status, "%s", fault->body);
  response->extra_headers = 0;
  if (*fault->body == '{')
    snprintf(response->content_type, sizeof response->content_type, "application/json");
}

void sandbox_fault_replace(struct sandbox_exchange *exchange, const struct sandbox_fault *fault) {
  struct sandbox_response *response = &exchange->response;
  exchange->page = exchange->chunked = false;
  if (exchange->stream)
    exchange->stream->free(exchange->stream);
  exchange->stream = NULL;
  if (fault->html) {
    sandbox_print_page(response, 200, "Sign in to the network");
    exchange->page = exchange->chunked = true;
  } else if (fault->status == 502 || fault->status == 504) {
    sandbox_print_page(response, (int)fault->status, sandbox_reason((int)fault->status));
  } else if (sandbox_is_mapflow(exchange->url) || sandbox_is_cityloader(exchange->url)) {
    refuse_as_mapflow(response, fault);
  } else {
    sandbox_fail(response, (int)fault->status, "%s", fault->body);
    sandbox_add_header(response, "Cache-Control", "no-cache");
  }
  if (fault->retry_after >= 0) {
    char seconds[OSMFLOW_NUMBER_SIZE];
    osmflow_format_int(seconds, fault->retry_after);
    sandbox_add_header(response, "Retry-After", seconds);
  }
  exchange->encoding = "identity";
  exchange->outgoing = osmflow_bytes_view(&response->body);
}

static void cut_at(struct osmflow_bytes *body, const char *mark) {
  const char *found = body->data ? strstr(body->data, mark) : NULL;
  if (!found)
    return;
  body->size = (size_t)(found - body->data);
  body->data[body->size] = '\0';
}

void sandbox_fault_break_document(struct sandbox_exchange *exchange) {
  struct sandbox_response *response = &exchange->response;
  static const char reason[] = "Could not obtain client encoding: not connected.";
  if (response->status != 200)
    return;
  if (exchange->shared.size > 0)
    sandbox_append(response, exchange->shared.data, exchange->shared.size);
  if (exchange->request.format == SANDBOX_JSON) {
    cut_at(&response->body, ",{\"type\":\"way\"");
    cut_at(&response->body, ",{\"type\":\"relation\"");
    cut_at(&response->body, "]}");
    sandbox_print(response, "%s{\"error\":\"%s\"}]}", response->body.data[response->body.size - 1] == '[' ? "" : ",",
                  reason);
  } else {
    cut_at(&response->body, " <way ");
    cut_at(&response->body, " <relation ");
    cut_at(&response->body, "</osm>");
    sandbox_print(response, " <error>%s</error>\n</osm>\n", reason);
  }
  exchange->outgoing = osmflow_bytes_view(&response->body);
}
