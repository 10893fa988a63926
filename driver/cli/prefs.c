/* `osmflow prefs`: what applications keep for a user on the server. */
#include "cli/input.h"
#include "cli/remote.h"
#include "cli/show.h"

enum { TEXT_CEILING = 1024 * 1024 };
enum { GET_JSON, GET_SERVER };

static enum osmflow_status list_all(const struct osmflow_remote *remote, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, TEXT_CEILING);
  enum osmflow_status status = osmflow_remote_tree(remote, "user/preferences", true, &tree, &top, error);
  const struct osmflow_tree_node *all = status == OSMFLOW_OK ? osmflow_tree_child(top, "preferences") : NULL;
  for (const struct osmflow_tree_node *one = all ? all->first : NULL; one && status == OSMFLOW_OK; one = one->next) {
    const struct osmflow_tree_node *key = osmflow_tree_child(one, "k"), *value = osmflow_tree_child(one, "v");
    if (!key || !value)
      continue;
    status = osmflow_show_line(&text, key->text, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(&text, "=", error);
    if (status == OSMFLOW_OK)
      status = osmflow_show_line(&text, value->text, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(&text, "\n", error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_show(&text, error);
  osmflow_bytes_clear(&text);
  osmflow_tree_free(tree);
  return status;
}

/* The key goes into the address of the call, and there these two mean something else. */
static enum osmflow_status check_key(struct osmflow_text key, struct osmflow_error *error) {
  return key.size > 0 && !osmflow_text_is(key, ".") && !osmflow_text_is(key, "..")
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" cannot be the key of a preference",
                                 OSMFLOW_TEXT_ARGUMENTS(key));
}

static enum osmflow_status show_one(const struct osmflow_remote *remote, const char *key, struct osmflow_error *error) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, TEXT_CEILING);
  enum osmflow_status status = check_key(osmflow_text(key), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&path, "user/preferences/", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(&path, osmflow_text(key), "", error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_copy(remote, osmflow_bytes_string(&path), NULL, true, error);
  osmflow_bytes_clear(&path);
  return status == OSMFLOW_OK ? osmflow_say(error, "\n") : status;
}

static enum osmflow_status run_get(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  enum osmflow_status status = osmflow_remote_open(&remote, environment, arguments->options[GET_SERVER], error);
  if (status == OSMFLOW_OK && arguments->options[GET_JSON] && arguments->words[0])
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--json is for all preferences, not for one");
  else if (status == OSMFLOW_OK && arguments->options[GET_JSON])
    status = osmflow_remote_copy(&remote, "user/preferences.json", NULL, true, error);
  else if (status == OSMFLOW_OK && arguments->words[0])
    status = show_one(&remote, arguments->words[0], error);
  else if (status == OSMFLOW_OK)
    status = list_all(&remote, error);
  osmflow_remote_close(&remote);
  return status;
}

/* All of them are looked at before the first one is sent. */
static enum osmflow_status check(const struct osmflow_pairs *pairs, struct osmflow_bytes *document,
                                 struct osmflow_error *error) {
  return osmflow_action_write_preferences(pairs->items, pairs->count, document, error);
}

static enum osmflow_status set_all(const struct osmflow_remote *remote, const struct osmflow_pairs *pairs,
                                   struct osmflow_error *error) {
  struct osmflow_bytes key;
  osmflow_bytes_init(&key, TEXT_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < pairs->count && status == OSMFLOW_OK; i++) {
    osmflow_bytes_reset(&key);
    status = osmflow_bytes_add_text(&key, pairs->items[i].key, error);
    const struct osmflow_action fields = {.words = {osmflow_bytes_string(&key)}, .body = pairs->items[i].value};
    if (status == OSMFLOW_OK)
      status = osmflow_remote_do(remote, "preference/set", &fields, NULL, error);
    if (status != OSMFLOW_OK && i > 0)
      osmflow_error_prefix(error, "%zu of %zu preferences are set; ", i, pairs->count);
  }
  osmflow_bytes_clear(&key);
  return status;
}

static enum osmflow_status run_set(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_pairs pairs = {NULL, 0, 0};
  struct osmflow_bytes document;
  osmflow_bytes_init(&document, TEXT_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < arguments->word_count && status == OSMFLOW_OK; i++) {
    status = osmflow_pairs_read(&pairs, "preference", osmflow_text(arguments->words[i]), error);
    if (status == OSMFLOW_OK)
      status = check_key(pairs.items[i].key, error);
  }
  if (status == OSMFLOW_OK)
    status = check(&pairs, &document, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[0], error);
  if (status == OSMFLOW_OK)
    status = set_all(&remote, &pairs, error);
  osmflow_bytes_clear(&document);
  osmflow_pairs_clear(&pairs);
  osmflow_remote_close(&remote);
  return status;
}

static enum osmflow_status run_delete(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < arguments->word_count && status == OSMFLOW_OK; i++)
    status = check_key(osmflow_text(arguments->words[i]), error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[0], error);
  for (size_t i = 0; i < arguments->word_count && status == OSMFLOW_OK; i++) {
    const struct osmflow_action fields = {.words = {arguments->words[i]}};
    status = osmflow_remote_do(&remote, "preference/delete", &fields, NULL, error);
    if (status == OSMFLOW_NOT_FOUND)
      osmflow_error_prefix(error, "there is no preference \"%.80s\": ", arguments->words[i]);
    if (status != OSMFLOW_OK && i > 0)
      osmflow_error_prefix(error, "%zu of %zu preferences are deleted; ", i, arguments->word_count);
  }
  osmflow_remote_close(&remote);
  return status;
}

/* The document that `osmflow api osm GET user/preferences` prints. */
static enum osmflow_status read_document(const struct osmflow_tree_node *top, struct osmflow_pairs *pairs,
                                         struct osmflow_error *error) {
  const struct osmflow_tree_node *all = osmflow_tree_child(top, "preferences");
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *one = all ? all->first : NULL; one && status == OSMFLOW_OK; one = one->next) {
    const struct osmflow_tree_node *key = osmflow_tree_child(one, "k"), *value = osmflow_tree_child(one, "v");
    status = key && value && osmflow_text_is(one->name, "preference")
                 ? osmflow_pairs_add(pairs, key->text, value->text, error)
                 : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the file holds a <%.*s> that is no preference",
                                     OSMFLOW_TEXT_ARGUMENTS(one->name));
  }
  return status;
}

static enum osmflow_status read_lines(struct osmflow_text text, struct osmflow_pairs *pairs,
                                      struct osmflow_error *error) {
  struct osmflow_text line;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && osmflow_text_next(&text, '\n', &line)) {
    if (line.size > 0 && line.data[line.size - 1] == '\r')
      line.size--;
    if (line.size > 0)
      status = osmflow_pairs_read(pairs, "line", line, error);
  }
  return status;
}

static enum osmflow_status read_pairs(struct osmflow_text text, struct osmflow_tree **tree, struct osmflow_pairs *pairs,
                                      struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL;
  const struct osmflow_text start = osmflow_text_trim(text);
  if (start.size == 0 || *start.data != '<')
    return read_lines(text, pairs, error);
  const enum osmflow_status status = osmflow_tree_parse(OSMFLOW_TREE_XML, text, tree, &top, error);
  return status == OSMFLOW_OK ? read_document(top, pairs, error) : status;
}

static enum osmflow_status run_replace(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_pairs pairs = {NULL, 0, 0};
  struct osmflow_tree *tree = NULL;
  struct osmflow_bytes text, document;
  osmflow_bytes_init(&text, TEXT_CEILING);
  osmflow_bytes_init(&document, TEXT_CEILING);
  enum osmflow_status status = osmflow_input_read(environment, arguments->words[0], &text, error);
  if (status == OSMFLOW_OK)
    status = read_pairs(osmflow_bytes_view(&text), &tree, &pairs, error);
  if (status == OSMFLOW_OK && pairs.count == 0)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                          "%s holds no preference; to delete some there is: osmflow prefs delete", arguments->words[0]);
  if (status == OSMFLOW_OK)
    status = check(&pairs, &document, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_action fields = {.body = osmflow_bytes_view(&document)};
    status = osmflow_remote_do_once(environment, arguments->options[0], "preferences/replace", &fields, NULL, error);
  }
  osmflow_tree_free(tree);
  osmflow_pairs_clear(&pairs);
  osmflow_bytes_clear(&document);
  osmflow_bytes_clear(&text);
  return status;
}

static const struct osmflow_option only_server[] = {OSMFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};
static const struct osmflow_option get_options[] = {[GET_JSON] = {"json", '\0', NULL, "the server's JSON"},
                                                    [GET_SERVER] = OSMFLOW_SERVER_OPTION,
                                                    {NULL, '\0', NULL, NULL}};

static const struct osmflow_command get = {.name = "prefs get",
                                           .summary = "Prints all preferences as KEY=VALUE, or the value of one.",
                                           .words = "[KEY]",
                                           .most_words = 1,
                                           .options = get_options,
                                           .run = run_get};
static const struct osmflow_command set = {.name = "prefs set",
                                           .summary = "Sets some and leaves the others.",
                                           .words = "KEY=VALUE...",
                                           .least_words = 1,
                                           .most_words = OSMFLOW_MOST_WORDS,
                                           .options = only_server,
                                           .run = run_set};
static const struct osmflow_command delete_some = {.name = "prefs delete",
                                                   .summary = "Deletes some.",
                                                   .words = "KEY...",
                                                   .least_words = 1,
                                                   .most_words = OSMFLOW_MOST_WORDS,
                                                   .options = only_server,
                                                   .run = run_delete};
static const struct osmflow_command replace = {
    .name = "prefs replace",
    .summary = "Replaces all preferences by those of a file; what it does not hold is deleted.",
    .words = "FILE",
    .least_words = 1,
    .most_words = 1,
    .options = only_server,
    .details =
        "FILE holds lines KEY=VALUE, as `osmflow prefs get` prints them, or the XML of the call\n"
        "user/preferences; - is standard input.\n",
    .run = run_replace};

static const struct osmflow_command *const commands[] = {&get, &set, &delete_some, &replace, NULL};

const struct osmflow_command osmflow_command_prefs = {
    .name = "prefs",
    .summary = "Reads and changes the preferences that a server keeps for you.",
    .words = "WORD ...",
    .subcommands = commands};
