/* `osmflow element`: nodes, ways and relations one by one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/element.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "osm/call.h"

enum { TEXT_CEILING = 1024 * 1024, DOCUMENT_CEILING = 256 * 1024 * 1024, PATH_CEILING = 64 * 1024 };

/* "way/5", "way/5/3", "way/5/full", "way/5/history": a call that answers elements of one. */
static enum osmflow_status parse_path(const char *word, bool as_json, const char *root, struct osmflow_call *call,
                                      struct osmflow_error *error) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, PATH_CEILING);
  enum osmflow_status status =
      strpbrk(word, ":?#.")
          ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.60s\" is not TYPE/ID, for example way/5", word)
          : osmflow_bytes_print(&path, error, "%s%s", word, as_json ? ".json" : "");
  if (status == OSMFLOW_OK)
    status = osmflow_call_parse(osmflow_bytes_string(&path), root, call, error);
  if (status == OSMFLOW_NOT_FOUND || (status == OSMFLOW_OK && call->is_file) ||
      (status == OSMFLOW_OK && strncmp(call->call_class->name, "element", strlen("element")) != 0))
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                          "\"%.60s\" is not an element: TYPE/ID, TYPE/ID/VERSION, TYPE/ID/full, TYPE/ID/history", word);
  osmflow_bytes_clear(&path);
  return status;
}

/* Several documents become one: the root of the first, and the elements of each. */
static enum osmflow_status join(struct osmflow_bytes *all, struct osmflow_text document, bool is_first, bool is_last,
                                struct osmflow_error *error) {
  static const char end[] = "</osm>";
  const char *root = document.size > 0 ? strstr(document.data, "<osm") : NULL;
  const char *start = root ? strchr(root, '>') : NULL;
  if (!start)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is not a document of OpenStreetMap");
  const bool is_empty = start[-1] == '/';
  const char *last = document.data + document.size;
  while (last > start && strncmp(last, end, sizeof end - 1) != 0)
    last--;
  enum osmflow_status status = OSMFLOW_OK;
  if (is_first)
    status = osmflow_bytes_add(all, document.data, (size_t)(start - document.data) - is_empty, error);
  if (status == OSMFLOW_OK && is_first)
    status = osmflow_bytes_add_string(all, ">", error);
  if (status == OSMFLOW_OK && !is_empty && last > start)
    status = osmflow_bytes_add(all, start + 1, (size_t)(last - start) - 1, error);
  return status == OSMFLOW_OK && is_last ? osmflow_bytes_add_string(all, "</osm>\n", error) : status;
}

static enum osmflow_status join_json(struct osmflow_bytes *all, struct osmflow_text document, bool is_first,
                                     bool is_last, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(all, is_first ? "[" : ",", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(all, document, error);
  return status == OSMFLOW_OK && is_last ? osmflow_bytes_add_string(all, "]\n", error) : status;
}

enum { GET_JSON, GET_OUTPUT, GET_SERVER };

static enum osmflow_status fetch_all(const struct osmflow_remote *remote, const struct osmflow_arguments *arguments,
                                     const struct osmflow_call *calls, struct osmflow_bytes *all,
                                     struct osmflow_error *error) {
  const size_t count = arguments->word_count;
  struct osmflow_bytes one;
  osmflow_bytes_init(&one, DOCUMENT_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < count && status == OSMFLOW_OK; i++) {
    status = osmflow_remote_get(remote, calls[i].path, &one, error);
    if (status == OSMFLOW_OK && count == 1)
      status = osmflow_bytes_add_text(all, osmflow_bytes_view(&one), error);
    else if (status == OSMFLOW_OK)
      status = (arguments->options[GET_JSON] ? join_json : join)(all, osmflow_bytes_view(&one), i == 0, i + 1 == count,
                                                                 error);
  }
  osmflow_bytes_clear(&one);
  return status;
}

static enum osmflow_status run_get(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_call calls[OSMFLOW_MOST_WORDS];
  struct osmflow_bytes all;
  osmflow_bytes_init(&all, DOCUMENT_CEILING);
  for (size_t i = 0; i < arguments->word_count; i++)
    osmflow_call_init(&calls[i]);
  enum osmflow_status status = osmflow_remote_open(&remote, environment, arguments->options[GET_SERVER], error);
  for (size_t i = 0; i < arguments->word_count && status == OSMFLOW_OK; i++)
    status = parse_path(arguments->words[i], arguments->options[GET_JSON] != NULL, remote.root, &calls[i], error);
  if (status == OSMFLOW_OK)
    status = fetch_all(&remote, arguments, calls, &all, error);
  if (status == OSMFLOW_OK)
    status = osmflow_output_text(arguments->options[GET_OUTPUT], osmflow_bytes_view(&all), error);
  for (size_t i = 0; i < arguments->word_count; i++)
    osmflow_call_clear(&calls[i]);
  osmflow_bytes_clear(&all);
  osmflow_remote_close(&remote);
  return status;
}

enum { CHANGE_CHANGESET, CHANGE_COMMENT, CHANGE_SOURCE, CHANGE_TAG, CHANGE_SERVER };

/* Where the change goes: the changeset that the user names, or one of our own around it. */
struct enclosing {
  int64_t id;
  bool is_own;
};

static enum osmflow_status check_enclosing(const struct osmflow_arguments *arguments, struct osmflow_pairs *tags,
                                           struct osmflow_bytes *body, struct enclosing *changeset,
                                           struct osmflow_error *error) {
  const char *const *options = arguments->options;
  if (options[CHANGE_CHANGESET] && (options[CHANGE_COMMENT] || options[CHANGE_SOURCE] || options[CHANGE_TAG]))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "--changeset names a changeset that has its comment already; `osmflow changeset tag` "
                             "changes it");
  if (options[CHANGE_CHANGESET])
    return osmflow_remote_id("changeset", options[CHANGE_CHANGESET], &changeset->id, error);
  changeset->is_own = true;
  enum osmflow_status status =
      osmflow_pairs_changeset(tags, options[CHANGE_COMMENT], options[CHANGE_SOURCE], arguments, CHANGE_TAG, error);
  return status == OSMFLOW_OK ? osmflow_action_write_changeset(tags->items, tags->count, body, error) : status;
}

static enum osmflow_status open_enclosing(const struct osmflow_remote *remote, const struct osmflow_bytes *body,
                                          struct enclosing *changeset, struct osmflow_error *error) {
  const struct osmflow_action fields = {.body = osmflow_bytes_view(body)};
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, TEXT_CEILING);
  enum osmflow_status status =
      changeset->is_own ? osmflow_remote_do(remote, "changeset/create", &fields, &answer, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && changeset->is_own)
    changeset->id = osmflow_action_number(osmflow_action_class("changeset/create"), &answer);
  osmflow_bytes_clear(&answer);
  return status;
}

/* An own changeset is closed whatever has become of the change; what has become of it counts more. */
static enum osmflow_status close_enclosing(const struct osmflow_remote *remote, const struct enclosing *changeset,
                                           enum osmflow_status status, struct osmflow_error *error) {
  char id[OSMFLOW_NUMBER_SIZE];
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  if (!changeset->is_own || changeset->id == 0)
    return status;
  osmflow_format_int(id, changeset->id);
  const struct osmflow_action fields = {.words = {id}};
  const enum osmflow_status closed = osmflow_remote_do(remote, "changeset/close", &fields, NULL, &reason);
  if (status == OSMFLOW_OK && closed != OSMFLOW_OK && error) {
    *error = reason;
    osmflow_error_prefix(error, "the change is made, but changeset %" PRId64 " could not be closed: ", changeset->id);
  }
  return status == OSMFLOW_OK ? closed : status;
}

/* One of the calls on a single element, within its changeset. */
static enum osmflow_status change(const struct osmflow_remote *remote, const struct osmflow_arguments *arguments,
                                  struct osmflow_single *single, struct osmflow_error *error) {
  struct osmflow_pairs tags = {NULL, 0, 0};
  struct osmflow_bytes about, body, answer;
  struct enclosing changeset = {0, false};
  char id[OSMFLOW_NUMBER_SIZE];
  osmflow_bytes_init(&about, TEXT_CEILING);
  osmflow_bytes_init(&body, DOCUMENT_CEILING);
  osmflow_bytes_init(&answer, TEXT_CEILING);
  enum osmflow_status status = check_enclosing(arguments, &tags, &about, &changeset, error);
  if (status == OSMFLOW_OK) /* what is wrong with the element is to be found out before a changeset is opened for it */
    status = osmflow_single_write(single, 1, &body, error);
  osmflow_bytes_reset(&body);
  if (status == OSMFLOW_OK)
    status = open_enclosing(remote, &about, &changeset, error);
  if (status == OSMFLOW_OK)
    status = osmflow_single_write(single, changeset.id, &body, error);
  if (status == OSMFLOW_OK) {
    osmflow_format_int(id, single->id);
    const struct osmflow_action fields = {
        .words = {osmflow_element_type_names[single->type], single->id > 0 ? id : NULL},
        .body = osmflow_bytes_view(&body)};
    status = osmflow_remote_do(remote, single->call, &fields, &answer, error);
  }
  status = close_enclosing(remote, &changeset, status, error);
  const int64_t number = osmflow_action_number(osmflow_action_class(single->call), &answer);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "%s/%" PRId64 "/%" PRId64 "\n", osmflow_element_type_names[single->type],
                         single->id > 0 ? single->id : number, single->id > 0 ? number : 1);
  osmflow_pairs_clear(&tags);
  osmflow_bytes_clear(&about);
  osmflow_bytes_clear(&body);
  osmflow_bytes_clear(&answer);
  return status;
}

static enum osmflow_status run_put(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_single single = {.call = NULL};
  struct osmflow_bytes file;
  osmflow_bytes_init(&file, DOCUMENT_CEILING);
  enum osmflow_status status = osmflow_input_read(environment, arguments->words[0], &file, error);
  if (status == OSMFLOW_OK)
    status = osmflow_single_read(&single, osmflow_bytes_view(&file), error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[CHANGE_SERVER], error);
  if (status == OSMFLOW_OK)
    status = change(&remote, arguments, &single, error);
  osmflow_single_clear(&single);
  osmflow_bytes_clear(&file);
  osmflow_remote_close(&remote);
  return status;
}

static enum osmflow_status run_delete(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_single single = {.call = NULL};
  struct osmflow_call call;
  struct osmflow_bytes present, unused;
  struct osmflow_pairs tags = {NULL, 0, 0};
  struct enclosing changeset = {0, false};
  osmflow_call_init(&call);
  osmflow_bytes_init(&present, DOCUMENT_CEILING);
  osmflow_bytes_init(&unused, TEXT_CEILING);
  enum osmflow_status status = check_enclosing(arguments, &tags, &unused, &changeset, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[CHANGE_SERVER], error);
  if (status == OSMFLOW_OK)
    status = parse_path(arguments->words[0], false, remote.root, &call, error);
  if (status == OSMFLOW_OK && strcmp(call.call_class->name, "element") != 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "only an element as it is now can be deleted: TYPE/ID");
  if (status == OSMFLOW_OK)
    status = osmflow_remote_get(&remote, call.path, &present, error);
  if (status == OSMFLOW_NOT_FOUND)
    osmflow_error_prefix(error, "%s is not there, or is deleted already: ", arguments->words[0]);
  if (status == OSMFLOW_OK)
    status = osmflow_single_read(&single, osmflow_bytes_view(&present), error);
  single.call = "element/delete";
  if (status == OSMFLOW_OK)
    status = change(&remote, arguments, &single, error);
  osmflow_single_clear(&single);
  osmflow_call_clear(&call);
  osmflow_pairs_clear(&tags);
  osmflow_bytes_clear(&present);
  osmflow_bytes_clear(&unused);
  osmflow_remote_close(&remote);
  return status;
}

enum { REDACT_REDACTION, REDACT_SERVER };

static enum osmflow_status run_redact(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_call call;
  char id[OSMFLOW_NUMBER_SIZE], version[OSMFLOW_NUMBER_SIZE];
  const char *wish = arguments->options[REDACT_REDACTION];
  const struct osmflow_tag_view redaction = {osmflow_text("redaction"), osmflow_text(wish)};
  osmflow_call_init(&call);
  enum osmflow_status status = osmflow_remote_open(&remote, environment, arguments->options[REDACT_SERVER], error);
  if (status == OSMFLOW_OK)
    status = parse_path(arguments->words[0], false, remote.root, &call, error);
  if (status == OSMFLOW_OK && call.version == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a redaction hides one version: TYPE/ID/VERSION");
  if (status == OSMFLOW_OK && !wish)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "which redaction? --redaction N");
  osmflow_format_int(id, call.id);
  osmflow_format_int(version, call.version);
  if (status == OSMFLOW_OK) {
    const struct osmflow_action fields = {
        .words = {osmflow_element_type_names[call.type], id, version}, .parameters = &redaction, .parameter_count = 1};
    status = osmflow_remote_do(&remote, "element/redact", &fields, NULL, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "%s is hidden by redaction %s.\n", call.path, wish);
  osmflow_call_clear(&call);
  osmflow_remote_close(&remote);
  return status;
}

static const struct osmflow_option get_options[] = {
    [GET_JSON] = {"json", '\0', NULL, "JSON; an array of documents for several elements"},
    [GET_OUTPUT] = {"output", 'o', "FILE", "where it goes; the file appears when all is there"},
    [GET_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option change_options[] = {
    [CHANGE_CHANGESET] = {"changeset", '\0', "ID", "an open changeset of yours; otherwise one is made and closed"},
    [CHANGE_COMMENT] = {"comment", '\0', "TEXT", "what is changed, and why; needed without --changeset"},
    [CHANGE_SOURCE] = {"source", '\0', "TEXT", "where the knowledge comes from"},
    [CHANGE_TAG] = {"tag", '\0', "K=V...", "one more tag of the changeset; may be given again"},
    [CHANGE_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option redact_options[] = {
    [REDACT_REDACTION] = {"redaction", '\0', "N", "the redaction that says why"},
    [REDACT_SERVER] = OSMFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};

static const struct osmflow_command get = {.name = "element get",
                                           .summary = "Prints elements as the server has them.",
                                           .words = "TYPE/ID[/VERSION|/full|/history]...",
                                           .least_words = 1,
                                           .most_words = OSMFLOW_MOST_WORDS,
                                           .options = get_options,
                                           .details =
                                               "  osmflow element get way/123/full -o way.osm\n"
                                               "  osmflow element get node/1 node/2/3 relation/4/history\n",
                                           .run = run_get};
static const struct osmflow_command put = {
    .name = "element put",
    .summary = "Creates or changes the one element of a file and prints TYPE/ID/VERSION.",
    .words = "FILE",
    .least_words = 1,
    .most_words = 1,
    .options = change_options,
    .details =
        "FILE is <osm> with one node, way or relation, as `osmflow element get` prints it; - is standard input.\n"
        "With a version it is changed, whole, and refused if somebody else was faster; without a version, or "
        "with\n"
        "a negative id, it is created. For more than one there is `osmflow changeset apply`.\n",
    .run = run_put};
static const struct osmflow_command delete_one = {
    .name = "element delete",
    .summary = "Deletes an element as it is now and prints TYPE/ID/VERSION of the deletion.",
    .words = "TYPE/ID",
    .least_words = 1,
    .most_words = 1,
    .options = change_options,
    .run = run_delete};
static const struct osmflow_command redact = {.name = "element redact",
                                              .summary = "Hides an old version (moderators only).",
                                              .words = "TYPE/ID/VERSION",
                                              .least_words = 1,
                                              .most_words = 1,
                                              .options = redact_options,
                                              .run = run_redact};

static const struct osmflow_command *const commands[] = {&get, &put, &delete_one, &redact, NULL};

const struct osmflow_command osmflow_command_element = {
    .name = "element",
    .summary = "Reads, creates, changes, deletes single nodes, ways, relations.",
    .words = "WORD ...",
    .subcommands = commands};
