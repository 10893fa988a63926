/* `osmflow gpx`: GPS traces. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/input.h"
#include "cli/remote.h"
#include "cli/show.h"

enum { FILE_CEILING = 64 * 1024 * 1024, TEXT_CEILING = 64 * 1024, LIST_CEILING = 64 * 1024 * 1024, PATH_SIZE = 64 };

/* Options that upload and update share. */
enum { DESCRIPTION, TAG, VISIBILITY, SERVER };

static bool holds(struct osmflow_text text, const char *word) {
  const size_t size = strlen(word);
  for (size_t i = 0; i + size <= text.size; i++)
    if (text.data[i] == *word && memcmp(text.data + i, word, size) == 0)
      return true;
  return false;
}

/* The server takes anything and throws away later what it cannot read, so this is the place to say it. */
static enum osmflow_status check_file(const char *path, struct osmflow_text file, struct osmflow_error *error) {
  static const char *const archives[] = {"\x1F\x8B", "PK\x03\x04", "BZh"};
  enum { TAR_MARK = 257 };
  const struct osmflow_text start = osmflow_text_trim(file);
  if (start.size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is empty", path);
  for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++)
    if (file.size > 4 && memcmp(file.data, archives[i], strlen(archives[i])) == 0)
      return OSMFLOW_OK;
  if (file.size > TAR_MARK + 5 && memcmp(file.data + TAR_MARK, "ustar", 5) == 0)
    return OSMFLOW_OK;
  if (!holds(file, "<gpx"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is neither GPX nor an archive (gz, bz2, zip, tar)", path);
  if (!holds(file, "<trkpt") || !holds(file, "<time"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s holds no track points with times (<trkpt> with <time>), which is what a trace is",
                             path);
  return OSMFLOW_OK;
}

/* All --tag values, separated by commas; each of them may be such a list itself. */
static enum osmflow_status join_tags(const struct osmflow_arguments *arguments, struct osmflow_bytes *tags,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < arguments->repeat_count && status == OSMFLOW_OK; i++) {
    status = osmflow_bytes_add_string(tags, tags->size > 0 ? "," : "", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(tags, arguments->repeats[i].value, error);
  }
  return status;
}

static enum osmflow_status run_upload(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const char *path = arguments->words[0], *slash = strrchr(path, '/');
  const char *description = arguments->options[DESCRIPTION], *visibility = arguments->options[VISIBILITY];
  struct osmflow_bytes file, tags;
  int64_t id = 0;
  osmflow_bytes_init(&file, FILE_CEILING);
  osmflow_bytes_init(&tags, TEXT_CEILING);
  enum osmflow_status status = join_tags(arguments, &tags, error);
  if (status == OSMFLOW_OK && !description)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a trace needs a description: --description TEXT");
  if (status == OSMFLOW_OK)
    status = osmflow_input_read(environment, path, &file, error);
  if (status == OSMFLOW_OK)
    status = check_file(path, osmflow_bytes_view(&file), error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_tag_view parameters[] = {
        {osmflow_text("description"), osmflow_text(description)},
        {osmflow_text("tags"), osmflow_text(osmflow_bytes_string(&tags))},
        {osmflow_text("visibility"), osmflow_text(visibility ? visibility : "private")}};
    const struct osmflow_action fields = {.parameters = parameters,
                                          .parameter_count = 3,
                                          .body = osmflow_bytes_view(&file),
                                          .file_name = slash                    ? slash + 1
                                                       : strcmp(path, "-") == 0 ? "track.gpx"
                                                                                : path};
    status = osmflow_remote_do_once(environment, arguments->options[SERVER], "gpx/create", &fields, &id, error);
  }
  osmflow_bytes_clear(&tags);
  osmflow_bytes_clear(&file);
  return status == OSMFLOW_OK ? osmflow_say(error, "%" PRId64 "\n", id) : status;
}

static struct osmflow_text text_of(const struct osmflow_tree_node *node, const char *name) {
  const struct osmflow_tree_node *child = osmflow_tree_child(node, name);
  return child ? child->text : (struct osmflow_text){"", 0};
}

static enum osmflow_status present_tags(const struct osmflow_tree_node *trace, struct osmflow_bytes *tags,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *tag = trace->first; tag && status == OSMFLOW_OK; tag = tag->next)
    if (osmflow_text_is(tag->name, "tag") && (status = osmflow_bytes_add_text(tags, tag->text, error)) == OSMFLOW_OK)
      status = osmflow_bytes_add_string(tags, ",", error);
  return status;
}

/* The call wants the description whole, so what is not named stays as the server has it. */
static enum osmflow_status write_update(const struct osmflow_tree_node *trace,
                                        const struct osmflow_arguments *arguments, int64_t id,
                                        struct osmflow_bytes *body, struct osmflow_error *error) {
  const char *description = arguments->options[DESCRIPTION], *visibility = arguments->options[VISIBILITY];
  struct osmflow_bytes tags;
  osmflow_bytes_init(&tags, TEXT_CEILING);
  enum osmflow_status status =
      arguments->options[TAG] ? join_tags(arguments, &tags, error) : present_tags(trace, &tags, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_action_trace wish = {
        .id = id,
        .visibility = visibility ? osmflow_text(visibility) : text_of(trace, "visibility"),
        .description = description ? osmflow_text(description) : text_of(trace, "description"),
        .tags = osmflow_bytes_view(&tags)};
    status = osmflow_action_write_trace(&wish, body, error);
  }
  osmflow_bytes_clear(&tags);
  return status;
}

static enum osmflow_status run_update(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes body;
  char path[PATH_SIZE];
  int64_t id = 0;
  osmflow_bytes_init(&body, TEXT_CEILING);
  enum osmflow_status status = osmflow_remote_id("trace", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK && !arguments->options[DESCRIPTION] && !arguments->options[TAG] &&
      !arguments->options[VISIBILITY])
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "nothing is to be changed: give --description, --tag or --visibility");
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[SERVER], error);
  snprintf(path, sizeof path, "gpx/%" PRId64 "/details", id);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_tree(&remote, path, true, &tree, &top, error);
  const struct osmflow_tree_node *trace = status == OSMFLOW_OK ? osmflow_tree_child(top, "gpx_file") : NULL;
  if (status == OSMFLOW_OK)
    status = trace ? write_update(trace, arguments, id, &body, error)
                   : osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server does not describe trace %" PRId64, id);
  if (status == OSMFLOW_OK) {
    const struct osmflow_action fields = {.words = {arguments->words[0]}, .body = osmflow_bytes_view(&body)};
    status = osmflow_remote_do(&remote, "gpx/update", &fields, NULL, error);
  }
  osmflow_tree_free(tree);
  osmflow_bytes_clear(&body);
  osmflow_remote_close(&remote);
  return status == OSMFLOW_OK ? osmflow_say(error, "Trace %" PRId64 " is changed.\n", id) : status;
}

static enum osmflow_status run_delete(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const struct osmflow_action fields = {.words = {arguments->words[0]}};
  const enum osmflow_status status =
      osmflow_remote_do_once(environment, arguments->options[0], "gpx/delete", &fields, NULL, error);
  return status == OSMFLOW_OK ? osmflow_say(error, "Trace %s is deleted.\n", arguments->words[0]) : status;
}

enum { LIST_JSON, LIST_SERVER };

static enum osmflow_status print_list(const struct osmflow_tree_node *top, bool as_json, struct osmflow_bytes *text,
                                      struct osmflow_error *error) {
  static const char *const columns[] = {"id", "timestamp", "visibility", "name", "description", NULL};
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *trace = top->first; trace && status == OSMFLOW_OK; trace = trace->next)
    if (osmflow_text_is(trace->name, "gpx_file"))
      status = as_json ? osmflow_show_json(text, trace, error) : osmflow_show_row(text, trace, columns, error);
  return status;
}

static enum osmflow_status run_list(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, LIST_CEILING);
  enum osmflow_status status = osmflow_remote_open(&remote, environment, arguments->options[LIST_SERVER], error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_tree(&remote, "user/gpx_files", true, &tree, &top, error);
  if (status == OSMFLOW_OK)
    status = print_list(top, arguments->options[LIST_JSON] != NULL, &text, error);
  if (status == OSMFLOW_OK)
    status = osmflow_show(&text, error);
  osmflow_bytes_clear(&text);
  osmflow_tree_free(tree);
  osmflow_remote_close(&remote);
  return status;
}

static enum osmflow_status run_show(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  char path[PATH_SIZE];
  int64_t id = 0;
  osmflow_bytes_init(&text, LIST_CEILING);
  enum osmflow_status status = osmflow_remote_id("trace", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[LIST_SERVER], error);
  snprintf(path, sizeof path, "gpx/%" PRId64 "/details", id);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_tree(&remote, path, false, &tree, &top, error);
  const struct osmflow_tree_node *trace = status == OSMFLOW_OK ? osmflow_tree_child(top, "gpx_file") : NULL;
  if (trace)
    status =
        arguments->options[LIST_JSON] ? osmflow_show_json(&text, trace, error) : osmflow_show_tree(&text, trace, error);
  if (status == OSMFLOW_OK)
    status = osmflow_show(&text, error);
  osmflow_bytes_clear(&text);
  osmflow_tree_free(tree);
  osmflow_remote_close(&remote);
  return status;
}

enum { GET_OUTPUT, GET_AS_GPX, GET_SERVER };

static enum osmflow_status run_get(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  char path[PATH_SIZE];
  int64_t id = 0;
  enum osmflow_status status = osmflow_remote_id("trace", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[GET_SERVER], error);
  snprintf(path, sizeof path, "gpx/%" PRId64 "/data%s", id, arguments->options[GET_AS_GPX] ? ".gpx" : "");
  if (status == OSMFLOW_OK)
    status = osmflow_remote_copy(&remote, path, arguments->options[GET_OUTPUT], false, error);
  osmflow_remote_close(&remote);
  return status;
}

static const struct osmflow_option change_options[] = {
    [DESCRIPTION] = {"description", '\0', "TEXT", "what the trace is, at most 255 characters"},
    [TAG] = {"tag", '\0', "T...", "a tag, or several separated by commas"},
    [VISIBILITY] = {"visibility", '\0', "WORD", "private (for new ones), public, trackable or identifiable"},
    [SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option only_server[] = {OSMFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};
static const struct osmflow_option list_options[] = {
    [LIST_JSON] = {"json", '\0', NULL, "as JSON, one line for each trace"},
    [LIST_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option get_options[] = {
    [GET_OUTPUT] = {"output", 'o', "FILE", "where it goes; the file appears when it is whole"},
    [GET_AS_GPX] = {"gpx", '\0', NULL, "as GPX, even if an archive was uploaded"},
    [GET_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};

static const struct osmflow_command upload = {
    .name = "gpx upload",
    .summary = "Uploads a trace and prints its id.",
    .words = "FILE",
    .least_words = 1,
    .most_words = 1,
    .options = change_options,
    .details =
        "FILE is GPX with track points that have times, or an archive of such files (gz, bz2, zip, tar).\n"
        "The server reads it some time after it has taken it.\n"
        "\n"
        "  osmflow gpx upload walk.gpx --description 'Paths above Triesenberg' --tag hiking --visibility public\n"
        "\n"
        "When the server's answer is lost, osmflow looks whether the trace is there (with the scope read_gpx).\n",
    .run = run_upload};
static const struct osmflow_command update = {.name = "gpx update",
                                              .summary = "Changes what is said about a trace; what is not named stays.",
                                              .words = "ID",
                                              .least_words = 1,
                                              .most_words = 1,
                                              .options = change_options,
                                              .run = run_update};
static const struct osmflow_command delete_trace = {.name = "gpx delete",
                                                    .summary = "Deletes a trace.",
                                                    .words = "ID",
                                                    .least_words = 1,
                                                    .most_words = 1,
                                                    .options = only_server,
                                                    .run = run_delete};
static const struct osmflow_command list = {
    .name = "gpx list",
    .summary = "Lists your traces: id, time, visibility, name, description; separated by tabs.",
    .words = "",
    .options = list_options,
    .run = run_list};
static const struct osmflow_command get = {.name = "gpx get",
                                           .summary = "Downloads a trace.",
                                           .words = "ID",
                                           .least_words = 1,
                                           .most_words = 1,
                                           .options = get_options,
                                           .run = run_get};
static const struct osmflow_command show = {.name = "gpx show",
                                            .summary = "Prints what is said about a trace.",
                                            .words = "ID",
                                            .least_words = 1,
                                            .most_words = 1,
                                            .options = list_options,
                                            .run = run_show};

static const struct osmflow_command *const commands[] = {&upload, &update, &delete_trace, &list, &get, &show, NULL};

const struct osmflow_command osmflow_command_gpx = {.name = "gpx",
                                                    .summary = "Uploads, describes, downloads, deletes GPS traces.",
                                                    .words = "WORD ...",
                                                    .subcommands = commands};
