#include "cli/raster_show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/show.h"

enum { LINE_CEILING = 1024 * 1024, TELL_MS = 1000 };

static const struct {
  const char *word;   /* of the JSON's "event" */
  const char *text;   /* of the line for people; NULL: the progress bar says it */
  bool will_not_come; /* nothing of its size is to be sent any more */
} states[] = {[OSMFLOW_UPLOAD_CHECKED] = {"checked", "would be sent", false},
              [OSMFLOW_UPLOAD_REFUSED] = {"refused", "refused", true},
              [OSMFLOW_UPLOAD_FIXING] = {"fixing", NULL, false},
              [OSMFLOW_UPLOAD_SENDING] = {"sending", NULL, false},
              [OSMFLOW_UPLOAD_PRESENT] = {"present", "there already", true},
              [OSMFLOW_UPLOAD_SENT] = {"sent", "sent", false},
              [OSMFLOW_UPLOAD_READY] = {"ready", "ready to be used", false},
              [OSMFLOW_UPLOAD_FAILED] = {"failed", "failed", true}};

enum osmflow_status osmflow_raster_show_init(struct osmflow_raster_show *show,
                                             const struct osmflow_environment *environment, bool is_json, bool waits,
                                             char *const *paths, size_t count, struct osmflow_error *error) {
  struct stat facts;
  *show = (struct osmflow_raster_show){.environment = environment, .is_json = is_json, .waits = waits, .count = count};
  osmflow_bytes_init(&show->line, LINE_CEILING);
  osmflow_progress_init(&show->progress, environment);
  show->files = calloc(count + 1, sizeof *show->files);
  if (!show->files)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of files");
  for (size_t i = 0; i < count; i++)
    if (stat(paths[i], &facts) == 0 && S_ISREG(facts.st_mode)) {
      show->files[i].size = facts.st_size;
      show->total += facts.st_size;
    }
  return OSMFLOW_OK;
}

void osmflow_raster_show_clear(struct osmflow_raster_show *show) {
  osmflow_progress_hide(&show->progress);
  osmflow_bytes_clear(&show->line);
  free(show->files);
  show->files = NULL;
}

static enum osmflow_status flush_line(struct osmflow_raster_show *show, struct osmflow_error *error) {
  osmflow_progress_hide(&show->progress);
  enum osmflow_status status = osmflow_say(error, "%s\n", osmflow_bytes_string(&show->line));
  if (status == OSMFLOW_OK && fflush(stdout) != 0)
    status = osmflow_error_set(error, OSMFLOW_IO, "standard output does not take any more");
  return status;
}

/* ,"name":"text" */
static enum osmflow_status add_text(struct osmflow_bytes *line, const char *name, const char *text,
                                    struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_print(line, error, ",\"%s\":", name);
  return status == OSMFLOW_OK ? osmflow_bytes_add_json(line, osmflow_text(text), error) : status;
}

/* ,"messages":["...","..."], one for each line of the text. */
static enum osmflow_status add_messages(struct osmflow_bytes *line, const char *message, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(message), part;
  enum osmflow_status status = osmflow_bytes_add_string(line, ",\"messages\":[", error);
  for (bool is_first = true; status == OSMFLOW_OK && osmflow_text_next(&rest, '\n', &part);)
    if (part.size > 0) {
      if (!is_first)
        status = osmflow_bytes_add_string(line, ",", error);
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_json(line, part, error);
      is_first = false;
    }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(line, "]", error) : status;
}

/* ,"done":0.25; a thousandth is fine enough. */
static enum osmflow_status add_share(struct osmflow_bytes *line, double done, struct osmflow_error *error) {
  char number[OSMFLOW_NUMBER_SIZE];
  osmflow_format_real(number, round(done * 1000) / 1000);
  return osmflow_bytes_print(line, error, ",\"done\":%s", number);
}

static enum osmflow_status print_json(struct osmflow_raster_show *show, const struct osmflow_upload_event *event,
                                      struct osmflow_error *error) {
  struct osmflow_bytes *line = &show->line;
  osmflow_bytes_reset(line);
  enum osmflow_status status = osmflow_bytes_print(line, error, "{\"event\":\"%s\"", states[event->state].word);
  if (status == OSMFLOW_OK)
    status = add_text(line, "file", event->path, error);
  if (status == OSMFLOW_OK && event->state == OSMFLOW_UPLOAD_FIXING)
    status = add_share(line, event->done, error);
  if (status == OSMFLOW_OK && event->state == OSMFLOW_UPLOAD_SENDING)
    status = osmflow_bytes_print(line, error, ",\"sent\":%lld", (long long)event->sent);
  if (status == OSMFLOW_OK && event->size > 0)
    status = osmflow_bytes_print(line, error, ",\"size\":%lld", (long long)event->size);
  if (status == OSMFLOW_OK && event->image_id && *event->image_id)
    status = add_text(line, "image_id", event->image_id, error);
  if (status == OSMFLOW_OK && event->message && *event->message)
    status = add_messages(line, event->message, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(line, "}", error);
  return status == OSMFLOW_OK ? flush_line(show, error) : status;
}

/* The file and what became of it; below it, further in, what there is to say. */
static enum osmflow_status print_lines(struct osmflow_raster_show *show, const struct osmflow_upload_event *event,
                                       struct osmflow_error *error) {
  struct osmflow_bytes *line = &show->line;
  struct osmflow_text rest = osmflow_text(event->message ? event->message : ""), part;
  osmflow_bytes_reset(line);
  enum osmflow_status status = osmflow_show_line(line, osmflow_text(event->path), error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(line, error, ": %s", states[event->state].text);
  while (status == OSMFLOW_OK && osmflow_text_next(&rest, '\n', &part)) {
    if (part.size == 0)
      continue;
    status = osmflow_bytes_add_string(line, "\n  ", error);
    if (status == OSMFLOW_OK)
      status = osmflow_show_line(line, part, error);
  }
  return status == OSMFLOW_OK ? flush_line(show, error) : status;
}

static void count_bytes(struct osmflow_raster_show *show, const struct osmflow_upload_event *event) {
  struct osmflow_raster_show_file *file = &show->files[event->file];
  int64_t sent = file->sent, size = file->size;
  if (states[event->state].will_not_come) {
    size = sent = 0;
  } else if (event->state == OSMFLOW_UPLOAD_SENDING) {
    sent = event->sent;
    size = event->size;
  } else if (event->state == OSMFLOW_UPLOAD_SENT) {
    sent = size;
  }
  show->sent += sent - file->sent;
  show->total += size - file->size;
  file->sent = sent;
  file->size = size;
}

/* A long transfer is worth a line of JSON now and then, not one for each piece. */
static bool is_due(struct osmflow_raster_show *show, const struct osmflow_upload_event *event) {
  const int64_t now = show->environment->monotonic_ms(show->environment->self);
  struct osmflow_raster_show_file *file = &show->files[event->file];
  const bool due = states[event->state].text || file->told_ms == 0 || now - file->told_ms >= TELL_MS;
  if (due)
    file->told_ms = now > 0 ? now : 1;
  return due;
}

/* The server may need minutes for what it has, and nothing moves meanwhile. */
static void tell_of_waiting(struct osmflow_raster_show *show, const struct osmflow_upload_event *event) {
  struct osmflow_raster_show_file *file = &show->files[event->file];
  if (file->is_settled || (event->state != OSMFLOW_UPLOAD_SENT && !states[event->state].will_not_come))
    return;
  file->is_settled = true;
  if (++show->settled == show->count && show->waits && !show->is_json)
    fprintf(stderr, "Waiting until the images can be used.\n");
}

bool osmflow_raster_show_event(void *self, const struct osmflow_upload_event *event) {
  struct osmflow_raster_show *show = self;
  char what[300];
  if (event->file < show->count)
    count_bytes(show, event);
  if (show->is_json && event->file < show->count && is_due(show, event))
    show->status = print_json(show, event, &show->error);
  else if (!show->is_json && states[event->state].text)
    show->status = print_lines(show, event, &show->error);
  else if (!show->is_json) {
    snprintf(what, sizeof what, "%s%.250s", event->state == OSMFLOW_UPLOAD_FIXING ? "mending " : "", event->path);
    osmflow_progress_show(&show->progress, show->sent, show->total, what);
  }
  if (event->file < show->count)
    tell_of_waiting(show, event);
  return show->status == OSMFLOW_OK;
}

static enum osmflow_status print_json_summary(struct osmflow_raster_show *show,
                                              const struct osmflow_upload_result *result, enum osmflow_status outcome,
                                              const char *message, struct osmflow_error *error) {
  struct osmflow_bytes *line = &show->line;
  osmflow_bytes_reset(line);
  enum osmflow_status status = osmflow_bytes_add_string(line, "{\"event\":\"summary\"", error);
  if (status == OSMFLOW_OK && result->mosaic_id[0])
    status = add_text(line, "mosaic_id", result->mosaic_id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(line, error,
                                 ",\"is_mosaic_new\":%s,\"files\":%zu,\"sent\":%zu,\"present\":%zu,\"refused\":%zu,"
                                 "\"failed\":%zu,\"bytes\":%lld",
                                 result->is_mosaic_new ? "true" : "false", show->count, result->sent, result->present,
                                 result->refused, result->failed, (long long)result->bytes);
  if (status == OSMFLOW_OK)
    status = add_text(line, "status", osmflow_status_name(outcome), error);
  if (status == OSMFLOW_OK && outcome != OSMFLOW_OK)
    status = add_text(line, "message", message, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(line, "}", error);
  return status == OSMFLOW_OK ? flush_line(show, error) : status;
}

enum osmflow_status osmflow_raster_show_summary(struct osmflow_raster_show *show,
                                                const struct osmflow_upload_result *result, bool is_dry,
                                                enum osmflow_status outcome, const char *message,
                                                struct osmflow_error *error) {
  char size[OSMFLOW_SIZE_TEXT];
  if (show->is_json)
    return print_json_summary(show, result, outcome, message, error);
  osmflow_progress_hide(&show->progress);
  if (outcome != OSMFLOW_OK && result->sent + result->present + result->refused + result->failed == 0)
    return OSMFLOW_OK;
  if (is_dry)
    return osmflow_say(
        error, "Checked only, nothing was sent: of %zu files %zu can be sent, %zu there already, %zu refused.\n",
        show->count, show->count - result->refused - result->present - result->failed, result->present,
        result->refused + result->failed);
  enum osmflow_status status = OSMFLOW_OK;
  if (result->mosaic_id[0])
    status = osmflow_say(error, "Mosaic %s%s: ", result->mosaic_id, result->is_mosaic_new ? " (new)" : "");
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "%zu sent (%s), %zu there already, %zu refused, %zu failed, of %zu files.\n",
                         result->sent, osmflow_progress_size(size, (double)result->bytes), result->present,
                         result->refused, result->failed, show->count);
  return status;
}
