#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/number.h"
#include "base/sha256.h"
#include "mapflow/spool_parts.h"

/* A file that is kept begins with one line of a fixed size, which is written last: it makes the file what it says. */
enum {
  HEAD_SIZE = 160,
  KEY_DIGITS = 2 * OSMFLOW_SHA256_SIZE,
  NAME_DIGITS = 16,
  BLOCK = 256 * 1024,
  LONGEST_PATH = 8192
};
static const char head_format[] = "osmflow-result 1 %020" PRId64 " %016" PRIx64 " %s";

void osmflow_spool_file_init(struct osmflow_spool_file *file) {
  *file = (struct osmflow_spool_file){.descriptor = -1, .draft = {-1, NULL, NULL}};
}

void osmflow_spool_file_close(struct osmflow_spool_file *file) {
  if (file->descriptor >= 0)
    close(file->descriptor);
  osmflow_file_draft_discard(&file->draft);
  free(file->folder);
  free(file->key);
  osmflow_spool_file_init(file);
}

static void print_key(const char *key, char digits[KEY_DIGITS + 1]) {
  uint8_t digest[OSMFLOW_SHA256_SIZE];
  osmflow_sha256(osmflow_text(key), digest);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf(digits + 2 * i, 3, "%02x", digest[i]);
}

/* "<folder>/<16 hexadecimal digits>.osmflow": "osmflow cache" counts and removes what is called so. */
static bool print_path(const char *folder, const char *key, char path[LONGEST_PATH]) {
  char digits[KEY_DIGITS + 1];
  print_key(key, digits);
  const int length = snprintf(path, LONGEST_PATH, "%s/%.*s.osmflow", folder, NAME_DIGITS, digits);
  return length > 0 && length < LONGEST_PATH;
}

static enum osmflow_status disk_error(const struct osmflow_spool_file *file, const char *what,
                                      struct osmflow_error *error) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return osmflow_error_set(error, OSMFLOW_IO, "the result cannot be %s disk in %s: %s%s", what, file->folder,
                           strerror(errno),
                           !is_full    ? ""
                           : file->key ? " (it needs as much room as it is long; an other cache folder can have more)"
                                       : " (it needs as much room as it is long; the option CPL_TMPDIR names another "
                                         "folder)");
}

static bool create_unnamed(struct osmflow_spool_file *file, const char *folder) {
  char path[LONGEST_PATH];
  if (!folder || !*folder || snprintf(path, sizeof path, "%s/osmflow-XXXXXX", folder) >= (int)sizeof path)
    return false;
  free(file->folder);
  file->folder = strdup(folder);
  file->descriptor = file->folder ? mkstemp(path) : -1;
  if (file->descriptor >= 0) {
    fcntl(file->descriptor, F_SETFD, FD_CLOEXEC);
    unlink(path);
  }
  return file->descriptor >= 0;
}

static enum osmflow_status create_nameless(struct osmflow_spool_file *file,
                                           const struct osmflow_environment *environment, struct osmflow_error *error) {
  static const char *const options[] = {"CPL_TMPDIR", "TMPDIR"};
  static const char *const folders[] = {"/var/tmp", "/tmp"}; /* /tmp is often memory */
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
    const char *folder = environment->option(environment->self, options[i]);
    if (folder && *folder)
      return create_unnamed(file, folder) ? OSMFLOW_OK : disk_error(file, "written to the", error);
  }
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    if (create_unnamed(file, folders[i]))
      return OSMFLOW_OK;
  return disk_error(file, "written to the", error);
}

enum osmflow_status osmflow_spool_file_create(struct osmflow_spool_file *file,
                                              const struct osmflow_environment *environment, const char *folder,
                                              const char *key, struct osmflow_error *error) {
  char path[LONGEST_PATH];
  osmflow_spool_file_init(file);
  if (!folder)
    return create_nameless(file, environment, error);
  if (!print_path(folder, key, path))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name of the cache folder is too long");
  enum osmflow_status status = osmflow_folder_make(folder, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_open(&file->draft, path, error);
  if (status != OSMFLOW_OK)
    return status;
  file->folder = strdup(folder);
  file->key = strdup(key);
  file->start = HEAD_SIZE;
  /* One of our own: the draft's is closed when it gets its name. */
  file->descriptor = fcntl(file->draft.descriptor, F_DUPFD_CLOEXEC, 0);
  if (file->descriptor < 0 || !file->folder || !file->key) {
    osmflow_spool_file_close(file);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory or no place for one more open file");
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_spool_file_write(const struct osmflow_spool_file *file, int64_t offset, const void *data,
                                             size_t size, struct osmflow_error *error) {
  const char *bytes = data;
  while (size > 0) {
    const ssize_t written = pwrite(file->descriptor, bytes, size, (off_t)(file->start + offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return disk_error(file, "written to the", error);
    bytes += written;
    size -= (size_t)written;
    offset += written;
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_spool_file_read(const struct osmflow_spool_file *file, int64_t offset, void *data,
                                            size_t size, struct osmflow_error *error) {
  char *bytes = data;
  while (size > 0) {
    errno = 0;
    const ssize_t got = pread(file->descriptor, bytes, size, (off_t)(file->start + offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return disk_error(file, "read back from the", error);
    bytes += got;
    size -= (size_t)got;
    offset += got;
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_spool_file_keep(struct osmflow_spool_file *file, int64_t size, uint64_t sum,
                                            struct osmflow_error *error) {
  char digits[KEY_DIGITS + 1], head[HEAD_SIZE + 1];
  if (!file->key)
    return OSMFLOW_OK;
  print_key(file->key, digits);
  const int length = snprintf(head, sizeof head, head_format, size, sum, digits);
  memset(head + length, ' ', (size_t)(HEAD_SIZE - length));
  head[HEAD_SIZE - 1] = '\n';
  const enum osmflow_status status = osmflow_spool_file_write(file, -file->start, head, HEAD_SIZE, error);
  return status == OSMFLOW_OK ? osmflow_file_draft_commit(&file->draft, error) : status;
}

/* The head is compared with what it must be for that size and sum, so nothing of it is parsed but these. */
static bool is_head(const char *head, const char *key, int64_t *size, uint64_t *sum) {
  char digits[KEY_DIGITS + 1], expected[HEAD_SIZE + 1], copy[HEAD_SIZE + 1];
  memcpy(copy, head, HEAD_SIZE);
  copy[HEAD_SIZE] = '\0';
  if (sscanf(copy, "osmflow-result 1 %20" SCNd64 " %16" SCNx64 " ", size, sum) != 2 || *size < 0)
    return false;
  print_key(key, digits);
  const int length = snprintf(expected, sizeof expected, head_format, *size, *sum, digits);
  return strncmp(copy, expected, (size_t)length) == 0;
}

static bool is_good(const struct osmflow_spool_file *file, const struct osmflow_environment *environment, int64_t size,
                    uint64_t expected) {
  struct osmflow_spool_sum sum;
  struct stat facts;
  char *block = malloc(BLOCK);
  bool is_good = block && fstat(file->descriptor, &facts) == 0 && facts.st_size == file->start + size;
  osmflow_spool_sum_init(&sum);
  for (int64_t offset = 0; is_good && offset < size; offset += BLOCK) {
    const size_t wanted = size - offset < BLOCK ? (size_t)(size - offset) : BLOCK;
    is_good = !environment->cancelled(environment->self) &&
              osmflow_spool_file_read(file, offset, block, wanted, NULL) == OSMFLOW_OK;
    if (is_good)
      osmflow_spool_sum_feed(&sum, block, wanted);
  }
  free(block);
  return is_good && osmflow_spool_sum_end(&sum) == expected;
}

bool osmflow_spool_file_find(struct osmflow_spool_file *file, const struct osmflow_environment *environment,
                             const char *folder, const char *key, int64_t *size) {
  char path[LONGEST_PATH], head[HEAD_SIZE];
  uint64_t sum = 0;
  osmflow_spool_file_init(file);
  if (!print_path(folder, key, path))
    return false;
  file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  file->folder = strdup(folder);
  file->start = HEAD_SIZE;
  const bool is_found = file->descriptor >= 0 && file->folder &&
                        osmflow_spool_file_read(file, -file->start, head, HEAD_SIZE, NULL) == OSMFLOW_OK &&
                        is_head(head, key, size, &sum) && is_good(file, environment, *size, sum);
  if (!is_found)
    osmflow_spool_file_close(file);
  return is_found;
}
