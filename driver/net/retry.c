#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/layer.h"

enum {
  DEFAULT_ATTEMPTS = 5,
  DEFAULT_MAX_WAIT_MS = 300000,
  FIRST_WAIT_MS = 1000,
  LONGEST_BACKOFF_MS = 60000,
  POLITENESS_MS = 500 /* so that not all who were sent away come back at the same moment */
};

/* A server that asks for patience asks all of us: while one request waits, no other is sent. */
struct retry {
  struct osmflow_http_wrapper wrapper;
  int max_attempts;
  int64_t max_wait_ms;
  char *max_wait_option; /* NULL: not known */
  int64_t resume_ms;
  int64_t waited_ms; /* in this run */
};

struct retry_item {
  struct osmflow_http_item base;
  int attempts;
  bool not_whole; /* the sink found the document cut off, though the transfer ended well */
};

static enum osmflow_status sink_begin(void *self, const struct osmflow_http_response *response,
                                      struct osmflow_error *error) {
  struct retry_item *item = self;
  return osmflow_http_sink_begin(&item->base.outer.sink, response, error);
}

static enum osmflow_status sink_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct retry_item *item = self;
  return osmflow_http_sink_write(&item->base.outer.sink, data, size, error);
}

static enum osmflow_status sink_finish(void *self, struct osmflow_error *error) {
  struct retry_item *item = self;
  const enum osmflow_status status = osmflow_http_sink_finish(&item->base.outer.sink, error);
  item->not_whole = status == OSMFLOW_BAD_DATA;
  return status;
}

static bool start(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *item,
                  struct osmflow_http_outcome *outcome) {
  (void)wrapper;
  (void)outcome;
  item->inner.sink = (struct osmflow_http_sink){item, sink_begin, sink_write, sink_finish};
  return true;
}

/* What proves that nothing was done is tried again always, what leaves a doubt only where a doubt does no harm. */
static bool is_worth_trying_again(const struct retry_item *item, const struct osmflow_http_outcome *outcome) {
  static const int passing[] = {429, 500, 502, 503, 504, 509};
  const struct osmflow_http_response *response = &outcome->response;
  const bool told = response->retry_after_seconds >= 0;
  const bool no_answer = outcome->status == OSMFLOW_NETWORK;
  if (!item->base.outer.repeatable)
    return response->status == 429 || (response->status == 503 && told) || (no_answer && !response->request_sent);
  bool worth = no_answer || item->not_whole || (response->status >= 400 && told);
  for (size_t i = 0; !worth && i < sizeof passing / sizeof passing[0]; i++)
    worth = response->status == passing[i];
  return worth;
}

static int64_t wait_of(struct retry *self, const struct retry_item *item,
                       const struct osmflow_http_response *response) {
  const struct osmflow_environment *environment = self->wrapper.environment;
  const uint32_t chance = environment->random(environment->self);
  if (response->retry_after_seconds > 0)
    return response->retry_after_seconds * 1000 + chance % POLITENESS_MS;
  int64_t wait = FIRST_WAIT_MS;
  for (int i = 1; i < item->attempts && wait < LONGEST_BACKOFF_MS; i++)
    wait *= 2;
  if (wait > LONGEST_BACKOFF_MS)
    wait = LONGEST_BACKOFF_MS;
  return wait / 2 + chance % (wait / 2 + 1);
}

static void append(struct osmflow_error *error, const char *words) {
  const size_t used = strlen(error->message);
  snprintf(error->message + used, sizeof error->message - used, "%s", words);
}

static void explain_attempts(const struct retry_item *item, struct osmflow_error *error) {
  char words[64];
  snprintf(words, sizeof words, " (tried %d times)", item->attempts);
  if (item->attempts > 1)
    append(error, words);
}

static void explain_impatience(const struct retry *self, const struct osmflow_http_response *response,
                               struct osmflow_error *error) {
  char words[320];
  if (response->retry_after_seconds > 0)
    snprintf(words, sizeof words, " (the server asks to wait %" PRId64 " s; ", response->retry_after_seconds);
  else
    snprintf(words, sizeof words, " (it could be tried again later; ");
  append(error, words);
  snprintf(words, sizeof words,
           "waiting is limited to %" PRId64 " s in all, of which %" PRId64 " s are used%s%.100s%s)",
           self->max_wait_ms / 1000, self->waited_ms / 1000, self->max_wait_option ? ": the option " : "",
           self->max_wait_option ? self->max_wait_option : "", self->max_wait_option ? " raises it" : "");
  append(error, words);
}

static void log_wait(const struct retry *self, const struct osmflow_http_outcome *outcome, int64_t wait) {
  const struct osmflow_environment *environment = self->wrapper.environment;
  char line[OSMFLOW_ERROR_SIZE + 64];
  snprintf(line, sizeof line, "waiting %" PRId64 " ms, then trying again: %s", wait, outcome->error.message);
  environment->log(environment->self, OSMFLOW_LOG_DEBUG, line);
}

static bool again(struct osmflow_http_wrapper *wrapper, struct osmflow_http_item *base,
                  struct osmflow_http_outcome *outcome) {
  struct retry *self = (struct retry *)wrapper;
  struct retry_item *item = (struct retry_item *)base;
  item->attempts++;
  outcome->response.attempts = item->attempts;
  if (outcome->status == OSMFLOW_OK)
    return false;
  const bool worth = is_worth_trying_again(item, outcome);
  item->not_whole = false;
  if (!worth || item->attempts >= self->max_attempts) {
    explain_attempts(item, &outcome->error);
    return false;
  }
  const int64_t now = wrapper->environment->monotonic_ms(wrapper->environment->self);
  const int64_t wait = wait_of(self, item, &outcome->response);
  const int64_t already = self->resume_ms > now ? self->resume_ms - now : 0; /* for another request */
  const int64_t more = wait > already ? wait - already : 0;
  if (more > self->max_wait_ms - self->waited_ms || self->max_wait_ms == 0) {
    explain_impatience(self, &outcome->response, &outcome->error);
    return false;
  }
  log_wait(self, outcome, wait);
  self->waited_ms += more;
  self->resume_ms = now + already + more;
  return true;
}

static int64_t resume_ms(struct osmflow_http_wrapper *wrapper) {
  return ((struct retry *)wrapper)->resume_ms;
}

static void begin_run(struct osmflow_http_wrapper *wrapper) {
  struct retry *self = (struct retry *)wrapper;
  self->waited_ms = 0;
  self->resume_ms = INT64_MIN;
}

static void clear(struct osmflow_http_wrapper *wrapper) {
  free(((struct retry *)wrapper)->max_wait_option);
}

enum osmflow_status osmflow_http_retry_new(const struct osmflow_environment *environment,
                                           const struct osmflow_http_options *options, struct osmflow_http *inside,
                                           struct osmflow_http **http, struct osmflow_error *error) {
  static const struct osmflow_http_wrapper_type type = {.item_size = sizeof(struct retry_item),
                                                        .start = start,
                                                        .again = again,
                                                        .resume_ms = resume_ms,
                                                        .begin_run = begin_run,
                                                        .clear = clear};
  struct retry *self = osmflow_http_wrapper_new(sizeof *self, &type, environment, inside, error);
  if (!self)
    return OSMFLOW_NO_MEMORY;
  self->max_attempts = options->max_attempts > 0 ? options->max_attempts : DEFAULT_ATTEMPTS;
  self->max_wait_ms = options->max_wait_ms < 0 ? DEFAULT_MAX_WAIT_MS : options->max_wait_ms;
  self->max_wait_option = options->max_wait_option ? strdup(options->max_wait_option) : NULL;
  *http = &self->wrapper.face;
  return OSMFLOW_OK;
}
