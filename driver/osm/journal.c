#include "osm/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "osm/journal_file.h"
#include "osm/journal_json.h"
#include "osm/journal_plan.h"
#include "osm/journal_record.h"

enum { PATH_CEILING = 64 * 1024, MOST_ATTEMPTS = 1000 };

static const char ending[] = ".journal";

struct osmflow_journal {
  int descriptor; /* holds the lock */
  char *stem, *path, *change_path;
  struct osmflow_journal_own_head own;
  struct osmflow_journal_plan plan; /* the one in force */
  size_t size;                      /* of the file */
  bool is_broken;                   /* a record may or may not be on the disk: no more are written */
};

static char *join(const char *stem, const char *rest) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, PATH_CEILING);
  if (osmflow_bytes_print(&path, NULL, "%s%s", stem, rest) != OSMFLOW_OK)
    osmflow_bytes_clear(&path);
  return osmflow_bytes_take(&path);
}

static char *plan_path(const struct osmflow_journal *journal, int64_t number) {
  char rest[sizeof ".plan." + OSMFLOW_NUMBER_SIZE];
  snprintf(rest, sizeof rest, ".plan.%" PRId64, number);
  return join(journal->stem, rest);
}

static enum osmflow_status set_stem(struct osmflow_journal *journal, const char *stem, struct osmflow_error *error) {
  free(journal->stem);
  free(journal->path);
  free(journal->change_path);
  journal->stem = join(stem, "");
  journal->path = join(stem, ending);
  journal->change_path = join(stem, ".osc");
  if (!journal->stem || !journal->path || !journal->change_path)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a path");
  return OSMFLOW_OK;
}

static enum osmflow_status make(struct osmflow_journal **journal, struct osmflow_error *error) {
  *journal = calloc(1, sizeof **journal);
  if (!*journal)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a journal");
  (*journal)->descriptor = -1;
  return OSMFLOW_OK;
}

void osmflow_journal_free(struct osmflow_journal *journal) {
  if (journal) {
    if (journal->descriptor >= 0)
      close(journal->descriptor);
    osmflow_journal_own_head_clear(&journal->own);
    free(journal->stem);
    free(journal->path);
    free(journal->change_path);
    free(journal);
  }
}

const char *osmflow_journal_change_path(const struct osmflow_journal *journal) {
  return journal->change_path;
}

const struct osmflow_journal_head *osmflow_journal_head(const struct osmflow_journal *journal) {
  return &journal->own.head;
}

static enum osmflow_status no_memory(struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a path");
}

/* Writes the files of a plan that is not in force yet. */
static enum osmflow_status write_plan(const struct osmflow_journal *journal, const struct osmflow_change *change,
                                      int64_t number, struct osmflow_journal_plan *plan, struct osmflow_error *error) {
  struct osmflow_bytes text;
  char *path = plan_path(journal, number);
  osmflow_bytes_init(&text, OSMFLOW_JOURNAL_CEILING);
  enum osmflow_status status = path ? osmflow_journal_plan_write(change, &text, error) : no_memory(error);
  if (status == OSMFLOW_OK) {
    *plan = (struct osmflow_journal_plan){.number = number, .count = change->count};
    osmflow_journal_digest(osmflow_bytes_view(&text), plan->digest);
    status = osmflow_journal_file_replace(path, osmflow_bytes_view(&text), error);
  }
  osmflow_bytes_reset(&text);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_plan_document(change, &text, error);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_file_replace(journal->change_path, osmflow_bytes_view(&text), error);
  osmflow_bytes_clear(&text);
  free(path);
  return status;
}

static enum osmflow_status append(struct osmflow_journal *journal, struct osmflow_text text,
                                  struct osmflow_error *error) {
  if (journal->is_broken)
    return osmflow_error_set(error, OSMFLOW_IO, "%s could not be written before, so nothing more is done",
                             journal->path);
  const enum osmflow_status status =
      osmflow_journal_file_append(journal->descriptor, journal->path, journal->size, text, error);
  if (status == OSMFLOW_OK)
    journal->size += text.size;
  else
    journal->is_broken = true;
  return status;
}

static enum osmflow_status add_plan_record(const struct osmflow_journal_plan *plan, struct osmflow_bytes *text,
                                           struct osmflow_error *error) {
  const struct osmflow_journal_record record = {.kind = OSMFLOW_JOURNAL_PLAN, .count = plan->count};
  return osmflow_journal_record_write(&record, plan, plan->count, text, error);
}

static enum osmflow_status write_start(struct osmflow_journal *journal, const struct osmflow_journal_head *head,
                                       const struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_bytes text;
  struct osmflow_text rest;
  struct osmflow_text json;
  osmflow_bytes_init(&text, OSMFLOW_JOURNAL_LINE_CEILING);
  enum osmflow_status status = write_plan(journal, change, 1, &journal->plan, error);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_head_write(head, &text, error);
  rest = osmflow_bytes_view(&text);
  if (status == OSMFLOW_OK && osmflow_journal_line_next(&rest, &json) == OSMFLOW_JOURNAL_LINE_GOOD)
    status = osmflow_journal_head_read(json, &journal->own, error);
  if (status == OSMFLOW_OK)
    status = add_plan_record(&journal->plan, &text, error);
  if (status == OSMFLOW_OK)
    status = append(journal, osmflow_bytes_view(&text), error);
  osmflow_bytes_clear(&text);
  return status;
}

static bool is_free(const struct osmflow_journal *journal) {
  return access(journal->path, F_OK) != 0 && errno == ENOENT && access(journal->change_path, F_OK) != 0 &&
         errno == ENOENT;
}

/* A name that nobody has. Only who makes the draft of a name may use it, and a used name has its .journal or .osc. */
static enum osmflow_status choose_name(const struct osmflow_environment *environment, const char *folder,
                                       struct osmflow_journal *journal, char **draft, struct osmflow_error *error) {
  const struct osmflow_date date = osmflow_date_of(environment->unix_seconds(environment->self));
  enum osmflow_status status = OSMFLOW_OK;
  for (int attempt = 0; status == OSMFLOW_OK && journal->descriptor < 0; attempt++) {
    char name[96];
    if (attempt == MOST_ATTEMPTS)
      return osmflow_error_set(error, OSMFLOW_IO, "no free name for a journal in %s", folder);
    snprintf(name, sizeof name, "/%04d%02d%02dT%02d%02d%02dZ-%08" PRIx32 "%08" PRIx32, date.year, date.month, date.day,
             date.hour, date.minute, date.second, environment->random(environment->self),
             environment->random(environment->self) + (uint32_t)attempt);
    char *stem = join(folder, name);
    status = stem ? set_stem(journal, stem, error) : no_memory(error);
    free(stem);
    free(*draft);
    *draft = status == OSMFLOW_OK ? join(journal->path, ".part") : NULL;
    if (status == OSMFLOW_OK)
      status = *draft ? osmflow_journal_file_make(*draft, &journal->descriptor, error) : no_memory(error);
    if (status == OSMFLOW_OK && journal->descriptor >= 0 && !is_free(journal)) {
      unlink(*draft);
      close(journal->descriptor);
      journal->descriptor = -1;
    }
  }
  return status;
}

enum osmflow_status osmflow_journal_new(const struct osmflow_environment *environment, const char *folder,
                                        const struct osmflow_journal_head *head, const struct osmflow_change *change,
                                        struct osmflow_journal **journal, struct osmflow_error *error) {
  char *real = NULL;
  char *draft = NULL;
  *journal = NULL;
  enum osmflow_status status = osmflow_journal_folder(environment, folder, &real, error);
  if (status == OSMFLOW_OK) {
    osmflow_journal_tidy(real);
    status = make(journal, error);
  }
  if (status == OSMFLOW_OK)
    status = choose_name(environment, real, *journal, &draft, error);
  if (status == OSMFLOW_OK)
    status = write_start(*journal, head, change, error);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_file_rename(draft, (*journal)->path, error);
  if (status != OSMFLOW_OK) {
    osmflow_error_prefix(error, "nothing was sent, because the journal cannot be written: ");
    if (*journal && (*journal)->descriptor >= 0)
      osmflow_journal_file_sweep((*journal)->stem, NULL, NULL);
    osmflow_journal_free(*journal);
    *journal = NULL;
  }
  free(draft);
  free(real);
  return status;
}

enum osmflow_status osmflow_journal_add(struct osmflow_journal *journal, const struct osmflow_journal_record *record,
                                        struct osmflow_error *error) {
  struct osmflow_bytes line;
  osmflow_bytes_init(&line, OSMFLOW_JOURNAL_LINE_CEILING);
  enum osmflow_status status = osmflow_journal_record_write(record, NULL, journal->plan.count, &line, error);
  if (status == OSMFLOW_OK)
    status = append(journal, osmflow_bytes_view(&line), error);
  osmflow_bytes_clear(&line);
  return status;
}

enum osmflow_status osmflow_journal_replan(struct osmflow_journal *journal, const struct osmflow_change *change,
                                           struct osmflow_error *error) {
  struct osmflow_journal_plan plan;
  struct osmflow_bytes line;
  osmflow_bytes_init(&line, OSMFLOW_JOURNAL_LINE_CEILING);
  enum osmflow_status status = write_plan(journal, change, journal->plan.number + 1, &plan, error);
  if (status == OSMFLOW_OK)
    status = add_plan_record(&plan, &line, error);
  if (status == OSMFLOW_OK)
    status = append(journal, osmflow_bytes_view(&line), error);
  if (status == OSMFLOW_OK) {
    char *old = plan_path(journal, journal->plan.number);
    if (old)
      unlink(old);
    free(old);
    journal->plan = plan;
  }
  osmflow_bytes_clear(&line);
  return status;
}

enum osmflow_status osmflow_journal_remove(struct osmflow_journal *journal, bool keep_change,
                                           struct osmflow_error *error) {
  /* While the journal is there, it says that all of this was sent; without it the file would say the opposite. */
  if (!keep_change)
    (void)unlink(journal->change_path);
  return osmflow_journal_file_sweep(journal->stem, keep_change ? journal->change_path : NULL, error);
}

/* The sentence for a file that cannot be used; `error` says why. */
static void explain(const struct osmflow_journal *journal, const char *path, size_t line, struct osmflow_error *error) {
  char reason[OSMFLOW_ERROR_SIZE];
  if (!error || error->status != OSMFLOW_BAD_DATA)
    return;
  snprintf(reason, sizeof reason, "%s", error->message);
  osmflow_error_set(
      error, OSMFLOW_BAD_DATA,
      "%s, line %zu: %s. It is left alone, so that nothing is sent twice. Move %s away; the change itself "
      "is in %s",
      path, line, reason, journal->path, journal->change_path);
}

static enum osmflow_status read_plan(const struct osmflow_journal *journal, struct osmflow_change *change,
                                     struct osmflow_error *error) {
  struct osmflow_bytes text;
  char digest[sizeof journal->plan.digest];
  char *path = plan_path(journal, journal->plan.number);
  size_t line = 1;
  bool is_there = false;
  osmflow_bytes_init(&text, OSMFLOW_JOURNAL_CEILING);
  enum osmflow_status status = path ? osmflow_journal_file_read(path, &text, &is_there, error) : no_memory(error);
  if (status == OSMFLOW_OK && !is_there)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the file is missing");
  if (status == OSMFLOW_OK)
    status = osmflow_journal_plan_read(osmflow_bytes_view(&text), change, &line, error);
  osmflow_journal_digest(osmflow_bytes_view(&text), digest);
  if (status == OSMFLOW_OK && (strcmp(digest, journal->plan.digest) != 0 || change->count != journal->plan.count))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "not the plan that the journal names");
  if (status != OSMFLOW_OK)
    explain(journal, path ? path : "", line, error);
  osmflow_bytes_clear(&text);
  free(path);
  return status;
}

/* The head, the plan in force, and how much of the file is whole. */
static enum osmflow_status read_journal(struct osmflow_journal *journal, struct osmflow_text text,
                                        struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_journal_text read;
  enum osmflow_status status = osmflow_journal_text_read(text, NULL, NULL, &read, error);
  if (status != OSMFLOW_OK) {
    explain(journal, journal->path, read.line, error);
    return status;
  }
  journal->own = read.own;
  journal->plan = read.plan;
  journal->size = read.whole;
  status = read_plan(journal, change, error);
  if (status == OSMFLOW_OK && read.whole < text.size)
    status = osmflow_journal_file_cut(journal->descriptor, journal->path, read.whole, error);
  return status;
}

static enum osmflow_status visit(const struct osmflow_journal *journal, struct osmflow_text text,
                                 osmflow_journal_visitor *visitor, void *self, struct osmflow_error *error) {
  struct osmflow_journal_text read;
  text.size = journal->size;
  const enum osmflow_status status = osmflow_journal_text_read(text, visitor, self, &read, error);
  if (status == OSMFLOW_OK)
    osmflow_journal_own_head_clear(&read.own);
  return status;
}

static enum osmflow_status lock(struct osmflow_journal *journal, const char *path, struct osmflow_error *error) {
  const size_t size = strlen(path);
  const size_t stem_size = size >= sizeof ending ? size - (sizeof ending - 1) : 0;
  if (stem_size == 0 || strcmp(path + stem_size, ending) != 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is no journal: the names of journals end in %s", path,
                             ending);
  char *stem = strndup(path, stem_size);
  enum osmflow_status status = stem ? set_stem(journal, stem, error) : no_memory(error);
  free(stem);
  if (status == OSMFLOW_OK)
    status = osmflow_journal_file_lock(path, &journal->descriptor, error);
  return status;
}

enum osmflow_status osmflow_journal_open(const struct osmflow_environment *environment, const char *path,
                                         struct osmflow_change *change, osmflow_journal_visitor *visitor, void *self,
                                         struct osmflow_journal **journal, struct osmflow_error *error) {
  struct osmflow_bytes text;
  bool is_there = false;
  (void)environment;
  osmflow_bytes_init(&text, OSMFLOW_JOURNAL_CEILING);
  enum osmflow_status status = make(journal, error);
  if (status == OSMFLOW_OK)
    status = lock(*journal, path, error);
  const bool is_ours = status == OSMFLOW_OK && (*journal)->descriptor >= 0;
  if (is_ours)
    status = osmflow_journal_file_read(path, &text, &is_there, error);
  if (is_ours && status == OSMFLOW_OK)
    status = read_journal(*journal, osmflow_bytes_view(&text), change, error);
  if (is_ours && status == OSMFLOW_OK && visitor)
    status = visit(*journal, osmflow_bytes_view(&text), visitor, self, error);
  osmflow_bytes_clear(&text);
  if (status != OSMFLOW_OK || !is_ours) {
    osmflow_change_clear(change);
    osmflow_journal_free(*journal);
    *journal = NULL;
  }
  return status;
}
