/* `osmflow changeset apply`: an osmChange file to the server, once. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/number.h"
#include "base/sha256.h"
#include "cli/applied.h"
#include "cli/change_upload.h"
#include "cli/changeset.h"
#include "cli/input.h"
#include "osm/read.h"

enum {
  FILE_CEILING = 1024 * 1024 * 1024,
  TEXT_CEILING = 64 * 1024,
  LONGEST_FOLDER = 4096,
  DIGEST_SIZE = 2 * OSMFLOW_SHA256_SIZE + 1
};
enum { UNDELETE = OSMFLOW_UPLOAD_OPTIONS, AGAIN };

struct applying {
  const struct osmflow_environment *environment;
  const struct osmflow_arguments *arguments;
  const char *path;
  char digest[DIGEST_SIZE]; /* of the file */
  char key[DIGEST_SIZE];    /* of file and server */
  struct osmflow_remote remote;
  struct osmflow_upload_wish wish;
  struct osmflow_change change;
  struct osmflow_applied applied;
};

static void write_digest(struct osmflow_text text, char digest[DIGEST_SIZE]) {
  uint8_t bytes[OSMFLOW_SHA256_SIZE];
  osmflow_sha256(text, bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}

static enum osmflow_status parse(struct osmflow_text document, struct osmflow_store *store,
                                 struct osmflow_error *error) {
  struct osmflow_reader *reader = NULL;
  enum osmflow_status status = osmflow_reader_new(store, OSMFLOW_READ_XML, &reader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_feed(reader, document.data, document.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_finish(reader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(store, error);
  osmflow_reader_free(reader);
  return status;
}

/* Reads a file into the change; its digest, too, unless `digest` is NULL. */
static enum osmflow_status read_change(const struct osmflow_environment *environment, const char *path, char *digest,
                                       struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_bytes file;
  struct osmflow_store store;
  osmflow_bytes_init(&file, FILE_CEILING);
  osmflow_store_init(&store, true);
  enum osmflow_status status = osmflow_input_read(environment, path, &file, error);
  const struct osmflow_text document = osmflow_bytes_view(&file);
  if (status == OSMFLOW_OK && osmflow_text_trim(document).size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is empty", path);
  else if (status == OSMFLOW_OK && *osmflow_text_trim(document).data != '<')
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is not an osmChange file%s", path,
                               document.data[0] == '\x1F' ? "; unpack it first (gunzip)" : "");
  if (status == OSMFLOW_OK)
    status = parse(document, &store, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_from_store(&store, change, error);
  if (status != OSMFLOW_OK && status != OSMFLOW_BAD_ARGUMENT)
    osmflow_error_prefix(error, "%s: ", path);
  if (status == OSMFLOW_OK && digest)
    write_digest(document, digest);
  osmflow_store_clear(&store);
  osmflow_bytes_clear(&file);
  return status;
}

static enum osmflow_status write_key(struct applying *applying, struct osmflow_error *error) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, TEXT_CEILING);
  const enum osmflow_status status =
      osmflow_bytes_print(&text, error, "%s %s", applying->remote.root, applying->digest);
  if (status == OSMFLOW_OK)
    write_digest(osmflow_bytes_view(&text), applying->key);
  osmflow_bytes_clear(&text);
  return status;
}

/* Creates would be there twice, and nobody would notice. */
static enum osmflow_status refuse_second_time(const struct applying *applying, struct osmflow_error *error) {
  struct osmflow_bytes words;
  osmflow_bytes_init(&words, TEXT_CEILING);
  enum osmflow_status status = osmflow_applied_read(&applying->applied, applying->environment, &words, error);
  if (status == OSMFLOW_OK && words.size > 0 && !applying->arguments->options[AGAIN])
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "%s has been applied to %s before: %.1500s\nWhat it creates would be there twice. Look "
                               "at your changesets; --again does it all the same",
                               applying->path, applying->remote.root, osmflow_bytes_string(&words));
  osmflow_bytes_clear(&words);
  return status;
}

/* `why`: what went wrong, which tells where the rest is; NULL: nothing. */
static enum osmflow_status remember(const struct applying *applying, const char *what, int64_t changeset,
                                    const char *why, struct osmflow_error *error) {
  char words[OSMFLOW_ERROR_SIZE + 256], time[OSMFLOW_NUMBER_SIZE];
  const struct osmflow_environment *environment = applying->environment;
  osmflow_format_time(time, environment->unix_seconds(environment->self));
  if (changeset > 0)
    snprintf(words, sizeof words, "%s %s, changeset %" PRId64 "%s%s", what, time, changeset, why ? "\n" : "",
             why ? why : "");
  else
    snprintf(words, sizeof words, "%s %s%s%s", what, time, why ? "\n" : "", why ? why : "");
  return osmflow_applied_write(&applying->applied, words, error);
}

static enum osmflow_status send(struct applying *applying, struct osmflow_error *error) {
  struct osmflow_bytes connection;
  struct osmflow_error ignored;
  int64_t changeset = 0;
  bool touched = false;
  char folder[LONGEST_FOLDER];
  const bool is_relative = *applying->path != '/' && getcwd(folder, sizeof folder);
  osmflow_bytes_init(&connection, TEXT_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&connection, error, "%s%s%s %s", is_relative ? folder : "",
                                                   is_relative ? "/" : "", applying->path, applying->digest);
  if (status == OSMFLOW_OK)
    status = remember(applying, "begun", 0, NULL, error);
  if (status == OSMFLOW_OK) {
    applying->wish.options.connection = osmflow_bytes_string(&connection);
    status =
        osmflow_upload_send(applying->environment, &applying->wish, applying->arguments->options[OSMFLOW_UPLOAD_REPORT],
                            &applying->change, &touched, &changeset, error);
    enum osmflow_status noted = OSMFLOW_OK;
    if (!touched)
      noted = osmflow_applied_write(&applying->applied, NULL, &ignored);
    else
      noted = remember(applying, status == OSMFLOW_OK ? "done" : "done in part", changeset,
                       status != OSMFLOW_OK && error ? error->message : NULL, &ignored);
    (void)noted; /* "begun" stays then, which is as careful */
  }
  osmflow_bytes_clear(&connection);
  return status;
}

/* What an earlier run left undone takes the place of the file; when it left nothing, all is done. */
static enum osmflow_status finish_earlier(struct applying *applying, const struct osmflow_upload_earlier *earlier,
                                          struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_change_clear(&applying->change);
  osmflow_change_init(&applying->change);
  if (!*earlier->rest)
    return remember(applying, "done", 0, NULL, error);
  status = read_change(applying->environment, earlier->rest, NULL, &applying->change, error);
  if (status == OSMFLOW_OK)
    status = send(applying, error);
  if (status == OSMFLOW_OK && remove(earlier->rest) != 0)
    status = osmflow_say(error, "%s is not needed any more.\n", earlier->rest);
  return status;
}

static enum osmflow_status apply(struct applying *applying, struct osmflow_error *error) {
  struct osmflow_upload_earlier earlier = {.found = false};
  enum osmflow_status status =
      osmflow_upload_settle_earlier(applying->environment, &applying->wish, applying->digest, &earlier, error);
  if (status == OSMFLOW_OK)
    status = osmflow_applied_open(&applying->applied, applying->environment, applying->key, error);
  if (status == OSMFLOW_OK && earlier.found)
    return finish_earlier(applying, &earlier, error);
  if (status == OSMFLOW_OK)
    status = refuse_second_time(applying, error);
  return status == OSMFLOW_OK ? send(applying, error) : status;
}

/* Two runs of the same file at the same time would both find that it was never applied. What cannot be locked (a pipe,
 * a foreign file system) is not. */
static enum osmflow_status lock(const struct applying *applying, int *descriptor, struct osmflow_error *error) {
  *descriptor = open(applying->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (*descriptor >= 0 && flock(*descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "another process is applying %s just now", applying->path);
  return OSMFLOW_OK;
}

static enum osmflow_status run_apply(const struct osmflow_environment *environment,
                                     const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct applying applying = {
      .environment = environment, .arguments = arguments, .path = arguments->words[0], .applied = {NULL}};
  struct osmflow_capabilities usual;
  osmflow_change_init(&applying.change);
  osmflow_capabilities_default(&usual);
  enum osmflow_status status =
      osmflow_remote_open(&applying.remote, environment, arguments->options[OSMFLOW_UPLOAD_SERVER], error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_wish_read(&applying.wish, environment, arguments, applying.remote.root, error);
  applying.wish.options.undelete = arguments->options[UNDELETE] != NULL;
  if (status == OSMFLOW_OK)
    status = read_change(environment, applying.path, applying.digest, &applying.change, error);
  if (status == OSMFLOW_OK)
    status = write_key(&applying, error);
  if (status == OSMFLOW_OK && applying.change.count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s changes nothing", applying.path);
  if (status == OSMFLOW_OK && applying.wish.is_dry) {
    status = osmflow_change_check(&applying.change, &usual, error);
    if (status == OSMFLOW_OK)
      status = osmflow_upload_describe(&applying.change, arguments->options[OSMFLOW_UPLOAD_OUTPUT], error);
  } else if (status == OSMFLOW_OK) {
    int descriptor = -1;
    status = lock(&applying, &descriptor, error);
    if (status == OSMFLOW_OK)
      status = apply(&applying, error);
    if (descriptor >= 0)
      close(descriptor);
  }
  osmflow_applied_clear(&applying.applied);
  osmflow_change_clear(&applying.change);
  osmflow_upload_wish_clear(&applying.wish);
  osmflow_remote_close(&applying.remote);
  return status;
}

static const struct osmflow_option options[] = {
    OSMFLOW_UPLOAD_OPTION_ROWS,
    [UNDELETE] = {"undelete", '\0', NULL, "what others deleted and the file changes comes back"},
    [AGAIN] = {"again", '\0', NULL, "although this file was applied before"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_changeset_apply = {
    .name = "changeset apply",
    .summary = "Sends an osmChange file, once, whatever happens on the way.",
    .words = "FILE.osc",
    .least_words = 1,
    .most_words = 1,
    .options = options,
    .details = OSMFLOW_UPLOAD_CONFLICT_HELP
    "Before each request a journal says what is about to be done. After a lost answer, a crash or a dead network,\n"
    "the same command again (or `osmflow resume`) finds out what arrived and sends the rest.\n"
    "\n"
    "  osmflow changeset apply bridge.osc --dry-run\n"
    "  osmflow changeset apply bridge.osc --comment 'Bridge over the Rhine' --source survey\n",
    .run = run_apply};
