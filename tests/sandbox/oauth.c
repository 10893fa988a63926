/* OAuth 2.0 as the real server offers it: authorization code with PKCE, tokens that do not expire, revocation. There is
 * nobody to ask for consent, so it is given at once, but only to programs on this machine: to a loopback address or out
 * of band. `login` names the user who "consents" (alice when absent): an addition of the sandbox. */
#include <stdio.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "rails.h"

#define OUT_OF_BAND "urn:ietf:wg:oauth:2.0:oob"

enum { PENDING = 64, CODE_SECONDS = 600 };

struct grant {
  char code[48], client[128], redirect[256], challenge[64];
  int64_t uid, issued; /* issued 0: an empty place, or used up */
  uint32_t scopes;
};

/* Not part of the state: what a login that is under way needs survives a reset of the world. */
static struct grant grants[PENDING];
static uint64_t next_secret = 1;

/* Different at every call and never a valid guess, but the same in every run. */
static void make_secret(char secret[48], const char *purpose) {
  uint8_t digest[32];
  char seed[64];
  snprintf(seed, sizeof seed, "sandbox %s %llu", purpose, (unsigned long long)next_secret++);
  osmflow_sha256(osmflow_text(seed), digest);
  for (size_t i = 0; i < 21; i++)
    snprintf(secret + 2 * i, 3, "%02x", digest[i]);
}

/* "read_prefs write_api" into bits; false for an unknown one. */
static bool read_scopes(const char *text, uint32_t *scopes) {
  struct osmflow_text rest = osmflow_text(text), part;
  *scopes = 0;
  while (osmflow_text_next(&rest, ' ', &part)) {
    if (part.size == 0 || osmflow_text_is(part, "openid"))
      continue;
    const uint32_t scope = osmflow_text_is(part, "all") ? 0 : sandbox_scope_by_name(part);
    if (scope == 0)
      return false;
    *scopes |= scope;
  }
  return true;
}

static void print_scopes(struct sandbox_response *response, uint32_t scopes) {
  static const char *const names[] = {"read_prefs", "write_prefs", "write_api",   "read_gpx",
                                      "write_gpx",  "write_notes", "write_diary", "write_redactions"};
  const char *separator = "";
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (scopes & (1U << i)) {
      sandbox_print(response, "%s%s", separator, names[i]);
      separator = " ";
    }
}

static bool is_loopback(const char *redirect) {
  static const char *const starts[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
    const size_t size = strlen(starts[i]);
    if (strncmp(redirect, starts[i], size) == 0 && strchr(":/", redirect[size]))
      return true;
  }
  return false;
}

static void print_page(struct sandbox_response *response, const char *title, const char *text) {
  snprintf(response->content_type, sizeof response->content_type, "text/html; charset=utf-8");
  sandbox_print(response, "<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1><p>", title, title);
  sandbox_print_xml(response, text);
  sandbox_print(response, "</p></body></html>\n");
}

static void refuse_page(struct sandbox_response *response, int status, const char *text) {
  sandbox_fail_silently(response, status);
  print_page(response, "An error has occurred", text);
}

/* Sends the browser back with `query`; false: the address is longer than a header of the sandbox may be. */
static void redirect(struct sandbox_response *response, const char *target, const char *query, const char *state) {
  struct osmflow_bytes url;
  osmflow_bytes_init(&url, 4096);
  (void)!osmflow_bytes_print(&url, NULL, "%s%c%s", target, strchr(target, '?') ? '&' : '?', query);
  if (state) {
    (void)!osmflow_bytes_add_string(&url, "&state=", NULL);
    (void)!osmflow_bytes_add_url(&url, osmflow_text(state), "", NULL);
  }
  if (url.size >= sizeof response->extra_header_value[0]) {
    refuse_page(response, 400, "The redirect URI and the state together are too long for the sandbox.");
  } else {
    sandbox_fail_silently(response, 302);
    sandbox_add_header(response, "Location", osmflow_bytes_string(&url));
  }
  osmflow_bytes_clear(&url);
}

static const char *parameter(const struct sandbox_request *request, const char *name) {
  const char *value = sandbox_parameter(request, name);
  return value ? value : "";
}

static struct grant *find_place(int64_t now) {
  struct grant *oldest = &grants[0];
  for (size_t i = 0; i < PENDING; i++) {
    if (grants[i].issued == 0 || now - grants[i].issued > CODE_SECONDS)
      return &grants[i];
    if (grants[i].issued < oldest->issued)
      oldest = &grants[i];
  }
  return oldest;
}

/* What is wrong with the request, as the real server's page says it; NULL: nothing. */
static const char *judge(const struct sandbox_request *request) {
  const char *back = parameter(request, "redirect_uri");
  if (!*parameter(request, "client_id") || strlen(parameter(request, "client_id")) > 127)
    return "Client authentication failed due to unknown client, no client authentication included, or unsupported "
           "authentication method.";
  if (!*back || strlen(back) > 255 || (strcmp(back, OUT_OF_BAND) != 0 && !is_loopback(back)))
    return "The requested redirect uri is malformed or doesn't match client redirect URI.";
  return NULL;
}

void rails_authorize(struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response) {
  const char *problem = judge(request), *back = parameter(request, "redirect_uri");
  const char *state = sandbox_parameter(request, "state"), *login = sandbox_parameter(request, "login");
  const char *challenge = parameter(request, "code_challenge"), *method = parameter(request, "code_challenge_method");
  rails_answer_plainly(request, response, "text/html; charset=utf-8");
  if (problem) {
    refuse_page(response, 400, problem);
    return;
  }
  uint32_t scopes;
  const bool known_scopes = read_scopes(parameter(request, "scope"), &scopes);
  const struct sandbox_account *account = sandbox_find_account_by_name(sandbox, login ? login : "alice");
  const char *error = NULL;
  if (strcmp(parameter(request, "response_type"), "code") != 0)
    error = "error=unsupported_response_type&error_description=The+authorization+server+does+not+support+this+type.";
  else if (!known_scopes)
    error = "error=invalid_scope&error_description=The+requested+scope+is+invalid%2C+unknown%2C+or+malformed.";
  else if (*challenge && strcmp(method, "S256") != 0)
    error = "error=invalid_code_challenge_method";
  else if (strlen(challenge) > 63 || !account)
    error = "error=access_denied";
  const bool out_of_band = strcmp(back, OUT_OF_BAND) == 0;
  if (error && !out_of_band)
    redirect(response, back, error, state);
  else if (error)
    refuse_page(response, 400, error);
  if (error)
    return;
  struct grant *grant = find_place(sandbox_now(sandbox));
  *grant = (struct grant){.uid = account->known.uid, .issued = sandbox_now(sandbox), .scopes = scopes};
  make_secret(grant->code, "code");
  snprintf(grant->client, sizeof grant->client, "%s", parameter(request, "client_id"));
  snprintf(grant->redirect, sizeof grant->redirect, "%s", back);
  snprintf(grant->challenge, sizeof grant->challenge, "%s", challenge);
  char query[64];
  snprintf(query, sizeof query, "code=%s", grant->code);
  redirect(response, out_of_band ? "/oauth2/authorize/native" : back, query, state);
}

void rails_show_code(struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response) {
  (void)sandbox;
  rails_answer_plainly(request, response, "text/html; charset=utf-8");
  sandbox_print(response,
                "<!DOCTYPE html>\n<html><head><title>Authorization code</title></head><body>\n"
                "<h1>Authorization code:</h1>\n<code id=\"authorization_code\">");
  sandbox_print_xml(response, parameter(request, "code"));
  sandbox_print(response, "</code>\n</body></html>\n");
}

static void refuse_token(struct sandbox_response *response, int status, const char *error, const char *description) {
  sandbox_fail_silently(response, status);
  snprintf(response->content_type, sizeof response->content_type, "application/json; charset=utf-8");
  sandbox_print(response, "{\"error\":\"%s\",\"error_description\":", error);
  sandbox_print_json(response, description);
  sandbox_print(response, "}");
}

/* base64url without padding. */
static void make_challenge(const char *verifier, char challenge[44]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint8_t digest[33] = {0};
  osmflow_sha256(osmflow_text(verifier), digest);
  for (size_t i = 0; i < 43; i++) {
    const size_t bit = i * 6;
    const unsigned pair = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];
    challenge[i] = letters[pair >> (10 - bit % 8) & 63];
  }
  challenge[43] = '\0';
}

static bool proves(const struct grant *grant, const char *verifier) {
  char challenge[44];
  if (!*grant->challenge)
    return true;
  make_challenge(verifier, challenge);
  return strcmp(challenge, grant->challenge) == 0;
}

/* A code is used up by the first attempt to use it, right or wrong. */
static bool redeem(const struct sandbox_request *request, int64_t now, struct grant *redeemed) {
  for (size_t i = 0; i < PENDING; i++) {
    struct grant *grant = &grants[i];
    if (grant->issued == 0 || strcmp(grant->code, parameter(request, "code")) != 0)
      continue;
    *redeemed = *grant;
    grant->issued = 0;
    return now - redeemed->issued <= CODE_SECONDS && strcmp(redeemed->client, parameter(request, "client_id")) == 0 &&
           strcmp(redeemed->redirect, parameter(request, "redirect_uri")) == 0 &&
           proves(redeemed, parameter(request, "code_verifier"));
  }
  return false;
}

void rails_issue_token(struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response) {
  struct grant grant;
  rails_answer_plainly(request, response, "application/json; charset=utf-8");
  if (!*parameter(request, "client_id")) {
    refuse_token(response, 401, "invalid_client",
                 "Client authentication failed due to unknown client, no client authentication included, or "
                 "unsupported authentication method.");
    return;
  }
  if (strcmp(parameter(request, "grant_type"), "authorization_code") != 0) {
    refuse_token(response, 400, "unsupported_grant_type",
                 "The authorization grant type is not supported by the authorization server.");
    return;
  }
  if (!*parameter(request, "code")) {
    refuse_token(response, 400, "invalid_request", "Missing required parameter: code.");
    return;
  }
  if (!redeem(request, sandbox_now(sandbox), &grant)) {
    refuse_token(response, 400, "invalid_grant",
                 "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI "
                 "used in the authorization request, or was issued to another client.");
    return;
  }
  char token[48];
  make_secret(token, "token");
  sandbox_add_token(sandbox, token, grant.uid, grant.scopes, SANDBOX_TOKEN_VALID);
  sandbox_print(response, "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"scope\":\"", token);
  print_scopes(response, grant.scopes);
  sandbox_print(response, "\",\"created_at\":%lld}", (long long)sandbox_now(sandbox));
}

/* An unknown token is no error: it does not work, and that is what was asked for. */
void rails_revoke_token(struct sandbox *sandbox, const struct sandbox_request *request,
                        struct sandbox_response *response) {
  const char *token = parameter(request, "token");
  rails_answer_plainly(request, response, "application/json; charset=utf-8");
  for (size_t i = 0; *token && i < sandbox->token_count; i++)
    if (strcmp(sandbox->tokens[i].text, token) == 0)
      sandbox->tokens[i].state = SANDBOX_TOKEN_REVOKED;
  sandbox_print(response, "{}");
}
