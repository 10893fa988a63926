/* `osmflow login`: gets a token, proves it, and keeps it in the credentials file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/account.h"
#include "cli/browser.h"
#include "cli/command.h"
#include "cli/loopback.h"
#include "cli/oauth.h"
#include "cli/prompt.h"
#include "cli/service.h"
#include "net/credentials.h"
#include "net/url.h"

enum { SERVICE };
enum { TOKEN_STDIN, SCOPES, PURPOSES, SERVER, CLIENT_ID, NO_BROWSER, PORT, STATUS, LOGOUT };

static const struct osmflow_option options[] = {
    [TOKEN_STDIN] = {"token-stdin", '\0', NULL, "keep a token that is read from standard input"},
    [SCOPES] = {"scopes", '\0', "LIST", "what the token may do, separated by commas"},
    [PURPOSES] = {"for", '\0', "LIST", "the same in words: read, edit, notes, gpx, prefs, redact"},
    [SERVER] = {"server", '\0', "URL", "another server's root, instead of OSMAPI_URL, MAPFLOW_URL or CITYLOADER_URL"},
    [CLIENT_ID] = {"client-id", '\0', "ID", "the OAuth application, instead of OSMAPI_CLIENT_ID"},
    [NO_BROWSER] = {"no-browser", '\0', NULL, "no browser on this computer: enter the code by hand"},
    [PORT] = {"port", '\0', "N", "where the browser brings the code to; otherwise any free port"},
    [STATUS] = {"status", '\0', NULL, "say which token is used, whose it is, and what it may do"},
    [LOGOUT] = {"logout", '\0', NULL, "revoke and forget the kept token"},
    {NULL, '\0', NULL, NULL}};

enum { TEXT_CEILING = 64 * 1024, LOGIN_MS = 10 * 60 * 1000 };

struct login {
  const struct osmflow_environment *environment;
  const struct osmflow_service *service;
  const char *const *options;
  char *root;            /* of the API: what the token is kept under */
  const char *site;      /* of the web site, where users log in */
  const char *client_id; /* NULL: not told */
  struct osmflow_bytes scopes;
};

/* Servers whose web site is elsewhere; all others have both in one place. */
static const struct {
  const char *root, *site;
} sites[] = {{"https://api.openstreetmap.org", "https://www.openstreetmap.org"}};

/* What the whole of the API needs; login asks for these unless --scopes says less. */
static const char default_scopes[] = "read_prefs write_prefs write_api read_gpx write_gpx write_notes";
static const char *const known_scopes[] = {"read_prefs",  "write_prefs", "write_api",        "read_gpx", "write_gpx",
                                           "write_notes", "write_diary", "write_redactions", "openid"};

/* What people want to do, and what of the scopes that takes. Who one is takes read_prefs, and every login tells it. */
static const struct {
  const char *purpose, *scopes;
} purposes[] = {{"read", ""},
                {"edit", "write_api"},
                {"notes", "write_notes"},
                {"gpx", "read_gpx write_gpx"},
                {"prefs", "write_prefs"},
                {"redact", "write_redactions"}};

static enum osmflow_status add_scope(struct osmflow_bytes *scopes, struct osmflow_text word,
                                     struct osmflow_error *error) {
  bool known = false;
  for (size_t i = 0; !known && i < sizeof known_scopes / sizeof known_scopes[0]; i++)
    known = osmflow_text_is(word, known_scopes[i]);
  if (!known)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "one of --scopes is none that there is: %s write_diary write_redactions", default_scopes);
  if (scopes->size > 0) {
    const enum osmflow_status status = osmflow_bytes_add_string(scopes, " ", error);
    if (status != OSMFLOW_OK)
      return status;
  }
  return osmflow_bytes_add_text(scopes, word, error);
}

/* Separated by commas, as options are, or blanks, as OAuth has it. */
static enum osmflow_status read_scopes(const char *list, struct osmflow_bytes *scopes, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(list), group, word;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && osmflow_text_next(&rest, ',', &group))
    while (status == OSMFLOW_OK && osmflow_text_next(&group, ' ', &word))
      if (word.size > 0)
        status = add_scope(scopes, word, error);
  if (status == OSMFLOW_OK && scopes->size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--scopes names no scope");
  return status;
}

/* "edit,notes": the scopes that these take. */
static enum osmflow_status read_purposes(const char *list, struct osmflow_bytes *scopes, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(list), word;
  enum osmflow_status status = osmflow_bytes_add_string(scopes, "read_prefs", error);
  while (status == OSMFLOW_OK && osmflow_text_next(&rest, ',', &word)) {
    const char *found = NULL;
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
      if (osmflow_text_is(osmflow_text_trim(word), purposes[i].purpose))
        found = purposes[i].scopes;
    if (!found)
      status =
          osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                            "--for is a list of these, separated by commas: read, edit, notes, gpx, prefs, redact");
    else if (*found && !strstr(osmflow_bytes_string(scopes), found))
      status = read_scopes(found, scopes, error);
  }
  return status;
}

static const char *site_of(const char *root) {
  for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++)
    if (strcmp(root, sites[i].root) == 0)
      return sites[i].site;
  return root;
}

/* A service that pastes tokens takes none of OAuth's options. */
static enum osmflow_status refuse_oauth(const struct login *login, struct osmflow_error *error) {
  static const int of_oauth[] = {SCOPES, PURPOSES, CLIENT_ID, NO_BROWSER, PORT};
  for (size_t i = 0; i < sizeof of_oauth / sizeof of_oauth[0]; i++)
    if (login->options[of_oauth[i]])
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "--%s is for a login by OAuth, which %s offers to registered applications only: make a "
                               "token at %s and paste it",
                               options[of_oauth[i]].name, login->service->name, login->service->token_page);
  return OSMFLOW_OK;
}

static enum osmflow_status prepare(struct login *login, const struct osmflow_arguments *arguments,
                                   struct osmflow_error *error) {
  const char *list = arguments->options[SCOPES];
  login->options = arguments->options;
  const int actions =
      (login->options[TOKEN_STDIN] != NULL) + (login->options[STATUS] != NULL) + (login->options[LOGOUT] != NULL);
  if (actions > 1)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "only one of --token-stdin, --status and --logout is possible");
  enum osmflow_status status = osmflow_service_find(arguments->words[SERVICE], &login->service, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_root(login->service, login->environment, login->options[SERVER], &login->root, error);
  if (status == OSMFLOW_OK && !login->service->client_option)
    status = refuse_oauth(login, error);
  if (status == OSMFLOW_OK && list && login->options[PURPOSES])
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--scopes and --for say the same in two ways: give one");
  if (status == OSMFLOW_OK && login->options[PURPOSES])
    status = read_purposes(login->options[PURPOSES], &login->scopes, error);
  else if (status == OSMFLOW_OK)
    status = read_scopes(list ? list : default_scopes, &login->scopes, error);
  if (status != OSMFLOW_OK)
    return status;
  login->site = site_of(login->root);
  login->client_id = login->options[CLIENT_ID];
  if (!login->client_id && login->service->client_option)
    login->client_id = login->environment->option(login->environment->self, login->service->client_option);
  if (login->client_id && !*login->client_id)
    login->client_id = NULL;
  if (!osmflow_url_is_encrypted(login->root) && !osmflow_http_is_loopback(login->root))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a token is never sent over plain http; use https: %s",
                             login->root);
  return OSMFLOW_OK;
}

/* A token in the option hides the one that is kept. */
static bool is_option_set(const struct login *login) {
  const char *value = login->environment->option(login->environment->self, login->service->token_option);
  return value && *value;
}

/* Appends who the user of the client's token is. `nobody`: what stands there when a good token may not tell. */
static enum osmflow_status add_name(const struct login *login, struct osmflow_http *http, const char *nobody,
                                    struct osmflow_bytes *name, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  const enum osmflow_status status =
      login->service->account->add_name(login->service, http, login->root, name, &reason);
  if (status == OSMFLOW_UNAUTHORIZED && reason.http_status == 403 && nobody)
    return osmflow_bytes_add_string(name, nobody, error);
  if (status != OSMFLOW_OK && error)
    *error = reason;
  return status;
}

/* Appends " (5 credits)". The token is proved by now: what cannot be told is no reason to fail. */
static enum osmflow_status add_rights(const struct login *login, struct osmflow_http *http, struct osmflow_bytes *name,
                                      struct osmflow_error *error) {
  const struct osmflow_account_class *account = login->service->account;
  struct osmflow_bytes rights;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&rights, TEXT_CEILING);
  if (account->login_tells_rights &&
      account->add_rights(login->service, http, login->root, &rights, NULL) == OSMFLOW_OK && rights.size > 0)
    status = osmflow_bytes_print(name, error, " (%s %s)", osmflow_bytes_string(&rights), account->rights_label);
  osmflow_bytes_clear(&rights);
  return status;
}

/* Asks the server who one is, keeps the token, and tells both. */
static enum osmflow_status keep(const struct login *login, const char *token, struct osmflow_error *error) {
  struct osmflow_http *http = NULL;
  struct osmflow_bytes name;
  char *path = NULL;
  osmflow_bytes_init(&name, TEXT_CEILING);
  enum osmflow_status status =
      osmflow_service_http(login->service, login->environment, login->root, token, &http, error);
  if (status == OSMFLOW_OK)
    status = add_name(login, http, login->service->account->nobody, &name, error);
  if (status == OSMFLOW_OK)
    status = add_rights(login, http, &name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_credentials_store(login->environment, login->root, token, error);
  if (status == OSMFLOW_OK)
    status = osmflow_credentials_path(login->environment, &path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "Logged in at %s as %s.\nThe token is kept in %s.\n", login->root,
                         osmflow_bytes_string(&name), path);
  if (status == OSMFLOW_OK && is_option_set(login))
    status = osmflow_say(error, "As long as %s is set, that token is used instead.\n", login->service->token_option);
  free(path);
  osmflow_http_free(http);
  osmflow_bytes_clear(&name);
  return status;
}

static enum osmflow_status login_by_token(const struct login *login, struct osmflow_error *error) {
  char question[200], *text = NULL, *token = NULL;
  bool is_basic = false;
  if (login->service->token_page)
    snprintf(question, sizeof question, "Token (made at %s; it is not shown): ", login->service->token_page);
  else
    snprintf(question, sizeof question, "Token: ");
  enum osmflow_status status = osmflow_prompt(login->environment, question, true, &text, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_token(login->service, login->environment, text, &token, &is_basic, error);
  if (status == OSMFLOW_OK)
    status = keep(login, token, error);
  osmflow_credentials_wipe(text);
  osmflow_credentials_wipe(token);
  return status;
}

static enum osmflow_status require_client_id(const struct login *login, struct osmflow_error *error) {
  if (login->client_id)
    return OSMFLOW_OK;
  return osmflow_error_set(
      error, OSMFLOW_BAD_ARGUMENT,
      "no client id: register an application at %s/oauth2/applications/new (not confidential, redirect URIs "
      "http://127.0.0.1/ and %s, scopes %s) and give its id with --client-id or the option %s; or give a token that "
      "you "
      "have with --token-stdin",
      login->site, osmflow_oauth_out_of_band, osmflow_bytes_string(&login->scopes), login->service->client_option);
}

/* The address may wrap in a terminal, so it stands alone on its line; it must be out before anybody waits. */
static enum osmflow_status show_address(const char *words, const char *url, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_say(error, "%s\n\n%s\n\n", words, url);
  if (status == OSMFLOW_OK && fflush(stdout) != 0)
    status = osmflow_error_set(error, OSMFLOW_IO, "standard output does not take any more");
  return status;
}

static enum osmflow_status ask_by_hand(const struct login *login, const char *url, char **code,
                                       struct osmflow_error *error) {
  const enum osmflow_status status =
      show_address("Open this address in a browser, log in, and enter the code that it shows here:", url, error);
  return status == OSMFLOW_OK ? osmflow_prompt(login->environment, "Code: ", false, code, error) : status;
}

static enum osmflow_status ask_by_browser(const struct login *login, struct osmflow_loopback *loopback,
                                          const char *state, const char *url, char **code,
                                          struct osmflow_error *error) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, TEXT_CEILING);
  enum osmflow_status status = show_address("Log in with a browser on this computer, at:", url, error);
  if (status == OSMFLOW_OK) {
    osmflow_browser_open(login->environment, url);
    status = osmflow_loopback_wait(loopback, login->environment, state, LOGIN_MS, &text, error);
  }
  if (status == OSMFLOW_OK)
    *code = osmflow_bytes_take(&text);
  osmflow_bytes_clear(&text);
  return status;
}

static enum osmflow_status open_redirect(const struct login *login, struct osmflow_loopback *loopback,
                                         struct osmflow_oauth *oauth, struct osmflow_error *error) {
  int64_t port = 0;
  oauth->redirect = osmflow_oauth_out_of_band;
  if (login->options[NO_BROWSER])
    return OSMFLOW_OK;
  if (login->options[PORT] && !osmflow_parse_int(osmflow_text(login->options[PORT]), 1, 65535, &port))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--port is a number between 1 and 65535");
  oauth->redirect = loopback->url;
  return osmflow_loopback_open(loopback, (int)port, error);
}

static enum osmflow_status redeem(const struct login *login, const struct osmflow_oauth *oauth, const char *code,
                                  char **token, struct osmflow_error *error) {
  struct osmflow_http *http = NULL;
  struct osmflow_bytes granted;
  osmflow_bytes_init(&granted, TEXT_CEILING);
  enum osmflow_status status = osmflow_service_http(login->service, login->environment, login->site, "", &http, error);
  if (status == OSMFLOW_OK)
    status = osmflow_oauth_redeem(oauth, http, code, token, &granted, error);
  if (status == OSMFLOW_OK && granted.size > 0)
    status = osmflow_say(error, "Granted: %s\n", osmflow_bytes_string(&granted));
  osmflow_http_free(http);
  osmflow_bytes_clear(&granted);
  return status;
}

static enum osmflow_status login_by_oauth(const struct login *login, struct osmflow_error *error) {
  struct osmflow_oauth oauth = {
      .root = login->site, .client_id = login->client_id, .scopes = osmflow_bytes_string(&login->scopes)};
  struct osmflow_loopback loopback = {.descriptor = -1};
  struct osmflow_bytes url;
  char *code = NULL, *token = NULL;
  osmflow_bytes_init(&url, TEXT_CEILING);
  enum osmflow_status status = require_client_id(login, error);
  if (status == OSMFLOW_OK)
    status = open_redirect(login, &loopback, &oauth, error);
  if (status == OSMFLOW_OK)
    status = osmflow_oauth_start(&oauth, error);
  if (status == OSMFLOW_OK)
    status = osmflow_oauth_url(&oauth, &url, error);
  if (status == OSMFLOW_OK && login->options[NO_BROWSER])
    status = ask_by_hand(login, osmflow_bytes_string(&url), &code, error);
  else if (status == OSMFLOW_OK)
    status = ask_by_browser(login, &loopback, oauth.state, osmflow_bytes_string(&url), &code, error);
  osmflow_loopback_close(&loopback);
  if (status == OSMFLOW_OK)
    status = redeem(login, &oauth, code, &token, error);
  if (status == OSMFLOW_OK)
    status = keep(login, token, error);
  osmflow_credentials_wipe(code);
  osmflow_credentials_wipe(token);
  osmflow_oauth_wipe(&oauth);
  osmflow_bytes_clear(&url);
  return status;
}

static enum osmflow_status show_account(const struct login *login, struct osmflow_http *http,
                                        struct osmflow_error *error) {
  const struct osmflow_account_class *account = login->service->account;
  struct osmflow_bytes name, rights;
  osmflow_bytes_init(&name, TEXT_CEILING);
  osmflow_bytes_init(&rights, TEXT_CEILING);
  enum osmflow_status status = add_name(login, http, account->nobody_status, &name, error);
  if (status == OSMFLOW_OK)
    status = account->add_rights(login->service, http, login->root, &rights, error);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "user:   %s\n%s: %s\n", osmflow_bytes_string(&name), account->rights_label,
                         rights.size > 0 ? osmflow_bytes_string(&rights) : "none");
  osmflow_bytes_clear(&name);
  osmflow_bytes_clear(&rights);
  return status;
}

static enum osmflow_status show_status(const struct login *login, struct osmflow_error *error) {
  struct osmflow_http *http = NULL;
  char *token = NULL, *path = NULL;
  enum osmflow_status status =
      osmflow_credentials_find(login->environment, login->service->token_option, login->root, &token, error);
  if (status == OSMFLOW_OK && !is_option_set(login) && token)
    status = osmflow_credentials_path(login->environment, &path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "server: %s\ntoken:  %s\n", login->root,
                         !token ? "none"
                         : path ? path
                                : login->service->token_option);
  if (status == OSMFLOW_OK && !token)
    status = osmflow_error_set(error, OSMFLOW_UNAUTHORIZED, "not logged in at %s: run `%s` or set the option %s",
                               login->root, login->service->login_command, login->service->token_option);
  if (status == OSMFLOW_OK)
    status = osmflow_service_http(login->service, login->environment, login->root, token, &http, error);
  if (status == OSMFLOW_OK)
    status = show_account(login, http, error);
  osmflow_http_free(http);
  osmflow_credentials_wipe(token);
  free(path);
  return status;
}

/* A token that could not be revoked is forgotten all the same, and the user learns where to revoke it. */
static bool revoke(const struct login *login, const char *token, struct osmflow_error *error) {
  struct osmflow_http *http = NULL;
  enum osmflow_status status = osmflow_service_http(login->service, login->environment, login->site, "", &http, error);
  if (status == OSMFLOW_OK)
    status = osmflow_oauth_revoke(login->site, login->client_id, http, token, error);
  osmflow_http_free(http);
  return status == OSMFLOW_OK;
}

static enum osmflow_status logout(const struct login *login, struct osmflow_error *error) {
  /* No option is called "", so this is the kept token; the option's own is not ours to end. */
  static const char no_option[] = "";
  struct osmflow_error reason = {.message = "no client id is known"};
  char *token = NULL;
  enum osmflow_status status = osmflow_credentials_find(login->environment, no_option, login->root, &token, error);
  if (status == OSMFLOW_OK && !token)
    status = osmflow_say(error, "There is no kept token for %s.\n", login->root);
  if (status == OSMFLOW_OK && token) {
    const bool revoked = login->client_id && revoke(login, token, &reason);
    status = osmflow_credentials_store(login->environment, login->root, NULL, error);
    if (status == OSMFLOW_OK && revoked)
      status = osmflow_say(error, "Logged out at %s; the token is revoked.\n", login->root);
    else if (status == OSMFLOW_OK && login->service->token_page)
      status = osmflow_say(error, "Logged out at %s. The token itself is still good; it can be ended at\n%s\n",
                           login->root, login->service->token_page);
    else if (status == OSMFLOW_OK)
      status = osmflow_say(error,
                           "Logged out at %s. The token itself was not revoked (%s); that can be done at\n"
                           "%s/oauth2/authorized_applications\n",
                           login->root, reason.message, login->site);
  }
  if (status == OSMFLOW_OK && is_option_set(login))
    status = osmflow_say(error, "%s is still set.\n", login->service->token_option);
  osmflow_credentials_wipe(token);
  return status;
}

static enum osmflow_status run_login(const struct osmflow_environment *environment,
                                     const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct login login = {.environment = environment};
  osmflow_bytes_init(&login.scopes, TEXT_CEILING);
  enum osmflow_status status = prepare(&login, arguments, error);
  if (status == OSMFLOW_OK && login.options[STATUS])
    status = show_status(&login, error);
  else if (status == OSMFLOW_OK && login.options[LOGOUT])
    status = logout(&login, error);
  else if (status == OSMFLOW_OK && (login.options[TOKEN_STDIN] || !login.service->client_option))
    status = login_by_token(&login, error);
  else if (status == OSMFLOW_OK)
    status = login_by_oauth(&login, error);
  osmflow_bytes_clear(&login.scopes);
  free(login.root);
  return status;
}

const struct osmflow_command osmflow_command_login = {
    .name = "login",
    .summary = "Gets a token for a service and keeps it for the driver and for osmflow.",
    .words = "SERVICE",
    .least_words = 1,
    .most_words = 1,
    .options = options,
    .details =
        "SERVICE is osm, mapflow or cityloader.\n"
        "\n"
        "osm: the login is OAuth 2.0 with PKCE; it needs an application that you have registered with the\n"
        "server (without --client-id, the error says where and how). --scopes: read_prefs, write_prefs, write_api,\n"
        "read_gpx, write_gpx, write_notes are asked for by default; write_diary and write_redactions exist as well.\n"
        "--for edit,notes asks for no more than these take.\n"
        "\n"
        "  osmflow login osm --client-id ID\n"
        "  osmflow login osm --client-id ID --for edit,notes\n"
        "  osmflow login osm --client-id ID --no-browser\n"
        "  osmflow login osm --token-stdin < token.txt\n"
        "  osmflow login osm --status\n"
        "\n"
        "mapflow: make a token at https://app.mapflow.ai/account/api and paste it; it is not shown. What that page\n"
        "gives is taken, and EMAIL:TOKEN as well. A login by OAuth is not possible: Mapflow has it for registered\n"
        "applications only. An access token that you have from elsewhere can be pasted, too; it ends soon.\n"
        "\n"
        "  osmflow login mapflow\n"
        "  osmflow login mapflow --token-stdin < token.txt\n"
        "  osmflow login mapflow --status\n"
        "\n"
        "cityloader: make a token at https://v2.3dcityloader.com/user/api-tokens and paste it. Exports need the\n"
        "permissions export.create, export.read and export.pay.\n"
        "\n"
        "  osmflow login cityloader\n"
        "\n"
        "Tokens are kept in OSMFLOW_CREDENTIALS, or osmflow/credentials.json in XDG_CONFIG_HOME or ~/.config, which "
        "only\n"
        "you can read. They are never printed.\n",
    .run = run_login,
};
