/* Model, blocks and project of a processing, by the names that people know them by. */
#include <stdio.h>
#include <stdlib.h>

#include "mapflow/run_parts.h"

enum { PAGE = 100, PATH_SIZE = 128 };

enum osmflow_status osmflow_run_refuse(enum osmflow_run_match match, const char *what, const char *wish,
                                       const struct osmflow_tree_node *list, struct osmflow_error *error) {
  struct osmflow_bytes names;
  osmflow_bytes_init(&names, OSMFLOW_RUN_TEXT_CEILING);
  const bool several = match == OSMFLOW_RUN_SEVERAL;
  enum osmflow_status status = osmflow_run_list(list, several ? wish : NULL, several, &names, error);
  if (status == OSMFLOW_OK)
    status = several ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                         "several %ss are called \"%.100s\"; give the id of one of them: %s", what,
                                         wish, osmflow_bytes_string(&names))
                     : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no %s \"%.100s\"; there is: %s", what,
                                         wish, osmflow_bytes_string(&names));
  osmflow_bytes_clear(&names);
  return status;
}

enum osmflow_status osmflow_run_find_model(struct osmflow_run_work *work, struct osmflow_error *error) {
  const struct osmflow_tree_node *models = osmflow_tree_child(work->account, "models");
  const char *wish = work->run->model;
  if (!wish || osmflow_text_trim(osmflow_text(wish)).size == 0) {
    const enum osmflow_status status = osmflow_run_refuse(OSMFLOW_RUN_NONE, "model", "", models, error);
    osmflow_error_prefix(error, "a model is needed: ");
    return status;
  }
  const enum osmflow_run_match match = osmflow_run_find(models, wish, &work->model);
  if (match != OSMFLOW_RUN_ONE)
    return osmflow_run_refuse(match, "model", wish, models, error);
  enum osmflow_status status = osmflow_run_copy(osmflow_run_text(work->model, "id"), &work->plan->model_id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_copy(osmflow_run_text(work->model, "name|displayName"), &work->plan->model_name, error);
  if (status == OSMFLOW_OK && !*work->plan->model_id)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "user/status: the model %s has no id", work->plan->model_name);
  return status;
}

static bool is_step(const struct osmflow_tree_node *block) {
  return osmflow_text_is(osmflow_run_text(block, "optional"), "false");
}

/* Finds what a wish ("Heights", "-Heights") is about. */
static enum osmflow_status find_block(const struct osmflow_run_work *work, const char *wish,
                                      const struct osmflow_tree_node **block, struct osmflow_error *error) {
  const struct osmflow_tree_node *blocks = osmflow_tree_child(work->model, "blocks");
  const char *name = *wish == '-' ? wish + 1 : wish;
  struct osmflow_bytes names;
  const enum osmflow_run_match match = osmflow_run_find(blocks, name, block);
  if (match == OSMFLOW_RUN_ONE && is_step(*block))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the block \"%.100s\" is a step of %s that always runs; it cannot be switched", name,
                             work->plan->model_name);
  if (match == OSMFLOW_RUN_ONE)
    return OSMFLOW_OK;
  osmflow_bytes_init(&names, OSMFLOW_RUN_TEXT_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *row = blocks ? blocks->first : NULL; row && status == OSMFLOW_OK;
       row = row->next) {
    const struct osmflow_text text = osmflow_run_text(row, "name");
    if (!is_step(row))
      status = osmflow_bytes_print(&names, error, "%s%.*s", names.size > 0 ? ", " : "", OSMFLOW_TEXT_ARGUMENTS(text));
  }
  if (status == OSMFLOW_OK)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the model %s has no block \"%.100s\" to switch%s%s",
                               work->plan->model_name, name, names.size > 0 ? "; it has: " : ", nor any other",
                               osmflow_bytes_string(&names));
  osmflow_bytes_clear(&names);
  return status;
}

/* What the user said about a block; else what the model does by itself. The last word counts. */
static bool is_switched_on(const struct osmflow_run_work *work, const struct osmflow_tree_node *block) {
  const struct osmflow_tree_node *meant = NULL;
  bool is_on = osmflow_text_is(osmflow_run_text(block, "defaultEnabled"), "true");
  for (const char *const *wish = work->run->blocks; *wish; wish++)
    if (find_block(work, *wish, &meant, NULL) == OSMFLOW_OK && meant == block)
      is_on = **wish != '-';
  return is_on;
}

enum osmflow_status osmflow_run_choose_blocks(struct osmflow_run_work *work, struct osmflow_error *error) {
  const struct osmflow_tree_node *blocks = osmflow_tree_child(work->model, "blocks"), *meant = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (!work->run->blocks || !*work->run->blocks)
    return OSMFLOW_OK;
  for (const char *const *wish = work->run->blocks; status == OSMFLOW_OK && *wish; wish++)
    status = find_block(work, *wish, &meant, error);
  for (const struct osmflow_tree_node *block = blocks ? blocks->first : NULL; block && status == OSMFLOW_OK;
       block = block->next) {
    if (is_step(block))
      continue;
    status = osmflow_bytes_add_string(&work->blocks, work->blocks.size > 0 ? ",{\"name\":" : "[{\"name\":", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(&work->blocks, osmflow_run_text(block, "name"), error);
    if (status == OSMFLOW_OK)
      status =
          osmflow_bytes_print(&work->blocks, error, ",\"enabled\":%s}", is_switched_on(work, block) ? "true" : "false");
  }
  return status == OSMFLOW_OK && work->blocks.size > 0 ? osmflow_bytes_add_string(&work->blocks, "]", error) : status;
}

static enum osmflow_status take_project(struct osmflow_run_work *work, const struct osmflow_tree_node *project,
                                        struct osmflow_error *error) {
  work->project = project;
  enum osmflow_status status = osmflow_run_copy(osmflow_run_text(project, "id"), &work->plan->project_id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_copy(osmflow_run_text(project, "name"), &work->plan->project_name, error);
  if (status == OSMFLOW_OK && !osmflow_mapflow_is_id(osmflow_text(work->plan->project_id)))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server's answer about the project has no id");
  return status;
}

/* The server's text search finds at least the projects of that name; a server without paged listings has the plain one.
 */
static enum osmflow_status ask_projects(struct osmflow_run_work *work, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) {
  struct osmflow_bytes body;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  osmflow_bytes_init(&body, OSMFLOW_RUN_TEXT_CEILING);
  enum osmflow_status status = osmflow_bytes_print(
      &body, error, "{\"limit\":%d,\"offset\":0,\"sortBy\":\"UPDATED\",\"sortOrder\":\"DESC\",\"filter\":", PAGE);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(&body, osmflow_text_trim(osmflow_text(work->run->project)), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&body, "}", error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_mapflow_request request = {"POST", "projects/page", osmflow_bytes_string(&body), true};
    status = osmflow_mapflow_ask(work->mapflow, &request, &work->project_tree, top, &reason);
    if (status != OSMFLOW_OK && (reason.http_status == 404 || reason.http_status == 405))
      status = osmflow_mapflow_get(work->mapflow, "projects", &work->project_tree, top, error);
    else if (status != OSMFLOW_OK && error)
      *error = reason;
  }
  osmflow_bytes_clear(&body);
  return status;
}

static enum osmflow_status find_by_name(struct osmflow_run_work *work, struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL, *found = NULL;
  enum osmflow_status status = ask_projects(work, &top, error);
  if (status != OSMFLOW_OK)
    return status;
  const enum osmflow_run_match match = osmflow_run_find(osmflow_run_rows(top), work->run->project, &found);
  if (match == OSMFLOW_RUN_SEVERAL)
    return osmflow_run_refuse(match, "project", work->run->project, osmflow_run_rows(top), error);
  if (match == OSMFLOW_RUN_NONE)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "there is no project \"%.100s\"; osmflow mapflow list projects shows them, and osmflow "
                             "mapflow create project makes one",
                             work->run->project);
  return take_project(work, found, error);
}

enum osmflow_status osmflow_run_find_project(struct osmflow_run_work *work, struct osmflow_error *error) {
  const char *wish = work->run->project;
  const struct osmflow_tree_node *top = NULL;
  char path[PATH_SIZE] = "projects/default";
  if (wish && !osmflow_mapflow_is_id(osmflow_text(wish)))
    return find_by_name(work, error);
  if (wish)
    snprintf(path, sizeof path, "projects/%.40s", wish);
  const enum osmflow_status status = osmflow_mapflow_get(work->mapflow, path, &work->project_tree, &top, error);
  return status == OSMFLOW_OK ? take_project(work, top, error) : status;
}

const struct osmflow_tree_node *osmflow_run_rows(const struct osmflow_tree_node *top) {
  const struct osmflow_tree_node *rows = osmflow_tree_child(top, "results");
  return rows ? rows : top && top->kind == OSMFLOW_TREE_ARRAY ? top : NULL;
}

enum osmflow_status osmflow_run_copy(struct osmflow_text text, char **copy, struct osmflow_error *error) {
  char *made = malloc(text.size + 1);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a name");
  if (text.size > 0)
    memcpy(made, text.data, text.size);
  made[text.size] = '\0';
  free(*copy);
  *copy = made;
  return OSMFLOW_OK;
}
