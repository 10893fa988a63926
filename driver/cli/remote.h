/* What the commands that work on OSM's data share: a server, reading from it, and doing something there. */
#ifndef OSMFLOW_CLI_REMOTE_H
#define OSMFLOW_CLI_REMOTE_H

#include "cli/command.h"
#include "cli/service.h"
#include "osm/action.h"

/* The last row of their tables of options. */
#define OSMFLOW_SERVER_OPTION \
  { "server", '\0', "URL", "another server's root, instead of OSMAPI_URL" }

struct osmflow_remote {
  const struct osmflow_environment *environment;
  char *root;
  struct osmflow_http *http;
};

/* `server`: what --server says, or NULL. No network. */
enum osmflow_status osmflow_remote_open(struct osmflow_remote *remote, const struct osmflow_environment *environment,
                                        const char *server, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_remote_close(struct osmflow_remote *remote);

/* The answer to a GET as it comes, to standard output (NULL) or a file. `path` is a call such as "notes/5.json". */
enum osmflow_status osmflow_remote_copy(const struct osmflow_remote *remote, const char *path, const char *output,
                                        bool needs_token, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same in memory; XML and JSON are known to be whole. */
enum osmflow_status osmflow_remote_get(const struct osmflow_remote *remote, const char *path,
                                       struct osmflow_bytes *answer, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* XML as a tree that the caller frees. */
enum osmflow_status osmflow_remote_tree(const struct osmflow_remote *remote, const char *path, bool needs_token,
                                        struct osmflow_tree **tree, const struct osmflow_tree_node **top,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One of the API's calls by its name in osm/action.h. `fields`: words, parameters, body and so on; class and root are
 * filled in here. `answer` may be NULL. */
enum osmflow_status osmflow_remote_do(const struct osmflow_remote *remote, const char *name,
                                      const struct osmflow_action *fields, struct osmflow_bytes *answer,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The same for a command that does nothing else: opens and closes the server. */
enum osmflow_status osmflow_remote_do_once(const struct osmflow_environment *environment, const char *server,
                                           const char *name, const struct osmflow_action *fields, int64_t *number,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* "#id" of the user's words: a number above 0. */
enum osmflow_status osmflow_remote_id(const char *what, const char *word, int64_t *id,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Pairs "K=V" as they stand on the command line; borrowed from it. */
struct osmflow_pairs {
  struct osmflow_tag_view *items;
  size_t count, capacity;
};
void osmflow_pairs_clear(struct osmflow_pairs *pairs);
enum osmflow_status osmflow_pairs_add(struct osmflow_pairs *pairs, struct osmflow_text key, struct osmflow_text value,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Cut at the first '='. */
enum osmflow_status osmflow_pairs_read(struct osmflow_pairs *pairs, const char *what, struct osmflow_text text,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* created_by, comment, source (NULL: none) and the values of the option at `tag_option` of the command's table.
 * OSMFLOW_BAD_ARGUMENT without a comment. */
enum osmflow_status osmflow_pairs_changeset(struct osmflow_pairs *pairs, const char *comment, const char *source,
                                            const struct osmflow_arguments *arguments, size_t tag_option,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
