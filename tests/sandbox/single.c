/* Single elements: create, update, delete, redact; on the real server these calls belong to its Rails half, and so do
 * the words. No recording shows them: they are written from the API's description. */
#include <stdio.h>

#include "base/number.h"
#include "upload.h"

static enum sandbox_type type_of(const struct sandbox_request *request) {
  char letter = request->path[strlen("/api/0.6/")];
  return letter == 'n' ? SANDBOX_NODE : letter == 'w' ? SANDBOX_WAY : SANDBOX_RELATION;
}

/* Rails wraps what its parser says. */
static void tell_failure(const struct sandbox_upload *upload, const struct sandbox_request *request,
                         struct sandbox_response *response, bool reading) {
  const char *message = osmflow_bytes_string(&upload->message);
  if (upload->status == 404)
    sandbox_fail_silently(response, 404);
  else if (reading && strstr(message, "outside of valid range"))
    sandbox_fail(response, 400, "The node is outside this world");
  else if (reading && upload->status == 400 && strncmp(message, "You tried to add", 16) != 0)
    sandbox_fail(response, 400, "Cannot parse valid %s from xml string %.*s. %s", sandbox_type_names[type_of(request)],
                 OSMFLOW_TEXT_ARGUMENTS(request->body), message);
  else
    sandbox_fail(response, upload->status, "%s", message);
}

/* Carries out the one edit of the document. The edit is in upload->edits[0] afterwards; false after a failure. */
static bool carry_out(struct sandbox_upload *upload, struct sandbox *sandbox, const struct sandbox_request *request,
                      enum sandbox_operation operation, struct sandbox_response *response) {
  sandbox_upload_init(upload, sandbox, 0, request->user->uid);
  upload->single = true;
  sandbox_upload_read_single(upload, request->body, operation, type_of(request));
  if (upload->status != 200) {
    tell_failure(upload, request, response, true);
    return false;
  }
  const struct sandbox_edit *edit = &upload->edits[0];
  if (operation != SANDBOX_CREATE && edit->given_id != request->numbers[0]) {
    sandbox_fail(response, 400, "The id in the url (%lld) is not the same as provided in the xml (%lld)",
                 (long long)request->numbers[0], (long long)edit->given_id);
    return false;
  }
  if (operation != SANDBOX_CREATE && !sandbox_present(sandbox_find_element(sandbox, edit->type, edit->given_id))) {
    sandbox_fail_silently(response, 404);
    return false;
  }
  if (!sandbox_find_changeset(sandbox, upload->changeset)) {
    sandbox_fail(response, 409, "You need to supply a changeset to be able to make a change");
    return false;
  }
  if (!sandbox_check_changeset(sandbox, request, upload->changeset, response))
    return false;
  sandbox_upload_apply(upload);
  if (upload->status != 200)
    tell_failure(upload, request, response, false);
  return upload->status == 200;
}

static void create(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct sandbox_upload upload;
  if (carry_out(&upload, sandbox, request, SANDBOX_CREATE, response))
    sandbox_print(response, "%lld", (long long)upload.edits[0].id);
  sandbox_upload_clear(&upload);
}

static void update(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct sandbox_upload upload;
  if (carry_out(&upload, sandbox, request, SANDBOX_MODIFY, response))
    sandbox_print(response, "%u", upload.edits[0].new_version);
  sandbox_upload_clear(&upload);
}

static void delete (struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct sandbox_upload upload;
  if (carry_out(&upload, sandbox, request, SANDBOX_DELETE, response))
    sandbox_print(response, "%u", upload.edits[0].new_version);
  sandbox_upload_clear(&upload);
}

static void redact(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  const char *wish = sandbox_parameter(request, "redaction");
  int64_t redaction = 0; /* none: the redaction is taken back */
  struct sandbox_element *element = sandbox_find_element(sandbox, type_of(request), request->numbers[0]);
  struct sandbox_version *version = NULL;
  for (uint32_t v = 0; element && v < element->version_count; v++)
    if (element->versions[v].version == request->numbers[1])
      version = &element->versions[v];
  if (!request->user->moderator)
    sandbox_fail_silently(response, 403);
  else if (!version || (wish && !osmflow_parse_int(osmflow_text(wish), 1, INT64_MAX, &redaction)))
    sandbox_fail_silently(response, 404);
  else if (version == sandbox_present(element))
    sandbox_fail(response, 400, "Cannot redact current version of element, only historical versions may be redacted.");
  else
    version->redaction = redaction;
}

#define WRITES_OF(name)                                                         \
  {"PUT", "/api/0.6/" name "/create", create, SANDBOX_WRITE_API, 0},            \
      {"PUT", "/api/0.6/" name "/#", update, SANDBOX_WRITE_API, 0},             \
      {"DELETE", "/api/0.6/" name "/#", delete, SANDBOX_WRITE_API, 0}, {        \
    "POST", "/api/0.6/" name "/#/#/redact", redact, SANDBOX_WRITE_REDACTIONS, 0 \
  }

struct sandbox_routes sandbox_single_routes(void) {
  static const struct sandbox_route routes[] = {WRITES_OF("node"), WRITES_OF("way"), WRITES_OF("relation")};
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
