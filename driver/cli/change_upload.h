/* Uploading a change from the command line: what `osmflow changeset apply` and `revert` share. */
#ifndef OSMFLOW_CLI_CHANGE_UPLOAD_H
#define OSMFLOW_CLI_CHANGE_UPLOAD_H

#include "cli/command.h"
#include "cli/remote.h"
#include "osm/upload.h"

/* The first rows of their tables of options. */
enum {
  OSMFLOW_UPLOAD_COMMENT,
  OSMFLOW_UPLOAD_SOURCE,
  OSMFLOW_UPLOAD_TAG,
  OSMFLOW_UPLOAD_CHANGESET,
  OSMFLOW_UPLOAD_CONFLICT,
  OSMFLOW_UPLOAD_CHUNK,
  OSMFLOW_UPLOAD_REPORT,
  OSMFLOW_UPLOAD_DRY_RUN,
  OSMFLOW_UPLOAD_OUTPUT,
  OSMFLOW_UPLOAD_SERVER,
  OSMFLOW_UPLOAD_OPTIONS
};
/* clang-format off */
#define OSMFLOW_UPLOAD_OPTION_ROWS                                                                                 \
  [OSMFLOW_UPLOAD_COMMENT] = {"comment", '\0', "TEXT", "what is changed, and why; nothing is sent without it"},    \
  [OSMFLOW_UPLOAD_SOURCE] = {"source", '\0', "TEXT", "where the knowledge comes from"},                            \
  [OSMFLOW_UPLOAD_TAG] = {"tag", '\0', "K=V...", "one more tag of the changeset; may be given again"},             \
  [OSMFLOW_UPLOAD_CHANGESET] = {"changeset", '\0', "ID", "an open changeset of yours, instead of new ones"},       \
  [OSMFLOW_UPLOAD_CONFLICT] = {"conflict", '\0', "WHAT", "merge (the default), fail or skip, see below"},          \
  [OSMFLOW_UPLOAD_CHUNK] = {"chunk", '\0', "N", "changes in one request at most"},                                 \
  [OSMFLOW_UPLOAD_REPORT] = {"report", '\0', "FILE", "what became of each element: CSV, or JSON for FILE.json"},   \
  [OSMFLOW_UPLOAD_DRY_RUN] = {"dry-run", '\0', NULL, "check, and say what would be sent"},                         \
  [OSMFLOW_UPLOAD_OUTPUT] = {"output", 'o', "FILE.osc", "write what would be sent; with --dry-run"},               \
  [OSMFLOW_UPLOAD_SERVER] = OSMFLOW_SERVER_OPTION
/* clang-format on */
#define OSMFLOW_UPLOAD_CONFLICT_HELP                                                                                  \
  "What others changed in between is joined with the change where both do not touch the same. What collides is\n"     \
  "told: with --conflict merge nothing more is sent then, with skip the rest goes through, and with fail even what\n" \
  "could be joined ends the work.\n"

struct osmflow_upload_wish {
  struct osmflow_upload_options options;
  struct osmflow_pairs tags; /* of the changesets */
  bool is_dry;
};

/* Reads the options; `wish` borrows from `arguments` and `root`. */
enum osmflow_status osmflow_upload_wish_read(struct osmflow_upload_wish *wish,
                                             const struct osmflow_environment *environment,
                                             const struct osmflow_arguments *arguments, const char *root,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_upload_wish_clear(struct osmflow_upload_wish *wish);

/* An earlier run on the same (a `connection` that ends in `key`) that was left in the middle: what is in doubt is found
 * out, what is left of it is sent. `found`: there was one. `rest`: the osmChange file of what its run had given up,
 * "": none. Prints what came of it. */
struct osmflow_upload_earlier {
  bool found;
  char rest[1024];
};
enum osmflow_status osmflow_upload_settle_earlier(const struct osmflow_environment *environment,
                                                  const struct osmflow_upload_wish *wish, const char *key,
                                                  struct osmflow_upload_earlier *earlier,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Says what a change holds, and writes it to `path` (NULL: nowhere). */
enum osmflow_status osmflow_upload_describe(const struct osmflow_change *change, const char *path,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Sends the change, closes the changeset, writes the report, prints what came of it. *touched: something of it may be
 * on the server, also when it failed. */
enum osmflow_status osmflow_upload_send(const struct osmflow_environment *environment,
                                        const struct osmflow_upload_wish *wish, const char *report,
                                        struct osmflow_change *change, bool *touched, int64_t *changeset,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
