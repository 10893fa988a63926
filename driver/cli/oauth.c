#include "cli/oauth.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/sha256.h"
#include "format/tree.h"
#include "net/credentials.h"

enum { SECRET_BYTES = 32, URL_CEILING = 64 * 1024, ANSWER_CEILING = 64 * 1024, LONGEST_TOKEN = 4096 };

const char osmflow_oauth_out_of_band[] = "urn:ietf:wg:oauth:2.0:oob";

/* base64url without padding (RFC 4648, 5). */
static void encode(const uint8_t bytes[SECRET_BYTES], char text[OSMFLOW_OAUTH_SECRET_SIZE]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint32_t kept = 0;
  unsigned bits = 0;
  size_t size = 0;
  for (size_t i = 0; i < SECRET_BYTES; i++) {
    kept = kept << 8 | bytes[i];
    for (bits += 8; bits >= 6; bits -= 6)
      text[size++] = letters[kept >> (bits - 6) & 63];
  }
  text[size++] = letters[kept << (6 - bits) & 63];
  text[size] = '\0';
}

static enum osmflow_status make_secret(char text[OSMFLOW_OAUTH_SECRET_SIZE], struct osmflow_error *error) {
  uint8_t bytes[SECRET_BYTES];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "the system gives no random bytes, so no login is safe");
  encode(bytes, text);
  return OSMFLOW_OK;
}

static void wipe_memory(void *memory, size_t size) {
  volatile char *byte = memory;
  for (size_t i = 0; i < size; i++)
    byte[i] = '\0';
}

static void wipe_bytes(struct osmflow_bytes *bytes) {
  wipe_memory(bytes->data, bytes->size);
  osmflow_bytes_clear(bytes);
}

enum osmflow_status osmflow_oauth_start(struct osmflow_oauth *oauth, struct osmflow_error *error) {
  enum osmflow_status status = make_secret(oauth->verifier, error);
  if (status == OSMFLOW_OK)
    status = make_secret(oauth->state, error);
  return status;
}

void osmflow_oauth_wipe(struct osmflow_oauth *oauth) {
  wipe_memory(oauth->verifier, sizeof oauth->verifier);
  wipe_memory(oauth->state, sizeof oauth->state);
}

struct pair {
  const char *name, *value;
};

/* "name=value&name=value", each value encoded. */
static enum osmflow_status add_pairs(struct osmflow_bytes *text, const struct pair *pairs, size_t count,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    status = osmflow_bytes_print(text, error, "%s%s=", i > 0 ? "&" : "", pairs[i].name);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_url(text, osmflow_text(pairs[i].value), "", error);
  }
  return status;
}

enum osmflow_status osmflow_oauth_url(const struct osmflow_oauth *oauth, struct osmflow_bytes *url,
                                      struct osmflow_error *error) {
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  char challenge[OSMFLOW_OAUTH_SECRET_SIZE];
  osmflow_sha256(osmflow_text(oauth->verifier), digest);
  encode(digest, challenge);
  const struct pair pairs[] = {{"response_type", "code"},         {"client_id", oauth->client_id},
                               {"redirect_uri", oauth->redirect}, {"scope", oauth->scopes},
                               {"state", oauth->state},           {"code_challenge", challenge},
                               {"code_challenge_method", "S256"}};
  enum osmflow_status status = osmflow_bytes_print(url, error, "%s/oauth2/authorize?", oauth->root);
  return status == OSMFLOW_OK ? add_pairs(url, pairs, sizeof pairs / sizeof pairs[0], error) : status;
}

static struct osmflow_text member(const struct osmflow_tree_node *root, const char *name) {
  const struct osmflow_tree_node *node = osmflow_tree_child(root, name);
  return node && node->kind == OSMFLOW_TREE_STRING ? node->text : (struct osmflow_text){NULL, 0};
}

/* An OAuth error says in JSON what is wrong; its sentence is better than the document. */
static enum osmflow_status explain(const struct osmflow_http_response *response, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  const enum osmflow_status status = error ? error->status : OSMFLOW_HTTP;
  if (osmflow_tree_parse(OSMFLOW_TREE_JSON, osmflow_bytes_view(&response->error_body), &tree, &root, NULL) ==
      OSMFLOW_OK) {
    struct osmflow_text words = member(root, "error_description");
    if (words.size == 0)
      words = member(root, "error");
    if (words.size > 0) {
      osmflow_error_set(error, status, "the server refuses (%d): %.*s", response->status,
                        OSMFLOW_TEXT_ARGUMENTS(words));
      if (error)
        error->http_status = response->status;
    }
  }
  osmflow_tree_free(tree);
  return status;
}

/* Sends a form and gives the answer's body. */
static enum osmflow_status post(struct osmflow_http *http, const char *root, const char *path, const struct pair *pairs,
                                size_t count, struct osmflow_bytes *answer, struct osmflow_error *error) {
  struct osmflow_bytes url, form;
  struct osmflow_http_response response;
  osmflow_bytes_init(&url, URL_CEILING);
  osmflow_bytes_init(&form, URL_CEILING);
  osmflow_http_response_init(&response);
  enum osmflow_status status = osmflow_bytes_print(&url, error, "%s%s", root, path);
  if (status == OSMFLOW_OK)
    status = add_pairs(&form, pairs, count, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "POST",
                                                 .url = osmflow_bytes_string(&url),
                                                 .accept = "application/json",
                                                 .content_type = "application/x-www-form-urlencoded",
                                                 .body = osmflow_bytes_view(&form),
                                                 .authorization = OSMFLOW_HTTP_ANONYMOUS,
                                                 .sink = osmflow_http_bytes_sink(answer)};
    status = osmflow_http_perform(http, &request, &response, error);
  }
  if (status != OSMFLOW_OK && response.status >= 300)
    status = explain(&response, error);
  osmflow_http_response_clear(&response);
  wipe_bytes(&form);
  osmflow_bytes_clear(&url);
  return status;
}

static bool is_token(struct osmflow_text text) {
  bool good = text.size > 0 && text.size <= LONGEST_TOKEN;
  for (size_t i = 0; good && i < text.size; i++)
    good = text.data[i] > ' ' && text.data[i] < 0x7F;
  return good;
}

static enum osmflow_status read_token(struct osmflow_text answer, char **token, struct osmflow_bytes *scopes,
                                      struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  enum osmflow_status status = osmflow_tree_parse(OSMFLOW_TREE_JSON, answer, &tree, &root, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "the server's answer to the login cannot be read: ");
  const struct osmflow_text text = member(root, "access_token");
  const struct osmflow_text type = member(root, "token_type");
  if (status == OSMFLOW_OK && (!is_token(text) || !osmflow_text_is_ignoring_case(type, "Bearer")))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server's answer to the login holds no bearer token");
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(scopes, member(root, "scope"), error);
  if (status == OSMFLOW_OK && text.data) {
    *token = strndup(text.data, text.size);
    if (!*token)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a token");
  }
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_oauth_redeem(const struct osmflow_oauth *oauth, struct osmflow_http *http, const char *code,
                                         char **token, struct osmflow_bytes *scopes, struct osmflow_error *error) {
  const struct pair pairs[] = {{"grant_type", "authorization_code"},
                               {"code", code},
                               {"redirect_uri", oauth->redirect},
                               {"client_id", oauth->client_id},
                               {"code_verifier", oauth->verifier}};
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  *token = NULL;
  enum osmflow_status status =
      post(http, oauth->root, "/oauth2/token", pairs, sizeof pairs / sizeof pairs[0], &answer, error);
  if (status == OSMFLOW_OK)
    status = read_token(osmflow_bytes_view(&answer), token, scopes, error);
  wipe_bytes(&answer);
  return status;
}

enum osmflow_status osmflow_oauth_revoke(const char *root, const char *client_id, struct osmflow_http *http,
                                         const char *token, struct osmflow_error *error) {
  const struct pair pairs[] = {{"token", token}, {"client_id", client_id}};
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  const enum osmflow_status status =
      post(http, root, "/oauth2/revoke", pairs, sizeof pairs / sizeof pairs[0], &answer, error);
  osmflow_bytes_clear(&answer);
  return status;
}
