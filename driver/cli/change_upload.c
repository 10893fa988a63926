#include "cli/change_upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "cli/output.h"
#include "osm/journal.h"

enum { MOST_CHUNK = 10000000, DOCUMENT_CEILING = 1024 * 1024 * 1024 };

static enum osmflow_status read_conflict(const char *word, enum osmflow_conflict_mode *mode,
                                         struct osmflow_error *error) {
  static const struct {
    const char *word;
    enum osmflow_conflict_mode mode;
  } words[] = {{"merge", OSMFLOW_CONFLICT_MERGE}, {"fail", OSMFLOW_CONFLICT_FAIL}, {"skip", OSMFLOW_CONFLICT_SKIP}};
  *mode = OSMFLOW_CONFLICT_MERGE;
  for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++)
    if (strcmp(word, words[i].word) == 0) {
      *mode = words[i].mode;
      word = NULL;
    }
  return word ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--conflict is merge, fail or skip") : OSMFLOW_OK;
}

static enum osmflow_status read_tags(struct osmflow_upload_wish *wish, const struct osmflow_arguments *arguments,
                                     struct osmflow_error *error) {
  const char *const *options = arguments->options;
  struct osmflow_pairs all = {NULL, 0, 0};
  struct osmflow_bytes unused;
  enum osmflow_status status = OSMFLOW_OK;
  if (options[OSMFLOW_UPLOAD_CHANGESET] &&
      (options[OSMFLOW_UPLOAD_COMMENT] || options[OSMFLOW_UPLOAD_SOURCE] || options[OSMFLOW_UPLOAD_TAG]))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "--changeset names a changeset that has its comment already; `osmflow changeset tag` "
                             "changes it");
  if (options[OSMFLOW_UPLOAD_CHANGESET] || (wish->is_dry && !options[OSMFLOW_UPLOAD_COMMENT]))
    return OSMFLOW_OK;
  osmflow_bytes_init(&unused, DOCUMENT_CEILING);
  status = osmflow_pairs_changeset(&all, options[OSMFLOW_UPLOAD_COMMENT], options[OSMFLOW_UPLOAD_SOURCE], arguments,
                                   OSMFLOW_UPLOAD_TAG, error);
  if (status == OSMFLOW_OK)
    status = osmflow_action_write_changeset(all.items, all.count, &unused, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < arguments->repeat_count; i++)
    if (arguments->repeats[i].option == OSMFLOW_UPLOAD_TAG)
      status = osmflow_pairs_read(&wish->tags, "tag", osmflow_text(arguments->repeats[i].value), error);
  osmflow_bytes_clear(&unused);
  osmflow_pairs_clear(&all);
  return status;
}

/* The report takes the place of what is there, which must not be a device. */
static enum osmflow_status check_report(const char *path, struct osmflow_error *error) {
  struct stat facts;
  if (!path || stat(path, &facts) != 0 || S_ISREG(facts.st_mode))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--report %s: that is no file", path);
}

enum osmflow_status osmflow_upload_wish_read(struct osmflow_upload_wish *wish,
                                             const struct osmflow_environment *environment,
                                             const struct osmflow_arguments *arguments, const char *root,
                                             struct osmflow_error *error) {
  const char *const *options = arguments->options;
  const struct osmflow_service *service = NULL;
  *wish = (struct osmflow_upload_wish){.is_dry = options[OSMFLOW_UPLOAD_DRY_RUN] != NULL};
  struct osmflow_upload_options *made = &wish->options;
  made->root = root;
  made->comment = options[OSMFLOW_UPLOAD_COMMENT];
  made->source = options[OSMFLOW_UPLOAD_SOURCE];
  enum osmflow_status status = read_conflict(options[OSMFLOW_UPLOAD_CONFLICT], &made->conflict, error);
  if (status == OSMFLOW_OK && options[OSMFLOW_UPLOAD_CHANGESET])
    status = osmflow_remote_id("changeset", options[OSMFLOW_UPLOAD_CHANGESET], &made->changeset, error);
  if (status == OSMFLOW_OK && options[OSMFLOW_UPLOAD_CHUNK] &&
      !osmflow_parse_int(osmflow_text(options[OSMFLOW_UPLOAD_CHUNK]), 1, MOST_CHUNK, &made->chunk))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--chunk is a number above 0");
  if (status == OSMFLOW_OK && options[OSMFLOW_UPLOAD_OUTPUT] && !wish->is_dry)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "-o goes with --dry-run: write the change, send nothing");
  if (status == OSMFLOW_OK)
    status = check_report(options[OSMFLOW_UPLOAD_REPORT], error);
  if (status == OSMFLOW_OK)
    status = read_tags(wish, arguments, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_find("osm", &service, error);
  if (status == OSMFLOW_OK)
    status = osmflow_service_max_wait(service, environment, &made->max_wait_ms, error);
  made->tags = wish->tags.items;
  made->tag_count = wish->tags.count;
  return status;
}

void osmflow_upload_wish_clear(struct osmflow_upload_wish *wish) {
  osmflow_pairs_clear(&wish->tags);
}

static enum osmflow_status ignore_record(void *self, const struct osmflow_journal_record *record,
                                         struct osmflow_error *error) {
  (void)self, (void)record, (void)error;
  return OSMFLOW_OK;
}

static bool ends_with(const char *text, const char *end) {
  const size_t size = strlen(text), length = strlen(end);
  return size >= length && strcmp(text + size - length, end) == 0;
}

/* Whether a journal is of the same server and the same work. One that cannot be read is somebody else's matter: it is
 * told of by `osmflow resume`. */
static bool is_of(const struct osmflow_environment *environment, const char *path,
                  const struct osmflow_upload_wish *wish, const char *key) {
  struct osmflow_journal *journal = NULL;
  struct osmflow_change change;
  osmflow_change_init(&change);
  bool same = osmflow_journal_open(environment, path, &change, ignore_record, NULL, &journal, NULL) == OSMFLOW_OK &&
              journal != NULL;
  if (same) {
    const struct osmflow_journal_head *head = osmflow_journal_head(journal);
    same = strcmp(head->root, wish->options.root) == 0 && ends_with(head->connection, key);
  }
  osmflow_journal_free(journal);
  osmflow_change_clear(&change);
  return same;
}

static enum osmflow_status settle_one(const struct osmflow_environment *environment, const char *path,
                                      const struct osmflow_upload_wish *wish, struct osmflow_upload_earlier *earlier,
                                      struct osmflow_error *error) {
  struct osmflow_resume_result result;
  enum osmflow_status status = osmflow_upload_resume(environment, path, &wish->options, false, &result, error);
  if (status == OSMFLOW_OK && result.is_busy)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "another osmflow works on the same at this moment");
  if (status != OSMFLOW_OK) {
    osmflow_error_prefix(error, "an earlier run on the same is not finished: ");
    return status;
  }
  earlier->found = true;
  snprintf(earlier->rest, sizeof earlier->rest, "%s", result.pending > 0 ? result.change_path : "");
  return osmflow_say(error,
                     "An earlier run on the same was left in the middle: %zu changes were on the server already, %zu "
                     "were sent now, %zu were left out, %zu are not sent.\n",
                     result.done, result.sent, result.left_out, result.pending);
}

enum osmflow_status osmflow_upload_settle_earlier(const struct osmflow_environment *environment,
                                                  const struct osmflow_upload_wish *wish, const char *key,
                                                  struct osmflow_upload_earlier *earlier, struct osmflow_error *error) {
  struct osmflow_journal_paths paths = {NULL, 0, 0, 0};
  char *folder = NULL;
  *earlier = (struct osmflow_upload_earlier){.found = false};
  enum osmflow_status status = osmflow_journal_folder(environment, wish->options.journal, &folder, error);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_list(folder, &paths, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < paths.count; i++)
    if (is_of(environment, paths.items[i], wish, key))
      status = settle_one(environment, paths.items[i], wish, earlier, error);
  osmflow_journal_paths_clear(&paths);
  free(folder);
  return status;
}

static enum osmflow_status write_file(const struct osmflow_change *change, const char *path,
                                      struct osmflow_error *error) {
  struct osmflow_bytes document;
  osmflow_bytes_init(&document, DOCUMENT_CEILING);
  enum osmflow_status status = osmflow_change_write(change, 0, change->count, 0, NULL, &document, error);
  if (status == OSMFLOW_OK)
    status = osmflow_output_text(path, osmflow_bytes_view(&document), error);
  osmflow_bytes_clear(&document);
  return status;
}

enum osmflow_status osmflow_upload_describe(const struct osmflow_change *change, const char *path,
                                            struct osmflow_error *error) {
  size_t counts[OSMFLOW_ACTION_DELETE + 1] = {0}, out = 0;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < change->count; i++)
    if (change->items[i].outcome == OSMFLOW_OUTCOME_PENDING)
      counts[change->items[i].action]++;
    else
      out++;
  if (path)
    status = write_file(change, path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "%zu to be created, %zu to be changed, %zu to be deleted",
                         counts[OSMFLOW_ACTION_CREATE], counts[OSMFLOW_ACTION_MODIFY], counts[OSMFLOW_ACTION_DELETE]);
  if (status == OSMFLOW_OK && out > 0)
    status = osmflow_say(error, ", %zu left out", out);
  return status == OSMFLOW_OK ? osmflow_say(error, ". Nothing was sent.\n") : status;
}

/* "Changeset 12: 3 done, 1 merged." and why the others were left out. */
static enum osmflow_status tell(const struct osmflow_change *change, int64_t changeset, struct osmflow_error *error) {
  size_t counts[OSMFLOW_OUTCOME_REFUSED + 1] = {0};
  const char *between = " ";
  enum osmflow_status status = changeset > 0 ? osmflow_say(error, "Changeset %" PRId64 ":", changeset)
                                             : osmflow_say(error, "No changeset was needed:");
  for (size_t i = 0; i < change->count; i++)
    counts[change->items[i].outcome]++;
  for (size_t i = 0; status == OSMFLOW_OK && i <= OSMFLOW_OUTCOME_REFUSED; i++)
    if (counts[i] > 0) {
      status = osmflow_say(error, "%s%zu %s", between, counts[i], osmflow_outcome_names[i]);
      between = ", ";
    }
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "%s.\n", change->count == 0 ? " nothing to do" : "");
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    char name[OSMFLOW_DRAFT_NAME_SIZE];
    if (item->outcome >= OSMFLOW_OUTCOME_KEPT)
      status =
          osmflow_say(error, "%s: %s%s%s\n", osmflow_draft_name(item->draft, name),
                      osmflow_outcome_names[item->outcome], item->reason ? ": " : "", item->reason ? item->reason : "");
  }
  return status;
}

static bool is_touched(const struct osmflow_change *change) {
  for (size_t i = 0; i < change->count; i++) {
    const enum osmflow_outcome outcome = change->items[i].outcome;
    if (outcome == OSMFLOW_OUTCOME_DONE || outcome == OSMFLOW_OUTCOME_MERGED || outcome == OSMFLOW_OUTCOME_KEPT)
      return true;
  }
  return false;
}

enum osmflow_status osmflow_upload_send(const struct osmflow_environment *environment,
                                        const struct osmflow_upload_wish *wish, const char *report,
                                        struct osmflow_change *change, bool *touched, int64_t *changeset,
                                        struct osmflow_error *error) {
  struct osmflow_uploader *uploader = NULL;
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  bool is_uncertain = false;
  *changeset = 0;
  *touched = false;
  enum osmflow_status status = osmflow_uploader_new(environment, &wish->options, &uploader, error);
  if (status != OSMFLOW_OK)
    return status;
  status = osmflow_uploader_send(uploader, change, &is_uncertain, error);
  if (status == OSMFLOW_BAD_ARGUMENT) /* what is wrong is in the change, not in the command line */
    status = OSMFLOW_BAD_DATA;
  *touched = is_uncertain || is_touched(change);
  *changeset = osmflow_uploader_last_changeset(uploader);
  if (osmflow_uploader_close(uploader, &reason) != OSMFLOW_OK && !is_uncertain)
    environment->log(environment->self, OSMFLOW_LOG_WARNING, reason.message);
  if (report) {
    const enum osmflow_status reported = osmflow_upload_report(change, report, &reason);
    if (status == OSMFLOW_OK && reported != OSMFLOW_OK) {
      osmflow_error_prefix(&reason, "the changes are sent, but the report cannot be written: ");
      if (error)
        *error = reason;
      status = reported;
    }
  }
  if (status == OSMFLOW_OK)
    status = tell(change, *changeset, error);
  osmflow_uploader_free(uploader);
  return status;
}
