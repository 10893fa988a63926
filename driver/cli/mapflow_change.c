/* `osmflow mapflow create|rename|describe|move|tag|link|restart|rate|accept|reject`: changes, one object each. */
#include <stdio.h>

#include "base/number.h"
#include "cli/mapflow.h"

enum { MOST_TAGS = 100, NAME_SIZE = 64 };

/* "project/update" for a kind that can be changed; OSMFLOW_BAD_ARGUMENT names those that can. */
static enum osmflow_status action_name(const char *word, const char *const *kinds, const char *verb,
                                       char name[NAME_SIZE], struct osmflow_error *error) {
  const char *found = NULL;
  char list[NAME_SIZE] = "";
  for (size_t i = 0; kinds[i]; i++) {
    if (strcmp(word, kinds[i]) == 0)
      found = kinds[i];
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i > 0 ? ", " : "", kinds[i]);
  }
  snprintf(name, NAME_SIZE, "%s/%s", found ? found : "", verb);
  return found ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.40s\" is not one of: %s", word, list);
}

enum { CREATE_DESCRIPTION, CREATE_TAG, CREATE_SERVER };

static enum osmflow_status run_create(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const char *const kinds[] = {"project", "mosaic", NULL};
  const char *tags[MOST_TAGS + 1] = {NULL}, *description = arguments->options[CREATE_DESCRIPTION];
  const bool is_project = strcmp(arguments->words[0], "project") == 0;
  size_t count = 0;
  char name[NAME_SIZE];
  enum osmflow_status status = action_name(arguments->words[0], kinds, "create", name, error);
  if (status != OSMFLOW_OK)
    return status;
  if (description && !is_project)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "only a project has a --description");
  if (arguments->options[CREATE_TAG] && is_project)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "only a mosaic has a --tag");
  if (arguments->repeat_count > MOST_TAGS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a mosaic has %d tags at most", MOST_TAGS);
  for (; count < arguments->repeat_count; count++)
    tags[count] = arguments->repeats[count].value;
  const struct osmflow_mapflow_member members[] = {
      {"name", arguments->words[1], NULL},
      {is_project ? "description" : "tags", description, is_project ? NULL : tags}};
  const bool has_second = is_project ? description != NULL : count > 0;
  const struct osmflow_mapflow_action action = {name, NULL, members, has_second ? 2 : 1};
  return osmflow_mapflow_act_once(environment, arguments->options[CREATE_SERVER], &action, true, error);
}

/* One member of an object gets a new text. */
static enum osmflow_status change(const struct osmflow_environment *environment,
                                  const struct osmflow_arguments *arguments, const char *const *kinds,
                                  const char *member, struct osmflow_error *error) {
  const bool is_image = strcmp(arguments->words[0], "image") == 0;
  const struct osmflow_mapflow_member members[] = {{member, arguments->words[2], NULL}};
  char name[NAME_SIZE];
  enum osmflow_status status = action_name(arguments->words[0], kinds, is_image ? "rename" : "update", name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_check_id(arguments->words[0], arguments->words[1], error);
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_mapflow_action action = {name, arguments->words[1], members, 1};
  return osmflow_mapflow_act_once(environment, arguments->options[0], &action, false, error);
}

static enum osmflow_status run_rename(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const char *const kinds[] = {"project", "processing", "mosaic", "image", NULL};
  return change(environment, arguments, kinds, "name", error);
}

static enum osmflow_status run_describe(const struct osmflow_environment *environment,
                                        const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const char *const kinds[] = {"project", "processing", NULL};
  return change(environment, arguments, kinds, "description", error);
}

static enum osmflow_status run_move(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const char *const kinds[] = {"processing", NULL};
  const enum osmflow_status status = osmflow_mapflow_check_id("project", arguments->words[2], error);
  return status == OSMFLOW_OK ? change(environment, arguments, kinds, "projectId", error) : status;
}

enum { TAG_NONE, TAG_SERVER };

static enum osmflow_status run_tag(const struct osmflow_environment *environment,
                                   const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  static const char *const kinds[] = {"mosaic", NULL};
  const bool has_tags = arguments->word_count > 2, wants_none = arguments->options[TAG_NONE] != NULL;
  const struct osmflow_mapflow_member members[] = {{"tags", NULL, arguments->words + 2}};
  char name[NAME_SIZE];
  enum osmflow_status status = action_name(arguments->words[0], kinds, "update", name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_check_id("mosaic", arguments->words[1], error);
  if (status == OSMFLOW_OK && has_tags == wants_none)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "give the tags that the mosaic is to have, or --none to take all away");
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_mapflow_action action = {name, arguments->words[1], members, 1};
  return osmflow_mapflow_act_once(environment, arguments->options[TAG_SERVER], &action, false, error);
}

static enum osmflow_status run_link(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const struct osmflow_mapflow_member members[] = {{"url", arguments->words[1], NULL}};
  const struct osmflow_mapflow_action action = {"mosaic/link-image", arguments->words[0], members, 1};
  const enum osmflow_status status = osmflow_mapflow_check_id("mosaic", arguments->words[0], error);
  return status == OSMFLOW_OK ? osmflow_mapflow_act_once(environment, arguments->options[0], &action, false, error)
                              : status;
}

/* A call on a processing. */
static enum osmflow_status act(const struct osmflow_environment *environment, const struct osmflow_arguments *arguments,
                               const char *name, const struct osmflow_mapflow_member *members, size_t count,
                               struct osmflow_error *error) {
  const struct osmflow_mapflow_action action = {name, arguments->words[0], members, count};
  const enum osmflow_status status = osmflow_mapflow_check_id("processing", arguments->words[0], error);
  return status == OSMFLOW_OK ? osmflow_mapflow_act_once(environment, arguments->options[0], &action, false, error)
                              : status;
}

static enum osmflow_status run_restart(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "processing/restart", NULL, 0, error);
}

static enum osmflow_status run_rate(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  enum { MOST_STARS = 5 };
  const struct osmflow_mapflow_member members[] = {{"rating", arguments->words[1], NULL},
                                                   {"feedback", arguments->words[2], NULL}};
  int64_t stars = 0;
  if (!osmflow_parse_int(osmflow_text(arguments->words[1]), 1, MOST_STARS, &stars))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a rating is a number from 1 to %d", MOST_STARS);
  return act(environment, arguments, "processing/rate", members, arguments->words[2] ? 2 : 1, error);
}

static enum osmflow_status run_accept(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  return act(environment, arguments, "processing/accept", NULL, 0, error);
}

static enum osmflow_status run_reject(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const struct osmflow_mapflow_member members[] = {{"comment", arguments->words[1], NULL}};
  return act(environment, arguments, "processing/reject", members, 1, error);
}

static const struct osmflow_option only_server[] = {OSMFLOW_MAPFLOW_SERVER_OPTION, {NULL, '\0', NULL, NULL}};
static const struct osmflow_option create_options[] = {
    [CREATE_DESCRIPTION] = {"description", '\0', "D", "of a project"},
    [CREATE_TAG] = {"tag", '\0', "T...", "of a mosaic; may be given again"},
    [CREATE_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION,
    {NULL, '\0', NULL, NULL}};
static const struct osmflow_option tag_options[] = {[TAG_NONE] = {"none", '\0', NULL, "no tags at all"},
                                                    [TAG_SERVER] = OSMFLOW_MAPFLOW_SERVER_OPTION,
                                                    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_mapflow_create = {.name = "mapflow create",
                                                       .summary = "Makes a project or a mosaic and prints its id.",
                                                       .words = "project|mosaic NAME",
                                                       .least_words = 2,
                                                       .most_words = 2,
                                                       .options = create_options,
                                                       .run = run_create};
const struct osmflow_command osmflow_mapflow_rename = {
    .name = "mapflow rename",
    .summary = "Gives a project, processing, mosaic or image another name.",
    .words = "KIND ID NAME",
    .least_words = 3,
    .most_words = 3,
    .options = only_server,
    .run = run_rename};
const struct osmflow_command osmflow_mapflow_describe = {
    .name = "mapflow describe",
    .summary = "Gives a project or processing another description.",
    .words = "KIND ID TEXT",
    .least_words = 3,
    .most_words = 3,
    .options = only_server,
    .run = run_describe};
const struct osmflow_command osmflow_mapflow_move = {.name = "mapflow move",
                                                     .summary = "Moves a processing into another project.",
                                                     .words = "processing ID PROJECT",
                                                     .least_words = 3,
                                                     .most_words = 3,
                                                     .options = only_server,
                                                     .run = run_move};
const struct osmflow_command osmflow_mapflow_tag = {.name = "mapflow tag",
                                                    .summary = "Replaces the tags of a mosaic.",
                                                    .words = "mosaic ID [TAG...]",
                                                    .least_words = 2,
                                                    .most_words = 2 + MOST_TAGS,
                                                    .options = tag_options,
                                                    .run = run_tag};
const struct osmflow_command osmflow_mapflow_link = {
    .name = "mapflow link",
    .summary = "Adds a file that Mapflow's storage has already to a mosaic.",
    .words = "MOSAIC s3://...",
    .least_words = 2,
    .most_words = 2,
    .options = only_server,
    .run = run_link};
const struct osmflow_command osmflow_mapflow_restart = {.name = "mapflow restart",
                                                        .summary = "Runs the failed parts of a processing again.",
                                                        .words = "ID",
                                                        .least_words = 1,
                                                        .most_words = 1,
                                                        .options = only_server,
                                                        .run = run_restart};
const struct osmflow_command osmflow_mapflow_rate = {.name = "mapflow rate",
                                                     .summary = "Rates a processing from 1 to 5.",
                                                     .words = "ID 1-5 [TEXT]",
                                                     .least_words = 2,
                                                     .most_words = 3,
                                                     .options = only_server,
                                                     .run = run_rate};
const struct osmflow_command osmflow_mapflow_accept = {.name = "mapflow accept",
                                                       .summary = "Accepts a result that is in review.",
                                                       .words = "ID",
                                                       .least_words = 1,
                                                       .most_words = 1,
                                                       .options = only_server,
                                                       .run = run_accept};
const struct osmflow_command osmflow_mapflow_reject = {
    .name = "mapflow reject",
    .summary = "Sends a result that is in review back, with the reason.",
    .words = "ID TEXT",
    .least_words = 2,
    .most_words = 2,
    .options = only_server,
    .run = run_reject};
