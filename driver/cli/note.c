/* `osmflow note`: remarks on the map. */
#include <inttypes.h>

#include "cli/remote.h"
#include "cli/show.h"
#include "osm/call.h"

enum { TEXT_CEILING = 64 * 1024, LIST_CEILING = 256 * 1024 * 1024 };

enum { CREATE_AT, CREATE_ANONYMOUS, CREATE_SERVER };

/* "47.1 9.5 TEXT", or "--at 47.1,9.5 TEXT". */
static enum osmflow_status read_place(const struct osmflow_arguments *arguments, struct osmflow_text place[3],
                                      struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(arguments->options[CREATE_AT]);
  if (arguments->options[CREATE_AT]) {
    if (arguments->word_count != 1 || !osmflow_text_next(&rest, ',', &place[0]) ||
        !osmflow_text_next(&rest, ',', &place[1]) || rest.data)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the place is --at LAT,LON, for example --at 47.141,9.521, and one word is the text");
    place[2] = osmflow_text(arguments->words[0]);
    return OSMFLOW_OK;
  }
  if (arguments->word_count != 3)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "something is missing: osmflow note create LAT LON TEXT; the text is one word for the "
                             "shell, in quotes");
  for (size_t i = 0; i < 3; i++)
    place[i] = osmflow_text(arguments->words[i]);
  return OSMFLOW_OK;
}

static enum osmflow_status run_create(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const char *const names[] = {"lat", "lon", "text"};
  struct osmflow_text place[3];
  struct osmflow_tag_view parameters[3];
  int64_t id = 0;
  enum osmflow_status status = read_place(arguments, place, error);
  for (size_t i = 0; i < 3 && status == OSMFLOW_OK; i++)
    parameters[i] = (struct osmflow_tag_view){osmflow_text(names[i]), place[i]};
  if (status == OSMFLOW_OK) {
    const struct osmflow_action fields = {
        .parameters = parameters, .parameter_count = 3, .anonymous = arguments->options[CREATE_ANONYMOUS] != NULL};
    status = osmflow_remote_do_once(environment, arguments->options[CREATE_SERVER], "note/create", &fields, &id, error);
  }
  return status == OSMFLOW_OK ? osmflow_say(error, "%" PRId64 "\n", id) : status;
}

/* A call on a note: its id, and a text that may be left out where the API allows it. */
static enum osmflow_status act(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                               const char *name, const char *done, struct osmflow_error *error) {
  const struct osmflow_tag_view text = {osmflow_text("text"), osmflow_text(arguments->words[1])};
  const struct osmflow_action fields = {
      .words = {arguments->words[0]}, .parameters = &text, .parameter_count = arguments->words[1] ? 1 : 0};
  const enum osmflow_status status =
      osmflow_remote_do_once(environment, arguments->options[0], name, &fields, NULL, error);
  return status == OSMFLOW_OK ? osmflow_say(error, "Note %s %s.\n", arguments->words[0], done) : status;
}

static enum osmflow_status run_comment(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "note/comment", "has the comment", error);
}

static enum osmflow_status run_close(const struct osmflow_environment *environment,
                                     const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "note/close", "is closed", error);
}

static enum osmflow_status run_reopen(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "note/reopen", "is open again", error);
}

static enum osmflow_status run_hide(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "note/hide", "is hidden", error);
}

enum { SHOW_JSON, SHOW_SERVER };

static enum osmflow_status run_show(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_bytes text;
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  const bool as_json = arguments->options[SHOW_JSON] != NULL;
  int64_t id = 0;
  osmflow_bytes_init(&text, LIST_CEILING);
  enum osmflow_status status = osmflow_remote_id("note", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[SHOW_SERVER], error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&text, error, "notes/%" PRId64 "%s", id, as_json ? ".json" : "");
  if (status == OSMFLOW_OK && as_json)
    status = osmflow_remote_copy(&remote, osmflow_bytes_string(&text), NULL, false, error);
  else if (status == OSMFLOW_OK)
    status = osmflow_remote_tree(&remote, osmflow_bytes_string(&text), false, &tree, &top, error);
  osmflow_bytes_reset(&text);
  if (status == OSMFLOW_OK && tree && osmflow_tree_child(top, "note"))
    status = osmflow_show_tree(&text, osmflow_tree_child(top, "note"), error);
  if (status == OSMFLOW_OK)
    status = osmflow_show(&text, error);
  osmflow_tree_free(tree);
  osmflow_bytes_clear(&text);
  osmflow_remote_close(&remote);
  return status;
}

enum {
  SEARCH_LIMIT,
  SEARCH_CLOSED,
  SEARCH_USER,
  SEARCH_FROM,
  SEARCH_TO,
  SEARCH_SORT,
  SEARCH_ORDER,
  SEARCH_BBOX,
  SEARCH_JSON,
  SEARCH_SERVER
};

static enum osmflow_status add_parameter(struct osmflow_bytes *path, const char *name, const char *value,
                                         struct osmflow_error *error) {
  const char before = path->size > 0 && strchr(osmflow_bytes_string(path), '?') ? '&' : '?';
  enum osmflow_status status = value ? osmflow_bytes_print(path, error, "%c%s=", before, name) : OSMFLOW_OK;
  return status == OSMFLOW_OK && value ? osmflow_bytes_add_url(path, osmflow_text(value), ",", error) : status;
}

static bool is_number(const char *word) {
  return *word && word[strspn(word, "0123456789")] == '\0';
}

static enum osmflow_status add_search(struct osmflow_bytes *path, const struct osmflow_arguments *arguments,
                                      struct osmflow_error *error) {
  const char *const *options = arguments->options, *user = options[SEARCH_USER];
  const struct {
    const char *name, *value;
  } parameters[] = {{"limit", options[SEARCH_LIMIT]},
                    {"closed", options[SEARCH_CLOSED]},
                    {user && is_number(user) ? "user" : "display_name", user},
                    {"from", options[SEARCH_FROM]},
                    {"to", options[SEARCH_TO]},
                    {"sort", options[SEARCH_SORT]},
                    {"order", options[SEARCH_ORDER]},
                    {"bbox", options[SEARCH_BBOX]}};
  enum osmflow_status status = osmflow_bytes_print(path, error, "notes/search%s", options[SEARCH_JSON] ? ".json" : "");
  for (size_t i = 0; status == OSMFLOW_OK && i < arguments->word_count; i++) {
    if (i == 0)
      status = add_parameter(path, "q", arguments->words[i], error);
    else if ((status = osmflow_bytes_add_string(path, "%20", error)) == OSMFLOW_OK)
      status = osmflow_bytes_add_url(path, osmflow_text(arguments->words[i]), "", error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof parameters / sizeof parameters[0]; i++)
    status = add_parameter(path, parameters[i].name, parameters[i].value, error);
  return status;
}

/* One line for each note: id, status, place, date, what it says. */
static enum osmflow_status list_notes(const struct osmflow_remote *remote, const char *path,
                                      struct osmflow_error *error) {
  static const char *const columns[] = {"id", "status", "lat", "lon", "date_created", "comments/comment/text", NULL};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, LIST_CEILING);
  enum osmflow_status status = osmflow_remote_tree(remote, path, false, &tree, &top, error);
  for (const struct osmflow_tree_node *note = status == OSMFLOW_OK ? top->first : NULL; note && status == OSMFLOW_OK;
       note = note->next)
    if (osmflow_text_is(note->name, "note"))
      status = osmflow_show_row(&text, note, columns, error);
  if (status == OSMFLOW_OK)
    status = osmflow_show(&text, error);
  osmflow_bytes_clear(&text);
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status run_search(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_bytes path;
  struct osmflow_call call;
  osmflow_bytes_init(&path, TEXT_CEILING);
  osmflow_call_init(&call);
  enum osmflow_status status = add_search(&path, arguments, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[SEARCH_SERVER], error);
  if (status == OSMFLOW_OK)
    status = osmflow_call_parse(osmflow_bytes_string(&path), remote.root, &call, error);
  osmflow_bytes_reset(&path);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&path, error, "%s%s%s", call.path, *call.query ? "?" : "", call.query);
  if (status == OSMFLOW_OK && arguments->options[SEARCH_JSON])
    status = osmflow_remote_copy(&remote, osmflow_bytes_string(&path), NULL, false, error);
  else if (status == OSMFLOW_OK)
    status = list_notes(&remote, osmflow_bytes_string(&path), error);
  osmflow_call_clear(&call);
  osmflow_bytes_clear(&path);
  osmflow_remote_close(&remote);
  return status;
}

static const struct osmflow_option only_server[] = {OSMFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};

static const struct osmflow_option create_options[] = {
    [CREATE_AT] = {"at", '\0', "LAT,LON", "the place, instead of two words"},
    [CREATE_ANONYMOUS] = {"anonymous", '\0', NULL, "without a token, as nobody"},
    [CREATE_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_command create = {
    .name = "note create",
    .summary = "Makes a note and prints its id.",
    .words = "LAT LON TEXT",
    .least_words = 1,
    .most_words = 3,
    .options = create_options,
    .details =
        "Degrees, latitude first. TEXT is one word for the shell, of at most 2000 characters.\n"
        "\n"
        "  osmflow note create 47.1410 9.5209 'The bridge is closed until May'\n"
        "  osmflow note create --at 47.1410,9.5209 'The bridge is closed until May'\n"
        "\n"
        "When the server's answer is lost, osmflow looks whether the note is there, and makes it again only if "
        "it is not.\n",
    .run = run_create};

static const struct osmflow_command comment = {.name = "note comment",
                                               .summary = "Adds a comment to an open note.",
                                               .words = "ID TEXT",
                                               .least_words = 2,
                                               .most_words = 2,
                                               .options = only_server,
                                               .run = run_comment};
static const struct osmflow_command close_note = {.name = "note close",
                                                  .summary = "Closes a note.",
                                                  .words = "ID [TEXT]",
                                                  .least_words = 1,
                                                  .most_words = 2,
                                                  .options = only_server,
                                                  .run = run_close};
static const struct osmflow_command reopen = {.name = "note reopen",
                                              .summary = "Opens a closed note again.",
                                              .words = "ID [TEXT]",
                                              .least_words = 1,
                                              .most_words = 2,
                                              .options = only_server,
                                              .run = run_reopen};
static const struct osmflow_command hide = {.name = "note hide",
                                            .summary = "Hides a note (moderators only).",
                                            .words = "ID [TEXT]",
                                            .least_words = 1,
                                            .most_words = 2,
                                            .options = only_server,
                                            .run = run_hide};

static const struct osmflow_option show_options[] = {[SHOW_JSON] = {"json", '\0', NULL, "the server's JSON"},
                                                     [SHOW_SERVER] = OSMFLOW_SERVER_OPTION,
                                                     {NULL, '\0', NULL, NULL}};
static const struct osmflow_command show = {.name = "note show",
                                            .summary = "Prints a note with its comments.",
                                            .words = "ID",
                                            .least_words = 1,
                                            .most_words = 1,
                                            .options = show_options,
                                            .run = run_show};

static const struct osmflow_option search_options[] = {
    [SEARCH_LIMIT] = {"limit", '\0', "N", "at most so many; otherwise the server's 100"},
    [SEARCH_CLOSED] = {"closed", '\0', "DAYS", "also notes closed for so many days (7); 0: only open ones; -1: all"},
    [SEARCH_USER] = {"user", '\0', "USER", "notes that a user had to do with: a name, or an id"},
    [SEARCH_FROM] = {"from", '\0', "TIME", "not older, for example 2026-01-31"},
    [SEARCH_TO] = {"to", '\0', "TIME", "not newer; only with --from"},
    [SEARCH_SORT] = {"sort", '\0', "WHAT", "created_at or updated_at (the default)"},
    [SEARCH_ORDER] = {"order", '\0', "WHICH", "newest (the default) or oldest first"},
    [SEARCH_BBOX] = {"bbox", '\0', "W,S,E,N", "only there, in degrees"},
    [SEARCH_JSON] = {"json", '\0', NULL, "the server's JSON"},
    [SEARCH_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_command search = {
    .name = "note search",
    .summary = "Lists notes: id, status, latitude, longitude, date, text; separated by tabs.",
    .words = "[WORDS...]",
    .most_words = OSMFLOW_MOST_WORDS,
    .options = search_options,
    .run = run_search};

static const struct osmflow_command *const commands[] = {&create, &comment, &close_note, &reopen,
                                                         &hide,   &search,  &show,       NULL};

const struct osmflow_command osmflow_command_note = {.name = "note",
                                                     .summary = "Makes, comments, closes, finds notes on the map.",
                                                     .words = "WORD ...",
                                                     .subcommands = commands};
