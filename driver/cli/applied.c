#include "cli/applied.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/input.h"
#include "net/file.h"
#include "osm/journal.h"

enum { LONGEST_PATH = 8192 };

enum osmflow_status osmflow_applied_open(struct osmflow_applied *applied, const struct osmflow_environment *environment,
                                         const char *key, struct osmflow_error *error) {
  struct osmflow_bytes path;
  char *folder = NULL;
  applied->path = NULL;
  osmflow_bytes_init(&path, LONGEST_PATH);
  enum osmflow_status status = osmflow_journal_folder(environment, NULL, &folder, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&path, error, "%s/%s.applied", folder, key);
  if (status == OSMFLOW_OK)
    applied->path = osmflow_bytes_take(&path);
  osmflow_bytes_clear(&path);
  free(folder);
  return status;
}

void osmflow_applied_clear(struct osmflow_applied *applied) {
  free(applied->path);
  applied->path = NULL;
}

enum osmflow_status osmflow_applied_read(const struct osmflow_applied *applied,
                                         const struct osmflow_environment *environment, struct osmflow_bytes *words,
                                         struct osmflow_error *error) {
  if (access(applied->path, F_OK) != 0 && errno == ENOENT)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_input_read(environment, applied->path, words, error);
  if (status == OSMFLOW_OK && words->size == 0)
    status = osmflow_bytes_add_string(words, "begun", error);
  return status;
}

enum osmflow_status osmflow_applied_write(const struct osmflow_applied *applied, const char *words,
                                          struct osmflow_error *error) {
  struct osmflow_file_draft draft = {-1, NULL, NULL};
  if (!words)
    return unlink(applied->path) == 0 || errno == ENOENT
               ? OSMFLOW_OK
               : osmflow_error_set(error, OSMFLOW_IO, "%s cannot be removed: %s", applied->path, strerror(errno));
  enum osmflow_status status = osmflow_file_draft_open(&draft, applied->path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&draft, words, strlen(words), error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_commit(&draft, error);
  osmflow_file_draft_discard(&draft);
  return status;
}
