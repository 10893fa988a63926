#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/cache.h"
#include "net/cache_entry.h"

enum kind { FOREIGN, ENTRY, DRAFT };

static enum kind kind_of(const char *name) {
  enum { DIGITS = 16 };
  static const char ending[] = OSMFLOW_CACHE_ENDING;
  static const char draft[] = ".part-";
  if (strspn(name, "0123456789abcdef") != DIGITS || strncmp(name + DIGITS, ending, sizeof ending - 1) != 0)
    return FOREIGN;
  const char *rest = name + DIGITS + sizeof ending - 1;
  if (*rest == '\0')
    return ENTRY;
  return strncmp(rest, draft, sizeof draft - 1) == 0 ? DRAFT : FOREIGN;
}

static void count(struct osmflow_cache_summary *summary, const struct stat *facts) {
  const int64_t moment = facts->st_mtim.tv_sec;
  if (summary->count == 0 || moment < summary->oldest_seconds)
    summary->oldest_seconds = moment;
  summary->count++;
  summary->bytes += facts->st_size;
}

static enum osmflow_status walk(const char *directory, bool removing, struct osmflow_cache_summary *summary,
                                struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct dirent *entry = NULL;
  struct stat facts;
  *summary = (struct osmflow_cache_summary){0, 0, 0};
  DIR *folder = opendir(directory);
  if (!folder && errno == ENOENT)
    return OSMFLOW_OK;
  if (!folder)
    return osmflow_error_set(error, OSMFLOW_IO, "the cache folder %s cannot be read: %s", directory, strerror(errno));
  while (status == OSMFLOW_OK && (entry = readdir(folder)) != NULL) {
    const enum kind kind = kind_of(entry->d_name);
    if (kind == FOREIGN || fstatat(dirfd(folder), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(facts.st_mode))
      continue;
    if (removing && unlinkat(dirfd(folder), entry->d_name, 0) != 0 && errno != ENOENT)
      status = osmflow_error_set(error, OSMFLOW_IO, "%s/%s cannot be removed: %s", directory, entry->d_name,
                                 strerror(errno));
    else if (kind == ENTRY)
      count(summary, &facts);
  }
  closedir(folder);
  return status;
}

enum osmflow_status osmflow_cache_summarize(const char *directory, struct osmflow_cache_summary *summary,
                                            struct osmflow_error *error) {
  return walk(directory, false, summary, error);
}

enum osmflow_status osmflow_cache_clear(const char *directory, struct osmflow_cache_summary *summary,
                                        struct osmflow_error *error) {
  struct osmflow_cache_summary removed;
  const enum osmflow_status status = walk(directory, true, &removed, error);
  if (summary)
    *summary = removed;
  return status;
}

/* NULL when it is gone, or no plain file. */
static FILE *open_entry(DIR *folder, const char *name) {
  struct stat facts;
  const int descriptor = openat(dirfd(folder), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  FILE *file = NULL;
  if (descriptor >= 0 && fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode))
    file = fdopen(descriptor, "rb");
  if (!file && descriptor >= 0)
    close(descriptor);
  return file;
}

enum osmflow_status osmflow_cache_list(const char *directory,
                                       enum osmflow_status (*visit)(void *self, const struct osmflow_cache_item *item,
                                                                    struct osmflow_error *error),
                                       void *self, struct osmflow_error *error) {
  enum { HEAD_CEILING = 64 * 1024 };
  struct osmflow_cache_item item;
  struct osmflow_bytes head;
  enum osmflow_status status = OSMFLOW_OK;
  struct dirent *entry = NULL;
  DIR *folder = opendir(directory);
  if (!folder && errno == ENOENT)
    return OSMFLOW_OK;
  if (!folder)
    return osmflow_error_set(error, OSMFLOW_IO, "the cache folder %s cannot be read: %s", directory, strerror(errno));
  osmflow_bytes_init(&head, HEAD_CEILING);
  while (status == OSMFLOW_OK && (entry = readdir(folder)) != NULL) {
    FILE *file = kind_of(entry->d_name) == ENTRY ? open_entry(folder, entry->d_name) : NULL;
    if (file && osmflow_cache_entry_describe(file, &head, &item))
      status = visit(self, &item, error);
    if (file)
      fclose(file);
  }
  osmflow_bytes_clear(&head);
  closedir(folder);
  return status;
}
