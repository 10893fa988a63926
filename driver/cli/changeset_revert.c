/* `osmflow changeset revert`: what a changeset did is undone, as far as nobody has built on it since. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/change_upload.h"
#include "cli/changeset.h"
#include "cli/revert.h"

static enum osmflow_status add_revert_tag(struct osmflow_upload_wish *wish, const char *id,
                                          struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (wish->options.changeset == 0)
    status = osmflow_pairs_add(&wish->tags, osmflow_text("revert:id"), osmflow_text(id), error);
  wish->options.tags = wish->tags.items;
  wish->options.tag_count = wish->tags.count;
  return status;
}

/* Collisions end it before anything is sent, unless they are to be skipped. */
static enum osmflow_status judge(const struct osmflow_upload_wish *wish, const struct osmflow_revert *revert,
                                 struct osmflow_error *error) {
  if (revert->collisions == 0 || wish->options.conflict == OSMFLOW_CONFLICT_SKIP)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "%zu of the elements were changed by others since, in the same places:\n%s"
                           "Nothing was sent; --conflict skip reverts the others",
                           revert->collisions, osmflow_bytes_string(&revert->list));
}

static enum osmflow_status send(const struct osmflow_environment *environment,
                                const struct osmflow_arguments *arguments, struct osmflow_upload_wish *wish, int64_t id,
                                struct osmflow_revert *revert, struct osmflow_error *error) {
  struct osmflow_upload_earlier earlier = {.found = false};
  char connection[64];
  int64_t changeset = 0;
  bool touched = false;
  snprintf(connection, sizeof connection, "revert of changeset %" PRId64, id);
  wish->options.connection = connection;
  enum osmflow_status status = osmflow_upload_settle_earlier(environment, wish, connection, &earlier, error);
  if (status == OSMFLOW_OK && earlier.found)
    status = osmflow_revert_again(revert, error);
  if (status == OSMFLOW_OK)
    status = judge(wish, revert, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_send(environment, wish, arguments->options[OSMFLOW_UPLOAD_REPORT], &revert->change,
                                 &touched, &changeset, error);
  return status;
}

static enum osmflow_status run_revert(const struct osmflow_environment *environment,
                                      const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct osmflow_remote remote = {.environment = environment};
  struct osmflow_upload_wish wish = {.is_dry = false};
  struct osmflow_revert revert;
  int64_t id = 0;
  osmflow_revert_init(&revert);
  enum osmflow_status status = osmflow_remote_id("changeset", arguments->words[0], &id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_remote_open(&remote, environment, arguments->options[OSMFLOW_UPLOAD_SERVER], error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_wish_read(&wish, environment, arguments, remote.root, error);
  if (status == OSMFLOW_OK)
    status = add_revert_tag(&wish, arguments->words[0], error);
  if (status == OSMFLOW_OK)
    status = osmflow_revert_build(&revert, &remote, id, error);
  if (status == OSMFLOW_OK && wish.is_dry) {
    status = osmflow_upload_describe(&revert.change, arguments->options[OSMFLOW_UPLOAD_OUTPUT], error);
    if (status == OSMFLOW_OK && revert.collisions > 0)
      status = osmflow_say(error, "%zu were changed by others since, in the same places:\n%s", revert.collisions,
                           osmflow_bytes_string(&revert.list));
  } else if (status == OSMFLOW_OK) {
    status = send(environment, arguments, &wish, id, &revert, error);
  }
  osmflow_revert_clear(&revert);
  osmflow_upload_wish_clear(&wish);
  osmflow_remote_close(&remote);
  return status;
}

static const struct osmflow_option options[] = {OSMFLOW_UPLOAD_OPTION_ROWS, {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_changeset_revert = {
    .name = "changeset revert",
    .summary = "Undoes a closed changeset: what it created is deleted, the rest is as it was before.",
    .words = "ID",
    .least_words = 1,
    .most_words = 1,
    .options = options,
    .details = OSMFLOW_UPLOAD_CONFLICT_HELP
    "What is used by others since is not deleted. Look at it first:\n"
    "\n"
    "  osmflow changeset revert 123 --dry-run -o revert.osc\n"
    "  osmflow changeset revert 123 --comment 'Revert of changeset 123: ...'\n",
    .run = run_revert};
