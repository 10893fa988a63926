#include <inttypes.h>
#include <stdio.h>

#include "osm/fetch_job.h"

enum { SUBJECT_SIZE = 160 };

/* "version 3 of node 5", "changeset 7", else the call's path. */
static void write_subject(const struct osmflow_call *call, char subject[SUBJECT_SIZE]) {
  const char *name = call->call_class->name;
  if (call->version > 0)
    snprintf(subject, SUBJECT_SIZE, "version %" PRId64 " of %s %" PRId64, call->version,
             osmflow_element_type_names[call->type], call->id);
  else if (strncmp(name, "element", 7) == 0)
    snprintf(subject, SUBJECT_SIZE, "%s %" PRId64, osmflow_element_type_names[call->type], call->id);
  else if (strncmp(name, "changeset/", 10) == 0)
    snprintf(subject, SUBJECT_SIZE, "changeset %" PRId64, call->id);
  else
    snprintf(subject, SUBJECT_SIZE, "the call \"%.100s\"", call->path);
}

static enum osmflow_status not_found(const struct osmflow_call *call, struct osmflow_error *error) {
  char subject[SUBJECT_SIZE];
  write_subject(call, subject);
  return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "%s does not exist on %s%s", subject, call->root,
                           call->version > 0 ? ", or is hidden there (redacted)" : "");
}

static enum osmflow_status deleted(const struct osmflow_call *call, struct osmflow_error *error) {
  const char *type = osmflow_element_type_names[call->type];
  return osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                           "%s %" PRId64 " has been deleted on %s; \"%s/%" PRId64
                           "/history\" shows its versions, "
                           "\"%ss?%ss=%" PRId64 "\" who deleted it and when",
                           type, call->id, call->root, type, call->id, type, type, call->id);
}

static enum osmflow_status hidden(const struct osmflow_call *call, struct osmflow_error *error) {
  char subject[SUBJECT_SIZE];
  write_subject(call, subject);
  return osmflow_error_set(error, OSMFLOW_UNAUTHORIZED, "%s is hidden on %s (redacted); only moderators can read it",
                           subject, call->root);
}

/* 509: the allowance of bytes is used up, and waiting has not helped within the time that the user grants. The client's
 * own words say which option raises that time. */
static enum osmflow_status used_up(const struct osmflow_call *call, const struct osmflow_http_response *response,
                                   const struct osmflow_error *request_error, struct osmflow_error *error) {
  char wait[64] = "some minutes";
  if (response->retry_after_seconds > 0)
    snprintf(wait, sizeof wait, "%" PRId64 " seconds", response->retry_after_seconds);
  return osmflow_error_set(error, OSMFLOW_HTTP,
                           "%s has sent as much as it allows for now: try again in %s, ask for less, or log in "
                           "(osmflow login osm), for each user has an allowance of their own. %s",
                           call->root, wait, request_error ? request_error->message : "");
}

static enum osmflow_status unreachable(const struct osmflow_error *request_error, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_NETWORK,
                           "%s. Is the network up, the server's address right (OSMAPI_URL), a proxy needed "
                           "(GDAL_HTTP_PROXY)?",
                           request_error ? request_error->message : "the server cannot be reached");
}

enum osmflow_status osmflow_fetch_explain(const struct osmflow_call *call, const struct osmflow_http_response *response,
                                          enum osmflow_status status, const struct osmflow_error *request_error,
                                          struct osmflow_error *error) {
  bool is_element = strncmp(call->call_class->name, "element", 7) == 0;
  switch (response->status) {
    case 404:
      status = not_found(call, error);
      break;
    case 410:
      status = is_element ? deleted(call, error) : not_found(call, error);
      break;
    case 509:
      status = used_up(call, response, request_error, error);
      break;
    default:
      if (status == OSMFLOW_NETWORK && response->status == 0)
        status = unreachable(request_error, error);
      else if (response->status == 403 && call->version > 0)
        status = hidden(call, error);
      else if (error && request_error)
        *error = *request_error;
      break;
  }
  if (error)
    error->http_status = response->status;
  return status;
}
