#include "osm/upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/credentials.h"
#include "osm/upload_parts.h"

enum { BRIEF_MS = 2000, BRIEF_ATTEMPTS = 2 };
enum { MOST_TAGS = 1000, LONGEST_TEXT = 255, LONGEST_PATH = 4096 };

static size_t count_characters(struct osmflow_text text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size; i++)
    count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return count;
}

/* A tag of changesets; one that is there already wins. */
static enum osmflow_status add_tag(struct osmflow_draft *draft, struct osmflow_tag_view *tags, struct osmflow_text key,
                                   struct osmflow_text value, struct osmflow_error *error) {
  for (size_t i = 0; i < draft->tag_count; i++)
    if (osmflow_text_equal(tags[i].key, key))
      return OSMFLOW_OK;
  if (key.size == 0 || draft->tag_count >= MOST_TAGS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the tags of a changeset: a key is empty, or there are more than %d", MOST_TAGS);
  if (!osmflow_text_is_utf8(key) || !osmflow_text_is_utf8(value) || count_characters(key) > LONGEST_TEXT ||
      count_characters(value) > LONGEST_TEXT)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the changeset's tag \"%.*s\" must be UTF-8 text of at most %d characters; it has %zu",
                             (int)(key.size < 80 ? key.size : 80), key.data, LONGEST_TEXT, count_characters(value));
  tags[draft->tag_count].key = key;
  tags[draft->tag_count++].value = value;
  return OSMFLOW_OK;
}

static enum osmflow_status make_tags(const struct osmflow_upload_options *options, struct osmflow_draft **kept,
                                     struct osmflow_error *error) {
  struct osmflow_draft draft = {.type = OSMFLOW_NODE, .visible = true};
  struct osmflow_tag_view *tags = calloc(MOST_TAGS, sizeof *tags);
  const struct osmflow_text comment = osmflow_text(options->comment), source = osmflow_text(options->source);
  enum osmflow_status status = OSMFLOW_OK;
  if (!tags)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the tags of changesets");
  draft.tags = tags;
  if (options->changeset == 0 && osmflow_text_trim(comment).size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "an upload needs a comment that says what was changed and why: COMMENT=...");
  else if (options->changeset < 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "CHANGESET=%" PRId64 " is no number of a changeset",
                               options->changeset);
  if (status == OSMFLOW_OK && comment.size > 0)
    status = add_tag(&draft, tags, osmflow_text("comment"), comment, error);
  if (status == OSMFLOW_OK && source.size > 0)
    status = add_tag(&draft, tags, osmflow_text("source"), source, error);
  if (status == OSMFLOW_OK)
    status = add_tag(&draft, tags, osmflow_text("created_by"), osmflow_text("osmflow " OSMFLOW_VERSION), error);
  for (size_t i = 0; status == OSMFLOW_OK && i < options->tag_count; i++)
    status = add_tag(&draft, tags, options->tags[i].key, options->tags[i].value, error);
  if (status == OSMFLOW_OK)
    status = osmflow_draft_copy(&draft, kept, error);
  free(tags);
  return status;
}

static enum osmflow_status copy_text(const char *text, char **copy, struct osmflow_error *error) {
  *copy = text ? strdup(text) : NULL;
  return *copy || !text ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an upload");
}

/* `is_brief`: a client that gives up soon. */
static enum osmflow_status make_http(const struct osmflow_uploader *uploader, const char *token, bool is_brief,
                                     struct osmflow_http **http, struct osmflow_error *error) {
  char *found = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (!token)
    status = osmflow_credentials_find(uploader->environment, "OSMAPI_TOKEN", uploader->root, &found, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_options options = {.root = uploader->root,
                                                 .token = token ? token : found,
                                                 .token_option = "OSMAPI_TOKEN",
                                                 .login_command = "osmflow login osm",
                                                 .max_wait_ms = is_brief ? BRIEF_MS : uploader->max_wait_ms,
                                                 .max_attempts = is_brief ? BRIEF_ATTEMPTS : 0,
                                                 .max_wait_option = "OSMAPI_MAX_WAIT",
                                                 .accept_compressed = !osmflow_http_is_loopback(uploader->root)};
    status = osmflow_http_new(uploader->environment, &options, http, error);
  }
  osmflow_credentials_wipe(found);
  return status;
}

enum osmflow_status osmflow_upload_renew_token(struct osmflow_uploader *uploader, struct osmflow_error *error) {
  struct osmflow_http *old = uploader->http;
  if (!uploader->was_refused || uploader->has_own_token)
    return OSMFLOW_OK;
  const enum osmflow_status status = make_http(uploader, NULL, false, &uploader->http, error);
  if (status == OSMFLOW_OK)
    osmflow_http_free(old);
  else
    uploader->http = old;
  uploader->was_refused = status != OSMFLOW_OK;
  return status;
}

enum osmflow_status osmflow_uploader_new(const struct osmflow_environment *environment,
                                         const struct osmflow_upload_options *options,
                                         struct osmflow_uploader **uploader, struct osmflow_error *error) {
  struct osmflow_uploader *made = calloc(1, sizeof *made);
  *uploader = NULL;
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an upload");
  made->environment = environment;
  made->conflict = options->conflict;
  made->undelete = options->undelete;
  made->chunk = options->chunk;
  made->max_wait_ms = options->max_wait_ms;
  made->own_changeset = options->changeset;
  made->store = options->store;
  made->has_own_token = options->token != NULL;
  enum osmflow_status status = make_tags(options, &made->tags, error);
  if (status == OSMFLOW_OK)
    status = copy_text(options->root, &made->root, error);
  if (status == OSMFLOW_OK)
    status = copy_text(options->connection, &made->connection, error);
  if (status == OSMFLOW_OK)
    status = copy_text(options->journal, &made->journal_folder, error);
  if (status == OSMFLOW_OK)
    status = make_http(made, options->token, false, &made->http, error);
  if (status == OSMFLOW_OK)
    *uploader = made;
  else
    osmflow_uploader_free(made);
  return status;
}

void osmflow_uploader_free(struct osmflow_uploader *uploader) {
  if (uploader) {
    osmflow_http_free(uploader->http);
    osmflow_draft_free(uploader->tags);
    free(uploader->root);
    free(uploader->connection);
    free(uploader->journal_folder);
    free(uploader->doubted);
    free(uploader);
  }
}

void osmflow_uploader_set_store(struct osmflow_uploader *uploader, const struct osmflow_store *store) {
  uploader->store = store;
}

int64_t osmflow_uploader_changeset(const struct osmflow_uploader *uploader) {
  return uploader->changeset;
}

int64_t osmflow_uploader_last_changeset(const struct osmflow_uploader *uploader) {
  return uploader->last_changeset;
}

/* Said soon, because the caller may be about to end: nobody waits for a changeset that closes by itself anyway. */
enum osmflow_status osmflow_uploader_close(struct osmflow_uploader *uploader, struct osmflow_error *error) {
  enum osmflow_upload_closing closing = OSMFLOW_UPLOAD_CLOSED;
  struct osmflow_http *patient = uploader->http, *brief = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (uploader->changeset == 0 || uploader->own_changeset != 0)
    return OSMFLOW_OK;
  if (!uploader->has_own_token)
    status = make_http(uploader, NULL, true, &brief, error);
  uploader->http = brief ? brief : patient;
  if (status == OSMFLOW_OK)
    status = osmflow_upload_close_changeset(uploader, uploader->changeset, &closing, error);
  uploader->http = patient;
  osmflow_http_free(brief);
  if (status == OSMFLOW_OK && closing == OSMFLOW_UPLOAD_LOCKED)
    status = osmflow_error_set(error, OSMFLOW_HTTP,
                               "changeset %" PRId64
                               " cannot be closed now, because another request works on it; it "
                               "closes by itself after an hour",
                               uploader->changeset);
  if (status == OSMFLOW_OK)
    uploader->changeset = 0;
  return status;
}

static size_t count_pending(const struct osmflow_change *change) {
  size_t count = 0;
  for (size_t i = 0; i < change->count; i++)
    count += change->items[i].outcome == OSMFLOW_OUTCOME_PENDING;
  return count;
}

static enum osmflow_status open_journal(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  const struct osmflow_journal_head head = {
      .root = uploader->root,
      .connection = uploader->connection ? uploader->connection : "",
      .tags = uploader->tags->tags,
      .tag_count = uploader->tags->tag_count,
      .changeset = uploader->own_changeset,
      .started = uploader->environment->unix_seconds(uploader->environment->self)};
  return osmflow_journal_new(uploader->environment, uploader->journal_folder, &head, run->change, &run->journal, error);
}

/* The path of the journal beside its osmChange file. */
static enum osmflow_status remember_doubt(struct osmflow_uploader *uploader, const struct osmflow_journal *journal,
                                          struct osmflow_error *error) {
  struct osmflow_text stem = osmflow_text(osmflow_journal_change_path(journal));
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, LONGEST_PATH);
  if (stem.size > 4)
    stem.size -= 4;
  enum osmflow_status status = osmflow_bytes_add_text(&path, stem, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&path, ".journal", error);
  free(uploader->doubted);
  uploader->doubted = osmflow_bytes_take(&path);
  osmflow_bytes_clear(&path);
  return status;
}

/* What is done, what is not, and where it lies, behind the reason. */
static void explain(const struct osmflow_upload_run *run, size_t before, bool in_doubt, bool is_kept,
                    struct osmflow_error *error) {
  char reason[OSMFLOW_ERROR_SIZE], place[480], rest[700];
  const size_t pending = count_pending(run->change);
  if (!error)
    return;
  const int http_status = error->http_status;
  snprintf(reason, sizeof reason, "%s", error->message);
  snprintf(place, sizeof place, is_kept ? "kept in %.400s" : "not on disk, because %.400s could not be written",
           osmflow_journal_change_path(run->journal));
  if (in_doubt)
    snprintf(rest, sizeof rest,
             "Whether the last upload (changeset %" PRId64
             ") arrived is not known yet: saving again, or `osmflow resume`, finds out, and sends nothing twice. The "
             "changes are %s",
             run->doubt.changeset, place);
  else if (pending < before)
    snprintf(rest, sizeof rest,
             "%zu of %zu changes are on the server (changeset %" PRId64 "), %zu were not sent; these are %s",
             before - pending, before, run->uploader->last_changeset, pending, place);
  else
    snprintf(rest, sizeof rest, "Nothing was sent; the %zu change%s %s", pending, pending == 1 ? " is" : "s are",
             place);
  (void)osmflow_error_set(error, error->status, "%.1300s\n%s", reason, rest);
  error->http_status = http_status;
}

enum osmflow_status osmflow_upload_end(struct osmflow_upload_run *run, bool keep_change, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (keep_change)
    status = osmflow_upload_replan(run, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_record(run, OSMFLOW_JOURNAL_END, 0, 0, 0, NULL, error);
  return status == OSMFLOW_OK ? osmflow_journal_remove(run->journal, keep_change, error) : status;
}

/* The caller takes the edits back: nothing more of this journal may be sent. Without a doubt it goes, even if nothing
 * can be written any more; an osmChange file that could not be brought up to date would tell what is done already. */
static void give_up(struct osmflow_upload_run *run, size_t before, bool *is_uncertain, struct osmflow_error *error) {
  const bool in_doubt = run->in_doubt;
  const bool is_new = count_pending(run->change) == before;
  const bool is_kept = in_doubt || osmflow_upload_replan(run, NULL) == OSMFLOW_OK || is_new;
  (void)!osmflow_upload_record(run, OSMFLOW_JOURNAL_GIVEN_UP, 0, 0, 0, NULL, NULL);
  (void)!(in_doubt ? remember_doubt(run->uploader, run->journal, NULL)
                   : osmflow_journal_remove(run->journal, is_kept, NULL));
  *is_uncertain = in_doubt;
  explain(run, before, in_doubt, is_kept, error);
}

static void forget_reasons(struct osmflow_change *change) {
  for (size_t i = 0; i < change->count; i++)
    if (change->items[i].outcome == OSMFLOW_OUTCOME_PENDING) {
      free(change->items[i].reason);
      change->items[i].reason = NULL;
    }
}

/* A server that cannot be asked leaves the change on disk all the same; a change that is wrong does not get there. */
static enum osmflow_status send(struct osmflow_upload_run *run, size_t pending, bool *is_uncertain,
                                struct osmflow_error *error) {
  struct osmflow_error journal_error;
  enum osmflow_status status = osmflow_upload_admission(run->uploader, error);
  if (status == OSMFLOW_OK) {
    status = osmflow_change_check(run->change, &run->uploader->capabilities, error);
    if (status != OSMFLOW_OK)
      return status;
  }
  const enum osmflow_status opened = open_journal(run, &journal_error);
  if (opened != OSMFLOW_OK && status == OSMFLOW_OK && error)
    *error = journal_error;
  if (opened != OSMFLOW_OK)
    return status == OSMFLOW_OK ? opened : status;
  if (status == OSMFLOW_OK)
    status = osmflow_upload_rest(run, error);
  if (status != OSMFLOW_OK)
    give_up(run, pending, is_uncertain, error);
  else if (osmflow_upload_end(run, false, &journal_error) != OSMFLOW_OK)
    run->uploader->environment->log(run->uploader->environment->self, OSMFLOW_LOG_WARNING, journal_error.message);
  return status;
}

enum osmflow_status osmflow_uploader_send(struct osmflow_uploader *uploader, struct osmflow_change *change,
                                          bool *is_uncertain, struct osmflow_error *error) {
  struct osmflow_upload_run run;
  const size_t pending = count_pending(change);
  *is_uncertain = uploader->doubted != NULL;
  if (uploader->doubted)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "an earlier upload is in doubt and must be settled before anything more is sent: %s",
                             uploader->doubted);
  if (pending == 0)
    return OSMFLOW_OK;
  forget_reasons(change);
  osmflow_upload_run_init(&run, uploader, change);
  enum osmflow_status status = osmflow_upload_renew_token(uploader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_upload_known_ids(&run, error);
  if (status == OSMFLOW_OK)
    status = send(&run, pending, is_uncertain, error);
  uploader->was_refused = status == OSMFLOW_UNAUTHORIZED;
  osmflow_upload_run_clear(&run);
  return status;
}
