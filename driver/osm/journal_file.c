#include "osm/journal_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"

enum { READ_BLOCK = 64 * 1024, PATH_CEILING = 64 * 1024 };

static enum osmflow_status fail(const char *path, const char *what, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be %s: %s", path, what, strerror(errno));
}

enum osmflow_status osmflow_journal_file_folder(const char *path, char **real, struct osmflow_error *error) {
  struct osmflow_bytes whole;
  char here[PATH_MAX];
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&whole, PATH_CEILING);
  if (*path != '/')
    status = getcwd(here, sizeof here) ? osmflow_bytes_print(&whole, error, "%s/", here) : fail(path, "found", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&whole, path, error);
  if (status == OSMFLOW_OK)
    status = osmflow_folder_make(osmflow_bytes_string(&whole), error);
  *real = status == OSMFLOW_OK ? osmflow_bytes_take(&whole) : NULL;
  osmflow_bytes_clear(&whole);
  return status;
}

enum osmflow_status osmflow_journal_file_replace(const char *path, struct osmflow_text text,
                                                 struct osmflow_error *error) {
  struct osmflow_file_draft draft;
  enum osmflow_status status = osmflow_file_draft_open(&draft, path, error);
  if (status != OSMFLOW_OK)
    return status;
  status = osmflow_file_draft_write(&draft, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_commit(&draft, error);
  else
    osmflow_file_draft_discard(&draft);
  return status;
}

/* *is_held: somebody else has the lock. */
static enum osmflow_status take_lock(int descriptor, const char *path, bool *is_held, struct osmflow_error *error) {
  *is_held = false;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    return OSMFLOW_OK;
  if (errno == EWOULDBLOCK) {
    *is_held = true;
    return OSMFLOW_OK;
  }
  return osmflow_error_set(error, OSMFLOW_IO,
                           "%s cannot be locked: %s; choose a folder on a local disk (option OSMAPI_JOURNAL)", path,
                           strerror(errno));
}

enum osmflow_status osmflow_journal_file_make(const char *path, int *descriptor, struct osmflow_error *error) {
  bool is_held = false;
  *descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (*descriptor < 0)
    return errno == EEXIST ? OSMFLOW_OK : fail(path, "made", error);
  const enum osmflow_status status = take_lock(*descriptor, path, &is_held, error);
  if (status != OSMFLOW_OK || is_held) {
    close(*descriptor);
    *descriptor = -1;
    unlink(path);
  }
  return status;
}

/* A journal decides what is sent in the user's name, so it must be his own. */
static enum osmflow_status check_file(int descriptor, const char *path, struct osmflow_error *error) {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0)
    return fail(path, "read", error);
  if (!S_ISREG(facts.st_mode))
    return osmflow_error_set(error, OSMFLOW_IO, "%s is not a plain file", path);
  if (facts.st_uid != geteuid())
    return osmflow_error_set(error, OSMFLOW_IO, "%s belongs to another user", path);
  if (facts.st_mode & (S_IWGRP | S_IWOTH))
    return osmflow_error_set(error, OSMFLOW_IO, "others can write to %s, so it is not used: chmod 600 '%s'", path,
                             path);
  return OSMFLOW_OK;
}

/* The holder may have removed the file after it was opened here: then the lock is on nothing. */
static bool is_still_there(int descriptor, const char *path) {
  struct stat opened;
  struct stat named;
  return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

enum osmflow_status osmflow_journal_file_lock(const char *path, int *descriptor, struct osmflow_error *error) {
  bool is_held = false;
  *descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK);
  if (*descriptor < 0 && errno == ENOENT)
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no journal %s", path);
  if (*descriptor < 0)
    return fail(path, "opened", error);
  enum osmflow_status status = check_file(*descriptor, path, error);
  if (status == OSMFLOW_OK)
    status = take_lock(*descriptor, path, &is_held, error);
  if (status != OSMFLOW_OK || is_held || !is_still_there(*descriptor, path)) {
    close(*descriptor);
    *descriptor = -1;
  }
  return status;
}

bool osmflow_journal_file_is_held(const char *path) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const bool is_held = descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (descriptor >= 0)
    close(descriptor);
  return is_held;
}

enum osmflow_status osmflow_journal_file_read(const char *path, struct osmflow_bytes *text, bool *is_there,
                                              struct osmflow_error *error) {
  char *block = malloc(READ_BLOCK);
  ssize_t size = 0;
  const int descriptor = block ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  *is_there = !block || descriptor >= 0 || errno != ENOENT;
  enum osmflow_status status = OSMFLOW_OK;
  if (!block)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for reading a file");
  else if (descriptor < 0 && *is_there)
    status = fail(path, "read", error);
  while (status == OSMFLOW_OK && descriptor >= 0 && (size = read(descriptor, block, READ_BLOCK)) != 0) {
    if (size > 0)
      status = osmflow_bytes_add(text, block, (size_t)size, error);
    else if (errno != EINTR)
      status = fail(path, "read", error);
  }
  if (descriptor >= 0)
    close(descriptor);
  free(block);
  return status;
}

static enum osmflow_status write_all(int descriptor, const char *path, struct osmflow_text text,
                                     struct osmflow_error *error) {
  while (text.size > 0) {
    const ssize_t written = write(descriptor, text.data, text.size);
    if (written < 0 && errno != EINTR)
      return fail(path, "written", error);
    if (written > 0) {
      text.data += written;
      text.size -= (size_t)written;
    }
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_journal_file_append(int descriptor, const char *path, size_t size, struct osmflow_text text,
                                                struct osmflow_error *error) {
  enum osmflow_status status = write_all(descriptor, path, text, error);
  if (status == OSMFLOW_OK && fsync(descriptor) != 0)
    status = fail(path, "written", error);
  if (status != OSMFLOW_OK)
    osmflow_journal_file_cut(descriptor, path, size, NULL);
  return status;
}

enum osmflow_status osmflow_journal_file_cut(int descriptor, const char *path, size_t size,
                                             struct osmflow_error *error) {
  if (ftruncate(descriptor, (off_t)size) != 0 || fsync(descriptor) != 0)
    return fail(path, "written", error);
  return OSMFLOW_OK;
}

/* The folder and the last part of a path; the caller frees the folder. */
static char *split(const char *path, const char **name) {
  const char *slash = strrchr(path, '/');
  *name = slash ? slash + 1 : path;
  return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

/* So that names survive a loss of power. Not every file system can do it, so a failure is no error. */
static void sync_folder(DIR *folder) {
  if (folder)
    (void)fsync(dirfd(folder));
}

enum osmflow_status osmflow_journal_file_rename(const char *path, const char *name, struct osmflow_error *error) {
  const char *last;
  if (rename(path, name) != 0)
    return fail(name, "made", error);
  char *folder_path = split(name, &last);
  DIR *folder = folder_path ? opendir(folder_path) : NULL;
  sync_folder(folder);
  if (folder)
    closedir(folder);
  free(folder_path);
  return OSMFLOW_OK;
}

static bool is_swept(const char *name, const char *stem, const char *keep) {
  const size_t size = strlen(stem);
  return strncmp(name, stem, size) == 0 && name[size] == '.' && (!keep || strcmp(name, keep) != 0);
}

/* The journal goes first: the rest without it means nothing, but it without the rest cannot be read. */
static enum osmflow_status remove_journal(DIR *folder, const char *stem, struct osmflow_error *error) {
  char name[NAME_MAX + 1];
  const int size = snprintf(name, sizeof name, "%s.journal", stem);
  if (size < 0 || (size_t)size >= sizeof name)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name %s is too long", stem);
  if (unlinkat(dirfd(folder), name, 0) != 0 && errno != ENOENT)
    return fail(name, "removed", error);
  sync_folder(folder);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_journal_file_sweep(const char *stem, const char *keep, struct osmflow_error *error) {
  const char *last;
  const char *kept = keep ? strrchr(keep, '/') : NULL;
  char *folder_path = split(stem, &last);
  DIR *folder = folder_path ? opendir(folder_path) : NULL;
  enum osmflow_status status = folder ? remove_journal(folder, last, error) : fail(stem, "removed", error);
  const struct dirent *entry;
  while (status == OSMFLOW_OK && (entry = readdir(folder)) != NULL)
    if (is_swept(entry->d_name, last, kept ? kept + 1 : keep) && unlinkat(dirfd(folder), entry->d_name, 0) != 0 &&
        errno != ENOENT)
      status = fail(entry->d_name, "removed", error);
  sync_folder(folder);
  if (folder)
    closedir(folder);
  free(folder_path);
  return status;
}
