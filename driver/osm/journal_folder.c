/* The folder of the journals, and which there are. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "osm/journal.h"
#include "osm/journal_file.h"

enum { PATH_CEILING = 64 * 1024, MOST_JOURNALS = 100000 };

static const char ending[] = ".journal";

enum osmflow_status osmflow_journal_folder(const struct osmflow_environment *environment, const char *folder,
                                           char **path, struct osmflow_error *error) {
  static const struct {
    const char *option, *rest;
  } places[] = {
      {"OSMAPI_JOURNAL", ""}, {"XDG_STATE_HOME", "/osmflow/uploads"}, {"HOME", "/.local/state/osmflow/uploads"}};
  struct osmflow_bytes text;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, PATH_CEILING);
  *path = NULL;
  if (folder && *folder)
    status = osmflow_bytes_add_string(&text, folder, error);
  for (size_t i = 0; status == OSMFLOW_OK && text.size == 0 && i < sizeof places / sizeof places[0]; i++) {
    const char *value = environment->option(environment->self, places[i].option);
    if (value && *value)
      status = osmflow_bytes_print(&text, error, "%s%s", value, places[i].rest);
  }
  if (status == OSMFLOW_OK && text.size == 0)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                               "there is no place for the journal of an upload: set OSMAPI_JOURNAL or HOME");
  if (status == OSMFLOW_OK)
    status = osmflow_journal_file_folder(osmflow_bytes_string(&text), path, error);
  osmflow_bytes_clear(&text);
  return status;
}

void osmflow_journal_paths_clear(struct osmflow_journal_paths *paths) {
  for (size_t i = 0; i < paths->count; i++)
    free(paths->items[i]);
  free(paths->items);
  *paths = (struct osmflow_journal_paths){.items = NULL};
}

static bool is_journal(const char *name) {
  const size_t size = strlen(name);
  return size >= sizeof ending && name[0] != '.' && strcmp(name + size - (sizeof ending - 1), ending) == 0;
}

static enum osmflow_status add_path(struct osmflow_journal_paths *paths, const char *folder, const char *name,
                                    struct osmflow_error *error) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, PATH_CEILING);
  enum osmflow_status status = osmflow_array_reserve((void **)&paths->items, &paths->capacity, paths->count + 1,
                                                     sizeof *paths->items, MOST_JOURNALS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&path, error, "%s/%s", folder, name);
  if (status == OSMFLOW_OK && osmflow_journal_file_is_held(osmflow_bytes_string(&path)))
    paths->busy++;
  else if (status == OSMFLOW_OK)
    paths->items[paths->count++] = osmflow_bytes_take(&path);
  osmflow_bytes_clear(&path);
  return status;
}

/* Names begin with the time. */
static int compare(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

enum osmflow_status osmflow_journal_list(const char *folder, struct osmflow_journal_paths *paths,
                                         struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const struct dirent *entry;
  *paths = (struct osmflow_journal_paths){.items = NULL};
  DIR *stream = opendir(folder);
  if (!stream && errno == ENOENT)
    return OSMFLOW_OK;
  if (!stream)
    return osmflow_error_set(error, OSMFLOW_IO, "the folder %s cannot be read: %s", folder, strerror(errno));
  while (status == OSMFLOW_OK && (entry = readdir(stream)) != NULL)
    if (is_journal(entry->d_name))
      status = add_path(paths, folder, entry->d_name, error);
  closedir(stream);
  if (paths->count > 0)
    qsort(paths->items, paths->count, sizeof *paths->items, compare);
  if (status != OSMFLOW_OK)
    osmflow_journal_paths_clear(paths);
  return status;
}
