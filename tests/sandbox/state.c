/* The state and its housekeeping: strings, users, tokens. Elements and changesets have files of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "internal.h"

/* Weak: the files that own these may not be linked. */
__attribute__((weak)) void sandbox_notes_free(struct sandbox_notes *notes);
__attribute__((weak)) void sandbox_traces_free(struct sandbox_traces *traces);
__attribute__((weak)) void sandbox_preferences_free(struct sandbox_preferences *preferences);
__attribute__((weak)) void sandbox_mapflow_free(struct sandbox_mapflow *mapflow);
__attribute__((weak)) void sandbox_cityloader_free(struct sandbox_cityloader *cityloader);

const char *const sandbox_type_names[SANDBOX_TYPES] = {"node", "way", "relation"};

static const struct sandbox_limits real_limits = {
    .map_nodes = 50000,
    .map_area = 0.25,
    .note_area = 25,
    .tracepoints_per_page = 5000,
    .way_nodes = 2000,
    .relation_members = 32000,
    .changeset_elements = 10000,
    .payload_bytes = 50000000,
    .idle_seconds = 3600,
    .open_seconds = 86400,
    .debt_rate = 1000,
    .request_line = 8190,
};

_Noreturn void sandbox_die(const char *why) {
  fprintf(stderr, "osmflow-sandbox: %s\n", why);
  exit(1);
}

void *sandbox_reallocate(void *memory, size_t size) {
  void *grown = realloc(memory, size);
  if (!grown)
    sandbox_die("out of memory");
  return grown;
}

void sandbox_init(struct sandbox *sandbox) {
  *sandbox = (struct sandbox){.limits = real_limits, .next_changeset = 1, .next_comment = 1};
  for (int type = 0; type < SANDBOX_TYPES; type++) {
    sandbox->elements[type].next_id = 1;
    osmflow_idmap_init(&sandbox->elements[type].by_id);
  }
  osmflow_idmap_init(&sandbox->changesets_by_id);
  osmflow_idmap_init(&sandbox->accounts_by_uid);
  osmflow_pool_init(&sandbox->strings);
  osmflow_bytes_init(&sandbox->served, SIZE_MAX / 4);
  osmflow_bytes_init(&sandbox->served_gzip, SIZE_MAX / 4);
}

void sandbox_drop_map(struct sandbox_map_answer *answer) {
  if (!answer || --answer->holders > 0)
    return;
  osmflow_bytes_clear(&answer->body);
  free(answer);
}

static void clear_elements(struct sandbox_elements *elements) {
  for (size_t i = 0; i < elements->count; i++) {
    struct sandbox_element *element = &elements->items[i];
    for (uint32_t v = 0; v < element->version_count; v++) {
      free(element->versions[v].tags);
      free(element->versions[v].nodes);
      free(element->versions[v].members);
    }
    free(element->versions);
  }
  free(elements->items);
  osmflow_idmap_clear(&elements->by_id);
}

void sandbox_clear(struct sandbox *sandbox) {
  if (sandbox->notes && sandbox_notes_free)
    sandbox_notes_free(sandbox->notes);
  if (sandbox->traces && sandbox_traces_free)
    sandbox_traces_free(sandbox->traces);
  if (sandbox->preferences && sandbox_preferences_free)
    sandbox_preferences_free(sandbox->preferences);
  if (sandbox->mapflow && sandbox_mapflow_free)
    sandbox_mapflow_free(sandbox->mapflow);
  if (sandbox->cityloader && sandbox_cityloader_free)
    sandbox_cityloader_free(sandbox->cityloader);
  for (int type = 0; type < SANDBOX_TYPES; type++)
    clear_elements(&sandbox->elements[type]);
  for (size_t i = 0; i < sandbox->changeset_count; i++) {
    free(sandbox->changesets[i].tags);
    free(sandbox->changesets[i].changes);
    free(sandbox->changesets[i].comments);
    free(sandbox->changesets[i].subscribers);
  }
  free(sandbox->changesets);
  for (size_t i = 0; i < sandbox->account_count; i++)
    free(sandbox->accounts[i]);
  free(sandbox->accounts);
  free(sandbox->tokens);
  osmflow_idmap_clear(&sandbox->changesets_by_id);
  osmflow_idmap_clear(&sandbox->accounts_by_uid);
  osmflow_pool_clear(&sandbox->strings);
  sandbox_drop_map(sandbox->last_map);
  struct osmflow_bytes served = sandbox->served, served_gzip = sandbox->served_gzip;
  sandbox_init(sandbox);
  sandbox->served = served;
  sandbox->served_gzip = served_gzip;
}

int64_t sandbox_now(const struct sandbox *sandbox) {
  return (sandbox->clock_stands ? sandbox->clock_stands : (int64_t)time(NULL)) + sandbox->clock_shift;
}

const char *sandbox_keep(struct sandbox *sandbox, struct osmflow_text text) {
  uint32_t number;
  struct osmflow_error error;
  if (osmflow_pool_add(&sandbox->strings, text, &number, &error) != OSMFLOW_OK)
    sandbox_die(error.message);
  return osmflow_pool_string(&sandbox->strings, number);
}

void sandbox_reserve(void **items, size_t *capacity, size_t needed, size_t item_size) {
  struct osmflow_error error;
  if (osmflow_array_reserve(items, capacity, needed, item_size, SIZE_MAX / item_size / 2, &error) != OSMFLOW_OK)
    sandbox_die(error.message);
}

void sandbox_index(struct osmflow_idmap *map, int64_t id, size_t index) {
  struct osmflow_error error;
  if (osmflow_idmap_set(map, id, (uint32_t)index, &error) != OSMFLOW_OK)
    sandbox_die(error.message);
}

struct sandbox_account *sandbox_find_account(const struct sandbox *sandbox, int64_t uid) {
  uint32_t index = osmflow_idmap_find(&sandbox->accounts_by_uid, uid);
  return index == OSMFLOW_IDMAP_NONE ? NULL : sandbox->accounts[index];
}

struct sandbox_account *sandbox_find_account_by_name(const struct sandbox *sandbox, const char *name) {
  for (size_t i = 0; i < sandbox->account_count; i++)
    if (strcmp(sandbox->accounts[i]->known.name, name) == 0)
      return sandbox->accounts[i];
  return NULL;
}

struct sandbox_account *sandbox_place_account(struct sandbox *sandbox, int64_t uid, const char *name) {
  struct sandbox_account *account = uid ? sandbox_find_account(sandbox, uid) : NULL;
  if (account)
    return account;
  for (uid = uid ? uid : 101; sandbox_find_account(sandbox, uid);)
    uid++;
  account = calloc(1, sizeof *account);
  if (!account)
    sandbox_die("out of memory");
  account->known.uid = uid;
  account->known.data_public = true;
  snprintf(account->known.name, sizeof account->known.name, "%s", name);
  account->created = sandbox_now(sandbox);
  sandbox_reserve((void **)&sandbox->accounts, &sandbox->account_capacity, sandbox->account_count + 1,
                  sizeof(struct sandbox_account *));
  sandbox_index(&sandbox->accounts_by_uid, uid, sandbox->account_count);
  sandbox->accounts[sandbox->account_count++] = account;
  return account;
}

void sandbox_add_token(struct sandbox *sandbox, const char *text, int64_t uid, uint32_t scopes,
                       enum sandbox_token_state state) {
  sandbox_reserve((void **)&sandbox->tokens, &sandbox->token_capacity, sandbox->token_count + 1,
                  sizeof(struct sandbox_token));
  struct sandbox_token *token = &sandbox->tokens[sandbox->token_count++];
  *token = (struct sandbox_token){.uid = uid, .scopes = scopes, .state = state};
  snprintf(token->text, sizeof token->text, "%s", text);
}

void sandbox_add_default_users(struct sandbox *sandbox) {
  const uint32_t usual = SANDBOX_ALL_SCOPES & ~(uint32_t)SANDBOX_WRITE_REDACTIONS;
  sandbox_place_account(sandbox, 101, "alice");
  sandbox_add_token(sandbox, "alice-token", 101, usual, SANDBOX_TOKEN_VALID);
  sandbox_place_account(sandbox, 102, "bob");
  sandbox_add_token(sandbox, "bob-token", 102, usual, SANDBOX_TOKEN_VALID);
  sandbox_place_account(sandbox, 103, "mod")->known.moderator = true;
  sandbox_add_token(sandbox, "mod-token", 103, SANDBOX_ALL_SCOPES, SANDBOX_TOKEN_VALID);
}

uint32_t sandbox_scope_by_name(struct osmflow_text name) {
  static const struct {
    const char *name;
    uint32_t scope;
  } scopes[] = {
      {"read_prefs", SANDBOX_READ_PREFS},   {"write_prefs", SANDBOX_WRITE_PREFS},
      {"write_api", SANDBOX_WRITE_API},     {"read_gpx", SANDBOX_READ_GPX},
      {"write_gpx", SANDBOX_WRITE_GPX},     {"write_notes", SANDBOX_WRITE_NOTES},
      {"write_diary", SANDBOX_WRITE_DIARY}, {"write_redactions", SANDBOX_WRITE_REDACTIONS},
      {"all", SANDBOX_ALL_SCOPES},
  };
  for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
    if (osmflow_text_is(name, scopes[i].name))
      return scopes[i].scope;
  return 0;
}
