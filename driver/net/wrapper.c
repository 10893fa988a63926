#include <stdlib.h>

#include "net/layer.h"

static struct osmflow_http_item *find_waiting(struct osmflow_http_wrapper *wrapper) {
  struct osmflow_http_item *item = wrapper->items;
  while (item && !item->waiting)
    item = item->next;
  return item;
}

static void end_item(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item) {
  struct osmflow_http_item **link = &wrapper->items;
  while (*link != item)
    link = &(*link)->next;
  *link = item->next;
  if (wrapper->type->end)
    wrapper->type->end(wrapper, item);
  free(item);
}

/* Behind the others, so that what has waited longest is tried first. */
static struct osmflow_http_item *add_item(struct osmflow_http_wrapper *wrapper,
                                          const struct osmflow_http_request *request) {
  struct osmflow_http_item *item = calloc(1, wrapper->type->item_size);
  if (item) {
    struct osmflow_http_item **link = &wrapper->items;
    while (*link)
      link = &(*link)->next;
    *link = item;
    item->outer = *request;
    item->inner = *request;
    item->inner.tag = item;
  }
  return item;
}

static enum osmflow_status report(struct osmflow_http_wrapper *wrapper, const struct osmflow_http_request *request,
                                  const struct osmflow_http_outcome *outcome, struct osmflow_error *error) {
  return wrapper->queue->done(wrapper->queue->self, request, &outcome->response, outcome->status, &outcome->error,
                              error);
}

/* Whether the request is to be passed inwards; if not, its end has been reported. */
static bool admit(struct osmflow_http_wrapper *wrapper, const struct osmflow_http_request *outer,
                  struct osmflow_http_request *request) {
  struct osmflow_http_outcome outcome = {.status = OSMFLOW_OK};
  osmflow_http_response_init(&outcome.response);
  struct osmflow_http_item *item = add_item(wrapper, outer);
  if (!item) {
    outcome.status = osmflow_error_set(&outcome.error, OSMFLOW_NO_MEMORY, "no memory for a request");
    wrapper->ended.status = report(wrapper, outer, &outcome, &wrapper->ended.error);
    return false;
  }
  if (!wrapper->type->start || wrapper->type->start(wrapper, item, &outcome)) {
    *request = item->inner;
    return true;
  }
  const struct osmflow_http_request ended = item->outer;
  end_item(wrapper, item);
  wrapper->ended.status = report(wrapper, &ended, &outcome, &wrapper->ended.error);
  return false;
}

static bool wrapper_next(void *self, struct osmflow_http_request *request) {
  struct osmflow_http_wrapper *wrapper = self;
  const bool held = wrapper->type->resume_ms &&
                    wrapper->type->resume_ms(wrapper) > wrapper->environment->monotonic_ms(wrapper->environment->self);
  if (held || wrapper->ended.status != OSMFLOW_OK)
    return false;
  struct osmflow_http_item *item = find_waiting(wrapper);
  if (item) {
    item->waiting = false;
    *request = item->inner;
    return true;
  }
  bool admitted = false;
  struct osmflow_http_request outer = {.method = NULL};
  while (!admitted && wrapper->ended.status == OSMFLOW_OK && wrapper->queue->next(wrapper->queue->self, &outer))
    admitted = admit(wrapper, &outer, request);
  return admitted;
}

static enum osmflow_status give_end(const struct osmflow_http_wrapper *wrapper, struct osmflow_error *error) {
  if (error)
    *error = wrapper->ended.error;
  return wrapper->ended.status;
}

static enum osmflow_status wrapper_done(void *self, const struct osmflow_http_request *request,
                                        const struct osmflow_http_response *response, enum osmflow_status status,
                                        const struct osmflow_error *request_error, struct osmflow_error *error) {
  struct osmflow_http_wrapper *wrapper = self;
  struct osmflow_http_item *item = request->tag;
  struct osmflow_http_outcome outcome = {.status = status, .response = *response, .error = *request_error};
  if (wrapper->ended.status != OSMFLOW_OK)
    return give_end(wrapper, error);
  item->waiting = wrapper->type->again(wrapper, item, &outcome);
  if (item->waiting)
    return OSMFLOW_OK;
  const struct osmflow_http_request ended = item->outer;
  end_item(wrapper, item);
  return report(wrapper, &ended, &outcome, error);
}

static bool wait_for_next_attempt(struct osmflow_http_wrapper *wrapper) {
  const struct osmflow_environment *environment = wrapper->environment;
  const int64_t resume = wrapper->type->resume_ms ? wrapper->type->resume_ms(wrapper) : 0;
  return osmflow_wait(environment, resume - environment->monotonic_ms(environment->self));
}

static enum osmflow_status wrapper_run(struct osmflow_http *self, const struct osmflow_http_queue *queue,
                                       struct osmflow_error *error) {
  struct osmflow_http_wrapper *wrapper = (struct osmflow_http_wrapper *)self;
  const struct osmflow_http_queue inner = {wrapper, wrapper_next, wrapper_done};
  wrapper->queue = queue;
  wrapper->ended.status = OSMFLOW_OK;
  if (wrapper->type->begin_run)
    wrapper->type->begin_run(wrapper);
  enum osmflow_status status = OSMFLOW_OK;
  do {
    status = wrapper->inside->run(wrapper->inside, &inner, error);
    if (status == OSMFLOW_OK && wrapper->ended.status != OSMFLOW_OK)
      status = give_end(wrapper, error);
    if (status == OSMFLOW_OK && wrapper->items && !wait_for_next_attempt(wrapper))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while waiting to ask the server again");
  } while (status == OSMFLOW_OK && wrapper->items);
  while (wrapper->items)
    end_item(wrapper, wrapper->items);
  wrapper->queue = NULL;
  return status;
}

static void wrapper_free(struct osmflow_http *self) {
  struct osmflow_http_wrapper *wrapper = (struct osmflow_http_wrapper *)self;
  if (wrapper->type->clear)
    wrapper->type->clear(wrapper);
  osmflow_http_free(wrapper->inside);
  free(wrapper);
}

void *osmflow_http_wrapper_new(size_t size, const struct osmflow_http_wrapper_type *type,
                               const struct osmflow_environment *environment, struct osmflow_http *inside,
                               struct osmflow_error *error) {
  struct osmflow_http_wrapper *wrapper = calloc(1, size);
  if (!wrapper) {
    osmflow_http_free(inside);
    osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an HTTP client");
    return NULL;
  }
  wrapper->face = (struct osmflow_http){wrapper_run, wrapper_free};
  wrapper->type = type;
  wrapper->environment = environment;
  wrapper->inside = inside;
  return wrapper;
}
