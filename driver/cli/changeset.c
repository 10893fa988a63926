/* `osmflow changeset`: changesets as such; their contents are the business of apply and revert. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/changeset.h"
#include "cli/remote.h"
#include "cli/show.h"

enum { TEXT_CEILING = 1024 * 1024, LIST_CEILING = 64 * 1024 * 1024, PATH_SIZE = 96 };
enum { OPEN_COMMENT, OPEN_SOURCE, OPEN_TAG, OPEN_SERVER };

static enum osmflow_status run_open(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_pairs tags = {NULL, 0, 0};
  struct osmflow_bytes body;
  int64_t id = 0;
  osmflow_bytes_init(&body, TEXT_CEILING);
  enum osmflow_status status = osmflow_pairs_changeset(&tags, arguments->options[OPEN_COMMENT],
                                                       arguments->options[OPEN_SOURCE], arguments, OPEN_TAG, error);
  if (status == OSMFLOW_OK)
    status = osmflow_action_write_changeset(tags.items, tags.count, &body, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_action fields = {.body = osmflow_bytes_view(&body)};
    status =
        osmflow_remote_do_once(environment, arguments->options[OPEN_SERVER], "changeset/create", &fields, &id, error);
  }
  osmflow_bytes_clear(&body);
  osmflow_pairs_clear(&tags);
  return status == OSMFLOW_OK ? osmflow_say(error, "%" PRId64 "\n", id) : status;
}

enum { SHOW_DISCUSSION, SHOW_JSON, SHOW_SERVER };

static enum osmflow_status run_show(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  const bool as_json = arguments->options[SHOW_JSON] != NULL;
  char path[PATH_SIZE];
  int64_t id = 0;
  osmflow_bytes_init(&text, LIST_CEILING);
  enum osmflow_status status = osmflow_remote_id("changeset", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[SHOW_SERVER], error);
  snprintf(path, sizeof path, "changeset/%" PRId64 "%s%s", id, as_json ? ".json" : "",
           arguments->options[SHOW_DISCUSSION] ? "?include_discussion=true" : "");
  if (status == OSMFLOW_OK && as_json)
    status = osmflow_remote_copy(&remote, path, NULL, false, error);
  else if (status == OSMFLOW_OK)
    status = osmflow_remote_tree(&remote, path, false, &tree, &top, error);
  if (status == OSMFLOW_OK && tree && osmflow_tree_child(top, "changeset"))
    status = osmflow_show_tree(&text, osmflow_tree_child(top, "changeset"), error);
  if (status == OSMFLOW_OK)
    status = osmflow_show(&text, error);
  osmflow_tree_free(tree);
  osmflow_bytes_clear(&text);
  osmflow_remote_close(&remote);
  return status;
}

/* The changeset's present tags, borrowed from the tree. */
static enum osmflow_status read_tags(const struct osmflow_remote *remote, int64_t id, struct osmflow_tree **tree,
                                     struct osmflow_pairs *tags, struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL;
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "changeset/%" PRId64, id);
  enum osmflow_status status = osmflow_remote_tree(remote, path, false, tree, &top, error);
  const struct osmflow_tree_node *changeset = status == OSMFLOW_OK ? osmflow_tree_child(top, "changeset") : NULL;
  if (status == OSMFLOW_OK && !changeset)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server's answer does not hold changeset %" PRId64, id);
  for (const struct osmflow_tree_node *tag = changeset ? changeset->first : NULL; tag && status == OSMFLOW_OK;
       tag = tag->next) {
    const struct osmflow_tree_node *key = osmflow_tree_child(tag, "k"), *value = osmflow_tree_child(tag, "v");
    if (osmflow_text_is(tag->name, "tag") && key && value)
      status = osmflow_pairs_add(tags, key->text, value->text, error);
  }
  return status;
}

static const struct osmflow_tag_view *find_tag(const struct osmflow_pairs *tags, struct osmflow_text key) {
  for (size_t i = 0; i < tags->count; i++)
    if (osmflow_text_equal(tags->items[i].key, key))
      return &tags->items[i];
  return NULL;
}

/* What is not named stays; an empty value removes. */
static enum osmflow_status change_tags(const struct osmflow_pairs *present, const struct osmflow_pairs *wishes,
                                       struct osmflow_pairs *tags, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < present->count && status == OSMFLOW_OK; i++)
    if (!find_tag(wishes, present->items[i].key))
      status = osmflow_pairs_add(tags, present->items[i].key, present->items[i].value, error);
  for (size_t i = 0; i < wishes->count && status == OSMFLOW_OK; i++)
    if (wishes->items[i].value.size > 0)
      status = osmflow_pairs_add(tags, wishes->items[i].key, wishes->items[i].value, error);
  return status;
}

/* The server's own answer to the change may be an empty document, so what is there now is asked for. */
static enum osmflow_status confirm_tags(const struct osmflow_remote *remote, int64_t id,
                                        const struct osmflow_pairs *wishes, struct osmflow_error *error) {
  struct osmflow_pairs tags = {NULL, 0, 0};
  struct osmflow_tree *tree = NULL;
  enum osmflow_status status = read_tags(remote, id, &tree, &tags, error);
  for (size_t i = 0; i < wishes->count && status == OSMFLOW_OK; i++) {
    const struct osmflow_tag_view *wish = &wishes->items[i], *tag = find_tag(&tags, wish->key);
    if (tag ? !osmflow_text_equal(tag->value, wish->value) : wish->value.size > 0)
      status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                                 "the server has taken the tags, but the tag %.*s is not as it should be",
                                 OSMFLOW_TEXT_ARGUMENTS(wish->key));
  }
  for (size_t i = 0; i < tags.count && status == OSMFLOW_OK; i++) {
    struct osmflow_bytes line;
    osmflow_bytes_init(&line, TEXT_CEILING);
    status = osmflow_show_line(&line, tags.items[i].key, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(&line, " = ", error);
    if (status == OSMFLOW_OK)
      status = osmflow_show_line(&line, tags.items[i].value, error);
    if (status == OSMFLOW_OK)
      status = osmflow_say(error, "%s\n", osmflow_bytes_string(&line));
    osmflow_bytes_clear(&line);
  }
  osmflow_tree_free(tree);
  osmflow_pairs_clear(&tags);
  return status;
}

static enum osmflow_status send_tags(const struct osmflow_remote *remote, const char *id,
                                     const struct osmflow_pairs *tags, struct osmflow_error *error) {
  struct osmflow_bytes body;
  osmflow_bytes_init(&body, TEXT_CEILING);
  enum osmflow_status status = osmflow_action_write_changeset(tags->items, tags->count, &body, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_action fields = {.words = {id}, .body = osmflow_bytes_view(&body)};
    status = osmflow_remote_do(remote, "changeset/update", &fields, NULL, error);
  }
  osmflow_bytes_clear(&body);
  return status;
}

static enum osmflow_status read_wishes(const struct osmflow_arguments *arguments, struct osmflow_pairs *wishes,
                                       struct osmflow_error *error) {
  struct osmflow_bytes unused;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 1; i < arguments->word_count && status == OSMFLOW_OK; i++)
    status = osmflow_pairs_read(wishes, "tag", osmflow_text(arguments->words[i]), error);
  osmflow_bytes_init(&unused, TEXT_CEILING);
  if (status == OSMFLOW_OK)
    status = osmflow_action_write_changeset(wishes->items, wishes->count, &unused, error);
  osmflow_bytes_clear(&unused);
  return status;
}

static enum osmflow_status run_tag(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_pairs present = {NULL, 0, 0}, tags = {NULL, 0, 0}, wishes = {NULL, 0, 0};
  struct osmflow_tree *tree = NULL;
  int64_t id = 0;
  enum osmflow_status status = osmflow_remote_id("changeset", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK)
    status = read_wishes(arguments, &wishes, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[0], error);
  if (status == OSMFLOW_OK)
    status = read_tags(&remote, id, &tree, &present, error);
  if (status == OSMFLOW_OK)
    status = change_tags(&present, &wishes, &tags, error);
  if (status == OSMFLOW_OK)
    status = send_tags(&remote, arguments->words[0], &tags, error);
  if (status == OSMFLOW_OK)
    status = confirm_tags(&remote, id, &wishes, error);
  osmflow_tree_free(tree);
  osmflow_pairs_clear(&present);
  osmflow_pairs_clear(&tags);
  osmflow_pairs_clear(&wishes);
  osmflow_remote_close(&remote);
  return status;
}

/* A call on a changeset or comment that takes at most a text. */
static enum osmflow_status act(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                               const char *name, const char *done, struct osmflow_error *error) {
  const struct osmflow_tag_view text = {osmflow_text("text"), osmflow_text(arguments->words[1])};
  const struct osmflow_action fields = {
      .words = {arguments->words[0]}, .parameters = &text, .parameter_count = arguments->words[1] ? 1 : 0};
  const enum osmflow_status status =
      osmflow_remote_do_once(environment, arguments->options[0], name, &fields, NULL, error);
  return status == OSMFLOW_OK ? osmflow_say(error, done, arguments->words[0]) : status;
}

static enum osmflow_status run_close(const struct osmflow_environment *environment,
                                     const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "changeset/close", "Changeset %s is closed.\n", error);
}

static enum osmflow_status run_comment(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "changeset/comment", "Changeset %s has the comment.\n", error);
}

static enum osmflow_status run_subscribe(const struct osmflow_environment *environment,
                                         const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "changeset/subscribe", "You are told of comments on changeset %s.\n", error);
}

static enum osmflow_status run_unsubscribe(const struct osmflow_environment *environment,
                                           const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "changeset/unsubscribe", "You are no longer told of comments on changeset %s.\n",
             error);
}

static enum osmflow_status run_hide(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "changeset/comment/hide", "Comment %s is hidden.\n", error);
}

static enum osmflow_status run_unhide(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "changeset/comment/unhide", "Comment %s is shown again.\n", error);
}

static const struct osmflow_option only_server[] = {OSMFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};
static const struct osmflow_option open_options[] = {
    [OPEN_COMMENT] = {"comment", '\0', "TEXT", "what is changed, and why; needed"},
    [OPEN_SOURCE] = {"source", '\0', "TEXT", "where the knowledge comes from"},
    [OPEN_TAG] = {"tag", '\0', "K=V...", "one more tag; may be given again"},
    [OPEN_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option show_options[] = {
    [SHOW_DISCUSSION] = {"discussion", '\0', NULL, "with its comments"},
    [SHOW_JSON] = {"json", '\0', NULL, "the server's JSON"},
    [SHOW_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};

static const struct osmflow_command open_one = {.name = "changeset open",
                                                .summary = "Opens a changeset and prints its id.",
                                                .words = "",
                                                .options = open_options,
                                                .run = run_open};
static const struct osmflow_command show = {.name = "changeset show",
                                            .summary = "Prints what a changeset is.",
                                            .words = "ID",
                                            .least_words = 1,
                                            .most_words = 1,
                                            .options = show_options,
                                            .run = run_show};
static const struct osmflow_command tag = {
    .name = "changeset tag",
    .summary = "Sets tags of an open changeset of yours; KEY= removes one, the others stay.",
    .words = "ID KEY=VALUE...",
    .least_words = 2,
    .most_words = OSMFLOW_MOST_WORDS,
    .options = only_server,
    .run = run_tag};
static const struct osmflow_command close_one = {.name = "changeset close",
                                                 .summary = "Closes a changeset of yours.",
                                                 .words = "ID",
                                                 .least_words = 1,
                                                 .most_words = 1,
                                                 .options = only_server,
                                                 .run = run_close};
static const struct osmflow_command comment = {.name = "changeset comment",
                                               .summary = "Comments on a closed changeset.",
                                               .words = "ID TEXT",
                                               .least_words = 2,
                                               .most_words = 2,
                                               .options = only_server,
                                               .run = run_comment};
static const struct osmflow_command subscribe = {.name = "changeset subscribe",
                                                 .summary = "Has you told of new comments.",
                                                 .words = "ID",
                                                 .least_words = 1,
                                                 .most_words = 1,
                                                 .options = only_server,
                                                 .run = run_subscribe};
static const struct osmflow_command unsubscribe = {.name = "changeset unsubscribe",
                                                   .summary = "Ends that.",
                                                   .words = "ID",
                                                   .least_words = 1,
                                                   .most_words = 1,
                                                   .options = only_server,
                                                   .run = run_unsubscribe};
static const struct osmflow_command hide = {.name = "changeset hide",
                                            .summary = "Hides a comment (moderators only).",
                                            .words = "COMMENT_ID",
                                            .least_words = 1,
                                            .most_words = 1,
                                            .options = only_server,
                                            .run = run_hide};
static const struct osmflow_command unhide = {.name = "changeset unhide",
                                              .summary = "Shows a hidden comment again (moderators only).",
                                              .words = "COMMENT_ID",
                                              .least_words = 1,
                                              .most_words = 1,
                                              .options = only_server,
                                              .run = run_unhide};

static const struct osmflow_command *const commands[] = {&open_one,
                                                         &show,
                                                         &tag,
                                                         &close_one,
                                                         &osmflow_command_changeset_apply,
                                                         &osmflow_command_changeset_revert,
                                                         &comment,
                                                         &subscribe,
                                                         &unsubscribe,
                                                         &hide,
                                                         &unhide,
                                                         NULL};

const struct osmflow_command osmflow_command_changeset = {
    .name = "changeset",
    .summary = "Opens, fills, reverts, describes, closes, discusses changesets.",
    .words = "WORD ...",
    .subcommands = commands};
