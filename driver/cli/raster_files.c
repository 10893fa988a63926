#include "cli/raster_files.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"

enum { MOST_RASTERS = 100000, PATH_CEILING = 64 * 1024 };

static bool has_suffix(const char *name, const char *suffix) {
  const size_t size = strlen(name), part = strlen(suffix);
  return size > part && osmflow_text_is_ignoring_case(osmflow_text(name + size - part), suffix);
}

static bool is_geotiff(const char *name) {
  return has_suffix(name, ".tif") || has_suffix(name, ".tiff");
}

/* Takes the path, also when it fails. */
static enum osmflow_status take(struct osmflow_raster_files *files, char *path, struct osmflow_error *error) {
  enum osmflow_status status = path ? osmflow_array_reserve((void **)&files->paths, &files->capacity, files->count + 1,
                                                            sizeof *files->paths, MOST_RASTERS, error)
                                    : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of files");
  if (status == OSMFLOW_OK)
    files->paths[files->count++] = path;
  else
    free(path);
  return status;
}

static int compare(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum osmflow_status take_entry(struct osmflow_raster_files *files, const char *folder, const char *name,
                                      struct osmflow_error *error) {
  struct osmflow_bytes path;
  struct stat facts;
  const size_t size = strlen(folder);
  osmflow_bytes_init(&path, PATH_CEILING);
  enum osmflow_status status =
      osmflow_bytes_print(&path, error, "%s%s%s", folder, size > 0 && folder[size - 1] == '/' ? "" : "/", name);
  if (status == OSMFLOW_OK && stat(osmflow_bytes_string(&path), &facts) == 0 && S_ISREG(facts.st_mode))
    status = take(files, osmflow_bytes_take(&path), error);
  osmflow_bytes_clear(&path);
  return status;
}

static enum osmflow_status read_folder(struct osmflow_raster_files *files, const char *folder,
                                       struct osmflow_error *error) {
  const size_t before = files->count;
  struct dirent *entry;
  enum osmflow_status status = OSMFLOW_OK;
  DIR *directory = opendir(folder);
  if (!directory)
    return osmflow_error_set(error, OSMFLOW_IO, "%s: the folder cannot be read: %s", folder, strerror(errno));
  while (status == OSMFLOW_OK && (entry = readdir(directory)))
    if (is_geotiff(entry->d_name))
      status = take_entry(files, folder, entry->d_name, error);
  closedir(directory);
  if (status == OSMFLOW_OK && files->count == before)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: there is no .tif or .tiff file in this folder", folder);
  if (status == OSMFLOW_OK)
    qsort(files->paths + before, files->count - before, sizeof *files->paths, compare);
  return status;
}

static enum osmflow_status read_pattern(struct osmflow_raster_files *files, const char *pattern,
                                        struct osmflow_error *error) {
  glob_t found;
  enum osmflow_status status = OSMFLOW_OK;
  const int code = glob(pattern, 0, NULL, &found);
  if (code == GLOB_NOMATCH)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: no file has such a name", pattern);
  if (code != 0)
    return osmflow_error_set(error, OSMFLOW_IO, "%s: the files cannot be listed", pattern);
  for (size_t i = 0; status == OSMFLOW_OK && i < found.gl_pathc; i++)
    status = take(files, strdup(found.gl_pathv[i]), error);
  globfree(&found);
  return status;
}

static bool is_folder(const char *word) {
  struct stat facts;
  return stat(word, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static bool is_pattern(const char *word) {
  struct stat facts;
  return strpbrk(word, "*?[") && strncmp(word, "/vsi", 4) != 0 && stat(word, &facts) != 0;
}

static int compare_places(const void *left, const void *right) {
  char *const *a = *(char *const *const *)left, *const *b = *(char *const *const *)right;
  const int order = strcmp(*a, *b);
  return order != 0 ? order : (a > b) - (a < b);
}

/* Of equal paths the first stays. */
static enum osmflow_status drop_repeats(struct osmflow_raster_files *files, struct osmflow_error *error) {
  char ***places = calloc(files->count + 1, sizeof *places), *kept = NULL;
  size_t count = 0;
  if (!places)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of files");
  for (size_t i = 0; i < files->count; i++)
    places[i] = &files->paths[i];
  qsort(places, files->count, sizeof *places, compare_places);
  for (size_t i = 0; i < files->count; i++)
    if (kept && strcmp(kept, *places[i]) == 0) {
      free(*places[i]);
      *places[i] = NULL;
    } else {
      kept = *places[i];
    }
  free(places);
  for (size_t i = 0; i < files->count; i++)
    if (files->paths[i])
      files->paths[count++] = files->paths[i];
  files->count = count;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_raster_files_read(struct osmflow_raster_files *files, const char *const *words,
                                              size_t count, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    status = is_folder(words[i])    ? read_folder(files, words[i], error)
             : is_pattern(words[i]) ? read_pattern(files, words[i], error)
                                    : take(files, strdup(words[i]), error);
  return status == OSMFLOW_OK ? drop_repeats(files, error) : status;
}

void osmflow_raster_files_clear(struct osmflow_raster_files *files) {
  for (size_t i = 0; i < files->count; i++)
    free(files->paths[i]);
  free(files->paths);
  *files = (struct osmflow_raster_files){NULL, 0, 0};
}
