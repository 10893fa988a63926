/* `osmflow mapflow delete`: says what would go before it asks. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/mapflow.h"
#include "cli/prompt.h"
#include "cli/show.h"

enum { AT_YES, AT_SERVER };
enum { PATH_SIZE = 256, TEXT_CEILING = 64 * 1024, VALUES = 2 };

static const struct {
  const char *kind, *action;
  const char *count_column, *counted; /* what goes with it */
} targets[] = {{"project", "project/delete", "processings", "processings with their results"},
               {"processing", "processing/delete", NULL, "its result"},
               {"mosaic", "mosaic/delete", "image_count", "images"},
               {"image", "image/delete", NULL, NULL}};
enum { TARGETS = sizeof targets / sizeof targets[0] };

/* 'the mosaic "Aerial Survey" with 3 images'. */
static enum osmflow_status describe(const struct osmflow_mapflow *mapflow, const struct osmflow_mapflow_kind *kind,
                                    size_t target, const char *id, struct osmflow_bytes *text,
                                    struct osmflow_error *error) {
  const char *const columns[VALUES] = {kind->name_column, targets[target].count_column};
  char call[PATH_SIZE], *values[VALUES] = {NULL, NULL};
  osmflow_mapflow_kind_call(kind, id, call, sizeof call);
  enum osmflow_status status = osmflow_mapflow_peek(mapflow, call, columns, values, VALUES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(text, error, "the %s \"", kind->word);
  if (status == OSMFLOW_OK)
    status = osmflow_show_line(text, osmflow_text(values[0] ? values[0] : id), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(text, "\"", error);
  if (status == OSMFLOW_OK && targets[target].counted && (values[1] || !targets[target].count_column))
    status = osmflow_bytes_print(text, error, " with %s%s%s", values[1] ? values[1] : "", values[1] ? " " : "",
                                 targets[target].counted);
  else if (status == OSMFLOW_OK && targets[target].counted)
    status = osmflow_bytes_print(text, error, " with its %s", targets[target].counted);
  for (size_t i = 0; i < VALUES; i++)
    free(values[i]);
  return status;
}

static enum osmflow_status ask(const struct osmflow_environment *environment, const struct osmflow_bytes *what,
                               struct osmflow_error *error) {
  struct osmflow_bytes question;
  bool is_yes = false;
  if (!isatty(STDIN_FILENO))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "this would delete %s, and it could not be undone; add --yes to do it",
                             osmflow_bytes_string(what));
  osmflow_bytes_init(&question, TEXT_CEILING);
  enum osmflow_status status =
      osmflow_bytes_print(&question, error, "Delete %s? It cannot be undone. [y/N] ", osmflow_bytes_string(what));
  if (status == OSMFLOW_OK)
    status = osmflow_prompt_yes(environment, osmflow_bytes_string(&question), &is_yes, error);
  osmflow_bytes_clear(&question);
  return status == OSMFLOW_OK && !is_yes ? osmflow_error_set(error, OSMFLOW_CANCELLED, "nothing was deleted") : status;
}

static enum osmflow_status find_target(const char *word, size_t *target, const struct osmflow_mapflow_kind **kind,
                                       struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_mapflow_kind_find(word, kind, error);
  if (status != OSMFLOW_OK)
    return status;
  for (*target = 0; *target < TARGETS; ++*target)
    if (strcmp((*kind)->word, targets[*target].kind) == 0)
      return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "%s cannot be deleted; a project, processing, mosaic or image "
                           "can",
                           (*kind)->plural);
}

static enum osmflow_status run(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                               struct osmflow_error *error) {
  const char *id = arguments->words[1];
  const struct osmflow_mapflow_kind *kind = NULL;
  struct osmflow_mapflow mapflow = {NULL, NULL, NULL};
  struct osmflow_bytes what;
  size_t target = 0;
  osmflow_bytes_init(&what, TEXT_CEILING);
  enum osmflow_status status = find_target(arguments->words[0], &target, &kind, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_check_id(kind->word, id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_connect(environment, arguments->options[AT_SERVER], &mapflow, error);
  if (status == OSMFLOW_OK)
    status = describe(&mapflow, kind, target, id, &what, error);
  if (status == OSMFLOW_OK && !arguments->options[AT_YES])
    status = ask(environment, &what, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_mapflow_action action = {targets[target].action, id, NULL, 0};
    status = osmflow_mapflow_act(&mapflow, &action, NULL, NULL, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "Deleted: %s\n", osmflow_bytes_string(&what));
  osmflow_bytes_clear(&what);
  osmflow_mapflow_close(&mapflow);
  return status;
}

static const struct osmflow_option options[] = {
    [AT_YES] = {"yes", 'y', NULL, "do not ask"}, [AT_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_mapflow_delete = {
    .name = "mapflow delete",
    .summary = "Deletes a project, processing, mosaic or image with all that is in it.",
    .words = "KIND ID",
    .least_words = 2,
    .most_words = 2,
    .options = options,
    .details = "It says what would go and asks. Where nobody can be asked it needs --yes.\n",
    .run = run};
