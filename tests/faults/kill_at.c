/* Preloaded (LD_PRELOAD) into a program, it counts the calls that leave something behind: on a disk or at a server; and
 * kills the process at one of them, as a power failure or an impatient user would.
 *
 *   OSMFLOW_KILL_LOG=FILE   appends the name of each call as a line
 *   OSMFLOW_KILL_AT=N       kills (SIGKILL) at the N-th call, the first is 1
 *   OSMFLOW_KILL_HOW=after  after it; half: after half of its bytes, where it has bytes; else before it */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum how { BEFORE, AFTER, HALF };

static atomic_long calls;

static void die(void) {
  for (;;)
    kill(getpid(), SIGKILL);
}

/* Not through the functions below. */
static void keep_name(const char *file, const char *name) {
  char line[64];
  const int size = snprintf(line, sizeof line, "%s\n", name);
  const long descriptor = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  syscall(SYS_write, descriptor, line, (size_t)size);
  syscall(SYS_close, descriptor);
}

/* Whether this call is the one; with *how as wished. */
static bool is_last(const char *name, enum how *how) {
  const char *file = getenv("OSMFLOW_KILL_LOG"), *place = getenv("OSMFLOW_KILL_AT"), *wish = getenv("OSMFLOW_KILL_HOW");
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (file)
    keep_name(file, name);
  *how = wish && strcmp(wish, "after") == 0 ? AFTER : wish && strcmp(wish, "half") == 0 ? HALF : BEFORE;
  return place && number == atol(place);
}

static void find(const char *name, void *function) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found)
    die();
  memcpy(function, &found, sizeof found);
}

/* Names of functions take no parentheses, the C library's parameters have no names to keep to, and va_start does not
 * leave a list uninitialized. */
// NOLINTBEGIN(bugprone-macro-parentheses,readability-inconsistent-declaration-parameter-name,clang-analyzer-valist.Uninitialized)

/* A call without bytes, or all of them at once. */
#define CALL(type, name, parameters, arguments) \
  EXPORT type name parameters {                 \
    type(*next) parameters;                     \
    enum how how;                               \
    const bool last = is_last(#name, &how);     \
    if (last && how != AFTER)                   \
      die();                                    \
    find(#name, &next);                         \
    const type result = next arguments;         \
    if (last)                                   \
      die();                                    \
    return result;                              \
  }

/* A call with `size` bytes; its arguments with half of them are `half`. */
#define BYTES(name, parameters, arguments, half) \
  EXPORT ssize_t name parameters {               \
    ssize_t(*next) parameters;                   \
    enum how how;                                \
    const bool last = is_last(#name, &how);      \
    if (last && how == BEFORE)                   \
      die();                                     \
    find(#name, &next);                          \
    if (last && how == HALF) {                   \
      next half;                                 \
      die();                                     \
    }                                            \
    const ssize_t result = next arguments;       \
    if (last)                                    \
      die();                                     \
    return result;                               \
  }

/* A call that makes a file, if its flags say so. */
#define OPEN(name, parameters, arguments)                             \
  EXPORT int name parameters {                                        \
    int(*next) parameters;                                            \
    enum how how = BEFORE;                                            \
    mode_t mode = 0;                                                  \
    if (flags & O_CREAT) {                                            \
      va_list list;                                                   \
      va_start(list, flags);                                          \
      mode = va_arg(list, mode_t);                                    \
      va_end(list);                                                   \
    }                                                                 \
    const bool last = (flags & O_CREAT) != 0 && is_last(#name, &how); \
    if (last && how != AFTER)                                         \
      die();                                                          \
    find(#name, &next);                                               \
    const int result = next arguments;                                \
    if (last)                                                         \
      die();                                                          \
    return result;                                                    \
  }

BYTES(write, (int file, const void *data, size_t size), (file, data, size), (file, data, size / 2))
BYTES(pwrite, (int file, const void *data, size_t size, off_t place), (file, data, size, place),
      (file, data, size / 2, place))
BYTES(pwrite64, (int file, const void *data, size_t size, off_t place), (file, data, size, place),
      (file, data, size / 2, place))
BYTES(send, (int file, const void *data, size_t size, int flags), (file, data, size, flags),
      (file, data, size / 2, flags))
BYTES(sendto,
      (int file, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t address_size),
      (file, data, size, flags, address, address_size), (file, data, size / 2, flags, address, address_size))
CALL(ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count))
CALL(ssize_t, sendmsg, (int file, const struct msghdr *message, int flags), (file, message, flags))
CALL(int, fsync, (int file), (file))
CALL(int, fdatasync, (int file), (file))
CALL(int, ftruncate, (int file, off_t size), (file, size))
CALL(int, ftruncate64, (int file, off_t size), (file, size))
CALL(int, rename, (const char *from, const char *to), (from, to))
CALL(int, renameat, (int from_folder, const char *from, int to_folder, const char *to),
     (from_folder, from, to_folder, to))
CALL(int, link, (const char *from, const char *to), (from, to))
CALL(int, unlink, (const char *path), (path))
CALL(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, mkstemp, (char *path), (path))
CALL(int, mkstemp64, (char *path), (path))
CALL(int, flock, (int file, int wish), (file, wish))
CALL(int, connect, (int file, const struct sockaddr *address, socklen_t size), (file, address, size))
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

// NOLINTEND(bugprone-macro-parentheses,readability-inconsistent-declaration-parameter-name,clang-analyzer-valist.Uninitialized)
