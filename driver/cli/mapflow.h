/* What the commands below `osmflow mapflow` share: kinds of objects, the server, rows for people and for programs. */
#ifndef OSMFLOW_CLI_MAPFLOW_H
#define OSMFLOW_CLI_MAPFLOW_H

#include "cli/command.h"
#include "mapflow/action.h"
#include "mapflow/table.h"

#define OSMFLOW_MAPFLOW_SERVER_OPTION \
  { "server", 's', "URL", "another server than MAPFLOW_URL says" }
#define OSMFLOW_MAPFLOW_JSON_OPTION \
  { "json", '\0', NULL, "answer as JSON" }

struct osmflow_mapflow_kind {
  const char *word, *plural; /* "project", "projects" */
  const char *list;          /* the call without an id; NULL: an id is needed */
  const char *list_in;       /* the call with one: "projects/%s/processings"; NULL: takes none */
  const char *layer;         /* of that call; NULL: the first */
  const char *columns;       /* that a line of the list shows, divided by blanks */
  const char *one;           /* "projects/%s"; NULL: there is no call for one alone */
  const char *name_column;   /* what one is called */
};
const struct osmflow_mapflow_kind *osmflow_mapflow_kinds(size_t *count);
/* By singular or plural; "-" and "_" are the same. */
enum osmflow_status osmflow_mapflow_kind_find(const char *word, const struct osmflow_mapflow_kind **kind,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The call of one of that kind. */
void osmflow_mapflow_kind_call(const struct osmflow_mapflow_kind *kind, const char *id, char *call, size_t size);

/* `server` may be NULL. */
enum osmflow_status osmflow_mapflow_connect(const struct osmflow_environment *environment, const char *server,
                                            struct osmflow_mapflow *mapflow,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* OSMFLOW_BAD_ARGUMENT when the word is no id. */
enum osmflow_status osmflow_mapflow_check_id(const char *what, const char *word,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* How rows are put out. */
struct osmflow_mapflow_view {
  const char *layer;                    /* NULL: the first */
  const char *columns;                  /* text: one line each with these, divided by tabs; NULL: all, "name: value" */
  bool as_json;                         /* a list of objects */
  bool is_single;                       /* exactly one row; as JSON the object alone */
  const char *only_column, *only_value; /* NULL; else only rows whose column has that value, case ignored */
  const struct osmflow_mapflow_wish *wish; /* NULL: none */
  int64_t limit;                           /* lines at most; 0: all */
};
/* The rows of a call ("projects/{id}/processings?terms=x") to standard output. */
enum osmflow_status osmflow_mapflow_put_rows(const struct osmflow_mapflow *mapflow, const char *call,
                                             const struct osmflow_mapflow_view *view,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The first row of a call: some of its values as texts, which the caller frees; NULL: null or no such column. */
enum osmflow_status osmflow_mapflow_peek(const struct osmflow_mapflow *mapflow, const char *call,
                                         const char *const *columns, char **values, size_t count,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One action on one object; opens and closes the server. `made`: prints the id of what was made. */
enum osmflow_status osmflow_mapflow_act_once(const struct osmflow_environment *environment, const char *server,
                                             const struct osmflow_mapflow_action *action, bool made,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

extern const struct osmflow_command osmflow_mapflow_list, osmflow_mapflow_show, osmflow_mapflow_status_command,
    osmflow_mapflow_create, osmflow_mapflow_rename, osmflow_mapflow_describe, osmflow_mapflow_move, osmflow_mapflow_tag,
    osmflow_mapflow_link, osmflow_mapflow_delete, osmflow_mapflow_restart, osmflow_mapflow_rate, osmflow_mapflow_accept,
    osmflow_mapflow_reject, osmflow_mapflow_cost, osmflow_mapflow_wait, osmflow_mapflow_download,
    osmflow_mapflow_preview, osmflow_mapflow_stats, osmflow_mapflow_version;

#endif
