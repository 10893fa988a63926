#include "net/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ending[] = ".part-XXXXXX";

static enum osmflow_status make_one(const char *path, struct osmflow_error *error) {
  struct stat facts;
  if (mkdir(path, 0700) == 0 || (errno == EEXIST && stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)))
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_IO, "the folder %s cannot be made: %s", path, strerror(errno));
}

enum osmflow_status osmflow_folder_make(const char *path, struct osmflow_error *error) {
  char *copy = strdup(path);
  enum osmflow_status status = copy ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a path");
  for (char *slash = copy; status == OSMFLOW_OK && slash && (slash = strchr(slash + 1, '/')) != NULL;) {
    *slash = '\0';
    if (*copy)
      status = make_one(copy, error);
    *slash = '/';
  }
  if (status == OSMFLOW_OK)
    status = make_one(path, error);
  free(copy);
  return status;
}

enum osmflow_status osmflow_file_draft_open(struct osmflow_file_draft *draft, const char *path,
                                            struct osmflow_error *error) {
  const size_t size = strlen(path) + sizeof ending;
  *draft = (struct osmflow_file_draft){-1, malloc(size), strdup(path)};
  if (!draft->temporary || !draft->path) {
    osmflow_file_draft_discard(draft);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a path");
  }
  snprintf(draft->temporary, size, "%s%s", path, ending);
  draft->descriptor = mkstemp(draft->temporary);
  if (draft->descriptor >= 0)
    return OSMFLOW_OK;
  osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", path, strerror(errno));
  osmflow_file_draft_discard(draft);
  return OSMFLOW_IO;
}

enum osmflow_status osmflow_file_draft_write(struct osmflow_file_draft *draft, const void *data, size_t size,
                                             struct osmflow_error *error) {
  const char *rest = data;
  while (size > 0) {
    const ssize_t written = write(draft->descriptor, rest, size);
    if (written < 0 && errno != EINTR)
      return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", draft->path, strerror(errno));
    if (written > 0) {
      rest += written;
      size -= (size_t)written;
    }
  }
  return OSMFLOW_OK;
}

/* Without this the rename itself could be lost with the power. Not every file system can do it, so a failure is no
 * error. */
static void sync_folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
  const int descriptor = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
  free(folder);
}

enum osmflow_status osmflow_file_draft_commit(struct osmflow_file_draft *draft, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const bool synced = fsync(draft->descriptor) == 0;
  const bool closed = close(draft->descriptor) == 0;
  draft->descriptor = -1;
  if (!synced || !closed || rename(draft->temporary, draft->path) != 0) {
    status = osmflow_error_set(error, OSMFLOW_IO, "%s cannot be written: %s", draft->path, strerror(errno));
    unlink(draft->temporary);
  } else {
    sync_folder_of(draft->path);
  }
  osmflow_file_draft_discard(draft);
  return status;
}

void osmflow_file_draft_discard(struct osmflow_file_draft *draft) {
  if (draft->descriptor >= 0)
    close(draft->descriptor);
  if (draft->descriptor >= 0 && draft->temporary)
    unlink(draft->temporary);
  free(draft->temporary);
  free(draft->path);
  *draft = (struct osmflow_file_draft){-1, NULL, NULL};
}
