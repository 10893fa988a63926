/* What the run*.c files share: the work of preparing a processing. */
#ifndef OSMFLOW_MAPFLOW_RUN_PARTS_H
#define OSMFLOW_MAPFLOW_RUN_PARTS_H

#include "mapflow/run.h"

enum { OSMFLOW_RUN_BODY_CEILING = 64 * 1024 * 1024, OSMFLOW_RUN_TEXT_CEILING = 64 * 1024 };

struct osmflow_run_work {
  const struct osmflow_mapflow *mapflow;
  const struct osmflow_run *run;
  struct osmflow_run_plan *plan;
  struct osmflow_tree *account_tree, *project_tree;
  const struct osmflow_tree_node *account, *project, *model; /* borrowed from the trees */
  const struct osmflow_tree_node *provider;                  /* NULL: not in the account's lists */
  struct osmflow_aoi footprint;                              /* of the imagery, where no area was given */
  const struct osmflow_aoi *aoi;
  struct osmflow_bytes source;      /* sourceParams as JSON; may hold a password */
  struct osmflow_bytes cost_source; /* the same without login and password */
  struct osmflow_bytes blocks;      /* JSON, empty: as the model has them */
};

/* Values by "path|other/path": the first that is there counts. */
struct osmflow_text osmflow_run_text(const struct osmflow_tree_node *node, const char *places);
/* False: not there, or no number. */
bool osmflow_run_number(const struct osmflow_tree_node *node, const char *places, double *number);
/* The rows of a listing: a list, or an object with "results". */
const struct osmflow_tree_node *osmflow_run_rows(const struct osmflow_tree_node *top);
/* A copy of a text, the caller's. */
enum osmflow_status osmflow_run_copy(struct osmflow_text text, char **copy,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Whether two names are the same but for case, blanks, punctuation and emoji. */
bool osmflow_run_is_same_name(struct osmflow_text left, struct osmflow_text right);

enum osmflow_run_match { OSMFLOW_RUN_NONE, OSMFLOW_RUN_ONE, OSMFLOW_RUN_SEVERAL };
/* The child that `wish` means: by id, else by its exact name, else by osmflow_run_is_same_name; names are looked for in
 * the members "name" and "displayName". */
enum osmflow_run_match osmflow_run_find(const struct osmflow_tree_node *list, const char *wish,
                                        const struct osmflow_tree_node **found);
/* Appends the names of a list, with their ids where `with_ids`, divided by ", "; those that `wish` means when it is not
 * NULL. */
enum osmflow_status osmflow_run_list(const struct osmflow_tree_node *list, const char *wish, bool with_ids,
                                     struct osmflow_bytes *names, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The error for a wish that does not mean one thing: what there is instead, or which ones it could mean. `what`:
 * "model".
 */
enum osmflow_status osmflow_run_refuse(enum osmflow_run_match match, const char *what, const char *wish,
                                       const struct osmflow_tree_node *list,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

enum osmflow_status osmflow_run_find_model(struct osmflow_run_work *work,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_run_choose_blocks(struct osmflow_run_work *work,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_run_find_project(struct osmflow_run_work *work,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Fills source, cost_source, plan->source and, where none was given, the area. */
enum osmflow_status osmflow_run_choose_source(struct osmflow_run_work *work,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Own imagery: the mosaic's id by its name (*mosaic is the caller's; NULL: none was named), and, where no area was
 * given, the footprint as the area. */
enum osmflow_status osmflow_run_choose_imagery(struct osmflow_run_work *work, char **mosaic,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
