/* Making an export, which costs money: at most once for each request, whatever happens between. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cityloader/export_parts.h"

/* Its ZIP was downloaded before: what the server still has, or whether there is one, does not matter. */
static bool is_kept(const struct osmflow_cityloader *cityloader, const char *id, struct osmflow_export_state *state) {
  enum { PATH_CEILING = 16 * 1024 };
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, PATH_CEILING);
  const bool is_there =
      osmflow_export_path(cityloader, id, &path, NULL) == OSMFLOW_OK && access(osmflow_bytes_string(&path), R_OK) == 0;
  osmflow_bytes_clear(&path);
  if (is_there) {
    *state = (struct osmflow_export_state){.status = OSMFLOW_EXPORT_DONE, .status_text = "done"};
    snprintf(state->id, sizeof state->id, "%s", id);
  }
  return is_there;
}

/* Asking anew costs money, so an export that failed is told and not replaced by itself. */
static enum osmflow_status judge_known(const struct osmflow_export_state *state, struct osmflow_error *error) {
  if (state->status != OSMFLOW_EXPORT_FAILED)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "the export %s of this request has failed%s%s; `osmflow export --forget` with the same "
                           "request lets it be made anew, which may cost money again",
                           state->id, *state->message ? ": " : "", state->message);
}

/* What this account made. */
static enum osmflow_status find_own(const struct osmflow_cityloader *cityloader, const char *request,
                                    struct osmflow_export_state *state, bool *is_found, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  char id[64] = "";
  bool is_known = false;
  enum osmflow_status status = osmflow_export_recall(cityloader, request, false, 0, &is_known, id, error);
  if (status != OSMFLOW_OK || !is_known)
    return status;
  if (!*id)
    return osmflow_error_set(
        error, OSMFLOW_NETWORK,
        "this very export was asked for before and its answer was lost: it may exist and have been "
        "charged. Look at your account at https://v2.3dcityloader.com; open CITYLOADER:export/{id} "
        "when it is there, or run `osmflow export --forget` with the same request to ask anew");
  *is_found = is_kept(cityloader, id, state);
  if (*is_found)
    return OSMFLOW_OK;
  status = osmflow_export_look(cityloader, id, state, &reason);
  if (status == OSMFLOW_NOT_FOUND)
    return OSMFLOW_OK;
  if (status == OSMFLOW_OK)
    status = judge_known(state, &reason);
  *is_found = status == OSMFLOW_OK;
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status;
}

/* What other tokens of this user made: the server says whether this one may have it, which costs nothing. */
static enum osmflow_status find_other(const struct osmflow_cityloader *cityloader, const char *request,
                                      struct osmflow_export_state *state, bool *is_found, struct osmflow_error *error) {
  enum { MOST_LOOKS = 5 };
  bool is_known = true;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && is_known && !*is_found && i < MOST_LOOKS; i++) {
    char id[64] = "";
    status = osmflow_export_recall(cityloader, request, true, i, &is_known, id, error);
    if (status != OSMFLOW_OK || !is_known || !*id)
      continue;
    *is_found = is_kept(cityloader, id, state) || (osmflow_export_look(cityloader, id, state, NULL) == OSMFLOW_OK &&
                                                   state->status != OSMFLOW_EXPORT_FAILED);
  }
  return status;
}

static enum osmflow_status find_known(const struct osmflow_cityloader *cityloader, const char *request,
                                      struct osmflow_export_state *state, bool *is_found, struct osmflow_error *error) {
  *is_found = false;
  const enum osmflow_status status = find_own(cityloader, request, state, is_found, error);
  return status == OSMFLOW_OK && !*is_found ? find_other(cityloader, request, state, is_found, error) : status;
}

/* Answers that prove that nothing was created: of the service itself, or of whatever sends POSTs elsewhere. That the
 * server waited too long for the request (408) proves nothing. */
static bool is_refusal(const struct osmflow_http_response *response) {
  enum { REQUEST_TIMEOUT = 408, MOVED = 301, TEMPORARY = 307, PERMANENT = 308 };
  const int status = response->status;
  return (status >= 400 && status < 500 && status != REQUEST_TIMEOUT) || status == MOVED || status == TEMPORARY ||
         status == PERMANENT;
}

/* After a refusal it can be forgotten; everything else is a doubt. */
static enum osmflow_status settle(const struct osmflow_cityloader *cityloader, const char *request,
                                  const struct osmflow_http_response *response, struct osmflow_error *error) {
  if (is_refusal(response) || !response->request_sent) {
    struct osmflow_error reason;
    if (osmflow_export_remember(cityloader, request, NULL, &reason) != OSMFLOW_OK)
      cityloader->environment->log(cityloader->environment->self, OSMFLOW_LOG_WARNING, reason.message);
    return error->status;
  }
  osmflow_error_prefix(
      error,
      "whether the export was created is not known; it may exist and be charged, so it is not asked for "
      "again by itself (see your account at https://v2.3dcityloader.com): ");
  return error->status;
}

static enum osmflow_status create(const struct osmflow_cityloader *cityloader, const char *request,
                                  struct osmflow_export_state *state, struct osmflow_error *error) {
  struct osmflow_http_response response;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  osmflow_http_response_init(&response);
  enum osmflow_status status = osmflow_export_remember(cityloader, request, "", error);
  if (status == OSMFLOW_OK) {
    status = osmflow_export_ask(cityloader, "export/simple", request, &response, state, &reason);
    if (status != OSMFLOW_OK)
      status = settle(cityloader, request, &response, &reason);
    else
      status = osmflow_export_remember(cityloader, request, state->id, &reason);
    if (status != OSMFLOW_OK && error)
      *error = reason;
  }
  osmflow_http_response_clear(&response);
  return status;
}

static enum osmflow_status refuse(const char *request, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "there is no export of %.600s yet, and making one costs money: nothing was sent. Open with "
                           "CREATE=YES, or run `osmflow export` with --yes",
                           request);
}

/* Another process may have made it between the first look and the lock. */
static enum osmflow_status create_locked(const struct osmflow_cityloader *cityloader, const char *request,
                                         struct osmflow_export_state *state, bool *is_new,
                                         struct osmflow_error *error) {
  int lock = -1;
  bool is_found = false;
  enum osmflow_status status = osmflow_export_lock(cityloader->environment, &lock, error);
  if (status == OSMFLOW_OK)
    status = find_known(cityloader, request, state, &is_found, error);
  if (status == OSMFLOW_OK && !is_found) {
    status = create(cityloader, request, state, error);
    *is_new = status == OSMFLOW_OK;
  }
  osmflow_export_unlock(lock);
  return status;
}

enum osmflow_status osmflow_export_find_or_create(const struct osmflow_cityloader *cityloader,
                                                  const struct osmflow_export_request *request, bool may_pay,
                                                  struct osmflow_export_state *state, bool *is_new,
                                                  struct osmflow_error *error) {
  struct osmflow_bytes json;
  bool is_found = false;
  osmflow_bytes_init(&json, OSMFLOW_EXPORT_REQUEST_CEILING);
  *is_new = false;
  enum osmflow_status status = osmflow_export_request_check(request, error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_request_print(request, &json, error);
  if (status == OSMFLOW_OK && may_pay)
    status = create_locked(cityloader, osmflow_bytes_string(&json), state, is_new, error);
  else if (status == OSMFLOW_OK)
    status = find_known(cityloader, osmflow_bytes_string(&json), state, &is_found, error);
  if (status == OSMFLOW_OK && !may_pay && !is_found)
    status = refuse(osmflow_bytes_string(&json), error);
  osmflow_bytes_clear(&json);
  return status;
}
