/* The requests of an upload, one function each: what the server said, and what that proves. */
#include <cpl_compressor.h>
#include <cpl_vsi.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "format/xml_writer.h"
#include "osm/upload_parts.h"

enum { LONGEST_URL = 1 << 16, LONGEST_ANSWER = 1 << 16, LONGEST_TAGS = 1 << 22, LEAST_TO_PACK = 1024 };

/* An answer that is one small XML document. */
struct page {
  struct osmflow_tree *tree;
  const struct osmflow_tree_node *root;
};

static enum osmflow_status page_begin(void *self, const struct osmflow_http_response *response,
                                      struct osmflow_error *error) {
  struct page *page = self;
  (void)response;
  osmflow_tree_free(page->tree);
  page->tree = NULL;
  return osmflow_tree_new(OSMFLOW_TREE_XML, &page->tree, error);
}

static enum osmflow_status page_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct page *page = self;
  return osmflow_tree_feed(page->tree, data, size, error);
}

static enum osmflow_status page_finish(void *self, struct osmflow_error *error) {
  struct page *page = self;
  return osmflow_tree_finish(page->tree, &page->root, error);
}

/* A request below {root}/api/0.6/ that may be sent again. */
static enum osmflow_status ask(struct osmflow_uploader *uploader, const char *method, const char *path,
                               struct osmflow_text body, struct osmflow_http_sink sink,
                               struct osmflow_http_response *response, struct osmflow_error *error) {
  struct osmflow_bytes url;
  osmflow_bytes_init(&url, LONGEST_URL);
  enum osmflow_status status =
      osmflow_call_format_url(uploader->root, osmflow_call_class("changeset"), path, NULL, &url, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = method,
                                                 .url = osmflow_bytes_string(&url),
                                                 .content_type = body.size > 0 ? "text/xml; charset=utf-8" : NULL,
                                                 .body = body,
                                                 .authorization = OSMFLOW_HTTP_REQUIRED,
                                                 .repeatable = true,
                                                 .sink = sink};
    status = osmflow_http_perform(uploader->http, &request, response, error);
  }
  osmflow_bytes_clear(&url);
  return status;
}

static enum osmflow_status get_page(struct osmflow_uploader *uploader, const char *path, struct page *page,
                                    struct osmflow_http_response *response, struct osmflow_error *error) {
  const struct osmflow_http_sink sink = {page, page_begin, page_write, page_finish};
  return ask(uploader, "GET", path, (struct osmflow_text){NULL, 0}, sink, response, error);
}

static enum osmflow_status check_state(const char *what, const char *state, struct osmflow_error *error) {
  if (state[0] == '\0' || strcmp(state, "online") == 0)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                           "the server takes no edits at the moment: its %s is \"%s\"; try again later", what, state);
}

static bool may_write(const struct osmflow_tree_node *root) {
  const struct osmflow_tree_node *permissions = osmflow_tree_at(root, "permissions");
  for (const struct osmflow_tree_node *node = permissions ? permissions->first : NULL; node; node = node->next) {
    const struct osmflow_tree_node *name = osmflow_tree_child(node, "name");
    if (name && osmflow_text_is(name->text, "allow_write_api"))
      return true;
  }
  return false;
}

/* A server without this call lets the upload itself tell. */
static enum osmflow_status check_permission(struct osmflow_uploader *uploader, struct osmflow_error *error) {
  struct page page = {NULL, NULL};
  struct osmflow_http_response response;
  struct osmflow_error request_error;
  osmflow_http_response_init(&response);
  enum osmflow_status status = get_page(uploader, "permissions", &page, &response, &request_error);
  if (status == OSMFLOW_NOT_FOUND)
    status = OSMFLOW_OK;
  else if (status != OSMFLOW_OK && error)
    *error = request_error;
  else if (status == OSMFLOW_OK && !may_write(page.root))
    status = osmflow_error_set(error, OSMFLOW_UNAUTHORIZED,
                               "the token for %s does not allow to edit the map (permission allow_write_api): run "
                               "`osmflow login osm` and grant it, or set the option OSMAPI_TOKEN anew",
                               uploader->root);
  osmflow_tree_free(page.tree);
  osmflow_http_response_clear(&response);
  return status;
}

enum osmflow_status osmflow_upload_admission(struct osmflow_uploader *uploader, struct osmflow_error *error) {
  if (uploader->is_admitted)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_capabilities_get(uploader->http, uploader->root, &uploader->capabilities, error);
  if (status == OSMFLOW_OK)
    status = check_state("database", uploader->capabilities.database_status, error);
  if (status == OSMFLOW_OK)
    status = check_state("API", uploader->capabilities.api_status, error);
  if (status == OSMFLOW_OK)
    status = check_permission(uploader, error);
  uploader->is_admitted = status == OSMFLOW_OK;
  return status;
}

static enum osmflow_status write_tags(const struct osmflow_draft *tags, struct osmflow_bytes *document,
                                      struct osmflow_error *error) {
  struct osmflow_xml_writer writer;
  osmflow_xml_writer_init(&writer, document);
  osmflow_xml_begin(&writer, "osm");
  osmflow_xml_begin(&writer, "changeset");
  for (size_t i = 0; i < tags->tag_count; i++) {
    osmflow_xml_begin(&writer, "tag");
    osmflow_xml_attribute_text(&writer, "k", tags->tags[i].key);
    osmflow_xml_attribute_text(&writer, "v", tags->tags[i].value);
    osmflow_xml_end(&writer);
  }
  osmflow_xml_end(&writer);
  osmflow_xml_end(&writer);
  return osmflow_xml_writer_finish(&writer, error);
}

/* May be sent again: a changeset that nobody knows of stays empty and closes by itself. */
enum osmflow_status osmflow_upload_create_changeset(struct osmflow_uploader *uploader, int64_t *id,
                                                    struct osmflow_error *error) {
  struct osmflow_bytes document, answer;
  struct osmflow_http_response response;
  osmflow_bytes_init(&document, LONGEST_TAGS);
  osmflow_bytes_init(&answer, LONGEST_ANSWER);
  osmflow_http_response_init(&response);
  enum osmflow_status status = write_tags(uploader->tags, &document, error);
  if (status == OSMFLOW_OK)
    status = ask(uploader, "PUT", "changeset/create", osmflow_bytes_view(&document), osmflow_http_bytes_sink(&answer),
                 &response, error);
  const struct osmflow_text text = osmflow_text_trim(osmflow_bytes_view(&answer));
  if (status == OSMFLOW_OK && !osmflow_parse_int(text, 1, OSMFLOW_MOST_CHANGESETS, id))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "the server was asked for a changeset and answered \"%.*s\", which is no number of one",
                               (int)(text.size < 40 ? text.size : 40), text.data ? text.data : "");
  osmflow_http_response_clear(&response);
  osmflow_bytes_clear(&answer);
  osmflow_bytes_clear(&document);
  return status;
}

static enum osmflow_status read_changeset(const struct osmflow_tree_node *root, int64_t id,
                                          struct osmflow_upload_changeset *changeset, struct osmflow_error *error) {
  const struct osmflow_tree_node *node = osmflow_tree_at(root, "changeset");
  const struct osmflow_tree_node *open = osmflow_tree_child(node, "open");
  const struct osmflow_tree_node *count = osmflow_tree_child(node, "changes_count");
  changeset->is_there = true;
  changeset->is_open = open && osmflow_text_is(open->text, "true");
  if (open && count && osmflow_parse_int(count->text, 0, INT64_MAX, &changeset->changes))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "what the server tells of changeset %" PRId64 " lacks open or changes_count", id);
}

enum osmflow_status osmflow_upload_get_changeset(struct osmflow_uploader *uploader, int64_t id,
                                                 struct osmflow_upload_changeset *changeset,
                                                 struct osmflow_error *error) {
  struct page page = {NULL, NULL};
  struct osmflow_http_response response;
  struct osmflow_error request_error;
  char path[64];
  snprintf(path, sizeof path, "changeset/%" PRId64, id);
  *changeset = (struct osmflow_upload_changeset){false, false, 0};
  osmflow_http_response_init(&response);
  enum osmflow_status status = get_page(uploader, path, &page, &response, &request_error);
  if (status == OSMFLOW_OK)
    status = read_changeset(page.root, id, changeset, error);
  else if (response.status == 404)
    status = OSMFLOW_OK;
  else if (error)
    *error = request_error;
  osmflow_tree_free(page.tree);
  osmflow_http_response_clear(&response);
  return status;
}

/* The server's words: only what it wrote as text is any. */
static struct osmflow_text words_of(const struct osmflow_http_response *response) {
  if (strncmp(response->content_type, "text/plain", 10) == 0 && response->error_body.size > 0)
    return osmflow_bytes_view(&response->error_body);
  return osmflow_text(response->error_header);
}

enum osmflow_status osmflow_upload_close_changeset(struct osmflow_uploader *uploader, int64_t id,
                                                   enum osmflow_upload_closing *closing, struct osmflow_error *error) {
  struct osmflow_http_response response;
  struct osmflow_error request_error = {.message = ""};
  struct osmflow_refusal refusal;
  char path[64];
  snprintf(path, sizeof path, "changeset/%" PRId64 "/close", id);
  osmflow_http_response_init(&response);
  enum osmflow_status status = ask(uploader, "PUT", path, (struct osmflow_text){NULL, 0}, (struct osmflow_http_sink){0},
                                   &response, &request_error);
  *closing = OSMFLOW_UPLOAD_CLOSED;
  if (status != OSMFLOW_OK) {
    osmflow_refusal_parse(response.status, words_of(&response), &refusal);
    if (refusal.kind == OSMFLOW_REFUSAL_LOCKED)
      *closing = OSMFLOW_UPLOAD_LOCKED;
    if (refusal.kind == OSMFLOW_REFUSAL_LOCKED || refusal.kind == OSMFLOW_REFUSAL_CLOSED)
      status = OSMFLOW_OK;
    else if (error)
      *error = request_error;
  }
  osmflow_http_response_clear(&response);
  return status;
}

/* Packs a body; false where that is not possible or not worth it. */
static bool pack(struct osmflow_text document, void **packed, size_t *size) {
  const CPLCompressor *gzip = document.size >= LEAST_TO_PACK ? CPLGetCompressor("gzip") : NULL;
  *packed = NULL;
  *size = 0;
  if (gzip && gzip->pfnFunc(document.data, document.size, packed, size, NULL, gzip->user_data) && *size < document.size)
    return true;
  VSIFree(*packed);
  *packed = NULL;
  return false;
}

/* Whether an answer proves that the server has not carried out the upload. 406 does not: it is given after the work is
 * done, as is any 5xx that the server did not choose with a time to come back. */
static bool is_proof(const struct osmflow_http_response *response, const struct osmflow_refusal *refusal) {
  static const int proofs[] = {400, 401, 403, 404, 409, 410, 412, 413, 415, 429, 509};
  bool found =
      response->status == 503 && (response->retry_after_seconds >= 0 || refusal->kind == OSMFLOW_REFUSAL_READ_ONLY);
  for (size_t i = 0; !found && i < sizeof proofs / sizeof proofs[0]; i++)
    found = response->status == proofs[i];
  return found;
}

static void copy_words(struct osmflow_text words, char copy[512]) {
  const bool is_utf8 = osmflow_text_is_utf8(words);
  size_t size = 0;
  for (size_t i = 0; i < words.size && size < 508; i++) {
    const unsigned char c = (unsigned char)words.data[i];
    copy[size++] = c < ' ' || c == 0x7F ? ' ' : !is_utf8 && c >= 0x80 ? '?' : (char)c;
  }
  while (size > 0 && is_utf8 && size >= 508 && ((unsigned char)copy[size - 1] & 0x80))
    size--;
  copy[size] = '\0';
}

static void judge(const struct osmflow_http_response *response, enum osmflow_status status,
                  struct osmflow_upload_reply *reply) {
  const struct osmflow_text words = words_of(response);
  osmflow_refusal_parse(response->status, words, &reply->refusal);
  copy_words(words, reply->words);
  reply->retry_after_seconds = response->retry_after_seconds;
  /* Without a single attempt that has ended, the run was broken off somewhere: nothing is known. */
  const bool never_left =
      response->status == 0 && !response->request_sent && (response->attempts > 0 || status == OSMFLOW_UNAUTHORIZED);
  if (status == OSMFLOW_OK)
    reply->answer = OSMFLOW_UPLOAD_DONE;
  else if (never_left)
    reply->answer = OSMFLOW_UPLOAD_NOT_SENT;
  else if (is_proof(response, &reply->refusal))
    reply->answer = OSMFLOW_UPLOAD_REFUSED;
  else
    reply->answer = OSMFLOW_UPLOAD_LOST;
}

void osmflow_upload_post(struct osmflow_uploader *uploader, int64_t changeset, struct osmflow_text document,
                         struct osmflow_diff_result *result, struct osmflow_upload_reply *reply) {
  struct osmflow_bytes url;
  struct osmflow_http_response response;
  char path[64];
  void *packed = NULL;
  size_t size = 0;
  *reply = (struct osmflow_upload_reply){.answer = OSMFLOW_UPLOAD_NOT_SENT};
  snprintf(path, sizeof path, "changeset/%" PRId64 "/upload", changeset);
  osmflow_bytes_init(&url, LONGEST_URL);
  osmflow_http_response_init(&response);
  enum osmflow_status status =
      osmflow_call_format_url(uploader->root, osmflow_call_class("changeset"), path, NULL, &url, &reply->error);
  if (status == OSMFLOW_OK) {
    reply->was_packed = !uploader->is_plain && pack(document, &packed, &size);
    const struct osmflow_http_request request = {
        .method = "POST",
        .url = osmflow_bytes_string(&url),
        .content_type = "text/xml; charset=utf-8",
        .content_encoding = reply->was_packed ? "gzip" : NULL,
        .body = reply->was_packed ? (struct osmflow_text){packed, size} : document,
        .authorization = OSMFLOW_HTTP_REQUIRED,
        .sink = osmflow_diff_result_sink(result)};
    const int64_t begin = uploader->environment->monotonic_ms(uploader->environment->self);
    status = osmflow_http_perform(uploader->http, &request, &response, &reply->error);
    reply->took_ms = uploader->environment->monotonic_ms(uploader->environment->self) - begin;
    judge(&response, status, reply);
  }
  VSIFree(packed);
  osmflow_http_response_clear(&response);
  osmflow_bytes_clear(&url);
}
